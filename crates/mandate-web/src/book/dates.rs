//! What ends, renews or may be re-priced when: the days of all contracts, on a page, as files and in the API.

use axum::extract::State;
use jiff::Span;
use mandate_app::Action;
use mandate_app::book;
use mandate_app::exchange::ExportFormat;
use mandate_app::listing::{ListQuery, Operator};
use mandate_domain::book::Kind;
use minijinja::context;
use utoipa_axum::routes;

use super::kinds::{choice_text_id, href};
use super::lists::{column, day, hidden, linked, low, only, stated};
use crate::access::Routes;
use crate::api::{ApiResult, Caller, ListParameters, Listing, Reading};
use crate::failure::{Failure, PageResult};
use crate::frame::{Page, Visit};
use crate::state::Web;
use crate::table::{self, CellView, Column, TableSpec};

const PATH: &str = "/dates";

/// The page and its files.
pub(super) fn routes() -> Routes {
    Routes::new().get(PATH, Action::ReadBook, page).get("/dates.csv", Action::Export, csv).get(
        "/dates.xlsx",
        Action::Export,
        xlsx,
    )
}

/// The list in the API.
pub(super) fn api_routes() -> Routes {
    Routes::new().api(Action::ReadBook, routes!(list))
}

fn columns() -> Vec<Column> {
    vec![
        column("day", "field-day", |visit, row| {
            let cell = day(visit, row, "day");
            match row.date("day") {
                Some(on) if on < visit.today.saturating_add(Span::new().days(90)) => {
                    cell.sub_in("watch", visit.tr("dates-in-days", &[("count", &days_until(visit, on))]))
                }
                Some(on) => cell.sub(visit.tr("dates-in-days", &[("count", &days_until(visit, on))])),
                None => cell,
            }
        }),
        column("what", "field-what", |visit, row| {
            CellView::text(visit.t(&choice_text_id("what", row.text("what"))))
        }),
        column("contract", "field-contract", |_, row| {
            CellView::name(row.text("contract"), href(Kind::Contract, row.text("contract_id")))
        }),
        column("account", "field-account", |_, row| linked(row, "account", "account_id", Kind::Account)),
        low(column("account_manager", "field-account-manager", |_, row| {
            linked(row, "account_manager", "account_manager_id", Kind::Person)
        })),
        column("price_first_talked_on", "field-price-first-talked-on", |visit, row| match row.text("what") {
            "price" | "renews" => match row.date("price_first_talked_on") {
                Some(on) => CellView::text(visit.date(on)),
                None => CellView::text(visit.t("dates-never")),
            },
            _ => CellView::none(),
        }),
        hidden(column("clause", "field-clause", |_, row| stated(row.text("clause")))),
        hidden(column("time_zone", "field-time-zone", |_, row| stated(row.text("time_zone")))),
    ]
}

fn days_until(visit: &Visit, on: jiff::civil::Date) -> String {
    visit.today.until(on).map_or(0, |span| span.get_days()).to_string()
}

fn spec(web: &Web) -> TableSpec {
    TableSpec {
        path: PATH.to_owned(),
        caption: "nav-dates",
        action: Action::ReadBook,
        def: book::contract_dates(web.ctx()),
        columns: columns(),
        views: vec![
            ("book-view-all", ""),
            ("dates-view-notice", "f=what&op=is&v=notice"),
            ("dates-view-renewals", "f=what&op=is&v=renews&v=ends"),
            ("dates-view-prices", "f=what&op=is&v=price"),
        ],
        row_href: Box::new(|row| Some(href(Kind::Contract, row.text("contract_id")))),
        fixed: vec![],
    }
}

async fn page(State(web): State<Web>, visit: Visit) -> PageResult {
    let spec = spec(&web);
    if let Some(default) = table::to_default(&web, &visit, &spec).await? {
        return Ok(default);
    }
    let until = visit.today.saturating_add(Span::new().days(180));
    let soon = vec![only("day", Operator::AtMost, until.to_string())];
    let query = ListQuery { filters: soon, limit: 1, ..ListQuery::default() };
    let found =
        mandate_app::lists::show_list(web.ctx(), &visit.actor, Action::ReadBook, &spec.def, &query).await?;
    let title = visit.t("nav-dates");
    let own = context! {
        title => title.clone(),
        lead => visit.tr("dates-lead", &[("count", &found.n_rows.to_string())]),
        rest => visit.t("dates-rest"),
        list => table::view(&web, &visit, &spec).await?,
    };
    visit.render(Page::new(title, "nav-dates").help("the-book"), "book/dates.html", own)
}

async fn csv(State(web): State<Web>, visit: Visit) -> PageResult {
    table::export(&web, &visit, &spec(&web), ExportFormat::Csv).await
}

async fn xlsx(State(web): State<Web>, visit: Visit) -> PageResult {
    table::export(&web, &visit, &spec(&web), ExportFormat::Xlsx).await
}

/// What ends, renews or may be re-priced when, across the book: a day each, the next first.
#[utoipa::path(get, path = "/contract-dates", tag = "book", operation_id = "list_contract_dates",
    params(ListParameters), responses((status = 200, description = "One page", body = Listing), Reading))]
async fn list(
    caller: Caller,
    State(web): State<Web>,
    crate::api::Query(parameters): crate::api::Query<ListParameters>,
) -> Result<axum::response::Response, Failure> {
    let def = book::contract_dates(web.ctx());
    let answer: ApiResult = crate::api::list(&web, &caller, Action::ReadBook, &def, &parameters).await;
    answer
}
