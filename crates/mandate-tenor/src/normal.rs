//! The normal distribution's functions: density, distribution, its inverse, and the probability of an interval.
//!
//! An interval far out is computed in its own tail, where subtracting from one would leave nothing.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

pub(crate) fn density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / (2.0 * PI).sqrt()
}

/// P(Z <= x).
pub(crate) fn below(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}

/// P(low < Z <= high).
pub(crate) fn between(low: f64, high: f64) -> f64 {
    if low > 0.0 { below(-low) - below(-high) } else { below(high) - below(low) }
}

/// The x with P(Z <= x) = p, to 1e-12; `p` strictly between 0 and 1.
pub(crate) fn quantile(p: f64) -> f64 {
    let (mut low, mut high) = (-38.0, 38.0);
    for _ in 0..70 {
        let middle = 0.5 * (low + high);
        if below(middle) < p { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_met() {
        assert!((below(1.959_963_984_540_054) - 0.975).abs() < 1e-15);
        assert!((quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-12);
        assert!((density(0.0) - 0.398_942_280_401_432_7).abs() < 1e-16);
        // P(8 < Z < 9) = 6.220961e-16 - 1.1286e-19: one minus something would round it away.
        assert!((between(8.0, 9.0) / 6.219_832e-16 - 1.0).abs() < 1e-6);
        assert_eq!(between(-9.0, -8.0), between(8.0, 9.0));
    }
}
