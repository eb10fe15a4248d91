//! Amendments beside one another: those of a contract, those whose terms are not in their contract yet.

use jiff::ToSpan;
use jiff::civil::Date;
use mandate_domain::Id;
use mandate_domain::book::{Amendment, Contract, Saved};

use super::records::read_saved;
use super::tables::Stored;
use crate::boxed;
use crate::db::{ReadTx, StoreError, WriteTx};
use crate::params;

/// The amendments of a contract, the first to take effect first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn amendments_of(
    tx: &mut ReadTx,
    contract: &Id<Contract>,
) -> Result<Vec<Saved<Amendment>>, StoreError> {
    let sql = format!(
        "{} WHERE contract_id = $1 AND deleted_at_us IS NULL ORDER BY effective_on, id",
        Amendment::SELECT
    );
    tx.fetch_all(&sql, params![contract]).await?.iter().map(read_saved).collect()
}

/// The amendments whose day has come in some zone by `today` (of UTC) and whose terms are not in their contract yet, the first
/// to take effect first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn unapplied_amendments(tx: &mut ReadTx, today: Date) -> Result<Vec<Saved<Amendment>>, StoreError> {
    let sql = format!(
        "{} WHERE applied = 0 AND effective_on <= $1 AND deleted_at_us IS NULL ORDER BY effective_on, id",
        Amendment::SELECT
    );
    let latest = today.saturating_add(1.day());
    tx.fetch_all(&sql, params![latest]).await?.iter().map(read_saved).collect()
}

const APPLY: &str = "UPDATE amendment SET applied = 1 WHERE id = $1 AND applied = 0";

/// Notes that its terms are in the contract. Its version stays: nobody's words in it changed.
///
/// # Errors
/// [`StoreError::Stale`] when somebody else noted it first.
#[boxed]
pub async fn mark_applied(tx: &mut WriteTx, amendment: &Saved<Amendment>) -> Result<(), StoreError> {
    match tx.execute(APPLY, params![&amendment.id]).await? {
        0 => Err(StoreError::Stale { table: "amendment" }),
        _ => Ok(()),
    }
}
