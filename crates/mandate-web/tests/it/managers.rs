//! The account's manager on a page and over the API: evidence for all who read the account, decisions for the few they are for.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use serde_json::{Value, json};

use crate::browser::Browser;

async fn made(browser: &mut Browser, path: &str, body: Value) -> String {
    let answer = browser.send_json(Method::POST, path, &[], &body).await.expect(201).value();
    answer["id"].as_str().unwrap().to_owned()
}

both_databases! {
    async fn a_decision_is_made_read_and_ended(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let jonas = made(&mut browser, "/api/v1/people", json!({"side": "provider", "name": "Jonas <i>Feld</i>"})).await;
        let mara = made(&mut browser, "/api/v1/people", json!({"side": "provider", "name": "Mara Lind"})).await;
        let account = json!({"external_id": "A-1", "name": "Brackwell", "time_zone": "UTC", "currency": "EUR"});
        let account = made(&mut browser, "/api/v1/accounts", account).await;
        let here = format!("/accounts/{account}/manager");
        assert!(browser.get(&here).await.expect(200).body.contains("Nobody manages this account"));
        let improvement = json!({"outcome": "improvement", "reason": "Outages", "measures": "Call", "seen_by": "Log", "until_on": "2027-01-31"});
        let decisions = format!("/api/v1{here}/decisions");
        let refused = browser.send_json(Method::POST, &decisions, &[], &improvement).await.expect(422);
        assert_eq!(refused.fields(), ["outcome"]);
        let path = format!("/api/v1/accounts/{account}");
        let managed = json!({"external_id": "A-1", "name": "Brackwell", "time_zone": "UTC", "currency": "EUR", "account_manager": jonas});
        browser.send_json(Method::PUT, &path, &[("if-match", "\"1\"")], &managed).await.expect(200);
        let expected = json!({"account": account, "title": "Call us first", "stated_on": "2026-05-01", "perceived": "falls_short", "perceived_words": "We <b>read</b> it"});
        made(&mut browser, "/api/v1/expectations", expected).await;

        let page = browser.get(&here).await.expect(200).body;
        for part in ["Jonas &lt;i&gt;Feld&lt;/i&gt;: one expectation falls short", "Call us first", "We &lt;b&gt;read", "Nothing was decided", "Takes the account"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let form = [("outcome", "improvement"), ("reason", "They hear of outages from others."), ("until_on", "2020-01-01")];
        let told = browser.post(&format!("{here}/decisions"), &form).await.expect(422).body;
        for part in ["They hear of outages from others.", "lies before today", "f-measures"] {
            assert!(told.contains(part), "{part}: {told}");
        }
        let form = [
            ("outcome", "replacement"), ("reason", "They asked for it."), ("until_on", "2026-12-24"), ("successor", mara.as_str()),
        ];
        browser.post(&format!("{here}/decisions"), &form).await.expect(303);
        let page = browser.get(&here).await.expect(200).body;
        for part in ["hands over from", "They asked for it.", "/handovers/", "Say what came of it"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(browser.get(&format!("/accounts/{account}/timeline")).await.expect(200).body.contains("Decision about the manager: Replacement"));

        let mut reader = browser.colleague("lead@firm.example", &["delivery_lead"]).await;
        let seen = reader.get(&here).await.expect(200).body;
        assert!(seen.contains("Call us first") && !seen.contains("They asked for it.") && !seen.contains("Read by those who may decide"), "{seen}");
        assert_eq!(reader.get(&format!("/api/v1{here}")).await.expect(200).value()["decisions"], json!([]));
        assert!(!reader.get(&format!("/accounts/{account}/timeline")).await.expect(200).body.contains("about the manager"));
        assert!(!reader.get(&format!("/accounts/{account}/history")).await.expect(200).body.contains("They asked for it."));
        reader.send_json(Method::POST, &decisions, &[], &improvement).await.expect(403);

        let found = browser.get(&format!("/api/v1{here}")).await.expect(200).value();
        assert_eq!((&found["n_falls_short"], &found["expectations"]["open"]), (&json!(1), &json!(1)), "{found}");
        let end = format!("{decisions}/{}/end", found["decisions"][0]["id"].as_str().unwrap());
        let wrong = json!({"version": 1, "state": "forgotten", "ending": "x"});
        assert_eq!(browser.send_json(Method::POST, &end, &[], &wrong).await.expect(422).fields(), ["state"]);
        let page_end = end.strip_prefix("/api/v1").unwrap();
        browser.post(page_end, &[("version", "1"), ("state", "withdrawn"), ("ending", "They stay.")]).await.expect(303);
        browser.send_json(Method::POST, &end, &[], &json!({"version": 2, "state": "reached", "ending": "x"})).await.expect(409);
        assert!(browser.get(&here).await.expect(200).body.contains("They stay."));
    }

    async fn hats_show_on_the_person_the_account_and_the_walls(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let jonas = made(&mut browser, "/api/v1/people", json!({"side": "provider", "name": "Jonas Feld"})).await;
        let account = json!({"name": "Brackwell", "time_zone": "UTC", "currency": "EUR", "account_manager": jonas});
        let account = made(&mut browser, "/api/v1/accounts", account).await;
        made(&mut browser, "/api/v1/products", json!({"name": "Tickets", "unit": "ticket", "product_manager": jonas})).await;
        let person = browser.get(&format!("/people/{jonas}")).await.expect(200).body;
        for part in ["Hats", "Tickets", "Brackwell", "The wall is up", "Plan a handover"] {
            assert!(person.contains(part), "{part}: {person}");
        }
        assert!(browser.get(&format!("/accounts/{account}/people")).await.expect(200).body.contains("Several hats"));
        assert!(browser.get("/settings/walls").await.expect(200).body.contains("Jonas Feld"));
        browser.post("/settings/walls/declare", &[("walls", "off"), ("reason", "We are <six>")]).await.expect(303);
        assert!(browser.get(&format!("/people/{jonas}")).await.expect(200).body.contains("We are &lt;six&gt;"));
        let hats = browser.get(&format!("/api/v1/people/{jonas}/hats")).await.expect(200).value();
        assert_eq!((&hats["wall"], &hats["reason"]), (&json!("declared_off"), &json!("We are <six>")), "{hats}");
        let on = browser.get(&format!("/api/v1/accounts/{account}/hats")).await.expect(200).value();
        assert_eq!(on[0]["person_id"], json!(jonas));
        assert_eq!(browser.get("/api/v1/walls/hats").await.expect(200).value()[0]["person_id"], json!(jonas));
    }

    async fn fit_is_explained_and_moves_lead_into_a_handover(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let mut ours = vec![];
        for name in ["Jonas Feld", "Mara <b>Lind</b>"] {
            ours.push(made(&mut browser, "/api/v1/people", json!({"side": "provider", "name": name, "role": "account_manager"})).await);
        }
        let account = json!({"name": "Brackwell", "time_zone": "UTC", "currency": "EUR", "industry": "Insurance", "account_manager": ours[0]});
        let account = made(&mut browser, "/api/v1/accounts", account).await;
        made(&mut browser, "/api/v1/expertise", json!({"person": ours[1], "area": "industry", "topic": "insurance", "level": 3})).await;
        let page = browser.get(&format!("/accounts/{account}/fit")).await.expect(200).body;
        for part in ["Manages this account now", "Mara &lt;b&gt;Lind", "level 3 of 4", "not known", "Nobody of the client has said anything"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(browser.get("/fit").await.expect(200).body.contains("Show what would change"));
        let tried = browser.get(&format!("/fit?to:{account}={}", ours[1])).await.expect(200).body;
        for part in ["After:", "Plan the handover by Jonas Feld: 1 account", "not known → level 3 of 4"] {
            assert!(tried.contains(part), "{part}: {tried}");
        }
        let plan = browser.get(&format!("/handovers/new?from={}&kind=reorganisation&to:{account}={}", ours[0], ours[1])).await.expect(200).body;
        assert!(plan.contains(&format!("<option value=\"{}\" selected>", ours[1])), "{plan}");
        let fit = browser.get(&format!("/api/v1/accounts/{account}/fit")).await.expect(200).value();
        assert_eq!((&fit[0]["is_manager"], &fit[1]["expertise"][0]["level"]), (&json!(true), &json!(3)), "{fit}");
        browser.allow_exports().await;
        let file = browser.get(&format!("/accounts/{account}/fit.csv")).await.expect(200).body;
        let lines: Vec<&str> = file.lines().collect();
        assert!(lines[0].contains("Manages this account now") && lines[0].contains(": Insurance"), "{file}");
        assert!(lines.len() == 3 && lines[1].contains("Jonas Feld,yes") && lines[2].contains("Lind"), "{file}");
        browser.get(&format!("/accounts/{account}/fit.xlsx")).await.expect(200);
        let tried = browser.get(&format!("/fit.csv?to:{account}={}", ours[1])).await.expect(200).body;
        assert!(tried.contains("After: Accounts") && tried.contains("Jonas Feld,1,0,"), "{tried}");
        browser.get("/fit.xlsx").await.expect(200);
        let moves = json!({"moves": {account.as_str(): ours[1]}});
        let carried = browser.send_json(Method::POST, "/api/v1/fit", &[], &moves).await.expect(200).value();
        assert_eq!((&carried[0]["load"]["n_accounts"], &carried[0]["after"]["n_accounts"]), (&json!(1), &json!(0)), "{carried}");
    }
}
