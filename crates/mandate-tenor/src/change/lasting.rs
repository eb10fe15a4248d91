//! Will a change last? The chances of a lasting change, of one that fades, and of none.
//!
//! Each is a model of the series; what is unknown (level, noise, size and start) is integrated out. The verdict waits until the
//! change has shown six months: before, one that lasts and one that fades look alike. Not here: finding a change (`chart`).

use super::evidence::{Pattern, log_mean};
use super::{Correlation, MIN_BASELINE, Series};

/// Months after which a fading change is gone, and that a change must have shown before there is a verdict.
pub const FADES_OVER: usize = 6;

/// The chance from which a verdict is given.
pub const SURE: f64 = 2.0 / 3.0;

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It lasts.
    Sustained,
    /// It fades, or is gone.
    Fading,
    /// There was none.
    NoChange,
    /// The most likely start is too recent to tell.
    TooEarly,
    /// Old enough, and still open.
    Open,
}

/// The chances, which add up to 1, and the verdict.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lasting {
    /// Of a change that lasts.
    pub lasting: f64,
    /// Of one that fades over six months.
    pub fading: f64,
    /// Of none.
    pub none: f64,
    /// The month in which a lasting change most likely began.
    pub since: usize,
    /// What may be said.
    pub verdict: Verdict,
}

/// The chances that the latest change of a series lasts, fades over six months, or is none, alike before the data.
///
/// # Shapes and units
/// - `series`: up to the month in which it is asked; the first eight months with a value are before any change.
/// - A size is taken as normal with a standard deviation of two of the months' noise, a start as any month alike.
///
/// # Source
/// Own construction, argued in `docs/methods/tenor-change.md`: integrated likelihoods of a linear model (Zellner 1971, An
/// Introduction to Bayesian Inference in Econometrics, ch. 3).
pub fn lasting(series: &Series, correlation: Correlation) -> Lasting {
    let months = series.months();
    let pattern = Pattern::new(months, correlation);
    let level = pattern.level(&series.standardised());
    let fading = |start: usize| -> Vec<f64> {
        let size = |month: &usize| match month.checked_sub(months[start]) {
            None => 0.0,
            Some(age) => (1.0 - age as f64 / FADES_OVER as f64).max(0.0),
        };
        months.iter().map(size).collect()
    };
    let starts = MIN_BASELINE..months.len() - 1;
    let stays: Vec<f64> =
        starts.clone().map(|start| pattern.evidence(&level, &pattern.step(start))).collect();
    let fades: Vec<f64> =
        starts.map(|start| pattern.evidence(&level, &pattern.whitened(&fading(start)))).collect();
    let best =
        (0..stays.len()).max_by(|a, b| stays[*a].total_cmp(&stays[*b]).then(b.cmp(a))).unwrap_or_default();
    let since = months[MIN_BASELINE + best];
    let logs = [log_mean(&stays), log_mean(&fades), pattern.evidence_of_none(&level)];
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let parts = logs.map(|log| (log - largest).exp());
    let [lasting, fading, none] = parts.map(|part| part / parts.iter().sum::<f64>());
    let age = months[months.len() - 1] - since;
    let verdict = match () {
        () if none >= SURE => Verdict::NoChange,
        () if fading >= SURE => Verdict::Fading,
        () if age + 1 < FADES_OVER => Verdict::TooEarly,
        () if lasting >= SURE => Verdict::Sustained,
        () => Verdict::Open,
    };
    Lasting { lasting, fading, none, since, verdict }
}
