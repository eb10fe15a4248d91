//! A served program and a plain HTTP client for it: raw answers, headers and all, nothing followed or decoded.
//!
//! What the program prints goes to files, so that a test can read all of it afterwards.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::Value;
use totp_rs::{Builder, Secret};

use crate::cli::program;

/// A server with its output in files beside its data folder.
pub struct Served {
    child: Child,
    folder: PathBuf,
    /// Its port.
    pub port: u16,
}

impl Served {
    /// Starts one on `folder`/data, with `environment` added, and waits until it says that it is ready.
    pub fn start(folder: &Path, environment: &[(&str, &str)]) -> Self {
        let file = |name: &str| std::fs::File::create(folder.join(name)).expect("a file");
        let mut command = program();
        command.envs(environment.iter().copied()).arg("--data").arg(folder.join("data"));
        command.args(["serve", "--address", "127.0.0.1:0"]).stdout(file("out")).stderr(file("log"));
        let child = command.spawn().expect("the server");
        let mut served = Self { child, folder: folder.to_owned(), port: 0 };
        let begun = Instant::now();
        let address = loop {
            if let Some((_, rest)) = served.out().split_once("ready at http://localhost:")
                && let Some((port, _)) = rest.split_once('\n')
            {
                break port.trim().to_owned();
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "it did not start: {}", served.log());
            std::thread::sleep(Duration::from_millis(10));
        };
        served.port = address.parse().expect("a port");
        served
    }

    /// What it printed for whoever started it.
    pub fn out(&self) -> String {
        std::fs::read_to_string(self.folder.join("out")).expect("what it printed")
    }

    /// What it logged.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.folder.join("log")).expect("a log")).into_owned()
    }

    /// The secret of the set-up address, which it prints once it is ready.
    pub fn setup_secret(&self) -> String {
        let begun = Instant::now();
        loop {
            if let Some((_, rest)) = self.out().split_once("/setup/")
                && let Some((secret, _)) = rest.split_once('\n')
            {
                return secret.trim().to_owned();
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "no set-up address: {}", self.out());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Resident memory in KiB: now, and the most there ever was.
    pub fn memory_kib(&self) -> (u64, u64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("Linux");
        let of = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line");
            line.trim().trim_end_matches(" kB").parse().expect("a number")
        };
        (of("VmRSS:"), of("VmHWM:"))
    }

    /// Asks it to end and waits until it has.
    pub fn stop(&mut self) {
        let done = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(done.expect("kill").success());
        assert_eq!(self.child.wait().expect("an end").code(), Some(0));
    }

    /// A browser in which the first administrator is signed in with `password`.
    pub fn set_up(&self, password: &str) -> Client {
        let mut client = Client::at(self.port);
        let fields = [
            ("display_name", "Ada Owner"),
            ("email", "ada@firm.example"),
            ("password", password),
            ("locale", "en-GB"),
            ("time_zone", "Europe/London"),
        ];
        client.form(&format!("/setup/{}", self.setup_secret()), &fields).expect(303);
        client
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// An answer as it came.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    /// The body, as text.
    pub body: String,
}

impl Answer {
    /// Fails with the whole answer when the status is another.
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// A header's value; empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        let found = self.head.lines().filter_map(|line| line.split_once(": "));
        found.into_iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A browser, or a program with a token: it keeps its cookies.
#[derive(Clone)]
pub struct Client {
    port: u16,
    /// What it sends as cookies.
    pub cookies: Vec<(String, String)>,
    /// What it sends as its token.
    pub bearer: Option<String>,
}

impl Client {
    /// Nobody yet.
    pub fn at(port: u16) -> Self {
        Self { port, cookies: vec![], bearer: None }
    }

    /// Sends a request.
    pub fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the server");
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n\
             Content-Length: {}\r\n",
            self.port,
            body.len()
        );
        let bearer = self.bearer.as_ref().map(|token| format!("Bearer {token}"));
        let own = [("Cookie", cookies.join("; ")), ("Authorization", bearer.unwrap_or_default())];
        for (name, value) in
            own.iter().map(|(name, value)| (*name, value.as_str())).chain(headers.iter().copied())
        {
            if !value.is_empty() {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(b"\r\n")).expect("sent");
        // A server that refuses a large body answers before it has all of it.
        drop(stream.write_all(body));
        let mut bytes = vec![];
        drop(stream.read_to_end(&mut bytes));
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) =
            text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{method} {path}: no answer"));
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).expect("a status");
        for line in head.lines().filter(|line| line.to_ascii_lowercase().starts_with("set-cookie: ")) {
            let pair = line["set-cookie: ".len()..].split(';').next().expect("a pair");
            let (name, value) = pair.split_once('=').expect("a cookie");
            self.cookies.retain(|(kept, _)| kept != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// Reads a page or a record.
    pub fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, &[], b"")
    }

    /// Sends a form.
    pub fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect();
        let kind = [("Content-Type", "application/x-www-form-urlencoded")];
        self.ask("POST", path, &kind, pairs.join("&").as_bytes())
    }

    /// Sends JSON.
    pub fn json(&mut self, method: &str, path: &str, body: &Value) -> Answer {
        self.ask(method, path, &[("Content-Type", "application/json")], body.to_string().as_bytes())
    }

    /// Sends a form with one file.
    pub fn upload(&mut self, path: &str, fields: &[(&str, &str)], name: &str, file: &[u8]) -> Answer {
        const EDGE: &str = "edge-of-a-part";
        let mut body = vec![];
        for (field, value) in fields {
            body.extend(
                format!("--{EDGE}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n")
                    .bytes(),
            );
        }
        let head = format!(
            "--{EDGE}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend(head.bytes().chain(file.iter().copied()).chain(format!("\r\n--{EDGE}--\r\n").bytes()));
        self.ask("POST", path, &[("Content-Type", &format!("multipart/form-data; boundary={EDGE}"))], &body)
    }

    /// The value of a cookie; empty when there is none.
    pub fn cookie(&self, name: &str) -> &str {
        self.cookies.iter().find(|(kept, _)| kept == name).map_or("", |(_, value)| value)
    }
}

/// Everything but letters and digits as `%XX`.
pub fn percent(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}

/// What stands behind the last slash of a link.
pub fn secret_of(link: &str) -> String {
    link.trim().rsplit('/').next().expect("a link").to_owned()
}

/// The code that a program shows now for `secret`.
#[expect(clippy::disallowed_methods, reason = "the served program has a real clock, and codes go by it")]
pub fn code_of(secret: &str) -> String {
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let secret = Secret::try_from_base32(secret).expect("base32");
    Builder::new().with_secret(secret).build().expect("a clock").generate(now).to_string()
}
