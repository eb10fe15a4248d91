//! Mail: queued with what it tells of, sent in the background over the operator's own SMTP server.
//!
//! Texts are the web floor's, which knows addresses of pages and languages; here is only who gets them and when they lapse.
//! Without an SMTP server nothing is queued, and whoever may copies the link instead.

mod send;
mod server;
mod status;

use mandate_domain::Id;
use mandate_domain::identity::User;
use mandate_store::mail::{self as store, NewMail};
use mandate_store::{StoreError, WriteTx, boxed};

use crate::ctx::Ctx;

pub use send::{send_due, send_mail};
pub use server::{Login, MailServer, MailServerError, MailServerSettings, Protection};
pub(crate) use status::examine;
pub use status::{MailError, MailLine, MailStatus, ServerFacts, ask_for_test_mail, mail_status};

/// How long it is told what became of a mail: 30 days.
pub(crate) const KEPT_S: i64 = 30 * 86_400;

/// A mail's words, in the language of whoever gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailText {
    /// The subject line.
    pub subject: String,
    /// Plain text.
    pub body: String,
}

/// What a mail is about, and for how long it is of use.
#[derive(Clone, Copy, Debug)]
pub struct MailAbout {
    /// In a word: `sign_in_link`, `invitation`.
    pub kind: &'static str,
    /// Seconds after which it is not sent any more.
    pub holds_s: i64,
}

/// Queues a mail to a user, in the transaction of what it tells of; nothing when there is no SMTP server.
#[boxed]
pub(crate) async fn queue(
    ctx: &Ctx,
    tx: &mut WriteTx,
    user: &User,
    about: MailAbout,
    text: &MailText,
) -> Result<bool, StoreError> {
    if !ctx.sends_mail() {
        return Ok(false);
    }
    let now = ctx.now();
    let mail = NewMail {
        user_id: Some(&user.id),
        to_address: &user.email,
        to_name: &user.display_name,
        kind: about.kind,
        subject: &text.subject,
        body: &text.body,
        lapses_at: now.plus_seconds(about.holds_s),
    };
    let id: Id<store::StoredMail> = ctx.new_id();
    store::insert_mail(tx, &id, &mail, now).await?;
    Ok(true)
}
