//! Sessions: found by the hash of their token, so that a copy of the table signs nobody in.

use mandate_domain::identity::{SessionTimes, ShownFactor, User};
use mandate_domain::{Id, Instant};

use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, WriteTx};
use crate::params;

const LOAD: &str = "
    SELECT token_hash, user_id, created_at_us, last_seen_at_us, expires_at_us, user_agent, verified_at_us,
           second_factor
      FROM session WHERE token_hash = $1";
const LIST: &str = "
    SELECT token_hash, user_id, created_at_us, last_seen_at_us, expires_at_us, user_agent, verified_at_us,
           second_factor
      FROM session WHERE user_id = $1 ORDER BY last_seen_at_us DESC, token_hash LIMIT 200";
const INSERT: &str = "
    INSERT INTO session (token_hash, user_id, created_at_us, last_seen_at_us, expires_at_us, user_agent,
           verified_at_us, second_factor)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const RENEW: &str = "
    UPDATE session SET token_hash = $1, verified_at_us = $2, second_factor = $3, last_seen_at_us = $4
     WHERE token_hash = $5 AND user_id = $6";
const TOUCH: &str = "UPDATE session SET last_seen_at_us = $1 WHERE token_hash = $2 AND last_seen_at_us < $1";
const DELETE: &str = "DELETE FROM session WHERE token_hash = $1 AND user_id = $2";
const DELETE_OF_USER: &str = "DELETE FROM session WHERE user_id = $1 AND token_hash <> $2";
const DELETE_EXPIRED: &str = "DELETE FROM session WHERE expires_at_us < $1";

/// A session as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    /// SHA-256 of the token, in hexadecimal; also the session's name when it is revoked.
    pub token_hash: String,
    /// Whose.
    pub user_id: Id<User>,
    /// Its times.
    pub times: SessionTimes,
    /// What the browser said of itself, cut to 200 characters.
    pub user_agent: String,
    /// When the person last proved who they are; none for a session older than that was asked.
    pub verified_at: Option<Instant>,
    /// How the second factor was shown, if it was.
    pub second_factor: Option<ShownFactor>,
}

/// The session with this hash.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_session(tx: &mut ReadTx, token_hash: &str) -> Result<Option<StoredSession>, StoreError> {
    tx.fetch_optional(LOAD, params![token_hash]).await?.as_ref().map(read).transpose()
}

/// A user's sessions, last used first; at most 200.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_sessions(tx: &mut ReadTx, user: &Id<User>) -> Result<Vec<StoredSession>, StoreError> {
    tx.fetch_all(LIST, params![user]).await?.iter().map(read).collect()
}

/// Adds a session.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn insert_session(tx: &mut WriteTx, session: &StoredSession) -> Result<(), StoreError> {
    let values = params![
        &session.token_hash,
        &session.user_id,
        session.times.created_at,
        session.times.last_seen_at,
        session.times.expires_at,
        &session.user_agent,
        session.verified_at,
        session.second_factor.map(ShownFactor::as_str),
    ];
    tx.execute(INSERT, values).await.map(|_| ())
}

/// Gives a session another token, and what is known of its person since; false when it has ended.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn renew_session(
    tx: &mut WriteTx,
    old_hash: &str,
    renewed: &StoredSession,
    now: Instant,
) -> Result<bool, StoreError> {
    let values = params![
        &renewed.token_hash,
        renewed.verified_at,
        renewed.second_factor.map(ShownFactor::as_str),
        now,
        old_hash,
        &renewed.user_id,
    ];
    Ok(tx.execute(RENEW, values).await? == 1)
}

/// Notes a session's last use and commits: bookkeeping.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn touch_session(mut tx: WriteTx, token_hash: &str, now: Instant) -> Result<(), StoreError> {
    tx.execute(TOUCH, params![now, token_hash]).await?;
    tx.commit_bookkeeping().await
}

/// Ends one session of `user`; false when there is none.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn delete_session(tx: &mut WriteTx, user: &Id<User>, token_hash: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![token_hash, user]).await? > 0)
}

/// Ends all sessions of `user` but the one with the hash `except` (empty: all); returns how many.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn delete_sessions(tx: &mut WriteTx, user: &Id<User>, except: &str) -> Result<u64, StoreError> {
    tx.execute(DELETE_OF_USER, params![user, except]).await
}

/// Forgets sessions past their absolute end and commits: bookkeeping.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn delete_expired_sessions(mut tx: WriteTx, now: Instant) -> Result<u64, StoreError> {
    let n_deleted = tx.execute(DELETE_EXPIRED, params![now]).await?;
    tx.commit_bookkeeping().await?;
    Ok(n_deleted)
}

fn read(row: &Row) -> Result<StoredSession, StoreError> {
    Ok(StoredSession {
        token_hash: row.text(0)?,
        user_id: row.id(1)?,
        times: SessionTimes {
            created_at: row.instant(2)?,
            last_seen_at: row.instant(3)?,
            expires_at: row.instant(4)?,
        },
        user_agent: row.text(5)?,
        verified_at: row.instant_or_null(6)?,
        second_factor: row.parsed_or_null(7, ShownFactor::parse)?,
    })
}
