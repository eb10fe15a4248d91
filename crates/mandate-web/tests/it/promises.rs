//! Promises: the tab that puts four things side by side with its files, the handover and its answers, a client's expectations.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::seed::{Firm, firm, id_of};

async fn made(browser: &mut Browser, path: &str, body: Value) -> String {
    let answer = browser.send_json(Method::POST, &format!("/api/v1/{path}"), &[], &body).await.expect(201);
    answer.value()["id"].as_str().expect("an id").to_owned()
}

async fn as_in(firm: &Firm, who: &str) -> Browser {
    firm.admin.stranger().as_in(&firm.people[who])
}

both_databases! {
    async fn an_accounts_tab_puts_four_things_side_by_side_and_names_the_gaps(db: TestDb) {
        let mut firm = firm(&db).await;
        let (account, other) = (id_of("account", 'a'), id_of("account", 'b'));
        let promise = firm.id("promise a").to_owned();
        let expected = json!({"account": account, "title": "People who know us", "stated_on": "2026-02-01", "promise": promise,
            "perceived": "falls_short", "perceived_words": "Two left in June", "perceived_on": "2026-11-01", "measure": "Names on the rota"});
        made(&mut firm.admin, "expectations", expected).await;
        let mut manager = as_in(&firm, "account_manager").await;
        let page = manager.get(&format!("/accounts/{account}/promises")).await.expect(200).body;
        for words in [
            "People who know us", "seen by: Names on the rota", "acknowledged by nobody", "A named team for", "Falls short",
            "Two left in June", "In no contract clause, No delivery owner", "Expected and not promised",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains("Corwen"), "another account: {page}");
        manager.get(&format!("/accounts/{other}/promises")).await.expect(404);

        let gaps = manager.get(&format!("/accounts/{account}/promises?f=not_promised&op=is&v=1")).await.expect(200).body;
        assert!(!gaps.contains("People who know us"), "it is promised: {gaps}");
        let file = manager.get(&format!("/accounts/{account}/promises.csv")).await.expect(200).body;
        assert!(file.contains("Expected and not promised") && file.contains("Two left in June"), "{file}");
        assert!(!file.contains("Corwen"), "{file}");
        manager.get(&format!("/accounts/{account}/promises.xlsx")).await.expect(200);

        let rows = manager.get("/api/v1/matters?filter=not_promised:is:0").await.expect(200).value();
        let rows = rows["rows"].as_array().expect("rows").clone();
        let row = rows.iter().find(|row| row["title"] == "People who know us").expect("the matter");
        assert_eq!((&row["promise_id"], &row["no_owner"], &row["perceived"]), (&json!(promise), &json!(true), &json!("falls_short")));
        assert!(rows.iter().all(|row| row["account_id"] == json!(account)), "within reach only: {rows:#?}");
    }

    async fn delivery_answers_on_a_page_of_its_own_and_takes_it_back(db: TestDb) {
        let firm = firm(&db).await;
        let promise = firm.id("promise a").to_owned();
        let answer = format!("/promises/{promise}/handover");
        let mut lead = as_in(&firm, "delivery_lead").await;
        let list = lead.get("/promises/handover").await.expect(200).body;
        assert!(list.contains(&answer) && list.contains("Not accepted by delivery"), "{list}");
        assert!(!list.contains("No cost line"), "who may not read costs meets no such word: {list}");
        let costed = as_in(&firm, "negotiator").await.get("/promises/handover").await.expect(200).body;
        assert!(costed.contains("No cost line"), "{costed}");
        lead.get("/promises/handover?f=no_cost_line&op=is&v=1").await.expect(422);

        let page = lead.get(&answer).await.expect(200).body;
        assert!(page.contains("Delivery has not answered this promise.") && page.contains("Accept for delivery"), "{page}");
        let version = |page: &str| page.split_once("name=\"version\" value=\"").and_then(|(_, rest)| rest.split('"').next().map(str::to_owned)).expect("a version");
        let read = version(&page);
        let silent = [("version", read.as_str()), ("handover", "declined"), ("handover_words", "")];
        assert!(lead.post(&answer, &silent).await.expect(422).body.contains("id=\"f-handover_words\""));
        let declined = [("version", read.as_str()), ("handover", "declined"), ("handover_words", "Nobody is free before May")];
        lead.post(&answer, &declined).await.expect(303);
        assert!(lead.get("/promises/handover?f=handover&op=is&v=declined").await.expect(200).body.contains("Nobody is free before May"));
        let stale = [("version", read.as_str()), ("handover", "accepted")];
        lead.post(&answer, &stale).await.expect(409);
        let mut colleague = as_in(&firm, "delivery_lead").await;
        let read = version(&colleague.get(&answer).await.expect(200).body);
        colleague.post(&answer, &[("version", &read), ("handover", "accepted")]).await.expect(303);
        lead.post(&format!("{answer}/reopen?version={read}"), &[]).await.expect(409);
        let page = lead.get(&answer).await.expect(200).body;
        assert!(page.contains("Accepted by delivery"), "a colleague's answer stands: {page}");
        lead.post(&format!("{answer}/reopen"), &[]).await.expect(303);
        assert!(lead.get(&answer).await.expect(200).body.contains("Delivery has not answered this promise."));

        let api = format!("/api/v1/promises/{promise}/handover");
        let tag = format!("\"{}\"", version(&lead.get(&answer).await.expect(200).body));
        let accepted = lead.send_json(Method::PUT, &api, &[("if-match", &tag)], &json!({"handover": "accepted"})).await.expect(200);
        assert_eq!(accepted.value()["handover"], "accepted");
        lead.send_json(Method::PUT, &api, &[("if-match", &tag)], &json!({"handover": "accepted"})).await.expect(412);
        let tag = accepted.header("etag").to_owned();
        let back = lead.send_json(Method::DELETE, &api, &[("if-match", &tag)], &Value::Null).await.expect(200);
        assert_eq!(back.value()["handover"], Value::Null);
        let mut sponsor = as_in(&firm, "sponsor").await;
        sponsor.post(&answer, &declined).await.expect(403);
    }

    async fn a_clients_people_read_their_own_language_and_what_is_shared(db: TestDb) {
        let mut firm = firm(&db).await;
        let account = id_of("account", 'a');
        let ours = json!({"account": account, "title": "They want more than they pay for", "stated_on": "2026-02-01"});
        let id = made(&mut firm.admin, "expectations", ours).await;
        let portal = format!("/portal/{account}/expectations");
        let mut theirs = as_in(&firm, "client_member a").await;
        let page = theirs.get(&portal).await.expect(200).body;
        assert!(page.contains("Tell Brackwell Insurance early") && !page.contains("They want more"), "{page}");
        let mut lead = as_in(&firm, "delivery_lead").await;
        let record = lead.get(&format!("/expectations/{id}")).await.expect(200).body;
        assert!(record.contains("Only our people see this expectation.") && record.contains("Show it to the client"), "{record}");
        lead.post(&format!("/expectations/{id}/share"), &[]).await.expect(303);
        assert!(theirs.get(&portal).await.expect(200).body.contains("They want more"));
        lead.post(&format!("/expectations/{id}/unshare"), &[]).await.expect(303);
        assert!(!theirs.get(&portal).await.expect(200).body.contains("They want more"));

        let empty = theirs.post(&portal, &[("title", ""), ("due_on", "soon")]).await.expect(422).body;
        assert!(empty.contains("This is needed.") && empty.contains("Write a date like 2027-03-31."), "{empty}");
        theirs.post(&portal, &[("title", "One number to call"), ("due_on", "2027-01-31")]).await.expect(303);
        let list = theirs.get(&format!("/api/v1{portal}")).await.expect(200).value();
        let own = list.as_array().expect("a list").iter().find(|it| it["title"] == "One number to call").expect("it").clone();
        assert_eq!((&own["own"], &own["waits"]), (&json!(true), &json!(false)));
        let own_id = own["id"].as_str().expect("an id").to_owned();
        let mut manager = as_in(&firm, "account_manager").await;
        let bell = manager.get("/notifications").await.expect(200).body;
        assert!(bell.contains("One number to call: the client says what it expects"), "{bell}");
        manager.post(&format!("/expectations/{own_id}/acknowledge"), &[]).await.expect(303);
        let list = theirs.get(&format!("/api/v1{portal}")).await.expect(200).value();
        let own = list.as_array().expect("a list").iter().find(|it| it["title"] == "One number to call").expect("it").clone();
        assert_eq!(own["acknowledged_by_us_on"], "2026-11-21");

        let german = lead.get(&format!("{portal}?lang=de")).await.expect(200).body;
        assert!(german.contains("Ihre Erwartungen") && german.contains("Von uns bestätigt"), "{german}");
        let mut elsewhere = as_in(&firm, "client_member b").await;
        elsewhere.get(&portal).await.expect(404);
    }

    async fn a_candid_conversation_is_led_through_and_stands_in_the_timeline(db: TestDb) {
        let firm = firm(&db).await;
        let account = id_of("account", 'a');
        let mut manager = as_in(&firm, "account_manager").await;
        let tab = format!("/accounts/{account}/promises");
        let path = format!("/accounts/{account}/conversation");
        let before = manager.get(&tab).await.expect(200).body;
        assert!(before.contains("No such conversation is on record.") && before.contains(&path), "{before}");
        let expectation = firm.id("expectation a").to_owned();
        let opened = manager.get(&format!("{path}?with={expectation}")).await.expect(200).body;
        assert!(opened.contains(&format!("value=\"{expectation}\" checked")), "{opened}");
        let person = id_of("person", 'a');
        let short = [("expectations", expectation.as_str()), ("happened_on", "2026-11-20"), ("channel", "call"), ("agreed", "Two months ahead")];
        let told = manager.post(&path, &short).await.expect(422).body;
        for field in ["f-people", "f-said_by_client", "f-said_by_us"] {
            assert!(told.contains(&format!("href=\"#{field}\"")), "{field}: {told}");
        }
        assert!(told.contains("Two months ahead"), "what was typed is kept: {told}");
        let mut whole = short.to_vec();
        whole.extend([("people", person.as_str()), ("said_by_client", "It came too late"), ("said_by_us", "It did"), ("next_on", "2027-01-15")]);
        manager.post(&path, &whole).await.expect(303);
        let after = manager.get(&tab).await.expect(200).body;
        assert!(after.contains("Two months ahead") && after.contains("Both look again on") && after.contains("talked about on"), "{after}");
        let timeline = manager.get(&format!("/accounts/{account}/timeline")).await.expect(200).body;
        assert!(timeline.contains("Candid conversation") && timeline.contains("Two months ahead"), "{timeline}");
        let mut theirs = as_in(&firm, "client_member a").await;
        let seen = theirs.get(&format!("/portal/{account}/expectations")).await.expect(200).body;
        assert!(!seen.contains("It did") && !seen.contains("Two months ahead"), "{seen}");
    }
}
