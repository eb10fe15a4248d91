//! `mandate tenor`: the tenor engine on a file, without a data folder and without the book.
//!
//! Prints one JSON object, always: whoever checks the engine's figures reads it with other programs.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use mandate_app::tenor::{Changes, Question, answer_tenor};

use crate::exit::{Failure, chain};
use crate::output;

#[derive(Debug, Subcommand)]
pub(super) enum TenorCommand {
    /// Effects on ordered answers, and how lenient each rater is
    Ordinal {
        /// The answers, CSV with a header
        file: PathBuf,
        /// The column with the answers, whole numbers
        #[arg(long, value_name = "COLUMN")]
        response: String,
        /// The columns the answers may depend on
        #[arg(long, value_delimiter = ',', value_name = "COLUMN,COLUMN,...")]
        fixed: Vec<String>,
        /// The column that says who answered
        #[arg(long, value_name = "COLUMN")]
        random: String,
    },
    /// Effects free of how people use the scale, by vignettes everybody rated
    Vignettes(VignettesArguments),
    /// Where a series changed
    Changes(ChangesArguments),
}

#[derive(Debug, Args)]
pub(super) struct VignettesArguments {
    /// The answers, CSV with a header, one row a person
    file: PathBuf,
    /// The column with the answers about oneself, whole numbers
    #[arg(long = "self", value_name = "COLUMN")]
    own: String,
    /// The columns with the answers about the vignettes
    #[arg(long, value_delimiter = ',', required = true, value_name = "COLUMN,COLUMN,...")]
    vignettes: Vec<String>,
    /// The columns that say who somebody is
    #[arg(long, value_delimiter = ',', value_name = "COLUMN,COLUMN,...")]
    covariates: Vec<String>,
    /// Codes that mean no answer
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "0",
        allow_hyphen_values = true,
        value_name = "CODE,..."
    )]
    missing: Vec<i64>,
}

#[derive(Debug, Args)]
pub(super) struct ChangesArguments {
    /// The series, JSON as in the Turing change point data set
    file: PathBuf,
    /// What a segment is
    #[arg(long, value_enum, default_value_t = Method::Line, conflicts_with = "false_alarm")]
    method: Method,
    /// Judge months by a chart with this share of false alarms instead
    #[arg(long, value_name = "SHARE")]
    false_alarm: Option<f64>,
    /// Series simulated for the chart
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    runs: usize,
    /// The seed of the simulation
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Method {
    /// Flat or straight
    Line,
    /// Flat, by the peer's rule
    Mean,
}

/// Reads the file, asks the engine, prints.
///
/// # Errors
/// Of kind bad input: the file cannot be read, or cannot be fitted.
pub(super) fn run(command: &TenorCommand) -> Result<(), Failure> {
    let (file, question) = match command {
        TenorCommand::Ordinal { file, response, fixed, random } => (
            file,
            Question::Ordinal { response: response.clone(), fixed: fixed.clone(), random: random.clone() },
        ),
        TenorCommand::Vignettes(VignettesArguments { file, own, vignettes, covariates, missing }) => {
            let (own, vignettes) = (own.clone(), vignettes.clone());
            (
                file,
                Question::Vignettes {
                    own,
                    vignettes,
                    covariates: covariates.clone(),
                    missing: missing.clone(),
                },
            )
        }
        TenorCommand::Changes(ChangesArguments { file, method, false_alarm, runs, seed }) => {
            let how = match (*false_alarm, method) {
                (Some(false_alarm), _) => Changes::Chart { false_alarm, n_runs: *runs, seed: *seed },
                (None, Method::Line) => Changes::Line,
                (None, Method::Mean) => Changes::Mean,
            };
            (file, Question::Changes { how })
        }
    };
    let bytes = std::fs::read(file)
        .map_err(|error| Failure::bad_input(format!("cannot read {}: {error}", file.display())))?;
    let answer = answer_tenor(&bytes, &question).map_err(|error| Failure::bad_input(chain(&error)))?;
    output::outcome(&answer, "", true);
    Ok(())
}
