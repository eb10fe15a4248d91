//! Tests of use cases, each on both databases.

mod backup;
mod book;
mod book_import;
mod demo;
mod idempotency;
mod identity;
mod jobs;
mod rights;
mod measures;
