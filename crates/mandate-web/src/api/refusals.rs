//! How routes can be refused, once for all of them: what the OpenAPI document says beside each answer.

use utoipa::IntoResponses;

use crate::failure::Problem;

/// Refusals of a route that reads.
#[derive(IntoResponses)]
pub enum Reading {
    /// An address that cannot be read.
    #[response(status = 400, content_type = "application/problem+json")]
    Unreadable(Problem),
    /// No token, or one that does not hold any more.
    #[response(status = 401, content_type = "application/problem+json")]
    SignedOut(Problem),
    /// The caller's roles or the token's scopes do not reach so far; names the right.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// None, or none the caller may know of.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(Problem),
    /// A parameter that cannot be read, or names a field that is not there.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(Problem),
    /// More often than is allowed for now; `Retry-After` says when to come again.
    #[response(status = 429, content_type = "application/problem+json")]
    TooOften(Problem),
    /// The database or the event files are out of reach; `Retry-After` says when to come again.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(Problem),
}

/// Refusals of a route that makes something new.
#[derive(IntoResponses)]
pub enum Making {
    /// A body that is no JSON, or no body.
    #[response(status = 400, content_type = "application/problem+json")]
    Unreadable(Problem),
    /// No token, or one that does not hold any more.
    #[response(status = 401, content_type = "application/problem+json")]
    SignedOut(Problem),
    /// The caller's roles or the token's scopes do not reach so far; names the right.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// What it belongs to is not there, or not for the caller.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(Problem),
    /// The state of things does not allow it; nothing was changed.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(Problem),
    /// More than is taken at once.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(Problem),
    /// Another kind of body is expected.
    #[response(status = 415, content_type = "application/problem+json")]
    WrongKind(Problem),
    /// What is wrong, field by field, all at once; nothing was kept.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(Problem),
    /// More often than is allowed for now; `Retry-After` says when to come again.
    #[response(status = 429, content_type = "application/problem+json")]
    TooOften(Problem),
    /// The database or the event files are out of reach; `Retry-After` says when to come again.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(Problem),
}

/// Refusals of a route that changes what is there.
#[derive(IntoResponses)]
pub enum Changing {
    /// A body that is no JSON.
    #[response(status = 400, content_type = "application/problem+json")]
    Unreadable(Problem),
    /// No token, or one that does not hold any more.
    #[response(status = 401, content_type = "application/problem+json")]
    SignedOut(Problem),
    /// The caller's roles or the token's scopes do not reach so far; names the right.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// None, or none the caller may know of.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(Problem),
    /// The state of things does not allow it; nothing was changed.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(Problem),
    /// Another save came first; nothing was changed, and `ETag` is the one that holds now.
    #[response(status = 412, content_type = "application/problem+json")]
    Stale(Problem),
    /// More than is taken at once.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(Problem),
    /// Another kind of body is expected.
    #[response(status = 415, content_type = "application/problem+json")]
    WrongKind(Problem),
    /// What is wrong, field by field, all at once; nothing was changed.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(Problem),
    /// `If-Match` is missing.
    #[response(status = 428, content_type = "application/problem+json")]
    NoTag(Problem),
    /// More often than is allowed for now; `Retry-After` says when to come again.
    #[response(status = 429, content_type = "application/problem+json")]
    TooOften(Problem),
    /// The database or the event files are out of reach; `Retry-After` says when to come again.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(Problem),
}
