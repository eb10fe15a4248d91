//! What the audit record shows to whom, and earlier values that are given back.

use mandate_app::audit::{account_history, audit_list, show_record};
use mandate_app::book::{self, BookError, RestoreValue, RestoreValueError, restore_value};
use mandate_app::listing::{Filter, ListQuery, Operator};
use mandate_app::lists::show_list;
use mandate_app::{Action, Actor, Ctx, ErrorKind, UseCaseError, Who};
use mandate_domain::Id;
use mandate_domain::book::{Account, Contract, ContractLine, Draft, FieldProblem, Person, Product, Saved};
use mandate_domain::identity::Role;
use mandate_store::audit::{StoredRecord, chain_hash, list_after};
use mandate_store::params;
use mandate_store::reads::Scope;
use mandate_testing::{STARTED_AT, TestDb, both_databases};
use serde_json::json;

use crate::book::{account_draft, cost_for};

async fn add<R: book::Stored>(ctx: &Ctx, draft: Draft) -> Saved<R> {
    book::create(ctx, &Actor::operator(), draft).await.expect("a record")
}

async fn set<R: book::Stored>(ctx: &Ctx, saved: &Saved<R>, field: &str, value: &str) -> Saved<R> {
    let draft = Draft::new().with(field, value);
    book::change(ctx, &Actor::operator(), &saved.id, saved.version, draft).await.expect("a change")
}

/// The newest audit record.
async fn newest(db: &TestDb) -> mandate_store::audit::StoredRecord {
    list_after(&mut db.read().await, 0, 1_000).await.expect("records").pop().expect("a record")
}

/// A record as it was written before what takes a purpose was refused in the open.
async fn insert_old(db: &TestDb, old: &StoredRecord) {
    let sql = "
        INSERT INTO audit_record (seq, at_us, actor_kind, actor_id, actor_name, origin, action, subject_kind, subject_id,
               subject_name, account_id, reason, changes, previous_hash, hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    let values = params![
        old.seq,
        old.at,
        &old.actor_kind,
        old.actor_id.clone(),
        &old.actor_name,
        &old.origin,
        &old.action,
        &old.subject_kind,
        &old.subject_id,
        &old.subject_name,
        old.account_id.clone(),
        old.reason.clone(),
        &old.changes,
        &old.previous_hash,
        &old.hash,
    ];
    let mut tx = db.write().await;
    tx.execute(sql, values).await.expect("an old record");
    db.commit(tx).await;
}

fn wanted(record: &str, field: &str, version: i64) -> RestoreValue {
    RestoreValue { record: record.to_owned(), field: field.to_owned(), version }
}

fn user(role: Role, scope: Scope) -> Actor {
    let id = Id::new(STARTED_AT, 9);
    let who = Who::User { id, name: "Jonas Feld".to_owned(), person_id: None };
    Actor { who, roles: vec![role], scope, ..Actor::operator() }
}

async fn line(ctx: &Ctx) -> (Saved<Account>, Saved<ContractLine>) {
    let account: Saved<Account> = add(ctx, account_draft("A-1", "Brackwell")).await;
    let contract = Draft::new()
        .with("external_id", "C-1")
        .with("account", account.id.as_str())
        .with("kind", "master")
        .with("title", "Service desk")
        .with("time_zone", "Europe/London")
        .with("currency", "GBP")
        .with("starts_on", "2024-04-01");
    let contract: Saved<Contract> = add(ctx, contract).await;
    let product = Draft::new().with("external_id", "T").with("name", "Tickets").with("unit", "ticket");
    let product: Saved<Product> = add(ctx, product).await;
    let line = Draft::new()
        .with("contract", contract.id.as_str())
        .with("product", product.id.as_str())
        .with("annual_volume", "1000")
        .with("unit_price", "12.50")
        .with("unit_cost", "7.25");
    (account, add(ctx, line).await)
}

both_databases! {
    async fn an_earlier_value_is_given_back_by_an_ordinary_save(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let account: Saved<Account> = add(&ctx, account_draft("A-1", "Brackwell")).await;
        let account = set(&ctx, &account, "name", "Brackwell Insurance").await;
        let change = newest(&db).await;
        let account = set(&ctx, &account, "industry", "Insurance").await;
        let done = restore_value(&ctx, &operator, &wanted(&change.hash, "name", account.version)).await.expect("restored");
        assert_eq!((done.version, done.is_changed, done.name.as_str()), (4, true, "Brackwell"));
        let now = book::show(&ctx, &operator, &account.id).await.expect("the account");
        assert_eq!((now.name.as_str(), now.industry.as_str()), ("Brackwell", "Insurance"));
        let record = newest(&db).await;
        assert_eq!(record.action, "account.changed");
        assert_eq!(record.reason.as_deref(), Some(format!("restored from record {}", change.seq).as_str()));
        assert_eq!(record.changes, r#"[{"field":"name","from":"Brackwell Insurance","to":"Brackwell"}]"#);
        let again = restore_value(&ctx, &operator, &wanted(&change.hash, "name", 4)).await.expect("nothing to do");
        assert!(!again.is_changed);
        assert_eq!(newest(&db).await.seq, record.seq, "what is so already is not recorded again");
    }

    async fn a_value_that_was_empty_is_emptied_again(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let account: Saved<Account> = add(&ctx, account_draft("A-1", "Brackwell")).await;
        let account = set(&ctx, &account, "industry", "Insurance").await;
        let seq = newest(&db).await.hash;
        restore_value(&ctx, &operator, &wanted(&seq, "industry", account.version)).await.expect("restored");
        assert_eq!(book::show(&ctx, &operator, &account.id).await.expect("the account").industry, "");
    }

    async fn amounts_dates_and_references_come_back_as_they_were(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let (account, saved) = line(&ctx).await;
        let saved = set(&ctx, &saved, "unit_price", "99.99").await;
        let seq = newest(&db).await.hash;
        restore_value(&ctx, &operator, &wanted(&seq, "unit_price", saved.version)).await.expect("restored");
        assert_eq!(book::show(&ctx, &operator, &saved.id).await.expect("the line").unit_price_minor, 1_250);
        let ours = Draft::new().with("external_id", "P").with("side", "provider").with("name", "Eszter Molnár");
        let ours: Saved<Person> = add(&ctx, ours).await;
        let account = set(&ctx, &account, "account_manager", ours.id.as_str()).await;
        let account = set(&ctx, &account, "account_manager", "").await;
        let seq = newest(&db).await.hash;
        restore_value(&ctx, &operator, &wanted(&seq, "account_manager", account.version)).await.expect("restored");
        let now = book::show(&ctx, &operator, &account.id).await.expect("the account");
        assert_eq!(now.account_manager_id, Some(ours.id));
    }

    async fn a_restore_over_what_was_not_seen_is_refused(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let account: Saved<Account> = add(&ctx, account_draft("A-1", "Brackwell")).await;
        let account = set(&ctx, &account, "name", "Brackwell Insurance").await;
        let seq = newest(&db).await.hash;
        set(&ctx, &account, "name", "Brackwell Group").await;
        let refused = restore_value(&ctx, &operator, &wanted(&seq, "name", account.version)).await.expect_err("stale");
        assert_eq!(refused.kind(), ErrorKind::Stale);
        assert_eq!(book::show(&ctx, &operator, &account.id).await.expect("the account").name, "Brackwell Group");
    }

    async fn a_value_that_is_no_longer_valid_is_refused_by_its_field(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let account: Saved<Account> = add(&ctx, account_draft("A-1", "Brackwell")).await;
        let account = set(&ctx, &account, "external_id", "A-2").await;
        let seq = newest(&db).await.hash;
        add::<Account>(&ctx, account_draft("A-1", "Another")).await;
        let refused = restore_value(&ctx, &operator, &wanted(&seq, "external_id", account.version)).await;
        let refused = refused.expect_err("taken");
        assert_eq!(refused.message().id, "audit-error-no-longer-valid");
        let RestoreValueError::Book(BookError::Fields(problems)) = refused else { panic!("{refused}") };
        assert!(matches!(problems.0[..], [("external_id", FieldProblem::Taken { .. })]), "{problems}");
    }

    async fn a_restore_takes_the_right_to_write_the_scope_and_for_costs_the_right_to_see_them(db: TestDb) {
        let ctx = db.ctx();
        let (account, saved) = line(&ctx).await;
        let saved = set(&ctx, &saved, "unit_cost", "8.00").await;
        let cost = newest(&db).await.hash;
        let saved = set(&ctx, &saved, "annual_volume", "2000").await;
        let volume = newest(&db).await.hash;
        let reader = user(Role::Sponsor, Scope::Everything);
        let refused = restore_value(&ctx, &reader, &wanted(&volume, "annual_volume", saved.version)).await;
        assert_eq!(refused.expect_err("no right").kind(), ErrorKind::Forbidden);
        let stranger = user(Role::AccountManager, Scope::OwnAccounts(Id::new(STARTED_AT, 10)));
        let refused = restore_value(&ctx, &stranger, &wanted(&volume, "annual_volume", saved.version)).await;
        assert_eq!(refused.expect_err("out of scope").kind(), ErrorKind::NotFound);
        let manager = user(Role::AccountManager, Scope::Everything);
        let refused = restore_value(&ctx, &manager, &wanted(&cost, "unit_cost", saved.version)).await;
        assert_eq!(refused.expect_err("no costs").kind(), ErrorKind::Forbidden);
        // The manager's version does not count the cost, which they know nothing of.
        let theirs = book::show(&ctx, &manager, &saved.id).await.expect("the line");
        assert_eq!((theirs.version, saved.version), (2, 3));
        restore_value(&ctx, &manager, &wanted(&volume, "annual_volume", theirs.version)).await.expect("restored");
        let now = book::show(&ctx, &Actor::operator(), &saved.id).await.expect("the line");
        assert_eq!((now.annual_volume, cost_for(&Actor::operator(), &now)), (1_000, Some(800)));
        drop(account);
    }

    async fn what_no_form_keeps_or_was_never_changed_is_not_restored(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let account: Saved<Account> = add(&ctx, account_draft("A-1", "Brackwell")).await;
        let seq = newest(&db).await.hash;
        for (record, field) in [(seq.as_str(), "tier_of_old"), ("no such hash", "name")] {
            let refused = restore_value(&ctx, &operator, &wanted(record, field, account.version)).await;
            assert_eq!(refused.expect_err("no change").kind(), ErrorKind::NotFound, "{field}");
        }
        let mut record = TestDb::record("firm.changed");
        record.changes = mandate_domain::audit::Changes::new().field("idle", None, Some("5".to_owned())).into_vec();
        db.write().await.commit(record).await.expect("a commit");
        let refused = restore_value(&ctx, &operator, &wanted(&newest(&db).await.hash, "idle", 1)).await;
        assert_eq!(refused.expect_err("no form").kind(), ErrorKind::Invalid);
    }

    async fn costs_are_left_out_for_whoever_may_not_see_them(db: TestDb) {
        let ctx = db.ctx();
        let (account, saved) = line(&ctx).await;
        let saved = set(&ctx, &saved, "unit_cost", "8.00").await;
        let change = newest(&db).await;
        assert!(!change.changes.contains("8.00"), "a cost never enters the record");
        let manager = user(Role::AccountManager, Scope::Everything);
        let history = account_history(&ctx, &manager, &account.id, 100).await.expect("a history");
        assert!(history.iter().any(|record| record.changes.contains("unit_price")));
        assert!(history.iter().all(|record| !record.changes.contains("unit_cost")));
        // It told of nothing else, so to them there is no such record.
        assert!(show_record(&ctx, &manager, &change.hash).await.is_err());
        let sponsor = user(Role::Sponsor, Scope::Everything);
        let shown = show_record(&ctx, &sponsor, &change.hash).await.expect("a record");
        assert!(shown.changes[0].is_sealed && shown.changes[0].to.is_none());
        assert!(shown.before.is_some());
        // Restoring a cost takes the right to costs, and finds the value where it is kept apart.
        let operator = Actor::operator();
        restore_value(&ctx, &operator, &wanted(&change.hash, "unit_cost", saved.version)).await.expect("restored");
        assert_eq!(cost_for(&operator, &book::show(&ctx, &operator, &saved.id).await.expect("the line")), Some(725));
        assert!(newest(&db).await.reason.is_some_and(|reason| reason.starts_with("restored from record ")));
    }

    async fn costs_in_records_of_before_they_were_kept_apart_are_left_out_too(db: TestDb) {
        let ctx = db.ctx();
        let (account, saved) = line(&ctx).await;
        let last = newest(&db).await;
        let changes = json!([
            {"field": "unit_cost", "from": "7.77", "to": "8.88"},
            {"field": "annual_volume", "from": "1", "to": "2"},
        ]);
        let mut old = StoredRecord {
            seq: last.seq + 1,
            action: "contract_line.changed".to_owned(),
            subject_kind: "contract_line".to_owned(),
            subject_id: saved.id.to_string(),
            account_id: Some(account.id.to_string()),
            changes: changes.to_string(),
            previous_hash: last.hash.clone(),
            ..last
        };
        old.hash = chain_hash(&old);
        insert_old(&db, &old).await;
        let manager = user(Role::AccountManager, Scope::Everything);
        let shown = show_record(&ctx, &manager, &old.hash).await.expect("a record");
        assert_eq!(shown.changes.iter().map(|change| change.field.as_str()).collect::<Vec<_>>(), ["annual_volume"]);
        let history = account_history(&ctx, &manager, &account.id, 100).await.expect("a history");
        assert!(history.iter().all(|record| !record.changes.contains("8.88")));
        // A token without the right to costs reads the list without them, and cannot filter by them either.
        let sponsor = user(Role::Sponsor, Scope::Everything);
        let token = Actor { token_scopes: Some(vec!["audit:read".to_owned()]), ..sponsor.clone() };
        let query = ListQuery { limit: 50, ..ListQuery::default() };
        for (actor, n_told) in [(&sponsor, 1), (&token, 0)] {
            let def = audit_list(actor);
            let page = show_list(&ctx, actor, Action::ReadAudit, &def, &query).await.expect("a page");
            assert_eq!(page.rows.iter().filter(|row| format!("{:?}", row.cells).contains("8.88")).count(), n_told);
        }
        let values = vec!["x".to_owned()];
        let filters = vec![Filter { field: "changes".to_owned(), operator: Operator::Is, values }];
        let query = ListQuery { filters, ..ListQuery::default() };
        assert!(show_list(&ctx, &sponsor, Action::ReadAudit, &audit_list(&sponsor), &query).await.is_err());
    }

    async fn the_list_finds_readings_and_the_records_of_an_account(db: TestDb) {
        let ctx = db.ctx();
        let (account, _) = line(&ctx).await;
        let subject = mandate_app::ctx::Subject {
            kind: "note", id: "n1", name: "A note", account_id: Some(account.id.as_str()),
        };
        let operator = Actor::operator();
        let record = mandate_app::audit::reading(&ctx, &operator, subject);
        db.write().await.commit(record).await.expect("logged");
        for (field, operator_word, value, n_found) in
            [("reading", Operator::Is, "1", 1), ("reading", Operator::Is, "0", 4), ("account", Operator::Contains, "brackw", 4)]
        {
            let filters = vec![Filter { field: field.to_owned(), operator: operator_word, values: vec![value.to_owned()] }];
            let query = ListQuery { filters, limit: 50, ..ListQuery::default() };
            let page = show_list(&ctx, &operator, Action::ReadAudit, &audit_list(&operator), &query).await.expect("a page");
            assert_eq!(page.rows.len(), n_found, "{field} {value}");
        }
    }
}
