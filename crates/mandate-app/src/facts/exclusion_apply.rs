//! What an agreed exclusion does: the clocks it reaches are computed anew, and with them the measures.

use mandate_domain::facts::exclusion::Exclusion;
use mandate_domain::facts::source::SourceId;
use mandate_store::WriteTx;
use mandate_store::facts::cases::Selection;

use super::recompute::{RecomputeError, recompute_account_in, recompute_in};
use crate::ctx::Ctx;

/// Recomputes the cases that `exclusion` reaches: its one case, or every case of the account that was open then.
///
/// # Errors
/// [`RecomputeError`]; then drop the transaction.
pub(crate) async fn recompute_touched(
    ctx: &Ctx,
    tx: &mut WriteTx,
    exclusion: &Exclusion,
) -> Result<(), RecomputeError> {
    let one = exclusion.case_id.as_deref().and_then(|id| id.split_once(':'));
    if let Some((source, case_ref)) = one
        && let Ok(source) = SourceId::parse(source)
    {
        let selection = Selection::Cases(vec![case_ref.to_owned()]);
        recompute_in(ctx, tx, &source, &selection).await?;
        return Ok(());
    }
    let period = (exclusion.time.from(), exclusion.time.until());
    recompute_account_in(ctx, tx, exclusion.account_id.as_str(), Some(period)).await?;
    Ok(())
}
