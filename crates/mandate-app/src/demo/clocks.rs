//! Two simple clocks over a demo case: the source system's own rule, and what the contract says.
//!
//! The source's rule makes the flag it reports on every event. It differs from the contract in ways that can be explained
//! case by case: it knows no holidays, stands still until somebody reads the client's answer, stands still for
//! suppliers, keeps the target of the first priority, and knows no exclusions. The contract's clock here is for the
//! demo's own choices and tests; the figures people see come from the engine.

use super::cases::{DemoEvent, State};
use super::hours::Hours;

/// Sets the flag that the source reports on each event: its clock so far is within the target of the first priority.
pub fn report_by_source(events: &mut [DemoEvent], hours: &Hours, target_s: i64) {
    let mut elapsed = 0;
    let mut before: Option<(i64, State)> = None;
    for event in events {
        if let Some((at, state)) = before
            && matches!(state, State::New | State::Assigned | State::InProgress)
        {
            elapsed += hours.between(at, event.at);
        }
        event.reported_met = elapsed <= target_s;
        before = Some((event.at, event.state));
    }
}

/// Counted seconds by contract until the last solution, or until `now` while there is none; and whether it is solved.
///
/// Time awaiting the client and time between a solution and its return do not count.
pub fn by_contract(events: &[DemoEvent], hours: &Hours, now: i64) -> (i64, bool) {
    let mut elapsed = 0;
    let mut solved = false;
    for (idx, event) in events.iter().enumerate() {
        let until = events.get(idx + 1).map_or(now, |next| next.at);
        match event.state {
            State::New
            | State::Assigned
            | State::InProgress
            | State::ReplyReceived
            | State::AwaitingSupplier => {
                elapsed += hours.between(event.at, until);
                solved = false;
            }
            State::Resolved | State::Closed => solved = true,
            State::AwaitingCaller | State::Cancelled => solved = false,
        }
    }
    (elapsed, solved)
}
