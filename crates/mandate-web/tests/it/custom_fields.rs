//! Custom fields as people and programs meet them: defined in the settings, filled in forms and over the API, shown and filtered in
//! lists, taken out in files; and not there at all for who is not cleared.

use axum::http::Method;
use mandate_domain::identity::Role;
use mandate_testing::{TestDb, both_databases};
use serde_json::{Value, json};

use crate::browser::{Answer, Browser};
use crate::reach::two;
use crate::views::colleague;

async fn define(browser: &mut Browser, more: Value) -> Answer {
    let mut body = json!({"kind": "account", "label": "Field", "type": "text"});
    let fields = more.as_object().expect("an object").clone();
    body.as_object_mut().expect("an object").extend(fields);
    browser.send_json(Method::POST, "/api/v1/custom-fields", &[], &body).await
}

fn account(custom: Value) -> Value {
    json!({"name": "Brackwell", "time_zone": "Europe/London", "currency": "GBP", "custom": custom})
}

fn wrong(answer: &Answer) -> Vec<String> {
    answer.fields()
}

both_databases! {
    async fn a_field_is_defined_filled_in_listed_and_removed_on_pages(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        browser.allow_exports().await;
        assert!(browser.get("/settings/fields").await.expect(200).body.contains("No custom fields"));
        let form = [("kind", "accounts"), ("label", "Sales region"), ("label_de", "Region"), ("key", "Region"), ("type", "choice"),
                    ("choices", ""), ("required", "no"), ("read_for", "all")];
        let refused = browser.post("/settings/fields/new", &form).await.expect(422).body;
        assert!(refused.contains("“Region” is not a key") && refused.contains("value=\"Sales region\""), "{refused}");
        let form = form.map(|(name, value)| match name {
            "key" => (name, "region"),
            "choices" => (name, "EMEA\r\nAPAC"),
            _ => (name, value),
        });
        browser.post("/settings/fields/new", &form).await.expect(303);
        let page = browser.get("/settings/fields").await.expect(200).body;
        assert!(page.contains("Sales region was added.") && page.contains("<code>region</code>"), "{page}");

        let empty = browser.get("/accounts/new").await.expect(200).body;
        assert!(empty.contains("name=\"custom.region\"") && empty.contains("<option value=\"EMEA\">"), "{empty}");
        let account = [("name", "Brackwell"), ("time_zone", "Europe/London"), ("currency", "GBP"), ("tier", "key"),
                       ("custom.region", "Mars")];
        let refused = browser.post("/accounts/new", &account).await.expect(422).body;
        assert!(refused.contains("Sales region: “Mars” is none of") || refused.contains("Sales region:"), "{refused}");
        let account = account.map(|(name, value)| if value == "Mars" { (name, "emea") } else { (name, value) });
        let path = browser.post("/accounts/new", &account).await.expect(303).location().to_owned();
        let page = browser.get(&path).await.expect(200).body;
        assert!(page.contains("Sales region") && page.contains("EMEA"), "{page}");
        let form = browser.get(&format!("{path}/edit")).await.expect(200).body;
        assert!(form.contains("<option value=\"EMEA\" selected>"), "{form}");

        let list = "/portfolio?f=custom.region&op=is&v=emea&col=name&col=custom.region&sort=-custom.region";
        let page = browser.get(list).await.expect(200).body;
        assert!(page.contains("Sales region is emea") && page.contains(">EMEA<"), "{page}");
        let none = browser.get(&list.replace("=emea", "=apac")).await.expect(200).body;
        assert!(!none.contains(">EMEA<"));
        let file = browser.get(&list.replace("/portfolio", "/portfolio.csv")).await.expect(200).body;
        assert!(file.contains("Sales region") && file.contains("EMEA"), "{file}");
        let view = [("list", "accounts"), ("name", "Ours"), ("query", list.split('?').nth(1).expect("a query"))];
        browser.post("/views", &view).await.expect(303);
        let template = browser.get("/import/template/accounts.csv").await.expect(200).body;
        assert!(template.contains("custom.region"), "{template}");

        let id = browser.get("/api/v1/custom-fields").await.expect(200).value()[0]["id"].as_str().expect("an id").to_owned();
        let path = format!("/settings/fields/{id}");
        browser.get(&path).await.expect(200);
        let change = [("version", "1"), ("label", "Region"), ("choices", "EMEA")];
        let refused = browser.post(&path, &change).await.expect(422).body;
        assert!(refused.contains("“APAC” cannot be taken out"), "{refused}");
        let change = [("version", "1"), ("label", "Area"), ("choices", "EMEA\r\nAPAC\r\nLATAM")];
        browser.post(&path, &change).await.expect(303);
        browser.post(&path, &change.map(|(name, value)| (name, if value == "Area" { "Zone" } else { value }))).await.expect(409);
        browser.post(&format!("{path}/remove"), &[("version", "2")]).await.expect(303);
        let page = browser.get("/settings/fields").await.expect(200).body;
        assert!(page.contains("Area was retired") && page.contains(&format!("{path}/restore")), "{page}");
        assert!(!browser.get("/accounts/new").await.expect(200).body.contains("custom.region"));
        browser.post(&format!("{path}/restore"), &[]).await.expect(303);
        assert!(browser.get("/accounts/new").await.expect(200).body.contains("custom.region"));
    }

    async fn a_contract_shows_what_its_lines_hold_and_the_form_groups_what_a_type_needs(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        define(&mut browser, json!({"kind": "contract_line", "key": "centre", "label": "Cost centre"})).await.expect(201);
        define(&mut browser, json!({"kind": "contract_line", "key": "worth", "label": "Hidden worth", "read_for": "cost"})).await.expect(201);
        let mut made = async |path: &str, body: Value| {
            let answer = browser.send_json(Method::POST, path, &[], &body).await.expect(201).value();
            answer["id"].as_str().expect("an id").to_owned()
        };
        let account = made("/api/v1/accounts", json!({"name": "Brackwell", "time_zone": "UTC", "currency": "EUR"})).await;
        let contract = json!({"account": account, "kind": "master", "title": "Desk", "starts_on": "2026-01-01", "time_zone": "UTC", "currency": "EUR"});
        let contract = made("/api/v1/contracts", contract).await;
        let product = made("/api/v1/products", json!({"name": "Tickets", "unit": "ticket"})).await;
        let line = json!({"contract": contract, "product": product, "annual_volume": 12, "unit_price": 300,
                          "custom": {"centre": "CC-4711", "worth": "dear"}});
        made("/api/v1/contract-lines", line).await;
        let page = browser.get(&format!("/contracts/{contract}")).await.expect(200).body;
        assert!(page.contains("Cost centre: CC-4711") && page.contains("Hidden worth: dear"), "{page}");
        let mut lead = colleague(&db, "lead@firm.example", Role::DeliveryLead).await;
        let page = lead.get(&format!("/contracts/{contract}")).await.expect(200).body;
        assert!(page.contains("Cost centre: CC-4711") && !page.contains("Hidden worth") && !page.contains("dear"), "{page}");

        // What only one type needs is told by a class, by which the style sheet hides it for the others.
        let form = browser.get("/settings/fields/new").await.expect(200).body;
        for (class, field) in [("when-decimal", "decimals"), ("when-amount", "currency"), ("when-choice", "choices")] {
            let at = form.find(class).expect("the class");
            assert!(form[at..].find(&format!("name=\"{field}\"")).is_some_and(|next| next < 600), "{class}: {form}");
        }
    }

    async fn programs_read_and_write_values_of_their_types(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        browser.allow_exports().await;
        for field in [
            json!({"key": "heads", "type": "whole", "required": true}), json!({"key": "ratio", "type": "decimal"}),
            json!({"key": "budget", "type": "amount", "currency": "EUR"}), json!({"key": "strategic", "type": "yes_no"}),
            json!({"key": "sites", "type": "choices", "choices": ["EMEA", "APAC"]}), json!({"key": "nick"}),
        ] {
            let made = define(&mut browser, field).await.expect(201);
            assert_eq!(made.value()["version"], 1);
        }
        assert_eq!(wrong(&define(&mut browser, json!({"key": "nick"})).await.expect(422)), ["key"]);
        assert_eq!(wrong(&define(&mut browser, json!({"key": "x", "kind": "planet"})).await.expect(422)), ["kind"]);

        let given = json!({"heads": 12, "ratio": "1.5", "budget": 123_450, "strategic": true, "sites": ["APAC", "EMEA"], "nick": null});
        let kept = json!({"heads": 12, "ratio": "1.50", "budget": 123_450, "strategic": true, "sites": ["EMEA", "APAC"], "nick": null});
        let made = browser.send_json(Method::POST, "/api/v1/accounts", &[], &account(given)).await.expect(201).value();
        assert_eq!(made["custom"], kept);
        let path = format!("/api/v1/accounts/{}", made["id"].as_str().expect("an id"));
        assert_eq!(browser.get(&path).await.expect(200).value()["custom"], kept);

        let bad = json!({"heads": "12", "ratio": 1.5, "budget": "1", "strategic": "yes", "sites": "EMEA", "nick": 7, "none": 1});
        let refused = browser.send_json(Method::POST, "/api/v1/accounts", &[], &account(bad)).await.expect(422);
        let mut named = wrong(&refused);
        named.sort();
        assert_eq!(named, ["custom.budget", "custom.heads", "custom.nick", "custom.none", "custom.ratio", "custom.sites", "custom.strategic"]);
        let refused = browser.send_json(Method::POST, "/api/v1/accounts", &[], &account(json!({"nick": "B"}))).await.expect(422);
        assert_eq!(wrong(&refused), ["custom.heads"], "it must be stated");

        let mut plain = account(json!({}));
        plain.as_object_mut().expect("an object").remove("custom");
        let put = browser.send_json(Method::PUT, &path, &[("if-match", "\"1\"")], &plain).await.expect(200).value();
        assert_eq!(put["custom"], kept, "who knows no custom field does no harm");
        let put = browser.send_json(Method::PUT, &path, &[("if-match", "\"1\"")], &account(json!({"heads": 40}))).await.expect(200).value();
        assert_eq!((&put["custom"]["heads"], &put["custom"]["ratio"], &put["version"]), (&json!(40), &Value::Null, &json!(2)));
        let stale = browser.send_json(Method::PUT, &path, &[("if-match", "\"1\"")], &account(json!({"heads": 1}))).await;
        stale.expect(412);
        let mut one = account(json!({"strategic": false}));
        one["external_id"] = json!("A-9");
        let refused = browser.send_json(Method::POST, "/api/v1/accounts/upsert", &[], &json!([one])).await.expect(422);
        assert_eq!(wrong(&refused), ["0.custom.heads"]);

        let rows = browser.get("/api/v1/accounts?filter=custom.heads:min:40&sort=-custom.heads").await.expect(200).value();
        assert_eq!((&rows["n_rows"], &rows["rows"][0]["custom"]["heads"], &rows["rows"][0]["custom"]["sites"]), (&json!(1), &json!(40), &json!([])));
        browser.get("/api/v1/accounts?filter=custom.none:is:1").await.expect(422);
        let file = browser.get("/api/v1/exports/accounts.csv").await.expect(200).body;
        assert!(file.contains("custom.heads") && file.contains("custom.budget"), "{file}");
    }

    async fn nobody_without_the_right_meets_a_field_for_costs(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        define(&mut browser, json!({"key": "worth", "label": "Hidden worth", "type": "whole", "read_for": "cost"})).await.expect(201);
        let made = browser.send_json(Method::POST, "/api/v1/accounts", &[], &account(json!({"worth": 77_123}))).await.expect(201).value();
        let id = made["id"].as_str().expect("an id").to_owned();
        let mut lead = colleague(&db, "lead@firm.example", Role::DeliveryLead).await;
        for path in [
            "/portfolio".to_owned(), "/portfolio?col=custom.worth&sort=custom.worth".to_owned(), format!("/accounts/{id}"),
            format!("/api/v1/accounts/{id}"), "/api/v1/accounts".to_owned(), "/api/v1/custom-fields".to_owned(),
            format!("/accounts/{id}/history"), "/api/v1/accounts?filter=custom.worth:min:1".to_owned(),
        ] {
            let body = lead.get(&path).await.body.replace("custom.worth", "");
            assert!(!body.contains("worth") && !body.contains("77123") && !body.contains("77,123"), "{path}: {body}");
        }
        let nothing = lead.get("/api/v1/accounts?sort=custom.nothing").await.expect(422).body.replace("nothing", "X");
        assert_eq!(lead.get("/api/v1/accounts?sort=custom.worth").await.expect(422).body.replace("worth", "X"), nothing);
        let version = lead.get(&format!("/api/v1/accounts/{id}")).await.expect(200).value()["version"].clone();
        let more = [("if-match", "\"1\"")];
        let own = browser.get(&format!("/api/v1/accounts/{id}")).await.expect(200);
        let tag = own.header("etag").to_owned();
        assert_ne!(tag, more[0].1, "whoever may counts both");
        browser.send_json(Method::PUT, &format!("/api/v1/accounts/{id}"), &[("if-match", &tag)], &account(json!({"worth": 88_123}))).await.expect(200);
        assert_eq!(lead.get(&format!("/api/v1/accounts/{id}")).await.expect(200).value()["version"], version);
    }

    async fn a_view_outlives_the_field_it_names(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        browser.allow_exports().await;
        for (key, label) in [("region", "Sales region"), ("heads", "Head count")] {
            let kind = if key == "heads" { "whole" } else { "text" };
            define(&mut browser, json!({"key": key, "label": label, "type": kind})).await.expect(201);
        }
        for (name, region) in [("Northfield", "EMEA"), ("Southfield", "APAC")] {
            let body = json!({"name": name, "time_zone": "Europe/London", "currency": "GBP", "custom": {"region": region, "heads": 7}});
            browser.send_json(Method::POST, "/api/v1/accounts", &[], &body).await.expect(201);
        }
        let query = "f=custom.region&op=is&v=EMEA&f=custom.heads&op=min&v=5&sort=-custom.heads&col=name&col=custom.region&col=custom.heads";
        let form = [("list", "accounts"), ("name", "Ours"), ("query", query), ("shared", "1"), ("is_default", "1")];
        let address = browser.post("/views", &form).await.expect(303).location().to_owned();
        let page = browser.get(&address).await.expect(200).body;
        assert!(page.contains("Northfield") && !page.contains("Southfield"), "{page}");
        let file = browser.get(&address.replace("/portfolio", "/portfolio.csv")).await.expect(200).body;
        assert!(file.contains("Sales region") && file.contains("EMEA") && !file.contains("Southfield"), "{file}");
        let views = browser.get("/api/v1/views").await.expect(200).value();
        assert_eq!(views[0]["gone"], json!([]));

        let fields = browser.get("/api/v1/custom-fields").await.expect(200).value();
        let id = |key: &str| {
            let found = fields.as_array().unwrap().iter().find(|it| it["key"] == key).expect("the field");
            found["id"].as_str().unwrap().to_owned()
        };
        browser.post(&format!("/settings/fields/{}/remove", id("region")), &[("version", "1")]).await.expect(303);
        assert_eq!(browser.get("/portfolio").await.expect(303).location(), address, "still the default");
        let page = browser.get(&address).await.expect(200).body;
        for part in [
            "Southfield", "Northfield", "The filter “Sales region is EMEA” is left out", "The column Sales region is left out",
            "Ours", "Head count is at least 5",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(page.contains("/portfolio.csv?f=custom%2Eheads"), "a file is of what is shown: {page}");
        browser.get(&address.replace("/portfolio", "/portfolio.csv")).await.expect(422);
        let view = browser.get("/api/v1/views").await.expect(200).value()[0].clone();
        assert_eq!(view["gone"], json!(["custom.region"]));
        let bulk = [("kind", "account"), ("do", "fields"), ("all", "1"), ("query", query)];
        browser.post("/bulk", &bulk).await.expect(422);
        let again = json!({"list": "accounts", "name": "Again", "query": view["query"]});
        let refused = browser.send_json(Method::POST, "/api/v1/views", &[], &again).await.expect(422);
        assert_eq!(refused.fields(), ["query"]);
        let mut carl = colleague(&db, "carl@firm.example", Role::DeliveryLead).await;
        assert!(carl.get(&address).await.expect(200).body.contains("The filter “Sales region is EMEA” is left out"));

        browser.post(&format!("/settings/fields/{}/restore", id("region")), &[]).await.expect(303);
        let page = browser.get(&address).await.expect(200).body;
        assert!(page.contains("Northfield") && !page.contains("Southfield") && !page.contains("is left out"), "{page}");
    }

    async fn a_shared_view_of_a_field_for_costs_is_not_told_to_others(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        define(&mut browser, json!({"key": "worth", "label": "Hidden worth", "type": "whole", "read_for": "cost"})).await.expect(201);
        for (name, query) in [("Rich", "f=custom.worth&op=min&v=5"), ("Wide", "col=name&col=custom.worth")] {
            let form = [("list", "accounts"), ("name", name), ("query", query), ("shared", "1")];
            browser.post("/views", &form).await.expect(303);
        }
        let ids: Vec<String> = browser.get("/api/v1/views").await.expect(200).value().as_array().unwrap().iter()
            .map(|view| view["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(ids.len(), 2);
        let mut lead = colleague(&db, "lead@firm.example", Role::DeliveryLead).await;
        let page = lead.get("/portfolio").await.expect(200).body;
        assert!(!page.contains("Rich") && !page.contains("Wide") && !page.contains("worth"), "{page}");
        assert_eq!(lead.get("/api/v1/views").await.expect(200).value(), json!([]));
        for id in ids {
            lead.get(&format!("/views/{id}")).await.expect(404);
            lead.get(&format!("/api/v1/views/{id}")).await.expect(404);
            browser.get(&format!("/api/v1/views/{id}")).await.expect(200);
        }
    }

    async fn a_view_of_any_list_leads_back_to_it(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let body = json!({"kind": "promise", "key": "source", "label": "Source", "type": "text"});
        browser.send_json(Method::POST, "/api/v1/custom-fields", &[], &body).await.expect(201);
        let form = [("list", "promises"), ("name", "Sourced"), ("query", "f=custom.source&op=any&col=custom.source")];
        let address = browser.post("/views", &form).await.expect(303).location().to_owned();
        assert!(address.starts_with("/promises?"), "{address}");
        assert!(browser.get(&address).await.expect(200).body.contains("Sourced</a>"));
        let id = address.rsplit("view=").next().unwrap();
        let page = browser.get(&format!("/views/{id}")).await.expect(200).body;
        assert!(page.contains("A view of the list Promises"), "{page}");
    }

    async fn a_field_names_people_and_accounts(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        for (key, label, kind) in [("sponsor", "Sponsor", "person"), ("referred", "Referred by", "account")] {
            define(&mut admin, json!({"key": key, "label": label, "type": kind})).await.expect(201);
        }
        let rows = admin.get("/api/v1/accounts").await.expect(200).value();
        let id = |name: &str| {
            let found = rows["rows"].as_array().unwrap().iter().find(|row| row["name"] == name).expect("the account");
            found["id"].as_str().unwrap().to_owned()
        };
        let (own, other) = (id("OWN"), id("OTHER"));
        let form = admin.get(&format!("/accounts/{own}/edit")).await.expect(200).body;
        assert!(form.contains("name=\"custom.referred\"") && form.contains(&format!("<option value=\"{other}\"")), "{form}");
        let version = admin.get(&format!("/api/v1/accounts/{own}")).await.expect(200).value()["version"].to_string();
        let sent = [("version", version.as_str()), ("custom.referred", "OTHER")];
        admin.post(&format!("/accounts/{own}/edit"), &sent).await.expect(303);
        let page = admin.get(&format!("/accounts/{own}")).await.expect(200).body;
        assert!(page.contains("Referred by") && page.contains(&format!("href=\"/accounts/{other}\">OTHER")), "{page}");
        let list = admin.get("/portfolio?f=custom.referred&op=is&v=other&col=name&col=custom.referred").await.expect(200).body;
        assert!(list.contains(&format!("href=\"/accounts/{other}\">OTHER")) && list.contains("Referred by is other"), "{list}");
        let one = admin.get(&format!("/api/v1/accounts/{own}")).await.expect(200).value();
        assert_eq!(one["custom"], json!({"sponsor": null, "referred": other}));
        let found = admin.get(&format!("/api/v1/accounts?filter=custom.referred.id:is:{other}")).await.expect(200).value();
        assert_eq!((&found["n_rows"], &found["rows"][0]["custom"]["referred"], &found["rows"][0]["custom"]["referred.id"]), (&json!(1), &json!("OTHER"), &json!(other)));

        for path in [
            format!("/accounts/{own}"), format!("/accounts/{own}/edit"), format!("/accounts/{own}/history"), format!("/api/v1/accounts/{own}"),
            "/api/v1/accounts".to_owned(), "/portfolio?col=name&col=custom.referred&sort=custom.referred".to_owned(),
        ] {
            let body = jonas.get(&path).await.expect(200).body;
            assert!(!body.contains("OTHER") && !body.contains(&other), "{path}: {body}");
        }
        let none = jonas.get("/portfolio?f=custom.referred&op=any").await.expect(200).body;
        assert!(!none.contains(&format!("/accounts/{own}\"")), "{none}");
    }
}
