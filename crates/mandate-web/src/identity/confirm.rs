//! "Confirm it is you": asked for by a use case that has to be sure, and back to where the person was.
//!
//! A refused page or form leads here by itself (`failure::render`); what was typed into a form is typed again.

use axum::extract::{Query, Request, State};
use axum::http::header::{ACCEPT_LANGUAGE, HOST, HeaderMap, HeaderValue, REFERER, SET_COOKIE};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use mandate_app::identity::{Means, Proof, confirm, means_of_proof};
use mandate_app::{Action, FieldError, UseCaseError};
use minijinja::context;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::pages::{Next, in_words, render, safe_next};
use crate::access::Routes;
use crate::cookies;
use crate::failure::PageResult;
use crate::form::Form;
use crate::frame::{Visit, redirect};
use crate::state::Web;

/// The page and its form.
pub(super) fn routes() -> Routes {
    Routes::new().get("/confirm", Action::OwnProfile, show).post("/confirm", Action::OwnProfile, take)
}

/// Where the person is to be led back to: the page itself, or the page whose form was sent.
pub(crate) fn way_back(request: &Request) -> String {
    if request.method() == Method::GET {
        return request.uri().path_and_query().map_or("/", |it| it.as_str()).to_owned();
    }
    let header = |name| request.headers().get(name).and_then(|it| it.to_str().ok());
    let path = header(REFERER).zip(header(HOST)).and_then(|(referer, host)| {
        let rest = referer.split_once("://")?.1.strip_prefix(host)?;
        Some(if rest.is_empty() { "/" } else { rest })
    });
    safe_next(path.unwrap_or("/")).to_owned()
}

/// Leads to the page that asks.
pub(crate) fn to_confirm(back: &str) -> Response {
    redirect(&format!("/confirm?next={}", utf8_percent_encode(back, NON_ALPHANUMERIC)))
}

async fn show(
    State(web): State<Web>,
    visit: Visit,
    headers: HeaderMap,
    Query(next): Query<Next>,
) -> PageResult {
    page(&web, &visit, &headers, StatusCode::OK, safe_next(&next.next), &[]).await
}

async fn page(
    web: &Web,
    visit: &Visit,
    headers: &HeaderMap,
    status: StatusCode,
    next: &str,
    errors: &[FieldError],
) -> PageResult {
    // The reader is known here: their own language goes before the browser's.
    let mut headers = headers.clone();
    headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(visit.language));
    let headers = &headers;
    let means = means_of_proof(web.ctx(), &visit.actor).await?;
    let form = Form::from_pairs([("next", next.to_owned())]);
    let provider = web.sign_on().filter(|_| means != Means::Code).map(|sign_on| {
        let next = utf8_percent_encode(next, NON_ALPHANUMERIC);
        context! { name => sign_on.name().to_owned(), href => format!("/confirm/provider?next={next}") }
    });
    let means = match means {
        Means::Password => "password",
        Means::Code => "code",
        Means::Provider => "provider",
    };
    let own = context! {
        form => form.view_with(in_words(web, headers, errors)), means => means, provider => provider,
        email => visit.user.email.clone(), next => next.to_owned(),
    };
    render(web, headers, status, "confirm-title", "identity/confirm.html", own)
}

async fn take(State(web): State<Web>, visit: Visit, headers: HeaderMap, form: Form) -> PageResult {
    let token = cookies::value(&headers, cookies::session_name(&web)).unwrap_or_default();
    let proof = match form.has("code") {
        true => Proof::Code(form.get("code")),
        false => Proof::Password(form.get("password")),
    };
    let next = safe_next(form.get("next"));
    match confirm(web.ctx(), &visit.actor, &token, proof).await {
        Ok(fresh) => {
            let mut response = redirect(next);
            response.headers_mut().append(SET_COOKIE, cookies::set_session(&web, fresh.reveal()));
            Ok(response)
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            page(&web, &visit, &headers, StatusCode::UNPROCESSABLE_ENTITY, next, &error.fields()).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[test]
    fn a_form_leads_back_to_its_page_and_never_elsewhere() {
        let sent = |referer: &str| {
            let request =
                Request::post("/settings/tokens").header(HOST, "mandate.example").header(REFERER, referer);
            way_back(&request.body(Body::empty()).expect("a request"))
        };
        assert_eq!(sent("https://mandate.example/settings/tokens?a=b"), "/settings/tokens?a=b");
        assert_eq!(sent("https://mandate.example"), "/");
        assert_eq!(sent("https://mandate.example.evil.example/x"), "/");
        assert_eq!(sent("https://evil.example/settings"), "/");
        let read = Request::get("/settings/candid?x=1").body(Body::empty()).expect("a request");
        assert_eq!(way_back(&read), "/settings/candid?x=1");
    }
}
