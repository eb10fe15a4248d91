//! Packages inside a band: the firm's total between two values, the client's at least something.
//!
//! A beginning is left as soon as no completion can reach the band on either total, on a weighted sum of both, or on the rules'
//! sums. A dive goes through one option of one term, so that what dives find differs; `all_within` goes through everything.

use super::hull::{Found, Weights};
use super::plan::Plan;
use crate::model::{Domain, Totals, Worth};

/// Packages one dive brings back.
const FOUND_BY_A_DIVE: usize = 2;
/// Dives at most: where there are more options every second, third, ... is forced.
const MOST_DIVES: usize = 400;
/// Packages a proof brings back at most.
const FOUND_BY_A_PROOF: usize = 2_000;

/// What is looked for, in the domain's totals.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Band {
    pub least: Totals,
    pub most_firm: i64,
    /// Weights whose sum tells best how near a package is to the frontier here.
    pub weights: Weights,
}

/// What the terms from a step on can add: least and most of the firm's total, most of the client's, of the weighted sum, of
/// the margin; least of the concession.
#[derive(Clone, Copy, Debug, Default)]
struct Rest {
    least_firm: i128,
    most_firm: i128,
    most_client: i128,
    most_score: i128,
    most_margin: i128,
    least_concession: i128,
}

struct Diver<'a> {
    domain: &'a Domain,
    plan: &'a Plan,
    band: Band,
    least_score: i128,
    /// The steps in the order in which they are gone through.
    sequence: Vec<usize>,
    /// By place in the sequence.
    rest: Vec<Rest>,
    /// By step, the positions of options that can be part of a package in the band, the highest weighted sum first.
    order: Vec<Vec<usize>>,
    forced: Option<(usize, usize)>,
    n_left: usize,
    most_found: usize,
    chosen: Vec<usize>,
    found: Vec<Found>,
}

/// Packages of the band, up to two through each of many options of every term, each once.
pub(crate) fn dive(domain: &Domain, plan: &Plan, band: &Band, n_nodes: usize) -> Vec<Found> {
    let mut diver = Diver::new(domain, plan, *band);
    let options = diver.order.iter().enumerate();
    let forced: Vec<(usize, usize)> =
        options.flat_map(|(step, options)| options.iter().map(move |option| (step, *option))).collect();
    let stride = forced.len().div_ceil(MOST_DIVES).max(1);
    for forced in forced.into_iter().step_by(stride) {
        diver.forced = Some(forced);
        diver.n_left = n_nodes;
        diver.most_found = diver.found.len() + FOUND_BY_A_DIVE;
        diver.go(0, 0, diver.base());
    }
    diver.finish()
}

/// Every package of the band, and whether these are all.
pub(crate) fn all_within(domain: &Domain, plan: &Plan, band: &Band, n_nodes: usize) -> (Vec<Found>, bool) {
    let mut diver = Diver::new(domain, plan, *band);
    (diver.n_left, diver.most_found) = (n_nodes, FOUND_BY_A_PROOF);
    diver.go(0, 0, diver.base());
    let is_all = diver.n_left > 0 && diver.found.len() < FOUND_BY_A_PROOF;
    (diver.finish(), is_all)
}

impl<'a> Diver<'a> {
    fn new(domain: &'a Domain, plan: &'a Plan, band: Band) -> Self {
        let score = |worth: &Worth| band.weights.of(worth.totals());
        let least_score = band.weights.of(band.least);
        let highest = plan.steps.iter().map(|step| step.extent(score).1).sum::<i128>() + score(&plan.base);
        let close: Vec<Vec<usize>> =
            plan.steps.iter().map(|step| step.close(score, highest - least_score)).collect();
        // Coupled terms in the plan's order; then those that move the firm's total most, so that the last ones adjust.
        let mut sequence: Vec<usize> = (0..plan.steps.len()).collect();
        let spread = |step: usize| {
            let (low, high) = plan.steps[step].extent_of(&close[step], |worth| i128::from(worth.firm));
            high - low
        };
        sequence.sort_by_key(|step| match plan.steps[*step].is_free() {
            false => (0, 0, *step),
            true => (1, -spread(*step), *step),
        });
        let mut rest = vec![Rest::default(); plan.steps.len() + 1];
        for (idx, step) in sequence.iter().enumerate().rev() {
            let after = rest[idx + 1];
            let extent = |of: fn(&Worth) -> i64| {
                plan.steps[*step].extent_of(&close[*step], |worth| i128::from(of(worth)))
            };
            let (least_firm, most_firm) = extent(|worth| worth.firm);
            rest[idx] = Rest {
                least_firm: after.least_firm + least_firm,
                most_firm: after.most_firm + most_firm,
                most_client: after.most_client + extent(|worth| worth.client).1,
                most_score: after.most_score + plan.steps[*step].extent_of(&close[*step], score).1,
                most_margin: after.most_margin + extent(|worth| worth.margin).1,
                least_concession: after.least_concession + extent(|worth| worth.concession).0,
            };
        }
        let order = close
            .into_iter()
            .zip(&plan.steps)
            .map(|(mut order, step)| {
                order.sort_by_key(|idx| (std::cmp::Reverse(score(&step.options[*idx].worth)), *idx));
                order
            })
            .collect();
        let chosen = vec![0; plan.steps.len()];
        Self {
            domain,
            plan,
            band,
            least_score,
            sequence,
            rest,
            order,
            forced: None,
            n_left: 0,
            most_found: 0,
            chosen,
            found: vec![],
        }
    }

    fn base(&self) -> Worth {
        self.plan.base
    }

    fn may_reach(&self, place: usize, sum: &Worth) -> bool {
        let (rest, rules) = (&self.rest[place], self.domain.rules());
        let (firm, client) = (i128::from(sum.firm), i128::from(sum.client));
        firm + rest.most_firm >= i128::from(self.band.least.firm)
            && firm + rest.least_firm <= i128::from(self.band.most_firm)
            && client + rest.most_client >= i128::from(self.band.least.client)
            && self.band.weights.of(sum.totals()) + rest.most_score >= self.least_score
            && rules
                .margin_floor
                .is_none_or(|floor| i128::from(sum.margin) + rest.most_margin >= i128::from(floor))
            && rules
                .concession_cap
                .is_none_or(|cap| i128::from(sum.concession) + rest.least_concession <= i128::from(cap))
    }

    fn go(&mut self, place: usize, key: u128, sum: Worth) {
        if self.n_left == 0 || self.found.len() >= self.most_found {
            return;
        }
        self.n_left -= 1;
        let Some(step) = self.sequence.get(place).copied() else {
            self.found.push((sum.totals(), self.chosen.clone()));
            return;
        };
        for at in 0..self.order[step].len() {
            let option = self.order[step][at];
            if self.forced.is_some_and(|(forced, only)| forced == step && only != option) {
                continue;
            }
            let Some((after, worth)) = self.plan.steps[step].take(key, option) else { continue };
            let next = sum.plus(worth);
            if self.may_reach(place + 1, &next) {
                self.chosen[step] = option;
                self.go(place + 1, after, next);
            }
        }
    }

    /// Options by term, each package once.
    fn finish(self) -> Vec<Found> {
        let mut packages: Vec<Found> = vec![];
        for (totals, options) in self.found {
            let mut package = vec![0; options.len()];
            for (step, option) in self.plan.steps.iter().zip(options) {
                package[step.term] = step.options[option].option;
            }
            packages.push((totals, package));
        }
        packages.sort_by(|one, other| one.1.cmp(&other.1));
        packages.dedup();
        packages
    }
}
