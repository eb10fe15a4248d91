//! SQLite files for tests: migrated once a process, then copied, opened with the settings of production.

use std::path::Path;

use mandate_store::{Db, DbUrl, OpenOptions};
use tokio::sync::OnceCell;

use crate::test_db::STARTED_AT;

/// A new database in `folder`, with the newest schema.
pub(crate) async fn open(folder: &Path) -> (DbUrl, Db) {
    static MIGRATED: OnceCell<Vec<u8>> = OnceCell::const_new();
    let bytes = MIGRATED.get_or_init(migrated).await;
    let path = folder.join("mandate.db");
    std::fs::write(&path, bytes).expect("a database file");
    let db = open_file(&path).await;
    (DbUrl::Sqlite(path), db)
}

/// The bytes of a migrated, closed database.
async fn migrated() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder for the template");
    let path = folder.path().join("template.db");
    let db = open_file(&path).await;
    db.migrate(STARTED_AT).await.expect("the migrations apply");
    db.close().await;
    std::fs::read(&path).expect("the template file")
}

async fn open_file(path: &Path) -> Db {
    Db::open(&DbUrl::Sqlite(path.to_path_buf()), OpenOptions::default()).await.expect("a SQLite database")
}
