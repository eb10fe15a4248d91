//! `mandate doctor`: the effective settings, this machine, and what the program finds of its own health.

use std::path::Path;

use serde_json::{Value, json};

use super::online;
use crate::exit::Failure;
use crate::operation::{Operation, checks_text, sound};
use crate::output::{self, columns};
use crate::settings::Settings;

/// Below this much room imports and backups soon fail.
const LITTLE_ROOM: u64 = 1 << 30;

/// Prints settings and checks.
///
/// # Errors
/// [`crate::exit::Kind::Found`] when a check finds a problem; it is printed all the same.
pub async fn doctor(settings: &Settings, deep: bool, as_json: bool) -> Result<(), Failure> {
    let mut checks = machine(settings);
    match online::done(settings, &Operation::Doctor { deep }, as_json).await {
        Ok(value) => checks.extend(value["checks"].as_array().into_iter().flatten().cloned()),
        Err(failure) => checks.push(check("database", "problem", &failure.message)),
    }
    let is_sound = checks.iter().all(|check| check["verdict"] != json!("problem"));
    let value = json!({ "sound": is_sound, "settings": settings.shown, "checks": checks });
    let shown: Vec<Vec<String>> = settings
        .shown
        .iter()
        .map(|shown| vec![shown.name.clone(), shown.value.clone(), shown.origin.clone()])
        .collect();
    let text = format!("{}\n{}", columns(&["setting", "value", "from"], &shown), checks_text(&value));
    output::outcome(&value, &text, as_json);
    sound(&value)
}

fn check(name: &str, verdict: &str, found: &str) -> Value {
    json!({ "check": name, "verdict": verdict, "found": found })
}

fn machine(settings: &Settings) -> Vec<Value> {
    let program = format!("mandate {}", env!("CARGO_PKG_VERSION"));
    let mut checks = vec![check("program", "fine", &program), folder(&settings.data), room(&settings.data)];
    if !settings.unknown.is_empty() {
        let found = format!("{} in the environment are no settings", settings.unknown.join(", "));
        checks.push(check("environment", "notice", &found));
    }
    checks
}

fn folder(path: &Path) -> Value {
    use std::os::unix::fs::PermissionsExt as _;
    match std::fs::metadata(path) {
        Err(error) => check("data folder", "notice", &format!("{}: {error}", path.display())),
        Ok(found) if found.permissions().mode() & 0o077 != 0 => {
            let found = format!("{} can be entered by others; chmod 700 it", path.display());
            check("data folder", "notice", &found)
        }
        Ok(_) => check("data folder", "fine", &format!("{}, its owner's only", path.display())),
    }
}

fn room(path: &Path) -> Value {
    match rustix::fs::statvfs(path) {
        Err(error) => check("free disk", "notice", &error.to_string()),
        Ok(found) => {
            let n_bytes = found.f_bavail.saturating_mul(found.f_frsize);
            let verdict = if n_bytes < LITTLE_ROOM { "notice" } else { "fine" };
            check("free disk", verdict, &format!("{} MB", n_bytes >> 20))
        }
    }
}
