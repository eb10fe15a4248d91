//! Long series cut into segments: by level, as a peer does it, and by flat or straight lines, our default.
//!
//! Our default finds the best cut of all, by dynamic programming; both penalties are fixed beforehand and the same for all series. A
//! change point is the last index of the left segment, counted from 0. Not here: short series of months (`chart`).

use crate::control::{Cancelled, Control};

/// Values a series may have: the search is quadratic.
const MAX_VALUES: usize = 20_000;

/// Why a series is not cut.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SegmentError {
    #[error("value {position} (from 0) is {value}; give a finite number")]
    NotFinite { position: usize, value: f64 },
    #[error("there are {n_values} values; at least 3 are needed")]
    Short { n_values: usize },
    #[error("{n_values} values are more than {MAX_VALUES}; take means over longer times")]
    Long { n_values: usize },
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Sums of the standardised values up to each position.
struct Sums {
    values: Vec<f64>,
    squares: Vec<f64>,
    by_time: Vec<f64>,
}

impl Sums {
    fn new(values: &[f64]) -> Result<Self, SegmentError> {
        let n_values = values.len();
        if n_values < 3 {
            return Err(SegmentError::Short { n_values });
        }
        if n_values > MAX_VALUES {
            return Err(SegmentError::Long { n_values });
        }
        if let Some((position, value)) =
            values.iter().copied().enumerate().find(|(_, value)| !value.is_finite())
        {
            return Err(SegmentError::NotFinite { position, value });
        }
        // Scaled first: squares of huge values must not overflow.
        let largest = values.iter().fold(f64::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
        let n = n_values as f64;
        let mean = values.iter().map(|value| value / largest).sum::<f64>() / n;
        let off: Vec<f64> = values.iter().map(|value| value / largest - mean).collect();
        let sd = (off.iter().map(|off| off * off).sum::<f64>() / (n - 1.0)).sqrt() + 1e-9 / largest;
        let running = |term: &dyn Fn(usize, f64) -> f64| {
            let mut sums = vec![0.0];
            off.iter().enumerate().for_each(|(t, off)| sums.push(sums[t] + term(t, off / sd)));
            sums
        };
        let (values, squares) = (running(&|_, x| x), running(&|_, x| x * x));
        Ok(Self { values, squares, by_time: running(&|t, x| t as f64 * x) })
    }

    fn n(&self) -> usize {
        self.values.len() - 1
    }

    /// Squared errors around the mean of [from, to).
    fn flat(&self, from: usize, to: usize) -> f64 {
        let total = self.values[to] - self.values[from];
        (self.squares[to] - self.squares[from] - total * total / (to - from) as f64).max(0.0)
    }

    /// Squared errors around the straight line of [from, to).
    fn straight(&self, from: usize, to: usize) -> f64 {
        let (n, middle) = ((to - from) as f64, (from + to - 1) as f64 / 2.0);
        if to - from < 3 {
            return 0.0;
        }
        let slope = self.by_time[to] - self.by_time[from] - middle * (self.values[to] - self.values[from]);
        (self.flat(from, to) - slope * slope / (n * (n * n - 1.0) / 12.0)).max(0.0)
    }

    /// The starts of the right-hand segments of the cheapest cut, at a price for each segment.
    fn cheapest(
        &self,
        price: f64,
        pruning: Pruning,
        cost: impl Fn(usize, usize) -> f64,
        control: &mut Control<'_>,
    ) -> Result<Vec<usize>, Cancelled> {
        let n = self.n();
        let (mut best, mut before) = (vec![f64::INFINITY; n + 1], vec![0; n + 1]);
        best[0] = -price;
        let (mut starts, mut costs) = (vec![0], vec![]);
        for to in 1..=n {
            control.step()?;
            costs.clear();
            costs.extend(starts.iter().map(|from| best[*from] + cost(*from, to)));
            for (from, cost) in starts.iter().zip(&costs) {
                if cost + price < best[to] {
                    (best[to], before[to]) = (cost + price, *from);
                }
            }
            if pruning == Pruning::AsPublished {
                let mut costs = costs.iter();
                starts.retain(|_| costs.next().is_some_and(|cost| *cost <= best[to]));
            }
            starts.push(to);
        }
        let (mut found, mut at) = (vec![], before[n]);
        while at > 0 {
            found.push(at);
            at = before[at];
        }
        found.reverse();
        Ok(found)
    }
}

/// Whether starts that can no longer win are dropped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pruning {
    None,
    /// As PELT does. With a cost that grows with the log of a segment's length a start that could still win may be dropped.
    AsPublished,
}

fn last_of_left(starts: Vec<usize>) -> Vec<usize> {
    starts.into_iter().map(|start| start - 1).collect()
}

/// Changes of the mean, with the modified information criterion: R `changepoint`'s default, for comparison.
///
/// Its pruning is kept as published: with this criterion it may miss the cheapest cut by a little.
///
/// # Shapes and units
/// - `values`: evenly spaced, in any unit; returns the last index of each left segment, rising.
///
/// # Errors
/// [`SegmentError`].
///
/// # Cost
/// The square of the values.
///
/// # Source
/// Killick, Fearnhead and Eckley (2012), JASA 107, 1590-1598; Zhang and Siegmund (2007), Biometrics 63, 22-32.
pub fn changes_of_mean(values: &[f64], control: &mut Control<'_>) -> Result<Vec<usize>, SegmentError> {
    let sums = Sums::new(values)?;
    let price = 3.0 * (sums.n() as f64).ln();
    let cost = |from: usize, to: usize| sums.flat(from, to) + ((to - from) as f64).ln();
    Ok(last_of_left(sums.cheapest(price, Pruning::AsPublished, cost, control)?))
}

/// Changes between segments that are flat or straight: the default.
///
/// # Shapes and units
/// - `values`: evenly spaced, in any unit; returns the last index of each left segment, rising.
/// - The price of a segment is three times the log of the number of values, half as much again where it is inclined, times the
///   variance around one straight line through all: a series that is one line has no changes, however noisy.
///
/// # Errors
/// [`SegmentError`].
///
/// # Cost
/// The square of the values.
///
/// # Source
/// Own construction, argued in `docs/methods/tenor-change.md`, from Bai and Perron (1998), Econometrica 66(1), 47-78 (least
/// squares over all cuts) and Zhang and Siegmund (2007), as above.
pub fn changes_of_line(values: &[f64], control: &mut Control<'_>) -> Result<Vec<usize>, SegmentError> {
    let sums = Sums::new(values)?;
    let n = sums.n();
    // What one line leaves is the unit; a series on one line has nothing to cut.
    let unit = sums.straight(0, n) / (n as f64 - 2.0);
    if unit < 1e-12 {
        return Ok(vec![]);
    }
    let price = 3.0 * (n as f64).ln() * unit;
    let cost = |from: usize, to: usize| {
        let inclined = sums.straight(from, to) + 0.5 * price;
        sums.flat(from, to).min(inclined) + unit * ((to - from) as f64).ln()
    };
    Ok(last_of_left(sums.cheapest(price, Pruning::None, cost, control)?))
}
