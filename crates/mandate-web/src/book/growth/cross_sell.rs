//! Cross-sell: which account has which product, had it, may take it, or never had it.

use axum::extract::State;
use mandate_app::Action;
use mandate_app::book;
use mandate_app::exchange::ExportFormat;
use mandate_domain::book::Kind;
use minijinja::context;

use super::super::kinds::{choice_text_id, href};
use super::super::lists::{column, figure, hidden, linked, low, stated};
use crate::access::Routes;
use crate::failure::PageResult;
use crate::frame::{Page, Visit};
use crate::state::Web;
use crate::table::{self, CellView, Column, TableSpec};
use crate::worth::worth_cell;

const PATH: &str = "/growth/cross-sell";

pub(super) fn routes() -> Routes {
    Routes::new().get(PATH, Action::ReadBook, page).get("/growth/cross-sell.csv", Action::Export, csv).get(
        "/growth/cross-sell.xlsx",
        Action::Export,
        xlsx,
    )
}

/// Badge and message id of a state.
fn state(word: &str) -> (&'static str, &'static str) {
    match word {
        "has" => ("good", "cross-sell-has"),
        "open" => ("watch", "cross-sell-open"),
        "had" => ("risk", "cross-sell-had"),
        _ => ("unknown", "cross-sell-never"),
    }
}

fn columns() -> Vec<Column> {
    vec![
        column("account", "field-account", |_, row| {
            CellView::name(row.text("account"), format!("/accounts/{}/growth", row.text("account_id")))
        }),
        column("product", "field-product", |_, row| {
            CellView::text(row.text("product")).link(href(Kind::Product, row.text("product_id")))
        }),
        column("state", "growth-what", |visit, row| {
            let (status, text) = state(row.text("state"));
            CellView::badge(status, visit.t(text))
        }),
        low(column("tier", "field-tier", |visit, row| match row.text("tier") {
            "" => CellView::none(),
            tier => CellView::text(visit.t(&choice_text_id("tier", tier))),
        })),
        low(column("industry", "field-industry", |_, row| stated(row.text("industry")))),
        Column {
            exported: &["annual_value", "currency", "annual_value_from", "n_elsewhere"],
            ..figure(column("annual_value", "field-annual-value", worth_cell))
        },
        hidden(column("account_manager", "field-account-manager", |_, row| {
            linked(row, "account_manager", "account_manager_id", Kind::Person)
        })),
    ]
}

fn spec(web: &Web) -> TableSpec {
    TableSpec {
        path: PATH.to_owned(),
        caption: "cross-sell-title",
        action: Action::ReadBook,
        def: book::cross_sell(web.ctx()),
        columns: columns(),
        views: vec![
            ("book-view-all", ""),
            ("cross-sell-never", "f=state&op=is&v=never"),
            ("cross-sell-open", "f=state&op=is&v=open"),
            ("cross-sell-had", "f=state&op=is&v=had"),
            ("cross-sell-has", "f=state&op=is&v=has"),
        ],
        row_href: Box::new(|row| Some(format!("/accounts/{}/growth", row.text("account_id")))),
        fixed: vec![],
    }
}

async fn page(State(web): State<Web>, visit: Visit) -> PageResult {
    let spec = spec(&web);
    if let Some(default) = table::to_default(&web, &visit, &spec).await? {
        return Ok(default);
    }
    let title = visit.t("cross-sell-title");
    let own = context! {
        title => title.clone(), lead => visit.t("cross-sell-lead"), rest => visit.t("cross-sell-rest"),
        list => table::view(&web, &visit, &spec).await?,
    };
    let page = Page::new(title, "nav-growth").crumb(visit.t("nav-growth"), super::firm::PATH).help("growth");
    visit.render(page, "growth/cross_sell.html", own)
}

async fn csv(State(web): State<Web>, visit: Visit) -> PageResult {
    table::export(&web, &visit, &spec(&web), ExportFormat::Csv).await
}

async fn xlsx(State(web): State<Web>, visit: Visit) -> PageResult {
    table::export(&web, &visit, &spec(&web), ExportFormat::Xlsx).await
}
