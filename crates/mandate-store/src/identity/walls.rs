//! Who has read what is sealed, and who has signed that a wall is lifted.
//!
//! Whether a wall stands is the domain's to say; this reads what it takes, of one user or of all at once.

use std::collections::{BTreeMap, BTreeSet};

use mandate_domain::book::{Account, Person};
use mandate_domain::identity::{SealedReading, User, WallSignature, wall_stands};
use mandate_domain::{Id, Instant, Purpose};

use crate::boxed;
use crate::db::{ReadTx, StoreError, WriteTx};
use crate::params;

const READINGS: &str = "
    SELECT account_id, MAX(last_at_us) FROM sealed_reading WHERE user_id = $1 GROUP BY account_id ORDER BY account_id";
const NOTE: &str = "
    INSERT INTO sealed_reading (user_id, account_id, purpose, first_at_us, last_at_us) VALUES ($1, $2, $3, $4, $4)
        ON CONFLICT (user_id, account_id, purpose) DO UPDATE SET last_at_us = $4";
const SIGNATURES: &str = "
    SELECT signed_by, signed_at_us FROM wall_signature WHERE user_id = $1 ORDER BY signed_at_us, id";
const ALL_READINGS: &str = "
    SELECT user_id, account_id, MAX(last_at_us) FROM sealed_reading WHERE ($1 = '' OR user_id = $1)
     GROUP BY user_id, account_id ORDER BY user_id, account_id";
const ALL_SIGNATURES: &str = "
    SELECT user_id, signed_by, signed_at_us FROM wall_signature WHERE ($1 = '' OR user_id = $1)
     ORDER BY user_id, signed_at_us, id";
const MANAGED: &str = "SELECT id FROM product WHERE product_manager_id = $1 LIMIT 1";
const SIGN: &str = "
    INSERT INTO wall_signature (id, user_id, signed_by, signed_by_name, reason, signed_at_us)
    VALUES ($1, $2, $3, $4, $5, $6)";

/// What `user` has read that is sealed, by account, whatever the purpose.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
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
#[boxed]
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
#[boxed]
pub async fn list_wall_signatures(
    tx: &mut ReadTx,
    user: &Id<User>,
) -> Result<Vec<WallSignature>, StoreError> {
    let rows = tx.fetch_all(SIGNATURES, params![user]).await?;
    rows.iter().map(|row| Ok(WallSignature { signed_by: row.id(0)?, signed_at: row.instant(1)? })).collect()
}

/// Ids of the users whose wall stands; `only` one's where it is not empty.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_walled(tx: &mut ReadTx, only: &str) -> Result<BTreeSet<String>, StoreError> {
    let mut readings: BTreeMap<Id<User>, Vec<SealedReading>> = BTreeMap::new();
    for row in tx.fetch_all(ALL_READINGS, params![only]).await? {
        let reading = SealedReading { account_id: row.id(1)?, last_at: row.instant(2)? };
        readings.entry(row.id(0)?).or_default().push(reading);
    }
    if readings.is_empty() {
        return Ok(BTreeSet::new());
    }
    let mut signatures: BTreeMap<Id<User>, Vec<WallSignature>> = BTreeMap::new();
    for row in tx.fetch_all(ALL_SIGNATURES, params![only]).await? {
        let signature = WallSignature { signed_by: row.id(1)?, signed_at: row.instant(2)? };
        signatures.entry(row.id(0)?).or_default().push(signature);
    }
    let signed = |user| signatures.get(user).map_or(&[] as &[_], Vec::as_slice);
    let walled = readings.iter().filter(|(user, read)| wall_stands(user, read, signed(user)));
    Ok(walled.map(|(user, _)| user.to_string()).collect())
}

/// Whether the book has this person manage a product.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn manages_a_product(tx: &mut ReadTx, person: &Id<Person>) -> Result<bool, StoreError> {
    Ok(!tx.fetch_all(MANAGED, params![person]).await?.is_empty())
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
