//! Facts: what was delivered. Sources, calendars, service levels and cases; measures and what follows from them.

mod definitions;
mod derive;
pub mod kpi;
pub(crate) mod kpi_compute;
pub(crate) mod kpi_propose;
pub(crate) mod kpi_values;
