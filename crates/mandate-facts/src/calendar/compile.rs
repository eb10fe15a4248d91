//! From versions of civil hours to sorted windows of UTC seconds.
//!
//! Between two changes of a zone's offset the wall clock is UTC plus a constant, so each window of
//! each wall date is shifted by that constant and cut to the stretch. No date is converted alone.

use std::collections::HashMap;

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};

use super::lookup::{Calendar, OpenWindow};
use super::{CalendarError, CalendarVersion, DAY_SECONDS, DayWindow, HolidayHours, Hours};
use crate::instant::Instant;

/// Some 300 years: more is surely a slip of the keyboard.
const MAX_DAYS: i64 = 110_000;
const DAY: i64 = DAY_SECONDS as i64;

impl Calendar {
    /// Compiles versions into prefix sums over open windows, to the end of `last_day`.
    ///
    /// The zone database is the one built into this program, so that the same versions give the
    /// same windows on every machine.
    ///
    /// # Shapes and units
    /// - `versions`: n >= 1, sorted by `valid_from`; each holds from 00:00 of that date in its own
    ///   zone until the next one starts.
    /// - `last_day`: included, in the zone of the last version. Instants before the first version
    ///   or after the last day are refused by every look-up, never guessed.
    ///
    /// # Errors
    /// [`CalendarError`], one variant for each way in which versions can be wrong.
    ///
    /// # Source
    /// Own construction (prefix sums over sorted windows); `docs/methods/facts-calendar.md`.
    pub fn compile(versions: &[CalendarVersion], last_day: Date) -> Result<Self, CalendarError> {
        let last = versions.last().ok_or(CalendarError::NoVersion)?;
        let days = days_since_epoch(last_day) - days_since_epoch(versions[0].valid_from) + 1;
        if days > MAX_DAYS {
            return Err(CalendarError::TooLong { days, highest: MAX_DAYS });
        }
        if last_day < last.valid_from {
            return Err(CalendarError::EndsBeforeStart { last_day });
        }
        let mut zones = Vec::with_capacity(versions.len());
        for version in versions {
            zones.push(load_zone(&version.zone)?);
        }
        let mut starts = Vec::with_capacity(versions.len() + 1);
        for (version, zone) in versions.iter().zip(&zones) {
            let start = start_of_day(version.valid_from, zone);
            if starts.last().is_some_and(|before| start <= *before) {
                return Err(CalendarError::VersionsOutOfOrder { valid_from: version.valid_from });
            }
            starts.push(start);
        }
        let end_day = last_day.saturating_add(SignedDuration::from_hours(24));
        starts.push(start_of_day(end_day, &zones[zones.len() - 1]));
        let mut windows: Vec<OpenWindow> = Vec::new();
        for ((version, zone), span) in versions.iter().zip(&zones).zip(starts.windows(2)) {
            let days = DayTable::new(version)?;
            add_windows(&mut windows, &days, zone, (span[0], span[1]));
        }
        Ok(Self::from_windows(&windows, Instant(starts[0]), Instant(starts[starts.len() - 1])))
    }
}

fn load_zone(name: &str) -> Result<TimeZone, CalendarError> {
    TimeZoneDatabase::bundled().get(name).map_err(|_| CalendarError::UnknownZone { zone: name.to_owned() })
}

fn days_since_epoch(date: Date) -> i64 {
    date.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24
}

/// First instant of a wall date; where the zone skips midnight, the first one after it.
fn start_of_day(date: Date, zone: &TimeZone) -> i64 {
    match zone.to_ambiguous_timestamp(date.at(0, 0, 0, 0)).compatible() {
        Ok(timestamp) => timestamp.as_second(),
        // Only at the rim of jiff's range, thousands of years away.
        Err(_) => days_since_epoch(date) * DAY,
    }
}

/// Windows by wall date of one version.
struct DayTable {
    week: [Vec<DayWindow>; 7],
    special: HashMap<i64, Vec<DayWindow>>,
}

impl DayTable {
    fn new(version: &CalendarVersion) -> Result<Self, CalendarError> {
        let valid_from = version.valid_from;
        let mut week: [Vec<DayWindow>; 7] = match &version.hours {
            Hours::AlwaysOpen => std::array::from_fn(|_| vec![DayWindow::WHOLE_DAY]),
            Hours::Weekly(week) => week.clone(),
        };
        for (idx, windows) in week.iter_mut().enumerate() {
            windows.sort_unstable();
            if overlap(windows) {
                return Err(CalendarError::OverlapOnWeekday { valid_from, weekday: idx + 1 });
            }
        }
        let mut special = HashMap::with_capacity(version.holidays.len());
        for holiday in &version.holidays {
            let day = days_since_epoch(holiday.date);
            let normal = &week[weekday_of(day)];
            let mut given = match &holiday.hours {
                HolidayHours::Closed => Vec::new(),
                HolidayHours::ClosedDuring(windows) | HolidayHours::OpenOnly(windows) => windows.clone(),
            };
            given.sort_unstable();
            if overlap(&given) {
                return Err(CalendarError::OverlapOnHoliday { date: holiday.date });
            }
            let hours = match holiday.hours {
                HolidayHours::ClosedDuring(_) => subtract(normal, &given),
                HolidayHours::Closed | HolidayHours::OpenOnly(_) => given,
            };
            if special.insert(day, hours).is_some() {
                return Err(CalendarError::DuplicateHoliday { valid_from, date: holiday.date });
            }
        }
        if week.iter().all(Vec::is_empty) && special.values().all(Vec::is_empty) {
            return Err(CalendarError::NoOpenHours { valid_from });
        }
        Ok(Self { week, special })
    }

    fn windows_on(&self, day: i64) -> &[DayWindow] {
        self.special.get(&day).unwrap_or(&self.week[weekday_of(day)])
    }
}

/// 0 is Monday; day 0 of the epoch was a Thursday.
fn weekday_of(day: i64) -> usize {
    usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0)
}

fn overlap(sorted: &[DayWindow]) -> bool {
    sorted.windows(2).any(|pair| pair[1].opens_s < pair[0].closes_s)
}

/// `open` less `closed`; both sorted and free of overlap.
fn subtract(open: &[DayWindow], closed: &[DayWindow]) -> Vec<DayWindow> {
    let mut left = Vec::new();
    for window in open {
        let mut opens_s = window.opens_s;
        for cut in closed {
            if cut.closes_s <= opens_s || window.closes_s <= cut.opens_s {
                continue;
            }
            if opens_s < cut.opens_s {
                left.push(DayWindow { opens_s, closes_s: cut.opens_s });
            }
            opens_s = cut.closes_s;
        }
        if opens_s < window.closes_s {
            left.push(DayWindow { opens_s, closes_s: window.closes_s });
        }
    }
    left
}

/// Appends the open windows of `span`, one stretch of constant offset after the other.
fn add_windows(windows: &mut Vec<OpenWindow>, days: &DayTable, zone: &TimeZone, span: (i64, i64)) {
    let (start, end) = span;
    let Ok(first) = Timestamp::from_second(start) else { return };
    let mut from = start;
    let mut offset = i64::from(zone.to_offset(first).seconds());
    for transition in zone.following(first) {
        let at = transition.timestamp().as_second();
        if at >= end {
            break;
        }
        add_stretch(windows, days, offset, (from, at));
        from = at;
        offset = i64::from(transition.offset().seconds());
    }
    add_stretch(windows, days, offset, (from, end));
}

fn add_stretch(windows: &mut Vec<OpenWindow>, days: &DayTable, offset: i64, span: (i64, i64)) {
    let (from, to) = span;
    if to <= from {
        return;
    }
    for day in (from + offset).div_euclid(DAY)..=(to - 1 + offset).div_euclid(DAY) {
        let midnight = day * DAY - offset;
        for window in days.windows_on(day) {
            let opens = (midnight + i64::from(window.opens_s)).max(from);
            let closes = (midnight + i64::from(window.closes_s)).min(to);
            if closes <= opens {
                continue;
            }
            match windows.last_mut() {
                Some(last) if last.closes == Instant(opens) => last.closes = Instant(closes),
                _ => windows.push(OpenWindow { opens: Instant(opens), closes: Instant(closes) }),
            }
        }
    }
}
