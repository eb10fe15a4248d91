//! From events to cases: where the last event puts a case, what the source reported, what our clocks say.
//!
//! A pure function of events and definitions, so that deriving a case again, alone or with all others, gives the same
//! row. Open cases are counted up to their last event; one whose target was used up before the source's data ends is
//! missed, although nothing has happened on it since.

use std::collections::HashMap;

use mandate_domain::facts::case::{ClockFigures, DeliveryCase, Outcome, case_id};
use mandate_domain::facts::service_level::ClockKind;
use mandate_domain::facts::source::{Profile, StateClass};
use mandate_domain::{Instant, Month};
use mandate_facts::clock::{self, ClockResult};
use mandate_facts::event::{Case, Event, Priority, StateClass as EngineState};
use mandate_facts::exclusion::AgreedExclusions;
use mandate_facts::explain::Explanation;
use mandate_facts::instant::Instant as EngineInstant;
use mandate_facts::io::EventRow;

use super::definitions::{CaseClock, Definitions, domain_instant};

/// The engine's class of a state.
pub(crate) const fn engine_state(class: StateClass) -> EngineState {
    match class {
        StateClass::New => EngineState::New,
        StateClass::Active => EngineState::Active,
        StateClass::AwaitingClient => EngineState::AwaitingClient,
        StateClass::AwaitingOther => EngineState::AwaitingOther,
        StateClass::Resolved => EngineState::Resolved,
        StateClass::Closed => EngineState::Closed,
        StateClass::Cancelled => EngineState::Cancelled,
    }
}

/// The book's class of a state.
pub(crate) const fn domain_state(class: EngineState) -> StateClass {
    match class {
        EngineState::New => StateClass::New,
        EngineState::Active => StateClass::Active,
        EngineState::AwaitingClient => StateClass::AwaitingClient,
        EngineState::AwaitingOther => StateClass::AwaitingOther,
        EngineState::Resolved => StateClass::Resolved,
        EngineState::Closed => StateClass::Closed,
        EngineState::Cancelled => StateClass::Cancelled,
    }
}

/// The events of one case that count, by time and sequence: of several with one id only the last imported.
#[derive(Clone, Debug)]
pub(crate) struct CaseRows {
    pub rows: Vec<EventRow>,
    opened_at_us: i64,
}

/// Splits rows, in the order of import, into cases sorted by reference.
pub(crate) fn split_cases(mut rows: Vec<EventRow>, profile: Profile) -> Vec<CaseRows> {
    // Stable: rows of one case keep the order of import.
    rows.sort_by(|left, right| left.case_ref.cmp(&right.case_ref));
    let mut cases: Vec<CaseRows> = vec![];
    for row in rows {
        match cases.last_mut().filter(|case| case.rows[0].case_ref == row.case_ref) {
            Some(case) => case.rows.push(row),
            None => cases.push(CaseRows { opened_at_us: row.opened_at_us, rows: vec![row] }),
        }
    }
    for case in &mut cases {
        case.settle(profile);
    }
    cases
}

impl CaseRows {
    fn settle(&mut self, profile: Profile) {
        if self.rows.iter().any(|row| !row.event_id.is_empty()) {
            let latest: HashMap<String, usize> = self
                .rows
                .iter()
                .enumerate()
                .filter(|(_, row)| !row.event_id.is_empty())
                .map(|(idx, row)| (row.event_id.clone(), idx))
                .collect();
            let mut idx = 0;
            self.rows.retain(|row| {
                let counts = latest.get(&row.event_id).is_none_or(|last| *last == idx);
                idx += 1;
                counts
            });
        }
        self.rows.sort_by_key(|row| (row.at_us, row.event_seq));
        self.opened_at_us = match profile {
            // A log repeats the opening on every row; the last one has what stands now.
            Profile::ServiceNow => self.last().opened_at_us,
            // Events need not repeat it; one that does not state it has its own time there.
            Profile::Events => self.rows.iter().map(|row| row.opened_at_us).min().unwrap_or_default(),
        };
    }

    fn last(&self) -> &EventRow {
        // INVARIANT: a case has at least one row; `split_cases` makes it from one.
        &self.rows[self.rows.len() - 1]
    }

    /// When the case opened.
    pub(crate) fn opened_at(&self) -> Instant {
        Instant::from_microseconds(self.opened_at_us)
    }

    /// Whether work on the case goes on.
    pub(crate) fn is_open(&self, definitions: &Definitions) -> bool {
        let state = self.rows.iter().rev().find_map(|row| Self::state_of(definitions, row));
        state.is_none_or(|state| !domain_state(state).is_settled())
    }

    pub(crate) fn last_event_at(&self) -> Instant {
        Instant::from_microseconds(self.last().at_us)
    }

    /// The last value of a text that an event states.
    fn last_text(&self, of: impl Fn(&EventRow) -> &String) -> &str {
        self.rows.iter().rev().map(|row| of(row).as_str()).find(|text| !text.is_empty()).unwrap_or_default()
    }

    pub(crate) fn account_ref(&self) -> &str {
        self.last_text(|row| &row.account_ref)
    }

    /// The state of a row as the source's states are mapped now.
    pub(crate) fn state_of(definitions: &Definitions, row: &EventRow) -> Option<EngineState> {
        match definitions.mapping.get(&row.raw_state) {
            Some(class) if !row.raw_state.is_empty() => Some(engine_state(*class)),
            _ => row.state_class,
        }
    }

    fn events(&self, definitions: &mut Definitions) -> Vec<Event> {
        let mut events = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            events.push(Event {
                at: EngineInstant::from_micros(row.at_us),
                seq: row.event_seq,
                state: Self::state_of(definitions, row),
                priority: Priority(row.priority),
                group: definitions.symbols.intern(&row.group_ref),
                kind: definitions.symbols.intern(&row.kind),
            });
        }
        events
    }
}

/// A case and what its clocks did, with the steps.
pub(crate) struct Measured {
    pub clock: CaseClock,
    pub explanation: Explanation,
}

/// Runs the clock of `kind` over a case as of an instant; `None` when none is in force or the case cannot be measured.
pub(crate) fn measure(
    definitions: &mut Definitions,
    kind: ClockKind,
    rows: &CaseRows,
    as_of: Instant,
) -> Option<Measured> {
    let events = rows.events(definitions);
    measure_events(definitions, kind, rows, &events, as_of)
}

fn measure_events(
    definitions: &mut Definitions,
    kind: ClockKind,
    rows: &CaseRows,
    events: &[Event],
    as_of: Instant,
) -> Option<Measured> {
    let account_id = definitions.accounts.get(rows.account_ref()).cloned();
    let clock = definitions.clock(kind, account_id.as_deref(), rows.opened_at())?;
    let id = case_id(&definitions.source.id, &rows.last().case_ref);
    let exclusions = if definitions.exclusions.is_empty() {
        AgreedExclusions::default()
    } else {
        definitions.exclusions_of(account_id.as_deref(), &id)
    };
    let case = Case { opened_at: EngineInstant::from_micros(rows.opened_at_us), events };
    let as_of = EngineInstant::from_micros(as_of.microseconds());
    let explanation = clock::explain(&clock.spec, &clock.calendar, &exclusions, &case, as_of).ok()?;
    Some(Measured { clock, explanation })
}

pub(crate) fn outcome(outcome: clock::Outcome) -> Outcome {
    match outcome {
        clock::Outcome::Met => Outcome::Met,
        clock::Outcome::Missed => Outcome::Missed,
        clock::Outcome::Running => Outcome::Running,
        clock::Outcome::Cancelled => Outcome::Cancelled,
        clock::Outcome::NotApplicable => Outcome::NotMeasured,
    }
}

/// The result of a clock as of a case's last event, with what is known of the time since.
fn settled_outcome(result: &ClockResult, data_until: Instant) -> (Outcome, Option<Instant>) {
    let breached_at = result.breached_at.map(domain_instant);
    let due_at = result.due_at.map(domain_instant);
    match (outcome(result.outcome), due_at) {
        (Outcome::Running, Some(due_at)) if due_at < data_until => (Outcome::Missed, Some(due_at)),
        (outcome, _) => (outcome, breached_at),
    }
}

fn figures(result: &ClockResult, data_until: Instant) -> ClockFigures {
    let (outcome_now, breached_at) = settled_outcome(result, data_until);
    let running = outcome_now == Outcome::Running;
    let without = match outcome(result.outcome_without_exclusions()) {
        Outcome::Running => outcome_now,
        other => other,
    };
    ClockFigures {
        outcome: outcome_now,
        counted_s: result.elapsed_s,
        target_s: result.target_s,
        breached_at,
        due_at: result.due_at.filter(|_| running).map(domain_instant),
        stopped_at: result.stopped_at.map(domain_instant),
        paused_s: result.paused_s,
        closed_hours_s: result.closed_s,
        excluded_s: result.excluded_s,
        without_exclusions: without,
    }
}

/// One case as pages, lists and measures see it.
pub(crate) fn derive_case(
    definitions: &mut Definitions,
    rows: &CaseRows,
    data_until: Instant,
) -> DeliveryCase {
    let events = rows.events(definitions);
    let last_event_at = rows.last_event_at();
    let mut run = |kind| {
        let measured = measure_events(definitions, kind, rows, &events, last_event_at)?;
        Some((measured.explanation.result, measured.clock.level_id))
    };
    let resolution = run(ClockKind::Resolution);
    let short = |measured: Option<(ClockResult, String)>| match measured {
        Some((result, _)) => (settled_outcome(&result, data_until).0, result.elapsed_s),
        None => (Outcome::NotMeasured, 0),
    };
    let (response, update) = (short(run(ClockKind::Response)), short(run(ClockKind::Update)));
    let (clock, service_level_id) = match resolution {
        Some((result, level_id)) => (figures(&result, data_until), Some(level_id)),
        None => (ClockFigures::NOT_MEASURED, None),
    };
    let last = rows.last();
    let (account_ref, group_ref) = (rows.account_ref(), rows.last_text(|row| &row.group_ref));
    let flagged = rows.rows.iter().filter_map(|row| row.reported_met);
    let state = events.iter().rev().find_map(|event| event.state).map_or(StateClass::New, domain_state);
    let priority = rows.rows.iter().rev().map(|row| row.priority).find(|priority| *priority != 0);
    DeliveryCase {
        source_id: definitions.source.id.clone(),
        case_ref: last.case_ref.clone(),
        account_id: definitions.accounts.get(account_ref).cloned(),
        account_ref: account_ref.to_owned(),
        team_id: definitions.teams.get(group_ref).cloned(),
        group_ref: group_ref.to_owned(),
        priority: i64::from(priority.unwrap_or_default()),
        category: rows.last_text(|row| &row.category).to_owned(),
        kind: rows.last_text(|row| &row.kind).to_owned(),
        state_class: state,
        opened_at: rows.opened_at(),
        last_event_at,
        resolved_at: last.resolved_at_us.map(Instant::from_microseconds),
        closed_at: last.closed_at_us.map(Instant::from_microseconds),
        month: Month::of(last_event_at.date_in(&definitions.zone)),
        n_events: i64::try_from(rows.rows.len()).unwrap_or(i64::MAX),
        n_events_flagged: i64::try_from(flagged.clone().count()).unwrap_or(i64::MAX),
        n_events_met: i64::try_from(flagged.clone().filter(|met| *met).count()).unwrap_or(i64::MAX),
        n_reopened: count_reopened(&events),
        n_reassigned: count_reassigned(&events),
        reported_met: flagged.clone().next_back(),
        clock,
        response,
        update,
        service_level_id,
    }
}

fn count_reopened(events: &[Event]) -> i64 {
    let solved = |state: EngineState| matches!(state, EngineState::Resolved | EngineState::Closed);
    let states: Vec<EngineState> = events.iter().filter_map(|event| event.state).collect();
    let reopened = states.windows(2).filter(|pair| solved(pair[0]) && !solved(pair[1]));
    i64::try_from(reopened.count()).unwrap_or(i64::MAX)
}

fn count_reassigned(events: &[Event]) -> i64 {
    let none = mandate_facts::event::Symbol::NONE;
    let groups: Vec<_> = events.iter().map(|event| event.group).filter(|group| *group != none).collect();
    i64::try_from(groups.windows(2).filter(|pair| pair[0] != pair[1]).count()).unwrap_or(i64::MAX)
}
