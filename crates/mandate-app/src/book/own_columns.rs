//! Columns of a file that no field is for: found among the firm's own fields by what people call them, or made one of these.
//!
//! Not here: defining fields by hand (`custom_fields`), or what a value of one is (`custom`).

use mandate_domain::book::{CUSTOM, CustomField, Draft, Kind};
use mandate_domain::text::fold;

use super::custom_fields::{CustomFieldError, define_field, list_definitions};
use super::guess::ColumnLook;
use super::mapping::{DateOrder, Mapping};
use crate::ctx::{Actor, Ctx};

/// Of the forty that a key may have, some are left for a number behind it.
const LONGEST_KEY: usize = 36;
const LONGEST_LABEL: usize = 80;
/// Of a line; longer values want a text.
const LONGEST_LINE: usize = 200;
/// Whole numbers of more digits are ids and telephone numbers.
const MOST_DIGITS: usize = 9;

/// Reads columns that nothing is known of as the fields of the firm that are called like them.
pub(super) fn add_own_fields<'a>(
    fields: impl Iterator<Item = &'a CustomField>,
    header: &[String],
    mapping: &mut Mapping,
) {
    for field in fields {
        let called = [field.key(), &field.label, &field.label_de].map(word);
        let is_it = |head: &&String| {
            let word = word(head);
            !word.is_empty() && called.contains(&word) && !mapping.columns.contains_key(*head)
        };
        let is_free = mapping.column_of(field.name).is_none();
        if let Some(head) = header.iter().find(is_it).filter(|_| is_free).cloned() {
            mapping.columns.insert(head, field.name.to_owned());
        }
    }
}

fn word(text: &str) -> String {
    fold(text).chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// The type of a field that takes every value of a column: a whole number, a day, a line or a long text.
pub(super) fn own_type<'a>(values: impl Iterator<Item = &'a str> + Clone) -> &'static str {
    let all = |is_it: &dyn Fn(&str) -> bool| values.clone().next().is_some() && values.clone().all(is_it);
    // Zeros at the front are part of an id.
    let is_whole = |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        digits.len() <= MOST_DIGITS && text.parse::<i64>().is_ok_and(|number| number.to_string() == text)
    };
    let is_long = |text: &str| text.chars().count() > LONGEST_LINE || text.contains('\n');
    match () {
        () if all(&is_whole) => "whole",
        () if DateOrder::ALL.iter().any(|order| all(&|text| order.read(text).is_some())) => "date",
        () if values.clone().any(is_long) => "long_text",
        () => "text",
    }
}

/// The name of the firm's own field that `column` becomes: the one called like it, or a new one with its name and the type of its values.
///
/// # Errors
/// [`CustomFieldError::Denied`] for whoever does not define fields, [`CustomFieldError::Fields`] where no more fit.
pub async fn field_of_column(
    ctx: &Ctx,
    actor: &Actor,
    kind: Kind,
    column: &ColumnLook,
) -> Result<&'static str, CustomFieldError> {
    let known = list_definitions(ctx, actor, Some(kind)).await?;
    let label: String = column.head.trim().chars().take(LONGEST_LABEL).collect();
    let live = known.iter().filter(|it| it.retired_at.is_none());
    if let Some(same) =
        live.map(|it| &it.field).find(|field| !word(&label).is_empty() && word(&field.label) == word(&label))
    {
        return Ok(same.name);
    }
    let key = key_of(&label);
    let is_free = |key: &str| !known.iter().any(|it| it.field.name.strip_prefix(CUSTOM) == Some(key));
    let numbered = (2..100).map(|number| format!("{key}_{number}"));
    let key = std::iter::once(key.clone()).chain(numbered).find(|key| is_free(key)).unwrap_or(key);
    let draft = Draft::new().with("key", key).with("label", label).with("type", column.own_type);
    Ok(define_field(ctx, actor, kind, &draft).await?.field.name)
}

/// Small letters, digits and lines under them, a letter first.
fn key_of(label: &str) -> String {
    let plain: String =
        fold(label).chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { ' ' }).collect();
    let key = plain.split_whitespace().collect::<Vec<_>>().join("_");
    let begins = key.starts_with(|letter: char| letter.is_ascii_lowercase());
    let key = if begins { key } else { format!("field_{key}") };
    key.chars().take(LONGEST_KEY).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_s_type_is_one_that_takes_all_its_values() {
        let of = |values: &[&'static str]| own_type(values.iter().copied());
        assert_eq!(of(&["120", "-4"]), "whole");
        assert_eq!(of(&["120", "about 30"]), "text");
        assert_eq!(of(&["01067", "10115"]), "text", "a postcode keeps its zero");
        assert_eq!(of(&["43123456789"]), "text", "a telephone number");
        assert_eq!(of(&["2026-01-31", "2025-12-01"]), "date");
        assert_eq!(of(&["31.01.2026"]), "date");
        assert_eq!(of(&["31.01.2026", "02/28/2026"]), "text", "no one order reads both");
        assert_eq!(of(&["2026-01-31", "soon"]), "text");
        assert_eq!(of(&["one\ntwo"]), "long_text");
        assert_eq!(of(&[]), "text");
    }

    #[test]
    fn a_key_is_made_of_what_a_key_may_have() {
        assert_eq!(key_of("City"), "city");
        assert_eq!(key_of("Größe (m²)"), "grosse_m2");
        assert_eq!(key_of("2nd phone"), "field_2nd_phone");
        assert_eq!(key_of("日本"), "field_");
        assert_eq!(key_of("2025 revenue of the group in thousands").len(), 36);
    }
}
