//! A small firm with one of everything an address can name: two clients, each with a manager of ours and people who sign in.
//!
//! The matrix of roles and the firewall tests begin with it. It is made once, over the API as far as there is one, and copied;
//! ids of what is made with SQL are fixed.

use std::collections::BTreeMap;

use axum::http::Method;
use mandate_app::book::import_job::{IMPORT_BOOK, run_book_import};
use mandate_app::facts::import_job::{IMPORT_EVENTS, run_import};
use mandate_app::facts::kpi::{DefinitionDraft, KpiDraft, define_kpi, recompute_values};
use mandate_app::jobs::{Registry, run_until_idle};
use mandate_app::{Action, Actor};
use mandate_domain::book::Account;
use mandate_domain::facts::kpi::KpiScope;
use mandate_domain::{Id, Month};
use mandate_testing::TestDb;
use serde_json::{Value, json};

use crate::browser::{Answer, Browser};
use crate::definitions::{LOG, csv, upload};
use crate::{seed_kept, seed_records};

/// The roles of ours, each with somebody who holds it alone.
pub const PROVIDERS: [&str; 7] = [
    "account_manager",
    "negotiator",
    "product_manager",
    "delivery_lead",
    "sponsor",
    "compensation_administrator",
    "administrator",
];

/// The id of something of organisation `letter` that is made with SQL.
pub fn id_of(what: &str, letter: char) -> String {
    let last = match what {
        "account" => '1',
        "person" => '2',
        "manager" => '3',
        _ => panic!("nothing is called {what}"),
    };
    format!("000000000000000000000000{letter}{last}")
}

/// The firm.
pub struct Firm {
    /// The first administrator, who is an account manager too.
    pub admin: Browser,
    /// By role; clients' people and managers with the letter of their organisation: `client_member a`.
    pub people: BTreeMap<String, Browser>,
    /// Ids by name: `contract a`, `team`, `job`.
    pub ids: BTreeMap<String, String>,
}

impl Firm {
    /// An id, or the name it lacks.
    pub fn id(&self, name: &str) -> &str {
        self.ids.get(name).unwrap_or_else(|| panic!("the firm has no {name}"))
    }

    pub fn keep(&mut self, name: impl Into<String>, id: &Value) {
        let name = name.into();
        let id = id.as_str().unwrap_or_else(|| panic!("{name} has no id")).to_owned();
        self.ids.insert(name, id);
    }

    /// Makes something over the API and keeps its id under `name`.
    pub async fn made(&mut self, name: &str, path: &str, body: Value) {
        let answer = post(&mut self.admin, path, &body).await.expect(201).value();
        self.keep(name, &answer["id"]);
    }
}

pub async fn post(browser: &mut Browser, path: &str, body: &Value) -> Answer {
    browser.send_json(Method::POST, path, &[], body).await
}

async fn rows_of_organisation(db: &TestDb, letter: char, name: &str, team: &str) {
    let (account, person, manager) =
        (id_of("account", letter), id_of("person", letter), id_of("manager", letter));
    let fold = name.to_lowercase();
    let mut tx = db.write().await;
    let book = [
        format!(
            "INSERT INTO person (id, side, account_id, name, name_sort, job_title, role, email, phone, demo, version,
                    created_at_us, updated_at_us)
             VALUES ('{manager}', 'provider', NULL, 'Manager {letter}', 'manager {letter}', '', 'account_manager', '', '', 0, 1, 0, 0)"
        ),
        format!(
            "INSERT INTO account (id, name, name_sort, tier, industry, time_zone, currency, origin, demo, version,
                    created_at_us, updated_at_us, account_manager_id)
             VALUES ('{account}', '{name}', '{fold}', 'key', 'Insurance', 'Europe/Vienna', 'EUR', 'stated', 0, 1, 0, 0, '{manager}')"
        ),
        format!(
            "INSERT INTO person (id, side, account_id, name, name_sort, job_title, role, email, phone, demo, version,
                    created_at_us, updated_at_us)
             VALUES ('{person}', 'client', '{account}', 'Otto of {name}', 'otto of {fold}', 'Head of claims', 'process_owner', '',
                     '', 0, 1, 0, 0)"
        ),
    ];
    for sql in book {
        tx.execute(&sql, vec![]).await.expect("a row");
    }
    for number in 1..=6 {
        tx.execute(&case_sql(letter, number, team), vec![]).await.expect("a case");
    }
    let account: Id<Account> = Id::parse(&account).expect("an id");
    recompute_values(&mut tx, &[(account, Month::parse("2026-10").expect("a month"))])
        .await
        .expect("figures");
    db.commit(tx).await;
}

/// Case `number` of October, `C{letter}-{number}`; the sixth is late.
fn case_sql(letter: char, number: i64, team: &str) -> String {
    let late = number == 6;
    let opened = 1_791_590_400_000_000_i64;
    let reference = format!("C{letter}-{number}");
    let (outcome, seconds) = if late { ("missed", 16_988) } else { ("met", 12_600 + number) };
    format!(
        "INSERT INTO delivery_case (id, source_id, case_ref, account_id, account_ref, team_id, group_ref, priority, category,
                kind, state_class, opened_at_us, last_event_at_us, month, n_events, n_events_flagged, n_events_met,
                n_reopened, n_reassigned, reported_met, clock_outcome, clock_s, target_s, paused_s, closed_hours_s,
                excluded_s, outcome_without_exclusions, response_outcome, response_s, update_outcome, update_s, differs)
         VALUES ('desk:{reference}', 'desk', '{reference}', '{}', '', '{team}', 'Desk', 1, 'Network', 'incident', 'closed', {opened},
                 {}, '2026-10', 3, 3, 3, 0, 1, 1, '{outcome}', {seconds}, 14400, 0, 0, 0, '{outcome}', 'not_measured', 0,
                 'not_measured', 0, {})",
        id_of("account", letter),
        opened + 36_000_000_000,
        i64::from(late),
    )
}

async fn measure(db: &TestDb, account: &str, name: &str) -> String {
    let draft = KpiDraft {
        name: name.to_owned(),
        cadence: "monthly".to_owned(),
        definition: DefinitionDraft {
            clock: "resolution".to_owned(),
            aggregate: "share_within_target".to_owned(),
            direction: "higher".to_owned(),
            target_micro: Some(950_000),
            ..DefinitionDraft::default()
        },
        ..KpiDraft::default()
    };
    let scope = KpiScope::Account(Id::parse(account).expect("an id"));
    define_kpi(&db.ctx(), &Actor::operator(), scope, &draft).await.expect("a measure").id.to_string()
}

/// Somebody of ours, signed in by the link of their invitation.
async fn colleague(firm: &mut Firm, name: &str, roles: &[&str], person: Option<&str>) -> Browser {
    let email = format!("{}@firm.example", name.replace([' ', '_'], "-"));
    let asked = json!({"email": email, "display_name": name, "roles": roles, "person_id": person});
    let made = post(&mut firm.admin, "/api/v1/users", &asked).await.expect(201).value();
    firm.keep(format!("user {name}"), &made["id"]);
    let path = made["link"].as_str().expect("a link").split_once("/password/").expect("a path").1.to_owned();
    let mut other = firm.admin.stranger();
    other
        .post(&format!("/password/{path}"), &[("password", "another long enough sentence")])
        .await
        .expect(303);
    other
}

async fn client(firm: &mut Firm, letter: char, administrator: bool) {
    let account = id_of("account", letter);
    let role = if administrator { "client_administrator" } else { "client_member" };
    let name = format!("{role} {letter}");
    let email = format!("{}@client-{letter}.example", role.replace('_', "-"));
    let asked = json!({"email": email, "name": name, "administrator": administrator, "locale": "en-GB"});
    let path = format!("/api/v1/accounts/{account}/portal/people");
    let made = post(&mut firm.admin, &path, &asked).await.expect(201).value();
    firm.keep(format!("user {name}"), &made["user"]["id"]);
    let link = made["link"].as_str().expect("a link");
    let path = link.split_once("/sign-in/").expect("a path").1.to_owned();
    let mut other = firm.admin.stranger();
    other.post(&format!("/sign-in/{path}"), &[]).await.expect(303);
    firm.people.insert(name, other);
}

/// What was agreed with one organisation, what waits for it and what is said of it.
async fn organisation(db: &TestDb, firm: &mut Firm, letter: char, name: &str) {
    rows_of_organisation(db, letter, name, firm.id("team")).await;
    let (account, person) = (id_of("account", letter), id_of("person", letter));
    let named = |what: &str| format!("{what} {letter}");
    for (what, id) in [("account", &account), ("person", &person)] {
        firm.ids.insert(named(what), id.clone());
    }
    let kpi = measure(db, &account, &format!("Solved in time for {name}")).await;
    firm.ids.insert(named("kpi"), kpi.clone());
    let spare = measure(db, &account, &format!("Abandoned for {name}")).await;
    firm.admin
        .send_json(
            Method::DELETE,
            &format!("/api/v1/measures/{spare}"),
            &[("if-match", "\"1\"")],
            &Value::Null,
        )
        .await
        .expect(204);
    firm.ids.insert(named("kpi trashed"), spare);
    firm.ids.insert(named("case"), format!("desk:C{letter}-6"));
    let contract = json!({"account": account, "kind": "master", "title": format!("Frame of {name}"), "time_zone": "Europe/Vienna",
        "currency": "EUR", "starts_on": "2024-01-01"});
    firm.made(&named("contract"), "/api/v1/contracts", contract.clone()).await;
    firm.made(&named("contract trashed"), "/api/v1/contracts", contract).await;
    let line = json!({"contract": firm.id(&named("contract")), "product": firm.id("product"), "annual_volume": 1000,
        "unit_price": 1250, "unit_cost": 725});
    let mut kept = line.clone();
    kept["external_id"] = json!(format!("L-{letter}"));
    firm.made(&named("line"), "/api/v1/contract-lines", kept).await;
    firm.made(&named("line trashed"), "/api/v1/contract-lines", line).await;
    let trashed = json!({"side": "client", "account": account, "name": format!("Left {name}")});
    firm.made(&named("person trashed"), "/api/v1/people", trashed).await;
    seed_records::of_organisation(firm, letter, name).await;
    let proposal = json!({"side": "provider", "from": "2026-10-10T11:20", "until": "2026-10-10T11:50", "ground": "planned_work",
        "note": format!("Power test at {name}"), "clause": "7.4"});
    firm.made(&named("exclusion"), &format!("/api/v1/accounts/{account}/exclusions"), proposal).await;
    let rule = json!({"measure_id": kpi, "method": "started_periods", "tiers": "1800:160000", "at_risk_cap": "9600.00",
        "monthly_fee": "80000.00", "valid_from": "2026-01", "clause": "9.2"});
    post(&mut firm.admin, &format!("/api/v1/accounts/{account}/credit-rules"), &rule).await.expect(201);
    let credits =
        post(&mut firm.admin, &format!("/api/v1/accounts/{account}/credits"), &json!({"month": "2026-10"}))
            .await
            .expect(200);
    firm.keep(named("credit"), &credits.value()[0]["id"]);
    let step = json!({"wanted": "propose", "reason": "As computed", "client_person_id": person});
    let path = format!("/api/v1/credits/{}/move", firm.id(&named("credit")));
    firm.admin.send_json(Method::POST, &path, &[("if-match", "\"1\"")], &step).await.expect(200);
    let path = format!("/api/v1/accounts/{account}/portal/measures/{kpi}/share");
    post(&mut firm.admin, &path, &json!({"shown": true})).await.expect(204);
    for _ in 0..2 {
        client(firm, letter, firm.people.contains_key(&named("client_member"))).await;
    }
    let path = format!("/api/v1/accounts/{account}/notes");
    post(&mut firm.admin, &path, &json!({"text": format!("They talk to others at {name}")}))
        .await
        .expect(204);
    let notes = firm.admin.get(&path).await.expect(200).value();
    firm.keep(named("note"), &notes[0]["id"]);
    for (kind, path) in [("contract", "contracts"), ("line", "contract-lines"), ("person", "people")] {
        let path = format!("/api/v1/{path}/{}", firm.id(&named(&format!("{kind} trashed"))));
        firm.admin.send_json(Method::DELETE, &path, &[("if-match", "\"1\"")], &Value::Null).await.expect(204);
    }
}

/// A product whose manager writes candid notes, sold to organisation a, and a contract of theirs in another currency.
async fn of_who_writes_notes(firm: &mut Firm) {
    let nora = json!({"side": "provider", "name": "Nora Lindt", "external_id": "NORA"});
    firm.made("our negotiator", "/api/v1/people", nora).await;
    let product = json!({"external_id": "P-2", "name": "Claims", "unit": "claim", "product_manager": "NORA"});
    firm.made("product of the negotiator", "/api/v1/products", product).await;
    let line =
        json!({"contract": firm.id("contract a"), "product": "P-2", "annual_volume": 500, "unit_price": 900});
    firm.made("line of the negotiator", "/api/v1/contract-lines", line).await;
    let yen = json!({"account": id_of("account", 'a'), "kind": "master", "title": "Frame in yen", "external_id": "FRAME-YEN",
        "time_zone": "Asia/Tokyo", "currency": "JPY", "starts_on": "2024-01-01"});
    firm.made("yen a", "/api/v1/contracts", yen).await;
}

/// What belongs to no client: products, teams, an imported log with its calendar and service level, jobs.
async fn of_the_firm(db: &TestDb, firm: &mut Firm) {
    for (name, path, body) in [
        ("line of business", "lines-of-business", json!({"name": "Service"})),
        ("product", "products", json!({"external_id": "P", "name": "Tickets", "unit": "ticket"})),
        ("our person", "people", json!({"side": "provider", "name": "Lukas Kern", "role": "delivery_lead"})),
        ("team", "teams", json!({"name": "Desk", "external_id": "T-1", "lead": "Lukas Kern"})),
    ] {
        firm.made(name, &format!("/api/v1/{path}"), body.clone()).await;
        let mut spare = body;
        if spare.get("external_id").is_some() {
            spare["external_id"] = json!("spare");
        }
        let trashed = format!("{name} trashed");
        firm.made(&trashed, &format!("/api/v1/{path}"), spare).await;
        let path = format!("/api/v1/{path}/{}", firm.id(&trashed));
        firm.admin.send_json(Method::DELETE, &path, &[("if-match", "\"1\"")], &Value::Null).await.expect(204);
    }
    seed_records::of_the_firm(firm).await;
    let sent =
        upload(&mut firm.admin, "/facts/imports", &[("profile", "servicenow")], &csv(LOG)).await.expect(303);
    let job = sent.location().rsplit('/').next().expect("a job").to_owned();
    firm.ids.insert("event job".to_owned(), job);
    let sent = upload(
        &mut firm.admin,
        "/api/v1/book-imports",
        &[("kind", "teams")],
        "external_id,name\nT-9,Desk South\n",
    )
    .await
    .expect(202);
    let path = sent.header("location").to_owned();
    firm.ids.insert("job".to_owned(), path.rsplit('/').next().expect("a job").to_owned());
    let registry = Registry::new().with(IMPORT_EVENTS, Action::Import, run_import).with(
        IMPORT_BOOK,
        Action::Import,
        run_book_import,
    );
    run_until_idle(&db.ctx(), &registry).await.expect("jobs");
    let done = firm.admin.get(&path).await.expect(200).value();
    firm.keep("book batch", &done["result"]["batch_id"]);
    let files = firm.admin.get("/api/v1/imports").await.expect(200).value();
    let rows = files["rows"].as_array().or_else(|| files.as_array()).cloned().unwrap_or_default();
    let of_events = rows
        .iter()
        .find(|it| it["kind"] != "teams" && it["kind"] != "book")
        .unwrap_or_else(|| panic!("{files}"));
    firm.keep("event batch", &of_events["id"]);
    for (name, path) in [("calendar", "calendars"), ("service level", "service-levels")] {
        let all = firm.admin.get(&format!("/api/v1/{path}")).await.expect(200).value();
        let rows = all["rows"].as_array().or_else(|| all.as_array()).cloned().unwrap_or_default();
        firm.keep(name, &rows.first().unwrap_or_else(|| panic!("{all}"))["id"]);
    }
}

/// A webhook with a delivery that was sent, and a spare one. Nothing goes out: tests have no way out but their own.
async fn webhooks(db: &TestDb, firm: &mut Firm) {
    for name in ["webhook", "webhook spare"] {
        let asked = json!({"address": "https://hooks.example/mandate"});
        firm.made(name, "/api/v1/webhooks", asked).await;
    }
    let delivery = "00000000000000000000000wh1";
    let sql = format!(
        "INSERT INTO webhook_delivery (id, endpoint_id, record_hash, event, state, n_tries, next_at_us, created_at_us, ended_at_us)
         VALUES ('{delivery}', '{}', 'nothing', 'account.changed', 'sent', 1, 0, 0, 0)",
        firm.id("webhook")
    );
    let mut tx = db.write().await;
    tx.execute(&sql, vec![]).await.expect("a row");
    db.commit(tx).await;
    firm.ids.insert("delivery".to_owned(), delivery.to_owned());
}

/// A source with a file that was refused for the administrator, and a spare one.
async fn sources(db: &TestDb, firm: &mut Firm) {
    for name in ["import source", "import source spare"] {
        let asked = json!({"name": name, "kind": "teams"});
        firm.made(name, "/api/v1/import-sources", asked).await;
    }
    let arrival = "00000000000000000000000ar1";
    let report =
        r#"{"n_errors":1,"errors":[{"row":2,"column":"name","given":"","detail":"empty","message":{}}]}"#;
    let sql = format!(
        "INSERT INTO import_arrival (id, source_id, owner_id, file_name, n_bytes, state, job_id, read_as, report, came_at_us, ended_at_us)
         VALUES ('{arrival}', '{}', '{}', 'teams.csv', 9, 'refused', '{arrival}', '', '{report}', 0, 0)",
        firm.id("import source"),
        firm.id("user administrator")
    );
    let mut tx = db.write().await;
    tx.execute(&sql, vec![]).await.expect("a row");
    db.commit(tx).await;
    firm.ids.insert("arrival".to_owned(), arrival.to_owned());
}

/// The source of the cases that are made with SQL, and a service level that lies in the trash.
async fn by_sql(db: &TestDb, firm: &mut Firm) {
    const SPARE: &str = "000000000000000000000000s5";
    let level = firm.id("service level").to_owned();
    let statements = [
        "INSERT INTO event_source (id, name, profile, time_zone, time_zone_assumed, note, n_cases, n_events, demo, version,
                created_at_us, updated_at_us)
         VALUES ('desk', 'Desk', 'servicenow', 'UTC', 0, '', 12, 36, 0, 1, 0, 0)"
            .to_owned(),
        format!(
            "INSERT INTO service_level (id, source_id, name, clock_kind, clause, assumed, demo, version, created_at_us,
                    updated_at_us, deleted_at_us)
             SELECT '{SPARE}', 'desk', 'Spare', clock_kind, clause, assumed, demo, 1, 0, 0, 1 FROM service_level WHERE id = '{level}'"
        ),
        format!(
            "INSERT INTO service_level_version (id, service_level_id, valid_from, calendar_id, reopening, retroactive_start,
                    goal_share_bp, created_at_us)
             SELECT '000000000000000000000000v5', '{SPARE}', valid_from, calendar_id, reopening, retroactive_start, goal_share_bp, 0
             FROM service_level_version WHERE service_level_id = '{level}'"
        ),
    ];
    let mut tx = db.write().await;
    for sql in statements {
        tx.execute(&sql, vec![]).await.expect("a row");
    }
    db.commit(tx).await;
    firm.ids.insert("service level trashed".to_owned(), SPARE.to_owned());
}

/// Links that are handed over and not used yet: one to a password, one that signs a client's person in.
async fn links(firm: &mut Firm) {
    let path = format!("/api/v1/users/{}/link", firm.id("user walled"));
    let made = post(&mut firm.admin, &path, &json!({})).await.expect(201).value();
    let link = made["link"].as_str().expect("a link").rsplit('/').next().expect("a secret").to_owned();
    firm.ids.insert("password link".to_owned(), link);
    let asked =
        json!({"email": "new@client-a.example", "name": "New", "administrator": false, "locale": "en-GB"});
    let path = format!("/api/v1/accounts/{}/portal/people", id_of("account", 'a'));
    let made = post(&mut firm.admin, &path, &asked).await.expect(201).value();
    let link = made["link"].as_str().expect("a link").rsplit('/').next().expect("a secret").to_owned();
    firm.ids.insert("sign-in link".to_owned(), link);
}

/// Files that were refused, of those who import: their jobs have failed and their errors can be read.
async fn refused_files(db: &TestDb, firm: &mut Firm) {
    for name in ["account_manager", "administrator"] {
        let Some(mut browser) = firm.people.remove(name) else { continue };
        let bad = "INC1,Waiting for Godot,1,soon,2026-11-16 09:00,2 - High,true,Vienna";
        let sent =
            upload(&mut browser, "/facts/imports", &[("profile", "servicenow")], &csv(bad)).await.expect(303);
        let last = |path: &str| path.rsplit('/').next().expect("an id").to_owned();
        firm.ids.insert(format!("event job {name}"), last(sent.location()));
        let sent =
            upload(&mut browser, "/api/v1/book-imports", &[("kind", "teams")], "external_id,name\nT-2,\n")
                .await
                .expect(202);
        firm.ids.insert(format!("job {name}"), last(sent.header("location")));
        let sent = upload(&mut browser, "/import/book", &[("kind", "teams")], "external_id,name\nT-2,\n")
            .await
            .expect(303);
        firm.ids.insert(format!("bad upload {name}"), last(sent.location()));
        firm.people.insert(name.to_owned(), browser);
    }
    let registry = Registry::new().with(IMPORT_EVENTS, Action::Import, run_import).with(
        IMPORT_BOOK,
        Action::Import,
        run_book_import,
    );
    run_until_idle(&db.ctx(), &registry).await.expect("jobs");
}

/// Two people of a client of one name, and one who was merged into another.
async fn twins(firm: &mut Firm) {
    for name in ["twin one", "twin two", "merged into", "merged"] {
        let person = json!({"side": "client", "account": id_of("account", 'a'), "name": if name.starts_with("twin") { "Ilka Stern" } else { "Jana Roth" }});
        firm.made(name, "/api/v1/people", person).await;
    }
    let merge = json!({"kind": "people", "keep": firm.id("merged into"), "keep_version": 1, "drop": firm.id("merged"), "drop_version": 1});
    firm.made("merge", "/api/v1/merges", merge).await;
}

/// Makes the firm in an empty database.
pub async fn firm(db: &TestDb) -> Firm {
    let mut admin = Browser::signed_in(db).await;
    admin.allow_exports().await;
    let mut firm = Firm { admin, people: BTreeMap::new(), ids: BTreeMap::new() };
    for letter in ['a', 'b'] {
        firm.ids.insert(format!("manager {letter}"), id_of("manager", letter));
    }
    of_the_firm(db, &mut firm).await;
    by_sql(db, &mut firm).await;
    organisation(db, &mut firm, 'a', "Brackwell Insurance").await;
    organisation(db, &mut firm, 'b', "Corwen Logistics").await;
    custom_fields(&mut firm).await;
    let spare = json!({"name": "Gone Freight", "time_zone": "UTC", "currency": "EUR", "account_manager": id_of("manager", 'a')});
    firm.made("account trashed", "/api/v1/accounts", spare).await;
    let path = format!("/api/v1/accounts/{}", firm.id("account trashed"));
    firm.admin.send_json(Method::DELETE, &path, &[("if-match", "\"1\"")], &Value::Null).await.expect(204);
    twins(&mut firm).await;
    of_who_writes_notes(&mut firm).await;
    for role in PROVIDERS {
        let person = match role {
            "account_manager" => Some(id_of("manager", 'a')),
            "negotiator" => Some(firm.id("our negotiator").to_owned()),
            _ => None,
        };
        let browser = colleague(&mut firm, role, &[role], person.as_deref()).await;
        firm.people.insert(role.to_owned(), browser);
    }
    let led = json!({"name": "Desk Two", "external_id": "T-7", "lead": id_of("manager", 'a')});
    firm.made("team of the manager", "/api/v1/teams", led).await;
    let other = colleague(&mut firm, "manager b", &["account_manager"], Some(&id_of("manager", 'b'))).await;
    firm.people.insert("manager b".to_owned(), other);
    // A wall stands where somebody read what is sealed and is to manage a product.
    let mut walled = colleague(&mut firm, "walled", &["negotiator"], None).await;
    walled.get(&format!("/api/v1/accounts/{}/notes", id_of("account", 'a'))).await.expect(200);
    let path = format!("/api/v1/users/{}", firm.id("user walled"));
    let read = firm.admin.get(&path).await.expect(200);
    let tag = read.header("etag").to_owned();
    let fields =
        json!({"display_name": "walled", "roles": ["negotiator", "product_manager"], "active": true});
    firm.admin.send_json(Method::PUT, &path, &[("if-match", &tag)], &fields).await.expect(200);
    // Each names the other, which its own people and its manager do not see.
    for (letter, other) in [('a', 'b'), ('b', 'a')] {
        let path = format!("/accounts/{}/edit", id_of("account", letter));
        let (referred, sponsor) = (id_of("account", other), firm.id(&format!("person {other}")).to_owned());
        let form = [
            ("version", "1"),
            ("industry", "Reinsurance"),
            ("custom.region", "Coast"),
            ("custom.former", "Hills"),
            ("custom.referred", referred.as_str()),
            ("custom.sponsor", sponsor.as_str()),
        ];
        firm.admin.post(&path, &form).await.expect(303);
        let filter = format!("/api/v1/audit?filter=subject_id:is:{}&limit=1", id_of("account", letter));
        let found = firm.admin.get(&filter).await.expect(200).value();
        firm.keep(format!("audit {letter}"), &found["rows"][0]["id"]);
    }
    let retired = format!("/api/v1/custom-fields/{}", firm.id("custom field trashed"));
    firm.admin.send_json(Method::DELETE, &retired, &[("if-match", "\"1\"")], &Value::Null).await.expect(204);
    seed_kept::open_notes(&mut firm).await;
    seed_kept::tags_and_bulk_edits(&mut firm).await;
    rights(&mut firm).await;
    own_things(db, &mut firm).await;
    refused_files(db, &mut firm).await;
    links(&mut firm).await;
    webhooks(db, &mut firm).await;
    sources(db, &mut firm).await;
    firm
}

/// Custom fields of accounts: one to read, one for costs, and one that is retired later, with what accounts hold in it.
async fn custom_fields(firm: &mut Firm) {
    for (name, key, read_for) in [
        ("custom field", "region", "all"),
        ("custom field for costs", "worth", "cost"),
        ("custom field trashed", "former", "all"),
        ("custom field of an account", "referred", "all"),
        ("custom field of a person", "sponsor", "all"),
    ] {
        let kind = match key {
            "worth" => "whole",
            "referred" => "account",
            "sponsor" => "person",
            _ => "text",
        };
        let body = json!({"kind": "account", "key": key, "label": key, "type": kind, "read_for": read_for});
        firm.made(name, "/api/v1/custom-fields", body).await;
    }
}

/// A decision right for each of ours, and a substitute whom they named.
async fn rights(firm: &mut Firm) {
    let names: Vec<String> = firm.people.keys().filter(|name| !name.starts_with("client")).cloned().collect();
    for name in names {
        let right = json!({"holder": "user", "holder_user_id": firm.id(&format!("user {name}")), "kind": "credit",
            "limit": "100", "currency": "EUR", "accounts": "every", "valid_from": "2026-11-01",
            "valid_until": "2027-10-31", "review_on": "2027-04-30", "reason": "Small credits"});
        let made = post(&mut firm.admin, "/api/v1/decision-rights", &right).await.expect(201).value();
        firm.keep(format!("right {name}"), &made["id"]);
        let Some(mut browser) = firm.people.remove(&name) else { continue };
        let away = json!({"substitute_user_id": firm.id("user walled"), "from_on": "2026-11-21", "until_on": "2026-12-01",
            "kinds": ["price"], "reason": "Leave"});
        let made = post(&mut browser, "/api/v1/delegations", &away).await.expect(201).value();
        firm.keep(format!("delegation {name}"), &made["id"]);
        firm.people.insert(name, browser);
    }
}

/// Everybody's own: a token, a passkey, a view, a session, an upload.
async fn own_things(db: &TestDb, firm: &mut Firm) {
    let names: Vec<String> = firm.people.keys().cloned().collect();
    for name in names {
        let Some(mut browser) = firm.people.remove(&name) else { continue };
        let token =
            post(&mut browser, "/api/v1/tokens", &json!({"name": "A program", "scopes": ["profile"]}))
                .await
                .expect(201);
        firm.keep(format!("token {name}"), &token.value()["id"]);
        let me = browser.get("/api/v1/me").await.expect(200).value()["id"].clone();
        let user = me.as_str().expect("an id");
        // A passkey takes a device to make; its id may be its owner's.
        let sql = format!(
            "INSERT INTO passkey (id, user_id, name, credential_id, credential, created_at_us)
             VALUES ('{user}', '{user}', 'Phone', 'key of {user}', '{{}}', 0)"
        );
        let mut tx = db.write().await;
        tx.execute(&sql, vec![]).await.expect("a passkey");
        db.commit(tx).await;
        firm.keep(format!("passkey {name}"), &me);
        let sessions = browser.get("/api/v1/me/sessions").await.expect(200).value();
        let rows = sessions["rows"].as_array().or_else(|| sessions.as_array()).cloned().unwrap_or_default();
        firm.keep(format!("session {name}"), &rows[0]["id"]);
        for kind in ["view", "view trashed"] {
            let view =
                json!({"list": "accounts", "name": format!("My {kind}"), "query": "f=tier&op=is&v=key"});
            let made = post(&mut browser, "/api/v1/views", &view).await;
            if made.status.as_u16() == 201 {
                firm.keep(format!("{kind} {name}"), &made.value()["id"]);
            }
        }
        if let Some(id) = firm.ids.get(&format!("view trashed {name}")).cloned() {
            let path = format!("/api/v1/views/{id}");
            browser
                .send_json(Method::DELETE, &path, &[("if-match", "\"1\"")], &Value::Null)
                .await
                .expect(204);
        }
        if ["account_manager", "administrator"].contains(&name.as_str()) {
            let sent = upload(
                &mut browser,
                "/import/book",
                &[("kind", "teams")],
                "external_id,name\nT-8,Desk West\n",
            )
            .await
            .expect(303);
            let secret = sent.location().rsplit('/').next().expect("a secret").to_owned();
            firm.ids.insert(format!("upload {name}"), secret);
        }
        firm.people.insert(name, browser);
    }
}
