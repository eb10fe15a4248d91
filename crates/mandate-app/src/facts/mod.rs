//! Facts: what was delivered. Sources, calendars, service levels and cases; measures and what follows from them.

pub(crate) mod definitions;
pub(crate) mod derive;
pub mod events;
mod import_file;
pub mod ingest;
pub mod ingest_error;
pub mod kpi;
pub(crate) mod kpi_compute;
pub(crate) mod kpi_propose;
pub(crate) mod kpi_values;
mod propose;
pub mod recompute;
mod stage;
pub mod summary;

pub use events::{MOST_EVENTS, SendEvents, send_events};
pub use import_file::{ImportEvents, import_events};
pub use ingest::{IngestReport, Watch};
pub use ingest_error::IngestError;
pub use summary::{Summary, SummaryError, SummaryScope, summary};
