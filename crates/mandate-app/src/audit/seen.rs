//! What a reader may see of an audit record: whether it is theirs at all, and which changed values.
//!
//! The record itself is never changed; what a reader may not see is left out when it is read. So far that is what a line
//! costs. Sealed values never enter a record, so there is nothing to leave out of them.

use mandate_store::audit::{StoredRecord, load_record};
use mandate_store::reads::audit_list::is_in_scope;
use mandate_store::{ReadTx, StoreError};
use serde_json::Value;

use crate::authorise::{Action, authorise};
use crate::ctx::Actor;

/// The field whose values take the right to see costs.
const COST: &str = "unit_cost";

/// One field's change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenChange {
    /// The field's name as in the API.
    pub field: String,
    /// Its value before, if there was one.
    pub from: Option<String>,
    /// Its value after, if there is one.
    pub to: Option<String>,
}

/// Reads the changes of a record.
pub fn seen_changes(changes: &str) -> Vec<SeenChange> {
    let all: Vec<Value> = serde_json::from_str(changes).unwrap_or_default();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let read = |change: &Value| {
        let field = text(&change["field"])?;
        Some(SeenChange { field, from: text(&change["from"]), to: text(&change["to"]) })
    };
    all.iter().filter_map(read).collect()
}

/// The record without changes of costs, for whoever may not see them.
pub(super) fn without_costs(actor: &Actor, mut record: StoredRecord) -> StoredRecord {
    if authorise(actor, Action::ReadCost).is_ok() || !record.changes.contains(COST) {
        return record;
    }
    let mut all: Vec<Value> = serde_json::from_str(&record.changes).unwrap_or_default();
    all.retain(|change| change["field"] != COST);
    record.changes = Value::Array(all).to_string();
    record
}

/// The record at `seq`, if the actor may see it.
pub(crate) async fn load_seen(
    tx: &mut ReadTx,
    actor: &Actor,
    seq: i64,
) -> Result<Option<StoredRecord>, StoreError> {
    let Some(record) = load_record(tx, seq).await? else { return Ok(None) };
    let is_theirs = authorise(actor, Action::ReadAudit).is_ok()
        || match &record.account_id {
            Some(account) if authorise(actor, Action::ReadBook).is_ok() => {
                is_in_scope(tx, &actor.scope, account).await?
            }
            _ => false,
        };
    Ok(is_theirs.then(|| without_costs(actor, record)))
}
