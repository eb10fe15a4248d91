//! Changes of many records at once: what was chosen, what was foreseen of each record, and what came of it.
//!
//! A row is marked in the transaction that changes its record ([`mark`]), so that work begun again after a crash changes nothing twice. What
//! a row says of a record is its maker's to read, while they may see the record. Not here: the changes, which are the book's.

use std::collections::BTreeMap;

use mandate_domain::book::Kind;
use mandate_domain::identity::User;
use mandate_domain::{Id, Instant};

use crate::db::{ReadTx, Row, StoreError, Value, WriteTx};
use crate::jobs::StoredJob;
use crate::{boxed, params};

const INSERT: &str = "
    INSERT INTO bulk_edit (id, kind, work, state, n_rows, job_id, made_by, created_at_us, updated_at_us)
    VALUES ($1, $2, '', 'chosen', $3, NULL, $4, $5, $5)";
const INSERT_ROW: &str = "INSERT INTO bulk_edit_row (bulk_id, position, kind, record_id, state)";
const LOAD: &str =
    "SELECT id, kind, work, state, n_rows, job_id, made_by, created_at_us FROM bulk_edit WHERE id = $1";
const STEP: &str = "
    UPDATE bulk_edit SET work = $1, state = $2, job_id = $3, updated_at_us = $4 WHERE id = $5 AND state = $6";
const ROWS: &str = "
    SELECT position, kind, record_id, version, state, reason, before, version_after
      FROM bulk_edit_row WHERE bulk_id = $1 AND position > $2";
const COUNTS: &str = "SELECT state, COUNT(*) FROM bulk_edit_row WHERE bulk_id = $1 GROUP BY state";
const SAVE_ROW: &str = "
    UPDATE bulk_edit_row SET state = $1, reason = $2, version = $3 WHERE bulk_id = $4 AND position = $5";
const MARK: &str = "
    UPDATE bulk_edit_row SET state = $1, reason = $7, before = COALESCE($2, before),
           version_after = COALESCE($3, version_after)
     WHERE bulk_id = $4 AND position = $5 AND state = $6
       AND EXISTS (SELECT 1 FROM bulk_edit WHERE id = $4 AND state = $8)";
const FORGET_ROWS: &str =
    "DELETE FROM bulk_edit_row WHERE bulk_id IN (SELECT id FROM bulk_edit WHERE updated_at_us < $1)";
const FORGET: &str = "DELETE FROM bulk_edit WHERE updated_at_us < $1";

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$about:meta])* $word:ident = $text:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$about])* $word),* }

        impl $name {
            /// The word kept in the table.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text),* }
            }

            fn parse(word: &str) -> Result<Self, String> {
                match word { $($text => Ok(Self::$word),)* _ => Err(format!("`{word}` is no state")) }
            }
        }
    };
}

words! {
    /// Where a bulk edit stands.
    BulkState {
        /// Records are chosen; what is to be done is not said.
        Chosen = "chosen",
        /// It is being worked out what would happen.
        Checking = "checking",
        /// What would happen is known.
        Checked = "checked",
        /// It is being done.
        Running = "running",
        /// It is done.
        Done = "done",
        /// It is being undone.
        Undoing = "undoing",
        /// It is undone.
        Undone = "undone",
    }
}

words! {
    /// What is foreseen for a record, or came of it.
    RowState {
        /// Nothing is known yet.
        Chosen = "chosen",
        /// It would be changed.
        Change = "change",
        /// It is so already.
        Same = "same",
        /// It would be refused.
        Refuse = "refuse",
        /// It was changed.
        Changed = "changed",
        /// It was so already.
        Unchanged = "unchanged",
        /// It was refused.
        Refused = "refused",
        /// Its change was undone.
        Undone = "undone",
        /// Undoing its change was refused.
        Kept = "kept",
    }
}

/// A bulk edit.
#[derive(Clone, Debug)]
pub struct BulkEdit {
    /// Its id.
    pub id: Id<BulkEdit>,
    /// The kind of its records; none where there are several.
    pub kind: Option<Kind>,
    /// What is to be done: JSON, empty while that is not said.
    pub work: String,
    /// Where it stands.
    pub state: BulkState,
    /// How many records.
    pub n_rows: i64,
    /// The job that does, or did, the last step.
    pub job_id: Option<Id<StoredJob>>,
    /// Whose it is; none: the operator's.
    pub made_by: Option<Id<User>>,
    /// When records were chosen.
    pub created_at: Instant,
}

/// A record of a bulk edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkRow {
    /// Its place.
    pub position: i64,
    /// Its kind.
    pub kind: Kind,
    /// Its id.
    pub record_id: String,
    /// The version that was seen.
    pub version: Option<i64>,
    /// What is foreseen, or came of it.
    pub state: RowState,
    /// Why it is refused: JSON.
    pub reason: Option<String>,
    /// What it was before: JSON.
    pub before: Option<String>,
    /// The version the change left it in.
    pub version_after: Option<i64>,
}

/// Chooses records, each of its kind.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn insert_bulk(
    tx: &mut WriteTx,
    bulk: &BulkEdit,
    records: &[(Kind, String)],
) -> Result<(), StoreError> {
    let kind = Value::Text(bulk.kind.map(|kind| kind.as_str().to_owned()));
    let values = params![&bulk.id, kind, bulk.n_rows, bulk.made_by.as_ref(), bulk.created_at];
    tx.execute(INSERT, values).await?;
    let row = |(position, (kind, id)): (i64, &(Kind, String))| {
        params![&bulk.id, position, kind.as_str(), id, RowState::Chosen.as_str()]
    };
    tx.insert_many(INSERT_ROW, (1..).zip(records).map(row).collect(), "").await.map(|_| ())
}

/// The bulk edit with this id.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_bulk(tx: &mut ReadTx, id: &Id<BulkEdit>) -> Result<Option<BulkEdit>, StoreError> {
    let Some(row) = tx.fetch_optional(LOAD, params![id]).await? else { return Ok(None) };
    Ok(Some(BulkEdit {
        id: row.id(0)?,
        kind: row.parsed_or_null(1, kind_of)?,
        work: row.text(2)?,
        state: row.parsed(3, BulkState::parse)?,
        n_rows: row.int(4)?,
        job_id: row.id_or_null(5)?,
        made_by: row.id_or_null(6)?,
        created_at: row.instant(7)?,
    }))
}

/// What a bulk edit goes on to.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    /// What is to be done: JSON.
    pub work: &'a str,
    /// From this state.
    pub from: BulkState,
    /// To this one.
    pub to: BulkState,
    /// Who does it, where it is a job.
    pub job_id: Option<&'a Id<StoredJob>>,
}

/// Takes a bulk edit a step on; false when it was in another state by now.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn step(
    tx: &mut WriteTx,
    id: &Id<BulkEdit>,
    step: &Step<'_>,
    now: Instant,
) -> Result<bool, StoreError> {
    let values = params![step.work, step.to.as_str(), step.job_id, now, id, step.from.as_str()];
    Ok(tx.execute(STEP, values).await? == 1)
}

/// Some records of a bulk edit in their order, those after `after`; of all states, or of these.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_bulk_rows(
    tx: &mut ReadTx,
    id: &Id<BulkEdit>,
    states: &[RowState],
    (after, limit): (i64, usize),
) -> Result<Vec<BulkRow>, StoreError> {
    let mut sql = ROWS.to_owned();
    if !states.is_empty() {
        let words: Vec<String> = states.iter().map(|state| format!("'{}'", state.as_str())).collect();
        sql.push_str(&format!(" AND state IN ({})", words.join(", ")));
    }
    sql.push_str(" ORDER BY position LIMIT $3");
    tx.fetch_all(&sql, params![id, after, limit]).await?.iter().map(read_row).collect()
}

/// How many records are in which state.
///
/// # Errors
/// [`StoreError`] when they cannot be counted.
#[boxed]
pub async fn count_bulk_rows(
    tx: &mut ReadTx,
    id: &Id<BulkEdit>,
) -> Result<BTreeMap<RowState, i64>, StoreError> {
    let rows = tx.fetch_all(COUNTS, params![id]).await?;
    rows.iter().map(|row| Ok((row.parsed(0, RowState::parse)?, row.int(1)?))).collect()
}

/// Notes what is foreseen for records.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn save_bulk_rows(tx: &mut WriteTx, id: &Id<BulkEdit>, rows: &[BulkRow]) -> Result<(), StoreError> {
    for row in rows {
        let reason = Value::Text(row.reason.clone());
        let version = Value::Int(row.version);
        tx.execute(SAVE_ROW, params![row.state.as_str(), reason, version, id, row.position]).await?;
    }
    Ok(())
}

/// Commits what was chosen or foreseen, or that a record was refused: bookkeeping.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn commit_foreseen(tx: WriteTx) -> Result<(), StoreError> {
    tx.commit_bookkeeping().await
}

/// What came of a record's turn; kept in the transaction of its change, where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The bulk edit.
    pub bulk_id: String,
    /// The record's place in it.
    pub position: i64,
    /// The state it must be in.
    pub from: RowState,
    /// The state it goes to.
    pub to: RowState,
    /// The state the bulk edit must be in.
    pub during: BulkState,
    /// Why it was refused: JSON.
    pub reason: Option<String>,
    /// What it was before: JSON.
    pub before: Option<String>,
    /// The version it will have.
    pub version_after: Option<i64>,
}

/// Marks a record in the transaction that changes it, or notes why it was not changed.
///
/// # Errors
/// [`StoreError::Stale`] when its turn came before, because somebody else did it, or the bulk edit is at another step by now.
#[boxed]
pub async fn mark(tx: &mut WriteTx, mark: &Mark) -> Result<(), StoreError> {
    let (before, version_after) = (Value::Text(mark.before.clone()), Value::Int(mark.version_after));
    let (id, from, to) = (&mark.bulk_id, mark.from.as_str(), mark.to.as_str());
    let (reason, during) = (Value::Text(mark.reason.clone()), mark.during.as_str());
    let values = params![to, before, version_after, id, mark.position, from, reason, during];
    match tx.execute(MARK, values).await? {
        1 => Ok(()),
        _ => Err(StoreError::Stale { table: "bulk_edit_row" }),
    }
}

/// Forgets bulk edits that nobody touched since `before` and commits: bookkeeping.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn forget_before(mut tx: WriteTx, before: Instant) -> Result<u64, StoreError> {
    tx.execute(FORGET_ROWS, params![before]).await?;
    let n_forgotten = tx.execute(FORGET, params![before]).await?;
    tx.commit_bookkeeping().await?;
    Ok(n_forgotten)
}

fn kind_of(word: &str) -> Result<Kind, String> {
    Kind::parse(word).ok_or_else(|| format!("`{word}` is no kind of record"))
}

fn read_row(row: &Row) -> Result<BulkRow, StoreError> {
    Ok(BulkRow {
        position: row.int(0)?,
        kind: row.parsed(1, kind_of)?,
        record_id: row.text(2)?,
        version: row.int_or_null(3)?,
        state: row.parsed(4, RowState::parse)?,
        reason: row.text_or_null(5)?,
        before: row.text_or_null(6)?,
        version_after: row.int_or_null(7)?,
    })
}
