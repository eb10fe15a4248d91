//! KPIs: any aggregate over the clocks of many cases, with a filter.
//!
//! A KPI is computed from mergeable partial states, so that months, nodes and threads can be
//! combined in any order with the same result. Figures are exact integers or fractions; only
//! intervals are floating point, and never NaN: too few cases is a value of its own.

mod aggregate;
mod interval;
mod percentile;

pub use aggregate::{KpiState, MergeError, compute};
pub use interval::{Interval, Level, mean_interval, percentile_ranks, wilson_interval};
pub use percentile::{Percent, PercentError, PercentileRule, percentile};

use crate::clock::{ClockKind, ClockResult, Outcome};
use crate::event::{Priority, Symbol};
use crate::instant::Instant;

/// One clock of one case, with what KPIs filter and weigh by: where the case's last event puts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseFact {
    /// Which clock.
    pub clock: ClockKind,
    /// What the clock says.
    pub result: ClockResult,
    /// Priority after the last event.
    pub priority: Priority,
    /// Account the case belongs to.
    pub account: Symbol,
    /// Group that held the case last.
    pub group: Symbol,
    /// Category of the case.
    pub category: Symbol,
    /// Kind of the case.
    pub kind: Symbol,
    /// Instant of the last event: decides the period.
    pub last_event_at: Instant,
}

/// Which cases a KPI looks at; what is `None` is not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only these clocks.
    pub clocks: Option<Vec<ClockKind>>,
    /// Only these priorities.
    pub priorities: Option<Vec<Priority>>,
    /// Only these accounts.
    pub accounts: Option<Vec<Symbol>>,
    /// Only these groups.
    pub groups: Option<Vec<Symbol>>,
    /// Only these categories.
    pub categories: Option<Vec<Symbol>>,
    /// Only these kinds.
    pub kinds: Option<Vec<Symbol>>,
    /// Last event at or after this instant.
    pub from: Option<Instant>,
    /// Last event before this instant.
    pub until: Option<Instant>,
}

impl Filter {
    /// Whether `fact` is looked at.
    pub fn admits(&self, fact: &CaseFact) -> bool {
        fn allows<T: PartialEq>(allowed: Option<&Vec<T>>, value: &T) -> bool {
            allowed.is_none_or(|values| values.contains(value))
        }
        allows(self.clocks.as_ref(), &fact.clock)
            && allows(self.priorities.as_ref(), &fact.priority)
            && allows(self.accounts.as_ref(), &fact.account)
            && allows(self.groups.as_ref(), &fact.group)
            && allows(self.categories.as_ref(), &fact.category)
            && allows(self.kinds.as_ref(), &fact.kind)
            && self.from.is_none_or(|from| from <= fact.last_event_at)
            && self.until.is_none_or(|until| fact.last_event_at < until)
    }
}

/// What is asked of the cases that pass the filter.
///
/// All but `Count` look only at settled clocks: those met or missed. A running clock has no result
/// yet, unless it is already over its target, and then it counts as missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aggregate {
    /// Share of settled clocks within their target.
    ShareWithinTarget,
    /// Share of settled clocks with at most so many counted seconds, whatever their target.
    ShareWithin {
        /// Open seconds allowed.
        seconds: i64,
    },
    /// A percentile of counted seconds.
    Percentile {
        /// Which one.
        percent: Percent,
        /// How it is read between two values.
        rule: PercentileRule,
    },
    /// Mean of counted seconds.
    Mean,
    /// Number of cases, settled or not.
    Count,
    /// Settled clocks that missed, per so many units of something else (users, sites, orders).
    MissedPer {
        /// How many units there are; at least 1.
        units: i64,
    },
    /// Cases per so many units of something else, settled or not.
    CountPer {
        /// How many units there are; at least 1.
        units: i64,
    },
    /// Share within target over a pool in which a case weighs by its priority.
    WeightedPool {
        /// Weight of a case, by priority; priorities not listed weigh nothing.
        weights: Vec<(Priority, u32)>,
    },
}

/// A KPI as it can be computed: a filter and an aggregate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KpiDefinition {
    /// Which cases.
    pub filter: Filter,
    /// What about them.
    pub aggregate: Aggregate,
}

/// Why a definition cannot be computed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    /// A rate per nothing.
    #[error("a rate per `{units}` units cannot be computed; there must be at least one")]
    NoUnits {
        /// What was given.
        units: i64,
    },
    /// A pool in which no case weighs anything.
    #[error("the weighted pool gives no priority a weight")]
    NoWeights,
    /// A target of zero or less.
    #[error("the limit of {seconds} s is not positive")]
    NotPositive {
        /// What was given.
        seconds: i64,
    },
}

impl KpiDefinition {
    /// Checks that the definition can be computed.
    ///
    /// # Errors
    /// [`DefinitionError`]: a rate per zero units, a pool without weights, a limit of zero.
    pub fn check(&self) -> Result<(), DefinitionError> {
        match &self.aggregate {
            Aggregate::MissedPer { units } | Aggregate::CountPer { units } if *units < 1 => {
                Err(DefinitionError::NoUnits { units: *units })
            }
            Aggregate::WeightedPool { weights } if weights.iter().all(|(_, weight)| *weight == 0) => {
                Err(DefinitionError::NoWeights)
            }
            Aggregate::ShareWithin { seconds } if *seconds < 1 => {
                Err(DefinitionError::NotPositive { seconds: *seconds })
            }
            _ => Ok(()),
        }
    }
}

/// A fraction, not reduced; the denominator is at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    /// Above the line.
    pub numerator: i128,
    /// Below the line; at least 1.
    pub denominator: i128,
}

impl Fraction {
    /// Basis points, rounded half up: 10,000 is one.
    pub fn basis_points(self) -> i64 {
        let doubled = self.numerator.saturating_mul(20_000).saturating_add(self.denominator);
        i64::try_from(doubled.div_euclid(self.denominator * 2)).unwrap_or(i64::MAX)
    }

    /// Rounded half up to a whole number.
    pub fn rounded(self) -> i64 {
        let doubled = self.numerator.saturating_mul(2).saturating_add(self.denominator);
        i64::try_from(doubled.div_euclid(self.denominator * 2)).unwrap_or(i64::MAX)
    }

    /// For charts and statistics.
    #[expect(clippy::cast_precision_loss, reason = "a chart needs no more than 53 bits")]
    pub fn as_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }
}

/// The value of a KPI.
#[derive(Clone, Debug, PartialEq)]
pub enum KpiValue {
    /// A share of cases.
    Share {
        /// Cases within target, over cases; weights instead of cases for a weighted pool.
        share: Fraction,
        /// Settled clocks looked at.
        n_cases: u64,
        /// Wilson intervals at 80 and 95 %; `None` for a weighted pool, for which they do not hold.
        intervals: Option<[Interval; 2]>,
    },
    /// Seconds, exact.
    Seconds {
        /// The value.
        seconds: Fraction,
        /// Settled clocks looked at.
        n_cases: u64,
        /// Intervals at 80 and 95 % in seconds; `None` where the sample is too small for that level.
        intervals: [Option<Interval>; 2],
    },
    /// A number of cases.
    Count {
        /// How many.
        n_cases: u64,
    },
    /// Cases per unit.
    Rate {
        /// Cases over units.
        rate: Fraction,
    },
    /// Not enough cases to say anything.
    TooFew {
        /// Cases there were.
        n_cases: u64,
        /// Cases needed.
        needed: u64,
    },
}

/// Whether a clock counts as settled, and then whether it was met.
pub(crate) fn settled(result: &ClockResult) -> Option<bool> {
    match result.outcome {
        Outcome::Met => Some(true),
        Outcome::Missed => Some(false),
        Outcome::Running | Outcome::Cancelled | Outcome::NotApplicable => None,
    }
}
