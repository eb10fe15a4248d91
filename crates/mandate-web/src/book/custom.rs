//! Custom fields on pages and in the API: their controls in forms, their lines on a record's page, their columns in lists, and
//! their values as JSON, both ways. Which of them a reader may see is settled before (`mandate_app::book::custom_fields`).

use std::sync::Arc;

use mandate_app::listing::FieldKind;
use mandate_app::{FieldError, Message, book};
use mandate_domain::Money;
use mandate_domain::book::{CUSTOM, CustomField, CustomShape, CustomValues, Draft, parts, scaled};
use minijinja::{Value, context};
use serde_json::{Map, Value as Json, json};

use super::kinds::href;
use super::pick;
use crate::failure::Failure;
use crate::form::Form;
use crate::frame::Visit;
use crate::state::Web;
use crate::table::{self, CellView, Column, RowReader};

/// The most characters of a long text that a list shows.
const MOST_SHOWN: usize = 120;

/// What a form draws for each field.
pub(super) async fn controls(
    (web, visit): (&Web, &Visit),
    fields: &[Arc<CustomField>],
    form: &Form,
    errors: &[FieldError],
) -> Result<Vec<Value>, Failure> {
    let mut controls = vec![];
    for field in fields {
        let error = errors.iter().find(|error| error.field == field.name);
        let record = match field.shape.referent() {
            Some(referent) => Some(pick::control(web, visit, referent, form.get(field.name), error).await?),
            None => None,
        };
        controls.push(context! { record => record, ..control(visit, field, form, error) });
    }
    Ok(controls)
}

fn control(visit: &Visit, field: &CustomField, form: &Form, error: Option<&FieldError>) -> Value {
    let sent = form.all(field.name);
    let chosen: Vec<&str> = sent.iter().flat_map(|value| parts(value)).collect();
    let option = |value: &str, text: String| {
        context! { value => value, text => text, chosen => chosen.contains(&value) }
    };
    let options: Vec<Value> = match &field.shape {
        CustomShape::YesNo => {
            ["yes", "no"].map(|word| option(word, visit.t(&format!("audit-value-{word}")))).to_vec()
        }
        shape => shape.choices().iter().map(|choice| option(choice, choice.clone())).collect(),
    };
    let (control, kind, size) = match &field.shape {
        CustomShape::Choice(_) | CustomShape::YesNo => ("select", "text", ""),
        CustomShape::Choices(_) => ("ticks", "text", ""),
        CustomShape::Amount(_) => ("money", "text", "short"),
        CustomShape::Whole => ("number", "text", "short"),
        CustomShape::Decimal(_) => ("text", "text", "short"),
        CustomShape::Date => ("date", "text", "short"),
        CustomShape::LongText => ("textarea", "text", ""),
        CustomShape::Email => ("text", "email", "mid"),
        CustomShape::Web => ("text", "url", ""),
        CustomShape::Text => ("text", "text", ""),
        CustomShape::Person | CustomShape::Account => ("record", "text", ""),
    };
    context! {
        name => field.name,
        control => control,
        label => field.label_in(visit.formats.tag()),
        help => Some(field.help.as_str()).filter(|help| !help.is_empty()),
        required => field.required,
        value => form.get(field.name),
        error => error.map(|error| visit.message(&error.message)),
        options => options,
        currency => field.shape.currency().map(|currency| currency.code().to_owned()),
        size => size,
        kind => kind,
    }
}

/// Takes what a form sent of custom fields; of several ticks all.
pub(super) fn take(form: &Form, draft: &mut Draft) {
    for (name, _) in form.pairs().iter().filter(|(name, _)| name.starts_with(CUSTOM)) {
        if !draft.has(name) {
            draft.set(name, form.all(name).join(";"));
        }
    }
}

/// The value in words.
fn words(visit: &Visit, field: &CustomField, text: &str) -> String {
    match &field.shape {
        CustomShape::Whole => text.parse().map_or_else(|_| text.to_owned(), |it| visit.number(it)),
        CustomShape::Decimal(decimals) => scaled(text, *decimals)
            .map_or_else(|| text.to_owned(), |number| visit.formats.fixed(number, *decimals)),
        CustomShape::Amount(currency) => {
            Money::parse(text, *currency).map_or_else(|_| text.to_owned(), |money| visit.formats.money(money))
        }
        CustomShape::Date => {
            text.parse().map_or_else(|_| text.to_owned(), |day| visit.formats.full_date(day))
        }
        CustomShape::YesNo => visit.t(if text == "yes" { "audit-value-yes" } else { "audit-value-no" }),
        CustomShape::Choices(_) => parts(text).collect::<Vec<_>>().join(", "),
        CustomShape::Text
        | CustomShape::LongText
        | CustomShape::Choice(_)
        | CustomShape::Web
        | CustomShape::Email
        | CustomShape::Person
        | CustomShape::Account => text.to_owned(),
    }
}

/// The value in words, a record by its name, and where it leads; nothing of a record that is not there for the reader.
pub(super) async fn told(
    web: &Web,
    visit: &Visit,
    field: &CustomField,
    text: &str,
) -> Result<Option<(String, Option<String>)>, Failure> {
    let Some(referent) = field.shape.referent() else {
        return Ok(Some((words(visit, field, text), link(field, text))));
    };
    let names = book::names(web.ctx(), &visit.actor, referent.kind, &[text.to_owned()]).await?;
    Ok(names.get(text).map(|name| (name.clone(), Some(href(referent.kind, text)))))
}

fn link(field: &CustomField, text: &str) -> Option<String> {
    match field.shape {
        CustomShape::Web => Some(text.to_owned()),
        CustomShape::Email => Some(format!("mailto:{text}")),
        _ => None,
    }
}

/// The lines of a record's page, of what is stated.
///
/// # Errors
/// [`Failure`] when the names of records cannot be read.
pub(crate) async fn details(web: &Web, visit: &Visit, custom: &CustomValues) -> Result<Vec<Value>, Failure> {
    let mut details = vec![];
    for (field, text) in custom.0.iter().filter(|(_, text)| !text.is_empty()) {
        let Some((value, href)) = told(web, visit, field, text).await? else { continue };
        details.push(context! { key => field.label_in(visit.formats.tag()), value => value, href => href });
    }
    Ok(details)
}

/// The columns of a list; none of them is shown without a request.
pub(crate) fn columns(fields: &[Arc<CustomField>]) -> impl Iterator<Item = Column> + '_ {
    fields.iter().map(|field| Column {
        numeric: matches!(field.shape, CustomShape::Whole | CustomShape::Decimal(_) | CustomShape::Amount(_)),
        shown: false,
        low: true,
        custom: Some(Arc::clone(field)),
        ..table::column(field.name, "", |_, _| CellView::none())
    })
}

/// What a list calls a field: an amount with its currency.
pub(crate) fn head(visit: &Visit, field: &CustomField) -> String {
    let label = field.label_in(visit.formats.tag());
    field.shape.currency().map_or_else(|| label.to_owned(), |it| format!("{label} ({})", it.code()))
}

/// A cell of such a column.
pub(crate) fn cell(visit: &Visit, field: &CustomField, row: &RowReader<'_>) -> CellView {
    let name = field.name;
    let text = match (&field.shape, row.integer(name)) {
        (CustomShape::Whole, Some(number)) => visit.number(number),
        (CustomShape::Decimal(decimals), Some(number)) => visit.formats.fixed(number, *decimals),
        (CustomShape::Amount(currency), Some(minor)) => visit.formats.money(Money::new(minor, *currency)),
        (CustomShape::YesNo, Some(flag)) => words(visit, field, if flag == 1 { "yes" } else { "no" }),
        (CustomShape::Date, _) => row.date(name).map(|day| visit.date(day)).unwrap_or_default(),
        (CustomShape::LongText, _) => {
            let text = row.text(name);
            let cut: String = text.chars().take(MOST_SHOWN).collect();
            if cut.len() < text.len() { format!("{cut}…") } else { cut }
        }
        _ => words(visit, field, row.text(name)),
    };
    if row.text_or_none(name).is_none() && row.integer(name).is_none() {
        return CellView::none();
    }
    let href = match field.shape.referent() {
        Some(referent) => row.text_or_none(field.id_name()).map(|id| href(referent.kind, id)),
        None => link(field, row.text(name)),
    };
    match href {
        Some(href) => CellView::text(text).link(href),
        None => CellView::text(text),
    }
}

/// The `custom` object of a record.
pub(super) fn object(custom: &CustomValues) -> Json {
    let entries = custom.0.iter().map(|(field, text)| (field.key().to_owned(), value(field, text)));
    Json::Object(entries.collect())
}

fn value(field: &CustomField, text: &str) -> Json {
    match &field.shape {
        CustomShape::Choices(_) => json!(parts(text).collect::<Vec<_>>()),
        _ if text.is_empty() => Json::Null,
        CustomShape::Whole => json!(text.parse::<i64>().ok()),
        CustomShape::Amount(currency) => json!(Money::parse(text, *currency).ok().map(|money| money.minor)),
        CustomShape::YesNo => json!(text == "yes"),
        _ => json!(text),
    }
}

/// Takes the `custom` object of a request into `draft`. `place` stands before the names in errors; with `every` fields that are not
/// there are emptied, but for those that most callers never see.
pub(super) fn take_object(
    fields: &[Arc<CustomField>],
    given: &Json,
    (place, every): (&str, bool),
    draft: &mut Draft,
    errors: &mut Vec<FieldError>,
) {
    let mut wrong = |name: &str, id: &'static str| {
        errors.push(FieldError { field: format!("{place}{name}"), message: Message::new(id) });
    };
    let empty = Map::new();
    let object = match given {
        Json::Object(object) => object,
        Json::Null => &empty,
        _ => return wrong("custom", "book-json-object"),
    };
    for (key, value) in object {
        let Some(field) = fields.iter().find(|field| field.key() == key) else {
            wrong(&format!("{CUSTOM}{key}"), "book-json-unknown-field");
            continue;
        };
        match text_of(field, value) {
            Ok(text) => draft.set(field.name, text),
            Err(id) => wrong(field.name, id),
        }
    }
    if every {
        let rest = fields.iter().filter(|field| field.purpose.is_none() && !object.contains_key(field.key()));
        rest.for_each(|field| draft.set(field.name, ""));
    }
}

/// A JSON value as the text of a draft; else the message that says what it should be.
fn text_of(field: &CustomField, value: &Json) -> Result<String, &'static str> {
    match (&field.shape, value) {
        (_, Json::Null) => Ok(String::new()),
        (CustomShape::Whole, Json::Number(number)) => Ok(number.to_string()),
        (CustomShape::Whole, _) => Err("book-json-number"),
        (CustomShape::Amount(currency), Json::Number(number)) => {
            let minor = number.as_i64().ok_or("book-json-minor-units")?;
            Ok(Money::new(minor, *currency).decimal())
        }
        (CustomShape::Amount(_), _) => Err("book-json-minor-units"),
        (CustomShape::YesNo, Json::Bool(yes)) => Ok(if *yes { "yes" } else { "no" }.to_owned()),
        (CustomShape::YesNo, _) => Err("book-json-yes-no"),
        (CustomShape::Choices(_), Json::Array(given)) => {
            let texts: Option<Vec<&str>> =
                given.iter().map(|it| it.as_str().filter(|text| !text.contains(';'))).collect();
            texts.map(|texts| texts.join(";")).ok_or("book-json-list")
        }
        (CustomShape::Choices(_), _) => Err("book-json-list"),
        (_, Json::String(text)) => Ok(text.clone()),
        (_, _) => Err("book-json-text"),
    }
}

/// The fields of a list's row that are custom, out of their names into one object.
pub(crate) fn nested(row: &mut Map<String, Json>, several: &[&str]) {
    let names: Vec<String> = row.keys().filter(|name| name.starts_with(CUSTOM)).cloned().collect();
    if names.is_empty() {
        return;
    }
    let mut object = Map::new();
    for name in names {
        let value = row.remove(&name).unwrap_or(Json::Null);
        let value = match value {
            Json::String(text) if several.contains(&name.as_str()) => json!(parts(&text).collect::<Vec<_>>()),
            Json::Null if several.contains(&name.as_str()) => json!([]),
            other => other,
        };
        object.insert(name.trim_start_matches(CUSTOM).to_owned(), value);
    }
    row.insert("custom".to_owned(), Json::Object(object));
}

/// Whether a figure of this kind is written as a number in JSON lists.
pub(crate) fn list_text(kind: FieldKind, integer: i64) -> Option<String> {
    match kind {
        FieldKind::Decimal(decimals) => Some(mandate_domain::book::unscaled(integer, decimals)),
        _ => None,
    }
}
