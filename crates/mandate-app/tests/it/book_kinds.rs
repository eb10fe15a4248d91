//! The kinds beside accounts and contracts: amendments take effect on their day, references stay within one account, figures
//! come in without ids, and what is settled says when.

use mandate_app::book::{
    self, BookError, ImportError, ImportFile, ImportReport, Told, apply_due_amendments, import_book,
};
use mandate_app::{Actor, Ctx, UseCaseError};
use mandate_domain::book::{
    Account, Acquaintance, Actual, Amendment, Contract, ContractLine, Draft, ExchangeRate, Expectation, Kind,
    ListPrice, Opportunity, Person, Product, Promise, Saved, Stake,
};
use mandate_domain::governance::{Communication, Review};
use mandate_domain::{Id, Instant};
use mandate_store::audit::list_after;
use mandate_testing::{TestDb, both_databases};

use crate::book::{account_draft, contract_with_line, fields, our_person};

async fn make<R: mandate_app::book::Stored>(ctx: &Ctx, draft: Draft) -> Result<Saved<R>, BookError> {
    book::create(ctx, &Actor::operator(), draft).await
}

async fn client(ctx: &Ctx, account: &Saved<Account>, name: &str) -> Saved<Person> {
    let draft = Draft::new().with("side", "client").with("account", account.id.as_str()).with("name", name);
    make(ctx, draft).await.expect("a client's person")
}

async fn account(ctx: &Ctx, external_id: &str, name: &str) -> Saved<Account> {
    make(ctx, account_draft(external_id, name)).await.expect("an account")
}

async fn import(ctx: &Ctx, kind: Kind, text: &str) -> Result<ImportReport, ImportError> {
    let file = ImportFile::new("figures.csv", text.as_bytes().to_vec());
    import_book(ctx, &Actor::operator(), kind, &file, Told::Nobody).await
}

fn told(error: &BookError) -> Vec<(String, String)> {
    error.fields().into_iter().map(|field| (field.field, field.message.id.to_owned())).collect()
}

fn amendment(contract: &Saved<Contract>, subject: &str, from: &str) -> Draft {
    Draft::new()
        .with("contract", contract.id.as_str())
        .with("title", format!("{subject} from {from}"))
        .with("subject", subject)
        .with("effective_on", from)
}

both_databases! {
    // The tests' clock stands on 21 November 2026.
    async fn an_amendment_puts_its_terms_into_the_contract_on_its_day(db: TestDb) {
        let ctx = db.ctx();
        let brackwell = account(&ctx, "A-1", "Brackwell").await;
        let (contract, _) = contract_with_line(&ctx, &brackwell).await;
        let past = amendment(&contract, "term", "2026-06-01").with("ends_on", "2028-03-31").with("notice_days", "90");
        let past: Saved<Amendment> = make(&ctx, past).await.expect("an amendment");
        let now: Saved<Contract> = book::show(&ctx, &Actor::operator(), &contract.id).await.expect("the contract");
        assert_eq!(now.ends_on.map(|day| day.to_string()).as_deref(), Some("2028-03-31"));
        assert_eq!(now.notice_deadline().map(|day| day.to_string()).as_deref(), Some("2028-01-01"));

        let coming = amendment(&contract, "price", "2027-01-01").with("price_change_on", "2028-01-01");
        make::<Amendment>(&ctx, coming).await.expect("an amendment");
        let price = async |ctx: &Ctx| {
            let it: Saved<Contract> = book::show(ctx, &Actor::operator(), &contract.id).await.expect("it");
            it.price_change_on.map(|day| day.to_string())
        };
        assert_eq!(apply_due_amendments(&ctx).await.expect("nothing is due"), 0);
        assert_eq!(price(&ctx).await, None);
        let new_year = Instant::from_seconds(1_798_765_200 + 3_600);
        let later = db.ctx_at(new_year);
        assert_eq!(apply_due_amendments(&later).await.expect("one is due"), 1);
        assert_eq!(price(&later).await.as_deref(), Some("2028-01-01"));
        assert_eq!(apply_due_amendments(&later).await.expect("once"), 0);

        let mut tx = db.read().await;
        let audit = list_after(&mut tx, 0, 50).await.expect("the audit record");
        let amended: Vec<&str> = audit.iter().map(|record| record.action.as_str()).filter(|it| it.ends_with(".amended")).collect();
        assert_eq!(amended.len(), 2, "each change of the contract is on record");

        let past: Saved<Amendment> = book::show(&ctx, &Actor::operator(), &past.id).await.expect("it");
        assert!(past.applied);
        let moved = Draft::new().with("ends_on", "2029-03-31");
        let refused = book::change(&ctx, &Actor::operator(), &past.id, past.version, moved).await.expect_err("applied");
        assert_eq!(told(&refused), [("ends_on".to_owned(), "book-problem-applied-already".to_owned())]);
        let noted = Draft::new().with("summary", "Two more years");
        book::change(&ctx, &Actor::operator(), &past.id, past.version, noted).await.expect("words may be added");
    }

    async fn amendments_of_one_subject_do_not_overlap(db: TestDb) {
        let ctx = db.ctx();
        let brackwell = account(&ctx, "A-1", "Brackwell").await;
        let (contract, _) = contract_with_line(&ctx, &brackwell).await;
        let until = amendment(&contract, "volume", "2026-01-01").with("effective_until", "2026-12-31");
        make::<Amendment>(&ctx, until).await.expect("a temporary one");
        let inside = make::<Amendment>(&ctx, amendment(&contract, "volume", "2026-12-31")).await.expect_err("overlaps");
        assert_eq!(told(&inside), [("effective_on".to_owned(), "book-problem-overlaps".to_owned())]);
        make::<Amendment>(&ctx, amendment(&contract, "volume", "2027-01-01")).await.expect("the day after");
        make::<Amendment>(&ctx, amendment(&contract, "scope", "2026-06-01")).await.expect("another subject");
        let for_a_time = amendment(&contract, "term", "2026-01-01").with("effective_until", "2026-12-31").with("ends_on", "2028-01-01");
        let refused = make::<Amendment>(&ctx, for_a_time).await.expect_err("a term is for good");
        assert_eq!(told(&refused), [("effective_until".to_owned(), "book-problem-term-for-good".to_owned())]);
        let early = amendment(&contract, "term", "2026-01-01").with("ends_on", "2020-01-01").with("renews_on", "2027-02-30");
        let refused = make::<Amendment>(&ctx, early).await.expect_err("30 February");
        assert_eq!(told(&refused), [("renews_on".to_owned(), "book-problem-date".to_owned())]);
        let early = amendment(&contract, "term", "2026-01-01").with("ends_on", "2020-01-01");
        let refused = make::<Amendment>(&ctx, early).await.expect_err("before the contract starts");
        assert_eq!(told(&refused), [("ends_on".to_owned(), "book-problem-before".to_owned())]);
    }

    async fn what_a_record_names_is_of_its_own_account(db: TestDb) {
        let ctx = db.ctx();
        let (brackwell, other) = (account(&ctx, "A-1", "Brackwell").await, account(&ctx, "A-2", "Other").await);
        let hana = client(&ctx, &brackwell, "Hana Brandt").await;
        let namesake = client(&ctx, &other, "Hana Brandt").await;
        let manager = our_person(&ctx, "P-1", "Jonas Feld").await;
        let promise = |account: &Saved<Account>| Draft::new().with("account", account.id.as_str()).with("title", "A named team").with("made_on", "2026-01-15");
        let named: Saved<Promise> = make(&ctx, promise(&brackwell).with("made_to", "Hana Brandt")).await.expect("the one of this account");
        assert_eq!(named.made_to_id.as_ref(), Some(&hana.id));
        let refused = make::<Promise>(&ctx, promise(&brackwell).with("made_to", namesake.id.as_str())).await.expect_err("of another");
        assert_eq!(told(&refused), [("made_to".to_owned(), "book-problem-of-another-account".to_owned())]);
        let refused = make::<Promise>(&ctx, promise(&brackwell).with("made_to", "Jonas Feld")).await.expect_err("one of ours");
        assert_eq!(fields(&refused), ["made_to"]);
        let (contract, _) = contract_with_line(&ctx, &brackwell).await;
        let refused = make::<Promise>(&ctx, promise(&other).with("contract", contract.id.as_str()).with("clause", "4.2")).await.expect_err("its contract");
        assert_eq!(told(&refused), [("contract".to_owned(), "book-problem-of-another-account".to_owned())]);

        let talk = Draft::new().with("account", "A-1").with("title", "Call").with("happened_on", "2026-11-20").with("channel", "call");
        let talk: Saved<Communication> = make(&ctx, talk.with("people", "Hana Brandt; P-1")).await.expect("a talk");
        let mut expected = vec![hana.id.to_string(), manager.id.to_string()];
        expected.sort();
        assert_eq!(talk.person_ids.iter().map(Id::to_string).collect::<Vec<_>>(), expected);
        let known: Saved<Acquaintance> = make(&ctx, Draft::new().with("client_person", hana.id.as_str()).with("our_person", "P-1").with("strength", "4").with("stated_on", "2026-01-01")).await.expect("who knows whom");
        let again = Draft::new().with("client_person", hana.id.as_str()).with("our_person", "P-1").with("strength", "1").with("stated_on", "2026-02-01");
        let refused = make::<Acquaintance>(&ctx, again.clone()).await.expect_err("twice");
        assert_eq!(told(&refused), [("client_person".to_owned(), "book-problem-twice".to_owned())]);
        book::trash(&ctx, &Actor::operator(), &known.id, None).await.expect("the trash");
        make::<Acquaintance>(&ctx, again).await.expect("a new one");
        let back = book::restore(&ctx, &Actor::operator(), &known.id).await.expect_err("replaced");
        assert!(matches!(back, BookError::ReplacedMeanwhile), "{back:?}");
    }

    async fn what_is_settled_says_when_and_what_is_open_does_not(db: TestDb) {
        let ctx = db.ctx();
        account(&ctx, "A-1", "Brackwell").await;
        let promise = Draft::new().with("account", "A-1").with("title", "Eight people by June").with("made_on", "2026-01-15");
        let cases = [
            (promise.clone().with("state", "kept"), ("settled_on", "book-problem-required")),
            (promise.clone().with("settled_on", "2026-06-01"), ("settled_on", "book-problem-must-be-empty")),
            (promise.clone().with("state", "kept").with("settled_on", "2026-01-01"), ("settled_on", "book-problem-before")),
            (promise.clone().with("clause", "4.2"), ("contract", "book-problem-needed-for")),
            (promise.clone().with("due_on", "2026-01-01"), ("due_on", "book-problem-before")),
        ];
        for (draft, (field, message)) in cases {
            let refused = make::<Promise>(&ctx, draft).await.expect_err(message);
            assert_eq!(told(&refused), [(field.to_owned(), message.to_owned())]);
        }
        let kept: Saved<Promise> = make(&ctx, promise.with("state", "kept").with("settled_on", "2026-06-01")).await.expect("kept");
        assert_eq!(kept.settled_on.map(|day| day.to_string()).as_deref(), Some("2026-06-01"));
        let expected = Draft::new().with("account", "A-1").with("title", "Tell us early").with("stated_on", "2026-02-01").with("state", "met");
        assert_eq!(fields(&make::<Expectation>(&ctx, expected).await.expect_err("when?")), ["settled_on"]);
        let won = Draft::new().with("account", "A-1").with("title", "Second site").with("currency", "GBP").with("opened_on", "2026-02-01").with("stage", "won");
        assert_eq!(fields(&make::<Opportunity>(&ctx, won).await.expect_err("when?")), ["closed_on"]);
    }

    async fn figures_prices_and_rates_come_in_without_ids_and_twice_is_once(db: TestDb) {
        let ctx = db.ctx();
        let brackwell = account(&ctx, "A-1", "Brackwell").await;
        contract_with_line(&ctx, &brackwell).await;
        let months = "account,product,month,currency,revenue,volume,cost\nA-1,T,2026-09,GBP,1200.50,400,700.25\nA-1,T,2026-10,GBP,-20,,\n";
        let first = import(&ctx, Kind::Actual, months).await.expect("two months");
        assert_eq!((first.n_new, first.n_same), (2, 0));
        let again = import(&ctx, Kind::Actual, &months.replace("1200.50", "1300")).await.expect("the same months");
        assert_eq!((again.n_new, again.n_changed, again.n_same), (0, 1, 1));
        let other_words = "account,product,month,currency,revenue\nBrackwell,Tickets,2026-09,GBP,1\n";
        match import(&ctx, Kind::Actual, other_words).await {
            Err(ImportError::Rows(errors)) => {
                let text = &errors.errors[0].text;
                assert!(text.contains("there is a record of this already"), "{text}");
            }
            other => panic!("{other:?}"),
        }
        let rates = "from_currency,to_currency,rate_on,rate,source\nUSD,EUR,2026-10-30,0.9231,ECB\nUSD,EUR,2026-10-30,0.93,ECB\n";
        assert!(matches!(import(&ctx, Kind::ExchangeRate, rates).await, Err(ImportError::Rows(_))), "one day, two rates");
        let refused = make::<ExchangeRate>(&ctx, Draft::new().with("from_currency", "EUR").with("to_currency", "EUR").with("rate_on", "2026-10-30").with("rate", "0").with("source", "ECB")).await.expect_err("two");
        assert_eq!(fields(&refused), ["rate", "to_currency"]);
        let price = |from: &str| Draft::new().with("product", "T").with("currency", "GBP").with("price", "3.20").with("valid_from", from);
        make::<ListPrice>(&ctx, price("2026-01-01")).await.expect("a price");
        assert_eq!(fields(&make::<ListPrice>(&ctx, price("2026-01-01")).await.expect_err("twice")), ["product"]);
        make::<ListPrice>(&ctx, price("2027-01-01")).await.expect("the next");
        let none = Draft::new().with("account", "A-1").with("product", "T").with("month", "2026-13").with("currency", "GBP");
        assert_eq!(fields(&make::<Actual>(&ctx, none).await.expect_err("no figure, no month")), ["month", "revenue"]);
    }

    async fn a_product_that_contracts_sell_is_not_put_away(db: TestDb) {
        let ctx = db.ctx();
        let operator = Actor::operator();
        let brackwell = account(&ctx, "A-1", "Brackwell").await;
        let (_, line) = contract_with_line(&ctx, &brackwell).await;
        let product: Id<Product> = line.product_id.clone();
        let refused = book::trash(&ctx, &operator, &product, None).await.expect_err("still sold");
        assert!(matches!(refused, BookError::StillSold { n_lines: 1 }), "{refused:?}");
        book::trash::<ContractLine>(&ctx, &operator, &line.id, None).await.expect("the line");
        book::trash(&ctx, &operator, &product, None).await.expect("now it may go");
    }

    async fn a_review_names_measures_and_a_stake_belongs_to_the_clients_account(db: TestDb) {
        let ctx = db.ctx();
        let brackwell = account(&ctx, "A-1", "Brackwell").await;
        let hana = client(&ctx, &brackwell, "Hana Brandt").await;
        let held = Draft::new().with("account", "A-1").with("title", "October").with("held_on", "2026-11-02").with("measures", "Nothing of the kind");
        let refused = make::<Review>(&ctx, held).await.expect_err("no such measure");
        assert_eq!(told(&refused), [("measures".to_owned(), "book-problem-unknown-measure".to_owned())]);
        let stake = Draft::new().with("person", "Hana Brandt").with("basis", "decision").with("weight", "60").with("since", "2026-01-01").with("reason", "Signs every renewal");
        let stake: Saved<Stake> = make(&ctx, stake).await.expect("a stake");
        assert_eq!(stake.person_id, hana.id);
        let mut tx = db.read().await;
        let audit = list_after(&mut tx, 0, 50).await.expect("the audit record");
        let last = audit.last().expect("a record");
        assert_eq!((last.action.as_str(), last.account_id.as_deref()), ("stake.created", Some(brackwell.id.as_str())));
    }
}
