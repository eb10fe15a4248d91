//! Webhooks: endpoints, what is to be sent to them, and each attempt.
//!
//! The audit record is the outbox: it is written in the transaction of every change, one writer at a time, so an endpoint's
//! position in it never passes a change that is committed later. A delivery names the record by its hash; what is sent is made from
//! that record each time, as far as the endpoint's reader may see it then, so that no payload is kept.

use mandate_domain::identity::User;
use mandate_domain::webhook::{Pause, SILENCE_S};
use mandate_domain::{Id, Instant};

use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, WriteTx};
use crate::params;

const ENDPOINT: &str = "
    SELECT id, address, matters, happenings, reader_id, made_by, pause, secret_key, secret, previous_key, previous_secret,
           previous_until_us, older_key, older_secret, older_until_us, read_to, failing_since_us, created_at_us, version
      FROM webhook_endpoint";
const ALL: &str = "ORDER BY created_at_us, id";
const BY_ID: &str = "WHERE id = $1";
const BEHIND: &str = "
    WHERE pause = '' AND read_to < (SELECT COALESCE(MAX(seq), 0) FROM audit_record) ORDER BY created_at_us, id";
const LAST_SEQ: &str = "SELECT COALESCE(MAX(seq), 0) FROM audit_record";
const COUNT: &str = "SELECT COUNT(*) FROM webhook_endpoint";
const INSERT: &str = "
    INSERT INTO webhook_endpoint (id, address, matters, happenings, reader_id, made_by, pause, secret_key, secret, read_to,
           created_at_us, version)
    VALUES ($1, $2, $3, $4, $5, $6, '', $7, $8, $9, $10, 1)";
const SAVE: &str = "
    UPDATE webhook_endpoint SET failing_since_us = CASE WHEN address = $1 THEN failing_since_us END, address = $1, matters = $2,
           happenings = $3, reader_id = $4, version = version + 1
     WHERE id = $5 AND version = $6";
const ROTATE: &str = "
    UPDATE webhook_endpoint SET older_key = previous_key, older_secret = previous_secret, older_until_us = previous_until_us,
           previous_key = secret_key, previous_secret = secret, previous_until_us = $1, secret_key = $2, secret = $3,
           version = version + 1
     WHERE id = $4 AND version = $5";
const PAUSE: &str =
    "UPDATE webhook_endpoint SET pause = $1, version = version + 1 WHERE id = $2 AND pause = ''";
const RESUME: &str = "
    UPDATE webhook_endpoint SET pause = '', failing_since_us = NULL, read_to = $1, version = version + 1
     WHERE id = $2 AND pause <> ''";
const REMOVE_ATTEMPTS: &str = "
    DELETE FROM webhook_attempt WHERE delivery_id IN (SELECT id FROM webhook_delivery WHERE endpoint_id = $1)";
const REMOVE_DELIVERIES: &str = "DELETE FROM webhook_delivery WHERE endpoint_id = $1";
const REMOVE: &str = "DELETE FROM webhook_endpoint WHERE id = $1";
const FORGET_SECRETS: &str = "
    UPDATE webhook_endpoint SET previous_key = NULL, previous_secret = NULL, previous_until_us = NULL
     WHERE previous_until_us <= $1";
const FORGET_OLDER: &str = "
    UPDATE webhook_endpoint SET older_key = NULL, older_secret = NULL, older_until_us = NULL WHERE older_until_us <= $1";
const READ_TO: &str = "UPDATE webhook_endpoint SET read_to = $1 WHERE id = $2 AND read_to < $1";
const QUEUE: &str = "
    INSERT INTO webhook_delivery (id, endpoint_id, record_hash, event, state, n_tries, next_at_us, created_at_us)
    VALUES ($1, $2, $3, $4, 'waiting', 0, $5, $5) ON CONFLICT (endpoint_id, record_hash) DO NOTHING";
const DELIVERY: &str = "
    SELECT id, endpoint_id, record_hash, event, state, n_tries, next_at_us, created_at_us, ended_at_us FROM webhook_delivery";
const DELIVERY_BY_ID: &str = "WHERE id = $1 AND endpoint_id = $2";
const OF_ENDPOINT: &str = "
    WHERE endpoint_id = $1 AND (state = $2 OR $2 = '') AND (id < $3 OR $3 = '') ORDER BY id DESC LIMIT $4";
const DUE: &str = "
    WHERE endpoint_id = $1 AND state = 'waiting' AND next_at_us <= $2 ORDER BY next_at_us, id LIMIT $3";
const ENDPOINTS_DUE: &str = "
    WHERE pause = '' AND EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.endpoint_id = webhook_endpoint.id
          AND d.state = 'waiting' AND d.next_at_us <= $1) ORDER BY created_at_us, id";
const WAITING: &str = "SELECT COUNT(*) FROM webhook_delivery WHERE endpoint_id = $1 AND state = 'waiting'";
const CLAIM: &str = "
    UPDATE webhook_delivery SET next_at_us = $1 WHERE id = $2 AND state = 'waiting' AND next_at_us <= $3";
const TRIED: &str = "
    UPDATE webhook_delivery SET state = $1, n_tries = n_tries + $2, next_at_us = $3, ended_at_us = $4 WHERE id = $5";
const ATTEMPT: &str = "
    INSERT INTO webhook_attempt (id, delivery_id, at_us, status, problem, took_ms) VALUES ($1, $2, $3, $4, $5, $6)";
const ATTEMPTS: &str = "
    SELECT at_us, status, problem, took_ms FROM webhook_attempt WHERE delivery_id = $1 ORDER BY id";
const ARRIVED: &str = "UPDATE webhook_endpoint SET failing_since_us = NULL WHERE id = $1";
/// Where nothing was being tried when this one was, and had not been for a day (`$4`), the failures of before are a story of their own.
const FAILED: &str = "
    UPDATE webhook_endpoint SET failing_since_us = $1
     WHERE id = $2 AND (failing_since_us IS NULL OR NOT EXISTS
           (SELECT 1 FROM webhook_delivery d WHERE d.endpoint_id = $2 AND (d.id <> $3 OR 1 < d.n_tries) AND 0 < d.n_tries
               AND (d.state = 'waiting' OR $4 <= d.ended_at_us)))";
const AGAIN: &str = "
    UPDATE webhook_delivery SET state = 'waiting', n_tries = 0, next_at_us = $1, ended_at_us = NULL
     WHERE id = $2 AND state <> 'waiting'";
const FORGET_ATTEMPTS: &str = "
    DELETE FROM webhook_attempt WHERE delivery_id IN
           (SELECT id FROM webhook_delivery WHERE state <> 'waiting' AND ended_at_us < $1)";
const FORGET: &str = "DELETE FROM webhook_delivery WHERE state <> 'waiting' AND ended_at_us < $1";

/// A secret as it is kept: sealed with a key of the data folder.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredSecret {
    /// Names the key.
    pub key_id: String,
    /// Nonce and ciphertext.
    pub text: String,
}

/// An endpoint as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredEndpoint {
    /// Its id.
    pub id: Id<StoredEndpoint>,
    /// Where it is asked.
    pub address: String,
    /// What it is told of, words with spaces between; empty for everything.
    pub matters: String,
    /// Which happenings, likewise.
    pub happenings: String,
    /// On whose behalf it reads.
    pub reader_id: Id<User>,
    /// Who set it up; none for the operator.
    pub made_by: Option<Id<User>>,
    /// Why nothing is sent.
    pub pause: Option<Pause>,
    /// What signs.
    pub secret: StoredSecret,
    /// What signed before, at most two, the newest first, and until when each still does.
    pub previous: Vec<(StoredSecret, Instant)>,
    /// Up to which position the audit record was read for it.
    pub read_to: i64,
    /// Since when nothing arrives.
    pub failing_since: Option<Instant>,
    /// When it was set up.
    pub created_at: Instant,
    /// Counts saves.
    pub version: i64,
}

/// What is to be sent, or was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDelivery {
    /// Its id, which the receiver meets as `webhook-id`.
    pub id: Id<StoredDelivery>,
    /// To which endpoint.
    pub endpoint_id: Id<StoredEndpoint>,
    /// Hash of the audit record it tells of.
    pub record_hash: String,
    /// Such as `account.changed`.
    pub event: String,
    /// `waiting`, `sent`, `given_up` or `withdrawn`.
    pub state: String,
    /// How often it was tried since it was queued or sent again.
    pub n_tries: i64,
    /// When it is due.
    pub next_at: Instant,
    /// When it was queued.
    pub created_at: Instant,
    /// When it ended.
    pub ended_at: Option<Instant>,
}

/// An attempt to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// When.
    pub at: Instant,
    /// The receiver's status, if it answered.
    pub status: Option<i64>,
    /// What hindered it; empty when nothing did.
    pub problem: String,
    /// How long it took.
    pub took_ms: i64,
}

/// Every endpoint, the oldest first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_endpoints(tx: &mut ReadTx) -> Result<Vec<StoredEndpoint>, StoreError> {
    tx.fetch_all(&format!("{ENDPOINT} {ALL}"), vec![]).await?.iter().map(read_endpoint).collect()
}

/// How many there are.
///
/// # Errors
/// [`StoreError`] when they cannot be counted.
#[boxed]
pub async fn count_endpoints(tx: &mut ReadTx) -> Result<i64, StoreError> {
    tx.fetch_one(COUNT, vec![]).await?.int(0)
}

/// An endpoint.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_endpoint(
    tx: &mut ReadTx,
    id: &Id<StoredEndpoint>,
) -> Result<Option<StoredEndpoint>, StoreError> {
    let row = tx.fetch_optional(&format!("{ENDPOINT} {BY_ID}"), params![id]).await?;
    row.as_ref().map(read_endpoint).transpose()
}

/// Endpoints for which the audit record was not read to its end.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_behind(tx: &mut ReadTx) -> Result<Vec<StoredEndpoint>, StoreError> {
    tx.fetch_all(&format!("{ENDPOINT} {BEHIND}"), vec![]).await?.iter().map(read_endpoint).collect()
}

/// Endpoints to which something is due, and nothing keeps it back.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_endpoints_due(tx: &mut ReadTx, now: Instant) -> Result<Vec<StoredEndpoint>, StoreError> {
    let rows = tx.fetch_all(&format!("{ENDPOINT} {ENDPOINTS_DUE}"), params![now]).await?;
    rows.iter().map(read_endpoint).collect()
}

/// The end of the audit record; within a [`WriteTx`] nothing is committed before that is not in it.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn last_seq(tx: &mut ReadTx) -> Result<i64, StoreError> {
    tx.fetch_one(LAST_SEQ, vec![]).await?.int(0)
}

/// Keeps a new endpoint, which hears of what happens from now on.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn insert_endpoint(tx: &mut WriteTx, endpoint: &StoredEndpoint) -> Result<(), StoreError> {
    let values = params![
        &endpoint.id,
        endpoint.address.as_str(),
        endpoint.matters.as_str(),
        endpoint.happenings.as_str(),
        &endpoint.reader_id,
        endpoint.made_by.as_ref(),
        endpoint.secret.key_id.as_str(),
        endpoint.secret.text.as_str(),
        endpoint.read_to,
        endpoint.created_at,
    ];
    tx.execute(INSERT, values).await.map(|_| ())
}

/// Saves where an endpoint is, what it hears of and for whom it reads; refused as stale when another save came first.
///
/// # Errors
/// [`StoreError::Stale`], or another when it cannot be kept.
#[boxed]
pub async fn save_endpoint(tx: &mut WriteTx, endpoint: &StoredEndpoint) -> Result<(), StoreError> {
    let values = params![
        endpoint.address.as_str(),
        endpoint.matters.as_str(),
        endpoint.happenings.as_str(),
        &endpoint.reader_id,
        &endpoint.id,
        endpoint.version,
    ];
    one_or_stale(tx.execute(SAVE, values).await?)
}

/// Gives an endpoint another secret; the one of before signs beside it until `until`, the one before that as long as it did.
///
/// # Errors
/// [`StoreError::Stale`], or another when it cannot be kept.
#[boxed]
pub async fn rotate_secret(
    tx: &mut WriteTx,
    endpoint: &StoredEndpoint,
    secret: &StoredSecret,
    until: Instant,
) -> Result<(), StoreError> {
    let values = params![until, secret.key_id.as_str(), secret.text.as_str(), &endpoint.id, endpoint.version];
    one_or_stale(tx.execute(ROTATE, values).await?)
}

fn one_or_stale(n_saved: u64) -> Result<(), StoreError> {
    if n_saved == 1 { Ok(()) } else { Err(StoreError::Stale { table: "webhook_endpoint" }) }
}

/// Pauses an endpoint; says whether it was not paused before.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn pause(tx: &mut WriteTx, id: &Id<StoredEndpoint>, why: Pause) -> Result<bool, StoreError> {
    Ok(tx.execute(PAUSE, params![why.as_str(), id]).await? == 1)
}

/// Resumes an endpoint from here on; says whether it was paused.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn resume(tx: &mut WriteTx, id: &Id<StoredEndpoint>) -> Result<bool, StoreError> {
    let last = last_seq(tx).await?;
    Ok(tx.execute(RESUME, params![last, id]).await? == 1)
}

/// Removes an endpoint with all that was or is to be sent to it; says whether there was one.
///
/// # Errors
/// [`StoreError`] when it cannot be removed.
#[boxed]
pub async fn remove_endpoint(tx: &mut WriteTx, id: &Id<StoredEndpoint>) -> Result<bool, StoreError> {
    tx.execute(REMOVE_ATTEMPTS, params![id]).await?;
    tx.execute(REMOVE_DELIVERIES, params![id]).await?;
    Ok(tx.execute(REMOVE, params![id]).await? == 1)
}

/// What to queue for an endpoint: a record of the audit record, and what it is.
#[derive(Clone, Debug)]
pub struct NewDelivery<'a> {
    /// Its id.
    pub id: Id<StoredDelivery>,
    /// Hash of the audit record.
    pub record_hash: &'a str,
    /// Such as `account.changed`.
    pub event: String,
}

/// Queues what an endpoint is to hear, and notes that the audit record was read for it up to `read_to`.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
pub async fn queue(
    tx: &mut WriteTx,
    endpoint: &Id<StoredEndpoint>,
    deliveries: &[NewDelivery<'_>],
    read_to: i64,
    now: Instant,
) -> Result<(), StoreError> {
    for delivery in deliveries {
        let values = params![&delivery.id, endpoint, delivery.record_hash, delivery.event.as_str(), now];
        tx.execute(QUEUE, values).await?;
    }
    tx.execute(READ_TO, params![read_to, endpoint]).await.map(|_| ())
}

/// Commits what [`queue`] kept: bookkeeping.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn commit_queue(tx: WriteTx) -> Result<(), StoreError> {
    tx.commit_bookkeeping().await
}

/// A delivery of an endpoint.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_delivery(
    tx: &mut ReadTx,
    endpoint: &Id<StoredEndpoint>,
    id: &Id<StoredDelivery>,
) -> Result<Option<StoredDelivery>, StoreError> {
    let row = tx.fetch_optional(&format!("{DELIVERY} {DELIVERY_BY_ID}"), params![id, endpoint]).await?;
    row.as_ref().map(read_delivery).transpose()
}

/// Deliveries of an endpoint in `state` (empty: in any), the newest first, from below the id `before` (empty: from the top).
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_deliveries(
    tx: &mut ReadTx,
    endpoint: &Id<StoredEndpoint>,
    state: &str,
    before: &str,
    limit: usize,
) -> Result<Vec<StoredDelivery>, StoreError> {
    let rows =
        tx.fetch_all(&format!("{DELIVERY} {OF_ENDPOINT}"), params![endpoint, state, before, limit]).await?;
    rows.iter().map(read_delivery).collect()
}

/// What is due at an endpoint, the longest waiting first.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn list_due(
    tx: &mut ReadTx,
    endpoint: &Id<StoredEndpoint>,
    now: Instant,
    limit: usize,
) -> Result<Vec<StoredDelivery>, StoreError> {
    let rows = tx.fetch_all(&format!("{DELIVERY} {DUE}"), params![endpoint, now, limit]).await?;
    rows.iter().map(read_delivery).collect()
}

/// How much waits for an endpoint.
///
/// # Errors
/// [`StoreError`] when it cannot be counted.
#[boxed]
pub async fn count_waiting(tx: &mut ReadTx, endpoint: &Id<StoredEndpoint>) -> Result<i64, StoreError> {
    tx.fetch_one(WAITING, params![endpoint]).await?.int(0)
}

/// The attempts to send a delivery, the oldest first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_attempts(
    tx: &mut ReadTx,
    delivery: &Id<StoredDelivery>,
) -> Result<Vec<Attempt>, StoreError> {
    let rows = tx.fetch_all(ATTEMPTS, params![delivery]).await?;
    let read = |row: &Row| {
        Ok(Attempt {
            at: row.instant(0)?,
            status: row.int_or_null(1)?,
            problem: row.text(2)?,
            took_ms: row.int(3)?,
        })
    };
    rows.iter().map(read).collect()
}

/// Takes a due delivery for one sender, and commits: bookkeeping. Nobody else tries it before `until`, which is when it is due
/// again if this sender ends without a word. Says whether it was still there to take.
///
/// # Errors
/// [`StoreError`] when it cannot be noted.
#[boxed]
pub async fn claim(
    mut tx: WriteTx,
    id: &Id<StoredDelivery>,
    now: Instant,
    until: Instant,
) -> Result<bool, StoreError> {
    let n_taken = tx.execute(CLAIM, params![until, id, now]).await?;
    tx.commit_bookkeeping().await?;
    Ok(n_taken == 1)
}

/// What becomes of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver took it.
    Sent,
    /// It is tried again at this instant.
    Again(Instant),
    /// It is not tried again.
    GivenUp,
    /// Nothing is sent: whoever the endpoint reads for may not see it any more.
    Withdrawn,
}

/// Notes an attempt and what becomes of its delivery; of what is withdrawn nothing was tried.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn keep_attempt(
    tx: &mut WriteTx,
    delivery: &StoredDelivery,
    attempt_id: &Id<Attempt>,
    attempt: &Attempt,
    outcome: Outcome,
) -> Result<(), StoreError> {
    let at = attempt.at;
    let (state, n_tried, next_at, ended_at) = match outcome {
        Outcome::Sent => ("sent", 1, at, Some(at)),
        Outcome::Again(next_at) => ("waiting", 1, next_at, None),
        Outcome::GivenUp => ("given_up", 1, at, Some(at)),
        Outcome::Withdrawn => ("withdrawn", 0, at, Some(at)),
    };
    tx.execute(TRIED, params![state, n_tried, next_at, ended_at, &delivery.id]).await?;
    if outcome == Outcome::Withdrawn {
        return Ok(());
    }
    let values =
        params![attempt_id, &delivery.id, at, attempt.status, attempt.problem.as_str(), attempt.took_ms];
    tx.execute(ATTEMPT, values).await?;
    match outcome {
        Outcome::Sent => tx.execute(ARRIVED, params![&delivery.endpoint_id]).await?,
        _ => {
            let values = params![at, &delivery.endpoint_id, &delivery.id, at.plus_seconds(-SILENCE_S)];
            tx.execute(FAILED, values).await?
        }
    };
    Ok(())
}

/// Commits what [`keep_attempt`] noted: bookkeeping.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn commit_attempt(tx: WriteTx) -> Result<(), StoreError> {
    tx.commit_bookkeeping().await
}

/// Lets a delivery that ended be sent once more, with all its attempts; says whether it had ended.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn send_again(tx: &mut WriteTx, id: &Id<StoredDelivery>, now: Instant) -> Result<bool, StoreError> {
    Ok(tx.execute(AGAIN, params![now, id]).await? == 1)
}

/// Forgets deliveries that ended before `before` and secrets that sign no more at `now`, and commits: bookkeeping.
///
/// # Errors
/// [`StoreError`] when they cannot be removed.
#[boxed]
pub async fn forget_before(mut tx: WriteTx, before: Instant, now: Instant) -> Result<(), StoreError> {
    tx.execute(FORGET_ATTEMPTS, params![before]).await?;
    tx.execute(FORGET, params![before]).await?;
    tx.execute(FORGET_SECRETS, params![now]).await?;
    tx.execute(FORGET_OLDER, params![now]).await?;
    tx.commit_bookkeeping().await
}

fn read_endpoint(row: &Row) -> Result<StoredEndpoint, StoreError> {
    let pause = row.text(6)?;
    let mut previous = vec![];
    for at in [9, 12] {
        if let (Some(key_id), Some(text), Some(until)) =
            (row.text_or_null(at)?, row.text_or_null(at + 1)?, row.instant_or_null(at + 2)?)
        {
            previous.push((StoredSecret { key_id, text }, until));
        }
    }
    let unknown = || StoreError::Inconsistent {
        table: "webhook_endpoint",
        id: pause.clone(),
        what: "it is paused for a reason this program does not know".to_owned(),
    };
    Ok(StoredEndpoint {
        id: row.id(0)?,
        address: row.text(1)?,
        matters: row.text(2)?,
        happenings: row.text(3)?,
        reader_id: row.id(4)?,
        made_by: row.id_or_null(5)?,
        pause: if pause.is_empty() { None } else { Some(Pause::parse(&pause).ok_or_else(unknown)?) },
        secret: StoredSecret { key_id: row.text(7)?, text: row.text(8)? },
        previous,
        read_to: row.int(15)?,
        failing_since: row.instant_or_null(16)?,
        created_at: row.instant(17)?,
        version: row.int(18)?,
    })
}

fn read_delivery(row: &Row) -> Result<StoredDelivery, StoreError> {
    Ok(StoredDelivery {
        id: row.id(0)?,
        endpoint_id: row.id(1)?,
        record_hash: row.text(2)?,
        event: row.text(3)?,
        state: row.text(4)?,
        n_tries: row.int(5)?,
        next_at: row.instant(6)?,
        created_at: row.instant(7)?,
        ended_at: row.instant_or_null(8)?,
    })
}
