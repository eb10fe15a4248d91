//! What of a case measures look at: its three clocks, the source's flag, where filters find it.

use crate::Month;
use crate::facts::case_filter::CasePlace;
use crate::facts::kpi::MeasuredClock;

/// How a clock of a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockFigure {
    /// Met or missed; `None` while it runs, and when there is no result to come.
    pub met: Option<bool>,
    /// Still running within its target.
    pub running: bool,
    /// Open seconds counted.
    pub seconds: i64,
}

/// What of a case measures look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasuredCase {
    /// Its id.
    pub id: String,
    /// The source's own id.
    pub case_ref: String,
    /// The source it came from.
    pub source_id: String,
    /// The month it counts for.
    pub month: Month,
    /// Priority, 0 when not stated.
    pub priority: u8,
    /// Group that held it last.
    pub group: String,
    /// Our team behind that group.
    pub team_id: Option<String>,
    /// Category.
    pub category: String,
    /// Kind.
    pub kind: String,
    /// The resolution clock.
    pub resolution: ClockFigure,
    /// Its target.
    pub target_s: Option<i64>,
    /// The resolution clock's result if nothing had been excluded.
    pub met_without_exclusions: Option<bool>,
    /// Open seconds left out by agreement.
    pub excluded_s: i64,
    /// The response clock.
    pub response: ClockFigure,
    /// The update clock.
    pub update: ClockFigure,
    /// The source's own flag.
    pub reported_met: Option<bool>,
    /// How often it was reopened.
    pub n_reopened: i64,
    /// How often it changed hands.
    pub n_reassigned: i64,
    /// Whether the source and our clock disagree.
    pub differs: bool,
}

impl MeasuredCase {
    /// The clock a measure reads.
    pub const fn clock(&self, clock: MeasuredClock) -> ClockFigure {
        match clock {
            MeasuredClock::Resolution => self.resolution,
            MeasuredClock::Response => self.response,
            MeasuredClock::Update => self.update,
        }
    }

    /// Where filters find it.
    pub fn place(&self) -> CasePlace<'_> {
        CasePlace {
            priority: self.priority,
            group: &self.group,
            team: self.team_id.as_deref(),
            category: &self.category,
            kind: &self.kind,
        }
    }

    /// The same case as it would stand if nothing had been excluded.
    #[must_use]
    pub fn without_exclusions(mut self) -> Self {
        if self.excluded_s > 0 {
            let met = self.met_without_exclusions;
            self.resolution =
                ClockFigure { met, seconds: self.resolution.seconds + self.excluded_s, ..self.resolution };
        }
        self
    }
}
