//! Exclusions: proposals of time not to count, and the answers to them.

use mandate_domain::book::Account;
use mandate_domain::facts::exclusion::{ExcludedTime, Exclusion, ExclusionState, Ground, Part, Side};
use mandate_domain::{Id, Instant};

use super::kpis::one_row;
use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, WriteTx};
use crate::params;
use crate::reads::Scope;

const INSERT: &str = "
    INSERT INTO exclusion (id, account_id, case_id, from_us, until_us, ground, clause, note, state, proposed_side,
           proposed_person_id, proposed_by, proposed_at_us, decision_note, demo, version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '', $14, 1)";
const SAVE_ANSWER: &str = "
    UPDATE exclusion SET state = $1, decided_person_id = $2, decided_by = $3, decided_at_us = $4, decision_note = $5,
           version = version + 1
     WHERE id = $6 AND version = $7";
const COLUMNS: &str = "
    e.id, e.account_id, e.case_id, e.from_us, e.until_us, e.ground, e.clause, e.note, e.state, e.proposed_side,
    e.proposed_person_id, e.proposed_by, e.proposed_at_us, e.decided_person_id, e.decided_by, e.decided_at_us,
    e.decision_note, e.demo, e.version";

/// Stores a new proposal.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn insert_exclusion(tx: &mut WriteTx, exclusion: &Exclusion) -> Result<(), StoreError> {
    let proposed = &exclusion.proposed;
    let values = params![
        &exclusion.id,
        &exclusion.account_id,
        exclusion.case_id.clone(),
        exclusion.time.from(),
        exclusion.time.until(),
        exclusion.ground.as_str(),
        &exclusion.clause,
        &exclusion.note,
        exclusion.state.as_str(),
        proposed.side.as_str(),
        proposed.person_id.as_ref(),
        &proposed.recorded_by,
        proposed.at,
        exclusion.demo,
    ];
    tx.execute(INSERT, values).await?;
    Ok(())
}

/// Stores the answer to a proposal.
///
/// # Errors
/// [`StoreError::Stale`] when another answer came first.
#[boxed]
pub async fn save_answer(tx: &mut WriteTx, exclusion: &Exclusion) -> Result<(), StoreError> {
    let answered = exclusion.answered.as_ref();
    let values = params![
        exclusion.state.as_str(),
        answered.and_then(|part| part.person_id.as_ref()),
        answered.map(|part| part.recorded_by.clone()),
        answered.map(|part| part.at),
        &exclusion.answer_note,
        &exclusion.id,
        exclusion.version,
    ];
    one_row(tx.execute(SAVE_ANSWER, values).await?, "exclusion")
}

/// The exclusion, if `scope` reaches its account.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_exclusion(
    tx: &mut ReadTx,
    scope: &Scope,
    id: &Id<Exclusion>,
) -> Result<Option<Exclusion>, StoreError> {
    let (condition, mut values) = scope.condition("e.account_id", 2);
    let sql = format!("SELECT {COLUMNS} FROM exclusion e WHERE e.id = $1 AND {condition}");
    values.splice(0..0, params![id]);
    tx.fetch_optional(&sql, values).await?.as_ref().map(read_exclusion).transpose()
}

/// An account's exclusions, those that wait for an answer first, then the newest.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_exclusions(tx: &mut ReadTx, account: &Id<Account>) -> Result<Vec<Exclusion>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM exclusion e WHERE e.account_id = $1
          ORDER BY CASE e.state WHEN 'proposed' THEN 0 ELSE 1 END, e.from_us DESC, e.id"
    );
    tx.fetch_all(&sql, params![account]).await?.iter().map(read_exclusion).collect()
}

/// An account's agreed exclusions that reach into the time from `from` to before `until`.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_agreed_between(
    tx: &mut ReadTx,
    account: &Id<Account>,
    from: Instant,
    until: Instant,
) -> Result<Vec<Exclusion>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM exclusion e
          WHERE e.account_id = $1 AND e.state = 'agreed' AND e.from_us < $2 AND e.until_us > $3
          ORDER BY e.from_us, e.id"
    );
    tx.fetch_all(&sql, params![account, until, from]).await?.iter().map(read_exclusion).collect()
}

fn read_exclusion(row: &Row) -> Result<Exclusion, StoreError> {
    let inconsistent =
        |what: String| StoreError::Inconsistent { table: "exclusion", id: String::new(), what };
    let side = row.parsed(9, Side::parse)?;
    let state = row.parsed(8, ExclusionState::parse)?;
    let answered = match (row.text_or_null(14)?, row.instant_or_null(15)?) {
        (Some(recorded_by), Some(at)) => Some(Part {
            side: if state == ExclusionState::Withdrawn { side } else { side.other() },
            person_id: row.id_or_null(13)?,
            recorded_by,
            at,
        }),
        _ => None,
    };
    Ok(Exclusion {
        id: row.id(0)?,
        account_id: row.id(1)?,
        case_id: row.text_or_null(2)?,
        time: ExcludedTime::new(row.instant(3)?, row.instant(4)?)
            .map_err(|error| inconsistent(error.to_string()))?,
        ground: row.parsed(5, Ground::parse)?,
        clause: row.text(6)?,
        note: row.text(7)?,
        state,
        proposed: Part {
            side,
            person_id: row.id_or_null(10)?,
            recorded_by: row.text(11)?,
            at: row.instant(12)?,
        },
        answered,
        answer_note: row.text(16)?,
        demo: row.flag(17)?,
        version: row.int(18)?,
    })
}
