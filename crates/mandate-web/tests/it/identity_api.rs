//! The API of people who sign in: profile, password, sessions, tokens, users, the firm's settings.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use serde_json::{Value, json};

use crate::browser::{Answer, Browser};

const PASSWORD: &str = "a long enough sentence";

async fn post(browser: &mut Browser, path: &str, body: &Value) -> Answer {
    browser.send_json(Method::POST, path, &[], body).await
}

async fn put(browser: &mut Browser, path: &str, tag: &str, body: &Value) -> Answer {
    browser.send_json(Method::PUT, path, &[("if-match", tag)], body).await
}

async fn sign_in(db: &TestDb, password: &str) -> (Browser, u16) {
    let mut browser = Browser::new(db);
    let form = [("email", "ada@firm.example"), ("password", password)];
    let status = browser.post("/sign-in", &form).await.status.as_u16();
    (browser, status)
}

both_databases! {
    async fn a_profile_is_changed_over_the_version_that_was_read(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let read = browser.get("/api/v1/me").await.expect(200);
        assert_eq!((&read.value()["email"], &read.value()["scopes"]), (&json!("ada@firm.example"), &Value::Null));
        let tag = read.header("etag").to_owned();
        let profile = json!({"display_name": "Ada", "locale": "hu", "time_zone": "Europe/Budapest", "single_keys": false});
        browser.send_json(Method::PUT, "/api/v1/me", &[], &profile).await.expect(428);
        let saved = put(&mut browser, "/api/v1/me", &tag, &profile).await.expect(200);
        assert_eq!((&saved.value()["locale"], &saved.value()["single_keys"]), (&json!("hu"), &json!(false)));
        let late = put(&mut browser, "/api/v1/me", &tag, &profile).await.expect(412);
        assert_eq!(late.header("etag"), saved.header("etag"));
        let wrong = json!({"display_name": "Ada", "locale": "hu", "time_zone": "Mars", "single_keys": false});
        assert_eq!(put(&mut browser, "/api/v1/me", saved.header("etag"), &wrong).await.expect(422).fields(), ["time_zone"]);
        let mut narrow = browser.program(&["book:read"]).await;
        put(&mut narrow, "/api/v1/me", saved.header("etag"), &profile).await.expect(403);
        assert_eq!(narrow.get("/api/v1/me").await.expect(200).value()["scopes"], json!(["book:read"]));
    }

    async fn a_password_is_changed_by_whoever_signed_in_and_ends_the_other_sessions(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let (mut other, _) = sign_in(&db, PASSWORD).await;
        let change = |current: &str, new: &str| json!({"current_password": current, "password": new});
        let next = "seven herons over a lake";
        let refused = post(&mut browser, "/api/v1/me/password", &change("not it", next)).await.expect(422);
        assert_eq!(refused.fields(), ["current_password"]);
        assert_eq!(post(&mut browser, "/api/v1/me/password", &change(PASSWORD, "short")).await.expect(422).fields(), ["password"]);
        let mut program = browser.program(&["profile"]).await;
        post(&mut program, "/api/v1/me/password", &change(PASSWORD, next)).await.expect(403);
        post(&mut browser, "/api/v1/me/password", &change(PASSWORD, next)).await.expect(204);
        browser.get("/api/v1/me").await.expect(200);
        other.get("/api/v1/me").await.expect(401);
        assert_eq!(sign_in(&db, PASSWORD).await.1, 422);
        assert_eq!(sign_in(&db, next).await.1, 303);
    }

    async fn the_page_changes_a_password_too(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let form = |current: &'static str, new: &'static str| [("current_password", current), ("password", new)];
        let wrong = browser.post("/settings/password", &form("not it", "seven herons over a lake")).await.expect(422);
        assert!(wrong.body.contains("current_password-error") || wrong.body.contains("aria-invalid"), "{}", wrong.body);
        browser.post("/settings/password", &form(PASSWORD, "seven herons over a lake")).await.expect(303);
        browser.get("/settings/me").await.expect(200);
        assert_eq!(sign_in(&db, "seven herons over a lake").await.1, 303);
    }

    async fn sessions_are_listed_and_ended(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let (mut other, _) = sign_in(&db, PASSWORD).await;
        let all = browser.get("/api/v1/me/sessions").await.expect(200).value();
        let elsewhere = all.as_array().unwrap().iter().find(|it| it["current"] == false).unwrap();
        assert_eq!(all.as_array().unwrap().len(), 2);
        let end = format!("/api/v1/me/sessions/{}/end", elsewhere["id"].as_str().unwrap());
        post(&mut browser, &end, &Value::Null).await.expect(204);
        post(&mut browser, &end, &Value::Null).await.expect(404);
        other.get("/api/v1/me").await.expect(401);
    }

    async fn a_token_does_what_its_scopes_say_until_it_is_revoked(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let asked = json!({"name": "Nightly", "scopes": ["book:read", "profile"], "expires_in_days": 30});
        let made = post(&mut browser, "/api/v1/tokens", &asked).await.expect(201).value();
        assert!(made["token"].as_str().unwrap().starts_with("mandate_") && made["expires_at"].is_string());
        let listed = browser.get("/api/v1/tokens").await.expect(200);
        assert!(!listed.body.contains("mandate_"), "a secret is told once");
        assert_eq!(listed.value()[0]["scopes"], json!(["book:read", "profile"]));
        for (wrong, field) in [
            (json!({"name": "x", "scopes": ["book:read", "everything"]}), "scopes.1"), (json!({"name": "x", "scopes": []}), "scopes"),
            (json!({"name": "", "scopes": ["book:read"]}), "name"),
            (json!({"name": "x", "scopes": ["book:read"], "expires_in_days": 0}), "expires_in_days"),
        ] {
            assert_eq!(post(&mut browser, "/api/v1/tokens", &wrong).await.expect(422).fields(), [field]);
        }
        let mut sponsor = browser.colleague("sponsor@firm.example", &["sponsor"]).await;
        let wide = json!({"name": "x", "scopes": ["administer"]});
        assert_eq!(post(&mut sponsor, "/api/v1/tokens", &wide).await.expect(422).fields(), ["scopes"]);

        let mut program = browser.program(&["book:read", "profile"]).await;
        program.get("/api/v1/accounts").await.expect(200);
        let refused = program.get("/api/v1/cases").await.expect(403);
        assert!(refused.value()["detail"].as_str().unwrap().contains("facts:read"), "{}", refused.body);
        program.get("/api/v1/users").await.expect(403);
        post(&mut program, "/api/v1/tokens", &asked).await.expect(403);
        let all = program.get("/api/v1/tokens").await.expect(200).value();
        for token in all.as_array().unwrap() {
            let revoke = format!("/api/v1/tokens/{}/revoke", token["id"].as_str().unwrap());
            post(&mut browser, &revoke, &Value::Null).await.expect(204);
            post(&mut browser, &revoke, &Value::Null).await.expect(404);
        }
        let gone = program.get("/api/v1/accounts").await.expect(401);
        assert_eq!(gone.header("www-authenticate"), "Bearer");
    }

    async fn a_token_comes_to_no_one_time_link_and_so_to_no_session(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let own = browser.get("/api/v1/me").await.expect(200).value()["id"].as_str().unwrap().to_owned();
        let mut program = browser.program(&["administer"]).await;
        program.get("/api/v1/users").await.expect(200);
        let new = json!({"email": "anna@firm.example", "display_name": "Anna", "roles": ["administrator"]});
        post(&mut program, "/api/v1/users", &new).await.expect(403);
        post(&mut program, &format!("/api/v1/users/{own}/link"), &Value::Null).await.expect(403);
        post(&mut browser, &format!("/api/v1/users/{own}/link"), &Value::Null).await.expect(201);
    }

    async fn users_are_added_changed_and_suspended(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let new = json!({"email": "anna@firm.example", "display_name": "Anna", "roles": ["account_manager"]});
        let made = post(&mut browser, "/api/v1/users", &new).await.expect(201);
        let path = made.header("location").to_owned();
        assert_eq!((made.value()["time_zone"].clone(), made.header("etag")), (json!("Europe/London"), "\"1\""));
        assert_eq!(post(&mut browser, "/api/v1/users", &new).await.expect(409).fields(), ["email"]);
        for (field, given, named) in [
            ("roles", json!(["account_manager", "king"]), "roles.1"), ("roles", json!([]), "roles"), ("email", json!("nobody"), "email"),
            ("person_id", json!("0000000000000000000000000z"), "person_id"), ("display_name", json!(" "), "display_name"),
        ] {
            let mut wrong = json!({"email": "new@firm.example", "display_name": "New", "roles": ["sponsor"]});
            wrong[field] = given;
            assert_eq!(post(&mut browser, "/api/v1/users", &wrong).await.expect(422).fields(), [named]);
        }
        let link = made.value()["link"].as_str().unwrap().split_once("/password/").unwrap().1.to_owned();
        let mut anna = Browser::new(&db);
        anna.post(&format!("/password/{link}"), &[("password", "another long enough sentence")]).await.expect(303);
        anna.get("/api/v1/users").await.expect(403);
        anna.get(&path).await.expect(403);

        let page = browser.get("/api/v1/users?limit=1").await.expect(200).value();
        assert_eq!(page["rows"][0]["email"], "ada@firm.example");
        let next = page["next"].as_str().unwrap();
        let page = browser.get(&format!("/api/v1/users?limit=2&after={next}")).await.expect(200).value();
        assert_eq!((&page["rows"][0]["email"], &page["next"]), (&json!("anna@firm.example"), &Value::Null));

        let tag = browser.get(&path).await.expect(200).header("etag").to_owned();
        let wider = json!({"display_name": "Anna Keller", "roles": ["account_manager", "sponsor"], "active": true});
        let changed = put(&mut browser, &path, &tag, &wider).await.expect(200);
        assert_eq!(changed.value()["roles"], json!(["account_manager", "sponsor"]));
        assert_eq!(put(&mut browser, &path, &tag, &wider).await.expect(412).header("etag"), changed.header("etag"));
        let fresh = post(&mut browser, &format!("{path}/link"), &Value::Null).await.expect(201).value();
        assert!(fresh["link"].as_str().unwrap().contains("/password/"));
        let off = json!({"display_name": "Anna Keller", "roles": ["sponsor"], "active": false});
        put(&mut browser, &path, changed.header("etag"), &off).await.expect(200);
        anna.get("/api/v1/me").await.expect(401);
        post(&mut browser, &format!("{path}/link"), &Value::Null).await.expect(404);
        let me = browser.get("/api/v1/me").await.expect(200);
        let own = format!("/api/v1/users/{}", me.value()["id"].as_str().unwrap());
        let refused = put(&mut browser, &own, me.header("etag"), &off).await.expect(409);
        assert_eq!(refused.value()["type"], "/api/problems/user-error-last-administrator");
    }

    async fn the_firms_settings_are_changed_over_what_was_read(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let read = browser.get("/api/v1/settings").await.expect(200);
        let mut settings = read.value();
        settings["firm_name"] = json!("Northmoor");
        browser.send_json(Method::PUT, "/api/v1/settings", &[], &settings).await.expect(428);
        let saved = put(&mut browser, "/api/v1/settings", read.header("etag"), &settings).await.expect(200);
        assert_eq!(saved.value(), settings);
        let late = put(&mut browser, "/api/v1/settings", read.header("etag"), &settings).await.expect(412);
        assert_eq!(late.header("etag"), saved.header("etag"));
        settings["session_idle_minutes"] = json!(0);
        let refused = put(&mut browser, "/api/v1/settings", saved.header("etag"), &settings).await.expect(422);
        assert_eq!(refused.fields(), ["session_idle_minutes"]);
        let mut sponsor = browser.colleague("sponsor@firm.example", &["sponsor"]).await;
        sponsor.get("/api/v1/settings").await.expect(403);
        put(&mut sponsor, "/api/v1/settings", saved.header("etag"), &settings).await.expect(403);
    }
}
