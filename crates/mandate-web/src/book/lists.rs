//! The lists of people, contracts, products, lines of business and teams.

use axum::extract::State;
use mandate_app::Action;
use mandate_app::book;
use mandate_app::exchange::ExportFormat;
use mandate_app::listing::{Filter, ListQuery, Operator};
use mandate_domain::book::Kind;
use minijinja::context;

use super::kinds::{PageRecord, choice_text_id, href, kind_text_id};
use crate::failure::{Failure, PageResult};
use crate::frame::{Page, Visit};
use crate::state::Web;
use crate::table::{self, CellView, Column, RowReader, TableSpec};

type CellOf = fn(&Visit, &RowReader<'_>) -> CellView;

fn column(name: &'static str, head: &'static str, cell: CellOf) -> Column {
    Column { name, head, sort: None, numeric: false, shown: true, low: false, cell }
}

fn low(column: Column) -> Column {
    Column { low: true, ..column }
}

fn hidden(column: Column) -> Column {
    Column { shown: false, ..column }
}

fn figure(column: Column) -> Column {
    Column { numeric: true, ..column }
}

fn stated(text: &str) -> CellView {
    if text.is_empty() { CellView::none() } else { CellView::text(text) }
}

/// A name that leads to the record whose id stands in `id_field`.
fn linked(row: &RowReader<'_>, field: &str, id_field: &str, kind: Kind) -> CellView {
    match row.text_or_none(id_field) {
        Some(id) if !row.text(field).is_empty() => CellView::text(row.text(field)).link(href(kind, id)),
        _ => CellView::none(),
    }
}

fn day(visit: &Visit, row: &RowReader<'_>, field: &str) -> CellView {
    row.date(field).map_or_else(CellView::none, |day| CellView::text(visit.date(day)))
}

fn count(visit: &Visit, row: &RowReader<'_>, field: &str) -> CellView {
    row.integer(field).map_or_else(CellView::none, |count| CellView::text(visit.number(count)))
}

/// The name with its path, and the demo mark.
fn name(visit: &Visit, row: &RowReader<'_>, kind: Kind, field: &str, sub: String) -> CellView {
    let cell = CellView::name(row.text(field), href(kind, row.key()));
    let cell = if sub.is_empty() { cell } else { cell.sub(sub) };
    if row.flag("demo") { cell.tag(visit.t("demo-tag")) } else { cell }
}

fn external_id() -> Column {
    hidden(column("external_id", "field-external-id", |_, row| stated(row.text("external_id"))))
}

pub(super) fn people() -> Vec<Column> {
    vec![
        column("name", "field-name", |visit, row| {
            name(visit, row, Kind::Person, "name", row.text("job_title").to_owned())
        }),
        column("role", "field-role", |visit, row| {
            CellView::text(visit.t(&choice_text_id("role", row.text("role"))))
        }),
        column("account", "field-account", |_, row| linked(row, "account", "account_id", Kind::Account)),
        low(column("team", "field-team", |_, row| linked(row, "team", "team_id", Kind::Team))),
        low(column("email", "field-email", |_, row| match row.text("email") {
            "" => CellView::none(),
            email => CellView::text(email).link(format!("mailto:{email}")),
        })),
        hidden(column("phone", "field-phone", |_, row| stated(row.text("phone")))),
        external_id(),
        column("side", "field-side", |visit, row| {
            CellView::text(visit.t(&choice_text_id("side", row.text("side"))))
        }),
    ]
}

pub(super) fn contracts() -> Vec<Column> {
    vec![
        column("title", "field-title", |visit, row| {
            let kind = visit.t(&choice_text_id("kind", row.text("kind")));
            name(visit, row, Kind::Contract, "title", kind)
        }),
        column("account", "field-account", |_, row| linked(row, "account", "account_id", Kind::Account)),
        low(column("starts_on", "field-starts-on", |visit, row| day(visit, row, "starts_on"))),
        low(column("ends_on", "field-ends-on", |visit, row| day(visit, row, "ends_on"))),
        column("renews_on", "field-renews-on", |visit, row| match row.date("renews_on") {
            Some(on) if on < visit.today => {
                CellView::text(visit.date(on)).sub_in("risk", visit.t("book-date-passed"))
            }
            _ => day(visit, row, "renews_on"),
        }),
        figure(column("notice_days", "field-notice-days", |visit, row| count(visit, row, "notice_days"))),
        hidden(column("price_change_on", "field-price-change-on", |visit, row| {
            day(visit, row, "price_change_on")
        })),
        figure(column("n_lines", "field-n-lines", |visit, row| count(visit, row, "n_lines"))),
        hidden(column("currency", "field-currency", |_, row| stated(row.text("currency")))),
        external_id(),
    ]
}

fn products() -> Vec<Column> {
    vec![
        column("name", "field-name", |visit, row| {
            name(visit, row, Kind::Product, "name", visit.tr("book-per-unit", &[("unit", row.text("unit"))]))
        }),
        column("product_manager", "field-product-manager", |_, row| {
            linked(row, "product_manager", "product_manager_id", Kind::Person)
        }),
        column("line_of_business", "field-line-of-business", |_, row| {
            linked(row, "line_of_business", "line_of_business_id", Kind::LineOfBusiness)
        }),
        external_id(),
    ]
}

fn lines_of_business() -> Vec<Column> {
    vec![
        column("name", "field-name", |visit, row| {
            name(visit, row, Kind::LineOfBusiness, "name", String::new())
        }),
        column("head", "field-head", |_, row| linked(row, "head", "head_id", Kind::Person)),
        figure(column("n_teams", "field-n-teams", |visit, row| count(visit, row, "n_teams"))),
        figure(column("n_products", "field-n-products", |visit, row| count(visit, row, "n_products"))),
        external_id(),
    ]
}

fn teams() -> Vec<Column> {
    vec![
        column("name", "field-name", |visit, row| name(visit, row, Kind::Team, "name", String::new())),
        column("line_of_business", "field-line-of-business", |_, row| {
            linked(row, "line_of_business", "line_of_business_id", Kind::LineOfBusiness)
        }),
        column("lead", "field-lead", |_, row| linked(row, "lead", "lead_id", Kind::Person)),
        figure(column("n_people", "field-n-people", |visit, row| count(visit, row, "n_people"))),
        external_id(),
    ]
}

pub(super) fn spec<R: PageRecord>(web: &Web, visit: &Visit) -> TableSpec {
    let (columns, views, caption) = match R::KIND {
        Kind::Person => (
            people(),
            vec![
                ("book-view-everyone", ""),
                ("book-view-clients", "f=side&op=is&v=client"),
                ("book-view-ours", "f=side&op=is&v=provider"),
            ],
            "nav-people",
        ),
        Kind::Contract => (
            contracts(),
            vec![
                ("book-view-all-contracts", ""),
                ("book-view-masters", "f=kind&op=is&v=master"),
                ("book-view-work", "f=kind&op=is&v=statement_of_work"),
            ],
            "nav-contracts",
        ),
        Kind::Product => (products(), vec![], "nav-products"),
        Kind::LineOfBusiness => (lines_of_business(), vec![], "nav-lines-of-business"),
        Kind::Team | Kind::Account | Kind::ContractLine => (teams(), vec![], "nav-teams"),
    };
    TableSpec {
        path: R::PATH.to_owned(),
        caption,
        action: Action::ReadBook,
        def: book::list(web.ctx(), &visit.actor, R::KIND),
        columns,
        views,
        row_href: match R::KIND {
            Kind::Person => |row| Some(href(Kind::Person, row.key())),
            Kind::Contract => |row| Some(href(Kind::Contract, row.key())),
            Kind::Product => |row| Some(href(Kind::Product, row.key())),
            Kind::LineOfBusiness => |row| Some(href(Kind::LineOfBusiness, row.key())),
            Kind::Team | Kind::Account | Kind::ContractLine => |row| Some(href(Kind::Team, row.key())),
        },
        fixed: vec![],
    }
}

/// A filter of one value.
pub(super) fn only(field: &str, operator: Operator, value: impl Into<String>) -> Filter {
    Filter { field: field.to_owned(), operator, values: vec![value.into()] }
}

/// How many records of a kind match.
pub(super) async fn n_matching(
    web: &Web,
    visit: &Visit,
    kind: Kind,
    filters: Vec<Filter>,
) -> Result<i64, Failure> {
    let def = book::list(web.ctx(), &visit.actor, kind);
    let query = ListQuery { filters, limit: 1, ..ListQuery::default() };
    let page = mandate_app::lists::show_list(web.ctx(), &visit.actor, Action::ReadBook, &def, &query).await?;
    Ok(page.n_rows)
}

/// What the list says first: how many there are, and what of them asks for something.
async fn sentence<R: PageRecord>(web: &Web, visit: &Visit) -> Result<(String, String), Failure> {
    let all = n_matching(web, visit, R::KIND, vec![]).await?;
    let lead = visit.tr(&kind_text_id(R::KIND, "count"), &[("count", &all.to_string())]);
    let (filters, id) = match R::KIND {
        Kind::Person => (vec![only("side", Operator::Is, "client")], "rest"),
        Kind::Contract => {
            let until = visit.today.saturating_add(jiff::Span::new().days(180));
            let from = only("renews_on", Operator::AtLeast, visit.today.to_string());
            (vec![from, only("renews_on", Operator::AtMost, until.to_string())], "rest")
        }
        Kind::Product => (vec![only("product_manager", Operator::IsEmpty, "1")], "rest"),
        Kind::LineOfBusiness => (vec![only("head", Operator::IsEmpty, "1")], "rest"),
        Kind::Team | Kind::Account | Kind::ContractLine => {
            (vec![only("lead", Operator::IsEmpty, "1")], "rest")
        }
    };
    let some = n_matching(web, visit, R::KIND, filters).await?;
    let rest = visit.tr(&kind_text_id(R::KIND, id), &[("count", &some.to_string())]);
    Ok((lead, rest))
}

/// The list's page.
pub(super) async fn page<R: PageRecord>(State(web): State<Web>, visit: Visit) -> PageResult {
    let spec = spec::<R>(&web, &visit);
    if let Some(default) = table::to_default(&web, &visit, &spec).await? {
        return Ok(default);
    }
    let (lead, rest) = sentence::<R>(&web, &visit).await?;
    let list = table::view(&web, &visit, &spec).await?;
    let title = visit.t(spec.caption);
    let own = context! {
        title => title.clone(),
        lead => lead,
        rest => rest,
        list => list,
        new_href => format!("{}/new", R::PATH),
        new_text => visit.t(&kind_text_id(R::KIND, "add")),
        import_href => format!("/import?kind={}", R::KIND.plural()),
        may_write => visit.may(Action::WriteBook),
        may_import => visit.may(Action::Import),
        may_trash => visit.may(Action::TrashBook),
        duplicates_href => (R::KIND == Kind::Person).then_some("/duplicates?kind=people"),
        empty_title => visit.t(&kind_text_id(R::KIND, "empty")),
        empty_text => visit.t(&kind_text_id(R::KIND, "empty-text")),
        empty_example => visit.t(&kind_text_id(R::KIND, "empty-example")),
        icon => R::ICON,
    };
    visit.render(Page::new(title, R::NAV).help(R::GUIDE), "book/list.html", own)
}

/// Every matching row as CSV.
pub(super) async fn csv<R: PageRecord>(State(web): State<Web>, visit: Visit) -> PageResult {
    table::export(&web, &visit, &spec::<R>(&web, &visit), ExportFormat::Csv).await
}

/// Every matching row as a spreadsheet.
pub(super) async fn xlsx<R: PageRecord>(State(web): State<Web>, visit: Visit) -> PageResult {
    table::export(&web, &visit, &spec::<R>(&web, &visit), ExportFormat::Xlsx).await
}
