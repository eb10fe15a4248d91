//! The message catalogue: Fluent, one folder a language, English complete.
//!
//! A missing message is a bug that a test finds; a page then shows the id rather than nothing. `REACH()` in a message is `all` for who
//! reaches every account, else `some`: "nothing that you may see" is said only to whom something may be kept from.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use mandate_app::Message;
use mandate_domain::Shared;

use crate::embedded::CATALOGUES;
use crate::locale::Formats;

thread_local! {
    /// Formats of the reader for whom a page is rendered right now; numbers inside messages follow it.
    static READER: RefCell<Option<Shared<Formats>>> = const { RefCell::new(None) };
    /// Whether that reader reaches every account.
    static REACHES_ALL: Cell<bool> = const { Cell::new(false) };
}

/// All catalogues by language.
pub struct Texts {
    bundles: BTreeMap<&'static str, FluentBundle<FluentResource>>,
}

/// Why the catalogues do not load; only a broken build can have it.
#[derive(Debug, thiserror::Error)]
#[error("catalogue `{file}`: {what}")]
pub struct TextsError {
    file: &'static str,
    what: String,
}

impl Texts {
    /// Reads every embedded catalogue.
    ///
    /// # Errors
    /// [`TextsError`] naming the file with a syntax error or an id that stands twice.
    pub fn load() -> Result<Self, TextsError> {
        let mut bundles = BTreeMap::new();
        for (path, text) in CATALOGUES {
            let (language, file) = path.split_once('/').unwrap_or(("en", path));
            let bundle = bundles.entry(language).or_insert_with(|| {
                let locale = language.parse().unwrap_or_default();
                let mut bundle = FluentBundle::new_concurrent(vec![locale]);
                bundle.set_use_isolating(false);
                bundle.set_formatter(Some(format_number));
                // A new bundle has no function of that name yet.
                let added = bundle.add_function("REACH", |_, _| FluentValue::from(reach()));
                debug_assert!(added.is_ok(), "REACH stands twice");
                bundle
            });
            let resource = FluentResource::try_new((*text).to_owned())
                .map_err(|(_, errors)| TextsError { file, what: format!("{errors:?}") })?;
            bundle
                .add_resource(resource)
                .map_err(|errors| TextsError { file, what: format!("{errors:?}") })?;
        }
        Ok(Self { bundles })
    }

    /// The message `id` in `language` (English where that has none), with its arguments.
    pub fn text(&self, language: &str, id: &str, arguments: &FluentArgs<'_>) -> String {
        for bundle in [self.bundles.get(language), self.bundles.get("en")].into_iter().flatten() {
            if let Some(pattern) = bundle.get_message(id).and_then(|message| message.value()) {
                let mut errors = vec![];
                let text = bundle.format_pattern(pattern, Some(arguments), &mut errors).into_owned();
                if !errors.is_empty() {
                    tracing::error!(id, ?errors, "a message lacks an argument");
                }
                return text;
            }
        }
        tracing::error!(id, "a message is missing");
        id.to_owned()
    }

    /// Whether English has the message.
    pub fn has(&self, id: &str) -> bool {
        self.bundles.get("en").is_some_and(|bundle| bundle.has_message(id))
    }

    /// A use case's message.
    pub fn message(&self, language: &str, message: &Message) -> String {
        let mut arguments = FluentArgs::new();
        for (name, value) in &message.arguments {
            arguments.set(*name, argument(name, value));
        }
        self.text(language, message.id, &arguments)
    }

    /// Runs `render` for somebody who reaches every account, if `reaches_all`: what they may not see need not be said.
    pub fn for_reach<T>(reaches_all: bool, render: impl FnOnce() -> T) -> T {
        let before = REACHES_ALL.replace(reaches_all);
        let result = render();
        REACHES_ALL.set(before);
        result
    }

    /// Runs `render` with numbers inside messages written as `formats` has them.
    pub fn for_reader<T>(formats: &Shared<Formats>, render: impl FnOnce() -> T) -> T {
        let before = READER.with(|reader| reader.replace(Some(formats.clone())));
        let result = render();
        READER.with(|reader| reader.replace(before));
        result
    }
}

/// What the function `REACH()` of messages gives: `all` for who reaches every account, else `some`.
fn reach() -> &'static str {
    if REACHES_ALL.get() { "all" } else { "some" }
}

/// Arguments that messages quote: what somebody wrote, shown as it stands though it be an id of digits. A test compares.
const QUOTED: [&str; 32] = [
    "account", "action", "class", "close", "column", "email", "ending", "field", "file", "filter", "first",
    "given", "id", "kpi", "list", "measure", "name", "policy", "query", "reason", "right", "role", "scope",
    "sheet", "source", "state", "taken", "text", "title", "value", "word", "zone",
];

/// Whole numbers become numbers, so that plurals work; anything else, and what is quoted, stays text.
pub fn argument(name: &str, value: &str) -> FluentValue<'static> {
    match value.parse::<i64>() {
        Ok(number) if number.to_string() == value && !QUOTED.contains(&name) => FluentValue::from(number),
        _ => FluentValue::from(value.to_owned()),
    }
}

fn format_number<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    let FluentValue::Number(number) = value else { return None };
    let whole = number.value;
    if whole.fract() != 0.0 || whole.abs() > 9e15 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53, checked above")]
    let whole = whole as i64;
    READER.with(|reader| reader.borrow().as_ref().map(|formats| formats.number(whole)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_messages_quote_is_never_written_as_a_number() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("locales");
        let mut n_quoted = 0;
        for file in std::fs::read_dir(folder)
            .expect("languages")
            .flat_map(|it| std::fs::read_dir(it.expect("one").path()).expect("files"))
        {
            let path = file.expect("a file").path();
            let text = std::fs::read_to_string(&path).expect("its text");
            for part in text.split(['“', '„']).skip(1) {
                let Some(name) =
                    part.strip_prefix("{ $").and_then(|rest| rest.split_once(" }")).map(|(name, _)| name)
                else {
                    continue;
                };
                n_quoted += 1;
                assert!(QUOTED.contains(&name), "`{name}` is quoted in {}", path.display());
            }
            for name in QUOTED {
                let choice = format!("{{ ${name} ->");
                let chosen = text.split(&choice).skip(1).map(|rest| rest.split('}').next());
                assert!(
                    chosen.flatten().all(|it| !it.contains("[one]")),
                    "{} counts by `{name}`",
                    path.display()
                );
            }
        }
        assert!(n_quoted > 100, "only {n_quoted} were looked at");
        assert_eq!(argument("text", "18000263268"), FluentValue::from("18000263268"));
        assert_eq!(argument("count", "18000"), FluentValue::from(18_000));
    }

    /// Words that are wrong after a one.
    const SEVERAL: [&str; 24] = [
        "accounts",
        "cases",
        "cells",
        "colleagues",
        "contracts",
        "credits",
        "events",
        "expectations",
        "fields",
        "files",
        "lines",
        "managers",
        "measures",
        "months",
        "people",
        "products",
        "promises",
        "records",
        "reopenings",
        "results",
        "rows",
        "seconds",
        "targets",
        "things",
    ];
    /// What is at least two wherever it is said.
    const ALWAYS_SEVERAL: [&str; 11] = [
        "book-error-too-many",
        "book-price-per-many",
        "bulk-error-too-many",
        "demo-lead-loaded",
        "export-error-too-many-rows",
        "fit-more",
        "growth-all-rows",
        "kpi-fig-year",
        "kpi-months-shown",
        "mail-many-reads-body",
        "mail-many-reads-subject",
    ];

    /// Every English message with each of its arguments a one, limits apart.
    fn said_of_one() -> Vec<(String, String)> {
        let texts = Texts::load().expect("the catalogues load");
        let english = CATALOGUES.iter().filter(|(path, _)| path.starts_with("en/"));
        let mut said = vec![];
        for (id, line) in english
            .flat_map(|(_, text)| text.lines())
            .filter_map(|line| Some((line.split_once(" =")?.0, line)))
        {
            if line.starts_with(|first: char| first.is_ascii_lowercase()) && texts.has(id) {
                let mut arguments = FluentArgs::new();
                for name in [
                    "count", "rows", "errors", "wrong", "n", "events", "accounts", "cases", "seconds",
                    "done", "met", "managers", "missing", "counted", "reopened", "given", "found", "length",
                    "signed", "missed", "just", "trashed", "restored", "people", "teams", "products", "open",
                    "wanted", "waiting", "gaps", "single", "unknown", "late", "known",
                ] {
                    arguments.set(name, 1);
                }
                // Limits and what else is told are no ones.
                for name in [
                    "limit", "most", "total", "shown", "granted", "columns", "hidden", "rateless", "removed",
                    "active",
                ] {
                    arguments.set(name, 7);
                }
                said.push((id.to_owned(), texts.text("en", id, &arguments)));
            }
        }
        said
    }

    #[test]
    fn what_is_said_of_one_is_in_the_singular() {
        let said = said_of_one();
        assert!(said.len() > 1_000, "only {} messages", said.len());
        let is_wrong = |text: &str| {
            let words: Vec<&str> = text.split_whitespace().collect();
            words.windows(2).any(|pair| {
                let noun = pair[1].trim_matches(|it: char| !it.is_ascii_alphabetic());
                ["1", "one", "One"].contains(&pair[0]) && SEVERAL.contains(&noun)
            })
        };
        let wrong = said.iter().filter(|(id, text)| is_wrong(text) && !ALWAYS_SEVERAL.contains(&id.as_str()));
        let wrong: Vec<&(String, String)> = wrong.collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn a_refused_import_speaks_of_one_cell_and_of_several() {
        let texts = Texts::load().expect("the catalogues load");
        let say = |errors: i64, wrong: i64| {
            let mut arguments = FluentArgs::new();
            for (name, count) in [("errors", errors), ("wrong", wrong), ("rows", 240)] {
                arguments.set(name, count);
            }
            texts.text("en", "import-error-rows", &arguments)
        };
        assert_eq!(
            say(1, 1),
            "One cell of one row is wrong, of 240 in all. Correct it and upload the file again."
        );
        assert_eq!(
            say(3, 1),
            "3 cells in one row are wrong, of 240 in all. Correct them and upload the file again."
        );
        assert_eq!(
            say(3, 2),
            "3 cells in 2 rows are wrong, of 240 in all. Correct them and upload the file again."
        );
    }
}
