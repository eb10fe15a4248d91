//! What may need a person today, from every room that has something due; what is due when is decided in `mandate-app`.

use jiff::civil::Date;
use mandate_domain::book::{Account, Contract, Renewal, Turn, Worth, turn};
use mandate_domain::{Id, Instant, Money, Month};

use super::Scope;
use super::turn::turn_on;
use super::worth::{VALUE, WORTH, read_worth};
use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, Value};
use crate::params;

/// The account a row is about.
#[derive(Clone, Debug)]
pub struct AccountLine {
    /// Its id.
    pub id: Id<Account>,
    /// Its name.
    pub name: String,
    /// What it is worth a year.
    pub worth: Worth,
}

fn account(row: &Row) -> Result<AccountLine, StoreError> {
    let currency = row.parsed(2, mandate_domain::Currency::stored)?;
    Ok(AccountLine { id: row.id(0)?, name: row.text(1)?, worth: read_worth(row, 3, currency)? })
}

async fn scoped(
    tx: &mut ReadTx,
    columns: &str,
    rest: &str,
    order: &str,
    scope: &Scope,
    values: Vec<Value>,
) -> Result<Vec<Row>, StoreError> {
    let (condition, more) = scope.condition("a.id", values.len() + 1);
    let sql = format!(
        "SELECT a.id, a.name, a.currency, {WORTH}, {columns} {rest} AND a.deleted_at_us IS NULL AND {condition} {order}"
    );
    tx.fetch_all(&sql, values.into_iter().chain(more).collect()).await
}

/// A result that a client contests and that is not settled.
#[derive(Clone, Debug)]
pub struct ContestedLine {
    /// Whose.
    pub account: AccountLine,
    /// The measure's id.
    pub kpi_id: String,
    /// The measure's name.
    pub kpi_name: String,
    /// Which month.
    pub month: Month,
    /// Since when.
    pub since: Instant,
    /// Who contests it, if named.
    pub client_person: Option<String>,
}

/// Contested results that nothing settled since, oldest first, at most 20.
///
/// # Errors
/// [`StoreError`] when they cannot be read; so for every function here.
#[boxed]
pub async fn list_contested(tx: &mut ReadTx, scope: &Scope) -> Result<Vec<ContestedLine>, StoreError> {
    contested(tx, scope, ("", "LIMIT 20"), vec![]).await
}

/// All contested results of an account that nothing settled since, oldest first.
///
/// # Errors
/// As [`list_contested`].
#[boxed]
pub async fn contested_of(
    tx: &mut ReadTx,
    scope: &Scope,
    account: &Id<Account>,
) -> Result<Vec<ContestedLine>, StoreError> {
    contested(tx, scope, ("AND r.account_id = $1", ""), params![account]).await
}

async fn contested(
    tx: &mut ReadTx,
    scope: &Scope,
    (of, limit): (&str, &str),
    values: Vec<Value>,
) -> Result<Vec<ContestedLine>, StoreError> {
    const REST: &str = "
          FROM result_review r
          JOIN account a ON a.id = r.account_id
          JOIN kpi k ON k.id = r.kpi_id
          LEFT JOIN person p ON p.id = r.client_person_id
         WHERE r.verdict = 'contested'
           AND NOT EXISTS (SELECT 1 FROM result_review later
                WHERE later.kpi_id = r.kpi_id AND later.account_id = r.account_id AND later.month = r.month
                  AND (later.case_id IS NULL OR later.case_id = r.case_id) AND (later.created_at_us, later.id) > (r.created_at_us, r.id))";
    let columns = "k.id, k.name, r.month, r.created_at_us, p.name";
    let (rest, order) = (format!("{REST} {of}"), format!("ORDER BY r.created_at_us, r.id {limit}"));
    let rows = scoped(tx, columns, &rest, &order, scope, values).await?;
    rows.iter()
        .map(|row| {
            Ok(ContestedLine {
                account: account(row)?,
                kpi_id: row.text(6)?,
                kpi_name: row.text(7)?,
                month: row.month(8)?,
                since: row.instant(9)?,
                client_person: row.text_or_null(10)?,
            })
        })
        .collect()
}

/// Something proposed that waits for a decision.
#[derive(Clone, Debug)]
pub struct ProposedLine {
    /// Whose.
    pub account: AccountLine,
    /// Its id.
    pub id: String,
    /// By whom, or for which month.
    pub detail: String,
    /// Since when.
    pub since: Instant,
    /// How much, for a credit.
    pub amount: Option<Money>,
}

/// Exclusions that one side proposed and the other has not decided, oldest first, at most 20.
///
/// # Errors
/// As [`list_contested`].
#[boxed]
pub async fn list_proposed_exclusions(
    tx: &mut ReadTx,
    scope: &Scope,
) -> Result<Vec<ProposedLine>, StoreError> {
    const REST: &str = "
          FROM exclusion e
          JOIN account a ON a.id = e.account_id
          LEFT JOIN person p ON p.id = e.proposed_person_id
          LEFT JOIN app_user u ON u.id = e.proposed_by
         WHERE e.state = 'proposed'";
    // Who asked for it; without a name, by what it came in: `operator`, `system`, `demo`.
    let columns = "e.id, COALESCE(p.name, u.display_name, e.proposed_by), e.proposed_at_us";
    let rows = scoped(tx, columns, REST, "ORDER BY e.proposed_at_us, e.id LIMIT 20", scope, vec![]).await?;
    rows.iter()
        .map(|row| {
            let (id, detail, since) = (row.text(6)?, row.text(7)?, row.instant(8)?);
            Ok(ProposedLine { account: account(row)?, id, detail, since, amount: None })
        })
        .collect()
}

/// Service credits that were proposed and are neither agreed nor waived, oldest first, at most 20.
///
/// # Errors
/// As [`list_contested`].
#[boxed]
pub async fn list_proposed_credits(tx: &mut ReadTx, scope: &Scope) -> Result<Vec<ProposedLine>, StoreError> {
    const REST: &str =
        "FROM service_credit c JOIN account a ON a.id = c.account_id WHERE c.state = 'proposed'";
    let columns = "c.id, c.month, c.changed_at_us, c.credit_minor, c.currency";
    let rows = scoped(tx, columns, REST, "ORDER BY c.changed_at_us, c.id LIMIT 20", scope, vec![]).await?;
    rows.iter()
        .map(|row| {
            let amount = Money::new(row.int(9)?, row.parsed(10, mandate_domain::Currency::stored)?);
            let (id, detail, since) = (row.text(6)?, row.text(7)?, row.instant(8)?);
            Ok(ProposedLine { account: account(row)?, id, detail, since, amount: Some(amount) })
        })
        .collect()
}

/// A contract with a date ahead.
#[derive(Clone, Debug)]
pub struct ContractLine {
    /// Whose.
    pub account: AccountLine,
    /// Its id.
    pub id: Id<Contract>,
    /// Its title.
    pub title: String,
    /// When it renews or ends.
    pub turn: Option<Turn>,
    /// The last day on which notice counts before that.
    pub notice_on: Option<Date>,
    /// When prices may next change.
    pub price_change_on: Option<Date>,
}

/// Contracts that renew, end, change price or may last be given notice of between two days, at most 200: by the first of those days that
/// lies between them.
///
/// # Errors
/// As [`list_contested`].
#[boxed]
pub async fn list_contract_dates(
    tx: &mut ReadTx,
    scope: &Scope,
    from: Date,
    until: Date,
) -> Result<Vec<ContractLine>, StoreError> {
    const REST: &str = concat!(
        "
          FROM contract c JOIN account a ON a.id = c.account_id
         WHERE c.deleted_at_us IS NULL AND (",
        turn_on!("c"),
        " BETWEEN $1 AND $2 OR c.notice_on BETWEEN $1 AND $2
                OR c.price_change_on BETWEEN $1 AND $2)"
    );
    // The least of three columns has another name in each database, and is nothing in SQLite where one of them is.
    const ORDER: &str = concat!(
        "
         ORDER BY (SELECT MIN(d.day)
                     FROM (SELECT ",
        turn_on!("c"),
        " AS day
                           UNION ALL SELECT c.notice_on UNION ALL SELECT c.price_change_on) d
                    WHERE d.day BETWEEN $1 AND $2), c.id LIMIT 200"
    );
    let columns = "c.id, c.title, c.renewal, c.ends_on, c.renews_on, c.notice_on, c.price_change_on";
    let rows = scoped(tx, columns, REST, ORDER, scope, params![from, until]).await?;
    rows.iter()
        .map(|row| {
            Ok(ContractLine {
                account: account(row)?,
                id: row.id(6)?,
                title: row.text(7)?,
                turn: turn(
                    row.parsed_or_null(8, Renewal::parse)?,
                    row.date_or_null(9)?,
                    row.date_or_null(10)?,
                ),
                notice_on: row.date_or_null(11)?,
                price_change_on: row.date_or_null(12)?,
            })
        })
        .collect()
}

/// An account below its service level in its newest month.
#[derive(Clone, Debug)]
pub struct MissedLine {
    /// Which.
    pub account: AccountLine,
    /// The last of the months it is judged on.
    pub month: Month,
    /// The first of them.
    pub first_month: Month,
    /// Share met on our clock, basis points.
    pub clock_bp: i64,
    /// The goal, basis points.
    pub goal_bp: i64,
    /// Cases settled in it.
    pub n_clocked: i64,
    /// Whether the service level is only assumed.
    pub assumed: bool,
}

/// Accounts that missed their goal in a month from `since` on, those worth most first, at most `limit`.
///
/// # Errors
/// As [`list_contested`].
#[boxed]
pub async fn list_missed(
    tx: &mut ReadTx,
    scope: &Scope,
    since: Month,
    limit: i64,
) -> Result<Vec<MissedLine>, StoreError> {
    const REST: &str = "
          FROM account_standing s JOIN account a ON a.id = s.account_id
         WHERE s.state = 'missed' AND s.month >= $1 AND s.clock_bp IS NOT NULL AND s.goal_bp IS NOT NULL";
    let columns = "s.month, s.clock_bp, s.goal_bp, s.n_clocked, s.assumed, COALESCE(s.first_month, s.month)";
    let order = format!("ORDER BY {VALUE} DESC NULLS LAST, a.id LIMIT {limit}");
    let rows = scoped(tx, columns, REST, &order, scope, params![since]).await?;
    rows.iter()
        .map(|row| {
            Ok(MissedLine {
                account: account(row)?,
                month: row.month(6)?,
                first_month: row.month(11)?,
                clock_bp: row.int(7)?,
                goal_bp: row.int(8)?,
                n_clocked: row.int(9)?,
                assumed: row.flag(10)?,
            })
        })
        .collect()
}

/// What is due: a promise, or an expectation that no promise answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// An open promise, with who delivers it.
    Promise,
    /// An open expectation, with who has it.
    Expectation,
}

/// Something open that is due.
#[derive(Clone, Debug)]
pub struct DueLine {
    /// Whose.
    pub account: AccountLine,
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its day.
    pub due_on: Date,
    /// Who delivers it, or has it, if stated.
    pub person: Option<String>,
}

/// Open promises or expectations due until `until`, the longest due first, at most 20.
///
/// # Errors
/// As [`list_contested`].
#[boxed]
pub async fn list_due(
    tx: &mut ReadTx,
    scope: &Scope,
    due: Due,
    until: Date,
) -> Result<Vec<DueLine>, StoreError> {
    const PROMISES: &str = "
          FROM promise d JOIN account a ON a.id = d.account_id LEFT JOIN person p ON p.id = d.delivery_owner_id
         WHERE d.state = 'open' AND d.deleted_at_us IS NULL AND d.due_on <= $1";
    const EXPECTATIONS: &str = "
          FROM expectation d JOIN account a ON a.id = d.account_id LEFT JOIN person p ON p.id = d.person_id
         WHERE d.state = 'open' AND d.deleted_at_us IS NULL AND d.due_on <= $1
           AND NOT EXISTS (SELECT 1 FROM promise s WHERE s.id = d.promise_id AND s.deleted_at_us IS NULL)";
    let rest = match due {
        Due::Promise => PROMISES,
        Due::Expectation => EXPECTATIONS,
    };
    let columns = "d.id, d.title, d.due_on, p.name";
    let rows = scoped(tx, columns, rest, "ORDER BY d.due_on, d.id LIMIT 20", scope, params![until]).await?;
    rows.iter()
        .map(|row| {
            let (id, title, due_on) = (row.text(6)?, row.text(7)?, row.date(8)?);
            Ok(DueLine { account: account(row)?, id, title, due_on, person: row.text_or_null(9)? })
        })
        .collect()
}

/// An account whose client was never taken through some of its measures.
#[derive(Clone, Debug)]
pub struct UntoldLine {
    /// Which.
    pub account: AccountLine,
    /// How many measures.
    pub n_measures: i64,
}

/// Accounts with measures of their own that nobody at the client was taken through, most valuable first.
///
/// # Errors
/// As [`list_contested`].
#[boxed]
pub async fn list_untold(tx: &mut ReadTx, scope: &Scope, limit: i64) -> Result<Vec<UntoldLine>, StoreError> {
    const REST: &str = "
          FROM kpi k JOIN account a ON a.id = k.account_id
         WHERE k.deleted_at_us IS NULL
           AND NOT EXISTS (SELECT 1 FROM kpi_walkthrough w WHERE w.kpi_id = k.id AND w.account_id = k.account_id)";
    let order = format!(
        "GROUP BY a.id, a.name, a.currency, {WORTH}
         ORDER BY {VALUE} DESC NULLS LAST, a.id LIMIT {limit}"
    );
    let rows = scoped(tx, "COUNT(*)", REST, &order, scope, vec![]).await?;
    rows.iter().map(|row| Ok(UntoldLine { account: account(row)?, n_measures: row.int(6)? })).collect()
}

const ASSUMED: &str = "
    SELECT s.id, s.name, COUNT(*)
      FROM service_level l JOIN event_source s ON s.id = l.source_id
     WHERE l.assumed = 1 AND l.deleted_at_us IS NULL AND s.demo = 0
     GROUP BY s.id, s.name ORDER BY s.name, s.id";

/// Sources whose service levels were proposed by an import profile and never stated: id, name, how many.
///
/// # Errors
/// As [`list_contested`].
#[boxed]
pub async fn list_assumed(tx: &mut ReadTx) -> Result<Vec<(String, String, i64)>, StoreError> {
    let rows = tx.fetch_all(ASSUMED, vec![]).await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?, row.int(2)?))).collect()
}
