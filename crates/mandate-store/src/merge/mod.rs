//! Merging two records of a kind: what refers to the one goes over to the other, and back.
//!
//! The one named operation, beside `wipe`, on rows of other rooms: it changes whose they are and nothing else. Every row that
//! went over is kept by its key, so that an undo puts back exactly those, and none that came since. Not here: which fields
//! win, who may (`mandate-app`), and likely duplicates (`reads::duplicates`).

mod places;

use std::collections::BTreeMap;

use mandate_domain::book::Kind;
use mandate_domain::{Id, Instant};

pub use places::{OF_ACCOUNTS, OF_PEOPLE, Place, STAYS};

use crate::book::drop_stale_shares;
use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, Value, WriteTx};
use crate::params;
use crate::reads::Scope;

/// Between the parts of a row's key: no id and no word holds it.
const BETWEEN: &str = "\u{1f}";

/// How many keys of one statement.
const AT_ONCE: usize = 400;

/// A merge as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// Its id.
    pub id: String,
    /// `account` or `person`.
    pub kind: String,
    /// The record that stands.
    pub kept_id: String,
    /// The record that lies in the trash.
    pub dropped_id: String,
    /// The version the merge left the kept record in.
    pub kept_version: i64,
    /// The version it left the other in.
    pub dropped_version: i64,
    /// The kept record's fields before, as JSON.
    pub before: String,
    /// The user who merged.
    pub merged_by: Option<String>,
    /// Their name at the time.
    pub merged_by_name: String,
    /// When.
    pub merged_at: Instant,
    /// When it was undone.
    pub undone_at: Option<Instant>,
}

const INSERT: &str = "
    INSERT INTO record_merge (id, kind, kept_id, dropped_id, kept_version, dropped_version, before, merged_by,
           merged_by_name, merged_at_us, undone_at_us)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL)";
const LOAD: &str = "
    SELECT id, kind, kept_id, dropped_id, kept_version, dropped_version, before, merged_by, merged_by_name, merged_at_us,
           undone_at_us FROM record_merge WHERE id = $1";
const OF_KIND: &str = "
    SELECT id, kind, kept_id, dropped_id, kept_version, dropped_version, before, merged_by, merged_by_name, merged_at_us,
           undone_at_us FROM record_merge WHERE kind = $1";
const UNDO: &str = "UPDATE record_merge SET undone_at_us = $1 WHERE id = $2 AND undone_at_us IS NULL";
const KEEP_ROW: &str = "INSERT INTO record_merge_row (merge_id, position, table_name, column_name, row_key)";
const ROWS: &str = "
    SELECT table_name, column_name, row_key FROM record_merge_row WHERE merge_id = $1 ORDER BY position";
const ALIAS: &str = "INSERT INTO record_alias (kind, old_id, external_id, record_id) VALUES ($1, $2, $3, $4)";
const END_ALIAS: &str = "DELETE FROM record_alias WHERE kind = $1 AND old_id = $2";
const STANDS_FOR: &str = "SELECT record_id FROM record_alias WHERE kind = $1 AND old_id = $2";
const ALL_EXTERNAL: &str =
    "SELECT external_id, record_id FROM record_alias WHERE kind = $1 AND external_id IS NOT NULL";
const NOT_DUPLICATE: &str = "
    INSERT INTO not_duplicate (kind, first_id, second_id, said_by, said_at_us) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (kind, first_id, second_id) DO NOTHING";

/// The table of who took part in what, and the records that list the same people themselves.
const LINKS: &str = "record_link";
const WITH_LISTS: [&str; 2] = ["communication", "review"];

/// How many months both accounts have actual figures for, of the same product and currency.
const SAME_ACTUALS: &str = "
    SELECT COUNT(*) FROM actual one
      JOIN actual other ON other.product_id = one.product_id AND other.month = one.month AND other.currency = one.currency
     WHERE one.account_id = $1 AND other.account_id = $2 AND one.deleted_at_us IS NULL AND other.deleted_at_us IS NULL";

/// The columns that refer to records of `kind`; of other kinds nothing is merged.
pub const fn places_of(kind: Kind) -> &'static [Place] {
    match kind {
        Kind::Account => OF_ACCOUNTS,
        Kind::Person => OF_PEOPLE,
        _ => &[],
    }
}

impl Place {
    /// Which rows go over, of the record `$2` to the record `$1`.
    fn condition(&self) -> String {
        let Self { table, column, .. } = self;
        let mut sql = format!("{table}.{column} = $2");
        if let Some(only) = self.only {
            sql.push_str(&format!(" AND {only}"));
        }
        if let Some(unless) = self.unless {
            sql.push_str(&format!(
                " AND NOT EXISTS (SELECT 1 FROM {table} other WHERE other.{column} = $1 AND {unless})"
            ));
        }
        sql
    }
}

/// How many rows of what would go over from `dropped` to `kept`; of what is told, and of what there is any.
///
/// # Errors
/// [`StoreError`] when they cannot be counted.
#[boxed]
pub async fn count_rows(
    tx: &mut ReadTx,
    kind: Kind,
    kept: &str,
    dropped: &str,
) -> Result<BTreeMap<&'static str, i64>, StoreError> {
    let mut counts = BTreeMap::new();
    for place in places_of(kind) {
        let Some(told) = place.told else { continue };
        // Both parameters are named whatever the condition, because a statement binds what it names.
        let sql = format!("SELECT COUNT(*) FROM {} WHERE {} AND $1 <> $2", place.table, place.condition());
        let n = tx.fetch_one(&sql, params![kept, dropped]).await?.int(0)?;
        if n > 0 {
            *counts.entry(told).or_default() += n;
        }
    }
    Ok(counts)
}

/// How many actual figures of two accounts are of the same product, month and currency: neither may take the other's place.
///
/// # Errors
/// [`StoreError`] when they cannot be counted.
#[boxed]
pub async fn count_same_actuals(tx: &mut ReadTx, one: &str, other: &str) -> Result<i64, StoreError> {
    tx.fetch_one(SAME_ACTUALS, params![one, other]).await?.int(0)
}

/// A row that went over: table, column, key.
pub type MovedRow = (&'static str, &'static str, String);

/// Makes everything that refers to `dropped` refer to `kept`; answers which rows those were.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn move_rows(
    tx: &mut WriteTx,
    kind: Kind,
    kept: &str,
    dropped: &str,
) -> Result<Vec<MovedRow>, StoreError> {
    let mut moved = vec![];
    if kind == Kind::Account {
        // What came from the kept account, where it was shared once, and is not shared where it is now stays so.
        drop_stale_shares(tx, kept, dropped).await?;
    }
    for place in places_of(kind) {
        let (table, column) = (place.table, place.column);
        let keys = place.keys.iter().map(|key| format!("{table}.{key}")).collect::<Vec<_>>().join(", ");
        let condition = place.condition();
        let sql = format!("SELECT {keys} FROM {table} WHERE {condition} AND $1 <> $2");
        for row in tx.fetch_all(&sql, params![kept, dropped]).await? {
            let parts: Result<Vec<String>, StoreError> =
                (0..place.keys.len()).map(|idx| row.text(idx)).collect();
            moved.push((table, column, parts?.join(BETWEEN)));
        }
        let counted = if place.counts_saves { ", version = version + 1" } else { "" };
        let sql = format!("UPDATE {table} SET {column} = $1{counted} WHERE {condition}");
        tx.execute(&sql, params![kept, dropped]).await?;
    }
    let linked = moved.iter().filter(|(table, ..)| *table == LINKS).map(|(.., key)| key.as_str());
    rename_in_lists(tx, linked.collect(), (dropped, kept)).await?;
    Ok(moved)
}

/// Who took part stands in the record itself, too: there the one name takes the place of the other.
async fn rename_in_lists(
    tx: &mut WriteTx,
    linked: Vec<&str>,
    (from, to): (&str, &str),
) -> Result<(), StoreError> {
    for table in WITH_LISTS {
        let of_table = |key: &&str| {
            let mut parts = key.split(BETWEEN);
            parts.next().filter(|kind| *kind == table).and_then(|_| parts.next()).map(str::to_owned)
        };
        let ids: Vec<String> = linked.iter().filter_map(of_table).collect();
        for part in ids.chunks(AT_ONCE) {
            let marks: Vec<String> = (0..part.len()).map(|idx| format!("${}", idx + 3)).collect();
            let sql = format!(
                "UPDATE {table} SET people = REPLACE(people, $1, $2), version = version + 1 WHERE id IN ({})",
                marks.join(", ")
            );
            let mut values = params![from, to];
            values.extend(part.iter().map(|id| Value::Text(Some(id.clone()))));
            tx.execute(&sql, values).await?;
        }
    }
    Ok(())
}

/// Puts back what went over; answers which tables have rows that are no longer as the merge left them, of those that are told.
/// Rows of what nobody is told about go back as far as they are there.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn move_back(tx: &mut WriteTx, merge: &Merge, kind: Kind) -> Result<Vec<&'static str>, StoreError> {
    let mut by_place: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for row in tx.fetch_all(ROWS, params![&merge.id]).await? {
        by_place.entry((row.text(0)?, row.text(1)?)).or_default().push(row.text(2)?);
    }
    let mut changed = vec![];
    for ((table, column), keys) in by_place {
        let found = places_of(kind).iter().find(|place| place.table == table && place.column == column);
        let place = found.ok_or_else(|| StoreError::Inconsistent {
            table: "record_merge_row",
            id: merge.id.clone(),
            what: format!("{table}.{column} is moved by no merge"),
        })?;
        if table == LINKS {
            let linked = keys.iter().map(String::as_str).collect();
            rename_in_lists(tx, linked, (&merge.kept_id, &merge.dropped_id)).await?;
        }
        let (mut n_back, n_moved) = (0, keys.len());
        for part in keys.chunks(AT_ONCE) {
            n_back += put_back(tx, place, merge, part).await?;
        }
        let all_back = usize::try_from(n_back).is_ok_and(|n_back| n_back == n_moved);
        if let (false, Some(told)) = (all_back, place.told) {
            changed.push(told);
        }
    }
    Ok(changed)
}

async fn put_back(
    tx: &mut WriteTx,
    place: &Place,
    merge: &Merge,
    keys: &[String],
) -> Result<u64, StoreError> {
    let (table, column) = (place.table, place.column);
    let counted = if place.counts_saves { ", version = version + 1" } else { "" };
    let mut values = params![&merge.dropped_id, &merge.kept_id];
    let mut named = vec![];
    for key in keys {
        let mut parts = vec![];
        for (name, text) in place.keys.iter().zip(key.split(BETWEEN)) {
            values.push(Value::Text(Some(text.to_owned())));
            parts.push(format!("{name} = ${}", values.len()));
        }
        named.push(format!("({})", parts.join(" AND ")));
    }
    let sql =
        format!("UPDATE {table} SET {column} = $1{counted} WHERE {column} = $2 AND ({})", named.join(" OR "));
    tx.execute(&sql, values).await
}

/// Keeps a merge with the rows that went over.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn insert_merge(tx: &mut WriteTx, merge: &Merge, moved: Vec<MovedRow>) -> Result<(), StoreError> {
    let values = params![
        &merge.id,
        &merge.kind,
        &merge.kept_id,
        &merge.dropped_id,
        merge.kept_version,
        merge.dropped_version,
        &merge.before,
        Value::Text(merge.merged_by.clone()),
        &merge.merged_by_name,
        merge.merged_at,
    ];
    tx.execute(INSERT, values).await?;
    let rows = (0_i64..)
        .zip(moved)
        .map(|(position, (table, column, key))| params![&merge.id, position, table, column, key])
        .collect();
    tx.insert_many(KEEP_ROW, rows, "").await?;
    Ok(())
}

/// A merge by its id.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_merge(tx: &mut ReadTx, id: &str) -> Result<Option<Merge>, StoreError> {
    tx.fetch_optional(LOAD, params![id]).await?.as_ref().map(read_merge).transpose()
}

/// The newest merges of a kind of which both sides are within reach.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_merges(
    tx: &mut ReadTx,
    scope: &Scope,
    kind: Kind,
    limit: usize,
) -> Result<Vec<Merge>, StoreError> {
    let (mut sql, mut values) = (OF_KIND.to_owned(), params![kind.as_str(), limit]);
    for side in ["kept_id", "dropped_id"] {
        let next = values.len() + 1;
        let (reached, of_scope) = match kind {
            Kind::Account => scope.condition(&format!("record_merge.{side}"), next),
            _ => {
                let (visible, of_scope) = scope.condition("r.account_id", next);
                let of_person = format!("r.id = record_merge.{side} AND (r.account_id IS NULL OR {visible})");
                (format!("EXISTS (SELECT 1 FROM person r WHERE {of_person})"), of_scope)
            }
        };
        sql.push_str(&format!(" AND {reached}"));
        values.extend(of_scope);
    }
    sql.push_str(" ORDER BY merged_at_us DESC, id DESC LIMIT $2");
    tx.fetch_all(&sql, values).await?.iter().map(read_merge).collect()
}

fn read_merge(row: &Row) -> Result<Merge, StoreError> {
    Ok(Merge {
        id: row.text(0)?,
        kind: row.text(1)?,
        kept_id: row.text(2)?,
        dropped_id: row.text(3)?,
        kept_version: row.int(4)?,
        dropped_version: row.int(5)?,
        before: row.text(6)?,
        merged_by: row.text_or_null(7)?,
        merged_by_name: row.text(8)?,
        merged_at: row.instant(9)?,
        undone_at: row.instant_or_null(10)?,
    })
}

/// Marks a merge as undone; refused as stale when it was before.
///
/// # Errors
/// [`StoreError::Stale`].
#[boxed]
pub async fn mark_undone(tx: &mut WriteTx, id: &str, now: Instant) -> Result<(), StoreError> {
    match tx.execute(UNDO, params![now, id]).await? {
        1 => Ok(()),
        _ => Err(StoreError::Stale { table: "record_merge" }),
    }
}

/// From now on `kept` stands for `old`, by its id and by the firm's own.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn insert_alias(
    tx: &mut WriteTx,
    kind: Kind,
    old: (&str, Option<&str>),
    kept: &str,
) -> Result<(), StoreError> {
    let external_id = Value::Text(old.1.map(str::to_owned));
    tx.execute(ALIAS, params![kind.as_str(), old.0, external_id, kept]).await?;
    Ok(())
}

/// `old` stands for itself again.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn end_alias(tx: &mut WriteTx, kind: Kind, old: &str) -> Result<(), StoreError> {
    tx.execute(END_ALIAS, params![kind.as_str(), old]).await?;
    Ok(())
}

/// The record that stands for the merged record `old`; `None` where that was not merged.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn stands_for(tx: &mut ReadTx, kind: Kind, old: &str) -> Result<Option<String>, StoreError> {
    tx.fetch_optional(STANDS_FOR, params![kind.as_str(), old]).await?.map(|row| row.text(0)).transpose()
}

/// The records that stand for merged ones, by what is given of `texts`: the old id or the firm's own.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn stand_for_all(
    tx: &mut ReadTx,
    kind: Kind,
    texts: &[&str],
) -> Result<BTreeMap<String, String>, StoreError> {
    let mut found = BTreeMap::new();
    for part in texts.chunks(AT_ONCE) {
        let marks: Vec<String> = (0..part.len()).map(|idx| format!("${}", idx + 2)).collect();
        let marks = marks.join(", ");
        let mut values = params![kind.as_str()];
        values.extend(part.iter().map(|text| Value::Text(Some((*text).to_owned()))));
        let sql = format!(
            "SELECT old_id, external_id, record_id FROM record_alias
              WHERE kind = $1 AND (old_id IN ({marks}) OR external_id IN ({marks}))"
        );
        for row in tx.fetch_all(&sql, values).await? {
            for name in [Some(row.text(0)?), row.text_or_null(1)?].into_iter().flatten() {
                if part.contains(&name.as_str()) {
                    found.insert(name, row.text(2)?);
                }
            }
        }
    }
    Ok(found)
}

/// The firm's own ids of all merged records of `kind`, and the records that stand for them.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn external_ids(tx: &mut ReadTx, kind: Kind) -> Result<Vec<(String, String)>, StoreError> {
    let rows = tx.fetch_all(ALL_EXTERNAL, params![kind.as_str()]).await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
}

/// Remembers that two records are no duplicates of one another.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn say_not_duplicate<U>(
    tx: &mut WriteTx,
    kind: Kind,
    pair: (&str, &str),
    said_by: Option<&Id<U>>,
    now: Instant,
) -> Result<(), StoreError> {
    let (first, second) = if pair.0 <= pair.1 { pair } else { (pair.1, pair.0) };
    tx.execute(NOT_DUPLICATE, params![kind.as_str(), first, second, said_by, now]).await?;
    Ok(())
}
