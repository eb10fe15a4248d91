//! One term's hypotheses, a weight times a shape, weighed by the client's own offers.
//!
//! A client makes an offer with a probability proportional to the exponential of its worth (logit choice). Worth is a sum over
//! terms, so the probability is a product over terms and each term's hypotheses can be weighed alone, exactly. How exactly the
//! client follows its worth is a number on a grid that all terms share. Not here: what ties terms together (`draws`).

use super::shapes::Shapes;

/// How exactly a client may follow its worth: the logit's factor, of a worth whose best package is about 1.
pub(super) const EXACTNESS: [f64; 3] = [15.0, 45.0, 135.0];
/// Quantiles of a gamma distribution of mean 1 and shape 4, the middle of each twelfth.
const WEIGHTS: [f64; 12] =
    [0.3219, 0.4765, 0.587, 0.6847, 0.7789, 0.8709, 0.9722, 1.0838, 1.2131, 1.3645, 1.5769, 1.9964];

/// A term after what was offered.
#[derive(Debug)]
pub(super) struct Table {
    shapes: Shapes,
    /// The mean weight.
    scale: f64,
    /// By exactness.
    pub by_exactness: Vec<Weighed>,
}

#[derive(Debug)]
pub(super) struct Weighed {
    /// Logarithm of how likely the offers are.
    pub evidence: f64,
    /// By option: the mean worth, and that of its square.
    pub mean: Vec<f64>,
    pub square: Vec<f64>,
    /// Sums of the shares of shape after shape, all weights of each.
    cumulated: Vec<f64>,
}

impl Table {
    /// `counts`: how often each option was part of an offer.
    pub(super) fn new(shapes: Shapes, scale: f64, counts: &[f64]) -> Self {
        let by_exactness =
            EXACTNESS.iter().map(|exactness| weigh(&shapes, scale, counts, *exactness)).collect();
        Self { shapes, scale, by_exactness }
    }

    /// The worth of each option under the hypothesis at a position from 0 to below 1 of the cumulated shares.
    pub(super) fn hypothesis(&self, exactness: usize, at: f64) -> impl Iterator<Item = f64> + '_ {
        let cumulated = &self.by_exactness[exactness].cumulated;
        let idx = cumulated.partition_point(|sum| *sum <= at).min(cumulated.len() - 1);
        let (shape, weight) = (idx / WEIGHTS.len(), WEIGHTS[idx % WEIGHTS.len()] * self.scale);
        let n_options = self.shapes.n_options;
        self.shapes.values[shape * n_options..(shape + 1) * n_options].iter().map(move |value| value * weight)
    }
}

fn weigh(shapes: &Shapes, scale: f64, counts: &[f64], exactness: f64) -> Weighed {
    let n_options = shapes.n_options;
    let n_offers: f64 = counts.iter().sum();
    let mut logs = vec![];
    for (shape, prior) in shapes.values.chunks_exact(n_options).zip(&shapes.logs) {
        let taken: f64 = shape.iter().zip(counts).map(|(value, count)| value * count).sum();
        for weight in WEIGHTS {
            let factor = exactness * weight * scale;
            let all: f64 =
                if n_offers > 0.0 { shape.iter().map(|value| (factor * value).exp()).sum() } else { 1.0 };
            logs.push(prior + factor * taken - n_offers * all.ln());
        }
    }
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    let mut cumulated: Vec<f64> = logs
        .iter()
        .map(|log| {
            sum += (log - most).exp();
            sum
        })
        .collect();
    let (mut mean, mut square) = (vec![0.0; n_options], vec![0.0; n_options]);
    for (shape, logs) in shapes.values.chunks_exact(n_options).zip(logs.chunks_exact(WEIGHTS.len())) {
        let (mut first, mut second) = (0.0, 0.0);
        for (weight, log) in WEIGHTS.iter().zip(logs) {
            let share = (log - most).exp() / sum;
            first += share * weight * scale;
            second += share * (weight * scale).powi(2);
        }
        for (option, value) in shape.iter().enumerate() {
            mean[option] += first * value;
            square[option] += second * value * value;
        }
    }
    for entry in &mut cumulated {
        *entry /= sum;
    }
    Weighed { evidence: most + sum.ln() - (WEIGHTS.len() as f64).ln(), mean, square, cumulated }
}
