//! The sender: takes what is due, sends it over one connection, notes what became of it.
//!
//! A mail is sent at least once. It is claimed before it is sent and noted after, so that two nodes do not send the same one;
//! whoever ends between sending and noting leaves a mail that goes a second time, with the same Message-ID. The log has ids
//! only: no address, no text, no link.

use std::time::Duration;

use mandate_domain::Instant;
use mandate_store::StoreError;
use mandate_store::boxed;
use mandate_store::mail::{self as store, StoredMail, Tried};
use tokio::sync::watch;

use super::server::{Connection, MailServer, SendProblem};
use crate::ctx::Ctx;

/// How often it is asked whether something is due, on whichever node it was queued.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Mails taken at a time.
const BATCH: usize = 20;
/// For how long a sender has a mail to itself: longer than sending may take, which the server's limits bound.
const CLAIM_S: i64 = 120;
/// Minutes before the second, third and further attempts; then the last, again and again.
const WAIT_MINUTES: [i64; 6] = [1, 5, 30, 120, 480, 1440];
/// The last attempt comes this long before the mail lapses, so that whoever gets it has time to use it.
const BEFORE_LAPSE_S: i64 = 60;

/// Sends mail until `stop` turns true; the one at hand is finished first.
#[boxed]
pub async fn send_mail(ctx: Ctx, mut stop: watch::Receiver<bool>) {
    let mut told = String::new();
    while !*stop.borrow() {
        match send_batch(&ctx, &stop).await {
            Ok(n_tried) => {
                told.clear();
                if n_tried == BATCH {
                    continue;
                }
            }
            Err(error) => {
                let reason = error.to_string();
                if reason != told {
                    tracing::error!(event = "mail_queue_failed", reason, "the queue of mail cannot be read");
                    told = reason;
                }
            }
        }
        // Either time has passed or the sender is to stop; a dropped sender of the word means stop, too.
        if let Ok(Err(_)) = tokio::time::timeout(LOOK_EVERY, stop.changed()).await {
            return;
        }
    }
}

/// Tries what is due now, once each; says how many there were.
///
/// # Errors
/// [`StoreError`] when the queue cannot be read or an outcome not be noted.
#[boxed]
pub async fn send_due(ctx: &Ctx) -> Result<usize, StoreError> {
    let (_hold, stop) = watch::channel(false);
    send_batch(ctx, &stop).await
}

async fn send_batch(ctx: &Ctx, stop: &watch::Receiver<bool>) -> Result<usize, StoreError> {
    let Some(server) = ctx.mail_server() else { return Ok(0) };
    let due = store::list_due(&mut ctx.begin_read().await?, ctx.now(), BATCH).await?;
    let mut line = Line::Closed;
    let n_due = due.len();
    for mail in due {
        if *stop.borrow() {
            break;
        }
        let now = ctx.now();
        let until = now.plus_seconds(CLAIM_S);
        if !store::claim(ctx.begin_write().await?, &mail.id, now, until).await? {
            continue;
        }
        let tried = attempt(ctx, server, &mut line, &mail).await;
        log(&mail, &tried);
        match &tried {
            Tried::Sent => server.count_sent(),
            Tried::Again(..) | Tried::GivenUp(_) => server.count_failed(),
        }
        store::note_tried(ctx.begin_write().await?, &mail.id, &tried, ctx.now()).await?;
    }
    if let Line::Open(connection) = line {
        connection.close().await;
    }
    Ok(n_due)
}

/// The connection of one batch; a server that is away is asked once.
enum Line {
    Closed,
    Open(Box<Connection>),
    Away(String),
}

async fn attempt(ctx: &Ctx, server: &MailServer, line: &mut Line, mail: &StoredMail) -> Tried {
    let now = ctx.now();
    if now >= mail.lapses_at {
        return Tried::GivenUp(format!("lapsed before it went out; {}", or_nothing(&mail.problem)));
    }
    if let Line::Closed = line {
        *line = match Connection::open(server).await {
            Ok(connection) => Line::Open(Box::new(connection)),
            Err(SendProblem::Server(told) | SendProblem::Later(told) | SendProblem::Refused(told)) => {
                Line::Away(told)
            }
        };
    }
    let connection = match line {
        Line::Open(connection) => connection,
        Line::Away(told) => return again(mail, now, told),
        Line::Closed => return again(mail, now, "the connection was closed"),
    };
    let sent = connection.send(server, mail, now).await;
    let holds = connection.holds();
    match sent {
        Ok(()) => Tried::Sent,
        Err(problem) => {
            if !holds || matches!(problem, SendProblem::Server(_)) {
                *line = Line::Closed;
            }
            match problem {
                SendProblem::Refused(told) => Tried::GivenUp(told),
                SendProblem::Server(told) | SendProblem::Later(told) => again(mail, ctx.now(), &told),
            }
        }
    }
}

/// Later, if it is of use later.
fn again(mail: &StoredMail, now: Instant, told: &str) -> Tried {
    let step = usize::try_from(mail.n_tries).unwrap_or(usize::MAX).min(WAIT_MINUTES.len() - 1);
    let last = mail.lapses_at.plus_seconds(-BEFORE_LAPSE_S);
    let at = now.plus_seconds(WAIT_MINUTES[step] * 60).min(last);
    if at <= now { Tried::GivenUp(told.to_owned()) } else { Tried::Again(at, told.to_owned()) }
}

fn or_nothing(problem: &str) -> &str {
    if problem.is_empty() { "it was not tried" } else { problem }
}

fn log(mail: &StoredMail, tried: &Tried) {
    let (id, kind, attempt) = (mail.id.as_str(), mail.kind.as_str(), mail.n_tries + 1);
    match tried {
        Tried::Sent => tracing::info!(event = "mail_sent", mail = id, kind, attempt, "a mail went out"),
        Tried::Again(..) => {
            tracing::warn!(
                event = "mail_retried",
                mail = id,
                kind,
                attempt,
                "a mail is tried again; Settings > Mail says why"
            );
        }
        Tried::GivenUp(_) => {
            tracing::error!(
                event = "mail_given_up",
                mail = id,
                kind,
                attempt,
                "a mail is given up; Settings > Mail says why"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mandate_domain::Id;

    fn mail(n_tries: i64, lapses_in_s: i64) -> StoredMail {
        StoredMail {
            id: Id::new(Instant::from_seconds(0), 1),
            user_id: None,
            to_address: "tessa@client.example".to_owned(),
            to_name: "Tessa".to_owned(),
            kind: "invitation".to_owned(),
            subject: String::new(),
            body: String::new(),
            state: "waiting".to_owned(),
            n_tries,
            lapses_at: Instant::from_seconds(lapses_in_s),
            problem: String::new(),
            created_at: Instant::from_seconds(0),
            sent_at: None,
        }
    }

    fn minutes(n_tries: i64, lapses_in_s: i64) -> Option<i64> {
        match again(&mail(n_tries, lapses_in_s), Instant::from_seconds(0), "away") {
            Tried::Again(at, told) => {
                assert_eq!(told, "away");
                Some(at.microseconds() / 60_000_000)
            }
            Tried::GivenUp(_) => None,
            Tried::Sent => panic!("nothing was sent"),
        }
    }

    #[test]
    fn attempts_come_less_and_less_often_and_never_after_the_mail_lapsed() {
        let week = 7 * 86_400;
        let waits: Vec<Option<i64>> = (0..8).map(|n_tries| minutes(n_tries, week)).collect();
        assert_eq!(waits, [1, 5, 30, 120, 480, 1440, 1440, 1440].map(Some));
        assert_eq!(minutes(3, 15 * 60), Some(14), "the last one while the link still holds");
        assert_eq!(minutes(3, 50), None, "too late to be of use");
    }
}
