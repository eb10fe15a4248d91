//! Why something about a source was not done.

use std::io;

use mandate_store::StoreError;

use super::MOST_SOURCES;
use crate::authorise::Denied;
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};
use crate::identity::KeyError;

/// Why a source was not kept, changed or shown.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is none, or no such file of it.
    #[error("there is no such source or file")]
    NotFound,
    /// What was given does not fit.
    #[error("{} fields of the source do not fit", .0.len())]
    Fields(Vec<FieldError>),
    /// As many as there may be.
    #[error("there are {MOST_SOURCES} sources already; remove one first")]
    TooMany,
    /// It works with the rights of a user, and this is none.
    #[error("a source works with the rights of whoever sets it up; sign in to do so")]
    NoOwner,
    /// It is paused.
    #[error("this source is paused; resume it first")]
    Paused,
    /// It is not.
    #[error("this source is not paused")]
    NotPaused,
    /// A file of it is being imported.
    #[error("a file of this source is being imported; wait until that has ended")]
    Working,
    /// It has no address.
    #[error("this source has no address that could be asked")]
    NoAddress,
    /// This program cannot ask anybody.
    #[error("this program asks no other server; the one that serves pages does")]
    NoWayOut,
    /// The key of the data folder.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Its folder cannot be made.
    #[error("could not make the folder `{path}`: {source}")]
    Folder {
        /// Which.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for SourceError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::Fields(_) => ErrorKind::Invalid,
            Self::TooMany
            | Self::NoOwner
            | Self::Paused
            | Self::NotPaused
            | Self::Working
            | Self::NoAddress
            | Self::NoWayOut => ErrorKind::Conflict,
            Self::Key(_) | Self::Folder { .. } => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::NotFound => Message::new("error-not-found"),
            Self::Fields(fields) => match fields.first() {
                Some(first) => first.message.clone(),
                None => Message::new("error-internal"),
            },
            Self::TooMany => {
                Message::new("import-source-error-too-many").with("most", MOST_SOURCES.to_string())
            }
            Self::NoOwner => Message::new("import-source-error-no-owner"),
            Self::Paused => Message::new("import-source-error-paused"),
            Self::NotPaused => Message::new("import-source-error-not-paused"),
            Self::Working => Message::new("import-source-error-working"),
            Self::NoAddress => Message::new("import-source-error-no-address"),
            Self::NoWayOut => Message::new("import-source-error-no-way-out"),
            Self::Key(_) => Message::new("import-source-error-key"),
            Self::Folder { path, source } => Message::new("import-source-error-folder")
                .with("path", path.as_str())
                .with("what", source.to_string()),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Fields(fields) => fields.clone(),
            _ => vec![],
        }
    }
}
