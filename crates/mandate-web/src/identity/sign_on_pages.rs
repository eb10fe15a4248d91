//! To the sign-on provider and back: two addresses, one for signing in and one for confirming, and the return of both.
//!
//! They are plain links: a form that ends at another site is what our own policy forbids a page.

use axum::extract::{Query, State};
use axum::http::header::{HeaderMap, SET_COOKIE};
use axum::response::{IntoResponse, Response};
use mandate_app::identity::{ProvenPerson, confirm_by_provider, resume_session, sign_in_by_provider};
use mandate_app::{Action, UseCaseError};

use super::pages::{Next, safe_next, stepped, user_agent};
use super::sign_on::{Begun, Purpose, Returned, SignOn, SignOnError};
use crate::access::{Access, Routes};
use crate::cookies::{self, Step};
use crate::failure::{Failure, PageResult};
use crate::frame::{Visit, redirect};
use crate::state::Web;

/// To the provider, and the return.
pub(super) fn routes() -> Routes {
    const SIGNING_IN: Access = Access::Anyone("whoever signs in is not signed in yet");
    Routes::new()
        .get("/sign-in/provider", SIGNING_IN, to_sign_in)
        .get("/sign-in/callback", SIGNING_IN, back)
        .get("/confirm/provider", Action::OwnProfile, to_confirm)
}

fn provider(web: &Web) -> Result<&SignOn, Failure> {
    web.sign_on().ok_or_else(Failure::not_found)
}

fn failed(error: SignOnError) -> Failure {
    tracing::warn!(event = "provider_sign_in_failed", %error, "the sign-on provider proved nobody");
    error.into()
}

async fn to_sign_in(State(web): State<Web>, Query(next): Query<Next>) -> PageResult {
    leave(&web, Purpose::SignIn, safe_next(&next.next)).await
}

async fn to_confirm(State(web): State<Web>, _visit: Visit, Query(next): Query<Next>) -> PageResult {
    leave(&web, Purpose::Confirm, safe_next(&next.next)).await
}

async fn leave(web: &Web, purpose: Purpose, next: &str) -> PageResult {
    let (url, begun) = provider(web)?.begin(purpose, next, web.ctx().now()).await.map_err(failed)?;
    let kept = serde_json::to_string(&begun).unwrap_or_default();
    let mut response = redirect(&url);
    response.headers_mut().append(SET_COOKIE, cookies::set_step(web, Step::Provider, &kept));
    Ok(response)
}

async fn back(State(web): State<Web>, headers: HeaderMap, Query(returned): Query<Returned>) -> Response {
    // Whatever comes of it, this return is used up.
    let mut response = come_back(&web, &headers, returned).await.unwrap_or_else(IntoResponse::into_response);
    response.headers_mut().append(SET_COOKIE, cookies::clear_step(&web, Step::Provider));
    response
}

async fn come_back(web: &Web, headers: &HeaderMap, returned: Returned) -> PageResult {
    let sign_on = provider(web)?;
    let kept = cookies::step(web, headers, Step::Provider).unwrap_or_default();
    let begun: Begun = serde_json::from_str(&kept).map_err(|_| failed(SignOnError::NotBegun))?;
    let (next, confirms) = (begun.next.clone(), begun.confirms);
    let proven = sign_on.complete(begun, &returned, web.ctx().now()).await.map_err(failed)?;
    let next = safe_next(&next);
    if confirms {
        return confirmed(web, headers, &proven, next).await;
    }
    match sign_in_by_provider(web.ctx(), &proven, &user_agent(headers)).await {
        Ok(step) => Ok(stepped(web, step, next)),
        Err(error) => {
            tracing::warn!(event = "provider_sign_in_failed", kind = ?error.kind(), "nobody was let in");
            Err(error.into())
        }
    }
}

async fn confirmed(web: &Web, headers: &HeaderMap, proven: &ProvenPerson, next: &str) -> PageResult {
    let token = cookies::value(headers, cookies::session_name(web)).unwrap_or_default();
    let Some(session) = resume_session(web.ctx(), &token).await? else { return Ok(redirect("/sign-in")) };
    let fresh = confirm_by_provider(web.ctx(), &session.actor, &token, proven).await?;
    let mut response = redirect(next);
    response.headers_mut().append(SET_COOKIE, cookies::set_session(web, fresh.reveal()));
    Ok(response)
}
