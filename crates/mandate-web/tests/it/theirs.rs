//! Two people in one record at once: who saves later sees what the other changed, keeps what they typed, and loses nothing unseen.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::reach::two;

async fn made(browser: &mut Browser, path: &str, body: Value) -> String {
    let answer = browser.send_json(Method::POST, path, &[], &body).await.expect(201);
    answer.value()["id"].as_str().expect("an id").to_owned()
}

/// The form of a line with a cost, of a contract made for it.
async fn edit_of_a_line(browser: &mut Browser, account: &Value) -> String {
    let contract = json!({"account": account, "kind": "master", "title": "Frame", "time_zone": "Europe/Vienna", "currency": "EUR",
        "starts_on": "2024-01-01"});
    let contract = made(browser, "/api/v1/contracts", contract).await;
    let product = json!({"external_id": "T", "name": "Tickets", "unit": "ticket"});
    let product = made(browser, "/api/v1/products", product).await;
    let line = json!({"contract": contract, "product": product, "annual_volume": 1000, "unit_price": 1250, "unit_cost": 725});
    let line = made(browser, "/api/v1/contract-lines", line).await;
    format!("/contract-lines/{line}/edit")
}

/// What the page has in a field.
fn value_of(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("{name}: {page}"));
    let rest = &page[at..];
    let value = rest.split_once("value=\"").expect("a value").1;
    value.split('"').next().expect("an end").to_owned()
}

both_databases! {
    async fn what_another_changed_stands_beside_what_was_typed(db: TestDb) {
        let mut ada = Browser::signed_in(&db).await;
        let account = json!({"name": "Brackwell", "time_zone": "Europe/London", "currency": "GBP", "annual_value": 100_000});
        let account = made(&mut ada, "/api/v1/accounts", account).await;
        let mut otto = ada.colleague("otto@firm.example", &["administrator"]).await;
        let path = format!("/accounts/{account}/edit");
        // Otto changes three fields, in two saves, while Ada has the form open.
        let first = [("version", "1"), ("name", "Brackwell Group"), ("annual_value", "2,000")];
        otto.post(&path, &first).await.expect(303);
        otto.post(&path, &[("version", "2"), ("name", "Brackwell Holding"), ("industry", "Insurance")]).await.expect(303);

        let mine = [
            ("version", "1"), ("name", "Brackwell & Sons"), ("time_zone", "Europe/Paris"), ("currency", "GBP"),
            ("annual_value", "1000.00"), ("industry", ""),
        ];
        let page = ada.post(&path, &mine).await.expect(409).body;
        assert!(page.contains("A colleague saved this record while you had it open"), "{page}");
        // Typed into: mine stays, theirs stands under it.
        assert_eq!(value_of(&page, "name"), "Brackwell &amp; Sons");
        assert!(page.contains("It is now “Brackwell Holding”: A colleague changed it on"), "{page}");
        assert!(!page.contains("Brackwell Group"), "only what it is now: {page}");
        // Not touched: theirs, and it says so.
        assert_eq!((value_of(&page, "annual_value"), value_of(&page, "industry")), ("2000.00".into(), "Insurance".into()));
        assert_eq!(page.matches("You had not touched it, so theirs stands here.").count(), 2, "{page}");
        // The notice is an alert that leads to each of these fields, and each is tied to what is said of it.
        let alert = page.split("role=\"alert\"").nth(1).and_then(|it| it.split("</ul>").next()).expect("an alert");
        for field in ["name", "annual_value", "industry"] {
            assert!(alert.contains(&format!("href=\"#f-{field}\"")), "{field}: {alert}");
            assert!(page.contains(&format!("id=\"f-{field}-n\"")), "{field}: {page}");
            let control = page.split(&format!("id=\"f-{field}\"")).nth(1).and_then(|it| it.split('>').next()).expect("a control");
            let by = control.split("aria-describedby=\"").nth(1).and_then(|it| it.split('"').next()).unwrap_or_default();
            assert!(by.split(' ').any(|id| id == format!("f-{field}-n")), "{field}: {control}");
        }
        // Changed by me alone: nothing to say.
        assert_eq!(page.matches("It is now").count(), 1, "{page}");
        let again = [
            ("version", "3"), ("name", "Brackwell & Sons"), ("time_zone", "Europe/Paris"), ("currency", "GBP"),
            ("annual_value", "2000.00"), ("industry", "Insurance"),
        ];
        assert_eq!(value_of(&page, "version"), "3");
        ada.post(&path, &again).await.expect(303);
        let saved = ada.get(&format!("/api/v1/accounts/{account}")).await.expect(200).value();
        let of = ["name", "time_zone", "annual_value", "industry"].map(|field| saved[field].clone());
        assert_eq!(of, [json!("Brackwell & Sons"), json!("Europe/Paris"), json!(200_000), json!("Insurance")]);
    }

    async fn what_one_may_not_read_is_not_shown_as_theirs(db: TestDb) {
        let (mut ada, mut jonas) = two(&db).await;
        let accounts = jonas.get("/api/v1/accounts").await.expect(200).value();
        let account = accounts["rows"][0]["id"].clone();
        let path = edit_of_a_line(&mut ada, &account).await;
        let shown = jonas.get(&path).await.expect(200).body;
        let version = value_of(&shown, "version");
        let hers = value_of(&ada.get(&path).await.expect(200).body, "version");
        let both = [("version", hers.as_str()), ("annual_volume", "2000"), ("unit_cost", "8.88")];
        ada.post(&path, &both).await.expect(303);
        let mine = [("version", version.as_str()), ("annual_volume", "3000")];
        let page = jonas.post(&path, &mine).await.expect(409).body;
        assert!(page.contains("It is now “2,000”"), "{page}");
        assert!(!page.contains("8.88") && !page.contains("7.25") && !page.contains("Unit cost"), "{page}");
    }

    async fn a_cost_that_was_not_touched_takes_theirs(db: TestDb) {
        let mut ada = Browser::signed_in(&db).await;
        let account = json!({"name": "Brackwell", "time_zone": "Europe/London", "currency": "EUR"});
        let account = made(&mut ada, "/api/v1/accounts", account).await;
        let mut otto = ada.colleague("otto@firm.example", &["administrator"]).await;
        let path = edit_of_a_line(&mut ada, &json!(account)).await;
        let version = value_of(&ada.get(&path).await.expect(200).body, "version");
        for (cost, volume) in [("8.00", "1000"), ("8.88", "1500")] {
            let version = value_of(&otto.get(&path).await.expect(200).body, "version");
            let theirs = [("version", version.as_str()), ("unit_cost", cost), ("annual_volume", volume)];
            otto.post(&path, &theirs).await.expect(303);
        }
        let mine = [("version", version.as_str()), ("unit_cost", "7.25"), ("annual_volume", "3000")];
        let page = ada.post(&path, &mine).await.expect(409).body;
        assert_eq!((value_of(&page, "unit_cost"), value_of(&page, "annual_volume")), ("8.88".into(), "3000".into()));
        assert_eq!(page.matches("You had not touched it, so theirs stands here.").count(), 1, "{page}");
    }

    async fn several_and_records_by_their_names_are_told_as_untouched(db: TestDb) {
        let mut ada = Browser::signed_in(&db).await;
        let field = json!({"key": "sites", "label": "Sites", "type": "choices", "choices": ["EMEA", "APAC", "LATAM"], "kind": "account"});
        ada.send_json(Method::POST, "/api/v1/custom-fields", &[], &field).await.expect(201);
        let jonas = made(&mut ada, "/api/v1/people", json!({"side": "provider", "name": "Jonas Feld"})).await;
        let rosa = made(&mut ada, "/api/v1/people", json!({"side": "provider", "name": "Rosa Lind"})).await;
        let account = json!({"name": "Brackwell", "time_zone": "Europe/London", "currency": "GBP", "account_manager": jonas,
            "custom": {"sites": ["EMEA", "APAC"]}});
        let account = made(&mut ada, "/api/v1/accounts", account).await;
        let mut otto = ada.colleague("otto@firm.example", &["administrator"]).await;
        let path = format!("/accounts/{account}/edit");
        let theirs = [("version", "1"), ("account_manager", rosa.as_str()), ("custom.sites", ""), ("custom.sites", "LATAM")];
        otto.post(&path, &theirs).await.expect(303);
        // As a form without script sends it: the hidden empty value first, ticks in the order of the field, the record by name.
        let mine = [
            ("version", "1"), ("name", "Brackwell & Sons"), ("account_manager", "Jonas Feld"),
            ("custom.sites", ""), ("custom.sites", "APAC"), ("custom.sites", "EMEA"),
        ];
        let page = ada.post(&path, &mine).await.expect(409).body;
        assert_eq!(page.matches("You had not touched it, so theirs stands here.").count(), 2, "{page}");
        assert!(!page.contains("It is now"), "{page}");
        assert!(page.contains("value=\"LATAM\" checked") && !page.contains("value=\"APAC\" checked"), "{page}");
        assert!(page.contains(&format!("value=\"{rosa}\" selected")), "{page}");
    }

    async fn what_was_there_before_is_not_told_as_theirs(db: TestDb) {
        let mut ada = Browser::signed_in(&db).await;
        let account = json!({"name": "Brackwell", "time_zone": "Europe/London", "currency": "GBP"});
        let account = made(&mut ada, "/api/v1/accounts", account).await;
        let mut otto = ada.colleague("otto@firm.example", &["administrator"]).await;
        let path = format!("/accounts/{account}/edit");
        otto.post(&path, &[("version", "1"), ("industry", "Insurance")]).await.expect(303);
        // Ada has version 2 open; Otto puts the record into the trash and takes it out again.
        otto.post(&format!("/accounts/{account}/trash"), &[]).await.expect(303);
        otto.post(&format!("/accounts/{account}/restore"), &[]).await.expect(303);
        let page = ada.post(&path, &[("version", "2"), ("industry", "Banking")]).await.expect(409).body;
        assert_eq!((value_of(&page, "version"), value_of(&page, "industry")), ("4".into(), "Banking".into()));
        assert!(!page.contains("It is now"), "it was that when Ada opened it: {page}");
    }
}
