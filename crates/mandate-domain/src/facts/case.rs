//! Cases: what a source reported of each, what our clocks say, and why the two differ.
//!
//! The reported result is the source's own flag on the case's last event; our clock's result follows from a service
//! level. Neither is ever computed from the other. Where they differ, the reasons state what our clock counted and
//! left out; why the source set its flag is not known, and no reason claims to know it.

use super::source::{SourceId, StateClass};
use crate::clock::Instant;
use crate::id::Id;
use crate::month::Month;

/// What a clock says about a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Within the target.
    Met,
    /// Over the target.
    Missed,
    /// Not ended, within the target.
    Running,
    /// The case was withdrawn.
    Cancelled,
    /// No service level, no target, or the clock never started.
    NotMeasured,
}

impl Outcome {
    /// Every outcome, those that need attention first.
    pub const ALL: [Self; 5] = [Self::Missed, Self::Running, Self::Met, Self::Cancelled, Self::NotMeasured];

    /// The word kept in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "missed",
            Self::Running => "running",
            Self::Cancelled => "cancelled",
            Self::NotMeasured => "not_measured",
        }
    }

    /// Reads the word; anything else is "not measured".
    pub fn parse(word: &str) -> Self {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == word).unwrap_or(Self::NotMeasured)
    }

    /// Whether it is a result: met or missed.
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Met | Self::Missed)
    }
}

/// One case: where its last event puts it, what the source reported, what our clocks say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryCase {
    /// The source.
    pub source_id: SourceId,
    /// The case in the source's own words; the record's id is `<source>:<case_ref>`.
    pub case_ref: String,
    /// The account; `None` when not stated.
    pub account_id: Option<String>,
    /// The account in the source's own words; empty when not stated.
    pub account_ref: String,
    /// The team that held it last.
    pub team_id: Option<String>,
    /// That team in the source's own words.
    pub group_ref: String,
    /// 1 is the most urgent; 0 not stated.
    pub priority: i64,
    /// Category in the source's own words.
    pub category: String,
    /// Kind of the case's last event that has one.
    pub kind: String,
    /// Its present state.
    pub state_class: StateClass,
    /// When it was opened.
    pub opened_at: Instant,
    /// Its last event; decides its month.
    pub last_event_at: Instant,
    /// When the source says it was resolved.
    pub resolved_at: Option<Instant>,
    /// When the source says it was closed.
    pub closed_at: Option<Instant>,
    /// Month of its last event, in the source's zone.
    pub month: Month,
    /// Events.
    pub n_events: i64,
    /// Events that carry the source's flag.
    pub n_events_flagged: i64,
    /// Events whose flag says "met".
    pub n_events_met: i64,
    /// How often it was reopened after a solution.
    pub n_reopened: i64,
    /// How often it changed hands between groups.
    pub n_reassigned: i64,
    /// The source's flag on its last event that carries one.
    pub reported_met: Option<bool>,
    /// Our resolution clock.
    pub clock: ClockFigures,
    /// Our response clock: outcome and counted seconds.
    pub response: (Outcome, i64),
    /// Our update clock: outcome and counted seconds of the longest wait.
    pub update: (Outcome, i64),
    /// The service level of the resolution clock.
    pub service_level_id: Option<String>,
}

/// The figures of a resolution clock; open cases are counted up to their last event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockFigures {
    /// The result.
    pub outcome: Outcome,
    /// Open seconds counted.
    pub counted_s: i64,
    /// Open seconds allowed.
    pub target_s: Option<i64>,
    /// When the first second over the target was counted.
    pub breached_at: Option<Instant>,
    /// When the target will be used up, while the clock runs within it.
    pub due_at: Option<Instant>,
    /// When the clock stopped for good, as far as is known.
    pub stopped_at: Option<Instant>,
    /// Wall seconds paused while awaiting somebody.
    pub paused_s: i64,
    /// Wall seconds outside opening hours.
    pub closed_hours_s: i64,
    /// Open seconds both sides agreed not to count.
    pub excluded_s: i64,
    /// What the result would be without any exclusion.
    pub without_exclusions: Outcome,
}

impl ClockFigures {
    /// A case that no clock measures.
    pub const NOT_MEASURED: Self = Self {
        outcome: Outcome::NotMeasured,
        counted_s: 0,
        target_s: None,
        breached_at: None,
        due_at: None,
        stopped_at: None,
        paused_s: 0,
        closed_hours_s: 0,
        excluded_s: 0,
        without_exclusions: Outcome::NotMeasured,
    };
}

impl DeliveryCase {
    /// Its id.
    pub fn id(&self) -> String {
        case_id(&self.source_id, &self.case_ref)
    }

    /// Whether the reported result and our clock's are both known and differ.
    pub fn differs(&self) -> bool {
        differs(self.reported_met, self.clock.outcome)
    }
}

/// The id of a case.
pub fn case_id(source: &SourceId, case_ref: &str) -> String {
    format!("{source}:{case_ref}")
}

/// Whether a reported result and our clock's are both known and differ.
pub fn differs(reported_met: Option<bool>, outcome: Outcome) -> bool {
    match (reported_met, outcome) {
        (Some(met), Outcome::Met) => !met,
        (Some(met), Outcome::Missed) => met,
        _ => false,
    }
}

/// Something that bears on why the two results differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DifferenceReason {
    /// The source gives a flag and no derivation: its target, calendar and pauses are not known.
    SourceGivesNoDerivation,
    /// Even every hour of day and night between opening and solution is within our target.
    WholeTimeWithinTarget {
        /// Wall seconds from opening to stop.
        wall_s: i64,
        /// Our target.
        target_s: i64,
    },
    /// Time awaiting somebody was not counted; with it the target would be passed.
    PausesNotCounted {
        /// Wall seconds.
        paused_s: i64,
    },
    /// Time outside opening hours was not counted; with it the target would be passed.
    ClosedHoursNotCounted {
        /// Wall seconds.
        closed_hours_s: i64,
    },
    /// Time was left out by agreement; with it the target would be passed.
    ExcludedByAgreement {
        /// Open seconds.
        excluded_s: i64,
    },
    /// None of what was left out passes the target alone; together it does.
    OnlyTogetherOverTarget {
        /// Wall seconds from opening to stop.
        wall_s: i64,
        /// Our target.
        target_s: i64,
    },
    /// More open seconds were counted than our target allows.
    OverTarget {
        /// Counted.
        counted_s: i64,
        /// Allowed.
        target_s: i64,
    },
    /// The case is not solved and its target passed, after its last event.
    OpenPastTarget {
        /// Allowed.
        target_s: i64,
    },
    /// Time after a reopening was counted too.
    ReopeningCounted {
        /// How often the case was reopened.
        n_reopened: i64,
    },
    /// The target comes from a service level that nobody has confirmed.
    ServiceLevelAssumed,
}

/// What bears on the difference between the reported result and our clock's, plainest first; empty when they agree.
pub fn difference_reasons(case: &DeliveryCase, assumed: bool) -> Vec<DifferenceReason> {
    if !case.differs() {
        return vec![];
    }
    let clock = &case.clock;
    let target_s = clock.target_s.unwrap_or(0);
    let mut reasons = vec![];
    if clock.outcome == Outcome::Missed {
        // What is kept was counted up to the last event; a target can pass without one.
        reasons.push(if target_s < clock.counted_s {
            DifferenceReason::OverTarget { counted_s: clock.counted_s, target_s }
        } else {
            DifferenceReason::OpenPastTarget { target_s }
        });
        if 0 < case.n_reopened {
            reasons.push(DifferenceReason::ReopeningCounted { n_reopened: case.n_reopened });
        }
    } else {
        reasons.extend(left_out(case, target_s));
    }
    reasons.push(DifferenceReason::SourceGivesNoDerivation);
    if assumed {
        reasons.push(DifferenceReason::ServiceLevelAssumed);
    }
    reasons
}

/// Why our clock stayed within the target although the source says missed.
fn left_out(case: &DeliveryCase, target_s: i64) -> Vec<DifferenceReason> {
    let clock = &case.clock;
    let end = clock.stopped_at.unwrap_or(case.last_event_at);
    let wall_s = end.seconds().saturating_sub(case.opened_at.seconds());
    if wall_s <= target_s {
        return vec![DifferenceReason::WholeTimeWithinTarget { wall_s, target_s }];
    }
    let passes = |more_s: i64| 0 < more_s && target_s < clock.counted_s.saturating_add(more_s);
    let mut reasons = vec![];
    if passes(clock.paused_s) {
        reasons.push(DifferenceReason::PausesNotCounted { paused_s: clock.paused_s });
    }
    if passes(clock.closed_hours_s) {
        reasons.push(DifferenceReason::ClosedHoursNotCounted { closed_hours_s: clock.closed_hours_s });
    }
    if passes(clock.excluded_s) {
        reasons.push(DifferenceReason::ExcludedByAgreement { excluded_s: clock.excluded_s });
    }
    if reasons.is_empty() {
        reasons.push(DifferenceReason::OnlyTogetherOverTarget { wall_s, target_s });
    }
    reasons
}

/// Marks ids of import batches.
#[derive(Clone, Copy, Debug)]
pub struct ImportBatch;

/// The id of the import that brought a file of events.
pub type BatchId = Id<ImportBatch>;

#[cfg(test)]
mod tests {
    use super::*;

    fn case(reported_met: bool, outcome: Outcome) -> DeliveryCase {
        let clock = ClockFigures {
            outcome,
            counted_s: 3_600,
            target_s: Some(14_400),
            stopped_at: Some(Instant::from_seconds(100_000)),
            ..ClockFigures::NOT_MEASURED
        };
        DeliveryCase {
            source_id: SourceId::parse("desk").expect("a source"),
            case_ref: "INC1".to_owned(),
            account_id: None,
            account_ref: String::new(),
            team_id: None,
            group_ref: String::new(),
            priority: 1,
            category: String::new(),
            kind: String::new(),
            state_class: StateClass::Closed,
            opened_at: Instant::from_seconds(0),
            last_event_at: Instant::from_seconds(100_000),
            resolved_at: None,
            closed_at: None,
            month: Month::parse("1970-01").expect("a month"),
            n_events: 2,
            n_events_flagged: 2,
            n_events_met: 1,
            n_reopened: 0,
            n_reassigned: 0,
            reported_met: Some(reported_met),
            clock,
            response: (Outcome::NotMeasured, 0),
            update: (Outcome::NotMeasured, 0),
            service_level_id: None,
        }
    }

    #[test]
    fn agreement_and_unknown_results_have_no_difference() {
        assert!(difference_reasons(&case(true, Outcome::Met), true).is_empty());
        assert!(difference_reasons(&case(true, Outcome::Running), true).is_empty());
        assert!(!case(false, Outcome::Cancelled).differs());
        assert_eq!(case(false, Outcome::Met).id(), "desk:INC1");
    }

    #[test]
    fn time_left_out_is_named_only_when_it_would_pass_the_target() {
        let mut met = case(false, Outcome::Met);
        met.clock.paused_s = 10_000;
        met.clock.closed_hours_s = 86_400;
        let expected = [
            DifferenceReason::ClosedHoursNotCounted { closed_hours_s: 86_400 },
            DifferenceReason::SourceGivesNoDerivation,
        ];
        assert_eq!(difference_reasons(&met, false), expected);
        met.clock.stopped_at = Some(Instant::from_seconds(7_200));
        let expected = [
            DifferenceReason::WholeTimeWithinTarget { wall_s: 7_200, target_s: 14_400 },
            DifferenceReason::SourceGivesNoDerivation,
            DifferenceReason::ServiceLevelAssumed,
        ];
        assert_eq!(difference_reasons(&met, true), expected);
    }

    #[test]
    fn a_case_we_missed_says_by_how_much() {
        let mut missed = case(true, Outcome::Missed);
        missed.clock.counted_s = 20_000;
        missed.n_reopened = 1;
        let reasons = difference_reasons(&missed, false);
        assert_eq!(reasons[0], DifferenceReason::OverTarget { counted_s: 20_000, target_s: 14_400 });
        assert_eq!(reasons[1], DifferenceReason::ReopeningCounted { n_reopened: 1 });
        // Two hours were counted when something last happened; the target of four passed since.
        missed.clock.counted_s = 7_200;
        assert_eq!(
            difference_reasons(&missed, false)[0],
            DifferenceReason::OpenPastTarget { target_s: 14_400 }
        );
    }
}
