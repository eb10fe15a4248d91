//! What others changed in a record since a version of it, as far as a reader may know: for whoever saves over a version that is no
//! longer the newest.
//!
//! It is read from the audit record, cleared for the reader as an account's history is. What a field holds now is not here: the record says.

use mandate_domain::Instant;
use mandate_domain::book::{CUSTOM, Kind};
use mandate_store::audit::list_of_subject;
use mandate_store::boxed;

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
    /// What it held at the version asked about; `None` where the record keeps that apart.
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
    let records = list_of_subject(&mut tx, kind.as_str(), id, MOST_SAVES).await?;
    let records = records.into_iter().filter_map(|record| cleared(record, clearance(actor))).collect();
    let mut found: Vec<ChangedSince> = vec![];
    for record in without_links(&mut tx, actor, records).await? {
        let changes = seen_changes(&record.changes);
        if missed <= 0 {
            break;
        }
        missed -= saves_of(&changes);
        for change in changes {
            let was = (!change.is_sealed).then(|| change.from.unwrap_or_default());
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

/// By how much a change moves the version: what is open and what stands apart are counted each. What changes no field, such as a
/// way into the trash, counts for nothing here: rather a save too many is looked at than one too few.
fn saves_of(changes: &[SeenChange]) -> i64 {
    let is_custom = |change: &SeenChange| change.field.starts_with(CUSTOM);
    let parts = [
        changes.iter().any(|change| !change.is_sealed),
        changes.iter().any(|change| change.is_sealed && !is_custom(change)),
        changes.iter().any(|change| change.is_sealed && is_custom(change)),
    ];
    parts.into_iter().map(i64::from).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_save_counts_once_for_what_is_open_and_once_for_each_part_that_stands_apart() {
        let change =
            |field: &str, is_sealed| SeenChange { field: field.to_owned(), from: None, to: None, is_sealed };
        assert_eq!(saves_of(&[]), 0);
        assert_eq!(saves_of(&[change("title", false), change("tier", false)]), 1);
        assert_eq!(saves_of(&[change("unit_price", false), change("unit_cost", true)]), 2);
        assert_eq!(saves_of(&[change("unit_cost", true), change("custom.margin", true)]), 2);
    }
}
