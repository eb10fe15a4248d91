//! Files on records of the book: brought by who may write, read by whoever may read the record, gone with it and back with it.
//!
//! A file comes in bounded memory and is looked at whole before anything is kept: its length, and its content against its name. Removing
//! one takes the content away for good; that it was there, by whom it was brought and removed, stays.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mandate_domain::Id;
use mandate_domain::audit::Changes;
use mandate_domain::book::{Attachment, FileRefusal, file_kind, file_name};
use mandate_store::book::{self as store, Place};
use mandate_store::{ReadTx, StoreError, boxed};
use sha2::{Digest, Sha256};

use super::notes::NotesOf;
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx, Subject, Who};
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};

/// Bytes of a file when nobody has said otherwise: 25 MB.
pub const USUAL_MOST_BYTES: usize = 25 << 20;
/// Bytes of one piece of content: a copy of the database reads two thousand of them at a time.
const PIECE: usize = 12 << 10;
/// Pieces read at a time on the way out.
const PIECES_AT_A_TIME: usize = 64;
/// Files shown of one record.
const MOST_SHOWN: usize = 200;

/// Why a file was not taken, given out or removed.
#[derive(Debug, thiserror::Error)]
pub enum AttachmentError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// No such record or file within reach, or its content was removed.
    #[error("there is no such {what}")]
    NotFound {
        /// Which of them.
        what: &'static str,
    },
    /// Longer than files may be.
    #[error("a file has at most {most} bytes")]
    TooLarge {
        /// The limit.
        most: usize,
    },
    /// No file came.
    #[error("no file was sent")]
    NoFile,
    /// Its name or its content.
    #[error(transparent)]
    Refused(#[from] FileRefusal),
    /// The database failed, or it was removed meanwhile.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for AttachmentError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::TooLarge { .. } | Self::NoFile | Self::Refused(_) => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::NotFound { .. } => Message::new("error-not-found"),
            Self::TooLarge { most } => {
                Message::new("file-error-too-large").with("most", (most >> 20).to_string())
            }
            Self::NoFile => Message::new("file-error-none"),
            Self::Refused(FileRefusal::Name(error)) => crate::facts::kpi::text_message(error),
            Self::Refused(FileRefusal::Empty) => Message::new("file-error-empty"),
            Self::Refused(FileRefusal::Unknown) => Message::new("file-error-unknown"),
            Self::Refused(FileRefusal::Mismatch { ending, found }) => Message::new("file-error-mismatch")
                .with("ending", ending.clone())
                .with("found", found.as_str()),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::TooLarge { .. } | Self::NoFile | Self::Refused(_) => {
                vec![FieldError { field: "file".to_owned(), message: self.message() }]
            }
            _ => vec![],
        }
    }
}

/// A file on its way in: at most so many bytes, whatever was declared.
#[derive(Debug)]
pub struct IncomingFile {
    name: String,
    content: Vec<u8>,
    most: usize,
}

impl IncomingFile {
    /// Begins with the name it was sent under.
    ///
    /// # Errors
    /// [`AttachmentError::Refused`] for a name that cannot be kept.
    pub fn begin(name: &str, most: usize) -> Result<Self, AttachmentError> {
        let name = file_name(name).map_err(FileRefusal::Name)?;
        Ok(Self { name, content: vec![], most })
    }

    /// Takes what arrived.
    ///
    /// # Errors
    /// [`AttachmentError::TooLarge`] past the limit.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), AttachmentError> {
        if self.most < self.content.len() + bytes.len() {
            return Err(AttachmentError::TooLarge { most: self.most });
        }
        self.content.extend_from_slice(bytes);
        Ok(())
    }
}

async fn reached(tx: &mut ReadTx, actor: &Actor, of: NotesOf<'_>) -> Result<Place, AttachmentError> {
    let place = store::load_place(tx, &actor.scope, of.kind, of.id).await?;
    place.ok_or(AttachmentError::NotFound { what: "record" })
}

/// Whether `actor` may bring a file to the record: asked before its content is taken.
///
/// # Errors
/// [`AttachmentError`] when the right or the record is missing.
pub async fn may_attach(ctx: &Ctx, actor: &Actor, of: NotesOf<'_>) -> Result<(), AttachmentError> {
    authorise(actor, Action::WriteBook)?;
    reached(&mut ctx.begin_read().await?, actor, of).await.map(|_| ())
}

/// Keeps a file on a record; under a name that is there already, as its next version.
///
/// # Errors
/// [`AttachmentError`]; then nothing was kept.
pub async fn attach(
    ctx: &Ctx,
    actor: &Actor,
    of: NotesOf<'_>,
    incoming: IncomingFile,
) -> Result<Attachment, AttachmentError> {
    authorise(actor, Action::WriteBook)?;
    let IncomingFile { name, content, .. } = incoming;
    let n_bytes = i64::try_from(content.len()).unwrap_or(i64::MAX);
    // Looking at megabytes and hashing them keeps a thread busy.
    let (name, looked) = tokio::task::spawn_blocking(move || {
        let kind = file_kind(&name, &content);
        let sha256: String = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
        let pieces: Vec<String> = content.chunks(PIECE).map(|piece| STANDARD.encode(piece)).collect();
        (name, kind.map(|kind| (kind, sha256, pieces)))
    })
    .await
    .map_err(|_| AttachmentError::NoFile)?;
    let (file_kind, sha256, pieces) = looked?;
    let mut tx = ctx.begin_write().await?;
    let place = reached(&mut tx, actor, of).await?;
    let before = store::newest_version(&mut tx, (of.kind, of.id), &name).await?;
    let file = Attachment {
        id: ctx.new_id(),
        kind: of.kind,
        record_id: of.id.to_owned(),
        name,
        file_version: before + 1,
        file_kind,
        n_bytes,
        sha256,
        author_id: actor.user_id().cloned(),
        author_name: name_of(actor),
        created_at: ctx.now(),
        removed: None,
    };
    store::insert_attachment(&mut tx, &file, pieces).await?;
    let changes = Changes::new()
        .field("file", None, Some(file.name.clone()))
        .field("sha256", None, Some(file.sha256.clone()))
        .into_vec();
    tx.commit(actor.record(ctx.now(), "attachment.added", subject(&file, &place), changes)).await?;
    Ok(file)
}

fn name_of(actor: &Actor) -> String {
    match &actor.who {
        Who::User { name, .. } => name.clone(),
        Who::Operator | Who::System => "Operator".to_owned(),
    }
}

fn subject<'a>(file: &'a Attachment, place: &'a Place) -> Subject<'a> {
    let account_id = place.account_id.as_deref();
    Subject { kind: "attachment", id: file.id.as_str(), name: &place.name, account_id }
}

/// The files of a record, the newest first, with those that were removed.
///
/// # Errors
/// [`AttachmentError::NotFound`] when there is no such record, or none they may see.
pub async fn list_files(
    ctx: &Ctx,
    actor: &Actor,
    of: NotesOf<'_>,
) -> Result<(String, Vec<Attachment>), AttachmentError> {
    authorise(actor, Action::ReadBook)?;
    let mut tx = ctx.begin_read().await?;
    let place = reached(&mut tx, actor, of).await?;
    Ok((place.name, store::list_attachments(&mut tx, (of.kind, of.id), MOST_SHOWN).await?))
}

async fn load(
    tx: &mut ReadTx,
    actor: &Actor,
    id: &Id<Attachment>,
) -> Result<(Attachment, Place), AttachmentError> {
    let missing = || AttachmentError::NotFound { what: "file" };
    let file = store::load_attachment(tx, id).await?.ok_or_else(missing)?;
    let place = store::load_place(tx, &actor.scope, file.kind, &file.record_id).await?.ok_or_else(missing)?;
    Ok((file, place))
}

/// A file to be given out: its content is there.
///
/// # Errors
/// [`AttachmentError::NotFound`] also for a file of a record out of reach, and for one that was removed.
#[boxed]
pub async fn open_file(ctx: &Ctx, actor: &Actor, id: &Id<Attachment>) -> Result<Attachment, AttachmentError> {
    authorise(actor, Action::ReadBook)?;
    let (file, _) = load(&mut ctx.begin_read().await?, actor, id).await?;
    if file.removed.is_some() { Err(AttachmentError::NotFound { what: "file" }) } else { Ok(file) }
}

/// Some of an opened file's content, from piece `first`, and the piece to ask for next; empty at its end. Each in a transaction
/// of its own, so that a slow reader holds none.
///
/// # Errors
/// [`StoreError`] when it cannot be read, or is not what was kept.
#[boxed]
pub async fn read_content(ctx: &Ctx, file: &Attachment, first: i64) -> Result<(Vec<u8>, i64), StoreError> {
    let mut tx = ctx.begin_read().await?;
    let pieces = store::list_pieces(&mut tx, &file.sha256, first, PIECES_AT_A_TIME).await?;
    let mut content = Vec::with_capacity(pieces.len() * PIECE);
    for piece in &pieces {
        STANDARD.decode_vec(piece, &mut content).map_err(|error| StoreError::Inconsistent {
            table: "attachment_piece",
            id: file.sha256.clone(),
            what: error.to_string(),
        })?;
    }
    Ok((content, first + i64::try_from(pieces.len()).unwrap_or(0)))
}

/// Removes a file's content for good: one's own, or anybody's with the right to put records into the trash.
///
/// # Errors
/// [`AttachmentError`]; then nothing was changed.
#[boxed]
pub async fn remove_file(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<Attachment>,
) -> Result<Attachment, AttachmentError> {
    authorise(actor, Action::WriteBook)?;
    let mut tx = ctx.begin_write().await?;
    let (file, place) = load(&mut tx, actor, id).await?;
    if file.removed.is_some() {
        return Err(AttachmentError::NotFound { what: "file" });
    }
    let is_own = file.author_id.is_some() && file.author_id.as_ref() == actor.user_id();
    if !is_own {
        authorise(actor, Action::TrashBook)?;
    }
    let now = ctx.now();
    store::remove_attachment(&mut tx, &file, &name_of(actor), now).await?;
    let changes = Changes::new()
        .field("file", Some(file.name.clone()), None)
        .field("sha256", Some(file.sha256.clone()), None)
        .into_vec();
    tx.commit(actor.record(now, "attachment.removed", subject(&file, &place), changes)).await?;
    Ok(file)
}
