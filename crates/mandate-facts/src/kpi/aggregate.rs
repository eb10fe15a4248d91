//! Partial states of a KPI: take a case, merge two states, give the value.

use super::interval::{Interval, Level, mean_interval, percentile_ranks, wilson_interval};
use super::percentile::percentile;
use super::{Aggregate, CaseFact, DefinitionError, Fraction, KpiDefinition, KpiValue, settled};

/// What is known of a KPI after some of its cases.
///
/// States of disjoint sets of cases merge in any order to the state of all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KpiState {
    definition: KpiDefinition,
    n_cases: u64,
    n_settled: u64,
    n_within: u64,
    weight_total: i128,
    weight_within: i128,
    sum_s: i128,
    sum_squares: i128,
    /// Counted seconds, kept only for percentiles.
    seconds: Vec<i64>,
}

/// Two states of different KPIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("states of two different KPIs cannot be merged")]
pub struct MergeError;

/// The value of a KPI over all of `facts`.
///
/// # Shapes and units
/// `facts`: any number, in any order, at most one per case and clock.
///
/// # Errors
/// [`DefinitionError`] when the definition cannot be computed.
///
/// # Source
/// See [`percentile`], [`wilson_interval`], [`percentile_ranks`] and [`mean_interval`]; worked:
/// `docs/methods/facts-kpi.md`.
pub fn compute(definition: &KpiDefinition, facts: &[CaseFact]) -> Result<KpiValue, DefinitionError> {
    let mut state = KpiState::new(definition.clone())?;
    for fact in facts {
        state.take(fact);
    }
    Ok(state.value())
}

impl KpiState {
    /// A state that has seen no case.
    ///
    /// # Errors
    /// [`DefinitionError`] when the definition cannot be computed.
    pub fn new(definition: KpiDefinition) -> Result<Self, DefinitionError> {
        definition.check()?;
        Ok(Self {
            definition,
            n_cases: 0,
            n_settled: 0,
            n_within: 0,
            weight_total: 0,
            weight_within: 0,
            sum_s: 0,
            sum_squares: 0,
            seconds: Vec::new(),
        })
    }

    /// Takes one case; a case the filter does not admit changes nothing.
    pub fn take(&mut self, fact: &CaseFact) {
        if !self.definition.filter.admits(fact) {
            return;
        }
        self.n_cases += 1;
        let Some(met) = settled(&fact.result) else { return };
        let elapsed_s = fact.result.elapsed_s;
        let within = match self.definition.aggregate {
            Aggregate::ShareWithin { seconds } => elapsed_s <= seconds,
            _ => met,
        };
        self.n_settled += 1;
        self.n_within += u64::from(within);
        self.sum_s += i128::from(elapsed_s);
        self.sum_squares += i128::from(elapsed_s) * i128::from(elapsed_s);
        match &self.definition.aggregate {
            Aggregate::Percentile { .. } => self.seconds.push(elapsed_s),
            Aggregate::WeightedPool { weights } => {
                let listed = weights.iter().find(|(priority, _)| *priority == fact.priority);
                let weight = listed.map_or(0, |(_, weight)| i128::from(*weight));
                self.weight_total += weight;
                self.weight_within += if met { weight } else { 0 };
            }
            _ => {}
        }
    }

    /// Adds what `other` knows of other cases.
    ///
    /// # Errors
    /// [`MergeError`] when the states belong to different definitions.
    pub fn merge(&mut self, other: &Self) -> Result<(), MergeError> {
        if self.definition != other.definition {
            return Err(MergeError);
        }
        self.n_cases += other.n_cases;
        self.n_settled += other.n_settled;
        self.n_within += other.n_within;
        self.weight_total += other.weight_total;
        self.weight_within += other.weight_within;
        self.sum_s += other.sum_s;
        self.sum_squares += other.sum_squares;
        self.seconds.extend_from_slice(&other.seconds);
        Ok(())
    }

    /// The value as far as cases were taken.
    pub fn value(&self) -> KpiValue {
        match &self.definition.aggregate {
            Aggregate::Count => KpiValue::Count { n_cases: self.n_cases },
            Aggregate::CountPer { units } => KpiValue::Rate { rate: fraction(self.n_cases, *units) },
            Aggregate::MissedPer { units } => {
                KpiValue::Rate { rate: fraction(self.n_settled - self.n_within, *units) }
            }
            Aggregate::WeightedPool { .. } if self.weight_total > 0 => KpiValue::Share {
                share: Fraction { numerator: self.weight_within, denominator: self.weight_total },
                n_cases: self.n_settled,
                intervals: None,
            },
            Aggregate::ShareWithinTarget | Aggregate::ShareWithin { .. } if self.n_settled > 0 => {
                self.share()
            }
            Aggregate::Mean if self.n_settled > 0 => self.mean(),
            Aggregate::Percentile { .. } if self.n_settled > 0 => self.percentile(),
            _ => KpiValue::TooFew { n_cases: self.n_settled, needed: self.n_settled + 1 },
        }
    }

    fn share(&self) -> KpiValue {
        let interval = |level| wilson_interval(self.n_within, self.n_settled, level);
        let intervals = interval(Level::Eighty).zip(interval(Level::NinetyFive));
        KpiValue::Share {
            share: Fraction { numerator: self.n_within.into(), denominator: self.n_settled.into() },
            n_cases: self.n_settled,
            intervals: intervals.map(|(eighty, ninety_five)| [eighty, ninety_five]),
        }
    }

    fn mean(&self) -> KpiValue {
        let n_cases = self.n_settled;
        KpiValue::Seconds {
            seconds: Fraction { numerator: self.sum_s, denominator: n_cases.into() },
            n_cases,
            intervals: Level::BOTH.map(|level| mean_interval(self.sum_s, self.sum_squares, n_cases, level)),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "seconds above 2^53 do not occur")]
    fn percentile(&self) -> KpiValue {
        let n_cases = self.n_settled;
        let Aggregate::Percentile { percent, rule } = self.definition.aggregate else {
            return KpiValue::TooFew { n_cases, needed: n_cases + 1 };
        };
        let mut sorted = self.seconds.clone();
        sorted.sort_unstable();
        let Some(seconds) = percentile(&sorted, percent, rule) else {
            return KpiValue::TooFew { n_cases, needed: 1 };
        };
        let intervals = Level::BOTH.map(|level| {
            let (low, high) = percentile_ranks(sorted.len(), percent, level)?;
            Some(Interval { low: sorted[low] as f64, high: sorted[high] as f64 })
        });
        KpiValue::Seconds { seconds, n_cases, intervals }
    }
}

fn fraction(count: u64, units: i64) -> Fraction {
    Fraction { numerator: count.into(), denominator: units.into() }
}
