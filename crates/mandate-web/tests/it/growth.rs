//! Growth on the pages, in the files and over the API: within one's reach, with the rates it took, silent about costs.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::seed::{Firm, firm, id_of};

async fn post(firm: &mut Firm, path: &str, body: Value) -> Value {
    firm.admin.send_json(Method::POST, path, &[], &body).await.expect(201).value()
}

async fn actual(firm: &mut Firm, letter: char, month: &str, currency: &str, minor: i64) {
    let body = json!({"account": id_of("account", letter), "product": firm.id("product"), "month": month,
        "currency": currency, "revenue": minor});
    post(firm, "/api/v1/actuals", body).await;
}

/// October a year apart: a pays 1,000 and then 1,300 euro; b pays in yen, for which there is no rate.
async fn two_octobers(firm: &mut Firm) {
    actual(firm, 'a', "2025-10", "EUR", 100_000).await;
    actual(firm, 'a', "2026-10", "EUR", 130_000).await;
    actual(firm, 'b', "2025-10", "JPY", 70_000).await;
    actual(firm, 'b', "2026-10", "JPY", 50_000).await;
}

async fn retention(browser: &mut Browser) -> Value {
    browser.get("/api/v1/growth?period=quarter").await.expect(200).value()["retention"].clone()
}

async fn settings(firm: &mut Firm, changed: &[(&str, Value)], status: u16) -> String {
    let read = firm.admin.get("/api/v1/settings").await.expect(200);
    let (tag, mut fields) = (read.header("etag").to_owned(), read.value());
    for (name, value) in changed {
        fields[*name] = value.clone();
    }
    firm.admin
        .send_json(Method::PUT, "/api/v1/settings", &[("if-match", &tag)], &fields)
        .await
        .expect(status)
        .body
}

both_databases! {
    async fn what_has_no_rate_is_named_and_in_no_sum_until_somebody_states_one(db: TestDb) {
        let mut firm = firm(&db).await;
        two_octobers(&mut firm).await;
        let found = retention(&mut firm.admin).await;
        assert_eq!(found["first_month"], "2026-10");
        let total = &found["total"];
        assert_eq!((&total["opening_minor"], &total["expansion_minor"]), (&json!(100_000), &json!(30_000)));
        assert_eq!((&total["nrr_bp"], &total["grr_bp"]), (&json!(13_000), &json!(10_000)));
        assert_eq!(found["left_out"], json!([{"currency": "JPY", "minor": 120_000}]));
        let page = firm.admin.get("/growth?period=quarter").await.expect(200).body;
        assert!(page.contains("130.0%") && page.contains("No exchange rate"), "{page}");

        let rate = json!({"from_currency": "EUR", "to_currency": "JPY", "rate_on": "2026-10-15", "rate": "160",
            "source": "Bank of Japan"});
        post(&mut firm, "/api/v1/exchange-rates", rate).await;
        let found = retention(&mut firm.admin).await;
        assert_eq!(found["left_out"], json!([]));
        // 70,000 and 50,000 yen at 160 to the euro, both months at the rate of October 2026.
        assert_eq!(found["total"]["opening_minor"], 100_000 + 43_750);
        assert_eq!(found["total"]["contraction_minor"], 43_750 - 31_250);
        assert_eq!((&found["rates"][0]["source"], &found["rates"][0]["inverted"]), (&json!("Bank of Japan"), &json!(true)));
        let page = firm.admin.get("/growth?period=quarter").await.expect(200).body;
        assert!(page.contains("1 EUR was 160 JPY on 15 Oct 2026 (Bank of Japan)"), "{page}");
    }

    async fn an_account_manager_sees_the_growth_of_their_accounts_and_nothing_of_others(db: TestDb) {
        let mut firm = firm(&db).await;
        two_octobers(&mut firm).await;
        let mut theirs = firm.people["account_manager"].as_in(&firm.people["account_manager"]);
        let found = retention(&mut theirs).await;
        assert_eq!(found["accounts"].as_array().map(Vec::len), Some(1));
        assert_eq!((&found["total"]["nrr_bp"], &found["left_out"]), (&json!(13_000), &json!([])));
        for path in ["/growth", "/growth/cross-sell", "/growth.csv?table=accounts", "/growth/cross-sell.csv"] {
            let shown = theirs.get(path).await.expect(200).body;
            assert!(shown.contains("Brackwell") && !shown.contains("Corwen"), "{path}: {shown}");
        }
        let product = firm.id("product").to_owned();
        let shown = theirs.get(&format!("/products/{product}/growth")).await.expect(200).body;
        assert!(shown.contains("Brackwell") && !shown.contains("Corwen") && !shown.contains("JPY"), "{shown}");
        for path in ["/accounts/{}/growth", "/accounts/{}/growth.csv", "/api/v1/accounts/{}/growth"] {
            theirs.get(&path.replace("{}", &id_of("account", 'b'))).await.expect(404);
        }
    }

    async fn a_credited_month_lowers_what_is_retained(db: TestDb) {
        let mut firm = firm(&db).await;
        actual(&mut firm, 'a', "2025-10", "EUR", 100_000).await;
        actual(&mut firm, 'a', "2026-10", "EUR", -20_000).await;
        let total = retention(&mut firm.admin).await["total"].clone();
        assert_eq!((&total["churned_minor"], &total["nrr_bp"]), (&json!(120_000), &json!(-2_000)));
        let tab = firm.admin.get(&format!("/accounts/{}/growth", id_of("account", 'a'))).await.expect(200).body;
        assert!(tab.contains("200.00"), "{tab}");
    }

    async fn who_may_not_see_costs_learns_nothing_of_them(db: TestDb) {
        let mut firm = firm(&db).await;
        let product = firm.id("product").to_owned();
        let only_a_cost = json!({"account": id_of("account", 'a'), "product": product, "month": "2026-07", "currency": "EUR",
            "cost": 31_337});
        post(&mut firm, "/api/v1/actuals", only_a_cost).await;
        let path = format!("/products/{product}/growth");
        let cleared = firm.admin.get(&format!("/api/v1{path}")).await.expect(200).value();
        let month = |name: &str| {
            let months = cleared["months"].as_array().expect("months").clone();
            months.into_iter().find(|it| it["month"] == name).expect("the month")
        };
        let september = month("2026-09");
        assert_eq!((&september["cost_minor"], &september["margin_minor"]), (&json!(140_050), &json!(100_050)));
        assert_eq!(month("2026-07")["cost_minor"], 31_337);
        assert!(firm.admin.get(&path).await.expect(200).body.contains(">Margin<"));

        let mut theirs = firm.people["account_manager"].as_in(&firm.people["account_manager"]);
        let tab = format!("/accounts/{}/growth", id_of("account", 'a'));
        for path in [&path, &format!("{path}.csv"), &format!("/api/v1{path}"), &tab, &format!("/api/v1{tab}")] {
            let shown = theirs.get(path).await.expect(200).body;
            for word in ["Margin", "margin_minor", "cost_minor", ">Cost<", "Cost,", "2026-07", "July 2026", "313.37", "700.25"] {
                assert!(!shown.contains(word), "{path} tells {word}: {shown}");
            }
        }
    }

    async fn the_map_tells_who_has_what_and_goes_out_as_it_is_shown(db: TestDb) {
        let mut firm = firm(&db).await;
        let other = firm.id("product of the negotiator").to_owned();
        let state = async |firm: &mut Firm, letter: char, product: &str| {
            let filter = format!("account_id:is:{};product_id:is:{product}", id_of("account", letter));
            let path = format!("/api/v1/cross-sell?filter={}", filter.replace(';', "%3B"));
            let found = firm.admin.get(&path).await.expect(200).value();
            found["rows"][0]["state"].as_str().unwrap_or_default().to_owned()
        };
        let product = firm.id("product").to_owned();
        assert_eq!(state(&mut firm, 'a', &product).await, "has");
        assert_eq!(state(&mut firm, 'b', &other).await, "never");
        let file = firm.admin.get("/growth/cross-sell.csv?f=state&op=is&v=never").await.expect(200).body;
        assert!(file.contains("Corwen Logistics,Claims,never"), "{file}");
        let opened = json!({"account": id_of("account", 'b'), "title": "Claims for Corwen", "currency": "EUR", "product": other,
            "kind": "cross_sell", "opened_on": "2026-11-01"});
        post(&mut firm, "/api/v1/opportunities", opened).await;
        assert_eq!(state(&mut firm, 'b', &other).await, "open");
        let past = json!({"account": id_of("account", 'b'), "product": product, "month": "2024-01", "currency": "EUR", "revenue": 5});
        post(&mut firm, "/api/v1/actuals", past).await;
        let page = firm.admin.get("/growth/cross-sell?f=state&op=is&v=open").await.expect(200).body;
        assert!(page.contains("Open opportunity") && !page.contains("Brackwell"), "{page}");
    }

    async fn every_table_is_a_file_of_what_it_shows_and_no_other_name_is(db: TestDb) {
        let mut firm = firm(&db).await;
        two_octobers(&mut firm).await;
        let file = firm.admin.get("/growth.csv?table=accounts&period=quarter").await.expect(200).body;
        assert!(file.contains("Brackwell Insurance,Pays more,1000.00,EUR,300.00,EUR"), "{file}");
        for table in ["accounts", "products", "managers", "introduced", "pipeline", "at-risk"] {
            let sheet = firm.admin.get(&format!("/growth.xlsx?table={table}")).await.expect(200);
            assert_eq!(&sheet.bytes[..2], b"PK", "{table}");
        }
        firm.admin.get("/growth.csv?table=salaries").await.expect(404);
        firm.admin.get("/growth?period=decade").await.expect(404);
        firm.admin.get("/api/v1/growth?period=decade").await.expect(404);
    }

    async fn the_firm_chooses_its_currency_and_its_year(db: TestDb) {
        let mut firm = firm(&db).await;
        two_octobers(&mut firm).await;
        let refused = settings(&mut firm, &[("fiscal_year_starts", json!(13))], 422).await;
        assert!(refused.contains("fiscal_year_starts"), "{refused}");
        let refused = settings(&mut firm, &[("reporting_currency", json!("euro"))], 422).await;
        assert!(refused.contains("three letters of a currency that is in use"), "{refused}");
        settings(&mut firm, &[("fiscal_year_starts", json!(4)), ("reporting_currency", json!("USD"))], 200).await;
        let found = firm.admin.get("/api/v1/growth?period=fiscal_year").await.expect(200).value();
        assert_eq!((&found["reporting_currency"], &found["retention"]["first_month"]), (&json!("USD"), &json!("2026-04")));
        // 1,000.00 euro at 0.9231 euro for a dollar.
        assert_eq!(found["retention"]["total"]["opening_minor"], 108_331);
        let page = firm.admin.get("/settings/firm").await.expect(200).body;
        assert!(page.contains("value=\"USD\"") && page.contains("<option value=\"4\" selected>"), "{page}");
    }

    async fn revenue_at_risk_says_why(db: TestDb) {
        let mut firm = firm(&db).await;
        let none = firm.admin.get("/api/v1/growth").await.expect(200).value();
        assert_eq!(none["at_risk"], json!([]), "no contract comes up");
        let contract = json!({"account": id_of("account", 'a'), "kind": "statement_of_work", "title": "Desk until March", "time_zone": "Europe/Vienna",
            "currency": "EUR", "starts_on": "2024-01-01", "renews_on": "2027-03-01", "notice_days": 60});
        post(&mut firm, "/api/v1/contracts", contract).await;
        let broken = json!({"account": id_of("account", 'a'), "title": "Weekly figures", "made_on": "2026-01-15",
            "due_on": "2026-03-01", "made_by": id_of("manager", 'a')});
        post(&mut firm, "/api/v1/promises", broken).await;
        // Its last day for notice is past and it renews later than the other: what comes next is said.
        let past = json!({"account": id_of("account", 'a'), "kind": "statement_of_work", "title": "Archive until June", "time_zone": "Europe/Vienna",
            "currency": "EUR", "starts_on": "2024-01-01", "renews_on": "2027-06-01", "notice_days": 240});
        post(&mut firm, "/api/v1/contracts", past).await;
        let found = firm.admin.get("/api/v1/growth").await.expect(200).value();
        let risk = &found["at_risk"][0];
        assert_eq!((&risk["account"], &risk["notice_on"]), (&json!("Brackwell Insurance"), &json!("2026-12-30")));
        let warned: Vec<&str> = risk["warnings"].as_array().expect("warnings").iter().filter_map(|it| it["warning"].as_str()).collect();
        assert!(warned.contains(&"late_promises") && warned.contains(&"single_thread"), "{warned:?}");
        assert!(!warned.contains(&"no_talk"), "there was a review in October: {warned:?}");
        let page = firm.admin.get("/growth").await.expect(200).body;
        assert!(page.contains("A promise is past its day. One of ours alone knows anybody there."), "{page}");
        let tab = firm.admin.get(&format!("/accounts/{}/growth", id_of("account", 'a'))).await.expect(200).body;
        assert!(tab.contains("Desk until March comes up on 30 Dec."), "{tab}");
    }

    async fn a_missing_rate_is_named_on_the_account_with_where_to_add_it(db: TestDb) {
        let mut firm = firm(&db).await;
        let account = json!({"name": "Shirane", "time_zone": "Asia/Tokyo", "currency": "JPY"});
        let id = post(&mut firm, "/api/v1/accounts", account).await["id"].as_str().expect("an id").to_owned();
        let body = json!({"account": id, "product": firm.id("product"), "month": "2026-10", "currency": "JPY", "revenue": 70_000});
        post(&mut firm, "/api/v1/actuals", body).await;
        let tab = format!("/accounts/{id}/growth");
        let page = firm.admin.get(&tab).await.expect(200).body;
        assert!(page.contains("Revenue cannot be added up: there is no exchange rate between JPY and EUR."), "{page}");
        assert!(page.contains("Revenue is stated and cannot be converted"), "the table of products says why it is empty: {page}");
        assert!(page.contains("/exchange-rates/new?from_currency=JPY") && page.contains("Add a rate between JPY and EUR"), "{page}");
        assert!(!page.contains("Nothing is stated yet") && !page.contains("ctuals to see"), "{page}");
        let form = firm.admin.get("/exchange-rates/new?from_currency=JPY&to_currency=EUR").await.expect(200).body;
        assert!(form.contains("value=\"JPY\"") && form.contains("value=\"EUR\""), "{form}");
        let rate = json!({"from_currency": "EUR", "to_currency": "JPY", "rate_on": "2026-10-15", "rate": "160", "source": "Bank of Japan"});
        post(&mut firm, "/api/v1/exchange-rates", rate).await;
        let page = firm.admin.get(&tab).await.expect(200).body;
        assert!(!page.contains("No exchange rate") && !page.contains("cannot be"), "{page}");
    }

    async fn what_is_under_contract_is_what_the_account_has(db: TestDb) {
        let mut firm = firm(&db).await;
        let sold = firm.id("product of the negotiator").to_owned();
        let tab = format!("/accounts/{}/growth", id_of("account", 'a'));
        let found = firm.admin.get(&format!("/api/v1{tab}")).await.expect(200).value();
        let has = found["has"].as_array().expect("products");
        let line = has.iter().find(|it| it["product_id"] == *sold).expect("the contract's line");
        assert_eq!((&line["under_contract"], &line["paid_for"]), (&json!(true), &json!(false)));
        assert!(!found["never_had"].as_array().expect("products").contains(&json!(sold)), "{found}");
        let page = firm.admin.get(&tab).await.expect(200).body;
        let has = page.split("id=\"t-has\"").nth(1).and_then(|it| it.split("</section>").next()).expect("the table");
        assert!(has.contains(&format!("/products/{sold}/growth")) && has.contains("Under contract, no revenue yet"), "{has}");
        let other = firm.admin.get(&format!("/api/v1/accounts/{}/growth", id_of("account", 'b'))).await.expect(200).value();
        assert!(other["never_had"].as_array().expect("products").contains(&json!(sold)), "b has no line of it: {other}");
    }

    async fn a_contract_that_ended_is_nothing_the_account_has(db: TestDb) {
        let mut firm = firm(&db).await;
        for (name, renewal, has) in [("Agreed", "by_agreement", false), ("Unstated", "", false), ("Renewing", "automatic", true)] {
            firm.made("sold once", "/api/v1/products", json!({"name": name, "unit": "ticket"})).await;
            let mut contract = json!({"account": id_of("account", 'a'), "kind": "statement_of_work", "title": name,
                "time_zone": "Europe/Vienna", "currency": "EUR", "starts_on": "2024-01-01", "renews_on": "2026-07-01"});
            if !renewal.is_empty() {
                contract["renewal"] = json!(renewal);
            }
            firm.made("over", "/api/v1/contracts", contract).await;
            let line = json!({"contract": firm.id("over"), "product": firm.id("sold once"), "annual_volume": 7, "unit_price": 900});
            firm.made("its line", "/api/v1/contract-lines", line).await;
            let product = json!(firm.id("sold once"));
            let path = format!("/api/v1/accounts/{}/growth", id_of("account", 'a'));
            let found = firm.admin.get(&path).await.expect(200).value();
            let is_had = found["has"].as_array().expect("products").iter().any(|it| it["product_id"] == product);
            assert_eq!(is_had, has, "{name}: {found}");
        }
        let page = firm.admin.get(&format!("/accounts/{}", id_of("account", 'a'))).await.expect(200).body;
        assert_eq!(page.matches("ended 30 Jun 2026").count(), 2, "what renews by itself goes on: {page}");
        assert!(page.contains("renews 1 Jul 2026"), "{page}");
    }

    async fn list_prices_of_the_book_stand_on_lines_that_state_none_and_on_the_product(db: TestDb) {
        let mut firm = firm(&db).await;
        firm.made("priced", "/api/v1/products", json!({"name": "Night desk", "unit": "ticket"})).await;
        let product = firm.id("priced").to_owned();
        for (currency, price, from) in
            [("EUR", 1000, "2023-01-01"), ("EUR", 2000, "2025-01-01"), ("EUR", 3000, "2030-01-01"), ("USD", 500, "2031-01-01")]
        {
            let body = json!({"product": product, "currency": currency, "price": price, "valid_from": from});
            firm.made("price", "/api/v1/list-prices", body).await;
        }
        let page = firm.admin.get(&format!("/products/{product}")).await.expect(200).body;
        assert!(page.contains("20.00") && page.contains("1 Jan 2025") && page.contains("per ticket"), "the price of today: {page}");
        assert!(page.contains("5.00") && page.contains("1 Jan 2031"), "in dollars the first is still to come: {page}");
        assert!(!page.contains("10.00") && !page.contains("30.00"), "neither the price before nor the next: {page}");
        assert!(page.contains("All 4 list prices") && page.contains("/list-prices?f=product_id"), "{page}");

        for (starts_on, stated, expected, marked) in [
            ("2024-06-01", None, "10.00", Some("from the price list, since 1 Jan 2023")),
            ("2022-06-01", None, "20.00", Some("from the price list, since 1 Jan 2025")),
            ("2024-07-01", Some(1100), "11.00", None),
        ] {
            let contract = json!({"account": id_of("account", 'a'), "kind": "statement_of_work", "title": format!("From {starts_on}"),
                "time_zone": "Europe/Vienna", "currency": "EUR", "starts_on": starts_on});
            firm.made("of its time", "/api/v1/contracts", contract).await;
            let mut line = json!({"contract": firm.id("of its time"), "product": product, "annual_volume": 7, "unit_price": 900});
            if let Some(stated) = stated {
                line["list_price"] = json!(stated);
            }
            firm.made("its line", "/api/v1/contract-lines", line).await;
            let page = firm.admin.get(&format!("/contracts/{}", firm.id("of its time"))).await.expect(200).body;
            assert!(page.contains(expected), "{starts_on}: {page}");
            match marked {
                Some(mark) => assert!(page.contains(mark), "{starts_on}: {page}"),
                None => assert!(!page.contains("from the price list"), "what is stated needs no list: {page}"),
            }
            let line = firm.admin.get(&format!("/api/v1/contract-lines/{}", firm.id("its line"))).await.expect(200).value();
            assert_eq!(line["list_price"].as_i64(), stated, "nothing is stored on the line");
        }
    }

    async fn a_long_price_list_hides_no_price_of_a_contract(db: TestDb) {
        let mut firm = firm(&db).await;
        for (name, price, from) in [("rare", 1000, "2023-01-01"), ("often", 1, "2023-01-01")] {
            firm.made(name, "/api/v1/products", json!({"name": name, "unit": "ticket"})).await;
            let body = json!({"product": firm.id(name), "currency": "EUR", "price": price, "valid_from": from});
            firm.made("price", "/api/v1/list-prices", body).await;
        }
        // One is priced anew on more days than were ever read at once.
        let first = jiff::civil::date(2023, 2, 1);
        let prices: Vec<Value> = (0_i64..1_010)
            .map(|day| json!({"external_id": format!("L-{day}"), "product": firm.id("often"), "currency": "EUR", "price": 100 + day,
                "valid_from": first.saturating_add(jiff::Span::new().days(day)).to_string()}))
            .collect();
        for some in prices.chunks(500) {
            firm.admin.send_json(Method::POST, "/api/v1/list-prices/upsert", &[], &json!(some)).await.expect(200);
        }
        let contract = json!({"account": id_of("account", 'a'), "kind": "statement_of_work", "title": "Both", "time_zone": "Europe/Vienna",
            "currency": "EUR", "starts_on": "2024-06-01"});
        firm.made("both", "/api/v1/contracts", contract).await;
        for name in ["rare", "often"] {
            let line = json!({"contract": firm.id("both"), "product": firm.id(name), "annual_volume": 7, "unit_price": 900});
            firm.made("its line", "/api/v1/contract-lines", line).await;
        }
        let page = firm.admin.get(&format!("/contracts/{}", firm.id("both"))).await.expect(200).body;
        assert!(page.contains("from the price list, since 1 Jan 2023"), "{page}");
        assert!(page.contains("from the price list, since 1 Jun 2024"), "that of the day on which the contract starts: {page}");
    }

    async fn an_account_stands_beside_those_below_it(db: TestDb) {
        let mut firm = firm(&db).await;
        let below = json!({"name": "Brackwell Re", "time_zone": "UTC", "currency": "USD", "annual_value": 10_000_000,
            "parent": id_of("account", 'a')});
        post(&mut firm, "/api/v1/accounts", below).await;
        let path = format!("/api/v1/accounts/{}/growth", id_of("account", 'a'));
        let sums = firm.admin.get(&path).await.expect(200).value()["roll_up"].clone();
        assert_eq!(sums["n_below"], 1);
        // The account states no value: its contract counts.
        let each = json!([{"currency": "EUR", "minor": 1_700_000}, {"currency": "USD", "minor": 10_000_000}]);
        assert_eq!(sums["value"]["by_currency"], each);
        assert_eq!(sums["value"]["in_one"], json!({"currency": "EUR", "minor": 9_231_000 + 1_700_000}));
        assert_eq!(sums["own_revenue"]["in_one"]["minor"], 120_050);
        let mut theirs = firm.people["account_manager"].as_in(&firm.people["account_manager"]);
        assert!(theirs.get(&path).await.expect(200).value()["roll_up"].is_null(), "the part is not theirs to see");
    }
}
