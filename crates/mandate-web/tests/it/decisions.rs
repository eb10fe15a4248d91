//! Decision rights on pages and in the API: granted, used, named in refusals, and the authority gap of an account.
//!
//! A fresh firm has an administrator who grants and an account manager who decides; the book has one account of theirs.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use serde_json::{Value, json};

use crate::browser::{Answer, Browser};
use crate::seed::{firm, id_of};

async fn send(browser: &mut Browser, method: Method, path: &str, tag: &str, body: &Value) -> Answer {
    let headers: &[(&str, &str)] = if tag.is_empty() { &[] } else { &[("if-match", tag)] };
    browser.json(method, path, headers, &body.to_string()).await
}

fn right() -> Value {
    json!({"holder": "account_manager", "kind": "credit", "limit": "10000", "currency": "EUR", "accounts": "own",
           "valid_from": "2026-11-01", "valid_until": "2027-10-31", "review_on": "2027-04-30", "reason": "Small credits"})
}

both_databases! {
    async fn a_right_is_granted_changed_confirmed_and_revoked_through_the_api(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let made = send(&mut browser, Method::POST, "/api/v1/decision-rights", "", &right()).await.expect(201);
        let place = made.header("location").to_owned();
        assert_eq!((made.value()["limit"].clone(), made.value()["standing"].clone()), (json!(1_000_000), json!("in_force")));
        let mut wrong = right();
        wrong["limit"] = json!("0");
        wrong["valid_until"] = json!("2030-01-01");
        let refused = send(&mut browser, Method::PUT, &place, "\"1\"", &wrong).await.expect(422);
        assert_eq!(refused.fields(), ["limit", "valid_until"]);
        let review = json!({"review_on": "2027-06-30"});
        let confirmed = send(&mut browser, Method::POST, &format!("{place}/confirm"), "\"1\"", &review).await.expect(200);
        assert_eq!(confirmed.header("etag"), "\"2\"");
        send(&mut browser, Method::POST, &format!("{place}/revoke"), "\"1\"", &json!({"reason": "x"})).await.expect(412);
        let revoked = send(&mut browser, Method::POST, &format!("{place}/revoke"), "\"2\"", &json!({"reason": "x"})).await.expect(200);
        assert_eq!(revoked.value()["standing"], "revoked");
        let all = browser.get("/api/v1/decision-rights?filter=standing:is:revoked").await.expect(200).value();
        assert_eq!(all["n_rows"], 1);
        let mut lead = browser.colleague("lena@firm.example", &["delivery_lead"]).await;
        lead.get("/api/v1/decision-rights").await.expect(403);
        lead.get(&place).await.expect(404);
    }

    async fn a_right_in_a_currency_that_went_out_of_use_is_changed_and_keeps_it(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let made = send(&mut browser, Method::POST, "/api/v1/decision-rights", "", &right()).await.expect(201);
        let place = made.header("location").to_owned();
        let mut tx = db.write().await;
        tx.execute("UPDATE decision_right SET currency = 'DEM'", vec![]).await.expect("what was stored once");
        db.commit(tx).await;
        let with = |currency: &str| {
            let mut right = right();
            (right["currency"], right["reason"]) = (json!(currency), json!("Larger credits"));
            right
        };
        let refused = send(&mut browser, Method::PUT, &place, "\"1\"", &with("HRK")).await.expect(422);
        assert_eq!(refused.fields(), ["currency"], "another that is out of use");
        let changed = send(&mut browser, Method::PUT, &place, "\"1\"", &with("DEM")).await.expect(200).value();
        assert_eq!((&changed["currency"], &changed["reason"]), (&json!("DEM"), &json!("Larger credits")));
    }

    async fn pages_of_rights_substitutes_and_policies_show_what_is_there(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let empty = browser.get("/settings/rights").await.expect(200);
        assert!(empty.body.contains("No decision rights yet"));
        send(&mut browser, Method::POST, "/api/v1/decision-rights", "", &right()).await.expect(201);
        let list = browser.get("/settings/rights").await.expect(200);
        assert!(list.body.contains("Every account manager") && list.body.contains("Never used"), "{}", list.body);
        let csv = browser.get("/settings/rights.csv").await.expect(200);
        assert!(csv.body.contains("account_manager,credit,1000000,0,EUR"), "{}", csv.body);
        let rows = browser.get("/api/v1/decision-rights").await.expect(200).value();
        let id = rows["rows"][0]["id"].as_str().expect("an id").to_owned();
        let page = browser.get(&format!("/settings/rights/{id}")).await.expect(200);
        assert!(page.body.contains("used this month") && page.body.contains("Small credits"));
        assert!(browser.get("/settings/rights/new").await.expect(200).body.contains("Grant a decision right"));
        assert!(browser.get("/settings/delegations").await.expect(200).body.contains("Name a substitute"));
        let policies = browser.get("/settings/policies").await.expect(200);
        assert!(policies.body.contains("a sponsor decides any credit") && policies.body.contains("sponsor_decides_credits"));
    }

    async fn policies_that_fail_their_tests_are_refused_and_a_saved_version_is_shown(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let shipped = browser.get("/api/v1/decision-policies").await.expect(200).value();
        let text = shipped["policies"].as_str().unwrap();
        let failing = json!({"policies": text, "tests": "allow credit amount=1", "reason": "x"});
        let refused = send(&mut browser, Method::PUT, "/api/v1/decision-policies", "\"0\"", &failing).await.expect(422);
        assert_eq!(refused.fields(), ["tests"]);
        let passing = json!({"policies": text, "tests": "refuse credit amount=1", "reason": "Fewer tests"});
        let saved = send(&mut browser, Method::PUT, "/api/v1/decision-policies", "\"0\"", &passing).await.expect(200);
        assert_eq!(saved.value()["version"], 1);
        send(&mut browser, Method::PUT, "/api/v1/decision-policies", "\"0\"", &passing).await.expect(412);
        assert!(browser.get("/settings/policies").await.expect(200).body.contains("Fewer tests"));
    }

    async fn the_demo_shows_what_a_manager_answers_for_and_may_not_decide(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let operator = mandate_app::Actor::operator();
        let options = mandate_app::demo::DemoOptions { n_events_hint: 5_000, ..mandate_app::demo::DemoOptions::default() };
        mandate_app::demo::load(&db.ctx(), &operator, &options, &mut mandate_app::progress::Silent).await.expect("the demo");
        let accounts = browser.get("/api/v1/accounts?filter=name:has:Brackwell").await.expect(200);
        let id = accounts.value()["rows"][0]["id"].as_str().expect("an account").to_owned();
        let found = browser.get(&format!("/api/v1/accounts/{id}/decisions")).await.expect(200).value();
        let gap = found["gap"].as_array().unwrap();
        assert_eq!(found["n_answers_for"].as_u64().unwrap() as usize, gap.len());
        let claims = gap.iter().find(|line| line["what"] == "Claims intake").expect("its price");
        assert_eq!((&claims["extent"], &claims["most"]), (&json!("up_to"), &json!(300)));
        let others: Vec<&str> = claims["beyond"].as_array().unwrap().iter().map(|one| one["why"].as_str().unwrap()).collect();
        assert_eq!(others, ["product_manager"]);
        let page = browser.get(&format!("/accounts/{id}/decisions")).await.expect(200);
        assert!(page.body.contains("answers for") && page.body.contains("What may I decide here"), "{}", page.body);
        let rights = browser.get("/settings/rights").await.expect(200);
        assert!(rights.body.contains("Lapsed") && rights.body.contains("Demo"), "{}", rights.body);
    }

    async fn the_api_names_whose_right_a_substitute_used(db: TestDb) {
        let firm = firm(&db).await;
        let (account, mut browser) = (id_of("account", 'a'), firm.admin.as_in(&firm.admin));
        let both = [("credit", "service_credit", "credits", 'a'), ("exclusion", "exclusion", "exclusions", 'b')];
        for (kind, record, list, letter) in both {
            let path = format!("/api/v1/accounts/{account}/{list}");
            let whose = |listed: &Value| listed[0]["on_behalf_of"].clone();
            let listed = browser.get(&path).await.expect(200).value();
            assert_eq!(whose(&listed), Value::Null);
            let id = listed[0]["id"].as_str().expect("one");
            let (used, currency) = (id_of("account", letter), if kind == "credit" { "'EUR'" } else { "NULL" });
            let used = format!(
                "INSERT INTO decision_use (id, policy, kind, account_id, subject_kind, subject_id, amount, currency, decided_by,
                        decided_by_name, for_name, at_us, month, demo)
                 VALUES ('{used}', 'granted_right', '{kind}', '{account}', '{record}', '{id}', 1, {currency}, '{account}', 'Ben Okafor',
                        'Ruth Adler', 0, '2026-10', 0)"
            );
            let mut tx = db.write().await;
            tx.execute(&used, vec![]).await.expect("a use");
            db.commit(tx).await;
            assert_eq!(whose(&browser.get(&path).await.expect(200).value()), "Ruth Adler");
        }
    }
}
