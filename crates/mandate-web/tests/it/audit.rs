//! The audit record as a manager meets it: in words, by record, who looked; and earlier values given back.

use axum::http::Method;
use mandate_app::Actor;
use mandate_app::audit::reading;
use mandate_app::ctx::Subject;
use mandate_testing::{TestDb, both_databases};
use serde_json::{Value, json};

use crate::browser::Browser;

async fn made(browser: &mut Browser, path: &str, body: &Value) -> String {
    let answer = browser.send_json(Method::POST, path, &[], body).await.expect(201).value();
    answer["id"].as_str().expect("an id").to_owned()
}

async fn account(browser: &mut Browser, name: &str) -> String {
    let body = json!({"external_id": name, "name": name, "tier": "key", "time_zone": "Europe/London", "currency": "GBP",
        "annual_value": 1_250_000});
    made(browser, "/api/v1/accounts", &body).await
}

/// A contract with a line that costs 7.25; the line's id.
async fn line(browser: &mut Browser, account: &str) -> String {
    let contract = json!({"account": account, "kind": "master", "title": "Frame", "time_zone": "Europe/Vienna", "currency": "EUR",
        "starts_on": "2024-01-01"});
    let contract = made(browser, "/api/v1/contracts", &contract).await;
    let product = json!({"external_id": "T", "name": "Tickets", "unit": "ticket"});
    let product = made(browser, "/api/v1/products", &product).await;
    let line = json!({"contract": contract, "product": product, "annual_volume": 1000, "unit_price": 1250, "unit_cost": 725});
    made(browser, "/api/v1/contract-lines", &line).await
}

/// The newest record of the list.
async fn newest(browser: &mut Browser) -> String {
    let list = browser.get("/api/v1/audit?limit=1").await.expect(200).value();
    list["rows"][0]["id"].as_str().unwrap_or_else(|| panic!("{list}")).to_owned()
}

async fn edit(browser: &mut Browser, account: &str, version: i64, field: &str, value: &str) {
    let version = version.to_string();
    let path = format!("/accounts/{account}/edit");
    browser.post(&path, &[("version", &version), (field, value)]).await.expect(303);
}

/// Kinds of what use cases put on record, read off their sources.
fn subject_kinds(folder: &std::path::Path, found: &mut std::collections::BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            subject_kinds(&path, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for part in text.split("Subject {").skip(1) {
            let kind = part.trim_start().strip_prefix("kind: \"").and_then(|rest| rest.split('"').next());
            found.extend(kind.map(str::to_owned));
        }
    }
}

#[test]
fn every_kind_on_record_has_a_word() {
    let mut kinds = std::collections::BTreeSet::new();
    subject_kinds(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../mandate-app/src"), &mut kinds);
    assert!(kinds.len() > 15 && kinds.contains("candid_note"), "{kinds:?}");
    let catalogue = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("locales/en");
    let files = std::fs::read_dir(catalogue).expect("the catalogue").map(|file| file.expect("a file").path());
    let words: String = files.map(|path| std::fs::read_to_string(path).expect("a text")).collect();
    let has_word = |kind: &&String| words.contains(&format!("\naudit-kind-{} = ", kind.replace('_', "-")));
    let without: Vec<&String> = kinds.iter().filter(|kind| !has_word(kind)).collect();
    assert!(without.is_empty(), "no word in the catalogue for {without:?}");
}

both_databases! {
    async fn changes_are_told_in_words_with_names_amounts_and_labels(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let account = account(&mut browser, "Brackwell").await;
        let person = json!({"external_id": "P", "side": "provider", "name": "Eszter Molnár"});
        let person = made(&mut browser, "/api/v1/people", &person).await;
        edit(&mut browser, &account, 1, "account_manager", &person).await;
        edit(&mut browser, &account, 2, "annual_value", "13000").await;
        let page = browser.get("/audit").await.expect(200).body;
        for part in ["Account manager: Eszter Molnár", "Annual value: £12,500.00 \u{2192} £13,000.00"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains(&format!("{person}\u{2192}")) && !page.contains(&format!(": {person}")), "no bare ids");
        let seq = newest(&mut browser).await;
        let page = browser.get(&format!("/audit/records/{seq}")).await.expect(200).body;
        for part in ["Ada Owner", "£12,500.00", "£13,000.00", "Restore this value", "All changes of this record"] {
            assert!(page.contains(part), "{part}");
        }
        let history = browser.get(&format!("/accounts/{account}/history")).await.expect(200).body;
        assert!(history.contains("Annual value: £12,500.00") && history.contains(&format!("/audit/records/{seq}")), "{history}");
        let person = browser.get(&format!("/people/{person}")).await.expect(200).body;
        assert!(person.contains("/audit?f=subject_id"), "a record leads to its history");
        browser.get("/audit/records/999999").await.expect(404);
        browser.get("/audit/records/soon").await.expect(404);
    }

    async fn a_history_says_where_it_stops_and_leads_to_the_rest(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let account = account(&mut browser, "Brackwell").await;
        let history = format!("/accounts/{account}/history");
        let rest = "What happened before is not shown here.";
        assert!(!browser.get(&history).await.expect(200).body.contains(rest));
        for version in 1..=100 {
            edit(&mut browser, &account, version, "annual_value", &(1_000 + version).to_string()).await;
        }
        let page = browser.get(&history).await.expect(200).body;
        let all = format!("/audit?f=account_id&op=is&v={account}");
        assert!(page.contains(rest) && page.contains(&all.replace('&', "&amp;")), "{page}");
        let list = browser.get(&all).await.expect(200).body;
        assert!(list.contains("Brackwell"), "{list}");
    }

    async fn the_list_tells_who_looked_and_the_records_of_a_day(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let account = account(&mut browser, "Brackwell").await;
        let subject = Subject { kind: "candid_note", id: "n1", name: "A sealed note", account_id: Some(&account) };
        let record = reading(&db.ctx(), &Actor::operator(), subject);
        db.write().await.commit(record).await.expect("logged");
        let readings = browser.get("/audit?f=reading&op=is&v=1").await.expect(200).body;
        assert!(readings.contains("A sealed note") && readings.contains("Candid note · read"), "{readings}");
        assert!(!readings.contains("Account · created"));
        for (query, found) in [("op=max&v=2026-11-21", true), ("op=max&v=2026-11-20", false), ("op=min&v=2026-11-21", true)] {
            let page = browser.get(&format!("/audit?f=at&{query}")).await.expect(200).body;
            assert_eq!(page.contains("A sealed note"), found, "{query}");
        }
        let of_account = browser.get("/audit?f=account&op=has&v=brack").await.expect(200).body;
        assert!(of_account.contains("A sealed note") && !of_account.contains("Ada Owner</a>"));
    }

    async fn a_page_gives_an_earlier_value_back_or_says_why_not(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let account = account(&mut browser, "Brackwell").await;
        edit(&mut browser, &account, 1, "external_id", "Another").await;
        let seq = newest(&mut browser).await;
        let path = format!("/audit/records/{seq}/restore");
        let stale = browser.post(&path, &[("field", "external_id"), ("version", "1")]).await.expect(409);
        assert!(stale.body.contains("Someone changed the record meanwhile"), "{}", stale.body);
        let done = browser.post(&path, &[("field", "external_id"), ("version", "2")]).await.expect(303);
        assert_eq!(done.location(), format!("/accounts/{account}"));
        let restored = browser.get(&format!("/api/v1/accounts/{account}")).await.expect(200).value();
        assert_eq!((&restored["external_id"], &restored["version"]), (&json!("Brackwell"), &json!(3)));
        let record = newest(&mut browser).await;
        let told = browser.get(&format!("/audit/records/{record}")).await.expect(200).body;
        assert!(told.contains("restored from record "), "{told}");
        // What was free then is taken now.
        let other = json!({"external_id": "Another", "name": "Other", "time_zone": "Europe/London", "currency": "GBP"});
        made(&mut browser, "/api/v1/accounts", &other).await;
        let path = format!("/audit/records/{record}/restore");
        let refused = browser.post(&path, &[("field", "external_id"), ("version", "3")]).await.expect(422);
        assert!(refused.body.contains("no longer valid"), "{}", refused.body);
        browser.post(&path, &[("field", "name"), ("version", "3")]).await.expect(404);
    }

    async fn the_api_gives_an_earlier_value_back_by_the_version_that_was_read(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let account = account(&mut browser, "Brackwell").await;
        edit(&mut browser, &account, 1, "name", "Brackwell Insurance").await;
        let seq = newest(&mut browser).await;
        let entry = browser.get(&format!("/api/v1/audit/records/{seq}")).await.expect(200).value();
        assert_eq!(entry["changes"], json!([{"field": "name", "from": "Brackwell", "to": "Brackwell Insurance"}]));
        assert!(entry["before"].is_string() && entry["seq"].is_i64(), "{entry}");
        let (path, body) = (format!("/api/v1/audit/records/{seq}/restore"), json!({"field": "name"}));
        browser.send_json(Method::POST, &path, &[], &body).await.expect(428);
        let stale = browser.send_json(Method::POST, &path, &[("if-match", "\"1\"")], &body).await.expect(412);
        assert_eq!(stale.header("etag"), "\"2\"");
        let done = browser.send_json(Method::POST, &path, &[("if-match", "\"2\"")], &body).await.expect(200);
        assert_eq!(done.value(), json!({"kind": "account", "id": account, "version": 3, "changed": true}));
        let again = browser.send_json(Method::POST, &path, &[("if-match", "\"3\"")], &body).await.expect(200);
        assert_eq!(again.value()["changed"], json!(false));
        let mut reader = browser.program(&["audit:read", "book:read"]).await;
        reader.send_json(Method::POST, &path, &[("if-match", "\"3\"")], &body).await.expect(403);
    }

    async fn what_a_line_costs_never_shows_without_the_right_to_costs(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let account = account(&mut browser, "Brackwell").await;
        line(&mut browser, &account).await;
        let seq = newest(&mut browser).await;
        let shown = browser.get(&format!("/audit/records/{seq}")).await.expect(200).body;
        assert!(shown.contains("Unit cost") && shown.contains("kept apart") && !shown.contains("7.25"), "{shown}");
        let read = browser.get("/api/v1/settings").await.expect(200);
        let (version, mut settings) = (read.header("etag").to_owned(), read.value());
        settings["account_managers_see_all"] = json!(true);
        browser.send_json(Method::PUT, "/api/v1/settings", &[("if-match", &version)], &settings).await.expect(200);
        let mut manager = browser.colleague("otto@firm.example", &["account_manager"]).await;
        for path in [
            format!("/audit/records/{seq}"),
            format!("/api/v1/audit/records/{seq}"),
            format!("/accounts/{account}/history"),
            format!("/api/v1/accounts/{account}/history"),
        ] {
            let seen = manager.get(&path).await.expect(200).body;
            assert!(!seen.contains("7.25") && !seen.contains("unit_cost"), "{path}: {seen}");
        }
        manager.get("/audit").await.expect(403);
        // What is of no account they may see is not found.
        manager.get("/audit/records/1").await.expect(404);
        let mut program = browser.program(&["audit:read", "book:read", "export"]).await;
        for path in ["/api/v1/audit", "/api/v1/exports/audit.csv", &format!("/api/v1/audit/records/{seq}")] {
            let seen = program.get(path).await.expect(200).body;
            assert!(!seen.contains("7.25"), "{path}: {seen}");
        }
        let path = format!("/audit/records/{seq}/restore");
        let refused = manager.post(&path, &[("field", "unit_cost"), ("version", "1")]).await;
        assert_eq!(refused.status.as_u16(), 403);
    }
}
