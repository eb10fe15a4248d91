//! The candid conversation: a form that leads through one, step by step, and the box on the tab "Promises" that leads to it.
//!
//! Which expectations it deals with, who is there, what each side says, what both agree, when they look again. It saves a communication
//! like any other, so that the timeline and all lists have it.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use mandate_app::book::{self, BookError};
use mandate_app::listing::{ListQuery, Operator};
use mandate_app::{Action, FieldError, UseCaseError};
use mandate_domain::book::{Draft, Kind};
use mandate_domain::governance::Channel;
use minijinja::{Value, context};

use super::kinds::{choice_text_id, href};
use super::lists::only;
use super::promises::{GAPS, gap_words};
use super::talk::people;
use super::timeline::{first_line, of_account};
use crate::access::Routes;
use crate::account::{self, AccountFrame};
use crate::failure::{Failure, PageResult};
use crate::form::Form;
use crate::frame::Visit;
use crate::state::Web;
use crate::table::{RowReader, field_text_id};

/// Matters that the form offers, those with most gaps first.
const MOST_MATTERS: usize = 50;

/// The fields of the form that an error may name.
const FIELDS: [&str; 9] = [
    "expectations",
    "people",
    "said_by_client",
    "said_by_us",
    "agreed",
    "next_on",
    "channel",
    "happened_on",
    "title",
];

/// The form and where it is sent.
pub(super) fn routes() -> Routes {
    Routes::new().get("/accounts/{id}/conversation", Action::WriteBook, show).post(
        "/accounts/{id}/conversation",
        Action::WriteBook,
        save,
    )
}

/// The last conversation of an account, as the box on its tab tells it.
///
/// # Errors
/// [`Failure`] when it cannot be read.
pub(super) async fn last(web: &Web, visit: &Visit, frame: &AccountFrame) -> Result<Option<Value>, Failure> {
    let def = book::list(web.ctx(), &visit.actor, Kind::Communication);
    let filters = vec![of_account(frame.id.as_str()), only("n_expectations", Operator::AtLeast, "1")];
    let query = ListQuery { filters, limit: 1, ..ListQuery::default() };
    let found =
        mandate_app::lists::show_list(web.ctx(), &visit.actor, Action::ReadBook, &def, &query).await?;
    Ok(found.rows.first().map(|row| {
        let row = RowReader::new(&def, row);
        context! {
            title => row.text("title"), href => href(Kind::Communication, row.key()),
            day => row.date("happened_on").map(|on| visit.date(on)), agreed => first_line(row.text("agreed")),
            next => row.date("next_on").map(|on| visit.date(on)),
        }
    }))
}

/// The expectation that is ticked when the form opens: `?with=...`.
type Given = Query<BTreeMap<String, String>>;

async fn show(
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
    Query(given): Given,
) -> PageResult {
    let account = account::load(&web, &visit, &id).await?;
    let mut form = Form::from_owned(vec![]);
    form.push("expectations", given.get("with").cloned().unwrap_or_default());
    if let Some(own) = visit.actor.person_id() {
        form.push("people", own.to_string());
    }
    form.push("channel", Channel::Meeting.as_str().to_owned());
    form.push("happened_on", visit.today.to_string());
    page(&web, &visit, &account, &form, &[]).await
}

/// The account's expectations as boxes, with what is missing of each.
async fn matters(
    web: &Web,
    visit: &Visit,
    account: &AccountFrame,
    form: &Form,
) -> Result<Vec<Value>, Failure> {
    let def = book::matters(web.ctx());
    let filters = vec![of_account(account.id.as_str()), only("kind", Operator::Is, "expectation")];
    let query = ListQuery { filters, limit: MOST_MATTERS, ..ListQuery::default() };
    let found =
        mandate_app::lists::show_list(web.ctx(), &visit.actor, Action::ReadBook, &def, &query).await?;
    let chosen = form.all("expectations");
    let boxed = |row| {
        let row = RowReader::new(&def, row);
        let more = match row.text("promise") {
            "" => gap_words(visit, &row, &GAPS),
            promise => format!("{}: {promise}", visit.t("field-promise")),
        };
        let id = row.key().to_owned();
        let is_chosen = chosen.contains(&id.as_str());
        context! { id => id, name => row.text("title"), more => more, chosen => is_chosen }
    };
    Ok(found.rows.iter().map(boxed).collect())
}

async fn page(
    web: &Web,
    visit: &Visit,
    account: &AccountFrame,
    form: &Form,
    errors: &[FieldError],
) -> PageResult {
    let channels: Vec<Value> = Channel::WORDS
        .iter()
        .map(|word| context! { value => *word, text => visit.t(&choice_text_id("channel", word)) })
        .collect();
    let named = |error: &FieldError| {
        let text = format!("{}: {}", visit.t(&field_text_id(&error.field)), visit.message(&error.message));
        (error.field.clone(), text)
    };
    let of = |field: &&'static str| {
        let error = errors.iter().find(|error| error.field == **field);
        (*field, error.map(|error| visit.message(&error.message)))
    };
    let told: BTreeMap<&str, Option<String>> = FIELDS.iter().map(of).collect();
    let (theirs, ours) = people(visit, account, form);
    let own = context! {
        title => visit.t("conversation-title"),
        lead => visit.tr("conversation-lead", &[("account", account.name())]),
        action => format!("{}/conversation", account.path()),
        cancel_href => format!("{}/promises", account.path()),
        matters => matters(web, visit, account, form).await?,
        new_href => format!("/expectations/new?account={}", account.id),
        theirs => theirs,
        ours => ours,
        channels => channels,
        told => told,
        form => form.view_with(errors.iter().map(named).collect()),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = account.page(visit, "promises").help("promises");
    visit.render_with_status(status, page, "book/conversation.html", own)
}

async fn save(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let account = account::load(&web, &visit, &id).await?;
    let several = |field: &str| {
        form.all(field).into_iter().filter(|text| !text.trim().is_empty()).collect::<Vec<_>>().join(";")
    };
    let title = match form.get("title").trim() {
        "" => visit.t("conversation-title"),
        line => line.to_owned(),
    };
    let mut draft = Draft::new()
        .with("account", account.id.as_str())
        .with("title", title)
        .with("direction", "both")
        .with("people", several("people"))
        .with("expectations", several("expectations"));
    for field in ["channel", "happened_on", "said_by_client", "said_by_us", "agreed", "next_on"] {
        draft.set(field, form.get(field));
    }
    match book::converse(web.ctx(), &visit.actor, draft).await {
        Ok(_) => {
            let path = format!("{}/promises", account.path());
            Ok(visit.redirect_with(&path, visit.t("conversation-saved"), None))
        }
        Err(BookError::Fields(problems)) => {
            page(&web, &visit, &account, &form, &BookError::Fields(problems).fields()).await
        }
        Err(error) => Err(error.into()),
    }
}
