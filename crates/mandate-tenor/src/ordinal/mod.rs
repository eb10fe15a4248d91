//! Ordered answers by raters: a cumulative logit model with a rater's leniency as a random effect.
//!
//! P(answer <= k) = F(threshold k - covariates - leniency), F logistic, leniency normal with mean 0. The likelihood is
//! Laplace's approximation, as R's `ordinal::clmm` has it, so that figures can be held side by side. Not here: scales that
//! differ by group, which only vignettes can tell from feelings that differ (`vignettes`).

mod laplace;

use std::collections::BTreeSet;

use crate::control::{Cancelled, Control};
use crate::estimate::Estimate;
use crate::linear::{Square, dot};
use crate::minimise::{NoMinimum, curvature, minimise};
use crate::table::Covariate;
use laplace::Likelihood;

/// A coefficient (log odds for one standard deviation of the covariate) beyond which answers are separated rather than related.
const FAR: f64 = 15.0;
/// Different answers at most; with more they are measurements rather than a scale.
pub(crate) const MAX_CATEGORIES: usize = 60;

/// Answers that can be fitted: checked once, here.
#[derive(Clone, Debug)]
pub struct Answers {
    codes: Vec<i64>,
    covariates: Vec<String>,
    raters: Vec<String>,
    rows: Vec<AnswerRow>,
    n_left_out: usize,
}

/// One answer: its category, its rater's position, and the covariates.
#[derive(Clone, Debug)]
pub(crate) struct AnswerRow {
    pub category: usize,
    pub rater: usize,
    pub covariates: Vec<f64>,
}

/// Why answers cannot be fitted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswersError {
    #[error("`{column}` has {n_found} rows where the answers have {n_rows}")]
    Lengths { column: String, n_found: usize, n_rows: usize },
    #[error("all answers are the same; at least two different ones are needed")]
    OneCategory,
    #[error("there are {n_found} different answers; at most {MAX_CATEGORIES} are taken, so pool them")]
    ManyCategories { n_found: usize },
    #[error("there are {n_raters} raters; at least 3 are needed to tell raters from answers")]
    FewRaters { n_raters: usize },
    #[error(
        "there are {n_answers} complete answers for {n_unknowns} unknowns; give more answers or leave covariates out"
    )]
    FewAnswers { n_answers: usize, n_unknowns: usize },
    #[error("covariate `{covariate}` follows from those before it; leave one of them out")]
    Dependent { covariate: String },
    #[error("covariate `{covariate}` has a value that is no finite number")]
    NotFinite { covariate: String },
}

/// Why a model was not fitted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrdinalError {
    #[error(
        "covariate `{covariate}` separates the answers: no coefficient is the largest; leave it out or pool its levels"
    )]
    Separated { covariate: String },
    #[error("the likelihood has no maximum that could be found; leave covariates out or pool rare answers")]
    NoMaximum,
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// A rater's leniency: above 0 gives higher answers than the typical rater.
#[derive(Clone, Debug, PartialEq)]
pub struct Rater {
    /// The rater.
    pub name: String,
    /// How many answers of theirs were used.
    pub n_answers: usize,
    /// The most probable leniency given the answers, and its conditional standard deviation.
    pub leniency: Estimate,
}

/// A fitted model.
#[derive(Clone, Debug)]
pub struct OrdinalFit {
    /// Between each category and the next, with the codes on both sides.
    pub thresholds: Vec<(i64, i64, Estimate)>,
    /// By covariate.
    pub coefficients: Vec<(String, Estimate)>,
    /// Standard deviation of leniency among raters; near 0 its standard error says nothing.
    pub rater_sd: Estimate,
    /// The raters, by name.
    pub raters: Vec<Rater>,
    /// The maximum.
    pub log_likelihood: f64,
    /// Answers used.
    pub n_answers: usize,
    /// Rows left out because a cell was missing.
    pub n_left_out: usize,
}

impl OrdinalFit {
    /// The variance of leniency among raters.
    pub fn rater_variance(&self) -> f64 {
        self.rater_sd.value * self.rater_sd.value
    }
}

impl Answers {
    /// Answers by raters with covariates; a row with anything missing is left out and counted.
    ///
    /// # Errors
    /// [`AnswersError`] naming the column or covariate.
    pub fn new(
        codes: &[Option<i64>],
        raters: &[Option<String>],
        covariates: &[Covariate],
    ) -> Result<Self, AnswersError> {
        let n_rows = codes.len();
        let lengths = covariates.iter().map(|one| (one.name.as_str(), one.values.len()));
        for (column, n_found) in lengths.chain([("raters", raters.len())]) {
            if n_found != n_rows {
                return Err(AnswersError::Lengths { column: column.to_owned(), n_found, n_rows });
            }
        }
        for covariate in covariates {
            if covariate.values.iter().flatten().any(|value| !value.is_finite()) {
                return Err(AnswersError::NotFinite { covariate: covariate.name.clone() });
            }
        }
        let complete = |idx: &usize| {
            codes[*idx].is_some()
                && raters[*idx].is_some()
                && covariates.iter().all(|one| one.values[*idx].is_some())
        };
        let used: Vec<usize> = (0..n_rows).filter(complete).collect();
        let known: BTreeSet<i64> = used.iter().filter_map(|idx| codes[*idx]).collect();
        let names: BTreeSet<&String> = used.iter().filter_map(|idx| raters[*idx].as_ref()).collect();
        let (known, names) = (Vec::from_iter(known), Vec::from_iter(names));
        let row = |idx: &usize| AnswerRow {
            category: codes[*idx].and_then(|code| known.binary_search(&code).ok()).unwrap_or_default(),
            rater: raters[*idx].as_ref().and_then(|name| names.binary_search(&name).ok()).unwrap_or_default(),
            covariates: covariates.iter().map(|one| one.values[*idx].unwrap_or_default()).collect(),
        };
        let rows: Vec<AnswerRow> = used.iter().map(row).collect();
        let answers = Self {
            codes: known,
            covariates: covariates.iter().map(|one| one.name.clone()).collect(),
            raters: names.into_iter().cloned().collect(),
            n_left_out: n_rows - rows.len(),
            rows,
        };
        answers.check()?;
        Ok(answers)
    }

    fn check(&self) -> Result<(), AnswersError> {
        if self.codes.len() < 2 {
            return Err(AnswersError::OneCategory);
        }
        if self.codes.len() > MAX_CATEGORIES {
            return Err(AnswersError::ManyCategories { n_found: self.codes.len() });
        }
        if self.raters.len() < 3 {
            return Err(AnswersError::FewRaters { n_raters: self.raters.len() });
        }
        let (n_answers, n_unknowns) = (self.rows.len(), self.codes.len() + self.covariates.len());
        if n_answers <= n_unknowns {
            return Err(AnswersError::FewAnswers { n_answers, n_unknowns });
        }
        let rows = self.rows.iter().map(|row| row.covariates.as_slice());
        match first_dependent(rows, self.covariates.len()) {
            Some(idx) => Err(AnswersError::Dependent { covariate: self.covariates[idx].clone() }),
            None => Ok(()),
        }
    }
}

/// The first covariate that follows from a constant and those before it.
pub(crate) fn first_dependent<'a>(rows: impl Iterator<Item = &'a [f64]> + Clone, n: usize) -> Option<usize> {
    let n_rows = rows.clone().count() as f64;
    let mut mean = vec![0.0; n];
    for row in rows.clone() {
        mean.iter_mut().zip(row).for_each(|(mean, x)| *mean += x / n_rows);
    }
    let centred = rows.map(|row| row.iter().zip(&mean).map(|(x, mean)| x - mean).collect::<Vec<f64>>());
    let mut products = Square::zero(n);
    centred.for_each(|row| products.add_outer(&row, 1.0));
    // A constant leaves rounding on the diagonal, which the decomposition cannot see.
    let constant = (0..n).find(|i| products.get(*i, *i) <= 1e-18 * n_rows * (1.0 + mean[*i] * mean[*i]));
    match (constant, products.cholesky().err()) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Fits the model by maximum likelihood.
///
/// # Shapes and units
/// - `answers`: rows of (category, rater, covariates); coefficients are log odds for one more of a covariate.
/// - The random effect is one intercept a rater; several answers of one rater are otherwise independent.
///
/// # Errors
/// - [`OrdinalError::Separated`]: some covariate tells answers apart without exception.
/// - [`OrdinalError::NoMaximum`], [`OrdinalError::Cancelled`].
///
/// # Cost
/// About 50 passes over the answers, and one for each two unknowns; each pass finds every rater's mode by Newton.
///
/// # Source
/// Agresti (2010), Analysis of Ordinal Categorical Data, ch. 10; Laplace's approximation as Christensen (R `ordinal`).
pub fn fit(answers: &Answers, control: &mut Control<'_>) -> Result<OrdinalFit, OrdinalError> {
    let n_cuts = answers.codes.len() - 1;
    let likelihood = Likelihood::new(&answers.rows, answers.raters.len(), n_cuts);
    let start = likelihood.start();
    let mut guess = Square::identity(start.len());
    let n = answers.rows.len() as f64;
    (0..start.len()).for_each(|i| *guess.at(i, i) = 4.0 / n);
    let mut search = |at: &[f64], slope: &mut [f64]| likelihood.in_steps(at, slope);
    let minimum = minimise(start, guess, &mut search, control).map_err(|error| match error {
        NoMinimum::Cancelled => OrdinalError::Cancelled(Cancelled),
        NoMinimum::NotFound => OrdinalError::NoMaximum,
    })?;
    let natural = likelihood.natural(&minimum.at);
    let mut of_covariates = natural.iter().skip(n_cuts).zip(&answers.covariates);
    if let Some((_, covariate)) = of_covariates.find(|(scaled, _)| scaled.abs() > FAR) {
        return Err(OrdinalError::Separated { covariate: covariate.clone() });
    }
    let mut plain = |at: &[f64], slope: &mut [f64]| likelihood.at(at, slope);
    let second = curvature(&natural, &mut plain, control)?;
    let variance = variance(&second).ok_or(OrdinalError::NoMaximum)?;
    let estimate = |weights: &Vec<f64>| Estimate {
        value: dot(weights, &natural),
        standard_error: dot(weights, &variance.times(weights)).sqrt(),
    };
    let estimates: Vec<Estimate> = likelihood.unscaled().iter().map(estimate).collect();
    let spread = estimates[estimates.len() - 1];
    let rater_sd = Estimate { value: spread.value.abs(), ..spread };
    let raters = likelihood.modes(&natural).into_iter().zip(&answers.raters);
    Ok(OrdinalFit {
        thresholds: (0..n_cuts).map(|k| (answers.codes[k], answers.codes[k + 1], estimates[k])).collect(),
        coefficients: answers.covariates.iter().cloned().zip(estimates[n_cuts..].iter().copied()).collect(),
        raters: raters
            .map(|((mode, curvature, n_answers), name)| {
                let (value, standard_error) = (spread.value * mode, rater_sd.value / curvature.sqrt());
                Rater { name: name.clone(), n_answers, leniency: Estimate { value, standard_error } }
            })
            .collect(),
        rater_sd,
        log_likelihood: -minimum.value,
        n_answers: answers.rows.len(),
        n_left_out: answers.n_left_out,
    })
}

/// The variance of the unknowns from the curvature. A spread of 0 has a curvature that may vanish; it is then told apart.
fn variance(second: &Square) -> Option<Square> {
    if let Ok(factor) = second.cholesky() {
        return Some(factor.inverse());
    }
    let last = second.n - 1;
    let mut apart = second.clone();
    for i in 0..last {
        *apart.at(i, last) = 0.0;
        *apart.at(last, i) = 0.0;
    }
    *apart.at(last, last) = 1.0;
    apart.cholesky().ok().map(|factor| factor.inverse())
}
