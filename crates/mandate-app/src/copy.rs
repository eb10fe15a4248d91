//! Moving everything from one database to another, of either kind: every table row by row, every event file.
//!
//! The rows go into one transaction of the target, whose tables are hashed before it commits: a copy is whole and
//! equal, or there is none.

use std::path::PathBuf;

use mandate_domain::Clock as _;
use mandate_store::copy::{self as store, Digester, ManifestFile};
use mandate_store::{Db, DbUrl, OpenOptions, boxed};

use crate::backup::{BATCH, BackupError, EVENTS, TableEntry, copy_events, digest_tables, refuse_filled};
use crate::files::{self, Unfinished};
use crate::open::SystemClock;
use crate::progress::Progress;

/// From where to where.
#[derive(Clone, Debug)]
pub struct CopyRequest {
    /// The database to copy; nobody may write to it meanwhile.
    pub from: DbUrl,
    /// The database to fill: empty.
    pub to: DbUrl,
    /// The data folders whose event files are copied too; none when both use the same folder.
    pub folders: Option<(PathBuf, PathBuf)>,
}

/// A copy that went well.
#[derive(Clone, Debug)]
pub struct Copied {
    /// Every table with its count and hash, equal on both sides.
    pub tables: Vec<TableEntry>,
    /// Event files of the manifest.
    pub n_event_files: usize,
}

/// Why nothing was copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// From and to are one.
    #[error("from and to are the same database")]
    SameDatabase,
    /// The target has rows.
    #[error("the target is not empty: its table `{table}` has rows")]
    TargetNotEmpty {
        /// The first table that has.
        table: String,
    },
    /// The target holds something else than was read.
    #[error("the table `{table}` came out different; nothing was copied")]
    Differs {
        /// The table.
        table: String,
    },
    /// A file, a schema or a database failed.
    #[error(transparent)]
    Backup(#[from] BackupError),
}

macro_rules! through_backup {
    ($($error:ty),*) => { $(
        impl From<$error> for CopyError {
            fn from(error: $error) -> Self {
                Self::Backup(error.into())
            }
        }
    )* };
}
through_backup!(mandate_store::StoreError, mandate_store::DbError, mandate_store::db::MigrateError);

impl crate::UseCaseError for CopyError {
    fn kind(&self) -> crate::ErrorKind {
        match self {
            Self::SameDatabase | Self::TargetNotEmpty { .. } => crate::ErrorKind::Invalid,
            Self::Differs { .. } => crate::ErrorKind::Internal,
            Self::Backup(error) => error.kind(),
        }
    }

    fn message(&self) -> crate::Message {
        crate::Message::new("copy-error").with("what", self.to_string())
    }
}

/// Copies everything.
///
/// # Errors
/// [`CopyError`]; then the target has no rows.
#[boxed]
pub async fn copy(request: &CopyRequest, progress: &mut dyn Progress) -> Result<Copied, CopyError> {
    if request.from == request.to {
        return Err(CopyError::SameDatabase);
    }
    let events = request.folders.as_ref().map(|(_, to)| to.join(EVENTS));
    if let Some(events) = &events {
        refuse_filled(events)?;
    }
    let from = Db::open(&request.from, OpenOptions::default()).await?;
    let to = Db::open(&request.to, OpenOptions::default()).await?;
    // The folder was empty before; what was begun and not ended is of no use.
    let unfinished = Unfinished::new(move || events.iter().for_each(|events| files::remove_folder(events)));
    let outcome = copy_between(&from, &to, (request, &unfinished), progress).await;
    // Before anything else is waited for: the rows are committed, and name these files.
    if outcome.is_ok() {
        unfinished.keep();
    }
    from.close().await;
    to.close().await;
    outcome
}

async fn copy_between(
    from: &Db,
    to: &Db,
    (request, unfinished): (&CopyRequest, &Unfinished),
    progress: &mut dyn Progress,
) -> Result<Copied, CopyError> {
    // Refuses a database that is newer than this program, before anything is touched.
    from.pending_migrations().await?;
    let mut source = from.begin_read().await?;
    let version = store::schema_version(&mut source).await?;
    to.migrate_to(SystemClock.now(), version).await?;
    let mut target = to.begin_write().await?;
    let shapes = store::tables(&mut source).await?;
    if store::tables(&mut target).await? != shapes {
        return Err(CopyError::Differs { table: "schema".to_owned() });
    }
    if let Some(table) = store::first_filled(&mut target, &shapes).await? {
        return Err(CopyError::TargetNotEmpty { table });
    }
    let event_files: Vec<ManifestFile> = store::event_files(&mut source).await?;
    if let Some((from, to)) = &request.folders {
        let (from, to) = (from.join(EVENTS), to.join(EVENTS));
        copy_events((&from, &to), &event_files, unfinished, progress).await?;
    }
    let mut read: Vec<TableEntry> = Vec::with_capacity(shapes.len());
    for shape in &shapes {
        let n_total = store::count_rows(&mut source, shape).await?.unsigned_abs();
        let (mut digester, mut after, mut n_done) = (Digester::default(), None, 0_u64);
        loop {
            progress.report(&format!("copying {}", shape.name), n_done, n_total);
            let rows = store::read_rows(&mut source, shape, after.as_ref(), BATCH).await?;
            rows.iter().for_each(|row| digester.add(row));
            n_done += rows.len() as u64;
            let is_last = rows.len() < BATCH;
            after = rows.last().cloned();
            store::insert_rows(&mut target, shape, rows).await?;
            if is_last {
                break;
            }
        }
        read.push(digester.finish(shape).into());
    }
    let written = digest_tables(&mut target, &shapes, "checking tables", progress).await?;
    if let Some((table, _)) = read.iter().zip(&written).find(|(read, written)| read != written) {
        return Err(CopyError::Differs { table: table.table.clone() });
    }
    store::commit(target).await?;
    Ok(Copied { tables: written, n_event_files: event_files.len() })
}
