//! Facts: what was delivered. Sources, calendars, service levels and cases; measures and what follows from them.

pub mod credit;
pub mod delivered;
pub mod exclusion;
pub(crate) mod exclusion_apply;
pub mod kpi;
pub(crate) mod kpi_compute;
pub(crate) mod kpi_propose;
pub mod kpi_read;
pub(crate) mod kpi_values;
pub mod result;
pub mod scorecard;
