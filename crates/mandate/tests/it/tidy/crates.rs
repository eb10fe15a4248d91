//! Which crate may depend on which, and what belongs to one crate alone.

use std::collections::BTreeMap;

use super::source::sources;
use super::{files, none, read};

/// The edges of LAYOUT.md section 1, without dev-dependencies.
const EDGES: [(&str, &[&str]); 9] = [
    ("mandate", &["mandate-web", "mandate-app"]),
    ("mandate-web", &["mandate-app", "mandate-domain"]),
    ("mandate-app", &["mandate-store", "mandate-domain", "mandate-deals", "mandate-facts", "mandate-tenor"]),
    ("mandate-store", &["mandate-domain"]),
    ("mandate-domain", &[]),
    ("mandate-facts", &[]),
    ("mandate-deals", &[]),
    ("mandate-tenor", &[]),
    ("mandate-testing", &["mandate-domain", "mandate-store", "mandate-app"]),
];

/// What only some crates may know: the packages, and the crates that may.
const KNOWN_TO: [(&[&str], &[&str]); 3] = [
    // The test kit makes and drops databases, which no transaction can; it has no statement on a table.
    (&["sqlx"], &["mandate-store", "mandate-testing"]),
    (&["axum", "hyper", "hyper-util", "tower", "tower-http", "minijinja", "utoipa"], &["mandate-web"]),
    (&["anyhow", "clap", "tracing-subscriber"], &["mandate"]),
];

/// What engines and the domain may not have.
const IMPURE: [&str; 12] = [
    "tokio",
    "serde",
    "serde_json",
    "sqlx",
    "axum",
    "tracing",
    "log",
    "reqwest",
    "hyper",
    "anyhow",
    "getrandom",
    "futures-util",
];

/// Every manifest of a crate: name and its tables.
fn manifests() -> BTreeMap<String, toml::Table> {
    files()
        .into_iter()
        .filter(|path| path.starts_with("crates/") && path.ends_with("/Cargo.toml"))
        .map(|path| {
            let table: toml::Table = read(&path).parse().unwrap_or_else(|error| panic!("{path}: {error}"));
            (path.split('/').nth(1).unwrap_or_default().to_owned(), table)
        })
        .collect()
}

fn dependencies(manifest: &toml::Table, kind: &str) -> Vec<String> {
    let table = manifest.get(kind).and_then(toml::Value::as_table);
    table.map(|table| table.keys().cloned().collect()).unwrap_or_default()
}

#[test]
fn no_crate_depends_on_one_it_may_not() {
    let mut breaches = vec![];
    for (name, manifest) in manifests() {
        let Some((_, allowed)) = EDGES.iter().find(|(known, _)| *known == name) else {
            breaches.push(format!("crates/{name} is not among the crates of ARCHITECTURE.md"));
            continue;
        };
        for dependency in dependencies(&manifest, "dependencies") {
            if dependency.starts_with("mandate") && !allowed.contains(&dependency.as_str()) {
                breaches.push(format!("{name} may not depend on {dependency}"));
            }
            if dependency == "mandate-testing" {
                breaches.push(format!("{name} has the test kit outside [dev-dependencies]"));
            }
        }
    }
    none(breaches);
}

#[test]
fn sql_http_and_argv_are_known_to_one_crate_each() {
    let mut breaches = vec![];
    for (name, manifest) in manifests() {
        for dependency in dependencies(&manifest, "dependencies") {
            let rule = KNOWN_TO.iter().find(|(packages, _)| packages.contains(&dependency.as_str()));
            if let Some((_, crates)) = rule
                && !crates.contains(&name.as_str())
            {
                breaches.push(format!("{name} may not know {dependency}; that is for {}", crates.join(", ")));
            }
        }
    }
    none(breaches);
}

#[test]
fn engines_and_domain_are_pure() {
    let mut breaches = vec![];
    for (name, manifest) in manifests() {
        if !["mandate-domain", "mandate-facts", "mandate-deals", "mandate-tenor"].contains(&name.as_str()) {
            continue;
        }
        for dependency in dependencies(&manifest, "dependencies") {
            if IMPURE.contains(&dependency.as_str()) {
                breaches.push(format!("{name} may not have {dependency}"));
            }
        }
    }
    for source in sources().iter().filter(|source| source.is_product()) {
        // The engine touches files in its `io` module; the domain nowhere.
        let is_io = source.path.starts_with("crates/mandate-facts/src/io");
        if !["mandate-domain", "mandate-facts", "mandate-deals", "mandate-tenor"]
            .contains(&source.crate_name())
            || is_io
        {
            continue;
        }
        for (line, text) in source.product_lines() {
            let words = ["std::fs", "std::net", "std::env", "println!", "async fn", "File::open"];
            for word in words.iter().filter(|word| text.contains(**word)) {
                breaches.push(format!("{} `{word}`", source.place(line)));
            }
        }
    }
    none(breaches);
}

#[test]
fn versions_and_features_are_named_once() {
    let mut breaches = vec![];
    for (name, manifest) in manifests() {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(table) = manifest.get(kind).and_then(toml::Value::as_table) else { continue };
            for (dependency, value) in table {
                let inherits = value.get("workspace").and_then(toml::Value::as_bool) == Some(true);
                if !inherits {
                    breaches.push(format!(
                        "{name}: {dependency} has its own version; name it in the root Cargo.toml"
                    ));
                }
            }
        }
        let lints = manifest.get("lints").and_then(|lints| lints.get("workspace"));
        if lints.and_then(toml::Value::as_bool) != Some(true) {
            breaches.push(format!("{name} does not take the workspace's lints"));
        }
    }
    let workspace: toml::Table = read("Cargo.toml").parse().expect("the root manifest");
    let shared = workspace["workspace"]["dependencies"].as_table().expect("shared dependencies");
    for (dependency, value) in shared.iter().filter(|(_, value)| value.get("path").is_none()) {
        if value.get("default-features").and_then(toml::Value::as_bool) != Some(false) {
            breaches.push(format!("{dependency}: default-features = false, and what is needed by name"));
        }
    }
    none(breaches);
}

#[test]
fn overflow_is_checked_in_release() {
    let workspace: toml::Table = read("Cargo.toml").parse().expect("the root manifest");
    for (name, profile) in workspace["profile"].as_table().expect("profiles") {
        let checks = profile.get("overflow-checks").and_then(toml::Value::as_bool);
        assert_ne!(checks, Some(false), "profile {name}");
    }
    assert_eq!(workspace["profile"]["release"]["overflow-checks"].as_bool(), Some(true));
    assert_eq!(workspace["profile"]["serve"]["inherits"].as_str(), Some("release"));
}

#[test]
fn the_repository_names_no_place_to_fetch_packages_from() {
    // Assembled, so that this file does not break its own rule.
    let hosts = [["crates", "io"], ["registry.npmjs", "org"], ["pypi", "org"], ["registry.yarnpkg", "com"]];
    let hosts: Vec<String> = hosts.iter().map(|parts| parts.join(".")).collect();
    let mut breaches = vec![];
    for path in files() {
        let name = path.rsplit('/').next().unwrap_or_default();
        if [".npmrc", ".yarnrc", "pip.conf"].contains(&name) || path.contains(".cargo/config") {
            breaches.push(format!("{path}: where packages come from is for the machine to say"));
        }
        let is_lock = ["Cargo.lock", "package-lock.json"].contains(&name);
        let Ok(text) = std::fs::read_to_string(super::root().join(&path)) else { continue };
        for (idx, line) in text.lines().enumerate() {
            // Lock files name the public registries, which every client replaces by its own setting.
            if is_lock {
                let names_other = (line.contains("\"resolved\":") && !line.contains(&hosts[1]))
                    || (line.starts_with("source = ") && !line.contains(&hosts[0]));
                if names_other {
                    breaches.push(format!("{path}:{} {}", idx + 1, line.trim()));
                }
            } else if hosts.iter().any(|host| line.contains(host.as_str())) {
                breaches.push(format!("{path}:{} names a package registry", idx + 1));
            }
        }
    }
    none(breaches);
}
