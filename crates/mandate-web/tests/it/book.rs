//! The book's pages and API, as a person and as a program meet them.

use axum::http::Method;
use mandate_app::Action;
use mandate_app::book::import_job::{IMPORT_BOOK, run_book_import};
use mandate_app::jobs::{Registry, run_until_idle};
use mandate_domain::book::Kind;
use mandate_testing::{TestDb, both_databases};
use mandate_web::embedded::TEMPLATES;
use mandate_web::texts::Texts;

use crate::browser::{Answer, Browser};

const ACCOUNT: [(&str, &str); 4] = [
    ("external_id", "A-1"),
    ("name", "Brackwell Insurance"),
    ("time_zone", "Europe/London"),
    ("currency", "GBP"),
];

fn id_in(location: &str) -> String {
    location.trim_start_matches("/api/v1").split('/').nth(2).unwrap_or_default().to_owned()
}

async fn add(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> String {
    let answer = browser.post(&format!("{path}/new"), fields).await.expect(303);
    id_in(answer.location())
}

fn json(answer: &Answer) -> serde_json::Value {
    serde_json::from_str(&answer.body).expect("JSON")
}

async fn upload(browser: &mut Browser, kind: &str, text: &str) -> Answer {
    let body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\n{kind}\r\n--x\r\nContent-Disposition: form-data; \
         name=\"file\"; filename=\"book.csv\"\r\nContent-Type: text/csv\r\n\r\n{text}\r\n--x--\r\n"
    );
    let headers = [("content-type", "multipart/form-data; boundary=x")];
    browser.request(Method::POST, "/import/book", &headers, body).await
}

pub async fn run_imports(db: &TestDb) {
    let registry = Registry::new().with(IMPORT_BOOK, Action::Import, run_book_import);
    run_until_idle(&db.ctx(), &registry).await.unwrap();
}

both_databases! {
    async fn a_form_keeps_what_was_typed_and_tells_all_errors_at_once(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        browser.get("/accounts/new").await.expect(200);
        let typed = [("name", "Brackwell & Sons"), ("time_zone", "Mars"), ("currency", "pounds")];
        let refused = browser.post("/accounts/new", &typed).await.expect(422);
        for part in ["Brackwell &amp; Sons", "“Mars” is not a time zone", "“pounds” is not a currency that is in use"] {
            assert!(refused.body.contains(part), "{part}");
        }
    }

    async fn a_record_of_each_kind_is_added_shown_changed_put_away_and_brought_back(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        browser.allow_exports().await;
        let account = add(&mut browser, "/accounts", &ACCOUNT).await;
        let manager = add(&mut browser, "/people", &[("side", "provider"), ("name", "Eszter Molnár")]).await;
        let client = [("side", "client"), ("name", "Hana Brandt"), ("account", account.as_str())];
        let person = add(&mut browser, "/people", &client).await;
        let unit = add(&mut browser, "/lines-of-business", &[("name", "Service desk"), ("head", &manager)]).await;
        let team = add(&mut browser, "/teams", &[("name", "Desk North"), ("line_of_business", &unit)]).await;
        let product = add(&mut browser, "/products", &[("name", "Tickets"), ("unit", "ticket"), ("line_of_business", &unit)]).await;
        let contract = [
            ("account", account.as_str()), ("kind", "master"), ("title", "Frame 2024"), ("time_zone", "Europe/London"),
            ("currency", "GBP"), ("starts_on", "2024-04-01"), ("renews_on", "2027-04-01"), ("notice_days", "90"),
        ];
        let contract = add(&mut browser, "/contracts", &contract).await;
        let line = [("contract", contract.as_str()), ("product", &product), ("annual_volume", "120000"), ("unit_price", "3.12")];
        browser.get(&format!("/contract-lines/new?contract={contract}")).await.expect(200);
        browser.post("/contract-lines/new", &line).await.expect(303);

        let page = browser.get(&format!("/contracts/{contract}")).await.expect(200);
        for part in ["Renews on 1 Apr 2027.", "Notice counts until 31 Dec 2026.", "£3.12", "£374,400"] {
            assert!(page.body.contains(part), "{part}: {}", page.body);
        }
        for (path, id, name) in [
            ("/people", &person, "Hana Brandt"), ("/people", &manager, "Eszter Molnár"), ("/teams", &team, "Desk North"),
            ("/lines-of-business", &unit, "Service desk"), ("/products", &product, "Tickets"), ("/contracts", &contract, "Frame 2024"),
        ] {
            assert!(browser.get(path).await.expect(200).body.contains(name), "{path}");
            assert!(browser.get(&format!("{path}.csv")).await.expect(200).body.contains(name), "{path}.csv");
            browser.get(&format!("{path}.xlsx")).await.expect(200);
            assert!(browser.get(&format!("{path}/{id}")).await.expect(200).body.contains(name), "{path}");
            assert!(browser.get(&format!("{path}/{id}/edit")).await.expect(200).body.contains(name), "{path}");
        }
        assert!(browser.get(&format!("/accounts/{account}/contracts")).await.expect(200).body.contains("Tickets"));
        let people = format!("/accounts/{account}/people");
        assert!(browser.get(&people).await.expect(200).body.contains("Hana Brandt"));
        browser.post(&people, &[("person", &manager), ("role", "delivery_lead")]).await.expect(303);
        assert!(browser.get(&people).await.expect(200).body.contains("Delivery lead"));
        browser.post(&format!("{people}/remove"), &[("person", &manager), ("role", "delivery_lead")]).await.expect(303);

        browser.post(&format!("/teams/{team}/trash"), &[]).await.expect(303);
        let list = browser.get("/teams").await.expect(200);
        assert!(list.body.contains(&format!("/teams/{team}/restore")), "the toast offers to undo it");
        browser.get(&format!("/teams/{team}")).await.expect(404);
        assert!(browser.get("/trash").await.expect(200).body.contains("Desk North"));
        browser.post(&format!("/teams/{team}/restore"), &[]).await.expect(303);
        browser.get(&format!("/teams/{team}")).await.expect(200);
    }

    async fn a_contract_that_ends_is_not_told_as_one_that_renews(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let account = add(&mut browser, "/accounts", &ACCOUNT).await;
        let contract = [("account", account.as_str()), ("kind", "master"), ("title", "Frame"), ("time_zone", "Europe/London"),
                        ("currency", "USD"), ("starts_on", "2024-04-01"), ("ends_on", "2026-12-31"), ("renewal", "ends")];
        let id = add(&mut browser, "/contracts", &contract).await;
        let product = add(&mut browser, "/products", &[("name", "Desk"), ("unit", "ticket")]).await;
        let line = [("contract", id.as_str()), ("product", &product), ("annual_volume", "10"), ("price_per", "1"), ("unit_price", "5")];
        add(&mut browser, "/contract-lines", &line).await;
        let page = browser.get(&format!("/accounts/{account}")).await.expect(200).body;
        assert!(page.contains("Next renewal or end") && page.contains("ends 31 Dec") && page.contains("$50.00 <small>from contracts"), "by its contracts, in their currency: {page}");
        let list = browser.get("/portfolio").await.expect(200).body;
        assert!(list.contains("Next renewal or end") && list.contains("ends 31 Dec"), "{list}");
        let file = browser.get("/portfolio.csv").await.expect(200).body;
        assert!(file.contains("Next renewal or end,Renews or ends") && file.contains("2026-12-31,ends"), "{file}");
        let rows = json(&browser.get("/api/v1/accounts?sort=renews_or_ends_on&filter=renews_or_ends_on:max:2026-12-31;renews_or_ends:is:ends").await.expect(200));
        let row = &rows["rows"][0];
        assert_eq!((&row["renews_or_ends_on"], &row["renews_or_ends"], &row["next_renewal_on"]), (&"2026-12-31".into(), &"ends".into(), &serde_json::Value::Null));
        let list = browser.get("/contracts").await.expect(200).body;
        assert!(list.contains("One ends without renewal in that time."), "{list}");
        let day = json(&browser.get("/api/v1/my-day").await.expect(200));
        let words: Vec<&str> = day["dates"].as_array().unwrap().iter().map(|it| it["what"].as_str().unwrap()).collect();
        assert_eq!(words, ["end"]);
        let need = &day["lines"][0];
        assert_eq!((&need["need"], &need["contract_id"], &need["ends_on"], &need["due_on"]), (&"mind_end".into(), &id.as_str().into(), &"2026-12-31".into(), &"2026-12-31".into()));
        let page = browser.get("/").await.expect(200).body;
        assert!(page.contains("Settle what follows “Frame” with") && page.contains("ends on 31 Dec and does not renew."), "{page}");
        assert!(browser.get("/").await.expect(200).body.contains("Ends"));
    }

    async fn what_contracts_come_to_stands_for_a_value_nobody_stated_and_says_so(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let account = add(&mut browser, "/accounts", &ACCOUNT).await;
        let product = add(&mut browser, "/products", &[("name", "Desk"), ("unit", "ticket")]).await;
        for (title, currency) in [("Frame", "GBP"), ("Other", "USD")] {
            let contract = [("account", account.as_str()), ("kind", "master"), ("title", title), ("time_zone", "Europe/London"),
                            ("currency", currency), ("starts_on", "2024-04-01"), ("ends_on", "2026-12-31"), ("renewal", "ends")];
            let id = add(&mut browser, "/contracts", &contract).await;
            let line = [("contract", id.as_str()), ("product", &product), ("annual_volume", "10"), ("price_per", "1"), ("unit_price", "5")];
            add(&mut browser, "/contract-lines", &line).await;
        }
        let note = "from contracts, plus 1 contract in another currency";
        let page = browser.get("/portfolio").await.expect(200).body;
        assert!(page.contains("£50") && page.contains(note), "{page}");
        assert!(page.contains("one of the values is from contracts"), "{page}");
        let file = browser.get("/portfolio.csv").await.expect(200).body;
        assert!(file.contains("Annual value comes from") && file.contains("50.00,GBP,contracts,1"), "{file}");
        let risk = browser.get("/growth").await.expect(200).body;
        assert!(risk.contains(note) && risk.contains("Renews or ends on") && risk.contains("Ends"), "{risk}");
        let file = browser.get("/growth.csv?table=at-risk").await.expect(200).body;
        assert!(file.contains("Ends") && file.contains(note), "{file}");
        let risk = json(&browser.get("/api/v1/growth").await.expect(200))["at_risk"][0].clone();
        assert_eq!((&risk["annual_value_from"], &risk["ends"]), (&"contracts".into(), &true.into()));
        let sums = json(&browser.get("/api/v1/portfolio").await.expect(200));
        assert_eq!((&sums["n_from_contracts"], &sums["n_elsewhere"]), (&1.into(), &1.into()));
        let rows = json(&browser.get("/api/v1/accounts").await.expect(200));
        assert!(rows.to_string().contains("\"annual_value_from\":\"contracts\""), "{rows}");
        let day = json(&browser.get("/api/v1/my-day").await.expect(200));
        assert_eq!(day["dates"][0]["account"]["annual_value_from"], "contracts");
    }

    async fn a_contract_without_an_end_runs_until_notice_and_a_line_without_a_volume_is_told(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let account = add(&mut browser, "/accounts", &ACCOUNT).await;
        let contract = [("account", account.as_str()), ("kind", "master"), ("title", "Open"), ("time_zone", "Europe/London"),
                        ("currency", "GBP"), ("starts_on", "2024-04-01")];
        let id = add(&mut browser, "/contracts", &contract).await;
        let page = browser.get(&format!("/accounts/{account}")).await.expect(200).body;
        assert!(page.contains("<dt>Next renewal or end</dt><dd>runs until notice</dd>"), "{page}");
        assert!(!page.contains("no volume"), "{page}");
        let product = add(&mut browser, "/products", &[("name", "Desk"), ("unit", "ticket")]).await;
        for (volume, price) in [("10", "5"), ("0", "7"), ("0", "9")] {
            let line = [("contract", id.as_str()), ("product", &product), ("annual_volume", volume), ("price_per", "1"), ("unit_price", price)];
            add(&mut browser, "/contract-lines", &line).await;
        }
        let told = "2 lines without a volume: the value is counted without them.";
        let page = browser.get(&format!("/contracts/{id}")).await.expect(200).body;
        assert!(page.contains(told) && !page.contains("£0.00"), "{page}");
        assert!(browser.get(&format!("/accounts/{account}/contracts")).await.expect(200).body.contains(told));
        let page = browser.get(&format!("/accounts/{account}")).await.expect(200).body;
        for sentence in ["£50.00 <small>from contracts, without 2 lines that have no volume", "2 contract lines have no volume.",
                         "The first is in “Open”; the value is counted without them.", &format!("/accounts/{account}/contracts\"")] {
            assert!(page.contains(sentence), "{sentence}: {page}");
        }
        let brief = json(&browser.get(&format!("/api/v1/accounts/{account}/brief")).await.expect(200));
        let point = brief["points"].as_array().unwrap().iter().find(|it| it["kind"] == "no_volume").expect("a point");
        assert_eq!((&point["count"], &point["title"], &point["id"]), (&2.into(), &"Open".into(), &id.as_str().into()));
    }

    async fn a_contract_said_to_end_without_a_day_asks_for_it(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let account = add(&mut browser, "/accounts", &ACCOUNT).await;
        let contract = [("account", account.as_str()), ("kind", "master"), ("title", "Frame"), ("time_zone", "Europe/London"),
                        ("currency", "USD"), ("starts_on", "2024-04-01"), ("renewal", "ends")];
        let id = add(&mut browser, "/contracts", &contract).await;
        let page = browser.get(&format!("/contracts/{id}")).await.expect(200).body;
        assert!(page.contains("whose last day is not stated") && !page.contains("Runs until notice is given"), "{page}");
    }

    async fn notice_is_in_days_or_in_months_and_counts_by_the_calendar(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let account = add(&mut browser, "/accounts", &ACCOUNT).await;
        let contract = |notice: &[(&'static str, &'static str)]| {
            let mut form = vec![
                ("account", account.clone()), ("kind", "master".to_owned()), ("title", "Frame".to_owned()),
                ("time_zone", "Europe/London".to_owned()), ("currency", "GBP".to_owned()), ("starts_on", "2024-04-01".to_owned()),
                ("renews_on", "2027-04-01".to_owned()),
            ];
            form.extend(notice.iter().map(|(name, value)| (*name, (*value).to_owned())));
            form
        };
        let both = contract(&[("notice_days", "90"), ("notice_months", "3")]);
        let both: Vec<(&str, &str)> = both.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let refused = browser.post("/contracts/new", &both).await.expect(422).body;
        assert!(refused.contains("State notice in days or in months, not in both."), "{refused}");
        let months = contract(&[("notice_days", ""), ("notice_months", "3")]);
        let months: Vec<(&str, &str)> = months.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let id = add(&mut browser, "/contracts", &months).await;
        let page = browser.get(&format!("/contracts/{id}")).await.expect(200).body;
        assert!(page.contains("3 months’ notice. Notice counts until 31 Dec 2026."), "{page}");
        let list = browser.get("/contracts").await.expect(200).body;
        assert!(list.contains("3 months") && list.contains("sort=notice%5Fon") && !list.contains("notice%5Fdays"), "{list}");
        let file = browser.get("/contracts.csv?col=title&col=notice_days").await.expect(200).body;
        let lines: Vec<&str> = file.trim_start_matches('\u{feff}').lines().collect();
        assert_eq!(lines, ["Title,Notice days,Notice months", "Frame,,3"]);
        let api = json(&browser.get(&format!("/api/v1/contracts/{id}")).await.expect(200));
        assert_eq!((&api["notice_months"], &api["notice_days"]), (&3.into(), &serde_json::Value::Null));
        assert_eq!(api["notice_deadline"], "2026-12-31");
        let due = "/api/v1/contracts?filter=notice_on:is:2026-12-31";
        assert_eq!(json(&browser.get(due).await.expect(200))["n_rows"], 1, "the stored day is that of the page");
        // An amendment puts days in the place of months.
        let amendment = [
            ("contract", id.as_str()), ("title", "Longer notice"), ("subject", "term"), ("effective_on", "2026-11-01"),
            ("notice_days", "120"),
        ];
        add(&mut browser, "/amendments", &amendment).await;
        let api = json(&browser.get(&format!("/api/v1/contracts/{id}")).await.expect(200));
        assert_eq!((&api["notice_months"], &api["notice_days"]), (&serde_json::Value::Null, &120.into()));
        assert_eq!(api["notice_deadline"], "2026-12-01");
        let due = "/api/v1/contracts?filter=notice_on:is:2026-12-01";
        assert_eq!(json(&browser.get(due).await.expect(200))["n_rows"], 1);
    }

    async fn a_new_end_of_what_renews_by_itself_is_its_new_renewal(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let account = add(&mut browser, "/accounts", &ACCOUNT).await;
        let form = [
            ("account", account.as_str()), ("title", "Frame"), ("time_zone", "Europe/London"), ("currency", "GBP"),
            ("starts_on", "2024-04-01"), ("renewal", "automatic"), ("ends_on", "2027-03-31"),
        ];
        let id = add(&mut browser, "/contracts", &form).await;
        let path = format!("/api/v1/contracts/{id}");
        let days = |answer: &Answer| (json(answer)["ends_on"].clone(), json(answer)["renews_on"].clone());
        let none = serde_json::Value::Null;
        assert_eq!(days(&browser.get(&path).await.expect(200)), (none.clone(), "2027-04-01".into()));
        let end = [("version", "1"), ("ends_on", "2028-03-31"), ("renews_on", "2027-04-01")];
        browser.post(&format!("/contracts/{id}/edit"), &end).await.expect(303);
        assert_eq!(days(&browser.get(&path).await.expect(200)), (none.clone(), "2028-04-01".into()));
        let amendment = [
            ("contract", id.as_str()), ("title", "Extension"), ("subject", "term"), ("effective_on", "2026-11-01"),
            ("ends_on", "2029-03-31"),
        ];
        add(&mut browser, "/amendments", &amendment).await;
        assert_eq!(days(&browser.get(&path).await.expect(200)), (none, "2029-04-01".into()));
    }

    async fn one_of_the_clients_people_is_refused_beside_the_field(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let account = add(&mut browser, "/accounts", &ACCOUNT).await;
        let client = [("side", "client"), ("name", "Hana Brandt"), ("account", account.as_str())];
        let person = add(&mut browser, "/people", &client).await;
        let people = format!("/accounts/{account}/people");
        let refused = browser.post(&people, &[("person", &person), ("role", "delivery_lead")]).await.expect(422).body;
        assert!(refused.contains("Hana Brandt cannot be assigned.") && refused.contains("id=\"f-person-e\""), "{refused}");
        for kept in [format!("data-id=\"{person}\""), "value=\"delivery_lead\" selected".to_owned()] {
            assert!(refused.contains(&kept), "{kept}: {refused}");
        }
        let unknown = [("person", "0000000000000000000000000z"), ("role", "delivery_lead")];
        let refused = browser.post(&people, &unknown).await.expect(422).body;
        assert!(refused.contains("There is no person") && refused.contains("id=\"f-person-e\""), "{refused}");
    }

    async fn an_overtaken_save_keeps_what_was_typed(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let team = add(&mut browser, "/teams", &[("name", "Desk")]).await;
        let path = format!("/teams/{team}/edit");
        browser.post(&path, &[("name", "Desk North"), ("version", "1")]).await.expect(303);
        let late = browser.post(&path, &[("name", "Desk South"), ("version", "1")]).await.expect(409);
        assert!(late.body.contains("Desk South") && late.body.contains("name=\"version\" value=\"2\""));
        browser.post(&path, &[("name", "Desk South"), ("version", "2")]).await.expect(303);
    }

    async fn a_program_writes_reads_replaces_and_removes_with_versions(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let send = [("content-type", "application/json"), ("idempotency-key", "k-1")];
        let body = r#"{"external_id":"A-1","name":"Brackwell","time_zone":"Europe/London","currency":"GBP","annual_value":603000050}"#;
        let made = browser.request(Method::POST, "/api/v1/accounts", &send, body.to_owned()).await.expect(201);
        assert_eq!(json(&made)["annual_value"], 603_000_050);
        let again = browser.request(Method::POST, "/api/v1/accounts", &send, body.to_owned()).await.expect(201);
        assert_eq!(json(&again)["id"], json(&made)["id"], "the same key has one effect");
        let path = made.headers["location"].to_str().unwrap().to_owned();
        let read = browser.get(&path).await.expect(200);
        assert_eq!(read.headers["etag"], "\"1\"");
        let plain = [("content-type", "application/json")];
        let change = r#"{"external_id":"A-1","name":"Brackwell Group","time_zone":"Europe/London","currency":"GBP"}"#;
        browser.request(Method::PUT, &path, &plain, change.to_owned()).await.expect(428);
        let matching = [("content-type", "application/json"), ("if-match", "\"1\"")];
        let put = browser.request(Method::PUT, &path, &matching, change.to_owned()).await.expect(200);
        assert_eq!((&json(&put)["name"], &json(&put)["annual_value"]), (&"Brackwell Group".into(), &serde_json::Value::Null));
        let late = browser.request(Method::PUT, &path, &matching, change.to_owned()).await.expect(412);
        assert_eq!((late.header("etag"), late.header("content-type")), ("\"2\"", "application/problem+json"));
        let late = browser.request(Method::DELETE, &path, &matching, String::new()).await.expect(412);
        assert_eq!(late.header("etag"), "\"2\"");
        let wrong = r#"{"name":"x","colour":"red","annual_value":"12"}"#;
        let problem = browser.request(Method::POST, "/api/v1/accounts", &plain, wrong.to_owned()).await.expect(422);
        assert!(problem.body.contains("\"field\":\"colour\"") && problem.body.contains("\"field\":\"annual_value\""));
        let list = browser.get("/api/v1/accounts?filter=name:has:brackwell").await.expect(200);
        assert_eq!((&json(&list)["n_rows"], &json(&list)["rows"][0]["id"]), (&1.into(), &json(&made)["id"]));
        browser.request(Method::DELETE, &path, &[("if-match", "\"2\"")], String::new()).await.expect(204);
        browser.get(&path).await.expect(404);
        browser.request(Method::POST, &format!("{path}/restore"), &[], String::new()).await.expect(200);
    }

    async fn a_list_by_the_firms_ids_is_written_whole_or_not_at_all(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let plain = [("content-type", "application/json")];
        let body = r#"[{"external_id":"T-1","name":"One"},{"external_id":"T-2","name":"Two"}]"#;
        let done = browser.request(Method::POST, "/api/v1/teams/upsert", &plain, body.to_owned()).await.expect(200);
        assert_eq!(json(&done)[1]["outcome"], "new");
        let again = browser.request(Method::POST, "/api/v1/teams/upsert", &plain, body.to_owned()).await.expect(200);
        assert_eq!(json(&again)[1]["outcome"], "same");
        let broken = r#"[{"external_id":"T-3","name":"Three"},{"external_id":"T-2","name":null}]"#;
        let refused = browser.request(Method::POST, "/api/v1/teams/upsert", &plain, broken.to_owned()).await.expect(422);
        assert!(refused.body.contains("\"field\":\"1.name\""), "{}", refused.body);
        assert_eq!(json(&browser.get("/api/v1/teams").await.expect(200))["n_rows"], 2);
    }

    async fn a_file_is_checked_then_imported_and_a_wrong_one_tells_where(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        browser.get("/import?kind=teams").await.expect(200);
        let template = browser.get("/import/template/accounts.csv").await.expect(200);
        assert!(template.body.contains("external_id,name,tier"));
        let wrong = upload(&mut browser, "accounts", "external_id,name,time_zone,currency\nA-1,,UTC,EUR\n").await;
        let page = browser.get(wrong.expect(303).location()).await.expect(422);
        assert!(page.body.contains("Nothing was imported.") && page.body.contains("This may not be empty."));
        let list = page.body.split("href=\"").find(|it| it.contains("errors.csv")).unwrap();
        let errors = browser.get(list.split('"').next().unwrap()).await.expect(200);
        assert!(errors.body.contains("2,name,,This may not be empty."));

        let good = upload(&mut browser, "accounts", "external_id,name,time_zone,currency\nA-1,Brackwell,UTC,EUR\n").await;
        let path = good.expect(303).location().to_owned();
        assert!(browser.get(&path).await.expect(200).body.contains("This file adds one record."));
        assert_eq!(json(&browser.get("/api/v1/accounts").await)["n_rows"], 0);
        let job = browser.post(&path, &[]).await.expect(303).location().to_owned();
        let waiting = browser.get(&job).await.expect(200).body;
        assert!(waiting.contains("book.csv is being imported.") && waiting.contains("Waiting for its turn"), "{waiting}");
        run_imports(&db).await;
        assert!(browser.get(&job).await.expect(200).body.contains("Added one record."));
        assert_eq!(json(&browser.get(&format!("{job}/progress.json")).await)["state"], "done");
        browser.get(&path).await.expect(404);
        assert_eq!(json(&browser.get("/api/v1/accounts").await)["n_rows"], 1);

        let first = browser.get("/import").await.expect(200).body;
        let undo = first.split("action=\"").find(|it| it.starts_with("/import/batches/")).unwrap();
        browser.post(undo.split('"').next().unwrap(), &[]).await.expect(303);
        assert!(browser.get("/import").await.expect(200).body.contains("1 record went to the trash"));
        assert_eq!(json(&browser.get("/api/v1/accounts").await)["n_rows"], 0);
        let nothing = upload(&mut browser, "accounts", "").await.expect(303);
        assert!(browser.get(nothing.location()).await.expect(422).body.contains("The file is empty."));
    }

    async fn contracts_with_notice_in_months_come_in_and_go_out_as_files(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        add(&mut browser, "/accounts", &ACCOUNT).await;
        let file = "external_id,account,title,time_zone,currency,starts_on,renews_on,notice_days,notice_months\n\
                    C-1,A-1,In months,Europe/London,GBP,2024-04-01,2027-04-01,,6\n\
                    C-2,A-1,In days,Europe/London,GBP,2024-04-01,2027-04-01,90,\n";
        let path = upload(&mut browser, "contracts", file).await.expect(303).location().to_owned();
        browser.post(&path, &[]).await.expect(303);
        run_imports(&db).await;
        let list = json(&browser.get("/api/v1/contracts?sort=title").await.expect(200));
        let notice = |row: usize| (list["rows"][row]["notice_days"].clone(), list["rows"][row]["notice_months"].clone());
        let none = serde_json::Value::Null;
        assert_eq!([notice(0), notice(1)], [(90.into(), none.clone()), (none, 6.into())]);
        let file = browser.get("/api/v1/exports/contracts.csv?sort=title").await.expect(200).body;
        let mut lines = file.trim_start_matches('\u{feff}').lines().map(|line| line.split(',').collect::<Vec<_>>());
        let heads = lines.next().expect("heads");
        let place = |name: &str| heads.iter().position(|head| *head == name).unwrap_or_else(|| panic!("{name}: {heads:?}"));
        let (days, months) = (place("notice_days"), place("notice_months"));
        let notice: Vec<(&str, &str)> = lines.map(|line| (line[days], line[months])).collect();
        assert_eq!(notice, [("90", ""), ("", "6")]);
    }

    async fn a_file_that_was_good_when_checked_and_is_wrong_when_imported_tells_where(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let account = add(&mut browser, "/accounts", &ACCOUNT).await;
        let people = "external_id,side,account,name\nP-1,client,A-1,Hana Brandt\n";
        let path = upload(&mut browser, "people", people).await.expect(303).location().to_owned();
        browser.get(&path).await.expect(200);
        let job = browser.post(&path, &[]).await.expect(303).location().to_owned();
        browser.post(&format!("/accounts/{account}/trash"), &[]).await.expect(303);
        run_imports(&db).await;
        let page = browser.get(&job).await.expect(422).body;
        assert!(page.contains("Nothing was imported.") && page.contains("A-1"), "{page}");
        let list = browser.get(&format!("{job}/errors.csv")).await.expect(200).body;
        assert!(list.contains("2,account,"), "{list}");
        let other = upload(&mut browser, "teams", "external_id,name\nT-1,Desk\n").await.expect(303).location().to_owned();
        let job = browser.post(&other, &[]).await.expect(303).location().to_owned();
        browser.post(&format!("{job}/cancel"), &[]).await.expect(303);
        run_imports(&db).await;
        assert!(browser.get(&job).await.expect(200).body.contains("was stopped"));
        assert_eq!(json(&browser.get("/api/v1/teams").await)["n_rows"], 0);
    }

    async fn a_file_is_imported_once_however_often_import_is_pressed(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let teams = "external_id,name\nT-1,Desk\n";
        let path = upload(&mut browser, "teams", teams).await.expect(303).location().to_owned();
        let job = browser.post(&path, &[]).await.expect(303).location().to_owned();
        assert_eq!(browser.post(&path, &[]).await.expect(303).location(), job, "while it waits");
        run_imports(&db).await;
        assert_eq!(browser.post(&path, &[]).await.expect(303).location(), job, "when it is done");
        assert!(browser.get(&job).await.expect(200).body.contains("Added one record."));
        let mut colleague = browser.colleague("otto@firm.example", &["administrator"]).await;
        colleague.post(&path, &[]).await.expect(404);

        let path = upload(&mut browser, "teams", "external_id,name\nT-2,Night desk\n").await.expect(303).location().to_owned();
        let stopped = browser.post(&path, &[]).await.expect(303).location().to_owned();
        assert_ne!(stopped, job, "another file");
        browser.post(&format!("{stopped}/cancel"), &[]).await.expect(303);
        let again = browser.post(&path, &[]).await.expect(303).location().to_owned();
        assert_ne!(again, stopped, "a stopped import may be asked for again");
        run_imports(&db).await;
        assert_eq!(json(&browser.get("/api/v1/teams").await)["n_rows"], 2);
    }

    async fn a_program_imports_a_file_of_the_book_and_undoes_it(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let body = |kind: &str, text: &str| format!(
            "--x\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\n{kind}\r\n--x\r\nContent-Disposition: form-data; \
             name=\"file\"; filename=\"teams.csv\"\r\n\r\n{text}\r\n--x--\r\n"
        );
        let headers = [("content-type", "multipart/form-data; boundary=x"), ("idempotency-key", "teams-1")];
        let good = body("teams", "external_id,name\nT-1,Desk North\n");
        let checked = browser.request(Method::POST, "/api/v1/book-imports/check", &headers[..1], good.clone()).await.expect(200);
        assert_eq!((&json(&checked)["n_new"], &json(&checked)["batch_id"]), (&1.into(), &serde_json::Value::Null));
        let sent = browser.request(Method::POST, "/api/v1/book-imports", &headers, good.clone()).await.expect(202);
        let again = browser.request(Method::POST, "/api/v1/book-imports", &headers, good).await.expect(202);
        assert_eq!(json(&sent), json(&again), "the same key makes one job");
        run_imports(&db).await;
        let job = browser.get(sent.headers["location"].to_str().unwrap()).await.expect(200);
        assert_eq!((&json(&job)["state"], &json(&job)["result"]["n_new"]), (&"done".into(), &1.into()));
        assert_eq!(json(&browser.get("/api/v1/teams").await)["n_rows"], 1);

        let wrong = body("teams", "external_id,name\nT-2,\n");
        let refused = browser.request(Method::POST, "/api/v1/book-imports/check", &headers[..1], wrong.clone()).await.expect(422);
        assert!(refused.body.contains("\"field\":\"2:name\""), "{}", refused.body);
        let sent = browser.request(Method::POST, "/api/v1/book-imports", &headers[..1], wrong).await.expect(202);
        run_imports(&db).await;
        let failed = json(&browser.get(sent.headers["location"].to_str().unwrap()).await.expect(200));
        assert_eq!((&failed["state"], &failed["result"]["errors"][0]["row"]), (&"failed".into(), &2.into()));
        let kind = browser.request(Method::POST, "/api/v1/book-imports", &headers[..1], body("planets", "a\n")).await.expect(422);
        assert!(kind.body.contains("\"field\":\"kind\""), "{}", kind.body);
        browser.json(Method::POST, "/api/v1/book-imports", &[], "{}").await.expect(415);

        let undo = format!("/api/v1/book-imports/{}/undo", json(&job)["result"]["batch_id"].as_str().unwrap());
        let undone = browser.json(Method::POST, &undo, &[], "").await.expect(200);
        assert_eq!(json(&undone)["n_trashed"], 1);
        assert_eq!(json(&browser.get("/api/v1/teams").await)["n_rows"], 0);
        browser.json(Method::POST, &undo, &[], "").await.expect(409);
        browser.json(Method::POST, "/api/v1/book-imports/nothing/undo", &[], "").await.expect(404);
    }

    async fn an_import_by_a_token_may_no_more_than_the_token(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let body = "--x\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\ncontract_lines\r\n--x\r\nContent-Disposition: form-data; \
             name=\"file\"; filename=\"lines.csv\"\r\n\r\nexternal_id,contract,unit_cost\nL-1,SOW-1,2.40\n\r\n--x--\r\n";
        let headers = [("content-type", "multipart/form-data; boundary=x")];
        for (scopes, refused) in [(&["import", "book:write"][..], true), (&["import", "book:write", "cost:read"], false)] {
            let mut program = browser.program(scopes).await;
            let sent = program.request(Method::POST, "/api/v1/book-imports", &headers, body.to_owned()).await.expect(202);
            run_imports(&db).await;
            let location = sent.headers["location"].to_str().unwrap().to_owned();
            let job = json(&program.get(&location).await.expect(200));
            let columns: Vec<_> = job["result"]["errors"].as_array().unwrap().iter().map(|it| it["column"].clone()).collect();
            assert_eq!(columns.contains(&"unit_cost".into()), refused, "{job}");
            browser.program(&["profile"]).await.get(&location).await.expect(404);
        }
    }
}

#[test]
fn the_documented_fields_are_those_of_the_records() {
    for kind in Kind::ALL {
        let mut documented = mandate_web::book::documented_fields(kind);
        let mut real: Vec<String> =
            mandate_app::book::columns_of(kind).iter().map(|spec| spec.name.to_owned()).collect();
        documented.sort();
        real.sort();
        assert_eq!(documented, real, "{kind:?}");
    }
}

#[test]
fn every_choice_field_and_problem_of_the_book_has_words() {
    use mandate_domain::book::Shape;
    let texts = Texts::load().expect("the catalogue");
    let mut missing = vec![];
    for kind in Kind::ALL {
        let word = kind.as_str().replace('_', "-");
        for rest in ["one", "many", "add", "form-lead"] {
            missing.extend(Some(format!("book-{word}-{rest}")).filter(|id| !texts.has(id)));
        }
        for spec in mandate_app::book::columns_of(kind) {
            let field = spec.name.replace('_', "-");
            missing.extend(Some(format!("field-{field}")).filter(|id| !texts.has(id)));
            if let Shape::Choice(choices) = spec.shape {
                let ids = choices.iter().map(|choice| format!("choice-{field}-{}", choice.replace('_', "-")));
                missing.extend(ids.filter(|id| !texts.has(id)));
            }
        }
    }
    let source = include_str!("../../../mandate-app/src/book/errors.rs");
    for id in source.split('"').filter(|part| part.starts_with("book-problem-")) {
        missing.extend(Some(id.to_owned()).filter(|id| !texts.has(id)));
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(TEMPLATES.iter().any(|(name, _)| name.contains("book/list.html")));
}
