//! Transactions. A [`WriteTx`] cannot be committed without an [`AuditRecord`]; dropping it undoes everything.

use std::collections::BTreeSet;
use std::ops::{Deref, DerefMut};

use futures_util::TryStreamExt;
use mandate_domain::Sole;
use mandate_domain::audit::AuditRecord;
use sqlx::{AssertSqlSafe, Postgres, Sqlite, Transaction};

use super::limit::Deadline;
use super::memory::Recall;
use super::{Answer, Row, StoreError, Value};
use crate::audit;

pub(super) enum Connection {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A transaction that reads one consistent state.
pub struct ReadTx {
    pub(super) connection: Sole<Connection>,
    /// The clock of its statements, where SQLite needs one.
    pub(super) deadline: Option<Deadline>,
    /// Answers kept of this state; none for who writes, and sees what no other does.
    pub(super) recall: Option<Recall>,
}

/// A transaction that writes; lend it as `&mut ReadTx` to functions that only read.
pub struct WriteTx {
    pub(super) read: ReadTx,
    /// Accounts whose kept values wait for the end, where they do (`book::gather_values`); nothing is committed before.
    pub(crate) values_due: Option<BTreeSet<String>>,
    /// Held until the end: the one writer's place.
    pub(super) _turn: Option<tokio::sync::OwnedMutexGuard<()>>,
}

impl Deref for WriteTx {
    type Target = ReadTx;
    fn deref(&self) -> &ReadTx {
        &self.read
    }
}

impl DerefMut for WriteTx {
    fn deref_mut(&mut self) -> &mut ReadTx {
        &mut self.read
    }
}

macro_rules! bound {
    ($sql:expr, $params:expr) => {{
        let mut query = sqlx::query(AssertSqlSafe($sql.to_owned()));
        for value in $params {
            query = match value {
                Value::Text(text) => query.bind(text),
                Value::Int(int) => query.bind(int),
                Value::Real(real) => query.bind(real),
                Value::Bytes(bytes) => query.bind(bytes),
            };
        }
        query
    }};
}

/// A statement was stopped: SQLite's `SQLITE_INTERRUPT`, PostgreSQL's `query_canceled`.
const STOPPED: [&str; 2] = ["9", "57014"];

fn failed(sql: &str, source: sqlx::Error) -> StoreError {
    if let sqlx::Error::Database(error) = &source
        && error.is_unique_violation()
    {
        // SQLite names "table.column", PostgreSQL the table and the constraint "table_column_key".
        let message = error.message();
        let (table, column) = match (error.table(), error.constraint()) {
            (Some(table), Some(constraint)) => {
                let column = constraint.strip_prefix(table).and_then(|rest| rest.strip_prefix('_'));
                let column = column.and_then(|rest| rest.strip_suffix("_key")).unwrap_or(constraint);
                (table.to_owned(), column.to_owned())
            }
            _ => {
                let place = message.rsplit(' ').next().unwrap_or_default();
                let (table, column) = place.split_once('.').unwrap_or((place, place));
                (table.to_owned(), column.to_owned())
            }
        };
        return StoreError::Duplicate { table, column };
    }
    let statement = sql.trim().lines().next().unwrap_or_default().chars().take(80).collect();
    if let sqlx::Error::Database(error) = &source
        && error.code().is_some_and(|code| STOPPED.contains(&code.as_ref()))
    {
        return StoreError::TooSlow { statement };
    }
    StoreError::Database { statement, source }
}

impl ReadTx {
    /// Whether this runs on PostgreSQL; for `db::dialect` only.
    pub(crate) fn is_postgres(&self) -> bool {
        matches!(*self.connection, Connection::Postgres(_))
    }

    fn begin_statement(&self) {
        if let Some(deadline) = &self.deadline {
            deadline.start();
        }
    }

    /// All rows of a query.
    ///
    /// # Errors
    /// [`StoreError`] naming the statement.
    pub fn fetch_all<'a>(&'a mut self, sql: &'a str, params: Vec<Value>) -> Answer<'a, Vec<Row>> {
        Box::pin(async move {
            self.begin_statement();
            match &mut *self.connection {
                Connection::Sqlite(connection) => bound!(sql, params)
                    .fetch(&mut **connection)
                    .map_ok(Row::Sqlite)
                    .try_collect()
                    .await
                    .map_err(|error| failed(sql, error)),
                Connection::Postgres(connection) => bound!(sql, params)
                    .fetch(&mut **connection)
                    .map_ok(Row::Postgres)
                    .try_collect()
                    .await
                    .map_err(|error| failed(sql, error)),
            }
        })
    }

    /// Hands the rows of a query to `take` one by one, so that a long answer is never held whole.
    ///
    /// # Errors
    /// [`StoreError`] naming the statement, and whatever `take` refuses.
    pub fn each_row<'a>(
        &'a mut self,
        sql: &'a str,
        params: Vec<Value>,
        mut take: impl FnMut(&Row) -> Result<(), StoreError> + Send + 'a,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            self.begin_statement();
            match &mut *self.connection {
                Connection::Sqlite(connection) => {
                    let mut rows = bound!(sql, params).fetch(&mut **connection);
                    while let Some(row) = rows.try_next().await.map_err(|error| failed(sql, error))? {
                        take(&Row::Sqlite(row))?;
                    }
                }
                Connection::Postgres(connection) => {
                    let mut rows = bound!(sql, params).fetch(&mut **connection);
                    while let Some(row) = rows.try_next().await.map_err(|error| failed(sql, error))? {
                        take(&Row::Postgres(row))?;
                    }
                }
            }
            Ok(())
        })
    }

    /// The first row of a query, if there is one.
    ///
    /// # Errors
    /// [`StoreError`] naming the statement.
    pub fn fetch_optional<'a>(&'a mut self, sql: &'a str, params: Vec<Value>) -> Answer<'a, Option<Row>> {
        Box::pin(async move {
            self.begin_statement();
            match &mut *self.connection {
                Connection::Sqlite(connection) => bound!(sql, params)
                    .fetch_optional(&mut **connection)
                    .await
                    .map(|row| row.map(Row::Sqlite))
                    .map_err(|error| failed(sql, error)),
                Connection::Postgres(connection) => bound!(sql, params)
                    .fetch_optional(&mut **connection)
                    .await
                    .map(|row| row.map(Row::Postgres))
                    .map_err(|error| failed(sql, error)),
            }
        })
    }

    /// The one row of a query that always has one, such as a count.
    ///
    /// # Errors
    /// [`StoreError`] naming the statement, also when there is no row.
    pub fn fetch_one<'a>(&'a mut self, sql: &'a str, params: Vec<Value>) -> Answer<'a, Row> {
        Box::pin(async move {
            match self.fetch_optional(sql, params).await? {
                Some(row) => Ok(row),
                None => Err(failed(sql, sqlx::Error::RowNotFound)),
            }
        })
    }

    async fn run(&mut self, sql: &str, params: Vec<Value>) -> Result<u64, StoreError> {
        match &mut *self.connection {
            Connection::Sqlite(connection) => bound!(sql, params)
                .execute(&mut **connection)
                .await
                .map(|done| done.rows_affected())
                .map_err(|error| failed(sql, error)),
            Connection::Postgres(connection) => bound!(sql, params)
                .execute(&mut **connection)
                .await
                .map(|done| done.rows_affected())
                .map_err(|error| failed(sql, error)),
        }
    }
}

impl WriteTx {
    /// Runs a statement; returns the number of rows it touched.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] for a taken unique value, else [`StoreError::Database`].
    pub fn execute<'a>(&'a mut self, sql: &'a str, params: Vec<Value>) -> Answer<'a, u64> {
        Box::pin(async move { self.read.run(sql, params).await })
    }

    /// Inserts many rows with as few statements as the databases allow.
    ///
    /// `insert` ends before `VALUES`, `suffix` follows the rows (such as an ON CONFLICT clause); every row binds the
    /// same number of values, and a column keeps its kind down the rows.
    ///
    /// # Errors
    /// As [`WriteTx::execute`].
    pub fn insert_many<'a>(
        &'a mut self,
        insert: &'a str,
        rows: Vec<Vec<Value>>,
        suffix: &'a str,
    ) -> Answer<'a, u64> {
        Box::pin(async move {
            // SQLite binds at most 32,766 values a statement, PostgreSQL 65,535.
            const MOST_VALUES: usize = 16_000;
            let Some(width) = rows.first().map(Vec::len).filter(|width| *width > 0) else { return Ok(0) };
            let per_statement = (MOST_VALUES / width).clamp(1, 500);
            // To SQLite `$1` is a name, and each bind looks through all names: thousands of values would take their square.
            let numbered = self.is_postgres();
            let mut n_rows = 0;
            let mut rows = rows.into_iter().peekable();
            while rows.peek().is_some() {
                let chunk: Vec<Vec<Value>> = rows.by_ref().take(per_statement).collect();
                let mut sql = String::with_capacity(insert.len() + chunk.len() * width * 5);
                sql.push_str(insert);
                sql.push_str(" VALUES ");
                for row_idx in 0..chunk.len() {
                    sql.push_str(if row_idx == 0 { "(" } else { ", (" });
                    for column in 0..width {
                        let separator = if column == 0 { "" } else { ", " };
                        sql.push_str(separator);
                        if numbered {
                            sql.push_str(&format!("${}", row_idx * width + column + 1));
                        } else {
                            sql.push('?');
                        }
                    }
                    sql.push(')');
                }
                sql.push(' ');
                sql.push_str(suffix);
                n_rows += self.execute(&sql, chunk.into_iter().flatten().collect()).await?;
            }
            Ok(n_rows)
        })
    }

    /// Keeps the work and its audit record together; dropping `self` instead undoes both.
    ///
    /// # Errors
    /// [`StoreError`] when the record or the commit fails; then nothing was kept.
    pub fn commit(self, record: AuditRecord) -> Answer<'static, ()> {
        self.commit_all(vec![record])
    }

    /// As [`WriteTx::commit`], for work that is several business events; at least one.
    ///
    /// # Errors
    /// As [`WriteTx::commit`]; [`StoreError::Inconsistent`] when `records` is empty.
    pub fn commit_all(mut self, records: Vec<AuditRecord>) -> Answer<'static, ()> {
        Box::pin(async move {
            if records.is_empty() {
                let what = "a commit without an audit record".to_owned();
                return Err(StoreError::Inconsistent { table: "audit_record", id: String::new(), what });
            }
            audit::append(&mut self, &records).await?;
            self.finish().await
        })
    }

    /// Keeps `records` with the work so far, for work so long that its records are never all in memory. The end is still
    /// [`WriteTx::commit`] with the record of the whole; without it nothing of this stays.
    ///
    /// # Errors
    /// As [`WriteTx::commit`].
    pub fn record_so_far<'a>(&'a mut self, records: &'a [AuditRecord]) -> Answer<'a, ()> {
        Box::pin(async move { audit::append(self, records).await })
    }

    /// Commits bookkeeping that is no business event (a session's last use, a job's progress). Only for the tables
    /// named in `docs/reference/audit.md`; the tidy test holds callers to that list.
    ///
    /// # Errors
    /// As [`WriteTx::commit`].
    pub(crate) fn commit_bookkeeping(self) -> Answer<'static, ()> {
        Box::pin(async move { self.finish().await })
    }

    async fn finish(self) -> Result<(), StoreError> {
        if let Some(first) = self.values_due.as_ref().and_then(BTreeSet::first) {
            let what = "a commit before its gathered values were kept".to_owned();
            return Err(StoreError::Inconsistent { table: "account", id: first.clone(), what });
        }
        match self.read.connection.into_inner() {
            Connection::Sqlite(connection) => connection.commit().await,
            Connection::Postgres(connection) => connection.commit().await,
        }
        .map_err(|error| failed("COMMIT", error))
    }
}
