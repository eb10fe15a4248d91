//! The documents: what they name exists, and what must be written is written.

use super::{files, none, read, root};

/// Texts between backticks of a document that look like a path of this repository: line, path, and the item named after `::`.
fn paths(text: &str) -> Vec<(usize, String, Option<String>)> {
    let tops = ["crates/", "docs/", "tools/", "e2e/", "web-assets/", "demo/", "bench/", ".ci/"];
    let mut found = vec![];
    let mut in_code = false;
    for (idx, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        for word in line.split('`').skip(1).step_by(2) {
            let path = word.split("::").next().unwrap_or_default().split('#').next().unwrap_or_default();
            let is_path = tops.iter().any(|top| path.starts_with(top));
            // `crates/<room>` and `docs/*.md` are patterns, not paths.
            if is_path && !path.contains(['<', '*', '{', ' ', '$']) && !path.contains("NNNN") {
                let item = word.split("::").nth(1).map(str::to_owned);
                found.push((idx + 1, path.to_owned(), item));
            }
        }
    }
    found
}

/// What the list of the ASVS names as proof is there: a test by its name, or a file; and every status is one of three.
#[test]
fn every_proof_of_the_asvs_list_exists() {
    let sources: Vec<String> =
        files().into_iter().filter(|path| path.ends_with(".rs")).map(|path| read(&path)).collect();
    let (mut breaches, mut n_tests) = (vec![], 0);
    for (idx, line) in read("docs/security/asvs.csv").lines().enumerate().skip(1) {
        let cells: Vec<&str> = line.splitn(4, ',').collect();
        let [_, _, status, proof] = cells[..] else {
            breaches.push(format!("line {}: `{line}` has not four cells", idx + 1));
            continue;
        };
        if !["held", "partly", "not yet"].contains(&status) {
            breaches.push(format!("line {}: `{status}` is no status", idx + 1));
        }
        for word in proof.split([' ', ';', '(', ')']) {
            let is_file = ["crates/", "docs/"].iter().any(|top| word.starts_with(top));
            let is_test = word.contains("::") && !is_file;
            let name = word.rsplit("::").next().unwrap_or_default();
            n_tests += usize::from(is_test);
            if is_file && !root().join(word).exists()
                || is_test && !sources.iter().any(|text| text.contains(&format!("fn {name}(")))
            {
                breaches.push(format!("line {}: `{word}` is not there", idx + 1));
            }
        }
    }
    assert!(n_tests > 40, "{n_tests}");
    none(breaches);
}

#[test]
fn every_path_a_document_names_exists() {
    let mut breaches = vec![];
    for document in files().into_iter().filter(|path| path.ends_with(".md") && !path.contains("node_modules"))
    {
        for (line, path, item) in paths(&read(&document)) {
            if !root().join(&path).exists() {
                breaches.push(format!("{document}:{line} names `{path}`, which is not there"));
            } else if let Some(item) = item.filter(|_| path.ends_with(".rs")) {
                let text = read(&path);
                let kinds = ["fn", "struct", "enum", "trait", "const", "mod"];
                if !kinds.iter().any(|kind| text.contains(&format!("{kind} {item}"))) {
                    breaches.push(format!("{document}:{line} names `{path}::{item}`, which is not there"));
                }
            }
        }
    }
    none(breaches);
}

#[test]
fn every_test_that_an_invariant_names_exists() {
    let architecture = read("ARCHITECTURE.md");
    let rust: String = files()
        .iter()
        .filter(|path| path.starts_with("crates/") && path.ends_with(".rs"))
        .map(|path| read(path))
        .collect();
    let section = architecture.split("## Invariants").nth(1).expect("a section of invariants");
    let section = section.split("\n## ").next().unwrap_or_default();
    let mut breaches = vec![];
    let mut n_named = 0;
    for word in section.split('`').skip(1).step_by(2) {
        let name = word.rsplit("::").next().unwrap_or_default();
        let is_test = word.contains("::") && name.contains('_');
        if is_test {
            n_named += 1;
            if !rust.contains(&format!("fn {name}(")) {
                breaches.push(format!("ARCHITECTURE.md names the test `{word}`, which is not there"));
            }
        }
    }
    assert!(n_named >= 10, "only {n_named} tests are named");
    none(breaches);
}

#[test]
fn every_dependency_says_why_it_is_here() {
    let workspace: toml::Table = read("Cargo.toml").parse().expect("the root manifest");
    let shared = workspace["workspace"]["dependencies"].as_table().expect("shared dependencies");
    let mut decisions = read("docs/decisions.md");
    for path in files().iter().filter(|path| path.starts_with("docs/decisions.d/")) {
        decisions.push_str(&read(path));
    }
    none(
        shared
            .iter()
            .filter(|(name, value)| value.get("path").is_none() && !decisions.contains(&format!("`{name}`")))
            .map(|(name, _)| format!("docs/decisions.md does not say why `{name}` is here"))
            .collect(),
    );
}

#[test]
fn every_crate_is_in_the_architecture() {
    let architecture = read("ARCHITECTURE.md");
    let manifests =
        files().into_iter().filter(|path| path.starts_with("crates/") && path.ends_with("/Cargo.toml"));
    let crates: Vec<String> =
        manifests.filter_map(|path| path.split('/').nth(1).map(str::to_owned)).collect();
    none(
        crates
            .into_iter()
            .filter(|name| !architecture.contains(&format!("`{name}`")))
            .map(|name| format!("ARCHITECTURE.md does not say what `{name}` is"))
            .collect(),
    );
}

#[test]
fn documents_and_code_are_plain_files_of_the_repository() {
    // Generated files, secrets and databases have no place in the repository.
    let endings = [".db", ".sqlite", ".pem", ".key", ".parquet", ".env", ".orig", ".rej", ".part.md"];
    none(
        files()
            .into_iter()
            .filter(|path| endings.iter().any(|ending| path.ends_with(ending)))
            .map(|path| format!("{path} should not be committed"))
            .collect(),
    );
}
