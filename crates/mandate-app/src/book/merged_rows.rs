//! Rows whose id of the firm was merged away: the record that stands for theirs may be that of another row of the same file.
//!
//! The row with the id that survived speaks for the record, else the first one; the others change nothing, and are told. So a file
//! comes in again as it came, whatever was merged since.

use std::collections::{BTreeSet, HashMap};

use mandate_domain::book::Kind;
use mandate_store::book::{self as store, Stored};
use mandate_store::{ReadTx, StoreError, merge};

use super::import_report::MergedRow;
use super::plan::Row;
use super::related::ID;
use crate::ctx::Actor;

/// The merges that a file's rows may meet.
#[derive(Default)]
pub(super) struct MergedRows {
    /// The record that stands for each id that was merged away.
    stands_for: HashMap<String, String>,
    /// The records that stand for others.
    kept: HashMap<String, Kept>,
    /// The record of each id that such a record has itself.
    own_ids: HashMap<String, String>,
}

/// A record that stands for others.
struct Kept {
    name: String,
    /// The row with its own id, and the first with any that was merged into it.
    own: Option<usize>,
    first: Option<usize>,
}

impl MergedRows {
    /// The merges of this kind into records that the actor sees.
    pub(super) async fn load<R: Stored>(tx: &mut ReadTx, actor: &Actor) -> Result<Self, StoreError> {
        let mut this = Self::default();
        if !matches!(R::KIND, Kind::Account | Kind::Person) {
            return Ok(this);
        }
        let merged = merge::external_ids(tx, R::KIND).await?;
        let ids: BTreeSet<&str> = merged.iter().map(|(_, id)| id.as_str()).collect();
        let ids: Vec<&str> = ids.into_iter().collect();
        for (id, saved) in store::load_many::<R>(tx, &actor.scope, &ids).await? {
            if let Some(own) = saved.external_id() {
                this.own_ids.insert(own.to_owned(), id.clone());
            }
            this.kept.insert(id, Kept { name: saved.name().to_owned(), own: None, first: None });
        }
        let seen = merged.into_iter().filter(|(_, id)| this.kept.contains_key(id));
        this.stands_for = seen.collect();
        // A record that took over an id that was merged into it has it as its own.
        this.stands_for.retain(|external_id, _| !this.own_ids.contains_key(external_id));
        Ok(this)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.stands_for.is_empty()
    }

    /// Takes note of what some rows are about.
    pub(super) fn note<R>(&mut self, rows: &[Row<R>]) {
        for row in rows {
            let external_id = row.draft.get(ID).trim();
            if let Some(kept) = self.own_ids.get(external_id).and_then(|id| self.kept.get_mut(id)) {
                kept.own.get_or_insert(row.number);
            } else if let Some(kept) = self.stands_for.get(external_id).and_then(|id| self.kept.get_mut(id)) {
                kept.first.get_or_insert(row.number);
            }
        }
    }

    /// The rows that speak for their records, and those that do not because another row does.
    pub(super) fn part<R>(&self, rows: Vec<Row<R>>) -> (Vec<Row<R>>, Vec<MergedRow>) {
        let mut merged = vec![];
        if self.is_empty() {
            return (rows, merged);
        }
        let mut speaking = Vec::with_capacity(rows.len());
        for row in rows {
            let external_id = row.draft.get(ID).trim();
            let kept = self.stands_for.get(external_id).and_then(|id| self.kept.get(id));
            match kept.filter(|kept| kept.own.or(kept.first).is_some_and(|speaks| speaks != row.number)) {
                Some(kept) => merged.push(MergedRow {
                    row: row.number,
                    external_id: external_id.to_owned(),
                    name: kept.name.clone(),
                }),
                None => speaking.push(row),
            }
        }
        (speaking, merged)
    }
}
