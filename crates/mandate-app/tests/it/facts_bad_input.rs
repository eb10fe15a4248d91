//! Bad input: each kind has a message that names the row, the column and the mend, and leaves nothing behind.

use std::path::{Path, PathBuf};

use mandate_app::facts::calendars::{CalendarDraft, create_calendar, save_calendar};
use mandate_app::facts::levels::{LevelDraft, create_level, list_levels};
use mandate_app::facts::{
    ImportEvents, IngestError, IngestReport, SendEvents, check_events, import_events, send_events,
};
use mandate_app::{Actor, ErrorKind, UseCaseError};
use mandate_domain::facts::calendar::CalendarHours;
use mandate_domain::facts::service_level::{ClockKind, Reopening, ServiceLevelTerms};
use mandate_domain::facts::source::{Profile, SourceId, StateClass};
use mandate_testing::{TestDb, both_databases};

const HEAD: &str = "number,incident_state,sys_mod_count,made_sla,opened_at,sys_created_at,sys_updated_at,location,priority,assignment_group,category,caller_id";

fn file(db: &TestDb, name: &str, rows: &[&str]) -> PathBuf {
    let path = db.folder().join(name);
    let text = [&[HEAD], rows].concat().join("\n");
    std::fs::write(&path, text).unwrap();
    path
}

async fn import(db: &TestDb, path: &Path) -> Result<IngestReport, IngestError> {
    import_events(&db.ctx(), &Actor::operator(), ImportEvents::new(path, Profile::ServiceNow)).await
}

const OPENED: &str = "INC1,New,0,true,2016-03-01 09:00,2016-03-01 09:05,2016-03-01 09:05,Site 1,3 - Moderate,Desk,Mail,Caller 1";
const SOLVED: &str = "INC1,Resolved,1,true,2016-03-01 09:00,2016-03-01 09:05,2016-03-01 11:00,Site 1,3 - Moderate,Desk,Mail,Caller 1";

/// Fails unless nothing at all was kept.
async fn nothing_is_left(db: &TestDb) {
    let mut tx = db.read().await;
    for table in ["event_source", "event_file", "import_batch", "delivery_case", "account", "calendar"] {
        let n = tx.fetch_one(&format!("SELECT COUNT(*) FROM {table}"), vec![]).await.unwrap().int(0).unwrap();
        assert_eq!(n, 0, "{table}");
    }
    assert_eq!(event_files(db), Vec::<PathBuf>::new());
}

/// Event files on disk, whether they count or not.
pub fn event_files(db: &TestDb) -> Vec<PathBuf> {
    let mut found = vec![];
    let mut folders = vec![db.ctx().data_folder().join("events")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

both_databases! {
    async fn rows_that_are_wrong_are_all_named_and_nothing_is_imported(db: TestDb) {
        let cases: [(&str, &str, &str); 6] = [
            ("INC2,Waiting for Godot,0,true,2016-03-01 09:00,,2016-03-01 09:05,Site 1,3,Desk,,", "incident_state", "nobody has mapped"),
            ("INC2,New,0,true,2016-03-01 09:00,2016-03-01 09:00,2016-03-01 08:00,Site 1,3,Desk,,", "sys_updated_at", "before case `INC2` was opened"),
            ("INC2,New,0,true,yesterday,,2016-03-01 09:05,Site 1,3,Desk,,", "opened_at", "holds `yesterday`"),
            ("INC2,New,0,true,2016-03-01 09:00,,2016-03-01 09:05,Site 1,Urgent,Desk,,", "priority", "holds `Urgent`"),
            ("INC2,New,many,true,2016-03-01 09:00,,2016-03-01 09:05,Site 1,3,Desk,,", "sys_mod_count", "holds `many`"),
            ("?,New,0,true,2016-03-01 09:00,,2016-03-01 09:05,Site 1,3,Desk,,", "number", "is empty"),
        ];
        for (row, column, what) in cases {
            let path = file(&db, "log.csv", &[OPENED, row, row]);
            let error = import(&db, &path).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid);
            let IngestError::Rows { problems, n_problems } = error else { panic!("{error}") };
            assert_eq!((n_problems, problems[0].row, problems[0].column), (2, 3, column), "{row}");
            assert!(problems[0].to_string().contains(what), "{}", problems[0]);
            nothing_is_left(&db).await;
        }
    }

    async fn a_file_that_is_no_table_says_what_it_should_be(db: TestDb) {
        let fake = db.folder().join("log.parquet");
        std::fs::write(&fake, "PK not a parquet file").unwrap();
        let error = import(&db, &fake).await.unwrap_err();
        assert!(error.to_string().contains("not a Parquet file"), "{error}");
        std::fs::write(&fake, "PAR1 cut short").unwrap();
        let error = import(&db, &fake).await.unwrap_err();
        assert!(error.to_string().contains("damaged"), "{error}");
        let missing = import(&db, &db.folder().join("nowhere.csv")).await.unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
        let other = db.folder().join("other.csv");
        std::fs::write(&other, "ticket,status\n1,open\n").unwrap();
        let error = import(&db, &other).await.unwrap_err();
        let IngestError::MissingColumns { columns, .. } = &error else { panic!("{error}") };
        assert!(columns.contains(&"number") && columns.contains(&"opened_at"), "{columns:?}");
        nothing_is_left(&db).await;
    }

    async fn broken_encoding_and_ragged_rows_are_named_by_row(db: TestDb) {
        let path = db.folder().join("log.csv");
        let mut bytes = format!("{HEAD}\n{OPENED}\n").into_bytes();
        bytes.extend_from_slice(b"INC2,New,0,true,2016-03-01 09:00,,2016-03-01 09:05,Stra\xdfe,3,Desk,,\n");
        std::fs::write(&path, bytes).unwrap();
        let error = import(&db, &path).await.unwrap_err();
        assert!(error.to_string().contains("row 3 is not UTF-8"), "{error}");
        let path = file(&db, "log.csv", &[OPENED, "INC2,New,0"]);
        let error = import(&db, &path).await.unwrap_err();
        assert!(error.to_string().contains("row 3 has 3 fields"), "{error}");
        let path = file(&db, "log.csv", &[]);
        let error = import(&db, &path).await.unwrap_err();
        assert!(matches!(error, IngestError::NoRows), "{error}");
        nothing_is_left(&db).await;
    }

    async fn a_file_of_ten_gigabytes_is_refused_before_it_is_read(db: TestDb) {
        let path = db.folder().join("log.parquet");
        std::fs::File::create(&path).unwrap().set_len(10 << 30).unwrap();
        let error = import(&db, &path).await.unwrap_err();
        assert!(error.to_string().contains("split it by month"), "{error}");
        nothing_is_left(&db).await;
    }

    async fn a_wrong_zone_is_named_and_a_known_one_cannot_be_contradicted(db: TestDb) {
        let path = file(&db, "log.csv", &[OPENED, SOLVED]);
        let mut command = ImportEvents::new(&path, Profile::ServiceNow);
        command.time_zone = Some("Europe/Atlantis".to_owned());
        let error = import_events(&db.ctx(), &Actor::operator(), command.clone()).await.unwrap_err();
        assert!(error.to_string().contains("no time zone `Europe/Atlantis`"), "{error}");
        nothing_is_left(&db).await;
        command.time_zone = Some("Europe/Lisbon".to_owned());
        let report = import_events(&db.ctx(), &Actor::operator(), command.clone()).await.unwrap();
        assert_eq!(report.assumed_zone, None);
        command.time_zone = Some("UTC".to_owned());
        let error = import_events(&db.ctx(), &Actor::operator(), command).await.unwrap_err();
        assert!(matches!(error, IngestError::OtherZone { .. }), "{error}");
    }

    async fn the_same_event_twice_counts_once_and_a_contradiction_is_refused(db: TestDb) {
        let path = file(&db, "log.csv", &[OPENED, SOLVED, SOLVED]);
        let report = import(&db, &path).await.unwrap();
        assert_eq!((report.n_rows, report.n_new, report.n_same), (3, 2, 1));
        let other = SOLVED.replace("Resolved", "Closed");
        let within = file(&db, "within.csv", &[&OPENED.replace("INC1", "INC9"), &SOLVED.replace("INC1", "INC9"), &other.replace("INC1", "INC9")]);
        for path in [file(&db, "later.csv", &[&other]), within] {
            let IngestError::Rows { problems, .. } = import(&db, &path).await.unwrap_err() else { panic!() };
            assert!(problems[0].to_string().contains("tells another story"), "{}", problems[0]);
        }
        assert_eq!(event_files(&db).len(), 1);
    }

    async fn a_state_that_a_person_maps_is_taken_in(db: TestDb) {
        let path = file(&db, "log.csv", &[&OPENED.replace("New", "Waiting for Godot"), SOLVED]);
        let mut command = ImportEvents::new(&path, Profile::ServiceNow);
        command.states = vec![("Waiting for Godot".to_owned(), StateClass::AwaitingClient)];
        let report = import_events(&db.ctx(), &Actor::operator(), command).await.unwrap();
        assert_eq!(report.n_new, 2);
    }

    async fn an_event_over_the_api_names_what_it_lacks(db: TestDb) {
        let good = r#"{"event_id":"1","case":"T1","at":"2026-10-01T08:00:00Z","state":"new","priority":2}"#;
        let cases = [
            (r#"{"event_id":"2","case":"T1","at":"2026-10-01 09:00","state":"active"}"#, "at", "without a time zone"),
            (r#"{"event_id":"2","case":"T1","at":"2026-10-01T09:00:00Z","account":"A-404"}"#, "account", "does not exist"),
            (r#"{"event_id":"2","case":"T1","at":"2026-10-01T09:00:00Z","state":"on fire"}"#, "state", "nobody has mapped"),
            (r#"{"event_id":"2","case":"","at":"2026-10-01T09:00:00Z"}"#, "case", "is empty"),
            (r#"{"event_id":"2","case":"T1","at":"2026-10-01T09:00:00Z","opened_at":"2026-10-02T09:00:00Z"}"#, "at", "before case `T1` was opened"),
            (r#"{"event_id":"2","case":"T1","at":"2026-10-01T09:00:00Z","colour":"red"}"#, "event", "unknown field"),
            (r#"{"event_id":"2""#, "event", "is not an event"),
        ];
        for (line, column, what) in cases {
            let command = SendEvents {
                source: SourceId::parse("desk").unwrap(),
                time_zone: None,
                lines: format!("{good}\n{line}\n").into_bytes(),
            };
            let error = send_events(&db.ctx(), &Actor::operator(), command).await.unwrap_err();
            let IngestError::Rows { problems, .. } = error else { panic!("{error}") };
            assert_eq!((problems[0].row, problems[0].column), (2, column), "{line}");
            assert!(problems[0].to_string().contains(what), "{}", problems[0]);
            nothing_is_left(&db).await;
        }
    }

    async fn two_files_out_of_order_give_what_one_gives(db: TestDb) {
        let rows = [OPENED, SOLVED, &OPENED.replace("INC1", "INC2"), &SOLVED.replace("INC1", "INC2")];
        let figures = async || {
            let mut tx = db.read().await;
            let sql = "SELECT case_ref, n_events, state_class, clock_outcome, clock_s FROM delivery_case
                        WHERE source_id = $1 ORDER BY case_ref";
            let of = |source: &str| vec![mandate_store::Value::Text(Some(source.to_owned()))];
            let mut told = vec![];
            for source in ["late", "whole"] {
                let rows = tx.fetch_all(sql, of(source)).await.unwrap();
                let told_row = |row: &mandate_store::Row| {
                    (row.text(0).unwrap(), row.int(1).unwrap(), row.text(2).unwrap(), row.text(3).unwrap(), row.int(4).unwrap())
                };
                told.push(rows.iter().map(told_row).collect::<Vec<_>>());
            }
            told
        };
        let import_as = async |source: &str, name: &str, rows: &[&str]| {
            let mut command = ImportEvents::new(&file(&db, name, rows), Profile::ServiceNow);
            command.source = Some(SourceId::parse(source).unwrap());
            import_events(&db.ctx(), &Actor::operator(), command).await.unwrap()
        };
        // The later file first, and its first row again with the earlier one.
        import_as("late", "second.csv", &[rows[1], rows[3]]).await;
        let first = import_as("late", "first.csv", &[rows[1], rows[2], rows[0]]).await;
        assert_eq!((first.n_new, first.n_same), (2, 1));
        import_as("whole", "whole.csv", &rows).await;
        let told = figures().await;
        assert_eq!(told[0], told[1]);
        assert_eq!(told[0].len(), 2);
    }

    async fn a_file_without_line_ends_is_never_held_whole(db: TestDb) {
        // 300 MB of nothing, as a copy that broke off leaves behind; of a line 64 kB are kept.
        let path = db.folder().join("log.ndjson");
        std::fs::File::create(&path).unwrap().set_len(300 << 20).unwrap();
        let error = import_events(&db.ctx(), &Actor::operator(), ImportEvents::new(&path, Profile::Events)).await.unwrap_err();
        let IngestError::Rows { problems, n_problems } = error else { panic!("{error}") };
        assert_eq!((n_problems, problems[0].row, problems[0].column), (1, 1, "event"));
        assert!(problems[0].to_string().contains("at most 65536 fit"), "{}", problems[0]);
        std::fs::write(&path, b"{\"event_id\":\"1\",\"case\":\"Stra\xdfe\"}\n").unwrap();
        let error = import_events(&db.ctx(), &Actor::operator(), ImportEvents::new(&path, Profile::Events)).await.unwrap_err();
        assert!(error.to_string().contains("it is not UTF-8 text"), "{error}");
        nothing_is_left(&db).await;
    }

    async fn a_quote_that_is_never_closed_does_not_swallow_the_file(db: TestDb) {
        let open = OPENED.replace("Site 1", "\"Site 1");
        let path = file(&db, "log.csv", &[SOLVED, &open]);
        std::fs::File::options().append(true).open(&path).unwrap().set_len(64 << 20).unwrap();
        let error = import(&db, &path).await.unwrap_err();
        assert!(error.to_string().contains("row 3 has more than 1048576 bytes; is a quote opened"), "{error}");
        nothing_is_left(&db).await;
    }

    async fn a_check_names_what_an_import_would_and_keeps_nothing(db: TestDb) {
        let bad = file(&db, "bad.csv", &[OPENED, "INC2,Waiting for Godot,0,true,2016-03-01 09:00,,2016-03-01 09:05,Site 1,3,Desk,,"]);
        let good = file(&db, "good.csv", &[OPENED, SOLVED, SOLVED]);
        let check = async |path: &Path| check_events(&db.ctx(), &Actor::operator(), ImportEvents::new(path, Profile::ServiceNow)).await;
        let told = check(&bad).await.unwrap_err().to_string();
        assert_eq!(told, import(&db, &bad).await.unwrap_err().to_string());
        let checked = check(&good).await.unwrap();
        nothing_is_left(&db).await;
        assert_eq!(std::fs::read_dir(db.ctx().data_folder().join("uploads")).unwrap().count(), 0);
        let imported = import(&db, &good).await.unwrap();
        assert_eq!(checked, IngestReport { batch_id: None, ..imported });
        let again = check(&good).await.unwrap();
        assert_eq!((again.n_new, again.n_same, again.n_accounts_made), (0, 3, 0));
    }

    async fn a_calendar_without_open_hours_a_target_of_zero_and_an_unknown_account_are_refused(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let hours = CalendarHours::working_week(jiff::civil::date(2026, 1, 1), "UTC", 480, 1_080);
        let closed = CalendarHours { windows: vec![], ..hours.clone() };
        let draft = |hours: CalendarHours| CalendarDraft { external_id: None, name: "Week".to_owned(), versions: vec![hours] };
        let refused = create_calendar(&ctx, &operator, draft(closed.clone())).await.unwrap_err();
        assert_eq!(refused.fields()[0].field, "versions.0.windows");
        assert_eq!(refused.fields()[0].message.id, "calendar-problem-no-open-hours");
        nothing_is_left(&db).await;

        import(&db, &file(&db, "log.csv", &[OPENED, SOLVED])).await.unwrap();
        let calendar = create_calendar(&ctx, &operator, draft(hours)).await.unwrap();
        let save = draft(closed);
        let refused = save_calendar(&ctx, &operator, &calendar.id, 1, save).await.unwrap_err();
        assert_eq!(refused.fields()[0].message.id, "calendar-problem-no-open-hours");
        let level = |account: Option<&str>, seconds| LevelDraft {
            external_id: None,
            source: "servicenow".to_owned(),
            account: account.map(str::to_owned),
            clock_kind: ClockKind::Update,
            name: "Updates".to_owned(),
            clause: String::new(),
            versions: vec![ServiceLevelTerms {
                valid_from: jiff::civil::date(2026, 1, 1),
                calendar_id: calendar.id.clone(),
                reopening: Reopening::Total,
                retroactive_start: true,
                goal_share_bp: 9_000,
                targets: vec![(1, seconds)],
            }],
        };
        let n_levels = list_levels(&ctx, &operator).await.unwrap().len();
        for (draft, field, message) in [
            (level(None, 0), "versions.0.target_1", "level-problem-zero"),
            (level(Some("A-404"), 3_600), "account", "level-problem-no-account"),
        ] {
            let refused = create_level(&ctx, &operator, draft).await.unwrap_err();
            assert_eq!((refused.fields()[0].field.as_str(), refused.fields()[0].message.id), (field, message));
        }
        assert_eq!(list_levels(&ctx, &operator).await.unwrap().len(), n_levels);
    }
}
