//! What people were told of, how they want to be told, and what of it still goes out by mail.
//!
//! A row names the record by kind and id, never by its name: that is read when somebody looks, as far as they may see it then.
//! `mail` says what is still to be done: `at_once`, `digest`, or nothing any more.

use std::collections::BTreeMap;

use jiff::civil::Date;
use mandate_domain::identity::User;
use mandate_domain::notification::{MailTimes, Notification, Topic, Way};
use mandate_domain::{Id, Instant};

use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, WriteTx};
use crate::params;

const INSERT: &str = "
    INSERT INTO notification (id, user_id, topic, kind, record_id, account_id, detail, by_name, told_key, mail, created_at_us)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT (told_key) DO NOTHING";
const UNREAD: &str = "SELECT COUNT(*) FROM notification WHERE user_id = $1 AND read_at_us IS NULL";
const SELECT: &str = "
    SELECT id, user_id, topic, kind, record_id, account_id, detail, by_name, created_at_us, read_at_us FROM notification";
const OF_USER: &str = "
    WHERE user_id = $1 AND (topic = $2 OR $2 = '') AND (read_at_us IS NULL OR $3 = 1) AND (id < $4 OR $4 = '')
    ORDER BY id DESC LIMIT $5";
const BY_ID: &str = "WHERE id = $1 AND user_id = $2";
const READ: &str =
    "UPDATE notification SET read_at_us = $1 WHERE id = $2 AND user_id = $3 AND read_at_us IS NULL";
const READ_ALL: &str = "
    UPDATE notification SET read_at_us = $1 WHERE user_id = $2 AND read_at_us IS NULL AND (topic = $3 OR $3 = '')";
const OF_USER_TO_MAIL: &str = "WHERE mail = $1 AND user_id = $2 ORDER BY id LIMIT $3";
const USERS_TO_MAIL: &str =
    "SELECT DISTINCT user_id FROM notification WHERE mail IN ('at_once', 'digest') ORDER BY user_id";
const MAILED: &str = "UPDATE notification SET mail = '' WHERE id = $1";
const FORGET: &str = "DELETE FROM notification WHERE created_at_us < $1";
const CHOICES: &str = "SELECT topic, way FROM notification_choice WHERE user_id = $1";
const CHOOSE: &str = "
    INSERT INTO notification_choice (user_id, topic, way) VALUES ($1, $2, $3)
    ON CONFLICT (user_id, topic) DO UPDATE SET way = excluded.way";
const TIMES: &str = "
    SELECT digest_hour, quiet_from, quiet_until, digested_on FROM notification_time WHERE user_id = $1";
const SAVE_TIMES: &str = "
    INSERT INTO notification_time (user_id, digest_hour, quiet_from, quiet_until) VALUES ($1, $2, $3, $4)
    ON CONFLICT (user_id) DO UPDATE
    SET digest_hour = excluded.digest_hour, quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until";
const DIGESTED: &str = "
    INSERT INTO notification_time (user_id, digest_hour, quiet_from, quiet_until, digested_on)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (user_id) DO UPDATE SET digested_on = excluded.digested_on";
const USERS_OF_PERSON: &str = "
    SELECT id FROM app_user WHERE person_id = $1 AND account_id IS NULL AND state = 'active' ORDER BY id";

/// What is still to go out by mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pending {
    /// As soon as quiet hours let it.
    AtOnce,
    /// With the next digest.
    Digest,
}

impl Pending {
    /// The word kept in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AtOnce => "at_once",
            Self::Digest => "digest",
        }
    }
}

/// Keeps what somebody is told; with a `told_key` that was used before nothing, for each thing is told once. Says whether it did.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn insert_notification(
    tx: &mut WriteTx,
    told: &Notification,
    told_key: Option<&str>,
    pending: Option<Pending>,
) -> Result<bool, StoreError> {
    let values = params![
        &told.id,
        &told.user_id,
        told.topic.as_str(),
        &told.kind,
        &told.record_id,
        told.account_id.clone(),
        &told.detail,
        &told.by_name,
        told_key.map(str::to_owned),
        pending.map_or("", Pending::as_str),
        told.created_at,
    ];
    Ok(tx.execute(INSERT, values).await? == 1)
}

/// How many a user has not read.
///
/// # Errors
/// [`StoreError`] when they cannot be counted.
#[boxed]
pub async fn count_unread(tx: &mut ReadTx, user: &Id<User>) -> Result<i64, StoreError> {
    tx.fetch_one(UNREAD, params![user]).await?.int(0)
}

/// Which of a user's notifications are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// Of this topic only.
    pub topic: Option<Topic>,
    /// Those that were read, too.
    pub with_read: bool,
    /// Those before the one with this id.
    pub before: Option<&'a str>,
    /// At most so many.
    pub limit: usize,
}

/// A user's notifications, the newest first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
pub async fn list_notifications(
    tx: &mut ReadTx,
    user: &Id<User>,
    wanted: Wanted<'_>,
) -> Result<Vec<Notification>, StoreError> {
    let topic = wanted.topic.map_or("", Topic::as_str);
    let before = wanted.before.unwrap_or_default();
    let values = params![user, topic, i64::from(wanted.with_read), before, wanted.limit];
    tx.fetch_all(&format!("{SELECT} {OF_USER}"), values).await?.iter().map(read).collect()
}

/// A user's notification with this id; another's is not found.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_notification(
    tx: &mut ReadTx,
    user: &Id<User>,
    id: &Id<Notification>,
) -> Result<Option<Notification>, StoreError> {
    let sql = format!("{SELECT} {BY_ID}");
    tx.fetch_optional(&sql, params![id, user]).await?.as_ref().map(read).transpose()
}

/// Notes that a user read one, and commits: bookkeeping of one's own.
///
/// # Errors
/// [`StoreError`] when it cannot be noted.
#[boxed]
pub async fn mark_read(
    mut tx: WriteTx,
    user: &Id<User>,
    id: &Id<Notification>,
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute(READ, params![now, id, user]).await?;
    tx.commit_bookkeeping().await
}

/// Notes that a user read all, or all of a topic, and commits: bookkeeping of one's own.
///
/// # Errors
/// [`StoreError`] when it cannot be noted.
#[boxed]
pub async fn mark_all_read(
    mut tx: WriteTx,
    user: &Id<User>,
    topic: Option<Topic>,
    now: Instant,
) -> Result<u64, StoreError> {
    let n_read = tx.execute(READ_ALL, params![now, user, topic.map_or("", Topic::as_str)]).await?;
    tx.commit_bookkeeping().await?;
    Ok(n_read)
}

/// Whether anything is to go out by mail: asked before a transaction that writes.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn list_users_to_mail(tx: &mut ReadTx) -> Result<Vec<Id<User>>, StoreError> {
    tx.fetch_all(USERS_TO_MAIL, vec![]).await?.iter().map(|row| row.id(0)).collect()
}

/// What is still to go to a user by mail, the oldest first.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn list_to_mail(
    tx: &mut ReadTx,
    user: &Id<User>,
    pending: Pending,
    limit: usize,
) -> Result<Vec<Notification>, StoreError> {
    let sql = format!("{SELECT} {OF_USER_TO_MAIL}");
    tx.fetch_all(&sql, params![pending.as_str(), user, limit]).await?.iter().map(read).collect()
}

/// Notes that these go out by mail no more: they went, or are of no use any more.
///
/// # Errors
/// [`StoreError`] when it cannot be noted.
#[boxed]
pub async fn note_mailed(tx: &mut WriteTx, told: &[Notification]) -> Result<(), StoreError> {
    for one in told {
        tx.execute(MAILED, params![&one.id]).await?;
    }
    Ok(())
}

/// Keeps what was queued, and commits: bookkeeping. What the mail tells of has its own record.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn commit_mailed(tx: WriteTx) -> Result<(), StoreError> {
    tx.commit_bookkeeping().await
}

/// Forgets what was told before `before`, and commits: bookkeeping.
///
/// # Errors
/// [`StoreError`] when they cannot be removed.
#[boxed]
pub async fn forget_before(mut tx: WriteTx, before: Instant) -> Result<u64, StoreError> {
    let n_forgotten = tx.execute(FORGET, params![before]).await?;
    tx.commit_bookkeeping().await?;
    Ok(n_forgotten)
}

/// The ways a user chose; topics without one go the usual way.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_choices(tx: &mut ReadTx, user: &Id<User>) -> Result<BTreeMap<Topic, Way>, StoreError> {
    let rows = tx.fetch_all(CHOICES, params![user]).await?;
    rows.iter().map(|row| Ok((row.parsed(0, Topic::parse)?, row.parsed(1, Way::parse)?))).collect()
}

/// Keeps which way a user chose for a topic.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn save_choice(
    tx: &mut WriteTx,
    user: &Id<User>,
    (topic, way): (Topic, Way),
) -> Result<(), StoreError> {
    tx.execute(CHOOSE, params![user, topic.as_str(), way.as_str()]).await.map(|_| ())
}

/// When mail may go to a user, and the day whose digest is done.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_times(tx: &mut ReadTx, user: &Id<User>) -> Result<(MailTimes, Option<Date>), StoreError> {
    let Some(row) = tx.fetch_optional(TIMES, params![user]).await? else {
        return Ok((MailTimes::default(), None));
    };
    let quiet = row.int_or_null(1)?.zip(row.int_or_null(2)?);
    let times = MailTimes::new(row.int(0)?, quiet).map_err(|error| StoreError::Inconsistent {
        table: "notification_time",
        id: user.to_string(),
        what: error.to_string(),
    })?;
    Ok((times, row.date_or_null(3)?))
}

fn hours(times: MailTimes) -> (i64, Option<i64>, Option<i64>) {
    let (from, until) = times.quiet().unzip();
    (times.digest_hour().into(), from.map(i64::from), until.map(i64::from))
}

/// Keeps when mail may go to a user.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn save_times(tx: &mut WriteTx, user: &Id<User>, times: MailTimes) -> Result<(), StoreError> {
    let (digest, from, until) = hours(times);
    tx.execute(SAVE_TIMES, params![user, digest, from, until]).await.map(|_| ())
}

/// Notes the day whose digest is done.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn note_digest(
    tx: &mut WriteTx,
    user: &Id<User>,
    times: MailTimes,
    day: Date,
) -> Result<(), StoreError> {
    let (digest, from, until) = hours(times);
    tx.execute(DIGESTED, params![user, digest, from, until, day]).await.map(|_| ())
}

/// The active users of ours who are this person of the book.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_users_of_person(tx: &mut ReadTx, person: &str) -> Result<Vec<Id<User>>, StoreError> {
    tx.fetch_all(USERS_OF_PERSON, params![person]).await?.iter().map(|row| row.id(0)).collect()
}

fn read(row: &Row) -> Result<Notification, StoreError> {
    Ok(Notification {
        id: row.id(0)?,
        user_id: row.id(1)?,
        topic: row.parsed(2, Topic::parse)?,
        kind: row.text(3)?,
        record_id: row.text(4)?,
        account_id: row.text_or_null(5)?,
        detail: row.text(6)?,
        by_name: row.text(7)?,
        created_at: row.instant(8)?,
        read_at: row.instant_or_null(9)?,
    })
}
