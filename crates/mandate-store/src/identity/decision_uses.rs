//! What was decided by which right, and the policies by which rights are read.
//!
//! A use is written in the transaction of its decision and never changed; a version of the policies likewise. Sums are
//! by calendar month, the only period a right limits.

use mandate_domain::book::{Account, Product};
use mandate_domain::identity::{Amount, DecisionKind, DecisionRight, DecisionUse};
use mandate_domain::{Currency, Id, Instant, Month};

use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, WriteTx};
use crate::params;

const INSERT: &str = "
    INSERT INTO decision_use (id, right_id, policy, kind, account_id, product_id, subject_kind, subject_id, amount,
           currency, decided_by, decided_by_name, for_user_id, for_name, at_us, month, demo)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
const COLUMNS: &str = "
    u.id, u.right_id, u.policy, u.kind, u.account_id, u.product_id, u.subject_kind, u.subject_id, u.amount, u.currency,
    u.decided_by, u.decided_by_name, u.for_user_id, u.for_name, u.at_us, u.month, u.demo";
const USED_OF_RIGHT: &str = "
    SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM decision_use
     WHERE right_id = $1 AND month = $2 AND ($3 = '' OR subject_id = $3)";
const USED_ALONE: &str = "
    SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM decision_use
     WHERE right_id IS NULL AND account_id = $1 AND kind = $2 AND month = $3 AND COALESCE(for_user_id, decided_by) = $4
       AND ($5 = '' OR subject_id = $5)";
const SUMMARY: &str = "
    SELECT COUNT(*), MAX(at_us), CAST(COALESCE(SUM(CASE WHEN month = $2 THEN amount ELSE 0 END), 0) AS BIGINT),
           CAST(COALESCE(SUM(CASE WHEN month = $2 THEN 1 ELSE 0 END), 0) AS BIGINT)
      FROM decision_use WHERE right_id = $1";
const INSERT_POLICY: &str = "
    INSERT INTO decision_policy (version, policies, tests, saved_by, reason, saved_at_us)
    VALUES ($1, $2, $3, $4, $5, $6)";
const NEWEST_VERSION: &str = "SELECT CAST(COALESCE(MAX(version), 0) AS BIGINT) FROM decision_policy";
const POLICY: &str =
    "SELECT version, policies, tests, saved_by, reason, saved_at_us FROM decision_policy WHERE version = $1";
const POLICIES: &str = "
    SELECT version, policies, tests, saved_by, reason, saved_at_us FROM decision_policy
     ORDER BY version DESC LIMIT 50";

/// Keeps a decision.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn insert_use(tx: &mut WriteTx, used: &DecisionUse) -> Result<(), StoreError> {
    let values = params![
        &used.id,
        used.right_id.as_ref(),
        &used.policy,
        used.amount.kind().as_str(),
        &used.account_id,
        used.product_id.as_ref(),
        &used.subject_kind,
        &used.subject_id,
        used.amount.number(),
        used.amount.currency().map(|currency| currency.code().to_owned()),
        &used.decided_by,
        &used.decided_by_name,
        used.for_user_id.as_ref(),
        used.for_name.clone(),
        used.at,
        used.month,
        used.demo,
    ];
    tx.execute(INSERT, values).await.map(|_| ())
}

/// What a right decided in a month; of one record only, where `subject` names it.
///
/// # Errors
/// [`StoreError`] when it cannot be summed.
#[boxed]
pub async fn used_of_right(
    tx: &mut ReadTx,
    right: &Id<DecisionRight>,
    month: Month,
    subject: &str,
) -> Result<i64, StoreError> {
    tx.fetch_one(USED_OF_RIGHT, params![right, month, subject]).await?.int(0)
}

/// What somebody decided on an account in a month without any right, by a policy alone.
///
/// # Errors
/// [`StoreError`] when it cannot be summed.
#[boxed]
pub async fn used_alone(
    tx: &mut ReadTx,
    (account, kind): (&Id<Account>, DecisionKind),
    month: Month,
    (decider, subject): (&str, &str),
) -> Result<i64, StoreError> {
    tx.fetch_one(USED_ALONE, params![account, kind.as_str(), month, decider, subject]).await?.int(0)
}

/// Used against granted: how often, when last, and how much in one month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UseSummary {
    /// Decisions ever.
    pub n_uses: i64,
    /// The last one.
    pub last_at: Option<Instant>,
    /// The month's sum, in the unit of the right.
    pub month_sum: i64,
    /// The month's decisions.
    pub n_month: i64,
}

/// What a right was used for.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn summarise_uses(
    tx: &mut ReadTx,
    right: &Id<DecisionRight>,
    month: Month,
) -> Result<UseSummary, StoreError> {
    let row = tx.fetch_one(SUMMARY, params![right, month]).await?;
    Ok(UseSummary {
        n_uses: row.int(0)?,
        last_at: row.instant_or_null(1)?,
        month_sum: row.int(2)?,
        n_month: row.int(3)?,
    })
}

/// The newest uses of a right.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_uses(
    tx: &mut ReadTx,
    right: &Id<DecisionRight>,
    limit: usize,
) -> Result<Vec<DecisionUse>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM decision_use u WHERE u.right_id = $1 ORDER BY u.at_us DESC, u.id DESC LIMIT $2"
    );
    tx.fetch_all(&sql, params![right, limit]).await?.iter().map(read_use).collect()
}

/// Decisions on an account's credits and exclusions that a substitute made, the oldest first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_substituted(
    tx: &mut ReadTx,
    account: &Id<Account>,
) -> Result<Vec<DecisionUse>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM decision_use u
          WHERE u.account_id = $1 AND u.kind IN ('credit', 'exclusion') AND u.for_name IS NOT NULL
          ORDER BY u.at_us, u.id"
    );
    tx.fetch_all(&sql, params![account]).await?.iter().map(read_use).collect()
}

fn read_use(row: &Row) -> Result<DecisionUse, StoreError> {
    let kind = row.parsed(3, DecisionKind::parse)?;
    let product_id: Option<Id<Product>> = row.id_or_null(5)?;
    Ok(DecisionUse {
        id: row.id(0)?,
        right_id: row.id_or_null(1)?,
        policy: row.text(2)?,
        account_id: row.id(4)?,
        product_id,
        subject_kind: row.text(6)?,
        subject_id: row.text(7)?,
        amount: Amount::of(kind, row.int(8)?, row.parsed_or_null(9, Currency::stored)?),
        decided_by: row.text(10)?,
        decided_by_name: row.text(11)?,
        for_user_id: row.id_or_null(12)?,
        for_name: row.text_or_null(13)?,
        at: row.instant(14)?,
        month: row.month(15)?,
        demo: row.flag(16)?,
    })
}

/// A version of the policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPolicies {
    /// Counts versions, from 1.
    pub version: i64,
    /// The policies' text.
    pub policies: String,
    /// The tests beside it, which it passed.
    pub tests: String,
    /// Who saved it: a user's id, or `operator`.
    pub saved_by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub saved_at: Instant,
}

/// Keeps a version of the policies; the newest decides from the commit on.
///
/// # Errors
/// [`StoreError::Duplicate`] when that version was saved meanwhile.
#[boxed]
pub async fn insert_policies(tx: &mut WriteTx, stored: &StoredPolicies) -> Result<(), StoreError> {
    let values = params![
        stored.version,
        &stored.policies,
        &stored.tests,
        &stored.saved_by,
        &stored.reason,
        stored.saved_at,
    ];
    tx.execute(INSERT_POLICY, values).await.map(|_| ())
}

/// The newest version, 0 while those that come with the program decide.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn newest_policy_version(tx: &mut ReadTx) -> Result<i64, StoreError> {
    tx.fetch_one(NEWEST_VERSION, vec![]).await?.int(0)
}

/// One version.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_policies(tx: &mut ReadTx, version: i64) -> Result<Option<StoredPolicies>, StoreError> {
    tx.fetch_optional(POLICY, params![version]).await?.as_ref().map(read_policies).transpose()
}

/// The newest fifty versions, the newest first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_policies(tx: &mut ReadTx) -> Result<Vec<StoredPolicies>, StoreError> {
    tx.fetch_all(POLICIES, vec![]).await?.iter().map(read_policies).collect()
}

fn read_policies(row: &Row) -> Result<StoredPolicies, StoreError> {
    Ok(StoredPolicies {
        version: row.int(0)?,
        policies: row.text(1)?,
        tests: row.text(2)?,
        saved_by: row.text(3)?,
        reason: row.text(4)?,
        saved_at: row.instant(5)?,
    })
}
