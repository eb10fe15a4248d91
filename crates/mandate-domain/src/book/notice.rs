//! Notice periods: so many days, or so many months, before a term ends.
//!
//! Months are civil: three of them before 31 March are 31 December. Where the earlier month has no such day its last one counts, and what
//! is counted is the term's last day itself, so that a day may be early under some laws and is late under none.

use jiff::ToSpan;
use jiff::civil::Date;

use super::draft::Draft;
use super::field_problem::FieldProblem;
use super::reader::{Reader, or_empty};

/// Days before a term ends by which notice must be given: 1 to 730.
///
/// Zero is not a notice period; a contract without one holds `None` instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoticeDays(u16);

/// Why a number of days is no notice period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{days} days is not a notice period; it has 1 to {} days", NoticeDays::MAX)]
pub struct NoticeDaysError {
    /// What was given.
    pub days: i64,
}

impl NoticeDays {
    /// The longest notice period.
    pub const MAX: u16 = 730;

    /// A notice period of `days`.
    ///
    /// # Errors
    /// [`NoticeDaysError`] when `days` is below 1 or above [`Self::MAX`].
    pub fn new(days: i64) -> Result<Self, NoticeDaysError> {
        match u16::try_from(days) {
            Ok(fitting @ 1..=Self::MAX) => Ok(Self(fitting)),
            _ => Err(NoticeDaysError { days }),
        }
    }

    /// How many days.
    pub const fn days(self) -> u16 {
        self.0
    }
}

/// Months before a term ends by which notice must be given: 1 to 60.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoticeMonths(u8);

/// Why a number of months is no notice period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{months} months is not a notice period; it has 1 to {} months", NoticeMonths::MAX)]
pub struct NoticeMonthsError {
    /// What was given.
    pub months: i64,
}

impl NoticeMonths {
    /// The longest notice period.
    pub const MAX: u8 = 60;

    /// A notice period of `months`.
    ///
    /// # Errors
    /// [`NoticeMonthsError`] when `months` is below 1 or above [`Self::MAX`].
    pub fn new(months: i64) -> Result<Self, NoticeMonthsError> {
        match u8::try_from(months) {
            Ok(fitting @ 1..=Self::MAX) => Ok(Self(fitting)),
            _ => Err(NoticeMonthsError { months }),
        }
    }

    /// How many months.
    pub const fn months(self) -> u8 {
        self.0
    }
}

/// How long before a term ends notice must be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticePeriod {
    /// So many days.
    Days(NoticeDays),
    /// So many months.
    Months(NoticeMonths),
}

impl NoticePeriod {
    /// The period that was stored as days or as months. Where both are, a program that knows days alone wrote the days later and left the
    /// months: whoever knows both empties the other.
    pub fn stored(days: Option<i64>, months: Option<i64>) -> Option<Self> {
        let of_days = days.and_then(|days| NoticeDays::new(days).ok()).map(Self::Days);
        of_days.or_else(|| Some(Self::Months(NoticeMonths::new(months?).ok()?)))
    }

    /// How many days, of one in days.
    pub const fn days(self) -> Option<i64> {
        match self {
            Self::Days(days) => Some(days.0 as i64),
            Self::Months(_) => None,
        }
    }

    /// How many months, of one in months.
    pub const fn months(self) -> Option<i64> {
        match self {
            Self::Days(_) => None,
            Self::Months(months) => Some(months.0 as i64),
        }
    }

    /// The last day on which notice still counts.
    pub fn deadline(self, term_ends_on: Date) -> Date {
        match self {
            Self::Days(days) => term_ends_on.saturating_sub(i64::from(days.0).days()),
            Self::Months(months) => term_ends_on.saturating_sub(i64::from(months.0).months()),
        }
    }

    /// Reads `notice_days` and `notice_months`, of which one may be stated.
    pub(super) fn read(read: &mut Reader<'_>) -> Option<Self> {
        let days = read.optional_whole("notice_days", 1, i64::from(NoticeDays::MAX));
        let months = read.optional_whole("notice_months", 1, i64::from(NoticeMonths::MAX));
        if read.given("notice_days").is_some() && read.given("notice_months").is_some() {
            read.fail("notice_months", FieldProblem::NoticeTwice);
        }
        Self::stored(days, months)
    }

    /// `draft` with the period as text.
    pub(super) fn write(notice: Option<Self>, draft: Draft) -> Draft {
        draft
            .with("notice_days", or_empty(notice.and_then(Self::days)))
            .with("notice_months", or_empty(notice.and_then(Self::months)))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_notice_period_has_1_to_730_days_or_1_to_60_months() {
        assert!(NoticeDays::new(0).is_err());
        assert!(NoticeDays::new(730).is_ok());
        assert_eq!(NoticeDays::new(731), Err(NoticeDaysError { days: 731 }));
        assert!(NoticeMonths::new(0).is_err());
        assert!(NoticeMonths::new(60).is_ok());
        assert_eq!(NoticeMonths::new(61), Err(NoticeMonthsError { months: 61 }));
    }

    #[test]
    fn months_are_civil_and_the_earlier_day_counts_where_a_month_is_shorter() {
        let deadline = |months, ends_on| {
            let months = NoticeMonths::new(months).expect("a notice period");
            NoticePeriod::Months(months).deadline(ends_on)
        };
        assert_eq!(deadline(3, date(2027, 3, 31)), date(2026, 12, 31));
        assert_eq!(deadline(3, date(2027, 6, 30)), date(2027, 3, 30));
        assert_eq!(deadline(3, date(2027, 5, 31)), date(2027, 2, 28));
        assert_eq!(deadline(1, date(2028, 3, 31)), date(2028, 2, 29), "a leap year");
        assert_eq!(deadline(12, date(2026, 12, 31)), date(2025, 12, 31));
        assert_eq!(deadline(60, date(2028, 2, 29)), date(2023, 2, 28));
    }

    #[test]
    fn what_was_stored_is_days_or_months() {
        let stored = |days, months| NoticePeriod::stored(days, months).map(|it| (it.days(), it.months()));
        assert_eq!(stored(Some(90), None), Some((Some(90), None)));
        assert_eq!(stored(None, Some(3)), Some((None, Some(3))));
        assert_eq!(stored(None, None), None);
        assert_eq!(stored(Some(120), Some(3)), Some((Some(120), None)), "an older program wrote the days");
    }
}
