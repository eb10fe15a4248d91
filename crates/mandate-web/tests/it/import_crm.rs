//! The pages of an import as a stranger reads them who moves a CRM in: what will be written, whom a row is about, what is offered
//! first, and what was done.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use serde_json::{Value, json};

use crate::book::run_imports;
use crate::browser::Browser;
use crate::import_columns::upload;

async fn account(browser: &mut Browser, id: &str, name: &str) -> Value {
    let account = json!({"external_id": id, "name": name, "time_zone": "UTC", "currency": "EUR"});
    browser.send_json(Method::POST, "/api/v1/accounts", &[], &account).await.expect(201).value()
}

async fn uploaded(browser: &mut Browser, kind: &str, text: &str) -> String {
    upload(browser, "/import/book", &[("kind", kind)], text).await.expect(303).location().to_owned()
}

/// The part of a page between two texts.
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    page.split_once(from).and_then(|(_, rest)| rest.split(to).next()).unwrap_or_default()
}

const CONTACTS: &str = "Record ID,First Name,Last Name,Job Title,Associated Company,Associated Company IDs,Contact owner\n\
                        1,Hana,Brandt,Head of Procurement,Acme,100,Mara Lind\n2,Jon,Feld,CFO,Globex;Acme,200;100,Mara Lind\n";
const COLUMNS: [(&str, &str); 12] = [
    ("c0", "external_id"),
    ("c1", "first_name"),
    ("c2", "last_name"),
    ("c3", "job_title"),
    ("c4", "account.name"),
    ("c5", "account.external_id"),
    ("c6", "in_touch_with.name"),
    ("f.side", "client"),
    ("dates", "year_first"),
    ("decimal", "either"),
    ("alike", "skip"),
    ("several_ids", "first"),
];

both_databases! {
    async fn contacts_show_what_will_be_written_and_then_what_was(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        account(&mut browser, "100", "Acme").await;
        account(&mut browser, "200", "Globex").await;
        let page = browser.get("/import").await.expect(200).body;
        assert!(page.contains("Rows that are wrong are named") && !page.contains("one wrong cell"), "{page}");
        let columns = uploaded(&mut browser, "people", CONTACTS).await;
        let page = browser.get(&columns).await.expect(200).body;
        for part in ["Several ids in one cell of “Associated Company IDs”", "<option value=\"first\" selected>The first one counts",
                     "<option value=\"in_touch_with.name\" selected>In touch with › Name"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let said: Vec<(&str, &str)> = COLUMNS.into_iter().chain([("source", "CRM")]).collect();
        let check = browser.post(&columns, &said).await.expect(303).location().to_owned();
        let page = browser.get(&check).await.expect(200).body;
        for part in ["One cell has several ids, and the first one counts: “200;100” in row 3, Associated Company IDs, is read as 200.",
                     "This file adds 5 records.", "are added", "What will be written of new records?"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let values = between(&page, "What will be written of new records?", "What else is in the rows?");
        for part in ["Hana Brandt", "Job title", "Head of Procurement", "Procurement", "Globex", "In touch with", "Mara Lind"] {
            assert!(values.contains(part), "{part}: {values}");
        }
        browser.post(&check, &[]).await.expect(303);
        run_imports(&db).await;
        let job = browser.post(&check, &[]).await.expect(303).location().to_owned();
        let page = browser.get(&job).await.expect(200).body;
        for part in ["Added 5 records.", "were added", "were left alone", "What changed?", "What happened"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        for part in ["are added", "What changes?", "What happens", "What will be written"] {
            assert!(!page.contains(part), "{part}: {page}");
        }
        let known = browser.get("/api/v1/acquaintances").await.expect(200).value();
        assert_eq!(known["rows"].as_array().map(Vec::len), Some(2), "{known}");

        // What is read as before already is not offered again; another way is.
        let columns = uploaded(&mut browser, "people", CONTACTS).await;
        let page = browser.get(&columns).await.expect(200).body;
        assert!(page.contains("It is read as was said of files from “CRM”.") && !page.contains("Read it so"), "{page}");
        let other = uploaded(&mut browser, "people", "Contact,Company\nBo Kraft,Acme\n").await;
        assert!(browser.get(&other).await.expect(200).body.contains("Read it so"));
    }

    async fn a_contact_without_a_company_is_named_and_keeping_it_is_offered_first(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        account(&mut browser, "100", "Acme").await;
        let mut text = "Record ID,First Name,Last Name,Associated Company IDs\n1,Hana,Brandt,100\n".to_owned();
        for n in 2..12 {
            text.push_str(&format!("{n},Jane,Doe {n},\n"));
        }
        let said = [("c0", "external_id"), ("c1", "first_name"), ("c2", "last_name"), ("c3", "account.external_id"), ("f.side", "client"),
                    ("dates", "year_first"), ("decimal", "either"), ("alike", "skip")];
        let columns = uploaded(&mut browser, "people", &text).await;
        let check = browser.post(&columns, &said).await.expect(303).location().to_owned();
        let page = browser.get(&check).await.expect(422).body;
        let rows: Vec<String> = (2..12).map(|n| format!("{}: Jane Doe {n}", n + 1)).collect();
        assert!(page.contains(&rows.join(", ")), "all ten by name: {page}");
        let primary: Vec<&str> = page.split("<button class=\"btn pri\" type=\"submit\">").skip(1).map(|it| it.split('<').next().unwrap_or_default()).collect();
        assert_eq!(primary, ["Take this account for them"], "{page}");
        assert!(page.contains("Leave these 10 rows out"), "{page}");
        let offers = (page.find("Take this account for them"), page.find("Leave these 10 rows out"));
        assert!(offers.0 < offers.1, "{offers:?}");
    }

    async fn fields_are_called_as_pages_call_them(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let check = uploaded(&mut browser, "accounts", "external_id,name\nA-1,Acme\n").await;
        let page = browser.get(&check).await.expect(422).body;
        assert!(page.contains("No column is the field Time zone, which new records need.") && !page.contains("time_zone"), "{page}");
        account(&mut browser, "A-9", "Nordholm").await;
        let check = uploaded(&mut browser, "contracts", "external_id,account,title,currency,time_zone,starts_on,ends_on\nC-1,A-9,Frame,EUR,UTC,2027-01-01,2026-01-01\n").await;
        let page = browser.get(&check).await.expect(422).body;
        assert!(!page.contains("starts_on") && !page.contains("ends_on"), "{page}");
    }

    async fn a_row_of_a_merged_company_is_told_and_not_refused(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let text = "external_id,name,time_zone,currency\n100,Acme,UTC,EUR\n101,Acme Holding,UTC,EUR\n";
        let check = uploaded(&mut browser, "accounts", text).await;
        browser.post(&check, &[]).await.expect(303);
        run_imports(&db).await;
        let accounts = browser.get("/api/v1/accounts?sort=name").await.expect(200).value()["rows"].as_array().cloned().unwrap_or_default();
        let of = |at: usize, field: &str| accounts[at][field].clone();
        let merge = json!({"kind": "accounts", "keep": of(0, "id"), "keep_version": of(0, "version"), "drop": of(1, "id"), "drop_version": of(1, "version"), "take": []});
        browser.send_json(Method::POST, "/api/v1/merges", &[], &merge).await.expect(201);
        let check = uploaded(&mut browser, "accounts", text).await;
        let page = browser.get(&check).await.expect(200).body;
        assert!(page.contains("Row 3 (101): merged into Acme. This row changes nothing.") && page.contains("This file changes nothing."), "{page}");
    }
}
