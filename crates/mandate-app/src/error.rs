//! What every floor above needs to know of a failed use case: its kind, its message, the fields it concerns.
//!
//! Each operation has its own enum; this trait only says how pages, API and command line translate it.

/// The kinds a channel translates: HTTP status, exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The input breaks a rule; 422.
    Invalid,
    /// There is none, or this person may not know of it; 404.
    NotFound,
    /// Known, but not theirs to do; 403.
    Forbidden,
    /// The state does not allow it; 409.
    Conflict,
    /// Another save came first; 409 on a page, 412 where the API was told the version that was read.
    Stale,
    /// Theirs to do once they have confirmed who they are; 403, or a page that asks.
    Unverified,
    /// Asked too often; 429 with `Retry-After`.
    TooMany {
        /// Seconds to wait.
        retry_after_s: u32,
    },
    /// Busy or out of reach for now; 503.
    Unavailable,
    /// Our fault; 500.
    Internal,
}

/// A message of the catalogue with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Id in the Fluent catalogue.
    pub id: &'static str,
    /// Arguments by name.
    pub arguments: Vec<(&'static str, String)>,
}

impl Message {
    /// A message without arguments.
    pub fn new(id: &'static str) -> Self {
        Self { id, arguments: vec![] }
    }

    /// Adds an argument.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.arguments.push((name, value.into()));
        self
    }
}

/// What is wrong with one field of a form or request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name as in the form and the API.
    pub field: String,
    /// What is wrong and what to do.
    pub message: Message,
}

/// How a failed use case is told.
pub trait UseCaseError: std::error::Error + Send + Sync + 'static {
    /// Its kind.
    fn kind(&self) -> ErrorKind;
    /// What happened, why, what to do.
    fn message(&self) -> Message;
    /// The fields it concerns, if it is about fields.
    fn fields(&self) -> Vec<FieldError> {
        vec![]
    }
}

impl UseCaseError for mandate_store::StoreError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Stale { .. } => ErrorKind::Stale,
            Self::Duplicate { .. } => ErrorKind::Conflict,
            Self::Database { .. } | Self::TooSlow { .. } => ErrorKind::Unavailable,
            Self::Inconsistent { .. } => ErrorKind::Internal,
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Stale { .. } => Message::new("error-stale"),
            Self::Duplicate { column, .. } => Message::new("error-duplicate").with("field", column.clone()),
            Self::Database { .. } => Message::new("error-unavailable"),
            Self::TooSlow { .. } => Message::new("error-too-slow"),
            Self::Inconsistent { .. } => Message::new("error-internal"),
        }
    }
}

/// Somebody asked too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many {what}; try again in {retry_after_s} seconds")]
pub struct TooMany {
    /// Of what.
    pub what: Limited,
    /// Seconds to wait.
    pub retry_after_s: i64,
}

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limited {
    /// Attempts to prove who one is.
    Attempts,
    /// Files taken out.
    Exports,
}

impl std::fmt::Display for Limited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Attempts => "failed attempts",
            Self::Exports => "exports",
        })
    }
}

impl UseCaseError for TooMany {
    fn kind(&self) -> ErrorKind {
        ErrorKind::TooMany { retry_after_s: u32::try_from(self.retry_after_s).unwrap_or(1) }
    }

    fn message(&self) -> Message {
        let id = match self.what {
            Limited::Attempts => "sign-in-error-too-many",
            Limited::Exports => "export-error-too-often",
        };
        Message::new(id).with("seconds", self.retry_after_s.to_string())
    }
}
