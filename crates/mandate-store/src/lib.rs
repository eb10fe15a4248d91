//! The store: the only floor that knows SQL. One text per statement, run on SQLite and PostgreSQL alike.
//!
//! How to add here: a table goes into a new migration, twice (`migrations/sqlite`, `migrations/postgres`, same name);
//! a statement is a named `const` above its function, upper-case keywords, explicit columns, `$n`, values limited to
//! text, 64-bit integers, doubles and bytes. Every column has a line in `labels.csv`. A function that only reads takes `&mut ReadTx`, one that writes takes
//! `&mut WriteTx` (which can be lent wherever a `ReadTx` is asked for). A room writes only its own tables; reads that
//! join rooms live in `reads`. What must differ by database goes into `db::dialect`, with the reason.

pub mod audit;
pub mod book;
pub mod bulk_edits;
pub mod copy;
pub mod db;
pub mod exchange;
pub mod facts;
pub mod idempotency;
pub mod identity;
pub mod jobs;
pub mod labels;
pub mod mail;
pub mod merge;
pub mod notifications;
pub mod reads;
pub mod search;
pub mod settings;
pub mod sources;
pub mod webhooks;
pub mod wipe;

/// Makes an `async fn` answer a boxed future, so that the compiler makes its code once, here, and not again in each crate and
/// test that awaits it.
pub use async_recursion::async_recursion as boxed;
pub use db::{Db, DbError, DbUrl, OpenOptions, ReadTx, Row, StoreError, Value, WriteTx};
