//! Passkeys of users, and the challenges that wait for an answer of one.
//!
//! A challenge is deleted by the statement that says whether it was still there, so that of two answers to it one is
//! refused. What a passkey and a challenge hold is text of the program that checks them; nothing here reads it.

use mandate_domain::identity::{Passkey, User};
use mandate_domain::{Id, Instant};

use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, WriteTx};
use crate::params;

const COLUMNS: &str =
    "id, user_id, name, credential_id, credential, created_at_us, last_used_at_us, refused_at_us";
const INSERT: &str = "
    INSERT INTO passkey (id, user_id, name, credential_id, credential, created_at_us)
    VALUES ($1, $2, $3, $4, $5, $6)";
const RENAME: &str = "UPDATE passkey SET name = $1 WHERE id = $2 AND user_id = $3";
const NOTE_USE: &str =
    "UPDATE passkey SET credential = $1, last_used_at_us = $2 WHERE id = $3 AND credential = $4";
const NOTE_REFUSAL: &str = "UPDATE passkey SET refused_at_us = $1 WHERE id = $2";
const DELETE: &str = "DELETE FROM passkey WHERE id = $1 AND user_id = $2";
const DELETE_OF_USER: &str = "DELETE FROM passkey WHERE user_id = $1";
const INSERT_CHALLENGE: &str = "
    INSERT INTO passkey_challenge (secret_hash, user_id, state, created_at_us, expires_at_us)
    VALUES ($1, $2, $3, $4, $5)";
const LOAD_CHALLENGE: &str = "
    SELECT secret_hash, user_id, state, created_at_us, expires_at_us
      FROM passkey_challenge WHERE secret_hash = $1";
const DELETE_CHALLENGE: &str = "DELETE FROM passkey_challenge WHERE secret_hash = $1";
const DELETE_EXPIRED: &str = "DELETE FROM passkey_challenge WHERE expires_at_us < $1";

/// A passkey as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredPasskey {
    /// Its id.
    pub id: Id<Passkey>,
    /// Whose.
    pub user_id: Id<User>,
    /// What they call it.
    pub name: String,
    /// By which an answer names it; no two are equal.
    pub credential_id: String,
    /// Its public key and counter.
    pub credential: String,
    /// When it was added.
    pub created_at: Instant,
    /// When it last signed somebody in.
    pub last_used_at: Option<Instant>,
    /// When it last answered with a counter that others had passed.
    pub refused_at: Option<Instant>,
}

/// A challenge as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct PasskeyChallenge {
    /// SHA-256 of its secret, in hexadecimal.
    pub secret_hash: String,
    /// Who adds a passkey; none when somebody signs in.
    pub user_id: Option<Id<User>>,
    /// What the answer is held against.
    pub state: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it lapses.
    pub expires_at: Instant,
}

fn read(row: &Row) -> Result<StoredPasskey, StoreError> {
    Ok(StoredPasskey {
        id: row.id(0)?,
        user_id: row.id(1)?,
        name: row.text(2)?,
        credential_id: row.text(3)?,
        credential: row.text(4)?,
        created_at: row.instant(5)?,
        last_used_at: row.instant_or_null(6)?,
        refused_at: row.instant_or_null(7)?,
    })
}

/// A user's passkeys, the oldest first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_passkeys(tx: &mut ReadTx, user: &Id<User>) -> Result<Vec<StoredPasskey>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM passkey WHERE user_id = $1 ORDER BY created_at_us, id");
    tx.fetch_all(&sql, params![user]).await?.iter().map(read).collect()
}

/// The passkey that an answer names.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_passkey(tx: &mut ReadTx, credential_id: &str) -> Result<Option<StoredPasskey>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM passkey WHERE credential_id = $1");
    tx.fetch_optional(&sql, params![credential_id]).await?.as_ref().map(read).transpose()
}

/// Adds a passkey.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn insert_passkey(tx: &mut WriteTx, passkey: &StoredPasskey) -> Result<(), StoreError> {
    let values = params![
        &passkey.id,
        &passkey.user_id,
        &passkey.name,
        &passkey.credential_id,
        &passkey.credential,
        passkey.created_at,
    ];
    tx.execute(INSERT, values).await.map(|_| ())
}

/// Names a user's passkey; false when they have none with this id.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn rename_passkey(
    tx: &mut WriteTx,
    user: &Id<User>,
    id: &Id<Passkey>,
    name: &str,
) -> Result<bool, StoreError> {
    Ok(tx.execute(RENAME, params![name, id, user]).await? == 1)
}

/// Notes that it signed in, with its new counter; false when another sign-in came between.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn note_passkey_use(
    tx: &mut WriteTx,
    read: &StoredPasskey,
    credential: &str,
    now: Instant,
) -> Result<bool, StoreError> {
    Ok(tx.execute(NOTE_USE, params![credential, now, &read.id, &read.credential]).await? == 1)
}

/// Notes that it answered with a counter that others had passed.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn note_passkey_refusal(
    tx: &mut WriteTx,
    id: &Id<Passkey>,
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute(NOTE_REFUSAL, params![now, id]).await.map(|_| ())
}

/// Removes a user's passkey; false when they have none with this id.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn delete_passkey(tx: &mut WriteTx, user: &Id<User>, id: &Id<Passkey>) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![id, user]).await? == 1)
}

/// Removes all passkeys of a user; returns how many.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn delete_passkeys(tx: &mut WriteTx, user: &Id<User>) -> Result<u64, StoreError> {
    tx.execute(DELETE_OF_USER, params![user]).await
}

/// Keeps a challenge and commits: bookkeeping.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn keep_challenge(mut tx: WriteTx, challenge: &PasskeyChallenge) -> Result<(), StoreError> {
    let values = params![
        &challenge.secret_hash,
        challenge.user_id.as_ref(),
        &challenge.state,
        challenge.created_at,
        challenge.expires_at,
    ];
    tx.execute(INSERT_CHALLENGE, values).await?;
    tx.commit_bookkeeping().await
}

/// Takes a challenge away and commits: bookkeeping. Whatever comes of the answer, the challenge is used up.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn take_challenge(
    mut tx: WriteTx,
    secret_hash: &str,
) -> Result<Option<PasskeyChallenge>, StoreError> {
    let row = tx.fetch_optional(LOAD_CHALLENGE, params![secret_hash]).await?;
    let found = row
        .map(|row| {
            Ok::<_, StoreError>(PasskeyChallenge {
                secret_hash: row.text(0)?,
                user_id: row.id_or_null(1)?,
                state: row.text(2)?,
                created_at: row.instant(3)?,
                expires_at: row.instant(4)?,
            })
        })
        .transpose()?;
    let taken = tx.execute(DELETE_CHALLENGE, params![secret_hash]).await? == 1;
    tx.commit_bookkeeping().await?;
    Ok(found.filter(|_| taken))
}

/// Forgets challenges that nobody answered in time and commits: bookkeeping.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn delete_expired_challenges(mut tx: WriteTx, now: Instant) -> Result<u64, StoreError> {
    let n_deleted = tx.execute(DELETE_EXPIRED, params![now]).await?;
    tx.commit_bookkeeping().await?;
    Ok(n_deleted)
}
