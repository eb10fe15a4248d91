//! What is expected and seen of an account's manager: expectations of them, promises of theirs, their talks with the client.
//!
//! The caller has loaded the account within the reader's scope. Coverage is `reads::coverage`.

use jiff::civil::Date;
use mandate_domain::Id;
use mandate_domain::book::{Account, Expectation, Person, Promise, Saved};

use super::book_pages::load_all;
use crate::boxed;
use crate::db::{ReadTx, StoreError};
use crate::params;

const TALKS: &str = "
    SELECT COUNT(DISTINCT m.id), MAX(m.happened_on) FROM communication m
      JOIN record_link k ON k.record_id = m.id AND k.record_kind = 'communication' AND k.target_id = $2
     WHERE m.account_id = $1 AND m.happened_on >= $3 AND m.deleted_at_us IS NULL";

/// What is on record of a manager and an account.
#[derive(Clone, Debug)]
pub struct ManagerRecords {
    /// Expectations of them, or of whoever manages the account, those that are open first.
    pub expectations: Vec<Saved<Expectation>>,
    /// Promises they made or deliver, the newest first.
    pub promises: Vec<Saved<Promise>>,
    /// Their talks with the client since the day asked for.
    pub n_talks: i64,
    /// The last of them.
    pub last_talk_on: Option<Date>,
}

/// What is on record of `manager` and `account`; talks since `since`.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn manager_records(
    tx: &mut ReadTx,
    account: &Id<Account>,
    manager: &Id<Person>,
    since: Date,
) -> Result<ManagerRecords, StoreError> {
    let expectations = load_all(
        tx,
        "account_id = $1 AND (manager_id = $2 OR manager_id IS NULL)",
        "CASE WHEN state = 'open' THEN 0 ELSE 1 END, stated_on DESC, id",
        params![account, manager],
    )
    .await?;
    let promises = load_all(
        tx,
        "account_id = $1 AND (made_by_id = $2 OR delivery_owner_id = $2)",
        "made_on DESC, id",
        params![account, manager],
    )
    .await?;
    let talks = tx.fetch_one(TALKS, params![account, manager, since]).await?;
    Ok(ManagerRecords {
        expectations,
        promises,
        n_talks: talks.int(0)?,
        last_talk_on: talks.date_or_null(1)?,
    })
}
