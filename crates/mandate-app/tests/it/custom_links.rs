//! Custom fields whose values are people and accounts: what they name, where they are found, and that nobody learns of one out of reach.

use mandate_app::audit::{account_history, show_record};
use mandate_app::book::custom_fields::define_field;
use mandate_app::book::merge::{Merging, merge_records};
use mandate_app::book::undo_merge::undo_merge;
use mandate_app::book::{
    self, BookError, ImportFile, RestoreValue, Told, import_book, restore_value, undo_book_import,
};
use mandate_app::exchange::{ExportFormat, export_list};
use mandate_app::listing::{Filter, ListQuery, Operator, Sort};
use mandate_app::{Action, Actor, Ctx, UseCaseError, lists};
use mandate_domain::book::{Account, Draft, Kind, Person, Saved};
use mandate_domain::identity::Role;
use mandate_testing::{TestDb, both_databases};

use crate::book::{account_draft, fields, our_person, user};

/// Brackwell, which Jonas manages, names Corwen, which he does not see, and a person there.
struct Firm {
    jonas: Saved<Person>,
    bea: Saved<Person>,
    own: Saved<Account>,
    far: Saved<Account>,
}

async fn firm(ctx: &Ctx) -> Firm {
    let operator = Actor::operator();
    for (key, kind) in [("sponsor", "person"), ("referred", "account"), ("note", "text")] {
        let draft = Draft::new().with("key", key).with("label", key.to_uppercase()).with("type", kind);
        define_field(ctx, &operator, Kind::Account, &draft).await.expect("a field");
    }
    let jonas = our_person(ctx, "P-1", "Jonas Feld").await;
    let far: Saved<Account> =
        book::create(ctx, &operator, account_draft("A-2", "Corwen Logistics")).await.expect("an account");
    let bea = Draft::new().with("side", "client").with("account", "A-2").with("name", "Bea Client");
    let bea = book::create(ctx, &operator, bea).await.expect("a person");
    let own = account_draft("A-1", "Brackwell")
        .with("account_manager", "P-1")
        .with("custom.sponsor", "bea client")
        .with("custom.referred", "A-2")
        .with("custom.note", "known");
    let own = book::create(ctx, &operator, own).await.expect("an account");
    Firm { jonas, bea, own, far }
}

async fn held(ctx: &Ctx, actor: &Actor, account: &Saved<Account>) -> (String, String) {
    let shown = book::show::<Account>(ctx, actor, &account.id).await.expect("the account").custom.draft();
    (shown.get("custom.sponsor").to_owned(), shown.get("custom.referred").to_owned())
}

/// The names of the accounts that a filter finds, in the order of `sort`.
async fn found(ctx: &Ctx, actor: &Actor, filter: Option<(&str, Operator, &str)>, sort: &str) -> Vec<String> {
    let def = book::list_with_custom(ctx, actor, Kind::Account).await.expect("the list");
    let filters = filter.map(|(field, operator, value)| Filter {
        field: field.to_owned(),
        operator,
        values: vec![value.to_owned()],
    });
    let sort = Some(Sort { field: sort.to_owned(), descending: false });
    let query = ListQuery { filters: filters.into_iter().collect(), sort, limit: 20, ..ListQuery::default() };
    let page = lists::show_list(ctx, actor, Action::ReadBook, &def, &query).await.expect("a page");
    assert_eq!(page.n_rows, i64::try_from(page.rows.len()).unwrap(), "what is counted is what is shown");
    let name = def.position("name").expect("a name");
    page.rows.iter().map(|row| row.cells[name].text().unwrap_or_default().to_owned()).collect()
}

async fn csv(ctx: &Ctx, actor: &Actor) -> String {
    let def = book::list_with_custom(ctx, actor, Kind::Account).await.expect("the list");
    let query = ListQuery::default();
    let file = export_list(ctx, actor, Action::ReadBook, &def, &query, &[], ExportFormat::Csv).await;
    String::from_utf8(file.expect("a file").bytes).expect("text")
}

both_databases! {
    async fn a_record_is_named_found_sorted_and_taken_out(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let firm = firm(&ctx).await;
        let ids = (firm.bea.id.to_string(), firm.far.id.to_string());
        assert_eq!(held(&ctx, &operator, &firm.own).await, ids, "a name, or the firm's own id, means the record");
        for (field, operator_, value) in [
            ("custom.sponsor", Operator::Is, "BEA CLIENT"), ("custom.sponsor", Operator::Contains, "client"),
            ("custom.referred", Operator::Contains, "corwen"), ("custom.referred.id", Operator::Is, ids.1.as_str()),
            ("custom.sponsor", Operator::IsNotEmpty, ""),
        ] {
            let names = found(&ctx, &operator, Some((field, operator_, value)), "name").await;
            assert_eq!(names, ["Brackwell"], "{field} {value}");
        }
        assert_eq!(found(&ctx, &operator, Some(("custom.referred", Operator::IsEmpty, "")), "name").await, ["Corwen Logistics"]);
        assert_eq!(found(&ctx, &operator, None, "custom.referred").await, ["Brackwell", "Corwen Logistics"]);
        let file = csv(&ctx, &operator).await;
        assert!(file.contains("custom.referred") && file.contains("Bea Client") && file.contains(&ids.1), "{file}");

        let wrong = [("custom.sponsor", "Nobody"), ("custom.referred", "00000000000000000000000009")];
        for (field, text) in wrong {
            let draft = Draft::new().with(field, text);
            let refused = book::change::<Account>(&ctx, &operator, &firm.own.id, firm.own.version, draft).await.unwrap_err();
            assert_eq!(fields(&refused), [field]);
        }
        let twin = Draft::new().with("side", "client").with("account", "A-2").with("name", "Bea Client");
        book::create::<Person>(&ctx, &operator, twin).await.unwrap();
        let draft = account_draft("A-3", "Third").with("custom.sponsor", "Bea Client");
        let refused: BookError = book::create::<Account>(&ctx, &operator, draft).await.unwrap_err();
        assert_eq!((fields(&refused), refused.fields()[0].message.id), (vec!["custom.sponsor".to_owned()], "book-problem-ambiguous"));

        let file = "external_id,name,time_zone,currency,tier,custom.referred,custom.sponsor\nA-4,Fourth,UTC,EUR,key,A-1,P-1\n";
        let file = ImportFile::new("accounts.csv", file.as_bytes().to_vec());
        import_book(&ctx, &operator, Kind::Account, &file, Told::Nobody).await.expect("a file");
        let names = found(&ctx, &operator, Some(("custom.referred", Operator::Is, "Brackwell")), "name").await;
        assert_eq!(names, ["Fourth"]);
    }

    async fn whoever_may_not_see_the_record_has_nothing_in_the_field(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let firm = firm(&ctx).await;
        let jonas = user(Role::AccountManager, &firm.jonas);
        let (bea, far) = (firm.bea.id.to_string(), firm.far.id.to_string());
        assert_eq!(held(&ctx, &jonas, &firm.own).await, (String::new(), String::new()));
        for (field, operator_, value) in [
            ("custom.sponsor", Operator::Is, "Bea Client"), ("custom.referred", Operator::Contains, "corwen"),
            ("custom.referred.id", Operator::Is, far.as_str()), ("custom.sponsor", Operator::IsNotEmpty, ""),
        ] {
            assert!(found(&ctx, &jonas, Some((field, operator_, value)), "name").await.is_empty(), "{field} {value}");
        }
        for field in ["custom.sponsor", "custom.referred", "custom.referred.id"] {
            assert_eq!(found(&ctx, &jonas, Some((field, Operator::IsEmpty, "")), "name").await, ["Brackwell"]);
        }
        assert_eq!(found(&ctx, &jonas, None, "custom.referred").await, ["Brackwell"]);
        let exporter = Actor { roles: vec![Role::AccountManager, Role::Negotiator], ..jonas.clone() };
        let file = csv(&ctx, &exporter).await;
        assert!(file.contains("Brackwell") && !file.contains("Bea") && !file.contains(&far) && !file.contains("Corwen"), "{file}");
        let told = account_history(&ctx, &jonas, &firm.own.id, 100).await.expect("a history");
        assert!(!told.is_empty());
        assert!(told.iter().all(|it| !it.changes.contains(&far) && !it.changes.contains(&bea) && !it.changes.contains("custom.referred")));
        let told = show_record(&ctx, &jonas, &told[0].hash).await.expect("a record");
        assert!(told.changes.iter().all(|it| it.field != "custom.referred" && it.field != "custom.sponsor"));

        // What they save of the rest leaves it as it is, also where their form sends the field back as they saw it.
        let draft = Draft::new().with("tier", "key").with("custom.note", "new").with("custom.referred", "").with("custom.sponsor", "");
        let saved = book::change::<Account>(&ctx, &jonas, &firm.own.id, firm.own.version, draft).await.expect("saved");
        assert_eq!(saved.custom.draft().get("custom.referred"), "");
        assert_eq!(held(&ctx, &operator, &firm.own).await, (bea.clone(), far.clone()));
        let draft = Draft::new().with("custom.referred", far.as_str());
        let refused = book::change::<Account>(&ctx, &jonas, &firm.own.id, saved.version, draft).await.unwrap_err();
        let none = Draft::new().with("custom.referred", "00000000000000000000000009");
        let unknown = book::change::<Account>(&ctx, &jonas, &firm.own.id, saved.version, none).await.unwrap_err();
        assert_eq!(refused.to_string().replace(&far, ""), unknown.to_string().replace("00000000000000000000000009", ""));

        // A value that was taken away is not theirs to give back either.
        let taken = Draft::new().with("custom.referred", "");
        let gone = book::change::<Account>(&ctx, &operator, &firm.own.id, saved.version, taken).await.expect("saved");
        let all = account_history(&ctx, &operator, &firm.own.id, 100).await.expect("a history");
        let record = all.iter().find(|it| it.changes.contains("custom.referred")).expect("it is on record").hash.clone();
        let wanted = RestoreValue { record, field: "custom.referred".to_owned(), version: gone.version };
        assert!(restore_value(&ctx, &jonas, &wanted).await.is_err());
        assert!(restore_value(&ctx, &operator, &wanted).await.expect("restored").is_changed);
        assert_eq!(held(&ctx, &operator, &firm.own).await.1, far);
    }

    async fn what_is_hidden_and_written_over_stays_on_record(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let firm = firm(&ctx).await;
        let jonas = user(Role::AccountManager, &firm.jonas);
        let (bea, own) = (firm.bea.id.to_string(), firm.jonas.id.to_string());
        let draft = Draft::new().with("custom.sponsor", own.as_str());
        let saved = book::change::<Account>(&ctx, &jonas, &firm.own.id, firm.own.version, draft).await.expect("saved");
        let all = account_history(&ctx, &operator, &firm.own.id, 100).await.expect("a history");
        let record = all.iter().find(|it| it.changes.contains("custom.sponsor")).expect("it is on record");
        assert!(record.changes.contains(&bea) && record.changes.contains(&own), "{}", record.changes);
        let theirs = account_history(&ctx, &jonas, &firm.own.id, 100).await.expect("a history");
        assert!(theirs.iter().all(|it| !it.changes.contains(&bea)), "who may not see her does not learn of her");
        // They cannot give back what they do not see, and do not empty it either.
        let wanted = RestoreValue { record: record.hash.clone(), field: "custom.sponsor".to_owned(), version: saved.version };
        assert!(restore_value(&ctx, &jonas, &wanted).await.is_err());
        assert_eq!(held(&ctx, &operator, &firm.own).await.0, own);

        // An import of theirs is undone to what there was.
        let other = our_person(&ctx, "P-7", "Mara Kovacs").await;
        let sponsor = |id: &str| Draft::new().with("custom.sponsor", id);
        book::change::<Account>(&ctx, &operator, &firm.own.id, saved.version, sponsor(&bea)).await.expect("saved");
        let text = "external_id,name,time_zone,currency,custom.sponsor\nA-1,Brackwell,UTC,GBP,P-7\n";
        let file = ImportFile::new("accounts.csv", text.as_bytes().to_vec());
        let report = import_book(&ctx, &jonas, Kind::Account, &file, Told::Nobody).await.expect("a file");
        assert_eq!(held(&ctx, &operator, &firm.own).await.0, other.id.to_string());
        undo_book_import(&ctx, &operator, &report.batch_id.expect("a batch")).await.expect("undone");
        assert_eq!(held(&ctx, &operator, &firm.own).await.0, bea);
    }

    async fn a_required_field_that_is_hidden_hinders_no_save(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let firm = firm(&ctx).await;
        let jonas = user(Role::AccountManager, &firm.jonas);
        let field = Draft::new().with("key", "chief").with("label", "Chief").with("type", "person").with("required", "yes");
        define_field(&ctx, &operator, Kind::Account, &field).await.expect("a field");
        let chief = Draft::new().with("custom.chief", firm.bea.id.as_str());
        let saved = book::change::<Account>(&ctx, &operator, &firm.own.id, firm.own.version, chief).await.expect("stated");
        let draft = Draft::new().with("tier", "key").with("custom.chief", "");
        book::change::<Account>(&ctx, &jonas, &firm.own.id, saved.version, draft).await.expect("saved as they saw it");
        let shown = book::show::<Account>(&ctx, &operator, &firm.own.id).await.expect("the account");
        assert_eq!(shown.custom.draft().get("custom.chief"), firm.bea.id.as_str());
        let empty = Draft::new().with("custom.chief", "");
        assert!(book::change::<Account>(&ctx, &operator, &firm.own.id, shown.version, empty).await.is_err(), "who sees it states it");
    }

    async fn merging_leads_on_and_the_trash_hides(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let firm = firm(&ctx).await;
        let other: Saved<Account> = book::create(&ctx, &operator, account_draft("A-9", "Corwen Group")).await.unwrap();
        let merging = Merging {
            keep: other.id.clone(), keep_version: other.version, drop: firm.far.id.clone(), drop_version: firm.far.version,
            take: Default::default(),
        };
        let merged = merge_records(&ctx, &operator, &merging).await.expect("a merge");
        assert_eq!(held(&ctx, &operator, &firm.own).await.1, other.id.to_string());
        assert_eq!(found(&ctx, &operator, Some(("custom.referred", Operator::Is, "Corwen Group")), "name").await, ["Brackwell"]);
        undo_merge::<Account>(&ctx, &operator, &merged.id).await.expect("undone");
        assert_eq!(held(&ctx, &operator, &firm.own).await.1, firm.far.id.to_string());

        book::trash::<Account>(&ctx, &operator, &firm.far.id, None).await.expect("put away");
        assert_eq!(held(&ctx, &operator, &firm.own).await, (String::new(), String::new()), "her account lies there, too");
        assert!(found(&ctx, &operator, Some(("custom.referred", Operator::IsNotEmpty, "")), "name").await.is_empty());
        book::restore::<Account>(&ctx, &operator, &firm.far.id).await.expect("back");
        assert_eq!(held(&ctx, &operator, &firm.own).await.1, firm.far.id.to_string());
    }

    async fn undoing_an_import_leaves_what_its_importer_did_not_see(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let firm = firm(&ctx).await;
        let jonas = user(Role::AccountManager, &firm.jonas);
        let before = held(&ctx, &operator, &firm.own).await;
        let text = "external_id,name,time_zone,currency,custom.note\nA-1,Brackwell,UTC,GBP,imported\n";
        let file = ImportFile::new("accounts.csv", text.as_bytes().to_vec());
        let report = import_book(&ctx, &jonas, Kind::Account, &file, Told::Nobody).await.expect("a file");
        assert_eq!(report.n_changed, 1);
        undo_book_import(&ctx, &operator, &report.batch_id.expect("a batch")).await.expect("undone");
        let shown = book::show::<Account>(&ctx, &operator, &firm.own.id).await.expect("the account");
        assert_eq!(shown.custom.draft().get("custom.note"), "known");
        assert_eq!(held(&ctx, &operator, &firm.own).await, before);
    }
}
