//! Imports of the book: every kind of error is named with row and column, nothing is half imported, twice is once.

use std::collections::BTreeSet;

use mandate_app::book::import_job::{IMPORT_BOOK, request_book_import, run_book_import};
use mandate_app::book::{ImportError, ImportFile, ImportReport, RowErrors, Told, check_import, import_book};
use mandate_app::book::{book_imports, undo_book_import};
use mandate_app::exchange::table::{Reading, TableError};
use mandate_app::exchange::{ExportFormat, export_list};
use mandate_app::jobs::{JobState, Registry, job_status, run_until_idle};
use mandate_app::listing::ListQuery;
use mandate_app::{Action, Actor, Ctx, UseCaseError, Who, book};
use mandate_domain::Id;
use mandate_domain::book::{Account, Contract, ContractLine, Draft, Kind, Person, Product, Saved};
use mandate_domain::identity::Role;
use mandate_store::audit::list_after;
use mandate_store::reads::Scope;
use mandate_testing::{STARTED_AT, TestDb, both_databases};

pub fn file(text: &str) -> ImportFile {
    ImportFile::new("book.csv", text.as_bytes().to_vec())
}

async fn kept(ctx: &Ctx, actor: &Actor, kind: Kind, text: &str) -> String {
    let mut incoming = book::begin_upload(ctx, actor).await.expect("a place");
    for piece in text.as_bytes().chunks(7) {
        incoming.write(piece).await.expect("written");
    }
    incoming.keep(kind, "book.csv", None).await.expect("kept").secret
}

async fn import(ctx: &Ctx, kind: Kind, text: &str) -> Result<ImportReport, ImportError> {
    import_book(ctx, &Actor::operator(), kind, &file(text), Told::Nobody).await
}

fn counts(report: &ImportReport) -> (usize, usize, usize, usize) {
    (report.n_rows, report.n_new, report.n_changed, report.n_same)
}

async fn wrong(ctx: &Ctx, kind: Kind, text: &str) -> RowErrors {
    match import(ctx, kind, text).await {
        Err(ImportError::Rows(errors)) => errors,
        other => panic!("{other:?}"),
    }
}

/// `row column: text` of each error.
fn told(errors: &RowErrors) -> Vec<String> {
    errors.errors.iter().map(|error| format!("{} {}: {}", error.row, error.column, error.text)).collect()
}

async fn n_accounts(ctx: &Ctx) -> i64 {
    let operator = Actor::operator();
    let def = book::list(ctx, &operator, Kind::Account);
    let query = ListQuery { limit: 1, ..ListQuery::default() };
    let page = mandate_app::lists::show_list(ctx, &operator, Action::ReadBook, &def, &query).await;
    page.expect("a page").n_rows
}

async fn account(ctx: &Ctx, external_id: &str) -> Saved<Account> {
    let draft = vec![Draft::new().with("external_id", external_id)];
    let found: Vec<book::Upserted<Account>> =
        book::upsert(ctx, &Actor::operator(), draft).await.expect("the account");
    found.into_iter().next().expect("one").saved
}

const ACCOUNTS: &str = "external_id;Name;Tier;Time zone;currency;annual value;parent\n\
                        A-1;Brackwell;key;Europe/London;GBP;6030000,50;\n\
                        A-2;\"Northgate; Retail\";;Europe/Berlin;EUR;;A-1\n";

both_databases! {
    async fn a_parent_of_the_same_file_is_named_by_its_name(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let text = "external_id,name,parent,time_zone,currency\n\
                    A-2,Lakeside Claims,Lakeside Insurance plc,UTC,EUR\nA-1,Lakeside Insurance plc,,UTC,EUR\n";
        import_book(&ctx, &operator, Kind::Account, &file(text), Told::Nobody).await.expect("an import");
        let drafts = ["A-1", "A-2"].map(|id| Draft::new().with("external_id", id)).to_vec();
        let found: Vec<book::Upserted<Account>> = book::upsert(&ctx, &operator, drafts).await.expect("they are there");
        assert_eq!(found[1].saved.parent_id.as_ref(), Some(&found[0].saved.id));
        let twice = "external_id,name,parent,time_zone,currency\n\
                     A-3,Ost,,UTC,EUR\nA-4,Ost,,UTC,EUR\nA-5,Ost Claims,Ost,UTC,EUR\n";
        let refused = import_book(&ctx, &operator, Kind::Account, &file(twice), Told::Nobody).await;
        let ImportError::Rows(errors) = refused.expect_err("of two of one name") else { panic!("not its rows") };
        assert_eq!((errors.errors[0].row, errors.errors[0].column.as_str()), (4, "parent"));
    }

    async fn a_file_is_taken_in_once_however_often_it_is_given(db: TestDb) {
        let ctx = db.ctx();
        let check = check_import(&ctx, &Actor::operator(), Kind::Account, &file(ACCOUNTS)).await.expect("a check");
        assert_eq!(counts(&check), (2, 2, 0, 0));
        assert_eq!(n_accounts(&ctx).await, 0, "a check changes nothing");

        let first = import(&ctx, Kind::Account, ACCOUNTS).await.expect("an import");
        assert_eq!(counts(&first), (2, 2, 0, 0));
        assert_eq!(first.reading, Reading::Csv { delimiter: ';', encoding: "UTF-8" });
        let second = import(&ctx, Kind::Account, ACCOUNTS).await.expect("the same again");
        assert_eq!(counts(&second), (2, 0, 0, 2));
        let third = import(&ctx, Kind::Account, "external_id,name\nA-1,Brackwell Group\nA-2,\"Northgate; Retail\"\n");
        assert_eq!(counts(&third.await.expect("one change")), (2, 0, 1, 1));

        let mut tx = db.read().await;
        let audit = list_after(&mut tx, 0, 50).await.expect("the audit record");
        let actions: Vec<&str> = audit.iter().map(|record| record.action.as_str()).collect();
        let imported = "accounts.imported";
        assert_eq!(actions, ["account.created", "account.created", imported, imported, "account.changed", imported]);
        assert!(audit.iter().all(|record| record.origin == "import"));
    }

    async fn every_wrong_cell_is_named_and_nothing_is_kept(db: TestDb) {
        let ctx = db.ctx();
        let text = "external_id,name,tier,time_zone,currency,annual_value,parent,account_manager\n\
                    A-1,Good,key,Europe/London,GBP,1,,\n\
                    ,No id,key,Europe/London,GBP,1,,\n\
                    A-3,,gold,Mars,Pound,\"3,4O\",A-99,Nobody\n\
                    A-1,Twice,key,Europe/London,GBP,-1,,\n\
                    A-5,Short,key\n\
                    A-6,Long,key,Europe/London,GBP,1,,,surplus\n";
        let errors = wrong(&ctx, Kind::Account, text).await;
        assert_eq!(told(&errors), [
            "3 external_id: this may not be empty",
            "4 parent: there is no account `A-99`",
            "4 account_manager: there is no person `Nobody`",
            "4 name: this may not be empty",
            "4 tier: `gold` is none of key, standard",
            "4 time_zone: `Mars` is not a time zone; write one like Europe/Berlin",
            "4 currency: `Pound` is not a currency in use; write the three letters of ISO 4217 such as EUR or USD",
            "4 annual_value: `3,4O` is not an amount; write it like 1234.50",
            "5 external_id: `A-1` stands in row 2 already",
            "5 annual_value: `-1` is below zero",
            "6 : this row has 3 cells, the header has 8; is a delimiter missing or not quoted?",
            "7 : this row has 9 cells, the header has 8; is a delimiter missing or not quoted?",
        ]);
        assert_eq!((errors.n_errors, errors.n_wrong_rows, errors.n_rows), (12, 5, 6));
        assert_eq!(n_accounts(&ctx).await, 0);
        let mut tx = db.read().await;
        assert!(list_after(&mut tx, 0, 1).await.expect("the audit record").is_empty());
    }

    async fn a_header_that_does_not_fit_is_named_before_any_row(db: TestDb) {
        let ctx = db.ctx();
        let errors = wrong(&ctx, Kind::Account, "name,name,colour\nx,y,z\n").await;
        let columns: Vec<&str> = errors.errors.iter().map(|error| error.column.as_str()).collect();
        assert_eq!(columns, ["name", "colour"]);
        let errors = wrong(&ctx, Kind::Account, "tier\nkey\n").await;
        assert_eq!(told(&errors), ["1 external_id: neither the column `external_id` nor `name` is there; one of them says which record a row is about"]);
        let errors = wrong(&ctx, Kind::Stake, "weight\n3\n").await;
        assert_eq!(told(&errors), ["1 external_id: the column `external_id` is missing; it says which record a row is about"]);
        assert!(errors.errors.iter().all(|error| error.row == 1));
        let errors = wrong(&ctx, Kind::Account, "id,name\nA-1,x\nA-2,y\n").await;
        assert_eq!(told(&errors), [
            "1 time_zone: the column `time_zone` is missing; new records need it",
            "1 currency: the column `currency` is missing; new records need it",
        ]);
    }

    async fn a_file_that_is_no_table_is_refused_whole(db: TestDb) {
        let ctx = db.ctx();
        let cases: [(&[u8], TableError); 6] = [
            (b"", TableError::Empty),
            (b"\n\n", TableError::Empty),
            (b"PAR1....", TableError::WrongKind { what: "a Parquet file" }),
            (b"id,name\nA-1,M\xFCller\n", TableError::NotUtf8 { row: 2, byte: 0xFC }),
            (b"id,name\nA-1,\"x\n", TableError::OpenQuote { row: 2 }),
            (b"\xFF\xFEa", TableError::NotUtf16),
        ];
        for (bytes, expected) in cases {
            let given = ImportFile::new("x", bytes.to_vec());
            match import_book(&ctx, &Actor::operator(), Kind::Account, &given, Told::Nobody).await {
                Err(ImportError::File(error)) => assert_eq!(error, expected),
                other => panic!("{expected:?} became {other:?}"),
            }
        }
        let broken = ImportFile::new("x.xlsx", b"PK\x03\x04broken".to_vec());
        let refused = import_book(&ctx, &Actor::operator(), Kind::Account, &broken, Told::Nobody).await;
        assert!(matches!(refused, Err(ImportError::File(TableError::BrokenSpreadsheet { .. }))), "{refused:?}");
    }

    async fn a_workbook_of_two_cells_far_apart_is_refused_before_its_space_is_taken(db: TestDb) {
        let ctx = db.ctx();
        let mut workbook = rust_xlsxwriter::Workbook::new();
        let sheet = workbook.add_worksheet();
        sheet.write_string(0, 0, "external_id").expect("the first cell");
        sheet.write_string(1_048_575, 16_383, "x").expect("the last cell");
        let bytes = workbook.save_to_buffer().expect("a workbook");
        let given = ImportFile::new("x.xlsx", bytes);
        let refused = check_import(&ctx, &Actor::operator(), Kind::Account, &given).await;
        let wanted = TableError::TooManyColumns { columns: 16_384 };
        assert!(matches!(&refused, Err(ImportError::File(error)) if *error == wanted), "{refused:?}");
    }

    async fn the_first_thousand_errors_are_told_and_all_counted(db: TestDb) {
        let ctx = db.ctx();
        let mut text = "external_id,name,time_zone,currency\n".to_owned();
        for row in 0..1_500 {
            text.push_str(&format!("A-{row},,UTC,EUR\n"));
        }
        let errors = wrong(&ctx, Kind::Account, &text).await;
        assert_eq!((errors.errors.len(), errors.n_errors, errors.n_wrong_rows), (1_000, 1_500, 1_500));
    }

    async fn a_whole_book_comes_in_file_by_file(db: TestDb) {
        let ctx = db.ctx();
        let files = [
            (Kind::LineOfBusiness, "external_id,name\nDESK,Service desk\n"),
            (Kind::Team, "external_id\tname\tline_of_business\nG70\tDesk North\tDESK\n"),
            (Kind::Person, "id,side,name,role,team\nP-1,provider,Änne Feld,Account manager,Desk North\n"),
            (Kind::Product, "id,name,unit,product_manager,line_of_business\nT,Tickets,ticket,P-1,Service desk\n"),
            (Kind::Account, "id,name,time_zone,currency,account_manager\nA-1,Brackwell,Europe/London,GBP,Änne Feld\n"),
            (Kind::Person, "id,side,name,role,account\nP-2,client,Hana Brandt,governance lead,A-1\n"),
            (
                Kind::Contract,
                "id,account,kind,title,time_zone,currency,starts_on,renews_on,notice_days,parent\n\
                 C-1,A-1,master,Frame,Europe/London,GBP,2024-04-01,2027-04-01,90,\n\
                 C-2,A-1,statement of work,Desk,Europe/London,GBP,2024-04-01,2027-04-01,90,C-1\n",
            ),
            (
                Kind::ContractLine,
                "id,contract,product,annual_volume,price_per,unit_price,list_price,unit_cost\n\
                 L-1,C-2,T,120000,1,3.12,3.40,2.50\n",
            ),
        ];
        for (kind, text) in files {
            let report = import(&ctx, kind, text).await.unwrap_or_else(|error| panic!("{kind:?}: {error:?}"));
            assert_eq!(report.n_new, report.n_rows, "{kind:?}");
        }
        let operator = Actor::operator();
        let account: Vec<Saved<Account>> =
            book::upsert(&ctx, &operator, vec![Draft::new().with("external_id", "A-1")]).await.expect("the account")
                .into_iter().map(|it| it.saved).collect();
        let page = book::account_page(&ctx, &operator, &account[0].id).await.expect("its page");
        assert_eq!(page.account_manager.map(|person| person.name).as_deref(), Some("Änne Feld"));
        let lines: usize = page.contracts.iter().map(|contract| contract.lines.len()).sum();
        assert_eq!((page.contracts.len(), lines, page.client_people.len()), (2, 1, 1));
    }

    async fn what_is_exported_comes_back_the_same(db: TestDb) {
        let ctx = db.ctx();
        let operator = Actor::operator();
        let text = "external_id,name,time_zone,currency,annual_value\n\
                    A-1,=SUM(A1),UTC,JPY,500\nA-2,\"Two\nlines\",UTC,EUR,12.5\n";
        // A line break in a name is refused; a formula is only text.
        assert_eq!(told(&wrong(&ctx, Kind::Account, text).await), ["3 name: this holds a control character at position 4"]);
        let text = text.replace("Two\nlines", "Two, lines");
        import(&ctx, Kind::Account, &text).await.expect("an import");
        let def = book::list(&ctx, &operator, Kind::Account);
        let columns = ["external_id", "name", "time_zone", "currency", "annual_value"].map(|field| {
            mandate_app::exchange::ExportColumn { field: field.to_owned(), head: field.to_owned() }
        });
        for format in [ExportFormat::Csv, ExportFormat::Xlsx] {
            let query = ListQuery { limit: 1, ..ListQuery::default() };
            let made = export_list(&ctx, &operator, Action::ReadBook, &def, &query, &columns, format).await;
            let made = made.expect("a file");
            assert_eq!(made.n_rows, 2, "every row, not only a page");
            let given = ImportFile::new(made.name, made.bytes);
            let report = import_book(&ctx, &operator, Kind::Account, &given, Told::Nobody).await.expect("an import");
            assert_eq!(counts(&report), (2, 0, 0, 2), "{format:?}");
        }
    }

    async fn a_line_of_a_contract_is_read_in_its_contracts_currency(db: TestDb) {
        let ctx = db.ctx();
        import(&ctx, Kind::Account, "id,name,time_zone,currency\nA-1,One,UTC,EUR\n").await.expect("an account");
        import(&ctx, Kind::Product, "id,name,unit\nT,Tickets,ticket\n").await.expect("a product");
        let contract = "id,account,title,time_zone,currency,starts_on\nC-1,A-1,Work,UTC,JPY,2026-01-01\n";
        import(&ctx, Kind::Contract, contract).await.expect("a contract");
        let line = |price: &str| {
            format!("id,contract,product,annual_volume,unit_price\nL-1,C-1,T,10,{price}\n")
        };
        let errors = wrong(&ctx, Kind::ContractLine, &line("3.12")).await;
        assert_eq!(told(&errors), ["2 unit_price: JPY has no decimals: write `3` instead of `3.12`"]);
        import(&ctx, Kind::ContractLine, &line("312")).await.expect("a line");
        let operator = Actor::operator();
        let lines: Vec<book::Upserted<ContractLine>> =
            book::upsert(&ctx, &operator, vec![Draft::new().with("external_id", "L-1")]).await.expect("the line");
        assert_eq!(lines[0].saved.unit_price_minor, 312);
        let contracts: Vec<book::Upserted<Contract>> =
            book::upsert(&ctx, &operator, vec![Draft::new().with("external_id", "C-1")]).await.expect("the contract");
        assert_eq!(contracts[0].saved.currency.code(), "JPY");
    }

    async fn ten_thousand_accounts_come_in_at_once(db: TestDb) {
        let ctx = db.ctx();
        let mut text = "external_id,name,time_zone,currency\n".to_owned();
        for row in 0..10_000 {
            text.push_str(&format!("A-{row},Account {row},UTC,EUR\n"));
        }
        let report = import(&ctx, Kind::Account, &text).await.expect("an import");
        assert_eq!(report.n_new, 10_000);
        assert_eq!(n_accounts(&ctx).await, 10_000);
    }

    async fn an_undone_import_leaves_the_book_as_it_was(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        import(&ctx, Kind::Account, "id,name,time_zone,currency,annual_value\nA-1,One,UTC,EUR,12.50\n").await.expect("an account");
        let before = account(&ctx, "A-1").await;
        let text = "id,name,time_zone,currency,annual_value\nA-1,First,UTC,EUR,\nA-2,Two,UTC,EUR,3\n";
        let batch = import(&ctx, Kind::Account, text).await.expect("an import").batch_id.expect("a batch");
        let undone = undo_book_import(&ctx, &operator, &batch).await.expect("undone");
        assert_eq!((undone.n_trashed, undone.n_restored), (1, 1));
        let after = account(&ctx, "A-1").await;
        assert_eq!(after.record, before.record);
        assert_eq!((n_accounts(&ctx).await, after.version), (1, before.version + 2));
        let mut tx = db.read().await;
        let audit = list_after(&mut tx, 0, 50).await.expect("the audit record");
        let last: Vec<&str> = audit.iter().rev().take(3).map(|record| record.action.as_str()).collect();
        assert_eq!(last, ["accounts.import_undone", "account.trashed", "account.changed"]);
        let twice = undo_book_import(&ctx, &operator, &batch).await.expect_err("twice");
        assert_eq!(twice.to_string(), "this import was undone before");
        // What was undone can be imported once more: the one in the trash is named, not doubled.
        let errors = wrong(&ctx, Kind::Account, text).await;
        assert!(told(&errors)[0].contains("trash"), "{errors:?}");
    }

    async fn an_import_is_not_undone_over_later_work(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let text = "id,name\nT-1,One\nT-2,Two\n";
        let batch = import(&ctx, Kind::Team, text).await.expect("an import").batch_id.expect("a batch");
        import(&ctx, Kind::Team, "id,name\nT-2,Second\n").await.expect("a change");
        let refused = undo_book_import(&ctx, &operator, &batch).await.expect_err("later work");
        assert_eq!(refused.to_string(), "1 records were changed since the import: Second; nothing was undone");
        assert_eq!(refused.kind(), mandate_app::ErrorKind::Conflict);
        let nothing = undo_book_import(&ctx, &operator, "nothing").await.expect_err("no such import");
        assert_eq!(nothing.kind(), mandate_app::ErrorKind::NotFound);
    }

    async fn an_import_of_amendments_that_are_in_force_is_not_undone(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        import(&ctx, Kind::Account, "id,name,time_zone,currency\nA-1,One,UTC,EUR\n").await.expect("an account");
        let contract = "id,account,title,time_zone,currency,starts_on\nC-1,A-1,Work,UTC,EUR,2024-01-01\n";
        import(&ctx, Kind::Contract, contract).await.expect("a contract");
        let batch = async |text: &str| {
            import(&ctx, Kind::Amendment, text).await.expect("amendments").batch_id.expect("a batch")
        };
        // The tests' clock stands on 21 November 2026.
        let longer = batch("id,contract,title,subject,effective_on,ends_on\n\
                            M-1,C-1,Longer,term,2026-06-01,2028-03-31\nM-2,C-1,Later,term,2027-06-01,2029-03-31\n").await;
        let refused = undo_book_import(&ctx, &operator, &longer).await.expect_err("its terms are in the contract");
        assert_eq!(refused.to_string(), "1 amendments are in their contracts already: Longer; nothing was undone");
        assert_eq!((refused.kind(), refused.message().id), (mandate_app::ErrorKind::Conflict, "import-undo-in-force"));
        let again = import(&ctx, Kind::Amendment, "id,title\nM-1,Longer\nM-2,Later\n").await.expect("still there");
        assert_eq!(counts(&again), (2, 0, 0, 2));
        let scope = batch("id,contract,title,subject,effective_on\nM-3,C-1,More,scope,2026-06-01\n").await;
        let undone = undo_book_import(&ctx, &operator, &scope).await.expect("it states no terms");
        assert_eq!(undone.n_trashed, 1);
    }

    async fn a_product_that_is_sold_since_stands_in_its_imports_way(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        import(&ctx, Kind::Account, "id,name,time_zone,currency\nA-1,One,UTC,EUR\n").await.expect("an account");
        let contract = "id,account,title,time_zone,currency,starts_on\nC-1,A-1,Work,UTC,EUR,2024-01-01\n";
        import(&ctx, Kind::Contract, contract).await.expect("a contract");
        let products = "id,name,unit\nT,Tickets,ticket\nK,Calls,call\n";
        let products = import(&ctx, Kind::Product, products).await.expect("products").batch_id.expect("a batch");
        let sold = import(&ctx, Kind::ContractLine, "id,contract,product,annual_volume,unit_price\nL-1,C-1,T,10,3\n").await;
        let sold = sold.expect("a line").batch_id.expect("a batch");
        let refused = undo_book_import(&ctx, &operator, &products).await.expect_err("sold");
        assert_eq!(refused.to_string(), "1 products are on contract lines: Tickets; nothing was undone");
        assert_eq!((refused.kind(), refused.message().id), (mandate_app::ErrorKind::Conflict, "import-undo-still-sold"));
        undo_book_import(&ctx, &operator, &sold).await.expect("the line goes");
        undo_book_import(&ctx, &operator, &products).await.expect("nothing is sold any more");
        // The lines that came with a product go with it.
        let both = "id,contract,product.external_id,product.name,product.unit,annual_volume,unit_price\n\
                    L-2,C-1,P,Pages,page,10,3\n";
        let both = import(&ctx, Kind::ContractLine, both).await.expect("both").batch_id.expect("a batch");
        let draft = Draft::new().with("external_id", "P");
        let pages = book::upsert::<Product>(&ctx, &operator, vec![draft]).await.expect("the product");
        assert_eq!(pages[0].saved.name, "Pages");
        assert_eq!(undo_book_import(&ctx, &operator, &both).await.expect("undone").n_trashed, 2);
    }

    async fn an_import_survives_a_restart_and_is_done_once(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::system());
        let given = "external_id,name\nT-1,One\n";
        let secret = kept(&ctx, &operator, Kind::Team, given).await;
        let job = request_book_import(&ctx, &operator, &secret).await.expect("a job");
        // A runner that claims it and dies.
        let started = ctx.now();
        let lease = started.plus_seconds(60);
        mandate_store::jobs::claim_next(db.write().await, started, lease).await.expect("a claim");
        let registry = Registry::new().with(IMPORT_BOOK, Action::Import, run_book_import);
        assert_eq!(run_until_idle(&ctx, &registry).await.expect("run"), 0);
        let later = db.ctx_at(started.plus_seconds(61));
        assert_eq!(run_until_idle(&later, &registry).await.expect("run"), 1);
        let status = job_status(&ctx, &operator, &job).await.expect("a job");
        assert_eq!((status.state, status.result.expect("a report")["n_new"].as_i64()), (JobState::Done, Some(1)));
        assert_eq!(book_imports(&ctx, &operator, 10).await.expect("a list").len(), 1);
        let refused = request_book_import(&ctx, &operator, &secret).await.expect_err("the file is gone");
        assert_eq!(refused.kind(), mandate_app::ErrorKind::NotFound);
    }

    async fn an_import_of_the_book_is_undone_by_who_made_it_or_administers(db: TestDb) {
        let ctx = db.ctx();
        let user = |number, role| Actor {
            who: Who::User { id: Id::new(STARTED_AT, number), name: "Jonas Feld".to_owned(), person_id: None },
            roles: vec![role],
            ..Actor::operator()
        };
        let (own, other) = (user(7, Role::AccountManager), user(8, Role::AccountManager));
        let administrator = user(9, Role::Administrator);
        let made = async |actor: &Actor, id: &str| {
            let text = format!("external_id,name\n{id},Desk {id}\n");
            let report = import_book(&ctx, actor, Kind::Team, &file(&text), Told::Nobody).await;
            report.expect("imported").batch_id.expect("a batch")
        };
        let (mine, yours, ours) = (made(&own, "G1").await, made(&other, "G2").await, made(&Actor::operator(), "G3").await);
        let listed = async |actor: &Actor| {
            let found = book_imports(&ctx, actor, 10).await.expect("a list");
            found.into_iter().map(|batch| batch.id).collect::<BTreeSet<_>>()
        };
        assert_eq!(listed(&own).await, BTreeSet::from([mine.clone()]));
        assert_eq!(listed(&administrator).await, BTreeSet::from([ours.clone(), yours.clone(), mine.clone()]));
        let never = undo_book_import(&ctx, &own, "nothing").await.expect_err("none").message();
        for batch in [&yours, &ours] {
            assert_eq!(undo_book_import(&ctx, &own, batch).await.expect_err("not theirs").message(), never);
        }
        // A token that does not administer is no administrator.
        let token = ["import", "book:write", "book:trash"].map(str::to_owned).to_vec();
        let token = Actor { token_scopes: Some(token), ..administrator.clone() };
        assert_eq!(undo_book_import(&ctx, &token, &yours).await.expect_err("not theirs").message(), never);
        undo_book_import(&ctx, &own, &mine).await.expect("their own");
        undo_book_import(&ctx, &administrator, &yours).await.expect("anybody's");
    }

    async fn what_is_out_of_sight_stands_in_an_undos_way_without_an_id(db: TestDb) {
        let ctx = db.ctx();
        let person = Draft::new().with("external_id", "P-1").with("side", "provider").with("name", "Jonas Feld");
        let person: Saved<Person> = book::create(&ctx, &Actor::operator(), person).await.expect("one of ours");
        let manager = Actor {
            who: Who::User { id: Id::new(STARTED_AT, 7), name: "Jonas Feld".to_owned(), person_id: Some(person.id.clone()) },
            roles: vec![Role::AccountManager],
            scope: Scope::OwnAccounts(person.id.clone()),
            ..Actor::operator()
        };
        let text = "external_id,name,time_zone,currency\nA-1,Brackwell,UTC,EUR\n";
        let report = import_book(&ctx, &manager, Kind::Account, &file(text), Told::Nobody).await.expect("imported");
        let other = "external_id,name,account_manager\nA-1,Brackwell,\n";
        import(&ctx, Kind::Account, other).await.expect("given to nobody");
        let refused = undo_book_import(&ctx, &manager, &report.batch_id.expect("a batch")).await.expect_err("changed");
        let told = refused.to_string();
        let id = account(&ctx, "A-1").await.id.to_string();
        assert!(told.contains("out of reach") && !told.contains(&id), "{told}");
        assert!(!format!("{:?}", refused.message()).contains(&id));
    }
}
