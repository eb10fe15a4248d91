//! What stating a calendar and stating a service level have in common: how it fails, and what it tells when it is done.

use mandate_store::StoreError;

use super::recompute::RecomputeError;
use crate::authorise::Denied;
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};

/// Why a calendar or a service level is not shown or saved.
#[derive(Debug, thiserror::Error)]
pub enum DefineError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is none that they may know of.
    #[error("there is no such definition")]
    NotFound,
    /// It cannot be used as given.
    #[error("the definition cannot be saved as given: {}", told(.0))]
    Invalid(Vec<FieldError>),
    /// The cases could not be computed anew; nothing was saved.
    #[error(transparent)]
    Recompute(#[from] RecomputeError),
    /// The database failed, or another save came first.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Fields and messages of `errors` for a log.
pub(super) fn told(errors: &[FieldError]) -> String {
    let one = |error: &FieldError| format!("{}: {}", error.field, error.message.id);
    errors.iter().map(one).collect::<Vec<_>>().join(", ")
}

impl UseCaseError for DefineError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::Recompute(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::NotFound => Message::new("error-not-found"),
            Self::Invalid(errors) => {
                Message::new("define-error-fields").with("count", errors.len().to_string())
            }
            Self::Recompute(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid(errors) => errors.clone(),
            _ => vec![],
        }
    }
}

/// A definition as it was saved, and how many accounts were computed anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defined<T> {
    /// As saved.
    pub saved: T,
    /// Accounts whose figures were computed anew.
    pub n_accounts: usize,
}
