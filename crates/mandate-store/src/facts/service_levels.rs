//! Service levels with their versions and targets.

use std::collections::BTreeMap;

use mandate_domain::facts::service_level::{
    ClockKind, Reopening, ServiceLevel, ServiceLevelTerms, ServiceLevelVersion,
};
use mandate_domain::facts::source::SourceId;
use mandate_domain::{Id, Instant};

use crate::boxed;
use crate::db::{ReadTx, StoreError, WriteTx};
use crate::params;

const HEADS: &str = "
    SELECT id, external_id, source_id, account_id, contract_id, name, clock_kind, clause, assumed, demo, version
      FROM service_level WHERE deleted_at_us IS NULL ORDER BY source_id, name, id";
const VERSIONS: &str = "
    SELECT v.id, v.service_level_id, v.valid_from, v.calendar_id, v.reopening, v.retroactive_start, v.goal_share_bp
      FROM service_level_version v JOIN service_level l ON l.id = v.service_level_id
     WHERE l.deleted_at_us IS NULL ORDER BY v.service_level_id, v.valid_from";
const TARGETS: &str = "
    SELECT service_level_version_id, priority, target_s FROM service_level_target
     ORDER BY service_level_version_id, priority";
const INSERT: &str = "
    INSERT INTO service_level (id, external_id, source_id, account_id, contract_id, name, clock_kind, clause, assumed,
           demo, version, created_at_us, updated_at_us)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $11)";
const SAVE: &str = "
    UPDATE service_level SET name = $1, clause = $2, assumed = $3, contract_id = $4, version = version + 1,
           updated_at_us = $5
     WHERE id = $6 AND version = $7 AND deleted_at_us IS NULL";
const TRASH: &str = "
    UPDATE service_level SET deleted_at_us = $1, version = version + 1, updated_at_us = $1
     WHERE id = $2 AND version = $3 AND deleted_at_us IS NULL";
const RESTORE: &str = "
    UPDATE service_level SET deleted_at_us = NULL, version = version + 1, updated_at_us = $1
     WHERE id = $2 AND deleted_at_us IS NOT NULL";
const INSERT_VERSION: &str = "
    INSERT INTO service_level_version (id, service_level_id, valid_from, calendar_id, reopening, retroactive_start,
           goal_share_bp, created_at_us)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const INSERT_TARGET: &str = "INSERT INTO service_level_target (service_level_version_id, priority, target_s)";
const DELETE_TARGETS: &str = "DELETE FROM service_level_target WHERE service_level_version_id = $1";
const DELETE_VERSION: &str = "DELETE FROM service_level_version WHERE id = $1";

/// Every service level, by source and name, with all versions.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_service_levels(tx: &mut ReadTx) -> Result<Vec<ServiceLevel>, StoreError> {
    let mut targets: BTreeMap<String, Vec<(u8, i64)>> = BTreeMap::new();
    for row in tx.fetch_all(TARGETS, vec![]).await? {
        let priority = u8::try_from(row.int(1)?).unwrap_or(u8::MAX);
        targets.entry(row.text(0)?).or_default().push((priority, row.int(2)?));
    }
    let mut versions: BTreeMap<String, Vec<ServiceLevelVersion>> = BTreeMap::new();
    for row in tx.fetch_all(VERSIONS, vec![]).await? {
        let id: Id<ServiceLevelVersion> = row.id(0)?;
        let terms = ServiceLevelTerms {
            valid_from: row.date(2)?,
            calendar_id: row.id(3)?,
            reopening: row.parsed(4, Reopening::parse)?,
            retroactive_start: row.flag(5)?,
            goal_share_bp: row.int(6)?,
            targets: targets.remove(id.as_str()).unwrap_or_default(),
        };
        versions.entry(row.text(1)?).or_default().push(ServiceLevelVersion { id, terms });
    }
    let rows = tx.fetch_all(HEADS, vec![]).await?;
    let mut levels = Vec::with_capacity(rows.len());
    for row in &rows {
        let id: Id<ServiceLevel> = row.id(0)?;
        levels.push(ServiceLevel {
            versions: versions.remove(id.as_str()).unwrap_or_default(),
            id,
            external_id: row.text_or_null(1)?,
            source_id: row.parsed(2, SourceId::parse)?,
            account_id: row.text_or_null(3)?,
            contract_id: row.text_or_null(4)?,
            name: row.text(5)?,
            clock_kind: row.parsed(6, ClockKind::parse)?,
            clause: row.text(7)?,
            assumed: row.flag(8)?,
            demo: row.flag(9)?,
            version: row.int(10)?,
        });
    }
    Ok(levels)
}

/// Keeps a new service level with its versions.
///
/// # Errors
/// [`StoreError::Duplicate`] for a taken id of the firm's own.
#[boxed]
pub async fn insert_service_level(
    tx: &mut WriteTx,
    level: &ServiceLevel,
    now: Instant,
) -> Result<(), StoreError> {
    let values = params![
        &level.id,
        level.external_id.clone(),
        level.source_id.as_str(),
        level.account_id.clone(),
        level.contract_id.clone(),
        &level.name,
        level.clock_kind.as_str(),
        &level.clause,
        level.assumed,
        level.demo,
        now
    ];
    tx.execute(INSERT, values).await?;
    for version in &level.versions {
        insert_version(tx, &level.id, version, now).await?;
    }
    Ok(())
}

/// Saves what does not depend on a version; refused as stale when another save came first.
///
/// # Errors
/// [`StoreError::Stale`].
#[boxed]
pub async fn save_service_level(
    tx: &mut WriteTx,
    level: &ServiceLevel,
    now: Instant,
) -> Result<(), StoreError> {
    let values = params![
        &level.name,
        &level.clause,
        level.assumed,
        level.contract_id.clone(),
        now,
        &level.id,
        level.version
    ];
    match tx.execute(SAVE, values).await? {
        1 => Ok(()),
        _ => Err(StoreError::Stale { table: "service_level" }),
    }
}

/// Puts a service level into the trash.
///
/// # Errors
/// [`StoreError::Stale`].
#[boxed]
pub async fn trash_service_level(
    tx: &mut WriteTx,
    level: &ServiceLevel,
    now: Instant,
) -> Result<(), StoreError> {
    match tx.execute(TRASH, params![now, &level.id, level.version]).await? {
        1 => Ok(()),
        _ => Err(StoreError::Stale { table: "service_level" }),
    }
}

/// Brings a service level back from the trash; says whether it was there.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn restore_service_level(
    tx: &mut WriteTx,
    level: &Id<ServiceLevel>,
    now: Instant,
) -> Result<bool, StoreError> {
    Ok(tx.execute(RESTORE, params![now, level]).await? == 1)
}

/// Adds a version to a service level.
///
/// # Errors
/// [`StoreError::Duplicate`] when another version starts on that day.
#[boxed]
pub async fn insert_version(
    tx: &mut WriteTx,
    level: &Id<ServiceLevel>,
    version: &ServiceLevelVersion,
    now: Instant,
) -> Result<(), StoreError> {
    let ServiceLevelVersion { id, terms } = version;
    let values = params![
        id,
        level,
        terms.valid_from,
        &terms.calendar_id,
        terms.reopening.as_str(),
        terms.retroactive_start,
        terms.goal_share_bp,
        now
    ];
    tx.execute(INSERT_VERSION, values).await?;
    let targets = terms.targets.iter().map(|(priority, seconds)| params![id, *priority, *seconds]).collect();
    tx.insert_many(INSERT_TARGET, targets, "").await?;
    Ok(())
}

/// Takes a version away; the caller has checked that another remains.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn delete_version(tx: &mut WriteTx, version: &Id<ServiceLevelVersion>) -> Result<(), StoreError> {
    tx.execute(DELETE_TARGETS, params![version]).await?;
    tx.execute(DELETE_VERSION, params![version]).await?;
    Ok(())
}
