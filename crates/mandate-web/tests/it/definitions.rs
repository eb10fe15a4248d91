//! Pages of sources, imports, calendars and service levels: a log comes in and goes again, definitions change its figures,
//! wrong input is told at its field and nothing is kept of it.

use std::path::Path;

use axum::http::Method;
use mandate_app::Action;
use mandate_app::facts::import_job::{IMPORT_EVENTS, run_import};
use mandate_app::jobs::{Registry, run_until_idle};
use mandate_testing::{TestDb, both_databases};
use mandate_web::texts::Texts;
use serde_json::Value;

use crate::browser::{Answer, Browser};

const HEAD: &str = "number,incident_state,sys_mod_count,sys_updated_at,opened_at,priority,made_sla,location";
/// A Monday. Under the proposed calendar, 08:00 to 18:00, INC1 counts 2 h and 5 h of its target of 8 h.
pub const LOG: &str = "
INC1,New,0,2026-11-16 09:00,2026-11-16 09:00,2 - High,true,Vienna
INC1,Awaiting User Info,1,2026-11-16 11:00,2026-11-16 09:00,2 - High,true,Vienna
INC1,Active,2,2026-11-16 13:00,2026-11-16 09:00,2 - High,true,Vienna
INC1,Resolved,3,2026-11-16 20:00,2026-11-16 09:00,2 - High,true,Vienna
INC2,New,0,2026-11-16 09:00,2026-11-16 09:00,3 - Moderate,true,Graz
INC2,Resolved,1,2026-11-16 10:00,2026-11-16 09:00,3 - Moderate,true,Graz
";

pub fn csv(rows: &str) -> String {
    format!("{HEAD}\n{}\n", rows.trim())
}

/// Sends a form with a file.
pub async fn upload(browser: &mut Browser, path: &str, fields: &[(&str, &str)], file: &str) -> Answer {
    let mut body = String::new();
    for (name, value) in fields {
        body.push_str(&format!(
            "--edge\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    }
    let named = "content-disposition: form-data; name=\"file\"; filename=\"log.csv\"";
    body.push_str(&format!("--edge\r\n{named}\r\ncontent-type: text/csv\r\n\r\n{file}\r\n--edge--\r\n"));
    let headers = [("content-type", "multipart/form-data; boundary=edge")];
    browser.request(Method::POST, path, &headers, body).await
}

async fn run_jobs(db: &TestDb) {
    let registry = Registry::new().with(IMPORT_EVENTS, Action::Import, run_import);
    run_until_idle(&db.ctx(), &registry).await.unwrap();
}

/// Uploads a log and lets its job run; answers the path of its page.
async fn import(browser: &mut Browser, db: &TestDb, log: &str) -> String {
    let sent = upload(browser, "/facts/imports", &[("profile", "servicenow")], &csv(log)).await.expect(303);
    let path = sent.location().to_owned();
    assert!(browser.get(&path).await.expect(200).body.contains("Waiting for its turn"));
    run_jobs(db).await;
    path
}

async fn json(browser: &mut Browser, path: &str) -> Value {
    serde_json::from_str(&browser.get(path).await.expect(200).body).unwrap()
}

async fn n_met(browser: &mut Browser) -> i64 {
    json(browser, "/api/v1/facts/summary").await["clock"]["n_met"].as_i64().unwrap()
}

async fn only_id(browser: &mut Browser, path: &str) -> (String, String) {
    let all = json(browser, path).await;
    let one = &all.as_array().unwrap()[0];
    (one["id"].as_str().unwrap().to_owned(), one["version"].to_string())
}

both_databases! {
    async fn a_log_is_uploaded_read_by_a_job_and_undone(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        assert!(browser.get("/facts/sources").await.expect(200).body.contains("No sources yet"));
        let path = import(&mut browser, &db, LOG).await;
        let done = browser.get(&path).await.expect(200).body;
        assert!(done.contains("New events") && done.contains("A service level was assumed"), "{done}");
        let progress = json(&mut browser, &format!("{path}/progress.json")).await;
        assert_eq!((progress["state"].as_str(), progress["href"].as_str()), (Some("done"), Some(path.as_str())));
        let source = browser.get("/facts/sources/servicenow").await.expect(200).body;
        assert!(source.contains("Awaiting User Info") && source.contains("November 2026"), "{source}");
        assert!(source.contains("2 cases from 6 events"), "{source}");
        let batch = source.split("/facts/batches/").nth(1).unwrap().split('/').next().unwrap().to_owned();
        let undone = browser.post(&format!("/facts/batches/{batch}/undo"), &[]).await.expect(303);
        assert_eq!(undone.location(), "/facts/sources/servicenow");
        let source = browser.get("/facts/sources/servicenow").await.expect(200).body;
        assert!(source.contains("Undone") && source.contains("Withdrawn"), "{source}");
        assert_eq!(json(&mut browser, "/api/v1/facts/summary").await["cases"], 0);
        browser.post(&format!("/facts/batches/{batch}/undo"), &[]).await.expect(409);
        // The same file again brings everything back.
        import(&mut browser, &db, LOG).await;
        assert_eq!(json(&mut browser, "/api/v1/facts/summary").await["cases"], 2);
        browser.get("/facts/sources/nobody").await.expect(404);
        browser.get("/facts/imports/00000000000000000000000000").await.expect(404);
    }

    async fn a_refused_log_names_every_row_and_keeps_nothing(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let bad = "
INC1,New,0,2026-11-16 09:00,2026-11-16 09:00,2 - High,true,Vienna
INC1,Waiting for Godot,1,2026-11-16 11:00,2026-11-16 09:00,2 - High,true,Vienna
INC2,New,0,soon,2026-11-16 09:00,2 - High,true,Vienna";
        let path = import(&mut browser, &db, bad).await;
        let refused = browser.get(&path).await.expect(200).body;
        assert!(refused.contains("nothing was imported"), "{refused}");
        assert!(refused.contains("Waiting for Godot") && refused.contains("soon"), "{refused}");
        let errors = browser.get(&format!("{path}/errors.csv")).await.expect(200).body;
        let lines: Vec<&str> = errors.lines().collect();
        assert_eq!(lines.len(), 3, "{errors}");
        assert!(lines[1].starts_with("3,incident_state,") && lines[2].starts_with("4,sys_updated_at,"), "{errors}");
        assert!(browser.get("/facts/sources").await.expect(200).body.contains("No sources yet"));
    }

    async fn a_state_nobody_mapped_is_mapped_and_the_same_file_taken(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let path = import(&mut browser, &db, &LOG.replace("Awaiting User Info", "Waiting for Godot")).await;
        assert!(browser.get(&path).await.expect(200).body.contains("Import again with these meanings"));
        let form = [("raw", "Waiting for Godot"), ("class", "awaiting_client")];
        let again = browser.post(&format!("{path}/again"), &form).await.expect(303);
        run_jobs(&db).await;
        assert!(browser.get(again.location()).await.expect(200).body.contains("New events"));
        assert_eq!(n_met(&mut browser).await, 2);
    }

    async fn what_is_no_log_is_told_at_its_field(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let fields = [("profile", "excel"), ("source", "Service Now"), ("time_zone", "Mars/Olympus")];
        let refused = upload(&mut browser, "/facts/imports", &fields, "").await.expect(422).body;
        for told in ["Choose how the file is read", "cannot name a source", "no time zone", "not empty"] {
            assert!(refused.contains(told), "{told}: {refused}");
        }
        assert!(refused.contains("Mars/Olympus"), "what was typed is kept");
        let lacking = upload(&mut browser, "/facts/imports", &[("profile", "servicenow")], "a,b\n1,2\n").await;
        run_jobs(&db).await;
        let told = browser.get(lacking.location()).await.expect(200).body;
        assert!(told.contains("lacks the columns"), "{told}");
    }

    async fn a_new_meaning_of_a_state_computes_every_case_anew(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        import(&mut browser, &db, LOG).await;
        assert_eq!(n_met(&mut browser).await, 2);
        let version = json(&mut browser, "/api/v1/sources/servicenow").await["version"].to_string();
        let form = [("version", version.as_str()), ("raw", "Awaiting User Info"), ("class", "active")];
        browser.post("/facts/sources/servicenow/states", &form).await.expect(303);
        // Nine hours count now, and the target is eight.
        assert_eq!(n_met(&mut browser).await, 1);
        browser.post("/facts/sources/servicenow/states", &form).await.expect(409);
    }

    async fn a_source_states_its_zone(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        import(&mut browser, &db, LOG).await;
        assert!(browser.get("/facts/sources/servicenow").await.expect(200).body.contains("Zone assumed"));
        let version = json(&mut browser, "/api/v1/sources/servicenow").await["version"].to_string();
        let wrong = [("version", version.as_str()), ("name", ""), ("time_zone", "Mars/Olympus"), ("note", "kept")];
        let refused = browser.post("/facts/sources/servicenow", &wrong).await.expect(422).body;
        assert!(refused.contains("Give a name") && refused.contains("Mars/Olympus") && refused.contains("kept"));
        let right = [("version", version.as_str()), ("name", "Service desk"), ("time_zone", "UTC"), ("note", "")];
        browser.post("/facts/sources/servicenow", &right).await.expect(303);
        let saved = browser.get("/facts/sources/servicenow").await.expect(200).body;
        assert!(saved.contains("Service desk") && !saved.contains("Zone assumed"), "{saved}");
    }

    async fn a_calendar_is_stated_previewed_and_corrected(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        assert!(browser.get("/facts/calendars").await.expect(200).body.contains("No calendars yet"));
        assert!(browser.get("/facts/calendars/new").await.expect(200).body.contains("08:00-18:00"));
        let closed = [("name", "Vienna"), ("time_zone", "Europe/Vienna"), ("valid_from", "2026-01-01")];
        let refused = browser.post("/facts/calendars/new", &closed).await.expect(422).body;
        assert!(refused.contains("no open hours"), "{refused}");
        let mut form = vec![
            ("name", "Vienna"), ("time_zone", "Europe/Vienna"), ("valid_from", "2026-01-01"),
            ("day_1", "08:00-12:00, 13:00-18:00"), ("day_2", "late"),
            ("exceptions", "2026-12-24 08:00-12:00 Christmas Eve\n2026-12-25 closed Christmas Day\nmaybe"),
        ];
        let refused = browser.post("/facts/calendars/new", &form).await.expect(422).body;
        assert!(refused.contains("is not a span of hours") && refused.contains("Line 3"), "{refused}");
        assert!(refused.contains("08:00-12:00, 13:00-18:00"), "what was typed is kept");
        form[4].1 = "";
        form[5].1 = "2026-12-24 08:00-12:00 Christmas Eve\n2026-12-25 closed Christmas Day";
        form.push(("do", "preview"));
        let preview = browser.post("/facts/calendars/new", &form).await.expect(200).body;
        assert!(preview.contains("9 h a week") && preview.contains("Christmas Eve"), "{preview}");
        assert!(browser.get("/facts/calendars").await.expect(200).body.contains("No calendars yet"));
        form.pop();
        let path = browser.post("/facts/calendars/new", &form).await.expect(303).location().to_owned();
        let page = browser.get(&path).await.expect(200).body;
        assert!(page.contains("9 h a week") && page.contains("Christmas Day"), "{page}");
        // New hours from a later day leave the old ones standing; the same day twice is refused.
        form.extend([("version", "1"), ("of", "")]);
        let twice = browser.post(&format!("{path}/edit"), &form).await.expect(422).body;
        assert!(twice.contains("Another version starts"), "{twice}");
        form[2].1 = "2027-01-01";
        browser.post(&format!("{path}/edit"), &form).await.expect(303);
        let versions = json(&mut browser, "/api/v1/calendars").await;
        assert_eq!(versions[0]["versions"].as_array().unwrap().len(), 2);
        browser.post(&format!("{path}/edit"), &form).await.expect(409);
        let form = [("of", "2027-01-01"), ("version", "2")];
        browser.post(&format!("{path}/remove"), &form).await.expect(303);
        assert_eq!(json(&mut browser, "/api/v1/calendars").await[0]["versions"].as_array().unwrap().len(), 1);
    }

    async fn new_hours_compute_the_cases_anew(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        import(&mut browser, &db, LOG).await;
        let (id, version) = only_id(&mut browser, "/api/v1/calendars").await;
        let page = browser.get(&format!("/facts/calendars/{id}")).await.expect(200).body;
        assert!(page.contains("Nobody has stated these hours"), "{page}");
        // Open to midnight, two more hours of INC1 count: nine of eight.
        let day = "08:00-24:00";
        let form = [
            ("name", "All day"), ("time_zone", "UTC"), ("valid_from", "2000-01-01"), ("of", "2000-01-01"),
            ("version", &version), ("day_1", day), ("exceptions", ""),
        ];
        browser.post(&format!("/facts/calendars/{id}/edit"), &form).await.expect(303);
        assert_eq!(n_met(&mut browser).await, 1);
        let page = browser.get(&format!("/facts/calendars/{id}")).await.expect(200).body;
        assert!(!page.contains("Nobody has stated these hours"), "{page}");
    }

    async fn a_service_level_of_ones_own_goes_before_the_proposed_one(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        import(&mut browser, &db, LOG).await;
        let (calendar, _) = only_id(&mut browser, "/api/v1/calendars").await;
        let list = browser.get("/facts/service-levels").await.expect(200).body;
        assert!(list.contains("P1 4 h") && list.contains("Assumed"), "{list}");
        let mut form = vec![
            ("name", "Resolution, Vienna"), ("source", "servicenow"), ("account", "Nowhere"),
            ("clock_kind", "resolution"), ("target_2_hours", "0"), ("goal", "200"), ("reopening", "total"),
            ("retroactive_start", "1"), ("valid_from", "2026-01-01"), ("calendar_id", calendar.as_str()),
        ];
        let refused = browser.post("/facts/service-levels/new", &form).await.expect(422).body;
        assert!(refused.contains("A target of zero") && refused.contains("The goal is a share"), "{refused}");
        assert!(refused.contains("Resolution, Vienna"), "what was typed is kept");
        form[4].1 = "6";
        form[5].1 = "97.5";
        let refused = browser.post("/facts/service-levels/new", &form).await.expect(422).body;
        assert!(refused.contains("There is no account"), "{refused}");
        form[2].1 = "vienna";
        let path = browser.post("/facts/service-levels/new", &form).await.expect(303).location().to_owned();
        // Seven hours were counted; six are allowed in Vienna now.
        assert_eq!(n_met(&mut browser).await, 1);
        let page = browser.get(&path).await.expect(200).body;
        assert!(page.contains("6 h") && page.contains("97.5%"), "{page}");
        let twice = browser.post("/facts/service-levels/new", &form).await.expect(422).body;
        assert!(twice.contains("There is a service level of this kind"), "{twice}");
        let removed = browser.post(&format!("{path}/trash"), &[("version", "1")]).await.expect(303);
        assert_eq!(removed.location(), "/facts/service-levels");
        assert_eq!(n_met(&mut browser).await, 2);
        browser.post(&format!("{path}/restore"), &[]).await.expect(303);
        assert_eq!(n_met(&mut browser).await, 1);
    }

    async fn stating_what_was_assumed_takes_the_mark_from_the_figures(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        import(&mut browser, &db, LOG).await;
        assert_eq!(json(&mut browser, "/api/v1/facts/summary").await["clock"]["assumed"], true);
        let (id, version) = only_id(&mut browser, "/api/v1/service-levels").await;
        let path = format!("/facts/service-levels/{id}");
        assert!(browser.get(&path).await.expect(200).body.contains("Nobody has stated these terms"));
        browser.post(&format!("{path}/confirm"), &[("version", "7")]).await.expect(409);
        browser.post(&format!("{path}/confirm"), &[("version", &version)]).await.expect(303);
        assert!(!browser.get(&path).await.expect(200).body.contains("Nobody has stated these terms"));
        assert_eq!(json(&mut browser, "/api/v1/facts/summary").await["clock"]["assumed"], false);
        assert!(!browser.get("/portfolio").await.expect(200).body.contains(", assumed"));
    }
}

/// Ids of messages that Rust code under `folder` names.
fn named_messages(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            named_messages(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            for part in text.split("Message::new(").skip(1) {
                let argument = part.trim_start();
                if let Some(id) = argument.strip_prefix('"').and_then(|rest| rest.split('"').next()) {
                    found.push((path.display().to_string(), id.to_owned()));
                }
            }
        }
    }
}

#[test]
fn every_message_of_an_error_is_in_the_catalogue() {
    let texts = Texts::load().unwrap();
    let mut found = vec![];
    for folder in ["../mandate-app/src", "src"] {
        named_messages(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found);
    }
    assert!(found.len() > 100, "only {} were found", found.len());
    found.retain(|(_, id)| !texts.has(id));
    assert!(found.is_empty(), "{found:#?}");
}
