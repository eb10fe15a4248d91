//! One case: the result the source reported, what our clock counted step by step, why they differ, the raw events.
//!
//! The steps' seconds add up to the clock's figure. Clocks are told in the calendar's zone, because that is where opening
//! hours are agreed; everything else in the reader's.

use axum::extract::{Path, State};
use jiff::tz::TimeZone;
use mandate_app::Action;
use mandate_app::facts::explain::{CaseExplained, ClockExplained, ClockStep, StepKind, explain};
use mandate_domain::Instant;
use mandate_domain::facts::case::{DifferenceReason, Outcome};
use mandate_domain::facts::service_level::ClockKind;
use minijinja::{Value, context};

use super::case_list::{outcome_badge, priority_text};
use super::case_strip::strip;
use crate::access::Routes;
use crate::failure::PageResult;
use crate::frame::{Page, Visit};
use crate::state::Web;

/// The page of one case.
pub(super) fn routes() -> Routes {
    Routes::new().get("/facts/cases/{id}", Action::ReadFacts, page)
}

async fn page(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let found = explain(web.ctx(), &visit.actor, &id).await?;
    let case = &found.case;
    let mut page = Page::new(case.case_ref.clone(), "nav-facts").help("clock");
    page = match (&case.account_id, &found.account_name) {
        (Some(account), Some(name)) => page
            .crumb(visit.t("nav-portfolio"), "/portfolio")
            .crumb(name.clone(), format!("/accounts/{account}"))
            .crumb(visit.t("account-tab-cases"), format!("/accounts/{account}/cases")),
        _ => page.crumb(visit.t("nav-facts"), "/facts").crumb(visit.t("cases-title"), "/facts/cases"),
    };
    let (badge_status, badge_id) = outcome_badge(case.clock.outcome.as_str());
    let mut badges = vec![context! { status => badge_status, text => visit.t(badge_id) }];
    if case.differs() {
        badges.push(context! { status => "watch", text => visit.t("case-differs") });
    }
    let mut actions = vec![];
    if let (Some(account), true) = (&case.account_id, visit.may(Action::WorkResults)) {
        let href = format!("/accounts/{account}/exclusions?case={}", case.id());
        actions.push(context! { text => visit.t("case-propose-exclusion"), href => href, icon => "clock" });
    }
    let resolution = found.clocks.iter().find(|clock| clock.kind == ClockKind::Resolution);
    let clocks: Vec<Value> = found.clocks.iter().map(|clock| clock_view(&visit, &found, clock)).collect();
    let own = context! {
        title => case.case_ref.clone(), badges => badges, actions => actions,
        lead => lead(&visit, &found, resolution), rest => rest(&visit, &found),
        figures => figures(&visit, &found, resolution), clocks => clocks,
        reasons => found.differences.iter().map(|reason| reason_text(&visit, reason)).collect::<Vec<_>>(),
        reported => reported_word(&visit, case.reported_met), case_kv => case_kv(&visit, &found),
        exclusions => exclusions(&visit, &found), events => events(&visit, &found),
        n_events => visit.tr("case-n-events", &[("count", &case.n_events.to_string())]),
        zone => visit.zone.iana_name().unwrap_or("UTC"),
    };
    visit.render(page, "facts/case.html", own)
}

/// Open seconds as hours and minutes; never days, which would be read as calendar days.
fn open_time(visit: &Visit, seconds: i64) -> String {
    let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes, rest) {
        (0, 0, rest) => visit.tr("time-seconds", &[("s", &rest.to_string())]),
        (0, minutes, _) => visit.tr("time-minutes", &[("min", &minutes.to_string())]),
        (hours, 0, _) => visit.tr("time-hours", &[("h", &hours.to_string())]),
        (hours, minutes, _) => {
            visit.tr("time-hours-minutes", &[("h", &hours.to_string()), ("min", &minutes.to_string())])
        }
    }
}

fn reported_word(visit: &Visit, reported: Option<bool>) -> String {
    visit.t(match reported {
        Some(true) => "outcome-met",
        Some(false) => "outcome-missed",
        None => "case-nothing-reported",
    })
}

/// What our clock says, in one clause.
fn lead(visit: &Visit, found: &CaseExplained, clock: Option<&ClockExplained>) -> String {
    let Some(clock) = clock else { return visit.t("case-lead-no-clock") };
    let counted = open_time(visit, clock.counted_s);
    let Some(target_s) = clock.target_s else {
        return visit.tr("case-lead-no-target", &[("counted", &counted)]);
    };
    let target = open_time(visit, target_s);
    let over = open_time(visit, (clock.counted_s - target_s).max(0));
    let arguments = [("counted", counted.as_str()), ("target", target.as_str()), ("over", over.as_str())];
    visit.tr(
        match found.case.clock.outcome {
            Outcome::Met => "case-lead-met",
            Outcome::Missed if target_s < clock.counted_s => "case-lead-missed",
            Outcome::Missed => "case-lead-missed-open",
            Outcome::Running => "case-lead-running",
            Outcome::Cancelled => "case-lead-cancelled",
            Outcome::NotMeasured => "case-lead-not-measured",
        },
        &arguments,
    )
}

/// What the source says, in one clause.
fn rest(visit: &Visit, found: &CaseExplained) -> String {
    visit.t(match (found.case.reported_met, found.case.differs()) {
        (Some(true), false) => "case-rest-met",
        (Some(false), false) => "case-rest-missed",
        (Some(true), true) => "case-rest-met-differs",
        (Some(false), true) => "case-rest-missed-differs",
        (None, _) => "case-rest-nothing",
    })
}

fn figures(visit: &Visit, found: &CaseExplained, clock: Option<&ClockExplained>) -> Vec<Value> {
    let case = &found.case;
    let not_counted =
        |clock: &ClockExplained| clock.paused_s + clock.closed_hours_s + clock.excluded_s + clock.stopped_s;
    let counted = clock.map_or_else(|| "\u{2013}".to_owned(), |clock| visit.formats.clock(clock.counted_s));
    let of_target = clock.and_then(|clock| clock.target_s).map_or_else(
        || visit.t("case-no-target"),
        |target| visit.tr("case-of-target-open", &[("target", &open_time(visit, target))]),
    );
    let left_out =
        clock.map_or_else(|| "\u{2013}".to_owned(), |clock| visit.formats.clock(not_counted(clock)));
    let (_, ours) = outcome_badge(case.clock.outcome.as_str());
    vec![
        context! { label => visit.t("case-reported"), value => reported_word(visit, case.reported_met), note => visit.t("case-reported-note") },
        context! { label => visit.t("case-our-result"), value => visit.t(ours), note => of_target },
        context! { label => visit.t("case-clock"), value => counted, note => visit.t("case-counted-note") },
        context! { label => visit.t("case-left-out"), value => left_out, note => visit.t("case-left-out-note") },
    ]
}

fn clock_view(visit: &Visit, found: &CaseExplained, clock: &ClockExplained) -> Value {
    let zone = TimeZone::get(&clock.time_zone).unwrap_or(TimeZone::UTC);
    let (status, outcome_id) = outcome_badge(clock.outcome.as_str());
    let main = clock.kind == ClockKind::Resolution;
    let reported = if main { reported_word(visit, found.case.reported_met) } else { String::new() };
    let rows = step_rows(visit, clock, &zone);
    let wall_s: i64 = clock.steps.iter().map(|step| step.counted_s + step.not_counted_s).sum();
    let not_counted_s: i64 = clock.steps.iter().map(|step| step.not_counted_s).sum();
    let late = clock.target_s.is_some_and(|target| target < clock.counted_s);
    let total = context! {
        title => visit.t("case-total"), note => visit.tr("case-total-note", &[("wall", &visit.formats.clock(wall_s))]),
        counted => visit.number(clock.counted_s), not_counted => visit.number(not_counted_s),
        shows => visit.formats.clock(clock.counted_s), late => late,
    };
    let target = clock.target_s.map_or_else(|| visit.t("case-no-target"), |target| open_time(visit, target));
    let level = if clock.assumed {
        visit.tr("case-level-assumed", &[("name", &clock.level_name)])
    } else {
        clock.level_name.clone()
    };
    let mut kv = vec![
        context! { key => visit.t("case-level"), value => level, href => format!("/facts/service-levels/{}", clock.level_id) },
        context! { key => visit.t("case-target"), value => target },
        context! { key => visit.t("case-calendar"), value => clock.calendar_name.clone() },
        context! { key => visit.t("case-in-force"), value => visit.date(clock.valid_from) },
        context! { key => visit.t("case-zone"), value => clock.time_zone.clone() },
    ];
    if !clock.clause.is_empty() {
        kv.push(context! { key => visit.t("kpi-clause"), value => clock.clause.clone() });
    }
    if let Some(due_at) = clock.due_at {
        kv.push(context! { key => visit.t("case-due"), value => visit.moment(due_at) });
    }
    context! {
        kind => clock.kind.as_str(), main => main, title => visit.t(&format!("case-how-{}", clock.kind.as_str())),
        caption => visit.tr("case-how-caption", &[("zone", &clock.time_zone)]), status => status, word => visit.t(outcome_id),
        strip => if main { strip(visit, clock, &found.events, &reported) } else { None },
        rows => rows, total => total, kv => kv, assumed => clock.assumed,
    }
}

/// The derivation: one row a stretch of time; what takes no time stands as a note on the row that follows it.
fn step_rows(visit: &Visit, clock: &ClockExplained, zone: &TimeZone) -> Vec<Value> {
    let mut rows: Vec<Value> = vec![];
    let mut notes: Vec<String> = vec![];
    let mut breached = false;
    for step in &clock.steps {
        if step.from == step.to {
            breached |= step.what == StepKind::Breached;
            notes.extend(mark_note(visit, step));
            continue;
        }
        let badge = breached && step.what == StepKind::RanOver;
        breached &= !badge;
        let note: Vec<String> = std::mem::take(&mut notes);
        let late = clock.target_s.is_some_and(|target| target < step.clock_after_s);
        rows.push(context! {
            no => rows.len() + 1, title => step_title(visit, step), note => note.join(" \u{b7} "),
            badge_status => badge.then_some("risk"), badge_text => badge.then(|| visit.t("case-target-reached")),
            span => span(visit, step.from, step.to, zone), day => day_span(visit, step.from, step.to, zone),
            counted => visit.number(step.counted_s), not_counted => visit.number(step.not_counted_s),
            shows => visit.formats.clock(step.clock_after_s), late => late,
        });
    }
    if !notes.is_empty() {
        let at = clock.steps.last().map_or(Instant::from_seconds(0), |step| step.to);
        rows.push(context! {
            no => rows.len() + 1, title => notes.join(" \u{b7} "), note => "", badge_status => (), badge_text => (),
            span => visit.formats.exact_time(zone.to_datetime(at.timestamp())), day => day_span(visit, at, at, zone),
            counted => "0", not_counted => "0", shows => visit.formats.clock(clock.counted_s),
            late => clock.target_s.is_some_and(|target| target < clock.counted_s),
        });
    }
    rows
}

fn mark_note(visit: &Visit, step: &ClockStep) -> Option<String> {
    let id = match step.what {
        StepKind::Started => "case-step-started",
        StepKind::Reopened => "case-step-reopened",
        StepKind::Stopped => "case-step-stopped",
        StepKind::Reset => "case-step-reset",
        StepKind::Cancelled => "case-step-cancelled",
        StepKind::AsOf => "case-step-as-of",
        _ => return None,
    };
    Some(visit.t(id))
}

fn step_title(visit: &Visit, step: &ClockStep) -> String {
    match step.what {
        StepKind::Ran if step.counted_s == 0 => visit.t("case-step-closed"),
        StepKind::Ran | StepKind::RanOver if 0 < step.not_counted_s => visit.tr(
            if step.what == StepKind::Ran {
                "case-step-ran-less-closed"
            } else {
                "case-step-over-less-closed"
            },
            &[("closed", &open_time(visit, step.not_counted_s))],
        ),
        StepKind::Ran => visit.t("case-step-ran"),
        StepKind::RanOver => visit.t("case-step-over"),
        StepKind::Paused(state) => visit.t(&format!("case-step-paused-{}", state.as_str().replace('_', "-"))),
        StepKind::Excluded(ground) => visit.t(&format!("case-step-excluded-{}", ground.replace('_', "-"))),
        StepKind::StoodStopped => visit.t("case-step-stood-stopped"),
        _ => visit.t("case-step-dropped"),
    }
}

fn span(visit: &Visit, from: Instant, to: Instant, zone: &TimeZone) -> String {
    let time = |at: Instant| visit.formats.exact_time(zone.to_datetime(at.timestamp()));
    visit.tr("case-span", &[("from", &time(from)), ("to", &time(to))])
}

fn day_span(visit: &Visit, from: Instant, to: Instant, zone: &TimeZone) -> String {
    let day = |at: Instant| {
        let day = at.date_in(zone);
        format!("{} {}", visit.formats.weekday(day), visit.date(day))
    };
    if from.date_in(zone) == to.date_in(zone) {
        day(from)
    } else {
        visit.tr("case-span", &[("from", &day(from)), ("to", &day(to))])
    }
}

fn reason_text(visit: &Visit, reason: &DifferenceReason) -> String {
    let time = |seconds: i64| open_time(visit, seconds);
    match reason {
        DifferenceReason::SourceGivesNoDerivation => visit.t("case-why-no-derivation"),
        DifferenceReason::WholeTimeWithinTarget { wall_s, target_s } => {
            visit.tr("case-why-whole-time", &[("wall", &time(*wall_s)), ("target", &time(*target_s))])
        }
        DifferenceReason::PausesNotCounted { paused_s } => {
            visit.tr("case-why-pauses", &[("paused", &time(*paused_s))])
        }
        DifferenceReason::ClosedHoursNotCounted { closed_hours_s } => {
            visit.tr("case-why-closed", &[("closed", &time(*closed_hours_s))])
        }
        DifferenceReason::ExcludedByAgreement { excluded_s } => {
            visit.tr("case-why-excluded", &[("excluded", &time(*excluded_s))])
        }
        DifferenceReason::OnlyTogetherOverTarget { wall_s, target_s } => {
            visit.tr("case-why-together", &[("wall", &time(*wall_s)), ("target", &time(*target_s))])
        }
        DifferenceReason::OverTarget { counted_s, target_s } => {
            visit.tr("case-why-over", &[("counted", &time(*counted_s)), ("target", &time(*target_s))])
        }
        DifferenceReason::OpenPastTarget { target_s } => {
            visit.tr("case-why-open", &[("target", &time(*target_s))])
        }
        DifferenceReason::ReopeningCounted { n_reopened } => {
            visit.tr("case-why-reopened", &[("count", &n_reopened.to_string())])
        }
        DifferenceReason::ServiceLevelAssumed => visit.t("case-why-assumed"),
    }
}

fn case_kv(visit: &Visit, found: &CaseExplained) -> Vec<Value> {
    let case = &found.case;
    let stated = |text: &str| if text.is_empty() { visit.t("not-stated") } else { text.to_owned() };
    let moment = |at: Option<Instant>| at.map_or_else(|| visit.t("not-stated"), |at| visit.moment(at));
    let account_href = case.account_id.as_ref().map(|id| format!("/accounts/{id}"));
    vec![
        context! { key => visit.t("field-account"), value => stated(found.account_name.as_deref().unwrap_or_default()), href => account_href },
        context! { key => visit.t("case-priority"), value => priority_text(visit, case.priority) },
        context! { key => visit.t("case-category"), value => stated(&case.category) },
        context! { key => visit.t("case-team"), value => stated(found.team_name.as_deref().unwrap_or(&case.group_ref)) },
        context! { key => visit.t("case-state"), value => visit.t(&format!("state-{}", case.state_class.as_str().replace('_', "-"))) },
        context! { key => visit.t("case-opened"), value => visit.moment(case.opened_at) },
        context! { key => visit.t("case-source-resolved"), value => moment(case.resolved_at) },
        context! { key => visit.t("case-source-closed"), value => moment(case.closed_at) },
        context! { key => visit.t("case-reopened"), value => visit.number(case.n_reopened) },
        context! { key => visit.t("case-reassigned"), value => visit.number(case.n_reassigned) },
        context! { key => visit.t("facts-source"), value => found.source.name.clone() },
    ]
}

fn exclusions(visit: &Visit, found: &CaseExplained) -> Option<Value> {
    let (n, n_agreed) = found.n_exclusions;
    let account = found.case.account_id.as_ref().filter(|_| 0 < n)?;
    let text = visit.tr("case-exclusions", &[("count", &n.to_string()), ("agreed", &n_agreed.to_string())]);
    Some(context! { text => text, href => format!("/accounts/{account}/exclusions") })
}

fn events(visit: &Visit, found: &CaseExplained) -> Vec<Value> {
    let flag = |met: Option<bool>| match met {
        Some(true) => visit.t("outcome-met"),
        Some(false) => visit.t("outcome-missed"),
        None => "\u{2013}".to_owned(),
    };
    let dash = |text: &str| if text.is_empty() { "\u{2013}".to_owned() } else { text.to_owned() };
    found
        .events
        .iter()
        .map(|event| {
            let class = event
                .state
                .map(|state| visit.t(&format!("state-{}", state.as_str().replace('_', "-"))))
                // Said once where the source says it in the same words.
                .filter(|class| !class.eq_ignore_ascii_case(&event.raw_state));
            context! {
                at => visit.moment(event.at), seq => visit.number(event.seq), state => dash(&event.raw_state),
                class => class, priority => priority_text(visit, i64::from(event.priority)),
                group => dash(event.team_name.as_deref().unwrap_or(&event.group_ref)), kind => event.kind.clone(), flag => flag(event.reported_met),
            }
        })
        .collect()
}
