//! `/api/v1/decision-rights` and its like: the twins of the pages, through the same use cases.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::ETAG;
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::decisions::{
    Answerable, DelegationDraft, Extent, NamedDelegation, RightDraft, RightError, RightPage, WhoDecides,
    account_decisions, all_delegations, change_right, confirm_right, delegate, end_delegation, grant_right,
    own_delegations, revoke_right, rights_list, save_policies, show_policies, show_right,
};
use mandate_domain::Id;
use mandate_domain::identity::{AccountReach, Amount, DecisionRight};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::access::Routes;
use crate::api::{
    ApiResult, Body, Caller, Changing, Idempotent, IfMatch, ListParameters, Listing, Making, Query, Reading,
    created, etag, list, matched,
};
use crate::failure::path_id;
use crate::state::Web;

/// The room's API routes.
pub fn routes() -> Routes {
    Routes::new()
        .api(Action::ReadRights, routes!(rights))
        .api(Action::GrantRights, routes!(grant))
        .api(Action::Delegate, routes!(right))
        .api(Action::GrantRights, routes!(change))
        .api(Action::GrantRights, routes!(confirm))
        .api(Action::GrantRights, routes!(revoke))
        .api(Action::Delegate, routes!(delegations, make_delegation))
        .api(Action::Delegate, routes!(end))
        .api(Action::ReadRights, routes!(policies))
        .api(Action::GrantRights, routes!(put_policies))
        .api(Action::ReadFacts, routes!(of_account))
}

/// A decision right with what was used of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Right {
    id: String,
    /// `credit`, `price` or `exclusion`.
    kind: &'static str,
    /// `user`, `account_manager` or `negotiator`.
    holder: &'static str,
    holder_user_id: Option<String>,
    /// The most of one decision: minor units, basis points or minutes.
    limit: i64,
    /// The most of a calendar month, likewise.
    month_limit: Option<i64>,
    currency: Option<String>,
    /// `either`, `lower` or `raise`.
    direction: &'static str,
    /// `own`, `every`, `named`, `key` or `standard`.
    accounts: &'static str,
    account_ids: Vec<String>,
    /// None for all.
    product_ids: Vec<String>,
    valid_from: String,
    valid_until: String,
    review_on: String,
    /// The last day on which it decides though nobody confirmed it.
    lapses_on: String,
    reason: String,
    /// `in_force`, `review_due`, `not_yet`, `lapsed`, `expired` or `revoked`.
    standing: &'static str,
    used_this_month: i64,
    n_uses: i64,
    last_used_at: Option<String>,
    /// Not used for ninety days.
    unused: bool,
    version: i64,
}

impl From<RightPage> for Right {
    fn from(page: RightPage) -> Self {
        let right = page.right;
        let (accounts, account_ids) = match &right.accounts {
            AccountReach::Tier(tier) => (tier.as_str(), vec![]),
            AccountReach::Named(ids) => ("named", ids.iter().map(ToString::to_string).collect()),
            other => (other.as_str(), vec![]),
        };
        Self {
            id: right.id.to_string(),
            kind: right.kind().as_str(),
            holder: right.holder.as_str(),
            holder_user_id: right.holder.user().map(ToString::to_string),
            limit: right.each.number(),
            month_limit: right.a_month,
            currency: right.each.currency().map(|currency| currency.code().to_owned()),
            direction: right.direction.as_str(),
            accounts,
            account_ids,
            product_ids: right.products.iter().map(ToString::to_string).collect(),
            valid_from: right.valid_from.to_string(),
            valid_until: right.valid_until.to_string(),
            review_on: right.review_on.to_string(),
            lapses_on: right.lapses_on().to_string(),
            standing: page.standing.as_str(),
            used_this_month: page.summary.month_sum,
            n_uses: page.summary.n_uses,
            last_used_at: page.summary.last_at.map(|at| at.to_string()),
            unused: page.unused,
            version: right.version,
            reason: right.reason,
        }
    }
}

/// A right as it is written: limits as people write them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RightBody {
    /// `user`, `account_manager` or `negotiator`; kept when a right is changed.
    #[serde(default)]
    holder: String,
    #[serde(default)]
    holder_user_id: String,
    /// `credit`, `price` or `exclusion`; kept when a right is changed.
    #[serde(default)]
    kind: String,
    /// Money as `1234.50`, percent as `2.5`, hours as `24`.
    limit: String,
    #[serde(default)]
    month_limit: String,
    #[serde(default)]
    currency: String,
    /// `either`, `lower` or `raise`, for prices.
    #[serde(default)]
    direction: String,
    /// `own`, `every`, `named`, `key` or `standard`.
    accounts: String,
    /// Ids, the firm's own ids or names.
    #[serde(default)]
    account_names: Vec<String>,
    #[serde(default)]
    product_names: Vec<String>,
    /// Today when not given.
    #[serde(default)]
    valid_from: String,
    valid_until: String,
    review_on: String,
    reason: String,
}

impl From<RightBody> for RightDraft {
    fn from(body: RightBody) -> Self {
        Self {
            holder: body.holder,
            holder_user_id: body.holder_user_id,
            kind: body.kind,
            limit: body.limit,
            month_limit: body.month_limit,
            currency: body.currency,
            direction: body.direction,
            accounts: body.accounts,
            account_names: body.account_names,
            product_names: body.product_names,
            valid_from: body.valid_from.parse().ok(),
            valid_until: body.valid_until.parse().ok(),
            review_on: body.review_on.parse().ok(),
            reason: body.reason,
        }
    }
}

async fn answer(web: &Web, caller: &Caller, id: &Id<DecisionRight>) -> ApiResult {
    let right = Right::from(show_right(web.ctx(), &caller.actor, id).await?);
    Ok(([(ETAG, etag(right.version))], Json(right)).into_response())
}

async fn current(web: &Web, caller: &Caller, id: &Id<DecisionRight>) -> Result<i64, RightError> {
    Ok(show_right(web.ctx(), &caller.actor, id).await?.right.version)
}

/// Decision rights, those that end first on top.
#[utoipa::path(get, path = "/decision-rights", tag = "identity", operation_id = "list_decision_rights",
    params(ListParameters), responses((status = 200, description = "One page", body = Listing), Reading))]
async fn rights(
    caller: Caller,
    State(web): State<Web>,
    Query(parameters): Query<ListParameters>,
) -> ApiResult {
    list(&web, &caller, Action::ReadRights, &rights_list(web.ctx()), &parameters).await
}

/// Grants a decision right. `Idempotency-Key` makes it safe to send twice.
#[utoipa::path(post, path = "/decision-rights", tag = "identity", operation_id = "grant_decision_right",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible characters")),
    request_body = RightBody, responses((status = 201, description = "The right", body = Right), Making))]
async fn grant(caller: Caller, State(web): State<Web>, key: Idempotent, body: Body<RightBody>) -> ApiResult {
    let draft = RightDraft::from(body.value);
    let actor = &caller.actor;
    key.run(&web, &caller, &body.bytes, |ctx| async move {
        let granted = grant_right(&ctx, actor, &draft).await?;
        let right = Right::from(show_right(&ctx, actor, &granted.id).await?);
        Ok(created(&format!("/api/v1/decision-rights/{}", right.id), right.version, &right))
    })
    .await
}

/// One right, which its holder may read too.
#[utoipa::path(get, path = "/decision-rights/{id}", tag = "identity", operation_id = "get_decision_right",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The right", body = Right), Reading))]
async fn right(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    answer(&web, &caller, &path_id(&id)?).await
}

/// Changes a right's limits, reach, days and reason. `If-Match` names the version that was read.
#[utoipa::path(put, path = "/decision-rights/{id}", tag = "identity", operation_id = "change_decision_right",
    params(("id" = String, Path, description = "Its id"),
           ("If-Match" = String, Header, description = "The `ETag` that was read")),
    request_body = RightBody, responses((status = 200, description = "The right", body = Right), Changing))]
async fn change(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    body: Body<RightBody>,
) -> ApiResult {
    let id = path_id(&id)?;
    let changed = change_right(web.ctx(), &caller.actor, &id, version, &body.value.into()).await;
    matched(changed, current(&web, &caller, &id)).await?;
    answer(&web, &caller, &id).await
}

/// The next review of a right.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NextReview {
    review_on: String,
}

/// Says that a right is still needed, until its next review.
#[utoipa::path(post, path = "/decision-rights/{id}/confirm", tag = "identity", operation_id = "confirm_decision_right",
    params(("id" = String, Path, description = "Its id"),
           ("If-Match" = String, Header, description = "The `ETag` that was read")),
    request_body = NextReview, responses((status = 200, description = "The right", body = Right), Changing))]
async fn confirm(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    body: Body<NextReview>,
) -> ApiResult {
    let id = path_id(&id)?;
    let done = confirm_right(web.ctx(), &caller.actor, &id, version, body.value.review_on.parse().ok()).await;
    matched(done, current(&web, &caller, &id)).await?;
    answer(&web, &caller, &id).await
}

/// Why something ends or changes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevocationReason {
    reason: String,
}

/// Takes a right back, at once and for good.
#[utoipa::path(post, path = "/decision-rights/{id}/revoke", tag = "identity", operation_id = "revoke_decision_right",
    params(("id" = String, Path, description = "Its id"),
           ("If-Match" = String, Header, description = "The `ETag` that was read")),
    request_body = RevocationReason, responses((status = 200, description = "The right", body = Right), Changing))]
async fn revoke(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    body: Body<RevocationReason>,
) -> ApiResult {
    let id = path_id(&id)?;
    let done = revoke_right(web.ctx(), &caller.actor, &id, version, &body.value.reason).await;
    matched(done, current(&web, &caller, &id)).await?;
    answer(&web, &caller, &id).await
}

/// Who decides for whom, and when.
#[derive(Debug, Serialize, ToSchema)]
pub struct Substitution {
    id: String,
    absent_user_id: String,
    absent: String,
    substitute_user_id: String,
    substitute: String,
    from_on: String,
    until_on: String,
    kinds: Vec<&'static str>,
    reason: String,
    version: i64,
}

impl From<NamedDelegation> for Substitution {
    fn from(named: NamedDelegation) -> Self {
        let made = named.delegation;
        Self {
            id: made.id.to_string(),
            absent_user_id: made.absent_user_id.to_string(),
            absent: named.absent_name,
            substitute_user_id: made.substitute_user_id.to_string(),
            substitute: named.substitute_name,
            from_on: made.from_on.to_string(),
            until_on: made.until_on.to_string(),
            kinds: made.kinds.iter().map(|kind| kind.as_str()).collect(),
            reason: made.reason,
            version: made.version,
        }
    }
}

/// A substitute to be named.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubstitutionBody {
    /// Who is away; the caller when not given.
    #[serde(default)]
    absent_user_id: String,
    substitute_user_id: String,
    from_on: String,
    until_on: String,
    /// All when none is given.
    #[serde(default)]
    kinds: Vec<String>,
    #[serde(default)]
    reason: String,
}

/// Delegations that have not passed: the caller's, or everybody's to those who grant rights.
#[utoipa::path(get, path = "/delegations", tag = "identity", operation_id = "list_delegations",
    responses((status = 200, description = "The delegations", body = Vec<Substitution>), Reading))]
async fn delegations(caller: Caller, State(web): State<Web>) -> ApiResult {
    let actor = &caller.actor;
    let all = mandate_app::authorise::authorise(actor, Action::GrantRights).is_ok();
    let found = if all {
        all_delegations(web.ctx(), actor).await?
    } else {
        own_delegations(web.ctx(), actor).await?
    };
    Ok(Json(found.into_iter().map(Substitution::from).collect::<Vec<_>>()).into_response())
}

/// Names a substitute. `Idempotency-Key` makes it safe to send twice.
#[utoipa::path(post, path = "/delegations", tag = "identity", operation_id = "create_delegation",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible characters")),
    request_body = SubstitutionBody, responses((status = 201, description = "The delegation", body = Substitution), Making))]
async fn make_delegation(
    caller: Caller,
    State(web): State<Web>,
    key: Idempotent,
    body: Body<SubstitutionBody>,
) -> ApiResult {
    let draft = DelegationDraft {
        absent_user_id: body.value.absent_user_id,
        substitute_user_id: body.value.substitute_user_id,
        from_on: body.value.from_on.parse().ok(),
        until_on: body.value.until_on.parse().ok(),
        kinds: body.value.kinds,
        reason: body.value.reason,
    };
    let actor = &caller.actor;
    key.run(&web, &caller, &body.bytes, |ctx| async move {
        let made = Substitution::from(delegate(&ctx, actor, &draft).await?);
        Ok(created("/api/v1/delegations", made.version, &made))
    })
    .await
}

/// Ends a delegation now.
#[utoipa::path(post, path = "/delegations/{id}/end", tag = "identity", operation_id = "end_delegation",
    params(("id" = String, Path, description = "Its id"),
           ("If-Match" = String, Header, description = "Its `version`")),
    responses((status = 204, description = "It ended"), Changing))]
async fn end(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
) -> ApiResult {
    end_delegation(web.ctx(), &caller.actor, &path_id(&id)?, version).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The policies in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicySetView {
    /// Counts versions; 0 for those that come with the program.
    version: i64,
    policies: String,
    tests: String,
}

/// Policies to be kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicySetBody {
    policies: String,
    tests: String,
    reason: String,
}

/// The policies in force, with the tests beside them.
#[utoipa::path(get, path = "/decision-policies", tag = "identity", operation_id = "get_decision_policies",
    responses((status = 200, description = "The policies", body = PolicySetView), Reading))]
async fn policies(caller: Caller, State(web): State<Web>) -> ApiResult {
    let page = show_policies(web.ctx(), &caller.actor).await?;
    let view = PolicySetView { version: page.version, policies: page.policies, tests: page.tests };
    Ok(([(ETAG, etag(view.version))], Json(view)).into_response())
}

/// Keeps policies, which decide from then on, when they can be read and pass their tests.
#[utoipa::path(put, path = "/decision-policies", tag = "identity", operation_id = "save_decision_policies",
    params(("If-Match" = String, Header, description = "The `ETag` that was read")),
    request_body = PolicySetBody, responses((status = 200, description = "The policies", body = PolicySetView), Changing))]
async fn put_policies(
    caller: Caller,
    State(web): State<Web>,
    IfMatch(version): IfMatch,
    body: Body<PolicySetBody>,
) -> ApiResult {
    let PolicySetBody { policies, tests, reason } = body.value;
    let saved = save_policies(web.ctx(), &caller.actor, version, (&policies, &tests), &reason).await;
    let now = async { Ok::<i64, RightError>(show_policies(web.ctx(), &caller.actor).await?.version) };
    let version = matched(saved, now).await?;
    Ok(([(ETAG, etag(version))], Json(PolicySetView { version, policies, tests })).into_response())
}

/// Somebody who could decide.
#[derive(Debug, Serialize, ToSchema)]
pub struct Decides {
    name: String,
    user_id: Option<String>,
    /// `right`, `product_manager`, `sponsor` or `policy`.
    why: &'static str,
}

fn who_view(who: &[WhoDecides]) -> Vec<Decides> {
    let view = |one: &WhoDecides| Decides {
        name: one.name.clone(),
        user_id: one.user_id.clone(),
        why: one.why.as_str(),
    };
    who.iter().map(view).collect()
}

/// One thing the caller may, or may not, decide.
#[derive(Debug, Serialize, ToSchema)]
pub struct MayDecideView {
    kind: &'static str,
    product: Option<String>,
    direction: Option<&'static str>,
    /// `nothing`, `up_to` or `any`.
    extent: &'static str,
    /// Minor units, basis points or minutes, with `up_to`.
    most: Option<i64>,
    left_this_month: Option<i64>,
    right_id: Option<String>,
    until: Option<String>,
    by: String,
    on_behalf_of: Option<String>,
    beyond: Vec<Decides>,
    administrators: Vec<String>,
}

/// One row of the authority gap.
#[derive(Debug, Serialize, ToSchema)]
pub struct GapView {
    /// `measure`, `credit`, `exclusion` or `price`.
    about: &'static str,
    what: String,
    extent: &'static str,
    most: Option<i64>,
    /// Whether the manager may decide all of it.
    whole: bool,
    beyond: Vec<Decides>,
    /// Heads of delivery, for a measure.
    heads: Vec<String>,
}

/// What the caller may decide on an account, and what its manager answers for against what they may decide.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecisionsView {
    account_id: String,
    mine: Vec<MayDecideView>,
    manager: Option<String>,
    manager_signs_in: bool,
    n_answers_for: usize,
    n_may_decide: usize,
    gap: Vec<GapView>,
    /// The newest month that is over: measures are as of it.
    measures_until: String,
    /// The first month of which open credits are looked at.
    credits_since: String,
    /// The day of exclusions and prices.
    on: String,
}

fn extent_view(extent: &Extent) -> (&'static str, Option<i64>) {
    match extent {
        Extent::Nothing => ("nothing", None),
        Extent::UpTo(amount) => ("up_to", Some(amount.number())),
        Extent::Any => ("any", None),
    }
}

fn about_view(about: &Answerable) -> (&'static str, String) {
    let told = |text: &str, amount: &Amount| format!("{text}: {amount}");
    match about {
        Answerable::Measure { name, month, .. } => ("measure", format!("{name}, {month}")),
        Answerable::Credit { month, amount } => ("credit", told(month, amount)),
        Answerable::Exclusion { note, amount } => ("exclusion", told(note, amount)),
        Answerable::Price { product, .. } => ("price", product.clone()),
    }
}

/// What the caller may decide on an account and who decides the rest; its authority gap.
#[utoipa::path(get, path = "/accounts/{id}/decisions", tag = "identity", operation_id = "get_account_decisions",
    params(("id" = String, Path, description = "The account's id")),
    responses((status = 200, description = "What may be decided", body = DecisionsView), Reading))]
async fn of_account(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    let found = account_decisions(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    let (n_answers_for, n_may_decide) = found.counts();
    let mine = found.mine.iter().map(|line| {
        let (extent, most) = extent_view(&line.extent);
        MayDecideView {
            kind: line.kind.as_str(),
            product: line.price.as_ref().map(|(product, _)| product.clone()),
            direction: line.price.as_ref().map(|(_, direction)| direction.as_str()),
            extent,
            most,
            left_this_month: line.left_this_month.map(Amount::number),
            right_id: line.right.as_ref().map(ToString::to_string),
            until: line.until.map(|day| day.to_string()),
            by: line.by.clone(),
            on_behalf_of: line.for_name.clone(),
            beyond: who_view(&line.beyond),
            administrators: line.administrators.clone(),
        }
    });
    let gap = found.gap.iter().map(|line| {
        let ((extent, most), (about, what)) = (extent_view(&line.extent), about_view(&line.about));
        GapView {
            about,
            what,
            extent,
            most,
            whole: line.whole,
            beyond: who_view(&line.beyond),
            heads: line.heads.clone(),
        }
    });
    let view = DecisionsView {
        account_id: found.account_id.to_string(),
        mine: mine.collect(),
        gap: gap.collect(),
        manager: found.manager.clone(),
        manager_signs_in: found.manager_signs_in,
        n_answers_for,
        n_may_decide,
        measures_until: found.period.measures_until.to_string(),
        credits_since: found.period.credits_since.to_string(),
        on: found.period.on.to_string(),
    };
    Ok(Json(view).into_response())
}
