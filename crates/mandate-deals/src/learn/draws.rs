//! Draws from what is believed of the client, where refusals, counters and choices tie the terms together.
//!
//! Draws come from the terms' tables, are weighed by what ties them, drawn again by weight, and then moved: one term of a draw
//! is drawn anew from its table and kept with the probability by which that explains the ties better (independence
//! Metropolis). The same seed gives the same draws. Not here: the tables (`table`).

use super::table::{EXACTNESS, Table};
use crate::control::{Control, Halt};

/// Draws that are kept.
pub(super) const N_DRAWS: usize = 1_000;
/// Times every term of every draw is moved.
const N_SWEEPS: usize = 12;

/// SplitMix64 (Steele, Lea and Flood 2014).
#[derive(Debug)]
pub(super) struct Stream(pub u64);

impl Stream {
    /// From 0 to below 1.
    pub(super) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// One client that may be the real one.
#[derive(Clone, Debug)]
pub(super) struct Draw {
    /// Position in [`EXACTNESS`].
    pub exactness: usize,
    /// The worth of every option, term after term.
    pub values: Vec<f64>,
}

/// What ties the terms together: packages, by position, of which the client took one.
#[derive(Debug)]
pub(super) struct Tie {
    pub took: usize,
    pub others: Vec<usize>,
}

/// All ties, and the packages they speak of.
#[derive(Debug, Default)]
pub(super) struct Ties {
    pub packages: Vec<Vec<usize>>,
    pub ties: Vec<Tie>,
}

impl Ties {
    /// Whether the term makes a difference to any tie.
    fn touches(&self, term: usize) -> bool {
        let option = |package: usize| self.packages[package][term];
        self.ties.iter().any(|tie| tie.others.iter().any(|other| option(*other) != option(tie.took)))
    }

    /// Logarithm of how likely the ties are; `sums` has the packages' worth.
    fn log(&self, exactness: f64, sums: &[f64]) -> f64 {
        let of = |tie: &Tie| {
            let own = sums[tie.took];
            let others = tie.others.iter().map(|other| (exactness * (sums[*other] - own)).exp());
            -others.sum::<f64>().ln_1p()
        };
        self.ties.iter().map(of).sum()
    }
}

/// Draws, and how many of them the weights left as good as independent before they were moved.
pub(super) struct Drawn {
    pub draws: Vec<Draw>,
    pub effective: f64,
}

/// `offsets`: where each term's options begin, and their number at the end; `exactness`: the share of each.
pub(super) fn draw(
    tables: &[Table],
    offsets: &[usize],
    exactness: &[f64],
    ties: &Ties,
    stream: &mut Stream,
    control: &mut Control<'_>,
) -> Result<Drawn, Halt> {
    let mut draws: Vec<Draw> = vec![];
    for idx in 0..N_DRAWS {
        let mut at = (idx as f64 + stream.unit()) / N_DRAWS as f64;
        let mut chosen = 0;
        while chosen + 1 < exactness.len() && at >= exactness[chosen] {
            at -= exactness[chosen];
            chosen += 1;
        }
        let values =
            tables.iter().flat_map(|table| table.hypothesis(chosen, stream.unit()).collect::<Vec<_>>());
        draws.push(Draw { exactness: chosen, values: values.collect() });
    }
    if ties.ties.is_empty() {
        return Ok(Drawn { draws, effective: N_DRAWS as f64 });
    }
    let effective = resample(&mut draws, offsets, ties, stream);
    let touched: Vec<usize> = (0..tables.len()).filter(|term| ties.touches(*term)).collect();
    let mut all_sums: Vec<Vec<f64>> = draws.iter().map(|draw| sums(draw, offsets, ties)).collect();
    let n_moves = N_SWEEPS * touched.len();
    for sweep in 0..N_SWEEPS {
        for (idx, term) in touched.iter().copied().enumerate() {
            control.check(sweep * touched.len() + idx, n_moves, 0)?;
            for (draw, sums) in draws.iter_mut().zip(&mut all_sums) {
                step(draw, sums, (term, &tables[term], offsets), ties, stream);
            }
        }
    }
    Ok(Drawn { draws, effective })
}

/// The worth of every package of the ties.
fn sums(draw: &Draw, offsets: &[usize], ties: &Ties) -> Vec<f64> {
    let worth = |package: &Vec<usize>| {
        package.iter().zip(offsets).map(|(option, offset)| draw.values[offset + option]).sum()
    };
    ties.packages.iter().map(worth).collect()
}

/// Draws again by weight; returns the effective number.
fn resample(draws: &mut Vec<Draw>, offsets: &[usize], ties: &Ties, stream: &mut Stream) -> f64 {
    let logs: Vec<f64> =
        draws.iter().map(|draw| ties.log(EXACTNESS[draw.exactness], &sums(draw, offsets, ties))).collect();
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = logs.iter().map(|log| (log - most).exp()).collect();
    let sum: f64 = weights.iter().sum();
    let squares: f64 = weights.iter().map(|weight| (weight / sum).powi(2)).sum();
    let begin = stream.unit();
    let (mut kept, mut idx, mut reached) = (vec![], 0, weights[0]);
    for place in 0..draws.len() {
        let wanted = (place as f64 + begin) / draws.len() as f64 * sum;
        while reached <= wanted && idx + 1 < draws.len() {
            idx += 1;
            reached += weights[idx];
        }
        kept.push(draws[idx].clone());
    }
    *draws = kept;
    1.0 / squares
}

/// Draws one term of one draw anew, and keeps it or not.
fn step(
    draw: &mut Draw,
    sums: &mut Vec<f64>,
    (term, table, offsets): (usize, &Table, &[usize]),
    ties: &Ties,
    stream: &mut Stream,
) {
    let proposed: Vec<f64> = table.hypothesis(draw.exactness, stream.unit()).collect();
    let chance = stream.unit();
    let held = &draw.values[offsets[term]..offsets[term + 1]];
    let mut moved = sums.clone();
    for (sum, package) in moved.iter_mut().zip(&ties.packages) {
        *sum += proposed[package[term]] - held[package[term]];
    }
    let exactness = EXACTNESS[draw.exactness];
    if chance.ln() < ties.log(exactness, &moved) - ties.log(exactness, sums) {
        draw.values[offsets[term]..offsets[term + 1]].copy_from_slice(&proposed);
        *sums = moved;
    }
}
