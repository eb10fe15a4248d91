//! Tags in use on records a reader may see: for suggestions, the settings page, and who carries one.
//!
//! Everything here is asked through the places of records, with the reader's scope: a tag that is only on records out of reach, or in
//! the trash, is not there. How it was written first is the first writing within reach, so nobody's hidden one shows through.

use std::collections::BTreeMap;

use mandate_domain::book::Kind;

use super::{Scope, notes_list};
use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, Value};

/// A tag with what has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagInUse {
    /// As it was written first.
    pub text: String,
    /// What it is compared by.
    pub fold: String,
    /// How many records have it.
    pub n_records: i64,
    /// Of how many it is retired; a tag is retired when it is of all.
    pub n_retired: i64,
    /// How many records of each kind.
    pub kinds: BTreeMap<Kind, i64>,
}

impl TagInUse {
    /// Whether it is offered no more.
    pub const fn is_retired(&self) -> bool {
        self.n_retired == self.n_records
    }
}

/// A record that has a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tagged {
    /// Its kind.
    pub kind: Kind,
    /// Its id.
    pub record_id: String,
    /// Its name.
    pub name: String,
    /// Its account.
    pub account_id: Option<String>,
    /// The tag as it stands there.
    pub text: String,
}

/// Which rows count, from `$1`.
fn within(scope: &Scope) -> (String, Vec<Value>) {
    let (sql, values) = scope.condition("x.account_id", 1);
    (format!("({sql} OR x.account_id IS NULL)"), values)
}

/// Every tag in use within `scope`, by its fold.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_tags_in_use(tx: &mut ReadTx, scope: &Scope) -> Result<Vec<TagInUse>, StoreError> {
    let (condition, values) = within(scope);
    let from = notes_list::places_of("record_tag");
    // Ids are in the order in which they were given, so the least is of the first.
    let sql = format!(
        "SELECT n.fold, n.kind, COUNT(*), CAST(SUM(n.retired) AS BIGINT), MIN(n.id) {from} WHERE {condition}
          GROUP BY n.fold, n.kind ORDER BY n.fold, n.kind"
    );
    let mut found: Vec<(TagInUse, String)> = vec![];
    for row in tx.fetch_all(&sql, values).await? {
        let (fold, kind, n_records) = (row.text(0)?, kind_of(&row, 1)?, row.int(2)?);
        let (n_retired, first) = (row.int(3)?, row.text(4)?);
        match found.last_mut().filter(|(tag, _)| tag.fold == fold) {
            Some((tag, id)) => {
                tag.n_records += n_records;
                tag.n_retired += n_retired;
                tag.kinds.insert(kind, n_records);
                if first < *id {
                    *id = first;
                }
            }
            None => {
                let kinds = BTreeMap::from([(kind, n_records)]);
                found.push((TagInUse { text: String::new(), fold, n_records, n_retired, kinds }, first));
            }
        }
    }
    let ids: Vec<&str> = found.iter().map(|(_, id)| id.as_str()).collect();
    let texts = texts_of(tx, &ids).await?;
    let named =
        |(tag, id): (TagInUse, String)| TagInUse { text: texts.get(&id).cloned().unwrap_or_default(), ..tag };
    Ok(found.into_iter().map(named).collect())
}

async fn texts_of(tx: &mut ReadTx, ids: &[&str]) -> Result<BTreeMap<String, String>, StoreError> {
    let mut texts = BTreeMap::new();
    for part in ids.chunks(500) {
        let marks: Vec<String> = (1..=part.len()).map(|place| format!("${place}")).collect();
        let sql = format!("SELECT id, text FROM record_tag WHERE id IN ({})", marks.join(", "));
        let values = part.iter().map(|id| Value::Text(Some((*id).to_owned()))).collect();
        for row in tx.fetch_all(&sql, values).await? {
            texts.insert(row.text(0)?, row.text(1)?);
        }
    }
    Ok(texts)
}

/// How each of `folds` was written first within `scope`, of those that are in use there.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn written_first(
    tx: &mut ReadTx,
    scope: &Scope,
    folds: &[&str],
) -> Result<BTreeMap<String, String>, StoreError> {
    if folds.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (condition, mut values) = within(scope);
    let from = notes_list::places_of("record_tag");
    let mut marks = vec![];
    for fold in folds {
        values.push(Value::Text(Some((*fold).to_owned())));
        marks.push(format!("${}", values.len()));
    }
    let sql = format!(
        "SELECT g.fold, g.text FROM record_tag g WHERE g.id IN (
           SELECT MIN(n.id) {from} WHERE {condition} AND n.fold IN ({}) GROUP BY n.fold)",
        marks.join(", ")
    );
    tx.fetch_all(&sql, values).await?.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
}

/// The records within `scope` that have the tag with this fold.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_tagged(tx: &mut ReadTx, scope: &Scope, fold: &str) -> Result<Vec<Tagged>, StoreError> {
    let (condition, mut values) = within(scope);
    values.push(Value::Text(Some(fold.to_owned())));
    let from = notes_list::places_of("record_tag");
    let sql = format!(
        "SELECT n.kind, n.record_id, x.record, x.account_id, n.text {from} WHERE {condition} AND n.fold = ${}
          ORDER BY n.kind, n.record_id",
        values.len()
    );
    let read = |row: &Row| {
        Ok(Tagged {
            kind: kind_of(row, 0)?,
            record_id: row.text(1)?,
            name: row.text(2)?,
            account_id: row.text_or_null(3)?,
            text: row.text(4)?,
        })
    };
    tx.fetch_all(&sql, values).await?.iter().map(read).collect()
}

fn kind_of(row: &Row, column: usize) -> Result<Kind, StoreError> {
    row.parsed(column, |word| Kind::parse(word).ok_or_else(|| format!("`{word}` is no kind of record")))
}
