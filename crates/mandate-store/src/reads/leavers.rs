//! What somebody answers for in the book: named when they leave, so that nothing is left without anybody.

use mandate_domain::Id;
use mandate_domain::book::Person;

use crate::boxed;
use crate::db::{ReadTx, StoreError};
use crate::params;

const ANSWERS_FOR: &str = "
    SELECT 'account_manager', id, name FROM account WHERE account_manager_id = $1 AND deleted_at_us IS NULL
    UNION ALL
    SELECT 'negotiator', id, name FROM account WHERE negotiator_id = $1 AND deleted_at_us IS NULL
    UNION ALL
    SELECT 'product_manager', id, name FROM product WHERE product_manager_id = $1 AND deleted_at_us IS NULL
    UNION ALL
    SELECT 'head', id, name FROM line_of_business WHERE head_person_id = $1 AND deleted_at_us IS NULL
    UNION ALL
    SELECT 'team_lead', id, name FROM team WHERE lead_person_id = $1 AND deleted_at_us IS NULL
     ORDER BY 1, 3, 2";

/// Something that somebody answers for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswersFor {
    /// As what: `account_manager`, `negotiator`, `product_manager`, `head` (of a line of business) or `team_lead`.
    pub capacity: String,
    /// The record's id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// Everything a person answers for.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn list_answers_for(tx: &mut ReadTx, person: &Id<Person>) -> Result<Vec<AnswersFor>, StoreError> {
    let rows = tx.fetch_all(ANSWERS_FOR, params![person]).await?;
    let read = |row: &crate::db::Row| {
        Ok(AnswersFor { capacity: row.text(0)?, id: row.text(1)?, name: row.text(2)? })
    };
    rows.iter().map(read).collect()
}
