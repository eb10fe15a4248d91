//! Long work: a queue in a table, leased with a fencing number.
//!
//! A runner that claims a job raises its `fencing` number and names an instant until which it holds it. A runner that
//! was stopped loses the job when that instant has passed; should it wake up after all, its number is too low and
//! [`hold`] refuses it, so work is never kept twice. Progress is bookkeeping; what a job does is on record by itself.

use mandate_domain::identity::User;
use mandate_domain::{Id, Instant};

use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, WriteTx};
use crate::params;

const ENQUEUE: &str = "
    INSERT INTO job (id, kind, payload, state, n_done, n_total, message, cancel_requested, fencing, run_at_us,
           created_by, created_at_us)
    VALUES ($1, $2, $3, 'waiting', 0, 0, '', 0, 0, $4, $5, $6)";
const BY_ID: &str = "
    SELECT id, kind, payload, state, n_done, n_total, message, result, cancel_requested, fencing, created_by,
           created_at_us, finished_at_us
      FROM job WHERE id = $1";
const NEWEST: &str = "
    SELECT id, kind, payload, state, n_done, n_total, message, result, cancel_requested, fencing, created_by,
           created_at_us, finished_at_us
      FROM job ORDER BY id DESC LIMIT $1";
const ASKED_BY: &str = "
    SELECT id, payload FROM job
     WHERE kind = $1 AND created_by = $2 AND state IN ('waiting', 'running', 'done') ORDER BY id";
const NEXT: &str = "
    SELECT id, kind, payload, state, n_done, n_total, message, result, cancel_requested, fencing, created_by,
           created_at_us, finished_at_us
      FROM job
     WHERE (state = 'waiting' AND run_at_us <= $1) OR (state = 'running' AND lease_until_us < $1)
     ORDER BY run_at_us, id LIMIT 1";
const CLAIM: &str = "
    UPDATE job SET state = 'running', fencing = fencing + 1, lease_until_us = $1
     WHERE id = $2 AND fencing = $3";
const RENEW: &str = "UPDATE job SET lease_until_us = $1 WHERE id = $2 AND fencing = $3 AND state = 'running'";
const PROGRESS: &str = "
    UPDATE job SET n_done = $1, n_total = $2, message = $3, lease_until_us = $4
     WHERE id = $5 AND fencing = $6 AND state = 'running'";
const HELD: &str = "SELECT cancel_requested FROM job WHERE id = $1 AND fencing = $2 AND state = 'running'";
const FINISH: &str = "
    UPDATE job SET state = $1, message = $2, result = $3, finished_at_us = $4, lease_until_us = NULL
     WHERE id = $5 AND fencing = $6 AND state = 'running'";
const RETRY: &str = "
    UPDATE job SET state = 'waiting', run_at_us = $1, message = $2, lease_until_us = NULL
     WHERE id = $3 AND fencing = $4 AND state = 'running'";
const CANCEL: &str = "UPDATE job SET cancel_requested = 1 WHERE id = $1 AND state IN ('waiting', 'running')";
const CANCEL_WAITING: &str = "
    UPDATE job SET state = 'cancelled', finished_at_us = $1 WHERE id = $2 AND state = 'waiting'";
const ASKED_SINCE: &str = "
    SELECT id FROM job WHERE kind = $1 AND (state IN ('waiting', 'running') OR created_at_us > $2) LIMIT 1";
const FORGET: &str = "DELETE FROM job WHERE finished_at_us < $1";

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// In the queue.
    Waiting,
    /// Leased by a runner.
    Running,
    /// Ended well.
    Done,
    /// Given up, with the reason in its message.
    Failed,
    /// Stopped at someone's request.
    Cancelled,
}

impl JobState {
    /// The word kept in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    fn parse(word: &str) -> Result<Self, String> {
        [Self::Waiting, Self::Running, Self::Done, Self::Failed, Self::Cancelled]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| format!("`{word}` is not a state of a job"))
    }

    /// Whether nothing more will happen.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// A job as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredJob {
    /// Its id.
    pub id: Id<StoredJob>,
    /// Which handler does it.
    pub kind: String,
    /// What the handler is given: JSON.
    pub payload: String,
    /// Where it stands.
    pub state: JobState,
    /// Units done.
    pub n_done: i64,
    /// Units in all; 0 while that is not known.
    pub n_total: i64,
    /// What is being done, or why it failed.
    pub message: String,
    /// What came of it: JSON.
    pub result: Option<String>,
    /// Whether someone asked to stop it.
    pub cancel_requested: bool,
    /// How often it was claimed; the present runner's number.
    pub fencing: i64,
    /// Who asked for it.
    pub created_by: Option<Id<User>>,
    /// When.
    pub created_at: Instant,
    /// When it ended.
    pub finished_at: Option<Instant>,
}

/// A job to be.
#[derive(Clone, Debug)]
pub struct NewJob<'a> {
    /// Its id.
    pub id: &'a Id<StoredJob>,
    /// Which handler does it.
    pub kind: &'a str,
    /// JSON for the handler.
    pub payload: &'a str,
    /// Not before.
    pub run_at: Instant,
    /// Who asks.
    pub created_by: Option<&'a Id<User>>,
    /// Now.
    pub created_at: Instant,
}

/// What a runner learns when it reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Go on.
    Held,
    /// Someone asked to stop.
    CancelRequested,
    /// The lease went to another runner: stop without keeping anything.
    Lost,
}

/// Puts a job into the queue, in the transaction of the work that asks for it.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
pub async fn enqueue(tx: &mut WriteTx, job: &NewJob<'_>) -> Result<(), StoreError> {
    let values = params![job.id, job.kind, job.payload, job.run_at, job.created_by, job.created_at];
    tx.execute(ENQUEUE, values).await.map(|_| ())
}

/// Puts upkeep into the queue and commits, unless a job of its kind is there or was asked for after `since`:
/// bookkeeping. Says whether it did.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
pub async fn enqueue_upkeep(mut tx: WriteTx, job: &NewJob<'_>, since: Instant) -> Result<bool, StoreError> {
    if tx.fetch_optional(ASKED_SINCE, params![job.kind, since]).await?.is_some() {
        return Ok(false);
    }
    enqueue(&mut tx, job).await?;
    tx.commit_bookkeeping().await?;
    Ok(true)
}

/// The job with this id.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_job(tx: &mut ReadTx, id: &Id<StoredJob>) -> Result<Option<StoredJob>, StoreError> {
    tx.fetch_optional(BY_ID, params![id]).await?.as_ref().map(read).transpose()
}

/// The newest jobs.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_jobs(tx: &mut ReadTx, limit: usize) -> Result<Vec<StoredJob>, StoreError> {
    tx.fetch_all(NEWEST, params![limit]).await?.iter().map(read).collect()
}

/// The jobs of `kind` that `user` asked for and that wait, run or went well: their ids and payloads, oldest first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_asked_by(
    tx: &mut ReadTx,
    kind: &str,
    user: &Id<User>,
) -> Result<Vec<(Id<StoredJob>, String)>, StoreError> {
    let rows = tx.fetch_all(ASKED_BY, params![kind, user]).await?;
    rows.iter().map(|row| Ok((row.id(0)?, row.text(1)?))).collect()
}

/// Whether a job is waiting, or was left by a runner that stopped: asked before a claim, which writes.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn is_any_due(tx: &mut ReadTx, now: Instant) -> Result<bool, StoreError> {
    Ok(tx.fetch_optional(NEXT, params![now]).await?.is_some())
}

/// Leases the next job until `lease_until` and commits: bookkeeping.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn claim_next(
    mut tx: WriteTx,
    now: Instant,
    lease_until: Instant,
) -> Result<Option<StoredJob>, StoreError> {
    let Some(row) = tx.fetch_optional(NEXT, params![now]).await? else { return Ok(None) };
    let mut job = read(&row)?;
    if tx.execute(CLAIM, params![lease_until, &job.id, job.fencing]).await? != 1 {
        return Ok(None);
    }
    job.fencing += 1;
    job.state = JobState::Running;
    tx.commit_bookkeeping().await?;
    Ok(Some(job))
}

/// Makes the lease longer and commits: bookkeeping. False when it was lost.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn renew(
    mut tx: WriteTx,
    id: &Id<StoredJob>,
    fencing: i64,
    lease_until: Instant,
) -> Result<bool, StoreError> {
    let held = tx.execute(RENEW, params![lease_until, id, fencing]).await? == 1;
    tx.commit_bookkeeping().await?;
    Ok(held)
}

/// Notes progress, makes the lease longer and commits: bookkeeping.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn note_progress(
    mut tx: WriteTx,
    job: &StoredJob,
    progress: (i64, i64, &str),
    lease_until: Instant,
) -> Result<Hold, StoreError> {
    let (n_done, n_total, message) = progress;
    tx.execute(PROGRESS, params![n_done, n_total, message, lease_until, &job.id, job.fencing]).await?;
    let hold = hold(&mut tx, &job.id, job.fencing).await?;
    tx.commit_bookkeeping().await?;
    Ok(hold)
}

/// Whether this runner still has the job; asked inside the transaction that keeps the job's work.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn hold(tx: &mut ReadTx, id: &Id<StoredJob>, fencing: i64) -> Result<Hold, StoreError> {
    match tx.fetch_optional(HELD, params![id, fencing]).await? {
        None => Ok(Hold::Lost),
        Some(row) if row.flag(0)? => Ok(Hold::CancelRequested),
        Some(_) => Ok(Hold::Held),
    }
}

/// How a job ended.
#[derive(Clone, Copy, Debug)]
pub struct Ending<'a> {
    /// A final state.
    pub state: JobState,
    /// What is to be said of it.
    pub message: &'a str,
    /// What came of it: JSON.
    pub result: Option<&'a str>,
}

/// Ends a job inside a transaction, so that its work and its end are kept together; false when the lease was lost.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
pub async fn finish(
    tx: &mut WriteTx,
    job: &StoredJob,
    ending: Ending<'_>,
    now: Instant,
) -> Result<bool, StoreError> {
    let values = params![
        ending.state.as_str(),
        ending.message,
        ending.result.map(str::to_owned),
        now,
        &job.id,
        job.fencing
    ];
    Ok(tx.execute(FINISH, values).await? == 1)
}

/// Commits a job's end, and that who asked for it is told: bookkeeping.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn commit_ending(tx: WriteTx) -> Result<(), StoreError> {
    tx.commit_bookkeeping().await
}

/// Puts a job back into the queue for `run_at` and commits: bookkeeping.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn retry(
    mut tx: WriteTx,
    job: &StoredJob,
    message: &str,
    run_at: Instant,
) -> Result<(), StoreError> {
    tx.execute(RETRY, params![run_at, message, &job.id, job.fencing]).await?;
    tx.commit_bookkeeping().await
}

/// Asks to stop a job; one that waits is stopped at once. False when it had ended.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn request_cancel(tx: &mut WriteTx, id: &Id<StoredJob>, now: Instant) -> Result<bool, StoreError> {
    let asked = tx.execute(CANCEL, params![id]).await? == 1;
    tx.execute(CANCEL_WAITING, params![now, id]).await?;
    Ok(asked)
}

/// Forgets jobs that ended before `before` and commits: bookkeeping.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn forget_before(mut tx: WriteTx, before: Instant) -> Result<u64, StoreError> {
    let n_forgotten = tx.execute(FORGET, params![before]).await?;
    tx.commit_bookkeeping().await?;
    Ok(n_forgotten)
}

fn read(row: &Row) -> Result<StoredJob, StoreError> {
    Ok(StoredJob {
        id: row.id(0)?,
        kind: row.text(1)?,
        payload: row.text(2)?,
        state: row.parsed(3, JobState::parse)?,
        n_done: row.int(4)?,
        n_total: row.int(5)?,
        message: row.text(6)?,
        result: row.text_or_null(7)?,
        cancel_requested: row.flag(8)?,
        fencing: row.int(9)?,
        created_by: row.id_or_null(10)?,
        created_at: row.instant(11)?,
        finished_at: row.instant_or_null(12)?,
    })
}
