//! Webhooks over HTTP: a receiver on this machine gets what happened, signed; pages and API agree on how it went.

use std::sync::Arc;

use axum::http::Method;
use mandate_app::Ctx;
use mandate_app::webhooks::send_webhooks_due;
use mandate_testing::{TestDb, both_databases};
use mandate_web::{OutboundAsker, PrivateAddresses};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::browser::Browser;

/// A request as the receiver met it.
struct Got {
    head: String,
    body: String,
}

impl Got {
    fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}:")));
        line.and_then(|line| line.split_once(": ")).map_or("", |(_, value)| value.trim())
    }
}

/// A receiver on a port of this machine that answers `answer` to everything.
async fn receiver(answer: &'static str) -> (u16, UnboundedReceiver<Got>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (told, got) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (mut bytes, mut chunk) = (vec![], [0; 4096]);
            loop {
                let n_read = stream.read(&mut chunk).await.expect("a request");
                bytes.extend_from_slice(&chunk[..n_read]);
                let text = String::from_utf8(bytes.clone()).expect("text");
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let got = Got { head: head.to_owned(), body: body.to_owned() };
                if n_read == 0 || got.header("content-length").parse::<usize>().unwrap_or(0) <= body.len() {
                    let _ = told.send(got);
                    break;
                }
            }
            stream.write_all(answer.as_bytes()).await.expect("an answer");
        }
    });
    (port, got)
}

fn surroundings(db: &TestDb, private: PrivateAddresses) -> Ctx {
    db.ctx().with_outbound(Arc::new(OutboundAsker::new("https://mandate.example", private)))
}

async fn post(browser: &mut Browser, path: &str, body: &Value) -> crate::browser::Answer {
    browser.send_json(Method::POST, path, &[], body).await
}

both_databases! {
    async fn a_receiver_gets_what_happened_and_both_sides_see_how_it_went(db: TestDb) {
        let (port, mut got) = receiver("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nfine!").await;
        let ctx = surroundings(&db, PrivateAddresses::Allowed);
        let mut browser = Browser::signed_in(&db).await.over(ctx.clone());
        let asked = json!({
            "address": format!("http://127.0.0.1:{port}/hook?from=mandate"), "matters": ["account"],
            "happenings": ["created"],
        });
        let made = post(&mut browser, "/api/v1/webhooks", &asked).await.expect(201);
        assert_eq!(made.header("etag"), "\"1\"");
        let hook = made.value();
        let (path, secret) = (format!("/api/v1/webhooks/{}", hook["id"].as_str().unwrap()), hook["secret"].as_str().unwrap());
        assert!(secret.starts_with("whsec_"), "{secret}");
        let account = json!({"name": "Weiß AG", "time_zone": "Europe/Vienna", "currency": "EUR"});
        let account = post(&mut browser, "/api/v1/accounts", &account).await.expect(201).value();
        assert_eq!(send_webhooks_due(&ctx).await.expect("sent"), 1);
        let told = got.recv().await.expect("told");
        assert!(told.head.starts_with("POST /hook?from=mandate HTTP/1.1"), "{}", told.head);
        assert_eq!(told.header("host"), format!("127.0.0.1:{port}"));
        assert!(told.header("webhook-signature").starts_with("v1,"), "{}", told.head);
        let body: Value = serde_json::from_str(&told.body).expect("JSON");
        assert_eq!((&body["type"], &body["data"]["id"]), (&json!("account.created"), &account["id"]));
        let url = body["data"]["url"].as_str().unwrap().strip_prefix("https://mandate.example").expect("ours");
        assert_eq!(browser.get(url).await.expect(200).value()["name"], "Weiß AG", "the address leads to the record");
        let rows = browser.get(&format!("{path}/deliveries?state=sent")).await.expect(200).value();
        assert_eq!(rows["rows"][0]["id"], told.header("webhook-id"));
        assert_eq!(rows["rows"][0]["attempts"][0]["status"], 200);
        let page = format!("/settings/webhooks/{}", hook["id"].as_str().unwrap());
        let shown = browser.get(&page).await.expect(200).body;
        assert!(shown.contains("account.created") && shown.contains("answered 200"), "{shown}");
        assert!(!shown.contains(secret), "a secret is shown once");
        let pong = post(&mut browser, &format!("{path}/test"), &json!({})).await.expect(200).value();
        assert_eq!((&pong["arrived"], &pong["answer"]), (&json!(true), &json!("fine!")));
        let shown = browser.post(&format!("{page}/test"), &[]).await.expect(200).body;
        assert!(shown.contains("the receiver answered 200") && shown.contains("fine!"), "{shown}");
        let again = format!("{path}/deliveries/{}/send", told.header("webhook-id"));
        post(&mut browser, &again, &json!({})).await.expect(202);
        post(&mut browser, &again, &json!({})).await.expect(409);
        assert_eq!(send_webhooks_due(&ctx).await.expect("sent"), 1);
    }

    async fn addresses_inside_are_refused_and_a_redirect_is_not_followed(db: TestDb) {
        let (port, mut got) = receiver("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n").await;
        let mut browser = Browser::signed_in(&db).await.over(surroundings(&db, PrivateAddresses::Refused));
        let asked = json!({"address": format!("http://localhost:{port}/")});
        let hook = post(&mut browser, "/api/v1/webhooks", &asked).await.expect(201).value();
        let path = format!("/api/v1/webhooks/{}/test", hook["id"].as_str().unwrap());
        let pong = post(&mut browser, &path, &json!({})).await.expect(200).value();
        assert_eq!(pong["arrived"], false);
        assert!(pong["attempt"]["problem"].as_str().unwrap().contains("outbound_private"), "{pong}");
        assert!(got.try_recv().is_err(), "nobody was asked");
        let mut allowed = browser.over(surroundings(&db, PrivateAddresses::Allowed));
        let pong = post(&mut allowed, &path, &json!({})).await.expect(200).value();
        assert_eq!((&pong["arrived"], &pong["attempt"]["status"]), (&json!(false), &json!(302)));
        let mut shut = browser.over(db.ctx());
        post(&mut shut, &path, &json!({})).await.expect(409);
    }

    async fn the_page_tells_errors_by_field_and_keeps_what_was_typed(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let me = browser.get("/api/v1/me").await.expect(200).value()["id"].as_str().unwrap().to_owned();
        assert!(browser.get("/settings/webhooks").await.expect(200).body.contains("Nobody is told"));
        let wrong = [("address", "http://hooks.example/"), ("reader_id", me.as_str()), ("matters", "account")];
        let refused = browser.post("/settings/webhooks", &wrong).await.expect(422).body;
        assert!(refused.contains("begins with https://") && refused.contains("http://hooks.example/"), "{refused}");
        let right = [("address", "https://hooks.example/"), ("reader_id", me.as_str()), ("matters", "account")];
        let made = browser.post("/settings/webhooks", &right).await.expect(200).body;
        assert!(made.contains("whsec_"), "{made}");
        let listed = browser.get("/api/v1/webhooks").await.expect(200).value();
        let id = listed["webhooks"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!((&listed["webhooks"][0]["matters"], &listed["webhooks"][0]["reader_id"]), (&json!(["account"]), &json!(me)));
        let page = format!("/settings/webhooks/{id}");
        let save = |version: &'static str| [("address", "https://other.example/"), ("reader_id", me.as_str()), ("version", version)];
        browser.post(&page, &save("1")).await.expect(303);
        browser.post(&page, &save("1")).await.expect(409);
        let api = format!("/api/v1/webhooks/{id}");
        let fields = json!({"address": "https://third.example/"});
        browser.send_json(Method::PUT, &api, &[("if-match", "\"1\"")], &fields).await.expect(412);
        browser.send_json(Method::PUT, &api, &[("if-match", "\"2\"")], &fields).await.expect(200);
        assert!(browser.post(&format!("{page}/secret"), &[]).await.expect(200).body.contains("Both secrets sign until"));
        browser.post(&format!("{page}/pause"), &[]).await.expect(303);
        assert_eq!(browser.get(&api).await.expect(200).value()["pause"], "asked");
        browser.post(&format!("{page}/resume"), &[]).await.expect(303);
        browser.post(&format!("{page}/remove"), &[("version", "1")]).await.expect(409);
        browser.send_json(Method::DELETE, &api, &[("if-match", "\"1\"")], &Value::Null).await.expect(412);
        browser.post(&format!("{page}/remove"), &[("version", "6")]).await.expect(303);
        browser.get(&api).await.expect(404);
    }
}
