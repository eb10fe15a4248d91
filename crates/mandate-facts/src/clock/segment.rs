//! The state machine of a clock: from events to stretches of running, paused and stopped time.
//!
//! Knows conditions, not calendars. Each stretch between two events has one mode; a *round* is what
//! is measured as one: the whole case, or each wait of an update clock.

use super::condition::Snapshot;
use super::{ClockKind, ClockSpec, Reopening, StartFrom};
use crate::event::{Case, Priority, StateClass};
use crate::instant::Instant;

/// What a clock does during a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Running,
    Paused(StateClass),
    Stopped,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub from: Instant,
    pub to: Instant,
    pub mode: Mode,
}

/// How a round ended, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoundEnd {
    Stopped(Instant),
    Cancelled(Instant),
    /// Goes on past what is known; the mode in force, at the instant asked about.
    Open(Instant, Mode),
}

#[derive(Clone, Debug)]
pub(crate) struct Round {
    pub started_at: Instant,
    pub segments: Vec<Segment>,
    /// Everything before this instant was dropped by a reset.
    pub reset_at: Option<Instant>,
    pub end: RoundEnd,
}

/// All rounds of a case, and the priority its last event left it with.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    pub rounds: Vec<Round>,
    pub cancelled: bool,
    pub priority: Priority,
}

/// Runs `spec` over the events of `case` up to and including `as_of`. The case must be checked.
pub(crate) fn trace(spec: &ClockSpec, case: &Case<'_>, as_of: Instant) -> Trace {
    let known = &case.events[..case.events.partition_point(|event| event.at <= as_of)];
    let mut machine = Machine::new(spec);
    let mut priority = Priority::NOT_STATED;
    let Some(first) = case.events.first() else {
        return machine.finish(as_of, priority);
    };
    let mut snapshot = Snapshot::at_opening(first);
    if spec.start_from == StartFrom::CaseOpeningAsNew {
        snapshot.state = StateClass::New;
    }
    if spec.start_from != StartFrom::StartEvent {
        let mut later = snapshot;
        let starts = |event| {
            later = later.after(event);
            spec.conditions.start.holds(&later)
        };
        if known.iter().any(starts) {
            machine.start(case.opened_at, &snapshot);
            machine.take(case.opened_at, &snapshot);
        }
    }
    for event in known {
        snapshot = snapshot.after(event);
        priority = snapshot.priority;
        machine.take(event.at, &snapshot);
    }
    machine.finish(as_of, priority)
}

struct Machine<'a> {
    spec: &'a ClockSpec,
    rounds: Vec<Round>,
    open: Option<OpenRound>,
    cancelled: bool,
}

struct OpenRound {
    started_at: Instant,
    segments: Vec<Segment>,
    reset_at: Option<Instant>,
    mode: Mode,
    since: Instant,
}

impl OpenRound {
    fn new(at: Instant, mode: Mode) -> Self {
        Self { started_at: at, segments: Vec::new(), reset_at: None, mode, since: at }
    }

    fn change_to(&mut self, at: Instant, mode: Mode) {
        if self.mode == mode {
            return;
        }
        if self.since < at {
            self.segments.push(Segment { from: self.since, to: at, mode: self.mode });
        }
        self.mode = mode;
        self.since = at;
    }

    fn close(mut self, end: RoundEnd) -> Round {
        let at = match end {
            // The stretch after the last stop belongs to nobody.
            RoundEnd::Stopped(_) => self.since,
            RoundEnd::Cancelled(at) | RoundEnd::Open(at, _) => at,
        };
        if self.since < at {
            self.segments.push(Segment { from: self.since, to: at, mode: self.mode });
        }
        Round { started_at: self.started_at, segments: self.segments, reset_at: self.reset_at, end }
    }
}

impl<'a> Machine<'a> {
    fn new(spec: &'a ClockSpec) -> Self {
        Self { spec, rounds: Vec::new(), open: None, cancelled: false }
    }

    fn start(&mut self, at: Instant, snapshot: &Snapshot) {
        self.open = Some(OpenRound::new(at, self.moving(snapshot)));
    }

    /// The mode of a clock that has started and not stopped.
    fn moving(&self, snapshot: &Snapshot) -> Mode {
        if self.spec.conditions.pause.holds(snapshot) { Mode::Paused(snapshot.state) } else { Mode::Running }
    }

    /// Takes the case as it stands from `at` on.
    fn take(&mut self, at: Instant, snapshot: &Snapshot) {
        if self.cancelled {
            return;
        }
        let conditions = &self.spec.conditions;
        if conditions.cancel.holds(snapshot) {
            self.cancelled = true;
            self.close_open_round(at);
            return;
        }
        let Some(mode) = self.open.as_ref().map(|round| round.mode) else {
            if conditions.start.holds(snapshot) {
                self.start(at, snapshot);
                self.stop_if_due(at, snapshot);
            }
            return;
        };
        match mode {
            Mode::Running | Mode::Paused(_) => self.take_moving(at, snapshot, mode),
            Mode::Stopped => self.take_stopped(at, snapshot),
        }
    }

    fn take_moving(&mut self, at: Instant, snapshot: &Snapshot, mode: Mode) {
        if self.stop_if_due(at, snapshot) {
            return;
        }
        let conditions = &self.spec.conditions;
        if conditions.reset.holds(snapshot) {
            self.reset(at, snapshot);
            return;
        }
        let pauses = conditions.pause.holds(snapshot);
        let next = match mode {
            _ if pauses => Mode::Paused(snapshot.state),
            Mode::Paused(_) if conditions.resume.holds(snapshot) => Mode::Running,
            unchanged => unchanged,
        };
        if let Some(round) = &mut self.open {
            round.change_to(at, next);
        }
    }

    fn take_stopped(&mut self, at: Instant, snapshot: &Snapshot) {
        let conditions = &self.spec.conditions;
        let update = self.spec.kind == ClockKind::Update;
        if (self.spec.reopening == Reopening::FirstStop && !update) || conditions.stop.holds(snapshot) {
            return;
        }
        let next = self.moving(snapshot);
        if update {
            if conditions.start.holds(snapshot) {
                self.close_open_round(at);
                self.open = Some(OpenRound::new(at, next));
            }
        } else if conditions.reset.holds(snapshot) {
            self.reset(at, snapshot);
        } else if conditions.start.holds(snapshot)
            && let Some(round) = &mut self.open
        {
            round.change_to(at, next);
        }
    }

    fn stop_if_due(&mut self, at: Instant, snapshot: &Snapshot) -> bool {
        let due = self.spec.conditions.stop.holds(snapshot);
        if let (true, Some(round)) = (due, &mut self.open) {
            round.change_to(at, Mode::Stopped);
        }
        due
    }

    fn reset(&mut self, at: Instant, snapshot: &Snapshot) {
        let next = self.moving(snapshot);
        if self.spec.kind == ClockKind::Update {
            if let Some(mut round) = self.open.take() {
                round.change_to(at, Mode::Stopped);
                self.rounds.push(round.close(RoundEnd::Stopped(at)));
            }
            self.open = Some(OpenRound::new(at, next));
        } else if let Some(round) = &mut self.open {
            if round.since < at {
                round.segments.push(Segment { from: round.since, to: at, mode: round.mode });
            }
            round.mode = next;
            round.since = at;
            round.reset_at = Some(at);
        }
    }

    fn close_open_round(&mut self, at: Instant) {
        if let Some(round) = self.open.take() {
            let end = match (round.mode, self.cancelled) {
                (Mode::Stopped, _) => RoundEnd::Stopped(round.since),
                (_, true) => RoundEnd::Cancelled(at),
                (mode, false) => RoundEnd::Open(at, mode),
            };
            self.rounds.push(round.close(end));
        }
    }

    fn finish(mut self, as_of: Instant, priority: Priority) -> Trace {
        self.close_open_round(as_of);
        Trace { rounds: self.rounds, cancelled: self.cancelled, priority }
    }
}
