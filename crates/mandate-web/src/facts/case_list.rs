//! Lists of cases: of one account and of everything one may see.

use axum::extract::{Path, State};
use mandate_app::Action;
use mandate_app::exchange::ExportFormat;
use mandate_app::facts::delivered::cases;
use mandate_app::listing::{Filter, Operator};
use minijinja::context;

use crate::access::Routes;
use crate::account;
use crate::failure::PageResult;
use crate::frame::{Page, Visit};
use crate::state::Web;
use crate::table::{self, CellView, Column, TableSpec, column};

/// The lists' pages.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/facts/cases", Action::ReadFacts, all)
        .get("/facts/cases.csv", Action::Export, all_csv)
        .get("/facts/cases.xlsx", Action::Export, all_xlsx)
        .get("/accounts/{id}/cases", Action::ReadFacts, of_account)
        .get("/accounts/{id}/cases.csv", Action::Export, of_account_csv)
        .get("/accounts/{id}/cases.xlsx", Action::Export, of_account_xlsx)
}

/// A priority in words: `Priority 2`, or that none is stated.
pub(super) fn priority_text(visit: &Visit, priority: i64) -> String {
    match priority {
        1..=9 => visit.tr("priority", &[("number", &priority.to_string())]),
        _ => visit.t("not-stated"),
    }
}

/// An outcome of our clock as a badge: status and message id.
pub(super) fn outcome_badge(outcome: &str) -> (&'static str, &'static str) {
    match outcome {
        "met" => ("good", "outcome-met"),
        "missed" => ("risk", "outcome-missed"),
        "running" => ("watch", "outcome-running"),
        "cancelled" => ("unknown", "outcome-cancelled"),
        _ => ("unknown", "outcome-not-measured"),
    }
}

fn columns(with_account: bool) -> Vec<Column> {
    let mut columns = vec![column("case_ref", "case-case", |visit, row| {
        let category = row.text("category");
        let priority = priority_text(visit, row.integer("priority").unwrap_or(0));
        let sub = if category.is_empty() { priority } else { format!("{priority} · {category}") };
        CellView::name(row.text("case_ref"), format!("/facts/cases/{}", row.key())).sub(sub)
    })];
    if with_account {
        columns.push(column("account", "field-account", |visit, row| match row.text_or_none("account") {
            Some(name) => CellView::text(name).link(format!("/accounts/{}", row.text("account_id"))),
            None => CellView::text(visit.t("not-stated")),
        }));
    }
    columns.extend([
        column("opened_at", "case-opened", |visit, row| {
            row.instant("opened_at").map_or_else(CellView::none, |at| CellView::text(visit.moment(at)))
        }),
        Column {
            low: true,
            ..column("last_event_at", "case-last-event", |visit, row| {
                row.instant("last_event_at")
                    .map_or_else(CellView::none, |at| CellView::text(visit.moment(at)))
            })
        },
        column("reported_met", "case-reported", |visit, row| match row.integer("reported_met") {
            Some(1) => CellView::text(visit.t("outcome-met")),
            Some(_) => CellView::text(visit.t("outcome-missed")),
            None => CellView::text(visit.t("not-stated")),
        }),
        Column {
            numeric: true,
            ..column("clock_s", "case-clock", |visit, row| {
                let Some(seconds) = row.integer("clock_s") else { return CellView::none() };
                let cell = CellView::figure(visit.formats.clock(seconds));
                match row.integer("target_s") {
                    Some(target) => {
                        cell.sub(visit.tr("case-of-target", &[("target", &visit.formats.duration(target))]))
                    }
                    None => cell,
                }
            })
        },
        column("clock_outcome", "case-our-result", |visit, row| {
            let (status, text) = outcome_badge(row.text("clock_outcome"));
            CellView::badge(status, visit.t(text))
        }),
    ]);
    columns.extend(columns_on_request());
    columns
}

/// Columns shown only when asked for.
fn columns_on_request() -> Vec<Column> {
    vec![
        Column {
            shown: false,
            ..column("priority", "field-priority", |visit, row| {
                CellView::text(priority_text(visit, row.integer("priority").unwrap_or(0)))
            })
        },
        Column { shown: false, ..column("team", "field-team", |_, row| CellView::text(row.text("team"))) },
        Column {
            shown: false,
            numeric: true,
            ..column("paused_s", "case-paused", |visit, row| {
                row.integer("paused_s")
                    .map_or_else(CellView::none, |it| CellView::text(visit.formats.clock(it)))
            })
        },
        Column {
            shown: false,
            numeric: true,
            ..column("n_events", "case-events", |visit, row| {
                row.integer("n_events").map_or_else(CellView::none, |it| CellView::text(visit.number(it)))
            })
        },
    ]
}

fn spec(path: String, account: Option<&str>) -> TableSpec {
    let fixed = account.map(|id| Filter {
        field: "account_id".to_owned(),
        operator: Operator::Is,
        values: vec![id.to_owned()],
    });
    TableSpec {
        path,
        caption: "cases-caption",
        action: Action::ReadFacts,
        def: cases(),
        columns: columns(account.is_none()),
        views: vec![
            ("cases-view-all", ""),
            ("cases-view-missed", "f=clock_outcome&op=is&v=missed"),
            ("cases-view-differs", "f=differs&op=is&v=yes"),
            ("cases-view-running", "f=clock_outcome&op=is&v=running"),
        ],
        row_href: Box::new(|row| Some(format!("/facts/cases/{}", row.key()))),
        fixed: fixed.into_iter().collect(),
    }
}

async fn all(State(web): State<Web>, visit: Visit) -> PageResult {
    let spec = spec("/facts/cases".to_owned(), None);
    if let Some(default) = table::to_default(&web, &visit, &spec).await? {
        return Ok(default);
    }
    let list = table::view(&web, &visit, &spec).await?;
    let page = Page::new(visit.t("cases-title"), "nav-facts").crumb(visit.t("nav-facts"), "/facts");
    visit.render(page, "facts/cases.html", context! { list => list })
}

async fn all_csv(State(web): State<Web>, visit: Visit) -> PageResult {
    table::export(&web, &visit, &spec("/facts/cases".to_owned(), None), ExportFormat::Csv).await
}

async fn all_xlsx(State(web): State<Web>, visit: Visit) -> PageResult {
    table::export(&web, &visit, &spec("/facts/cases".to_owned(), None), ExportFormat::Xlsx).await
}

async fn of_account(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let frame = account::load(&web, &visit, &id).await?;
    let list = table::view(&web, &visit, &spec(format!("{}/cases", frame.path()), Some(&id))).await?;
    let own = context! { list => list, account => frame.view(&visit, "cases") };
    visit.render(frame.page(&visit, "cases"), "account/cases.html", own)
}

async fn export_of_account(web: Web, visit: Visit, id: String, format: ExportFormat) -> PageResult {
    let frame = account::load(&web, &visit, &id).await?;
    table::export(&web, &visit, &spec(format!("{}/cases", frame.path()), Some(&id)), format).await
}

async fn of_account_csv(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    export_of_account(web, visit, id, ExportFormat::Csv).await
}

async fn of_account_xlsx(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    export_of_account(web, visit, id, ExportFormat::Xlsx).await
}
