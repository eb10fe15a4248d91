//! `/api/v1` of what follows from measures: exclusions, service credits, scorecards.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use mandate_app::facts::credit::{MoveDraft, RuleDraft, compute_credits, define_rule, move_credit};
use mandate_app::facts::exclusion::{AnswerDraft, ExclusionDraft, answer_exclusion, propose_exclusion};
use mandate_app::facts::kpi_read::{list_credits, list_exclusions};
use mandate_app::facts::scorecard::{list_scorecards, p90_seconds, show_scorecard};
use mandate_domain::Id;
use mandate_domain::facts::credit::{DerivationLine, ServiceCredit};
use mandate_domain::facts::exclusion::{Exclusion, Part};
use mandate_domain::facts::scorecard::ScorecardCounts;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::kpi::id;
use super::measures_api::month;
use crate::api::{ApiResult, Body, Caller, Idempotent, IfMatch, created};
use crate::state::Web;

/// The API of exclusions, credits and scorecards.
pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(get_exclusions, create_exclusion))
        .routes(routes!(create_answer))
        .routes(routes!(get_credits))
        .routes(routes!(create_rule))
        .routes(routes!(create_credits))
        .routes(routes!(create_move))
        .routes(routes!(get_scorecards))
        .routes(routes!(get_scorecard))
}

/// Someone's part in an exclusion.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartView {
    /// `provider` or `client`.
    side: &'static str,
    person_id: Option<String>,
    recorded_by: String,
    at: String,
}

fn part_view(part: &Part) -> PartView {
    PartView {
        side: part.side.as_str(),
        person_id: part.person_id.as_ref().map(Id::to_string),
        recorded_by: part.recorded_by.clone(),
        at: part.at.to_string(),
    }
}

/// An exclusion.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExclusionView {
    id: String,
    case_id: Option<String>,
    from: String,
    until: String,
    /// `client_caused`, `force_majeure` or `planned_work`.
    ground: &'static str,
    clause: String,
    note: String,
    /// `proposed`, `agreed`, `refused` or `withdrawn`.
    state: &'static str,
    proposed: PartView,
    answered: Option<PartView>,
    answer_note: String,
    version: i64,
}

fn exclusion_view(exclusion: &Exclusion) -> ExclusionView {
    ExclusionView {
        id: exclusion.id.to_string(),
        case_id: exclusion.case_id.clone(),
        from: exclusion.time.from().to_string(),
        until: exclusion.time.until().to_string(),
        ground: exclusion.ground.as_str(),
        clause: exclusion.clause.clone(),
        note: exclusion.note.clone(),
        state: exclusion.state.as_str(),
        proposed: part_view(&exclusion.proposed),
        answered: exclusion.answered.as_ref().map(part_view),
        answer_note: exclusion.answer_note.clone(),
        version: exclusion.version,
    }
}

/// An account's exclusions.
#[utoipa::path(get, path = "/accounts/{account}/exclusions", tag = "measures", params(("account" = String, Path)),
    responses((status = 200, description = "Its exclusions", body = Vec<ExclusionView>)))]
async fn get_exclusions(State(web): State<Web>, caller: Caller, Path(account): Path<String>) -> ApiResult {
    let found = list_exclusions(web.ctx(), &caller.actor, &id(&account)?).await?;
    Ok(Json(found.exclusions.iter().map(exclusion_view).collect::<Vec<_>>()).into_response())
}

/// An exclusion to propose.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExclusionBody {
    /// The side that proposes: `provider` or `client`.
    side: String,
    /// The client person who asks, when the client proposes.
    #[serde(default)]
    client_person_id: Option<String>,
    #[serde(default)]
    case_id: Option<String>,
    /// Civil time in the account's zone, such as `2026-10-23T11:20`.
    from: String,
    until: String,
    ground: String,
    #[serde(default)]
    clause: String,
    note: String,
}

/// Proposes an exclusion; it changes nothing until the other side agrees.
#[utoipa::path(post, path = "/accounts/{account}/exclusions", tag = "measures", params(("account" = String, Path)),
    request_body = ExclusionBody, responses((status = 201, description = "Proposed", body = ExclusionView)))]
async fn create_exclusion(
    State(web): State<Web>,
    (caller, key): (Caller, Idempotent),
    Path(account): Path<String>,
    body: Body<ExclusionBody>,
) -> ApiResult {
    let draft = ExclusionDraft {
        side: body.value.side.clone(),
        client_person_id: body.value.client_person_id.as_deref().map(id).transpose()?,
        case_id: body.value.case_id.clone(),
        from: body.value.from.parse().ok(),
        until: body.value.until.parse().ok(),
        ground: body.value.ground.clone(),
        clause: body.value.clause.clone(),
        note: body.value.note.clone(),
    };
    let account = id(&account)?;
    let actor = &caller.actor;
    key.run(&web, &caller, &body.bytes, |ctx| async move {
        let exclusion = propose_exclusion(&ctx, actor, &account, &draft).await?;
        let path = format!("/api/v1/accounts/{account}/exclusions");
        Ok(created(&path, exclusion.version, &exclusion_view(&exclusion)))
    })
    .await
}

/// An answer to a proposal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerBody {
    /// `agree`, `refuse` or `withdraw`.
    answer: String,
    /// The side that answers.
    side: String,
    #[serde(default)]
    client_person_id: Option<String>,
    #[serde(default)]
    note: String,
}

/// Records the answer to a proposal; an agreed exclusion changes the clocks it reaches.
#[utoipa::path(post, path = "/exclusions/{id}/answer", tag = "measures", params(("id" = String, Path)),
    request_body = AnswerBody, responses((status = 200, description = "As it stands now", body = ExclusionView)))]
async fn create_answer(
    State(web): State<Web>,
    caller: Caller,
    (Path(exclusion), IfMatch(version)): (Path<String>, IfMatch),
    body: Body<AnswerBody>,
) -> ApiResult {
    let draft = AnswerDraft {
        answer: body.value.answer.clone(),
        side: body.value.side.clone(),
        client_person_id: body.value.client_person_id.as_deref().map(id).transpose()?,
        note: body.value.note.clone(),
        version,
    };
    let answered = answer_exclusion(web.ctx(), &caller.actor, &id(&exclusion)?, &draft).await?;
    Ok(Json(exclusion_view(&answered)).into_response())
}

/// A line of how a credit came about.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineView {
    /// `attainment`, `tier`, `no_tier`, `case_over`, `no_case_over`, `fee`, `cap`, `total` or `nothing_measured`.
    kind: &'static str,
    case_ref: Option<String>,
    amount: i64,
    base: i64,
    minor: Option<i64>,
}

/// A service credit.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreditView {
    id: String,
    rule_id: String,
    month: String,
    /// What the facts give now, in minor units.
    computed_minor: i64,
    /// The amount that counts: fixed once proposed.
    credit_minor: i64,
    currency: String,
    /// `computed`, `proposed`, `agreed`, `waived` or `noted`.
    state: &'static str,
    credit_note: Option<String>,
    reason: String,
    client_person_id: Option<String>,
    derivation: Vec<LineView>,
    version: i64,
}

fn credit_view(credit: &ServiceCredit) -> CreditView {
    let line = |line: &DerivationLine| LineView {
        kind: line.kind.as_str(),
        case_ref: line.case_ref.clone(),
        amount: line.amount,
        base: line.base,
        minor: line.minor,
    };
    CreditView {
        id: credit.id.to_string(),
        rule_id: credit.rule_id.to_string(),
        month: credit.month.to_string(),
        computed_minor: credit.computed.minor,
        credit_minor: credit.credit.minor,
        currency: credit.credit.currency.to_string(),
        state: credit.state.as_str(),
        credit_note: credit.credit_note.clone(),
        reason: credit.reason.clone(),
        client_person_id: credit.client_person_id.as_ref().map(Id::to_string),
        derivation: credit.derivation.iter().map(line).collect(),
        version: credit.version,
    }
}

/// An account's credits of the last 24 months, newest first.
#[utoipa::path(get, path = "/accounts/{account}/credits", tag = "measures", params(("account" = String, Path)),
    responses((status = 200, description = "Its credits", body = Vec<CreditView>)))]
async fn get_credits(State(web): State<Web>, caller: Caller, Path(account): Path<String>) -> ApiResult {
    let found = list_credits(web.ctx(), &caller.actor, &id(&account)?).await?;
    Ok(Json(found.credits.iter().map(credit_view).collect::<Vec<_>>()).into_response())
}

/// A rule of a contract.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleBody {
    measure_id: String,
    #[serde(default)]
    external_id: Option<String>,
    #[serde(default)]
    contract_id: Option<String>,
    /// `attainment` or `started_periods`.
    method: String,
    /// `9500:500,9000:1000` (attainment and credit in basis points) or `1800:160000` (seconds and minor units).
    tiers: String,
    /// Most a month can give, such as `9600.00`, in the account's currency.
    at_risk_cap: String,
    monthly_fee: String,
    #[serde(default)]
    earn_back_months: i64,
    #[serde(default)]
    clause: String,
    valid_from: String,
}

/// The id of what was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleView {
    id: String,
    version: i64,
}

/// Keeps a rule for service credits.
#[utoipa::path(post, path = "/accounts/{account}/credit-rules", tag = "measures", params(("account" = String, Path)),
    request_body = RuleBody, responses((status = 201, description = "Kept", body = RuleView)))]
async fn create_rule(
    State(web): State<Web>,
    (caller, key): (Caller, Idempotent),
    Path(account): Path<String>,
    body: Body<RuleBody>,
) -> ApiResult {
    let value = &body.value;
    let draft = RuleDraft {
        external_id: value.external_id.clone(),
        contract_id: value.contract_id.clone(),
        method: value.method.clone(),
        tiers: value.tiers.clone(),
        at_risk_cap: value.at_risk_cap.clone(),
        monthly_fee: value.monthly_fee.clone(),
        earn_back_months: value.earn_back_months,
        clause: value.clause.clone(),
        valid_from: Some(month(&value.valid_from)?),
    };
    let place = (id(&account)?, id(&value.measure_id)?);
    let actor = &caller.actor;
    key.run(&web, &caller, &body.bytes, |ctx| async move {
        let rule = define_rule(&ctx, actor, &place.0, &place.1, &draft).await?;
        let view = RuleView { id: rule.id.to_string(), version: rule.version };
        Ok(created(&format!("/api/v1/accounts/{}/credits", place.0), rule.version, &view))
    })
    .await
}

/// Which month to compute.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComputeBody {
    month: String,
}

/// Computes an account's credits for a finished month.
#[utoipa::path(post, path = "/accounts/{account}/credits", tag = "measures", params(("account" = String, Path)),
    request_body = ComputeBody, responses((status = 200, description = "The month's credits", body = Vec<CreditView>)))]
async fn create_credits(
    State(web): State<Web>,
    caller: Caller,
    Path(account): Path<String>,
    body: Body<ComputeBody>,
) -> ApiResult {
    let computed =
        compute_credits(web.ctx(), &caller.actor, &id(&account)?, month(&body.value.month)?).await?;
    Ok(Json(computed.iter().map(credit_view).collect::<Vec<_>>()).into_response())
}

/// A move of a credit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveBody {
    /// `propose`, `withdraw`, `agree`, `waive` or `note`.
    wanted: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    client_person_id: Option<String>,
    #[serde(default)]
    credit_note: String,
}

/// Moves a credit on its way to a credit note.
#[utoipa::path(post, path = "/credits/{id}/move", tag = "measures", params(("id" = String, Path)),
    request_body = MoveBody, responses((status = 200, description = "As it stands now", body = CreditView)))]
async fn create_move(
    State(web): State<Web>,
    caller: Caller,
    (Path(credit), IfMatch(version)): (Path<String>, IfMatch),
    body: Body<MoveBody>,
) -> ApiResult {
    let draft = MoveDraft {
        wanted: body.value.wanted.clone(),
        reason: body.value.reason.clone(),
        client_person_id: body.value.client_person_id.as_deref().map(id).transpose()?,
        credit_note: body.value.credit_note.clone(),
        version,
    };
    let moved = move_credit(web.ctx(), &caller.actor, &id(&credit)?, &draft).await?;
    Ok(Json(credit_view(&moved)).into_response())
}

/// A delivery lead.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadView {
    person_id: String,
    name: String,
    /// Names of their teams.
    teams: Vec<String>,
}

/// Who has a scorecard the caller may see.
#[utoipa::path(get, path = "/scorecards", tag = "measures",
    responses((status = 200, description = "Delivery leads", body = Vec<LeadView>)))]
async fn get_scorecards(State(web): State<Web>, caller: Caller) -> ApiResult {
    let leads = list_scorecards(web.ctx(), &caller.actor).await?;
    let views: Vec<LeadView> = leads
        .into_iter()
        .map(|lead| LeadView {
            person_id: lead.person_id.to_string(),
            name: lead.name,
            teams: lead.teams.into_iter().map(|(_, name)| name).collect(),
        })
        .collect();
    Ok(Json(views).into_response())
}

/// Counts of some cases.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountsView {
    /// The team, for a line of one team.
    team: Option<String>,
    /// The month, for a line of one month.
    month: Option<String>,
    n_cases: i64,
    n_clocked: i64,
    n_clock_met: i64,
    n_reported: i64,
    n_reported_met: i64,
    n_reopened: i64,
    n_reassigned: i64,
    n_running: i64,
    n_contested: i64,
    p90_s: Option<i64>,
    /// Service credits of accounts and months in which the teams missed cases; each whole, and once.
    n_credits: usize,
    /// What they come to, currency by currency.
    credits: Vec<CreditSum>,
}

/// Service credits in one currency.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreditSum {
    /// Minor units.
    minor: i64,
    /// Its code.
    currency: String,
}

fn counts_view(team: Option<String>, month: Option<String>, counts: &ScorecardCounts) -> CountsView {
    CountsView {
        team,
        month,
        n_cases: counts.n_cases,
        n_clocked: counts.n_clocked,
        n_clock_met: counts.n_clock_met,
        n_reported: counts.n_reported,
        n_reported_met: counts.n_reported_met,
        n_reopened: counts.n_reopened,
        n_reassigned: counts.n_reassigned,
        n_running: counts.n_running,
        n_contested: counts.n_contested,
        p90_s: p90_seconds(counts),
        n_credits: counts.credits.len(),
        credits: counts
            .credit_sums()
            .into_iter()
            .map(|sum| CreditSum { minor: sum.minor, currency: sum.currency.code().to_owned() })
            .collect(),
    }
}

/// A lead's scorecard over the last twelve months.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScorecardView {
    total: CountsView,
    by_month: Vec<CountsView>,
    by_team: Vec<CountsView>,
}

/// A lead's scorecard.
#[utoipa::path(get, path = "/scorecards/{person}", tag = "measures", params(("person" = String, Path)),
    responses((status = 200, description = "The scorecard", body = ScorecardView)))]
async fn get_scorecard(State(web): State<Web>, caller: Caller, Path(person): Path<String>) -> ApiResult {
    let card = show_scorecard(web.ctx(), &caller.actor, &id(&person)?).await?;
    let by_month = card.by_month.iter();
    let by_team = card.by_team.iter();
    let view = ScorecardView {
        total: counts_view(None, None, &card.total),
        by_month: by_month
            .map(|line| counts_view(None, line.month.map(|it| it.to_string()), &line.counts))
            .collect(),
        by_team: by_team.map(|line| counts_view(Some(line.team_name.clone()), None, &line.counts)).collect(),
    };
    Ok((StatusCode::OK, Json(view)).into_response())
}
