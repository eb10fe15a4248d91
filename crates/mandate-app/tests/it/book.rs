//! Records of the book as people keep them: rights, scope, all errors at once, trash, search, lists by the firm's ids.

use mandate_app::authorise::clearance;
use mandate_app::book::{self, BookError, Outcome, UpsertError};
use mandate_app::exchange::{ExportFormat, export_list};
use mandate_app::listing::ListQuery;
use mandate_app::search::search;
use mandate_app::{Action, Actor, Ctx, ErrorKind, UseCaseError, Who};
use mandate_domain::book::{
    Account, Contract, ContractLine, Draft, FieldProblem, Kind, Person, Product, Saved,
};
use mandate_domain::identity::Role;
use mandate_store::StoreError;
use mandate_store::audit::list_after;
use mandate_store::reads::Scope;
use mandate_testing::{TestDb, both_databases};

pub(crate) fn account_draft(external_id: &str, name: &str) -> Draft {
    Draft::new()
        .with("external_id", external_id)
        .with("name", name)
        .with("time_zone", "Europe/London")
        .with("currency", "GBP")
}

pub async fn our_person(ctx: &Ctx, external_id: &str, name: &str) -> Saved<Person> {
    let draft = Draft::new().with("external_id", external_id).with("side", "provider").with("name", name);
    book::create(ctx, &Actor::operator(), draft).await.expect("one of ours")
}

/// A user with `role` who sees only the accounts of `person`.
pub fn user(role: Role, person: &Saved<Person>) -> Actor {
    let id = ctx_free_id(7);
    Actor {
        who: Who::User { id, name: "Jonas Feld".to_owned(), person_id: Some(person.id.clone()) },
        roles: vec![role],
        scope: Scope::OwnAccounts(person.id.clone()),
        ..Actor::operator()
    }
}

fn ctx_free_id<T>(random: u128) -> mandate_domain::Id<T> {
    mandate_domain::Id::new(mandate_testing::STARTED_AT, random)
}

pub fn fields(error: &BookError) -> Vec<String> {
    error.fields().into_iter().map(|field| field.field).collect()
}

/// What `actor` reads of a line's unit cost, in minor units.
pub fn cost_for(actor: &Actor, line: &ContractLine) -> Option<i64> {
    line.unit_cost(clearance(actor)).map(|cost| cost.minor)
}

pub async fn contract_with_line(
    ctx: &Ctx,
    account: &Saved<Account>,
) -> (Saved<Contract>, Saved<ContractLine>) {
    let operator = Actor::operator();
    let draft = Draft::new()
        .with("external_id", "C-1")
        .with("account", account.id.as_str())
        .with("kind", "master")
        .with("title", "Service desk")
        .with("time_zone", "Europe/London")
        .with("currency", "GBP")
        .with("starts_on", "2024-04-01");
    let contract: Saved<Contract> = book::create(ctx, &operator, draft).await.expect("a contract");
    let product = Draft::new().with("external_id", "T").with("name", "Tickets").with("unit", "ticket");
    book::create::<Product>(ctx, &operator, product).await.expect("a product");
    let line = Draft::new()
        .with("external_id", "L-1")
        .with("contract", "Service desk")
        .with("product", "T")
        .with("annual_volume", "120000")
        .with("unit_price", "3.12")
        .with("unit_cost", "2.50");
    let line = book::create(ctx, &operator, line).await.expect("a line");
    (contract, line)
}

both_databases! {
    async fn all_that_is_wrong_is_told_at_once_and_nothing_is_kept(db: TestDb) {
        let ctx = db.ctx();
        let draft = account_draft("A-1", "").with("currency", "pounds").with("account_manager", "Nobody");
        let error = book::create::<Account>(&ctx, &Actor::operator(), draft).await.expect_err("three errors");
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert_eq!(fields(&error), ["account_manager", "name", "currency"]);
        let mut tx = db.read().await;
        assert!(list_after(&mut tx, 0, 10).await.expect("the audit record").is_empty());
    }

    async fn a_change_names_only_some_fields_and_says_from_what_to_what(db: TestDb) {
        let ctx = db.ctx();
        let operator = Actor::operator();
        our_person(&ctx, "P-1", "Anne Feld").await;
        let draft = account_draft("A-1", "Brackwell").with("account_manager", "anne feld");
        let made: Saved<Account> = book::create(&ctx, &operator, draft).await.expect("an account");
        let change = Draft::new().with("tier", "key").with("origin", "servicenow");
        let changed = book::change(&ctx, &operator, &made.id, made.version, change).await.expect("a change");
        assert_eq!((changed.version, changed.origin.as_str()), (2, "book"));
        assert_eq!(changed.account_manager_id, made.account_manager_id);

        let again = Draft::new().with("tier", "standard");
        let stale = book::change(&ctx, &operator, &made.id, made.version, again).await;
        assert!(matches!(stale, Err(BookError::Store(StoreError::Stale { .. }))), "{stale:?}");
        let mut tx = db.read().await;
        let audit = list_after(&mut tx, 0, 10).await.expect("the audit record");
        let last = audit.last().expect("a record");
        assert_eq!((last.action.as_str(), last.account_id.as_deref()), ("account.changed", Some(made.id.as_str())));
        assert_eq!(last.changes, r#"[{"field":"tier","from":"standard","to":"key"}]"#);
    }

    async fn an_id_of_the_firm_is_given_once(db: TestDb) {
        let ctx = db.ctx();
        let operator = Actor::operator();
        let made: Saved<Account> =
            book::create(&ctx, &operator, account_draft("A-1", "One")).await.expect("an account");
        let twin = book::create::<Account>(&ctx, &operator, account_draft("A-1", "Two")).await;
        let Err(BookError::Fields(problems)) = twin else { panic!("{twin:?}") };
        assert_eq!(problems.0, [("external_id", FieldProblem::Taken { text: "A-1".to_owned() })]);
        book::trash(&ctx, &operator, &made.id, None).await.expect("into the trash");
        let twin = book::create::<Account>(&ctx, &operator, account_draft("A-1", "Two")).await;
        let Err(BookError::Fields(problems)) = twin else { panic!("{twin:?}") };
        assert_eq!(problems.0, [("external_id", FieldProblem::InTrash { text: "A-1".to_owned() })]);
    }

    async fn a_currency_out_of_use_is_refused_and_one_on_record_keeps_nobody_from_a_change(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        for code in ["ABC", "DEM", "XAU"] {
            let draft = account_draft("A-1", "Brackwell").with("currency", code);
            let refused = book::create::<Account>(&ctx, &operator, draft).await.expect_err(code);
            assert_eq!(fields(&refused), ["currency"], "{code}");
        }
        let account: Saved<Account> =
            book::create(&ctx, &operator, account_draft("A-1", "Brackwell")).await.expect("an account");
        let (contract, line) = contract_with_line(&ctx, &account).await;
        let mut tx = db.write().await;
        for sql in ["UPDATE account SET currency = 'DEM'", "UPDATE contract SET currency = 'DEM'"] {
            tx.execute(sql, vec![]).await.expect("what was stored once");
        }
        db.commit(tx).await;
        let named = Draft::new().with("name", "Brackwell & Sons").with("currency", "DEM");
        let named = book::change(&ctx, &operator, &account.id, account.version, named).await.expect("a change");
        assert_eq!((named.name.as_str(), named.currency.code()), ("Brackwell & Sons", "DEM"));
        let titled = Draft::new().with("title", "Desk");
        book::change(&ctx, &operator, &contract.id, contract.version, titled).await.expect("a change");
        let more = Draft::new().with("annual_volume", "130000");
        book::change(&ctx, &operator, &line.id, line.version, more).await.expect("a change");
        let moved = Draft::new().with("currency", "HRK");
        let refused = book::change(&ctx, &operator, &account.id, named.version, moved).await.expect_err("another");
        assert_eq!(fields(&refused), ["currency"]);
    }

    async fn an_account_manager_adds_own_accounts_and_touches_no_other(db: TestDb) {
        let ctx = db.ctx();
        let person = our_person(&ctx, "P-1", "Jonas Feld").await;
        let other = our_person(&ctx, "P-2", "Somebody Else").await;
        let manager = user(Role::AccountManager, &person);
        let own: Saved<Account> =
            book::create(&ctx, &manager, account_draft("A-1", "Own")).await.expect("an own account");
        assert_eq!(own.account_manager_id.as_ref(), Some(&person.id));

        let foreign = account_draft("A-2", "Foreign").with("account_manager", other.id.as_str());
        let refused = book::create::<Account>(&ctx, &manager, foreign.clone()).await.expect_err("not theirs");
        assert_eq!(fields(&refused), ["account_manager"]);
        let foreign: Saved<Account> = book::create(&ctx, &Actor::operator(), foreign).await.expect("an account");
        for error in [
            book::show(&ctx, &manager, &foreign.id).await.expect_err("hidden"),
            book::change(&ctx, &manager, &foreign.id, 1, Draft::new()).await.expect_err("hidden"),
            book::trash(&ctx, &manager, &foreign.id, None).await.expect_err("hidden"),
        ] {
            assert_eq!(error.kind(), ErrorKind::NotFound);
        }
        let contract = Draft::new()
            .with("account", foreign.id.as_str())
            .with("title", "x")
            .with("time_zone", "UTC")
            .with("currency", "EUR")
            .with("starts_on", "2026-01-01");
        let refused = book::create::<Contract>(&ctx, &manager, contract).await.expect_err("hidden");
        assert_eq!(fields(&refused), ["account"]);
        let found = search(&ctx, &manager, "o").await.expect("a search");
        let titles: Vec<&str> = found.iter().flat_map(|it| &it.hits).map(|hit| hit.title.as_str()).collect();
        assert_eq!(titles, ["Own", "Jonas Feld", "Somebody Else"]);
    }

    async fn unit_costs_are_neither_shown_nor_set_without_the_right(db: TestDb) {
        let ctx = db.ctx();
        let person = our_person(&ctx, "P-1", "Jonas Feld").await;
        let manager = user(Role::AccountManager, &person);
        let account: Saved<Account> =
            book::create(&ctx, &manager, account_draft("A-1", "Own")).await.expect("an account");
        let (contract, line) = contract_with_line(&ctx, &account).await;
        assert_eq!(cost_for(&Actor::operator(), &line), Some(250));

        let seen = book::show(&ctx, &manager, &line.id).await.expect("the line");
        assert_eq!((seen.unit_price_minor, cost_for(&manager, &seen)), (312, None));
        let page = book::contract_page(&ctx, &manager, &contract.id).await.expect("the contract");
        assert_eq!(cost_for(&manager, &page.lines[0].line), None);
        let def = book::list(&ctx, &manager, Kind::ContractLine);
        let query = ListQuery { limit: 5, ..ListQuery::default() };
        let file = export_list(&ctx, &manager, Action::ReadBook, &def, &query, &[], ExportFormat::Csv).await;
        let text = String::from_utf8(file.expect("a file").bytes).expect("text");
        assert!(text.contains("3.12") && !text.contains("2.50") && !text.contains("cost"), "{text}");

        let dearer = Draft::new().with("unit_cost", "9.99");
        let refused = book::change(&ctx, &manager, &line.id, 1, dearer).await.expect_err("not theirs");
        assert_eq!(fields(&refused), ["unit_cost"]);
        let cheaper = Draft::new().with("unit_price", "3.00").with("unit_cost", "");
        book::change(&ctx, &manager, &line.id, 1, cheaper).await.expect("a new price");
        let line = book::show(&ctx, &Actor::operator(), &line.id).await.expect("the line");
        assert_eq!((line.unit_price_minor, cost_for(&Actor::operator(), &line)), (300, Some(250)));
    }

    async fn a_contract_with_lines_keeps_its_currency_and_its_master_is_of_the_same_account(db: TestDb) {
        let ctx = db.ctx();
        let operator = Actor::operator();
        let account: Saved<Account> =
            book::create(&ctx, &operator, account_draft("A-1", "One")).await.expect("an account");
        book::create::<Account>(&ctx, &operator, account_draft("A-2", "Two")).await.expect("an account");
        let (contract, _) = contract_with_line(&ctx, &account).await;
        let euros = Draft::new().with("currency", "EUR");
        let refused = book::change(&ctx, &operator, &contract.id, 1, euros).await.expect_err("it has lines");
        assert_eq!(fields(&refused), ["currency"]);
        let draft = |account| {
            Draft::new()
                .with("account", account)
                .with("parent", "C-1")
                .with("title", "Work")
                .with("time_zone", "UTC")
                .with("currency", "EUR")
                .with("starts_on", "2026-01-01")
        };
        let refused = book::create::<Contract>(&ctx, &operator, draft("A-2")).await.expect_err("not its master");
        assert_eq!(fields(&refused), ["parent"]);
        book::create::<Contract>(&ctx, &operator, draft("A-1")).await.expect("a statement of work");
    }

    async fn accounts_cannot_go_round_in_a_circle(db: TestDb) {
        let ctx = db.ctx();
        let operator = Actor::operator();
        let top: Saved<Account> =
            book::create(&ctx, &operator, account_draft("A-1", "Top")).await.expect("an account");
        let part = account_draft("A-2", "Part").with("parent", "A-1");
        book::create::<Account>(&ctx, &operator, part).await.expect("a part");
        let round = Draft::new().with("parent", "A-2");
        let refused = book::change(&ctx, &operator, &top.id, 1, round).await.expect_err("a circle");
        assert_eq!(fields(&refused), ["parent"]);
    }

    async fn what_is_restored_is_as_it_was(db: TestDb) {
        let ctx = db.ctx();
        let operator = Actor::operator();
        let made: Saved<Account> =
            book::create(&ctx, &operator, account_draft("A-1", "Brackwell")).await.expect("an account");
        book::trash(&ctx, &operator, &made.id, Some(1)).await.expect("into the trash");
        assert_eq!(book::show(&ctx, &operator, &made.id).await.expect_err("gone").kind(), ErrorKind::NotFound);
        assert!(search(&ctx, &operator, "brack").await.expect("a search").is_empty());
        book::restore(&ctx, &operator, &made.id).await.expect("out of the trash");
        let back = book::show(&ctx, &operator, &made.id).await.expect("the account");
        assert_eq!((&back.record, back.version), (&made.record, 3));
        let twice = book::restore(&ctx, &operator, &made.id).await.expect_err("it is not there");
        assert_eq!(twice.kind(), ErrorKind::NotFound);
    }

    async fn records_by_the_firms_ids_are_made_changed_or_left_whole_or_not_at_all(db: TestDb) {
        let ctx = db.ctx();
        let operator = Actor::operator();
        let first = vec![account_draft("A-1", "One"), account_draft("A-2", "Two").with("parent", "A-1")];
        let made = book::upsert::<Account>(&ctx, &operator, first).await.expect("two accounts");
        assert_eq!(made[1].saved.parent_id.as_ref(), Some(&made[0].saved.id));

        let second = vec![Draft::new().with("external_id", "A-1").with("name", "Uno"), account_draft("A-2", "Two")];
        let changed = book::upsert::<Account>(&ctx, &operator, second.clone()).await.expect("one changed");
        let outcomes: Vec<Outcome> = changed.iter().map(|it| it.outcome).collect();
        assert_eq!(outcomes, [Outcome::Changed, Outcome::Same]);
        let again = book::upsert::<Account>(&ctx, &operator, second).await.expect("nothing changed");
        assert!(again.iter().all(|it| it.outcome == Outcome::Same));

        let broken = vec![account_draft("A-3", "Three"), account_draft("A-3", ""), Draft::new()];
        let refused = book::upsert::<Account>(&ctx, &operator, broken).await;
        let Err(UpsertError::Records { fields }) = refused else { panic!("{refused:?}") };
        let named: Vec<&str> = fields.iter().map(|field| field.field.as_str()).collect();
        assert_eq!(named[..3], ["1.external_id", "1.name", "2.external_id"]);
        let found = search(&ctx, &operator, "three").await.expect("a search");
        assert!(found.is_empty(), "nothing of a refused list is kept");
    }

    async fn a_product_manager_reads_the_book_and_does_not_write_it(db: TestDb) {
        let ctx = db.ctx();
        let person = our_person(&ctx, "P-1", "Jonas Feld").await;
        let actor = user(Role::ProductManager, &person);
        let made = book::create::<Account>(&ctx, &actor, account_draft("A-1", "One")).await.expect_err("no right");
        assert_eq!(made.kind(), ErrorKind::Forbidden);
        assert!(book::show(&ctx, &actor, &person.id).await.is_ok());
    }
}
