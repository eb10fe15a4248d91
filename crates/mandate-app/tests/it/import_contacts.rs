//! Contacts of another program: companies by several ids, owners who are in touch with them, and what was merged since.

use mandate_app::book::guess::{Proposal, propose_for};
use mandate_app::book::mapping::{Mapping, SeveralIds};
use mandate_app::book::merge::{Merging, merge_records};
use mandate_app::book::{
    self, ImportError, ImportFile, ImportReport, Stored, Told, check_import, import_book, undo_book_import,
};
use mandate_app::{Actor, Ctx};
use mandate_domain::Id;
use mandate_domain::book::{Account, Acquaintance, Draft, Kind, Person, PersonRole, Saved, Side};
use mandate_store::{StoreError, params};
use mandate_testing::{TestDb, both_databases};

use crate::book::our_person;
use crate::book_import::file;

async fn import(ctx: &Ctx, kind: Kind, given: &ImportFile) -> Result<ImportReport, ImportError> {
    import_book(ctx, &Actor::operator(), kind, given, Told::Nobody).await
}

async fn found<R: Stored>(ctx: &Ctx, external_id: &str) -> Saved<R> {
    let draft = vec![Draft::new().with("external_id", external_id)];
    let found: Vec<book::Upserted<R>> =
        book::upsert(ctx, &Actor::operator(), draft).await.expect("it is there");
    found.into_iter().next().expect("one").saved
}

async fn merge<R: Stored>(ctx: &Ctx, keep: &str, drop: &str) {
    let (keep, drop) = (found::<R>(ctx, keep).await, found::<R>(ctx, drop).await);
    let merging = Merging {
        keep: keep.id.clone(),
        keep_version: keep.version,
        drop: drop.id.clone(),
        drop_version: drop.version,
        take: Default::default(),
    };
    merge_records(ctx, &Actor::operator(), &merging).await.expect("a merge");
}

fn own(report: &ImportReport) -> [usize; 4] {
    [report.n_new, report.n_changed, report.n_same, report.n_merged]
}

fn related(report: &ImportReport) -> Vec<(&'static str, Kind, [usize; 3])> {
    report.related.iter().map(|it| (it.path, it.kind, [it.n_new, it.n_changed, it.n_same])).collect()
}

async fn proposed(ctx: &Ctx, kind: Kind, text: &str) -> Proposal {
    propose_for(ctx, &Actor::operator(), kind, &file(text)).await.expect("a table")
}

fn mapped(text: &str, mapping: Mapping) -> ImportFile {
    ImportFile { mapping: Some(Box::new(mapping)), ..file(text) }
}

/// Client, one of ours and strength of each acquaintance that is not in the trash.
async fn ties(db: &TestDb) -> Result<Vec<(String, String, i64)>, StoreError> {
    let sql = "SELECT c.name, o.name, a.strength FROM acquaintance a JOIN person c ON c.id = a.client_person_id
                 JOIN person o ON o.id = a.our_person_id WHERE a.deleted_at_us IS NULL ORDER BY c.name, o.name";
    let rows = db.read().await.fetch_all(sql, params![]).await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?, row.int(2)?))).collect()
}

const COMPANIES: &str =
    "external_id,name,industry,time_zone,currency\n100,Acme,Steel,UTC,EUR\n101,Acme Holding,Iron,UTC,EUR\n";
const COMPANY_101: &str = "external_id,name,industry,time_zone,currency\n101,Acme Holding,Copper,UTC,EUR\n";
const PEOPLE: &str = "external_id,side,account,name,email\n1,client,100,Hana Brandt,hana@acme.example\n2,client,101,H. Brandt,\n";

both_databases! {
    async fn rows_whose_records_were_merged_change_nothing_beside_the_one_that_stands(db: TestDb) {
        let ctx = db.ctx();
        import(&ctx, Kind::Account, &file(COMPANIES)).await.expect("companies");
        import(&ctx, Kind::Person, &file(PEOPLE)).await.expect("people");
        merge::<Account>(&ctx, "100", "101").await;
        merge::<Person>(&ctx, "1", "2").await;
        // In either order of rows the id that survived speaks.
        let turned = "external_id,name,industry,time_zone,currency\n101,Acme Holding,Iron,UTC,EUR\n100,Acme,Steel,UTC,EUR\n";
        for text in [COMPANIES, turned, COMPANIES] {
            let checked = check_import(&ctx, &Actor::operator(), Kind::Account, &file(text)).await.expect("a check");
            assert_eq!(own(&checked), [0, 0, 2, 1]);
            let done = import(&ctx, Kind::Account, &file(text)).await.expect("again");
            assert_eq!(own(&done), [0, 0, 2, 1]);
            assert_eq!((done.merged[0].external_id.as_str(), done.merged[0].name.as_str()), ("101", "Acme"));
        }
        let done = import(&ctx, Kind::Person, &file(PEOPLE)).await.expect("people again");
        assert_eq!(own(&done), [0, 0, 2, 1]);
        assert_eq!((done.merged[0].row, done.merged[0].name.as_str()), (3, "Hana Brandt"));
        assert_eq!(found::<Account>(&ctx, "100").await.industry, "Steel");

        // Alone it changes the record that stands, as before, and is then the same.
        let done = import(&ctx, Kind::Account, &file(COMPANY_101)).await.expect("alone");
        assert_eq!(own(&done), [0, 1, 0, 0]);
        assert_eq!(found::<Account>(&ctx, "100").await.industry, "Copper");
        let again = import(&ctx, Kind::Account, &file(COMPANY_101)).await.expect("alone again");
        assert_eq!(own(&again), [0, 0, 1, 0]);
    }

    async fn a_company_that_was_merged_away_is_found_beside_its_contacts(db: TestDb) {
        let ctx = db.ctx();
        import(&ctx, Kind::Account, &file(COMPANIES)).await.expect("companies");
        merge::<Account>(&ctx, "100", "101").await;
        let contacts = "external_id,side,name,account.external_id,account.name\n1,client,Hana Brandt,101,Acme Holding\n\
                        2,client,Jon Feld,100,Acme\n3,client,Eve Byrne,101,Acme Holding\n";
        let done = import(&ctx, Kind::Person, &file(contacts)).await.expect("contacts");
        assert_eq!((own(&done), related(&done)), ([3, 0, 0, 0], vec![("account", Kind::Account, [0, 0, 1])]));
        let acme = found::<Account>(&ctx, "100").await;
        assert_eq!(acme.name, "Acme");
        for id in ["1", "2", "3"] {
            assert_eq!(found::<Person>(&ctx, id).await.account_id.as_ref(), Some(&acme.id));
        }
        let again = import(&ctx, Kind::Person, &file(contacts)).await.expect("the same again");
        assert_eq!((own(&again), related(&again)), ([0, 0, 3, 0], vec![("account", Kind::Account, [0, 0, 1])]));
        let alone = "external_id,side,name,account.external_id,account.name\n1,client,Hana Brandt,101,Acme Holding\n";
        let done = import(&ctx, Kind::Person, &file(alone)).await.expect("alone");
        assert_eq!((own(&done), related(&done)), ([0, 0, 1, 0], vec![("account", Kind::Account, [0, 0, 1])]));
    }

    async fn contacts_go_by_the_ids_of_their_companies_and_the_first_of_several_counts(db: TestDb) {
        let ctx = db.ctx();
        let companies = "external_id,name,time_zone,currency\n9001,Acme,UTC,EUR\n9002,Globex,UTC,EUR\n9003,Acme,UTC,EUR\n";
        import(&ctx, Kind::Account, &file(companies)).await.expect("companies");
        // Headers as in public examples of such exports; the rows are ours.
        let contacts = "Record ID,First Name,Last Name,Associated Company,Associated Company IDs\n\
                        1,Hana,Brandt,Acme,9003\n2,Jon,Feld,Globex;Acme,9002;9001\n3,Eve,Byrne,Acme,9001; 9002\n";
        let found_it = proposed(&ctx, Kind::Person, contacts).await;
        assert_eq!(found_it.mapping.columns["Associated Company IDs"], "account.external_id");
        assert_eq!(found_it.several_ids.as_deref(), Some("Associated Company IDs"));
        assert_eq!(found_it.mapping.several_ids, SeveralIds::First);
        let given = mapped(contacts, found_it.mapping.clone());
        let checked = check_import(&ctx, &Actor::operator(), Kind::Person, &given).await.expect("a check");
        let told = checked.several.as_ref().expect("told");
        assert_eq!((told.row, told.given.as_str(), told.taken.as_str(), told.n_cells), (3, "9002;9001", "9002", 2));
        import(&ctx, Kind::Person, &given).await.expect("contacts");
        for (person, account) in [("1", "9003"), ("2", "9002"), ("3", "9001")] {
            let account = found::<Account>(&ctx, account).await;
            assert_eq!(found::<Person>(&ctx, person).await.account_id.as_ref(), Some(&account.id), "{person}");
        }
        assert_eq!(found::<Account>(&ctx, "9002").await.name, "Globex", "a name goes with its id");
        let whole = Mapping { several_ids: SeveralIds::AsTheyStand, ..found_it.mapping };
        let checked = check_import(&ctx, &Actor::operator(), Kind::Person, &mapped(contacts, whole)).await.expect("a check");
        assert_eq!((&checked.several, related(&checked)), (&None, vec![("account", Kind::Account, [2, 0, 1])]), "only where it is said");

        let primary = "Record ID,First Name,Last Name,Associated Company IDs,Associated Company IDs (Primary)\n4,Ada,Lind,9001;9002,9002\n";
        let found_it = proposed(&ctx, Kind::Person, primary).await;
        assert_eq!(found_it.mapping.columns["Associated Company IDs (Primary)"], "account.external_id");
        assert!(!found_it.mapping.columns.contains_key("Associated Company IDs"));
        import(&ctx, Kind::Person, &mapped(primary, found_it.mapping)).await.expect("by the primary one");
        let ada = found::<Person>(&ctx, "4").await;
        assert_eq!(ada.account_id.as_ref(), Some(&found::<Account>(&ctx, "9002").await.id));
        // Without the columns that mark such an export, too.
        let plain = proposed(&ctx, Kind::Person, "Contact ID,Full name,Associated Company,Associated Company IDs\n5,Bo,Acme,9001\n").await;
        assert_eq!(plain.mapping.columns["Associated Company IDs"], "account.external_id");
    }

    async fn the_owner_of_a_contact_is_in_touch_with_them(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let mara = our_person(&ctx, "P-1", "Mara Lind").await;
        let contacts = "Record ID,First Name,Last Name,Job Title,Associated Company,Associated Company IDs,Contact owner\n\
                        1,Hana,Brandt,Head of Procurement,Acme,100,Mara Lind\n2,Jon,Feld,CFO,Acme,100,sam@us.example\n\
                        3,Eve,Byrne,,Acme,100,\n4,Ada,Lind,Buyer,Acme,100,Mara Lind\n";
        let mut mapping = proposed(&ctx, Kind::Person, contacts).await.mapping;
        assert_eq!(mapping.columns["Contact owner"], "in_touch_with.name");
        assert_eq!(mapping.columns["Job Title"], "job_title");
        mapping.defaults.insert("account.currency".to_owned(), "EUR".to_owned());
        mapping.defaults.insert("account.time_zone".to_owned(), "UTC".to_owned());
        let given = mapped(contacts, mapping.clone());
        let expected = vec![
            ("in_touch_with", Kind::Person, [1, 0, 1]),
            ("account", Kind::Account, [1, 0, 0]),
            ("in_touch_with", Kind::Acquaintance, [3, 0, 0]),
        ];
        let checked = check_import(&ctx, &operator, Kind::Person, &given).await.expect("a check");
        assert_eq!((own(&checked), related(&checked)), ([4, 0, 0, 0], expected.clone()));
        assert_eq!(ties(&db).await.expect("ties"), []);
        let values = &checked.previews[0].values;
        let of = |field: &str| values.iter().find(|it| it.field == field).map(|it| it.held.text.as_str());
        assert_eq!((of("name"), of("in_touch_with"), of("role")), (Some("Hana Brandt"), Some("Mara Lind"), Some("procurement")));
        assert_eq!((of("account"), of("phone")), (Some("Acme"), None), "what is empty is not shown");

        let done = import(&ctx, Kind::Person, &given).await.expect("contacts");
        assert_eq!((own(&done), related(&done)), ([4, 0, 0, 0], expected));
        let tie = |client: &str, ours: &str, strength| (client.to_owned(), ours.to_owned(), strength);
        let all = vec![tie("Ada Lind", "Mara Lind", 1), tie("Hana Brandt", "Mara Lind", 1), tie("Jon Feld", "sam@us.example", 1)];
        assert_eq!(ties(&db).await.expect("ties"), all);
        let roles = [found::<Person>(&ctx, "1").await.role, found::<Person>(&ctx, "2").await.role];
        assert_eq!(roles, [PersonRole::Procurement, PersonRole::Other]);

        // Whom an address named is found by it, whatever they are called since; what somebody said of a tie stays.
        let sam = "SELECT id FROM person WHERE email = 'sam@us.example'";
        let sam = db.read().await.fetch_one(sam, params![]).await.expect("one").text(0).expect("an id");
        let sam = book::show::<Person>(&ctx, &operator, &Id::parse(&sam).expect("an id")).await.expect("Sam");
        assert_eq!((sam.side, sam.email.as_str()), (Side::Provider, "sam@us.example"));
        let draft = Draft::new().with("name", "Sam Sales");
        book::change::<Person>(&ctx, &operator, &sam.id, sam.version, draft).await.expect("a name");
        let again = import(&ctx, Kind::Person, &given).await.expect("the same again");
        assert_eq!(own(&again), [0, 0, 4, 0]);
        assert!(related(&again).iter().all(|(_, _, [new, changed, _])| new + changed == 0), "{:?}", related(&again));
        let known = book::upsert::<Acquaintance>(&ctx, &operator, vec![
            Draft::new().with("external_id", "T-1").with("client_person", "3").with("our_person", mara.id.as_str())
                .with("strength", "5").with("stated_on", "2026-01-01"),
        ]).await.expect("a tie");
        assert_eq!(known.len(), 1);
        let more = contacts.replace("3,Eve,Byrne,,Acme,100,\n", "3,Eve,Byrne,,Acme,100,Mara Lind\n");
        let done_too = import(&ctx, Kind::Person, &mapped(&more, mapping)).await.expect("one more");
        assert_eq!(related(&done_too)[2], ("in_touch_with", Kind::Acquaintance, [0, 0, 4]));
    }

    async fn undoing_contacts_takes_back_who_is_in_touch_with_them(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let text = "external_id,side,name,account.external_id,account.name,account.time_zone,account.currency,in_touch_with.external_id,in_touch_with.name\n\
                    1,client,Hana Brandt,100,Acme,UTC,EUR,U-1,Sam Sales\n2,provider,Kay Mills,,,,,U-1,Sam Sales\n";
        let done = import(&ctx, Kind::Person, &file(text)).await.expect("contacts");
        assert_eq!(ties(&db).await.expect("ties").len(), 1, "ours are not told of one another");
        let undone = undo_book_import(&ctx, &operator, &done.batch_id.expect("a batch")).await.expect("undone");
        assert_eq!((undone.n_trashed, undone.n_restored), (5, 0), "two people, an account, an owner and a tie");
        assert_eq!(ties(&db).await.expect("ties"), []);
        // An owner that the file makes and a contact cannot both have one id.
        let twice = "external_id,side,name,account.external_id,account.name,account.time_zone,account.currency,in_touch_with.external_id,in_touch_with.name\n\
                     7,client,Ada Lind,200,Globex,UTC,EUR,8,Sam Sales\n8,client,Bo Kraft,200,Globex,,,8,Sam Sales\n";
        for told in [check_import(&ctx, &operator, Kind::Person, &file(twice)).await, import(&ctx, Kind::Person, &file(twice)).await] {
            let Err(ImportError::Rows(errors)) = told else { panic!("one id of two: {told:?}") };
            let errors: Vec<(usize, &str, &str)> = errors.errors.iter().map(|it| (it.row, it.column.as_str(), it.name.as_str())).collect();
            assert_eq!(errors, [(3, "external_id", "Bo Kraft")]);
        }
    }
}
