//! What a clock did, step by step, so that a figure can be checked by hand.
//!
//! Steps carry values, not sentences: pages translate them. The wall seconds of all steps are the
//! time from start to end; their counted seconds are the clock's elapsed value. [`Explanation`]
//! also shows itself in plain English, for the command line.

use std::fmt;

use crate::clock::ClockResult;
use crate::event::StateClass;
use crate::exclusion::ExclusionReason;
use crate::instant::Instant;

/// What happened during a step, or at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The clock started (no duration).
    Started,
    /// The clock ran, within the target.
    Ran,
    /// The first second over the target was about to be counted (no duration).
    Breached,
    /// The clock ran, over the target.
    RanOverTarget,
    /// The clock stood still because of the state the case was in.
    Paused {
        /// That state.
        state: StateClass,
    },
    /// The clock ran, but both sides agreed not to count it.
    Excluded {
        /// Why.
        reason: ExclusionReason,
    },
    /// The clock was stopped (no duration).
    Stopped,
    /// Time between a stop and a reopening.
    StoodStopped,
    /// The case was reopened and the clock went on (no duration).
    Reopened,
    /// Time that a later reset dropped.
    Dropped,
    /// The clock was set back to zero (no duration).
    Reset,
    /// The case was cancelled (no duration).
    Cancelled,
    /// The moment asked about, with the clock not stopped (no duration).
    AsOf,
}

/// One step of an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Begin of the step.
    pub from: Instant,
    /// End of the step; equal to `from` for a mark.
    pub to: Instant,
    /// What happened.
    pub what: What,
    /// Seconds of the step that the clock counted.
    pub counted_s: i64,
    /// Wall seconds of the step that it did not count.
    pub not_counted_s: i64,
    /// What the clock showed after the step.
    pub clock_after_s: i64,
}

/// A result and the steps that lead to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The result.
    pub result: ClockResult,
    /// The steps, in order. For an update clock: of the longest wait, which decides.
    pub steps: Vec<Step>,
}

/// Shows seconds as `1 h 2 min 3 s`, without the parts that are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duration(pub i64);

impl fmt::Display for Duration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let parts = [(seconds / 3_600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
        let shown: Vec<String> = parts
            .iter()
            .filter(|(value, _)| *value != 0)
            .map(|(value, unit)| format!("{value} {unit}"))
            .collect();
        if shown.is_empty() {
            write!(formatter, "0 s")
        } else {
            write!(formatter, "{sign}{}", shown.join(" "))
        }
    }
}

impl fmt::Display for StateClass {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Active => "in work",
            Self::AwaitingClient => "awaiting the client",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
            Self::AwaitingOther => "awaiting others",
            Self::New => "new",
        })
    }
}

impl fmt::Display for ExclusionReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::ClientCaused => "caused by the client",
            Self::ForceMajeure => "force majeure",
            Self::PlannedMaintenance => "planned maintenance",
        })
    }
}

impl fmt::Display for Step {
    /// One line in plain English, with instants in UTC.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, counted_s, not_counted_s, clock_after_s, .. } = *self;
        let wall = Duration(counted_s + not_counted_s);
        match self.what {
            What::Started => write!(formatter, "{from} started"),
            What::Ran => self.write_counted(formatter, ""),
            What::Breached => write!(formatter, "{from} breached at {}", Duration(clock_after_s)),
            What::RanOverTarget => self.write_counted(formatter, " over the target"),
            What::Paused { state } => write!(formatter, "{from} to {to} paused {wall} while {state}"),
            What::Excluded { reason } => write!(formatter, "{from} to {to} left out {wall}: {reason}"),
            What::Stopped => write!(formatter, "{from} stopped at {}", Duration(clock_after_s)),
            What::StoodStopped => write!(formatter, "{from} to {to} stood stopped {wall}"),
            What::Reopened => write!(formatter, "{from} reopened"),
            What::Dropped => write!(formatter, "{from} to {to} dropped {wall} by the reset that follows"),
            What::Reset => write!(formatter, "{from} set back to zero"),
            What::Cancelled => write!(formatter, "{from} cancelled"),
            What::AsOf => write!(formatter, "{from} still going, at {}", Duration(clock_after_s)),
        }
    }
}

impl Step {
    fn write_counted(&self, formatter: &mut fmt::Formatter<'_>, where_to: &str) -> fmt::Result {
        let Self { from, to, counted_s, not_counted_s, .. } = self;
        write!(formatter, "{from} to {to} counted {}{where_to}", Duration(*counted_s))?;
        if *not_counted_s > 0 {
            write!(formatter, ", closed {}", Duration(*not_counted_s))?;
        }
        Ok(())
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            writeln!(formatter, "{step}")?;
        }
        write!(formatter, "elapsed {}", Duration(self.result.elapsed_s))?;
        if let Some(target_s) = self.result.target_s {
            write!(formatter, " of {}", Duration(target_s))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Duration;

    #[test]
    fn a_duration_leaves_out_parts_that_are_zero() {
        assert_eq!(Duration(0).to_string(), "0 s");
        assert_eq!(Duration(3_723).to_string(), "1 h 2 min 3 s");
        assert_eq!(Duration(-7_200).to_string(), "-2 h");
    }
}
