//! What clocks leave out: the exclusions both sides agreed to. Proposing and agreeing them is not here.

use mandate_domain::Instant;

use crate::boxed;
use crate::db::{ReadTx, StoreError};

const AGREED: &str = "
    SELECT account_id, case_id, from_us, until_us, ground FROM exclusion WHERE state = 'agreed'
     ORDER BY account_id, from_us, id";

/// A stretch of time that does not count, for one case or for all of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreedExclusion {
    /// The account.
    pub account_id: String,
    /// The case, or all cases of the account.
    pub case_id: Option<String>,
    /// From, included.
    pub from: Instant,
    /// Until, not included.
    pub until: Instant,
    /// Why, as kept in the table.
    pub ground: String,
}

/// Every agreed exclusion, by account.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_agreed(tx: &mut ReadTx) -> Result<Vec<AgreedExclusion>, StoreError> {
    let rows = tx.fetch_all(AGREED, vec![]).await?;
    rows.iter()
        .map(|row| {
            Ok(AgreedExclusion {
                account_id: row.text(0)?,
                case_id: row.text_or_null(1)?,
                from: row.instant(2)?,
                until: row.instant(3)?,
                ground: row.text(4)?,
            })
        })
        .collect()
}
