//! Long work: a queue in the database, so that it survives a crash; progress and a way to stop it.
//!
//! How to add a kind: write a handler `async fn(Ctx, JobRun) -> Result<serde_json::Value, JobError>`, register it with
//! the right it takes in the [`Registry`] the binary makes, and [`enqueue`] it in the transaction that asks for it. A handler is run again
//! from the start after a crash, so it must be safe to repeat: put its work and [`JobRun::finish_in`] into one
//! transaction, which is refused when another runner has taken the job over.

mod asked;
mod run;
mod status;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use mandate_domain::Id;
use mandate_store::jobs as store;
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};

use crate::authorise::Action;
use crate::ctx::{Actor, Ctx};

pub(crate) use asked::{message_json, requester};
pub use mandate_store::jobs::{JobState, StoredJob};
pub use run::{JobError, JobRun, run_jobs, run_until_idle};
pub use status::{
    JobStatus, JobStatusError, cancel_job, forget_old_jobs, job_request, job_status, list_jobs,
};

type Outcome = Pin<Box<dyn Future<Output = Result<serde_json::Value, JobError>> + Send>>;
type Handler = Arc<dyn Fn(Ctx, JobRun) -> Outcome + Send + Sync>;

/// A kind of job: what it takes of whoever asked, and who does it.
#[derive(Clone)]
struct JobKind {
    action: Action,
    handler: Handler,
}

/// Which handler does which kind of job, and by which right.
#[derive(Clone, Default)]
pub struct Registry {
    kinds: BTreeMap<&'static str, JobKind>,
}

impl Registry {
    /// A registry without handlers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets `handler` do the jobs of `kind`, for whoever may still do `action` when it begins.
    #[must_use]
    pub fn with<F, Fut>(mut self, kind: &'static str, action: Action, handler: F) -> Self
    where
        F: Fn(Ctx, JobRun) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<serde_json::Value, JobError>> + Send + 'static,
    {
        let handler: Handler = Arc::new(move |ctx, run| Box::pin(handler(ctx, run)));
        self.kinds.insert(kind, JobKind { action, handler });
        self
    }

    /// Each kind with the right it takes, for the reference page.
    pub fn rights(&self) -> impl Iterator<Item = (&'static str, Action)> {
        self.kinds.iter().map(|(kind, it)| (*kind, it.action))
    }

    fn kind(&self, kind: &str) -> Option<&JobKind> {
        self.kinds.get(kind)
    }
}

/// What the token may do by which a job was asked for; kept in its payload.
const TOKEN_SCOPES: &str = "token_scopes";

/// Puts a job of `kind` into the queue, in the transaction that asks for it; returns its id for [`job_status`].
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn enqueue(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    kind: &'static str,
    payload: &serde_json::Value,
) -> Result<Id<StoredJob>, StoreError> {
    let id = ctx.new_id();
    let now = ctx.now();
    let mut payload = payload.clone();
    if let (Some(fields), Some(scopes)) = (payload.as_object_mut(), &actor.token_scopes) {
        fields.insert(TOKEN_SCOPES.to_owned(), scopes.clone().into());
    }
    let payload = payload.to_string();
    let job = store::NewJob {
        id: &id,
        kind,
        payload: &payload,
        run_at: now,
        created_by: actor.user_id(),
        created_at: now,
    };
    store::enqueue(tx, &job).await?;
    Ok(id)
}

/// The job of `kind` that `actor` asked for with this `value` of its payload's `name`, unless it failed or was stopped.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn load_asked(
    tx: &mut ReadTx,
    actor: &Actor,
    kind: &'static str,
    (name, value): (&str, &str),
) -> Result<Option<Id<StoredJob>>, StoreError> {
    let Some(user) = actor.user_id() else { return Ok(None) };
    let asked = store::list_asked_by(tx, kind, user).await?;
    let is_it = |payload: &str| {
        serde_json::from_str::<serde_json::Value>(payload).is_ok_and(|payload| payload[name] == value)
    };
    Ok(asked.into_iter().find(|(_, payload)| is_it(payload)).map(|(id, _)| id))
}

/// Asks for upkeep of `kind`, which takes nothing, at most once in `every_s` seconds; says whether it did.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn enqueue_upkeep(ctx: &Ctx, kind: &'static str, every_s: i64) -> Result<bool, StoreError> {
    let (id, now) = (ctx.new_id(), ctx.now());
    let job = store::NewJob { id: &id, kind, payload: "{}", run_at: now, created_by: None, created_at: now };
    store::enqueue_upkeep(ctx.begin_write().await?, &job, now.plus_seconds(-every_s)).await
}
