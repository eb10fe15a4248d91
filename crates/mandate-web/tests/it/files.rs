//! Files on records: what is taken and refused, how they are given out, versions, removal, and whose they are.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use mandate_web::WebSettings;
use serde_json::{Value, json};

use crate::browser::{Answer, Browser};
use crate::reach::two;

async fn bring(who: &mut Browser, path: &str, name: &str, content: &str, headers: &[(&str, &str)]) -> Answer {
    let body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{content}\r\n--x--\r\n"
    );
    let headers: Vec<(&str, &str)> = [("content-type", "multipart/form-data; boundary=x")]
        .into_iter()
        .chain(headers.iter().copied())
        .collect();
    who.request(Method::POST, path, &headers, body).await
}

async fn files_of(admin: &mut Browser, account: &str) -> String {
    let path = format!("/api/v1/accounts?filter=name:is:{account}");
    let id = admin.get(&path).await.expect(200).value()["rows"][0]["id"].as_str().expect("an id").to_owned();
    format!("/api/v1/records/account/{id}/files")
}

async fn pieces(db: &TestDb) -> i64 {
    let sql = "SELECT COUNT(*) FROM attachment_piece";
    db.read().await.fetch_one(sql, vec![]).await.expect("a count").int(0).expect("a number")
}

both_databases! {
    async fn a_file_comes_back_as_it_was_and_never_as_a_page(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        let path = files_of(&mut admin, "OWN").await;
        // Longer than one read of pieces on the way out.
        let content = "Stunden;Preis\n".repeat(100_000);
        let made = bring(&mut jonas, &path, "..\\Prices & \u{fc}<b>.csv", &content, &[]).await.expect(201).value();
        assert_eq!((&made["name"], &made["file_version"], &made["file_kind"]), (&json!("Prices & \u{fc}b.csv"), &json!(1), &json!("csv")));
        assert_eq!(made["n_bytes"], content.len());
        let of = made["id"].as_str().expect("an id");
        for address in [format!("/api/v1/files/{of}"), format!("/files/{of}")] {
            let answer = admin.get(&address).await.expect(200);
            assert!(answer.body == content, "{address} came back otherwise");
            assert_eq!(answer.header("content-type"), "text/csv");
            assert_eq!(answer.header("content-disposition"), "attachment; filename*=UTF-8''Prices%20%26%20%C3%BCb%2Ecsv");
            assert_eq!(answer.header("content-security-policy"), "default-src 'none'; sandbox");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
        }
        let page = path.replace("/api/v1", "");
        let shown = admin.get(&page).await.expect(200).body;
        assert!(shown.contains("Prices &amp; \u{fc}b.csv") && shown.contains("1,368 KB"), "{shown}");
        let account = page.replace("/records/account/", "/accounts/").replace("/files", "");
        assert!(admin.get(&account).await.expect(200).body.contains("Prices &amp; \u{fc}b.csv"));
        let sent = bring(&mut jonas, &page, "minutes.txt", "We met.", &[]).await.expect(303);
        assert_eq!(sent.location(), format!("{account}#files"));
    }

    async fn what_a_file_is_called_and_what_it_holds_agree_or_nothing_is_kept(db: TestDb) {
        let (mut admin, _) = two(&db).await;
        let path = files_of(&mut admin, "OWN").await;
        for (name, content, told) in [
            ("offer.pdf", "just words", "ends in \u{201c}pdf\u{201d}, and what is in it is txt"),
            ("page.html", "<script>zqx()</script>", "ends in \u{201c}html\u{201d}"),
            ("offer.txt", "%PDF-1.7", "what is in it is pdf"),
            ("tool.txt", "MZ\u{0}\u{1}", "is of no kind that is kept here"),
            ("all.zip", "PK\u{3}\u{4}rest", "is of no kind that is kept here"),
            ("empty.txt", "", "This file is empty"),
        ] {
            let refused = bring(&mut admin, &path, name, content, &[]).await.expect(422);
            assert_eq!(refused.fields(), ["file"], "{name}");
            assert!(refused.body.contains(told), "{name}: {}", refused.body);
        }
        let page = path.replace("/api/v1", "");
        let refused = bring(&mut admin, &page, "offer.pdf", "just words", &[]).await.expect(422);
        assert!(refused.body.contains("what is in it is txt"), "{}", refused.body);
        bring(&mut admin, &path, "", "nothing chosen", &[]).await.expect(422);
        admin.json(Method::POST, &path, &[], "{}").await.expect(422);
        assert_eq!((admin.get(&path).await.expect(200).value(), pieces(&db).await), (json!([]), 0));
    }

    async fn a_file_that_is_too_long_is_refused_by_its_word_and_by_its_bytes(db: TestDb) {
        let (mut admin, _) = two(&db).await;
        let path = files_of(&mut admin, "OWN").await;
        let declared = bring(&mut admin, &path, "film.txt", "short", &[("content-length", "209715200")]).await.expect(413);
        assert!(declared.body.contains("longer than 25 MB"), "{}", declared.body);
        let settings = WebSettings { largest_attachment: 1 << 20, ..WebSettings::default() };
        let mut strict = Browser::with_settings(&db, settings).as_in(&admin);
        for path in [path.clone(), path.replace("/api/v1", "")] {
            let refused = bring(&mut strict, &path, "long.txt", &"x".repeat((1 << 20) + 1), &[]).await.expect(413);
            assert!(refused.body.contains("longer than 1 MB"), "{}", refused.body);
        }
        bring(&mut strict, &path, "fits.txt", &"x".repeat(1 << 20), &[]).await.expect(201);
        assert_eq!(admin.get(&path).await.expect(200).value().as_array().expect("a list").len(), 1);
    }

    async fn versions_stand_beside_each_other_and_a_removed_one_leaves_its_line(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        let path = files_of(&mut admin, "OWN").await;
        let (mut ids, mut versions) = (vec![], vec![]);
        for content in ["first", "second", "first"] {
            let made = bring(&mut jonas, &path, "Plan.txt", content, &[]).await.expect(201).value();
            ids.push(made["id"].as_str().expect("an id").to_owned());
            versions.push(made["file_version"].clone());
        }
        assert_eq!((versions, pieces(&db).await), (vec![json!(1), json!(2), json!(3)], 2), "the same content once");
        admin.send_json(Method::DELETE, &format!("/api/v1/files/{}", ids[0]), &[], &Value::Null).await.expect(204);
        assert_eq!(jonas.get(&format!("/files/{}", ids[2])).await.expect(200).body, "first", "another has it still");
        jonas.post(&format!("/files/{}/remove", ids[1]), &[]).await.expect(303);
        assert_eq!(pieces(&db).await, 1);
        jonas.get(&format!("/files/{}", ids[1])).await.expect(404);
        jonas.post(&format!("/files/{}/remove", ids[1]), &[]).await.expect(404);
        let all = jonas.get(&path).await.expect(200).value();
        let removed: Vec<&Value> = all.as_array().expect("a list").iter().map(|file| &file["removed_by"]).collect();
        assert_eq!(removed, [&Value::Null, &json!("Jonas Feld"), &json!("Ada Owner")], "the newest version first");
        let audit = admin.get("/api/v1/audit?filter=subject_kind:is:attachment").await.expect(200).value();
        assert_eq!(audit["n_rows"], 5);
    }

    async fn files_are_their_records_readers_and_go_and_come_with_it(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        let (own, other) = (files_of(&mut admin, "OWN").await, files_of(&mut admin, "OTHER").await);
        let made = bring(&mut admin, &other, "theirs.txt", "theirs", &[]).await.expect(201).value();
        let file = format!("/api/v1/files/{}", made["id"].as_str().expect("an id"));
        jonas.get(&file).await.expect(404);
        jonas.get(&other).await.expect(404);
        bring(&mut jonas, &other, "mine.txt", "mine", &[]).await.expect(404);
        jonas.send_json(Method::DELETE, &file, &[], &Value::Null).await.expect(404);
        let mut lead = admin.colleague("lead@firm.example", &["delivery_lead"]).await;
        lead.get(&file).await.expect(200);
        bring(&mut lead, &other, "mine.txt", "mine", &[]).await.expect(403);
        let mut deals = admin.colleague("deals@firm.example", &["negotiator"]).await;
        deals.send_json(Method::DELETE, &file, &[], &Value::Null).await.expect(403);

        let made = bring(&mut jonas, &own, "ours.txt", "ours", &[]).await.expect(201).value();
        let file = format!("/files/{}", made["id"].as_str().expect("an id"));
        let record = own.replace("/records/account/", "/accounts/").replace("/files", "");
        let tag = admin.get(&record).await.expect(200).header("etag").to_owned();
        admin.send_json(Method::DELETE, &record, &[("if-match", &tag)], &Value::Null).await.expect(204);
        jonas.get(&file).await.expect(404);
        admin.json(Method::POST, &format!("{record}/restore"), &[], "").await.expect(200);
        assert_eq!(jonas.get(&file).await.expect(200).body, "ours");
    }
}
