//! Notes on records: who reads and writes them, whom they tell, what becomes of them with their record; over API and pages.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use serde_json::{Value, json};

use crate::browser::{Answer, Browser};
use crate::reach::two;

async fn account(admin: &mut Browser, name: &str) -> String {
    let path = format!("/api/v1/accounts?filter=name:is:{name}");
    admin.get(&path).await.expect(200).value()["rows"][0]["id"].as_str().expect("an id").to_owned()
}

async fn write(who: &mut Browser, account: &str, text: &str, tell: &[&str]) -> Answer {
    let note = json!({"kind": "account", "record_id": account, "text": text, "tell": tell});
    who.send_json(Method::POST, "/api/v1/notes", &[], &note).await
}

async fn texts(who: &mut Browser) -> Vec<String> {
    let found = who.get("/api/v1/notes").await.expect(200).value();
    let rows = found["rows"].as_array().expect("rows").clone();
    assert_eq!(found["n_rows"], rows.len());
    rows.iter().map(|row| row["text"].as_str().expect("a text").to_owned()).collect()
}

async fn told(who: &mut Browser) -> Vec<Value> {
    let found = who.get("/api/v1/notifications").await.expect(200).value();
    found["rows"].as_array().expect("rows").clone()
}

/// What stands in the card `id` before its first disclosure, and the disclosure.
fn card<'a>(page: &'a str, id: &str) -> (&'a str, &'a str) {
    let card = page.split(&format!(" id=\"{id}\">")).nth(1).and_then(|it| it.split("</section>").next());
    card.and_then(|it| it.split_once("<details class=\"fold rule\">"))
        .unwrap_or_else(|| panic!("no closed form in {id}: {page}"))
}

both_databases! {
    async fn what_a_record_has_is_shown_and_its_forms_open_when_they_are_asked_for(db: TestDb) {
        let (mut admin, _) = two(&db).await;
        let account = account(&mut admin, "OWN").await;
        let path = format!("/accounts/{account}");
        let page = admin.get(&path).await.expect(200).body;
        for (id, none, add, field) in [
            ("tags", "No tags yet", "Add tags", "name=\"add\""),
            ("notes", "No notes yet", "Add a note", "<textarea"),
            ("files", "No files yet", "Add a file", "type=\"file\""),
        ] {
            let (shown, closed) = card(&page, id);
            assert!(shown.contains(none) && !shown.contains("<textarea") && !shown.contains(" name=\"add\""), "{id}: {shown}");
            assert!(!shown.contains("type=\"file\""), "{id}: {shown}");
            assert!(closed.contains(add) && closed.contains(field), "{id}: {closed}");
        }
        let text = "Their board meets in March.";
        admin.post(&format!("/records/account/{account}/notes"), &[("text", text)]).await.expect(303);
        let page = admin.get(&path).await.expect(200).body;
        assert!(card(&page, "notes").0.contains(text), "what is there stands above the form: {page}");
    }

    async fn who_reads_the_record_reads_its_notes_and_only_the_author_changes_them(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        let own = account(&mut admin, "OWN").await;
        let made = write(&mut admin, &own, "They want it short.\nNo calls on Fridays.", &[]).await.expect(201);
        let path = made.header("location").to_owned();
        assert_eq!((made.header("etag"), made.value()["is_own"].clone()), ("\"1\"", json!(true)));
        assert_eq!(texts(&mut jonas).await, ["They want it short.\nNo calls on Fridays."]);
        assert!(jonas.get(&format!("/accounts/{own}")).await.expect(200).body.contains("No calls on Fridays."));
        assert_eq!(jonas.get(&path).await.expect(200).value()["is_own"], json!(false));

        let change = json!({"text": "They want it short."});
        let if_first = [("if-match", "\"1\"")];
        jonas.send_json(Method::PUT, &path, &if_first, &change).await.expect(403);
        jonas.send_json(Method::DELETE, &path, &if_first, &Value::Null).await.expect(403);
        jonas.get(&format!("{}/edit", path.replace("/api/v1", ""))).await.expect(403);
        let saved = admin.send_json(Method::PUT, &path, &if_first, &change).await.expect(200);
        assert_eq!((saved.header("etag"), saved.value()["text"].clone()), ("\"2\"", json!("They want it short.")));
        let stale = admin.send_json(Method::PUT, &path, &if_first, &json!({"text": "Mine"})).await.expect(412);
        assert_eq!(stale.header("etag"), "\"2\"");
        admin.send_json(Method::DELETE, &path, &[("if-match", "\"2\"")], &Value::Null).await.expect(204);
        admin.get(&path).await.expect(404);
        assert_eq!(texts(&mut admin).await, Vec::<String>::new());
        let audit = admin.get("/api/v1/audit?filter=subject_kind:is:note").await.expect(200).value();
        let rows = audit["rows"].as_array().expect("rows");
        let mut actions: Vec<&str> = rows.iter().filter_map(|row| row["action"].as_str()).collect();
        actions.sort_unstable();
        assert_eq!(actions, ["note.changed", "note.withdrawn", "note.written"]);
    }

    async fn a_mention_tells_its_colleague_once(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        let own = account(&mut admin, "OWN").await;
        let before = told(&mut jonas).await.len();
        let made = write(&mut admin, &own, "Ask @jonas feld, he knows.", &[]).await.expect(201);
        assert_eq!(made.value()["told"], json!(["Jonas Feld"]));
        let news = told(&mut jonas).await;
        assert_eq!(news.len(), before + 1);
        assert_eq!(news[0]["text"], "Ada Owner mentioned you in a note on OWN");
        assert_eq!(news[0]["path"], format!("/accounts/{own}#notes"));
        let path = made.header("location").to_owned();
        let change = json!({"text": "Ask @Jonas Feld. He knows better.", "tell": ["Jonas Feld"]});
        admin.send_json(Method::PUT, &path, &[("if-match", "\"1\"")], &change).await.expect(200);
        assert_eq!(told(&mut jonas).await.len(), before + 1, "not a second time");
        write(&mut jonas, &own, "Done.", &["Ada Owner"]).await.expect(201);
        assert_eq!(told(&mut admin).await[0]["text"], "Jonas Feld mentioned you in a note on OWN");
        write(&mut jonas, &own, "@Jonas Feld: remember", &[]).await.expect(201);
        assert_eq!(told(&mut jonas).await.len(), before + 1, "nobody is told of what they did themselves");
    }

    async fn nobody_is_told_of_what_they_may_not_see(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        let other = account(&mut admin, "OTHER").await;
        let before = told(&mut jonas).await.len();
        let refused = write(&mut admin, &other, "Ask @Jonas Feld", &[]).await.expect(422);
        assert_eq!(refused.fields(), ["text"]);
        assert!(refused.body.contains("Jonas Feld may not see this record"), "{}", refused.body);
        assert_eq!(write(&mut admin, &other, "Ask him", &["Jonas Feld"]).await.expect(422).fields(), ["tell"]);
        let refused = write(&mut admin, &other, "Ask him", &["Nobody Here"]).await.expect(422);
        assert!(refused.body.contains("Nobody here is called Nobody Here"), "{}", refused.body);
        assert_eq!((texts(&mut admin).await.len(), told(&mut jonas).await.len()), (0, before));

        let made = write(&mut admin, &other, "For us alone", &[]).await.expect(201);
        let path = made.header("location").to_owned();
        assert_eq!(texts(&mut jonas).await, Vec::<String>::new());
        jonas.get(&path).await.expect(404);
        jonas.send_json(Method::PUT, &path, &[("if-match", "\"1\"")], &json!({"text": "x"})).await.expect(404);
        write(&mut jonas, &other, "Let me in", &[]).await.expect(404);
        for page in ["notes", "colleagues.json"] {
            jonas.get(&format!("/records/account/{other}/{page}")).await.expect(404);
        }
        let offered = async |who: &mut Browser, account: &str| {
            let path = format!("/api/v1/records/account/{account}/colleagues?q=jonas");
            who.get(&path).await.expect(200).value().as_array().expect("a list").len()
        };
        let own = account(&mut admin, "OWN").await;
        assert_eq!((offered(&mut admin, &own).await, offered(&mut admin, &other).await), (1, 0));
    }

    async fn of_namesakes_the_one_who_may_see_is_meant_or_one_is_chosen(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        let (own, other) = (account(&mut admin, "OWN").await, account(&mut admin, "OTHER").await);
        let user = json!({"email": "second@firm.example", "display_name": "Jonas Feld", "roles": ["sponsor"]});
        let second = admin.send_json(Method::POST, "/api/v1/users", &[], &user).await.expect(201).value()["id"].clone();
        let second = second.as_str().expect("an id");
        write(&mut admin, &other, "@Jonas Feld", &[]).await.expect(201);
        let refused = write(&mut admin, &own, "@Jonas Feld", &[]).await.expect(422);
        assert!(refused.body.contains("Several colleagues are called Jonas Feld"), "{}", refused.body);
        let before = told(&mut jonas).await.len();
        write(&mut admin, &own, "@Jonas Feld", &[second]).await.expect(201);
        assert_eq!(told(&mut jonas).await.len(), before, "the sponsor was meant");
    }

    async fn notes_go_to_the_trash_and_come_back_with_their_record(db: TestDb) {
        let (mut admin, _) = two(&db).await;
        let own = account(&mut admin, "OWN").await;
        let contract = json!({"title": "Frame", "account": own, "kind": "master", "time_zone": "UTC", "currency": "EUR",
            "starts_on": "2026-01-01"});
        let contract = admin.send_json(Method::POST, "/api/v1/contracts", &[], &contract).await.expect(201).value()["id"].clone();
        let note = json!({"kind": "contract", "record_id": contract, "text": "Clause 4 is soft."});
        let made = admin.send_json(Method::POST, "/api/v1/notes", &[], &note).await.expect(201);
        let path = made.header("location").to_owned();
        write(&mut admin, &own, "On the account", &[]).await.expect(201);
        let of_account = format!("/api/v1/notes?filter=account_id:is:{own}");
        assert_eq!(admin.get(&of_account).await.expect(200).value()["n_rows"], 2);
        for (record, kept) in [(format!("/api/v1/contracts/{}", contract.as_str().unwrap()), 1), (format!("/api/v1/accounts/{own}"), 0)] {
            let tag = admin.get(&record).await.expect(200).header("etag").to_owned();
            admin.send_json(Method::DELETE, &record, &[("if-match", &tag)], &Value::Null).await.expect(204);
            assert_eq!(texts(&mut admin).await.len(), kept);
            admin.get(&path).await.expect(404);
            admin.json(Method::POST, &format!("{record}/restore"), &[], "").await.expect(200);
            assert_eq!(texts(&mut admin).await.len(), 2);
            admin.get(&path).await.expect(200);
        }
        admin.allow_exports().await;
        let file = admin.get("/api/v1/exports/notes.csv").await.expect(200).body;
        assert!(file.contains("Clause 4 is soft.") && file.lines().count() == 3, "{file}");
    }

    async fn the_pages_write_change_and_withdraw_without_script_and_run_no_markup(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        let own = account(&mut admin, "OWN").await;
        let form = format!("/records/account/{own}/notes");
        let refused = jonas.post(&form, &[("text", " "), ("tell", "Nobody")]).await.expect(422);
        assert!(refused.body.contains("Nobody here is called Nobody"), "{}", refused.body);
        let typed = [("text", "<script>zqx()</script>\n@Ada Owner"), ("tell", "")];
        let sent = jonas.post(&form, &typed).await.expect(303);
        assert_eq!(sent.location(), format!("/accounts/{own}#notes"));
        for page in [format!("/accounts/{own}"), form.clone()] {
            let body = admin.get(&page).await.expect(200).body;
            assert!(body.contains("&lt;script&gt;zqx()&lt;") && !body.contains("<script>zqx"), "{page}");
            assert!(!body.contains("/edit\">Change"), "{page}: another's note has no buttons");
        }
        let id = admin.get("/api/v1/notes").await.expect(200).value()["rows"][0]["id"].as_str().expect("an id").to_owned();
        jonas.get(&format!("/notes/{id}/edit")).await.expect(200);
        jonas.post(&format!("/notes/{id}/edit"), &[("version", "1"), ("text", "Better")]).await.expect(303);
        jonas.post(&format!("/notes/{id}/edit"), &[("version", "1"), ("text", "Late")]).await.expect(409);
        admin.post(&format!("/notes/{id}/withdraw"), &[("version", "2")]).await.expect(403);
        jonas.post(&format!("/notes/{id}/withdraw"), &[("version", "2")]).await.expect(303);
        assert_eq!(texts(&mut jonas).await, Vec::<String>::new());
    }
}
