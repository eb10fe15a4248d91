//! One-time links: the first start's set-up (no user yet) and the setting of a password (a user's).

use mandate_domain::identity::User;
use mandate_domain::{Id, Instant};

use crate::boxed;
use crate::db::{ReadTx, StoreError, WriteTx};
use crate::params;

const LOAD: &str = "SELECT user_id, expires_at_us, used_at_us, purpose FROM setup_link WHERE token_hash = $1";
const INSERT: &str = "
    INSERT INTO setup_link (token_hash, user_id, created_at_us, expires_at_us, purpose) VALUES ($1, $2, $3, $4, $5)";
const USE: &str = "UPDATE setup_link SET used_at_us = $1 WHERE token_hash = $2 AND used_at_us IS NULL";
const VOID: &str = "
    UPDATE setup_link SET used_at_us = $1
     WHERE used_at_us IS NULL AND (user_id = $2 OR (user_id IS NULL AND $2 = ''))";

const VOID_LAPSING: &str = "
    UPDATE setup_link SET used_at_us = $1 WHERE used_at_us IS NULL AND user_id = $2 AND expires_at_us <= $3";

/// What a link does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkPurpose {
    /// Sets the firm up, or a user's password.
    Password,
    /// Signs a user in.
    SignIn,
}

impl LinkPurpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::SignIn => "sign_in",
        }
    }
}

/// A link as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Whose password it sets; none for the first start.
    pub user_id: Option<Id<User>>,
    /// When it lapses.
    pub expires_at: Instant,
    /// Whether it was used, or voided by a newer one.
    pub used: bool,
    /// What it does.
    pub purpose: LinkPurpose,
}

/// The link with this hash.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_link(tx: &mut ReadTx, token_hash: &str) -> Result<Option<Link>, StoreError> {
    let Some(row) = tx.fetch_optional(LOAD, params![token_hash]).await? else { return Ok(None) };
    let used = row.instant_or_null(2)?.is_some();
    let purpose = if row.text(3)? == LinkPurpose::SignIn.as_str() {
        LinkPurpose::SignIn
    } else {
        LinkPurpose::Password
    };
    Ok(Some(Link { user_id: row.id_or_null(0)?, expires_at: row.instant(1)?, used, purpose }))
}

/// Adds a link.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn insert_link(
    tx: &mut WriteTx,
    token_hash: &str,
    user: Option<&Id<User>>,
    purpose: LinkPurpose,
    (now, expires_at): (Instant, Instant),
) -> Result<(), StoreError> {
    tx.execute(INSERT, params![token_hash, user, now, expires_at, purpose.as_str()]).await.map(|_| ())
}

/// Uses a link up; false when it was used already.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn use_link(tx: &mut WriteTx, token_hash: &str, now: Instant) -> Result<bool, StoreError> {
    Ok(tx.execute(USE, params![now, token_hash]).await? == 1)
}

/// Voids the open links of `user` that lapse until `until` anyway; one that was meant to hold longer stays.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn void_links_lapsing(
    tx: &mut WriteTx,
    user: &Id<User>,
    now: Instant,
    until: Instant,
) -> Result<(), StoreError> {
    tx.execute(VOID_LAPSING, params![now, user, until]).await.map(|_| ())
}

/// Voids the open links of `user`, or those of the first start.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn void_links(tx: &mut WriteTx, user: Option<&Id<User>>, now: Instant) -> Result<(), StoreError> {
    let user = user.map_or("", Id::as_str);
    tx.execute(VOID, params![now, user]).await.map(|_| ())
}
