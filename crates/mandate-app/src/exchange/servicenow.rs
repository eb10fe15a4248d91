//! The ServiceNow profile: how an incident log's rows become events.
//!
//! One row is one update of an incident. `made_sla` is a running flag, true until breached; `location` names the account,
//! `assignment_group` the team; `?` and an empty value are not stated. Times state no zone. ServiceNow lets an agent
//! move `opened_at` to after the record was made; updates from before are then taken to have happened at the opening.

use std::collections::{BTreeMap, HashMap};

use jiff::tz::TimeZone;
use mandate_domain::facts::source::StateClass;
use mandate_facts::io::EventRow;

use super::event_rows::{Pseudonyms, RowProblem, RowProblemKind, Rows, wall_to_us};
use super::event_table::{Cells, EventTable};
use crate::facts::derive::engine_state;

/// Columns without which an incident log cannot be read.
pub const REQUIRED: [&str; 6] =
    ["number", "incident_state", "sys_mod_count", "sys_updated_at", "opened_at", "priority"];

/// Where each column stands.
pub struct Columns {
    number: usize,
    state: usize,
    seq: usize,
    updated: usize,
    opened: usize,
    priority: usize,
    created: Option<usize>,
    made_sla: Option<usize>,
    location: Option<usize>,
    group: Option<usize>,
    category: Option<usize>,
    resolved: Option<usize>,
    closed: Option<usize>,
    caller: Option<usize>,
    assignee: Option<usize>,
}

impl Columns {
    /// Finds the columns in a table's head.
    ///
    /// # Errors
    /// The names of the required columns that are missing.
    pub fn find(table: &EventTable) -> Result<Self, Vec<&'static str>> {
        let place = |name: &str| {
            let other = match name {
                "incident_state" => "state",
                "sys_updated_at" => "sys_updated_on",
                "sys_created_at" => "sys_created_on",
                _ => name,
            };
            table.column(name).or_else(|| table.column(other))
        };
        let missing: Vec<&'static str> = REQUIRED.into_iter().filter(|name| place(name).is_none()).collect();
        let [Some(number), Some(state), Some(seq), Some(updated), Some(opened), Some(priority)] =
            REQUIRED.map(place)
        else {
            return Err(missing);
        };
        Ok(Self {
            number,
            state,
            seq,
            updated,
            opened,
            priority,
            created: place("sys_created_at"),
            made_sla: place("made_sla"),
            location: place("location"),
            group: place("assignment_group"),
            category: place("category"),
            resolved: place("resolved_at"),
            closed: place("closed_at"),
            caller: place("caller_id"),
            assignee: place("assigned_to"),
        })
    }
}

/// Reads rows of an incident log.
pub struct IncidentReader<'a> {
    columns: Columns,
    source: &'a str,
    zone: &'a TimeZone,
    states: &'a BTreeMap<String, StateClass>,
    priorities: HashMap<String, Option<u8>>,
}

impl<'a> IncidentReader<'a> {
    /// A reader for `source`, whose wall clock shows `zone` and whose states mean what `states` says.
    pub fn new(
        columns: Columns,
        source: &'a str,
        zone: &'a TimeZone,
        states: &'a BTreeMap<String, StateClass>,
    ) -> Self {
        Self { columns, source, zone, states, priorities: HashMap::new() }
    }

    /// Reads some rows, the first of which is row `first`; what is wrong is kept in `rows`.
    pub fn read(&mut self, cells: &Cells, first: u64, rows: &mut Rows, names: &mut Pseudonyms) {
        for idx in 0..cells.n_rows() {
            let number = first + idx as u64;
            match self.row(cells, idx, names) {
                Ok((row, clamped)) => {
                    rows.n_before_opening += u64::from(clamped);
                    rows.push(number, row);
                }
                Err((column, kind)) => rows.refuse(RowProblem { row: number, column, kind }),
            }
        }
    }

    fn row(
        &mut self,
        cells: &Cells,
        idx: usize,
        names: &mut Pseudonyms,
    ) -> Result<(EventRow, bool), (&'static str, RowProblemKind)> {
        let case_ref =
            stated(cells, idx, Some(self.columns.number)).ok_or(("number", RowProblemKind::Missing))?;
        let opened_at_us = self.time(cells, idx, self.columns.opened, "opened_at")?;
        let updated_at_us = self.time(cells, idx, self.columns.updated, "sys_updated_at")?;
        let event_seq = cells
            .integer(idx, self.columns.seq)
            .ok_or_else(|| ("sys_mod_count", unreadable(cells, idx, self.columns.seq)))?;
        let raw_state =
            cells.text(idx, self.columns.state).ok_or(("incident_state", RowProblemKind::Missing))?;
        let class = self.states.get(raw_state.as_ref()).copied().ok_or_else(|| {
            ("incident_state", RowProblemKind::UnmappedState { state: raw_state.to_string() })
        })?;
        let priority = self.priority(cells, idx)?;
        let clamped = updated_at_us < opened_at_us;
        if clamped && !self.existed_before(cells, idx, updated_at_us) {
            return Err(("sys_updated_at", RowProblemKind::BeforeOpened { case_ref }));
        }
        let row = EventRow {
            event_id: String::new(),
            source: self.source.to_owned(),
            case_ref,
            event_seq,
            at_us: updated_at_us.max(opened_at_us),
            opened_at_us,
            state_class: Some(engine_state(class)),
            raw_state: raw_state.into_owned(),
            priority,
            account_ref: stated(cells, idx, self.columns.location).unwrap_or_default(),
            group_ref: stated(cells, idx, self.columns.group).unwrap_or_default(),
            category: stated(cells, idx, self.columns.category).unwrap_or_default(),
            kind: String::new(),
            reported_met: self.columns.made_sla.and_then(|column| cells.flag(idx, column)),
            resolved_at_us: self.optional_time(cells, idx, self.columns.resolved),
            closed_at_us: self.optional_time(cells, idx, self.columns.closed),
            caller_ref: names.of(stated(cells, idx, self.columns.caller)),
            assignee_ref: names.of(stated(cells, idx, self.columns.assignee)),
        };
        Ok((row, clamped))
    }

    /// Whether the record was there before the time at which it says to have been opened.
    fn existed_before(&self, cells: &Cells, idx: usize, updated_at_us: i64) -> bool {
        let created = self.optional_time(cells, idx, self.columns.created);
        created.is_some_and(|created| created <= updated_at_us)
    }

    fn time(
        &self,
        cells: &Cells,
        idx: usize,
        column: usize,
        name: &'static str,
    ) -> Result<i64, (&'static str, RowProblemKind)> {
        let stamp = cells.stamp(idx, column).ok_or_else(|| (name, unreadable(cells, idx, column)))?;
        wall_to_us(stamp, self.zone).ok_or_else(|| (name, unreadable(cells, idx, column)))
    }

    fn optional_time(&self, cells: &Cells, idx: usize, column: Option<usize>) -> Option<i64> {
        wall_to_us(cells.stamp(idx, column?)?, self.zone)
    }

    fn priority(&mut self, cells: &Cells, idx: usize) -> Result<u8, (&'static str, RowProblemKind)> {
        let Some(text) = stated(cells, idx, Some(self.columns.priority)) else { return Ok(0) };
        let known = self.priorities.entry(text).or_insert_with_key(|text| leading_digit(text));
        known.ok_or_else(|| ("priority", unreadable(cells, idx, self.columns.priority)))
    }
}

/// `1 - Critical` is 1; 1 to 9 are priorities.
fn leading_digit(text: &str) -> Option<u8> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|priority| (1..=9).contains(priority))
}

/// A text that states something.
fn stated(cells: &Cells, idx: usize, column: Option<usize>) -> Option<String> {
    let text = cells.text(idx, column?)?;
    (text != "?").then(|| text.into_owned())
}

fn unreadable(cells: &Cells, idx: usize, column: usize) -> RowProblemKind {
    match cells.text(idx, column) {
        Some(text) => RowProblemKind::Unreadable { text: text.chars().take(60).collect() },
        None => RowProblemKind::Missing,
    }
}

#[cfg(test)]
mod tests {
    use super::leading_digit;

    #[test]
    fn a_priority_is_its_leading_digit() {
        assert_eq!(leading_digit("1 - Critical"), Some(1));
        assert_eq!(leading_digit("4"), Some(4));
        for bad in ["Critical", "0 - None", "12", "-1"] {
            assert_eq!(leading_digit(bad), None, "{bad}");
        }
    }
}
