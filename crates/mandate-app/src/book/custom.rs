//! Custom fields in a write: which the actor may see, what they held, what they will hold, and what goes on record.
//!
//! The record's own fields are planned and written by `plan`; what a draft says under `custom.` comes here. A field that the actor
//! is not cleared for does not exist for them: it is neither read nor written, and naming it is naming none.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mandate_domain::audit::{Changes, SealedChange};
use mandate_domain::book::{CustomField, CustomValues, Draft, FieldProblem, Kind, Saved};
use mandate_store::book::{self as store, CustomWrite, Stored};
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};

use super::custom_links::hide_links;
use super::plan::Planned;
use crate::authorise::{Action, Denied, authorise, clearance};
use crate::ctx::{Actor, Ctx};

/// The custom fields that an actor may see of a kind, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct CustomFields(pub(super) Vec<Arc<CustomField>>);

impl CustomFields {
    /// Reads them.
    pub(super) async fn of(tx: &mut ReadTx, actor: &Actor, kind: Kind) -> Result<Self, StoreError> {
        let all = store::list_custom_fields(tx, Some(kind)).await?;
        let is_theirs =
            |it: &store::StoredField| it.retired_at.is_none() && clearance(actor).admits(it.field.purpose);
        Ok(Self(all.into_iter().filter(is_theirs).map(|it| it.field).collect()))
    }

    /// Reads them with the retired ones, which keep their values: for what puts values back.
    pub(super) async fn with_retired(tx: &mut ReadTx, actor: &Actor, kind: Kind) -> Result<Self, StoreError> {
        let all = store::list_custom_fields(tx, Some(kind)).await?;
        let fields = all.into_iter().map(|it| it.field);
        Ok(Self(fields.filter(|field| clearance(actor).admits(field.purpose)).collect()))
    }

    /// What each of the records holds, whoever may see it.
    pub(super) async fn stored(
        &self,
        tx: &mut ReadTx,
        actor: &Actor,
        ids: &BTreeSet<&str>,
    ) -> Result<BTreeMap<String, CustomValues>, StoreError> {
        store::list_custom_values(tx, (&self.0, clearance(actor)), ids).await
    }

    /// What each of the records holds, as the actor sees it.
    pub(super) async fn values(
        &self,
        tx: &mut ReadTx,
        actor: &Actor,
        ids: &BTreeSet<&str>,
    ) -> Result<BTreeMap<String, CustomValues>, StoreError> {
        let mut found = self.stored(tx, actor, ids).await?;
        hide_links(tx, actor, self, &mut found).await?;
        Ok(found)
    }

    /// `before` with what `given` says; all that is wrong with it goes into `problems`. What is required is asked of whoever makes
    /// a record, and of whoever names the field; not of whom it is hidden that it is `stored`, who leave it as it is.
    pub(super) fn laid_over(
        &self,
        (before, stored): (Option<&CustomValues>, Option<&CustomValues>),
        given: &Draft,
        problems: &mut Vec<(&'static str, FieldProblem)>,
    ) -> CustomValues {
        let unknown = |name: &str| !self.0.iter().any(|field| field.name == name);
        if given.iter().any(|(name, _)| unknown(name)) {
            // One name for all of them: a name out of a request is kept nowhere.
            problems.push(("custom", FieldProblem::NoSuchField));
        }
        let held = |name: &str| before.and_then(|it| it.0.iter().find(|(field, _)| field.name == name));
        let mut after = vec![];
        for field in &self.0 {
            let was = held(field.name).map_or("", |(_, text)| text.as_str());
            if !given.has(field.name) {
                if field.required && before.is_none() && !is_named(problems, field.name) {
                    problems.push((field.name, FieldProblem::Required));
                }
                after.push((Arc::clone(field), was.to_owned()));
                continue;
            }
            if is_named(problems, field.name) {
                // It names a record that there is not.
                after.push((Arc::clone(field), was.to_owned()));
                continue;
            }
            let text = match field.read(given.get(field.name)) {
                Ok(Some(value)) => value.text,
                Ok(None) => {
                    if field.required && !is_hidden(field, was, stored) {
                        problems.push((field.name, FieldProblem::Required));
                    }
                    String::new()
                }
                Err(problem) => {
                    problems.push((field.name, problem));
                    was.to_owned()
                }
            };
            after.push((Arc::clone(field), text));
        }
        CustomValues(after)
    }

    /// `now` with the texts that `before` has, whatever the rules say today; a text that is none of its type any more stays out.
    pub(super) fn put_back(&self, now: &CustomValues, before: &Draft) -> CustomValues {
        let back = |(field, text): &(Arc<CustomField>, String)| {
            let was = before.has(field.name).then(|| before.get(field.name));
            let is_valid = was.is_some_and(|was| field.read(was).is_ok());
            (Arc::clone(field), was.filter(|_| is_valid).unwrap_or(text).to_owned())
        };
        CustomValues(now.0.iter().map(back).collect())
    }
}

/// Whether the field holds what the actor, who sees `was`, does not see.
fn is_hidden(field: &CustomField, was: &str, stored: Option<&CustomValues>) -> bool {
    let holds = |it: &CustomValues| it.0.iter().any(|(known, text)| known.id == field.id && !text.is_empty());
    was.is_empty() && stored.is_some_and(holds)
}

/// What is `stored`, hidden from whoever saw `before` and written over by `after`: it stays on record.
pub(super) fn overwritten(
    before: &CustomValues,
    stored: Option<&CustomValues>,
    after: &CustomValues,
) -> CustomValues {
    let Some(stored) = stored else { return CustomValues::default() };
    let of = |values: &CustomValues, field: &CustomField| {
        values
            .0
            .iter()
            .find(|(known, _)| known.id == field.id)
            .map(|(_, text)| text.clone())
            .unwrap_or_default()
    };
    let is_over = |(field, text): &&(Arc<CustomField>, String)| {
        !text.is_empty() && of(before, field).is_empty() && !of(after, field).is_empty()
    };
    CustomValues(stored.0.iter().filter(is_over).cloned().collect())
}

fn is_named(problems: &[(&'static str, FieldProblem)], name: &str) -> bool {
    problems.iter().any(|(field, _)| *field == name)
}

/// The names of all custom fields of a kind, the retired ones too, whoever may see them.
#[boxed]
pub(super) async fn names_of(tx: &mut ReadTx, kind: Kind) -> Result<BTreeSet<&'static str>, StoreError> {
    let all = store::list_custom_fields(tx, Some(kind)).await?;
    Ok(all.into_iter().map(|it| it.field.name).collect())
}

/// The custom fields of a kind that the actor may see, for whoever may read or write its records.
///
/// # Errors
/// [`super::BookError`] when the right is missing.
#[boxed]
pub async fn custom_fields(
    ctx: &Ctx,
    actor: &Actor,
    kind: Kind,
) -> Result<Vec<Arc<CustomField>>, super::BookError> {
    may_know(actor)?;
    Ok(CustomFields::of(&mut ctx.begin_read().await?, actor, kind).await?.0)
}

/// The retired custom fields of a kind that the actor may know of: what old links and views may name.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn retired_custom_fields(
    ctx: &Ctx,
    actor: &Actor,
    kind: Kind,
) -> Result<Vec<Arc<CustomField>>, StoreError> {
    let all = store::list_custom_fields(&mut ctx.begin_read().await?, Some(kind)).await?;
    let retired = all.into_iter().filter(|it| it.retired_at.is_some()).map(|it| it.field);
    Ok(retired.filter(|field| clearance(actor).admits(field.purpose)).collect())
}

/// A token may carry the right to write, or to import, alone.
fn may_know(actor: &Actor) -> Result<(), Denied> {
    let any = [Action::WriteBook, Action::Import].into_iter().any(|it| authorise(actor, it).is_ok());
    if any { Ok(()) } else { authorise(actor, Action::ReadBook) }
}

/// Reads the custom fields of records that were loaded.
#[boxed]
pub(super) async fn load_into<R: Stored>(
    tx: &mut ReadTx,
    actor: &Actor,
    saved: &mut Saved<R>,
) -> Result<(), StoreError> {
    let fields = CustomFields::of(tx, actor, R::KIND).await?;
    let mut found = fields.values(tx, actor, &[saved.id.as_str()].into()).await?;
    saved.custom = found.remove(saved.id.as_str()).unwrap_or_default();
    Ok(())
}

/// The fields in which a row differs from what was, with what they are from now on.
fn changed<R>(row: &Planned<R>) -> impl Iterator<Item = (&Arc<CustomField>, &str, &str)> {
    row.saved.custom.0.iter().filter_map(|(field, to)| {
        let was = row.custom_before.0.iter().find(|(known, _)| known.id == field.id);
        let from = was.map_or("", |(_, text)| text.as_str());
        (from != to.as_str()).then_some((field, from, to.as_str()))
    })
}

/// Whether a field that everybody reads differs, and how many that only some read.
pub(super) fn difference<R>(row: &Planned<R>) -> (bool, i64) {
    changed(row).fold((false, 0), |(open, n_beside), (field, ..)| match field.purpose {
        None => (true, n_beside),
        Some(_) => (open, n_beside + 1),
    })
}

/// Writes what differs in the rows.
#[boxed]
pub(super) async fn write<R: Stored>(
    tx: &mut WriteTx,
    ctx: &Ctx,
    rows: &[Planned<R>],
) -> Result<(), StoreError> {
    let mut writes = vec![];
    for row in rows {
        for (field, _, to) in changed(row) {
            let value = field.read(to).map_err(|problem| StoreError::Inconsistent {
                table: "custom_field",
                id: field.id.to_string(),
                what: problem.to_string(),
            })?;
            writes.push(CustomWrite { record_id: row.saved.id.to_string(), field: Arc::clone(field), value });
        }
    }
    store::save_custom_values(tx, &writes, ctx.now()).await
}

/// Adds what differs to the changes that go on record.
pub(super) fn told<R>(ctx: &Ctx, row: &Planned<R>, mut changes: Changes) -> Changes {
    let stated = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    for (field, from, to) in changed(row) {
        let over = row.overwritten.0.iter().find(|(known, _)| known.id == field.id);
        let (from, to) = (stated(over.map_or(from, |(_, text)| text.as_str())), stated(to));
        changes = match field.purpose {
            Some(purpose) => {
                changes.sealed_field(field.name, from, to, SealedChange { purpose, salt: ctx.new_secret() })
            }
            None => changes.field(field.name, from, to),
        };
    }
    changes
}

/// Refuses a token that may read fewer custom fields of the kind than whoever it belongs to: what it undid would stay half done,
/// and the answer tells nothing of what the fields hold.
#[boxed]
pub(super) async fn refuse_narrow_token<E: From<Denied> + From<StoreError>>(
    tx: &mut ReadTx,
    actor: &Actor,
    kind: Kind,
) -> Result<(), E> {
    let whole = clearance(&Actor { token_scopes: None, ..actor.clone() });
    for stored in store::list_custom_fields(tx, Some(kind)).await? {
        let purpose = stored.field.purpose;
        let is_narrowed = whole.admits(purpose) && !clearance(actor).admits(purpose);
        if let Some(action) = purpose.filter(|_| is_narrowed).and_then(Action::of_purpose) {
            authorise(actor, action)?;
        }
    }
    Ok(())
}
