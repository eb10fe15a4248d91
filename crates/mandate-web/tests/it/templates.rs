//! Templates and catalogue agree: every template compiles, every message it names exists.

use mandate_web::embedded::{CATALOGUES, TEMPLATES};
use mandate_web::texts::Texts;

#[test]
fn every_message_a_template_names_is_in_the_catalogue() {
    let texts = Texts::load().unwrap();
    let mut missing = vec![];
    for (template, text) in TEMPLATES {
        for (at, _) in text.match_indices("t(\"") {
            // Only the function `t` itself, not a macro whose name ends in t.
            if text[..at].ends_with(|before: char| before.is_alphanumeric() || "_.".contains(before)) {
                continue;
            }
            let id = text[at + 3..].split('"').next().unwrap();
            // An id put together from parts ends in a dash; its variants are tested where they are made.
            if !id.ends_with('-') && !texts.has(id) {
                missing.push(format!("{template}: {id}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn no_message_stands_twice_and_every_catalogue_is_read() {
    assert!(Texts::load().is_ok());
    assert!(CATALOGUES.len() >= 3);
}

#[test]
fn no_page_has_inline_script_or_style() {
    for (template, text) in TEMPLATES {
        assert!(!text.contains(" style=\""), "{template} has an inline style");
        assert!(!text.contains("<style"), "{template} has a style element");
        assert!(!text.contains(" onclick="), "{template} has an inline handler");
    }
}

#[test]
fn every_field_of_every_list_has_a_name() {
    use mandate_app::facts::delivered::cases;
    let texts = Texts::load().unwrap();
    for def in [
        cases(),
        mandate_app::audit::audit_list(&mandate_app::Actor::operator()),
        mandate_app::book::trash_list(),
    ] {
        for field in def.fields {
            let id = mandate_web::table::field_text_id(field.name);
            assert!(texts.has(&id), "{}: {id}", def.name);
        }
    }
}
