//! A filter of a list, and how it compares.

use mandate_domain::book::scaled;

use super::list_beside;
use super::list_through::{ByName, MOST, Named};
use super::listing::{Field, FieldKind, ListQueryError};
use crate::db::Value;

/// One filter of a request; several are joined by "and", several values of one filter by "or".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// The field's name.
    pub field: String,
    /// The comparison.
    pub operator: Operator,
    /// What to compare with; empty for `IsEmpty` and `IsNotEmpty`.
    pub values: Vec<String>,
}

/// A comparison of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Equal.
    Is,
    /// Not equal, or nothing stated.
    IsNot,
    /// Holds the text, whatever case and accents.
    Contains,
    /// At least.
    AtLeast,
    /// At most.
    AtMost,
    /// Nothing stated.
    IsEmpty,
    /// Something stated.
    IsNotEmpty,
}

impl Operator {
    /// Every operator with its word in URLs.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Is, "is"),
        (Self::IsNot, "not"),
        (Self::Contains, "has"),
        (Self::AtLeast, "min"),
        (Self::AtMost, "max"),
        (Self::IsEmpty, "empty"),
        (Self::IsNotEmpty, "any"),
    ];

    /// Its word in URLs.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(operator, _)| *operator == self).map_or("is", |(_, word)| word)
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(operator, _)| *operator)
    }
}

/// Words of ours that an index is kept for alone (`person_of_ours`): it is found where the word stands in the text.
const WRITTEN_OUT: [&str; 1] = ["provider"];

/// A condition under construction, with the values bound in it.
pub(super) struct Conditions {
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
}

impl Conditions {
    pub(super) fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }
}

pub(super) fn bound(field: &Field, text: &str) -> Result<Value, ListQueryError> {
    if field.kind.is_integer() {
        let bad = || ListQueryError::BadValue {
            field: field.name.to_owned(),
            value: text.chars().take(40).collect(),
        };
        if let FieldKind::Decimal(decimals) = field.kind {
            return Ok(Value::Int(Some(scaled(text, decimals).ok_or_else(bad)?)));
        }
        Ok(Value::Int(Some(text.trim().parse().map_err(|_| bad())?)))
    } else if field.kind == FieldKind::Text {
        Ok(Value::Text(Some(mandate_domain::text::fold(text))))
    } else {
        Ok(Value::Text(Some(text.replace('\0', ""))))
    }
}

/// Escapes what LIKE would read as a pattern.
pub(super) fn like_pattern(text: &str) -> String {
    let folded = mandate_domain::text::fold(text);
    let escaped = folded.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

/// What a filter adds to the conditions of a list with this key.
pub(super) fn add_filter(
    conditions: &mut Conditions,
    (key, field): (&str, &Field),
    (filter, by_name): (&Filter, &ByName),
) -> Result<(), ListQueryError> {
    if let Some(beside) = field.beside {
        return list_beside::add_filter(conditions, (key, field, beside), filter);
    }
    let sql = field.sort_sql.unwrap_or(field.sql);
    let bad_operator =
        || ListQueryError::BadOperator { field: field.name.to_owned(), operator: filter.operator.word() };
    let mut parts = vec![];
    match filter.operator {
        Operator::IsEmpty => parts.push(format!("{sql} IS NULL")),
        Operator::IsNotEmpty => parts.push(format!("{sql} IS NOT NULL")),
        Operator::Contains => {
            if field.kind != FieldKind::Text {
                return Err(bad_operator());
            }
            for value in &filter.values {
                let place = conditions.bind(Value::Text(Some(like_pattern(value))));
                parts.push(match by_name.of(field, filter.operator) {
                    Some(Named { column, among }) => {
                        // Few are named; the limit keeps PostgreSQL from asking each row's name instead of the names.
                        format!("{column} IN ({among} LIKE {place} ESCAPE '\\' LIMIT {MOST})")
                    }
                    None => format!("{sql} LIKE {place} ESCAPE '\\'"),
                });
            }
        }
        Operator::Is | Operator::IsNot | Operator::AtLeast | Operator::AtMost => {
            let comparable = field.kind.is_integer() || field.kind == FieldKind::Date;
            if !comparable && matches!(filter.operator, Operator::AtLeast | Operator::AtMost) {
                return Err(bad_operator());
            }
            let comparison = match filter.operator {
                Operator::AtLeast => ">=",
                Operator::AtMost => "<=",
                _ => "=",
            };
            for value in &filter.values {
                let is_word = |word: &&&str| field.kind == FieldKind::Choice && *word == value;
                if let Some(word) = WRITTEN_OUT.iter().find(is_word) {
                    parts.push(format!("{sql} {comparison} '{word}'"));
                    continue;
                }
                let place = conditions.bind(bound(field, value)?);
                parts.push(format!("{sql} {comparison} {place}"));
            }
        }
    }
    if parts.is_empty() {
        return Ok(());
    }
    let joined = parts.join(" OR ");
    if filter.operator == Operator::IsNot {
        conditions.sql.push_str(&format!(" AND ({sql} IS NULL OR NOT ({joined}))"));
    } else {
        conditions.sql.push_str(&format!(" AND ({joined})"));
    }
    Ok(())
}
