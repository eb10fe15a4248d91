//! Two people in one record at once: what somebody else saved while a form was open, beside what was typed into it.
//!
//! A field that was typed into keeps what was typed, with what it is now under it. One that was not touched takes theirs, or saving again
//! would undo it unseen. Only what the visitor may read is held against one another: the record as they see it, and its changes
//! as its history tells them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mandate_app::book::{self, AnySaved, ChangedSince};
use mandate_domain::Money;
use mandate_domain::book::{CustomField, Draft, Kind, Shape};
use mandate_domain::money::Currency;

use super::bulk::value_text;
use super::form::number_field;
use crate::failure::Failure;
use crate::form::Form;
use crate::frame::Visit;
use crate::numbers::without_zeros;
use crate::state::Web;

/// What was typed, as it was sent and as it was read.
pub(super) struct Typed<'a> {
    pub(super) form: &'a Form,
    pub(super) draft: &'a Draft,
}

/// A form to be saved again.
pub(super) struct Met {
    /// With what was typed, and theirs where nothing was.
    pub(super) form: Form,
    /// What is said above it.
    pub(super) notice: String,
    /// What is said under a field.
    pub(super) notes: BTreeMap<String, String>,
}

/// Brings what was typed and what was saved meanwhile together; `saved` is the record as it is now.
pub(super) async fn meet(
    (web, visit): (&Web, &Visit),
    saved: &AnySaved,
    since: &[ChangedSince],
    typed: Typed<'_>,
) -> Result<Met, Failure> {
    let custom = book::custom_fields(web.ctx(), &visit.actor, saved.kind).await?;
    let fields = (saved.kind, &custom[..]);
    let mut met = Met { form: typed.form.clone(), notice: notice(visit, since), notes: BTreeMap::new() };
    met.form.replace("version", saved.version.to_string());
    for change in since.iter().filter(|change| typed.draft.has(&change.field)) {
        let field = change.field.as_str();
        // Not there for this reader, as a retired field is.
        if !saved.draft.has(field) {
            continue;
        }
        let (mine, now) = (typed.draft.get(field), saved.draft.get(field));
        if same(fields, field, mine, now) {
            continue;
        }
        let when = visit.moment(change.at);
        let told = [("who", change.who.as_str()), ("when", when.as_str())];
        let is_untouched = change.was.as_deref().is_some_and(|was| same(fields, field, mine, was));
        let note = if is_untouched {
            met.form.replace(field, shown(visit, fields, field, now));
            visit.tr("book-theirs-taken", &told)
        } else {
            let value = in_words(web, visit, saved, (&custom, field)).await?;
            visit.tr("book-theirs-differs", &[&told[..], &[("value", value.as_str())]].concat())
        };
        met.notes.insert(field.to_owned(), note);
    }
    Ok(met)
}

/// Who saved it, and when last.
fn notice(visit: &Visit, since: &[ChangedSince]) -> String {
    let Some(last) = since.iter().max_by_key(|change| change.at) else { return visit.t("book-stale") };
    let who: BTreeSet<&str> = since.iter().map(|change| change.who.as_str()).collect();
    let who = who.into_iter().collect::<Vec<_>>().join(", ");
    visit.tr("book-stale-by", &[("who", &who), ("when", &visit.moment(last.at))])
}

/// Whether two texts of a field say the same.
fn same(fields: (Kind, &[Arc<CustomField>]), field: &str, left: &str, right: &str) -> bool {
    let plain = |text: &str| {
        let text = text.trim().replace("\r\n", "\n");
        if number_field(fields, field).is_some() { without_zeros(&text) } else { text }
    };
    plain(left) == plain(right)
}

/// A stored text as a form has it.
fn shown(visit: &Visit, fields: (Kind, &[Arc<CustomField>]), field: &str, text: &str) -> String {
    match number_field(fields, field) {
        Some(_) => visit.formats.number_style().written(text),
        None => text.to_owned(),
    }
}

/// What a field holds now, as the record's page shows it.
async fn in_words(
    web: &Web,
    visit: &Visit,
    saved: &AnySaved,
    (custom, field): (&[Arc<CustomField>], &str),
) -> Result<String, Failure> {
    let text = saved.draft.get(field);
    let shape = saved.kind.fields().iter().find(|spec| spec.name == field).map(|spec| spec.shape);
    let currency = Currency::stored(saved.draft.get("currency"));
    match (shape, currency) {
        (Some(Shape::Money | Shape::Amount), Ok(currency)) if !text.is_empty() => {
            Ok(Money::parse(text, currency).map_or_else(|_| text.to_owned(), |it| visit.formats.money(it)))
        }
        _ => value_text(web, visit, (saved.kind, custom, field), text).await,
    }
}
