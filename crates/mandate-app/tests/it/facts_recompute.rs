//! Changes of definitions while others write: nobody waits for the computing, and nothing that changed meanwhile is lost.

use std::collections::{BTreeMap, BTreeSet};

use mandate_app::facts::event_files::{
    MERGE_AFTER_S, SWEEP_AFTER, TIDY_EVENT_FILES, run_tidy, schedule_tidy,
};
use mandate_app::facts::event_sources::map_states;
use mandate_app::facts::levels::{LevelDraft, list_levels, save_level};
use mandate_app::jobs::{Registry, run_until_idle};
use mandate_app::{Action, Actor, Ctx};
use mandate_domain::Month;
use mandate_domain::facts::case::{DeliveryCase, Outcome};
use mandate_domain::facts::source::{SourceId, StateClass};
use mandate_facts::kpi::{Percent, PercentileRule, percentile};
use mandate_store::facts::{cases, months, sources};
use mandate_testing::{TestDb, both_databases};

use crate::facts_bad_input::event_files;
use crate::facts_events::{derived, desk, lines, send};

/// Sets the target of the source's service level to two hours.
async fn halve_the_target(ctx: &Ctx, source: &SourceId) -> usize {
    let operator = Actor::operator();
    let lines = list_levels(ctx, &operator).await.unwrap();
    let level = lines.into_iter().map(|line| line.level).find(|level| level.source_id == *source).unwrap();
    let mut terms = level.versions[0].terms.clone();
    terms.targets.iter_mut().for_each(|(_, seconds)| *seconds = 7_200);
    let draft = LevelDraft {
        external_id: None,
        source: source.to_string(),
        account: None,
        clock_kind: level.clock_kind,
        name: level.name.clone(),
        clause: level.clause.clone(),
        versions: vec![terms],
    };
    save_level(ctx, &operator, &level.id, level.version, draft).await.unwrap().n_accounts
}

both_databases! {
    async fn a_writer_does_not_wait_for_a_recomputation(db: TestDb) {
        let source = desk(&db, "desk").await;
        send(&db.ctx(), &source, &lines(60)).await;
        let before = derived(&db, &source).await;
        let ctx = db.ctx();
        let (order, seen) = (std::sync::Mutex::new(vec![]), &before);
        let change = async {
            halve_the_target(&ctx, &source).await;
            order.lock().unwrap().push("change");
        };
        // Queues behind the change's first transaction, so it has its turn before the second.
        let writer = async {
            let mut tx = db.write().await;
            mandate_store::settings::save_setting(&mut tx, "written", "meanwhile").await.unwrap();
            assert_eq!(derived(&db, &source).await, *seen, "nobody sees half a change");
            db.commit(tx).await;
            order.lock().unwrap().push("writer");
        };
        tokio::join!(biased; change, writer);
        assert_eq!(*order.lock().unwrap(), ["writer", "change"]);
        assert_ne!(derived(&db, &source).await, before);
    }

    async fn a_change_during_a_recomputation_is_not_lost(db: TestDb) {
        let (source, fresh) = (desk(&db, "desk").await, desk(&db, "fresh").await);
        let ctx = db.ctx();
        for source in [&source, &fresh] {
            send(&ctx, source, &lines(60)).await;
        }
        let paused_counts = vec![("awaiting_client".to_owned(), StateClass::Active)];
        let writer = async {
            let mut tx = db.write().await;
            sources::save_mapping(&mut tx, &source, &paused_counts).await.unwrap();
            db.commit(tx).await;
        };
        tokio::join!(biased; halve_the_target(&ctx, &source), writer);
        let version = sources::load_source(&mut db.read().await, &fresh).await.unwrap().unwrap().version;
        map_states(&ctx, &Actor::operator(), fresh.as_str(), version, paused_counts.clone()).await.unwrap();
        halve_the_target(&ctx, &fresh).await;
        assert_eq!(derived(&db, &source).await, derived(&db, &fresh).await);
    }

    async fn upkeep_merges_and_sweeps_once_in_some_hours(db: TestDb) {
        let source = desk(&db, "desk").await;
        let all = lines(60);
        for part in all.chunks(all.len() / 40) {
            send(&db.ctx(), &source, part).await;
        }
        let before = derived(&db, &source).await;
        let registry = Registry::new().with(TIDY_EVENT_FILES, Action::Administer, run_tidy);
        let n_counting = async || {
            sources::load_source(&mut db.read().await, &source).await.unwrap().unwrap();
            mandate_store::facts::files::list_active(&mut db.read().await, &source).await.unwrap().len()
        };
        let n_files = n_counting().await;
        assert!(schedule_tidy(&db.ctx()).await.unwrap());
        assert!(!schedule_tidy(&db.ctx()).await.unwrap(), "it waits already");
        assert_eq!(run_until_idle(&db.ctx(), &registry).await.unwrap(), 1);
        assert_eq!(n_counting().await, n_files, "imports of today can still be undone");
        assert!(!schedule_tidy(&db.ctx()).await.unwrap(), "it was done just now");

        let leftover = event_files(&db)[0].with_file_name("leftover.parquet");
        std::fs::write(&leftover, "a broken import").unwrap();
        let file = std::fs::File::options().write(true).open(&leftover).unwrap();
        file.set_modified(std::time::SystemTime::UNIX_EPOCH + SWEEP_AFTER).unwrap();
        let later = db.ctx_at(db.ctx().now().plus_seconds(MERGE_AFTER_S + 1));
        assert!(schedule_tidy(&later).await.unwrap());
        assert_eq!(run_until_idle(&later, &registry).await.unwrap(), 1);
        assert!(n_counting().await <= n_files - 31, "{n_files} files became {}", n_counting().await);
        assert_eq!(derived(&db, &source).await, before);
        assert!(!leftover.exists());
    }

    async fn months_hold_what_their_cases_sum_up_to(db: TestDb) {
        let source = desk(&db, "desk").await;
        send(&db.ctx(), &source, &lines(8)).await;
        let refs: Vec<String> = (0..8).map(|number| format!("T{number}")).collect();
        let known = cases::load_cases(&mut db.read().await, &source, &refs).await.unwrap();
        let pattern = known.values().next().unwrap();
        let (mut made, mut places) = (vec![], BTreeSet::new());
        for number in 0_i64..6_000 {
            let spread = number * 7_919 % 6_007;
            let month = Month::parse("2020-01").unwrap().plus(i32::try_from(spread / 7 % 40).unwrap());
            // Some accounts are full and some almost empty; every ninth case states none.
            let account_id = (number % 9 != 0).then(|| format!("account-{:02}", (spread % 11) * (spread % 5)));
            places.insert((account_id.clone().unwrap_or_default(), month.to_string()));
            let mut case = DeliveryCase { case_ref: format!("M{number}"), month, account_id, ..pattern.clone() };
            case.priority = 1 + spread % 3;
            let outcomes = [Outcome::Met, Outcome::Missed, Outcome::Met, Outcome::Running, Outcome::NotMeasured];
            case.clock.outcome = outcomes[spread as usize % 5];
            case.clock.excluded_s = spread % 700;
            (case.n_events, case.n_events_flagged, case.n_events_met) = (2 + spread % 5, 1 + spread % 3, spread % 2);
            (case.n_reopened, case.n_reassigned) = (spread % 4, spread % 6);
            case.clock.counted_s = spread * spread % 5_003;
            case.reported_met = [None, Some(true), Some(false)][number as usize % 3];
            made.push(case);
        }
        assert!(places.len() > 400, "more than one statement's worth: {}", places.len());
        let mut tx = db.write().await;
        cases::save_cases(&mut tx, &made).await.unwrap();
        months::rebuild_months(&mut tx, &source, &places).await.unwrap();
        // Again for a few, and for one that has no case: whole groups are replaced, and others stay.
        let mut again: BTreeSet<_> = places.iter().take(7).cloned().collect();
        again.insert(("nobody".to_owned(), "2020-01".to_owned()));
        months::rebuild_months(&mut tx, &source, &again).await.unwrap();
        db.commit(tx).await;
        let kept = kept_months(&db, &source, "2020-01", "2023-12").await;
        let mut groups: BTreeMap<(String, String, i64), Vec<&DeliveryCase>> = BTreeMap::new();
        for case in &made {
            let account = case.account_id.clone().unwrap_or_default();
            groups.entry((account, case.month.to_string(), case.priority)).or_default().push(case);
        }
        let expected: BTreeMap<_, _> = groups.into_iter().map(|(key, cases)| (key, summed(&cases))).collect();
        assert_eq!(kept, expected);
    }
}

/// The columns of [`SUMS`]; at the end twice the median and ten times the ninth decile.
type Sums = [Option<i64>; 16];
const SUMS: &str = "n_cases, n_events, n_events_flagged, n_events_met, n_reported, n_reported_met, n_clocked, n_clock_met, n_running,
    n_differs, n_reopened, n_reassigned, excluded_s, clock_sum_s, clock_p50_x2_s, clock_p90_x10_s";

async fn kept_months(
    db: &TestDb,
    source: &SourceId,
    from: &str,
    until: &str,
) -> BTreeMap<(String, String, i64), Sums> {
    let sql = format!(
        "SELECT account_key, month, priority, {SUMS} FROM delivery_month WHERE source_id = $1 AND month >= $2 AND month <= $3"
    );
    let values = [source.as_str(), from, until].map(|text| mandate_store::Value::Text(Some(text.to_owned())));
    let rows = db.read().await.fetch_all(&sql, values.into()).await.unwrap();
    rows.iter()
        .map(|row| {
            let key = (row.text(0).unwrap(), row.text(1).unwrap(), row.int(2).unwrap());
            (key, std::array::from_fn(|idx| row.int_or_null(3 + idx).unwrap()))
        })
        .collect()
}

/// What the engine makes of them.
fn summed(cases: &[&DeliveryCase]) -> Sums {
    let count = |of: &dyn Fn(&DeliveryCase) -> bool| {
        Some(i64::try_from(cases.iter().filter(|case| of(case)).count()).unwrap())
    };
    let sum = |of: &dyn Fn(&DeliveryCase) -> i64| Some(cases.iter().map(|case| of(case)).sum());
    let settled = |case: &DeliveryCase| case.clock.outcome.is_settled();
    let mut seconds: Vec<i64> =
        cases.iter().filter(|case| settled(case)).map(|case| case.clock.counted_s).collect();
    seconds.sort_unstable();
    let percentile = |numerator, denominator| {
        let percent = Percent::new(numerator, denominator).unwrap();
        percentile(&seconds, percent, PercentileRule::Linear).map(|it| i64::try_from(it.numerator).unwrap())
    };
    [
        count(&|_| true),
        sum(&|case| case.n_events),
        sum(&|case| case.n_events_flagged),
        sum(&|case| case.n_events_met),
        count(&|case| case.reported_met.is_some()),
        count(&|case| case.reported_met == Some(true)),
        count(&settled),
        count(&|case| case.clock.outcome == Outcome::Met),
        count(&|case| case.clock.outcome == Outcome::Running),
        count(&DeliveryCase::differs),
        count(&|case| case.n_reopened > 0),
        sum(&|case| case.n_reassigned),
        sum(&|case| case.clock.excluded_s),
        Some(seconds.iter().sum()),
        percentile(1, 2),
        percentile(9, 10),
    ]
}
