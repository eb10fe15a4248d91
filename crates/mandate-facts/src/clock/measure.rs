//! From stretches of time to seconds: calendar, exclusions and target applied to a trace.
//!
//! There is one code path: a result is the sum of its steps, so an explanation cannot disagree with
//! the figure it explains.

use super::segment::{Mode, Round, RoundEnd, Trace, trace};
use super::{ClockResult, ClockSpec, MeasureError, Outcome};
use crate::calendar::{Calendar, OutsideCalendar};
use crate::event::Case;
use crate::exclusion::AgreedExclusions;
use crate::explain::{Explanation, Step, What};
use crate::instant::Instant;

/// What a clock says about a case, as of an instant.
///
/// # Shapes and units
/// - `case`: events sorted by (`at`, `seq`), n >= 1, none before the opening; events after `as_of`
///   are not looked at.
/// - all results in whole seconds; see [`ClockResult`].
///
/// # Errors
/// - [`MeasureError::Case`]: the events are not a case (empty, unsorted, doubled, before the opening).
/// - [`MeasureError::Calendar`]: the calendar does not reach from start to end of the measurement.
///
/// # Source
/// Own construction; the six conditions are those of ServiceNow's SLA definitions (start, pause,
/// resume, stop, cancel, reset). Worked: `docs/methods/facts-clock.md`.
pub fn measure(
    spec: &ClockSpec,
    calendar: &Calendar,
    exclusions: &AgreedExclusions,
    case: &Case<'_>,
    as_of: Instant,
) -> Result<ClockResult, MeasureError> {
    Ok(explain(spec, calendar, exclusions, case, as_of)?.result)
}

/// As [`measure`], with the steps that lead to the result.
///
/// # Shapes and units
/// As [`measure`]. Steps follow each other without gap; their counted seconds add up to
/// `elapsed_s`, counted and not counted ones to the wall time from start to end.
///
/// # Errors
/// As [`measure`].
///
/// # Source
/// Own construction; `docs/methods/facts-clock.md`.
pub fn explain(
    spec: &ClockSpec,
    calendar: &Calendar,
    exclusions: &AgreedExclusions,
    case: &Case<'_>,
    as_of: Instant,
) -> Result<Explanation, MeasureError> {
    case.check()?;
    let trace = trace(spec, case, as_of);
    let target_s = spec.targets.target_s(trace.priority, case.opened_at);
    let mut decisive: Option<Walk<'_>> = None;
    for round in &trace.rounds {
        let mut walk = Walk::new(calendar, exclusions, target_s, round);
        walk.round(round)?;
        // The longest round decides; of equals the latest.
        if decisive.as_ref().is_none_or(|best| best.result.elapsed_s <= walk.result.elapsed_s) {
            decisive = Some(walk);
        }
    }
    let Some(walk) = decisive else {
        let outcome = if trace.cancelled { Outcome::Cancelled } else { Outcome::NotApplicable };
        return Ok(Explanation { result: empty_result(outcome, target_s), steps: Vec::new() });
    };
    let mut result = walk.result;
    result.outcome = outcome(&trace, &result);
    if result.outcome == Outcome::Running {
        result.stopped_at = None;
    }
    Ok(Explanation { result, steps: walk.steps })
}

fn empty_result(outcome: Outcome, target_s: Option<i64>) -> ClockResult {
    ClockResult {
        elapsed_s: 0,
        target_s,
        outcome,
        started_at: None,
        stopped_at: None,
        breached_at: None,
        due_at: None,
        paused_s: 0,
        closed_s: 0,
        excluded_s: 0,
        stopped_s: 0,
        dropped_s: 0,
    }
}

fn outcome(trace: &Trace, result: &ClockResult) -> Outcome {
    let open = matches!(trace.rounds.last(), Some(Round { end: RoundEnd::Open(..), .. }));
    match result.target_s {
        _ if trace.cancelled => Outcome::Cancelled,
        None => Outcome::NotApplicable,
        Some(target_s) if target_s < result.elapsed_s => Outcome::Missed,
        Some(_) if open => Outcome::Running,
        Some(_) => Outcome::Met,
    }
}

/// A walk along one round.
struct Walk<'a> {
    calendar: &'a Calendar,
    exclusions: &'a AgreedExclusions,
    result: ClockResult,
    steps: Vec<Step>,
}

impl<'a> Walk<'a> {
    fn new(
        calendar: &'a Calendar,
        exclusions: &'a AgreedExclusions,
        target_s: Option<i64>,
        round: &Round,
    ) -> Self {
        let started_at = Some(round.started_at);
        let result = ClockResult { started_at, ..empty_result(Outcome::Running, target_s) };
        Self { calendar, exclusions, result, steps: Vec::with_capacity(round.segments.len() + 4) }
    }

    fn round(&mut self, round: &Round) -> Result<(), OutsideCalendar> {
        self.mark(round.started_at, What::Started);
        if let Some(reset_at) = round.reset_at {
            self.result.dropped_s = reset_at.seconds_since(round.started_at);
            self.stand((round.started_at, reset_at), What::Dropped);
            self.mark(reset_at, What::Reset);
        }
        let counted_from = round.reset_at.unwrap_or(round.started_at);
        for segment in round.segments.iter().filter(|segment| segment.from >= counted_from) {
            let span = (segment.from, segment.to);
            match segment.mode {
                Mode::Running => self.run(span)?,
                Mode::Paused(state) => {
                    self.result.paused_s += span.1.seconds_since(span.0);
                    self.stand(span, What::Paused { state });
                }
                Mode::Stopped => {
                    self.mark(span.0, What::Stopped);
                    self.result.stopped_s += span.1.seconds_since(span.0);
                    self.stand(span, What::StoodStopped);
                    self.mark(span.1, What::Reopened);
                }
            }
        }
        self.end(round.end)
    }

    fn end(&mut self, end: RoundEnd) -> Result<(), OutsideCalendar> {
        match end {
            RoundEnd::Stopped(at) => {
                self.result.stopped_at = Some(at);
                self.mark(at, What::Stopped);
            }
            RoundEnd::Cancelled(at) => {
                self.result.stopped_at = Some(at);
                self.mark(at, What::Cancelled);
            }
            RoundEnd::Open(at, mode) => {
                self.mark(at, What::AsOf);
                if mode == Mode::Running {
                    self.result.due_at = self.due_from(at)?;
                }
            }
        }
        Ok(())
    }

    /// A running stretch: agreed exclusions are cut out of it.
    fn run(&mut self, span: (Instant, Instant)) -> Result<(), OutsideCalendar> {
        let (mut from, to) = span;
        let exclusions = self.exclusions;
        for excluded in exclusions.overlapping(from, to) {
            let (begin, end) = (excluded.from.max(from), excluded.to.min(to));
            self.count((from, begin))?;
            let open_s = self.calendar.open_seconds_between(begin, end)?;
            self.result.excluded_s += open_s;
            self.result.closed_s += end.seconds_since(begin) - open_s;
            self.stand((begin, end), What::Excluded { reason: excluded.reason });
            from = end;
        }
        self.count((from, to))
    }

    /// A stretch that counts, split where the target is passed.
    fn count(&mut self, span: (Instant, Instant)) -> Result<(), OutsideCalendar> {
        let (from, to) = span;
        let open_s = self.calendar.open_seconds_between(from, to)?;
        let left_s = self.result.target_s.map_or(i64::MAX, |target_s| target_s - self.result.elapsed_s);
        if self.result.breached_at.is_some() {
            self.advance(span, open_s, What::RanOverTarget);
        } else if open_s <= left_s {
            self.advance(span, open_s, What::Ran);
        } else {
            // `open_s` is at least `left_s + 1`, so the first second over the target is within reach.
            let over = self.calendar.after_open_seconds(from, left_s + 1)?.unwrap_or(to);
            let breach = Instant(over.0 - 1);
            self.advance((from, breach), left_s, What::Ran);
            self.result.breached_at = Some(breach);
            self.mark(breach, What::Breached);
            self.advance((breach, to), open_s - left_s, What::RanOverTarget);
        }
        Ok(())
    }

    fn advance(&mut self, span: (Instant, Instant), counted_s: i64, what: What) {
        let (from, to) = span;
        let not_counted_s = to.seconds_since(from) - counted_s;
        self.result.elapsed_s += counted_s;
        self.result.closed_s += not_counted_s;
        if from < to {
            let clock_after_s = self.result.elapsed_s;
            self.steps.push(Step { from, to, what, counted_s, not_counted_s, clock_after_s });
        }
    }

    /// A stretch of which nothing counts.
    fn stand(&mut self, span: (Instant, Instant), what: What) {
        let (from, to) = span;
        if from < to {
            let (not_counted_s, clock_after_s) = (to.seconds_since(from), self.result.elapsed_s);
            self.steps.push(Step { from, to, what, counted_s: 0, not_counted_s, clock_after_s });
        }
    }

    fn mark(&mut self, at: Instant, what: What) {
        let clock_after_s = self.result.elapsed_s;
        self.steps.push(Step { from: at, to: at, what, counted_s: 0, not_counted_s: 0, clock_after_s });
    }

    /// When the rest of the target will be used up, exclusions to come left out.
    fn due_from(&self, as_of: Instant) -> Result<Option<Instant>, OutsideCalendar> {
        let left_s = self.result.target_s.map(|target_s| target_s - self.result.elapsed_s);
        let Some(mut left_s) = left_s.filter(|left_s| *left_s >= 0) else { return Ok(None) };
        let mut from = as_of;
        for excluded in self.exclusions.overlapping(as_of, self.calendar.covers_until()) {
            let begin = excluded.from.max(from);
            let open_s = self.calendar.open_seconds_between(from, begin)?;
            if left_s <= open_s {
                break;
            }
            left_s -= open_s;
            from = excluded.to;
            if !self.calendar.covers(from) {
                return Ok(None);
            }
        }
        self.calendar.after_open_seconds(from, left_s)
    }
}
