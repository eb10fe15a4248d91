//! The likelihood of own answers and vignettes, with its exact gradient.
//!
//! Covariates are centred and scaled inside; [`Likelihood::unscaled`] says how the unknowns of the model are made of those
//! that are searched for. Thresholds above the lowest are exponentials added, which keeps them in order.

use super::Person;
use crate::linear::{Square, dot};
use crate::normal::{between, density, quantile};

/// Which unknowns there are, in this order: coefficients, vignettes and their log sd, then for each cut a constant and effects.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub n_covariates: usize,
    pub n_vignettes: usize,
    pub n_cuts: usize,
    /// Covariates on which thresholds depend: all or none.
    pub n_effects: usize,
}

impl Shape {
    pub fn of_log_sd(self) -> usize {
        self.n_covariates + self.n_vignettes
    }

    pub fn of_cut(self, cut: usize) -> usize {
        self.of_log_sd() + usize::from(self.n_vignettes > 0) + cut * (1 + self.n_effects)
    }

    pub fn n_unknowns(self) -> usize {
        self.of_cut(self.n_cuts)
    }
}

pub(super) struct Likelihood<'a> {
    people: Vec<(&'a Person, Vec<f64>)>,
    shape: Shape,
    /// Means and standard deviations of the covariates.
    centres: Vec<f64>,
    scales: Vec<f64>,
}

impl<'a> Likelihood<'a> {
    pub fn new(people: &'a [Person], shape: Shape) -> Self {
        let used: Vec<&Person> =
            people.iter().filter(|person| person.own.is_some() || shape.n_vignettes > 0).collect();
        let n = used.len() as f64;
        let (mut centres, mut scales) = (vec![0.0; shape.n_covariates], vec![0.0; shape.n_covariates]);
        for person in &used {
            centres.iter_mut().zip(&person.covariates).for_each(|(centre, x)| *centre += x / n);
        }
        for person in &used {
            let off = person.covariates.iter().zip(&centres).map(|(x, centre)| x - centre);
            scales.iter_mut().zip(off).for_each(|(scale, off)| *scale += off * off / n);
        }
        scales.iter_mut().for_each(|scale| *scale = scale.sqrt());
        let scaled = |person: &'a Person| {
            let by = centres.iter().zip(&scales);
            (
                person,
                person.covariates.iter().zip(by).map(|(x, (centre, scale))| (x - centre) / scale).collect(),
            )
        };
        Self { people: used.into_iter().map(scaled).collect(), shape, centres, scales }
    }

    /// With covariates as they are: what is searched for are then the unknowns of the model.
    pub fn of_plain_covariates(people: &'a [Person], shape: Shape) -> Self {
        let mut plain = Self::new(people, shape);
        plain.people.iter_mut().for_each(|(person, x)| x.clone_from(&person.covariates));
        plain.centres.fill(0.0);
        plain.scales.fill(1.0);
        plain
    }

    /// No effects, the thresholds the own answers show, vignettes at the mean of their answers.
    pub fn start(&self) -> Vec<f64> {
        let shape = self.shape;
        let mut counts = vec![0.5; shape.n_cuts + 1];
        self.people.iter().filter_map(|(person, _)| person.own).for_each(|own| counts[own] += 1.0);
        let total: f64 = counts.iter().sum();
        let mut so_far = 0.0;
        let below = counts[..shape.n_cuts].iter().map(|count| {
            so_far += count / total;
            quantile(so_far)
        });
        let cuts: Vec<f64> = below.collect();
        let mut start = vec![0.0; shape.n_unknowns()];
        for (cut, place) in cuts.iter().enumerate() {
            start[shape.of_cut(cut)] = if cut == 0 { *place } else { (place - cuts[cut - 1]).max(1e-3).ln() };
        }
        let middle = |category: usize| {
            let low = if category == 0 { cuts[0] - 1.0 } else { cuts[category - 1] };
            let high = if category == shape.n_cuts { cuts[category - 1] + 1.0 } else { cuts[category] };
            0.5 * (low + high)
        };
        for idx in 0..shape.n_vignettes {
            let rated = self.people.iter().filter_map(|(person, _)| person.vignettes[idx]);
            let (sum, n) = rated.fold((0.0, 0.0), |(sum, n), category| (sum + middle(category), n + 1.0));
            start[shape.n_covariates + idx] = sum / n;
        }
        start
    }

    /// How the unknowns of the model are made of those searched for: one row of weights each.
    pub fn unscaled(&self) -> Vec<Vec<f64>> {
        let shape = self.shape;
        let mut rows = Square::identity(shape.n_unknowns());
        // With covariates centred, the level 0 is that of the mean person; it moves by the mean's effect.
        let shifts: Vec<f64> =
            self.centres.iter().zip(&self.scales).map(|(centre, scale)| centre / scale).collect();
        let levels = (shape.n_covariates..shape.of_log_sd()).chain([shape.of_cut(0)]);
        for level in levels {
            shifts.iter().enumerate().for_each(|(idx, shift)| *rows.at(level, idx) += shift);
        }
        for cut in 0..shape.n_cuts {
            let constant = shape.of_cut(cut);
            for (idx, shift) in shifts.iter().enumerate().take(shape.n_effects) {
                *rows.at(constant, constant + 1 + idx) -= shift;
                *rows.at(constant + 1 + idx, constant + 1 + idx) = 1.0 / self.scales[idx];
            }
        }
        (0..shape.n_covariates).for_each(|idx| *rows.at(idx, idx) = 1.0 / self.scales[idx]);
        rows.cells.chunks_exact(rows.n).map(<[f64]>::to_vec).collect()
    }

    /// Minus the log-likelihood and its gradient.
    pub fn at(&self, at: &[f64], slope: &mut [f64]) -> f64 {
        slope.fill(0.0);
        let mut scratch = Scratch::new(self.shape);
        let total: f64 =
            self.people.iter().map(|(one, x)| self.person(one, x, at, slope, &mut scratch)).sum();
        slope.iter_mut().for_each(|x| *x = -*x);
        -total
    }

    /// The sum over people of the outer product of their gradients: near the maximum, the curvature.
    pub fn outer_products(&self, at: &[f64]) -> Square {
        let n = self.shape.n_unknowns();
        let (mut sum, mut scratch) = (Square::zero(n), Scratch::new(self.shape));
        for (person, x) in &self.people {
            let mut slope = vec![0.0; n];
            self.person(person, x, at, &mut slope, &mut scratch);
            sum.add_outer(&slope, 1.0);
        }
        // What nobody's answers say yet at the start is given a little curvature.
        (0..n).for_each(|idx| *sum.at(idx, idx) += 1e-3 * self.people.len() as f64);
        sum
    }

    fn person(
        &self,
        person: &Person,
        x: &[f64],
        at: &[f64],
        slope: &mut [f64],
        scratch: &mut Scratch,
    ) -> f64 {
        let shape = self.shape;
        let effects = &x[..shape.n_effects];
        scratch.by_cut.fill(0.0);
        for cut in 0..shape.n_cuts {
            let from = shape.of_cut(cut);
            let linear = at[from] + dot(&at[from + 1..=from + shape.n_effects], effects);
            scratch.steps[cut] = if cut == 0 { 1.0 } else { linear.exp() };
            scratch.cuts[cut] = if cut == 0 { linear } else { scratch.cuts[cut - 1] + scratch.steps[cut] };
        }
        let mut log_p = 0.0;
        if let Some(own) = person.own {
            let (log, by_level, _) = scratch.answer(own, dot(x, &at[..shape.n_covariates]), 1.0);
            log_p += log;
            slope.iter_mut().zip(x).for_each(|(slope, x)| *slope += by_level * x);
        }
        if shape.n_vignettes > 0 {
            let sd = at[shape.of_log_sd()].exp();
            for (idx, category) in person.vignettes.iter().enumerate() {
                let Some(category) = *category else { continue };
                let (log, by_level, by_log_sd) = scratch.answer(category, at[shape.n_covariates + idx], sd);
                log_p += log;
                slope[shape.n_covariates + idx] += by_level;
                slope[shape.of_log_sd()] += by_log_sd;
            }
        }
        // A step moves all thresholds above it.
        let mut above = 0.0;
        for cut in (0..shape.n_cuts).rev() {
            above += scratch.by_cut[cut];
            let from = shape.of_cut(cut);
            let by = above * scratch.steps[cut];
            slope[from] += by;
            slope[from + 1..].iter_mut().zip(effects).for_each(|(slope, x)| *slope += by * x);
        }
        log_p
    }
}

/// One person's thresholds, the steps between them, and the gradient by threshold.
struct Scratch {
    cuts: Vec<f64>,
    steps: Vec<f64>,
    by_cut: Vec<f64>,
}

impl Scratch {
    fn new(shape: Shape) -> Self {
        let zero = vec![0.0; shape.n_cuts];
        Self { cuts: zero.clone(), steps: zero.clone(), by_cut: zero }
    }

    /// The log-probability of an answer about `level` seen with `sd`, and its derivatives by the level and the log of the sd.
    fn answer(&mut self, category: usize, level: f64, sd: f64) -> (f64, f64, f64) {
        let n_cuts = self.cuts.len();
        let low = if category == 0 { f64::NEG_INFINITY } else { (self.cuts[category - 1] - level) / sd };
        let high = if category == n_cuts { f64::INFINITY } else { (self.cuts[category] - level) / sd };
        let p = between(low, high).max(f64::MIN_POSITIVE);
        let (mut by_level, mut by_log_sd) = (0.0, 0.0);
        if category > 0 {
            let by = -density(low) / p;
            self.by_cut[category - 1] += by / sd;
            by_level -= by / sd;
            by_log_sd -= by * low;
        }
        if category < n_cuts {
            let by = density(high) / p;
            self.by_cut[category] += by / sd;
            by_level -= by / sd;
            by_log_sd -= by * high;
        }
        (p.ln(), by_level, by_log_sd)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_is_that_of_the_value() {
        let person = |i: usize| Person {
            own: (!i.is_multiple_of(9)).then_some(i * 7 % 4),
            vignettes: vec![Some(i * 5 % 4), (!i.is_multiple_of(4)).then_some(i * 11 % 3)],
            covariates: vec![(i % 2) as f64, (i * 13 % 17) as f64],
        };
        let people: Vec<Person> = (0..60).map(person).collect();
        let shape = Shape { n_covariates: 2, n_vignettes: 2, n_cuts: 3, n_effects: 2 };
        let likelihood = Likelihood::new(&people, shape);
        let mut at = likelihood.start();
        at.iter_mut().enumerate().for_each(|(idx, x)| *x += 0.1 * (idx as f64 * 1.7).sin());
        let mut slope = vec![0.0; at.len()];
        likelihood.at(&at, &mut slope);
        for idx in 0..at.len() {
            let value = |by: f64| {
                let mut moved = at.clone();
                moved[idx] += by;
                likelihood.at(&moved, &mut vec![0.0; at.len()])
            };
            let wanted = (8.0 * (value(1e-3) - value(-1e-3)) - (value(2e-3) - value(-2e-3))) / 12e-3;
            assert!(
                (slope[idx] - wanted).abs() < 1e-7 * (1.0 + wanted.abs()),
                "{idx}: {} {wanted}",
                slope[idx]
            );
        }
    }
}
