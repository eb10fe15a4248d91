//! What a person sees of long work, and how they stop it.
//!
//! One's own jobs, and everyone's for those who administer; to all others a job does not exist.

use mandate_domain::{Id, Instant};
use mandate_store::StoreError;
use mandate_store::boxed;
use mandate_store::jobs::{self as store, JobState, StoredJob};

use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{ErrorKind, Message, UseCaseError};

/// Where a job stands.
#[derive(Clone, Debug, PartialEq)]
pub struct JobStatus {
    /// Its id.
    pub id: Id<StoredJob>,
    /// What kind of work.
    pub kind: String,
    /// Where it stands.
    pub state: JobState,
    /// Units done.
    pub n_done: i64,
    /// Units in all; 0 while that is not known.
    pub n_total: i64,
    /// What is being done, or why it failed.
    pub message: String,
    /// What came of it.
    pub result: Option<serde_json::Value>,
    /// Whether someone asked to stop it.
    pub cancel_requested: bool,
    /// When it was asked for.
    pub created_at: Instant,
    /// When it ended.
    pub finished_at: Option<Instant>,
}

/// Why a job is not shown or stopped.
#[derive(Debug, thiserror::Error)]
pub enum JobStatusError {
    /// Not theirs to see.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is none, or it is someone else's.
    #[error("there is no such job")]
    NotFound,
    /// It had ended.
    #[error("this job has ended already")]
    Ended,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for JobStatusError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::Ended => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::NotFound => Message::new("error-not-found"),
            Self::Ended => Message::new("job-error-ended"),
            Self::Store(error) => error.message(),
        }
    }
}

/// Where the job stands.
///
/// # Errors
/// [`JobStatusError::NotFound`] also for another person's job.
#[boxed]
pub async fn job_status(ctx: &Ctx, actor: &Actor, id: &Id<StoredJob>) -> Result<JobStatus, JobStatusError> {
    let job = store::load_job(&mut ctx.begin_read().await?, id).await?;
    let job = job.filter(|job| may_see(actor, job)).ok_or(JobStatusError::NotFound)?;
    Ok(status(job))
}

/// What the job was asked to do.
///
/// # Errors
/// [`JobStatusError::NotFound`] also for another person's job.
#[boxed]
pub async fn job_request(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<StoredJob>,
) -> Result<serde_json::Value, JobStatusError> {
    let job = store::load_job(&mut ctx.begin_read().await?, id).await?;
    let job = job.filter(|job| may_see(actor, job)).ok_or(JobStatusError::NotFound)?;
    Ok(serde_json::from_str(&job.payload).unwrap_or_default())
}

/// The newest 100 jobs, for administrators.
///
/// # Errors
/// [`JobStatusError::Denied`].
#[boxed]
pub async fn list_jobs(ctx: &Ctx, actor: &Actor) -> Result<Vec<JobStatus>, JobStatusError> {
    authorise(actor, Action::Administer)?;
    let jobs = store::list_jobs(&mut ctx.begin_read().await?, 100).await?;
    Ok(jobs.into_iter().map(status).collect())
}

/// Asks to stop a job: one that waits is stopped at once, one that runs when its handler next reports.
///
/// # Errors
/// [`JobStatusError`] when there is none for this person, or it has ended.
#[boxed]
pub async fn cancel_job(ctx: &Ctx, actor: &Actor, id: &Id<StoredJob>) -> Result<(), JobStatusError> {
    let mut tx = ctx.begin_write().await?;
    let job = store::load_job(&mut tx, id).await?.filter(|job| may_see(actor, job));
    let job = job.ok_or(JobStatusError::NotFound)?;
    if !store::request_cancel(&mut tx, id, ctx.now()).await? {
        return Err(JobStatusError::Ended);
    }
    let subject = Subject { kind: "job", id: id.as_str(), name: &job.kind, account_id: None };
    Ok(tx.commit(actor.record(ctx.now(), "job.cancel_requested", subject, vec![])).await?)
}

/// Forgets jobs that ended more than 30 days ago; the server calls it every hour.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn forget_old_jobs(ctx: &Ctx) -> Result<u64, StoreError> {
    store::forget_before(ctx.begin_write().await?, ctx.now().plus_seconds(-30 * 24 * 3600)).await
}

fn may_see(actor: &Actor, job: &StoredJob) -> bool {
    let own = actor.user_id().is_some() && job.created_by.as_ref() == actor.user_id();
    // What a job says is of the records it worked on: a token sees it that could have asked for it.
    let may_ask = |action| authorise(actor, action).is_ok();
    let reaches = actor.token_scopes.is_none() || may_ask(Action::Import) || may_ask(Action::SendEvents);
    own && reaches || authorise(actor, Action::Administer).is_ok()
}

fn status(job: StoredJob) -> JobStatus {
    JobStatus {
        id: job.id,
        kind: job.kind,
        state: job.state,
        n_done: job.n_done,
        n_total: job.n_total,
        message: job.message,
        result: job.result.and_then(|text| serde_json::from_str(&text).ok()),
        cancel_requested: job.cancel_requested,
        created_at: job.created_at,
        finished_at: job.finished_at,
    }
}
