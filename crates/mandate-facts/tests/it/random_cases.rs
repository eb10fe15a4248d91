//! The engine against the naive clock on random cases.
//!
//! `make test` runs some 20,000 cases on the minute grid and 300 on the second grid. The long run,
//! 1,000,000 and 10,000, is `MANDATE_FACTS_LONG=1 cargo test --release -p mandate-facts random`.

use jiff::civil::Date;
use mandate_facts::calendar::{Calendar, CalendarVersion, DayWindow, Holiday, HolidayHours, Hours};
use mandate_facts::clock::{
    Clause, ClockKind, ClockResult, ClockSpec, Condition, Outcome, Reopening, StartFrom, TargetVersion,
    Targets, explain,
};
use mandate_facts::event::{Case, Event, Priority, StateClass, Symbol, Symbols};
use mandate_facts::exclusion::{AgreedExclusions, Agreement, Exclusion, ExclusionReason, Side};
use mandate_facts::explain::{Explanation, What};
use mandate_facts::instant::Instant;

use crate::naive::{Naive, OpenSteps, naive_clock, seconds};

/// SplitMix64: the same seed gives the same cases everywhere.
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    pub fn below(&mut self, limit: i64) -> i64 {
        (self.next() % limit as u64) as i64
    }

    fn chance(&mut self, percent: i64) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as i64) as usize]
    }
}

/// Zones with whole-hour, half-hour and no changes, and the spring or autumn change inside.
const PLACES: [(&str, (i16, i8, i8)); 8] = [
    ("UTC", (2024, 2, 10)),
    ("Europe/Berlin", (2024, 3, 20)),
    ("Europe/Berlin", (2024, 10, 15)),
    ("America/New_York", (2024, 10, 25)),
    ("Australia/Lord_Howe", (2024, 3, 28)),
    ("Asia/Kolkata", (2024, 5, 1)),
    ("America/St_Johns", (2024, 3, 1)),
    ("Africa/Cairo", (2024, 4, 20)),
];

struct World {
    versions: Vec<CalendarVersion>,
    calendar: Calendar,
    open: OpenSteps,
    from: i64,
    until: i64,
    step: i64,
}

fn world(random: &mut Random, days: i64, step: i64) -> World {
    let (zone, (year, month, day)) = random.pick(&PLACES);
    let first = Date::new(year, month, day).unwrap();
    let day_at = |offset: i64| first.saturating_add(jiff::SignedDuration::from_hours(24 * offset));
    let mut versions = vec![version(random, zone, first, days, step)];
    if random.chance(50) {
        let later = day_at(1 + random.below(days - 2));
        // A later version may even move to another zone.
        let zone = if random.chance(20) { "Asia/Kolkata" } else { zone };
        versions.push(version(random, zone, later, days, step));
    }
    let calendar = Calendar::compile(&versions, day_at(days)).unwrap();
    // The grid starts at the calendar's start and stays inside; version starts at midnights of
    // zones with half hours still lie on the minute grid.
    let (from, until) = (calendar.covers_from().0, calendar.covers_until().0 / step * step);
    let open = OpenSteps::new(&versions, from, until, step);
    World { versions, calendar, open, from, until, step }
}

fn version(random: &mut Random, zone: &str, valid_from: Date, days: i64, step: i64) -> CalendarVersion {
    let mut week: [Vec<DayWindow>; 7] = std::array::from_fn(|_| windows(random, 25, step));
    if week.iter().all(Vec::is_empty) {
        week[2] = vec![window(28_800, 64_800)];
    }
    let mut holidays: Vec<Holiday> = Vec::new();
    for offset in 0..days {
        let given = windows(random, 0, step);
        if random.chance(10) {
            let date = valid_from.saturating_add(jiff::SignedDuration::from_hours(24 * offset));
            let hours = match random.below(3) {
                0 => HolidayHours::Closed,
                1 => HolidayHours::ClosedDuring(given),
                _ => HolidayHours::OpenOnly(given),
            };
            holidays.push(Holiday { date, hours });
        }
    }
    let hours = if random.chance(10) { Hours::AlwaysOpen } else { Hours::Weekly(week) };
    CalendarVersion { valid_from, zone: zone.to_owned(), hours, holidays }
}

fn windows(random: &mut Random, closed_percent: i64, step: i64) -> Vec<DayWindow> {
    let n_edges = 2 * (1 + random.below(3));
    let mut edges: Vec<i64> = (0..n_edges).map(|_| random.below(86_400 / step + 1)).collect();
    edges.sort_unstable();
    edges.dedup();
    let closed = random.chance(closed_percent);
    let pairs = edges.chunks_exact(2).filter(|_| !closed);
    pairs.map(|pair| window(pair[0] * step, pair[1] * step)).collect()
}

fn window(opens: i64, closes: i64) -> DayWindow {
    let text = |second: i64| format!("{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60);
    DayWindow::parse(&format!("{}-{}", text(opens), text(closes))).unwrap()
}

fn random_spec(random: &mut Random, kinds: &[Symbol; 3], from: i64, step: i64) -> ClockSpec {
    let mut version = |valid_from: i64| TargetVersion {
        valid_from: Instant(valid_from),
        seconds_by_priority: (1..=3)
            .map(|number| (Priority(number), step * (1 + random.below(600 * 60 / step))))
            .collect(),
        otherwise_s: random.chance(50).then_some(18_000),
    };
    let targets = Targets::new(vec![version(i64::MIN), version(from + 86_400)]).unwrap();
    let mut spec = match random.below(4) {
        0 => ClockSpec::response(targets),
        1 => ClockSpec::update(targets, kinds[0], kinds[1]),
        _ => ClockSpec::resolution(targets),
    };
    if random.chance(30) {
        spec.reopening = random.pick(&[Reopening::FirstStop, Reopening::Total]);
    }
    if random.chance(30) {
        spec.start_from =
            random.pick(&[StartFrom::StartEvent, StartFrom::CaseOpening, StartFrom::CaseOpeningAsNew]);
    }
    if random.chance(30) {
        spec.conditions.reset = Condition::of_kind(&[kinds[2]]);
    }
    if random.chance(20) {
        spec.conditions.resume = Condition::of_kind(&[kinds[1]]);
    }
    if random.chance(20) && spec.kind != ClockKind::Update {
        let urgent = Clause { priorities: Some(vec![Priority(1), Priority(2)]), ..Clause::default() };
        spec.conditions.start = Condition::AnyOf(vec![urgent]);
    }
    spec
}

struct RandomCase {
    spec: ClockSpec,
    opened: i64,
    events: Vec<Event>,
    exclusions: Vec<Exclusion>,
    as_of: i64,
}

fn random_case(random: &mut Random, world: &World, kinds: &[Symbol; 3]) -> RandomCase {
    let steps = (world.until - world.from) / world.step;
    let length = 1 + random.below(steps - 1).min(random.below(steps));
    let opened_step = random.below(steps - length + 1);
    let moment = |offset: i64| world.from + world.step * (opened_step + offset);
    let spec = random_spec(random, kinds, world.from, world.step);
    let mut offsets: Vec<i64> = (0..1 + random.below(8)).map(|_| random.below(length)).collect();
    offsets.sort_unstable();
    let mut states = vec![StateClass::Active; 5];
    states.extend(StateClass::ALL);
    states.extend([StateClass::AwaitingClient, StateClass::Resolved]);
    let mut events = Vec::new();
    for (seq, offset) in offsets.into_iter().enumerate() {
        let silent = seq > 0 && random.chance(30);
        events.push(Event {
            at: Instant(moment(offset)),
            seq: seq as i64,
            state: (!silent).then(|| random.pick(&states)),
            priority: Priority(random.below(5) as u8),
            group: Symbol::NONE,
            kind: if random.chance(50) { random.pick(kinds) } else { Symbol::NONE },
        });
    }
    let mut exclusions = Vec::new();
    for _ in 0..random.below(4) {
        let (from, duration) = (random.below(steps), 1 + random.below(400 * 60 / world.step));
        let agreement = match random.below(3) {
            0 => Agreement::Proposed { by: Side::Provider },
            _ => Agreement::Agreed { proposed_by: Side::Client },
        };
        let from = world.from + world.step * from;
        let to = (from + world.step * duration).min(world.until);
        let reason = ExclusionReason::ForceMajeure;
        exclusions.push(Exclusion { from: Instant(from), to: Instant(to), reason, agreement });
    }
    RandomCase { spec, opened: moment(0), events, exclusions, as_of: moment(random.below(length + 1)) }
}

fn check_case(world: &World, random_case: &RandomCase, place: u64) -> ClockResult {
    let RandomCase { spec, opened, events, exclusions, as_of } = random_case;
    let case = Case { opened_at: Instant(*opened), events };
    let agreed = AgreedExclusions::new(exclusions).unwrap();
    let got = explain(spec, &world.calendar, &agreed, &case, Instant(*as_of)).unwrap();
    let spans: Vec<(i64, i64)> = exclusions
        .iter()
        .filter(|exclusion| matches!(exclusion.agreement, Agreement::Agreed { .. }))
        .map(|exclusion| (exclusion.from.0, exclusion.to.0))
        .collect();
    let expected = naive_clock(spec, &world.open, &spans, &case, *as_of, world.step);
    let result = &got.result;
    let engine = Naive {
        elapsed_s: result.elapsed_s,
        outcome: result.outcome,
        started_at: seconds(result.started_at),
        stopped_at: seconds(result.stopped_at),
        breached_at: seconds(result.breached_at),
        due_at: seconds(result.due_at),
        paused_s: result.paused_s,
        closed_s: result.closed_s,
        excluded_s: result.excluded_s,
        stopped_s: result.stopped_s,
        dropped_s: result.dropped_s,
    };
    assert_eq!(
        engine, expected,
        "case {place}: {spec:?}\nopened {opened} as of {as_of}\n{events:#?}\n{exclusions:?}\n{:?}\n{got}",
        world.versions
    );
    check_explanation(&got);
    got.result
}

/// Steps follow each other, and their seconds add up.
pub fn check_explanation(explanation: &Explanation) {
    let Explanation { result, steps } = explanation;
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else {
        assert_eq!(result.started_at, None);
        return;
    };
    assert_eq!(Some(first.from), result.started_at);
    assert!(steps.windows(2).all(|pair| pair[0].to == pair[1].from), "no gaps: {explanation}");
    let mut clock_s = 0;
    for step in steps {
        assert_eq!(step.to.seconds_since(step.from), step.counted_s + step.not_counted_s, "{step}");
        clock_s += step.counted_s;
        assert_eq!(step.clock_after_s, clock_s, "{step}");
        assert!(step.counted_s >= 0 && step.not_counted_s >= 0);
    }
    assert_eq!(clock_s, result.elapsed_s);
    let wall_s = last.to.seconds_since(first.from);
    let parts_s = result.elapsed_s + result.paused_s + result.closed_s + result.excluded_s;
    assert_eq!(wall_s, parts_s + result.stopped_s + result.dropped_s);
    let breaches = steps.iter().filter(|step| step.what == What::Breached);
    assert_eq!(breaches.map(|step| step.from).next(), result.breached_at);
}

fn long_run() -> bool {
    std::env::var_os("MANDATE_FACTS_LONG").is_some()
}

fn run(seed: u64, n_worlds: u64, cases_per_world: u64, days: i64, step: i64) {
    let mut symbols = Symbols::default();
    let kinds = ["asked", "answered", "reset"].map(|kind| symbols.intern(kind));
    let mut random = Random(seed);
    let mut seen = [0; 11];
    for place in 0..n_worlds {
        let world = world(&mut random, days, step);
        for number in 0..cases_per_world {
            let case = random_case(&mut random, &world, &kinds);
            let result = check_case(&world, &case, place * cases_per_world + number);
            let outcome = |outcome| result.outcome == outcome;
            let marks = [
                outcome(Outcome::Met) && result.elapsed_s > 0,
                outcome(Outcome::Missed),
                outcome(Outcome::Running),
                outcome(Outcome::Cancelled),
                outcome(Outcome::NotApplicable),
                result.paused_s > 0,
                result.closed_s > 0,
                result.excluded_s > 0,
                result.stopped_s > 0,
                result.dropped_s > 0,
                result.due_at.is_some(),
            ];
            seen.iter_mut().zip(marks).for_each(|(count, mark)| *count += u64::from(mark));
        }
    }
    // Agreement on cases in which nothing happens would prove nothing.
    let n_cases = n_worlds * cases_per_world;
    assert!(
        seen.iter().all(|count| n_cases <= 200 * count),
        "each must happen in 1 of 200: {seen:?} of {n_cases}"
    );
    println!(
        "{n_cases} cases; met, missed, running, cancelled, none, paused, closed, excluded, stopped, dropped, due: {seen:?}"
    );
}

#[test]
fn random_cases_on_the_minute_grid_equal_the_naive_clock() {
    let n_worlds = if long_run() { 5_000 } else { 100 };
    run(1, n_worlds, 200, 21, 60);
}

#[test]
fn random_cases_on_the_second_grid_equal_the_naive_clock() {
    let n_worlds = if long_run() { 100 } else { 3 };
    run(2, n_worlds, 100, 6, 1);
}

#[test]
fn random_calendars_count_open_seconds_like_the_naive_clock() {
    let mut random = Random(3);
    for _ in 0..40 {
        let world = world(&mut random, 21, 60);
        let steps = (world.until - world.from) / 60;
        for _ in 0..50 {
            let (one, other) = (random.below(steps), random.below(steps));
            let (begin, end) = (one.min(other), one.max(other));
            let at = |step: i64| Instant(world.from + 60 * step);
            let naive = (begin..end).filter(|step| world.open.is_open(at(*step).0)).count() as i64 * 60;
            assert_eq!(world.calendar.open_seconds_between(at(begin), at(end)), Ok(naive));
            assert_eq!(world.calendar.open_seconds_between(at(end), at(begin)), Ok(-naive));
            let windows = world.calendar.windows_between(at(begin), at(end)).unwrap();
            assert_eq!(windows.iter().map(|window| window.closes.0 - window.opens.0).sum::<i64>(), naive);
            assert_eq!(world.calendar.is_open(at(begin)), Ok(world.open.is_open(at(begin).0)));
            if naive > 0 {
                let reached = world.calendar.after_open_seconds(at(begin), naive).unwrap().unwrap();
                assert_eq!(world.calendar.open_seconds_between(at(begin), reached), Ok(naive));
                assert!(reached <= at(end), "the earliest instant");
                let before = Instant(reached.0 - 1);
                assert_eq!(world.calendar.open_seconds_between(at(begin), before), Ok(naive - 1));
            }
        }
    }
}
