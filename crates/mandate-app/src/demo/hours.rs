//! Working hours of the demo: when a desk is open, from the tables of calendars and holidays.
//!
//! The generator needs its own calendars, apart from the engine's, so that the demo does not depend on what it is there
//! to show. Two readings exist: the true one, with holidays and the hours valid at the time, and the one the source
//! system has, which knows the newest hours only and no holidays.

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};

use super::relative::relative_date;
use super::tables::{CalendarRow, HolidayRow, TableError, Tables};

/// A holiday of a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// The day.
    pub on: Date,
    /// Its name.
    pub name: String,
}

/// Open spans in seconds of UTC, and how much was open before each.
#[derive(Clone, Debug, Default)]
pub struct Hours {
    // INVARIANT: sorted, disjoint, each of positive length; `before` has one more entry than `spans`.
    spans: Vec<(i64, i64)>,
    before: Vec<i64>,
}

/// Which reading of the calendar tables is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// With holidays, and with the hours valid on each day.
    True,
    /// As the source system has it: the newest hours, no holidays.
    Source,
}

impl Hours {
    /// The open spans of calendar `key` from `first` to `last`.
    ///
    /// # Errors
    /// [`TableError::Cell`] for a zone, an hour or a holiday rule that cannot be read.
    pub fn new(
        tables: &Tables,
        key: &str,
        reading: Reading,
        [today, first, last]: [Date; 3],
    ) -> Result<Self, TableError> {
        let rows: Vec<&CalendarRow> = tables.calendars.iter().filter(|row| row.key == key).collect();
        let newest = rows.last().ok_or_else(|| TableError::cell("calendars.csv", key, "calendar"))?;
        let zone = TimeZone::get(&newest.time_zone)
            .map_err(|_| TableError::cell("calendars.csv", &newest.time_zone, "time zone"))?;
        let mut by_version: BTreeMap<Date, Vec<(&CalendarRow, i64, i64)>> = BTreeMap::new();
        for row in &rows {
            let valid_from = match reading {
                Reading::Source if row.valid_from != newest.valid_from => continue,
                Reading::Source => first,
                Reading::True => relative_date("calendars.csv", &row.valid_from, today)?,
            };
            let window = (*row, minute_of(&row.opens)?, minute_of(&row.closes)?);
            by_version.entry(valid_from).or_default().push(window);
        }
        let holidays = match reading {
            Reading::True => holidays(&tables.holidays, key, first.year(), last.year())?,
            Reading::Source => vec![],
        };
        let mut hours = Self { spans: vec![], before: vec![0] };
        for day in first.series(1.day()).take_while(|day| *day <= last) {
            if holidays.iter().any(|holiday| holiday.on == day) {
                continue;
            }
            let Some((_, windows)) = by_version.range(..=day).next_back() else { continue };
            for (row, opens, closes) in windows {
                let weekday = day.weekday().to_monday_one_offset();
                if (row.first_weekday..=row.last_weekday).contains(&weekday) {
                    hours.push(instant_at(&zone, day, *opens), instant_at(&zone, day, *closes));
                }
            }
        }
        Ok(hours)
    }

    fn push(&mut self, opens: i64, closes: i64) {
        if closes > opens && self.spans.last().is_none_or(|last| last.1 <= opens) {
            let so_far = self.before.last().copied().unwrap_or(0);
            self.spans.push((opens, closes));
            self.before.push(so_far + closes - opens);
        }
    }

    /// Open seconds from the beginning of the calendar until `at`.
    fn until(&self, at: i64) -> i64 {
        let begun = self.spans.partition_point(|span| span.0 < at);
        let Some(last) = begun.checked_sub(1) else { return 0 };
        self.before[last] + (at.min(self.spans[last].1) - self.spans[last].0)
    }

    /// Open seconds between two instants.
    pub fn between(&self, from: i64, until: i64) -> i64 {
        (self.until(until) - self.until(from)).max(0)
    }

    /// The instant at which `seconds` more open seconds have passed after `from`; the calendar's end at the latest.
    pub fn after(&self, from: i64, seconds: i64) -> i64 {
        let wanted = self.until(from) + seconds.max(0);
        let span = self.before.partition_point(|before| *before < wanted).saturating_sub(1);
        match self.spans.get(span) {
            Some((opens, _)) => (opens + wanted - self.before[span]).max(from),
            None => self.spans.last().map_or(from, |last| last.1.max(from)),
        }
    }
}

/// Minutes after midnight of `08:30`; `24:00` is the end of the day.
///
/// # Errors
/// [`TableError::Cell`] for anything else.
pub fn minute_of(text: &str) -> Result<i64, TableError> {
    let bad = || TableError::cell("calendars.csv", text, "time of day, like 08:30");
    let (hour, minute) = text.split_once(':').ok_or_else(bad)?;
    let hour: i64 = hour.parse().map_err(|_| bad())?;
    let minute: i64 = minute.parse().map_err(|_| bad())?;
    let minutes = hour * 60 + minute;
    if (0..=24 * 60).contains(&minutes) && (0..60).contains(&minute) { Ok(minutes) } else { Err(bad()) }
}

/// Seconds of UTC at `minute` of `day` on the clocks of `zone`; an hour that a clock change skips counts as the next.
pub fn instant_at(zone: &TimeZone, day: Date, minute: i64) -> i64 {
    let local = day.at(0, 0, 0, 0).saturating_add(Span::new().minutes(minute));
    zone.to_ambiguous_timestamp(local).compatible().map_or(0, |timestamp| timestamp.as_second())
}

/// The holidays of calendar `key` in the years from `first` to `last`, in order.
///
/// # Errors
/// [`TableError::Cell`] for a rule that cannot be read.
pub fn holidays(rows: &[HolidayRow], key: &str, first: i16, last: i16) -> Result<Vec<Holiday>, TableError> {
    let mut found = vec![];
    for row in rows.iter().filter(|row| row.calendar == key) {
        for year in first..=last {
            let day = by_rule(&row.rule, year)
                .ok_or_else(|| TableError::cell("holidays.csv", &row.rule, "holiday rule"))?;
            if let Some(day) = day {
                found.push(Holiday { on: observed(day, &row.observed), name: row.name.clone() });
            }
        }
    }
    found.sort_by_key(|holiday| holiday.on);
    found.dedup_by_key(|holiday| holiday.on);
    Ok(found)
}

/// A day of `year` by rule: `12-25`, `2026-02-17` (that year only), `easter+39`, `monday3-01`, `mondaylast-05`.
///
/// The outer `None` is a rule that cannot be read.
fn by_rule(rule: &str, year: i16) -> Option<Option<Date>> {
    if let Some(days) = rule.strip_prefix("easter") {
        return Some(Some(easter(year)?.saturating_add(days.parse::<i64>().ok()?.days())));
    }
    if let Ok(fixed) = rule.parse::<Date>() {
        return Some((fixed.year() == year).then_some(fixed));
    }
    let (day, month) = rule.split_once('-')?;
    for (word, weekday) in [("monday", Weekday::Monday), ("thursday", Weekday::Thursday)] {
        if let Some(nth) = day.strip_prefix(word) {
            let nth: i8 = if nth == "last" { -1 } else { nth.parse().ok()? };
            let first = Date::new(year, month.parse().ok()?, 1).ok()?;
            return Some(first.nth_weekday_of_month(nth, weekday).ok());
        }
    }
    // `MM-DD`: the two parts stand the other way round.
    Some(Date::new(year, day.parse().ok()?, month.parse().ok()?).ok())
}

/// Easter Sunday of the Gregorian calendar (the rule of Meeus, Jones and Butcher).
fn easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - b / 4 - g + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 19 * l) / 433;
    let month = (h + l - 7 * m + 90) / 25;
    let day = (h + l - 7 * m + 33 * month + 19) % 32;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Where a holiday that falls on a weekend is kept: on the Monday, or (Boxing Day) the Tuesday where Monday is taken.
fn observed(day: Date, rule: &str) -> Date {
    let days = match (rule, day.weekday()) {
        ("monday", Weekday::Saturday) => 2,
        ("monday", Weekday::Sunday) => 1,
        ("tuesday", Weekday::Saturday | Weekday::Sunday) => 2,
        ("tuesday", Weekday::Monday) => 1,
        _ => 0,
    };
    day.saturating_add(days.days())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn vienna(reading: Reading) -> Hours {
        let tables = Tables::embedded().expect("readable tables");
        let dates = [date(2026, 11, 21), date(2026, 10, 1), date(2026, 11, 30)];
        Hours::new(&tables, "vienna", reading, dates).expect("a calendar")
    }

    #[test]
    fn a_holiday_is_closed_for_us_and_open_for_the_source() {
        // Fri 23 Oct 2026, 17:00, to Wed 28 Oct, 16:00: clocks went back on Sunday, Monday is the national day.
        let from = instant_at(&TimeZone::get("Europe/Vienna").expect("a zone"), date(2026, 10, 23), 17 * 60);
        assert_eq!(vienna(Reading::True).between(from, from + 5 * 86_400), (1 + 10 + 8) * 3_600);
        assert_eq!(vienna(Reading::Source).between(from, from + 5 * 86_400), (1 + 10 + 10 + 8) * 3_600);
    }

    #[test]
    fn open_time_added_is_open_time_counted() {
        let hours = vienna(Reading::True);
        let from = 1_790_900_000;
        for seconds in [0, 1, 3_599, 36_000, 36_001, 250_000] {
            assert_eq!(hours.between(from, hours.after(from, seconds)), seconds, "{seconds}");
        }
    }

    #[test]
    fn movable_holidays_fall_where_they_fall() {
        assert_eq!(easter(2026), Some(date(2026, 4, 5)));
        assert_eq!(by_rule("monday3-01", 2026), Some(Some(date(2026, 1, 19))));
        assert_eq!(by_rule("mondaylast-05", 2026), Some(Some(date(2026, 5, 25))));
        assert_eq!(by_rule("thursday4-11", 2026), Some(Some(date(2026, 11, 26))));
        assert_eq!(by_rule("05-01", 2026), Some(Some(date(2026, 5, 1))));
        assert_eq!(by_rule("someday", 2026), None);
        assert_eq!(observed(date(2027, 12, 25), "monday"), date(2027, 12, 27));
        assert_eq!(observed(date(2027, 12, 26), "tuesday"), date(2027, 12, 28));
    }
}
