//! Idempotency keys: a request sent twice works once.
//!
//! The key is claimed in the transaction of the work, so work without a key and a key without work cannot be. The
//! answer is filled in afterwards; a key whose answer is missing still says that the work is done.

use mandate_domain::Instant;

use crate::boxed;
use crate::db::{ReadTx, StoreError, WriteTx};
use crate::params;

const FIND: &str = "
    SELECT request_hash, status, response_body FROM idempotency_key WHERE user_id = $1 AND idempotency_key = $2";
const CLAIM: &str = "
    INSERT INTO idempotency_key (user_id, idempotency_key, request_hash, claim, status, response_body, created_at_us)
    VALUES ($1, $2, $3, $4, 0, '', $5)
    ON CONFLICT (user_id, idempotency_key) DO UPDATE SET created_at_us = excluded.created_at_us
     WHERE idempotency_key.claim = excluded.claim";
const ANSWER: &str = "
    UPDATE idempotency_key SET status = $1, response_body = $2
     WHERE user_id = $3 AND idempotency_key = $4 AND claim = $5";
const FORGET: &str = "DELETE FROM idempotency_key WHERE created_at_us < $1";

/// One request's claim on a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Whose key: user ids keep two users' equal keys apart.
    pub user_id: String,
    /// The key as sent.
    pub key: String,
    /// SHA-256 over method, path and body.
    pub request_hash: String,
    /// Random; tells this request from another with the same key.
    pub claim: String,
}

/// What is kept of an earlier request with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// Its hash: another one means the key was used for something else.
    pub request_hash: String,
    /// Its answer: HTTP status and body; none when the program stopped between work and answer.
    pub answer: Option<(u16, String)>,
}

/// The earlier request with this key.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn find(tx: &mut ReadTx, user_id: &str, key: &str) -> Result<Option<Earlier>, StoreError> {
    let Some(row) = tx.fetch_optional(FIND, params![user_id, key]).await? else { return Ok(None) };
    let status = u16::try_from(row.int(1)?).unwrap_or(0);
    let answer = if status == 0 { None } else { Some((status, row.text(2)?)) };
    Ok(Some(Earlier { request_hash: row.text(0)?, answer }))
}

/// Claims a key inside the transaction of the work; claiming it again with the same claim is fine.
///
/// # Errors
/// [`StoreError::Duplicate`] when another request has it.
#[boxed]
pub async fn claim(tx: &mut WriteTx, claim: &Claim, now: Instant) -> Result<(), StoreError> {
    let values = params![&claim.user_id, &claim.key, &claim.request_hash, &claim.claim, now];
    match tx.execute(CLAIM, values).await? {
        0 => Err(StoreError::Duplicate {
            table: "idempotency_key".to_owned(),
            column: "idempotency_key".to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Keeps the answer of the work that claimed the key and commits: bookkeeping.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn remember(mut tx: WriteTx, claim: &Claim, status: u16, body: &str) -> Result<(), StoreError> {
    tx.execute(ANSWER, params![status, body, &claim.user_id, &claim.key, &claim.claim]).await?;
    tx.commit_bookkeeping().await
}

/// Forgets keys claimed before `before` and commits: bookkeeping.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn forget_before(mut tx: WriteTx, before: Instant) -> Result<u64, StoreError> {
    let n_forgotten = tx.execute(FORGET, params![before]).await?;
    tx.commit_bookkeeping().await?;
    Ok(n_forgotten)
}
