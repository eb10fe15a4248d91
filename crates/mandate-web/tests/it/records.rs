//! Fields that name another record, with more records than a list can offer: found while typing, or by name and own id.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};

use crate::browser::{Answer, Browser};

fn json(answer: &Answer) -> serde_json::Value {
    serde_json::from_str(&answer.body).expect("JSON")
}

/// Forty accounts: "Account 00" to "Account 37", and two called "Twin".
async fn forty_accounts(browser: &mut Browser) -> Vec<serde_json::Value> {
    let one = |nth: usize| {
        let name = if nth < 38 { format!("Account {nth:02}") } else { "Twin".to_owned() };
        serde_json::json!({
            "external_id": format!("A-{nth}"), "name": name, "industry": format!("Trade {nth}"), "time_zone": "UTC",
            "currency": "EUR",
        })
    };
    let body = serde_json::Value::from((0..40).map(one).collect::<Vec<_>>()).to_string();
    let plain = [("content-type", "application/json")];
    let made = browser.request(Method::POST, "/api/v1/accounts/upsert", &plain, body).await.expect(200);
    json(&made).as_array().expect("a list").clone()
}

/// A person whose namesakes are known not to be meant.
fn person(account: &str) -> [(&str, &str); 4] {
    [("side", "client"), ("name", "Hana Brandt"), ("account", account), ("alike_seen", "1")]
}

both_databases! {
    async fn a_field_with_many_records_is_typed_and_takes_a_name_an_own_id_or_an_id(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let few = browser.get("/people/new").await.expect(200);
        assert!(few.body.contains("<select id=\"f-account\""), "few records are a list");
        let accounts = forty_accounts(&mut browser).await;
        let form = browser.get("/people/new").await.expect(200);
        assert!(form.body.contains("data-pick-record=\"/choices.json?kind=account\""), "many are typed");
        let id = accounts[7]["id"].as_str().expect("an id");
        for typed in ["account 07", "A-7", id] {
            let made = browser.post("/people/new", &person(typed)).await.expect(303);
            let edit = browser.get(&format!("{}/edit", made.location())).await.expect(200);
            let field = edit.body.split("<input id=\"f-account\"").nth(1).expect("the field");
            let field = field.split('>').next().unwrap_or_default();
            for part in ["value=\"Account 07\"", &format!("data-id=\"{id}\"")] {
                assert!(field.contains(part), "{part}: {field}");
            }
        }
    }

    async fn a_name_that_two_have_is_told_with_both_and_one_that_none_has_is_kept(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let accounts = forty_accounts(&mut browser).await;
        let refused = browser.post("/people/new", &person("twin")).await.expect(422);
        for part in ["are called “twin”", "<li>A-38: Twin · Trade 38</li>", "<li>A-39: Twin · Trade 39</li>", "value=\"twin\""] {
            assert!(refused.body.contains(part), "{part}");
        }
        let unknown = browser.post("/people/new", &person("Nobody Ltd")).await.expect(422);
        assert!(unknown.body.contains("value=\"Nobody Ltd\""), "what was typed stays");
        let made = browser.post("/people/new", &person("A-39")).await.expect(303);
        let edit = browser.get(&format!("{}/edit", made.location())).await.expect(200);
        let id = accounts[39]["id"].as_str().expect("an id");
        assert!(edit.body.contains(&format!("value=\"{id}\" data-id=\"{id}\" data-name=\"Twin\"")), "{}", edit.body);
        // Sent back as it was shown, it stays the same account.
        let same = [("side", "client"), ("name", "Hana Brandt"), ("account", id), ("version", "1")];
        browser.post(&format!("{}/edit", made.location()), &same).await.expect(303);
    }

    async fn the_look_up_finds_by_words_and_own_id_and_stays_within_what_one_may_see(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        forty_accounts(&mut browser).await;
        let mut found = async |query: &str| {
            let answer = browser.get(&format!("/choices.json?kind=account&q={query}")).await.expect(200);
            let names = json(&answer)["choices"].as_array().expect("choices").clone();
            names.iter().map(|it| it["name"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(found("05%20acc").await, ["Account 05"]);
        assert_eq!(found("A-12").await, ["Account 12"]);
        assert_eq!(found("%25").await, [""; 0], "a sign of patterns is only a sign");
        assert_eq!(found("account").await.len(), 12);
        browser.get("/choices.json?kind=secrets").await.expect(404);
        let mut stranger = Browser::new(&db);
        stranger.get("/choices.json?kind=account&q=a").await.expect(403);
        let mut manager = crate::views::colleague(&db, "mia@firm.example", mandate_domain::identity::Role::AccountManager).await;
        let answer = manager.get("/choices.json?kind=account&q=account").await.expect(200);
        assert_eq!(json(&answer)["choices"], serde_json::json!([]), "no account is theirs");
    }

    async fn a_measure_is_defined_for_the_account_that_was_typed_and_for_none_else(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        forty_accounts(&mut browser).await;
        let form = browser.get("/facts/measures/new").await.expect(200);
        assert!(form.body.contains("data-pick-record"), "the account is typed");
        let measure = |account: &'static str| {
            [
                ("name", "Fixed in time"), ("account", account), ("clock", "resolution"), ("aggregate", "count"),
                ("direction", "lower"), ("cadence", "monthly"),
            ]
        };
        let refused = browser.post("/facts/measures/new", &measure("Nobody Ltd")).await.expect(422);
        assert!(refused.body.contains("value=\"Nobody Ltd\""), "it is not defined for everybody instead");
        let made = browser.post("/facts/measures/new", &measure("Account 03")).await.expect(303);
        assert!(made.location().starts_with("/accounts/"), "{}", made.location());
    }

    async fn our_people_are_assigned_by_name_and_an_unknown_one_is_told(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let accounts = forty_accounts(&mut browser).await;
        for nth in 0..32 {
            let name = format!("Person {nth:02}");
            browser.post("/people/new", &[("side", "provider"), ("name", &name)]).await.expect(303);
        }
        let path = format!("/accounts/{}/people", accounts[0]["id"].as_str().expect("an id"));
        let refused = browser.post(&path, &[("person", "Nobody"), ("role", "delivery_lead")]).await.expect(422);
        assert!(refused.body.contains("value=\"Nobody\"") && refused.body.contains("f-person-e"));
        browser.post(&path, &[("person", ""), ("role", "delivery_lead")]).await.expect(422);
        browser.post(&path, &[("person", "person 31"), ("role", "delivery_lead")]).await.expect(303);
        assert!(browser.get(&path).await.expect(200).body.contains("Person 31"));
    }
}
