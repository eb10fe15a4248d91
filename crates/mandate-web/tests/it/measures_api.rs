//! The API of measures and what follows from them: defined, tried, revised, said of, excluded from, credited; and refused
//! to whom it does not concern.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use serde_json::{Value, json};

use crate::browser::{Answer, Browser};
use crate::measures::{ACCOUNT, CLIENT, LEAD, measured};

const NOBODY: &str = "0000000000000000000000000z";

fn share(target_micro: i64) -> Value {
    json!({"clock": "resolution", "aggregate": "share_within_target", "direction": "higher", "target_micro": target_micro})
}

fn measure(definition: Value) -> Value {
    json!({"name": "Solved in time", "cadence": "monthly", "account_id": ACCOUNT, "valid_from": "2026-10", "definition": definition})
}

fn with(mut value: Value, field: &str, other: Value) -> Value {
    value[field] = other;
    value
}

async fn post(browser: &mut Browser, path: &str, body: &Value) -> Answer {
    browser.send_json(Method::POST, path, &[], body).await
}

async fn send(browser: &mut Browser, method: Method, path: &str, tag: &str, body: &Value) -> Answer {
    browser.send_json(method, path, &[("if-match", tag)], body).await
}

fn of_account(rest: &str) -> String {
    format!("/api/v1/accounts/{ACCOUNT}/{rest}")
}

both_databases! {
    async fn a_measure_is_tried_defined_and_revised_over_what_was_read(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        measured(&db).await;
        let tried = post(&mut browser, &of_account("measures/preview"), &share(950_000)).await.expect(200).value();
        assert_eq!((&tried["total"]["n"], &tried["total"]["value_micro"]), (&json!(20), &json!(950_000)));
        assert_eq!((&tried["total"]["verdict"], tried["months"].as_array().unwrap().len()), (&json!("met"), 12));
        assert_eq!(tried["examples"][0]["case_ref"], "INC-20");
        let choices = browser.get(&of_account("measures/choices")).await.expect(200).value();
        let groups = choices.as_array().unwrap().iter().find(|it| it["field"] == "groups").unwrap();
        assert_eq!(groups["values"], json!(["Desk"]));

        let key = [("idempotency-key", "measure-1")];
        let made = browser.send_json(Method::POST, "/api/v1/measures", &key, &measure(share(950_000))).await.expect(201);
        let again = browser.send_json(Method::POST, "/api/v1/measures", &key, &measure(share(950_000))).await.expect(201);
        assert_eq!((made.value()["id"].clone(), made.header("etag")), (again.value()["id"].clone(), "\"1\""));
        let path = made.header("location").to_owned();
        let read = browser.get(&path).await.expect(200);
        assert_eq!((read.header("etag"), &read.value()["definitions"][0]["definition"]["target_micro"]), ("\"1\"", &json!(950_000)));

        let stricter = with(measure(share(990_000)), "valid_from", json!("2026-11"));
        browser.send_json(Method::PUT, &path, &[], &stricter).await.expect(428);
        let revised = send(&mut browser, Method::PUT, &path, "\"1\"", &stricter).await.expect(200);
        let from: Vec<Value> =
            revised.value()["definitions"].as_array().unwrap().iter().map(|it| it["valid_from"].clone()).collect();
        assert_eq!((from, revised.header("etag")), (vec![json!("2026-10"), json!("2026-11")], "\"2\""));
        let late = send(&mut browser, Method::PUT, &path, "\"1\"", &stricter).await.expect(412);
        assert_eq!((late.header("etag"), late.value()["type"].clone()), ("\"2\"", json!("/api/problems/error-stale")));
        let late = send(&mut browser, Method::DELETE, &path, "\"1\"", &Value::Null).await.expect(412);
        assert_eq!(late.header("etag"), "\"2\"");

        send(&mut browser, Method::DELETE, &path, "\"2\"", &Value::Null).await.expect(204);
        browser.get(&path).await.expect(404);
        let back = post(&mut browser, &format!("{path}/restore"), &Value::Null).await.expect(200);
        assert_eq!(back.header("etag"), "\"4\"");
        post(&mut browser, &format!("{path}/restore"), &Value::Null).await.expect(404);
        assert_eq!(browser.get("/api/v1/measures?filter=name:has:solved").await.expect(200).value()["n_rows"], 2);
    }

    async fn a_definition_that_cannot_be_used_names_its_fields(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        measured(&db).await;
        let wrong = with(measure(json!({"clock": "sundial", "aggregate": "percentile", "parameter": 100, "direction": "up"})), "name", json!(""));
        let refused = post(&mut browser, "/api/v1/measures", &wrong).await.expect(422);
        assert_eq!(refused.fields(), ["name", "clock", "direction", "parameter"]);
        for (field, given) in [
            ("valid_from", json!("2026-13")), ("owner_person_id", json!("Lukas")), ("owner_person_id", json!(CLIENT)),
            ("owner_person_id", json!(NOBODY)), ("source_id", json!("desk")), ("account_id", json!("Brackwell")),
        ] {
            let refused = post(&mut browser, "/api/v1/measures", &with(measure(share(1)), field, given.clone())).await.expect(422);
            assert_eq!(refused.fields(), [field], "{given}");
        }
        let of_source = json!({"name": "x", "cadence": "monthly", "source_id": "nobody", "definition": share(1)});
        assert_eq!(post(&mut browser, "/api/v1/measures", &of_source).await.expect(422).fields(), ["source_id"]);
        let unknown = with(measure(share(1)), "colour", json!("red"));
        assert_eq!(post(&mut browser, "/api/v1/measures", &unknown).await.expect(422).fields(), ["colour"]);
        assert_eq!(post(&mut browser, "/api/v1/measures", &json!({"name": "x"})).await.expect(422).fields(), ["cadence"]);
        browser.json(Method::POST, "/api/v1/measures", &[], "{").await.expect(400);
        let named = [("content-type", "text/plain")];
        browser.request(Method::POST, "/api/v1/measures", &named, "{}".to_owned()).await.expect(415);
        let elsewhere = with(measure(share(1)), "account_id", json!(NOBODY));
        post(&mut browser, "/api/v1/measures", &elsewhere).await.expect(404);
        let owned = with(measure(share(1)), "owner_person_id", json!(LEAD));
        assert_eq!(post(&mut browser, "/api/v1/measures", &owned).await.expect(201).value()["owner_person_id"], LEAD);
    }

    async fn what_the_client_says_is_recorded_under_a_name(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let kpi = measured(&db).await;
        let path = of_account(&format!("measures/{kpi}"));
        let reason = json!({"text": "An hour costs us a claim", "client_person_id": CLIENT, "said_on": "2026-11-02"});
        let place = format!("{path}/reason");
        browser.send_json(Method::PUT, &place, &[], &reason).await.expect(428);
        let wrong = with(with(reason.clone(), "said_on", json!("yesterday")), "client_person_id", json!("Otto"));
        assert_eq!(send(&mut browser, Method::PUT, &place, "\"0\"", &wrong).await.expect(422).fields(), ["client_person_id", "said_on"]);
        assert_eq!(send(&mut browser, Method::PUT, &place, "\"0\"", &reason).await.expect(204).header("etag"), "\"1\"");
        assert_eq!(send(&mut browser, Method::PUT, &place, "\"0\"", &reason).await.expect(412).header("etag"), "\"1\"");

        let place = format!("{path}/walkthroughs");
        let walk = json!({"client_person_id": CLIENT, "our_person_id": LEAD, "held_on": "2026-11-02", "note": "Took an hour"});
        for (field, given) in [
            ("held_on", json!("2026-11-31")), ("held_on", json!("2027-01-01")), ("client_person_id", json!(LEAD)), ("our_person_id", json!(CLIENT)),
        ] {
            assert_eq!(post(&mut browser, &place, &with(walk.clone(), field, given)).await.expect(422).fields(), [field]);
        }
        let key = [("idempotency-key", "walk-1")];
        let first = browser.send_json(Method::POST, &place, &key, &walk).await.expect(201).value();
        assert_eq!(browser.send_json(Method::POST, &place, &key, &walk).await.expect(201).value(), first);

        let place = format!("{path}/reviews");
        let contested = json!({"month": "2026-10", "verdict": "contested", "client_person_id": CLIENT, "note": "The desk was staffed"});
        for (field, given) in [
            ("note", json!("")), ("month", json!("October")), ("month", json!("2026-11")), ("month", json!("2026-01")),
            ("verdict", json!("perhaps")), ("client_person_id", json!(LEAD)), ("case_id", json!("desk:999")),
        ] {
            let refused = post(&mut browser, &place, &with(contested.clone(), field, given.clone())).await.expect(422);
            assert_eq!(refused.fields(), [field], "{given}");
        }
        assert_eq!(browser.get(&path).await.expect(200).value()["standing"], "open");
        post(&mut browser, &place, &contested).await.expect(201);
        assert_eq!(browser.get(&path).await.expect(200).value()["standing"], "contested");
        let told = browser.get(&of_account("brief")).await.expect(200).value();
        let told = told["points"].as_array().expect("points").iter().find(|it| it["kind"] == "contested").expect("told").clone();
        assert_eq!((&told["count"], &told["on"], &told["id"]), (&json!(1), &json!("2026-10"), &json!(kpi)));
        let agreed = with(with(contested, "verdict", json!("agreed")), "note", json!(""));
        post(&mut browser, &place, &agreed).await.expect(201);
        let read = browser.get(&format!("{path}?month=2026-10")).await.expect(200).value();
        assert_eq!((&read["values"][0]["value_micro"], &read["without_exclusions"]["value_micro"]), (&json!(950_000), &json!(900_000)));
        assert_eq!((&read["missed"][0]["case_ref"], read["reviews"].as_array().unwrap().len()), (&json!("INC-20"), 2));
        assert_eq!((&read["walkthroughs"], &read["reason"]["version"]), (&json!([first]), &json!(1)));
        let all = browser.get(&of_account("measures")).await.expect(200).value();
        assert_eq!(all[0]["reason"]["text"], "An hour costs us a claim");
        assert_eq!(browser.get(&format!("{path}?month=2026-13")).await.expect(422).fields(), ["month"]);
    }

    async fn an_exclusion_is_agreed_by_the_other_side_once(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        measured(&db).await;
        let proposal = json!({"side": "provider", "from": "2026-10-10T11:20", "until": "2026-10-10T11:50",
            "ground": "planned_work", "note": "Power test", "clause": "7.4"});
        let place = of_account("exclusions");
        for (field, given) in [
            ("from", json!("noon")), ("until", json!("2026-10-10T11:00")), ("ground", json!("bad luck")), ("note", json!("")),
            ("case_id", json!("desk:999")), ("side", json!("neither")),
        ] {
            assert_eq!(post(&mut browser, &place, &with(proposal.clone(), field, given)).await.expect(422).fields(), [field]);
        }
        let nameless = with(proposal.clone(), "side", json!("client"));
        assert_eq!(post(&mut browser, &place, &nameless).await.expect(422).fields(), ["client_person_id"]);
        let made = post(&mut browser, &place, &proposal).await.expect(201);
        assert_eq!(made.value()["from"], "2026-10-10T09:20:00Z", "Vienna is two hours ahead");
        let path = made.header("location").to_owned();
        assert_eq!(browser.get(&path).await.expect(200).header("etag"), "\"1\"");

        let answer = |side: &str| json!({"answer": "agree", "side": side, "client_person_id": CLIENT});
        let place = format!("{path}/answer");
        browser.send_json(Method::POST, &place, &[], &answer("client")).await.expect(428);
        let own = send(&mut browser, Method::POST, &place, "\"1\"", &answer("provider")).await.expect(409);
        assert_eq!(own.value()["type"], "/api/problems/exclusion-error-own");
        let nameless = json!({"answer": "agree", "side": "client"});
        assert_eq!(send(&mut browser, Method::POST, &place, "\"1\"", &nameless).await.expect(422).fields(), ["client_person_id"]);
        let agreed = send(&mut browser, Method::POST, &place, "\"1\"", &answer("client")).await.expect(200);
        assert_eq!((agreed.value()["state"].clone(), agreed.header("etag")), (json!("agreed"), "\"2\""));
        assert_eq!(send(&mut browser, Method::POST, &place, "\"1\"", &answer("client")).await.expect(412).header("etag"), "\"2\"");
        let settled = send(&mut browser, Method::POST, &place, "\"2\"", &answer("client")).await.expect(409);
        assert_eq!(settled.value()["type"], "/api/problems/exclusion-error-settled");
        let all = browser.get(&of_account("exclusions")).await.expect(200).value();
        assert_eq!(all[0]["answered"]["person_id"], CLIENT);
    }

    async fn a_credit_goes_from_computed_to_a_credit_note_or_is_waived(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let kpi = measured(&db).await;
        let rules = of_account("credit-rules");
        let rule = json!({"measure_id": kpi, "method": "started_periods", "tiers": "1800:160000", "at_risk_cap": "9600.00",
            "monthly_fee": "80000.00", "valid_from": "2026-01", "clause": "9.2"});
        for (field, given) in [
            ("measure_id", json!("x")), ("valid_from", json!("soon")), ("tiers", json!("much")), ("at_risk_cap", json!("a lot")),
            ("contract_id", json!(NOBODY)), ("method", json!("whim")),
        ] {
            let refused = post(&mut browser, &rules, &with(rule.clone(), field, given)).await.expect(422);
            assert_eq!(refused.fields(), [field]);
        }
        let made = post(&mut browser, &rules, &rule).await.expect(201).value();
        let second = json!({"measure_id": kpi, "method": "attainment", "tiers": "9900:500", "at_risk_cap": "9600.00",
            "monthly_fee": "80000.00", "valid_from": "2026-01"});
        post(&mut browser, &rules, &second).await.expect(201);
        let listed = browser.get(&rules).await.expect(200).value();
        assert!(listed.as_array().unwrap().contains(&made) && listed.as_array().unwrap().len() == 2, "{listed}");
        assert_eq!((&made["at_risk_cap_minor"], &made["currency"]), (&json!(960_000), &json!("EUR")));

        let credits = of_account("credits");
        assert_eq!(post(&mut browser, &credits, &json!({"month": "2026-11"})).await.expect(422).fields(), ["month"]);
        let computed = post(&mut browser, &credits, &json!({"month": "2026-10"})).await.expect(200).value();
        let of_rule = |id: &Value| computed.as_array().unwrap().iter().find(|it| it["rule_id"] == *id).unwrap().clone();
        let credit = of_rule(&made["id"]);
        assert_eq!((&credit["computed_minor"], &credit["state"]), (&json!(320_000), &json!("computed")));
        let path = format!("/api/v1/credits/{}", credit["id"].as_str().unwrap());
        let step = |wanted: &str| json!({"wanted": wanted, "reason": "Agreed in review", "client_person_id": CLIENT});
        let place = format!("{path}/move");
        browser.send_json(Method::POST, &place, &[], &step("propose")).await.expect(428);
        assert_eq!(send(&mut browser, Method::POST, &place, "\"1\"", &step("vanish")).await.expect(422).fields(), ["wanted"]);
        send(&mut browser, Method::POST, &place, "\"1\"", &step("agree")).await.expect(409);
        send(&mut browser, Method::POST, &place, "\"1\"", &step("propose")).await.expect(200);
        assert_eq!(send(&mut browser, Method::POST, &place, "\"1\"", &step("agree")).await.expect(412).header("etag"), "\"2\"");
        let refused = send(&mut browser, Method::POST, &place, "\"2\"", &step("agree")).await.expect(403);
        assert_eq!(refused.value()["type"], "/api/problems/decision-refused-alone", "they do not manage the account, and nobody else is here");
        let mut sponsor = browser.colleague("ruth@firm.example", &["sponsor"]).await;
        let agreed = send(&mut sponsor, Method::POST, &place, "\"2\"", &step("agree")).await.expect(200);
        assert_eq!((agreed.value()["state"].clone(), agreed.header("etag")), (json!("agreed"), "\"3\""));
        assert_eq!(send(&mut browser, Method::POST, &place, "\"3\"", &step("note")).await.expect(422).fields(), ["credit_note"]);
        let noted = with(step("note"), "credit_note", json!("CN-2026-7"));
        send(&mut browser, Method::POST, &place, "\"3\"", &noted).await.expect(200);
        let read = browser.get(&path).await.expect(200);
        assert_eq!((read.value()["state"].clone(), read.value()["credit_note"].clone()), (json!("noted"), json!("CN-2026-7")));
        assert_eq!(read.header("etag"), "\"4\"");

        let other = computed.as_array().unwrap().iter().find(|it| it["rule_id"] != made["id"]).unwrap();
        assert_eq!(other["computed_minor"], 400_000, "five per cent of the fee");
        let place = format!("/api/v1/credits/{}/move", other["id"].as_str().unwrap());
        send(&mut browser, Method::POST, &place, "\"1\"", &step("propose")).await.expect(200);
        let silent = json!({"wanted": "waive", "client_person_id": CLIENT});
        assert_eq!(send(&mut browser, Method::POST, &place, "\"2\"", &silent).await.expect(422).fields(), ["reason"]);
        let waived = send(&mut sponsor, Method::POST, &place, "\"2\"", &step("waive")).await.expect(200).value();
        assert_eq!((&waived["state"], &waived["reason"]), (&json!("waived"), &json!("Agreed in review")));
        let card = browser.get(&format!("/api/v1/scorecards/{LEAD}")).await.expect(200).value();
        assert_eq!((&card["total"]["n_cases"], &card["total"]["n_clock_met"]), (&json!(20), &json!(19)));
        assert_eq!(browser.get("/api/v1/scorecards").await.expect(200).value()[0]["person_id"], LEAD);
    }

    async fn what_one_may_not_know_of_is_not_there_and_a_narrow_token_is_told_so(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let kpi = measured(&db).await;
        let proposal = json!({"side": "provider", "from": "2026-10-10T11:20", "until": "2026-10-10T11:50", "ground": "planned_work", "note": "x"});
        let made = post(&mut browser, &of_account("exclusions"), &proposal).await.expect(201);
        let exclusion = made.header("location").to_owned();
        let answer = json!({"answer": "agree", "side": "client", "client_person_id": CLIENT});
        let walk = json!({"client_person_id": CLIENT, "held_on": "2026-11-02"});
        let calls = [
            (Method::GET, of_account("measures"), Value::Null, "facts:read"),
            (Method::GET, of_account(&format!("measures/{kpi}")), Value::Null, "facts:read"),
            (Method::GET, of_account("measures/choices"), Value::Null, "facts:read"),
            (Method::GET, of_account("exclusions"), Value::Null, "facts:read"),
            (Method::GET, of_account("credits"), Value::Null, "facts:read"),
            (Method::GET, of_account("credit-rules"), Value::Null, "facts:read"),
            (Method::GET, exclusion.clone(), Value::Null, "facts:read"),
            (Method::GET, format!("/api/v1/measures/{kpi}"), Value::Null, "facts:read"),
            (Method::POST, of_account("measures/preview"), share(1), "facts:read"),
            (Method::PUT, format!("/api/v1/measures/{kpi}"), measure(share(1)), "facts:write"),
            (Method::DELETE, format!("/api/v1/measures/{kpi}"), Value::Null, "facts:write"),
            (Method::POST, "/api/v1/measures".to_owned(), measure(share(1)), "facts:write"),
            (Method::POST, of_account(&format!("measures/{kpi}/walkthroughs")), walk, "results:write"),
            (Method::POST, of_account("exclusions"), proposal, "results:write"),
            (Method::POST, of_account("credits"), json!({"month": "2026-10"}), "results:write"),
            (Method::POST, format!("{exclusion}/answer"), answer, "results:write"),
        ];
        let mut colleague = browser.colleague("otto@firm.example", &["account_manager"]).await;
        let mut narrow = browser.program(&["profile", "book:read"]).await;
        for (method, path, body, right) in calls {
            let hidden = send(&mut colleague, method.clone(), &path, "\"1\"", &body).await;
            assert_eq!(hidden.status.as_u16(), 404, "{method} {path}: {}", hidden.body);
            let refused = send(&mut narrow, method.clone(), &path, "\"1\"", &body).await;
            assert_eq!(refused.status.as_u16(), 403, "{method} {path}: {}", refused.body);
            assert!(refused.value()["detail"].as_str().unwrap().contains(right), "{}", refused.body);
        }
        let mut reader = browser.program(&["facts:read"]).await;
        reader.get(&of_account("measures")).await.expect(200);
        let mut product = browser.colleague("petra@firm.example", &["product_manager"]).await;
        product.get(&of_account("measures")).await.expect(200);
        post(&mut product, &of_account("credits"), &json!({"month": "2026-10"})).await.expect(403);
    }
}
