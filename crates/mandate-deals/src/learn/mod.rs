//! What a client values, learned from what it offered, refused, countered and chose, with a prior and a spread.
//!
//! Never a single guess: an estimate has a spread, and draws of whole clients say how likely a package holds up. Worth is
//! relative: the best package is worth about 1, a term's worst option 0. Nothing here sees the client's own values; what we
//! know beforehand comes as a [`Prior`]. Not here: what to offer next (`crate::learned`).

mod draws;
mod shapes;
mod table;

use crate::control::{Control, Halt};
use draws::{Draw, Drawn, N_DRAWS, Stream, Tie, Ties};
use shapes::Shapes;
use table::{EXACTNESS, Table};

/// Options one term may have here.
pub const MAX_LEARN_OPTIONS: usize = 200;
/// Options all terms may have together.
pub const MAX_LEARN_VALUES: usize = 5_000;
/// Things said that are taken; of a choice every package on the table counts.
pub const MAX_SAID: usize = 1_000;

/// Something the client did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// It made this offer. The same offer again says nothing new.
    Offered(Vec<usize>),
    /// It refused this offer of ours: it would rather have its own last one. Before its first offer that says nothing.
    Refused(Vec<usize>),
    /// It answered our offer with its own.
    Countered {
        /// What we had offered.
        ours: Vec<usize>,
        /// What it offered instead.
        theirs: Vec<usize>,
    },
    /// Of several offers of ours it chose one.
    Chosen {
        /// What lay on the table.
        among: Vec<Vec<usize>>,
        /// The position of what it chose.
        took: usize,
    },
}

/// Whether a term's options run in an order the client agrees with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Nobody knows.
    #[default]
    Unknown,
    /// A later option is never worse for the client.
    Rising,
    /// A later option is never better for the client.
    Falling,
}

/// What is known of one term beforehand, such as from earlier clients of the same segment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TermPrior {
    /// How much the term matters, against the others: above 0.
    pub weight: f64,
    /// How its options run.
    pub order: Order,
}

impl Default for TermPrior {
    fn default() -> Self {
        Self { weight: 1.0, order: Order::Unknown }
    }
}

/// What is known beforehand: one entry for each term, or none at all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prior {
    /// By term.
    pub terms: Vec<TermPrior>,
}

/// Why nothing can be learned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LearnError {
    #[error("there is no term to learn about")]
    NoTerms,
    #[error("term {term} has {n_options} options; 1 to {MAX_LEARN_OPTIONS} can be learned")]
    Options { term: usize, n_options: usize },
    #[error("all terms together have {n_values} options; at most {MAX_LEARN_VALUES} can be learned")]
    TooManyValues { n_values: usize },
    #[error("{n_said} things were said, each package of a choice counted; at most {MAX_SAID} are taken")]
    TooMuchSaid { n_said: usize },
    #[error("{what} has {n_found} options for {n_terms} terms")]
    Length { what: String, n_found: usize, n_terms: usize },
    #[error("{what} has option {option} of term {term}, which has {n_options}, counted from 0")]
    NoSuchOption { what: String, term: usize, option: usize, n_options: usize },
    #[error("{what} says that package {took} was chosen among {n_among}, counted from 0")]
    NotAmong { what: String, took: usize, n_among: usize },
    #[error("the prior has {n_found} entries for {n_terms} terms: give one for each, or none")]
    PriorLength { n_found: usize, n_terms: usize },
    #[error("the prior's weight of term {term} has to be a number above 0, at most 1000000")]
    Weight { term: usize },
    #[error("the search was cancelled")]
    Cancelled,
}

/// A number that is not known exactly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Its mean.
    pub mean: f64,
    /// One standard deviation.
    pub sd: f64,
    /// Below this in 5 of 100 draws.
    pub low: f64,
    /// Above this in 5 of 100 draws.
    pub high: f64,
    /// The share of draws in which it is 0 or more.
    pub no_loss: f64,
}

/// What is believed of a client.
#[derive(Clone, Debug)]
pub struct Learned {
    seed: u64,
    offsets: Vec<usize>,
    means: Vec<f64>,
    sds: Vec<f64>,
    draws: Vec<Draw>,
    effective: f64,
}

/// Learns a client's worth of every option.
///
/// # Shapes and units
/// - `firm`: our own worth of each term's options, n >= 1; only its order is used, to tell ordered options from names.
/// - `prior`: as many entries as terms, or none.
/// - `said`: in the order in which it was said; packages have an option for each term.
/// - returns means, spreads and 1,000 draws, relative: the best package is worth about 1, a term's worst option 0.
///
/// # Errors
/// [`LearnError`]: an offer that is no package, a prior that does not fit, too many options, or the watch's cancelling.
///
/// # Cost
/// Hypotheses times options for each term (up to 1,700 shapes of 24 options, 12 weights, 3 degrees of exactness); with refusals,
/// counters or choices also 12 moves of each term of 1,000 draws. The watch is asked between moves; time up ends it like cancelling.
///
/// # Source
/// Hindriks and Tykhonov (2008), "Opponent modelling in automated multi-issue negotiation using Bayesian learning", AAMAS, 331-338:
/// hypotheses of weights and shapes. Logit choice: McFadden (1974). Its product form over terms, reading an order from our own
/// values, and the moves: own construction. Worked: `docs/methods/deals-learning.md`.
pub fn learn(
    firm: &[Vec<i64>],
    prior: &Prior,
    said: &[Said],
    seed: u64,
    control: &mut Control<'_>,
) -> Result<Learned, LearnError> {
    let offsets = checked(firm, prior, said)?;
    let tables = tables(firm, prior, &offers(said));
    let shares = shares(&tables);
    let ties = ties(said);
    let mut stream = Stream(seed);
    let drawn = draws::draw(&tables, &offsets, &shares, &ties, &mut stream, control);
    let Drawn { draws, effective } = drawn.map_err(|halt| match halt {
        Halt::Limit | Halt::Cancelled => LearnError::Cancelled,
    })?;
    let mut means = vec![];
    let mut sds = vec![];
    for (term, table) in tables.iter().enumerate() {
        for option in 0..firm[term].len() {
            let (mean, square) = if ties.ties.is_empty() {
                let of = |values: fn(&table::Weighed) -> &[f64]| -> f64 {
                    shares.iter().zip(&table.by_exactness).map(|(share, by)| share * values(by)[option]).sum()
                };
                (of(|by| &by.mean), of(|by| &by.square))
            } else {
                let values = draws.iter().map(|draw| draw.values[offsets[term] + option]);
                let (sum, squares) =
                    values.fold((0.0, 0.0), |(sum, squares), value| (sum + value, squares + value * value));
                (sum / N_DRAWS as f64, squares / N_DRAWS as f64)
            };
            means.push(mean);
            sds.push((square - mean * mean).max(0.0).sqrt());
        }
    }
    Ok(Learned { seed, offsets, means, sds, draws, effective })
}

/// Where each term's options begin, and at the end their number.
fn checked(firm: &[Vec<i64>], prior: &Prior, said: &[Said]) -> Result<Vec<usize>, LearnError> {
    let n_terms = firm.len();
    if n_terms == 0 {
        return Err(LearnError::NoTerms);
    }
    let mut offsets = vec![0];
    for (term, options) in firm.iter().enumerate() {
        let n_options = options.len();
        if n_options == 0 || n_options > MAX_LEARN_OPTIONS {
            return Err(LearnError::Options { term, n_options });
        }
        offsets.push(offsets[term] + n_options);
    }
    let size = |said: &Said| match said {
        Said::Chosen { among, .. } => among.len().max(1),
        Said::Offered(_) | Said::Refused(_) | Said::Countered { .. } => 1,
    };
    match (offsets[n_terms], said.iter().map(size).sum()) {
        (n_values, _) if n_values > MAX_LEARN_VALUES => return Err(LearnError::TooManyValues { n_values }),
        (_, n_said) if n_said > MAX_SAID => return Err(LearnError::TooMuchSaid { n_said }),
        _ => {}
    }
    if !prior.terms.is_empty() && prior.terms.len() != n_terms {
        return Err(LearnError::PriorLength { n_found: prior.terms.len(), n_terms });
    }
    let is_bad = |entry: &TermPrior| !(entry.weight > 0.0 && entry.weight <= 1e6);
    if let Some(term) = prior.terms.iter().position(is_bad) {
        return Err(LearnError::Weight { term });
    }
    for (idx, said) in said.iter().enumerate() {
        let what = |name: &str| format!("{name} (number {idx} of what was said)");
        match said {
            Said::Offered(package) => check(&what("the client's offer"), package, &offsets)?,
            Said::Refused(package) => check(&what("the refused offer"), package, &offsets)?,
            Said::Countered { ours, theirs } => {
                check(&what("our countered offer"), ours, &offsets)?;
                check(&what("the client's counter"), theirs, &offsets)?;
            }
            Said::Chosen { among, took } => {
                among.iter().try_for_each(|package| check(&what("a choice"), package, &offsets))?;
                if *took >= among.len() {
                    let what = what("the choice");
                    return Err(LearnError::NotAmong { what, took: *took, n_among: among.len() });
                }
            }
        }
    }
    Ok(offsets)
}

fn check(what: &str, package: &[usize], offsets: &[usize]) -> Result<(), LearnError> {
    let n_terms = offsets.len() - 1;
    let what = || what.to_owned();
    if package.len() != n_terms {
        return Err(LearnError::Length { what: what(), n_found: package.len(), n_terms });
    }
    for (term, option) in package.iter().copied().enumerate() {
        let n_options = offsets[term + 1] - offsets[term];
        if option >= n_options {
            return Err(LearnError::NoSuchOption { what: what(), term, option, n_options });
        }
    }
    Ok(())
}

/// The client's own offers, each once.
fn offers(said: &[Said]) -> Vec<&[usize]> {
    let mut offers: Vec<&[usize]> = vec![];
    for said in said {
        if let Said::Offered(package) | Said::Countered { theirs: package, .. } = said
            && !offers.contains(&package.as_slice())
        {
            offers.push(package);
        }
    }
    offers
}

/// A term with more options is usually a weightier one, though less than in proportion.
const WEIGHT_BY_OPTIONS: f64 = 0.4;

fn tables(firm: &[Vec<i64>], prior: &Prior, offers: &[&[usize]]) -> Vec<Table> {
    let entry = |term: usize| prior.terms.get(term).copied().unwrap_or_default();
    let raw: Vec<f64> = firm
        .iter()
        .enumerate()
        .map(|(term, options)| entry(term).weight * (options.len() as f64).powf(WEIGHT_BY_OPTIONS))
        .collect();
    let sum: f64 = raw.iter().sum();
    let ordered = shapes::ordered(firm);
    let table = |(term, options): (usize, &Vec<i64>)| {
        let mut counts = vec![0.0; options.len()];
        for offer in offers {
            counts[offer[term]] += 1.0;
        }
        let shapes = Shapes::new(options.len(), entry(term).order, ordered[term]);
        Table::new(shapes, raw[term] / sum, &counts)
    };
    firm.iter().enumerate().map(table).collect()
}

/// The share of each degree of exactness, by how likely it makes the offers.
fn shares(tables: &[Table]) -> Vec<f64> {
    let logs: Vec<f64> = (0..EXACTNESS.len())
        .map(|idx| tables.iter().map(|table| table.by_exactness[idx].evidence).sum())
        .collect();
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logs.iter().map(|log| (log - most).exp()).sum();
    logs.iter().map(|log| (log - most).exp() / sum).collect()
}

fn ties(said: &[Said]) -> Ties {
    let mut ties = Ties::default();
    let mut last: Option<usize> = None;
    for said in said {
        let mut add = |package: &Vec<usize>| {
            ties.packages.push(package.clone());
            ties.packages.len() - 1
        };
        match said {
            Said::Offered(package) => last = Some(add(package)),
            Said::Refused(package) => {
                let refused = add(package);
                if let Some(last) = last {
                    ties.ties.push(Tie { took: last, others: vec![refused] });
                }
            }
            Said::Countered { ours, theirs } => {
                let (refused, took) = (add(ours), add(theirs));
                ties.ties.push(Tie { took, others: vec![refused] });
                last = Some(took);
            }
            Said::Chosen { among, took } => {
                let begins = ties.packages.len();
                ties.packages.extend(among.iter().cloned());
                let others = (0..among.len()).filter(|idx| idx != took).map(|idx| begins + idx);
                ties.ties.push(Tie { took: begins + took, others: others.collect() });
            }
        }
    }
    ties
}

impl Learned {
    /// The seed of the draws.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How many draws there are.
    pub fn n_draws(&self) -> usize {
        self.draws.len()
    }

    /// How many draws were as good as independent when refusals, counters and choices were weighed; all without these.
    pub fn effective(&self) -> f64 {
        self.effective
    }

    /// How many terms were learned.
    pub fn n_terms(&self) -> usize {
        self.offsets.len() - 1
    }

    /// The mean worth of each option of a term.
    pub fn means(&self, term: usize) -> &[f64] {
        &self.means[self.offsets[term]..self.offsets[term + 1]]
    }

    /// The standard deviation of each option's worth.
    pub fn sds(&self, term: usize) -> &[f64] {
        &self.sds[self.offsets[term]..self.offsets[term + 1]]
    }

    /// The worth of each option of each term to one of the clients that may be the real one.
    pub fn client(&self, draw: usize) -> Option<Vec<Vec<f64>>> {
        let values = &self.draws.get(draw)?.values;
        Some(self.offsets.windows(2).map(|pair| values[pair[0]..pair[1]].to_vec()).collect())
    }

    /// How exactly a draw's client follows its worth.
    pub(crate) fn exactness(&self, draw: usize) -> f64 {
        EXACTNESS[self.draws[draw].exactness]
    }

    /// A draw's worth of each option of a term.
    pub(crate) fn drawn(&self, draw: usize, term: usize) -> &[f64] {
        &self.draws[draw].values[self.offsets[term]..self.offsets[term + 1]]
    }

    /// The worth of a package in one draw.
    pub(crate) fn worth(&self, draw: usize, package: &[usize]) -> f64 {
        let values = &self.draws[draw].values;
        package.iter().zip(&self.offsets).map(|(option, offset)| values[offset + option]).sum()
    }

    /// What the client gains by going from one package to another.
    ///
    /// # Errors
    /// [`LearnError`]: one of them is no package of what was learned.
    pub fn gain(&self, from: &[usize], to: &[usize]) -> Result<Estimate, LearnError> {
        check("the package before", from, &self.offsets)?;
        check("the package after", to, &self.offsets)?;
        let mut gains: Vec<f64> =
            (0..self.draws.len()).map(|draw| self.worth(draw, to) - self.worth(draw, from)).collect();
        gains.sort_by(f64::total_cmp);
        let n = gains.len() as f64;
        let mean = gains.iter().sum::<f64>() / n;
        let variance = gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>() / n;
        let at = |share: f64| gains[((n * share) as usize).min(gains.len() - 1)];
        // Sums of the same numbers in another order may differ in the last digits.
        let no_loss = gains.iter().filter(|gain| **gain >= -1e-12).count() as f64 / n;
        Ok(Estimate { mean, sd: variance.sqrt(), low: at(0.05), high: at(0.95), no_loss })
    }
}
