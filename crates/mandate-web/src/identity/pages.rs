//! First start, sign-in, sign-out and password links: the pages without navigation.
//!
//! A wrong address, a wrong password and a suspended user read alike. `next` leads only to paths of ours. What follows a
//! right password where a second factor is asked for stands in `second_step`.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::header::{HeaderMap, RETRY_AFTER, SET_COOKIE, USER_AGENT};
use axum::http::{Extensions, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use mandate_app::identity::{
    Credentials, LinkError, OpenLink, OwnerDraft, SignIn, SignedIn, complete_password_link, complete_setup,
    find_link, needs_setup, sign_in, sign_out,
};
use mandate_app::{ErrorKind, FieldError, Message, UseCaseError};
use minijinja::{Value, context};
use serde::Deserialize;

use crate::access::{Access, Routes};
use crate::cookies;
use crate::failure::{Failure, PageResult, retry_after};
use crate::form::Form;
use crate::frame::{Visit, bare, language_of_browser, redirect};
use crate::identity::{
    confirm, leavers, passkeys, second_factor, second_step, settings, sign_in_link, sign_on_pages, users,
};
use crate::locale::LOCALES;
use crate::state::Web;

/// The room's pages.
pub fn routes() -> Routes {
    const SIGNING_IN: Access = Access::Anyone("whoever signs in is not signed in yet");
    const BY_LINK: Access = Access::Anyone("whoever has the one-time link is not signed in yet");
    Routes::new()
        .get("/sign-in", SIGNING_IN, show_sign_in)
        .post("/sign-in", SIGNING_IN, do_sign_in)
        .post("/sign-out", Access::SignedIn, do_sign_out)
        .get("/setup/{secret}", BY_LINK, show_setup)
        .post("/setup/{secret}", BY_LINK, do_setup)
        .get("/password/{secret}", BY_LINK, show_password)
        .post("/password/{secret}", BY_LINK, do_password)
        .merge(sign_in_link::routes())
        .merge(second_step::routes())
        .merge(passkeys::routes())
        .merge(sign_on_pages::routes())
        .merge(confirm::routes())
        .merge(settings::routes())
        .merge(second_factor::routes())
        .merge(leavers::routes())
        .merge(users::routes())
        .merge(super::mail::routes())
        .merge(super::walls::routes())
        .merge(super::hats::routes())
}

#[derive(Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    pub(super) next: String,
}

/// A path of ours, or the start.
pub(super) fn safe_next(next: &str) -> &str {
    let is_path = next.starts_with('/') && !next.starts_with("//") && !next.contains('\\');
    if is_path && !next.chars().any(char::is_control) { next } else { "/" }
}

pub(super) fn render(
    web: &Web,
    headers: &HeaderMap,
    status: StatusCode,
    title_id: &'static str,
    template: &str,
    own: Value,
) -> PageResult {
    let language = language_of_browser(headers);
    let formats = web.formats(if language == "de" { "de-DE" } else { "en-GB" });
    let context = context! { page => bare(web, headers, title_id), ..own };
    let html = web
        .templates()
        .render(language, &formats, template, context)
        .map_err(|error| Failure::internal(&error))?;
    Ok((status, Html(html)).into_response())
}

pub(super) fn user_agent(headers: &HeaderMap) -> String {
    let text = headers.get(USER_AGENT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    text.chars().take(200).collect()
}

/// The client's address; behind a trusted proxy, what the proxy says. Of IPv6 its network of 64 bits, because whoever has
/// one address of it has all.
pub(super) fn client_address(web: &Web, headers: &HeaderMap, extensions: &Extensions) -> String {
    if web.settings().trust_proxy
        // A proxy extends the line or adds one of its own; either way the last address is the one it saw.
        && let Some(forwarded) = headers.get_all("x-forwarded-for").iter().next_back().and_then(|it| it.to_str().ok())
        && let Some(last) = forwarded.rsplit(',').next()
    {
        return last.trim().parse().map_or_else(|_| last.trim().to_owned(), network_of);
    }
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map(|ConnectInfo(peer)| network_of(peer.ip())).unwrap_or_default()
}

fn network_of(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("{}/64", Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}

pub(super) fn signed_in(web: &Web, signed_in: &SignedIn, next: &str) -> Response {
    let mut response = redirect(next);
    response.headers_mut().append(SET_COOKIE, cookies::set_session(web, signed_in.session_token.reveal()));
    response
}

/// Where a sign-in leads: in, or to its second step.
pub(super) fn stepped(web: &Web, step: SignIn, next: &str) -> Response {
    match step {
        SignIn::Done(done) => signed_in(web, &done, next),
        SignIn::CodeAsked(secret) | SignIn::FactorNeeded(secret) => {
            second_step::to_second_step(web, secret.reveal(), next)
        }
    }
}

async fn show_sign_in(State(web): State<Web>, headers: HeaderMap, Query(next): Query<Next>) -> PageResult {
    let form = Form::from_pairs([("next", safe_next(&next.next).to_owned())]);
    let first_start = needs_setup(web.ctx()).await?;
    let own = sign_in_context(&web, &form, vec![], first_start);
    render(&web, &headers, StatusCode::OK, "sign-in-title", "identity/sign_in.html", own)
}

pub(super) fn sign_in_context(
    web: &Web,
    form: &Form,
    errors: Vec<(String, String)>,
    first_start: bool,
) -> Value {
    let provider = web.sign_on().map(|sign_on| {
        let next =
            percent_encoding::utf8_percent_encode(form.get("next"), percent_encoding::NON_ALPHANUMERIC);
        context! { name => sign_on.name().to_owned(), href => format!("/sign-in/provider?next={next}") }
    });
    let passkeys = passkeys::relying_party(web).is_some();
    context! { form => form.view_with(errors), first_start => first_start, provider => provider, passkeys => passkeys }
}

async fn do_sign_in(
    State(web): State<Web>,
    headers: HeaderMap,
    extensions: Extensions,
    form: Form,
) -> PageResult {
    let (agent, client) = (user_agent(&headers), client_address(&web, &headers, &extensions));
    let credentials = Credentials {
        email: form.get("email"),
        password: form.get("password"),
        user_agent: &agent,
        client: &client,
    };
    match sign_in(web.ctx(), credentials).await {
        Ok(step) => Ok(stepped(&web, step, safe_next(form.get("next")))),
        Err(error) if error.kind() == ErrorKind::Internal => Err(error.into()),
        Err(error) => {
            let status = Failure::from(error.clone_for_page()).status();
            let text = web.texts().message(language_of_browser(&headers), &error.message());
            let kept = Form::from_pairs([
                ("email", form.get("email").to_owned()),
                ("next", safe_next(form.get("next")).to_owned()),
            ]);
            let own = sign_in_context(&web, &kept, vec![("email".to_owned(), text)], false);
            let mut page = render(&web, &headers, status, "sign-in-title", "identity/sign_in.html", own)?;
            if let Some(seconds) = retry_after(error.kind()) {
                page.headers_mut().insert(RETRY_AFTER, seconds.into());
            }
            Ok(page)
        }
    }
}

/// What the page needs to know of an error that it also shows.
trait ForPage {
    /// The kind and message alone.
    fn clone_for_page(&self) -> PageError;
}

impl<E: UseCaseError> ForPage for E {
    fn clone_for_page(&self) -> PageError {
        PageError { kind: self.kind(), message: self.message() }
    }
}

/// Kind and message of an error that a form shows in place.
#[derive(Debug, thiserror::Error)]
#[error("{}", message.id)]
struct PageError {
    kind: ErrorKind,
    message: Message,
}

impl UseCaseError for PageError {
    fn kind(&self) -> ErrorKind {
        self.kind
    }

    fn message(&self) -> Message {
        self.message.clone()
    }
}

async fn do_sign_out(State(web): State<Web>, visit: Visit, headers: HeaderMap) -> PageResult {
    if let Some(token) = cookies::value(&headers, cookies::session_name(&web)) {
        sign_out(web.ctx(), &visit.actor, &token).await?;
    }
    let mut response = redirect("/sign-in");
    response.headers_mut().append(SET_COOKIE, cookies::clear_session(&web));
    Ok(response)
}

fn lapsed() -> Failure {
    Failure::of(ErrorKind::NotFound, Message::new("link-error-lapsed"))
}

fn setup_context(form: &Form, errors: Vec<(String, String)>) -> Value {
    context! { form => form.view_with(errors), locales => LOCALES }
}

async fn show_setup(State(web): State<Web>, headers: HeaderMap, Path(secret): Path<String>) -> PageResult {
    if find_link(web.ctx(), &secret).await? != Some(OpenLink::FirstStart) {
        return Err(lapsed());
    }
    let form = Form::from_pairs([("locale", "en-GB".to_owned()), ("time_zone", "Europe/London".to_owned())]);
    let own = setup_context(&form, vec![]);
    render(&web, &headers, StatusCode::OK, "setup-title", "identity/setup.html", own)
}

/// What is wrong with fields of a page without a reader, in the language of the page itself.
pub(super) fn in_words(web: &Web, headers: &HeaderMap, fields: &[FieldError]) -> Vec<(String, String)> {
    let text = |field: &FieldError| web.texts().message(language_of_browser(headers), &field.message);
    fields.iter().map(|field| (field.field.clone(), text(field))).collect()
}

async fn do_setup(
    State(web): State<Web>,
    headers: HeaderMap,
    Path(secret): Path<String>,
    form: Form,
) -> PageResult {
    let draft = OwnerDraft {
        email: form.get("email").to_owned(),
        display_name: form.get("display_name").to_owned(),
        password: form.get("password").to_owned(),
        locale: Some(form.get("locale")).filter(|it| LOCALES.contains(it)).unwrap_or("en-GB").to_owned(),
        time_zone: form.get("time_zone").to_owned(),
        light_mode: form.has("light_mode"),
    };
    match complete_setup(web.ctx(), &secret, draft, &user_agent(&headers)).await {
        Ok(done) => Ok(signed_in(&web, &done, "/")),
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let own = setup_context(&form, in_words(&web, &headers, &error.fields()));
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            render(&web, &headers, status, "setup-title", "identity/setup.html", own)
        }
    }
}

async fn show_password(State(web): State<Web>, headers: HeaderMap, Path(secret): Path<String>) -> PageResult {
    password_page(&web, &headers, &secret, StatusCode::OK, vec![]).await
}

async fn password_page(
    web: &Web,
    headers: &HeaderMap,
    secret: &str,
    status: StatusCode,
    errors: Vec<(String, String)>,
) -> PageResult {
    let Some(OpenLink::Password { email, display_name }) = find_link(web.ctx(), secret).await? else {
        return Err(lapsed());
    };
    let own = context! { form => Form::default().view_with(errors), email => email, name => display_name };
    render(web, headers, status, "password-title", "identity/password.html", own)
}

async fn do_password(
    State(web): State<Web>,
    headers: HeaderMap,
    Path(secret): Path<String>,
    form: Form,
) -> PageResult {
    match complete_password_link(web.ctx(), &secret, form.get("password"), &user_agent(&headers)).await {
        Ok(step) => Ok(stepped(&web, step, "/")),
        Err(error @ LinkError::Password(_)) => {
            let errors = in_words(&web, &headers, &error.fields());
            password_page(&web, &headers, &secret, StatusCode::UNPROCESSABLE_ENTITY, errors).await
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_sign_in_nobody_is_led_elsewhere() {
        assert_eq!(safe_next("/accounts?sort=name"), "/accounts?sort=name");
        for evil in ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""] {
            assert_eq!(safe_next(evil), "/", "{evil}");
        }
    }
}
