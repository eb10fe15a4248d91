//! The manifest: which event files count. A file without a row here is a leftover of a broken import.

use mandate_domain::facts::source::SourceId;
use mandate_domain::{Instant, Month};

use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, WriteTx};
use crate::params;

const COLUMNS: &str = "path, source_id, month, n_events, n_bytes, sha256, min_at_us, max_at_us, batch_id,
       created_at_us";
const INSERT: &str = "
    INSERT INTO event_file (path, source_id, month, n_events, n_bytes, sha256, min_at_us, max_at_us, batch_id, state,
           created_at_us)";
const WITHDRAW: &str = "UPDATE event_file SET state = 'withdrawn' WHERE batch_id = $1 AND state = 'active'";
const REPLACE: &str = "UPDATE event_file SET state = 'merged' WHERE path = $1 AND state = 'active'";
const LATEST: &str = "SELECT MAX(max_at_us) FROM event_file WHERE source_id = $1 AND state = 'active'";
const KNOWN: &str = "SELECT path FROM event_file WHERE source_id = $1";

/// One event file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventFile {
    /// Path below the folder of events: `<source>/<month>/<name>.parquet`.
    pub path: String,
    /// The source.
    pub source_id: SourceId,
    /// Month of its events, UTC.
    pub month: Month,
    /// Events in it.
    pub n_events: i64,
    /// Its length.
    pub n_bytes: i64,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Its earliest event.
    pub min_at: Instant,
    /// Its latest event.
    pub max_at: Instant,
    /// The import that brought it.
    pub batch_id: String,
    /// When it came to count; decides which of two files corrects the other.
    pub created_at: Instant,
}

fn read(row: &Row) -> Result<EventFile, StoreError> {
    Ok(EventFile {
        path: row.text(0)?,
        source_id: row.parsed(1, SourceId::parse)?,
        month: row.month(2)?,
        n_events: row.int(3)?,
        n_bytes: row.int(4)?,
        sha256: row.text(5)?,
        min_at: row.instant(6)?,
        max_at: row.instant(7)?,
        batch_id: row.text(8)?,
        created_at: row.instant(9)?,
    })
}

/// Lets files count, in the order that `now` gives them among the others.
///
/// # Errors
/// [`StoreError::Duplicate`] when a path is known already.
#[boxed]
pub async fn insert_files(tx: &mut WriteTx, files: &[EventFile], now: Instant) -> Result<(), StoreError> {
    let rows = files
        .iter()
        .map(|file| {
            params![
                &file.path,
                file.source_id.as_str(),
                file.month,
                file.n_events,
                file.n_bytes,
                &file.sha256,
                file.min_at,
                file.max_at,
                &file.batch_id,
                "active",
                now
            ]
        })
        .collect();
    tx.insert_many(INSERT, rows, "").await?;
    Ok(())
}

/// The files of a source that count, in the order in which they were imported: later ones correct earlier ones.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_active(tx: &mut ReadTx, source: &SourceId) -> Result<Vec<EventFile>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM event_file WHERE source_id = $1 AND state = 'active' ORDER BY created_at_us, batch_id, path"
    );
    tx.fetch_all(&sql, params![source.as_str()]).await?.iter().map(read).collect()
}

/// The files an import brought, whether they count or not.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_of_batch(tx: &mut ReadTx, batch_id: &str) -> Result<Vec<EventFile>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM event_file WHERE batch_id = $1 ORDER BY path");
    tx.fetch_all(&sql, params![batch_id]).await?.iter().map(read).collect()
}

/// Every path of a source that was ever recorded.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_paths(tx: &mut ReadTx, source: &SourceId) -> Result<Vec<String>, StoreError> {
    tx.fetch_all(KNOWN, params![source.as_str()]).await?.iter().map(|row| row.text(0)).collect()
}

/// Withdraws the files of an import: they stay on disk and count no more. Returns how many.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn withdraw_batch(tx: &mut WriteTx, batch_id: &str) -> Result<u64, StoreError> {
    tx.execute(WITHDRAW, params![batch_id]).await
}

/// Takes files out of the count whose events a merged file now holds; refused as stale when one no longer counts.
///
/// # Errors
/// [`StoreError::Stale`].
#[boxed]
pub async fn replace_files(tx: &mut WriteTx, paths: &[String]) -> Result<(), StoreError> {
    for path in paths {
        if tx.execute(REPLACE, params![path]).await? != 1 {
            return Err(StoreError::Stale { table: "event_file" });
        }
    }
    Ok(())
}

/// Time of the latest event that counts.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn latest_event(tx: &mut ReadTx, source: &SourceId) -> Result<Option<Instant>, StoreError> {
    tx.fetch_one(LATEST, params![source.as_str()]).await?.instant_or_null(0)
}
