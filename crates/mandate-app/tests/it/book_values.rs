//! What accounts are worth a year: stated, or from running contracts, the same in lists, sums and growth, on every day, for whoever sees them.

use mandate_app::book::growth::growth;
use mandate_app::book::mapping::{Alike, Mapping};
use mandate_app::book::merge::{Merging, merge_records};
use mandate_app::book::undo_merge::undo_merge;
use mandate_app::book::{
    self, ImportFile, Told, count_wrong_values, import_book, keep_due_values, undo_book_import,
};
use mandate_app::facts::delivered::portfolio;
use mandate_app::listing::{Cell, Filter, ListQuery, Operator, Sort};
use mandate_app::lists::show_list;
use mandate_app::{Action, Actor, Ctx};
use mandate_domain::Instant;
use mandate_domain::book::growth::PeriodKind;
use mandate_domain::book::{Account, Contract, ContractLine, Draft, Kind, Product, Saved};
use mandate_domain::identity::Role;
use mandate_testing::{STARTED_AT, TestDb, both_databases};

use crate::book::{account_draft, our_person, user};

/// Name, minor units, what says so, and contracts in other currencies, as the list shows them, by value.
type Line = (String, Option<i64>, String, i64);

fn query(filters: Vec<Filter>) -> ListQuery {
    let sort = Some(Sort { field: "annual_value".to_owned(), descending: true });
    ListQuery { filters, sort, limit: 50, ..ListQuery::default() }
}

async fn listed(ctx: &Ctx, actor: &Actor, filters: Vec<Filter>) -> Vec<Line> {
    let def = book::list(ctx, actor, Kind::Account);
    let page = show_list(ctx, actor, Action::ReadBook, &def, &query(filters)).await.expect("a list");
    let cell = |row: &mandate_app::listing::ListRow, name: &str| {
        row.cells[def.position(name).expect("a field")].clone()
    };
    let text = |cell: Cell| cell.text().unwrap_or_default().to_owned();
    let line = |row| {
        let (value, elsewhere) = (cell(row, "annual_value").integer(), cell(row, "n_elsewhere").integer());
        (text(cell(row, "name")), value, text(cell(row, "annual_value_from")), elsewhere.unwrap_or(-1))
    };
    page.rows.iter().map(line).collect()
}

async fn all(ctx: &Ctx) -> Vec<Line> {
    listed(ctx, &Actor::operator(), vec![]).await
}

fn line(name: &str, value: Option<i64>, from: &str, n_elsewhere: i64) -> Line {
    (name.to_owned(), value, from.to_owned(), n_elsewhere)
}

async fn account(ctx: &Ctx, external_id: &str, name: &str, annual_value: &str) -> Saved<Account> {
    let draft = account_draft(external_id, name).with("annual_value", annual_value);
    book::create(ctx, &Actor::operator(), draft).await.expect("an account")
}

async fn product(ctx: &Ctx) {
    let product = Draft::new().with("external_id", "T").with("name", "Tickets").with("unit", "ticket");
    book::create::<Product>(ctx, &Actor::operator(), product).await.expect("a product");
}

fn contract_draft(external_id: &str, account: &str, currency: &str, term: (&str, &str)) -> Draft {
    Draft::new()
        .with("external_id", external_id)
        .with("account", account)
        .with("kind", "master")
        .with("title", external_id)
        .with("time_zone", "Europe/London")
        .with("currency", currency)
        .with("starts_on", term.0)
        .with("ends_on", term.1)
}

/// A contract with one line of so many units at 1.00.
async fn contract(ctx: &Ctx, draft: Draft, n_units: &str) -> (Saved<Contract>, Saved<ContractLine>) {
    let operator = Actor::operator();
    let contract: Saved<Contract> = book::create(ctx, &operator, draft).await.expect("a contract");
    let line = Draft::new()
        .with("contract", contract.id.as_str())
        .with("product", "T")
        .with("annual_volume", n_units)
        .with("unit_price", "1.00");
    (contract, book::create(ctx, &operator, line).await.expect("a line"))
}

/// So many days after 21 November 2026.
fn after(n_days: i64) -> Instant {
    Instant::from_seconds(STARTED_AT.seconds() + n_days * 86_400)
}

both_databases! {
    async fn a_stated_value_wins_and_contracts_count_on_their_days_in_their_currency(db: TestDb) {
        let ctx = db.ctx();
        product(&ctx).await;
        account(&ctx, "A-1", "Stated", "50").await;
        account(&ctx, "A-2", "By contracts", "").await;
        account(&ctx, "A-3", "Nothing", "").await;
        contract(&ctx, contract_draft("C-1", "A-1", "GBP", ("2024-01-01", "")), "900").await;
        contract(&ctx, contract_draft("C-2", "A-2", "GBP", ("2024-01-01", "2027-03-31")), "70").await;
        contract(&ctx, contract_draft("C-3", "A-2", "GBP", ("2027-02-01", "")), "20").await;
        contract(&ctx, contract_draft("C-4", "A-2", "USD", ("2024-01-01", "")), "500").await;
        let stated = line("Stated", Some(5_000), "stated", 0);
        let nothing = line("Nothing", None, "", 0);
        let of = |value| line("By contracts", Some(value), "contracts", 1);
        assert_eq!(all(&ctx).await, [of(7_000), stated.clone(), nothing.clone()]);
        // What was summed is kept until something changes, and the days change it.
        let gbp = async |ctx: &Ctx| portfolio(ctx, &Actor::operator()).await.expect("sums").annual_values;
        assert_eq!(gbp(&ctx).await, [("GBP".to_owned(), 12_000)]);
        // Nobody writes: the days alone pass, to the end of January, the second contract's first day, the first one's last and the next.
        for (n_days, n_due, value) in [(71, 0, 7_000), (72, 1, 9_000), (130, 0, 9_000)] {
            let then = db.ctx_at(after(n_days));
            assert_eq!(keep_due_values(&then).await.expect("kept"), n_due, "{n_days}");
            assert_eq!(all(&then).await[0], of(value), "{n_days}");
            assert_eq!(gbp(&then).await, [("GBP".to_owned(), 5_000 + value)], "{n_days}");
            assert_eq!(count_wrong_values(&then).await.expect("a check"), 0);
        }
        let later = db.ctx_at(after(131));
        assert_eq!(count_wrong_values(&later).await.expect("a check"), 1);
        assert_eq!(keep_due_values(&later).await.expect("kept"), 1);
        assert_eq!(all(&later).await, [stated, of(2_000), nothing]);
        let sums = portfolio(&later, &Actor::operator()).await.expect("sums");
        assert_eq!((sums.n_accounts, sums.n_valued, sums.n_from_contracts, sums.n_elsewhere), (3, 2, 1, 1));
        assert_eq!(sums.annual_values, [("GBP".to_owned(), 7_000)]);
        assert_eq!(count_wrong_values(&later).await.expect("a check"), 0);
    }

    async fn values_beyond_counting_together_leave_the_portfolio_standing(db: TestDb) {
        let ctx = db.ctx();
        let sums = async || portfolio(&ctx, &Actor::operator()).await.expect("sums");
        account(&ctx, "A-1", "One", "90000000000000000.01").await;
        account(&ctx, "A-2", "Two", "1000000000.98").await;
        assert_eq!(sums().await.annual_values, [("GBP".to_owned(), 9_000_000_100_000_000_099)]);
        let yen = account_draft("A-3", "Three").with("currency", "JPY").with("annual_value", "700");
        book::create::<Account>(&ctx, &Actor::operator(), yen).await.expect("an account");
        account(&ctx, "A-4", "Four", "90000000000000000").await;
        let found = sums().await;
        assert_eq!(found.annual_values, [("JPY".to_owned(), 700)], "no pounds rather than wrong ones");
        assert_eq!((found.n_accounts, found.n_valued), (4, 4));
    }

    async fn the_list_is_filtered_by_the_value_it_shows(db: TestDb) {
        let ctx = db.ctx();
        product(&ctx).await;
        account(&ctx, "A-1", "Stated", "50").await;
        account(&ctx, "A-2", "By contracts", "").await;
        contract(&ctx, contract_draft("C-2", "A-2", "GBP", ("2024-01-01", "")), "70").await;
        let filter = |field: &str, operator, value: &str| {
            vec![Filter { field: field.to_owned(), operator, values: vec![value.to_owned()] }]
        };
        let operator = Actor::operator();
        let names = |lines: Vec<Line>| lines.into_iter().map(|it| it.0).collect::<Vec<_>>();
        let dear = listed(&ctx, &operator, filter("annual_value", Operator::AtLeast, "6000")).await;
        assert_eq!(names(dear), ["By contracts"]);
        let stated = listed(&ctx, &operator, filter("annual_value_from", Operator::Is, "stated")).await;
        assert_eq!(names(stated), ["Stated"]);
    }

    async fn every_write_of_contracts_and_lines_moves_the_value(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        product(&ctx).await;
        let one = account(&ctx, "A-1", "One", "").await;
        account(&ctx, "A-2", "Two", "").await;
        let (made, sold) = contract(&ctx, contract_draft("C-1", "A-1", "GBP", ("2024-01-01", "")), "70").await;
        let value = async |name: &str| all(&ctx).await.into_iter().find(|it| it.0 == name).and_then(|it| it.1);
        assert_eq!(value("One").await, Some(7_000));
        let more = Draft::new().with("annual_volume", "80");
        let sold = book::change::<ContractLine>(&ctx, &operator, &sold.id, sold.version, more).await.expect("a change");
        assert_eq!(value("One").await, Some(8_000));
        let moved = Draft::new().with("account", "A-2");
        let moved = book::change::<Contract>(&ctx, &operator, &made.id, made.version, moved).await.expect("a move");
        assert_eq!((value("One").await, value("Two").await), (None, Some(8_000)));
        book::trash::<ContractLine>(&ctx, &operator, &sold.id, None).await.expect("in the trash");
        assert_eq!(value("Two").await, None);
        book::restore::<ContractLine>(&ctx, &operator, &sold.id).await.expect("back");
        assert_eq!(value("Two").await, Some(8_000));
        book::trash::<Contract>(&ctx, &operator, &moved.id, None).await.expect("in the trash");
        assert_eq!(value("Two").await, None);
        book::restore::<Contract>(&ctx, &operator, &moved.id).await.expect("back");
        assert_eq!(value("Two").await, Some(8_000));
        let sums = async || portfolio(&ctx, &Actor::operator()).await.expect("sums").annual_values;
        let stated = Draft::new().with("annual_value", "5");
        let one = book::change::<Account>(&ctx, &operator, &one.id, one.version, stated).await.expect("a value");
        assert_eq!(sums().await, [("GBP".to_owned(), 8_500)]);
        book::trash::<Account>(&ctx, &operator, &one.id, None).await.expect("in the trash");
        assert_eq!(sums().await, [("GBP".to_owned(), 8_000)]);
        book::restore::<Account>(&ctx, &operator, &one.id).await.expect("back");
        assert_eq!(sums().await, [("GBP".to_owned(), 8_500)]);
        assert_eq!(count_wrong_values(&ctx).await.expect("a check"), 0);
    }

    async fn an_import_of_contracts_alone_values_accounts_and_its_undo_takes_that_back(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        product(&ctx).await;
        account(&ctx, "A-1", "One", "").await;
        account(&ctx, "A-2", "Two", "").await;
        let import = async |kind, text: &str| {
            let file = ImportFile::new("book.csv", text.as_bytes().to_vec());
            import_book(&ctx, &operator, kind, &file, Told::Nobody).await.expect("an import").batch_id.expect("a batch")
        };
        let contracts = "external_id,account,kind,title,time_zone,currency,starts_on\n\
                         C-1,A-1,master,One,UTC,GBP,2024-01-01\nC-2,A-2,master,Two,UTC,GBP,2024-01-01\n";
        import(Kind::Contract, contracts).await;
        let head = "external_id,contract,product,annual_volume,unit_price";
        let first = import(Kind::ContractLine, &format!("{head}\nL-1,C-1,T,10,1.00\nL-3,C-1,T,5,1.00\n")).await;
        import(Kind::ContractLine, &format!("{head}\nL-2,C-2,T,30,1.00\n")).await;
        let two = |value| line("Two", Some(value), "contracts", 0);
        let one = line("One", Some(1_500), "contracts", 0);
        assert_eq!(all(&ctx).await, [two(3_000), one.clone()]);
        let third = import(Kind::ContractLine, "external_id,annual_volume\nL-2,40\n").await;
        assert_eq!(all(&ctx).await, [two(4_000), one.clone()]);
        undo_book_import(&ctx, &operator, &third).await.expect("undone");
        assert_eq!(all(&ctx).await, [two(3_000), one]);
        undo_book_import(&ctx, &operator, &first).await.expect("undone");
        assert_eq!(all(&ctx).await, [two(3_000), line("One", None, "", 0)]);
        assert_eq!(count_wrong_values(&ctx).await.expect("a check"), 0);
    }

    async fn a_list_that_was_taken_out_states_nothing_that_came_from_contracts(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        product(&ctx).await;
        account(&ctx, "A-1", "One", "").await;
        contract(&ctx, contract_draft("C-1", "A-1", "GBP", ("2024-01-01", "")), "10").await;
        let mut mapping = Mapping { alike: Some(Alike::Update), ..Mapping::default() };
        for (column, field) in [("Own id", "external_id"), ("Annual value", "annual_value"), ("Industry", "industry")] {
            mapping.columns.insert(column.to_owned(), field.to_owned());
        }
        let text = "Own id,Annual value,Annual value comes from,Industry\nA-1,10.00,contracts,Insurance\n";
        let file = ImportFile { mapping: Some(Box::new(mapping)), ..ImportFile::new("list.csv", text.as_bytes().to_vec()) };
        let done = import_book(&ctx, &operator, Kind::Account, &file, Told::Nobody).await.expect("an import");
        assert_eq!(done.n_changed, 1);
        assert_eq!(all(&ctx).await, [line("One", Some(1_000), "contracts", 0)]);
    }

    async fn merged_accounts_are_worth_the_contracts_of_both_until_the_merge_is_undone(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        product(&ctx).await;
        let keep = account(&ctx, "A-1", "One", "").await;
        let drop = account(&ctx, "A-2", "Two", "").await;
        contract(&ctx, contract_draft("C-1", "A-1", "GBP", ("2024-01-01", "")), "10").await;
        contract(&ctx, contract_draft("C-2", "A-2", "GBP", ("2024-01-01", "")), "30").await;
        let merging = Merging {
            keep: keep.id.clone(),
            keep_version: keep.version,
            drop: drop.id.clone(),
            drop_version: drop.version,
            take: std::collections::BTreeSet::new(),
        };
        let done = merge_records(&ctx, &operator, &merging).await.expect("a merge");
        assert_eq!(all(&ctx).await, [line("One", Some(4_000), "contracts", 0)]);
        undo_merge::<Account>(&ctx, &operator, &done.id).await.expect("undone");
        assert_eq!(all(&ctx).await, [line("Two", Some(3_000), "contracts", 0), line("One", Some(1_000), "contracts", 0)]);
    }

    async fn who_sees_own_accounts_only_sees_and_sums_the_contracts_of_these_alone(db: TestDb) {
        let ctx = db.ctx();
        product(&ctx).await;
        let manager = our_person(&ctx, "P-1", "Anne Feld").await;
        let own = account_draft("A-1", "Own").with("account_manager", "P-1");
        book::create::<Account>(&ctx, &Actor::operator(), own).await.expect("an account");
        account(&ctx, "A-2", "Others", "").await;
        contract(&ctx, contract_draft("C-1", "A-1", "GBP", ("2024-01-01", "")), "10").await;
        contract(&ctx, contract_draft("C-2", "A-2", "GBP", ("2024-01-01", "")), "30").await;
        let theirs = user(Role::AccountManager, &manager);
        assert_eq!(listed(&ctx, &theirs, vec![]).await, [line("Own", Some(1_000), "contracts", 0)]);
        let sums = portfolio(&ctx, &theirs).await.expect("sums");
        assert_eq!((sums.n_valued, sums.annual_values), (1, vec![("GBP".to_owned(), 1_000)]));
        // Whoever may not read contracts may read no list of accounts either.
        let client = user(Role::ClientMember, &manager);
        let def = book::list(&ctx, &client, Kind::Account);
        assert!(show_list(&ctx, &client, Action::ReadBook, &def, &query(vec![])).await.is_err());
        assert!(portfolio(&ctx, &client).await.is_err());
    }

    async fn revenue_at_risk_counts_contracts_and_tells_what_ends(db: TestDb) {
        let ctx = db.ctx();
        product(&ctx).await;
        account(&ctx, "A-1", "One", "").await;
        let ends = contract_draft("C-1", "A-1", "GBP", ("2024-01-01", "2027-03-31")).with("renewal", "ends");
        contract(&ctx, ends, "10").await;
        let found = growth(&ctx, &Actor::operator(), PeriodKind::LastTwelve).await.expect("growth");
        let risk = &found.at_risk[0];
        assert_eq!((risk.worth.value.map(|it| it.minor), risk.worth.from_contracts), (Some(1_000), true));
        assert!(risk.contract.turn.is_some_and(|turn| turn.is_end()), "{:?}", risk.contract.turn);
        assert_eq!(found.value_at_risk.by_currency.values().copied().collect::<Vec<_>>(), [1_000]);
    }

    async fn accounts_from_before_values_were_kept_are_counted_at_start(db: TestDb) {
        let ctx = db.ctx();
        product(&ctx).await;
        account(&ctx, "A-1", "One", "").await;
        contract(&ctx, contract_draft("C-1", "A-1", "GBP", ("2024-01-01", "")), "10").await;
        let mut tx = db.write().await;
        tx.execute("UPDATE account SET contracts_minor = NULL, contracts_until = '0001-01-01'", vec![]).await.expect("as before");
        db.commit(tx).await;
        assert_eq!(count_wrong_values(&ctx).await.expect("a check"), 1);
        assert_eq!(keep_due_values(&ctx).await.expect("kept"), 1);
        assert_eq!(all(&ctx).await, [line("One", Some(1_000), "contracts", 0)]);
        assert_eq!(keep_due_values(&ctx).await.expect("nothing left"), 0);
    }
}
