//! Candid notes: sealed, so nothing of them is joined into any list, search entry, count or version of another record.

use mandate_domain::book::{Account, CandidNote, Person};
use mandate_domain::{Id, Instant, Labeled, Purpose};

use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, Value, WriteTx};
use crate::params;
use crate::reads::Scope;

const SELECT: &str = "
    SELECT id, account_id, person_id, text, author_id, author_name, demo, version, created_at_us FROM candid_note";
const INSERT: &str = "
    INSERT INTO candid_note (id, account_id, person_id, text, author_id, author_name, demo, version, created_at_us,
           updated_at_us)";
const WITHDRAW: &str = "
    UPDATE candid_note SET deleted_at_us = $1, version = version + 1
     WHERE id = $2 AND version = $3 AND deleted_at_us IS NULL";

/// Notes on an account (and its people), or on one person, newest first; only of accounts `scope` reaches.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_candid_notes(
    tx: &mut ReadTx,
    scope: &Scope,
    account: &Id<Account>,
    person: Option<&Id<Person>>,
) -> Result<Vec<CandidNote>, StoreError> {
    let (visible, values) = scope.condition("account_id", 3);
    let sql = format!(
        "{SELECT} WHERE account_id = $1 AND (person_id = $2 OR $2 = '') AND deleted_at_us IS NULL AND ({visible})
          ORDER BY created_at_us DESC, id DESC"
    );
    let bound = params![account, person.map_or("", Id::as_str)].into_iter().chain(values).collect();
    tx.fetch_all(&sql, bound).await?.iter().map(read).collect()
}

/// The note with this id, of an account `scope` reaches.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_candid_note(
    tx: &mut ReadTx,
    scope: &Scope,
    id: &Id<CandidNote>,
) -> Result<Option<CandidNote>, StoreError> {
    let (visible, values) = scope.condition("account_id", 2);
    let sql = format!("{SELECT} WHERE id = $1 AND deleted_at_us IS NULL AND ({visible})");
    let bound = params![id].into_iter().chain(values).collect();
    tx.fetch_optional(&sql, bound).await?.as_ref().map(read).transpose()
}

/// Adds notes.
///
/// # Errors
/// [`StoreError`] when they cannot be kept.
#[boxed]
pub async fn insert_candid_notes(tx: &mut WriteTx, notes: &[CandidNote]) -> Result<(), StoreError> {
    let rows = notes.iter().map(values).collect();
    tx.insert_many(INSERT, rows, "").await?;
    Ok(())
}

fn values(note: &CandidNote) -> Vec<Value> {
    params![
        &note.id,
        &note.account_id,
        note.person_id.as_ref(),
        note.text.to_be_stored(),
        note.author_id.as_ref(),
        &note.author_name,
        note.demo,
        note.version,
        note.created_at,
        note.created_at,
    ]
}

/// Withdraws the note in the version that was read.
///
/// # Errors
/// [`StoreError::Stale`] when it was withdrawn meanwhile.
#[boxed]
pub async fn withdraw_candid_note(
    tx: &mut WriteTx,
    note: &CandidNote,
    now: Instant,
) -> Result<(), StoreError> {
    match tx.execute(WITHDRAW, params![now, &note.id, note.version]).await? {
        1 => Ok(()),
        _ => Err(StoreError::Stale { table: "candid_note" }),
    }
}

fn read(row: &Row) -> Result<CandidNote, StoreError> {
    Ok(CandidNote {
        id: row.id(0)?,
        account_id: row.id(1)?,
        person_id: row.id_or_null(2)?,
        text: Labeled::new(Purpose::Candid, row.text(3)?),
        author_id: row.id_or_null(4)?,
        author_name: row.text(5)?,
        demo: row.flag(6)?,
        version: row.int(7)?,
        created_at: row.instant(8)?,
    })
}
