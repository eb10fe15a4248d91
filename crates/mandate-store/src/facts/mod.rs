//! Facts: sources, event files, calendars, service levels, cases, measures, results.

pub mod credits;
pub mod exclusions;
pub mod kpis;
pub mod results;
