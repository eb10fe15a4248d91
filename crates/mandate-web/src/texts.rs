//! The message catalogue: Fluent, one folder a language, English complete.
//!
//! A missing message is a bug that a test finds; a page then shows the id rather than nothing.

use std::cell::RefCell;
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
            arguments.set(*name, argument(value));
        }
        self.text(language, message.id, &arguments)
    }

    /// Runs `render` with numbers inside messages written as `formats` has them.
    pub fn for_reader<T>(formats: &Shared<Formats>, render: impl FnOnce() -> T) -> T {
        let before = READER.with(|reader| reader.replace(Some(formats.clone())));
        let result = render();
        READER.with(|reader| reader.replace(before));
        result
    }
}

/// Whole numbers become numbers, so that plurals work; anything else stays text.
pub fn argument(value: &str) -> FluentValue<'static> {
    match value.parse::<i64>() {
        Ok(number) if number.to_string() == value => FluentValue::from(number),
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
