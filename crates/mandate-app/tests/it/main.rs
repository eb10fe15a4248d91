//! Tests of use cases, each on both databases.

mod backup;
mod idempotency;
mod identity;
mod jobs;
