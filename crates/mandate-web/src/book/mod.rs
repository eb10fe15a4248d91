//! Book: lists, record pages, forms, the trash, imports, and the API of all kinds of record.
//!
//! The kinds share their handlers: [`PageRecord`] says where a kind lives and how it is told of, the rest is read from
//! its fields. The accounts list and the account's first page belong to facts (`/portfolio`, `/accounts/{id}`).

mod account;
mod account_api;
pub mod api;
pub(crate) mod duplicates;
mod duplicates_api;
mod form;
mod import;
mod import_job;
mod imports_api;
mod json;
pub(crate) mod kinds;
mod lists;
mod notes;
pub(crate) mod pick;
mod record;
mod schemas;
mod trash;

pub use kinds::PageRecord;
pub use schemas::documented_fields;

use mandate_app::Action;
use mandate_domain::book::{Account, Contract, ContractLine, LineOfBusiness, Person, Product, Team};

use crate::access::Routes;

/// The room's pages.
pub fn routes() -> Routes {
    Routes::new()
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
        .get("/contract-lines/{id}", Action::ReadBook, record::to_contract)
        .get("/choices.json", Action::ReadBook, pick::choices)
        .merge(account::routes())
        .merge(notes::routes())
        .merge(trash::routes())
        .merge(duplicates::routes())
        .merge(import::routes())
}

/// Forms and the trash of a kind.
fn writing<R: PageRecord>() -> Routes {
    let path = R::PATH;
    Routes::new()
        .get(&format!("{path}/new"), Action::WriteBook, form::show_new::<R>)
        .post(&format!("{path}/new"), Action::WriteBook, form::create::<R>)
        .get(&format!("{path}/{{id}}/edit"), Action::WriteBook, form::show_edit::<R>)
        .post(&format!("{path}/{{id}}/edit"), Action::WriteBook, form::save::<R>)
        .post(&format!("{path}/{{id}}/trash"), Action::TrashBook, trash::put_away::<R>)
        .post(&format!("{path}/{{id}}/restore"), Action::TrashBook, trash::bring_back::<R>)
}

/// The list and the record page of a kind.
fn reading<R: PageRecord>() -> Routes {
    let path = R::PATH;
    Routes::new()
        .get(path, Action::ReadBook, lists::page::<R>)
        .get(&format!("{path}.csv"), Action::Export, lists::csv::<R>)
        .get(&format!("{path}.xlsx"), Action::Export, lists::xlsx::<R>)
        .get(&format!("{path}/{{id}}"), Action::ReadBook, record::page::<R>)
}
