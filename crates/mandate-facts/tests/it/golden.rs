//! Golden cases: one line of `tests/golden/*.csv` is one case, with the figures that must come out.

use std::collections::HashSet;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use mandate_facts::calendar::{Calendar, CalendarVersion, DayWindow, Holiday, HolidayHours, Hours};
use mandate_facts::clock::{
    Clause, ClockSpec, Condition, Outcome, Reopening, StartFrom, TargetVersion, Targets, explain,
};
use mandate_facts::event::{Case, Event, Priority, StateClass, Symbol, Symbols};
use mandate_facts::exclusion::{AgreedExclusions, Agreement, Exclusion, ExclusionReason, Side};
use mandate_facts::instant::Instant;

use crate::random_cases::check_explanation;

const HOUR: i64 = 3_600;

fn windows(texts: &[&str]) -> Vec<DayWindow> {
    texts.iter().map(|text| DayWindow::parse(text).unwrap()).collect()
}

fn version(zone: &str, valid_from: Date, days: &[usize], hours: &[&str]) -> CalendarVersion {
    let hours = Hours::on_weekdays(days, &windows(hours));
    CalendarVersion { valid_from, zone: zone.to_owned(), hours, holidays: Vec::new() }
}

fn closed_on(dates: &[&str]) -> Vec<Holiday> {
    dates.iter().map(|date| Holiday { date: date.parse().unwrap(), hours: HolidayHours::Closed }).collect()
}

const WORKDAYS: [usize; 5] = [0, 1, 2, 3, 4];
const EVERY_DAY: [usize; 7] = [0, 1, 2, 3, 4, 5, 6];

/// The calendars that golden cases name, and their zone.
pub fn calendar(name: &str) -> (Calendar, TimeZone) {
    let start = Date::constant(2016, 1, 1);
    let office = || version("Europe/Berlin", start, &WORKDAYS, &["08:00-18:00"]);
    let always = |zone: &str| CalendarVersion { hours: Hours::AlwaysOpen, ..version(zone, start, &[], &[]) };
    let versions = match name {
        "office" => vec![office()],
        "always" => vec![always("UTC")],
        "always_berlin" => vec![always("Europe/Berlin")],
        "lord_howe" => vec![always("Australia/Lord_Howe")],
        "lunch" => vec![version("UTC", start, &WORKDAYS, &["08:00-12:00", "13:00-17:00"])],
        "new_york" => vec![version("America/New_York", start, &WORKDAYS, &["08:00-18:00"])],
        "kolkata" => vec![version("Asia/Kolkata", start, &WORKDAYS, &["09:00-17:00"])],
        "nights" => vec![version("Europe/Berlin", start, &EVERY_DAY, &["00:00-06:00", "22:00-24:00"])],
        "monday" => vec![version("America/New_York", start, &[0], &["08:00-17:00"])],
        "tuesday" => vec![version("America/New_York", start, &[1], &["08:00-17:00"])],
        "thursday" => vec![version("America/New_York", start, &[3], &["08:00-17:00"])],
        "zammad" => vec![version("Europe/Berlin", start, &EVERY_DAY, &["09:00-21:00"])],
        "zammad_feed" => {
            let holidays = closed_on(&["2016-11-11", "2016-11-13"]);
            vec![CalendarVersion {
                holidays,
                ..version("Europe/Berlin", start, &EVERY_DAY, &["09:00-21:00"])
            }]
        }
        "holidays" => {
            let mut holidays = closed_on(&["2024-12-25", "2024-12-26"]);
            let noon = HolidayHours::ClosedDuring(windows(&["12:00-24:00"]));
            holidays.push(Holiday { date: Date::constant(2024, 12, 24), hours: noon });
            let saturday = HolidayHours::OpenOnly(windows(&["10:00-12:00"]));
            holidays.push(Holiday { date: Date::constant(2024, 12, 21), hours: saturday });
            vec![CalendarVersion { holidays, ..office() }]
        }
        "versions" => {
            let later = version("Europe/Berlin", Date::constant(2024, 4, 1), &WORKDAYS, &["09:00-17:00"]);
            vec![office(), later]
        }
        other => panic!("no calendar {other}"),
    };
    let zone = TimeZone::get(&versions[0].zone).unwrap();
    (Calendar::compile(&versions, Date::constant(2025, 12, 31)).unwrap(), zone)
}

fn clock(name: &str, symbols: &mut Symbols) -> ClockSpec {
    let hours = |listed: [i64; 4]| Targets::constant(&listed.map(|hours| hours * HOUR)).unwrap();
    let usual = || ClockSpec::resolution(hours([4, 8, 40, 80]));
    let [asked, answered, reset] = ["asked", "answered", "reset"].map(|kind| symbols.intern(kind));
    let urgent = Clause { priorities: Some(vec![Priority(1), Priority(2)]), ..Clause::default() };
    let mut spec = match name {
        "response" => ClockSpec::response(Targets::constant(&[900, 1_800, 4 * HOUR, 8 * HOUR]).unwrap()),
        "update" => ClockSpec::update(hours([2, 2, 2, 2]), asked, answered),
        "forty_eight" => ClockSpec::resolution(hours([48, 48, 48, 48])),
        "two_forty" => ClockSpec::resolution(Targets::constant(&[9_600]).unwrap()),
        _ => usual(),
    };
    match name {
        "resolution" | "response" | "update" | "forty_eight" | "two_forty" => {}
        "first" => spec.reopening = Reopening::FirstStop,
        "from_event" => spec.start_from = StartFrom::StartEvent,
        "urgent_retro" => spec.conditions.start = Condition::AnyOf(vec![urgent]),
        "urgent" => {
            spec.conditions.start = Condition::AnyOf(vec![urgent]);
            spec.start_from = StartFrom::StartEvent;
        }
        "reset" => spec.conditions.reset = Condition::of_kind(&[reset]),
        "client_only" => {
            spec.conditions.pause = Condition::in_states(&[StateClass::AwaitingClient]);
            spec.conditions.resume = Condition::outside_states(&[StateClass::AwaitingClient]);
        }
        "answer_resumes" => spec.conditions.resume = Condition::of_kind(&[answered]),
        "versioned" => {
            let from = |date: &str, seconds: i64| TargetVersion {
                valid_from: Instant(date.parse::<jiff::Timestamp>().unwrap().as_second()),
                seconds_by_priority: vec![(Priority(1), seconds)],
                otherwise_s: None,
            };
            let versions =
                vec![from("2024-01-01T00:00:00Z", 8 * HOUR), from("2024-04-01T00:00:00Z", 4 * HOUR)];
            spec.targets = Targets::new(versions).unwrap();
        }
        other => panic!("no clock {other}"),
    }
    spec
}

/// `1h30m`, `45m10s`, `0` in seconds.
fn duration(text: &str) -> i64 {
    let (mut total, mut number) = (0, 0);
    for letter in text.chars() {
        match letter {
            'h' => total += std::mem::take(&mut number) * HOUR,
            'm' => total += std::mem::take(&mut number) * 60,
            's' => total += std::mem::take(&mut number),
            digit => number = 10 * number + i64::from(digit.to_digit(10).unwrap()),
        }
    }
    assert_eq!(number, 0, "a duration needs a unit: {text}");
    total
}

/// `MM-DD HH:MM[:SS]` of the year of the opening, in the calendar's zone.
fn moment(text: &str, year: &str, zone: &TimeZone) -> Instant {
    let text = if text.matches('-').count() == 1 { format!("{year}-{text}") } else { text.to_owned() };
    let wall: DateTime = text.replace(' ', "T").parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    Instant(zone.to_ambiguous_timestamp(wall).compatible().unwrap().as_second())
}

fn event(text: &str, seq: i64, year: &str, zone: &TimeZone, symbols: &mut Symbols) -> Event {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut event = Event {
        at: moment(&words[..2].join(" "), year, zone),
        seq,
        state: None,
        priority: Priority::NOT_STATED,
        group: Symbol::NONE,
        kind: Symbol::NONE,
    };
    for word in &words[2..] {
        match *word {
            "-" => {}
            "new" => event.state = Some(StateClass::New),
            "active" => event.state = Some(StateClass::Active),
            "client" => event.state = Some(StateClass::AwaitingClient),
            "other" => event.state = Some(StateClass::AwaitingOther),
            "resolved" => event.state = Some(StateClass::Resolved),
            "closed" => event.state = Some(StateClass::Closed),
            "cancelled" => event.state = Some(StateClass::Cancelled),
            word => match word.strip_prefix("kind=") {
                Some(kind) => event.kind = symbols.intern(kind),
                None => event.priority = Priority(word.strip_prefix('p').unwrap().parse().unwrap()),
            },
        }
    }
    event
}

fn exclusion(text: &str, year: &str, zone: &TimeZone) -> Exclusion {
    let (from, rest) = text.split_once(" to ").unwrap();
    let (to, agreement) = rest.rsplit_once(' ').unwrap();
    let agreement = match agreement {
        "agreed" => Agreement::Proposed { by: Side::Provider }.agree(Side::Client).unwrap(),
        "refused" => Agreement::Proposed { by: Side::Provider }.refuse(Side::Client).unwrap(),
        "proposed" => Agreement::Proposed { by: Side::Provider },
        other => panic!("{other}"),
    };
    let (from, to) = (moment(from, year, zone), moment(to, year, zone));
    Exclusion { from, to, reason: ExclusionReason::ClientCaused, agreement }
}

/// Checks a line; says what differs.
fn check(line: &str) -> Result<(), String> {
    let fields: Vec<&str> = line.split('|').collect();
    assert_eq!(fields.len(), 16, "{line}");
    let (calendar, zone) = calendar(fields[1]);
    let mut symbols = Symbols::default();
    let spec = clock(fields[2], &mut symbols);
    let (opened, year) = (fields[3], &fields[3][..4]);
    let parts = |text: &'static str| {
        move |field: &str| -> Vec<String> {
            field
                .split(text)
                .filter(|part| !part.trim().is_empty())
                .map(|part| part.trim().to_owned())
                .collect()
        }
    };
    let events: Vec<Event> = (0..)
        .zip(parts(";")(fields[4]))
        .map(|(seq, text)| event(&text, seq, year, &zone, &mut symbols))
        .collect();
    let exclusions: Vec<Exclusion> =
        parts(";")(fields[5]).iter().map(|text| exclusion(text, year, &zone)).collect();
    let agreed = AgreedExclusions::new(&exclusions).unwrap();
    let case = Case { opened_at: moment(opened, year, &zone), events: &events };
    let explained = explain(&spec, &calendar, &agreed, &case, moment(fields[6], year, &zone)).unwrap();
    check_explanation(&explained);
    let result = &explained.result;
    let outcome = match result.outcome {
        Outcome::Met => "met",
        Outcome::Missed => "missed",
        Outcome::Running => "running",
        Outcome::Cancelled => "cancelled",
        Outcome::NotApplicable => "none",
    };
    let mut wrong = Vec::new();
    let mut compare = |what: &str, got: String, expected: String| {
        if got != expected {
            wrong.push(format!("{what} {got}, not {expected}"));
        }
    };
    compare("outcome", outcome.to_owned(), fields[7].to_owned());
    let times = [("breached", result.breached_at, fields[9]), ("due", result.due_at, fields[10])];
    for (what, got, expected) in times {
        let expected = Some(expected).filter(|text| !text.is_empty() && *text != "none");
        let expected = expected.map(|text| moment(text, year, &zone));
        compare(what, format!("{got:?}"), format!("{expected:?}"));
    }
    let durations = [
        ("elapsed", result.elapsed_s, fields[8]),
        ("paused", result.paused_s, fields[11]),
        ("closed", result.closed_s, fields[12]),
        ("excluded", result.excluded_s, fields[13]),
        ("stopped", result.stopped_s, fields[14]),
        ("dropped", result.dropped_s, fields[15]),
    ];
    for (what, got, expected) in durations {
        compare(what, got.to_string(), duration(expected).to_string());
    }
    let name = fields[0];
    if wrong.is_empty() { Ok(()) } else { Err(format!("{name}: {}\n{explained}", wrong.join("; "))) }
}

#[test]
fn every_golden_case_comes_out_as_written() {
    let text = concat!(include_str!("../golden/clock.csv"), include_str!("../golden/series.csv"));
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(200 <= lines.len(), "only {} golden cases", lines.len());
    let names: HashSet<&str> = lines.iter().filter_map(|line| line.split('|').next()).collect();
    assert_eq!(names.len(), lines.len(), "names are unique");
    let wrong: Vec<String> = lines.iter().filter_map(|line| check(line).err()).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), lines.len(), wrong.join("\n\n"));
}

#[test]
fn every_bug_of_the_peers_has_a_golden_case() {
    let text = include_str!("../golden/clock.csv");
    for bug in [
        "Zammad 390",
        "Zammad 2579",
        "Zammad 3140",
        "Zammad 5177",
        "GLPI 6902",
        "GLPI 15429",
        "osTicket 6739",
    ] {
        assert!(text.lines().any(|line| line.starts_with(&format!("{bug}:"))), "{bug}");
    }
}
