//! `/api/v1` of delivery leads' scorecards.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::facts::scorecard::{list_scorecards, p90_seconds, show_scorecard};
use mandate_domain::facts::scorecard::ScorecardCounts;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::access::Routes;
use crate::api::{ApiResult, Caller, Reading};
use crate::failure::path_id;
use crate::state::Web;

/// The API of scorecards.
pub fn routes() -> Routes {
    Routes::new()
        .api(Action::ReadFacts, routes!(get_scorecards))
        .api(Action::ReadFacts, routes!(get_scorecard))
}

/// A delivery lead.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadView {
    person_id: String,
    name: String,
    /// Names of their teams.
    teams: Vec<String>,
}

/// Who has a scorecard the caller may see.
#[utoipa::path(get, path = "/scorecards", tag = "measures",
    responses((status = 200, description = "Delivery leads", body = Vec<LeadView>), Reading))]
async fn get_scorecards(State(web): State<Web>, caller: Caller) -> ApiResult {
    let leads = list_scorecards(web.ctx(), &caller.actor).await?;
    let views: Vec<LeadView> = leads
        .into_iter()
        .map(|lead| LeadView {
            person_id: lead.person_id.to_string(),
            name: lead.name,
            teams: lead.teams.into_iter().map(|(_, name)| name).collect(),
        })
        .collect();
    Ok(Json(views).into_response())
}

/// Counts of some cases.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountsView {
    /// The team, for a line of one team.
    team: Option<String>,
    /// The month, for a line of one month.
    month: Option<String>,
    n_cases: i64,
    n_clocked: i64,
    n_clock_met: i64,
    n_reported: i64,
    n_reported_met: i64,
    n_reopened: i64,
    n_reassigned: i64,
    n_running: i64,
    n_contested: i64,
    p90_s: Option<i64>,
    /// Service credits of accounts and months in which the teams missed cases; each whole, and once.
    n_credits: usize,
    /// What they come to, currency by currency.
    credits: Vec<CreditSum>,
}

/// Service credits in one currency.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreditSum {
    /// Minor units.
    minor: i64,
    /// Its code.
    currency: String,
}

fn counts_view(team: Option<String>, month: Option<String>, counts: &ScorecardCounts) -> CountsView {
    CountsView {
        team,
        month,
        n_cases: counts.n_cases,
        n_clocked: counts.n_clocked,
        n_clock_met: counts.n_clock_met,
        n_reported: counts.n_reported,
        n_reported_met: counts.n_reported_met,
        n_reopened: counts.n_reopened,
        n_reassigned: counts.n_reassigned,
        n_running: counts.n_running,
        n_contested: counts.n_contested,
        p90_s: p90_seconds(counts),
        n_credits: counts.credits.len(),
        credits: counts
            .credit_sums()
            .into_iter()
            .map(|sum| CreditSum { minor: sum.minor, currency: sum.currency.code().to_owned() })
            .collect(),
    }
}

/// A lead's scorecard over the last twelve months.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScorecardView {
    total: CountsView,
    by_month: Vec<CountsView>,
    by_team: Vec<CountsView>,
}

/// A lead's scorecard.
#[utoipa::path(get, path = "/scorecards/{person}", tag = "measures",
    params(("person" = String, Path, description = "The lead's id")),
    responses((status = 200, description = "The scorecard", body = ScorecardView), Reading))]
async fn get_scorecard(State(web): State<Web>, caller: Caller, Path(person): Path<String>) -> ApiResult {
    let card = show_scorecard(web.ctx(), &caller.actor, &path_id(&person)?).await?;
    let by_month = card.by_month.iter();
    let by_team = card.by_team.iter();
    let view = ScorecardView {
        total: counts_view(None, None, &card.total),
        by_month: by_month
            .map(|line| counts_view(None, line.month.map(|it| it.to_string()), &line.counts))
            .collect(),
        by_team: by_team.map(|line| counts_view(Some(line.team_name.clone()), None, &line.counts)).collect(),
    };
    Ok((StatusCode::OK, Json(view)).into_response())
}
