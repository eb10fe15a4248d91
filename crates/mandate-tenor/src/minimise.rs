//! Minimising a smooth function with its gradient: BFGS with a backtracking line search.
//!
//! Ends where the next step could lower the value by nothing that counts (the Newton decrement). The curvature for standard
//! errors is taken anew at the end, by differences of the gradient. Source: Nocedal and Wright, Numerical Optimization, ch. 6.

use crate::control::{Cancelled, Control};
use crate::linear::{Square, dot};

/// Steps after which no minimum is in sight.
const MAX_STEPS: usize = 500;

/// Value at a point, the gradient written beside it; a value that is not finite is a place one may not go.
pub(crate) type Function<'a> = dyn FnMut(&[f64], &mut [f64]) -> f64 + 'a;

/// Where the minimum lies.
#[derive(Clone, Debug)]
pub(crate) struct Minimum {
    pub at: Vec<f64>,
    pub value: f64,
}

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoMinimum {
    Cancelled,
    NotFound,
}

impl From<Cancelled> for NoMinimum {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// The minimum near `start`; `inverse` is a first guess of the inverse curvature.
pub(crate) fn minimise(
    start: Vec<f64>,
    mut inverse: Square,
    function: &mut Function<'_>,
    control: &mut Control<'_>,
) -> Result<Minimum, NoMinimum> {
    let n = start.len();
    let (mut at, mut slope) = (start, vec![0.0; n]);
    let mut value = function(&at, &mut slope);
    if !value.is_finite() {
        return Err(NoMinimum::NotFound);
    }
    for _ in 0..MAX_STEPS {
        control.step()?;
        let mut step: Vec<f64> = inverse.times(&slope).into_iter().map(|x| -x).collect();
        let mut decrement = -dot(&step, &slope);
        if decrement.is_nan() || decrement < 0.0 {
            inverse = Square::identity(n);
            step = slope.iter().map(|x| -x).collect();
            decrement = dot(&slope, &slope);
        }
        if decrement < 1e-12 * (1.0 + value.abs()) {
            return Ok(Minimum { at, value });
        }
        let Some((next, lower, next_slope)) = line(&at, value, decrement, &step, function) else {
            // No lower value along the step: at the precision of the function this is the minimum.
            let is_there = decrement < 1e-6 * (1.0 + value.abs());
            return if is_there { Ok(Minimum { at, value }) } else { Err(NoMinimum::NotFound) };
        };
        let moved: Vec<f64> = next.iter().zip(&at).map(|(a, b)| a - b).collect();
        let turned: Vec<f64> = next_slope.iter().zip(&slope).map(|(a, b)| a - b).collect();
        update(&mut inverse, &moved, &turned);
        (at, value, slope) = (next, lower, next_slope);
    }
    Err(NoMinimum::NotFound)
}

/// A lower point along `step`, shortened until the value falls enough (Armijo).
fn line(
    at: &[f64],
    value: f64,
    decrement: f64,
    step: &[f64],
    function: &mut Function<'_>,
) -> Option<(Vec<f64>, f64, Vec<f64>)> {
    let mut length = 1.0;
    for _ in 0..50 {
        let next: Vec<f64> = at.iter().zip(step).map(|(x, d)| x + length * d).collect();
        let mut slope = vec![0.0; at.len()];
        let lower = function(&next, &mut slope);
        if lower.is_finite() && lower <= value - 1e-4 * length * decrement {
            return Some((next, lower, slope));
        }
        length *= 0.5;
    }
    None
}

/// The update of the inverse curvature by Broyden, Fletcher, Goldfarb and Shanno; left out where the curvature is not positive.
fn update(inverse: &mut Square, moved: &[f64], turned: &[f64]) {
    let curvature = dot(moved, turned);
    if curvature.is_nan() || curvature <= 1e-14 * dot(moved, moved).sqrt() * dot(turned, turned).sqrt() {
        return;
    }
    let through = inverse.times(turned);
    let scale = (1.0 + dot(turned, &through) / curvature) / curvature;
    let n = inverse.n;
    for i in 0..n {
        for j in 0..n {
            *inverse.at(i, j) +=
                scale * moved[i] * moved[j] - (through[i] * moved[j] + moved[i] * through[j]) / curvature;
        }
    }
}

/// The curvature (second derivatives) at `at`, by central differences of the gradient, made symmetric.
pub(crate) fn curvature(
    at: &[f64],
    function: &mut Function<'_>,
    control: &mut Control<'_>,
) -> Result<Square, Cancelled> {
    let n = at.len();
    let mut second = Square::zero(n);
    let (mut above, mut under) = (vec![0.0; n], vec![0.0; n]);
    for j in 0..n {
        control.step()?;
        let width = 1e-4 * (1.0 + at[j].abs());
        let mut moved = at.to_vec();
        moved[j] = at[j] + width;
        function(&moved, &mut above);
        moved[j] = at[j] - width;
        function(&moved, &mut under);
        for i in 0..n {
            let half = (above[i] - under[i]) / (4.0 * width);
            *second.at(i, j) += half;
            *second.at(j, i) += half;
        }
    }
    Ok(second)
}
