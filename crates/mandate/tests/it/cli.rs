//! The program as an operator uses it: real processes on a data folder of their own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// What a command printed and the code it ended with.
#[derive(Debug)]
pub struct Said {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub error: String,
}

impl Said {
    /// Standard output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("no JSON ({error}): {self:?}"))
    }
}

/// The program, without settings of whoever runs the tests.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mandate"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("MANDATE_") {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null());
    command
}

/// Runs the program on a data folder.
pub fn run(data: &Path, arguments: &[&str]) -> Said {
    let output = program().arg("--data").arg(data).args(arguments).output().expect("the program");
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        error: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    (folder, data)
}

pub fn add_user(data: &Path, email: &str) -> Said {
    let said = run(data, &["user", "add", email, "--name", "Anna Żółć", "--role", "administrator", "--json"]);
    assert_eq!(said.code, 0, "{said:?}");
    said
}

fn addresses(data: &Path) -> Vec<String> {
    let said = run(data, &["user", "list", "--json"]);
    assert_eq!(said.code, 0, "{said:?}");
    let listed = said.json();
    let users = listed["users"].as_array().expect("users").iter();
    users.map(|user| user["email"].as_str().expect("an address").to_owned()).collect()
}

/// A server on a free port; ended with the test.
pub struct Server {
    child: Child,
    /// What it printed until it was ready.
    pub said: String,
}

impl Server {
    /// Starts one and waits until it says that it is ready.
    pub fn start(data: &Path, arguments: &[&str]) -> Self {
        let mut command = program();
        command.arg("--data").arg(data).args(["serve", "--address", "127.0.0.1:0"]).args(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the server");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut said = String::new();
        while !said.contains("ready at") {
            let line = lines.next().expect("a server that starts").expect("UTF-8");
            said.push_str(&line);
        }
        // The set-up address follows in the same write, if there is one.
        if run(data, &["user", "list", "--json"]).json()["users"] == json!([]) {
            for line in lines.by_ref().take(2) {
                said.push('\n');
                said.push_str(&line.expect("UTF-8"));
            }
        }
        Self { child, said }
    }

    /// Sends a signal.
    pub fn signal(&self, name: &str) {
        let done = Command::new("kill").args([name, &self.child.id().to_string()]).status().expect("kill");
        assert!(done.success());
    }

    /// Waits for its end; the exit code, none when a signal ended it.
    pub fn end(mut self) -> Option<i32> {
        self.child.wait().expect("an end").code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_mistyped_data_folder_is_not_taken_for_an_empty_firm() {
    let (_folder, data) = folder();
    for arguments in [&["user", "list"][..], &["audit", "verify"], &["backup", "somewhere"]] {
        let said = run(&data, arguments);
        assert_eq!(said.code, 3, "{said:?}");
        assert!(said.error.contains("there is no database at"), "{said:?}");
        assert!(!data.join("mandate.db").exists());
    }
}

#[test]
fn exit_codes_tell_usage_from_bad_input() {
    let (_folder, data) = folder();
    assert_eq!(run(&data, &["user", "add"]).code, 2);
    let unknown = run(&data, &["user", "add", "anna@firm.example", "--name", "Anna", "--role", "king"]);
    assert_eq!(unknown.code, 3, "{unknown:?}");
    assert!(unknown.error.contains("`king` is not a role; roles are account_manager"), "{unknown:?}");
    add_user(&data, "anna@firm.example");
    let twice =
        run(&data, &["user", "add", "ANNA@firm.example", "--name", "A", "--role", "sponsor", "--json"]);
    assert_eq!((twice.code, &twice.json()["error"]["kind"]), (3, &json!("bad_input")), "{twice:?}");
    assert_eq!(run(&data, &["user", "suspend", "nobody@firm.example"]).code, 3);
}

#[test]
fn the_data_folder_is_its_owners_only() {
    let (_folder, data) = folder();
    add_user(&data, "anna@firm.example");
    let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&data), mode(&data.join("mandate.lock"))), (0o700, 0o600));
}

#[test]
fn while_a_server_runs_commands_work_through_it() {
    let (_folder, data) = folder();
    let server = Server::start(&data, &[]);
    assert!(server.said.contains("http://localhost:"), "{}", server.said);
    assert!(server.said.contains("/setup/"), "{}", server.said);
    let socket = data.join("control.sock");
    assert_eq!(std::fs::metadata(&socket).expect("a socket").permissions().mode() & 0o777, 0o600);
    let added = add_user(&data, "anna@firm.example");
    assert!(added.json()["link"].as_str().expect("a link").contains("/password/"));
    assert_eq!(addresses(&data), ["anna@firm.example"]);
    let refused = run(&data, &["user", "add", "no address", "--name", "A", "--role", "sponsor"]);
    assert_eq!(refused.code, 3, "{refused:?}");
    let chain = run(&data, &["audit", "verify", "--json"]);
    assert_eq!(chain.json()["records"], json!(2), "set-up begun, user created");
    server.signal("-TERM");
    assert_eq!(server.end(), Some(0));
    assert!(!socket.exists() && !data.join("server.running").exists());
    assert_eq!(addresses(&data), ["anna@firm.example"]);
}

#[test]
fn what_cannot_go_through_a_server_is_refused_with_the_reason() {
    let (folder, data) = folder();
    add_user(&data, "anna@firm.example");
    let backup = folder.path().join("backup");
    assert_eq!(run(&data, &["backup", &backup.to_string_lossy()]).code, 0);
    let server = Server::start(&data, &[]);
    let from = format!("sqlite:{}", data.join("mandate.db").display());
    let to = format!("sqlite:{}", folder.path().join("copy.db").display());
    for arguments in [
        &["serve", "--address", "127.0.0.1:0"][..],
        &["restore", &backup.to_string_lossy()],
        &["copy", "--from", &from, "--to", &to],
    ] {
        let said = run(&data, arguments);
        assert_eq!(said.code, 4, "{said:?}");
        assert!(said.error.contains("in use by the server (process "), "{said:?}");
    }
    drop(server);
}

#[test]
fn a_request_the_server_does_not_know_is_answered_in_words() {
    let (_folder, data) = folder();
    let _server = Server::start(&data, &[]);
    let mut stream = UnixStream::connect(data.join("control.sock")).expect("the socket");
    stream.write_all(b"{\"op\":\"rule_the_world\"}\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    assert_eq!(answer["error"]["kind"], json!("bad_input"), "{answer}");
}

#[test]
fn a_killed_server_loses_nothing_and_the_next_one_starts() {
    let (_folder, data) = folder();
    let server = Server::start(&data, &[]);
    add_user(&data, "anna@firm.example");
    server.signal("-KILL");
    assert_eq!(server.end(), None);
    assert!(data.join("server.running").exists(), "the mark of an unclean end");
    // A command in between works by itself: the lock went with its holder, the socket answers nobody.
    assert_eq!(addresses(&data), ["anna@firm.example"]);
    let server = Server::start(&data, &[]);
    assert_eq!(addresses(&data), ["anna@firm.example"]);
    assert_eq!(run(&data, &["doctor"]).code, 0);
    server.signal("-INT");
    assert_eq!(server.end(), Some(0));
    assert!(!data.join("server.running").exists());
}

#[test]
fn a_backup_restores_and_a_flipped_byte_does_not() {
    let (folder, data) = folder();
    add_user(&data, "anna@firm.example");
    let backup = folder.path().join("backup");
    let (backup_text, to) = (backup.to_string_lossy().into_owned(), folder.path().join("restored"));
    let to_text = to.to_string_lossy().into_owned();
    let made = run(&data, &["backup", &backup_text, "--json"]);
    assert_eq!(made.code, 0, "{made:?}");
    let trial = run(&data, &["restore", &backup_text, "--verify", "--json"]);
    assert_eq!((trial.code, &trial.json()["restored_to"]), (0, &Value::Null), "{trial:?}");
    assert_eq!(trial.json()["audit_hash"], made.json()["audit_hash"]);
    assert_eq!(run(&data, &["restore", &backup_text]).code, 3, "the configured data folder is not empty");
    let restored = run(&data, &["restore", "--verify", &backup_text, "--to", &to_text, "--json"]);
    assert_eq!(restored.code, 0, "{restored:?}");
    assert_eq!(addresses(&to), ["anna@firm.example"]);

    let file = backup.join("mandate.db");
    let mut bytes = std::fs::read(&file).expect("the database");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    std::fs::write(&file, bytes).expect("a flipped bit");
    let refused = run(&data, &["restore", &backup_text, "--verify"]);
    assert_eq!(refused.code, 3, "{refused:?}");
    assert!(refused.error.contains("`mandate.db` is not what was written"), "{refused:?}");
}

#[test]
fn the_doctor_shows_where_each_setting_came_from_and_no_secret() {
    let (_folder, data) = folder();
    add_user(&data, "anna@firm.example");
    std::fs::write(data.join("mandate.toml"), "base_url = \"https://mandate.firm.example/\"\n")
        .expect("settings");
    let output =
        program().arg("--data").arg(&data).args(["doctor", "--json"]).env("MANDATE_LOG", "warn").output();
    let said: Value = serde_json::from_slice(&output.expect("the program").stdout).expect("JSON");
    let listen = |variables: &[(&str, &str)]| {
        let mut program = program();
        program.arg("--data").arg(&data).args(["doctor", "--json"]).envs(variables.iter().copied());
        let said: Value =
            serde_json::from_slice(&program.output().expect("the program").stdout).expect("JSON");
        let all = said["settings"].as_array().cloned().unwrap_or_default();
        let it = all.into_iter().find(|setting| setting["name"] == json!("address")).unwrap_or_default();
        (it["value"].clone(), it["origin"].clone())
    };
    let second = ("MANDATE_LISTEN", "127.0.0.1:9001");
    assert_eq!(listen(&[second]), (json!("127.0.0.1:9001"), json!("environment MANDATE_LISTEN")));
    let both = [second, ("MANDATE_ADDRESS", "127.0.0.1:9002")];
    assert_eq!(listen(&both), (json!("127.0.0.1:9002"), json!("environment MANDATE_ADDRESS")));
    let setting = |name: &str| {
        let all = said["settings"].as_array().expect("settings").iter();
        all.clone().find(|setting| setting["name"] == json!(name)).cloned().expect("the setting")
    };
    assert_eq!(setting("base_url")["value"], json!("https://mandate.firm.example"));
    assert!(setting("base_url")["origin"].as_str().is_some_and(|origin| origin.ends_with("mandate.toml")));
    assert_eq!(setting("log")["origin"], json!("environment MANDATE_LOG"));
    assert_eq!(setting("data")["origin"], json!("flag --data"));
    assert_eq!(setting("address")["origin"], json!("default"));

    let unreachable = ["--database", "postgres://anna:hunter2@127.0.0.1:1/none", "doctor"];
    let said = run(&data, &unreachable);
    assert_eq!(said.code, 5, "{said:?}");
    assert!(!said.out.contains("hunter2") && !said.error.contains("hunter2"), "{said:?}");
    assert!(said.out.contains("postgres://anna@127.0.0.1:1/none"), "{said:?}");

    std::fs::write(data.join("mandate.toml"), "colour = \"blue\"\n").expect("settings");
    let said = run(&data, &["user", "list"]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.error.contains("mandate.toml") && said.error.contains("colour"), "{said:?}");
}

#[test]
fn the_audit_record_is_signed_and_verified_by_what_was_kept_elsewhere() {
    let (folder, data) = folder();
    add_user(&data, "anna@firm.example");
    let outside = folder.path().join("outside");
    std::fs::create_dir(&outside).expect("a folder");
    std::fs::write(
        data.join("mandate.toml"),
        format!("audit_checkpoints = {:?}", outside.display().to_string()),
    )
    .expect("settings");
    let key = run(&data, &["audit", "public-key"]);
    assert!(key.out.starts_with("mandate-audit-key "), "{key:?}");
    let key_file = folder.path().join("key.pub");
    std::fs::write(&key_file, &key.out).expect("kept");
    let signed = run(&data, &["audit", "checkpoint"]);
    assert!(signed.out.starts_with("mandate-checkpoint 1 "), "{signed:?}");
    let file =
        std::fs::read_dir(&outside).expect("a folder").next().expect("a file").expect("an entry").path();
    assert_eq!(std::fs::read_to_string(&file).expect("lines"), signed.out);
    let (file, key_file) = (file.to_string_lossy().into_owned(), key_file.to_string_lossy().into_owned());
    let evidence = ["audit", "verify", "--checkpoints", &file, "--public-key", &key_file];
    let said = run(&data, &evidence);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("1 checkpoints in the database and 1 outside"), "{said:?}");
    std::fs::write(&file, signed.out.replace(" 1 ", " 9 ")).expect("tampered");
    let said = run(&data, &evidence);
    assert_eq!(said.code, 5, "{said:?}");
    std::fs::write(&key_file, "no key").expect("another file");
    let said = run(&data, &evidence);
    assert_eq!(said.code, 3, "{said:?}");
}

#[test]
fn a_broken_audit_chain_is_found_with_its_own_exit_code() {
    let (folder, data) = folder();
    add_user(&data, "anna@firm.example");
    let backup = folder.path().join("backup");
    let file = data.join("mandate.db");
    let text = std::fs::read(&file).expect("the database");
    // The name stands in the user's row and in the audit record: change the record, same length.
    let name = "Anna Żółć".as_bytes();
    let mut bytes = text.clone();
    let places: Vec<usize> =
        bytes.windows(name.len()).enumerate().filter(|(_, at)| *at == name).map(|(at, _)| at).collect();
    assert!(places.len() >= 2, "the name stands in {} places", places.len());
    for place in places {
        bytes[place] = b'E';
    }
    std::fs::write(&file, bytes).expect("tampered");
    let said = run(&data, &["audit", "verify"]);
    assert_eq!(said.code, 5, "{said:?}");
    assert!(said.out.contains("broken at record 1"), "{said:?}");
    assert_eq!(run(&data, &["doctor"]).code, 5);
    assert_ne!(
        run(&data, &["backup", &backup.to_string_lossy()]).code,
        0,
        "a broken chain is no good backup"
    );
}

#[test]
fn a_file_is_imported_whole_or_not_at_all_with_a_server_or_without() {
    let (folder, data) = folder();
    let good = folder.path().join("accounts.csv");
    let heads = "external_id,name,tier,industry,time_zone,currency";
    std::fs::write(&good, format!("{heads}\nA-1,Őrség Bank,key,Banking,Europe/Budapest,EUR\n"))
        .expect("a file");
    let bad = folder.path().join("bad.csv");
    let rows = "A-2,Fine,key,Banking,UTC,EUR\nA-3,Broken,key,Banking,Mars/Olympus,EUR\n";
    std::fs::write(&bad, format!("{heads}\n{rows}")).expect("a file");
    let import = |file: &Path, more: &[&str]| {
        let file = file.to_string_lossy().into_owned();
        let mut arguments = vec!["import", &file, "--profile", "accounts", "--json"];
        arguments.extend(more);
        run(&data, &arguments)
    };
    let checked = import(&good, &["--check"]);
    assert_eq!(checked.code, 3, "a check makes no database: {checked:?}");
    let imported = import(&good, &[]);
    assert_eq!((imported.code, &imported.json()["new"]), (0, &json!(1)), "{imported:?}");
    let server = Server::start(&data, &[]);
    let refused = import(&bad, &[]);
    assert_eq!(refused.code, 3, "{refused:?}");
    let details = refused.json()["error"]["details"].clone();
    assert!(
        details[0].as_str().is_some_and(|text| text.starts_with("row 3, column `time_zone`")),
        "{refused:?}"
    );
    let again = import(&good, &[]);
    assert_eq!((again.code, &again.json()["same"]), (0, &json!(1)), "{again:?}");
    let exported = run(&data, &["export", "accounts"]);
    assert!(exported.out.contains("Őrség Bank") && !exported.out.contains("Fine"), "{exported:?}");
    let sheet = folder.path().join("accounts.xlsx");
    assert_eq!(run(&data, &["export", "accounts", "--to", &sheet.to_string_lossy()]).code, 0);
    assert!(std::fs::read(&sheet).expect("a sheet").starts_with(b"PK"));
    drop(server);
    assert_eq!(import(&folder.path().join("none.csv"), &[]).code, 3);
    assert_eq!(run(&data, &["export", "secrets"]).code, 3);
}

#[test]
fn a_volume_is_read_as_its_columns_name_says_unless_somebody_says_otherwise() {
    let (folder, data) = folder();
    let import = |kind: &str, text: &str, more: &[&str]| {
        let file = folder.path().join(format!("{kind}.csv"));
        std::fs::write(&file, text).expect("a file");
        let file = file.to_string_lossy().into_owned();
        let mut arguments = vec!["import", &file, "--kind", kind];
        arguments.extend(more);
        run(&data, &arguments)
    };
    for (kind, text) in [
        ("accounts", "external_id,name,time_zone,currency\nA-1,Brackwell,UTC,EUR\n"),
        ("products", "external_id,name,unit\nP-1,Service desk,ticket\n"),
        (
            "contracts",
            "external_id,account,title,time_zone,currency,starts_on\nC-1,A-1,Frame,UTC,EUR,2027-01-01\n",
        ),
    ] {
        let done = import(kind, text, &[]);
        assert_eq!(done.code, 0, "{done:?}");
    }
    let lines = "contract,product,Volume per month,unit_price\nC-1,P-1,1000,1.50\n";
    let column = ["--column", "Volume per month=annual_volume"];
    let checked = import("contract_lines", lines, &[&column[..], &["--check"]].concat());
    assert!(checked.out.contains("Volumes are a month's: `1000` in row 2 is 12000 a year."), "{checked:?}");
    let said = import(
        "contract_lines",
        lines,
        &[&column[..], &["--check", "--volume-per", "quarter", "--json"]].concat(),
    );
    assert_eq!(
        said.json()["volume"],
        json!({ "per": "quarter", "row": 2, "given": "1000", "annual": "4000" })
    );
    let done = import("contract_lines", lines, &[&column[..], &["--source", "ERP", "--json"]].concat());
    assert_eq!((done.code, &done.json()["volume"]["annual"]), (0, &json!("12000")), "{done:?}");
    let yearly = "contract,product,Yearly volume,unit_price\nC-1,P-1,1000,1.50\n";
    let column = ["--column", "Yearly volume=annual_volume", "--source", "ERP", "--check", "--json"];
    let moved = import("contract_lines", yearly, &column);
    assert_eq!(moved.json()["volume"], json!({ "per": "year" }), "{moved:?}");
}
