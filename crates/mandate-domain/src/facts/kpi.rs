//! Measures (KPIs): what is computed over the clocks of cases, against which target, from which month on.
//!
//! A definition has versions by month: the version valid in a month gives that month's value for ever, so history is
//! never restated. Targets and values are micro units: a share of 95 % is 950,000, ten seconds are 10,000,000, three
//! cases 3,000,000. Not here: the arithmetic over cases (the engine, called by `mandate-app`).

use std::fmt;

use crate::book::{Account, Person};
use crate::facts::case_filter::CaseFilter;
pub use crate::facts::measured_case::{ClockFigure, MeasuredCase};
pub use crate::words::WordError;
pub(crate) use crate::words::words;
use crate::{Id, Month};

/// Below so many cases a month has a value, but no verdict.
pub const FEWEST_CASES: i64 = 5;
/// Micro units of one.
pub const MICRO: i64 = 1_000_000;

/// Which clock of a case a measure reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MeasuredClock {
    /// Until the case is solved.
    Resolution,
    /// Until somebody first reacts.
    Response,
    /// The longest wait for news.
    Update,
}

words!(MeasuredClock { Resolution => "resolution", Response => "response", Update => "update" });

/// Which way is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// At least the target.
    HigherIsBetter,
    /// At most the target.
    LowerIsBetter,
}

words!(Direction { HigherIsBetter => "higher", LowerIsBetter => "lower" });

/// How often the measure is gone through with the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cadence {
    /// Every month.
    Monthly,
    /// Every quarter.
    Quarterly,
    /// Twice a year.
    HalfYearly,
}

words!(Cadence { Monthly => "monthly", Quarterly => "quarterly", HalfYearly => "half_yearly" });

/// Something of cases that can be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counted {
    /// All cases.
    Cases,
    /// Cases whose clock has a result.
    Settled,
    /// Cases that missed their target.
    Missed,
    /// Cases that were reopened at least once.
    Reopened,
    /// Hand-overs between groups.
    Reassigned,
    /// Cases on which the source and our clock disagree.
    Differing,
}

words!(Counted {
    Cases => "cases",
    Settled => "settled",
    Missed => "missed",
    Reopened => "reopened",
    Reassigned => "reassigned",
    Differing => "differing",
});

/// What is asked of the cases that pass the filter.
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
        /// 1 to 99.
        percent: u8,
    },
    /// Mean of counted seconds.
    Mean,
    /// Number of cases.
    Count,
    /// One count per so many of another, such as reopened per 100 cases.
    Rate {
        /// What is counted.
        of: Counted,
        /// What it is set against.
        over: Counted,
        /// How many of the latter: 1, 100, 1,000.
        scale: i64,
    },
    /// One count per so many units that are no cases, such as cases per 1,000 users.
    PerUnits {
        /// What is counted.
        of: Counted,
        /// Units there are, in the words of the contract.
        units: i64,
    },
    /// Share within target in which a case weighs by its priority.
    WeightedPool {
        /// Weight by priority; priorities that are not listed weigh nothing.
        weights: Vec<(u8, u32)>,
    },
}

/// The unit of a measure's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A share between 0 and 1.
    Share,
    /// Seconds.
    Seconds,
    /// Cases, or cases per something.
    Count,
}

/// Why a definition cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    /// No such way to sum up.
    #[error("`{word}` is not a way to sum up cases")]
    UnknownAggregate {
        /// What was given.
        word: String,
    },
    /// The number that belongs to the aggregate is missing or out of range.
    #[error("this way to sum up needs a number from {least} to {most}")]
    Parameter {
        /// Smallest.
        least: i64,
        /// Largest.
        most: i64,
    },
    /// A pool in which no case weighs anything, or weights that cannot be read.
    #[error("`{text}` gives no weights; write priority=weight, such as 1=4,2=2,3=1")]
    Weights {
        /// What was given.
        text: String,
    },
    /// A target outside what the value can be.
    #[error("a target of {target_micro} micro units is outside what this measure can reach")]
    Target {
        /// What was given.
        target_micro: i64,
    },
}

impl DefinitionError {
    /// The form field it is about.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::UnknownAggregate { .. } => "aggregate",
            Self::Parameter { .. } => "parameter",
            Self::Weights { .. } => "weights",
            Self::Target { .. } => "target",
        }
    }
}

/// A parameter above any real one: 100 years of seconds, a billion units.
const MOST_PARAMETER: i64 = 3_155_760_000;

impl Aggregate {
    /// Reads the two columns of a table.
    ///
    /// # Errors
    /// [`DefinitionError`] saying what does not fit.
    pub fn parse(word: &str, parameter: Option<i64>) -> Result<Self, DefinitionError> {
        let unknown = || DefinitionError::UnknownAggregate { word: word.chars().take(40).collect() };
        let number = |least: i64, most: i64| match parameter {
            Some(number) if (least..=most).contains(&number) => Ok(number),
            _ => Err(DefinitionError::Parameter { least, most }),
        };
        let counted = |word: &str| Counted::parse(word).map_err(|_| unknown());
        let (kind, rest) = word.split_once(':').unwrap_or((word, ""));
        match (kind, rest) {
            ("share_within_target", "") => Ok(Self::ShareWithinTarget),
            ("share_within", "") => Ok(Self::ShareWithin { seconds: number(1, MOST_PARAMETER)? }),
            ("percentile", "") => {
                let percent = u8::try_from(number(1, 99)?).map_err(|_| unknown())?;
                Ok(Self::Percentile { percent })
            }
            ("mean", "") => Ok(Self::Mean),
            ("count", "") => Ok(Self::Count),
            ("rate", rest) => {
                let (of, over) = rest.split_once(':').ok_or_else(unknown)?;
                Ok(Self::Rate { of: counted(of)?, over: counted(over)?, scale: number(1, MOST_PARAMETER)? })
            }
            ("per_units", of) => Ok(Self::PerUnits { of: counted(of)?, units: number(1, MOST_PARAMETER)? }),
            ("weighted_pool", weights) => Ok(Self::WeightedPool { weights: parse_weights(weights)? }),
            _ => Err(unknown()),
        }
    }

    /// The word kept in tables.
    pub fn word(&self) -> String {
        match self {
            Self::Rate { of, over, .. } => format!("rate:{}:{}", of.as_str(), over.as_str()),
            Self::PerUnits { of, .. } => format!("per_units:{}", of.as_str()),
            Self::WeightedPool { weights } => {
                let weights: Vec<String> =
                    weights.iter().map(|(priority, weight)| format!("{priority}={weight}")).collect();
                format!("weighted_pool:{}", weights.join(","))
            }
            _ => self.kind().to_owned(),
        }
    }

    /// Which of the ways to sum up it is, without its numbers: the choice of the form.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ShareWithinTarget => "share_within_target",
            Self::ShareWithin { .. } => "share_within",
            Self::Percentile { .. } => "percentile",
            Self::Mean => "mean",
            Self::Count => "count",
            Self::Rate { .. } => "rate",
            Self::PerUnits { .. } => "per_units",
            Self::WeightedPool { .. } => "weighted_pool",
        }
    }

    /// Every kind, in the order of the form.
    pub const KINDS: [&'static str; 8] = [
        "share_within_target",
        "share_within",
        "percentile",
        "mean",
        "count",
        "rate",
        "per_units",
        "weighted_pool",
    ];

    /// The number kept beside the word.
    pub const fn parameter(&self) -> Option<i64> {
        match self {
            Self::ShareWithin { seconds } => Some(*seconds),
            Self::Percentile { percent } => Some(*percent as i64),
            Self::Rate { scale, .. } => Some(*scale),
            Self::PerUnits { units, .. } => Some(*units),
            Self::ShareWithinTarget | Self::Mean | Self::Count | Self::WeightedPool { .. } => None,
        }
    }

    /// The unit of its value.
    pub const fn unit(&self) -> Unit {
        match self {
            Self::ShareWithinTarget | Self::ShareWithin { .. } | Self::WeightedPool { .. } => Unit::Share,
            Self::Percentile { .. } | Self::Mean => Unit::Seconds,
            Self::Count | Self::Rate { .. } | Self::PerUnits { .. } => Unit::Count,
        }
    }

    /// Whether few cases leave the value in doubt; a count is what it is.
    pub const fn needs_cases(&self) -> bool {
        !matches!(self, Self::Count | Self::PerUnits { .. })
    }
}

fn parse_weights(text: &str) -> Result<Vec<(u8, u32)>, DefinitionError> {
    let bad = || DefinitionError::Weights { text: text.chars().take(40).collect() };
    let mut weights: Vec<(u8, u32)> = vec![];
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (priority, weight) = part.split_once('=').ok_or_else(bad)?;
        let priority: u8 = priority.trim().parse().map_err(|_| bad())?;
        let weight: u32 = weight.trim().parse().map_err(|_| bad())?;
        if priority > 9 || weight > 1_000_000 || weights.iter().any(|(known, _)| *known == priority) {
            return Err(bad());
        }
        weights.push((priority, weight));
    }
    weights.sort_unstable();
    if weights.iter().all(|(_, weight)| *weight == 0) { Err(bad()) } else { Ok(weights) }
}

/// What a measure computes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KpiDefinition {
    /// Which clock.
    pub clock: MeasuredClock,
    /// What about the cases.
    pub aggregate: Aggregate,
    /// Which way is good.
    pub direction: Direction,
    // INVARIANT: checked by `new`.
    target_micro: Option<i64>,
    /// Which cases.
    pub filter: CaseFilter,
}

impl KpiDefinition {
    /// # Errors
    /// [`DefinitionError::Target`] when no value could lie on both sides of the target.
    pub fn new(
        clock: MeasuredClock,
        aggregate: Aggregate,
        direction: Direction,
        target_micro: Option<i64>,
        filter: CaseFilter,
    ) -> Result<Self, DefinitionError> {
        let largest = if aggregate.unit() == Unit::Share { MICRO } else { MOST_PARAMETER * MICRO };
        match target_micro {
            Some(target_micro) if !(0..=largest).contains(&target_micro) => {
                Err(DefinitionError::Target { target_micro })
            }
            _ => Ok(Self { clock, aggregate, direction, target_micro, filter }),
        }
    }

    /// The target in micro units; without one the measure is only watched.
    pub const fn target_micro(&self) -> Option<i64> {
        self.target_micro
    }

    /// Whether the source's own flag says something about the same thing.
    pub fn is_reported(&self) -> bool {
        self.clock == MeasuredClock::Resolution && self.aggregate == Aggregate::ShareWithinTarget
    }
}

/// A definition in force from a month on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KpiVersion {
    /// Its id.
    pub id: Id<KpiVersion>,
    /// First month it holds for.
    pub valid_from: Month,
    /// What it computes.
    pub definition: KpiDefinition,
}

/// Whose measure it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KpiScope {
    /// One account's.
    Account(Id<Account>),
    /// Every account's, over the cases of one source (its id).
    Source(String),
    /// Every account's, over all cases.
    Everything,
}

/// A measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kpi {
    /// Its id.
    pub id: Id<Kpi>,
    /// The firm's own id.
    pub external_id: Option<String>,
    /// Whose.
    pub scope: KpiScope,
    /// Name, as pages show it.
    pub name: String,
    /// Who of ours answers for it.
    pub owner_person_id: Option<Id<Person>>,
    /// How often it is gone through.
    pub cadence: Cadence,
    /// Proposed by an import rather than agreed in a contract.
    pub assumed: bool,
    /// Part of the demo book.
    pub demo: bool,
    /// Counts saves.
    pub version: i64,
    /// Its definitions, oldest first; at least one.
    pub versions: Vec<KpiVersion>,
}

/// Longest name.
pub const LONGEST_NAME: usize = 120;

/// Why a new definition may not be put in force.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReviseError {
    /// It would change results of the past.
    #[error("the definition in force since {newest} stands; a new one can begin in {earliest} or later")]
    HistoryWouldChange {
        /// Since when the newest holds.
        newest: Month,
        /// First month a new one may begin.
        earliest: Month,
    },
}

/// What a new definition does to the ones there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revision {
    /// It follows the newest.
    Added,
    /// It corrects the newest, under which no result was shown to anyone yet; the id of the one it replaces.
    Corrected(Id<KpiVersion>),
}

impl Kpi {
    /// The definition that holds in `month`, if one does.
    pub fn version_for(&self, month: Month) -> Option<&KpiVersion> {
        self.versions
            .iter()
            .filter(|version| version.valid_from <= month)
            .max_by_key(|version| version.valid_from)
    }

    /// The newest definition.
    pub fn newest(&self) -> Option<&KpiVersion> {
        self.versions.iter().max_by_key(|version| version.valid_from)
    }

    /// What putting a definition in force from `valid_from` would do; `newest_reviewed` is the newest month of which
    /// the client has agreed or contested a result, or for which a credit was proposed.
    ///
    /// # Errors
    /// [`ReviseError::HistoryWouldChange`] when a month that has been reviewed, or one before the newest definition,
    /// would get another value.
    pub fn revise(&self, valid_from: Month, newest_reviewed: Option<Month>) -> Result<Revision, ReviseError> {
        let Some(newest) = self.newest() else { return Ok(Revision::Added) };
        let unreviewed = newest_reviewed.map(|month| month.plus(1));
        let earliest = unreviewed.unwrap_or(newest.valid_from).max(newest.valid_from);
        if valid_from < earliest {
            return Err(ReviseError::HistoryWouldChange { newest: newest.valid_from, earliest });
        }
        if valid_from == newest.valid_from {
            Ok(Revision::Corrected(newest.id.clone()))
        } else {
            Ok(Revision::Added)
        }
    }
}

/// How a month's value stands against its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// On the good side.
    Met,
    /// On the other.
    Missed,
    /// Fewer cases than a verdict needs.
    TooFew,
    /// No target to compare with.
    NoTarget,
    /// No case at all.
    NotMeasured,
}

words!(Verdict {
    Met => "met",
    Missed => "missed",
    TooFew => "too_few",
    NoTarget => "no_target",
    NotMeasured => "not_measured",
});

/// An exact value in the measure's unit; the denominator is at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exact {
    /// Above the line.
    pub numerator: i128,
    /// Below the line.
    pub denominator: i128,
}

impl Exact {
    /// Micro units, rounded half up.
    pub fn micro(self) -> i64 {
        let doubled = self.numerator.saturating_mul(2 * i128::from(MICRO)).saturating_add(self.denominator);
        i64::try_from(doubled.div_euclid(self.denominator * 2)).unwrap_or(i64::MAX)
    }

    /// How it compares with a target in micro units, without rounding: 94.9999996 % is below 95 %.
    pub fn compare(self, target_micro: i64) -> std::cmp::Ordering {
        let value = self.numerator.saturating_mul(i128::from(MICRO));
        value.cmp(&i128::from(target_micro).saturating_mul(self.denominator))
    }
}

/// The value of a measure for an account and month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Cases it rests on.
    pub n: i64,
    /// Of those, the ones counted (within target, missed, reopened); for times the cases again.
    pub numerator: i64,
    /// The value in micro units; `None` without a case.
    pub value_micro: Option<i64>,
    /// Lower end of the 80 % interval.
    pub low_micro: Option<i64>,
    /// Upper end of the 80 % interval.
    pub high_micro: Option<i64>,
    /// What the source's own flag says of the same thing.
    pub reported_micro: Option<i64>,
    /// How it stands against the target.
    pub verdict: Verdict,
}

impl Figure {
    /// Nothing measured.
    pub const NONE: Self = Self {
        n: 0,
        numerator: 0,
        value_micro: None,
        low_micro: None,
        high_micro: None,
        reported_micro: None,
        verdict: Verdict::NotMeasured,
    };
}

/// The verdict on an exact value that rests on `n` cases.
pub fn verdict(definition: &KpiDefinition, value: Option<Exact>, n: i64) -> Verdict {
    let Some(value) = value else { return Verdict::NotMeasured };
    let Some(target_micro) = definition.target_micro else { return Verdict::NoTarget };
    if definition.aggregate.needs_cases() && n < FEWEST_CASES {
        return Verdict::TooFew;
    }
    let wrong_side = match definition.direction {
        Direction::HigherIsBetter => std::cmp::Ordering::Less,
        Direction::LowerIsBetter => std::cmp::Ordering::Greater,
    };
    if value.compare(target_micro) == wrong_side { Verdict::Missed } else { Verdict::Met }
}

/// How many more cases could have missed before a share falls below its target; negative: too many did.
pub fn room_left(figure: &Figure, target_micro: i64) -> i64 {
    let allowed = i128::from(figure.n) * i128::from(MICRO - target_micro) / i128::from(MICRO);
    i64::try_from(allowed).unwrap_or(i64::MAX) - (figure.n - figure.numerator)
}

impl fmt::Display for KpiScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(id) => write!(f, "account {id}"),
            Self::Source(id) => write!(f, "source {id}"),
            Self::Everything => f.write_str("all accounts"),
        }
    }
}

#[cfg(test)]
#[path = "kpi_tests.rs"]
mod tests;
