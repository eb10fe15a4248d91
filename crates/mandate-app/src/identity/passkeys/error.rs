//! Why something about passkeys did not happen.

use mandate_domain::identity::{MOST_PASSKEYS, PasskeyNameError};
use mandate_store::StoreError;

use crate::authorise::Denied;
use crate::ctx::Unverified;
use crate::error::{ErrorKind, FieldError, Message, TooMany, UseCaseError};
use crate::identity::FactorError;

/// Why a passkey was not added, named or removed, or nobody signed in by one.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Confirm first.
    #[error(transparent)]
    Unverified(#[from] Unverified),
    /// Too many attempts.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// A token, or nobody who signs in.
    #[error("only a person who signed in can do this")]
    NoSession,
    /// Built without them, or the public address is none that browsers make passkeys for.
    #[error("passkeys are not available here")]
    NotBuilt,
    /// What was asked holds no more, was answered already, or was asked of somebody else.
    #[error("this took too long or was answered already; start again")]
    Lapsed,
    /// The answer proves nothing; why stands in the log only.
    #[error("this passkey was not accepted")]
    Refused,
    /// Its counter has been passed.
    #[error("this passkey was refused because a copy of it may exist; sign in another way and remove it")]
    Copied,
    /// As many as one may have.
    #[error("one person may have {MOST_PASSKEYS} passkeys; remove one first")]
    TooManyKeys,
    /// The name.
    #[error(transparent)]
    Name(#[from] PasskeyNameError),
    /// No passkey of theirs.
    #[error("there is no such passkey")]
    NotFound,
    /// The session could not begin.
    #[error(transparent)]
    Factor(#[from] FactorError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for PasskeyError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::Unverified(error) => error.kind(),
            Self::TooMany(error) => error.kind(),
            Self::NoSession => ErrorKind::Forbidden,
            Self::Refused | Self::Copied | Self::Name(_) | Self::Lapsed => ErrorKind::Invalid,
            Self::TooManyKeys => ErrorKind::Conflict,
            Self::NotBuilt | Self::NotFound => ErrorKind::NotFound,
            Self::Factor(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::Unverified(error) => error.message(),
            Self::TooMany(error) => error.message(),
            Self::NoSession => Message::new("factor-error-no-session"),
            Self::NotBuilt => Message::new("passkey-error-not-built"),
            Self::Lapsed => Message::new("passkey-error-lapsed"),
            Self::Refused => Message::new("passkey-error-refused"),
            Self::Copied => Message::new("passkey-error-copied"),
            Self::TooManyKeys => {
                Message::new("passkey-error-too-many").with("count", MOST_PASSKEYS.to_string())
            }
            Self::Name(PasskeyNameError::Empty) => Message::new("field-error-empty"),
            Self::Name(PasskeyNameError::TooLong) => Message::new("passkey-error-name"),
            Self::NotFound => Message::new("error-not-found"),
            Self::Factor(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        let field = match self {
            Self::Name(_) | Self::TooManyKeys => "name",
            Self::Refused | Self::Copied | Self::Lapsed => "answer",
            _ => return vec![],
        };
        vec![FieldError { field: field.to_owned(), message: self.message() }]
    }
}
