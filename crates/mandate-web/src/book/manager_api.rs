//! `/api/v1/accounts/{id}/manager`: what is expected and seen of an account's manager, deciding, and saying what came of it.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::book::managers::{Counts, Ending, decide_manager, end_decision, manager_page};
use mandate_domain::book::{Draft, ManagerDecision};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::access::Routes;
use crate::api::{ApiResult, Body, Caller, Idempotent, Making, Reading};
use crate::failure::path_id;
use crate::state::Web;

/// The routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .api(Action::ReadBook, routes!(show))
        .api(Action::DecideManagers, routes!(decide))
        .api(Action::DecideManagers, routes!(end))
}

/// How many of something, by state.
#[derive(Serialize, ToSchema)]
struct ManagerCounts {
    open: usize,
    /// Open past its day.
    late: usize,
    /// Met, or kept.
    met: usize,
    /// Not met, or broken.
    missed: usize,
}

impl From<Counts> for ManagerCounts {
    fn from(it: Counts) -> Self {
        Self { open: it.open, late: it.late, met: it.met, missed: it.missed }
    }
}

/// A decision about an account's manager.
#[derive(Serialize, ToSchema)]
struct ManagerDecisionView {
    id: String,
    manager_id: String,
    /// `improvement` or `replacement`.
    outcome: &'static str,
    reason: String,
    measures: String,
    seen_by: String,
    /// Until when, or from when another has the account.
    until_on: String,
    decided_on: String,
    decided_by_name: String,
    /// `open`, `reached`, `missed` or `withdrawn`.
    state: &'static str,
    ended_on: Option<String>,
    ending: String,
    /// The handover a replacement led into.
    handover_id: Option<String>,
    version: i64,
}

fn view(it: &ManagerDecision) -> ManagerDecisionView {
    ManagerDecisionView {
        id: it.id.to_string(),
        manager_id: it.manager_id.to_string(),
        outcome: it.outcome.as_str(),
        reason: it.reason.clone(),
        measures: it.measures.clone(),
        seen_by: it.seen_by.clone(),
        until_on: it.until_on.to_string(),
        decided_on: it.decided_on.to_string(),
        decided_by_name: it.decided_by_name.clone(),
        state: it.state.as_str(),
        ended_on: it.ended_on.map(|day| day.to_string()),
        ending: it.ending.clone(),
        handover_id: it.handover_id.as_ref().map(ToString::to_string),
        version: it.version,
    }
}

/// What is expected and seen of an account's manager.
#[derive(Serialize, ToSchema)]
struct ManagerView {
    manager_id: Option<String>,
    /// Expectations of them, or of whoever manages the account.
    expectations: ManagerCounts,
    /// Promises they made or deliver.
    promises: ManagerCounts,
    /// Expectations that fall short as the client sees it.
    n_falls_short: usize,
    /// Expectations of which the client said how it sees them.
    n_perceived: usize,
    /// The client's people they know.
    n_known: usize,
    /// The client's people.
    n_people: usize,
    /// Their talks with the client since `since`.
    n_talks: i64,
    last_talk_on: Option<String>,
    since: String,
    /// The decisions the caller may read: their own, or all with `managers:decide`.
    decisions: Vec<ManagerDecisionView>,
}

/// What is expected and seen of an account's manager, and the decisions the caller may read.
#[utoipa::path(get, path = "/accounts/{id}/manager", tag = "book", operation_id = "show_manager",
    params(("id" = String, Path, description = "The account's id")),
    responses((status = 200, description = "Expected and seen", body = ManagerView), Reading))]
async fn show(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    let found = manager_page(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    let ((n_falls_short, n_perceived), (n_known, n_people)) = (found.falls_short(), found.known());
    let view = ManagerView {
        manager_id: found.manager.as_ref().map(ToString::to_string),
        expectations: found.expectations().into(),
        promises: found.promises().into(),
        n_falls_short,
        n_perceived,
        n_known,
        n_people,
        n_talks: found.records.as_ref().map_or(0, |it| it.n_talks),
        last_talk_on: found.records.as_ref().and_then(|it| it.last_talk_on).map(|day| day.to_string()),
        since: found.since.to_string(),
        decisions: found.decisions.iter().map(view).collect(),
    };
    Ok(Json(view).into_response())
}

/// A decision to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ManagerDecisionBody {
    /// `improvement` or `replacement`.
    outcome: String,
    reason: String,
    /// What is done about it; an improvement needs it.
    #[serde(default)]
    measures: String,
    /// How it will be seen; an improvement needs it.
    #[serde(default)]
    seen_by: String,
    /// Until when, or from when another has the account.
    until_on: String,
    /// Who takes the account, by id; a replacement needs it.
    #[serde(default)]
    successor: String,
}

/// Decides about an account's manager; a replacement plans the account's handover with it. Nobody decides about themselves.
#[utoipa::path(post, path = "/accounts/{id}/manager/decisions", tag = "book", operation_id = "decide_manager",
    params(("id" = String, Path, description = "The account's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible characters")),
    request_body = ManagerDecisionBody, responses((status = 201, description = "It is decided", body = ManagerDecisionView), Making))]
async fn decide(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    key: Idempotent,
    body: Body<ManagerDecisionBody>,
) -> ApiResult {
    let id = path_id(&id)?;
    let asked = body.value;
    let draft = Draft::new()
        .with("outcome", asked.outcome)
        .with("reason", asked.reason)
        .with("measures", asked.measures)
        .with("seen_by", asked.seen_by)
        .with("until_on", asked.until_on)
        .with("successor", asked.successor);
    let actor = &caller.actor;
    key.run(&web, &caller, &body.bytes, async |ctx| {
        let decided = decide_manager(&ctx, actor, &id, &draft).await?;
        Ok((StatusCode::CREATED, Json(view(&decided))).into_response())
    })
    .await
}

/// What came of a decision.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ManagerEndBody {
    /// The version that was seen.
    version: i64,
    /// `reached`, `missed` or `withdrawn`.
    state: String,
    /// What came of it.
    ending: String,
}

/// Says what came of a decision; 409 when it ended before.
#[utoipa::path(post, path = "/accounts/{id}/manager/decisions/{decision}/end", tag = "book", operation_id = "end_manager_decision",
    params(("id" = String, Path, description = "The account's id"), ("decision" = String, Path, description = "The decision's id")),
    request_body = ManagerEndBody, responses((status = 200, description = "It ended", body = ManagerDecisionView), Making))]
async fn end(
    caller: Caller,
    State(web): State<Web>,
    Path((id, decision)): Path<(String, String)>,
    body: Body<ManagerEndBody>,
) -> ApiResult {
    let (id, decision) = (path_id(&id)?, path_id(&decision)?);
    let ManagerEndBody { version, state, ending } = body.value;
    let ending = Ending { account: &id, decision: &decision, version, state: &state, ending: &ending };
    let ended = end_decision(web.ctx(), &caller.actor, &ending).await?;
    Ok(Json(view(&ended)).into_response())
}
