//! `/api/v1/book-imports`: a file of the book checked, imported by a job, and undone.

use axum::Json;
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use mandate_app::Action;
use mandate_app::book::import_job::{report_json, request_book_import};
use mandate_app::book::{self, ImportError, ImportFile, Kind, check_import, undo_book_import};
use mandate_app::exchange::table::MOST_BYTES;
use mandate_app::{ErrorKind, FieldError, Message, UseCaseError};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::access::Routes;
use crate::api::{ApiResult, Caller, Idempotent, Making};
use crate::failure::Failure;
use crate::form::{LARGEST_FORM, read_text};
use crate::state::Web;

/// The routes.
pub(super) fn routes() -> Routes {
    let most_bytes = Some(MOST_BYTES + (1 << 20));
    Routes::new()
        .api_upload(Action::Import, routes!(import), most_bytes)
        .api_upload(Action::Import, routes!(check), most_bytes)
        .api(Action::Import, routes!(undo))
}

/// The fields of an upload.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
struct BookUpload {
    /// The file: CSV or XLSX, with a header.
    #[schema(value_type = String, format = Binary)]
    file: String,
    /// What it holds: `accounts`, `people`, `contracts`, `contract_lines`, `products`, `lines_of_business` or `teams`.
    #[schema(example = "accounts")]
    kind: String,
}

/// An import that was put into the queue.
#[derive(Serialize, ToSchema)]
struct QueuedImport {
    /// The job; `GET /api/v1/jobs/{id}` says how far it is, and in `result` what came of it.
    job_id: String,
}

/// What a check would do, or an import did; the `result` of its job.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
struct BookImportReport {
    /// The import, for undoing it; null for a check.
    batch_id: Option<String>,
    /// What the file holds.
    kind: String,
    /// Its name.
    file_name: String,
    /// How it was read: `format`, and `delimiter` and `encoding` or `sheet` and `n_more_sheets`.
    #[schema(value_type = Object)]
    reading: String,
    /// Rows under the header.
    n_rows: usize,
    /// Records made.
    n_new: usize,
    /// Records changed.
    n_changed: usize,
    /// Records that were as the file has them.
    n_same: usize,
    /// The first rows that are new or change something: `row`, `external_id`, `name`, `outcome`.
    #[schema(value_type = Vec<Object>)]
    previews: Vec<String>,
}

/// What undoing an import of the book came to.
#[derive(Serialize, ToSchema)]
struct UndoneBook {
    /// What the file held.
    kind: &'static str,
    /// Its name.
    file_name: String,
    /// Records that went to the trash.
    n_trashed: usize,
    /// Records that went back to what they were.
    n_restored: usize,
}

fn invalid(field: &str, message: Message) -> Failure {
    let fields = vec![FieldError { field: field.to_owned(), message: message.clone() }];
    Failure { fields, ..Failure::of(ErrorKind::Invalid, message) }
}

/// The kind and the file of a multipart body.
async fn read_upload(web: &Web, request: Request) -> Result<(Kind, ImportFile), Failure> {
    let mut multipart = Multipart::from_request(request, web).await.map_err(|_| {
        let mut failure = Failure::bad_request(Message::new("facts-import-not-multipart"));
        failure.status = Some(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        failure
    })?;
    let mut left = LARGEST_FORM;
    let broken = |error| Failure::of_upload(&error);
    let (mut word, mut file) = (String::new(), None);
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        match field.name() {
            Some("kind") => word = read_text(field, &mut left).await?,
            Some("file") => {
                let name = field.file_name().unwrap_or_default().to_owned();
                file = Some(ImportFile { name, bytes: field.bytes().await.map_err(broken)?.to_vec() });
            }
            _ => {}
        }
    }
    let kind = Kind::parse(&word).ok_or_else(|| {
        let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.plural()).collect();
        invalid("kind", Message::new("import-api-kind").with("known", known.join(", ")))
    })?;
    let file = file.ok_or_else(|| invalid("file", Message::new("import-no-file")))?;
    Ok((kind, file))
}

/// Imports a file of the book by a job, whole or not at all; `GET /jobs/{id}` follows it.
///
/// A refused file fails the job, whose `result` then names every wrong cell in `errors`: `row`, `column`, `detail`.
/// `Idempotency-Key` makes it safe to send twice.
#[utoipa::path(post, path = "/book-imports", tag = "book", operation_id = "import_book",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible characters")),
    request_body(content = BookUpload, content_type = "multipart/form-data"), responses(
    (status = 202, description = "The job, also in `Location`", body = QueuedImport), Making))]
async fn import(caller: Caller, State(web): State<Web>, key: Idempotent, request: Request) -> ApiResult {
    let (kind, file) = read_upload(&web, request).await?;
    let actor = &caller.actor;
    let told = [kind.as_str().as_bytes(), b"\n", &file.bytes].concat();
    key.run(&web, &caller, &told, |ctx| async move {
        let secret = book::keep_upload(&ctx, actor, kind, &file).await?;
        let job = request_book_import(&ctx, actor, &secret).await?;
        let location = [(LOCATION, format!("/api/v1/jobs/{job}"))];
        let answer = Json(QueuedImport { job_id: job.to_string() });
        Ok((StatusCode::ACCEPTED, location, answer).into_response())
    })
    .await
}

/// Says what importing a file of the book would do, and changes nothing. Every wrong cell is named in `errors` as
/// `<row>:<column>`, up to a thousand.
#[utoipa::path(post, path = "/book-imports/check", tag = "book", operation_id = "check_book_import",
    request_body(content = BookUpload, content_type = "multipart/form-data"), responses(
    (status = 200, description = "What it would do", body = BookImportReport), Making))]
async fn check(caller: Caller, State(web): State<Web>, request: Request) -> ApiResult {
    let (kind, file) = read_upload(&web, request).await?;
    match check_import(web.ctx(), &caller.actor, kind, &file).await {
        Ok(report) => Ok(Json(report_json(&report)).into_response()),
        Err(ImportError::Rows(errors)) => {
            let fields = errors.errors.iter().map(|error| FieldError {
                field: format!("{}:{}", error.row, error.column),
                message: error.message.clone(),
            });
            let message = ImportError::Rows(errors.clone()).message();
            Err(Failure { fields: fields.collect(), ..Failure::of(ErrorKind::Invalid, message) })
        }
        Err(error) => Err(error.into()),
    }
}

/// Undoes an import of the book: what it made goes to the trash, what it changed goes back to what it was. Refused with
/// the names of the records where something was changed since.
#[utoipa::path(post, path = "/book-imports/{id}/undo", tag = "book", operation_id = "undo_book_import",
    params(("id" = String, Path, description = "The import's id, `batch_id` of its report")), responses(
    (status = 200, description = "What it came to", body = UndoneBook), Making))]
async fn undo(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> Result<Response, Failure> {
    let undone = undo_book_import(web.ctx(), &caller.actor, &id).await?;
    let answer = UndoneBook {
        kind: undone.kind.plural(),
        file_name: undone.file_name,
        n_trashed: undone.n_trashed,
        n_restored: undone.n_restored,
    };
    Ok(Json(answer).into_response())
}
