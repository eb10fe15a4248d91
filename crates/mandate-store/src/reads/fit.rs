//! What fit of managers and accounts is counted from: accounts in reach with what they want, managers with what they know, what is
//! expected of them, and what clients say of how they get on.
//!
//! Nothing of an account out of scope is read, so that a manager's load is that of the accounts the reader sees.

use jiff::civil::Date;
use mandate_domain::book::{Account, ExpertiseArea, FitAccount, Person, Topic};
use mandate_domain::{Currency, Id};

use super::Scope;
use crate::boxed;
use crate::db::{ReadTx, Row, StoreError};

const ACCOUNTS: &str = "
    SELECT a.id, a.name, a.account_manager_id, a.currency, COALESCE(a.annual_value_minor, a.contracts_minor), a.industry,
           (SELECT COUNT(*) FROM promise r WHERE r.account_id = a.id AND r.state = 'open' AND r.deleted_at_us IS NULL)
         + (SELECT COUNT(*) FROM expectation e WHERE e.account_id = a.id AND e.state = 'open' AND e.deleted_at_us IS NULL)
         + (SELECT COUNT(*) FROM opportunity o WHERE o.account_id = a.id AND o.closed_on IS NULL AND o.deleted_at_us IS NULL)
      FROM account a WHERE a.deleted_at_us IS NULL";
const WANTED: &str = "
    SELECT DISTINCT p.account_id, e.area, e.topic FROM expertise e JOIN person p ON p.id = e.person_id
     WHERE p.side = 'client' AND p.deleted_at_us IS NULL AND p.left_on IS NULL AND e.deleted_at_us IS NULL";
const MANAGERS: &str = "
    SELECT p.id, p.name FROM person p
     WHERE p.side = 'provider' AND p.deleted_at_us IS NULL
       AND (p.role = 'account_manager' AND p.left_on IS NULL OR p.id IN (SELECT m.account_manager_id FROM account m WHERE m.deleted_at_us IS NULL";
const HAD: &str = "
    SELECT e.person_id, e.area, e.topic, e.level FROM expertise e JOIN person p ON p.id = e.person_id
     WHERE p.side = 'provider' AND e.deleted_at_us IS NULL ORDER BY e.topic_sort, e.id";
const EXPECTED: &str = "
    SELECT COALESCE(e.manager_id, a.account_manager_id), e.account_id, e.state, COALESCE(e.perceived, '') FROM expectation e
      JOIN account a ON a.id = e.account_id
     WHERE e.deleted_at_us IS NULL AND a.deleted_at_us IS NULL AND COALESCE(e.manager_id, a.account_manager_id) IS NOT NULL";
const STATED: &str = "
    SELECT q.our_person_id, c.account_id, q.id, c.name, q.compatibility, q.note, q.stated_on FROM acquaintance q
      JOIN person c ON c.id = q.client_person_id
     WHERE q.compatibility IS NOT NULL AND q.deleted_at_us IS NULL AND c.deleted_at_us IS NULL";

/// An expectation of a manager, as fit counts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FitExpectation {
    /// Of whom.
    pub manager_id: Id<Person>,
    /// By which account.
    pub account_id: Id<Account>,
    /// `open`, `met`, `not_met` or `withdrawn`.
    pub state: String,
    /// How the client sees it; may be empty.
    pub perceived: String,
}

/// What a client's person says of how they get on with one of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FitStatement {
    /// With whom of ours.
    pub our_person_id: Id<Person>,
    /// The client.
    pub account_id: Id<Account>,
    /// The acquaintance it stands on.
    pub acquaintance_id: String,
    /// Who says it.
    pub said_by: String,
    /// 1 badly, 5 very well.
    pub compatibility: i64,
    /// In their words, if any are on record.
    pub words: String,
    /// When.
    pub stated_on: Date,
}

/// Everything fit is counted from.
#[derive(Clone, Debug)]
pub struct FitFacts {
    /// Accounts in reach, by name.
    pub accounts: Vec<FitAccount>,
    /// Who manages, or may manage, accounts, by name.
    pub managers: Vec<(Id<Person>, String)>,
    /// What of ours know: who, what, how well.
    pub had: Vec<(Id<Person>, Topic, i64)>,
    /// Expectations of managers.
    pub expectations: Vec<FitExpectation>,
    /// What clients say.
    pub statements: Vec<FitStatement>,
}

fn topic(row: &Row, area: usize, text: usize) -> Result<Topic, StoreError> {
    Ok(Topic { area: row.parsed(area, ExpertiseArea::parse)?, topic: row.text(text)? })
}

async fn within(
    tx: &mut ReadTx,
    scope: &Scope,
    sql: &str,
    column: &str,
    order: &str,
) -> Result<Vec<Row>, StoreError> {
    let (visible, values) = scope.condition(column, 1);
    tx.fetch_all(&format!("{sql} AND ({visible}) ORDER BY {order}"), values).await
}

fn read_account(row: &Row) -> Result<FitAccount, StoreError> {
    let currency = row.parsed(3, Currency::stored)?;
    let industry = row.text(5)?;
    let wanted =
        Some(Topic { area: ExpertiseArea::Industry, topic: industry }).filter(|it| !it.topic.is_empty());
    Ok(FitAccount {
        id: row.id(0)?,
        name: row.text(1)?,
        manager_id: row.id_or_null(2)?,
        annual_value: row.int_or_null(4)?.map(|minor| (currency, minor)),
        n_open: row.int(6)?,
        wanted: wanted.into_iter().collect(),
    })
}

/// Everything fit is counted from, within `scope`.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn fit_facts(tx: &mut ReadTx, scope: &Scope) -> Result<FitFacts, StoreError> {
    let rows = within(tx, scope, ACCOUNTS, "a.id", "a.name_sort, a.id").await?;
    let mut accounts: Vec<FitAccount> = rows.iter().map(read_account).collect::<Result<_, _>>()?;
    let mut wanted: std::collections::BTreeMap<Id<Account>, Vec<Topic>> = std::collections::BTreeMap::new();
    for row in within(tx, scope, WANTED, "p.account_id", "1, 2, 3").await? {
        wanted.entry(row.id(0)?).or_default().push(topic(&row, 1, 2)?);
    }
    for account in &mut accounts {
        account.wanted.extend(wanted.remove(&account.id).unwrap_or_default());
    }
    // That somebody manages an account out of reach is not told either.
    let (visible, values) = scope.condition("m.id", 1);
    let sql = format!("{MANAGERS} AND ({visible}))) ORDER BY p.name_sort, p.id");
    let managers = tx.fetch_all(&sql, values).await?;
    let managers =
        managers.iter().map(|row| Ok((row.id(0)?, row.text(1)?))).collect::<Result<_, StoreError>>()?;
    let had = tx.fetch_all(HAD, vec![]).await?;
    let had = had
        .iter()
        .map(|row| Ok((row.id(0)?, topic(row, 1, 2)?, row.int(3)?)))
        .collect::<Result<_, StoreError>>()?;
    let expectations = within(tx, scope, EXPECTED, "e.account_id", "e.stated_on, e.id").await?;
    let expectations = expectations
        .iter()
        .map(|row| {
            Ok(FitExpectation {
                manager_id: row.id(0)?,
                account_id: row.id(1)?,
                state: row.text(2)?,
                perceived: row.text(3)?,
            })
        })
        .collect::<Result<_, StoreError>>()?;
    let statements = within(tx, scope, STATED, "c.account_id", "q.stated_on DESC, q.id").await?;
    let statements = statements
        .iter()
        .map(|row| {
            Ok(FitStatement {
                our_person_id: row.id(0)?,
                account_id: row.id(1)?,
                acquaintance_id: row.text(2)?,
                said_by: row.text(3)?,
                compatibility: row.int(4)?,
                words: row.text(5)?,
                stated_on: row.date(6)?,
            })
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(FitFacts { accounts, managers, had, expectations, statements })
}
