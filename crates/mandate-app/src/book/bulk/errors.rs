//! Why many records were not chosen, looked at or changed. Why one of them was refused stands in its row.

use mandate_store::StoreError;
use mandate_store::reads::listing::ListError;

use crate::authorise::Denied;
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};

/// Why a bulk edit did not go on.
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is none, or none of theirs.
    #[error("there is no such bulk edit")]
    NotFound,
    /// No record was chosen.
    #[error("choose at least one record")]
    Nothing,
    /// More records than are changed at once.
    #[error("{n} records match, at most {} are changed at once; narrow the filter", super::MOST_AT_ONCE)]
    TooMany {
        /// How many.
        n: i64,
    },
    /// What is to be done does not fit.
    #[error("{} fields do not fit", fields.len())]
    Invalid {
        /// What is wrong with it.
        fields: Vec<FieldError>,
    },
    /// Another step came first.
    #[error("this bulk edit is at another step by now; look at it again")]
    OtherStep,
    /// The list refused.
    #[error(transparent)]
    List(#[from] ListError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for BulkError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::Nothing | Self::TooMany { .. } | Self::Invalid { .. } | Self::List(ListError::Query(_)) => {
                ErrorKind::Invalid
            }
            Self::OtherStep => ErrorKind::Conflict,
            Self::List(ListError::Store(error)) | Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::NotFound => Message::new("error-not-found"),
            Self::Nothing => Message::new("bulk-error-nothing"),
            Self::TooMany { n } => Message::new("bulk-error-too-many")
                .with("count", n.to_string())
                .with("most", super::MOST_AT_ONCE.to_string()),
            Self::Invalid { .. } => Message::new("error-invalid"),
            Self::OtherStep => Message::new("bulk-error-other-step"),
            Self::List(ListError::Query(error)) => Message::new("error-list").with("what", error.to_string()),
            Self::List(ListError::Store(error)) | Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid { fields } => fields.clone(),
            _ => vec![],
        }
    }
}
