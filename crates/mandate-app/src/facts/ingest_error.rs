//! Why events were not taken in. Nothing is kept then: an import is whole or not at all.

use mandate_domain::facts::source::{Profile, SourceId};
use mandate_store::StoreError;

use super::definitions::DefinitionsError;
use super::stage::StageError;
use crate::authorise::Denied;
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};
use crate::exchange::event_rows::{RowProblem, RowProblemKind};
use crate::exchange::event_table::TableError;

/// Why events were not taken in.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The file cannot be read as a table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Columns that the profile needs and the file has not.
    #[error("the file lacks the columns {}; the profile {profile} needs them", columns.join(", "))]
    MissingColumns {
        /// Their names.
        columns: Vec<&'static str>,
        /// The profile.
        profile: &'static str,
    },
    /// Rows that cannot be taken in.
    #[error("nothing was imported: {n_problems} rows are wrong; the first: {}", first(problems))]
    Rows {
        /// The first thousand problems, by row.
        problems: Vec<RowProblem>,
        /// How many there are.
        n_problems: u64,
    },
    /// A file without any event.
    #[error("nothing was imported: there is no event in it")]
    NoRows,
    /// More events than one request may hold.
    #[error("a request may hold {limit} events, this one has more; send the rest in another")]
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// The source is there and is read in another way.
    #[error("the source `{source_id}` is read with the profile {}; give another name for this one", profile.as_str())]
    OtherProfile {
        /// The source.
        source_id: SourceId,
        /// Its profile.
        profile: Profile,
    },
    /// The source is there and its clock shows another zone.
    #[error(
        "the source `{source_id}` has the time zone {known}, not {given}; change it on the page of the source"
    )]
    OtherZone {
        /// The source.
        source_id: SourceId,
        /// Its zone.
        known: String,
        /// The zone given.
        given: String,
    },
    /// The source is not there, and may not be made this way.
    #[error("there is no source `{source_id}`; name its profile to make it")]
    NoSource {
        /// Its name.
        source_id: SourceId,
    },
    /// A zone, or definitions that cannot be used.
    #[error(transparent)]
    Definitions(#[from] DefinitionsError),
    /// The disk.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// Other imports of the source came first every time.
    #[error("the source `{source_id}` is being changed by others; try again in a minute")]
    Busy {
        /// The source.
        source_id: SourceId,
    },
    /// Stopped on request.
    #[error("the import was stopped; nothing was imported")]
    Cancelled,
    /// The work stopped on a fault of the program.
    #[error("the import stopped on a fault of the program; nothing was imported, the log has it")]
    Stopped,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn first(problems: &[RowProblem]) -> String {
    problems.first().map(ToString::to_string).unwrap_or_default()
}

impl UseCaseError for IngestError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::Definitions(DefinitionsError::Store(error)) | Self::Store(error) => error.kind(),
            Self::Table(TableError::Open(_)) => ErrorKind::NotFound,
            Self::Table(_)
            | Self::MissingColumns { .. }
            | Self::Rows { .. }
            | Self::NoRows
            | Self::TooMany { .. }
            | Self::Definitions(DefinitionsError::Zone { .. }) => ErrorKind::Invalid,
            Self::OtherProfile { .. } | Self::OtherZone { .. } | Self::Cancelled => ErrorKind::Conflict,
            Self::NoSource { .. } => ErrorKind::NotFound,
            Self::Stage(_) | Self::Busy { .. } => ErrorKind::Unavailable,
            Self::Definitions(_) | Self::Stopped => ErrorKind::Internal,
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::Table(error) => table_message(error),
            Self::MissingColumns { columns, profile } => Message::new("facts-import-missing-columns")
                .with("columns", columns.join(", "))
                .with("profile", *profile),
            Self::Rows { n_problems, .. } => {
                Message::new("facts-import-rows").with("count", n_problems.to_string())
            }
            Self::NoRows => Message::new("facts-import-no-rows"),
            Self::TooMany { limit } => Message::new("facts-import-too-many").with("limit", limit.to_string()),
            Self::OtherProfile { source_id, profile } => Message::new("facts-import-other-profile")
                .with("source", source_id.as_str())
                .with("profile", profile.as_str()),
            Self::OtherZone { source_id, known, given } => Message::new("facts-import-other-zone")
                .with("source", source_id.as_str())
                .with("known", known.clone())
                .with("given", given.clone()),
            Self::NoSource { source_id } => {
                Message::new("facts-error-no-source").with("source", source_id.as_str())
            }
            Self::Definitions(DefinitionsError::Zone { zone }) => {
                Message::new("facts-error-zone").with("zone", zone.clone())
            }
            Self::Definitions(DefinitionsError::Store(error)) | Self::Store(error) => error.message(),
            Self::Definitions(_) | Self::Stopped => Message::new("error-internal"),
            Self::Stage(_) => Message::new("facts-error-files"),
            Self::Busy { source_id } => Message::new("facts-import-busy").with("source", source_id.as_str()),
            Self::Cancelled => Message::new("facts-import-cancelled"),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        let Self::Rows { problems, .. } = self else { return vec![] };
        let field = |problem: &RowProblem| FieldError {
            field: format!("{}:{}", problem.row, problem.column),
            message: row_message(problem),
        };
        problems.iter().map(field).collect()
    }
}

fn table_message(error: &TableError) -> Message {
    match error {
        TableError::Open(_) => Message::new("facts-import-open"),
        TableError::TooLarge { bytes, limit } => Message::new("facts-import-too-large")
            .with("bytes", bytes.to_string())
            .with("limit", limit.to_string()),
        TableError::NotParquet => Message::new("facts-import-not-parquet"),
        TableError::Damaged(_) | TableError::Csv(_) => Message::new("facts-import-damaged"),
        TableError::Ragged { row, found, expected } => Message::new("facts-import-ragged")
            .with("row", row.to_string())
            .with("found", found.to_string())
            .with("expected", expected.to_string()),
        TableError::LongRow { row, limit } => Message::new("facts-import-long-row")
            .with("row", row.to_string())
            .with("kilobytes", (limit >> 10).to_string()),
        TableError::Encoding { row } => Message::new("facts-import-encoding").with("row", row.to_string()),
    }
}

/// What is wrong with one row, for a person.
pub fn row_message(problem: &RowProblem) -> Message {
    let message = match &problem.kind {
        RowProblemKind::Missing => Message::new("facts-row-missing"),
        RowProblemKind::Unreadable { text } => {
            Message::new("facts-row-unreadable").with("text", text.clone())
        }
        RowProblemKind::UnmappedState { state } => {
            Message::new("facts-row-unmapped-state").with("state", state.clone())
        }
        RowProblemKind::BeforeOpened { case_ref } => {
            Message::new("facts-row-before-opened").with("case", case_ref.clone())
        }
        RowProblemKind::NoZone { text } => Message::new("facts-row-no-zone").with("text", text.clone()),
        RowProblemKind::Contradicts { case_ref } => {
            Message::new("facts-row-contradicts").with("case", case_ref.clone())
        }
        RowProblemKind::UnknownAccount { account } => {
            Message::new("facts-row-unknown-account").with("account", account.clone())
        }
        RowProblemKind::OutOfReach { case_ref } => {
            Message::new("facts-row-out-of-reach").with("case", case_ref.clone())
        }
        RowProblemKind::NotAnEvent { what } => {
            Message::new("facts-row-not-an-event").with("what", what.clone())
        }
        RowProblemKind::TooLong { length, limit } => Message::new("facts-row-too-long")
            .with("length", length.to_string())
            .with("limit", limit.to_string()),
    };
    message.with("row", problem.row.to_string()).with("column", problem.column)
}
