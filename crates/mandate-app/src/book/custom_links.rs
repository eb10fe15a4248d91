//! Custom fields whose values are records: which record a text means, and that nobody learns of one they may not see.
//!
//! Whoever may not see the record, or finds it in the trash, has nothing in the field: on pages, in forms, lists, files and the API. What
//! they save of the rest leaves the value as it is. Not here: the same in lists (`mandate_store::reads::list_beside`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mandate_domain::Id;
use mandate_domain::book::{Account, CUSTOM, CustomField, CustomValues, Draft, FieldProblem, Referent};
use mandate_store::audit::StoredRecord;
use mandate_store::book::find_references;
use mandate_store::{ReadTx, StoreError};
use serde_json::Value;

use super::custom::CustomFields;
use super::lookups::Lookups;
use crate::ctx::Actor;

/// A row in whose custom fields records may be named.
pub(super) struct Naming<'a> {
    /// What it says of custom fields.
    pub(super) given: &'a mut Draft,
    /// What its record holds, as the actor sees it.
    pub(super) held: Option<&'a CustomValues>,
    /// The account it is of: of namesakes that of the same account is meant.
    pub(super) account: String,
    /// What is wrong with it.
    pub(super) problems: &'a mut Vec<(&'static str, FieldProblem)>,
}

fn links(fields: &CustomFields) -> impl Iterator<Item = (&CustomField, Referent)> {
    fields.0.iter().filter_map(|field| Some((&**field, field.shape.referent()?)))
}

/// Turns what rows name in custom fields into ids. What stays as it is may lie in the trash.
pub(super) async fn resolve_links(
    (tx, actor): (&mut ReadTx, &Actor),
    fields: &CustomFields,
    lookups: &mut Lookups,
    rows: Vec<Naming<'_>>,
) -> Result<(), StoreError> {
    let is_kept = |row: &Naming<'_>, field: &CustomField, text: &str| {
        let held = row.held.and_then(|held| held.0.iter().find(|(known, _)| known.id == field.id));
        held.is_some_and(|(_, was)| was == text)
    };
    let mut asked: BTreeMap<Referent, BTreeSet<String>> = BTreeMap::new();
    for row in &rows {
        for (field, referent) in links(fields) {
            let text = row.given.get(field.name).trim();
            if !text.is_empty() && !is_kept(row, field, text) {
                asked.entry(referent).or_default().insert(text.to_owned());
            }
        }
    }
    for (referent, texts) in asked {
        lookups.look_up(tx, &actor.scope, referent, texts).await?;
    }
    for row in rows {
        for (field, referent) in links(fields) {
            let text = row.given.get(field.name).trim().to_owned();
            if text.is_empty() || is_kept(&row, field, &text) {
                continue;
            }
            let meant = lookups.meant(referent, &text, &row.account);
            let (kind, text) = (referent.kind, text.chars().take(60).collect());
            match meant[..] {
                [id] => row.given.set(field.name, id),
                [] => row.problems.push((field.name, FieldProblem::UnknownReference { kind, text })),
                _ => row.problems.push((field.name, FieldProblem::AmbiguousReference { kind, text })),
            }
        }
    }
    Ok(())
}

/// `before` without what names a record and stayed: to whoever wrote it may have been hidden, and undoing what they wrote leaves it.
pub(super) fn touched(before: &CustomValues, after: &CustomValues) -> Draft {
    let stays = |(field, text): &&(Arc<CustomField>, String)| {
        let same = after.0.iter().any(|(known, now)| known.id == field.id && now == text);
        field.shape.referent().is_some() && same
    };
    let touched = before.0.iter().filter(|it| !stays(it));
    touched.fold(Draft::new(), |draft, (field, text)| draft.with(field.name, text.as_str()))
}

/// Empties what is a record that the actor may not see.
pub(super) async fn hide_links(
    tx: &mut ReadTx,
    actor: &Actor,
    fields: &CustomFields,
    found: &mut BTreeMap<String, CustomValues>,
) -> Result<(), StoreError> {
    for (field, referent) in links(fields) {
        let values = || found.values().flat_map(|values| &values.0);
        let held = values().filter(|(known, text)| known.id == field.id && !text.is_empty());
        let ids: BTreeSet<String> = held.map(|(_, text)| text.clone()).collect();
        if ids.is_empty() {
            continue;
        }
        let seen = find_references(tx, &actor.scope, referent, &ids).await?;
        for (known, text) in found.values_mut().flat_map(|values| &mut values.0) {
            if known.id == field.id && seen.meant(text) != [text.as_str()] {
                text.clear();
            }
        }
    }
    Ok(())
}

/// Takes out of records what custom fields were or became where that is a record the actor may not see; a record of which nothing is left
/// goes whole.
pub(crate) async fn without_links(
    tx: &mut ReadTx,
    actor: &Actor,
    records: Vec<StoredRecord>,
) -> Result<Vec<StoredRecord>, StoreError> {
    let read =
        |record: &StoredRecord| -> Vec<Value> { serde_json::from_str(&record.changes).unwrap_or_default() };
    let is_custom = |change: &Value| change["field"].as_str().is_some_and(|field| field.starts_with(CUSTOM));
    let linked =
        |value: &Value| value.as_str().filter(|text| Id::<Account>::parse(text).is_ok()).map(str::to_owned);
    let custom = records.iter().flat_map(read).filter(is_custom);
    let ids: BTreeSet<String> =
        custom.flat_map(|change| [linked(&change["from"]), linked(&change["to"])]).flatten().collect();
    if ids.is_empty() {
        return Ok(records);
    }
    let mut seen = BTreeSet::new();
    for kind in [mandate_domain::book::Kind::Person, mandate_domain::book::Kind::Account] {
        let all: Vec<String> = ids.iter().cloned().collect();
        seen.extend(mandate_store::reads::book_pages::names(tx, &actor.scope, kind, &all).await?.into_keys());
    }
    let is_hidden = |value: &Value| linked(value).is_some_and(|id| !seen.contains(&id));
    let shown = |mut record: StoredRecord| {
        let mut changes = read(&record);
        if !changes
            .iter()
            .any(|change| is_custom(change) && (is_hidden(&change["from"]) || is_hidden(&change["to"])))
        {
            return Some(record);
        }
        for change in changes.iter_mut().filter(|change| is_custom(change)) {
            for side in ["from", "to"] {
                if is_hidden(&change[side]) {
                    change[side] = Value::Null;
                }
            }
        }
        changes.retain(|change| {
            !is_custom(change)
                || !change["from"].is_null()
                || !change["to"].is_null()
                || change["sealed"].is_string()
        });
        record.changes = Value::Array(changes.clone()).to_string();
        (!changes.is_empty()).then_some(record)
    };
    Ok(records.into_iter().filter_map(shown).collect())
}
