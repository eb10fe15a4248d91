//! Service clocks: how long a case took in the sense of a contract.
//!
//! A clock is driven by six conditions and counts the open seconds of a calendar while it runs.
//! Changes of priority or service level never touch the time already counted or paused: only the
//! target is looked up anew, by the case's last event. How targets become money is in `credit`.

mod condition;
mod measure;
mod segment;
mod target;

pub use condition::{Clause, Condition, Snapshot};
pub use measure::{explain, measure};
pub use target::{TargetVersion, Targets, TargetsError};

use crate::calendar::OutsideCalendar;
use crate::event::{CaseError, StateClass, Symbol};
use crate::instant::Instant;

/// What a clock measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClockKind {
    /// Until somebody first reacts.
    Response,
    /// Every stretch in which the client waits for news; the longest one counts.
    Update,
    /// Until the case is solved.
    Resolution,
}

/// Where a clock starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StartFrom {
    /// At the event that meets the start condition.
    StartEvent,
    /// At the opening of the case, once any event meets the start condition: the time before it,
    /// with its pauses, is counted retroactively. What the first event states is taken to hold
    /// since the opening.
    CaseOpening,
    /// As `CaseOpening`, but before its first event the case is taken to be [`StateClass::New`]:
    /// a case first seen in work was taken up then, not when it was opened.
    CaseOpeningAsNew,
}

/// What happens when a case is reopened after the stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reopening {
    /// The first stop is final.
    FirstStop,
    /// The clock goes on; the time between stop and reopening is not counted.
    Total,
}

/// The six conditions that drive a clock. When several hold for one event, the order is: cancel,
/// stop, reset, pause, resume, start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conditions {
    /// Starts the clock; with [`Reopening::Total`] and for update clocks, starts it again.
    pub start: Condition,
    /// Halts a running clock.
    pub pause: Condition,
    /// Lets a paused clock run on, unless `pause` holds as well.
    pub resume: Condition,
    /// Ends the measurement.
    pub stop: Condition,
    /// Ends the case without a result.
    pub cancel: Condition,
    /// Drops what was counted and begins anew; for update clocks, ends one stretch and begins the next.
    pub reset: Condition,
}

/// A clock of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockSpec {
    /// What is measured.
    pub kind: ClockKind,
    /// What drives it.
    pub conditions: Conditions,
    /// Where it starts.
    pub start_from: StartFrom,
    /// What a reopening does. Update clocks begin a new stretch in any case.
    pub reopening: Reopening,
    /// Open seconds allowed.
    pub targets: Targets,
}

const AWAITING: [StateClass; 2] = [StateClass::AwaitingClient, StateClass::AwaitingOther];
const SOLVED: [StateClass; 2] = [StateClass::Resolved, StateClass::Closed];

impl ClockSpec {
    /// The usual resolution clock: from the opening, paused while awaiting anybody, stopped when
    /// resolved or closed, going on after a reopening, void when cancelled.
    pub fn resolution(targets: Targets) -> Self {
        Self {
            kind: ClockKind::Resolution,
            conditions: Conditions {
                start: Condition::Always,
                pause: Condition::in_states(&AWAITING),
                resume: Condition::outside_states(&AWAITING),
                stop: Condition::in_states(&SOLVED),
                cancel: Condition::in_states(&[StateClass::Cancelled]),
                reset: Condition::Never,
            },
            start_from: StartFrom::CaseOpening,
            reopening: Reopening::Total,
            targets,
        }
    }

    /// The usual response clock: from the opening until the case leaves [`StateClass::New`], once.
    pub fn response(targets: Targets) -> Self {
        Self {
            kind: ClockKind::Response,
            conditions: Conditions {
                start: Condition::Always,
                pause: Condition::Never,
                resume: Condition::Always,
                stop: Condition::outside_states(&[StateClass::New, StateClass::Cancelled]),
                cancel: Condition::in_states(&[StateClass::Cancelled]),
                reset: Condition::Never,
            },
            start_from: StartFrom::CaseOpeningAsNew,
            reopening: Reopening::FirstStop,
            targets,
        }
    }

    /// The usual update clock: from each event of kind `asked` (the client wrote) to the next of
    /// kind `answered` or the solution, paused while awaiting anybody. It never runs before the
    /// client has asked, so it cannot overrule a response target, nor while the client owes the answer.
    pub fn update(targets: Targets, asked: Symbol, answered: Symbol) -> Self {
        let answer = Clause { kinds: Some(vec![answered]), ..Clause::default() };
        let solution = Clause { states: Some(SOLVED.to_vec()), ..Clause::default() };
        Self {
            kind: ClockKind::Update,
            conditions: Conditions {
                start: Condition::of_kind(&[asked]),
                pause: Condition::in_states(&AWAITING),
                resume: Condition::outside_states(&AWAITING),
                stop: Condition::AnyOf(vec![answer, solution]),
                cancel: Condition::in_states(&[StateClass::Cancelled]),
                reset: Condition::Never,
            },
            start_from: StartFrom::StartEvent,
            reopening: Reopening::Total,
            targets,
        }
    }
}

/// How a clock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Stopped within the target.
    Met,
    /// More than the target was counted, stopped or not.
    Missed,
    /// Started, within the target, not stopped.
    Running,
    /// The case was cancelled.
    Cancelled,
    /// The clock never started, or there is no target for the case.
    NotApplicable,
}

/// What a clock says about a case. All durations are seconds; from the start to the end they add up:
/// `elapsed_s + paused_s + closed_s + excluded_s + stopped_s + dropped_s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockResult {
    /// Open seconds counted.
    pub elapsed_s: i64,
    /// Open seconds allowed; `None` without a target.
    pub target_s: Option<i64>,
    /// How the clock stands.
    pub outcome: Outcome,
    /// Start of the measurement.
    pub started_at: Option<Instant>,
    /// The stop or cancellation that ended it; `None` while the clock goes on.
    pub stopped_at: Option<Instant>,
    /// Start of the first second counted over the target: up to then the case could still be saved.
    pub breached_at: Option<Instant>,
    /// When the target will be used up if nothing changes; only while running within it, not paused.
    pub due_at: Option<Instant>,
    /// Wall seconds paused.
    pub paused_s: i64,
    /// Wall seconds outside opening hours while running.
    pub closed_s: i64,
    /// Open seconds left out by agreement.
    pub excluded_s: i64,
    /// Wall seconds between a stop and a reopening.
    pub stopped_s: i64,
    /// Wall seconds dropped by a reset.
    pub dropped_s: i64,
}

impl ClockResult {
    /// What would have been counted without any exclusion.
    pub fn elapsed_without_exclusions_s(&self) -> i64 {
        self.elapsed_s + self.excluded_s
    }

    /// What the outcome would have been without any exclusion.
    pub fn outcome_without_exclusions(&self) -> Outcome {
        match (self.outcome, self.target_s) {
            (Outcome::Met | Outcome::Running, Some(target_s))
                if target_s < self.elapsed_without_exclusions_s() =>
            {
                Outcome::Missed
            }
            (outcome, _) => outcome,
        }
    }

    /// Counted seconds over the allowed ones, in basis points, rounded down: 10,000 is the whole target.
    pub fn target_used_bp(&self) -> Option<i64> {
        self.target_s.map(|target_s| {
            let used = i128::from(self.elapsed_s) * 10_000 / i128::from(target_s);
            i64::try_from(used).unwrap_or(i64::MAX)
        })
    }
}

/// Why a case could not be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MeasureError {
    /// The events are not a case.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The calendar does not reach an event.
    #[error(transparent)]
    Calendar(#[from] OutsideCalendar),
}
