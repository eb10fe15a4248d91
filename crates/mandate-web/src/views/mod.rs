//! Saved views: saving what a list shows, its page (name, sharing, default, delete), and the API of the same.
//!
//! The chips and the "Save view" panel are drawn with the list (`table_views`); both work without script.

pub mod api;
mod pages;

pub use pages::routes;

use mandate_app::Actor;
use mandate_app::book::{self, BookError, Kind};
use mandate_app::listing::ListQueryError;
use mandate_app::views::{ViewError, viewed_list};
use mandate_app::{ErrorKind, Message};

use crate::book::kinds::home;
use crate::failure::Failure;
use crate::state::Web;
use crate::table_request::TableRequest;

/// Where the list named `list` is shown: path, the menu's entry, message id of its title.
fn home_of(list: &str) -> (&'static str, &'static str, &'static str) {
    match (list, Kind::parse(list)) {
        ("cases", _) => ("/facts/cases", "nav-facts", "view-of-cases"),
        ("measures", _) => ("/facts/measures", "nav-facts", "view-of-measures"),
        ("audit", _) => ("/audit", "nav-audit", "view-of-audit"),
        (_, Some(kind)) if kind != Kind::Account => {
            let home = home(kind);
            (home.path, home.nav, home.title)
        }
        _ => ("/portfolio", "nav-portfolio", "nav-portfolio"),
    }
}

/// The page of the list named `list`.
fn path_of(list: &str) -> &'static str {
    home_of(list).0
}

/// The query of an address as a view keeps it.
///
/// # Errors
/// [`Failure`] when the list is not there or the query names a field it does not have for this reader.
async fn kept_query(web: &Web, actor: &Actor, list: &str, query: &str) -> Result<String, Failure> {
    let known = viewed_list(web.ctx(), actor, list);
    let known = known.ok_or_else(|| ViewError::UnknownList { list: list.chars().take(40).collect() })?;
    let request = TableRequest::parse(query);
    let def = match Kind::parse(list) {
        Some(kind) => book::list_with_custom(web.ctx(), actor, kind).await.map_err(BookError::from)?,
        None => known.def,
    };
    let gone = request
        .missing_column(&def)
        .map(|field| ListQueryError::UnknownField { field: field.to_owned(), use_: "show" });
    match request.problem(&def).or(gone) {
        Some(problem) => {
            let message = match problem {
                ListQueryError::UnknownField { field, .. } => {
                    Message::new("view-error-field").with("field", field)
                }
                other => Message::new("error-list").with("what", other.to_string()),
            };
            let mut failure = Failure::of(ErrorKind::Invalid, message.clone());
            failure.fields.push(mandate_app::FieldError { field: "query".to_owned(), message });
            Err(failure)
        }
        None => Ok(request.kept_query()),
    }
}
