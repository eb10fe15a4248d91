//! The lists of the book's kinds of record; the columns of the newer kinds stand in files of their own.

use axum::extract::State;
use jiff::ToSpan;
use mandate_app::Action;
use mandate_app::book::{self, BookError};
use mandate_app::exchange::ExportFormat;
use mandate_app::listing::{Filter, ListDef, ListQuery, Operator, Sort};
use mandate_domain::Purpose;
use mandate_domain::book::{Kind, PersonRole};
use minijinja::context;

use super::custom;
use super::kinds::{choice_text_id, home, href, kind_text_id, role_text};
use crate::failure::{Failure, PageResult};
use crate::frame::{Page, Visit};
use crate::state::Web;
pub(super) use crate::table::column;
use crate::table::{self, CellView, Column, RowReader, TableSpec};

/// Days ahead at which a list of contracts counts what renews and ends.
const COMING_DAYS: i32 = 180;

pub(super) fn low(column: Column) -> Column {
    Column { low: true, ..column }
}

pub(super) fn hidden(column: Column) -> Column {
    Column { shown: false, ..column }
}

pub(super) fn figure(column: Column) -> Column {
    Column { numeric: true, ..column }
}

pub(super) fn stated(text: &str) -> CellView {
    if text.is_empty() { CellView::none() } else { CellView::text(text) }
}

/// A name that leads to the record whose id stands in `id_field`.
pub(super) fn linked(row: &RowReader<'_>, field: &str, id_field: &str, kind: Kind) -> CellView {
    match row.text_or_none(id_field) {
        Some(id) if !row.text(field).is_empty() => CellView::text(row.text(field)).link(href(kind, id)),
        _ => CellView::none(),
    }
}

pub(super) fn day(visit: &Visit, row: &RowReader<'_>, field: &str) -> CellView {
    row.date(field).map_or_else(CellView::none, |day| CellView::text(visit.date(day)))
}

pub(super) fn count(visit: &Visit, row: &RowReader<'_>, field: &str) -> CellView {
    row.integer(field).map_or_else(CellView::none, |count| CellView::text(visit.number(count)))
}

/// A notice period, in days or in months.
fn notice(visit: &Visit, row: &RowReader<'_>) -> CellView {
    let told =
        |id: &str, number: i64| CellView::text(visit.tr(id, &[("count", number.to_string().as_str())]));
    match (row.integer("notice_days"), row.integer("notice_months")) {
        (Some(days), _) => told("book-notice-days", days),
        (None, Some(months)) => told("book-notice-months", months),
        (None, None) => CellView::none(),
    }
}

/// The name with its path, and the demo mark.
pub(super) fn name(visit: &Visit, row: &RowReader<'_>, kind: Kind, field: &str, sub: String) -> CellView {
    let cell = CellView::name(row.text(field), href(kind, row.key()));
    let cell = if sub.is_empty() { cell } else { cell.sub(sub) };
    if row.flag("demo") { cell.tag(visit.t("demo-tag")) } else { cell }
}

pub(super) fn external_id() -> Column {
    hidden(column("external_id", "field-external-id", |_, row| stated(row.text("external_id"))))
}

pub(super) fn people() -> Vec<Column> {
    vec![
        column("name", "field-name", |visit, row| {
            // A title that stands for the role is not said twice.
            let sub = if row.text("role") == PersonRole::Other.as_str() { "" } else { row.text("job_title") };
            name(visit, row, Kind::Person, "name", sub.to_owned())
        }),
        Column {
            exported: &["role", "job_title"],
            ..column("role", "field-role", |visit, row| {
                let role = PersonRole::parse(row.text("role")).unwrap_or(PersonRole::Other);
                CellView::text(role_text(visit, role, row.text("job_title")))
            })
        },
        column("account", "field-account", |_, row| linked(row, "account", "account_id", Kind::Account)),
        low(column("team", "field-team", |_, row| linked(row, "team", "team_id", Kind::Team))),
        low(column("email", "field-email", |_, row| match row.text("email") {
            "" => CellView::none(),
            email => CellView::text(email).link(format!("mailto:{email}")),
        })),
        low(figure(column("n_known", "field-n-known", |visit, row| count(visit, row, "n_known")))),
        hidden(column("last_contact_on", "field-last-contact-on", |visit, row| {
            day(visit, row, "last_contact_on")
        })),
        hidden(column("left_on", "field-left-on", |visit, row| day(visit, row, "left_on"))),
        hidden(column("authority", "field-authority", |_, row| stated(row.text("authority")))),
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
        Column {
            sort: Some("notice_on"),
            exported: &["notice_days", "notice_months"],
            ..column("notice_days", "field-notice-period", notice)
        },
        hidden(figure(column("notice_months", "field-notice-months", |visit, row| {
            count(visit, row, "notice_months")
        }))),
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

fn columns(visit: &Visit, kind: Kind) -> Vec<Column> {
    use super::{commercial_columns as commercial, relationship_columns as relationship};
    match kind {
        Kind::Person => people(),
        Kind::Contract => contracts(),
        Kind::Product => products(),
        Kind::LineOfBusiness => lines_of_business(),
        Kind::Team | Kind::Account | Kind::ContractLine => teams(),
        Kind::ListPrice => commercial::list_prices(),
        Kind::ExchangeRate => commercial::exchange_rates(),
        Kind::Amendment => commercial::amendments(),
        Kind::Opportunity => commercial::opportunities(),
        Kind::Actual => commercial::actuals(visit.clearance().has(Purpose::Cost)),
        Kind::Stake => relationship::stakes(),
        Kind::Expertise => relationship::expertise(),
        Kind::CareerStep => relationship::career_steps(),
        Kind::Acquaintance => relationship::acquaintances(),
        Kind::Expectation => relationship::expectations(),
        Kind::Promise => relationship::promises(),
        Kind::Communication => relationship::communications(),
        Kind::Review => relationship::reviews(),
    }
}

fn views(kind: Kind) -> Vec<(&'static str, &'static str)> {
    match kind {
        Kind::Person => vec![
            ("book-view-everyone", ""),
            ("book-view-clients", "f=side&op=is&v=client"),
            ("book-view-ours", "f=side&op=is&v=provider"),
        ],
        Kind::Contract => vec![
            ("book-view-all-contracts", ""),
            ("book-view-masters", "f=kind&op=is&v=master"),
            ("book-view-work", "f=kind&op=is&v=statement_of_work"),
        ],
        other => super::relationship_columns::views(other),
    }
}

pub(super) async fn spec(web: &Web, visit: &Visit, kind: Kind) -> Result<TableSpec, Failure> {
    let home = home(kind);
    let fields = book::custom_fields(web.ctx(), &visit.actor, kind).await?;
    let own = columns(visit, kind).into_iter();
    let mut def = book::list_with_custom(web.ctx(), &visit.actor, kind).await.map_err(BookError::from)?;
    // Contracts of which none states a renewal stand by title: else their order would be nobody's.
    if kind == Kind::Contract && is_stated_nowhere(web, visit, &def, "renews_on").await? {
        def.default_sort = Sort { field: "title".to_owned(), descending: false };
    }
    Ok(TableSpec {
        path: home.path.to_owned(),
        caption: home.title,
        action: Action::ReadBook,
        def,
        columns: own.chain(custom::columns(&fields)).chain([crate::tags::column()]).collect(),
        views: views(kind),
        row_href: Box::new(move |row| Some(href(kind, row.key()))),
        fixed: vec![],
    })
}

/// A filter of one value.
pub(super) fn only(field: &str, operator: Operator, value: impl Into<String>) -> Filter {
    Filter { field: field.to_owned(), operator, values: vec![value.into()] }
}

/// Whether no record of `def` that the reader may see states `field`.
async fn is_stated_nowhere(web: &Web, visit: &Visit, def: &ListDef, field: &str) -> Result<bool, Failure> {
    let filters = vec![only(field, Operator::IsNotEmpty, "1")];
    let query = ListQuery { filters, limit: 1, ..ListQuery::default() };
    let found = mandate_app::lists::show_list(web.ctx(), &visit.actor, Action::ReadBook, def, &query).await?;
    Ok(found.rows.is_empty())
}

/// How many records of a kind match, as sentences say it: `10,000+` where counting stopped.
pub(super) async fn n_matching(
    web: &Web,
    visit: &Visit,
    kind: Kind,
    filters: Vec<Filter>,
) -> Result<String, Failure> {
    n_of(web, visit, &book::list(web.ctx(), &visit.actor, kind), filters).await
}

async fn n_of(web: &Web, visit: &Visit, def: &ListDef, filters: Vec<Filter>) -> Result<String, Failure> {
    let query = ListQuery { filters, ..ListQuery::default() };
    let (n_rows, is_all) =
        mandate_app::lists::count_list(web.ctx(), &visit.actor, Action::ReadBook, def, &query).await?;
    Ok(if is_all { n_rows.to_string() } else { format!("{}+", visit.number(n_rows)) })
}

/// What the list says first: how many there are, and what of them asks for something.
async fn sentence(web: &Web, visit: &Visit, kind: Kind) -> Result<(String, String), Failure> {
    let all = n_matching(web, visit, kind, vec![]).await?;
    let lead = visit.tr(&kind_text_id(kind, "count"), &[("count", &all)]);
    let filters = match kind {
        Kind::Person => vec![only("side", Operator::Is, "client")],
        Kind::Contract => return Ok((lead, coming(web, visit).await?)),
        Kind::Product => vec![only("product_manager", Operator::IsEmpty, "1")],
        Kind::LineOfBusiness => vec![only("head", Operator::IsEmpty, "1")],
        Kind::Team | Kind::Account | Kind::ContractLine => vec![only("lead", Operator::IsEmpty, "1")],
        other => super::relationship_columns::asking(visit, other),
    };
    let some = n_matching(web, visit, kind, filters).await?;
    Ok((lead, visit.tr(&kind_text_id(kind, "rest"), &[("count", &some)])))
}

/// How many contracts renew and how many end soon.
async fn coming(web: &Web, visit: &Visit) -> Result<String, Failure> {
    let (def, until) = (book::contract_dates(web.ctx()), visit.today.saturating_add(COMING_DAYS.days()));
    let within = |what: &str| {
        let from = only("day", Operator::AtLeast, visit.today.to_string());
        vec![only("what", Operator::Is, what), from, only("day", Operator::AtMost, until.to_string())]
    };
    let renewing = n_of(web, visit, &def, within("renews")).await?;
    let rest = visit.tr(&kind_text_id(Kind::Contract, "rest"), &[("count", &renewing)]);
    let ending = n_of(web, visit, &def, within("ends")).await?;
    Ok(if ending == "0" {
        rest
    } else {
        format!("{rest} {}", visit.tr("book-contract-ending", &[("count", &ending)]))
    })
}

/// The list's page.
pub(super) async fn page(kind: Kind, State(web): State<Web>, visit: Visit) -> PageResult {
    let spec = spec(&web, &visit, kind).await?;
    if let Some(default) = table::to_default(&web, &visit, &spec).await? {
        return Ok(default);
    }
    let (lead, rest) = sentence(&web, &visit, kind).await?;
    let list = table::view(&web, &visit, &spec).await?;
    let title = visit.t(spec.caption);
    let own = context! {
        title => title.clone(),
        lead => lead,
        rest => rest,
        list => list,
        new_href => format!("{}/new", home(kind).path),
        new_text => visit.t(&kind_text_id(kind, "add")),
        import_href => format!("/import?kind={}", kind.plural()),
        may_write => visit.may(Action::WriteBook),
        may_import => visit.may(Action::Import),
        may_trash => visit.may(Action::TrashBook),
        handover_href => (kind == Kind::Promise).then_some("/promises/handover"),
        duplicates_href => (kind == Kind::Person).then_some("/duplicates?kind=people"),
        empty_title => visit.t(&kind_text_id(kind, "empty")),
        empty_text => visit.t(&kind_text_id(kind, "empty-text")),
        empty_example => visit.t(&kind_text_id(kind, "empty-example")),
        icon => home(kind).icon,
        bulk => super::bulk::bar(&visit, Some(kind)),
    };
    visit.render(Page::new(title, home(kind).nav).help(home(kind).guide), "book/list.html", own)
}

/// Every matching row as CSV.
pub(super) async fn csv(kind: Kind, State(web): State<Web>, visit: Visit) -> PageResult {
    table::export(&web, &visit, &spec(&web, &visit, kind).await?, ExportFormat::Csv).await
}

/// Every matching row as a spreadsheet.
pub(super) async fn xlsx(kind: Kind, State(web): State<Web>, visit: Visit) -> PageResult {
    table::export(&web, &visit, &spec(&web, &visit, kind).await?, ExportFormat::Xlsx).await
}
