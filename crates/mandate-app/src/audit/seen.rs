//! What a reader may see of an audit record: whether it is theirs at all, and which changed values.
//!
//! The record itself is never changed; what a reader may not see is left out when it is read. Sealed values never enter a
//! record (they stand in `audit_value`); records of before that rule may hold a cost, which is left out here all the same.

use mandate_domain::{Clearance, Purpose};
use mandate_store::audit::{StoredRecord, load_record};
use mandate_store::labels::purpose_of_field;
use mandate_store::reads::audit_list::is_in_scope;
use mandate_store::{ReadTx, StoreError, boxed};
use serde_json::Value;

use crate::authorise::{Action, authorise, clearance};
use crate::ctx::Actor;

/// How the reason of a restored value begins; the number that follows is the position of a record.
pub(crate) const RESTORED_FROM: &str = "restored from record ";

/// One field's change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenChange {
    /// The field's name as in the API.
    pub field: String,
    /// Its value before, if there was one.
    pub from: Option<String>,
    /// Its value after, if there is one.
    pub to: Option<String>,
    /// Whether both values are kept apart: then neither is here.
    pub is_sealed: bool,
}

/// Reads the changes of a record.
pub fn seen_changes(changes: &str) -> Vec<SeenChange> {
    let all: Vec<Value> = serde_json::from_str(changes).unwrap_or_default();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let read = |change: &Value| SeenChange {
        field: text(&change["field"]).unwrap_or_default(),
        from: text(&change["from"]),
        to: text(&change["to"]),
        is_sealed: change["sealed"].is_string(),
    };
    all.iter().map(read).collect()
}

/// Kinds of record whose very existence is sealed.
fn sealed_kind(kind: &str) -> Option<Purpose> {
    (kind == "candid_note").then_some(Purpose::Candid)
}

/// What a change is read for: as the record says, or as the field's own label does.
fn purpose(subject_kind: &str, change: &Value) -> Option<Purpose> {
    if let Some(word) = change["sealed"].as_str() {
        return Purpose::ALL.into_iter().find(|purpose| purpose.as_str() == word);
    }
    purpose_of_field(subject_kind, change["field"].as_str()?)
}

/// The record as one with `clearance` may see it in an account's history: without what takes another purpose, and not at all if
/// that was all of it. Its number in the chain is told to nobody here, for gaps would tell.
pub(super) fn cleared(mut record: StoredRecord, clearance: Clearance) -> Option<StoredRecord> {
    if !clearance.admits(sealed_kind(&record.subject_kind)) {
        return None;
    }
    let changes: Vec<Value> = serde_json::from_str(&record.changes).unwrap_or_default();
    let n_before = changes.len();
    let admits = |change: &Value| clearance.admits(purpose(&record.subject_kind, change));
    let seen: Vec<Value> = changes.into_iter().filter(admits).collect();
    if seen.is_empty() && n_before > 0 {
        return None;
    }
    record.changes = Value::Array(seen).to_string();
    if record.reason.as_ref().is_some_and(|reason| reason.starts_with(RESTORED_FROM)) {
        record.reason = Some("restored".to_owned());
    }
    Some(record)
}

/// The record as `actor` may see it: those who may read the audit record see that something sealed changed, others do not.
pub(super) fn as_seen(actor: &Actor, mut record: StoredRecord) -> Option<StoredRecord> {
    let clearance = clearance(actor);
    if authorise(actor, Action::ReadAudit).is_err() {
        return cleared(record, clearance);
    }
    let mut changes: Vec<Value> = serde_json::from_str(&record.changes).unwrap_or_default();
    changes.retain(|change| {
        change["sealed"].is_string() || clearance.admits(purpose(&record.subject_kind, change))
    });
    record.changes = Value::Array(changes).to_string();
    Some(record)
}

/// The record with this hash, whole, if the actor may see it at all.
#[boxed]
pub(crate) async fn load_visible(
    tx: &mut ReadTx,
    actor: &Actor,
    hash: &str,
) -> Result<Option<StoredRecord>, StoreError> {
    let Some(record) = load_record(tx, hash).await? else { return Ok(None) };
    if authorise(actor, Action::ReadAudit).is_ok() {
        return Ok(Some(record));
    }
    let Some(account) = record.account_id.as_deref() else { return Ok(None) };
    let is_theirs = authorise(actor, Action::ReadBook).is_ok()
        && is_in_scope(tx, &actor.scope, account).await?
        && cleared(record.clone(), clearance(actor)).is_some();
    Ok(is_theirs.then_some(record))
}
