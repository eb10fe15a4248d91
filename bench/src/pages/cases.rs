//! A million invented cases over 24 months, and the figures the product derives from them.
//!
//! Few accounts have many cases and many have few, as on a real service desk: of 10,000 accounts the first has some 25,000
//! of a million cases, the last some forty. Months and standings are computed by the store's own functions.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use mandate_domain::facts::case::{ClockFigures, DeliveryCase, Outcome};
use mandate_domain::facts::source::{EventSource, Profile, SourceId, StateClass};
use mandate_domain::{Instant, Month};
use mandate_store::Db;
use mandate_store::facts::{cases, months, sources, standing};

use crate::Failure;
use crate::book::{account_id, account_name, commit};
use crate::chance::Chance;

/// Days over which cases are spread, up to now.
const DAYS: i64 = 730;
/// Cases kept in one transaction.
const BATCH: usize = 50_000;
/// Account months computed in one go.
const PLACES: usize = 2_000;
/// Accounts whose standing is computed in one transaction.
const STANDINGS: usize = 2_000;

/// Fills `n_cases` cases of `n_accounts` accounts, oldest first, then derives months and standings.
pub async fn fill(db: &Db, n_accounts: usize, n_cases: usize, now: Instant) -> Result<(), Failure> {
    let source = SourceId::parse("bench")?;
    let mut tx = db.begin_write().await?;
    sources::insert_source(&mut tx, &event_source(&source), now).await?;
    commit(tx, now, "source").await?;
    let mut chance = Chance::new(2);
    let mut places = BTreeSet::new();
    let mut n_events = 0;
    for first in (0..n_cases).step_by(BATCH) {
        let batch: Vec<DeliveryCase> = (first..n_cases.min(first + BATCH))
            .map(|number| invent(&source, number, n_cases, n_accounts, now, &mut chance))
            .collect();
        places.extend(batch.iter().map(|case| (case.account_id.clone().unwrap_or_default(), case.month.to_string())));
        let mut tx = db.begin_write().await?;
        cases::save_cases(&mut tx, &batch).await?;
        n_events += batch.iter().map(|case| case.n_events).sum::<i64>();
        commit(tx, now, "cases").await?;
    }
    eprintln!("{} cases; {} account months", n_cases, places.len());
    let all: Vec<_> = places.into_iter().collect();
    for part in all.chunks(PLACES) {
        let mut tx = db.begin_write().await?;
        months::rebuild_months(&mut tx, &source, &part.iter().cloned().collect()).await?;
        commit(tx, now, "months").await?;
    }
    let goal = standing::Goal { goal_bp: Some(9_000), assumed: false };
    let goals: BTreeMap<String, standing::Goal> =
        (0..n_accounts).map(|number| (account_id(number).to_string(), goal)).collect();
    let mut tx = db.begin_write().await?;
    let ids: Vec<_> = goals.into_iter().collect();
    for part in ids.chunks(STANDINGS) {
        standing::rebuild_standings(&mut tx, &part.iter().cloned().collect(), now).await?;
    }
    let growth = sources::Growth { n_cases: i64::try_from(n_cases)?, n_events };
    sources::save_growth(&mut tx, &source, growth, Some(now), now).await?;
    commit(tx, now, "standings").await
}

fn event_source(id: &SourceId) -> EventSource {
    EventSource {
        id: id.clone(),
        name: "Service desk".to_owned(),
        profile: Profile::Events,
        time_zone: "UTC".to_owned(),
        time_zone_assumed: false,
        note: String::new(),
        data_until: None,
        n_cases: 0,
        n_events: 0,
        demo: false,
        version: 1,
    }
}

fn invent(
    source: &SourceId,
    number: usize,
    n_cases: usize,
    n_accounts: usize,
    now: Instant,
    chance: &mut Chance,
) -> DeliveryCase {
    let account = ((chance.share().powf(2.5) * n_accounts as f64) as usize).min(n_accounts - 1);
    let last_event_at = now.plus_seconds(-DAYS * 86_400 * (n_cases - number) as i64 / n_cases as i64);
    let priority = [1, 2, 2, 3, 3, 3, 3, 4, 4, 4][chance.below(10)];
    let target_s = [14_400, 28_800, 144_000, 288_000][priority - 1];
    // Every account has a level of its own, and seconds are spread exponentially around it.
    let level = 0.25 + (account % 17) as f64 / 50.0;
    let counted_s = (-(1.0 - chance.share()).ln() * level * target_s as f64) as i64;
    let running = n_cases - number < n_cases / 200;
    let outcome = match (running, counted_s <= target_s) {
        (true, _) => Outcome::Running,
        (false, true) => Outcome::Met,
        (false, false) => Outcome::Missed,
    };
    let opened_at = last_event_at.plus_seconds(-counted_s * 2);
    let ended = (!running).then_some(last_event_at);
    let clock = ClockFigures {
        outcome,
        counted_s,
        target_s: Some(target_s),
        due_at: running.then(|| last_event_at.plus_seconds(86_400)),
        stopped_at: ended,
        without_exclusions: outcome,
        ..ClockFigures::NOT_MEASURED
    };
    DeliveryCase {
        source_id: source.clone(),
        case_ref: format!("INC{number:07}"),
        account_id: Some(account_id(account).to_string()),
        account_ref: account_name(account),
        team_id: None,
        group_ref: format!("Group {:02}", chance.below(70)),
        priority: priority as i64,
        category: format!("Category {:02}", chance.below(50)),
        kind: "incident".to_owned(),
        state_class: if running { StateClass::Active } else { StateClass::Closed },
        opened_at,
        last_event_at,
        resolved_at: ended,
        closed_at: ended,
        month: Month::of(last_event_at.date_in(&TimeZone::UTC)),
        n_events: 5,
        n_events_flagged: 5,
        n_events_met: 4,
        n_reopened: i64::from(chance.below(20) == 0),
        n_reassigned: chance.below(3) as i64,
        reported_met: (!running).then(|| chance.below(10) < 9),
        clock,
        response: (Outcome::Met, 600),
        update: (Outcome::NotMeasured, 0),
        service_level_id: None,
    }
}
