//! What goes wrong, told once for all channels: a page in words, or problem+json under `/api`.
//!
//! A handler returns [`Failure`]; the layer [`render`] turns it into an answer, because only there are the reader's
//! language and theme known. Faults of ours carry a reference number; the log has the whole chain under it.

use std::error::Error as _;

use axum::Json;
use axum::extract::multipart::MultipartError;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, ETAG, HeaderValue, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use mandate_app::identity::resume_session;
use mandate_app::{ErrorKind, FieldError, Message, UseCaseError};
use mandate_domain::Id;
use minijinja::context;
use serde::Serialize;

use crate::cookies;
use crate::state::Web;
use crate::texts::Texts;

/// A failed request.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Its kind.
    pub kind: ErrorKind,
    /// The HTTP status, where the kind's own does not fit.
    pub status: Option<StatusCode>,
    /// What happened, why, what to do.
    pub message: Message,
    /// The fields it concerns.
    pub fields: Vec<FieldError>,
    /// A number under which the log tells more.
    pub reference: Option<String>,
    /// The version that holds now, when the one that was read is old.
    pub current: Option<i64>,
}

/// The answer of a page handler.
pub type PageResult = Result<Response, Failure>;

impl Failure {
    /// There is none, or this person may not know of it.
    pub fn not_found() -> Self {
        Self::of(ErrorKind::NotFound, Message::new("error-not-found"))
    }

    /// A failure of `kind` told by `message`.
    pub fn of(kind: ErrorKind, message: Message) -> Self {
        Self { kind, status: None, message, fields: vec![], reference: None, current: None }
    }

    /// Input that could not even be read.
    pub fn bad_request(message: Message) -> Self {
        Self { status: Some(StatusCode::BAD_REQUEST), ..Self::of(ErrorKind::Invalid, message) }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status.unwrap_or(match self.kind {
            ErrorKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::Forbidden | ErrorKind::Unverified => StatusCode::FORBIDDEN,
            ErrorKind::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            ErrorKind::Conflict | ErrorKind::Stale => StatusCode::CONFLICT,
            ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        })
    }

    /// An upload that could not be read: too large, or no parts as a form sends them.
    pub fn of_upload(error: &MultipartError) -> Self {
        let id = match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => "error-too-large",
            _ => "facts-upload-broken",
        };
        Self { status: Some(error.status()), ..Self::bad_request(Message::new(id)) }
    }

    /// A fault of ours: logged under a reference.
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut failure = Self::of(ErrorKind::Internal, Message::new("error-internal"));
        failure.log(error);
        failure
    }

    fn log(&mut self, error: &(dyn std::error::Error + 'static)) {
        let mut chain = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            chain.push_str(": ");
            chain.push_str(&cause.to_string());
            source = cause.source();
        }
        let reference = reference_of(&chain);
        tracing::error!(reference, error = chain, "a request failed");
        self.reference = Some(reference);
    }
}

/// The id that stands in an address; one that cannot be read is of nothing there is.
///
/// # Errors
/// [`Failure::not_found`].
pub fn path_id<T>(text: &str) -> Result<Id<T>, Failure> {
    Id::parse(text).map_err(|_| Failure::not_found())
}

/// Six characters that lead from what a person reads to the line in the log.
#[expect(clippy::disallowed_methods, reason = "a reference must differ from all others; it decides nothing")]
fn reference_of(chain: &str) -> String {
    use sha2::{Digest, Sha256};
    let now = jiff::Timestamp::now().as_nanosecond().to_le_bytes();
    let digest = Sha256::new().chain_update(chain).chain_update(now).finalize();
    digest.iter().take(3).map(|byte| format!("{byte:02X}")).collect()
}

impl<E: UseCaseError> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut failure = Self { fields: error.fields(), ..Self::of(error.kind(), error.message()) };
        if matches!(failure.kind, ErrorKind::Internal | ErrorKind::Unavailable) {
            failure.log(&error);
        }
        failure
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if let Some(version) = self.current {
            response.headers_mut().insert(ETAG, crate::api::etag(version));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// RFC 9457 problem details.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// A stable name of the kind of problem: the message's id as a relative address.
    #[serde(rename = "type")]
    pub kind: String,
    /// What happened, in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened, why, what to do.
    pub detail: String,
    /// What is wrong, field by field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemField>,
    /// A number under which the operator's log tells more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// What is wrong with one field.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemField {
    /// The field's name.
    pub field: String,
    /// What is wrong and what to do.
    pub detail: String,
}

/// Turns a [`Failure`] left in an answer into a page or problem+json.
pub async fn render(State(web): State<Web>, request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let is_api = request.uri().path().starts_with("/api/");
    let back = crate::identity::way_back(&request);
    let mut response = next.run(request).await;
    let failure = match response.extensions_mut().remove::<Failure>() {
        Some(failure) => failure,
        // The router's own refusals (no such route, an address that cannot be read, body too large) have no text of ours.
        None if response.status().is_client_error() && is_bare(&response) => bare_failure(response.status()),
        None => return response,
    };
    if failure.kind == ErrorKind::Unverified && !is_api {
        return crate::identity::to_confirm(&back);
    }
    let mut told = if is_api {
        problem(&web, &failure)
    } else {
        let reader = reader_of(&web, &headers, &failure).await;
        page(&web, &headers, &failure, &reader)
    };
    for (name, value) in response.headers() {
        if name != CONTENT_TYPE && name != axum::http::header::CONTENT_LENGTH {
            told.headers_mut().insert(name.clone(), value.clone());
        }
    }
    if let Some(seconds) = retry_after(failure.kind) {
        told.headers_mut().entry(RETRY_AFTER).or_insert(HeaderValue::from(seconds));
    }
    told
}

/// After how many seconds it is worth asking again.
pub(crate) fn retry_after(kind: ErrorKind) -> Option<u32> {
    match kind {
        ErrorKind::TooMany { retry_after_s } => Some(retry_after_s),
        ErrorKind::Unavailable => Some(5),
        _ => None,
    }
}

fn is_bare(response: &Response) -> bool {
    response.headers().get(CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"))
}

fn bare_failure(status: StatusCode) -> Failure {
    let (kind, id) = match status {
        StatusCode::NOT_FOUND => (ErrorKind::NotFound, "error-not-found"),
        StatusCode::METHOD_NOT_ALLOWED => (ErrorKind::Invalid, "error-method"),
        StatusCode::PAYLOAD_TOO_LARGE => (ErrorKind::Invalid, "error-too-large"),
        StatusCode::REQUEST_TIMEOUT => (ErrorKind::Invalid, "error-timeout"),
        _ => (ErrorKind::Invalid, "error-bad-request"),
    };
    Failure { status: Some(status), ..Failure::of(kind, Message::new(id)) }
}

fn problem(web: &Web, failure: &Failure) -> Response {
    let text = |message: &Message| web.texts().message("en", message);
    let errors = failure
        .fields
        .iter()
        .map(|field| ProblemField { field: field.field.clone(), detail: text(&field.message) })
        .collect();
    let body = Problem {
        kind: format!("/api/problems/{}", failure.message.id),
        title: failure.status().canonical_reason().unwrap_or("Error").to_owned(),
        status: failure.status().as_u16(),
        detail: text(&failure.message),
        errors,
        reference: failure.reference.clone(),
    };
    let mut response = (failure.status(), Json(body)).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

/// For whom a failure is put into words.
struct Reader {
    language: &'static str,
    locale: String,
}

/// Whoever is signed in; of a stranger only the browser is known. A database that is away is not asked again.
async fn reader_of(web: &Web, headers: &HeaderMap, failure: &Failure) -> Reader {
    let token = cookies::value(headers, cookies::session_name(web));
    if let Some(token) = token.filter(|_| failure.kind != ErrorKind::Unavailable)
        && let Ok(Some(session)) = resume_session(web.ctx(), &token).await
    {
        let language = crate::frame::language_of_user(&session.user);
        return Reader { language, locale: session.user.locale };
    }
    let language = crate::frame::language_of_browser(headers);
    Reader { language, locale: if language == "de" { "de-DE" } else { "en-GB" }.to_owned() }
}

fn page(web: &Web, headers: &HeaderMap, failure: &Failure, reader: &Reader) -> Response {
    let (language, formats) = (reader.language, web.formats(&reader.locale));
    let text = |message: &Message| Texts::for_reader(&formats, || web.texts().message(language, message));
    let title_id = match failure.kind {
        ErrorKind::Conflict if failure.message.id.contains("-undo-") => "error-title-not-undone",
        ErrorKind::NotFound => "error-title-not-found",
        ErrorKind::Forbidden | ErrorKind::Unverified => "error-title-forbidden",
        ErrorKind::TooMany { .. } => "error-title-too-many",
        ErrorKind::Conflict | ErrorKind::Stale => "error-title-conflict",
        ErrorKind::Invalid => "error-title-invalid",
        ErrorKind::Unavailable => "error-title-unavailable",
        ErrorKind::Internal => "error-title-internal",
    };
    let fields: Vec<String> = failure.fields.iter().map(|it| text(&it.message)).collect();
    let context = context! {
        page => crate::frame::bare_in(web, headers, title_id, language),
        title => text(&Message::new(title_id)),
        what => text(&failure.message),
        fields => fields,
        reference => failure.reference.clone(),
        theme => cookies::theme(headers),
    };
    match web.templates().render(language, &formats, "error.html", context) {
        Ok(html) => (failure.status(), Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, cause = ?error.source(), "the error page does not render");
            (
                failure.status(),
                "Something failed, and so did the page that tells of it. Go back and try again.\n",
            )
                .into_response()
        }
    }
}
