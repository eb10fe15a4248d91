//! Orders and names that another table has: the same pages as row by row, on the way from the other table.

use jiff::civil::{Date, date};
use mandate_domain::book::{
    Account, Contract, ContractKind, Person, PersonRole, Record, Renewal, Saved, Side, Team,
};
use mandate_domain::{Currency, Id};
use mandate_store::book::{self, Stored};
use mandate_store::reads::listing::{
    Filter, ListDef, ListQuery, Operator, Sort, count_some, list_page, list_row,
};
use mandate_store::reads::{Reader, Scope, book_lists, facts_account};
use mandate_store::{WriteTx, params};
use mandate_testing::{STARTED_AT, TestDb, both_databases};

const TODAY: Date = date(2026, 11, 21);
const STANDING: &str = "
    INSERT INTO account_standing (account_id, month, n_cases, n_reported, n_reported_met, n_clocked, n_clock_met, n_differs, assumed,
           months, total_cases, total_reported, total_reported_met, total_clocked, total_clock_met, total_differs, state, state_rank,
           updated_at_us, first_month)";
const TALK: &str = "
    INSERT INTO communication (id, account_id, title, title_sort, happened_on, channel, direction, topic, people, place, details, demo,
           version, created_at_us, updated_at_us)";
const LINK: &str = "INSERT INTO record_link (record_kind, record_id, field, target_id)";

fn id<T>(kind: u8, number: usize) -> Id<T> {
    Id::new(STARTED_AT, (u128::from(kind) << 64) | number as u128)
}

fn saved<R>(id: Id<R>, record: R) -> Saved<R> {
    Saved::new(id, record, STARTED_AT)
}

async fn insert<R: Stored + Record>(tx: &mut WriteTx, records: Vec<Saved<R>>) {
    book::insert_many(tx, &records).await.expect("records");
}

/// Twelve accounts, some of one name, some without contract, manager or standing; people with and without account, team and talk.
async fn fill(db: &TestDb) {
    let mut tx = db.write().await;
    let teams = (0..3).map(|n| {
        let name = ["Desk", "Archive", "Desk"][n].to_owned();
        let team = Team { external_id: None, name, line_of_business_id: None, lead_person_id: None };
        saved(id(1, n), team)
    });
    insert(&mut tx, teams.collect()).await;
    let ours = (0..5).map(|n| {
        let name = ["Weber", "Alm", "Weber", "Zeh", "Core"][n];
        let team_id = (n < 4).then(|| id(1, n % 3));
        saved(
            id(2, n),
            Person { team_id, role: PersonRole::AccountManager, ..Person::new(Side::Provider, name) },
        )
    });
    insert(&mut tx, ours.collect()).await;
    let accounts = (0..12).map(|n| {
        let account_manager_id = (n % 4 != 3).then(|| id(2, n % 4));
        let named = Account::named(["Brackwell", "Öst", "Kestrel"][n % 3], "Europe/Vienna", Currency::EUR);
        let annual_value_minor = (n % 5 != 4).then_some(100 * n as i64);
        saved(id(3, n), Account { account_manager_id, annual_value_minor, ..named })
    });
    insert(&mut tx, accounts.collect()).await;
    let contracts = (0..18).map(|n| {
        let days = [40, 10, -20, 40, 300][n % 5];
        let (day, ends) = (TODAY.saturating_add(jiff::Span::new().days(days)), n % 4 == 1);
        let contract = Contract {
            external_id: None,
            account_id: id(3, n % 9),
            kind: ContractKind::Master,
            parent_id: None,
            title: "Desk".to_owned(),
            time_zone: "Europe/Vienna".to_owned(),
            currency: Currency::EUR,
            starts_on: date(2024, 1, 1),
            ends_on: ends.then_some(day),
            renews_on: (!ends).then_some(day),
            renewal: Some(if ends { Renewal::Ends } else { Renewal::Automatic }),
            renewal_months: Some(12),
            renewal_clause: String::new(),
            notice: None,
            notice_clause: String::new(),
            price_change_on: None,
            price_change_clause: String::new(),
        };
        let mut contract = saved(id(4, n), contract);
        contract.deleted_at = (n % 7 == 6).then_some(STARTED_AT);
        contract
    });
    insert(&mut tx, contracts.collect()).await;
    let clients = (0..30).map(|n| {
        let name = format!("Person {}", n % 7);
        saved(id(5, n), Person { account_id: Some(id(3, n % 12)), ..Person::new(Side::Client, name) })
    });
    insert(&mut tx, clients.collect()).await;
    let standings = (0..8).map(|n| {
        let (account, state) = (id::<Account>(3, n), ["missed", "met"][n % 2]);
        let zero = 0_i64;
        params![
            account.as_str(),
            "2026-10",
            10_i64,
            zero,
            zero,
            8_i64,
            7_i64,
            1_i64,
            false,
            "",
            zero,
            zero,
            zero,
            zero,
            zero,
            zero,
            state,
            n as i64 % 2,
            zero,
            "2026-10",
        ]
    });
    tx.insert_many(STANDING, standings.collect(), "").await.expect("standings");
    let talks = (0..9).map(|n| {
        let (talk, account) = (id::<Account>(6, n), id::<Account>(3, n));
        let day = TODAY.saturating_sub(jiff::Span::new().days(n as i64 % 4)).to_string();
        params![
            talk.as_str(),
            account.as_str(),
            "Call",
            "call",
            day,
            "phone",
            "ours",
            "",
            "",
            "",
            "",
            false,
            1_i64,
            0_i64,
            0_i64,
        ]
    });
    tx.insert_many(TALK, talks.collect(), "").await.expect("talks");
    let links = (0..9).map(|n| {
        let (talk, person) = (id::<Account>(6, n), id::<Person>(5, n * 2 % 12));
        params!["communication", talk.as_str(), "people", person.as_str()]
    });
    tx.insert_many(LINK, links.collect(), "").await.expect("links");
    db.commit(tx).await;
}

/// As it is, without any way from another table.
fn row_by_row(def: &ListDef) -> ListDef {
    let mut plain = def.clone();
    plain.fields.iter_mut().for_each(|field| field.through = None);
    plain
}

async fn walk(db: &TestDb, def: &ListDef, mut query: ListQuery) -> Vec<String> {
    let mut keys = vec![];
    let mut last = loop {
        let page = list_page(&mut db.read().await, def, &Scope::Everything, &query).await.expect("a page");
        keys.extend(page.rows.into_iter().map(|row| row.key));
        assert!(keys.len() < 100, "paging does not end");
        let Some(next) = page.next else { break page.previous };
        query.cursor = Some(next);
    };
    // And back again from the last page, all but its own rows.
    let mut back = vec![];
    while let Some(cursor) = last.take() {
        let asked = ListQuery { cursor: Some(cursor), ..query.clone() };
        let page = list_page(&mut db.read().await, def, &Scope::Everything, &asked).await.expect("a page");
        let rows: Vec<String> = page.rows.into_iter().map(|row| row.key).collect();
        back.splice(0..0, rows);
        last = page.previous;
    }
    assert_eq!(back[..], keys[..back.len()]);
    assert!(keys.len() <= back.len() + query.limit, "{back:?} of {keys:?}");
    keys
}

both_databases! {
    async fn an_order_of_another_table_gives_the_pages_of_a_plain_sort(db: TestDb) {
        fill(&db).await;
        for def in [book_lists::accounts(TODAY), book_lists::people()] {
            let ordered = def.fields.iter().filter(|field| field.through.is_some_and(|it| it.order.is_some()));
            let names: Vec<&str> = ordered.map(|field| field.name).collect();
            assert!(names.len() >= 2, "{names:?}");
            for name in names {
                for descending in [false, true] {
                    let sort = Some(Sort { field: name.to_owned(), descending });
                    let query = ListQuery { sort, limit: 3, ..ListQuery::default() };
                    let plain = walk(&db, &row_by_row(&def), query.clone()).await;
                    assert_eq!(walk(&db, &def, query).await, plain, "{name}, descending {descending}");
                }
            }
        }
    }

    async fn a_name_of_another_record_finds_the_rows_that_name_it(db: TestDb) {
        fill(&db).await;
        let asked = [
            (book_lists::accounts(TODAY), "account_manager", "eb", 6),
            (book_lists::people(), "account", "ost", 10),
            (book_lists::people(), "team", "desk", 3),
            (book_lists::people(), "team", "nobody", 0),
        ];
        for (def, field, text, n) in asked {
            let filter = Filter { field: field.to_owned(), operator: Operator::Contains, values: vec![text.to_owned()] };
            let query = ListQuery { filters: vec![filter], limit: 2, ..ListQuery::default() };
            let plain = walk(&db, &row_by_row(&def), query.clone()).await;
            assert_eq!((plain.len(), walk(&db, &def, query.clone()).await), (n, plain), "{field}");
            let counted = count_some(&mut db.read().await, &def, &Scope::Everything, &query).await.expect("a count");
            assert_eq!(counted, (n as i64, true), "{field}");
        }
    }

    async fn of_two_texts_in_one_name_the_one_many_have_cuts_nothing_off(db: TestDb) {
        let mut tx = db.write().await;
        let account = |n: usize| {
            let name = format!("Bank {n}{}", if n.is_multiple_of(300) { " special" } else { "" });
            saved(id(3, n), Account::named(&name, "Europe/Vienna", Currency::EUR))
        };
        insert(&mut tx, (0..12_000).map(account).collect()).await;
        let people = (0..12_000).step_by(300).map(|n| {
            saved(id(5, n), Person { account_id: Some(id(3, n)), ..Person::new(Side::Client, "Hana Feld") })
        });
        insert(&mut tx, people.collect()).await;
        db.commit(tx).await;
        let filter = |text: &str| Filter {
            field: "account".to_owned(),
            operator: Operator::Contains,
            values: vec![text.to_owned()],
        };
        for texts in [["special", "bank"], ["bank", "special"]] {
            let filters = texts.map(filter).to_vec();
            let query = ListQuery { filters, limit: 50, ..ListQuery::default() };
            let found = walk(&db, &book_lists::people(), query.clone()).await.len();
            let counted = count_some(&mut db.read().await, &book_lists::people(), &Scope::Everything, &query).await;
            assert_eq!((found, counted.expect("a count")), (40, (40, true)), "{texts:?}");
        }
    }

    async fn whoever_sees_some_accounts_sees_their_people_and_all_of_ours(db: TestDb) {
        fill(&db).await;
        let mut tx = db.write().await;
        let mut gone = saved(id(5, 90), Person { account_id: Some(id(3, 0)), ..Person::new(Side::Client, "Gone") });
        gone.deleted_at = Some(STARTED_AT);
        insert(&mut tx, vec![gone]).await;
        db.commit(tx).await;
        // Accounts 0, 4 and 8 are of manager 0; each account has two or three people, and five are ours.
        let scope = Scope::OwnAccounts(id(2, 0));
        let query = ListQuery { limit: 100, ..ListQuery::default() };
        let def = book_lists::people();
        let page = list_page(&mut db.read().await, &def, &scope, &query).await.expect("a page");
        let mut found: Vec<String> = page.rows.into_iter().map(|row| row.key).collect();
        let theirs = (0..30).filter(|n| n % 12 % 4 == 0).map(|n| id::<Person>(5, n));
        let mut expected: Vec<String> = theirs.chain((0..5).map(|n| id(2, n))).map(|id| id.to_string()).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
        let counted = count_some(&mut db.read().await, &def, &scope, &ListQuery::default()).await.expect("a count");
        assert_eq!(counted, (expected.len() as i64, true));
        for (person, is_theirs) in [(id::<Person>(5, 4), true), (id(5, 1), false), (id(5, 90), false), (id(2, 4), true)] {
            let row = list_row(&mut db.read().await, &def, &scope, person.as_str()).await.expect("a row");
            assert_eq!(row.is_some(), is_theirs, "{person}");
        }
    }

    async fn sums_of_a_portfolio_count_accounts_without_a_standing(db: TestDb) {
        fill(&db).await;
        let sums = facts_account::portfolio_figures(&mut db.read().await, &Scope::Everything).await.expect("sums");
        let states = [("met", 4), ("missed", 4), ("not_measured", 4)].map(|(state, n)| (state.to_owned(), n));
        assert_eq!((sums.n_accounts, sums.by_state, sums.n_clocked, sums.n_differs), (12, states.to_vec(), 64, 8));
        assert_eq!((sums.n_valued, sums.annual_values), (10, vec![("EUR".to_owned(), 5_300)]));
    }

    async fn sums_are_of_the_accounts_that_a_filter_finds(db: TestDb) {
        fill(&db).await;
        let def = book_lists::accounts(TODAY);
        let filter = |field: &str, operator, value: &str| Filter { field: field.to_owned(), operator, values: vec![value.to_owned()] };
        let sums = async |scope: Scope, filters: Vec<Filter>| {
            let query = ListQuery { filters, ..ListQuery::default() };
            let reader = Reader::from(&scope);
            let sums = facts_account::matching_figures(&mut db.read().await, &def, reader, &query).await.expect("sums");
            let value = sums.annual_values.iter().map(|(_, value)| *value).sum::<i64>();
            (sums.n_accounts, sums.n_valued, value, sums.by_state, sums.n_clocked)
        };
        let states = |states: &[(&str, i64)]| states.iter().map(|(state, n)| ((*state).to_owned(), *n)).collect::<Vec<_>>();
        let all = states(&[("met", 4), ("missed", 4), ("not_measured", 4)]);
        assert_eq!(sums(Scope::Everything, vec![]).await, (12, 10, 5_300, all, 64), "as of the whole portfolio");
        let named = || vec![filter("name", Operator::Is, "Kestrel")];
        // Accounts 2, 5, 8 and 11.
        let kestrel = (4, 4, 2_600, states(&[("met", 1), ("missed", 1), ("not_measured", 2)]), 16);
        assert_eq!(sums(Scope::Everything, named()).await, kestrel);
        // Of these manager 0 has account 8 alone.
        assert_eq!(sums(Scope::OwnAccounts(id(2, 0)), named()).await, (1, 1, 800, states(&[("not_measured", 1)]), 0));
        let met = vec![filter("state", Operator::Is, "met"), filter("renews_or_ends", Operator::Is, "ends")];
        // Accounts 1 and 5: what comes next of 3 and 7 is a renewal.
        assert_eq!(sums(Scope::Everything, met).await.0, 2);
    }

    async fn indexes_that_wait_for_the_end_are_all_made_again(db: TestDb) {
        const INDEXES: &str = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name";
        let is_sqlite = !db.db().is_postgres();
        let listed = async |tx: &mut WriteTx| -> Vec<(String, String)> {
            if !is_sqlite {
                return vec![];
            }
            let rows = tx.fetch_all(INDEXES, vec![]).await.expect("indexes");
            rows.iter().map(|row| (row.text(0).expect("a name"), row.text(1).expect("its text"))).collect()
        };
        let mut tx = db.write().await;
        let before = listed(&mut tx).await;
        let few = book::set_aside::<Person>(&mut tx, 10).await.expect("few rows");
        assert_eq!(listed(&mut tx).await, before);
        book::put_back(&mut tx, few).await.expect("nothing to make");
        let aside = book::set_aside::<Person>(&mut tx, 1_000_000).await.expect("many rows");
        let kept = listed(&mut tx).await;
        assert!(!kept.iter().any(|(name, _)| name == "person_by_name"));
        assert_eq!(kept.iter().filter(|(_, sql)| sql.contains("UNIQUE")).count(), before.iter().filter(|(_, sql)| sql.contains("UNIQUE")).count());
        book::put_back(&mut tx, aside).await.expect("indexes");
        assert_eq!(listed(&mut tx).await, before);
        assert_eq!(is_sqlite, before.iter().any(|(name, _)| name == "person_by_name"));
    }
}
