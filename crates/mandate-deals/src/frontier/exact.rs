//! The exact front without floor or cap: the pruned Minkowski sum of the terms, one staircase for each key.
//!
//! Staircases of every step are kept, so that a package is recovered by looking for what each option was added to: no
//! back-pointers, which would double the memory and the time. Not here: floors and caps (`labelled`).

use super::plan::{Plan, Step};
use super::staircase::{Packed, merge_all};
use crate::control::{Control, Halt};

/// The staircases after one step, by key, keys rising.
type States<K> = Vec<(u128, Vec<K>)>;

/// Every step's staircases; the last one is the front, under key 0.
#[derive(Debug)]
pub(crate) struct Steps<K> {
    states: Vec<States<K>>,
}

/// Runs all steps; `None` when no package keeps to the links.
pub(crate) fn run<K: Packed>(plan: &Plan, control: &mut Control<'_>) -> Result<Option<Steps<K>>, Halt> {
    let n_total = plan.steps.len();
    let mut states: Vec<States<K>> = vec![vec![(0, vec![K::pack(0, 0)])]];
    let mut n_held = 0;
    for (n_done, step) in plan.steps.iter().enumerate() {
        let before = &states[n_done];
        let next = advance(step, before, n_held, n_done, n_total, control)?;
        if next.is_empty() {
            return Ok(None);
        }
        n_held += next.iter().map(|(_, points)| points.len()).sum::<usize>();
        control.check(n_done + 1, n_total, n_held)?;
        states.push(next);
    }
    Ok(Some(Steps { states }))
}

fn advance<K: Packed>(
    step: &Step,
    before: &States<K>,
    n_held: usize,
    n_done: usize,
    n_total: usize,
    control: &mut Control<'_>,
) -> Result<States<K>, Halt> {
    if let ([(0, points)], true) = (before.as_slice(), step.is_free()) {
        let shift = |worth: &super::plan::StepOption| K::pack(worth.worth.firm, worth.worth.client);
        let mut sources: Vec<_> =
            step.options.iter().map(|option| (points.as_slice(), shift(option))).collect();
        // Neighbours overlap most: their merge drops most.
        sources.sort_by_key(|(_, by)| std::cmp::Reverse(*by));
        let mut held = |n_points| control.check(n_done, n_total, n_held + n_points);
        return Ok(vec![(0, merge_all(&sources, &mut held)?)]);
    }
    // (key after, state before, what is added), sorted: each run of equal keys is one staircase.
    let mut moves: Vec<(u128, std::cmp::Reverse<K>, usize)> = vec![];
    for (state, (key, _)) in before.iter().enumerate() {
        for idx in 0..step.options.len() {
            if let Some((after, worth)) = step.take(*key, idx) {
                moves.push((after, std::cmp::Reverse(K::pack(worth.firm, worth.client)), state));
            }
        }
    }
    moves.sort_unstable();
    let mut next: States<K> = vec![];
    let mut n_next = n_held;
    for run in moves.chunk_by(|one, other| one.0 == other.0) {
        let sources: Vec<_> = run.iter().map(|(_, by, state)| (before[*state].1.as_slice(), by.0)).collect();
        let mut held = |n_points| control.check(n_done, n_total, n_next + n_points);
        let merged = merge_all(&sources, &mut held)?;
        n_next += merged.len();
        next.push((run[0].0, merged));
    }
    Ok(next)
}

impl<K: Packed> Steps<K> {
    /// The front, shifted: add the plan's base.
    pub(crate) fn front(&self) -> &[K] {
        match self.states.last().map(Vec::as_slice) {
            Some([(_, points), ..]) => points,
            _ => &[],
        }
    }

    /// One package with the totals of a point of the front: the option of each step.
    pub(crate) fn package(&self, plan: &Plan, point: usize) -> Option<Vec<usize>> {
        let (mut key, mut sought) = (0_u128, *self.front().get(point)?);
        let mut chosen = vec![0; plan.steps.len()];
        for (position, step) in plan.steps.iter().enumerate().rev() {
            let (before, rest, idx) = self.states[position].iter().find_map(|(before, points)| {
                (0..step.options.len()).find_map(|idx| {
                    let (after, worth) = step.take(*before, idx)?;
                    let rest = sought.minus(K::pack(worth.firm, worth.client)).filter(|_| after == key)?;
                    // Firm's totals fall: the order is turned.
                    points.binary_search_by(|held| rest.cmp(held)).ok().map(|_| (*before, rest, idx))
                })
            })?;
            chosen[step.term] = step.options[idx].option;
            (key, sought) = (before, rest);
        }
        Some(chosen)
    }
}
