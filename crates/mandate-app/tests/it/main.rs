//! Tests of use cases, each on both databases.

mod backup;
mod facts_import;
mod idempotency;
mod identity;
mod jobs;
