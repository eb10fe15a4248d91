//! What others changed in a record since a version of it, as far as a reader may know: for whoever saves over a version that is no
//! longer the newest.
//!
//! It is read from the audit record, cleared for the reader as an account's history is. What a field holds now is not here: the record says.

use std::collections::BTreeMap;

use mandate_domain::Instant;
use mandate_domain::book::{CUSTOM, Kind};
use mandate_store::audit::{StoredRecord, list_of_subject, list_sealed_values};
use mandate_store::{ReadTx, StoreError, boxed};

use super::any::show_any;
use super::custom_links::without_links;
use super::errors::BookError;
use crate::audit::{SeenChange, cleared, seen_changes};
use crate::authorise::clearance;
use crate::ctx::{Actor, Ctx};

/// Saves that are looked through: who missed more sees the newest.
const MOST_SAVES: i64 = 100;

/// A field that somebody changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedSince {
    /// The field's name.
    pub field: String,
    /// What it held at the version asked about; `None` where that is not on record any more.
    pub was: Option<String>,
    /// Who changed it last, by the name at the time.
    pub who: String,
    /// When.
    pub at: Instant,
}

/// The fields that were changed since `version`, which is one that `actor` was shown; the newest change first.
///
/// # Errors
/// [`BookError::NotFound`] when there is no such record, or none they may see.
#[boxed]
pub async fn changed_since(
    ctx: &Ctx,
    actor: &Actor,
    (kind, id): (Kind, &str),
    version: i64,
) -> Result<Vec<ChangedSince>, BookError> {
    let mut missed = show_any(ctx, actor, kind, id).await?.version - version;
    let mut tx = ctx.begin_read().await?;
    let mut records = vec![];
    for record in list_of_subject(&mut tx, kind.as_str(), id, MOST_SAVES).await? {
        if missed <= 0 {
            break;
        }
        // What the version does not count for this reader is not there for them; what names a record they may not see counts.
        let stored = seen_changes(&record.changes);
        let Some(record) = cleared(record, clearance(actor)) else { continue };
        missed -= saves_of(&record.action, &seen_changes(&record.changes));
        records.push((record, stored));
    }
    let sealed = sealed_before(&mut tx, &records).await?;
    let records = records.into_iter().map(|(record, _)| record).collect();
    let mut found: Vec<ChangedSince> = vec![];
    for record in without_links(&mut tx, actor, records).await? {
        for change in seen_changes(&record.changes) {
            let was = match change.is_sealed {
                true => sealed.get(&(record.seq, change.field.clone())).cloned(),
                false => Some(change.from.unwrap_or_default()),
            };
            match found.iter_mut().find(|known| known.field == change.field) {
                Some(known) => known.was = was,
                None => {
                    let who = record.actor_name.clone();
                    found.push(ChangedSince { field: change.field, was, who, at: record.at });
                }
            }
        }
    }
    Ok(found)
}

/// What sealed fields held before each of `records`, by record and field; with each stand its changes as they are stored, for by their place
/// in it values are known. Whoever asks looks up only what they are cleared for.
async fn sealed_before(
    tx: &mut ReadTx,
    records: &[(StoredRecord, Vec<SeenChange>)],
) -> Result<BTreeMap<(i64, String), String>, StoreError> {
    let mut found = BTreeMap::new();
    for (record, changes) in records {
        if !changes.iter().any(|change| change.is_sealed) {
            continue;
        }
        for values in list_sealed_values(tx, record.seq, record.seq).await? {
            let change = usize::try_from(values.position).ok().and_then(|position| changes.get(position));
            let Some(change) = change.filter(|change| change.is_sealed) else { continue };
            found.insert((record.seq, change.field.clone()), values.from.unwrap_or_default());
        }
    }
    Ok(found)
}

/// By how much a record moved the version: what is open counts once, as a way into the trash and out of it does, what stands apart once
/// more, and each custom field that is kept apart, for each has a version of its own.
fn saves_of(action: &str, changes: &[SeenChange]) -> i64 {
    let is_custom = |change: &SeenChange| change.field.starts_with(CUSTOM);
    let is_trash = action.ends_with(".trashed") || action.ends_with(".restored");
    let parts = [
        is_trash || changes.iter().any(|change| !change.is_sealed),
        changes.iter().any(|change| change.is_sealed && !is_custom(change)),
    ];
    let n_custom = changes.iter().filter(|change| change.is_sealed && is_custom(change)).count();
    parts.into_iter().map(i64::from).sum::<i64>() + i64::try_from(n_custom).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_save_counts_once_for_what_is_open_and_once_for_each_part_that_stands_apart() {
        let change =
            |field: &str, is_sealed| SeenChange { field: field.to_owned(), from: None, to: None, is_sealed };
        let of = |changes: &[SeenChange]| saves_of("account.changed", changes);
        assert_eq!(of(&[]), 0);
        assert_eq!(of(&[change("title", false), change("tier", false)]), 1);
        assert_eq!(of(&[change("unit_price", false), change("unit_cost", true)]), 2);
        assert_eq!(of(&[change("unit_cost", true), change("custom.margin", true)]), 2);
        assert_eq!(of(&[change("custom.bonus", true), change("custom.margin", true)]), 2);
    }

    #[test]
    fn the_trash_counts_both_ways() {
        assert_eq!(saves_of("account.trashed", &[]), 1);
        assert_eq!(saves_of("account.restored", &[]), 1);
        assert_eq!(saves_of("account.tagged", &[]), 0);
    }
}
