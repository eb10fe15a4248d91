//! `/api/v1/bulk-edits`: choose records and see what would happen, do it, hear what came of each, undo it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use mandate_app::book::bulk::{self, BulkError, BulkShown, BulkWork, Picked, RowState, ShownRow};
use mandate_app::book::tags::TagChange;
use mandate_app::{Action, FieldError, Message, book};
use mandate_domain::book::Kind;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use crate::access::Routes;
use crate::api::{ApiResult, Body, Caller, ListParameters, Making, Query, Reading};
use crate::failure::{Failure, path_id};
use crate::state::Web;

/// Records answered at a time at most.
const MOST_ROWS: usize = 500;

pub(super) fn routes() -> Routes {
    Routes::new()
        .api(Action::WriteBook, routes!(check_bulk_edit))
        .api(Action::WriteBook, routes!(get_bulk_edit))
        .api(Action::WriteBook, routes!(list_bulk_edit_records))
        .api(Action::WriteBook, routes!(commit_bulk_edit))
        .api(Action::WriteBook, routes!(undo_bulk_edit))
}

/// Which records, and what is to be done to each.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BulkBody {
    /// The kind of record, such as `account`; `trash` for records of the trash.
    kind: String,
    /// Their ids; or leave it out and give a `filter`.
    #[serde(default)]
    ids: Option<Vec<String>>,
    /// As a list's `filter`: all that match, at most 5,000. Empty takes the whole list.
    #[serde(default)]
    filter: Option<String>,
    /// `fields`, `tags`, `trash` or `restore` (the latter of the trash only).
    #[serde(rename = "do")]
    what: String,
    /// With `fields`: each field's new text, a custom one as `custom.` and its key; empty takes away what stands there.
    #[serde(default)]
    fields: BTreeMap<String, String>,
    /// With `tags`: to give.
    #[serde(default)]
    add: Vec<String>,
    /// With `tags`: to take.
    #[serde(default)]
    remove: Vec<String>,
}

/// A bulk edit.
#[derive(Serialize, ToSchema)]
struct BulkView {
    id: String,
    /// `chosen`, `checking`, `checked`, `running`, `done`, `undoing` or `undone`.
    state: &'static str,
    /// Whether it stands still half-way: go on with `commit`, or `undo` what was done.
    is_stopped: bool,
    /// What is to be done.
    #[serde(rename = "do")]
    what: Option<&'static str>,
    n_records: i64,
    /// How many records in which state: `change`, `same`, `refuse` before it is done; `changed`, `unchanged`, `refused` after; `undone`
    /// and `kept` when it was undone.
    counts: BTreeMap<&'static str, i64>,
    /// The job at work on it, of more than 200 records.
    job_id: Option<String>,
}

fn view(shown: &BulkShown) -> BulkView {
    BulkView {
        id: shown.bulk.id.to_string(),
        state: shown.bulk.state.as_str(),
        is_stopped: shown.is_stopped,
        what: shown.work.as_ref().map(BulkWork::word),
        n_records: shown.bulk.n_rows,
        counts: shown.counts.iter().map(|(state, n)| (state.as_str(), *n)).collect(),
        job_id: shown.bulk.job_id.as_ref().map(ToString::to_string),
    }
}

fn wrong(field: &str, id: &'static str) -> Failure {
    let message = Message::new(id).with("field", field);
    BulkError::Invalid { fields: vec![FieldError { field: field.to_owned(), message }] }.into()
}

async fn answer(web: &Web, caller: &Caller, id: &str) -> ApiResult {
    let shown = bulk::show(web.ctx(), &caller.actor, &path_id(id)?).await?;
    Ok(Json(view(&shown)).into_response())
}

/// Chooses records and works out what would happen to each; nothing is changed. More than 200 records are a job: ask again until the state is
/// `checked`.
#[utoipa::path(post, path = "/bulk-edits", tag = "book", operation_id = "check_bulk_edit", request_body = BulkBody,
    responses((status = 200, description = "What would happen", body = BulkView), Making))]
async fn check_bulk_edit(caller: Caller, State(web): State<Web>, body: Body<BulkBody>) -> ApiResult {
    let asked = body.value;
    let kind = match asked.kind.as_str() {
        "trash" => None,
        word => Some(Kind::parse(word).ok_or_else(|| wrong("kind", "bulk-error-no-kind"))?),
    };
    let work = match asked.what.as_str() {
        "fields" => BulkWork::Fields(asked.fields),
        "tags" => BulkWork::Tags(TagChange { add: asked.add, remove: asked.remove }),
        "trash" => BulkWork::Trash,
        "restore" => BulkWork::Restore,
        _ => return Err(wrong("do", "bulk-error-no-work")),
    };
    let picked = match (asked.ids, asked.filter) {
        (Some(ids), None) => Picked::These(ids),
        (None, Some(filter)) => Picked::Matching(ListParameters::of_filter(filter).query()?),
        _ => return Err(wrong("ids", "bulk-error-ids-or-filter")),
    };
    let def = match kind {
        Some(kind) => {
            book::list_with_custom(web.ctx(), &caller.actor, kind).await.map_err(book::BookError::from)?
        }
        None => book::trash_list(),
    };
    bulk::check_work(web.ctx(), &caller.actor, kind, &work).await?;
    let id = bulk::choose(web.ctx(), &caller.actor, (&def, kind), picked).await?;
    bulk::foresee(web.ctx(), &caller.actor, &id, &work).await?;
    answer(&web, &caller, id.as_str()).await
}

/// Where a bulk edit of one's own stands.
#[utoipa::path(get, path = "/bulk-edits/{bulk}", tag = "book", operation_id = "get_bulk_edit",
    params(("bulk" = String, Path, description = "Its id")),
    responses((status = 200, description = "The bulk edit", body = BulkView), Reading))]
async fn get_bulk_edit(caller: Caller, State(web): State<Web>, Path(bulk): Path<String>) -> ApiResult {
    answer(&web, &caller, &bulk).await
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RowParameters {
    /// Records after this position.
    #[serde(default)]
    after: i64,
    /// Only those that are refused, or would be.
    #[serde(default)]
    refused: bool,
}

/// A field that would move.
#[derive(Serialize, ToSchema)]
struct MoveView {
    field: String,
    from: String,
    to: String,
}

/// A record of a bulk edit.
#[derive(Serialize, ToSchema)]
struct BulkRowView {
    position: i64,
    kind: &'static str,
    record_id: String,
    /// None where the caller does not see it.
    name: Option<String>,
    state: &'static str,
    /// Why it is refused: an array of `{field, message: {id, arguments}}`.
    #[schema(value_type = Vec<Object>)]
    reasons: Value,
    /// What would change, before it is done.
    changes: Vec<MoveView>,
}

fn row_view(row: ShownRow) -> BulkRowView {
    let moves = row.moves.into_iter().map(|it| MoveView { field: it.field, from: it.from, to: it.to });
    BulkRowView {
        position: row.position,
        kind: row.kind.as_str(),
        record_id: row.record_id,
        name: row.name,
        state: row.state.as_str(),
        reasons: if row.reason.is_array() { row.reason } else { Value::Array(vec![]) },
        changes: moves.collect(),
    }
}

/// The records of a bulk edit in their order, 500 at a time: what would happen to each, or what came of it and why.
#[utoipa::path(get, path = "/bulk-edits/{bulk}/records", tag = "book", operation_id = "list_bulk_edit_records",
    params(("bulk" = String, Path, description = "Its id"), RowParameters),
    responses((status = 200, description = "Some of them", body = Vec<BulkRowView>), Reading))]
async fn list_bulk_edit_records(
    caller: Caller,
    State(web): State<Web>,
    Path(bulk): Path<String>,
    Query(asked): Query<RowParameters>,
) -> ApiResult {
    let refused = [RowState::Refuse, RowState::Refused, RowState::Kept];
    let states: &[RowState] = if asked.refused { &refused } else { &[] };
    let page = (asked.after, MOST_ROWS);
    let found = bulk::rows(web.ctx(), &caller.actor, &path_id(&bulk)?, states, page).await?;
    Ok(Json(found.into_iter().map(row_view).collect::<Vec<_>>()).into_response())
}

/// Does what was worked out. A record that was changed since is refused, and stops no other.
#[utoipa::path(post, path = "/bulk-edits/{bulk}/commit", tag = "book", operation_id = "commit_bulk_edit",
    params(("bulk" = String, Path, description = "Its id")),
    responses((status = 200, description = "What came of it, or that a job is at work", body = BulkView), Making))]
async fn commit_bulk_edit(caller: Caller, State(web): State<Web>, Path(bulk): Path<String>) -> ApiResult {
    bulk::commit(web.ctx(), &caller.actor, &path_id(&bulk)?).await?;
    answer(&web, &caller, &bulk).await
}

/// Undoes a bulk edit: each record that is still as it was left goes back to what it was.
#[utoipa::path(post, path = "/bulk-edits/{bulk}/undo", tag = "book", operation_id = "undo_bulk_edit",
    params(("bulk" = String, Path, description = "Its id")),
    responses((status = 200, description = "What came of it, or that a job is at work", body = BulkView), Making))]
async fn undo_bulk_edit(caller: Caller, State(web): State<Web>, Path(bulk): Path<String>) -> ApiResult {
    bulk::undo(web.ctx(), &caller.actor, &path_id(&bulk)?).await?;
    answer(&web, &caller, &bulk).await
}
