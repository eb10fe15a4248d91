//! The API of what stands around the records: my day, the portfolio, reports, exports, the trash, who works on an account,
//! the demo book.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use serde_json::{Value, json};

use crate::browser::{Answer, Browser};
use crate::measures::{ACCOUNT, CLIENT, LEAD, measured};

async fn post(browser: &mut Browser, path: &str, body: &Value) -> Answer {
    browser.send_json(Method::POST, path, &[], body).await
}

both_databases! {
    async fn my_day_says_what_needs_the_caller(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        assert_eq!(browser.get("/api/v1/my-day").await.expect(200).value(), json!({"today": "2026-11-21", "lines": [], "dates": []}));
        measured(&db).await;
        let proposal = json!({"side": "client", "client_person_id": CLIENT, "from": "2026-10-10T11:20", "until": "2026-10-10T11:50",
            "ground": "planned_work", "note": "Power test"});
        let made = post(&mut browser, &format!("/api/v1/accounts/{ACCOUNT}/exclusions"), &proposal).await.expect(201).value();
        let contract = json!({"account": ACCOUNT, "kind": "master", "title": "Frame", "time_zone": "Europe/Vienna", "currency": "EUR",
            "starts_on": "2024-01-01", "renews_on": "2027-01-31", "notice_days": 60});
        let contract = post(&mut browser, "/api/v1/contracts", &contract).await.expect(201).value();
        let day = browser.get("/api/v1/my-day").await.expect(200).value();
        let line = |need: &str| day["lines"].as_array().unwrap().iter().find(|it| it["need"] == need).cloned().unwrap_or_else(|| panic!("{day}"));
        assert_eq!(line("decide_exclusion")["exclusion_id"], made["id"]);
        assert_eq!(line("decide_exclusion")["account"]["id"], ACCOUNT);
        assert_eq!((&line("mind_notice")["contract_id"], &line("mind_notice")["due_on"]), (&contract["id"], &json!("2026-12-01")));
        assert_eq!((&day["dates"][0]["what"], &day["dates"][0]["on"]), (&json!("notice"), &json!("2026-12-01")));
        let mut colleague = browser.colleague("otto@firm.example", &["account_manager"]).await;
        assert_eq!(colleague.get("/api/v1/my-day").await.expect(200).value()["lines"], json!([]));
        browser.program(&["facts:read"]).await.get("/api/v1/my-day").await.expect(403);
    }

    async fn my_day_minds_the_last_day_of_a_long_notice_however_far_the_renewal_is(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        measured(&db).await;
        let contract = json!({"account": ACCOUNT, "kind": "master", "title": "Frame", "time_zone": "Europe/Vienna", "currency": "EUR",
            "starts_on": "2024-01-01", "renews_on": "2029-12-16", "notice_months": 36});
        let contract = post(&mut browser, "/api/v1/contracts", &contract).await.expect(201).value();
        let day = browser.get("/api/v1/my-day").await.expect(200).value();
        let line = day["lines"].as_array().unwrap().iter().find(|it| it["need"] == "mind_notice").expect("notice").clone();
        assert_eq!((&line["contract_id"], &line["due_on"]), (&contract["id"], &json!("2026-12-15")));
        let dates: Vec<&Value> = day["dates"].as_array().unwrap().iter().map(|it| &it["what"]).collect();
        assert_eq!(dates, [&json!("notice")], "the renewal is three years away");
    }

    async fn the_portfolio_counts_what_one_may_see(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        measured(&db).await;
        let all = browser.get("/api/v1/portfolio").await.expect(200).value();
        assert_eq!((&all["n_accounts"], &all["by_state"][0]["n_accounts"]), (&json!(1), &json!(1)));
        let mut colleague = browser.colleague("otto@firm.example", &["account_manager"]).await;
        assert_eq!(colleague.get("/api/v1/portfolio").await.expect(200).value()["n_accounts"], 0);
        assert_eq!(browser.get("/api/v1/facts/by-source").await.expect(200).value(), json!([]));
        let lines = r#"{"event_id":"e1","case":"C1","at":"2026-11-16T09:00:00Z","state":"new","priority":2}"#;
        let headers = [("content-type", "application/x-ndjson")];
        browser.request(Method::POST, "/api/v1/events", &headers, lines.to_owned()).await.expect(200);
        let sources = browser.get("/api/v1/facts/by-source").await.expect(200).value();
        assert_eq!((&sources[0]["source"], &sources[0]["n_cases"]), (&json!("events"), &json!(1)));
        browser.program(&["book:read"]).await.get("/api/v1/facts/by-source").await.expect(403);
    }

    async fn a_report_comes_as_pdf_and_as_a_workbook(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        measured(&db).await;
        let path = format!("/api/v1/accounts/{ACCOUNT}/report");
        let mut program = browser.program(&["facts:read", "export"]).await;
        let pdf = program.get(&format!("{path}.pdf?month=2026-10")).await;
        if pdf.status.as_u16() == 503 {
            // Built without the feature `pdf`, as this crate is when it is tested alone.
            assert_eq!(pdf.value()["type"], "/api/problems/report-error-not-built");
        } else {
            assert_eq!((pdf.status.as_u16(), pdf.header("content-type"), pdf.body.starts_with("%PDF")), (200, "application/pdf", true));
            assert!(pdf.header("content-disposition").contains("brackwell-insurance-2026-10.pdf"));
        }
        assert!(program.get(&format!("{path}.xlsx")).await.expect(200).body.starts_with("PK"));
        assert_eq!(program.get(&format!("{path}.pdf?month=soon")).await.expect(422).fields(), ["month"]);
        program.get("/api/v1/accounts/0000000000000000000000000z/report.pdf").await.expect(404);
        browser.program(&["facts:read"]).await.get(&format!("{path}.pdf")).await.expect(403);
        let mut colleague = browser.colleague("otto@firm.example", &["account_manager"]).await;
        colleague.get(&format!("{path}.xlsx")).await.expect(404);
    }

    async fn a_list_comes_as_a_file_with_what_one_may_see(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        browser.allow_exports().await;
        measured(&db).await;
        let cases = browser.get("/api/v1/exports/cases.csv?filter=clock_outcome:is:missed").await.expect(200);
        assert_eq!((cases.header("content-type"), cases.body.lines().count()), ("text/csv; charset=utf-8", 2));
        assert!(cases.body.lines().next().unwrap().contains("case_ref") && cases.body.contains("INC-20"));
        for list in ["accounts", "people", "contracts", "contract-lines", "products", "lines-of-business", "teams", "cases", "measures",
            "event-files", "imports", "audit"]
        {
            browser.get(&format!("/api/v1/exports/{list}.csv")).await.expect(200);
            assert!(browser.get(&format!("/api/v1/exports/{list}.xlsx")).await.expect(200).body.starts_with("PK"), "{list}");
        }
        browser.get("/api/v1/exports/passwords.csv").await.expect(404);
        browser.get("/api/v1/exports/cases.pdf").await.expect(404);
        browser.get("/api/v1/exports/cases.csv?filter=password_hash:is:x").await.expect(422);
        let mut colleague = browser.colleague("otto@firm.example", &["account_manager"]).await;
        assert_eq!(colleague.get("/api/v1/exports/accounts.csv").await.expect(200).body.lines().count(), 1);
        colleague.get("/api/v1/exports/audit.csv").await.expect(403);
        browser.program(&["book:read"]).await.get("/api/v1/exports/accounts.csv").await.expect(403);
    }

    async fn what_lies_in_the_trash_is_listed_and_brought_back(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let team = post(&mut browser, "/api/v1/teams", &json!({"name": "Desk North"})).await.expect(201).value();
        let path = format!("/api/v1/teams/{}", team["id"].as_str().unwrap());
        browser.json(Method::DELETE, &path, &[("if-match", "\"1\"")], "").await.expect(204);
        let trash = browser.get("/api/v1/trash").await.expect(200).value();
        assert_eq!((&trash["rows"][0]["id"], &trash["rows"][0]["kind"]), (&team["id"], &json!("team")));
        post(&mut browser, &format!("{path}/restore"), &Value::Null).await.expect(200);
        assert_eq!(browser.get("/api/v1/trash").await.expect(200).value()["n_rows"], 0);
        browser.colleague("sponsor@firm.example", &["sponsor"]).await.get("/api/v1/trash").await.expect(403);
    }

    async fn who_works_on_an_account_is_replaced_over_what_was_read(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        measured(&db).await;
        let path = format!("/api/v1/accounts/{ACCOUNT}/working-people");
        let read = browser.get(&path).await.expect(200);
        assert_eq!(read.value(), json!({"people": []}));
        let lead = json!({"people": [{"person_id": LEAD, "role": "delivery_lead"}]});
        browser.send_json(Method::PUT, &path, &[], &lead).await.expect(428);
        let tag = [("if-match", read.header("etag"))];
        let saved = browser.send_json(Method::PUT, &path, &tag, &lead).await.expect(200);
        assert_eq!(saved.value(), lead);
        let late = browser.send_json(Method::PUT, &path, &tag, &json!({"people": []})).await.expect(412);
        assert_eq!(late.header("etag"), saved.header("etag"));
        let tag = [("if-match", saved.header("etag"))];
        for (person, role, field) in [
            (LEAD, "king", "people.0.role"), (LEAD, "process_owner", "people.0.role"), ("Lukas", "delivery_lead", "people.0.person_id"),
            (CLIENT, "delivery_lead", "people"),
        ] {
            let wrong = json!({"people": [{"person_id": person, "role": role}]});
            assert_eq!(browser.send_json(Method::PUT, &path, &tag, &wrong).await.expect(422).fields(), [field]);
        }
        let mut colleague = browser.colleague("otto@firm.example", &["account_manager"]).await;
        colleague.get(&path).await.expect(404);
        colleague.send_json(Method::PUT, &path, &tag, &lead).await.expect(404);
        browser.send_json(Method::PUT, &path, &tag, &json!({"people": []})).await.expect(200);
        assert!(browser.get(&format!("/api/v1/accounts/{ACCOUNT}/history")).await.expect(200).body.contains("account.people_changed"));
    }

    async fn the_demo_book_is_loaded_once_and_removed(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        assert_eq!(browser.get("/api/v1/demo").await.expect(200).value()["loaded"], false);
        post(&mut browser, "/api/v1/demo/remove", &Value::Null).await.expect(409);
        assert_eq!(post(&mut browser, "/api/v1/demo/load", &json!({"n_events": 0})).await.expect(422).fields(), ["n_events"]);
        let mut sponsor = browser.colleague("sponsor@firm.example", &["sponsor"]).await;
        sponsor.get("/api/v1/demo").await.expect(403);
        post(&mut sponsor, "/api/v1/demo/load", &json!({})).await.expect(403);
        post(&mut sponsor, "/api/v1/demo/remove", &json!({})).await.expect(403);
        let own = json!({"name": "Own", "time_zone": "UTC", "currency": "EUR"});
        post(&mut browser, "/api/v1/accounts", &own).await.expect(201);
        post(&mut browser, "/api/v1/demo/load", &json!({"n_events": 2_000})).await.expect(409);
        let beside = json!({"n_events": 2_000, "beside_own_accounts": true});
        let loaded = post(&mut browser, "/api/v1/demo/load", &beside).await.expect(201).value();
        let counts = browser.get("/api/v1/demo").await.expect(200).value();
        assert_eq!((&counts["n_accounts"], &counts["n_own_accounts"]), (&loaded["n_accounts"], &json!(1)));
        assert_eq!(counts["n_events"], loaded["n_events"]);
        post(&mut browser, "/api/v1/demo/load", &beside).await.expect(409);
        let gone = post(&mut browser, "/api/v1/demo/remove", &Value::Null).await.expect(200).value();
        assert!(gone["n_rows"].as_i64().unwrap() > 1_000, "{gone}");
        assert_eq!(browser.get("/api/v1/accounts").await.expect(200).value()["n_rows"], 1);
    }
}
