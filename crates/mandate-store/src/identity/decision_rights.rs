//! Decision rights: envelopes with the accounts and products they name.
//!
//! Who asks whether a right covers a decision is given only rights that can: of the kind, in force that day, reaching
//! that account. So a decision reads a few rows however many rights were granted.

use std::collections::BTreeMap;

use jiff::civil::Date;
use mandate_domain::book::{Account, Product, Tier};
use mandate_domain::identity::{
    AccountReach, Amount, DecisionKind, DecisionRight, Holder, PriceDirection, RightState, User,
};
use mandate_domain::{Currency, Id, Instant};

use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, Value, WriteTx};
use crate::params;

const INSERT: &str = "
    INSERT INTO decision_right (id, kind, holder, holder_user_id, limit_each, limit_month, currency, direction,
           accounts, tier, valid_from, valid_until, review_on, lapses_on, granted_by, reason, state, demo, version,
           created_at_us, updated_at_us)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 1, $19, $19)";
const SAVE: &str = "
    UPDATE decision_right SET kind = $1, holder = $2, holder_user_id = $3, limit_each = $4, limit_month = $5,
           currency = $6, direction = $7, accounts = $8, tier = $9, valid_from = $10, valid_until = $11,
           review_on = $12, lapses_on = $13, reason = $14, state = $15, updated_at_us = $16, version = version + 1
     WHERE id = $17 AND version = $18";
/// Who confirmed it last is the record's to say, which nobody changes.
const COLUMNS: &str = "
    r.id, r.kind, r.holder, r.holder_user_id, r.limit_each, r.limit_month, r.currency, r.direction, r.accounts, r.tier,
    r.valid_from, r.valid_until, r.review_on, r.granted_by, r.reason, r.state, r.demo, r.version,
    COALESCE((SELECT e.actor_id FROM audit_record e
               WHERE e.subject_kind = 'decision_right' AND e.subject_id = r.id
                 AND e.action IN ('decision_right.granted', 'decision_right.changed', 'decision_right.confirmed')
               ORDER BY e.seq DESC LIMIT 1), r.granted_by)";
/// A right that is in force on day $2 and reaches account $3 of tier $4; whose accounts `own` are is not decided here.
const REACHES: &str = "
    r.kind = $1 AND r.state = 'active' AND r.valid_from <= $2 AND r.valid_until >= $2 AND r.lapses_on >= $2
    AND (r.accounts IN ('own', 'every') OR (r.accounts = 'tier' AND r.tier = $4)
         OR (r.accounts = 'named' AND r.id IN
             (SELECT n.right_id FROM decision_right_account n WHERE n.account_id = $3)))";
const CLEAR_ACCOUNTS: &str = "DELETE FROM decision_right_account WHERE right_id = $1";
const CLEAR_PRODUCTS: &str = "DELETE FROM decision_right_product WHERE right_id = $1";
const ACCOUNTS: &str =
    "SELECT account_id FROM decision_right_account WHERE right_id = $1 ORDER BY account_id";
const PRODUCTS: &str =
    "SELECT product_id FROM decision_right_product WHERE right_id = $1 ORDER BY product_id";

/// Where a decision is made: what rights must reach.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// What is decided.
    pub kind: DecisionKind,
    /// On which account.
    pub account: &'a Id<Account>,
    /// Its tier.
    pub tier: Tier,
    /// On which day.
    pub today: Date,
}

impl Place<'_> {
    fn values(&self) -> Vec<Value> {
        params![self.kind.as_str(), self.today, self.account, self.tier.as_str()]
    }
}

/// Adds a right.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn insert_right(tx: &mut WriteTx, right: &DecisionRight, now: Instant) -> Result<(), StoreError> {
    let mut values = params![&right.id];
    values.extend(terms(right));
    values.extend(params![&right.granted_by, &right.reason, right.state.as_str(), right.demo, now]);
    tx.execute(INSERT, values).await?;
    save_named(tx, right).await
}

/// Stores what changed of a right; refused as stale when another save came first.
///
/// # Errors
/// [`StoreError::Stale`].
#[boxed]
pub async fn save_right(tx: &mut WriteTx, right: &DecisionRight, now: Instant) -> Result<(), StoreError> {
    let mut values = terms(right);
    values.extend(params![&right.reason, right.state.as_str(), now, &right.id, right.version]);
    if tx.execute(SAVE, values).await? == 0 {
        return Err(StoreError::Stale { table: "decision_right" });
    }
    tx.execute(CLEAR_ACCOUNTS, params![&right.id]).await?;
    tx.execute(CLEAR_PRODUCTS, params![&right.id]).await?;
    save_named(tx, right).await
}

/// Kind to lapse, in the order in which both statements have them.
fn terms(right: &DecisionRight) -> Vec<Value> {
    let tier = match &right.accounts {
        AccountReach::Tier(tier) => Some(tier.as_str()),
        AccountReach::Own | AccountReach::Every | AccountReach::Named(_) => None,
    };
    params![
        right.kind().as_str(),
        right.holder.as_str(),
        right.holder.user(),
        right.each.number(),
        right.a_month,
        right.each.currency().map(|currency| currency.code().to_owned()),
        right.direction.as_str(),
        right.accounts.as_str(),
        tier,
        right.valid_from,
        right.valid_until,
        right.review_on,
        right.lapses_on(),
    ]
}

async fn save_named(tx: &mut WriteTx, right: &DecisionRight) -> Result<(), StoreError> {
    if let AccountReach::Named(named) = &right.accounts {
        let rows = named.iter().map(|account| params![&right.id, account]).collect();
        let insert = "INSERT INTO decision_right_account (right_id, account_id)";
        tx.insert_many(insert, rows, "ON CONFLICT DO NOTHING").await?;
    }
    let rows = right.products.iter().map(|product| params![&right.id, product]).collect();
    let insert = "INSERT INTO decision_right_product (right_id, product_id)";
    tx.insert_many(insert, rows, "ON CONFLICT DO NOTHING").await?;
    Ok(())
}

/// The right with this id.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_right(
    tx: &mut ReadTx,
    id: &Id<DecisionRight>,
) -> Result<Option<DecisionRight>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM decision_right r WHERE r.id = $1");
    let rows = tx.fetch_all(&sql, params![id]).await?;
    Ok(read_rights(tx, &rows).await?.pop())
}

/// Rights that may cover a decision of `holder`: their own, and those of a position. The tightest first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
pub async fn list_rights_of(
    tx: &mut ReadTx,
    place: &Place<'_>,
    holder: &str,
) -> Result<Vec<DecisionRight>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM decision_right r WHERE r.holder_user_id = $5 AND {REACHES}
         UNION ALL
         SELECT {COLUMNS} FROM decision_right r WHERE r.holder_user_id IS NULL AND {REACHES}
          ORDER BY 5, 1 LIMIT 100"
    );
    let mut values = place.values();
    values.extend(params![holder]);
    let rows = tx.fetch_all(&sql, values).await?;
    read_rights(tx, &rows).await
}

/// Rights of anybody that may cover a decision there, the tightest first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
pub async fn list_rights_at(
    tx: &mut ReadTx,
    place: &Place<'_>,
    limit: usize,
) -> Result<Vec<DecisionRight>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM decision_right r WHERE {REACHES} ORDER BY r.limit_each, r.id LIMIT $5"
    );
    let mut values = place.values();
    values.extend(params![limit]);
    let rows = tx.fetch_all(&sql, values).await?;
    read_rights(tx, &rows).await
}

/// Rights granted to this user by name that may still decide on `today`, the latest to end first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_rights_held(
    tx: &mut ReadTx,
    user: &Id<User>,
    today: Date,
) -> Result<Vec<DecisionRight>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM decision_right r
          WHERE r.holder_user_id = $1 AND r.state = 'active' AND r.valid_until >= $2 AND r.lapses_on >= $2
          ORDER BY r.valid_until DESC, r.id LIMIT 100"
    );
    let rows = tx.fetch_all(&sql, params![user, today]).await?;
    read_rights(tx, &rows).await
}

async fn read_rights(tx: &mut ReadTx, rows: &[Row]) -> Result<Vec<DecisionRight>, StoreError> {
    let mut rights = Vec::with_capacity(rows.len());
    for row in rows {
        rights.push(read_right(tx, row).await?);
    }
    Ok(rights)
}

async fn read_right(tx: &mut ReadTx, row: &Row) -> Result<DecisionRight, StoreError> {
    let id: Id<DecisionRight> = row.id(0)?;
    let kind = row.parsed(1, DecisionKind::parse)?;
    let inconsistent = |what: &str| StoreError::Inconsistent {
        table: "decision_right",
        id: id.to_string(),
        what: what.to_owned(),
    };
    let holder = match row.text(2)?.as_str() {
        "user" => {
            Holder::User(row.id_or_null::<User>(3)?.ok_or_else(|| inconsistent("a holder without a user"))?)
        }
        "account_manager" => Holder::AccountManager,
        "negotiator" => Holder::Negotiator,
        _ => return Err(inconsistent("an unknown holder")),
    };
    let currency = row.parsed_or_null(6, Currency::stored)?;
    let accounts = match row.text(8)?.as_str() {
        "own" => AccountReach::Own,
        "every" => AccountReach::Every,
        "tier" => AccountReach::Tier(
            row.text_or_null(9)?
                .as_deref()
                .and_then(Tier::parse)
                .ok_or_else(|| inconsistent("an unknown tier"))?,
        ),
        "named" => AccountReach::Named(ids(tx, ACCOUNTS, &id).await?),
        _ => return Err(inconsistent("an unknown reach")),
    };
    let products: Vec<Id<Product>> =
        if kind == DecisionKind::Price { ids(tx, PRODUCTS, &id).await? } else { vec![] };
    Ok(DecisionRight {
        holder,
        each: Amount::of(kind, row.int(4)?, currency),
        a_month: row.int_or_null(5)?,
        direction: row.parsed(7, PriceDirection::parse)?,
        accounts,
        products,
        valid_from: row.date(10)?,
        valid_until: row.date(11)?,
        review_on: row.date(12)?,
        granted_by: row.text(13)?,
        reason: row.text(14)?,
        state: row.parsed(15, RightState::parse)?,
        demo: row.flag(16)?,
        version: row.int(17)?,
        confirmed_by: row.text(18)?,
        id,
    })
}

async fn ids<T>(
    tx: &mut ReadTx,
    sql: &'static str,
    right: &Id<DecisionRight>,
) -> Result<Vec<Id<T>>, StoreError> {
    tx.fetch_all(sql, params![right]).await?.iter().map(|row| row.id(0)).collect()
}

const NAMES: &str = "
    SELECT n.account_id, a.name FROM decision_right_account n JOIN account a ON a.id = n.account_id
     WHERE n.right_id = $1
    UNION ALL
    SELECT n.product_id, p.name FROM decision_right_product n JOIN product p ON p.id = n.product_id
     WHERE n.right_id = $1";

/// Names of the accounts and products that a right names, by id.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn names_in_right(
    tx: &mut ReadTx,
    right: &Id<DecisionRight>,
) -> Result<BTreeMap<String, String>, StoreError> {
    let rows = tx.fetch_all(NAMES, params![right]).await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
}
