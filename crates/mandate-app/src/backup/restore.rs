//! Restoring: check every file, put the database where nothing is, check every table, and only then let it count.

use std::path::{Path, PathBuf};

use mandate_domain::Clock as _;
use mandate_store::audit::{ChainState, verify_chain};
use mandate_store::copy;
use mandate_store::{Db, DbUrl, OpenOptions, boxed};
use sha2::{Digest, Sha256};

use super::rows::{digest_tables, load_table};
use super::write::{blocking, hash_files};
use super::{BackupError, DATABASE, EVENTS, Format, MANIFEST, MANIFEST_HASH, Manifest, TABLES};
use crate::files::{self, Unfinished};
use crate::identity::KEY_FILE;
use crate::open::SystemClock;
use crate::progress::Progress;

/// Names in a data folder that do not make it filled: the lock of the command that restores, the machine's settings.
const NOT_CONTENTS: [&str; 3] = ["mandate.lock", "mandate.toml", KEY_FILE];

/// Where a backup goes.
#[derive(Clone, Debug)]
pub struct RestoreTarget {
    /// The data folder: empty, or absent.
    pub data_folder: PathBuf,
    /// The database: `<data_folder>/mandate.db` or an empty PostgreSQL database.
    pub database: DbUrl,
}

/// A restore that went well.
#[derive(Clone, Debug)]
pub struct Restored {
    /// What the backup said and the restored data bears out.
    pub manifest: Manifest,
}

/// Checks every file of the backup in `folder` against its manifest: none missing, none more, none changed.
///
/// # Errors
/// [`BackupError::Damaged`] naming the first file that is not as it was written.
#[boxed]
pub async fn verify(folder: &Path, progress: &mut dyn Progress) -> Result<Manifest, BackupError> {
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read(&path).map_err(BackupError::io(&path))
    };
    let (text, expected) = (read(MANIFEST)?, read(MANIFEST_HASH)?);
    let found: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
    if found.as_bytes() != expected.trim_ascii_end() {
        return Err(BackupError::damaged(format!(
            "`{MANIFEST}` does not give the hash in `{MANIFEST_HASH}`"
        )));
    }
    let manifest: Manifest = serde_json::from_slice(&text)
        .map_err(|error| BackupError::damaged(format!("`{MANIFEST}` cannot be read: {error}")))?;
    let known = copy::newest_version();
    if manifest.version > 1 || manifest.schema_version > known {
        return Err(BackupError::TooNew { found: manifest.schema_version, known });
    }
    let mut listed = manifest.files.clone();
    listed.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    if let Some(file) = listed.iter().find(|file| !files::is_below(&file.path)) {
        return Err(BackupError::damaged(format!("`{}` is outside the backup", file.path)));
    }
    let found = files::list_files(folder).map_err(BackupError::io(folder))?;
    let found: Vec<&String> =
        found.iter().filter(|path| *path != MANIFEST && *path != MANIFEST_HASH).collect();
    if let Some(path) = found.iter().find(|path| listed.iter().all(|file| file.path != ***path)) {
        return Err(BackupError::damaged(format!("`{path}` is not in the manifest")));
    }
    if let Some(file) = listed.iter().find(|file| !found.contains(&&file.path)) {
        return Err(BackupError::damaged(format!("`{}` is missing", file.path)));
    }
    let mut hashed = hash_files(folder, progress).await?;
    hashed.retain(|file| file.path != MANIFEST && file.path != MANIFEST_HASH);
    if let Some((file, _)) = listed.iter().zip(&hashed).find(|(listed, hashed)| listed != hashed) {
        return Err(BackupError::damaged(format!("`{}` is not what was written", file.path)));
    }
    Ok(manifest)
}

/// Restores the backup in `folder` and checks the result table by table.
///
/// # Errors
/// [`BackupError`]; then the target is as empty as before, as it is when this is given up half way. Only where the rows on
/// a server turn out to differ after they were loaded, or that check is given up, rows and files stay for a look.
#[boxed]
pub async fn restore(
    folder: &Path,
    target: &RestoreTarget,
    progress: &mut dyn Progress,
) -> Result<Restored, BackupError> {
    refuse_contents(&target.data_folder)?;
    let manifest = verify(folder, progress).await?;
    let existed = target.data_folder.exists();
    files::create_private_folder(&target.data_folder).map_err(BackupError::io(&target.data_folder))?;
    let data_folder = target.data_folder.clone();
    let unfinished = Unfinished::new(move || clear(&data_folder, existed));
    match (manifest.format, &target.database) {
        (Format::Sqlite, DbUrl::Postgres(_)) => return Err(BackupError::WrongTarget),
        (Format::Sqlite, _) => restore_file(folder, target, (&manifest, &unfinished), progress).await?,
        (Format::Tables, _) => restore_tables(folder, target, (&manifest, &unfinished), progress).await?,
    }
    unfinished.keep();
    Ok(Restored { manifest })
}

fn refuse_contents(folder: &Path) -> Result<(), BackupError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(BackupError::io(folder)(error)),
    };
    for entry in entries {
        let name = entry.map_err(BackupError::io(folder))?.file_name();
        if !NOT_CONTENTS.iter().any(|known| name == **known) {
            return Err(BackupError::NotEmpty { path: folder.display().to_string() });
        }
    }
    Ok(())
}

/// Takes away what a failed restore had put there; the folder was empty before, so all of it is ours.
fn clear(folder: &Path, keep_folder: bool) {
    let names = [DATABASE, "restoring.db", "restoring.db-wal", "restoring.db-shm"];
    for name in names {
        let _ = files::remove_if_there(&folder.join(name));
    }
    let _ = std::fs::remove_dir_all(folder.join(EVENTS));
    if !keep_folder {
        let _ = std::fs::remove_dir(folder);
    }
}

async fn restore_file(
    folder: &Path,
    target: &RestoreTarget,
    (manifest, unfinished): (&Manifest, &Unfinished),
    progress: &mut dyn Progress,
) -> Result<(), BackupError> {
    let restoring = target.data_folder.join("restoring.db");
    let source = folder.join(DATABASE);
    progress.report("copying the database", 0, 0);
    copy_held(&restoring, source, unfinished).await?;
    restore_events(folder, &target.data_folder, (manifest, unfinished), progress).await?;
    let db = Db::open(&DbUrl::Sqlite(restoring.clone()), OpenOptions::default()).await?;
    let checked = check(&db, manifest, progress).await;
    db.close().await;
    checked?;
    settle(&target.data_folder, &restoring)
}

async fn restore_tables(
    folder: &Path,
    target: &RestoreTarget,
    (manifest, unfinished): (&Manifest, &Unfinished),
    progress: &mut dyn Progress,
) -> Result<(), BackupError> {
    let restoring = target.data_folder.join("restoring.db");
    let url = match &target.database {
        DbUrl::Postgres(_) => target.database.clone(),
        DbUrl::Sqlite(_) | DbUrl::SqliteInMemory => DbUrl::Sqlite(restoring.clone()),
    };
    restore_events(folder, &target.data_folder, (manifest, unfinished), progress).await?;
    let db = Db::open(&url, OpenOptions::default()).await?;
    let loaded = load(&db, folder, manifest, progress).await;
    let checked = match loaded {
        Ok(()) => {
            // A server's rows are committed now and stay, whatever comes: so do the files they name.
            if db.is_postgres() {
                unfinished.keep();
            }
            check(&db, manifest, progress).await
        }
        Err(error) => Err(error),
    };
    db.close().await;
    checked?;
    if db.is_postgres() { Ok(()) } else { settle(&target.data_folder, &restoring) }
}

/// The file gets the name by which it counts only when all is checked.
fn settle(data_folder: &Path, restoring: &Path) -> Result<(), BackupError> {
    let path = data_folder.join(DATABASE);
    files::sync_file(restoring).map_err(BackupError::io(restoring))?;
    std::fs::rename(restoring, &path).map_err(BackupError::io(&path))?;
    files::sync_file(data_folder).map_err(BackupError::io(data_folder))
}

async fn restore_events(
    folder: &Path,
    data_folder: &Path,
    (manifest, unfinished): (&Manifest, &Unfinished),
    progress: &mut dyn Progress,
) -> Result<(), BackupError> {
    let prefix = format!("{EVENTS}/");
    let events: Vec<_> = manifest.files.iter().filter(|file| file.path.starts_with(&prefix)).collect();
    for (position, file) in events.iter().enumerate() {
        progress.report("copying event files", position as u64, events.len() as u64);
        let (source, target) = (folder.join(&file.path), data_folder.join(&file.path));
        copy_held(&target, source, unfinished).await?;
    }
    Ok(())
}

/// Copies a file outside the async threads; what that leaves when the restore is given up is taken away, too.
async fn copy_held(target: &Path, source: PathBuf, unfinished: &Unfinished) -> Result<(), BackupError> {
    let held = unfinished.share();
    let copying = blocking(target, move |target| {
        let copied = files::copy_file(&source, target);
        drop(held);
        copied
    });
    copying.await.map(|_| ())
}

async fn load(
    db: &Db,
    folder: &Path,
    manifest: &Manifest,
    progress: &mut dyn Progress,
) -> Result<(), BackupError> {
    let now = SystemClock.now();
    // The schema the backup was made with; the next start brings it up to date.
    db.migrate_to(now, manifest.schema_version).await?;
    let shapes = copy::tables(&mut db.begin_read().await?).await?;
    let mut tx = db.begin_write().await?;
    if copy::first_filled(&mut tx, &shapes).await?.is_some() {
        return Err(BackupError::NotEmpty { path: db.place().to_owned() });
    }
    for (position, shape) in shapes.iter().enumerate() {
        progress.report("restoring tables", position as u64, shapes.len() as u64);
        load_table(&mut tx, shape, &folder.join(TABLES).join(format!("{}.ndjson", shape.name))).await?;
    }
    Ok(copy::commit(tx).await?)
}

/// Whether the restored database is what the manifest says, by its own checks and by ours.
async fn check(db: &Db, manifest: &Manifest, progress: &mut dyn Progress) -> Result<(), BackupError> {
    if let Some(problem) = db.integrity_problems().await?.first() {
        return Err(BackupError::damaged(format!("the database reports: {problem}")));
    }
    let mut tx = db.begin_read().await?;
    let shapes = copy::tables(&mut tx).await?;
    let tables = digest_tables(&mut tx, &shapes, "checking tables", progress).await?;
    for entry in &manifest.tables {
        if !tables.contains(entry) {
            return Err(BackupError::damaged(format!("the table `{}` is not what was written", entry.table)));
        }
    }
    if tables.len() != manifest.tables.len() {
        return Err(BackupError::damaged("it has other tables than its manifest says"));
    }
    match verify_chain(&mut tx).await? {
        ChainState::Whole { n_records, last_hash }
            if n_records == manifest.audit_records && last_hash == manifest.audit_hash =>
        {
            Ok(())
        }
        ChainState::Whole { .. } => Err(BackupError::damaged("the audit record ends elsewhere")),
        ChainState::Broken { seq, what } => Err(BackupError::damaged(format!("audit record {seq}: {what}"))),
    }
}
