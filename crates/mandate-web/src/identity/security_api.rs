//! `/api/v1/users/{id}/security` and what hangs on it, and `/api/v1/users/sync`: how others sign in, for administrators.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::decisions::NamedDelegation;
use mandate_app::identity::{
    ListRow, SyncOptions, SyncReport, end_sessions_of, find_user_security, reset_second_factor, sync_users,
    unlink_provider,
};
use mandate_domain::identity::DecisionRight;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::api::SessionView;
use crate::access::Routes;
use crate::api::{ApiResult, Body, Caller, Making, Reading};
use crate::failure::path_id;
use crate::state::Web;

/// The routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .api(Action::Administer, routes!(security))
        .api(Action::Administer, routes!(end_sessions))
        .api(Action::Administer, routes!(reset_factor))
        .api(Action::Administer, routes!(unlink))
        .api(Action::Administer, routes!(sync))
}

/// How a user signs in.
#[derive(Serialize, ToSchema)]
struct SecurityView {
    /// Since when they have a second factor; null without one.
    second_factor_since: Option<String>,
    /// Passkeys they have.
    passkeys: usize,
    /// Whether the sign-on provider knows them.
    provider_linked: bool,
    /// Their sessions that hold, last used first.
    sessions: Vec<SessionView>,
}

/// How a user signs in: second factor, provider, sessions.
#[utoipa::path(get, path = "/users/{id}/security", tag = "identity", operation_id = "get_user_security",
    params(("id" = String, Path, description = "Their id")),
    responses((status = 200, description = "How they sign in", body = SecurityView), Reading))]
async fn security(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    let found = find_user_security(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    let view = SecurityView {
        second_factor_since: found.second_factor_since.map(|at| at.to_string()),
        passkeys: found.n_passkeys,
        provider_linked: found.is_linked,
        sessions: found.sessions.into_iter().map(SessionView::from).collect(),
    };
    Ok(Json(view).into_response())
}

/// How many sessions ended.
#[derive(Serialize, ToSchema)]
struct SessionsEnded {
    /// Sessions that held until now.
    sessions_ended: u64,
}

/// Ends all sessions of a user; their tokens stay.
#[utoipa::path(post, path = "/users/{id}/sessions/end", tag = "identity", operation_id = "end_user_sessions",
    params(("id" = String, Path, description = "Their id")),
    responses((status = 200, description = "They hold no more", body = SessionsEnded), Making))]
async fn end_sessions(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    let sessions_ended = end_sessions_of(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    Ok(Json(SessionsEnded { sessions_ended }).into_response())
}

/// Takes the second factor and the passkeys of a user who lost them away, and ends their sessions. In a session that was
/// confirmed, and not one's own.
#[utoipa::path(post, path = "/users/{id}/second-factor/reset", tag = "identity",
    operation_id = "reset_second_factor", params(("id" = String, Path, description = "Their id")),
    responses((status = 204, description = "They have none any more"), Making))]
async fn reset_factor(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    reset_second_factor(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Forgets who a user is at the sign-on provider; the next sign-in by their verified address links anew.
#[utoipa::path(post, path = "/users/{id}/provider/unlink", tag = "identity", operation_id = "unlink_provider",
    params(("id" = String, Path, description = "Their id")),
    responses((status = 204, description = "Forgotten"), Making))]
async fn unlink(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    unlink_provider(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Somebody on the list.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SyncPerson {
    /// The address they sign in with.
    #[schema(example = "anna@firm.example")]
    email: String,
    /// For people who read the request; not used.
    #[serde(default)]
    #[expect(dead_code, reason = "accepted, so that an export need not be cut")]
    name: Option<String>,
    /// `here` or `left`; here when not given.
    #[serde(default)]
    #[schema(example = "here")]
    state: Option<String>,
    /// All roles they may hold; roles beside these are taken away, none is given.
    #[serde(default)]
    roles: Option<Vec<String>>,
}

/// A list of the people who still work here.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SyncFields {
    /// Everybody who is here, and who has left if the list says so.
    people: Vec<SyncPerson>,
    /// Only say what it would do.
    #[serde(default)]
    check: bool,
    /// Do it though more than a third would be suspended.
    #[serde(default)]
    force: bool,
}

/// What somebody who is suspended answers for.
#[derive(Serialize, ToSchema)]
struct SyncDuty {
    /// `account_manager`, `negotiator`, `product_manager`, `head` or `team_lead`.
    capacity: String,
    /// The record's id.
    id: String,
    /// Its name.
    name: String,
}

/// A delegation that ends.
#[derive(Serialize, ToSchema)]
struct SyncDelegation {
    /// Its id.
    id: String,
    /// Who was to be away.
    absent: String,
    /// Who was to decide for them.
    substitute: String,
    /// Its last day.
    until: String,
}

impl From<NamedDelegation> for SyncDelegation {
    fn from(named: NamedDelegation) -> Self {
        Self {
            id: named.delegation.id.to_string(),
            absent: named.absent_name,
            substitute: named.substitute_name,
            until: named.delegation.until_on.to_string(),
        }
    }
}

/// A decision right of somebody who is gone.
#[derive(Serialize, ToSchema)]
struct SyncRight {
    /// Its id.
    id: String,
    /// `credit`, `price` or `exclusion`.
    kind: &'static str,
    /// The most it covers at once, with its unit.
    limit: String,
    /// Its last day, or the one on which it lapses.
    until: String,
}

impl From<&DecisionRight> for SyncRight {
    fn from(right: &DecisionRight) -> Self {
        Self {
            id: right.id.to_string(),
            kind: right.kind().as_str(),
            limit: right.each.to_string(),
            until: right.valid_until.min(right.lapses_on()).to_string(),
        }
    }
}

/// Somebody who is suspended.
#[derive(Serialize, ToSchema)]
struct SyncLeaver {
    /// Their id.
    id: String,
    /// The address they signed in with.
    email: String,
    /// The name pages show.
    display_name: String,
    /// `not_listed`, `left` or `no_role_left`.
    why: &'static str,
    /// What somebody else has to answer for now.
    answers_for: Vec<SyncDuty>,
    /// Delegations that end with it.
    delegations: Vec<SyncDelegation>,
    /// Decision rights they hold by name, which decide nothing any more; somebody else may need them.
    decision_rights: Vec<SyncRight>,
    /// Sessions that ended.
    sessions_ended: u64,
    /// Tokens that were revoked.
    tokens_revoked: u64,
}

/// Somebody who stays with fewer roles.
#[derive(Serialize, ToSchema)]
struct SyncLostRoles {
    /// Their id.
    id: String,
    /// The address they sign in with.
    email: String,
    /// What they lose.
    lost: Vec<&'static str>,
    /// What they keep.
    kept: Vec<&'static str>,
}

/// What a list did, or would do.
#[derive(Serialize, ToSchema)]
struct SyncAnswer {
    /// Whether it was done.
    done: bool,
    /// Active users before, without the demo book's.
    active_before: usize,
    /// Who is suspended.
    suspended: Vec<SyncLeaver>,
    /// Who loses roles.
    lost_roles: Vec<SyncLostRoles>,
    /// The last administrator, who stays though the list would have them go.
    last_administrator_kept: Option<String>,
    /// Addresses of people who are no users; nobody is added.
    unknown: Vec<String>,
    /// Whether doing it takes `force`.
    needs_force: bool,
}

impl From<SyncReport> for SyncAnswer {
    fn from(report: SyncReport) -> Self {
        let suspended = report.suspended.into_iter().map(|leaver| SyncLeaver {
            id: leaver.user.id.to_string(),
            email: leaver.user.email,
            display_name: leaver.user.display_name,
            why: leaver.reason.as_str(),
            answers_for: leaver
                .answers_for
                .into_iter()
                .map(|it| SyncDuty { capacity: it.capacity, id: it.id, name: it.name })
                .collect(),
            delegations: leaver.delegations.into_iter().map(SyncDelegation::from).collect(),
            decision_rights: leaver.rights.iter().map(SyncRight::from).collect(),
            sessions_ended: leaver.n_sessions,
            tokens_revoked: leaver.n_tokens,
        });
        let lost_roles = report.lost_roles.into_iter().map(|it| SyncLostRoles {
            id: it.user.id.to_string(),
            email: it.user.email,
            lost: it.lost.iter().map(|role| role.as_str()).collect(),
            kept: it.kept.iter().map(|role| role.as_str()).collect(),
        });
        Self {
            done: report.done,
            active_before: report.n_active,
            suspended: suspended.collect(),
            lost_roles: lost_roles.collect(),
            last_administrator_kept: report.kept.map(|kept| kept.user.email),
            unknown: report.unknown,
            needs_force: report.needs_force,
        }
    }
}

/// Follows a list of the people who still work here: suspends who is not on it or has left, with all their sessions,
/// tokens and links. Gives nothing to anybody. Refused as 409 when more than a third would be suspended.
#[utoipa::path(post, path = "/users/sync", tag = "identity", operation_id = "sync_users",
    request_body = SyncFields,
    responses((status = 200, description = "What it did, or would do", body = SyncAnswer), Making))]
async fn sync(caller: Caller, State(web): State<Web>, body: Body<SyncFields>) -> ApiResult {
    let SyncFields { people, check, force } = body.value;
    let options = match (check, force) {
        (true, _) => SyncOptions::Check,
        (false, true) => SyncOptions::Force,
        (false, false) => SyncOptions::Follow,
    };
    let rows: Vec<ListRow> = people
        .into_iter()
        .enumerate()
        .map(|(idx, person)| ListRow {
            place: format!("people.{idx}"),
            email: person.email,
            state: person.state.unwrap_or_default(),
            roles: person.roles,
        })
        .collect();
    let report = sync_users(web.ctx(), &caller.actor, &rows, options).await?;
    Ok(Json(SyncAnswer::from(report)).into_response())
}
