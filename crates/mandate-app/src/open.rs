//! Opening the firm's database and bringing it up to date: backed up first, never a newer one, never by halves.
//!
//! The binary says where; here is in which order. An old SQLite database with data is copied to
//! `backups/before-upgrade-<from>-to-<to>.db` in the data folder before its schema is touched. A PostgreSQL server has
//! its own backups, so there the operator has to say that they have one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mandate_domain::{Clock, Instant};
use mandate_store::db::{MIGRATIONS, MigrateError};
use mandate_store::{Db, DbError, OpenOptions, StoreError, boxed};

use crate::ctx::Ctx;
use crate::files;

pub use mandate_store::DbUrl;

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that all others are given in place of")]
    fn now(&self) -> Instant {
        jiff::Timestamp::now().into()
    }
}

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The machine has no randomness to give.
    #[error("the machine gives no random numbers: {what}")]
    Random {
        /// What it said.
        what: String,
    },
    /// No connection, or a database that is too old.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Opens the database, with the machine's clock and randomness. Does not touch its schema.
///
/// # Errors
/// [`OpenError`] naming the place, never a password.
#[boxed]
pub async fn open(url: &DbUrl, data_folder: &Path) -> Result<Ctx, OpenError> {
    let db = Db::open(url, OpenOptions::default()).await?;
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| OpenError::Random { what: error.to_string() })?;
    Ok(Ctx::new(db, Arc::new(SystemClock), seed, data_folder.to_path_buf()))
}

/// What bringing the schema up to date did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upgraded {
    /// It was up to date.
    UpToDate,
    /// The database was new.
    New,
    /// It was older.
    From {
        /// Its version before.
        from: i64,
        /// Its version now.
        to: i64,
        /// Where the copy of before lies; none on PostgreSQL.
        backup: Option<PathBuf>,
    },
}

/// Why the schema was not brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum UpgradeError {
    /// On PostgreSQL the operator must have made a backup.
    #[error(
        "the database has schema version {from}, this program needs {to}; back it up with your own tools, then start once with --i-have-a-backup (or MANDATE_UPGRADE=1)"
    )]
    BackupNeeded {
        /// The database's version.
        from: i64,
        /// The program's.
        to: i64,
    },
    /// The copy before the upgrade failed; nothing was touched.
    #[error("could not back the database up to `{path}` before the upgrade; nothing was changed")]
    Backup {
        /// Where to.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The schema does not fit the program, or a step failed and was undone.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Brings the schema up to date, after a copy of what was there.
///
/// # Errors
/// [`UpgradeError`]; a step that fails is undone whole.
#[boxed]
pub async fn upgrade(ctx: &Ctx, has_backup: HasBackup) -> Result<Upgraded, UpgradeError> {
    let db = ctx.db();
    let pending = db.pending_migrations().await?;
    let newest = MIGRATIONS.last().map_or(0, |migration| migration.version);
    let Some(first) = pending.first() else { return Ok(Upgraded::UpToDate) };
    let from = first.version - 1;
    if from == 0 {
        db.migrate(ctx.now()).await?;
        return Ok(Upgraded::New);
    }
    let backup = if db.is_postgres() {
        if has_backup == HasBackup::No {
            return Err(UpgradeError::BackupNeeded { from, to: newest });
        }
        None
    } else {
        Some(copy_before_upgrade(ctx, from, newest).await?)
    };
    db.migrate(ctx.now()).await?;
    Ok(Upgraded::From { from, to: newest, backup })
}

/// Whether the operator says that a backup has been made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HasBackup {
    /// They do.
    Yes,
    /// They do not.
    No,
}

async fn copy_before_upgrade(ctx: &Ctx, from: i64, to: i64) -> Result<PathBuf, UpgradeError> {
    let folder = ctx.data_folder().join("backups");
    let path = folder.join(format!("before-upgrade-{from}-to-{to}.db"));
    let partial = folder.join(format!("before-upgrade-{from}-to-{to}.partial"));
    let failed = |source| UpgradeError::Backup { path: path.display().to_string(), source };
    files::create_private_folder(&folder).map_err(failed)?;
    files::remove_if_there(&partial).map_err(failed)?;
    ctx.db().copy_sqlite_to(&partial).await?;
    // An earlier attempt that failed left a copy of the same state; the newest is as good.
    std::fs::rename(&partial, &path).map_err(failed)?;
    files::sync_file(&path).map_err(failed)?;
    files::sync_file(&folder).map_err(failed)?;
    Ok(path)
}
