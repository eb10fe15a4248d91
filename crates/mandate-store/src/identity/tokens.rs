//! Personal tokens of the API: the secret is shown once and kept as a hash.

use mandate_domain::identity::User;
use mandate_domain::{Id, Instant};

use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, WriteTx};
use crate::params;

const BY_HASH: &str = "
    SELECT id, user_id, name, token_hash, scopes, created_at_us, expires_at_us, last_used_at_us, revoked_at_us
      FROM api_token WHERE token_hash = $1";
const LIST: &str = "
    SELECT id, user_id, name, token_hash, scopes, created_at_us, expires_at_us, last_used_at_us, revoked_at_us
      FROM api_token WHERE user_id = $1 ORDER BY id DESC LIMIT 200";
const INSERT: &str = "
    INSERT INTO api_token (id, user_id, name, token_hash, scopes, created_at_us, expires_at_us)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const TOUCH: &str = "UPDATE api_token SET last_used_at_us = $1 WHERE id = $2";
const REVOKE: &str =
    "UPDATE api_token SET revoked_at_us = $1 WHERE id = $2 AND user_id = $3 AND revoked_at_us IS NULL";

const REVOKE_OF_USER: &str =
    "UPDATE api_token SET revoked_at_us = $1 WHERE user_id = $2 AND revoked_at_us IS NULL";

/// A token as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredToken {
    /// Its id.
    pub id: Id<StoredToken>,
    /// Whose.
    pub user_id: Id<User>,
    /// What its owner calls it.
    pub name: String,
    /// SHA-256 of the secret, in hexadecimal.
    pub token_hash: String,
    /// What it may be used for: words of `authorise::Action`.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Instant,
    /// When it ends, if it does.
    pub expires_at: Option<Instant>,
    /// The last use on record; written at most once a minute.
    pub last_used_at: Option<Instant>,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
}

/// The token with this hash.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_token(tx: &mut ReadTx, token_hash: &str) -> Result<Option<StoredToken>, StoreError> {
    tx.fetch_optional(BY_HASH, params![token_hash]).await?.as_ref().map(read).transpose()
}

/// A user's tokens, newest first; at most 200.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_tokens(tx: &mut ReadTx, user: &Id<User>) -> Result<Vec<StoredToken>, StoreError> {
    tx.fetch_all(LIST, params![user]).await?.iter().map(read).collect()
}

/// Adds a token.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn insert_token(tx: &mut WriteTx, token: &StoredToken) -> Result<(), StoreError> {
    let values = params![
        &token.id,
        &token.user_id,
        &token.name,
        &token.token_hash,
        token.scopes.join(" "),
        token.created_at,
        token.expires_at,
    ];
    tx.execute(INSERT, values).await.map(|_| ())
}

/// Notes a token's last use and commits: bookkeeping.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn touch_token(mut tx: WriteTx, id: &Id<StoredToken>, now: Instant) -> Result<(), StoreError> {
    tx.execute(TOUCH, params![now, id]).await?;
    tx.commit_bookkeeping().await
}

/// Revokes a token of `user`; false when there is none that still holds.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn revoke_token(
    tx: &mut WriteTx,
    user: &Id<User>,
    id: &Id<StoredToken>,
    now: Instant,
) -> Result<bool, StoreError> {
    Ok(tx.execute(REVOKE, params![now, id, user]).await? > 0)
}

/// Revokes all tokens of `user`; returns how many still held.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn revoke_tokens(tx: &mut WriteTx, user: &Id<User>, now: Instant) -> Result<u64, StoreError> {
    tx.execute(REVOKE_OF_USER, params![now, user]).await
}

fn read(row: &Row) -> Result<StoredToken, StoreError> {
    Ok(StoredToken {
        id: row.id(0)?,
        user_id: row.id(1)?,
        name: row.text(2)?,
        token_hash: row.text(3)?,
        scopes: row.text(4)?.split_whitespace().map(str::to_owned).collect(),
        created_at: row.instant(5)?,
        expires_at: row.instant_or_null(6)?,
        last_used_at: row.instant_or_null(7)?,
        revoked_at: row.instant_or_null(8)?,
    })
}
