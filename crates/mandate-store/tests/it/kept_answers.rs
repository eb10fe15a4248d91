//! Counts and sums that are kept while nothing is written: never an old one, and never another reader's.

use jiff::civil::date;
use mandate_domain::book::{Account, Person, Saved, Side};
use mandate_domain::{Currency, Id};
use mandate_store::book;
use mandate_store::reads::listing::{Filter, ListDef, ListQuery, Operator, count_some, list_page};
use mandate_store::reads::{Scope, book_lists, facts_account};
use mandate_store::{Db, OpenOptions, ReadTx, WriteTx};
use mandate_testing::{STARTED_AT, TestDb, both_databases};

/// The day on which a contract renews or ends, as `reads/turn.rs` writes it.
const TURN: &str = "CASE WHEN (COALESCE(r.renewal, '') = 'ends' OR r.renews_on IS NULL \
    OR (COALESCE(r.renewal, '') = 'automatic' AND r.ends_on IS NOT NULL)) THEN r.ends_on ELSE r.renews_on END";

fn id<T>(kind: u8, number: usize) -> Id<T> {
    Id::new(STARTED_AT, (u128::from(kind) << 64) | number as u128)
}

fn account(number: usize, name: &str, manager: Option<usize>) -> Saved<Account> {
    let account = Account {
        account_manager_id: manager.map(|manager| id(2, manager)),
        annual_value_minor: Some(100),
        ..Account::named(name, "Europe/Vienna", Currency::EUR)
    };
    Saved::new(id(3, number), account, STARTED_AT)
}

async fn insert(tx: &mut WriteTx, accounts: Vec<Saved<Account>>) {
    book::insert_many(tx, &accounts).await.expect("accounts");
}

/// Two managers, two accounts of the first and one of the second; two clients' people of each account.
async fn fill(db: &TestDb) {
    let mut tx = db.write().await;
    let ours =
        (0..2).map(|n| Saved::new(id(2, n), Person::new(Side::Provider, format!("Manager {n}")), STARTED_AT));
    book::insert_many(&mut tx, &ours.collect::<Vec<_>>()).await.expect("our people");
    insert(
        &mut tx,
        vec![account(0, "Alm", Some(0)), account(1, "Alp", Some(0)), account(2, "Berg", Some(1))],
    )
    .await;
    let theirs = (0..6).map(|n| {
        let person =
            Person { account_id: Some(id(3, n / 2)), ..Person::new(Side::Client, format!("Person {n}")) };
        Saved::new(id(5, n), person, STARTED_AT)
    });
    book::insert_many(&mut tx, &theirs.collect::<Vec<_>>()).await.expect("their people");
    db.commit(tx).await;
}

fn accounts() -> ListDef {
    book_lists::accounts(date(2026, 11, 21))
}

fn named(field: &str, value: &str) -> ListQuery {
    let filter =
        Filter { field: field.to_owned(), operator: Operator::Contains, values: vec![value.to_owned()] };
    ListQuery { filters: vec![filter], limit: 1, ..ListQuery::default() }
}

async fn n_of(tx: &mut ReadTx, scope: &Scope, query: &ListQuery) -> i64 {
    count_some(tx, &accounts(), scope, query).await.expect("a count").0
}

async fn sums(tx: &mut ReadTx, scope: &Scope) -> (i64, Vec<(String, i64)>) {
    let sums = facts_account::portfolio_figures(tx, scope).await.expect("sums");
    (sums.n_accounts, sums.annual_values)
}

fn euros(minor: i64) -> Vec<(String, i64)> {
    vec![("EUR".to_owned(), minor)]
}

both_databases! {
    async fn a_count_and_a_sum_follow_every_change(db: TestDb) {
        fill(&db).await;
        let (all, by_name, by_manager) = (ListQuery::default(), named("name", "al"), named("account_manager", "manager 0"));
        for _ in 0..2 {
            let mut tx = db.read().await;
            assert_eq!(sums(&mut tx, &Scope::Everything).await, (3, euros(300)));
            let counted = [&all, &by_name, &by_manager];
            for (query, n) in counted.into_iter().zip([3, 2, 2]) {
                assert_eq!(n_of(&mut tx, &Scope::Everything, query).await, n, "{query:?}");
                let page = list_page(&mut tx, &accounts(), &Scope::Everything, query).await.expect("a page");
                assert_eq!(page.n_rows, n, "{query:?}");
            }
        }
        let mut tx = db.write().await;
        let mut gone = account(0, "Alm", Some(0));
        gone.deleted_at = Some(STARTED_AT);
        book::trash(&mut tx, &gone, STARTED_AT).await.expect("in the trash");
        insert(&mut tx, vec![account(7, "Alster", Some(0)), account(8, "Almond", Some(1))]).await;
        db.commit(tx).await;
        let mut tx = db.read().await;
        assert_eq!(sums(&mut tx, &Scope::Everything).await, (4, euros(400)));
        for (query, n) in [&all, &by_name, &by_manager].into_iter().zip([4, 3, 2]) {
            assert_eq!(n_of(&mut tx, &Scope::Everything, query).await, n, "{query:?}");
        }
    }

    async fn what_another_process_wrote_counts_at_once(db: TestDb) {
        fill(&db).await;
        assert_eq!(n_of(&mut db.read().await, &Scope::Everything, &ListQuery::default()).await, 3);
        let other = Db::open(db.url(), OpenOptions::default()).await.expect("a second opening");
        let mut tx = other.begin_write().await.expect("a write transaction");
        insert(&mut tx, vec![account(9, "Zell", None)]).await;
        tx.commit(TestDb::record("test.written")).await.expect("a commit");
        assert_eq!(n_of(&mut db.read().await, &Scope::Everything, &ListQuery::default()).await, 4);
        assert_eq!(sums(&mut db.read().await, &Scope::Everything).await.0, 4);
        other.close().await;
    }

    async fn a_writer_counts_what_it_wrote_and_nobody_is_told_of_what_was_undone(db: TestDb) {
        fill(&db).await;
        assert_eq!(n_of(&mut db.read().await, &Scope::Everything, &ListQuery::default()).await, 3);
        let mut tx = db.write().await;
        insert(&mut tx, vec![account(9, "Zell", None)]).await;
        assert_eq!(n_of(&mut tx, &Scope::Everything, &ListQuery::default()).await, 4);
        assert_eq!(sums(&mut tx, &Scope::Everything).await.0, 4);
        drop(tx);
        assert_eq!(n_of(&mut db.read().await, &Scope::Everything, &ListQuery::default()).await, 3);
        assert_eq!(sums(&mut db.read().await, &Scope::Everything).await.0, 3);
    }

    async fn who_began_to_read_before_a_change_goes_on_to_count_without_it(db: TestDb) {
        fill(&db).await;
        let mut before = db.read().await;
        assert_eq!(n_of(&mut before, &Scope::Everything, &ListQuery::default()).await, 3);
        let mut tx = db.write().await;
        insert(&mut tx, vec![account(9, "Zell", None)]).await;
        db.commit(tx).await;
        assert_eq!(n_of(&mut db.read().await, &Scope::Everything, &ListQuery::default()).await, 4);
        let by_name = named("name", "zell");
        assert_eq!(n_of(&mut before, &Scope::Everything, &by_name).await, 0);
        assert_eq!(n_of(&mut db.read().await, &Scope::Everything, &by_name).await, 1);
        assert_eq!(n_of(&mut before, &Scope::Everything, &ListQuery::default()).await, 3);
    }

    async fn readers_of_different_accounts_never_get_each_others_answer(db: TestDb) {
        fill(&db).await;
        let scopes = [
            (Scope::Everything, 3), (Scope::OwnAccounts(id(2, 0)), 2), (Scope::OwnAccounts(id(2, 1)), 1),
            (Scope::Organisation(id(3, 1)), 1), (Scope::Nothing, 0),
        ];
        for _ in 0..2 {
            for (scope, n) in &scopes {
                let mut tx = db.read().await;
                assert_eq!(n_of(&mut tx, scope, &ListQuery::default()).await, *n, "{scope:?}");
                assert_eq!(sums(&mut tx, scope).await.0, *n, "{scope:?}");
            }
        }
    }

    async fn people_of_an_account_in_the_trash_are_in_no_list_and_no_count(db: TestDb) {
        fill(&db).await;
        let mut tx = db.write().await;
        let mut gone = account(0, "Alm", Some(0));
        gone.deleted_at = Some(STARTED_AT);
        book::trash(&mut tx, &gone, STARTED_AT).await.expect("in the trash");
        db.commit(tx).await;
        let query = ListQuery { limit: 3, ..ListQuery::default() };
        let page = list_page(&mut db.read().await, &book_lists::people(), &Scope::Everything, &query).await.expect("a page");
        // Two of ours, and two of each account that is still there.
        assert_eq!(page.n_rows, 6);
    }

    async fn an_answer_is_kept_while_the_chain_of_records_is_the_same(db: TestDb) {
        fill(&db).await;
        db.unseal_audit().await;
        assert_eq!(n_of(&mut db.read().await, &Scope::Everything, &ListQuery::default()).await, 3);
        assert_eq!(sums(&mut db.read().await, &Scope::Everything).await.0, 3);
        // The last record made again as it was: a change that the chain does not tell of, as no commit of ours leaves one.
        let mut tx = db.write().await;
        let last = "DELETE FROM audit_record WHERE seq = (SELECT MAX(seq) FROM audit_record)";
        tx.execute(last, vec![]).await.expect("the last record taken away");
        insert(&mut tx, vec![account(9, "Zell", None)]).await;
        db.commit(tx).await;
        assert_eq!(n_of(&mut db.read().await, &Scope::Everything, &ListQuery::default()).await, 3);
        assert_eq!(sums(&mut db.read().await, &Scope::Everything).await.0, 3);
        db.commit(db.write().await).await;
        assert_eq!(n_of(&mut db.read().await, &Scope::Everything, &ListQuery::default()).await, 4);
        assert_eq!(sums(&mut db.read().await, &Scope::Everything).await.0, 4);
    }

    async fn sqlite_finds_sums_counts_and_the_next_turn_of_accounts_by_an_index(db: TestDb) {
        if db.db().is_postgres() {
            return;
        }
        let next = format!("SELECT r.account_id FROM contract r WHERE {TURN} >= '2026-11-21' ORDER BY {TURN} LIMIT 26");
        let of_each = format!("SELECT (SELECT MIN({TURN}) FROM contract r WHERE r.account_id = a.id AND r.deleted_at_us IS NULL AND {TURN} >= '2026-11-21') FROM account a");
        let in_short = "SCAN a USING COVERING INDEX account_in_short";
        for (sql, step) in [
            ("SELECT a.currency, COUNT(*), SUM(a.demo), SUM(COALESCE(a.annual_value_minor, a.contracts_minor)), SUM(a.contracts_elsewhere)
                FROM account a WHERE a.deleted_at_us IS NULL GROUP BY a.currency", in_short),
            ("SELECT COUNT(*) FROM (SELECT 1 FROM account a WHERE a.deleted_at_us IS NULL AND a.industry = 'rail' LIMIT 10001) c", in_short),
            (next.as_str(), "SEARCH r USING INDEX contract_by_turn (<expr>>?)"),
            (of_each.as_str(), "SEARCH r USING COVERING INDEX contract_by_account_turn (account_id=? AND <expr>>?)"),
            ("SELECT MIN(contracts_until) FROM account WHERE contracts_until IS NOT NULL",
                "SEARCH account USING COVERING INDEX account_by_contracts_until (contracts_until>?)"),
        ] {
            let rows = db.read().await.fetch_all(&format!("EXPLAIN QUERY PLAN {sql}"), vec![]).await.expect("a plan");
            let plan: Vec<String> = rows.iter().map(|row| row.text(3).expect("a step")).collect();
            assert!(plan.iter().any(|it| it == step), "{sql}: {plan:?}");
        }
    }
}
