//! Handovers: the list, planning one, its checklist, and the API of it.
//!
//! A list row is an account that goes over, so that it is filtered by scope as every list is; the page is the whole handover as far
//! as its reader reaches.

mod api;
mod new;
mod shown;

use axum::extract::State;
use mandate_app::Action;
use mandate_app::book::handovers::handover_list;
use mandate_app::exchange::ExportFormat;
use mandate_app::listing::{ListQuery, Operator};
use mandate_domain::book::{Kind, Matter};
use minijinja::context;

use super::kinds::{choice_text_id, href};
use super::lists::{column, count, day, figure, linked, only};
use crate::access::Routes;
use crate::failure::PageResult;
use crate::frame::{Page, Visit};
use crate::state::Web;
use crate::table::{self, CellView, Column, RowReader, TableSpec};

pub(super) use api::routes as api_routes;

const PATH: &str = "/handovers";

/// The pages and the list's files.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get(PATH, Action::ReadBook, page)
        .get("/handovers.csv", Action::Export, csv)
        .get("/handovers.xlsx", Action::Export, xlsx)
        .merge(new::routes())
        .merge(shown::routes())
}

/// The badge of a handover's state.
fn state_tone(state: &str) -> &'static str {
    match state {
        "planned" => "watch",
        "done" => "good",
        _ => "unknown",
    }
}

fn open(visit: &Visit, row: &RowReader<'_>, field: &str) -> CellView {
    match row.integer(field) {
        Some(n) if 0 < n => CellView::badge("watch", visit.number(n)),
        _ => count(visit, row, field),
    }
}

fn columns() -> Vec<Column> {
    vec![
        column("account", "field-account", |visit, row| {
            let path = format!("{PATH}/{}", row.text("handover_id"));
            match row.text("account") {
                "" => CellView::name(visit.t("handover-no-account"), path),
                name => CellView::name(name, path),
            }
        }),
        column("from_person", "field-from-person", |_, row| {
            linked(row, "from_person", "from_person_id", Kind::Person)
        }),
        column("to_person", "field-to-person", |visit, row| match row.text("to_person") {
            "" => CellView::badge("risk", visit.t("handover-nobody")),
            _ => linked(row, "to_person", "to_person_id", Kind::Person),
        }),
        column("effective_on", "handover-day", |visit, row| day(visit, row, "effective_on")),
        column("handover_state", "field-handover-state", |visit, row| {
            let state = row.text("handover_state");
            CellView::badge(state_tone(state), visit.t(&choice_text_id("handover_state", state)))
        }),
        column("handover_kind", "field-handover-kind", |visit, row| {
            CellView::text(visit.t(&choice_text_id("handover_kind", row.text("handover_kind"))))
        }),
        figure(column("n_open_matters", "field-n-open-matters", |visit, row| {
            open(visit, row, "n_open_matters")
        })),
        figure(column("n_introductions", "field-n-introductions", |visit, row| {
            open(visit, row, "n_introductions")
        })),
        figure(column("n_matters", "field-n-matters", |visit, row| count(visit, row, "n_matters"))),
    ]
}

fn spec(visit: &Visit) -> TableSpec {
    TableSpec {
        path: PATH.to_owned(),
        caption: "nav-handovers",
        action: Action::ReadBook,
        def: handover_list(&visit.actor),
        columns: columns(),
        views: vec![
            ("book-view-all", ""),
            ("handover-view-planned", "f=handover_state&op=is&v=planned&sort=effective_on"),
            (
                "handover-view-introductions",
                "f=n_introductions&op=min&v=1&f=handover_state&op=is&v=done&v=planned",
            ),
            ("handover-view-refused", "f=n_open_matters&op=min&v=1&f=handover_state&op=is&v=done"),
        ],
        row_href: Box::new(|row| Some(format!("{PATH}/{}", row.text("handover_id")))),
        fixed: vec![],
    }
}

async fn page(State(web): State<Web>, visit: Visit) -> PageResult {
    let spec = spec(&visit);
    if let Some(default) = table::to_default(&web, &visit, &spec).await? {
        return Ok(default);
    }
    let n = async |filters| {
        let query = ListQuery { filters, limit: 1, ..ListQuery::default() };
        let found =
            mandate_app::lists::show_list(web.ctx(), &visit.actor, Action::ReadBook, &spec.def, &query)
                .await?;
        Ok::<String, crate::failure::Failure>(found.n_rows.to_string())
    };
    let is = |state: &str| only("handover_state", Operator::Is, state.to_owned());
    let planned = n(vec![is("planned")]).await?;
    let late = n(vec![is("done"), only("n_introductions", Operator::AtLeast, "1".to_owned())]).await?;
    let title = visit.t("nav-handovers");
    let own = context! {
        title => title.clone(),
        lead => visit.tr("handover-list-lead", &[("count", &planned)]),
        rest => visit.tr("handover-list-rest", &[("count", &late)]),
        may_plan => visit.may(Action::WriteBook),
        list => table::view(&web, &visit, &spec).await?,
    };
    visit.render(Page::new(title, "nav-handovers").help("handovers"), "handovers/list.html", own)
}

async fn csv(State(web): State<Web>, visit: Visit) -> PageResult {
    table::export(&web, &visit, &spec(&visit), ExportFormat::Csv).await
}

async fn xlsx(State(web): State<Web>, visit: Visit) -> PageResult {
    table::export(&web, &visit, &spec(&visit), ExportFormat::Xlsx).await
}

/// The page of what a matter is about, for a link.
fn href_of(matter: Matter, record_id: &str) -> String {
    match (matter, matter.kind()) {
        (_, Some(kind)) => href(kind, record_id),
        (Matter::DecisionRight, None) => format!("/decision-rights/{record_id}"),
        (_, None) => format!("/facts/measures/{record_id}"),
    }
}
