//! Templates: minijinja with strict undefined, one environment a language; in development read from disk at each use.
//!
//! Every template has `t(id, name=value)` (the catalogue) and `asset(name)` (the address of a built asset).

use std::collections::BTreeMap;
use std::sync::Arc;

use fluent_bundle::{FluentArgs, FluentValue};
use mandate_domain::Shared;
use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};

use crate::embedded::{Assets, TEMPLATES};
use crate::locale::Formats;
use crate::texts::Texts;

/// All templates.
pub struct Templates {
    by_language: BTreeMap<&'static str, Environment<'static>>,
}

/// Languages in which pages are shown; what another than English lacks is told in English. German has all that a client's
/// people meet.
pub const LANGUAGES: [&str; 2] = ["en", "de"];

impl Templates {
    /// Compiles every embedded template.
    ///
    /// # Errors
    /// The first template that does not compile.
    pub fn load(texts: &Arc<Texts>, assets: &Arc<Assets>) -> Result<Self, Error> {
        let mut by_language = BTreeMap::new();
        for language in LANGUAGES {
            by_language.insert(language, environment(language, texts.clone(), assets.clone())?);
        }
        Ok(Self { by_language })
    }

    /// Renders `template` for a reader of `language` with numbers as `formats` has them.
    ///
    /// # Errors
    /// [`Error`] when the template uses what `context` lacks.
    pub fn render(
        &self,
        language: &str,
        formats: &Shared<Formats>,
        template: &str,
        context: Value,
    ) -> Result<String, Error> {
        let environment = self.by_language.get(language).or_else(|| self.by_language.get("en"));
        let Some(environment) = environment else {
            return Err(Error::new(ErrorKind::TemplateNotFound, "no language is loaded"));
        };
        Texts::for_reader(formats, || environment.get_template(template)?.render(context))
    }

    /// Names of all page templates (not components or layouts), for the every-page-renders test.
    pub fn names() -> impl Iterator<Item = &'static str> {
        TEMPLATES.iter().map(|(name, _)| *name)
    }
}

fn environment(
    language: &'static str,
    texts: Arc<Texts>,
    assets: Arc<Assets>,
) -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment
        .add_function("t", move |id: &str, arguments: Kwargs| translate(&texts, language, id, &arguments));
    environment.add_function("asset", move |name: &str| assets.href(name));
    for (name, text) in TEMPLATES {
        environment.add_template(name, text)?;
    }
    Ok(environment)
}

fn translate(texts: &Texts, language: &str, id: &str, arguments: &Kwargs) -> Result<String, Error> {
    let mut fluent = FluentArgs::new();
    for name in arguments.args() {
        let value: Value = arguments.get(name)?;
        let argument = match value.kind() {
            ValueKind::Number => match i64::try_from(value.clone()) {
                Ok(whole) => FluentValue::from(whole),
                Err(_) => FluentValue::from(value.to_string()),
            },
            _ => FluentValue::from(value.to_string()),
        };
        fluent.set(name.to_owned(), argument);
    }
    Ok(texts.text(language, id, &fluent))
}

/// A view struct as a template sees it: `context! { list => view(&list) }`.
pub fn view<T: serde::Serialize>(value: T) -> Value {
    Value::from(minijinja::value::Serde(value))
}
