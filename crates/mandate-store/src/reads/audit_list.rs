//! The audit record as a list, and what happened to one account.

use super::Scope;
use super::listing::{Field, FieldKind, ListDef, Sort};
use crate::audit::{StoredRecord, read_record};
use crate::boxed;
use crate::db::{ReadTx, StoreError};
use crate::params;

const fn field(name: &'static str, kind: FieldKind, sql: &'static str, sortable: bool) -> Field {
    Field { name, kind, sql, sort_sql: None, filterable: true, sortable, beside: None, through: None }
}

/// Whether a reader may see changes of unit costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Costs {
    /// They may.
    Shown,
    /// They may not: of a record that changed one, or holds the hash of a file that may, no change is listed.
    Hidden,
}

/// Whether someone looked, instead of changing something.
const READING: &str = "CAST(CASE WHEN r.action LIKE '%.read' THEN 1 ELSE 0 END AS BIGINT)";

/// Every record, newest first. Changes are shown, not filtered by: a filter would tell what is left out.
pub fn audit_list(costs: Costs) -> ListDef {
    use FieldKind::{Choice, Flag, Instant, Integer, Reference, Text};
    let changes = match costs {
        Costs::Shown => "r.changes",
        Costs::Hidden => {
            // Newer records hold a hash of it only.
            "CASE WHEN r.changes LIKE '%\"field\":\"unit_cost\",\"from\"%'
                    OR r.changes LIKE '%\"field\":\"sha256\",\"from\"%' THEN '[]' ELSE r.changes END"
        }
    };
    ListDef {
        name: "audit",
        from: "FROM audit_record r LEFT JOIN account a ON a.id = r.account_id",
        condition: "1 = 1",
        account_column: None,
        key: "r.hash",
        fields: vec![
            field("seq", Integer, "r.seq", true),
            field("at", Instant, "r.at_us", true),
            field("actor_name", Choice, "r.actor_name", true),
            field("origin", Choice, "r.origin", false),
            field("action", Choice, "r.action", true),
            field("subject_kind", Choice, "r.subject_kind", true),
            field("subject_id", Reference, "r.subject_id", false),
            field("subject_name", Choice, "r.subject_name", false),
            field("account_id", Reference, "r.account_id", false),
            Field { sort_sql: Some("a.name_sort"), ..field("account", Text, "a.name", false) },
            field("reading", Flag, READING, false),
            field("reason", Choice, "r.reason", false),
            Field { filterable: false, ..field("changes", Choice, changes, false) },
        ],
        default_sort: Sort { field: "seq".to_owned(), descending: true },
        unowned_visible: true,
        today: None,
        made_by: None,
    }
}

const OF_ACCOUNT: &str = "
    SELECT seq, at_us, actor_kind, actor_id, actor_name, origin, action, subject_kind, subject_id, subject_name,
           account_id, reason, changes, previous_hash, hash
      FROM audit_record WHERE account_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3";

/// What happened to an account before the record `before`, newest first; nothing when it is out of `scope`.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn list_of_account(
    tx: &mut ReadTx,
    scope: &Scope,
    account_id: &str,
    before: i64,
    limit: i64,
) -> Result<Vec<StoredRecord>, StoreError> {
    if !is_in_scope(tx, scope, account_id).await? {
        return Ok(vec![]);
    }
    let rows = tx.fetch_all(OF_ACCOUNT, params![account_id, before, limit]).await?;
    rows.iter().map(read_record).collect()
}

/// Whether records of this account may be seen within `scope`.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn is_in_scope(tx: &mut ReadTx, scope: &Scope, account_id: &str) -> Result<bool, StoreError> {
    if matches!(scope, Scope::Everything) {
        return Ok(true);
    }
    let (condition, values) = scope.condition("$1", 2);
    let sql = format!("SELECT 1 WHERE {condition}");
    let bound = params![account_id].into_iter().chain(values).collect();
    Ok(tx.fetch_optional(&sql, bound).await?.is_some())
}
