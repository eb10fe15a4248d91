//! Sources and what came from them: one row for each file, from when it was taken until it is forgotten.
//!
//! A file that waits is one that a job imports; it ends in the transaction that writes its records. Where the file itself lies is
//! told by its source's folder and its own id.

mod marks;

use mandate_domain::identity::User;
use mandate_domain::source::times::FetchTimes;
use mandate_domain::source::{ArrivalState, SourcePause};
use mandate_domain::{Id, Instant};
pub use marks::{fetch_at_once, forget_marks, forget_marks_of_batch};

use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, WriteTx};
use crate::jobs::StoredJob;
use crate::params;
use crate::webhooks::StoredSecret;

const SOURCE: &str = "
    SELECT id, name, kind, folder, owner_id, pause, created_at_us, version FROM import_source";
const ALL: &str = "ORDER BY created_at_us, id";
const BY_ID: &str = "WHERE id = $1";
const BY_NAME: &str = "WHERE name = $1 AND kind = $2";
const COUNT: &str = "SELECT COUNT(*) FROM import_source";
const IS_FOLDER: &str = "SELECT 1 FROM import_source WHERE folder = $1";
const INSERT: &str = "
    INSERT INTO import_source (id, name, kind, folder, owner_id, pause, created_at_us, version)
    VALUES ($1, $2, $3, $4, $5, '', $6, 1)";
const SAVE: &str = "
    UPDATE import_source SET name = $1, kind = $2, owner_id = $3, version = version + 1 WHERE id = $4 AND version = $5";
const PAUSE: &str = "UPDATE import_source SET pause = $1, version = version + 1 WHERE id = $2 AND pause = ''";
const RESUME: &str = "
    UPDATE import_source SET pause = '', owner_id = $1, version = version + 1 WHERE id = $2 AND pause <> ''";
const REMOVE_ARRIVALS: &str = "DELETE FROM import_arrival WHERE source_id = $1";
const REMOVE: &str = "DELETE FROM import_source WHERE id = $1";

const ARRIVAL: &str = "
    SELECT id, source_id, owner_id, file_name, n_bytes, state, job_id, batch_id, read_as, report, came_at_us, ended_at_us
      FROM import_arrival";
const ARRIVAL_BY_ID: &str = "WHERE id = $1";
const OF_SOURCE: &str = "
    WHERE source_id = $1 AND (state = $2 OR $2 = '') AND (id < $3 OR $3 = '') ORDER BY id DESC LIMIT $4";
const WAITING: &str = "WHERE source_id = $1 AND state = 'waiting' ORDER BY id LIMIT 1";
const LAST_DONE: &str = "WHERE source_id = $1 AND state = 'done' ORDER BY id DESC LIMIT 1";
/// The last that was done stays, however old: the same bytes once more are known by it.
const ENDED_BEFORE: &str = "
    WHERE ended_at_us < $1 AND (state <> 'done' OR EXISTS (SELECT 1 FROM import_arrival d
          WHERE d.source_id = import_arrival.source_id AND d.state = 'done' AND d.id > import_arrival.id))
    ORDER BY id LIMIT $2";
const OF_BATCH: &str = "
    SELECT a.batch_id, s.name FROM import_arrival a JOIN import_source s ON s.id = a.source_id
     WHERE a.batch_id IS NOT NULL ORDER BY a.id DESC LIMIT $1";
const ARRIVE: &str = "
    INSERT INTO import_arrival (id, source_id, owner_id, file_name, n_bytes, state, job_id, batch_id, read_as, report, came_at_us,
           ended_at_us)
    VALUES ($1, $2, $3, $4, $5, 'waiting', $6, NULL, '', '{}', $7, NULL) ON CONFLICT (id) DO NOTHING";
const END: &str = "
    UPDATE import_arrival SET state = $1, batch_id = $2, read_as = $3, report = $4, ended_at_us = $5
     WHERE id = $6 AND state = 'waiting'";
const FORGET: &str = "DELETE FROM import_arrival WHERE id = $1 AND state <> 'waiting'";

const FETCH: &str = "
    SELECT f.source_id, f.address, f.header_name, f.secret_key, f.secret, f.every, f.weekday, f.at_time, f.time_zone, f.etag,
           f.last_modified, f.digest, f.next_at_us, f.tried_at_us, f.outcome, f.problem, f.failing_since_us
      FROM import_fetch f";
const FETCH_OF: &str = "WHERE f.source_id = $1";
const FETCHES_DUE: &str = "
    JOIN import_source s ON s.id = f.source_id
   WHERE s.pause = '' AND f.next_at_us <= $1 AND NOT EXISTS
         (SELECT 1 FROM import_arrival a WHERE a.source_id = f.source_id AND a.state = 'waiting')
   ORDER BY f.next_at_us, f.source_id";
const INSERT_FETCH: &str = "
    INSERT INTO import_fetch (source_id, address, header_name, secret_key, secret, every, weekday, at_time, time_zone, etag,
           last_modified, digest, next_at_us, tried_at_us, outcome, problem, failing_since_us)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
const REMOVE_FETCH: &str = "DELETE FROM import_fetch WHERE source_id = $1";
const CLAIM_FETCH: &str = "UPDATE import_fetch SET next_at_us = $1 WHERE source_id = $2 AND next_at_us = $3";
const END_FETCH: &str = "
    UPDATE import_fetch SET etag = $1, last_modified = $2, digest = $3, next_at_us = $4, tried_at_us = $5, outcome = $6,
           problem = $7, failing_since_us = $8
     WHERE source_id = $9 AND address = $10";

/// A source as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSource {
    /// Its id.
    pub id: Id<StoredSource>,
    /// Its name, under which its mapping is remembered.
    pub name: String,
    /// What its files hold, such as `accounts`.
    pub kind: String,
    /// The name of its folders.
    pub folder: String,
    /// With whose rights its files are imported.
    pub owner_id: Id<User>,
    /// Why nothing of it is taken.
    pub pause: Option<SourcePause>,
    /// When it was set up.
    pub created_at: Instant,
    /// Counts saves.
    pub version: i64,
}

/// A file that came from a source, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredArrival {
    /// Its id.
    pub id: Id<StoredArrival>,
    /// From which source.
    pub source_id: Id<StoredSource>,
    /// With whose rights it is imported.
    pub owner_id: Id<User>,
    /// Its name.
    pub file_name: String,
    /// Its bytes.
    pub n_bytes: i64,
    /// What came of it.
    pub state: ArrivalState,
    /// The job that imports it.
    pub job_id: Id<StoredJob>,
    /// The batch, once it was imported.
    pub batch_id: Option<String>,
    /// A digest of how it was read; empty while it waits.
    pub read_as: String,
    /// What was done, or everything that is wrong, as JSON.
    pub report: String,
    /// When it was taken.
    pub came_at: Instant,
    /// When it ended.
    pub ended_at: Option<Instant>,
}

/// Every source, the oldest first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_sources(tx: &mut ReadTx) -> Result<Vec<StoredSource>, StoreError> {
    tx.fetch_all(&format!("{SOURCE} {ALL}"), vec![]).await?.iter().map(read_source).collect()
}

/// How many there are.
///
/// # Errors
/// [`StoreError`] when they cannot be counted.
#[boxed]
pub async fn count_sources(tx: &mut ReadTx) -> Result<i64, StoreError> {
    tx.fetch_one(COUNT, vec![]).await?.int(0)
}

/// A source.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_source(tx: &mut ReadTx, id: &Id<StoredSource>) -> Result<Option<StoredSource>, StoreError> {
    let row = tx.fetch_optional(&format!("{SOURCE} {BY_ID}"), params![id]).await?;
    row.as_ref().map(read_source).transpose()
}

/// The source of this name for files of `kind`.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_named(tx: &mut ReadTx, name: &str, kind: &str) -> Result<Option<StoredSource>, StoreError> {
    let row = tx.fetch_optional(&format!("{SOURCE} {BY_NAME}"), params![name, kind]).await?;
    row.as_ref().map(read_source).transpose()
}

/// Whether a source has this folder.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn is_folder_taken(tx: &mut ReadTx, folder: &str) -> Result<bool, StoreError> {
    Ok(tx.fetch_optional(IS_FOLDER, params![folder]).await?.is_some())
}

/// Keeps a new source.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn insert_source(tx: &mut WriteTx, source: &StoredSource) -> Result<(), StoreError> {
    let values = params![
        &source.id,
        source.name.as_str(),
        source.kind.as_str(),
        source.folder.as_str(),
        &source.owner_id,
        source.created_at,
    ];
    tx.execute(INSERT, values).await.map(|_| ())
}

/// Saves a source's name, kind and owner; refused as stale when another save came first.
///
/// # Errors
/// [`StoreError::Stale`], or another when it cannot be kept.
#[boxed]
pub async fn save_source(tx: &mut WriteTx, source: &StoredSource) -> Result<(), StoreError> {
    let values =
        params![source.name.as_str(), source.kind.as_str(), &source.owner_id, &source.id, source.version];
    let n_saved = tx.execute(SAVE, values).await?;
    if n_saved == 1 { Ok(()) } else { Err(StoreError::Stale { table: "import_source" }) }
}

/// Pauses a source; says whether it was not paused before.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn pause(tx: &mut WriteTx, id: &Id<StoredSource>, why: SourcePause) -> Result<bool, StoreError> {
    Ok(tx.execute(PAUSE, params![why.as_str(), id]).await? == 1)
}

/// Resumes a source with the rights of `owner`; says whether it was paused.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn resume(tx: &mut WriteTx, id: &Id<StoredSource>, owner: &Id<User>) -> Result<bool, StoreError> {
    Ok(tx.execute(RESUME, params![owner, id]).await? == 1)
}

/// Removes a source with what is told of its files.
///
/// # Errors
/// [`StoreError`] when it cannot be removed.
#[boxed]
pub async fn remove_source(tx: &mut WriteTx, id: &Id<StoredSource>) -> Result<(), StoreError> {
    tx.execute(REMOVE_ARRIVALS, params![id]).await?;
    tx.execute(REMOVE_FETCH, params![id]).await?;
    tx.execute(REMOVE, params![id]).await.map(|_| ())
}

/// Keeps that a file came, unless that is kept; says whether it was new.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn insert_arrival(tx: &mut WriteTx, arrival: &StoredArrival) -> Result<bool, StoreError> {
    let values = params![
        &arrival.id,
        &arrival.source_id,
        &arrival.owner_id,
        arrival.file_name.as_str(),
        arrival.n_bytes,
        &arrival.job_id,
        arrival.came_at,
    ];
    Ok(tx.execute(ARRIVE, values).await? == 1)
}

/// A file that came.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_arrival(
    tx: &mut ReadTx,
    id: &Id<StoredArrival>,
) -> Result<Option<StoredArrival>, StoreError> {
    load_one(tx, ARRIVAL_BY_ID, id.as_str()).await
}

/// The file of a source that waits, if one does.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_waiting(
    tx: &mut ReadTx,
    source: &Id<StoredSource>,
) -> Result<Option<StoredArrival>, StoreError> {
    load_one(tx, WAITING, source.as_str()).await
}

/// The file of a source that was imported last.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_last_done(
    tx: &mut ReadTx,
    source: &Id<StoredSource>,
) -> Result<Option<StoredArrival>, StoreError> {
    load_one(tx, LAST_DONE, source.as_str()).await
}

async fn load_one(tx: &mut ReadTx, which: &str, id: &str) -> Result<Option<StoredArrival>, StoreError> {
    let row = tx.fetch_optional(&format!("{ARRIVAL} {which}"), params![id]).await?;
    row.as_ref().map(read_arrival).transpose()
}

/// Files of a source in `state` (empty: in any), the newest first, from below the id `before` (empty: from the top).
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_arrivals(
    tx: &mut ReadTx,
    source: &Id<StoredSource>,
    state: &str,
    before: &str,
    limit: usize,
) -> Result<Vec<StoredArrival>, StoreError> {
    let rows = tx.fetch_all(&format!("{ARRIVAL} {OF_SOURCE}"), params![source, state, before, limit]).await?;
    rows.iter().map(read_arrival).collect()
}

/// Which batches came from which source, of the newest `limit` files: batch and name.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_sources_of_batches(
    tx: &mut ReadTx,
    limit: usize,
) -> Result<Vec<(String, String)>, StoreError> {
    let rows = tx.fetch_all(OF_BATCH, params![limit]).await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
}

/// Files that ended before `before`, the oldest first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_ended_before(
    tx: &mut ReadTx,
    before: Instant,
    limit: usize,
) -> Result<Vec<StoredArrival>, StoreError> {
    let rows = tx.fetch_all(&format!("{ARRIVAL} {ENDED_BEFORE}"), params![before, limit]).await?;
    rows.iter().map(read_arrival).collect()
}

/// What came of a file.
#[derive(Clone, Copy, Debug)]
pub struct ArrivalEnd<'a> {
    /// How it ended.
    pub state: ArrivalState,
    /// The batch, if it was imported.
    pub batch_id: Option<&'a str>,
    /// A digest of how it was read.
    pub read_as: &'a str,
    /// What was done, or everything that is wrong, as JSON.
    pub report: &'a str,
}

/// Keeps what came of a file that waits; says whether it did.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
pub async fn end_arrival(
    tx: &mut WriteTx,
    id: &Id<StoredArrival>,
    end: ArrivalEnd<'_>,
    now: Instant,
) -> Result<bool, StoreError> {
    let values = params![end.state.as_str(), end.batch_id, end.read_as, end.report, now, id];
    Ok(tx.execute(END, values).await? == 1)
}

/// Forgets what came of a file, and commits: bookkeeping.
///
/// # Errors
/// [`StoreError`] when it cannot be removed.
#[boxed]
pub async fn forget_arrival(mut tx: WriteTx, id: &Id<StoredArrival>) -> Result<(), StoreError> {
    tx.execute(FORGET, params![id]).await?;
    tx.commit_bookkeeping().await
}

/// The address of a source, and how asking it went, as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredFetch {
    /// Of which source.
    pub source_id: Id<StoredSource>,
    /// Where the file is.
    pub address: String,
    /// The header that says who asks; empty for none.
    pub header_name: String,
    /// What it holds.
    pub secret: Option<StoredSecret>,
    /// When it is asked.
    pub times: FetchTimes,
    /// What the server called the file that came last.
    pub etag: String,
    /// From when that was, in the server's words.
    pub last_modified: String,
    /// A digest of it.
    pub digest: String,
    /// When it is asked next.
    pub next_at: Instant,
    /// When it was asked last.
    pub tried_at: Option<Instant>,
    /// What came of that: `new`, `nothing_new`, `failed`, or empty.
    pub outcome: String,
    /// Why it failed.
    pub problem: String,
    /// Since when it fails.
    pub failing_since: Option<Instant>,
}

/// The address of a source, if it has one.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_fetch(
    tx: &mut ReadTx,
    source: &Id<StoredSource>,
) -> Result<Option<StoredFetch>, StoreError> {
    let row = tx.fetch_optional(&format!("{FETCH} {FETCH_OF}"), params![source]).await?;
    row.as_ref().map(read_fetch).transpose()
}

/// Addresses that are to be asked by `now`, of sources that are not paused and of which no file waits.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_fetches_due(tx: &mut ReadTx, now: Instant) -> Result<Vec<StoredFetch>, StoreError> {
    tx.fetch_all(&format!("{FETCH} {FETCHES_DUE}"), params![now]).await?.iter().map(read_fetch).collect()
}

/// Keeps the address of a source in place of the one it had, or none.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn save_fetch(
    tx: &mut WriteTx,
    source: &Id<StoredSource>,
    fetch: Option<&StoredFetch>,
) -> Result<(), StoreError> {
    tx.execute(REMOVE_FETCH, params![source]).await?;
    let Some(fetch) = fetch else { return Ok(()) };
    let (secret_key, secret) = fetch.secret.as_ref().map(|it| (it.key_id.as_str(), it.text.as_str())).unzip();
    let values = params![
        source,
        fetch.address.as_str(),
        fetch.header_name.as_str(),
        secret_key,
        secret,
        fetch.times.every().as_str(),
        i64::from(fetch.times.weekday()),
        fetch.times.time().as_str(),
        fetch.times.zone(),
        fetch.etag.as_str(),
        fetch.last_modified.as_str(),
        fetch.digest.as_str(),
        fetch.next_at,
        fetch.tried_at,
        fetch.outcome.as_str(),
        fetch.problem.as_str(),
        fetch.failing_since,
    ];
    tx.execute(INSERT_FETCH, values).await.map(|_| ())
}

/// Takes an address that is due for one who asks, and commits: bookkeeping. Nobody else asks it before `until`. Says whether it was there
/// to take.
///
/// # Errors
/// [`StoreError`] when it cannot be noted.
#[boxed]
pub async fn claim_fetch(mut tx: WriteTx, fetch: &StoredFetch, until: Instant) -> Result<bool, StoreError> {
    let n_taken = tx.execute(CLAIM_FETCH, params![until, &fetch.source_id, fetch.next_at]).await?;
    tx.commit_bookkeeping().await?;
    Ok(n_taken == 1)
}

/// What came of asking an address.
#[derive(Clone, Copy, Debug)]
pub struct FetchEnd<'a> {
    /// What the server called what came last.
    pub etag: &'a str,
    /// From when that was.
    pub last_modified: &'a str,
    /// A digest of it.
    pub digest: &'a str,
    /// When it is asked next.
    pub next_at: Instant,
    /// `new`, `nothing_new` or `failed`.
    pub outcome: &'a str,
    /// Why it failed.
    pub problem: &'a str,
    /// Since when it fails.
    pub failing_since: Option<Instant>,
}

/// Keeps what came of asking an address; says whether the source still has it.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
pub async fn end_fetch(
    tx: &mut WriteTx,
    fetch: &StoredFetch,
    end: FetchEnd<'_>,
    now: Instant,
) -> Result<bool, StoreError> {
    let values = params![
        end.etag,
        end.last_modified,
        end.digest,
        end.next_at,
        now,
        end.outcome,
        end.problem,
        end.failing_since,
        &fetch.source_id,
        &fetch.address,
    ];
    Ok(tx.execute(END_FETCH, values).await? == 1)
}

/// Commits what [`end_fetch`] kept: bookkeeping.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn commit_fetch(tx: WriteTx) -> Result<(), StoreError> {
    tx.commit_bookkeeping().await
}

fn read_fetch(row: &Row) -> Result<StoredFetch, StoreError> {
    let (every, weekday) = (row.text(5)?, row.int(6)?.to_string());
    let times = FetchTimes::parse(&every, &weekday, &row.text(7)?, &row.text(8)?);
    let secret = row.text_or_null(3)?.zip(row.text_or_null(4)?);
    Ok(StoredFetch {
        source_id: row.id(0)?,
        address: row.text(1)?,
        header_name: row.text(2)?,
        secret: secret.map(|(key_id, text)| StoredSecret { key_id, text }),
        times: times.map_err(|_| StoreError::Inconsistent {
            table: "import_fetch",
            id: every.clone(),
            what: "its times are none that this program knows".to_owned(),
        })?,
        etag: row.text(9)?,
        last_modified: row.text(10)?,
        digest: row.text(11)?,
        next_at: row.instant(12)?,
        tried_at: row.instant_or_null(13)?,
        outcome: row.text(14)?,
        problem: row.text(15)?,
        failing_since: row.instant_or_null(16)?,
    })
}

fn read_source(row: &Row) -> Result<StoredSource, StoreError> {
    let pause = row.text(5)?;
    let unknown =
        || inconsistent("import_source", &pause, "it is paused for a reason this program does not know");
    Ok(StoredSource {
        id: row.id(0)?,
        name: row.text(1)?,
        kind: row.text(2)?,
        folder: row.text(3)?,
        owner_id: row.id(4)?,
        pause: if pause.is_empty() { None } else { Some(SourcePause::parse(&pause).ok_or_else(unknown)?) },
        created_at: row.instant(6)?,
        version: row.int(7)?,
    })
}

fn read_arrival(row: &Row) -> Result<StoredArrival, StoreError> {
    let state = row.text(5)?;
    let unknown = || inconsistent("import_arrival", &state, "it is in a state this program does not know");
    Ok(StoredArrival {
        id: row.id(0)?,
        source_id: row.id(1)?,
        owner_id: row.id(2)?,
        file_name: row.text(3)?,
        n_bytes: row.int(4)?,
        state: ArrivalState::parse(&state).ok_or_else(unknown)?,
        job_id: row.id(6)?,
        batch_id: row.text_or_null(7)?,
        read_as: row.text(8)?,
        report: row.text(9)?,
        came_at: row.instant(10)?,
        ended_at: row.instant_or_null(11)?,
    })
}

fn inconsistent(table: &'static str, id: &str, what: &str) -> StoreError {
    StoreError::Inconsistent { table, id: id.to_owned(), what: what.to_owned() }
}
