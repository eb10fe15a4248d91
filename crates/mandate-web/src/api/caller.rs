//! Who calls the API: a personal token in `Authorization: Bearer`, or the session of a page's own script.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use mandate_app::{Actor, ErrorKind, Message};
use mandate_domain::audit::Origin;
use mandate_domain::identity::User;

use crate::access::asker;
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

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Response> {
        let asker = asker(&parts.extensions).map_err(IntoResponse::into_response)?;
        let actor = Actor { origin: Origin::Api, ..asker.session.actor };
        Ok(Self { actor, user: asker.session.user, session_token: asker.session_token })
    }
}

/// The answer to one who names no token or session that holds.
pub(crate) fn unauthorised() -> Response {
    let mut failure = Failure::of(ErrorKind::Forbidden, Message::new("error-no-token"));
    failure.status = Some(StatusCode::UNAUTHORIZED);
    let mut response = failure.into_response();
    response.headers_mut().insert("www-authenticate", HeaderValue::from_static("Bearer"));
    response
}
