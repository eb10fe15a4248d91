//! Handovers on pages and over the API: planned from what somebody holds, ticked off, carried out, called off, taken back.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use serde_json::{Value, json};

use crate::browser::Browser;

async fn made(browser: &mut Browser, path: &str, body: Value) -> String {
    let answer = browser.send_json(Method::POST, path, &[], &body).await.expect(201).value();
    answer["id"].as_str().unwrap().to_owned()
}

/// Jonas, who manages Brackwell and knows Anna there; Mara and Ben.
async fn firm(browser: &mut Browser) -> ([String; 3], String, String) {
    let mut ours = vec![];
    for name in ["Jonas Feld", "Mara <b>Lind</b>", "Ben Okafor"] {
        ours.push(made(browser, "/api/v1/people", json!({"side": "provider", "name": name})).await);
    }
    let account = json!({"external_id": "A-1", "name": "Brackwell", "time_zone": "UTC", "currency": "EUR", "account_manager": ours[0]});
    let account = made(browser, "/api/v1/accounts", account).await;
    let anna =
        made(browser, "/api/v1/people", json!({"side": "client", "account": account, "name": "Anna Roth"}))
            .await;
    let knows =
        json!({"client_person": anna, "our_person": ours[0], "strength": 4, "stated_on": "2026-06-01"});
    made(browser, "/api/v1/acquaintances", knows).await;
    let promise = json!({"account": account, "title": "A monthly report", "made_on": "2026-03-01", "delivery_owner": ours[0], "due_on": "2026-12-24"});
    made(browser, "/api/v1/promises", promise).await;
    (ours.try_into().unwrap(), account, anna)
}

/// The value of a button or box of a page that stands after `start`.
fn after<'a>(page: &'a str, start: &str) -> &'a str {
    page.split(start)
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap_or_else(|| panic!("{start}: {page}"))
}

async fn manager(browser: &mut Browser, account: &str) -> Value {
    browser.get(&format!("/api/v1/accounts/{account}")).await.expect(200).value()["account_manager"].clone()
}

both_databases! {
    async fn a_handover_is_planned_on_a_page_and_carried_out(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let ([jonas, mara, ben], account, anna) = firm(&mut browser).await;
        assert!(browser.get("/handovers").await.expect(200).body.contains("No handovers"));
        assert!(browser.get("/handovers/new").await.expect(200).body.contains("Choose who hands over"));
        browser.get("/handovers/new?from=Nobody").await.expect(422);
        let page = browser.get(&format!("/handovers/new?from={jonas}&kind=leaves")).await.expect(200).body;
        for part in ["Jonas Feld holds 3 matters on one account", "account manager", "1 promise: A monthly report", "1 person to introduce: Anna Roth", "Mara &lt;b&gt;Lind"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let to = format!("to:{account}");
        let mut form = vec![("from", jonas.as_str()), ("kind", "leaves"), ("effective_on", "2026-12-01"), ("time_zone", "UTC"), ("successor", ""), (to.as_str(), "Nobody at all")];
        let told = browser.post("/handovers/new", &form).await.expect(422).body;
        for part in ["Nothing is ticked", "There is no person", "Nobody at all"] {
            assert!(told.contains(part), "{part}: {told}");
        }
        form.push(("only", &account));
        form[5].1 = &jonas;
        let told = browser.post("/handovers/new", &form).await.expect(422).body;
        assert!(told.contains("This is who hands over"), "{told}");
        form[5].1 = &mara;
        let planned = browser.post("/handovers/new", &form).await.expect(303);
        let here = planned.location().to_owned();
        let page = browser.get(&here).await.expect(200).body;
        for part in ["Jonas Feld hands over on", "2 matters have not gone over", "Mara &lt;b&gt;Lind", "Introduced", "Call it off"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(browser.get("/handovers").await.expect(200).body.contains("One account is about to go over"));
        assert!(browser.get("/handovers.csv").await.expect(200).body.contains("Jonas Feld"));

        // The promise goes to somebody else, the introduction is made.
        let items = browser.get(&format!("/api/v1{here}")).await.expect(200).value();
        let key = |matter: &str| {
            let item = items["items"].as_array().unwrap().iter().find(|it| it["matter"] == matter).unwrap();
            format!("{}:{}", item["id"].as_str().unwrap(), item["version"])
        };
        let give = format!("{here}/give");
        browser.post(&give, &[("successor", &ben)]).await.expect(422);
        let told = browser.post(&give, &[("item", &key("promise"))]).await.expect(422).body;
        assert!(told.contains("Choose a successor first"), "{told}");
        browser.post(&give, &[("item", &key("promise")), ("successor", &ben)]).await.expect(303);
        browser.post(&give, &[("item", &key("promise")), ("successor", &ben)]).await.expect(409);
        let tick = after(&page, "name=\"tick\" value=\"").to_owned();
        assert_eq!(tick, key("introduction"));
        browser.post(&format!("{here}/introduced"), &[("tick", &tick)]).await.expect(303);
        let cover = browser.get(&format!("/api/v1/accounts/{account}/coverage")).await.expect(200).body;
        assert!(cover.contains(&mara) && cover.contains(&anna), "{cover}");
        browser.post(&format!("{here}/introduced"), &[("tick", "rubbish")]).await.expect(400);

        let done = browser.post(&format!("{here}/carry-out"), &[("version", "1")]).await.expect(303);
        assert_eq!(done.location(), here);
        assert_eq!(manager(&mut browser, &account).await, json!(mara));
        let page = browser.get(&here).await.expect(200).body;
        assert!(page.contains("Carried out") && page.contains("Take it back") && !page.contains("Call it off"), "{page}");
        browser.post(&format!("{here}/cancel"), &[]).await.expect(409);
        browser.post(&format!("{here}/undo"), &[("version", "7")]).await.expect(409);
        browser.post(&format!("{here}/undo"), &[]).await.expect(303);
        assert_eq!(manager(&mut browser, &account).await, json!(jonas));
        let history = browser.get(&format!("/accounts/{account}/history")).await.expect(200).body;
        assert!(history.contains("handover introduced"), "{history}");
    }

    async fn the_api_plans_changes_calls_off_and_keeps_one_effect(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let ([jonas, mara, _], account, _) = firm(&mut browser).await;
        let held = browser.get(&format!("/api/v1/handovers/preview?from={jonas}")).await.expect(200).value();
        assert_eq!(held["holdings"].as_array().unwrap().len(), 3, "{held}");
        assert_eq!(held["holdings"][1]["due_on"], "2026-12-24");
        let body = json!({"kind": "leaves", "from": jonas, "effective_on": "2026-12-01", "time_zone": "UTC", "successor": mara});
        let key = [("idempotency-key", "once")];
        let planned = browser.send_json(Method::POST, "/api/v1/handovers", &key, &body).await.expect(201);
        let path = planned.location().to_owned();
        let again = browser.send_json(Method::POST, "/api/v1/handovers", &key, &body).await.expect(201);
        assert_eq!(planned.value()["id"], again.value()["id"]);
        assert_eq!(browser.get("/api/v1/handovers").await.expect(200).value()["rows"].as_array().unwrap().len(), 1);
        let wrong = json!({"kind": "fired", "from": jonas, "effective_on": "soon", "time_zone": "UTC"});
        let told = browser.send_json(Method::POST, "/api/v1/handovers", &[], &wrong).await.expect(422);
        assert_eq!(told.fields(), ["kind", "effective_on"]);
        let later = json!({"effective_on": "2027-01-15"});
        browser.send_json(Method::PATCH, &path, &[("if-match", "\"1\"")], &later).await.expect(200);
        browser.send_json(Method::PATCH, &path, &[("if-match", "\"1\"")], &later).await.expect(412);
        let mut sponsor = browser.colleague("sponsor@firm.example", &["sponsor"]).await;
        let seen = sponsor.get(&path).await.expect(200).value();
        assert_eq!((&seen["state"], &seen["effective_on"]), (&json!("planned"), &json!("2027-01-15")));
        sponsor.send_json(Method::POST, &format!("{path}/cancel"), &[], &json!({})).await.expect(403);
        let off = browser.send_json(Method::POST, &format!("{path}/cancel"), &[], &json!({})).await.expect(200).value();
        assert_eq!(off["state"], "cancelled");
        browser.send_json(Method::POST, &format!("{path}/carry-out"), &[], &json!({})).await.expect(409);
        assert_eq!(manager(&mut browser, &account).await, json!(jonas));
    }
}
