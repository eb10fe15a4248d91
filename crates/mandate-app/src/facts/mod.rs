//! Facts: what was delivered. Sources, calendars, service levels and cases; measures and what follows from them.

pub mod credit;
pub(crate) mod definitions;
pub mod delivered;
pub(crate) mod derive;
pub mod event_files;
pub mod events;
pub mod exclusion;
pub(crate) mod exclusion_apply;
pub mod explain;
mod explain_text;
mod import_file;
pub mod ingest;
pub mod ingest_error;
pub mod kpi;
pub(crate) mod kpi_compute;
pub(crate) mod kpi_propose;
pub mod kpi_read;
pub(crate) mod kpi_values;
mod propose;
pub mod recompute;
pub mod result;
pub mod scorecard;
mod stage;
pub mod summary;

pub use events::{MOST_EVENTS, SendEvents, send_events};
pub use explain::{CaseExplained, ClockExplained, ExplainError, explain};
pub use import_file::{ImportEvents, import_events};
pub use ingest::{IngestReport, Watch};
pub use ingest_error::IngestError;
pub use mandate_domain::facts::source::{Profile, SourceId};
pub use summary::{Summary, SummaryError, SummaryScope, summary};
