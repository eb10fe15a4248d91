//! Calendars with their versions, windows and days with hours of their own.

use std::collections::BTreeMap;

use mandate_domain::facts::calendar::{Calendar, CalendarHours, CalendarVersion, DayException, WeekWindow};
use mandate_domain::text::fold;
use mandate_domain::{Id, Instant};

use crate::boxed;
use crate::db::{ReadTx, StoreError, WriteTx};
use crate::params;

const HEADS: &str = "
    SELECT id, external_id, name, assumed, demo, version FROM calendar WHERE deleted_at_us IS NULL ORDER BY name_sort, id";
const VERSIONS: &str = "
    SELECT v.id, v.calendar_id, v.valid_from, v.time_zone
      FROM calendar_version v JOIN calendar c ON c.id = v.calendar_id
     WHERE c.deleted_at_us IS NULL ORDER BY v.calendar_id, v.valid_from";
const WINDOWS: &str = "
    SELECT calendar_version_id, weekday, opens_minute, closes_minute FROM calendar_window
     ORDER BY calendar_version_id, weekday, opens_minute";
const EXCEPTIONS: &str = "
    SELECT calendar_version_id, on_day, name, opens_minute, closes_minute FROM calendar_exception
     ORDER BY calendar_version_id, on_day, opens_minute";
const INSERT: &str = "
    INSERT INTO calendar (id, external_id, name, name_sort, assumed, demo, version, created_at_us, updated_at_us)
    VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7)";
const SAVE: &str = "
    UPDATE calendar SET name = $1, name_sort = $2, assumed = $3, version = version + 1, updated_at_us = $4
     WHERE id = $5 AND version = $6 AND deleted_at_us IS NULL";
const INSERT_VERSION: &str = "
    INSERT INTO calendar_version (id, calendar_id, valid_from, time_zone, created_at_us) VALUES ($1, $2, $3, $4, $5)";
const INSERT_WINDOW: &str =
    "INSERT INTO calendar_window (calendar_version_id, weekday, opens_minute, closes_minute)";
const INSERT_EXCEPTION: &str =
    "INSERT INTO calendar_exception (calendar_version_id, on_day, name, opens_minute, closes_minute)";
const DELETE_WINDOWS: &str = "DELETE FROM calendar_window WHERE calendar_version_id = $1";
const DELETE_EXCEPTIONS: &str = "DELETE FROM calendar_exception WHERE calendar_version_id = $1";
const DELETE_VERSION: &str = "DELETE FROM calendar_version WHERE id = $1";

/// Every calendar, by name, with all versions. There are few: all are read at once.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_calendars(tx: &mut ReadTx) -> Result<Vec<Calendar>, StoreError> {
    let mut windows: BTreeMap<String, Vec<WeekWindow>> = BTreeMap::new();
    for row in tx.fetch_all(WINDOWS, vec![]).await? {
        let window =
            WeekWindow { weekday: row.int(1)?, opens_minute: row.int(2)?, closes_minute: row.int(3)? };
        windows.entry(row.text(0)?).or_default().push(window);
    }
    let mut exceptions: BTreeMap<String, Vec<DayException>> = BTreeMap::new();
    for row in tx.fetch_all(EXCEPTIONS, vec![]).await? {
        let exception = DayException {
            on_day: row.date(1)?,
            name: row.text(2)?,
            opens_minute: row.int(3)?,
            closes_minute: row.int(4)?,
        };
        exceptions.entry(row.text(0)?).or_default().push(exception);
    }
    let mut versions: BTreeMap<String, Vec<CalendarVersion>> = BTreeMap::new();
    for row in tx.fetch_all(VERSIONS, vec![]).await? {
        let id: Id<CalendarVersion> = row.id(0)?;
        let hours = CalendarHours {
            valid_from: row.date(2)?,
            time_zone: row.text(3)?,
            windows: windows.remove(id.as_str()).unwrap_or_default(),
            exceptions: exceptions.remove(id.as_str()).unwrap_or_default(),
        };
        versions.entry(row.text(1)?).or_default().push(CalendarVersion { id, hours });
    }
    let rows = tx.fetch_all(HEADS, vec![]).await?;
    let mut calendars = Vec::with_capacity(rows.len());
    for row in &rows {
        let id: Id<Calendar> = row.id(0)?;
        calendars.push(Calendar {
            versions: versions.remove(id.as_str()).unwrap_or_default(),
            id,
            external_id: row.text_or_null(1)?,
            name: row.text(2)?,
            assumed: row.flag(3)?,
            demo: row.flag(4)?,
            version: row.int(5)?,
        });
    }
    Ok(calendars)
}

/// Keeps a new calendar with its versions.
///
/// # Errors
/// [`StoreError::Duplicate`] for a taken id of the firm's own.
#[boxed]
pub async fn insert_calendar(tx: &mut WriteTx, calendar: &Calendar, now: Instant) -> Result<(), StoreError> {
    let values = params![
        &calendar.id,
        calendar.external_id.clone(),
        &calendar.name,
        fold(&calendar.name),
        calendar.assumed,
        calendar.demo,
        now
    ];
    tx.execute(INSERT, values).await?;
    for version in &calendar.versions {
        insert_version(tx, &calendar.id, version, now).await?;
    }
    Ok(())
}

/// Saves a calendar's name and mark; refused as stale when another save came first.
///
/// # Errors
/// [`StoreError::Stale`].
#[boxed]
pub async fn save_calendar(tx: &mut WriteTx, calendar: &Calendar, now: Instant) -> Result<(), StoreError> {
    let values =
        params![&calendar.name, fold(&calendar.name), calendar.assumed, now, &calendar.id, calendar.version];
    match tx.execute(SAVE, values).await? {
        1 => Ok(()),
        _ => Err(StoreError::Stale { table: "calendar" }),
    }
}

/// Adds a version to a calendar.
///
/// # Errors
/// [`StoreError::Duplicate`] when another version starts on that day.
#[boxed]
pub async fn insert_version(
    tx: &mut WriteTx,
    calendar: &Id<Calendar>,
    version: &CalendarVersion,
    now: Instant,
) -> Result<(), StoreError> {
    let CalendarVersion { id, hours } = version;
    let values = params![id, calendar, hours.valid_from, &hours.time_zone, now];
    tx.execute(INSERT_VERSION, values).await?;
    let windows = hours
        .windows
        .iter()
        .map(|window| params![id, window.weekday, window.opens_minute, window.closes_minute])
        .collect();
    tx.insert_many(INSERT_WINDOW, windows, "").await?;
    let exceptions = hours
        .exceptions
        .iter()
        .map(|day| params![id, day.on_day, &day.name, day.opens_minute, day.closes_minute])
        .collect();
    tx.insert_many(INSERT_EXCEPTION, exceptions, "").await?;
    Ok(())
}

/// Takes a version away; the caller has checked that another remains.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn delete_version(tx: &mut WriteTx, version: &Id<CalendarVersion>) -> Result<(), StoreError> {
    tx.execute(DELETE_WINDOWS, params![version]).await?;
    tx.execute(DELETE_EXCEPTIONS, params![version]).await?;
    tx.execute(DELETE_VERSION, params![version]).await?;
    Ok(())
}
