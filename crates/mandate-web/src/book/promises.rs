//! The account's tab "Promises": what was expected, promised, perceived and what is actual, side by side, gaps first.
//!
//! A row is an expectation with the promise that answers it, or a promise nobody is known to expect. A cell says in words what a list
//! of plain columns would spread over a dozen; files have those columns apart.

use axum::extract::{Path, State};
use mandate_app::Action;
use mandate_app::book;
use mandate_app::exchange::ExportFormat;
use mandate_app::listing::{ListQuery, Operator};
use mandate_domain::book::Kind;
use minijinja::context;
use utoipa_axum::routes;

use super::kinds::{choice_text_id, href};
use super::lists::{column, day, hidden, linked, only, stated};
use super::relationship_columns::{choice_column, day_column, linked_column};
use super::timeline::{first_line, of_account};
use crate::access::Routes;
use crate::account::{self, AccountFrame};
use crate::api::{ApiResult, Caller, ListParameters, Listing, Reading};
use crate::failure::{Failure, PageResult};
use crate::frame::Visit;
use crate::state::Web;
use crate::table::{self, CellView, Column, RowReader, TableSpec, field_text_id};

/// What may be missing of a matter, as flags of the list.
pub(super) const GAPS: [&str; 5] = ["not_promised", "no_clause", "no_owner", "overdue", "perceived_worse"];

/// The tab and its files.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/accounts/{id}/promises", Action::ReadBook, page)
        .get("/accounts/{id}/promises.csv", Action::Export, csv)
        .get("/accounts/{id}/promises.xlsx", Action::Export, xlsx)
}

/// The list in the API.
pub(super) fn api_routes() -> Routes {
    Routes::new().api(Action::ReadBook, routes!(list))
}

/// What there is to say, divided by dots; `None` when there is nothing.
pub(super) fn said(parts: impl IntoIterator<Item = Option<String>>) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(" \u{b7} "))
}

fn with(cell: CellView, sub: Option<String>) -> CellView {
    match sub {
        Some(sub) => cell.sub(sub),
        None => cell,
    }
}

/// "By 3 Dec", where a day is stated.
fn by_day(visit: &Visit, row: &RowReader<'_>, field: &str) -> Option<String> {
    row.date(field).map(|on| visit.tr("promises-by-day", &[("day", &visit.date(on))]))
}

fn acknowledged(visit: &Visit, row: &RowReader<'_>) -> String {
    let ours = row.date("acknowledged_by_us_on").is_some();
    let theirs = row.date("acknowledged_by_client_on").is_some();
    visit.t(match (ours, theirs) {
        (true, true) => "promises-acknowledged-both",
        (true, false) => "promises-acknowledged-us",
        (false, true) => "promises-acknowledged-client",
        (false, false) => "promises-acknowledged-nobody",
    })
}

fn expected(visit: &Visit, row: &RowReader<'_>) -> CellView {
    let Some(id) = row.text_or_none("expectation_id") else {
        return CellView::none().sub(visit.t("promises-not-expected"));
    };
    let measure = first_line(row.text("measure"));
    let seen = (!measure.is_empty()).then(|| visit.tr("promises-seen-by", &[("measure", &measure)]));
    let sub = said([
        row.text_or_none("person").map(str::to_owned),
        by_day(visit, row, "expected_by"),
        seen,
        Some(acknowledged(visit, row)),
        row.flag("shown_to_client").then(|| visit.t("promises-shown-to-client")),
    ]);
    let cell = with(CellView::name(row.text("title"), href(Kind::Expectation, id)), sub);
    if row.flag("demo") { cell.tag(visit.t("demo-tag")) } else { cell }
}

fn promised(visit: &Visit, row: &RowReader<'_>) -> CellView {
    let Some(id) = row.text_or_none("promise_id") else { return CellView::none() };
    let clause = match (row.text("contract"), row.text("clause")) {
        ("", _) => visit.t("book-promise-no-clause"),
        (contract, "") => format!("{contract}, {}", visit.t("book-promise-no-clause")),
        (contract, clause) => format!("{contract}, {clause}"),
    };
    let owner = match row.text("delivery_owner") {
        "" => visit.t("book-promise-no-owner"),
        name => visit.tr("promises-delivers", &[("name", name)]),
    };
    let sub = said([
        row.text_or_none("made_by").map(str::to_owned),
        Some(visit.t(&choice_text_id("occasion", row.text("occasion")))),
        row.date("made_on").map(|on| visit.date(on)),
        Some(clause),
        Some(owner),
        by_day(visit, row, "promised_for"),
    ]);
    with(CellView::text(row.text("promise")).link(href(Kind::Promise, id)), sub)
}

/// When both sides last talked about it.
fn talked(visit: &Visit, row: &RowReader<'_>) -> Option<String> {
    row.date("talked_on").map(|on| visit.tr("promises-talked", &[("day", &visit.date(on))]))
}

fn perceived(visit: &Visit, row: &RowReader<'_>) -> CellView {
    let status = match row.text("perceived") {
        "" => return with(CellView::none(), talked(visit, row)),
        "falls_short" => "risk",
        _ => "good",
    };
    let word = visit.t(&choice_text_id("perceived", row.text("perceived")));
    let words = first_line(row.text("perceived_words"));
    let sub = said([Some(words), row.date("perceived_on").map(|on| visit.date(on)), talked(visit, row)]);
    with(CellView::badge(status, word), sub)
}

fn actual(visit: &Visit, row: &RowReader<'_>) -> CellView {
    let state = |field: &str, what: &str| {
        let word = row.text_or_none(field)?;
        Some(format!("{}: {}", visit.t(what), visit.t(&choice_text_id("state", word))))
    };
    let states =
        [state("expectation_state", "timeline-expectation"), state("promise_state", "timeline-promise")];
    let volume = row.integer("volume").zip(row.month("volume_month")).map(|(volume, month)| {
        let (volume, month) = (visit.number(volume), visit.month(month));
        let named = [("volume", volume.as_str()), ("unit", row.text("unit")), ("month", month.as_str())];
        visit.tr("promises-volume", &named)
    });
    let sub = said([
        row.date("settled_on").map(|on| visit.date(on)),
        Some(first_line(row.text("actual"))),
        Some(first_line(row.text("evidence"))),
        volume,
    ]);
    with(CellView::text(said(states).unwrap_or_default()), sub)
}

/// The gaps of a row in words.
pub(super) fn gap_words(visit: &Visit, row: &RowReader<'_>, gaps: &[&str]) -> String {
    let words: Vec<String> =
        gaps.iter().filter(|gap| row.flag(gap)).map(|gap| visit.t(&field_text_id(gap))).collect();
    words.join(", ")
}

fn gaps(visit: &Visit, row: &RowReader<'_>) -> CellView {
    match gap_words(visit, row, &GAPS) {
        words if words.is_empty() => {
            let is_open = |field: &str| row.text_or_none(field) == Some("open");
            // What is over can no longer be mended, whichever way it ended.
            if is_open("expectation_state") || is_open("promise_state") {
                CellView::badge("good", visit.t("promises-no-gap"))
            } else {
                CellView::text(visit.t("promises-settled"))
            }
        }
        words => CellView::badge("risk", words),
    }
}

/// A column of yes or nothing, for files and for who wants it apart.
macro_rules! flag_column {
    ($field:literal, $head:literal) => {
        crate::book::lists::hidden(crate::book::lists::column($field, $head, |visit, row| {
            if row.flag($field) { CellView::text(visit.t("promises-yes")) } else { CellView::none() }
        }))
    };
}
pub(super) use flag_column;

fn columns() -> Vec<Column> {
    vec![
        column("title", "promises-head-expected", expected),
        column("promise", "field-promise", promised),
        column("perceived", "field-perceived", perceived),
        column("actual", "field-actual", actual),
        Column { sort: Some("n_gaps"), ..column("gaps", "promises-head-gaps", gaps) },
        hidden(linked_column!("person", "person_id", "field-person", Kind::Person)),
        hidden(day_column!("stated_on", "field-stated-on")),
        hidden(day_column!("expected_by", "field-expected-by")),
        hidden(column("measure", "field-measure", |_, row| stated(&first_line(row.text("measure"))))),
        hidden(day_column!("acknowledged_by_us_on", "field-acknowledged-by-us-on")),
        hidden(day_column!("acknowledged_by_client_on", "field-acknowledged-by-client-on")),
        hidden(linked_column!("made_by", "made_by_id", "field-made-by", Kind::Person)),
        hidden(day_column!("made_on", "field-made-on")),
        hidden(choice_column!("occasion", "field-occasion")),
        hidden(linked_column!("contract", "contract_id", "field-contract", Kind::Contract)),
        hidden(column("clause", "field-clause", |_, row| stated(row.text("clause")))),
        hidden(linked_column!("delivery_owner", "delivery_owner_id", "field-delivery-owner", Kind::Person)),
        hidden(day_column!("promised_for", "field-promised-for")),
        hidden(column("promise_state", "field-promise-state", |visit, row| {
            state(visit, row, "promise_state")
        })),
        hidden(column("expectation_state", "field-expectation-state", |visit, row| {
            state(visit, row, "expectation_state")
        })),
        hidden(day_column!("settled_on", "field-settled-on")),
        hidden(column("perceived_words", "field-perceived-words", |_, row| {
            stated(&first_line(row.text("perceived_words")))
        })),
        hidden(day_column!("perceived_on", "field-perceived-on")),
        hidden(day_column!("talked_on", "field-talked-on")),
        hidden(column("evidence", "field-evidence", |_, row| stated(&first_line(row.text("evidence"))))),
        flag_column!("shown_to_client", "field-shown-to-client"),
        flag_column!("not_promised", "field-not-promised"),
        flag_column!("no_clause", "field-no-clause"),
        flag_column!("no_owner", "field-no-owner"),
        flag_column!("overdue", "field-overdue"),
        flag_column!("perceived_worse", "field-perceived-worse"),
    ]
}

fn state(visit: &Visit, row: &RowReader<'_>, field: &str) -> CellView {
    match row.text(field) {
        "" => CellView::none(),
        word => CellView::text(visit.t(&choice_text_id("state", word))),
    }
}

fn spec(web: &Web, frame: &AccountFrame) -> TableSpec {
    TableSpec {
        path: format!("{}/promises", frame.path()),
        caption: "promises-caption",
        action: Action::ReadBook,
        def: book::matters(web.ctx()),
        columns: columns(),
        views: vec![
            ("book-view-all", ""),
            ("promises-view-gaps", "f=n_gaps&op=min&v=1"),
            ("promises-view-not-promised", "f=not_promised&op=is&v=1"),
            ("promises-view-falls-short", "f=perceived&op=is&v=falls_short"),
        ],
        row_href: Box::new(|row| {
            let kind = Kind::parse(row.text("kind"))?;
            Some(href(kind, row.key()))
        }),
        fixed: vec![of_account(frame.id.as_str())],
    }
}

/// As the page, with every column, where nobody chose some: a cell's words are no columns of a file.
fn file_spec(web: &Web, frame: &AccountFrame) -> TableSpec {
    let mut spec = spec(web, frame);
    spec.columns.iter_mut().for_each(|column| column.shown = true);
    spec
}

/// How many matters there are, how many have a gap, and which.
async fn sentence(web: &Web, visit: &Visit, spec: &TableSpec) -> Result<(String, String), Failure> {
    let n = async |field: Option<(&str, Operator)>| {
        let mut filters = spec.fixed.clone();
        filters.extend(field.map(|(field, operator)| only(field, operator, "1")));
        let query = ListQuery { filters, limit: 1, ..ListQuery::default() };
        let found =
            mandate_app::lists::show_list(web.ctx(), &visit.actor, spec.action, &spec.def, &query).await?;
        Ok::<i64, Failure>(found.n_rows)
    };
    let all = n(None).await?;
    if all == 0 {
        return Ok((visit.t("promises-lead-none"), String::new()));
    }
    let with_gaps = n(Some(("n_gaps", Operator::AtLeast))).await?;
    let lead = visit.tr("promises-lead", &[("gaps", &with_gaps.to_string()), ("count", &all.to_string())]);
    let mut parts = vec![];
    for gap in GAPS {
        let count = n(Some((gap, Operator::Is))).await?;
        if count > 0 {
            parts.push(format!("{}: {}", visit.t(&field_text_id(gap)), visit.number(count)));
        }
    }
    let rest = if parts.is_empty() { String::new() } else { format!("{}.", parts.join(", ")) };
    Ok((lead, rest))
}

async fn page(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let frame = account::load(&web, &visit, &id).await?;
    let spec = spec(&web, &frame);
    let (lead, rest) = sentence(&web, &visit, &spec).await?;
    let own = context! {
        account => frame.view(&visit, "promises"),
        lead => lead,
        rest => rest,
        list => table::view(&web, &visit, &spec).await?,
        conversation => super::conversation::last(&web, &visit, &frame).await?,
        conversation_href => format!("{}/conversation", frame.path()),
        may_write => visit.may(Action::WriteBook),
    };
    visit.render(frame.page(&visit, "promises").help("promises"), "book/promises.html", own)
}

async fn csv(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let frame = account::load(&web, &visit, &id).await?;
    table::export(&web, &visit, &file_spec(&web, &frame), ExportFormat::Csv).await
}

async fn xlsx(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let frame = account::load(&web, &visit, &id).await?;
    table::export(&web, &visit, &file_spec(&web, &frame), ExportFormat::Xlsx).await
}

/// Expected, promised, perceived and actual side by side, one row a matter, those with most gaps first; filter by `account_id` for
/// one account.
#[utoipa::path(get, path = "/matters", tag = "book", operation_id = "list_matters",
    params(ListParameters), responses((status = 200, description = "One page", body = Listing), Reading))]
async fn list(
    caller: Caller,
    State(web): State<Web>,
    crate::api::Query(parameters): crate::api::Query<ListParameters>,
) -> ApiResult {
    crate::api::list(&web, &caller, Action::ReadBook, &book::matters(web.ctx()), &parameters).await
}
