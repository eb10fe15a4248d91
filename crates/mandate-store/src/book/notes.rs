//! Notes on records of the book, and the record that anything of the book is about: its name and account, if `scope` sees it.
//!
//! Notes lie with their record: what is in the trash, or out of reach, has none to show. They are never joined to the record's own
//! row, so writing one changes no version of it.

use mandate_domain::book::{Kind, Note};
use mandate_domain::identity::User;
use mandate_domain::{Clearance, Id, Instant, with_kind};

use super::references::list_owners;
use super::tables::Stored;
use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, WriteTx};
use crate::params;
use crate::reads::Scope;

const SELECT: &str = "
    SELECT id, kind, record_id, text, author_id, author_name, version, created_at_us, updated_at_us FROM note";
const OF_RECORD: &str = "
    WHERE kind = $1 AND record_id = $2 AND deleted_at_us IS NULL ORDER BY created_at_us DESC, id DESC LIMIT $3";
const BY_ID: &str = "WHERE id = $1 AND deleted_at_us IS NULL";
const COUNT: &str = "SELECT COUNT(*) FROM note WHERE kind = $1 AND record_id = $2 AND deleted_at_us IS NULL";
const INSERT: &str = "
    INSERT INTO note (id, kind, record_id, text, author_id, author_name, version, created_at_us, updated_at_us)
    VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7)";
const SAVE: &str = "
    UPDATE note SET text = $1, updated_at_us = $2, version = version + 1
     WHERE id = $3 AND version = $4 AND deleted_at_us IS NULL";
const WITHDRAW: &str = "
    UPDATE note SET deleted_at_us = $1, version = version + 1
     WHERE id = $2 AND version = $3 AND deleted_at_us IS NULL";
const MENTIONS: &str = "SELECT user_id FROM note_mention WHERE note_id = $1 ORDER BY user_id";
const MENTION: &str = "INSERT INTO note_mention (note_id, user_id)";

/// A record of the book as what is about it shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its name.
    pub name: String,
    /// The account it belongs to, or is.
    pub account_id: Option<String>,
}

/// The record of `kind` with this id, unless it lies in the trash or `scope` may not see it.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_place(
    tx: &mut ReadTx,
    scope: &Scope,
    kind: Kind,
    id: &str,
) -> Result<Option<Place>, StoreError> {
    with_kind!(kind, R => place_of::<R>(tx, scope, id).await)
}

async fn place_of<R: Stored>(tx: &mut ReadTx, scope: &Scope, id: &str) -> Result<Option<Place>, StoreError> {
    let Ok(id) = Id::<R>::parse(id) else { return Ok(None) };
    let Some(saved) = super::load(tx, scope, &id).await? else { return Ok(None) };
    let account_id = match R::OWNER {
        _ if R::KIND == Kind::Account => Some(saved.id.to_string()),
        None => saved.account_id().map(str::to_owned),
        Some((field, kind)) => {
            let owner = saved.draft(Clearance::NONE).get(field).to_owned();
            let found = list_owners(tx, kind, &[owner.clone()].into()).await?;
            found.get(&owner).and_then(|owner| owner.account_id.clone())
        }
    };
    Ok(Some(Place { name: saved.name().to_owned(), account_id }))
}

/// The newest notes on a record, at most `limit`. Whether the reader may see the record is asked before.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_notes(
    tx: &mut ReadTx,
    (kind, record_id): (Kind, &str),
    limit: usize,
) -> Result<Vec<Note>, StoreError> {
    let sql = format!("{SELECT} {OF_RECORD}");
    tx.fetch_all(&sql, params![kind.as_str(), record_id, limit]).await?.iter().map(read).collect()
}

/// How many notes a record has.
///
/// # Errors
/// [`StoreError`] when they cannot be counted.
#[boxed]
pub async fn count_notes(tx: &mut ReadTx, (kind, record_id): (Kind, &str)) -> Result<i64, StoreError> {
    tx.fetch_one(COUNT, params![kind.as_str(), record_id]).await?.int(0)
}

/// The note with this id. Whether the reader may see its record is asked after.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_note(tx: &mut ReadTx, id: &Id<Note>) -> Result<Option<Note>, StoreError> {
    tx.fetch_optional(&format!("{SELECT} {BY_ID}"), params![id]).await?.as_ref().map(read).transpose()
}

/// Whom a note mentions.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_mentions(tx: &mut ReadTx, id: &Id<Note>) -> Result<Vec<Id<User>>, StoreError> {
    tx.fetch_all(MENTIONS, params![id]).await?.iter().map(|row| row.id(0)).collect()
}

/// Adds a note.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn insert_note(tx: &mut WriteTx, note: &Note) -> Result<(), StoreError> {
    let values = params![
        &note.id,
        note.kind.as_str(),
        &note.record_id,
        &note.text,
        note.author_id.as_ref(),
        &note.author_name,
        note.created_at,
    ];
    tx.execute(INSERT, values).await.map(|_| ())
}

/// Notes whom a note mentions for the first time.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn insert_mentions(tx: &mut WriteTx, id: &Id<Note>, users: &[Id<User>]) -> Result<(), StoreError> {
    let rows = users.iter().map(|user| params![id, user]).collect();
    tx.insert_many(MENTION, rows, " ON CONFLICT (note_id, user_id) DO NOTHING").await.map(|_| ())
}

/// Saves the text of the note in the version that was read.
///
/// # Errors
/// [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn save_note(tx: &mut WriteTx, note: &Note, text: &str, now: Instant) -> Result<(), StoreError> {
    one(tx.execute(SAVE, params![text, now, &note.id, note.version]).await?)
}

/// Withdraws the note in the version that was read; the row stays, unread by anything.
///
/// # Errors
/// [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn withdraw_note(tx: &mut WriteTx, note: &Note, now: Instant) -> Result<(), StoreError> {
    one(tx.execute(WITHDRAW, params![now, &note.id, note.version]).await?)
}

fn one(n_rows: u64) -> Result<(), StoreError> {
    if n_rows == 1 { Ok(()) } else { Err(StoreError::Stale { table: "note" }) }
}

fn read(row: &Row) -> Result<Note, StoreError> {
    let kind = |word: &str| Kind::parse(word).ok_or_else(|| format!("`{word}` is no kind of record"));
    Ok(Note {
        id: row.id(0)?,
        kind: row.parsed(1, kind)?,
        record_id: row.text(2)?,
        text: row.text(3)?,
        author_id: row.id_or_null(4)?,
        author_name: row.text(5)?,
        version: row.int(6)?,
        created_at: row.instant(7)?,
        updated_at: row.instant(8)?,
    })
}
