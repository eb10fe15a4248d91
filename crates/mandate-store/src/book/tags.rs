//! Tags on records of the book: rows of their own, so that a tag changes no version of its record.
//!
//! They lie with their record: what is in the trash, or out of reach, has none to show, and comes back with them. Whether the
//! reader may see the record is asked before; which tags are in use where is asked in `reads::tags_in_use`.

use mandate_domain::book::{Kind, Tag};
use mandate_domain::{Id, Instant};

use crate::db::{ReadTx, StoreError, WriteTx};
use crate::{boxed, params};

const OF_RECORD: &str =
    "SELECT id, text, retired FROM record_tag WHERE kind = $1 AND record_id = $2 ORDER BY fold";
const ADD: &str = "
    INSERT INTO record_tag (id, kind, record_id, fold, text, retired, created_at_us)
    VALUES ($1, $2, $3, $4, $5, 0, $6)
    ON CONFLICT (kind, record_id, fold) DO UPDATE SET retired = 0";
const REMOVE: &str = "DELETE FROM record_tag WHERE kind = $1 AND record_id = $2 AND fold = $3";
const CHANGE: &str = "
    UPDATE record_tag SET fold = $1, text = $2 WHERE kind = $3 AND record_id = $4 AND fold = $5";
const RETIRE: &str = "UPDATE record_tag SET retired = $1 WHERE kind = $2 AND record_id = $3 AND fold = $4";

/// A tag on a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordTag {
    /// Its row's id.
    pub id: Id<RecordTag>,
    /// The tag.
    pub tag: Tag,
    /// Whether it is offered no more.
    pub is_retired: bool,
}

/// The tags of a record, by their fold.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_tags(tx: &mut ReadTx, (kind, id): (Kind, &str)) -> Result<Vec<RecordTag>, StoreError> {
    let mut tags = vec![];
    for row in tx.fetch_all(OF_RECORD, params![kind.as_str(), id]).await? {
        tags.push(RecordTag { id: row.id(0)?, tag: row.parsed(1, Tag::parse)?, is_retired: row.flag(2)? });
    }
    Ok(tags)
}

/// Gives a record tags, each with the id of its row; one that it has is no longer retired there.
///
/// # Errors
/// [`StoreError`] when they cannot be kept.
#[boxed]
pub async fn add_tags(
    tx: &mut WriteTx,
    (kind, id): (Kind, &str),
    tags: &[(Id<RecordTag>, Tag)],
    now: Instant,
) -> Result<(), StoreError> {
    for (row_id, tag) in tags {
        tx.execute(ADD, params![row_id, kind.as_str(), id, tag.fold(), tag.text(), now]).await?;
    }
    Ok(())
}

/// Takes tags off a record, by their folds.
///
/// # Errors
/// [`StoreError`] when they cannot be removed.
#[boxed]
pub async fn remove_tags(
    tx: &mut WriteTx,
    (kind, id): (Kind, &str),
    folds: &[&str],
) -> Result<(), StoreError> {
    for fold in folds {
        tx.execute(REMOVE, params![kind.as_str(), id, *fold]).await?;
    }
    Ok(())
}

/// Makes the tag with the fold `from` of a record that does not have `to` another; a retired one stays retired.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn change_tag(
    tx: &mut WriteTx,
    (kind, id): (Kind, &str),
    from: &str,
    to: &Tag,
) -> Result<(), StoreError> {
    tx.execute(CHANGE, params![to.fold(), to.text(), kind.as_str(), id, from]).await.map(|_| ())
}

/// Retires a tag on a record, or brings it back there.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn set_retired(
    tx: &mut WriteTx,
    (kind, id): (Kind, &str),
    fold: &str,
    is_retired: bool,
) -> Result<(), StoreError> {
    tx.execute(RETIRE, params![i64::from(is_retired), kind.as_str(), id, fold]).await.map(|_| ())
}
