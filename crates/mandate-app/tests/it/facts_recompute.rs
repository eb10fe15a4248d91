//! Changes of definitions while others write: nobody waits for the computing, and nothing that changed meanwhile is lost.

use mandate_app::facts::event_files::{
    MERGE_AFTER_S, SWEEP_AFTER, TIDY_EVENT_FILES, run_tidy, schedule_tidy,
};
use mandate_app::facts::event_sources::map_states;
use mandate_app::facts::levels::{LevelDraft, list_levels, save_level};
use mandate_app::jobs::{Registry, run_until_idle};
use mandate_app::{Actor, Ctx};
use mandate_domain::book::{Account, Draft, Saved};
use mandate_domain::facts::case::DeliveryCase;
use mandate_domain::facts::source::{SourceId, StateClass};
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
        let registry = Registry::new().with(TIDY_EVENT_FILES, run_tidy);
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

    async fn months_come_out_the_same_in_one_go_and_in_parts(db: TestDb) {
        let source = desk(&db, "desk").await;
        let ctx = db.ctx();
        send(&ctx, &source, &lines(8)).await;
        let refs: Vec<String> = (0..8).map(|number| format!("T{number}")).collect();
        let known = cases::load_cases(&mut db.read().await, &source, &refs).await.unwrap();
        let draft = Draft::new().with("name", "Brackwell").with("time_zone", "UTC").with("currency", "EUR");
        let account: Saved<Account> = mandate_app::book::create(&ctx, &Actor::operator(), draft).await.unwrap();
        // More than two thousand months of two places, with several cases each.
        let (mut made, mut places) = (vec![], std::collections::BTreeSet::new());
        for (number, case) in (0_i32..4_400).zip(known.values().cycle()) {
            let month = mandate_domain::Month::parse("1900-01").unwrap().plus(number % 1_100);
            let account_id = (number < 2_200).then(|| account.id.to_string());
            places.insert((account_id.clone().unwrap_or_default(), month.to_string()));
            made.push(DeliveryCase { case_ref: format!("M{number}"), month, account_id, ..case.clone() });
        }
        assert!(places.len() > 2_000);
        let mut tx = db.write().await;
        cases::save_cases(&mut tx, &made).await.unwrap();
        months::rebuild_months(&mut tx, &source, &places).await.unwrap();
        db.commit(tx).await;
        let sorted = |text: String| text.lines().map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
        let at_once = sorted(derived(&db, &source).await);
        let mut tx = db.write().await;
        let all: Vec<_> = places.into_iter().collect();
        for part in all.chunks(700) {
            months::rebuild_months(&mut tx, &source, &part.iter().cloned().collect()).await.unwrap();
        }
        db.commit(tx).await;
        assert_eq!(sorted(derived(&db, &source).await), at_once);
        let sql = "SELECT COUNT(*), CAST(SUM(n_cases) AS BIGINT) FROM delivery_month WHERE account_key = $1";
        let of = |key: &str| vec![mandate_store::Value::Text(Some(key.to_owned()))];
        let row = db.read().await.fetch_one(sql, of(account.id.as_str())).await.unwrap();
        assert_eq!(row.int(1).unwrap(), 2_200, "every case counts in its month, once");
    }
}
