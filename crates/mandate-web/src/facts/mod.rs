//! Facts on pages and in the API: what was delivered, measures, results, exclusions, credits, scorecards.

pub mod credits;
pub mod define_kpi;
pub mod exclusions;
pub mod kpi;
mod kpi_view;
mod kpi_words;
pub mod scorecards;

use axum::Router;

use crate::state::Web;

/// Pages of measures and what follows from them.
pub fn measure_pages() -> Router<Web> {
    Router::new()
        .merge(kpi::routes())
        .merge(define_kpi::routes())
        .merge(exclusions::routes())
        .merge(credits::routes())
        .merge(scorecards::routes())
}
