//! Files whose rows carry records besides their own: found or made once, written and undone with them.

use mandate_app::book::guess::propose_for;
use mandate_app::book::mapping::Mapping;
use mandate_app::book::{
    self, ImportError, ImportFile, ImportReport, RowErrors, Told, check_import, import_book, undo_book_import,
};
use mandate_app::{Actor, Ctx};
use mandate_domain::book::{Account, Contract, ContractLine, Draft, Kind, Person, Product, Saved};
use mandate_domain::identity::Role;
use mandate_store::audit::list_after;
use mandate_testing::{TestDb, both_databases};

use crate::book::{account_draft, our_person, user};
use crate::book_import::file;

async fn import(ctx: &Ctx, kind: Kind, given: &ImportFile) -> Result<ImportReport, ImportError> {
    import_book(ctx, &Actor::operator(), kind, given, Told::Nobody).await
}

async fn wrong(ctx: &Ctx, kind: Kind, text: &str) -> RowErrors {
    match check_import(ctx, &Actor::operator(), kind, &file(text)).await {
        Err(ImportError::Rows(errors)) => errors,
        other => panic!("{other:?}"),
    }
}

fn told(errors: &RowErrors) -> Vec<String> {
    errors.errors.iter().map(|error| format!("{} {}: {}", error.row, error.column, error.text)).collect()
}

/// New, changed and same of the file's own records; then of each relation, by its way.
fn counts(report: &ImportReport) -> Vec<(&'static str, [usize; 3])> {
    let own = ("", [report.n_new, report.n_changed, report.n_same]);
    let related = report.related.iter().map(|it| (it.path, [it.n_new, it.n_changed, it.n_same]));
    std::iter::once(own).chain(related).collect()
}

async fn found<R: mandate_app::book::Stored>(ctx: &Ctx, external_id: &str) -> Saved<R> {
    let draft = vec![Draft::new().with("external_id", external_id)];
    let found: Vec<book::Upserted<R>> =
        book::upsert(ctx, &Actor::operator(), draft).await.expect("it is there");
    found.into_iter().next().expect("one").saved
}

async fn n_audited(db: &TestDb, action: &str) -> usize {
    let mut tx = db.read().await;
    let all = list_after(&mut tx, 0, 1_000).await.expect("the audit record");
    all.iter().filter(|record| record.action == action).count()
}

const CONTACTS: &str = "external_id,side,name,account.external_id,account.name,account.time_zone,account.currency\n\
                        P-1,client,Hana Brandt,A-1,Brackwell,UTC,EUR\n\
                        P-2,client,Jon Feld,A-1,Brackwell,,\n\
                        P-3,client,Eve Byrne,,Northgate,Europe/London,GBP\n";

const LINES: &str = "external_id,contract.external_id,contract.title,contract.starts_on,contract.time_zone,\
                     contract.currency,contract.account.name,contract.account.time_zone,contract.account.currency,\
                     product.external_id,product.name,product.unit,annual_volume,unit_price\n\
                     L-1,C-1,Desk,2026-01-01,UTC,JPY,Brackwell,UTC,EUR,T,Tickets,ticket,12000,312\n\
                     L-2,C-1,Desk,,,,Brackwell,,,K,Calls,call,500,80\n";

both_databases! {
    async fn contacts_bring_their_companies_once_and_are_undone_with_them(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let checked = check_import(&ctx, &operator, Kind::Person, &file(CONTACTS)).await.expect("a check");
        assert_eq!(counts(&checked), [("", [3, 0, 0]), ("account", [2, 0, 0])]);
        let shown: Vec<(Kind, &str)> = checked.previews.iter().map(|it| (it.kind, it.name.as_str())).collect();
        assert_eq!(shown[3..], [(Kind::Account, "Brackwell"), (Kind::Account, "Northgate")]);
        assert_eq!(n_audited(&db, "account.created").await, 0, "a check changes nothing");

        let done = import(&ctx, Kind::Person, &file(CONTACTS)).await.expect("an import");
        assert_eq!(counts(&done), [("", [3, 0, 0]), ("account", [2, 0, 0])]);
        let account = found::<Account>(&ctx, "A-1").await;
        for person in ["P-1", "P-2"] {
            assert_eq!(found::<Person>(&ctx, person).await.account_id.as_ref(), Some(&account.id));
        }
        let again = import(&ctx, Kind::Person, &file(CONTACTS)).await.expect("the same again");
        assert_eq!(counts(&again), [("", [0, 0, 3]), ("account", [0, 0, 2])], "also the one known by its name alone");
        assert_eq!(n_audited(&db, "account.created").await, 2);

        let undone = undo_book_import(&ctx, &operator, &done.batch_id.expect("a batch")).await.expect("undone");
        assert_eq!((undone.kind, undone.n_trashed, undone.n_restored), (Kind::Person, 5, 0));
        let gone = told(&wrong(&ctx, Kind::Person, CONTACTS).await);
        assert!(gone.iter().any(|it| it.starts_with("2 account.external_id: ") && it.contains("trash")), "{gone:?}");
    }

    async fn an_id_of_mandate_in_place_of_the_firms_means_its_record(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        import(&ctx, Kind::Person, &file(CONTACTS)).await.expect("an import");
        let account = found::<Account>(&ctx, "A-1").await;
        let again = format!(
            "external_id,side,name,account.external_id,account.name\n\
             P-1,client,Hana Brandt,{0},Brackwell\nP-2,client,Jon Feld,{0},Brackwell\n",
            account.id
        );
        let checked = check_import(&ctx, &operator, Kind::Person, &file(&again)).await.expect("a check");
        assert_eq!(counts(&checked), [("", [0, 0, 2]), ("account", [0, 0, 1])]);
        import(&ctx, Kind::Person, &file(&again)).await.expect("the same again");
        assert_eq!(found::<Account>(&ctx, "A-1").await.id, account.id, "it keeps the firm's own id");
        // As by the firm's own id, a name is what it is called from now on.
        let renamed = again.replace("Brackwell", "Brackwell Group");
        let done = import(&ctx, Kind::Person, &file(&renamed)).await.expect("another name");
        assert_eq!(counts(&done), [("", [0, 0, 2]), ("account", [0, 1, 0])]);
        assert_eq!(found::<Account>(&ctx, "A-1").await.name, "Brackwell Group");
    }

    async fn a_contract_export_brings_account_contract_product_and_line(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let made = [("", [2, 0, 0]), ("product.line_of_business", [0; 3]), ("contract.account", [1, 0, 0]),
                    ("product", [2, 0, 0]), ("contract", [1, 0, 0])];
        let made: Vec<_> = made.into_iter().filter(|(path, _)| *path != "product.line_of_business").collect();
        let checked = check_import(&ctx, &operator, Kind::ContractLine, &file(LINES)).await.expect("a check");
        assert_eq!(counts(&checked), made);
        // Prices are read in the currency of a contract that is not there yet.
        let cents = told(&wrong(&ctx, Kind::ContractLine, &LINES.replace(",312\n", ",3.12\n")).await);
        assert_eq!(cents, ["2 unit_price: JPY has no decimals: write `3` instead of `3.12`"]);
        let done = import(&ctx, Kind::ContractLine, &file(LINES)).await.expect("an import");
        assert_eq!(counts(&done), made);
        let line = found::<ContractLine>(&ctx, "L-1").await;
        let contract = found::<Contract>(&ctx, "C-1").await;
        assert_eq!((line.unit_price_minor, &line.contract_id), (312, &contract.id));
        assert_eq!(line.product_id, found::<Product>(&ctx, "T").await.id);
        let again = import(&ctx, Kind::ContractLine, &file(LINES)).await.expect("the same again");
        assert!(counts(&again).iter().all(|(_, [new, changed, _])| new + changed == 0), "{:?}", counts(&again));

        // What was there is changed, and goes back.
        let renamed = LINES.replace("Calls", "Phone calls");
        let batch = import(&ctx, Kind::ContractLine, &file(&renamed)).await.expect("a change");
        assert_eq!(counts(&batch)[2], ("product", [0, 1, 1]));
        undo_book_import(&ctx, &operator, &batch.batch_id.expect("a batch")).await.expect("undone");
        assert_eq!(found::<Product>(&ctx, "K").await.name, "Calls");
        let undone = undo_book_import(&ctx, &operator, &done.batch_id.expect("a batch")).await;
        let refused = undone.expect_err("a product was changed since, and changed back").to_string();
        assert!(refused.contains("Calls"), "{refused}");
    }

    async fn a_line_goes_to_an_account_that_the_file_makes(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        import(&ctx, Kind::ContractLine, &file(LINES)).await.expect("an import");
        let moved = LINES.replace(",C-1,Desk", ",C-9,Desk").replace("Brackwell", "Ferrum");
        let checked = check_import(&ctx, &operator, Kind::ContractLine, &file(&moved)).await.expect("a check");
        let done = import(&ctx, Kind::ContractLine, &file(&moved)).await.expect("an import");
        assert_eq!(counts(&checked), counts(&done));
        assert_eq!(counts(&done), [("", [0, 2, 0]), ("contract.account", [1, 0, 0]), ("product", [0, 0, 2]), ("contract", [1, 0, 0])]);
        let contract = found::<Contract>(&ctx, "C-9").await;
        assert_eq!(found::<ContractLine>(&ctx, "L-1").await.contract_id, contract.id);
    }

    async fn an_empty_account_cell_makes_no_second_contract(db: TestDb) {
        let ctx = db.ctx();
        let account = account_draft("A-1", "Brackwell");
        book::create::<Account>(&ctx, &Actor::operator(), account).await.expect("an account");
        let heads = "external_id,contract.title,contract.starts_on,contract.time_zone,contract.currency,\
                     contract.account.external_id,contract.account.name,product.external_id,product.name,product.unit,\
                     annual_volume,unit_price\n";
        let text = format!("{heads}L-1,Desk,2026-01-01,UTC,EUR,A-1,,T,Tickets,ticket,12000,3\n\
                            L-2,Desk,,,,,Brackwell,K,Calls,call,500,8\n\
                            L-3,Desk,,,,,,M,Chats,chat,500,8\n");
        let done = import(&ctx, Kind::ContractLine, &file(&text)).await.expect("an import");
        assert_eq!(counts(&done)[3], ("contract", [1, 0, 0]), "{:?}", counts(&done));
        let of_first = found::<ContractLine>(&ctx, "L-1").await.contract_id.clone();
        for line in ["L-2", "L-3"] {
            assert_eq!(found::<ContractLine>(&ctx, line).await.contract_id, of_first, "{line}");
        }
        // Of two accounts' contracts of that title nobody can tell which is meant.
        let both = text.replace("L-", "N-").replace("N-2,Desk,,,,,Brackwell", "N-2,Desk,2026-01-01,UTC,EUR,A-2,Ferrum");
        let both = both.replace("contract.account.name,", "contract.account.name,contract.account.time_zone,contract.account.currency,");
        let both = both.replace(",T,Tick", ",,,T,Tick").replace("Ferrum,K,", "Ferrum,UTC,EUR,K,").replace(",M,Chats", ",,,M,Chats");
        let errors = told(&wrong(&ctx, Kind::ContractLine, &both).await);
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].starts_with("4 contract.title: "), "{errors:?}");
    }

    async fn an_account_in_one_cell_is_the_same_by_name_and_by_id(db: TestDb) {
        let ctx = db.ctx();
        book::create::<Account>(&ctx, &Actor::operator(), account_draft("A-1", "Brackwell")).await.expect("an account");
        let text = "external_id,contract.title,contract.account,contract.starts_on,contract.time_zone,contract.currency,product.external_id,\
                    product.name,product.unit,annual_volume,unit_price\n\
                    L-1,Desk,Brackwell,2026-01-01,UTC,EUR,T,Tickets,ticket,12000,3\n\
                    L-2,Desk,A-1,,,,K,Calls,call,500,8\n";
        let done = import(&ctx, Kind::ContractLine, &file(text)).await.expect("an import");
        assert_eq!(counts(&done).last(), Some(&("contract", [1, 0, 0])), "{:?}", counts(&done));
        let again = import(&ctx, Kind::ContractLine, &file(text)).await.expect("the same again");
        assert!(counts(&again).iter().all(|(_, [new, changed, _])| new + changed == 0), "{:?}", counts(&again));
    }

    async fn what_rows_say_of_one_record_is_one_thing_and_every_wrong_cell_is_named(db: TestDb) {
        let ctx = db.ctx();
        let text = "external_id,side,name,account.external_id,account.name,account.currency\n\
                    P-1,client,A,A-1,One,EUR\nP-2,client,B,A-1,Two,EUR\nP-3,client,C,,,GBP\nP-4,client,D,A-2,Three,Pound\n";
        let errors = wrong(&ctx, Kind::Person, text).await;
        assert_eq!(told(&errors), [
            "1 account.time_zone: the column `account.time_zone` is missing; new records need it",
            "3 account.name: row 2 says `One` of the same record; say one thing in both",
            "4 account.name: this may not be empty",
            "4 account.external_id: this may not be empty",
            "5 account.currency: `Pound` is not a currency in use; write the three letters of ISO 4217 such as EUR or USD",
        ]);
        assert_eq!(errors.errors[4].given, "Pound");
        assert_eq!((errors.n_errors, errors.n_wrong_rows), (5, 4));
        let both = "external_id,side,name,account,account.name\nP-1,client,A,A-1,One\n";
        let both = told(&wrong(&ctx, Kind::Person, both).await);
        assert!(both[0].starts_with("1 account: columns say which `account` it is"), "{both:?}");
    }

    async fn a_record_known_by_its_name_takes_the_rows_id_and_keeps_what_it_has(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let there = Draft::new().with("name", "Brackwell").with("time_zone", "Europe/Berlin").with("currency", "GBP");
        let there: Saved<Account> = book::create(&ctx, &operator, there).await.expect("an account");
        let text = b"Contact ID;Nachname;Kundennummer;Firma;Branche\nP-1;Brandt;A-9;BRACKWELL;Insurance\n\
                     P-2;Feld;A-7;Northgate;Retail\n;;A-8;Ohne Kontakt;Energy\n";
        let given = ImportFile::new("kontakte.csv", text.to_vec());
        let proposal = propose_for(&ctx, &operator, Kind::Person, &given).await.expect("a proposal");
        let held = |head: &str| proposal.mapping.columns[head].as_str();
        assert_eq!([held("Kundennummer"), held("Firma"), held("Branche")],
                   ["account.external_id", "account.name", "account.industry"]);
        let defaults: Vec<(&str, &str)> =
            proposal.mapping.defaults.iter().map(|(field, value)| (field.as_str(), value.as_str())).collect();
        assert_eq!(defaults, [("account.currency", "EUR"), ("account.time_zone", "Europe/Berlin")], "as usual here");
        let given = ImportFile { mapping: Some(Box::new(proposal.mapping)), ..given };
        let done = import(&ctx, Kind::Person, &given).await.expect("an import");
        assert_eq!((counts(&done), done.n_alone), (vec![("", [2, 0, 0]), ("account", [2, 1, 0])], 1));
        let taken = found::<Account>(&ctx, "A-9").await;
        assert_eq!((&taken.id, taken.currency.code()), (&there.id, "GBP"), "what is usual is for new ones");
        assert_eq!(found::<Account>(&ctx, "A-8").await.name, "Ohne Kontakt", "a row may bring a company alone");
        let undone = undo_book_import(&ctx, &operator, &done.batch_id.expect("a batch")).await.expect("undone");
        assert_eq!((undone.n_trashed, undone.n_restored), (4, 1));
    }

    async fn a_company_out_of_reach_is_neither_told_nor_changed(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let person = our_person(&ctx, "P-0", "Jonas Feld").await;
        let manager = user(Role::AccountManager, &person);
        let hidden: Saved<Account> =
            book::create(&ctx, &operator, account_draft("A-1", "Brackwell")).await.expect("an account");
        let refused = check_import(&ctx, &manager, Kind::Person, &file(CONTACTS)).await.expect_err("not theirs");
        let said = format!("{refused:?}");
        assert!(said.contains("`A-1` is taken by another record") && !said.contains(hidden.id.as_str()), "{said}");
        // By its name alone it is not found: they make one of their own.
        let text = CONTACTS.replace("A-1", "").replace("Northgate", "Brackwell").replace("Europe/London,GBP", "UTC,EUR");
        let own = import_book(&ctx, &manager, Kind::Person, &file(&text), Told::Nobody).await.expect("an import");
        assert_eq!(counts(&own), [("", [3, 0, 0]), ("account", [1, 0, 0])]);
        assert_eq!(found::<Account>(&ctx, "A-1").await.version, hidden.version);
    }

    async fn a_mapping_names_related_fields_and_words(db: TestDb) {
        let ctx = db.ctx();
        let mut mapping = Mapping::default();
        for (head, field) in [("Nr", "external_id"), ("Wer", "name"), ("Kunde", "account.name"), ("Stufe", "account.tier")] {
            mapping.columns.insert(head.to_owned(), field.to_owned());
        }
        mapping.fixed.insert("side".to_owned(), "client".to_owned());
        for (field, value) in [("account.currency", "EUR"), ("account.time_zone", "UTC")] {
            mapping.defaults.insert(field.to_owned(), value.to_owned());
        }
        mapping.words.entry("account.tier".to_owned()).or_default().insert("gross".to_owned(), "key".to_owned());
        let given = ImportFile::new("x.csv", "Nr;Wer;Kunde;Stufe\n1;Hana;Brackwell;groß\n".as_bytes().to_vec());
        let given = ImportFile { mapping: Some(Box::new(mapping)), ..given };
        let done = import(&ctx, Kind::Person, &given).await.expect("an import");
        assert_eq!(counts(&done), [("", [1, 0, 0]), ("account", [1, 0, 0])]);
        let account = found::<Person>(&ctx, "1").await.account_id.clone().expect("an account");
        let account = book::show::<Account>(&ctx, &Actor::operator(), &account).await.expect("the account");
        assert_eq!(account.record.tier.as_str(), "key");
    }
}
