//! Which records are meant where a file, a form or a request names another record.
//!
//! A text means a record by its id, else by the firm's own id, else by its name when only one has it. Only live records
//! within the reader's scope are found; people are found among ours, since no record refers to a client's person.

use std::collections::{BTreeMap, BTreeSet};

use mandate_domain::Id;
use mandate_domain::book::{Account, Contract, Kind, LineOfBusiness, Person, Product, Team};
use mandate_domain::text::fold;

use super::bulk::{CHUNK, places};
use super::tables::Stored;
use crate::db::{ReadTx, StoreError, Value};
use crate::reads::Scope;
use crate::{merge, params};

/// What texts mean, for one kind.
#[derive(Clone, Debug, Default)]
pub struct References {
    by_id: BTreeSet<String>,
    by_external_id: BTreeMap<String, String>,
    by_name: BTreeMap<String, Vec<String>>,
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

    /// Adds a record that is not stored yet: one of the same file.
    pub fn add(&mut self, id: &str, external_id: &str) {
        self.by_id.insert(id.to_owned());
        self.by_external_id.insert(external_id.to_owned(), id.to_owned());
    }
}

/// What each of `texts` means among records of `kind` that `scope` may see.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
pub async fn find_references(
    tx: &mut ReadTx,
    scope: &Scope,
    kind: Kind,
    texts: &BTreeSet<String>,
) -> Result<References, StoreError> {
    match kind {
        Kind::LineOfBusiness => find::<LineOfBusiness>(tx, scope, texts, "").await,
        Kind::Team => find::<Team>(tx, scope, texts, "").await,
        Kind::Product => find::<Product>(tx, scope, texts, "").await,
        Kind::Account => find::<Account>(tx, scope, texts, "").await,
        Kind::Person => find::<Person>(tx, scope, texts, " AND side = 'provider'").await,
        Kind::Contract => find::<Contract>(tx, scope, texts, "").await,
        // Nothing refers to a line.
        Kind::ContractLine => Ok(References::default()),
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
    let all: Vec<&String> = texts.iter().collect();
    for chunk in all.chunks(CHUNK) {
        let (given, names) = (places(1, chunk.len()), places(chunk.len() + 1, chunk.len()));
        let (visible, scope_values) = R::BELONGS.condition(scope, 2 * chunk.len() + 1);
        let sql = format!(
            "SELECT id, external_id, {name_column} FROM {}
              WHERE (id IN ({given}) OR external_id IN ({given}) OR {name_column} IN ({names}))
                AND deleted_at_us IS NULL{among} AND ({visible})
              ORDER BY id",
            R::TABLE
        );
        let mut values: Vec<Value> = chunk.iter().map(|text| Value::Text(Some((*text).clone()))).collect();
        values.extend(chunk.iter().map(|text| Value::Text(Some(fold(text)))));
        values.extend(scope_values);
        for row in tx.fetch_all(&sql, values).await? {
            let id = row.text(0)?;
            found.by_id.insert(id.clone());
            if let Some(external_id) = row.text_or_null(1)? {
                found.by_external_id.insert(external_id, id.clone());
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

/// What a line needs of its contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractOfLine {
    /// The currency of its prices.
    pub currency: String,
    /// Whose it is.
    pub account_id: String,
}

/// Currency and account of contracts, by id.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
pub async fn contracts_of_lines(
    tx: &mut ReadTx,
    ids: &BTreeSet<String>,
) -> Result<BTreeMap<String, ContractOfLine>, StoreError> {
    let mut found = BTreeMap::new();
    let all: Vec<&String> = ids.iter().collect();
    for chunk in all.chunks(CHUNK) {
        let sql =
            format!("SELECT id, currency, account_id FROM contract WHERE id IN ({})", places(1, chunk.len()));
        let values = chunk.iter().map(|id| Value::Text(Some((*id).clone()))).collect();
        for row in tx.fetch_all(&sql, values).await? {
            found.insert(row.text(0)?, ContractOfLine { currency: row.text(1)?, account_id: row.text(2)? });
        }
    }
    Ok(found)
}

/// How many lines a contract has, also in the trash.
///
/// # Errors
/// [`StoreError`] when they cannot be counted.
pub async fn count_lines(tx: &mut ReadTx, contract: &Id<Contract>) -> Result<i64, StoreError> {
    const COUNT: &str = "SELECT COUNT(*) FROM contract_line WHERE contract_id = $1";
    tx.fetch_one(COUNT, params![contract]).await?.int(0)
}
