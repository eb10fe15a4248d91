//! Tags in lists: the field that each list of records has, and its filters.
//!
//! A filter asks for rows that have one of some tags, or none of them; tags are compared by their fold. Whose rows these are is
//! the list's own condition, so a tag on a record out of reach neither shows nor counts.

use mandate_domain::book::Kind;
use mandate_domain::text::fold;

use super::list_operator::{Conditions, Filter, Operator, like_pattern};
use super::listing::{Field, FieldKind, ListQueryError};
use crate::db::Value;

/// The name of the field.
pub const TAGS: &str = "tags";

macro_rules! tags_of {
    ($kind:literal, $key:literal) => {
        (
            concat!(
                "(SELECT string_agg(g.text, ', ' ORDER BY g.fold) FROM record_tag g WHERE g.kind = '",
                $kind,
                "' AND g.record_id = ",
                $key,
                ")"
            ),
            concat!("SELECT g.record_id FROM record_tag g WHERE g.kind = '", $kind, "'"),
        )
    };
}

/// The tags of the records of a list of `kind`; `sort_sql` is what its filters ask in.
pub fn tags(kind: Kind) -> Field {
    let (sql, asked) = match kind {
        Kind::Account => tags_of!("account", "a.id"),
        Kind::Person => tags_of!("person", "p.id"),
        Kind::Contract => tags_of!("contract", "c.id"),
        Kind::ContractLine => tags_of!("contract_line", "l.id"),
        Kind::Product => tags_of!("product", "p.id"),
        Kind::LineOfBusiness => tags_of!("line_of_business", "b.id"),
        Kind::Team => tags_of!("team", "t.id"),
        Kind::ListPrice => tags_of!("list_price", "l.id"),
        Kind::ExchangeRate => tags_of!("exchange_rate", "r.id"),
        Kind::Amendment => tags_of!("amendment", "m.id"),
        Kind::Stake => tags_of!("stake", "s.id"),
        Kind::Expertise => tags_of!("expertise", "e.id"),
        Kind::CareerStep => tags_of!("career_step", "s.id"),
        Kind::Acquaintance => tags_of!("acquaintance", "q.id"),
        Kind::Expectation => tags_of!("expectation", "e.id"),
        Kind::Promise => tags_of!("promise", "r.id"),
        Kind::Communication => tags_of!("communication", "m.id"),
        Kind::Review => tags_of!("review", "v.id"),
        Kind::Opportunity => tags_of!("opportunity", "o.id"),
        Kind::Actual => tags_of!("actual", "x.id"),
    };
    let kind = FieldKind::Tags;
    Field {
        name: TAGS,
        kind,
        sql,
        sort_sql: Some(asked),
        filterable: true,
        sortable: false,
        beside: None,
        through: None,
    }
}

/// Adds a filter by tags on the rows whose key is `key`.
pub(super) fn add_filter(
    conditions: &mut Conditions,
    key: &str,
    field: &Field,
    filter: &Filter,
) -> Result<(), ListQueryError> {
    let asked = field.sort_sql.unwrap_or_default();
    let (place, compared) = match filter.operator {
        Operator::IsEmpty => ("NOT IN", None),
        Operator::IsNotEmpty => ("IN", None),
        Operator::Is | Operator::IsNot => {
            let bind = |value: &String| conditions.bind(Value::Text(Some(fold(value))));
            let places: Vec<String> = filter.values.iter().map(bind).collect();
            let place = if filter.operator == Operator::Is { "IN" } else { "NOT IN" };
            (place, Some(format!("g.fold IN ({})", places.join(", "))))
        }
        Operator::Contains => {
            let bind = |value: &String| conditions.bind(Value::Text(Some(like_pattern(value))));
            let places: Vec<String> = filter.values.iter().map(bind).collect();
            let like: Vec<String> =
                places.iter().map(|place| format!("g.fold LIKE {place} ESCAPE '\\'")).collect();
            ("IN", Some(format!("({})", like.join(" OR "))))
        }
        Operator::AtLeast | Operator::AtMost => {
            let (field, operator) = (field.name.to_owned(), filter.operator.word());
            return Err(ListQueryError::BadOperator { field, operator });
        }
    };
    let needs_values = !matches!(filter.operator, Operator::IsEmpty | Operator::IsNotEmpty);
    if needs_values && filter.values.is_empty() {
        return Ok(());
    }
    let compared = compared.map(|compared| format!(" AND {compared}")).unwrap_or_default();
    conditions.sql.push_str(&format!(" AND {key} {place} ({asked}{compared})"));
    Ok(())
}
