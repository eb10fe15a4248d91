//! Book: lists, record pages, forms, the trash, imports, and the API of all kinds of record.
//!
//! The kinds share their handlers: `kinds` says where a kind lives and how it is told of, the rest is read from
//! its fields. The accounts list and the account's first page belong to facts (`/portfolio`, `/accounts/{id}`).

mod account;
mod account_api;
pub(crate) mod account_brief;
mod all_records;
pub mod api;
mod brief;
pub(crate) mod bulk;
mod bulk_api;
mod commercial_columns;
mod conversation;
mod coverage;
mod coverage_api;
mod coverage_list;
pub(crate) mod custom;
mod custom_fields;
mod dates;
pub(crate) mod duplicates;
mod duplicates_api;
mod expectations;
mod fit;
mod fit_files;
mod form;
mod growth;
mod handover;
mod handovers;
mod import;
mod import_columns;
mod import_hints;
mod import_job;
mod import_mend;
mod import_views;
mod imports_api;
mod json;
pub(crate) mod kinds;
mod lists;
mod manager;
mod manager_api;
mod notes;
pub(crate) mod pick;
mod prices;
mod promises;
mod record;
mod relationship_columns;
mod relationship_schemas;
mod schemas;
mod several;
mod talk;
mod theirs;
pub(crate) mod timeline;
mod trash;

pub(crate) use import::errors_file;
pub(crate) use kinds::kind_text_id;
pub use schemas::documented_fields;

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use mandate_app::Action;
use mandate_domain::book::Kind;

use crate::access::Routes;
use crate::form::Form;
use crate::frame::Visit;
use crate::state::Web;

/// The room's pages.
pub fn routes() -> Routes {
    let mut routes = Routes::new();
    for kind in Kind::ALL {
        routes = routes.merge(writing(kind));
        // Accounts are read with their facts, lines on their contract's page.
        if !matches!(kind, Kind::Account | Kind::ContractLine) {
            routes = routes.merge(reading(kind));
        }
    }
    routes
        .get("/contract-lines/{id}", Action::ReadBook, record::to_contract)
        .get("/choices.json", Action::ReadBook, pick::choices)
        .merge(all_records::routes())
        .merge(custom_fields::routes())
        .merge(dates::routes())
        .merge(timeline::routes())
        .merge(promises::routes())
        .merge(handover::routes())
        .merge(conversation::routes())
        .merge(expectations::routes())
        .merge(growth::routes())
        .merge(fit::routes())
        .merge(handovers::routes())
        .merge(manager::routes())
        .merge(account::routes())
        .merge(coverage_list::routes())
        .merge(talk::routes())
        .merge(notes::routes())
        .merge(trash::routes())
        .merge(bulk::routes())
        .merge(duplicates::routes())
        .merge(import::routes())
}

/// Forms and the trash of a kind.
fn writing(kind: Kind) -> Routes {
    let path = kinds::home(kind).path;
    type Given = Query<BTreeMap<String, String>>;
    Routes::new()
        .get(&format!("{path}/new"), Action::WriteBook, move |web: State<Web>, visit: Visit, given: Given| {
            form::show_new(kind, web, visit, given)
        })
        .post(&format!("{path}/new"), Action::WriteBook, move |web: State<Web>, visit: Visit, sent: Form| {
            form::create(kind, web, visit, sent)
        })
        .get(
            &format!("{path}/{{id}}/edit"),
            Action::WriteBook,
            move |web: State<Web>, visit: Visit, id: Path<String>| form::show_edit(kind, web, visit, id),
        )
        .post(
            &format!("{path}/{{id}}/edit"),
            Action::WriteBook,
            move |web: State<Web>, visit: Visit, id: Path<String>, sent: Form| {
                form::save((kind, id), web, visit, sent)
            },
        )
        .post(
            &format!("{path}/{{id}}/trash"),
            Action::TrashBook,
            move |web: State<Web>, visit: Visit, id: Path<String>, sent: Form| {
                trash::put_away((kind, id), web, visit, sent)
            },
        )
        .post(
            &format!("{path}/{{id}}/restore"),
            Action::TrashBook,
            move |web: State<Web>, visit: Visit, id: Path<String>| trash::bring_back(kind, web, visit, id),
        )
}

/// The list and the record page of a kind.
fn reading(kind: Kind) -> Routes {
    let path = kinds::home(kind).path;
    Routes::new()
        .get(path, Action::ReadBook, move |web: State<Web>, visit: Visit| lists::page(kind, web, visit))
        .get(&format!("{path}.csv"), Action::Export, move |web: State<Web>, visit: Visit| {
            lists::csv(kind, web, visit)
        })
        .get(&format!("{path}.xlsx"), Action::Export, move |web: State<Web>, visit: Visit| {
            lists::xlsx(kind, web, visit)
        })
        .get(
            &format!("{path}/{{id}}"),
            Action::ReadBook,
            move |web: State<Web>, visit: Visit, id: Path<String>| async move {
                match kind {
                    Kind::Person => brief::page(web, visit, id).await,
                    other => record::page(other, web, visit, id).await,
                }
            },
        )
}
