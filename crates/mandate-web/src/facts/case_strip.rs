//! The day strip of a case: what a clock did and what state the source had it in, drawn over time.
//!
//! Open hours take the width; the hours between them are folded to a narrow hatch, so that a case over many days can be
//! read. All positions are shares of the drawn width, 0 to 1; the template turns them into SVG without inline styles.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use mandate_app::facts::explain::{CaseEvent, ClockExplained, StepKind};
use mandate_domain::Instant;
use mandate_domain::facts::source::StateClass;
use minijinja::{Value, context};

use crate::frame::Visit;

/// Width that all folded hours may take together.
const MOST_FOLDED: f64 = 0.3;
/// Width that one folded stretch takes, as long as there is room.
const ONE_FOLDED: f64 = 0.04;
/// Labels closer than this would overlap.
const LABEL_SPACE: f64 = 0.085;

/// From instants to positions: stretches of time and where each is drawn.
struct Scale {
    // INVARIANT: not empty, in order, without gaps; each of positive length.
    parts: Vec<Part>,
}

struct Part {
    from: i64,
    to: i64,
    x: f64,
    w: f64,
    open: bool,
}

impl Scale {
    fn new(from: Instant, to: Instant, windows: &[(Instant, Instant)]) -> Self {
        let (start, end) = (from.seconds(), to.seconds().max(from.seconds() + 60));
        let mut spans: Vec<(i64, i64, bool)> = vec![];
        let mut at = start;
        for (opens, closes) in windows {
            let (opens, closes) = (opens.seconds().clamp(at, end), closes.seconds().clamp(at, end));
            if at < opens {
                spans.push((at, opens, false));
            }
            if opens < closes {
                spans.push((opens, closes, true));
            }
            at = at.max(closes);
        }
        if at < end {
            spans.push((at, end, false));
        }
        let open_s: i64 = spans.iter().filter(|span| span.2).map(|span| span.1 - span.0).sum();
        let n_folded = spans.iter().filter(|span| !span.2).count();
        // Without open hours there is nothing to fold for.
        let folds = 0 < open_s && 0 < n_folded;
        let folded = if folds { (ONE_FOLDED * as_f64(n_folded)).min(MOST_FOLDED) } else { 0.0 };
        let mut x = 0.0;
        let mut parts = Vec::with_capacity(spans.len());
        for (from, to, open) in spans {
            let w = match (folds, open) {
                (true, false) => folded / as_f64(n_folded),
                (true, true) => (1.0 - folded) * seconds(to - from) / seconds(open_s),
                (false, _) => seconds(to - from) / seconds(end - start),
            };
            parts.push(Part { from, to, x, w, open });
            x += w;
        }
        Self { parts }
    }

    fn x(&self, at: Instant) -> f64 {
        let at = at.seconds();
        let part = self.parts.iter().find(|part| at < part.to).or(self.parts.last());
        part.map_or(0.0, |part| {
            let share =
                seconds((at - part.from).clamp(0, part.to - part.from)) / seconds(part.to - part.from);
            part.x + part.w * share
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "positions of a drawing")]
fn seconds(value: i64) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "positions of a drawing")]
fn as_f64(value: usize) -> f64 {
    value as f64
}

/// The strip of a clock, as `ui.clock_strip` takes it; `None` when the clock never started.
pub(super) fn strip(
    visit: &Visit,
    clock: &ClockExplained,
    events: &[CaseEvent],
    reported: &str,
) -> Option<Value> {
    let from = clock.started_at?;
    let to = clock.steps.last().map_or(from, |step| step.to);
    let zone = TimeZone::get(&clock.time_zone).unwrap_or(TimeZone::UTC);
    let scale = Scale::new(from, to, &clock.windows);
    let mut bars = clock_bars(visit, clock, &scale);
    bars.extend(source_bars(visit, events, &scale, (from, to)));
    let closed: Vec<Value> = scale
        .parts
        .iter()
        .filter(|part| !part.open && !clock.windows.is_empty())
        .map(|part| context! { x => part.x, w => part.w, text => "" })
        .collect();
    let label_arguments = [
        ("outcome", visit.t(&format!("outcome-{}", clock.outcome.as_str().replace('_', "-")))),
        ("counted", visit.formats.clock(clock.counted_s)),
        ("from", visit.formats.moment(from, &zone, visit.today)),
        ("to", visit.formats.moment(to, &zone, visit.today)),
    ];
    let label_arguments: Vec<(&'static str, &str)> =
        label_arguments.iter().map(|(name, text)| (*name, text.as_str())).collect();
    Some(context! {
        label => visit.tr("case-strip-label", &label_arguments),
        lanes => vec![visit.t("case-lane-clock"), visit.t("case-lane-source")],
        ticks => ticks(visit, &scale, &zone), days => days(visit, &scale, &zone, from), closed => closed, bars => bars,
        marks => marks(visit, clock, &scale, &zone, to),
        ends => context! { ours => visit.formats.clock(clock.counted_s), source => reported },
    })
}

/// What our clock did: counted time where hours are open, pauses and exclusions as they lie.
fn clock_bars(visit: &Visit, clock: &ClockExplained, scale: &Scale) -> Vec<Value> {
    let mut bars = vec![];
    for step in clock.steps.iter().filter(|step| step.from < step.to) {
        let kind = match step.what {
            StepKind::Ran => "counted",
            StepKind::RanOver => "past",
            StepKind::Paused(_) => "paused",
            StepKind::Excluded(_) => "excluded",
            _ => continue,
        };
        let whole = |text: String| {
            let (x, end) = (scale.x(step.from), scale.x(step.to));
            context! { lane => 0, x => x, w => end - x, kind => kind, text => text }
        };
        match step.what {
            StepKind::Paused(state) => bars.push(whole(visit.t(&format!("case-pause-{}", word(state))))),
            StepKind::Excluded(_) => bars.push(whole(visit.t("case-excluded"))),
            _ if clock.windows.is_empty() => bars.push(whole(visit.formats.clock(step.counted_s))),
            _ => {
                for (opens, closes) in &clock.windows {
                    let (from, to) = ((*opens).max(step.from), (*closes).min(step.to));
                    if from < to {
                        let (x, end) = (scale.x(from), scale.x(to));
                        let text = visit.formats.clock(to.seconds() - from.seconds());
                        bars.push(context! { lane => 0, x => x, w => end - x, kind => kind, text => text });
                    }
                }
            }
        }
    }
    bars
}

fn word(state: StateClass) -> String {
    state.as_str().replace('_', "-")
}

/// The states in which the source had the case: in work filled, awaiting outlined, solved left out.
fn source_bars(visit: &Visit, events: &[CaseEvent], scale: &Scale, span: (Instant, Instant)) -> Vec<Value> {
    let mut bars = vec![];
    let mut open: Option<(Instant, StateClass, String)> = None;
    let mut close = |open: &mut Option<(Instant, StateClass, String)>, until: Instant| {
        let Some((from, state, raw)) = open.take() else { return };
        let (from, to) = (from.max(span.0), until.min(span.1));
        let kind = match state {
            StateClass::New | StateClass::Active => "counted",
            StateClass::AwaitingClient | StateClass::AwaitingOther => "paused",
            StateClass::Resolved | StateClass::Closed | StateClass::Cancelled => return,
        };
        if from < to {
            let (x, end) = (scale.x(from), scale.x(to));
            bars.push(context! { lane => 1, x => x, w => end - x, kind => kind, text => raw });
        }
    };
    for event in events {
        let Some(state) = event.state else { continue };
        if open.as_ref().is_some_and(|(_, known, raw)| *known == state && *raw == event.raw_state) {
            continue;
        }
        let from = if states_first(events, event) { span.0 } else { event.at };
        close(&mut open, event.at);
        let raw = if event.raw_state.is_empty() {
            visit.t(&format!("state-{}", word(state)))
        } else {
            event.raw_state.clone()
        };
        open = Some((from, state, raw));
    }
    close(&mut open, span.1);
    bars
}

/// Whether `event` is the first that states a state: it is taken to hold since the opening.
fn states_first(events: &[CaseEvent], event: &CaseEvent) -> bool {
    events.iter().find(|other| other.state.is_some()).is_some_and(|first| std::ptr::eq(first, event))
}

/// Times under the lanes: full hours of a short case, the opening of each day of a long one.
fn ticks(visit: &Visit, scale: &Scale, zone: &TimeZone) -> Vec<Value> {
    let civil = |at: i64| zone.to_datetime(Instant::from_seconds(at).timestamp());
    let open: Vec<&Part> = scale.parts.iter().filter(|part| part.open).collect();
    let drawn: Vec<&Part> = if open.is_empty() { scale.parts.iter().collect() } else { open };
    let total_s: i64 = drawn.iter().map(|part| part.to - part.from).sum();
    let step_s = [900, 1_800, 3_600, 7_200, 14_400].into_iter().find(|step| total_s / step <= 9);
    let mut candidates = vec![];
    for part in &drawn {
        match step_s {
            Some(step_s) => {
                let first = part.from.div_euclid(step_s) * step_s;
                let mut at = if first < part.from { first + step_s } else { first };
                while at <= part.to {
                    candidates.push(at);
                    at += step_s;
                }
            }
            None => candidates.push(part.from),
        }
    }
    let mut last = f64::NEG_INFINITY;
    let mut ticks = vec![];
    for at in candidates {
        let x = scale.x(Instant::from_seconds(at));
        if LABEL_SPACE <= x - last && x <= 0.97 {
            let text = if step_s.is_some() {
                visit.formats.time(civil(at))
            } else {
                visit.formats.date(civil(at).date(), civil(at).date())
            };
            ticks.push(context! { x => x, text => text });
            last = x;
        }
    }
    ticks
}

/// The day under each stretch of open hours, as far as there is room.
fn days(visit: &Visit, scale: &Scale, zone: &TimeZone, from: Instant) -> Vec<Value> {
    let day_of = |at: i64| zone.to_datetime(Instant::from_seconds(at).timestamp()).date();
    let mut starts: Vec<(f64, Date)> = vec![(0.0, from.date_in(zone))];
    for part in scale.parts.iter().filter(|part| part.open) {
        let day = day_of(part.from);
        if starts.last().is_none_or(|(_, known)| *known != day) {
            starts.push((part.x, day));
        }
    }
    let mut last = f64::NEG_INFINITY;
    let mut days = vec![];
    for (x, day) in starts {
        if 0.13 <= x - last && x <= 0.9 {
            let text = format!("{} {}", visit.formats.weekday(day), visit.formats.date(day, visit.today));
            days.push(context! { x => x, text => text });
            last = x;
        }
    }
    days
}

fn marks(visit: &Visit, clock: &ClockExplained, scale: &Scale, zone: &TimeZone, to: Instant) -> Vec<Value> {
    let time = |at: Instant| visit.formats.time(zone.to_datetime(at.timestamp()));
    let mark = |id: &str, at: Instant| visit.tr(id, &[("at", &time(at))]);
    let mut marks = vec![];
    if let Some(from) = clock.started_at {
        marks.push(context! { x => scale.x(from), text => mark("case-mark-started", from), tone => "none", end => false, anchor => "lt" });
    }
    if let Some(at) = clock.breached_at.filter(|at| *at <= to) {
        marks.push(context! { x => scale.x(at), text => mark("case-mark-breached", at), tone => "risk", end => false });
    }
    let id = if clock.stopped_at.is_some() { "case-mark-stopped" } else { "case-mark-open" };
    marks.push(context! { x => scale.x(to), text => mark(id, to), tone => "none", end => true });
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Instant {
        Instant::from_seconds(hours * 3_600)
    }

    #[test]
    fn closed_hours_are_folded_and_positions_never_go_back() {
        let windows = [(at(8), at(18)), (at(32), at(42))];
        let scale = Scale::new(at(10), at(40), &windows);
        assert!(scale.x(at(10)).abs() < 1e-9);
        assert!((scale.x(at(40)) - 1.0).abs() < 1e-9);
        let folded = scale.x(at(32)) - scale.x(at(18));
        assert!((folded - ONE_FOLDED).abs() < 1e-9, "{folded}");
        let xs: Vec<f64> = (10..=40).map(|hour| scale.x(at(hour))).collect();
        assert!(xs.windows(2).all(|pair| pair[0] <= pair[1]), "{xs:?}");
    }

    #[test]
    fn a_case_wholly_outside_opening_hours_is_drawn_as_it_lies() {
        let scale = Scale::new(at(1), at(3), &[]);
        assert!((scale.x(at(2)) - 0.5).abs() < 1e-9);
    }
}
