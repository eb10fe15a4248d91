//! Audit: what is kept of every change, and the hash chain that shows tampering.
//!
//! A record is written in the transaction of the change it tells of; none is ever changed. Secrets (passwords, tokens,
//! sealed values) never enter `changes`. Not here: how the chain is stored (`mandate-store`).

use crate::{Instant, Purpose};

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditActor {
    /// A person signed in, or acting through their token: user id and name at the time.
    User {
        /// The user's id.
        id: String,
        /// The name at the time.
        name: String,
    },
    /// Whoever operates the machine, through the command line.
    Operator,
    /// Mandate itself: a job, the first start, a demo.
    System,
}

/// By which channel it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A page.
    Web,
    /// The JSON API.
    Api,
    /// The command line.
    CommandLine,
    /// A file import.
    Import,
    /// Background work.
    Job,
}

impl Origin {
    /// The word kept in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Api => "api",
            Self::CommandLine => "command_line",
            Self::Import => "import",
            Self::Job => "job",
        }
    }
}

/// One field's change; `None` where there was or is nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// The field's name as in the API.
    pub field: String,
    /// Value before.
    pub from: Option<String>,
    /// Value after.
    pub to: Option<String>,
    /// Set where the field is read for a purpose: the record then holds a salted hash, and the values stand apart.
    pub sealed: Option<SealedChange>,
}

/// What keeps a change's values out of the record itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedChange {
    /// What the field is read for.
    pub purpose: Purpose,
    /// 256 random bits, so that nobody finds a small number by trying them all.
    pub salt: [u8; 32],
}

/// What is kept of one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: AuditActor,
    /// By which channel.
    pub origin: Origin,
    /// A past-tense business event, such as `account.created`.
    pub action: String,
    /// The kind of record, such as `account`.
    pub subject_kind: String,
    /// Its id.
    pub subject_id: String,
    /// Its name at the time.
    pub subject_name: String,
    /// The account it belongs to, so that an account's history is one search.
    pub account_id: Option<String>,
    /// Why, where the person gave a reason.
    pub reason: Option<String>,
    /// From what to what.
    pub changes: Vec<FieldChange>,
}

/// Collects the fields that differ.
#[derive(Clone, Debug, Default)]
pub struct Changes(Vec<FieldChange>);

impl Changes {
    /// No change yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `field` when `from` and `to` differ.
    #[must_use]
    pub fn field(mut self, field: &str, from: Option<String>, to: Option<String>) -> Self {
        if from != to {
            self.0.push(FieldChange { field: field.to_owned(), from, to, sealed: None });
        }
        self
    }

    /// As [`Changes::field`], for a field that is read for a purpose.
    #[must_use]
    pub fn sealed_field(
        mut self,
        field: &str,
        from: Option<String>,
        to: Option<String>,
        sealed: SealedChange,
    ) -> Self {
        if from != to {
            self.0.push(FieldChange { field: field.to_owned(), from, to, sealed: Some(sealed) });
        }
        self
    }

    /// The changes found.
    pub fn into_vec(self) -> Vec<FieldChange> {
        self.0
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
