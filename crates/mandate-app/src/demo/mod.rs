//! The demo book: one invented service provider, its clients and two years of raw facts, built from the tables in `demo/`.
//!
//! The generator (`book`, `cases`) is pure: tables, a seed and a day in, records and events out, the same on every machine.
//! Stories are rows that change how cases come and run; no finding is ever written. Loading and removing go through the
//! same store functions and the same ingestion as a firm's own data, marked `demo`.

mod arrangement_records;
pub mod book;
pub mod cases;
pub mod chance;
pub mod clocks;
pub mod commerce;
mod commercial_records;
mod custom_records;
mod decision_records;
mod event_rows;
mod fact_records;
pub mod hours;
mod ingestion;
mod load;
mod records;
pub mod relations;
mod relationship_records;
pub mod relative;
pub mod setting;
pub mod story;
pub mod tables;

pub use load::{DemoError, DemoOptions, DemoSummary, SEED, load, remove, status};
pub use mandate_store::wipe::DemoCounts;

#[cfg(test)]
mod coherence_tests;
#[cfg(test)]
mod relation_tests;
#[cfg(test)]
mod story_tests;
