//! Who has read what is sealed, and who has signed that a wall is lifted.

use mandate_domain::book::Account;
use mandate_domain::identity::{SealedReading, User, WallSignature};
use mandate_domain::{Id, Instant, Purpose};

use crate::db::{ReadTx, StoreError, WriteTx};
use crate::params;

const READINGS: &str = "
    SELECT account_id, MAX(last_at_us) FROM sealed_reading WHERE user_id = $1 GROUP BY account_id ORDER BY account_id";
const NOTE: &str = "
    INSERT INTO sealed_reading (user_id, account_id, purpose, first_at_us, last_at_us) VALUES ($1, $2, $3, $4, $4)
        ON CONFLICT (user_id, account_id, purpose) DO UPDATE SET last_at_us = $4";
const SIGNATURES: &str = "
    SELECT signed_by, signed_at_us FROM wall_signature WHERE user_id = $1 ORDER BY signed_at_us, id";
const SIGN: &str = "
    INSERT INTO wall_signature (id, user_id, signed_by, signed_by_name, reason, signed_at_us)
    VALUES ($1, $2, $3, $4, $5, $6)";

/// What `user` has read that is sealed, by account, whatever the purpose.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
pub async fn list_sealed_readings(
    tx: &mut ReadTx,
    user: &Id<User>,
) -> Result<Vec<SealedReading>, StoreError> {
    let rows = tx.fetch_all(READINGS, params![user]).await?;
    rows.iter().map(|row| Ok(SealedReading { account_id: row.id(0)?, last_at: row.instant(1)? })).collect()
}

/// Notes that `user` reads what is sealed of `account`, now.
///
/// # Errors
/// [`StoreError`] when it cannot be noted; then nothing may be shown.
pub async fn note_sealed_reading(
    tx: &mut WriteTx,
    user: &Id<User>,
    account: &Id<Account>,
    purpose: Purpose,
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute(NOTE, params![user, account, purpose.as_str(), now]).await?;
    Ok(())
}

/// Signatures under the lifting of `user`'s wall, oldest first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
pub async fn list_wall_signatures(
    tx: &mut ReadTx,
    user: &Id<User>,
) -> Result<Vec<WallSignature>, StoreError> {
    let rows = tx.fetch_all(SIGNATURES, params![user]).await?;
    rows.iter().map(|row| Ok(WallSignature { signed_by: row.id(0)?, signed_at: row.instant(1)? })).collect()
}

/// A signature to be kept.
#[derive(Clone, Copy, Debug)]
pub struct NewSignature<'a> {
    /// Whose wall.
    pub user: &'a Id<User>,
    /// Who signs.
    pub signed_by: &'a Id<User>,
    /// Their name now.
    pub signed_by_name: &'a str,
    /// Why.
    pub reason: &'a str,
}

/// Keeps a signature under the lifting of a wall.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
pub async fn insert_wall_signature(
    tx: &mut WriteTx,
    id: &Id<WallSignature>,
    signature: NewSignature<'_>,
    now: Instant,
) -> Result<(), StoreError> {
    let NewSignature { user, signed_by, signed_by_name, reason } = signature;
    tx.execute(SIGN, params![id, user, signed_by, signed_by_name, reason, now]).await?;
    Ok(())
}
