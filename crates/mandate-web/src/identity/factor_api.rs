//! `/api/v1/me/second-factor` and `/api/v1/me/confirm`: one's own second factor, and confirming who one is in a session.
//!
//! Only in a session: a token proves nobody. Secrets are answered once, so nothing here takes an `Idempotency-Key`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::IntoResponse;
use mandate_app::identity::{
    FactorState, Means, Proof, Secret, begin_own_factor, confirm, confirm_own_factor, find_own_factor,
    means_of_proof, remove_own_factor, renew_own_recovery_codes,
};
use mandate_app::{Action, Message};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::api::renewed;
use crate::access::Routes;
use crate::api::{ApiResult, Body, Caller, Making, Reading, Words};
use crate::cookies;
use crate::state::Web;

/// The routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .api(Action::OwnProfile, routes!(factor, begin_factor))
        .api(Action::OwnProfile, routes!(confirm_factor))
        .api(Action::OwnProfile, routes!(remove_factor))
        .api(Action::OwnProfile, routes!(renew_codes))
        .api(Action::OwnProfile, routes!(means, confirm_session))
}

/// One's own second factor.
#[derive(Serialize, ToSchema)]
struct FactorView {
    /// `off`, `begun` (a first code makes it count) or `on`.
    state: &'static str,
    /// Since when it counts.
    since: Option<String>,
    /// Recovery codes that were not used.
    recovery_codes_left: i64,
    /// Whether the firm asks for one.
    required: bool,
}

/// One's own second factor, without its secret.
#[utoipa::path(get, path = "/me/second-factor", tag = "identity", operation_id = "get_second_factor",
    responses((status = 200, description = "How far it is", body = FactorView), Reading))]
async fn factor(caller: Caller, State(web): State<Web>) -> ApiResult {
    let own = find_own_factor(web.ctx(), &caller.actor).await?;
    let (state, since, recovery_codes_left) = match own.state {
        FactorState::Off => ("off", None, 0),
        FactorState::Begun(_) => ("begun", None, 0),
        FactorState::On { since, n_recovery_codes } => ("on", Some(since.to_string()), n_recovery_codes),
    };
    Ok(Json(FactorView { state, since, recovery_codes_left, required: own.required }).into_response())
}

/// What a program that makes codes needs.
#[derive(Serialize, ToSchema)]
struct FactorBegun {
    /// The address that a QR code holds.
    uri: String,
    /// The secret to type, in groups of four.
    secret: String,
}

/// Begins a second factor; it counts after its first code. Asks to confirm who one is.
#[utoipa::path(post, path = "/me/second-factor", tag = "identity", operation_id = "begin_second_factor",
    responses((status = 201, description = "Its secret, shown once", body = FactorBegun), Making))]
async fn begin_factor(caller: Caller, State(web): State<Web>) -> ApiResult {
    let begun = begin_own_factor(web.ctx(), &caller.actor).await?;
    Ok((StatusCode::CREATED, Json(FactorBegun { uri: begun.uri, secret: begun.secret })).into_response())
}

/// A code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CodeFields {
    /// Six digits.
    #[schema(example = "123456")]
    code: String,
}

/// Recovery codes, each good once.
#[derive(Serialize, ToSchema)]
struct RecoveryCodes {
    /// Ten of them; they are shown only here.
    recovery_codes: Vec<String>,
}

fn words(codes: &[Secret]) -> RecoveryCodes {
    RecoveryCodes { recovery_codes: codes.iter().map(|code| code.reveal().to_owned()).collect() }
}

/// Makes the second factor that was begun count, by its first code; ends one's other sessions.
#[utoipa::path(post, path = "/me/second-factor/confirm", tag = "identity", operation_id = "confirm_second_factor",
    request_body = CodeFields,
    responses((status = 200, description = "It counts", body = RecoveryCodes), Making))]
async fn confirm_factor(caller: Caller, State(web): State<Web>, body: Body<CodeFields>) -> ApiResult {
    let token = caller.session_token.as_deref().unwrap_or_default();
    let on = confirm_own_factor(web.ctx(), &caller.actor, token, &body.value.code).await?;
    let cookie = cookies::set_session(&web, on.session_token.reveal());
    Ok(([(SET_COOKIE, cookie)], Json(words(&on.recovery_codes))).into_response())
}

/// Removes one's own second factor. Asks to confirm who one is; refused while the firm asks for one.
#[utoipa::path(post, path = "/me/second-factor/remove", tag = "identity", operation_id = "remove_second_factor",
    responses((status = 204, description = "It counts no more"), Making))]
async fn remove_factor(caller: Caller, State(web): State<Web>) -> ApiResult {
    remove_own_factor(web.ctx(), &caller.actor).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Ten fresh recovery codes; those there were hold no more. Asks to confirm who one is.
#[utoipa::path(post, path = "/me/second-factor/recovery-codes", tag = "identity",
    operation_id = "renew_recovery_codes",
    responses((status = 201, description = "The codes", body = RecoveryCodes), Making))]
async fn renew_codes(caller: Caller, State(web): State<Web>) -> ApiResult {
    let codes = renew_own_recovery_codes(web.ctx(), &caller.actor).await?;
    Ok((StatusCode::CREATED, Json(words(&codes))).into_response())
}

/// By what one can confirm who one is.
#[derive(Serialize, ToSchema)]
struct MeansView {
    /// `password`, `code` or `provider`.
    means: &'static str,
    /// Whether one has done so within ten minutes.
    confirmed: bool,
}

/// By what one can confirm who one is, and whether that is needed now.
#[utoipa::path(get, path = "/me/confirm", tag = "identity", operation_id = "get_means_of_proof",
    responses((status = 200, description = "By what", body = MeansView), Reading))]
async fn means(caller: Caller, State(web): State<Web>) -> ApiResult {
    let means = match means_of_proof(web.ctx(), &caller.actor).await? {
        Means::Password => "password",
        Means::Code => "code",
        Means::Provider => "provider",
    };
    let confirmed = caller.actor.require_verified(web.ctx().now()).is_ok();
    Ok(Json(MeansView { means, confirmed }).into_response())
}

/// A proof of who one is: one of the two.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProofFields {
    /// One's password; for those without a second factor.
    #[serde(default)]
    password: Option<String>,
    /// A code of one's second factor, or a recovery code.
    #[serde(default)]
    code: Option<String>,
}

/// Confirms who one is: for ten minutes what takes certainty is allowed. The session gets a new cookie.
#[utoipa::path(post, path = "/me/confirm", tag = "identity", operation_id = "confirm_session",
    request_body = ProofFields, responses((status = 204, description = "Confirmed"), Making))]
async fn confirm_session(caller: Caller, State(web): State<Web>, body: Body<ProofFields>) -> ApiResult {
    let proof = match (&body.value.code, &body.value.password) {
        (Some(code), _) => Proof::Code(code),
        (None, Some(password)) => Proof::Password(password),
        (None, None) => {
            let mut words = Words::default();
            words.wrong("password", Message::new("error-json-missing"));
            return words.done::<axum::response::Response>(None);
        }
    };
    let token = caller.session_token.as_deref().unwrap_or_default();
    let fresh = confirm(web.ctx(), &caller.actor, token, proof).await?;
    Ok(renewed(&web, &fresh))
}
