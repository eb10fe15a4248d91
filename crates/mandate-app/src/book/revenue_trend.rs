//! Revenue of an account's newest three months beside the same months a year before.
//!
//! The same months, so that a season is no trend; amounts of one currency, so that a rate is none either.

use mandate_domain::{Money, Month};
use mandate_store::reads::growth::ActualRow;

/// Months that are added up.
pub(super) const N_MONTHS: i32 = 3;
/// A smaller change, in basis points, is no news.
const NEWS_BPS: i64 = 500;

/// What was invoiced in some months, and in the same months a year before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevenueTrend {
    /// The first of the months.
    pub first: Month,
    /// The last.
    pub last: Month,
    /// What was invoiced in them.
    pub now: Money,
    /// What was invoiced a year before; above zero, in the same currency.
    pub before: Money,
}

impl RevenueTrend {
    /// The months to read for a trend that ends with `newest`: first and last.
    pub fn span(newest: Month) -> (Month, Month) {
        (newest.plus(1 - N_MONTHS - 12), newest)
    }

    /// The trend that ends with `newest`. None where a month of either year states no revenue, the amounts are of several currencies,
    /// or the change is no news.
    pub fn of(rows: &[ActualRow], newest: Month) -> Option<Self> {
        let last_year = newest.plus(-12);
        let trend = Self {
            first: newest.plus(1 - N_MONTHS),
            last: newest,
            now: sum(rows, newest)?,
            before: sum(rows, last_year)?,
        };
        let is_comparable = trend.now.currency == trend.before.currency && trend.before.minor > 0;
        (is_comparable && trend.change_bps().abs() >= NEWS_BPS).then_some(trend)
    }

    /// The change against the year before, in basis points, towards zero.
    pub fn change_bps(&self) -> i64 {
        let change = (i128::from(self.now.minor) - i128::from(self.before.minor)) * 10_000;
        let bps = change / i128::from(self.before.minor.max(1));
        i64::try_from(bps).unwrap_or(i64::MAX)
    }
}

/// What was invoiced in the months that end with `last`; none unless each states some, all in one currency.
pub(super) fn sum(rows: &[ActualRow], last: Month) -> Option<Money> {
    let mut total: Option<Money> = None;
    for month in (0..N_MONTHS).map(|back| last.plus(-back)) {
        let mut of_month =
            rows.iter().filter(|row| row.month == month).filter_map(|row| row.revenue).peekable();
        of_month.peek()?;
        for revenue in of_month {
            total = Some(match total {
                Some(total) => total.plus(revenue).ok()?,
                None => revenue,
            });
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use mandate_domain::{Currency, Id, Instant};

    use super::*;

    fn row(month: &str, minor: i64, currency: &str) -> ActualRow {
        let currency = Currency::parse(currency).expect("a currency");
        ActualRow {
            account_id: Id::new(Instant::from_seconds(0), 1),
            product_id: Id::new(Instant::from_seconds(0), 2),
            month: Month::parse(month).expect("a month"),
            currency,
            revenue: Some(Money { minor, currency }),
            volume: None,
        }
    }

    fn year(before: [i64; 3], now: [i64; 3]) -> Vec<ActualRow> {
        let months = ["2025-08", "2025-09", "2025-10", "2026-08", "2026-09", "2026-10"];
        months
            .into_iter()
            .zip(before.into_iter().chain(now))
            .map(|(month, minor)| row(month, minor, "EUR"))
            .collect()
    }

    fn newest() -> Month {
        Month::parse("2026-10").expect("a month")
    }

    #[test]
    fn the_same_months_of_two_years_are_compared() {
        let trend = RevenueTrend::of(&year([100, 100, 200], [90, 90, 120]), newest()).expect("a trend");
        assert_eq!((trend.now.minor, trend.before.minor, trend.change_bps()), (300, 400, -2_500));
        assert_eq!(
            (trend.first.to_string(), trend.last.to_string()),
            ("2026-08".to_owned(), "2026-10".to_owned())
        );
        assert_eq!(RevenueTrend::span(newest()).0.to_string(), "2025-08");
        let rising = RevenueTrend::of(&year([100, 100, 200], [100, 100, 220]), newest()).expect("a trend");
        assert_eq!(rising.change_bps(), 500);
    }

    #[test]
    fn a_small_change_a_gap_a_second_currency_or_nothing_before_tell_nothing() {
        assert_eq!(RevenueTrend::of(&year([100, 100, 200], [100, 100, 219]), newest()), None);
        assert_eq!(RevenueTrend::of(&year([0, 0, 0], [100, 100, 200]), newest()), None);
        assert_eq!(RevenueTrend::of(&[], newest()), None);
        let whole = year([100, 100, 200], [10, 10, 20]);
        for gap in 0..whole.len() {
            let mut rows = whole.clone();
            rows.remove(gap);
            assert_eq!(RevenueTrend::of(&rows, newest()), None, "{gap}");
        }
        let with_francs = [whole.clone(), vec![row("2026-09", 5, "CHF")]].concat();
        assert_eq!(RevenueTrend::of(&with_francs, newest()), None);
        // Two products of one month are one month's revenue; a row that states none counts as no row.
        let untold = ActualRow { revenue: None, ..row("2026-09", 0, "CHF") };
        let split = [whole, vec![row("2026-09", 300, "EUR"), untold]].concat();
        assert_eq!(RevenueTrend::of(&split, newest()).map(|it| it.now.minor), Some(340));
    }
}
