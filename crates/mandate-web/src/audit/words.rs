//! Changes in words: fields by their labels, amounts, dates, choices and names as the reader has them.
//!
//! Ids are looked up for all changes of a page at once. What the reader may not see, or is gone, is not named: the words
//! say only that it was a record. An amount takes its currency from the change itself, else from the record as it is now.

use std::collections::{BTreeMap, BTreeSet};

use mandate_app::audit::SeenChange;
use mandate_app::{Actor, book};
use mandate_domain::book::{Account, CUSTOM, Kind, Shape, parts};
use mandate_domain::{Currency, Id, Money};

use crate::book::kinds::choice_text_id;
use crate::book::kinds::page_of;
use crate::failure::Failure;
use crate::frame::Visit;
use crate::state::Web;
use crate::table::field_text_id;

/// A record's changes, and what they are of.
pub(super) struct Told {
    /// The kind of record.
    pub(super) subject_kind: String,
    /// Its id.
    pub(super) subject_id: String,
    /// What changed.
    pub(super) changes: Vec<SeenChange>,
}

/// One change in words.
pub(super) struct ChangeWords {
    /// The field's name as in the API.
    pub(super) field: String,
    /// Its label.
    pub(super) label: String,
    /// What it was.
    pub(super) from: Option<String>,
    /// What it became.
    pub(super) to: Option<String>,
    /// Whether the values are kept apart.
    is_sealed: bool,
}

/// A record of the book as it is now.
pub(super) struct Subject {
    /// Its version.
    pub(super) version: i64,
    /// Its page.
    pub(super) href: String,
    currency: Option<Currency>,
}

/// The record a change was of, if it is of the book, there, and theirs to see.
pub(super) async fn subject(
    web: &Web,
    actor: &Actor,
    kind: &str,
    id: &str,
) -> Result<Option<Subject>, Failure> {
    match Kind::ALL.into_iter().find(|known| known.as_str() == kind) {
        None => Ok(None),
        Some(kind) => match book::show_any(web.ctx(), actor, kind, id).await {
            Ok(saved) => {
                let currency = Currency::stored(saved.draft.get("currency")).ok();
                Ok(Some(Subject { version: saved.version, href: page_of(&saved), currency }))
            }
            // In the trash, out of their sight, or a right they lack: there is no page to lead to.
            Err(book::BookError::Store(error)) => Err(book::BookError::Store(error).into()),
            Err(_) => Ok(None),
        },
    }
}

fn shape(kind: &str, field: &str) -> Option<Shape> {
    let kind = Kind::ALL.into_iter().find(|known| known.as_str() == kind)?;
    kind.fields().iter().find(|spec| spec.name == field).map(|spec| spec.shape)
}

/// The changes of each, in words.
pub(super) async fn in_words(
    web: &Web,
    visit: &Visit,
    all: &[Told],
) -> Result<Vec<Vec<ChangeWords>>, Failure> {
    let names = names(web, visit, all).await?;
    let mut worded = Vec::with_capacity(all.len());
    for told in all {
        let currency = currency(web, visit, told).await?;
        let value = |change: &SeenChange, text: &Option<String>| {
            let text = text.as_deref().filter(|text| !text.is_empty())?;
            Some(words(visit, (&names, currency), (&told.subject_kind, &change.field), text))
        };
        let change = |change: &SeenChange| ChangeWords {
            field: change.field.clone(),
            label: label(web, visit, &change.field),
            from: value(change, &change.from),
            to: if change.is_sealed {
                Some(visit.t("audit-sealed-value"))
            } else {
                value(change, &change.to)
            },
            is_sealed: change.is_sealed,
        };
        worded.push(told.changes.iter().map(change).collect());
    }
    Ok(worded)
}

/// Names of the records of the book that are named by id.
async fn names(web: &Web, visit: &Visit, all: &[Told]) -> Result<BTreeMap<String, String>, Failure> {
    let values = all.iter().flat_map(|told| &told.changes).flat_map(|change| [&change.from, &change.to]);
    let is_id = |text: &&String| Id::<Account>::parse(text).is_ok();
    let ids: BTreeSet<String> = values.flatten().filter(is_id).cloned().collect();
    let ids: Vec<String> = ids.into_iter().collect();
    let mut names = BTreeMap::new();
    if ids.is_empty() || !visit.may(mandate_app::Action::ReadBook) {
        return Ok(names);
    }
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::ContractLine) {
        names.extend(book::names(web.ctx(), &visit.actor, kind, &ids).await?);
    }
    Ok(names)
}

async fn currency(web: &Web, visit: &Visit, told: &Told) -> Result<Option<Currency>, Failure> {
    let is_money = |change: &SeenChange| {
        shape(&told.subject_kind, &change.field)
            .is_some_and(|shape| matches!(shape, Shape::Money | Shape::Amount))
    };
    if !told.changes.iter().any(is_money) {
        return Ok(None);
    }
    let stated = told.changes.iter().find(|change| change.field == "currency");
    let code = stated.and_then(|change| change.to.as_ref().or(change.from.as_ref()));
    if let Some(currency) = code.and_then(|code| Currency::stored(code).ok()) {
        return Ok(Some(currency));
    }
    let subject = subject(web, &visit.actor, &told.subject_kind, &told.subject_id).await?;
    Ok(subject.and_then(|subject| subject.currency))
}

fn label(web: &Web, visit: &Visit, field: &str) -> String {
    let id = field_text_id(field);
    if web.texts().has(&id) {
        visit.t(&id)
    } else {
        field.trim_start_matches(CUSTOM).replace(['_', '.'], " ")
    }
}

fn words(
    visit: &Visit,
    (names, currency): (&BTreeMap<String, String>, Option<Currency>),
    (kind, field): (&str, &str),
    text: &str,
) -> String {
    let is_id = |text: &str| Id::<Account>::parse(text).is_ok();
    if parts(text).next().is_some() && parts(text).all(is_id) {
        let name = |id| names.get(id).cloned().unwrap_or_else(|| visit.t("audit-value-record"));
        return parts(text).map(name).collect::<Vec<_>>().join(", ");
    }
    match shape(kind, field) {
        Some(Shape::Choice(_)) => visit.t(&choice_text_id(field, text)),
        Some(Shape::Money | Shape::Amount) => match currency.map(|currency| Money::parse(text, currency)) {
            Some(Ok(money)) => visit.formats.money(money),
            _ => text.to_owned(),
        },
        Some(Shape::Whole(..)) => text.parse().map_or_else(|_| text.to_owned(), |it| visit.number(it)),
        Some(Shape::Date) | None => moment(visit, text).unwrap_or_else(|| text.to_owned()),
        Some(_) => text.to_owned(),
    }
}

/// A civil date, an instant, yes and no, however they were recorded.
fn moment(visit: &Visit, text: &str) -> Option<String> {
    if text.len() == 10
        && let Ok(day) = text.parse()
    {
        return Some(visit.formats.full_date(day));
    }
    if text.ends_with('Z')
        && let Ok(at) = text.parse::<jiff::Timestamp>()
    {
        return Some(visit.moment(at.into()));
    }
    match text {
        "true" => Some(visit.t("audit-value-yes")),
        "false" => Some(visit.t("audit-value-no")),
        _ => None,
    }
}

/// "Name: Brackwell → Brackwell Insurance; ...", at most `most` fields.
pub(super) fn sentence(visit: &Visit, changes: &[ChangeWords], most: usize) -> String {
    let part = |change: &ChangeWords| {
        let dash = || "\u{2013}".to_owned();
        if change.is_sealed {
            return visit.tr("audit-sealed", &[("field", &change.label)]);
        }
        let to = change.to.clone().unwrap_or_else(dash);
        match &change.from {
            // What is new has no before.
            None => format!("{}: {to}", change.label),
            Some(from) => format!("{}: {from} \u{2192} {to}", change.label),
        }
    };
    let mut told: Vec<String> = changes.iter().take(most).map(part).collect();
    if changes.len() > told.len() {
        told.push(visit.tr("audit-more", &[("count", &(changes.len() - told.len()).to_string())]));
    }
    told.join("; ")
}
