//! The book's tables, lists and search: each on both databases.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use mandate_domain::book::{
    Account, Amendment, AmendmentSubject, Contract, ContractKind, ContractLine, Kind, LineOfBusiness,
    NoticePeriod, Parts, Person, PersonRole, Product, Record, Renewal, Saved, Side, Team, Tier, Turn,
};
use mandate_domain::money::Currency;
use mandate_domain::{Clearance, Id, Labeled, Purpose};
use mandate_store::book::{self, Stored};
use mandate_store::reads::listing::{ListDef, ListQuery, ListRow, Operator, Sort, list_page};
use mandate_store::reads::{Reader, Scope, book_lists, book_pages, book_trash, listing, my_day};
use mandate_store::{ReadTx, StoreError, WriteTx, search};
use mandate_testing::{STARTED_AT, TestDb, both_databases};

const TODAY: Date = date(2026, 11, 21);

/// Seven records that name one another, and an account of somebody else.
struct Fixture {
    manager: Saved<Person>,
    account: Saved<Account>,
    other: Saved<Account>,
    client: Saved<Person>,
    contract: Saved<Contract>,
    line: Saved<ContractLine>,
    product: Saved<Product>,
    team: Saved<Team>,
    line_of_business: Saved<LineOfBusiness>,
}

fn saved<R>(random: u128, record: R) -> Saved<R> {
    Saved::new(Id::new(STARTED_AT, random), record, STARTED_AT)
}

fn person(random: u128, side: Side, name: &str, account: Option<&Saved<Account>>) -> Saved<Person> {
    let role = match side {
        Side::Provider => PersonRole::AccountManager,
        Side::Client => PersonRole::GovernanceLead,
    };
    let record = Person {
        external_id: Some(format!("P-{random}")),
        account_id: account.map(|account| account.id.clone()),
        job_title: "Head of Vendor Management".to_owned(),
        role,
        email: "a@example.com".to_owned(),
        ..Person::new(side, name)
    };
    saved(random, record)
}

fn account(random: u128, name: &str, manager: Option<&Saved<Person>>) -> Saved<Account> {
    let record = Account {
        external_id: Some(format!("A-{random}")),
        tier: Tier::Key,
        industry: "Insurance".to_owned(),
        annual_value_minor: Some(603_000_000),
        account_manager_id: manager.map(|person| person.id.clone()),
        ..Account::named(name, "Europe/London", Currency::EUR)
    };
    saved(random, record)
}

fn contract(account: &Saved<Account>) -> Contract {
    Contract {
        external_id: Some("C-1".to_owned()),
        account_id: account.id.clone(),
        kind: ContractKind::Master,
        parent_id: None,
        title: "Service desk 2024".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        currency: Currency::EUR,
        starts_on: date(2024, 4, 1),
        ends_on: None,
        renews_on: Some(date(2027, 4, 1)),
        renewal: None,
        renewal_months: None,
        renewal_clause: String::new(),
        notice_clause: String::new(),
        notice: NoticePeriod::stored(Some(90), None),
        price_change_on: Some(date(2027, 1, 1)),
        price_change_clause: "By the index, once a year.".to_owned(),
    }
}

async fn fixture(tx: &mut WriteTx) -> Fixture {
    let manager = person(1, Side::Provider, "Änne Feld", None);
    let account = account(2, "Brackwell Insurance", Some(&manager));
    let other = self::account(3, "Other Ltd", None);
    let client = person(4, Side::Client, "Hana Brandt", Some(&account));
    let contract = saved(5, contract(&account));
    let line_of_business = saved(
        6,
        LineOfBusiness {
            external_id: None,
            name: "Service desk".to_owned(),
            head_person_id: Some(manager.id.clone()),
        },
    );
    let team = saved(
        7,
        Team {
            external_id: Some("Group 70".to_owned()),
            name: "Desk North".to_owned(),
            line_of_business_id: Some(line_of_business.id.clone()),
            lead_person_id: None,
        },
    );
    let product = saved(
        8,
        Product {
            external_id: None,
            name: "Tickets".to_owned(),
            unit: "ticket".to_owned(),
            product_manager_id: None,
            line_of_business_id: Some(line_of_business.id.clone()),
        },
    );
    let line = saved(
        9,
        ContractLine {
            external_id: Some("L-1".to_owned()),
            contract_id: contract.id.clone(),
            product_id: product.id.clone(),
            currency: Currency::EUR,
            annual_volume: 120_000,
            price_per: 1,
            unit_price_minor: 312,
            list_price_minor: Some(340),
            unit_cost_minor: Labeled::new(Purpose::Cost, Some(250)),
        },
    );
    book::insert(tx, &manager).await.expect("the manager");
    book::insert_many(tx, &[account.clone(), other.clone()]).await.expect("the accounts");
    book::insert(tx, &client).await.expect("the client");
    book::insert(tx, &contract).await.expect("the contract");
    book::insert(tx, &line_of_business).await.expect("the line of business");
    book::insert(tx, &team).await.expect("the team");
    book::insert(tx, &product).await.expect("the product");
    book::insert(tx, &line).await.expect("the line");
    Fixture { manager, account, other, client, contract, line, product, team, line_of_business }
}

async fn load<R: Stored>(tx: &mut ReadTx, scope: &Scope, saved: &Saved<R>) -> Option<Saved<R>> {
    book::load(tx, scope, &saved.id).await.expect("a record can be read")
}

async fn titles(tx: &mut ReadTx, scope: &Scope, text: &str) -> Vec<String> {
    let hits = search::find(tx, scope, text, 5).await.expect("a search");
    hits.into_iter().map(|hit| hit.title).collect()
}

/// A reader who is cleared for everything.
fn cleared(scope: &Scope) -> Reader<'_> {
    let clearance = Purpose::ALL.into_iter().fold(Clearance::NONE, Clearance::with);
    Reader { scope, clearance }
}

async fn keys(tx: &mut ReadTx, def: &ListDef, scope: &Scope) -> Vec<String> {
    let query = ListQuery { limit: 50, ..ListQuery::default() };
    let page = list_page(tx, def, cleared(scope), &query).await.expect("a page");
    page.rows.into_iter().map(|row| row.key).collect()
}

fn every_list() -> Vec<ListDef> {
    vec![
        book_lists::accounts(TODAY),
        book_lists::people(),
        book_lists::contracts(),
        book_lists::contract_lines(Clearance::NONE),
        book_lists::products(),
        book_lists::lines_of_business(),
        book_lists::teams(),
        book_trash::trash(),
    ]
}

fn value_for(field: &listing::Field) -> String {
    if field.kind.is_integer() { "1".to_owned() } else { "x".to_owned() }
}

both_databases! {
    async fn a_record_of_each_kind_reads_back_as_it_was_stored(db: TestDb) {
        let mut tx = db.write().await;
        let it = fixture(&mut tx).await;
        let all = &Scope::Everything;
        assert_eq!(load(&mut tx, all, &it.manager).await.as_ref(), Some(&it.manager));
        assert_eq!(load(&mut tx, all, &it.account).await.as_ref(), Some(&it.account));
        assert_eq!(load(&mut tx, all, &it.client).await.as_ref(), Some(&it.client));
        assert_eq!(load(&mut tx, all, &it.contract).await.as_ref(), Some(&it.contract));
        let line = load(&mut tx, all, &it.line).await.expect("the line");
        let everything = |line: &Saved<ContractLine>| line.draft(Clearance::EVERYTHING);
        assert_eq!(everything(&line).get("unit_cost"), "2.50");
        assert_eq!((everything(&line), line.version), (everything(&it.line), it.line.version));
        assert_eq!(load(&mut tx, all, &it.product).await.as_ref(), Some(&it.product));
        assert_eq!(load(&mut tx, all, &it.team).await.as_ref(), Some(&it.team));
        assert_eq!(load(&mut tx, all, &it.line_of_business).await.as_ref(), Some(&it.line_of_business));
    }

    async fn notice_in_months_reads_back_and_gives_way_to_days(db: TestDb) {
        let mut tx = db.write().await;
        let it = fixture(&mut tx).await;
        let all = &Scope::Everything;
        let months = NoticePeriod::stored(None, Some(6));
        let stated = Contract { external_id: None, notice: months, ..contract(&it.account) };
        let stated = saved(60, stated);
        book::insert(&mut tx, &stated).await.expect("a contract");
        assert_eq!(load(&mut tx, all, &stated).await.as_ref(), Some(&stated));
        let longer = Amendment {
            external_id: None,
            contract_id: stated.id.clone(),
            number: String::new(),
            title: "Longer notice".to_owned(),
            subject: AmendmentSubject::Term,
            signed_on: None,
            effective_on: date(2027, 1, 1),
            effective_until: None,
            ends_on: None,
            renews_on: None,
            notice: NoticePeriod::stored(None, Some(9)),
            price_change_on: None,
            summary: String::new(),
            applied: false,
        };
        let longer = saved(61, longer);
        book::insert(&mut tx, &longer).await.expect("an amendment");
        assert_eq!(load(&mut tx, all, &longer).await.as_ref(), Some(&longer));
        let mut days = stated.clone();
        days.record.notice = NoticePeriod::stored(Some(120), None);
        book::save(&mut tx, &days, Parts::OPEN, STARTED_AT).await.expect("a save");
        let read = load(&mut tx, all, &days).await.expect("the contract");
        assert_eq!(read.notice, NoticePeriod::stored(Some(120), None));
        let row = tx.fetch_one("SELECT COUNT(*) FROM contract WHERE notice_months IS NOT NULL", vec![]).await;
        assert_eq!(row.and_then(|row| row.int(0)).expect("a count"), 0, "the months are emptied");
    }

    async fn a_stale_save_is_refused_and_a_fresh_one_kept(db: TestDb) {
        let mut tx = db.write().await;
        let it = fixture(&mut tx).await;
        let mut changed = it.account.clone();
        changed.record.name = "Brackwell Group".to_owned();
        book::save(&mut tx, &changed, Parts::OPEN, STARTED_AT).await.expect("the first save");
        let second = book::save(&mut tx, &changed, Parts::OPEN, STARTED_AT).await;
        assert!(matches!(second, Err(StoreError::Stale { table: "account" })), "{second:?}");
        let read = load(&mut tx, &Scope::Everything, &it.account).await.expect("the account");
        assert_eq!((read.name.as_str(), read.version), ("Brackwell Group", 2));
        assert_eq!(titles(&mut tx, &Scope::Everything, "brackwell g").await[0], "Brackwell Group");
    }

    async fn values_of_long_work_are_kept_once_and_nothing_is_committed_before(db: TestDb) {
        let mut tx = db.write().await;
        let it = fixture(&mut tx).await;
        db.commit(tx).await;
        let line = |random, n_units| {
            let line = ContractLine { external_id: None, annual_volume: n_units, ..it.line.record.clone() };
            saved(random, line)
        };
        let mut tx = db.write().await;
        book::gather_values(&mut tx);
        book::insert_many(&mut tx, &[line(300, 10), line(301, 20)]).await.expect("lines");
        book::insert(&mut tx, &line(302, 30)).await.expect("a line");
        assert_eq!(book::count_wrong_values(&mut tx, TODAY).await.expect("a count"), 1, "they wait");
        let refused = tx.commit(TestDb::record("test.written")).await;
        assert!(matches!(refused, Err(StoreError::Inconsistent { table: "account", .. })), "{refused:?}");

        let mut tx = db.write().await;
        assert_eq!(book::count_wrong_values(&mut tx, TODAY).await.expect("a count"), 0, "nothing was kept");
        book::gather_values(&mut tx);
        book::insert_many(&mut tx, &[line(300, 10), line(301, 20)]).await.expect("lines");
        book::keep_gathered_values(&mut tx, STARTED_AT).await.expect("values");
        assert_eq!(book::count_wrong_values(&mut tx, TODAY).await.expect("a count"), 0);
        book::insert(&mut tx, &line(302, 30)).await.expect("a line");
        assert_eq!(book::count_wrong_values(&mut tx, TODAY).await.expect("a count"), 0, "at once from here on");
        db.commit(tx).await;
    }

    async fn an_external_id_is_given_once_even_to_a_record_in_the_trash(db: TestDb) {
        let mut tx = db.write().await;
        let it = fixture(&mut tx).await;
        book::trash(&mut tx, &it.account, STARTED_AT).await.expect("into the trash");
        db.commit(tx).await;
        let mut tx = db.write().await;
        let mut twin = account(77, "Twin", None);
        twin.record.external_id = it.account.external_id.clone();
        let inserted = book::insert(&mut tx, &twin).await;
        assert!(matches!(inserted, Err(StoreError::Duplicate { .. })), "{inserted:?}");
    }

    async fn the_trash_hides_a_record_with_all_that_belongs_to_it_and_gives_it_back(db: TestDb) {
        let mut tx = db.write().await;
        let it = fixture(&mut tx).await;
        let all = &Scope::Everything;
        book::trash(&mut tx, &it.account, STARTED_AT).await.expect("into the trash");
        assert_eq!(load(&mut tx, all, &it.account).await, None);
        assert_eq!(load(&mut tx, all, &it.client).await, None);
        assert_eq!(load(&mut tx, all, &it.contract).await, None);
        assert!(load(&mut tx, all, &it.line).await.is_none());
        assert!(titles(&mut tx, all, "brandt").await.is_empty());
        assert!(titles(&mut tx, all, "brackwell").await.is_empty());
        assert!(keys(&mut tx, &book_lists::contract_lines(Clearance::NONE), all).await.is_empty());
        assert_eq!(keys(&mut tx, &book_trash::trash(), all).await, [it.account.id.to_string()]);

        let lying = book::load_trashed(&mut tx, all, &it.account.id).await.expect("the trash");
        book::restore(&mut tx, &lying.expect("the account"), STARTED_AT).await.expect("out of the trash");
        assert!(load(&mut tx, all, &it.line).await.is_some());
        assert_eq!(titles(&mut tx, all, "brandt").await, ["Hana Brandt"]);
        assert!(keys(&mut tx, &book_trash::trash(), all).await.is_empty());
    }

    async fn a_reader_of_own_accounts_finds_no_other(db: TestDb) {
        let mut tx = db.write().await;
        let it = fixture(&mut tx).await;
        let own = &Scope::OwnAccounts(it.manager.id.clone());
        assert!(load(&mut tx, own, &it.account).await.is_some());
        assert!(load(&mut tx, own, &it.other).await.is_none());
        let stranger = &Scope::OwnAccounts(it.client.id.clone());
        assert!(load(&mut tx, stranger, &it.line).await.is_none());
        assert!(load(&mut tx, stranger, &it.client).await.is_none());
        assert!(load(&mut tx, stranger, &it.manager).await.is_some());
        assert!(titles(&mut tx, stranger, "brackwell").await.is_empty());
        assert_eq!(keys(&mut tx, &book_lists::accounts(TODAY), own).await, [it.account.id.to_string()]);
        assert_eq!(keys(&mut tx, &book_lists::people(), stranger).await, [it.manager.id.to_string()]);

        let works = [(it.client.id.clone(), PersonRole::TeamMember)];
        book::set_working_people(&mut tx, &it.account.id, &works).await.expect("who works on it");
        assert!(load(&mut tx, stranger, &it.line).await.is_some());
    }

    async fn ids_of_the_firm_are_known_in_the_trash_and_out_of_scope_too(db: TestDb) {
        let mut tx = db.write().await;
        let it = fixture(&mut tx).await;
        book::trash(&mut tx, &it.other, STARTED_AT).await.expect("into the trash");
        let asked: BTreeSet<String> = ["A-2", "A-3", "A-4"].map(str::to_owned).into();
        let nothing = &Scope::Nothing;
        let known = book::load_known::<Account>(&mut tx, nothing, &asked).await.expect("known");
        let seen: Vec<_> = known.iter().map(|(id, it)| (id.as_str(), it.visible, it.saved.deleted_at)).collect();
        assert_eq!(seen, [("A-2", false, None), ("A-3", false, Some(STARTED_AT))]);
    }

    async fn an_event_source_makes_an_account_once_and_finds_one_that_was_entered(db: TestDb) {
        let mut tx = db.write().await;
        let it = fixture(&mut tx).await;
        let asked: BTreeSet<String> = ["A-2", "Location 143"].map(str::to_owned).into();
        let template = Account { origin: "servicenow".to_owned(), ..Account::named("", "UTC", Currency::EUR) };
        let mut next = 100;
        let mut found = vec![];
        for _ in 0..2 {
            let new_id = || { next += 1; Id::new(STARTED_AT, next) };
            let made = book::find_or_make_accounts(&mut tx, &asked, &template, STARTED_AT, new_id);
            found.push(made.await.expect("accounts"));
        }
        assert_eq!(found[0]["A-2"].id, it.account.id);
        assert!(found[0]["Location 143"].made && !found[1]["Location 143"].made);
        assert_eq!(found[0]["Location 143"].id, found[1]["Location 143"].id);
        let made = book::load(&mut tx, &Scope::Everything, &found[0]["Location 143"].id).await.expect("a read");
        let made = made.expect("the account");
        assert_eq!((made.name.as_str(), made.origin.as_str()), ("Location 143", "servicenow"));
        assert_eq!(titles(&mut tx, &Scope::Everything, "loc").await, ["Location 143"]);
    }

    async fn a_text_means_a_record_by_id_by_the_firms_id_or_by_a_name_of_its_own(db: TestDb) {
        let mut tx = db.write().await;
        let it = fixture(&mut tx).await;
        let twin = person(50, Side::Provider, "ANNE  FELD", None);
        let asked: BTreeSet<String> =
            [it.manager.id.as_str(), "P-1", "anne feld", "Hana Brandt", "P-4"].map(str::to_owned).into();
        let all = &Scope::Everything;
        let found = book::find_references(&mut tx, all, Kind::Person, &asked).await.expect("references");
        for text in [it.manager.id.as_str(), "P-1", "Anne Feld"] {
            assert_eq!(found.meant(text), [it.manager.id.as_str()], "{text}");
        }
        assert!(found.meant("Hana Brandt").is_empty(), "a client's person is referred to by nothing");
        book::insert(&mut tx, &twin).await.expect("a namesake");
        let found = book::find_references(&mut tx, all, Kind::Person, &asked).await.expect("references");
        assert_eq!(found.meant("anne feld").len(), 2);
        assert_eq!(found.meant("P-1").len(), 1);
    }

    async fn every_list_can_be_sorted_and_filtered_by_every_field_it_offers(db: TestDb) {
        let mut tx = db.write().await;
        fixture(&mut tx).await;
        db.commit(tx).await;
        for def in every_list() {
            for field in &def.fields {
                let mut tx = db.read().await;
                let sort = Some(Sort { field: field.name.to_owned(), descending: true });
                let mut query = ListQuery { sort: sort.filter(|_| field.sortable), limit: 1, ..ListQuery::default() };
                let page = list_page(&mut tx, &def, cleared(&Scope::Everything), &query).await;
                let page = page.unwrap_or_else(|error| panic!("{} by {}: {error:?}", def.name, field.name));
                query.cursor = page.next;
                let next = list_page(&mut tx, &def, cleared(&Scope::Everything), &query).await;
                next.unwrap_or_else(|error| panic!("{} after {}: {error:?}", def.name, field.name));
                if field.filterable {
                    let filter = listing::Filter {
                        field: field.name.to_owned(),
                        operator: Operator::Is,
                        values: vec![value_for(field)],
                    };
                    let query = ListQuery { filters: vec![filter], limit: 5, ..ListQuery::default() };
                    let page = list_page(&mut tx, &def, cleared(&Scope::Everything), &query).await;
                    page.unwrap_or_else(|error| panic!("{} where {}: {error:?}", def.name, field.name));
                }
            }
        }
    }

    async fn sql_tells_what_comes_at_the_end_of_a_term_as_the_rules_do(db: TestDb) {
        let mut tx = db.write().await;
        let it = fixture(&mut tx).await;
        let (end, far) = (date(2027, 3, 31), date(2029, 1, 1));
        let mut random = 300;
        for renewal in [None, Some(Renewal::Automatic), Some(Renewal::ByAgreement), Some(Renewal::Ends)] {
            for (ends_on, renews_on) in [(Some(end), None), (None, Some(far)), (Some(end), Some(far)), (Some(far), Some(end)), (None, None)] {
                // What is said to end states its last day.
                if renewal == Some(Renewal::Ends) && ends_on.is_none() {
                    continue;
                }
                random += 1;
                let term = Contract { renewal, ends_on, renews_on, notice: None, price_change_on: None, external_id: None, ..contract(&it.account) };
                let stored = saved(random, term);
                book::insert(&mut tx, &stored).await.expect("a contract");
                let turn = stored.turn();
                for day in [end, far] {
                    let found = my_day::list_contract_dates(&mut tx, &Scope::Everything, day, day).await.expect("dates");
                    let is_told = found.iter().any(|line| line.id == stored.id);
                    assert_eq!(is_told, turn.map(Turn::day) == Some(day), "{renewal:?} {ends_on:?} {renews_on:?} on {day}");
                }
            }
        }
    }

    async fn dates_of_contracts_come_by_the_first_of_their_days_that_is_asked_for(db: TestDb) {
        let mut tx = db.write().await;
        let it = fixture(&mut tx).await;
        let dated = |title: &str, renews_on: Date, months: Option<i64>| Contract {
            external_id: None,
            title: title.to_owned(),
            renews_on: Some(renews_on),
            notice: NoticePeriod::stored(None, months),
            price_change_on: None,
            ..contract(&it.account)
        };
        let far = dated("36 months", date(2029, 12, 16), Some(36));
        let later = dated("Long after", date(2031, 1, 1), Some(3));
        for (random, record) in [(60, far), (61, dated("Soon", date(2026, 12, 20), None)), (62, later)] {
            book::insert(&mut tx, &saved(random, record)).await.expect("a contract");
        }
        let (from, until) = (date(2026, 11, 21), date(2028, 5, 21));
        let lines = my_day::list_contract_dates(&mut tx, &Scope::Everything, from, until).await.expect("dates");
        let titles: Vec<&str> = lines.iter().map(|line| line.title.as_str()).collect();
        // Notice until 15 December 2026, a renewal on the 20th, notice until the 31st.
        assert_eq!(titles, ["36 months", "Soon", "Service desk 2024"]);
    }

    async fn the_account_page_knows_the_next_renewal_and_the_last_day_for_notice(db: TestDb) {
        let mut tx = db.write().await;
        let it = fixture(&mut tx).await;
        let past = Contract {
            external_id: None,
            title: "Old".to_owned(),
            renews_on: Some(date(2025, 1, 1)),
            ..contract(&it.account)
        };
        book::insert(&mut tx, &saved(60, past)).await.expect("an old contract");
        let page = book_pages::account_page(&mut tx, &Scope::Everything, &it.account.id, TODAY).await;
        let page = page.expect("a page").expect("an account");
        assert_eq!((page.next_turn, page.has_open_end), (Some(Turn::Renews(date(2027, 4, 1))), false));
        assert_eq!(page.next_notice_on, Some(date(2026, 12, 31)));
        assert_eq!(page.account_manager.map(|person| person.name).as_deref(), Some("Änne Feld"));
        assert_eq!(page.client_people.len(), 1);
        let lines: Vec<&str> = page.contracts[1].lines.iter().map(|line| line.product.as_str()).collect();
        assert_eq!((page.contracts[0].contract.title.as_str(), lines), ("Old", vec!["Tickets"]));

        let def = book_lists::accounts(TODAY);
        let query = ListQuery { limit: 5, ..ListQuery::default() };
        let own = Scope::OwnAccounts(it.manager.id.clone());
        let list = list_page(&mut tx, &def, &own, &query).await.expect("the accounts");
        let renewal = &list.rows[0].cells[def.position("next_renewal_on").expect("the field")];
        assert_eq!(renewal.text(), Some("2027-04-01"));
        let told = |row: &ListRow| {
            let text = |field| row.cells[def.position(field).expect("the field")].text().map(str::to_owned);
            (text("renews_or_ends_on").expect("a day"), text("renews_or_ends").expect("which"))
        };
        assert_eq!(told(&list.rows[0]), ("2027-04-01".to_owned(), "renews".to_owned()));

        // What ends comes first where it is sooner, and where it is on the same day.
        for (random, ends_on) in [(61, date(2027, 4, 1)), (62, date(2027, 1, 31))] {
            let ending = Contract {
                external_id: None,
                title: "Ending".to_owned(),
                renewal: Some(Renewal::Ends),
                renews_on: None,
                ends_on: Some(ends_on),
                ..contract(&it.account)
            };
            book::insert(&mut tx, &saved(random, ending)).await.expect("a contract that ends");
            let page = book_pages::account_page(&mut tx, &Scope::Everything, &it.account.id, TODAY).await;
            assert_eq!(page.expect("a page").expect("an account").next_turn, Some(Turn::Ends(ends_on)));
            let list = list_page(&mut tx, &def, &own, &query).await.expect("the accounts");
            assert_eq!(told(&list.rows[0]), (ends_on.to_string(), "ends".to_owned()));
        }
    }

    async fn search_puts_titles_that_begin_with_the_text_first_and_looks_at_the_account_too(db: TestDb) {
        let mut tx = db.write().await;
        let it = fixture(&mut tx).await;
        let more: Vec<Saved<Account>> = (200..203)
            .zip(["Old Brackwell", "Brackwell", "100 % sure"])
            .map(|(random, name)| account(random, name, None))
            .collect();
        book::insert_many(&mut tx, &more).await.expect("accounts");
        let all = &Scope::Everything;
        let found = titles(&mut tx, all, "BRACKWELL").await;
        assert_eq!(found[..3], ["Brackwell", "Brackwell Insurance", "Old Brackwell"]);
        assert_eq!(titles(&mut tx, all, "brandt brackwell").await, ["Hana Brandt"]);
        assert_eq!(titles(&mut tx, all, "%").await, ["100 % sure"]);
        assert!(titles(&mut tx, all, "  ").await.is_empty());
        let hits = search::find(&mut tx, all, "hana", 5).await.expect("a search");
        assert_eq!(hits[0].account_name.as_deref(), Some(it.account.name.as_str()));
    }
}
