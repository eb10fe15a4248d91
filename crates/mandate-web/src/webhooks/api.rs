//! `/api/v1/webhooks`: endpoints, their deliveries, tests; for administrators.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{ETAG, LOCATION};
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::webhooks::{
    Attempt, DeliveryLine, EndpointDraft, EndpointLine, add_endpoint, change_endpoint, list_deliveries,
    list_endpoints, load_delivery, load_endpoint, pause_endpoint, ping_endpoint, remove_endpoint,
    resume_endpoint, rotate_endpoint_secret, send_delivery_again,
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
        .api(Action::Administer, routes!(webhooks, post_webhook))
        .api(Action::Administer, routes!(webhook, put_webhook, delete_webhook))
        .api(Action::Administer, routes!(post_test))
        .api(Action::Administer, routes!(post_secret))
        .api(Action::Administer, routes!(post_pause))
        .api(Action::Administer, routes!(post_resume))
        .api(Action::Administer, routes!(deliveries))
        .api(Action::Administer, routes!(delivery))
        .api(Action::Administer, routes!(post_again))
}

/// An endpoint; its secret is nowhere to be read.
#[derive(Serialize, ToSchema)]
struct WebhookView {
    id: String,
    address: String,
    /// What it hears of, such as `account` or `import`; none for everything.
    matters: Vec<&'static str>,
    /// Which happenings: `created`, `changed`, `trashed`, `restored`, `merged`, `imported`, `import_undone`; none for all.
    happenings: Vec<&'static str>,
    /// On whose behalf it reads.
    reader_id: String,
    /// Null while things are sent; else `asked`, `failing`, `gone` or `reader`.
    pause: Option<&'static str>,
    /// Until when the secret of before signs beside the new one.
    both_sign_until: Option<String>,
    /// Since when nothing arrives.
    failing_since: Option<String>,
    n_waiting: i64,
    created_at: String,
    /// Counts saves; also in `ETag`.
    version: i64,
}

impl From<EndpointLine> for WebhookView {
    fn from(line: EndpointLine) -> Self {
        Self {
            id: line.id.to_string(),
            address: line.address,
            matters: line.matters.iter().map(|matter| matter.as_str()).collect(),
            happenings: line.happenings.iter().map(|happening| happening.as_str()).collect(),
            reader_id: line.reader_id.to_string(),
            pause: line.pause.map(|pause| pause.as_str()),
            both_sign_until: line.both_sign_until.map(|at| at.to_string()),
            failing_since: line.failing_since.map(|at| at.to_string()),
            n_waiting: line.n_waiting,
            created_at: line.created_at.to_string(),
            version: line.version,
        }
    }
}

/// All endpoints.
#[derive(Serialize, ToSchema)]
struct WebhooksView {
    /// The oldest first.
    webhooks: Vec<WebhookView>,
}

/// An endpoint as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WebhookFields {
    /// HTTPS; HTTP for this machine only.
    #[schema(example = "https://hooks.example/mandate")]
    address: String,
    /// What it hears of; none for everything.
    #[serde(default)]
    matters: Vec<String>,
    /// Which happenings; none for all.
    #[serde(default)]
    happenings: Vec<String>,
    /// On whose behalf it reads: a user's id; not given, the caller's own when it is set up, else the one it has.
    #[serde(default)]
    reader_id: Option<String>,
}

impl WebhookFields {
    fn draft(self, reader_id: String) -> EndpointDraft {
        EndpointDraft {
            address: self.address,
            matters: self.matters,
            happenings: self.happenings,
            reader_id: self.reader_id.unwrap_or(reader_id),
        }
    }
}

/// The webhooks that are set up.
#[utoipa::path(get, path = "/webhooks", tag = "webhooks", operation_id = "list_webhooks",
    responses((status = 200, description = "Every webhook", body = WebhooksView), Reading))]
async fn webhooks(caller: Caller, State(web): State<Web>) -> ApiResult {
    let lines = list_endpoints(web.ctx(), &caller.actor).await?;
    Ok(Json(WebhooksView { webhooks: lines.into_iter().map(WebhookView::from).collect() }).into_response())
}

/// A webhook just set up.
#[derive(Serialize, ToSchema)]
struct WebhookMade {
    /// The webhook.
    #[serde(flatten)]
    webhook: WebhookView,
    /// What signs, `whsec_` and base64; it is shown only here.
    secret: String,
}

/// Sets a webhook up: it hears of what happens from now on. By a token it takes every right a webhook may read by.
#[utoipa::path(post, path = "/webhooks", tag = "webhooks", operation_id = "create_webhook",
    request_body = WebhookFields,
    responses((status = 201, description = "The webhook with its secret", body = WebhookMade), Making))]
async fn post_webhook(caller: Caller, State(web): State<Web>, body: Body<WebhookFields>) -> ApiResult {
    let draft = body.value.draft(caller.user.id.to_string());
    let (line, secret) = add_endpoint(web.ctx(), &caller.actor, &draft).await?;
    let headers = [(ETAG, etag(line.version))];
    let place = [(LOCATION, format!("/api/v1/webhooks/{}", line.id))];
    let made = WebhookMade { webhook: line.into(), secret: secret.reveal() };
    Ok((StatusCode::CREATED, headers, place, Json(made)).into_response())
}

fn answer(line: EndpointLine) -> ApiResult {
    Ok(([(ETAG, etag(line.version))], Json(WebhookView::from(line))).into_response())
}

/// One webhook with the version in `ETag`.
#[utoipa::path(get, path = "/webhooks/{webhook}", tag = "webhooks", operation_id = "get_webhook",
    params(("webhook" = String, Path, description = "Its id")),
    responses((status = 200, description = "The webhook", body = WebhookView), Reading))]
async fn webhook(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    answer(load_endpoint(web.ctx(), &caller.actor, &path_id(&id)?).await?)
}

/// Saves a webhook; takes the version in `If-Match`. What waits goes to the new address.
#[utoipa::path(put, path = "/webhooks/{webhook}", tag = "webhooks", operation_id = "update_webhook",
    params(("webhook" = String, Path, description = "Its id"), ("If-Match" = String, Header, description = "The version that was read")),
    request_body = WebhookFields, responses((status = 200, description = "The webhook", body = WebhookView), Changing))]
async fn put_webhook(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    body: Body<WebhookFields>,
) -> ApiResult {
    let id = path_id(&id)?;
    let kept = load_endpoint(web.ctx(), &caller.actor, &id).await?;
    let draft = body.value.draft(kept.reader_id.to_string());
    let saved = change_endpoint(web.ctx(), &caller.actor, &id, &draft, version).await;
    let current = async { load_endpoint(web.ctx(), &caller.actor, &id).await.map(|line| line.version) };
    answer(matched(saved, current).await?)
}

/// Removes a webhook with its secret and its deliveries; takes the version in `If-Match`.
#[utoipa::path(delete, path = "/webhooks/{webhook}", tag = "webhooks", operation_id = "delete_webhook",
    params(("webhook" = String, Path, description = "Its id"), ("If-Match" = String, Header, description = "The version that was read")),
    responses((status = 204, description = "It is gone"), Changing))]
async fn delete_webhook(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
) -> ApiResult {
    let id = path_id(&id)?;
    let removed = remove_endpoint(web.ctx(), &caller.actor, &id, version).await;
    let current = async { load_endpoint(web.ctx(), &caller.actor, &id).await.map(|line| line.version) };
    matched(removed, current).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// An attempt to send.
#[derive(Serialize, ToSchema)]
struct AttemptView {
    at: String,
    /// The receiver's status; null when it did not answer.
    status: Option<i64>,
    /// What hindered it; empty when nothing did.
    problem: String,
    took_ms: i64,
}

impl From<Attempt> for AttemptView {
    fn from(attempt: Attempt) -> Self {
        let Attempt { at, status, problem, took_ms } = attempt;
        Self { at: at.to_string(), status, problem, took_ms }
    }
}

/// What came back of a test.
#[derive(Serialize, ToSchema)]
struct PongView {
    /// Whether the receiver took it.
    arrived: bool,
    attempt: AttemptView,
    /// The beginning of what the receiver said.
    answer: String,
}

/// Sends a `ping` at once, signed as everything is, and tells what came back; a receiver that does not take it is no error.
#[utoipa::path(post, path = "/webhooks/{webhook}/test", tag = "webhooks", operation_id = "test_webhook",
    params(("webhook" = String, Path, description = "Its id")),
    responses((status = 200, description = "What came back", body = PongView), Making))]
async fn post_test(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    let pong = ping_endpoint(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    let arrived = pong.attempt.problem.is_empty();
    Ok(Json(PongView { arrived, attempt: pong.attempt.into(), answer: pong.answer }).into_response())
}

/// A secret just made.
#[derive(Serialize, ToSchema)]
struct SecretView {
    /// What signs, `whsec_` and base64; it is shown only here.
    secret: String,
}

/// Gives a webhook another secret; for a day the one of before signs beside it.
#[utoipa::path(post, path = "/webhooks/{webhook}/secret", tag = "webhooks", operation_id = "replace_webhook_secret",
    params(("webhook" = String, Path, description = "Its id")),
    responses((status = 200, description = "The new secret", body = SecretView), Making))]
async fn post_secret(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    let secret = rotate_endpoint_secret(web.ctx(), &caller.actor, &path_id(&id)?).await?.reveal();
    Ok(Json(SecretView { secret }).into_response())
}

/// Pauses a webhook: nothing is sent, and what happens meanwhile is not told later.
#[utoipa::path(post, path = "/webhooks/{webhook}/pause", tag = "webhooks", operation_id = "pause_webhook",
    params(("webhook" = String, Path, description = "Its id")),
    responses((status = 204, description = "It is paused"), Making))]
async fn post_pause(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    pause_endpoint(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Resumes a webhook: it hears of what happens from now on, and what waited is sent.
#[utoipa::path(post, path = "/webhooks/{webhook}/resume", tag = "webhooks", operation_id = "resume_webhook",
    params(("webhook" = String, Path, description = "Its id")),
    responses((status = 204, description = "It is resumed"), Making))]
async fn post_resume(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    resume_endpoint(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A delivery with its attempts.
#[derive(Serialize, ToSchema)]
struct DeliveryView {
    /// The receiver meets it as `webhook-id`.
    id: String,
    /// Such as `account.changed`.
    event: String,
    /// `waiting`, `sent`, `given_up` or `withdrawn`.
    state: String,
    /// When it is tried next, if it waits.
    next_at: Option<String>,
    created_at: String,
    /// The oldest first.
    attempts: Vec<AttemptView>,
}

impl From<DeliveryLine> for DeliveryView {
    fn from(line: DeliveryLine) -> Self {
        Self {
            id: line.id.to_string(),
            event: line.event,
            state: line.state,
            next_at: line.next_at.map(|at| at.to_string()),
            created_at: line.created_at.to_string(),
            attempts: line.attempts.into_iter().map(AttemptView::from).collect(),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DeliveriesParameters {
    /// Only those in this state: `waiting`, `sent`, `given_up` or `withdrawn`.
    #[serde(default)]
    state: Option<String>,
    /// The `next` of the page before.
    #[serde(default)]
    before: Option<String>,
}

/// A page of deliveries.
#[derive(Serialize, ToSchema)]
struct DeliveryPage {
    /// At most 50, the newest first.
    rows: Vec<DeliveryView>,
    /// Give it as `before` to read on; null on the last page.
    next: Option<String>,
}

/// What was sent to a webhook or is to be, the newest first; kept for 30 days.
#[utoipa::path(get, path = "/webhooks/{webhook}/deliveries", tag = "webhooks", operation_id = "list_webhook_deliveries",
    params(("webhook" = String, Path, description = "Its id"), DeliveriesParameters),
    responses((status = 200, description = "One page", body = DeliveryPage), Reading))]
async fn deliveries(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    Query(asked): Query<DeliveriesParameters>,
) -> ApiResult {
    let (state, before) = (asked.state.unwrap_or_default(), asked.before.unwrap_or_default());
    let (rows, next) = list_deliveries(web.ctx(), &caller.actor, &path_id(&id)?, &state, &before).await?;
    Ok(Json(DeliveryPage { rows: rows.into_iter().map(DeliveryView::from).collect(), next }).into_response())
}

/// One delivery with its attempts.
#[utoipa::path(get, path = "/webhooks/{webhook}/deliveries/{delivery}", tag = "webhooks",
    operation_id = "get_webhook_delivery",
    params(("webhook" = String, Path, description = "The webhook"), ("delivery" = String, Path, description = "The delivery")),
    responses((status = 200, description = "The delivery", body = DeliveryView), Reading))]
async fn delivery(
    caller: Caller,
    State(web): State<Web>,
    Path((webhook, delivery)): Path<(String, String)>,
) -> ApiResult {
    let found = load_delivery(web.ctx(), &caller.actor, &path_id(&webhook)?, &path_id(&delivery)?).await?;
    Ok(Json(DeliveryView::from(found)).into_response())
}

/// Sends a delivery that ended once more, under the same id.
#[utoipa::path(post, path = "/webhooks/{webhook}/deliveries/{delivery}/send", tag = "webhooks",
    operation_id = "send_webhook_delivery_again",
    params(("webhook" = String, Path, description = "The webhook"), ("delivery" = String, Path, description = "The delivery")),
    responses((status = 202, description = "It is on its way"), Making))]
async fn post_again(
    caller: Caller,
    State(web): State<Web>,
    Path((webhook, delivery)): Path<(String, String)>,
) -> ApiResult {
    send_delivery_again(web.ctx(), &caller.actor, &path_id(&webhook)?, &path_id(&delivery)?).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}
