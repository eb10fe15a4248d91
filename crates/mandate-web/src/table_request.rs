//! A table's request as the URL holds it: filters, order, columns, page; read from a query string and written back.
//!
//! What it cannot read it leaves out, so that an old link still opens. Not here: what a list has (`table`), SQL (`listing`).

use mandate_app::listing::{
    Cursor, FieldKind, Filter, ListDef, ListQuery, ListQueryError, Operator, Sort, check_query,
};
use mandate_domain::{Currency, Money};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::table::TableSpec;

/// Rows a page without a request.
pub(crate) const ROWS: usize = 25;
/// Most rows a page.
const MOST_ROWS: usize = 200;

/// A request of a table as read from the URL.
#[derive(Clone, Debug, Default)]
pub(crate) struct TableRequest {
    pub(crate) filters: Vec<Filter>,
    pub(crate) sort: Option<Sort>,
    pub(crate) cursor: Option<Cursor>,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Option<usize>,
    pub(crate) page_start: i64,
    /// The saved view it came from, if it came from one.
    pub(crate) view: Option<String>,
}

/// Stands for "no saved view, not even the default" in the address.
pub(crate) const NO_VIEW: &str = "all";

/// Splits and decodes a query string, keeping order and repeats.
fn pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// Whether a comparison is with something; a field that is empty is empty by itself.
const fn needs_value(operator: Operator) -> bool {
    !matches!(operator, Operator::IsEmpty | Operator::IsNotEmpty)
}

impl TableRequest {
    /// Reads the query string; what it cannot read it leaves out, so that an old link still opens.
    pub(crate) fn parse(query: &str) -> Self {
        let mut request = Self::default();
        let (mut field, mut operator) = (None, Operator::Is);
        let mut moved = None;
        for (name, value) in pairs(query) {
            match name.as_str() {
                "f" => field = Some(value).filter(|value| !value.is_empty()),
                "op" => {
                    operator = Operator::parse(&value).unwrap_or(Operator::Is);
                    if !needs_value(operator)
                        && let Some(field) = field.take()
                    {
                        request.add_filter(field, operator, String::new());
                    }
                }
                "v" => {
                    if let Some(field) = field.take() {
                        request.add_filter(field, operator, value);
                    }
                }
                "sort" => {
                    let descending = value.starts_with('-');
                    let field = value.trim_start_matches('-').to_owned();
                    request.sort = Some(Sort { field, descending }).filter(|sort| !sort.field.is_empty());
                }
                "after" => request.cursor = read_cursor(&value, false),
                "before" => request.cursor = read_cursor(&value, true),
                "from" => request.page_start = value.parse().unwrap_or(0).clamp(0, i64::MAX / 2),
                "col" if request.columns.len() < 60 => request.columns.push(value),
                "move" => moved = Some(value),
                "view" => request.view = Some(value).filter(|id| !id.is_empty() && id != NO_VIEW),
                "rows" => request.rows = value.parse().ok().map(|rows: usize| rows.clamp(1, MOST_ROWS)),
                _ => {}
            }
        }
        if let Some((column, up)) = moved.as_deref().and_then(|it| it.rsplit_once(':')) {
            request.move_column(column, up == "up");
        }
        request
    }

    fn add_filter(&mut self, field: String, operator: Operator, value: String) {
        if (needs_value(operator) && value.trim().is_empty()) || self.filters.len() >= 20 {
            return;
        }
        // Several values of one field and comparison are alternatives.
        if let Some(same) = self.filters.iter_mut().find(|it| it.field == field && it.operator == operator) {
            same.values.push(value);
        } else {
            self.filters.push(Filter { field, operator, values: vec![value] });
        }
    }

    fn move_column(&mut self, column: &str, up: bool) {
        let Some(at) = self.columns.iter().position(|it| it == column) else { return };
        let other =
            if up { at.checked_sub(1) } else { Some(at + 1).filter(|next| *next < self.columns.len()) };
        if let Some(other) = other {
            self.columns.swap(at, other);
        }
    }

    /// The order asked for, else the list's own.
    pub(crate) fn order<'a>(&'a self, def: &'a ListDef) -> &'a Sort {
        self.sort.as_ref().unwrap_or(&def.default_sort)
    }

    /// As the list floor reads it; typed values become the kept units.
    pub(crate) fn list_query(&self, spec: &TableSpec) -> ListQuery {
        let mut filters = spec.fixed.clone();
        filters.extend(self.kept_filters(&spec.def));
        ListQuery {
            filters,
            sort: self.sort.clone(),
            cursor: self.cursor.clone(),
            limit: self.rows.unwrap_or(ROWS),
        }
    }

    pub(crate) fn query_string(&self, change: &Change<'_>) -> String {
        let mut parts = vec![];
        let mut add = |name: &str, value: &str| {
            parts.push(format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
        };
        for (idx, filter) in self.filters.iter().enumerate() {
            if matches!(change, Change::WithoutFilter(without) if *without == idx)
                || matches!(change, Change::NoFilters)
            {
                continue;
            }
            for value in &filter.values {
                add("f", &filter.field);
                add("op", filter.operator.word());
                add("v", value);
            }
        }
        match (change, &self.sort) {
            (Change::Sort(sort), _) => add("sort", sort),
            (_, Some(sort)) => {
                add("sort", &format!("{}{}", if sort.descending { "-" } else { "" }, sort.field))
            }
            _ => {}
        }
        for column in &self.columns {
            add("col", column);
        }
        if let Some(rows) = self.rows {
            add("rows", &rows.to_string());
        }
        if let Change::Cursor(cursor, from) = change {
            add(if cursor.backward { "before" } else { "after" }, &write_cursor(cursor));
            add("from", &from.to_string());
        }
        if let Some(view) = &self.view {
            add("view", view);
        }
        parts.join("&")
    }

    /// What a saved view keeps of it: filters, order, columns and rows a page, written in one way only.
    pub(crate) fn kept_query(&self) -> String {
        Self { view: None, ..self.clone() }.query_string(&Change::Nothing)
    }

    pub(crate) fn kept_filters(&self, def: &ListDef) -> Vec<Filter> {
        let kept = |filter: &Filter| match def.field(&filter.field) {
            Some(field) => Filter {
                values: filter
                    .values
                    .iter()
                    .map(|value| kept_value(field.kind, filter.operator, value))
                    .collect(),
                ..filter.clone()
            },
            None => filter.clone(),
        };
        self.filters.iter().map(kept).collect()
    }

    /// What of it `def` does not have: a field, a comparison, a value that does not fit.
    pub(crate) fn problem(&self, def: &ListDef) -> Option<ListQueryError> {
        let (filters, sort) = (self.kept_filters(def), self.sort.clone());
        check_query(def, &ListQuery { filters, sort, ..ListQuery::default() }).err()
    }
}

pub(crate) enum Change<'a> {
    Nothing,
    Sort(&'a str),
    WithoutFilter(usize),
    NoFilters,
    Cursor(&'a Cursor, i64),
}

/// What a person types into a filter, in the units the list keeps: money in major units, shares in percent.
fn kept_value(kind: FieldKind, operator: Operator, typed: &str) -> String {
    let typed = typed.trim();
    match kind {
        FieldKind::Money => {
            Money::parse(typed, Currency::EUR).map_or_else(|_| typed.to_owned(), |it| it.minor.to_string())
        }
        FieldKind::Amount(currency) => {
            Money::parse(typed, currency).map_or_else(|_| typed.to_owned(), |it| it.minor.to_string())
        }
        FieldKind::BasisPoints => Money::parse(typed.trim_end_matches(['%', ' ', '\u{a0}']), Currency::EUR)
            .map_or_else(|_| typed.to_owned(), |hundredths| hundredths.minor.to_string()),
        FieldKind::Flag => match typed.to_lowercase().as_str() {
            "yes" | "y" | "true" => "1".to_owned(),
            "no" | "n" | "false" => "0".to_owned(),
            _ => typed.to_owned(),
        },
        FieldKind::Instant => match typed.parse::<jiff::civil::Date>() {
            Ok(day) => day.to_zoned(jiff::tz::TimeZone::UTC).map_or_else(
                |_| typed.to_owned(),
                |zoned| {
                    // "At most the 21st" means the whole of that day, too.
                    let until_its_end = if operator == Operator::AtMost { 24 * 3_600_000_000 - 1 } else { 0 };
                    (zoned.timestamp().as_microsecond() + until_its_end).to_string()
                },
            ),
            Err(_) => typed.to_owned(),
        },
        _ => typed.to_owned(),
    }
}

fn read_cursor(text: &str, backward: bool) -> Option<Cursor> {
    let (key, value) = text.split_once('~')?;
    let sort_value = value.strip_prefix('=').map(str::to_owned);
    Some(Cursor { sort_value, key: key.to_owned(), backward })
}

fn write_cursor(cursor: &Cursor) -> String {
    match &cursor.sort_value {
        Some(value) => format!("{}~={value}", cursor.key),
        None => format!("{}~", cursor.key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_comes_back_from_its_address() {
        let query = "f=tier&op=is&v=key&f=tier&op=is&v=standard&sort=%2Dannual%5Fvalue&col=name&col=state";
        let request = TableRequest::parse(query);
        assert_eq!(request.filters.len(), 1);
        assert_eq!(request.filters[0].values, ["key", "standard"]);
        let again = TableRequest::parse(&request.query_string(&Change::Nothing));
        assert_eq!(again.filters, request.filters);
        assert_eq!(again.sort, request.sort);
        assert_eq!(again.columns, request.columns);
    }

    #[test]
    fn a_field_that_is_empty_needs_no_value() {
        let request = TableRequest::parse("f=handover&op=empty&f=tier&op=is&v=key");
        let read: Vec<(&str, &[String])> =
            request.filters.iter().map(|it| (it.field.as_str(), it.values.as_slice())).collect();
        assert_eq!(read, [("handover", &[String::new()][..]), ("tier", &["key".to_owned()][..])]);
        assert_eq!(TableRequest::parse("f=handover&op=empty&v=").filters, request.filters[..1]);
    }

    #[test]
    fn what_a_saved_view_keeps_does_not_depend_on_how_the_address_was_written() {
        let typed = TableRequest::parse("f=&op=is&v=&f=tier&op=is&v=key&sort=-annual_value&after=k~&view=7");
        let link = TableRequest::parse("sort=%2Dannual%5Fvalue&f=tier&op=is&v=key");
        assert_eq!(typed.kept_query(), link.kept_query());
        assert_eq!((typed.view.as_deref(), link.view), (Some("7"), None));
        assert!(
            typed.query_string(&Change::NoFilters).ends_with("view=7"),
            "a view stays while it is changed"
        );
        assert_eq!(TableRequest::parse("view=all").view, None);
    }

    #[test]
    fn a_cursor_may_hold_any_text() {
        let cursor =
            Cursor { sort_value: Some("a~=b & c".to_owned()), key: "k:1".to_owned(), backward: true };
        assert_eq!(read_cursor(&write_cursor(&cursor), true), Some(cursor));
    }

    #[test]
    fn columns_move_one_place() {
        let request = TableRequest::parse("col=a&col=b&col=c&move=c:up");
        assert_eq!(request.columns, ["a", "c", "b"]);
        assert_eq!(TableRequest::parse("col=a&move=a:up").columns, ["a"]);
    }

    #[test]
    fn filters_are_typed_in_the_units_people_use() {
        assert_eq!(kept_value(FieldKind::Money, Operator::Is, "1234.5"), "123450");
        assert_eq!(kept_value(FieldKind::BasisPoints, Operator::Is, "95 %"), "9500");
        assert_eq!(kept_value(FieldKind::Flag, Operator::Is, "Yes"), "1");
    }
}
