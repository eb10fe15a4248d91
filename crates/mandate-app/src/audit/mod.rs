//! The audit record: the list for those who may, the history of an account for those who may see it, checkpoints, and
//! the note that someone looked at what is sealed.
//!
//! To log a reading, commit a [`reading`] before the value is given out. Changes are recorded by the use case that makes
//! them (`WriteTx::commit`), never here.

mod checkpoint;
mod history;
mod key;
mod seen;
mod verify;

use mandate_domain::Id;
use mandate_domain::audit::AuditRecord;
use mandate_domain::book::Account;
use mandate_store::audit as store;
use mandate_store::boxed;
use mandate_store::reads::audit_list::{self, Costs, list_of_account};
use mandate_store::reads::listing::ListDef;
use mandate_store::{ReadTx, StoreError};

use crate::authorise::{Action, Denied, authorise, clearance};
use crate::book::custom_links::without_links;
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{ErrorKind, Message, UseCaseError};

pub use checkpoint::{
    Checkpoint, CheckpointError, CheckpointPlaces, keep_checkpoints, make_checkpoint, public_key,
};
pub(crate) use history::import_reason;
pub use history::{History, HistoryLine, account_history_lines};
pub use key::{KeyError, PublicKey, SigningKey};
pub use mandate_store::audit::{ChainState, StoredRecord};
pub(crate) use seen::{RESTORED_FROM, cleared, load_visible};
pub use seen::{SeenChange, seen_changes};
pub use verify::{AuditVerified, Evidence, verify_audit};

/// Why the record could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum ReadAuditError {
    /// Not theirs to see.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is none, or none they may see.
    #[error("there is no such audit record")]
    NotFound,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for ReadAuditError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(denied) => denied.message(),
            Self::NotFound => Message::new("audit-error-not-found"),
            Self::Store(error) => error.message(),
        }
    }
}

/// The list of all records, as `actor` may see it. What old records hold of costs is not in it for whoever may not see them.
pub fn audit_list(actor: &Actor) -> ListDef {
    let may = authorise(actor, Action::ReadCost).is_ok();
    audit_list::audit_list(if may { Costs::Shown } else { Costs::Hidden })
}

/// A record with what stands beside it.
#[derive(Clone, Debug)]
pub struct ShownRecord {
    /// The record; its `changes` are those of [`ShownRecord::changes`].
    pub record: StoredRecord,
    /// From what to what, as far as the reader may see it.
    pub changes: Vec<SeenChange>,
    /// Hash of the record before about the same subject, for those who may read the audit record.
    pub before: Option<String>,
    /// Hash of the record after about the same subject, likewise.
    pub after: Option<String>,
}

/// The record with this hash: any for those who may read the audit record, else one of an account's history they may see.
///
/// # Errors
/// [`ReadAuditError::NotFound`] when there is none, or none they may see.
#[boxed]
pub async fn show_record(ctx: &Ctx, actor: &Actor, hash: &str) -> Result<ShownRecord, ReadAuditError> {
    let mut tx = ctx.begin_read().await?;
    let record = seen::load_visible(&mut tx, actor, hash).await?;
    let record = record.and_then(|record| seen::as_seen(actor, record)).into_iter().collect();
    let record = without_links(&mut tx, actor, record).await?.pop().ok_or(ReadAuditError::NotFound)?;
    // Their number would tell of records that are not shown.
    let (before, after) = match authorise(actor, Action::ReadAudit) {
        Ok(()) => store::beside(&mut tx, &record).await?,
        Err(_) => (None, None),
    };
    let changes = seen_changes(&record.changes);
    Ok(ShownRecord { record, changes, before, after })
}

/// What happened to `account`, newest first, as far as `actor` may see it.
///
/// # Errors
/// [`ReadAuditError`] when the right is missing.
#[boxed]
pub async fn account_history(
    ctx: &Ctx,
    actor: &Actor,
    account: &Id<Account>,
    limit: i64,
) -> Result<Vec<StoredRecord>, ReadAuditError> {
    authorise(actor, Action::ReadBook)?;
    let wanted = usize::try_from(limit).unwrap_or_default();
    let mut tx = ctx.begin_read().await?;
    let (mut shown, mut before) = (vec![], i64::MAX);
    while shown.len() < wanted {
        let Some((records, last)) = seen_page(&mut tx, actor, account, before, limit).await? else { break };
        before = last;
        shown.extend(records);
    }
    shown.truncate(wanted);
    Ok(shown)
}

/// Up to `limit` records of `account` before the record `before`, newest first, of which those `actor` may see, and the last that was
/// read; none when there is no further one.
async fn seen_page(
    tx: &mut ReadTx,
    actor: &Actor,
    account: &Id<Account>,
    before: i64,
    limit: i64,
) -> Result<Option<(Vec<StoredRecord>, i64)>, StoreError> {
    let clearance = clearance(actor);
    let records = list_of_account(tx, &actor.scope, account.as_str(), before, limit).await?;
    let Some(last) = records.last().map(|record| record.seq) else { return Ok(None) };
    let records = records.into_iter().filter_map(|record| seen::cleared(record, clearance)).collect();
    Ok(Some((without_links(tx, actor, records).await?, last)))
}

/// The record that `actor` sees what is sealed of `subject`: who, when, by which channel and of which record, never the value. The
/// action is the subject's kind with `.read`, which the list of readings is made of. Commit it before the value is given out.
pub fn reading(ctx: &Ctx, actor: &Actor, subject: Subject<'_>) -> AuditRecord {
    let action = format!("{}.read", subject.kind);
    actor.record(ctx.now(), &action, subject, vec![])
}
