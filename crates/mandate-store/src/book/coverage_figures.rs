//! The kept figures of coverage, one row an account, and which accounts a write touches.
//!
//! They are derived: whoever writes people, stakes, acquaintances or communications asks before and after which accounts that concerns
//! and has them computed anew in the same transaction. What they follow from is read in `reads::coverage`.

use jiff::civil::Date;
use mandate_domain::book::{Account, Coverage, Kind};
use mandate_domain::{Id, Instant};

use super::bulk::{CHUNK, places};
use crate::boxed;
use crate::db::{ReadTx, StoreError, Value, WriteTx};
use crate::params;

const SAVE: &str = "
    INSERT INTO account_coverage (account_id, computed_on, n_people, n_known, known_bp, stake_bp, n_single, n_unknown,
           n_without_stake, n_lost, last_contact_on, updated_at_us)";
const ON_CONFLICT: &str = "ON CONFLICT (account_id) DO UPDATE SET
       computed_on = excluded.computed_on, n_people = excluded.n_people, n_known = excluded.n_known,
       known_bp = excluded.known_bp, stake_bp = excluded.stake_bp, n_single = excluded.n_single,
       n_unknown = excluded.n_unknown, n_without_stake = excluded.n_without_stake, n_lost = excluded.n_lost,
       last_contact_on = excluded.last_contact_on, updated_at_us = excluded.updated_at_us";
const DROP: &str = "DELETE FROM account_coverage WHERE account_id IN ";
const NOT_OF_TODAY: &str = "
    SELECT a.id FROM account a LEFT JOIN account_coverage g ON g.account_id = a.id AND g.computed_on = $1
     WHERE a.deleted_at_us IS NULL AND g.account_id IS NULL ORDER BY a.id LIMIT $2";
const OF_STAKES: &str = "SELECT p.account_id FROM stake s JOIN person p ON p.id = s.person_id WHERE s.id IN ";
const OF_ACQUAINTANCES: &str =
    "SELECT p.account_id FROM acquaintance q JOIN person p ON p.id = q.client_person_id WHERE q.id IN ";
const OF_COMMUNICATIONS: &str = "SELECT account_id FROM communication WHERE id IN ";
const OF_PEOPLE: &str = "SELECT account_id FROM person WHERE account_id IS NOT NULL AND id IN ";
const WHERE_KNOWN: &str = "
    SELECT p.account_id FROM acquaintance q JOIN person p ON p.id = q.client_person_id WHERE q.our_person_id IN ";
const WHERE_TALKED: &str = "
    SELECT m.account_id FROM record_link k JOIN communication m ON m.id = k.record_id
     WHERE k.record_kind = 'communication' AND k.target_id IN ";

/// The accounts whose coverage follows from these records of `kind`, as they are stored now, be they in the trash.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_covered_by(
    tx: &mut ReadTx,
    kind: Kind,
    ids: &[&str],
) -> Result<Vec<Id<Account>>, StoreError> {
    let statements: &[&str] = match kind {
        Kind::Account => {
            return ids
                .iter()
                .map(|id| {
                    Id::parse(id).map_err(|error| StoreError::Inconsistent {
                        table: "account",
                        id: (*id).to_owned(),
                        what: error.to_string(),
                    })
                })
                .collect();
        }
        Kind::Person => &[OF_PEOPLE, WHERE_KNOWN, WHERE_TALKED],
        Kind::Stake => &[OF_STAKES],
        Kind::Acquaintance => &[OF_ACQUAINTANCES],
        Kind::Communication => &[OF_COMMUNICATIONS],
        _ => &[],
    };
    let mut found = vec![];
    for statement in statements {
        for chunk in ids.chunks(CHUNK) {
            let values = chunk.iter().map(|id| Value::Text(Some((*id).to_owned()))).collect();
            let sql = format!("{statement}({})", places(tx, 1, chunk.len()));
            for row in tx.fetch_all(&sql, values).await? {
                found.push(row.id(0)?);
            }
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// Accounts whose figures are not of `today`, at most `limit`.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_not_of(tx: &mut ReadTx, today: Date, limit: usize) -> Result<Vec<Id<Account>>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    tx.fetch_all(NOT_OF_TODAY, params![today, limit]).await?.iter().map(|row| row.id(0)).collect()
}

/// Keeps the figures of accounts, computed for `today`.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn save_figures(
    tx: &mut WriteTx,
    figures: &[(Id<Account>, Coverage)],
    today: Date,
    now: Instant,
) -> Result<(), StoreError> {
    let n = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let row = |(account, coverage): &(Id<Account>, Coverage)| {
        params![
            account,
            today,
            coverage.n_people(),
            coverage.n_known,
            coverage.known_bp(),
            coverage.stake_known_bp(),
            n(coverage.single_threads().count()),
            n(coverage.unknown().count()),
            n(coverage.without_stake().len()),
            n(coverage.lost_threads.len()),
            coverage.last_contact.any(),
            now
        ]
    };
    tx.insert_many(SAVE, figures.iter().map(row).collect(), ON_CONFLICT).await?;
    Ok(())
}

/// Drops the figures of accounts, until they are counted anew.
///
/// # Errors
/// [`StoreError`] when they cannot be removed.
#[boxed]
pub async fn drop_figures(tx: &mut WriteTx, accounts: &[Id<Account>]) -> Result<(), StoreError> {
    for chunk in accounts.chunks(CHUNK) {
        let values = chunk.iter().map(|id| Value::Text(Some(id.to_string()))).collect();
        let sql = format!("{DROP}({})", places(tx, 1, chunk.len()));
        tx.execute(&sql, values).await?;
    }
    Ok(())
}

/// Keeps figures that were only counted anew, in a transaction of their own: no business event, because all they follow from is on
/// record.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn recount(
    mut tx: WriteTx,
    figures: &[(Id<Account>, Coverage)],
    today: Date,
    now: Instant,
) -> Result<(), StoreError> {
    save_figures(&mut tx, figures, today, now).await?;
    tx.commit_bookkeeping().await
}
