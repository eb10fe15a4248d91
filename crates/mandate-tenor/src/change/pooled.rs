//! How months hang together, from all series of a portfolio: one alone is too short to say.
//!
//! Restricted likelihood on a grid, each series with its own level and noise. A series that changed would pass for correlation;
//! so each may have changed, at any month, and the share that did is estimated too. A weak prior decides where there is little.

use std::collections::BTreeMap;

use super::evidence::{Pattern, Shape, log_mean};
use super::{Correlation, Series};
use crate::control::{Cancelled, Control};

/// Mean and standard deviation of `next` before the data: about as firm as one series of two years.
const PRIOR: (f64, f64) = (0.2, 0.2);

/// Shares of series that changed which are tried.
const CHANGED: [f64; 8] = [0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4];

/// The correlation the series have in common.
///
/// # Shapes and units
/// - `series`: of accounts that are watched alike; each keeps a level and a noise of its own.
/// - returns `next` on a grid of .025 and `decay` of 0, .3, .5 or .7: what hangs together longer is a level that wanders, and is change.
///
/// # Errors
/// [`Cancelled`].
///
/// # Cost
/// Series times 60 times the square of the months.
///
/// # Source
/// Restricted likelihood: Harville (1977), JASA 72, 320-338. The prior and the share of changes: own construction, argued in
/// `docs/methods/tenor-change.md`.
pub fn pooled_correlation(series: &[Series], control: &mut Control<'_>) -> Result<Correlation, Cancelled> {
    let mut by_months: BTreeMap<&[usize], Vec<Vec<f64>>> = BTreeMap::new();
    for one in series {
        let values = one.standardised();
        // What does not vary says nothing of how months hang together.
        if values.iter().any(|value| *value != 0.0) {
            by_months.entry(one.months()).or_default().push(values);
        }
    }
    let mut best = (f64::NEG_INFINITY, Correlation::NONE);
    for decay in [0.0, 0.3, 0.5, 0.7] {
        for step in 0..=28 {
            // A product would miss .3 and .7 by a digit, and with it the whole of their decays.
            let next = f64::from(step) / 40.0;
            let Ok(correlation) = Correlation::new(next, decay) else { continue };
            if next == 0.0 && decay > 0.0 {
                continue;
            }
            control.step()?;
            let off = (next - PRIOR.0) / PRIOR.1;
            let of = |(months, values): (&&[usize], &Vec<Vec<f64>>)| evidences(months, values, correlation);
            let evidences: Vec<(f64, f64)> = by_months.iter().flat_map(of).collect();
            let likelihood =
                CHANGED.map(|share| mixed(&evidences, share)).into_iter().fold(f64::NEG_INFINITY, f64::max);
            let likelihood = likelihood - 0.5 * off * off;
            if likelihood > best.0 {
                best = (likelihood, correlation);
            }
        }
    }
    Ok(best.1)
}

/// The log-evidence of each series without a change and with one.
fn evidences(months: &[usize], values: &[Vec<f64>], correlation: Correlation) -> Vec<(f64, f64)> {
    let pattern = Pattern::new(months, correlation);
    let steps: Vec<Shape> = (2..months.len() - 1).map(|start| pattern.step(start)).collect();
    let of = |values: &Vec<f64>| {
        let level = pattern.level(values);
        let changed: Vec<f64> = steps.iter().map(|step| pattern.evidence(&level, step)).collect();
        (pattern.evidence_of_none(&level), log_mean(&changed))
    };
    values.iter().map(of).collect()
}

/// The log-likelihood of all series when a share of them changed.
fn mixed(evidences: &[(f64, f64)], share: f64) -> f64 {
    let of = |(none, changed): &(f64, f64)| {
        let largest = none.max(*changed);
        largest
            + ((1.0 - share) * (none - largest).exp() + share * (changed - largest).exp()).max(1e-300).ln()
    };
    evidences.iter().map(of).sum()
}
