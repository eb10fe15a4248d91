//! PostgreSQL databases for tests: one migrated template a schema, one copy of it a test, dropped after the test.
//!
//! The template's name holds a hash of the migrations, so that all test programs of one schema share it and none meets
//! an old one. A database a test, not a schema: advisory locks, and with them the one writer, belong to a database. This is the only place outside the store that
//! uses sqlx: CREATE DATABASE cannot run in a transaction, and the store knows nothing else.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};

use mandate_store::db::MIGRATIONS;
use mandate_store::{Db, DbUrl, OpenOptions};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use tokio::sync::OnceCell;

use crate::test_db::STARTED_AT;

/// Few: eight tests at once must fit the server's hundred connections.
const OPTIONS: OpenOptions = OpenOptions { n_readers: 4, wait: std::time::Duration::from_secs(20) };
/// Held while the template is made, so that two test programs do not both make it.
const TEMPLATE_LOCK: &str = "SELECT pg_advisory_lock(7310)";
const TEMPLATE_UNLOCK: &str = "SELECT pg_advisory_unlock(7310)";
const EXISTS: &str = "SELECT COUNT(*) FROM pg_database WHERE datname = $1";

/// A new database on `server` with the newest schema: its name, its address and the open database.
pub(crate) async fn open(server: &str) -> (String, DbUrl, Db) {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    static N_MADE: AtomicU32 = AtomicU32::new(0);
    let template = TEMPLATE.get_or_init(|| template(server)).await;
    let name = format!("mandate_test_{}_{}", std::process::id(), N_MADE.fetch_add(1, Ordering::Relaxed));
    let mut admin = connect(server).await;
    run(&mut admin, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
    run(&mut admin, format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    drop(admin.close().await);
    let (url, db) = open_named(server, &name).await;
    (name, url, db)
}

/// Takes every table out of the database at `url`.
pub(crate) async fn empty(url: &str) {
    let mut connection = connect(url).await;
    run(&mut connection, "DROP SCHEMA public CASCADE; CREATE SCHEMA public".to_owned()).await;
    drop(connection.close().await);
}

/// Drops the database `name`, whoever still uses it.
pub(crate) async fn remove(server: &str, name: &str) {
    let mut admin = connect(server).await;
    run(&mut admin, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
    drop(admin.close().await);
}

/// The migrated template's name, made first when there is none.
async fn template(server: &str) -> String {
    let mut hasher = DefaultHasher::new();
    format!("{MIGRATIONS:?}").hash(&mut hasher);
    // Steps of migrations that are no SQL file.
    include_str!("../../mandate-store/src/db/dialect.rs").hash(&mut hasher);
    let name = format!("mandate_template_{:016x}", hasher.finish());
    let mut admin = connect(server).await;
    run(&mut admin, TEMPLATE_LOCK.to_owned()).await;
    let n_found: i64 = sqlx::query_scalar(EXISTS)
        .bind(&name)
        .fetch_one(&mut admin)
        .await
        .expect("the server's list of databases");
    if n_found == 0 {
        let draft = format!("{name}_draft");
        run(&mut admin, format!("DROP DATABASE IF EXISTS {draft} WITH (FORCE)")).await;
        run(&mut admin, format!("CREATE DATABASE {draft} TEMPLATE template0")).await;
        let (_, db) = open_named(server, &draft).await;
        db.migrate(STARTED_AT).await.expect("the migrations apply");
        db.close().await;
        run(&mut admin, format!("ALTER DATABASE {draft} RENAME TO {name}")).await;
    }
    run(&mut admin, TEMPLATE_UNLOCK.to_owned()).await;
    drop(admin.close().await);
    name
}

async fn open_named(server: &str, name: &str) -> (DbUrl, Db) {
    let url = DbUrl::Postgres(options(server).database(name).to_url_lossy().to_string());
    let db = Db::open(&url, OPTIONS).await.expect("the test's PostgreSQL database");
    (url, db)
}

fn options(server: &str) -> PgConnectOptions {
    PgConnectOptions::from_str(server).expect("MANDATE_TEST_POSTGRES is a postgres:// address")
}

async fn connect(server: &str) -> PgConnection {
    options(server)
        .disable_statement_logging()
        .connect()
        .await
        .unwrap_or_else(|error| panic!("no PostgreSQL at MANDATE_TEST_POSTGRES: {error}"))
}

async fn run(admin: &mut PgConnection, sql: String) {
    let done = sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(admin).await;
    done.unwrap_or_else(|error| panic!("`{sql}` failed: {error}"));
}
