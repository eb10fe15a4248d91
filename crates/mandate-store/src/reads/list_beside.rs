//! Custom fields as fields of a list: their values stand in rows of their own beside the record's.
//!
//! A filter is a range of the values' index and not a look at each record; an order walks it. What only some may read stands in
//! a table with a label, so that `ListDef::cleared` takes such a field out as it does any other. Where a value is a record, it is
//! shown, filtered and sorted by that record's name, and is there only for whoever may see the record.

use mandate_domain::book::{CustomField, CustomShape, Kind, kept};

use super::list_operator::{Conditions, Filter, Operator, bound, like_pattern};
use super::listing::{Field, FieldKind, ListDef, ListQueryError, TODAY};
use super::scope::Scope;
use crate::book::Belongs;
use crate::db::Value;

/// Stand in SQL for what of the records that a value is its reader may see.
const PEOPLE_IN_REACH: &str = "{people in reach}";
const ACCOUNTS_IN_REACH: &str = "{accounts in reach}";

/// Where the values of a custom field stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beside {
    table: &'static str,
    field_id: &'static str,
    /// What is compared and sorted by.
    column: &'static str,
    several: bool,
    /// Which records its values are, where they are records.
    linked: Option<Kind>,
}

impl Beside {
    /// Whether its values are several, divided by semicolons.
    pub const fn takes_several(self) -> bool {
        self.several
    }

    /// What is compared and sorted by, in a statement that has the value as `held`.
    fn place(self) -> String {
        if self.linked.is_some() { self.column.to_owned() } else { format!("held.{}", self.column) }
    }

    fn join(self) -> &'static str {
        self.linked.map(join).unwrap_or_default()
    }
}

/// `custom` as fields of lists whose rows have this key: one, or of a record its name and its id.
pub fn custom_fields(key: &str, custom: &CustomField) -> Vec<Field> {
    let table = if custom.purpose.is_some() { "custom_value_cost" } else { "custom_value" };
    let field_id = kept(custom.id.as_str());
    if let Some(referent) = custom.shape.referent() {
        return linked_fields((key, table, field_id), custom, referent.kind);
    }
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
        | CustomShape::Email
        | CustomShape::Person
        | CustomShape::Account => (FieldKind::Text, "sort_text"),
    };
    let of = |column: &str| {
        kept(&format!(
            "(SELECT held.{column} FROM {table} held WHERE held.record_id = {key} AND held.field_id = '{field_id}')"
        ))
    };
    let several = matches!(custom.shape, CustomShape::Choices(_));
    vec![Field {
        name: custom.name,
        kind,
        sql: if kind.is_integer() { of("number_value") } else { of("text_value") },
        sort_sql: Some(of(column)),
        filterable: true,
        sortable: column != "folded_text",
        beside: Some(Beside { table, field_id, column, several, linked: None }),
        through: None,
    }]
}

/// The name and the id of the record that a value is.
fn linked_fields(
    (key, table, field_id): (&str, &'static str, &'static str),
    custom: &CustomField,
    kind: Kind,
) -> Vec<Field> {
    let join = join(kind);
    let of = |column: &str| {
        kept(&format!(
            "(SELECT {column} FROM {table} held{join} WHERE held.record_id = {key} AND held.field_id = '{field_id}')"
        ))
    };
    let beside = |column| Some(Beside { table, field_id, column, several: false, linked: Some(kind) });
    vec![
        Field {
            name: custom.name,
            kind: FieldKind::Text,
            sql: of("linked.name"),
            sort_sql: Some(of("linked.name_sort")),
            filterable: true,
            sortable: true,
            beside: beside("linked.name_sort"),
            through: None,
        },
        Field {
            name: custom.id_name(),
            kind: FieldKind::Reference,
            sql: of("linked.id"),
            sort_sql: Some(of("linked.id")),
            filterable: true,
            sortable: false,
            beside: beside("linked.id"),
            through: None,
        },
    ]
}

/// The record that a value is, where its reader may see it.
fn join(kind: Kind) -> &'static str {
    let (table, reach) = match kind {
        Kind::Account => ("account", ACCOUNTS_IN_REACH),
        _ => ("person", PEOPLE_IN_REACH),
    };
    kept(&format!(
        " JOIN {table} linked ON linked.id = held.target_id AND linked.deleted_at_us IS NULL AND {reach}"
    ))
}

/// Binds the day for [`TODAY`] and what the reader may see of linked records, after all other values and only where the text has them:
/// PostgreSQL refuses a value that no place asks for.
pub(super) fn filled(
    (def, scope): (&ListDef, &Scope),
    mut sql: String,
    mut values: Vec<Value>,
) -> (String, Vec<Value>) {
    if sql.contains(TODAY) {
        values.push(Value::Text(def.today.map(|day| day.to_string())));
        sql = sql.replace(TODAY, &format!("${}", values.len()));
    }
    within_reach(scope, (sql, values))
}

/// Puts into `sql` what of the records that values are `scope` may see.
fn within_reach(scope: &Scope, (mut sql, mut values): (String, Vec<Value>)) -> (String, Vec<Value>) {
    let people = (PEOPLE_IN_REACH, Belongs::ToAccountOrNone("linked.account_id"));
    let accounts = (ACCOUNTS_IN_REACH, Belongs::IsAccount("linked.id"));
    for (place, belongs) in [people, accounts] {
        if sql.contains(place) {
            let (condition, more) = belongs.condition(scope, values.len() + 1);
            sql = sql.replace(place, &format!("({condition})"));
            values.extend(more);
        }
    }
    (sql, values)
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
    let Beside { table, field_id, several, .. } = beside;
    let (column, join) = (beside.place(), beside.join());
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
        parts.push(format!("{column} {comparison} {}{escape}", conditions.bind(value)));
    }
    let is_not = matches!(filter.operator, Operator::IsNot | Operator::IsEmpty);
    let wanted = match filter.operator {
        Operator::IsEmpty | Operator::IsNotEmpty => format!("{column} IS NOT NULL"),
        _ if parts.is_empty() => return Ok(()),
        _ => format!("({})", parts.join(" OR ")),
    };
    let not = if is_not { "NOT " } else { "" };
    conditions.sql.push_str(&format!(
        " AND {key} {not}IN (SELECT held.record_id FROM {table} held{join} WHERE held.field_id = '{field_id}' AND {wanted})"
    ));
    Ok(())
}

/// What rows that state the field are joined with and sorted by: an index has them in this order, but for names of records.
pub(super) fn sorted(key: &str, beside: Beside) -> (String, String) {
    let Beside { table, field_id, .. } = beside;
    let join = beside.join();
    (
        format!(" JOIN {table} held ON held.record_id = {key} AND held.field_id = '{field_id}'{join}"),
        beside.place(),
    )
}
