//! Handovers and their matters. Who may see which is the reader's scope over the matters' accounts; a handover without any matter in
//! reach is not found.
//!
//! Matters count their own saves, and the handover its own: what is done with a matter out of sight changes nothing that is in sight.
//! Not here: what somebody answers for before anything is planned (`reads::handovers`).

use mandate_domain::book::{
    Handover, HandoverItem, HandoverKind, HandoverState, ItemRefusal, ItemState, Matter,
};
use mandate_domain::{Id, Instant};

use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, Value, WriteTx};
use crate::params;
use crate::reads::Scope;

const COLUMNS: &str =
    "id, kind, from_person_id, effective_on, time_zone, reason, state, planned_by, planned_by_name,
           done_at_us, done_by_name, version";
const ITEM_COLUMNS: &str =
    "id, position, matter, record_id, account_id, title, detail, to_person_id, state, refusal,
           value_before, done_at_us, done_by_name, version";
const INSERT: &str = "
    INSERT INTO handover (id, kind, from_person_id, effective_on, time_zone, reason, state, planned_by, planned_by_name,
           done_at_us, done_by_name, version, created_at_us, updated_at_us)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, '', 1, $10, $10)";
const INSERT_ITEMS: &str = "
    INSERT INTO handover_item (id, handover_id, position, matter, record_id, account_id, title, detail, to_person_id, state,
           refusal, value_before, done_at_us, done_by_name, version)";
const SAVE: &str = "
    UPDATE handover SET effective_on = $1, time_zone = $2, reason = $3, state = $4, done_at_us = $5, done_by_name = $6,
           version = version + 1, updated_at_us = $7
     WHERE id = $8 AND version = $9";
const SAVE_ITEM: &str = "
    UPDATE handover_item SET to_person_id = $1, detail = $2, state = $3, refusal = $4, value_before = $5, done_at_us = $6,
           done_by_name = $7, version = version + 1
     WHERE id = $8 AND version = $9";
const PLANNED_UNTIL: &str = "SELECT id FROM handover WHERE state = 'planned' AND effective_on <= $1 ORDER BY effective_on, id LIMIT 100";

fn optional<T>(id: Option<&Id<T>>) -> Value {
    Value::Text(id.map(ToString::to_string))
}

/// Keeps a handover with its matters.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn insert_handover(
    tx: &mut WriteTx,
    handover: &Handover,
    items: &[HandoverItem],
    now: Instant,
) -> Result<(), StoreError> {
    let values = params![
        &handover.id,
        handover.kind.as_str(),
        &handover.from_person_id,
        handover.effective_on,
        &handover.time_zone,
        &handover.reason,
        handover.state.as_str(),
        optional(handover.planned_by.as_ref()),
        &handover.planned_by_name,
        now,
    ];
    tx.execute(INSERT, values).await?;
    let row = |item: &HandoverItem| {
        params![
            &item.id,
            &handover.id,
            item.position,
            item.matter.as_str(),
            &item.record_id,
            Value::Text(item.account_id.clone()),
            &item.title,
            &item.detail,
            optional(item.to_person_id.as_ref()),
            item.state.as_str(),
            "",
            "",
            Value::Int(None),
            "",
            1_i64,
        ]
    };
    tx.insert_many(INSERT_ITEMS, items.iter().map(row).collect(), "").await?;
    Ok(())
}

/// A handover with those of its matters that `scope` reaches, in their order; nothing where it reaches none.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_handover(
    tx: &mut ReadTx,
    scope: &Scope,
    id: &Id<Handover>,
) -> Result<Option<(Handover, Vec<HandoverItem>)>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM handover WHERE id = $1");
    let Some(row) = tx.fetch_optional(&sql, params![id]).await? else { return Ok(None) };
    let handover = read_handover(&row)?;
    let (visible, values) = scope.condition("account_id", 2);
    let unowned =
        if matches!(scope, Scope::Nothing | Scope::Organisation(_)) { "1 = 0" } else { "account_id IS NULL" };
    let sql = format!(
        "SELECT {ITEM_COLUMNS} FROM handover_item WHERE handover_id = $1 AND ({unowned} OR ({visible})) ORDER BY position"
    );
    let values = params![id].into_iter().chain(values).collect();
    let items: Vec<HandoverItem> =
        tx.fetch_all(&sql, values).await?.iter().map(read_item).collect::<Result<_, _>>()?;
    Ok(Some((handover, items)).filter(|(_, items)| !items.is_empty()))
}

fn read_handover(row: &Row) -> Result<Handover, StoreError> {
    Ok(Handover {
        id: row.id(0)?,
        kind: row.parsed(1, HandoverKind::parse)?,
        from_person_id: row.id(2)?,
        effective_on: row.date(3)?,
        time_zone: row.text(4)?,
        reason: row.text(5)?,
        state: row.parsed(6, HandoverState::parse)?,
        planned_by: row.id_or_null(7)?,
        planned_by_name: row.text(8)?,
        done_at: row.instant_or_null(9)?,
        done_by_name: row.text(10)?,
        version: row.int(11)?,
    })
}

fn read_item(row: &Row) -> Result<HandoverItem, StoreError> {
    let refusal = match row.text(9)?.as_str() {
        "" => None,
        _ => Some(row.parsed(9, ItemRefusal::parse)?),
    };
    Ok(HandoverItem {
        id: row.id(0)?,
        position: row.int(1)?,
        matter: row.parsed(2, Matter::parse)?,
        record_id: row.text(3)?,
        account_id: row.text_or_null(4)?,
        title: row.text(5)?,
        detail: row.text(6)?,
        to_person_id: row.id_or_null(7)?,
        state: row.parsed(8, ItemState::parse)?,
        refusal,
        value_before: row.text(10)?,
        done_at: row.instant_or_null(11)?,
        done_by_name: row.text(12)?,
        version: row.int(13)?,
    })
}

/// Saves a handover over the version that was read.
///
/// # Errors
/// [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn save_handover(tx: &mut WriteTx, handover: &Handover, now: Instant) -> Result<(), StoreError> {
    let values = params![
        handover.effective_on,
        &handover.time_zone,
        &handover.reason,
        handover.state.as_str(),
        Value::Int(handover.done_at.map(Instant::microseconds)),
        &handover.done_by_name,
        now,
        &handover.id,
        handover.version,
    ];
    match tx.execute(SAVE, values).await? {
        1 => Ok(()),
        _ => Err(StoreError::Stale { table: "handover" }),
    }
}

/// Saves a matter over the version that was read.
///
/// # Errors
/// [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn save_handover_item(tx: &mut WriteTx, item: &HandoverItem) -> Result<(), StoreError> {
    let values = params![
        optional(item.to_person_id.as_ref()),
        &item.detail,
        item.state.as_str(),
        item.refusal.map_or("", ItemRefusal::as_str),
        &item.value_before,
        Value::Int(item.done_at.map(Instant::microseconds)),
        &item.done_by_name,
        &item.id,
        item.version,
    ];
    match tx.execute(SAVE_ITEM, values).await? {
        1 => Ok(()),
        _ => Err(StoreError::Stale { table: "handover_item" }),
    }
}

/// Planned handovers whose day is `day` or before, the earliest first, at most a hundred.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_planned_until(
    tx: &mut ReadTx,
    day: jiff::civil::Date,
) -> Result<Vec<Id<Handover>>, StoreError> {
    tx.fetch_all(PLANNED_UNTIL, params![day]).await?.iter().map(|row| row.id(0)).collect()
}
