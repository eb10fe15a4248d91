//! Service clocks, KPIs and service credits, computed from raw events.
//!
//! A case is a list of events. A clock runs over a case by six conditions and counts the open
//! seconds of a calendar; a KPI aggregates clocks; a service credit follows from a KPI. Everything
//! is integer arithmetic on whole seconds and minor units, and every figure can explain itself.
//!
//! How to add here: a new condition goes to [`clock`], a new way to sum up cases to [`kpi`], a new
//! credit rule to [`credit`]. Each needs a page in `docs/methods`, a property test and golden rows.
//! Only [`io`] touches a disk; nothing here reads the wall clock, an environment variable or a
//! random source.

#![forbid(unsafe_code)]

pub mod calendar;
pub mod clock;
pub mod credit;
pub mod event;
pub mod exclusion;
pub mod explain;
pub mod instant;
pub mod io;
pub mod kpi;
pub mod operator;
