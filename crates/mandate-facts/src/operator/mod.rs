//! The service clock as a one-pass operator over Arrow batches: many millions of events at once.
//!
//! Batches of events in any order go in; cases are timed by state alone (running or not, from the
//! opening, going on after a reopening) and summed up by account and month. States of different
//! threads or nodes merge, and later events touch only their own cases. Conditions, exclusions and
//! explanations are in `clock`; the tests hold both to the same figures.

mod cases;
mod groups;
mod packed;

use std::sync::Arc;

use arrow_schema::DataType;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::calendar::Calendar;
use crate::event::StateClass;
use crate::instant::Instant;

pub use cases::{EvaluateError, Evaluated, Refreshed};
pub use groups::{GroupResult, results_schema};
pub use packed::{ClockOperator, Partial};

/// Which event of a case decides its account and its priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseAttributes {
    /// The last one: a case counts where its last event puts it.
    OfLastEvent,
    /// The lowest value of all events, whatever their order.
    Lowest,
}

/// Targets in open seconds for priorities 0 to 15.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriorityTargets {
    // INVARIANT: every target at least 1.
    seconds: [i64; 16],
}

/// A target that is not positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the target of {seconds} s is not positive")]
pub struct TargetNotPositive {
    /// What was given.
    pub seconds: i64,
}

impl PriorityTargets {
    /// `listed` gives priorities 1, 2, ... in order; all others have `otherwise_s`.
    ///
    /// # Errors
    /// [`TargetNotPositive`].
    pub fn new(listed: &[i64], otherwise_s: i64) -> Result<Self, TargetNotPositive> {
        let mut seconds = [otherwise_s; 16];
        for (target, given) in seconds.iter_mut().skip(1).zip(listed) {
            *target = *given;
        }
        match seconds.iter().find(|seconds| **seconds < 1) {
            Some(seconds) => Err(TargetNotPositive { seconds: *seconds }),
            None => Ok(Self { seconds }),
        }
    }

    fn of(&self, priority: u8) -> i64 {
        self.seconds[usize::from(priority & 15)]
    }
}

/// What an operator computes; shared by all its parts.
#[derive(Clone, Debug)]
pub struct OperatorSpec {
    calendar: Arc<Calendar>,
    targets: PriorityTargets,
    attributes: CaseAttributes,
    /// Bit of each state class during which the clock runs.
    running: u16,
    /// First instant of each month, and the month as year * 12 + month - 1 of the first.
    month_starts: Vec<i64>,
    first_month: i32,
}

/// Why an operator cannot be set up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// A calendar too long for 32-bit seconds.
    #[error("the calendar spans {seconds} s; the operator takes at most 136 years")]
    CalendarTooLong {
        /// What it spans.
        seconds: i64,
    },
    /// A zone that the zone database does not hold.
    #[error("no time zone `{zone}`; use an IANA name such as `Europe/Berlin`")]
    UnknownZone {
        /// The name that was given.
        zone: String,
    },
}

impl OperatorSpec {
    /// Puts together what an operator computes.
    ///
    /// # Shapes and units
    /// - `running`: the states in which the clock runs; in all others it stands still.
    /// - `month_zone`: IANA zone whose midnights part the months.
    ///
    /// # Errors
    /// [`SpecError`]: a calendar of more than 136 years, or an unknown zone.
    pub fn new(
        calendar: Arc<Calendar>,
        targets: PriorityTargets,
        running: &[StateClass],
        attributes: CaseAttributes,
        month_zone: &str,
    ) -> Result<Self, SpecError> {
        let seconds = calendar.covers_until().seconds_since(calendar.covers_from());
        if i64::from(u32::MAX) <= seconds {
            return Err(SpecError::CalendarTooLong { seconds });
        }
        let unknown = || SpecError::UnknownZone { zone: month_zone.to_owned() };
        let zone = jiff::tz::TimeZoneDatabase::bundled().get(month_zone).map_err(|_| unknown())?;
        let (month_starts, first_month) = months(&zone, calendar.covers_from(), calendar.covers_until());
        let running = running.iter().fold(0, |bits, state| bits | 1 << state.code());
        Ok(Self { calendar, targets, attributes, running, month_starts, first_month })
    }

    fn runs_in(&self, state: u8) -> bool {
        self.running >> (state & 15) & 1 == 1
    }

    /// The month of an instant of the calendar, as year * 12 + month - 1.
    fn month_of(&self, at: i64) -> i32 {
        let later = self.month_starts.partition_point(|start| *start <= at);
        self.first_month + i32::try_from(later).unwrap_or(i32::MAX) - 1
    }
}

fn months(zone: &TimeZone, from: Instant, until: Instant) -> (Vec<i64>, i32) {
    let date_of = |at: Instant| {
        jiff::Timestamp::from_second(at.0)
            .map_or(Date::constant(1970, 1, 1), |at| zone.to_datetime(at).date())
    };
    let first = date_of(from).first_of_month();
    let mut starts = Vec::new();
    let mut month = first;
    loop {
        let start = zone.to_ambiguous_timestamp(month.at(0, 0, 0, 0)).compatible();
        let start = start.map_or(i64::MAX, |start| start.as_second());
        if until.0 < start {
            break;
        }
        starts.push(start);
        month = month.last_of_month().saturating_add(jiff::SignedDuration::from_hours(24));
    }
    (starts, i32::from(first.year()) * 12 + i32::from(first.month()) - 1)
}

/// Why a batch was refused. Nothing of it was taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// A column that is not there.
    #[error("column `{column}` is missing")]
    MissingColumn {
        /// Its name.
        column: &'static str,
    },
    /// A column of another type.
    #[error("column `{column}` must be {wanted}, not {found}")]
    WrongType {
        /// Its name.
        column: &'static str,
        /// What it should be.
        wanted: DataType,
        /// What it is.
        found: DataType,
    },
    /// A missing value.
    #[error("column `{column}` has missing values")]
    MissingValues {
        /// Its name.
        column: &'static str,
    },
    /// A time the calendar does not cover.
    #[error("row {row}: `{column}` lies outside the calendar")]
    OutsideCalendar {
        /// Row within the batch.
        row: usize,
        /// `ts` or `opened`.
        column: &'static str,
    },
    /// A state nobody mapped.
    #[error("row {row}: state code `{code}` is not mapped to any state class")]
    UnmappedState {
        /// Row within the batch.
        row: usize,
        /// The code.
        code: i8,
    },
    /// A priority outside 0 to 15.
    #[error("row {row}: priority {priority} is outside 0 to 15")]
    Priority {
        /// Row within the batch.
        row: usize,
        /// The priority.
        priority: i8,
    },
}
