//! Which expectations a client's people see in the portal: those that they wrote, and those of ours that somebody shared.
//!
//! A share names the account, so that an expectation that moves to another account is not seen there until it is shared there. What is
//! read for the portal is listed column by column: no field of ours comes along.

use jiff::civil::Date;
use mandate_domain::book::{Account, Expectation, ExpectationState, Person};
use mandate_domain::identity::User;
use mandate_domain::{Id, Instant};

use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, WriteTx};
use crate::params;

/// Who shows an expectation to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SharedBy {
    /// The client wrote it in the portal: it is theirs to see for good.
    Client,
    /// One of ours shared it, and may stop that.
    Us,
}

/// An expectation as the client's people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedExpectation {
    /// Its id.
    pub id: Id<Expectation>,
    /// In the client's words.
    pub title: String,
    /// Who of the client said it.
    pub person_id: Option<Id<Person>>,
    /// Their name.
    pub person: Option<String>,
    /// When it was said.
    pub stated_on: Date,
    /// By when.
    pub due_on: Option<Date>,
    /// How it will be seen; may be empty.
    pub measure: String,
    /// When our side acknowledged it.
    pub acknowledged_by_us_on: Option<Date>,
    /// When the client did.
    pub acknowledged_by_client_on: Option<Date>,
    /// How it stands.
    pub state: ExpectationState,
    /// When it was settled.
    pub settled_on: Option<Date>,
    /// Who shows it.
    pub shared_by: SharedBy,
}

const SHARED: &str = "
    SELECT e.id, e.title, e.person_id, p.name, e.stated_on, e.due_on, e.measure, e.acknowledged_by_us_on,
           e.acknowledged_by_client_on, e.state, e.settled_on, s.by_client
      FROM expectation_share s
      JOIN expectation e ON e.id = s.expectation_id AND e.account_id = s.account_id
      LEFT JOIN person p ON p.id = e.person_id AND p.account_id = e.account_id
     WHERE s.account_id = $1 AND e.deleted_at_us IS NULL AND (e.id = $2 OR $2 = '')
     ORDER BY CASE WHEN e.state = 'open' THEN 0 ELSE 1 END, COALESCE(e.due_on, '9999-12-31'), e.id";
const LOAD: &str = "
    SELECT s.by_client FROM expectation_share s
      JOIN expectation e ON e.id = s.expectation_id AND e.account_id = s.account_id
     WHERE s.expectation_id = $1";
const SHARE: &str = "
    INSERT INTO expectation_share (expectation_id, account_id, by_client, shared_by, shared_at_us)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (expectation_id, account_id) DO NOTHING";
const UNSHARE: &str = "DELETE FROM expectation_share WHERE expectation_id = $1 AND by_client = 0";

fn read(row: &Row) -> Result<SharedExpectation, StoreError> {
    Ok(SharedExpectation {
        id: row.id(0)?,
        title: row.text(1)?,
        person_id: row.id_or_null(2)?,
        person: row.text_or_null(3)?,
        stated_on: row.date(4)?,
        due_on: row.date_or_null(5)?,
        measure: row.text(6)?,
        acknowledged_by_us_on: row.date_or_null(7)?,
        acknowledged_by_client_on: row.date_or_null(8)?,
        state: row.parsed(9, ExpectationState::parse)?,
        settled_on: row.date_or_null(10)?,
        shared_by: if row.int(11)? == 1 { SharedBy::Client } else { SharedBy::Us },
    })
}

/// What the client of `account` sees, open ones first, the next due first.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn list_shared_expectations(
    tx: &mut ReadTx,
    account: &Id<Account>,
) -> Result<Vec<SharedExpectation>, StoreError> {
    tx.fetch_all(SHARED, params![account, ""]).await?.iter().map(read).collect()
}

/// One of them; `None` for one that is not shared, as for one that is not there.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_shared_expectation(
    tx: &mut ReadTx,
    account: &Id<Account>,
    id: &Id<Expectation>,
) -> Result<Option<SharedExpectation>, StoreError> {
    tx.fetch_optional(SHARED, params![account, id]).await?.as_ref().map(read).transpose()
}

/// Who shows an expectation to its client, if anybody does.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_expectation_share(
    tx: &mut ReadTx,
    id: &Id<Expectation>,
) -> Result<Option<SharedBy>, StoreError> {
    let row = tx.fetch_optional(LOAD, params![id]).await?;
    let by = |row: Row| Ok(if row.int(0)? == 1 { SharedBy::Client } else { SharedBy::Us });
    row.map(by).transpose()
}

/// Shows an expectation to the client of `account`; twice is no error.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn share_expectation(
    tx: &mut WriteTx,
    (id, account): (&Id<Expectation>, &Id<Account>),
    shared_by: SharedBy,
    user: Option<&Id<User>>,
    now: Instant,
) -> Result<(), StoreError> {
    let by_client = i64::from(shared_by == SharedBy::Client);
    tx.execute(SHARE, params![id, account, by_client, user, now]).await.map(|_| ())
}

/// Stops showing an expectation that one of ours shared.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn unshare_expectation(tx: &mut WriteTx, id: &Id<Expectation>) -> Result<(), StoreError> {
    tx.execute(UNSHARE, params![id]).await.map(|_| ())
}

const STALE_SHARES: &str = "
    DELETE FROM expectation_share
     WHERE account_id = $1 AND by_client = 0 AND expectation_id IN (
           SELECT e.id FROM expectation e
            WHERE e.account_id = $2 AND NOT EXISTS (
                  SELECT 1 FROM expectation_share o WHERE o.expectation_id = e.id AND o.account_id = $2))";

/// Takes back what was shared on the account `kept` of expectations that are on `dropped` now and are not shared there: they would
/// be shown again once the two are one.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn drop_stale_shares(tx: &mut WriteTx, kept: &str, dropped: &str) -> Result<(), StoreError> {
    tx.execute(STALE_SHARES, params![kept, dropped]).await?;
    Ok(())
}
