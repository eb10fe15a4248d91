//! Measures: their values by account and month, computed from cases and nothing else.

use mandate_domain::book::Account;
use mandate_domain::{Id, Month};
use mandate_store::{StoreError, WriteTx};

/// Recomputes every measure of the `touched` accounts and months, in the transaction that changed their cases.
///
/// # Errors
/// [`StoreError`] when cases cannot be read or values not kept.
pub async fn recompute_values(tx: &mut WriteTx, touched: &[(Id<Account>, Month)]) -> Result<(), StoreError> {
    let _ = (tx, touched);
    Ok(())
}

/// Proposes the usual measures for a source on its first import, marked as assumed; returns how many were made.
///
/// `new_id` gives fresh ids, `first_month` is the month of the source's earliest case.
///
/// # Errors
/// [`StoreError`] when they cannot be kept.
pub async fn propose_measures(
    tx: &mut WriteTx,
    ctx: &crate::Ctx,
    source_id: &str,
    first_month: Month,
) -> Result<usize, StoreError> {
    let _ = (tx, ctx, source_id, first_month);
    Ok(0)
}
