//! `/api/v1`: what was delivered (accounts, cases with their clocks, all in all), the audit record and search.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::audit::{ChainState, Evidence, account_history, audit_list, verify_audit};
use mandate_app::book::account_page;
use mandate_app::facts::delivered::{Figures, cases, delivered};
use mandate_app::facts::{SummaryScope, explain, summary};
use mandate_domain::facts::source::SourceId;
use mandate_domain::facts::standing::share_bp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use crate::access::Routes;
use crate::api::{ApiResult, Caller, ListParameters, Listing, Query, Reading, list};
use crate::failure::{Failure, path_id};
use crate::state::Web;

/// The routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .api(Action::ReadFacts, routes!(account_delivered))
        .api(Action::ReadBook, routes!(account_changes))
        .api(Action::ReadFacts, routes!(list_cases))
        .api(Action::ReadFacts, routes!(one_case))
        .api(Action::ReadFacts, routes!(facts_summary))
        .api(Action::ReadAudit, routes!(audit))
        .api(Action::ReadAudit, routes!(audit_chain))
        .api(Action::ReadBook, routes!(search))
}

/// Figures of a group of cases; the two readings side by side, never mixed.
#[derive(Serialize, ToSchema)]
pub(super) struct DeliveredFigures {
    /// Cases, each counted where its last event puts it.
    #[schema(example = 412)]
    n_cases: i64,
    /// Cases the source reported on.
    n_reported: i64,
    /// Of these, reported as met.
    n_reported_met: i64,
    /// Share reported as met, in basis points; null without any.
    #[schema(example = 6342)]
    reported_bp: Option<i64>,
    /// Cases our clock has a result for.
    n_clocked: i64,
    /// Of these, within target.
    n_clock_met: i64,
    /// Share within target, in basis points; null without any.
    #[schema(example = 8120)]
    clock_bp: Option<i64>,
    /// Cases still running.
    n_running: i64,
    /// Cases on which the two readings differ.
    n_differs: i64,
    /// Events of these cases.
    n_events: i64,
    /// Times cases were reopened.
    n_reopened: i64,
    /// Times cases went from group to group.
    n_reassigned: i64,
    /// Business seconds counted, all cases together.
    clock_sum_s: i64,
    /// Business seconds left out by agreement.
    excluded_s: i64,
}

impl From<&Figures> for DeliveredFigures {
    fn from(it: &Figures) -> Self {
        Self {
            n_cases: it.n_cases,
            n_reported: it.n_reported,
            n_reported_met: it.n_reported_met,
            reported_bp: share_bp(it.n_reported_met, it.n_reported),
            n_clocked: it.n_clocked,
            n_clock_met: it.n_clock_met,
            clock_bp: share_bp(it.n_clock_met, it.n_clocked),
            n_running: it.n_running,
            n_differs: it.n_differs,
            n_events: it.n_events,
            n_reopened: it.n_reopened,
            n_reassigned: it.n_reassigned,
            clock_sum_s: it.clock_sum_s,
            excluded_s: it.excluded_s,
        }
    }
}

/// What was delivered to an account.
#[derive(Serialize, ToSchema)]
struct AccountDelivered {
    /// The account.
    account_id: String,
    /// All months together.
    total: DeliveredFigures,
    /// By month, oldest first.
    months: Vec<MonthDelivered>,
    /// By priority over all months.
    priorities: Vec<PriorityDelivered>,
}

/// What was delivered in a month.
#[derive(Serialize, ToSchema)]
struct MonthDelivered {
    /// The month.
    #[schema(example = "2026-10")]
    month: String,
    /// Its figures.
    #[serde(flatten)]
    figures: DeliveredFigures,
}

/// What was delivered at a priority.
#[derive(Serialize, ToSchema)]
struct PriorityDelivered {
    /// 1 to 9; null where the source states none.
    #[schema(example = 2)]
    priority: Option<i64>,
    /// Its figures.
    #[serde(flatten)]
    figures: DeliveredFigures,
}

/// What was delivered to an account, by month and by priority.
#[utoipa::path(get, path = "/accounts/{id}/delivered", tag = "facts", operation_id = "account_delivered",
    params(("id" = String, Path, description = "The account's id")),
    responses((status = 200, description = "Its figures", body = AccountDelivered), Reading))]
async fn account_delivered(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    let id = path_id(&id)?;
    // An account out of sight is not there, rather than without cases.
    account_page(web.ctx(), &caller.actor, &id).await?;
    let found = delivered(web.ctx(), &caller.actor, &id).await?;
    let months = found
        .months
        .iter()
        .map(|(month, figures)| MonthDelivered { month: month.to_string(), figures: figures.into() });
    let priorities = found.by_priority.iter().map(|(priority, figures)| PriorityDelivered {
        priority: (*priority != 0).then_some(*priority),
        figures: figures.into(),
    });
    let answer = AccountDelivered {
        account_id: id.to_string(),
        total: (&found.total).into(),
        months: months.collect(),
        priorities: priorities.collect(),
    };
    Ok(Json(answer).into_response())
}

/// One entry of the audit record.
#[derive(Serialize, ToSchema)]
struct Change {
    /// When.
    at: String,
    /// Who, by the name at the time.
    actor: String,
    /// By which channel.
    origin: String,
    /// What, in the past tense, such as `account.changed`.
    action: String,
    /// The kind of record.
    subject_kind: String,
    /// Its id.
    subject_id: String,
    /// Its name at the time.
    subject_name: String,
    /// Why, where somebody gave a reason.
    reason: Option<String>,
    /// From what to what, field by field.
    #[schema(value_type = Vec<Object>)]
    changes: Value,
}

/// What happened to an account, the newest first; at most 200 changes.
#[utoipa::path(get, path = "/accounts/{id}/history", tag = "facts", operation_id = "account_history",
    params(("id" = String, Path, description = "The account's id")),
    responses((status = 200, description = "Its changes", body = Vec<Change>), Reading))]
async fn account_changes(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    let id = path_id(&id)?;
    account_page(web.ctx(), &caller.actor, &id).await?;
    let records = account_history(web.ctx(), &caller.actor, &id, 200).await?;
    let changes: Vec<Change> = records
        .into_iter()
        .map(|record| Change {
            at: record.at.to_string(),
            actor: record.actor_name,
            origin: record.origin,
            action: record.action,
            subject_kind: record.subject_kind,
            subject_id: record.subject_id,
            subject_name: record.subject_name,
            reason: record.reason,
            changes: serde_json::from_str(&record.changes).unwrap_or_default(),
        })
        .collect();
    Ok(Json(changes).into_response())
}

/// Cases, the newest first: where each stands, what its source reported, what our clock says.
///
/// Filters name fields of the rows, such as `clock_outcome:is:missed;priority:max:2`.
#[utoipa::path(get, path = "/cases", tag = "facts", operation_id = "list_cases", params(ListParameters),
    responses((status = 200, description = "One page", body = Listing), Reading))]
async fn list_cases(
    caller: Caller,
    State(web): State<Web>,
    Query(parameters): Query<ListParameters>,
) -> ApiResult {
    list(&web, &caller, Action::ReadFacts, &cases(), &parameters).await
}

/// One case: its events, and each clock in force with the steps whose seconds add up to its result.
#[utoipa::path(get, path = "/cases/{id}", tag = "facts", operation_id = "get_case",
    params(("id" = String, Path, description = "Source and case, such as `servicenow:INC0000045`")),
    responses((status = 200, description = "The case, explained", body = Object), Reading))]
async fn one_case(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    Ok(Json(explain(web.ctx(), &caller.actor, &id).await?.to_json()).into_response())
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SummaryParameters {
    /// One source; all but those of the demo book when not given, those of the demo book for `demo`.
    #[serde(default)]
    source: Option<String>,
}

/// Everything delivered, by priority: the share of cases reported as met, and the share within target on our clock.
#[utoipa::path(get, path = "/facts/summary", tag = "facts", operation_id = "facts_summary",
    params(SummaryParameters),
    responses((status = 200, description = "As `mandate facts summary --json` prints it", body = Object,
        example = json!({"sources": ["servicenow"], "cases": 24918, "events": 141712, "met": 0.6342,
            "by_priority": {"1": {"cases": 270, "met": 0.0185}},
            "clock": {"cases": 24000, "met": 0.81, "assumed": true}})), Reading))]
async fn facts_summary(
    caller: Caller,
    State(web): State<Web>,
    Query(asked): Query<SummaryParameters>,
) -> ApiResult {
    let scope = match asked.source.as_deref() {
        None => SummaryScope::Real,
        Some("demo") => SummaryScope::Demo,
        Some(id) => SummaryScope::Source(SourceId::parse(id).map_err(|_| Failure::not_found())?),
    };
    Ok(Json(summary(web.ctx(), &caller.actor, &scope).await?.to_json()).into_response())
}

/// The audit record, the newest first.
#[utoipa::path(get, path = "/audit", tag = "audit", operation_id = "list_audit", params(ListParameters),
    responses((status = 200, description = "One page", body = Listing), Reading))]
async fn audit(
    caller: Caller,
    State(web): State<Web>,
    Query(parameters): Query<ListParameters>,
) -> ApiResult {
    list(&web, &caller, Action::ReadAudit, &audit_list(&caller.actor), &parameters).await
}

/// Whether the audit record is whole.
#[derive(Serialize, ToSchema)]
struct Chain {
    /// Whether every record fits the one before, and nothing is wrong with a checkpoint.
    whole: bool,
    /// How many records there are, when it is whole.
    n_records: Option<i64>,
    /// Hash of the last, when it is whole.
    last_hash: Option<String>,
    /// Position of the first record that does not fit.
    broken_at: Option<i64>,
    /// What does not fit.
    what: Option<String>,
    /// Checkpoints in the database.
    n_checkpoints: usize,
    /// Those of them that no key at hand can verify.
    n_unverified: usize,
    /// What is wrong with checkpoints, if anything is.
    problems: Vec<String>,
}

/// Recomputes every hash of the audit record and holds it against the signed checkpoints in the database.
#[utoipa::path(get, path = "/audit/verify", tag = "audit", operation_id = "verify_audit",
    responses((status = 200, description = "What was found", body = Chain), Reading))]
async fn audit_chain(caller: Caller, State(web): State<Web>) -> ApiResult {
    let found = verify_audit(web.ctx(), &caller.actor, &Evidence::default()).await?;
    let whole = found.is_sound();
    let (n_checkpoints, n_unverified, problems) = (found.n_checkpoints, found.n_unverified, found.problems);
    let chain = match found.chain {
        ChainState::Whole { n_records, last_hash } => Chain {
            whole,
            n_records: Some(n_records),
            last_hash: Some(last_hash),
            broken_at: None,
            what: None,
            n_checkpoints,
            n_unverified,
            problems,
        },
        ChainState::Broken { seq, what } => {
            let (broken_at, what) = (Some(seq), Some(what));
            Chain {
                whole,
                n_records: None,
                last_hash: None,
                broken_at,
                what,
                n_checkpoints,
                n_unverified,
                problems,
            }
        }
    };
    Ok(Json(chain).into_response())
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SearchParameters {
    /// The words to find.
    #[serde(default)]
    q: String,
}

/// A record that was found.
#[derive(Serialize, ToSchema)]
struct Found {
    /// The kind of record, such as `account`.
    kind: String,
    /// Its id.
    id: String,
    /// Its name.
    title: String,
    /// A few words beside it.
    context: String,
    /// The account it belongs to.
    account_id: Option<String>,
    /// That account's name.
    account_name: Option<String>,
}

/// Records that hold the words asked for, of every kind the caller may see, six of a kind at most.
#[utoipa::path(get, path = "/search", tag = "search", operation_id = "search", params(SearchParameters),
    responses((status = 200, description = "What was found, by kind", body = Vec<Found>), Reading))]
async fn search(caller: Caller, State(web): State<Web>, Query(asked): Query<SearchParameters>) -> ApiResult {
    let groups = mandate_app::search::search(web.ctx(), &caller.actor, &asked.q).await?;
    let hits = groups.into_iter().flat_map(|group| group.hits);
    let found: Vec<Found> = hits
        .map(|hit| Found {
            kind: hit.kind,
            id: hit.record_id,
            title: hit.title,
            context: hit.context,
            account_id: hit.account_id,
            account_name: hit.account_name,
        })
        .collect();
    Ok(Json(json!(found)).into_response())
}
