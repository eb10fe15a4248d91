//! Service levels: what was agreed for a source's cases, in versions; a case keeps the version in force when it opened.
//!
//! A service level without an account is the default of its source; one with an account goes before it. `assumed` marks
//! what a profile proposed and nobody has confirmed. Not here: running the clock (`mandate-facts`).

use jiff::civil::Date;

use super::calendar::Calendar;
use super::source::SourceId;
use crate::id::Id;

/// A service level with all its versions, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceLevel {
    /// Its id.
    pub id: Id<ServiceLevel>,
    /// The firm's own id.
    pub external_id: Option<String>,
    /// The source whose cases it measures.
    pub source_id: SourceId,
    /// The account, or the source's default.
    pub account_id: Option<String>,
    /// The contract it stands in.
    pub contract_id: Option<String>,
    /// The name pages show.
    pub name: String,
    /// What it measures.
    pub clock_kind: ClockKind,
    /// Where it stands in the contract.
    pub clause: String,
    /// Whether a profile proposed it and nobody has confirmed it.
    pub assumed: bool,
    /// Part of the demo book.
    pub demo: bool,
    /// Counts saves.
    pub version: i64,
    /// Versions, oldest first; at least one.
    pub versions: Vec<ServiceLevelVersion>,
}

/// What was agreed from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceLevelVersion {
    /// Its id.
    pub id: Id<ServiceLevelVersion>,
    /// What it says.
    pub terms: ServiceLevelTerms,
}

/// What a version of a service level says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceLevelTerms {
    /// First civil day, in the source's zone, on which a case can open under it.
    pub valid_from: Date,
    /// The calendar whose open seconds count.
    pub calendar_id: Id<Calendar>,
    /// What a reopening does.
    pub reopening: Reopening,
    /// Whether the clock starts at the opening of the case, also when its first event is later.
    pub retroactive_start: bool,
    /// The share of cases to be met, in basis points.
    pub goal_share_bp: i64,
    /// Open seconds allowed, by priority; a priority not listed has no target.
    pub targets: Vec<(u8, i64)>,
}

/// What a clock measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClockKind {
    /// Until somebody first reacts.
    Response,
    /// The longest wait for news.
    Update,
    /// Until the case is solved.
    Resolution,
}

impl ClockKind {
    /// Every kind, in the order pages list them.
    pub const ALL: [Self; 3] = [Self::Response, Self::Update, Self::Resolution];

    /// The word kept in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Response => "response",
            Self::Update => "update",
            Self::Resolution => "resolution",
        }
    }

    /// Reads the word.
    ///
    /// # Errors
    /// [`UnknownWord`] when no kind has it.
    pub fn parse(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or_else(|| UnknownWord::new(word))
    }
}

/// What happens when a case is reopened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reopening {
    /// The first solution is final.
    FirstStop,
    /// The clock goes on: the total time to the lasting solution.
    Total,
}

impl Reopening {
    /// The word kept in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstStop => "first",
            Self::Total => "total",
        }
    }

    /// Reads the word.
    ///
    /// # Errors
    /// [`UnknownWord`] for anything but `first` and `total`.
    pub fn parse(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "first" => Ok(Self::FirstStop),
            "total" => Ok(Self::Total),
            _ => Err(UnknownWord::new(word)),
        }
    }
}

/// A word outside a short list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not among the words allowed here")]
pub struct UnknownWord {
    /// What was given, cut to 40 characters.
    pub word: String,
}

impl UnknownWord {
    pub(crate) fn new(word: &str) -> Self {
        Self { word: word.chars().take(40).collect() }
    }
}

/// What is wrong with terms; a form shows all of them at once.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TermsProblem {
    /// No target at all.
    #[error("this service level has no target; state one for at least one priority")]
    NoTarget,
    /// A target of zero or less, which every case would miss.
    #[error("the target of priority {priority} is {seconds} s; it must be at least one second")]
    NotPositive {
        /// The priority.
        priority: u8,
        /// As given.
        seconds: i64,
    },
    /// More than ten years of open time.
    #[error("the target of priority {priority} is {seconds} s; that is more than ten years")]
    TooLong {
        /// The priority.
        priority: u8,
        /// As given.
        seconds: i64,
    },
    /// A priority with two targets.
    #[error("priority {priority} has two targets")]
    Twice {
        /// The priority.
        priority: u8,
    },
    /// A response clock that goes on when the case is reopened: the first reaction was given once, and what comes after it
    /// is no response. It would count the wait for the solution as a late reaction.
    #[error("a response is given once: choose `first` for what a reopening does")]
    ResponseGoesOn,
    /// A goal that is no share.
    #[error("the goal of {goal_share_bp} basis points is not a share above 0 and up to 100 %")]
    Goal {
        /// As given.
        goal_share_bp: i64,
    },
}

/// Ten years.
const LONGEST_TARGET_S: i64 = 315_576_000;

impl ServiceLevelTerms {
    /// Everything that is wrong with these terms for a clock of `kind`; empty when they can be used.
    pub fn problems(&self, kind: ClockKind) -> Vec<TermsProblem> {
        let mut problems = vec![];
        if kind == ClockKind::Response && self.reopening == Reopening::Total {
            problems.push(TermsProblem::ResponseGoesOn);
        }
        if self.targets.is_empty() {
            problems.push(TermsProblem::NoTarget);
        }
        for (idx, (priority, seconds)) in self.targets.iter().copied().enumerate() {
            if seconds <= 0 {
                problems.push(TermsProblem::NotPositive { priority, seconds });
            }
            if LONGEST_TARGET_S < seconds {
                problems.push(TermsProblem::TooLong { priority, seconds });
            }
            if self.targets[..idx].iter().any(|(earlier, _)| *earlier == priority) {
                problems.push(TermsProblem::Twice { priority });
            }
        }
        if !(1..=10_000).contains(&self.goal_share_bp) {
            problems.push(TermsProblem::Goal { goal_share_bp: self.goal_share_bp });
        }
        problems
    }
}

impl ServiceLevel {
    /// The version in force for a case opened on `day`; `None` before the first.
    pub fn version_on(&self, day: Date) -> Option<&ServiceLevelVersion> {
        self.versions.iter().rev().find(|version| version.terms.valid_from <= day)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn terms() -> ServiceLevelTerms {
        ServiceLevelTerms {
            valid_from: date(2026, 1, 1),
            calendar_id: Id::new(crate::Instant::from_seconds(0), 1),
            reopening: Reopening::Total,
            retroactive_start: true,
            goal_share_bp: 9_500,
            targets: vec![(1, 14_400), (2, 28_800)],
        }
    }

    #[test]
    fn a_target_of_zero_is_refused() {
        let zero = ServiceLevelTerms { targets: vec![(1, 0), (1, 60)], goal_share_bp: 0, ..terms() };
        let expected = [
            TermsProblem::NotPositive { priority: 1, seconds: 0 },
            TermsProblem::Twice { priority: 1 },
            TermsProblem::Goal { goal_share_bp: 0 },
        ];
        assert_eq!(zero.problems(ClockKind::Resolution), expected);
        assert_eq!(terms().problems(ClockKind::Resolution), []);
        let none = ServiceLevelTerms { targets: vec![], ..terms() };
        assert_eq!(none.problems(ClockKind::Update), [TermsProblem::NoTarget]);
    }

    #[test]
    fn a_response_does_not_go_on_after_a_reopening() {
        assert_eq!(terms().problems(ClockKind::Response), [TermsProblem::ResponseGoesOn]);
        let first = ServiceLevelTerms { reopening: Reopening::FirstStop, ..terms() };
        assert_eq!(first.problems(ClockKind::Response), []);
    }
}
