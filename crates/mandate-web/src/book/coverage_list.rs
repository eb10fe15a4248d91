//! Coverage across the book: accounts by what their manager knows, where threads hang on one person, how long nobody talked.

use axum::extract::State;
use jiff::Span;
use mandate_app::Action;
use mandate_app::book;
use mandate_app::exchange::ExportFormat;
use mandate_app::listing::{ListQuery, Operator};
use mandate_domain::book::Kind;
use minijinja::context;

use super::kinds::{choice_text_id, href};
use super::lists::{column, count, figure, hidden, linked, low, only};
use crate::access::Routes;
use crate::failure::PageResult;
use crate::frame::{Page, Visit};
use crate::state::Web;
use crate::table::{self, CellView, Column, RowReader, TableSpec};

const PATH: &str = "/coverage";

/// Days without any contact after which a row says so in colour.
const LONG_DAYS: i64 = 90;

/// The page and its files.
pub(super) fn routes() -> Routes {
    Routes::new().get(PATH, Action::ReadBook, page).get("/coverage.csv", Action::Export, csv).get(
        "/coverage.xlsx",
        Action::Export,
        xlsx,
    )
}

fn share(visit: &Visit, row: &RowReader<'_>, field: &str) -> CellView {
    match row.integer(field) {
        Some(bp) => CellView::figure(visit.formats.percent_of_micro(bp * 100, 0)),
        None => CellView::none(),
    }
}

fn known(visit: &Visit, row: &RowReader<'_>) -> CellView {
    match (row.integer("n_known_people"), row.integer("n_client_people")) {
        (Some(known), Some(people)) => {
            share(visit, row, "people_covered").sub(visit.tr(
                "coverage-known-of",
                &[("known", &visit.number(known)), ("people", &visit.number(people))],
            ))
        }
        _ => CellView::text(visit.t("coverage-not-counted")),
    }
}

fn last_contact(visit: &Visit, row: &RowReader<'_>) -> CellView {
    let Some(on) = row.date("last_contact_on") else {
        let counted = row.integer("n_client_people").is_some();
        return if counted { CellView::badge("risk", visit.t("coverage-never")) } else { CellView::none() };
    };
    let days = on.until(visit.today).map_or(0, |span| i64::from(span.get_days()));
    let text = visit.tr("coverage-days-ago", &[("count", &days.max(0).to_string())]);
    let cell = CellView::text(visit.date(on));
    if LONG_DAYS < days { cell.sub_in("watch", text) } else { cell.sub(text) }
}

fn warned(visit: &Visit, row: &RowReader<'_>, field: &str) -> CellView {
    match row.integer(field) {
        Some(n) if 0 < n => CellView::badge("watch", visit.number(n)),
        _ => count(visit, row, field),
    }
}

fn columns() -> Vec<Column> {
    vec![
        column("name", "field-account", |visit, row| {
            let tier = visit.t(&choice_text_id("tier", row.text("tier")));
            let cell = CellView::name(row.text("name"), format!("{}/people", href(Kind::Account, row.key())))
                .sub(tier);
            if row.flag("demo") { cell.tag(visit.t("demo-tag")) } else { cell }
        }),
        column("account_manager", "field-account-manager", |_, row| {
            linked(row, "account_manager", "account_manager_id", Kind::Person)
        }),
        figure(column("stake_covered", "field-stake-covered", |visit, row| {
            share(visit, row, "stake_covered")
        })),
        figure(column("people_covered", "field-people-covered", known)),
        figure(column("n_single_threads", "field-n-single-threads", |visit, row| {
            warned(visit, row, "n_single_threads")
        })),
        figure(column("n_unknown", "field-n-unknown", |visit, row| warned(visit, row, "n_unknown"))),
        low(figure(column("n_lost_threads", "field-n-lost-threads", |visit, row| {
            warned(visit, row, "n_lost_threads")
        }))),
        low(figure(column("n_without_stake", "field-n-without-stake", |visit, row| {
            count(visit, row, "n_without_stake")
        }))),
        column("last_contact_on", "field-last-contact-on", last_contact),
        hidden(column("tier", "field-tier", |visit, row| {
            CellView::text(visit.t(&choice_text_id("tier", row.text("tier"))))
        })),
    ]
}

fn spec() -> TableSpec {
    TableSpec {
        path: PATH.to_owned(),
        caption: "nav-coverage",
        action: Action::ReadBook,
        def: book::coverage_list(),
        columns: columns(),
        views: vec![
            ("book-view-all", ""),
            ("coverage-view-single", "f=n_single_threads&op=min&v=1&sort=-n_single_threads"),
            ("coverage-view-unknown", "f=n_unknown&op=min&v=1&sort=-n_unknown"),
            ("coverage-view-key", "f=tier&op=is&v=key"),
        ],
        row_href: Box::new(|row| Some(format!("{}/people", href(Kind::Account, row.key())))),
        fixed: vec![],
    }
}

async fn page(State(web): State<Web>, visit: Visit) -> PageResult {
    let spec = spec();
    if let Some(default) = table::to_default(&web, &visit, &spec).await? {
        return Ok(default);
    }
    let n = async |field: &str, operator, value: String| {
        let filters = vec![only(field, operator, value)];
        let query = ListQuery { filters, limit: 1, ..ListQuery::default() };
        let found =
            mandate_app::lists::show_list(web.ctx(), &visit.actor, Action::ReadBook, &spec.def, &query)
                .await?;
        Ok::<(i64, bool), crate::failure::Failure>((found.n_rows, found.counted_all))
    };
    let told =
        |(n, is_all): (i64, bool)| if is_all { n.to_string() } else { format!("{}+", visit.number(n)) };
    let single = n("n_single_threads", Operator::AtLeast, "1".to_owned()).await?;
    let quiet = visit.today.saturating_sub(Span::new().days(LONG_DAYS));
    let quiet = n("last_contact_on", Operator::AtMost, quiet.to_string()).await?;
    let never = n("last_contact_on", Operator::IsEmpty, "1".to_owned()).await?;
    let title = visit.t("nav-coverage");
    let own = context! {
        title => title.clone(),
        lead => visit.tr("coverage-list-lead", &[("count", &told(single))]),
        rest => visit.tr(
            "coverage-list-rest",
            &[
                ("count", &told((quiet.0 + never.0, quiet.1 && never.1))),
                ("never", &told(never)),
                ("days", &LONG_DAYS.to_string()),
            ],
        ),
        list => table::view(&web, &visit, &spec).await?,
    };
    visit.render(Page::new(title, "nav-coverage").help("coverage"), "book/coverage.html", own)
}

async fn csv(State(web): State<Web>, visit: Visit) -> PageResult {
    table::export(&web, &visit, &spec(), ExportFormat::Csv).await
}

async fn xlsx(State(web): State<Web>, visit: Visit) -> PageResult {
    table::export(&web, &visit, &spec(), ExportFormat::Xlsx).await
}
