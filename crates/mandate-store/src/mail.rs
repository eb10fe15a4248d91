//! Mail on its way out: queued in the transaction of what it tells of, taken by the job that sends.
//!
//! A text may hold a one-time link, so it is emptied once the mail was sent, lapsed or given up. The functions that a sender calls
//! commit bookkeeping: what the mail tells of has its own record.

use mandate_domain::identity::User;
use mandate_domain::{Id, Instant};

use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, WriteTx};
use crate::params;

const INSERT: &str = "
    INSERT INTO mail (id, user_id, to_address, to_name, kind, subject, body, state, n_tries, next_at_us, lapses_at_us,
           problem, created_at_us)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', 0, $8, $9, '', $8)";
const DUE: &str = "
    SELECT id, user_id, to_address, to_name, kind, subject, body, state, n_tries, lapses_at_us, problem, created_at_us,
           sent_at_us
      FROM mail WHERE state = 'waiting' AND next_at_us <= $1 ORDER BY next_at_us, id LIMIT $2";
const OF_USER: &str = "
    SELECT id, user_id, to_address, to_name, kind, subject, '', state, n_tries, lapses_at_us, problem, created_at_us,
           sent_at_us
      FROM mail WHERE user_id = $1 ORDER BY created_at_us DESC, id DESC LIMIT $2";
const RECENT: &str = "
    SELECT id, user_id, to_address, to_name, kind, subject, '', state, n_tries, lapses_at_us, problem, created_at_us,
           sent_at_us
      FROM mail ORDER BY created_at_us DESC, id DESC LIMIT $1";
const LAST_PROBLEM: &str = "
    SELECT problem FROM mail WHERE problem <> '' ORDER BY created_at_us DESC, id DESC LIMIT 1";
const CLAIM: &str = "
    UPDATE mail SET next_at_us = $1 WHERE id = $2 AND state = 'waiting' AND next_at_us <= $3";
const SENT: &str = "
    UPDATE mail SET state = 'sent', body = '', n_tries = n_tries + 1, problem = '', sent_at_us = $1 WHERE id = $2";
const AGAIN: &str = "UPDATE mail SET n_tries = n_tries + 1, next_at_us = $1, problem = $2 WHERE id = $3";
const GIVEN_UP: &str = "
    UPDATE mail SET state = 'given_up', body = '', n_tries = n_tries + 1, problem = $1 WHERE id = $2";
const COUNT: &str = "SELECT COUNT(*) FROM mail WHERE state = $1";
const FORGET: &str = "DELETE FROM mail WHERE state <> 'waiting' AND created_at_us < $1";

/// Mail to be kept.
#[derive(Clone, Debug)]
pub struct NewMail<'a> {
    /// To which user, if it goes to one.
    pub user_id: Option<&'a Id<User>>,
    /// The address.
    pub to_address: &'a str,
    /// The name beside it.
    pub to_name: &'a str,
    /// What it is about, in a word: `sign_in_link`, `invitation`.
    pub kind: &'static str,
    /// The subject line.
    pub subject: &'a str,
    /// Plain text.
    pub body: &'a str,
    /// When it is of no use any more.
    pub lapses_at: Instant,
}

/// Mail as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredMail {
    /// Its id.
    pub id: Id<StoredMail>,
    /// To which user.
    pub user_id: Option<Id<User>>,
    /// The address.
    pub to_address: String,
    /// The name.
    pub to_name: String,
    /// What it is about.
    pub kind: String,
    /// The subject line.
    pub subject: String,
    /// Plain text; empty once it is not needed any more.
    pub body: String,
    /// `waiting`, `sent` or `given_up`.
    pub state: String,
    /// How often it was tried.
    pub n_tries: i64,
    /// When it is of no use any more.
    pub lapses_at: Instant,
    /// What the server said the last time.
    pub problem: String,
    /// When it was queued.
    pub created_at: Instant,
    /// When it was sent.
    pub sent_at: Option<Instant>,
}

/// Queues a mail.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
pub async fn insert_mail(
    tx: &mut WriteTx,
    id: &Id<StoredMail>,
    mail: &NewMail<'_>,
    now: Instant,
) -> Result<(), StoreError> {
    let values = params![
        id,
        mail.user_id,
        mail.to_address,
        mail.to_name,
        mail.kind,
        mail.subject,
        mail.body,
        now,
        mail.lapses_at,
    ];
    tx.execute(INSERT, values).await.map(|_| ())
}

/// Mail that is due, the longest waiting first.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn list_due(tx: &mut ReadTx, now: Instant, limit: usize) -> Result<Vec<StoredMail>, StoreError> {
    tx.fetch_all(DUE, params![now, limit]).await?.iter().map(read).collect()
}

/// Mail to a user, the newest first, without its text.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn list_of_user(
    tx: &mut ReadTx,
    user: &Id<User>,
    limit: usize,
) -> Result<Vec<StoredMail>, StoreError> {
    tx.fetch_all(OF_USER, params![user, limit]).await?.iter().map(read).collect()
}

/// The newest mail to anybody, without its text.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn list_recent(tx: &mut ReadTx, limit: usize) -> Result<Vec<StoredMail>, StoreError> {
    tx.fetch_all(RECENT, params![limit]).await?.iter().map(read).collect()
}

/// What hindered the newest mail that has not gone out.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn last_problem(tx: &mut ReadTx) -> Result<Option<String>, StoreError> {
    tx.fetch_optional(LAST_PROBLEM, params![]).await?.map(|row| row.text(0)).transpose()
}

/// Takes a due mail for one sender, and commits: bookkeeping. Nobody else tries it before `until`, which is when it is due
/// again if this sender ends without a word. Says whether it was still there to take.
///
/// # Errors
/// [`StoreError`] when it cannot be noted.
#[boxed]
pub async fn claim(
    mut tx: WriteTx,
    id: &Id<StoredMail>,
    now: Instant,
    until: Instant,
) -> Result<bool, StoreError> {
    let n_taken = tx.execute(CLAIM, params![until, id, now]).await?;
    tx.commit_bookkeeping().await?;
    Ok(n_taken == 1)
}

/// How many mails are in `state`.
///
/// # Errors
/// [`StoreError`] when they cannot be counted.
#[boxed]
pub async fn count_mail(tx: &mut ReadTx, state: &str) -> Result<i64, StoreError> {
    tx.fetch_one(COUNT, params![state]).await?.int(0)
}

/// What became of a mail that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried {
    /// The server took it.
    Sent,
    /// Not now: again at this instant, because of this.
    Again(Instant, String),
    /// Not at all.
    GivenUp(String),
}

/// Notes what became of a mail, and commits: bookkeeping.
///
/// # Errors
/// [`StoreError`] when it cannot be noted.
#[boxed]
pub async fn note_tried(
    mut tx: WriteTx,
    id: &Id<StoredMail>,
    tried: &Tried,
    now: Instant,
) -> Result<(), StoreError> {
    match tried {
        Tried::Sent => tx.execute(SENT, params![now, id]).await?,
        Tried::Again(at, problem) => tx.execute(AGAIN, params![*at, problem.as_str(), id]).await?,
        Tried::GivenUp(problem) => tx.execute(GIVEN_UP, params![problem.as_str(), id]).await?,
    };
    tx.commit_bookkeeping().await
}

/// Forgets mail that ended before `before`, and commits: bookkeeping.
///
/// # Errors
/// [`StoreError`] when it cannot be removed.
#[boxed]
pub async fn forget_before(mut tx: WriteTx, before: Instant) -> Result<(), StoreError> {
    tx.execute(FORGET, params![before]).await?;
    tx.commit_bookkeeping().await
}

fn read(row: &Row) -> Result<StoredMail, StoreError> {
    Ok(StoredMail {
        id: row.id(0)?,
        user_id: row.id_or_null(1)?,
        to_address: row.text(2)?,
        to_name: row.text(3)?,
        kind: row.text(4)?,
        subject: row.text(5)?,
        body: row.text(6)?,
        state: row.text(7)?,
        n_tries: row.int(8)?,
        lapses_at: row.instant(9)?,
        problem: row.text(10)?,
        created_at: row.instant(11)?,
        sent_at: row.instant_or_null(12)?,
    })
}
