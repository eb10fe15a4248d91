//! Reading the audit record: the list for those who may, the history of an account for those who may see it.

use mandate_domain::Id;
use mandate_domain::book::Account;
use mandate_store::StoreError;
use mandate_store::audit::{StoredRecord, verify_chain};
use mandate_store::reads::audit_list::list_of_account;

use crate::authorise::{Action, Denied, authorise};
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
    let mut tx = ctx.begin_read().await?;
    Ok(list_of_account(&mut tx, &actor.scope, account.as_str(), limit).await?)
}

/// Walks the whole chain and recomputes every hash.
///
/// # Errors
/// [`ReadAuditError`] when the right is missing.
pub async fn verify_audit(ctx: &Ctx, actor: &Actor) -> Result<ChainState, ReadAuditError> {
    authorise(actor, Action::ReadAudit)?;
    Ok(verify_chain(&mut ctx.begin_read().await?).await?)
}
