//! Rules of single Rust files: length, headers, names, what may not stand outside tests.

use super::none;
use super::source::{Source, sources};

const LONGEST_FILE: usize = 600;
const LONGEST_FUNCTION: usize = 70;
const LONGEST_HEADER: usize = 12;
/// A floor's `lib.rs` also says how to add there.
const LONGEST_FLOOR_HEADER: usize = 25;

/// Every place outside tests where the product's code holds one of `words`.
fn places(words: &[&str], advice: &str) -> Vec<String> {
    let mut breaches = vec![];
    for source in sources().iter().filter(|source| source.is_product()) {
        for (line, text) in source.product_lines() {
            for word in words.iter().filter(|word| text.contains(**word)) {
                breaches.push(format!("{} `{word}`: {advice}", source.place(line)));
            }
        }
    }
    breaches
}

#[test]
fn files_are_at_most_600_lines_without_tests() {
    let long = |source: &&Source| source.is_product() && source.n_product_lines() > LONGEST_FILE;
    let sources = sources();
    none(
        sources
            .iter()
            .filter(long)
            .map(|source| {
                format!("{} has {} lines: split it by use case", source.path, source.n_product_lines())
            })
            .collect(),
    );
}

#[test]
fn functions_are_at_most_70_lines() {
    let mut breaches = vec![];
    for source in sources().iter().filter(|source| source.is_product()) {
        for function in source.functions().iter().filter(|function| function.n_lines > LONGEST_FUNCTION) {
            let place = source.place(function.line);
            breaches.push(format!("{place} `{}` has {} lines", function.name, function.n_lines));
        }
    }
    none(breaches);
}

#[test]
fn every_file_opens_with_a_header_of_3_to_12_lines_or_less_when_small() {
    let mut breaches = vec![];
    for source in &sources() {
        let n_header = source.text.lines().take_while(|line| line.starts_with("//!")).count();
        let is_floor = source.path.ends_with("/src/lib.rs");
        let most = if is_floor { LONGEST_FLOOR_HEADER } else { LONGEST_HEADER };
        if n_header == 0 {
            breaches.push(format!("{} has no header: what does it own, what is elsewhere?", source.path));
        } else if n_header > most {
            breaches.push(format!("{} has a header of {n_header} lines, at most {most}", source.path));
        }
    }
    none(breaches);
}

#[test]
fn nothing_unfinished_stands_outside_tests() {
    let words = ["todo!", "unimplemented!", "dbg!", ".unwrap()", "println!(\"debug"];
    none(places(&words, "finish it, or `expect` with what holds"));
}

#[test]
fn exceptions_from_lints_are_expected_with_a_reason() {
    let mut breaches = vec![];
    for source in &sources() {
        for (at, word) in source.code.match_indices("allow(") {
            let opens_attribute = source.code[..at].ends_with("#[") || source.code[..at].ends_with("#![");
            if opens_attribute {
                let line = source.code[..at].matches('\n').count() + 1;
                breaches
                    .push(format!("{} `{word}`: write expect(lint, reason = \"...\")", source.place(line)));
            }
        }
        for (at, _) in source.code.match_indices("#[expect(").chain(source.code.match_indices("#![expect(")) {
            let attribute = source.code[at..].split(']').next().unwrap_or_default();
            if !attribute.contains("reason = ") {
                let line = source.code[..at].matches('\n').count() + 1;
                breaches.push(format!("{} expects a lint without a reason", source.place(line)));
            }
        }
    }
    none(breaches);
}

#[test]
fn no_file_is_a_drawer_for_anything() {
    let drawers = ["util.rs", "utils.rs", "common.rs", "helper.rs", "helpers.rs", "misc.rs", "tools.rs"];
    let is_drawer = |source: &&Source| drawers.iter().any(|name| source.path.ends_with(&format!("/{name}")));
    let sources = sources();
    none(
        sources
            .iter()
            .filter(is_drawer)
            .map(|source| format!("{}: name it after what it owns", source.path))
            .collect(),
    );
}

#[test]
fn money_is_never_a_float() {
    let mut breaches = vec![];
    for source in sources().iter().filter(|source| source.is_product()) {
        for (line, text) in source.product_lines() {
            let names_money =
                ["_minor: f64", "_minor: f32", "_minor: Option<f64>", "_minor as f64", "_minor as f32"];
            if names_money.iter().any(|word| text.contains(word)) {
                breaches.push(format!("{} money as a float: keep minor units", source.place(line)));
            }
            if source.path.ends_with("mandate-domain/src/money.rs")
                && (text.contains("f64") || text.contains("f32"))
            {
                breaches.push(format!("{} a float in money.rs", source.place(line)));
            }
        }
    }
    none(breaches);
}

#[test]
fn rules_ask_no_machine_for_the_time_or_for_chance() {
    let pure = ["mandate-domain", "mandate-facts", "mandate-deals", "mandate-tenor"];
    let words = [
        "SystemTime::now",
        "Timestamp::now",
        "Zoned::now",
        "Instant::now(",
        "thread_rng",
        "rand::rng",
        "OsRng",
    ];
    let mut breaches = vec![];
    for source in sources().iter().filter(|source| source.is_product() && pure.contains(&source.crate_name()))
    {
        for (line, text) in source.product_lines() {
            for word in words.iter().filter(|word| text.contains(**word)) {
                breaches.push(format!("{} `{word}`: take it as an argument", source.place(line)));
            }
        }
    }
    none(breaches);
}

#[test]
fn bookkeeping_is_committed_without_a_record_only_where_the_audit_page_says_so() {
    // A commit without an audit record is for what is no business event; each place is argued on the page.
    let page = std::fs::read_to_string(super::root().join("docs/reference/audit.md")).unwrap_or_default();
    let mut breaches = vec![];
    for source in sources().iter().filter(|source| source.is_product()) {
        for (line, _) in source.product_lines().filter(|(_, text)| text.contains(".commit_bookkeeping()")) {
            let function = source.function_at(line).map(|function| function.name).unwrap_or_default();
            let file = source.path.trim_start_matches("crates/mandate-store/src/");
            if !page.contains(&format!("`{file}::{function}`")) {
                breaches.push(format!(
                    "{} commits without an audit record: `{file}::{function}` is not on docs/reference/audit.md",
                    source.place(line)
                ));
            }
        }
    }
    none(breaches);
}
