//! Signing in as a browser meets it: refusals that tell nothing, the second step, confirming, limits, leavers.

use axum::http::Method;
use mandate_testing::{STARTED_AT, TestDb, both_databases};
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use crate::browser::{Answer, Browser};

const PASSWORD: &str = "a long enough sentence";

/// The code a program shows for `secret` at `seconds` after the start.
fn code(secret: &str, seconds: i64) -> String {
    let secret = Secret::try_from_base32(secret.replace(' ', "")).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    let at = STARTED_AT.plus_seconds(seconds).microseconds() / 1_000_000;
    totp.generate(u64::try_from(at).unwrap()).to_string()
}

async fn post(browser: &mut Browser, path: &str, body: &Value) -> Answer {
    browser.send_json(Method::POST, path, &[], body).await
}

async fn try_to(browser: &mut Browser, email: &str, password: &str) -> Answer {
    browser.post("/sign-in", &[("email", email), ("password", password)]).await
}

/// What stands between the element `begin` and the next `<`.
fn between<'a>(body: &'a str, begin: &str) -> &'a str {
    let at = body.find(begin).unwrap_or_else(|| panic!("no {begin} in {body}")) + begin.len();
    body[at..].split('<').next().unwrap()
}

/// Sets a second factor up by the pages; its secret and recovery codes.
async fn set_up_factor(browser: &mut Browser) -> (String, Vec<String>) {
    browser.post("/settings/second-factor/begin", &[]).await.expect(303);
    let page = browser.get("/settings/second-factor").await.expect(200).body;
    assert!(page.contains("<svg viewBox=") && page.contains("otpauth://totp/Mandate:"), "{page}");
    let secret = between(&page, "id=\"factor-secret\">").to_owned();
    let typed = code(&secret, 0);
    let on =
        browser.post("/settings/second-factor/confirm", &[("code", typed.as_str())]).await.expect(200).body;
    let codes: Vec<String> = on
        .split("<li><code class=\"mono\">")
        .skip(1)
        .map(|it| it.split('<').next().unwrap().to_owned())
        .collect();
    assert_eq!(codes.len(), 10, "{on}");
    (secret, codes)
}

both_databases! {
    async fn refusals_are_equal_to_the_byte_whoever_it_is(db: TestDb) {
        let mut ada = Browser::signed_in(&db).await;
        for email in ["ann@firm.example", "ott@firm.example"] {
            let asked = json!({"email": email, "display_name": "A", "roles": ["sponsor"]});
            post(&mut ada, "/api/v1/users", &asked).await.expect(201);
        }
        let users = ada.get("/api/v1/users").await.expect(200).value();
        let otto = users["rows"].as_array().unwrap().iter().find(|it| it["email"] == "ott@firm.example").unwrap();
        let change = json!({"display_name": "A", "roles": ["sponsor"], "active": false});
        let path = format!("/api/v1/users/{}", otto["id"].as_str().unwrap());
        ada.send_json(Method::PUT, &path, &[("if-match", "\"1\"")], &change).await.expect(200);
        let mut told = vec![];
        // Of one length, for the address that was typed is kept in its field.
        for email in ["ada@firm.example", "nob@firm.example", "ann@firm.example", "ott@firm.example", "no-address-at-al"] {
            let mut stranger = Browser::new(&db);
            let answer = try_to(&mut stranger, email, "a wrong password").await.expect(422);
            let headers: Vec<String> = answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
            told.push((answer.body.replace(email, "EMAIL"), headers));
        }
        assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:?}");
        let unknown_link = Browser::new(&db).get("/password/0000").await.expect(404).body;
        let other_link = Browser::new(&db).get("/password/1111").await.expect(404).body;
        assert_eq!(unknown_link, other_link);
    }

    async fn too_many_attempts_are_told_with_a_time_and_no_header_goes_round(db: TestDb) {
        Browser::signed_in(&db).await;
        let mut stranger = Browser::new(&db);
        for _ in 0..5 {
            try_to(&mut stranger, "ada@firm.example", "guess").await.expect(422);
        }
        let slowed = try_to(&mut stranger, "ada@firm.example", PASSWORD).await.expect(429);
        assert_eq!(slowed.header("retry-after"), "1");
    }

    async fn a_clients_address_is_what_a_trusted_proxy_says_and_nobody_else(db: TestDb) {
        // One address that tries many people: after thirty it waits, if the header is believed.
        let last = async |browser: &mut Browser, client: &dyn Fn(usize) -> String| {
            let mut answer = None;
            for n in 0..31 {
                let form = format!("email={n}%40x.example&password=guess");
                answer = Some(browser.form_with("/sign-in", &[("x-forwarded-for", &client(n))], &form).await);
            }
            answer.unwrap().status
        };
        let trusted = || mandate_web::WebSettings { trust_proxy: true, ..mandate_web::WebSettings::default() };
        let one = |_| "203.0.113.9".to_owned();
        assert_eq!(last(&mut Browser::new(&db), &one).await, 422, "a header that anybody can send counts for nothing");
        assert_eq!(last(&mut Browser::with_settings(&db, trusted()), &one).await, 429);
        let of_one_network = |n| format!("2001:db8:7:8::{n:x}");
        assert_eq!(last(&mut Browser::with_settings(&db, trusted()), &of_one_network).await, 429);
        let of_many = |n| format!("2001:db8:7:{n:x}::1");
        assert_eq!(last(&mut Browser::with_settings(&db, trusted()), &of_many).await, 422);
    }

    async fn wrong_passwords_of_a_stranger_keep_nobody_out(db: TestDb) {
        Browser::signed_in(&db).await;
        let trusted = mandate_web::WebSettings { trust_proxy: true, ..mandate_web::WebSettings::default() };
        let mut anybody = Browser::with_settings(&db, trusted);
        let mut from = async |client: &str, email: &str, password: &str| {
            let form = format!("email={}&password={}", email.replace('@', "%40"), password.replace(' ', "+"));
            anybody.form_with("/sign-in", &[("x-forwarded-for", client)], &form).await
        };
        let mut told = vec![];
        for email in ["ada@firm.example", "nob@firm.example"] {
            let mut answers = vec![];
            for _ in 0..9 {
                let answer = from("198.51.100.1", email, "guess").await;
                answers.push((answer.status.as_u16(), answer.header("retry-after").to_owned(), answer.body.replace(email, "EMAIL")));
            }
            assert_eq!(answers.iter().map(|it| it.0).collect::<Vec<_>>(), [422, 422, 422, 422, 422, 429, 429, 429, 429]);
            told.push(answers);
        }
        assert_eq!(told[0], told[1], "whether somebody has the address shows in nothing");
        from("198.51.100.1", "ada@firm.example", PASSWORD).await.expect(429);
        from("203.0.113.9", "ada@firm.example", PASSWORD).await.expect(303);
    }

    async fn an_address_guessed_at_from_everywhere_waits_for_moments_and_not_where_it_is_known(db: TestDb) {
        Browser::signed_in(&db).await;
        let trusted = mandate_web::WebSettings { trust_proxy: true, ..mandate_web::WebSettings::default() };
        let mut anybody = Browser::with_settings(&db, trusted);
        let mut from = async |client: &str, password: &str| {
            let form = format!("email=ada%40firm.example&password={}", password.replace(' ', "+"));
            anybody.form_with("/sign-in", &[("x-forwarded-for", client)], &form).await
        };
        from("203.0.113.9", PASSWORD).await.expect(303);
        for n in 0..100 {
            from(&format!("198.51.100.{}", n % 25), "guess").await.expect(422);
        }
        let slowed = from("203.0.113.77", PASSWORD).await.expect(429);
        assert_eq!(slowed.header("retry-after"), "1");
        from("203.0.113.9", PASSWORD).await.expect(303);
    }

    async fn a_second_factor_is_set_up_by_its_pages_and_asked_for(db: TestDb) {
        let mut ada = Browser::signed_in(&db).await;
        let wrong = ada.post("/settings/second-factor/confirm", &[("code", "000000")]).await;
        assert_eq!(wrong.status, 409, "nothing was begun");
        let (secret, recovery) = set_up_factor(&mut ada).await;
        let page = ada.get("/settings/second-factor").await.expect(200).body;
        assert!(!page.contains(&secret) && !page.contains(&recovery[0]), "shown once");

        let mut elsewhere = Browser::new(&db);
        let first = try_to(&mut elsewhere, "ada@firm.example", PASSWORD).await.expect(303);
        assert!(first.location().starts_with("/sign-in/second-step"), "{}", first.location());
        assert!(!first.headers.get_all("set-cookie").iter().any(|it| it.to_str().unwrap().starts_with("mandate=")));
        elsewhere.get("/api/v1/me").await.expect(401);
        let asks = elsewhere.get("/sign-in/second-step").await.expect(200).body;
        assert!(asks.contains("ada@firm.example") && !asks.contains("<svg viewBox=\"0 0 4"), "{asks}");
        elsewhere.post("/sign-in/second-step", &[("code", "000000"), ("next", "/people")]).await.expect(422);
        let form = [("code", recovery[0].as_str()), ("next", "/people")];
        assert_eq!(elsewhere.post("/sign-in/second-step", &form).await.expect(303).location(), "/people");
        elsewhere.get("/api/v1/me").await.expect(200);
        let again = elsewhere.post("/sign-in/second-step", &form).await.expect(303);
        assert_eq!(again.location(), "/sign-in", "what waited is used up");

        let mut third = Browser::new(&db);
        assert_eq!(third.get("/sign-in/second-step").await.expect(303).location(), "/sign-in");
        try_to(&mut third, "ada@firm.example", PASSWORD).await.expect(303);
        for _ in 0..5 {
            third.post("/sign-in/second-step", &[("code", "000000")]).await;
        }
        let typed = code(&secret, 30);
        let ended = third.post("/sign-in/second-step", &[("code", typed.as_str())]).await.expect(303);
        assert_eq!(ended.location(), "/sign-in");
    }

    async fn a_firm_that_asks_leads_to_the_set_up_and_nowhere_else(db: TestDb) {
        let mut ada = Browser::signed_in(&db).await;
        let mut anna = ada.colleague("anna@firm.example", &["sponsor"]).await;
        let rules = [
            ("firm_name", ""), ("session_idle_minutes", "30"), ("session_absolute_hours", "12"),
            ("second_factor", "everybody"), ("exports_per_hour", "10"), ("reads_per_hour", "5000"),
        ];
        let refused = ada.post("/settings/firm", &rules).await.expect(422).body;
        assert!(refused.contains("Set up your own first"), "{refused}");
        set_up_factor(&mut ada).await;
        ada.post("/settings/firm", &rules).await.expect(303);
        assert!(anna.get("/people").await.expect(303).location().starts_with("/sign-in"));

        try_to(&mut anna, "anna@firm.example", "another long enough sentence").await.expect(303);
        let page = anna.get("/sign-in/second-step").await.expect(200).body;
        assert!(page.contains("otpauth://totp/"), "{page}");
        for path in ["/", "/people", "/settings/me", "/settings/second-factor"] {
            assert!(anna.get(path).await.expect(303).location().starts_with("/sign-in"), "{path}");
        }
        anna.get("/api/v1/me").await.expect(401);
        let secret = between(&page, "<code class=\"mono\">").to_owned();
        let typed = code(&secret, 0);
        let shown = anna.post("/sign-in/second-step", &[("code", typed.as_str())]).await.expect(200).body;
        assert_eq!(shown.matches("<li><code class=\"mono\">").count(), 10, "{shown}");
        anna.get("/people").await.expect(200);
        let kept = anna.post("/settings/second-factor/remove", &[]).await.expect(409);
        assert!(kept.body.contains("asks for a second factor"), "{}", kept.body);
    }

    async fn what_takes_certainty_leads_to_confirm_and_back(db: TestDb) {
        let mut ada = Browser::signed_in(&db).await;
        let mut late = ada.at(&db, STARTED_AT.plus_seconds(1200));
        let page = late.get("/settings/tokens").await.expect(200).body;
        assert!(page.contains("/confirm?next=/settings/tokens"), "{page}");
        let form = [("name", "t"), ("scope", "book:read")];
        let asked = late.post("/settings/tokens", &form).await.expect(303);
        assert_eq!(asked.location(), "/confirm?next=%2F");
        let api = post(&mut late, "/api/v1/tokens", &json!({"name": "t", "scopes": ["book:read"]})).await.expect(403);
        assert_eq!(api.value()["type"], "/api/problems/error-unverified");
        assert_eq!(late.get("/api/v1/me/confirm").await.expect(200).value(), json!({"means": "password", "confirmed": false}));

        assert!(late.get("/confirm?next=%2Fsettings%2Ftokens").await.expect(200).body.contains("name=\"password\""));
        late.post("/confirm", &[("password", "not it"), ("next", "/settings/tokens")]).await.expect(422);
        let old = late.cookie("mandate").to_owned();
        let back = late.post("/confirm", &[("password", PASSWORD), ("next", "/settings/tokens")]).await.expect(303);
        assert_eq!(back.location(), "/settings/tokens");
        assert_ne!(late.cookie("mandate"), old, "the session has another token");
        late.post("/settings/tokens", &form).await.expect(200);
        let elsewhere = late.post("/confirm", &[("password", PASSWORD), ("next", "https://evil.example")]).await.expect(303);
        assert_eq!(elsewhere.location(), "/");
        ada.get("/api/v1/me").await.expect(401);
    }

    async fn the_api_has_all_of_it(db: TestDb) {
        let mut ada = Browser::signed_in(&db).await;
        let mut program = ada.program(&["profile", "administer"]).await;
        for path in ["/api/v1/me/second-factor", "/api/v1/me/confirm"] {
            program.get(path).await.expect(403);
        }
        let off = ada.get("/api/v1/me/second-factor").await.expect(200).value();
        assert_eq!((&off["state"], &off["required"]), (&json!("off"), &json!(false)));
        let begun = post(&mut ada, "/api/v1/me/second-factor", &Value::Null).await.expect(201).value();
        assert_eq!(ada.get("/api/v1/me/second-factor").await.expect(200).value()["state"], "begun");
        let secret = begun["secret"].as_str().unwrap();
        let wrong = post(&mut ada, "/api/v1/me/second-factor/confirm", &json!({"code": "000000"})).await.expect(422);
        assert_eq!(wrong.fields(), ["code"]);
        let on = post(&mut ada, "/api/v1/me/second-factor/confirm", &json!({"code": code(secret, 0)})).await.expect(200);
        assert_eq!(on.value()["recovery_codes"].as_array().unwrap().len(), 10);
        let more = post(&mut ada, "/api/v1/me/second-factor/recovery-codes", &Value::Null).await.expect(201).value();
        let weak = post(&mut ada, "/api/v1/me/confirm", &json!({"password": PASSWORD})).await.expect(422);
        assert_eq!(weak.fields(), ["code"]);
        post(&mut ada, "/api/v1/me/confirm", &json!({"code": more["recovery_codes"][0]})).await.expect(204);
        assert_eq!(ada.get("/api/v1/me/second-factor").await.expect(200).value()["recovery_codes_left"], 9);

        let mut anna = ada.colleague("anna@firm.example", &["sponsor"]).await;
        let id = anna.get("/api/v1/me").await.expect(200).value()["id"].as_str().unwrap().to_owned();
        let security = program.get(&format!("/api/v1/users/{id}/security")).await.expect(200).value();
        assert_eq!((security["sessions"].as_array().unwrap().len(), &security["second_factor_since"]), (1, &Value::Null));
        anna.get(&format!("/api/v1/users/{id}/security")).await.expect(403);
        let none = post(&mut ada, &format!("/api/v1/users/{id}/second-factor/reset"), &Value::Null).await.expect(409);
        assert_eq!(none.value()["type"], "/api/problems/factor-error-not-on");
        post(&mut ada, &format!("/api/v1/users/{id}/provider/unlink"), &Value::Null).await.expect(404);
        let ended = post(&mut program, &format!("/api/v1/users/{id}/sessions/end"), &Value::Null).await.expect(200);
        assert_eq!(ended.value()["sessions_ended"], 1);
        anna.get("/api/v1/me").await.expect(401);
        // Roles change only by who proved who they are, which a token never does.
        let change = json!({"display_name": "A", "roles": ["administrator"], "active": true});
        let tag = program.get(&format!("/api/v1/users/{id}")).await.expect(200).header("etag").to_owned();
        let path = format!("/api/v1/users/{id}");
        program.send_json(Method::PUT, &path, &[("if-match", &tag)], &change).await.expect(403);
        post(&mut ada, "/api/v1/me/second-factor/remove", &Value::Null).await.expect(204);
    }

    async fn an_administrator_resets_and_ends_by_the_page_of_a_user(db: TestDb) {
        let mut ada = Browser::signed_in(&db).await;
        let mut anna = ada.colleague("anna@firm.example", &["sponsor"]).await;
        set_up_factor(&mut anna).await;
        let id = anna.get("/api/v1/me").await.expect(200).value()["id"].as_str().unwrap().to_owned();
        let page = ada.get(&format!("/settings/users/{id}")).await.expect(200).body;
        assert!(page.contains("Second factor since") && page.contains("/second-factor/reset"), "{page}");
        anna.post(&format!("/settings/users/{id}/second-factor/reset"), &[]).await.expect(403);
        ada.post(&format!("/settings/users/{id}/second-factor/reset"), &[]).await.expect(303);
        anna.get("/api/v1/me").await.expect(401);
        assert!(ada.get(&format!("/settings/users/{id}")).await.expect(200).body.contains("No second factor"));
        assert_eq!(try_to(&mut anna, "anna@firm.example", "another long enough sentence").await.expect(303).location(), "/");
        ada.post(&format!("/settings/users/{id}/sessions/end"), &[]).await.expect(303);
        anna.get("/api/v1/me").await.expect(401);
        let own = ada.get("/api/v1/me").await.expect(200).value()["id"].as_str().unwrap().to_owned();
        ada.post(&format!("/settings/users/{own}/second-factor/reset"), &[]).await.expect(403);
    }

    async fn a_list_of_people_is_followed_by_page_and_by_program(db: TestDb) {
        let mut ada = Browser::signed_in(&db).await;
        for email in ["anna@firm.example", "ben@firm.example", "cleo@firm.example"] {
            post(&mut ada, "/api/v1/users", &json!({"email": email, "display_name": email, "roles": ["sponsor"]})).await.expect(201);
        }
        let list = "email,state\nada@firm.example,\nben@firm.example,here\ncleo@firm.example,here\n";
        let told = ada.post("/settings/leavers", &[("list", list)]).await.expect(200).body;
        assert!(told.contains("Not on the list") && told.contains("This is what it would do"), "{told}");
        let wrong = ada.post("/settings/leavers", &[("list", "email\nnobody\n"), ("follow", "1")]).await.expect(422).body;
        assert!(wrong.contains("row 2: "), "{wrong}");
        let done = ada.post("/settings/leavers", &[("list", list), ("follow", "1")]).await.expect(200).body;
        assert!(done.contains("Done"), "{done}");

        let mut program = ada.program(&["administer"]).await;
        let people = json!({"people": [{"email": "ada@firm.example"}, {"email": "ben@firm.example", "state": "left"}], "check": true});
        let told = post(&mut program, "/api/v1/users/sync", &people).await.expect(200).value();
        assert_eq!((&told["done"], &told["needs_force"], told["suspended"].as_array().unwrap().len()), (&json!(false), &json!(true), 2));
        let people = json!({"people": [{"email": "ada@firm.example"}, {"email": "ben@firm.example", "state": "left"}]});
        let refused = post(&mut program, "/api/v1/users/sync", &people).await.expect(409);
        assert_eq!(refused.value()["type"], "/api/problems/leavers-error-too-many");
        let wrong = json!({"people": [{"email": "no address"}, {"email": "a@b.example", "state": "x", "roles": ["king"]}]});
        let wrong = post(&mut program, "/api/v1/users/sync", &wrong).await.expect(422);
        assert_eq!(wrong.fields(), ["people.0", "people.1", "people.1"]);
        let people = json!({"people": [{"email": "ada@firm.example"}, {"email": "cleo@firm.example"}]});
        let done = post(&mut program, "/api/v1/users/sync", &people).await.expect(200).value();
        assert_eq!((&done["done"], &done["suspended"][0]["why"]), (&json!(true), &json!("not_listed")));
        let mut narrow = ada.program(&["book:read"]).await;
        post(&mut narrow, "/api/v1/users/sync", &people).await.expect(403);
    }

    async fn the_eleventh_file_in_an_hour_is_refused_with_a_time(db: TestDb) {
        let mut ada = Browser::signed_in(&db).await;
        for _ in 0..10 {
            ada.get("/teams.csv").await.expect(200);
        }
        let page = ada.get("/teams.csv").await.expect(429);
        assert_eq!(page.header("retry-after"), "3600");
        let mut program = ada.program(&["book:read", "export"]).await;
        program.get("/api/v1/exports/teams.csv").await.expect(429);
    }
}
