//! Tidy: the rules of how the code looks and what may depend on what, checked by reading the files.
//!
//! A rule that runs is kept. Each test gathers every breach before it fails, as `path:line what to do`, so that one run
//! shows them all. What a lint can check is a lint (`[workspace.lints]`, clippy.toml), not a rule here.

mod crates;
mod documents;
mod labels;
mod rust;
mod source;
mod sql;
mod words;

use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the root exists")
}

/// Paths of the files git would commit, relative to the root, sorted: tracked ones and new ones not ignored.
fn files() -> Vec<String> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists files");
    assert!(listed.status.success(), "git ls-files failed: {}", String::from_utf8_lossy(&listed.stderr));
    let text = String::from_utf8(listed.stdout).expect("paths are UTF-8");
    let mut files: Vec<String> =
        text.lines().map(str::to_owned).filter(|path| root().join(path).is_file()).collect();
    files.sort();
    files.dedup();
    files
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Fails with every breach, one a line.
#[track_caller]
fn none(breaches: Vec<String>) {
    assert!(breaches.is_empty(), "{} breaches:\n{}", breaches.len(), breaches.join("\n"));
}
