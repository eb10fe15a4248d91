//! Tables: a list's request read from the URL, and the view of one page of it, for every room alike.
//!
//! The URL holds everything: `sort=-annual_value`, filters as triples `f=tier&op=is&v=key`, columns as `col=name`, and a
//! cursor (`after`/`before`). The same query string gives the same rows as CSV or XLSX. A room gives a [`TableSpec`]: the
//! list, its columns and how a row becomes cells; `components/listing.html` draws it.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use mandate_app::Action;
use mandate_app::exchange::TableFile;
use mandate_app::listing::{Cell, Field, FieldKind, Filter, ListDef, ListPage, ListRow, Operator};
use mandate_domain::book::{CustomField, ID_OF_LINK};
use mandate_domain::{Currency, Instant, Money, Month};
use minijinja::Value;
use serde::Serialize;
use std::sync::Arc;

use crate::book::custom;
use crate::failure::Failure;
use crate::frame::Visit;
use crate::state::Web;
pub use crate::table_export::export;
use crate::table_gone::Asked;
use crate::table_request::{Change, ROWS, TableRequest};
use crate::table_views::{SaveView, SavedViews, ViewLink, told_field, values_text};

/// One column of a table.
pub struct Column {
    /// Its name in the URL; the field it is sorted by when [`Column::sort`] is none.
    pub name: &'static str,
    /// Message id of its head.
    pub head: &'static str,
    /// The field it is sorted by.
    pub sort: Option<&'static str>,
    /// Whether figures stand in it: right-aligned.
    pub numeric: bool,
    /// Whether it is shown without a request.
    pub shown: bool,
    /// Dropped first when the window is narrow.
    pub low: bool,
    /// The class of its cells that says what a phone does: `w-only` leaves them out, `no-head` shows them without it.
    pub phone: &'static str,
    /// The cell of a row.
    pub cell: CellOf,
    /// The custom field it shows, which has head and cell of its own.
    pub custom: Option<Arc<CustomField>>,
    /// The fields it is taken out as, each under its own name; none: the one it is named after or sorted by, under its head.
    pub exported: &'static [&'static str],
}

/// How a row becomes a cell.
pub type CellOf = fn(&Visit, &RowReader<'_>) -> CellView;

/// A column of texts: shown, sorted by the field `name` and taken out under its head.
pub fn column(name: &'static str, head: &'static str, cell: CellOf) -> Column {
    Column {
        name,
        head,
        sort: None,
        numeric: false,
        shown: true,
        low: false,
        phone: "",
        cell,
        custom: None,
        exported: &[],
    }
}

impl Column {
    pub(crate) fn head_text(&self, visit: &Visit) -> String {
        self.custom.as_ref().map_or_else(|| visit.t(self.head), |field| custom::head(visit, field))
    }

    fn view(&self, visit: &Visit, row: &RowReader<'_>) -> CellView {
        match &self.custom {
            Some(field) => custom::cell(visit, field, row),
            None => (self.cell)(visit, row),
        }
    }
}

/// The page that a row opens, if one does.
pub type RowHref = Box<dyn Fn(&RowReader<'_>) -> Option<String> + Send + Sync>;

/// A table of a room.
pub struct TableSpec {
    /// The path of the page, without query.
    pub path: String,
    /// Message id of the caption.
    pub caption: &'static str,
    /// The right it takes.
    pub action: Action,
    /// The list.
    pub def: ListDef,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Built-in views: message id and query string, in which `{me}` is the visitor's person; saved ones stand beside them where nothing is `fixed`.
    pub views: Vec<(&'static str, &'static str)>,
    /// The page a row opens.
    pub row_href: RowHref,
    /// Filters that always hold on this page, such as one account's; not shown, not removable.
    pub fixed: Vec<Filter>,
}

/// Reads a row's cells by the list's field names.
pub struct RowReader<'a> {
    def: &'a ListDef,
    row: &'a ListRow,
}

impl<'a> RowReader<'a> {
    /// A reader of `row`.
    pub fn new(def: &'a ListDef, row: &'a ListRow) -> Self {
        Self { def, row }
    }

    /// The row's key.
    pub fn key(&self) -> &str {
        &self.row.key
    }

    fn cell(&self, name: &str) -> &Cell {
        match self.def.position(name) {
            Some(position) => &self.row.cells[position],
            // A hidden field reads as not stated.
            None => &Cell::Empty,
        }
    }

    /// A text, empty when not stated.
    pub fn text(&self, name: &str) -> &str {
        self.cell(name).text().unwrap_or_default()
    }

    /// A text, if stated.
    pub fn text_or_none(&self, name: &str) -> Option<&str> {
        self.cell(name).text()
    }

    /// An integer, if stated.
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.cell(name).integer()
    }

    /// A flag; not stated is no.
    pub fn flag(&self, name: &str) -> bool {
        self.integer(name) == Some(1)
    }

    /// A civil date, if stated.
    pub fn date(&self, name: &str) -> Option<jiff::civil::Date> {
        self.text_or_none(name).and_then(|text| text.parse().ok())
    }

    /// A month, if stated.
    pub fn month(&self, name: &str) -> Option<Month> {
        self.text_or_none(name).and_then(|text| Month::parse(text).ok())
    }

    /// An instant, if stated.
    pub fn instant(&self, name: &str) -> Option<Instant> {
        self.integer(name).map(Instant::from_microseconds)
    }

    /// An amount: the integer field `name` in the currency named by the text field `currency`.
    pub fn money(&self, name: &str, currency: &str) -> Option<Money> {
        let currency = Currency::stored(self.text(currency)).ok()?;
        self.integer(name).map(|minor| Money::new(minor, currency))
    }
}

/// What stands in a cell.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CellView {
    /// `name`, `text`, `badge`, `spark`, `person`; decides which of the rest are read.
    pub kind: &'static str,
    /// The first line.
    pub text: String,
    /// The second line.
    pub sub: Option<String>,
    /// The colour role of the second line: `good`, `watch`, `risk`.
    pub sub_tone: Option<&'static str>,
    /// Where the first line leads.
    pub href: Option<String>,
    /// A badge's status.
    pub status: Option<&'static str>,
    /// A badge's attribute beside the name.
    pub tag: Option<String>,
    /// A sparkline's points; a missing period is none.
    pub points: Vec<Option<f64>>,
    /// A sparkline's dashed target.
    pub target: Option<f64>,
    /// A figure that matters.
    pub strong: bool,
}

impl CellView {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { kind: "text", text: text.into(), ..Self::default() }
    }

    /// Not stated: a dash.
    pub fn none() -> Self {
        Self::text("\u{2013}")
    }

    /// A figure that matters.
    pub fn figure(text: impl Into<String>) -> Self {
        Self { strong: true, ..Self::text(text) }
    }

    /// The name of the row's record.
    pub fn name(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self { kind: "name", href: Some(href.into()), ..Self::text(text) }
    }

    /// A status with its mark: `good`, `watch`, `risk` or `unknown`.
    pub fn badge(status: &'static str, text: impl Into<String>) -> Self {
        Self { kind: "badge", status: Some(status), ..Self::text(text) }
    }

    /// A sparkline told in words by `text`.
    pub fn spark(points: Vec<Option<f64>>, target: Option<f64>, text: impl Into<String>) -> Self {
        Self { kind: "spark", points, target, ..Self::text(text) }
    }

    /// Adds a second line.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "a second line is no difference")]
    pub fn sub(mut self, text: impl Into<String>) -> Self {
        self.sub = Some(text.into());
        self
    }

    /// Adds a second line in a colour role.
    #[must_use]
    pub fn sub_in(mut self, tone: &'static str, text: impl Into<String>) -> Self {
        self.sub_tone = Some(tone);
        self.sub(text)
    }

    /// Makes the first line lead somewhere.
    #[must_use]
    pub fn link(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// Adds an attribute beside the name.
    #[must_use]
    pub fn tag(mut self, text: impl Into<String>) -> Self {
        self.tag = Some(text.into());
        self
    }
}

#[derive(Serialize)]
struct Choice {
    value: String,
    text: String,
}

#[derive(Serialize)]
struct HeadView {
    name: &'static str,
    text: String,
    numeric: bool,
    low: bool,
    phone: &'static str,
    sort: Option<SortView>,
}

#[derive(Serialize)]
struct SortView {
    href: String,
    dir: &'static str,
}

#[derive(Serialize)]
struct RowView {
    key: String,
    href: Option<String>,
    cells: Vec<CellView>,
}

#[derive(Serialize)]
struct ColumnChoice {
    key: &'static str,
    text: String,
    shown: bool,
}

#[derive(Serialize)]
struct ChipView {
    text: String,
    remove_href: String,
}

#[derive(Serialize)]
struct FilterRow {
    field: String,
    operator: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Kept {
    name: &'static str,
    value: String,
}

#[derive(Serialize)]
struct TableView {
    path: String,
    caption: String,
    heads: Vec<HeadView>,
    rows: Vec<RowView>,
    views: Vec<ViewLink>,
    save: Option<SaveView>,
    reset_href: String,
    fields: Vec<Choice>,
    operators: Vec<Choice>,
    filters: Vec<FilterRow>,
    gone: Vec<String>,
    chips: Vec<ChipView>,
    clear_href: String,
    column_choices: Vec<ColumnChoice>,
    kept_for_filter: Vec<Kept>,
    kept_for_columns: Vec<Kept>,
    csv_href: Option<String>,
    xlsx_href: Option<String>,
    range_text: String,
    order_text: String,
    previous_href: Option<String>,
    next_href: Option<String>,
    n_rows: i64,
    count: Value,
    no_match_text: String,
}

/// The page of `spec` that the visitor's address asks for, as `components/listing.html` draws it.
///
/// # Errors
/// [`Failure`] when the right is missing or the address names a field that is not there.
pub async fn view(web: &Web, visit: &Visit, spec: &TableSpec) -> Result<Value, Failure> {
    view_prepared(web, visit, spec, async |_: &mut ListPage| Ok(())).await
}

/// As [`view`], with rows that `prepare` makes ready before cells are drawn: what a cell needs to look up is looked up
/// there, for all rows at once.
///
/// # Errors
/// As [`view`], and what `prepare` refuses.
pub async fn view_prepared(
    web: &Web,
    visit: &Visit,
    spec: &TableSpec,
    prepare: impl AsyncFnOnce(&mut ListPage) -> Result<(), Failure>,
) -> Result<Value, Failure> {
    let asked = Asked::of(web, visit, &spec.def).await?;
    let query = asked.living.list_query(spec);
    let mut page =
        mandate_app::lists::show_list(web.ctx(), &visit.actor, spec.action, &spec.def, &query).await?;
    prepare(&mut page).await?;
    let saved = SavedViews::load(web, visit, spec).await?;
    Ok(crate::pages::view(draw(visit, spec, &asked, &page, &saved)))
}

/// Where a visitor who asks for the bare list is led: to the view they chose as their default, if they did.
///
/// # Errors
/// [`Failure`] when their views cannot be read.
pub async fn to_default(web: &Web, visit: &Visit, spec: &TableSpec) -> Result<Option<Response>, Failure> {
    if visit.uri.query().is_some_and(|query| !query.is_empty()) {
        return Ok(None);
    }
    let saved = SavedViews::load(web, visit, spec).await?;
    Ok(saved.default_href(spec).map(|href| crate::frame::redirect(&href)))
}

/// A file to save.
pub fn download(file: TableFile) -> Response {
    let name = format!("attachment; filename=\"{}\"", file.name.replace(['"', '\\'], ""));
    let disposition = HeaderValue::from_str(&name).unwrap_or_else(|_| HeaderValue::from_static("attachment"));
    let kind = HeaderValue::from_static(file.content_type);
    ([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, disposition)], file.bytes).into_response()
}

pub(crate) fn shown<'a>(spec: &'a TableSpec, request: &TableRequest) -> Vec<&'a Column> {
    let chosen: Vec<&Column> = request
        .columns
        .iter()
        .filter_map(|name| spec.columns.iter().find(|column| column.name == name))
        .collect();
    if chosen.is_empty() { spec.columns.iter().filter(|column| column.shown).collect() } else { chosen }
}

fn draw(visit: &Visit, spec: &TableSpec, asked: &Asked, page: &ListPage, saved: &SavedViews) -> TableView {
    let Asked { request, living, gone } = asked;
    let columns = shown(spec, living);
    // The bare address would lead to the default view, if there is one.
    let bare = saved.bare_href(spec);
    let here = |change: Change<'_>| {
        let query = request.query_string(&change);
        if query.is_empty() { bare.clone() } else { format!("{}?{query}", spec.path) }
    };
    let rows = page.rows.iter().map(|row| {
        let reader = RowReader::new(&spec.def, row);
        RowView {
            key: row.key.clone(),
            href: (spec.row_href)(&reader),
            cells: columns.iter().map(|it| it.view(visit, &reader)).collect(),
        }
    });
    let n_shown = i64::try_from(page.rows.len()).unwrap_or(0);
    let limit = i64::try_from(request.rows.unwrap_or(ROWS)).unwrap_or(i64::MAX);
    let start = if page.previous.is_none() { 0 } else { request.page_start };
    let export = |ending: &str| {
        let query = living.query_string(&Change::Nothing);
        visit.may(Action::Export).then(|| format!("{}.{ending}?{query}", spec.path))
    };
    let count = count(visit, page);
    let from = if n_shown == 0 { start } else { start + 1 };
    TableView {
        caption: visit.t(spec.caption),
        heads: heads(visit, spec, living, &columns, &here),
        rows: rows.collect(),
        views: saved.links(visit, spec, request),
        save: saved.save(visit, spec, (request, living)),
        fields: filter_fields(visit, spec, request),
        operators: operators(visit),
        filters: filter_rows(living),
        gone: gone.clone(),
        chips: chips(visit, spec, request, &here),
        clear_href: here(Change::NoFilters),
        column_choices: column_choices(visit, spec, &columns),
        kept_for_filter: kept(request, false),
        kept_for_columns: kept(request, true),
        csv_href: export("csv"),
        xlsx_href: export("xlsx"),
        range_text: visit.tr(
            "table-range",
            &[
                ("from", &from.to_string()),
                ("to", &(start + n_shown).to_string()),
                ("count", &count.to_string()),
            ],
        ),
        order_text: order_text(visit, spec, living),
        previous_href: page.previous.as_ref().map(|it| here(Change::Cursor(it, (start - limit).max(0)))),
        next_href: page.next.as_ref().map(|it| here(Change::Cursor(it, start + n_shown))),
        n_rows: page.n_rows,
        count,
        no_match_text: visit.tr("table-no-match", &[("count", &request.filters.len().to_string())]),
        path: spec.path.clone(),
        reset_href: bare,
    }
}

fn operators(visit: &Visit) -> Vec<Choice> {
    let choice =
        |word: &str| Choice { value: word.to_owned(), text: visit.t(&format!("table-operator-{word}")) };
    Operator::ALL.iter().map(|(_, word)| choice(word)).collect()
}

fn filter_rows(request: &TableRequest) -> Vec<FilterRow> {
    let row = |filter: &Filter, value: &String| FilterRow {
        field: filter.field.clone(),
        operator: filter.operator.word(),
        value: value.clone(),
    };
    request
        .filters
        .iter()
        .flat_map(|filter| filter.values.iter().map(move |value| row(filter, value)))
        .collect()
}

/// The number of rows, or a text like `10,000+` where counting stopped.
fn count(visit: &Visit, page: &ListPage) -> Value {
    if page.counted_all { page.n_rows.into() } else { format!("{}+", visit.number(page.n_rows)).into() }
}

/// In what order the rows stand, also where the column is not shown.
fn order_text(visit: &Visit, spec: &TableSpec, request: &TableRequest) -> String {
    let order = request.order(&spec.def);
    let id = if order.descending { "table-order-falling" } else { "table-order" };
    visit.tr(id, &[("field", &field_text(visit, spec, &order.field))])
}

fn heads(
    visit: &Visit,
    spec: &TableSpec,
    request: &TableRequest,
    columns: &[&Column],
    here: &dyn Fn(Change<'_>) -> String,
) -> Vec<HeadView> {
    let active = request.order(&spec.def);
    let sort_of = |column: &Column| {
        let field = column.sort.unwrap_or(column.name);
        spec.def.field(field).filter(|it| it.sortable)?;
        let is_active = active.field == field;
        // Figures are wanted largest first, names from A.
        let descending = if is_active { !active.descending } else { column.numeric };
        let href = here(Change::Sort(&format!("{}{field}", if descending { "-" } else { "" })));
        let dir = match (is_active, active.descending) {
            (false, _) => "none",
            (true, false) => "ascending",
            (true, true) => "descending",
        };
        Some(SortView { href, dir })
    };
    columns
        .iter()
        .map(|column| HeadView {
            name: column.name,
            text: column.head_text(visit),
            numeric: column.numeric,
            low: column.low,
            phone: column.phone,
            sort: sort_of(column),
        })
        .collect()
}

/// The message id of a field's name: `field-annual-value`.
pub fn field_text_id(name: &str) -> String {
    format!("field-{}", name.replace('_', "-"))
}

fn field_text(visit: &Visit, spec: &TableSpec, name: &str) -> String {
    let whose = name.strip_suffix(ID_OF_LINK).unwrap_or(name);
    let column = spec.columns.iter().find(|column| column.custom.is_some() && column.name == whose);
    column.map_or_else(|| visit.t(&field_text_id(name)), |column| column.head_text(visit))
}

fn filter_fields(visit: &Visit, spec: &TableSpec, request: &TableRequest) -> Vec<Choice> {
    let choice =
        |field: &Field| Choice { value: field.name.to_owned(), text: field_text(visit, spec, field.name) };
    // Ids are for links; people filter by the name beside them. The firm's own ids they know, and what is filtered by stays.
    let is_asked = |field: &Field| request.filters.iter().any(|filter| filter.field == field.name);
    let is_told = |field: &Field| field.kind != FieldKind::Reference || field.name == "external_id";
    let is_offered = |field: &&Field| field.filterable && (is_told(field) || is_asked(field));
    spec.def.fields.iter().filter(is_offered).map(choice).collect()
}

fn chips(
    visit: &Visit,
    spec: &TableSpec,
    request: &TableRequest,
    here: &dyn Fn(Change<'_>) -> String,
) -> Vec<ChipView> {
    let text = |filter: &Filter| {
        let known = spec.def.field(&filter.field).is_some();
        let field =
            if known { field_text(visit, spec, told_field(visit, filter)) } else { filter.field.clone() };
        let operator = visit.t(&format!("table-operator-{}", filter.operator.word()));
        format!("{field} {operator} {}", values_text(visit, filter)).trim_end().to_owned()
    };
    let chip = |(idx, filter)| ChipView { text: text(filter), remove_href: here(Change::WithoutFilter(idx)) };
    request.filters.iter().enumerate().map(chip).collect()
}

fn column_choices(visit: &Visit, spec: &TableSpec, columns: &[&Column]) -> Vec<ColumnChoice> {
    let hidden = spec.columns.iter().filter(|column| !columns.iter().any(|it| it.name == column.name));
    let choice =
        |column: &Column, shown| ColumnChoice { key: column.name, text: column.head_text(visit), shown };
    columns
        .iter()
        .map(|column| choice(column, true))
        .chain(hidden.map(|column| choice(column, false)))
        .collect()
}

fn kept(request: &TableRequest, with_filters: bool) -> Vec<Kept> {
    let mut kept = vec![];
    if with_filters {
        for filter in &request.filters {
            for value in &filter.values {
                kept.push(Kept { name: "f", value: filter.field.clone() });
                kept.push(Kept { name: "op", value: filter.operator.word().to_owned() });
                kept.push(Kept { name: "v", value: value.clone() });
            }
        }
    } else {
        kept.extend(request.columns.iter().map(|column| Kept { name: "col", value: column.clone() }));
    }
    if let Some(sort) = &request.sort {
        let value = format!("{}{}", if sort.descending { "-" } else { "" }, sort.field);
        kept.push(Kept { name: "sort", value });
    }
    kept.extend(request.view.iter().map(|view| Kept { name: "view", value: view.clone() }));
    kept
}
