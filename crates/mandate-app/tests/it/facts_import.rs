//! The main job on the real log: its published figures, ours beside them, and what a second import changes.

use std::path::PathBuf;

use mandate_app::Actor;
use mandate_app::facts::{ImportEvents, SummaryScope, explain, import_events, summary};
use mandate_domain::facts::source::Profile;
use mandate_testing::{TestDb, both_databases};

/// The folder of public data, or nothing, said loudly; where the folder is named, its absence is a failure.
fn incident_log() -> Option<PathBuf> {
    let stated = std::env::var_os("MANDATE_TEST_DATA").map(PathBuf::from);
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = stated.clone().unwrap_or(beside);
    let path = folder.join("service-events/incident_event_log.parquet");
    if path.exists() {
        return Some(path);
    }
    assert!(stated.is_none() && !folder.exists(), "the data folder {} lacks the log", folder.display());
    eprintln!("skipped: data not present");
    None
}

both_databases! {
    async fn the_published_figures_come_out_of_the_log(db: TestDb) {
        let Some(path) = incident_log() else { return };
        let (ctx, actor) = (db.ctx(), Actor::operator());
        let report = import_events(&ctx, &actor, ImportEvents::new(&path, Profile::ServiceNow)).await.unwrap();
        assert_eq!((report.n_rows, report.n_new, report.n_cases), (141_712, 141_712, 24_918));
        assert_eq!((report.n_accounts_made, report.n_before_opening), (224, 5));
        assert_eq!(report.assumed_states, [("-100".to_owned(), "active".to_owned())]);
        assert_eq!(report.assumed_zone.as_deref(), Some("UTC"));
        assert!(report.proposed_service_level);

        let found = summary(&ctx, &actor, &SummaryScope::Real).await.unwrap();
        let total = found.total;
        assert_eq!((total.n_cases, total.n_events), (24_918, 141_712));
        assert_eq!((total.n_reported, total.n_reported_met), (24_918, 15_803));
        assert_eq!((total.n_events_flagged, total.n_events_met), (141_712, 132_497));
        let reported: Vec<(i64, i64, i64)> = found
            .by_priority
            .iter()
            .map(|(priority, figures)| (*priority, figures.n_reported, figures.n_reported_met))
            .collect();
        assert_eq!(reported, [(1, 270, 5), (2, 408, 2), (3, 23_466, 15_145), (4, 774, 651)]);
        // DuckDB gives the same on the peers' query (../shared/peers/facts/bench.py), with the priority of the last event;
        // with the smallest priority of a case, as the peers take it, 20,885 are met.
        assert_eq!((total.n_clocked, total.n_clock_met, total.clock_sum_s), (24_918, 20_932, 2_664_685_080));
        let clock: Vec<i64> = found.by_priority.values().map(|figures| figures.n_clock_met).collect();
        assert_eq!(clock, [89, 210, 19_898, 735]);
        let json = found.to_json();
        assert_eq!(json["by_priority"]["1"]["cases"], 270);
        assert_eq!(json["clock"]["assumed"], true);

        // Every step's seconds add up to the figure, and the figure to the stored one.
        let explained = explain(&ctx, &actor, "INC0000045").await.unwrap();
        let clock = &explained.clocks[0];
        assert_eq!(clock.steps.iter().map(|step| step.counted_s).sum::<i64>(), clock.counted_s);
        assert_eq!(clock.counted_s, explained.case.clock.counted_s);
        assert_eq!(explained.events.len(), 4);

        let again = import_events(&ctx, &actor, ImportEvents::new(&path, Profile::ServiceNow)).await.unwrap();
        assert_eq!((again.n_new, again.n_same, again.batch_id), (0, 141_712, None));
        assert_eq!(summary(&ctx, &actor, &SummaryScope::Real).await.unwrap().total, total);
    }
}
