//! Percentiles of whole seconds, exact.

use super::Fraction;

/// A percentile as a fraction p with 0 < p < 1, such as 9/10 for the 90th.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Percent {
    // INVARIANT: 0 < numerator < denominator.
    numerator: u32,
    denominator: u32,
}

/// Why a fraction is not a percentile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{numerator}/{denominator} is not a percentile; it must lie between 0 and 1")]
pub struct PercentError {
    /// Above the line.
    pub numerator: u32,
    /// Below the line.
    pub denominator: u32,
}

impl Percent {
    /// The median.
    pub const P50: Self = Self { numerator: 1, denominator: 2 };
    /// The 90th percentile.
    pub const P90: Self = Self { numerator: 9, denominator: 10 };
    /// The 95th percentile.
    pub const P95: Self = Self { numerator: 19, denominator: 20 };
    /// The 99th percentile.
    pub const P99: Self = Self { numerator: 99, denominator: 100 };

    /// The fraction `numerator` / `denominator`.
    ///
    /// # Errors
    /// [`PercentError`] unless 0 < `numerator` < `denominator`.
    pub fn new(numerator: u32, denominator: u32) -> Result<Self, PercentError> {
        if numerator == 0 || denominator <= numerator {
            return Err(PercentError { numerator, denominator });
        }
        Ok(Self { numerator, denominator })
    }

    /// For interval estimates.
    pub fn as_f64(self) -> f64 {
        f64::from(self.numerator) / f64::from(self.denominator)
    }
}

/// How a percentile is read from n sorted values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PercentileRule {
    /// Linear interpolation at position (n - 1) p, counted from 0 (Hyndman and Fan, type 7): what
    /// SQL's `percentile_cont` and spreadsheets give.
    Linear,
    /// The smallest value that at least a share p of the values does not exceed: always a value
    /// that really occurred.
    NearestRank,
}

/// A percentile of sorted values, as an exact fraction.
///
/// # Shapes and units
/// - `sorted`: n >= 1 values, rising, in any unit; the result is in the same unit.
/// - the denominator is the one of `percent` (2 for the median, 10 for the 90th), so that the
///   numerator is a whole number to compare: 2 x p50, 10 x p90.
/// - returns `None` for no values.
///
/// # Source
/// Hyndman and Fan (1996), "Sample Quantiles in Statistical Packages", The American Statistician
/// 50(4), 361-365, types 7 and 1. Worked: `docs/methods/facts-kpi.md`.
pub fn percentile(sorted: &[i64], percent: Percent, rule: PercentileRule) -> Option<Fraction> {
    let last = sorted.len().checked_sub(1)?;
    let (numerator, denominator) = (u128::from(percent.numerator), u128::from(percent.denominator));
    let denominator_signed = i128::from(percent.denominator);
    match rule {
        PercentileRule::Linear => {
            let position = last as u128 * numerator;
            let idx = usize::try_from(position / denominator).ok()?;
            let above = i128::try_from(position % denominator).ok()?;
            let low = i128::from(*sorted.get(idx)?);
            let high = i128::from(*sorted.get((idx + 1).min(last))?);
            let scaled = low * (denominator_signed - above) + high * above;
            Some(Fraction { numerator: scaled, denominator: denominator_signed })
        }
        PercentileRule::NearestRank => {
            let rank = (sorted.len() as u128 * numerator).div_ceil(denominator);
            let value = i128::from(*sorted.get(usize::try_from(rank).ok()?.checked_sub(1)?)?);
            Some(Fraction { numerator: value * denominator_signed, denominator: denominator_signed })
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::{Percent, PercentError, PercentileRule, percentile};

    fn linear(sorted: &[i64], percent: Percent) -> i128 {
        percentile(sorted, percent, PercentileRule::Linear).unwrap().numerator
    }

    #[test]
    fn the_worked_example_of_the_method_page_holds() {
        let minutes = [10, 20, 30, 50];
        assert_eq!(linear(&minutes, Percent::P50), 50, "2 x 25");
        assert_eq!(linear(&minutes, Percent::P90), 440, "10 x 44");
        let nearest = percentile(&minutes, Percent::P90, PercentileRule::NearestRank).unwrap();
        assert_eq!(nearest.rounded(), 50);
        let median = percentile(&minutes, Percent::P50, PercentileRule::NearestRank).unwrap();
        assert_eq!(median.rounded(), 20);
    }

    #[test]
    fn one_value_is_every_percentile_and_none_has_none() {
        assert_eq!(linear(&[7], Percent::P90), 70);
        assert_eq!(percentile(&[], Percent::P50, PercentileRule::Linear), None);
        assert_eq!(Percent::new(1, 1), Err(PercentError { numerator: 1, denominator: 1 }));
    }

    proptest! {
        #[test]
        fn a_percentile_lies_among_the_values_and_rises_with_p(
            mut values in vec(-1_000_000_i64..1_000_000, 1..40), low in 1_u32..100, step in 0_u32..100,
        ) {
            values.sort_unstable();
            let high = (low + step).min(99);
            for rule in [PercentileRule::Linear, PercentileRule::NearestRank] {
                let low = percentile(&values, Percent::new(low, 100).unwrap(), rule).unwrap();
                let high = percentile(&values, Percent::new(high, 100).unwrap(), rule).unwrap();
                prop_assert!(low.numerator <= high.numerator);
                prop_assert!(i128::from(values[0]) * 100 <= low.numerator);
                prop_assert!(high.numerator <= i128::from(values[values.len() - 1]) * 100);
            }
        }
    }
}
