//! Numbers in forms: read in the format of whoever typed them, shown in it, and refused where they could be two.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use serde_json::{Value, json};

use crate::browser::Browser;

const ACCOUNT: [(&str, &str); 3] =
    [("name", "Brackwell"), ("time_zone", "Europe/Berlin"), ("currency", "EUR")];

async fn writes_as(browser: &mut Browser, locale: &str) {
    let profile = [("display_name", "Ada"), ("locale", locale), ("time_zone", "Europe/Berlin")];
    browser.post("/settings/me", &profile).await.expect(303);
}

/// What an account's annual value becomes, in minor units, when it is typed so.
async fn kept(browser: &mut Browser, typed: &str) -> Value {
    let form = [&ACCOUNT[..], &[("annual_value", typed), ("alike_seen", "1")]].concat();
    let path = browser.post("/accounts/new", &form).await.expect(303).location().to_owned();
    browser.get(&format!("/api/v1{path}")).await.expect(200).value()["annual_value"].clone()
}

/// What is said of a number that is refused; the form has what was typed.
async fn refused(browser: &mut Browser, typed: &str) -> String {
    let form = [&ACCOUNT[..], &[("annual_value", typed), ("currency", "EUR"), ("alike_seen", "1")]].concat();
    let page = browser.post("/accounts/new", &form).await.expect(422).body;
    assert!(page.contains(&format!("value=\"{typed}\"")), "{typed}: {page}");
    page
}

both_databases! {
    async fn amounts_are_read_as_people_type_them(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        for locale in ["en-GB", "de-DE", "fr-FR"] {
            writes_as(&mut browser, locale).await;
            for typed in ["1.250.000,50", "1,250,000.50", "1 250 000,50", "1'250'000.50", "1250000,50", "1250000.50"] {
                assert_eq!(kept(&mut browser, typed).await, 125_000_050, "{typed} {locale}");
            }
        }
        writes_as(&mut browser, "en-GB").await;
        assert_eq!([kept(&mut browser, "1.25").await, kept(&mut browser, "1,250").await], [125, 125_000]);
        writes_as(&mut browser, "de-DE").await;
        assert_eq!([kept(&mut browser, "1.250").await, kept(&mut browser, "1,25").await], [125_000, 125]);
    }

    async fn three_decimals_of_an_amount_may_be_thousands_whatever_they_are(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        writes_as(&mut browser, "en-GB").await;
        for (typed, fitting, whole) in [("1.250", "1.25", "1250"), ("1.251", "1.25", "1251"), ("12.000", "12.00", "12000")] {
            let page = refused(&mut browser, typed).await;
            let both = format!("“{typed}” can be read as “{fitting}” or as “{whole}”. Write one of these.");
            assert!(page.contains(&both), "{typed}: {page}");
        }
        writes_as(&mut browser, "de-DE").await;
        let page = refused(&mut browser, "1,250").await;
        assert!(page.contains("“1,250” can be read as “1,25” or as “1250”."), "{page}");
        assert_eq!(kept(&mut browser, "0,500").await, 50, "no group begins with a zero");
        // Three decimals are what the dinar has.
        let form = [("name", "Kuwait Steel"), ("time_zone", "Asia/Kuwait"), ("currency", "KWD"), ("annual_value", "1,250")];
        let path = browser.post("/accounts/new", &form).await.expect(303).location().to_owned();
        assert_eq!(browser.get(&format!("/api/v1{path}")).await.expect(200).value()["annual_value"], 1250);
    }

    async fn a_number_that_could_be_two_is_refused_with_both_and_beside_all_other_errors(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        writes_as(&mut browser, "de-DE").await;
        let page = refused(&mut browser, "12.34").await;
        assert!(page.contains("“12.34” is written “12,34” in your number format. Write it so."), "{page}");
        let page = refused(&mut browser, "12.34.5").await;
        assert!(page.contains("“12.34.5” is not an amount. Write it like 1.234,50."), "{page}");
        let page = refused(&mut browser, "1.250,1234").await;
        assert!(page.contains("EUR has 2 decimals: write “1250,12” instead of “1.250,1234”."), "{page}");
        let both = [("name", ""), ("time_zone", "Mars"), ("currency", "EUR"), ("annual_value", "12.34")];
        let page = browser.post("/accounts/new", &both).await.expect(422).body;
        assert!(page.contains("“Mars” is not a time zone") && page.contains("is written “12,34”"), "{page}");
        writes_as(&mut browser, "fr-FR").await;
        let page = refused(&mut browser, "1.250").await;
        assert!(page.contains("“1.250” can be read as “1,25” or as “1250”."), "{page}");
    }

    async fn a_form_shows_numbers_as_its_reader_types_them_and_saves_them_unchanged(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let field = [("kind", "accounts"), ("label", "Share"), ("key", "share"), ("type", "decimal"), ("decimals", "3"),
                     ("required", "no"), ("read_for", "all")];
        browser.post("/settings/fields/new", &field).await.expect(303);
        writes_as(&mut browser, "de-DE").await;
        let form = [&ACCOUNT[..], &[("annual_value", "1.234,50"), ("custom.share", "1,234")]].concat();
        let path = browser.post("/accounts/new", &form).await.expect(303).location().to_owned();
        let page = browser.get(&format!("{path}/edit")).await.expect(200).body;
        assert!(page.contains("value=\"1234,50\"") && page.contains("value=\"1,234\""), "{page}");
        let same = [&ACCOUNT[..], &[("annual_value", "1234,50"), ("custom.share", "1,234"), ("version", "1")]].concat();
        browser.post(&format!("{path}/edit"), &same).await.expect(303);
        let account = browser.get(&format!("/api/v1{path}")).await.expect(200).value();
        assert_eq!((&account["annual_value"], &account["custom"]["share"]), (&123_450.into(), &"1.234".into()));
        assert_eq!(account["version"], 1, "nothing was changed");
    }

    async fn a_rate_has_no_thousands(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        for (locale, typed, day) in [("de-DE", "7.461", "2026-01-01"), ("en-GB", "7,461", "2026-02-01"), ("de-DE", "7,461", "2026-03-01")] {
            writes_as(&mut browser, locale).await;
            let form = [("from_currency", "EUR"), ("to_currency", "DKK"), ("rate_on", day), ("rate", typed), ("source", "ECB")];
            let path = browser.post("/exchange-rates/new", &form).await.expect(303).location().to_owned();
            let rate = browser.get(&format!("/api/v1{path}")).await.expect(200).value()["rate"].clone();
            assert_eq!(rate, "7.461", "{typed} {locale}");
        }
    }

    async fn many_records_at_once_take_numbers_alike(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        writes_as(&mut browser, "de-DE").await;
        let path = browser.post("/accounts/new", &ACCOUNT).await.expect(303).location().to_owned();
        let id = path.rsplit('/').next().unwrap().to_owned();
        let chosen = [("kind", "account"), ("do", "fields"), ("id", id.as_str())];
        let bulk = browser.post("/bulk", &chosen).await.expect(303).location().split('?').next().unwrap().to_owned();
        let fields = |typed: &'static str| [("do", "fields"), ("field", "annual_value"), ("annual_value", typed)];
        let page = browser.post(&format!("{bulk}/check"), &fields("12.34")).await.expect(422).body;
        assert!(page.contains("is written “12,34”") && page.contains("value=\"12.34\""), "{page}");
        browser.post(&format!("{bulk}/check"), &fields("1.250.000,50")).await.expect(303);
        browser.post(&format!("{bulk}/commit"), &[]).await.expect(303);
        let account = browser.get(&format!("/api/v1{path}")).await.expect(200).value();
        assert_eq!(account["annual_value"], 125_000_050);
    }

    async fn charts_know_the_readers_format_and_a_short_amount_has_the_exact_one_as_its_title(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        writes_as(&mut browser, "de-AT").await;
        let send = async |browser: &mut Browser, path: &str, body: Value| {
            browser.send_json(Method::POST, path, &[], &body).await.expect(201).value()["id"].as_str().unwrap().to_owned()
        };
        let account = json!({"name": "Brackwell", "time_zone": "UTC", "currency": "EUR"});
        let account = send(&mut browser, "/api/v1/accounts", account).await;
        let product = send(&mut browser, "/api/v1/products", json!({"name": "Desk", "unit": "ticket"})).await;
        let contract = json!({"account": account, "title": "Frame", "time_zone": "UTC", "currency": "EUR", "starts_on": "2026-01-01"});
        let contract = send(&mut browser, "/api/v1/contracts", contract).await;
        let line = json!({"contract": contract, "product": product, "annual_volume": 1_250_001, "unit_price": 100});
        send(&mut browser, "/api/v1/contract-lines", line).await;
        let page = browser.get(&format!("/contracts/{contract}")).await.expect(200).body;
        assert!(page.contains("data-locale=\"de-AT\""), "{page}");
        let exact = page.split(" title=\"").find(|it| it.contains("Mio.")).unwrap_or_default();
        assert!(exact.replace(|it: char| !it.is_ascii_digit() && !"\">".contains(it), "").starts_with("125000100\">"), "{page}");
    }
}
