//! What a client may think of one term's options, before anything was said: value shapes with their prior shares.
//!
//! Where options lie in an order that means something (a price, a number of months) a neighbour of the favourite is nearly as
//! good; where they are names, only the favourite and a runner-up stand out. Which of the two holds is read from our own
//! values: their order of running up or down is unlikely by chance. Not here: what was said (`table`).

use super::Order;

/// Curvatures of a value that rises or falls along the options.
const POWERS: [f64; 3] = [0.6, 1.0, 1.6];
/// Of ordered options, how many have their favourite at an end.
const AT_AN_END: f64 = 0.75;
/// Of options in an order that means something, how many keep to it.
const KEEP_TO_ORDER: f64 = 0.9;
/// Of options in no order, in how many the favourite alone stands out.
const ALONE: f64 = 0.2;
/// What the others are worth where the favourite alone stands out.
const OTHERS: [f64; 3] = [0.1, 0.3, 0.5];
/// What the runner-up is worth, and the others, where there is one.
const RUNNER_UP: [(f64, f64); 3] = [(0.8, 0.1), (0.8, 0.4), (0.5, 0.1)];
/// Runners-up are told apart up to so many options.
const MOST_RUNNERS_UP: usize = 24;
/// The evidence of one term for or against an order counts at most this much.
const MOST_RATIO: f64 = 50.0;
/// What share of a domain's terms may have ordered options, all equally likely.
const SHARES: [f64; 4] = [0.05, 0.3, 0.6, 0.95];

/// Shapes of one term, each from 0 (the worst option) to at most 1, and the logarithm of its prior share.
#[derive(Debug)]
pub(super) struct Shapes {
    pub n_options: usize,
    /// One shape after the other.
    pub values: Vec<f64>,
    pub logs: Vec<f64>,
}

impl Shapes {
    /// `ordered`: how likely the term's options lie in an order that means something.
    pub(super) fn new(n_options: usize, order: Order, ordered: f64) -> Self {
        let mut shapes = Self { n_options, values: vec![], logs: vec![] };
        if n_options == 1 {
            shapes.family(1.0, vec![vec![0.0]]);
            return shapes;
        }
        let rising = |power: f64| -> Vec<f64> {
            (0..n_options).map(|idx| (idx as f64 / (n_options - 1) as f64).powf(power)).collect()
        };
        let turned = |mut shape: Vec<f64>| {
            shape.reverse();
            shape
        };
        if order != Order::Unknown {
            let step = |first: usize| {
                (0..n_options).map(|idx| f64::from(u8::from(idx >= first))).collect::<Vec<_>>()
            };
            let mut along: Vec<Vec<f64>> = [0.35, 0.6, 1.0, 1.6, 2.8].map(rising).to_vec();
            let mut steps: Vec<Vec<f64>> = (1..n_options).map(step).collect();
            if order == Order::Falling {
                along = along.into_iter().map(turned).collect();
                steps = steps.into_iter().map(turned).collect();
            }
            shapes.family(0.8, along);
            shapes.family(0.2, steps);
            return shapes;
        }
        let ordered = ordered * KEEP_TO_ORDER;
        let ends = POWERS.iter().flat_map(|power| [rising(*power), turned(rising(*power))]).collect();
        if n_options == 2 {
            shapes.family(1.0, ends);
            return shapes;
        }
        shapes.family(ordered * AT_AN_END, ends);
        let between = |peak: usize| {
            let far = peak.max(n_options - 1 - peak) as f64;
            (0..n_options).map(|idx| 1.0 - idx.abs_diff(peak) as f64 / far).collect()
        };
        shapes.family(ordered * (1.0 - AT_AN_END), (1..n_options - 1).map(between).collect());
        shapes.unordered(1.0 - ordered);
        shapes
    }

    fn unordered(&mut self, share: f64) {
        let n_options = self.n_options;
        let alone = |(favourite, others): (usize, f64)| {
            let mut shape = vec![others; n_options];
            shape[favourite] = 1.0;
            shape
        };
        let has_runners_up = n_options <= MOST_RUNNERS_UP;
        let pairs = |rest: &[f64]| -> Vec<(usize, f64)> {
            (0..n_options).flat_map(|idx| rest.iter().map(move |other| (idx, *other))).collect()
        };
        let share_alone = if has_runners_up { ALONE } else { 1.0 };
        self.family(share * share_alone, pairs(&OTHERS).into_iter().map(alone).collect());
        if !has_runners_up {
            return;
        }
        let mut with = vec![];
        for favourite in 0..n_options {
            for second in (0..n_options).filter(|second| *second != favourite) {
                for (high, others) in RUNNER_UP {
                    let mut shape = alone((favourite, others));
                    shape[second] = high;
                    with.push(shape);
                }
            }
        }
        self.family(share * (1.0 - ALONE), with);
    }

    /// Shapes that share a prior equally, moved so that the worst option is worth 0.
    fn family(&mut self, share: f64, shapes: Vec<Vec<f64>>) {
        let log = (share / shapes.len() as f64).max(f64::MIN_POSITIVE).ln();
        for shape in shapes {
            let least = shape.iter().copied().fold(f64::INFINITY, f64::min);
            self.values.extend(shape.iter().map(|value| value - least));
            self.logs.push(log);
        }
    }
}

/// For each term how likely its options lie in an order that means something, from our own worth of them.
pub(super) fn ordered(firm: &[Vec<i64>]) -> Vec<f64> {
    let ratios: Vec<f64> = firm.iter().map(|worth| ratio(worth).min(MOST_RATIO)).collect();
    let logs: Vec<f64> = SHARES
        .iter()
        .map(|share| ratios.iter().map(|ratio| (share * ratio + 1.0 - share).ln()).sum())
        .collect();
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logs.iter().map(|log| (log - most).exp()).sum();
    let of = |ratio: &f64| {
        let parts = SHARES
            .iter()
            .zip(&logs)
            .map(|(share, log)| (log - most).exp() / sum * share * ratio / (share * ratio + 1.0 - share));
        parts.sum()
    };
    ratios.iter().map(of).collect()
}

/// How much likelier this run of values is among ordered options than by chance.
fn ratio(worth: &[i64]) -> f64 {
    let mut signs: Vec<bool> =
        worth.windows(2).filter(|pair| pair[0] != pair[1]).map(|pair| pair[0] < pair[1]).collect();
    if worth.len() < 3 || signs.is_empty() {
        return 1.0;
    }
    signs.dedup();
    let orders: f64 = (1..=worth.len()).map(|n| n as f64).product();
    // Of all orders two run one way; 2^n - 4 have one turn (of three options the four that do not run one way).
    let one_way = 2.0 / orders;
    let one_turn = ((2.0_f64.powi(worth.len().min(1_000) as i32) - 4.0) / orders).min(1.0 - one_way);
    match signs.len() {
        1 => 0.6 / one_way,
        2 => 0.25 / one_turn,
        _ => 0.15 / (1.0 - one_way - one_turn).max(1e-9),
    }
}
