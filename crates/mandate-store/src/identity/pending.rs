//! Sign-ins that wait for a second factor: found by the hash of their secret, as sessions are, and none of them.

use mandate_domain::identity::User;
use mandate_domain::{Id, Instant};

use crate::boxed;
use crate::db::{ReadTx, StoreError, WriteTx};
use crate::params;

const LOAD: &str = "
    SELECT token_hash, user_id, user_agent, n_failed, created_at_us, expires_at_us
      FROM pending_sign_in WHERE token_hash = $1";
const INSERT: &str = "
    INSERT INTO pending_sign_in (token_hash, user_id, user_agent, n_failed, created_at_us, expires_at_us)
    VALUES ($1, $2, $3, 0, $4, $5)";
const FAIL: &str = "UPDATE pending_sign_in SET n_failed = n_failed + 1 WHERE token_hash = $1";
const DELETE: &str = "DELETE FROM pending_sign_in WHERE token_hash = $1";
const DELETE_OF_USER: &str = "DELETE FROM pending_sign_in WHERE user_id = $1";
const DELETE_EXPIRED: &str = "DELETE FROM pending_sign_in WHERE expires_at_us < $1";

/// A sign-in that waits for a second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingSignIn {
    /// SHA-256 of its secret, in hexadecimal.
    pub token_hash: String,
    /// Whose.
    pub user_id: Id<User>,
    /// What the browser said of itself.
    pub user_agent: String,
    /// Codes that were wrong.
    pub n_failed: i64,
    /// When the password was right.
    pub created_at: Instant,
    /// When it lapses.
    pub expires_at: Instant,
}

/// The pending sign-in with this hash.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_pending(tx: &mut ReadTx, token_hash: &str) -> Result<Option<PendingSignIn>, StoreError> {
    let Some(row) = tx.fetch_optional(LOAD, params![token_hash]).await? else { return Ok(None) };
    Ok(Some(PendingSignIn {
        token_hash: row.text(0)?,
        user_id: row.id(1)?,
        user_agent: row.text(2)?,
        n_failed: row.int(3)?,
        created_at: row.instant(4)?,
        expires_at: row.instant(5)?,
    }))
}

/// Adds a pending sign-in.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn insert_pending(tx: &mut WriteTx, pending: &PendingSignIn) -> Result<(), StoreError> {
    let values = params![
        &pending.token_hash,
        &pending.user_id,
        &pending.user_agent,
        pending.created_at,
        pending.expires_at,
    ];
    tx.execute(INSERT, values).await.map(|_| ())
}

/// Counts a wrong code.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn fail_pending(tx: &mut WriteTx, token_hash: &str) -> Result<(), StoreError> {
    tx.execute(FAIL, params![token_hash]).await.map(|_| ())
}

/// Ends a pending sign-in; false when there is none.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn delete_pending(tx: &mut WriteTx, token_hash: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![token_hash]).await? == 1)
}

/// Ends all pending sign-ins of a user.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn delete_pending_of_user(tx: &mut WriteTx, user: &Id<User>) -> Result<(), StoreError> {
    tx.execute(DELETE_OF_USER, params![user]).await.map(|_| ())
}

/// Forgets pending sign-ins that lapsed and commits: bookkeeping.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn delete_expired_pending(mut tx: WriteTx, now: Instant) -> Result<u64, StoreError> {
    let n_deleted = tx.execute(DELETE_EXPIRED, params![now]).await?;
    tx.commit_bookkeeping().await?;
    Ok(n_deleted)
}
