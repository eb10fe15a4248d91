//! The tenor engine's answers as JSON, for whoever has a file: the command line, so that figures can be checked.
//!
//! Same file, same question and same seed give the same bytes. Nothing here touches the book. Not here: the methods
//! (`mandate-tenor`).

use mandate_tenor::change::chart::{Asked, Change, ChartError, judge};
use mandate_tenor::change::lasting::{Verdict, lasting};
use mandate_tenor::change::pooled::pooled_correlation;
use mandate_tenor::change::segment::{SegmentError, changes_of_line, changes_of_mean};
use mandate_tenor::change::{Series, SeriesError};
use mandate_tenor::control::{Cancelled, unwatched};
use mandate_tenor::estimate::Estimate;
use mandate_tenor::ordinal::{self, Answers, AnswersError, OrdinalError, OrdinalFit};
use mandate_tenor::table::{Row, Table, TableError};
use mandate_tenor::vignettes::{self, Survey, SurveyError, VignettesError, VignettesFit};
use serde_json::{Value, json};

/// What is asked of a file.
#[derive(Clone, Debug)]
pub enum Question {
    /// Effects and raters' leniency, from answers in a CSV file.
    Ordinal { response: String, fixed: Vec<String>, random: String },
    /// Effects free of how people use the scale, from own answers and vignettes in a CSV file.
    Vignettes { own: String, vignettes: Vec<String>, covariates: Vec<String>, missing: Vec<i64> },
    /// Change points of a series in a JSON file.
    Changes { how: Changes },
}

/// How changes are looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Changes {
    /// Flat and straight segments.
    Line,
    /// Changes of the mean, as the peer has them.
    Mean,
    /// A monthly series under a chart with this false-alarm rate.
    Chart { false_alarm: f64, n_runs: usize, seed: u64 },
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum TenorError {
    #[error(transparent)]
    Csv(#[from] csv::Error),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("the file needs a list of numbers at `series`, first entry, `raw`")]
    NoSeries,
    #[error("the file has {n_dim} series side by side; give one of them")]
    ManySeries { n_dim: u64 },
    #[error("value {position} (from 0) of `raw` is neither a number nor null")]
    NoNumber { position: usize },
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Answers(#[from] AnswersError),
    #[error(transparent)]
    Ordinal(#[from] OrdinalError),
    #[error(transparent)]
    Survey(#[from] SurveyError),
    #[error(transparent)]
    Vignettes(#[from] VignettesError),
    #[error(transparent)]
    Series(#[from] SeriesError),
    #[error(transparent)]
    Segment(#[from] SegmentError),
    #[error(transparent)]
    Chart(#[from] ChartError),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Answers a question about `file`.
///
/// # Errors
/// [`TenorError`], with the line, column, covariate or value.
pub fn answer_tenor(file: &[u8], question: &Question) -> Result<Value, TenorError> {
    match question {
        Question::Ordinal { response, fixed, random } => {
            let table = table(file)?;
            let (codes, raters) = (table.codes(response, &[])?, table.names(random)?);
            let is_answered = |row: usize| codes[row].is_some() && raters[row].is_some();
            let covariates = table.covariates_of(fixed, &is_answered)?;
            let answers = Answers::new(&codes, &raters, &covariates)?;
            Ok(ordinal_json(&unwatched(|control| ordinal::fit(&answers, control))?))
        }
        Question::Vignettes { own, vignettes, covariates, missing } => {
            let table = table(file)?;
            let rated: Result<Vec<_>, TableError> =
                vignettes.iter().map(|name| Ok((name.clone(), table.codes(name, missing)?))).collect();
            let (own, rated) = (table.codes(own, missing)?, rated?);
            let is_answered =
                |row: usize| own[row].is_some() || rated.iter().any(|(_, codes)| codes[row].is_some());
            let survey = Survey::new(&own, &rated, &table.covariates_of(covariates, &is_answered)?)?;
            let fitted = unwatched(|control| vignettes::fit(&survey, control))?;
            let plain = unwatched(|control| vignettes::fit_plain(&survey, control))?;
            Ok(vignettes_json(&fitted, &plain))
        }
        Question::Changes { how } => {
            let (name, values) = values(file)?;
            let mut answer = match *how {
                Changes::Line | Changes::Mean => segments(&values, *how)?,
                Changes::Chart { false_alarm, n_runs, seed } => chart(&values, false_alarm, n_runs, seed)?,
            };
            answer["name"] = json!(name);
            answer["values"] = json!(values.len());
            answer["missing"] = json!(values.iter().filter(|value| value.is_none()).count());
            Ok(answer)
        }
    }
}

fn table(file: &[u8]) -> Result<Table, TenorError> {
    // Rows of any length are taken here; the table says on which line one is too long or too short.
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let columns = reader.headers()?.iter().map(|name| name.trim().to_owned()).collect();
    let mut rows = vec![];
    for record in reader.records() {
        let record = record?;
        let line =
            record.position().map_or(0, |position| usize::try_from(position.line()).unwrap_or(usize::MAX));
        rows.push(Row { line, cells: record.iter().map(str::to_owned).collect() });
    }
    Ok(Table::new(columns, rows)?)
}

/// The name and values of a file of the Turing change point data set.
fn values(file: &[u8]) -> Result<(Value, Vec<Option<f64>>), TenorError> {
    let file: Value = serde_json::from_slice(file)?;
    if let Some(n_dim) = file["n_dim"].as_u64().filter(|n_dim| *n_dim != 1) {
        return Err(TenorError::ManySeries { n_dim });
    }
    let raw = file["series"][0]["raw"].as_array().ok_or(TenorError::NoSeries)?;
    let value = |(position, value): (usize, &Value)| match value {
        Value::Null => Ok(None),
        value => value.as_f64().map(Some).ok_or(TenorError::NoNumber { position }),
    };
    let values: Result<_, TenorError> = raw.iter().enumerate().map(value).collect();
    Ok((file["name"].clone(), values?))
}

fn segments(values: &[Option<f64>], how: Changes) -> Result<Value, TenorError> {
    let given =
        values.iter().enumerate().filter_map(|(position, value)| value.map(|value| (position, value)));
    let (positions, values): (Vec<usize>, Vec<f64>) = given.unzip();
    let cut = if how == Changes::Mean { changes_of_mean } else { changes_of_line };
    let found = unwatched(|control| cut(&values, control))?;
    let method = if how == Changes::Mean { "mean" } else { "line" };
    let changes: Vec<usize> = found.into_iter().map(|idx| positions[idx]).collect();
    Ok(json!({"method": method, "changes": changes}))
}

fn chart(values: &[Option<f64>], false_alarm: f64, n_runs: usize, seed: u64) -> Result<Value, TenorError> {
    let series = [Series::new(values)?];
    let (correlation, judged) = unwatched(|control| {
        let correlation = pooled_correlation(&series, control)?;
        let asked = Asked { false_alarm, correlation, n_runs, seed };
        Ok::<_, TenorError>((correlation, judge(&series, &asked, control)?))
    })?;
    let chances = lasting(&series[0], correlation);
    let change =
        |change: &Change| json!({"told_in": change.told_in, "since": change.since, "shift": change.shift});
    let verdict = match chances.verdict {
        Verdict::Sustained => "sustained",
        Verdict::Fading => "fading",
        Verdict::NoChange => "no_change",
        Verdict::TooEarly => "too_early",
        Verdict::Open => "open",
    };
    let judged = judged.first();
    let looking_back = judged.and_then(|judged| judged.looking_back.as_ref());
    Ok(json!({
        "method": "chart",
        "false_alarm": false_alarm,
        "seed": seed,
        "runs": n_runs,
        "correlation": {"next": correlation.next(), "decay": correlation.decay()},
        "changes": looking_back.map(|change| change.since - 1).into_iter().collect::<Vec<_>>(),
        "online": judged.and_then(|judged| judged.online.as_ref()).map(change),
        "looking_back": looking_back.map(change),
        "p_value": judged.map(|judged| judged.p_value),
        "lasting": {
            "verdict": verdict,
            "since": chances.since,
            "lasting": chances.lasting,
            "fading": chances.fading,
            "none": chances.none,
        },
    }))
}

fn estimate(estimate: Estimate) -> Value {
    json!({"value": estimate.value, "standard_error": estimate.standard_error})
}

fn named(estimates: &[(String, Estimate)]) -> Value {
    let of = |(name, one): &(String, Estimate)| {
        let mut value = estimate(*one);
        value["name"] = json!(name);
        value
    };
    estimates.iter().map(of).collect()
}

fn ordinal_json(fit: &OrdinalFit) -> Value {
    let threshold = |(below, above, one): &(i64, i64, Estimate)| {
        let mut value = estimate(*one);
        value["between"] = json!([below, above]);
        value
    };
    let rater = |rater: &ordinal::Rater| json!({"name": rater.name, "answers": rater.n_answers, "leniency": estimate(rater.leniency)});
    json!({
        "log_likelihood": fit.log_likelihood,
        "answers": fit.n_answers,
        "left_out": fit.n_left_out,
        "coefficients": named(&fit.coefficients),
        "thresholds": fit.thresholds.iter().map(threshold).collect::<Vec<_>>(),
        "rater_variance": fit.rater_variance(),
        "rater_sd": estimate(fit.rater_sd),
        "raters": fit.raters.iter().map(rater).collect::<Vec<_>>(),
    })
}

fn vignettes_json(fit: &VignettesFit, plain: &VignettesFit) -> Value {
    let threshold = |one: &vignettes::Threshold| {
        json!({
            "between": [one.between.0, one.between.1],
            "constant": estimate(one.constant),
            "effects": named(&one.effects),
        })
    };
    json!({
        "log_likelihood": fit.log_likelihood,
        "own_answers": fit.n_own,
        "people_with_vignettes": fit.n_with_vignettes,
        "left_out": fit.n_left_out,
        "coefficients": named(&fit.coefficients),
        "vignettes": named(&fit.vignettes),
        "vignette_log_sd": fit.vignette_log_sd.map(estimate),
        "thresholds": fit.thresholds.iter().map(threshold).collect::<Vec<_>>(),
        "without_vignettes": {
            "log_likelihood": plain.log_likelihood,
            "coefficients": named(&plain.coefficients),
        },
    })
}
