//! Sources over pages and API: set up, what came of their files, the errors of a refused one, where neighbours name them.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use axum::http::Method;
use mandate_app::jobs::{Registry, run_until_idle};
use mandate_app::sources::{IMPORT_ARRIVAL, Looks, STILL_S, fetch_due, look_for_files, run_arrival};
use mandate_app::{Action, Ctx};
use mandate_domain::Instant;
use mandate_testing::{STARTED_AT, TestDb, both_databases};
use mandate_web::{OutboundAsker, PrivateAddresses};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::browser::Browser;

/// Looks twice and imports what was found.
async fn settled(db: &TestDb, looks: &mut Looks, from_s: i64) {
    let registry = Registry::new().with(IMPORT_ARRIVAL, Action::Administer, run_arrival);
    for n in 0..3 {
        let ctx = db.ctx_at(STARTED_AT.plus_seconds(from_s + n * STILL_S));
        look_for_files(&ctx, looks).await.expect("a look");
        run_until_idle(&ctx, &registry).await.expect("jobs");
    }
}

/// A server on a port of this machine: a file with a tag, and "nothing new" for whoever has the tag.
async fn server() -> (u16, UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (told, got) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (mut bytes, mut chunk) = (vec![], [0; 4096]);
            while !bytes.ends_with(b"\r\n\r\n") {
                let n_read = stream.read(&mut chunk).await.expect("a request");
                bytes.extend_from_slice(&chunk[..n_read]);
            }
            let head = String::from_utf8(bytes).expect("text");
            let body = "external_id,name\nT-1,Desk\n";
            let answer = if head.to_lowercase().contains("if-none-match: \"v1\"") {
                "HTTP/1.1 304 Not Modified\r\ncontent-length: 0\r\n\r\n".to_owned()
            } else {
                format!("HTTP/1.1 200 OK\r\netag: \"v1\"\r\ncontent-length: {}\r\n\r\n{body}", body.len())
            };
            stream.write_all(answer.as_bytes()).await.expect("an answer");
            let _ = told.send(head);
        }
    });
    (port, got)
}

fn surroundings(db: &TestDb, now: Instant, private: PrivateAddresses) -> Ctx {
    db.ctx_at(now).with_outbound(Arc::new(OutboundAsker::new("https://mandate.example", private)))
}

both_databases! {
    async fn a_real_server_is_asked_with_its_secret_and_once_for_what_is_new(db: TestDb) {
        let (port, mut got) = server().await;
        let mut browser = Browser::signed_in(&db).await.over(surroundings(&db, STARTED_AT, PrivateAddresses::Allowed));
        let address = format!("http://127.0.0.1:{port}/export/teams.csv");
        let form = [
            ("name", "HR"), ("kind", "teams"), ("address", address.as_str()), ("header_name", "x-api-key"),
            ("secret", "key-4711"), ("every", "hour"), ("weekday", "1"), ("time", "00:15"), ("time_zone", "UTC"),
        ];
        let wrong = browser.post("/settings/sources", &[form[0], form[1], form[2], ("every", "day"), ("time", "5.30")]).await.expect(422).body;
        assert!(wrong.contains("Write the time as 05:30.") && wrong.contains("Name a time zone"), "{wrong}");
        browser.post("/settings/sources", &form).await.expect(303);
        let source = browser.get("/api/v1/import-sources").await.expect(200).value()["sources"][0].clone();
        let id = source["id"].as_str().unwrap();
        let (page, api) = (format!("/settings/sources/{id}"), format!("/api/v1/import-sources/{id}"));
        assert_eq!((&source["fetch"]["header_name"], &source["fetch"]["outcome"]), (&json!("x-api-key"), &json!("")));
        browser.post(&format!("{page}/fetch"), &[]).await.expect(303);
        let head = got.recv().await.expect("asked");
        assert!(head.starts_with("GET /export/teams.csv HTTP/1.1") && head.contains("x-api-key: key-4711"), "{head}");
        settled(&db, &mut Looks::default(), 0).await;
        let shown = browser.get(&page).await.expect(200).body;
        assert!(shown.contains("A file came.") && shown.contains("1 row: 1 new") && shown.contains("Fetch now"), "{shown}");
        assert!(!shown.contains("4711"), "a secret is not shown");
        let next: Instant = source["fetch"]["next_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().into();
        assert_eq!(fetch_due(&surroundings(&db, next.plus_seconds(3600), PrivateAddresses::Allowed)).await.expect("asked"), 1);
        assert!(got.recv().await.expect("asked").contains("if-none-match: \"v1\""));
        let fetch = browser.get(&api).await.expect(200).value()["fetch"].clone();
        assert_eq!((&fetch["outcome"], &fetch["problem"]), (&json!("nothing_new"), &json!("")));
        // Without the operator's leave no address of this machine is asked.
        let mut refused = browser.over(surroundings(&db, STARTED_AT, PrivateAddresses::Refused));
        let asked = refused.send_json(Method::POST, &format!("{api}/fetch"), &[], &json!({})).await.expect(200).value();
        assert_eq!(asked["outcome"], "failed");
        assert!(asked["problem"].as_str().unwrap().contains("outbound_private"), "{asked}");
        assert!(got.try_recv().is_err(), "nobody was asked");
        let mut shut = refused.over(db.ctx());
        shut.send_json(Method::POST, &format!("{api}/fetch"), &[], &json!({})).await.expect(409);
    }

    async fn pages_and_api_tell_what_came_of_files(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        assert!(browser.get("/settings/sources").await.expect(200).body.contains("No source yet"));
        let refused = browser.post("/settings/sources", &[("name", " "), ("kind", "teams")]).await.expect(422).body;
        assert!(refused.contains("Give the source a name."), "{refused}");
        browser.post("/settings/sources", &[("name", "Köln"), ("kind", "teams")]).await.expect(303);
        let listed = browser.get("/api/v1/import-sources").await.expect(200).value();
        let source = &listed["sources"][0];
        assert_eq!((&source["name"], &source["kind"], &source["has_mapping"]), (&json!("Köln"), &json!("teams"), &json!(false)));
        let (id, folder) = (source["id"].as_str().unwrap(), source["folder"].as_str().unwrap());
        assert!(folder.ends_with("imports/in/koln-teams"), "{folder}");
        let (page, api) = (format!("/settings/sources/{id}"), format!("/api/v1/import-sources/{id}"));
        let mut looks = Looks::default();
        fs::write(Path::new(folder).join("one.csv"), "external_id,name\nT-1,Desk\n").unwrap();
        settled(&db, &mut looks, 0).await;
        fs::write(Path::new(folder).join("two.csv"), "external_id,name\nT-2,\n").unwrap();
        settled(&db, &mut looks, 100).await;
        let shown = browser.get(&page).await.expect(200).body;
        assert!(shown.contains("1 row: 1 new, 0 changed, 0 as they were") && shown.contains(folder), "{shown}");
        let rows = browser.get(&format!("{api}/arrivals")).await.expect(200).value();
        assert_eq!((&rows["rows"][0]["state"], &rows["rows"][1]["state"]), (&json!("refused"), &json!("done")));
        assert_eq!(rows["rows"][0]["errors"][0]["column"], "name");
        let arrival = rows["rows"][0]["id"].as_str().unwrap();
        let errors_href = format!("{page}/arrivals/{arrival}/errors.csv");
        assert!(shown.contains(&errors_href), "{shown}");
        let errors = browser.get(&errors_href).await.expect(200).body;
        assert!(errors.contains("name"), "{errors}");
        let one = browser.get(&format!("{api}/arrivals/{arrival}")).await.expect(200).value();
        assert_eq!(one, rows["rows"][0]);
        let only = browser.get(&format!("{api}/arrivals?state=done")).await.expect(200).value();
        assert_eq!(only["rows"].as_array().unwrap().len(), 1);
        browser.get(&format!("{api}/arrivals?state=never")).await.expect(422);
        let history = browser.get("/import").await.expect(200).body;
        assert!(history.contains("one.csv") && history.contains("from Köln"), "{history}");
        let told = browser.get("/notifications").await.expect(200).body;
        assert!(told.contains("A file from a source of yours was refused"), "{told}");
    }

    async fn a_source_is_saved_paused_and_removed_by_who_saw_it(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let asked = json!({"name": "CRM", "kind": "accounts"});
        let made = browser.send_json(Method::POST, "/api/v1/import-sources", &[], &asked).await.expect(201);
        assert_eq!(made.header("etag"), "\"1\"");
        let id = made.value()["id"].as_str().unwrap().to_owned();
        let (page, api) = (format!("/settings/sources/{id}"), format!("/api/v1/import-sources/{id}"));
        browser.send_json(Method::POST, "/api/v1/import-sources", &[], &asked).await.expect(422);
        browser.post(&page, &[("name", "Sales"), ("version", "1")]).await.expect(303);
        browser.post(&page, &[("name", "Other"), ("version", "1")]).await.expect(409);
        let name = json!({"name": "Selling"});
        browser.send_json(Method::PUT, &api, &[("if-match", "\"1\"")], &name).await.expect(412);
        browser.send_json(Method::PUT, &api, &[("if-match", "\"2\"")], &name).await.expect(200);
        browser.post(&format!("{page}/pause"), &[]).await.expect(303);
        browser.send_json(Method::POST, &format!("{api}/pause"), &[], &json!({})).await.expect(409);
        assert_eq!(browser.get(&api).await.expect(200).value()["pause"], "asked");
        assert!(browser.get("/settings/sources").await.expect(200).body.contains("Paused"));
        browser.send_json(Method::POST, &format!("{api}/resume"), &[], &json!({})).await.expect(204);
        browser.send_json(Method::DELETE, &api, &[("if-match", "\"1\"")], &Value::Null).await.expect(412);
        browser.post(&format!("{page}/remove"), &[("version", "5")]).await.expect(303);
        browser.get(&api).await.expect(404);
    }
}
