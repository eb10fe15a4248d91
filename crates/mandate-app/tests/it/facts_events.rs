//! Events that come late, out of order, corrected, or while the program is killed: the figures end up the same.

use std::fmt::Write as _;
use std::time::Duration;

use mandate_app::facts::event_files::{merge_small_files, sweep};
use mandate_app::facts::{SendEvents, SummaryScope, send_events, summary};
use mandate_app::{Actor, Ctx};
use mandate_domain::facts::calendar::{Calendar, CalendarHours, CalendarVersion};
use mandate_domain::facts::service_level::{
    ClockKind, Reopening, ServiceLevel, ServiceLevelTerms, ServiceLevelVersion,
};
use mandate_domain::facts::source::{EventSource, Profile, SourceId};
use mandate_store::facts::{calendars, service_levels, sources};
use mandate_testing::{TestDb, both_databases};

use crate::facts_bad_input::event_files;

/// A source with a service level: four hours for every priority, Monday to Friday 08:00 to 18:00 UTC.
pub async fn desk(db: &TestDb, name: &str) -> SourceId {
    let (ctx, id) = (db.ctx(), SourceId::parse(name).unwrap());
    let mut tx = db.write().await;
    let source = EventSource {
        id: id.clone(),
        name: name.to_owned(),
        profile: Profile::Events,
        time_zone: "UTC".to_owned(),
        time_zone_assumed: false,
        note: String::new(),
        data_until: None,
        n_cases: 0,
        n_events: 0,
        demo: false,
        version: 1,
    };
    sources::insert_source(&mut tx, &source, ctx.now()).await.unwrap();
    let first = jiff::civil::date(2026, 1, 1);
    let calendar = Calendar {
        id: ctx.new_id(),
        external_id: None,
        name: format!("Week of {name}"),
        assumed: false,
        demo: false,
        version: 1,
        versions: vec![CalendarVersion {
            id: ctx.new_id(),
            hours: CalendarHours::working_week(first, "UTC", 480, 1_080),
        }],
    };
    calendars::insert_calendar(&mut tx, &calendar, ctx.now()).await.unwrap();
    let level = ServiceLevel {
        id: ctx.new_id(),
        external_id: None,
        source_id: id.clone(),
        account_id: None,
        contract_id: None,
        name: "Solved in four hours".to_owned(),
        clock_kind: ClockKind::Resolution,
        clause: String::new(),
        assumed: false,
        demo: false,
        version: 1,
        versions: vec![ServiceLevelVersion {
            id: ctx.new_id(),
            terms: ServiceLevelTerms {
                valid_from: first,
                calendar_id: calendar.id.clone(),
                reopening: Reopening::Total,
                retroactive_start: true,
                goal_share_bp: 9_000,
                targets: (1..=4).map(|priority| (priority, 14_400)).collect(),
            },
        }],
    };
    service_levels::insert_service_level(&mut tx, &level, ctx.now()).await.unwrap();
    let subject = mandate_app::ctx::Subject { kind: "test", id: name, name, account_id: None };
    tx.commit(Actor::operator().record(ctx.now(), "test.made", subject, vec![])).await.unwrap();
    id
}

/// Lines of `n` cases over some weeks: opened, paused for a while, solved, some reopened, the last ones still open.
pub fn lines(n: i64) -> Vec<String> {
    let start = 1_788_768_000; // Mon 2026-09-07 08:00 UTC
    let mut lines = vec![];
    for case in 0..n {
        let opened = start + case * 5_400;
        let at = |seconds: i64| mandate_domain::Instant::from_seconds(opened + seconds).to_string();
        let mut event = |number: i64, seconds: i64, state: &str| {
            lines.push(format!(
                r#"{{"event_id":"{case}-{number}","case":"T{case}","seq":{number},"at":"{}","opened_at":"{}","state":"{state}","priority":{}}}"#,
                at(seconds),
                at(0),
                1 + case % 4
            ));
        };
        event(1, 60, "new");
        event(2, 1_800, "active");
        if case % 3 == 0 {
            event(3, 3_600, "awaiting_client");
            event(4, 9_000 + case * 31, "active");
        }
        if case % 10 != 9 {
            event(5, 12_000 + (case % 7) * 2_000, "resolved");
        }
        if case % 8 == 0 {
            event(6, 40_000, "active");
            event(7, 43_000, "closed");
        }
    }
    lines
}

pub async fn send(ctx: &Ctx, source: &SourceId, lines: &[String]) -> mandate_app::facts::IngestReport {
    let command =
        SendEvents { source: source.clone(), time_zone: None, lines: lines.join("\n").into_bytes() };
    send_events(ctx, &Actor::operator(), command).await.unwrap()
}

/// Everything derived for a source, as text without its name.
pub async fn derived(db: &TestDb, source: &SourceId) -> String {
    let mut tx = db.read().await;
    let mut text = String::new();
    let cases = "SELECT case_ref, clock_outcome, clock_s, COALESCE(breached_at_us, -1), COALESCE(due_at_us, -1), paused_s,
                        closed_hours_s, n_events, n_reopened, priority, state_class, month
                   FROM delivery_case WHERE source_id = $1 ORDER BY case_ref";
    let value = || vec![mandate_store::Value::Text(Some(source.to_string()))];
    for row in tx.fetch_all(cases, value()).await.unwrap() {
        let texts = [0, 1, 10, 11].map(|column| row.text(column).unwrap());
        let numbers = [2, 3, 4, 5, 6, 7, 8, 9].map(|column| row.int(column).unwrap());
        writeln!(text, "{texts:?} {numbers:?}").unwrap();
    }
    let months = "SELECT month, priority, n_cases, n_clocked, n_clock_met, n_running, clock_sum_s,
                         COALESCE(clock_p50_x2_s, -1), COALESCE(clock_p90_x10_s, -1)
                    FROM delivery_month WHERE source_id = $1 ORDER BY month, priority";
    for row in tx.fetch_all(months, value()).await.unwrap() {
        let numbers = [1, 2, 3, 4, 5, 6, 7, 8].map(|column| row.int(column).unwrap());
        writeln!(text, "{} {numbers:?}", row.text(0).unwrap()).unwrap();
    }
    text
}

both_databases! {
    async fn late_events_in_any_order_give_what_all_at_once_give(db: TestDb) {
        let (whole, parts) = (desk(&db, "whole").await, desk(&db, "parts").await);
        let all = lines(120);
        let report = send(&db.ctx(), &whole, &all).await;
        assert_eq!((report.n_new as usize, report.n_cases), (all.len(), 120));
        // Latest batch first, and every line twice in the end.
        for part in all.chunks(97).rev() {
            send(&db.ctx(), &parts, part).await;
        }
        let expected = derived(&db, &whole).await;
        assert_eq!(derived(&db, &parts).await, expected);
        assert!(expected.contains("\"running\"") && expected.contains("\"missed\"") && expected.contains("\"met\""));
        let again = send(&db.ctx(), &parts, &all).await;
        assert_eq!((again.n_new, again.n_same as usize, again.batch_id), (0, all.len(), None));
        assert_eq!(derived(&db, &parts).await, expected);
    }

    async fn a_corrected_event_replaces_the_one_with_its_id(db: TestDb) {
        let (source, fresh) = (desk(&db, "desk").await, desk(&db, "fresh").await);
        let all = lines(20);
        send(&db.ctx(), &source, &all).await;
        let corrected: Vec<String> = all
            .iter()
            .map(|line| if line.contains("\"3-5\"") { line.replace("resolved", "awaiting_other") } else { line.clone() })
            .collect();
        let report = send(&db.ctx(), &source, &corrected).await;
        assert_eq!((report.n_new, report.n_corrected, report.n_cases), (0, 1, 1));
        send(&db.ctx(), &fresh, &corrected).await;
        assert_eq!(derived(&db, &source).await, derived(&db, &fresh).await);
    }

    async fn an_open_case_is_missed_once_the_data_pass_its_due_time(db: TestDb) {
        let source = desk(&db, "desk").await;
        let open = r#"{"event_id":"a","case":"A","at":"2026-09-07T09:00:00Z","state":"new","priority":1}"#.to_owned();
        send(&db.ctx(), &source, &[open]).await;
        assert!(derived(&db, &source).await.contains("\"running\""));
        let other = r#"{"event_id":"b","case":"B","at":"2026-09-07T15:00:00Z","state":"new","priority":1}"#.to_owned();
        let report = send(&db.ctx(), &source, &[other]).await;
        assert_eq!(report.n_cases, 2, "the new case, and the one whose four hours have passed");
        assert!(derived(&db, &source).await.contains("\"missed\""));
    }

    async fn a_kill_between_file_and_commit_loses_and_doubles_nothing(db: TestDb) {
        let source = desk(&db, "desk").await;
        let all = lines(40);
        send(&db.ctx(), &source, &all[..10]).await;
        let (before, n_files) = (derived(&db, &source).await, event_files(&db).len());
        // Holding the one writer's place, the import stands between its files and its commit: then it is dropped.
        let held = db.write().await;
        let ctx = db.ctx();
        {
            let import = send(&ctx, &source, &all);
            tokio::pin!(import);
            let staged = async {
                while event_files(&db).len() <= n_files {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            };
            tokio::select! {
                _ = &mut import => panic!("the import did not wait"),
                () = staged => {}
            }
        }
        drop(held);
        assert!(event_files(&db).len() > n_files, "the kill left files behind");
        assert_eq!(derived(&db, &source).await, before, "which mean nothing");
        assert!(sweep(&db.ctx(), Duration::from_secs(3_600)).await.unwrap() == 0, "young files may be an import's");
        assert!(sweep(&db.ctx(), Duration::ZERO).await.unwrap() > 0);
        assert_eq!(event_files(&db).len(), n_files);
        let report = send(&db.ctx(), &source, &all).await;
        assert_eq!((report.n_new as usize, report.n_same), (all.len() - 10, 10));
        let whole = desk(&db, "whole").await;
        send(&db.ctx(), &whole, &all).await;
        assert_eq!(derived(&db, &source).await, derived(&db, &whole).await);
    }

    async fn merging_small_files_changes_no_figure(db: TestDb) {
        let source = desk(&db, "desk").await;
        let all = lines(60);
        for part in all.chunks(all.len() / 40) {
            send(&db.ctx(), &source, part).await;
        }
        let before = derived(&db, &source).await;
        let n_merged = merge_small_files(&db.ctx(), &Actor::operator(), &source, db.ctx().now()).await.unwrap();
        assert!(n_merged >= 32, "{n_merged}");
        let again = send(&db.ctx(), &source, &all).await;
        assert_eq!((again.n_new, again.n_same as usize), (0, all.len()));
        let late = r#"{"event_id":"late","case":"T9","at":"2026-09-30T09:00:00Z","state":"resolved"}"#.to_owned();
        assert_eq!(send(&db.ctx(), &source, &[late]).await.n_new, 1);
        assert_ne!(derived(&db, &source).await, before);
        let total = summary(&db.ctx(), &Actor::operator(), &SummaryScope::Source(source)).await.unwrap().total;
        assert_eq!(total.n_events as usize, all.len() + 1);
    }

    async fn many_senders_at_once_are_all_taken_and_counted(db: TestDb) {
        let source = desk(&db, "desk").await;
        let (all, ctx) = (lines(96), db.ctx());
        let sender = |part: &[String]| {
            let (ctx, source, part) = (ctx.clone(), source.clone(), part.to_vec());
            tokio::spawn(async move { send(&ctx, &source, &part).await.n_new as usize })
        };
        let senders: Vec<_> = all.chunks(all.len().div_ceil(12)).map(sender).collect();
        let mut n_new = 0;
        for sent in senders {
            n_new += sent.await.unwrap();
        }
        assert_eq!(n_new, all.len());
        let kept = sources::load_source(&mut db.read().await, &source).await.unwrap().unwrap();
        assert_eq!((kept.n_cases, kept.n_events as usize), (96, all.len()), "counted as they came");
        let whole = desk(&db, "whole").await;
        send(&ctx, &whole, &all).await;
        assert_eq!(derived(&db, &source).await, derived(&db, &whole).await);
    }
}
