//! What to offer a client whose values are learned, not known: three offers that teach most, and packages that hold up.
//!
//! The means take the place of the client's values in the domain; the draws say how sure that is. "Near the frontier" then
//! means near that of the means. Pairs of terms are taken to be worth nothing to the client, because nothing is learned of
//! them. Not here: learning (`learn`), offers to a client whose values are known (`offers`).

use crate::control::Control;
use crate::frontier::{Exactness, FrontierError};
use crate::gap::{Change, GapError, gap};
use crate::learn::{Estimate, LearnError, Learned};
use crate::model::{Domain, DomainError, Totals};
use crate::offers::{Found, Offered, OffersError, search};

/// Learned worth is relative: 1 becomes this many units.
pub const UNIT: f64 = 1_000_000.0;
/// Draws by which candidates are compared.
const N_COMPARED: usize = 250;
/// Candidates that are compared, the client's best first.
const MOST_COMPARED: usize = 400;
/// Draws whose own best changes are looked at.
const N_CLIENTS: usize = 24;
/// Proposals that are returned.
const MOST_PROPOSALS: usize = 10;

/// Why nothing can be offered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LearnedError {
    #[error("the domain has {n_terms} terms, what was learned {n_learned}")]
    Terms { n_terms: usize, n_learned: usize },
    #[error("term `{term}` has {n_options} options, in what was learned {n_learned}")]
    Options { term: String, n_options: usize, n_learned: usize },
    #[error(transparent)]
    Learn(#[from] LearnError),
    #[error(transparent)]
    Domain(#[from] DomainError),
    #[error(transparent)]
    Offers(#[from] OffersError),
    #[error(transparent)]
    Gap(#[from] GapError),
}

impl From<FrontierError> for LearnedError {
    fn from(error: FrontierError) -> Self {
        Self::Gap(error.into())
    }
}

/// A package by which the firm does not lose, and what the client may gain.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// An option for each term.
    pub package: Vec<usize>,
    /// What the firm gains, exactly.
    pub firm_gain: i64,
    /// What the client gains, as far as is known.
    pub client: Estimate,
}

/// Proposals, and whether they were looked for without a limit that mattered.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// The surest first.
    pub proposals: Vec<Proposal>,
    /// Whether every search was exact; else better ones may exist, and an empty list says nothing.
    pub is_exact: bool,
}

/// The domain with the learned means as the client's values, in millionths; without a deal the client has the worst of all.
///
/// # Errors
/// [`LearnedError::Terms`], [`LearnedError::Options`]: what was learned is of another domain.
pub fn estimated(domain: &Domain, learned: &Learned) -> Result<Domain, LearnedError> {
    with_client(domain, learned, |term| learned.means(term))
}

fn with_client<'a>(
    domain: &Domain,
    learned: &Learned,
    values: impl Fn(usize) -> &'a [f64],
) -> Result<Domain, LearnedError> {
    let (n_terms, n_learned) = (domain.terms().len(), learned.n_terms());
    if n_terms != n_learned {
        return Err(LearnedError::Terms { n_terms, n_learned });
    }
    let mut parts = domain.clone().into_parts();
    for (idx, term) in parts.terms.iter_mut().enumerate() {
        let values = values(idx);
        if values.len() != term.options.len() {
            let (term, n_options) = (term.name.clone(), term.options.len());
            return Err(LearnedError::Options { term, n_options, n_learned: values.len() });
        }
        for (option, value) in term.options.iter_mut().zip(values) {
            option.worth.client = (value * UNIT).round() as i64;
        }
    }
    for worth in parts.interactions.iter_mut().flat_map(|pair| pair.worth.iter_mut().flatten()) {
        worth.client = 0;
    }
    parts.disagreement.client = 0;
    Ok(Domain::new(parts)?)
}

/// Three offers that are equal for the firm and near the frontier of the means, and whose choice would teach most.
///
/// # Shapes and units
/// - `firm`: as in [`crate::offers::offers`].
/// - returns packages with the firm's totals exact, the client's in millionths of the means.
///
/// # Errors
/// [`LearnedError`]: what was learned is of another domain, or there is nothing to offer.
///
/// # Cost
/// As [`crate::offers::offers`], and 400 candidates times 250 draws.
///
/// # Source
/// As [`crate::offers::offers`]. What a choice teaches: the mutual information of choice and values, Lindley (1956), Annals of
/// Mathematical Statistics 27(4), 986-1005. Worked: `docs/methods/deals-learning.md`.
pub fn offers(
    domain: &Domain,
    learned: &Learned,
    firm: Option<i64>,
    control: &mut Control<'_>,
) -> Result<Offered, LearnedError> {
    let domain = estimated(domain, learned)?;
    let pick = |found: &[Found]| {
        let mut order: Vec<&Found> = found.iter().collect();
        order.sort_by(|one, other| {
            (other.0.client, other.0.firm).cmp(&(one.0.client, one.0.firm)).then(one.1.cmp(&other.1))
        });
        order.truncate(MOST_COMPARED);
        let stride = learned.n_draws().div_ceil(N_COMPARED).max(1);
        let draws: Vec<usize> = (0..learned.n_draws()).step_by(stride).collect();
        let worth: Vec<Vec<f64>> = order
            .iter()
            .map(|(_, package)| draws.iter().map(|draw| learned.worth(*draw, package)).collect())
            .collect();
        let exactness: Vec<f64> = draws.iter().map(|draw| learned.exactness(*draw)).collect();
        let kept: Vec<Found> = order.into_iter().cloned().collect();
        let far = |one: usize, other: usize| teaches(&worth[one], &worth[other], &exactness);
        crate::offers::apart(&kept, &far)
    };
    Ok(search(&domain, firm, control, &pick)?)
}

/// What a choice between two packages tells of the client, in millionths of a bit.
fn teaches(one: &[f64], other: &[f64], exactness: &[f64]) -> i128 {
    let bits = |share: f64| {
        let part = |share: f64| if share > 0.0 { -share * share.log2() } else { 0.0 };
        part(share) + part(1.0 - share)
    };
    let shares: Vec<f64> = one
        .iter()
        .zip(other)
        .zip(exactness)
        .map(|((one, other), exactness)| 1.0 / (1.0 + (exactness * (other - one)).exp()))
        .collect();
    let n = shares.len().max(1) as f64;
    let mean = shares.iter().sum::<f64>() / n;
    let told = bits(mean) - shares.iter().map(|share| bits(*share)).sum::<f64>() / n;
    (told.max(0.0) * UNIT).round() as i128
}

/// Packages by which the firm does not lose and the client, as far as is known, does not either: the surest first.
///
/// # Shapes and units
/// - `from`: an option for each term, such as what is in force; it may break the rules.
/// - returns at most ten; `no_loss` is the share of draws in which the client does not lose.
///
/// # Errors
/// [`LearnedError`]: what was learned is of another domain, or `from` is no package of it.
///
/// # Cost
/// [`crate::gap::gap`] for the means and for 24 of the draws.
///
/// # Source
/// Candidates are the best changes for each of many clients, told apart by how many others they suit: own construction.
/// Worked: `docs/methods/deals-learning.md`.
pub fn holds_up(
    domain: &Domain,
    learned: &Learned,
    from: &[usize],
    control: &mut Control<'_>,
) -> Result<Held, LearnedError> {
    let mut packages: Vec<Vec<usize>> = vec![];
    let mut is_exact = true;
    let stride = (learned.n_draws() / N_CLIENTS).max(1);
    let clients = (0..learned.n_draws()).step_by(stride).take(N_CLIENTS).map(Some);
    for client in std::iter::once(None).chain(clients) {
        let domain = match client {
            None => estimated(domain, learned)?,
            Some(draw) => with_client(domain, learned, |term| learned.drawn(draw, term))?,
        };
        let found = gap(&domain, from, control)?;
        is_exact &= found.exactness == Exactness::Exact;
        let changes = [found.joint, found.firm, found.client, found.shared].into_iter().flatten();
        packages.extend(changes.map(|change: Change| change.package));
    }
    packages.sort();
    packages.dedup();
    let firm = |package: &[usize]| domain.worth(package).unwrap_or_default().totals();
    let Totals { firm: before, .. } = firm(from);
    let mut proposals = vec![];
    for package in packages {
        let client = learned.gain(from, &package)?;
        let firm_gain = firm(&package).firm - before;
        if firm_gain > 0 || client.mean > 0.0 {
            proposals.push(Proposal { package, firm_gain, client });
        }
    }
    proposals.sort_by(|one, other| {
        let surest = other.client.no_loss.total_cmp(&one.client.no_loss);
        surest.then(other.client.mean.total_cmp(&one.client.mean)).then(one.package.cmp(&other.package))
    });
    proposals.truncate(MOST_PROPOSALS);
    Ok(Held { proposals, is_exact })
}
