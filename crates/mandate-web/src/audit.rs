//! The audit record as a page: who changed what, from what to what, and whether the chain is whole.

use axum::extract::State;
use mandate_app::Action;
use mandate_app::audit::{ChainState, audit_list, verify_audit};
use mandate_app::exchange::ExportFormat;
use minijinja::{Value, context};

use crate::access::Routes;
use crate::failure::PageResult;
use crate::frame::{Page, Visit};
use crate::state::Web;
use crate::table::{self, CellView, Column, RowReader, TableSpec};

/// The room's pages.
pub fn routes() -> Routes {
    Routes::new()
        .get("/audit", Action::ReadAudit, page)
        .get("/audit/verify", Action::ReadAudit, verify)
        .get("/audit.csv", Action::ReadAudit, csv)
        .get("/audit.xlsx", Action::ReadAudit, xlsx)
}

fn column(name: &'static str, head: &'static str, cell: fn(&Visit, &RowReader<'_>) -> CellView) -> Column {
    Column { name, head, sort: None, numeric: false, shown: true, low: false, cell }
}

fn spec() -> TableSpec {
    TableSpec {
        path: "/audit".to_owned(),
        caption: "audit-caption",
        action: Action::ReadAudit,
        def: audit_list(),
        columns: vec![
            column("subject_name", "audit-what", |visit, row| {
                let action = row.text("action").replace(['.', '_'], " ");
                CellView { kind: "text", strong: true, ..CellView::text(row.text("subject_name")) }.sub(
                    format!(
                        "{} · {action}",
                        visit.t(&format!("audit-kind-{}", row.text("subject_kind").replace('_', "-")))
                    ),
                )
            }),
            column("changes", "audit-changes", |visit, row| {
                CellView::text(changes(visit, row.text("changes")))
            }),
            column("actor_name", "audit-who", |visit, row| {
                let origin = visit.t(&format!("audit-origin-{}", row.text("origin").replace('_', "-")));
                CellView::text(row.text("actor_name")).sub(origin)
            }),
            column("at", "audit-when", |visit, row| {
                row.instant("at").map_or_else(CellView::none, |at| CellView::text(visit.moment(at)))
            }),
            Column {
                numeric: true,
                low: true,
                ..column("seq", "audit-seq", |visit, row| {
                    CellView::text(row.integer("seq").map(|seq| visit.number(seq)).unwrap_or_default())
                })
            },
        ],
        views: vec![("audit-view-all", ""), ("audit-view-imports", "f=origin&op=is&v=import")],
        row_href: |_| None,
        fixed: vec![],
    }
}

/// "name: Brackwell → Brackwell Insurance", at most three fields.
fn changes(visit: &Visit, json: &str) -> String {
    let all: Vec<serde_json::Value> = serde_json::from_str(json).unwrap_or_default();
    let value = |it: &serde_json::Value| it.as_str().map_or_else(|| "\u{2013}".to_owned(), str::to_owned);
    let mut told: Vec<String> = all
        .iter()
        .take(3)
        .map(|change| {
            let field = change["field"].as_str().unwrap_or_default().replace('_', " ");
            if change["sealed"].is_string() {
                return visit.tr("audit-sealed", &[("field", &field)]);
            }
            format!("{field}: {} \u{2192} {}", value(&change["from"]), value(&change["to"]))
        })
        .collect();
    if all.len() > told.len() {
        told.push(visit.tr("audit-more", &[("count", &(all.len() - told.len()).to_string())]));
    }
    told.join("; ")
}

async fn page(State(web): State<Web>, visit: Visit) -> PageResult {
    if let Some(default) = table::to_default(&web, &visit, &spec()).await? {
        return Ok(default);
    }
    let own = context! { lead => visit.t("audit-lead"), state => "" };
    show(&web, &visit, own).await
}

/// Recomputes every hash: some seconds on a large record, so only when asked.
async fn verify(State(web): State<Web>, visit: Visit) -> PageResult {
    let (lead, state) = match verify_audit(web.ctx(), &visit.actor).await? {
        ChainState::Whole { n_records, .. } => {
            (visit.tr("audit-whole", &[("count", &n_records.to_string())]), "good")
        }
        ChainState::Broken { seq, what } => {
            (visit.tr("audit-broken", &[("seq", &seq.to_string()), ("what", &what)]), "risk")
        }
    };
    show(&web, &visit, context! { lead => lead, state => state }).await
}

async fn show(web: &Web, visit: &Visit, own: Value) -> PageResult {
    let list = table::view(web, visit, &spec()).await?;
    visit.render(
        Page::new(visit.t("audit-title"), "nav-audit"),
        "home/audit.html",
        context! { list => list, ..own },
    )
}

async fn csv(State(web): State<Web>, visit: Visit) -> PageResult {
    table::export(&web, &visit, &spec(), ExportFormat::Csv).await
}

async fn xlsx(State(web): State<Web>, visit: Visit) -> PageResult {
    table::export(&web, &visit, &spec(), ExportFormat::Xlsx).await
}
