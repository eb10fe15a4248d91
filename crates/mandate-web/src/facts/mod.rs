//! Facts on the web. `portfolio`, `overview` (an account's first page and history), `case_list` and `start` (the room's
//! first page) stand here; one case with its clock, calendars, service levels, sources, measures and what follows from
//! them have files of their own.

mod case_list;
mod credits;
mod define_kpi;
mod exclusions;
mod kpi;
mod kpi_view;
mod kpi_words;
mod overview;
mod portfolio;
mod scorecards;
mod start;

use axum::Router;

use crate::state::Web;

/// The room's pages.
pub fn routes() -> Router<Web> {
    Router::new()
        .merge(portfolio::routes())
        .merge(overview::routes())
        .merge(case_list::routes())
        .merge(start::routes())
        .merge(kpi::routes())
        .merge(define_kpi::routes())
        .merge(exclusions::routes())
        .merge(credits::routes())
        .merge(scorecards::routes())
}
