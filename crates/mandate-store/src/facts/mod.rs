//! Facts: sources, event files, calendars, service levels, cases, measures, results.
