//! Portfolio, account, cases, facts, my day, search and audit open for whoever may see them, with and without data.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use serde_json::json;

use crate::browser::Browser;

/// An account of this name, over the API.
async fn account(browser: &mut Browser, name: &str) -> String {
    let body = json!({"name": name, "time_zone": "UTC", "currency": "EUR"});
    let made = browser.send_json(Method::POST, "/api/v1/accounts", &[], &body).await.expect(201).value();
    made["id"].as_str().expect("an id").to_owned()
}

both_databases! {
    async fn an_empty_book_says_what_belongs_where(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        assert!(browser.get("/").await.expect(200).body.contains("Nothing needs you today"));
        assert!(browser.get("/portfolio").await.expect(200).body.contains("No accounts yet"));
        assert!(browser.get("/facts").await.expect(200).body.contains("No cases yet"));
        assert!(browser.get("/facts/cases").await.expect(200).body.contains("No cases yet"));
        assert!(browser.get("/search?q=nobody").await.expect(200).body.contains("Nothing found"));
        assert!(browser.get("/search.json?q=import").await.expect(200).body.contains("/import"));
        assert!(browser.get("/audit").await.expect(200).body.contains("setup"));
        assert!(browser.get("/audit/verify").await.expect(200).body.contains("Chain whole"));
        browser.get("/accounts/00000000000000000000000000").await.expect(404);
        browser.get("/accounts/nonsense").await.expect(404);
    }

    async fn an_empty_day_says_what_to_do_first_to_whoever_may(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let day = browser.get("/").await.expect(200).body;
        assert!(day.contains("There is no account yet") && !day.contains("All clear"), "{day}");
        assert!(day.contains("Import your accounts from a file, or add the first one"), "{day}");
        assert!(day.contains("href=\"/import?kind=accounts\"") && day.contains("href=\"/accounts/new\""), "{day}");
        let new = [("display_name", "Bea"), ("email", "bea@firm.example"), ("role", "account_manager"), ("locale", "en-GB"), ("time_zone", "UTC")];
        let page = browser.post("/settings/users", &new).await.expect(201);
        let link = page.body.split("/password/").nth(1).unwrap().split('<').next().unwrap().to_owned();
        let mut hers = Browser::new(&db);
        hers.post(&format!("/password/{link}"), &[("password", "my own long sentence")]).await.expect(303);
        let day = hers.get("/").await.expect(200).body;
        assert!(day.contains("No account is yours yet") && !day.contains("There is no account yet"), "{day}");
        account(&mut browser, "Alder").await;
        let day = browser.get("/").await.expect(200).body;
        assert!(day.contains("All clear") && !day.contains("There is no account yet"), "{day}");
    }

    async fn before_anything_is_measured_accounts_stand_by_name_and_contracts_by_title(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let mut ids = vec![];
        for name in ["Zander", "alder", "Morrow"] {
            ids.push(account(&mut browser, name).await);
        }
        let page = browser.get("/portfolio").await.expect(200).body;
        let list = page.split("<tbody").nth(1).expect("rows");
        let at = |text: &str, name: &str| text.find(name).unwrap_or_else(|| panic!("{name} is not in {text}"));
        assert!(at(list, "alder") < at(list, "Morrow") && at(list, "Morrow") < at(list, "Zander"), "{list}");
        assert!(page.contains("Nothing is measured yet.") && page.contains("By “Name”"), "{page}");
        assert!(!page.contains("those that need attention first\""), "the caption does not say what is not so: {page}");
        let csv = browser.get("/portfolio.csv").await.expect(200).body;
        assert!(at(&csv, "alder") < at(&csv, "Morrow") && at(&csv, "Morrow") < at(&csv, "Zander"), "{csv}");

        for (title, renews_on) in [("Yard", None), ("Apron", None), ("Field", None), ("Yearly", Some("2027-03-01"))] {
            let mut body = json!({"account": ids[0], "kind": "master", "title": title, "time_zone": "UTC", "currency": "EUR", "starts_on": "2024-01-01"});
            if let Some(day) = renews_on {
                let page = browser.get("/contracts").await.expect(200).body;
                let list = page.split("<tbody").nth(1).expect("rows");
                assert!(at(list, "Apron") < at(list, "Field") && at(list, "Field") < at(list, "Yard"), "{list}");
                assert!(page.contains("By “Title”"), "{page}");
                body["renews_on"] = json!(day);
            }
            browser.send_json(Method::POST, "/api/v1/contracts", &[], &body).await.expect(201);
        }
        let page = browser.get("/contracts").await.expect(200).body;
        let list = page.split("<tbody").nth(1).expect("rows");
        assert!(at(list, "Yearly") < at(list, "Apron") && !page.contains("By “Title”"), "one renews, so renewals lead: {page}");
    }

    async fn a_list_refuses_fields_it_does_not_have(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        browser.get("/portfolio?sort=password_hash").await.expect(422);
        browser.get("/portfolio?f=password_hash&op=is&v=x").await.expect(422);
        browser.get("/portfolio?f=annual_value&op=min&v=much").await.expect(422);
        let none = browser.get("/portfolio?f=name&op=has&v=brackwell").await.expect(200);
        assert!(none.body.contains("Nothing matches this filter"));
    }

    async fn a_table_comes_out_as_csv_and_xlsx(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let csv = browser.get("/portfolio.csv").await.expect(200);
        assert!(csv.headers["content-type"].to_str().unwrap().starts_with("text/csv"));
        let xlsx = browser.get("/audit.xlsx").await.expect(200);
        assert!(xlsx.body.starts_with("PK"));
    }
}
