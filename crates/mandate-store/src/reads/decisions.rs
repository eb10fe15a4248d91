//! What a decision is about: the account with its people, the product with its manager, the lines with their prices.
//!
//! Rights and uses as lists are here too, because they show names of other rooms. Read whole, not in a reader's scope,
//! where a decision is made on a record that was loaded within it.

use std::collections::BTreeSet;

use jiff::civil::Date;
use mandate_domain::book::{Account, Person, Product, Tier};
use mandate_domain::identity::UnitPrice;
use mandate_domain::{Currency, Id};

use super::Scope;
use super::listing::{Field, FieldKind, ListDef, Sort};
use crate::boxed;
use crate::db::{ReadTx, StoreError};
use crate::params;

/// An account, as far as decisions on it are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecidedAccount {
    /// Its id.
    pub id: Id<Account>,
    /// Its name.
    pub name: String,
    /// Its tier.
    pub tier: Tier,
    /// Whose days count.
    pub time_zone: String,
    /// In which its credits are.
    pub currency: Currency,
    /// Who manages it.
    pub manager_id: Option<Id<Person>>,
    /// That one's name.
    pub manager_name: Option<String>,
    /// Who negotiates for it.
    pub negotiator_id: Option<Id<Person>>,
    /// All of ours who work on it, manager and negotiator with them.
    pub people: BTreeSet<String>,
}

const ACCOUNT: &str = "
    SELECT a.id, a.name, a.tier, a.time_zone, a.currency, a.account_manager_id, m.name, a.negotiator_id
      FROM account a LEFT JOIN person m ON m.id = a.account_manager_id
     WHERE a.id = $1";
const WORKING: &str = "SELECT person_id FROM account_person WHERE account_id = $1";

/// The account, in the trash or not.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_decided_account(
    tx: &mut ReadTx,
    id: &Id<Account>,
) -> Result<Option<DecidedAccount>, StoreError> {
    let Some(row) = tx.fetch_optional(ACCOUNT, params![id]).await? else { return Ok(None) };
    let mut people = BTreeSet::new();
    for row in tx.fetch_all(WORKING, params![id]).await? {
        people.insert(row.text(0)?);
    }
    let (manager, negotiator) = (row.text_or_null(5)?, row.text_or_null(7)?);
    people.extend(manager);
    people.extend(negotiator);
    Ok(Some(DecidedAccount {
        id: row.id(0)?,
        name: row.text(1)?,
        tier: row.parsed(2, |word| Tier::parse(word).ok_or("no tier"))?,
        time_zone: row.text(3)?,
        currency: row.parsed(4, Currency::stored)?,
        manager_id: row.id_or_null(5)?,
        manager_name: row.text_or_null(6)?,
        negotiator_id: row.id_or_null(7)?,
        people,
    }))
}

/// A product, as far as decisions on its price are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecidedProduct {
    /// Its id.
    pub id: Id<Product>,
    /// Its name.
    pub name: String,
    /// Who owns its profit and loss.
    pub manager_id: Option<Id<Person>>,
    /// That one's name.
    pub manager_name: Option<String>,
}

const PRODUCT: &str = "
    SELECT p.id, p.name, p.product_manager_id, m.name
      FROM product p LEFT JOIN person m ON m.id = p.product_manager_id
     WHERE p.id = $1";

/// The product, in the trash or not.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_decided_product(
    tx: &mut ReadTx,
    id: &Id<Product>,
) -> Result<Option<DecidedProduct>, StoreError> {
    let row = tx.fetch_optional(PRODUCT, params![id]).await?;
    row.map(|row| {
        Ok(DecidedProduct {
            id: row.id(0)?,
            name: row.text(1)?,
            manager_id: row.id_or_null(2)?,
            manager_name: row.text_or_null(3)?,
        })
    })
    .transpose()
}

/// A line of one of an account's contracts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricedLine {
    /// Its id.
    pub id: String,
    /// The contract's id.
    pub contract_id: String,
    /// The contract's title.
    pub contract: String,
    /// What is sold.
    pub product: Id<Product>,
    /// The price that stands.
    pub price: UnitPrice,
    /// Its currency.
    pub currency: Currency,
}

const LINES: &str = "
    SELECT l.id, c.id, c.title, l.product_id, l.unit_price_minor, l.price_per, c.currency
      FROM contract c JOIN contract_line l ON l.contract_id = c.id JOIN product p ON p.id = l.product_id
     WHERE c.account_id = $1 AND c.deleted_at_us IS NULL AND l.deleted_at_us IS NULL
       AND (c.ends_on IS NULL OR c.ends_on >= $2)
     ORDER BY p.name_sort, c.title_sort, l.id LIMIT 500";

/// The lines of an account's contracts that have not ended on `today`, by product.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_priced_lines(
    tx: &mut ReadTx,
    account: &Id<Account>,
    today: Date,
) -> Result<Vec<PricedLine>, StoreError> {
    let rows = tx.fetch_all(LINES, params![account, today]).await?;
    rows.iter()
        .map(|row| {
            Ok(PricedLine {
                id: row.text(0)?,
                contract_id: row.text(1)?,
                contract: row.text(2)?,
                product: row.id(3)?,
                price: UnitPrice { minor: row.int(4)?, per: row.int(5)? },
                currency: row.parsed(6, Currency::stored)?,
            })
        })
        .collect()
}

/// One of an account's measures that missed its goal in its newest month with a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissedMeasure {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// That month.
    pub month: String,
    /// The line of business that delivers there, and who heads it.
    pub head_name: Option<String>,
}

const MISSED: &str = "
    SELECT k.id, k.name, v.month,
           (SELECT h.name FROM contract c
              JOIN contract_line l ON l.contract_id = c.id JOIN product p ON p.id = l.product_id
              JOIN line_of_business b ON b.id = p.line_of_business_id JOIN person h ON h.id = b.head_person_id
             WHERE c.account_id = v.account_id AND c.deleted_at_us IS NULL AND l.deleted_at_us IS NULL
             ORDER BY l.annual_volume DESC, h.name LIMIT 1)
      FROM kpi_value v JOIN kpi k ON k.id = v.kpi_id
     WHERE v.account_id = $1 AND k.deleted_at_us IS NULL AND v.verdict = 'missed'
       AND v.month = (SELECT MAX(w.month) FROM kpi_value w
                       WHERE w.kpi_id = v.kpi_id AND w.account_id = v.account_id
                         AND w.verdict IN ('met', 'missed') AND w.month <= $2)
     ORDER BY k.name, k.id LIMIT 100";

/// The measures of an account that are below their goal, as of a month.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_missed_measures(
    tx: &mut ReadTx,
    account: &Id<Account>,
    until: mandate_domain::Month,
) -> Result<Vec<MissedMeasure>, StoreError> {
    let rows = tx.fetch_all(MISSED, params![account, until]).await?;
    rows.iter()
        .map(|row| {
            Ok(MissedMeasure {
                id: row.text(0)?,
                name: row.text(1)?,
                month: row.text(2)?,
                head_name: row.text_or_null(3)?,
            })
        })
        .collect()
}

const REACHED: &str = "SELECT 1 FROM account a WHERE a.deleted_at_us IS NULL AND a.id = $1";

/// Whether `scope` reaches the account.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn reaches_account(
    tx: &mut ReadTx,
    scope: &Scope,
    account: &Id<Account>,
) -> Result<bool, StoreError> {
    let (condition, values) = scope.condition("a.id", 2);
    let sql = format!("{REACHED} AND {condition}");
    let bound = params![account].into_iter().chain(values).collect();
    Ok(tx.fetch_optional(&sql, bound).await?.is_some())
}

const fn field(name: &'static str, kind: FieldKind, sql: &'static str) -> Field {
    Field { name, kind, sql, sort_sql: None, filterable: true, sortable: true, beside: None, through: None }
}

/// What a right is today, in the words of `RightStanding`; a test compares.
const STANDING: &str = "
    CASE WHEN r.state = 'revoked' THEN 'revoked' WHEN r.valid_from > {today} THEN 'not_yet'
         WHEN r.valid_until < {today} THEN 'expired' WHEN r.lapses_on < {today} THEN 'lapsed'
         WHEN r.review_on <= {today} THEN 'review_due' ELSE 'in_force' END";

/// Decision rights with what was used of them, those that end first on top.
pub fn decision_rights(today: Date) -> ListDef {
    use FieldKind::{Choice, Date, Flag, Instant, Integer, Reference, Text};
    ListDef {
        name: "decision_rights",
        from: "FROM decision_right r
               LEFT JOIN app_user u ON u.id = r.holder_user_id
               LEFT JOIN app_user g ON g.id = r.granted_by",
        condition: "1 = 1",
        account_column: None,
        unowned_visible: true,
        key: "r.id",
        fields: vec![
            field("kind", Choice, "r.kind"),
            field("holder", Choice, "r.holder"),
            field("holder_name", Choice, "COALESCE(u.display_name, r.holder)"),
            field("holder_user_id", Reference, "r.holder_user_id"),
            field("limit", Integer, "r.limit_each"),
            field("month_limit", Integer, "r.limit_month"),
            field("currency", Choice, "r.currency"),
            field("direction", Choice, "r.direction"),
            field("accounts", Choice, "r.accounts"),
            field("tier", Choice, "r.tier"),
            field(
                "n_accounts",
                Integer,
                "(SELECT COUNT(*) FROM decision_right_account n WHERE n.right_id = r.id)",
            ),
            field(
                "n_products",
                Integer,
                "(SELECT COUNT(*) FROM decision_right_product n WHERE n.right_id = r.id)",
            ),
            field("standing", Choice, STANDING),
            field("valid_from", Date, "r.valid_from"),
            field("valid_until", Date, "r.valid_until"),
            field("review_on", Date, "r.review_on"),
            field("used_this_month", Integer, USED_THIS_MONTH),
            field("n_uses", Integer, "(SELECT COUNT(*) FROM decision_use w WHERE w.right_id = r.id)"),
            field(
                "last_used_at",
                Instant,
                "(SELECT MAX(w.at_us) FROM decision_use w WHERE w.right_id = r.id)",
            ),
            field("granted_by", Choice, "COALESCE(g.display_name, r.granted_by)"),
            field("reason", Text, "r.reason"),
            field("created_at", Instant, "r.created_at_us"),
            field("demo", Flag, "r.demo"),
            Field { filterable: false, sortable: false, ..field("version", Integer, "r.version") },
        ],
        default_sort: Sort { field: "valid_until".to_owned(), descending: false },
        today: Some(today),
        made_by: None,
    }
}

/// The month is the first seven letters of the day.
const USED_THIS_MONTH: &str = "
    (SELECT CAST(COALESCE(SUM(w.amount), 0) AS BIGINT) FROM decision_use w
      WHERE w.right_id = r.id AND w.month = SUBSTR({today}, 1, 7))";
