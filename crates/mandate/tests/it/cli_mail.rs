//! Mail as an operator sets it up: the settings file, the doctor, and the served program over a real SMTP server.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::cli::{program, run};

fn folder(mail: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    std::fs::create_dir(&data).expect("made");
    std::fs::write(data.join("mandate.toml"), format!("[mail]\n{mail}")).expect("written");
    (folder, data)
}

#[test]
fn the_doctor_tells_how_mail_goes_out_and_no_password() {
    let secrets = tempfile::tempdir().expect("a folder");
    let file = secrets.path().join("password");
    std::fs::write(&file, "hunter2\n").expect("written");
    let path = file.display();
    let (_folder, data) = folder(&format!(
        "host = 'mail.firm.example'\nuser = 'mandate'\npassword_file = '{path}'\nfrom = 'Firm <mandate@firm.example>'\n"
    ));
    let set = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("set");
    set(0o644);
    let refused = run(&data, &["user", "list"]);
    assert!(refused.code != 0 && refused.error.contains("chmod 600"), "{refused:?}");
    set(0o600);
    super::cli::add_user(&data, "anna@firm.example");
    let said = run(&data, &["doctor"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("mail.firm.example:587; 0 wait, 0 were given up"), "{said:?}");
    assert!(said.out.contains("mail_password_file") && said.out.contains("starttls"), "{said:?}");
    assert!(!format!("{said:?}").contains("hunter2"), "{said:?}");
}

/// A program that ends with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The next lines of a program, as they come.
fn lines(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok)
}

/// Posts a form and returns the whole answer.
fn post(port: u16, path: &str, cookie: &str, form: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the server");
    let length = form.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\nCookie: {cookie}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
    )
    .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn the_served_program_sends_what_is_queued_and_says_nothing_of_it() {
    let Some(python) = std::env::var("MANDATE_TEST_SMTP").ok().filter(|python| !python.is_empty()) else {
        assert!(
            std::env::var_os("CI").is_none(),
            "no SMTP server, and this run requires one; see tools/smtp.sh"
        );
        drop(writeln!(
            std::io::stderr(),
            "SKIPPED: no SMTP server (MANDATE_TEST_SMTP is not set): served mail"
        ));
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/smtp_server.py");
    let mut server = std::process::Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a server");
    let mut mails = lines(&mut server);
    let _server = Running(server);
    let begun: Value = serde_json::from_str(&mails.next().expect("begun")).expect("JSON");
    let port = &begun["port"];
    let (folder, data) =
        folder(&format!("host = '127.0.0.1'\nport = {port}\ntls = 'none'\nfrom = 'mandate@firm.example'\n"));
    let log = std::fs::File::create(folder.path().join("log")).expect("a file");
    let mut served = program()
        .arg("--data")
        .arg(&data)
        .args(["serve", "--address", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .expect("the program");
    let mut said = lines(&mut served);
    let served = Running(served);
    let mut setup = || said.find(|line| line.contains("/setup/")).expect("a set-up address");
    let address = setup();
    let (base, secret) = address.trim().split_once("/setup/").expect("one");
    let port: u16 = base.rsplit_once(':').expect("a port").1.parse().expect("a number");
    let form = "display_name=Ada&email=ada%40firm.example&password=a+long+enough+sentence&locale=de-DE&time_zone=UTC";
    let answer = post(port, &format!("/setup/{secret}"), "", form);
    let cookie = answer
        .lines()
        .find_map(|line| line.to_lowercase().starts_with("set-cookie: ").then(|| &line[12..]))
        .and_then(|cookie| cookie.split(';').next())
        .expect("a session");
    assert!(post(port, "/settings/mail/test", cookie, "").starts_with("HTTP/1.1 303"));
    let mail: Value = serde_json::from_str(&mails.next().expect("a mail")).expect("JSON");
    assert_eq!(mail["receivers"], serde_json::json!(["ada@firm.example"]));
    assert!(mail["body"].as_str().expect("a body").contains("ä ö ü ß"), "{mail}");
    drop(served);
    let log = std::fs::read_to_string(folder.path().join("log")).expect("a log");
    assert!(!log.contains("ada@") && !log.contains("Umlaute"), "{log}");
}
