//! Idempotency keys: the same key gives the same answer and one effect, also through a crash.
//!
//! The key is claimed in the transaction of the effect (`mandate_app::idempotency`). Here: the header, the replay.

use axum::extract::FromRequestParts;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use mandate_app::idempotency::{self, Begun};
use mandate_app::{Ctx, Message};

use crate::api::{ApiResult, Caller};
use crate::failure::Failure;
use crate::state::Web;

const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The `Idempotency-Key` of a request, if it has one.
pub struct Idempotent {
    key: Option<String>,
    method: String,
    path: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Idempotent {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let path = parts.uri.path_and_query().map_or("/", |it| it.as_str()).to_owned();
        let key = match parts.headers.get("idempotency-key") {
            None => None,
            Some(header) => match header.to_str() {
                Ok(key) => Some(key.to_owned()),
                Err(_) => {
                    return Err(
                        Failure::bad_request(Message::new("idempotency-error-bad-key")).into_response()
                    );
                }
            },
        };
        Ok(Self { key, method: parts.method.to_string(), path })
    }
}

impl Idempotent {
    /// Runs `work` once for this key: the context it is given claims the key in its transaction. Without a key it
    /// simply runs. Only answers that went well are kept; a refused request may be sent again with the same key.
    ///
    /// # Errors
    /// What `work` fails with, or a key used for another request.
    pub async fn run<F, Fut>(&self, web: &Web, caller: &Caller, body: &[u8], work: F) -> ApiResult
    where
        F: FnOnce(Ctx) -> Fut,
        Fut: Future<Output = ApiResult>,
    {
        let Some(key) = &self.key else { return work(web.ctx().clone()).await };
        let hash = idempotency::request_hash(&caller.actor, &self.method, &self.path, body);
        match idempotency::begin(web.ctx(), &caller.actor, key, hash).await? {
            Begun::Replay { status, body } => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
                let json = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
                Ok((status, [json, (REPLAYED, HeaderValue::from_static("true"))], body).into_response())
            }
            Begun::DoneWithoutAnswer => {
                Ok((StatusCode::OK, [(REPLAYED, HeaderValue::from_static("true"))]).into_response())
            }
            Begun::Fresh(ctx) => {
                let (parts, body) = work(ctx.clone()).await?.into_parts();
                let bytes = axum::body::to_bytes(body, usize::MAX)
                    .await
                    .map_err(|error| Failure::internal(&error))?;
                if parts.status.is_success() {
                    idempotency::answer(&ctx, parts.status.as_u16(), &String::from_utf8_lossy(&bytes))
                        .await?;
                }
                Ok(Response::from_parts(parts, bytes.into()))
            }
        }
    }
}
