//! What somebody adds, given what they were given: effects of account managers adjusted for their accounts, with intervals.
//!
//! A linear mixed model with one random intercept a manager, by restricted likelihood. Who had few accounts is drawn towards the
//! typical manager. Effects come in the order of names, never as a ranking. Not here: which accounts went to whom, and why.

use std::collections::BTreeMap;

use crate::control::{Cancelled, Control};
use crate::estimate::Estimate;
use crate::linear::{Lower, Square, dot};
use crate::normal::below;
use crate::ordinal::first_dependent;
use crate::table::Covariate;

/// Why there are no effects.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ManagersError {
    #[error("`{column}` has {n_found} rows where there are {n_rows} outcomes")]
    Lengths { column: String, n_found: usize, n_rows: usize },
    #[error("row {position} (from 1) has the outcome {value}; give a finite number, or leave the row out")]
    NotFinite { position: usize, value: f64 },
    #[error("covariate `{covariate}` has a value that is no finite number")]
    Covariate { covariate: String },
    #[error("covariate `{covariate}` follows from those before it; leave one of them out")]
    Dependent { covariate: String },
    #[error("there are {n_managers} managers; at least 3 are needed to tell managers from accounts")]
    FewManagers { n_managers: usize },
    #[error("there are {n_rows} complete rows for {n_unknowns} covariates and managers; give more accounts")]
    FewRows { n_rows: usize, n_unknowns: usize },
    #[error("the covariates explain the outcome without exception; there is nothing left for managers")]
    NothingLeft,
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// One manager's effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Manager {
    /// Their name.
    pub name: String,
    /// Accounts used.
    pub n_accounts: usize,
    /// What their accounts have beyond what such accounts have with the typical manager.
    pub effect: Estimate,
    /// The chance that it is above 0; near one half it says nothing.
    pub chance_above: f64,
}

/// Effects of managers on one outcome.
#[derive(Clone, Debug)]
pub struct Managers {
    /// The outcome of an account whose covariates are all 0, with the typical manager.
    pub constant: Estimate,
    /// By covariate.
    pub coefficients: Vec<(String, Estimate)>,
    /// Variance among managers; 0 says that they cannot be told apart.
    pub between: f64,
    /// Variance among accounts of one manager.
    pub within: f64,
    /// In the order of names.
    pub managers: Vec<Manager>,
    /// Twice the negative restricted log-likelihood.
    pub criterion: f64,
    /// Rows left out because something was missing.
    pub n_left_out: usize,
}

/// Sums over the accounts of one manager: a 1 and the covariates, and the outcome.
struct Group {
    n: f64,
    x: Vec<f64>,
    y: f64,
}

/// Sums over all accounts.
struct Sums {
    groups: Vec<Group>,
    xx: Square,
    xy: Vec<f64>,
    yy: f64,
    n: f64,
}

/// The fit at one ratio of the variances between and within.
struct AtRatio {
    factor: Lower,
    coefficients: Vec<f64>,
    within: f64,
    criterion: f64,
}

impl Sums {
    fn new(rows: &[(usize, Vec<f64>, f64)], n_groups: usize) -> Self {
        let n_columns = rows.first().map_or(1, |row| row.1.len());
        let group = || Group { n: 0.0, x: vec![0.0; n_columns], y: 0.0 };
        let mut sums = Self {
            groups: (0..n_groups).map(|_| group()).collect(),
            xx: Square::zero(n_columns),
            xy: vec![0.0; n_columns],
            yy: 0.0,
            n: rows.len() as f64,
        };
        for (manager, x, y) in rows {
            let group = &mut sums.groups[*manager];
            group.n += 1.0;
            group.y += y;
            group.x.iter_mut().zip(x).for_each(|(sum, x)| *sum += x);
            sums.xx.add_outer(x, 1.0);
            sums.xy.iter_mut().zip(x).for_each(|(sum, x)| *sum += x * y);
            sums.yy += y * y;
        }
        sums
    }

    /// Generalised least squares at a ratio, and the restricted likelihood there.
    fn at(&self, ratio: f64) -> Option<AtRatio> {
        let (mut xx, mut xy, mut yy, mut log) = (self.xx.clone(), self.xy.clone(), self.yy, 0.0);
        for group in &self.groups {
            let taken = ratio / (1.0 + group.n * ratio);
            xx.add_outer(&group.x, -taken);
            xy.iter_mut().zip(&group.x).for_each(|(sum, x)| *sum -= taken * x * group.y);
            yy -= taken * group.y * group.y;
            log += (group.n * ratio).ln_1p();
        }
        let factor = xx.cholesky().ok()?;
        let coefficients = factor.solve(&xy);
        let freedom = self.n - xx.n as f64;
        let within = (yy - dot(&coefficients, &xy)) / freedom;
        if within.is_nan() || within <= 1e-12 * self.yy / self.n {
            return None;
        }
        let criterion =
            log + factor.log_determinant() + freedom * (1.0 + (std::f64::consts::TAU * within).ln());
        Some(AtRatio { factor, coefficients, within, criterion })
    }
}

/// The ratio with the smallest criterion: a grid, then golden sections; 0 where nothing is smaller.
fn best_ratio(sums: &Sums, control: &mut Control<'_>) -> Result<f64, Cancelled> {
    let criterion = |log: f64| sums.at(log.exp()).map_or(f64::INFINITY, |fit| fit.criterion);
    let grid: Vec<f64> = (-48..=36).map(|step| f64::from(step) * 0.25).collect();
    let mut best = (f64::INFINITY, 0.0);
    for log in &grid {
        control.step()?;
        let found = criterion(*log);
        if found < best.0 {
            best = (found, *log);
        }
    }
    let (mut low, mut high) = (best.1 - 0.25, best.1 + 0.25);
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    for _ in 0..60 {
        control.step()?;
        let (a, b) = (high - golden * (high - low), low + golden * (high - low));
        if criterion(a) < criterion(b) { high = b } else { low = a }
    }
    let log = 0.5 * (low + high);
    let none = sums.at(0.0).map_or(f64::INFINITY, |fit| fit.criterion);
    Ok(if none <= criterion(log) + 1e-9 { 0.0 } else { log.exp() })
}

/// A row of the model: the manager's position, a 1 and the covariates, and the outcome.
type Rows = Vec<(usize, Vec<f64>, f64)>;

fn rows(
    outcomes: &[Option<f64>],
    managers: &[Option<String>],
    covariates: &[Covariate],
) -> Result<(Rows, Vec<String>), ManagersError> {
    let n_rows = outcomes.len();
    let lengths = covariates.iter().map(|one| (one.name.as_str(), one.values.len()));
    for (column, n_found) in lengths.chain([("managers", managers.len())]) {
        if n_found != n_rows {
            return Err(ManagersError::Lengths { column: column.to_owned(), n_found, n_rows });
        }
    }
    let is_wrong = |value: f64| !value.is_finite() || value.abs() > 1e100;
    for (idx, value) in outcomes.iter().enumerate() {
        if let Some(value) = value.filter(|value| is_wrong(*value)) {
            return Err(ManagersError::NotFinite { position: idx + 1, value });
        }
    }
    if let Some(wrong) =
        covariates.iter().find(|one| one.values.iter().flatten().any(|value| is_wrong(*value)))
    {
        return Err(ManagersError::Covariate { covariate: wrong.name.clone() });
    }
    let mut known: BTreeMap<&str, Vec<(Vec<f64>, f64)>> = BTreeMap::new();
    for (idx, outcome) in outcomes.iter().enumerate() {
        let x: Option<Vec<f64>> = covariates.iter().map(|one| one.values[idx]).collect();
        if let (Some(y), Some(manager), Some(x)) = (outcome, managers[idx].as_deref(), x) {
            let x = std::iter::once(1.0).chain(x).collect();
            known.entry(manager).or_default().push((x, *y));
        }
    }
    let names = known.keys().map(|name| (*name).to_owned()).collect();
    let of =
        |(manager, rows): (usize, Vec<(Vec<f64>, f64)>)| rows.into_iter().map(move |(x, y)| (manager, x, y));
    Ok((known.into_values().enumerate().flat_map(of).collect(), names))
}

/// Effects of managers on an outcome of accounts, adjusted for what the accounts were.
///
/// # Shapes and units
/// - `outcomes`: one an account, in any unit (years stayed, growth in percent, a level); effects are in that unit.
/// - `managers`: who had it; `covariates`: what it was when they took it over. A row with anything missing is left out.
///
/// # Errors
/// [`ManagersError`] naming the row or covariate; fewer than three managers, or not more rows than covariates and managers.
///
/// # Cost
/// Some 200 times managers by the square of the covariates.
///
/// # Source
/// Harville (1977), JASA 72, 320-338; errors of the effects as Henderson (1975), Biometrics 31, 423-447.
pub fn effects(
    outcomes: &[Option<f64>],
    managers: &[Option<String>],
    covariates: &[Covariate],
    control: &mut Control<'_>,
) -> Result<Managers, ManagersError> {
    let (rows, names) = rows(outcomes, managers, covariates)?;
    let (n_managers, n_rows) = (names.len(), rows.len());
    if n_managers < 3 {
        return Err(ManagersError::FewManagers { n_managers });
    }
    let n_unknowns = n_managers + covariates.len();
    if n_rows <= n_unknowns {
        return Err(ManagersError::FewRows { n_rows, n_unknowns });
    }
    if let Some(idx) = first_dependent(rows.iter().map(|row| &row.1[1..]), covariates.len()) {
        return Err(ManagersError::Dependent { covariate: covariates[idx].name.clone() });
    }
    let sums = Sums::new(&rows, n_managers);
    let ratio = best_ratio(&sums, control)?;
    let fit = sums.at(ratio).ok_or(ManagersError::NothingLeft)?;
    let variance = fit.factor.inverse();
    let estimate = |idx: usize| Estimate {
        value: fit.coefficients[idx],
        standard_error: (fit.within * variance.get(idx, idx)).sqrt(),
    };
    let manager = |(name, group): (&String, &Group)| {
        let share = 1.0 / (1.0 + group.n * ratio);
        let left = group.y - dot(&group.x, &fit.coefficients);
        // What the effect does not know of itself, and what the coefficients do not know of theirs.
        let own = ratio * share;
        let through: f64 = ratio * ratio * share * share * dot(&group.x, &variance.times(&group.x));
        let effect = Estimate {
            value: ratio * share * left,
            standard_error: (fit.within * (own + through)).max(0.0).sqrt(),
        };
        let is_known = effect.standard_error > 0.0;
        let chance_above = if is_known { below(effect.value / effect.standard_error) } else { 0.5 };
        Manager { name: name.clone(), n_accounts: group.n as usize, effect, chance_above }
    };
    Ok(Managers {
        constant: estimate(0),
        coefficients: covariates
            .iter()
            .enumerate()
            .map(|(i, one)| (one.name.clone(), estimate(i + 1)))
            .collect(),
        between: ratio * fit.within,
        within: fit.within,
        managers: names.iter().zip(&sums.groups).map(manager).collect(),
        criterion: fit.criterion,
        n_left_out: outcomes.len() - n_rows,
    })
}
