//! Sharing a deal inside the firm: credits that do not move with the deal, keys for the rest, batches, the price of a veto.
//!
//! A product's own result is credited a neutral transfer price times a baseline volume, both fixed before the negotiation; all
//! variance goes to the deal account, which a firm-wide key shares out to the last minor unit. Deals are reported in fixed,
//! disjoint batches only, so that no two reports can be subtracted. Money in minor units of one currency.

use crate::control::Control;
use crate::frontier::{Exactness, FrontierError};
use crate::gap::{Gap, GapError, gap};
use crate::model::{Domain, DomainError};

/// Results (P&Ls) for which the Shapley value is exact here.
pub const MAX_SHAPLEY: usize = 16;

/// Why a sum cannot be shared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    #[error("there is nobody to share with: name at least one result")]
    Nobody,
    #[error("every weight is 0: give at least one result a weight")]
    NoWeight,
    #[error("result {result}: transfer price times baseline volume leaves the range of 64 bits")]
    TooLarge { result: usize },
    #[error(
        "{n_results} results: the table of coalitions has 2^n values, at most 2^{MAX_SHAPLEY}; {n_found} were given"
    )]
    Table { n_results: usize, n_found: usize },
    #[error("result {result}: its share leaves the range of 64 bits; use a larger unit")]
    ShareTooLarge { result: usize },
    #[error("a batch needs at least one deal")]
    NoDeals,
}

/// What a product is credited whatever the deal becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// Fixed before the negotiation.
    pub transfer_price_minor: i64,
    /// Fixed before the negotiation.
    pub volume: i64,
}

/// The credits of each result, and what is left for the deal account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credited {
    /// By result.
    pub credits_minor: Vec<i64>,
    /// The deal's value less all credits.
    pub deal_account_minor: i64,
}

/// Credits each result its transfer price times baseline volume; the rest of the deal goes to the deal account.
///
/// # Shapes and units
/// - `deal_minor`: what the deal is worth to the firm. Changing it changes no credit.
///
/// # Errors
/// - [`ShareError::Nobody`]: no baseline. [`ShareError::TooLarge`]: which one.
///
/// # Source
/// Hirshleifer (1956), "On the Economics of Transfer Pricing", Journal of Business 29(3), 172-184; that the lump sum is fixed beforehand:
/// own construction. Worked: `docs/methods/deals-sharing.md`.
pub fn credit(baselines: &[Baseline], deal_minor: i64) -> Result<Credited, ShareError> {
    if baselines.is_empty() {
        return Err(ShareError::Nobody);
    }
    let mut credits_minor = vec![];
    let mut left = Some(deal_minor);
    for (result, baseline) in baselines.iter().enumerate() {
        let too_large = ShareError::TooLarge { result };
        let credit = baseline.transfer_price_minor.checked_mul(baseline.volume).ok_or(too_large.clone())?;
        left = left.and_then(|left| left.checked_sub(credit));
        if left.is_none() {
            return Err(too_large);
        }
        credits_minor.push(credit);
    }
    Ok(Credited { credits_minor, deal_account_minor: left.unwrap_or_default() })
}

/// Shares a sum in proportion to weights, by largest remainder: the shares add up to it exactly.
///
/// # Shapes and units
/// - `sum_minor`: a gain or a loss; with a gain nobody's share is below 0.
/// - returns one share for each weight; of equal remainders the first gets more.
///
/// # Errors
/// - [`ShareError::Nobody`], [`ShareError::NoWeight`].
///
/// # Source
/// Hamilton's method of largest remainders; Balinski and Young (1982), "Fair Representation". Worked: `docs/methods/deals-sharing.md`.
pub fn pro_rata(sum_minor: i64, weights: &[u32]) -> Result<Vec<i64>, ShareError> {
    let wide: Vec<i128> = weights.iter().map(|weight| i128::from(*weight)).collect();
    by_weights(sum_minor, &wide)
}

fn by_weights(sum_minor: i64, weights: &[i128]) -> Result<Vec<i64>, ShareError> {
    if weights.is_empty() {
        return Err(ShareError::Nobody);
    }
    let all: i128 = weights.iter().sum();
    if all <= 0 {
        return Err(ShareError::NoWeight);
    }
    let size = i128::from(sum_minor).abs();
    // Weights of a Shapley value reach 2^119: the quotient is taken in two parts, so that no product overflows.
    let parts: Vec<(i128, i128)> = weights.iter().map(|weight| divided(size, *weight, all)).collect();
    let mut shares: Vec<i128> = parts.iter().map(|(whole, _)| *whole).collect();
    let left = usize::try_from(size - shares.iter().sum::<i128>()).unwrap_or_default();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|idx| (std::cmp::Reverse(parts[*idx].1), *idx));
    for idx in order.into_iter().take(left) {
        shares[idx] += 1;
    }
    let sign = if sum_minor < 0 { -1 } else { 1 };
    Ok(shares.into_iter().map(|share| (share * sign) as i64).collect())
}

/// `size * weight / all` and its remainder, bit by bit: `weight <= all < 2^126`.
fn divided(size: i128, weight: i128, all: i128) -> (i128, i128) {
    let (mut whole, mut rest) = (0, 0);
    for bit in (0..64).rev() {
        (whole, rest) = (2 * whole, 2 * rest);
        if size >> bit & 1 == 1 {
            rest += weight;
        }
        while rest >= all {
            rest -= all;
            whole += 1;
        }
    }
    (whole, rest)
}

/// Shares by the Shapley value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shapley {
    /// By result, in minor units, adding up to the value of all together.
    pub shares_minor: Vec<i64>,
    /// Whether a share below 0 was lifted to 0 at the others' cost, because the firm as a whole gains.
    pub is_lifted: bool,
}

/// Shares what all results make together by what each adds to every coalition of the others.
///
/// # Shapes and units
/// - `table_minor`: the value of each coalition in minor units; position `s` is the coalition of the results whose bit is set in
///   `s`, so there are 2^n values and the first is that of nobody.
/// - returns shares that add up to the last value less the first; none is below 0 when that is 0 or more. Of a loss each has
///   its own value, which may be a gain.
///
/// # Errors
/// - [`ShareError::Table`]: not 2^n values for 1 to 16 results. [`ShareError::ShareTooLarge`]: which one.
///
/// # Cost
/// n 2^n.
///
/// # Source
/// Shapley (1953), "A Value for n-Person Games", Contributions to the Theory of Games II, 307-317. Rounding by largest remainder and the
/// lifting: own construction. Worked: `docs/methods/deals-sharing.md`.
pub fn shapley(table_minor: &[i64]) -> Result<Shapley, ShareError> {
    let n_found = table_minor.len();
    let n_results = n_found.max(1).ilog2() as usize;
    let all = table_minor.first().zip(table_minor.last()).and_then(|(none, all)| all.checked_sub(*none));
    let (true, true, Some(sum_minor)) =
        ((1..=MAX_SHAPLEY).contains(&n_results), n_found.is_power_of_two(), all)
    else {
        return Err(ShareError::Table { n_results, n_found });
    };
    let mut factorials = vec![1_i128; n_results + 1];
    for n in 1..=n_results {
        factorials[n] = factorials[n - 1] * n as i128;
    }
    let mut values = vec![0_i128; n_results];
    for (coalition, worth) in table_minor.iter().enumerate() {
        let size = coalition.count_ones() as usize;
        let worth = i128::from(*worth);
        for (result, value) in values.iter_mut().enumerate() {
            // With the result, it is part of what it adds; without it, of what is there before.
            *value += if coalition >> result & 1 == 1 {
                worth * factorials[size - 1] * factorials[n_results - size]
            } else {
                -worth * factorials[size] * factorials[n_results - size - 1]
            };
        }
    }
    let lacking = values.iter().any(|value| *value < 0);
    if sum_minor >= 0 && (lacking || sum_minor == 0) {
        let positive: Vec<i128> = values.iter().map(|value| (*value).max(0)).collect();
        let weights = if positive.iter().all(|weight| *weight == 0) { vec![1; n_results] } else { positive };
        return Ok(Shapley { shares_minor: by_weights(sum_minor, &weights)?, is_lifted: lacking });
    }
    if sum_minor < 0 {
        return Ok(Shapley { shares_minor: rounded(&values, factorials[n_results])?, is_lifted: false });
    }
    Ok(Shapley { shares_minor: by_weights(sum_minor, &values)?, is_lifted: false })
}

/// Quotients in whole units that add up to that of the sum, by largest remainder; `by` divides the sum.
fn rounded(values: &[i128], by: i128) -> Result<Vec<i64>, ShareError> {
    let mut shares: Vec<i128> = values.iter().map(|value| value.div_euclid(by)).collect();
    let left: i128 = values.iter().map(|value| value.rem_euclid(by)).sum::<i128>() / by;
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by_key(|idx| (std::cmp::Reverse(values[*idx].rem_euclid(by)), *idx));
    for idx in order.into_iter().take(usize::try_from(left).unwrap_or_default()) {
        shares[idx] += 1;
    }
    let narrow = |(result, share)| i64::try_from(share).map_err(|_| ShareError::ShareTooLarge { result });
    shares.into_iter().enumerate().map(narrow).collect()
}

/// Two coalitions that make less together than apart, if there are any: then the Shapley value may give someone less than alone.
///
/// # Shapes and units
/// - `table_minor`: as for [`shapley`].
/// - returns the coalitions as bit sets, the lowest first.
///
/// # Errors
/// None: of a table that is no table nothing is found.
///
/// # Cost
/// 3^n.
///
/// # Source
/// Shapley (1953), as above.
pub fn not_superadditive(table_minor: &[i64]) -> Option<(usize, usize)> {
    let n_found = table_minor.len();
    if !n_found.is_power_of_two() || n_found > 1 << MAX_SHAPLEY {
        return None;
    }
    (1..n_found).find_map(|both| {
        // The part that has the lowest bit: each pair is met once.
        let lowest = both & both.wrapping_neg();
        let rest = both ^ lowest;
        let mut part = rest;
        while part > 0 {
            part = (part - 1) & rest;
            let (one, other) = (part | lowest, rest ^ part);
            let apart = i128::from(table_minor[one]) + i128::from(table_minor[other]);
            if i128::from(table_minor[both]) < apart {
                return Some((one, other));
            }
        }
        None
    })
}

/// Deals in the order they were signed, cut into fixed, disjoint batches of exactly `n_least`; those left over wait.
///
/// # Errors
/// - [`ShareError::NoDeals`]: `n_least` is 0.
///
/// # Source
/// Own construction: a batch never changes once it is full, and a deal is in one of them only, so that no difference of two reports is a deal.
pub fn batches(n_deals: usize, n_least: usize) -> Result<Vec<std::ops::Range<usize>>, ShareError> {
    if n_least == 0 {
        return Err(ShareError::NoDeals);
    }
    Ok((0..n_deals / n_least).map(|batch| batch * n_least..(batch + 1) * n_least).collect())
}

/// Why a veto has no price.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VetoError {
    #[error("veto {veto} names term {term}; there are {n_terms}, counted from 0")]
    NoSuchTerm { veto: usize, term: usize, n_terms: usize },
    #[error(transparent)]
    Domain(#[from] DomainError),
    #[error(transparent)]
    Gap(#[from] GapError),
}

/// The joint value each veto costs: what the best change by which nobody loses brings, less what it brings when the vetoed
/// terms stay as they are.
///
/// # Shapes and units
/// - `in_force`: an option for each term; `vetoes`: the terms of each who may refuse to move them.
/// - returns one price for each veto, 0 or more, in the domain's unit.
///
/// # Errors
/// - [`VetoError::NoSuchTerm`], and as [`crate::gap::gap`].
/// - [`FrontierError::OutOfLimits`] within: the difference of two covers would be no price.
///
/// # Cost
/// One gap for each veto.
///
/// # Source
/// Own construction. Worked: `docs/methods/deals-sharing.md`.
pub fn veto_prices(
    domain: &Domain,
    in_force: &[usize],
    vetoes: &[Vec<usize>],
    control: &mut Control<'_>,
) -> Result<Vec<i128>, VetoError> {
    let free = exactly(gap(domain, in_force, control)?)?;
    let mut prices = vec![];
    for (veto, terms) in vetoes.iter().enumerate() {
        let mut parts = domain.clone().into_parts();
        let n_terms = parts.terms.len();
        for term in terms {
            let options = parts.terms.get(*term).map(|found| found.options.len());
            let n_options = options.ok_or(VetoError::NoSuchTerm { veto, term: *term, n_terms })?;
            let others = (0..n_options).filter(|option| *option != in_force[*term]);
            parts.rules.forbid.extend(others.map(|option| (*term, option)));
        }
        let held = Domain::new(parts)?;
        let left = match gap(&held, in_force, control) {
            Ok(found) => exactly(found)?,
            // With these terms as they are nothing else keeps to the rules: the veto costs everything.
            Err(GapError::Frontier(FrontierError::NoPackage | FrontierError::NothingLeft { .. })) => 0,
            Err(other) => return Err(other.into()),
        };
        prices.push(free - left);
    }
    Ok(prices)
}

fn exactly(found: Gap) -> Result<i128, GapError> {
    match found.exactness {
        Exactness::Exact => Ok(found.left),
        Exactness::Cover { .. } => Err(FrontierError::OutOfLimits.into()),
    }
}
