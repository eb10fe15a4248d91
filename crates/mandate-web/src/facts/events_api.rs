//! `/api/v1/sources`, `/events`, `/imports` and `/jobs`: where facts come from, how they come in, and how they go again.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};
use mandate_app::facts::event_sources::{
    SourceDraft, SourceError, SourcePage, event_files, imports, list_sources, map_states, save_source,
    show_source,
};
use mandate_app::facts::import_job::{Wish, report_json};
use mandate_app::facts::undo_import::undo_import;
use mandate_app::facts::upload::drop_upload;
use mandate_app::facts::{ImportEvents, SendEvents, check_events, import_events, send_events};
use mandate_app::jobs::{JobStatus, cancel_job, job_status};
use mandate_app::{Action, ErrorKind, FieldError, Message};
use mandate_domain::facts::source::{EventSource, SourceId, StateClass};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::event_imports::{Uploaded, read_upload, request_of};
use crate::access::{Access, Routes};
use crate::api::{
    ApiResult, Body, Caller, Changing, Idempotent, IfMatch, ListParameters, Listing, Making, Query, Reading,
    etag, list, matched,
};
use crate::failure::{Failure, path_id};
use crate::state::Web;

/// Bytes a request of events may have.
const LARGEST_EVENTS: usize = 16 << 20;

/// The routes.
pub(super) fn routes() -> Routes {
    // A job is seen by who asked for it; a token by what it could have asked for.
    const JOBS: Access =
        Access::NeedsOneOf(&[Action::OwnProfile, Action::Import, Action::SendEvents, Action::Administer]);
    Routes::new()
        .api(Action::ReadFacts, routes!(sources))
        .api(Action::ReadFacts, routes!(source))
        .api(Action::WriteFacts, routes!(put_source))
        .api(Action::WriteFacts, routes!(put_states))
        .api(Action::ReadFacts, routes!(source_files))
        .api(Action::SendEvents, routes!(events))
        .api(Action::ReadFacts, routes!(import_list))
        .api_upload(Action::Import, routes!(import_file), None)
        .api(Action::Import, routes!(undo))
        .api(JOBS, routes!(job))
        .api(JOBS, routes!(stop_job))
}

/// A source of events.
#[derive(Serialize, ToSchema)]
struct StoredSource {
    /// Its short name; the first part of every case's id.
    #[schema(example = "servicenow")]
    id: String,
    /// Its name.
    name: String,
    /// How it is read: `servicenow` or `events`.
    profile: &'static str,
    /// IANA zone of times that state none.
    time_zone: String,
    /// Whether that zone was assumed.
    time_zone_assumed: bool,
    /// What readers should know of it.
    note: String,
    /// Time of its latest event.
    data_until: Option<String>,
    /// Cases known.
    n_cases: i64,
    /// Events known.
    n_events: i64,
    /// Part of the demo book.
    demo: bool,
    /// Counts changes of the source and of what its clocks depend on; also in `ETag`.
    version: i64,
}

impl From<&EventSource> for StoredSource {
    fn from(it: &EventSource) -> Self {
        Self {
            id: it.id.to_string(),
            name: it.name.clone(),
            profile: it.profile.as_str(),
            time_zone: it.time_zone.clone(),
            time_zone_assumed: it.time_zone_assumed,
            note: it.note.clone(),
            data_until: it.data_until.map(|at| at.to_string()),
            n_cases: it.n_cases,
            n_events: it.n_events,
            demo: it.demo,
            version: it.version,
        }
    }
}

/// A raw state and what it means.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RawState {
    /// As the source writes it.
    #[schema(example = "Awaiting User Info")]
    raw_state: String,
    /// `new`, `active`, `awaiting_client`, `awaiting_other`, `resolved`, `closed` or `cancelled`.
    #[schema(example = "awaiting_client")]
    state_class: String,
    /// Whether the profile only assumes it; not read.
    #[serde(default)]
    assumed: bool,
}

/// A source with what its states mean.
#[derive(Serialize, ToSchema)]
struct SourceWithStates {
    /// The source.
    #[serde(flatten)]
    source: StoredSource,
    /// Its states, by raw state.
    states: Vec<RawState>,
}

fn source_answer(found: &SourcePage) -> ApiResult {
    let states = found.states.iter().map(|it| RawState {
        raw_state: it.raw_state.clone(),
        state_class: it.class.as_str().to_owned(),
        assumed: it.assumed,
    });
    let answer = SourceWithStates { source: (&found.source).into(), states: states.collect() };
    Ok(([(ETAG, etag(found.source.version))], Json(answer)).into_response())
}

/// Every source, by name.
#[utoipa::path(get, path = "/sources", tag = "facts", operation_id = "list_sources",
    responses((status = 200, description = "All of them", body = Vec<StoredSource>), Reading))]
async fn sources(caller: Caller, State(web): State<Web>) -> ApiResult {
    let found = list_sources(web.ctx(), &caller.actor).await?;
    let all: Vec<StoredSource> = found.iter().map(|line| (&line.source).into()).collect();
    Ok(Json(all).into_response())
}

/// One source with what its states mean, its version in `ETag`.
#[utoipa::path(get, path = "/sources/{id}", tag = "facts", operation_id = "get_source",
    params(("id" = String, Path, description = "Its short name")),
    responses((status = 200, description = "The source", body = SourceWithStates), Reading))]
async fn source(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    source_answer(&show_source(web.ctx(), &caller.actor, &id).await?)
}

/// What can be changed of a source.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SourceFields {
    /// Its name.
    #[schema(example = "ServiceNow")]
    name: String,
    /// What readers should know of it.
    #[serde(default)]
    note: String,
    /// IANA zone of times that state none; it counts as stated then.
    #[schema(example = "UTC")]
    time_zone: String,
}

/// Changes a source's name, note and zone.
#[utoipa::path(put, path = "/sources/{id}", tag = "facts", operation_id = "replace_source",
    params(("id" = String, Path, description = "Its short name"),
           ("If-Match" = String, Header, description = "The `ETag` that was read")),
    request_body = SourceFields,
    responses((status = 200, description = "The source", body = SourceWithStates), Changing))]
async fn put_source(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    body: Body<SourceFields>,
) -> ApiResult {
    let SourceFields { name, note, time_zone } = body.value;
    let draft = SourceDraft { name, note, time_zone };
    let saved = save_source(web.ctx(), &caller.actor, &id, version, draft).await;
    matched(saved, source_version(&web, &caller, &id)).await?;
    source_answer(&show_source(web.ctx(), &caller.actor, &id).await?)
}

async fn source_version(web: &Web, caller: &Caller, id: &str) -> Result<i64, SourceError> {
    Ok(show_source(web.ctx(), &caller.actor, id).await?.source.version)
}

/// States of a source.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct States {
    /// What they mean; states that are not named stay as they are.
    states: Vec<RawState>,
}

/// States what raw states of a source mean; its cases are computed anew.
#[utoipa::path(put, path = "/sources/{id}/states", tag = "facts", operation_id = "map_states",
    params(("id" = String, Path, description = "Its short name"),
           ("If-Match" = String, Header, description = "The `ETag` that was read")),
    request_body = States,
    responses((status = 200, description = "The source", body = SourceWithStates), Changing))]
async fn put_states(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    body: Body<States>,
) -> ApiResult {
    let mut errors = vec![];
    let mut mapping = vec![];
    for (idx, state) in body.value.states.into_iter().enumerate() {
        match StateClass::parse(&state.state_class) {
            Ok(class) => mapping.push((state.raw_state, class)),
            Err(_) => errors.push(FieldError {
                field: format!("states.{idx}.state_class"),
                message: Message::new("source-problem-class").with("class", state.state_class),
            }),
        }
    }
    if !errors.is_empty() {
        let message = Message::new("define-error-fields").with("count", errors.len().to_string());
        return Err(Failure { fields: errors, ..Failure::of(ErrorKind::Invalid, message) });
    }
    let mapped = map_states(web.ctx(), &caller.actor, &id, version, mapping).await;
    matched(mapped, source_version(&web, &caller, &id)).await?;
    source_answer(&show_source(web.ctx(), &caller.actor, &id).await?)
}

/// The event files of all sources, the newest month first; filter by `source_id`.
#[utoipa::path(get, path = "/event-files", tag = "facts", operation_id = "list_event_files",
    params(ListParameters), responses((status = 200, description = "One page", body = Listing), Reading))]
async fn source_files(
    caller: Caller,
    State(web): State<Web>,
    Query(parameters): Query<ListParameters>,
) -> ApiResult {
    list(&web, &caller, Action::ReadFacts, &event_files(&caller.actor), &parameters).await
}

/// A body of lines.
struct Lines(Bytes);

impl<S: Send + Sync> FromRequest<S> for Lines {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        let refused = |id, status| {
            let mut failure = Failure::bad_request(Message::new(id));
            failure.status = Some(status);
            failure.into_response()
        };
        let kind =
            request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.starts_with("application/x-ndjson") {
            return Err(refused("facts-events-not-ndjson", StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let bytes = axum::body::to_bytes(request.into_body(), LARGEST_EVENTS).await;
        bytes.map(Self).map_err(|_| refused("error-too-large", StatusCode::PAYLOAD_TOO_LARGE))
    }
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EventsParameters {
    /// The source; `events` when not given. A new one is made.
    #[serde(default)]
    source: Option<String>,
    /// IANA zone of times that state none; only for a new source.
    #[serde(default)]
    time_zone: Option<String>,
}

/// What taking events in came to.
#[derive(Serialize, ToSchema)]
struct ImportReport {
    /// The source.
    source: String,
    /// The import, for undoing it; null when nothing was new.
    batch_id: Option<String>,
    /// Rows read.
    n_rows: i64,
    /// Events that were not known.
    n_new: i64,
    /// Events that correct earlier ones.
    n_corrected: i64,
    /// Events that were there already and changed nothing.
    n_same: i64,
    /// Cases computed anew.
    n_cases: i64,
    /// Accounts made.
    n_accounts_made: i64,
    /// Teams made.
    n_teams_made: i64,
    /// Events before the stated opening of their case, taken to have happened at it.
    n_before_opening: i64,
    /// States whose meaning the profile only assumes.
    assumed_states: Vec<RawState>,
    /// The zone that was assumed for times that state none.
    assumed_zone: Option<String>,
    /// Whether a service level and a calendar were proposed, marked as assumed.
    proposed_service_level: bool,
}

/// One event, a line of the body.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
struct EventLine {
    /// Its id; an event with a known id corrects the earlier one.
    #[schema(example = "ev-10001")]
    event_id: String,
    /// The case.
    #[schema(example = "INC0000045")]
    case: String,
    /// When, with an offset unless the source states a zone.
    #[schema(example = "2026-11-20T09:12:00Z")]
    at: String,
    /// When the case opened; with its first event at the latest.
    opened_at: Option<String>,
    /// The state from now on, as mapped for the source.
    #[schema(example = "active")]
    state: Option<String>,
    /// Order within one moment.
    seq: Option<i64>,
    /// 1 to 9.
    priority: Option<i64>,
    /// The account by the firm's own id.
    account: Option<String>,
    /// The group that holds the case.
    group: Option<String>,
    /// The category.
    category: Option<String>,
    /// What happened, such as `reply`.
    kind: Option<String>,
    /// The source's own flag.
    reported_met: Option<bool>,
    /// When the case was resolved.
    resolved_at: Option<String>,
    /// When the case was closed.
    closed_at: Option<String>,
    /// Who called; kept as a pseudonym.
    caller: Option<String>,
    /// Who works on it; kept as a pseudonym.
    assignee: Option<String>,
}

/// Takes up to 10,000 events in, one JSON object a line, whole or not at all.
///
/// Events that are known change nothing, so a batch may be sent again; `Idempotency-Key` also gives the same answer
/// again. Every wrong line is named in `errors` as `<line>:<field>`, with the mend.
#[utoipa::path(post, path = "/events", tag = "facts", operation_id = "send_events",
    params(EventsParameters,
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible characters")),
    request_body(content = EventLine, content_type = "application/x-ndjson",
        description = "One event a line, 10,000 lines and 16 MB at most"),
    responses((status = 200, description = "What it came to", body = ImportReport), Making))]
async fn events(
    caller: Caller,
    State(web): State<Web>,
    Query(asked): Query<EventsParameters>,
    key: Idempotent,
    Lines(lines): Lines,
) -> ApiResult {
    let given = asked.source.as_deref().unwrap_or("events");
    let source = SourceId::parse(given).map_err(|_| {
        let message = Message::new("facts-upload-bad-source").with("source", given.to_owned());
        let field = FieldError { field: "source".to_owned(), message: message.clone() };
        Failure { fields: vec![field], ..Failure::of(ErrorKind::Invalid, message) }
    })?;
    let command = SendEvents { source, time_zone: asked.time_zone, lines: lines.to_vec() };
    let actor = &caller.actor;
    key.run(&web, &caller, &lines, |ctx| async move {
        let report = send_events(&ctx, actor, command).await?;
        Ok(Json(report_json(&report)).into_response())
    })
    .await
}

/// The fields of an upload.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
struct ImportUpload {
    /// The file: Parquet, CSV or NDJSON.
    #[schema(value_type = String, format = Binary)]
    file: String,
    /// How it is read: `servicenow` or `events`.
    #[schema(example = "servicenow")]
    profile: String,
    /// The source; the profile's own name when not given.
    source: Option<String>,
    /// IANA zone of times that state none.
    time_zone: Option<String>,
    /// What a state means, as `raw state=class`; may be repeated.
    #[schema(example = "On Hold=awaiting_other")]
    state: Option<String>,
    /// `import`, or `check`: say what it would do and keep nothing.
    #[schema(example = "import")]
    wish: Option<String>,
}

/// Imports a file of events, whole or not at all; answers when it is in. Every wrong row is named in `errors` as
/// `<row>:<column>`, up to a thousand.
#[utoipa::path(post, path = "/imports", tag = "facts", operation_id = "import_events",
    request_body(content = ImportUpload, content_type = "multipart/form-data"),
    responses((status = 201, description = "What it came to; 200 when nothing was new, and for a check",
         body = ImportReport),
        Making))]
async fn import_file(caller: Caller, State(web): State<Web>, request: Request) -> ApiResult {
    let multipart = Multipart::from_request(request, &web).await.map_err(|_| {
        let mut failure = Failure::bad_request(Message::new("facts-import-not-multipart"));
        failure.status = Some(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        failure
    })?;
    let mut uploaded = Uploaded::default();
    let answer = match read_upload(&web, &caller.actor, multipart, &mut uploaded).await {
        Ok(()) => import_uploaded(&web, &caller, &uploaded).await,
        Err(failure) => Err(failure),
    };
    if let Some((_, kept)) = &uploaded.file {
        drop_upload(&kept.path).await;
    }
    answer
}

async fn import_uploaded(web: &Web, caller: &Caller, uploaded: &Uploaded) -> ApiResult {
    let refused = |errors: Vec<FieldError>| {
        let message = Message::new("define-error-fields").with("count", errors.len().to_string());
        Failure { fields: errors, ..Failure::of(ErrorKind::Invalid, message) }
    };
    let request = request_of(uploaded).map_err(refused)?;
    let mut states = vec![];
    for given in uploaded.form.all("state") {
        let pair = given
            .rsplit_once('=')
            .and_then(|(raw, class)| Some((raw.trim().to_owned(), StateClass::parse(class.trim()).ok()?)));
        let Some(pair) = pair else {
            let message = Message::new("source-problem-class").with("class", given.to_owned());
            return Err(refused(vec![FieldError { field: "state".to_owned(), message }]));
        };
        states.push(pair);
    }
    let Some((file_name, kept)) = &uploaded.file else { return Err(Failure::not_found()) };
    let command = ImportEvents {
        file_name: file_name.clone(),
        source: request.source,
        time_zone: request.time_zone,
        states,
        ..ImportEvents::new(&kept.path, request.profile)
    };
    let report = match request.wish {
        Wish::Import => import_events(web.ctx(), &caller.actor, command).await?,
        Wish::Check => check_events(web.ctx(), &caller.actor, command).await?,
    };
    let status = if report.batch_id.is_some() { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(report_json(&report))).into_response())
}

/// Imports of files of all kinds, the newest first.
#[utoipa::path(get, path = "/imports", tag = "facts", operation_id = "list_imports", params(ListParameters),
    responses((status = 200, description = "One page", body = Listing), Reading))]
async fn import_list(
    caller: Caller,
    State(web): State<Web>,
    Query(parameters): Query<ListParameters>,
) -> ApiResult {
    list(&web, &caller, Action::ReadFacts, &imports(&caller.actor), &parameters).await
}

/// What undoing an import came to.
#[derive(Serialize, ToSchema)]
struct Undone {
    /// The source.
    source: String,
    /// Files that count no more.
    n_files: usize,
    /// Events in them.
    n_events: i64,
    /// Cases computed anew, or gone.
    n_cases: usize,
}

/// Undoes an import of events: they count no more, and every case they touched is computed anew. Accounts and teams it
/// made stay.
#[utoipa::path(post, path = "/imports/{id}/undo", tag = "facts", operation_id = "undo_import",
    params(("id" = String, Path, description = "The import's id, `batch_id` of its report")),
    responses((status = 200, description = "What it came to", body = Undone), Making))]
async fn undo(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    let undone = undo_import(web.ctx(), &caller.actor, &id).await?;
    let answer = Undone {
        source: undone.source.to_string(),
        n_files: undone.n_files,
        n_events: undone.n_events,
        n_cases: undone.n_cases,
    };
    Ok(Json(answer).into_response())
}

/// Long work.
#[derive(Serialize, ToSchema)]
struct Job {
    /// Its id.
    id: String,
    /// What kind of work, such as `import_events`.
    kind: String,
    /// `waiting`, `running`, `done`, `failed` or `cancelled`.
    state: &'static str,
    /// Units done.
    n_done: i64,
    /// Units in all; 0 while that is not known.
    n_total: i64,
    /// What is being done, or why it failed.
    message: String,
    /// What came of it; for a refused import every wrong row.
    #[schema(value_type = Option<Object>)]
    result: Option<Value>,
    /// Whether someone asked to stop it.
    cancel_requested: bool,
    /// When it was asked for.
    created_at: String,
    /// When it ended.
    finished_at: Option<String>,
}

impl From<JobStatus> for Job {
    fn from(it: JobStatus) -> Self {
        Self {
            id: it.id.to_string(),
            kind: it.kind,
            state: it.state.as_str(),
            n_done: it.n_done,
            n_total: it.n_total,
            message: it.message,
            result: it.result,
            cancel_requested: it.cancel_requested,
            created_at: it.created_at.to_string(),
            finished_at: it.finished_at.map(|at| at.to_string()),
        }
    }
}

/// Where a job stands: one's own, or anybody's for administrators.
#[utoipa::path(get, path = "/jobs/{id}", tag = "jobs", operation_id = "get_job",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The job", body = Job), Reading))]
async fn job(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    let status = job_status(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    Ok(Json(Job::from(status)).into_response())
}

/// Asks to stop a job: one that waits stops at once, one that runs when it next reports. Nothing of it is kept.
#[utoipa::path(post, path = "/jobs/{id}/cancel", tag = "jobs", operation_id = "cancel_job",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 202, description = "It will stop", body = Object, example = json!({})), Making))]
async fn stop_job(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    cancel_job(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({}))).into_response())
}
