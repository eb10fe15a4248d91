//! Tests of use cases, each on both databases.

mod idempotency;
mod identity;
mod jobs;
