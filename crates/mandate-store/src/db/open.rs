//! Opening a database: settings, the version gate, one writer.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use mandate_domain::{Shared, Sole};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor as _, PgPool, SqlitePool};

use super::limit::Deadline;
use super::memory::{Memory, Recall};
use super::transaction::Connection;
use super::{Answer, ReadTx, StoreError, WriteTx};
use crate::boxed;

/// Oldest SQLite without the WAL-reset corruption (fixed in 3.51.3).
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);
/// The advisory lock that every PostgreSQL write takes first: "Mandate" in ASCII, cut to 63 bits.
const WRITER_LOCK: &str = "SELECT pg_advisory_xact_lock(21769352371233893)";

const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Where the database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DbUrl {
    /// A file; `sqlite:/path/to/mandate.db`.
    Sqlite(PathBuf),
    /// A database in memory, for tests.
    SqliteInMemory,
    /// `postgres://user@host/database`.
    Postgres(String),
}

/// Why a text names no database.
#[derive(Debug, thiserror::Error)]
#[error("`{given}` names no database; write sqlite:/path/to/file or postgres://user@host/database")]
pub struct DbUrlError {
    given: String,
}

impl FromStr for DbUrl {
    type Err = DbUrlError;

    fn from_str(text: &str) -> Result<Self, DbUrlError> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if !path.is_empty() {
                return Ok(Self::Sqlite(PathBuf::from(path)));
            }
        } else if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        // A URL may hold a password: only its scheme is repeated.
        let given = text.split("://").next().unwrap_or_default().chars().take(40).collect();
        Err(DbUrlError { given })
    }
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// No connection.
    #[error("could not open the database {place}")]
    Connect {
        /// The file, or the server without its password.
        place: String,
        /// What the driver said.
        source: sqlx::Error,
    },
    /// A SQLite with a known corruption bug.
    #[error("SQLite {found} has a known corruption bug; 3.51.3 or newer is needed")]
    OldSqlite {
        /// Its version.
        found: String,
    },
    /// A PostgreSQL that is too old.
    #[error("PostgreSQL {found} is too old; 15 or newer is needed")]
    OldPostgres {
        /// Its version.
        found: String,
    },
}

/// How many connections.
#[derive(Clone, Copy, Debug)]
pub struct OpenOptions {
    /// Connections that read at once.
    pub n_readers: u32,
    /// How long a caller waits for a connection or for its turn to write.
    pub wait: Duration,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self { n_readers: 8, wait: Duration::from_secs(20) }
    }
}

enum Pools {
    Sqlite { read: SqlitePool, write: SqlitePool },
    Postgres { pool: PgPool },
}

/// An open database.
#[derive(Clone)]
pub struct Db {
    pools: Shared<Pools>,
    turn: Arc<tokio::sync::Mutex<()>>,
    wait: Duration,
    place: String,
    memory: Memory,
}

impl Db {
    /// Opens `url` and checks the database's version; a missing SQLite file is made. Does not migrate.
    ///
    /// # Errors
    /// [`DbError`] naming the place, never a password.
    #[boxed]
    pub async fn open(url: &DbUrl, options: OpenOptions) -> Result<Self, DbError> {
        let (pools, place) = match url {
            DbUrl::Sqlite(path) => (open_sqlite(path, options).await?, path.display().to_string()),
            DbUrl::SqliteInMemory => (open_in_memory(options).await?, "in memory".to_owned()),
            DbUrl::Postgres(url) => open_postgres(url, options).await?,
        };
        let turn = Arc::new(tokio::sync::Mutex::new(()));
        Ok(Self { pools: Shared::new(pools), turn, wait: options.wait, place, memory: Memory::default() })
    }

    /// The file, or the server and database without a password.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Whether this is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        matches!(*self.pools, Pools::Postgres { .. })
    }

    /// Begins to read one consistent state.
    ///
    /// # Errors
    /// [`StoreError::Database`] when no connection is free within the wait.
    pub fn begin_read(&self) -> Answer<'_, ReadTx> {
        Box::pin(async move {
            let begun = match &*self.pools {
                Pools::Sqlite { read, .. } => read.begin().await.map(Connection::Sqlite),
                Pools::Postgres { pool } => pool.begin_with(BEGIN_READ).await.map(Connection::Postgres),
            };
            let connection = begun.map_err(begin_failed)?;
            Ok(ReadTx {
                connection: Sole::new(connection),
                deadline: None,
                recall: Some(Recall::of(&self.memory)),
            })
        })
    }

    /// As [`Db::begin_read`], for requests: each statement may run for `limit`, then it is stopped.
    ///
    /// # Errors
    /// [`StoreError::Database`]; statements fail with [`StoreError::TooSlow`].
    pub fn begin_read_within(&self, limit: Duration) -> Answer<'_, ReadTx> {
        Box::pin(async move {
            let recall = Some(Recall::of(&self.memory));
            match &*self.pools {
                Pools::Sqlite { read, .. } => {
                    let mut begun = read.begin().await.map_err(begin_failed)?;
                    let deadline = Deadline::set(&mut begun, limit).await.map_err(begin_failed)?;
                    let connection = Sole::new(Connection::Sqlite(begun));
                    Ok(ReadTx { connection, deadline: Some(deadline), recall })
                }
                Pools::Postgres { pool } => {
                    // One round trip; the setting ends with the transaction.
                    let begin = format!("{BEGIN_READ}; SET LOCAL statement_timeout = {}", limit.as_millis());
                    let begun = pool.begin_with(AssertSqlSafe(begin)).await.map_err(begin_failed)?;
                    Ok(ReadTx { connection: Sole::new(Connection::Postgres(begun)), deadline: None, recall })
                }
            }
        })
    }

    /// Begins to write, in turn: one writer at a time on either database.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the turn does not come within the wait.
    pub fn begin_write(&self) -> Answer<'_, WriteTx> {
        Box::pin(async move {
            let turn = tokio::time::timeout(self.wait, self.turn.clone().lock_owned())
                .await
                .map_err(|_| begin_failed(sqlx::Error::PoolTimedOut))?;
            let connection = match &*self.pools {
                Pools::Sqlite { write, .. } => {
                    Connection::Sqlite(write.begin_with("BEGIN IMMEDIATE").await.map_err(begin_failed)?)
                }
                Pools::Postgres { pool } => {
                    let mut connection = pool.begin().await.map_err(begin_failed)?;
                    sqlx::query(WRITER_LOCK).execute(&mut *connection).await.map_err(begin_failed)?;
                    Connection::Postgres(connection)
                }
            };
            Ok(WriteTx {
                read: ReadTx { connection: Sole::new(connection), deadline: None, recall: None },
                values_due: None,
                _turn: Some(turn),
            })
        })
    }

    /// Writes a consistent copy of a SQLite database to `path`, which must not exist; reads and writes go on.
    ///
    /// # Errors
    /// [`StoreError::Database`]; on PostgreSQL too, which has its own tools.
    #[boxed]
    pub async fn copy_sqlite_to(&self, path: &Path) -> Result<(), StoreError> {
        let Pools::Sqlite { read, .. } = &*self.pools else {
            return Err(begin_failed(sqlx::Error::Configuration("not a SQLite database".into())));
        };
        let failed = |source| StoreError::Database { statement: "VACUUM INTO".to_owned(), source };
        let mut connection = read.acquire().await.map_err(failed)?;
        // A reading connection may write nothing, not even into another file.
        let query_only: i64 =
            sqlx::query_scalar("PRAGMA query_only").fetch_one(&mut *connection).await.map_err(failed)?;
        sqlx::query("PRAGMA query_only = OFF").execute(&mut *connection).await.map_err(failed)?;
        let text = path.to_string_lossy().into_owned();
        let done = sqlx::query("VACUUM INTO $1").bind(text).execute(&mut *connection).await;
        let restored = sqlx::query(AssertSqlSafe(format!("PRAGMA query_only = {query_only}")));
        restored.execute(&mut *connection).await.map_err(failed)?;
        done.map(|_| ()).map_err(failed)
    }

    /// What the database itself finds wrong with its file; empty when all is well. Always empty on PostgreSQL.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the check cannot run.
    #[boxed]
    pub async fn integrity_problems(&self) -> Result<Vec<String>, StoreError> {
        let Pools::Sqlite { .. } = &*self.pools else { return Ok(vec![]) };
        let mut tx = self.begin_read().await?;
        let mut problems = vec![];
        for row in tx.fetch_all("PRAGMA integrity_check", vec![]).await? {
            let line = row.text(0)?;
            if line != "ok" {
                problems.push(line);
            }
        }
        for row in tx.fetch_all("PRAGMA foreign_key_check", vec![]).await? {
            problems.push(format!(
                "{} row {:?} points to a missing {}",
                row.text(0)?,
                row.int_or_null(1)?,
                row.text(2)?
            ));
        }
        Ok(problems)
    }

    /// The database's own version, such as `SQLite 3.51.3`.
    ///
    /// # Errors
    /// [`StoreError::Database`] when it cannot be asked.
    #[boxed]
    pub async fn version(&self) -> Result<String, StoreError> {
        let mut tx = self.begin_read().await?;
        if self.is_postgres() {
            Ok(format!(
                "PostgreSQL {}",
                tx.fetch_one("SELECT current_setting('server_version')", vec![]).await?.text(0)?
            ))
        } else {
            Ok(format!("SQLite {}", tx.fetch_one("SELECT sqlite_version()", vec![]).await?.text(0)?))
        }
    }

    /// Closes all connections; on SQLite this also folds the write-ahead log into the file.
    #[boxed]
    pub async fn close(&self) {
        match &*self.pools {
            Pools::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres { pool } => pool.close().await,
        }
    }
}

fn begin_failed(source: sqlx::Error) -> StoreError {
    StoreError::Database { statement: "BEGIN".to_owned(), source }
}

fn sqlite_options() -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(5))
        .pragma("trusted_schema", "OFF")
        .pragma("mmap_size", "0")
        .pragma("cache_size", "-16000")
        .pragma("journal_size_limit", "67108864")
        // A checkpoint copies what it finds to the database: with 32 MB a page written again and again is copied once.
        .pragma("wal_autocheckpoint", "8000")
        .statement_cache_capacity(256)
        .row_buffer_size(1_024)
        .disable_statement_logging()
}

async fn open_sqlite(path: &Path, options: OpenOptions) -> Result<Pools, DbError> {
    let place = path.display().to_string();
    let refused = |source| DbError::Connect { place: place.clone(), source };
    let base = sqlite_options().filename(path);
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(options.wait)
        .connect_with(base.clone().create_if_missing(true))
        .await
        .map_err(refused)?;
    check_sqlite_version(&write, &place).await?;
    let read = SqlitePoolOptions::new()
        .max_connections(options.n_readers)
        .acquire_timeout(options.wait)
        .connect_lazy_with(base.pragma("query_only", "ON"));
    Ok(Pools::Sqlite { read, write })
}

async fn open_in_memory(options: OpenOptions) -> Result<Pools, DbError> {
    // One connection both reads and writes: a second would see another, empty database.
    let place = "in memory".to_owned();
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(options.wait)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(sqlite_options().in_memory(true))
        .await
        .map_err(|source| DbError::Connect { place: place.clone(), source })?;
    check_sqlite_version(&pool, &place).await?;
    Ok(Pools::Sqlite { read: pool.clone(), write: pool })
}

async fn check_sqlite_version(pool: &SqlitePool, place: &str) -> Result<(), DbError> {
    let found: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(pool)
        .await
        .map_err(|source| DbError::Connect { place: place.to_owned(), source })?;
    let mut parts = found.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let version = (parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if version < OLDEST_SQLITE { Err(DbError::OldSqlite { found }) } else { Ok(()) }
}

/// Compiling a statement pays for reports that run for seconds; a page's statements run for milliseconds. A merge join of accounts
/// with people who are looked for by a part of their name walks all people where none is found: hashes and loops do not.
const SETTINGS: &str = "SET jit = off; SET enable_mergejoin = off";

async fn open_postgres(url: &str, options: OpenOptions) -> Result<(Pools, String), DbError> {
    let parsed = PgConnectOptions::from_str(url)
        .map_err(|source| DbError::Connect { place: "postgres".to_owned(), source })?
        .application_name("mandate")
        .disable_statement_logging();
    let place = format!(
        "{} on {}:{}",
        parsed.get_database().unwrap_or(parsed.get_username()),
        parsed.get_host(),
        parsed.get_port()
    );
    let refused = |source| DbError::Connect { place: place.clone(), source };
    let pool = PgPoolOptions::new()
        .max_connections(options.n_readers + 2)
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute(SETTINGS).await.map(|_| ()) })
        })
        .acquire_timeout(options.wait)
        .connect_with(parsed)
        .await
        .map_err(refused)?;
    let found: String = sqlx::query_scalar("SELECT current_setting('server_version_num')")
        .fetch_one(&pool)
        .await
        .map_err(refused)?;
    if found.parse::<u32>().unwrap_or(0) < 150_000 {
        return Err(DbError::OldPostgres { found });
    }
    Ok((Pools::Postgres { pool }, place))
}
