//! One case for its page: the row, with the names of its account and team; and its neighbours in the same list.

use mandate_domain::facts::case::DeliveryCase;

use super::Scope;
use crate::boxed;
use crate::db::{ReadTx, StoreError, Value};
use crate::facts::cases::{COLUMNS, read_case};
use crate::params;

const NAMES: &str = "
    SELECT (SELECT a.name FROM account a WHERE a.id = $1 AND a.deleted_at_us IS NULL),
           (SELECT t.name FROM team t WHERE t.id = $2)";
const EXCLUSIONS: &str = "
    SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN state = 'agreed' THEN 1 ELSE 0 END), 0) AS BIGINT)
      FROM exclusion WHERE account_id = $1 AND (case_id = $2 OR case_id IS NULL) AND from_us < $3 AND until_us > $4";

/// The case with this id, if `scope` may see it. A case that states no account is seen by whoever sees everything.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_visible(
    tx: &mut ReadTx,
    scope: &Scope,
    id: &str,
) -> Result<Option<DeliveryCase>, StoreError> {
    let (visible, values) = scope.condition("account_id", 2);
    let sql = format!("SELECT {COLUMNS} FROM delivery_case WHERE id = $1 AND ({visible})");
    let values = [vec![Value::Text(Some(id.to_owned()))], values].concat();
    tx.fetch_optional(&sql, values).await?.as_ref().map(read_case).transpose()
}

/// Names of a case's account and team; nothing for one in the trash.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn load_names(
    tx: &mut ReadTx,
    case: &DeliveryCase,
) -> Result<(Option<String>, Option<String>), StoreError> {
    let row = tx.fetch_one(NAMES, params![case.account_id.clone(), case.team_id.clone()]).await?;
    Ok((row.text_or_null(0)?, row.text_or_null(1)?))
}

/// How many exclusions reach a case, and how many of them are agreed.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn count_exclusions(tx: &mut ReadTx, case: &DeliveryCase) -> Result<(i64, i64), StoreError> {
    let Some(account_id) = case.account_id.clone() else { return Ok((0, 0)) };
    let until = case.last_event_at.plus_seconds(1);
    let row = tx.fetch_one(EXCLUSIONS, params![account_id, case.id(), until, case.opened_at]).await?;
    Ok((row.int(0)?, row.int(1)?))
}
