//! Likely duplicates on pages and over the API: said when one is added, listed, merged, followed by every link, undone.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use serde_json::{Value, json};

use crate::browser::Browser;

async fn made(browser: &mut Browser, path: &str, body: Value) -> String {
    let answer = browser.send_json(Method::POST, path, &[], &body).await.expect(201).value();
    answer["id"].as_str().unwrap().to_owned()
}

/// Two accounts of one name, each with a person of one address.
async fn twins(browser: &mut Browser) -> ([String; 2], [String; 2]) {
    let (mut accounts, mut people) = (vec![], vec![]);
    for (id, name) in [("A-1", "Brackwell Ltd"), ("A-2", "BRACKWELL")] {
        let account = json!({"external_id": id, "name": name, "time_zone": "UTC", "currency": "EUR"});
        let account = made(browser, "/api/v1/accounts", account).await;
        let person = json!({"side": "client", "account": account, "name": format!("Anna of {name}"), "email": "anna@brackwell.example"});
        people.push(made(browser, "/api/v1/people", person).await);
        accounts.push(account);
    }
    (accounts.try_into().unwrap(), people.try_into().unwrap())
}

both_databases! {
    async fn whoever_adds_what_is_there_is_told_once(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let ([account, _], _) = twins(&mut browser).await;
        let mut form = vec![("name", "Brackwell plc"), ("time_zone", "UTC"), ("currency", "EUR"), ("tier", "standard")];
        let told = browser.post("/accounts/new", &form).await.expect(409).body;
        for part in [&format!("/accounts/{account}"), "There are already 2 records like this", "value=\"Brackwell plc\"", "name=\"alike_seen\""] {
            assert!(told.contains(part), "{part}: {told}");
        }
        form.push(("alike_seen", "1"));
        browser.post("/accounts/new", &form).await.expect(303);
    }

    async fn two_are_merged_on_a_page_and_every_link_follows(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let ([keep, drop], [_, person]) = twins(&mut browser).await;
        let list = browser.get("/duplicates").await.expect(200).body;
        for part in ["One pair of records looks alike", "The name", "The domain of people", &drop] {
            assert!(list.contains(part), "{part}: {list}");
        }
        assert!(browser.get("/duplicates?kind=people").await.expect(200).body.contains("The e-mail address"));
        let page = browser.get(&format!("/duplicates/merge?kind=accounts&keep={keep}&drop={drop}")).await.expect(200).body;
        for part in ["1 person of the client", "name=\"field-name\" value=\"take\"", "A-2"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let stale = [("kind", "accounts"), ("keep", &keep), ("keep_version", "7"), ("drop", &drop), ("drop_version", "1")];
        browser.post("/duplicates/merge", &stale).await.expect(409);
        let mut form = stale.to_vec();
        form[2].1 = "1";
        form.push(("field-name", "take"));
        let done = browser.post("/duplicates/merge", &form).await.expect(303);
        assert_eq!(done.location(), format!("/accounts/{keep}"));
        let shown = browser.get(&format!("/accounts/{keep}/people")).await.expect(200).body;
        assert!(shown.contains(&person) && shown.contains("BRACKWELL"), "{shown}");
        for (old, new) in [
            (format!("/accounts/{drop}"), format!("/accounts/{keep}")),
            (format!("/accounts/{drop}/people?x=1"), format!("/accounts/{keep}/people?x=1")),
            (format!("/api/v1/accounts/{drop}"), format!("/api/v1/accounts/{keep}")),
        ] {
            let onward = browser.get(&old).await.expect(307);
            assert_eq!(onward.location(), new);
        }
        let second = browser.post("/duplicates/merge", &form).await.expect(303);
        assert_eq!(second.location(), format!("/accounts/{keep}"), "the second is led to what stands");
        browser.post(&format!("/accounts/{drop}/restore"), &[]).await.expect(409);
        let merges = browser.get("/api/v1/merges?kind=accounts").await.expect(200).value();
        let undo = format!("/merges/{}/undo", merges[0]["id"].as_str().unwrap());
        assert!(browser.get("/duplicates").await.expect(200).body.contains(&undo));
        assert_eq!(browser.post(&undo, &[]).await.expect(303).location(), format!("/accounts/{drop}"));
        assert!(browser.get(&format!("/accounts/{drop}/people")).await.expect(200).body.contains(&person));
        browser.post(&undo, &[]).await.expect(409);
    }

    async fn one_pair_after_the_other_is_settled(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let mut ids = vec![];
        for (n, name) in ["Alder Ltd", "ALDER", "Birch Ltd", "BIRCH", "Cedar Ltd", "CEDAR"].iter().enumerate() {
            let account = json!({"external_id": format!("A-{n}"), "name": name, "time_zone": "UTC", "currency": "EUR"});
            ids.push(made(&mut browser, "/api/v1/accounts", account).await);
        }
        let list = browser.get("/portfolio").await.expect(200).body;
        assert!(list.contains("Some accounts look alike:") && list.contains("/duplicates?kind=accounts"), "{list}");
        let compare = |keep: &str, drop: &str| format!("/duplicates/merge?kind=accounts&keep={keep}&drop={drop}");
        let page = browser.get(&compare(&ids[0], &ids[1])).await.expect(200).body;
        assert!(page.contains("2 more pairs are left.") && page.contains("Next pair"), "{page}");
        let merge = async |browser: &mut Browser, keep: &str, drop: &str| {
            let form = [("kind", "accounts"), ("keep", keep), ("keep_version", "1"), ("drop", drop), ("drop_version", "1")];
            browser.post("/duplicates/merge", &form).await.expect(303).location().to_owned()
        };
        let next = merge(&mut browser, &ids[0], &ids[1]).await;
        assert!([2, 3].iter().any(|n| next.contains(&ids[*n])) || [4, 5].iter().any(|n| next.contains(&ids[*n])), "{next}");
        let page = browser.get(&next).await.expect(200).body;
        assert!(page.contains("is now part of Alder Ltd. 2 more pairs are left.") && page.contains("One more pair is left."), "{page}");
        let apart = [("kind", "accounts"), ("first", &ids[2]), ("second", &ids[3]), ("one_by_one", "1")];
        let next = browser.post("/duplicates/apart", &apart).await.expect(303).location().to_owned();
        assert!(next.contains(&ids[4]) && next.contains(&ids[5]), "{next}");
        let page = browser.get(&next).await.expect(200).body;
        assert!(page.contains("They are not listed again. One more pair is left.") && !page.contains("Next pair"), "{page}");
        assert_eq!(merge(&mut browser, &ids[4], &ids[5]).await, format!("/accounts/{}", ids[4]));
        assert!(!browser.get("/portfolio").await.expect(200).body.contains("Some accounts look alike:"));
        // Two managers' readers are not told of what they may not settle.
        let mut sponsor = browser.colleague("sponsor@firm.example", &["sponsor"]).await;
        made(&mut browser, "/api/v1/accounts", json!({"external_id": "A-9", "name": "Alder GmbH", "time_zone": "UTC", "currency": "EUR"})).await;
        assert!(browser.get("/portfolio").await.expect(200).body.contains("Some accounts look alike:"));
        assert!(!sponsor.get("/portfolio").await.expect(200).body.contains("Some accounts look alike:"));
    }

    async fn the_api_merges_tells_apart_and_undoes(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let (_, [keep, drop]) = twins(&mut browser).await;
        let listed = browser.get("/api/v1/duplicates?kind=people").await.expect(200).value();
        assert_eq!((&listed["n_pairs"], &listed["pairs"][0]["reasons"]), (&json!(1), &json!(["email"])));
        browser.get("/api/v1/duplicates?kind=contracts").await.expect(422);
        let preview = browser.get(&format!("/api/v1/merges/preview?kind=people&keep={keep}&drop={drop}")).await.expect(200).value();
        assert_eq!(preview["fields"].as_array().unwrap().len(), 2, "{preview}");
        let body = json!({"kind": "people", "keep": keep, "keep_version": 1, "drop": drop, "drop_version": 1, "take": ["name"]});
        let merged = browser.send_json(Method::POST, "/api/v1/merges", &[], &body).await.expect(201).value();
        browser.send_json(Method::POST, "/api/v1/merges", &[], &body).await.expect(409);
        let shown = browser.get(&format!("/api/v1/people/{keep}")).await.expect(200).value();
        assert_eq!(shown["name"], "Anna of BRACKWELL");
        let undo = format!("/api/v1/merges/{}/undo", merged["id"].as_str().unwrap());
        let again = browser.send_json(Method::POST, &undo, &[], &json!({})).await.expect(200).value();
        assert_eq!((&again["kind"], &again["id"]), (&json!("person"), &json!(drop)));
        let apart = json!({"kind": "people", "first": keep, "second": drop});
        browser.send_json(Method::POST, "/api/v1/duplicates/apart", &[], &apart).await.expect(204);
        assert_eq!(browser.get("/api/v1/duplicates?kind=people").await.expect(200).value()["n_pairs"], 0);
        let mut sponsor = browser.colleague("sponsor@firm.example", &["sponsor"]).await;
        sponsor.get("/api/v1/duplicates?kind=people").await.expect(403);
    }
}
