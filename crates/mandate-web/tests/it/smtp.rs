//! A real SMTP server on loopback for tests: `tools/smtp_server.py` under the Python that `MANDATE_TEST_SMTP` names.
//!
//! Without it those tests say that they were skipped, and fail under CI. The server decodes each mail by Python's own parser,
//! so that what we encode is read by somebody else.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use mandate_app::mail::{Login, MailServer, MailServerSettings, Protection};
use serde_json::Value;

const PYTHON: &str = "MANDATE_TEST_SMTP";

/// A running server; it ends with this value.
pub struct Smtp {
    child: Child,
    lines: Receiver<Value>,
    pub port: u16,
    /// The certificate to trust, where there is STARTTLS.
    pub certificate: Option<Vec<u8>>,
}

/// The Python with aiosmtpd; `None` after telling that the test is skipped.
fn python(test: &str) -> Option<String> {
    if let Ok(python) = std::env::var(PYTHON)
        && !python.is_empty()
    {
        return Some(python);
    }
    let ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "0");
    assert!(
        !ci,
        "no SMTP server ({PYTHON} is not set), and this run requires one; tools/smtp.sh installs it"
    );
    drop(writeln!(std::io::stderr(), "SKIPPED: no SMTP server ({PYTHON} is not set): {test}"));
    None
}

impl Smtp {
    /// Starts one; `None` where none can be had.
    pub fn start(test: &str, arguments: &[&str]) -> Option<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/smtp_server.py");
        let mut child = Command::new(python(test)?)
            .arg(script)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (tell, lines) = channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if tell.send(serde_json::from_str(&line).unwrap()).is_err() {
                    return;
                }
            }
        });
        let begun: Value = lines.recv_timeout(Duration::from_secs(30)).expect("the server begins");
        let port = u16::try_from(begun["port"].as_u64().unwrap()).unwrap();
        let certificate = begun["certificate"].as_str().map(|path| std::fs::read(path).unwrap());
        Some(Self { child, lines, port, certificate })
    }

    /// The next mail; it has arrived when the sender says so.
    pub fn mail(&self) -> Value {
        self.lines.recv_timeout(Duration::from_secs(10)).expect("a mail")
    }

    /// Whether nothing else arrived.
    pub fn is_quiet(&self) -> bool {
        self.lines.recv_timeout(Duration::from_millis(100)).is_err()
    }

    /// How to reach it, without protection or login.
    pub fn plain(&self) -> MailServer {
        at_port(self.port)
    }

    /// How to reach it by STARTTLS as `mandate`.
    pub fn protected(&self, password: &str, authorities: Option<Vec<u8>>) -> MailServer {
        let login = Login { user: "mandate".to_owned(), password: password.to_owned() };
        let settings = MailServerSettings {
            host: "localhost".to_owned(),
            protection: Protection::StartTls,
            login: Some(login),
            authorities,
            ..settings(self.port)
        };
        MailServer::new(settings).unwrap()
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn settings(port: u16) -> MailServerSettings {
    MailServerSettings {
        host: "127.0.0.1".to_owned(),
        port,
        protection: Protection::None,
        login: None,
        from: "Müller & Söhne <mandate@firm.example>".to_owned(),
        reply_to: Some("desk@firm.example".to_owned()),
        authorities: None,
    }
}

/// A server on this machine, whether there is one or not.
pub fn at_port(port: u16) -> MailServer {
    MailServer::new(settings(port)).unwrap()
}
