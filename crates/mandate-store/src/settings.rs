//! Settings of the firm, kept in the database so that every node and every backup has them; name and text.
//!
//! What a machine needs before it has a database (address, folder, certificate) is not here but in its settings file.

use crate::boxed;
use crate::db::{ReadTx, StoreError, WriteTx};
use crate::params;

const LIST: &str = "SELECT name, value FROM setting ORDER BY name";
const SAVE: &str = "
    INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

/// Every setting, by name.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_settings(tx: &mut ReadTx) -> Result<Vec<(String, String)>, StoreError> {
    tx.fetch_all(LIST, vec![]).await?.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
}

/// Sets one.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn save_setting(tx: &mut WriteTx, name: &str, value: &str) -> Result<(), StoreError> {
    tx.execute(SAVE, params![name, value]).await.map(|_| ())
}
