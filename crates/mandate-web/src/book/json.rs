//! Records of the book as JSON, both ways, by their fields: dates and words as text, figures as numbers, amounts as whole
//! minor units of the record's currency, what is not stated as null.

use mandate_app::{ErrorKind, FieldError, Message};
use mandate_domain::book::{Contract, ContractLine, Draft, Record, Saved, Shape, Spec};
use mandate_domain::money::Currency;
use mandate_domain::{Clearance, Money};
use serde_json::{Map, Value, json};

use super::kinds::PageRecord;
use crate::failure::Failure;

/// A record with everything that one with `clearance` may know of it.
pub(super) fn record_json<R: PageRecord>(saved: &Saved<R>, clearance: Clearance) -> Value {
    let draft = saved.draft(clearance);
    let currency = Currency::parse(draft.get("currency")).unwrap_or(Currency::EUR);
    let mut object = Map::new();
    object.insert("id".to_owned(), json!(saved.id.as_str()));
    for spec in R::FIELDS {
        object.insert(spec.name.to_owned(), field_json(spec, draft.get(spec.name), currency));
    }
    let any: &dyn std::any::Any = &saved.record;
    if let Some(line) = any.downcast_ref::<ContractLine>() {
        object.insert("currency".to_owned(), json!(line.currency.code()));
        object.insert("annual_value".to_owned(), json!(line.annual_value().ok().map(|money| money.minor)));
    }
    if let Some(contract) = any.downcast_ref::<Contract>() {
        let deadline = contract.notice_deadline().map(|day| day.to_string());
        object.insert("notice_deadline".to_owned(), json!(deadline));
    }
    object.insert("demo".to_owned(), json!(saved.demo));
    object.insert("version".to_owned(), json!(saved.version));
    object.insert("created_at".to_owned(), json!(saved.created_at.to_string()));
    object.insert("updated_at".to_owned(), json!(saved.updated_at.to_string()));
    Value::Object(object)
}

fn field_json(spec: &Spec, text: &str, currency: Currency) -> Value {
    if text.is_empty() {
        return Value::Null;
    }
    match spec.shape {
        Shape::Money => json!(Money::parse(text, currency).ok().map(|money| money.minor)),
        Shape::Whole(..) => json!(text.parse::<i64>().ok()),
        _ => json!(text),
    }
}

/// The draft of a JSON object: null empties a field, a field that is not there stays as it is. `place` stands before the
/// field names in errors (`3.`, in a list).
pub(super) fn draft_of<R: Record>(
    object: &Map<String, Value>,
    place: &str,
    errors: &mut Vec<FieldError>,
) -> Draft {
    let mut draft = Draft::new();
    for (name, value) in object {
        let wrong = |id| FieldError { field: format!("{place}{name}"), message: Message::new(id) };
        let Some(spec) = R::FIELDS.iter().find(|spec| spec.name == name) else {
            errors.push(wrong("book-json-unknown-field"));
            continue;
        };
        match (spec.shape, value) {
            (_, Value::Null) => draft.set(name, ""),
            (Shape::Money, Value::Number(number)) => match number.as_i64() {
                Some(minor) => draft.set_amount(name, minor),
                None => errors.push(wrong("book-json-minor-units")),
            },
            (Shape::Money, _) => errors.push(wrong("book-json-minor-units")),
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
pub(super) fn whole_draft<R: Record>(object: &Map<String, Value>, every: bool) -> Result<Draft, Failure> {
    let mut errors = vec![];
    let mut draft = draft_of::<R>(object, "", &mut errors);
    if every {
        // What takes a purpose is replaced only when it is named: most callers never see it.
        for spec in R::FIELDS {
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
