//! Files in the API: those of a record, one brought, given out and removed.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::book::attachments::{list_files, open_file, remove_file};
use mandate_app::book::notes::NotesOf;
use mandate_domain::Id;
use mandate_domain::book::Attachment;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{give_out, take};
use crate::access::Routes;
use crate::api::{ApiResult, Caller, Making, Reading};
use crate::failure::path_id;
use crate::notes::kind_of;
use crate::state::Web;

pub(super) fn routes() -> Routes {
    Routes::new()
        .api(Action::ReadBook, routes!(list_record_files))
        .api_upload(Action::WriteBook, routes!(add_file), None)
        .api(Action::ReadBook, routes!(get_file))
        .api(Action::WriteBook, routes!(delete_file))
}

/// A file on a record.
#[derive(Serialize, ToSchema)]
struct FileView {
    id: String,
    name: String,
    /// Counts files of this name on the record, from 1.
    file_version: i64,
    /// What it holds: `pdf`, `png`, `jpg`, `gif`, `webp`, `docx`, `xlsx`, `pptx`, `odt`, `ods`, `csv` or `txt`.
    file_kind: &'static str,
    n_bytes: i64,
    /// Of its content, in hexadecimal.
    sha256: String,
    author_id: Option<String>,
    /// Their name when they brought it.
    author: String,
    created_at: String,
    /// Who removed it; then its content is gone.
    removed_by: Option<String>,
    removed_at: Option<String>,
}

fn file_json(file: Attachment) -> FileView {
    let (removed_by, removed_at) = file.removed.map(|(by, at)| (by, at.to_string())).unzip();
    FileView {
        id: file.id.to_string(),
        name: file.name,
        file_version: file.file_version,
        file_kind: file.file_kind.as_str(),
        n_bytes: file.n_bytes,
        sha256: file.sha256,
        author_id: file.author_id.as_ref().map(Id::to_string),
        author: file.author_name,
        created_at: file.created_at.to_string(),
        removed_by,
        removed_at,
    }
}

/// The files of a record, the newest first, with those that were removed.
#[utoipa::path(get, path = "/records/{kind}/{id}/files", tag = "book", operation_id = "list_files",
    params(("kind" = String, Path, description = "The kind of record"), ("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "All of them", body = Vec<FileView>), Reading))]
async fn list_record_files(
    caller: Caller,
    State(web): State<Web>,
    Path((kind, id)): Path<(String, String)>,
) -> ApiResult {
    let of = NotesOf { kind: kind_of(&kind)?, id: &id };
    let (_, files) = list_files(web.ctx(), &caller.actor, of).await?;
    Ok(Json(files.into_iter().map(file_json).collect::<Vec<_>>()).into_response())
}

/// Brings a file to a record, as the field `file` of a multipart form. Its content has to be what its name says; under a name that is
/// there already it is the next version.
#[utoipa::path(post, path = "/records/{kind}/{id}/files", tag = "book", operation_id = "add_file",
    params(("kind" = String, Path, description = "The kind of record"), ("id" = String, Path, description = "Its id")),
    request_body(content = Vec<u8>, content_type = "multipart/form-data"),
    responses((status = 201, description = "The file", body = FileView),
        (status = 413, description = "It is longer than files may be"), Making))]
async fn add_file(
    caller: Caller,
    State(web): State<Web>,
    Path((kind, id)): Path<(String, String)>,
    request: Request,
) -> ApiResult {
    let of = NotesOf { kind: kind_of(&kind)?, id: &id };
    let file = take(&web, &caller.actor, web.ctx(), of, request).await?;
    Ok((StatusCode::CREATED, Json(file_json(file))).into_response())
}

/// A file's content, to be kept.
#[utoipa::path(get, path = "/files/{file}", tag = "book", operation_id = "get_file",
    params(("file" = String, Path, description = "Its id")),
    responses((status = 200, description = "The content", body = Vec<u8>), Reading))]
async fn get_file(caller: Caller, State(web): State<Web>, Path(file): Path<String>) -> ApiResult {
    let file = open_file(web.ctx(), &caller.actor, &path_id(&file)?).await?;
    Ok(give_out(web.ctx().clone(), file))
}

/// Removes a file's content for good; that it was there stays.
#[utoipa::path(delete, path = "/files/{file}", tag = "book", operation_id = "remove_file",
    params(("file" = String, Path, description = "Its id")),
    responses((status = 204, description = "Its content is gone"), Making))]
async fn delete_file(caller: Caller, State(web): State<Web>, Path(file): Path<String>) -> ApiResult {
    remove_file(web.ctx(), &caller.actor, &path_id(&file)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
