//! Custom fields and their values. Values that only some may read stand in a table of their own, with a version of their own, and
//! are asked for only with a clearance.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mandate_domain::book::{CustomField, CustomValue, CustomValues, Draft, Kind};
use mandate_domain::{Clearance, Id, Instant, Purpose};

use super::bulk::{CHUNK, places};
use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, Value, WriteTx};
use crate::params;

/// A custom field as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredField {
    /// The field.
    pub field: Arc<CustomField>,
    /// Counts saves.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last saved.
    pub updated_at: Instant,
    /// Since when it is retired.
    pub retired_at: Option<Instant>,
}

const FIELDS: &str = "
    SELECT id, kind, key, label, label_de, help, type, decimals, currency, choices, required, purpose, position,
           version, created_at_us, updated_at_us, retired_at_us
      FROM custom_field WHERE ($1 = '' OR kind = $1) ORDER BY kind, position, key";
const FIELD: &str = "
    SELECT id, kind, key, label, label_de, help, type, decimals, currency, choices, required, purpose, position,
           version, created_at_us, updated_at_us, retired_at_us
      FROM custom_field WHERE id = $1";
const INSERT: &str = "
    INSERT INTO custom_field (id, kind, key, label, label_de, help, type, decimals, currency, choices, required,
                              purpose, position, version, created_at_us, updated_at_us)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14, $14)";
const SAVE: &str = "
    UPDATE custom_field SET label = $3, label_de = $4, help = $5, choices = $6, required = $7, position = $8,
           version = version + 1, updated_at_us = $9
     WHERE id = $1 AND version = $2";
const MARK_DEMO: &str = "UPDATE custom_field SET demo = 1 WHERE id = $1";
const RETIRE: &str = "
    UPDATE custom_field SET retired_at_us = $3, version = version + 1, updated_at_us = $4
     WHERE id = $1 AND version = $2";
const REMOVE: &str = "DELETE FROM custom_field WHERE id = $1 AND version = $2";
const MARK_USED: &str = "UPDATE custom_field SET used = 1 WHERE id = $1 AND used = 0";
const IS_USED: &str = "
    SELECT CAST(CASE WHEN EXISTS (SELECT 1 FROM custom_field f WHERE f.id = $1 AND f.used = 1)
             OR EXISTS (SELECT 1 FROM custom_value v WHERE v.field_id = $1)
             OR EXISTS (SELECT 1 FROM custom_value_cost k WHERE k.field_id = $1) THEN 1 ELSE 0 END AS BIGINT)";
const PUT: &str = "INSERT INTO custom_value (record_id, field_id, text_value, sort_text, folded_text, number_value, target_id)";
const PUT_OVER: &str = " ON CONFLICT (record_id, field_id) DO UPDATE SET text_value = excluded.text_value,
    sort_text = excluded.sort_text, folded_text = excluded.folded_text, number_value = excluded.number_value,
    target_id = excluded.target_id";
const EMPTY: &str = "DELETE FROM custom_value WHERE record_id = $1 AND field_id = $2";
const PUT_COST: &str = "INSERT INTO custom_value_cost
    (record_id, field_id, text_value, sort_text, folded_text, number_value, target_id, version, updated_at_us)";
const PUT_COST_OVER: &str =
    " ON CONFLICT (record_id, field_id) DO UPDATE SET text_value = excluded.text_value,
    sort_text = excluded.sort_text, folded_text = excluded.folded_text, number_value = excluded.number_value,
    target_id = excluded.target_id, version = custom_value_cost.version + 1, updated_at_us = excluded.updated_at_us";

/// The fields of a kind, or of every kind, in their order; the retired ones too.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_custom_fields(tx: &mut ReadTx, kind: Option<Kind>) -> Result<Vec<StoredField>, StoreError> {
    let rows = tx.fetch_all(FIELDS, params![kind.map_or("", Kind::as_str)]).await?;
    rows.iter().map(read).collect()
}

/// The field with this id.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_custom_field(
    tx: &mut ReadTx,
    id: &Id<CustomField>,
) -> Result<Option<StoredField>, StoreError> {
    tx.fetch_optional(FIELD, params![id]).await?.as_ref().map(read).transpose()
}

/// Marks a field as one that came with the demo book, and goes with it.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn mark_custom_field_demo(tx: &mut WriteTx, id: &Id<CustomField>) -> Result<(), StoreError> {
    tx.execute(MARK_DEMO, params![id]).await.map(|_| ())
}

/// Adds a field.
///
/// # Errors
/// [`StoreError::Duplicate`] when its kind has one of its key.
#[boxed]
pub async fn insert_custom_field(
    tx: &mut WriteTx,
    field: &CustomField,
    now: Instant,
) -> Result<(), StoreError> {
    let values = params![
        &field.id,
        field.kind.as_str(),
        field.key(),
        &field.label,
        &field.label_de,
        &field.help,
        field.shape.as_str(),
        field.shape.decimals(),
        Value::Text(field.shape.currency().map(|currency| currency.code().to_owned())),
        field.shape.choices().join("\n"),
        field.required,
        Value::Text(field.purpose.map(|purpose| purpose.as_str().to_owned())),
        field.position,
        now,
    ];
    tx.execute(INSERT, values).await.map(|_| ())
}

/// Saves what may change of a field over the version that was read.
///
/// # Errors
/// [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn save_custom_field(
    tx: &mut WriteTx,
    field: &CustomField,
    version: i64,
    now: Instant,
) -> Result<(), StoreError> {
    let values = params![
        &field.id,
        version,
        &field.label,
        &field.label_de,
        &field.help,
        field.shape.choices().join("\n"),
        field.required,
        field.position,
        now,
    ];
    one(tx.execute(SAVE, values).await?)
}

/// Retires a field at an instant, or brings it back.
///
/// # Errors
/// [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn retire_custom_field(
    tx: &mut WriteTx,
    stored: &StoredField,
    retired_at: Option<Instant>,
    now: Instant,
) -> Result<(), StoreError> {
    one(tx
        .execute(
            RETIRE,
            params![&stored.field.id, stored.version, Value::Int(retired_at.map(Instant::microseconds)), now],
        )
        .await?)
}

/// Removes a field that no record has a value of.
///
/// # Errors
/// [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn remove_custom_field(tx: &mut WriteTx, stored: &StoredField) -> Result<(), StoreError> {
    one(tx.execute(REMOVE, params![&stored.field.id, stored.version]).await?)
}

/// Whether any record has, or ever had, a value of it: its history names the field.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn is_custom_field_used(tx: &mut ReadTx, id: &Id<CustomField>) -> Result<bool, StoreError> {
    tx.fetch_one(IS_USED, params![id]).await?.flag(0)
}

/// What each of the records holds in `fields`, as one with `clearance` may see it; a record that holds nothing has all of them
/// empty. Fields that the reader is not cleared for are left out.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_custom_values(
    tx: &mut ReadTx,
    (fields, clearance): (&[Arc<CustomField>], Clearance),
    ids: &BTreeSet<&str>,
) -> Result<BTreeMap<String, CustomValues>, StoreError> {
    let fields: Vec<&Arc<CustomField>> =
        fields.iter().filter(|field| clearance.admits(field.purpose)).collect();
    let empty = CustomValues(fields.iter().map(|field| (Arc::clone(field), String::new())).collect());
    let mut found: BTreeMap<String, CustomValues> =
        ids.iter().map(|id| ((*id).to_owned(), empty.clone())).collect();
    if fields.is_empty() {
        return Ok(found);
    }
    let ids: Vec<&str> = ids.iter().copied().collect();
    for chunk in ids.chunks(CHUNK) {
        let list = places(tx, 1, chunk.len());
        let values: Vec<Value> = chunk.iter().map(|id| Value::Text(Some((*id).to_owned()))).collect();
        let open = format!(
            "SELECT record_id, field_id, COALESCE(target_id, text_value) FROM custom_value WHERE record_id IN ({list})"
        );
        let mut rows = tx.fetch_all(&open, values.clone()).await?;
        if clearance.has(Purpose::Cost) {
            let kept = format!(
                "SELECT record_id, field_id, COALESCE(target_id, text_value) FROM custom_value_cost WHERE record_id IN ({list})"
            );
            rows.extend(tx.fetch_all(&kept, values).await?);
        }
        for row in &rows {
            let (record, field) = (row.text(0)?, row.text(1)?);
            let Some(of) = found.get_mut(&record) else { continue };
            if let Some(entry) = of.0.iter_mut().find(|(known, _)| known.id.as_str() == field) {
                entry.1 = row.text_or_null(2)?.unwrap_or_default();
            }
        }
    }
    Ok(found)
}

/// A value that a record takes; `None` empties it.
#[derive(Clone, Debug)]
pub struct CustomWrite {
    /// The record.
    pub record_id: String,
    /// The field.
    pub field: Arc<CustomField>,
    /// What it holds from now on.
    pub value: Option<CustomValue>,
}

/// Writes values; each of a record and field once.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn save_custom_values(
    tx: &mut WriteTx,
    writes: &[CustomWrite],
    now: Instant,
) -> Result<(), StoreError> {
    let (mut open, mut kept) = (vec![], vec![]);
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for write in writes {
        let value = write.value.as_ref();
        if value.is_some() && used.insert(write.field.id.as_str()) {
            tx.execute(MARK_USED, params![&write.field.id]).await?;
        }
        let mut row = params![
            &write.record_id,
            &write.field.id,
            // Where it is a record, merging changes which: the id stands once.
            Value::Text(value.map(|it| if it.target.is_some() { String::new() } else { it.text.clone() })),
            Value::Text(value.and_then(|it| it.sort_text.clone())),
            Value::Text(value.and_then(|it| it.folded_text.clone())),
            Value::Int(value.and_then(|it| it.number)),
            Value::Text(value.and_then(|it| it.target.clone())),
        ];
        match (write.field.purpose, value) {
            (None, None) => {
                tx.execute(EMPTY, params![&write.record_id, &write.field.id]).await?;
            }
            (None, Some(_)) => open.push(row),
            (Some(_), _) => {
                row.extend(params![1_i64, now]);
                kept.push(row);
            }
        }
    }
    tx.insert_many(PUT, open, PUT_OVER).await?;
    tx.insert_many(PUT_COST, kept, PUT_COST_OVER).await?;
    Ok(())
}

fn one(n_rows: u64) -> Result<(), StoreError> {
    if n_rows == 1 { Ok(()) } else { Err(StoreError::Stale { table: "custom_field" }) }
}

fn read(row: &Row) -> Result<StoredField, StoreError> {
    let kind = |word: &str| Kind::parse(word).ok_or_else(|| format!("`{word}` is no kind of record"));
    let id: Id<CustomField> = row.id(0)?;
    let number =
        |column| Ok::<_, StoreError>(row.int_or_null(column)?.map(|it| it.to_string()).unwrap_or_default());
    let draft = Draft::new()
        .with("key", row.text(2)?)
        .with("label", row.text(3)?)
        .with("label_de", row.text(4)?)
        .with("help", row.text(5)?)
        .with("type", row.text(6)?)
        .with("decimals", number(7)?)
        .with("currency", row.text_or_null(8)?.unwrap_or_default())
        .with("choices", row.text(9)?)
        .with("required", if row.flag(10)? { "yes" } else { "no" })
        .with("read_for", row.text_or_null(11)?.unwrap_or_else(|| "all".to_owned()))
        .with("position", number(12)?)
        .with_currencies_on_record();
    let field = CustomField::parse((id.clone(), row.parsed(1, kind)?), &draft, None).map_err(|problems| {
        StoreError::Inconsistent { table: "custom_field", id: id.to_string(), what: problems.to_string() }
    })?;
    Ok(StoredField {
        field: Arc::new(field),
        version: row.int(13)?,
        created_at: row.instant(14)?,
        updated_at: row.instant(15)?,
        retired_at: row.instant_or_null(16)?,
    })
}
