//! What holds for every operation of the API, asked of each that its document names.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use serde_json::{Value, json};

use crate::browser::{Answer, Browser};

struct Operation {
    method: Method,
    /// With an id of nothing in place of each parameter.
    path: String,
    needs_tag: bool,
    takes: Option<String>,
}

async fn operations(browser: &mut Browser) -> Vec<Operation> {
    let document = browser.get("/api/openapi.json").await.expect(200).value();
    let mut found = vec![];
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) else { continue };
            let mut plain = path.clone();
            while let (Some(from), Some(to)) = (plain.find('{'), plain.find('}')) {
                let given =
                    if &plain[from..=to] == "{file}" { "accounts.csv" } else { "0000000000000000000000000z" };
                plain.replace_range(from..=to, given);
            }
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let needs_tag = parameters.iter().any(|it| it["name"] == "If-Match" && it["required"] == true);
            let kinds = operation["requestBody"]["content"].as_object();
            let takes = kinds.and_then(|kinds| kinds.keys().next().cloned());
            found.push(Operation { method, path: plain, needs_tag, takes });
        }
    }
    assert!(found.len() > 120, "{}", found.len());
    found
}

async fn ask(browser: &mut Browser, it: &Operation, tag: Option<&str>, body: &str) -> Answer {
    let mut headers = vec![("content-type", it.takes.as_deref().unwrap_or("application/json"))];
    headers.extend(tag.map(|tag| ("if-match", tag)));
    browser.request(it.method.clone(), &it.path, &headers, body.to_owned()).await
}

both_databases! {
    async fn every_change_of_what_is_there_wants_the_version_that_was_read(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let mut n_changes = 0;
        for it in operations(&mut browser).await {
            let changes = [Method::PUT, Method::DELETE].contains(&it.method);
            // A version of a file never changes: there is none to have read.
            let is_file = it.path.starts_with("/api/v1/files/");
            assert!(!changes || is_file || it.needs_tag, "{} {} takes no If-Match", it.method, it.path);
            if !it.needs_tag {
                continue;
            }
            n_changes += 1;
            let answer = ask(&mut browser, &it, None, "{}").await;
            if answer.status.as_u16() == 403 && it.path.starts_with("/api/v1/portal/") {
                continue;
            }
            assert_eq!(answer.status.as_u16(), 428, "{} {}: {}", it.method, it.path, answer.body);
            let answer = ask(&mut browser, &it, Some("\"last week\""), "{}").await;
            assert_eq!(answer.status.as_u16(), 412, "{} {}: {}", it.method, it.path, answer.body);
            assert_eq!(answer.header("content-type"), "application/problem+json");
        }
        assert!(n_changes > 25, "{n_changes}");
    }

    async fn a_token_without_the_right_learns_and_changes_nothing(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let before = browser.get("/api/v1/audit").await.expect(200).value()["n_rows"].as_i64().unwrap();
        let mut program = browser.program(&["export"]).await;
        for it in operations(&mut browser).await {
            if it.path == "/api/v1/me" && it.method == Method::GET {
                continue;
            }
            let answer = ask(&mut program, &it, Some("\"1\""), "{}").await;
            let status = answer.status.as_u16();
            assert!((400..500).contains(&status) && status != 401, "{} {}: {status} {}", it.method, it.path, answer.body);
            assert_eq!(answer.header("content-type"), "application/problem+json", "{} {}", it.method, it.path);
            if it.method == Method::GET {
                assert!([403, 404].contains(&status), "{} {}: {status} {}", it.method, it.path, answer.body);
            }
        }
        let after = browser.get("/api/v1/audit").await.expect(200).value()["n_rows"].as_i64().unwrap();
        assert_eq!(after - before, 1, "only the token itself was made");
    }

    async fn a_body_that_is_no_json_or_not_what_is_asked_for_is_refused_in_words(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        for it in operations(&mut browser).await.into_iter().filter(|it| it.takes.as_deref() == Some("application/json")) {
            let broken = ask(&mut browser, &it, Some("\"1\""), "nonsense").await;
            // What is a client's alone is refused to ours before it is read (`matrix` asks as every role).
            if broken.status.as_u16() == 403 && it.path.starts_with("/api/v1/portal/") {
                continue;
            }
            assert_eq!(broken.status.as_u16(), 400, "{} {}: {}", it.method, it.path, broken.body);
            let unknown = json!({"never_heard_of": 1}).to_string();
            let answer = ask(&mut browser, &it, Some("\"1\""), &unknown).await;
            let refused: Value = answer.value();
            assert!([404, 422].contains(&answer.status.as_u16()), "{} {}: {refused}", it.method, it.path);
        }
    }

    async fn an_answer_is_sent_again_only_to_who_may_see_as_much_as_then(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let made = async |browser: &mut Browser, path: &str, body: &Value| {
            browser.send_json(Method::POST, path, &[], body).await.expect(201).value()["id"].clone()
        };
        let account = json!({"external_id": "A", "name": "A", "tier": "key", "time_zone": "Europe/London", "currency": "GBP"});
        let account = made(&mut browser, "/api/v1/accounts", &account).await;
        let contract = json!({"account": account, "kind": "master", "title": "Frame", "time_zone": "Europe/Vienna", "currency": "EUR",
            "starts_on": "2024-01-01"});
        let contract = made(&mut browser, "/api/v1/contracts", &contract).await;
        let product = made(&mut browser, "/api/v1/products", &json!({"external_id": "T", "name": "Tickets", "unit": "ticket"})).await;
        let line = json!({"contract": contract, "product": product, "annual_volume": 1000, "unit_price": 1250, "unit_cost": 725});
        let key = [("idempotency-key", "k1")];
        let first = browser.send_json(Method::POST, "/api/v1/contract-lines", &key, &line).await.expect(201);
        assert_eq!(first.value()["unit_cost"], json!(725));
        let again = browser.send_json(Method::POST, "/api/v1/contract-lines", &key, &line).await.expect(201);
        assert_eq!((again.header("idempotent-replayed"), &again.body), ("true", &first.body));
        let mut narrow = browser.program(&["book:read", "book:write"]).await;
        let refused = narrow.send_json(Method::POST, "/api/v1/contract-lines", &key, &line).await.expect(422);
        assert_eq!(refused.value()["type"], "/api/problems/idempotency-error-reused");
        assert!(!refused.body.contains("725"), "{}", refused.body);
    }
}
