//! Global search: one entry a record, kept by the room that owns it in the transaction of the change.
//!
//! Every word asked for must stand in the title or in the account's name; titles that begin with the text come first.
//! An entry is found only where the reader may see its account, and nothing counts the rest.

use mandate_domain::text::fold;

use crate::boxed;
use crate::db::{ReadTx, StoreError, Value, WriteTx};
use crate::params;
use crate::reads::Scope;

/// What search keeps of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The kind of record, such as `account`.
    pub kind: &'static str,
    /// Its id.
    pub record_id: String,
    /// The account it belongs to; `None` for what everyone may see.
    pub account_id: Option<String>,
    /// Its name.
    pub title: String,
    /// A few words beside it.
    pub context: String,
}

/// A record that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The kind of record.
    pub kind: String,
    /// Its id.
    pub record_id: String,
    /// The account it belongs to.
    pub account_id: Option<String>,
    /// That account's name; for an account, nothing.
    pub account_name: Option<String>,
    /// Its name.
    pub title: String,
    /// A few words beside it.
    pub context: String,
}

const PUT: &str = "INSERT INTO search_entry (kind, record_id, account_id, title, title_fold, context)";
const PUT_OVER: &str = "
    ON CONFLICT (kind, record_id) DO UPDATE SET account_id = excluded.account_id, title = excluded.title,
           title_fold = excluded.title_fold, context = excluded.context";
const REMOVE: &str = "DELETE FROM search_entry WHERE kind = $1 AND record_id = $2";

/// Adds or replaces entries.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn put_many(tx: &mut WriteTx, entries: Vec<Entry>) -> Result<(), StoreError> {
    let rows = entries
        .into_iter()
        .map(|entry| {
            let folded = fold(&entry.title);
            let account_id = Value::Text(entry.account_id);
            params![entry.kind, entry.record_id, account_id, entry.title, folded, entry.context]
        })
        .collect();
    tx.insert_many(PUT, rows, PUT_OVER).await?;
    Ok(())
}

/// Removes the entry of a record, if it has one.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn remove(tx: &mut WriteTx, kind: &str, record_id: &str) -> Result<(), StoreError> {
    tx.execute(REMOVE, params![kind, record_id]).await?;
    Ok(())
}

/// Up to `per_kind` records of each kind that hold every word of `text`, best first.
///
/// # Errors
/// [`StoreError`] when the entries cannot be read.
#[boxed]
pub async fn find(
    tx: &mut ReadTx,
    scope: &Scope,
    text: &str,
    per_kind: usize,
) -> Result<Vec<Hit>, StoreError> {
    let folded = fold(text);
    if folded.is_empty() {
        return Ok(vec![]);
    }
    let escaped = folded.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let mut values = params![folded, format!("{escaped}%"), format!("% {escaped}%")];
    let mut words = String::new();
    for word in escaped.split(' ').take(8) {
        values.push(Value::Text(Some(format!("%{word}%"))));
        let place = values.len();
        // The accounts a word names are found once, not once an entry.
        words.push_str(&format!(
            " AND (e.title_fold LIKE ${place} ESCAPE '\\' OR (e.kind <> 'account' AND e.account_id IN (
                     SELECT named.id FROM account named WHERE named.name_sort LIKE ${place} ESCAPE '\\')))"
        ));
    }
    let (visible, scope_values) = scope.condition("e.account_id", values.len() + 1);
    values.extend(scope_values);
    values.push(Value::Int(Some(i64::try_from(per_kind).unwrap_or(i64::MAX))));
    let limit = values.len();
    let sql = format!(
        "SELECT e.kind, e.record_id, e.account_id, a.name, e.title, e.context
           FROM (SELECT kind, record_id,
                        ROW_NUMBER() OVER (PARTITION BY kind ORDER BY place, title_fold, record_id) AS nth
                   FROM (SELECT e.kind, e.record_id, e.title_fold,
                                CASE WHEN e.title_fold = $1 THEN 0
                                     WHEN e.title_fold LIKE $2 ESCAPE '\\' THEN 1
                                     WHEN e.title_fold LIKE $3 ESCAPE '\\' THEN 2
                                     ELSE 3 END AS place
                           FROM search_entry e LEFT JOIN account a ON a.id = e.account_id
                          WHERE a.deleted_at_us IS NULL AND (e.account_id IS NULL OR ({visible})){words}) hits) best
           JOIN search_entry e ON e.kind = best.kind AND e.record_id = best.record_id
           LEFT JOIN account a ON a.id = e.account_id
          WHERE best.nth <= ${limit} ORDER BY e.kind, best.nth"
    );
    let rows = tx.fetch_all(&sql, values).await?;
    rows.iter()
        .map(|row| {
            let kind = row.text(0)?;
            let account_name = if kind == "account" { None } else { row.text_or_null(3)? };
            Ok(Hit {
                kind,
                record_id: row.text(1)?,
                account_id: row.text_or_null(2)?,
                account_name,
                title: row.text(4)?,
                context: row.text(5)?,
            })
        })
        .collect()
}
