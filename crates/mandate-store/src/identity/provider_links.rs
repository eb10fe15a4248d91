//! Who somebody is at a sign-on provider: the provider's own name for them, stored at the first use.

use mandate_domain::identity::User;
use mandate_domain::{Id, Instant};

use crate::boxed;
use crate::db::{ReadTx, StoreError, WriteTx};
use crate::params;

const BY_SUBJECT: &str = "SELECT user_id FROM provider_link WHERE issuer = $1 AND subject = $2";
const BY_USER: &str = "SELECT subject FROM provider_link WHERE issuer = $1 AND user_id = $2 ORDER BY subject";
const SAVE: &str = "
    INSERT INTO provider_link (issuer, subject, user_id, created_at_us) VALUES ($1, $2, $3, $4)
    ON CONFLICT (issuer, subject) DO UPDATE SET user_id = excluded.user_id, created_at_us = excluded.created_at_us";
const COUNT_OF_USER: &str = "SELECT COUNT(*) FROM provider_link WHERE user_id = $1";
const DELETE_OF_USER: &str = "DELETE FROM provider_link WHERE user_id = $1";

/// The user whom `issuer` calls `subject`.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_provider_user(
    tx: &mut ReadTx,
    issuer: &str,
    subject: &str,
) -> Result<Option<Id<User>>, StoreError> {
    tx.fetch_optional(BY_SUBJECT, params![issuer, subject]).await?.map(|row| row.id(0)).transpose()
}

/// What `issuer` calls a user: none before the first use.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_subjects(
    tx: &mut ReadTx,
    issuer: &str,
    user: &Id<User>,
) -> Result<Vec<String>, StoreError> {
    tx.fetch_all(BY_USER, params![issuer, user]).await?.iter().map(|row| row.text(0)).collect()
}

/// How many names providers have for a user.
///
/// # Errors
/// [`StoreError`] when they cannot be counted.
#[boxed]
pub async fn count_provider_links(tx: &mut ReadTx, user: &Id<User>) -> Result<i64, StoreError> {
    tx.fetch_one(COUNT_OF_USER, params![user]).await?.int(0)
}

/// Keeps what `issuer` calls a user.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn save_provider_link(
    tx: &mut WriteTx,
    issuer: &str,
    subject: &str,
    user: &Id<User>,
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute(SAVE, params![issuer, subject, user, now]).await.map(|_| ())
}

/// Forgets what any provider calls a user; returns how many names.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn delete_provider_links(tx: &mut WriteTx, user: &Id<User>) -> Result<u64, StoreError> {
    tx.execute(DELETE_OF_USER, params![user]).await
}
