//! What an agreed exclusion does: the clocks it reaches are computed anew, and with them the measures.

use mandate_domain::facts::exclusion::Exclusion;
use mandate_store::reads::kpi_cases::list_cases_between;
use mandate_store::{StoreError, WriteTx};

use super::kpi_values::recompute_values;
use crate::ctx::Ctx;

/// Recomputes the cases that `exclusion` reaches: its one case, or every case of the account that was open then.
///
/// # Errors
/// [`StoreError`] when cases cannot be read or kept.
pub(crate) async fn recompute_touched(
    ctx: &Ctx,
    tx: &mut WriteTx,
    exclusion: &Exclusion,
) -> Result<(), StoreError> {
    let touched = list_cases_between(
        tx,
        &exclusion.account_id,
        exclusion.case_id.as_deref(),
        exclusion.time.from(),
        exclusion.time.until(),
    )
    .await?;
    let _ = ctx;
    let mut months: Vec<_> = touched.iter().map(|case| case.month).collect();
    months.sort_unstable();
    months.dedup();
    let months: Vec<_> = months.into_iter().map(|month| (exclusion.account_id.clone(), month)).collect();
    recompute_values(tx, &months).await
}
