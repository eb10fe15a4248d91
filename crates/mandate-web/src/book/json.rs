//! Records of the book as JSON, both ways, by their fields: dates and words as text, figures as numbers, amounts as whole
//! minor units of the record's currency, what is not stated as null.

use mandate_app::book::AnySaved;
use mandate_app::{ErrorKind, FieldError, Message};
use mandate_domain::Money;
use mandate_domain::book::{Contract, ContractLine, CustomField, Draft, Kind, Shape, Spec, parts};
use mandate_domain::money::Currency;
use serde_json::{Map, Value, json};
use std::sync::Arc;

use super::custom;
use crate::failure::Failure;

/// A record with everything that its reader may know of it.
pub(super) fn record_json(saved: &AnySaved) -> Value {
    let draft = &saved.draft;
    let currency = Currency::stored(draft.get("currency")).unwrap_or(Currency::EUR);
    let mut object = Map::new();
    object.insert("id".to_owned(), json!(saved.id.as_str()));
    for spec in saved.kind.fields() {
        object.insert(spec.name.to_owned(), field_json(spec, draft.get(spec.name), currency));
    }
    if let Some(line) = saved.record::<ContractLine>() {
        object.insert("currency".to_owned(), json!(line.currency.code()));
        object.insert("annual_value".to_owned(), json!(line.annual_value().ok().map(|money| money.minor)));
    }
    if let Some(contract) = saved.record::<Contract>() {
        let deadline = contract.notice_deadline().map(|day| day.to_string());
        object.insert("notice_deadline".to_owned(), json!(deadline));
    }
    object.insert("custom".to_owned(), custom::object(&saved.custom));
    object.insert("demo".to_owned(), json!(saved.demo));
    object.insert("version".to_owned(), json!(saved.version));
    object.insert("created_at".to_owned(), json!(saved.created_at.to_string()));
    object.insert("updated_at".to_owned(), json!(saved.updated_at.to_string()));
    Value::Object(object)
}

fn field_json(spec: &Spec, text: &str, currency: Currency) -> Value {
    if text.is_empty() {
        return if spec.shape.takes_several() { json!([]) } else { Value::Null };
    }
    match spec.shape {
        Shape::Money | Shape::Amount => json!(Money::parse(text, currency).ok().map(|money| money.minor)),
        Shape::People | Shape::Measures | Shape::Expectations => json!(parts(text).collect::<Vec<_>>()),
        Shape::Whole(..) => json!(text.parse::<i64>().ok()),
        _ => json!(text),
    }
}

/// The draft of a JSON object: null empties a field, a field that is not there stays as it is. `place` stands before the
/// field names in errors (`3.`, in a list).
pub(super) fn draft_of(
    (kind, fields): (Kind, &[Arc<CustomField>]),
    object: &Map<String, Value>,
    (place, every): (&str, bool),
    errors: &mut Vec<FieldError>,
) -> Draft {
    let mut draft = Draft::new();
    for (name, value) in object {
        if name == "custom" {
            custom::take_object(fields, value, (place, every), &mut draft, errors);
            continue;
        }
        let wrong = |id| FieldError { field: format!("{place}{name}"), message: Message::new(id) };
        let Some(spec) = kind.fields().iter().find(|spec| spec.name == name) else {
            errors.push(wrong("book-json-unknown-field"));
            continue;
        };
        match (spec.shape, value) {
            (_, Value::Null) => draft.set(name, ""),
            (Shape::Money | Shape::Amount, Value::Number(number)) => match number.as_i64() {
                Some(minor) => draft.set_amount(name, minor),
                None => errors.push(wrong("book-json-minor-units")),
            },
            (Shape::Money | Shape::Amount, _) => errors.push(wrong("book-json-minor-units")),
            (Shape::People | Shape::Measures | Shape::Expectations, Value::Array(given)) => {
                let texts: Option<Vec<&str>> = given.iter().map(Value::as_str).collect();
                match texts {
                    Some(texts) => draft.set(name, texts.join(";")),
                    None => errors.push(wrong("book-json-list")),
                }
            }
            (Shape::People | Shape::Measures | Shape::Expectations, _) => {
                errors.push(wrong("book-json-list"))
            }
            (Shape::Whole(..), Value::Number(number)) => draft.set(name, number.to_string()),
            (Shape::Whole(..), _) => errors.push(wrong("book-json-number")),
            (_, Value::String(text)) => draft.set(name, text.as_str()),
            (_, _) => errors.push(wrong("book-json-text")),
        }
    }
    draft
}

/// One record's draft; `every` empties the fields that are not there.
///
/// # Errors
/// As [`draft_of`].
pub(super) fn whole_draft(
    (kind, fields): (Kind, &[Arc<CustomField>]),
    object: &Map<String, Value>,
    every: bool,
) -> Result<Draft, Failure> {
    let mut errors = vec![];
    let mut draft = draft_of((kind, fields), object, ("", every), &mut errors);
    if every {
        // What takes a purpose is replaced only when it is named: most callers never see it.
        for spec in kind.fields() {
            if !draft.has(spec.name) && spec.purpose.is_none() {
                draft.set(spec.name, "");
            }
        }
    }
    refuse(errors)?;
    Ok(draft)
}

/// Fails when there are errors.
pub(super) fn refuse(errors: Vec<FieldError>) -> Result<(), Failure> {
    if errors.is_empty() {
        return Ok(());
    }
    let message = Message::new("book-error-fields").with("count", errors.len().to_string());
    Err(Failure { fields: errors, ..Failure::of(ErrorKind::Invalid, message) })
}
