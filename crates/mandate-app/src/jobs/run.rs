//! The runner: claims jobs one after the other, keeps the lease while a handler works, and tries again what crashed.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mandate_store::jobs::{self as store, Ending, Hold, JobState, StoredJob};
use mandate_store::{StoreError, WriteTx, boxed};
use tokio::sync::watch;

use super::{Registry, requester};
use crate::authorise::authorise;
use crate::ctx::Ctx;
use crate::notifications::tell_of_job;

/// How long a claim holds without a sign of life.
const LEASE_S: i64 = 60;
/// How often the lease is renewed while a handler is silent.
const RENEW_EVERY: Duration = Duration::from_secs(15);
/// How often an idle runner looks for work.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Progress is written at most this often; in between it only counts in memory.
const NOTE_EVERY_US: i64 = 400_000;
/// Claims before a job is given up.
const MOST_CLAIMS: i64 = 5;

/// Why a job did not end well.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Someone asked to stop it.
    #[error("stopped on request")]
    Cancelled,
    /// Another runner has it now; nothing may be kept.
    #[error("another runner has taken this job over")]
    LeaseLost,
    /// It will fail again if repeated: bad input, a rule.
    #[error("{message}")]
    Refused {
        /// What to tell the person.
        message: String,
    },
    /// As [`JobError::Refused`], with more to show than a message: what is wrong, row by row.
    #[error("{message}")]
    RefusedWith {
        /// What to tell the person.
        message: String,
        /// Kept as the job's result.
        result: serde_json::Value,
    },
    /// Worth another try later.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The same for what lies outside the database: a disk, a share.
    #[error("{message}")]
    Again {
        /// What hindered it.
        message: String,
    },
}

impl JobError {
    /// A failure that repeating will not mend, told in `error`'s words.
    pub fn refused(error: impl std::fmt::Display) -> Self {
        Self::Refused { message: error.to_string() }
    }
}

/// The handler's hold on its job.
#[derive(Clone)]
pub struct JobRun {
    ctx: Ctx,
    job: Arc<StoredJob>,
    noted_at_us: Arc<AtomicI64>,
    stopped: Arc<AtomicBool>,
    finished: Arc<Mutex<bool>>,
}

impl JobRun {
    fn new(ctx: Ctx, job: StoredJob) -> Self {
        Self {
            ctx,
            job: Arc::new(job),
            noted_at_us: Arc::new(AtomicI64::new(i64::MIN)),
            stopped: Arc::default(),
            finished: Arc::default(),
        }
    }

    /// The job.
    pub fn job(&self) -> &StoredJob {
        &self.job
    }

    /// What the handler was given.
    ///
    /// # Errors
    /// [`JobError::Refused`] when it is not JSON.
    pub fn payload(&self) -> Result<serde_json::Value, JobError> {
        serde_json::from_str(&self.job.payload).map_err(JobError::refused)
    }

    /// Tells how far the work is; call it as often as you like.
    ///
    /// # Errors
    /// [`JobError::Cancelled`] and [`JobError::LeaseLost`]: pass them on with `?`.
    #[boxed]
    pub async fn progress(&self, n_done: i64, n_total: i64, message: &str) -> Result<(), JobError> {
        if self.stopped.load(Ordering::Relaxed) {
            return Err(JobError::LeaseLost);
        }
        let now_us = self.ctx.now().microseconds();
        let noted = self.noted_at_us.load(Ordering::Relaxed);
        if now_us < noted.saturating_add(NOTE_EVERY_US) && n_done != n_total {
            return Ok(());
        }
        self.noted_at_us.store(now_us, Ordering::Relaxed);
        let lease_until = self.ctx.now().plus_seconds(LEASE_S);
        let tx = self.ctx.begin_write().await?;
        let hold = store::note_progress(tx, &self.job, (n_done, n_total, message), lease_until).await?;
        match hold {
            Hold::Held => Ok(()),
            Hold::CancelRequested => Err(JobError::Cancelled),
            Hold::Lost => Err(JobError::LeaseLost),
        }
    }

    /// Whether what is worth another try will not get one any more.
    pub(crate) fn is_last_try(&self) -> bool {
        MOST_CLAIMS <= self.job.fencing
    }

    /// Ends the job inside the transaction that keeps its work: both or neither. Call it last, then commit.
    ///
    /// # Errors
    /// [`JobError::LeaseLost`]: drop the transaction.
    #[boxed]
    pub async fn finish_in(&self, tx: &mut WriteTx, result: &serde_json::Value) -> Result<(), JobError> {
        let text = result.to_string();
        let ending = Ending { state: JobState::Done, message: "", result: Some(&text) };
        if !store::finish(tx, &self.job, ending, self.ctx.now()).await? {
            return Err(JobError::LeaseLost);
        }
        tell_of_job(&self.ctx, tx, &self.job, JobState::Done).await?;
        *self.finished.lock().unwrap_or_else(PoisonError::into_inner) = true;
        Ok(())
    }

    fn finished_in_work(&self) -> bool {
        *self.finished.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does jobs one after the other until `stop` turns true; the one at hand is finished first, as far as its handler
/// takes less than the caller waits.
#[boxed]
pub async fn run_jobs(ctx: Ctx, registry: Registry, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match run_next(&ctx, &registry).await {
            Ok(true) => {}
            Ok(false) => {
                // Either time has passed or the runner is to stop; a dropped sender means stop, too.
                if let Ok(Err(_)) = tokio::time::timeout(LOOK_EVERY, stop.changed()).await {
                    return;
                }
            }
            Err(error) => {
                tracing::error!(event = "job_queue_failed", %error, "the job queue could not be read");
                if let Ok(Err(_)) = tokio::time::timeout(LOOK_EVERY * 10, stop.changed()).await {
                    return;
                }
            }
        }
    }
}

/// Does every job that is due, then returns how many there were: the command line's way, and the tests'.
///
/// # Errors
/// [`StoreError`] when the queue cannot be read.
#[boxed]
pub async fn run_until_idle(ctx: &Ctx, registry: &Registry) -> Result<usize, StoreError> {
    let mut n_run = 0;
    while run_next(ctx, registry).await? {
        n_run += 1;
    }
    Ok(n_run)
}

async fn run_next(ctx: &Ctx, registry: &Registry) -> Result<bool, StoreError> {
    let now = ctx.now();
    // A look is a read: an idle runner writes nothing.
    if !store::is_any_due(&mut ctx.begin_read().await?, now).await? {
        return Ok(false);
    }
    let lease_until = now.plus_seconds(LEASE_S);
    let Some(job) = store::claim_next(ctx.begin_write().await?, now, lease_until).await? else {
        return Ok(false);
    };
    let run = JobRun::new(ctx.clone(), job);
    let outcome = work(ctx, registry, &run).await;
    settle(ctx, &run, outcome).await?;
    Ok(true)
}

async fn work(ctx: &Ctx, registry: &Registry, run: &JobRun) -> Result<serde_json::Value, JobError> {
    let job = run.job();
    if job.cancel_requested {
        return Err(JobError::Cancelled);
    }
    if job.fencing > MOST_CLAIMS {
        let message = format!("given up after {MOST_CLAIMS} attempts; the last ones ended without a word");
        return Err(JobError::Refused { message });
    }
    let Some(kind) = registry.kind(&job.kind) else {
        return Err(JobError::Refused { message: format!("this program has no handler for `{}`", job.kind) });
    };
    // Rights may have ended since it was asked for; upkeep that nobody asked for is Mandate's own.
    let asker = requester(ctx, run).await?;
    authorise(&asker, kind.action).map_err(JobError::refused)?;
    tracing::info!(event = "job_started", job = %job.id, kind = %job.kind, attempt = job.fencing, "a job began");
    // A task of its own: a panic in a handler fails the job, not the runner.
    let mut task = tokio::spawn((kind.handler)(ctx.clone(), run.clone()));
    loop {
        tokio::select! {
            ended = &mut task => {
                return ended.unwrap_or_else(|_| Err(JobError::Refused {
                    message: "the work stopped on a fault of the program; the log has it".to_owned(),
                }));
            }
            () = tokio::time::sleep(RENEW_EVERY) => {
                if let Err(error) = renew(ctx, run).await {
                    tracing::warn!(event = "job_renew_failed", job = %job.id, %error, "a lease was not renewed");
                }
            }
        }
    }
}

async fn renew(ctx: &Ctx, run: &JobRun) -> Result<(), StoreError> {
    let (job, until) = (run.job(), ctx.now().plus_seconds(LEASE_S));
    let held = store::renew(ctx.begin_write().await?, &job.id, job.fencing, until).await?;
    if !held && !run.finished_in_work() {
        run.stopped.store(true, Ordering::Relaxed);
    }
    Ok(())
}

async fn settle(
    ctx: &Ctx,
    run: &JobRun,
    outcome: Result<serde_json::Value, JobError>,
) -> Result<(), StoreError> {
    let job = run.job();
    let (state, message, result) = match outcome {
        Ok(_) if run.finished_in_work() => {
            tracing::info!(event = "job_done", job = %job.id, kind = %job.kind, "a job ended well");
            return Ok(());
        }
        Ok(value) => (JobState::Done, String::new(), Some(value.to_string())),
        Err(JobError::Cancelled) => (JobState::Cancelled, "stopped on request".to_owned(), None),
        Err(JobError::LeaseLost) => return Ok(()),
        Err(JobError::Refused { message }) => (JobState::Failed, message, None),
        Err(JobError::RefusedWith { message, result }) => {
            (JobState::Failed, message, Some(result.to_string()))
        }
        Err(error @ (JobError::Store(_) | JobError::Again { .. })) if job.fencing < MOST_CLAIMS => {
            let run_at = ctx.now().plus_seconds(1 << job.fencing);
            tracing::warn!(event = "job_retried", job = %job.id, %error, "a job is tried again");
            return store::retry(ctx.begin_write().await?, job, &error.to_string(), run_at).await;
        }
        Err(error @ (JobError::Store(_) | JobError::Again { .. })) => {
            (JobState::Failed, error.to_string(), None)
        }
    };
    tracing::info!(event = "job_ended", job = %job.id, kind = %job.kind, state = state.as_str(), "a job ended");
    let ending = Ending { state, message: &message, result: result.as_deref() };
    let mut tx = ctx.begin_write().await?;
    // Who asked is told only by the runner that still has the job.
    if store::finish(&mut tx, job, ending, ctx.now()).await? {
        tell_of_job(ctx, &mut tx, job, state).await?;
    }
    store::commit_ending(tx).await
}
