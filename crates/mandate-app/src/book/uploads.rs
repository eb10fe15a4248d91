//! Files on their way in: kept in the data folder between the check of an import and its confirmation.
//!
//! A file belongs to the user who gave it; nobody else can open it. It goes when it is imported, or after a day.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mandate_domain::book::Kind;
use mandate_store::boxed;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::fs;
use tokio::io::AsyncWriteExt;

use super::import::ImportFile;
use super::mapping::Mapping;
use super::mappings::digest_of_header;
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx};
use crate::error::{ErrorKind, Message, UseCaseError};
use crate::exchange::rows::Content;

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

/// A file that is on its way in.
pub struct Incoming {
    secret: String,
    path: PathBuf,
    file: fs::File,
    hasher: Sha256,
}

/// A file that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Under this its owner finds it again.
    pub secret: String,
    /// SHA-256 of its bytes, in hex.
    pub digest: String,
}

/// What is kept beside a file.
#[derive(Default, Serialize, Deserialize)]
struct About {
    kind: String,
    name: String,
    mapping: Option<Box<Mapping>>,
    #[serde(default)]
    left_out: BTreeSet<usize>,
    /// Which files have the same columns.
    #[serde(default)]
    header_digest: String,
}

impl About {
    fn read_as(self, mapping: Mapping, header: &[String]) -> Self {
        Self { mapping: Some(Box::new(mapping)), header_digest: digest_of_header(header), ..self }
    }
}

/// Begins to keep a file, piece by piece: it is never held whole.
///
/// # Errors
/// [`UploadError`] when the right is missing or the folder cannot be written.
#[boxed]
pub async fn begin_upload(ctx: &Ctx, actor: &Actor) -> Result<Incoming, UploadError> {
    authorise(actor, Action::Import)?;
    let secret: String = ctx.new_secret().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let path = path(ctx, actor, &secret)?;
    fs::create_dir_all(folder(ctx)).await.map_err(failed)?;
    remove_old(&folder(ctx)).await;
    let file = fs::File::create(&path).await.map_err(failed)?;
    Ok(Incoming { secret, path, file, hasher: Sha256::new() })
}

impl Incoming {
    /// The next piece.
    ///
    /// # Errors
    /// [`UploadError::Folder`] when it cannot be written.
    #[boxed]
    pub async fn write(&mut self, piece: &[u8]) -> Result<(), UploadError> {
        self.hasher.update(piece);
        self.file.write_all(piece).await.map_err(failed)
    }

    /// Keeps what came, as a file of `kind`.
    ///
    /// # Errors
    /// As [`Incoming::write`].
    #[boxed]
    pub async fn keep(
        mut self,
        kind: Kind,
        name: &str,
        mapping: Option<Box<Mapping>>,
    ) -> Result<Kept, UploadError> {
        self.file.flush().await.map_err(failed)?;
        let name = name.chars().filter(|it| !it.is_control()).take(200).collect();
        let about = About { kind: kind.as_str().to_owned(), name, mapping, ..About::default() };
        write_about(&self.path, &about).await?;
        let digest = self.hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Kept { secret: self.secret, digest })
    }

    /// Throws away what came.
    #[boxed]
    pub async fn drop_it(self) {
        // What stays goes after a day.
        let _ = fs::remove_file(self.path).await;
    }
}

async fn write_about(path: &Path, about: &About) -> Result<(), UploadError> {
    let text = serde_json::to_string(about).map_err(|error| failed(error.into()))?;
    fs::write(path.with_extension("about"), text).await.map_err(failed)
}

async fn read_about(path: &Path) -> Result<About, UploadError> {
    let text = fs::read_to_string(path.with_extension("about")).await.map_err(|_| UploadError::NotFound)?;
    serde_json::from_str(&text).map_err(|_| UploadError::NotFound)
}

/// Says how a kept file with these columns is read.
///
/// # Errors
/// [`UploadError::NotFound`] for anyone else, and once it is gone.
#[boxed]
pub async fn map_upload(
    ctx: &Ctx,
    actor: &Actor,
    secret: &str,
    (mapping, header): (Mapping, &[String]),
) -> Result<(), UploadError> {
    authorise(actor, Action::Import)?;
    let path = path(ctx, actor, secret)?;
    let about = read_about(&path).await?;
    // Rows that were wrong when it was read in another way need not be wrong now.
    let as_read = |mapping: &Mapping| Mapping {
        alike: None,
        alike_rows: Default::default(),
        names: Default::default(),
        source: String::new(),
        ..mapping.clone()
    };
    let as_before = about.mapping.as_ref().is_some_and(|before| as_read(before) == as_read(&mapping));
    let left_out = if as_before { about.left_out.clone() } else { BTreeSet::new() };
    write_about(&path, &About { left_out, ..about.read_as(mapping, header) }).await
}

/// Says what names in a kept file with these columns mean, beside how it is read; rows that were left out stay so. A file with the
/// fields' own names has no mapping until then.
///
/// # Errors
/// As [`map_upload`].
#[boxed]
pub async fn name_in_upload(
    ctx: &Ctx,
    actor: &Actor,
    secret: &str,
    (mapping, header): (Mapping, &[String]),
) -> Result<(), UploadError> {
    authorise(actor, Action::Import)?;
    let path = path(ctx, actor, secret)?;
    let about = read_about(&path).await?;
    write_about(&path, &about.read_as(mapping, header)).await
}

/// Says that a kept file is of another kind; how it is read is asked anew.
///
/// # Errors
/// As [`map_upload`].
#[boxed]
pub async fn retype_upload(ctx: &Ctx, actor: &Actor, secret: &str, kind: Kind) -> Result<(), UploadError> {
    authorise(actor, Action::Import)?;
    let path = path(ctx, actor, secret)?;
    let About { name, .. } = read_about(&path).await?;
    write_about(&path, &About { kind: kind.as_str().to_owned(), name, ..About::default() }).await
}

/// Leaves rows of a kept file out, besides those that are left out already.
///
/// # Errors
/// As [`map_upload`].
#[boxed]
pub async fn leave_out_rows(
    ctx: &Ctx,
    actor: &Actor,
    secret: &str,
    rows: BTreeSet<usize>,
) -> Result<(), UploadError> {
    authorise(actor, Action::Import)?;
    let path = path(ctx, actor, secret)?;
    let mut about = read_about(&path).await?;
    about.left_out.extend(rows);
    write_about(&path, &about).await
}

/// Takes all rows of a kept file in again that were left out.
///
/// # Errors
/// As [`map_upload`].
#[boxed]
pub async fn take_rows_in(ctx: &Ctx, actor: &Actor, secret: &str) -> Result<(), UploadError> {
    authorise(actor, Action::Import)?;
    let path = path(ctx, actor, secret)?;
    let about = read_about(&path).await?;
    write_about(&path, &About { left_out: BTreeSet::new(), ..about }).await
}

/// How the actor's newest upload of `kind` with these columns is read, that waits or was refused: a mended file comes again.
///
/// # Errors
/// [`UploadError::Denied`].
#[boxed]
pub async fn mapping_before(
    ctx: &Ctx,
    actor: &Actor,
    kind: Kind,
    header: &[String],
) -> Result<Option<Mapping>, UploadError> {
    authorise(actor, Action::Import)?;
    let owner = actor.user_id().map_or("operator", |id| id.as_str());
    let asked = digest_of_header(header);
    let mut newest = None;
    let Ok(mut entries) = fs::read_dir(folder(ctx)).await else { return Ok(None) };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.ends_with(".about") || !name.starts_with(&format!("{owner}-")) {
            continue;
        }
        let changed = entry.metadata().await.ok().and_then(|it| it.modified().ok());
        let Ok(about) = read_about(&entry.path().with_extension("")).await else { continue };
        let fits = about.header_digest == asked && about.kind == kind.as_str();
        if let Some(mapping) = about.mapping.filter(|_| fits)
            && newest.as_ref().is_none_or(|(before, _)| *before < changed)
        {
            newest = Some((changed, mapping));
        }
    }
    // What was said of single rows, and of the text itself, was said of that file.
    let of_any = |mapping: Mapping| Mapping {
        alike_rows: Default::default(),
        encoding: None,
        delimiter: None,
        ..mapping
    };
    Ok(newest.map(|(_, mapping)| of_any(*mapping)))
}

/// The file kept under `secret`, for its owner.
///
/// # Errors
/// [`UploadError::NotFound`] for anyone else, and once it is gone.
#[boxed]
pub async fn find_upload(ctx: &Ctx, actor: &Actor, secret: &str) -> Result<(Kind, ImportFile), UploadError> {
    authorise(actor, Action::Import)?;
    let path = path(ctx, actor, secret)?;
    let About { kind, name, mapping, left_out, .. } = read_about(&path).await?;
    let kind = Kind::parse(&kind).ok_or(UploadError::NotFound)?;
    fs::metadata(&path).await.map_err(|_| UploadError::NotFound)?;
    Ok((kind, ImportFile { mapping, left_out, ..ImportFile::new(name, Content::Path(path)) }))
}

/// Removes a file that is not needed any more.
#[boxed]
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
