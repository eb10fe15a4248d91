//! `/api/v1/book-imports`: a file of the book checked, imported by a job, and undone.

use axum::Json;
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use mandate_app::Action;
use mandate_app::book::guess::propose_for;
use mandate_app::book::import_job::{
    Afterwards, is_for_a_job, report_json, request_book_check, request_book_import,
};
use mandate_app::book::mapping::Mapping;
use mandate_app::book::mappings::{NamedMapping, mappings};
use mandate_app::book::profiles::{Profile, profile};
use mandate_app::book::{self, ImportError, Kept, Kind, check_import, undo_book_import};
use mandate_app::exchange::table::MOST_CSV_BYTES;
use mandate_app::{ErrorKind, FieldError, Message, UseCaseError};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::import::keep_field;
use crate::access::Routes;
use crate::api::{ApiResult, Caller, Idempotent, Making, Reading};
use crate::failure::Failure;
use crate::form::{LARGEST_FORM, read_text};
use crate::state::Web;

/// The routes.
pub(super) fn routes() -> Routes {
    let most_bytes = Some(MOST_CSV_BYTES + (1 << 20));
    Routes::new()
        .api_upload(Action::Import, routes!(import), most_bytes)
        .api_upload(Action::Import, routes!(check), most_bytes)
        .api_upload(Action::Import, routes!(propose_mapping), most_bytes)
        .api(Action::Import, routes!(list_mappings))
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
    /// How it is read, as JSON, when its columns have other names than the fields; `POST /book-imports/propose` answers one.
    mapping: Option<String>,
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
    /// Rows left out, because a record looks like them.
    n_skipped: usize,
    /// Rows that somebody chose to leave out on the page of the import.
    n_left_out: usize,
    /// Lines of one cell under the last row, which are no rows: reports end with such.
    n_footer_lines: usize,
    /// Their rows.
    footer_rows: Vec<usize>,
    /// How volumes were read, by the first, where the column's name does not say that they are a year's: `per` (`month`, `quarter` or
    /// `year`), `row`, `given`, `annual`.
    #[schema(value_type = Option<Object>)]
    volume: Option<String>,
    /// What the file's contract lines come to in a year, volume times price: `currency`, `annual_value`.
    #[schema(value_type = Vec<Object>)]
    lines_a_year: Vec<String>,
    /// Rows without an id of the firm: which record they are about is told by the e-mail address, else by the name.
    n_by_name: usize,
    /// Rows that look like a record without their id, where the mapping has it looked for.
    n_alike: usize,
    /// The first hundred of them: `row`, `external_id`, `name`, `record_id`, `record_name`, `record_external_id`, `same`
    /// (`name` or `email`), `answer` (`skip`, `update` or `create`).
    #[schema(value_type = Vec<Object>)]
    alike: Vec<String>,
    /// Records that rows carry besides their own, for each way to them (`account`, `contract.account`): `kind`, `field`, `n_new`,
    /// `n_changed`, `n_same`.
    #[schema(value_type = Vec<Object>)]
    related: Vec<String>,
    /// Rows that have nothing of their own, only such records.
    n_alone: usize,
    /// New accounts whose names look like one another, or like one in the book.
    n_twins: usize,
    /// There were too many new accounts to compare: more than 20,000.
    twins_skipped: bool,
    /// The first twenty pairs: `row`, `name`, `other_row` (null: in the book), `other`.
    #[schema(value_type = Vec<Object>)]
    twins: Vec<String>,
    /// Rows whose id was merged away into the record of another row: they change nothing and count as same.
    n_merged: usize,
    /// The first hundred of them: `row`, `external_id`, and `name` of the record that stands.
    #[schema(value_type = Vec<Object>)]
    merged: Vec<String>,
    /// How cells with several ids were read, by the first, where the mapping's `several_ids` is `first`: `column`, `row`, `given`,
    /// `taken`, `n_cells`.
    #[schema(value_type = Option<Object>)]
    several_ids: Option<String>,
    /// The first rows that are new or change something: `kind`, `row`, `external_id`, `name`, `outcome`; of a new record also
    /// `values`: `field`, `label` of a custom field, `value`; of a change `changes`: `field`, `label`, `from`, `to`, where null stands for a record without a name to show. What a purpose guards, such as a
    /// cost, is told by a check that is answered at once, never by a job.
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

/// An upload that is kept.
struct Upload {
    kind: Kind,
    mapping: String,
    kept: Kept,
}

/// Keeps the file of a multipart body, with its kind and its mapping.
async fn read_upload(web: &Web, caller: &Caller, request: Request) -> Result<Upload, Failure> {
    let mut multipart = Multipart::from_request(request, web).await.map_err(|_| {
        let mut failure = Failure::bad_request(Message::new("facts-import-not-multipart"));
        failure.status = Some(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        failure
    })?;
    let mut left = LARGEST_FORM;
    let broken = |error| Failure::of_upload(&error);
    let (mut word, mut mapping, mut file) = (String::new(), String::new(), None);
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        match field.name() {
            Some("kind") => word = read_text(field, &mut left).await?,
            Some("mapping") => mapping = read_text(field, &mut left).await?,
            Some("file") if file.is_none() => file = keep_field(web, &caller.actor, field).await?,
            _ => {}
        }
    }
    let (name, incoming) = file.ok_or_else(|| invalid("file", Message::new("import-no-file")))?;
    let asked = Kind::parse(&word).ok_or_else(|| {
        let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.plural()).collect();
        invalid("kind", Message::new("import-api-kind").with("known", known.join(", ")))
    });
    let said = match mapping.as_str() {
        "" => Ok(None),
        text => Mapping::from_text(text)
            .map(|mapping| Some(Box::new(mapping)))
            .map_err(|what| invalid("mapping", Message::new("import-api-mapping").with("what", what))),
    };
    match (asked, said) {
        (Ok(kind), Ok(said)) => Ok(Upload { kind, mapping, kept: incoming.keep(kind, &name, said).await? }),
        (Err(failure), _) | (_, Err(failure)) => {
            incoming.drop_it().await;
            Err(failure)
        }
    }
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
    let Upload { kind, mapping, kept } = read_upload(&web, &caller, request).await?;
    let actor = &caller.actor;
    let told = [kind.as_str(), &mapping, &kept.digest].join("\n");
    let secret = kept.secret.as_str();
    let answer = key
        .run(&web, &caller, told.as_bytes(), |ctx| async move {
            let job = request_book_import(&ctx, actor, secret).await?;
            let location = [(LOCATION, format!("/api/v1/jobs/{job}"))];
            let answer = Json(QueuedImport { job_id: job.to_string() });
            Ok((StatusCode::ACCEPTED, location, answer).into_response())
        })
        .await;
    if !book::is_asked_for(web.ctx(), actor, secret).await? {
        // Sent twice under one key, or refused: no job comes back for this copy.
        book::drop_upload(web.ctx(), actor, secret).await;
    }
    answer
}

/// Says what importing a file of the book would do, and changes nothing. Every wrong cell is named in `errors` as
/// `<row>:<column>`, up to a thousand.
///
/// A file of more than 20,000 rows is checked by a job, which may be cancelled: then the answer is 202 with the job, whose `result`
/// says the same.
#[utoipa::path(post, path = "/book-imports/check", tag = "book", operation_id = "check_book_import",
    request_body(content = BookUpload, content_type = "multipart/form-data"), responses(
    (status = 200, description = "What it would do", body = BookImportReport),
    (status = 202, description = "The job that checks it, also in `Location`", body = QueuedImport), Making))]
async fn check(caller: Caller, State(web): State<Web>, request: Request) -> ApiResult {
    let Upload { kept, .. } = read_upload(&web, &caller, request).await?;
    let (kind, file) = book::find_upload(web.ctx(), &caller.actor, &kept.secret).await?;
    if is_for_a_job(&file).await {
        let job = request_book_check(web.ctx(), &caller.actor, &kept.secret, Afterwards::Drop).await?;
        let location = [(LOCATION, format!("/api/v1/jobs/{job}"))];
        let answer = Json(QueuedImport { job_id: job.to_string() });
        return Ok((StatusCode::ACCEPTED, location, answer).into_response());
    }
    let checked = check_import(web.ctx(), &caller.actor, kind, &file).await;
    book::drop_upload(web.ctx(), &caller.actor, &kept.secret).await;
    match checked {
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

/// A column of a file, and what it probably holds.
#[derive(Serialize, ToSchema)]
struct ColumnView {
    /// Its name.
    column: String,
    /// The first values that say something.
    samples: Vec<String>,
    /// The field it probably holds; null: left out.
    field: Option<String>,
}

/// What a file looks like, and how it may be read.
#[derive(Serialize, ToSchema)]
struct ProposedMapping {
    /// Its columns.
    columns: Vec<ColumnView>,
    /// The profile whose columns are all there.
    profile: Option<&'static str>,
    /// Whether that was tested on a public example of such an export; if not, look at each column.
    profile_tested: bool,
    /// The text is no UTF-8: the encoding is a guess, to be confirmed by the samples.
    encoding_guessed: bool,
    /// The dates can be read in two orders: choose one.
    dates_open: bool,
    /// The column of volumes whose name does not say that they are a year's: say `volume_per` in the mapping, `month`, `quarter` or `year`.
    volume: Option<String>,
    /// Every column has a field's own name: no mapping is needed.
    is_plain: bool,
    /// Words of the file that are none of a field's choices, by field.
    #[schema(value_type = Object)]
    words: serde_json::Value,
    /// The proposal, as `mapping` of an import takes it.
    #[schema(value_type = Object)]
    mapping: serde_json::Value,
}

fn mapping_json(mapping: &Mapping) -> serde_json::Value {
    serde_json::from_str(&mapping.to_text()).unwrap_or_default()
}

/// Says how a file of somebody else's making may be read, and keeps nothing: look at it, change it, and send it as `mapping`
/// with a check or an import. With `mapping` in the upload, that is looked at instead of a guess.
#[utoipa::path(post, path = "/book-imports/propose", tag = "book", operation_id = "propose_import_mapping",
    request_body(content = BookUpload, content_type = "multipart/form-data"), responses(
    (status = 200, description = "The proposal", body = ProposedMapping), Making))]
async fn propose_mapping(caller: Caller, State(web): State<Web>, request: Request) -> ApiResult {
    let Upload { kept, .. } = read_upload(&web, &caller, request).await?;
    let (kind, file) = book::find_upload(web.ctx(), &caller.actor, &kept.secret).await?;
    let proposed = propose_for(web.ctx(), &caller.actor, kind, &file).await;
    book::drop_upload(web.ctx(), &caller.actor, &kept.secret).await;
    let proposal = proposed?;
    let columns = proposal.columns.into_iter().map(|column| ColumnView {
        field: proposal.mapping.columns.get(&column.head).cloned(),
        column: column.head,
        samples: column.samples,
    });
    let answer = ProposedMapping {
        columns: columns.collect(),
        profile: proposal.profile,
        profile_tested: proposal.profile.and_then(|name| profile(name, kind)).is_some_and(Profile::is_tested),
        encoding_guessed: proposal.encoding_guessed,
        dates_open: proposal.dates_open,
        volume: proposal.volume,
        is_plain: proposal.is_plain,
        words: serde_json::json!(proposal.words),
        mapping: mapping_json(&proposal.mapping),
    };
    Ok(Json(answer).into_response())
}

/// A mapping that was used before.
#[derive(Serialize, ToSchema)]
struct MappingView {
    /// Where the files come from.
    source: String,
    /// What they hold.
    kind: &'static str,
    /// How they are read, as `mapping` of an import takes it.
    #[schema(value_type = Object)]
    mapping: serde_json::Value,
}

/// Every mapping of a past import, by the name of its source; the one used last first.
#[derive(Serialize, ToSchema)]
struct MappingsView {
    mappings: Vec<MappingView>,
}

/// Mappings of past imports. One is remembered when a file is imported whose mapping names a `source`.
#[utoipa::path(get, path = "/import-mappings", tag = "book", operation_id = "list_import_mappings", responses(
    (status = 200, description = "The mappings", body = MappingsView), Reading))]
async fn list_mappings(caller: Caller, State(web): State<Web>) -> ApiResult {
    let found = mappings(web.ctx(), &caller.actor, None, &[]).await?;
    let view = |it: NamedMapping| MappingView {
        source: it.source,
        kind: it.kind.plural(),
        mapping: mapping_json(&it.mapping),
    };
    Ok(Json(MappingsView { mappings: found.into_iter().map(view).collect() }).into_response())
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
