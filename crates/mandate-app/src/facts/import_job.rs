//! Importing an uploaded event file as a job: progress, a way to stop it, and every wrong row kept with the job.
//!
//! Safe to repeat: events that came in before a crash are known when the job runs again. A refused file stays for a day,
//! so that its states can be mapped and the same file be taken again.

use std::ops::ControlFlow;
use std::sync::Arc;

use mandate_domain::Id;
use mandate_domain::facts::source::{Profile, SourceId, StateClass};
use mandate_store::StoreError;
use mandate_store::boxed;
use serde_json::{Value, json};

use super::import_file::{ImportEvents, import_events};
use super::ingest::{IngestReport, Watch};
use super::ingest_check::check_events;
use super::ingest_error::{IngestError, row_message};
use super::upload::{drop_upload, path_of};
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{ErrorKind, Message, UseCaseError};
use crate::exchange::event_rows::RowProblemKind;
use crate::jobs::{self, JobError, JobRun, StoredJob, message_json, requester};

/// The kind of these jobs.
pub const IMPORT_EVENTS: &str = "import_events";

/// What is to be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRequest {
    /// The upload's secret.
    pub upload: String,
    /// The name it was given under.
    pub file_name: String,
    /// How it is read.
    pub profile: Profile,
    /// The source; the profile's own name when none is given.
    pub source: Option<SourceId>,
    /// IANA zone of times that state none.
    pub time_zone: Option<String>,
    /// What states mean, over what is known.
    pub states: Vec<(String, StateClass)>,
    /// What is to be done with it.
    pub wish: Wish,
}

/// What is to be done with a file of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Take it in.
    Import,
    /// Say what taking it in would do; the file is kept for that.
    Check,
}

/// Why no import was begun.
#[derive(Debug, thiserror::Error)]
pub enum RequestImportError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The file is gone.
    #[error("the uploaded file is gone; upload it again")]
    Gone,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for RequestImportError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::Gone => ErrorKind::NotFound,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::Gone => Message::new("facts-import-gone"),
            Self::Store(error) => error.message(),
        }
    }
}

impl ImportRequest {
    /// As kept with the job.
    fn to_json(&self) -> Value {
        let states: Vec<Value> =
            self.states.iter().map(|(raw, class)| json!([raw, class.as_str()])).collect();
        json!({
            "upload": self.upload, "file_name": self.file_name, "profile": self.profile.as_str(),
            "source": self.source.as_ref().map(SourceId::as_str), "time_zone": self.time_zone, "states": states,
            "check": self.wish == Wish::Check,
        })
    }

    /// Reads what was kept.
    pub fn from_json(kept: &Value) -> Option<Self> {
        let text = |name: &str| kept[name].as_str().map(str::to_owned);
        let states = kept["states"]
            .as_array()?
            .iter()
            .map(|pair| Some((pair[0].as_str()?.to_owned(), StateClass::parse(pair[1].as_str()?).ok()?)));
        Some(Self {
            upload: text("upload")?,
            file_name: text("file_name")?,
            profile: Profile::parse(&text("profile")?).ok()?,
            source: text("source").and_then(|id| SourceId::parse(&id).ok()),
            time_zone: text("time_zone"),
            states: states.collect::<Option<_>>()?,
            wish: if kept["check"] == json!(true) { Wish::Check } else { Wish::Import },
        })
    }

    /// The source its events go to.
    pub fn source_name(&self) -> &str {
        self.source.as_ref().map_or(self.profile.as_str(), SourceId::as_str)
    }
}

/// Puts an import into the queue; answers the job.
///
/// # Errors
/// [`RequestImportError`] when the right is missing or the file is gone.
#[boxed]
pub async fn request_import(
    ctx: &Ctx,
    actor: &Actor,
    request: &ImportRequest,
) -> Result<Id<StoredJob>, RequestImportError> {
    authorise(actor, Action::Import)?;
    if !path_of(ctx, &request.upload).is_some_and(|path| path.exists()) {
        return Err(RequestImportError::Gone);
    }
    let mut tx = ctx.begin_write().await?;
    let id = jobs::enqueue(ctx, &mut tx, actor, IMPORT_EVENTS, &request.to_json()).await?;
    let subject = Subject { kind: "job", id: id.as_str(), name: &request.file_name, account_id: None };
    tx.commit(actor.record(ctx.now(), "events.import_requested", subject, vec![])).await?;
    Ok(id)
}

/// Does such a job.
///
/// # Errors
/// [`JobError`], with every wrong row in its result.
#[boxed]
pub async fn run_import(ctx: Ctx, run: JobRun) -> Result<Value, JobError> {
    let request = ImportRequest::from_json(&run.payload()?)
        .ok_or_else(|| JobError::refused("the request of this import cannot be read"))?;
    let path = path_of(&ctx, &request.upload)
        .ok_or_else(|| JobError::refused("the request of this import cannot be read"))?;
    let actor = requester(&ctx, &run).await?;
    let command = ImportEvents {
        file_name: request.file_name.clone(),
        source: request.source.clone(),
        time_zone: request.time_zone.clone(),
        states: request.states.clone(),
        watch: Some(watch(&run)),
        ..ImportEvents::new(&path, request.profile)
    };
    if request.wish == Wish::Check {
        let checked = check_events(&ctx, &actor, command).await;
        return checked.map(|report| report_json(&report)).map_err(refused);
    }
    match import_events(&ctx, &actor, command).await {
        Ok(report) => {
            drop_upload(&path).await;
            Ok(report_json(&report))
        }
        Err(IngestError::Cancelled) => {
            drop_upload(&path).await;
            Err(JobError::Cancelled)
        }
        Err(error) => Err(refused(error)),
    }
}

fn refused(error: IngestError) -> JobError {
    match error {
        IngestError::Cancelled => JobError::Cancelled,
        IngestError::Store(error) => JobError::Store(error),
        error => JobError::RefusedWith { message: error.to_string(), result: refusal_json(&error) },
    }
}

/// Tells the job how far the reading is; runs on the reading thread, which may block.
fn watch(run: &JobRun) -> Watch {
    let (run, runtime) = (run.clone(), tokio::runtime::Handle::current());
    Arc::new(move |n_done, n_total| {
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let noted = runtime.block_on(run.progress(count(n_done), count(n_total.unwrap_or(0)), "rows"));
        // A note that cannot be written is no reason to stop; a stop on request is.
        match noted {
            Err(JobError::Cancelled | JobError::LeaseLost) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    })
}

/// What an import came to, as the API answers it.
pub fn report_json(report: &IngestReport) -> Value {
    let states: Vec<Value> = report
        .assumed_states
        .iter()
        .map(|(raw, class)| json!({ "raw_state": raw, "state_class": class }))
        .collect();
    json!({
        "source": report.source, "batch_id": report.batch_id, "n_rows": report.n_rows, "n_new": report.n_new,
        "n_corrected": report.n_corrected, "n_same": report.n_same, "n_cases": report.n_cases,
        "n_accounts_made": report.n_accounts_made, "n_teams_made": report.n_teams_made,
        "n_before_opening": report.n_before_opening, "assumed_states": states,
        "assumed_zone": report.assumed_zone, "proposed_service_level": report.proposed_service_level,
    })
}

/// Everything wrong with a file: the message, the rows, and the states that nobody mapped.
fn refusal_json(error: &IngestError) -> Value {
    let mut errors = vec![];
    let (mut unmapped, mut n_problems) = (vec![], 0);
    if let IngestError::Rows { problems, n_problems: n } = error {
        n_problems = *n;
        for problem in problems {
            if let RowProblemKind::UnmappedState { state } = &problem.kind
                && !unmapped.contains(state)
            {
                unmapped.push(state.clone());
            }
            errors.push(json!({
                "row": problem.row, "column": problem.column, "detail": problem.kind.to_string(),
                "message": message_json(&row_message(problem)),
            }));
        }
    }
    json!({
        "message": message_json(&error.message()), "detail": error.to_string(), "n_errors": n_problems,
        "errors": errors, "unmapped_states": unmapped,
    })
}
