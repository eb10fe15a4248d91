//! The operator's SMTP server: its settings, checked, and one connection to it.
//!
//! What goes wrong is told in two kinds: what lies with the server, so that any mail would meet it, and what it said of one
//! mail. A password refused is of the first kind, although the answer begins with a 5. Not here: when to try again (`send`).

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use mandate_domain::Instant;
use mandate_store::boxed;
use mandate_store::mail::StoredMail;

/// How long a server may take to greet, protect the connection and take the password.
const OPEN_WITHIN: Duration = Duration::from_secs(20);
/// How long it may take over one mail.
const SEND_WITHIN: Duration = Duration::from_secs(40);
/// Answers of the server about who asks, not about the mail: authentication needed, too weak, refused, without encryption.
const OF_THE_LOGIN: [u16; 4] = [530, 534, 535, 538];
/// As much of an answer as is kept.
const MOST_OF_AN_ANSWER: usize = 300;

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Plain at first, then encrypted, always: a server that does not offer it gets no mail.
    StartTls,
    /// Encrypted from the first byte.
    Tls,
    /// Not at all; only to this machine.
    None,
}

impl Protection {
    /// The word in settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StartTls => "starttls",
            Self::Tls => "tls",
            Self::None => "none",
        }
    }

    /// The one that `word` names.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::StartTls, Self::Tls, Self::None].into_iter().find(|protection| protection.as_str() == word)
    }

    /// The port that is usual for it.
    pub const fn usual_port(self) -> u16 {
        match self {
            Self::StartTls => 587,
            Self::Tls => 465,
            Self::None => 25,
        }
    }
}

/// Who we are to the server.
#[derive(Clone)]
pub struct Login {
    /// The user's name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

/// What the operator says of the server, unchecked.
#[derive(Clone, Debug)]
pub struct MailServerSettings {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub protection: Protection,
    /// Who we are to it; without one it takes our mail by our address.
    pub login: Option<Login>,
    /// The sender: `Firm <mandate@firm.example>`, or the address alone.
    pub from: String,
    /// Where answers go, in the same form.
    pub reply_to: Option<String>,
    /// PEM of authorities that are trusted beside the machine's.
    pub authorities: Option<Vec<u8>>,
}

/// Why the settings do not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailServerError {
    /// Mail holds one-time links: they do not cross a network in the open.
    #[error("mail to `{host}` would go unprotected; `none` is for this machine only, write starttls or tls")]
    Unprotected {
        /// The server.
        host: String,
    },
    /// No address.
    #[error("`{text}` is no sender or receiver of mail; write it like `Firm <mandate@firm.example>`")]
    Address {
        /// What was given.
        text: String,
    },
    /// The authorities' file.
    #[error("the file of mail authorities has no certificate in PEM form")]
    Authorities,
    /// The server's name.
    #[error("`{host}` is no name of a mail server")]
    Host {
        /// What was given.
        host: String,
    },
}

/// The server, with settings that fit, and what was counted of it since this program started.
pub struct MailServer {
    settings: MailServerSettings,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    tls: Option<TlsParameters>,
    n_sent: AtomicU64,
    n_failed: AtomicU64,
}

impl MailServer {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`MailServerError`].
    pub fn new(settings: MailServerSettings) -> Result<Self, MailServerError> {
        let host = settings.host.clone();
        if settings.protection == Protection::None && !is_this_machine(&host) {
            return Err(MailServerError::Unprotected { host });
        }
        let from = mailbox(&settings.from)?;
        let reply_to = settings.reply_to.as_deref().map(mailbox).transpose()?;
        let tls = match settings.protection {
            Protection::None => None,
            Protection::StartTls | Protection::Tls => {
                let plain = TlsParameters::builder(host.clone()).build();
                let mut tls = plain.map_err(|_| MailServerError::Host { host: host.clone() })?;
                if let Some(pem) = &settings.authorities {
                    let found = Certificate::from_pem(pem).map_err(|_| MailServerError::Authorities)?;
                    // The name was good, so what fails here is the certificate.
                    let builder = TlsParameters::builder(host).add_root_certificate(found);
                    tls = builder.build().map_err(|_| MailServerError::Authorities)?;
                }
                Some(tls)
            }
        };
        Ok(Self { settings, from, reply_to, tls, n_sent: AtomicU64::new(0), n_failed: AtomicU64::new(0) })
    }

    /// What the operator said.
    pub fn settings(&self) -> &MailServerSettings {
        &self.settings
    }

    /// The domain of the sender's address.
    pub fn sender_domain(&self) -> &str {
        self.from.email.domain()
    }

    /// Mail that went out since this program started.
    pub fn n_sent(&self) -> u64 {
        self.n_sent.load(Ordering::Relaxed)
    }

    /// Attempts that failed since this program started.
    pub fn n_failed(&self) -> u64 {
        self.n_failed.load(Ordering::Relaxed)
    }

    pub(super) fn count_sent(&self) {
        self.n_sent.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_failed(&self) {
        self.n_failed.fetch_add(1, Ordering::Relaxed);
    }

    /// The mail as it crosses the wire; its Message-ID is of its own id, so that a server knows it again.
    fn message(&self, mail: &StoredMail, now: Instant) -> Result<Message, String> {
        let to = mail.to_address.parse().map_err(|_| "the address cannot be written to".to_owned())?;
        let name = Some(mail.to_name.trim().to_owned()).filter(|name| !name.is_empty());
        let since_1970 = Duration::from_micros(u64::try_from(now.microseconds()).unwrap_or_default());
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(name, to))
            .subject(mail.subject.as_str())
            .date(UNIX_EPOCH + since_1970)
            .message_id(Some(format!("<{}@{}>", mail.id, self.from.email.domain())))
            .header(ContentType::TEXT_PLAIN);
        if let Some(reply_to) = &self.reply_to {
            message = message.reply_to(reply_to.clone());
        }
        let mut message = message.body(mail.body.clone()).map_err(|error| error.to_string())?;
        // Out-of-office programs answer people, not us (RFC 3834).
        let by_us = HeaderName::new_from_ascii_str("Auto-Submitted");
        message.headers_mut().insert_raw(HeaderValue::new(by_us, "auto-generated".to_owned()));
        Ok(message)
    }
}

/// Why a mail did not go out now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SendProblem {
    /// Nothing goes out: the server is away, refuses us, does not prove who it is.
    Server(String),
    /// The server wants this mail later.
    Later(String),
    /// It does not want it at all.
    Refused(String),
}

/// One connection, for as many mails as there are.
pub(super) struct Connection(AsyncSmtpConnection);

impl Connection {
    #[boxed]
    pub(super) async fn open(server: &MailServer) -> Result<Self, SendProblem> {
        match tokio::time::timeout(OPEN_WITHIN, greet(server)).await {
            Ok(Ok(smtp)) => Ok(Self(smtp)),
            Ok(Err(error)) => Err(SendProblem::Server(told(&error))),
            Err(_) => Err(SendProblem::Server("the server did not answer in time".to_owned())),
        }
    }

    /// Sends one mail; after a problem the connection is closed.
    #[boxed]
    pub(super) async fn send(
        &mut self,
        server: &MailServer,
        mail: &StoredMail,
        now: Instant,
    ) -> Result<(), SendProblem> {
        let message = server.message(mail, now).map_err(SendProblem::Refused)?;
        let bytes = message.formatted();
        match tokio::time::timeout(SEND_WITHIN, self.0.send(message.envelope(), &bytes)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(problem(&error)),
            Err(_) => Err(SendProblem::Server("the server did not answer in time".to_owned())),
        }
    }

    /// Whether another mail may follow.
    pub(super) fn holds(&self) -> bool {
        !self.0.has_broken()
    }

    #[boxed]
    pub(super) async fn close(mut self) {
        if self.holds() {
            // A server that does not say goodbye has taken the mail all the same.
            let _ = tokio::time::timeout(Duration::from_secs(5), self.0.quit()).await;
        }
    }
}

async fn greet(server: &MailServer) -> Result<AsyncSmtpConnection, SmtpError> {
    let settings = &server.settings;
    let name = ClientId::Domain(server.from.email.domain().to_owned());
    let at_once = server.tls.clone().filter(|_| settings.protection == Protection::Tls);
    let address = (settings.host.as_str(), settings.port);
    let mut smtp =
        AsyncSmtpConnection::connect_tokio1(address, Some(OPEN_WITHIN), &name, at_once, None).await?;
    if let (Protection::StartTls, Some(tls)) = (settings.protection, &server.tls) {
        smtp.starttls(tls.clone(), &name).await?;
    }
    if let Some(login) = &settings.login {
        let credentials = Credentials::new(login.user.clone(), login.password.clone());
        smtp.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await?;
    }
    Ok(smtp)
}

fn problem(error: &SmtpError) -> SendProblem {
    let code = error.status().map(u16::from);
    if error.is_permanent() && code.is_none_or(|code| !OF_THE_LOGIN.contains(&code)) || error.is_client() {
        SendProblem::Refused(told(error))
    } else if error.is_transient() {
        SendProblem::Later(told(error))
    } else {
        SendProblem::Server(told(error))
    }
}

/// What went wrong, in one line.
fn told(error: &SmtpError) -> String {
    let line: String = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(MOST_OF_AN_ANSWER).collect()
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// `Name <address>` with a name in any letters, or an address alone.
fn mailbox(text: &str) -> Result<Mailbox, MailServerError> {
    let no_address = || MailServerError::Address { text: text.to_owned() };
    let text = text.trim();
    let (name, address) = match text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
        Some((name, address)) => (name.trim().trim_matches('"'), address),
        None => ("", text),
    };
    if name.contains(char::is_control) {
        return Err(no_address());
    }
    let address = address.trim().parse().map_err(|_| no_address())?;
    Ok(Mailbox::new(Some(name.to_owned()).filter(|name| !name.is_empty()), address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(host: &str, protection: Protection) -> MailServerSettings {
        MailServerSettings {
            host: host.to_owned(),
            port: protection.usual_port(),
            protection,
            login: None,
            from: "Müller & Söhne <mandate@firm.example>".to_owned(),
            reply_to: None,
            authorities: None,
        }
    }

    #[test]
    fn mail_goes_unprotected_to_this_machine_only() {
        for host in ["localhost", "127.0.0.1", "127.8.8.8", "::1"] {
            assert!(MailServer::new(settings(host, Protection::None)).is_ok(), "{host}");
        }
        for host in ["mail.firm.example", "10.0.0.1", "localhost.firm.example"] {
            let refused = MailServer::new(settings(host, Protection::None)).err();
            assert_eq!(refused, Some(MailServerError::Unprotected { host: host.to_owned() }));
            assert!(MailServer::new(settings(host, Protection::StartTls)).is_ok(), "{host}");
        }
    }

    #[test]
    fn a_sender_has_an_address_and_maybe_a_name() {
        let read = mailbox("Müller & Söhne <mandate@firm.example>").expect("one");
        assert_eq!(
            (read.name.as_deref(), read.email.as_ref()),
            (Some("Müller & Söhne"), "mandate@firm.example")
        );
        assert_eq!(mailbox("mandate@firm.example").expect("one").name, None);
        for text in ["", "Firm", "Firm <>", "Firm <a@b", "Fi\nrm <a@firm.example>"] {
            assert!(mailbox(text).is_err(), "{text}");
        }
    }

    #[test]
    fn authorities_are_certificates() {
        let mut wrong = settings("mail.firm.example", Protection::Tls);
        wrong.authorities = Some(b"-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n".to_vec());
        assert_eq!(MailServer::new(wrong).err(), Some(MailServerError::Authorities));
    }
}
