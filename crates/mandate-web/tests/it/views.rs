//! Saved views as people and programs meet them: chips, the panel that saves, the default, sharing, rights.

use axum::http::Method;
use mandate_app::Actor;
use mandate_app::identity::{NewUser, complete_password_link, create_user};
use mandate_domain::identity::Role;
use mandate_testing::{TestDb, both_databases};

use crate::browser::{Answer, Browser};

const KEY: &str = "f=tier&op=is&v=key&sort=-annual_value&col=name&col=tier";

fn json(answer: &Answer) -> serde_json::Value {
    serde_json::from_str(&answer.body).expect("JSON")
}

/// A browser in which somebody with `role` is signed in.
pub async fn colleague(db: &TestDb, email: &str, role: Role) -> Browser {
    let ctx = db.ctx();
    let new = NewUser {
        email: email.to_owned(),
        display_name: "Carl Colleague".to_owned(),
        roles: vec![role],
        person_id: None,
        locale: "en-GB".to_owned(),
        time_zone: "UTC".to_owned(),
    };
    let (_, link) = create_user(&ctx, &Actor::operator(), new).await.expect("a user");
    let password = "seven herons over a lake";
    complete_password_link(&ctx, link.reveal(), password, "Firefox").await.expect("a password");
    let mut browser = Browser::new(db);
    browser.post("/sign-in", &[("email", email), ("password", password)]).await.expect(303);
    browser
}

/// Saves a view of the portfolio; the address it leads to.
async fn save(browser: &mut Browser, name: &str, more: &[&str]) -> String {
    let mut form = vec![("list", "accounts"), ("name", name), ("query", KEY)];
    form.extend(more.iter().map(|field| (*field, "1")));
    browser.post("/views", &form).await.expect(303).location().to_owned()
}

fn id_in(location: &str) -> &str {
    location.rsplit("view=").next().unwrap_or_default()
}

both_databases! {
    async fn a_view_is_saved_shown_as_current_changed_and_deleted_with_an_undo(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let offered = browser.get(&format!("/portfolio?{KEY}")).await.expect(200);
        assert!(offered.body.contains("Save as a new view"), "an unsaved view can be saved");
        assert!(!browser.get("/portfolio").await.expect(200).body.contains("Save as a new view"));
        let address = save(&mut browser, "Big ones", &[]).await;
        let page = browser.get(&address).await.expect(200);
        assert!(page.body.contains("The view Big ones was saved."));
        let chip = page.body.split("<a class=\"chip\"").find(|it| it.contains("Big ones</a>")).expect("a chip");
        assert!(chip.contains("aria-current=\"true\""), "{chip}");
        let id = id_in(&address).to_owned();
        assert!(page.body.contains(&format!("/views/{id}\"")), "it leads to its page");

        let changed = browser.get(&format!("/portfolio?f=tier&op=is&v=standard&view={id}")).await.expect(200);
        assert!(changed.body.contains("Save the changes to Big ones"));
        let form = [("query", "f=tier&op=is&v=standard&view=x"), ("version", "1")];
        let there = browser.post(&format!("/views/{id}/query"), &form).await.expect(303).location().to_owned();
        assert!(there.starts_with("/portfolio?f=tier&op=is&v=standard&view="), "{there}");
        browser.post(&format!("/views/{id}/query"), &form).await.expect(409);

        browser.get(&format!("/views/{id}")).await.expect(200);
        let refused = browser.post(&format!("/views/{id}"), &[("name", " "), ("version", "2")]).await.expect(422);
        assert!(refused.body.contains("data-error-summary"));
        browser.post(&format!("/views/{id}"), &[("name", "Standard ones"), ("version", "2")]).await.expect(303);
        let gone = browser.post(&format!("/views/{id}/delete"), &[("version", "3")]).await.expect(303);
        let list = browser.get(gone.location()).await.expect(200);
        assert!(list.body.contains(&format!("/views/{id}/restore")), "the toast offers to undo it");
        assert!(!list.body.contains("Standard ones</a>"));
        browser.get(&format!("/views/{id}")).await.expect(404);
        browser.post(&format!("/views/{id}/restore"), &[]).await.expect(303);
        assert!(browser.get("/portfolio").await.expect(200).body.contains("Standard ones</a>"));
        let audit = browser.get("/audit").await.expect(200);
        for done in ["view saved", "view changed", "view deleted", "view restored"] {
            assert!(audit.body.contains(done), "{done} is on record");
        }
    }

    async fn a_taken_name_and_a_field_that_is_not_there_are_told_with_what_was_typed(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        save(&mut browser, "Big ones", &[]).await;
        let again = [("list", "accounts"), ("name", "big ONES"), ("query", KEY), ("is_default", "1")];
        let refused = browser.post("/views", &again).await.expect(422);
        for part in ["You have a view big ONES of this list already", "value=\"big ONES\"", "name=\"query\""] {
            assert!(refused.body.contains(part), "{part}");
        }
        let unknown = [("list", "accounts"), ("name", "x"), ("query", "f=margin&op=is&v=1")];
        let refused = browser.post("/views", &unknown).await.expect(422);
        assert!(refused.body.contains("This list has no field “margin” for you."), "{}", refused.body);
        browser.post("/views", &[("list", "trash"), ("name", "x"), ("query", "")]).await.expect(422);
    }

    async fn a_default_view_is_where_the_bare_list_leads_and_every_row_stays_within_reach(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let address = save(&mut browser, "Big ones", &["is_default"]).await;
        assert_eq!(browser.get("/portfolio").await.expect(303).location(), address);
        let page = browser.get(&address).await.expect(200);
        assert!(page.body.contains("href=\"/portfolio?view=all\""), "All and Clear lead past the default");
        browser.get("/portfolio?view=all").await.expect(200);
        browser.get("/portfolio.csv").await.expect(200);
        let id = id_in(&address).to_owned();
        browser.post(&format!("/views/{id}"), &[("name", "Big ones"), ("version", "1")]).await.expect(303);
        browser.get("/portfolio").await.expect(200);
    }

    async fn a_shared_view_is_everybodys_to_use_and_its_owners_to_change(db: TestDb) {
        let mut ada = Browser::signed_in(&db).await;
        let shared = save(&mut ada, "Big ones", &["shared"]).await;
        let own = save(&mut ada, "Mine", &[]).await;
        let (shared, own) = (id_in(&shared).to_owned(), id_in(&own).to_owned());
        let mut carl = colleague(&db, "carl@firm.example", Role::DeliveryLead).await;
        let list = carl.get("/portfolio").await.expect(200);
        assert!(list.body.contains("Shared by Ada Owner") && !list.body.contains("Mine</a>"));
        carl.get(&format!("/views/{own}")).await.expect(404);
        let page = carl.get(&format!("/views/{shared}")).await.expect(200);
        assert!(!page.body.contains("Delete view"));
        carl.post(&format!("/views/{shared}/delete"), &[("version", "1")]).await.expect(403);
        carl.post(&format!("/views/{shared}/query"), &[("query", ""), ("version", "1")]).await.expect(403);
        carl.post(&format!("/views/{shared}"), &[("is_default", "1"), ("version", "1")]).await.expect(303);
        assert!(carl.get("/portfolio").await.expect(303).location().contains(&shared));
        ada.get("/portfolio").await.expect(200);
        let form = [("list", "accounts"), ("name", "For all"), ("query", KEY), ("shared", "1")];
        carl.post("/views", &form).await.expect(403);
        ada.post(&format!("/views/{shared}/delete"), &[("version", "1")]).await.expect(303);
        carl.get("/portfolio").await.expect(200);
    }

    async fn a_shared_view_is_left_out_where_the_reader_may_not_see_the_list(db: TestDb) {
        let mut ada = Browser::signed_in(&db).await;
        let form = [("list", "audit"), ("name", "Imports"), ("query", "f=origin&op=is&v=api"), ("shared", "1")];
        let there = ada.post("/views", &form).await.expect(303).location().to_owned();
        assert!(there.starts_with("/audit?f=origin&op=is&v=api&view="), "{there}");
        let mut carl = colleague(&db, "carl@firm.example", Role::DeliveryLead).await;
        carl.get(&format!("/views/{}", id_in(&there))).await.expect(404);
        assert_eq!(json(&carl.get("/api/v1/views").await.expect(200)), serde_json::json!([]));
    }

    async fn a_program_saves_changes_and_deletes_views_with_versions(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let send = [("content-type", "application/json"), ("idempotency-key", "v-1")];
        let body = r#"{"list":"people","name":"Clients","query":"f=side&op=is&v=client","is_default":true}"#;
        let made = browser.request(Method::POST, "/api/v1/views", &send, body.to_owned()).await.expect(201);
        let again = browser.request(Method::POST, "/api/v1/views", &send, body.to_owned()).await.expect(201);
        assert_eq!(json(&made)["id"], json(&again)["id"], "the same key has one effect");
        let path = made.headers["location"].to_str().unwrap().to_owned();
        let read = browser.get(&path).await.expect(200);
        assert_eq!((&json(&read)["is_default"], &json(&read)["own"]), (&true.into(), &true.into()));
        assert_eq!(read.headers["etag"], "\"1\"");
        let plain = [("content-type", "application/json")];
        let change = r#"{"name":"Client people","is_default":false}"#;
        browser.request(Method::PATCH, &path, &plain, change.to_owned()).await.expect(428);
        let matching = [("content-type", "application/json"), ("if-match", "\"1\"")];
        let put = browser.request(Method::PATCH, &path, &matching, change.to_owned()).await.expect(200);
        assert_eq!((&json(&put)["name"], &json(&put)["version"]), (&"Client people".into(), &2.into()));
        let stale = browser.request(Method::PATCH, &path, &matching, change.to_owned()).await.expect(412);
        assert_eq!(stale.headers["etag"], "\"2\"");
        for (list, query) in [("people", "f=colour&op=is&v=red"), ("accounts", "f=annual_value&op=min&v=abc")] {
            let wrong = format!(r#"{{"list":"{list}","name":"x","query":"{query}","is_default":true}}"#);
            let problem = browser.request(Method::POST, "/api/v1/views", &plain, wrong).await.expect(422);
            assert!(problem.body.contains("\"field\":\"query\""), "{}", problem.body);
        }
        assert_eq!(json(&browser.get("/api/v1/views?list=people").await.expect(200)).as_array().unwrap().len(), 1);
        assert_eq!(json(&browser.get("/api/v1/views?list=teams").await.expect(200)), serde_json::json!([]));
        browser.request(Method::DELETE, &path, &[("if-match", "\"2\"")], String::new()).await.expect(204);
        browser.get(&path).await.expect(404);
        browser.request(Method::POST, &format!("{path}/restore"), &[], String::new()).await.expect(200);
    }

    async fn a_password_is_changed_on_the_page_of_ones_own_settings(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let new = "seven herons over a lake";
        let wrong = [("current_password", "not it at all, sorry"), ("password", new)];
        assert!(browser.post("/settings/password", &wrong).await.expect(422).body.contains("f-current_password-e"));
        let short = [("current_password", "a long enough sentence"), ("password", "short")];
        assert!(browser.post("/settings/password", &short).await.expect(422).body.contains("f-password-e"));
        let right = [("current_password", "a long enough sentence"), ("password", new)];
        browser.post("/settings/password", &right).await.expect(303);
        let mut other = Browser::new(&db);
        other.post("/sign-in", &[("email", "ada@firm.example"), ("password", new)]).await.expect(303);
    }
}
