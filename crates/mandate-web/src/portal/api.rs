//! The portal over the API: the same use cases as its pages, for a client's own programs, and our side of it.
//!
//! Each answer lists its fields one by one, as the use cases do; a preview reads here too, and can say nothing.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::portal::{
    Colleague, CreditAnswerDraft, Entered, ExclusionAnswerDraft, Invitation, Invited, PortalCredit,
    PortalExclusion, PortalMeasure, PortalPart, ResultAnswerDraft, answer_credit, answer_exclusion,
    answer_result, enter, invite_client, invite_colleague, list_client_users, list_colleagues,
    list_portal_credits, list_portal_exclusions, list_shared, portal_measure, portal_overview, remove_client,
    remove_colleague, share_measure,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::words::link_address;
use super::{READ, mail_invitation};
use crate::access::Routes;
use crate::api::{ApiResult, Body, Caller, Changing, IfMatch, Making, Reading, Words};
use crate::failure::{Failure, path_id};
use crate::state::Web;

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .api(READ, routes!(overview))
        .api(READ, routes!(measure))
        .api(Action::AnswerPortal, routes!(say_result))
        .api(READ, routes!(exclusions))
        .api(Action::AnswerPortal, routes!(say_exclusion))
        .api(READ, routes!(credits))
        .api(Action::AnswerPortal, routes!(say_credit))
        .api(READ, routes!(colleagues))
        .api(Action::KeepColleagues, routes!(add_colleague))
        .api(Action::KeepColleagues, routes!(end_colleague))
        .api(Action::ReadBook, routes!(client_access))
        .api(Action::InviteClient, routes!(add_client))
        .api(Action::InviteClient, routes!(end_client))
        .api(Action::ShareWithClient, routes!(put_shared))
        .merge(super::expectations_api::routes())
}

pub(super) async fn inside(web: &Web, caller: &Caller, account: &str) -> Result<Entered, Failure> {
    Ok(enter(web.ctx(), &caller.actor, &path_id(account)?).await?)
}

/// A finished month of a shared measure.
#[derive(Serialize, ToSchema)]
struct SharedMonth {
    #[schema(example = "2026-10")]
    month: String,
    /// Cases it rests on.
    n: i64,
    /// In millionths of the unit: a share, seconds, or a count.
    value_micro: Option<i64>,
    low_micro: Option<i64>,
    high_micro: Option<i64>,
    /// What the source's own flag says of the same thing.
    reported_micro: Option<i64>,
    /// `met`, `missed`, `too_few`, `no_target` or `not_measured`.
    verdict: &'static str,
    /// `open`, `agreed` or `contested`.
    standing: &'static str,
}

/// A measure that is shared with the client.
#[derive(Serialize, ToSchema)]
struct SharedMeasure {
    id: String,
    name: String,
    target_micro: Option<i64>,
    /// Why it matters, in the client's words.
    reason: Option<String>,
    /// Finished months, oldest first.
    months: Vec<SharedMonth>,
}

fn measure_json(measure: &PortalMeasure) -> SharedMeasure {
    let month = |it: &mandate_app::portal::PortalMonth| SharedMonth {
        month: it.month.to_string(),
        n: it.figure.n,
        value_micro: it.figure.value_micro,
        low_micro: it.figure.low_micro,
        high_micro: it.figure.high_micro,
        reported_micro: it.figure.reported_micro,
        verdict: it.figure.verdict.as_str(),
        standing: it.standing.as_str(),
    };
    SharedMeasure {
        id: measure.id.to_string(),
        name: measure.name.clone(),
        target_micro: measure.definition.target_micro(),
        reason: measure.reason.as_ref().map(|(text, _)| text.clone()),
        months: measure.months.iter().map(month).collect(),
    }
}

/// What a client's people see first.
#[derive(Serialize, ToSchema)]
struct PortalFirst {
    account: String,
    /// Our account manager's name.
    account_manager: Option<String>,
    measures: Vec<SharedMeasure>,
    n_results_waiting: usize,
    n_exclusions_waiting: usize,
    n_credits_waiting: usize,
    n_expectations_waiting: usize,
}

/// The shared measures and what waits for the client's people.
#[utoipa::path(get, path = "/portal/{account}", tag = "portal", operation_id = "portal_overview",
    params(("account" = String, Path, description = "The account's id")),
    responses((status = 200, description = "What was shared", body = PortalFirst), Reading))]
async fn overview(caller: Caller, State(web): State<Web>, Path(account): Path<String>) -> ApiResult {
    let shown = portal_overview(web.ctx(), &inside(&web, &caller, &account).await?).await?;
    Ok(Json(PortalFirst {
        account: shown.account.name,
        account_manager: shown.account.manager,
        measures: shown.measures.iter().map(measure_json).collect(),
        n_results_waiting: shown.waiting.n_results,
        n_exclusions_waiting: shown.waiting.n_exclusions,
        n_credits_waiting: shown.waiting.n_credits,
        n_expectations_waiting: shown.waiting.n_expectations,
    })
    .into_response())
}

/// One shared measure with its finished months.
#[utoipa::path(get, path = "/portal/{account}/measures/{measure}", tag = "portal", operation_id = "portal_measure",
    params(("account" = String, Path, description = "The account's id"),
           ("measure" = String, Path, description = "The measure's id")),
    responses((status = 200, description = "The measure", body = SharedMeasure), Reading))]
async fn measure(
    caller: Caller,
    State(web): State<Web>,
    Path((account, measure)): Path<(String, String)>,
) -> ApiResult {
    let entered = inside(&web, &caller, &account).await?;
    let shown = portal_measure(web.ctx(), &entered, &path_id(&measure)?).await?;
    Ok(Json(measure_json(&shown)).into_response())
}

/// A word on a month's result.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResultWord {
    #[schema(example = "2026-10")]
    month: String,
    /// `agreed` or `contested`.
    verdict: String,
    /// Needed to contest.
    #[serde(default)]
    note: String,
}

/// Agrees with a month's result, or contests it, in the caller's own name.
#[utoipa::path(post, path = "/portal/{account}/measures/{measure}/answer", tag = "portal",
    operation_id = "portal_answer_result", request_body = ResultWord,
    params(("account" = String, Path, description = "The account's id"),
           ("measure" = String, Path, description = "The measure's id")),
    responses((status = 204, description = "It was said"), Making))]
async fn say_result(
    caller: Caller,
    State(web): State<Web>,
    Path((account, measure)): Path<(String, String)>,
    body: Body<ResultWord>,
) -> ApiResult {
    let entered = inside(&web, &caller, &account).await?;
    let mut words = Words::default();
    let month = words.month("month", &body.value.month);
    let month = words.done(month)?;
    let draft = ResultAnswerDraft { month, verdict: body.value.verdict, note: body.value.note };
    answer_result(web.ctx(), &entered, &path_id(&measure)?, draft).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Who did something.
#[derive(Serialize, ToSchema)]
struct SharedPart {
    /// `provider` or `client`.
    side: &'static str,
    person: Option<String>,
    /// The absent colleague for whom they answered; null where they answered for themselves.
    on_behalf_of: Option<String>,
    at: String,
}

fn part_json(part: &PortalPart) -> SharedPart {
    let substituted = part.substituted.as_ref();
    SharedPart {
        side: part.side.as_str(),
        person: substituted.map(|it| it.name.clone()).or_else(|| part.person.clone()),
        on_behalf_of: substituted.map(|it| it.absent.clone()),
        at: part.at.to_string(),
    }
}

/// An exclusion as the client sees it.
#[derive(Serialize, ToSchema)]
struct SharedExclusion {
    id: String,
    /// The case; null for every case of the account.
    case_ref: Option<String>,
    from: String,
    until: String,
    ground: &'static str,
    clause: String,
    note: String,
    state: &'static str,
    proposed: SharedPart,
    answered: Option<SharedPart>,
    answer_note: String,
    /// Whether it waits for the client.
    waits: bool,
    version: i64,
}

fn exclusion_json(exclusion: &PortalExclusion) -> SharedExclusion {
    SharedExclusion {
        id: exclusion.id.to_string(),
        case_ref: exclusion.case_ref.clone(),
        from: exclusion.from.to_string(),
        until: exclusion.until.to_string(),
        ground: exclusion.ground.as_str(),
        clause: exclusion.clause.clone(),
        note: exclusion.note.clone(),
        state: exclusion.state.as_str(),
        proposed: part_json(&exclusion.proposed),
        answered: exclusion.answered.as_ref().map(part_json),
        answer_note: exclusion.answer_note.clone(),
        waits: exclusion.waits(),
        version: exclusion.version,
    }
}

/// The account's exclusions, those that wait for the client first.
#[utoipa::path(get, path = "/portal/{account}/exclusions", tag = "portal", operation_id = "portal_exclusions",
    params(("account" = String, Path, description = "The account's id")),
    responses((status = 200, description = "Its exclusions", body = Vec<SharedExclusion>), Reading))]
async fn exclusions(caller: Caller, State(web): State<Web>, Path(account): Path<String>) -> ApiResult {
    let found = list_portal_exclusions(web.ctx(), &inside(&web, &caller, &account).await?).await?;
    Ok(Json(found.iter().map(exclusion_json).collect::<Vec<_>>()).into_response())
}

/// An answer to an exclusion.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ExclusionWord {
    /// `agree` or `refuse`.
    answer: String,
    /// Needed to refuse.
    #[serde(default)]
    note: String,
}

/// Agrees to an exclusion that we proposed, or refuses it.
#[utoipa::path(post, path = "/portal/{account}/exclusions/{id}/answer", tag = "portal",
    operation_id = "portal_answer_exclusion", request_body = ExclusionWord,
    params(("account" = String, Path, description = "The account's id"),
           ("id" = String, Path, description = "The exclusion's id"),
           ("If-Match" = String, Header, description = "The exclusion's version, as in an `ETag`")),
    responses((status = 204, description = "It was answered"), Changing))]
async fn say_exclusion(
    caller: Caller,
    State(web): State<Web>,
    (Path((account, id)), IfMatch(version)): (Path<(String, String)>, IfMatch),
    body: Body<ExclusionWord>,
) -> ApiResult {
    let entered = inside(&web, &caller, &account).await?;
    let draft = ExclusionAnswerDraft { answer: body.value.answer, note: body.value.note, version };
    answer_exclusion(web.ctx(), &entered, &path_id(&id)?, draft).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A credit that was put to the client.
#[derive(Serialize, ToSchema)]
struct SharedCredit {
    id: String,
    /// The measure it follows from.
    measure: String,
    month: String,
    credit_minor: i64,
    currency: String,
    /// `proposed`, `agreed`, `waived` or `noted`.
    state: &'static str,
    /// Number of the credit note.
    credit_note: Option<String>,
    /// Who of ours decided it for an absent colleague; null where nobody did.
    decided_by: Option<String>,
    /// That colleague.
    on_behalf_of: Option<String>,
    /// The client's newest word: `agreed` or `contested`.
    client_verdict: Option<&'static str>,
    version: i64,
}

fn credit_json(credit: &PortalCredit) -> SharedCredit {
    SharedCredit {
        id: credit.id.to_string(),
        measure: credit.measure.clone(),
        month: credit.month.to_string(),
        credit_minor: credit.credit.minor,
        currency: credit.credit.currency.to_string(),
        state: credit.state.as_str(),
        credit_note: credit.credit_note.clone(),
        decided_by: credit.substituted.as_ref().map(|it| it.name.clone()),
        on_behalf_of: credit.substituted.as_ref().map(|it| it.absent.clone()),
        client_verdict: credit.words.first().map(|(verdict, ..)| verdict.as_str()),
        version: credit.version,
    }
}

/// Credits that were put to the client, newest first.
#[utoipa::path(get, path = "/portal/{account}/credits", tag = "portal", operation_id = "portal_credits",
    params(("account" = String, Path, description = "The account's id")),
    responses((status = 200, description = "Its credits", body = Vec<SharedCredit>), Reading))]
async fn credits(caller: Caller, State(web): State<Web>, Path(account): Path<String>) -> ApiResult {
    let found = list_portal_credits(web.ctx(), &inside(&web, &caller, &account).await?).await?;
    Ok(Json(found.iter().map(credit_json).collect::<Vec<_>>()).into_response())
}

/// A word on a credit.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreditWord {
    /// `agreed` or `contested`.
    verdict: String,
    /// Needed to contest.
    #[serde(default)]
    note: String,
}

/// Agrees with a credit that was put to the client, or contests it.
#[utoipa::path(post, path = "/portal/{account}/credits/{id}/answer", tag = "portal",
    operation_id = "portal_answer_credit", request_body = CreditWord,
    params(("account" = String, Path, description = "The account's id"),
           ("id" = String, Path, description = "The credit's id"),
           ("If-Match" = String, Header, description = "The credit's version, as in an `ETag`")),
    responses((status = 204, description = "It was said"), Changing))]
async fn say_credit(
    caller: Caller,
    State(web): State<Web>,
    (Path((account, id)), IfMatch(version)): (Path<(String, String)>, IfMatch),
    body: Body<CreditWord>,
) -> ApiResult {
    let entered = inside(&web, &caller, &account).await?;
    let draft = CreditAnswerDraft { verdict: body.value.verdict, note: body.value.note, version };
    answer_credit(web.ctx(), &entered, &path_id(&id)?, draft).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// One of the client's people who has access, or had.
#[derive(Serialize, ToSchema)]
struct ClientUser {
    id: String,
    name: String,
    email: String,
    /// Whether they keep who else has access.
    administrator: bool,
    active: bool,
}

fn user_json(user: &Colleague) -> ClientUser {
    ClientUser {
        id: user.id.to_string(),
        name: user.name.clone(),
        email: user.email.clone(),
        administrator: user.administrator,
        active: user.active,
    }
}

/// Who else of the client has access.
#[utoipa::path(get, path = "/portal/{account}/colleagues", tag = "portal", operation_id = "portal_colleagues",
    params(("account" = String, Path, description = "The account's id")),
    responses((status = 200, description = "The people", body = Vec<ClientUser>), Reading))]
async fn colleagues(caller: Caller, State(web): State<Web>, Path(account): Path<String>) -> ApiResult {
    let found = list_colleagues(web.ctx(), &inside(&web, &caller, &account).await?).await?;
    Ok(Json(found.iter().map(user_json).collect::<Vec<_>>()).into_response())
}

/// Who is to have access.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InvitationBody {
    email: String,
    name: String,
    /// Whether they keep who else has access.
    #[serde(default)]
    administrator: bool,
    /// Language and formats, such as `de-DE`.
    #[schema(example = "de-DE")]
    locale: String,
}

impl InvitationBody {
    fn invitation(self) -> Invitation {
        let Self { email, name, administrator, locale } = self;
        Invitation { email, name, administrator, locale }
    }
}

/// Someone who was invited.
#[derive(Serialize, ToSchema)]
struct InvitedUser {
    user: ClientUser,
    /// Whether the link goes out by mail.
    mailed: bool,
    /// The sign-in link, to be handed over: where no mail goes out, for an administrator of ours, or a client's own for
    /// somebody who never had access. It holds for seven days and works once.
    link: Option<String>,
}

fn invited_json(web: &Web, invited: &Invited, administrator: bool) -> axum::response::Response {
    let user = ClientUser {
        id: invited.user.id.to_string(),
        name: invited.user.display_name.clone(),
        email: invited.user.email.clone(),
        administrator,
        active: true,
    };
    let link = invited.secret.as_ref().map(|secret| link_address(web, secret));
    (StatusCode::CREATED, Json(InvitedUser { user, mailed: invited.mailed, link })).into_response()
}

/// Invites a colleague; only in a session, because the answer may hold a link that signs in.
#[utoipa::path(post, path = "/portal/{account}/colleagues", tag = "portal", operation_id = "portal_invite",
    params(("account" = String, Path, description = "The account's id")), request_body = InvitationBody,
    responses((status = 201, description = "Who was invited", body = InvitedUser), Making))]
async fn add_colleague(
    caller: Caller,
    State(web): State<Web>,
    Path(account): Path<String>,
    body: Body<InvitationBody>,
) -> ApiResult {
    let entered = inside(&web, &caller, &account).await?;
    let (firm, name, administrator) =
        (web.firm_name(), entered.account.name.clone(), body.value.administrator);
    let invitation = body.value.invitation();
    let invited = invite_colleague(web.ctx(), &entered, &invitation, |user, secret| {
        mail_invitation(&web, user, secret, (&firm, &name))
    });
    Ok(invited_json(&web, &invited.await?, administrator))
}

/// Ends a colleague's access, with the next request they make.
#[utoipa::path(post, path = "/portal/{account}/colleagues/{user}/remove", tag = "portal",
    operation_id = "portal_remove_colleague",
    params(("account" = String, Path, description = "The account's id"),
           ("user" = String, Path, description = "The user's id")),
    responses((status = 204, description = "They have no access any more"), Making))]
async fn end_colleague(
    caller: Caller,
    State(web): State<Web>,
    Path((account, user)): Path<(String, String)>,
) -> ApiResult {
    let entered = inside(&web, &caller, &account).await?;
    remove_colleague(web.ctx(), &entered, &path_id(&user)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Our side of a client's portal.
#[derive(Serialize, ToSchema)]
struct ClientAccess {
    users: Vec<ClientUser>,
    /// Ids of the measures they see.
    measures: Vec<String>,
}

/// Who of the client has access, and which measures they see.
#[utoipa::path(get, path = "/accounts/{account}/portal", tag = "portal", operation_id = "client_access",
    params(("account" = String, Path, description = "The account's id")),
    responses((status = 200, description = "People and measures", body = ClientAccess), Reading))]
async fn client_access(caller: Caller, State(web): State<Web>, Path(account): Path<String>) -> ApiResult {
    let account = path_id(&account)?;
    let users = list_client_users(web.ctx(), &caller.actor, &account).await?;
    let measures = list_shared(web.ctx(), &caller.actor, &account).await?;
    let measures = measures.iter().map(ToString::to_string).collect();
    Ok(Json(ClientAccess { users: users.iter().map(user_json).collect(), measures }).into_response())
}

/// Invites one of a client's people; only in a session, because the answer may hold a link that signs in.
#[utoipa::path(post, path = "/accounts/{account}/portal/people", tag = "portal", operation_id = "invite_client",
    params(("account" = String, Path, description = "The account's id")), request_body = InvitationBody,
    responses((status = 201, description = "Who was invited", body = InvitedUser), Making))]
async fn add_client(
    caller: Caller,
    State(web): State<Web>,
    Path(account): Path<String>,
    body: Body<InvitationBody>,
) -> ApiResult {
    let account = path_id(&account)?;
    let record = mandate_app::book::account_page(web.ctx(), &caller.actor, &account).await?;
    let (firm, name, administrator) =
        (web.firm_name(), record.account.name.clone(), body.value.administrator);
    let invitation = body.value.invitation();
    let invited = invite_client(web.ctx(), &caller.actor, &account, &invitation, |user, secret| {
        mail_invitation(&web, user, secret, (&firm, &name))
    });
    Ok(invited_json(&web, &invited.await?, administrator))
}

/// Ends the access of one of a client's people.
#[utoipa::path(post, path = "/accounts/{account}/portal/people/{user}/remove", tag = "portal",
    operation_id = "remove_client",
    params(("account" = String, Path, description = "The account's id"),
           ("user" = String, Path, description = "The user's id")),
    responses((status = 204, description = "They have no access any more"), Making))]
async fn end_client(
    caller: Caller,
    State(web): State<Web>,
    Path((account, user)): Path<(String, String)>,
) -> ApiResult {
    remove_client(web.ctx(), &caller.actor, &path_id(&account)?, &path_id(&user)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Whether a measure is shown to the client.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SharedBody {
    shown: bool,
}

/// Shows a measure to the client's people, or stops showing it.
#[utoipa::path(post, path = "/accounts/{account}/portal/measures/{measure}/share", tag = "portal",
    operation_id = "share_measure", request_body = SharedBody,
    params(("account" = String, Path, description = "The account's id"),
           ("measure" = String, Path, description = "The measure's id")),
    responses((status = 204, description = "It is so now"), Making))]
async fn put_shared(
    caller: Caller,
    State(web): State<Web>,
    Path((account, measure)): Path<(String, String)>,
    body: Body<SharedBody>,
) -> ApiResult {
    let (account, measure) = (path_id(&account)?, path_id(&measure)?);
    share_measure(web.ctx(), &caller.actor, &measure, &account, body.value.shown).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
