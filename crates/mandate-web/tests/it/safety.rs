//! What holds for every answer, whatever was asked: headers, cookies, limits of bodies and addresses, alike answers for strangers.
//!
//! The routes are the program's own table; a new one is asked without being named here.

use std::time::{Duration, Instant};

use axum::http::Method;
use mandate_testing::{STARTED_AT, TestDb, both_databases};
use mandate_web::{WebSettings, route_table};

use crate::addresses::{address, order};
use crate::browser::{Answer, Browser};
use crate::definitions::upload;
use crate::seed::firm;

const PASSWORD: &str = "a long enough sentence";

fn over_tls() -> WebSettings {
    WebSettings { base_url: "https://mandate.firm.example".to_owned(), ..WebSettings::default() }
}

/// What is wrong with the headers of an answer over TLS.
fn wrong_headers(answer: &Answer, is_asset: bool) -> Vec<String> {
    let mut problems = vec![];
    let policy = answer.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ] {
        // A file that is given out is shut in a sandbox without any source.
        if policy == "default-src 'none'; sandbox" {
            break;
        }
        if !policy.split("; ").any(|said| said == part) {
            problems.push(format!("the policy lacks {part}: `{policy}`"));
        }
    }
    if policy.contains("unsafe") || policy.contains('*') {
        problems.push(format!("the policy allows too much: `{policy}`"));
    }
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("strict-transport-security", "max-age=31536000"),
    ] {
        if answer.header(name) != value {
            problems.push(format!("{name} is `{}`", answer.header(name)));
        }
    }
    if !is_asset && answer.header("cache-control") != "no-store" {
        problems.push(format!("caches may keep it: `{}`", answer.header("cache-control")));
    }
    for name in ["access-control-allow-origin", "server", "x-powered-by"] {
        if !answer.header(name).is_empty() {
            problems.push(format!("{name} is sent"));
        }
    }
    for cookie in answer.headers.get_all("set-cookie") {
        let text = cookie.to_str().unwrap_or_default();
        let parts: Vec<&str> = text.split("; ").collect();
        let has = |part: &str| parts.contains(&part);
        let bound = text.starts_with("__Host-")
            && has("Path=/")
            && !parts.iter().any(|part| part.starts_with("Domain"));
        if !(bound && has("Secure") && has("HttpOnly") && has("SameSite=Lax")) {
            problems.push(format!("a cookie is not bound to the host: {}", parts[1..].join("; ")));
        }
    }
    problems
}

/// Statuses that were met, and what was wrong.
#[derive(Default)]
struct Met {
    statuses: std::collections::BTreeMap<u16, usize>,
    problems: Vec<String>,
    n_cookies: usize,
}

impl Met {
    fn judge(&mut self, what: &str, answer: &Answer) {
        *self.statuses.entry(answer.status.as_u16()).or_default() += 1;
        self.n_cookies += answer.headers.get_all("set-cookie").iter().count();
        let is_asset = what.contains(" /assets/");
        self.problems
            .extend(wrong_headers(answer, is_asset).into_iter().map(|wrong| format!("{what}: {wrong}")));
        // What a browser shows is told as what it is.
        if !answer.body.is_empty() && answer.header("content-type").is_empty() {
            self.problems.push(format!("{what}: a body of no kind"));
        }
        let is_problem = answer.header("content-type") == "application/problem+json";
        if what.contains(" /api/v1/") && answer.status.as_u16() >= 400 && !is_problem {
            self.problems.push(format!("{what}: {} is no problem+json", answer.status));
        }
    }
}

async fn signed_in_over_tls(db: &TestDb) -> Browser {
    let mut browser = Browser::with_settings(db, over_tls());
    let form = [("email", "ada@firm.example"), ("password", PASSWORD)];
    let answer = browser.post("/sign-in", &form).await.expect(303);
    assert_eq!(wrong_headers(&answer, false), Vec::<String>::new());
    assert!(!browser.cookie("__Host-mandate").is_empty());
    browser
}

/// Every route, with a right, without one, and by a method it does not have.
async fn walk(db: &TestDb, met: &mut Met) {
    let firm = firm(db).await;
    let mut rows = route_table().rows().to_vec();
    rows.sort_by_key(order);
    let mut stranger = Browser::with_settings(db, over_tls());
    let mut ada = signed_in_over_tls(db).await;
    for row in &rows {
        let path =
            address(&firm, row, "administrator", 'a').unwrap_or_else(|_| row.path.replace(['{', '}'], ""));
        let kind = if row.path.starts_with("/api/v1/") {
            "application/json"
        } else {
            "application/x-www-form-urlencoded"
        };
        let headers = [("content-type", kind), ("if-match", "\"1\"")];
        met.judge(
            &format!("a stranger's {} {path}", row.method),
            &stranger.request(row.method.clone(), &path, &headers, "{}".to_owned()).await,
        );
        met.judge(
            &format!("TRACE {path}"),
            &ada.request(Method::TRACE, &path, &headers, String::new()).await,
        );
        met.judge(
            &format!("{} {path}", row.method),
            &ada.request(row.method.clone(), &path, &headers, "{}".to_owned()).await,
        );
    }
}

both_databases! {
    async fn every_answer_of_every_route_carries_the_headers(db: TestDb) {
        let mut met = Met::default();
        walk(&db, &mut met).await;
        let mut ada = signed_in_over_tls(&db).await;
        for (method, path, kind, body) in [
            (Method::GET, "/no-such-page", "", String::new()),
            (Method::GET, "/api/v1/no-such-thing", "", String::new()),
            (Method::GET, "/assets/none", "", String::new()),
            (Method::GET, "/accounts/%FF", "", String::new()),
            (Method::GET, "/api/v1/accounts/%FF", "", String::new()),
            (Method::GET, "/api/v1/accounts?unknown=1", "", String::new()),
            (Method::GET, "/confirm?next=1&next=2", "", String::new()),
            (Method::PUT, "/api/v1/accounts/000000000000000000000000a1", "application/json", "{}".to_owned()),
            (Method::POST, "/settings/me", "text/plain", "x".to_owned()),
            (Method::POST, "/api/v1/accounts", "application/json", "x".repeat((16 << 20) + 1)),
            (Method::POST, "/import/book", "multipart/form-data", "x".to_owned()),
        ] {
            let answer = ada.request(method.clone(), path, &[("content-type", kind)], body).await;
            met.judge(&format!("{method} {path}"), &answer);
        }
        let foreign = [("sec-fetch-site", "cross-site"), ("content-type", "application/json")];
        let mut other = Browser::with_settings(&db, over_tls());
        let refused = other.json(Method::POST, "/api/v1/accounts", &foreign, "{}").await;
        assert_eq!(refused.status.as_u16(), 403, "{}", refused.body);
        met.judge("POST /api/v1/accounts from another site", &refused);
        db.db().close().await;
        met.judge("GET /accounts without a database", &ada.get("/accounts").await);
        met.judge("GET /api/v1/accounts without a database", &ada.get("/api/v1/accounts").await);
        met.judge("GET /readyz without a database", &ada.get("/readyz").await);
        assert!(met.problems.is_empty(), "{} of {:?}:\n{}", met.problems.len(), met.statuses, met.problems.join("\n"));
        for status in [200, 303, 400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428, 503] {
            assert!(met.statuses.contains_key(&status), "no {status} was met: {:?}", met.statuses);
        }
        assert!(met.n_cookies > 10, "only {} cookies were met", met.n_cookies);
    }

    async fn figures_for_prometheus_are_off_where_a_silent_proxy_may_pass_them_on(db: TestDb) {
        let asked = async |settings: WebSettings| {
            Browser::with_settings(&db, settings).get_from("127.0.0.1:40000", "/metrics", &[]).await.status.as_u16()
        };
        let at = |base_url: &str| WebSettings { base_url: base_url.to_owned(), ..WebSettings::default() };
        assert_eq!(asked(over_tls()).await, 404);
        assert_eq!(asked(at("http://10.0.0.7:8080")).await, 404);
        assert_eq!(asked(at("http://localhost.firm.example")).await, 404);
        assert_eq!(asked(WebSettings { metrics: true, ..over_tls() }).await, 200, "the operator says so");
        for here in ["http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080"] {
            assert_eq!(asked(at(here)).await, 200, "{here}");
        }
        let mut elsewhere = Browser::with_settings(&db, WebSettings { metrics: true, ..over_tls() });
        elsewhere.get_from("10.0.0.7:40000", "/metrics", &[]).await.expect(404);
    }

    async fn what_is_too_large_is_refused_in_words_and_nothing_is_kept(db: TestDb) {
        let mut ada = Browser::signed_in(&db).await;
        let mut small = Browser::with_settings(&db, WebSettings { largest_upload: 1_000, ..WebSettings::default() }).as_in(&ada);
        let before = db.tables(&["session"]).await;
        let most = 164 << 20;
        for path in ["/import/book", "/api/v1/book-imports", "/api/v1/book-imports/check"] {
            let sent = upload(&mut ada, path, &[("kind", "teams")], &"x".repeat(most)).await;
            assert!(sent.status.as_u16() == 413 && sent.body.contains("larger than the server accepts"), "{path}: {}", sent.body);
            let fields = upload(&mut ada, path, &[("kind", &"y".repeat(2 << 20))], "external_id,name\n").await;
            assert_eq!(fields.status.as_u16(), 413, "a long field, {path}: {}", fields.body);
        }
        for path in ["/facts/imports", "/api/v1/imports"] {
            let sent = upload(&mut small, path, &[("profile", "servicenow")], &"x".repeat(100_000)).await;
            assert!(sent.status.as_u16() == 413 && sent.body.contains("is larger than"), "{path}: {} {}", sent.status, sent.body);
            let fields = upload(&mut small, path, &[("profile", &"y".repeat(2 << 20))], "x").await;
            assert_eq!(fields.status.as_u16(), 413, "a long field, {path}: {}", fields.body);
        }
        let lines = ada.request(Method::POST, "/api/v1/events", &[("content-type", "application/x-ndjson")], "x".repeat(17 << 20)).await;
        assert_eq!(lines.status.as_u16(), 413, "{}", lines.body);
        let form = format!("display_name={}", "x".repeat(2 << 20));
        let sent = ada.form_with("/settings/me", &[("sec-fetch-site", "same-origin")], &form).await;
        assert_eq!(sent.status.as_u16(), 413, "{}", sent.body);
        assert_eq!(db.tables(&["session"]).await, before, "nothing is kept");
        assert_eq!(left_behind(db.folder()), Vec::<String>::new(), "no part of a file stays");
    }

    async fn json_of_any_depth_is_refused_and_not_followed(db: TestDb) {
        let mut ada = Browser::signed_in(&db).await;
        for open in ["[", "{\"a\":"] {
            let deep = open.repeat(100_000);
            let answer = ada.json(Method::POST, "/api/v1/accounts", &[], &deep).await;
            assert!([400, 422].contains(&answer.status.as_u16()), "{}: {}", answer.status, answer.body);
            let inside = format!("{{\"list\":\"accounts\",\"name\":{deep}");
            let answer = ada.json(Method::POST, "/api/v1/views", &[], &inside).await;
            assert!([400, 422].contains(&answer.status.as_u16()), "{}: {}", answer.status, answer.body);
        }
    }

    async fn known_and_unknown_addresses_are_answered_alike(db: TestDb) {
        let firm = firm(&db).await;
        assert!(firm.people.contains_key("client_member a"));
        for (path, known, unknown) in [
            ("/sign-in", "ada@firm.example", "ida@firm.example"),
            ("/sign-in/link", "client-member@client-a.example", "client-nobody@client-a.example"),
        ] {
            let mut told = String::new();
            // Another program on the machine slows some answers down; a difference of ours shows every time.
            for round in 0..5 {
                told = alike(&db, round, path, known, unknown).await;
                if !told.contains("median") {
                    break;
                }
            }
            assert!(told.is_empty(), "{path}: {told}");
        }
    }
}

/// Files that an upload left in the folder.
fn left_behind(folder: &std::path::Path) -> Vec<String> {
    let mut found = vec![];
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = path.display().to_string();
        if path.is_dir() {
            found.extend(left_behind(&path));
        } else if name.contains("upload") {
            found.push(name);
        }
    }
    found
}

/// Asks for both addresses in turn, 30 times, each time at a fresh service that counts nobody's attempts; tells the first
/// difference in what is answered, or that the median of the differences in time is 5 ms or more.
async fn alike(db: &TestDb, round: i64, path: &str, known: &str, unknown: &str) -> String {
    let mut differences = vec![];
    for turn in 0..30 {
        let (mut answers, mut took) = ([None, None], [Duration::ZERO; 2]);
        // Who comes first changes, so that neither always meets a warmer cache.
        let first = usize::from(turn % 2 == 1);
        for which in [first, 1 - first] {
            let email = [known, unknown][which];
            // A time of its own also gives links of its own.
            let now = STARTED_AT.plus_seconds(round * 100 + turn * 2 + i64::from(which == 1));
            let mut browser = Browser::on(db.ctx_at(now));
            let begun = Instant::now();
            let answer = browser.post(path, &[("email", email), ("password", "not this one at all")]).await;
            took[which] = begun.elapsed();
            let headers: Vec<String> = answer.headers.iter().map(|pair| format!("{pair:?}")).collect();
            answers[which] = Some((answer.status, headers, answer.body.replace(email, "ADDRESS")));
        }
        if answers[0] != answers[1] {
            return format!("{:?} is not {:?}", answers[0], answers[1]);
        }
        differences.push(took[0].as_secs_f64() - took[1].as_secs_f64());
    }
    differences.sort_by(f64::total_cmp);
    let median_ms = differences[differences.len() / 2] * 1_000.0;
    eprintln!("{path}: a known address takes {median_ms:.2} ms more (median of 30)");
    if median_ms.abs() < 5.0 {
        String::new()
    } else {
        format!("the median of the differences is {median_ms} ms")
    }
}
