//! An explained case as plain text and as JSON, for the command line and the API.

use std::fmt;

use jiff::tz::TimeZone;
use mandate_domain::Instant;
use mandate_domain::facts::case::DifferenceReason;
use mandate_facts::explain::Duration;

use super::explain::{CaseExplained, ClockExplained, ClockStep, StepKind};

struct InZone<'a>(Instant, &'a TimeZone);

impl fmt::Display for InZone<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let zoned = self.0.timestamp().to_zoned(self.1.clone());
        write!(f, "{}", zoned.strftime("%a %Y-%m-%d %H:%M:%S"))
    }
}

impl StepKind {
    /// The word of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Ran => "ran",
            Self::Breached => "breached",
            Self::RanOver => "ran_over",
            Self::Paused(_) => "paused",
            Self::Excluded(_) => "excluded",
            Self::Stopped => "stopped",
            Self::StoodStopped => "stood_stopped",
            Self::Reopened => "reopened",
            Self::Dropped => "dropped",
            Self::Reset => "reset",
            Self::Cancelled => "cancelled",
            Self::AsOf => "as_of",
        }
    }
}

fn step_line(step: &ClockStep, zone: &TimeZone) -> String {
    let (from, to) = (InZone(step.from, zone), InZone(step.to, zone));
    let (counted, wall) = (Duration(step.counted_s), Duration(step.counted_s + step.not_counted_s));
    let closed = if step.not_counted_s > 0 && step.counted_s > 0 {
        format!(", {} outside opening hours", Duration(step.not_counted_s))
    } else {
        String::new()
    };
    match step.what {
        StepKind::Started => format!("{from}  started"),
        StepKind::Ran if step.counted_s == 0 => format!("{from} to {to}  outside opening hours for {wall}"),
        StepKind::Ran => format!("{from} to {to}  counted {counted}{closed}"),
        StepKind::Breached => format!("{from}  breached at {}", Duration(step.clock_after_s)),
        StepKind::RanOver => format!("{from} to {to}  counted {counted} over the target{closed}"),
        StepKind::Paused(state) => {
            format!("{from} to {to}  paused {wall} while {}", state.as_str().replace('_', " "))
        }
        StepKind::Excluded(ground) => {
            format!("{from} to {to}  left out {wall} by agreement: {}", ground.replace('_', " "))
        }
        StepKind::Stopped => format!("{from}  stopped at {}", Duration(step.clock_after_s)),
        StepKind::StoodStopped => format!("{from} to {to}  stood stopped {wall}"),
        StepKind::Reopened => format!("{from}  reopened"),
        StepKind::Dropped => format!("{from} to {to}  dropped {wall} by the reset that follows"),
        StepKind::Reset => format!("{from}  set back to zero"),
        StepKind::Cancelled => format!("{from}  cancelled"),
        StepKind::AsOf => format!("{from}  still going, at {}", Duration(step.clock_after_s)),
    }
}

/// One reason in plain English.
pub fn reason_text(reason: &DifferenceReason) -> String {
    match reason {
        DifferenceReason::SourceGivesNoDerivation => {
            "the source gives a flag and no derivation: its target, calendar and pauses are not known"
                .to_owned()
        }
        DifferenceReason::WholeTimeWithinTarget { wall_s, target_s } => format!(
            "even day and night together, {}, are within our target of {}",
            Duration(*wall_s),
            Duration(*target_s)
        ),
        DifferenceReason::PausesNotCounted { paused_s } => {
            format!("{} awaiting somebody were not counted", Duration(*paused_s))
        }
        DifferenceReason::ClosedHoursNotCounted { closed_hours_s } => {
            format!("{} outside opening hours were not counted", Duration(*closed_hours_s))
        }
        DifferenceReason::ExcludedByAgreement { excluded_s } => {
            format!("{} were left out by agreement", Duration(*excluded_s))
        }
        DifferenceReason::OnlyTogetherOverTarget { wall_s, target_s } => format!(
            "of {} from opening to solution only part was counted, within our target of {}",
            Duration(*wall_s),
            Duration(*target_s)
        ),
        DifferenceReason::OverTarget { counted_s, target_s } => {
            format!("{} were counted, our target is {}", Duration(*counted_s), Duration(*target_s))
        }
        DifferenceReason::OpenPastTarget { target_s } => format!(
            "it is not solved, and its target of {} has passed since its last event",
            Duration(*target_s)
        ),
        DifferenceReason::ReopeningCounted { n_reopened } => {
            format!("the time after {n_reopened} reopening(s) was counted too")
        }
        DifferenceReason::ServiceLevelAssumed => {
            "our service level is assumed, nobody has confirmed it".to_owned()
        }
    }
}

impl CaseExplained {
    /// As the command line prints it.
    pub fn to_text(&self) -> String {
        let case = &self.case;
        let mut lines = vec![format!(
            "case {} ({}), {}, priority {}",
            case.case_ref,
            self.source.name,
            self.account_name.as_deref().unwrap_or("account not stated"),
            case.priority
        )];
        let reported = match case.reported_met {
            Some(true) => "met",
            Some(false) => "missed",
            None => "nothing",
        };
        lines.push(format!("the source reported: {reported}"));
        for clock in &self.clocks {
            lines.push(String::new());
            lines.extend(clock_lines(clock));
        }
        if !self.differences.is_empty() {
            lines.push(String::new());
            lines.push("why the two results differ:".to_owned());
            lines.extend(self.differences.iter().map(|reason| format!("  {}", reason_text(reason))));
        }
        lines.join("\n")
    }

    /// As the API gives it.
    pub fn to_json(&self) -> serde_json::Value {
        let case = &self.case;
        let clocks: Vec<serde_json::Value> = self.clocks.iter().map(clock_json).collect();
        let events: Vec<serde_json::Value> = self
            .events
            .iter()
            .map(|event| {
                serde_json::json!({
                    "at": event.at.to_string(), "seq": event.seq, "state": event.raw_state,
                    "state_class": event.state.map(|state| state.as_str()), "priority": event.priority,
                    "group": event.group_ref, "account": event.account_ref, "kind": event.kind,
                    "reported_met": event.reported_met,
                })
            })
            .collect();
        serde_json::json!({
            "id": case.id(), "source": case.source_id.as_str(), "case": case.case_ref,
            "account_id": case.account_id, "account": self.account_name, "team": self.team_name,
            "priority": case.priority, "state": case.state_class.as_str(),
            "opened_at": case.opened_at.to_string(), "last_event_at": case.last_event_at.to_string(),
            "resolved_at": case.resolved_at.map(|at| at.to_string()), "reported_met": case.reported_met,
            "outcome": case.clock.outcome.as_str(), "clocks": clocks, "events": events,
            "differences": self.differences.iter().map(reason_text).collect::<Vec<_>>(),
        })
    }
}

fn clock_lines(clock: &ClockExplained) -> Vec<String> {
    let zone = TimeZone::get(&clock.time_zone).unwrap_or(TimeZone::UTC);
    let assumed = if clock.assumed { ", assumed" } else { "" };
    let mut lines = vec![format!(
        "{} clock: {} under \"{}\"{assumed}; calendar \"{}\", times in {}",
        clock.kind.as_str(),
        clock.outcome.as_str().replace('_', " "),
        clock.level_name,
        clock.calendar_name,
        clock.time_zone
    )];
    lines.extend(clock.steps.iter().map(|step| format!("  {}", step_line(step, &zone))));
    let target = clock.target_s.map(|target| format!(" of {}", Duration(target))).unwrap_or_default();
    lines.push(format!("  counted in all: {}{target}", Duration(clock.counted_s)));
    lines
}

fn clock_json(clock: &ClockExplained) -> serde_json::Value {
    let steps: Vec<serde_json::Value> = clock
        .steps
        .iter()
        .map(|step| {
            let detail = match step.what {
                StepKind::Paused(state) => Some(state.as_str()),
                StepKind::Excluded(ground) => Some(ground),
                _ => None,
            };
            serde_json::json!({
                "from": step.from.to_string(), "to": step.to.to_string(), "what": step.what.as_str(),
                "detail": detail, "counted_s": step.counted_s, "not_counted_s": step.not_counted_s,
                "clock_after_s": step.clock_after_s,
            })
        })
        .collect();
    let text = |at: Option<Instant>| at.map(|at| at.to_string());
    serde_json::json!({
        "clock": clock.kind.as_str(), "service_level": clock.level_name, "assumed": clock.assumed,
        "calendar": clock.calendar_name, "time_zone": clock.time_zone, "outcome": clock.outcome.as_str(),
        "counted_s": clock.counted_s, "target_s": clock.target_s, "started_at": text(clock.started_at),
        "stopped_at": text(clock.stopped_at), "breached_at": text(clock.breached_at), "due_at": text(clock.due_at),
        "paused_s": clock.paused_s, "closed_hours_s": clock.closed_hours_s, "excluded_s": clock.excluded_s,
        "steps": steps,
    })
}
