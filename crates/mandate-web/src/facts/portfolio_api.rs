//! `/api/v1`: what all accounts come to, what each source says, and the service-level report as a file.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::authorise::clearance;
use mandate_app::book::{BookError, list_with_custom};
use mandate_app::facts::delivered::{by_source, matching, portfolio};
use mandate_app::identity::SessionUser;
use mandate_domain::book::Kind;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::delivered_api::DeliveredFigures;
use super::measures_api::MonthParameter;
use super::report::{pdf_of, xlsx_of};
use crate::access::Routes;
use crate::api::{ApiResult, Caller, ListParameters, Query, Reading};
use crate::frame::Visit;
use crate::state::Web;

/// The routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .api(Action::ReadFacts, routes!(all_accounts))
        .api(Action::ReadFacts, routes!(all_sources))
        .api(Action::Export, routes!(report_as_pdf))
        .api(Action::Export, routes!(report_as_xlsx))
}

/// What the caller's accounts come to.
#[derive(Serialize, ToSchema)]
struct Portfolio {
    /// Accounts.
    n_accounts: i64,
    /// Of these, in the demo book.
    n_demo: i64,
    /// Accounts by the state of their newest month.
    by_state: Vec<StateCount>,
    /// Accounts with an annual value.
    n_valued: i64,
    /// Of these, what their running contracts come to, because none is stated.
    n_from_contracts: i64,
    /// Running contracts in another currency than their account's, which no value holds.
    n_elsewhere: i64,
    /// What these pay in a year, by currency; never summed across.
    annual_values: Vec<CurrencySum>,
    /// Cases of the newest months our clock has a result for.
    n_clocked: i64,
    /// Of these, within target.
    n_clock_met: i64,
    /// Cases of the newest months the source reported on.
    n_reported: i64,
    /// Of these, reported as met.
    n_reported_met: i64,
    /// Cases of the newest months on which the two differ.
    n_differs: i64,
}

/// Accounts in a state.
#[derive(Serialize, ToSchema)]
struct StateCount {
    /// `met`, `just_missed`, `missed` or `not_measured`.
    state: String,
    /// How many.
    n_accounts: i64,
}

/// A sum in one currency.
#[derive(Serialize, ToSchema)]
struct CurrencySum {
    /// The currency.
    currency: String,
    /// In its minor units.
    annual_value_minor: i64,
}

/// Which accounts are added up.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PortfolioParameters {
    /// Filters of `GET /accounts`, as `field:operator:value`, joined by `;`; all accounts without one.
    filter: Option<String>,
}

/// What the accounts one may see come to, each in its newest month. The accounts themselves: `GET /accounts`.
#[utoipa::path(get, path = "/portfolio", tag = "facts", operation_id = "portfolio", params(PortfolioParameters),
    responses((status = 200, description = "The sums", body = Portfolio), Reading))]
async fn all_accounts(
    caller: Caller,
    State(web): State<Web>,
    Query(asked): Query<PortfolioParameters>,
) -> ApiResult {
    let (ctx, actor) = (web.ctx(), &caller.actor);
    let found = match asked.filter {
        None => portfolio(ctx, actor).await?,
        Some(filter) => {
            let def = list_with_custom(ctx, actor, Kind::Account).await.map_err(BookError::from)?;
            matching(ctx, actor, &def.cleared(clearance(actor)), &ListParameters::of_filter(filter).query()?)
                .await?
        }
    };
    let by_state = found.by_state.into_iter().map(|(state, n_accounts)| StateCount { state, n_accounts });
    let annual_values = found
        .annual_values
        .into_iter()
        .map(|(currency, annual_value_minor)| CurrencySum { currency, annual_value_minor });
    let answer = Portfolio {
        n_accounts: found.n_accounts,
        n_demo: found.n_demo,
        by_state: by_state.collect(),
        n_valued: found.n_valued,
        n_from_contracts: found.n_from_contracts,
        n_elsewhere: found.n_elsewhere,
        annual_values: annual_values.collect(),
        n_clocked: found.n_clocked,
        n_clock_met: found.n_clock_met,
        n_reported: found.n_reported,
        n_reported_met: found.n_reported_met,
        n_differs: found.n_differs,
    };
    Ok(Json(answer).into_response())
}

/// What a source says was delivered.
#[derive(Serialize, ToSchema)]
struct SourceDelivered {
    /// The source.
    source: String,
    /// Its name.
    name: String,
    /// Part of the demo book.
    demo: bool,
    /// Time of its latest event.
    data_until: Option<String>,
    /// The figures of what the caller may see of it.
    #[serde(flatten)]
    figures: DeliveredFigures,
}

/// What was delivered by source, the newest data first; both readings side by side.
#[utoipa::path(get, path = "/facts/by-source", tag = "facts", operation_id = "facts_by_source",
    responses((status = 200, description = "All of them", body = Vec<SourceDelivered>), Reading))]
async fn all_sources(caller: Caller, State(web): State<Web>) -> ApiResult {
    let found = by_source(web.ctx(), &caller.actor).await?;
    let all: Vec<SourceDelivered> = found
        .into_iter()
        .map(|source| SourceDelivered {
            figures: (&source.figures).into(),
            source: source.source_id,
            name: source.name,
            demo: source.demo,
            data_until: source.data_until.map(|at| at.to_string()),
        })
        .collect();
    Ok(Json(all).into_response())
}

fn reader(web: &Web, caller: Caller) -> Visit {
    Visit::reader(web, SessionUser { user: caller.user, actor: caller.actor })
}

/// The service-level report of an account and month as PDF, in the caller's formats and zone; the month before this one
/// when none is given.
#[utoipa::path(get, path = "/accounts/{account}/report.pdf", tag = "facts", operation_id = "report_pdf",
    params(("account" = String, Path, description = "The account's id"), MonthParameter),
    responses((status = 200, description = "The report", content_type = "application/pdf", body = Vec<u8>), Reading))]
async fn report_as_pdf(
    caller: Caller,
    State(web): State<Web>,
    Path(account): Path<String>,
    Query(asked): Query<MonthParameter>,
) -> ApiResult {
    let month = asked.parse()?;
    pdf_of(&web, &reader(&web, caller), &account, month).await
}

/// As the PDF, as a workbook.
#[utoipa::path(get, path = "/accounts/{account}/report.xlsx", tag = "facts", operation_id = "report_xlsx",
    params(("account" = String, Path, description = "The account's id"), MonthParameter),
    responses((status = 200, description = "The report", body = Vec<u8>,
        content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), Reading))]
async fn report_as_xlsx(
    caller: Caller,
    State(web): State<Web>,
    Path(account): Path<String>,
    Query(asked): Query<MonthParameter>,
) -> ApiResult {
    let month = asked.parse()?;
    xlsx_of(&web, &reader(&web, caller), &account, month).await
}
