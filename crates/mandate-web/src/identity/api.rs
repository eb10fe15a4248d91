//! `/api/v1/me` and `/api/v1/tokens`: who calls, their profile, password and sessions, and the tokens they made.
//!
//! A secret is answered once and kept nowhere: so what makes one takes no `Idempotency-Key`, for the key would keep the
//! answer. Users and the firm are in `users_api`.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{ETAG, SET_COOKIE};
use axum::response::{IntoResponse, Response};
use mandate_app::identity::{
    NewToken, PasswordChange, Profile, Secret, SessionLine, TokenLine, UserError, change_password,
    create_token, find_own_user, list_sessions, list_tokens, revoke_session, revoke_token, save_profile,
};
use mandate_app::{Action, Message};
use mandate_domain::Id;
use mandate_domain::identity::User;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::access::{Access, Routes};
use crate::api::{ApiResult, Body, Caller, Changing, IfMatch, Making, Reading, Words, etag, matched};
use crate::cookies;
use crate::failure::{Failure, path_id};
use crate::state::Web;

/// The room's API routes.
pub fn routes() -> Routes {
    Routes::new()
        .api(Access::SignedIn, routes!(me))
        .api(Action::OwnProfile, routes!(put_me))
        .api(Action::OwnProfile, routes!(put_password))
        .api(Action::OwnProfile, routes!(sessions))
        .api(Action::OwnProfile, routes!(end_session))
        .api(Action::OwnProfile, routes!(tokens, make_token))
        .api(Action::OwnProfile, routes!(end_token))
        .merge(super::factor_api::routes())
        .merge(super::passkeys_api::routes())
        .merge(super::users_api::routes())
        .merge(super::security_api::routes())
}

/// Who calls.
#[derive(Debug, Serialize, ToSchema)]
struct Me {
    /// The user's id.
    id: String,
    /// The address they sign in with.
    email: String,
    /// The name pages show.
    display_name: String,
    /// Language and formats.
    #[schema(example = "en-GB")]
    locale: String,
    /// IANA zone in which times are shown.
    #[schema(example = "Europe/London")]
    time_zone: String,
    /// Whether single-key shortcuts act.
    single_keys: bool,
    /// Who they are in the book.
    person_id: Option<String>,
    /// The roles held.
    roles: Vec<&'static str>,
    /// The token's scopes; null for a session, which may do all its roles may.
    scopes: Option<Vec<String>>,
    /// Counts saves; also in `ETag`.
    version: i64,
}

fn me_answer(caller: &Caller, user: &User) -> ApiResult {
    let me = Me {
        id: user.id.to_string(),
        email: user.email.clone(),
        display_name: user.display_name.clone(),
        locale: user.locale.clone(),
        time_zone: user.time_zone.clone(),
        single_keys: user.single_keys,
        person_id: user.person_id.as_ref().map(Id::to_string),
        roles: user.roles.iter().map(|role| role.as_str()).collect(),
        scopes: caller.actor.token_scopes.clone(),
        version: user.version,
    };
    Ok(([(ETAG, etag(user.version))], Json(me)).into_response())
}

/// Who calls, in which roles, with which scopes; needs no scope.
#[utoipa::path(get, path = "/me", tag = "identity",
    responses((status = 200, description = "The caller", body = Me), Reading))]
async fn me(caller: Caller) -> ApiResult {
    me_answer(&caller, &caller.user)
}

/// One's own profile as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProfileFields {
    /// The name pages show.
    #[schema(example = "Ada Owner")]
    display_name: String,
    /// Language and formats.
    #[schema(example = "en-GB")]
    locale: String,
    /// IANA zone in which times are shown.
    #[schema(example = "Europe/London")]
    time_zone: String,
    /// Whether single-key shortcuts act.
    single_keys: bool,
}

/// Changes one's own name, formats and zone.
#[utoipa::path(put, path = "/me", tag = "identity", operation_id = "replace_me", params(("If-Match" = String, Header, description = "The `ETag` that was read")),
    request_body = ProfileFields,
    responses((status = 200, description = "The caller", body = Me), Changing))]
async fn put_me(
    caller: Caller,
    State(web): State<Web>,
    IfMatch(version): IfMatch,
    body: Body<ProfileFields>,
) -> ApiResult {
    let ProfileFields { display_name, locale, time_zone, single_keys } = body.value;
    let profile = Profile { display_name, locale, time_zone, single_keys, version: Some(version) };
    let saved = save_profile(web.ctx(), &caller.actor, profile).await;
    me_answer(&caller, &matched(saved, own_version(&web, &caller)).await?)
}

async fn own_version(web: &Web, caller: &Caller) -> Result<i64, UserError> {
    Ok(find_own_user(web.ctx(), &caller.actor).await?.version)
}

/// A change of one's own password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordFields {
    /// The present one.
    current_password: String,
    /// The one that is to hold.
    password: String,
}

/// The session under its new token, for the browser that asked.
pub(super) fn renewed(web: &Web, token: &Secret) -> Response {
    let cookie = cookies::set_session(web, token.reveal());
    (StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]).into_response()
}

/// Changes one's own password and ends one's other sessions. Not with a token.
#[utoipa::path(post, path = "/me/password", tag = "identity", operation_id = "change_password",
    request_body = PasswordFields, responses((status = 204, description = "It holds now"), Making))]
async fn put_password(caller: Caller, State(web): State<Web>, body: Body<PasswordFields>) -> ApiResult {
    let change = PasswordChange {
        current: &body.value.current_password,
        new: &body.value.password,
        session_token: caller.session_token.as_deref().unwrap_or_default(),
    };
    let fresh = change_password(web.ctx(), &caller.actor, change).await?;
    Ok(renewed(&web, &fresh))
}

/// A place where one is signed in.
#[derive(Serialize, ToSchema)]
pub struct SessionView {
    /// Names it; signs nobody in.
    id: String,
    /// Whether it is the one that asks.
    current: bool,
    /// What the browser said of itself.
    user_agent: String,
    /// Since when.
    created_at: String,
    /// When it was last used.
    last_seen_at: String,
}

impl From<SessionLine> for SessionView {
    fn from(line: SessionLine) -> Self {
        Self {
            id: line.id,
            current: line.current,
            user_agent: line.user_agent,
            created_at: line.times.created_at.to_string(),
            last_seen_at: line.times.last_seen_at.to_string(),
        }
    }
}

/// One's own sessions that hold, last used first.
#[utoipa::path(get, path = "/me/sessions", tag = "identity", operation_id = "list_sessions",
    responses((status = 200, description = "All of them", body = Vec<SessionView>), Reading))]
async fn sessions(caller: Caller, State(web): State<Web>) -> ApiResult {
    let current = caller.session_token.as_deref().unwrap_or_default();
    let found = list_sessions(web.ctx(), &caller.actor, current).await?;
    let all: Vec<SessionView> = found.into_iter().map(SessionView::from).collect();
    Ok(Json(all).into_response())
}

/// Ends one of one's own sessions.
#[utoipa::path(post, path = "/me/sessions/{id}/end", tag = "identity", operation_id = "end_session",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 204, description = "It holds no more"), Making))]
async fn end_session(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    revoke_session(web.ctx(), &caller.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A personal token, without its secret.
#[derive(Serialize, ToSchema)]
struct TokenView {
    /// Its id.
    id: String,
    /// What its owner calls it.
    name: String,
    /// What it may be used for.
    scopes: Vec<String>,
    /// When it was made.
    created_at: String,
    /// When it ends; null for one that holds until it is revoked.
    expires_at: Option<String>,
    /// Its last use, to the minute.
    last_used_at: Option<String>,
    /// When it was revoked.
    revoked_at: Option<String>,
}

impl From<TokenLine> for TokenView {
    fn from(line: TokenLine) -> Self {
        Self {
            id: line.id.to_string(),
            name: line.name,
            scopes: line.scopes,
            created_at: line.created_at.to_string(),
            expires_at: line.expires_at.map(|at| at.to_string()),
            last_used_at: line.last_used_at.map(|at| at.to_string()),
            revoked_at: line.revoked_at.map(|at| at.to_string()),
        }
    }
}

/// One's own tokens, newest first, revoked and lapsed ones too.
#[utoipa::path(get, path = "/tokens", tag = "identity", operation_id = "list_tokens",
    responses((status = 200, description = "All of them", body = Vec<TokenView>), Reading))]
async fn tokens(caller: Caller, State(web): State<Web>) -> ApiResult {
    let found = list_tokens(web.ctx(), &caller.actor).await?;
    Ok(Json(found.into_iter().map(TokenView::from).collect::<Vec<_>>()).into_response())
}

/// A token to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TokenFields {
    /// What its owner calls it.
    #[schema(example = "Nightly export")]
    name: String,
    /// What it may be used for, each a right of one's own.
    #[schema(example = json!(["book:read", "facts:read"]))]
    scopes: Vec<String>,
    /// Days until it ends, 1 to 3,650; without them it holds until it is revoked.
    #[serde(default)]
    expires_in_days: Option<u32>,
}

impl TokenFields {
    fn scopes(&self) -> Result<Vec<Action>, Failure> {
        let mut words = Words::default();
        let mut scopes = vec![];
        for (idx, scope) in self.scopes.iter().enumerate() {
            match Action::ALL.into_iter().find(|action| action.as_str() == scope) {
                Some(action) => scopes.push(action),
                None => {
                    let message = Message::new("token-error-scope").with("scope", scope.clone());
                    words.wrong(&format!("scopes.{idx}"), message);
                }
            }
        }
        words.done(Some(scopes))
    }
}

/// A token just made, with the only sight of its secret.
#[derive(Serialize, ToSchema)]
struct TokenMade {
    /// The secret, for `Authorization: Bearer`; it is shown once.
    token: String,
    /// The rest.
    #[serde(flatten)]
    view: TokenView,
}

/// Makes a token. Only in a session: no token makes another.
#[utoipa::path(post, path = "/tokens", tag = "identity", operation_id = "create_token",
    request_body = TokenFields,
    responses((status = 201, description = "The token", body = TokenMade), Making))]
async fn make_token(caller: Caller, State(web): State<Web>, body: Body<TokenFields>) -> ApiResult {
    let scopes = body.value.scopes()?;
    let TokenFields { name, expires_in_days, .. } = body.value;
    let made = create_token(web.ctx(), &caller.actor, NewToken { name, scopes, expires_in_days }).await?;
    let made = TokenMade { token: made.secret.reveal().to_owned(), view: made.token.into() };
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

/// Revokes one of one's own tokens.
#[utoipa::path(post, path = "/tokens/{id}/revoke", tag = "identity", operation_id = "revoke_token",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 204, description = "It holds no more"), Making))]
async fn end_token(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    let id = path_id(&id)?;
    revoke_token(web.ctx(), &caller.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
