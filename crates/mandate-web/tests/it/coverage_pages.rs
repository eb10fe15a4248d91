//! Coverage: the account's matrix and its gaps, the page of a person, the short log, the list of all accounts, and who sees what.

use axum::http::Method;
use mandate_app::Action;
use mandate_app::book::{COUNT_COVERAGE, run_count, schedule_count};
use mandate_app::jobs::{Registry, run_until_idle};
use mandate_testing::{STARTED_AT, TestDb, both_databases};
use serde_json::{Value, json};

use crate::browser::Browser;

async fn made(browser: &mut Browser, path: &str, body: Value) -> String {
    let answer = browser.send_json(Method::POST, &format!("/api/v1/{path}"), &[], &body).await.expect(201);
    answer.value()["id"].as_str().expect("an id").to_owned()
}

/// Days before the tests' day, 21 November 2026.
fn ago(days: i64) -> String {
    let today: jiff::civil::Date = "2026-11-21".parse().expect("a day");
    today.checked_sub(jiff::Span::new().days(days)).expect("a day").to_string()
}

/// The worked example of `docs/methods/coverage.md`, as people would keep it.
struct Brackwell {
    admin: Browser,
    account: String,
    other: String,
    /// Hana, Tom, Ida, Uwe, Lisa.
    client: Vec<String>,
    jonas: String,
    lena: String,
    karl: String,
    elsewhere: String,
}

async fn brackwell(db: &TestDb) -> Brackwell {
    let mut admin = Browser::signed_in(db).await;
    let ours = async |admin: &mut Browser, name: &str| {
        made(admin, "people", json!({"side": "provider", "name": name, "role": "team_member"})).await
    };
    let jonas = ours(&mut admin, "Jonas Feld").await;
    let lena = ours(&mut admin, "Lena Okafor").await;
    let karl = json!({"side": "provider", "name": "Karl Adler", "left_on": ago(52), "successor": lena});
    let karl = made(&mut admin, "people", karl).await;
    let account =
        json!({"name": "Brackwell", "time_zone": "UTC", "currency": "EUR", "account_manager": jonas});
    let account = made(&mut admin, "accounts", account).await;
    let other =
        made(&mut admin, "accounts", json!({"name": "Quillon", "time_zone": "UTC", "currency": "EUR"})).await;
    let mut client = vec![];
    for (name, weight) in
        [("Hana Brandt", 40), ("Tom Reyes", 30), ("Ida Holm", 20), ("Uwe Kern", 10), ("Lisa Voss", 0)]
    {
        let person = json!({"side": "client", "account": account, "name": name, "role": "user"});
        let person = made(&mut admin, "people", person).await;
        if weight > 0 {
            let stake = json!({"person": person, "basis": "decision", "weight": weight, "since": "2025-01-01",
                "reason": format!("{name} decides")});
            made(&mut admin, "stakes", stake).await;
        }
        client.push(person);
    }
    let threads =
        [(0, &lena, 5, 10), (1, &jonas, 4, 90), (1, &lena, 3, 0), (2, &jonas, 2, 180), (3, &karl, 5, 20)];
    for (nth, our_person, strength, days) in threads {
        let known = json!({"client_person": client[nth], "our_person": our_person, "strength": strength,
            "stated_on": "2025-01-01"});
        made(&mut admin, "acquaintances", known).await;
        talked(&mut admin, &account, &[&client[nth], our_person], days, "both").await;
    }
    talked(&mut admin, &account, &[&client[4], &jonas], 0, "both").await;
    let elsewhere = json!({"side": "client", "account": other, "name": "Vera Secret"});
    let elsewhere = made(&mut admin, "people", elsewhere).await;
    let known = json!({"client_person": elsewhere, "our_person": lena, "strength": 5, "stated_on": ago(1)});
    made(&mut admin, "acquaintances", known).await;
    Brackwell { admin, account, other, client, jonas, lena, karl, elsewhere }
}

async fn talked(admin: &mut Browser, account: &str, people: &[&str], days: i64, direction: &str) {
    let talk = json!({"account": account, "title": format!("Talk {days}"), "happened_on": ago(days), "channel": "call",
        "direction": direction, "people": people});
    made(admin, "communications", talk).await;
}

/// Jonas, who sees Brackwell only.
async fn jonas_signed_in(firm: &mut Brackwell) -> Browser {
    let user = json!({"email": "jonas@firm.example", "display_name": "Jonas Feld", "roles": ["account_manager"],
        "person_id": firm.jonas});
    let user = firm.admin.send_json(Method::POST, "/api/v1/users", &[], &user).await.expect(201).value();
    let link =
        user["link"].as_str().expect("a link").split_once("/password/").expect("a secret").1.to_owned();
    let mut jonas = firm.admin.stranger();
    jonas
        .post(&format!("/password/{link}"), &[("password", "another long enough sentence")])
        .await
        .expect(303);
    jonas
}

async fn row_of(browser: &mut Browser, account: &str) -> Value {
    let list = browser.get("/api/v1/coverage").await.expect(200).value();
    let rows = list["rows"].as_array().expect("rows").clone();
    rows.into_iter().find(|row| row["account_id"] == account).unwrap_or(Value::Null)
}

both_databases! {
    async fn a_title_stands_for_a_role_that_says_nothing(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let account = json!({"name": "Alder", "time_zone": "UTC", "currency": "EUR"});
        let account = browser.send_json(Method::POST, "/api/v1/accounts", &[], &account).await.expect(201).value();
        let account = account["id"].as_str().expect("an id").to_owned();
        for (name, role, title) in
            [("Nora Quist", "other", "CFO"), ("Omar Pell", "sponsor", "Chief risk officer"), ("Pia Roth", "other", "")]
        {
            let body = json!({"side": "client", "account": account, "name": name, "role": role, "job_title": title});
            browser.send_json(Method::POST, "/api/v1/people", &[], &body).await.expect(201);
        }
        for path in ["/people".to_owned(), format!("/accounts/{account}/people")] {
            let page = browser.get(&path).await.expect(200).body;
            let row = |name: &str| {
                let mut rows = page.split("<tr role=\"row\"").skip(1).filter_map(|it| it.split("</tr>").next());
                rows.find(|row| row.contains(name)).unwrap_or_else(|| panic!("{path} has no {name}: {page}")).to_owned()
            };
            let cfo = row("Nora Quist");
            assert!(cfo.matches("CFO").count() == 1 && !cfo.contains("Other"), "{path}: {cfo}");
            let sponsor = row("Omar Pell");
            assert!(sponsor.contains("Sponsor") && sponsor.contains("Chief risk officer"), "{path}: {sponsor}");
        }
        let found = browser.get("/api/v1/people?filter=name:is:Nora%20Quist").await.expect(200).value();
        let id = found["rows"][0]["id"].as_str().expect("an id");
        let page = browser.get(&format!("/people/{id}")).await.expect(200).body;
        let head = page.split("<div class=\"ph\">").nth(1).and_then(|it| it.split("</h1>").nth(1)).unwrap_or_default();
        let head = head.split("</p>").next().unwrap_or_default();
        assert!(head.contains("CFO") && !head.contains("Other"), "{head}");
    }

    async fn an_account_tells_who_knows_whom_and_what_is_missing(db: TestDb) {
        let mut firm = brackwell(&db).await;
        let path = format!("/api/v1/accounts/{}/coverage", firm.account);
        let told = firm.admin.get(&path).await.expect(200).value();
        assert_eq!((&told["n_known"], &told["n_people"], &told["stake_covered_bp"]), (&json!(3), &json!(5), &json!(5_000)));
        let of = |field: &str| -> Vec<Value> {
            told["people"].as_array().unwrap().iter().map(|person| person[field].clone()).collect()
        };
        assert_eq!(of("share_bp"), [4_000, 3_000, 2_000, 1_000, 0].map(|bp| json!(bp)));
        assert_eq!(of("cover"), ["single", "covered", "fading", "unknown", "fading"].map(|word| json!(word)));
        assert_eq!(told["single_threads"], json!([firm.client[0]]));
        assert_eq!(told["unknown"], json!([firm.client[3]]));
        assert_eq!(told["without_stake"], json!([firm.client[4]]));
        assert_eq!(told["lost_threads"][0]["our_person_id"], json!(firm.karl));
        assert_eq!(told["people"][1]["threads"][1]["warmth_bp"], 4_000);
        let page = firm.admin.get(&format!("/accounts/{}/people", firm.account)).await.expect(200).body;
        for part in [
            "Jonas Feld knows 3 of 5 people, 50% of the stake.",
            "One single thread; one person is known by nobody of ours.",
            "Hana Brandt hangs on Lena Okafor alone.",
            "Nobody of ours knows Uwe Kern.",
            "Lisa Voss took part in a talk in the last year, and nobody said what they have at stake.",
            "Warm, 5 of 5",
            "Cooling, met",
            "Nobody took over the thread to",
            "No site visit in the last twelve months.",
        ] {
            assert!(page.contains(part), "{part}");
        }
        for href in [
            format!("/accounts/{}/talk?with={}", firm.account, firm.client[3]),
            format!("/acquaintances/new?client_person={}&amp;our_person={}", firm.client[3], firm.jonas),
            format!("/stakes/new?person={}", firm.client[4]),
        ] {
            assert!(page.contains(&href), "{href}");
        }
        for form in ["/acquaintances/new?client_person=", "/stakes/new?person="] {
            let form = firm.admin.get(&format!("{form}{}", firm.client[3])).await.expect(200).body;
            assert!(form.contains(&firm.client[3]), "the form is filled in");
        }
    }

    async fn who_left_stands_out_until_somebody_came_after_them(db: TestDb) {
        let mut firm = brackwell(&db).await;
        let left = [("left_on", ago(3))];
        let edit = format!("/people/{}/edit", firm.client[2]);
        let fields = |more: &[(&'static str, String)]| {
            let mut form = vec![
                ("side", "client".to_owned()), ("account", firm.account.clone()), ("name", "Ida Holm".to_owned()),
                ("role", "user".to_owned()),
            ];
            form.extend(more.iter().cloned());
            form
        };
        let mut form = fields(&left);
        form.push(("version", "1".to_owned()));
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        firm.admin.post(&edit, &form).await.expect(303);
        let people = format!("/accounts/{}/people", firm.account);
        let page = firm.admin.get(&people).await.expect(200).body;
        assert!(page.contains("Nobody came after them.") && page.contains("knows 2 of 4 people"), "{page}");
        let mut form = fields(&left);
        form.extend([("successor", firm.client[1].clone()), ("version", "2".to_owned())]);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        firm.admin.post(&edit, &form).await.expect(303);
        let page = firm.admin.get(&people).await.expect(200).body;
        assert!(page.contains("After them came") && !page.contains("Nobody came after them."));
        let brief = firm.admin.get(&format!("/people/{}", firm.client[2])).await.expect(200).body;
        assert!(brief.contains("They left on") && brief.contains("Tom Reyes"), "{brief}");
    }

    async fn a_talk_is_logged_in_one_small_form_and_leads_back(db: TestDb) {
        let mut firm = brackwell(&db).await;
        let (account, hana) = (firm.account.clone(), firm.client[0].clone());
        let path = format!("/accounts/{account}/talk");
        let form = firm.admin.get(&format!("{path}?with={hana}")).await.expect(200).body;
        assert!(form.contains(&format!("name=\"people\" value=\"{hana}\" checked")), "{form}");
        assert!(!form.contains("Karl Adler"), "who left cannot have been there");
        let sent = [
            ("with", hana.as_str()), ("people", hana.as_str()), ("people", firm.jonas.as_str()), ("channel", "site_visit"),
            ("topic", "relationship"), ("direction", "both"), ("happened_on", "2026-11-21"), ("title", ""),
        ];
        let saved = firm.admin.post(&path, &sent).await.expect(303);
        assert_eq!(saved.location(), format!("/people/{hana}"));
        let page = firm.admin.get(&format!("/people/{hana}")).await.expect(200).body;
        assert!(page.contains("Relationship, Site visit"), "{page}");
        let page = firm.admin.get(&format!("/accounts/{account}/people")).await.expect(200).body;
        assert!(page.contains("knows 4 of 5 people, 90% of the stake") && !page.contains("No site visit in the last"));
        let row = row_of(&mut firm.admin, &account).await;
        assert_eq!(row["stake_covered"], 9_000, "the figures are counted with the write");
        let mut wrong = sent;
        wrong[3].1 = "pigeon";
        let refused = firm.admin.post(&path, &wrong).await.expect(422).body;
        assert!(refused.contains("f-channel") && refused.contains(&format!("value=\"{hana}\" checked")), "{refused}");
        let mut elsewhere = sent;
        elsewhere[1].1 = &firm.elsewhere;
        let refused = firm.admin.post(&path, &elsewhere).await.expect(422).body;
        assert!(refused.contains("f-people"), "somebody of another account");
    }

    async fn the_page_of_a_person_is_what_one_reads_before_a_meeting(db: TestDb) {
        let mut firm = brackwell(&db).await;
        let (account, tom) = (firm.account.clone(), firm.client[1].clone());
        let admin = &mut firm.admin;
        let promise = json!({"account": account, "title": "A second desk", "made_on": ago(40), "made_to": tom, "due_on": ago(2)});
        made(admin, "promises", promise).await;
        let expectation = json!({"account": account, "title": "One voice", "person": tom, "stated_on": ago(40)});
        made(admin, "expectations", expectation).await;
        let review = json!({"account": account, "title": "Autumn review", "held_on": ago(30), "people": [tom], "outcome": "Too slow"});
        made(admin, "reviews", review).await;
        made(admin, "expertise", json!({"person": tom, "area": "process", "topic": "Claims handling", "level": 4})).await;
        made(admin, "career-steps", json!({"person": tom, "position": "Auditor", "employer": "Kern AG", "started_on": "2019-01-01"})).await;
        talked(admin, &account, &[&tom, &firm.jonas], 5, "ours").await;
        let page = admin.get(&format!("/people/{tom}")).await.expect(200).body;
        for part in [
            "User at Brackwell, 30% of the stake.", "A second desk", "One voice", "Autumn review", "Too slow", "Claims handling",
            "Auditor", "Kern AG", "Tom Reyes decides", "Jonas Feld", "Lena Okafor", "Late",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(page.contains(&format!("/accounts/{account}/talk?with={tom}")));
        let brief = admin.get(&format!("/api/v1/people/{tom}/brief")).await.expect(200).value();
        assert_eq!((&brief["share_bp"], &brief["cover"]), (&json!(3_000), &json!("covered")));
        assert_eq!(brief["promises"][0]["title"], "A second desk");
        let jonas = brief["threads"].as_array().unwrap().iter().find(|it| it["person_id"] == json!(firm.jonas)).unwrap();
        assert_eq!(jonas["last_contact"], json!({"we_to_them": ago(5), "they_to_us": ago(90)}), "both ways apart");
        let ours = admin.get(&format!("/people/{}", firm.lena)).await.expect(200).body;
        assert!(ours.contains("Hana Brandt") && ours.contains("Vera Secret") && !ours.contains("/talk?with="), "{ours}");
        admin.get("/people/000000000000000000000000zz").await.expect(404);
    }

    async fn an_account_manager_is_told_of_their_own_accounts_only(db: TestDb) {
        let mut firm = brackwell(&db).await;
        let mut jonas = jonas_signed_in(&mut firm).await;
        let other = firm.other.clone();
        for path in [
            format!("/accounts/{other}/people"), format!("/accounts/{other}/talk"), format!("/api/v1/accounts/{other}/coverage"),
            format!("/people/{}", firm.elsewhere), format!("/api/v1/people/{}/brief", firm.elsewhere),
        ] {
            jonas.get(&path).await.expect(404);
        }
        jonas.post(&format!("/accounts/{other}/talk"), &[("channel", "call")]).await.expect(404);
        assert_eq!(row_of(&mut jonas, &other).await, Value::Null);
        assert_ne!(row_of(&mut firm.admin, &other).await, Value::Null);
        jonas.get(&format!("/accounts/{}/people", firm.account)).await.expect(200);
        // Lena knows somebody out of Jonas's reach, and works there: her page says nothing of it, not even a number.
        let before = jonas.get(&format!("/api/v1/people/{}/brief", firm.lena)).await.expect(200).body;
        let page_before = jonas.get(&format!("/people/{}", firm.lena)).await.expect(200).body;
        assert!(page_before.contains("Hana Brandt") && !page_before.contains("Vera Secret"));
        let lena = firm.lena.clone();
        talked(&mut firm.admin, &other, &[&firm.elsewhere, &lena], 2, "both").await;
        let promise = json!({"account": other, "title": "Hidden promise", "made_on": ago(4), "delivery_owner": lena});
        made(&mut firm.admin, "promises", promise).await;
        let expectation = json!({"account": other, "title": "Hidden wish", "stated_on": ago(4), "manager": lena});
        made(&mut firm.admin, "expectations", expectation).await;
        let path = format!("/accounts/{other}/people");
        firm.admin.post(&path, &[("person", &lena), ("role", "delivery_lead")]).await.expect(303);
        assert_eq!(jonas.get(&format!("/api/v1/people/{lena}/brief")).await.expect(200).body, before);
        let page = jonas.get(&format!("/people/{lena}")).await.expect(200).body;
        assert!(!page.contains("Hidden") && !page.contains("Quillon"), "{page}");
        let all = firm.admin.get(&format!("/people/{lena}")).await.expect(200).body;
        assert!(all.contains("Hidden promise") && all.contains("Hidden wish"));
    }

    async fn the_list_of_all_accounts_is_sorted_filtered_and_taken_out(db: TestDb) {
        let mut firm = brackwell(&db).await;
        firm.admin.allow_exports().await;
        let row = row_of(&mut firm.admin, &firm.account.clone()).await;
        let told = ["stake_covered", "people_covered", "n_single_threads", "n_unknown", "n_without_stake", "n_lost_threads"];
        assert_eq!(told.map(|field| row[field].clone()), [5_000, 6_000, 1, 1, 1, 1].map(|n| json!(n)), "{row}");
        assert_eq!(row["last_contact_on"], json!(ago(0)));
        let page = firm.admin.get("/coverage").await.expect(200).body;
        assert!(page.contains("One account hangs on a single thread.") && page.contains("3 of 5"), "{page}");
        let single = firm.admin.get("/coverage?f=n_single_threads&op=min&v=1").await.expect(200).body;
        assert!(single.contains("Brackwell") && !single.contains("Quillon"));
        let file = firm.admin.get("/coverage.csv?sort=-n_unknown").await.expect(200).body;
        assert_eq!(file.lines().count(), 3, "{file}");
        // Taken back, a talk counts no more.
        let talks = firm.admin.get("/api/v1/communications?filter=title:has:Talk%2010").await.expect(200).value();
        let talk = talks["rows"][0]["id"].as_str().expect("a talk").to_owned();
        firm.admin.post(&format!("/communications/{talk}/trash"), &[]).await.expect(303);
        let row = row_of(&mut firm.admin, &firm.account.clone()).await;
        assert_eq!((&row["n_single_threads"], &row["n_unknown"]), (&json!(0), &json!(2)), "known since 2025, long cold: {row}");
    }

    async fn an_account_without_a_talk_is_no_account_talked_with(db: TestDb) {
        let mut firm = brackwell(&db).await;
        let list = firm.admin.get("/coverage").await.expect(200);
        assert!(list.body.contains("With one, nobody talked for 90 days or more. With one of them no talk is on record."));
        talked(&mut firm.admin, &firm.other, &[&firm.elsewhere], 1, "both").await;
        let list = firm.admin.get("/coverage").await.expect(200);
        assert!(list.body.contains("With every account, somebody talked in the last 90 days."), "{}", list.body);
    }

    async fn an_account_says_what_it_is_part_of_and_a_person_what_they_are(db: TestDb) {
        let mut firm = brackwell(&db).await;
        let part = json!({"external_id": "Q-7", "name": "Quillon Claims", "industry": "Insurance", "parent": firm.other,
            "time_zone": "UTC", "currency": "EUR"});
        let part = made(&mut firm.admin, "accounts", part).await;
        let page = firm.admin.get(&format!("/accounts/{part}")).await.expect(200).body;
        assert!(page.contains(&format!("<a href=\"/accounts/{}\">Quillon</a>", firm.other)));
        assert!(page.contains("<dd>Insurance</dd>") && page.contains("<dd>Q-7</dd>"));
        let chief = json!({"side": "client", "account": part, "name": "Nia Frost", "role": "other", "job_title": "CFO"});
        let chief = made(&mut firm.admin, "people", chief).await;
        assert!(firm.admin.get(&format!("/people/{chief}")).await.expect(200).body.contains("CFO at Quillon Claims."));
        let sums = firm.admin.get("/api/v1/portfolio").await.expect(200).value();
        assert_eq!((&sums["n_accounts"], &sums["n_valued"]), (&json!(3), &json!(0)));
        assert!(firm.admin.get("/portfolio").await.expect(200).body.contains("3 accounts, 3 without an annual value"));
    }

    async fn threads_fade_with_the_days_though_nobody_writes(db: TestDb) {
        let mut firm = brackwell(&db).await;
        assert!(!schedule_count(&db.ctx()).await.expect("a look"), "all figures are of today");
        let later = STARTED_AT.plus_seconds(120 * 86_400);
        let ctx = db.ctx_at(later);
        assert!(schedule_count(&ctx).await.expect("asked"));
        let registry = Registry::new().with(COUNT_COVERAGE, Action::Administer, run_count);
        assert_eq!(run_until_idle(&ctx, &registry).await.expect("run"), 1);
        assert!(!schedule_count(&ctx).await.expect("a look"), "all are counted");
        let row = row_of(&mut firm.admin, &firm.account.clone()).await;
        // Hana: 5 of 5, 130 days old, 39% left: warm yet. Ida and Lisa are cold, Tom hangs on nobody warm.
        assert_eq!((&row["computed_on"], &row["n_unknown"]), (&json!("2027-03-21"), &json!(3)), "{row}");
        assert_eq!(row["n_single_threads"], 1);
    }
}
