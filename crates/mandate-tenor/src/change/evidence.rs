//! How well a series agrees with a change of a given shape, its size, the level and the noise integrated out.
//!
//! Sizes are normal with a standard deviation of twice the months' noise; level and log noise have flat priors, which cancel
//! where models are compared. Source: Zellner (1971), An Introduction to Bayesian Inference in Econometrics, ch. 3.

use super::Correlation;
use crate::linear::{Lower, dot};

/// The standard deviation of sizes, in those of the months' noise.
const SIZE: f64 = 2.0;

/// What depends on the months and the correlation alone.
pub(super) struct Pattern {
    factor: Lower,
    level: Vec<f64>,
    square: f64,
}

/// A whitened shape of a change, and what of it a level does not explain.
pub(super) struct Shape {
    white: Vec<f64>,
    by_level: f64,
    left: f64,
}

/// A series' whitened values, and what a level leaves of them.
pub(super) struct Level {
    white: Vec<f64>,
    by_level: f64,
    residual: f64,
}

impl Pattern {
    pub fn new(months: &[usize], correlation: Correlation) -> Self {
        let factor = correlation.factor(months);
        let level = factor.forward(&vec![1.0; months.len()]);
        let square = dot(&level, &level);
        Self { factor, level, square }
    }

    /// A lasting step from a position on.
    pub fn step(&self, start: usize) -> Shape {
        self.whitened(&(0..self.level.len()).map(|i| f64::from(u8::from(i >= start))).collect::<Vec<_>>())
    }

    pub fn whitened(&self, shape: &[f64]) -> Shape {
        let white = self.factor.forward(shape);
        let by_level = dot(&white, &self.level);
        let left = (dot(&white, &white) - by_level * by_level / self.square).max(0.0);
        Shape { white, by_level, left }
    }

    pub fn level(&self, values: &[f64]) -> Level {
        let white = self.factor.forward(values);
        let by_level = dot(&white, &self.level);
        let residual = (dot(&white, &white) - by_level * by_level / self.square).max(0.0);
        Level { white, by_level, residual }
    }

    /// The log-evidence of no change. Of a series that does not vary every model says the same.
    pub fn evidence_of_none(&self, level: &Level) -> f64 {
        self.constant() - self.half_freedom() * level.residual.max(1e-9).ln()
    }

    /// The log-evidence of a change of this shape.
    pub fn evidence(&self, level: &Level, shape: &Shape) -> f64 {
        let off = dot(&shape.white, &level.white) - shape.by_level * level.by_level / self.square;
        let prior = SIZE * SIZE;
        let residual = level.residual - off * off / (shape.left + 1.0 / prior);
        self.constant() - 0.5 * (prior * shape.left).ln_1p() - self.half_freedom() * residual.max(1e-9).ln()
    }

    fn constant(&self) -> f64 {
        -0.5 * (self.factor.log_determinant() + self.square.ln())
    }

    fn half_freedom(&self) -> f64 {
        (self.level.len() - 1) as f64 / 2.0
    }
}

/// The logarithm of the mean of what `logs` are the logarithms of.
pub(super) fn log_mean(logs: &[f64]) -> f64 {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + (logs.iter().map(|log| (log - largest).exp()).sum::<f64>() / logs.len() as f64).ln()
}
