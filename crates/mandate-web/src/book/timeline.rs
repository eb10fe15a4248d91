//! The timeline of an account: everything that happened, the newest first, as a tab, a card on its first page and in the API.

use axum::extract::{Path, State};
use mandate_app::Action;
use mandate_app::book;
use mandate_app::exchange::ExportFormat;
use mandate_app::listing::{Filter, ListQuery, Operator};
use mandate_domain::book::Kind;
use minijinja::{Value, context};
use utoipa_axum::routes;

use super::kinds::{choice_text_id, href};
use super::lists::{column, day, low, only, stated};
use crate::access::Routes;
use crate::account::{self, AccountFrame};
use crate::api::{ApiResult, Caller, ListParameters, Listing, Reading};
use crate::failure::{Failure, PageResult};
use crate::frame::Visit;
use crate::state::Web;
use crate::table::{self, CellView, Column, RowReader, TableSpec};

/// Rows of the card on the account's first page.
const ON_THE_CARD: usize = 8;

/// The tab and its files.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/accounts/{id}/timeline", Action::ReadBook, page)
        .get("/accounts/{id}/timeline.csv", Action::Export, csv)
        .get("/accounts/{id}/timeline.xlsx", Action::Export, xlsx)
}

/// The list in the API.
pub(super) fn api_routes() -> Routes {
    Routes::new().api(Action::ReadBook, routes!(list))
}

/// The page of what a row is about; measures belong to the account's own pages.
fn record_href(row: &RowReader<'_>) -> Option<String> {
    let id = row.text("record_id");
    match row.text("kind") {
        "measure" => Some(format!("/accounts/{}/measures", row.text("account_id"))),
        "manager" => Some(format!("/accounts/{}/manager", row.text("account_id"))),
        word => Kind::parse(word).map(|kind| href(kind, id)),
    }
}

/// What happened, in words: "Call", "Promise kept".
fn event(visit: &Visit, row: &RowReader<'_>) -> String {
    let word = row.text("word");
    match row.text("event") {
        "talk" => visit.t(&choice_text_id("channel", word)),
        "promise_settled" | "expectation_settled" => {
            let what = visit.t(&format!("timeline-{}", row.text("kind")));
            format!("{what}: {}", visit.t(&choice_text_id("state", word)))
        }
        "opportunity_closed" => {
            format!("{}: {}", visit.t("timeline-opportunity"), visit.t(&choice_text_id("stage", word)))
        }
        "manager_decided" => {
            let what = visit.t(&choice_text_id("manager_outcome", word));
            format!("{}: {what}", visit.t("timeline-manager-decided"))
        }
        "manager_decision_ended" => {
            let what = visit.t(&choice_text_id("manager_decision_state", word));
            format!("{}: {what}", visit.t("timeline-manager-decision-ended"))
        }
        other => visit.t(&format!("timeline-{}", other.replace('_', "-"))),
    }
}

/// What a row is about; of several measures gone through on one day the first and how many more.
fn title(visit: &Visit, row: &RowReader<'_>) -> String {
    let title = row.text("title");
    let n: i64 =
        if row.text("event") == "walked_through" { row.text("word").parse().unwrap_or(1) } else { 1 };
    if n < 2 {
        return title.to_owned();
    }
    visit.tr("timeline-and-more", &[("title", title), ("count", &(n - 1).to_string())])
}

/// The first line of a longer text.
pub(super) fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let mut short: String = line.chars().take(140).collect();
    if line.chars().count() > 140 {
        short.push('\u{2026}');
    }
    short
}

fn columns() -> Vec<Column> {
    vec![
        column("day", "field-day", |visit, row| day(visit, row, "day")),
        column("event", "field-event", |visit, row| CellView::text(event(visit, row))),
        column("title", "field-title", |visit, row| match record_href(row) {
            Some(href) => CellView::name(title(visit, row), href),
            None => CellView::text(title(visit, row)),
        }),
        low(column("text", "field-text", |_, row| stated(&first_line(row.text("text"))))),
    ]
}

pub(super) fn of_account(id: &str) -> Filter {
    only("account_id", Operator::Is, id)
}

fn spec(visit: &Visit, frame: &AccountFrame) -> TableSpec {
    TableSpec {
        path: format!("{}/timeline", frame.path()),
        caption: "timeline-title",
        action: Action::ReadBook,
        def: book::timeline(&visit.actor),
        columns: columns(),
        views: vec![
            ("book-view-all", ""),
            ("timeline-view-talks", "f=event&op=is&v=talk&v=review"),
            ("timeline-view-promises", "f=kind&op=is&v=promise&v=expectation"),
        ],
        row_href: Box::new(record_href),
        fixed: vec![of_account(frame.id.as_str())],
    }
}

async fn page(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let frame = account::load(&web, &visit, &id).await?;
    let spec = spec(&visit, &frame);
    let last = newest(&web, &visit, &frame, 1).await?;
    let lead = match last.first() {
        Some(row) => visit.tr("timeline-lead", &[("day", &row.day)]),
        None => visit.t("timeline-lead-none"),
    };
    let own = context! {
        account => frame.view(&visit, "timeline"),
        lead => lead,
        list => table::view(&web, &visit, &spec).await?,
        may_write => visit.may(Action::WriteBook),
    };
    visit.render(frame.page(&visit, "timeline").help("the-book"), "book/timeline.html", own)
}

async fn csv(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let frame = account::load(&web, &visit, &id).await?;
    table::export(&web, &visit, &spec(&visit, &frame), ExportFormat::Csv).await
}

async fn xlsx(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let frame = account::load(&web, &visit, &id).await?;
    table::export(&web, &visit, &spec(&visit, &frame), ExportFormat::Xlsx).await
}

struct Happened {
    day: String,
    event: String,
    title: String,
    href: Option<String>,
    text: String,
}

async fn newest(
    web: &Web,
    visit: &Visit,
    frame: &AccountFrame,
    limit: usize,
) -> Result<Vec<Happened>, Failure> {
    let def = book::timeline(&visit.actor);
    let until = only("day", Operator::AtMost, visit.today.to_string());
    let query =
        ListQuery { filters: vec![of_account(frame.id.as_str()), until], limit, ..ListQuery::default() };
    let found =
        mandate_app::lists::show_list(web.ctx(), &visit.actor, Action::ReadBook, &def, &query).await?;
    let rows = found.rows.iter().map(|row| {
        let row = RowReader::new(&def, row);
        Happened {
            day: row.date("day").map(|on| visit.date(on)).unwrap_or_default(),
            event: event(visit, &row),
            title: title(visit, &row),
            href: record_href(&row),
            text: first_line(row.text("text")),
        }
    });
    Ok(rows.collect())
}

/// What the card on the account's first page shows.
///
/// # Errors
/// [`Failure`] when it cannot be read.
pub(crate) async fn card(web: &Web, visit: &Visit, frame: &AccountFrame) -> Result<Vec<Value>, Failure> {
    let rows = newest(web, visit, frame, ON_THE_CARD).await?;
    let view = |it: Happened| {
        context! {
            day => it.day, event => it.event, title => it.title, href => it.href, text => it.text,
        }
    };
    Ok(rows.into_iter().map(view).collect())
}

/// Everything that happened with accounts, the newest first; filter by `account_id` for one.
#[utoipa::path(get, path = "/timeline", tag = "book", operation_id = "list_timeline",
    params(ListParameters), responses((status = 200, description = "One page", body = Listing), Reading))]
async fn list(
    caller: Caller,
    State(web): State<Web>,
    crate::api::Query(parameters): crate::api::Query<ListParameters>,
) -> ApiResult {
    crate::api::list(&web, &caller, Action::ReadBook, &book::timeline(&caller.actor), &parameters).await
}
