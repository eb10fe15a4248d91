//! The first rows of a check, as somebody reads them: which record, and which of its fields become what.
//!
//! Values are those that whoever imports may read. What names another record is shown by that record's name; of one that the same
//! file makes there is none yet, and the text is empty.

use std::collections::BTreeMap;

use mandate_domain::Clearance;
use mandate_domain::book::{Kind, parts};
use mandate_store::book::Stored;
use mandate_store::reads::{Scope, book_pages};
use mandate_store::{ReadTx, StoreError, boxed};

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
    /// What stands for the name of a record that has none.
    about: Vec<Told>,
}

/// A field that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewChange {
    /// Its name.
    pub field: String,
    /// What it holds.
    pub from: Told,
    /// What it would hold.
    pub to: Told,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// In words; empty where it holds nothing.
    pub text: String,
    /// The kind of the records it names.
    pub names: Option<Kind>,
}

impl Preview {
    /// A planned row, with what `clearance` may read of it; names are ids until [`name_all`].
    pub(super) fn of<R: Stored>(row: &Planned<R>, clearance: Clearance) -> Self {
        let after = row.saved.draft(Clearance::EVERYTHING);
        let told = |field: &str, text: &str| {
            let spec = R::FIELDS.iter().find(|spec| spec.name == field);
            let names = spec.and_then(|spec| spec.shape.referent()).map(|referent| referent.kind);
            Told { text: text.to_owned(), names }
        };
        let mut changes = vec![];
        if row.outcome == Outcome::Changed {
            let differs = |field: &&str| row.before.get(field) != after.get(field);
            let readable =
                R::FIELDS.iter().filter(|spec| clearance.admits(spec.purpose)).map(|spec| spec.name);
            changes.extend(readable.filter(differs).map(|field| PreviewChange {
                field: field.to_owned(),
                from: told(field, row.before.get(field)),
                to: told(field, after.get(field)),
            }));
            let (from, to) = (row.custom_before.draft(), row.saved.custom.draft());
            let all: BTreeMap<&str, ()> =
                from.iter().chain(to.iter()).map(|(field, _)| (field, ())).collect();
            let differing = all.into_keys().filter(|field| from.get(field) != to.get(field));
            changes.extend(differing.map(|field| PreviewChange {
                field: field.to_owned(),
                from: told(field, from.get(field)),
                to: told(field, to.get(field)),
            }));
        }
        Self {
            kind: R::KIND,
            row: row.number,
            external_id: row.saved.external_id().unwrap_or_default().to_owned(),
            name: row.saved.name().to_owned(),
            outcome: row.outcome,
            changes,
            about: R::NATURAL_KEY.iter().map(|field| told(field, after.get(field))).collect(),
        }
    }

    fn told(&mut self) -> impl Iterator<Item = &mut Told> {
        self.changes.iter_mut().flat_map(|change| [&mut change.from, &mut change.to]).chain(&mut self.about)
    }
}

/// Puts names in the place of ids.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub(super) async fn name_all(
    tx: &mut ReadTx,
    scope: &Scope,
    previews: &mut [Preview],
) -> Result<(), StoreError> {
    let mut asked: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
    for told in previews.iter_mut().flat_map(Preview::told) {
        if let Some(kind) = told.names {
            asked.entry(kind).or_default().extend(parts(&told.text).map(str::to_owned));
        }
    }
    let mut names: BTreeMap<Kind, BTreeMap<String, String>> = BTreeMap::new();
    for (kind, ids) in asked {
        names.insert(kind, book_pages::names(tx, scope, kind, &ids).await?);
    }
    for told in previews.iter_mut().flat_map(Preview::told) {
        let Some(known) = told.names.and_then(|kind| names.get(&kind)) else { continue };
        let named: Vec<&str> = parts(&told.text).filter_map(|id| known.get(id)).map(String::as_str).collect();
        told.text = named.join(", ");
    }
    for preview in previews.iter_mut().filter(|preview| !preview.about.is_empty()) {
        let about: Vec<&str> = preview.about.iter().map(|told| told.text.as_str()).collect();
        let about: Vec<&str> = about.into_iter().filter(|text| !text.is_empty()).collect();
        preview.name = about.join(" · ");
    }
    Ok(())
}
