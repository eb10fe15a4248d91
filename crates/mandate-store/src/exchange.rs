//! Import batches: one row for each file that was taken in, with its counts.
//!
//! A file that was refused leaves no row: an import is whole or not at all.

use mandate_domain::identity::User;
use mandate_domain::{Id, Instant};

use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, Value, WriteTx};
use crate::params;

/// One file that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Its id.
    pub id: String,
    /// What was imported, such as `accounts` or `events`.
    pub kind: String,
    /// How the file was read: `book`, or an event profile such as `servicenow`.
    pub profile: String,
    /// The name under which it was given.
    pub file_name: String,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Rows read.
    pub n_rows: i64,
    /// Records made.
    pub n_new: i64,
    /// Records changed.
    pub n_changed: i64,
    /// Records that were as the file has them.
    pub n_same: i64,
    /// `done`, or `undone`.
    pub state: String,
    /// More about it, as JSON.
    pub report: String,
    /// The user who gave it.
    pub created_by: Option<String>,
    /// When.
    pub created_at: Instant,
}

const INSERT: &str = "
    INSERT INTO import_batch (id, kind, profile, file_name, sha256, n_rows, n_new, n_changed, n_same, state, report,
           created_by, created_at_us, undone_at_us, version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, NULL, 1)";
const LOAD: &str = "
    SELECT id, kind, profile, file_name, sha256, n_rows, n_new, n_changed, n_same, state, report, created_by, created_at_us
      FROM import_batch WHERE id = $1";
const UNDO: &str = "
    UPDATE import_batch SET state = 'undone', undone_at_us = $1, version = version + 1
     WHERE id = $2 AND state = 'done'";
const SAVE_COUNTS: &str = "
    UPDATE import_batch SET n_rows = $2, n_new = $3, n_changed = $4, n_same = $5, report = $6 WHERE id = $1";

const NEWEST: &str = "
    SELECT id, kind, profile, file_name, sha256, n_rows, n_new, n_changed, n_same, state, report, created_by, created_at_us
      FROM import_batch WHERE profile = $1 ORDER BY id DESC LIMIT $2";
const NEWEST_OF: &str = "
    SELECT id, kind, profile, file_name, sha256, n_rows, n_new, n_changed, n_same, state, report, created_by, created_at_us
      FROM import_batch WHERE profile = $1 AND created_by = $2 ORDER BY id DESC LIMIT $3";
const CHANGE: &str =
    "INSERT INTO import_change (batch_id, position, kind, record_id, version, before, version_apart)";
const CHANGES: &str = "
    SELECT kind, record_id, version, before, version_apart, position
      FROM import_change WHERE batch_id = $1 AND position >= $2 AND kind = $3 ORDER BY position LIMIT $4";
const CHANGED_KINDS: &str = "
    SELECT kind, MAX(position) FROM import_change WHERE batch_id = $1 GROUP BY kind ORDER BY 2 DESC";

const SAVE_MAPPING: &str = "
    INSERT INTO import_mapping (source, kind, header_digest, mapping, updated_at_us) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (source, kind) DO UPDATE SET header_digest = excluded.header_digest, mapping = excluded.mapping,
           updated_at_us = excluded.updated_at_us";
const MAPPINGS: &str = "
    SELECT source, kind, header_digest, mapping, updated_at_us FROM import_mapping ORDER BY updated_at_us DESC, source";

/// How files of a kind from one place are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptMapping {
    /// Where they come from.
    pub source: String,
    /// What they hold, such as `accounts`.
    pub kind: String,
    /// SHA-256 of their header, in hex.
    pub header_digest: String,
    /// The mapping, as JSON.
    pub mapping: String,
    /// When it was last used.
    pub updated_at: Instant,
}

/// Remembers how files of a kind from one place are read.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn save_mapping(tx: &mut WriteTx, kept: &KeptMapping) -> Result<(), StoreError> {
    let values = params![&kept.source, &kept.kind, &kept.header_digest, &kept.mapping, kept.updated_at];
    tx.execute(SAVE_MAPPING, values).await.map(|_| ())
}

/// Every mapping, the one used last first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_mappings(tx: &mut ReadTx) -> Result<Vec<KeptMapping>, StoreError> {
    let read = |row: &Row| {
        Ok(KeptMapping {
            source: row.text(0)?,
            kind: row.text(1)?,
            header_digest: row.text(2)?,
            mapping: row.text(3)?,
            updated_at: row.instant(4)?,
        })
    };
    tx.fetch_all(MAPPINGS, vec![]).await?.iter().map(read).collect()
}

/// What an import did to one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportChange {
    /// The record's kind.
    pub kind: String,
    /// Its id.
    pub record_id: String,
    /// The version the import left it in.
    pub version: i64,
    /// The version it left what stands apart in; `None` of imports before 0015, whose version counts both.
    pub version_apart: Option<i64>,
    /// Its fields before, as JSON; `None` for a record the import made.
    pub before: Option<String>,
}

/// Keeps what an import did, in the order it did it; `first` is how many changes were kept before.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn insert_changes(
    tx: &mut WriteTx,
    batch_id: &str,
    first: i64,
    changes: Vec<ImportChange>,
) -> Result<(), StoreError> {
    let rows = (first..)
        .zip(changes)
        .map(|(position, it)| {
            let before = Value::Text(it.before);
            params![batch_id, position, &it.kind, &it.record_id, it.version, before, it.version_apart]
        })
        .collect();
    tx.insert_many(CHANGE, rows, "").await?;
    Ok(())
}

/// The kinds of record that an import changed, the one it wrote last first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_changed_kinds(tx: &mut ReadTx, batch_id: &str) -> Result<Vec<String>, StoreError> {
    tx.fetch_all(CHANGED_KINDS, params![batch_id]).await?.iter().map(|row| row.text(0)).collect()
}

/// Up to `limit` changes that an import made to records of a kind, in the order it made them, from the position `from` on; and the
/// position after them.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_changes(
    tx: &mut ReadTx,
    (batch_id, kind): (&str, &str),
    from: i64,
    limit: usize,
) -> Result<(Vec<ImportChange>, i64), StoreError> {
    let rows = tx.fetch_all(CHANGES, params![batch_id, from, kind, limit]).await?;
    let next = rows.last().map_or(Ok(from), |row| row.int(5).map(|position| position + 1))?;
    let read = |row: &Row| {
        Ok(ImportChange {
            kind: row.text(0)?,
            record_id: row.text(1)?,
            version: row.int(2)?,
            before: row.text_or_null(3)?,
            version_apart: row.int_or_null(4)?,
        })
    };
    let changes: Result<Vec<ImportChange>, StoreError> = rows.iter().map(read).collect();
    Ok((changes?, next))
}

/// The newest batches of a profile.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_batches(tx: &mut ReadTx, profile: &str, limit: usize) -> Result<Vec<Batch>, StoreError> {
    tx.fetch_all(NEWEST, params![profile, limit]).await?.iter().map(read_batch).collect()
}

/// The newest batches of a profile that a user made.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_batches_of(
    tx: &mut ReadTx,
    profile: &str,
    user: &Id<User>,
    limit: usize,
) -> Result<Vec<Batch>, StoreError> {
    tx.fetch_all(NEWEST_OF, params![profile, user, limit]).await?.iter().map(read_batch).collect()
}

/// Keeps a batch.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn insert_batch(tx: &mut WriteTx, batch: &Batch) -> Result<(), StoreError> {
    let values = params![
        &batch.id,
        &batch.kind,
        &batch.profile,
        &batch.file_name,
        &batch.sha256,
        batch.n_rows,
        batch.n_new,
        batch.n_changed,
        batch.n_same,
        &batch.state,
        &batch.report,
        Value::Text(batch.created_by.clone()),
        batch.created_at,
    ];
    tx.execute(INSERT, values).await?;
    Ok(())
}

/// Keeps the counts and the report of a batch, in the transaction that made it.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn save_counts(tx: &mut WriteTx, batch: &Batch) -> Result<(), StoreError> {
    let values = params![&batch.id, batch.n_rows, batch.n_new, batch.n_changed, batch.n_same, &batch.report];
    tx.execute(SAVE_COUNTS, values).await.map(|_| ())
}

/// A batch by its id.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_batch(tx: &mut ReadTx, id: &str) -> Result<Option<Batch>, StoreError> {
    tx.fetch_optional(LOAD, params![id]).await?.as_ref().map(read_batch).transpose()
}

/// A batch from the columns of [`LOAD`], in their order.
pub(crate) fn read_batch(row: &Row) -> Result<Batch, StoreError> {
    Ok(Batch {
        id: row.text(0)?,
        kind: row.text(1)?,
        profile: row.text(2)?,
        file_name: row.text(3)?,
        sha256: row.text(4)?,
        n_rows: row.int(5)?,
        n_new: row.int(6)?,
        n_changed: row.int(7)?,
        n_same: row.int(8)?,
        state: row.text(9)?,
        report: row.text(10)?,
        created_by: row.text_or_null(11)?,
        created_at: row.instant(12)?,
    })
}

/// Marks a batch as undone; refused as stale when it was before.
///
/// # Errors
/// [`StoreError::Stale`].
#[boxed]
pub async fn mark_undone(tx: &mut WriteTx, id: &str, now: Instant) -> Result<(), StoreError> {
    match tx.execute(UNDO, params![now, id]).await? {
        1 => Ok(()),
        _ => Err(StoreError::Stale { table: "import_batch" }),
    }
}
