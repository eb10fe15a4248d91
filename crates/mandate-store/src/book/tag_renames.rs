//! Tags that were renamed, or merged into another, with the records whose they were: what an undo puts back.

use mandate_domain::book::Kind;
use mandate_domain::identity::User;
use mandate_domain::{Id, Instant};

use crate::db::{ReadTx, Row, StoreError, WriteTx};
use crate::{boxed, params};

const INSERT: &str = "
    INSERT INTO tag_rename (id, from_fold, from_text, to_fold, to_text, renamed_by, renamed_at_us, undone_at_us)
    VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)";
const INSERT_ROW: &str =
    "INSERT INTO tag_rename_row (rename_id, kind, record_id, text, had_both, was_retired)";
const LOAD: &str = "
    SELECT id, from_fold, from_text, to_fold, to_text, renamed_by, renamed_at_us, undone_at_us
      FROM tag_rename WHERE id = $1";
const NEWEST: &str = "
    SELECT id, from_fold, from_text, to_fold, to_text, renamed_by, renamed_at_us, undone_at_us
      FROM tag_rename WHERE renamed_by = $1 ORDER BY renamed_at_us DESC, id DESC LIMIT $2";
const ROWS: &str = "
    SELECT kind, record_id, text, had_both, was_retired FROM tag_rename_row WHERE rename_id = $1 ORDER BY kind, record_id";
const UNDO: &str = "UPDATE tag_rename SET undone_at_us = $1 WHERE id = $2 AND undone_at_us IS NULL";

/// A renaming.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagRename {
    /// Its id.
    pub id: Id<TagRename>,
    /// What the tag was compared by.
    pub from_fold: String,
    /// How it was written.
    pub from_text: String,
    /// What it is compared by since.
    pub to_fold: String,
    /// How it is written since.
    pub to_text: String,
    /// Who renamed it; none for the operator.
    pub renamed_by: Option<Id<User>>,
    /// When.
    pub renamed_at: Instant,
    /// When that was undone.
    pub undone_at: Option<Instant>,
}

/// A record whose tag it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenamedRow {
    /// Its kind.
    pub kind: Kind,
    /// Its id.
    pub record_id: String,
    /// The tag as it stood there.
    pub text: String,
    /// Whether it had the other tag already.
    pub had_both: bool,
    /// Whether the tag was retired there.
    pub was_retired: bool,
}

/// Keeps a renaming with its records.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn insert_rename(
    tx: &mut WriteTx,
    rename: &TagRename,
    rows: &[RenamedRow],
) -> Result<(), StoreError> {
    let values = params![
        &rename.id,
        &rename.from_fold,
        &rename.from_text,
        &rename.to_fold,
        &rename.to_text,
        rename.renamed_by.as_ref(),
        rename.renamed_at,
    ];
    tx.execute(INSERT, values).await?;
    let row = |it: &RenamedRow| {
        let [had_both, was_retired] = [it.had_both, it.was_retired].map(i64::from);
        params![&rename.id, it.kind.as_str(), &it.record_id, &it.text, had_both, was_retired]
    };
    tx.insert_many(INSERT_ROW, rows.iter().map(row).collect(), "").await.map(|_| ())
}

/// The renaming with this id.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_rename(tx: &mut ReadTx, id: &Id<TagRename>) -> Result<Option<TagRename>, StoreError> {
    tx.fetch_optional(LOAD, params![id]).await?.as_ref().map(read).transpose()
}

/// The newest renamings of a user.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_renames(
    tx: &mut ReadTx,
    user: &Id<User>,
    limit: usize,
) -> Result<Vec<TagRename>, StoreError> {
    tx.fetch_all(NEWEST, params![user, limit]).await?.iter().map(read).collect()
}

/// The records of a renaming.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_renamed(tx: &mut ReadTx, id: &Id<TagRename>) -> Result<Vec<RenamedRow>, StoreError> {
    let kind = |word: &str| Kind::parse(word).ok_or_else(|| format!("`{word}` is no kind of record"));
    let mut rows = vec![];
    for row in tx.fetch_all(ROWS, params![id]).await? {
        rows.push(RenamedRow {
            kind: row.parsed(0, kind)?,
            record_id: row.text(1)?,
            text: row.text(2)?,
            had_both: row.flag(3)?,
            was_retired: row.flag(4)?,
        });
    }
    Ok(rows)
}

/// Notes that a renaming was undone.
///
/// # Errors
/// [`StoreError::Stale`] when it was before.
#[boxed]
pub async fn mark_rename_undone(
    tx: &mut WriteTx,
    id: &Id<TagRename>,
    now: Instant,
) -> Result<(), StoreError> {
    match tx.execute(UNDO, params![now, id]).await? {
        1 => Ok(()),
        _ => Err(StoreError::Stale { table: "tag_rename" }),
    }
}

fn read(row: &Row) -> Result<TagRename, StoreError> {
    Ok(TagRename {
        id: row.id(0)?,
        from_fold: row.text(1)?,
        from_text: row.text(2)?,
        to_fold: row.text(3)?,
        to_text: row.text(4)?,
        renamed_by: row.id_or_null(5)?,
        renamed_at: row.instant(6)?,
        undone_at: row.instant_or_null(7)?,
    })
}
