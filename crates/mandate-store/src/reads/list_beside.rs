//! Custom fields as fields of a list: their values stand in rows of their own beside the record's.
//!
//! A filter is a range of the values' index and not a look at each record; an order walks it. What only some may read stands in
//! a table with a label, so that `ListDef::cleared` takes such a field out as it does any other.

use mandate_domain::book::{CustomField, CustomShape, kept};

use super::list_operator::{Conditions, Filter, Operator, bound, like_pattern};
use super::listing::{Field, FieldKind, ListDef, ListQueryError};
use crate::db::Value;

/// Where the values of a custom field stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beside {
    table: &'static str,
    field_id: &'static str,
    /// What is compared and sorted by.
    column: &'static str,
    several: bool,
}

impl Beside {
    /// Whether its values are several, divided by semicolons.
    pub const fn takes_several(self) -> bool {
        self.several
    }
}

/// `custom` as a field of lists whose rows have this key.
pub fn custom_field(key: &str, custom: &CustomField) -> Field {
    let table = if custom.purpose.is_some() { "custom_value_cost" } else { "custom_value" };
    let (kind, column) = match &custom.shape {
        CustomShape::LongText => (FieldKind::Text, "folded_text"),
        CustomShape::Whole => (FieldKind::Integer, "number_value"),
        CustomShape::Decimal(decimals) => (FieldKind::Decimal(*decimals), "number_value"),
        CustomShape::Amount(currency) => (FieldKind::Amount(*currency), "number_value"),
        CustomShape::YesNo => (FieldKind::Flag, "number_value"),
        CustomShape::Date => (FieldKind::Date, "sort_text"),
        CustomShape::Text
        | CustomShape::Choice(_)
        | CustomShape::Choices(_)
        | CustomShape::Web
        | CustomShape::Email => (FieldKind::Text, "sort_text"),
    };
    let field_id = kept(custom.id.as_str());
    let of = |column: &str| {
        kept(&format!(
            "(SELECT held.{column} FROM {table} held WHERE held.record_id = {key} AND held.field_id = '{field_id}')"
        ))
    };
    Field {
        name: custom.name,
        kind,
        sql: if kind.is_integer() { of("number_value") } else { of("text_value") },
        sort_sql: Some(of(column)),
        filterable: true,
        sortable: column != "folded_text",
        beside: Some(Beside {
            table,
            field_id,
            column,
            several: matches!(custom.shape, CustomShape::Choices(_)),
        }),
        through: None,
    }
}

/// The version that lists show to who may read costs: with the saves of custom fields that take it.
pub fn with_version_beside(def: &mut ListDef) {
    let key = def.key;
    for field in def.fields.iter_mut().filter(|field| field.name == "version") {
        field.sql = kept(&format!(
            "{} + (SELECT CAST(COALESCE(SUM(held.version), 0) AS BIGINT) FROM custom_value_cost held WHERE held.record_id = {key})",
            field.sql
        ));
    }
}

/// What a filter adds to the conditions of a list.
pub(super) fn add_filter(
    conditions: &mut Conditions,
    (key, field, beside): (&str, &Field, Beside),
    filter: &Filter,
) -> Result<(), ListQueryError> {
    let Beside { table, field_id, column, several } = beside;
    let bad_operator =
        || ListQueryError::BadOperator { field: field.name.to_owned(), operator: filter.operator.word() };
    let is_range = matches!(filter.operator, Operator::AtLeast | Operator::AtMost);
    if is_range && !(field.kind.is_integer() || field.kind == FieldKind::Date) {
        return Err(bad_operator());
    }
    let mut parts = vec![];
    for value in &filter.values {
        let (comparison, value) = match filter.operator {
            Operator::IsEmpty | Operator::IsNotEmpty => break,
            Operator::Contains if field.kind != FieldKind::Text => return Err(bad_operator()),
            Operator::Contains => ("LIKE", Value::Text(Some(like_pattern(value)))),
            Operator::Is | Operator::IsNot if several => {
                ("LIKE", Value::Text(Some(like_pattern(&format!(";{};", value.trim())))))
            }
            Operator::AtLeast => (">=", bound(field, value)?),
            Operator::AtMost => ("<=", bound(field, value)?),
            Operator::Is | Operator::IsNot => ("=", bound(field, value)?),
        };
        let escape = if comparison == "LIKE" { " ESCAPE '\\'" } else { "" };
        parts.push(format!("held.{column} {comparison} {}{escape}", conditions.bind(value)));
    }
    let is_not = matches!(filter.operator, Operator::IsNot | Operator::IsEmpty);
    let wanted = match filter.operator {
        Operator::IsEmpty | Operator::IsNotEmpty => format!("held.{column} IS NOT NULL"),
        _ if parts.is_empty() => return Ok(()),
        _ => format!("({})", parts.join(" OR ")),
    };
    let not = if is_not { "NOT " } else { "" };
    conditions.sql.push_str(&format!(
        " AND {key} {not}IN (SELECT held.record_id FROM {table} held WHERE held.field_id = '{field_id}' AND {wanted})"
    ));
    Ok(())
}

/// What rows that state the field are joined with and sorted by: an index has them in this order.
pub(super) fn sorted(key: &str, beside: Beside) -> (String, String) {
    let Beside { table, field_id, column, .. } = beside;
    (
        format!(" JOIN {table} held ON held.record_id = {key} AND held.field_id = '{field_id}'"),
        format!("held.{column}"),
    )
}
