//! What the running contracts of each account come to in a year (`mandate_domain::book::by_contracts`), kept beside what is stated, so that
//! lists sort by it and add it up from an index.
//!
//! It is derived. The functions that write accounts, contracts and lines (`records`, `bulk`) keep it in the same transaction, so that no
//! caller has to think of it; a merge, which moves contracts by itself, asks for it, and an import lets it wait for its end. Contracts
//! begin and end without anybody writing: `contracts_until` says for how long it holds, and what is due is worked out anew
//! (`list_due_values`).

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use mandate_domain::book::{
    ByContracts, ContractWorth, Kind, Renewal, Saved, a_year_of, by_contracts, runs_until,
};
use mandate_domain::{Currency, Instant, Money};

use super::bulk::{CHUNK, places};
use super::tables::Stored;
use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, Value, WriteTx};
use crate::params;

const SAVE: &str = "
    UPDATE account SET contracts_minor = $2, contracts_elsewhere = $3, contracts_until = $4 WHERE id = $1";
const ACCOUNTS: &str = "
    SELECT id, currency, contracts_minor, contracts_elsewhere, contracts_until FROM account WHERE id IN ";
const LINES: &str = "
    SELECT c.account_id, c.id, c.currency, c.starts_on, c.ends_on, c.renews_on, c.renewal,
           l.annual_volume, l.price_per, l.unit_price_minor
      FROM contract c JOIN contract_line l ON l.contract_id = c.id
     WHERE c.deleted_at_us IS NULL AND l.deleted_at_us IS NULL AND c.account_id IN ";
const OF_CONTRACTS: &str = "SELECT DISTINCT account_id FROM contract WHERE id IN ";
const OF_LINES: &str = "SELECT DISTINCT c.account_id FROM contract_line l JOIN contract c ON c.id = l.contract_id WHERE l.id IN ";
const DUE: &str = "
    SELECT id FROM account WHERE contracts_until IS NOT NULL AND contracts_until < $1
     ORDER BY contracts_until, id LIMIT $2";
const SOME: &str = "SELECT id FROM account WHERE id > $1 ORDER BY id LIMIT $2";

/// An account, what is kept of it, and its contracts with what their lines sum up to.
struct Ground {
    currency: Currency,
    kept: ByContracts,
    contracts: BTreeMap<String, (ContractWorth, i128)>,
}

impl Ground {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let currency = row.parsed(1, Currency::stored)?;
        let kept = ByContracts {
            value: row.int_or_null(2)?.map(|minor| Money::new(minor, currency)),
            n_elsewhere: row.int(3)?,
            until: row.date_or_null(4)?,
        };
        Ok(Self { currency, kept, contracts: BTreeMap::new() })
    }

    fn add(&mut self, row: &Row) -> Result<(), StoreError> {
        let value = Money::new(0, row.parsed(2, Currency::stored)?);
        let (ends_on, renews_on) = (row.date_or_null(4)?, row.date_or_null(5)?);
        let last_on = runs_until(row.parsed_or_null(6, Renewal::parse)?, ends_on, renews_on);
        let contract = ContractWorth { starts_on: row.date(3)?, last_on, value };
        let (_, sum) = self.contracts.entry(row.text(1)?).or_insert((contract, 0));
        // A line whose year cannot be counted is refused where it is entered.
        *sum += a_year_of(row.int(7)?, row.int(8)?, row.int(9)?).map_or(0, i128::from);
        Ok(())
    }

    fn worked_out(&self, today: Date) -> ByContracts {
        let whole = |(contract, minor): &(ContractWorth, i128)| {
            let value = Money::new(i64::try_from(*minor).ok()?, contract.value.currency);
            Some(ContractWorth { value, ..*contract })
        };
        let contracts: Vec<ContractWorth> = self.contracts.values().filter_map(whole).collect();
        by_contracts(self.currency, &contracts, today)
    }
}

/// Hands the rows that a statement finds for `ids` to `take` one by one: of a few accounts there may be a million lines.
async fn each_with_ids(
    tx: &mut ReadTx,
    sql: &str,
    ids: &[String],
    mut take: impl FnMut(&Row) -> Result<(), StoreError> + Send,
) -> Result<(), StoreError> {
    for chunk in ids.chunks(CHUNK) {
        let values = chunk.iter().map(|id| Value::Text(Some(id.clone()))).collect();
        let sql = format!("{sql}({})", places(tx, 1, chunk.len()));
        tx.each_row(&sql, values, &mut take).await?;
    }
    Ok(())
}

async fn grounds(tx: &mut ReadTx, ids: &[String]) -> Result<BTreeMap<String, Ground>, StoreError> {
    let mut found = BTreeMap::new();
    each_with_ids(tx, ACCOUNTS, ids, |row| {
        found.insert(row.text(0)?, Ground::read(row)?);
        Ok(())
    })
    .await?;
    each_with_ids(tx, LINES, ids, |row| match found.get_mut(&row.text(0)?) {
        Some(ground) => ground.add(row),
        None => Ok(()),
    })
    .await?;
    Ok(found)
}

/// Keeps what the contracts of accounts come to at `now`; what stays the same is not written.
///
/// # Errors
/// [`StoreError`] when it cannot be read or written.
#[boxed]
pub async fn keep_values(tx: &mut WriteTx, accounts: &[String], now: Instant) -> Result<(), StoreError> {
    let today = now.date_in(&TimeZone::UTC);
    for chunk in accounts.chunks(CHUNK) {
        for (id, ground) in grounds(tx, chunk).await? {
            let found = ground.worked_out(today);
            if found == ground.kept {
                continue;
            }
            let minor = found.value.map(|value| value.minor);
            tx.execute(SAVE, params![&id, minor, found.n_elsewhere, found.until]).await?;
        }
    }
    Ok(())
}

/// The accounts whose contracts these records are, as they are stored: asked before they are saved, and given to [`keep_values_of`]
/// after.
#[boxed]
pub(super) async fn valued_by<R: Stored>(
    tx: &mut ReadTx,
    records: &[&Saved<R>],
) -> Result<Vec<String>, StoreError> {
    let ids = || records.iter().map(|it| it.id.to_string()).collect::<Vec<_>>();
    let sql = match R::KIND {
        Kind::Account => return Ok(ids()),
        Kind::Contract => OF_CONTRACTS,
        Kind::ContractLine => OF_LINES,
        _ => return Ok(vec![]),
    };
    let mut accounts = vec![];
    each_with_ids(tx, sql, &ids(), |row| {
        accounts.push(row.text(0)?);
        Ok(())
    })
    .await?;
    Ok(accounts)
}

/// From here on what accounts are worth waits for [`keep_gathered_values`], without which nothing is committed: work in many steps
/// would read all lines of an account after each of them.
pub fn gather_values(tx: &mut WriteTx) {
    tx.values_due.get_or_insert_default();
}

/// Keeps what waits since [`gather_values`], at `now`.
///
/// # Errors
/// As [`keep_values`].
#[boxed]
pub async fn keep_gathered_values(tx: &mut WriteTx, now: Instant) -> Result<(), StoreError> {
    let accounts: Vec<String> = tx.values_due.take().unwrap_or_default().into_iter().collect();
    keep_values(tx, &accounts, now).await
}

/// Keeps what the contracts of accounts come to after these records were written, and of the accounts of `before`; or notes that it is
/// due.
#[boxed]
pub(super) async fn keep_values_of<R: Stored>(
    tx: &mut WriteTx,
    records: &[&Saved<R>],
    before: Vec<String>,
    now: Instant,
) -> Result<(), StoreError> {
    let mut accounts = valued_by(tx, records).await?;
    accounts.extend(before);
    if let Some(due) = &mut tx.values_due {
        due.extend(accounts);
        return Ok(());
    }
    accounts.sort();
    accounts.dedup();
    keep_values(tx, &accounts, now).await
}

/// Accounts of which a contract began or ended before `today` since it was worked out, at most `limit`.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_due_values(tx: &mut ReadTx, today: Date, limit: i64) -> Result<Vec<String>, StoreError> {
    tx.fetch_all(DUE, params![today, limit]).await?.iter().map(|row| row.text(0)).collect()
}

/// Keeps what was due, in a transaction of its own: no business event, because all it follows from is on record.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn recount_values(mut tx: WriteTx, accounts: &[String], now: Instant) -> Result<(), StoreError> {
    keep_values(&mut tx, accounts, now).await?;
    tx.commit_bookkeeping().await
}

/// How many accounts are kept with something else than their contracts come to on `today`.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn count_wrong_values(tx: &mut ReadTx, today: Date) -> Result<usize, StoreError> {
    let (mut n_wrong, mut after) = (0, String::new());
    loop {
        let rows = tx.fetch_all(SOME, params![&after, 500]).await?;
        let ids: Vec<String> = rows.iter().map(|row| row.text(0)).collect::<Result<_, _>>()?;
        let Some(last) = ids.last() else { return Ok(n_wrong) };
        after.clone_from(last);
        let found = grounds(tx, &ids).await?;
        let wrong = |it: &&Ground| {
            let due = it.worked_out(today);
            (due.value, due.n_elsewhere) != (it.kept.value, it.kept.n_elsewhere)
        };
        n_wrong += found.values().filter(wrong).count();
    }
}
