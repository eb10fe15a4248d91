//! Embeds templates, message catalogues and built assets: one generated table each, with content hashes for assets.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let assets = root.join("../../web-assets/dist");
    let mut out = String::new();
    table(&mut out, "TEMPLATES", &root.join("templates"), "html", false);
    table(&mut out, "CATALOGUES", &root.join("locales"), "ftl", false);
    table(&mut out, "GUIDES", &root.join("../../docs/guide"), "md", false);
    println!("cargo::rerun-if-changed={}", assets.display());
    if !assets.join("app.css").exists() {
        let message = "web-assets/dist is missing: run `make assets` (npm ci && npm run build in web-assets)";
        // A check of Rust code alone needs no pages; a program to run does.
        assert!(env::var("PROFILE").as_deref() == Ok("debug"), "{message}");
        println!("cargo::warning={message}");
    }
    table(&mut out, "ASSETS", &assets, "", true);
    let target = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it")).join("embedded.rs");
    fs::write(target, out).expect("OUT_DIR can be written");
}

fn table(out: &mut String, name: &str, folder: &Path, ending: &str, bytes: bool) {
    let mut files = vec![];
    collect(folder, &mut files);
    files.sort();
    let kind = if bytes { "&[u8]" } else { "&str" };
    writeln!(out, "pub static {name}: &[(&str, {kind})] = &[").expect("a string grows");
    for file in
        files.iter().filter(|file| ending.is_empty() || file.extension().is_some_and(|it| it == ending))
    {
        println!("cargo::rerun-if-changed={}", file.display());
        let relative = file.strip_prefix(folder).expect("below it").to_string_lossy().replace('\\', "/");
        let include = if bytes { "include_bytes!" } else { "include_str!" };
        writeln!(out, "    ({relative:?}, {include}({:?})),", file.display().to_string())
            .expect("a string grows");
    }
    writeln!(out, "];").expect("a string grows");
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    println!("cargo::rerun-if-changed={}", folder.display());
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}
