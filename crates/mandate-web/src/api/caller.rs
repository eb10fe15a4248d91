//! Who calls the API: a personal token in `Authorization: Bearer`, or the session of a page's own script.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use mandate_app::{Actor, ErrorKind, Message};
use mandate_domain::audit::Origin;
use mandate_domain::identity::User;

use crate::cookies;
use crate::failure::Failure;
use crate::state::Web;

/// The caller of an API request: extract it first in every API handler.
pub struct Caller {
    /// In what roles and over which accounts they act.
    pub actor: Actor,
    /// The user they are.
    pub user: User,
    /// Their session, unless a token calls.
    pub session_token: Option<String>,
}

impl FromRequestParts<Web> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let bearer = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|header| header.to_str().ok())
            .and_then(|header| header.strip_prefix("Bearer "))
            .map(str::trim);
        let mut session_token = None;
        let session = match bearer {
            Some(token) => mandate_app::identity::authenticate_token(web.ctx(), token)
                .await
                .map_err(|error| Failure::from(error).into_response())?,
            None => match cookies::value(&parts.headers, cookies::session_name(web)) {
                Some(token) => {
                    let session = mandate_app::identity::resume_session(web.ctx(), &token)
                        .await
                        .map_err(|error| Failure::from(error).into_response())?;
                    session_token = Some(token);
                    session
                }
                None => None,
            },
        };
        let Some(session) = session else { return Err(unauthorised()) };
        let actor = Actor { origin: Origin::Api, ..session.actor };
        Ok(Self { actor, user: session.user, session_token })
    }
}

fn unauthorised() -> Response {
    let mut failure = Failure::of(ErrorKind::Forbidden, Message::new("error-no-token"));
    failure.status = Some(StatusCode::UNAUTHORIZED);
    let mut response = failure.into_response();
    response.headers_mut().insert("www-authenticate", HeaderValue::from_static("Bearer"));
    response
}
