//! The demo book on real databases: loaded whole and once, beside a firm's own only when asked, removed without a trace.

use std::collections::BTreeMap;

use jiff::civil::date;
use mandate_app::demo::{DemoError, DemoOptions, load, remove, status};
use mandate_app::progress::Silent;
use mandate_app::{Actor, UseCaseError, book};
use mandate_domain::Clearance;
use mandate_domain::audit::Origin;
use mandate_domain::book::{
    Account, Acquaintance, Actual, Amendment, CareerStep, Contract, ContractLine, Draft, ExchangeRate,
    Expectation, Expertise, ListPrice, Opportunity, Person, Product, Promise, Stake,
};
use mandate_domain::governance::{Communication, Review};
use mandate_domain::identity::Role;
use mandate_store::audit::{ChainState, verify_chain};
use mandate_store::book::Stored;
use mandate_store::db::dialect;
use mandate_store::reads::Scope;
use mandate_store::{ReadTx, params};
use mandate_testing::{TestDb, both_databases};

/// Everything but the number of events is as in the real demo.
fn small() -> DemoOptions {
    DemoOptions { today: Some(date(2026, 11, 21)), n_events_hint: 9_000, ..DemoOptions::default() }
}

async fn loaded(db: &TestDb) {
    load(&db.ctx(), &Actor::operator(), &small(), &mut Silent).await.expect("a demo book");
}

async fn count(db: &TestDb, table: &str) -> i64 {
    let row = db.read().await.fetch_one(&format!("SELECT COUNT(*) FROM {table}"), vec![]).await;
    row.expect("a count").int(0).expect("a number")
}

/// Rows of every table that is not about the installation itself.
async fn rows_by_table(db: &TestDb) -> BTreeMap<String, i64> {
    let tables = dialect::table_names(&mut db.read().await).await.expect("tables");
    let mut rows = BTreeMap::new();
    for table in tables {
        if !["schema_migration", "audit_record", "setting"].contains(&table.as_str()) {
            let n_rows = count(db, &table).await;
            if n_rows > 0 {
                rows.insert(table, n_rows);
            }
        }
    }
    rows
}

fn administrator() -> Actor {
    Actor { roles: vec![Role::Administrator], origin: Origin::Web, ..Actor::operator() }
}

both_databases! {
    async fn a_demo_book_is_loaded_whole_and_says_so(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let summary = load(&ctx, &operator, &small(), &mut Silent).await.expect("a demo book");
        assert_eq!((summary.n_accounts, summary.n_contracts), (40, 114));
        let counts = status(&ctx, &operator).await.expect("a status");
        assert_eq!((counts.n_accounts, counts.n_own_accounts, counts.n_sources), (40, 0, 1));
        let expected = [
            ("account", 40), ("product", 9), ("line_of_business", 5), ("contract", 114), ("contract_line", 154),
            ("app_user", 24), ("candid_note", 7), ("calendar", 5), ("service_level", 80), ("exclusion", 3), ("service_credit_rule", 3),
        ];
        for (table, n_rows) in expected {
            assert_eq!(count(&db, table).await, n_rows, "{table}");
        }
        for (table, n_rows) in RELATIONS {
            assert_eq!(count(&db, table).await, n_rows, "{table}");
            let unmarked = format!("{table} WHERE demo = 0 OR external_id IS NULL OR external_id NOT LIKE 'demo-%'");
            assert_eq!(count(&db, &unmarked).await, 0, "{table}: not marked");
        }
        assert_eq!(count(&db, "actual_cost").await, count(&db, "actual").await, "what it cost stands apart");
        let cases = i64::try_from(summary.n_cases).expect("a number");
        assert_eq!((counts.n_cases, count(&db, "delivery_case").await), (cases, cases));
        assert_eq!(counts.n_events, i64::try_from(summary.n_events).expect("a number"));
        assert_eq!(count(&db, "account_standing").await, 40);
        assert_eq!(count(&db, "team").await, 25, "every group of the events is a team of the book");
        assert!(count(&db, "kpi_value").await > 1_000);
        let lost = "SELECT COUNT(*) FROM delivery_case WHERE account_id IS NULL OR team_id IS NULL OR target_s IS NULL";
        let row = db.read().await.fetch_one(lost, vec![]).await.expect("a count");
        assert_eq!(row.int(0).expect("a number"), 0, "cases without account, team or target");
        let marked = "SELECT COUNT(*) FROM account WHERE demo = 1 AND account_manager_id IS NOT NULL";
        let row = db.read().await.fetch_one(marked, vec![]).await.expect("a count");
        assert_eq!(row.int(0).expect("a number"), 40);
    }

    async fn relations_of_the_demo_are_as_forms_would_take_them(db: TestDb) {
        loaded(&db).await;
        let mut tx = db.read().await;
        as_a_form_takes_them::<Stake>(&mut tx, "stake").await;
        as_a_form_takes_them::<Expertise>(&mut tx, "expertise").await;
        as_a_form_takes_them::<CareerStep>(&mut tx, "career_step").await;
        as_a_form_takes_them::<Acquaintance>(&mut tx, "acquaintance").await;
        as_a_form_takes_them::<Communication>(&mut tx, "communication").await;
        as_a_form_takes_them::<Review>(&mut tx, "review").await;
        as_a_form_takes_them::<Promise>(&mut tx, "promise").await;
        as_a_form_takes_them::<Expectation>(&mut tx, "expectation").await;
        as_a_form_takes_them::<ListPrice>(&mut tx, "list_price").await;
        as_a_form_takes_them::<ExchangeRate>(&mut tx, "exchange_rate").await;
        as_a_form_takes_them::<Amendment>(&mut tx, "amendment").await;
        as_a_form_takes_them::<Opportunity>(&mut tx, "opportunity").await;
        as_a_form_takes_them::<Actual>(&mut tx, "actual").await;
        as_a_form_takes_them::<Person>(&mut tx, "person").await;
        as_a_form_takes_them::<Account>(&mut tx, "account").await;
    }

    async fn amendments_of_the_demo_leave_contracts_as_they_are_in_force(db: TestDb) {
        loaded(&db).await;
        let today = small().today.expect("a day");
        let open = mandate_store::book::unapplied_amendments(&mut db.read().await, today).await.expect("a list");
        assert!(open.is_empty(), "{open:?}");
        let sql = "SELECT m.title FROM amendment m JOIN contract c ON c.id = m.contract_id
                    WHERE m.applied = 1 AND (COALESCE(m.ends_on, c.ends_on) <> c.ends_on
                       OR COALESCE(m.renews_on, c.renews_on) <> c.renews_on
                       OR COALESCE(m.notice_days, c.notice_days) <> c.notice_days
                       OR COALESCE(m.price_change_on, c.price_change_on) <> c.price_change_on)";
        let differing = db.read().await.fetch_all(sql, vec![]).await.expect("rows").len();
        assert_eq!((count(&db, "amendment WHERE applied = 1").await, differing), (10, 0));
        assert_eq!(count(&db, "amendment WHERE effective_until IS NOT NULL").await, 1, "one holds for a time");
        assert_eq!(count(&db, "account WHERE parent_id IS NOT NULL").await, 2, "two belong to a group");
        assert_eq!(count(&db, "person WHERE left_on IS NOT NULL").await, 7, "seven left");
        assert_eq!(count(&db, "person WHERE successor_id IS NOT NULL").await, 3, "three were followed");
    }

    async fn what_was_arranged_in_the_demo_is_read_from_its_book(db: TestDb) {
        loaded(&db).await;
        let text = |sql: &'static str| {
            let db = &db;
            async move {
                let rows = db.read().await.fetch_all(sql, vec![]).await.expect("rows");
                rows.iter().map(|row| row.text(0).expect("a text")).collect::<Vec<String>>()
            }
        };
        let going = text("SELECT DISTINCT i.matter FROM handover_item i JOIN account a ON a.id = i.account_id
                           WHERE a.external_id = 'demo-tessmar' AND i.state = 'open' ORDER BY 1").await;
        assert_eq!(going, ["account_manager", "introduction", "measure", "works_on"], "what he answers for there; nothing he owes is open");
        assert_eq!(count(&db, "handover_item WHERE account_id NOT IN (SELECT id FROM account WHERE external_id = 'demo-tessmar')").await, 0);
        let to = text("SELECT DISTINCT p.name FROM handover_item i JOIN person p ON p.id = i.to_person_id").await;
        assert_eq!(to, ["Ingrid Falk"]);
        let led = text("SELECT a.name FROM manager_decision d JOIN handover h ON h.id = d.handover_id
                          JOIN account a ON a.id = d.account_id WHERE d.outcome = 'replacement'").await;
        assert_eq!(led, ["Tessmar Chemicals"]);
        let states = text("SELECT state FROM manager_decision ORDER BY state").await;
        assert_eq!(states, ["missed", "open", "open", "reached"]);
        assert_eq!(count(&db, "manager_decision WHERE state <> 'open' AND ending <> '' AND ended_by_name = 'Vera Sandoval'").await, 2);
        assert_eq!(count(&db, "expectation_share s JOIN expectation e ON e.id = s.expectation_id AND e.account_id = s.account_id").await, 8);
        assert_eq!((count(&db, "expectation_share WHERE by_client = 1").await, count(&db, "custom_field WHERE demo = 1").await), (2, 6));
        assert_eq!((count(&db, "custom_value").await, count(&db, "custom_value_cost").await), (27, 3), "a basis of cost stands apart");
        assert_eq!(count(&db, "record_tag").await, 21);
    }

    async fn a_custom_field_of_the_demo_that_the_firm_fills_stays(db: TestDb) {
        loaded(&db).await;
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let own = Draft::new().with("name", "Own").with("time_zone", "Europe/Berlin").with("currency", "EUR");
        book::create::<Account>(&ctx, &operator, own.with("custom.supplier_number", "17")).await.expect("an account");
        remove(&ctx, &operator).await.expect("removed");
        assert_eq!((count(&db, "custom_field").await, count(&db, "custom_field WHERE demo = 0 AND key = 'supplier_number'").await), (1, 1));
    }

    async fn reported_results_and_our_clock_differ_in_some_cases_both_ways(db: TestDb) {
        loaded(&db).await;
        let sql = "SELECT COUNT(*) FROM delivery_case WHERE reported_met = $1 AND clock_outcome = $2 AND differs = 1";
        for (reported, outcome) in [(1, "missed"), (0, "met")] {
            let row = db.read().await.fetch_one(sql, params![reported, outcome]).await.expect("a count");
            assert!(row.int(0).expect("a number") >= 5, "reported {reported}, ours {outcome}");
        }
        let contested = "SELECT COUNT(*) FROM result_review r JOIN delivery_case c ON c.id = r.case_id
                          WHERE r.verdict = 'contested' AND c.differs = 1";
        let row = db.read().await.fetch_one(contested, vec![]).await.expect("a count");
        assert!(row.int(0).expect("a number") <= 1);
    }

    async fn a_demo_that_is_loaded_is_not_loaded_twice(db: TestDb) {
        loaded(&db).await;
        let again = load(&db.ctx(), &Actor::operator(), &small(), &mut Silent).await;
        assert!(matches!(again, Err(DemoError::Loaded { n_accounts: 40 })), "{again:?}");
        assert_eq!(count(&db, "account").await, 40);
    }

    async fn removing_the_demo_leaves_an_empty_book(db: TestDb) {
        let before = rows_by_table(&db).await;
        loaded(&db).await;
        let rows = rows_by_table(&db).await;
        assert!(rows.len() > 40);
        assert!(rows["record_link"] > 3_000, "who took part, and which measures were gone through");
        assert!(RELATIONS.iter().all(|(table, _)| rows.contains_key(*table)));
        let measures = count(&db, "search_entry WHERE kind = 'measure'").await;
        assert_eq!(measures, count(&db, "kpi").await, "each can be found by its name");
        remove(&db.ctx(), &Actor::operator()).await.expect("removed");
        assert_eq!(rows_by_table(&db).await, before);
        assert!(!db.ctx().data_folder().join("events/northmoor-desk").exists(), "its files are gone");
        assert!(matches!(verify_chain(&mut db.read().await).await, Ok(ChainState::Whole { .. })));
        let again = remove(&db.ctx(), &Actor::operator()).await;
        assert!(matches!(again, Err(DemoError::NotLoaded)));
        loaded(&db).await;
    }

    async fn a_demo_stands_beside_a_firms_own_accounts_only_when_asked(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let own = Draft::new().with("name", "Own").with("time_zone", "Europe/Berlin").with("currency", "EUR");
        book::create::<Account>(&ctx, &operator, own).await.expect("an account");
        let refused = load(&ctx, &operator, &small(), &mut Silent).await;
        assert!(matches!(refused, Err(DemoError::OwnAccounts { n_accounts: 1 })), "{refused:?}");
        let beside = DemoOptions { beside_own_accounts: true, ..small() };
        load(&ctx, &operator, &beside, &mut Silent).await.expect("beside it");
        remove(&ctx, &operator).await.expect("removed");
        assert_eq!(count(&db, "account").await, 1);
    }

    async fn what_a_firm_built_on_the_demo_stays_its_own(db: TestDb) {
        loaded(&db).await;
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let id_of = |sql: &'static str| {
            let db = &db;
            async move {
                let row = db.read().await.fetch_one(sql, params!["demo-eszter-molnar"]).await.expect("a row");
                row.text(0).expect("an id")
            }
        };
        let manager = id_of("SELECT id FROM person WHERE external_id = $1").await;
        let product = id_of("SELECT id FROM product WHERE demo = 1 AND $1 <> '' ORDER BY name_sort LIMIT 1").await;
        let own = Draft::new().with("name", "Own").with("time_zone", "Europe/Berlin").with("currency", "EUR");
        let own = book::create::<Account>(&ctx, &operator, own.with("account_manager", &manager)).await.expect("own");
        let contract = Draft::new()
            .with("account", own.id.as_str())
            .with("title", "Own contract")
            .with("time_zone", "Europe/Berlin")
            .with("currency", "EUR")
            .with("starts_on", "2026-01-01");
        let contract = book::create::<Contract>(&ctx, &operator, contract).await.expect("a contract");
        let line = Draft::new()
            .with("contract", contract.id.as_str())
            .with("product", &product)
            .with("annual_volume", "10")
            .with("unit_price", "3.00");
        book::create::<ContractLine>(&ctx, &operator, line).await.expect("a line");
        remove(&ctx, &operator).await.expect("removed");
        let kept = book::show::<Account>(&ctx, &operator, &own.id).await.expect("the firm's own account");
        assert_eq!(kept.account_manager_id, None);
        let product = mandate_domain::Id::<Product>::parse(&product).expect("an id");
        assert!(!book::show::<Product>(&ctx, &operator, &product).await.expect("the product sold").demo);
        assert_eq!(count(&db, "contract_line").await, 1);
        assert_eq!(count(&db, "person").await, 0);
    }

    async fn only_an_administrator_loads_or_removes_the_demo(db: TestDb) {
        let sponsor = Actor { roles: vec![Role::Sponsor], who: someone(), ..administrator() };
        let refused = load(&db.ctx(), &sponsor, &small(), &mut Silent).await.expect_err("refused");
        assert_eq!(refused.kind(), mandate_app::ErrorKind::Forbidden);
        assert!(remove(&db.ctx(), &sponsor).await.is_err());
        assert_eq!(count(&db, "account").await, 0);
    }

    async fn an_account_manager_of_the_demo_sees_her_own_accounts(db: TestDb) {
        loaded(&db).await;
        let mut tx = db.read().await;
        let person = "SELECT id FROM person WHERE external_id = 'demo-eszter-molnar'";
        let id: mandate_domain::Id<Person> =
            tx.fetch_one(person, vec![]).await.expect("a row").id(0).expect("an id");
        let own = "SELECT COUNT(*) FROM account WHERE account_manager_id = $1";
        assert_eq!(tx.fetch_one(own, params![&id]).await.expect("a row").int(0).expect("a number"), 3);
    }
}

/// Rows by table of what the two sides know, say, expect, promise and pay, on the day of [`small`].
const RELATIONS: [(&str, i64); 13] = [
    ("stake", 148),
    ("expertise", 118),
    ("career_step", 63),
    ("acquaintance", 221),
    ("communication", 2_021),
    ("review", 323),
    ("promise", 25),
    ("expectation", 28),
    ("list_price", 108),
    ("exchange_rate", 156),
    ("amendment", 12),
    ("opportunity", 22),
    ("actual", 1_987),
];

/// Every record reads back as it was stored, and a form with its fields would be taken.
async fn as_a_form_takes_them<R: Stored>(tx: &mut ReadTx, table: &str) {
    let rows = tx.fetch_all(&format!("SELECT id FROM {table} ORDER BY id"), vec![]).await.expect("ids");
    assert!(!rows.is_empty(), "{table}");
    for row in rows.iter().take(400) {
        let id: mandate_domain::Id<R> = row.id(0).expect("an id");
        let saved = mandate_store::book::load::<R>(tx, &Scope::Everything, &id)
            .await
            .expect("a read")
            .expect("a record");
        let draft = saved.record.draft(Clearance::EVERYTHING);
        if let Err(problems) = R::parse(&draft) {
            panic!("{table}: {draft:?}: {problems:?}");
        }
    }
}

fn someone() -> mandate_app::Who {
    mandate_app::Who::User {
        id: mandate_domain::Id::new(mandate_testing::STARTED_AT, 5),
        name: "Somebody".to_owned(),
        person_id: None,
    }
}
