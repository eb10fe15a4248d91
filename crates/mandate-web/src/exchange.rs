//! `/api/v1/exports`: any list as a file, every row that matches, with the names of its fields as heads.
//!
//! The pages' exports are those of their tables (`crate::table`), with heads in the reader's words; both are made by
//! `mandate_app::exchange`. Not here: imports, which belong to the rooms whose records come in.

use axum::extract::{Path, State};
use mandate_app::authorise::clearance;
use mandate_app::book;
use mandate_app::exchange::{ExportFormat, export_list};
use mandate_app::facts::{delivered, event_sources, kpi_read};
use mandate_app::listing::{ListDef, ListQuery};
use mandate_app::{Action, audit};
use mandate_domain::book::Kind;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::routes;

use crate::access::Routes;
use crate::api::{ApiResult, Caller, ListParameters, Query, Reading};
use crate::book::kinds::home;
use crate::failure::Failure;
use crate::state::Web;
use crate::table::download;

/// The room's API routes.
pub fn api_routes() -> Routes {
    Routes::new().api(Action::Export, routes!(export))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ExportParameters {
    /// Filters, as the list itself takes them.
    #[serde(default)]
    filter: Option<String>,
    /// A field, with `-` before it for largest first.
    #[serde(default)]
    sort: Option<String>,
}

/// The list with this name, and the right it takes.
async fn list_named(web: &Web, caller: &Caller, name: &str) -> Result<(Action, ListDef), Failure> {
    let of_kind = Kind::ALL.into_iter().find(|kind| home(*kind).path.trim_start_matches('/') == name);
    if let Some(kind) = of_kind {
        let def = book::list_with_custom(web.ctx(), &caller.actor, kind).await;
        return Ok((Action::ReadBook, def.map_err(book::BookError::from)?));
    }
    Ok(match name {
        "notes" => (Action::ReadBook, book::notes::notes_list()),
        "coverage" => (Action::ReadBook, book::coverage_list()),
        "handovers" => (Action::ReadBook, book::handovers::handover_list(&caller.actor)),
        "cases" => (Action::ReadFacts, delivered::cases()),
        "cross-sell" => (Action::ReadBook, book::cross_sell(web.ctx())),
        "measures" => (Action::ReadFacts, kpi_read::definitions_list()),
        "event-files" => (Action::ReadFacts, event_sources::event_files(&caller.actor)),
        "imports" => (Action::ReadFacts, event_sources::imports(&caller.actor)),
        "audit" => (Action::ReadAudit, audit::audit_list(&caller.actor)),
        "decision-rights" => (Action::ReadRights, mandate_app::decisions::rights_list(web.ctx())),
        _ => return Err(Failure::not_found()),
    })
}

/// A list as a file: any kind of record of the book by its path, such as `accounts`, `contract-lines` or `promises`, or `notes`,
/// `coverage`, `handovers`, `cases`, `cross-sell`, `measures`, `event-files`, `imports`, `audit` or `decision-rights`, with `.csv` or `.xlsx`.
/// Needs the right of the list and `export`.
#[utoipa::path(get, path = "/exports/{file}", tag = "exchange", operation_id = "export_list",
    params(("file" = String, Path, description = "List and ending", example = "accounts.csv"), ExportParameters),
    responses((status = 200, description = "The file", content_type = "text/csv", body = Vec<u8>), Reading))]
async fn export(
    caller: Caller,
    State(web): State<Web>,
    Path(file): Path<String>,
    Query(asked): Query<ExportParameters>,
) -> ApiResult {
    let named = file.rsplit_once('.').and_then(|(name, ending)| {
        let format = [ExportFormat::Csv, ExportFormat::Xlsx].into_iter().find(|it| it.ending() == ending)?;
        Some((name, format))
    });
    let (name, format) = named.ok_or_else(Failure::not_found)?;
    let (action, def) = list_named(&web, &caller, name).await?;
    let def = def.cleared(clearance(&caller.actor));
    let parameters = ListParameters { filter: asked.filter, sort: asked.sort, ..ListParameters::default() };
    let query = ListQuery { cursor: None, ..parameters.query()? };
    let file = export_list(web.ctx(), &caller.actor, action, &def, &query, &[], format).await?;
    Ok(download(file))
}
