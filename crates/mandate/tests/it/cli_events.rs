//! Events by the command line: checked, with states mapped, with a server and without; and what a start clears away.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use serde_json::json;
use tempfile::TempDir;

use crate::cli::{Said, Server, add_user, run};

const LOG: &str = concat!(
    r#"{"event_id":"1","case":"T1","at":"2026-10-01T08:00:00Z","state":"new","priority":2}"#,
    "\n",
    r#"{"event_id":"2","case":"T1","at":"2026-10-01T09:00:00Z","state":"Waiting = Godot"}"#,
    "\n"
);

fn folder_with_log() -> (TempDir, PathBuf, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, log) = (folder.path().join("data"), folder.path().join("events.ndjson"));
    std::fs::write(&log, LOG).expect("a log");
    (folder, data, log.to_string_lossy().into_owned())
}

fn import(data: &Path, log: &str, more: &[&str]) -> Said {
    let mut arguments = vec!["import", log, "--profile", "events", "--json"];
    arguments.extend(more);
    run(data, &arguments)
}

fn check_then_import(data: &Path, log: &str) {
    let unmapped = import(data, log, &["--check"]);
    assert_eq!(unmapped.code, 3, "{unmapped:?}");
    let details = unmapped.json()["error"]["details"].clone();
    let told = details[0].as_str().expect("a detail");
    assert!(
        told.starts_with("row 2, column `state`") && told.contains("--state 'Waiting = Godot=active'"),
        "{told}"
    );
    let wrong = import(data, log, &["--state", "Waiting = Godot=sleeping"]);
    assert_eq!(wrong.code, 3, "{wrong:?}");
    assert!(wrong.json()["error"]["message"].as_str().is_some_and(|text| text.contains("awaiting_client")));

    let mapped = ["--state", "Waiting = Godot=awaiting_client", "--state", "Asleep=active"];
    let checked = import(data, log, &[&mapped[..], &["--check"]].concat());
    assert_eq!(
        (checked.code, &checked.json()["new"], &checked.json()["imported"]),
        (0, &json!(2), &json!(false)),
        "{checked:?}"
    );
    assert!(!data.join("events").exists(), "a check writes nothing");
    let left = std::fs::read_dir(data.join("uploads")).map(Iterator::count).unwrap_or_default();
    assert_eq!(left, 0, "a check leaves nothing");
    let summary = run(data, &["facts", "summary", "--json"]);
    assert_eq!(summary.json()["events"], json!(0), "{summary:?}");

    let imported = import(data, log, &mapped);
    assert_eq!(
        (imported.code, &imported.json()["new"], &imported.json()["imported"]),
        (0, &json!(2), &json!(true)),
        "{imported:?}"
    );
    let again = import(data, log, &["--check"]);
    assert_eq!((again.code, &again.json()["same"]), (0, &json!(2)), "the state stays mapped: {again:?}");
}

#[test]
fn events_are_checked_and_states_mapped_without_a_server() {
    let (_folder, data, log) = folder_with_log();
    let nothing_there = import(&data, &log, &["--check"]);
    assert_eq!(nothing_there.code, 3, "a check makes no database: {nothing_there:?}");
    add_user(&data, "anna@firm.example");
    check_then_import(&data, &log);
}

#[test]
fn events_are_checked_and_states_mapped_through_a_server() {
    let (_folder, data, log) = folder_with_log();
    let _server = Server::start(&data, &[]);
    check_then_import(&data, &log);
}

#[test]
fn a_start_clears_away_what_a_killed_import_left() {
    let (_folder, data, log) = folder_with_log();
    let imported = import(&data, &log, &["--state", "Waiting = Godot=awaiting_client"]);
    assert_eq!(imported.code, 0, "{imported:?}");
    let month = data.join("events/events/2026-10");
    let kept: Vec<_> = std::fs::read_dir(&month).expect("the month").flatten().map(|it| it.path()).collect();
    let (old, young) = (month.join("old.parquet"), month.join("young.parquet"));
    for file in [&old, &young] {
        std::fs::write(file, "half an import").expect("a leftover");
    }
    let file = std::fs::File::options().write(true).open(&old).expect("the leftover");
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(3_600)).expect("its age");
    let _server = Server::start(&data, &[]);
    let begun = Instant::now();
    while old.exists() {
        assert!(begun.elapsed() < Duration::from_secs(30), "the leftover stays");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(young.exists(), "it may be an import's that is under way");
    assert!(kept.iter().all(|file| file.exists()));
}
