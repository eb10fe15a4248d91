//! Signing in by a link: asking for one, and the page behind it, whose button signs in (a scanner of mail presses none).

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{Extensions, HeaderMap, StatusCode};
use mandate_app::identity::{LinkError, ask_for_link, find_sign_in_link, sign_in_by_link};
use minijinja::context;

use super::pages::{client_address, render, stepped, user_agent};
use crate::access::{Access, Routes};
use crate::failure::PageResult;
use crate::form::Form;
use crate::portal::mail_sign_in_link;
use crate::state::Web;

/// When the answer goes out, counted from the question: long after a mail was queued, or was not.
const ANSWERED_AFTER: Duration = Duration::from_millis(150);

/// Pages under `/sign-in/link`.
pub fn routes() -> Routes {
    const SIGNING_IN: Access = Access::Anyone("whoever signs in is not signed in yet");
    const BY_LINK: Access = Access::Anyone("whoever has the one-time link is not signed in yet");
    Routes::new()
        .get("/sign-in/link", SIGNING_IN, show_ask)
        .post("/sign-in/link", SIGNING_IN, ask)
        .get("/sign-in/link/{secret}", BY_LINK, show)
        .post("/sign-in/link/{secret}", BY_LINK, sign_in)
}

async fn show_ask(State(web): State<Web>, headers: HeaderMap) -> PageResult {
    ask_page(&web, &headers, StatusCode::OK, Stage::Asking)
}

/// Where the page that sends links stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing was asked for yet.
    Asking,
    /// A link was asked for.
    Asked,
    /// A link was opened that does not hold any more.
    Lapsed,
}

fn ask_page(web: &Web, headers: &HeaderMap, status: StatusCode, stage: Stage) -> PageResult {
    let (asked, lapsed) = (stage == Stage::Asked, stage == Stage::Lapsed);
    let own = context! { asked, lapsed, mails => web.ctx().sends_mail() };
    let title = if lapsed { "sign-in-link-lapsed" } else { "sign-in-link-title" };
    render(web, headers, status, title, "identity/link_ask.html", own)
}

/// The answer is the same whether the address has access or not, and so is the time it takes.
async fn ask(State(web): State<Web>, headers: HeaderMap, extensions: Extensions, form: Form) -> PageResult {
    let answered_at = tokio::time::Instant::now() + ANSWERED_AFTER;
    let client = client_address(&web, &headers, &extensions);
    ask_for_link(web.ctx(), form.get("email"), &client, |user, secret| mail_sign_in_link(&web, user, secret))
        .await?;
    tokio::time::sleep_until(answered_at).await;
    ask_page(&web, &headers, StatusCode::OK, Stage::Asked)
}

async fn show(State(web): State<Web>, headers: HeaderMap, Path(secret): Path<String>) -> PageResult {
    let Some(user) = find_sign_in_link(web.ctx(), &secret).await? else {
        return ask_page(&web, &headers, StatusCode::NOT_FOUND, Stage::Lapsed);
    };
    let own = context! { name => user.display_name, email => user.email, action => format!("/sign-in/link/{secret}") };
    render(&web, &headers, StatusCode::OK, "sign-in-link-welcome", "identity/link_sign_in.html", own)
}

async fn sign_in(State(web): State<Web>, headers: HeaderMap, Path(secret): Path<String>) -> PageResult {
    match sign_in_by_link(web.ctx(), &secret, &user_agent(&headers)).await {
        Ok(step) => Ok(stepped(&web, step, "/portal")),
        Err(LinkError::Lapsed) => ask_page(&web, &headers, StatusCode::NOT_FOUND, Stage::Lapsed),
        Err(error) => Err(error.into()),
    }
}
