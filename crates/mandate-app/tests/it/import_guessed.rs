//! What an import reads out of a file without being told: the zone of a country, what volumes are for, the firm's own fields.

use mandate_app::book::guess::{Proposal, propose_for};
use mandate_app::book::import_job::lines_a_year;
use mandate_app::book::mapping::{EmptyCells, Mapping};
use mandate_app::book::own_columns::field_of_column;
use mandate_app::book::volume::VolumePer;
use mandate_app::book::{
    self, ImportError, ImportFile, ImportReport, Told, check_import, custom_fields, import_book,
};
use mandate_app::{Actor, Ctx};
use mandate_domain::book::{Account, Draft, Kind, Saved};
use mandate_domain::identity::Role;
use mandate_testing::{TestDb, both_databases};
use serde_json::json;

use crate::book::{our_person, user};

fn file(text: &str) -> ImportFile {
    ImportFile::new("export.csv", text.as_bytes().to_vec())
}

async fn looks(ctx: &Ctx, kind: Kind, text: &str) -> Proposal {
    propose_for(ctx, &Actor::operator(), kind, &file(text)).await.expect("a table")
}

fn read_as(text: &str, mapping: Mapping) -> ImportFile {
    ImportFile { mapping: Some(Box::new(mapping)), ..file(text) }
}

async fn import(ctx: &Ctx, kind: Kind, given: &ImportFile) -> Result<ImportReport, ImportError> {
    import_book(ctx, &Actor::operator(), kind, given, Told::Nobody).await
}

async fn account(ctx: &Ctx, external_id: &str) -> Saved<Account> {
    let draft = vec![Draft::new().with("external_id", external_id)];
    let found: Vec<book::Upserted<Account>> =
        book::upsert(ctx, &Actor::operator(), draft).await.expect("the account");
    found.into_iter().next().expect("one").saved
}

both_databases! {
    async fn a_new_account_takes_its_zone_from_its_country_and_one_that_is_there_keeps_its_own(db: TestDb) {
        let ctx = db.ctx();
        let text = "Company ID;Company name;Country/Region\nK-1;Brackwell;Deutschland\nK-2;Northgate;USA\nK-3;Kestrel;\nK-4;Ardent;Freedonia\n";
        let mut proposal = looks(&ctx, Kind::Account, text).await;
        assert_eq!(proposal.mapping.columns["Country/Region"], "country");
        assert_eq!(proposal.words["country"].iter().collect::<Vec<_>>(), ["freedonia"], "what no country is called is asked");
        proposal.mapping.defaults.insert("time_zone".to_owned(), "America/Chicago".to_owned());
        let refused = import(&ctx, Kind::Account, &read_as(text, proposal.mapping.clone())).await;
        let Err(ImportError::Rows(errors)) = refused else { panic!("{refused:?}") };
        assert_eq!((errors.n_errors, errors.errors[0].row, errors.errors[0].field), (1, 5, "country"));
        assert!(errors.errors[0].text.contains("`Freedonia` is not a country"), "{errors:?}");

        let meant = [("freedonia".to_owned(), "Austria".to_owned())].into();
        proposal.mapping.words.insert("country".to_owned(), meant);
        let given = read_as(text, proposal.mapping);
        assert_eq!(import(&ctx, Kind::Account, &given).await.expect("imported").n_new, 4);
        let mut found = vec![];
        for id in ["K-1", "K-2", "K-3", "K-4"] {
            let it = account(&ctx, id).await;
            found.push((it.country.clone(), it.time_zone.clone()));
        }
        let said = [("Germany", "Europe/Berlin"), ("United States", "America/Chicago"), ("", "America/Chicago"), ("Austria", "Europe/Vienna")];
        assert_eq!(found, said.map(|(country, zone)| (country.to_owned(), zone.to_owned())));

        // Its zone is known by now: a country that is told later moves no deadline.
        let later = "external_id,country\nK-3,CH\n";
        import(&ctx, Kind::Account, &file(later)).await.expect("imported");
        let kestrel = account(&ctx, "K-3").await;
        assert_eq!((kestrel.country.as_str(), kestrel.time_zone.as_str()), ("Switzerland", "America/Chicago"));
        assert_eq!(import(&ctx, Kind::Account, &given).await.expect("again").n_same, 4, "an empty cell leaves what K-3 has by now");
    }

    async fn what_volumes_are_for_is_read_from_their_units_and_stays_open_where_nothing_says_it(db: TestDb) {
        let ctx = db.ctx();
        let accounts = "external_id,name,time_zone,currency\nA-1,Brackwell,UTC,EUR\nA-2,Northgate,UTC,CHF\n";
        import(&ctx, Kind::Account, &file(accounts)).await.expect("accounts");
        let contracts = "external_id,account,kind,title,time_zone,currency,starts_on\n\
                         C-1,A-1,master,Frame,UTC,EUR,2026-01-01\nC-2,A-2,master,Frame,UTC,CHF,2026-01-01\n";
        import(&ctx, Kind::Contract, &file(contracts)).await.expect("contracts");
        let lines = |unit: &str| {
            format!("Contract;Service;Unit;Volume;Unit price\nC-1;Capture;{unit};1000;0.50\nC-2;Payroll;{unit};200;3.00\nC-1;Payroll;{unit};10;3.00\n")
        };
        let monthly = lines("document/month");
        let open = looks(&ctx, Kind::ContractLine, &lines("document")).await;
        assert_eq!((open.volume.as_deref(), open.mapping.volume_per), (Some("Volume"), None));
        let read = looks(&ctx, Kind::ContractLine, &monthly).await;
        assert_eq!((read.volume.as_deref(), read.mapping.volume_per), (Some("Volume"), Some(VolumePer::Month)));
        let mixed = monthly.replacen("/month", "/year", 1);
        assert_eq!(looks(&ctx, Kind::ContractLine, &mixed).await.mapping.volume_per, None, "they say two things");

        let told = check_import(&ctx, &Actor::operator(), Kind::ContractLine, &read_as(&monthly, read.mapping)).await.expect("checked");
        let volume = told.volume.as_ref().expect("a volume");
        assert_eq!((volume.per, volume.annual.as_str()), (VolumePer::Month, "12000"));
        let a_year = json!([{ "currency": "CHF", "annual_value": "7200.00" }, { "currency": "EUR", "annual_value": "6360.00" }]);
        let mut found = lines_a_year(&told);
        found.sort_by_key(|it| it["currency"].to_string());
        assert_eq!(json!(found), a_year, "12 x 1000 x 0.50 and 12 x 10 x 3 in euros");
    }

    async fn a_column_becomes_a_field_of_our_own_once_and_is_found_again(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let text = "Company ID;Company name;City;Employees\nK-1;Brackwell;Bonn;120\nK-2;Northgate;Graz;45\n";
        let proposal = looks(&ctx, Kind::Account, text).await;
        assert!(!proposal.mapping.columns.contains_key("City"));
        let types: Vec<&str> = proposal.columns.iter().map(|column| column.own_type).collect();
        assert_eq!(types, ["text", "text", "text", "whole"]);
        let person = our_person(&ctx, "P-1", "Jonas Feld").await;
        field_of_column(&ctx, &user(Role::AccountManager, &person), Kind::Account, &proposal.columns[2]).await.expect_err("not theirs");
        for column in &proposal.columns[2..] {
            let made = field_of_column(&ctx, &operator, Kind::Account, column).await.expect("made");
            let again = field_of_column(&ctx, &operator, Kind::Account, column).await.expect("found");
            assert_eq!(made, again);
        }
        let fields = custom_fields(&ctx, &operator, Kind::Account).await.expect("fields");
        assert_eq!(fields.iter().map(|it| it.name).collect::<Vec<_>>(), ["custom.city", "custom.employees"]);

        let proposal = looks(&ctx, Kind::Account, text).await;
        assert_eq!(proposal.mapping.columns["City"], "custom.city");
        assert_eq!(proposal.mapping.columns["Employees"], "custom.employees");
        import(&ctx, Kind::Account, &read_as(text, proposal.mapping)).await.expect("imported");
        let found = account(&ctx, "K-1").await;
        assert_eq!(found.custom.0.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["Bonn", "120"]);
    }

    async fn an_empty_owner_leaves_the_account_manager_that_the_book_has(db: TestDb) {
        let ctx = db.ctx();
        let text = "Company ID;Company name;Company owner\nK-1;Brackwell;Jonas Feld\nK-2;Northgate;\n";
        let mapping = looks(&ctx, Kind::Account, text).await.mapping;
        assert_eq!(mapping.columns["Company owner"], "account_manager.name");
        import(&ctx, Kind::Account, &read_as(text, mapping.clone())).await.expect("imported");
        let later = text.replace("Jonas Feld", "");
        let again = import(&ctx, Kind::Account, &read_as(&later, mapping.clone())).await.expect("again");
        assert_eq!((again.n_same, again.n_changed), (2, 0));
        assert!(account(&ctx, "K-1").await.account_manager_id.is_some());
        let clear = Mapping { empty_cells: EmptyCells::Clear, ..mapping };
        assert_eq!(import(&ctx, Kind::Account, &read_as(&later, clear)).await.expect("emptied").n_changed, 1);
        assert_eq!(account(&ctx, "K-1").await.account_manager_id, None);
    }
}
