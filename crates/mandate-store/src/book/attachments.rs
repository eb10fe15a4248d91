//! Files on records of the book. Content is kept by its hash, in pieces: the same file on two records is kept once.
//!
//! Pieces are text, for a copy of the database takes text and numbers only, and small, for it takes thousands of rows at a time.
//! Whether a reader may see the record is asked before.

use mandate_domain::book::{Attachment, FileKind, Kind};
use mandate_domain::text::fold;
use mandate_domain::{Id, Instant};

use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, WriteTx};
use crate::params;

const SELECT: &str = "
    SELECT id, kind, record_id, name, file_version, file_kind, n_bytes, sha256, author_id, author_name, created_at_us, removed_by,
           removed_at_us
      FROM attachment";
const OF_RECORD: &str = "WHERE kind = $1 AND record_id = $2 ORDER BY created_at_us DESC, name_fold, file_version DESC, id LIMIT $3";
const BY_ID: &str = "WHERE id = $1";
const NEWEST: &str = "
    SELECT COALESCE(MAX(file_version), 0) FROM attachment WHERE kind = $1 AND record_id = $2 AND name_fold = $3";
const INSERT: &str = "
    INSERT INTO attachment (id, kind, record_id, name, name_fold, file_version, file_kind, n_bytes, sha256, author_id, author_name,
           created_at_us)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
const REMOVE: &str = "
    UPDATE attachment SET removed_by = $1, removed_at_us = $2 WHERE id = $3 AND removed_at_us IS NULL";
const IS_KEPT: &str = "SELECT 1 FROM attachment_piece WHERE sha256 = $1 LIMIT 1";
const INSERT_PIECES: &str = "INSERT INTO attachment_piece (sha256, position, data)";
const PIECES: &str = "
    SELECT data FROM attachment_piece WHERE sha256 = $1 AND position >= $2 ORDER BY position LIMIT $3";
const FORGET_PIECES: &str = "
    DELETE FROM attachment_piece WHERE sha256 = $1
       AND NOT EXISTS (SELECT 1 FROM attachment a WHERE a.sha256 = $1 AND a.removed_at_us IS NULL)";

/// The files of a record, the newest first, with those that were removed.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_attachments(
    tx: &mut ReadTx,
    (kind, record_id): (Kind, &str),
    limit: usize,
) -> Result<Vec<Attachment>, StoreError> {
    let sql = format!("{SELECT} {OF_RECORD}");
    tx.fetch_all(&sql, params![kind.as_str(), record_id, limit]).await?.iter().map(read).collect()
}

/// The file with this id, removed or not.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_attachment(tx: &mut ReadTx, id: &Id<Attachment>) -> Result<Option<Attachment>, StoreError> {
    tx.fetch_optional(&format!("{SELECT} {BY_ID}"), params![id]).await?.as_ref().map(read).transpose()
}

/// The newest version of a name on a record; 0 for none.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn newest_version(
    tx: &mut ReadTx,
    (kind, record_id): (Kind, &str),
    name: &str,
) -> Result<i64, StoreError> {
    tx.fetch_one(NEWEST, params![kind.as_str(), record_id, fold(name)]).await?.int(0)
}

/// Adds a file, and its content in `pieces` unless that is kept already.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn insert_attachment(
    tx: &mut WriteTx,
    file: &Attachment,
    pieces: Vec<String>,
) -> Result<(), StoreError> {
    let values = params![
        &file.id,
        file.kind.as_str(),
        &file.record_id,
        &file.name,
        fold(&file.name),
        file.file_version,
        file.file_kind.as_str(),
        file.n_bytes,
        &file.sha256,
        file.author_id.as_ref(),
        &file.author_name,
        file.created_at,
    ];
    tx.execute(INSERT, values).await?;
    if tx.fetch_optional(IS_KEPT, params![&file.sha256]).await?.is_none() {
        let rows = pieces
            .into_iter()
            .enumerate()
            .map(|(position, data)| params![&file.sha256, i64::try_from(position).unwrap_or(i64::MAX), data])
            .collect();
        tx.insert_many(INSERT_PIECES, rows, "").await?;
    }
    Ok(())
}

/// Pieces of a content from position `first`, at most `limit`, in their order.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_pieces(
    tx: &mut ReadTx,
    sha256: &str,
    first: i64,
    limit: usize,
) -> Result<Vec<String>, StoreError> {
    tx.fetch_all(PIECES, params![sha256, first, limit]).await?.iter().map(|row| row.text(0)).collect()
}

/// Removes a file: its row stays, its content goes unless another file has the same.
///
/// # Errors
/// [`StoreError::Stale`] when it was removed meanwhile.
#[boxed]
pub async fn remove_attachment(
    tx: &mut WriteTx,
    file: &Attachment,
    by_name: &str,
    now: Instant,
) -> Result<(), StoreError> {
    if tx.execute(REMOVE, params![by_name, now, &file.id]).await? != 1 {
        return Err(StoreError::Stale { table: "attachment" });
    }
    tx.execute(FORGET_PIECES, params![&file.sha256]).await?;
    Ok(())
}

fn read(row: &Row) -> Result<Attachment, StoreError> {
    let kind = |word: &str| Kind::parse(word).ok_or_else(|| format!("`{word}` is no kind of record"));
    let file_kind = |word: &str| {
        FileKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .ok_or_else(|| format!("`{word}` is no kind of file"))
    };
    Ok(Attachment {
        id: row.id(0)?,
        kind: row.parsed(1, kind)?,
        record_id: row.text(2)?,
        name: row.text(3)?,
        file_version: row.int(4)?,
        file_kind: row.parsed(5, file_kind)?,
        n_bytes: row.int(6)?,
        sha256: row.text(7)?,
        author_id: row.id_or_null(8)?,
        author_name: row.text(9)?,
        created_at: row.instant(10)?,
        removed: row.text_or_null(11)?.zip(row.instant_or_null(12)?),
    })
}
