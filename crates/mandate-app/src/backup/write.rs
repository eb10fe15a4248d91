//! Making a backup: the database as of one instant, then the event files that instant counts.
//!
//! Event files never change once written, so copying them after the database is consistent with it.

use std::path::{Path, PathBuf};

use mandate_domain::audit::Changes;
use mandate_store::audit::{ChainState, verify_chain};
use mandate_store::copy::{self, ManifestFile};
use mandate_store::{Db, DbUrl, OpenOptions, ReadTx, StoreError, boxed};
use sha2::{Digest, Sha256};

use super::rows::{digest_tables, dump_table};
use super::{
    BackupError, DATABASE, EVENTS, FileEntry, Format, MANIFEST, MANIFEST_HASH, Manifest, TABLES, TableEntry,
};
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::files::{self, Unfinished};
use crate::progress::Progress;

/// Writes a backup to `folder`, which must not exist or be empty; the firm goes on working meanwhile.
///
/// # Errors
/// [`BackupError`]; then `folder` is as it was, as it is when this is given up half way.
#[boxed]
pub async fn back_up(
    ctx: &Ctx,
    actor: &Actor,
    folder: &Path,
    progress: &mut dyn Progress,
) -> Result<Manifest, BackupError> {
    authorise(actor, Action::Administer)?;
    refuse_filled(folder)?;
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let partial = parent.join(format!(".{name}.partial-{}", ctx.new_id::<Manifest>()));
    files::create_private_folder(&partial).map_err(BackupError::io(&partial))?;
    let unfinished = Unfinished::folder(&partial);
    let manifest = fill(ctx, &partial, &unfinished, progress).await?;
    // An empty folder may be renamed over; one that filled up meanwhile may not, and fails here.
    std::fs::rename(&partial, folder).map_err(BackupError::io(folder))?;
    unfinished.keep();
    files::sync_file(parent).map_err(BackupError::io(parent))?;
    let made = Changes::new().field("audit_hash", None, Some(manifest.audit_hash.clone())).into_vec();
    let subject = Subject { kind: "backup", id: &manifest.made_at, name: &name, account_id: None };
    ctx.begin_write().await?.commit(actor.record(ctx.now(), "backup.made", subject, made)).await?;
    Ok(manifest)
}

pub(crate) fn refuse_filled(folder: &Path) -> Result<(), BackupError> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => match entries.next() {
            Some(_) => Err(BackupError::NotEmpty { path: folder.display().to_string() }),
            None => Ok(()),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(BackupError::io(folder)(error)),
    }
}

/// What the database part of a backup found out.
struct Contents {
    schema_version: i64,
    audit: (i64, String),
    tables: Vec<TableEntry>,
    event_files: Vec<ManifestFile>,
}

async fn fill(
    ctx: &Ctx,
    partial: &Path,
    unfinished: &Unfinished,
    progress: &mut dyn Progress,
) -> Result<Manifest, BackupError> {
    let made_at = ctx.now().to_string();
    let (format, contents) = if ctx.db().is_postgres() {
        (Format::Tables, dump(ctx, partial, progress).await?)
    } else {
        (Format::Sqlite, copy_database(ctx, partial, progress).await?)
    };
    let events = ctx.data_folder().join(EVENTS);
    let to = partial.join(EVENTS);
    copy_events((&events, &to), &contents.event_files, unfinished, progress).await?;
    let manifest = Manifest {
        version: 1,
        format,
        made_at,
        program: format!("mandate {}", env!("CARGO_PKG_VERSION")),
        schema_version: contents.schema_version,
        audit_records: contents.audit.0,
        audit_hash: contents.audit.1,
        tables: contents.tables,
        files: hash_files(partial, progress).await?,
    };
    write_manifest(partial, &manifest)?;
    Ok(manifest)
}

fn write_manifest(folder: &Path, manifest: &Manifest) -> Result<(), BackupError> {
    let text =
        serde_json::to_string_pretty(manifest).map_err(|error| BackupError::damaged(error.to_string()))?;
    let hash: String = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    for (name, text) in [(MANIFEST, text), (MANIFEST_HASH, hash)] {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(BackupError::io(&path))?;
        files::sync_file(&path).map_err(BackupError::io(&path))?;
    }
    files::sync_file(folder).map_err(BackupError::io(folder))
}

async fn copy_database(
    ctx: &Ctx,
    partial: &Path,
    progress: &mut dyn Progress,
) -> Result<Contents, BackupError> {
    let path = partial.join(DATABASE);
    progress.report("copying the database", 0, 0);
    ctx.db().copy_sqlite_to(&path).await?;
    let copied =
        Db::open(&DbUrl::Sqlite(path.clone()), OpenOptions { n_readers: 1, ..Default::default() }).await?;
    let contents = read_contents(&copied, progress).await;
    copied.close().await;
    let contents = contents?;
    files::sync_file(&path).map_err(BackupError::io(&path))?;
    Ok(contents)
}

async fn read_contents(db: &Db, progress: &mut dyn Progress) -> Result<Contents, BackupError> {
    let mut tx = db.begin_read().await?;
    let shapes = copy::tables(&mut tx).await?;
    let tables = digest_tables(&mut tx, &shapes, "hashing tables", progress).await?;
    Ok(Contents {
        schema_version: copy::schema_version(&mut tx).await?,
        audit: audit_tail(&mut tx).await?,
        tables,
        event_files: copy::event_files(&mut tx).await?,
    })
}

async fn dump(ctx: &Ctx, partial: &Path, progress: &mut dyn Progress) -> Result<Contents, BackupError> {
    let folder = partial.join(TABLES);
    files::create_private_folder(&folder).map_err(BackupError::io(&folder))?;
    let mut tx = ctx.begin_read().await?;
    let shapes = copy::tables(&mut tx).await?;
    let mut tables = Vec::with_capacity(shapes.len());
    for (position, shape) in shapes.iter().enumerate() {
        progress.report("writing tables", position as u64, shapes.len() as u64);
        tables.push(dump_table(&mut tx, shape, &folder.join(format!("{}.ndjson", shape.name))).await?);
    }
    Ok(Contents {
        schema_version: copy::schema_version(&mut tx).await?,
        audit: audit_tail(&mut tx).await?,
        tables,
        event_files: copy::event_files(&mut tx).await?,
    })
}

/// The chain is walked, so that a backup of a broken one is not taken for a good one.
async fn audit_tail(tx: &mut ReadTx) -> Result<(i64, String), BackupError> {
    match verify_chain(tx).await? {
        ChainState::Whole { n_records, last_hash } => Ok((n_records, last_hash)),
        ChainState::Broken { seq, what } => {
            Err(StoreError::Inconsistent { table: "audit_record", id: seq.to_string(), what }.into())
        }
    }
}

#[boxed]
pub(crate) async fn copy_events(
    (from, to): (&Path, &Path),
    listed: &[ManifestFile],
    unfinished: &Unfinished,
    progress: &mut dyn Progress,
) -> Result<(), BackupError> {
    for (position, file) in listed.iter().enumerate() {
        progress.report("copying event files", position as u64, listed.len() as u64);
        if !files::is_below(&file.path) {
            return Err(BackupError::EventFile { path: file.path.clone(), what: "is outside its folder" });
        }
        let (source, target) = (from.join(&file.path), to.join(&file.path));
        if !source.exists() {
            if file.active {
                return Err(BackupError::EventFile { path: file.path.clone(), what: "is missing" });
            }
            continue;
        }
        let held = unfinished.share();
        let copying = blocking(&target, move |target| {
            let copied = files::copy_file(&source, target);
            drop(held);
            copied
        });
        let (n_bytes, sha256) = copying.await?;
        if sha256 != file.sha256 || i64::try_from(n_bytes) != Ok(file.n_bytes) {
            return Err(BackupError::EventFile { path: file.path.clone(), what: "is not what was written" });
        }
    }
    Ok(())
}

#[boxed]
pub(super) async fn hash_files(
    folder: &Path,
    progress: &mut dyn Progress,
) -> Result<Vec<FileEntry>, BackupError> {
    let paths = files::list_files(folder).map_err(BackupError::io(folder))?;
    let mut entries = Vec::with_capacity(paths.len());
    for (position, path) in paths.iter().enumerate() {
        progress.report("hashing files", position as u64, paths.len() as u64);
        let (n_bytes, sha256) = blocking(&folder.join(path), files::hash_file).await?;
        entries.push(FileEntry { path: path.clone(), n_bytes, sha256 });
    }
    Ok(entries)
}

/// Runs file work outside the async threads.
pub(super) async fn blocking<T: Send + 'static>(
    path: &Path,
    work: impl FnOnce(&Path) -> std::io::Result<T> + Send + 'static,
) -> Result<T, BackupError> {
    let owned: PathBuf = path.to_path_buf();
    let done = tokio::task::spawn_blocking(move || work(&owned)).await;
    done.map_err(std::io::Error::other).and_then(|done| done).map_err(BackupError::io(path))
}
