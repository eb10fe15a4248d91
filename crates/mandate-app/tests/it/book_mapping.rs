//! Files of somebody else's making: what they look like, how they are read, and rows that look like a record.

use std::fs::File;

use mandate_app::book::guess::{Proposal, propose, propose_for};
use mandate_app::book::mapping::{Alike, DateOrder, DecimalSign, Mapping};
use mandate_app::book::mappings::mappings;
use mandate_app::book::{
    self, ImportError, ImportFile, ImportReport, RowErrors, Told, check_import, import_book, undo_book_import,
};
use mandate_app::exchange::rows::Content;
use mandate_app::exchange::table::{MOST_CSV_BYTES, TableError};
use mandate_app::{Actor, Ctx};
use mandate_domain::book::{Draft, Kind, Person, Saved, Side};
use mandate_domain::identity::Role;
use mandate_store::audit::list_after;
use mandate_store::reads::Scope;
use mandate_testing::{TestDb, both_databases};

use crate::book::our_person;

fn file(bytes: &[u8], mapping: Option<Mapping>) -> ImportFile {
    ImportFile { mapping: mapping.map(Box::new), ..ImportFile::new("export.csv", bytes.to_vec()) }
}

async fn import(ctx: &Ctx, kind: Kind, file: &ImportFile) -> Result<ImportReport, ImportError> {
    import_book(ctx, &Actor::operator(), kind, file, Told::Nobody).await
}

async fn looks(kind: Kind, bytes: &[u8]) -> Proposal {
    propose((kind, kind.fields()), &file(bytes, None)).await.expect("a table")
}

async fn wrong(ctx: &Ctx, kind: Kind, file: &ImportFile) -> RowErrors {
    match import(ctx, kind, file).await {
        Err(ImportError::Rows(errors)) => errors,
        other => panic!("{other:?}"),
    }
}

async fn person(ctx: &Ctx, external_id: &str) -> Saved<Person> {
    let draft = vec![Draft::new().with("external_id", external_id)];
    let found: Vec<book::Upserted<Person>> =
        book::upsert(ctx, &Actor::operator(), draft).await.expect("the person");
    found.into_iter().next().expect("one").saved
}

const ACCOUNTS: &[u8] =
    b"external_id,name,time_zone,currency\nA-1,Brackwell,UTC,EUR\nA-2,Northgate,UTC,EUR\n";

/// `text` as a spreadsheet of western Europe writes it.
fn latin_1(text: &str) -> Vec<u8> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).expect("Latin-1")).collect()
}

both_databases! {
    async fn a_latin_1_file_with_semicolons_is_understood_and_confirmed_not_guessed(db: TestDb) {
        let ctx = db.ctx();
        let bytes = latin_1("Kunden-Nr.;Firma;Währung;Zeitzone;Jahresumsatz;Notiz\n\
                             K-1;Müller & Söhne;EUR;Europe/Berlin;1.234.567,50;x\n");
        let refused = import(&ctx, Kind::Account, &file(&bytes, None)).await;
        assert!(matches!(refused, Err(ImportError::File(TableError::NotUtf8 { row: 1, byte: 0xE4 }))), "{refused:?}");
        let found = looks(Kind::Account, &bytes).await;
        assert!(found.encoding_guessed && !found.is_plain);
        assert_eq!(found.columns[1].samples, ["Müller & Söhne"]);
        let held: Vec<(&str, &str)> =
            found.mapping.columns.iter().map(|(head, field)| (head.as_str(), field.as_str())).collect();
        assert_eq!(held, [("Firma", "name"), ("Jahresumsatz", "annual_value"), ("Kunden-Nr.", "external_id"),
                          ("Währung", "currency"), ("Zeitzone", "time_zone")]);
        assert_eq!(found.mapping.decimal, DecimalSign::Comma);
        let report = import(&ctx, Kind::Account, &file(&bytes, Some(found.mapping))).await.expect("an import");
        assert_eq!((report.n_new, report.previews[0].name.as_str()), (1, "Müller & Söhne"));
        let draft = vec![Draft::new().with("external_id", "K-1").with("annual_value", "1234567.50")];
        let again: Vec<book::Upserted<mandate_domain::book::Account>> =
            book::upsert(&ctx, &Actor::operator(), draft).await.expect("the account");
        assert_eq!(again[0].outcome, book::Outcome::Same, "thousands and decimals were read as they stand");
    }

    async fn dates_words_and_what_a_file_lacks_come_from_its_mapping(db: TestDb) {
        let ctx = db.ctx();
        import(&ctx, Kind::Account, &file(ACCOUNTS, None)).await.expect("accounts");
        let text = "Vertragsnummer;Kunde;Vertrag;Vertragsart;Beginn;Ende\n\
                    V-1;Brackwell;Rahmen;Rahmenvertrag;01.04.2027;31.03.2029\n\
                    V-2;Northgate;Einzel;Einzelauftrag;30.02.2027;\n".as_bytes();
        let found = looks(Kind::Contract, text).await;
        assert_eq!(found.mapping.dates, DateOrder::YearFirst, "one date is in no order: it is asked");
        assert!(found.dates_open);
        let words: Vec<&str> = found.words["kind"].iter().map(String::as_str).collect();
        assert_eq!(words, ["einzelauftrag", "rahmenvertrag"]);
        let mut mapping = found.mapping;
        mapping.dates = DateOrder::DayFirst;
        let kinds = mapping.words.entry("kind".to_owned()).or_default();
        kinds.insert("rahmenvertrag".to_owned(), "master".to_owned());
        kinds.insert("einzelauftrag".to_owned(), "statement_of_work".to_owned());
        mapping.fixed.insert("currency".to_owned(), "EUR".to_owned());
        mapping.fixed.insert("time_zone".to_owned(), "Europe/Berlin".to_owned());
        let errors = wrong(&ctx, Kind::Contract, &file(text, Some(mapping.clone()))).await;
        let told: Vec<(usize, &str, &str)> =
            errors.errors.iter().map(|it| (it.row, it.column.as_str(), it.given.as_str())).collect();
        assert_eq!(told, [(3, "Beginn", "30.02.2027")], "the 30th of February, as it stood there");
        let mended = String::from_utf8_lossy(text).replace("30.02.", "28.02.");
        let report = import(&ctx, Kind::Contract, &file(mended.as_bytes(), Some(mapping))).await.expect("an import");
        assert_eq!(report.n_new, 2);
    }

    async fn our_own_people_take_no_account_whoever_says_that_they_are_ours(db: TestDb) {
        let ctx = db.ctx();
        import(&ctx, Kind::Account, &file(ACCOUNTS, None)).await.expect("accounts");
        let text = b"external_id,name,side\nP-1,Sam Sales,\nP-2,Kay Mills,Provider\nP-3,Hana Brandt,client\n";
        let mut mapping = Mapping::default();
        for field in ["external_id", "name", "side"] {
            mapping.columns.insert(field.to_owned(), field.to_owned());
        }
        mapping.defaults.insert("side".to_owned(), "provider".to_owned());
        mapping.defaults.insert("account".to_owned(), "Brackwell".to_owned());
        import(&ctx, Kind::Person, &file(text, Some(mapping))).await.expect("an import");
        for (external_id, side) in [("P-1", Side::Provider), ("P-2", Side::Provider), ("P-3", Side::Client)] {
            let person = person(&ctx, external_id).await;
            assert_eq!((person.side, person.account_id.is_some()), (side, side == Side::Client), "{external_id}");
        }
    }

    async fn a_record_whose_id_stands_far_below_is_not_taken_by_its_looks(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        import(&ctx, Kind::Account, &file(ACCOUNTS, None)).await.expect("accounts");
        let draft = Draft::new().with("side", "client").with("account", account_id(&ctx, "A-1").await)
            .with("external_id", "P-OLD").with("name", "Hana Brandt").with("role", "user");
        book::create::<Person>(&ctx, &operator, draft).await.expect("a person");
        let mut text = "external_id,account,name\nP-NEW,A-1,Hana Brandt\n".to_owned();
        // More rows than are planned at once.
        for n in 0..2_100 {
            text.push_str(&format!("P-{n},A-1,Somebody {n}\n"));
        }
        let mut mapping = Mapping { alike: Some(Alike::Update), ..Mapping::default() };
        for field in ["external_id", "account", "name"] {
            mapping.columns.insert(field.to_owned(), field.to_owned());
        }
        mapping.fixed.insert("side".to_owned(), "client".to_owned());
        let looks = check_import(&ctx, &operator, Kind::Person, &file(text.as_bytes(), Some(mapping.clone()))).await.expect("a check");
        assert_eq!((looks.n_alike, looks.n_new), (1, 2_100), "she looks like the only one of her name");
        text.push_str("P-OLD,A-1,Hana Brandt-Feld\n");
        let named = check_import(&ctx, &operator, Kind::Person, &file(text.as_bytes(), Some(mapping))).await.expect("a check");
        assert_eq!((named.n_alike, named.n_new, named.n_changed), (0, 2_101, 1), "the row with her id is hers");
    }

    async fn a_row_that_looks_like_a_record_is_left_out_changes_it_or_is_made(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        import(&ctx, Kind::Account, &file(ACCOUNTS, None)).await.expect("accounts");
        for (account, name, email) in [("A-1", "Hana Brandt", "hana@brackwell.example"), ("A-2", "Jon Feld", "")] {
            let draft = Draft::new().with("side", "client").with("account", account_id(&ctx, account).await)
                .with("name", name).with("email", email).with("role", "user");
            book::create::<Person>(&ctx, &operator, draft).await.expect("a person without an id");
        }
        let text = b"external_id,account,name,email,job_title\n\
                     P-1,A-1,H. Brandt,Hana@Brackwell.example,Head\nP-2,A-2,jon FELD,,Clerk\nP-3,A-1,Jon Feld,,Buyer\n";
        let mapping = |alike, rows: &[(usize, Alike)]| {
            let mut mapping = Mapping { alike: Some(alike), ..Mapping::default() };
            for field in ["external_id", "account", "name", "email", "job_title"] {
                mapping.columns.insert(field.to_owned(), field.to_owned());
            }
            mapping.fixed.insert("side".to_owned(), "client".to_owned());
            mapping.alike_rows.extend(rows.iter().copied());
            Some(mapping)
        };
        let kind = Kind::Person;
        let unseen = check_import(&ctx, &operator, kind, &file(text, mapping(Alike::Create, &[]))).await.expect("a check");
        assert_eq!((unseen.n_new, unseen.n_skipped, unseen.n_alike), (3, 0, 2), "made, and shown all the same");
        let seen = check_import(&ctx, &operator, kind, &file(text, mapping(Alike::Skip, &[]))).await.expect("a check");
        assert_eq!((seen.n_new, seen.n_skipped, seen.n_rows), (1, 2, 3), "another account's Jon Feld is another");
        let told: Vec<(usize, &str, bool)> =
            seen.alike.iter().map(|it| (it.row, it.record_name.as_str(), it.by_email)).collect();
        assert_eq!(told, [(2, "Hana Brandt", true), (3, "Jon Feld", false)]);
        let answered = file(text, mapping(Alike::Skip, &[(2, Alike::Update)]));
        let done = import(&ctx, kind, &answered).await.expect("an import");
        assert_eq!((done.n_new, done.n_changed, done.n_skipped), (1, 1, 1));
        let hana = person(&ctx, "P-1").await;
        assert_eq!((hana.name.as_str(), hana.job_title.as_str(), hana.side), ("H. Brandt", "Head", Side::Client));
        let again = import(&ctx, kind, &answered).await.expect("the same again");
        assert_eq!((again.n_new, again.n_changed, again.n_same, again.n_skipped), (0, 0, 2, 1));
        let undone = undo_book_import(&ctx, &operator, &done.batch_id.expect("a batch")).await.expect("undone");
        assert_eq!((undone.n_trashed, undone.n_restored), (1, 1));
    }

    async fn rows_far_apart_that_look_alike_are_two(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        import(&ctx, Kind::Account, &file(ACCOUNTS, None)).await.expect("accounts");
        let draft = Draft::new().with("side", "client").with("account", account_id(&ctx, "A-1").await)
            .with("name", "John Smith").with("role", "user");
        let john = book::create::<Person>(&ctx, &operator, draft).await.expect("a person without an id");
        // Rows are planned 2,000 at once.
        let mut text = "external_id,account,name\n".to_owned();
        for row in 0..2_100 {
            let name = match row {
                5 | 2_050 => "John Smith".to_owned(),
                6 | 2_060 => "Jane Doe".to_owned(),
                _ => format!("Person {row}"),
            };
            text.push_str(&format!("N-{row},A-1,{name}\n"));
        }
        let mut mapping = Mapping { alike: Some(Alike::Update), ..Mapping::default() };
        for field in ["external_id", "account", "name"] {
            mapping.columns.insert(field.to_owned(), field.to_owned());
        }
        mapping.fixed.insert("side".to_owned(), "client".to_owned());
        let given = file(text.as_bytes(), Some(mapping));
        let checked = check_import(&ctx, &operator, Kind::Person, &given).await.expect("a check");
        assert_eq!((checked.n_new, checked.n_changed, checked.n_alike), (2_099, 1, 1));
        let done = import(&ctx, Kind::Person, &given).await.expect("an import");
        assert_eq!((done.n_new, done.n_changed, done.n_alike), (2_099, 1, 1));
        assert_eq!(person(&ctx, "N-5").await.id, john.id);
        let second = person(&ctx, "N-2050").await;
        assert_eq!((second.name.as_str(), second.id == john.id), ("John Smith", false));
        assert_ne!(person(&ctx, "N-6").await.id, person(&ctx, "N-2060").await.id, "nor is one that the file made taken");
    }

    async fn a_default_that_names_a_record_is_for_new_ones_alone(db: TestDb) {
        let ctx = db.ctx();
        let (anne, jonas) = (our_person(&ctx, "P-1", "Anne Feld").await, our_person(&ctx, "P-2", "Jonas Rau").await);
        let text = b"external_id,name,time_zone,currency,account_manager\nA-1,Brackwell,UTC,EUR,P-1\nA-2,Northgate,UTC,EUR,\n";
        import(&ctx, Kind::Account, &file(text, None)).await.expect("accounts");
        let mut mapping = Mapping::default();
        for field in ["external_id", "name"] {
            mapping.columns.insert(field.to_owned(), field.to_owned());
        }
        for (field, value) in [("time_zone", "UTC"), ("currency", "EUR"), ("account_manager", "Jonas Rau")] {
            mapping.defaults.insert(field.to_owned(), value.to_owned());
        }
        let more = b"external_id,name\nA-1,Brackwell\nA-2,Northgate\nA-3,Desk\n";
        let report = import(&ctx, Kind::Account, &file(more, Some(mapping.clone()))).await.expect("an import");
        assert_eq!((report.n_new, report.n_changed, report.n_same), (1, 0, 2), "who is there keeps what they have");
        let manager = async |external_id: &str| {
            let draft = vec![Draft::new().with("external_id", external_id)];
            let found: Vec<book::Upserted<mandate_domain::book::Account>> =
                book::upsert(&ctx, &Actor::operator(), draft).await.expect("the account");
            found[0].saved.account_manager_id.clone()
        };
        assert_eq!((manager("A-1").await, manager("A-2").await), (Some(anne.id), None));
        assert_eq!(manager("A-3").await, Some(jonas.id));
        mapping.defaults.insert("account_manager".to_owned(), "Nobody".to_owned());
        let errors = wrong(&ctx, Kind::Account, &file(b"external_id,name\nA-1,Brackwell\nA-4,Four\n", Some(mapping))).await;
        assert_eq!((errors.n_errors, errors.errors[0].row, errors.errors[0].text.as_str()), (1, 3, "there is no person `Nobody`"));

        // A default may be part of what says which record a row is about.
        import(&ctx, Kind::Product, &file(b"external_id,name,unit\nT,Tickets,ticket\n", None)).await.expect("a product");
        let mut prices = Mapping::default();
        for field in ["valid_from", "price"] {
            prices.columns.insert(field.to_owned(), field.to_owned());
        }
        for (field, value) in [("product", "T"), ("currency", "EUR")] {
            prices.defaults.insert(field.to_owned(), value.to_owned());
        }
        let prices = file(b"valid_from,price\n2026-01-01,3.00\n2027-01-01,3.20\n", Some(prices));
        let made = import(&ctx, Kind::ListPrice, &prices).await.expect("prices");
        let again = import(&ctx, Kind::ListPrice, &prices).await.expect("the same again");
        assert_eq!((made.n_new, again.n_new, again.n_same), (2, 0, 2));
    }

    async fn a_mapping_is_remembered_with_its_import_and_offered_for_the_same_header(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let text = b"Kunde;Kundennummer\nBrackwell;K-1\n";
        let mut mapping = looks(Kind::Account, text).await.mapping;
        mapping.source = " CRM ".to_owned();
        mapping.fixed.insert("currency".to_owned(), "EUR".to_owned());
        mapping.fixed.insert("time_zone".to_owned(), "UTC".to_owned());
        mapping.alike_rows.insert(2, Alike::Create);
        let given = file(text, Some(mapping));
        let header = ["kunde".to_owned(), "Kundennummer".to_owned()];
        check_import(&ctx, &operator, Kind::Account, &given).await.expect("a check");
        assert_eq!(mappings(&ctx, &operator, None, &header).await.expect("none yet"), [], "a check keeps nothing");
        import(&ctx, Kind::Account, &given).await.expect("an import");
        let kept = mappings(&ctx, &operator, Some(Kind::Account), &header).await.expect("one");
        assert_eq!((kept.len(), kept[0].source.as_str(), kept[0].same_header), (1, "CRM", true));
        assert!(kept[0].mapping.alike_rows.is_empty(), "rows are about one file");
        assert!(!mappings(&ctx, &operator, None, &["Kunde".to_owned()]).await.expect("one")[0].same_header);
        assert_eq!(mappings(&ctx, &operator, Some(Kind::Team), &header).await.expect("none"), []);
    }

    async fn a_remembered_mapping_tells_its_reader_nothing_that_is_not_theirs(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        import(&ctx, Kind::Account, &file(ACCOUNTS, None)).await.expect("accounts");
        let products = b"external_id,name,unit\nP-1,Archive,page\n";
        import(&ctx, Kind::Product, &file(products, None)).await.expect("a product");
        let contracts = b"external_id,account,kind,title,time_zone,currency,starts_on\nC-1,A-1,master,Frame,UTC,EUR,2026-01-01\n";
        import(&ctx, Kind::Contract, &file(contracts, None)).await.expect("a contract");
        let lines = b"Zeile;Vertrag;Menge;Preis\nL-1;C-1;10;3.00\n";
        let mut mapping = Mapping { source: "ERP".to_owned(), ..Mapping::default() };
        for (column, field) in [("Zeile", "external_id"), ("Vertrag", "contract"), ("Menge", "annual_volume"), ("Preis", "unit_price")] {
            mapping.columns.insert(column.to_owned(), field.to_owned());
        }
        mapping.fixed.insert("product".to_owned(), "P-1".to_owned());
        mapping.fixed.insert("unit_cost".to_owned(), "2.75".to_owned());
        import(&ctx, Kind::ContractLine, &file(lines, Some(mapping))).await.expect("a line");
        let fixed = |kept: &[mandate_app::book::mappings::NamedMapping]| kept[0].mapping.fixed.clone();
        let all = fixed(&mappings(&ctx, &operator, None, &[]).await.expect("one"));
        assert_eq!((all["product"].as_str(), all["unit_cost"].as_str()), ("P-1", "2.75"));
        let jonas = crate::book::our_person(&ctx, "P-9", "Jonas Feld").await;
        let nobody = Actor { scope: Scope::Nothing, ..crate::book::user(Role::AccountManager, &jonas) };
        let told = fixed(&mappings(&ctx, &nobody, None, &[]).await.expect("one"));
        assert!(told.is_empty(), "no cost, and no record that may be out of reach: {told:?}");
    }

    async fn a_long_file_is_read_in_pieces_whole_or_not_at_all_and_undone(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        import(&ctx, Kind::Account, &file(ACCOUNTS, None)).await.expect("accounts");
        let mut text = "external_id,side,account,name,role\n".to_owned();
        for row in 0..5_000 {
            text.push_str(&format!("P-{row},client,A-{},Person {row},user\n", 1 + row % 2));
        }
        let twice = format!("{text}P-7,client,A-1,Twice,user\nP-5001,client,A-9,Nobody's,user\n");
        let errors = wrong(&ctx, Kind::Person, &file(twice.as_bytes(), None)).await;
        let told: Vec<String> = errors.errors.iter().map(|it| format!("{} {}", it.row, it.text)).collect();
        assert_eq!(told, ["5002 `P-7` stands in row 9 already", "5003 there is no account `A-9`"]);
        let report = import(&ctx, Kind::Person, &file(text.as_bytes(), None)).await.expect("an import");
        assert_eq!((report.n_rows, report.n_new), (5_000, 5_000));
        let mut tx = db.read().await;
        let records = list_after(&mut tx, 0, 10_000).await.expect("the audit record");
        let of_4321 = records.iter().find(|record| record.subject_name == "Person 4321").expect("its record");
        assert_eq!(of_4321.reason.as_deref(), Some("row 4323 of export.csv"));
        assert_eq!((records.len(), of_4321.action.as_str(), of_4321.origin.as_str()), (5_004, "person.created", "import"));
        drop(tx);
        let again = import(&ctx, Kind::Person, &file(text.as_bytes(), None)).await.expect("the same again");
        assert_eq!((again.n_new, again.n_same), (0, 5_000));
        let undone = undo_book_import(&ctx, &operator, &report.batch_id.expect("a batch")).await.expect("undone");
        assert_eq!(undone.n_trashed, 5_000);
        let state = mandate_store::audit::verify_chain(&mut db.read().await).await.expect("walked");
        assert!(matches!(state, mandate_store::audit::ChainState::Whole { .. }), "{state:?}");
    }

    async fn a_file_of_200_mb_and_a_header_that_says_a_name_twice_are_refused(db: TestDb) {
        let ctx = db.ctx();
        std::fs::create_dir_all(ctx.data_folder()).expect("a folder");
        let path = ctx.data_folder().join("large.csv");
        File::create(&path).and_then(|file| file.set_len(200 << 20)).expect("a large file");
        let large = ImportFile::new("large.csv", Content::Path(path));
        let refused = import(&ctx, Kind::Account, &large).await;
        let wanted = TableError::TooLarge { bytes: 200 << 20, most: MOST_CSV_BYTES };
        assert!(matches!(refused, Err(ImportError::File(error)) if error == wanted));
        let errors = wrong(&ctx, Kind::Account, &file(b"id,name,Name\nA-1,x,y\n", None)).await;
        assert_eq!((errors.errors[0].column.as_str(), errors.errors[0].text.as_str()),
                   ("Name", "two columns are called `name`; remove one"));
    }

    async fn a_hubspot_export_comes_in_by_its_profile(db: TestDb) {
        let ctx = db.ctx();
        // Headers as in public examples of such exports; the rows are ours.
        let companies = b"Record ID,Company name,Website URL,Company owner,Create Date,Industry\n\
                          9001,Brackwell Ltd,brackwell.example,Sam Sales,2024-02-01 09:30,INSURANCE\n";
        let contacts = b"Record ID,First Name,Last Name,Email,Phone Number,Lead Status,Create Date,Associated Company,Country/Region,Contact owner\n\
                         101,Hana,Brandt,hana@brackwell.example,+44 20 1,NEW,2024-03-12 09:14,Brackwell Ltd,United Kingdom,sam@us.example\n";
        let looks = async |kind, bytes: &[u8]| {
            propose_for(&ctx, &Actor::operator(), kind, &file(bytes, None)).await.expect("a table")
        };
        let mut found = looks(Kind::Account, companies).await;
        assert_eq!(found.profile, Some("hubspot"));
        assert_eq!(found.mapping.columns["Company owner"], "account_manager.name");
        found.mapping.fixed.insert("currency".to_owned(), "GBP".to_owned());
        found.mapping.fixed.insert("time_zone".to_owned(), "Europe/London".to_owned());
        import(&ctx, Kind::Account, &file(companies, Some(found.mapping))).await.expect("companies");
        let found = looks(Kind::Person, contacts).await;
        assert_eq!(found.profile, Some("hubspot"));
        import(&ctx, Kind::Person, &file(contacts, Some(found.mapping))).await.expect("contacts");
        let hana = person(&ctx, "101").await;
        assert_eq!((hana.name.as_str(), hana.side, hana.account_id.is_some()), ("Hana Brandt", Side::Client, true));
    }
}

async fn account_id(ctx: &Ctx, external_id: &str) -> String {
    let draft = vec![Draft::new().with("external_id", external_id)];
    let found: Vec<book::Upserted<mandate_domain::book::Account>> =
        book::upsert(ctx, &Actor::operator(), draft).await.expect("the account");
    found[0].saved.id.to_string()
}
