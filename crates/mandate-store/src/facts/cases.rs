//! Cases as derived from event files: one row a case, replaced whole whenever its events or its clock change.

use std::collections::{BTreeMap, BTreeSet};

use mandate_domain::Instant;
use mandate_domain::facts::case::{ClockFigures, DeliveryCase, Outcome};
use mandate_domain::facts::source::{SourceId, StateClass};

use super::places::Place;
use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, Value, WriteTx};
use crate::params;

pub(crate) const COLUMNS: &str = "source_id, case_ref, account_id, account_ref, team_id, group_ref, priority, category, kind,
       state_class, opened_at_us, last_event_at_us, resolved_at_us, closed_at_us, month, n_events, n_events_flagged,
       n_events_met, n_reopened, n_reassigned, reported_met, clock_outcome, clock_s, target_s, breached_at_us,
       due_at_us, stopped_at_us, paused_s, closed_hours_s, excluded_s, outcome_without_exclusions, response_outcome,
       response_s, update_outcome, update_s, service_level_id";
const ON_CONFLICT: &str = "ON CONFLICT (id) DO UPDATE SET
       account_id = excluded.account_id, account_ref = excluded.account_ref, team_id = excluded.team_id,
       group_ref = excluded.group_ref, priority = excluded.priority, category = excluded.category,
       kind = excluded.kind, state_class = excluded.state_class, opened_at_us = excluded.opened_at_us,
       last_event_at_us = excluded.last_event_at_us, resolved_at_us = excluded.resolved_at_us,
       closed_at_us = excluded.closed_at_us, month = excluded.month, n_events = excluded.n_events,
       n_events_flagged = excluded.n_events_flagged, n_events_met = excluded.n_events_met,
       n_reopened = excluded.n_reopened, n_reassigned = excluded.n_reassigned,
       reported_met = excluded.reported_met, clock_outcome = excluded.clock_outcome, clock_s = excluded.clock_s,
       target_s = excluded.target_s, breached_at_us = excluded.breached_at_us, due_at_us = excluded.due_at_us,
       stopped_at_us = excluded.stopped_at_us, paused_s = excluded.paused_s,
       closed_hours_s = excluded.closed_hours_s, excluded_s = excluded.excluded_s,
       outcome_without_exclusions = excluded.outcome_without_exclusions,
       response_outcome = excluded.response_outcome, response_s = excluded.response_s,
       update_outcome = excluded.update_outcome, update_s = excluded.update_s,
       service_level_id = excluded.service_level_id, differs = excluded.differs";
const DELETE: &str = "DELETE FROM delivery_case WHERE id = $1";
const DUE: &str =
    "SELECT case_ref FROM delivery_case WHERE source_id = $1 AND due_at_us < $2 ORDER BY case_ref";
const OF_SOURCE: &str = "SELECT case_ref FROM delivery_case WHERE source_id = $1 ORDER BY case_ref";
const OF_ACCOUNT: &str = "
    SELECT case_ref FROM delivery_case WHERE source_id = $1 AND account_id = $2 ORDER BY case_ref";
const OPEN_BETWEEN: &str = "
    SELECT case_ref FROM delivery_case
     WHERE source_id = $1 AND account_id = $2 AND opened_at_us < $3 AND last_event_at_us >= $4 ORDER BY case_ref";
const EARLIEST: &str = "SELECT MIN(opened_at_us) FROM delivery_case WHERE source_id = $1";

/// Which cases of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All of them.
    Source,
    /// Those of an account.
    Account(String),
    /// Those of an account that were open at some time from the first instant to the second.
    AccountPeriod {
        /// The account.
        account_id: String,
        /// From.
        from: Instant,
        /// Until.
        until: Instant,
    },
    /// These.
    Cases(Vec<String>),
}

fn row_values(case: &DeliveryCase) -> Vec<Value> {
    let clock = &case.clock;
    params![
        case.id(),
        case.source_id.as_str(),
        &case.case_ref,
        case.account_id.clone(),
        &case.account_ref,
        case.team_id.clone(),
        &case.group_ref,
        case.priority,
        &case.category,
        &case.kind,
        case.state_class.as_str(),
        case.opened_at,
        case.last_event_at,
        case.resolved_at,
        case.closed_at,
        case.month,
        case.n_events,
        case.n_events_flagged,
        case.n_events_met,
        case.n_reopened,
        case.n_reassigned,
        case.reported_met,
        clock.outcome.as_str(),
        clock.counted_s,
        clock.target_s,
        clock.breached_at,
        clock.due_at,
        clock.stopped_at,
        clock.paused_s,
        clock.closed_hours_s,
        clock.excluded_s,
        clock.without_exclusions.as_str(),
        case.response.0.as_str(),
        case.response.1,
        case.update.0.as_str(),
        case.update.1,
        case.service_level_id.clone(),
        case.differs(),
    ]
}

/// Keeps cases over what was known of them.
///
/// # Errors
/// [`StoreError`] when they cannot be kept.
#[boxed]
pub async fn save_cases(tx: &mut WriteTx, cases: &[DeliveryCase]) -> Result<(), StoreError> {
    let insert = format!("INSERT INTO delivery_case (id, {COLUMNS}, differs)");
    for part in cases.chunks(5_000) {
        tx.insert_many(&insert, part.iter().map(row_values).collect(), ON_CONFLICT).await?;
    }
    Ok(())
}

/// Forgets cases that have no event left.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn delete_cases(
    tx: &mut WriteTx,
    source: &SourceId,
    case_refs: &[String],
) -> Result<(), StoreError> {
    for case_ref in case_refs {
        tx.execute(DELETE, params![format!("{source}:{case_ref}")]).await?;
    }
    Ok(())
}

/// Columns in the order of `COLUMNS`.
pub(crate) fn read_case(row: &Row) -> Result<DeliveryCase, StoreError> {
    let outcome = |column| Ok::<_, StoreError>(Outcome::parse(&row.text(column)?));
    Ok(DeliveryCase {
        source_id: row.parsed(0, SourceId::parse)?,
        case_ref: row.text(1)?,
        account_id: row.text_or_null(2)?,
        account_ref: row.text(3)?,
        team_id: row.text_or_null(4)?,
        group_ref: row.text(5)?,
        priority: row.int(6)?,
        category: row.text(7)?,
        kind: row.text(8)?,
        state_class: row.parsed(9, StateClass::parse)?,
        opened_at: row.instant(10)?,
        last_event_at: row.instant(11)?,
        resolved_at: row.instant_or_null(12)?,
        closed_at: row.instant_or_null(13)?,
        month: row.month(14)?,
        n_events: row.int(15)?,
        n_events_flagged: row.int(16)?,
        n_events_met: row.int(17)?,
        n_reopened: row.int(18)?,
        n_reassigned: row.int(19)?,
        reported_met: row.int_or_null(20)?.map(|flag| flag != 0),
        clock: ClockFigures {
            outcome: outcome(21)?,
            counted_s: row.int(22)?,
            target_s: row.int_or_null(23)?,
            breached_at: row.instant_or_null(24)?,
            due_at: row.instant_or_null(25)?,
            stopped_at: row.instant_or_null(26)?,
            paused_s: row.int(27)?,
            closed_hours_s: row.int(28)?,
            excluded_s: row.int(29)?,
            without_exclusions: outcome(30)?,
        },
        response: (outcome(31)?, row.int(32)?),
        update: (outcome(33)?, row.int(34)?),
        service_level_id: row.text_or_null(35)?,
    })
}

/// The case with this id, whatever the reader's scope: for derivations, not for pages.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_case(tx: &mut ReadTx, id: &str) -> Result<Option<DeliveryCase>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM delivery_case WHERE id = $1");
    tx.fetch_optional(&sql, params![id]).await?.as_ref().map(read_case).transpose()
}

/// What is kept of the given cases, by reference; those that are not known are left out.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn load_cases(
    tx: &mut ReadTx,
    source: &SourceId,
    case_refs: &[String],
) -> Result<BTreeMap<String, DeliveryCase>, StoreError> {
    let mut found = BTreeMap::new();
    for part in case_refs.chunks(1_000) {
        let marks: Vec<String> = (1..=part.len()).map(|idx| format!("${idx}")).collect();
        let sql = format!("SELECT {COLUMNS} FROM delivery_case WHERE id IN ({})", marks.join(", "));
        let ids = part.iter().map(|case_ref| Value::Text(Some(format!("{source}:{case_ref}")))).collect();
        for row in tx.fetch_all(&sql, ids).await? {
            let case = read_case(&row)?;
            found.insert(case.case_ref.clone(), case);
        }
    }
    Ok(found)
}

/// References of the cases of a source that `selection` names, sorted; known cases only, except for `Cases`.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_refs(
    tx: &mut ReadTx,
    source: &SourceId,
    selection: &Selection,
) -> Result<Vec<String>, StoreError> {
    let rows = match selection {
        Selection::Cases(refs) => {
            let sorted: BTreeSet<&String> = refs.iter().collect();
            return Ok(sorted.into_iter().cloned().collect());
        }
        Selection::Source => tx.fetch_all(OF_SOURCE, params![source.as_str()]).await?,
        Selection::Account(account_id) => {
            tx.fetch_all(OF_ACCOUNT, params![source.as_str(), account_id]).await?
        }
        Selection::AccountPeriod { account_id, from, until } => {
            tx.fetch_all(OPEN_BETWEEN, params![source.as_str(), account_id, *until, *from]).await?
        }
    };
    rows.iter().map(|row| row.text(0)).collect()
}

/// References of open cases whose target was used up before `until`.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_overdue(
    tx: &mut ReadTx,
    source: &SourceId,
    until: Instant,
) -> Result<Vec<String>, StoreError> {
    let rows = tx.fetch_all(DUE, params![source.as_str(), until]).await?;
    rows.iter().map(|row| row.text(0)).collect()
}

/// Where some cases stand, and how many they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Their accounts and months, without repeats.
    pub places: BTreeSet<Place>,
    /// Cases.
    pub n_cases: i64,
    /// Events in them.
    pub n_events: i64,
}

/// Where the given cases stand now; cases that are not known are left out.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn load_standing(
    tx: &mut ReadTx,
    source: &SourceId,
    case_refs: &[String],
) -> Result<Standing, StoreError> {
    let mut standing = Standing::default();
    for part in case_refs.chunks(1_000) {
        let marks: Vec<String> = (1..=part.len()).map(|idx| format!("${idx}")).collect();
        let sql = format!(
            "SELECT COALESCE(account_id, ''), month, COUNT(*), CAST(SUM(n_events) AS BIGINT) FROM delivery_case
              WHERE id IN ({}) GROUP BY COALESCE(account_id, ''), month",
            marks.join(", ")
        );
        let ids = part.iter().map(|case_ref| Value::Text(Some(format!("{source}:{case_ref}")))).collect();
        for row in tx.fetch_all(&sql, ids).await? {
            standing.places.insert((row.text(0)?, row.text(1)?));
            standing.n_cases += row.int(2)?;
            standing.n_events += row.int(3)?;
        }
    }
    Ok(standing)
}

/// When the source's earliest case was opened.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn earliest_opening(tx: &mut ReadTx, source: &SourceId) -> Result<Option<Instant>, StoreError> {
    tx.fetch_one(EARLIEST, params![source.as_str()]).await?.instant_or_null(0)
}
