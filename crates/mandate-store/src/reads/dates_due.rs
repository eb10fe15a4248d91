//! Dates of contracts that come near, with who looks after the account: what the daily telling reads.
//!
//! It asks for no scope: it is Mandate's own work, and each of those it names sees the account because they look after it.

use jiff::civil::Date;
use mandate_domain::book::{Contract, Saved};

use crate::book::{self, Stored};
use crate::boxed;
use crate::db::{ReadTx, StoreError};
use crate::params;

const NEAR: &str = "
    WHERE deleted_at_us IS NULL AND id > $3
      AND account_id IN (SELECT a.id FROM account a WHERE a.deleted_at_us IS NULL
            AND (a.account_manager_id IN (SELECT u.person_id FROM app_user u WHERE u.state = 'active')
              OR a.negotiator_id IN (SELECT u.person_id FROM app_user u WHERE u.state = 'active')))
      AND ((renews_on >= $1 AND renews_on <= $2) OR (ends_on >= $1 AND ends_on <= $2)
        OR (price_change_on >= $1 AND price_change_on <= $2))
    ORDER BY id LIMIT $4";
const LOOKED_AFTER_BY: &str = "
    SELECT DISTINCT u.id FROM app_user u JOIN account a
        ON u.person_id = a.account_manager_id OR u.person_id = a.negotiator_id
     WHERE a.id = $1 AND u.state = 'active' AND u.account_id IS NULL ORDER BY u.id";

/// Live contracts with a date from `today` to `until`, of accounts that a user looks after, in the order of their ids from
/// after `after`.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_contracts_with_dates(
    tx: &mut ReadTx,
    (today, until): (Date, Date),
    after: &str,
    limit: usize,
) -> Result<Vec<Saved<Contract>>, StoreError> {
    let sql = format!("{} {NEAR}", Contract::SELECT);
    tx.fetch_all(&sql, params![today, until, after, limit]).await?.iter().map(book::read_saved).collect()
}

/// The active users who manage the account or negotiate for it.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_users_looking_after(
    tx: &mut ReadTx,
    account: &str,
) -> Result<Vec<mandate_domain::Id<mandate_domain::identity::User>>, StoreError> {
    tx.fetch_all(LOOKED_AFTER_BY, params![account]).await?.iter().map(|row| row.id(0)).collect()
}
