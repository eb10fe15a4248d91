//! The naive clock: steps through time and looks at everything anew in each step.
//!
//! Shares no code with the engine but the types of its input: calendars are asked second by second
//! through jiff's civil times, and the conditions are followed event by event in plain ifs.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use mandate_facts::calendar::{CalendarVersion, DayWindow, HolidayHours, Hours};
use mandate_facts::clock::{ClockKind, ClockSpec, Outcome, Reopening, Snapshot, StartFrom};
use mandate_facts::event::{Case, Priority, StateClass};
use mandate_facts::instant::Instant;

/// Open or closed for each step of a stretch of time.
pub struct OpenSteps {
    from: i64,
    step: i64,
    open: Vec<bool>,
}

impl OpenSteps {
    pub fn new(versions: &[CalendarVersion], from: i64, until: i64, step: i64) -> Self {
        let zones: Vec<TimeZone> =
            versions.iter().map(|version| TimeZone::get(&version.zone).unwrap()).collect();
        let is_open = |at: i64| {
            let timestamp = jiff::Timestamp::from_second(at).unwrap();
            let started = |(version, zone): &(&CalendarVersion, &TimeZone)| {
                zone.to_datetime(timestamp).date() >= version.valid_from
            };
            let (version, zone) = versions.iter().zip(&zones).rev().find(started).unwrap();
            let wall = zone.to_datetime(timestamp);
            let second = wall.hour() as u32 * 3_600 + wall.minute() as u32 * 60 + wall.second() as u32;
            open_on(version, wall.date(), second)
        };
        let steps = (from..until).step_by(usize::try_from(step).unwrap());
        Self { from, step, open: steps.map(is_open).collect() }
    }

    pub fn is_open(&self, at: i64) -> bool {
        self.open[usize::try_from((at - self.from) / self.step).unwrap()]
    }

    pub fn until(&self) -> i64 {
        self.from + self.step * self.open.len() as i64
    }
}

fn open_on(version: &CalendarVersion, date: Date, second: u32) -> bool {
    let inside = |windows: &[DayWindow]| {
        windows.iter().any(|window| window.opens_s() <= second && second < window.closes_s())
    };
    let usual = match &version.hours {
        Hours::AlwaysOpen => true,
        Hours::Weekly(week) => {
            inside(&week[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())])
        }
    };
    match version.holidays.iter().find(|holiday| holiday.date == date).map(|holiday| &holiday.hours) {
        None => usual,
        Some(HolidayHours::Closed) => false,
        Some(HolidayHours::ClosedDuring(windows)) => usual && !inside(windows),
        Some(HolidayHours::OpenOnly(windows)) => inside(windows),
    }
}

/// What the naive clock found; the fields are those of the engine's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Naive {
    pub elapsed_s: i64,
    pub outcome: Outcome,
    pub started_at: Option<i64>,
    pub stopped_at: Option<i64>,
    pub breached_at: Option<i64>,
    pub due_at: Option<i64>,
    pub paused_s: i64,
    pub closed_s: i64,
    pub excluded_s: i64,
    pub stopped_s: i64,
    pub dropped_s: i64,
}

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Idle,
    Run,
    Pause,
    Stop,
    Cancel,
}

#[derive(Clone, Copy)]
struct Round {
    naive: Naive,
    /// Wall seconds since the latest stop; counted only if the case is reopened.
    pending_stop_s: i64,
}

impl Round {
    fn starting(at: i64) -> Self {
        let naive = Naive {
            elapsed_s: 0,
            outcome: Outcome::Running,
            started_at: Some(at),
            stopped_at: None,
            breached_at: None,
            due_at: None,
            paused_s: 0,
            closed_s: 0,
            excluded_s: 0,
            stopped_s: 0,
            dropped_s: 0,
        };
        Self { naive, pending_stop_s: 0 }
    }

    fn reset(&mut self, at: i64) {
        let started = self.naive.started_at.unwrap();
        *self = Self::starting(started);
        self.naive.dropped_s = at - started;
    }
}

/// Steps of `step` seconds from the opening to `as_of`; everything must lie on that grid.
pub fn naive_clock(
    spec: &ClockSpec,
    open: &OpenSteps,
    excluded: &[(i64, i64)],
    case: &Case<'_>,
    as_of: i64,
    step: i64,
) -> Naive {
    let conditions = &spec.conditions;
    let mut snapshot = Snapshot::at_opening(&case.events[0]);
    if spec.start_from == StartFrom::CaseOpeningAsNew {
        snapshot.state = StateClass::New;
    }
    let known: Vec<_> = case.events.iter().filter(|event| event.at.0 <= as_of).collect();
    let mut moments: Vec<(i64, Snapshot)> = Vec::new();
    let opening = snapshot;
    for event in &known {
        snapshot = snapshot.after(event);
        moments.push((event.at.0, snapshot));
    }
    let retroactive = spec.start_from != StartFrom::StartEvent
        && as_of >= case.opened_at.0
        && moments.iter().any(|(_, snapshot)| conditions.start.holds(snapshot));
    if retroactive {
        moments.insert(0, (case.opened_at.0, opening));
    }
    let priority = moments.last().map_or(Priority::NOT_STATED, |(_, snapshot)| snapshot.priority);
    let target = spec.targets.target_s(priority, case.opened_at);
    let is_excluded = |at: i64| excluded.iter().any(|(from, to)| *from <= at && at < *to);
    let mut phase = Phase::Idle;
    let mut rounds: Vec<Round> = Vec::new();
    let mut at = case.opened_at.0;
    let mut next = 0;
    loop {
        while next < moments.len() && moments[next].0 == at {
            let snapshot = moments[next].1;
            let forced = retroactive && next == 0;
            phase = react(spec, phase, &snapshot, at, forced, &mut rounds);
            next += 1;
        }
        if at >= as_of {
            break;
        }
        if let Some(round) = rounds.last_mut() {
            let naive = &mut round.naive;
            match phase {
                Phase::Run if !open.is_open(at) => naive.closed_s += step,
                Phase::Run if is_excluded(at) => naive.excluded_s += step,
                Phase::Run => {
                    if target == Some(naive.elapsed_s) {
                        naive.breached_at = Some(at);
                    }
                    naive.elapsed_s += step;
                }
                Phase::Pause => naive.paused_s += step,
                Phase::Stop => round.pending_stop_s += step,
                Phase::Idle | Phase::Cancel => {}
            }
        }
        at += step;
    }
    let Some(index) = (0..rounds.len()).max_by_key(|index| rounds[*index].naive.elapsed_s) else {
        let outcome = if phase == Phase::Cancel { Outcome::Cancelled } else { Outcome::NotApplicable };
        return Naive { outcome, started_at: None, ..Round::starting(0).naive };
    };
    let running = matches!(phase, Phase::Run | Phase::Pause);
    let mut naive = rounds[index].naive;
    naive.outcome = match target {
        _ if phase == Phase::Cancel => Outcome::Cancelled,
        None => Outcome::NotApplicable,
        Some(target) if naive.elapsed_s > target => Outcome::Missed,
        Some(_) if running => Outcome::Running,
        Some(_) => Outcome::Met,
    };
    if naive.outcome == Outcome::Running {
        naive.stopped_at = None;
    }
    if let (Phase::Run, Some(target), true) = (phase, target, index + 1 == rounds.len()) {
        let mut left = target - naive.elapsed_s;
        while left > 0 && at < open.until() {
            if open.is_open(at) && !is_excluded(at) {
                left -= step;
            }
            at += step;
        }
        naive.due_at = (left == 0).then_some(at);
    }
    naive
}

/// What one event does. `forced`: the retroactive start at the opening.
fn react(
    spec: &ClockSpec,
    phase: Phase,
    snapshot: &Snapshot,
    at: i64,
    forced: bool,
    rounds: &mut Vec<Round>,
) -> Phase {
    let conditions = &spec.conditions;
    let moving = if conditions.pause.holds(snapshot) { Phase::Pause } else { Phase::Run };
    let update = spec.kind == ClockKind::Update;
    if phase == Phase::Cancel {
        return Phase::Cancel;
    }
    let mut phase = phase;
    if phase == Phase::Idle && forced {
        rounds.push(Round::starting(at));
        phase = moving;
    }
    if conditions.cancel.holds(snapshot) {
        if let (Some(round), true) = (rounds.last_mut(), matches!(phase, Phase::Run | Phase::Pause)) {
            round.naive.stopped_at = Some(at);
        }
        return Phase::Cancel;
    }
    let stops = conditions.stop.holds(snapshot);
    match phase {
        Phase::Idle if conditions.start.holds(snapshot) => {
            rounds.push(Round::starting(at));
            if stops {
                rounds.last_mut().unwrap().naive.stopped_at = Some(at);
                return Phase::Stop;
            }
            moving
        }
        Phase::Run | Phase::Pause if stops => {
            rounds.last_mut().unwrap().naive.stopped_at = Some(at);
            Phase::Stop
        }
        Phase::Run | Phase::Pause if conditions.reset.holds(snapshot) => {
            if update {
                rounds.last_mut().unwrap().naive.stopped_at = Some(at);
                rounds.push(Round::starting(at));
            } else {
                rounds.last_mut().unwrap().reset(at);
            }
            moving
        }
        Phase::Run => moving,
        Phase::Pause if moving == Phase::Run && conditions.resume.holds(snapshot) => Phase::Run,
        Phase::Stop if !stops && update && conditions.start.holds(snapshot) => {
            rounds.push(Round::starting(at));
            moving
        }
        Phase::Stop if !stops && !update && spec.reopening == Reopening::Total => {
            let round = rounds.last_mut().unwrap();
            if conditions.reset.holds(snapshot) {
                round.reset(at);
                return moving;
            }
            if !conditions.start.holds(snapshot) {
                return Phase::Stop;
            }
            round.naive.stopped_s += round.pending_stop_s;
            round.pending_stop_s = 0;
            round.naive.stopped_at = None;
            moving
        }
        unchanged => unchanged,
    }
}

/// Seconds of an instant, for results of the engine.
pub fn seconds(at: Option<Instant>) -> Option<i64> {
    at.map(|at| at.0)
}
