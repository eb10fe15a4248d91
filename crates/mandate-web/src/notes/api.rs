//! Notes in the API: the list of all within reach, one, and what the pages do with them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::ETAG;
use axum::response::IntoResponse;
use mandate_app::book::notes::{
    NoteDraft, NoteError, NotesOf, ShownNote, change_note, colleagues, notes_list, show_note, withdraw_note,
    write_note,
};
use mandate_app::{Action, Message};
use mandate_domain::Id;
use mandate_domain::book::{Kind, Note};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::kind_of;
use crate::access::Routes;
use crate::api::{
    ApiResult, Body, Caller, Changing, Idempotent, IfMatch, ListParameters, Listing, Making, Query, Reading,
    Words, created, etag, list, matched,
};
use crate::failure::{Failure, path_id};
use crate::state::Web;

pub(super) fn routes() -> Routes {
    Routes::new()
        .api(Action::ReadBook, routes!(list_notes))
        .api(Action::WriteBook, routes!(add_note))
        .api(Action::ReadBook, routes!(get_note))
        .api(Action::WriteBook, routes!(put_note))
        .api(Action::WriteBook, routes!(delete_note))
        .api(Action::WriteBook, routes!(list_colleagues))
}

/// A note on a record.
#[derive(Serialize, ToSchema)]
struct NoteView {
    id: String,
    /// The kind of record: `account`, `person`, `contract`, `product` and so on.
    kind: &'static str,
    record_id: String,
    text: String,
    author_id: Option<String>,
    /// Their name when they wrote it.
    author: String,
    /// Whether the caller wrote it, and so may change it.
    is_own: bool,
    /// Who was told of it, by name.
    told: Vec<String>,
    /// Counts saves; also in `ETag`.
    version: i64,
    created_at: String,
    updated_at: String,
}

fn note_json(shown: ShownNote) -> NoteView {
    let note = shown.note;
    NoteView {
        id: note.id.to_string(),
        kind: note.kind.as_str(),
        record_id: note.record_id,
        text: note.text,
        author_id: note.author_id.as_ref().map(Id::to_string),
        author: note.author_name,
        is_own: shown.is_own,
        told: shown.told,
        version: note.version,
        created_at: note.created_at.to_string(),
        updated_at: note.updated_at.to_string(),
    }
}

/// Notes on all records within reach, the newest first. Filters name fields of the rows: `kind:is:account;record_id:is:...`, or
/// `account_id:is:...` for those on an account, its people and its contracts.
#[utoipa::path(get, path = "/notes", tag = "book", operation_id = "list_notes", params(ListParameters),
    responses((status = 200, description = "One page", body = Listing), Reading))]
async fn list_notes(
    caller: Caller,
    State(web): State<Web>,
    Query(parameters): Query<ListParameters>,
) -> ApiResult {
    list(&web, &caller, Action::ReadBook, &notes_list(), &parameters).await
}

/// A note to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewNote {
    /// The kind of record.
    kind: String,
    /// Its id.
    record_id: String,
    /// Lines are kept; `@` and a colleague's whole name tells them.
    text: String,
    /// Colleagues to tell beside those the text mentions: ids of users, or whole names.
    #[serde(default)]
    tell: Vec<String>,
}

/// Writes a note on a record and tells whom it mentions. Refused when one of them may not see the record.
/// `Idempotency-Key` makes it safe to send twice.
#[utoipa::path(post, path = "/notes", tag = "book", operation_id = "write_note",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible characters")),
    request_body = NewNote,
    responses((status = 201, description = "The note", body = NoteView), Making))]
async fn add_note(caller: Caller, State(web): State<Web>, key: Idempotent, body: Body<NewNote>) -> ApiResult {
    let NewNote { kind, record_id, text, tell } = body.value;
    let mut words = Words::default();
    let known = Kind::ALL.into_iter().find(|known| known.as_str() == kind);
    if known.is_none() {
        words.wrong("kind", Message::new("note-error-kind"));
    }
    let kind = words.done(known)?;
    let (caller, web) = (&caller, &web);
    key.run(web, caller, &body.bytes, |ctx| async move {
        let of = NotesOf { kind, id: &record_id };
        let note = write_note(&ctx, &caller.actor, of, &NoteDraft { text, tell }).await?;
        // As it stands: who wrote it may see the record.
        let shown = shown_to_author(web, caller, note).await;
        Ok(created(&format!("/api/v1/notes/{}", shown.id), shown.version, &shown))
    })
    .await
}

/// The note with whom it told, which a token may lack the right to read.
async fn shown_to_author(web: &Web, caller: &Caller, note: Note) -> NoteView {
    match show_note(web.ctx(), &caller.actor, &note.id).await {
        Ok(shown) => note_json(shown),
        Err(_) => note_json(ShownNote { is_own: true, note, told: vec![] }),
    }
}

/// One note with its version in `ETag`.
#[utoipa::path(get, path = "/notes/{note}", tag = "book", operation_id = "get_note",
    params(("note" = String, Path, description = "Its id")),
    responses((status = 200, description = "The note", body = NoteView), Reading))]
async fn get_note(caller: Caller, State(web): State<Web>, Path(note): Path<String>) -> ApiResult {
    let shown = note_json(show_note(web.ctx(), &caller.actor, &path_id(&note)?).await?);
    Ok(([(ETAG, etag(shown.version))], Json(shown)).into_response())
}

async fn version_now(web: &Web, caller: &Caller, id: &Id<Note>) -> Result<i64, NoteError> {
    Ok(show_note(web.ctx(), &caller.actor, id).await?.note.version)
}

/// A note as it is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NoteText {
    text: String,
    /// Further colleagues to tell: ids of users, or whole names.
    #[serde(default)]
    tell: Vec<String>,
}

/// Changes one's own note; whoever is mentioned for the first time is told.
#[utoipa::path(put, path = "/notes/{note}", tag = "book", operation_id = "change_note",
    params(("note" = String, Path, description = "Its id"),
           ("If-Match" = String, Header, description = "The `ETag` that was read")),
    request_body = NoteText,
    responses((status = 200, description = "The note", body = NoteView), Changing))]
async fn put_note(
    caller: Caller,
    State(web): State<Web>,
    Path(note): Path<String>,
    IfMatch(version): IfMatch,
    body: Body<NoteText>,
) -> ApiResult {
    let id = path_id(&note)?;
    let draft = NoteDraft { text: body.value.text, tell: body.value.tell };
    let saved = change_note(web.ctx(), &caller.actor, (&id, version), &draft).await;
    let saved = matched(saved, version_now(&web, &caller, &id)).await?;
    let shown = shown_to_author(&web, &caller, saved).await;
    Ok(([(ETAG, etag(shown.version))], Json(shown)).into_response())
}

/// Withdraws one's own note. That it was there stays in the audit record.
#[utoipa::path(delete, path = "/notes/{note}", tag = "book", operation_id = "withdraw_note",
    params(("note" = String, Path, description = "Its id"),
           ("If-Match" = String, Header, description = "The `ETag` that was read")),
    responses((status = 204, description = "It is withdrawn"), Changing))]
async fn delete_note(
    caller: Caller,
    State(web): State<Web>,
    Path(note): Path<String>,
    IfMatch(version): IfMatch,
) -> ApiResult {
    let id = path_id(&note)?;
    let gone = withdraw_note(web.ctx(), &caller.actor, (&id, version)).await;
    matched(gone, version_now(&web, &caller, &id)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ColleagueParameters {
    /// Words of their name.
    #[serde(default)]
    q: String,
}

/// Colleagues who may be told of a record, at most eight: those whose name holds each word of `q`.
#[utoipa::path(get, path = "/records/{kind}/{id}/colleagues", tag = "book", operation_id = "list_colleagues",
    params(("kind" = String, Path, description = "The kind of record"), ("id" = String, Path, description = "Its id"),
           ColleagueParameters),
    responses((status = 200, description = "Ids of users and their names", body = Vec<Object>), Reading))]
async fn list_colleagues(
    caller: Caller,
    State(web): State<Web>,
    Path((kind, id)): Path<(String, String)>,
    Query(asked): Query<ColleagueParameters>,
) -> Result<axum::response::Response, Failure> {
    let of = NotesOf { kind: kind_of(&kind)?, id: &id };
    let found = colleagues(web.ctx(), &caller.actor, of, &asked.q).await?;
    let all: Vec<_> = found.iter().map(|one| json!({ "id": one.id, "name": one.name })).collect();
    Ok(Json(all).into_response())
}
