//! Candid notes on the web: a tab of the account that only those have who may read them, opened after confirming who one is.
//!
//! Both channels stand here. The API answers in a session only: no token carries the right.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use mandate_app::book::candid::{About, OpenNote, read_notes, withdraw_note, write_note};
use mandate_app::{Action, FieldError, UseCaseError};
use mandate_domain::Id;
use mandate_domain::book::Person;
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::access::Routes;
use crate::account;
use crate::api::{ApiResult, Body, Caller, Making, Reading, Words};
use crate::failure::{PageResult, path_id};
use crate::form::Form;
use crate::frame::Visit;
use crate::state::Web;

/// Pages and operations of notes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/accounts/{id}/notes", Action::ReadCandid, show)
        .post("/accounts/{id}/notes", Action::WriteCandid, write)
        .post("/accounts/{id}/notes/{note}/withdraw", Action::WriteCandid, withdraw)
        .api(Action::ReadCandid, routes!(list_notes))
        .api(Action::WriteCandid, routes!(add_note))
        .api(Action::WriteCandid, routes!(end_note))
}

async fn show(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    page(&web, &visit, &id, &Form::default(), &[]).await
}

async fn page(web: &Web, visit: &Visit, id: &str, form: &Form, errors: &[FieldError]) -> PageResult {
    let frame = account::load(web, visit, id).await?;
    let about = About { account: &frame.id, person: None };
    let notes = read_notes(web.ctx(), &visit.actor, about).await?;
    let people: Vec<Value> = frame
        .record
        .client_people
        .iter()
        .map(|person| context! { value => person.id.to_string(), text => person.name.clone() })
        .collect();
    let name_of =
        |id: &Id<Person>| frame.record.client_people.iter().find(|it| it.id == *id).map(|it| it.name.clone());
    let shown: Vec<Value> = notes
        .iter()
        .map(|note| {
            context! {
                id => note.id.to_string(), version => note.version, text => note.text.clone(),
                about => note.person_id.as_ref().and_then(name_of).unwrap_or_else(|| frame.name().to_owned()),
                author => note.author.clone(), when => visit.moment(note.at),
                may_withdraw => note.own || visit.actor.has(mandate_domain::identity::Role::Sponsor),
            }
        })
        .collect();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let own = context! {
        account => frame.view(visit, "notes"), notes => shown, people => people,
        form => form.view(visit, errors),
    };
    visit.render_with_status(status, frame.page(visit, "notes"), "account/notes.html", own)
}

async fn write(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let account = path_id(&id)?;
    let person = Id::parse(form.get("person_id")).ok();
    let about = About { account: &account, person: person.as_ref() };
    match write_note(web.ctx(), &visit.actor, about, form.get("text")).await {
        Ok(_) => Ok(visit.redirect_with(&format!("/accounts/{id}/notes"), visit.t("notes-written"), None)),
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => page(&web, &visit, &id, &form, &error.fields()).await,
    }
}

async fn withdraw(
    State(web): State<Web>,
    visit: Visit,
    Path((id, note)): Path<(String, String)>,
    form: Form,
) -> PageResult {
    let version = form.get("version").parse().unwrap_or(0);
    withdraw_note(web.ctx(), &visit.actor, &path_id(&note)?, version).await?;
    Ok(visit.redirect_with(&format!("/accounts/{id}/notes"), visit.t("notes-withdrawn"), None))
}

/// A candid note, opened for its reader.
#[derive(Serialize, ToSchema)]
struct CandidNoteView {
    id: String,
    /// The person it is about; null: the account.
    person_id: Option<String>,
    text: String,
    author: String,
    at: String,
    version: i64,
}

fn note_json(note: OpenNote) -> CandidNoteView {
    CandidNoteView {
        id: note.id.to_string(),
        person_id: note.person_id.as_ref().map(Id::to_string),
        text: note.text,
        author: note.author,
        at: note.at.to_string(),
        version: note.version,
    }
}

/// Opens the candid notes of an account, in a session that was confirmed lately; the reading is on record.
#[utoipa::path(get, path = "/accounts/{account}/notes", tag = "book", operation_id = "read_candid_notes",
    params(("account" = String, Path, description = "The account's id")),
    responses((status = 200, description = "The notes, newest first", body = Vec<CandidNoteView>), Reading))]
async fn list_notes(caller: Caller, State(web): State<Web>, Path(account): Path<String>) -> ApiResult {
    let account = path_id(&account)?;
    let about = About { account: &account, person: None };
    let notes = read_notes(web.ctx(), &caller.actor, about).await?;
    Ok(Json(notes.into_iter().map(note_json).collect::<Vec<_>>()).into_response())
}

/// A note to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NoteBody {
    text: String,
    /// One of the client's people; without one it is about the account.
    #[serde(default)]
    person_id: Option<String>,
}

/// Writes a candid note on an account or one of its client's people.
#[utoipa::path(post, path = "/accounts/{account}/notes", tag = "book", operation_id = "write_candid_note",
    params(("account" = String, Path, description = "The account's id")), request_body = NoteBody,
    responses((status = 204, description = "It is kept"), Making))]
async fn add_note(
    caller: Caller,
    State(web): State<Web>,
    Path(account): Path<String>,
    body: Body<NoteBody>,
) -> ApiResult {
    let mut words = Words::default();
    let person = words.id_if("person_id", body.value.person_id.as_deref());
    let person: Option<Id<Person>> = words.done(Some(person))?;
    let account = path_id(&account)?;
    let about = About { account: &account, person: person.as_ref() };
    write_note(web.ctx(), &caller.actor, about, &body.value.text).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Which version of a note is withdrawn.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WithdrawBody {
    version: i64,
}

/// Withdraws one's own note; a sponsor may withdraw anyone's.
#[utoipa::path(post, path = "/notes/{note}/withdraw", tag = "book", operation_id = "withdraw_candid_note",
    params(("note" = String, Path, description = "The note's id")), request_body = WithdrawBody,
    responses((status = 204, description = "It is withdrawn"), Making))]
async fn end_note(
    caller: Caller,
    State(web): State<Web>,
    Path(note): Path<String>,
    body: Body<WithdrawBody>,
) -> ApiResult {
    withdraw_note(web.ctx(), &caller.actor, &path_id(&note)?, body.value.version).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
