//! Intervals for shares, percentiles and means.
//!
//! Each says how far a figure could be off if the cases of the period are a sample of the service.
//! Cases that influence each other (one outage, many tickets) make all of them too narrow.

use super::Percent;

/// A two-sided level of confidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// 80 %.
    Eighty,
    /// 95 %.
    NinetyFive,
}

impl Level {
    /// Both levels, in the order in which values carry them.
    pub const BOTH: [Self; 2] = [Self::Eighty, Self::NinetyFive];

    /// Share covered.
    pub fn coverage(self) -> f64 {
        match self {
            Self::Eighty => 0.80,
            Self::NinetyFive => 0.95,
        }
    }

    /// Quantile of the standard normal distribution that leaves half the rest above it.
    fn normal_quantile(self) -> f64 {
        match self {
            Self::Eighty => 1.281_551_565_544_600_4,
            Self::NinetyFive => 1.959_963_984_540_054,
        }
    }
}

/// A range, both ends included, finite, `low <= high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Wilson's score interval for a share.
///
/// # Shapes and units
/// `successes` of `trials`; the result lies within 0 and 1. `None` without trials or with more
/// successes than trials.
///
/// # Source
/// Wilson (1927), "Probable Inference, the Law of Succession, and Statistical Inference", JASA
/// 22(158), 209-212; recommended by Brown, Cai and DasGupta (2001). Worked: `docs/methods/facts-kpi.md`.
#[expect(clippy::cast_precision_loss, reason = "counts above 2^53 do not occur")]
pub fn wilson_interval(successes: u64, trials: u64, level: Level) -> Option<Interval> {
    if trials == 0 || trials < successes {
        return None;
    }
    let (n, share) = (trials as f64, successes as f64 / trials as f64);
    let square = level.normal_quantile().powi(2);
    let centre = (share + square / (2.0 * n)) / (1.0 + square / n);
    let spread = level.normal_quantile() * (share * (1.0 - share) / n + square / (4.0 * n * n)).sqrt();
    let half = spread / (1.0 + square / n);
    Some(Interval { low: (centre - half).max(0.0), high: (centre + half).min(1.0) })
}

/// Positions (from 0) of the two sorted values between which a percentile lies with at least the
/// coverage of `level`, whatever the distribution.
///
/// # Shapes and units
/// `n_values` sorted values. `None` when even the smallest and the largest value do not reach the
/// level: the sample is too small for this percentile.
///
/// # Source
/// Order-statistic interval: Hahn and Meeker (1991), "Statistical Intervals", section 5.2. Exact
/// binomial tails, each at most half the rest. Worked: `docs/methods/facts-kpi.md`.
pub fn percentile_ranks(n_values: usize, percent: Percent, level: Level) -> Option<(usize, usize)> {
    let tail = (1.0 - level.coverage()) / 2.0;
    let probabilities = binomial_probabilities(n_values, percent.as_f64());
    // P(B <= low) <= tail for the number B of values below the percentile.
    let mut below = 0.0;
    let mut low = None;
    for (count, probability) in probabilities.iter().enumerate() {
        below += probability;
        if tail < below {
            break;
        }
        low = Some(count);
    }
    let mut above = 0.0;
    let mut high = None;
    for (count, probability) in probabilities.iter().enumerate().rev() {
        above += probability;
        if tail < above {
            break;
        }
        high = Some(count);
    }
    // x[low] <= percentile unless B <= low; percentile <= x[high - 1] unless B >= high.
    Some((low?, high?.checked_sub(1)?))
}

/// Binomial probabilities of 0 to n, from logarithms so that none underflows to a wrong sum.
#[expect(clippy::cast_precision_loss, reason = "counts above 2^53 do not occur")]
fn binomial_probabilities(n: usize, p: f64) -> Vec<f64> {
    let (log_p, log_q) = (p.ln(), (1.0 - p).ln());
    let mut log_choose = 0.0;
    let mut probabilities = Vec::with_capacity(n + 1);
    for count in 0..=n {
        let log = log_choose + count as f64 * log_p + (n - count) as f64 * log_q;
        probabilities.push(log.exp());
        log_choose += ((n - count) as f64).ln() - ((count + 1) as f64).ln();
    }
    probabilities
}

/// Student's interval for a mean.
///
/// # Shapes and units
/// `sum` and `sum_of_squares` of `n_values` whole numbers; the result is in their unit. `None` for
/// fewer than two values.
///
/// # Source
/// Student (1908), "The Probable Error of a Mean", Biometrika 6(1), 1-25. Quantiles of t by
/// bisection of the regularised incomplete beta function (Lentz's continued fraction). Durations are skewed: below some
/// 30 cases the true coverage is lower than stated. Worked: `docs/methods/facts-kpi.md`.
#[expect(clippy::cast_precision_loss, reason = "an interval needs no more than 53 bits")]
pub fn mean_interval(sum: i128, sum_of_squares: i128, n_values: u64, level: Level) -> Option<Interval> {
    if n_values < 2 {
        return None;
    }
    let n = n_values as f64;
    let mean = sum as f64 / n;
    // n * sum of squares - sum^2 in whole numbers: no cancellation between floats.
    let spread = i128::from(n_values).checked_mul(sum_of_squares)?.checked_sub(sum.checked_mul(sum)?)?;
    let deviation = (spread.max(0) as f64 / (n * (n - 1.0))).sqrt();
    let half = student_quantile(n_values - 1, level) * deviation / n.sqrt();
    Some(Interval { low: mean - half, high: mean + half })
}

/// The quantile of Student's t with half of what `level` leaves above it.
#[expect(clippy::cast_precision_loss, reason = "degrees of freedom above 2^53 do not occur")]
fn student_quantile(freedom: u64, level: Level) -> f64 {
    let freedom = freedom as f64;
    let outside = 1.0 - level.coverage();
    // P(|T| > t) = I_{v/(v+t^2)}(v/2, 1/2), falling in t.
    let beyond = |t: f64| incomplete_beta(freedom / (freedom + t * t), freedom / 2.0, 0.5);
    let (mut low, mut high) = (0.0, 100.0);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if outside < beyond(middle) { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// The regularised incomplete beta function.
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || 1.0 <= x {
        return if x <= 0.0 { 0.0 } else { 1.0 };
    }
    if (a + 1.0) / (a + b + 2.0) < x {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let log_front = log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * x.ln() + b * (1.0 - x).ln();
    // Lentz's method on the continued fraction.
    let (mut fraction, mut c, mut d) = (1.0, 1.0, 0.0);
    for step in 0..1_000_u32 {
        let m = f64::from(step / 2);
        let coefficient = if step == 0 {
            1.0
        } else if step % 2 == 0 {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        d = away_from_zero(1.0 + coefficient * d).recip();
        c = away_from_zero(1.0 + coefficient / c);
        fraction *= c * d;
        if (c * d - 1.0).abs() < 1e-14 {
            break;
        }
    }
    log_front.exp() * (fraction - 1.0) / a
}

fn away_from_zero(value: f64) -> f64 {
    if value.abs() < 1e-300 { 1e-300 } else { value }
}

/// Lanczos' approximation of ln Gamma for positive x, some 15 digits.
fn log_gamma(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        let pi = std::f64::consts::PI;
        return (pi / (pi * x).sin()).ln() - log_gamma(1.0 - x);
    }
    let shifted = x - 1.0;
    let mut sum = 0.999_999_999_999_809_9;
    for (idx, coefficient) in (1_u32..).zip(COEFFICIENTS) {
        sum += coefficient / (shifted + f64::from(idx));
    }
    let base = shifted + 7.5;
    0.5 * (2.0 * std::f64::consts::PI).ln() + (shifted + 0.5) * base.ln() - base + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::{Level, mean_interval, percentile_ranks, student_quantile, wilson_interval};
    use crate::kpi::Percent;

    fn close(got: f64, expected: f64, tolerance: f64) {
        assert!((got - expected).abs() <= tolerance, "{got} is not {expected}");
    }

    #[test]
    fn wilson_gives_the_worked_example_and_stays_within_zero_and_one() {
        // 8 of 10 at 95 %: (0.49016, 0.94332), the textbook value.
        let interval = wilson_interval(8, 10, Level::NinetyFive).unwrap();
        close(interval.low, 0.490_162, 1e-6);
        close(interval.high, 0.943_318, 1e-6);
        let none = wilson_interval(0, 5, Level::Eighty).unwrap();
        assert!(none.low == 0.0 && 0.0 < none.high);
        assert_eq!(wilson_interval(0, 0, Level::Eighty), None);
        assert_eq!(wilson_interval(2, 1, Level::Eighty), None);
    }

    #[test]
    fn student_quantiles_equal_the_printed_tables() {
        close(student_quantile(1, Level::NinetyFive), 12.706_205, 1e-5);
        close(student_quantile(9, Level::NinetyFive), 2.262_157, 1e-5);
        close(student_quantile(9, Level::Eighty), 1.383_029, 1e-5);
        close(student_quantile(1_000_000, Level::NinetyFive), 1.959_966, 1e-5);
    }

    #[test]
    fn a_mean_interval_needs_two_values_and_is_exact_on_a_small_sample() {
        assert_eq!(mean_interval(5, 25, 1, Level::Eighty), None);
        // 2, 4, 6: mean 4, deviation 2, t(2) = 4.302653.
        let interval = mean_interval(12, 56, 3, Level::NinetyFive).unwrap();
        close(interval.high - 4.0, 4.302_653 * 2.0 / 3.0_f64.sqrt(), 1e-5);
    }

    #[test]
    fn order_statistics_of_a_median_equal_the_printed_table() {
        // n = 20, median, 95 %: 6th and 15th value (coverage 0.9586).
        assert_eq!(percentile_ranks(20, Percent::P50, Level::NinetyFive), Some((5, 14)));
        assert_eq!(percentile_ranks(5, Percent::P50, Level::NinetyFive), None, "needs six values");
        assert_eq!(percentile_ranks(6, Percent::P50, Level::NinetyFive), Some((0, 5)));
        assert_eq!(percentile_ranks(20, Percent::P90, Level::NinetyFive), None, "needs 36 values");
        assert_eq!(percentile_ranks(0, Percent::P50, Level::Eighty), None);
    }
}
