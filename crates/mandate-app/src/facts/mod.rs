//! Facts: what was delivered. Sources, calendars, service levels and cases; measures and what follows from them.

mod definitions;
mod derive;
pub mod kpi;
