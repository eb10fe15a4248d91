//! Facts: sources, event files, calendars, service levels, cases, measures, results.

pub mod agreed;
pub mod calendars;
pub mod cases;
pub mod credits;
pub mod exclusions;
pub mod files;
pub mod kpis;
pub mod months;
pub mod places;
pub mod results;
pub mod service_levels;
pub mod shares;
pub mod sources;
pub mod standing;
