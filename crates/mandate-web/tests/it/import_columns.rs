//! The columns of a file of somebody else's making: asked on a page of their own, without a script, and answered over the API.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};

use crate::book::run_imports;
use crate::browser::{Answer, Browser};

const FILE: &str = "Kunden-Nr.;Firma;Klasse\nK-1;Brackwell;A\nK-2;Northgate;B\n";

async fn upload(browser: &mut Browser, path: &str, fields: &[(&str, &str)], text: &str) -> Answer {
    let mut body = String::new();
    for (name, value) in fields {
        body.push_str(&format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
    }
    body.push_str(&format!(
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"kunden.csv\"\r\n\r\n{text}\r\n--x--\r\n"
    ));
    browser.request(Method::POST, path, &[("content-type", "multipart/form-data; boundary=x")], body).await
}

fn json(answer: &Answer) -> serde_json::Value {
    serde_json::from_str(&answer.body).expect("JSON")
}

both_databases! {
    async fn a_file_with_other_columns_is_asked_about_checked_imported_and_remembered(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let fields = [("kind", "accounts")];
        let columns = upload(&mut browser, "/import/book", &fields, FILE).await.expect(303).location().to_owned();
        assert!(columns.ends_with("/columns"), "{columns}");
        let page = browser.get(&columns).await.expect(200).body;
        for part in ["kunden.csv: which column is which field?", "K-1 · K-2", "<option value=\"external_id\" selected>",
                     "“a” in Tier", "Leave this column out"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let said = [("c0", "external_id"), ("c1", "name"), ("c2", "tier"), ("w.tier.a", "key"), ("w.tier.b", "standard"),
                    ("f.currency", "EUR"), ("dates", "year_first"), ("decimal", "either"), ("alike", "skip"), ("source", "ERP")];
        let check = browser.post(&columns, &said).await.expect(303).location().to_owned();
        let refused = browser.get(&check).await.expect(422).body;
        assert!(refused.contains("The column “time_zone” is missing") && refused.contains("Change how it is read"), "{refused}");
        let whole: Vec<(&str, &str)> = said.iter().copied().chain([("f.time_zone", "Europe/Berlin")]).collect();
        browser.post(&columns, &whole).await.expect(303);
        assert!(browser.get(&check).await.expect(200).body.contains("This file changes 2 records."));
        browser.post(&check, &[]).await.expect(303);
        run_imports(&db).await;
        assert_eq!(json(&browser.get("/api/v1/accounts").await.expect(200))["n_rows"], 2);
        let kept = json(&browser.get("/api/v1/import-mappings").await.expect(200));
        assert_eq!(kept["mappings"][0]["source"], "ERP");

        let next = FILE.replace("K-", "N-");
        let columns = upload(&mut browser, "/import/book", &fields, &next).await.expect(303).location().to_owned();
        let page = browser.get(&columns).await.expect(200).body;
        assert!(page.contains("same columns") && page.contains("value=\"Europe/Berlin\""), "{page}");
        let said: Vec<(&str, &str)> = whole.clone();
        let check = browser.post(&columns, &said).await.expect(303).location().to_owned();
        let page = browser.get(&check).await.expect(200).body;
        assert!(page.contains("Is it the same?") && page.contains("Row 2: Brackwell"), "{page}");
        browser.post(&format!("{check}/alike"), &[("row.2", "create")]).await.expect(303);
        assert!(browser.get(&check).await.expect(200).body.contains("This file changes one record."));
    }

    async fn the_api_proposes_a_mapping_and_takes_it_back(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let fields = [("kind", "accounts")];
        let answer = json(&upload(&mut browser, "/api/v1/book-imports/propose", &fields, FILE).await.expect(200));
        assert_eq!((&answer["columns"][1]["field"], &answer["is_plain"]), (&"name".into(), &false.into()));
        let mut mapping = answer["mapping"].clone();
        mapping["fixed"] = serde_json::json!({ "currency": "EUR", "time_zone": "UTC" });
        mapping["words"] = serde_json::json!({ "tier": { "a": "key", "b": "standard" } });
        let text = mapping.to_string();
        let fields = [("kind", "accounts"), ("mapping", text.as_str())];
        let checked = upload(&mut browser, "/api/v1/book-imports/check", &fields, FILE).await.expect(200);
        assert_eq!(json(&checked)["n_new"], 2);
        let wrong = [("kind", "accounts"), ("mapping", "{\"colums\":1}")];
        let refused = upload(&mut browser, "/api/v1/book-imports/check", &wrong, FILE).await.expect(422).body;
        assert!(refused.contains("\"mapping\"") && refused.contains("colums"), "{refused}");
    }
}
