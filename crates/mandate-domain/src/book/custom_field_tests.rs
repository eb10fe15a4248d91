//! Custom fields: which names and shapes are taken, how values are read and shown, and which messages say what is wrong.
//! The store's side, where they are found and sorted by, is tested on both databases.

use super::*;
use crate::Instant;

fn id() -> Id<CustomField> {
    Id::new(Instant::from_microseconds(0), 7)
}

fn parse(draft: &Draft, before: Option<&CustomField>) -> Result<CustomField, FieldProblems> {
    CustomField::parse((id(), Kind::Account), draft, before)
}

fn field(kind: &str, more: &[(&str, &str)]) -> CustomField {
    let draft = Draft::new().with("key", "margin").with("label", "Margin").with("type", kind);
    let draft = more.iter().fold(draft, |draft, (name, text)| draft.with(name, *text));
    parse(&draft, None).unwrap()
}

/// A type, what its field states, a text, what it is kept and written as.
type Case = (&'static str, &'static [(&'static str, &'static str)], &'static str, &'static str, &'static str);

const ID: &str = "00000000000000000000000001";

#[test]
fn every_type_reads_its_values_and_refuses_others() {
    let choices = &[("choices", "EMEA\nAPAC\nAméricas")][..];
    let cases: [Case; 13] = [
        ("text", &[], " one line ", "one line", "two\nlines"),
        ("long_text", &[], "two\nlines", "two\nlines", "\u{0}"),
        ("whole", &[], "-12", "-12", "1.5"),
        ("decimal", &[("decimals", "3")], "1,5", "1.500", "1.2345"),
        ("amount", &[("currency", "EUR")], "12.5", "12.50", "12.505"),
        ("date", &[], "2027-03-31", "2027-03-31", "31.3.2027"),
        ("yes_no", &[], "TRUE", "yes", "perhaps"),
        ("choice", choices, "americas", "Américas", "EME"),
        ("choices", choices, "apac; EMEA;apac", "EMEA;APAC", "EMEA;Mars"),
        ("web", &[], "https://example.com/a", "https://example.com/a", "javascript:alert(1)"),
        ("email", &[], "a@example.com", "a@example.com", "a.example.com"),
        ("person", &[], ID, ID, "Jonas Keller"),
        ("account", &[], ID, ID, "Brackwell"),
    ];
    for (kind, more, given, kept, refused) in cases {
        let field = field(kind, more);
        assert_eq!(field.read(given).unwrap().unwrap().text, kept, "{kind}");
        assert!(field.read(refused).is_err(), "{kind} took `{refused}`");
        assert_eq!(field.read("  "), Ok(None), "{kind}");
        assert_eq!(parse(&field.draft(), Some(&field)), Ok(field), "{kind}");
    }
}

#[test]
fn numbers_are_kept_exactly() {
    let cases = [
        ("0", 0, "0.00"),
        ("-0.05", -5, "-0.05"),
        ("92233720368547758.07", i64::MAX, "92233720368547758.07"),
    ];
    for (given, number, text) in cases {
        assert_eq!(scaled(given, 2), Some(number));
        assert_eq!(unscaled(number, 2), text);
    }
    assert_eq!(scaled("92233720368547758.08", 2), None, "more than fits");
    assert_eq!(scaled("1e5", 2), None);
}

#[test]
fn a_field_in_use_keeps_key_type_and_choices() {
    let before = field("choice", &[("choices", "EMEA\nAPAC")]);
    let changed = before.draft().with("key", "other").with("choices", "EMEA\nLATAM").with("read_for", "cost");
    let problems = parse(&changed, Some(&before)).unwrap_err();
    let wrong: Vec<&str> = problems.0.iter().map(|(field, _)| *field).collect();
    assert_eq!(wrong, ["key", "choices", "read_for"]);
    let more = before.draft().with("choices", "LATAM\nEMEA\nAPAC");
    assert_eq!(parse(&more, Some(&before)).unwrap().shape.choices().len(), 3);
}

#[test]
fn a_definition_is_refused_with_every_field_that_is_wrong() {
    let draft = Draft::new().with("key", "Über").with("type", "choice").with("choices", "a;b");
    let problems = parse(&draft, None).unwrap_err();
    let wrong: Vec<&str> = problems.0.iter().map(|(field, _)| *field).collect();
    assert_eq!(wrong, ["key", "label", "choices"]);
}

#[test]
fn a_name_is_kept_once() {
    assert!(std::ptr::eq(kept("custom.a_name_kept_once"), kept("custom.a_name_kept_once")));
}
