//! Everything that a client's person can meet is told in German, too: each message exists, with the same arguments.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What a client's person meets: these templates and every component and the frames they stand in.
const TEMPLATES: [&str; 16] = [
    "identity/sign_in.html",
    "identity/link_ask.html",
    "identity/link_sign_in.html",
    "identity/second_step.html",
    "identity/password.html",
    "identity/recovery_codes.html",
    "identity/confirm.html",
    "identity/me.html",
    "identity/second_factor.html",
    "identity/passkeys.html",
    "identity/tokens.html",
    "error.html",
    "layout/portal.html",
    "layout/bare.html",
    "portal/",
    "components/",
];

/// The Rust code of those pages and of what it calls; a message named there in quotes counts.
const SOURCES: [&str; 22] = [
    "mandate-web/src/portal/pages.rs",
    "mandate-web/src/portal/answers.rs",
    "mandate-web/src/portal/inside.rs",
    "mandate-web/src/portal/words.rs",
    "mandate-web/src/failure.rs",
    "mandate-web/src/form.rs",
    "mandate-web/src/facts/kpi_words.rs",
    "mandate-web/src/identity/settings.rs",
    "mandate-web/src/identity/second_factor.rs",
    "mandate-web/src/identity/passkeys.rs",
    "mandate-app/src/identity/passkeys/error.rs",
    "mandate-web/src/identity/second_step.rs",
    "mandate-web/src/identity/confirm.rs",
    "mandate-web/src/identity/pages.rs",
    "mandate-web/src/identity/sign_in_link.rs",
    "mandate-app/src/portal/",
    "mandate-app/src/error.rs",
    "mandate-app/src/ctx.rs",
    "mandate-app/src/identity/profile.rs",
    "mandate-app/src/identity/factor_error.rs",
    "mandate-app/src/identity/sign_in.rs",
    "mandate-app/src/identity/tokens.rs",
];

/// Messages that are put together from a start and a word.
const STARTS: [&str; 15] = [
    "kpi-verdict-",
    "kpi-standing-",
    "kpi-formula-",
    "kpi-counted-",
    "exclusion-ground-",
    "exclusion-state-",
    "exclusion-error-",
    "result-error-",
    "locale-",
    "role-client-",
    "scope-portal-read",
    "scope-portal-answer",
    "scope-portal-colleagues",
    "scope-profile",
    "credit-line-",
];

/// Named in those sources, and met by our own people only.
const OURS: [&str; 18] = [
    "nav-portal",
    "settings-tab-users",
    "settings-tab-fields",
    "settings-tab-firm",
    "settings-tab-mail",
    "settings-tab-sources",
    "settings-tab-webhooks",
    "settings-tab-tags",
    "settings-tab-demo",
    "settings-tab-api",
    "view-",
    "walls-tab",
    "setup-title",
    "setup-lead",
    "setup-button",
    "client-access-",
    "account-tab-",
    "mail-many-reads-",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn files(path: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            files(&entry.unwrap().path(), ending, found);
        }
    } else if path.extension().is_some_and(|it| it == ending) {
        found.push(path.to_owned());
    }
}

fn texts(base: &str, paths: &[&str], ending: &str) -> Vec<String> {
    let mut found = vec![];
    for path in paths {
        let before = found.len();
        files(&root().join(base).join(path), ending, &mut found);
        assert!(found.len() > before, "{path} is gone: mend the list of this test");
    }
    found.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

/// Each message of a language with the arguments it takes.
fn catalogue(language: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for text in texts("mandate-web/locales", &[language], "ftl") {
        let mut current = String::new();
        for line in text.lines() {
            if let Some((id, _)) = line.split_once(" =")
                && line.starts_with(|it: char| it.is_ascii_lowercase())
            {
                current = id.trim().to_owned();
                found.entry(current.clone()).or_default();
            }
            for part in line.split("{ $").skip(1) {
                let name = part.split([' ', '}']).next().unwrap().to_owned();
                found.get_mut(&current).unwrap().insert(name);
            }
        }
    }
    found
}

fn needed(english: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for text in texts("mandate-web/templates", &TEMPLATES, "html") {
        words.extend(text.split(['"', '\'']).map(str::to_owned));
    }
    for text in texts("", &SOURCES, "rs") {
        let product = text.split("#[cfg(test)]").next().unwrap().to_owned();
        words.extend(product.split('"').map(str::to_owned));
    }
    let is_met = |id: &&String| {
        !OURS.iter().any(|ours| id.starts_with(ours))
            && (words.contains(*id) || STARTS.iter().any(|start| id.starts_with(start)))
    };
    english.keys().filter(is_met).cloned().collect()
}

#[test]
fn what_a_clients_person_meets_is_told_in_german() {
    let (english, german) = (catalogue("en"), catalogue("de"));
    let needed = needed(&english);
    assert!(needed.len() > 300, "{} found: does the test still find them?", needed.len());
    let missing: Vec<&String> = needed.iter().filter(|id| !german.contains_key(*id)).collect();
    assert!(missing.is_empty(), "missing in locales/de: {missing:#?}");
}

#[test]
fn german_says_nothing_that_english_does_not_and_takes_the_same_arguments() {
    let (english, german) = (catalogue("en"), catalogue("de"));
    for (id, arguments) in &german {
        assert_eq!(english.get(id), Some(arguments), "{id}");
    }
}
