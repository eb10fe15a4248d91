//! The sender: takes what is due, sends it, notes what became of it; pauses an endpoint that takes nothing for days.
//!
//! A delivery is sent at least once. It is claimed before it is sent and noted after, so that two nodes do not send the same one;
//! whoever ends in between leaves one that goes a second time, with the same id. The log has ids and states only: no address, no body.

use std::time::Duration;

use mandate_domain::Id;
use mandate_domain::audit::Changes;
use mandate_domain::notification::Topic;
use mandate_domain::webhook::{FAILING_S, Pause, next_try};
use mandate_store::audit::load_record;
use mandate_store::boxed;
use mandate_store::webhooks::{self as store, Attempt, Outcome, StoredDelivery, StoredEndpoint};
use mandate_store::{StoreError, WriteTx};
use tokio::sync::watch;
use tokio::task::{self, JoinSet};

use super::endpoints::subject;
use super::queue::queue_webhooks;
use super::sign::headers;
use super::told::{reader, told};
use crate::ctx::{Actor, Ctx};
use crate::notifications::{Notice, notify};
use crate::outbound::OutRequest;

/// How often it is asked whether something happened or is due, on whichever node it did.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Deliveries to one endpoint in one go.
const BATCH: usize = 20;
/// For how long a sender has a delivery to itself: longer than sending may take.
const CLAIM_S: i64 = 60;
/// How long a receiver may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);
/// Bytes of an answer that are read: what it says is shown after a test only.
pub(super) const MOST_ANSWER: usize = 2000;
/// For how long it is told what became of a delivery: 30 days.
const KEPT_S: i64 = 30 * 86_400;
/// Gone for good, in HTTP.
const GONE: i64 = 410;

/// Queues and sends webhooks until `stop` turns true; what is being sent is finished first. What goes wrong is told once.
#[boxed]
pub async fn send_webhooks(ctx: Ctx, mut stop: watch::Receiver<bool>) {
    let (mut senders, mut told) = (Senders::default(), String::new());
    while !*stop.borrow() {
        if let Err(error) = senders.begin(&ctx, &stop).await {
            tell_once(&error, &mut told);
        }
        let next_look = tokio::time::sleep(LOOK_EVERY);
        tokio::pin!(next_look);
        loop {
            tokio::select! {
                Some(ended) = senders.end_one() => match ended {
                    Ok(n_tried) => {
                        told.clear();
                        if BATCH <= n_tried {
                            break;
                        }
                    }
                    Err(error) => tell_once(&error, &mut told),
                },
                () = &mut next_look => break,
                changed = stop.changed() => {
                    // A dropped sender of the word means stop, too.
                    if changed.is_err() {
                        return senders.end_all().await;
                    }
                    break;
                }
            }
        }
    }
    senders.end_all().await;
}

fn tell_once(error: &StoreError, told: &mut String) {
    let reason = error.to_string();
    if reason != *told {
        tracing::error!(event = "webhook_queue_failed", reason, "webhooks cannot be sent");
        *told = reason;
    }
}

/// Queues what happened by now and tries what is due, once each; says how many were tried. Without an endpoint nothing is done.
///
/// # Errors
/// [`StoreError`] when the queue cannot be read or an outcome not be noted.
#[boxed]
pub async fn send_webhooks_due(ctx: &Ctx) -> Result<usize, StoreError> {
    let (_hold, stop) = watch::channel(false);
    let mut senders = Senders::default();
    senders.begin(ctx, &stop).await?;
    let mut n_tried = 0;
    while let Some(ended) = senders.end_one().await {
        n_tried += ended?;
    }
    Ok(n_tried)
}

/// One sender for each endpoint to which something is due: one that takes its time keeps no other waiting, nor what is new for it.
#[derive(Default)]
struct Senders {
    running: JoinSet<Result<usize, StoreError>>,
    busy: Vec<(task::Id, Id<StoredEndpoint>)>,
}

impl Senders {
    /// Queues what happened and begins wherever something is due and nobody is at it.
    async fn begin(&mut self, ctx: &Ctx, stop: &watch::Receiver<bool>) -> Result<(), StoreError> {
        if ctx.outbound().is_none() || store::count_endpoints(&mut ctx.begin_read().await?).await? == 0 {
            return Ok(());
        }
        queue_webhooks(ctx).await?;
        for endpoint in store::list_endpoints_due(&mut ctx.begin_read().await?, ctx.now()).await? {
            if self.busy.iter().any(|(_, id)| *id == endpoint.id) {
                continue;
            }
            let (ctx, stop, id) = (ctx.clone(), stop.clone(), endpoint.id.clone());
            let sender = self.running.spawn(async move { send_to(&ctx, &endpoint, &stop).await });
            self.busy.push((sender.id(), id));
        }
        Ok(())
    }

    /// Waits for one to end; says how many deliveries it tried. `None` when none is at work.
    async fn end_one(&mut self) -> Option<Result<usize, StoreError>> {
        let (sender, ended) = match self.running.join_next_with_id().await? {
            Ok(ended) => ended,
            Err(error) => {
                tracing::error!(event = "webhook_fault", %error, "a sender of webhooks stopped");
                (error.id(), Ok(0))
            }
        };
        self.busy.retain(|(busy, _)| *busy != sender);
        Some(ended)
    }

    async fn end_all(&mut self) {
        while let Some(ended) = self.end_one().await {
            if let Err(error) = ended {
                tell_once(&error, &mut String::new());
            }
        }
    }
}

async fn send_to(
    ctx: &Ctx,
    endpoint: &StoredEndpoint,
    stop: &watch::Receiver<bool>,
) -> Result<usize, StoreError> {
    let due = store::list_due(&mut ctx.begin_read().await?, &endpoint.id, ctx.now(), BATCH).await?;
    let mut n_tried = 0;
    for delivery in due {
        if *stop.borrow() {
            break;
        }
        let now = ctx.now();
        if !store::claim(ctx.begin_write().await?, &delivery.id, now, now.plus_seconds(CLAIM_S)).await? {
            continue;
        }
        n_tried += 1;
        if !send_one(ctx, &delivery).await? {
            // The rest would meet the same; it is due already and comes with the next look.
            break;
        }
    }
    Ok(n_tried)
}

/// Sends one that was claimed; says whether it arrived, or needed not to.
async fn send_one(ctx: &Ctx, delivery: &StoredDelivery) -> Result<bool, StoreError> {
    let (endpoint, body) = {
        let mut tx = ctx.begin_read().await?;
        let endpoint = store::load_endpoint(&mut tx, &delivery.endpoint_id).await?;
        let Some(endpoint) = endpoint.filter(|it| it.pause.is_none()) else { return Ok(false) };
        let reader = reader(&mut tx, &endpoint.reader_id).await?;
        let record = load_record(&mut tx, &delivery.record_hash).await?;
        let told = match (&reader, record) {
            (Some(reader), Some(record)) => told(&mut tx, &endpoint, reader, record).await?,
            _ => None,
        };
        (endpoint, told.map(|told| told.body(ctx)))
    };
    let Some(body) = body else {
        let attempt = Attempt { at: ctx.now(), status: None, problem: String::new(), took_ms: 0 };
        keep(ctx, &endpoint, delivery, &attempt, Outcome::Withdrawn).await?;
        return Ok(true);
    };
    let attempt = post(ctx, &endpoint, delivery.id.as_str(), body).await.0;
    let n_tries = usize::try_from(delivery.n_tries).unwrap_or(usize::MAX).saturating_add(1);
    let outcome = if attempt.problem.is_empty() {
        Outcome::Sent
    } else {
        next_try(n_tries, attempt.at).map_or(Outcome::GivenUp, Outcome::Again)
    };
    log(delivery, &attempt, outcome);
    keep(ctx, &endpoint, delivery, &attempt, outcome).await?;
    Ok(outcome == Outcome::Sent)
}

/// Sends `body` and says what came of it, with the beginning of the answer.
pub(super) async fn post(ctx: &Ctx, endpoint: &StoredEndpoint, id: &str, body: Vec<u8>) -> (Attempt, String) {
    let began = ctx.now();
    let asked = async {
        let out = ctx.outbound().ok_or_else(|| "this program asks no other server".to_owned())?;
        let headers = headers(ctx, endpoint, id, &body).map_err(|error| error.to_string())?;
        let request = OutRequest {
            address: endpoint.address.clone(),
            headers,
            body: Some(body),
            most_bytes: MOST_ANSWER,
            patience: PATIENCE,
        };
        out.ask(request).await.map_err(|problem| problem.what)
    };
    let answer = asked.await;
    let at = ctx.now();
    let took_ms = (at.microseconds() - began.microseconds()).max(0) / 1000;
    match answer {
        Err(problem) => (Attempt { at, status: None, problem, took_ms }, String::new()),
        Ok(answer) => {
            let problem = match answer.status {
                200..=299 => String::new(),
                300..=399 => format!("it answered {}: a redirect, which is not followed", answer.status),
                _ => format!("it answered {}", answer.status),
            };
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            (Attempt { at, status: Some(i64::from(answer.status)), problem, took_ms }, text)
        }
    }
}

async fn keep(
    ctx: &Ctx,
    endpoint: &StoredEndpoint,
    delivery: &StoredDelivery,
    attempt: &Attempt,
    outcome: Outcome,
) -> Result<(), StoreError> {
    let mut tx = ctx.begin_write().await?;
    // Removed while it was on its way: there is nothing to note it at.
    if store::load_delivery(&mut tx, &delivery.endpoint_id, &delivery.id).await?.is_none() {
        return Ok(());
    }
    store::keep_attempt(&mut tx, delivery, &ctx.new_id(), attempt, outcome).await?;
    let failing_since = store::load_endpoint(&mut tx, &endpoint.id).await?.and_then(|it| it.failing_since);
    let is_failing = failing_since.is_some_and(|since| since.plus_seconds(FAILING_S) <= attempt.at);
    match outcome {
        Outcome::Again(_) | Outcome::GivenUp if attempt.status == Some(GONE) => {
            pause_by_itself(ctx, tx, endpoint, Pause::Gone).await
        }
        Outcome::Again(_) | Outcome::GivenUp if is_failing => {
            pause_by_itself(ctx, tx, endpoint, Pause::Failing).await
        }
        _ => store::commit_attempt(tx).await,
    }
}

/// Pauses an endpoint for a reason of its own and tells who set it up; commits all that `tx` did.
pub(super) async fn pause_by_itself(
    ctx: &Ctx,
    mut tx: WriteTx,
    endpoint: &StoredEndpoint,
    why: Pause,
) -> Result<(), StoreError> {
    if !store::pause(&mut tx, &endpoint.id, why).await? {
        return store::commit_attempt(tx).await;
    }
    let system = Actor::system();
    if let Some(user) = &endpoint.made_by {
        let notice = Notice::about(Topic::JobFailed, "webhook", endpoint.id.as_str()).saying(why.as_str());
        notify(ctx, &mut tx, &system, user, &notice).await?;
    }
    tracing::warn!(event = "webhook_paused", endpoint = %endpoint.id, why = why.as_str(), "a webhook is paused");
    let changes = Changes::new().field("pause", None, Some(why.as_str().to_owned())).into_vec();
    tx.commit(system.record(ctx.now(), "webhook.paused", subject(endpoint), changes)).await
}

fn log(delivery: &StoredDelivery, attempt: &Attempt, outcome: Outcome) {
    let (id, status, n_try) = (delivery.id.as_str(), attempt.status, delivery.n_tries + 1);
    match outcome {
        Outcome::Sent => {
            tracing::info!(event = "webhook_sent", delivery = id, status, n_try, "a webhook arrived");
        }
        Outcome::Again(_) => tracing::warn!(
            event = "webhook_retried",
            delivery = id,
            status,
            n_try,
            "a webhook is tried again; Settings > Webhooks says why"
        ),
        Outcome::GivenUp | Outcome::Withdrawn => tracing::error!(
            event = "webhook_given_up",
            delivery = id,
            status,
            n_try,
            "a webhook is given up; Settings > Webhooks says why"
        ),
    }
}

/// Forgets what ended more than 30 days ago, and secrets that sign no more; the server calls it every hour.
///
/// # Errors
/// [`StoreError`] when it cannot be removed.
#[boxed]
pub async fn forget_old_deliveries(ctx: &Ctx) -> Result<(), StoreError> {
    let now = ctx.now();
    if store::count_endpoints(&mut ctx.begin_read().await?).await? == 0 {
        return Ok(());
    }
    store::forget_before(ctx.begin_write().await?, now.plus_seconds(-KEPT_S), now).await
}
