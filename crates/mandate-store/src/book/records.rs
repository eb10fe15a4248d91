//! One record at a time: load, insert, save, put into the trash, bring back.

use mandate_domain::book::{CustomValues, Parts, Saved};
use mandate_domain::{Id, Instant};

use super::contract_values::{keep_values_of, valued_by};
use super::tables::Stored;
use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, Value, WriteTx};
use crate::params;
use crate::reads::Scope;
use crate::search;

/// How many columns stand before a kind's own when it is read.
pub(super) const N_COMMON: usize = 9;

pub(crate) fn read_saved<R: Stored>(row: &Row) -> Result<Saved<R>, StoreError> {
    Ok(Saved {
        id: row.id(0)?,
        demo: row.flag(2)?,
        version: row.int(3)?,
        created_at: row.instant(4)?,
        updated_at: row.instant(5)?,
        deleted_at: row.instant_or_null(6)?,
        version_apart: row.int(7)?,
        version_beside: row.int(8)?,
        custom: CustomValues::default(),
        record: R::read(row, N_COMMON, row.text_or_null(1)?)?,
    })
}

/// The values of [`Stored::INSERT`].
pub(super) fn insert_values<R: Stored>(saved: &Saved<R>) -> Vec<Value> {
    let mut values = params![
        &saved.id,
        Value::Text(saved.external_id().map(str::to_owned)),
        saved.demo,
        saved.version,
        saved.created_at,
        saved.updated_at,
        saved.deleted_at,
    ];
    values.extend(saved.record.values());
    values
}

async fn load_where<R: Stored>(
    tx: &mut ReadTx,
    scope: &Scope,
    id: &Id<R>,
    place: &str,
) -> Result<Option<Saved<R>>, StoreError> {
    let (visible, values) = R::BELONGS.condition(scope, 2);
    let sql = format!("{} WHERE id = $1 AND deleted_at_us {place} AND ({visible})", R::SELECT);
    let values = params![id].into_iter().chain(values).collect();
    tx.fetch_optional(&sql, values).await?.map(|row| read_saved(&row)).transpose()
}

/// The record, unless it lies in the trash or `scope` may not see it.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load<R: Stored>(
    tx: &mut ReadTx,
    scope: &Scope,
    id: &Id<R>,
) -> Result<Option<Saved<R>>, StoreError> {
    load_where(tx, scope, id, "IS NULL").await
}

/// The record, if it lies in the trash and `scope` may see it.
///
/// # Errors
/// As [`load`].
#[boxed]
pub async fn load_trashed<R: Stored>(
    tx: &mut ReadTx,
    scope: &Scope,
    id: &Id<R>,
) -> Result<Option<Saved<R>>, StoreError> {
    load_where(tx, scope, id, "IS NOT NULL").await
}

/// Adds a record.
///
/// # Errors
/// [`StoreError::Duplicate`] when its external id is taken.
#[boxed]
pub async fn insert<R: Stored>(tx: &mut WriteTx, saved: &Saved<R>) -> Result<(), StoreError> {
    tx.insert_many(R::INSERT, vec![insert_values(saved)], "").await?;
    insert_apart(tx, std::slice::from_ref(saved)).await?;
    insert_links(tx, std::slice::from_ref(saved)).await?;
    keep_values_of(tx, &[saved], vec![], saved.updated_at).await?;
    keep_searchable(tx, saved).await
}

const LINK: &str = "INSERT INTO record_link (record_kind, record_id, field, target_id)";
const UNLINK: &str = "DELETE FROM record_link WHERE record_kind = $1 AND record_id = $2";

/// What fields of several name, so that it is found from the other side.
#[boxed]
pub(super) async fn insert_links<R: Stored>(
    tx: &mut WriteTx,
    records: &[Saved<R>],
) -> Result<(), StoreError> {
    let of = |saved: &Saved<R>| -> Vec<Vec<Value>> {
        let links = saved.record.links();
        links.into_iter().map(|(field, id)| params![R::KIND.as_str(), &saved.id, field, id]).collect()
    };
    let rows: Vec<Vec<Value>> = records.iter().flat_map(of).collect();
    if !rows.is_empty() {
        tx.insert_many(LINK, rows, "").await?;
    }
    Ok(())
}

/// What stands apart of new records, where they have it.
#[boxed]
pub(super) async fn insert_apart<R: Stored>(
    tx: &mut WriteTx,
    records: &[Saved<R>],
) -> Result<(), StoreError> {
    let Some(apart) = R::APART else { return Ok(()) };
    let row = |saved: &Saved<R>| {
        let value = saved.record.number_apart()?;
        Some(params![&saved.id, value, saved.version_apart, saved.created_at, saved.updated_at])
    };
    tx.insert_many(apart.insert, records.iter().filter_map(row).collect(), "").await?;
    Ok(())
}

/// Saves the changed `parts` at `now`, each over the version that was read.
///
/// # Errors
/// [`StoreError::Stale`] when another save came first, [`StoreError::Duplicate`] when its external id is taken.
#[boxed]
pub async fn save<R: Stored>(
    tx: &mut WriteTx,
    saved: &Saved<R>,
    parts: Parts,
    now: Instant,
) -> Result<(), StoreError> {
    let before = valued_by(tx, &[saved]).await?;
    save_alone(tx, saved, parts, now).await?;
    keep_values_of(tx, &[saved], before, now).await
}

/// As [`save`], without what accounts are worth.
#[boxed]
pub(super) async fn save_alone<R: Stored>(
    tx: &mut WriteTx,
    saved: &Saved<R>,
    parts: Parts,
    now: Instant,
) -> Result<(), StoreError> {
    if parts.open {
        let external_id = Value::Text(saved.external_id().map(str::to_owned));
        let mut values = params![&saved.id, saved.version, now, external_id];
        values.extend(saved.record.values());
        let n_rows = tx.execute(R::SAVE, values).await?;
        changed_one::<R>(n_rows, &saved.id)?;
        if R::FIELDS.iter().any(|spec| spec.shape.takes_several()) {
            tx.execute(UNLINK, params![R::KIND.as_str(), &saved.id]).await?;
            insert_links(tx, std::slice::from_ref(saved)).await?;
        }
        keep_searchable(tx, saved).await?;
    }
    if let (true, Some(apart)) = (parts.apart, R::APART) {
        let value = saved.record.number_apart();
        let n_rows = tx.execute(apart.save, params![&saved.id, value, saved.version_apart, now]).await?;
        changed_one::<R>(n_rows, &saved.id)?;
    }
    Ok(())
}

/// Puts a record into the trash; it keeps its id and its external id.
///
/// # Errors
/// [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn trash<R: Stored>(tx: &mut WriteTx, saved: &Saved<R>, now: Instant) -> Result<(), StoreError> {
    trash_many(tx, &[saved], now).await
}

/// Puts records into the trash.
///
/// # Errors
/// As [`trash`].
#[boxed]
pub async fn trash_many<R: Stored>(
    tx: &mut WriteTx,
    records: &[&Saved<R>],
    now: Instant,
) -> Result<(), StoreError> {
    for saved in records {
        trash_alone(tx, saved, now).await?;
    }
    keep_values_of(tx, records, vec![], now).await
}

async fn trash_alone<R: Stored>(tx: &mut WriteTx, saved: &Saved<R>, now: Instant) -> Result<(), StoreError> {
    let sql = format!(
        "UPDATE {} SET version = version + 1, deleted_at_us = $3 WHERE id = $1 AND version = $2 AND deleted_at_us IS NULL",
        R::TABLE
    );
    let n_rows = tx.execute(&sql, params![&saved.id, saved.version, now]).await?;
    changed_one::<R>(n_rows, &saved.id)?;
    search::remove(tx, R::KIND.as_str(), saved.id.as_str()).await
}

/// Brings a record back from the trash.
///
/// # Errors
/// [`StoreError::Stale`] when it was brought back meanwhile.
#[boxed]
pub async fn restore<R: Stored>(tx: &mut WriteTx, saved: &Saved<R>, now: Instant) -> Result<(), StoreError> {
    let sql = format!(
        "UPDATE {} SET version = version + 1, deleted_at_us = NULL, updated_at_us = $3
          WHERE id = $1 AND version = $2 AND deleted_at_us IS NOT NULL",
        R::TABLE
    );
    let n_rows = tx.execute(&sql, params![&saved.id, saved.version, now]).await?;
    changed_one::<R>(n_rows, &saved.id)?;
    keep_values_of(tx, &[saved], vec![], now).await?;
    keep_searchable(tx, saved).await
}

fn changed_one<R: Stored>(n_rows: u64, id: &Id<R>) -> Result<(), StoreError> {
    match n_rows {
        1 => Ok(()),
        0 => Err(StoreError::Stale { table: R::TABLE }),
        _ => Err(StoreError::Inconsistent {
            table: R::TABLE,
            id: id.to_string(),
            what: format!("{n_rows} rows have this id"),
        }),
    }
}

async fn keep_searchable<R: Stored>(tx: &mut WriteTx, saved: &Saved<R>) -> Result<(), StoreError> {
    let entries = search_entry(saved).into_iter().collect();
    search::put_many(tx, entries).await
}

/// What global search keeps of a record. An account's entry belongs to itself, so that its scope is checked too.
pub(super) fn search_entry<R: Stored>(saved: &Saved<R>) -> Option<search::Entry> {
    let text = saved.search_text()?;
    let is_account = matches!(R::BELONGS, super::Belongs::IsAccount(_));
    let account_id =
        if is_account { Some(saved.id.to_string()) } else { saved.account_id().map(str::to_owned) };
    Some(search::Entry {
        kind: R::KIND.as_str(),
        record_id: saved.id.to_string(),
        account_id,
        title: text.title,
        context: text.context,
    })
}
