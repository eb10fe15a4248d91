//! The audit record: the list for those who may, the history of an account for those who may see it, checkpoints, and
//! the note that someone looked at what is sealed.
//!
//! To log a reading, call [`log_reading`] before the value is given out. Changes are recorded by the use case that makes
//! them (`WriteTx::commit`), never here.

mod checkpoint;
mod key;
mod verify;

use mandate_domain::Id;
use mandate_domain::book::Account;
use mandate_store::StoreError;
use mandate_store::audit::StoredRecord;
use mandate_store::reads::audit_list::list_of_account;

use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{ErrorKind, Message, UseCaseError};

pub use checkpoint::{
    Checkpoint, CheckpointError, CheckpointPlaces, keep_checkpoints, make_checkpoint, public_key,
};
pub use key::{KeyError, PublicKey, SigningKey};
pub use mandate_store::audit::ChainState;
pub use mandate_store::reads::audit_list::audit_list;
pub use verify::{AuditVerified, Evidence, verify_audit};

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
    let mut tx = ctx.begin_read().await?;
    Ok(list_of_account(&mut tx, &actor.scope, account.as_str(), limit).await?)
}

/// Notes that `actor` is about to see what is sealed of `subject`: who, when, by which channel and of which record, never
/// the value. The action is the subject's kind with `.read`, which the list of readings is made of.
///
/// # Errors
/// [`StoreError`] when it cannot be written; then the value must not be given out.
pub async fn log_reading(ctx: &Ctx, actor: &Actor, subject: Subject<'_>) -> Result<(), StoreError> {
    let action = format!("{}.read", subject.kind);
    let tx = ctx.begin_write().await?;
    tx.commit(actor.record(ctx.now(), &action, subject, vec![])).await
}
