//! Bodies, lists, versions: what every API handler reads and answers alike.

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{CONTENT_TYPE, ETAG, HeaderValue, IF_MATCH, LINK, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use mandate_app::listing::{
    Beside, Cell, Cursor, Field, FieldKind, Filter, ListDef, ListQuery, Operator, Sort,
};
use mandate_app::{Action, ErrorKind, FieldError, Message, UseCaseError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::api::{ApiResult, Caller};
use crate::book::custom;
use crate::failure::Failure;
use crate::state::Web;

/// Largest JSON body.
const LARGEST_BODY: usize = 16 << 20;

/// A JSON body; unknown fields are refused by the types themselves (`deny_unknown_fields`).
pub struct Body<T> {
    /// The value.
    pub value: T,
    /// The bytes it was read from: what an idempotency key is bound to.
    pub bytes: axum::body::Bytes,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        let kind =
            request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !(kind.starts_with("application/json") || kind.contains("+json")) {
            let mut failure = Failure::bad_request(Message::new("error-not-json"));
            failure.status = Some(StatusCode::UNSUPPORTED_MEDIA_TYPE);
            return Err(failure.into_response());
        }
        let bytes = axum::body::to_bytes(request.into_body(), LARGEST_BODY).await.map_err(|_| {
            let mut failure = Failure::bad_request(Message::new("error-too-large"));
            failure.status = Some(StatusCode::PAYLOAD_TOO_LARGE);
            failure.into_response()
        })?;
        match serde_json::from_slice(&bytes) {
            Ok(value) => Ok(Self { value, bytes }),
            Err(error) => {
                let what = error.to_string();
                let failure = if error.is_data() {
                    let fields = named_field(&what).into_iter().collect();
                    let message = Message::new("error-json-shape").with("what", what);
                    Failure { fields, ..Failure::of(ErrorKind::Invalid, message) }
                } else {
                    Failure::bad_request(Message::new("error-json-syntax").with("what", what))
                };
                Err(failure.into_response())
            }
        }
    }
}

/// The parameters after the question mark; unknown ones are refused by the types themselves (`deny_unknown_fields`).
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        match axum::extract::Query::try_from_uri(&parts.uri) {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(refused) => {
                let what = refused.body_text();
                let what =
                    what.strip_prefix("Failed to deserialize query string: ").unwrap_or(&what).to_owned();
                let message = Message::new("error-query").with("what", what);
                Err(Failure::of(ErrorKind::Invalid, message).into_response())
            }
        }
    }
}

/// The field that is missing or unknown, as the reader of JSON says it.
fn named_field(what: &str) -> Option<FieldError> {
    let told = [("missing field `", "error-json-missing"), ("unknown field `", "error-json-unknown")];
    told.into_iter().find_map(|(start, id)| {
        let field = what.strip_prefix(start)?.split('`').next()?.to_owned();
        Some(FieldError { field, message: Message::new(id) })
    })
}

/// The entity tag of a record's version.
pub fn etag(version: i64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"0\""))
}

/// The version a change is based on: `If-Match` is required, so that no one overwrites unseen (428 without).
pub struct IfMatch(pub i64);

/// What came of a change under `If-Match`: one that another save overtook is 412, with the `ETag` that holds now.
///
/// `version` is asked only then.
///
/// # Errors
/// [`Failure`] as the use case tells it.
pub async fn matched<T, E, F>(
    outcome: Result<T, E>,
    version: impl Future<Output = Result<i64, F>>,
) -> Result<T, Failure>
where
    E: UseCaseError,
    F: UseCaseError,
{
    match outcome {
        Err(error) if error.kind() == ErrorKind::Stale => {
            // Whoever may change a record but not read it is told only that it changed.
            let current = version.await.ok();
            let status = Some(StatusCode::PRECONDITION_FAILED);
            Err(Failure { status, current, ..Failure::from(error) })
        }
        outcome => Ok(outcome?),
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let text = parts.headers.get(IF_MATCH).and_then(|header| header.to_str().ok());
        let Some(text) = text else {
            let mut failure = Failure::of(ErrorKind::Conflict, Message::new("error-if-match-missing"));
            failure.status = Some(StatusCode::PRECONDITION_REQUIRED);
            return Err(failure.into_response());
        };
        match text.trim().trim_start_matches("W/").trim_matches('"').parse() {
            Ok(version) => Ok(Self(version)),
            Err(_) => {
                let mut failure = Failure::of(ErrorKind::Stale, Message::new("error-if-match-unknown"));
                failure.status = Some(StatusCode::PRECONDITION_FAILED);
                Err(failure.into_response())
            }
        }
    }
}

/// 201 with the new record, its address and its version.
pub fn created<T: Serialize>(path: &str, version: i64, record: &T) -> Response {
    let location = HeaderValue::from_str(path).unwrap_or_else(|_| HeaderValue::from_static("/"));
    (StatusCode::CREATED, [(LOCATION, location), (ETAG, etag(version))], Json(json!(record))).into_response()
}

/// Query parameters every list takes.
#[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListParameters {
    /// Filters as `field:operator:value`, joined by `;`. Operators: is, not, has, min, max, empty, any.
    #[serde(default)]
    pub filter: Option<String>,
    /// A field, with `-` before it for largest first.
    #[serde(default)]
    pub sort: Option<String>,
    /// Rows a page, 1 to 1,000; 100 when not given.
    #[serde(default)]
    pub limit: Option<usize>,
    /// The `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
}

/// One page of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Listing {
    /// The rows; every field by its name, null when not stated, and the record's `id`.
    pub rows: Vec<Map<String, Value>>,
    /// How many rows match, of all pages; counted up to 10,000.
    pub n_rows: i64,
    /// Whether `n_rows` is all of them; else there are more.
    pub counted_all: bool,
    /// Give it as `after` to read on; null on the last page.
    pub next: Option<String>,
}

impl ListParameters {
    /// Those of all rows that a filter finds.
    pub(crate) fn of_filter(filter: String) -> Self {
        Self { filter: Some(filter), sort: None, limit: None, after: None }
    }

    /// The query of the page after this one.
    fn query_of(&self, next: &str) -> String {
        let limit = self.limit.map(|limit| limit.to_string());
        let given = [("filter", &self.filter), ("sort", &self.sort), ("limit", &limit)];
        let given = given.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
        let encode = |text| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC);
        let pairs = given.chain([("after", next)]).map(|(name, value)| format!("{name}={}", encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    }

    /// What is asked for.
    ///
    /// # Errors
    /// [`Failure`] for a parameter that cannot be read.
    pub fn query(&self) -> Result<ListQuery, Failure> {
        let bad = |what: &str| {
            Failure::of(ErrorKind::Invalid, Message::new("error-list").with("what", what.to_owned()))
        };
        let mut filters = vec![];
        for part in self.filter.as_deref().unwrap_or_default().split(';').filter(|part| !part.is_empty()) {
            let mut pieces = part.splitn(3, ':');
            let (field, operator) = (pieces.next().unwrap_or_default(), pieces.next().unwrap_or("is"));
            let operator = Operator::parse(operator)
                .ok_or_else(|| bad(&format!("there is no operator `{operator}`")))?;
            let values = pieces.next().map(|value| vec![value.to_owned()]).unwrap_or_default();
            filters.push(Filter { field: field.to_owned(), operator, values });
        }
        let sort = self.sort.as_deref().map(|sort| Sort {
            field: sort.trim_start_matches('-').to_owned(),
            descending: sort.starts_with('-'),
        });
        let cursor = match &self.after {
            None => None,
            Some(text) => {
                let (key, value) =
                    text.split_once('~').ok_or_else(|| bad("`after` is not from this list"))?;
                Some(Cursor {
                    sort_value: value.strip_prefix('=').map(str::to_owned),
                    key: key.to_owned(),
                    backward: false,
                })
            }
        };
        Ok(ListQuery { filters, sort, cursor, limit: self.limit.unwrap_or(100).clamp(1, 1_000) })
    }
}

/// One page of `def` as the caller is cleared for it as JSON, with the address of the next in `Link`.
///
/// # Errors
/// [`Failure`] when the right is missing or a parameter names what is not there.
pub async fn list(
    web: &Web,
    caller: &Caller,
    action: Action,
    def: &ListDef,
    parameters: &ListParameters,
) -> ApiResult {
    let query = parameters.query()?;
    let def = def.clone().cleared(mandate_app::authorise::clearance(&caller.actor));
    let page = mandate_app::lists::show_list(web.ctx(), &caller.actor, action, &def, &query).await?;
    let of_several = |field: &&Field| field.beside.is_some_and(Beside::takes_several);
    let several: Vec<&str> = def.fields.iter().filter(of_several).map(|field| field.name).collect();
    let rows = page
        .rows
        .iter()
        .map(|row| {
            let cells = def.fields.iter().zip(&row.cells);
            let mut object: Map<String, Value> =
                cells.map(|(field, cell)| (field.name.to_owned(), json_cell(field.kind, cell))).collect();
            custom::nested(&mut object, &several);
            object.entry("id").or_insert_with(|| json!(row.key));
            object
        })
        .collect();
    let next = page.next.map(|cursor| match cursor.sort_value {
        Some(value) => format!("{}~={value}", cursor.key),
        None => format!("{}~", cursor.key),
    });
    let mut headers = HeaderMap::new();
    if let Some(next) = &next
        && let Ok(link) = HeaderValue::from_str(&format!("<?{}>; rel=\"next\"", parameters.query_of(next)))
    {
        headers.insert(LINK, link);
    }
    Ok((headers, Json(Listing { rows, n_rows: page.n_rows, counted_all: page.counted_all, next }))
        .into_response())
}

fn json_cell(kind: FieldKind, cell: &Cell) -> Value {
    match (kind, cell) {
        (_, Cell::Empty) => Value::Null,
        (FieldKind::Flag, Cell::Integer(flag)) => json!(*flag != 0),
        (FieldKind::Instant, Cell::Integer(at)) => {
            json!(mandate_domain::Instant::from_microseconds(*at).to_string())
        }
        (kind, Cell::Integer(integer)) => match custom::list_text(kind, *integer) {
            Some(text) => json!(text),
            None => json!(integer),
        },
        (FieldKind::Tags, Cell::Text(text)) => json!(text.split(", ").collect::<Vec<_>>()),
        (_, Cell::Text(text)) => json!(text),
    }
}
