//! `/api/v1` of what follows from measures: exclusions and service credits.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::ETAG;
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::facts::credit::{
    MoveDraft, RuleDraft, TypedTerms, compute_credits, define_rule, move_credit,
};
use mandate_app::facts::earn_back::EarnedBack;
use mandate_app::facts::exclusion::{
    AnswerDraft, ExclusionDraft, answer_exclusion, propose_exclusion, show_exclusion,
};
use mandate_app::facts::kpi::MeasureError;
use mandate_app::facts::kpi_read::{list_credits, list_exclusions, show_credit};
use mandate_domain::Id;
use mandate_domain::facts::credit::{CreditRule, DerivationLine, ServiceCredit};
use mandate_domain::facts::exclusion::{Exclusion, Part};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::access::Routes;
use crate::api::{
    ApiResult, Body, Caller, Changing, Idempotent, IfMatch, Making, Reading, Words, created, etag, matched,
};
use crate::failure::path_id;
use crate::state::Web;

/// The API of exclusions and credits.
pub fn routes() -> Routes {
    Routes::new()
        .api(Action::ReadFacts, routes!(get_exclusions))
        .api(Action::WorkResults, routes!(create_exclusion))
        .api(Action::ReadFacts, routes!(get_exclusion))
        .api(Action::WorkResults, routes!(create_answer))
        .api(Action::ReadFacts, routes!(get_credits))
        .api(Action::WorkResults, routes!(create_credits))
        .api(Action::ReadFacts, routes!(get_rules))
        .api(Action::WriteFacts, routes!(create_rule))
        .api(Action::ReadFacts, routes!(get_credit))
        .api(super::credits::CREDIT_MOVES, routes!(create_move))
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
    /// Whose right a substitute used to decide it; null where nobody did, and outside the list of exclusions.
    on_behalf_of: Option<String>,
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
        on_behalf_of: None,
        version: exclusion.version,
    }
}

/// An account's exclusions.
#[utoipa::path(get, path = "/accounts/{account}/exclusions", tag = "measures",
    params(("account" = String, Path, description = "The account's id")),
    responses((status = 200, description = "Its exclusions", body = Vec<ExclusionView>), Reading))]
async fn get_exclusions(State(web): State<Web>, caller: Caller, Path(account): Path<String>) -> ApiResult {
    let found = list_exclusions(web.ctx(), &caller.actor, &path_id(&account)?).await?;
    let view = |exclusion: &Exclusion| ExclusionView {
        on_behalf_of: found.substituted.get(exclusion.id.as_str()).map(|it| it.absent.clone()),
        ..exclusion_view(exclusion)
    };
    Ok(Json(found.exclusions.iter().map(view).collect::<Vec<_>>()).into_response())
}

fn exclusion_answer(exclusion: &Exclusion) -> ApiResult {
    Ok(([(ETAG, etag(exclusion.version))], Json(exclusion_view(exclusion))).into_response())
}

/// One exclusion, its version in `ETag`.
#[utoipa::path(get, path = "/exclusions/{id}", tag = "measures",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The exclusion", body = ExclusionView), Reading))]
async fn get_exclusion(State(web): State<Web>, caller: Caller, Path(exclusion): Path<String>) -> ApiResult {
    exclusion_answer(&show_exclusion(web.ctx(), &caller.actor, &path_id(&exclusion)?).await?)
}

async fn exclusion_version(web: &Web, caller: &Caller, id: &Id<Exclusion>) -> Result<i64, MeasureError> {
    Ok(show_exclusion(web.ctx(), &caller.actor, id).await?.version)
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

/// Proposes an exclusion; it changes nothing until the other side agrees. `Idempotency-Key` makes it safe to send twice.
#[utoipa::path(post, path = "/accounts/{account}/exclusions", tag = "measures",
    params(("account" = String, Path, description = "The account's id"),
           ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible characters")),
    request_body = ExclusionBody,
    responses((status = 201, description = "Proposed", body = ExclusionView), Making))]
async fn create_exclusion(
    State(web): State<Web>,
    (caller, key): (Caller, Idempotent),
    Path(account): Path<String>,
    body: Body<ExclusionBody>,
) -> ApiResult {
    let mut words = Words::default();
    let draft = ExclusionDraft {
        side: body.value.side.clone(),
        client_person_id: words.id_if("client_person_id", body.value.client_person_id.as_deref()),
        case_id: body.value.case_id.clone(),
        from: words.time("from", &body.value.from),
        until: words.time("until", &body.value.until),
        ground: body.value.ground.clone(),
        clause: body.value.clause.clone(),
        note: body.value.note.clone(),
    };
    let draft = words.done(Some(draft))?;
    let account = path_id(&account)?;
    let actor = &caller.actor;
    key.run(&web, &caller, &body.bytes, |ctx| async move {
        let exclusion = propose_exclusion(&ctx, actor, &account, &draft).await?;
        let path = format!("/api/v1/exclusions/{}", exclusion.id);
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
#[utoipa::path(post, path = "/exclusions/{id}/answer", tag = "measures",
    params(("id" = String, Path, description = "Its id"),
           ("If-Match" = String, Header, description = "The `ETag` that was read")),
    request_body = AnswerBody,
    responses((status = 200, description = "As it stands now", body = ExclusionView), Changing))]
async fn create_answer(
    State(web): State<Web>,
    caller: Caller,
    (Path(exclusion), IfMatch(version)): (Path<String>, IfMatch),
    body: Body<AnswerBody>,
) -> ApiResult {
    let mut words = Words::default();
    let draft = AnswerDraft {
        answer: body.value.answer.clone(),
        side: body.value.side.clone(),
        client_person_id: words.id_if("client_person_id", body.value.client_person_id.as_deref()),
        note: body.value.note.clone(),
        version,
    };
    let (exclusion, draft) = (path_id(&exclusion)?, words.done(Some(draft))?);
    let answered = answer_exclusion(web.ctx(), &caller.actor, &exclusion, &draft).await;
    exclusion_answer(&matched(answered, exclusion_version(&web, &caller, &exclusion)).await?)
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
    /// What later months do to it; null where it cannot be earned back, and outside the list of credits.
    earn_back: Option<EarnBackView>,
    /// Whose right a substitute used to decide it; null where nobody did, and outside the list of credits.
    on_behalf_of: Option<String>,
    version: i64,
}

/// What later months do to a credit that can be earned back.
#[derive(Debug, Serialize, ToSchema)]
pub struct EarnBackView {
    /// `open`, `earned` or `lost`.
    state: &'static str,
    /// Months still to come while it is open.
    n_missing: usize,
    /// What is not owed any more, in minor units.
    returned_minor: i64,
}

fn earn_back_view(earned: &EarnedBack) -> EarnBackView {
    let (n_missing, returned_minor) = match earned {
        EarnedBack::Open { n_missing } => (*n_missing, 0),
        EarnedBack::Earned { returned } => (0, returned.minor),
        EarnedBack::Lost => (0, 0),
    };
    EarnBackView { state: earned.as_str(), n_missing, returned_minor }
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
        earn_back: None,
        on_behalf_of: None,
        version: credit.version,
    }
}

/// An account's credits of the last 24 months, newest first.
#[utoipa::path(get, path = "/accounts/{account}/credits", tag = "measures",
    params(("account" = String, Path, description = "The account's id")),
    responses((status = 200, description = "Its credits", body = Vec<CreditView>), Reading))]
async fn get_credits(State(web): State<Web>, caller: Caller, Path(account): Path<String>) -> ApiResult {
    let found = list_credits(web.ctx(), &caller.actor, &path_id(&account)?).await?;
    let view = |credit: &ServiceCredit| CreditView {
        earn_back: found.earned_back.get(credit.id.as_str()).map(earn_back_view),
        on_behalf_of: found.substituted.get(credit.id.as_str()).map(|it| it.absent.clone()),
        ..credit_view(credit)
    };
    Ok(Json(found.credits.iter().map(view).collect::<Vec<_>>()).into_response())
}

fn credit_answer(credit: &ServiceCredit) -> ApiResult {
    Ok(([(ETAG, etag(credit.version))], Json(credit_view(credit))).into_response())
}

/// One credit, its version in `ETag`.
#[utoipa::path(get, path = "/credits/{id}", tag = "measures",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The credit", body = CreditView), Reading))]
async fn get_credit(State(web): State<Web>, caller: Caller, Path(credit): Path<String>) -> ApiResult {
    credit_answer(&show_credit(web.ctx(), &caller.actor, &path_id(&credit)?).await?)
}

async fn credit_version(web: &Web, caller: &Caller, id: &Id<ServiceCredit>) -> Result<i64, MeasureError> {
    Ok(show_credit(web.ctx(), &caller.actor, id).await?.version)
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

/// A rule as stored.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleView {
    id: String,
    external_id: Option<String>,
    contract_id: Option<String>,
    measure_id: String,
    /// `attainment` or `started_periods`.
    method: &'static str,
    /// As it was given.
    tiers: String,
    /// Most a month can give, in minor units.
    at_risk_cap_minor: i64,
    monthly_fee_minor: i64,
    currency: String,
    earn_back_months: i64,
    clause: String,
    valid_from: String,
    version: i64,
}

fn rule_view(rule: &CreditRule) -> RuleView {
    RuleView {
        id: rule.id.to_string(),
        external_id: rule.external_id.clone(),
        contract_id: rule.contract_id.clone(),
        measure_id: rule.kpi_id.to_string(),
        method: rule.method.word(),
        tiers: rule.method.tiers_text(),
        at_risk_cap_minor: rule.at_risk_cap.minor,
        monthly_fee_minor: rule.monthly_fee.minor,
        currency: rule.at_risk_cap.currency.to_string(),
        earn_back_months: rule.earn_back_months,
        clause: rule.clause.clone(),
        valid_from: rule.valid_from.to_string(),
        version: rule.version,
    }
}

/// An account's rules for service credits.
#[utoipa::path(get, path = "/accounts/{account}/credit-rules", tag = "measures",
    params(("account" = String, Path, description = "The account's id")),
    responses((status = 200, description = "Its rules", body = Vec<RuleView>), Reading))]
async fn get_rules(State(web): State<Web>, caller: Caller, Path(account): Path<String>) -> ApiResult {
    let found = list_credits(web.ctx(), &caller.actor, &path_id(&account)?).await?;
    Ok(Json(found.rules.iter().map(|(rule, _)| rule_view(rule)).collect::<Vec<_>>()).into_response())
}

/// Keeps a rule for service credits. `Idempotency-Key` makes it safe to send twice.
#[utoipa::path(post, path = "/accounts/{account}/credit-rules", tag = "measures",
    params(("account" = String, Path, description = "The account's id"),
           ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible characters")),
    request_body = RuleBody, responses((status = 201, description = "The rule", body = RuleView), Making))]
async fn create_rule(
    State(web): State<Web>,
    (caller, key): (Caller, Idempotent),
    Path(account): Path<String>,
    body: Body<RuleBody>,
) -> ApiResult {
    let value = &body.value;
    let mut words = Words::default();
    let measure = words.id("measure_id", &value.measure_id);
    let draft = RuleDraft {
        external_id: value.external_id.clone(),
        contract_id: value.contract_id.clone(),
        method: value.method.clone(),
        terms: TypedTerms::Text(value.tiers.clone()),
        at_risk_cap: value.at_risk_cap.clone(),
        monthly_fee: value.monthly_fee.clone(),
        earn_back_months: value.earn_back_months,
        clause: value.clause.clone(),
        valid_from: words.month("valid_from", &value.valid_from),
    };
    let measure = words.done(measure)?;
    let account = path_id(&account)?;
    let actor = &caller.actor;
    key.run(&web, &caller, &body.bytes, |ctx| async move {
        let rule = define_rule(&ctx, actor, &account, &measure, &draft).await?;
        Ok(created(&format!("/api/v1/accounts/{account}/credit-rules"), rule.version, &rule_view(&rule)))
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
#[utoipa::path(post, path = "/accounts/{account}/credits", tag = "measures",
    params(("account" = String, Path, description = "The account's id")), request_body = ComputeBody,
    responses((status = 200, description = "The month's credits", body = Vec<CreditView>), Making))]
async fn create_credits(
    State(web): State<Web>,
    caller: Caller,
    Path(account): Path<String>,
    body: Body<ComputeBody>,
) -> ApiResult {
    let mut words = Words::default();
    let month = words.month("month", &body.value.month);
    let month = words.done(month)?;
    let computed = compute_credits(web.ctx(), &caller.actor, &path_id(&account)?, month).await?;
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
#[utoipa::path(post, path = "/credits/{id}/move", tag = "measures",
    params(("id" = String, Path, description = "Its id"),
           ("If-Match" = String, Header, description = "The `ETag` that was read")),
    request_body = MoveBody,
    responses((status = 200, description = "As it stands now", body = CreditView), Changing))]
async fn create_move(
    State(web): State<Web>,
    caller: Caller,
    (Path(credit), IfMatch(version)): (Path<String>, IfMatch),
    body: Body<MoveBody>,
) -> ApiResult {
    let mut words = Words::default();
    let draft = MoveDraft {
        wanted: body.value.wanted.clone(),
        reason: body.value.reason.clone(),
        client_person_id: words.id_if("client_person_id", body.value.client_person_id.as_deref()),
        credit_note: body.value.credit_note.clone(),
        version,
    };
    let (credit, draft) = (path_id(&credit)?, words.done(Some(draft))?);
    let moved = move_credit(web.ctx(), &caller.actor, &credit, &draft).await;
    credit_answer(&matched(moved, credit_version(&web, &caller, &credit)).await?)
}
