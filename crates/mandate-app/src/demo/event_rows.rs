//! The demo's events as the rows that event files hold, in the words of its one source: `northmoor-desk`.
//!
//! People are pseudonyms from the start: the demo's callers and agents are numbers, and no name stands behind them.

use mandate_domain::facts::source::{EventSource, Profile, SourceId, StateClass};
use mandate_facts::event::StateClass as EngineState;
use mandate_facts::io::EventRow;

use super::book::DemoBook;
use super::cases::{DemoCase, Kind, State};
use super::records::external_id;

/// The short name of the demo's source.
pub(super) const SOURCE: &str = "northmoor-desk";

/// The demo's source, before its first event.
pub(super) fn source(id: SourceId) -> EventSource {
    EventSource {
        id,
        name: "Northmoor service desk".to_owned(),
        profile: Profile::Events,
        time_zone: "UTC".to_owned(),
        time_zone_assumed: false,
        note: "Invented. Its own flag knows no public holidays and no exclusions, stands still until somebody reads \
               the client's answer and while a supplier is asked, and keeps the target of the first priority."
            .to_owned(),
        data_until: None,
        n_cases: 0,
        n_events: 0,
        demo: true,
        version: 1,
    }
}

/// What the source's states mean: the contract pauses for the client only, so a supplier's time counts.
pub(super) fn state_mapping() -> Vec<(String, StateClass)> {
    State::ALL.iter().map(|state| (state.as_str().to_owned(), class(*state).0)).collect()
}

fn class(state: State) -> (StateClass, EngineState) {
    match state {
        State::New => (StateClass::New, EngineState::New),
        State::Assigned | State::InProgress | State::ReplyReceived | State::AwaitingSupplier => {
            (StateClass::Active, EngineState::Active)
        }
        State::AwaitingCaller => (StateClass::AwaitingClient, EngineState::AwaitingClient),
        State::Resolved => (StateClass::Resolved, EngineState::Resolved),
        State::Closed => (StateClass::Closed, EngineState::Closed),
        State::Cancelled => (StateClass::Cancelled, EngineState::Cancelled),
    }
}

/// The events of `case`, in order.
pub(super) fn rows(book: &DemoBook, case: &DemoCase) -> Vec<EventRow> {
    let tables = book.tables();
    let account = &tables.accounts[case.account].key;
    let case_ref = case.case_ref();
    let us = |seconds: i64| seconds * 1_000_000;
    let (mut resolved_at_us, mut closed_at_us) = (None, None);
    let mut rows = Vec::with_capacity(case.events.len());
    for (number, event) in (1_i64..).zip(&case.events) {
        match event.kind {
            Kind::Resolved => resolved_at_us = Some(us(event.at)),
            Kind::Reopened => resolved_at_us = None,
            Kind::Closed => closed_at_us = Some(us(event.at)),
            _ => {}
        }
        let team = &tables.teams[event.team];
        let works = !matches!(event.kind, Kind::Opened | Kind::ClientReply);
        rows.push(EventRow {
            event_id: format!("{case_ref}-{number}"),
            source: SOURCE.to_owned(),
            case_ref: case_ref.clone(),
            event_seq: number,
            at_us: us(event.at),
            opened_at_us: us(case.opened_at()),
            state_class: Some(class(event.state).1),
            raw_state: event.state.as_str().to_owned(),
            priority: event.priority,
            account_ref: external_id(account),
            group_ref: external_id(&team.key),
            category: tables.categories[case.category].name.clone(),
            kind: event.kind.as_str().to_owned(),
            reported_met: Some(event.reported_met),
            resolved_at_us,
            closed_at_us,
            caller_ref: format!("caller-{account}-{:03}", case.caller),
            assignee_ref: if works {
                format!("agent-{}-{:02}", team.key, case.number % 17)
            } else {
                String::new()
            },
        });
    }
    rows
}
