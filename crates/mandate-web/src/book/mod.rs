//! Book: lists, record pages, forms, the trash, imports, and the API of all kinds of record.
//!
//! The kinds share their handlers: [`PageRecord`] says where a kind lives and how it is told of, the rest is read from
//! its fields. The accounts list and the account's first page belong to facts (`/portfolio`, `/accounts/{id}`).

mod account;
mod account_api;
pub mod api;
mod form;
mod import;
mod import_job;
mod imports_api;
mod json;
pub(crate) mod kinds;
mod lists;
pub(crate) mod pick;
mod record;
mod schemas;
mod trash;

pub use kinds::PageRecord;
pub use schemas::documented_fields;

use axum::Router;
use axum::routing::{get, post};
use mandate_domain::book::{Account, Contract, ContractLine, LineOfBusiness, Person, Product, Team};

use crate::state::Web;

/// The room's pages.
pub fn routes() -> Router<Web> {
    Router::new()
        .merge(writing::<Account>())
        .merge(writing::<Person>())
        .merge(writing::<Contract>())
        .merge(writing::<ContractLine>())
        .merge(writing::<Product>())
        .merge(writing::<LineOfBusiness>())
        .merge(writing::<Team>())
        .merge(reading::<Person>())
        .merge(reading::<Contract>())
        .merge(reading::<Product>())
        .merge(reading::<LineOfBusiness>())
        .merge(reading::<Team>())
        .route("/contract-lines/{id}", get(record::to_contract))
        .route("/choices.json", get(pick::choices))
        .merge(account::routes())
        .merge(trash::routes())
        .merge(import::routes())
}

/// Forms and the trash of a kind.
fn writing<R: PageRecord>() -> Router<Web> {
    let path = R::PATH;
    Router::new()
        .route(&format!("{path}/new"), get(form::show_new::<R>).post(form::create::<R>))
        .route(&format!("{path}/{{id}}/edit"), get(form::show_edit::<R>).post(form::save::<R>))
        .route(&format!("{path}/{{id}}/trash"), post(trash::put_away::<R>))
        .route(&format!("{path}/{{id}}/restore"), post(trash::bring_back::<R>))
}

/// The list and the record page of a kind.
fn reading<R: PageRecord>() -> Router<Web> {
    let path = R::PATH;
    Router::new()
        .route(path, get(lists::page::<R>))
        .route(&format!("{path}.csv"), get(lists::csv::<R>))
        .route(&format!("{path}.xlsx"), get(lists::xlsx::<R>))
        .route(&format!("{path}/{{id}}"), get(record::page::<R>))
}
