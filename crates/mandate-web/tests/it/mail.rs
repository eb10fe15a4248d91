//! Mail over a real SMTP server: invitations and links in the reader's language, logins, outages, refusals, what is told.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use axum::http::Method;
use mandate_app::Ctx;
use mandate_app::mail::send_due;
use mandate_testing::{STARTED_AT, TestDb, both_databases, stored_mail};
use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::browser::Browser;
use crate::smtp::{Smtp, at_port};

/// An administrator at a firm with a name and one account.
async fn firm(db: &TestDb, ctx: &Ctx) -> (Browser, String) {
    let mut browser = Browser::signed_in(db).await.over(ctx.clone());
    let settings = browser.get("/api/v1/settings").await.expect(200);
    let (tag, mut fields) = (settings.header("etag").to_owned(), settings.value());
    fields["firm_name"] = json!("Müller & Söhne");
    browser.send_json(Method::PUT, "/api/v1/settings", &[("if-match", &tag)], &fields).await.expect(200);
    let account = json!({"name": "Weiß AG", "time_zone": "Europe/Vienna", "currency": "EUR"});
    let made = browser.send_json(Method::POST, "/api/v1/accounts", &[], &account).await.expect(201).value();
    (browser, made["id"].as_str().unwrap().to_owned())
}

async fn invite(browser: &mut Browser, account: &str, name: &str, email: &str, locale: &str) {
    let form = [("name", name), ("email", email), ("locale", locale), ("administrator", "1")];
    browser.post(&format!("/accounts/{account}/portal/people"), &form).await.expect(303);
}

/// The path of the link in a mail.
fn link(mail: &Value) -> String {
    let body = mail["body"].as_str().unwrap();
    let line = body.lines().find(|line| line.starts_with("http")).expect("a link");
    line[line.find("/sign-in/link/").unwrap()..].to_owned()
}

async fn told(browser: &mut Browser) -> Value {
    browser.get("/api/v1/mail").await.expect(200).value()
}

/// A subscriber that keeps every field of every event.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        writeln!(self.0.lock().unwrap(), "{field}={value:?}").unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

both_databases! {
    async fn invitations_and_links_arrive_in_the_readers_language_and_sign_in(db: TestDb) {
        let Some(server) = Smtp::start("invitations", &[]) else { return };
        let ctx = db.ctx().with_mail(server.plain());
        let (mut browser, account) = firm(&db, &ctx).await;
        invite(&mut browser, &account, "Tessa Client", "tessa@client.example", "en-GB").await;
        invite(&mut browser, &account, "Jörg Häßler", "joerg@client.example", "de-DE").await;
        assert_eq!(send_due(&ctx).await.unwrap(), 2);
        let mails = [server.mail(), server.mail()];
        let of = |address: &str| mails.iter().find(|it| it["receivers"] == json!([address])).expect("one each");
        let (english, german) = (of("tessa@client.example"), of("joerg@client.example"));
        assert_eq!(english["headers"]["Subject"], "Müller & Söhne invites you to the portal of Weiß AG");
        assert_eq!(german["headers"]["Subject"], "Müller & Söhne lädt Sie in das Portal von Weiß AG ein");
        assert!(german["body"].as_str().unwrap().starts_with("Guten Tag Jörg Häßler,"), "{german}");
        assert_eq!(german["headers"]["To"], "Jörg Häßler <joerg@client.example>");
        assert_eq!(german["connection"], 1, "one connection for both");
        assert_eq!(english["connection"], 1);
        for mail in &mails {
            assert_eq!(mail["sender"], "mandate@firm.example");
            assert!(mail["headers"]["From"].as_str().unwrap().contains("Müller & Söhne"), "{mail}");
            assert_eq!(mail["headers"]["Reply-To"], "desk@firm.example");
            assert_eq!(mail["headers"]["Auto-Submitted"], "auto-generated");
            assert!(mail["headers"]["Message-ID"].as_str().unwrap().ends_with("@firm.example>"));
            assert_eq!(mail["is_ascii"], true, "any server takes it");
            let mut stranger = browser.stranger();
            stranger.get(&link(mail)).await.expect(200);
            assert_eq!(stranger.post(&link(mail), &[]).await.expect(303).location(), "/portal");
            browser.stranger().post(&link(mail), &[]).await.expect(404);
        }
        let mut stranger = browser.stranger();
        stranger.post("/sign-in/link", &[("email", "Joerg@client.example")]).await.expect(200);
        stranger.post("/sign-in/link", &[("email", "nobody@client.example")]).await.expect(200);
        assert_eq!(send_due(&ctx).await.unwrap(), 1, "who has no access gets nothing");
        let asked = server.mail();
        assert_eq!(asked["headers"]["Subject"], "Ihr Anmeldelink für Müller & Söhne");
        stranger.post(&link(&asked), &[]).await.expect(303);
        let page = stranger.get("/settings/me").await.expect(200);
        assert!(page.body.contains("Ihre Einstellungen") && !page.body.contains("/api/docs"), "{}", page.body);
        let missing = stranger.get("/portal/none").await.expect(404);
        assert!(missing.body.contains("Diese Seite gibt es nicht"), "{}", missing.body);
        browser.get("/metrics").await.expect(404);
        let metrics = browser.get_from("127.0.0.1:40000", "/metrics", &[]).await.expect(200).body;
        browser.get_from("127.0.0.1:40000", "/metrics", &[("x-forwarded-for", "10.0.0.7")]).await.expect(404);
        browser.get_from("10.0.0.7:40000", "/metrics", &[]).await.expect(404);
        assert!(metrics.contains("mandate_mail_sent_total 3") && metrics.contains("mandate_mail_failed_total 0"), "{metrics}");
        assert!(server.is_quiet());
    }

    async fn who_reads_a_great_many_records_is_told_of_once_an_hour(db: TestDb) {
        let Some(server) = Smtp::start("reads", &[]) else { return };
        let ctx = db.ctx().with_mail(server.plain());
        let (mut browser, account) = firm(&db, &ctx).await;
        let settings = browser.get("/api/v1/settings").await.expect(200);
        let (tag, mut fields) = (settings.header("etag").to_owned(), settings.value());
        assert_eq!(fields["reads_per_hour"], 5000, "until the firm says");
        fields["reads_per_hour"] = json!(99);
        let refused = browser.send_json(Method::PUT, "/api/v1/settings", &[("if-match", &tag)], &fields).await;
        let refused = refused.expect(422).body;
        assert!(refused.contains("Between 100 and 10000000"), "{refused}");
        fields["reads_per_hour"] = json!(150);
        browser.send_json(Method::PUT, "/api/v1/settings", &[("if-match", &tag)], &fields).await.expect(200);

        let path = format!("/api/v1/accounts/{account}");
        for n in 0..150 {
            browser.get(&path).await.expect(200);
            browser.get("/api/v1/accounts/none").await.expect(404);
            assert_eq!(send_due(&ctx).await.unwrap(), 0, "{n} read, and what is refused is not counted");
        }
        // The settings are looked up again after a hundred more, here with the rows of a list.
        for _ in 0..60 {
            browser.get("/api/v1/accounts").await.expect(200);
        }
        assert_eq!(send_due(&ctx).await.unwrap(), 1);
        let mail = server.mail();
        let subject = mail["headers"]["Subject"].as_str().unwrap();
        assert!(subject.ends_with(" records within an hour"), "{subject}");
        let body = mail["body"].as_str().unwrap();
        assert!(body.contains("more than 150") && body.contains("/settings/users/"), "{body}");
        for _ in 0..210 {
            browser.get(&path).await.expect(200);
        }
        assert_eq!(send_due(&ctx).await.unwrap(), 0, "once an hour");
        let record = browser.get("/api/v1/audit?filter=action:is:user.read_much").await.expect(200).value();
        assert_eq!((&record["n_rows"], &record["rows"][0]["actor_name"]), (&json!(1), &json!("Mandate")), "{record}");
        assert!(record["rows"][0]["changes"].as_str().unwrap().contains("more_than"), "{record}");
    }

    async fn a_wrong_password_or_authority_stops_all_mail_and_loses_none(db: TestDb) {
        let folder = db.folder().to_str().unwrap().to_owned();
        let asked = ["--starttls", &folder, "--user", "mandate", "--password", "right"];
        let Some(server) = Smtp::start("logins", &asked) else { return };
        let wrong = db.ctx().with_mail(server.protected("wrong", server.certificate.clone()));
        let (mut browser, account) = firm(&db, &wrong).await;
        invite(&mut browser, &account, "Tessa Client", "tessa@client.example", "en-GB").await;
        assert_eq!(send_due(&wrong).await.unwrap(), 1);
        let status = told(&mut browser).await;
        assert_eq!((&status["n_waiting"], &status["n_given_up"]), (&json!(1), &json!(0)));
        assert!(status["last_problem"].as_str().unwrap().contains("535"), "{status}");
        assert!(!status.to_string().contains("wrong"), "no password: {status}");
        let page = browser.get("/settings/mail").await.expect(200).body;
        assert!(page.contains("535") && page.contains("tried once") && page.contains("tessa@client.example"), "{page}");
        assert_eq!(send_due(&wrong).await.unwrap(), 0, "not again at once");

        let later = db.ctx_at(STARTED_AT.plus_seconds(61)).with_mail(server.protected("right", None));
        assert_eq!(send_due(&later).await.unwrap(), 1);
        assert!(server.is_quiet(), "a server that does not prove who it is gets nothing");
        let later = db.ctx_at(STARTED_AT.plus_seconds(600)).with_mail(server.protected("right", server.certificate.clone()));
        assert_eq!(send_due(&later).await.unwrap(), 1);
        let mail = server.mail();
        assert_eq!((&mail["encrypted"], &mail["user"]), (&json!(true), &json!("mandate")));
    }

    async fn mail_waits_for_a_server_that_is_down_and_arrives_once(db: TestDb) {
        let Some(server) = Smtp::start("outages", &[]) else { return };
        let port = server.port;
        drop(server);
        let ctx = db.ctx().with_mail(at_port(port));
        let (mut browser, account) = firm(&db, &ctx).await;
        invite(&mut browser, &account, "Tessa Client", "tessa@client.example", "en-GB").await;
        assert_eq!(send_due(&ctx).await.unwrap(), 1);
        assert_eq!(told(&mut browser).await["n_waiting"], 1);
        let Some(server) = Smtp::start("outages", &["--port", &port.to_string()]) else { return };
        // Two nodes look at the same moment.
        let at = |seconds| db.ctx_at(STARTED_AT.plus_seconds(seconds)).with_mail(at_port(port));
        let (first, second) = (at(61), at(61));
        let (one, two) = tokio::join!(send_due(&first), send_due(&second));
        one.unwrap();
        two.unwrap();
        assert_eq!(server.mail()["receivers"], json!(["tessa@client.example"]));
        assert_eq!(send_due(&at(100_000)).await.unwrap(), 0);
        assert!(server.is_quiet(), "once");
        assert_eq!(told(&mut browser).await["last_problem"], Value::Null);
    }

    async fn a_mail_that_was_claimed_and_not_noted_goes_again_with_the_same_id(db: TestDb) {
        let Some(server) = Smtp::start("crashes", &[]) else { return };
        let ctx = db.ctx().with_mail(server.plain());
        let (mut browser, account) = firm(&db, &ctx).await;
        invite(&mut browser, &account, "Tessa Client", "tessa@client.example", "en-GB").await;
        let due = stored_mail::list_due(&mut db.read().await, STARTED_AT, 5).await.unwrap();
        let until = STARTED_AT.plus_seconds(120);
        assert!(stored_mail::claim(db.write().await, &due[0].id, STARTED_AT, until).await.unwrap());
        assert!(!stored_mail::claim(db.write().await, &due[0].id, STARTED_AT, until).await.unwrap());
        assert_eq!(send_due(&ctx).await.unwrap(), 0, "another sender has it");
        let after = db.ctx_at(until).with_mail(server.plain());
        assert_eq!(send_due(&after).await.unwrap(), 1, "that one ended without a word");
        assert_eq!(server.mail()["headers"]["Message-ID"], format!("<{}@firm.example>", due[0].id));
    }

    async fn what_the_server_will_not_have_is_given_up_and_the_rest_goes_on(db: TestDb) {
        let asked = ["--refuse", "gone@client.example", "--later", "busy@client.example"];
        let Some(server) = Smtp::start("refusals", &asked) else { return };
        let ctx = db.ctx().with_mail(server.plain());
        let (mut browser, account) = firm(&db, &ctx).await;
        for name in ["gone", "busy", "tessa"] {
            invite(&mut browser, &account, name, &format!("{name}@client.example"), "en-GB").await;
        }
        assert_eq!(send_due(&ctx).await.unwrap(), 3);
        assert_eq!(server.mail()["receivers"], json!(["tessa@client.example"]));
        let status = told(&mut browser).await;
        let state = |name: &str| {
            let lines = status["recent"].as_array().unwrap();
            lines.iter().find(|line| line["to_name"] == name).unwrap()["state"].clone()
        };
        assert_eq!((state("gone"), state("busy"), state("tessa")), (json!("given_up"), json!("waiting"), json!("sent")));
        let mut tx = db.read().await;
        let row = tx.fetch_one("SELECT COUNT(*) FROM mail WHERE body <> '' AND state <> 'waiting'", vec![]).await.unwrap();
        assert_eq!(row.int(0).unwrap(), 0, "no link is kept");
        drop(tx);
        // What lapsed before it could go is not sent.
        let late = db.ctx_at(STARTED_AT.plus_seconds(8 * 86_400)).with_mail(server.plain());
        assert_eq!(send_due(&late).await.unwrap(), 1);
        assert!(server.is_quiet());
        mandate_app::identity::forget_expired(&db.ctx_at(STARTED_AT.plus_seconds(31 * 86_400))).await.unwrap();
        let row = db.read().await.fetch_one("SELECT COUNT(*) FROM mail", vec![]).await.unwrap();
        assert_eq!(row.int(0).unwrap(), 0, "forgotten after 30 days");
    }

    async fn the_log_has_no_address_name_link_or_text(db: TestDb) {
        let Some(server) = Smtp::start("the log", &["--refuse", "gone@client.example"]) else { return };
        let log = Log::default();
        let _hold = tracing::subscriber::set_default(log.clone());
        let ctx = db.ctx().with_mail(server.plain());
        let (mut browser, account) = firm(&db, &ctx).await;
        invite(&mut browser, &account, "Tessa Secret", "tessa@client.example", "en-GB").await;
        invite(&mut browser, &account, "Gone Secret", "gone@client.example", "en-GB").await;
        assert_eq!(send_due(&ctx).await.unwrap(), 2);
        let mail = server.mail();
        let text = log.0.lock().unwrap().clone();
        assert!(text.contains("mail_sent") && text.contains("mail_given_up"), "{text}");
        let secret = link(&mail);
        for told in ["@client.example", "Secret", "/sign-in/link/", secret.rsplit_once('/').unwrap().1, "Hello"] {
            assert!(!text.contains(told), "`{told}` in {text}");
        }
    }

    async fn an_administrator_sends_themselves_a_test_and_nobody_else_may(db: TestDb) {
        let mut without = Browser::signed_in(&db).await;
        without.post("/settings/mail/test", &[]).await.expect(409);
        assert!(without.get("/settings/mail").await.expect(200).body.contains("No mail goes out"));
        assert_eq!(told(&mut without).await["server"], Value::Null);
        let Some(server) = Smtp::start("a test mail", &[]) else { return };
        let ctx = db.ctx().with_mail(server.plain());
        let mut browser = without.over(ctx.clone());
        browser.post("/settings/mail/test", &[]).await.expect(303);
        browser.send_json(Method::POST, "/api/v1/mail/test", &[], &Value::Null).await.expect(202);
        assert_eq!(send_due(&ctx).await.unwrap(), 2);
        for _ in 0..2 {
            let mail = server.mail();
            assert_eq!(mail["receivers"], json!(["ada@firm.example"]));
            assert!(mail["headers"]["Subject"].as_str().unwrap().starts_with("Test from"), "{mail}");
        }
        let status = told(&mut browser).await;
        assert_eq!((&status["server"]["host"], &status["server"]["protection"]), (&json!("127.0.0.1"), &json!("none")));
        let mut other = browser.colleague("sponsor@firm.example", &["sponsor"]).await;
        other.get("/settings/mail").await.expect(403);
        other.get("/api/v1/mail").await.expect(403);
        other.post("/settings/mail/test", &[]).await.expect(403);
        assert!(server.is_quiet());
    }

    async fn an_administrator_makes_a_sign_in_link_to_hand_over(db: TestDb) {
        let ctx = db.ctx();
        let (mut browser, account) = firm(&db, &ctx).await;
        let asked = json!({"name": "Jörg Häßler", "email": "joerg@client.example", "locale": "de-DE", "administrator": true});
        let path = format!("/api/v1/accounts/{account}/portal/people");
        let made = browser.send_json(Method::POST, &path, &[], &asked).await.expect(201).value();
        let id = made["user"]["id"].as_str().unwrap().to_owned();
        let page = browser.get(&format!("/settings/users/{id}")).await.expect(200).body;
        assert!(page.contains(&format!("/settings/users/{id}/sign-in-link")) && page.contains("client_member"), "{page}");
        assert!(!page.contains(&format!("/settings/users/{id}/link\"")), "they have no password");
        // Saved here, they stay whom the client's people know.
        let held = |page: &str, name: &str| {
            let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).expect("a field");
            rest.split('"').next().expect("its value").to_owned()
        };
        let (version, person) = (held(&page, "version"), held(&page, "person_id"));
        assert!(!person.is_empty(), "{page}");
        let saved = [("version", version.as_str()), ("display_name", "Jörg Häßler"), ("role", "client_administrator"), ("active", "1"), ("person_id", &person)];
        browser.post(&format!("/settings/users/{id}"), &saved).await.expect(303);
        let page = browser.get(&format!("/settings/users/{id}")).await.expect(200).body;
        assert_eq!(held(&page, "person_id"), person);
        let shown = browser.post(&format!("/settings/users/{id}/sign-in-link"), &[]).await.expect(200).body;
        let old = shown.split("/sign-in/link/").nth(1).unwrap().split('<').next().unwrap().to_owned();
        let again = browser.send_json(Method::POST, &format!("/api/v1/users/{id}/sign-in-link"), &[], &Value::Null).await.expect(201).value();
        let new = again["link"].as_str().unwrap().split_once("/sign-in/link/").unwrap().1.to_owned();
        let lapsed = browser.stranger().post(&format!("/sign-in/link/{old}"), &[]).await.expect(404).body;
        assert!(lapsed.contains("This link does not hold any more") && lapsed.contains("name=\"email\""), "{lapsed}");
        let lapsed = browser.stranger().get(&format!("/sign-in/link/{old}")).await.expect(404).body;
        assert!(lapsed.contains("This link does not hold any more"), "{lapsed}");
        let mut joerg = browser.stranger();
        joerg.post(&format!("/sign-in/link/{new}"), &[]).await.expect(303);
        joerg.post(&format!("/settings/users/{id}/sign-in-link"), &[]).await.expect(403);
        let own = browser.get("/api/v1/users").await.expect(200).value();
        let ada = own["rows"].as_array().unwrap().iter().find(|row| row["email"] == "ada@firm.example").unwrap();
        let path = format!("/api/v1/users/{}/sign-in-link", ada["id"].as_str().unwrap());
        browser.send_json(Method::POST, &path, &[], &Value::Null).await.expect(404);
        let page = browser.stranger().get("/sign-in").await.expect(200).body;
        assert!(page.contains("href=\"/sign-in/link\""), "{page}");
    }
}
