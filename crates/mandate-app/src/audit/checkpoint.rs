//! Checkpoints: the hash of the newest audit record, signed, kept in the database and written to a place outside.
//!
//! One is made every 1,000 records or every hour, whichever comes first, and only when the records since the last one
//! follow from it: a chain that does not fit is never signed. The place outside is a folder that the operator names, such
//! as a mount of another machine; a file there is only ever appended to, and catches up by itself when it was away. A
//! mail, too, would carry [`Checkpoint::line`].

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use mandate_domain::Instant;
use mandate_store::audit::{
    self as store, Anchors, ChainState, ChainWalk, StoredCheckpoint, chain_id, last_checkpoint, last_record,
};
use mandate_store::{ReadTx, StoreError, boxed};

use super::key::{KeyError, PublicKey, SigningKey};
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx};
use crate::error::{ErrorKind, Message, UseCaseError};

/// So many records after the last checkpoint the next is due.
const DUE_AFTER_RECORDS: i64 = 1_000;
/// So many seconds after the last checkpoint the next is due, when there is a new record.
const DUE_AFTER_S: i64 = 3_600;
/// The first words of a line: what it is, and in which form.
const WORDS: &str = "mandate-checkpoint 1";
/// 64 bytes in base64.
const SIGNATURE_LENGTH: usize = 88;
/// More than a line takes, less than two.
const LONGEST_LINE: i64 = 400;

/// Where the key lies and where checkpoints go, as the operator's settings say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckpointPlaces {
    /// The key file; `audit.key` in the data folder when nobody says.
    pub key: Option<PathBuf>,
    /// The folder outside.
    pub folder: Option<PathBuf>,
}

/// Why no checkpoint was made or written outside.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// No key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The chain does not follow from the last checkpoint.
    #[error("the audit record is broken at record {seq} ({what}); nothing was signed")]
    Broken {
        /// The record.
        seq: i64,
        /// What does not fit.
        what: String,
    },
    /// The place outside cannot be written.
    #[error("checkpoints could not be written to `{path}`; they will be when it is there")]
    Outside {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The file outside tells of another past than the database: a backup was restored, or the record was rewritten.
    #[error(
        "`{path}` ends with a checkpoint of record {seq} that this database does not have: was an older backup restored? Keep the file, and move it away for a new one to begin"
    )]
    AnotherPast {
        /// The file.
        path: String,
        /// The record of its last checkpoint.
        seq: i64,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for CheckpointError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::Store(error) => error.kind(),
            Self::Key(_) | Self::Broken { .. } | Self::Outside { .. } | Self::AnotherPast { .. } => {
                ErrorKind::Internal
            }
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(denied) => denied.message(),
            Self::Store(error) => error.message(),
            Self::Key(_) | Self::Broken { .. } | Self::Outside { .. } | Self::AnotherPast { .. } => {
                Message::new("audit-error-checkpoint").with("what", self.to_string())
            }
        }
    }
}

/// A signed checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint(pub(super) StoredCheckpoint);

impl Checkpoint {
    /// The record it is about.
    pub fn seq(&self) -> i64 {
        self.0.seq
    }

    /// When it was signed.
    pub fn at(&self) -> Instant {
        self.0.at
    }

    /// What is signed.
    fn message(&self) -> String {
        let StoredCheckpoint { seq, hash, at, chain, key_id, signature: _ } = &self.0;
        format!("{WORDS} {chain} {seq} {hash} {at} {key_id}")
    }

    /// The whole checkpoint as one line of text, for the file outside, a mail, a printout: it needs nothing but the
    /// public key to be verified.
    pub fn line(&self) -> String {
        format!("{} {}", self.message(), self.0.signature)
    }

    /// Reads a line; none when it is not as [`Checkpoint::line`] writes it.
    pub(super) fn read(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split(' ').collect();
        let [_, _, chain, seq, hash, at, key_id, signature] = words[..] else { return None };
        // A line that was cut short inside its signature would look whole.
        if signature.len() != SIGNATURE_LENGTH {
            return None;
        }
        let at: jiff::Timestamp = at.parse().ok()?;
        let read = Self(StoredCheckpoint {
            seq: seq.parse().ok()?,
            hash: hash.to_owned(),
            at: at.into(),
            chain: chain.to_owned(),
            key_id: key_id.to_owned(),
            signature: signature.to_owned(),
        });
        (read.line() == line).then_some(read)
    }

    pub(super) fn is_signed_by(&self, key: &PublicKey) -> bool {
        self.0.key_id == key.id() && key.verifies(&self.message(), &self.0.signature)
    }
}

/// The key of this machine; made when there is none yet.
///
/// # Errors
/// [`KeyError`].
pub(super) fn signing_key(ctx: &Ctx) -> Result<SigningKey, KeyError> {
    let own = ctx.data_folder().join("audit.key");
    SigningKey::load_or_make(ctx.checkpoint_places().key.as_deref().unwrap_or(&own))
}

/// The public half of this machine's key.
///
/// # Errors
/// [`CheckpointError`] when there is no key or none can be made.
pub fn public_key(ctx: &Ctx, actor: &Actor) -> Result<PublicKey, CheckpointError> {
    authorise(actor, Action::ReadAudit)?;
    Ok(signing_key(ctx)?.public())
}

/// Signs the newest record now, unless it is signed already, and writes what is new outside; the newest checkpoint, if
/// there is any record.
///
/// # Errors
/// [`CheckpointError`]; a checkpoint that was made stays when only the place outside failed.
#[boxed]
pub async fn make_checkpoint(ctx: &Ctx, actor: &Actor) -> Result<Option<Checkpoint>, CheckpointError> {
    authorise(actor, Action::Administer)?;
    sign_newest(ctx).await?;
    write_outside(ctx).await?;
    Ok(last_checkpoint(&mut ctx.begin_read().await?).await?.map(Checkpoint))
}

/// Makes a checkpoint when one is due, and writes outside what is not there yet; says whether one was made. The server
/// calls it every few seconds.
///
/// # Errors
/// As [`make_checkpoint`].
#[boxed]
pub async fn keep_checkpoints(ctx: &Ctx) -> Result<bool, CheckpointError> {
    let is_due = is_due(&mut ctx.begin_read().await?, ctx.now()).await?;
    let is_made = is_due && sign_newest(ctx).await?;
    write_outside(ctx).await?;
    Ok(is_made)
}

async fn is_due(tx: &mut ReadTx, now: Instant) -> Result<bool, StoreError> {
    let Some((newest, _)) = last_record(tx).await? else { return Ok(false) };
    Ok(match last_checkpoint(tx).await? {
        None => true,
        Some(last) => {
            newest - last.seq >= DUE_AFTER_RECORDS
                || newest > last.seq && last.at.plus_seconds(DUE_AFTER_S) <= now
        }
    })
}

/// Signs the newest record; whether there was one to sign.
async fn sign_newest(ctx: &Ctx) -> Result<bool, CheckpointError> {
    let key = signing_key(ctx)?;
    let mut tx = ctx.begin_read().await?;
    let last = last_checkpoint(&mut tx).await?;
    let walk = last.as_ref().map_or_else(ChainWalk::default, |last| ChainWalk::after(last.seq, &last.hash));
    let (seq, hash) = match store::verify_from(&mut tx, walk, &Anchors::default()).await? {
        ChainState::Broken { seq, what } => return Err(CheckpointError::Broken { seq, what }),
        ChainState::Whole { n_records, last_hash } => (n_records, last_hash),
    };
    let Some(chain) = chain_id(&mut tx).await? else { return Ok(false) };
    drop(tx);
    if last.is_some_and(|last| last.seq == seq) {
        return Ok(false);
    }
    let (at, key_id) = (ctx.now(), key.public().id());
    let mut checkpoint =
        Checkpoint(StoredCheckpoint { seq, hash, at, chain, key_id, signature: String::new() });
    checkpoint.0.signature = key.sign(&checkpoint.message());
    Ok(store::insert_checkpoint(ctx.begin_write().await?, &checkpoint.0).await?)
}

/// The file outside, if a folder was named and there is a chain to name it by.
///
/// # Errors
/// [`StoreError`] when the chain cannot be read.
#[boxed]
pub(super) async fn outside_file(ctx: &Ctx, tx: &mut ReadTx) -> Result<Option<PathBuf>, StoreError> {
    let Some(folder) = &ctx.checkpoint_places().folder else { return Ok(None) };
    // Several firms may share the folder: each chain has a file of its own.
    Ok(chain_id(tx).await?.map(|chain| folder.join(format!("mandate-{}.checkpoints", &chain[..12]))))
}

/// Appends the checkpoints that the file outside does not have.
async fn write_outside(ctx: &Ctx) -> Result<(), CheckpointError> {
    let mut tx = ctx.begin_read().await?;
    let Some(path) = outside_file(ctx, &mut tx).await? else { return Ok(()) };
    let failed = |path: &Path, source| CheckpointError::Outside { path: path.display().to_string(), source };
    let newest = tail_of(&path).map_err(|error| failed(&path, error))?;
    if let Some(last) = &newest.last {
        let kept = store::list_checkpoints(&mut tx, last.seq() - 1).await?;
        if kept.first().is_none_or(|kept| kept.hash != last.0.hash) {
            return Err(CheckpointError::AnotherPast { path: path.display().to_string(), seq: last.seq() });
        }
    }
    let missing = store::list_checkpoints(&mut tx, newest.last.as_ref().map_or(0, Checkpoint::seq)).await?;
    drop(tx);
    if missing.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = missing.into_iter().map(|it| Checkpoint(it).line()).collect();
    // A mount that does not answer holds a thread of files, not the server.
    let (to, is_cut) = (path.clone(), newest.is_cut);
    let written = tokio::task::spawn_blocking(move || append(&to, is_cut, &lines)).await;
    written.unwrap_or_else(|error| Err(io::Error::other(error))).map_err(|error| failed(&path, error))
}

/// The end of the file outside.
struct Tail {
    /// Its last checkpoint.
    last: Option<Checkpoint>,
    /// Whether its last line was not ended.
    is_cut: bool,
}

fn tail_of(path: &Path) -> io::Result<Tail> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Tail { last: None, is_cut: false });
        }
        opened => opened?,
    };
    let length = i64::try_from(file.metadata()?.len()).unwrap_or(i64::MAX);
    file.seek(SeekFrom::End(-length.min(3 * LONGEST_LINE)))?;
    let mut bytes = vec![];
    file.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let last = text.lines().rev().find_map(Checkpoint::read);
    Ok(Tail { last, is_cut: !text.is_empty() && !text.ends_with('\n') })
}

fn append(path: &Path, is_cut: bool, lines: &[String]) -> io::Result<()> {
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path)?;
    if is_cut {
        file.write_all(b"\n")?;
    }
    for line in lines {
        file.write_all(format!("{line}\n").as_bytes())?;
    }
    file.sync_all()
}
