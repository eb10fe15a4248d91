//! Forms: what was typed is kept, all errors are told at once.
//!
//! A handler reads a [`Form`], lets the use case parse it, and on errors renders the page again with
//! [`FormView`], whose `value(name)` and `error(name)` a template asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use mandate_app::{FieldError, Message};
use minijinja::value::{Object, from_args};
use minijinja::{Error, ErrorKind, State, Value};
use serde::Serialize;

use crate::failure::Failure;
use crate::frame::Visit;

/// Largest body of a plain form, and of what stands beside a file.
pub const LARGEST_FORM: usize = 1 << 20;

/// The fields of a posted form, in order, repeats kept.
#[derive(Clone, Debug, Default)]
pub struct Form {
    pairs: Vec<(String, String)>,
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        let refused = || Failure::bad_request(Message::new("error-bad-form")).into_response();
        let kind =
            request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.starts_with("application/x-www-form-urlencoded") {
            return Err(refused());
        }
        let bytes = axum::body::to_bytes(request.into_body(), LARGEST_FORM)
            .await
            .map_err(|_| too_large().into_response())?;
        let text = std::str::from_utf8(&bytes).map_err(|_| refused())?;
        let decode = |part: &str| {
            let spaced = part.replace('+', " ");
            percent_encoding::percent_decode_str(&spaced).decode_utf8().map(|it| it.into_owned())
        };
        let mut pairs = vec![];
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (decode(name), decode(value)) {
                (Ok(name), Ok(value)) => pairs.push((name, value)),
                _ => return Err(refused()),
            }
        }
        Ok(Self { pairs })
    }
}

fn too_large() -> Failure {
    let failure = Failure::bad_request(Message::new("error-too-large"));
    Failure { status: Some(StatusCode::PAYLOAD_TOO_LARGE), ..failure }
}

/// The text of a field that stands beside a file. All of them together are no longer than a plain form may be: `left` says
/// how many bytes the rest may have, at first [`LARGEST_FORM`].
///
/// # Errors
/// [`Failure`]: longer than that, cut short, or no text.
pub async fn read_text(mut field: Field<'_>, left: &mut usize) -> Result<String, Failure> {
    let mut bytes = vec![];
    while let Some(chunk) = field.chunk().await.map_err(|error| Failure::of_upload(&error))? {
        *left = left.checked_sub(chunk.len()).ok_or_else(too_large)?;
        bytes.extend_from_slice(&chunk);
    }
    // A field without a text counts too: thousands of them are no form.
    *left = left.checked_sub(64).ok_or_else(too_large)?;
    String::from_utf8(bytes).map_err(|_| Failure::bad_request(Message::new("error-bad-form")))
}

impl Form {
    /// A form with these fields: for pages that show a record to edit.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        Self { pairs: pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect() }
    }

    /// As [`Form::from_pairs`] with names made at run time.
    pub fn from_owned(pairs: Vec<(String, String)>) -> Self {
        Self { pairs }
    }

    /// Adds a field.
    pub fn push(&mut self, name: &str, value: String) {
        self.pairs.push((name.to_owned(), value));
    }

    /// Gives a field another value.
    pub fn replace(&mut self, name: &str, value: String) {
        self.pairs.retain(|(found, _)| found != name);
        self.push(name, value);
    }

    /// The value of `name`, empty when it was not sent.
    pub fn get(&self, name: &str) -> &str {
        self.pairs.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    /// All values of `name`.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.pairs.iter().filter(|(found, _)| found == name).map(|(_, value)| value.as_str()).collect()
    }

    /// Whether `name` was sent: a ticked box.
    pub fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(found, _)| found == name)
    }

    /// Every field as sent.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The view a template asks, with errors in the reader's language.
    pub fn view(&self, visit: &Visit, errors: &[FieldError]) -> Value {
        self.view_with(
            errors.iter().map(|error| (error.field.clone(), visit.message(&error.message))).collect(),
        )
    }

    /// As [`Form::view`] with errors already in words: (field, text).
    pub fn view_with(&self, errors: Vec<(String, String)>) -> Value {
        let mut values = BTreeMap::new();
        for (name, value) in &self.pairs {
            values.entry(name.clone()).or_insert_with(|| value.clone());
        }
        Value::from_object(FormView { values, errors, form: self.clone() })
    }
}

/// What a template sees of a form: `form.value("name")`, `form.error("name")`, `form.has("name")`,
/// `form.chosen("name", "value")`, `form.errors()`.
#[derive(Debug)]
pub struct FormView {
    values: BTreeMap<String, String>,
    errors: Vec<(String, String)>,
    form: Form,
}

#[derive(Serialize)]
struct ErrorView {
    field: String,
    text: String,
}

impl Object for FormView {
    fn call_method(
        self: &Arc<Self>,
        _: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "value" => {
                let (name,): (String,) = from_args(arguments)?;
                Ok(Value::from(self.values.get(&name).cloned().unwrap_or_default()))
            }
            "error" => {
                let (name,): (String,) = from_args(arguments)?;
                let found = self.errors.iter().find(|(field, _)| *field == name);
                Ok(found.map_or(Value::from(()), |(_, text)| Value::from(text.clone())))
            }
            "has" => {
                let (name,): (String,) = from_args(arguments)?;
                Ok(Value::from(self.form.has(&name)))
            }
            "chosen" => {
                let (name, value): (String, String) = from_args(arguments)?;
                Ok(Value::from(self.form.all(&name).contains(&value.as_str())))
            }
            "errors" => {
                let views = self
                    .errors
                    .iter()
                    .map(|(field, text)| ErrorView { field: field.clone(), text: text.clone() });
                Ok(crate::pages::view(views.collect::<Vec<_>>()))
            }
            _ => Err(Error::new(ErrorKind::UnknownMethod, format!("a form has no method {method}"))),
        }
    }
}
