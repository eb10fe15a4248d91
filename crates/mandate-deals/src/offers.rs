//! Three offers at once: equal for the firm, near the frontier, and far apart in what the client's choice would teach.
//!
//! Packages inside the band are looked for by dives, one forced through every option, so that they differ; when fewer than
//! three fit, all packages are gone through until that is proven or the limit is reached, and the answer says which. Not here:
//! a client whose values are learned (`learned`).

use crate::control::Control;
pub(crate) use crate::frontier::Found;
use crate::frontier::{
    Band, Exactness, FrontierError, Rule, Search, all_within, dive, plan_of, whole_plan_of,
};
use crate::model::{Domain, Totals};
use crate::points::points;

/// How far the offers may differ for the firm, and lie from the frontier: 0.5 %.
pub const TOLERANCE_PPM: i128 = 5_000;
/// Terms in which any two of them differ at least.
pub const LEAST_DIFFERENT: usize = 2;
/// Partial packages one forced dive may look at.
const NODES_OF_A_DIVE: usize = 2_000;
/// Partial packages the proof that none exist may look at.
const NODES_OF_A_PROOF: usize = 400_000;
const MILLION: i128 = 1_000_000;

/// One of the offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// An option for each term.
    pub package: Vec<usize>,
    /// What it gives each.
    pub totals: Totals,
}

/// Three offers, or that there are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offers {
    /// The client's best first.
    Three(Box<[Offer; 3]>),
    /// No three packages fit; `proven` when all were gone through, else none were found within the limit.
    NoThree { proven: bool },
}

/// The offers, and what they were measured by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Three, or none.
    pub offers: Offers,
    /// Exact, unless the limits left only a cover: then the aim and the nearness to the frontier hold up to its bound.
    pub exactness: Exactness,
}

/// Why no offers can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OffersError {
    #[error("no package is better for both than no agreement: there is nothing to offer")]
    NoMutualGain,
    #[error("no package gives the firm {firm} and the client more than no agreement: ask for less")]
    TooMuch { firm: i64 },
    #[error(
        "the limits of time and points ended the search before a package better for both was found; allow more"
    )]
    OutOfLimits,
    #[error(transparent)]
    Frontier(#[from] FrontierError),
}

/// Three equivalent simultaneous offers around what the firm aims at.
///
/// # Shapes and units
/// - `firm`: the firm's total to aim at; without it, that of the Nash point.
/// - returns offers whose gains for the firm differ by at most 0.5 %, of which no package exceeds both gains by more than
///   0.5 %, and any two of which differ in two terms or more. Under limits that left only a cover, "none" is not proven.
///
/// # Errors
/// - [`OffersError::NoMutualGain`], [`OffersError::TooMuch`]: there is nothing to offer.
/// - [`OffersError::OutOfLimits`]: nothing was found in a cover, which proves nothing.
/// - [`OffersError::Frontier`]: as [`crate::frontier::frontier`].
///
/// # Cost
/// One dive for each option, of at most 2,000 partial packages; a proof that none exist, of at most 400,000.
///
/// # Source
/// Leonardelli, Gu, McRuer, Medvec and Galinsky (2019), "Multiple equivalent simultaneous offers (MESOs) reduce the negotiator
/// dilemma", Organizational Behavior and Human Decision Processes 152, 64-83. The search: own construction.
/// Worked: `docs/methods/deals-offers.md`.
pub fn offers(domain: &Domain, firm: Option<i64>, control: &mut Control<'_>) -> Result<Offered, OffersError> {
    let pick = |found: &[Found]| {
        let far = |one: usize, other: usize| teaches(domain, &found[one].1, &found[other].1);
        apart(found, &far)
    };
    search(domain, firm, control, &pick)
}

/// As [`offers`], the three picked from what is near enough by `pick`.
pub(crate) fn search(
    domain: &Domain,
    firm: Option<i64>,
    control: &mut Control<'_>,
    pick: &dyn Fn(&[Found]) -> Option<[Offer; 3]>,
) -> Result<Offered, OffersError> {
    let none = domain.disagreement();
    let (aim, of_aim) = match firm {
        Some(firm) => (Some(firm), Exactness::Exact),
        None => {
            let found = points(domain, none, control)?;
            (found.nash.first().map(|chosen| chosen.totals.firm), found.exactness)
        }
    };
    let refusal = |exactness: Exactness| match (exactness, firm) {
        (Exactness::Cover { .. }, _) => OffersError::OutOfLimits,
        (Exactness::Exact, Some(firm)) => OffersError::TooMuch { firm },
        (Exactness::Exact, None) => OffersError::NoMutualGain,
    };
    let gain = aim.map_or(0, |aim| i128::from(aim) - i128::from(none.firm));
    if gain <= 0 {
        return Err(refusal(of_aim));
    }
    // The band lies around the aim: a quarter of a percent below it, and as wide as the tolerance.
    let low = (gain * (MILLION - TOLERANCE_PPM / 2) + MILLION - 1) / MILLION;
    let high = low * (MILLION + TOLERANCE_PPM) / MILLION;
    let total = |gain: i128, none: i64| i64::try_from(i128::from(none) + gain).map_err(|_| refusal(of_aim));
    let plan = plan_of(domain)?;
    let mut best_of = Search::new(domain, &plan);
    let least = Totals { firm: total(low, none.firm)?, client: none.client };
    let best = best_of.best(Rule::Client, least, control)?;
    let most = best.first().map_or(0, |chosen| i128::from(chosen.totals.client) - i128::from(none.client));
    let exactness = of_aim.with(best_of.exactness());
    if most <= 0 {
        return Err(refusal(exactness));
    }
    // Whatever beats an offer by more than the tolerance on both would give the firm more than `low`, the client more than `most`.
    let client = (most * MILLION + MILLION + TOLERANCE_PPM - 1) / (MILLION + TOLERANCE_PPM);
    let band = Band {
        least: Totals { firm: least.firm, client: total(client, none.client)? },
        most_firm: total(high, none.firm)?,
        weights: best_of.weights_at(least, (most, low)),
    };
    // An option that another one dominates can still be part of a package that is near enough.
    let plan = whole_plan_of(domain)?;
    let mut found = dive(domain, &plan, &band, NODES_OF_A_DIVE);
    if let Some(three) = pick(&found) {
        return Ok(Offered { offers: Offers::Three(Box::new(three)), exactness });
    }
    let (all, proven) = all_within(domain, &plan, &band, NODES_OF_A_PROOF);
    found.extend(all);
    found.sort_by(|one, other| one.1.cmp(&other.1));
    found.dedup();
    let offers = match pick(&found) {
        Some(three) => Offers::Three(Box::new(three)),
        None => Offers::NoThree { proven: proven && exactness == Exactness::Exact },
    };
    Ok(Offered { offers, exactness })
}

/// In how many terms two packages differ.
fn n_different(one: &[usize], other: &[usize]) -> usize {
    one.iter().zip(other).filter(|(one, other)| one != other).count()
}

/// How much a choice between two packages would teach: by how much the client's worth differs, term by term.
fn teaches(domain: &Domain, one: &[usize], other: &[usize]) -> i128 {
    let terms = domain.terms().iter().zip(one.iter().zip(other));
    terms
        .map(|(term, (one, other))| {
            let client = |option: usize| i128::from(term.options[option].worth.client);
            (client(*one) - client(*other)).abs()
        })
        .sum()
}

/// Three that differ enough: from the client's best, the one that teaches most, then the one farthest from both; where that
/// fails, from the next best.
pub(crate) fn apart(found: &[Found], far: &dyn Fn(usize, usize) -> i128) -> Option<[Offer; 3]> {
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by_key(|idx| (std::cmp::Reverse(found[*idx].0.client), *idx));
    let fit = |one: usize, other: usize| n_different(&found[one].1, &found[other].1) >= LEAST_DIFFERENT;
    let offer = |idx: usize| Offer { package: found[idx].1.clone(), totals: found[idx].0 };
    for first in order.iter().copied() {
        let mut partners: Vec<usize> = order.iter().copied().filter(|other| fit(first, *other)).collect();
        partners.sort_by_cached_key(|other| (std::cmp::Reverse(far(first, *other)), *other));
        for second in partners.iter().copied() {
            let third =
                partners.iter().copied().filter(|third| fit(second, *third)).max_by_key(|third| {
                    (far(first, *third).min(far(second, *third)), std::cmp::Reverse(*third))
                });
            if let Some(third) = third {
                return Some([first, second, third].map(offer));
            }
        }
    }
    None
}
