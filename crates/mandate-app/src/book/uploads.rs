//! Files on their way in: kept in the data folder between the check of an import and its confirmation.
//!
//! A file belongs to the user who gave it; nobody else can open it. It goes when it is imported, or after a day.

use std::path::{Path, PathBuf};
use std::time::Duration;

use mandate_domain::book::Kind;
use tokio::fs;

use super::import::ImportFile;
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx};
use crate::error::{ErrorKind, Message, UseCaseError};

/// How long a file waits.
const KEPT_FOR: Duration = Duration::from_secs(24 * 3_600);

/// Why an upload could not be kept or found.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is none, or it is somebody else's, or it is gone.
    #[error("there is no such upload")]
    NotFound,
    /// The data folder cannot be written or read.
    #[error("the upload could not be kept in the data folder")]
    Folder {
        /// What the system said.
        source: std::io::Error,
    },
}

impl UseCaseError for UploadError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::Folder { .. } => ErrorKind::Internal,
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(denied) => denied.message(),
            Self::NotFound => Message::new("import-error-gone"),
            Self::Folder { .. } => Message::new("error-internal"),
        }
    }
}

fn failed(source: std::io::Error) -> UploadError {
    UploadError::Folder { source }
}

fn folder(ctx: &Ctx) -> PathBuf {
    ctx.data_folder().join("uploads")
}

/// The file's path. The secret is checked to be one, so it cannot lead elsewhere.
fn path(ctx: &Ctx, actor: &Actor, secret: &str) -> Result<PathBuf, UploadError> {
    let plain = secret.len() == 32 && secret.bytes().all(|byte| byte.is_ascii_hexdigit());
    let owner = actor.user_id().map_or("operator", |id| id.as_str());
    if plain { Ok(folder(ctx).join(format!("{owner}-{secret}"))) } else { Err(UploadError::NotFound) }
}

/// Keeps a file; answers the secret under which its owner finds it again.
///
/// # Errors
/// [`UploadError`] when the right is missing or the folder cannot be written.
pub async fn keep_upload(
    ctx: &Ctx,
    actor: &Actor,
    kind: Kind,
    file: &ImportFile,
) -> Result<String, UploadError> {
    authorise(actor, Action::Import)?;
    let secret: String = ctx.new_secret().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let path = path(ctx, actor, &secret)?;
    fs::create_dir_all(folder(ctx)).await.map_err(failed)?;
    remove_old(&folder(ctx)).await;
    let name: String = file.name.chars().filter(|it| !it.is_control()).take(200).collect();
    fs::write(path.with_extension("about"), format!("{}\n{name}", kind.as_str())).await.map_err(failed)?;
    fs::write(path, &file.bytes).await.map_err(failed)?;
    Ok(secret)
}

/// The file kept under `secret`, for its owner.
///
/// # Errors
/// [`UploadError::NotFound`] for anyone else, and once it is gone.
pub async fn find_upload(ctx: &Ctx, actor: &Actor, secret: &str) -> Result<(Kind, ImportFile), UploadError> {
    authorise(actor, Action::Import)?;
    let path = path(ctx, actor, secret)?;
    let about = fs::read_to_string(path.with_extension("about")).await.map_err(|_| UploadError::NotFound)?;
    let (kind, name) = about.split_once('\n').ok_or(UploadError::NotFound)?;
    let kind = Kind::parse(kind).ok_or(UploadError::NotFound)?;
    let bytes = fs::read(path).await.map_err(|_| UploadError::NotFound)?;
    Ok((kind, ImportFile { name: name.to_owned(), bytes }))
}

/// Removes a file that is not needed any more.
pub async fn drop_upload(ctx: &Ctx, actor: &Actor, secret: &str) {
    if let Ok(path) = path(ctx, actor, secret) {
        // What is gone already is what was wanted; what stays goes after a day.
        let _ = fs::remove_file(path.with_extension("about")).await;
        let _ = fs::remove_file(path).await;
    }
}

/// Removes files that nobody came back for; a file that cannot be removed is tried again with the next upload.
async fn remove_old(folder: &Path) {
    let Ok(mut entries) = fs::read_dir(folder).await else { return };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let age =
            entry.metadata().await.ok().and_then(|it| it.modified().ok()).and_then(|it| it.elapsed().ok());
        if age.is_some_and(|age| age > KEPT_FOR) {
            let _ = fs::remove_file(entry.path()).await;
        }
    }
}
