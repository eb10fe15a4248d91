//! What an offer leaves on the table, and the changes by which nobody loses, explained term by term.
//!
//! Found without the frontier where terms are free of each other. An explanation lists every term whose option changes and
//! every pair whose worth does; its parts add up to the gains exactly. Not here: fair points from a disagreement (`points`).

use crate::control::Control;
use crate::frontier::{Chosen, Exactness, FrontierError, Rule, Search, plan_of};
use crate::model::{Domain, Totals};

/// What one part of a change moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A term goes to another option.
    Term { term: usize, from: usize, to: usize, gains: Totals },
    /// The worth of a pair of terms changes with them; `pair` is its position among the interactions.
    Pair { pair: usize, gains: Totals },
}

impl Part {
    /// What it adds to each party.
    pub fn gains(&self) -> Totals {
        match self {
            Self::Term { gains, .. } | Self::Pair { gains, .. } => *gains,
        }
    }
}

/// Another package, and what leads from the offer to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The package.
    pub package: Vec<usize>,
    /// What each party gains by it; the parts add up to this.
    pub gains: Totals,
    /// Terms in order, then pairs.
    pub parts: Vec<Part>,
}

/// What an offer leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// What the offer gives each.
    pub offer: Totals,
    /// Joint value nobody has to lose anything for; 0 when the offer is efficient.
    pub left: i128,
    /// The change with the most joint value; none when the offer is efficient.
    pub joint: Option<Change>,
    /// The change best for the firm, at no loss to the client.
    pub firm: Option<Change>,
    /// The change best for the client, at no loss to the firm.
    pub client: Option<Change>,
    /// The change with the highest product of gains; none when only one of them can gain.
    pub shared: Option<Change>,
    /// Exact, unless the limits left only a cover to choose from.
    pub exactness: Exactness,
}

/// Why there is no gap to tell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GapError {
    #[error("the offer has {n_found} options, the domain {n_terms} terms")]
    Length { n_found: usize, n_terms: usize },
    #[error("the offer has option {option} of term `{term}`, which has {n_options}, counted from 0")]
    NoSuchOption { term: String, option: usize, n_options: usize },
    #[error(transparent)]
    Frontier(#[from] FrontierError),
}

/// What `offer` leaves on the table, and the best changes by which nobody loses.
///
/// # Shapes and units
/// - `offer`: an option for each term; it may break the rules, as a status quo may.
/// - returns gains in the domain's unit.
///
/// # Errors
/// - [`GapError::Length`], [`GapError::NoSuchOption`]: `offer` is no package of this domain.
/// - [`GapError::Frontier`]: as [`crate::frontier::frontier`].
///
/// # Cost
/// Sorting the terms' hull edges, and the partial packages of one strip for each kind of change.
///
/// # Source
/// Raiffa (1982), "The Art and Science of Negotiation", post-settlement settlements. The search: as in `points`.
/// Worked: `docs/methods/deals-points.md`.
pub fn gap(domain: &Domain, offer: &[usize], control: &mut Control<'_>) -> Result<Gap, GapError> {
    if offer.len() != domain.terms().len() {
        return Err(GapError::Length { n_found: offer.len(), n_terms: domain.terms().len() });
    }
    for (term, option) in domain.terms().iter().zip(offer) {
        if *option >= term.options.len() {
            let (term, n_options) = (term.name.clone(), term.options.len());
            return Err(GapError::NoSuchOption { term, option: *option, n_options });
        }
    }
    let at = domain.worth(offer).unwrap_or_default().totals();
    let plan = plan_of(domain)?;
    let mut search = Search::new(domain, &plan);
    let mut best = |rule| -> Result<Option<Change>, FrontierError> {
        let found: Vec<Chosen> = search.best(rule, at, control)?;
        let chosen = found.into_iter().find(|chosen| chosen.totals != at);
        Ok(chosen.map(|chosen| explain(domain, offer, &chosen.package)))
    };
    let joint = best(Rule::Joint)?;
    let firm = best(Rule::Firm)?;
    let client = best(Rule::Client)?;
    let shared = best(Rule::Product)?.filter(|change| change.gains.firm > 0 && change.gains.client > 0);
    let left = joint.as_ref().map_or(0, |change| change.gains.joint());
    Ok(Gap { offer: at, left, joint, firm, client, shared, exactness: search.exactness() })
}

/// What leads from one package to another: both have to be packages of the domain.
pub fn explain(domain: &Domain, from: &[usize], to: &[usize]) -> Change {
    let difference = |one: Totals, other: Totals| Totals {
        firm: other.firm - one.firm,
        client: other.client - one.client,
    };
    let mut parts = vec![];
    for (term, (from, to)) in from.iter().zip(to).enumerate().filter(|(_, (from, to))| from != to) {
        let options = &domain.terms()[term].options;
        let gains = difference(options[*from].worth.totals(), options[*to].worth.totals());
        parts.push(Part::Term { term, from: *from, to: *to, gains });
    }
    for (pair, rule) in domain.interactions().iter().enumerate() {
        let worth = |package: &[usize]| rule.worth[package[rule.first]][package[rule.second]].totals();
        let gains = difference(worth(from), worth(to));
        if gains != Totals::default() {
            parts.push(Part::Pair { pair, gains });
        }
    }
    let gains = parts.iter().fold(Totals::default(), |sum, part| Totals {
        firm: sum.firm + part.gains().firm,
        client: sum.client + part.gains().client,
    });
    Change { package: to.to_vec(), gains, parts }
}
