//! `mandate deals`: the deals engine on a file, without a data folder and without the book.
//!
//! Prints one JSON object, always: `agree.py --ours "mandate deals frontier"` and other programs read it.

use std::io::BufRead as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use mandate_app::deals::{Limits, Question, answer_deal, answer_learn};
use rustix::time::{ClockId, clock_gettime};

use crate::exit::{Failure, chain};
use crate::output;

#[derive(Debug, Subcommand)]
pub(super) enum DealsCommand {
    /// The undominated packages: their number, digest, and best points
    Frontier {
        #[command(flatten)]
        search: Search,
        /// Print the points, too
        #[arg(long)]
        points: bool,
        /// Print an option for each term of every point, too
        #[arg(long)]
        packages: bool,
    },
    /// Highest welfare, Nash, egalitarian and Kalai-Smorodinsky, with their packages
    Points {
        #[command(flatten)]
        search: Search,
    },
    /// Three offers that are equal for the firm, near the frontier, and far apart
    Offers {
        #[command(flatten)]
        search: Search,
        /// The firm's total to aim at [default: that of the Nash point]
        #[arg(long, value_name = "TOTAL", allow_hyphen_values = true)]
        firm: Option<i64>,
        /// What the client said, JSON: its values are learned from that, those of the domain file are left aside
        #[arg(long, value_name = "FILE")]
        said: Option<PathBuf>,
    },
    /// What an offer leaves on the table, and the changes by which nobody loses
    Gap {
        #[command(flatten)]
        search: Search,
        /// An option for each term, by position or by name
        #[arg(long, value_delimiter = ',', required = true, value_name = "OPTION,OPTION,...")]
        offer: Vec<String>,
        /// What the client said, JSON: changes that hold up with values learned from that
        #[arg(long, value_name = "FILE")]
        said: Option<PathBuf>,
    },
    /// What a client values, learned from what it said: a line of JSON in, a line out
    Learn {
        /// One JSON object a line [default: standard input]
        file: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(super) struct Search {
    /// The domain file, JSON
    file: PathBuf,
    /// After so many seconds of CPU time answer with a certified cover
    #[arg(long, value_name = "N")]
    seconds: Option<f64>,
    /// Beyond so many points held at once answer with a certified cover
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_points)]
    max_points: usize,
    /// Time so many runs; cpu_s is their median
    #[arg(long, value_name = "N", default_value_t = 1)]
    repeat: usize,
}

/// Reads the file, asks the engine, prints.
///
/// # Errors
/// Of kind bad input: the file cannot be read, is no domain, or leaves no package.
pub(super) fn run(command: &DealsCommand) -> Result<(), Failure> {
    let (search, question) = match command {
        DealsCommand::Frontier { search, points, packages } => {
            (search, Question::Frontier { with_points: *points, with_packages: *packages })
        }
        DealsCommand::Points { search } => (search, Question::Points),
        DealsCommand::Offers { search, firm, said } => {
            (search, Question::Offers { firm: *firm, said: said.as_deref().map(read).transpose()? })
        }
        DealsCommand::Gap { search, offer, said } => {
            let said = said.as_deref().map(read).transpose()?;
            (search, Question::Gap { offer: offer.clone(), said })
        }
        DealsCommand::Learn { file } => return learn(file.as_deref()),
    };
    let file = read(&search.file)?;
    let limits = Limits { seconds: search.seconds, max_points: search.max_points, n_runs: search.repeat };
    let answer =
        answer_deal(&file, &question, limits, &cpu_s).map_err(|error| Failure::bad_input(chain(&error)))?;
    output::outcome(&answer, "", true);
    Ok(())
}

fn learn(file: Option<&Path>) -> Result<(), Failure> {
    let lines: Box<dyn std::io::BufRead> = match file {
        Some(file) => Box::new(std::io::Cursor::new(read(file)?)),
        None => Box::new(std::io::stdin().lock()),
    };
    for (idx, line) in lines.split(b'\n').enumerate() {
        let wrong = |error: &dyn std::fmt::Display| Failure::bad_input(format!("entry {}: {error}", idx + 1));
        let line = line.map_err(|error| wrong(&error))?;
        if !line.trim_ascii().is_empty() {
            let answer = answer_learn(&line).map_err(|error| wrong(&chain(&error)))?;
            output::outcome(&answer, "", true);
        }
    }
    Ok(())
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file)
        .map_err(|error| Failure::bad_input(format!("cannot read {}: {error}", file.display())))
}

/// CPU seconds of this process.
fn cpu_s() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
