//! The portal: invited, signed in by a link, sees what was shared and nothing else, speaks in one's own name; the preview is the same.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use serde_json::json;

use crate::browser::Browser;
use crate::measures::{ACCOUNT, CLIENT, measured};
use crate::seed::{firm, id_of};
use crate::smtp::at_port;

/// Invites one of the client's people and signs them in by their link.
async fn client(ours: &mut Browser, db: &TestDb, email: &str, administrator: bool) -> Browser {
    let path = format!("/api/v1/accounts/{ACCOUNT}/portal/people");
    let asked =
        json!({"email": email, "name": "Clara Client", "administrator": administrator, "locale": "de-DE"});
    let made = ours.send_json(Method::POST, &path, &[], &asked).await.expect(201).value();
    assert_eq!(made["mailed"], json!(false), "no mail server is set up");
    by_link(db, made["link"].as_str().unwrap()).await
}

async fn by_link(db: &TestDb, link: &str) -> Browser {
    let path =
        link.split_once("/sign-in/link/").map(|(_, secret)| format!("/sign-in/link/{secret}")).unwrap();
    let mut theirs = Browser::new(db);
    assert!(theirs.get(&path).await.expect(200).body.contains("Clara Client"));
    assert_eq!(theirs.post(&path, &[]).await.expect(303).location(), "/portal");
    theirs.get(&path).await.expect(404);
    theirs.post(&path, &[]).await.expect(404);
    theirs
}

async fn shared(ours: &mut Browser, kpi: &str, shown: bool) {
    let path = format!("/api/v1/accounts/{ACCOUNT}/portal/measures/{kpi}/share");
    ours.send_json(Method::POST, &path, &[], &json!({"shown": shown})).await.expect(204);
}

fn portal(rest: &str) -> String {
    format!("/portal/{ACCOUNT}{rest}")
}

both_databases! {
    async fn what_a_client_invites_tells_nothing_of_others_and_who_left_comes_back_without_old_tokens(db: TestDb) {
        let firm = firm(&db).await;
        let account = id_of("account", 'a');
        let mut admin = firm.admin.stranger().as_in(&firm.people["client_administrator a"]);
        let colleagues = format!("/api/v1/portal/{account}/colleagues");
        let asked = |email: &str| json!({"email": email, "name": "Clara Client", "administrator": false, "locale": "en-GB"});
        let own = admin.send_json(Method::POST, &colleagues, &[], &asked("client-member@client-a.example")).await.expect(409);
        assert_eq!(own.value()["type"], "/api/problems/user-error-email-taken", "one of their own");
        for elsewhere in ["client-member@client-b.example", "sponsor@firm.example"] {
            let refused = admin.send_json(Method::POST, &colleagues, &[], &asked(elsewhere)).await.expect(409);
            assert_eq!(refused.value()["type"], "/api/problems/portal-error-not-invited", "{elsewhere}");
            assert!(!refused.body.contains("signs in"), "{}", refused.body);
        }
        for k in 0..40 {
            admin.send_json(Method::POST, &colleagues, &[], &asked("client-member@client-b.example")).await;
            if k == 39 {
                let limited = admin.send_json(Method::POST, &colleagues, &[], &asked("client-member@client-b.example")).await.expect(429);
                assert!(!limited.header("retry-after").is_empty());
            }
        }

        let mut member = firm.admin.stranger().as_in(&firm.people["client_member a"]);
        let mut program = member.program(&["portal:read"]).await;
        program.get(&format!("/api/v1/portal/{account}")).await.expect(200);
        let id = firm.id("user client_member a");
        admin.send_json(Method::POST, &format!("{colleagues}/{id}/remove"), &[], &json!({})).await.expect(204);
        program.get(&format!("/api/v1/portal/{account}")).await.expect(401);
        let mut ours = firm.admin.as_in(&firm.admin);
        let people = format!("/api/v1/accounts/{account}/portal/people");
        let again = ours.send_json(Method::POST, &people, &[], &asked("client-member@client-a.example")).await.expect(201).value();
        assert_eq!(again["user"]["id"], json!(id), "the same user");
        program.get(&format!("/api/v1/portal/{account}")).await.expect(401);

        // Whoever asks for a link voids no invitation, whether mail goes out or not.
        for surroundings in [db.ctx(), db.ctx().with_mail(at_port(9))] {
            let mut stranger = Browser::on(surroundings);
            stranger.post("/sign-in/link", &[("email", "client-member@client-a.example")]).await.expect(200);
        }
        by_link(&db, again["link"].as_str().unwrap()).await;
    }

    async fn a_client_sees_what_was_shared_and_says_so_in_their_own_name(db: TestDb) {
        let mut ours = Browser::signed_in(&db).await;
        let kpi = measured(&db).await;
        let mut theirs = client(&mut ours, &db, "clara@client.example", false).await;
        assert_eq!(theirs.get("/").await.expect(303).location(), "/portal");
        assert_eq!(theirs.get("/portal").await.expect(303).location(), portal(""));
        let before = theirs.get(&portal("")).await.expect(200);
        assert!(before.body.contains("Noch keine Messgrößen") && before.body.contains("lang=\"de\""), "{}", before.body);
        theirs.get(&portal(&format!("/measures/{kpi}"))).await.expect(404);
        let word = [("month", "2026-10"), ("verdict", "agreed")];
        theirs.post(&portal(&format!("/measures/{kpi}/answer")), &word).await.expect(404);

        shared(&mut ours, kpi.as_str(), true).await;
        let first = theirs.get(&format!("/api/v1/portal/{ACCOUNT}")).await.expect(200).value();
        assert_eq!((&first["measures"][0]["id"], &first["n_results_waiting"]), (&json!(kpi), &json!(1)));
        let measure = portal(&format!("/measures/{kpi}"));
        assert!(theirs.get(&measure).await.expect(200).body.contains("Stimmen Sie zu?"));
        let wordless = [("month", "2026-10"), ("verdict", "contested"), ("note", "")];
        theirs.post(&format!("{measure}/answer"), &wordless).await.expect(422);
        let contested = [("month", "2026-10"), ("verdict", "contested"), ("note", "INC-20 was ours")];
        theirs.post(&format!("{measure}/answer"), &contested).await.expect(303);
        assert!(theirs.get(&measure).await.expect(200).body.contains("Clara Client"));
        let told = ours.get(&format!("/accounts/{ACCOUNT}/measures/{kpi}?month=2026-10")).await.expect(200);
        assert!(told.body.contains("INC-20 was ours") && told.body.contains("Clara Client"));

        shared(&mut ours, kpi.as_str(), false).await;
        theirs.get(&measure).await.expect(404);
    }

    async fn a_client_meets_nothing_of_ours_and_nothing_of_others(db: TestDb) {
        let mut ours = Browser::signed_in(&db).await;
        measured(&db).await;
        let mut theirs = client(&mut ours, &db, "clara@client.example", true).await;
        for path in ["/portfolio", "/people", "/contracts", "/search?q=a", "/search.json?q=a", "/audit", "/settings/users", "/facts", "/api/v1/accounts", "/api/v1/search?q=a", &format!("/accounts/{ACCOUNT}"), "/api/v1/exports/accounts.csv"] {
            assert_eq!(theirs.get(path).await.status.as_u16(), 403, "{path}");
        }
        let other = theirs.get("/portal/0000000000000000000000000z").await.expect(404);
        let made = json!({"name": "Other Ltd", "tier": "standard", "industry": "Energy", "time_zone": "UTC", "currency": "EUR"});
        let account = ours.send_json(Method::POST, "/api/v1/accounts", &[], &made).await.expect(201).value();
        let elsewhere = theirs.get(&format!("/portal/{}", account["id"].as_str().unwrap())).await.expect(404);
        let plain = |body: &str| body.lines().filter(|line| !line.contains("generated")).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(plain(&other.body), plain(&elsewhere.body), "there and not there read alike");
        theirs.get("/settings/me").await.expect(200);
    }

    async fn exclusions_and_credits_are_answered_by_the_client_itself(db: TestDb) {
        let mut ours = Browser::signed_in(&db).await;
        measured(&db).await;
        let mut theirs = client(&mut ours, &db, "clara@client.example", false).await;
        let proposal = json!({"side": "provider", "from": "2026-10-10T11:20", "until": "2026-10-10T11:50", "ground": "planned_work", "note": "A planned upgrade"});
        ours.send_json(Method::POST, &format!("/api/v1/accounts/{ACCOUNT}/exclusions"), &[], &proposal).await.expect(201);
        let waiting = theirs.get(&format!("/api/v1/portal/{ACCOUNT}/exclusions")).await.expect(200).value();
        let id = waiting[0]["id"].as_str().unwrap().to_owned();
        assert_eq!((&waiting[0]["waits"], &waiting[0]["state"]), (&json!(true), &json!("proposed")));
        let page = theirs.get(&portal("/exclusions")).await.expect(200);
        assert!(page.body.contains("A planned upgrade") && page.body.contains("Zustimmen"));
        let stale = [("answer", "agree"), ("version", "9")];
        theirs.post(&portal(&format!("/exclusions/{id}/answer")), &stale).await.expect(409);
        let agree = [("answer", "agree"), ("version", "1")];
        theirs.post(&portal(&format!("/exclusions/{id}/answer")), &agree).await.expect(303);
        let now = theirs.get(&format!("/api/v1/portal/{ACCOUNT}/exclusions")).await.expect(200).value();
        assert_eq!((&now[0]["state"], &now[0]["answered"]["side"], &now[0]["answered"]["person"]), (&json!("agreed"), &json!("client"), &json!("Clara Client")));
        assert!(theirs.get(&portal("/credits")).await.expect(200).body.contains("Keine Gutschriften"));
    }

    async fn the_preview_is_the_same_page_and_says_nothing_for_the_client(db: TestDb) {
        let mut ours = Browser::signed_in(&db).await;
        let kpi = measured(&db).await;
        shared(&mut ours, kpi.as_str(), true).await;
        let mut theirs = client(&mut ours, &db, "clara@client.example", false).await;
        for below in ["".to_owned(), format!("/measures/{kpi}"), "/exclusions".to_owned(), "/credits".to_owned()] {
            let seen = theirs.get(&portal(&below)).await.expect(200).body;
            let preview = ours.get(&format!("{}?lang=de", portal(&below))).await.expect(200).body;
            assert_eq!(heard(&seen), heard(&preview), "{below}");
            assert!(preview.contains("In ihrem Namen kann hier nichts gesagt werden."));
        }
        let word = [("month", "2026-10"), ("verdict", "agreed")];
        ours.post(&portal(&format!("/measures/{kpi}/answer")), &word).await.expect(403);
        let invited = [("email", "x@client.example"), ("name", "X"), ("locale", "en-GB")];
        ours.post(&portal("/colleagues"), &invited).await.expect(403);
    }

    async fn the_clients_administrator_invites_and_removes_and_access_ends_at_once(db: TestDb) {
        let mut ours = Browser::signed_in(&db).await;
        measured(&db).await;
        let mut keeper = client(&mut ours, &db, "clara@client.example", true).await;
        let path = format!("/api/v1/portal/{ACCOUNT}/colleagues");
        let asked = json!({"email": "carl@client.example", "name": "Clara Client", "locale": "en-GB"});
        let made = keeper.send_json(Method::POST, &path, &[], &asked).await.expect(201).value();
        keeper.send_json(Method::POST, &path, &[], &asked).await.expect(409);
        let mut carl = by_link(&db, made["link"].as_str().unwrap()).await;
        carl.get(&portal("")).await.expect(200);
        carl.send_json(Method::POST, &path, &[], &json!({"email": "y@client.example", "name": "Y", "locale": "en-GB"})).await.expect(403);
        let id = made["user"]["id"].as_str().unwrap().to_owned();
        keeper.post(&portal(&format!("/colleagues/{id}/remove")), &[]).await.expect(303);
        assert!(carl.get(&portal("")).await.expect(303).location().starts_with("/sign-in"));
        let list = keeper.get(&path).await.expect(200).value();
        let own = list.as_array().unwrap().iter().find(|it| it["email"] == "clara@client.example").unwrap();
        keeper.post(&portal(&format!("/colleagues/{}/remove", own["id"].as_str().unwrap())), &[]).await.expect(409);
        ours.post(&format!("/accounts/{ACCOUNT}/portal/people/{}/remove", own["id"].as_str().unwrap()), &[]).await.expect(303);
        assert!(keeper.get(&portal("")).await.expect(303).location().starts_with("/sign-in"));
    }

    async fn a_link_is_asked_for_alike_by_whoever_asks(db: TestDb) {
        let mut ours = Browser::signed_in(&db).await;
        measured(&db).await;
        client(&mut ours, &db, "clara@client.example", false).await;
        let mut stranger = Browser::new(&db);
        let mut answers = vec![];
        for email in ["clara@client.example", "nobody@client.example", "ada@firm.example", "no address"] {
            answers.push(stranger.post("/sign-in/link", &[("email", email)]).await.expect(200).body);
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    }

    async fn candid_notes_are_read_by_who_faces_the_client_and_told_to_nobody_else(db: TestDb) {
        let mut ours = Browser::signed_in(&db).await;
        measured(&db).await;
        let notes = format!("/accounts/{ACCOUNT}/notes");
        let secret = "Their sponsor leaves in March";
        ours.post(&notes, &[("text", ""), ("person_id", "")]).await.expect(422);
        ours.post(&notes, &[("text", secret), ("person_id", CLIENT)]).await.expect(303);
        assert!(ours.get(&notes).await.expect(200).body.contains(secret));
        let mut theirs = client(&mut ours, &db, "clara@client.example", true).await;
        let mut product = ours.colleague("pm@firm.example", &["product_manager"]).await;
        let mut both = ours.colleague("hats@firm.example", &["account_manager", "product_manager"]).await;
        let mut lead = ours.colleague("lead@firm.example", &["delivery_lead"]).await;
        for low in [&mut theirs, &mut product, &mut both, &mut lead] {
            low.get(&notes).await.expect(403);
            low.get(&format!("/api/v1/accounts/{ACCOUNT}/notes")).await.expect(403);
        }
        for low in [&mut product, &mut lead] {
            for path in [format!("/accounts/{ACCOUNT}"), format!("/accounts/{ACCOUNT}/history"), format!("/api/v1/accounts/{ACCOUNT}/history"), "/search?q=sponsor".to_owned()] {
                let told = low.get(&path).await.expect(200).body;
                assert!(!told.contains(secret) && !told.contains("candid"), "{path}: {told}");
            }
        }
        let mut program = ours.program(&["book:read", "candid:read"]).await;
        program.get(&format!("/api/v1/accounts/{ACCOUNT}/notes")).await.expect(403);
        let audit = ours.get("/api/v1/audit").await.expect(200).body;
        assert!(audit.contains("candid_note.read") && !audit.contains(secret));
    }

    async fn whoever_read_a_note_is_no_product_manager_until_two_others_sign(db: TestDb) {
        let mut ada = Browser::signed_in(&db).await;
        measured(&db).await;
        let mut ben = ada.colleague("ben@firm.example", &["sponsor"]).await;
        let cleo = ada.colleague("cleo@firm.example", &["sponsor"]).await;
        let mut dora = ada.colleague("dora@firm.example", &["sponsor"]).await;
        dora.get(&format!("/accounts/{ACCOUNT}/notes")).await.expect(200);
        let users = ada.get("/api/v1/users").await.expect(200).value();
        let all = users["rows"].as_array().unwrap();
        let id = all.iter().find(|it| it["email"] == "dora@firm.example").unwrap()["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/users/{id}");
        let read = ada.get(&path).await.expect(200);
        let moved = json!({"display_name": read.value()["display_name"], "roles": ["product_manager"], "active": true});
        let tag = read.header("etag").to_owned();
        ada.send_json(Method::PUT, &path, &[("if-match", &tag)], &moved).await.expect(200);
        dora.get("/portfolio").await.expect(403);
        dora.get(&format!("/accounts/{ACCOUNT}/notes")).await.expect(403);
        let reason = json!({"reason": "A year has passed"});
        let sign = format!("/api/v1/walls/{id}/sign");
        ben.send_json(Method::POST, &sign, &[], &json!({"reason": ""})).await.expect(422);
        // The test's clock stands still, and a signature counts only after the reading; ids come from the instant.
        let later = mandate_testing::STARTED_AT.plus_seconds(60);
        let (mut ben, mut dora) = (ben.at(&db, later), dora.at(&db, later));
        let mut cleo = cleo.at(&db, later.plus_seconds(1));
        ben.send_json(Method::POST, &sign, &[], &reason).await.expect(204);
        ben.send_json(Method::POST, &sign, &[], &reason).await.expect(409);
        dora.get("/portfolio").await.expect(403);
        cleo.send_json(Method::POST, &sign, &[], &reason).await.expect(204);
        dora.get("/portfolio").await.expect(200);
        dora.get(&format!("/accounts/{ACCOUNT}/notes")).await.expect(403);
    }
}

/// What a page says between its head and its foot, without what only answers have: buttons of the client, the notice of a preview.
fn heard(body: &str) -> String {
    let main = body.split_once("<main").unwrap().1.split_once("</main>").unwrap().0;
    let main = main.replace("?lang=de", "");
    let mut heard = String::new();
    let mut rest = main.as_str();
    while let Some((before, after)) = rest.split_once("<form") {
        heard.push_str(before);
        rest = after.split_once("</form>").unwrap().1;
    }
    heard.push_str(rest);
    let notice =
        "Die Leute des Kunden können hier zustimmen oder widersprechen. In dieser Vorschau kann es niemand.";
    let text: String = heard
        .replace(notice, "")
        .split('<')
        .map(|part| part.split_once('>').map_or(part, |it| it.1))
        .collect();
    let without_foot =
        text.lines().filter(|line| !line.contains("Stand") && !line.contains(" · ") || line.contains('%'));
    without_foot.map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}
