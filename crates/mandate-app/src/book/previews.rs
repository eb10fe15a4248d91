//! The first rows of a check, as somebody reads them: which record, and which of its fields become what.
//!
//! Values are those that whoever imports may read. What names another record is shown by that record's name; of one that the same
//! file makes there is none yet, and the text is empty.

use std::collections::{BTreeMap, HashMap};

use mandate_domain::Clearance;
use mandate_domain::book::{CustomValues, Draft, Kind, parts};
use mandate_store::book::Stored;
use mandate_store::reads::{Scope, book_pages};
use mandate_store::{ReadTx, StoreError, boxed};

use super::known_by::telling_fields;
use super::plan::{Outcome, Planned};

/// One row of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// The record's kind.
    pub kind: Kind,
    /// Its number.
    pub row: usize,
    /// The firm's own id.
    pub external_id: String,
    /// The record's name; of one without a name what it is about.
    pub name: String,
    /// What happens to it.
    pub outcome: Outcome,
    /// The fields of a known record that change.
    pub changes: Vec<PreviewChange>,
    /// What a new record will hold, field by field.
    pub values: Vec<PreviewValue>,
    /// What stands for the name of a record that has none.
    about: Vec<Held>,
}

/// A field that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewChange {
    /// Its name.
    pub field: String,
    /// What people call it, where it is a custom one.
    pub label: Option<String>,
    /// What it holds.
    pub from: Held,
    /// What it would hold.
    pub to: Held,
}

/// A field of a new record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewValue {
    /// Its name.
    pub field: String,
    /// What people call it, where it is a custom one.
    pub label: Option<String>,
    /// What it will hold.
    pub held: Held,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// In words; empty where it holds nothing.
    pub text: String,
    /// The kind of the records it names.
    pub names: Option<Kind>,
    /// It names a record that has no name to show: one that the same file makes, or one out of sight.
    pub is_unnamed: bool,
}

impl Preview {
    /// A planned row, with what `clearance` may read of it; names are ids until [`name_all`].
    pub(super) fn of<R: Stored>(row: &Planned<R>, clearance: Clearance) -> Self {
        let after = row.saved.draft(clearance);
        let held = |field: &str, text: &str| {
            let spec = R::FIELDS.iter().find(|spec| spec.name == field);
            let names = spec.and_then(|spec| spec.shape.referent()).map(|referent| referent.kind);
            Held { text: text.to_owned(), names, is_unnamed: false }
        };
        let custom = || row.saved.custom.0.iter().chain(&row.custom_before.0);
        let label = |name: &str| custom().find(|(it, _)| it.name == name).map(|(it, _)| it.label.clone());
        let mut changes = vec![];
        if row.outcome == Outcome::Changed {
            let differs = |field: &&str| row.before.get(field) != after.get(field);
            let readable =
                R::FIELDS.iter().filter(|spec| clearance.admits(spec.purpose)).map(|spec| spec.name);
            changes.extend(readable.filter(differs).map(|field| PreviewChange {
                field: field.to_owned(),
                label: label(field),
                from: held(field, row.before.get(field)),
                to: held(field, after.get(field)),
            }));
            let (from, to) = (
                readable_custom(&row.custom_before, clearance),
                readable_custom(&row.saved.custom, clearance),
            );
            let all: BTreeMap<&str, ()> =
                from.iter().chain(to.iter()).map(|(field, _)| (field, ())).collect();
            let differing = all.into_keys().filter(|field| from.get(field) != to.get(field));
            changes.extend(differing.map(|field| PreviewChange {
                field: field.to_owned(),
                label: label(field),
                from: held(field, from.get(field)),
                to: held(field, to.get(field)),
            }));
        }
        let mut values = vec![];
        if row.outcome == Outcome::New {
            let fields = R::FIELDS.iter().filter(|spec| clearance.admits(spec.purpose)).map(|spec| spec.name);
            let own = fields.map(|field| (field, after.get(field)));
            let custom = readable_custom(&row.saved.custom, clearance);
            let stated = own.chain(custom.iter()).filter(|(_, text)| !text.is_empty());
            let value = |(field, text): (&str, &str)| PreviewValue {
                field: field.to_owned(),
                label: label(field),
                held: held(field, text),
            };
            values.extend(stated.map(value));
        }
        Self {
            kind: R::KIND,
            row: row.number,
            external_id: row.saved.external_id().unwrap_or_default().to_owned(),
            name: row.saved.name().to_owned(),
            outcome: row.outcome,
            changes,
            values,
            about: about::<R>().iter().map(|field| held(field, after.get(field))).collect(),
        }
    }

    fn held(&mut self) -> impl Iterator<Item = &mut Held> {
        let changes = self.changes.iter_mut().flat_map(|change| [&mut change.from, &mut change.to]);
        changes.chain(self.values.iter_mut().map(|value| &mut value.held)).chain(&mut self.about)
    }
}

/// The custom fields that `clearance` may read.
fn readable_custom(values: &CustomValues, clearance: Clearance) -> Draft {
    let readable = values.0.iter().filter(|(field, _)| clearance.admits(field.purpose));
    readable.fold(Draft::new(), |draft, (field, text)| draft.with(field.name, text.as_str()))
}

/// The fields that say what a record without a name is about.
fn about<R: Stored>() -> &'static [&'static str] {
    if R::KIND == Kind::ContractLine { telling_fields(R::KIND) } else { R::NATURAL_KEY }
}

/// Puts names in the place of ids; `made` are those of records that the same file makes.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub(super) async fn name_all(
    tx: &mut ReadTx,
    scope: &Scope,
    made: &HashMap<String, String>,
    previews: &mut [Preview],
) -> Result<(), StoreError> {
    let mut asked: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
    for held in previews.iter_mut().flat_map(Preview::held) {
        if let Some(kind) = held.names {
            asked.entry(kind).or_default().extend(parts(&held.text).map(str::to_owned));
        }
    }
    let mut names: BTreeMap<Kind, BTreeMap<String, String>> = BTreeMap::new();
    for (kind, ids) in asked {
        names.insert(kind, book_pages::names(tx, scope, kind, &ids).await?);
    }
    for held in previews.iter_mut().flat_map(Preview::held) {
        let Some(known) = held.names.and_then(|kind| names.get(&kind)) else { continue };
        let named: Vec<&str> = parts(&held.text)
            .filter_map(|id| known.get(id).or_else(|| made.get(id)))
            .map(String::as_str)
            .collect();
        held.is_unnamed = named.is_empty() && !held.text.is_empty();
        held.text = named.join(", ");
    }
    for preview in previews.iter_mut().filter(|preview| !preview.about.is_empty()) {
        let about: Vec<&str> = preview.about.iter().map(|held| held.text.as_str()).collect();
        let about: Vec<&str> = about.into_iter().filter(|text| !text.is_empty()).collect();
        preview.name = about.join(" · ");
    }
    Ok(())
}
