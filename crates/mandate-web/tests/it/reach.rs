//! An account manager who sees their own accounts: what they write, take back and are told of facts over the API and on pages.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::definitions::upload;

/// The firm's administrator, and a manager of the account `OWN`; `OTHER` is nobody's.
pub async fn two(db: &TestDb) -> (Browser, Browser) {
    let mut admin = Browser::signed_in(db).await;
    let made = async |admin: &mut Browser, path: &str, body: Value| {
        admin.send_json(Method::POST, path, &[], &body).await.expect(201).value()
    };
    let person = json!({"external_id": "P-1", "side": "provider", "name": "Jonas Feld"});
    let person = made(&mut admin, "/api/v1/people", person).await["id"].clone();
    for (id, manager) in [("OWN", person.clone()), ("OTHER", Value::Null)] {
        let account = json!({"external_id": id, "name": id, "time_zone": "UTC", "currency": "EUR", "account_manager": manager});
        made(&mut admin, "/api/v1/accounts", account).await;
    }
    let user = json!({"email": "jonas@firm.example", "display_name": "Jonas Feld", "roles": ["account_manager"], "person_id": person});
    let user = made(&mut admin, "/api/v1/users", user).await;
    let link = user["link"].as_str().unwrap().split_once("/password/").unwrap().1.to_owned();
    let mut manager = admin.stranger();
    manager
        .post(&format!("/password/{link}"), &[("password", "another long enough sentence")])
        .await
        .expect(303);
    (admin, manager)
}

fn line(case: &str, account: &str) -> String {
    format!(
        r#"{{"event_id":"1","case":"{case}","at":"2026-11-16T09:00:00Z","account":"{account}","state":"new"}}"#
    )
}

const FIELDS: [(&str, &str); 2] = [("profile", "events"), ("source", "desk")];

both_databases! {
    async fn who_reaches_every_account_is_not_told_of_what_they_may_see(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        for (path, text) in [
            ("/search", "Find accounts, people, contracts, measures and cases"),
            ("/book", "Every kind of record"),
        ] {
            let (all, some) = (admin.get(path).await.expect(200).body, jonas.get(path).await.expect(200).body);
            assert!(all.contains(text) && !all.contains("you may see"), "{path}: {all}");
            assert!(some.contains(text) && some.contains("you may see"), "{path}: {some}");
        }
        let typed = [("side", "client"), ("name", "Nora"), ("account", "no such account")];
        let refused = admin.post("/people/new", &typed).await.expect(422).body;
        assert!(refused.contains("There is no account “no such account”. Write"), "{refused}");
        let refused = jonas.post("/people/new", &typed).await.expect(422).body;
        assert!(refused.contains("“no such account” that you may see. Write"), "{refused}");
    }

    async fn a_manager_writes_and_takes_back_facts_of_their_own_accounts_only(db: TestDb) {
        let (mut admin, mut manager) = two(&db).await;
        let theirs = upload(&mut admin, "/api/v1/imports", &FIELDS, &line("C1", "OTHER")).await.expect(201).value();
        let own = upload(&mut manager, "/api/v1/imports", &FIELDS, &line("C2", "OWN")).await.expect(201).value();
        for wish in ["import", "check"] {
            let fields = [FIELDS[0], FIELDS[1], ("wish", wish)];
            let mut told = vec![];
            for account in ["OTHER", "NEVER"] {
                let refused = upload(&mut manager, "/api/v1/imports", &fields, &line("C3", account)).await.expect(422);
                assert_eq!(refused.fields(), ["1:account"]);
                told.push(refused.body.replace(account, "X"));
            }
            assert_eq!(told[0], told[1]);
            let moved = upload(&mut manager, "/api/v1/imports", &fields, &line("C1", "OWN")).await.expect(422);
            assert_eq!(moved.fields(), ["1:case"]);
        }
        let undo = |batch: &Value| format!("/api/v1/imports/{}/undo", batch["batch_id"].as_str().unwrap());
        manager.json(Method::POST, &undo(&theirs), &[], "").await.expect(404);
        let page = format!("/facts/batches/{}/undo", theirs["batch_id"].as_str().unwrap());
        manager.post(&page, &[]).await.expect(404);
        manager.json(Method::POST, &undo(&own), &[], "").await.expect(200);
        admin.json(Method::POST, &undo(&theirs), &[], "").await.expect(200);
    }

    async fn a_manager_is_told_of_their_own_imports_and_counts(db: TestDb) {
        let (mut admin, mut manager) = two(&db).await;
        admin.allow_exports().await;
        let lines = [line("C1", "OTHER"), line("C2", "")].join("\n");
        upload(&mut admin, "/api/v1/imports", &FIELDS, &lines).await.expect(201);
        assert_eq!(manager.get("/api/v1/imports").await.expect(200).value()["n_rows"], 0);
        assert_eq!(manager.get("/api/v1/exports/imports.csv").await.expect(200).body.lines().count(), 1);
        assert!(!manager.get("/facts/sources/desk").await.expect(200).body.contains("log.csv"));
        upload(&mut manager, "/api/v1/imports", &FIELDS, &line("C3", "OWN")).await.expect(201);
        for (browser, n, n_files) in [(&mut admin, 3, 2), (&mut manager, 1, 0)] {
            let sources = browser.get("/api/v1/sources").await.expect(200).value();
            let one = browser.get("/api/v1/sources/desk").await.expect(200).value();
            assert_eq!((&sources[0]["n_cases"], &one["n_cases"], &one["n_events"]), (&json!(n), &json!(n), &json!(n)));
            let imports = browser.get("/api/v1/imports").await.expect(200).value();
            assert_eq!(imports["n_rows"], if n == 3 { 2 } else { 1 });
            assert_eq!(browser.get("/api/v1/event-files").await.expect(200).value()["n_rows"], n_files);
        }
        assert!(manager.get("/facts/sources/desk").await.expect(200).body.contains("log.csv"));
    }

    async fn a_manager_meets_no_import_of_the_book_but_their_own(db: TestDb) {
        let (mut admin, mut manager) = two(&db).await;
        let body = "--x\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\nteams\r\n--x\r\nContent-Disposition: form-data; \
             name=\"file\"; filename=\"secret-teams.csv\"\r\n\r\nexternal_id,name\nG1,Desk\n\r\n--x--\r\n";
        let headers = [("content-type", "multipart/form-data; boundary=x")];
        let sent = admin.request(Method::POST, "/api/v1/book-imports", &headers, body.to_owned()).await.expect(202);
        crate::book::run_imports(&db).await;
        let job = admin.get(sent.header("location")).await.expect(200).value();
        let undo = format!("/api/v1/book-imports/{}/undo", job["result"]["batch_id"].as_str().unwrap());
        assert!(admin.get("/import").await.expect(200).body.contains("secret-teams.csv"));
        assert!(!manager.get("/import").await.expect(200).body.contains("secret-teams.csv"));
        manager.json(Method::POST, &undo, &[], "").await.expect(404);
        admin.json(Method::POST, &undo, &[], "").await.expect(200);
    }
}
