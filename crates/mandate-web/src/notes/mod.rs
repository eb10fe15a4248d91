//! Notes on records of the book: the card on a record's page, the page of all its notes, one's own changed and withdrawn.
//!
//! Texts come out as text: a mention is no link and no markup. While one types, a script offers colleagues who may see the
//! record; without it a field takes their names. Not here: candid notes (`crate::book`), which are sealed.

mod api;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use mandate_app::book::notes::{
    NoteDraft, NoteError, NotesOf, RecordNotes, ShownNote, change_note, colleagues, record_notes, show_note,
    withdraw_note, write_note,
};
use mandate_app::{Action, FieldError, UseCaseError};
use mandate_domain::book::{Kind, MOST_TEXT, Note};
use minijinja::{Value, context};
use serde::Deserialize;
use serde_json::json;

use crate::access::Routes;
use crate::book::kinds::href;
use crate::failure::{Failure, PageResult, path_id};
use crate::form::Form;
use crate::frame::{Page, Visit, initials};
use crate::state::Web;

/// Notes shown on the page of their record.
const ON_THE_CARD: usize = 5;

/// Pages and operations of notes.
pub fn routes() -> Routes {
    Routes::new()
        .get("/records/{kind}/{id}/notes", Action::ReadBook, show)
        .post("/records/{kind}/{id}/notes", Action::WriteBook, write)
        .get("/records/{kind}/{id}/colleagues.json", Action::WriteBook, offer)
        .get("/notes/{note}/edit", Action::WriteBook, show_edit)
        .post("/notes/{note}/edit", Action::WriteBook, edit)
        .post("/notes/{note}/withdraw", Action::WriteBook, withdraw)
        .merge(api::routes())
}

pub(crate) fn kind_of(word: &str) -> Result<Kind, Failure> {
    Kind::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or_else(Failure::not_found)
}

fn path_of(kind: Kind, id: &str) -> String {
    format!("/records/{}/{id}/notes", kind.as_str())
}

/// The page that shows a record's notes beside everything else.
fn back(kind: Kind, id: &str) -> String {
    format!("{}#notes", href(kind, id))
}

/// The card of notes on a record's page.
///
/// # Errors
/// [`Failure`] when there is no such record within reach.
pub(crate) async fn card(web: &Web, visit: &Visit, kind: Kind, id: &str) -> Result<Value, Failure> {
    let found = record_notes(web.ctx(), &visit.actor, NotesOf { kind, id }).await?;
    Ok(view(visit, (kind, id), &found, ON_THE_CARD))
}

fn view(visit: &Visit, (kind, id): (Kind, &str), found: &RecordNotes, most: usize) -> Value {
    let notes: Vec<Value> = found.notes.iter().take(most).map(|it| note_view(visit, it)).collect();
    let has_more = found.n_notes > i64::try_from(notes.len()).unwrap_or(i64::MAX);
    let path = path_of(kind, id);
    context! {
        items => notes, n_notes => found.n_notes, action => path.clone(), may_write => visit.may(Action::WriteBook),
        all_href => has_more.then_some(path), most_text => MOST_TEXT,
        src => format!("/records/{}/{id}/colleagues.json", kind.as_str()),
    }
}

fn note_view(visit: &Visit, shown: &ShownNote) -> Value {
    let note = &shown.note;
    context! {
        id => note.id.to_string(), text => note.text.clone(), author => note.author_name.clone(),
        initials => initials(&note.author_name), version => note.version, when => visit.moment(note.created_at),
        changed => (note.version > 1).then(|| visit.moment(note.updated_at)),
        told => (!shown.told.is_empty()).then(|| shown.told.join(", ")),
        is_own => shown.is_own && visit.may(Action::WriteBook),
    }
}

async fn show(State(web): State<Web>, visit: Visit, Path((kind, id)): Path<(String, String)>) -> PageResult {
    page(&web, &visit, (kind_of(&kind)?, &id), &Form::default(), &[]).await
}

/// All notes of a record, with the form that was wrong, if one was.
async fn page(
    web: &Web,
    visit: &Visit,
    (kind, id): (Kind, &str),
    form: &Form,
    errors: &[FieldError],
) -> PageResult {
    let found = record_notes(web.ctx(), &visit.actor, NotesOf { kind, id }).await?;
    let own = context! {
        notes => view(visit, (kind, id), &found, usize::MAX), form => form.view(visit, errors),
        lead => visit.tr("note-lead", &[("name", &found.name), ("count", &found.n_notes.to_string())]),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = framed(visit, visit.t("note-title"), &found.name, href(kind, id));
    visit.render_with_status(status, page, "notes/page.html", own)
}

fn framed(visit: &Visit, title: String, name: &str, href: String) -> Page {
    Page::new(title, "nav-portfolio")
        .help("notes-and-files")
        .crumb(visit.t("nav-portfolio"), "/portfolio")
        .crumb(name, href)
}

fn draft_of(form: &Form) -> NoteDraft {
    let tell = form.all("tell").into_iter().flat_map(|names| names.split([',', ';', '\n']));
    NoteDraft { text: form.get("text").to_owned(), tell: tell.map(|name| name.trim().to_owned()).collect() }
}

async fn write(
    State(web): State<Web>,
    visit: Visit,
    Path((kind, id)): Path<(String, String)>,
    form: Form,
) -> PageResult {
    let kind = kind_of(&kind)?;
    match write_note(web.ctx(), &visit.actor, NotesOf { kind, id: &id }, &draft_of(&form)).await {
        Ok(_) => Ok(visit.redirect_with(&back(kind, &id), visit.t("note-written"), None)),
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => page(&web, &visit, (kind, &id), &form, &error.fields()).await,
    }
}

async fn show_edit(State(web): State<Web>, visit: Visit, Path(note): Path<String>) -> PageResult {
    let shown = own_note(&web, &visit, &note).await?;
    let form = Form::from_pairs([
        ("text", shown.note.text.clone()),
        ("version", shown.note.version.to_string()),
        ("tell", String::new()),
    ]);
    edit_page(&web, &visit, &shown.note, &form, &[]).await
}

async fn own_note(web: &Web, visit: &Visit, id: &str) -> Result<ShownNote, Failure> {
    let shown = show_note(web.ctx(), &visit.actor, &path_id(id)?).await?;
    if shown.is_own { Ok(shown) } else { Err(NoteError::NotOwn.into()) }
}

async fn edit_page(web: &Web, visit: &Visit, note: &Note, form: &Form, errors: &[FieldError]) -> PageResult {
    let of = NotesOf { kind: note.kind, id: &note.record_id };
    let found = record_notes(web.ctx(), &visit.actor, of).await?;
    let own = context! {
        note_id => note.id.to_string(), cancel_href => back(note.kind, &note.record_id), most_text => MOST_TEXT,
        src => format!("/records/{}/{}/colleagues.json", note.kind.as_str(), note.record_id),
        form => form.view(visit, errors), lead => visit.tr("note-edit-lead", &[("name", &found.name)]),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = framed(visit, visit.t("note-edit"), &found.name, href(note.kind, &note.record_id));
    visit.render_with_status(status, page, "notes/edit.html", own)
}

fn version_of(form: &Form) -> i64 {
    form.get("version").parse().unwrap_or(0)
}

async fn edit(State(web): State<Web>, visit: Visit, Path(note): Path<String>, form: Form) -> PageResult {
    let id = path_id(&note)?;
    match change_note(web.ctx(), &visit.actor, (&id, version_of(&form)), &draft_of(&form)).await {
        Ok(saved) => {
            Ok(visit.redirect_with(&back(saved.kind, &saved.record_id), visit.t("note-saved"), None))
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let shown = own_note(&web, &visit, &note).await?;
            edit_page(&web, &visit, &shown.note, &form, &error.fields()).await
        }
    }
}

async fn withdraw(State(web): State<Web>, visit: Visit, Path(note): Path<String>, form: Form) -> PageResult {
    let gone = withdraw_note(web.ctx(), &visit.actor, (&path_id(&note)?, version_of(&form))).await?;
    Ok(visit.redirect_with(&back(gone.kind, &gone.record_id), visit.t("note-withdrawn"), None))
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    q: String,
}

/// What the script offers for what follows an `@`.
async fn offer(
    State(web): State<Web>,
    visit: Visit,
    Path((kind, id)): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
) -> PageResult {
    let of = NotesOf { kind: kind_of(&kind)?, id: &id };
    let found = colleagues(web.ctx(), &visit.actor, of, &wanted.q).await?;
    let choices: Vec<_> =
        found.iter().map(|one| json!({ "id": one.id, "name": one.name, "context": "" })).collect();
    Ok(Json(json!({ "choices": choices })).into_response())
}
