//! Which account and which team the names in event files stand for: the firm's own ids of the book's records.

use std::collections::BTreeMap;

use crate::db::{ReadTx, StoreError};

const ACCOUNTS: &str = "SELECT external_id, id FROM account WHERE external_id IS NOT NULL";
const TEAMS: &str = "SELECT external_id, id FROM team WHERE external_id IS NOT NULL";
const GROUP_NAMES: &str = "SELECT external_id, name FROM team WHERE external_id IS NOT NULL";

/// Ids of accounts by the firm's own ids; also those in the trash, whose facts are kept.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
pub async fn account_ids(tx: &mut ReadTx) -> Result<BTreeMap<String, String>, StoreError> {
    pairs(tx, ACCOUNTS).await
}

/// Ids of teams by the firm's own ids.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
pub async fn team_ids(tx: &mut ReadTx) -> Result<BTreeMap<String, String>, StoreError> {
    pairs(tx, TEAMS).await
}

/// Names of teams by the firm's own ids: what pages call the groups of a source's events.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
pub async fn group_names(tx: &mut ReadTx) -> Result<BTreeMap<String, String>, StoreError> {
    pairs(tx, GROUP_NAMES).await
}

async fn pairs(tx: &mut ReadTx, sql: &str) -> Result<BTreeMap<String, String>, StoreError> {
    tx.fetch_all(sql, vec![]).await?.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
}
