//! Why a command failed and the code it ends with. `docs/reference/command-line.md` lists the codes; a test compares.

use std::process::ExitCode;

use mandate_app::{ErrorKind, UseCaseError};
use serde::{Deserialize, Serialize};

/// The kinds of failure, one code each. 2 is clap's: the command was not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something broke: 1.
    Failed,
    /// What was given is wrong, or names what is not there: 3.
    BadInput,
    /// Someone else has it, or it is out of reach for now: 4.
    Busy,
    /// A check ran and found something wrong: 5.
    Found,
    /// A signal asked to stop, and what had been begun was undone: 130, as shells have it.
    Stopped,
}

impl Kind {
    /// The number scripts see.
    pub const fn code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::BadInput => 3,
            Self::Busy => 4,
            Self::Found => 5,
            Self::Stopped => 130,
        }
    }

    /// As the process ends.
    pub fn exit_code(self) -> ExitCode {
        ExitCode::from(self.code())
    }
}

/// A failed command.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Failure {
    /// Its kind.
    pub kind: Kind,
    /// What happened, with its causes, and what to do.
    pub message: String,
    /// Single errors, such as rows of a file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
}

impl Failure {
    /// A failure with nothing more to say.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), details: vec![] }
    }

    /// As [`Failure::new`], for bad input.
    pub fn bad_input(message: impl Into<String>) -> Self {
        Self::new(Kind::BadInput, message)
    }

    /// A broken thing with its chain of causes.
    pub fn broke(error: &(dyn std::error::Error + 'static)) -> Self {
        Self::new(Kind::Failed, chain(error))
    }
}

/// Use cases know what kind of failure theirs is.
impl<E: UseCaseError> From<E> for Failure {
    fn from(error: E) -> Self {
        let kind = match error.kind() {
            ErrorKind::Invalid
            | ErrorKind::NotFound
            | ErrorKind::Forbidden
            | ErrorKind::Unverified
            | ErrorKind::Conflict
            | ErrorKind::Stale => Kind::BadInput,
            ErrorKind::Unavailable | ErrorKind::TooMany { .. } => Kind::Busy,
            ErrorKind::Internal => Kind::Failed,
        };
        Self::new(kind, chain(&error))
    }
}

/// An error and its causes in one line; a cause that the line before already tells is left out.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let part = error.to_string();
        if !text.contains(&part) {
            text.push_str(": ");
            text.push_str(&part);
        }
        cause = error.source();
    }
    text
}
