//! The upper hull of a separable domain, and the packages close to it.
//!
//! The hull of a sum is the sum of the hulls: the terms' hull edges, sorted by what the client gains for each unit the firm
//! gives up, lead from the firm's best package to the client's, one option at a time. Taking neighbouring edges in another
//! order gives packages close below the hull; `near` finds all of them within a stated distance of one hull line.

use super::plan::Plan;
use super::staircase::{Packed, merge_all};
use crate::model::Totals;

/// One term's change of option along its hull.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    step: usize,
    from: usize,
    to: usize,
    /// What the firm gives up, above zero.
    loss: i64,
    /// What the client gains, above zero.
    gain: i64,
}

/// The hull of all packages: totals shifted as the plan's are.
#[derive(Debug)]
pub(crate) struct Hull<'a> {
    plan: &'a Plan,
    /// By step, the option of the firm's best package.
    start: Vec<usize>,
    edges: Vec<Edge>,
    /// Before the first edge, and after each.
    vertices: Vec<Totals>,
}

/// Weights of both totals, zero or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Weights {
    pub firm: i128,
    pub client: i128,
}

impl Weights {
    pub(crate) fn of(self, totals: Totals) -> i128 {
        self.firm * i128::from(totals.firm) + self.client * i128::from(totals.client)
    }
}

/// Totals and the option of each step.
pub(crate) type Found = (Totals, Vec<usize>);

impl<'a> Hull<'a> {
    pub(crate) fn new(plan: &'a Plan) -> Self {
        let mut edges = vec![];
        let mut start = vec![];
        let mut at = Totals::default();
        for (step, options) in plan.steps.iter().map(|step| &step.options).enumerate() {
            let mut order: Vec<usize> = (0..options.len()).collect();
            order.sort_by_key(|idx| {
                std::cmp::Reverse((options[*idx].worth.totals(), std::cmp::Reverse(*idx)))
            });
            let mut corners: Vec<usize> = vec![];
            for idx in order {
                let point = options[idx].worth;
                if corners.last().is_some_and(|last| options[*last].worth.client >= point.client) {
                    continue;
                }
                while let [.., one, two] = corners[..] {
                    let (one, two) = (options[one].worth, options[two].worth);
                    let cross = i128::from(one.firm - two.firm) * i128::from(point.client - two.client)
                        - i128::from(two.firm - point.firm) * i128::from(two.client - one.client);
                    if cross < 0 {
                        break;
                    }
                    corners.pop();
                }
                corners.push(idx);
            }
            start.push(corners[0]);
            at.firm += options[corners[0]].worth.firm;
            at.client += options[corners[0]].worth.client;
            edges.extend(corners.windows(2).map(|pair| {
                let (one, two) = (options[pair[0]].worth, options[pair[1]].worth);
                let (loss, gain) = (one.firm - two.firm, two.client - one.client);
                Edge { step, from: pair[0], to: pair[1], loss, gain }
            }));
        }
        edges.sort_by(|one: &Edge, two| {
            let (left, right) =
                (i128::from(one.gain) * i128::from(two.loss), i128::from(two.gain) * i128::from(one.loss));
            right.cmp(&left).then((one.step, one.from).cmp(&(two.step, two.from)))
        });
        let mut vertices = vec![at];
        for edge in &edges {
            at = Totals { firm: at.firm - edge.loss, client: at.client + edge.gain };
            vertices.push(at);
        }
        Self { plan, start, edges, vertices }
    }

    pub(crate) fn vertices(&self) -> &[Totals] {
        &self.vertices
    }

    /// The weights under which an edge's two ends score alike; of a hull without edges, equal ones.
    pub(crate) fn weights(&self, edge: usize) -> Weights {
        match self.edges.get(edge.min(self.edges.len().saturating_sub(1))) {
            Some(edge) => Weights { firm: i128::from(edge.gain), client: i128::from(edge.loss) },
            None => Weights { firm: 1, client: 1 },
        }
    }

    /// The highest score of any package.
    pub(crate) fn highest(&self, weights: Weights) -> i128 {
        // Along the hull the score rises to its highest and falls.
        let at = self.edges.partition_point(|edge| {
            i128::from(edge.gain) * weights.client > i128::from(edge.loss) * weights.firm
        });
        weights.of(self.vertices[at])
    }

    /// The edge that the ray from `none` in the direction of `corner - none` meets, or one next to it.
    pub(crate) fn edge_towards(&self, none: Totals, corner: Totals) -> usize {
        let (x, y) = (i128::from(corner.firm - none.firm), i128::from(corner.client - none.client));
        let after = self.vertices.partition_point(|vertex| {
            i128::from(vertex.firm - none.firm) * y > i128::from(vertex.client - none.client) * x
        });
        after.saturating_sub(1)
    }

    /// The edge on which the client's total passes `client`.
    pub(crate) fn edge_at_client(&self, client: i64) -> usize {
        self.vertices.partition_point(|vertex| vertex.client < client).saturating_sub(1)
    }

    /// The edge on which the firm's total passes `firm`.
    pub(crate) fn edge_at_firm(&self, firm: i64) -> usize {
        self.vertices.partition_point(|vertex| vertex.firm >= firm).saturating_sub(1)
    }

    /// Each step's option at a vertex.
    fn options_at(&self, vertex: usize) -> Vec<usize> {
        let mut options = self.start.clone();
        for edge in &self.edges[..vertex] {
            options[edge.step] = edge.to;
        }
        options
    }

    /// The undominated packages that take any of the edges `first..first + n` and all before: a piece of a cover.
    pub(crate) fn window(&self, first: usize, n: usize) -> Window {
        let edges = &self.edges[first..(first + n).min(self.edges.len())];
        // Edges of one term follow each other: its choices are how many of them are taken.
        let mut groups: Vec<Group> = vec![];
        for edge in edges {
            if !groups.iter().any(|group| group.step == edge.step) {
                groups.push(Group { step: edge.step, choices: vec![(edge.from, Totals::default())] });
            }
            let Some(group) = groups.iter_mut().find(|group| group.step == edge.step) else { continue };
            for (_, totals) in &mut group.choices {
                totals.firm += edge.loss;
            }
            let client = group.choices.last().map_or(0, |(_, totals)| totals.client) + edge.gain;
            group.choices.push((edge.to, Totals { firm: 0, client }));
        }
        let loss: i64 = edges.iter().map(|edge| edge.loss).sum();
        let at = self.vertices[first];
        let base = Totals { firm: at.firm - loss, client: at.client };
        Window { base, options: self.options_at(first), sums: Sums::of(groups) }
    }

    /// Every undominated pair of totals among the packages that score at least `least_score` and give each party at least
    /// `least`; `None` when more than `most` partial packages would have to be held.
    pub(crate) fn near(
        &self,
        weights: Weights,
        least_score: i128,
        least: Totals,
        most: usize,
    ) -> Option<Vec<Found>> {
        let budget = self.highest(weights) - least_score;
        if budget < 0 {
            return Some(vec![]);
        }
        let mut base = Totals::default();
        let mut options = vec![0; self.plan.steps.len()];
        let mut groups = vec![];
        for (idx, step) in self.plan.steps.iter().enumerate() {
            let score = |option: usize| weights.of(step.options[option].worth.totals());
            let best = (0..step.options.len()).map(score).max().unwrap_or_default();
            let close: Vec<usize> =
                (0..step.options.len()).filter(|option| best - score(*option) <= budget).collect();
            let low = |of: fn(Totals) -> i64| {
                close.iter().map(|option| of(step.options[*option].worth.totals())).min().unwrap_or_default()
            };
            let (firm, client) = (low(|totals| totals.firm), low(|totals| totals.client));
            base.firm += firm;
            base.client += client;
            options[idx] = close[0];
            if close.len() > 1 {
                let choices = close.iter().map(|option| {
                    let worth = step.options[*option].worth;
                    (*option, Totals { firm: worth.firm - firm, client: worth.client - client })
                });
                groups.push(Group { step: idx, choices: choices.collect() });
            }
        }
        let need = Totals { firm: least.firm - base.firm, client: least.client - base.client };
        let sums = Sums::within(groups, weights, budget, need, most)?;
        let window = Window { base, options, sums };
        Some((0..window.n_points()).map(|point| window.found(point)).collect())
    }

    /// Options by term instead of by step.
    pub(crate) fn package(&self, options: &[usize]) -> Vec<usize> {
        let mut package = vec![0; options.len()];
        for (step, option) in self.plan.steps.iter().zip(options) {
            package[step.term] = step.options[*option].option;
        }
        package
    }
}

/// The choices of one step, their worth shifted to zero or more.
#[derive(Debug)]
struct Group {
    step: usize,
    choices: Vec<(usize, Totals)>,
}

/// Staircases of the groups' sums, one after each group.
#[derive(Debug)]
struct Sums {
    groups: Vec<Group>,
    stairs: Vec<Vec<u128>>,
}

fn packed(totals: Totals) -> u128 {
    u128::pack(totals.firm, totals.client)
}

impl Sums {
    fn of(groups: Vec<Group>) -> Self {
        let mut stairs = vec![vec![0]];
        for group in &groups {
            let next = sum(&stairs[stairs.len() - 1], group);
            stairs.push(next);
        }
        Self { groups, stairs }
    }

    /// Only sums that score at least the highest less `budget` and can still reach `need`.
    fn within(
        mut groups: Vec<Group>,
        weights: Weights,
        budget: i128,
        need: Totals,
        most: usize,
    ) -> Option<Self> {
        let highest = |group: &Group, of: &dyn Fn(Totals) -> i128| {
            group.choices.iter().map(|(_, totals)| of(*totals)).max().unwrap_or_default()
        };
        // Large steps first: what remains then reaches less far, and more is dropped.
        groups.sort_by_key(|group| {
            (std::cmp::Reverse(highest(group, &|totals| i128::from(totals.firm))), group.step)
        });
        let sum_of =
            |of: &dyn Fn(Totals) -> i128| groups.iter().map(|group| highest(group, of)).sum::<i128>();
        let mut rest = [
            sum_of(&|totals| i128::from(totals.firm)),
            sum_of(&|totals| i128::from(totals.client)),
            sum_of(&|totals| weights.of(totals)),
        ];
        let asked = rest[2] - budget;
        let mut stairs = vec![vec![0]];
        let mut n_held = 0;
        for group in &groups {
            rest[0] -= highest(group, &|totals| i128::from(totals.firm));
            rest[1] -= highest(group, &|totals| i128::from(totals.client));
            rest[2] -= highest(group, &|totals| weights.of(totals));
            let mut next = sum(&stairs[stairs.len() - 1], group);
            next.retain(|point| {
                let totals = Totals { firm: point.firm(), client: point.client() };
                i128::from(totals.firm) + rest[0] >= i128::from(need.firm)
                    && i128::from(totals.client) + rest[1] >= i128::from(need.client)
                    && weights.of(totals) + rest[2] >= asked
            });
            n_held += next.len();
            if n_held > most {
                return None;
            }
            stairs.push(next);
        }
        Some(Self { groups, stairs })
    }
}

fn sum(points: &[u128], group: &Group) -> Vec<u128> {
    let mut sources: Vec<_> = group.choices.iter().map(|(_, totals)| (points, packed(*totals))).collect();
    sources.sort_by_key(|(_, by)| std::cmp::Reverse(*by));
    let merged: Result<_, std::convert::Infallible> = merge_all(&sources, &mut |_| Ok(()));
    let Ok(merged) = merged;
    merged
}

/// Packages that differ from one in some steps only.
#[derive(Debug)]
pub(crate) struct Window {
    base: Totals,
    options: Vec<usize>,
    sums: Sums,
}

impl Window {
    pub(crate) fn n_points(&self) -> usize {
        self.sums.stairs[self.sums.stairs.len() - 1].len()
    }

    pub(crate) fn totals(&self, point: usize) -> Totals {
        let packed = self.sums.stairs[self.sums.stairs.len() - 1][point];
        Totals { firm: self.base.firm + packed.firm(), client: self.base.client + packed.client() }
    }

    /// Totals and options of a point.
    pub(crate) fn found(&self, point: usize) -> Found {
        let mut options = self.options.clone();
        let mut sought = self.sums.stairs[self.sums.stairs.len() - 1][point];
        for (idx, group) in self.sums.groups.iter().enumerate().rev() {
            let before = &self.sums.stairs[idx];
            let taken = group.choices.iter().find_map(|(option, totals)| {
                let rest = sought.minus(packed(*totals))?;
                before.binary_search_by(|held| rest.cmp(held)).ok().map(|_| (*option, rest))
            });
            if let Some((option, rest)) = taken {
                (options[group.step], sought) = (option, rest);
            }
        }
        (self.totals(point), options)
    }
}
