//! Bad input gives an error that says what is wrong, never a wrong figure.

use jiff::civil::Date;
use mandate_facts::calendar::{
    Calendar, CalendarError, CalendarVersion, DayWindow, Holiday, HolidayHours, Hours,
};
use mandate_facts::clock::{ClockSpec, MeasureError, Targets, measure};
use mandate_facts::event::{Case, CaseError, Event, Priority, StateClass, Symbol};
use mandate_facts::exclusion::AgreedExclusions;
use mandate_facts::instant::Instant;

fn windows(texts: &[&str]) -> Vec<DayWindow> {
    texts.iter().map(|text| DayWindow::parse(text).unwrap()).collect()
}

fn version() -> CalendarVersion {
    CalendarVersion {
        valid_from: Date::constant(2024, 1, 1),
        zone: "Europe/Berlin".to_owned(),
        hours: Hours::on_weekdays(&[0, 1, 2, 3, 4], &windows(&["08:00-18:00"])),
        holidays: Vec::new(),
    }
}

fn compile(versions: &[CalendarVersion]) -> Result<Calendar, CalendarError> {
    Calendar::compile(versions, Date::constant(2024, 12, 31))
}

#[test]
fn a_calendar_names_what_is_wrong_with_it() {
    let valid_from = version().valid_from;
    let date = Date::constant(2024, 5, 1);
    let on = |hours: HolidayHours| Holiday { date, hours };
    assert_eq!(compile(&[]), Err(CalendarError::NoVersion));
    let zone = "Europe/Atlantis".to_owned();
    let unknown = CalendarVersion { zone: zone.clone(), ..version() };
    assert_eq!(compile(&[unknown]), Err(CalendarError::UnknownZone { zone }));
    let shut = CalendarVersion { hours: Hours::on_weekdays(&[], &[]), ..version() };
    assert_eq!(compile(&[shut]), Err(CalendarError::NoOpenHours { valid_from }));
    let hours = Hours::on_weekdays(&[2], &windows(&["08:00-12:00", "11:00-17:00"]));
    let overlap = CalendarError::OverlapOnWeekday { valid_from, weekday: 3 };
    assert_eq!(compile(&[CalendarVersion { hours, ..version() }]), Err(overlap));
    let special = on(HolidayHours::OpenOnly(windows(&["08:00-12:00", "11:00-17:00"])));
    let bad = CalendarVersion { holidays: vec![special], ..version() };
    assert_eq!(compile(&[bad]), Err(CalendarError::OverlapOnHoliday { date }));
    let twice = vec![on(HolidayHours::Closed), on(HolidayHours::Closed)];
    let bad = CalendarVersion { holidays: twice, ..version() };
    assert_eq!(compile(&[bad]), Err(CalendarError::DuplicateHoliday { valid_from, date }));
    assert_eq!(compile(&[version(), version()]), Err(CalendarError::VersionsOutOfOrder { valid_from }));
    let last_day = Date::constant(2023, 12, 31);
    assert_eq!(Calendar::compile(&[version()], last_day), Err(CalendarError::EndsBeforeStart { last_day }));
    let far = Calendar::compile(&[version()], Date::constant(9000, 1, 1));
    assert!(matches!(far, Err(CalendarError::TooLong { .. })), "{far:?}");
}

#[test]
fn errors_read_as_sentences_for_people() {
    let zone = CalendarError::UnknownZone { zone: "Europe/Atlantis".to_owned() };
    assert_eq!(zone.to_string(), "no time zone `Europe/Atlantis`; use an IANA name such as `Europe/Berlin`");
    let error = Targets::constant(&[0]).unwrap_err();
    assert_eq!(error.to_string(), "the target of 0 s for priority 1 is not positive");
    let before = CaseError::BeforeOpened { event_idx: 2, at: Instant(0), opened_at: Instant(60) };
    let text = "event 2 is at 1970-01-01T00:00:00Z, before the case opened at 1970-01-01T00:01:00Z";
    assert_eq!(before.to_string(), text);
}

#[test]
fn time_outside_the_calendar_is_refused_not_guessed() {
    let calendar = compile(&[version()]).unwrap();
    let (from, until) = (calendar.covers_from(), calendar.covers_until());
    assert!(calendar.open_seconds_between(from, until).is_ok());
    let before = Instant(from.0 - 1);
    assert_eq!(calendar.open_seconds_before(before).unwrap_err().at, before);
    assert!(calendar.is_open(Instant(until.0 + 1)).is_err());
    assert_eq!(calendar.after_open_seconds(from, i64::MAX), Ok(None), "never reached within the calendar");
    assert_eq!(calendar.after_open_seconds(from, 0), Ok(Some(from)));
    let always = Calendar::always_open();
    assert_eq!(always.open_seconds_between(Instant(-5), Instant(5)), Ok(10));
    assert_eq!(always.after_open_seconds(Instant(0), 7), Ok(Some(Instant(7))));
}

#[test]
fn a_clock_refuses_events_that_are_no_case() {
    let calendar = compile(&[version()]).unwrap();
    let at = |second: i64| Instant(calendar.covers_from().0 + second);
    let event = |second: i64, seq: i64| Event {
        at: at(second),
        seq,
        state: Some(StateClass::Active),
        priority: Priority(1),
        group: Symbol::NONE,
        kind: Symbol::NONE,
    };
    let spec = ClockSpec::resolution(Targets::constant(&[60]).unwrap());
    let none = AgreedExclusions::default();
    let measured = |opened: i64, events: &[Event]| {
        let case = Case { opened_at: at(opened), events };
        measure(&spec, &calendar, &none, &case, at(1_000))
    };
    let before = CaseError::BeforeOpened { event_idx: 0, at: at(5), opened_at: at(6) };
    assert_eq!(measured(6, &[event(5, 0)]), Err(MeasureError::Case(before)));
    let twice = CaseError::Duplicate { event_idx: 1, at: at(5), seq: 0 };
    assert_eq!(measured(0, &[event(5, 0), event(5, 0)]), Err(MeasureError::Case(twice)));
    let disorder = CaseError::OutOfOrder { event_idx: 1, at: at(4) };
    assert_eq!(measured(0, &[event(5, 0), event(4, 1)]), Err(MeasureError::Case(disorder)));
    assert!(matches!(measured(-60, &[event(-30, 0)]), Err(MeasureError::Calendar(_))));
}
