//! Lists: filter, sort and page by key over a fixed set of fields; one mechanism under pages, API and exports.
//!
//! A list is a [`ListDef`]: constant SQL and its fields. A [`ListQuery`] comes from a URL and can only name those
//! fields, so no text of a reader becomes SQL. Paging goes by the sort value and the key of the last row, never by
//! offset. Hidden fields cannot be filtered or sorted by: a field that a reader may not see is taken out of the def first.

use mandate_domain::Currency;

pub use super::list_beside::{Beside, custom_fields, with_version_beside};
use super::list_operator::{Conditions, add_filter, bound};
pub use super::list_operator::{Filter, Operator};
use super::list_scope::within;
use super::list_through::{ByName, by_name};
pub use super::list_through::{Named, Order as OrderThrough, Through};
use super::{MadeBy, Reader, Scope, list_beside};
use crate::db::{ReadTx, Row, StoreError, Value};

/// What a field holds, which decides its filters and how cells are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Text; filters compare folded text (`sort_sql` names the folded column when there is one).
    Text,
    /// One of a few words; filters compare equal.
    Choice,
    /// A whole number.
    Integer,
    /// Minor units of the row's currency.
    Money,
    /// Basis points: 9,634 is 96.34 %.
    BasisPoints,
    /// Seconds.
    Duration,
    /// A civil date.
    Date,
    /// An instant in microseconds.
    Instant,
    /// 0 or 1.
    Flag,
    /// A number with so many decimals, scaled by them.
    Decimal(u8),
    /// Minor units of this currency, whatever the row's.
    Amount(Currency),
    /// The id of another record.
    Reference,
    /// Tags, asked for one by one: [`super::list_tags`].
    Tags,
}

impl FieldKind {
    /// Whether values are integers in SQL (else text).
    pub const fn is_integer(self) -> bool {
        matches!(
            self,
            Self::Integer
                | Self::Money
                | Self::BasisPoints
                | Self::Duration
                | Self::Instant
                | Self::Flag
                | Self::Decimal(_)
                | Self::Amount(_)
        )
    }
}

/// One field of a list.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name in URLs, the API and exports.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// The SQL that gives it.
    pub sql: &'static str,
    /// The SQL to sort and search by, where that differs (a folded column).
    pub sort_sql: Option<&'static str>,
    /// Whether readers may filter by it.
    pub filterable: bool,
    /// Whether readers may sort by it.
    pub sortable: bool,
    /// Where its values stand, of a custom field.
    pub beside: Option<Beside>,
    /// The way from another table, of what stands there.
    pub through: Option<&'static Through>,
}

/// A list.
#[derive(Clone, Debug)]
pub struct ListDef {
    /// Its name, such as `accounts`.
    pub name: &'static str,
    /// `FROM ... JOIN ...`, constant.
    pub from: &'static str,
    /// A condition that always holds, such as `a.deleted_at_us IS NULL`.
    pub condition: &'static str,
    /// The column that holds the account's id, for the scope; `None` where rows belong to no account.
    pub account_column: Option<&'static str>,
    /// Whether rows without an account are everyone's to see (our own people) rather than nobody's (a case whose account
    /// is not stated) to a reader of some accounts only.
    pub unowned_visible: bool,
    /// The unique, not null column that breaks ties; always text.
    pub key: &'static str,
    /// Its fields.
    pub fields: Vec<Field>,
    /// The order without a request: field and direction.
    pub default_sort: Sort,
    /// What [`TODAY`] stands for in the SQL of `from`, `condition` and fields, where any of them has it.
    pub today: Option<jiff::civil::Date>,
    /// Whose rows alone are shown, where they are the maker's and not an account's.
    pub made_by: Option<MadeBy>,
}

/// Stands in a def's SQL for the day of [`ListDef::today`], such as `c.renews_on >= {today}`: only the clock knows it.
pub const TODAY: &str = "{today}";

/// Field and direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort {
    /// The field's name.
    pub field: String,
    /// Largest first.
    pub descending: bool,
}

/// What a reader asks of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// Filters, joined by "and".
    pub filters: Vec<Filter>,
    /// The order, or the list's own.
    pub sort: Option<Sort>,
    /// Continue after (or before) the row with this cursor.
    pub cursor: Option<Cursor>,
    /// Rows a page.
    pub limit: usize,
}

/// Where a page starts: the sort value and the key of a row, and the direction to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The sort value of that row; `None` where it was null.
    pub sort_value: Option<String>,
    /// Its key.
    pub key: String,
    /// Rows before it instead of after it.
    pub backward: bool,
}

/// Why a request of a list cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListQueryError {
    /// No such field, or not for this reader, or not for this use.
    #[error("this list has no field `{field}` to {use_} by")]
    UnknownField {
        /// What was named.
        field: String,
        /// `filter` or `sort`.
        use_: &'static str,
    },
    /// A value that does not fit the field.
    #[error("`{value}` does not fit the field `{field}`")]
    BadValue {
        /// The field.
        field: String,
        /// What was given.
        value: String,
    },
    /// A comparison that the field does not have.
    #[error("the field `{field}` cannot be compared with `{operator}`")]
    BadOperator {
        /// The field.
        field: String,
        /// The comparison's word.
        operator: &'static str,
    },
}

/// Why a list could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The request names what is not there.
    #[error(transparent)]
    Query(#[from] ListQueryError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A value of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Text, a choice, a date, an id.
    Text(String),
    /// Any integer kind.
    Integer(i64),
    /// Nothing stated.
    Empty,
}

impl Cell {
    /// The text, or nothing.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Integer(_) | Self::Empty => None,
        }
    }

    /// The integer, or nothing.
    pub fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(integer) => Some(*integer),
            Self::Text(_) | Self::Empty => None,
        }
    }
}

/// One row: its key and its cells in the order of the def's fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRow {
    /// The key.
    pub key: String,
    /// Cells in the order of [`ListDef::fields`].
    pub cells: Vec<Cell>,
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct ListPage {
    /// The rows, in the order asked for.
    pub rows: Vec<ListRow>,
    /// The page before, if there is one.
    pub previous: Option<Cursor>,
    /// The page after, if there is one.
    pub next: Option<Cursor>,
    /// How many rows match, of all pages; counted up to [`MOST_COUNTED`].
    pub n_rows: i64,
    /// Whether [`ListPage::n_rows`] is all of them; else there are more.
    pub counted_all: bool,
}

/// Rows counted for a page at most: counting a million cases would cost more than showing the page.
pub const MOST_COUNTED: i64 = 10_000;

impl ListDef {
    /// The field named `name`.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The position of the field named `name` among the cells.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }
}

/// The account whose rows alone are asked for, and the field that says so.
fn one_account<'a>(def: &'a ListDef, column: &str, query: &'a ListQuery) -> Option<(&'a Field, &'a str)> {
    query.filters.iter().find_map(|filter| {
        let plain = |field: &&Field| field.kind == FieldKind::Reference && field.sort_sql.is_none();
        let field = def.field(&filter.field).filter(|field| field.filterable && field.sql == column);
        let field = field.filter(plain)?;
        let one = filter.operator == Operator::Is && filter.values.len() == 1;
        one.then(|| filter.values.first().map(|value| (field, value.as_str()))).flatten()
    })
}

pub(super) fn conditions(
    def: &ListDef,
    scope: &Scope,
    (query, by_name): (&ListQuery, &ByName),
) -> Result<Conditions, ListQueryError> {
    let mut conditions = Conditions { sql: def.condition.to_owned(), values: vec![] };
    if let Some(column) = def.account_column {
        if let Some((field, account)) = one_account(def, column, query) {
            // Whether that account is theirs is asked once; asked of each row it would hide from SQLite which index serves.
            let place = conditions.bind(bound(field, account)?);
            let (sql, values) = scope.condition(&place, 2);
            conditions.sql.push_str(&format!(" AND {column} = {place} AND ({sql})"));
            conditions.values.extend(values);
        } else {
            let (sql, values) = within(def, scope, column);
            conditions.sql.push_str(&format!(" AND ({sql})"));
            conditions.values.extend(values);
        }
    }
    if let Some(made_by) = &def.made_by {
        let (sql, values) = made_by.condition(conditions.values.len() + 1);
        conditions.sql.push_str(&format!(" AND {sql}"));
        conditions.values.extend(values);
    }
    for filter in &query.filters {
        let unknown = || ListQueryError::UnknownField { field: filter.field.clone(), use_: "filter" };
        let field = def.field(&filter.field).filter(|field| field.filterable).ok_or_else(unknown)?;
        match field.kind {
            FieldKind::Tags => super::list_tags::add_filter(&mut conditions, def.key, field, filter)?,
            _ => add_filter(&mut conditions, (def.key, field), (filter, by_name))?,
        }
    }
    Ok(conditions)
}

/// The rows of a list that state the sort value, or those that do not; the latter come last in either direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Stated,
    Unstated,
}

/// The parts a page may have rows of, in its order: those from the cursor on.
fn parts(cursor: Option<&Cursor>) -> &'static [Part] {
    match cursor {
        None => &[Part::Stated, Part::Unstated],
        Some(Cursor { backward: false, sort_value: Some(_), .. }) => &[Part::Stated, Part::Unstated],
        Some(Cursor { backward: false, sort_value: None, .. }) => &[Part::Unstated],
        Some(Cursor { backward: true, sort_value: Some(_), .. }) => &[Part::Stated],
        Some(Cursor { backward: true, sort_value: None, .. }) => &[Part::Unstated, Part::Stated],
    }
}

/// One page of `def`, as `scope` may see it.
///
/// Rows with and without a sort value are read apart: each is then in the order of an index, where there is one, on both
/// databases, and a cursor is a range of it.
///
/// # Errors
/// [`ListError::Query`] when the request names a field, value or comparison that is not there.
pub async fn list_page(
    tx: &mut ReadTx,
    def: &ListDef,
    reader: impl Into<Reader<'_>>,
    query: &ListQuery,
) -> Result<ListPage, ListError> {
    let reader = reader.into();
    def.check_cleared(reader)?;
    let scope = reader.scope;
    let sort = query.sort.as_ref().unwrap_or(&def.default_sort);
    let unknown = || ListQueryError::UnknownField { field: sort.field.clone(), use_: "sort" };
    let field = def.field(&sort.field).filter(|field| field.sortable).ok_or_else(unknown)?;
    let (shown, counted) = by_name(tx, def, (scope, query)).await?;
    let wanted_rows = conditions(def, scope, (query, &shown))?;
    let backward = query.cursor.as_ref().is_some_and(|cursor| cursor.backward);
    let wanted = query.limit.saturating_add(1);
    let mut read = vec![];
    for (idx, part) in parts(query.cursor.as_ref()).iter().enumerate() {
        if wanted <= read.len() {
            break;
        }
        // The cursor lies in the first part; the next is read from its start.
        let cursor = query.cursor.as_ref().filter(|_| idx == 0);
        let descending = sort.descending != backward;
        // Of whoever sees some accounts only, these are found first.
        let may_go_through = *part == Part::Stated && *scope == Scope::Everything;
        let through = field.through.and_then(|through| through.order).filter(|_| may_go_through);
        let order = Order { field, part: *part, descending, backward, through };
        let (sql, values) = part_statement((def, scope), &wanted_rows, &order, cursor, wanted - read.len())?;
        for row in tx.fetch_all(&sql, values).await? {
            read.push((read_sort_value(field, &row)?, read_row(def, &row)?));
        }
    }
    // A first page that holds all rows has counted them.
    let is_all = query.cursor.is_none() && read.len() < wanted;
    let n_read = i64::try_from(read.len()).unwrap_or(i64::MAX);
    let page = cut_page(read, query, backward);
    let n_rows = if is_all {
        n_read
    } else {
        count_up_to(tx, (def, scope), conditions(def, scope, (query, &counted))?).await?
    };
    Ok(ListPage { n_rows: n_rows.min(MOST_COUNTED), counted_all: n_rows <= MOST_COUNTED, ..page })
}

/// Whether `def` can be asked this: every field, comparison, value and order is one it has.
///
/// # Errors
/// [`ListQueryError`], the first there is.
pub fn check_query(def: &ListDef, query: &ListQuery) -> Result<(), ListQueryError> {
    let unsorted = |sort: &Sort| def.field(&sort.field).filter(|field| field.sortable).is_none();
    if let Some(sort) = query.sort.as_ref().filter(|sort| unsorted(sort)) {
        return Err(ListQueryError::UnknownField { field: sort.field.clone(), use_: "sort" });
    }
    conditions(def, &Scope::Everything, (query, &ByName::default())).map(|_| ())
}

/// The row of `def` with this key, as `scope` may see it; `None` where it is not there or not theirs.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn list_row(
    tx: &mut ReadTx,
    def: &ListDef,
    reader: impl Into<Reader<'_>>,
    key: &str,
) -> Result<Option<ListRow>, ListError> {
    let reader = reader.into();
    def.check_cleared(reader)?;
    let scope = reader.scope;
    let mut wanted = conditions(def, scope, (&ListQuery::default(), &ByName::default()))?;
    let place = wanted.bind(Value::Text(Some(key.to_owned())));
    let (columns, from, key) = (columns(def), def.from, def.key);
    let condition = wanted.sql;
    let sql =
        format!("SELECT {key}, NULL AS sort_value, {columns} {from} WHERE {condition} AND {key} = {place}");
    let (sql, values) = list_beside::filled((def, scope), sql, wanted.values);
    let rows = tx.fetch_all(&sql, values).await?;
    Ok(rows.first().map(|row| read_row(def, row)).transpose()?)
}

/// How many rows match, however many: for a reader who takes them all.
///
/// # Errors
/// As [`list_page`].
pub async fn count_rows(
    tx: &mut ReadTx,
    def: &ListDef,
    reader: impl Into<Reader<'_>>,
    query: &ListQuery,
) -> Result<i64, ListError> {
    let reader = reader.into();
    def.check_cleared(reader)?;
    let scope = reader.scope;
    Ok(count(tx, (def, scope), conditions(def, scope, (query, &ByName::default()))?, "").await?)
}

/// How many rows match, up to [`MOST_COUNTED`], and whether that is all.
///
/// # Errors
/// As [`list_page`].
pub async fn count_some(
    tx: &mut ReadTx,
    def: &ListDef,
    reader: impl Into<Reader<'_>>,
    query: &ListQuery,
) -> Result<(i64, bool), ListError> {
    let reader = reader.into();
    def.check_cleared(reader)?;
    let (_, counted) = by_name(tx, def, (reader.scope, query)).await?;
    let n_rows =
        count_up_to(tx, (def, reader.scope), conditions(def, reader.scope, (query, &counted))?).await?;
    Ok((n_rows.min(MOST_COUNTED), n_rows <= MOST_COUNTED))
}

/// One more than [`MOST_COUNTED`] where there are more.
async fn count_up_to(
    tx: &mut ReadTx,
    (def, scope): (&ListDef, &Scope),
    conditions: Conditions,
) -> Result<i64, StoreError> {
    count(tx, (def, scope), conditions, &format!("LIMIT {}", MOST_COUNTED + 1)).await
}

async fn count(
    tx: &mut ReadTx,
    (def, scope): (&ListDef, &Scope),
    conditions: Conditions,
    limit: &str,
) -> Result<i64, StoreError> {
    let sql =
        format!("SELECT COUNT(*) FROM (SELECT 1 {} WHERE {} {limit}) counted", def.from, conditions.sql);
    let (sql, values) = list_beside::filled((def, scope), sql, conditions.values);
    tx.count_once(&sql, values).await
}

fn columns(def: &ListDef) -> String {
    def.fields.iter().map(|field| field.sql).collect::<Vec<_>>().join(", ")
}

struct Order<'a> {
    field: &'a Field,
    part: Part,
    /// Going backward turns the whole order round: that of values and that of keys.
    descending: bool,
    backward: bool,
    through: Option<OrderThrough>,
}

impl Order<'_> {
    /// Keys go the way of the values, as an index has them: a million rows may have one value.
    const fn is_down(&self) -> bool {
        match self.part {
            Part::Stated => self.descending,
            Part::Unstated => self.backward,
        }
    }

    const fn direction(&self) -> &'static str {
        if self.is_down() { "DESC" } else { "ASC" }
    }
}

/// The rows of one part. Keys are found first and columns read for these only: some columns are a query of their own.
fn part_statement(
    (def, scope): (&ListDef, &Scope),
    conditions: &Conditions,
    order: &Order<'_>,
    cursor: Option<&Cursor>,
    n_rows: usize,
) -> Result<(String, Vec<Value>), ListQueryError> {
    let (from, key) = (def.from, def.key);
    let shown_sort = order.field.sort_sql.unwrap_or(order.field.sql);
    let (join, sort_sql) = match (order.field.beside, order.part) {
        (Some(beside), Part::Stated) => list_beside::sorted(key, beside),
        _ => (String::new(), order.through.map_or(shown_sort, |through| through.sort).to_owned()),
    };
    let (found_from, found_key) = order.through.map_or((from, key), |through| (through.from, through.key));
    let direction = order.direction();
    let part = match order.part {
        Part::Stated => "IS NOT NULL",
        Part::Unstated => "IS NULL",
    };
    let order_by = |sort: &str, key: &str| match order.part {
        Part::Stated => format!("{sort} {direction}, {key} {direction}"),
        Part::Unstated => format!("{key} {direction}"),
    };
    let mut inner = Conditions { sql: conditions.sql.clone(), values: conditions.values.clone() };
    inner.sql.push_str(&format!(" AND {sort_sql} {part}"));
    if let Some(through) = order.through.filter(|through| !through.condition.is_empty()) {
        inner.sql.push_str(&format!(" AND {}", through.condition));
    }
    if let Some(cursor) = cursor {
        add_cursor(&mut inner, order, (found_key, &sort_sql), cursor)?;
    }
    let (columns, condition) = (columns(def), inner.sql);
    let (inner_order, outer_order) = (order_by(&sort_sql, found_key), order_by(shown_sort, key));
    // The limit is written out: PostgreSQL plans for a tenth of all rows where it does not know it.
    let sql = format!(
        "SELECT {key}, {shown_sort} AS sort_value, {columns} {from} WHERE {key} IN (
           SELECT {found_key} {found_from}{join} WHERE {condition} ORDER BY {inner_order} LIMIT {n_rows}) ORDER BY {outer_order}"
    );
    Ok(list_beside::filled((def, scope), sql, inner.values))
}

fn add_cursor(
    conditions: &mut Conditions,
    order: &Order<'_>,
    (key, sort_sql): (&str, &str),
    cursor: &Cursor,
) -> Result<(), ListQueryError> {
    let field = order.field;
    let key_place = conditions.bind(Value::Text(Some(cursor.key.clone())));
    let after = if order.is_down() { "<" } else { ">" };
    let Some(text) = &cursor.sort_value else {
        conditions.sql.push_str(&format!(" AND {key} {after} {key_place}"));
        return Ok(());
    };
    // As it was read: a number is scaled already.
    let scaled = Field { kind: FieldKind::Integer, ..*field };
    let value = if field.kind.is_integer() { bound(&scaled, text)? } else { Value::Text(Some(text.clone())) };
    let place = conditions.bind(value);
    // The first comparison is a range of an index, which an alternative alone is not.
    let condition = format!(
        " AND {sort_sql} {after}= {place} AND ({sort_sql} {after} {place} OR {key} {after} {key_place})"
    );
    conditions.sql.push_str(&condition);
    Ok(())
}

fn cut_page(mut read: Vec<(Option<String>, ListRow)>, query: &ListQuery, backward: bool) -> ListPage {
    let more = read.len() > query.limit;
    read.truncate(query.limit);
    if backward {
        read.reverse();
    }
    let cursor = |entry: Option<&(Option<String>, ListRow)>, backward| {
        entry.map(|(sort_value, row)| Cursor {
            sort_value: sort_value.clone(),
            key: row.key.clone(),
            backward,
        })
    };
    let has_previous = if backward { more } else { query.cursor.is_some() };
    let has_next = if backward { true } else { more };
    let previous = if has_previous { cursor(read.first(), true) } else { None };
    let next = if has_next { cursor(read.last(), false) } else { None };
    let rows = read.into_iter().map(|(_, row)| row).collect();
    ListPage { rows, previous, next, n_rows: 0, counted_all: false }
}

fn read_sort_value(field: &Field, row: &Row) -> Result<Option<String>, StoreError> {
    if field.kind.is_integer() {
        Ok(row.int_or_null(1)?.map(|integer| integer.to_string()))
    } else {
        row.text_or_null(1)
    }
}

fn read_row(def: &ListDef, row: &Row) -> Result<ListRow, StoreError> {
    let mut cells = Vec::with_capacity(def.fields.len());
    for (position, field) in def.fields.iter().enumerate() {
        let column = position + 2;
        let cell = if field.kind.is_integer() {
            row.int_or_null(column)?.map_or(Cell::Empty, Cell::Integer)
        } else {
            row.text_or_null(column)?.map_or(Cell::Empty, Cell::Text)
        };
        cells.push(cell);
    }
    Ok(ListRow { key: row.text(0)?, cells })
}
