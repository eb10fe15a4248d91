//! What growth is reckoned from: actuals by account, product, month and currency, how long accounts are clients, opportunities, rates,
//! and what warns of a contract that comes up.
//!
//! A row of actuals is one account, product, month and currency already, so nothing is summed here: sums of two currencies take a rate,
//! and those are the domain's. Costs are read by who is cleared for them only, in a statement of their own.

use jiff::civil::Date;
use mandate_domain::book::growth::{RevenueRow, Tenure};
use mandate_domain::book::{
    Account, Contract, ExchangeRate, Opportunity, OpportunityStage, Person, Product, Renewal, Turn, Worth,
    turn,
};
use mandate_domain::{Clearance, Currency, Id, Labeled, Money, Month, Purpose};

use super::Scope;
use super::running::runs;
use super::turn::{is_ended, turn_on};
use super::worth::read_worth;
use crate::book::{self, Stored};
use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, Value};
use crate::params;

/// An account as growth names it.
#[derive(Clone, Debug)]
pub struct GrowthAccount {
    /// Its id.
    pub id: Id<Account>,
    /// Its name.
    pub name: String,
    /// What it is worth a year.
    pub worth: Worth,
    /// Who answers for it.
    pub account_manager: Option<(Id<Person>, String)>,
    /// Since when it has figures and when its last contract ended; none without any figure.
    pub tenure: Option<Tenure>,
}

/// Which actuals are asked for.
#[derive(Clone, Copy, Debug)]
pub enum Of<'a> {
    /// All within the scope.
    Everything,
    /// One account's.
    Account(&'a Id<Account>),
    /// One product's.
    Product(&'a Id<Product>),
}

impl Of<'_> {
    fn condition(self, next: usize) -> (String, Vec<Value>) {
        match self {
            Self::Everything => ("1 = 1".to_owned(), vec![]),
            Self::Account(id) => (format!("x.account_id = ${next}"), params![id]),
            Self::Product(id) => (format!("x.product_id = ${next}"), params![id]),
        }
    }
}

async fn scoped(
    tx: &mut ReadTx,
    sql: &str,
    order: &str,
    scope: &Scope,
    of: Of<'_>,
    values: Vec<Value>,
) -> Result<Vec<Row>, StoreError> {
    let (whose, more) = of.condition(values.len() + 1);
    let mut values: Vec<Value> = values.into_iter().chain(more).collect();
    let (visible, more) = scope.condition("x.account_id", values.len() + 1);
    values.extend(more);
    tx.fetch_all(&format!("{sql} AND {whose} AND {visible} {order}"), values).await
}

const NEWEST_MONTH: &str = "
    SELECT MAX(x.month) FROM actual x JOIN account a ON a.id = x.account_id
     WHERE x.revenue_minor IS NOT NULL AND x.deleted_at_us IS NULL AND a.deleted_at_us IS NULL";

/// The newest month with revenue of any account within `scope`.
///
/// # Errors
/// [`StoreError`] when it cannot be read; so for every function here.
pub async fn newest_month(tx: &mut ReadTx, scope: &Scope, of: Of<'_>) -> Result<Option<Month>, StoreError> {
    let rows = scoped(tx, NEWEST_MONTH, "", scope, of, vec![]).await?;
    rows.first().map_or(Ok(None), |row| row.parsed_or_null(0, Month::parse))
}

/// What an account took and paid of a product in a month.
#[derive(Clone, Debug)]
pub struct ActualRow {
    /// Whose.
    pub account_id: Id<Account>,
    /// Of which product.
    pub product_id: Id<Product>,
    /// In which month.
    pub month: Month,
    /// The currency of its amounts.
    pub currency: Currency,
    /// What was invoiced, where it is stated.
    pub revenue: Option<Money>,
    /// How many units, where it is stated.
    pub volume: Option<i64>,
}

impl ActualRow {
    /// As the rules of growth take it; none where no revenue is stated.
    pub fn revenue_row(&self) -> Option<RevenueRow> {
        let (account_id, product_id) = (self.account_id.clone(), self.product_id.clone());
        Some(RevenueRow { account_id, product_id, month: self.month, revenue: self.revenue? })
    }
}

const ACTUALS: &str = "
    SELECT x.account_id, x.product_id, x.month, x.currency, x.revenue_minor, x.volume
      FROM actual x JOIN account a ON a.id = x.account_id
     WHERE x.month BETWEEN $1 AND $2 AND (x.revenue_minor IS NOT NULL OR x.volume IS NOT NULL)
       AND x.deleted_at_us IS NULL AND a.deleted_at_us IS NULL";

/// Actuals from `first` to `last`, both within, by account and month. A row that states nothing but a cost is none: it would tell
/// who is not cleared that there is one.
///
/// # Errors
/// As [`newest_month`].
pub async fn list_actuals(
    tx: &mut ReadTx,
    scope: &Scope,
    of: Of<'_>,
    (first, last): (Month, Month),
) -> Result<Vec<ActualRow>, StoreError> {
    let order = "ORDER BY x.account_id, x.month, x.product_id, x.currency";
    let rows = scoped(tx, ACTUALS, order, scope, of, params![first, last]).await?;
    rows.iter()
        .map(|row| {
            let currency = row.parsed(3, Currency::stored)?;
            Ok(ActualRow {
                account_id: row.id(0)?,
                product_id: row.id(1)?,
                month: row.month(2)?,
                currency,
                revenue: row.int_or_null(4)?.map(|minor| Money::new(minor, currency)),
                volume: row.int_or_null(5)?,
            })
        })
        .collect()
}

const COSTS: &str = "
    SELECT x.month, x.currency, k.cost_minor
      FROM actual x JOIN account a ON a.id = x.account_id JOIN actual_cost k ON k.actual_id = x.id
     WHERE x.month BETWEEN $1 AND $2 AND k.cost_minor IS NOT NULL AND x.deleted_at_us IS NULL AND a.deleted_at_us IS NULL";

/// What it cost, by month; nothing is read for who is not cleared for costs.
///
/// # Errors
/// As [`newest_month`].
pub async fn list_costs(
    tx: &mut ReadTx,
    scope: &Scope,
    clearance: Clearance,
    of: Of<'_>,
    (first, last): (Month, Month),
) -> Result<Vec<(Month, Labeled<Money>)>, StoreError> {
    if !clearance.has(Purpose::Cost) {
        return Ok(vec![]);
    }
    let rows = scoped(tx, COSTS, "ORDER BY x.month, x.id", scope, of, params![first, last]).await?;
    rows.iter()
        .map(|row| {
            let cost = Money::new(row.int(2)?, row.parsed(1, Currency::stored)?);
            Ok((row.month(0)?, Labeled::new(Purpose::Cost, cost)))
        })
        .collect()
}

const ACCOUNTS: &str = concat!(
    "
    SELECT x.account_id, x.name, x.currency, x.annual_value_minor, x.contracts_minor, x.contracts_elsewhere, m.id, m.name,
           (SELECT MIN(f.month) FROM actual f
             WHERE f.account_id = x.account_id AND f.revenue_minor IS NOT NULL AND f.deleted_at_us IS NULL),
           (SELECT CASE WHEN COUNT(*) = SUM(CASE WHEN c.ends_on IS NOT NULL AND ",
    is_ended!("c"),
    " THEN 1 ELSE 0 END)
                        THEN MAX(c.ends_on) END
              FROM contract c WHERE c.account_id = x.account_id AND c.deleted_at_us IS NULL)
      FROM (SELECT a.id AS account_id, a.name, a.name_sort, a.currency, a.annual_value_minor, a.contracts_minor,
                   a.contracts_elsewhere, a.account_manager_id
              FROM account a WHERE a.deleted_at_us IS NULL) x
      LEFT JOIN person m ON m.id = x.account_manager_id
     WHERE 1 = 1"
);

/// The accounts within `scope` with their manager and how long they are clients, by name. A contract that renews has no end.
///
/// # Errors
/// As [`newest_month`].
#[boxed]
pub async fn list_accounts(
    tx: &mut ReadTx,
    scope: &Scope,
    one: Option<&Id<Account>>,
) -> Result<Vec<GrowthAccount>, StoreError> {
    let of = one.map_or(Of::Everything, Of::Account);
    let rows = scoped(tx, ACCOUNTS, "ORDER BY x.name_sort, x.account_id", scope, of, vec![]).await?;
    rows.iter()
        .map(|row| {
            let currency = row.parsed(2, Currency::stored)?;
            let ended_on = row.date_or_null(9)?;
            let first_month = row.parsed_or_null(8, Month::parse)?;
            Ok(GrowthAccount {
                id: row.id(0)?,
                name: row.text(1)?,
                worth: read_worth(row, 3, currency)?,
                account_manager: row.id_or_null(6)?.zip(row.text_or_null(7)?),
                tenure: first_month.map(|first_month| Tenure { first_month, ended_on }),
            })
        })
        .collect()
}

const PART_OF: &str = "
    WITH RECURSIVE part (id) AS (
      SELECT a.id FROM account a WHERE a.id = $1
      UNION
      SELECT a.id FROM account a JOIN part p ON a.parent_id = p.id WHERE a.deleted_at_us IS NULL)
    SELECT part.id FROM part WHERE 1 = 1";

/// The accounts below `account`, itself included, as far as `scope` sees them.
///
/// # Errors
/// As [`newest_month`].
#[boxed]
pub async fn list_parts(
    tx: &mut ReadTx,
    scope: &Scope,
    account: &Id<Account>,
) -> Result<Vec<Id<Account>>, StoreError> {
    let (visible, more) = scope.condition("part.id", 2);
    let values = params![account].into_iter().chain(more).collect();
    let rows = tx.fetch_all(&format!("{PART_OF} AND {visible} ORDER BY part.id"), values).await?;
    rows.iter().map(|row| row.id(0)).collect()
}

const PRODUCTS: &str =
    "SELECT p.id, p.name, p.unit FROM product p WHERE p.deleted_at_us IS NULL ORDER BY p.name_sort, p.id";

/// All products: id, name, unit.
///
/// # Errors
/// As [`newest_month`].
#[boxed]
pub async fn list_products(tx: &mut ReadTx) -> Result<Vec<(Id<Product>, String, String)>, StoreError> {
    let rows = tx.fetch_all(PRODUCTS, vec![]).await?;
    rows.iter().map(|row| Ok((row.id(0)?, row.text(1)?, row.text(2)?))).collect()
}

/// All exchange rates.
///
/// # Errors
/// As [`newest_month`].
#[boxed]
pub async fn list_rates(tx: &mut ReadTx) -> Result<Vec<ExchangeRate>, StoreError> {
    let sql = format!("{} WHERE deleted_at_us IS NULL ORDER BY rate_on, id", ExchangeRate::SELECT);
    let rows = tx.fetch_all(&sql, vec![]).await?;
    rows.iter().map(|row| Ok(book::read_saved::<ExchangeRate>(row)?.record)).collect()
}

/// An opportunity that is not decided.
#[derive(Clone, Debug)]
pub struct OpenOpportunity {
    /// Its id.
    pub id: Id<Opportunity>,
    /// What it is.
    pub title: String,
    /// Whose.
    pub account_id: Id<Account>,
    /// How far it is.
    pub stage: OpportunityStage,
    /// What it would bring in a year, where it is stated.
    pub annual_value: Option<Money>,
    /// How likely, in percent, where it is stated.
    pub probability: Option<i64>,
    /// When it may be decided.
    pub expected_on: Option<Date>,
}

const OPEN: &str = "
    SELECT x.id, x.title, x.account_id, x.stage, x.currency, x.annual_value_minor, x.probability, x.expected_on
      FROM opportunity x JOIN account a ON a.id = x.account_id
     WHERE x.stage IN ('idea', 'discussed', 'proposed') AND x.deleted_at_us IS NULL AND a.deleted_at_us IS NULL";

/// Opportunities that are not decided, the next first.
///
/// # Errors
/// As [`newest_month`].
pub async fn list_open_opportunities(
    tx: &mut ReadTx,
    scope: &Scope,
    of: Of<'_>,
) -> Result<Vec<OpenOpportunity>, StoreError> {
    let order = "ORDER BY x.expected_on NULLS LAST, x.id";
    let rows = scoped(tx, OPEN, order, scope, of, vec![]).await?;
    rows.iter()
        .map(|row| {
            let currency = row.parsed(4, Currency::stored)?;
            Ok(OpenOpportunity {
                id: row.id(0)?,
                title: row.text(1)?,
                account_id: row.id(2)?,
                stage: row.parsed(3, OpportunityStage::parse)?,
                annual_value: row.int_or_null(5)?.map(|minor| Money::new(minor, currency)),
                probability: row.int_or_null(6)?,
                expected_on: row.date_or_null(7)?,
            })
        })
        .collect()
}

const FIRST_MONTHS: &str = "
    SELECT x.account_id, x.product_id, MIN(x.month) FROM actual x JOIN account a ON a.id = x.account_id
     WHERE x.revenue_minor IS NOT NULL AND x.deleted_at_us IS NULL AND a.deleted_at_us IS NULL";

/// Products whose first month with an account lies between `first` and `last`: account, product, month; the newest first.
///
/// # Errors
/// As [`newest_month`].
pub async fn list_introduced(
    tx: &mut ReadTx,
    scope: &Scope,
    of: Of<'_>,
    (first, last): (Month, Month),
) -> Result<Vec<(Id<Account>, Id<Product>, Month)>, StoreError> {
    let order = "GROUP BY x.account_id, x.product_id ORDER BY 3 DESC, x.account_id, x.product_id";
    let rows = scoped(tx, FIRST_MONTHS, order, scope, of, vec![]).await?;
    let mut found = vec![];
    for row in &rows {
        let month = row.month(2)?;
        if (first..=last).contains(&month) {
            found.push((row.id(0)?, row.id(1)?, month));
        }
    }
    Ok(found)
}

/// A contract that renews, ends or may be given notice of, with what warns of its account.
#[derive(Clone, Debug)]
pub struct ComingContract {
    /// The contract.
    pub id: Id<Contract>,
    /// Its title.
    pub title: String,
    /// Whose.
    pub account_id: Id<Account>,
    /// When it renews or ends.
    pub turn: Option<Turn>,
    /// The last day on which notice counts.
    pub notice_on: Option<Date>,
    /// The account missed its service level in its newest month.
    pub missed: bool,
    /// The last talk or review with the account.
    pub last_talk_on: Option<Date>,
    /// Promises broken within a year.
    pub n_broken: i64,
    /// Open promises past their day.
    pub n_late_promises: i64,
    /// Open expectations past their day.
    pub n_late_expectations: i64,
    /// How many of ours are known to know somebody there; 0 where nobody stated any.
    pub n_who_know: i64,
}

impl ComingContract {
    /// What comes up next of it: the last day for notice, or when that is past the day on which it renews or ends.
    pub fn next_on(&self, today: Date) -> Option<Date> {
        self.notice_on.filter(|day| *day >= today).or(self.turn.map(Turn::day))
    }
}

const COMING: &str = concat!(
    "
    SELECT x.id, x.title, x.account_id, x.renewal, x.ends_on, x.renews_on, x.notice_on,
           (SELECT COUNT(*) FROM account_standing s WHERE s.account_id = x.account_id AND s.state = 'missed'),
           (SELECT MAX(t.day) FROM (
                SELECT m.account_id, m.happened_on AS day FROM communication m WHERE m.deleted_at_us IS NULL
                UNION ALL SELECT v.account_id, v.held_on FROM review v WHERE v.deleted_at_us IS NULL) t
             WHERE t.account_id = x.account_id AND t.day <= $1),
           (SELECT COUNT(*) FROM promise r WHERE r.account_id = x.account_id AND r.state = 'broken' AND r.settled_on >= $3
               AND r.deleted_at_us IS NULL),
           (SELECT COUNT(*) FROM promise r WHERE r.account_id = x.account_id AND r.state = 'open' AND r.due_on < $1
               AND r.deleted_at_us IS NULL),
           (SELECT COUNT(*) FROM expectation e WHERE e.account_id = x.account_id AND e.state = 'open' AND e.due_on < $1
               AND e.deleted_at_us IS NULL),
           (SELECT COUNT(DISTINCT q.our_person_id) FROM acquaintance q JOIN person p ON p.id = q.client_person_id
             WHERE p.account_id = x.account_id AND p.left_on IS NULL AND q.deleted_at_us IS NULL AND p.deleted_at_us IS NULL)
      FROM contract x JOIN account a ON a.id = x.account_id
     WHERE (",
    turn_on!("x"),
    " BETWEEN $1 AND $2 OR x.notice_on BETWEEN $1 AND $2)
       AND x.deleted_at_us IS NULL AND a.deleted_at_us IS NULL"
);

/// Contracts that renew, end or may be given notice of from `today` to a year on, the next first.
///
/// # Errors
/// As [`newest_month`].
pub async fn list_coming_contracts(
    tx: &mut ReadTx,
    scope: &Scope,
    of: Of<'_>,
    today: Date,
) -> Result<Vec<ComingContract>, StoreError> {
    let year = jiff::Span::new().years(1);
    let values = params![today, today.saturating_add(year), today.saturating_sub(year)];
    let rows = scoped(tx, COMING, "ORDER BY x.id", scope, of, values).await?;
    let mut found: Vec<ComingContract> = rows
        .iter()
        .map(|row| {
            Ok(ComingContract {
                id: row.id(0)?,
                title: row.text(1)?,
                account_id: row.id(2)?,
                turn: turn(
                    row.parsed_or_null(3, Renewal::parse)?,
                    row.date_or_null(4)?,
                    row.date_or_null(5)?,
                ),
                notice_on: row.date_or_null(6)?,
                missed: row.flag(7)?,
                last_talk_on: row.date_or_null(8)?,
                n_broken: row.int(9)?,
                n_late_promises: row.int(10)?,
                n_late_expectations: row.int(11)?,
                n_who_know: row.int(12)?,
            })
        })
        .collect::<Result<_, StoreError>>()?;
    found.sort_by_key(|contract| contract.next_on(today));
    Ok(found)
}

const RUNNING: &str = concat!(
    "
    SELECT DISTINCT l.product_id
      FROM contract_line l JOIN contract c ON c.id = l.contract_id
      JOIN (SELECT a.id AS account_id FROM account a WHERE a.deleted_at_us IS NULL) x ON x.account_id = c.account_id
     WHERE ",
    runs!("$1"),
    "
       AND l.deleted_at_us IS NULL AND c.deleted_at_us IS NULL"
);

/// Products with a line of a contract of `account` that has not ended by `today`; one that is signed and starts later counts, too.
///
/// # Errors
/// As [`newest_month`].
pub async fn list_running_products(
    tx: &mut ReadTx,
    scope: &Scope,
    account: &Id<Account>,
    today: Date,
) -> Result<Vec<Id<Product>>, StoreError> {
    let order = "ORDER BY l.product_id";
    let rows = scoped(tx, RUNNING, order, scope, Of::Account(account), params![today]).await?;
    rows.iter().map(|row| row.id(0)).collect()
}

/// What a contract charges for a product, beside what the list says.
#[derive(Clone, Debug)]
pub struct PricedLine {
    /// The contract.
    pub contract_id: Id<Contract>,
    /// Its title.
    pub contract: String,
    /// Whose.
    pub account_id: Id<Account>,
    /// Since when it runs.
    pub starts_on: Date,
    /// The price, for so many units.
    pub price: Money,
    /// How many.
    pub price_per: i64,
    /// The newest list price of the product in that currency: price, for so many units, since when.
    pub listed: Option<(Money, i64, Date)>,
}

const PRICED: &str = concat!(
    "
    SELECT c.id, c.title, x.account_id, c.starts_on, c.currency, l.unit_price_minor, l.price_per,
           n.price_minor, n.price_per, n.valid_from
      FROM contract_line l JOIN contract c ON c.id = l.contract_id
      JOIN (SELECT a.id AS account_id, a.name_sort FROM account a WHERE a.deleted_at_us IS NULL) x ON x.account_id = c.account_id
      LEFT JOIN list_price n ON n.product_id = l.product_id AND n.currency = c.currency AND n.deleted_at_us IS NULL
       AND n.valid_from = (SELECT MAX(o.valid_from) FROM list_price o WHERE o.product_id = l.product_id
             AND o.currency = c.currency AND o.valid_from <= $2 AND o.deleted_at_us IS NULL)
     WHERE l.product_id = $1 AND ",
    runs!("$2"),
    "
       AND l.deleted_at_us IS NULL AND c.deleted_at_us IS NULL"
);

/// What live contracts charge for `product`, beside the list price of `today`, by account.
///
/// # Errors
/// As [`newest_month`].
#[boxed]
pub async fn list_priced_lines(
    tx: &mut ReadTx,
    scope: &Scope,
    product: &Id<Product>,
    today: Date,
) -> Result<Vec<PricedLine>, StoreError> {
    let order = "ORDER BY x.name_sort, c.id, l.id";
    let rows = scoped(tx, PRICED, order, scope, Of::Everything, params![product, today]).await?;
    rows.iter()
        .map(|row| {
            let currency = row.parsed(4, Currency::stored)?;
            let listed = match row.int_or_null(7)? {
                Some(minor) => Some((Money::new(minor, currency), row.int(8)?, row.date(9)?)),
                None => None,
            };
            Ok(PricedLine {
                contract_id: row.id(0)?,
                contract: row.text(1)?,
                account_id: row.id(2)?,
                starts_on: row.date(3)?,
                price: Money::new(row.int(5)?, currency),
                price_per: row.int(6)?,
                listed,
            })
        })
        .collect()
}
