//! What a profile proposes for a source that is new: its zone, what its states mean, a calendar and a service level.
//!
//! All of it is marked as assumed until a person confirms it. The calendar and the targets of the ServiceNow profile
//! are those of the public comparison: Monday to Friday 08:00 to 18:00 UTC less 16 holidays; 4, 8, 40 and 80 hours.

use jiff::civil::date;
use mandate_domain::Instant;
use mandate_domain::facts::calendar::{Calendar, CalendarHours, CalendarVersion, DayException};
use mandate_domain::facts::service_level::{
    ClockKind, Reopening, ServiceLevel, ServiceLevelTerms, ServiceLevelVersion,
};
use mandate_domain::facts::source::{
    EventSource, PROPOSED_GOAL_BP, PROPOSED_HOLIDAYS, PROPOSED_TARGETS, Profile, StateClass, propose_state,
};
use mandate_store::facts::{calendars, service_levels, sources};
use mandate_store::{StoreError, WriteTx, boxed};

use super::ingest::Incoming;
use super::stage::Staged;
use crate::ctx::Ctx;

/// The states a profile has a proposal for; others are refused until a person maps them.
const SERVICENOW_STATES: [&str; 16] = [
    "New",
    "Active",
    "In Progress",
    "Work in Progress",
    "Awaiting User Info",
    "Awaiting Caller",
    "Awaiting Evidence",
    "Awaiting Vendor",
    "Awaiting Problem",
    "Awaiting Change",
    "On Hold",
    "Resolved",
    "Closed",
    "Canceled",
    "Cancelled",
    "-100",
];

/// A new source and what is proposed for it.
pub(crate) struct Proposal {
    pub source: EventSource,
    pub calendars: Vec<Calendar>,
    pub levels: Vec<ServiceLevel>,
}

/// What the states mean that a profile knows.
pub(crate) fn known_states(profile: Profile) -> Vec<(String, StateClass)> {
    let words: Vec<&str> = match profile {
        Profile::ServiceNow => SERVICENOW_STATES.to_vec(),
        Profile::Events => StateClass::ALL.iter().map(|class| class.as_str()).collect(),
    };
    let proposed = |raw: &str| Some((raw.to_owned(), propose_state(profile, raw)?.class));
    words.into_iter().filter_map(proposed).collect()
}

/// Which of the states used have a meaning that the profile only assumes and nobody gave.
pub(crate) fn assumed_states(incoming: &Incoming, used: &[(String, StateClass)]) -> Vec<(String, String)> {
    let assumed = |(raw, class): &&(String, StateClass)| {
        let given = incoming.states.iter().any(|(known, _)| known == raw);
        let proposed = propose_state(incoming.profile, raw);
        !given && proposed.is_some_and(|proposed| proposed.assumed && proposed.class == *class)
    };
    used.iter().filter(assumed).map(|(raw, class)| (raw.clone(), class.as_str().to_owned())).collect()
}

/// What is proposed for a source that does not exist yet.
pub(crate) fn propose(ctx: &Ctx, incoming: &Incoming, zone: &str) -> Proposal {
    let source = EventSource {
        id: incoming.source.clone(),
        name: incoming.name.clone(),
        profile: incoming.profile,
        time_zone: zone.to_owned(),
        time_zone_assumed: incoming.time_zone.is_none() && incoming.profile == Profile::ServiceNow,
        note: String::new(),
        data_until: None,
        n_cases: 0,
        n_events: 0,
        demo: incoming.demo,
        version: 1,
    };
    let (calendars, levels) = match incoming.profile {
        Profile::ServiceNow => {
            let calendar = proposed_calendar(ctx, incoming);
            let level = proposed_level(ctx, incoming, &calendar);
            (vec![calendar], vec![level])
        }
        Profile::Events => (vec![], vec![]),
    };
    Proposal { source, calendars, levels }
}

fn proposed_calendar(ctx: &Ctx, incoming: &Incoming) -> Calendar {
    // Early enough for any log; the holidays are those of 2016 and 2017 only.
    let mut hours = CalendarHours::working_week(date(2000, 1, 1), "UTC", 8 * 60, 18 * 60);
    hours.exceptions = PROPOSED_HOLIDAYS.iter().map(|day| DayException::closed(*day, "Holiday")).collect();
    Calendar {
        id: ctx.new_id(),
        external_id: Some(format!("assumed-{}", incoming.source)),
        name: format!("Monday to Friday 08:00 to 18:00 UTC, assumed for {}", incoming.name),
        assumed: true,
        demo: incoming.demo,
        version: 1,
        versions: vec![CalendarVersion { id: ctx.new_id(), hours }],
    }
}

fn proposed_level(ctx: &Ctx, incoming: &Incoming, calendar: &Calendar) -> ServiceLevel {
    let terms = ServiceLevelTerms {
        valid_from: date(2000, 1, 1),
        calendar_id: calendar.id.clone(),
        reopening: Reopening::Total,
        retroactive_start: true,
        goal_share_bp: PROPOSED_GOAL_BP,
        targets: PROPOSED_TARGETS.to_vec(),
    };
    ServiceLevel {
        id: ctx.new_id(),
        external_id: Some(format!("assumed-{}", incoming.source)),
        source_id: incoming.source.clone(),
        account_id: None,
        contract_id: None,
        name: format!("Resolution, assumed for {}", incoming.name),
        clock_kind: ClockKind::Resolution,
        clause: String::new(),
        assumed: true,
        demo: incoming.demo,
        version: 1,
        versions: vec![ServiceLevelVersion { id: ctx.new_id(), terms }],
    }
}

/// Keeps a new source and what is proposed for it; says whether a service level was among that.
#[boxed]
pub(crate) async fn keep(
    tx: &mut WriteTx,
    proposal: &Proposal,
    staged: &Staged,
    now: Instant,
) -> Result<bool, StoreError> {
    debug_assert!(!staged.files.is_empty());
    sources::insert_source(tx, &proposal.source, now).await?;
    for calendar in &proposal.calendars {
        calendars::insert_calendar(tx, calendar, now).await?;
    }
    for level in &proposal.levels {
        service_levels::insert_service_level(tx, level, now).await?;
    }
    Ok(!proposal.levels.is_empty())
}
