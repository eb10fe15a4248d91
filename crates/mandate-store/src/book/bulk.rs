//! Many records at once: what imports, event sources and the demo book use.
//!
//! A caller first asks what is known by the firm's own ids, decides what is new or changed, and then writes. Thousands of
//! rows take a handful of statements.

use std::collections::{BTreeMap, BTreeSet};

use mandate_domain::book::{Account, Kind, Parts, Saved};
use mandate_domain::{Id, Instant};

use super::contract_values::{keep_values_of, valued_by};
use super::records::{insert_apart, insert_links, insert_values, read_saved, save_alone, search_entry};
use super::tables::Stored;
use crate::boxed;
use crate::db::{ReadTx, StoreError, Value, WriteTx, dialect};
use crate::merge;
use crate::reads::Scope;
use crate::search;

/// How many values a list of one statement has at most.
pub(super) const CHUNK: usize = 500;

/// A record found by the firm's own id.
#[derive(Clone, Debug)]
pub struct Known<R> {
    /// The record, be it in the trash.
    pub saved: Saved<R>,
    /// Whether the reader may see it.
    pub visible: bool,
}

/// The places of `n` values, from `first`; each value is bound in the order of the statement, so that it may be nameless: to
/// SQLite `$1` is a name, and each bind looks through all names.
pub(super) fn places(tx: &ReadTx, first: usize, n: usize) -> String {
    if !tx.is_postgres() {
        return vec!["?"; n].join(", ");
    }
    let places: Vec<String> = (first..first + n).map(|place| format!("${place}")).collect();
    places.join(", ")
}

/// From how many new records on their tables' indexes are made at the end.
const MANY_NEW: usize = 50_000;

/// Indexes that wait for the end of a transaction.
#[must_use = "what was set aside must be put back before the commit"]
pub struct SetAside(Vec<String>);

/// Makes ready for `n_new` records of a kind in this transaction: of many the indexes are made at the end ([`put_back`]).
///
/// # Errors
/// [`StoreError`] when the database fails.
#[boxed]
pub async fn set_aside<R: Stored>(tx: &mut WriteTx, n_new: usize) -> Result<SetAside, StoreError> {
    if n_new < MANY_NEW {
        return Ok(SetAside(vec![]));
    }
    let n_new = i64::try_from(n_new).unwrap_or(i64::MAX);
    let tables = [R::TABLE, "search_entry", "audit_record"];
    Ok(SetAside(dialect::set_aside_indexes(tx, &tables, n_new).await?))
}

/// Makes the indexes that wait.
///
/// # Errors
/// [`StoreError`] when the database fails.
#[boxed]
pub async fn put_back(tx: &mut WriteTx, aside: SetAside) -> Result<(), StoreError> {
    dialect::put_back_indexes(tx, aside.0).await
}

/// The records that have one of `external_ids`, by that id; also those in the trash or out of `scope`, marked so. An id of a
/// record that was merged is the id of the record that stands for it.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn load_known<R: Stored>(
    tx: &mut ReadTx,
    scope: &Scope,
    external_ids: &BTreeSet<String>,
) -> Result<BTreeMap<String, Known<R>>, StoreError> {
    let mut known = BTreeMap::new();
    let all: Vec<&String> = external_ids.iter().collect();
    for chunk in all.chunks(CHUNK) {
        let list = places(tx, 1, chunk.len());
        let mut values: Vec<Value> = chunk.iter().map(|id| Value::Text(Some((*id).clone()))).collect();
        let sql = format!("{} WHERE external_id IN ({list})", R::SELECT);
        let rows = tx.fetch_all(&sql, values.clone()).await?;
        if rows.is_empty() {
            continue;
        }
        let (visible, scope_values) = R::BELONGS.condition(scope, chunk.len() + 1);
        values.extend(scope_values);
        let sql = format!("SELECT id FROM {} WHERE external_id IN ({list}) AND ({visible})", R::TABLE);
        let seen: Result<BTreeSet<String>, StoreError> =
            tx.fetch_all(&sql, values).await?.iter().map(|row| row.text(0)).collect();
        let seen = seen?;
        for row in &rows {
            let saved: Saved<R> = read_saved(row)?;
            let visible = seen.contains(saved.id.as_str());
            if let Some(external_id) = saved.external_id().map(str::to_owned) {
                known.insert(external_id, Known { saved, visible });
            }
        }
    }
    follow_merges(tx, scope, &mut known).await?;
    Ok(known)
}

/// Puts the record that stands for a merged one in its place. Who was merged lies in the trash, so nothing is asked else.
async fn follow_merges<R: Stored>(
    tx: &mut ReadTx,
    scope: &Scope,
    known: &mut BTreeMap<String, Known<R>>,
) -> Result<(), StoreError> {
    let trashed: Vec<&str> = known
        .iter()
        .filter(|(_, known)| known.saved.deleted_at.is_some())
        .map(|(external_id, _)| external_id.as_str())
        .collect();
    let merged = merge::stand_for_all(tx, R::KIND, &trashed).await?;
    for (external_id, id) in merged {
        let (visible, scope_values) = R::BELONGS.condition(scope, 2);
        let values: Vec<Value> = vec![Value::Text(Some(id.clone()))];
        let sql = format!("{} WHERE id = $1", R::SELECT);
        let Some(row) = tx.fetch_optional(&sql, values.clone()).await? else { continue };
        let saved: Saved<R> = read_saved(&row)?;
        let sql = format!("SELECT id FROM {} WHERE id = $1 AND ({visible})", R::TABLE);
        let values = values.into_iter().chain(scope_values).collect();
        let visible = tx.fetch_optional(&sql, values).await?.is_some();
        known.insert(external_id, Known { saved, visible });
    }
    Ok(())
}

/// The records with these ids, by id; those in the trash or out of `scope` are left out.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn load_many<R: Stored>(
    tx: &mut ReadTx,
    scope: &Scope,
    ids: &[&str],
) -> Result<BTreeMap<String, Saved<R>>, StoreError> {
    let mut found = BTreeMap::new();
    for chunk in ids.chunks(CHUNK) {
        let (visible, scope_values) = R::BELONGS.condition(scope, chunk.len() + 1);
        let list = places(tx, 1, chunk.len());
        let sql = format!("{} WHERE id IN ({list}) AND deleted_at_us IS NULL AND ({visible})", R::SELECT);
        let mut values: Vec<Value> = chunk.iter().map(|id| Value::Text(Some((*id).to_owned()))).collect();
        values.extend(scope_values);
        for row in &tx.fetch_all(&sql, values).await? {
            let saved: Saved<R> = read_saved(row)?;
            found.insert(saved.id.to_string(), saved);
        }
    }
    Ok(found)
}

/// Records that have one of the folded `names` or, where the kind has an address, one of `emails`, given in small letters; those in
/// the trash or out of `scope` are left out.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn load_alike<R: Stored>(
    tx: &mut ReadTx,
    scope: &Scope,
    names: &BTreeSet<String>,
    emails: &BTreeSet<String>,
) -> Result<Vec<Saved<R>>, StoreError> {
    let mut found = vec![];
    let Some(name_column) = R::NAME_COLUMN else { return Ok(found) };
    let has_email = R::FIELDS.iter().any(|spec| spec.name == "email");
    // An address is one however its letters are written; the index is of those that there are.
    let by_email = ("lower(email)", " AND email <> ''", emails);
    let asked = [(name_column, "", names)].into_iter().chain(has_email.then_some(by_email));
    let mut met = BTreeSet::new();
    for (column, stated, texts) in asked {
        let all: Vec<&String> = texts.iter().collect();
        for chunk in all.chunks(CHUNK) {
            let (visible, scope_values) = R::BELONGS.condition(scope, chunk.len() + 1);
            let list = places(tx, 1, chunk.len());
            let sql = format!(
                "{} WHERE {column} IN ({list}) AND deleted_at_us IS NULL{stated} AND ({visible}) ORDER BY id",
                R::SELECT
            );
            let mut values: Vec<Value> =
                chunk.iter().map(|text| Value::Text(Some((*text).clone()))).collect();
            values.extend(scope_values);
            for row in &tx.fetch_all(&sql, values).await? {
                let saved: Saved<R> = read_saved(row)?;
                if met.insert(saved.id.to_string()) {
                    found.push(saved);
                }
            }
        }
    }
    Ok(found)
}

/// Adds many records.
///
/// # Errors
/// [`StoreError::Duplicate`] when an external id is taken.
#[boxed]
pub async fn insert_many<R: Stored>(tx: &mut WriteTx, records: &[Saved<R>]) -> Result<(), StoreError> {
    let rows = records.iter().map(insert_values).collect();
    tx.insert_many(R::INSERT, rows, "").await?;
    insert_apart(tx, records).await?;
    insert_links(tx, records).await?;
    // A new account has no contracts, and a new contract no lines.
    let now = records.iter().map(|it| it.updated_at).max();
    if let Some(now) = now.filter(|_| R::KIND == Kind::ContractLine) {
        keep_values_of(tx, &records.iter().collect::<Vec<_>>(), vec![], now).await?;
    }
    search::put_many(tx, records.iter().filter_map(search_entry).collect()).await
}

/// Saves the changed parts of many records at `now`, each over the version that was read.
///
/// # Errors
/// As [`super::save`].
#[boxed]
pub async fn save_many<R: Stored>(
    tx: &mut WriteTx,
    records: &[(Saved<R>, Parts)],
    now: Instant,
) -> Result<(), StoreError> {
    let saved: Vec<&Saved<R>> = records.iter().map(|(record, _)| record).collect();
    let before = valued_by(tx, &saved).await?;
    for (record, parts) in records {
        save_alone(tx, record, *parts, now).await?;
    }
    keep_values_of(tx, &saved, before, now).await
}

/// An account that an event source named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundAccount {
    /// The account.
    pub id: Id<Account>,
    /// It did not exist and was made now.
    pub made: bool,
    /// It lies in the trash: its facts are kept, and shown once it is restored.
    pub trashed: bool,
}

/// The account of each of `external_ids`; those unknown are made like `template`, named as the source names them.
///
/// An account entered with such an id of the firm is found, so a source and the book share accounts. `new_id` gives
/// fresh ids. Keys of the answer are the ids asked for.
///
/// # Errors
/// [`StoreError`] when the accounts cannot be read or written.
pub async fn find_or_make_accounts(
    tx: &mut WriteTx,
    external_ids: &BTreeSet<String>,
    template: &Account,
    now: Instant,
    mut new_id: impl FnMut() -> Id<Account> + Send,
) -> Result<BTreeMap<String, FoundAccount>, StoreError> {
    let known = load_known::<Account>(tx, &Scope::Everything, external_ids).await?;
    let mut found = BTreeMap::new();
    let mut made = vec![];
    for external_id in external_ids {
        let entry = match known.get(external_id) {
            Some(Known { saved, .. }) => {
                FoundAccount { id: saved.id.clone(), made: false, trashed: saved.deleted_at.is_some() }
            }
            None => {
                let id = new_id();
                let name = external_id.clone();
                let account = Account { external_id: Some(external_id.clone()), name, ..template.clone() };
                made.push(Saved::new(id.clone(), account, now));
                FoundAccount { id, made: true, trashed: false }
            }
        };
        found.insert(external_id.clone(), entry);
    }
    insert_many(tx, &made).await?;
    Ok(found)
}
