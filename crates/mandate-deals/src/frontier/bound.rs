//! Which partial packages can still beat every package known so far, under a floor or cap.
//!
//! A package beyond the known ones exceeds one of the corners between them on both totals. For a direction (weights on both
//! totals and on the rule's sum) no completion scores more than the state plus the sum of the remaining terms' best; where that
//! is less than a corner asks, the corner is out of reach. A state from which every corner is out of reach is dropped.

use super::plan::Plan;
use crate::model::{Totals, Worth};

/// Directions between the two parties.
const N_DIRECTIONS: usize = 33;
/// Weights are integers of this size.
const UNIT: f64 = 1024.0;
/// The highest weight of the rule's sum.
const HIGHEST_WEIGHT: i128 = 1 << 20;

/// What is known of the rest after each step, and the corners.
#[derive(Debug)]
pub(crate) struct Bound {
    corners: Vec<Totals>,
    directions: Vec<Direction>,
    /// For each corner the direction that keeps most from reaching it.
    tangent: Vec<usize>,
    /// By step: the most the rest adds to each party.
    rest: Vec<Totals>,
}

#[derive(Debug)]
struct Direction {
    firm: i128,
    client: i128,
    label: i128,
    /// By step: the most the rest adds to the score.
    rest: Vec<i128>,
    /// By corner: the score a package has to reach.
    asked: Vec<i128>,
}

/// The least sum of a rule, and how to read it from what an option is worth.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Floor {
    pub of: fn(&Worth) -> i64,
    pub least: i64,
}

impl Bound {
    /// From the known points, the firm's total falling, shifted as the plan's are.
    pub(crate) fn new(plan: &Plan, floor: Floor, known: &[Totals]) -> Self {
        let mut corners = vec![];
        let mut client = i64::MIN / 4;
        for point in known {
            corners.push(Totals { firm: point.firm + 1, client });
            client = point.client + 1;
        }
        corners.push(Totals { firm: i64::MIN / 4, client });
        let most = |of: fn(&Worth) -> i64| -> Vec<i64> {
            sums(plan, |worth| i128::from(of(worth))).into_iter().map(|sum| sum as i64).collect()
        };
        let rest = most(|worth| worth.firm).into_iter().zip(most(|worth| worth.client));
        let rest: Vec<Totals> = rest.map(|(firm, client)| Totals { firm, client }).collect();
        let directions: Vec<Direction> = (0..N_DIRECTIONS)
            .map(|idx| {
                let angle = std::f64::consts::FRAC_PI_2 * (idx as f64 + 0.5) / N_DIRECTIONS as f64;
                let weights = ((angle.cos() * UNIT) as i128 + 1, (angle.sin() * UNIT) as i128 + 1);
                Direction::new(plan, floor, weights, &corners)
            })
            .collect();
        let tangent = (0..corners.len())
            .map(|corner| {
                // The extreme corners have no finite score: any direction will do.
                let slack = |direction: &Direction| {
                    let reach = direction.rest[0].saturating_sub(direction.asked[corner]);
                    reach / (direction.firm + direction.client)
                };
                (0..directions.len()).min_by_key(|idx| slack(&directions[*idx])).unwrap_or_default()
            })
            .collect();
        Self { corners, directions, tangent, rest }
    }

    /// Whether a state after `step` can reach any corner.
    pub(crate) fn may_improve(&self, step: usize, state: Totals, label: i64) -> bool {
        let highest =
            Totals { firm: state.firm + self.rest[step].firm, client: state.client + self.rest[step].client };
        let mut corner = self.corners.partition_point(|corner| corner.firm > highest.firm);
        let end = self.corners.partition_point(|corner| corner.client <= highest.client);
        while corner < end {
            let direction = &self.directions[self.tangent[corner]];
            let reach = direction.score(state, label) + direction.rest[step];
            if reach >= direction.asked[corner] {
                return true;
            }
            while corner < end && reach < direction.asked[corner] {
                corner += 1;
            }
        }
        false
    }
}

/// By step, the most that the terms after it add to a sum; the entry before the first step is left out, the last is 0.
fn sums(plan: &Plan, of: impl Fn(&Worth) -> i128) -> Vec<i128> {
    let mut rest = vec![0; plan.steps.len() + 1];
    for (idx, step) in plan.steps.iter().enumerate().rev() {
        rest[idx] = rest[idx + 1] + step.extent(&of).1;
    }
    rest
}

impl Direction {
    fn new(plan: &Plan, floor: Floor, (firm, client): (i128, i128), corners: &[Totals]) -> Self {
        let score = |worth: &Worth, label: i128| {
            firm * i128::from(worth.firm)
                + client * i128::from(worth.client)
                + label * i128::from((floor.of)(worth))
        };
        // The dual is convex in the weight of the rule's sum: its least value is found by halving.
        let dual = |label: i128| sums(plan, |worth| score(worth, label))[0] - label * i128::from(floor.least);
        let (mut low, mut high) = (0, HIGHEST_WEIGHT);
        while low < high {
            let middle = (low + high) / 2;
            if dual(middle) <= dual(middle + 1) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        let label = low;
        let rest = sums(plan, |worth| score(worth, label));
        let asked = corners
            .iter()
            .map(|corner| {
                firm * i128::from(corner.firm)
                    + client * i128::from(corner.client)
                    + label * i128::from(floor.least)
            })
            .collect();
        Self { firm, client, label, rest, asked }
    }

    fn score(&self, state: Totals, label: i64) -> i128 {
        self.firm * i128::from(state.firm)
            + self.client * i128::from(state.client)
            + self.label * i128::from(label)
    }
}
