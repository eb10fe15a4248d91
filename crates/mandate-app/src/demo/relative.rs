//! Dates that move with the day of the load, so that the demo is always fresh: `m-16`, `m+7e`, `m-1d16`.
//!
//! `m-16` is the first day of the month sixteen before the load's, a trailing `e` its last day, `d16` its sixteenth
//! (or its last, in a shorter month). The same text and the same day of load give the same date.

use jiff::civil::Date;
use mandate_domain::Month;

use super::tables::TableError;

/// The date of `text`, counted from the month of `today`.
///
/// # Errors
/// [`TableError::Cell`] when `text` is no such date.
pub fn relative_date(table: &'static str, text: &str, today: Date) -> Result<Date, TableError> {
    parse(text, today).ok_or_else(|| TableError::cell(table, text, "relative date, like m-3, m+2e or m-1d16"))
}

/// As [`relative_date`]; an empty cell is no date.
///
/// # Errors
/// As [`relative_date`].
pub fn optional_date(table: &'static str, text: &str, today: Date) -> Result<Option<Date>, TableError> {
    if text.is_empty() { Ok(None) } else { relative_date(table, text, today).map(Some) }
}

/// As [`optional_date`]; a day of long ago may be written as it is, `2009-04-01`.
///
/// # Errors
/// As [`relative_date`].
pub fn optional_day(table: &'static str, text: &str, today: Date) -> Result<Option<Date>, TableError> {
    text.parse().map_or_else(|_| optional_date(table, text, today), |day| Ok(Some(day)))
}

fn parse(text: &str, today: Date) -> Option<Date> {
    let rest = text.strip_prefix('m')?;
    let (months, day) = match rest.find(['e', 'd']) {
        Some(position) => rest.split_at(position),
        None => (rest, ""),
    };
    let month = Month::of(today).plus(months.parse().ok()?);
    match day.split_at_checked(1) {
        None => Some(month.first_day()),
        Some(("e", "")) => Some(month.last_day()),
        Some(("d", number)) => {
            let day: i8 = number.parse().ok().filter(|day| (1..=31).contains(day))?;
            month.first_day().with().day(day.min(month.last_day().day())).build().ok()
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn dates_count_from_the_month_of_the_load() {
        let on = |text| parse(text, date(2026, 11, 21));
        assert_eq!(on("m-16"), Some(date(2025, 7, 1)));
        assert_eq!(on("m+7e"), Some(date(2027, 6, 30)));
        assert_eq!(on("m+3d31"), Some(date(2027, 2, 28)));
        assert_eq!(on("m+0"), Some(date(2026, 11, 1)));
        let day = |text| optional_day("careers.csv", text, date(2026, 11, 21)).ok().flatten();
        assert_eq!((day("2009-04-01"), day("m-1e")), (Some(date(2009, 4, 1)), Some(date(2026, 10, 31))));
        for text in ["", "m", "2026-01-01", "m-1x", "m-1d0", "m-1e3"] {
            assert_eq!(on(text), None, "{text}");
        }
    }
}
