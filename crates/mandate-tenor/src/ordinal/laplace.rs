//! The Laplace approximation of the likelihood and its exact gradient.
//!
//! Each rater's leniency is `spread * b` with b standard normal; its mode is found by Newton, which on this concave function
//! cannot miss. In `spread` the likelihood is even and smooth at 0, so that raters who do not differ are no boundary case.

use super::AnswerRow;

/// Minus the log-likelihood, as a function of thresholds, coefficients (of scaled covariates) and the raters' spread.
pub(super) struct Likelihood<'a> {
    /// The rows of each rater.
    raters: Vec<Vec<&'a AnswerRow>>,
    n_cuts: usize,
    /// Mean and standard deviation of each covariate, by which it is centred and scaled.
    centres: Vec<f64>,
    scales: Vec<f64>,
    shares: Vec<f64>,
}

/// What one answer says at given ends of its interval.
struct Cell {
    log_p: f64,
    /// First derivatives by the upper and lower end.
    by_upper: f64,
    by_lower: f64,
    /// Distribution, density and its derivative at the ends.
    upper: Ends,
    lower: Ends,
}

#[derive(Clone, Copy)]
struct Ends {
    below: f64,
    density: f64,
    bend: f64,
}

fn ends(x: f64) -> Ends {
    let below = 1.0 / (1.0 + (-x).exp());
    let density = below * (1.0 - below);
    Ends { below, density, bend: density * (1.0 - 2.0 * below) }
}

/// log(1 + e^x)
fn softplus(x: f64) -> f64 {
    if x > 35.0 { x } else { x.exp().ln_1p() }
}

fn cell(lower: f64, upper: f64) -> Cell {
    let width = upper - lower;
    let missed = (-width).exp();
    // d log(1 - e^-w) / dw
    let inward = missed / -(-width).exp_m1();
    let (low, up) = (ends(lower), ends(upper));
    let mut log_p = (-(-width).exp_m1()).ln();
    if upper.is_finite() {
        log_p -= softplus(-upper);
    }
    if lower.is_finite() {
        log_p -= softplus(lower);
    }
    Cell { log_p, by_upper: 1.0 - up.below + inward, by_lower: -low.below - inward, upper: up, lower: low }
}

impl<'a> Likelihood<'a> {
    pub fn new(rows: &'a [AnswerRow], n_raters: usize, n_cuts: usize) -> Self {
        let n_covariates = rows.first().map_or(0, |row| row.covariates.len());
        let n = rows.len() as f64;
        let (mut centres, mut squares) = (vec![0.0; n_covariates], vec![0.0; n_covariates]);
        let mut raters = vec![vec![]; n_raters];
        let mut shares = vec![0.0; n_cuts];
        for row in rows {
            centres.iter_mut().zip(&row.covariates).for_each(|(centre, x)| *centre += x / n);
            raters[row.rater].push(row);
            shares.iter_mut().skip(row.category).for_each(|share| *share += 1.0 / n);
        }
        for row in rows {
            let off = row.covariates.iter().zip(&centres).map(|(x, centre)| x - centre);
            squares.iter_mut().zip(off).for_each(|(square, off)| *square += off * off / n);
        }
        let scales = squares.into_iter().map(f64::sqrt).collect();
        Self { raters, n_cuts, centres, scales, shares }
    }

    /// How the unscaled unknowns are made of the scaled ones: one row of weights each.
    pub fn unscaled(&self) -> Vec<Vec<f64>> {
        let n = self.n_cuts + self.scales.len() + 1;
        let row = |idx: usize| {
            let mut weights = vec![0.0; n];
            weights[idx] = 1.0;
            if idx < self.n_cuts {
                let shifts = self.centres.iter().zip(&self.scales).map(|(centre, scale)| centre / scale);
                weights[self.n_cuts..n - 1]
                    .iter_mut()
                    .zip(shifts)
                    .for_each(|(weight, shift)| *weight = shift);
            } else if idx < n - 1 {
                weights[idx] = 1.0 / self.scales[idx - self.n_cuts];
            }
            weights
        };
        (0..n).map(row).collect()
    }

    /// A covariate's value, centred and scaled.
    fn scaled<'r>(&'r self, row: &'r AnswerRow) -> impl Iterator<Item = f64> + 'r {
        let by = self.centres.iter().zip(&self.scales);
        row.covariates.iter().zip(by).map(|(x, (centre, scale))| (x - centre) / scale)
    }

    /// A start: the thresholds that give the observed shares, no effects, a spread of 1. In steps.
    pub fn start(&self) -> Vec<f64> {
        let cuts: Vec<f64> = self.shares.iter().map(|share| (share / (1.0 - share)).ln()).collect();
        let steps = (1..cuts.len()).map(|k| (cuts[k] - cuts[k - 1]).max(1e-3).ln());
        let mut start: Vec<f64> = cuts.first().copied().into_iter().chain(steps).collect();
        start.extend(self.scales.iter().map(|_| 0.0));
        start.push(1.0);
        start
    }

    /// From the first threshold and the logarithms of the steps between thresholds to the thresholds themselves.
    pub fn natural(&self, at: &[f64]) -> Vec<f64> {
        let mut natural = at.to_vec();
        for k in 1..self.n_cuts {
            natural[k] = natural[k - 1] + at[k].exp();
        }
        natural
    }

    /// Value and gradient where thresholds are given by steps, which keeps them in order.
    pub fn in_steps(&self, at: &[f64], slope: &mut [f64]) -> f64 {
        let value = self.at(&self.natural(at), slope);
        for k in (1..self.n_cuts).rev() {
            slope[k - 1] += slope[k];
        }
        for k in 1..self.n_cuts {
            slope[k] *= at[k].exp();
        }
        value
    }

    /// Value and gradient at thresholds, coefficients and spread.
    pub fn at(&self, natural: &[f64], slope: &mut [f64]) -> f64 {
        slope.fill(0.0);
        let total: f64 = self.raters.iter().map(|rows| self.rater(rows, natural, slope)).sum();
        slope.iter_mut().for_each(|x| *x = -*x);
        -total
    }

    /// Each rater's mode of b, minus the second derivative there, and the number of answers.
    pub fn modes(&self, natural: &[f64]) -> Vec<(f64, f64, usize)> {
        let spread = natural[natural.len() - 1];
        let of = |rows: &Vec<&AnswerRow>| {
            let (mode, curvature) = self.mode(rows, natural, spread);
            (mode, curvature, rows.len())
        };
        self.raters.iter().map(of).collect()
    }

    /// The ends of an answer's interval at b = 0.
    fn bounds(&self, row: &AnswerRow, natural: &[f64]) -> (f64, f64) {
        let coefficients = &natural[self.n_cuts..self.n_cuts + self.scales.len()];
        let centre: f64 = self.scaled(row).zip(coefficients).map(|(x, coefficient)| x * coefficient).sum();
        let lower = if row.category == 0 { f64::NEG_INFINITY } else { natural[row.category - 1] - centre };
        let upper = if row.category == self.n_cuts { f64::INFINITY } else { natural[row.category] - centre };
        (lower, upper)
    }

    fn mode(&self, rows: &[&AnswerRow], natural: &[f64], spread: f64) -> (f64, f64) {
        let bounds: Vec<(f64, f64)> = rows.iter().map(|row| self.bounds(row, natural)).collect();
        let mut b = 0.0_f64;
        for _ in 0..100 {
            let (mut first, mut second) = (-b, 1.0);
            for (lower, upper) in &bounds {
                let (low, up) = (ends(lower - spread * b), ends(upper - spread * b));
                first -= spread * (1.0 - up.below - low.below);
                second += spread * spread * (up.density + low.density);
            }
            // The curvature is at least 1; a bounded step cannot cycle where it changes fast.
            let step = (first / second).clamp(-2.0, 2.0);
            b += step;
            if step.abs() < 1e-11 {
                break;
            }
        }
        let densities = bounds
            .iter()
            .map(|(lower, upper)| ends(lower - spread * b).density + ends(upper - spread * b).density);
        (b, 1.0 + spread * spread * densities.sum::<f64>())
    }

    /// One rater's log-likelihood; its gradient is added to `slope`.
    fn rater(&self, rows: &[&AnswerRow], natural: &[f64], slope: &mut [f64]) -> f64 {
        let (last, spread) = (natural.len() - 1, natural[natural.len() - 1]);
        let (b, curvature) = self.mode(rows, natural, spread);
        let cells: Vec<Cell> = rows
            .iter()
            .map(|row| {
                let (lower, upper) = self.bounds(row, natural);
                cell(lower - spread * b, upper - spread * b)
            })
            .collect();
        let bends: f64 = cells.iter().map(|cell| cell.upper.bend + cell.lower.bend).sum();
        let densities: f64 = cells.iter().map(|cell| cell.upper.density + cell.lower.density).sum();
        let by_shift: f64 = cells.iter().map(|cell| 1.0 - cell.upper.below - cell.lower.below).sum();
        // By the mode: the curvature changes with b, and b with every unknown.
        let curvature_by_b = -spread * spread * spread * bends;
        let through_mode = |by_b: f64| -0.5 * curvature_by_b * by_b / (curvature * curvature);
        for (row, cell) in rows.iter().zip(&cells) {
            // What one more at the upper or lower end does: directly, to the curvature, and to the mode.
            let end = |first: f64, ends: Ends| {
                first - 0.5 * spread * spread * ends.bend / curvature + through_mode(spread * ends.density)
            };
            let (upper, lower) = (end(cell.by_upper, cell.upper), end(cell.by_lower, cell.lower));
            if row.category < self.n_cuts {
                slope[row.category] += upper;
            }
            if row.category > 0 {
                slope[row.category - 1] += lower;
            }
            for (idx, x) in self.scaled(row).enumerate() {
                slope[self.n_cuts + idx] -= (upper + lower) * x;
            }
        }
        let curvature_by_spread = 2.0 * spread * densities - spread * spread * b * bends;
        let mode_by_spread = -spread * b * densities - by_shift;
        slope[last] += -b * by_shift - 0.5 * curvature_by_spread / curvature + through_mode(mode_by_spread);
        cells.iter().map(|cell| cell.log_p).sum::<f64>() - 0.5 * b * b - 0.5 * curvature.ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_is_that_of_the_value() {
        let row = |category, rater, x, z| AnswerRow { category, rater, covariates: vec![x, z] };
        let rows: Vec<AnswerRow> = (0..40)
            .map(|i| row((i * 7 % 11) % 4, i % 5, f64::from(u8::from(i % 3 == 0)), (i * 13 % 17) as f64))
            .collect();
        let likelihood = Likelihood::new(&rows, 5, 3);
        for at in [
            [-1.0, 0.1, -0.3, 0.4, -0.2, 0.9],
            [0.5, -0.5, 0.7, -1.0, 0.6, 2.5],
            [0.0, 0.0, 0.0, 0.2, 0.1, -0.4],
        ] {
            let mut slope = [0.0; 6];
            likelihood.in_steps(&at, &mut slope);
            for idx in 0..6 {
                let value = |by: f64| {
                    let mut moved = at;
                    moved[idx] += by;
                    likelihood.in_steps(&moved, &mut [0.0; 6])
                };
                let wanted = (8.0 * (value(1e-3) - value(-1e-3)) - (value(2e-3) - value(-2e-3))) / 12e-3;
                assert!(
                    (slope[idx] - wanted).abs() < 1e-7 * (1.0 + wanted.abs()),
                    "{idx}: {} {wanted}",
                    slope[idx]
                );
            }
        }
    }
}
