//! Audit records as a hash chain: appended in the transaction they tell of, never changed.
//!
//! `hash` is SHA-256 over the previous hash and the record's canonical text, so a changed, removed or reordered record
//! shows. Truncation at the end, and a chain made anew from some record on, show only against a checkpoint: the hash of
//! a record, signed and kept elsewhere too. Not here: the signing (`mandate-app`), which has the key.

use std::collections::BTreeMap;

use mandate_domain::Instant;
use mandate_domain::audit::{AuditActor, AuditRecord, FieldChange};
use sha2::{Digest, Sha256};

use crate::db::{ReadTx, StoreError, Value, WriteTx};
use crate::{boxed, labels, params};

const FIRST_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

const TAIL: &str = "SELECT seq, hash FROM audit_record ORDER BY seq DESC LIMIT 1";
const FIRST: &str = "SELECT hash FROM audit_record ORDER BY seq LIMIT 1";
const LAST_AT: &str = "SELECT MAX(at_us) FROM audit_record";
const APPEND: &str = "
    INSERT INTO audit_record (seq, at_us, actor_kind, actor_id, actor_name, origin, action, subject_kind, subject_id,
           subject_name, account_id, reason, changes, previous_hash, hash)";
const KEEP_VALUE: &str = "INSERT INTO audit_value (seq, position, from_value, to_value, salt)";
const VALUES: &str = "
    SELECT v.seq, v.position, v.from_value, v.to_value, v.salt, r.changes
      FROM audit_value v JOIN audit_record r ON r.seq = v.seq
     WHERE v.seq >= $1 AND v.seq <= $2 ORDER BY v.seq, v.position";
const PAGE: &str = "
    SELECT seq, at_us, actor_kind, actor_id, actor_name, origin, action, subject_kind, subject_id, subject_name,
           account_id, reason, changes, previous_hash, hash
      FROM audit_record WHERE seq > $1 ORDER BY seq LIMIT $2";

const ONE: &str = "
    SELECT seq, at_us, actor_kind, actor_id, actor_name, origin, action, subject_kind, subject_id, subject_name,
           account_id, reason, changes, previous_hash, hash
      FROM audit_record WHERE hash = $1";
const OF_SUBJECT: &str = "
    SELECT seq, at_us, actor_kind, actor_id, actor_name, origin, action, subject_kind, subject_id, subject_name,
           account_id, reason, changes, previous_hash, hash
      FROM audit_record WHERE subject_kind = $1 AND subject_id = $2 ORDER BY seq DESC LIMIT $3";
const BESIDE: &str = "
    SELECT (SELECT hash FROM audit_record WHERE subject_kind = $1 AND subject_id = $2 AND seq < $3
             ORDER BY seq DESC LIMIT 1),
           (SELECT hash FROM audit_record WHERE subject_kind = $1 AND subject_id = $2 AND seq > $3
             ORDER BY seq LIMIT 1)";
const INSERT_CHECKPOINT: &str = "
    INSERT INTO audit_checkpoint (seq, hash, at_us, chain, key_id, signature) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (seq) DO NOTHING";
const CHECKPOINTS: &str = "
    SELECT seq, hash, at_us, chain, key_id, signature FROM audit_checkpoint WHERE seq > $1 ORDER BY seq";
const LAST_CHECKPOINT: &str = "
    SELECT seq, hash, at_us, chain, key_id, signature FROM audit_checkpoint ORDER BY seq DESC LIMIT 1";

/// One record as stored.
#[derive(Clone, Debug)]
pub struct StoredRecord {
    /// Position in the chain, from 1.
    pub seq: i64,
    /// When.
    pub at: Instant,
    /// `user`, `operator` or `system`.
    pub actor_kind: String,
    /// The user's id.
    pub actor_id: Option<String>,
    /// The name at the time.
    pub actor_name: String,
    /// The channel.
    pub origin: String,
    /// The business event.
    pub action: String,
    /// The kind of record.
    pub subject_kind: String,
    /// Its id.
    pub subject_id: String,
    /// Its name at the time.
    pub subject_name: String,
    /// The account it belongs to.
    pub account_id: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// JSON array of `{field, from, to}`.
    pub changes: String,
    /// Hash of the record before.
    pub previous_hash: String,
    /// Hash of this record.
    pub hash: String,
}

/// Refuses what would stand in the record for everybody who reads it, and for ever.
fn refuse_open_values(record: &AuditRecord) -> Result<(), StoreError> {
    let purpose_of = |field: &str| labels::purpose_of_field(&record.subject_kind, field);
    let open = record.changes.iter().filter(|change| change.sealed.is_none());
    match open.into_iter().find(|change| purpose_of(&change.field).is_some()) {
        None => Ok(()),
        Some(change) => Err(StoreError::Inconsistent {
            table: "audit_record",
            id: format!("{} {}", record.subject_kind, change.field),
            what: "a change of a field that takes a purpose is not sealed".to_owned(),
        }),
    }
}

/// Appends `records` to the chain in their order, inside the transaction of the changes they tell of.
///
/// # Errors
/// [`StoreError::Inconsistent`] when one holds an open value of a column whose label names a purpose: then nothing is kept.
#[boxed]
pub(crate) async fn append(tx: &mut WriteTx, records: &[AuditRecord]) -> Result<(), StoreError> {
    for record in records {
        refuse_open_values(record)?;
    }
    let (mut seq, mut previous_hash) = match tx.fetch_optional(TAIL, vec![]).await? {
        Some(row) => (row.int(0)?, row.text(1)?),
        None => (0, FIRST_HASH.to_owned()),
    };
    let (mut rows, mut sealed) = (Vec::with_capacity(records.len()), vec![]);
    for record in records {
        seq += 1;
        let stored = linked(record, seq, std::mem::take(&mut previous_hash))?;
        previous_hash.clone_from(&stored.hash);
        sealed.extend(sealed_rows(seq, record));
        rows.push(params![
            stored.seq,
            stored.at,
            stored.actor_kind,
            stored.actor_id,
            stored.actor_name,
            stored.origin,
            stored.action,
            stored.subject_kind,
            stored.subject_id,
            stored.subject_name,
            stored.account_id,
            stored.reason,
            stored.changes,
            stored.previous_hash,
            stored.hash,
        ]);
    }
    tx.insert_many(APPEND, rows, "").await?;
    tx.insert_many(KEEP_VALUE, sealed, "").await.map(|_| ())
}

/// `record` as the link `seq` of the chain.
fn linked(record: &AuditRecord, seq: i64, previous_hash: String) -> Result<StoredRecord, StoreError> {
    let (actor_kind, actor_id, actor_name) = match &record.actor {
        AuditActor::User { id, name } => ("user", Some(id.clone()), name.clone()),
        AuditActor::Operator => ("operator", None, "Operator".to_owned()),
        AuditActor::System => ("system", None, "Mandate".to_owned()),
    };
    let changes: Vec<Written<'_>> = record.changes.iter().map(written).collect();
    let changes = serde_json::to_string(&changes).map_err(|error| StoreError::Inconsistent {
        table: "audit_record",
        id: record.subject_id.clone(),
        what: error.to_string(),
    })?;
    let mut stored = StoredRecord {
        seq,
        at: record.at,
        actor_kind: actor_kind.to_owned(),
        actor_id,
        actor_name,
        origin: record.origin.as_str().to_owned(),
        action: record.action.clone(),
        subject_kind: record.subject_kind.clone(),
        subject_id: record.subject_id.clone(),
        subject_name: record.subject_name.clone(),
        account_id: record.account_id.clone(),
        reason: record.reason.clone(),
        changes,
        previous_hash,
        hash: String::new(),
    };
    stored.hash = chain_hash(&stored);
    Ok(stored)
}

/// A change as the record has it.
#[derive(serde::Serialize)]
#[serde(untagged)]
enum Written<'a> {
    Open {
        field: &'a str,
        from: Option<&'a str>,
        to: Option<&'a str>,
    },
    /// Only that it was, and a hash that holds its values to it.
    Sealed {
        field: &'a str,
        sealed: &'static str,
        hash: String,
    },
}

fn written(change: &FieldChange) -> Written<'_> {
    let (field, from, to) = (change.field.as_str(), change.from.as_deref(), change.to.as_deref());
    match &change.sealed {
        None => Written::Open { field, from, to },
        Some(sealed) => Written::Sealed {
            field,
            hash: value_hash(&hex(&sealed.salt), from, to),
            sealed: sealed.purpose.as_str(),
        },
    }
}

/// A million of these are made when the chain is verified: no allocation a byte.
fn hex(bytes: &[u8]) -> String {
    let digits = b"0123456789abcdef";
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(char::from(digits[usize::from(byte >> 4)]));
        text.push(char::from(digits[usize::from(byte & 15)]));
    }
    text
}

/// SHA-256 over salt and both values, each preceded by its length.
fn value_hash(salt: &str, from: Option<&str>, to: Option<&str>) -> String {
    let mut hasher = Sha256::new();
    for field in [Some(salt), from, to] {
        hash_field(&mut hasher, field);
    }
    hex(&hasher.finalize())
}

fn sealed_rows(seq: i64, record: &AuditRecord) -> impl Iterator<Item = Vec<Value>> {
    record.changes.iter().enumerate().filter_map(move |(position, change)| {
        let salt = hex(&change.sealed.as_ref()?.salt);
        Some(params![seq, position, change.from.clone(), change.to.clone(), salt])
    })
}

/// A sealed change's values, for who is cleared for what they are read for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedValues {
    /// The record.
    pub seq: i64,
    /// The change's position in the record, from 0.
    pub position: i64,
    /// Value before.
    pub from: Option<String>,
    /// Value after.
    pub to: Option<String>,
}

/// The values of the sealed changes of the records `first` to `last`; of a value that does not give its hash, an error.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_sealed_values(
    tx: &mut ReadTx,
    first: i64,
    last: i64,
) -> Result<Vec<SealedValues>, StoreError> {
    let rows = tx.fetch_all(VALUES, params![first, last]).await?;
    let read = |row: &crate::db::Row| {
        let values = SealedValues {
            seq: row.int(0)?,
            position: row.int(1)?,
            from: row.text_or_null(2)?,
            to: row.text_or_null(3)?,
        };
        let hash = value_hash(&row.text(4)?, values.from.as_deref(), values.to.as_deref());
        if row.text(5)?.contains(&hash) {
            Ok(values)
        } else {
            let what = "its sealed values do not give their hash".to_owned();
            Err(StoreError::Inconsistent { table: "audit_value", id: values.seq.to_string(), what })
        }
    };
    rows.iter().map(read).collect()
}

/// Up to `limit` records after `after` (0: from the first), oldest first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_after(tx: &mut ReadTx, after: i64, limit: i64) -> Result<Vec<StoredRecord>, StoreError> {
    let rows = tx.fetch_all(PAGE, params![after, limit]).await?;
    rows.iter().map(read_record).collect()
}

/// The record with this hash: an address that, unlike its position, tells nothing of the records beside it.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_record(tx: &mut ReadTx, hash: &str) -> Result<Option<StoredRecord>, StoreError> {
    tx.fetch_optional(ONE, params![hash]).await?.as_ref().map(read_record).transpose()
}

/// The last `limit` records about a subject, the newest first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_of_subject(
    tx: &mut ReadTx,
    kind: &str,
    id: &str,
    limit: i64,
) -> Result<Vec<StoredRecord>, StoreError> {
    tx.fetch_all(OF_SUBJECT, params![kind, id, limit]).await?.iter().map(read_record).collect()
}

/// Hashes of the records before and after `record` about the same subject.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn beside(
    tx: &mut ReadTx,
    record: &StoredRecord,
) -> Result<(Option<String>, Option<String>), StoreError> {
    let values = params![record.subject_kind.as_str(), record.subject_id.as_str(), record.seq];
    let row = tx.fetch_one(BESIDE, values).await?;
    Ok((row.text_or_null(0)?, row.text_or_null(1)?))
}

/// When the newest record was made, by the clock of the machine that made it.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn last_at(tx: &mut ReadTx) -> Result<Option<Instant>, StoreError> {
    tx.fetch_one(LAST_AT, vec![]).await?.instant_or_null(0)
}

/// Columns in the order of [`PAGE`], for `reads`.
pub(crate) fn read_record(row: &crate::db::Row) -> Result<StoredRecord, StoreError> {
    Ok(StoredRecord {
        seq: row.int(0)?,
        at: row.instant(1)?,
        actor_kind: row.text(2)?,
        actor_id: row.text_or_null(3)?,
        actor_name: row.text(4)?,
        origin: row.text(5)?,
        action: row.text(6)?,
        subject_kind: row.text(7)?,
        subject_id: row.text(8)?,
        subject_name: row.text(9)?,
        account_id: row.text_or_null(10)?,
        reason: row.text_or_null(11)?,
        changes: row.text(12)?,
        previous_hash: row.text(13)?,
        hash: row.text(14)?,
    })
}

/// What a walk along the chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChainState {
    /// Every record fits the one before.
    Whole {
        /// How many records.
        n_records: i64,
        /// Hash of the last, to compare with a checkpoint.
        last_hash: String,
    },
    /// The first record that does not fit.
    Broken {
        /// Its position.
        seq: i64,
        /// What does not fit.
        what: String,
    },
}

/// Hashes that records are known to have had, by their position: what checkpoints say.
#[derive(Clone, Debug, Default)]
pub struct Anchors(BTreeMap<i64, Vec<String>>);

impl Anchors {
    /// Adds that record `seq` had `hash`.
    pub fn add(&mut self, seq: i64, hash: &str) {
        self.0.entry(seq).or_default().push(hash.to_owned());
    }

    fn contradict(&self, record: &StoredRecord) -> bool {
        self.0.get(&record.seq).is_some_and(|hashes| hashes.iter().any(|hash| *hash != record.hash))
    }

    fn last(&self) -> Option<i64> {
        self.0.keys().next_back().copied()
    }
}

/// A walk along the chain, record by record.
#[derive(Clone, Debug)]
pub struct ChainWalk {
    after: i64,
    expected: String,
}

impl Default for ChainWalk {
    /// From the first record.
    fn default() -> Self {
        Self { after: 0, expected: FIRST_HASH.to_owned() }
    }
}

impl ChainWalk {
    /// From the record that follows `seq`, which had `hash`.
    pub fn after(seq: i64, hash: &str) -> Self {
        Self { after: seq, expected: hash.to_owned() }
    }

    /// Takes the next record; what does not fit, if anything.
    pub fn step(&mut self, record: &StoredRecord, anchors: &Anchors) -> Option<ChainState> {
        let what = if record.seq != self.after + 1 {
            format!("record {} is missing", self.after + 1)
        } else if record.previous_hash != self.expected {
            "it does not follow the record before it".to_owned()
        } else if chain_hash(record) != record.hash {
            "its text does not give its hash".to_owned()
        } else if anchors.contradict(record) {
            "it is not the record that was signed".to_owned()
        } else {
            self.after = record.seq;
            self.expected.clone_from(&record.hash);
            return None;
        };
        Some(ChainState::Broken { seq: record.seq, what })
    }

    /// What the walk found, when every record fitted.
    pub fn end(self, anchors: &Anchors) -> ChainState {
        match anchors.last().filter(|last| *last > self.after) {
            Some(last) => {
                let what = format!("the records end at {}, and record {last} was signed", self.after);
                ChainState::Broken { seq: self.after + 1, what }
            }
            None => ChainState::Whole { n_records: self.after, last_hash: self.expected },
        }
    }
}

/// Walks the whole chain and recomputes every hash.
///
/// # Errors
/// [`StoreError`] when records cannot be read.
#[boxed]
pub async fn verify_chain(tx: &mut ReadTx) -> Result<ChainState, StoreError> {
    verify_from(tx, ChainWalk::default(), &Anchors::default()).await
}

/// Walks on to the end of the chain and holds it against `anchors`.
///
/// # Errors
/// [`StoreError`] when records cannot be read.
#[boxed]
pub async fn verify_from(
    tx: &mut ReadTx,
    mut walk: ChainWalk,
    anchors: &Anchors,
) -> Result<ChainState, StoreError> {
    loop {
        let records = list_after(tx, walk.after, 5_000).await?;
        if records.is_empty() {
            return Ok(walk.end(anchors));
        }
        for record in &records {
            if let Some(broken) = walk.step(record, anchors) {
                return Ok(broken);
            }
        }
    }
}

/// A checkpoint as stored: what was signed, and the signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCheckpoint {
    /// The record it is about.
    pub seq: i64,
    /// That record's hash.
    pub hash: String,
    /// When it was signed.
    pub at: Instant,
    /// Which chain: the hash of its first record.
    pub chain: String,
    /// Which key signed.
    pub key_id: String,
    /// The signature in base64.
    pub signature: String,
}

/// Position and hash of the newest record.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn last_record(tx: &mut ReadTx) -> Result<Option<(i64, String)>, StoreError> {
    tx.fetch_optional(TAIL, vec![]).await?.map(|row| Ok((row.int(0)?, row.text(1)?))).transpose()
}

/// The hash of the first record, by which a chain is known from others.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn chain_id(tx: &mut ReadTx) -> Result<Option<String>, StoreError> {
    tx.fetch_optional(FIRST, vec![]).await?.map(|row| row.text(0)).transpose()
}

/// Keeps a checkpoint and commits, unless that record has one; says whether it did. Bookkeeping: it tells of no business
/// event, and a record of its own would be one more record to sign.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn insert_checkpoint(mut tx: WriteTx, checkpoint: &StoredCheckpoint) -> Result<bool, StoreError> {
    let values = params![
        checkpoint.seq,
        checkpoint.hash.as_str(),
        checkpoint.at,
        checkpoint.chain.as_str(),
        checkpoint.key_id.as_str(),
        checkpoint.signature.as_str(),
    ];
    let n_kept = tx.execute(INSERT_CHECKPOINT, values).await?;
    tx.commit_bookkeeping().await?;
    Ok(n_kept == 1)
}

/// Checkpoints of records after `seq`, oldest first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_checkpoints(tx: &mut ReadTx, seq: i64) -> Result<Vec<StoredCheckpoint>, StoreError> {
    tx.fetch_all(CHECKPOINTS, params![seq]).await?.iter().map(read_checkpoint).collect()
}

/// The newest checkpoint.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn last_checkpoint(tx: &mut ReadTx) -> Result<Option<StoredCheckpoint>, StoreError> {
    tx.fetch_optional(LAST_CHECKPOINT, vec![]).await?.as_ref().map(read_checkpoint).transpose()
}

fn read_checkpoint(row: &crate::db::Row) -> Result<StoredCheckpoint, StoreError> {
    Ok(StoredCheckpoint {
        seq: row.int(0)?,
        hash: row.text(1)?,
        at: row.instant(2)?,
        chain: row.text(3)?,
        key_id: row.text(4)?,
        signature: row.text(5)?,
    })
}

/// SHA-256 over the fields, each preceded by its length, so that no two records share a text.
pub fn chain_hash(record: &StoredRecord) -> String {
    let mut hasher = Sha256::new();
    let (seq, at) = (record.seq.to_string(), record.at.microseconds().to_string());
    let fields: [Option<&str>; 14] = [
        Some(&record.previous_hash),
        Some(&seq),
        Some(&at),
        Some(&record.actor_kind),
        record.actor_id.as_deref(),
        Some(&record.actor_name),
        Some(&record.origin),
        Some(&record.action),
        Some(&record.subject_kind),
        Some(&record.subject_id),
        Some(&record.subject_name),
        record.account_id.as_deref(),
        record.reason.as_deref(),
        Some(&record.changes),
    ];
    for field in fields {
        hash_field(&mut hasher, field);
    }
    hex(&hasher.finalize())
}

fn hash_field(hasher: &mut Sha256, field: Option<&str>) {
    match field {
        Some(text) => {
            hasher.update(text.len().to_string());
            hasher.update(":");
            hasher.update(text);
        }
        None => hasher.update("-"),
    }
}
