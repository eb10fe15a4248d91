//! What was sent or is to be, how each attempt went, sending once more, and a test that is sent at once.
//!
//! Whoever administers sees what kind of thing happened and how sending went; which record it was is told by the body only, which
//! the endpoint's reader may see.

use mandate_domain::audit::Changes;
use mandate_domain::{Id, Instant};
use mandate_store::boxed;
use mandate_store::webhooks::{self as store, Attempt, StoredDelivery, StoredEndpoint};
use mandate_store::{ReadTx, StoreError};
use serde_json::json;

use super::WebhookError;
use super::endpoints::{find, subject};
use super::send::post;
use super::told::body;
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};
use crate::error::{FieldError, Message};

/// Where a delivery may stand.
pub const STATES: [&str; 4] = ["waiting", "sent", "given_up", "withdrawn"];
/// Deliveries a page.
const A_PAGE: usize = 50;

/// A delivery with its attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryLine {
    /// Its id, which the receiver meets as `webhook-id`.
    pub id: Id<StoredDelivery>,
    /// Such as `account.changed`.
    pub event: String,
    /// `waiting`, `sent`, `given_up` or `withdrawn`.
    pub state: String,
    /// When it is tried next, if it waits.
    pub next_at: Option<Instant>,
    /// When it was queued.
    pub created_at: Instant,
    /// Every attempt, the oldest first.
    pub attempts: Vec<Attempt>,
}

/// Deliveries of an endpoint in `state` (empty: in any), the newest first, and the `before` of the next page.
///
/// # Errors
/// [`WebhookError::NotFound`] when there is no such endpoint, [`WebhookError::Fields`] for another state or place.
#[boxed]
pub async fn list_deliveries(
    ctx: &Ctx,
    actor: &Actor,
    endpoint: &Id<StoredEndpoint>,
    state: &str,
    before: &str,
) -> Result<(Vec<DeliveryLine>, Option<String>), WebhookError> {
    authorise(actor, Action::Administer)?;
    let mut tx = ctx.begin_read().await?;
    find(&mut tx, endpoint).await?;
    let mut errors = vec![];
    if !state.is_empty() && !STATES.contains(&state) {
        let message = Message::new("webhook-error-word")
            .with("word", state.chars().take(40).collect::<String>())
            .with("known", STATES.join(", "));
        errors.push(FieldError { field: "state".to_owned(), message });
    }
    if !before.is_empty() && Id::<StoredDelivery>::parse(before).is_err() {
        let message = Message::new("webhook-error-before");
        errors.push(FieldError { field: "before".to_owned(), message });
    }
    if !errors.is_empty() {
        return Err(WebhookError::Fields(errors));
    }
    let mut found = store::list_deliveries(&mut tx, endpoint, state, before, A_PAGE + 1).await?;
    let has_more = A_PAGE < found.len();
    found.truncate(A_PAGE);
    let next = found.last().filter(|_| has_more).map(|delivery| delivery.id.to_string());
    let mut lines = vec![];
    for delivery in found {
        lines.push(line(&mut tx, delivery).await?);
    }
    Ok((lines, next))
}

/// A delivery.
///
/// # Errors
/// [`WebhookError::NotFound`] when there is none.
#[boxed]
pub async fn load_delivery(
    ctx: &Ctx,
    actor: &Actor,
    endpoint: &Id<StoredEndpoint>,
    id: &Id<StoredDelivery>,
) -> Result<DeliveryLine, WebhookError> {
    authorise(actor, Action::Administer)?;
    let mut tx = ctx.begin_read().await?;
    let delivery = store::load_delivery(&mut tx, endpoint, id).await?.ok_or(WebhookError::NotFound)?;
    Ok(line(&mut tx, delivery).await?)
}

async fn line(tx: &mut ReadTx, delivery: StoredDelivery) -> Result<DeliveryLine, StoreError> {
    let attempts = store::list_attempts(tx, &delivery.id).await?;
    let next_at = (delivery.state == "waiting").then_some(delivery.next_at);
    let (id, created_at) = (delivery.id, delivery.created_at);
    Ok(DeliveryLine { id, event: delivery.event, state: delivery.state, next_at, created_at, attempts })
}

/// Lets a delivery that ended be sent once more, under the same id.
///
/// # Errors
/// [`WebhookError::Waiting`] when it waits already, [`WebhookError::Paused`] while nothing is sent.
#[boxed]
pub async fn send_delivery_again(
    ctx: &Ctx,
    actor: &Actor,
    endpoint: &Id<StoredEndpoint>,
    id: &Id<StoredDelivery>,
) -> Result<(), WebhookError> {
    authorise(actor, Action::Administer)?;
    let mut tx = ctx.begin_write().await?;
    let kept = find(&mut tx, endpoint).await?;
    let delivery = store::load_delivery(&mut tx, endpoint, id).await?.ok_or(WebhookError::NotFound)?;
    if kept.pause.is_some() {
        return Err(WebhookError::Paused);
    }
    if !store::send_again(&mut tx, id, ctx.now()).await? {
        return Err(WebhookError::Waiting);
    }
    let changes = Changes::new().field("delivery", None, Some(delivery.id.to_string())).into_vec();
    Ok(tx.commit(actor.record(ctx.now(), "webhook.sent_again", subject(&kept), changes)).await?)
}

/// What a receiver said to a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pong {
    /// The attempt.
    pub attempt: Attempt,
    /// The beginning of what it said.
    pub answer: String,
}

/// Sends a test at once, signed as everything is, and tells what came back; nothing is tried again. A paused one can be tested.
///
/// # Errors
/// [`WebhookError::NotFound`] when there is none. A receiver that does not answer is no error: the attempt says so.
#[boxed]
pub async fn ping_endpoint(ctx: &Ctx, actor: &Actor, id: &Id<StoredEndpoint>) -> Result<Pong, WebhookError> {
    authorise(actor, Action::Administer)?;
    if ctx.outbound().is_none() {
        return Err(WebhookError::NoWayOut);
    }
    let mut tx = ctx.begin_write().await?;
    let endpoint = find(&mut tx, id).await?;
    tx.commit(actor.record(ctx.now(), "webhook.tested", subject(&endpoint), vec![])).await?;
    let message: Id<StoredDelivery> = ctx.new_id();
    let body = body("ping", ctx.now(), &json!({ "webhook": endpoint.id.as_str() }));
    let (attempt, answer) = post(ctx, &endpoint, message.as_str(), body).await;
    Ok(Pong { attempt, answer: answer.chars().take(500).collect() })
}
