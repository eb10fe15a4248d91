//! The notification centre: who is told of what, what is withheld, by which way, and when mail goes, with a clock that is set.

use axum::http::Method;
use jiff::civil::date;
use mandate_app::Ctx;
use mandate_app::notifications::tell_of_dates;
use mandate_domain::Instant;
use mandate_testing::{STARTED_AT, TestDb, both_databases, stored_mail};
use mandate_web::{Web, WebSettings, mail_due};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::reach::two;
use crate::seed::{firm, id_of};
use crate::smtp::at_port;

async fn id_of_account(admin: &mut Browser, name: &str) -> String {
    let path = format!("/api/v1/accounts?filter=name:is:{name}");
    admin.get(&path).await.expect(200).value()["rows"][0]["id"].as_str().expect("an id").to_owned()
}

async fn told(who: &mut Browser, topic: &str) -> Vec<String> {
    let path = format!("/api/v1/notifications?topic={topic}&all=true");
    let found = who.get(&path).await.expect(200).value();
    let rows = found["rows"].as_array().expect("rows").clone();
    rows.iter().map(|row| row["text"].as_str().expect("a text").to_owned()).collect()
}

async fn put(who: &mut Browser, path: &str, change: impl FnOnce(&mut Value)) {
    let read = who.get(path).await.expect(200);
    let (tag, mut body) = (read.header("etag").to_owned(), read.value());
    change(&mut body);
    who.send_json(Method::PUT, path, &[("if-match", &tag)], &body).await.expect(200);
}

/// Jonas reads German in Tokyo: 18:00 there when the tests begin. Digest at 8, quiet from 20 to 7.
async fn in_tokyo(jonas: &mut Browser) {
    let me = json!({"display_name": "Jonas Feld", "locale": "de-DE", "time_zone": "Asia/Tokyo", "single_keys": true});
    let tag = jonas.get("/api/v1/me").await.expect(200).header("etag").to_owned();
    jonas.send_json(Method::PUT, "/api/v1/me", &[("if-match", &tag)], &me).await.expect(200);
    put(jonas, "/api/v1/me/notifications", |settings| settings["digest_hour"] = json!(8)).await;
}

async fn mention(who: &mut Browser, account: &str, text: &str) {
    let note = json!({"kind": "account", "record_id": account, "text": format!("@Jonas Feld {text}")});
    who.send_json(Method::POST, "/api/v1/notes", &[], &note).await.expect(201);
}

/// A program that begins anew `hours` after the tests' beginning: how many mails it queues at once.
async fn started_at(db: &TestDb, hours: i64) -> usize {
    let ctx = at(db, hours).with_mail(at_port(9));
    let web = Web::new(ctx, WebSettings::default()).expect("a service");
    mail_due(&web).await.expect("mail")
}

fn at(db: &TestDb, hours: i64) -> Ctx {
    db.ctx_at(STARTED_AT.plus_seconds(hours * 3_600))
}

/// Mail that waits, as subject and text.
async fn mails(db: &TestDb) -> Vec<(String, String)> {
    let far = Instant::from_seconds(4_000_000_000);
    let waiting = stored_mail::list_due(&mut db.read().await, far, 50).await.expect("mail");
    waiting.into_iter().map(|mail| (mail.subject, mail.body)).collect()
}

both_databases! {
    async fn who_gets_an_account_is_told_and_what_is_out_of_reach_is_withheld(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        let other = id_of_account(&mut admin, "OTHER").await;
        let own = id_of_account(&mut admin, "OWN").await;
        let path = format!("/api/v1/accounts/{other}");
        let person = admin.get(&format!("/api/v1/accounts/{own}")).await.expect(200).value()["account_manager"].clone();
        put(&mut admin, &path, |account| { account_fields(account); account["negotiator"] = person; }).await;
        assert_eq!(told(&mut jonas, "assigned").await, ["OTHER is yours now: you negotiate for it"]);
        let page = jonas.get("/notifications").await.expect(200).body;
        assert!(page.contains("OTHER is yours now"), "{page}");
        assert!(page.contains("Notifications, one unread"), "the bell says so");

        put(&mut admin, &path, |account| { account_fields(account); account["negotiator"] = Value::Null; }).await;
        let found = jonas.get("/api/v1/notifications").await.expect(200).value();
        let row = &found["rows"][0];
        assert_eq!((&row["withheld"], &row["record_id"], &row["path"]), (&json!(true), &Value::Null, &Value::Null));
        for page in ["/notifications", "/notifications?show=all", "/api/v1/notifications"] {
            assert!(!jonas.get(page).await.expect(200).body.contains("OTHER"), "{page}");
        }
        let id = row["id"].as_str().expect("an id").to_owned();
        assert_eq!(jonas.post(&format!("/notifications/{id}/open"), &[]).await.expect(303).location(), "/notifications");
        assert_eq!(jonas.get("/api/v1/notifications").await.expect(200).value()["n_unread"], 0);
        admin.post(&format!("/notifications/{id}/read"), &[]).await.expect(404);
        assert_eq!(told(&mut admin, "assigned").await, Vec::<String>::new(), "not who did it");
    }

    async fn reading_one_leads_on_and_reading_all_empties_the_bell(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        let own = id_of_account(&mut admin, "OWN").await;
        for text in ["one", "two", "three"] {
            mention(&mut admin, &own, text).await;
        }
        let found = jonas.get("/api/v1/notifications?topic=mentioned").await.expect(200).value();
        assert_eq!((&found["n_unread"], found["rows"].as_array().unwrap().len()), (&json!(3), 3));
        let id = found["rows"][0]["id"].as_str().unwrap();
        let opened = jonas.post(&format!("/notifications/{id}/open"), &[]).await.expect(303);
        assert_eq!(opened.location(), format!("/accounts/{own}#notes"));
        let of_topic = |topic: &str| json!({ "topic": topic });
        let none = jonas.send_json(Method::POST, "/api/v1/notifications/read-all", &[], &of_topic("date_due")).await;
        assert_eq!(none.expect(200).value()["n_read"], 0);
        let wrong = jonas.send_json(Method::POST, "/api/v1/notifications/read-all", &[], &of_topic("weather")).await;
        assert_eq!(wrong.expect(422).fields(), ["topic"]);
        jonas.post("/notifications/read-all", &[("topic", "")]).await.expect(303);
        assert_eq!(jonas.get("/api/v1/notifications").await.expect(200).value()["n_unread"], 0);
        assert_eq!(told(&mut jonas, "mentioned").await.len(), 3, "they are there still");
        let mut program = jonas.program(&["book:read"]).await;
        program.get("/api/v1/notifications").await.expect(200);
        program.get("/api/v1/me/notifications").await.expect(403);
    }

    async fn settings_are_kept_refused_with_a_reason_and_followed(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        let own = id_of_account(&mut admin, "OWN").await;
        const SETTINGS: &str = "/api/v1/me/notifications";
        let read = jonas.get(SETTINGS).await.expect(200);
        let (tag, settings) = (read.header("etag").to_owned(), read.value());
        assert_eq!((&settings["ways"]["mentioned"], &settings["digest_hour"]), (&json!("mail"), &json!(7)));
        assert_eq!(settings["quiet_hours"], json!({"from": 20, "until": 7}));
        for (fields, change) in [
            (["weather"], json!({"ways": {"weather": "app"}, "digest_hour": 7})),
            (["mentioned"], json!({"ways": {"mentioned": "pigeon"}, "digest_hour": 7})),
            (["digest_hour"], json!({"ways": {}, "digest_hour": 24})),
            (["quiet_from"], json!({"ways": {}, "digest_hour": 7, "quiet_hours": {"from": 8, "until": 8}})),
        ] {
            let refused = jonas.send_json(Method::PUT, SETTINGS, &[("if-match", &tag)], &change).await.expect(422);
            assert_eq!(refused.fields(), fields);
        }
        let off = [("mentioned", "off"), ("assigned", "app"), ("digest_hour", "9"), ("version", "")];
        jonas.post("/settings/notifications", &off).await.expect(303);
        let now = jonas.get(SETTINGS).await.expect(200).value();
        assert_eq!((&now["ways"]["mentioned"], &now["digest_hour"], &now["quiet_hours"]), (&json!("off"), &json!(9), &Value::Null));
        jonas.send_json(Method::PUT, SETTINGS, &[("if-match", &tag)], &settings).await.expect(412);
        jonas.get("/settings/notifications").await.expect(200);
        mention(&mut admin, &own, "quietly").await;
        assert_eq!(told(&mut jonas, "mentioned").await, Vec::<String>::new());
        assert_eq!(jonas.post("/settings/notifications", &[("digest_hour", "99")]).await.status.as_u16(), 422);
    }

    async fn mail_waits_for_the_end_of_quiet_hours_in_the_readers_own_zone(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        in_tokyo(&mut jonas).await;
        let own = id_of_account(&mut admin, "OWN").await;
        // 18:00 in Tokyo: it goes at once, in the language of who gets it, and only once.
        started_at(&db, 0).await;
        let before = mails(&db).await.len();
        mention(&mut admin, &own, "now").await;
        assert_eq!((started_at(&db, 0).await, started_at(&db, 0).await), (1, 0));
        let all = mails(&db).await;
        let (subject, body) = &all[before];
        assert_eq!(subject, "Ada Owner hat Sie in einer Notiz zu OWN erwähnt");
        assert!(body.starts_with("Guten Tag Jonas Feld,") && body.contains(&format!("/accounts/{own}#notes")), "{body}");
        // 20:00 and 06:00 are quiet there; at 07:00 both go in one mail.
        mention(&mut admin, &own, "later").await;
        mention(&mut admin, &own, "later still").await;
        for hours in [2, 6, 12] {
            assert_eq!(started_at(&db, hours).await, 0, "{hours} hours on");
        }
        assert_eq!(started_at(&db, 13).await, 1);
        assert_eq!(mails(&db).await.last().expect("a mail").0, "2 Neuigkeiten für Sie");
        // What was read meanwhile, and what is out of reach by then, goes to nobody.
        mention(&mut admin, &own, "read").await;
        jonas.post("/notifications/read-all", &[]).await.expect(303);
        assert_eq!(started_at(&db, 14).await, 0);
        mention(&mut admin, &own, "gone").await;
        put(&mut admin, &format!("/api/v1/accounts/{own}"), |account| { account_fields(account); account["account_manager"] = Value::Null; }).await;
        let n_mails = mails(&db).await.len();
        assert_eq!(started_at(&db, 15).await, 0);
        assert_eq!(mails(&db).await.len(), n_mails);
    }

    async fn the_digest_goes_once_a_day_at_its_hour_whatever_starts_and_stops(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        in_tokyo(&mut jonas).await;
        let own = id_of_account(&mut admin, "OWN").await;
        put(&mut jonas, "/api/v1/me/notifications", |settings| {
            settings["ways"]["mentioned"] = json!("digest");
            settings["ways"]["assigned"] = json!("digest");
        }).await;
        let digests = async || mails(&db).await.into_iter().filter(|(subject, _)| subject.starts_with("Ihr Tag")).count();
        // The first one of the day on which it was chosen takes what waits.
        mention(&mut admin, &own, "first").await;
        started_at(&db, 0).await;
        let first = digests().await;
        assert_eq!(first, 1, "18:00 is past the hour of today");
        mention(&mut admin, &own, "second").await;
        mention(&mut admin, &own, "third").await;
        assert_eq!(started_at(&db, 1).await, 0, "today's is done");
        assert_eq!(started_at(&db, 13).await, 0, "07:00 of the next day: not yet");
        assert_eq!(started_at(&db, 14).await, 1, "08:00");
        assert_eq!((started_at(&db, 14).await, digests().await), (0, 2));
        assert_eq!(mails(&db).await.last().expect("a mail").0, "Ihr Tag: 2 Neuigkeiten");
        // Three days on which nothing ran lose nothing.
        mention(&mut admin, &own, "fourth").await;
        assert_eq!(started_at(&db, 90).await, 1);
        assert_eq!(started_at(&db, 91).await, 0, "nothing waits, so nothing goes");
    }

    async fn dates_are_told_at_each_step_once(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        let own = id_of_account(&mut admin, "OWN").await;
        // 100 days after the tests' beginning it renews; notice counts until 10 days from now.
        let contract = json!({"title": "<b>Frame</b>", "account": own, "kind": "master", "time_zone": "UTC", "currency": "EUR",
            "starts_on": "2026-01-01", "renews_on": "2027-03-01", "notice_days": 90});
        admin.send_json(Method::POST, "/api/v1/contracts", &[], &contract).await.expect(201);
        let days = |days: i64| at(&db, days * 24);
        assert_eq!(tell_of_dates(&days(0)).await.expect("told"), 2, "180 days of the renewal, 30 of the notice");
        assert_eq!(tell_of_dates(&days(0)).await.expect("told"), 0);
        let mut texts = told(&mut jonas, "date_due").await;
        texts.sort();
        assert_eq!(texts.len(), 2);
        assert!(texts[0].starts_with("<b>Frame</b> renews on") && texts[1].contains("notice counts until"), "{texts:?}");
        assert!(jonas.get("/notifications").await.expect(200).body.contains("&lt;b&gt;Frame&lt;"));
        assert_eq!(tell_of_dates(&days(9)).await.expect("told"), 0, "91 days");
        assert_eq!(tell_of_dates(&days(40)).await.expect("told"), 1, "60 days: the step of 90 was passed meanwhile");
        assert_eq!(tell_of_dates(&days(99)).await.expect("told"), 1, "the step of 30");
        assert_eq!(tell_of_dates(&days(101)).await.expect("told"), 0, "it is past");
        assert_eq!(told(&mut jonas, "date_due").await.len(), 4);
        assert_eq!(told(&mut admin, "date_due").await, Vec::<String>::new(), "only who looks after the account");
        let audit = admin.get("/api/v1/audit?filter=action:is:contract.date_told").await.expect(200).value();
        assert_eq!(audit["n_rows"], 3);
        assert_eq!(STARTED_AT.date_in(&jiff::tz::TimeZone::UTC), date(2026, 11, 21));
    }

    async fn an_import_tells_who_asked_for_it_how_it_ended(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        for (rows, text) in [("G1,Desk", "Your import is done: teams from “teams.csv”"), ("G1,", "Your import failed; nothing was kept: teams from “teams.csv”")] {
            let body = format!("--x\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\nteams\r\n--x\r\nContent-Disposition: form-data; \
                 name=\"file\"; filename=\"teams.csv\"\r\n\r\nexternal_id,name\n{rows}\n\r\n--x--\r\n");
            let headers = [("content-type", "multipart/form-data; boundary=x")];
            let sent = admin.request(Method::POST, "/api/v1/book-imports", &headers, body).await.expect(202);
            crate::book::run_imports(&db).await;
            let found = admin.get("/api/v1/notifications?topic=import_ended").await.expect(200).value();
            let job = sent.header("location").rsplit('/').next().expect("an id").to_owned();
            let rows = found["rows"].as_array().expect("rows");
            let of_job = rows.iter().find(|row| row["record_id"] == job.as_str()).expect("a word of this one");
            assert_eq!((&of_job["text"], &of_job["path"]), (&json!(text), &json!(format!("/import/jobs/{job}"))));
        }
        assert_eq!(told(&mut jonas, "import_ended").await, Vec::<String>::new());
    }

    async fn what_the_client_contests_and_what_waits_for_us_reaches_who_looks_after_the_account(db: TestDb) {
        let mut firm = firm(&db).await;
        let account = id_of("account", 'a');
        let exclusion = firm.id("exclusion a").to_owned();
        let mut client = firm.admin.stranger().as_in(&firm.people["client_administrator a"]);
        let mut manager = firm.admin.stranger().as_in(&firm.people["account_manager"]);
        let mut other = firm.admin.stranger().as_in(&firm.people["manager b"]);
        let name = firm.admin.get(&format!("/api/v1/accounts/{account}")).await.expect(200).value()["name"].clone();
        let name = name.as_str().expect("a name");
        let path = format!("/api/v1/portal/{account}/exclusions/{exclusion}/answer");
        let no = json!({"answer": "refuse", "note": "It was not planned"});
        let answered = client.send_json(Method::POST, &path, &[("if-match", "\"1\"")], &no).await;
        assert!(answered.status.is_success(), "{}", answered.body);
        assert!(told(&mut manager, "contested").await.contains(&format!("{name}: the client refused an exclusion")));
        assert_eq!(told(&mut other, "contested").await, Vec::<String>::new());
        let proposal = json!({"side": "client", "client_person_id": id_of("person", 'a'), "from": "2026-10-11T11:20",
            "until": "2026-10-11T11:50", "ground": "planned_work", "note": "Ours", "clause": ""});
        let path = format!("/api/v1/accounts/{account}/exclusions");
        firm.admin.send_json(Method::POST, &path, &[], &proposal).await.expect(201);
        let asked = told(&mut manager, "decision_asked").await;
        let waits = format!("{name}: an exclusion that the client proposed waits for our answer");
        assert!(asked.contains(&waits), "{asked:?}");
        assert_eq!(told(&mut other, "decision_asked").await.len(), told_of_b(&mut other).await, "nothing of it");
    }
}

/// Tellings of the manager of the other client that are about their own.
async fn told_of_b(other: &mut Browser) -> usize {
    let found = other.get("/api/v1/notifications?topic=decision_asked&all=true").await.expect(200).value();
    let own = format!("/accounts/{}/", id_of("account", 'b'));
    let rows = found["rows"].as_array().expect("rows").clone();
    rows.iter().filter(|row| row["path"].as_str().is_some_and(|path| path.starts_with(&own))).count()
}

/// What a record of the API tells and takes not.
fn account_fields(account: &mut Value) {
    let told: Vec<String> = account
        .as_object()
        .expect("a record")
        .keys()
        .filter(|key| TOLD.contains(&key.as_str()))
        .cloned()
        .collect();
    for field in told {
        account.as_object_mut().expect("a record").remove(&field);
    }
}

const TOLD: [&str; 8] =
    ["id", "version", "demo", "created_at", "updated_at", "deleted_at", "kind", "annual_value_minor"];
