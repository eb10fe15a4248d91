//! Which records are meant where a file, a form or a request names another record.
//!
//! A text means a record by its id, else by the firm's own id, else by its name when only one has it. Only live records
//! within the reader's scope are found. Of namesakes among people the one of the record's own account is meant.

use std::collections::{BTreeMap, BTreeSet};

use mandate_domain::Id;
use mandate_domain::book::{Account, Contract, Kind, Referent, Side};
use mandate_domain::text::fold;

use super::bulk::{CHUNK, places};
use super::tables::Stored;
use crate::db::{ReadTx, Row, StoreError, Value};
use crate::reads::Scope;
use crate::{boxed, merge, params};

/// What texts mean, for one kind.
#[derive(Clone, Debug, Default)]
pub struct References {
    by_id: BTreeSet<String>,
    by_external_id: BTreeMap<String, String>,
    by_name: BTreeMap<String, Vec<String>>,
    /// The account each belongs to, of those that belong to one.
    accounts: BTreeMap<String, String>,
}

impl References {
    /// The ids that `text` may mean: none, one, or several of one name.
    pub fn meant(&self, text: &str) -> Vec<&str> {
        if let Some(id) = self.by_id.get(text) {
            return vec![id];
        }
        if let Some(id) = self.by_external_id.get(text) {
            return vec![id];
        }
        self.by_name.get(&fold(text)).map(|ids| ids.iter().map(String::as_str).collect()).unwrap_or_default()
    }

    /// The record that has `text` as an id, Mandate's own or the firm's.
    pub fn id_of(&self, text: &str) -> Option<&str> {
        let own = self.by_id.get(text).or_else(|| self.by_external_id.get(text));
        own.map(String::as_str)
    }

    /// As [`References::meant`]; of several of one name those of `account` alone, where one of them is, and else those of none.
    pub fn meant_within(&self, text: &str, account: &str) -> Vec<&str> {
        let meant = self.meant(text);
        if meant.len() < 2 || account.is_empty() {
            return meant;
        }
        let of = |wanted: Option<&str>| -> Vec<&str> {
            meant.iter().copied().filter(|id| self.account_of(id) == wanted).collect()
        };
        let (own, nobodys) = (of(Some(account)), of(None));
        match (own.is_empty(), nobodys.is_empty()) {
            (false, _) => own,
            (true, false) => nobodys,
            (true, true) => meant,
        }
    }

    /// The account a record belongs to, if to one.
    pub fn account_of(&self, id: &str) -> Option<&str> {
        self.accounts.get(id).map(String::as_str)
    }

    /// Adds what `more` found.
    pub fn extend(&mut self, more: Self) {
        self.by_id.extend(more.by_id);
        self.by_external_id.extend(more.by_external_id);
        self.accounts.extend(more.accounts);
        for (name, ids) in more.by_name {
            let same_name = self.by_name.entry(name).or_default();
            for id in ids {
                if !same_name.contains(&id) {
                    same_name.push(id);
                }
            }
        }
    }

    /// Adds a record by the firm's own id.
    pub fn add(&mut self, id: &str, external_id: &str) {
        self.by_id.insert(id.to_owned());
        if !external_id.is_empty() {
            self.by_external_id.insert(external_id.to_owned(), id.to_owned());
        }
    }

    /// Adds a record that is not stored yet: one of the same file.
    pub fn add_new(&mut self, id: &str, external_id: &str, name: &str) {
        self.add(id, external_id);
        let name = fold(name);
        if !name.is_empty() {
            self.by_name.entry(name).or_default().push(id.to_owned());
        }
    }
}

/// What each of `texts` means among the records of `referent` that `scope` may see.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
pub async fn find_references(
    tx: &mut ReadTx,
    scope: &Scope,
    referent: impl Into<Referent> + Send,
    texts: &BTreeSet<String>,
) -> Result<References, StoreError> {
    let referent = referent.into();
    mandate_domain::with_kind!(referent.kind, R => find::<R>(tx, scope, texts, among(referent)).await)
}

/// Of people one side.
const fn among(referent: Referent) -> &'static str {
    match referent.side {
        Some(Side::Provider) => " AND side = 'provider'",
        Some(Side::Client) => " AND side = 'client'",
        None => "",
    }
}

async fn find<R: Stored>(
    tx: &mut ReadTx,
    scope: &Scope,
    texts: &BTreeSet<String>,
    among: &str,
) -> Result<References, StoreError> {
    let mut found = References::default();
    let Some(name_column) = R::NAME_COLUMN else { return Ok(found) };
    let account = R::BELONGS.account_column().unwrap_or("NULL");
    let all: Vec<&String> = texts.iter().collect();
    for chunk in all.chunks(CHUNK) {
        let n = chunk.len();
        let (ids, own_ids, names) = (places(tx, 1, n), places(tx, n + 1, n), places(tx, 2 * n + 1, n));
        let (visible, scope_values) = R::BELONGS.condition(scope, 3 * n + 1);
        let sql = format!(
            "SELECT id, external_id, {name_column}, {account} FROM {}
              WHERE (id IN ({ids}) OR external_id IN ({own_ids}) OR {name_column} IN ({names}))
                AND deleted_at_us IS NULL{among} AND ({visible})
              ORDER BY id",
            R::TABLE
        );
        let given = chunk.iter().map(|text| Value::Text(Some((*text).clone())));
        let mut values: Vec<Value> = given.clone().chain(given).collect();
        values.extend(chunk.iter().map(|text| Value::Text(Some(fold(text)))));
        values.extend(scope_values);
        for row in tx.fetch_all(&sql, values).await? {
            let id = row.text(0)?;
            found.by_id.insert(id.clone());
            if let Some(external_id) = row.text_or_null(1)? {
                found.by_external_id.insert(external_id, id.clone());
            }
            if let Some(account) = row.text_or_null(3)? {
                found.accounts.insert(id.clone(), account);
            }
            let same_name = found.by_name.entry(row.text(2)?).or_default();
            if !same_name.contains(&id) {
                same_name.push(id);
            }
        }
    }
    follow_merges::<R>(tx, scope, texts, among, &mut found).await?;
    Ok(found)
}

/// Hands the ids and folded names of the records of `referent` that `scope` may see to `take`, one by one: none is held.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn each_name(
    tx: &mut ReadTx,
    scope: &Scope,
    referent: Referent,
    take: &mut (dyn FnMut(String, &str) + Send),
) -> Result<(), StoreError> {
    mandate_domain::with_kind!(referent.kind, R => each::<R>(tx, scope, among(referent), take).await)
}

async fn each<R: Stored>(
    tx: &mut ReadTx,
    scope: &Scope,
    among: &str,
    take: &mut (dyn FnMut(String, &str) + Send),
) -> Result<(), StoreError> {
    let Some(name_column) = R::NAME_COLUMN else { return Ok(()) };
    let (visible, values) = R::BELONGS.condition(scope, 1);
    let sql = format!(
        "SELECT id, {name_column} FROM {} WHERE deleted_at_us IS NULL{among} AND ({visible}) ORDER BY id",
        R::TABLE
    );
    let take = |row: &Row| {
        take(row.text(0)?, &row.text(1)?);
        Ok(())
    };
    tx.each_row(&sql, values, take).await
}

/// What is not found by its id may have been merged: then it means the record that stands for it.
async fn follow_merges<R: Stored>(
    tx: &mut ReadTx,
    scope: &Scope,
    texts: &BTreeSet<String>,
    among: &str,
    found: &mut References,
) -> Result<(), StoreError> {
    let unknown: Vec<&str> =
        texts.iter().map(String::as_str).filter(|text| found.meant(text).is_empty()).collect();
    for (text, id) in merge::stand_for_all(tx, R::KIND, &unknown).await? {
        let (visible, scope_values) = R::BELONGS.condition(scope, 2);
        let sql = format!(
            "SELECT id FROM {} WHERE id = $1 AND deleted_at_us IS NULL{among} AND ({visible})",
            R::TABLE
        );
        let values = params![&id].into_iter().chain(scope_values).collect();
        if tx.fetch_optional(&sql, values).await?.is_some() {
            found.by_external_id.insert(text, id);
        }
    }
    Ok(())
}

/// What a record takes from the one it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The currency of its prices, of a contract.
    pub currency: Option<String>,
    /// Whose it is; nobody's of a person of ours.
    pub account_id: Option<String>,
}

const CONTRACT_OWNERS: &str = "SELECT id, currency, account_id FROM contract WHERE id IN ";
const PROMISE_OWNERS: &str = "SELECT id, CAST(NULL AS TEXT), account_id FROM promise WHERE id IN ";
const EXPECTATION_OWNERS: &str = "SELECT id, CAST(NULL AS TEXT), account_id FROM expectation WHERE id IN ";
const PERSON_OWNERS: &str = "SELECT id, CAST(NULL AS TEXT), account_id FROM person WHERE id IN ";

/// Currency and account of records that others belong to, by id: contracts of lines and amendments, people of stakes.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_owners(
    tx: &mut ReadTx,
    kind: Kind,
    ids: &BTreeSet<String>,
) -> Result<BTreeMap<String, Owner>, StoreError> {
    let mut found = BTreeMap::new();
    let select = match kind {
        Kind::Person => PERSON_OWNERS,
        Kind::Promise => PROMISE_OWNERS,
        Kind::Expectation => EXPECTATION_OWNERS,
        _ => CONTRACT_OWNERS,
    };
    let all: Vec<&String> = ids.iter().collect();
    for chunk in all.chunks(CHUNK) {
        let sql = format!("{select}({})", places(tx, 1, chunk.len()));
        let values = chunk.iter().map(|id| Value::Text(Some((*id).clone()))).collect();
        for row in tx.fetch_all(&sql, values).await? {
            let owner = Owner { currency: row.text_or_null(1)?, account_id: row.text_or_null(2)? };
            found.insert(row.text(0)?, owner);
        }
    }
    Ok(found)
}

/// Records of a kind with exactly these values in the fields named, by those values, oldest first: id, and the firm's own id or else
/// the id.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn find_same<R: Stored>(
    tx: &mut ReadTx,
    fields: &[&str],
    keys: &[Vec<String>],
) -> Result<BTreeMap<Vec<String>, Vec<(String, String)>>, StoreError> {
    let column = |field: &&str| {
        let spec = R::FIELDS.iter().find(|spec| spec.name == *field);
        match spec.and_then(|spec| spec.shape.referent()) {
            Some(_) => format!("{field}_id"),
            None => (*field).to_owned(),
        }
    };
    let columns: Vec<String> = fields.iter().map(column).collect();
    let mut found: BTreeMap<Vec<String>, Vec<(String, String)>> = BTreeMap::new();
    // One row a key: the index on these columns answers each at once, on both databases.
    for chunk in keys.chunks((CHUNK / columns.len().max(1)).max(1)) {
        let mut values = vec![];
        let mut one = |key: &Vec<String>| {
            let parts: Vec<String> = columns
                .iter()
                .zip(key)
                .map(|(column, value)| {
                    values.push(Value::Text(Some(value.clone())));
                    format!("{column} = ${}", values.len())
                })
                .collect();
            format!("({})", parts.join(" AND "))
        };
        let conditions: Vec<String> = chunk.iter().map(&mut one).collect();
        let sql = format!(
            "SELECT id, COALESCE(external_id, id), {} FROM {} WHERE deleted_at_us IS NULL AND ({}) ORDER BY id",
            columns.join(", "),
            R::TABLE,
            conditions.join(" OR ")
        );
        for row in tx.fetch_all(&sql, values).await? {
            let key: Result<Vec<String>, StoreError> =
                (2..2 + columns.len()).map(|idx| row.text(idx)).collect();
            found.entry(key?).or_default().push((row.text(0)?, row.text(1)?));
        }
    }
    Ok(found)
}

/// The time zone that most live accounts within `scope` are in.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn usual_time_zone(tx: &mut ReadTx, scope: &Scope) -> Result<Option<String>, StoreError> {
    let (visible, values) = Account::BELONGS.condition(scope, 1);
    let sql = format!(
        "SELECT time_zone FROM account WHERE deleted_at_us IS NULL AND ({visible})
          GROUP BY time_zone ORDER BY COUNT(*) DESC, time_zone LIMIT 1"
    );
    tx.fetch_optional(&sql, values).await?.map(|row| row.text(0)).transpose()
}

/// How many lines of live contracts sell a product.
///
/// # Errors
/// [`StoreError`] when they cannot be counted.
#[boxed]
pub async fn count_open_lines(tx: &mut ReadTx, product: &str) -> Result<i64, StoreError> {
    const COUNT: &str = "
        SELECT COUNT(*) FROM contract_line l JOIN contract c ON c.id = l.contract_id JOIN account a ON a.id = c.account_id
         WHERE l.product_id = $1 AND l.deleted_at_us IS NULL AND c.deleted_at_us IS NULL AND a.deleted_at_us IS NULL";
    tx.fetch_one(COUNT, params![product]).await?.int(0)
}

/// How many lines a contract has, also in the trash.
///
/// # Errors
/// [`StoreError`] when they cannot be counted.
#[boxed]
pub async fn count_lines(tx: &mut ReadTx, contract: &Id<Contract>) -> Result<i64, StoreError> {
    const COUNT: &str = "SELECT COUNT(*) FROM contract_line WHERE contract_id = $1";
    tx.fetch_one(COUNT, params![contract]).await?.int(0)
}
