//! `/api/v1/import-sources`: sources and what came of their files; for administrators.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{ETAG, LOCATION};
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::sources::{
    ArrivalLine, FetchDraft, FetchLine, SourceDraft, SourceLine, add_source, change_source, fetch_now,
    list_arrivals, list_sources, load_arrival, load_source, pause_source, remove_source, resume_source,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use crate::access::Routes;
use crate::api::{ApiResult, Body, Caller, Changing, IfMatch, Making, Query, Reading, etag, matched};
use crate::failure::path_id;
use crate::state::Web;

/// The operations.
pub(super) fn routes() -> Routes {
    Routes::new()
        .api(Action::Administer, routes!(import_sources, post_import_source))
        .api(Action::Administer, routes!(import_source, put_import_source, delete_import_source))
        .api(Action::Administer, routes!(post_source_fetch))
        .api(Action::Administer, routes!(post_source_pause))
        .api(Action::Administer, routes!(post_source_resume))
        .api(Action::Administer, routes!(arrivals))
        .api(Action::Administer, routes!(arrival))
}

/// The address of a source; its secret is nowhere to be read.
#[derive(Serialize, ToSchema)]
struct FetchView {
    address: String,
    /// The header that says who asks; empty for none.
    header_name: String,
    /// `hour`, `day` or `week`.
    every: &'static str,
    /// Of weekly ones: 1 (Monday) to 7.
    weekday: i8,
    /// Of hourly ones the minute counts.
    #[schema(example = "05:30")]
    time: String,
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
    next_at: String,
    tried_at: Option<String>,
    /// What came of asking last: `new`, `nothing_new` or `failed`; empty before the first time.
    outcome: String,
    /// Why it failed; empty otherwise.
    problem: String,
    /// Since when it fails.
    failing_since: Option<String>,
}

impl From<FetchLine> for FetchView {
    fn from(fetch: FetchLine) -> Self {
        Self {
            every: fetch.times.every().as_str(),
            weekday: fetch.times.weekday(),
            time: fetch.times.time(),
            time_zone: fetch.times.zone().to_owned(),
            address: fetch.address,
            header_name: fetch.header_name,
            next_at: fetch.next_at.to_string(),
            tried_at: fetch.tried_at.map(|at| at.to_string()),
            outcome: fetch.outcome,
            problem: fetch.problem,
            failing_since: fetch.failing_since.map(|at| at.to_string()),
        }
    }
}

/// An address as it is to be asked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FetchFields {
    /// HTTPS; HTTP for this machine only.
    #[schema(example = "https://crm.example/export/people.csv")]
    address: String,
    /// The header that says who asks; empty or left out for none.
    #[serde(default)]
    #[schema(example = "authorization")]
    header_name: String,
    /// What it holds; empty or left out to leave it as it is. To be given again for another host or header.
    #[serde(default)]
    secret: String,
    /// `hour`, `day` or `week`.
    #[schema(example = "day")]
    every: String,
    /// Of weekly ones: 1 (Monday) to 7.
    #[serde(default)]
    weekday: Option<i8>,
    #[schema(example = "05:30")]
    time: String,
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
}

impl From<FetchFields> for FetchDraft {
    fn from(fields: FetchFields) -> Self {
        let FetchFields { address, header_name, secret, every, weekday, time, time_zone } = fields;
        let weekday = weekday.map(|day| day.to_string()).unwrap_or_default();
        Self { address, header_name, secret, every, weekday, time, time_zone }
    }
}

/// What came of asking an address.
#[derive(Serialize, ToSchema)]
struct FetchedView {
    /// `new`: a file, which is being imported; `nothing_new` or `failed`.
    outcome: &'static str,
    /// Why it failed; empty otherwise.
    problem: String,
}

/// A source.
#[derive(Serialize, ToSchema)]
struct ImportSourceView {
    id: String,
    /// Under this name its mapping is remembered.
    name: String,
    /// What its files hold, such as `accounts`.
    kind: &'static str,
    /// The folder into which files are put, on the machine that runs Mandate.
    folder: String,
    /// What hinders in that folder; null when nothing does.
    folder_problem: Option<String>,
    /// With whose rights its files are imported: whoever saved or resumed it last.
    owner_id: String,
    /// Whether they may import.
    owner_may_import: bool,
    /// Null while files are taken; else `asked` or `failing`.
    pause: Option<&'static str>,
    /// Whether a mapping is remembered; without one columns have the fields' own names.
    has_mapping: bool,
    /// The address that is asked for its file; null for none.
    fetch: Option<FetchView>,
    /// Its newest file; null before the first.
    last: Option<ArrivalView>,
    created_at: String,
    /// Counts saves; also in `ETag`.
    version: i64,
}

impl From<SourceLine> for ImportSourceView {
    fn from(line: SourceLine) -> Self {
        Self {
            id: line.id.to_string(),
            name: line.name,
            kind: line.kind.plural(),
            folder: line.folder,
            folder_problem: line.folder_problem,
            owner_id: line.owner_id.to_string(),
            owner_may_import: line.owner_may,
            pause: line.pause.map(|pause| pause.as_str()),
            has_mapping: line.mapping.is_some(),
            fetch: line.fetch.map(FetchView::from),
            last: line.last.map(ArrivalView::from),
            created_at: line.created_at.to_string(),
            version: line.version,
        }
    }
}

/// All sources.
#[derive(Serialize, ToSchema)]
struct ImportSourcesView {
    /// The oldest first.
    sources: Vec<ImportSourceView>,
}

/// A new source.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewImportSourceFields {
    /// Its name; a mapping remembered under it for this kind is used.
    #[schema(example = "CRM")]
    name: String,
    /// What its files hold.
    #[schema(example = "accounts")]
    kind: String,
    /// The address that is asked for its file; null or left out for none.
    #[serde(default)]
    fetch: Option<FetchFields>,
}

/// A source as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ImportSourceFields {
    /// Its name.
    #[schema(example = "CRM")]
    name: String,
    /// The address that is asked for its file; null or left out for none.
    #[serde(default)]
    fetch: Option<FetchFields>,
}

/// Where files come from again and again.
#[utoipa::path(get, path = "/import-sources", tag = "book", operation_id = "list_import_sources",
    responses((status = 200, description = "Every source", body = ImportSourcesView), Reading))]
async fn import_sources(caller: Caller, State(web): State<Web>) -> ApiResult {
    let lines = list_sources(web.ctx(), &caller.actor).await?;
    let sources = lines.into_iter().map(ImportSourceView::from).collect();
    Ok(Json(ImportSourcesView { sources }).into_response())
}

/// Sets a source up and makes its folder. Its files are imported with the caller's rights; by a token it takes every right of theirs.
#[utoipa::path(post, path = "/import-sources", tag = "book", operation_id = "create_import_source",
    request_body = NewImportSourceFields,
    responses((status = 201, description = "The source", body = ImportSourceView), Making))]
async fn post_import_source(
    caller: Caller,
    State(web): State<Web>,
    body: Body<NewImportSourceFields>,
) -> ApiResult {
    let NewImportSourceFields { name, kind, fetch } = body.value;
    let draft = SourceDraft { name, kind, fetch: fetch.map(FetchDraft::from) };
    let line = add_source(web.ctx(), &caller.actor, &draft).await?;
    let headers = [(ETAG, etag(line.version))];
    let place = [(LOCATION, format!("/api/v1/import-sources/{}", line.id))];
    Ok((StatusCode::CREATED, headers, place, Json(ImportSourceView::from(line))).into_response())
}

fn answer(line: SourceLine) -> ApiResult {
    Ok(([(ETAG, etag(line.version))], Json(ImportSourceView::from(line))).into_response())
}

/// One source with the version in `ETag`.
#[utoipa::path(get, path = "/import-sources/{import_source}", tag = "book", operation_id = "get_import_source",
    params(("import_source" = String, Path, description = "Its id")),
    responses((status = 200, description = "The source", body = ImportSourceView), Reading))]
async fn import_source(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    answer(load_source(web.ctx(), &caller.actor, &path_id(&id)?).await?)
}

/// Saves a source; takes the version in `If-Match`. Its files are imported with the caller's rights from now on.
#[utoipa::path(put, path = "/import-sources/{import_source}", tag = "book", operation_id = "update_import_source",
    params(("import_source" = String, Path, description = "Its id"), ("If-Match" = String, Header, description = "The version that was read")),
    request_body = ImportSourceFields, responses((status = 200, description = "The source", body = ImportSourceView), Changing))]
async fn put_import_source(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    body: Body<ImportSourceFields>,
) -> ApiResult {
    let id = path_id(&id)?;
    let ImportSourceFields { name, fetch } = body.value;
    let draft = SourceDraft { name, kind: String::new(), fetch: fetch.map(FetchDraft::from) };
    let saved = change_source(web.ctx(), &caller.actor, &id, &draft, version).await;
    let current = async { load_source(web.ctx(), &caller.actor, &id).await.map(|line| line.version) };
    answer(matched(saved, current).await?)
}

/// Removes a source with what is told of its files; takes the version in `If-Match`. What was imported and its mapping stay.
#[utoipa::path(delete, path = "/import-sources/{import_source}", tag = "book", operation_id = "delete_import_source",
    params(("import_source" = String, Path, description = "Its id"), ("If-Match" = String, Header, description = "The version that was read")),
    responses((status = 204, description = "It is gone"), Changing))]
async fn delete_import_source(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
) -> ApiResult {
    let id = path_id(&id)?;
    let removed = remove_source(web.ctx(), &caller.actor, &id, version).await;
    let current = async { load_source(web.ctx(), &caller.actor, &id).await.map(|line| line.version) };
    matched(removed, current).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Asks the address of a source at once, also for what came before; what it failed with is no error.
#[utoipa::path(post, path = "/import-sources/{import_source}/fetch", tag = "book", operation_id = "fetch_import_source",
    params(("import_source" = String, Path, description = "Its id")),
    responses((status = 200, description = "What came of it", body = FetchedView), Making))]
async fn post_source_fetch(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    let fetched = fetch_now(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    let (outcome, problem) = (fetched.as_str(), fetched.problem().to_owned());
    Ok(Json(FetchedView { outcome, problem }).into_response())
}

/// Pauses a source: what is put into its folder stays there.
#[utoipa::path(post, path = "/import-sources/{import_source}/pause", tag = "book", operation_id = "pause_import_source",
    params(("import_source" = String, Path, description = "Its id")),
    responses((status = 204, description = "It is paused"), Making))]
async fn post_source_pause(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    pause_source(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Resumes a source, with the caller's rights from now on: what lies in its folder is taken.
#[utoipa::path(post, path = "/import-sources/{import_source}/resume", tag = "book", operation_id = "resume_import_source",
    params(("import_source" = String, Path, description = "Its id")),
    responses((status = 204, description = "It is resumed"), Making))]
async fn post_source_resume(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    resume_source(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Rows of a file that was imported, by what happened to them.
#[derive(Serialize, ToSchema)]
struct ArrivalCounts {
    n_rows: i64,
    n_new: i64,
    n_changed: i64,
    n_same: i64,
    /// Rows left out, because they look like a record that is there.
    n_skipped: i64,
}

/// A cell that is wrong.
#[derive(Serialize, ToSchema)]
struct ArrivalError {
    /// The row, as a spreadsheet numbers it.
    row: i64,
    column: String,
    /// What stood there; empty for what few may read.
    given: String,
    /// What is wrong and how to mend it.
    detail: String,
}

/// A file that came from a source, and what came of it.
#[derive(Serialize, ToSchema)]
struct ArrivalView {
    id: String,
    file_name: String,
    n_bytes: i64,
    /// `waiting`, `done`, `same` (it holds what the one before held) or `refused`.
    state: &'static str,
    /// With whose rights it was imported.
    owner_id: String,
    /// The import, which can be undone by this id; null where nothing was imported.
    batch_id: Option<String>,
    /// Null unless it was imported.
    counts: Option<ArrivalCounts>,
    /// Why it was refused; empty otherwise.
    detail: String,
    /// How many cells are wrong.
    n_errors: i64,
    /// The first thousand of them, for the owner only; null for others.
    errors: Option<Vec<ArrivalError>>,
    came_at: String,
    ended_at: Option<String>,
}

impl From<ArrivalLine> for ArrivalView {
    fn from(line: ArrivalLine) -> Self {
        let counts = line.counts.map(|counts| ArrivalCounts {
            n_rows: counts.n_rows,
            n_new: counts.n_new,
            n_changed: counts.n_changed,
            n_same: counts.n_same,
            n_skipped: counts.n_skipped,
        });
        let errors = line.errors.as_ref().and_then(serde_json::Value::as_array).map(|errors| {
            let text =
                |error: &serde_json::Value, name: &str| error[name].as_str().unwrap_or_default().to_owned();
            let one = |error: &serde_json::Value| ArrivalError {
                row: error["row"].as_i64().unwrap_or(0),
                column: text(error, "column"),
                given: text(error, "given"),
                detail: text(error, "detail"),
            };
            errors.iter().map(one).collect()
        });
        Self {
            id: line.id.to_string(),
            file_name: line.file_name,
            n_bytes: line.n_bytes,
            state: line.state.as_str(),
            owner_id: line.owner_id.to_string(),
            batch_id: line.batch_id,
            counts,
            detail: line.detail,
            n_errors: line.n_errors,
            errors,
            came_at: line.came_at.to_string(),
            ended_at: line.ended_at.map(|at| at.to_string()),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ArrivalsParameters {
    /// Only those in this state: `waiting`, `done`, `same` or `refused`.
    #[serde(default)]
    state: Option<String>,
    /// The `next` of the page before.
    #[serde(default)]
    before: Option<String>,
}

/// A page of files.
#[derive(Serialize, ToSchema)]
struct ArrivalsView {
    /// At most 50, the newest first.
    rows: Vec<ArrivalView>,
    /// Give it as `before` to read on; null on the last page.
    next: Option<String>,
}

/// The files that came from a source, the newest first; kept for 90 days.
#[utoipa::path(get, path = "/import-sources/{import_source}/arrivals", tag = "book", operation_id = "list_arrivals",
    params(("import_source" = String, Path, description = "Its id"), ArrivalsParameters),
    responses((status = 200, description = "One page", body = ArrivalsView), Reading))]
async fn arrivals(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    Query(asked): Query<ArrivalsParameters>,
) -> ApiResult {
    let (state, before) = (asked.state.unwrap_or_default(), asked.before.unwrap_or_default());
    let page = list_arrivals(web.ctx(), &caller.actor, &path_id(&id)?, &state, &before).await?;
    let rows = page.rows.into_iter().map(ArrivalView::from).collect();
    Ok(Json(ArrivalsView { rows, next: page.next }).into_response())
}

/// One file and what came of it.
#[utoipa::path(get, path = "/import-sources/{import_source}/arrivals/{arrival}", tag = "book", operation_id = "get_arrival",
    params(("import_source" = String, Path, description = "The source"), ("arrival" = String, Path, description = "The file")),
    responses((status = 200, description = "The file", body = ArrivalView), Reading))]
async fn arrival(
    caller: Caller,
    State(web): State<Web>,
    Path((source, arrival)): Path<(String, String)>,
) -> ApiResult {
    let (_, line) = load_arrival(web.ctx(), &caller.actor, &path_id(&source)?, &path_id(&arrival)?).await?;
    Ok(Json(ArrivalView::from(line)).into_response())
}
