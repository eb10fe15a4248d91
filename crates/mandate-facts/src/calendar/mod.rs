//! Service calendars: which seconds count.
//!
//! A calendar is a list of versions, each valid from a civil date in its own zone, so that history
//! is never restated with today's hours. The one rule for daylight saving: an instant is open
//! exactly when the wall clock of the zone shows a time inside a window of that wall date. The
//! hour that a zone skips is therefore never open, and the hour it repeats counts twice. What a
//! clock does with the seconds is in `clock`.

mod compile;
mod lookup;

use jiff::civil::Date;

pub use lookup::{Calendar, OpenWindow, OutsideCalendar};

/// Seconds of a whole wall day without a change of the clocks.
pub const DAY_SECONDS: u32 = 86_400;

/// A stretch of a wall day in which service is given, opening included, closing not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DayWindow {
    // INVARIANT: opens_s < closes_s <= DAY_SECONDS.
    opens_s: u32,
    closes_s: u32,
}

/// Why a stretch of a day is not a window.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DayWindowError {
    /// Closing is not after opening.
    #[error("window `{text}` closes at or before it opens; split a window over midnight in two")]
    Backwards {
        /// What was given.
        text: String,
    },
    /// Closing is after 24:00.
    #[error("window `{text}` closes after 24:00")]
    AfterMidnight {
        /// What was given.
        text: String,
    },
    /// Not two times of day with a hyphen between.
    #[error("`{text}` is not a window such as `08:00-12:30`")]
    Unreadable {
        /// What was given.
        text: String,
    },
}

impl DayWindow {
    /// The whole wall day.
    pub const WHOLE_DAY: Self = Self { opens_s: 0, closes_s: DAY_SECONDS };

    /// A window from a text such as `08:00-12:30`, `22:00-24:00` or `07:59:30-08:00`.
    ///
    /// # Errors
    /// [`DayWindowError`] when the text is not two times of day, or they are the wrong way round.
    pub fn parse(text: &str) -> Result<Self, DayWindowError> {
        let unreadable = || DayWindowError::Unreadable { text: text.to_owned() };
        let (opens, closes) = text.split_once('-').ok_or_else(unreadable)?;
        let opens_s = second_of_day(opens).ok_or_else(unreadable)?;
        let closes_s = second_of_day(closes).ok_or_else(unreadable)?;
        if closes_s > DAY_SECONDS {
            return Err(DayWindowError::AfterMidnight { text: text.to_owned() });
        }
        if closes_s <= opens_s {
            return Err(DayWindowError::Backwards { text: text.to_owned() });
        }
        Ok(Self { opens_s, closes_s })
    }

    /// Seconds from 00:00 of the wall day to the opening.
    pub fn opens_s(self) -> u32 {
        self.opens_s
    }

    /// Seconds from 00:00 of the wall day to the closing; at most [`DAY_SECONDS`].
    pub fn closes_s(self) -> u32 {
        self.closes_s
    }
}

/// Seconds since 00:00 of `HH:MM` or `HH:MM:SS`; hours up to 24, for a closing at midnight.
fn second_of_day(text: &str) -> Option<u32> {
    let mut parts = text.trim().split(':');
    let mut part = |highest: u32| -> Option<Option<u32>> {
        let Some(digits) = parts.next() else { return Some(None) };
        let well_formed = (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        let value: u32 = if well_formed { digits.parse().ok()? } else { return None };
        (value <= highest).then_some(Some(value))
    };
    let (hour, minute, second) = (part(24)??, part(59)??, part(59)?.unwrap_or(0));
    let no_more = parts.next().is_none();
    no_more.then_some(hour * 3_600 + minute * 60 + second)
}

/// Opening hours of a week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hours {
    /// Every second of every day: 24x7.
    AlwaysOpen,
    /// Windows for Monday to Sunday, several a day if need be, none for a closed day.
    Weekly([Vec<DayWindow>; 7]),
}

impl Hours {
    /// The same windows on each of the `weekdays` (0 is Monday, 6 Sunday; others are ignored).
    pub fn on_weekdays(weekdays: &[usize], windows: &[DayWindow]) -> Self {
        let mut days: [Vec<DayWindow>; 7] = Default::default();
        for weekday in weekdays {
            if let Some(day) = days.get_mut(*weekday) {
                *day = windows.to_vec();
            }
        }
        Self::Weekly(days)
    }
}

/// A date with hours of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// The wall date in the calendar's zone; a civil date, so no zone can shift it.
    pub date: Date,
    /// What holds on that date.
    pub hours: HolidayHours,
}

/// What a holiday does to the hours of its date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HolidayHours {
    /// Closed all day.
    Closed,
    /// The week's hours of that day, less these windows (Christmas Eve from noon).
    ClosedDuring(Vec<DayWindow>),
    /// These windows instead of the week's hours (a Saturday before the holidays).
    OpenOnly(Vec<DayWindow>),
}

/// The hours agreed from a date on, until the next version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarVersion {
    /// First wall date of this version, in its own zone.
    pub valid_from: Date,
    /// IANA zone name, such as `Europe/Berlin`.
    pub zone: String,
    /// Hours of a week.
    pub hours: Hours,
    /// Dates with hours of their own; only what is listed here counts, nothing is fetched.
    pub holidays: Vec<Holiday>,
}

/// Why versions do not make a calendar.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// An empty list of versions.
    #[error("a calendar needs at least one version")]
    NoVersion,
    /// A zone that the zone database does not hold.
    #[error("no time zone `{zone}`; use an IANA name such as `Europe/Berlin`")]
    UnknownZone {
        /// The name that was given.
        zone: String,
    },
    /// A version under which no clock would ever move.
    #[error("the version valid from {valid_from} has no open hours")]
    NoOpenHours {
        /// Start of the version.
        valid_from: Date,
    },
    /// Two windows of one weekday that overlap.
    #[error("the version valid from {valid_from} has overlapping windows on weekday {weekday} (1 is Monday)")]
    OverlapOnWeekday {
        /// Start of the version.
        valid_from: Date,
        /// 1 is Monday, 7 Sunday.
        weekday: usize,
    },
    /// Two windows of one holiday that overlap.
    #[error("the holiday on {date} has overlapping windows")]
    OverlapOnHoliday {
        /// The holiday.
        date: Date,
    },
    /// One date listed twice in one version.
    #[error("the version valid from {valid_from} lists the holiday {date} twice")]
    DuplicateHoliday {
        /// Start of the version.
        valid_from: Date,
        /// The date.
        date: Date,
    },
    /// A version that does not start after the one in front of it.
    #[error("the version valid from {valid_from} does not start after the one before it")]
    VersionsOutOfOrder {
        /// Start of the version.
        valid_from: Date,
    },
    /// Nothing lies between the first version and the last day.
    #[error("the last day {last_day} lies before the last version starts")]
    EndsBeforeStart {
        /// Last day asked for.
        last_day: Date,
    },
    /// A calendar over more days than is useful to hold in memory.
    #[error("the calendar spans {days} days; at most {highest} can be compiled")]
    TooLong {
        /// Days asked for.
        days: i64,
        /// The limit.
        highest: i64,
    },
}

#[cfg(test)]
mod tests {
    use super::{DayWindow, DayWindowError};

    #[test]
    fn a_window_is_read_from_two_times_of_day() {
        let window = DayWindow::parse("08:00-12:30").unwrap();
        assert_eq!((window.opens_s(), window.closes_s()), (28_800, 45_000));
        assert_eq!(DayWindow::parse("00:00-24:00"), Ok(DayWindow::WHOLE_DAY));
        assert_eq!(DayWindow::parse("07:59:30-08:00").unwrap().opens_s(), 28_770);
    }

    #[test]
    fn a_bad_window_says_what_is_wrong() {
        let text = || "22:00-06:00".to_owned();
        assert_eq!(DayWindow::parse("22:00-06:00"), Err(DayWindowError::Backwards { text: text() }));
        for bad in ["", "8", "08:00", "08:00-25:00", "08:60-09:00", "+8:00-09:00", "08:00-09:00:00:00", "é-ü"]
        {
            let refused = DayWindowError::Unreadable { text: bad.to_owned() };
            assert_eq!(DayWindow::parse(bad), Err(refused));
        }
        let late = DayWindowError::AfterMidnight { text: "08:00-24:30".to_owned() };
        assert_eq!(DayWindow::parse("08:00-24:30"), Err(late));
    }
}
