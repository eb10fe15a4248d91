//! The best packages by a rule, without the frontier: a good package, then a search of the strip in which a better one lies.
//!
//! Packages near the hull give a first answer. All packages that could match or beat it lie above a line; those between that
//! line and the hull's own are few and are found exactly, with every tie. Where links, interactions, a floor or a cap leave no
//! hull, or the strip is too full, the front is computed and the rule applied to it.

use super::hull::{Found, Hull, Weights};
use super::plan::Plan;
use super::{Exactness, FrontierError, frontier, refused};
use crate::control::Control;
use crate::model::{Domain, Totals};

/// Edges in a window of first answers.
const N_EDGES: usize = 14;
/// Partial packages held in one strip.
const MOST_IN_STRIP: usize = 200_000;

/// Totals and one package that has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// What it gives each party.
    pub totals: Totals,
    /// An option for each term.
    pub package: Vec<usize>,
}

/// How packages are compared.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    /// Highest sum.
    Joint,
    /// Highest firm's total, then client's.
    Firm,
    /// Highest client's total, then firm's.
    Client,
    /// Highest product of gains.
    Product,
    /// Highest smaller gain, each in parts of its own unit.
    Smaller { firm_unit: i64, client_unit: i64 },
}

impl Rule {
    fn score(self, gains: (i128, i128)) -> (i128, i128) {
        match self {
            Self::Joint => (gains.0 + gains.1, 0),
            Self::Firm => gains,
            Self::Client => (gains.1, gains.0),
            Self::Product => (gains.0 * gains.1, 0),
            Self::Smaller { firm_unit, client_unit } => {
                ((gains.0 * i128::from(client_unit)).min(gains.1 * i128::from(firm_unit)), 0)
            }
        }
    }
}

/// What a search works on.
pub(crate) struct Search<'a> {
    domain: &'a Domain,
    hull: Option<(&'a Plan, Hull<'a>)>,
    /// The front, once it had to be computed, and whether it is exact.
    front: Option<(Vec<Chosen>, Exactness)>,
}

pub(crate) fn plan_of(domain: &Domain) -> Result<Plan, FrontierError> {
    Plan::new(domain).map_err(|error| refused(domain, &error))
}

pub(crate) fn whole_plan_of(domain: &Domain) -> Result<Plan, FrontierError> {
    Plan::whole(domain).map_err(|error| refused(domain, &error))
}

fn gains(totals: Totals, least: Totals) -> (i128, i128) {
    (i128::from(totals.firm) - i128::from(least.firm), i128::from(totals.client) - i128::from(least.client))
}

fn minus(one: Totals, other: Totals) -> Totals {
    Totals { firm: one.firm - other.firm, client: one.client - other.client }
}

impl<'a> Search<'a> {
    pub(crate) fn new(domain: &'a Domain, plan: &'a Plan) -> Self {
        let rules = domain.rules();
        let has_hull = plan.is_separable() && rules.margin_floor.is_none() && rules.concession_cap.is_none();
        Self { domain, hull: has_hull.then(|| (plan, Hull::new(plan))), front: None }
    }

    /// Whether what was found is exact.
    pub(crate) fn exactness(&self) -> Exactness {
        self.front.as_ref().map_or(Exactness::Exact, |(_, exactness)| *exactness)
    }

    /// The undominated packages that are best by `rule` among those giving each party at least `least`: every tie, the firm's
    /// total falling. Empty when no package does.
    pub(crate) fn best(
        &mut self,
        rule: Rule,
        least: Totals,
        control: &mut Control<'_>,
    ) -> Result<Vec<Chosen>, FrontierError> {
        if self.front.is_none()
            && let Some(found) = self.by_hull(rule, least)
        {
            return Ok(found);
        }
        if self.front.is_none() {
            let front = frontier(self.domain, control)?;
            let points = front.points().iter().enumerate();
            let all = points
                .filter_map(|(idx, totals)| Some(Chosen { totals: *totals, package: front.package(idx)? }));
            self.front = Some((all.collect(), front.exactness()));
        }
        let all = self.front.iter().flat_map(|(all, _)| all).cloned();
        Ok(winners(all.filter(|chosen| chosen.totals.matches(least)).collect(), rule, least))
    }

    /// The weights of the hull's line where the firm has `at`; without a hull, `(firm, client)` as given.
    pub(crate) fn weights_at(&self, at: Totals, (firm, client): (i128, i128)) -> Weights {
        match &self.hull {
            Some((plan, hull)) => hull.weights(hull.edge_at_firm(at.firm - plan.base.firm)),
            None => Weights { firm, client },
        }
    }

    /// `None` when there is no hull, or the strip is too full.
    fn by_hull(&self, rule: Rule, least: Totals) -> Option<Vec<Chosen>> {
        let (plan, hull) = self.hull.as_ref()?;
        let base = Totals { firm: plan.base.firm, client: plan.base.client };
        let shifted = minus(least, base);
        let strip = match first_answer(hull, rule, shifted) {
            Some(known) => strip(hull, rule, known, shifted),
            None => Strip::above(hull, shifted),
        };
        let found = hull.near(strip.weights, strip.least_score, strip.least, MOST_IN_STRIP)?;
        let chosen = |(totals, options): Found| Chosen {
            totals: Totals { firm: totals.firm + base.firm, client: totals.client + base.client },
            package: hull.package(&options),
        };
        let all: Vec<Chosen> = found.into_iter().map(chosen).collect();
        Some(winners(all.into_iter().filter(|chosen| chosen.totals.matches(least)).collect(), rule, least))
    }
}

/// A good package among those close to where the hull is best by the rule.
fn first_answer(hull: &Hull<'_>, rule: Rule, least: Totals) -> Option<Totals> {
    let score = |totals: &Totals| rule.score(gains(*totals, least));
    let vertices = hull.vertices();
    let fair = (0..vertices.len()).filter(|idx| vertices[*idx].matches(least));
    let best = fair.max_by_key(|idx| score(&vertices[*idx]));
    let at = best.unwrap_or_else(|| hull.edge_at_firm(least.firm));
    let known = best.map(|idx| vertices[idx]);
    // The best may lie at the end of what is fair: windows before, around and after.
    let firsts = [N_EDGES, N_EDGES / 2, 0].map(|back| at.saturating_sub(back));
    let windows =
        firsts.iter().filter(|first| **first < vertices.len()).map(|first| hull.window(*first, N_EDGES));
    let close = windows
        .flat_map(|window| (0..window.n_points()).map(|point| window.totals(point)).collect::<Vec<_>>());
    close.filter(|totals| totals.matches(least)).chain(known).max_by_key(score)
}

/// Those with the highest score above `least`: all of them.
pub(crate) fn winners(mut all: Vec<Chosen>, rule: Rule, least: Totals) -> Vec<Chosen> {
    let score = |chosen: &Chosen| rule.score(gains(chosen.totals, least));
    let Some(best) = all.iter().map(score).max() else { return vec![] };
    all.retain(|chosen| score(chosen) == best);
    all
}

/// Where a better package has to lie.
struct Strip {
    weights: Weights,
    least_score: i128,
    least: Totals,
}

impl Strip {
    /// Everything that gives each party at least `corner`, by the line on which that leaves least room.
    fn above(hull: &Hull<'_>, corner: Totals) -> Self {
        let edges = [hull.edge_at_firm(corner.firm), hull.edge_at_client(corner.client)];
        let lines = edges.map(|edge| hull.weights(edge));
        Self::narrowest(hull, &lines, corner, |weights| weights.of(corner))
    }

    fn narrowest(
        hull: &Hull<'_>,
        lines: &[Weights],
        least: Totals,
        least_score: impl Fn(Weights) -> i128,
    ) -> Self {
        let room = |weights: &Weights| {
            (hull.highest(*weights) - least_score(*weights)) / (weights.firm + weights.client).max(1)
        };
        let weights = lines.iter().copied().min_by_key(room).unwrap_or(Weights { firm: 1, client: 1 });
        Self { weights, least_score: least_score(weights), least }
    }
}

/// The strip of packages that match or beat `known`, which gives each party at least `least`.
fn strip(hull: &Hull<'_>, rule: Rule, known: Totals, least: Totals) -> Strip {
    let (firm, client) = gains(known, least);
    match rule {
        Rule::Joint => {
            let lines = [
                Weights { firm: 1, client: 1 },
                hull.weights(hull.edge_at_firm(least.firm)),
                hull.weights(hull.edge_at_client(least.client)),
            ];
            // The least score of what has that sum, at either end.
            let ends = |weights: Weights| {
                weights.of(least) + (weights.firm * (firm + client)).min(weights.client * (firm + client))
            };
            Strip::narrowest(hull, &lines, least, ends)
        }
        Rule::Firm => Strip::above(hull, Totals { firm: known.firm, client: least.client }),
        Rule::Client => Strip::above(hull, Totals { firm: least.firm, client: known.client }),
        // (x y' + y x') / 2 is at least the geometric mean of its two products, which is at least x' y'.
        Rule::Product if firm > 0 && client > 0 => {
            let weights = Weights { firm: client, client: firm };
            Strip { weights, least_score: weights.of(least) + 2 * firm * client, least }
        }
        Rule::Product => Strip::above(hull, least),
        Rule::Smaller { firm_unit, client_unit } => {
            let (score, _) = rule.score((firm, client));
            let needs = |unit: i64| ((score + i128::from(unit) - 1) / i128::from(unit).max(1)) as i64;
            let corner =
                Totals { firm: least.firm + needs(client_unit), client: least.client + needs(firm_unit) };
            let lines = [
                hull.weights(hull.edge_towards(least, corner)),
                hull.weights(hull.edge_at_firm(corner.firm)),
                hull.weights(hull.edge_at_client(corner.client)),
            ];
            Strip::narrowest(hull, &lines, corner, |weights| weights.of(corner))
        }
    }
}
