//! Reading the audit record: the list for those who may, the history of an account for those who may see it.

use mandate_domain::book::Account;
use mandate_domain::{Clearance, Id, Purpose};
use mandate_store::StoreError;
use mandate_store::audit::{StoredRecord, verify_chain};
use mandate_store::reads::audit_list::list_of_account;
use serde_json::Value;

use crate::authorise::{Action, Denied, authorise, clearance};
use crate::ctx::{Actor, Ctx};
use crate::error::{ErrorKind, Message, UseCaseError};

pub use mandate_store::audit::ChainState;
pub use mandate_store::reads::audit_list::audit_list;

/// Why the record could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum ReadAuditError {
    /// Not theirs to see.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for ReadAuditError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(denied) => denied.message(),
            Self::Store(error) => error.message(),
        }
    }
}

/// What happened to `account`, newest first, as far as `actor` may see it.
///
/// # Errors
/// [`ReadAuditError`] when the right is missing.
pub async fn account_history(
    ctx: &Ctx,
    actor: &Actor,
    account: &Id<Account>,
    limit: i64,
) -> Result<Vec<StoredRecord>, ReadAuditError> {
    authorise(actor, Action::ReadBook)?;
    let (clearance, wanted) = (clearance(actor), usize::try_from(limit).unwrap_or_default());
    let mut tx = ctx.begin_read().await?;
    let (mut shown, mut before) = (vec![], i64::MAX);
    while shown.len() < wanted {
        let records = list_of_account(&mut tx, &actor.scope, account.as_str(), before, limit).await?;
        let Some(last) = records.last() else { break };
        before = last.seq;
        shown.extend(records.into_iter().filter_map(|record| cleared(record, clearance)));
    }
    shown.truncate(wanted);
    Ok(shown)
}

/// Kinds of record whose very existence is sealed.
fn sealed_kind(kind: &str) -> Option<Purpose> {
    (kind == "candid_note").then_some(Purpose::Candid)
}

/// The record as one with `clearance` may see it in an account's history: without what takes another purpose, and not at all if
/// that was all of it. Its number in the chain is told to nobody here, for gaps would tell.
fn cleared(mut record: StoredRecord, clearance: Clearance) -> Option<StoredRecord> {
    if !clearance.admits(sealed_kind(&record.subject_kind)) {
        return None;
    }
    let changes: Vec<Value> = serde_json::from_str(&record.changes).unwrap_or_default();
    let purpose = |change: &Value| {
        let word = change["sealed"].as_str()?;
        Purpose::ALL.into_iter().find(|purpose| purpose.as_str() == word)
    };
    let n_before = changes.len();
    let seen: Vec<Value> = changes.into_iter().filter(|change| clearance.admits(purpose(change))).collect();
    if seen.is_empty() && n_before > 0 {
        return None;
    }
    record.changes = Value::Array(seen).to_string();
    Some(record)
}

/// Walks the whole chain and recomputes every hash.
///
/// # Errors
/// [`ReadAuditError`] when the right is missing.
pub async fn verify_audit(ctx: &Ctx, actor: &Actor) -> Result<ChainState, ReadAuditError> {
    authorise(actor, Action::ReadAudit)?;
    Ok(verify_chain(&mut ctx.begin_read().await?).await?)
}
