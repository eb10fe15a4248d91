//! Event files: what was delivered, kept raw as Parquet that any other tool can read.
//!
//! A file holds the events of one import and one month (`YYYY-MM`, UTC), sorted by case, time and
//! sequence, in row groups small enough that reading a few cases skips the rest. Files are written
//! whole and never changed: a correction is a row with the same event id in a later file. This is
//! the only module of the crate that touches a disk.

mod cases;
pub mod foreign;
mod read;
mod row;
mod write;

pub use cases::{CaseEvents, GroupError, group_cases};
pub use read::{CasesRead, EventBatches, ReadError, read_all, read_cases};
pub use row::{EventRow, RowError, event_schema, rows_from_batch, rows_to_batch};
pub use write::{WriteError, WrittenFile, write_events};
