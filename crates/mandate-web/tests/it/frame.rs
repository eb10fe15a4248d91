//! First start, sign-in, errors in words, headers on every answer.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};

use crate::browser::Browser;

both_databases! {
    async fn the_first_administrator_sets_up_and_signs_in_again(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let me = browser.get("/settings/me").await.expect(200);
        assert!(me.body.contains("You sign in as ada@firm.example."));
        browser.post("/sign-out", &[]).await.expect(303);
        assert!(browser.get("/settings/me").await.expect(303).location().starts_with("/sign-in?next="));
        let wrong = [("email", "ada@firm.example"), ("password", "not this one at all")];
        let refused = browser.post("/sign-in", &wrong).await.expect(422);
        assert!(refused.body.contains("do not belong together"));
        assert!(refused.body.contains("ada@firm.example"), "what was typed is kept");
        assert!(!refused.body.contains("not this one at all"), "but never a password");
        let right = [("email", "ADA@firm.example"), ("password", "a long enough sentence"), ("next", "/settings/me")];
        assert_eq!(browser.post("/sign-in", &right).await.expect(303).location(), "/settings/me");
    }

    async fn a_setup_link_works_once(db: TestDb) {
        let secret = mandate_app::identity::begin_setup(&db.ctx()).await.unwrap().unwrap();
        let path = format!("/setup/{}", secret.reveal());
        let mut browser = Browser::new(&db);
        browser.get(&path).await.expect(200);
        let short = [("display_name", "A"), ("email", "a@b.example"), ("password", "short"), ("time_zone", "UTC")];
        assert!(browser.post(&path, &short).await.expect(422).body.contains("at least 12 are needed"));
        let good = [("display_name", "A"), ("email", "a@b.example"), ("password", "long enough to pass"), ("time_zone", "UTC")];
        browser.post(&path, &good).await.expect(303);
        browser.get(&path).await.expect(404);
    }

    async fn what_is_not_there_is_told_in_words_and_as_a_problem(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let page = browser.get("/no-such-page").await.expect(404);
        assert!(page.body.contains("There is no such page"));
        assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
        let problem = browser.get("/api/v1/no-such-thing").await.expect(404);
        assert_eq!(problem.headers["content-type"], "application/problem+json");
        assert!(problem.body.contains("\"status\":404"));
        browser.json(Method::DELETE, "/settings/me", &[], "").await.expect(405);
    }

    async fn every_answer_carries_the_security_headers(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        for path in ["/settings/me", "/no-such-page", "/api/v1/me", "/healthz", "/assets/none", "/sign-in"] {
            let answer = browser.get(path).await;
            let policy = answer.headers["content-security-policy"].to_str().unwrap();
            assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{path}");
            assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
            assert_eq!(answer.headers["x-frame-options"], "DENY", "{path}");
            assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
        }
    }

    async fn a_write_from_another_site_changes_nothing(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let headers = [("sec-fetch-site", "cross-site")];
        browser.json(Method::POST, "/settings/me", &headers, "").await.expect(403);
    }

    async fn the_api_says_who_calls_and_wants_a_token(db: TestDb) {
        let mut stranger = Browser::new(&db);
        let refused = stranger.get("/api/v1/me").await.expect(401);
        assert_eq!(refused.headers["www-authenticate"], "Bearer");
        let mut browser = Browser::signed_in(&db).await;
        assert!(browser.get("/api/v1/me").await.expect(200).body.contains("administrator"));
        let page = browser.post("/settings/tokens", &[("name", "Feed"), ("scope", "profile")]).await.expect(200);
        let token = page.body.split("id=\"fresh-token\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
        let bearer = format!("Bearer {token}");
        let me = stranger.json(Method::GET, "/api/v1/me", &[("authorization", &bearer)], "").await.expect(200);
        assert!(me.body.contains("\"scopes\":[\"profile\"]"), "{}", me.body);
        browser.get("/api/docs").await.expect(200);
        assert!(browser.get("/api/openapi.json").await.expect(200).body.contains("/api/v1/me"));
    }

    async fn administrators_add_users_who_set_their_own_password(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        browser.get("/settings/users").await.expect(200);
        browser.get("/settings/firm").await.expect(200);
        let nobody = [("display_name", "B"), ("email", "no address"), ("locale", "en-GB"), ("time_zone", "UTC")];
        let refused = browser.post("/settings/users", &nobody).await.expect(422);
        assert!(refused.body.contains("no address"));
        let new = [("display_name", "Bea"), ("email", "bea@firm.example"), ("role", "product_manager"), ("locale", "de-AT"), ("time_zone", "Europe/Vienna")];
        let page = browser.post("/settings/users", &new).await.expect(201);
        let link = page.body.split("/password/").nth(1).unwrap().split('<').next().unwrap().to_owned();
        let mut hers = Browser::new(&db);
        hers.post(&format!("/password/{link}"), &[("password", "my own long sentence")]).await.expect(303);
        hers.get("/settings/me").await.expect(200);
        hers.get("/settings/users").await.expect(403);
    }
}
