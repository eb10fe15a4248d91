//! The API of facts: what pages do it does, every wrong line is named, what is sent twice counts once, and nothing is told
//! without a token.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use serde_json::{Value, json};

use crate::browser::{Answer, Browser};
use crate::definitions::{LOG, csv, upload};

const NDJSON: [(&str, &str); 1] = [("content-type", "application/x-ndjson")];

fn body(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.body))
}

async fn get(browser: &mut Browser, path: &str) -> Value {
    body(&browser.get(path).await.expect(200))
}

async fn send(browser: &mut Browser, lines: &str, headers: &[(&str, &str)]) -> Answer {
    let all: Vec<(&str, &str)> = NDJSON.iter().chain(headers).copied().collect();
    browser.request(Method::POST, "/api/v1/events", &all, lines.to_owned()).await
}

async fn log_imported(db: &TestDb) -> Browser {
    let mut browser = Browser::signed_in(db).await;
    let sent =
        upload(&mut browser, "/api/v1/imports", &[("profile", "servicenow")], &csv(LOG)).await.expect(201);
    assert_eq!(body(&sent)["n_new"], 6);
    browser
}

const TWO: &str = r#"{"event_id":"e1","case":"C1","at":"2026-11-16T09:00:00Z","state":"new","priority":2}
{"event_id":"e2","case":"C1","at":"2026-11-16T10:00:00Z","state":"resolved","priority":2}
"#;

both_databases! {
    async fn events_come_in_once_however_often_they_are_sent(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let key = [("idempotency-key", "monday-1")];
        let first = body(&send(&mut browser, TWO, &key).await.expect(200));
        assert_eq!((&first["n_new"], &first["n_cases"]), (&json!(2), &json!(1)));
        let replayed = send(&mut browser, TWO, &key).await.expect(200);
        assert_eq!(replayed.headers["idempotent-replayed"], "true");
        assert_eq!(body(&replayed), first);
        let again = body(&send(&mut browser, TWO, &[]).await.expect(200));
        assert_eq!((&again["n_new"], &again["n_same"]), (&json!(0), &json!(2)));
        // The key belongs to that request.
        send(&mut browser, &TWO.replace("C1", "C2"), &key).await.expect(422);
        let corrected = TWO.replace("2026-11-16T10:00:00Z", "2026-11-16T11:00:00Z");
        let report = body(&send(&mut browser, &corrected, &[]).await.expect(200));
        assert_eq!((&report["n_corrected"], &report["n_same"]), (&json!(1), &json!(1)));
        let cases = get(&mut browser, "/api/v1/cases?filter=source_id:is:events").await;
        assert_eq!((&cases["n_rows"], &cases["rows"][0]["last_event_at"]), (&json!(1), &json!("2026-11-16T11:00:00Z")));
    }

    async fn every_wrong_line_is_named_and_nothing_is_half_taken(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let lines = [
            r#"{"event_id":"e1","case":"C1","at":"2026-11-16T09:00:00Z","state":"new"}"#,
            r#"{"event_id":"e2","case":"C1","at":"2026-11-16T10:00:00","state":"active"}"#,
            r#"{"event_id":"e3","case":"C1","at":"2026-11-16T11:00:00Z","state":"pondering"}"#,
            r#"{"event_id":"","case":"C1","at":"2026-11-16T11:00:00Z"}"#,
            r#"{"event_id":"e5","case":"C1","at":"2026-11-16T11:00:00Z","priority":12}"#,
            "not json",
        ];
        let refused = send(&mut browser, &lines.join("\n"), &[]).await.expect(422);
        assert_eq!(refused.headers["content-type"], "application/problem+json");
        let problem = body(&refused);
        let fields: Vec<&str> =
            problem["errors"].as_array().unwrap().iter().map(|it| it["field"].as_str().unwrap()).collect();
        assert_eq!(fields, ["2:at", "3:state", "4:event_id", "5:priority", "6:event"]);
        assert_eq!(problem["type"], "/api/problems/facts-import-rows");
        assert_eq!(get(&mut browser, "/api/v1/sources").await, json!([]));
        browser.request(Method::POST, "/api/v1/events", &[("content-type", "application/json")], TWO.to_owned()).await.expect(415);
        send(&mut browser, "\n", &[]).await.expect(422);
        let account = TWO.replace("\"priority\"", "\"account\":\"nobody\",\"priority\"");
        let refused = body(&send(&mut browser, &account, &[]).await.expect(422));
        assert_eq!(refused["errors"][0]["field"], "1:account");
    }

    async fn more_than_ten_thousand_events_go_into_several_requests(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let line = |number: i32| format!(r#"{{"event_id":"e{number}","case":"C{number}","at":"2026-11-16T09:00:00Z"}}"#);
        let lines: Vec<String> = (0..=10_000).map(line).collect();
        let refused = body(&send(&mut browser, &lines.join("\n"), &[]).await.expect(422));
        assert_eq!(refused["type"], "/api/problems/facts-import-too-many");
        assert_eq!(get(&mut browser, "/api/v1/sources").await, json!([]));
    }

    async fn a_log_is_imported_listed_and_undone(db: TestDb) {
        let mut browser = log_imported(&db).await;
        let again = upload(&mut browser, "/api/v1/imports", &[("profile", "servicenow")], &csv(LOG)).await.expect(200);
        assert_eq!(body(&again)["n_same"], 6);
        let source = get(&mut browser, "/api/v1/sources/servicenow").await;
        assert_eq!((&source["n_cases"], &source["time_zone_assumed"]), (&json!(2), &json!(true)));
        assert_eq!(source["states"].as_array().unwrap().len(), 4);
        assert_eq!(get(&mut browser, "/api/v1/event-files").await["rows"][0]["n_events"], 6);
        let imports = get(&mut browser, "/api/v1/imports").await;
        let id = imports["rows"][0]["id"].as_str().unwrap().to_owned();
        let undo = format!("/api/v1/imports/{id}/undo");
        let undone = body(&browser.json(Method::POST, &undo, &[], "").await.expect(200));
        assert_eq!((&undone["n_events"], &undone["n_cases"]), (&json!(6), &json!(2)));
        browser.json(Method::POST, &undo, &[], "").await.expect(409);
        browser.json(Method::POST, "/api/v1/imports/nothing/undo", &[], "").await.expect(404);
        assert_eq!(get(&mut browser, "/api/v1/facts/summary").await["cases"], 0);
        let refused = upload(&mut browser, "/api/v1/imports", &[("profile", "servicenow")], &csv("INC1,New,x,,,,,")).await;
        assert!(body(&refused.expect(422))["errors"][0]["field"].as_str().unwrap().starts_with("2:"));
        browser.json(Method::POST, "/api/v1/imports", &[], "{}").await.expect(415);
    }

    async fn a_wish_that_is_none_imports_nothing(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        for wish in ["Check", "chekc", "check "] {
            let fields = [("profile", "servicenow"), ("wish", wish)];
            let refused = upload(&mut browser, "/api/v1/imports", &fields, &csv(LOG)).await.expect(422);
            assert_eq!(refused.fields(), ["wish"], "{wish}");
            let refused = upload(&mut browser, "/facts/imports", &fields, &csv(LOG)).await.expect(422).body;
            assert!(refused.contains("is not among the choices: import, check."), "{refused}");
        }
        assert_eq!(get(&mut browser, "/api/v1/facts/summary").await["cases"], 0);
        for (wish, status, n_cases) in [("check", 200, 0), ("", 201, 2), ("import", 200, 2)] {
            let fields = [("profile", "servicenow"), ("wish", wish)];
            upload(&mut browser, "/api/v1/imports", &fields, &csv(LOG)).await.expect(status);
            assert_eq!(get(&mut browser, "/api/v1/facts/summary").await["cases"], n_cases, "{wish}");
        }
    }

    async fn an_upload_that_is_cut_short_keeps_what_was_typed(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let page = browser.get("/facts/sources").await.expect(200).body;
        let place = |name: &str| page.find(&format!("name=\"{name}\"")).unwrap();
        assert!(["profile", "source", "time_zone", "wish"].into_iter().all(|name| place(name) < place("file")), "{page}");
        let body = [("profile", "events"), ("source", "night-desk"), ("time_zone", "Europe/Vienna"), ("wish", "check")]
            .map(|(name, value)| format!("--edge\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"))
            .concat();
        let file = "--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"log.csv\"\r\n\r\nnumber,inc";
        let headers = [("content-type", "multipart/form-data; boundary=edge")];
        let refused = browser.request(Method::POST, "/facts/imports", &headers, body + file).await.expect(400).body;
        assert!(refused.contains("The upload was cut short."), "{refused}");
        for kept in ["value=\"night-desk\"", "value=\"Europe/Vienna\"", "value=\"check\" checked", "value=\"events\" checked"] {
            assert!(refused.contains(kept), "{kept}: {refused}");
        }
    }

    async fn cases_are_listed_and_explained(db: TestDb) {
        let mut browser = log_imported(&db).await;
        let page = get(&mut browser, "/api/v1/cases?sort=case_ref&limit=1").await;
        assert_eq!((&page["n_rows"], &page["rows"][0]["case_ref"]), (&json!(2), &json!("INC1")));
        let after = page["next"].as_str().unwrap();
        let next = get(&mut browser, &format!("/api/v1/cases?sort=case_ref&limit=1&after={after}")).await;
        assert_eq!(next["rows"][0]["case_ref"], "INC2");
        let first = browser.get("/api/v1/cases?filter=source_id:is:servicenow&sort=-case_ref&limit=1").await.expect(200);
        let link = first.header("link").trim_start_matches('<').split('>').next().unwrap().to_owned();
        let next = get(&mut browser, &format!("/api/v1/cases{link}")).await;
        assert_eq!((&next["rows"][0]["case_ref"], next["rows"].as_array().unwrap().len()), (&json!("INC1"), 1), "{link}");
        let met = get(&mut browser, "/api/v1/cases?filter=clock_outcome:is:met;priority:max:2").await;
        assert_eq!(met["n_rows"], 1);
        browser.get("/api/v1/cases?filter=password_hash:is:x").await.expect(422);
        let case = browser.get("/api/v1/cases/servicenow:INC1").await.expect(200).body;
        assert!(case.contains("25200"), "seven hours were counted: {case}");
        browser.get("/api/v1/cases/servicenow:INC9").await.expect(404);
        let account = page["rows"][0]["account_id"].as_str().unwrap();
        let delivered = get(&mut browser, &format!("/api/v1/accounts/{account}/delivered")).await;
        assert_eq!((&delivered["total"]["clock_bp"], &delivered["priorities"][0]["priority"]), (&json!(10_000), &json!(2)));
        assert_eq!(delivered["months"][0]["month"], "2026-11");
        browser.get("/api/v1/accounts/00000000000000000000000000/delivered").await.expect(404);
        get(&mut browser, &format!("/api/v1/accounts/{account}/history")).await;
        assert_eq!(get(&mut browser, "/api/v1/facts/summary").await["clock"]["n_met"], 2);
        browser.get("/api/v1/facts/summary?source=nobody").await.expect(404);
        assert_eq!(get(&mut browser, "/api/v1/audit/verify").await["whole"], true);
        assert!(get(&mut browser, "/api/v1/audit?limit=1").await["n_rows"].as_i64().unwrap() > 1);
        assert!(get(&mut browser, "/api/v1/search?q=vienna").await.is_array());
    }

    async fn a_calendar_is_saved_as_a_whole_over_the_version_that_was_read(db: TestDb) {
        let mut browser = log_imported(&db).await;
        let hours = json!({"valid_from": "2026-01-01", "time_zone": "Europe/Vienna",
            "windows": [{"weekday": 1, "opens_minute": 480, "closes_minute": 1080}]});
        let new = json!({"name": "Vienna", "versions": [hours]}).to_string();
        let key = [("idempotency-key", "vienna")];
        let made = browser.json(Method::POST, "/api/v1/calendars", &key, &new).await.expect(201);
        let same = browser.json(Method::POST, "/api/v1/calendars", &key, &new).await.expect(201);
        assert_eq!(body(&made)["id"], body(&same)["id"]);
        let path = format!("/api/v1/calendars/{}", body(&made)["id"].as_str().unwrap());
        let read = browser.get(&path).await.expect(200);
        assert_eq!(read.headers["etag"], "\"1\"");
        let closed = json!({"name": "", "versions": [{"valid_from": "2026-01-01", "time_zone": "Mars", "windows": []}]});
        let tag = [("if-match", "\"1\"")];
        let refused = body(&browser.json(Method::PUT, &path, &tag, &closed.to_string()).await.expect(422));
        let fields: Vec<&str> =
            refused["errors"].as_array().unwrap().iter().map(|it| it["field"].as_str().unwrap()).collect();
        assert_eq!(fields, ["name", "versions.0.time_zone", "versions.0.windows"]);
        browser.json(Method::PUT, &path, &[], &new).await.expect(428);
        browser.json(Method::PUT, &path, &tag, &new.replace("\"name\":\"Vienna\"", "\"name\":\"Wien\"")).await.expect(200);
        let late = browser.json(Method::PUT, &path, &tag, &new).await.expect(412);
        assert_eq!((late.header("etag"), late.header("content-type")), ("\"2\"", "application/problem+json"));
        let never = browser.json(Method::PUT, &path, &[("if-match", "\"monday\"")], &new).await.expect(412);
        assert_eq!(never.value()["type"], "/api/problems/error-if-match-unknown");
        let late = browser.json(Method::POST, &format!("{path}/confirm"), &tag, "").await.expect(412);
        assert_eq!(late.header("etag"), "\"2\"");
        browser.json(Method::PUT, &path, &tag, r#"{"name": "x", "colour": "red", "versions": []}"#).await.expect(422);
        assert_eq!(get(&mut browser, &path).await["version"], 2);
    }

    async fn a_service_level_is_stated_for_an_account_changed_and_removed(db: TestDb) {
        let mut browser = log_imported(&db).await;
        let calendar = get(&mut browser, "/api/v1/calendars").await[0]["id"].clone();
        let terms = |target_s: i64| json!({"valid_from": "2026-01-01", "calendar_id": calendar, "reopening": "total",
            "goal_share_bp": 9_500, "targets": [{"priority": 2, "target_s": target_s}]});
        let new = |target_s: i64| json!({"source": "servicenow", "account": "Vienna", "clock_kind": "resolution",
            "name": "Resolution, Vienna", "versions": [terms(target_s)]}).to_string();
        let refused = body(&browser.json(Method::POST, "/api/v1/service-levels", &[], &new(0)).await.expect(422));
        assert_eq!(refused["errors"][0]["field"], "versions.0.target_2");
        let made = body(&browser.json(Method::POST, "/api/v1/service-levels", &[], &new(21_600)).await.expect(201));
        assert_eq!(get(&mut browser, "/api/v1/facts/summary").await["clock"]["n_met"], 1);
        let path = format!("/api/v1/service-levels/{}", made["id"].as_str().unwrap());
        let longer = json!({"name": "Resolution, Vienna", "versions": [terms(28_800)]}).to_string();
        browser.json(Method::PUT, &path, &[("if-match", "\"1\"")], &longer).await.expect(200);
        assert_eq!(get(&mut browser, "/api/v1/facts/summary").await["clock"]["n_met"], 2);
        let late = browser.json(Method::DELETE, &path, &[("if-match", "\"1\"")], "").await.expect(412);
        assert_eq!(late.header("etag"), "\"2\"");
        let late = browser.json(Method::PUT, &path, &[("if-match", "\"1\"")], &longer).await.expect(412);
        assert_eq!(late.header("etag"), "\"2\"");
        browser.json(Method::POST, &format!("{path}/confirm"), &[("if-match", "\"1\"")], "").await.expect(412);
        browser.json(Method::DELETE, &path, &[("if-match", "\"2\"")], "").await.expect(204);
        browser.get(&path).await.expect(404);
        browser.json(Method::POST, &format!("{path}/restore"), &[], "").await.expect(200);
        let assumed = get(&mut browser, "/api/v1/service-levels").await;
        let assumed = assumed.as_array().unwrap().iter().find(|it| it["assumed"] == true).unwrap().clone();
        let confirm = format!("/api/v1/service-levels/{}/confirm", assumed["id"].as_str().unwrap());
        let agreed = browser.json(Method::POST, &confirm, &[("if-match", "\"1\"")], "").await.expect(200);
        assert_eq!(body(&agreed)["assumed"], false);
    }

    async fn states_are_mapped_over_the_version_that_was_read(db: TestDb) {
        let mut browser = log_imported(&db).await;
        let version = get(&mut browser, "/api/v1/sources/servicenow").await["version"].to_string();
        let tag = format!("\"{version}\"");
        let path = "/api/v1/sources/servicenow/states";
        let unknown = r#"{"states": [{"raw_state": "Active", "state_class": "pondering"}]}"#;
        let refused = body(&browser.json(Method::PUT, path, &[("if-match", &tag)], unknown).await.expect(422));
        assert_eq!(refused["errors"][0]["field"], "states.0.state_class");
        let running = r#"{"states": [{"raw_state": "Awaiting User Info", "state_class": "active"}]}"#;
        browser.json(Method::PUT, path, &[("if-match", &tag)], running).await.expect(200);
        assert_eq!(get(&mut browser, "/api/v1/facts/summary").await["clock"]["n_met"], 1);
        let late = browser.json(Method::PUT, path, &[("if-match", &tag)], running).await.expect(412);
        assert_ne!((late.header("etag"), late.header("etag")), ("", tag.as_str()));
        let named = r#"{"name": "Desk", "time_zone": "UTC"}"#;
        browser.json(Method::PUT, "/api/v1/sources/servicenow", &[], named).await.expect(428);
        let late = browser.json(Method::PUT, "/api/v1/sources/servicenow", &[("if-match", &tag)], named).await.expect(412);
        assert_eq!(late.header("etag"), browser.get("/api/v1/sources/servicenow").await.header("etag"));
        browser.get("/api/v1/jobs/00000000000000000000000000").await.expect(404);
        browser.json(Method::POST, "/api/v1/jobs/00000000000000000000000000/cancel", &[], "").await.expect(404);
    }

    async fn no_route_answers_without_a_token(db: TestDb) {
        let mut stranger = Browser::new(&db);
        let document = body(&stranger.get("/api/openapi.json").await.expect(200));
        let mut n_routes = 0;
        for (path, methods) in document["paths"].as_object().unwrap() {
            for method in methods.as_object().unwrap().keys() {
                let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) else { continue };
                let mut plain = path.clone();
                while let (Some(from), Some(to)) = (plain.find('{'), plain.find('}')) {
                    plain.replace_range(from..=to, "x");
                }
                let answer = stranger.request(method.clone(), &plain, &[("content-type", "application/json")], "{}".to_owned()).await;
                assert_eq!(answer.status.as_u16(), 401, "{method} {path}: {}", answer.body);
                n_routes += 1;
            }
        }
        assert!(n_routes > 30, "{n_routes}");
    }
}
