//! A calendar month, the period in which results are published.

use std::fmt;

use jiff::civil::{Date, date};

/// A month of the civil calendar, `2026-10`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

/// Why a text is no month.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a month; write it like 2026-10")]
pub struct MonthError {
    /// What was given.
    pub text: String,
}

impl Month {
    /// The first month there is.
    pub const FIRST: Self = Self { year: 1, month: 1 };
    /// The last month there is.
    pub const LAST: Self = Self { year: 9999, month: 12 };

    /// The month in which `day` lies.
    pub fn of(day: Date) -> Self {
        Self { year: day.year(), month: day.month() }
    }

    /// Reads `2026-10`.
    ///
    /// # Errors
    /// [`MonthError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, MonthError> {
        let bad = || MonthError { text: text.chars().take(20).collect() };
        let (year, month) = text.split_once('-').ok_or_else(bad)?;
        if year.len() != 4 || month.len() != 2 {
            return Err(bad());
        }
        let year: i16 = year.parse().map_err(|_| bad())?;
        let month: i8 = month.parse().map_err(|_| bad())?;
        Date::new(year, month, 1).map_err(|_| bad())?;
        Ok(Self { year, month })
    }

    /// Its first day.
    pub fn first_day(self) -> Date {
        date(self.year, self.month, 1)
    }

    /// Its last day.
    pub fn last_day(self) -> Date {
        self.first_day().last_of_month()
    }

    /// The month `n` later, or earlier when negative.
    pub fn plus(self, n: i32) -> Self {
        let months = i32::from(self.year) * 12 + i32::from(self.month) - 1 + n;
        let year = i16::try_from(months.div_euclid(12)).unwrap_or(i16::MAX).clamp(1, 9999);
        Self { year, month: i8::try_from(months.rem_euclid(12) + 1).unwrap_or(1) }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_pass_over_the_turn_of_the_year() {
        let month = Month::parse("2026-11").expect("a month");
        assert_eq!(month.plus(2).to_string(), "2027-01");
        assert_eq!(month.plus(-11).to_string(), "2025-12");
        assert_eq!(month.last_day(), date(2026, 11, 30));
    }

    #[test]
    fn what_is_no_month_is_refused() {
        for text in ["2026-13", "2026-00", "26-10", "2026/10", "", "2026-1"] {
            assert!(Month::parse(text).is_err(), "{text}");
        }
    }
}
