//! The main job on the real log: its published figures, ours beside them, and what a second import changes.

use std::path::PathBuf;

use mandate_app::Actor;
use mandate_app::facts::{ImportEvents, SummaryScope, import_events, summary};
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
        let started = std::time::Instant::now();
        let report = import_events(&ctx, &actor, ImportEvents::new(&path, Profile::ServiceNow)).await.unwrap();
        eprintln!("imported in {:?}: {report:?}", started.elapsed());
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
        eprintln!("{}", found.to_json());

        let again = import_events(&ctx, &actor, ImportEvents::new(&path, Profile::ServiceNow)).await.unwrap();
        assert_eq!((again.n_new, again.n_same, again.batch_id), (0, 141_712, None));
        assert_eq!(summary(&ctx, &actor, &SummaryScope::Real).await.unwrap().total, total);
    }
}
