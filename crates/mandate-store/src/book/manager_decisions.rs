//! Decisions about accounts' managers. Whose they are to read is the use case's to say; here they are found by account.
//!
//! A decision is saved once more, when it ends. Not here: what is expected and seen of a manager (`mandate-app`).

use jiff::civil::Date;
use mandate_domain::book::{Account, ManagerDecision, ManagerDecisionState, ManagerOutcome};
use mandate_domain::{Id, Instant};

use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, Value, WriteTx};
use crate::params;

const SELECT: &str = "
    SELECT id, account_id, manager_id, outcome, reason, measures, seen_by, until_on, decided_on, decided_by, decided_by_name,
           state, ended_on, ended_by_name, ending, handover_id, version FROM manager_decision";
const INSERT: &str = "
    INSERT INTO manager_decision (id, account_id, manager_id, outcome, reason, measures, seen_by, until_on, decided_on, decided_by,
           decided_by_name, state, ended_on, ended_by_name, ending, handover_id, version, created_at_us, updated_at_us)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'open', NULL, '', '', $12, 1, $13, $13)";
const END: &str = "
    UPDATE manager_decision SET state = $1, ended_on = $2, ended_by_name = $3, ending = $4, version = version + 1, updated_at_us = $5
     WHERE id = $6 AND version = $7";

/// Keeps a decision.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn insert_manager_decision(
    tx: &mut WriteTx,
    decision: &ManagerDecision,
    now: Instant,
) -> Result<(), StoreError> {
    let values = params![
        &decision.id,
        &decision.account_id,
        &decision.manager_id,
        decision.outcome.as_str(),
        &decision.reason,
        &decision.measures,
        &decision.seen_by,
        decision.until_on,
        decision.decided_on,
        Value::Text(decision.decided_by.as_ref().map(ToString::to_string)),
        &decision.decided_by_name,
        Value::Text(decision.handover_id.as_ref().map(ToString::to_string)),
        now,
    ];
    tx.execute(INSERT, values).await?;
    Ok(())
}

/// The decisions about an account's managers, the newest first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_manager_decisions(
    tx: &mut ReadTx,
    account: &Id<Account>,
) -> Result<Vec<ManagerDecision>, StoreError> {
    let sql = format!("{SELECT} WHERE account_id = $1 ORDER BY decided_on DESC, id DESC");
    tx.fetch_all(&sql, params![account]).await?.iter().map(read_decision).collect()
}

/// One decision of an account.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_manager_decision(
    tx: &mut ReadTx,
    account: &Id<Account>,
    id: &Id<ManagerDecision>,
) -> Result<Option<ManagerDecision>, StoreError> {
    let sql = format!("{SELECT} WHERE account_id = $1 AND id = $2");
    tx.fetch_optional(&sql, params![account, id]).await?.as_ref().map(read_decision).transpose()
}

fn read_decision(row: &Row) -> Result<ManagerDecision, StoreError> {
    Ok(ManagerDecision {
        id: row.id(0)?,
        account_id: row.id(1)?,
        manager_id: row.id(2)?,
        outcome: row.parsed(3, ManagerOutcome::parse)?,
        reason: row.text(4)?,
        measures: row.text(5)?,
        seen_by: row.text(6)?,
        until_on: row.date(7)?,
        decided_on: row.date(8)?,
        decided_by: row.id_or_null(9)?,
        decided_by_name: row.text(10)?,
        state: row.parsed(11, ManagerDecisionState::parse)?,
        ended_on: row.date_or_null(12)?,
        ended_by_name: row.text(13)?,
        ending: row.text(14)?,
        handover_id: row.id_or_null(15)?,
        version: row.int(16)?,
    })
}

/// Saves how a decision ended, over the version that was read.
///
/// # Errors
/// [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn end_manager_decision(
    tx: &mut WriteTx,
    decision: &ManagerDecision,
    now: Instant,
) -> Result<(), StoreError> {
    let values = params![
        decision.state.as_str(),
        Value::Text(decision.ended_on.map(|day: Date| day.to_string())),
        &decision.ended_by_name,
        &decision.ending,
        now,
        &decision.id,
        decision.version,
    ];
    match tx.execute(END, values).await? {
        1 => Ok(()),
        _ => Err(StoreError::Stale { table: "manager_decision" }),
    }
}
