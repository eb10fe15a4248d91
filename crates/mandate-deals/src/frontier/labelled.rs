//! Fronts under a margin floor or a concession cap: the rule's sum rides along as a label.
//!
//! A label counts only up to what satisfies its rule whatever follows, and a state that can satisfy it no more is dropped. A
//! first, coarse pass finds good packages; with them the exact pass drops what cannot beat them (`bound`). The coarse pass
//! alone is the certified cover of any domain that is not separable: what it lost is counted exactly.

use super::bound::{Bound, Floor};
use super::plan::Plan;
use super::{Exactness, Front, FrontierError, Trace};
use crate::control::{Control, Halt};
use crate::model::{Domain, Totals, Worth};

/// Points a coarse pass keeps after a step, for one key.
const COARSE_POINTS: usize = 256;

/// Below every sum of a domain: a label is never cut lower, so that a rule of any size fits.
const LOWEST_LABEL: i128 = -(1 << 61);

/// A partial package.
#[derive(Clone, Copy, Debug)]
struct State {
    totals: Totals,
    /// Never less is better: a concession is kept with its sign turned.
    labels: [i64; 2],
    /// Where it came from: key and point of the step before, and the option's position.
    from: (u32, u32, u32),
}

type States = Vec<(u128, Vec<State>)>;

/// The domain's floors as sums that are at least something.
fn floors(domain: &Domain) -> Vec<Floor> {
    let rules = domain.rules();
    let margin = rules.margin_floor.map(|least| Floor { of: |worth| worth.margin, least });
    let concession =
        rules.concession_cap.map(|cap| Floor { of: |worth| -worth.concession, least: cap.saturating_neg() });
    margin.into_iter().chain(concession).collect()
}

/// What the remaining terms can still do to a label.
struct Reach {
    of: fn(&Worth) -> i64,
    /// By step: from here on the rule holds whatever follows.
    safe: Vec<i128>,
    /// By step: below this the rule cannot hold any more.
    needed: Vec<i128>,
}

impl Reach {
    fn new(plan: &Plan, floor: Floor) -> Self {
        let n_steps = plan.steps.len();
        let (mut safe, mut needed) = (vec![i128::from(floor.least); n_steps + 1], vec![]);
        needed.clone_from(&safe);
        for (idx, step) in plan.steps.iter().enumerate().rev() {
            let (low, high) = step.extent(|worth| i128::from((floor.of)(worth)));
            safe[idx] = safe[idx + 1] - low;
            needed[idx] = needed[idx + 1] - high;
        }
        Self { of: floor.of, safe, needed }
    }

    /// The label after a step, cut at what is safe; `None` when the rule is lost.
    fn after(&self, step: usize, label: i64) -> Option<i64> {
        let label = i128::from(label);
        (label >= self.needed[step]).then(|| label.min(self.safe[step].max(LOWEST_LABEL)) as i64)
    }
}

/// All states of all steps, and by how much the firm's total of a lost package may exceed that of the one kept for it.
struct Passed {
    states: Vec<States>,
    lost: i64,
}

/// One pass over all steps.
struct Pass<'a> {
    plan: &'a Plan,
    reaches: Vec<Reach>,
    bound: Option<&'a Bound>,
    /// Points to keep for one key; without it the pass is exact.
    coarse: Option<usize>,
}

impl Pass<'_> {
    fn run(&self, control: &mut Control<'_>) -> Result<Option<Passed>, Halt> {
        let n_total = self.plan.steps.len();
        let start = State { totals: Totals::default(), labels: [0, 0], from: (0, 0, 0) };
        let mut passed = Passed { states: vec![vec![(0, vec![start])]], lost: 0 };
        let mut n_held = 0;
        for n_done in 0..n_total {
            let candidates = self.candidates(n_done, &passed.states[n_done], n_held, control)?;
            let mut next: States = vec![];
            let mut quantum = 1;
            for (key, candidates) in candidates {
                let (kept, used) = self.keep(candidates);
                quantum = quantum.max(used);
                next.push((key, kept));
            }
            passed.lost += quantum - 1;
            if next.is_empty() {
                return Ok(None);
            }
            n_held += next.iter().map(|(_, states)| states.len()).sum::<usize>();
            control.check(n_done + 1, n_total, n_held)?;
            passed.states.push(next);
        }
        Ok(Some(passed))
    }

    /// Everything a step makes of the states before it, by key, keys rising.
    fn candidates(
        &self,
        n_done: usize,
        before: &States,
        n_held: usize,
        control: &mut Control<'_>,
    ) -> Result<States, Halt> {
        let step = &self.plan.steps[n_done];
        let mut moves = vec![];
        for (state, (key, _)) in before.iter().enumerate() {
            for option in 0..step.options.len() {
                if let Some((after, worth)) = step.take(*key, option) {
                    moves.push((after, state, option, worth));
                }
            }
        }
        moves.sort_by_key(|(after, state, option, _)| (*after, *state, *option));
        let mut next: States = vec![];
        let mut n_points = n_held;
        for (after, state, option, worth) in moves {
            if next.last().is_none_or(|(key, _)| *key != after) {
                next.push((after, vec![]));
            }
            let Some((_, candidates)) = next.last_mut() else { continue };
            let n_before = candidates.len();
            for (point, held) in before[state].1.iter().enumerate() {
                let from = (state as u32, point as u32, option as u32);
                candidates.extend(self.grow(n_done + 1, held, worth, from));
            }
            n_points += candidates.len() - n_before;
            control.check(n_done, self.plan.steps.len(), n_points)?;
        }
        next.retain(|(_, candidates)| !candidates.is_empty());
        Ok(next)
    }

    fn grow(&self, step: usize, held: &State, worth: Worth, from: (u32, u32, u32)) -> Option<State> {
        let totals =
            Totals { firm: held.totals.firm + worth.firm, client: held.totals.client + worth.client };
        let mut labels = [0; 2];
        for (idx, reach) in self.reaches.iter().enumerate() {
            labels[idx] = reach.after(step, held.labels[idx] + (reach.of)(&worth))?;
        }
        let improves = self.bound.is_none_or(|bound| bound.may_improve(step, totals, labels[0]));
        improves.then_some(State { totals, labels, from })
    }

    /// The undominated states; when that is more than the coarse pass keeps, on a grid of the firm's total.
    fn keep(&self, mut candidates: Vec<State>) -> (Vec<State>, i64) {
        sort(&mut candidates, 1);
        let kept = undominated(&candidates, 1);
        let Some(most) = self.coarse.filter(|most| kept.len() > *most) else { return (kept, 1) };
        let firm = |state: &State| state.totals.firm;
        let span = kept.iter().map(firm).max().unwrap_or(0) - kept.iter().map(firm).min().unwrap_or(0);
        let mut quantum = (span / most as i64).max(2);
        loop {
            let mut on_grid = kept.clone();
            sort(&mut on_grid, quantum);
            let fewer = undominated(&on_grid, quantum);
            if fewer.len() <= most || quantum > span {
                return (fewer, quantum);
            }
            quantum *= 2;
        }
    }
}

fn sort(states: &mut [State], quantum: i64) {
    states.sort_unstable_by_key(|state| {
        let Totals { firm, client } = state.totals;
        std::cmp::Reverse((firm / quantum, client, state.labels, firm, std::cmp::Reverse(state.from)))
    });
}

/// Of states sorted by [`sort`] those that no other matches on every count, the firm's total in steps of `quantum`.
fn undominated(sorted: &[State], quantum: i64) -> Vec<State> {
    if sorted.iter().any(|state| state.labels[1] != sorted[0].labels[1]) {
        return undominated_by_two(sorted, quantum);
    }
    // (client, label): client rising, label falling; of those seen, whose firm's total is no less.
    let mut stairs: Vec<(i64, i64)> = vec![];
    let mut kept = vec![];
    for state in sorted {
        let (client, label) = (state.totals.client, state.labels[0]);
        let at = stairs.partition_point(|(seen, _)| *seen < client);
        if stairs.get(at).is_some_and(|(_, seen)| *seen >= label) {
            continue;
        }
        let same = usize::from(stairs.get(at).is_some_and(|(seen, _)| *seen == client));
        let below = stairs[..at].partition_point(|(_, seen)| *seen > label);
        stairs.splice(below..at + same, [(client, label)]);
        kept.push(*state);
    }
    kept
}

/// As [`undominated`], with both labels: each is held against all that were kept.
fn undominated_by_two(sorted: &[State], quantum: i64) -> Vec<State> {
    let mut kept: Vec<State> = vec![];
    for state in sorted {
        let matched = kept.iter().rev().any(|other| {
            other.totals.firm / quantum >= state.totals.firm / quantum
                && other.totals.client >= state.totals.client
                && other.labels[0] >= state.labels[0]
                && other.labels[1] >= state.labels[1]
        });
        if !matched {
            kept.push(*state);
        }
    }
    kept
}

impl Passed {
    /// The front of what was kept, with packages.
    fn front(&self, plan: &Plan) -> Vec<(Totals, Vec<usize>)> {
        let Some([(_, last)]) = self.states.last().map(Vec::as_slice) else { return vec![] };
        let mut order: Vec<usize> = (0..last.len()).collect();
        order.sort_by_key(|idx| std::cmp::Reverse((last[*idx].totals, std::cmp::Reverse(*idx))));
        let mut front = vec![];
        let mut highest = None;
        for idx in order {
            if highest.is_none_or(|highest| last[idx].totals.client > highest) {
                highest = Some(last[idx].totals.client);
                front.push((last[idx].totals, self.package(plan, idx)));
            }
        }
        front
    }

    fn package(&self, plan: &Plan, point: usize) -> Vec<usize> {
        let mut chosen = vec![0; plan.steps.len()];
        let (mut key, mut point) = (0, point);
        for (position, step) in plan.steps.iter().enumerate().rev() {
            let (state, before, option) = self.states[position + 1][key].1[point].from;
            chosen[step.term] = step.options[option as usize].option;
            (key, point) = (state as usize, before as usize);
        }
        chosen
    }
}

/// The exact front under the domain's floor and cap; `None` when the limits ended the search.
pub(crate) fn exact(
    domain: &Domain,
    plan: &Plan,
    control: &mut Control<'_>,
) -> Result<Option<Front>, FrontierError> {
    let floors = floors(domain);
    let reaches = || floors.iter().map(|floor| Reach::new(plan, *floor)).collect();
    let coarse = Pass { plan, reaches: reaches(), bound: None, coarse: Some(COARSE_POINTS) };
    let Some(first) = passed(coarse.run(control))? else { return Ok(None) };
    let known = first.front(plan);
    if first.lost == 0 {
        return Ok(Some(front(plan, known, Exactness::Exact)));
    }
    let Some(floor) = floors.first() else { return Ok(None) };
    let totals: Vec<Totals> = known.iter().map(|(totals, _)| *totals).collect();
    let bound = Bound::new(plan, *floor, &totals);
    let all = Pass { plan, reaches: reaches(), bound: Some(&bound), coarse: None };
    let found = match all.run(control) {
        Ok(Some(found)) => found.front(plan),
        Ok(None) => vec![],
        Err(Halt::Limit) => return Ok(None),
        Err(Halt::Cancelled) => return Err(FrontierError::Cancelled),
    };
    let mut points: Vec<_> = known.into_iter().chain(found).collect();
    points.sort_by_key(|(totals, _)| std::cmp::Reverse(*totals));
    let mut highest = None;
    points.retain(|(totals, _)| {
        let keeps = highest.is_none_or(|highest| totals.client > highest);
        highest = highest.max(Some(totals.client));
        keeps
    });
    Ok(Some(front(plan, points, Exactness::Exact)))
}

fn passed(outcome: Result<Option<Passed>, Halt>) -> Result<Option<Passed>, FrontierError> {
    match outcome {
        Ok(Some(passed)) => Ok(Some(passed)),
        Ok(None) => Err(FrontierError::NoPackage),
        Err(Halt::Limit) => Ok(None),
        Err(Halt::Cancelled) => Err(FrontierError::Cancelled),
    }
}

fn front(plan: &Plan, points: Vec<(Totals, Vec<usize>)>, exactness: Exactness) -> Front {
    let (points, packages) = points
        .into_iter()
        .map(|(totals, package)| {
            let base = plan.base;
            (Totals { firm: totals.firm + base.firm, client: totals.client + base.client }, package)
        })
        .unzip();
    Front { points, exactness, trace: Trace::Packages(packages) }
}

/// A cover for any domain: the coarse pass with `n_points` for a key, its bound counted from what it lost.
pub(crate) fn cover(
    domain: &Domain,
    plan: &Plan,
    n_points: usize,
    control: &mut Control<'_>,
) -> Result<Option<Front>, FrontierError> {
    let reaches = floors(domain).iter().map(|floor| Reach::new(plan, *floor)).collect();
    let pass = Pass { plan, reaches, bound: None, coarse: Some(n_points) };
    let Some(found) = passed(pass.run(control))? else { return Ok(None) };
    let points = found.front(plan);
    if found.lost == 0 {
        return Ok(Some(front(plan, points, Exactness::Exact)));
    }
    let none = domain.disagreement();
    // Of two neighbours, what was lost lies less than `lost` to the right of the one above it.
    let worst = points
        .iter()
        .map(|(totals, _)| Totals { firm: totals.firm + plan.base.firm, client: totals.client })
        .filter(|totals| totals.client + plan.base.client > none.client)
        .map(|totals| i128::from(totals.firm) - i128::from(none.firm))
        .min()
        .filter(|gain| *gain > 0);
    let bound_ppm = worst.map(|gain| {
        let ppm = (i128::from(found.lost) * 1_000_000 + gain - 1) / gain;
        u64::try_from(ppm).unwrap_or(u64::MAX)
    });
    Ok(Some(front(plan, points, Exactness::Cover { bound_ppm })))
}
