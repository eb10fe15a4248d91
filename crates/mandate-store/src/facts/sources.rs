//! Sources of events, what their states mean, and the names behind pseudonyms.

use mandate_domain::Instant;
use mandate_domain::facts::source::{EventSource, Profile, SourceId, StateClass};

use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, WriteTx};
use crate::params;

const COLUMNS: &str =
    "id, name, profile, time_zone, time_zone_assumed, note, data_until_us, n_cases, n_events, demo, version";
const INSERT: &str = "
    INSERT INTO event_source (id, name, profile, time_zone, time_zone_assumed, note, data_until_us, n_cases, n_events,
           demo, version, created_at_us, updated_at_us)
    VALUES ($1, $2, $3, $4, $5, $6, NULL, 0, 0, $7, 1, $8, $8)";
const COUNTED: &str = "
    UPDATE event_source SET data_until_us = $1, n_cases = n_cases + $2, n_events = n_events + $3,
           version = version + 1, updated_at_us = $4
     WHERE id = $5";
const SAVE: &str = "
    UPDATE event_source SET name = $1, note = $2, time_zone = $3, time_zone_assumed = $4, version = version + 1,
           updated_at_us = $5
     WHERE id = $6 AND version = $7";
const TOUCH: &str = "UPDATE event_source SET version = version + 1, updated_at_us = $1 WHERE id = $2";
const MAPPING: &str =
    "SELECT raw_state, state_class FROM state_mapping WHERE source_id = $1 ORDER BY raw_state";
const MAP: &str = "INSERT INTO state_mapping (source_id, raw_state, state_class)";
const MAP_AGAIN: &str = "ON CONFLICT (source_id, raw_state) DO UPDATE SET state_class = excluded.state_class";
const PSEUDONYM: &str = "INSERT INTO person_pseudonym (pseudonym, source_id, name)";
const PSEUDONYM_KNOWN: &str = "ON CONFLICT (pseudonym) DO NOTHING";
const NAME_OF: &str = "SELECT name FROM person_pseudonym WHERE pseudonym = $1";
fn read(row: &Row) -> Result<EventSource, StoreError> {
    Ok(EventSource {
        id: row.parsed(0, SourceId::parse)?,
        name: row.text(1)?,
        profile: row.parsed(2, Profile::parse)?,
        time_zone: row.text(3)?,
        time_zone_assumed: row.flag(4)?,
        note: row.text(5)?,
        data_until: row.instant_or_null(6)?,
        n_cases: row.int(7)?,
        n_events: row.int(8)?,
        demo: row.flag(9)?,
        version: row.int(10)?,
    })
}

/// Keeps a new source, without any events yet.
///
/// # Errors
/// [`StoreError::Duplicate`] when the name is taken.
#[boxed]
pub async fn insert_source(tx: &mut WriteTx, source: &EventSource, now: Instant) -> Result<(), StoreError> {
    let values = params![
        source.id.as_str(),
        &source.name,
        source.profile.as_str(),
        &source.time_zone,
        source.time_zone_assumed,
        &source.note,
        source.demo,
        now
    ];
    tx.execute(INSERT, values).await?;
    Ok(())
}

/// The source named `id`.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_source(tx: &mut ReadTx, id: &SourceId) -> Result<Option<EventSource>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM event_source WHERE id = $1");
    tx.fetch_optional(&sql, params![id.as_str()]).await?.as_ref().map(read).transpose()
}

/// Every source, by name.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_sources(tx: &mut ReadTx) -> Result<Vec<EventSource>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM event_source ORDER BY name, id");
    tx.fetch_all(&sql, vec![]).await?.iter().map(read).collect()
}

/// Saves a source's name, note and zone; refused as stale when another save came first.
///
/// # Errors
/// [`StoreError::Stale`].
#[boxed]
pub async fn save_source(tx: &mut WriteTx, source: &EventSource, now: Instant) -> Result<(), StoreError> {
    let values = params![
        &source.name,
        &source.note,
        &source.time_zone,
        source.time_zone_assumed,
        now,
        source.id.as_str(),
        source.version
    ];
    match tx.execute(SAVE, values).await? {
        1 => Ok(()),
        _ => Err(StoreError::Stale { table: "event_source" }),
    }
}

/// By how many a source's cases and events grew; less than 0 where some were forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Growth {
    /// Cases.
    pub n_cases: i64,
    /// Events.
    pub n_events: i64,
}

/// Notes by how much a source grew and how far its data reaches; whoever derived cases before this must derive them
/// again (the version rises). Counting a million cases for each batch of events would cost more than the batch.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn save_growth(
    tx: &mut WriteTx,
    id: &SourceId,
    growth: Growth,
    data_until: Option<Instant>,
    now: Instant,
) -> Result<(), StoreError> {
    let values = params![data_until, growth.n_cases, growth.n_events, now, id.as_str()];
    tx.execute(COUNTED, values).await?;
    Ok(())
}

/// Marks that something a source's clocks depend on has changed.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn touch_source(tx: &mut WriteTx, id: &SourceId, now: Instant) -> Result<(), StoreError> {
    tx.execute(TOUCH, params![now, id.as_str()]).await?;
    Ok(())
}

/// What the states of a source mean, by raw state.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_mapping(tx: &mut ReadTx, id: &SourceId) -> Result<Vec<(String, StateClass)>, StoreError> {
    let rows = tx.fetch_all(MAPPING, params![id.as_str()]).await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.parsed(1, StateClass::parse)?))).collect()
}

/// Maps states of a source, over what they were mapped to before.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn save_mapping(
    tx: &mut WriteTx,
    id: &SourceId,
    mapping: &[(String, StateClass)],
) -> Result<(), StoreError> {
    let rows = mapping.iter().map(|(raw, class)| params![id.as_str(), raw, class.as_str()]).collect();
    tx.insert_many(MAP, rows, MAP_AGAIN).await?;
    Ok(())
}

/// Keeps the names behind pseudonyms that are new.
///
/// # Errors
/// [`StoreError`] when they cannot be kept.
#[boxed]
pub async fn insert_pseudonyms(
    tx: &mut WriteTx,
    id: &SourceId,
    names: Vec<(String, String)>,
) -> Result<(), StoreError> {
    let rows = names.into_iter().map(|(pseudonym, name)| params![pseudonym, id.as_str(), name]).collect();
    tx.insert_many(PSEUDONYM, rows, PSEUDONYM_KNOWN).await?;
    Ok(())
}

/// The name behind a pseudonym; `None` when it was erased or never known.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_name(tx: &mut ReadTx, pseudonym: &str) -> Result<Option<String>, StoreError> {
    tx.fetch_optional(NAME_OF, params![pseudonym]).await?.map(|row| row.text(0)).transpose()
}
