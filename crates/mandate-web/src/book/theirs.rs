//! Two people in one record at once: what somebody else saved while a form was open, beside what was typed into it.
//!
//! A field that was typed into keeps what was typed, with what it is now under it. One that was not touched takes theirs, or saving again
//! would undo it unseen. Only what the visitor may read is held against one another: the record as they see it, and its changes
//! as its history tells them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mandate_app::book::{self, AnySaved, ChangedSince};
use mandate_domain::Money;
use mandate_domain::book::{CustomField, CustomShape, Draft, Kind, Referent, Shape, parts};
use mandate_domain::money::Currency;

use super::bulk::value_text;
use super::form::number_field;
use crate::failure::Failure;
use crate::form::Form;
use crate::frame::Visit;
use crate::numbers::without_zeros;
use crate::state::Web;

/// The kind of a record and the fields added to it.
type Fields<'a> = (Kind, &'a [Arc<CustomField>]);

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
        if is_same(web, visit, (fields, field), mine, now).await? {
            continue;
        }
        let when = visit.moment(change.at);
        let told = [("who", change.who.as_str()), ("when", when.as_str())];
        let is_untouched = match change.was.as_deref() {
            Some(was) => is_same(web, visit, (fields, field), mine, was).await?,
            None => false,
        };
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

/// Whether what was typed says the same as what is or was stored: a record may be typed by its name.
async fn is_same(
    web: &Web,
    visit: &Visit,
    (fields, field): (Fields<'_>, &str),
    typed: &str,
    stored: &str,
) -> Result<bool, Failure> {
    if same(fields, field, typed, stored) {
        return Ok(true);
    }
    let (typed, stored) = (typed.trim(), stored.trim());
    let Some(referent) = referent(fields, field).filter(|_| !typed.is_empty() && !stored.is_empty()) else {
        return Ok(false);
    };
    let names = book::names(web.ctx(), &visit.actor, referent.kind, &[stored.to_owned()]).await?;
    Ok(names.get(stored).is_some_and(|name| name == typed))
}

/// Among which records a field of one record is looked for.
fn referent((kind, custom): Fields<'_>, field: &str) -> Option<Referent> {
    if let Some(custom) = custom.iter().find(|known| known.name == field) {
        return custom.shape.referent();
    }
    let shape = kind.fields().iter().find(|spec| spec.name == field)?.shape;
    shape.referent().filter(|_| !shape.takes_several())
}

/// Whether a field holds several, in no order.
fn takes_several((kind, custom): Fields<'_>, field: &str) -> bool {
    let is_custom =
        |known: &Arc<CustomField>| known.name == field && matches!(known.shape, CustomShape::Choices(_));
    kind.fields().iter().any(|spec| spec.name == field && spec.shape.takes_several())
        || custom.iter().any(is_custom)
}

/// Whether two texts of a field say the same.
fn same(fields: Fields<'_>, field: &str, left: &str, right: &str) -> bool {
    if takes_several(fields, field) {
        return parts(left).collect::<BTreeSet<_>>() == parts(right).collect::<BTreeSet<_>>();
    }
    let plain = |text: &str| {
        let text = text.trim().replace("\r\n", "\n");
        if number_field(fields, field).is_some() { without_zeros(&text) } else { text }
    };
    plain(left) == plain(right)
}

/// A stored text as a form has it.
fn shown(visit: &Visit, fields: Fields<'_>, field: &str, text: &str) -> String {
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
