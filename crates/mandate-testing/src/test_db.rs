//! The database a test is given, with the surroundings of use cases on it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use mandate_app::Ctx;
use mandate_domain::audit::{AuditActor, AuditRecord, Origin};
use mandate_domain::clock::FixedClock;
use mandate_domain::{Clock, Instant};
use mandate_store::{Db, DbUrl, OpenOptions, ReadTx, WriteTx, copy};
use tempfile::TempDir;

use crate::postgres;

/// The instant at which every test stands: 2026-11-21T09:00:00Z, a Saturday.
pub const STARTED_AT: Instant = Instant::from_seconds(1_795_251_600);

/// The clock of tests, which stands at [`STARTED_AT`].
pub fn clock() -> FixedClock {
    FixedClock(STARTED_AT)
}

/// A fresh database with the newest schema, a data folder, a fixed clock and seeded ids.
pub struct TestDb {
    db: Db,
    url: DbUrl,
    ctx: Ctx,
    folder: TempDir,
}

impl TestDb {
    pub(crate) fn new(db: Db, url: DbUrl, folder: TempDir) -> Self {
        let data_folder = folder.path().join("data");
        std::fs::create_dir_all(&data_folder).expect("a data folder");
        let ctx = Ctx::new(db.clone(), Arc::new(clock()), [7; 32], data_folder);
        Self { db, url, ctx, folder }
    }

    /// The database itself.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Where it is, to open it a second time.
    pub fn url(&self) -> &DbUrl {
        &self.url
    }

    /// A database of the same kind without any table: another SQLite file, or this PostgreSQL one emptied.
    pub async fn emptied(&self) -> Db {
        let url = match &self.url {
            DbUrl::Postgres(url) => {
                postgres::empty(url).await;
                self.url.clone()
            }
            DbUrl::Sqlite(_) | DbUrl::SqliteInMemory => {
                let folder = tempfile::tempdir_in(self.folder.path()).expect("a folder");
                DbUrl::Sqlite(folder.keep().join("emptied.db"))
            }
        };
        Db::open(&url, OpenOptions::default()).await.expect("the empty database")
    }

    /// A second world that begins as this one is now: its SQLite file and its data folder, copied while nobody writes.
    pub async fn copied(&self) -> Self {
        let DbUrl::Sqlite(_) = &self.url else { panic!("only SQLite files are copied") };
        let folder = tempfile::tempdir().expect("a folder for the copy");
        copy_folder(self.folder.path(), folder.path());
        let url = DbUrl::Sqlite(folder.path().join("mandate.db"));
        let db = Db::open(&url, OpenOptions::default()).await.expect("the copied database");
        Self::new(db, url, folder)
    }

    /// The rows of every table but `without`, as one text a table: what was not changed has the same.
    pub async fn tables(&self, without: &[&str]) -> BTreeMap<String, String> {
        let mut tx = self.read().await;
        let mut found = BTreeMap::new();
        for shape in copy::tables(&mut tx).await.expect("the tables") {
            if without.contains(&shape.name.as_str()) {
                continue;
            }
            let rows = copy::read_rows(&mut tx, &shape, None, 1_000_000).await.expect("the rows");
            found.insert(shape.name.clone(), format!("{rows:?}"));
        }
        found
    }

    /// A mark that another commit makes another: sizes and times of the SQLite file and its log.
    pub fn mark(&self) -> Vec<(u64, SystemTime)> {
        let files = ["mandate.db", "mandate.db-wal"].map(|name| self.folder.path().join(name));
        let mark = |it: std::fs::Metadata| Some((it.len(), it.modified().ok()?));
        files.iter().filter_map(|path| std::fs::metadata(path).ok().and_then(mark)).collect()
    }

    /// What use cases are given; clones share one sequence of ids.
    pub fn ctx(&self) -> Ctx {
        self.ctx.clone()
    }

    /// As [`TestDb::ctx`], but at another instant and with ids of its own.
    pub fn ctx_at(&self, now: Instant) -> Ctx {
        let mut seed = [7; 32];
        seed[..8].copy_from_slice(&now.microseconds().to_le_bytes());
        let clock: Arc<dyn Clock> = Arc::new(FixedClock(now));
        Ctx::new(self.db.clone(), clock, seed, self.ctx.data_folder().to_path_buf())
    }

    /// A folder for the files of this test, removed after it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Begins to read.
    ///
    /// # Panics
    /// When the database cannot; so for all of these.
    pub async fn read(&self) -> ReadTx {
        self.db.begin_read().await.expect("a read transaction")
    }

    /// Begins to write.
    pub async fn write(&self) -> WriteTx {
        self.db.begin_write().await.expect("a write transaction")
    }

    /// Commits `tx` with an audit record that says only that a test wrote.
    pub async fn commit(&self, tx: WriteTx) {
        tx.commit(Self::record("test.written")).await.expect("a commit");
    }

    /// Takes away what refuses changes of the audit tables, as whoever owns the database can: for tests that tamper.
    pub async fn unseal_audit(&self) {
        let statements: &[&str] = if self.db.is_postgres() {
            &[
                "DROP TRIGGER audit_record_sealed ON audit_record",
                "DROP TRIGGER audit_checkpoint_sealed ON audit_checkpoint",
            ]
        } else {
            &[
                "DROP TRIGGER audit_record_update",
                "DROP TRIGGER audit_record_delete",
                "DROP TRIGGER audit_checkpoint_update",
                "DROP TRIGGER audit_checkpoint_delete",
            ]
        };
        let mut tx = self.write().await;
        for statement in statements {
            tx.execute(statement, vec![]).await.expect("a trigger dropped");
        }
        self.commit(tx).await;
    }

    /// An audit record of `action` by Mandate itself, at [`STARTED_AT`].
    pub fn record(action: &str) -> AuditRecord {
        AuditRecord {
            at: STARTED_AT,
            actor: AuditActor::System,
            origin: Origin::Job,
            action: action.to_owned(),
            subject_kind: "test".to_owned(),
            subject_id: "test".to_owned(),
            subject_name: "Test".to_owned(),
            account_id: None,
            reason: None,
            changes: vec![],
        }
    }
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder to copy") {
        let entry = entry.expect("an entry");
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() {
            copy_folder(&path, &to.join(name));
        } else if !name.to_string_lossy().ends_with("-shm") {
            // The index of the log is made anew.
            std::fs::copy(&path, to.join(name)).expect("a file copied");
        }
    }
}
