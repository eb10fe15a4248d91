//! The columns of a file of somebody else's making: asked on a page of their own, without a script, and answered over the API.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};

use crate::book::run_imports;
use crate::browser::{Answer, Browser};

const FILE: &str = "Kunden-Nr.;Firma;Klasse\nK-1;Brackwell;A\nK-2;Northgate;B\n";

pub(crate) async fn upload(browser: &mut Browser, path: &str, fields: &[(&str, &str)], text: &str) -> Answer {
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
        assert!(refused.contains("No column is the field Time zone, which new records need.") && refused.contains("Change how it is read"), "{refused}");
        let whole: Vec<(&str, &str)> = said.iter().copied().chain([("f.time_zone", "Europe/Berlin")]).collect();
        browser.post(&columns, &whole).await.expect(303);
        assert!(browser.get(&check).await.expect(200).body.contains("This file adds 2 records."));
        browser.post(&check, &[]).await.expect(303);
        run_imports(&db).await;
        assert_eq!(json(&browser.get("/api/v1/accounts").await.expect(200))["n_rows"], 2);
        let kept = json(&browser.get("/api/v1/import-mappings").await.expect(200));
        assert_eq!(kept["mappings"][0]["source"], "ERP");

        let next = FILE.replace("K-", "N-");
        let columns = upload(&mut browser, "/import/book", &fields, &next).await.expect(303).location().to_owned();
        let page = browser.get(&columns).await.expect(200).body;
        assert!(page.contains("It is read as was said of files from “ERP”.") && page.contains("value=\"Europe/Berlin\""), "{page}");
        let said: Vec<(&str, &str)> = whole.clone();
        let check = browser.post(&columns, &said).await.expect(303).location().to_owned();
        let page = browser.get(&check).await.expect(200).body;
        assert!(page.contains("Is it the same?") && page.contains("Row 2: Brackwell"), "{page}");
        browser.post(&format!("{check}/alike"), &[("row.2", "create")]).await.expect(303);
        assert!(browser.get(&check).await.expect(200).body.contains("This file adds one record."));
    }

    async fn wrong_rows_stand_together_are_left_out_and_a_mended_file_is_read_as_before(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let fields = [("kind", "people")];
        let text = "Contact;Company;E-mail;City\nHana Brandt;Brackwell;hana@b.example;Bonn\nJon Feld;Nowhere;;\nEve Byrne;Nowhere;;\n";
        let accounts = "external_id,name,currency,time_zone\nA-1,Brackwell,EUR,UTC\n";
        let check = upload(&mut browser, "/import/book", &[("kind", "accounts")], accounts).await.expect(303).location().to_owned();
        browser.post(&check, &[]).await.expect(303);
        run_imports(&db).await;

        let columns = upload(&mut browser, "/import/book", &fields, text).await.expect(303).location().to_owned();
        let page = browser.get(&columns).await.expect(200).body;
        assert!(page.contains("Left out so far: City.") && page.contains("A new field of our own"), "{page}");
        // A column that is chosen only now has words nobody was asked about; asked once, they may stay open.
        let said = [("c0", "name"), ("c1", "account"), ("c2", "email"), ("c3", "role"), ("f.side", "client"),
                    ("dates", "year_first"), ("decimal", "either"), ("alike", "skip"), ("source", "")];
        let asked = browser.post(&columns, &said).await.expect(303).location().to_owned();
        assert!(asked.ends_with("/columns?words=1"), "{asked}");
        let page = browser.get(&asked).await.expect(200).body;
        assert!(page.contains("words with no meaning yet") && page.contains("“bonn” in Role"), "{page}");
        let said: Vec<(&str, &str)> = said.into_iter().chain([("w.role.bonn", "user")]).collect();
        let check = browser.post(&columns, &said).await.expect(303).location().to_owned();
        let refused = browser.get(&check).await.expect(422).body;
        for part in ["2 wrong cells.", ">3, 4</td>", "Leave these 2 rows out", "“Company” names what is not in the book yet."] {
            assert!(refused.contains(part), "{part}: {refused}");
        }
        browser.post(&format!("{check}/make-missing"), &[("column", "Company")]).await.expect(303);
        let page = browser.get(&check).await.expect(200).body;
        assert!(page.contains("This file adds 4 records.") && page.contains("Nowhere"), "three people and an account: {page}");
        browser.post(&columns, &said).await.expect(303);
        browser.post(&format!("{check}/leave-out"), &[("rows", "3 4 x")]).await.expect(303);
        let page = browser.get(&check).await.expect(200).body;
        assert!(page.contains("This file adds one record.") && page.contains("2 rows are left out, as you chose: 3, 4."), "{page}");
        assert!(page.contains("One row has no id of your own"), "{page}");

        let mended = text.replace("Nowhere", "Brackwell");
        let columns = upload(&mut browser, "/import/book", &fields, &mended).await.expect(303).location().to_owned();
        let page = browser.get(&columns).await.expect(200).body;
        assert!(page.contains("It is read as you said of your last file with these columns."), "{page}");
        let check = browser.post(&columns, &said).await.expect(303).location().to_owned();
        browser.post(&check, &[]).await.expect(303);
        run_imports(&db).await;
        let more = "name,account,side,job_title\nHana Brandt,A-1,client,CFO\n";
        let check = upload(&mut browser, "/import/book", &fields, more).await.expect(303).location().to_owned();
        let page = browser.get(&check).await.expect(200).body;
        assert!(page.contains("Job title: nothing becomes CFO"), "{page}");
    }

    async fn a_file_under_the_wrong_kind_is_taken_for_what_its_columns_say(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let text = "Last name;First name;Company;Job title\nBrandt;Hana;Brackwell;CFO\n";
        let columns = upload(&mut browser, "/import/book", &[("kind", "accounts")], text).await.expect(303).location().to_owned();
        let page = browser.get(&columns).await.expect(200).body;
        assert!(page.contains("This looks like a file of People") && page.contains("Read it as People"), "{page}");
        let kind = columns.replace("/columns", "/kind");
        browser.post(&kind, &[("kind", "nothing")]).await.expect(303);
        assert_eq!(browser.post(&kind, &[("kind", "people")]).await.expect(303).location(), columns);
        let page = browser.get(&columns).await.expect(200).body;
        assert!(page.contains("<option value=\"last_name\" selected>") && !page.contains("This looks like"), "{page}");
        // Read by hand as a name, a company comes with what is usual in the firm.
        let said = [("c0", "last_name"), ("c1", "first_name"), ("c2", "account.name"), ("c3", "job_title"), ("f.side", "client"),
                    ("dates", "year_first"), ("decimal", "either"), ("alike", "skip"), ("source", "")];
        let check = browser.post(&columns, &said).await.expect(303).location().to_owned();
        assert!(browser.get(&check).await.expect(200).body.contains("This file adds 2 records."));
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

    async fn a_column_that_no_field_is_for_becomes_one_of_our_own_where_the_columns_are_said(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let text = "Company ID;Company name;City\nK-1;Brackwell;Bonn\n";
        let columns = upload(&mut browser, "/import/book", &[("kind", "accounts")], text).await.expect(303).location().to_owned();
        let page = browser.get(&columns).await.expect(200).body;
        assert!(page.contains("Left out so far: City.") && page.contains("A new field of our own"), "{page}");
        let said = [("c0", "external_id"), ("c1", "name"), ("c2", "new-field"), ("f.currency", "EUR"), ("f.time_zone", "UTC"),
                    ("dates", "year_first"), ("decimal", "either"), ("alike", "skip"), ("source", "")];
        let check = browser.post(&columns, &said).await.expect(303).location().to_owned();
        let page = browser.get(&check).await.expect(200).body;
        assert!(page.contains("This file adds one record.") && page.contains("City</span> Bonn"), "{page}");
        browser.post(&check, &[]).await.expect(303);
        run_imports(&db).await;
        let page = browser.get("/settings/fields").await.expect(200).body;
        assert!(page.contains("City"), "{page}");
        let page = browser.get("/accounts").await.expect(303).location().to_owned();
        let list = browser.get(&format!("{page}?col=name&col=custom.city")).await.expect(200).body;
        assert!(list.contains("Bonn"), "{list}");
    }

    async fn a_volume_that_says_nothing_of_its_time_is_asked_before_it_is_checked(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let text = "Contract;Service;Volume;Unit price\nC-1;Capture;1000;0.50\n";
        let columns = upload(&mut browser, "/import/book", &[("kind", "contract_lines")], text).await.expect(303).location().to_owned();
        let page = browser.get(&columns).await.expect(200).body;
        assert!(page.contains("Choose: a month, a quarter, a year"), "nothing is chosen for them: {page}");
        let said = [("c0", "contract"), ("c1", "product"), ("c2", "annual_volume"), ("c3", "unit_price"),
                    ("dates", "year_first"), ("decimal", "either"), ("alike", "skip"), ("source", ""), ("volume_of", "Volume"), ("volume_per", "")];
        let asked = browser.post(&columns, &said).await.expect(303).location().to_owned();
        assert!(asked.ends_with("/columns?volume=1"), "{asked}");
        assert!(browser.get(&asked).await.expect(200).body.contains("does not say for how long its volumes are"));
    }
}
