//! Tests of use cases, each on both databases.

mod backup;
mod book;
mod book_import;
mod idempotency;
mod identity;
mod jobs;
mod measures;
