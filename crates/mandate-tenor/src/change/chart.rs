//! A chart with an asked false-alarm rate: has the level moved since the baseline?
//!
//! At each month every start of a change is tried by generalised least squares with the correlation known and the noise
//! unknown; the best one's F is held against a limit. Limits are quantiles of the same statistic in simulated series without
//! change, so that estimating the baseline is paid for. The rate is of the whole watch, spent a little more each month.

use std::collections::BTreeMap;

use super::{Correlation, MIN_BASELINE, Series};
use crate::control::{Cancelled, Control};
use crate::linear::dot;
use crate::random::Stream;

/// Months a change must have lasted before it is believed: one bad month is no change.
const MIN_RUN: usize = 2;
/// Simulated series at most: each is held with a figure for every month.
const MAX_RUNS: usize = 1_000_000;

/// What is asked of a chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asked {
    /// The share of series without change that may ever alarm.
    pub false_alarm: f64,
    /// How months hang together.
    pub correlation: Correlation,
    /// Simulated series; the rate is met to about the root of rate / runs.
    pub n_runs: usize,
    /// The seed of the simulation.
    pub seed: u64,
}

/// Why there is no chart.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ChartError {
    #[error("a false-alarm rate of {rate} cannot be kept; give one from 0.001 to 0.5")]
    Rate { rate: f64 },
    #[error("{n_runs} simulated series are too few for a rate of {rate}; give at least {n_needed}")]
    FewRuns { n_runs: usize, rate: f64, n_needed: usize },
    #[error("{n_runs} simulated series are too many; give at most {MAX_RUNS}")]
    ManyRuns { n_runs: usize },
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// A change a chart found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// The month in which it is told.
    pub told_in: usize,
    /// The month in which it most likely began.
    pub since: usize,
    /// How far the level moved, in the series' own unit.
    pub shift: f64,
}

/// What a chart says of one series.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The first alarm of the watch, each month judged by what was known then.
    pub online: Option<Change>,
    /// Looking back over the whole series once, at the same rate.
    pub looking_back: Option<Change>,
    /// The share of series without change that look at least as changed, looking back.
    pub p_value: f64,
}

/// What depends on the months and the correlation, not on the values.
struct Design {
    factor: crate::linear::Lower,
    /// The level's regressor and those of each start, whitened.
    level: Vec<f64>,
    starts: Vec<Vec<f64>>,
    /// Running sums by position: level squared; level by start; start squared less what the level explains.
    squares: Vec<f64>,
    products: Vec<Vec<f64>>,
    left: Vec<Vec<f64>>,
}

/// The largest F of a position, and the start it belongs to.
#[derive(Clone, Copy, Default)]
struct Best {
    f: f64,
    start: usize,
    /// The shift, in the unit of the whitened values.
    shift: f64,
}

fn running(terms: impl Iterator<Item = f64>) -> Vec<f64> {
    let add = |sum: &mut f64, term| {
        *sum += term;
        Some(*sum)
    };
    terms.scan(0.0, add).collect()
}

impl Design {
    fn new(months: &[usize], correlation: Correlation) -> Self {
        let n = months.len();
        let factor = correlation.factor(months);
        let level = factor.forward(&vec![1.0; n]);
        let step = |from: usize| (0..n).map(|i| f64::from(u8::from(i >= from))).collect::<Vec<f64>>();
        let starts: Vec<Vec<f64>> =
            (MIN_BASELINE..=n - MIN_RUN).map(|from| factor.forward(&step(from))).collect();
        let squares = running(level.iter().map(|x| x * x));
        let product = |start: &Vec<f64>| running(start.iter().zip(&level).map(|(a, b)| a * b));
        let products: Vec<Vec<f64>> = starts.iter().map(product).collect();
        let explained = |(start, products): (&Vec<f64>, &Vec<f64>)| {
            let own = running(start.iter().map(|x| x * x));
            let by_level = products.iter().zip(&squares).map(|(product, square)| product * product / square);
            own.iter().zip(by_level).map(|(own, by_level)| own - by_level).collect()
        };
        let left = starts.iter().zip(&products).map(explained).collect();
        Self { factor, level, starts, squares, products, left }
    }

    /// The first position that is judged.
    const FIRST: usize = MIN_BASELINE + MIN_RUN - 1;

    /// The best start at each position from [`Self::FIRST`] on, of whitened values.
    fn best(&self, white: &[f64], found: &mut Vec<Best>) {
        found.clear();
        let (mut by_level, mut total) = (0.0, 0.0);
        let mut by_start = vec![0.0; self.starts.len()];
        for (position, value) in white.iter().enumerate() {
            by_level += self.level[position] * value;
            total += value * value;
            for (sum, start) in by_start.iter_mut().zip(&self.starts) {
                *sum += start[position] * value;
            }
            if position < Self::FIRST {
                continue;
            }
            let residual = (total - by_level * by_level / self.squares[position]).max(0.0);
            let (mut gain, mut best) = (0.0, Best { start: MIN_BASELINE, ..Best::default() });
            for (idx, by_start) in by_start.iter().enumerate().take(position - Self::FIRST + 1) {
                let left = self.left[idx][position];
                let off = by_start - self.products[idx][position] * by_level / self.squares[position];
                if left > 1e-9 && off * off / left > gain {
                    gain = off * off / left;
                    best = Best { f: 0.0, start: MIN_BASELINE + idx, shift: off / left };
                }
            }
            // A series that does not vary has no gain; one that varies by its step alone has all of it.
            let freedom = (position - 1) as f64;
            best.f = if gain > 1e-12 * total {
                gain * freedom / (residual - gain).max(1e-12 * total)
            } else {
                0.0
            };
            found.push(best);
        }
    }
}

/// A chart for one pattern of months.
struct Chart {
    design: Design,
    /// One for each position from [`Design::FIRST`] on.
    limits: Vec<f64>,
    /// The statistic of the whole series in all runs, rising.
    looking_back: Vec<f64>,
    limit_back: f64,
}

impl Chart {
    fn simulate(months: &[usize], asked: &Asked, control: &mut Control<'_>) -> Result<Self, ChartError> {
        let design = Design::new(months, asked.correlation);
        let (mut stream, mut best) = (Stream::new(asked.seed), vec![]);
        let n_looks = months.len() - Design::FIRST;
        let mut runs: Vec<Vec<f64>> = Vec::with_capacity(asked.n_runs);
        for run in 0..asked.n_runs {
            if run.is_multiple_of(1000) {
                control.step()?;
            }
            // Whitened values of a series without change are independent; mean and scale do not matter.
            let white: Vec<f64> = months.iter().map(|_| stream.normal()).collect();
            design.best(&white, &mut best);
            runs.push(best.iter().map(|best| best.f).collect());
        }
        let mut looking_back: Vec<f64> = runs.iter().map(|run| run[n_looks - 1]).collect();
        looking_back.sort_by(f64::total_cmp);
        let n_back = (asked.false_alarm * asked.n_runs as f64).round() as usize;
        let limit_back = looking_back[asked.n_runs - n_back.max(1)];
        // The share spent by each look grows with its number: later looks see more and find more at the same price.
        let total = (n_looks * (n_looks + 1)) as f64 / 2.0;
        let (mut n_spent, mut limits) = (0, vec![]);
        for look in 0..n_looks {
            let share = ((look + 1) * (look + 2)) as f64 / 2.0 / total;
            let n_due = (asked.false_alarm * share * asked.n_runs as f64).round() as usize;
            let mut values: Vec<f64> = runs.iter().map(|run| run[look]).collect();
            values.sort_by(|a, b| b.total_cmp(a));
            let n_now = n_due.saturating_sub(n_spent);
            let limit = if n_now == 0 { f64::INFINITY } else { values[n_now - 1] };
            let n_before = runs.len();
            runs.retain(|run| run[look] < limit);
            n_spent += n_before - runs.len();
            limits.push(limit);
        }
        Ok(Self { design, limits, looking_back, limit_back })
    }

    fn judge(&self, series: &Series) -> Judged {
        let values = series.standardised();
        let mut best = vec![];
        self.design.best(&self.design.factor.forward(&values), &mut best);
        let spread = series.spread();
        let change = |look: usize| Change {
            told_in: series.months[Design::FIRST + look],
            since: series.months[best[look].start],
            shift: best[look].shift * spread,
        };
        let first = best.iter().zip(&self.limits).position(|(best, limit)| best.f >= *limit);
        let last = best.len() - 1;
        let n_above = self.looking_back.len() - self.looking_back.partition_point(|f| *f < best[last].f);
        Judged {
            online: first.map(change),
            looking_back: (best[last].f >= self.limit_back).then(|| change(last)),
            p_value: (n_above + 1) as f64 / (self.looking_back.len() + 1) as f64,
        }
    }
}

impl Series {
    fn spread(&self) -> f64 {
        let n = self.values.len() as f64;
        let mean = self.values.iter().map(|value| value / n).sum::<f64>();
        let off: Vec<f64> = self.values.iter().map(|value| value - mean).collect();
        (dot(&off, &off) / n).sqrt()
    }
}

/// Judges series by charts with the asked false-alarm rate.
///
/// # Shapes and units
/// - `series`: monthly means in any unit; the first eight months with a value are the baseline and never alarm.
/// - `asked.false_alarm`: the share of series without change that alarm at any month of the watch; of looking back, which
///   sees the whole series once, the same share.
/// - returns one judgement a series, in order.
///
/// # Errors
/// [`ChartError::Rate`], [`ChartError::FewRuns`], [`ChartError::ManyRuns`], [`ChartError::Cancelled`].
///
/// # Cost
/// For each pattern of months: runs times the square of the months.
///
/// # Source
/// Own construction from known parts, argued in `docs/methods/tenor-change.md`: a generalised likelihood ratio with unknown
/// baseline (Hawkins, Qiu and Kang 2003, Journal of Quality Technology 35(4)), correlation by generalised least squares.
pub fn judge(series: &[Series], asked: &Asked, control: &mut Control<'_>) -> Result<Vec<Judged>, ChartError> {
    let (rate, n_runs) = (asked.false_alarm, asked.n_runs);
    if !(0.001..=0.5).contains(&rate) {
        return Err(ChartError::Rate { rate });
    }
    let n_needed = (20.0 / rate).ceil() as usize;
    if n_runs < n_needed {
        return Err(ChartError::FewRuns { n_runs, rate, n_needed });
    }
    if n_runs > MAX_RUNS {
        return Err(ChartError::ManyRuns { n_runs });
    }
    let mut charts: BTreeMap<&[usize], Chart> = BTreeMap::new();
    let mut found = Vec::with_capacity(series.len());
    for one in series {
        if !charts.contains_key(one.months()) {
            charts.insert(one.months(), Chart::simulate(one.months(), asked, control)?);
        }
        found.extend(charts.get(one.months()).map(|chart| chart.judge(one)));
    }
    Ok(found)
}
