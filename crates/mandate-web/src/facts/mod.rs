// WORK IN PROGRESS, remove when done. Who writes what right now: portfolio, overview, case_list, start: done (lead).
// One case with its clock (/facts/cases/{id}): worker "facts". Calendars, service levels, sources with state mapping and
// import upload, undo, and all of the room's JSON API (incl. POST /api/v1/events): worker "definitions". Measures,
// exclusions, credits, scorecards, reports: worker "measures".
//! Facts on the web. `portfolio`, `overview` (an account's first page and history), `case_list` and `start` (the room's
//! first page) stand here; one case with its clock, calendars, service levels, sources, measures and what follows from
//! them have files of their own.

mod case_list;
mod credits;
mod credits_api;
mod define_kpi;
mod exclusions;
mod kpi;
mod kpi_view;
mod kpi_words;
mod measures_api;
mod overview;
mod portfolio;
mod report;
mod scorecards;
mod start;

use axum::Router;
use utoipa_axum::router::OpenApiRouter;

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
        .merge(report::routes())
        .merge(scorecards::routes())
}

/// The API of measures and what follows from them.
pub fn measures_api() -> OpenApiRouter<Web> {
    measures_api::routes().merge(credits_api::routes())
}
