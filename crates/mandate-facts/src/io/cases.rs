//! From rows of event files to cases that clocks can measure.

use std::collections::HashMap;

use super::row::EventRow;
use crate::event::{Case, CaseError, Event, Priority, Symbol, Symbols};
use crate::instant::Instant;

/// A case with its events, and where its last event puts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseEvents {
    /// The case, in the source's own words.
    pub case_ref: String,
    /// When it was opened, as the last event states it.
    pub opened_at: Instant,
    /// Account after the last event that states one.
    pub account: Symbol,
    /// Category after the last event that states one.
    pub category: Symbol,
    /// Priority after the last event that states one.
    pub priority: Priority,
    /// Group after the last event that states one.
    pub group: Symbol,
    /// What the source itself said last about its target.
    pub reported_met: Option<bool>,
    /// Events sorted by time and sequence.
    pub events: Vec<Event>,
}

impl CaseEvents {
    /// The case as clocks take it.
    pub fn as_case(&self) -> Case<'_> {
        Case { opened_at: self.opened_at, events: &self.events }
    }

    /// Instant of the last event.
    pub fn last_event_at(&self) -> Instant {
        self.events.last().map_or(self.opened_at, |event| event.at)
    }
}

/// Rows that do not make a case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("case `{case_ref}` cannot be measured")]
pub struct GroupError {
    /// The case.
    pub case_ref: String,
    /// What is wrong with it.
    pub source: CaseError,
}

/// Groups rows into cases, sorted by case.
///
/// # Shapes and units
/// - `rows`: in the order in which they were imported (file after file), cases mixed. A row with
///   the event id of an earlier row of the same case corrects it: only the later one counts.
/// - `symbols`: gets the names of accounts, categories, groups and kinds.
///
/// # Errors
/// [`GroupError`] for the first case, by name, whose events are doubled or before its opening.
pub fn group_cases(mut rows: Vec<EventRow>, symbols: &mut Symbols) -> Result<Vec<CaseEvents>, GroupError> {
    // Stable: rows of one case keep the order of import.
    rows.sort_by(|left, right| left.case_ref.cmp(&right.case_ref));
    let mut cases = Vec::new();
    for case_rows in rows.chunk_by(|left, right| left.case_ref == right.case_ref) {
        let case = one_case(case_rows, symbols);
        case.as_case().check().map_err(|source| GroupError { case_ref: case.case_ref.clone(), source })?;
        cases.push(case);
    }
    Ok(cases)
}

fn one_case(rows: &[EventRow], symbols: &mut Symbols) -> CaseEvents {
    let mut latest: HashMap<&str, usize> = HashMap::with_capacity(rows.len());
    for (idx, row) in rows.iter().enumerate() {
        if !row.event_id.is_empty() {
            latest.insert(&row.event_id, idx);
        }
    }
    let counts =
        |(idx, row): &(usize, &EventRow)| latest.get(row.event_id.as_str()).is_none_or(|last| last == idx);
    let mut kept: Vec<&EventRow> = rows.iter().enumerate().filter(counts).map(|(_, row)| row).collect();
    kept.sort_by_key(|row| (row.at_us, row.event_seq));
    let last_text = |of: fn(&EventRow) -> &String| {
        kept.iter().rev().map(|row| of(row).as_str()).find(|text| !text.is_empty()).unwrap_or_default()
    };
    let account = symbols.intern(last_text(|row| &row.account_ref));
    let category = symbols.intern(last_text(|row| &row.category));
    let group = symbols.intern(last_text(|row| &row.group_ref));
    let priority = kept.iter().rev().map(|row| row.priority).find(|priority| *priority != 0);
    let events = kept.iter().map(|row| Event {
        at: Instant::from_micros(row.at_us),
        seq: row.event_seq,
        state: row.state_class,
        priority: Priority(row.priority),
        group: symbols.intern(&row.group_ref),
        kind: symbols.intern(&row.kind),
    });
    CaseEvents {
        case_ref: rows.first().map(|row| row.case_ref.clone()).unwrap_or_default(),
        opened_at: Instant::from_micros(kept.last().map_or(0, |row| row.opened_at_us)),
        account,
        category,
        priority: Priority(priority.unwrap_or_default()),
        group,
        reported_met: kept.iter().rev().find_map(|row| row.reported_met),
        events: events.collect(),
    }
}
