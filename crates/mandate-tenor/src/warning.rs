//! Early warning: the chance that a case ends in trouble, with the reasons and their weights.
//!
//! A logistic regression with a small penalty. What is not known of a case counts as the mean and lowers its coverage; a case is
//! called quiet only when enough is known and the whole interval is. Not here: which signals a firm has.

use crate::control::{Cancelled, Control};
use crate::estimate::HALF_95;
use crate::linear::{Square, dot};
use crate::normal::quantile;

/// Steps of Newton after which there is no maximum.
const MAX_STEPS: usize = 60;

/// Why there is no warning.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WarningError {
    #[error("case {position} (from 1) has {n_found} signals, {n_signals} are named")]
    Lengths { position: usize, n_found: usize, n_signals: usize },
    #[error(
        "case {position} (from 1), signal `{signal}`: {value} is no finite number; leave it out where it is not known"
    )]
    NotFinite { position: usize, signal: String, value: f64 },
    #[error("signal `{signal}` is the same, or unknown, in all cases; leave it out")]
    Constant { signal: String },
    #[error(
        "{n_fewer} cases of the rarer outcome are too few for {n_signals} signals; at least {n_needed} are needed"
    )]
    FewCases { n_fewer: usize, n_signals: usize, n_needed: usize },
    #[error("a penalty of {penalty} is none; give a finite number of at least 0")]
    Penalty { penalty: f64 },
    #[error(
        "the signals tell the outcomes apart without exception, or follow from each other; give a penalty above 0"
    )]
    NoMaximum,
    #[error("there is nothing to evaluate: give chances from 0 to 1 of cases with both outcomes")]
    NothingToEvaluate,
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// What is known of a case; a signal nobody has is `None`.
pub type Signals = Vec<Option<f64>>;

/// A fitted warning.
#[derive(Clone, Debug)]
pub struct Warning {
    signals: Vec<Signal>,
    /// Log odds of a case whose every signal is at its mean.
    base: f64,
    /// Variance of the base and the weights.
    variance: Square,
    n_cases: usize,
}

/// One signal of a fitted warning.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Its name.
    pub name: String,
    /// Mean and standard deviation among the cases where it is known.
    pub mean: f64,
    /// See `mean`.
    pub sd: f64,
    /// Log odds for one standard deviation more.
    pub weight: f64,
}

/// What one signal adds to the log odds of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// The signal.
    pub signal: String,
    /// Log odds it adds; 0 where it is not known.
    pub adds: f64,
    /// Whether it is known.
    pub is_known: bool,
}

/// What may be said of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// The chance reaches the threshold.
    Trouble,
    /// Enough is known, and the whole interval lies below the threshold.
    Quiet,
    /// Neither: not a good sign, but no sign.
    Unknown,
}

/// The chance of trouble, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Chance {
    /// From 0 to 1.
    pub chance: f64,
    /// The 95 % interval of what the cases tell; it does not hold what is unknown of this case.
    pub interval: (f64, f64),
    /// Share of the signals' weight that is known of this case.
    pub coverage: f64,
    /// All signals, the strongest first; with the base they add up to the log odds.
    pub reasons: Vec<Reason>,
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Coverage from which a case may be called quiet.
pub const COVERED: f64 = 0.7;

impl Chance {
    /// What may be said at a threshold.
    pub fn outlook(&self, threshold: f64) -> Outlook {
        if self.chance >= threshold {
            Outlook::Trouble
        } else if self.coverage >= COVERED && self.interval.1 < threshold {
            Outlook::Quiet
        } else {
            Outlook::Unknown
        }
    }
}

fn checked(names: &[String], cases: &[Signals]) -> Result<(), WarningError> {
    for (idx, case) in cases.iter().enumerate() {
        let position = idx + 1;
        if case.len() != names.len() {
            return Err(WarningError::Lengths { position, n_found: case.len(), n_signals: names.len() });
        }
        for (signal, value) in names.iter().zip(case) {
            if let Some(value) = value.filter(|value| !value.is_finite() || value.abs() > 1e100) {
                return Err(WarningError::NotFinite { position, signal: signal.clone(), value });
            }
        }
    }
    Ok(())
}

/// Mean and standard deviation of a signal where it is known.
fn spread(names: &[String], cases: &[Signals], idx: usize) -> Result<Signal, WarningError> {
    let known = || cases.iter().filter_map(|case| case[idx]);
    let n = known().count() as f64;
    let mean = known().sum::<f64>() / n;
    let sd = (known().map(|value| (value - mean) * (value - mean)).sum::<f64>() / n).sqrt();
    if n < 2.0 || sd <= 1e-12 * mean.abs() {
        return Err(WarningError::Constant { signal: names[idx].clone() });
    }
    Ok(Signal { name: names[idx].clone(), mean, sd, weight: 0.0 })
}

/// A case's signals in standard deviations from the mean, after a 1 for the base; unknown is 0.
fn row(signals: &[Signal], case: &Signals) -> Vec<f64> {
    let scaled = |(signal, value): (&Signal, &Option<f64>)| {
        value.map_or(0.0, |value| (value - signal.mean) / signal.sd)
    };
    std::iter::once(1.0).chain(signals.iter().zip(case).map(scaled)).collect()
}

/// Fits the chance of trouble to cases whose end is known.
///
/// # Shapes and units
/// - `cases`: one value a name, any unit, `None` where unknown; `ended_in_trouble`: one a case.
/// - `penalty`: half of it times the squared weight, in standard deviations of the signal, is taken off the log-likelihood; 1 is
///   a prior of log odds within plus or minus 2, and 0 is none.
///
/// # Errors
/// [`WarningError`] naming the case and signal; [`WarningError::FewCases`] below two cases of each outcome for each signal.
///
/// # Cost
/// Some ten passes over the cases, each by the square of the signals.
///
/// # Source
/// Le Cessie and van Houwelingen (1992), "Ridge estimators in logistic regression", Applied Statistics 41(1), 191-201.
pub fn fit(
    names: &[String],
    cases: &[Signals],
    ended_in_trouble: &[bool],
    penalty: f64,
    control: &mut Control<'_>,
) -> Result<Warning, WarningError> {
    checked(names, cases)?;
    if !penalty.is_finite() || penalty < 0.0 {
        return Err(WarningError::Penalty { penalty });
    }
    let n_cases = cases.len().min(ended_in_trouble.len());
    let n_bad = ended_in_trouble[..n_cases].iter().filter(|bad| **bad).count();
    let (n_fewer, n_needed) = (n_bad.min(n_cases - n_bad), 2 * names.len().max(1));
    if n_fewer < n_needed || cases.len() != ended_in_trouble.len() {
        return Err(WarningError::FewCases { n_fewer, n_signals: names.len(), n_needed });
    }
    let mut signals = (0..names.len())
        .map(|idx| spread(names, cases, idx))
        .collect::<Result<Vec<Signal>, WarningError>>()?;
    let rows: Vec<Vec<f64>> = cases.iter().map(|case| row(&signals, case)).collect();
    let n = names.len() + 1;
    let share = n_bad as f64 / n_cases as f64;
    let mut at = vec![0.0; n];
    at[0] = (share / (1.0 - share)).ln();
    for _ in 0..MAX_STEPS {
        control.step()?;
        let (mut slope, mut curvature) = (vec![0.0; n], Square::zero(n));
        for (row, bad) in rows.iter().zip(ended_in_trouble) {
            let chance = logistic(dot(row, &at));
            let off = f64::from(u8::from(*bad)) - chance;
            slope.iter_mut().zip(row).for_each(|(slope, x)| *slope += off * x);
            curvature.add_outer(row, chance * (1.0 - chance));
        }
        for idx in 1..n {
            slope[idx] -= penalty * at[idx];
            *curvature.at(idx, idx) += penalty;
        }
        let factor = curvature.cholesky().map_err(|_| WarningError::NoMaximum)?;
        let step = factor.solve(&slope);
        let decrement = dot(&step, &slope);
        // A long step is shortened: far out the curvature is that of another place.
        let length = (4.0 / step.iter().fold(4.0_f64, |longest, step| longest.max(step.abs()))).min(1.0);
        at.iter_mut().zip(&step).for_each(|(at, step)| *at += length * step);
        if decrement < 1e-12 * n_cases as f64 {
            let variance = factor.inverse();
            // Where signals separate the outcomes the likelihood flattens out long before it ends.
            if (0..n).any(|idx| variance.get(idx, idx) > 1e4) {
                return Err(WarningError::NoMaximum);
            }
            signals.iter_mut().zip(&at[1..]).for_each(|(signal, weight)| signal.weight = *weight);
            return Ok(Warning { signals, base: at[0], variance, n_cases });
        }
    }
    Err(WarningError::NoMaximum)
}

impl Warning {
    /// The signals with their weights.
    pub fn signals(&self) -> &[Signal] {
        &self.signals
    }

    /// Log odds of a case whose every signal is at its mean, or unknown.
    pub fn base(&self) -> f64 {
        self.base
    }

    /// Standard errors of the base and of each weight.
    pub fn standard_errors(&self) -> Vec<f64> {
        (0..self.variance.n).map(|idx| self.variance.get(idx, idx).sqrt()).collect()
    }

    /// Cases it was fitted to.
    pub fn n_cases(&self) -> usize {
        self.n_cases
    }

    /// The chance of one case.
    ///
    /// # Shapes and units
    /// - `case`: one value a signal, in the units of the fit.
    ///
    /// # Errors
    /// [`WarningError::Lengths`], [`WarningError::NotFinite`].
    ///
    /// # Source
    /// As [`fit`]; the interval is that of the log odds.
    pub fn chance(&self, case: &Signals) -> Result<Chance, WarningError> {
        let names: Vec<String> = self.signals.iter().map(|signal| signal.name.clone()).collect();
        checked(&names, std::slice::from_ref(case))?;
        let row = row(&self.signals, case);
        let error = dot(&row, &self.variance.times(&row)).max(0.0).sqrt();
        let adds: Vec<f64> =
            self.signals.iter().zip(&row[1..]).map(|(signal, x)| signal.weight * x).collect();
        let odds = self.base + adds.iter().sum::<f64>();
        let weight = |known: bool| {
            let of = self.signals.iter().zip(case).filter(|(_, value)| value.is_some() || !known);
            of.map(|(signal, _)| signal.weight.abs()).sum::<f64>()
        };
        let of = |((signal, value), adds): ((&Signal, &Option<f64>), f64)| Reason {
            signal: signal.name.clone(),
            adds,
            is_known: value.is_some(),
        };
        let mut reasons: Vec<Reason> = self.signals.iter().zip(case).zip(adds).map(of).collect();
        reasons.sort_by(|a, b| b.adds.abs().total_cmp(&a.adds.abs()));
        let total = weight(false);
        Ok(Chance {
            chance: logistic(odds),
            interval: (logistic(odds - HALF_95 * error), logistic(odds + HALF_95 * error)),
            coverage: if total > 0.0 { weight(true) / total } else { 0.0 },
            reasons,
        })
    }
}

/// A group of cases with like chances.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// Cases.
    pub n: usize,
    /// Their mean chance.
    pub said: f64,
    /// The share that ended in trouble.
    pub came: f64,
    /// Wilson's 95 % interval of that share.
    pub interval: (f64, f64),
}

/// How good chances were.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Chance that a case in trouble was rated above one that was not; ties count half.
    pub auc: f64,
    /// Mean squared error of the chances.
    pub brier: f64,
    /// The reliability diagram: bands of equally many cases, rising.
    pub bands: Vec<Band>,
}

/// Wilson's interval of a share.
fn wilson(k: f64, n: f64) -> (f64, f64) {
    let z = quantile(0.975);
    let (p, z2) = (k / n, z * z);
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

/// Holds chances against what came; of cases the warning was not fitted to, or it flatters.
///
/// # Shapes and units
/// - `said`: chances from 0 to 1 with what came; `n_bands`: at least 1, at most as many as there are cases.
///
/// # Errors
/// [`WarningError::NothingToEvaluate`]: no case, one outcome only, or a chance outside 0 to 1.
///
/// # Source
/// Hanley and McNeil (1982), Radiology 143, 29-36; Brier (1950); Wilson (1927) for the bands' intervals.
pub fn evaluate(said: &[(f64, bool)], n_bands: usize) -> Result<Evaluation, WarningError> {
    let n_bad = said.iter().filter(|(_, came)| *came).count();
    let is_chance = |(chance, _): &(f64, bool)| (0.0..=1.0).contains(chance);
    if n_bad == 0 || n_bad == said.len() || !said.iter().all(is_chance) {
        return Err(WarningError::NothingToEvaluate);
    }
    let mut sorted = said.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    // The rank of a tie is the mean rank of all that tie.
    let (mut ranks_bad, mut from) = (0.0, 0);
    while from < sorted.len() {
        let to = from + sorted[from..].partition_point(|(chance, _)| *chance <= sorted[from].0);
        let bad = sorted[from..to].iter().filter(|(_, came)| *came).count();
        ranks_bad += bad as f64 * (from + 1 + to) as f64 / 2.0;
        from = to;
    }
    let (bad, good) = (n_bad as f64, (said.len() - n_bad) as f64);
    let outcome = |came: bool| f64::from(u8::from(came));
    let n_bands = n_bands.clamp(1, sorted.len());
    let band = |idx: usize| {
        let of = &sorted[idx * sorted.len() / n_bands..(idx + 1) * sorted.len() / n_bands];
        let (n, came) = (of.len() as f64, of.iter().map(|(_, came)| outcome(*came)).sum::<f64>());
        let said = of.iter().map(|(chance, _)| chance).sum::<f64>() / n;
        Band { n: of.len(), said, came: came / n, interval: wilson(came, n) }
    };
    Ok(Evaluation {
        auc: (ranks_bad - bad * (bad + 1.0) / 2.0) / (bad * good),
        brier: said.iter().map(|(chance, came)| (chance - outcome(*came)).powi(2)).sum::<f64>()
            / said.len() as f64,
        bands: (0..n_bands).map(band).collect(),
    })
}
