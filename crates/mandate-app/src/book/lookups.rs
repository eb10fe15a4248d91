//! What names of records meant so far within one transaction: a file of many rows asks the same again and again.
//!
//! Also what a check has to know of records that the same file makes and that are not stored yet.

use std::collections::{BTreeMap, BTreeSet};

use mandate_domain::book::{Draft, Kind, Referent};
use mandate_store::book::{self as store, Owner, References};
use mandate_store::reads::Scope;
use mandate_store::{ReadTx, StoreError};

/// What names meant.
#[derive(Default)]
pub(super) struct Lookups {
    found: BTreeMap<Referent, (BTreeSet<String>, References)>,
    made: BTreeMap<Kind, BTreeSet<String>>,
    owners: BTreeMap<String, Owner>,
    /// No row names a record of the file's own kind: those that it makes are not kept.
    pub(super) forgets_own: bool,
    /// What new records have where nothing is said.
    pub(super) defaults: Draft,
    /// Where no column has a role, an unmistakable title tells it of a client's new person.
    pub(super) tells_roles: bool,
}

impl Lookups {
    /// Most names that are kept.
    const MOST: usize = 300_000;

    pub(super) fn with_defaults(defaults: Draft) -> Self {
        Self { defaults, ..Self::default() }
    }

    pub(super) async fn look_up(
        &mut self,
        tx: &mut ReadTx,
        scope: &Scope,
        referent: Referent,
        mut texts: BTreeSet<String>,
    ) -> Result<&mut References, StoreError> {
        let (asked, found) = self.found.entry(referent).or_default();
        if asked.len() + texts.len() > Self::MOST {
            *asked = BTreeSet::new();
            *found = References::default();
        }
        let made = self.made.get(&referent.kind);
        texts.retain(|text| !asked.contains(text) && !made.is_some_and(|made| made.contains(text)));
        if !texts.is_empty() {
            found.extend(store::find_references(tx, scope, referent, &texts).await?);
            asked.extend(texts);
        }
        Ok(found)
    }

    /// `text` means the record with `id`.
    pub(super) fn means(&mut self, kind: Kind, text: &str, id: &str) {
        self.found.entry(kind.into()).or_default().1.add(id, text);
    }

    /// Looks names of `kind` up anew when they are asked for again.
    pub(super) fn forget(&mut self, kind: Kind) {
        self.found.retain(|referent, _| referent.kind != kind);
    }

    /// The same file makes, or found, the record with `id`.
    pub(super) fn made(&mut self, kind: Kind, id: &str) {
        self.made.entry(kind).or_default().insert(id.to_owned());
    }

    /// Whether the same file makes, or found, the record with `id`.
    pub(super) fn is_made(&self, kind: Kind, id: &str) -> bool {
        self.made.get(&kind).is_some_and(|made| made.contains(id))
    }

    /// What others take from the record with `id` once the file is written.
    pub(super) fn owned_by(&mut self, id: &str, owner: Owner) {
        self.owners.insert(id.to_owned(), owner);
    }

    /// Puts what the file makes of owners over what is stored of them.
    pub(super) fn lay_over(&self, asked: &BTreeSet<String>, stored: &mut BTreeMap<String, Owner>) {
        for id in asked {
            if let Some(owner) = self.owners.get(id) {
                stored.insert(id.clone(), owner.clone());
            }
        }
    }

    pub(super) fn meant(&self, referent: Referent, text: &str, account: &str) -> Vec<&str> {
        if let Some(made) = self.made.get(&referent.kind).and_then(|made| made.get(text)) {
            return vec![made];
        }
        self.found.get(&referent).map(|(_, found)| found.meant_within(text, account)).unwrap_or_default()
    }
}
