//! Facts: what was delivered. Sources, calendars, service levels and cases; measures and what follows from them.

pub mod calendar;
pub mod case;
pub mod case_filter;
pub mod credit;
pub mod exclusion;
pub mod kpi;
pub mod measured_case;
pub mod result;
pub mod scorecard;
pub mod service_level;
pub mod source;
pub mod standing;
