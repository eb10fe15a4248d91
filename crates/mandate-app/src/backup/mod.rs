//! Backups: one folder with everything, a manifest that names each file with its hash, and a restore that believes
//! nothing it has not checked.
//!
//! A backup of SQLite holds the database file (`mandate.db`), one of PostgreSQL every table as lines of JSON
//! (`tables/<name>.ndjson`), both the event files the database counts. It is written beside its place and renamed, so a
//! folder with a manifest is whole. Not here: when backups are made, and where they are kept.

mod restore;
mod rows;
mod write;

use std::io;
use std::path::Path;

use mandate_store::StoreError;
use mandate_store::copy::TableDigest;
use serde::{Deserialize, Serialize};

use crate::error::{ErrorKind, Message, UseCaseError};

pub use restore::{RestoreTarget, Restored, restore, verify};
pub(crate) use rows::{BATCH, digest_tables};
pub use write::back_up;
pub(crate) use write::{copy_events, refuse_filled};

/// Names the files of a backup, with their hashes.
pub const MANIFEST: &str = "manifest.json";
/// The hash of the manifest itself.
pub const MANIFEST_HASH: &str = "manifest.sha256";
const DATABASE: &str = "mandate.db";
const TABLES: &str = "tables";
pub(crate) const EVENTS: &str = "events";

/// In which form a backup holds the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// A SQLite file.
    Sqlite,
    /// A file of JSON lines a table.
    Tables,
}

/// A table's rows and their hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableEntry {
    /// The table.
    pub table: String,
    /// Its rows.
    pub n_rows: i64,
    /// Hash of all its values, whichever database they are in.
    pub sha256: String,
}

impl From<TableDigest> for TableEntry {
    fn from(digest: TableDigest) -> Self {
        Self { table: digest.table, n_rows: digest.n_rows, sha256: digest.sha256 }
    }
}

/// A file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Relative to the backup.
    pub path: String,
    /// Its size.
    pub n_bytes: u64,
    /// Hash of its bytes.
    pub sha256: String,
}

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this form; 1.
    pub version: u32,
    /// In which form the database is.
    pub format: Format,
    /// When it was made, UTC.
    pub made_at: String,
    /// The program that made it.
    pub program: String,
    /// The schema's version.
    pub schema_version: i64,
    /// Records in the audit chain.
    pub audit_records: i64,
    /// Hash of the last of them: a checkpoint to keep elsewhere.
    pub audit_hash: String,
    /// Every table.
    pub tables: Vec<TableEntry>,
    /// Every file but the manifest and its hash.
    pub files: Vec<FileEntry>,
}

/// Why a backup was not made, or is not restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] crate::Denied),
    /// A file or folder failed.
    #[error("could not use `{path}`: {source}")]
    Io {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The place is taken.
    #[error("`{path}` is not empty; name a folder that does not exist or has nothing in it")]
    NotEmpty {
        /// Which.
        path: String,
    },
    /// An event file that counts is missing or changed: the backup would hold less than the database says.
    #[error("the event file `{path}` {what}; `mandate doctor --deep` lists all such files")]
    EventFile {
        /// Relative to the folder of events.
        path: String,
        /// What is wrong.
        what: &'static str,
    },
    /// A backup that is not what its manifest says.
    #[error("this backup is damaged: {what}")]
    Damaged {
        /// What is wrong.
        what: String,
    },
    /// Made by a newer program.
    #[error(
        "this backup has schema version {found}, this program knows up to {known}; use the newer program"
    )]
    TooNew {
        /// The backup's version.
        found: i64,
        /// The newest this program has.
        known: i64,
    },
    /// A database file fits a SQLite data folder only.
    #[error(
        "this backup is a SQLite file and restores into a data folder; then use `mandate copy` to move it"
    )]
    WrongTarget,
    /// The database could not be opened.
    #[error(transparent)]
    Open(#[from] mandate_store::DbError),
    /// The schema could not be made.
    #[error(transparent)]
    Migrate(#[from] mandate_store::db::MigrateError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BackupError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::Io { path, source }
    }

    fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }
}

impl UseCaseError for BackupError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::Io { .. } | Self::Open(_) => ErrorKind::Unavailable,
            Self::NotEmpty { .. } | Self::Damaged { .. } | Self::TooNew { .. } | Self::WrongTarget => {
                ErrorKind::Invalid
            }
            Self::EventFile { .. } | Self::Migrate(_) => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            other => Message::new("backup-error").with("what", other.to_string()),
        }
    }
}
