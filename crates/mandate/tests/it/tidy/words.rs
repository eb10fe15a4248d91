//! The message catalogue: every id that templates and Rust name exists, and every message is named somewhere.

use std::collections::BTreeSet;

use super::source::sources;
use super::{files, none, read};

/// Ids of the English catalogue, and where each stands.
fn messages() -> Vec<(String, String)> {
    let mut found = vec![];
    for path in files() {
        if !(path.starts_with("crates/mandate-web/locales/en/") && path.ends_with(".ftl")) {
            continue;
        }
        for (idx, line) in read(&path).lines().enumerate() {
            let Some((id, _)) = line.split_once('=') else { continue };
            let id = id.trim_end();
            let is_id = id.starts_with(|it: char| it.is_ascii_lowercase())
                && id
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte));
            if is_id {
                found.push((id.to_owned(), format!("{path}:{}", idx + 1)));
            }
        }
    }
    found
}

/// Every text between two quotes that follow each other: quotes may be nested in an attribute's quotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('"').chain(text.split('\'')).collect()
}

/// Texts in quotes, line by line, of templates, scripts and Rust outside tests: what may name a message.
fn spoken() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in files() {
        if path.starts_with("crates/mandate-web/templates/") || path.starts_with("web-assets/src/ts/") {
            for line in read(&path).lines() {
                found.extend(quoted(line).into_iter().map(str::to_owned));
            }
        }
    }
    for source in sources().iter().filter(|source| source.is_product()) {
        for (_, line) in source.spoken_lines() {
            found.extend(quoted(line).into_iter().map(str::to_owned));
        }
    }
    found
}

/// Calls that name a message by a literal: the id, or the start of one when the rest is put together.
fn named() -> Vec<(String, bool, String)> {
    let mut found = vec![];
    let mut look = |text: &str, place: String, calls: &[&str]| {
        for call in calls {
            for (at, _) in text.match_indices(call) {
                let before = text[..at].chars().next_back().unwrap_or(' ');
                if call.starts_with('t') && (before.is_alphanumeric() || before == '_' || before == '.') {
                    continue;
                }
                let rest = &text[at + call.len()..];
                let quote = &call[call.len() - 1..];
                let Some((id, after)) = rest.split_once(quote) else { continue };
                let put_together = after.trim_start().starts_with(['~', '+']) || id.contains('{');
                found.push((id.split('{').next().unwrap_or(id).to_owned(), put_together, place.clone()));
            }
        }
    };
    for path in files() {
        if path.starts_with("crates/mandate-web/templates/") {
            for (idx, line) in read(&path).lines().enumerate() {
                look(line, format!("{path}:{}", idx + 1), &["t(\"", "t('"]);
            }
        }
    }
    for source in sources().iter().filter(|source| source.is_product()) {
        for (line, text) in source.spoken_lines() {
            look(text, source.place(line), &["Message::new(\""]);
        }
    }
    found
}

#[test]
fn every_message_that_is_named_exists() {
    let ids: BTreeSet<String> = messages().into_iter().map(|(id, _)| id).collect();
    let mut breaches = vec![];
    for (id, put_together, place) in named() {
        let exists =
            if put_together { ids.iter().any(|known| known.starts_with(&id)) } else { ids.contains(&id) };
        if !exists {
            breaches.push(format!("{place} `{id}` is not in locales/en"));
        }
    }
    none(breaches);
}

#[test]
fn every_message_is_used() {
    let spoken = spoken();
    // `"state-" ~ word` and `format!("state-{word}")` use every message that starts so.
    let starts: Vec<&str> = spoken
        .iter()
        .filter_map(|text| {
            let start = text.split('{').next().unwrap_or_default();
            (start.len() > 2 && start.ends_with('-') && !start.contains(' ')).then_some(start)
        })
        .collect();
    let is_used = |id: &str| spoken.contains(id) || starts.iter().any(|start| id.starts_with(start));
    none(
        messages()
            .into_iter()
            .filter(|(id, _)| !is_used(id))
            .map(|(id, place)| format!("{place} `{id}` is used nowhere"))
            .collect(),
    );
}

#[test]
fn a_message_stands_once() {
    let mut seen = BTreeSet::new();
    none(
        messages()
            .into_iter()
            .filter(|(id, _)| !seen.insert(id.clone()))
            .map(|(id, place)| format!("{place} `{id}` stands twice"))
            .collect(),
    );
}
