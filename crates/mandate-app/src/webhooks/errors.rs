//! Why something about a webhook was not done.

use mandate_store::StoreError;

use super::MOST_ENDPOINTS;
use crate::authorise::Denied;
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};
use crate::identity::KeyError;

/// Why an endpoint was not kept, changed, tried or shown.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is none.
    #[error("there is no such webhook or delivery")]
    NotFound,
    /// What was given does not fit.
    #[error("{} fields of the webhook do not fit", .0.len())]
    Fields(Vec<FieldError>),
    /// As many as there may be.
    #[error("there are {MOST_ENDPOINTS} webhooks already; remove one first")]
    TooMany,
    /// It is paused.
    #[error("this webhook is paused; resume it first")]
    Paused,
    /// It is not.
    #[error("this webhook is not paused")]
    NotPaused,
    /// It waits to be sent.
    #[error("this delivery waits to be sent already")]
    Waiting,
    /// This program cannot ask anybody.
    #[error("this program asks no other server; the one that serves pages does")]
    NoWayOut,
    /// The key of the data folder.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for WebhookError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::Fields(_) => ErrorKind::Invalid,
            Self::TooMany | Self::Paused | Self::NotPaused | Self::Waiting | Self::NoWayOut => {
                ErrorKind::Conflict
            }
            Self::Key(_) => ErrorKind::Internal,
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
            Self::TooMany => Message::new("webhook-error-too-many").with("most", MOST_ENDPOINTS.to_string()),
            Self::Paused => Message::new("webhook-error-paused"),
            Self::NotPaused => Message::new("webhook-error-not-paused"),
            Self::Waiting => Message::new("webhook-error-waiting"),
            Self::NoWayOut => Message::new("webhook-error-no-way-out"),
            Self::Key(_) => Message::new("webhook-error-key"),
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
