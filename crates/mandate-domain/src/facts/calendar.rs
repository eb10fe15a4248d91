//! Calendars: the hours in which service is given, in versions, so that history is never restated.
//!
//! A version holds from its first civil day in its own zone until the next one starts. Days with hours of their own
//! stand in the version; nothing is fetched from a holiday feed. Not here: counting seconds (`mandate-facts`).

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::id::Id;

/// Minutes of a civil day.
pub const DAY_MINUTES: i64 = 1_440;

/// A calendar with all its versions, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Its id.
    pub id: Id<Calendar>,
    /// The firm's own id.
    pub external_id: Option<String>,
    /// The name pages show.
    pub name: String,
    /// Whether a profile proposed it and nobody has confirmed it.
    pub assumed: bool,
    /// Part of the demo book.
    pub demo: bool,
    /// Counts saves.
    pub version: i64,
    /// Versions, oldest first; at least one.
    pub versions: Vec<CalendarVersion>,
}

/// The hours agreed from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarVersion {
    /// Its id.
    pub id: Id<CalendarVersion>,
    /// What it says.
    pub hours: CalendarHours,
}

/// What a version of a calendar says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarHours {
    /// First civil day, in `time_zone`.
    pub valid_from: Date,
    /// IANA zone, such as `Europe/Berlin`.
    pub time_zone: String,
    /// Hours of a week.
    pub windows: Vec<WeekWindow>,
    /// Days with hours of their own.
    pub exceptions: Vec<DayException>,
}

/// A stretch of open time on a weekday; several a day if need be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WeekWindow {
    /// 1 is Monday, 7 Sunday.
    pub weekday: i64,
    /// Minutes from 00:00 to the opening.
    pub opens_minute: i64,
    /// Minutes from 00:00 to the closing; at most 1,440.
    pub closes_minute: i64,
}

/// A day with hours of its own: with `0` to `0` it is closed, else open only in its windows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DayException {
    /// The day.
    pub on_day: Date,
    /// Why, such as the holiday's name.
    pub name: String,
    /// Minutes from 00:00 to the opening.
    pub opens_minute: i64,
    /// Minutes from 00:00 to the closing; equal to the opening on a day that is closed.
    pub closes_minute: i64,
}

impl DayException {
    /// A day on which no service is given.
    pub fn closed(on_day: Date, name: &str) -> Self {
        Self { on_day, name: name.to_owned(), opens_minute: 0, closes_minute: 0 }
    }

    /// Whether the row says "closed".
    pub fn is_closed(&self) -> bool {
        self.opens_minute == self.closes_minute
    }
}

/// What is wrong with hours; a form shows all of them at once.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoursProblem {
    /// No window at all: no clock would ever move.
    #[error("this calendar has no open hours; add at least one window")]
    NoOpenHours,
    /// A zone that the zone database does not hold.
    #[error("there is no time zone `{zone}`; use a name such as Europe/Berlin")]
    UnknownZone {
        /// What was given.
        zone: String,
    },
    /// A window that closes at or before it opens, or after 24:00.
    #[error("the window on weekday {weekday} from minute {opens_minute} to {closes_minute} has no length")]
    Backwards {
        /// 1 is Monday.
        weekday: i64,
        /// As given.
        opens_minute: i64,
        /// As given.
        closes_minute: i64,
    },
    /// Two windows of one weekday that overlap.
    #[error("two windows on weekday {weekday} overlap")]
    Overlap {
        /// 1 is Monday.
        weekday: i64,
    },
    /// A weekday other than 1 to 7.
    #[error("`{weekday}` is not a weekday; Monday is 1, Sunday 7")]
    NoWeekday {
        /// As given.
        weekday: i64,
    },
    /// A day listed as closed and open, or with hours that overlap or have no length.
    #[error("the hours of {on_day} contradict each other")]
    ExceptionConflict {
        /// The day.
        on_day: Date,
    },
}

impl CalendarHours {
    /// Everything that is wrong with these hours; empty when they can be used.
    pub fn problems(&self) -> Vec<HoursProblem> {
        let mut problems = vec![];
        if TimeZone::get(&self.time_zone).is_err() {
            problems.push(HoursProblem::UnknownZone { zone: self.time_zone.clone() });
        }
        if self.windows.is_empty() && self.exceptions.iter().all(DayException::is_closed) {
            problems.push(HoursProblem::NoOpenHours);
        }
        let mut windows = self.windows.clone();
        windows.sort_unstable();
        for window in &windows {
            let WeekWindow { weekday, opens_minute, closes_minute } = *window;
            if !(1..=7).contains(&weekday) {
                problems.push(HoursProblem::NoWeekday { weekday });
            }
            if opens_minute < 0 || closes_minute <= opens_minute || DAY_MINUTES < closes_minute {
                problems.push(HoursProblem::Backwards { weekday, opens_minute, closes_minute });
            }
        }
        for pair in windows.windows(2) {
            if pair[0].weekday == pair[1].weekday && pair[1].opens_minute < pair[0].closes_minute {
                problems.push(HoursProblem::Overlap { weekday: pair[0].weekday });
            }
        }
        problems.extend(self.exception_problems());
        problems
    }

    fn exception_problems(&self) -> Vec<HoursProblem> {
        let mut conflicts = BTreeSet::new();
        let mut rows: Vec<&DayException> = self.exceptions.iter().collect();
        rows.sort_by_key(|row| (row.on_day, row.opens_minute));
        for row in &rows {
            if row.opens_minute < 0 || row.closes_minute < row.opens_minute || DAY_MINUTES < row.closes_minute
            {
                conflicts.insert(row.on_day);
            }
        }
        for pair in rows.windows(2).filter(|pair| pair[0].on_day == pair[1].on_day) {
            let either_closed = pair[0].is_closed() || pair[1].is_closed();
            if either_closed || pair[1].opens_minute < pair[0].closes_minute {
                conflicts.insert(pair[0].on_day);
            }
        }
        conflicts.into_iter().map(|on_day| HoursProblem::ExceptionConflict { on_day }).collect()
    }

    /// Monday to Friday, one window a day.
    pub fn working_week(valid_from: Date, time_zone: &str, opens_minute: i64, closes_minute: i64) -> Self {
        let windows = (1..=5).map(|weekday| WeekWindow { weekday, opens_minute, closes_minute }).collect();
        Self { valid_from, time_zone: time_zone.to_owned(), windows, exceptions: vec![] }
    }

    /// Open minutes of an ordinary week.
    pub fn week_minutes(&self) -> i64 {
        self.windows.iter().map(|window| window.closes_minute - window.opens_minute).sum()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn hours() -> CalendarHours {
        CalendarHours::working_week(date(2026, 1, 1), "Europe/Berlin", 480, 1080)
    }

    #[test]
    fn a_calendar_without_open_hours_is_refused() {
        let closed = CalendarHours { windows: vec![], ..hours() };
        assert_eq!(closed.problems(), [HoursProblem::NoOpenHours]);
        assert_eq!(hours().problems(), []);
        assert_eq!(hours().week_minutes(), 3_000);
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let mut bad = hours();
        bad.time_zone = "Mars/Olympus".to_owned();
        bad.windows.push(WeekWindow { weekday: 1, opens_minute: 600, closes_minute: 700 });
        bad.windows.push(WeekWindow { weekday: 2, opens_minute: 1_100, closes_minute: 1_100 });
        bad.exceptions.push(DayException::closed(date(2026, 12, 24), "Christmas Eve"));
        bad.exceptions.push(DayException {
            opens_minute: 480,
            closes_minute: 720,
            ..bad.exceptions[0].clone()
        });
        assert_eq!(bad.problems().len(), 4, "{:?}", bad.problems());
    }
}
