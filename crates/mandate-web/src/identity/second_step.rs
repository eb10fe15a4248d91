//! The second step of signing in: the code that is asked for, or a second factor that is set up on the way in.
//!
//! What waits is known by a cookie of five minutes; without it, or after five wrong codes, the way leads back to the
//! beginning. Nothing here tells more of the account than its address.

use axum::extract::{Query, State};
use axum::http::header::{HeaderMap, RETRY_AFTER, SET_COOKIE};
use axum::http::{Extensions, StatusCode};
use axum::response::{IntoResponse, Response};
use mandate_app::identity::{FactorError, WaitingSignIn, find_waiting_sign_in, take_second_step};
use mandate_app::{ErrorKind, UseCaseError};
use minijinja::context;

use super::pages::{Next, client_address, in_words, render, safe_next};
use super::qr::qr_svg;
use crate::access::{Access, Routes};
use crate::cookies::{self, Step};
use crate::failure::{Failure, PageResult, retry_after};
use crate::form::Form;
use crate::frame::{language_of_browser, redirect};
use crate::state::Web;

/// Pages between the password and being in.
pub(super) fn routes() -> Routes {
    const SIGNING_IN: Access = Access::Anyone("whoever signs in is not signed in yet");
    Routes::new().get("/sign-in/second-step", SIGNING_IN, show).post("/sign-in/second-step", SIGNING_IN, take)
}

/// Leads to the second step, whose secret the browser keeps.
pub(super) fn to_second_step(web: &Web, secret: &str, next: &str) -> Response {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    let mut response =
        redirect(&format!("/sign-in/second-step?next={}", utf8_percent_encode(next, NON_ALPHANUMERIC)));
    response.headers_mut().append(SET_COOKIE, cookies::set_step(web, Step::SecondFactor, secret));
    response
}

fn back_to_the_beginning(web: &Web) -> Response {
    let mut response = redirect("/sign-in");
    response.headers_mut().append(SET_COOKIE, cookies::clear_step(web, Step::SecondFactor));
    response
}

async fn show(State(web): State<Web>, headers: HeaderMap, Query(next): Query<Next>) -> PageResult {
    let form = Form::from_pairs([("next", safe_next(&next.next).to_owned())]);
    page(&web, &headers, StatusCode::OK, &form, vec![]).await
}

async fn page(
    web: &Web,
    headers: &HeaderMap,
    status: StatusCode,
    form: &Form,
    errors: Vec<(String, String)>,
) -> PageResult {
    let secret = cookies::step(web, headers, Step::SecondFactor).unwrap_or_default();
    let Some(WaitingSignIn { email, enrolment }) = find_waiting_sign_in(web.ctx(), &secret).await? else {
        return Ok(back_to_the_beginning(web));
    };
    let label =
        web.texts().message(language_of_browser(headers), &mandate_app::Message::new("factor-qr-label"));
    let enrolment =
        enrolment.map(|it| context! { qr => qr_svg(&it.uri, &label), uri => it.uri, secret => it.secret });
    let own = context! { form => form.view_with(errors), email => email, enrolment => enrolment };
    render(web, headers, status, "second-step-title", "identity/second_step.html", own)
}

async fn take(State(web): State<Web>, headers: HeaderMap, extensions: Extensions, form: Form) -> PageResult {
    let secret = cookies::step(&web, &headers, Step::SecondFactor).unwrap_or_default();
    let client = client_address(&web, &headers, &extensions);
    let next = safe_next(form.get("next"));
    let kept = Form::from_pairs([("next", next.to_owned())]);
    match take_second_step(web.ctx(), &secret, form.get("code"), &client).await {
        Ok((done, recovery)) => {
            let mut response = if recovery.is_empty() {
                redirect(next)
            } else {
                let codes: Vec<String> = recovery.iter().map(|code| code.reveal().to_owned()).collect();
                let own = context! { codes => codes, next => next.to_owned() };
                render(
                    &web,
                    &headers,
                    StatusCode::OK,
                    "factor-recovery",
                    "identity/recovery_codes.html",
                    own,
                )?
            };
            let cookies = [
                cookies::set_session(&web, done.session_token.reveal()),
                cookies::clear_step(&web, Step::SecondFactor),
            ];
            for cookie in cookies {
                response.headers_mut().append(SET_COOKIE, cookie);
            }
            Ok(response)
        }
        Err(FactorError::Lapsed) => Ok(back_to_the_beginning(&web)),
        Err(error) if !error.fields().is_empty() => {
            let errors = in_words(&web, &headers, &error.fields());
            page(&web, &headers, StatusCode::UNPROCESSABLE_ENTITY, &kept, errors).await
        }
        Err(error) if matches!(error.kind(), ErrorKind::TooMany { .. }) => {
            let text = web.texts().message(language_of_browser(&headers), &error.message());
            let status = StatusCode::TOO_MANY_REQUESTS;
            let mut page = page(&web, &headers, status, &kept, vec![("code".to_owned(), text)]).await?;
            if let Some(seconds) = retry_after(error.kind()) {
                page.headers_mut().insert(RETRY_AFTER, seconds.into());
            }
            Ok(page)
        }
        Err(error) => Ok(Failure::from(error).into_response()),
    }
}
