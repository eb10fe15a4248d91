//! What to know first of an account: each point from its own rows, most urgent first, on the page and over the API.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::reach::two;

async fn made(browser: &mut Browser, path: &str, body: Value) -> String {
    let answer = browser.send_json(Method::POST, &format!("/api/v1/{path}"), &[], &body).await.expect(201);
    answer.value()["id"].as_str().expect("an id").to_owned()
}

async fn id_of(browser: &mut Browser, name: &str) -> String {
    let list = browser.get("/api/v1/accounts").await.expect(200).value();
    let rows = list["rows"].as_array().expect("rows").clone();
    let row = rows.into_iter().find(|row| row["name"] == name).expect("an account");
    row["id"].as_str().expect("an id").to_owned()
}

async fn points(browser: &mut Browser, account: &str) -> Vec<Value> {
    let brief = browser.get(&format!("/api/v1/accounts/{account}/brief")).await.expect(200).value();
    assert_eq!(brief["on"], "2026-11-21");
    brief["points"].as_array().expect("points").clone()
}

/// An account with something of everything; today is 21 November 2026.
async fn troubled(browser: &mut Browser, account: &str) {
    let contract = |title: &str, renews: &str, price: &str| {
        let price = if price.is_empty() { Value::Null } else { json!(price) };
        json!({"account": account, "kind": "statement_of_work", "title": title, "time_zone": "UTC", "currency": "EUR",
            "starts_on": "2024-01-01", "renewal": "automatic", "renews_on": renews, "notice_days": 60, "price_change_on": price})
    };
    made(browser, "contracts", contract("Passed", "2026-12-31", "")).await;
    made(browser, "contracts", contract("Coming", "2027-03-31", "2027-02-01")).await;
    made(browser, "contracts", contract("Far", "2029-03-31", "2028-02-01")).await;
    let promise = json!({"account": account, "title": "Weekend shift", "made_on": "2026-01-10", "due_on": "2026-10-01"});
    made(browser, "promises", promise).await;
    for title in ["One number to call", "A named engineer"] {
        made(browser, "expectations", json!({"account": account, "title": title, "stated_on": "2026-02-01"}))
            .await;
    }
    let known =
        made(browser, "people", json!({"side": "client", "account": account, "name": "Hana Brandt"})).await;
    made(browser, "people", json!({"side": "client", "account": account, "name": "Otto Reiss"})).await;
    let ours = made(browser, "people", json!({"side": "provider", "name": "Lena Okafor"})).await;
    let knows = json!({"client_person": known, "our_person": ours, "strength": 4, "stated_on": "2026-01-01"});
    made(browser, "acquaintances", knows).await;
    let talk = json!({"account": account, "title": "Start", "happened_on": "2026-05-04", "channel": "call", "direction": "both",
        "people": [known, ours]});
    made(browser, "communications", talk).await;
    made(browser, "reviews", json!({"account": account, "title": "Review of 2024", "held_on": "2025-01-15"}))
        .await;
    let open = json!({"account": account, "currency": "EUR", "title": "Mailroom", "kind": "new_service", "stage": "idea", "opened_on": "2026-09-01"});
    made(browser, "opportunities", open).await;
    let won = json!({"account": account, "currency": "EUR", "title": "Archive", "kind": "new_service", "stage": "won", "opened_on": "2025-09-01",
        "closed_on": "2026-01-01"});
    made(browser, "opportunities", won).await;
}

both_databases! {
    async fn an_account_tells_first_what_is_late_then_what_is_to_watch(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        let account = id_of(&mut admin, "OWN").await;
        troubled(&mut admin, &account).await;
        let told = points(&mut jonas, &account).await;
        let kinds: Vec<_> = told.iter().map(|it| (it["kind"].as_str().unwrap(), it["urgency"].as_str().unwrap())).collect();
        assert_eq!(kinds, [
            ("price_talks", "risk"), ("overdue", "risk"), ("notice_passed", "watch"), ("notice", "watch"),
            ("not_promised", "watch"), ("no_owner", "watch"), ("no_clause", "watch"), ("unknown_people", "watch"),
            ("quiet", "watch"), ("no_review", "watch"), ("opportunities", "info"),
        ]);
        let of = |kind: &str| told.iter().find(|it| it["kind"] == kind).expect("a point").clone();
        assert_eq!(of("price_talks")["on"], "2026-08-01");
        assert_eq!((&of("notice_passed")["on"], &of("notice_passed")["until"]), (&json!("2026-10-31"), &json!("2026-12-31")));
        assert_eq!((&of("not_promised")["count"], &of("overdue")["title"]), (&json!(2), &json!("Weekend shift")));
        assert_eq!((&of("unknown_people")["count"], &of("unknown_people")["of"]), (&json!(1), &json!(2)));
        assert_eq!((&of("opportunities")["count"], &of("opportunities")["title"]), (&json!(1), &json!("Mailroom")));
        let page = jonas.get(&format!("/accounts/{account}")).await.expect(200).body;
        for sentence in [
            "should have begun by 1 Aug", "“Passed” renews on 31 Dec: the last day of notice is past.",
            "The client expects 2 things that nobody promised.", "One of the client’s 2 people is in touch with none of ours.",
            "Nobody has talked with them since 4 May 2026.", "The last review was on 15 Jan 2025", "One opportunity is open.",
        ] {
            assert!(page.contains(sentence), "{sentence}: {page}");
        }
        let day = jonas.get("/").await.expect(200).body;
        for sentence in ["Keep “Weekend shift” for OWN", "Nobody is named who delivers it.", "Late since 1 Oct"] {
            assert!(day.contains(sentence), "{sentence}: {day}");
        }
        assert!(!day.contains("One number to call"), "without a day: {day}");
        // The rows behind a sentence: as many as it says.
        for (flag, n) in [("not_promised", 2), ("overdue", 1), ("no_owner", 1)] {
            let href = format!("/accounts/{account}/promises?f={flag}&amp;op=is&amp;v=1");
            assert!(page.contains(&href), "{href}: {page}");
            let rows = jonas.get(&href.replace("&amp;", "&")).await.expect(200).body;
            assert_eq!(rows.matches("data-href=").count(), n, "{flag}: {rows}");
        }
    }

    async fn an_account_of_which_nothing_is_known_says_so_and_one_in_order_too(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        let account = id_of(&mut admin, "OWN").await;
        let path = format!("/accounts/{account}");
        assert_eq!(points(&mut jonas, &account).await, [json!({"kind": "nothing_recorded", "urgency": "info"})]);
        assert!(jonas.get(&path).await.expect(200).body.contains("No talk and no review is on record yet."));
        made(&mut admin, "reviews", json!({"account": account, "title": "First", "held_on": "2026-11-02"})).await;
        assert_eq!(points(&mut jonas, &account).await, [] as [Value; 0]);
        assert!(jonas.get(&path).await.expect(200).body.contains("Nothing is late, missing or about to end."));
        // One of ours alone knows one of theirs who has a stake, and talked with them this month.
        let theirs = made(&mut admin, "people", json!({"side": "client", "account": account, "name": "Hana Brandt"})).await;
        let ours = made(&mut admin, "people", json!({"side": "provider", "name": "Lena Okafor"})).await;
        let stake = json!({"person": theirs, "basis": "decision", "weight": 40, "since": "2025-01-01", "reason": "She signs"});
        made(&mut admin, "stakes", stake).await;
        let knows = json!({"client_person": theirs, "our_person": ours, "strength": 4, "stated_on": "2026-01-01"});
        made(&mut admin, "acquaintances", knows).await;
        let talk = json!({"account": account, "title": "Start", "happened_on": "2026-11-10", "channel": "call", "direction": "both",
            "people": [theirs, ours]});
        made(&mut admin, "communications", talk).await;
        assert_eq!(points(&mut jonas, &account).await, [json!({"kind": "single_threads", "urgency": "watch", "count": 1})]);
        let page = jonas.get(&path).await.expect(200).body;
        assert!(page.contains("One of the client’s people with a stake is in close touch with one of ours alone."), "{page}");
        let other = id_of(&mut admin, "OTHER").await;
        jonas.get(&format!("/api/v1/accounts/{other}/brief")).await.expect(404);
    }

    async fn what_was_invoiced_is_told_where_it_is_far_from_what_the_contracts_come_to(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        let account = id_of(&mut admin, "OWN").await;
        let product = made(&mut admin, "products", json!({"name": "Mailroom", "unit": "letter"})).await;
        let contract = json!({"account": account, "title": "Letters", "time_zone": "UTC", "currency": "EUR", "starts_on": "2025-01-01"});
        let contract = made(&mut admin, "contracts", contract).await;
        let line = json!({"contract": contract, "product": product, "annual_volume": 120_000, "unit_price": 100});
        let line = made(&mut admin, "contract-lines", line).await;
        for month in ["2026-08", "2026-09", "2026-10"] {
            let actual = json!({"account": account, "product": product, "month": month, "currency": "EUR", "revenue": 800_000});
            made(&mut admin, "actuals", actual).await;
        }
        let invoiced = async |browser: &mut Browser| {
            points(browser, &account).await.into_iter().find(|it| it["kind"] == "invoiced")
        };
        // 120,000 euros a year are 30,000 in three months, of which 24,000 are four fifths.
        assert_eq!(invoiced(&mut jonas).await, None, "a fifth apart is no news");
        let of_a_month = json!({"contract": contract, "product": product, "annual_volume": 10_000, "unit_price": 100});
        admin.send_json(Method::PUT, &format!("/api/v1/contract-lines/{line}"), &[("if-match", "\"1\"")], &of_a_month).await.expect(200);
        assert_eq!(invoiced(&mut jonas).await, Some(json!({"kind": "invoiced", "urgency": "watch", "on": "2026-08", "until": "2026-10",
            "revenue_minor": 2_400_000, "contracts_minor": 250_000, "currency": "EUR"})));
        let page = jonas.get(&format!("/accounts/{account}")).await.expect(200).body;
        assert!(page.contains("August to October 2026: invoiced €24,000, by contract €2,500."), "{page}");
        let second = json!({"account": account, "title": "New", "time_zone": "UTC", "currency": "EUR", "starts_on": "2026-09-15"});
        made(&mut admin, "contracts", second).await;
        assert_eq!(invoiced(&mut jonas).await, None, "one that began meanwhile makes them incomparable");
    }

    async fn revenue_is_told_beside_the_same_months_of_the_year_before(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        let account = id_of(&mut admin, "OWN").await;
        let product = made(&mut admin, "products", json!({"name": "Mailroom", "unit": "letter"})).await;
        for (month, revenue) in [("2025-08", 4_000_000), ("2025-09", 4_000_000), ("2025-10", 4_000_000), ("2026-08", 3_000_000), ("2026-09", 3_000_000)] {
            let actual = json!({"account": account, "product": product, "month": month, "currency": "EUR", "revenue": revenue});
            made(&mut admin, "actuals", actual).await;
        }
        let revenue = async |browser: &mut Browser| {
            points(browser, &account).await.into_iter().find(|it| it["kind"] == "revenue")
        };
        assert_eq!(revenue(&mut jonas).await, None, "October is not stated");
        let october = json!({"account": account, "product": product, "month": "2026-10", "currency": "EUR", "revenue": 3_000_000});
        made(&mut admin, "actuals", october).await;
        assert_eq!(revenue(&mut jonas).await, Some(json!({"kind": "revenue", "urgency": "watch", "on": "2026-08", "until": "2026-10",
            "revenue_minor": 9_000_000, "revenue_before_minor": 12_000_000, "currency": "EUR"})));
        let page = jonas.get(&format!("/accounts/{account}")).await.expect(200).body;
        for sentence in ["Revenue of August to October 2026 is 25.0% below the same months a year before.", "€90,000 instead of €120,000."] {
            assert!(page.contains(sentence), "{sentence}: {page}");
        }
        assert!(page.contains(&format!("/accounts/{account}/growth")), "{page}");
    }

    async fn ties_that_left_what_seems_worse_than_promised_and_a_handover_are_told(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        let account = id_of(&mut admin, "OWN").await;
        let person = |name: &str, left_on: Value| json!({"side": "provider", "name": name, "left_on": left_on});
        let karl = made(&mut admin, "people", person("Karl Adler", json!("2026-10-01"))).await;
        let mara = made(&mut admin, "people", person("Mara Lind", Value::Null)).await;
        let theirs = made(&mut admin, "people", json!({"side": "client", "account": account, "name": "Hana Brandt"})).await;
        let knows = json!({"client_person": theirs, "our_person": karl, "strength": 5, "stated_on": "2025-01-01"});
        made(&mut admin, "acquaintances", knows).await;
        let talk = json!({"account": account, "title": "Start", "happened_on": "2026-09-20", "channel": "call", "direction": "both",
            "people": [theirs, karl]});
        made(&mut admin, "communications", talk).await;
        // Of two that were met the client sees one as falling short; the third is not met yet.
        for (title, state, perceived) in [("People who know us", "met", "falls_short"), ("One number to call", "met", "as_expected"), ("Names", "open", "falls_short")] {
            let settled_on = if state == "met" { json!("2026-10-01") } else { Value::Null };
            let expectation = json!({"account": account, "title": title, "stated_on": "2026-02-01", "state": state, "settled_on": settled_on,
                "perceived": perceived, "perceived_on": "2026-11-01"});
            made(&mut admin, "expectations", expectation).await;
        }
        let from = admin.get("/api/v1/people?filter=name:is:jonas%20feld").await.expect(200).value()["rows"][0]["id"].clone();
        let handover = json!({"kind": "leaves", "from": from, "effective_on": "2026-12-01", "time_zone": "UTC", "successor": mara});
        let handover = made(&mut admin, "handovers", handover).await;

        let told = points(&mut jonas, &account).await;
        let of = |kind: &str| told.iter().find(|it| it["kind"] == kind).unwrap_or_else(|| panic!("{kind}: {told:?}")).clone();
        assert_eq!(of("lost_threads"), json!({"kind": "lost_threads", "urgency": "risk", "count": 1}));
        assert_eq!(of("falls_short"), json!({"kind": "falls_short", "urgency": "risk", "count": 1, "title": "People who know us"}));
        assert_eq!(of("handed_over"), json!({"kind": "handed_over", "urgency": "watch", "count": 1, "id": handover, "on": "2026-12-01",
            "from": "Jonas Feld", "to": "Mara Lind"}));
        let page = jonas.get(&format!("/accounts/{account}")).await.expect(200).body;
        for part in [
            "One tie to the client went with a colleague who left.", "Nobody has taken it over yet.", "The client sees one thing as worse than it was promised.",
            &format!("/accounts/{account}/promises?f=perceived_worse"), "Mara Lind takes over from Jonas Feld on 1 Dec 2026.", "One matter or introduction is open.",
            &format!("/handovers/{handover}"),
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let rows = jonas.get(&format!("/accounts/{account}/promises?f=perceived_worse&op=is&v=1")).await.expect(200).body;
        assert_eq!(rows.matches("data-href=").count(), 1, "as many rows as the sentence says: {rows}");
    }

    async fn what_ends_is_nowhere_told_as_what_renews(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        let account = id_of(&mut admin, "OWN").await;
        let contract = |title: &str, renewal: &str, term: [&str; 2]| {
            json!({"account": account, "kind": "statement_of_work", "title": title, "time_zone": "UTC", "currency": "EUR",
                "starts_on": "2024-01-01", "renewal": renewal, "ends_on": term[0], "renews_on": term[1], "notice_days": 30})
        };
        // Notice was given of the first; the second was never to be renewed; the third only if both agree.
        made(&mut admin, "contracts", contract("Given", "automatic", ["2026-12-31", "2027-06-01"])).await;
        made(&mut admin, "contracts", contract("Once", "ends", ["", "2027-02-01"])).await;
        made(&mut admin, "contracts", contract("Agreed", "by_agreement", ["", "2027-03-01"])).await;
        // Only the last renews by itself, and soon, and nobody knows until when notice counts.
        let mut open = contract("Open", "automatic", ["", "2027-01-01"]);
        open["notice_days"] = Value::Null;
        made(&mut admin, "contracts", open).await;
        let told = points(&mut jonas, &account).await;
        let told: Vec<_> = told.iter().map(|it| (it["kind"].as_str().unwrap(), it["title"].as_str(), it["until"].as_str())).collect();
        assert_eq!(told, [
            ("ends", Some("Given"), Some("2026-12-31")), ("renews", Some("Open"), Some("2027-01-01")), ("ends", Some("Once"), Some("2027-01-31")), ("ends", Some("Agreed"), Some("2027-02-28")),
            ("nothing_recorded", None, None),
        ]);
        let page = jonas.get(&format!("/accounts/{account}")).await.expect(200).body;
        for sentence in ["“Given” ends on 31 Dec.", "It does not renew.", "It runs on only if both sides agree to renew it.",
                         "“Open” renews on 1 Jan 2027.", "It renews by itself, and no notice period is stated."] {
            assert!(page.contains(sentence), "{sentence}: {page}");
        }
        let list = jonas.get("/api/v1/accounts").await.expect(200).value();
        let next: Vec<_> = list["rows"].as_array().unwrap().iter().map(|row| row["next_renewal_on"].clone()).collect();
        assert_eq!(next, [json!("2027-01-01")]);
        let row = list["rows"][0].clone();
        assert_eq!((&row["renews_or_ends_on"], &row["renews_or_ends"]), (&json!("2026-12-31"), &json!("ends")), "what ends is sooner");
        let first = jonas.get("/api/v1/accounts?sort=next_renewal_on").await.expect(200).value();
        assert_eq!(first["rows"].as_array().map(Vec::len), Some(1));
        let dates = jonas.get("/api/v1/contract-dates?filter=what:not:notice").await.expect(200).value();
        let dates: Vec<_> = dates["rows"].as_array().unwrap().iter()
            .map(|row| (row["contract"].as_str().unwrap(), row["what"].as_str().unwrap(), row["day"].as_str().unwrap())).collect();
        assert_eq!(dates, [("Given", "ends", "2026-12-31"), ("Open", "renews", "2027-01-01"), ("Once", "ends", "2027-01-31"), ("Agreed", "renews", "2027-03-01")]);
        let day = jonas.get("/").await.expect(200).body;
        assert!(day.contains("ends on 31 Dec"), "{day}");
    }
}
