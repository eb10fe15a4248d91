//! Files as strangers bring them: exports and spreadsheets without ids, with people nobody has entered, prices side by side, a
//! report's footer. With nothing but what is proposed they come in, and once more they change nothing.

use mandate_app::book::guess::{other_kind, propose_for};
use mandate_app::book::mapping::{DateOrder, Mapping};
use mandate_app::book::{
    ImportError, ImportFile, ImportReport, RowErrors, Told, begin_upload, check_import, find_upload,
    import_book, leave_out_rows, map_upload, mapping_before,
};
use mandate_app::{Actor, Ctx};
use mandate_domain::Clearance;
use mandate_domain::book::{Account, Contract, Draft, Kind, LineOfBusiness, Person};
use mandate_domain::identity::Role;
use mandate_domain::text::fold;
use mandate_store::book::{Stored, load_alike};
use mandate_store::reads::Scope;
use mandate_testing::{TestDb, both_databases};

use crate::book::{our_person, user};

fn file(text: &str) -> ImportFile {
    ImportFile::new("export.csv", text.as_bytes().to_vec())
}

async fn mapped(ctx: &Ctx, kind: Kind, text: &str) -> ImportFile {
    let given = file(text);
    let mapping = propose_for(ctx, &Actor::operator(), kind, &given).await.expect("a table").mapping;
    ImportFile { mapping: Some(Box::new(mapping)), ..given }
}

/// Brings a file in as it is proposed; once more it changes nothing.
async fn bring(ctx: &Ctx, kind: Kind, text: &str) -> ImportReport {
    let given = mapped(ctx, kind, text).await;
    let done = import_book(ctx, &Actor::operator(), kind, &given, Told::Nobody).await.expect("an import");
    let again = import_book(ctx, &Actor::operator(), kind, &given, Told::Nobody).await.expect("once more");
    assert_eq!((again.n_new, again.n_changed), (0, 0), "{kind:?} once more");
    assert!(again.related.iter().all(|it| it.n_new + it.n_changed == 0), "{:?}", again.related);
    done
}

async fn wrong(ctx: &Ctx, kind: Kind, given: &ImportFile) -> RowErrors {
    match check_import(ctx, &Actor::operator(), kind, given).await {
        Err(ImportError::Rows(errors)) => errors,
        other => panic!("{other:?}"),
    }
}

fn told(errors: &RowErrors) -> Vec<String> {
    errors.errors.iter().map(|error| format!("{} {}: {}", error.row, error.column, error.text)).collect()
}

async fn one<R: Stored>(db: &TestDb, name: &str) -> Draft {
    one_of::<R>(db, name, |_| true).await
}

/// The one record of this name that is it.
async fn one_of<R: Stored>(db: &TestDb, name: &str, is_it: impl Fn(&Draft) -> bool) -> Draft {
    let names = [fold(name)].into();
    let found =
        load_alike::<R>(&mut db.read().await, &Scope::Everything, &names, &[].into()).await.expect("read");
    let drafts = found.iter().map(|it| it.record.draft(Clearance::EVERYTHING).with("id", it.id.to_string()));
    let fitting: Vec<Draft> = drafts.filter(|draft| is_it(draft)).collect();
    let [only] = &fitting[..] else { panic!("{name}: {}", fitting.len()) };
    only.clone()
}

fn related(report: &ImportReport) -> Vec<(&'static str, usize)> {
    report.related.iter().map(|it| (it.path, it.n_new)).collect()
}

const COMPANIES: &str = "\"Record ID\",\"Company name\",\"Company owner\",\"Phone Number\",\"Industry\",\"Parent Company\"\n\
    \"9001\",\"Brückner Logistik GmbH\",\"Anna Keller\",\"\",\"Logistics\",\"\"\n\
    \"9002\",\"Nordwind Energie AG\",\"Tom Brandt\",\"+49 1\",\"Utilities\",\"Brückner Logistik GmbH\"\n\
    \"9003\",\"Versand KG\",\"Anna Keller\",\"\",\"Retail\",\"\"\n";

const CONTACTS: &str = "\"Record ID\",\"First Name\",\"Last Name\",\"Email\",\"Contact owner\",\"Job Title\",\"Associated Company\",\"Associated Company IDs\"\n\
    \"55000\",\"Péter\",\"Kovács\",\"peter@brueckner.example\",\"\",\"CIO\",\"Brückner Logistik GmbH\",\"9001\"\n\
    \"55013\",\"Eva\",\"Nowak\",\"eva@new.example\",\"Tom Brandt\",\"Buyer\",\"Newcomer SE\",\"9009\"\n";

const PRICES: &str = "Product;Product manager;Line of business;Unit;List price EUR;List price USD;Valid from\n\
    Service Desk;Petra Lang;Desk;ticket;11,50;12,90;01.01.2026\n\
    Workplace;Petra Lang;Workplace;user;19,90;;01.01.2026\n";

const CONTRACTS: &str = "Account,Contract No,Contract,Start,End,Notice (months),Auto renew,Currency,Product,Volume,Unit price\n\
    Brückner Logistik GmbH,C-2001,Master services,2022-01-01,,3,yes,EUR,Service Desk,1200,10.35\n\
    Nordwind Energie AG,C-2002,Nordwind services,2023-02-01,2027-12-31,6,no,EUR,Service Desk,1200,24.84\n\
    Nordwind Energie AG,C-2002,Nordwind services,2023-02-01,2027-12-31,6,no,EUR,Workplace,300,2.16\n";

const REPORT: &str = "\"Account ID\",\"Account Name\",\"Account Owner\",\"Parent Account\",\"Account Currency\"\n\
    \"0015A\",\"Rheinwerk AG\",\"Anna Keller\",\"\",\"EUR\"\n\
    \"0015B\",\"Rheinwerk Süd\",\"Tom Brandt\",\"Rheinwerk AG\",\"EUR\"\n\
    \"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved.\"\n\"Confidential Information - Do Not Distribute\"\n";

both_databases! {
    async fn an_export_brings_its_owners_and_a_contact_its_company(db: TestDb) {
        let ctx = db.ctx();
        let done = bring(&ctx, Kind::Account, COMPANIES).await;
        assert_eq!((done.n_new, related(&done)), (3, vec![("account_manager", 2)]));
        let (anna, nordwind) = (one::<Person>(&db, "Anna Keller").await, one::<Account>(&db, "Nordwind Energie AG").await);
        assert_eq!((anna.get("side"), one::<Account>(&db, "Versand KG").await.get("account_manager")), ("provider", anna.get("id")));
        assert_eq!(nordwind.get("parent"), one::<Account>(&db, "Brückner Logistik GmbH").await.get("id"));
        let done = bring(&ctx, Kind::Person, CONTACTS).await;
        assert_eq!((done.n_new, related(&done)), (2, vec![("in_touch_with", 0), ("account", 1), ("in_touch_with", 1)]),
                   "the company that is not there yet, by its id and name, and who is in touch");
        assert_eq!(one::<Account>(&db, "Newcomer SE").await.get("external_id"), "9009");
    }

    async fn of_several_companies_in_one_cell_the_first_counts_with_its_name(db: TestDb) {
        let ctx = db.ctx();
        bring(&ctx, Kind::Account, COMPANIES).await;
        let two = CONTACTS.replace("\"Newcomer SE\",\"9009\"", "\"Newcomer SE;Versand KG\",\"9009;9003\"");
        bring(&ctx, Kind::Person, &two).await;
        assert_eq!(one::<Account>(&db, "Newcomer SE").await.get("external_id"), "9009");
        // Without their ids it is not known which is meant.
        let nameless = two.replace("Associated Company IDs", "Something else");
        let errors = wrong(&ctx, Kind::Person, &mapped(&ctx, Kind::Person, &nameless).await).await;
        assert_eq!(told(&errors), ["3 Associated Company: there is no account `Newcomer SE;Versand KG`"]);
    }

    async fn prices_side_by_side_are_a_price_each_and_name_their_managers(db: TestDb) {
        let ctx = db.ctx();
        let given = mapped(&ctx, Kind::ListPrice, PRICES).await;
        let said = &given.mapping.as_ref().expect("a mapping").columns;
        let of = |head: &str| said.get(head).map(String::as_str);
        assert_eq!(
            (of("Product"), of("Product manager"), of("List price USD")),
            (Some("product.name"), Some("product.product_manager.name"), Some("price@USD"))
        );
        let done = bring(&ctx, Kind::ListPrice, PRICES).await;
        assert_eq!((done.n_rows, done.n_new), (2, 3), "an empty cell is no price");
        let wanted = [("product.product_manager", 1), ("product.line_of_business", 2), ("product", 2)];
        let mut found = related(&done);
        found.sort_by_key(|(path, _)| wanted.iter().position(|(known, _)| known == path));
        assert_eq!(found, wanted);
        let broken = PRICES.replace("12,90", "twelve");
        let errors = wrong(&ctx, Kind::ListPrice, &mapped(&ctx, Kind::ListPrice, &broken).await).await;
        assert_eq!(told(&errors), ["2 List price EUR / List price USD: `twelve` is not an amount; write it like 1234.50"]);
        let prices = check_import(&ctx, &Actor::operator(), Kind::ListPrice, &mapped(&ctx, Kind::ListPrice, &PRICES.replace("19,90", "20,90")).await).await.expect("a check");
        let changed = &prices.previews[0];
        assert_eq!((changed.name.as_str(), changed.changes.len()), ("Workplace · EUR · 2026-01-01", 1));
        let change = &changed.changes[0];
        assert_eq!((change.field.as_str(), change.from.text.as_str(), change.to.text.as_str()), ("price", "19.90", "20.90"));
    }

    async fn a_sheet_of_contracts_needs_no_ids_of_its_lines(db: TestDb) {
        let ctx = db.ctx();
        bring(&ctx, Kind::Account, COMPANIES).await;
        bring(&ctx, Kind::ListPrice, PRICES).await;
        let versand = one::<Account>(&db, "Versand KG").await.get("id").to_owned();
        let given = mapped(&ctx, Kind::ContractLine, CONTRACTS).await;
        let checked = check_import(&ctx, &Actor::operator(), Kind::ContractLine, &given).await.expect("a check");
        assert_eq!(checked.previews[0].name, "Master services · Service Desk", "also while neither is in the book");
        let done = bring(&ctx, Kind::ContractLine, CONTRACTS).await;
        assert_eq!(done.n_new, 3);
        assert!(related(&done) == [("contract", 2)], "the accounts are there: {:?}", related(&done));
        let contract = one::<Contract>(&db, "Master services").await;
        assert_eq!((contract.get("renewal"), contract.get("notice_months"), contract.get("account")), ("automatic", "3", one::<Account>(&db, "Brückner Logistik GmbH").await.get("id")));
        let line = |text: &str| text.replace("300,2.16", "350,2.16").replace("Workplace,350", "WORKPLACE,350");
        let more = bring(&ctx, Kind::ContractLine, &line(CONTRACTS)).await;
        assert_eq!((more.n_new, more.n_changed, more.n_same), (0, 1, 2), "the line of its product in its contract");
        // The same title at another client is another contract, and its line another line.
        let other = "Account,Contract,Start,Currency,Product,Volume,Unit price\nVersand KG,Master services,2024-01-01,EUR,Service Desk,5,9.00\n";
        let done = bring(&ctx, Kind::ContractLine, other).await;
        assert_eq!((done.n_new, done.n_changed, related(&done)), (1, 0, vec![("contract", 1)]));
        let contract = one_of::<Contract>(&db, "Master services", |it| it.get("account") == versand).await;
        let lines = check_import(&ctx, &Actor::operator(), Kind::ContractLine, &file("external_id,contract,product,annual_volume,unit_price\nL-1,C-2002,Workplace,1,1\n")).await;
        assert_eq!(lines.expect("a second line of one product").n_new, 1);
        import_book(&ctx, &Actor::operator(), Kind::ContractLine, &file("external_id,contract,product,annual_volume,unit_price\nL-1,C-2002,Workplace,1,1\n"), Told::Nobody).await.expect("a line with an id");
        let which = "Contract No,Product,Volume,Unit price\nC-2002,Workplace,300,2.16\n";
        assert_eq!(told(&wrong(&ctx, Kind::ContractLine, &mapped(&ctx, Kind::ContractLine, which).await).await),
                   ["2 Product: several contract_lines are called `Workplace`; use the id instead"]);
        let twice = format!("{other}Versand KG,Master services,2024-01-01,EUR,service desk,7,9.00\n").replace("2024-01-01,EUR,Service Desk", "2024-01-01,EUR,Workplace").replace("service desk", "workplace");
        assert_eq!(told(&wrong(&ctx, Kind::ContractLine, &mapped(&ctx, Kind::ContractLine, &twice).await).await),
                   ["3 Product: `workplace` stands in row 2 already"]);
        assert_eq!(contract.get("currency"), "EUR");
        let actuals = "Account,Product,Month,Currency,Invoiced,Quantity\nVersand KG,Workplace,2026-10,EUR,8000.00,800\n";
        assert_eq!(bring(&ctx, Kind::Actual, actuals).await.n_new, 1);
    }

    async fn people_without_ids_are_told_by_address_then_by_name_in_their_account(db: TestDb) {
        let ctx = db.ctx();
        bring(&ctx, Kind::Account, COMPANIES).await;
        let people = "Company,Contact,E-mail,Title\nVersand KG,Ann Bos,ann@versand.example,Buyer\n\
                      Nordwind Energie AG,Jon Feld,,Head\nVersand KG,Jon Feld,,Clerk\n";
        let done = bring(&ctx, Kind::Person, people).await;
        assert_eq!((done.n_new, done.n_by_name), (3, 3));
        // By the address a new name, by the name in its account a new title; what is not said stays.
        let more = "Company,Contact,E-mail,Title\nVersand KG,Ann de Bos,ANN@versand.example,\nVersand KG,Jon Feld,jon@versand.example,Chief\n";
        let checked = check_import(&ctx, &Actor::operator(), Kind::Person, &mapped(&ctx, Kind::Person, more).await).await.expect("a check");
        assert_eq!((checked.n_new, checked.n_changed), (0, 2));
        let changes: Vec<(&str, &str, &str)> = checked.previews.iter().flat_map(|it| &it.changes)
            .map(|it| (it.field.as_str(), it.from.text.as_str(), it.to.text.as_str())).collect();
        assert!(changes.contains(&("name", "Ann Bos", "Ann de Bos")) && changes.contains(&("job_title", "Clerk", "Chief")), "{changes:?}");
        bring(&ctx, Kind::Person, more).await;
        // Another address is another person; one row twice, or a name that several have, is told.
        let twice = "Company,Contact,E-mail,Title\nVersand KG,Jon Feld,other@versand.example,Aide\nVersand KG,Eve Byrne,,\nVersand KG,EVE Byrne,,\n";
        assert_eq!(told(&wrong(&ctx, Kind::Person, &mapped(&ctx, Kind::Person, twice).await).await), ["4 Contact: `EVE Byrne` stands in row 3 already"]);
        bring(&ctx, Kind::Person, twice.trim_end_matches("Versand KG,EVE Byrne,,\n")).await;
        let which = "Company,Contact,Title\nVersand KG,Jon Feld,Boss\n";
        assert_eq!(told(&wrong(&ctx, Kind::Person, &mapped(&ctx, Kind::Person, which).await).await), ["2 Contact: several people are called `Jon Feld`; use the id instead"]);
    }

    async fn accounts_without_ids_take_what_a_row_says_and_nothing_else(db: TestDb) {
        let ctx = db.ctx();
        bring(&ctx, Kind::Account, COMPANIES).await;
        let done = bring(&ctx, Kind::Account, "Company,Industry\nVERSAND KG,Mail order\n").await;
        assert_eq!((done.n_new, done.n_changed), (0, 1), "what new records need is not asked of one that is there");
        let account = one::<Account>(&db, "Versand KG").await;
        assert_eq!((account.get("name"), account.get("industry"), account.get("external_id")), ("Versand KG", "Mail order", "9003"));
    }

    async fn a_report_ends_with_lines_that_are_no_rows_and_its_parents_stand_by_name(db: TestDb) {
        let ctx = db.ctx();
        let done = bring(&ctx, Kind::Account, REPORT).await;
        assert_eq!((done.n_rows, done.n_new, done.footer_rows), (2, 2, vec![4, 5]));
        let inside = REPORT.replace("\"0015B\"", "\"Total\"\n\"0015B\"");
        let errors = wrong(&ctx, Kind::Account, &mapped(&ctx, Kind::Account, &inside).await).await;
        assert_eq!(told(&errors), ["3 : this row has 1 cells, the header has 5; is a delimiter missing or not quoted?"]);
        // One row looks like a record, so that all are planned twice; the new parent is still one.
        let looks = "\"Account ID\",\"Account Name\",\"Parent Account\",\"Account Currency\"\n\"X1\",\"Rheinwerk AG\",\"\",\"EUR\"\n\
                     \"X2\",\"Alpwerk AG\",\"\",\"EUR\"\n\"X3\",\"Alpwerk Nord\",\"Alpwerk AG\",\"EUR\"\n";
        let done = bring(&ctx, Kind::Account, looks).await;
        assert_eq!((done.n_new, done.n_skipped), (2, 1));
    }

    async fn wrong_rows_are_left_out_where_somebody_says_so_and_a_mended_file_is_read_as_before(db: TestDb) {
        let ctx = db.ctx();
        let actor = Actor::operator();
        let other = user(Role::Administrator, &our_person(&ctx, "U-1", "Ute").await);
        let keep = async |text: &str| {
            let mut incoming = begin_upload(&ctx, &actor).await.expect("begun");
            incoming.write(text.as_bytes()).await.expect("written");
            incoming.keep(Kind::Account, "accounts.csv", None).await.expect("kept").secret
        };
        let text = "Kunde;Nr;Währung;Zone\nBrackwell;A-1;EUR;UTC\nNorthgate;A-2;Pfund;UTC\n";
        let header: Vec<String> = ["Kunde", "Nr", "Währung", "Zone"].map(str::to_owned).to_vec();
        let secret = keep(text).await;
        assert_eq!(mapping_before(&ctx, &actor, Kind::Account, &header).await.expect("asked"), None);
        let columns = [("Kunde", "name"), ("Nr", "external_id"), ("Währung", "currency"), ("Zone", "time_zone")];
        let columns = columns.map(|(head, field)| (head.to_owned(), field.to_owned())).into();
        let mapping = Mapping { columns, ..Mapping::default() };
        let said = Mapping { encoding: Some("utf-8".to_owned()), ..mapping.clone() };
        map_upload(&ctx, &actor, &secret, (said, &header)).await.expect("mapped");
        let (kind, given) = find_upload(&ctx, &actor, &secret).await.expect("there");
        assert_eq!(wrong(&ctx, kind, &given).await.n_wrong_rows, 1);
        leave_out_rows(&ctx, &actor, &secret, [3].into()).await.expect("left out");
        let (_, given) = find_upload(&ctx, &actor, &secret).await.expect("there");
        let done = import_book(&ctx, &Actor::operator(), kind, &given, Told::Nobody).await.expect("the rest");
        assert_eq!((done.n_rows, done.n_new, done.left_out), (2, 1, vec![3]));

        keep(text).await;
        assert_eq!(mapping_before(&ctx, &actor, Kind::Account, &header).await.expect("asked"), Some(mapping));
        assert_eq!(mapping_before(&ctx, &actor, Kind::Person, &header).await.expect("asked"), None);
        assert_eq!(mapping_before(&ctx, &other, Kind::Account, &header).await.expect("asked"), None, "somebody else's");
    }

    async fn who_is_who_is_told_by_side_address_and_name_and_never_by_a_guess(db: TestDb) {
        let ctx = db.ctx();
        bring(&ctx, Kind::Account, COMPANIES).await;
        let people = "external_id,name,account,side,email\nP-77,Hana Brandt,9001,client,Hana.Brandt@B.example\n";
        import_book(&ctx, &Actor::operator(), Kind::Person, &file(people), Told::Nobody).await.expect("people");
        // Capitals in an address and in a word are no other person.
        let done = bring(&ctx, Kind::Person, "name,account,side,email,job_title\nHana de Brandt,9001,Client,hana.brandt@b.example,CFO\n").await;
        assert_eq!((done.n_new, done.n_changed), (0, 1));
        assert_eq!(one::<Person>(&db, "Hana de Brandt").await.get("external_id"), "P-77", "the id stays");
        // A mailbox of several is nobody's.
        let shared = "name,account,side,email\nAnn Lind,9003,client,info@versand.example\nBo Kraft,9003,client,info@versand.example\n";
        assert_eq!(bring(&ctx, Kind::Person, shared).await.n_new, 2);
        // With and without an address, under one name: which it is cannot be told.
        let unclear = "name,account,side,email\nJon Feld,9003,client,jon@v.example\nJon Feld,9003,client,\n";
        assert_eq!(told(&wrong(&ctx, Kind::Person, &file(unclear)).await), ["3 name: `Jon Feld` stands in row 2 already"]);

        // A client's person manages no account; one of ours is known by the address, and two addresses are two.
        let managed = |who: &str| format!("external_id,name,account_manager.external_id,account_manager.name,account_manager.email\n9001,Brückner Logistik GmbH,{who}\n");
        assert_eq!(told(&wrong(&ctx, Kind::Account, &file(&managed("P-77,Tom Brandt,"))).await),
                   ["2 account_manager.external_id: there is no person `P-77`"]);
        assert_eq!(one::<Person>(&db, "Hana de Brandt").await.get("side"), "client");
        let take = async |who: &str| import_book(&ctx, &Actor::operator(), Kind::Account, &file(&managed(who)), Told::Nobody).await.expect("an import");
        assert_eq!(related(&take(",Jon Smith,jon@us.example").await), [("account_manager", 1)]);
        assert_eq!(related(&take(",Jonathan Smith,JON@us.example").await), [("account_manager", 0)]);
        assert_eq!(related(&take(",Jon Smith,jon2@us.example").await), [("account_manager", 1)]);
    }

    async fn a_cell_with_an_id_in_a_column_of_names_means_the_record_of_that_id(db: TestDb) {
        let ctx = db.ctx();
        bring(&ctx, Kind::Account, COMPANIES).await;
        let versand = one::<Account>(&db, "Versand KG").await;
        let people = format!("external_id,name,side,account.name,account.currency,account.time_zone\nP-1,Ann,client,9001,,\nP-2,Bo,client,{},,\nP-3,Cy,client,Newco,EUR,UTC\nP-4,Di,client,Versand KG,,\n", versand.get("id"));
        let done = import_book(&ctx, &Actor::operator(), Kind::Person, &file(&people), Told::Nobody).await.expect("an import");
        assert_eq!((done.n_new, related(&done)), (4, vec![("account", 1)]), "only what has neither id nor name in the book");
        for name in ["Bo", "Di"] {
            assert_eq!(one::<Person>(&db, name).await.get("account"), versand.get("id"), "{name}");
        }
        assert_eq!(versand.get("name"), "Versand KG");
        // One of ours is told by the name where several share an address.
        let ours = "external_id,name,side,email\nU-1,Anna Weber,provider,team@us.example\nU-2,Peter Klein,provider,team@us.example\n";
        import_book(&ctx, &Actor::operator(), Kind::Person, &file(ours), Told::Nobody).await.expect("ours");
        let managed = |who: &str| format!("external_id,name,account_manager.name,account_manager.email\n9001,Brückner Logistik GmbH,{who},team@us.example\n");
        for (who, n_new) in [("Peter Klein", 0), ("Otto Neu", 1)] {
            let done = import_book(&ctx, &Actor::operator(), Kind::Account, &file(&managed(who)), Told::Nobody).await.expect("an import");
            assert_eq!(related(&done), [("account_manager", n_new)], "{who}");
            assert_eq!(one::<Account>(&db, "Brückner Logistik GmbH").await.get("account_manager"), one::<Person>(&db, who).await.get("id"));
        }
    }

    async fn what_few_may_read_is_not_repeated_by_what_is_wrong_with_it(db: TestDb) {
        let ctx = db.ctx();
        bring(&ctx, Kind::Account, COMPANIES).await;
        bring(&ctx, Kind::ListPrice, PRICES).await;
        bring(&ctx, Kind::ContractLine, CONTRACTS).await;
        let costs = "contract,product,annual_volume,unit_price,unit_cost\nC-2002,Workplace,300,2.16,-3.17\n";
        let errors = wrong(&ctx, Kind::ContractLine, &file(costs)).await;
        assert_eq!(errors.errors[0].column, "unit_cost");
        assert!(!format!("{errors:?}").contains("3.17"), "{errors:?}");
    }

    async fn a_name_that_is_not_there_is_misspelt_where_others_are_there(db: TestDb) {
        let ctx = db.ctx();
        bring(&ctx, Kind::Account, COMPANIES).await;
        let text = "name,industry\nVersand KG,Mail order\nNordwint Energie AG,Power\n";
        assert_eq!(told(&wrong(&ctx, Kind::Account, &file(text)).await),
                   ["3 name: nothing in the book is called `Nordwint Energie AG`; a new record needs the column `time_zone`"]);
        let none = "name,industry\nNordwint Energie AG,Power\n";
        assert!(told(&wrong(&ctx, Kind::Account, &file(none)).await)[0].starts_with("1 time_zone: the column `time_zone` is missing"));
    }

    async fn what_is_proposed_is_no_name_where_it_is_an_id_or_somebody_elses(db: TestDb) {
        let ctx = db.ctx();
        import_book(&ctx, &Actor::operator(), Kind::LineOfBusiness, &file("external_id,name\nLOB-1,Desk\n"), Told::Nobody).await.expect("a line of business");
        let products = "external_id,name,unit,line_of_business,Comment\nP-1,Service Desk,ticket,LOB-1,x\n";
        let given = mapped(&ctx, Kind::Product, products).await;
        assert_eq!(given.mapping.expect("a mapping").columns["line_of_business"], "line_of_business");
        bring(&ctx, Kind::Product, products).await;
        assert_eq!(one::<LineOfBusiness>(&db, "Desk").await.get("external_id"), "LOB-1");
        let contracts = "Account ID,Account Name,Contract No,Title,Owner\n1,Brackwell,C-1,Desk,Anna Keller\n";
        let given = mapped(&ctx, Kind::Contract, contracts).await;
        assert_eq!(given.mapping.expect("a mapping").columns.get("Owner"), None, "whose owner is not said");
        let prices = "ID;Product;List price EUR;List price USD;Valid from\nX1;Desk;1;2;2026-01-01\n";
        let errors = wrong(&ctx, Kind::ListPrice, &mapped(&ctx, Kind::ListPrice, prices).await).await;
        assert!(told(&errors)[0].starts_with("1 ID: `ID` is one id, but a row has a price in each currency"), "{:?}", told(&errors));
        let months = "Account,Product,Invoice date,Currency,Invoiced\nB,D,31.10.2026,EUR,1\n";
        assert_eq!(mapped(&ctx, Kind::Actual, months).await.mapping.expect("a mapping").dates, DateOrder::DayFirst);
    }

    async fn a_file_under_the_wrong_kind_is_known_by_its_columns(_db: TestDb) {
        let header = |text: &str| -> Vec<String> {
            text.lines().next().unwrap_or_default().split([',', ';']).map(|head| head.trim_matches('"').to_owned()).collect()
        };
        assert_eq!(other_kind(Kind::Contract, &header(CONTRACTS)), Some(Kind::ContractLine));
        assert_eq!(other_kind(Kind::Account, &header(CONTACTS)), Some(Kind::Person));
        assert_eq!(other_kind(Kind::Product, &header(PRICES)), Some(Kind::ListPrice));
        for (kind, text) in [(Kind::Account, COMPANIES), (Kind::Account, REPORT), (Kind::Person, CONTACTS), (Kind::ListPrice, PRICES), (Kind::ContractLine, CONTRACTS)] {
            assert_eq!(other_kind(kind, &header(text)), None, "{kind:?}");
        }
    }

    async fn a_file_that_was_cut_off_is_wrong_and_one_nobody_looks_at_has_no_footer(db: TestDb) {
        let ctx = db.ctx();
        let cut = "external_id,name,time_zone,currency\nA-1,Brackwell,UTC,EUR\nA-10";
        assert_eq!(told(&wrong(&ctx, Kind::Account, &file(cut)).await), ["3 : this row has 1 cells, the header has 4; is a delimiter missing or not quoted?"]);
        let report = cut.replace("A-10", "All rights reserved.");
        assert_eq!(check_import(&ctx, &Actor::operator(), Kind::Account, &file(&report)).await.expect("a check").footer_rows.len(), 1);
        let unattended = ImportFile { is_unattended: true, ..file(&report) };
        assert_eq!(wrong(&ctx, Kind::Account, &unattended).await.n_errors, 1);
        let long = format!("external_id,name,time_zone,currency\nA-1,Brackwell,UTC,EUR\n{}", "no row\n".repeat(12));
        assert_eq!(wrong(&ctx, Kind::Account, &file(&long)).await.n_errors, 12);
    }

    async fn a_wrong_company_is_told_in_every_row_of_its_people_and_a_preview_of_a_job_has_no_cost(db: TestDb) {
        let ctx = db.ctx();
        let people = "external_id,name,side,account.name,account.currency,account.time_zone\nP-1,Ann,client,Brackwell,Pound,UTC\nP-2,Bo,client,Brackwell,,\n";
        assert_eq!(told(&wrong(&ctx, Kind::Person, &file(people)).await), [
            "2 account.currency: `Pound` is not a currency in use; write the three letters of ISO 4217 such as EUR or USD",
            "3 account.currency: `Pound` is not a currency in use; write the three letters of ISO 4217 such as EUR or USD",
        ]);
        bring(&ctx, Kind::Account, COMPANIES).await;
        bring(&ctx, Kind::ListPrice, PRICES).await;
        bring(&ctx, Kind::ContractLine, CONTRACTS).await;
        let costs = "contract,product,annual_volume,unit_price,unit_cost\nC-2002,Workplace,300,2.16,1.50\n";
        let checked = check_import(&ctx, &Actor::operator(), Kind::ContractLine, &file(costs)).await.expect("a check");
        let shown: Vec<&str> = checked.previews[0].changes.iter().map(|it| it.field.as_str()).collect();
        assert_eq!((shown, checked.previews[0].name.as_str()), (vec!["unit_cost"], "Nordwind services · Workplace"));
        let mut bar = mandate_app::progress::Silent;
        let kept = import_book(&ctx, &Actor::operator(), Kind::ContractLine, &file(costs), Told::Bar(&mut bar)).await.expect("an import");
        assert_eq!((kept.n_changed, kept.previews[0].changes.len()), (1, 0));
    }
}
