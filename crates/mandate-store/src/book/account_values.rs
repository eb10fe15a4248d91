//! What each account is worth a year, kept period by period (`mandate_domain::book::worth_by_day`), so that lists sort and add it up by
//! an index.
//!
//! It is derived. The functions that write accounts, contracts and lines (`records`, `bulk`, and a merge, which moves contracts) keep it
//! in the same transaction, so that no caller has to think of it. Accounts from before there was such a table are counted at start.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use mandate_domain::book::{ContractWorth, Kind, Renewal, Saved, Worth, a_year_of, runs_until, worth_by_day};
use mandate_domain::{Currency, Instant, Money};

use super::bulk::{CHUNK, places};
use super::tables::Stored;
use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, Value, WriteTx};
use crate::params;

const SAVE: &str = "
    INSERT INTO account_value (account_id, starts_on, ends_on, currency, value_minor, from_contracts, n_elsewhere)";
const DROP: &str = "DELETE FROM account_value WHERE account_id IN ";
const ACCOUNTS: &str = "
    SELECT id, currency, annual_value_minor, updated_at_us FROM account WHERE deleted_at_us IS NULL AND id IN ";
const LINES: &str = "
    SELECT c.account_id, c.id, c.currency, c.starts_on, c.ends_on, c.renews_on, c.renewal, c.updated_at_us,
           l.annual_volume, l.price_per, l.unit_price_minor, l.updated_at_us
      FROM contract c JOIN contract_line l ON l.contract_id = c.id
     WHERE c.deleted_at_us IS NULL AND l.deleted_at_us IS NULL AND c.account_id IN ";
const OF_CONTRACTS: &str = "SELECT DISTINCT account_id FROM contract WHERE id IN ";
const OF_LINES: &str = "SELECT DISTINCT c.account_id FROM contract_line l JOIN contract c ON c.id = l.contract_id WHERE l.id IN ";
const KEPT: &str = "
    SELECT account_id, starts_on, ends_on, currency, value_minor, from_contracts, n_elsewhere FROM account_value
     WHERE account_id IN ";
const NOT_KEPT: &str = "
    SELECT a.id FROM account a
     WHERE a.deleted_at_us IS NULL AND NOT EXISTS (SELECT 1 FROM account_value v WHERE v.account_id = a.id)
     ORDER BY a.id LIMIT $1";
const LIVE: &str = "SELECT id FROM account WHERE deleted_at_us IS NULL AND id > $1 ORDER BY id LIMIT $2";

type Periods = Vec<(Date, Date, Worth)>;

/// Days before the last write at which kept periods begin: nobody reads of a day so long past.
const MARGIN_DAYS: i64 = 2;

/// An account and its contracts as they are summed up.
struct Ground {
    currency: Currency,
    stated: Option<Money>,
    contracts: BTreeMap<String, (ContractWorth, i128)>,
    written_at: Instant,
}

impl Ground {
    fn periods(self) -> Periods {
        let whole = |(contract, minor): (ContractWorth, i128)| {
            let value = Money::new(i64::try_from(minor).ok()?, contract.value.currency);
            Some(ContractWorth { value, ..contract })
        };
        let contracts: Vec<ContractWorth> = self.contracts.into_values().filter_map(whole).collect();
        let since = self.written_at.date_in(&TimeZone::UTC).saturating_sub(MARGIN_DAYS.days());
        worth_by_day(self.stated, self.currency, &contracts, since)
    }

    fn add(&mut self, row: &Row) -> Result<(), StoreError> {
        let currency = row.parsed(2, Currency::stored)?;
        let (ends_on, renews_on) = (row.date_or_null(4)?, row.date_or_null(5)?);
        let last_on = runs_until(row.parsed_or_null(6, Renewal::parse)?, ends_on, renews_on);
        let (starts_on, value) = (row.date(3)?, Money::new(0, currency));
        let contract = ContractWorth { starts_on, last_on, value };
        let (_, sum) = self.contracts.entry(row.text(1)?).or_insert((contract, 0));
        // A line whose year cannot be counted is refused where it is entered.
        *sum += a_year_of(row.int(8)?, row.int(9)?, row.int(10)?).map_or(0, i128::from);
        self.written_at = self.written_at.max(row.instant(7)?).max(row.instant(11)?);
        Ok(())
    }
}

async fn with_ids(tx: &mut ReadTx, sql: &str, ids: &[String]) -> Result<Vec<Row>, StoreError> {
    let mut rows = vec![];
    for chunk in ids.chunks(CHUNK) {
        let values = chunk.iter().map(|id| Value::Text(Some(id.clone()))).collect();
        let sql = format!("{sql}({})", places(tx, 1, chunk.len()));
        rows.extend(tx.fetch_all(&sql, values).await?);
    }
    Ok(rows)
}

/// What live accounts of `ids` are worth, worked out anew.
async fn worked_out(
    tx: &mut ReadTx,
    ids: &[String],
) -> Result<BTreeMap<String, (Currency, Periods)>, StoreError> {
    let mut found = BTreeMap::new();
    for row in with_ids(tx, ACCOUNTS, ids).await? {
        let currency = row.parsed(1, Currency::stored)?;
        let stated = row.int_or_null(2)?.map(|minor| Money::new(minor, currency));
        let ground = Ground { currency, stated, contracts: BTreeMap::new(), written_at: row.instant(3)? };
        found.insert(row.text(0)?, ground);
    }
    for row in with_ids(tx, LINES, ids).await? {
        if let Some(ground) = found.get_mut(&row.text(0)?) {
            ground.add(&row)?;
        }
    }
    Ok(found.into_iter().map(|(id, ground)| (id, (ground.currency, ground.periods()))).collect())
}

/// Keeps what accounts are worth, worked out anew; of those in the trash nothing is kept.
///
/// # Errors
/// [`StoreError`] when it cannot be read or written.
#[boxed]
pub async fn keep_values(tx: &mut WriteTx, accounts: Vec<String>) -> Result<(), StoreError> {
    for chunk in accounts.chunks(CHUNK) {
        let found = worked_out(tx, chunk).await?;
        let values = chunk.iter().map(|id| Value::Text(Some(id.clone()))).collect();
        let sql = format!("{DROP}({})", places(tx, 1, chunk.len()));
        tx.execute(&sql, values).await?;
        insert(tx, &found).await?;
    }
    Ok(())
}

async fn insert(tx: &mut WriteTx, found: &BTreeMap<String, (Currency, Periods)>) -> Result<(), StoreError> {
    let mut rows = vec![];
    for (id, (currency, periods)) in found {
        for (first, last, worth) in periods {
            let minor = worth.value.map(|value| value.minor);
            rows.push(params![
                id,
                *first,
                *last,
                currency.code(),
                minor,
                worth.from_contracts,
                worth.n_elsewhere
            ]);
        }
    }
    if !rows.is_empty() {
        tx.insert_many(SAVE, rows, "").await?;
    }
    Ok(())
}

/// The accounts whose worth follows from these records, as they are stored.
async fn accounts_of(tx: &mut ReadTx, kind: Kind, ids: Vec<String>) -> Result<Vec<String>, StoreError> {
    let sql = match kind {
        Kind::Account => return Ok(ids),
        Kind::Contract => OF_CONTRACTS,
        Kind::ContractLine => OF_LINES,
        _ => return Ok(vec![]),
    };
    let rows = with_ids(tx, sql, &ids).await?;
    let mut accounts: Vec<String> = rows.iter().map(|row| row.text(0)).collect::<Result<_, _>>()?;
    accounts.sort();
    accounts.dedup();
    Ok(accounts)
}

const fn concerns(kind: Kind) -> bool {
    matches!(kind, Kind::Account | Kind::Contract | Kind::ContractLine)
}

/// The accounts whose worth follows from records as they are stored: asked before they are saved, and given to [`keep_values_of`] after.
#[boxed]
pub(super) async fn valued_by<R: Stored>(
    tx: &mut ReadTx,
    records: &[&Saved<R>],
) -> Result<Vec<String>, StoreError> {
    if !concerns(R::KIND) {
        return Ok(vec![]);
    }
    let ids = records.iter().map(|it| it.id.to_string()).collect();
    accounts_of(tx, R::KIND, ids).await
}

/// Keeps what the accounts of records are worth after these were written, and that of `before`.
#[boxed]
pub(super) async fn keep_values_of<R: Stored>(
    tx: &mut WriteTx,
    records: &[&Saved<R>],
    before: Vec<String>,
) -> Result<(), StoreError> {
    if !concerns(R::KIND) || records.is_empty() {
        return Ok(());
    }
    let mut accounts = valued_by(tx, records).await?;
    accounts.extend(before);
    accounts.sort();
    accounts.dedup();
    keep_values(tx, accounts).await
}

/// Live accounts whose worth is not kept, at most `limit`: those from before there was such a table.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_unvalued(tx: &mut ReadTx, limit: i64) -> Result<Vec<String>, StoreError> {
    tx.fetch_all(NOT_KEPT, params![limit]).await?.iter().map(|row| row.text(0)).collect()
}

/// Keeps what accounts are worth, in a transaction of its own: no business event, because all it follows from is on record.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn recount_values(mut tx: WriteTx, accounts: Vec<String>) -> Result<(), StoreError> {
    keep_values(&mut tx, accounts).await?;
    tx.commit_bookkeeping().await
}

/// How many live accounts are kept with another worth on `today` than their contracts give.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn count_wrong_values(tx: &mut ReadTx, today: Date) -> Result<usize, StoreError> {
    let on_the_day = |periods: &Periods| {
        periods.iter().find(|(first, last, _)| *first <= today && today <= *last).map(|it| it.2)
    };
    let (mut n_wrong, mut after) = (0, String::new());
    loop {
        let rows = tx.fetch_all(LIVE, params![&after, 500]).await?;
        let ids: Vec<String> = rows.iter().map(|row| row.text(0)).collect::<Result<_, _>>()?;
        let Some(last) = ids.last() else { return Ok(n_wrong) };
        after.clone_from(last);
        let mut kept: BTreeMap<String, Periods> = BTreeMap::new();
        for row in with_ids(tx, KEPT, &ids).await? {
            let currency = row.parsed(3, Currency::stored)?;
            let worth = Worth {
                value: row.int_or_null(4)?.map(|minor| Money::new(minor, currency)),
                from_contracts: row.flag(5)?,
                n_elsewhere: row.int(6)?,
            };
            kept.entry(row.text(0)?).or_default().push((row.date(1)?, row.date(2)?, worth));
        }
        let found = worked_out(tx, &ids).await?;
        let wrong = |(id, (_, periods)): &(&String, &(Currency, Periods))| {
            kept.get(*id).and_then(on_the_day) != on_the_day(periods)
        };
        n_wrong += found.iter().filter(wrong).count();
    }
}
