//! Passkeys on the web: one's own under Settings, and signing in by one from the sign-in page.
//!
//! What the browser is asked is named by a cookie of five minutes; the script hands the options to the browser's own
//! function and sends the answer in the form's hidden field. Without the feature `passkeys` the pages only show and remove.

use axum::extract::{Path, State};
use axum::http::header::{HeaderMap, RETRY_AFTER, SET_COOKIE};
use axum::http::{Extensions, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mandate_app::identity::passkeys::{
    PASSKEYS_BUILT, PasskeyAnswer, PasskeyError, PasskeyQuestion, RelyingParty, add_passkey, begin_passkey,
    begin_passkey_sign_in, list_passkeys, remove_passkey, rename_passkey, sign_in_by_passkey,
};
use mandate_app::{Action, FieldError, UseCaseError};
use minijinja::{Value, context};

use super::pages::{client_address, render, safe_next, sign_in_context, stepped, user_agent};
use super::settings::tabs;
use crate::access::{Access, Routes};
use crate::cookies::{self, Step};
use crate::failure::{Failure, PageResult, path_id, retry_after};
use crate::form::Form;
use crate::frame::{Page, Visit, language_of_browser};
use crate::state::Web;

/// Pages under `/settings/passkeys`, and the two addresses of signing in.
pub(super) fn routes() -> Routes {
    const SIGNING_IN: Access = Access::Anyone("whoever signs in is not signed in yet");
    Routes::new()
        .get("/settings/passkeys", Action::OwnProfile, show)
        .post("/settings/passkeys", Action::OwnProfile, add)
        .post("/settings/passkeys/begin", Action::OwnProfile, begin)
        .post("/settings/passkeys/{id}", Action::OwnProfile, rename)
        .post("/settings/passkeys/{id}/remove", Action::OwnProfile, remove)
        .post("/sign-in/passkey/begin", SIGNING_IN, ask)
        .post("/sign-in/passkey", SIGNING_IN, sign_in)
}

/// For whom passkeys are made here; none where there are none.
pub(super) fn relying_party(web: &Web) -> Option<RelyingParty> {
    RelyingParty::of(&web.settings().base_url).filter(|_| PASSKEYS_BUILT)
}

fn party(web: &Web) -> Result<RelyingParty, PasskeyError> {
    relying_party(web).ok_or(PasskeyError::NotBuilt)
}

fn with_question(web: &Web, mut response: Response, question: &PasskeyQuestion) -> Response {
    let cookie = cookies::set_step(web, Step::Passkey, question.secret.reveal());
    response.headers_mut().append(SET_COOKIE, cookie);
    response
}

async fn show(State(web): State<Web>, visit: Visit) -> PageResult {
    page(&web, &visit, StatusCode::OK, (&Form::default(), &[]), None).await
}

async fn page(
    web: &Web,
    visit: &Visit,
    status: StatusCode,
    (form, errors): (&Form, &[FieldError]),
    question: Option<&PasskeyQuestion>,
) -> PageResult {
    let lines: Vec<Value> = list_passkeys(web.ctx(), &visit.actor)
        .await?
        .iter()
        .map(|passkey| {
            context! {
                id => passkey.id.to_string(), name => passkey.name.clone(),
                since => visit.moment(passkey.created_at), used => passkey.last_used_at.map(|at| visit.moment(at)),
                refused => passkey.refused_at.map(|at| visit.moment(at)),
            }
        })
        .collect();
    let own = context! {
        form => form.view(visit, errors), passkeys => lines, available => relying_party(web).is_some(),
        options => question.map(|it| it.options.clone()), tabs => tabs(visit, "settings-tab-security"),
    };
    let page = Page::new(visit.t("passkeys-title"), "nav-settings")
        .crumb(visit.t("nav-settings"), "/settings")
        .crumb(visit.t("factor-title"), "/settings/second-factor")
        .help("sign-in");
    visit.render_with_status(status, page, "identity/passkeys.html", own)
}

async fn begin(State(web): State<Web>, visit: Visit) -> PageResult {
    let question = begin_passkey(web.ctx(), &visit.actor, &party(&web)?).await;
    match question {
        Ok(question) => {
            let shown = page(&web, &visit, StatusCode::OK, (&Form::default(), &[]), Some(&question)).await?;
            Ok(with_question(&web, shown, &question))
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let status = Failure::of(error.kind(), error.message()).status();
            page(&web, &visit, status, (&Form::default(), &error.fields()), None).await
        }
    }
}

async fn add(State(web): State<Web>, visit: Visit, headers: HeaderMap, form: Form) -> PageResult {
    let rp = party(&web)?;
    let secret = cookies::step(&web, &headers, Step::Passkey).unwrap_or_default();
    let given = (form.get("name"), form.get("answer"));
    match add_passkey(web.ctx(), &visit.actor, &rp, &secret, given).await {
        Ok(passkey) => {
            let told = visit.tr("passkey-added", &[("name", &passkey.name)]);
            let mut response = visit.redirect_with("/settings/passkeys", told, None);
            response.headers_mut().append(SET_COOKIE, cookies::clear_step(&web, Step::Passkey));
            Ok(response)
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            // What was asked is used up, so the page asks anew.
            let question = begin_passkey(web.ctx(), &visit.actor, &rp).await.ok();
            let kept = Form::from_pairs([("name", form.get("name").to_owned())]);
            let status = Failure::of(error.kind(), error.message()).status();
            let shown = page(&web, &visit, status, (&kept, &error.fields()), question.as_ref()).await?;
            Ok(match &question {
                Some(question) => with_question(&web, shown, question),
                None => shown,
            })
        }
    }
}

async fn rename(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    match rename_passkey(web.ctx(), &visit.actor, &path_id(&id)?, form.get("name")).await {
        Ok(_) => Ok(visit.redirect_with("/settings/passkeys", visit.t("passkey-renamed"), None)),
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            page(&web, &visit, status, (&Form::default(), &error.fields()), None).await
        }
    }
}

async fn remove(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    remove_passkey(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    Ok(visit.redirect_with("/settings/passkeys", visit.t("passkey-removed"), None))
}

/// What the script of the sign-in page hands to the browser.
async fn ask(State(web): State<Web>, headers: HeaderMap, extensions: Extensions) -> PageResult {
    let client = client_address(&web, &headers, &extensions);
    let question = begin_passkey_sign_in(web.ctx(), &party(&web)?, &client).await?;
    let kind = (header::CONTENT_TYPE, "application/json");
    let kept = (header::CACHE_CONTROL, "no-store");
    let response = ([kind, kept], question.options.clone()).into_response();
    Ok(with_question(&web, response, &question))
}

async fn sign_in(
    State(web): State<Web>,
    headers: HeaderMap,
    extensions: Extensions,
    form: Form,
) -> PageResult {
    let (agent, client) = (user_agent(&headers), client_address(&web, &headers, &extensions));
    let secret = cookies::step(&web, &headers, Step::Passkey).unwrap_or_default();
    let next = safe_next(form.get("next"));
    let given =
        PasskeyAnswer { secret: &secret, answer: form.get("answer"), user_agent: &agent, client: &client };
    let mut response = match sign_in_by_passkey(web.ctx(), &party(&web)?, given).await {
        Ok(step) => stepped(&web, step, next),
        Err(error) => refused(&web, &headers, next, error)?,
    };
    response.headers_mut().append(SET_COOKIE, cookies::clear_step(&web, Step::Passkey));
    Ok(response)
}

/// The sign-in page, with what is wrong in words.
fn refused(web: &Web, headers: &HeaderMap, next: &str, error: PasskeyError) -> PageResult {
    let retry = retry_after(error.kind());
    if error.fields().is_empty() && retry.is_none() {
        return Err(error.into());
    }
    let text = web.texts().message(language_of_browser(headers), &error.message());
    let status = Failure::of(error.kind(), error.message()).status();
    let kept = Form::from_pairs([("next", next.to_owned())]);
    let own = sign_in_context(web, &kept, vec![(String::new(), text)], false);
    let mut page = render(web, headers, status, "sign-in-title", "identity/sign_in.html", own)?;
    if let Some(seconds) = retry {
        page.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    Ok(page)
}
