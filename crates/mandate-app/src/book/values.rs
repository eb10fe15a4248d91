//! What the contracts of accounts come to: the store keeps it with every write; here it is worked out where a contract began or ended
//! since, and checked.

use jiff::tz::TimeZone;
use mandate_store::book as store;
use mandate_store::{StoreError, boxed};

use crate::ctx::Ctx;

/// Accounts of one transaction.
const AT_ONCE: i64 = 500;

/// Works out what the contracts of accounts come to where one began or ended since, or where it never was; how many accounts. Run at
/// start and every minute: where nothing is due it is one look at an index.
///
/// # Errors
/// [`StoreError`] when it cannot be read or written.
#[boxed]
pub async fn keep_due_values(ctx: &Ctx) -> Result<usize, StoreError> {
    let mut n_kept = 0;
    loop {
        let today = ctx.now().date_in(&TimeZone::UTC);
        let due = store::list_due_values(&mut ctx.begin_read().await?, today, AT_ONCE).await?;
        if due.is_empty() {
            return Ok(n_kept);
        }
        n_kept += due.len();
        store::recount_values(ctx.begin_write().await?, &due, ctx.now()).await?;
    }
}

/// How many accounts are kept with something else than their contracts come to today.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn count_wrong_values(ctx: &Ctx) -> Result<usize, StoreError> {
    let today = ctx.now().date_in(&TimeZone::UTC);
    store::count_wrong_values(&mut ctx.begin_read().await?, today).await
}
