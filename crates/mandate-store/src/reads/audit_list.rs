//! The audit record as a list, and what happened to one account.

use super::Scope;
use super::listing::{Field, FieldKind, ListDef, Sort};
use crate::audit::{StoredRecord, read_record};
use crate::db::{ReadTx, StoreError};
use crate::params;

const fn field(name: &'static str, kind: FieldKind, sql: &'static str, sortable: bool) -> Field {
    Field { name, kind, sql, sort_sql: None, filterable: true, sortable }
}

/// Every record, newest first.
pub fn audit_list() -> ListDef {
    use FieldKind::{Choice, Instant, Integer, Reference};
    ListDef {
        name: "audit",
        from: "FROM audit_record r",
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
            field("reason", Choice, "r.reason", false),
            field("changes", Choice, "r.changes", false),
        ],
        default_sort: Sort { field: "seq".to_owned(), descending: true },
        unowned_visible: true,
        today: None,
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
pub async fn list_of_account(
    tx: &mut ReadTx,
    scope: &Scope,
    account_id: &str,
    before: i64,
    limit: i64,
) -> Result<Vec<StoredRecord>, StoreError> {
    let (condition, values) = scope.condition("$1", 2);
    let sql = format!("SELECT 1 WHERE {condition}");
    let bound = params![account_id].into_iter().chain(values).collect();
    if !matches!(scope, Scope::Everything) && tx.fetch_optional(&sql, bound).await?.is_none() {
        return Ok(vec![]);
    }
    let rows = tx.fetch_all(OF_ACCOUNT, params![account_id, before, limit]).await?;
    rows.iter().map(read_record).collect()
}
