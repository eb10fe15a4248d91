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
        for gone in ["Reported result", "Our clock", "Not measured", ">Missed<", "Without demo data", "My accounts"] {
            let shown = page.split("data-columns").next().expect("the page before the columns to choose");
            assert!(!shown.contains(gone) && !list.contains(gone), "{gone}: {page}");
        }
        assert!(page.contains("Import the log of your service desk under Facts"), "how to start: {page}");
        let chosen = browser.get("/portfolio?col=name&col=clock_bp").await.expect(200).body;
        assert!(chosen.contains("data-label=\"Our clock\""), "chosen, it is shown: {chosen}");
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

    async fn sums_are_of_what_the_filter_shows_and_my_accounts_are_those_i_manage(db: TestDb) {
        let (mut admin, mut jonas) = crate::reach::two(&db).await;
        for (id, value) in [("THIRD", 500_000), ("FOURTH", 700_000)] {
            let account = json!({"external_id": id, "name": id, "time_zone": "UTC", "currency": "EUR", "annual_value": value});
            admin.send_json(Method::POST, "/api/v1/accounts", &[], &account).await.expect(201);
        }
        let page = admin.get("/portfolio").await.expect(200).body;
        assert!(page.contains("€12,000") && page.contains("4 accounts, 2 without an annual value"), "{page}");
        assert!(!page.contains("My accounts"), "who is nobody in the book has none: {page}");
        let page = admin.get("/portfolio?f=name&op=has&v=th").await.expect(200).body;
        assert!(page.contains("€12,000") && page.contains("of 3 accounts shown by the filter, 1 without an annual value"), "{page}");
        let page = admin.get("/portfolio?f=name&op=is&v=third").await.expect(200).body;
        assert!(page.contains("€5,000") && !page.contains("€12,000") && page.contains("of 1 account shown by the filter"), "{page}");
        let sums = admin.get("/api/v1/portfolio?filter=name:is:third").await.expect(200).value();
        assert_eq!((&sums["n_accounts"], &sums["annual_values"][0]["annual_value_minor"]), (&json!(1), &json!(500_000)));
        admin.get("/api/v1/portfolio?filter=password_hash:is:x").await.expect(422);
        assert_eq!(jonas.get("/api/v1/portfolio?filter=name:has:o").await.expect(200).value()["n_accounts"], 1);
        // Of others' accounts neither a sum nor a count.
        let page = jonas.get("/portfolio?f=name&op=has&v=o").await.expect(200).body;
        assert!(page.contains("of 1 account shown by the filter, 1 without an annual value") && !page.contains("€7,000"), "{page}");
        let page = jonas.get("/portfolio").await.expect(200).body;
        let mine = page.split("My accounts").next().and_then(|before| before.rsplit("href=\"").next()).and_then(|rest| rest.split('"').next());
        let mine = mine.expect("the view").replace("&amp;", "&");
        assert!(mine.starts_with("/portfolio?f=account_manager_id&op=is&v="), "{mine}");
        let page = jonas.get(&mine).await.expect(200).body;
        assert!(page.contains("Account manager is me") && page.contains(">OWN<"), "{page}");
        assert!(page.contains("<option value=\"account_manager_id\" selected>"), "another filter beside it keeps it: {page}");
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
