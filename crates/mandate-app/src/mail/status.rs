//! What an administrator learns of mail: the server, what waits, what went wrong; and a test mail to themselves.
//!
//! Texts are never shown: they hold one-time links. `mandate doctor` says the same in a line.

use mandate_domain::Instant;
use mandate_domain::identity::User;
use mandate_store::StoreError;
use mandate_store::boxed;
use mandate_store::identity::load_user;
use mandate_store::mail::{self as store, StoredMail};

use super::{MailAbout, MailText, queue};
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::doctor::{Check, Verdict};
use crate::error::{ErrorKind, Message, UseCaseError};

/// Mails shown.
const N_SHOWN: usize = 50;
/// How long a test mail is tried.
const TEST_HOLDS_S: i64 = 3600;

/// Why mail is not shown or tested.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Not theirs.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no server.
    #[error("no mail server is set up; see [mail] of the settings file")]
    NoServer,
    /// A test mail goes to a person.
    #[error("a test mail goes to whoever asks for it, and the command line has no address")]
    NoUser,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for MailError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::NoServer | Self::NoUser => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::NoServer => Message::new("mail-error-no-server"),
            Self::NoUser => Message::new("mail-error-no-user"),
            Self::Store(error) => error.message(),
        }
    }
}

/// The server as set up, without its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerFacts {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// `starttls`, `tls` or `none`.
    pub protection: &'static str,
    /// Who we are to it.
    pub user: Option<String>,
    /// The sender.
    pub from: String,
    /// Where answers go.
    pub reply_to: Option<String>,
}

/// A mail, without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailLine {
    /// Its id.
    pub id: String,
    /// What it is about, in a word.
    pub kind: String,
    /// To whom.
    pub to_name: String,
    /// The address.
    pub to_address: String,
    /// `waiting`, `sent` or `given_up`.
    pub state: String,
    /// How often it was tried.
    pub n_tries: i64,
    /// What hindered it.
    pub problem: String,
    /// When it was queued.
    pub created_at: Instant,
    /// When it went out.
    pub sent_at: Option<Instant>,
}

/// Where mail stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailStatus {
    /// The server, if there is one.
    pub server: Option<ServerFacts>,
    /// Mails that wait.
    pub n_waiting: i64,
    /// Mails given up within the last 30 days.
    pub n_given_up: i64,
    /// What hindered the newest mail that has not gone out.
    pub last_problem: Option<String>,
    /// The newest, newest first.
    pub recent: Vec<MailLine>,
}

/// Where mail stands.
///
/// # Errors
/// [`MailError::Denied`] for whoever does not administer.
#[boxed]
pub async fn mail_status(ctx: &Ctx, actor: &Actor) -> Result<MailStatus, MailError> {
    authorise(actor, Action::Administer)?;
    let mut tx = ctx.begin_read().await?;
    let recent = store::list_recent(&mut tx, N_SHOWN).await?;
    Ok(MailStatus {
        server: facts(ctx),
        n_waiting: store::count_mail(&mut tx, "waiting").await?,
        n_given_up: store::count_mail(&mut tx, "given_up").await?,
        last_problem: store::last_problem(&mut tx).await?,
        recent: recent.into_iter().map(line).collect(),
    })
}

/// Queues a mail to whoever asks, as any other would be.
///
/// # Errors
/// [`MailError::NoServer`] when nothing would come of it.
pub async fn ask_for_test_mail(
    ctx: &Ctx,
    actor: &Actor,
    write: impl FnOnce(&User) -> MailText,
) -> Result<(), MailError> {
    authorise(actor, Action::Administer)?;
    if !ctx.sends_mail() {
        return Err(MailError::NoServer);
    }
    let id = actor.user_id().ok_or(MailError::NoUser)?;
    let mut tx = ctx.begin_write().await?;
    let user = load_user(&mut tx, id).await?.ok_or(MailError::NoUser)?.user;
    let about = MailAbout { kind: "test", holds_s: TEST_HOLDS_S };
    queue(ctx, &mut tx, &user, about, &write(&user)).await?;
    let subject = Subject { kind: "user", id: user.id.as_str(), name: &user.display_name, account_id: None };
    tx.commit(actor.record(ctx.now(), "user.test_mail_asked_for", subject, vec![])).await?;
    Ok(())
}

/// The line of `mandate doctor`.
#[boxed]
pub(crate) async fn examine(ctx: &Ctx) -> Result<Check, StoreError> {
    let mut tx = ctx.begin_read().await?;
    let n_waiting = store::count_mail(&mut tx, "waiting").await?;
    let n_given_up = store::count_mail(&mut tx, "given_up").await?;
    let problem = store::last_problem(&mut tx).await?;
    let server = match ctx.mail_server().map(|server| server.settings()) {
        Some(server) => format!("goes out by {}:{}", server.host, server.port),
        None => "is not set up: links to sign in are handed over by hand".to_owned(),
    };
    let mut detail = format!("{server}; {n_waiting} wait, {n_given_up} were given up");
    if let Some(problem) = &problem {
        detail.push_str(&format!("; last problem: {problem}"));
    }
    let waits_in_vain = n_waiting > 0 && !ctx.sends_mail();
    let verdict = if problem.is_some() || waits_in_vain { Verdict::Notice } else { Verdict::Fine };
    Ok(Check::new("mail", verdict, detail))
}

fn facts(ctx: &Ctx) -> Option<ServerFacts> {
    let settings = ctx.mail_server()?.settings();
    Some(ServerFacts {
        host: settings.host.clone(),
        port: settings.port,
        protection: settings.protection.as_str(),
        user: settings.login.as_ref().map(|login| login.user.clone()),
        from: settings.from.clone(),
        reply_to: settings.reply_to.clone(),
    })
}

fn line(mail: StoredMail) -> MailLine {
    MailLine {
        id: mail.id.to_string(),
        kind: mail.kind,
        to_name: mail.to_name,
        to_address: mail.to_address,
        state: mail.state,
        n_tries: mail.n_tries,
        problem: mail.problem,
        created_at: mail.created_at,
        sent_at: mail.sent_at,
    }
}
