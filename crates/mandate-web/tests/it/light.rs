//! Light mode: forms ask for the essential, navigation and tabs leave the rest to "More"; nothing becomes unreachable.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use serde_json::json;

use crate::seed::{Firm, firm, id_of};

async fn turn(firm: &mut Firm, on: bool) {
    let read = firm.admin.get("/api/v1/settings").await.expect(200);
    let (tag, mut fields) = (read.header("etag").to_owned(), read.value());
    fields["light_mode"] = json!(on);
    let saved = firm.admin.send_json(Method::PUT, "/api/v1/settings", &[("if-match", &tag)], &fields).await;
    assert_eq!(saved.expect(200).value()["light_mode"], json!(on));
}

/// Where the form stops asking at once; its whole length outside light mode.
fn essential(page: &str) -> &str {
    page.split_once("<details class=\"fold rule\"").map_or(page, |(before, _)| before)
}

both_databases! {
    async fn a_light_form_asks_for_the_essential_and_keeps_the_rest_one_click_away(db: TestDb) {
        let mut firm = firm(&db).await;
        let full = firm.admin.get("/accounts/new").await.expect(200).body;
        assert!(essential(&full).contains("name=\"parent\"") && !full.contains("more fields"));

        turn(&mut firm, true).await;
        let light = firm.admin.get("/accounts/new").await.expect(200).body;
        assert!(essential(&light).contains("name=\"name\"") && !essential(&light).contains("name=\"parent\""));
        assert!(light.contains("name=\"parent\"") && light.contains("4 more fields"), "{light}");
        assert!(!light.contains("<details class=\"fold rule\" open"));

        turn(&mut firm, false).await;
        assert!(!firm.admin.get("/accounts/new").await.expect(200).body.contains("more fields"));
    }

    async fn a_light_form_shows_what_is_stated_and_what_is_wrong(db: TestDb) {
        let mut firm = firm(&db).await;
        turn(&mut firm, true).await;
        let named = json!({"name": "Kept", "time_zone": "Europe/London", "currency": "EUR", "external_id": "crm-1"});
        let made = firm.admin.send_json(Method::POST, "/api/v1/accounts", &[], &named).await.expect(201).value();
        let edit = format!("/accounts/{}/edit", made["id"].as_str().unwrap_or_default());
        let page = firm.admin.get(&edit).await.expect(200).body;
        assert!(page.contains("<details class=\"fold rule\" open") && page.contains("crm-1"), "{page}");

        let wrong = [("name", "New"), ("time_zone", "Europe/London"), ("currency", "EUR"), ("tier", "golden")];
        let answer = firm.admin.post("/accounts/new", &wrong).await.expect(422).body;
        assert!(answer.contains("<details class=\"fold rule\" open"), "{answer}");
    }

    async fn a_phones_menu_holds_every_room_of_the_sidebar(db: TestDb) {
        let mut firm = firm(&db).await;
        let links = |nav: &str| -> Vec<String> {
            nav.split("<li><a href=\"").skip(1).filter_map(|it| it.split('"').next()).map(str::to_owned).collect()
        };
        for light in [false, true] {
            turn(&mut firm, light).await;
            for who in ["administrator", "account_manager", "product_manager"] {
                let page = firm.people[who].as_in(&firm.people[who]).get("/people").await.expect(200).body;
                let part = |start: &str| page.split(start).nth(1).and_then(|it| it.split("</nav>").next()).unwrap_or_default();
                let (side, small) = (part("<nav class=\"side nav\""), part("<nav class=\"bnav\""));
                assert!(links(side).len() > 5, "{side}");
                assert_eq!(links(side), links(small), "{who}, light: {light}");
                assert!(small.contains("<details class=\"all\"") && small.contains("<span>Menu</span></summary>"), "{small}");
                assert!(small.contains("<li><a href=\"/people\" aria-current=\"page\">"), "{small}");
            }
        }
    }

    async fn navigation_and_tabs_leave_the_rest_to_more_and_show_where_one_is(db: TestDb) {
        let mut firm = firm(&db).await;
        let account = format!("/accounts/{}", id_of("account", 'a'));
        turn(&mut firm, true).await;
        let page = firm.admin.get(&account).await.expect(200).body;
        let (nav, rest) = page.split_once("<details class=\"nav-more\"").unwrap_or_default();
        assert!(nav.contains("href=\"/people\"") && !nav.contains("href=\"/teams\""));
        assert!(rest.contains("href=\"/teams\""));
        let (_, tabs) = page.split_once("data-tabs").unwrap_or_default();
        let (tabs, more) = tabs.split_once("</nav>").unwrap_or_default();
        assert!(tabs.contains("/contracts\"") && !tabs.contains("/growth\"") && more.contains(&format!("{account}/growth")));

        let growth = firm.admin.get(&format!("{account}/growth")).await.expect(200).body;
        let (_, tabs) = growth.split_once("data-tabs").unwrap_or_default();
        let (tabs, _) = tabs.split_once("</nav>").unwrap_or_default();
        assert!(tabs.contains(&format!("{account}/growth\" aria-current=\"page\"")), "{tabs}");
        let teams = firm.admin.get("/teams").await.expect(200).body;
        assert!(teams.contains("<details class=\"nav-more\" open>"));
    }
}
