//! Tags in the API: those in use within reach, those of a record, and what the pages do with them.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::book::tags::{RecordTag, TagChange, change_tags, record_tags, tags_in_use};
use mandate_app::book::tags_kept::{bring_back_tag, rename_tag, retire_tag, undo_rename};
use mandate_domain::text::fold;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use crate::access::Routes;
use crate::api::{ApiResult, Body, Caller, Making, Query, Reading};
use crate::failure::path_id;
use crate::notes::kind_of;
use crate::state::Web;

pub(super) fn routes() -> Routes {
    Routes::new()
        .api(Action::ReadBook, routes!(list_tags))
        .api(Action::TrashBook, routes!(rename))
        .api(Action::TrashBook, routes!(undo))
        .api(Action::TrashBook, routes!(retire))
        .api(Action::TrashBook, routes!(bring_back))
        .api(Action::ReadBook, routes!(get_record_tags))
        .api(Action::WriteBook, routes!(change_record_tags))
}

/// A tag in use.
#[derive(Serialize, ToSchema)]
struct TagView {
    /// As it was written first, of what the caller may see.
    tag: String,
    /// How many records have it, of those the caller may see.
    n_records: i64,
    /// How many of each kind.
    kinds: BTreeMap<&'static str, i64>,
    /// Whether it is offered no more.
    is_retired: bool,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TagsParameters {
    /// Only tags that hold this text.
    #[serde(default)]
    q: String,
}

/// The tags in use on records within reach, by the alphabet.
#[utoipa::path(get, path = "/tags", tag = "book", operation_id = "list_tags", params(TagsParameters),
    responses((status = 200, description = "All of them", body = Vec<TagView>), Reading))]
async fn list_tags(caller: Caller, State(web): State<Web>, Query(asked): Query<TagsParameters>) -> ApiResult {
    let wanted = fold(&asked.q);
    let found = tags_in_use(web.ctx(), &caller.actor).await?;
    let tags: Vec<TagView> = found
        .into_iter()
        .filter(|tag| tag.fold.contains(&wanted))
        .map(|tag| TagView {
            is_retired: tag.is_retired(),
            kinds: tag.kinds.iter().map(|(kind, count)| (kind.as_str(), *count)).collect(),
            tag: tag.text,
            n_records: tag.n_records,
        })
        .collect();
    Ok(Json(tags).into_response())
}

/// The tags of a record.
#[derive(Serialize, ToSchema)]
struct RecordTagsView {
    kind: &'static str,
    record_id: String,
    /// By the alphabet.
    tags: Vec<String>,
}

fn texts(tags: &[RecordTag]) -> Vec<String> {
    tags.iter().map(|it| it.tag.text().to_owned()).collect()
}

/// The tags of a record.
#[utoipa::path(get, path = "/records/{kind}/{id}/tags", tag = "book", operation_id = "get_record_tags",
    params(("kind" = String, Path, description = "The kind of record"), ("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "Its tags", body = RecordTagsView), Reading))]
async fn get_record_tags(
    caller: Caller,
    State(web): State<Web>,
    Path((kind, id)): Path<(String, String)>,
) -> ApiResult {
    let kind = kind_of(&kind)?;
    let found = record_tags(web.ctx(), &caller.actor, (kind, &id)).await?;
    let tags = texts(&found.tags);
    Ok(Json(RecordTagsView { kind: kind.as_str(), record_id: id, tags }).into_response())
}

/// Tags to give and to take.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TagChangeBody {
    /// To give; what the record has already stays.
    #[serde(default)]
    add: Vec<String>,
    /// To take; what it does not have is left out.
    #[serde(default)]
    remove: Vec<String>,
}

/// Gives a record tags and takes others off it. It changes no version of the record, and sent twice it is as sent once.
#[utoipa::path(post, path = "/records/{kind}/{id}/tags", tag = "book", operation_id = "change_record_tags",
    params(("kind" = String, Path, description = "The kind of record"), ("id" = String, Path, description = "Its id")),
    request_body = TagChangeBody,
    responses((status = 200, description = "Its tags now", body = RecordTagsView), Making))]
async fn change_record_tags(
    caller: Caller,
    State(web): State<Web>,
    Path((kind, id)): Path<(String, String)>,
    body: Body<TagChangeBody>,
) -> ApiResult {
    let kind = kind_of(&kind)?;
    let wanted = TagChange { add: body.value.add, remove: body.value.remove };
    let done = change_tags(web.ctx(), &caller.actor, (kind, &id), &wanted).await?;
    let tags = texts(&done.tags);
    Ok(Json(RecordTagsView { kind: kind.as_str(), record_id: id, tags }).into_response())
}

/// A tag and what it is to be called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RenameBody {
    from: String,
    /// One that is in use makes the two one.
    to: String,
}

/// A tag that was renamed.
#[derive(Serialize, ToSchema)]
struct RenamedView {
    /// Names it to `undo`.
    id: String,
    from: String,
    to: String,
    /// How many records had it.
    n_records: usize,
    /// How many of them had the other one already.
    n_both: usize,
}

/// Renames a tag on every record within reach, or merges it into one that is in use there.
#[utoipa::path(post, path = "/tags/rename", tag = "book", operation_id = "rename_tag", request_body = RenameBody,
    responses((status = 200, description = "It is renamed", body = RenamedView), Making))]
async fn rename(caller: Caller, State(web): State<Web>, body: Body<RenameBody>) -> ApiResult {
    let done = rename_tag(web.ctx(), &caller.actor, &body.value.from, &body.value.to).await?;
    let (from, to, n_records, n_both) = (done.from, done.to, done.n_records, done.n_both);
    Ok(Json(RenamedView { id: done.id.to_string(), from, to, n_records, n_both }).into_response())
}

/// A renaming that was undone.
#[derive(Serialize, ToSchema)]
struct UndoneRenameView {
    /// The tag that is back.
    tag: String,
    /// Records that have it again.
    n_back: usize,
    /// Records left as they are: their tags changed since, they lie in the trash or are out of reach.
    n_left: usize,
}

/// Undoes a renaming of one's own.
#[utoipa::path(post, path = "/tags/renames/{rename}/undo", tag = "book", operation_id = "undo_rename",
    params(("rename" = String, Path, description = "Its id")),
    responses((status = 200, description = "What came of it", body = UndoneRenameView), Making))]
async fn undo(caller: Caller, State(web): State<Web>, Path(rename): Path<String>) -> ApiResult {
    let done = undo_rename(web.ctx(), &caller.actor, &path_id(&rename)?).await?;
    Ok(Json(UndoneRenameView { tag: done.tag, n_back: done.n_back, n_left: done.n_left }).into_response())
}

/// A tag.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TagBody {
    tag: String,
}

/// A tag that was retired or brought back.
#[derive(Serialize, ToSchema)]
struct KeptTagView {
    tag: String,
    /// The records within reach that have it.
    n_records: usize,
}

/// Retires a tag on the records within reach: it stays there and is offered no more.
#[utoipa::path(post, path = "/tags/retire", tag = "book", operation_id = "retire_tag", request_body = TagBody,
    responses((status = 200, description = "It is retired", body = KeptTagView), Making))]
async fn retire(caller: Caller, State(web): State<Web>, body: Body<TagBody>) -> ApiResult {
    let done = retire_tag(web.ctx(), &caller.actor, &body.value.tag).await?;
    Ok(Json(KeptTagView { tag: done.tag, n_records: done.n_records }).into_response())
}

/// Offers a retired tag again.
#[utoipa::path(post, path = "/tags/bring-back", tag = "book", operation_id = "bring_back_tag", request_body = TagBody,
    responses((status = 200, description = "It is offered again", body = KeptTagView), Making))]
async fn bring_back(caller: Caller, State(web): State<Web>, body: Body<TagBody>) -> ApiResult {
    let done = bring_back_tag(web.ctx(), &caller.actor, &body.value.tag).await?;
    Ok(Json(KeptTagView { tag: done.tag, n_records: done.n_records }).into_response())
}
