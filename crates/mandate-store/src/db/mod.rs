//! Databases: connections, transactions and rows, for SQLite and PostgreSQL alike.
//!
//! One writer, always: on SQLite a single connection writes, on PostgreSQL every write transaction first takes one
//! advisory lock. So no write is ever asked to retry, and the audit chain has one tail (docs/decisions.md). Reads see
//! one consistent state and never wait for the writer.

use std::pin::Pin;

pub mod dialect;
mod limit;
mod memory;
mod migrate;
mod open;
mod row;
mod transaction;
mod value;

pub(crate) use memory::Question;
pub use migrate::{MIGRATIONS, MigrateError, Migration};
pub use open::{Db, DbError, DbUrl, OpenOptions};
pub use row::Row;
pub use transaction::{ReadTx, WriteTx};
pub use value::{IntoValue, Value};

/// What a statement answers, boxed. The compiler looks through every future a handler holds, as often as it is held: a driver's
/// futures at the end of each of thousands of ways took minutes of the build.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Why a statement failed or found what it must not find.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or could not be reached.
    #[error("the database failed at `{statement}`")]
    Database {
        /// First line of the statement.
        statement: String,
        /// What the driver said.
        source: sqlx::Error,
    },
    /// A statement of a request ran longer than requests may.
    #[error("`{statement}` took too long and was stopped")]
    TooSlow {
        /// First line of the statement.
        statement: String,
    },
    /// Another save came first.
    #[error("this {table} was changed by someone else meanwhile")]
    Stale {
        /// The table.
        table: &'static str,
    },
    /// A value that must be unique is taken.
    #[error("the {table} already has a row with this {column}")]
    Duplicate {
        /// The table.
        table: String,
        /// The column or constraint.
        column: String,
    },
    /// A row that a rule of the program excludes.
    #[error("{table} `{id}` is inconsistent: {what}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The row.
        id: String,
        /// What is wrong.
        what: String,
    },
}

/// Bound values of a statement, in the order of `$1`, `$2`, ...
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::IntoValue::into_value($value)),*] };
}
