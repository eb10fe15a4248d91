//! Second factors and their recovery codes: a secret that only the key file opens, codes as hashes.
//!
//! A code is used by one statement that says whether it still could be, so that of two requests with the same code one
//! is refused.

use mandate_domain::identity::User;
use mandate_domain::{Id, Instant};

use crate::boxed;
use crate::db::{ReadTx, StoreError, WriteTx};
use crate::params;

const LOAD: &str = "
    SELECT user_id, key_id, sealed_secret, last_step, created_at_us, confirmed_at_us
      FROM second_factor WHERE user_id = $1";
const BEGIN: &str = "
    INSERT INTO second_factor (user_id, key_id, sealed_secret, last_step, created_at_us)
    VALUES ($1, $2, $3, 0, $4)
    ON CONFLICT (user_id) DO UPDATE SET key_id = excluded.key_id, sealed_secret = excluded.sealed_secret,
           last_step = 0, created_at_us = excluded.created_at_us
     WHERE second_factor.confirmed_at_us IS NULL";
const CONFIRM: &str = "
    UPDATE second_factor SET confirmed_at_us = $1, last_step = $2
     WHERE user_id = $3 AND confirmed_at_us IS NULL";
const USE_STEP: &str = "
    UPDATE second_factor SET last_step = $1
     WHERE user_id = $2 AND last_step < $1 AND confirmed_at_us IS NOT NULL";
const DELETE: &str = "DELETE FROM second_factor WHERE user_id = $1";
const USERS_WITH_ONE: &str = "
    SELECT user_id FROM second_factor WHERE confirmed_at_us IS NOT NULL ORDER BY user_id";
const KEYS: &str = "SELECT DISTINCT key_id FROM second_factor ORDER BY key_id";
const USE_CODE: &str = "
    UPDATE recovery_code SET used_at_us = $1 WHERE code_hash = $2 AND user_id = $3 AND used_at_us IS NULL";
const COUNT_CODES: &str = "SELECT COUNT(*) FROM recovery_code WHERE user_id = $1 AND used_at_us IS NULL";
const DELETE_CODES: &str = "DELETE FROM recovery_code WHERE user_id = $1";

/// A second factor as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredFactor {
    /// Whose.
    pub user_id: Id<User>,
    /// Which key file opens the secret.
    pub key_id: String,
    /// The secret, encrypted.
    pub sealed_secret: String,
    /// The time step of the last code that was taken.
    pub last_step: i64,
    /// When it was begun.
    pub created_at: Instant,
    /// Since when it counts; none before the first code.
    pub confirmed_at: Option<Instant>,
}

/// A user's second factor, confirmed or only begun.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_second_factor(
    tx: &mut ReadTx,
    user: &Id<User>,
) -> Result<Option<StoredFactor>, StoreError> {
    let Some(row) = tx.fetch_optional(LOAD, params![user]).await? else { return Ok(None) };
    Ok(Some(StoredFactor {
        user_id: row.id(0)?,
        key_id: row.text(1)?,
        sealed_secret: row.text(2)?,
        last_step: row.int(3)?,
        created_at: row.instant(4)?,
        confirmed_at: row.instant_or_null(5)?,
    }))
}

/// Begins a second factor in place of one that was only begun; false when there is one that counts.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn begin_second_factor(
    tx: &mut WriteTx,
    user: &Id<User>,
    key_id: &str,
    sealed_secret: &str,
    now: Instant,
) -> Result<bool, StoreError> {
    Ok(tx.execute(BEGIN, params![user, key_id, sealed_secret, now]).await? == 1)
}

/// Makes a second factor count, with the step of its first code; false when none was begun.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn confirm_second_factor(
    tx: &mut WriteTx,
    user: &Id<User>,
    step: i64,
    now: Instant,
) -> Result<bool, StoreError> {
    Ok(tx.execute(CONFIRM, params![now, step, user]).await? == 1)
}

/// Uses a step up; false when it, or a later one, was used before.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn use_step(tx: &mut WriteTx, user: &Id<User>, step: i64) -> Result<bool, StoreError> {
    Ok(tx.execute(USE_STEP, params![step, user]).await? == 1)
}

/// Removes a user's second factor and recovery codes; false when there was none.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn delete_second_factor(tx: &mut WriteTx, user: &Id<User>) -> Result<bool, StoreError> {
    tx.execute(DELETE_CODES, params![user]).await?;
    Ok(tx.execute(DELETE, params![user]).await? == 1)
}

/// Users whose second factor counts.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_users_with_second_factor(tx: &mut ReadTx) -> Result<Vec<Id<User>>, StoreError> {
    tx.fetch_all(USERS_WITH_ONE, vec![]).await?.iter().map(|row| row.id(0)).collect()
}

/// Names of the key files that open what is kept.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_factor_keys(tx: &mut ReadTx) -> Result<Vec<String>, StoreError> {
    tx.fetch_all(KEYS, vec![]).await?.iter().map(|row| row.text(0)).collect()
}

/// Gives a user these recovery codes (as hashes) in place of those they had.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn replace_recovery_codes(
    tx: &mut WriteTx,
    user: &Id<User>,
    hashes: &[String],
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute(DELETE_CODES, params![user]).await?;
    let rows = hashes.iter().map(|hash| params![hash, user, now]).collect();
    tx.insert_many("INSERT INTO recovery_code (code_hash, user_id, created_at_us)", rows, "").await?;
    Ok(())
}

/// Uses a recovery code up; false when it is none of theirs, or was used before.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn use_recovery_code(
    tx: &mut WriteTx,
    user: &Id<User>,
    hash: &str,
    now: Instant,
) -> Result<bool, StoreError> {
    Ok(tx.execute(USE_CODE, params![now, hash, user]).await? == 1)
}

/// How many recovery codes a user has left.
///
/// # Errors
/// [`StoreError`] when they cannot be counted.
#[boxed]
pub async fn count_recovery_codes(tx: &mut ReadTx, user: &Id<User>) -> Result<i64, StoreError> {
    tx.fetch_one(COUNT_CODES, params![user]).await?.int(0)
}
