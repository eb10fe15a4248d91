//! Facts on the web: what was delivered, reported and by our clock side by side.
//!
//! One file a page or a family of pages; `portfolio`, `overview` (an account's first page) and `case` are where people
//! begin. The account's shared header and tabs are `crate::account`.

mod calendar_form;
mod calendars;
mod case;
mod case_list;
mod case_strip;
mod client_words_api;
mod credits;
mod credits_api;
mod define_kpi;
mod definitions_api;
mod delivered_api;
mod event_imports;
mod events_api;
mod exclusions;
mod kpi;
mod kpi_view;
mod kpi_words;
mod measures_api;
mod overview;
mod portfolio;
mod portfolio_api;
mod report;
mod scorecards;
mod service_level_words;
mod service_levels;
mod sources;
mod start;

use crate::access::Routes;

pub(crate) use exclusions::recorded_by;

/// The room's pages.
pub fn routes() -> Routes {
    Routes::new()
        .merge(portfolio::routes())
        .merge(overview::routes())
        .merge(case::routes())
        .merge(case_list::routes())
        .merge(start::routes())
        .merge(calendars::routes())
        .merge(service_levels::routes())
        .merge(sources::routes())
        .merge(event_imports::routes())
        .merge(kpi::routes())
        .merge(define_kpi::routes())
        .merge(exclusions::routes())
        .merge(credits::routes())
        .merge(report::routes())
        .merge(scorecards::routes())
}

/// The API of what was delivered, of what clocks run by, and of how events come in.
pub fn facts_api() -> Routes {
    delivered_api::routes()
        .merge(portfolio_api::routes())
        .merge(definitions_api::routes())
        .merge(events_api::routes())
        .merge(measures_api::routes())
        .merge(client_words_api::routes())
        .merge(credits_api::routes())
}
