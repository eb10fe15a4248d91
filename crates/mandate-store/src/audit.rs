//! Audit records as a hash chain: appended in the transaction they tell of, never changed.
//!
//! `hash` is SHA-256 over the previous hash and the record's canonical text, so a changed, removed or reordered record
//! shows. Truncation at the end shows only against a checkpoint kept elsewhere (the rights issue brings those).

use mandate_domain::Instant;
use mandate_domain::audit::{AuditActor, AuditRecord, FieldChange};
use sha2::{Digest, Sha256};

use crate::db::{ReadTx, StoreError, WriteTx};
use crate::params;

const FIRST_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

const TAIL: &str = "SELECT seq, hash FROM audit_record ORDER BY seq DESC LIMIT 1";
const LAST_AT: &str = "SELECT MAX(at_us) FROM audit_record";
const APPEND: &str = "
    INSERT INTO audit_record (seq, at_us, actor_kind, actor_id, actor_name, origin, action, subject_kind, subject_id,
           subject_name, account_id, reason, changes, previous_hash, hash)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
const KEEP_VALUE: &str = "INSERT INTO audit_value (seq, position, from_value, to_value, salt)";
const VALUES: &str = "
    SELECT v.seq, v.position, v.from_value, v.to_value, v.salt, r.changes
      FROM audit_value v JOIN audit_record r ON r.seq = v.seq
     WHERE v.seq >= $1 AND v.seq <= $2 ORDER BY v.seq, v.position";
const PAGE: &str = "
    SELECT seq, at_us, actor_kind, actor_id, actor_name, origin, action, subject_kind, subject_id, subject_name,
           account_id, reason, changes, previous_hash, hash
      FROM audit_record WHERE seq > $1 ORDER BY seq LIMIT $2";

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

/// Appends `record` to the chain, inside the transaction of the change it tells of.
pub(crate) async fn append(tx: &mut WriteTx, record: &AuditRecord) -> Result<(), StoreError> {
    let (seq, previous_hash) = match tx.fetch_optional(TAIL, vec![]).await? {
        Some(row) => (row.int(0)? + 1, row.text(1)?),
        None => (1, FIRST_HASH.to_owned()),
    };
    let (actor_kind, actor_id, actor_name) = match &record.actor {
        AuditActor::User { id, name } => ("user", Some(id.clone()), name.clone()),
        AuditActor::Operator => ("operator", None, "Operator".to_owned()),
        AuditActor::System => ("system", None, "Mandate".to_owned()),
    };
    let changes: Vec<serde_json::Value> = record.changes.iter().map(written).collect();
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
        changes: serde_json::Value::Array(changes).to_string(),
        previous_hash,
        hash: String::new(),
    };
    stored.hash = chain_hash(&stored);
    let values = params![
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
    ];
    tx.execute(APPEND, values).await?;
    keep_values(tx, stored.seq, record).await
}

/// A change as the record has it: of a sealed one only that it was, and a hash that holds its values to it.
fn written(change: &FieldChange) -> serde_json::Value {
    match &change.sealed {
        None => serde_json::json!({ "field": change.field, "from": change.from, "to": change.to }),
        Some(sealed) => serde_json::json!({
            "field": change.field,
            "sealed": sealed.purpose.as_str(),
            "hash": value_hash(&hex(&sealed.salt), change.from.as_deref(), change.to.as_deref()),
        }),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 over salt and both values, each preceded by its length.
fn value_hash(salt: &str, from: Option<&str>, to: Option<&str>) -> String {
    let mut hasher = Sha256::new();
    for field in [Some(salt), from, to] {
        hash_field(&mut hasher, field);
    }
    hex(&hasher.finalize())
}

async fn keep_values(tx: &mut WriteTx, seq: i64, record: &AuditRecord) -> Result<(), StoreError> {
    let sealed = record.changes.iter().enumerate().filter_map(|(position, change)| {
        let salt = hex(&change.sealed.as_ref()?.salt);
        Some(params![seq, position, change.from.clone(), change.to.clone(), salt])
    });
    let rows = sealed.collect();
    tx.insert_many(KEEP_VALUE, rows, "").await.map(|_| ())
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
pub async fn list_after(tx: &mut ReadTx, after: i64, limit: i64) -> Result<Vec<StoredRecord>, StoreError> {
    let rows = tx.fetch_all(PAGE, params![after, limit]).await?;
    rows.iter().map(read_record).collect()
}

/// When the newest record was made, by the clock of the machine that made it.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
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

/// Walks the whole chain and recomputes every hash.
///
/// # Errors
/// [`StoreError`] when records cannot be read.
pub async fn verify_chain(tx: &mut ReadTx) -> Result<ChainState, StoreError> {
    let (mut after, mut expected) = (0, FIRST_HASH.to_owned());
    loop {
        let records = list_after(tx, after, 5_000).await?;
        let Some(last) = records.last().map(|record| record.seq) else {
            return Ok(ChainState::Whole { n_records: after, last_hash: expected });
        };
        for record in records {
            let problem = if record.seq != after + 1 {
                Some(format!("record {} is missing", after + 1))
            } else if record.previous_hash != expected {
                Some("it does not follow the record before it".to_owned())
            } else if chain_hash(&record) != record.hash {
                Some("its text does not give its hash".to_owned())
            } else {
                None
            };
            if let Some(what) = problem {
                return Ok(ChainState::Broken { seq: record.seq, what });
            }
            (after, expected) = (record.seq, record.hash);
        }
        debug_assert_eq!(after, last);
    }
}

/// SHA-256 over the fields, each preceded by its length, so that no two records share a text.
fn chain_hash(record: &StoredRecord) -> String {
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
