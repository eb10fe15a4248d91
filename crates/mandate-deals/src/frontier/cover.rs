//! A certified cover of a separable domain's front, for when the exact one is too large.
//!
//! Packages close to the hull come from windows of neighbouring hull edges; how far any package between two of them can lie
//! beyond both follows from the hull's line there. The bound is computed in integers and rounded up, so it is never violated,
//! and it is of gains above the disagreement value. Never called exact.

use super::hull::{Found, Hull, Window};
use super::plan::Plan;
use super::{Exactness, Front, Trace};
use crate::model::Totals;

/// Edges in a window.
const N_EDGES: usize = 12;
/// Partial packages held while one gap is searched.
const MOST_IN_GAP: usize = 20_000;

/// Points within a factor of 1 + `wanted_ppm` of everything, but where a gap is too full to be searched.
pub(crate) fn cover(plan: &Plan, disagreement: Totals, wanted_ppm: u64) -> Front {
    let hull = Hull::new(plan);
    let none =
        Totals { firm: disagreement.firm - plan.base.firm, client: disagreement.client - plan.base.client };
    let (bound_ppm, found) = chosen(&hull, none, wanted_ppm);
    let base = plan.base;
    let (points, packages) = found
        .into_iter()
        .map(|(totals, options)| {
            let totals = Totals { firm: totals.firm + base.firm, client: totals.client + base.client };
            (totals, hull.package(&options))
        })
        .unzip();
    Front { points, exactness: Exactness::Cover { bound_ppm }, trace: Trace::Packages(packages) }
}

/// The points of all windows: totals, window and position, undominated, the firm's total falling.
fn candidates(hull: &Hull<'_>, n_edges: usize) -> (Vec<Window>, Vec<(Totals, usize, usize)>) {
    let n_all = hull.vertices().len() - 1;
    let stride = (n_edges / 2).max(1);
    let last = n_all.saturating_sub(n_edges).div_ceil(stride);
    let windows: Vec<Window> =
        (0..=last).map(|idx| hull.window((idx * stride).min(n_all.saturating_sub(1)), n_edges)).collect();
    let mut points: Vec<(Totals, usize, usize)> = vec![];
    for (idx, window) in windows.iter().enumerate() {
        points.extend((0..window.n_points()).map(|point| (window.totals(point), idx, point)));
    }
    points.sort_unstable_by_key(|(totals, window, point)| (std::cmp::Reverse(*totals), *window, *point));
    let mut highest = None;
    points.retain(|(totals, _, _)| {
        let keeps = highest.is_none_or(|highest| totals.client > highest);
        highest = highest.max(Some(totals.client));
        keeps
    });
    (windows, points)
}

/// As few of the candidates as the bound allows, and what gaps still hold.
fn chosen(hull: &Hull<'_>, none: Totals, wanted_ppm: u64) -> (Option<u64>, Vec<Found>) {
    let (windows, points) = candidates(hull, N_EDGES);
    let found = |idx: usize| windows[points[idx].1].found(points[idx].2);
    let mut kept = vec![found(0)];
    let mut bound = Some(0);
    let mut at = 0;
    while at + 1 < points.len() {
        let gap = |next: usize| gap_ppm(hull, none, points[at].0, points[next].0);
        let mut next = at + 1;
        // As far as the bound allows, doubling the stride and halving it again.
        let mut stride = 1;
        while stride > 0 {
            let further = next + stride;
            if further < points.len() && gap(further).is_some_and(|ppm| ppm <= wanted_ppm) {
                next = further;
                stride *= 2;
            } else {
                stride /= 2;
            }
        }
        let mut here = gap(next);
        if here.is_none_or(|ppm| ppm > wanted_ppm)
            && let Some(between) = beyond(hull, none, points[at].0, points[next].0, wanted_ppm)
        {
            kept.extend(between);
            here = Some(wanted_ppm);
        }
        bound = bound.zip(here).map(|(bound, here)| bound.max(here));
        kept.push(found(next));
        at = next;
    }
    kept.sort_by_key(|(totals, _)| std::cmp::Reverse(*totals));
    let mut highest = None;
    kept.retain(|(totals, _)| {
        let keeps = highest.is_none_or(|highest| totals.client > highest);
        highest = highest.max(Some(totals.client));
        keeps
    });
    (bound, kept)
}

/// Every undominated package between two neighbours that exceeds both by more than the bound; `None` when they are too many.
fn beyond(
    hull: &Hull<'_>,
    none: Totals,
    upper: Totals,
    lower: Totals,
    wanted_ppm: u64,
) -> Option<Vec<Found>> {
    let more = |gain: i64| {
        let grown = i128::from(gain.max(0)) * (1_000_000 + i128::from(wanted_ppm)) / 1_000_000;
        i64::try_from(grown + 1).ok()
    };
    let corner = Totals {
        firm: none.firm.checked_add(more(lower.firm - none.firm)?)?,
        client: none.client.checked_add(more(upper.client - none.client)?)?,
    };
    let weights = hull.weights(hull.edge_towards(none, corner));
    hull.near(weights, weights.of(corner), corner, MOST_IN_GAP)
}

/// By how much a package may exceed the upper neighbour's client and the lower one's firm at once, in parts per million of its
/// gains; `None` without a bound.
///
/// Neighbours need not be on the frontier, so a package may beat either on both totals: each of the three bounds therefore holds
/// for every package, not only for those between the two.
fn gap_ppm(hull: &Hull<'_>, none: Totals, upper: Totals, lower: Totals) -> Option<u64> {
    if upper.firm <= none.firm {
        // Whatever lies below gains the firm nothing.
        return Some(0);
    }
    let corner = Totals { firm: lower.firm.max(none.firm), client: upper.client.max(none.client) };
    let gains = (
        i128::from(corner.firm) - i128::from(none.firm),
        i128::from(corner.client) - i128::from(none.client),
    );
    // Both totals beyond the corner's, one alone beyond it where the other is no less than the corner's.
    let towards = hull.weights(hull.edge_towards(none, corner));
    let (reach, at) = (hull.highest(towards) - towards.of(none), towards.of(corner) - towards.of(none));
    let by_line = exceeds(reach, at);
    let flat = hull.weights(hull.edge_at_firm(corner.firm));
    let by_client = exceeds(hull.highest(flat) - flat.of(none) - flat.firm * gains.0, flat.client * gains.1);
    let steep = hull.weights(hull.edge_at_client(corner.client));
    let by_firm =
        exceeds(hull.highest(steep) - steep.of(none) - steep.client * gains.1, steep.firm * gains.0);
    [by_line, by_firm, by_client].into_iter().flatten().min()
}

/// By how much of `at` a sum may lie above it.
fn exceeds(reach: i128, at: i128) -> Option<u64> {
    if reach <= at { Some(0) } else { ppm(reach - at, at) }
}

/// `part / whole` in parts per million, rounded up.
fn ppm(part: i128, whole: i128) -> Option<u64> {
    if whole <= 0 {
        return None;
    }
    // Bits that do not fit are cut off so that the quotient can only grow.
    let cut = 107_u32.saturating_sub(part.leading_zeros() + 20).min(127);
    let (part, whole) = if cut == 0 { (part, whole) } else { ((part >> cut) + 1, whole >> cut) };
    if whole <= 0 {
        return None;
    }
    let quotient = part.checked_mul(1_000_000)?.checked_add(whole - 1)? / whole;
    Some(u64::try_from(quotient).unwrap_or(u64::MAX))
}
