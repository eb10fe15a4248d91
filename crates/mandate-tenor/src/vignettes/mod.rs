//! Answers of people who use a scale differently, made comparable by vignettes everybody rated.
//!
//! The hierarchical ordered probit of King, Murray, Salomon and Tandon (2004): thresholds depend on the person's covariates,
//! and vignettes, whose level is the same for all, say how. Figures equal those of R `anchors`. Not here: differences among
//! raters of one group (`ordinal`).

mod likelihood;

use std::collections::BTreeSet;

use crate::control::{Cancelled, Control};
use crate::estimate::Estimate;
use crate::linear::dot;
use crate::minimise::{NoMinimum, curvature, minimise};
use crate::ordinal::{MAX_CATEGORIES, first_dependent};
use crate::table::Covariate;
use likelihood::{Likelihood, Shape};

/// Answers about oneself and about vignettes: checked once, here.
#[derive(Clone, Debug)]
pub struct Survey {
    codes: Vec<i64>,
    vignettes: Vec<String>,
    covariates: Vec<String>,
    people: Vec<Person>,
    n_left_out: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub own: Option<usize>,
    pub vignettes: Vec<Option<usize>>,
    pub covariates: Vec<f64>,
}

/// Why a survey cannot be fitted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SurveyError {
    #[error("`{column}` has {n_found} rows where the own answers have {n_rows}")]
    Lengths { column: String, n_found: usize, n_rows: usize },
    #[error("there is no vignette; name at least one column that everybody rated")]
    NoVignette,
    #[error("nobody rated the vignette `{vignette}`; leave it out")]
    Unrated { vignette: String },
    #[error("all answers are the same; at least two different ones are needed")]
    OneCategory,
    #[error("there are {n_found} different answers; at most {MAX_CATEGORIES} are taken, so pool them")]
    ManyCategories { n_found: usize },
    #[error(
        "there are {n_people} people with an own answer for {n_unknowns} unknowns; ask more or leave covariates out"
    )]
    FewPeople { n_people: usize, n_unknowns: usize },
    #[error("covariate `{covariate}` follows from those before it; leave one of them out")]
    Dependent { covariate: String },
    #[error("covariate `{covariate}` has a value that is no finite number")]
    NotFinite { covariate: String },
}

/// Why a model was not fitted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VignettesError {
    #[error(
        "the likelihood has no maximum that could be found; leave covariates out, or pool rare answers and small groups"
    )]
    NoMaximum,
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("{n_found} values were given for {n_unknowns} unknowns")]
    Length { n_found: usize, n_unknowns: usize },
}

/// What moves a threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// The code below it and the code above it.
    pub between: (i64, i64),
    /// For the lowest threshold its place, for others the logarithm of the distance to the one below.
    pub constant: Estimate,
    /// What one more of each covariate adds to that.
    pub effects: Vec<(String, Estimate)>,
}

/// A fitted model. The unit is the standard deviation of what people of equal covariates feel.
#[derive(Clone, Debug)]
pub struct VignettesFit {
    /// What one more of each covariate adds to the level people feel.
    pub coefficients: Vec<(String, Estimate)>,
    /// The level of each vignette; empty without vignettes.
    pub vignettes: Vec<(String, Estimate)>,
    /// Logarithm of the standard deviation of how a vignette is seen; none without vignettes.
    pub vignette_log_sd: Option<Estimate>,
    /// The thresholds.
    pub thresholds: Vec<Threshold>,
    /// The maximum.
    pub log_likelihood: f64,
    /// People whose own answer was used.
    pub n_own: usize,
    /// People of whom at least one vignette's answer was used.
    pub n_with_vignettes: usize,
    /// People left out: a covariate or all answers missing.
    pub n_left_out: usize,
}

impl Survey {
    /// Own answers, answers on vignettes, and covariates of the same people.
    ///
    /// # Errors
    /// [`SurveyError`] naming the column, vignette or covariate.
    pub fn new(
        own: &[Option<i64>],
        vignettes: &[(String, Vec<Option<i64>>)],
        covariates: &[Covariate],
    ) -> Result<Self, SurveyError> {
        let n_rows = own.len();
        let of_vignettes = vignettes.iter().map(|(name, codes)| (name, codes.len()));
        let of_covariates = covariates.iter().map(|one| (&one.name, one.values.len()));
        for (column, n_found) in of_vignettes.chain(of_covariates) {
            if n_found != n_rows {
                return Err(SurveyError::Lengths { column: column.clone(), n_found, n_rows });
            }
        }
        for covariate in covariates {
            if covariate.values.iter().flatten().any(|value| !value.is_finite()) {
                return Err(SurveyError::NotFinite { covariate: covariate.name.clone() });
            }
        }
        let complete = |row: &usize| {
            let answered = own[*row].is_some() || vignettes.iter().any(|(_, codes)| codes[*row].is_some());
            answered && covariates.iter().all(|one| one.values[*row].is_some())
        };
        let used: Vec<usize> = (0..n_rows).filter(complete).collect();
        let of_row = |row: &usize| {
            let row = *row;
            vignettes.iter().filter_map(move |(_, codes)| codes[row]).chain(own[row])
        };
        let codes: Vec<i64> = used.iter().flat_map(of_row).collect::<BTreeSet<_>>().into_iter().collect();
        let category = |code: Option<i64>| code.and_then(|code| codes.binary_search(&code).ok());
        let person = |row: &usize| Person {
            own: category(own[*row]),
            vignettes: vignettes.iter().map(|(_, codes)| category(codes[*row])).collect(),
            covariates: covariates.iter().map(|one| one.values[*row].unwrap_or_default()).collect(),
        };
        let people: Vec<Person> = used.iter().map(person).collect();
        let survey = Self {
            vignettes: vignettes.iter().map(|(name, _)| name.clone()).collect(),
            covariates: covariates.iter().map(|one| one.name.clone()).collect(),
            n_left_out: n_rows - people.len(),
            codes,
            people,
        };
        survey.check()?;
        Ok(survey)
    }

    fn check(&self) -> Result<(), SurveyError> {
        if self.vignettes.is_empty() {
            return Err(SurveyError::NoVignette);
        }
        if self.codes.len() < 2 {
            return Err(SurveyError::OneCategory);
        }
        if self.codes.len() > MAX_CATEGORIES {
            return Err(SurveyError::ManyCategories { n_found: self.codes.len() });
        }
        for (idx, vignette) in self.vignettes.iter().enumerate() {
            if self.people.iter().all(|person| person.vignettes[idx].is_none()) {
                return Err(SurveyError::Unrated { vignette: vignette.clone() });
            }
        }
        let n_people = self.n_own();
        let n_unknowns = self.shape(true).n_unknowns();
        if n_people <= n_unknowns {
            return Err(SurveyError::FewPeople { n_people, n_unknowns });
        }
        let rows = self.people.iter().filter(|person| person.own.is_some());
        match first_dependent(rows.map(|person| person.covariates.as_slice()), self.covariates.len()) {
            Some(idx) => Err(SurveyError::Dependent { covariate: self.covariates[idx].clone() }),
            None => Ok(()),
        }
    }

    fn n_own(&self) -> usize {
        self.people.iter().filter(|person| person.own.is_some()).count()
    }

    fn shape(&self, with_vignettes: bool) -> Shape {
        Shape {
            n_covariates: self.covariates.len(),
            n_vignettes: if with_vignettes { self.vignettes.len() } else { 0 },
            n_cuts: self.codes.len() - 1,
            n_effects: if with_vignettes { self.covariates.len() } else { 0 },
        }
    }
}

/// Fits own answers and vignettes together, thresholds depending on the covariates.
///
/// # Shapes and units
/// - `survey`: people by (own answer, vignettes, covariates). The unit of all levels is the standard deviation of what people
///   of equal covariates feel; the level of somebody whose covariates are all 0 is 0.
///
/// # Errors
/// - [`VignettesError::NoMaximum`]: some unknown cannot be told from the answers.
/// - [`VignettesError::Cancelled`].
///
/// # Cost
/// About 60 passes over the people, and four for each unknown.
///
/// # Source
/// King, Murray, Salomon and Tandon (2004), "Enhancing the validity and cross-cultural comparability of measurement in survey
/// research", American Political Science Review 98(1), 191-207.
pub fn fit(survey: &Survey, control: &mut Control<'_>) -> Result<VignettesFit, VignettesError> {
    fit_shape(survey, survey.shape(true), control)
}

/// Fits the own answers alone, thresholds the same for all: what one would conclude without vignettes.
///
/// # Errors
/// As [`fit`].
pub fn fit_plain(survey: &Survey, control: &mut Control<'_>) -> Result<VignettesFit, VignettesError> {
    fit_shape(survey, survey.shape(false), control)
}

/// The log-likelihood of [`fit`] at given unknowns, by which the estimates of other programs can be judged.
///
/// # Shapes and units
/// - `unknowns`: the coefficients, the vignettes' levels, the log of their standard deviation, then for each threshold its
///   constant and the covariates' effects, as [`VignettesFit`] has them.
///
/// # Errors
/// [`VignettesError::Length`]: more or fewer values than unknowns.
///
/// # Source
/// As [`fit`].
pub fn log_likelihood_at(survey: &Survey, unknowns: &[f64]) -> Result<f64, VignettesError> {
    let shape = survey.shape(true);
    let (n_found, n_unknowns) = (unknowns.len(), shape.n_unknowns());
    if n_found != n_unknowns {
        return Err(VignettesError::Length { n_found, n_unknowns });
    }
    let likelihood = Likelihood::of_plain_covariates(&survey.people, shape);
    Ok(-likelihood.at(unknowns, &mut vec![0.0; n_unknowns]))
}

fn fit_shape(
    survey: &Survey,
    shape: Shape,
    control: &mut Control<'_>,
) -> Result<VignettesFit, VignettesError> {
    let likelihood = Likelihood::new(&survey.people, shape);
    let start = likelihood.start();
    let guess =
        likelihood.outer_products(&start).cholesky().map_err(|_| VignettesError::NoMaximum)?.inverse();
    let mut function = |at: &[f64], slope: &mut [f64]| likelihood.at(at, slope);
    let minimum = minimise(start, guess, &mut function, control).map_err(|error| match error {
        NoMinimum::Cancelled => VignettesError::Cancelled(Cancelled),
        NoMinimum::NotFound => VignettesError::NoMaximum,
    })?;
    let second = curvature(&minimum.at, &mut function, control)?;
    let variance = second.cholesky().map_err(|_| VignettesError::NoMaximum)?.inverse();
    let estimate = |weights: &Vec<f64>| Estimate {
        value: dot(weights, &minimum.at),
        standard_error: dot(weights, &variance.times(weights)).sqrt(),
    };
    let estimates: Vec<Estimate> = likelihood.unscaled().iter().map(estimate).collect();
    let named = |from: usize, names: &[String]| -> Vec<(String, Estimate)> {
        names.iter().cloned().zip(estimates[from..].iter().copied()).collect()
    };
    let threshold = |cut: usize| {
        let from = shape.of_cut(cut);
        Threshold {
            between: (survey.codes[cut], survey.codes[cut + 1]),
            constant: estimates[from],
            effects: named(from + 1, &survey.covariates[..shape.n_effects]),
        }
    };
    let with_vignettes = shape.n_vignettes > 0;
    let rated = survey.people.iter().filter(|person| person.vignettes.iter().any(Option::is_some));
    Ok(VignettesFit {
        coefficients: named(0, &survey.covariates),
        vignettes: named(shape.n_covariates, &survey.vignettes[..shape.n_vignettes]),
        vignette_log_sd: with_vignettes.then(|| estimates[shape.of_log_sd()]),
        thresholds: (0..shape.n_cuts).map(threshold).collect(),
        log_likelihood: -minimum.value,
        n_own: survey.n_own(),
        n_with_vignettes: if with_vignettes { rated.count() } else { 0 },
        n_left_out: survey.n_left_out,
    })
}
