//! Commands that are stopped half way: nothing half done stays behind, with a server or without.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::cli::{Server, program, run};

const EVENTS: &str = concat!(
    r#"{"event_id":"1","case":"T1","at":"2026-10-01T08:00:00Z","state":"new","priority":2}"#,
    "\n",
    r#"{"event_id":"2","case":"T1","at":"2026-10-01T09:00:00Z","state":"resolved"}"#,
    "\n"
);

/// A data folder with one event file that can never be read to its end: a pipe that nobody writes to.
fn endless() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, log) = (folder.path().join("data"), folder.path().join("events.ndjson"));
    std::fs::write(&log, EVENTS).expect("a log");
    let said = run(&data, &["import", &log.to_string_lossy(), "--profile", "events"]);
    assert_eq!(said.code, 0, "{said:?}");
    let file = files_below(&data.join("events")).pop().expect("an event file");
    std::fs::remove_file(&file).expect("removed");
    assert!(Command::new("mkfifo").arg(&file).status().expect("mkfifo").success());
    (folder, data)
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found
}

fn entries(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = names.map(|it| it.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn start(data: &Path, arguments: &[&str]) -> Child {
    let mut command = program();
    command.arg("--data").arg(data).args(arguments).stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().expect("the program")
}

/// Waits until `there` holds.
fn until(what: &str, there: impl Fn() -> bool) {
    let begun = Instant::now();
    while !there() {
        assert!(begun.elapsed() < Duration::from_secs(60), "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn stop(child: &Child, signal: &str) {
    let done = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill");
    assert!(done.success());
}

#[test]
fn a_stopped_backup_leaves_nothing_behind() {
    let (folder, data) = endless();
    let places = folder.path().join("backups");
    std::fs::create_dir(&places).expect("a folder");
    let target = places.join("tonight").to_string_lossy().into_owned();
    for signal in ["-INT", "-TERM"] {
        let backup = start(&data, &["backup", &target]);
        // It has come to the event file, whose copy does not end.
        until("the copy of the event file", || !files_below(&places).is_empty() && has_events(&places));
        stop(&backup, signal);
        let output = backup.wait_with_output().expect("an end");
        assert_eq!(output.status.code(), Some(130));
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains("stopped by a signal"), "{told}");
        assert_eq!(entries(&places), Vec::<String>::new(), "after {signal}");
    }
}

fn has_events(places: &Path) -> bool {
    files_below(places).iter().any(|file| file.to_string_lossy().contains("/events/"))
}

#[test]
fn a_backup_through_a_server_leaves_nothing_behind_when_its_command_is_stopped() {
    let (folder, data) = endless();
    let places = folder.path().join("backups");
    std::fs::create_dir(&places).expect("a folder");
    let server = Server::start(&data, &[]);
    let backup = start(&data, &["backup", &places.join("tonight").to_string_lossy()]);
    until("the copy of the event file", || has_events(&places));
    stop(&backup, "-INT");
    assert_eq!(backup.wait_with_output().expect("an end").status.code(), Some(130));
    until("the server's clearing up", || entries(&places).is_empty());
    server.signal("-TERM");
    assert_eq!(server.end(), Some(0));
}

#[test]
fn a_stopped_copy_leaves_no_event_files_behind() {
    let (folder, data) = endless();
    let there = folder.path().join("there");
    let from = format!("sqlite:{}", data.join("mandate.db").display());
    let to = format!("sqlite:{}", there.join("mandate.db").display());
    std::fs::create_dir(&there).expect("a folder");
    let copy = start(&data, &["copy", "--from", &from, "--to", &to]);
    until("the copy of the event file", || has_events(&there));
    stop(&copy, "-TERM");
    assert_eq!(copy.wait_with_output().expect("an end").status.code(), Some(130));
    assert!(!there.join("events").exists());
}
