//! Why something about second factors, or a proof of who one is, did not happen.

use mandate_store::StoreError;

use super::hashing::HashingError;
use super::secret_key::KeyError;
use crate::authorise::Denied;
use crate::ctx::Unverified;
use crate::error::{ErrorKind, FieldError, Message, TooMany, UseCaseError};

/// Why a second factor was not set up, shown, removed or reset, or a proof not taken.
#[derive(Debug, thiserror::Error)]
pub enum FactorError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Confirm first.
    #[error(transparent)]
    Unverified(#[from] Unverified),
    /// Too many wrong codes.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// A token, or nobody who signs in.
    #[error("only a person who signed in can do this")]
    NoSession,
    /// The five minutes after the password are over, or five codes were wrong.
    #[error("this sign-in took too long or failed too often; start again")]
    Lapsed,
    /// Not the code, or one that was used.
    #[error("this code is not right, or was used already")]
    WrongCode,
    /// Not the password.
    #[error("this password is not right")]
    WrongPassword,
    /// Whoever has a second factor proves themselves with it.
    #[error("give the code of your second factor")]
    CodeNeeded,
    /// There is one.
    #[error("there is a second factor already; remove it first")]
    AlreadyOn,
    /// There is none to confirm, remove or make codes for.
    #[error("there is no second factor")]
    NotOn,
    /// The firm asks for one.
    #[error("the firm asks for a second factor; it can be replaced by an administrator's reset, not removed")]
    Required,
    /// One's own is not reset but removed.
    #[error("another administrator, or the command line, resets this one")]
    Own,
    /// No such user.
    #[error("there is no such user")]
    NotFound,
    /// The key file.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The password could not be hashed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for FactorError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::Unverified(error) => error.kind(),
            Self::TooMany(error) => error.kind(),
            Self::NoSession | Self::Own => ErrorKind::Forbidden,
            Self::WrongCode | Self::WrongPassword | Self::CodeNeeded => ErrorKind::Invalid,
            Self::AlreadyOn | Self::NotOn | Self::Required => ErrorKind::Conflict,
            Self::Lapsed | Self::NotFound => ErrorKind::NotFound,
            Self::Key(_) | Self::Hashing(_) => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::Unverified(error) => error.message(),
            Self::TooMany(error) => error.message(),
            Self::NoSession => Message::new("factor-error-no-session"),
            Self::Lapsed => Message::new("factor-error-lapsed"),
            Self::WrongCode => Message::new("factor-error-wrong-code"),
            Self::WrongPassword => Message::new("password-error-wrong"),
            Self::CodeNeeded => Message::new("factor-error-code-needed"),
            Self::AlreadyOn => Message::new("factor-error-already-on"),
            Self::NotOn => Message::new("factor-error-not-on"),
            Self::Required => Message::new("factor-error-required"),
            Self::Own => Message::new("factor-error-own"),
            Self::NotFound => Message::new("error-not-found"),
            Self::Key(_) => Message::new("factor-error-key"),
            Self::Hashing(_) => Message::new("error-internal"),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        let field = match self {
            Self::WrongCode | Self::CodeNeeded => "code",
            Self::WrongPassword => "password",
            _ => return vec![],
        };
        vec![FieldError { field: field.to_owned(), message: self.message() }]
    }
}
