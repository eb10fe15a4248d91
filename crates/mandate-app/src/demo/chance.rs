//! Chance for the demo book: the same draws on every machine for the same seed.
//!
//! ChaCha gives the bits; shapes are integer tables. The one logarithmic thing, the number of arrivals in a month, uses
//! doubles with the four basic operations only, which IEEE 754 fixes to the bit; no function of the platform's
//! mathematics library is called. Every stream of cases has its own key, and every case its own stream of it, so that
//! deleting a story's rows leaves the draws of all other cases as they were.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use sha2::{Digest, Sha256};

/// A source of draws.
pub struct Chance(ChaCha8Rng);

impl Chance {
    /// Draws that depend on `seed` and `name` only.
    pub fn named(seed: u64, name: &str) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(seed.to_le_bytes());
        hasher.update(name.as_bytes());
        Self(ChaCha8Rng::from_seed(hasher.finalize().into()))
    }

    /// Starts the draws of case number `number` of this stream.
    pub fn begin_case(&mut self, number: u64) {
        self.0.set_stream(number.wrapping_add(1));
        self.0.set_word_pos(0);
    }

    /// A number below `bound` (at least 1), by multiplication: the bias is below one in 2^32.
    pub fn below(&mut self, bound: i64) -> i64 {
        let bound = u64::try_from(bound.clamp(1, i64::from(u32::MAX))).unwrap_or(1);
        i64::try_from((u64::from(self.0.next_u32()) * bound) >> 32).unwrap_or(0)
    }

    /// Whether something of `permille` chances in a thousand happens.
    pub fn happens(&mut self, permille: i64) -> bool {
        self.below(1_000) < permille
    }

    /// A position in `weights`, in proportion to them.
    pub fn pick(&mut self, weights: &[i64]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (position, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0 {
                return position;
            }
        }
        weights.len().saturating_sub(1)
    }

    /// A draw from `shape`, in percent.
    pub fn shaped(&mut self, shape: &Shape) -> i64 {
        shape.at(self.below(1_000))
    }

    /// How many arrivals come when `mean_milli` thousandths are expected: Poisson by inversion.
    ///
    /// Means above 40 are drawn in parts, so that the first probability does not vanish.
    pub fn arrivals(&mut self, mean_milli: i64) -> i64 {
        let mut left = mean_milli.max(0);
        let mut n_arrivals = 0;
        while left > 0 {
            let part = left.min(40_000);
            left -= part;
            n_arrivals += self.arrivals_of_part(part);
        }
        n_arrivals
    }

    fn arrivals_of_part(&mut self, mean_milli: i64) -> i64 {
        let mean = f64::from(i32::try_from(mean_milli).unwrap_or(i32::MAX)) / 1_000.0;
        let draw = f64::from(self.0.next_u32()) / 4_294_967_296.0;
        let mut probability = exp_of_minus(mean);
        let mut reached = probability;
        let mut count = 0;
        while reached < draw && count < 400 {
            count += 1;
            probability = probability * mean / f64::from(count);
            reached += probability;
        }
        i64::from(count)
    }
}

/// e to the power of minus `x`, for 0 <= x <= 40, from basic operations: Taylor at x/64, then six squarings.
fn exp_of_minus(x: f64) -> f64 {
    let small = -x / 64.0;
    let mut term = 1.0;
    let mut sum = 1.0;
    for n in 1..=14 {
        term = term * small / f64::from(n);
        sum += term;
    }
    (0..6).fold(sum, |power, _| power * power)
}

/// A quantile table: at so many chances in a thousand, so many percent; straight between its points.
#[derive(Clone, Debug)]
pub struct Shape(Vec<(i64, i64)>);

impl Shape {
    /// A shape from its points, sorted by permille, from 0 to 1000.
    pub fn new(points: Vec<(i64, i64)>) -> Self {
        Self(points)
    }

    /// The value at `permille`.
    pub fn at(&self, permille: i64) -> i64 {
        let above = self.0.partition_point(|point| point.0 <= permille);
        match (above.checked_sub(1).and_then(|idx| self.0.get(idx)), self.0.get(above)) {
            (Some(low), Some(high)) => {
                low.1 + (high.1 - low.1) * (permille - low.0) / (high.0 - low.0).max(1)
            }
            (Some(only), None) | (None, Some(only)) => only.1,
            (None, None) => 100,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_close_to_the_true_one() {
        for (x, expected) in [(0.0, 1.0), (1.0, 0.367_879_441_171_442_3), (40.0, 4.248_354_255_291_589e-18)] {
            let relative = (exp_of_minus(x) - expected).abs() / expected;
            assert!(relative < 1e-12, "{x}: {relative}");
        }
    }

    #[test]
    fn arrivals_average_to_their_mean() {
        let mut chance = Chance::named(1, "arrivals");
        let total: i64 = (0..2_000).map(|_| chance.arrivals(5_500)).sum();
        assert!((10_700..11_300).contains(&total), "{total}");
        let many: i64 = (0..200).map(|_| chance.arrivals(100_000)).sum();
        assert!((19_500..20_500).contains(&many), "{many}");
        assert_eq!(chance.arrivals(0), 0);
    }

    #[test]
    fn the_same_seed_draws_the_same_numbers_for_ever() {
        let mut chance = Chance::named(2026, "brackwell|letters|-3");
        chance.begin_case(7);
        let draws: Vec<i64> = (0..6).map(|_| chance.below(1_000)).collect();
        assert_eq!(draws, DRAWS, "the demo book of every machine must stay the same");
    }

    const DRAWS: [i64; 6] = [560, 464, 68, 211, 801, 999];

    #[test]
    fn a_shape_is_straight_between_its_points() {
        let shape = Shape::new(vec![(0, 0), (500, 30), (1_000, 300)]);
        assert_eq!([0, 250, 500, 750, 1_000].map(|at| shape.at(at)), [0, 15, 30, 165, 300]);
    }
}
