//! An event file on its way in: written to the data folder as it arrives, never held in memory whole.
//!
//! It belongs to whoever gave it and is found again by a secret that nobody can guess. It goes when it was imported; one
//! that nobody came back for goes after a day, when the next one arrives.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt;

use mandate_store::boxed;

use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx};
use crate::error::{ErrorKind, Message, UseCaseError};
use crate::exchange::event_table::LARGEST_FILE_BYTES;

/// Largest file taken in, in bytes.
pub const LARGEST_UPLOAD: u64 = LARGEST_FILE_BYTES;
/// How long a file waits.
const KEPT_FOR: Duration = Duration::from_secs(24 * 3_600);

/// Why a file was not kept.
#[derive(Debug, thiserror::Error)]
pub enum EventUploadError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Longer than is read in one go.
    #[error("the file has more than {limit} bytes; split it by month and import the parts")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// The data folder cannot be written.
    #[error("the file could not be kept in the data folder")]
    Folder {
        /// What the system said.
        source: std::io::Error,
    },
}

impl UseCaseError for EventUploadError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::TooLarge { .. } => ErrorKind::Invalid,
            Self::Folder { .. } => ErrorKind::Unavailable,
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::TooLarge { limit } => {
                Message::new("facts-upload-too-large").with("gigabytes", (limit >> 30).to_string())
            }
            Self::Folder { .. } => Message::new("facts-error-files"),
        }
    }
}

/// A file being written; dropped before [`EventUpload::finish`] it is removed with the next sweep.
#[derive(Debug)]
pub struct EventUpload {
    file: File,
    path: PathBuf,
    secret: String,
    n_bytes: u64,
    limit: u64,
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptUpload {
    /// Where it lies.
    pub path: PathBuf,
    /// What it is found by.
    pub secret: String,
    /// Its length.
    pub n_bytes: u64,
}

fn failed(source: std::io::Error) -> EventUploadError {
    EventUploadError::Folder { source }
}

fn folder(ctx: &Ctx) -> PathBuf {
    ctx.data_folder().join("uploads")
}

/// Where the file with this secret lies; `None` for what is no secret of ours.
pub(crate) fn path_of(ctx: &Ctx, secret: &str) -> Option<PathBuf> {
    let plain = secret.len() == 32 && secret.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain.then(|| folder(ctx).join(format!("events-{secret}")))
}

impl EventUpload {
    /// Begins a file; at most `limit` bytes, and never more than [`LARGEST_UPLOAD`].
    ///
    /// # Errors
    /// [`EventUploadError`] when the right is missing or the folder cannot be written.
    #[boxed]
    pub async fn begin(ctx: &Ctx, actor: &Actor, limit: u64) -> Result<Self, EventUploadError> {
        authorise(actor, Action::Import)?;
        let secret: String = ctx.new_secret().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        fs::create_dir_all(folder(ctx)).await.map_err(failed)?;
        remove_old(&folder(ctx)).await;
        let path = folder(ctx).join(format!("events-{secret}"));
        let file = File::create_new(&path).await.map_err(failed)?;
        Ok(Self { file, path, secret, n_bytes: 0, limit: limit.min(LARGEST_UPLOAD) })
    }

    /// Writes what arrived.
    ///
    /// # Errors
    /// [`EventUploadError::TooLarge`] past the limit; the file is removed then.
    #[boxed]
    pub async fn write(&mut self, chunk: &[u8]) -> Result<(), EventUploadError> {
        self.n_bytes = self.n_bytes.saturating_add(chunk.len() as u64);
        if self.limit < self.n_bytes {
            let _ = fs::remove_file(&self.path).await;
            return Err(EventUploadError::TooLarge { limit: self.limit });
        }
        self.file.write_all(chunk).await.map_err(failed)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// [`EventUploadError::Folder`] when the disk refuses the rest.
    #[boxed]
    pub async fn finish(mut self) -> Result<KeptUpload, EventUploadError> {
        self.file.flush().await.map_err(failed)?;
        Ok(KeptUpload { path: self.path, secret: self.secret, n_bytes: self.n_bytes })
    }
}

/// Removes a file that is not needed any more; one that stays goes after a day.
#[boxed]
pub async fn drop_upload(kept: &Path) {
    let _ = fs::remove_file(kept).await;
}

async fn remove_old(folder: &Path) {
    let Ok(mut entries) = fs::read_dir(folder).await else { return };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let name = entry.file_name().to_string_lossy().into_owned();
        let (is_file, is_check) = (name.starts_with("events-"), name.starts_with("check-"));
        let modified = entry.metadata().await.ok().and_then(|it| it.modified().ok());
        let age = modified.and_then(|at| at.elapsed().ok());
        let is_old = age.is_some_and(|age| age > KEPT_FOR);
        if is_old && is_file {
            let _ = fs::remove_file(entry.path()).await;
        } else if is_old && is_check {
            // Left by a check that was killed.
            let _ = fs::remove_dir_all(entry.path()).await;
        }
    }
}
