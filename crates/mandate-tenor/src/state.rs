//! The level of one side of an account, month by month, weighted by stake: a local level for each person.
//!
//! Everybody's level wanders, partly together. Who has not answered for long, or never, is known less and less, and their
//! stake widens the interval: unknown is not good. Not here: putting answers on one scale (`ordinal`, `vignettes`).

use crate::control::{Cancelled, Control};
use crate::estimate::Estimate;
use crate::linear::{Square, dot};
use crate::minimise::{NoMinimum, minimise};

/// Months a side may span: a hundred years.
const MAX_MONTHS: usize = 1200;

/// How levels differ and move, as standard deviations on the scale of the readings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spreads {
    /// The level of a typical side.
    pub centre: f64,
    /// Among sides.
    pub common: f64,
    /// Among people of a side.
    pub personal: f64,
    /// Of a month's move that all of a side share.
    pub common_drift: f64,
    /// Of a month's move of one person's own.
    pub personal_drift: f64,
    /// Of one reading around the person's level.
    pub reading: f64,
}

/// Somebody whose view counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Stakeholder {
    /// Their name, for errors and drivers.
    pub name: String,
    /// What they have at stake, above 0, in any unit.
    pub stake: f64,
}

/// One reading of one person's level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Month, counted from 0.
    pub month: usize,
    /// Position among the stakeholders.
    pub stakeholder: usize,
    /// The level, on the scale of the spreads.
    pub level: f64,
}

/// One side of one account on one dimension: checked once, here.
#[derive(Clone, Debug)]
pub struct Side {
    stakeholders: Vec<Stakeholder>,
    readings: Vec<Reading>,
    n_months: usize,
}

/// Why there is no state.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StateError {
    #[error("a side needs at least one stakeholder and one month")]
    Empty,
    #[error("{n_months} months are more than {MAX_MONTHS}")]
    ManyMonths { n_months: usize },
    #[error("the stake of `{name}` is {stake}; give a number above 0")]
    Stake { name: String, stake: f64 },
    #[error(
        "reading {position} (from 1) is of month {month} of {n_months}, stakeholder {stakeholder} of {n_stakeholders} (from 0)"
    )]
    OutOfRange { position: usize, month: usize, n_months: usize, stakeholder: usize, n_stakeholders: usize },
    #[error("reading {position} (from 1) is {level}; give a finite number")]
    NotFinite { position: usize, level: f64 },
    #[error("the spread `{spread}` is {value}; give a number of at least 0, and above 0 for `reading`")]
    Spread { spread: &'static str, value: f64 },
    #[error("there are {n_readings} readings; at least {n_needed} are needed to estimate spreads")]
    FewReadings { n_readings: usize, n_needed: usize },
    #[error("the readings do not tell the spreads apart; give more months or people")]
    NoMaximum,
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// One person's level in a month.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PersonState {
    /// The level given all readings up to the month.
    pub level: Estimate,
    /// The month of the last reading.
    pub last_heard: Option<usize>,
}

/// A side's level in a month.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Month.
    pub month: usize,
    /// Weighted by stake.
    pub level: Estimate,
    /// Everybody counted alike.
    pub unweighted: Estimate,
    /// Share of the stake that was heard in this month or the two before.
    pub coverage: f64,
    /// Each stakeholder.
    pub people: Vec<PersonState>,
}

impl Side {
    /// Months of "heard lately": this one and two before.
    pub const RECENT_MONTHS: usize = 3;

    /// # Errors
    /// [`StateError`] naming the stakeholder or the reading by position.
    pub fn new(
        stakeholders: Vec<Stakeholder>,
        mut readings: Vec<Reading>,
        n_months: usize,
    ) -> Result<Self, StateError> {
        if stakeholders.is_empty() || n_months == 0 {
            return Err(StateError::Empty);
        }
        if n_months > MAX_MONTHS {
            return Err(StateError::ManyMonths { n_months });
        }
        if let Some(Stakeholder { name, stake }) =
            stakeholders.iter().find(|one| !one.stake.is_finite() || one.stake <= 0.0)
        {
            return Err(StateError::Stake { name: name.clone(), stake: *stake });
        }
        let n_stakeholders = stakeholders.len();
        for (idx, Reading { month, stakeholder, level }) in readings.iter().copied().enumerate() {
            let position = idx + 1;
            if month >= n_months || stakeholder >= n_stakeholders {
                return Err(StateError::OutOfRange {
                    position,
                    month,
                    n_months,
                    stakeholder,
                    n_stakeholders,
                });
            }
            if !level.is_finite() {
                return Err(StateError::NotFinite { position, level });
            }
        }
        readings.sort_by_key(|reading| (reading.month, reading.stakeholder));
        Ok(Self { stakeholders, readings, n_months })
    }

    /// Shares of the stake, adding up to 1.
    pub fn weights(&self) -> Vec<f64> {
        // Divided by the largest first: a sum of huge stakes must not overflow.
        let largest = self.stakeholders.iter().map(|one| one.stake).fold(0.0, f64::max);
        let total: f64 = self.stakeholders.iter().map(|one| one.stake / largest).sum();
        self.stakeholders.iter().map(|one| one.stake / largest / total).collect()
    }

    /// The stakeholders.
    pub fn stakeholders(&self) -> &[Stakeholder] {
        &self.stakeholders
    }
}

/// What is known of everybody's level: Kalman's filter with one reading at a time.
struct Filter {
    levels: Vec<f64>,
    variance: Square,
}

impl Filter {
    fn new(n: usize, spreads: &Spreads) -> Self {
        let mut filter = Self { levels: vec![spreads.centre; n], variance: Square::zero(n) };
        filter.widen(spreads.common, spreads.personal);
        filter
    }

    fn widen(&mut self, common: f64, personal: f64) {
        self.variance.cells.iter_mut().for_each(|cell| *cell += common * common);
        (0..self.variance.n).for_each(|i| *self.variance.at(i, i) += personal * personal);
    }

    /// Takes a reading in; returns its log-likelihood.
    fn read(&mut self, who: usize, level: f64, error: f64) -> f64 {
        let n = self.variance.n;
        let column: Vec<f64> = (0..n).map(|i| self.variance.get(i, who)).collect();
        let total = column[who] + error * error;
        let off = level - self.levels[who];
        self.levels.iter_mut().zip(&column).for_each(|(known, gain)| *known += gain * off / total);
        self.variance.add_outer(&column, -1.0 / total);
        -0.5 * ((std::f64::consts::TAU * total).ln() + off * off / total)
    }

    fn weighted(&self, weights: &[f64]) -> Estimate {
        let variance = dot(weights, &self.variance.times(weights)).max(0.0);
        Estimate { value: dot(weights, &self.levels), standard_error: variance.sqrt() }
    }
}

fn check(spreads: &Spreads) -> Result<(), StateError> {
    let named = [
        ("common", spreads.common),
        ("personal", spreads.personal),
        ("common_drift", spreads.common_drift),
        ("personal_drift", spreads.personal_drift),
        ("reading", spreads.reading),
    ];
    let wrong = |(spread, value): &(&str, f64)| {
        !value.is_finite() || *value < 0.0 || (*spread == "reading" && *value == 0.0) || *value > 1e100
    };
    if let Some((spread, value)) = named.into_iter().find(wrong) {
        return Err(StateError::Spread { spread, value });
    }
    match spreads.centre.is_finite() {
        true => Ok(()),
        false => Err(StateError::Spread { spread: "centre", value: spreads.centre }),
    }
}

/// The state of each month, from readings up to that month.
///
/// # Shapes and units
/// - `side`: stakeholders with stakes in any one unit, readings on the scale of `spreads`; months count from 0.
/// - returns one state a month, with as many people as there are stakeholders.
///
/// # Errors
/// [`StateError::Spread`].
///
/// # Cost
/// Readings times the square of the stakeholders.
///
/// # Source
/// The local level model: Durbin and Koopman (2012), Time Series Analysis by State Space Methods, ch. 2; several series
/// moving partly together: Harvey (1989), ch. 8.
pub fn states(side: &Side, spreads: &Spreads) -> Result<Vec<State>, StateError> {
    check(spreads)?;
    let n = side.stakeholders.len();
    let (weights, alike) = (side.weights(), vec![1.0 / n as f64; n]);
    let mut filter = Filter::new(n, spreads);
    let mut last_heard = vec![None; n];
    let mut left = side.readings.as_slice();
    let mut found = vec![];
    for month in 0..side.n_months {
        if month > 0 {
            filter.widen(spreads.common_drift, spreads.personal_drift);
        }
        let now = left.partition_point(|reading| reading.month == month);
        for reading in &left[..now] {
            filter.read(reading.stakeholder, reading.level, spreads.reading);
            last_heard[reading.stakeholder] = Some(month);
        }
        left = &left[now..];
        let recent = |heard: &Option<usize>| heard.is_some_and(|heard| month - heard < Side::RECENT_MONTHS);
        let person = |idx: usize| PersonState {
            level: Estimate {
                value: filter.levels[idx],
                standard_error: filter.variance.get(idx, idx).max(0.0).sqrt(),
            },
            last_heard: last_heard[idx],
        };
        found.push(State {
            month,
            level: filter.weighted(&weights),
            unweighted: filter.weighted(&alike),
            coverage: weights
                .iter()
                .zip(&last_heard)
                .filter(|(_, heard)| recent(heard))
                .map(|(w, _)| w)
                .sum(),
            people: (0..n).map(person).collect(),
        });
    }
    Ok(found)
}

/// The log-likelihood of all readings.
///
/// # Shapes and units
/// - `sides`: independent of each other; one set of spreads for all.
///
/// # Errors
/// [`StateError::Spread`].
///
/// # Source
/// As [`states`]: the prediction error decomposition.
pub fn log_likelihood(sides: &[Side], spreads: &Spreads) -> Result<f64, StateError> {
    check(spreads)?;
    Ok(sides.iter().map(|side| of_side(side, spreads)).sum())
}

fn of_side(side: &Side, spreads: &Spreads) -> f64 {
    let mut filter = Filter::new(side.stakeholders.len(), spreads);
    let (mut month, mut total) = (0, 0.0);
    for reading in &side.readings {
        while month < reading.month {
            filter.widen(spreads.common_drift, spreads.personal_drift);
            month += 1;
        }
        total += filter.read(reading.stakeholder, reading.level, spreads.reading);
    }
    total
}

/// Spreads as unknowns without bounds: logarithms of variances.
fn spreads_of(at: &[f64]) -> Spreads {
    let sd = |idx: usize| (0.5 * at[idx]).exp();
    Spreads {
        centre: at[5],
        common: sd(0),
        personal: sd(1),
        common_drift: sd(2),
        personal_drift: sd(3),
        reading: sd(4),
    }
}

/// The spreads of a portfolio, by maximum likelihood.
///
/// # Shapes and units
/// - `sides`: sides of several accounts whose readings are on one scale; the spreads are on that scale.
/// - A spread the readings have no sign of comes out near 0 (a thousandth of the readings' own).
///
/// # Errors
/// - [`StateError::FewReadings`]: fewer than 30.
/// - [`StateError::NoMaximum`], [`StateError::Cancelled`].
///
/// # Cost
/// Some 500 times that of [`states`] over all sides.
///
/// # Source
/// As [`states`].
pub fn estimate_spreads(sides: &[Side], control: &mut Control<'_>) -> Result<Spreads, StateError> {
    let levels: Vec<f64> = sides.iter().flat_map(|side| side.readings.iter().map(|one| one.level)).collect();
    let (n_readings, n_needed) = (levels.len(), 30);
    if n_readings < n_needed {
        return Err(StateError::FewReadings { n_readings, n_needed });
    }
    let n = n_readings as f64;
    let centre = levels.iter().sum::<f64>() / n;
    let variance = levels.iter().map(|level| (level - centre) * (level - centre)).sum::<f64>() / n;
    if !variance.is_finite() || variance <= 0.0 {
        return Err(StateError::NoMaximum);
    }
    // Within these bounds of the readings' own variance, so that a spread of 0 does not run away.
    let (low, high) = ((1e-6 * variance).ln(), (1e3 * variance).ln());
    let value = |at: &[f64]| {
        let inside: Vec<f64> =
            at.iter().enumerate().map(|(idx, x)| if idx < 5 { x.clamp(low, high) } else { *x }).collect();
        let beyond: f64 = at.iter().zip(&inside).map(|(x, inside)| (x - inside) * (x - inside)).sum();
        beyond - sides.iter().map(|side| of_side(side, &spreads_of(&inside))).sum::<f64>()
    };
    let width = |idx: usize| if idx < 5 { 1e-4 } else { 1e-4 * variance.sqrt() };
    let mut function = |at: &[f64], slope: &mut [f64]| {
        for (idx, slope) in slope.iter_mut().enumerate() {
            let mut moved = at.to_vec();
            moved[idx] = at[idx] + width(idx);
            let above = value(&moved);
            moved[idx] = at[idx] - width(idx);
            *slope = (above - value(&moved)) / (2.0 * width(idx));
        }
        value(at)
    };
    let share = |share: f64| (share * variance).ln();
    let start = vec![share(0.25), share(0.25), share(0.01), share(0.01), share(0.5), centre];
    let mut guess = Square::identity(6);
    (0..5).for_each(|i| *guess.at(i, i) = 4.0 / n);
    *guess.at(5, 5) = variance / n;
    match minimise(start, guess, &mut function, control) {
        Ok(minimum) => {
            let at: Vec<f64> = minimum
                .at
                .iter()
                .enumerate()
                .map(|(i, x)| if i < 5 { x.clamp(low, high) } else { *x })
                .collect();
            Ok(spreads_of(&at))
        }
        Err(NoMinimum::Cancelled) => Err(StateError::Cancelled(Cancelled)),
        Err(NoMinimum::NotFound) => Err(StateError::NoMaximum),
    }
}
