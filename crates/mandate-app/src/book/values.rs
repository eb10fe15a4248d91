//! What accounts are worth: the store keeps it with every write; here it is made good for accounts from before it was kept, and checked.

use jiff::tz::TimeZone;
use mandate_store::book as store;
use mandate_store::{StoreError, boxed};

use crate::ctx::Ctx;

/// Accounts of one transaction.
const AT_ONCE: i64 = 500;

/// Works out what accounts are worth that were written before this was kept; how many there were. Run at start and every hour: after the
/// first time there are none.
///
/// # Errors
/// [`StoreError`] when it cannot be read or written.
#[boxed]
pub async fn keep_missing_values(ctx: &Ctx) -> Result<usize, StoreError> {
    let mut n_kept = 0;
    loop {
        let missing = store::list_unvalued(&mut ctx.begin_read().await?, AT_ONCE).await?;
        if missing.is_empty() {
            return Ok(n_kept);
        }
        n_kept += missing.len();
        store::recount_values(ctx.begin_write().await?, missing).await?;
    }
}

/// How many accounts are kept with another worth today than their contracts give.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn count_wrong_values(ctx: &Ctx) -> Result<usize, StoreError> {
    let today = ctx.now().date_in(&TimeZone::UTC);
    store::count_wrong_values(&mut ctx.begin_read().await?, today).await
}
