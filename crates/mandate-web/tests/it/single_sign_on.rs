//! The sign-on provider's pages against a provider of the test's own, on loopback: what a return must prove, and what a
//! forged one does not. The whole way with a real provider is walked in a browser (`e2e/single-sign-on.mjs`).

use mandate_app::identity::{AccountBy, ProviderRules};
use mandate_testing::{TestDb, both_databases};
use mandate_web::{SignOnSettings, WebSettings};

use crate::browser::Browser;

fn settings(issuer: &str) -> WebSettings {
    let rules = ProviderRules {
        account_by: AccountBy::Subject,
        email_domains: vec!["firm.example".to_owned()],
        makes_users: false,
        roles_by_group: vec![],
        locale: "en-GB".to_owned(),
        time_zone: "UTC".to_owned(),
        trusts_second_factor: true,
        allows_passwords: false,
    };
    let sign_on = SignOnSettings {
        name: "Firm ID".to_owned(),
        issuer: issuer.to_owned(),
        client_id: "mandate".to_owned(),
        client_secret: Some("shared".to_owned()),
        more_scopes: vec!["groups".to_owned()],
        groups_claim: Some("groups".to_owned()),
        rules,
    };
    WebSettings { sign_on: Some(sign_on), ..WebSettings::default() }
}

/// A provider that tells of itself and signs nothing.
async fn provider() -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let said = issuer.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 4096];
            let n_read = stream.read(&mut request).await.unwrap_or(0);
            let asked = String::from_utf8_lossy(&request[..n_read]).into_owned();
            let (status, body) = if asked.starts_with("GET /.well-known/openid-configuration ") {
                let body = serde_json::json!({
                    "issuer": said, "authorization_endpoint": format!("{said}/auth"), "token_endpoint": format!("{said}/token"),
                    "jwks_uri": format!("{said}/jwks"), "response_types_supported": ["code"],
                    "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256", "none"],
                });
                ("200 OK", body)
            } else if asked.starts_with("GET /jwks ") {
                ("200 OK", serde_json::json!({"keys": []}))
            } else if asked.starts_with("POST /token ") {
                // A proof without a signature, for the subject an attacker would like to be.
                let claims = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4Iiwic3ViIjoiMSIsImF1ZCI6Im1hbmRhdGUiLCJleHAiOjQ5MDAwMDAwMDAsImlhdCI6MX0.";
                (
                    "200 OK",
                    serde_json::json!({"access_token": "a", "token_type": "Bearer", "id_token": claims}),
                )
            } else {
                ("404 Not Found", serde_json::json!({}))
            };
            let body = body.to_string();
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    issuer
}

/// The value of a parameter of an address.
fn parameter(url: &str, name: &str) -> String {
    let query = url.split_once('?').unwrap().1;
    let found = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
    found.unwrap_or_else(|| panic!("no {name} in {url}")).to_owned()
}

both_databases! {
    async fn the_way_to_the_provider_binds_the_return_to_this_browser(db: TestDb) {
        let issuer = provider().await;
        let mut browser = Browser::with_settings(&db, settings(&issuer));
        let page = browser.get("/sign-in?next=/people").await.expect(200).body;
        assert!(page.contains("Sign in with Firm ID") && page.contains("/sign-in/provider?next=%2Fpeople"), "{page}");
        let leaves = browser.get("/sign-in/provider?next=%2Fpeople").await.expect(303);
        let url = leaves.location();
        assert!(url.starts_with(&format!("{issuer}/auth?")), "{url}");
        assert_eq!(parameter(url, "response_type"), "code");
        assert_eq!(parameter(url, "code_challenge_method"), "S256");
        assert_eq!(parameter(url, "redirect_uri"), "http%3A%2F%2Flocalhost%3A8080%2Fsign-in%2Fcallback");
        assert_eq!(parameter(url, "scope"), "openid+email+profile+groups");
        assert!(parameter(url, "nonce").len() >= 16 && parameter(url, "state").len() >= 16);
        let kept = leaves.header("set-cookie");
        assert!(kept.starts_with("mandate-provider=") && kept.contains("HttpOnly") && kept.contains("SameSite=Lax"), "{kept}");
        let again = browser.get("/sign-in/provider").await.expect(303);
        assert_ne!(parameter(url, "state"), parameter(again.location(), "state"));
    }

    async fn a_return_that_was_not_begun_here_or_proves_nothing_lets_nobody_in(db: TestDb) {
        let issuer = provider().await;
        let mut browser = Browser::with_settings(&db, settings(&issuer));
        let stranger = browser.get("/sign-in/callback?code=c&state=s").await.expect(403);
        assert!(stranger.body.contains("not begun in this browser"), "{}", stranger.body);
        browser.get("/sign-in/provider").await.expect(303);
        browser.get("/sign-in/callback?code=c&state=another").await.expect(403);

        let state = parameter(browser.get("/sign-in/provider").await.expect(303).location(), "state");
        let denied = browser.get(&format!("/sign-in/callback?error=access_denied&state={state}")).await.expect(403);
        assert!(denied.body.contains("did not sign you in"), "{}", denied.body);
        let twice = browser.get(&format!("/sign-in/callback?code=c&state={state}")).await.expect(403);
        assert!(twice.body.contains("not begun in this browser"), "a return is used up: {}", twice.body);

        let state = parameter(browser.get("/sign-in/provider").await.expect(303).location(), "state");
        let unsigned = browser.get(&format!("/sign-in/callback?code=c&state={state}")).await.expect(403);
        assert!(unsigned.body.contains("does not hold"), "{}", unsigned.body);
        assert!(browser.cookie("mandate").is_empty());
        browser.get("/api/v1/me").await.expect(401);
    }

    async fn a_provider_that_is_not_there_is_told_in_words_and_without_one_there_is_no_way(db: TestDb) {
        let mut browser = Browser::with_settings(&db, settings("http://127.0.0.1:1"));
        let away = browser.get("/sign-in/provider").await.expect(503);
        assert!(away.body.contains("does not answer"), "{}", away.body);
        let mut without = Browser::new(&db);
        without.get("/sign-in/provider").await.expect(404);
        without.get("/sign-in/callback?code=c&state=s").await.expect(404);
        assert!(!without.get("/sign-in").await.expect(200).body.contains("/sign-in/provider"));
    }
}
