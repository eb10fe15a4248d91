//! What an agreed exclusion does: the clocks it reaches are computed anew, and with them the measures.

use mandate_domain::facts::exclusion::Exclusion;
use mandate_domain::facts::source::SourceId;
use mandate_store::facts::cases::Selection;
use mandate_store::{ReadTx, StoreError, boxed};

use super::recompute::Asked;

/// The cases that `exclusion` reaches: its one case, or every case of the account that was open then.
///
/// # Errors
/// [`StoreError`] when sources cannot be read.
#[boxed]
pub(crate) async fn reached_cases(tx: &mut ReadTx, exclusion: &Exclusion) -> Result<Vec<Asked>, StoreError> {
    let one = exclusion.case_id.as_deref().and_then(|id| id.split_once(':'));
    if let Some((source, case_ref)) = one
        && let Ok(source) = SourceId::parse(source)
    {
        return Ok(vec![Asked::new(&source, Selection::Cases(vec![case_ref.to_owned()]))]);
    }
    let period = (exclusion.time.from(), exclusion.time.until());
    Asked::of_account(tx, exclusion.account_id.as_str(), Some(period)).await
}
