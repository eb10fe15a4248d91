//! Custom fields: typed values on records, in lists, files and histories; and a field for costs of which nobody else learns.

use mandate_app::book::custom_fields::{
    CustomFieldError, Removed, bring_back_field, change_field, define_field, list_definitions, remove_field,
};
use mandate_app::book::mapping::Mapping;
use mandate_app::book::merge::{Merging, merge_records};
use mandate_app::book::undo_merge::undo_merge;
use mandate_app::book::{
    self, BookError, ImportFile, RestoreValue, StoredField, Told, custom_fields, import_book, restore_value,
    undo_book_import,
};
use mandate_app::exchange::{ExportFormat, export_list};
use mandate_app::listing::{Filter, ListQuery, Operator, Sort};
use mandate_app::{Action, Actor, Ctx, ErrorKind, UseCaseError, lists};
use mandate_domain::Id;
use mandate_domain::book::{Account, Draft, Kind, Saved};
use mandate_domain::identity::Role;
use mandate_store::StoreError;
use mandate_store::audit::list_after;
use mandate_testing::{TestDb, both_databases};

use crate::book::{account_draft, fields, our_person, user};

fn definition(key: &str, kind: &str) -> Draft {
    Draft::new().with("key", key).with("label", key.to_uppercase()).with("type", kind)
}

async fn define(ctx: &Ctx, draft: Draft) -> StoredField {
    define_field(ctx, &Actor::operator(), Kind::Account, &draft).await.expect("a field")
}

async fn account(ctx: &Ctx, external_id: &str, custom: &[(&str, &str)]) -> Saved<Account> {
    let draft = custom.iter().fold(account_draft(external_id, external_id), |draft, (key, text)| {
        draft.with(&format!("custom.{key}"), *text)
    });
    book::create(ctx, &Actor::operator(), draft).await.expect("an account")
}

fn held<R>(saved: &Saved<R>, key: &str) -> Option<String> {
    saved.custom.0.iter().find(|(field, _)| field.key() == key).map(|(_, text)| text.clone())
}

async fn shown(ctx: &Ctx, actor: &Actor, id: &Id<Account>) -> Saved<Account> {
    book::show(ctx, actor, id).await.expect("the account")
}

/// Names of the accounts that match, in their order.
async fn found(ctx: &Ctx, actor: &Actor, filter: Option<(&str, Operator, &str)>, sort: &str) -> Vec<String> {
    let def = book::list_with_custom(ctx, actor, Kind::Account).await.expect("the list");
    let filters = filter.map(|(field, operator, value)| Filter {
        field: format!("custom.{field}"),
        operator,
        values: vec![value.to_owned()],
    });
    let sort = Sort { field: sort.trim_start_matches('-').to_owned(), descending: sort.starts_with('-') };
    let mut query = ListQuery {
        filters: filters.into_iter().collect(),
        sort: Some(sort),
        limit: 2,
        ..ListQuery::default()
    };
    let name = def.position("name").expect("a name");
    let mut names = vec![];
    // Two rows a page, so that cursors over custom values are walked too.
    loop {
        let page = lists::show_list(ctx, actor, Action::ReadBook, &def, &query).await.expect("a page");
        names.extend(page.rows.iter().map(|row| row.cells[name].text().unwrap_or_default().to_owned()));
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => return names,
        }
    }
}

async fn csv(ctx: &Ctx, actor: &Actor) -> String {
    let def = book::list_with_custom(ctx, actor, Kind::Account).await.expect("the list");
    let file =
        export_list(ctx, actor, Action::ReadBook, &def, &ListQuery::default(), &[], ExportFormat::Csv).await;
    String::from_utf8(file.expect("a file").bytes).expect("text")
}

both_databases! {
    async fn every_type_is_kept_shown_and_changed(db: TestDb) {
        let ctx = db.ctx();
        let operator = Actor::operator();
        let choices = "EMEA\nAPAC\nAmericas";
        for draft in [
            definition("nick", "text"), definition("story", "long_text"), definition("heads", "whole"),
            definition("ratio", "decimal").with("decimals", "3"), definition("budget", "amount").with("currency", "JPY"),
            definition("founded", "date"), definition("strategic", "yes_no"),
            definition("region", "choice").with("choices", choices),
            definition("sites", "choices").with("choices", choices), definition("web", "web"), definition("mail", "email"),
        ] {
            define(&ctx, draft).await;
        }
        let given = [
            ("nick", "Brack"), ("story", "one\ntwo"), ("heads", "-12"), ("ratio", "1.5"), ("budget", "1200"),
            ("founded", "1987-03-31"), ("strategic", "true"), ("region", "emea"), ("sites", "Americas;APAC"),
            ("web", "https://example.com/a"), ("mail", "a@example.com"),
        ];
        let made = account(&ctx, "A-1", &given).await;
        let kept = [
            ("nick", "Brack"), ("story", "one\ntwo"), ("heads", "-12"), ("ratio", "1.500"), ("budget", "1200"),
            ("founded", "1987-03-31"), ("strategic", "yes"), ("region", "EMEA"), ("sites", "APAC;Americas"),
            ("web", "https://example.com/a"), ("mail", "a@example.com"),
        ];
        let now = shown(&ctx, &operator, &made.id).await;
        for (key, text) in kept {
            assert_eq!(held(&now, key).as_deref(), Some(text), "{key}");
        }
        let change = Draft::new().with("custom.heads", "40").with("custom.region", "");
        let changed = book::change(&ctx, &operator, &made.id, now.version, change).await.expect("a change");
        assert_eq!((changed.version, held(&changed, "heads"), held(&changed, "region")),
            (now.version + 1, Some("40".to_owned()), Some(String::new())));
        assert_eq!(held(&changed, "nick").as_deref(), Some("Brack"), "what is not named stays");
        let same = book::change(&ctx, &operator, &made.id, changed.version, Draft::new().with("custom.heads", "40")).await;
        assert_eq!(same.expect("nothing to do").version, changed.version);

        let wrong = Draft::new().with("custom.heads", "many").with("custom.region", "Mars").with("custom.web", "ftp://a");
        let refused = book::change(&ctx, &operator, &made.id, changed.version, wrong).await.expect_err("wrong");
        assert_eq!(fields(&refused), ["custom.heads", "custom.region", "custom.web"]);
        let stale = book::change(&ctx, &operator, &made.id, now.version, Draft::new().with("custom.heads", "1")).await;
        assert!(stale.expect_err("another save came first").is_stale());

        book::trash(&ctx, &operator, &made.id, None).await.expect("trashed");
        book::restore(&ctx, &operator, &made.id).await.expect("restored");
        assert_eq!(held(&shown(&ctx, &operator, &made.id).await, "heads").as_deref(), Some("40"));
    }

    async fn lists_filter_and_sort_by_type(db: TestDb) {
        let ctx = db.ctx();
        let operator = Actor::operator();
        define(&ctx, definition("heads", "whole")).await;
        define(&ctx, definition("ratio", "decimal")).await;
        define(&ctx, definition("founded", "date")).await;
        define(&ctx, definition("strategic", "yes_no")).await;
        define(&ctx, definition("nick", "text")).await;
        define(&ctx, definition("story", "long_text")).await;
        define(&ctx, definition("sites", "choices").with("choices", "EMEA\nEMEA West\nAPAC")).await;
        account(&ctx, "a", &[("heads", "9"), ("ratio", "10.5"), ("founded", "2001-01-01"), ("strategic", "yes"),
            ("nick", "Zébra 50%"), ("sites", "EMEA;APAC"), ("story", "Über\nalles")]).await;
        account(&ctx, "b", &[("heads", "100"), ("ratio", "9.25"), ("founded", "1999-12-31"), ("strategic", "no"),
            ("nick", "apple"), ("sites", "EMEA West")]).await;
        account(&ctx, "c", &[("heads", "-3"), ("ratio", "-0.5"), ("nick", "50 x")]).await;
        account(&ctx, "d", &[]).await;
        let by = async |filter, sort| found(&ctx, &operator, filter, sort).await;
        use Operator::{AtLeast, AtMost, Contains, Is, IsEmpty, IsNot, IsNotEmpty};
        assert_eq!(by(None, "custom.heads").await, ["c", "a", "b", "d"], "as numbers, the unstated last");
        assert_eq!(by(None, "-custom.heads").await, ["b", "a", "c", "d"]);
        assert_eq!(by(None, "custom.ratio").await, ["c", "b", "a", "d"]);
        assert_eq!(by(None, "custom.founded").await, ["b", "a", "c", "d"]);
        assert_eq!(by(None, "custom.nick").await, ["c", "b", "a", "d"], "whatever case and accents");
        assert_eq!(by(Some(("heads", AtLeast, "9")), "name").await, ["a", "b"]);
        assert_eq!(by(Some(("ratio", AtMost, "9.25")), "name").await, ["b", "c"]);
        assert_eq!(by(Some(("founded", AtMost, "1999-12-31")), "name").await, ["b"]);
        assert_eq!(by(Some(("strategic", Is, "1")), "name").await, ["a"]);
        assert_eq!(by(Some(("strategic", IsNot, "1")), "name").await, ["b", "c", "d"]);
        assert_eq!(by(Some(("nick", Is, "ZEBRA 50%")), "name").await, ["a"]);
        assert_eq!(by(Some(("nick", Contains, "50%")), "name").await, ["a"], "a sign is no pattern");
        assert_eq!(by(Some(("story", Contains, "uber")), "name").await, ["a"]);
        assert_eq!(by(Some(("sites", Is, "emea")), "name").await, ["a"], "not the one that begins so");
        assert_eq!(by(Some(("sites", IsNotEmpty, "")), "name").await, ["a", "b"]);
        assert_eq!(by(Some(("heads", IsEmpty, "")), "name").await, ["d"]);

        let def = book::list_with_custom(&ctx, &operator, Kind::Account).await.expect("the list");
        let filter = |field: &str, operator, value: &str| ListQuery {
            filters: vec![Filter { field: field.to_owned(), operator, values: vec![value.to_owned()] }],
            limit: 5,
            ..ListQuery::default()
        };
        for query in [filter("custom.heads", Is, "x"), filter("custom.nick", AtLeast, "a"), filter("custom.none", Is, "1")] {
            let refused = lists::show_list(&ctx, &operator, Action::ReadBook, &def, &query).await;
            assert_eq!(refused.expect_err("no such question").kind(), ErrorKind::Invalid);
        }
        let text = csv(&ctx, &operator).await;
        assert!(text.contains("custom.ratio") && text.contains("10.50") && text.contains("-0.50"), "{text}");
    }

    async fn of_a_field_for_costs_nobody_else_learns(db: TestDb) {
        let ctx = db.ctx();
        let operator = Actor::operator();
        let person = our_person(&ctx, "P-1", "Jonas Feld").await;
        let manager = user(Role::AccountManager, &person);
        define(&ctx, definition("region", "text")).await;
        let cost = define(&ctx, definition("margin", "decimal").with("read_for", "cost").with("required", "yes")).await;
        let draft = account_draft("A-1", "Own").with("custom.region", "EMEA");
        let own: Saved<Account> = book::create(&ctx, &manager, draft).await.expect("what they may not know is not asked of them");
        let before = shown(&ctx, &manager, &own.id).await;

        let seen = shown(&ctx, &operator, &own.id).await;
        let secret = Draft::new().with("custom.margin", "41.25");
        let saved = book::change(&ctx, &operator, &own.id, seen.version, secret).await.expect("a margin");
        assert_eq!((saved.version, held(&saved, "margin").as_deref()), (seen.version + 1, Some("41.25")));

        let after = shown(&ctx, &manager, &own.id).await;
        assert_eq!((&after, held(&after, "margin")), (&before, None), "not a version, not a time");
        let known = custom_fields(&ctx, &manager, Kind::Account).await.expect("fields");
        assert_eq!(known.iter().map(|field| field.key()).collect::<Vec<_>>(), ["region"]);
        assert_eq!(list_definitions(&ctx, &manager, None).await.expect("fields").len(), 1);
        let hidden = book::custom_fields::show_definition(&ctx, &manager, &cost.field.id).await;
        assert!(matches!(hidden, Err(CustomFieldError::NotFound)));

        let def = book::list_with_custom(&ctx, &manager, Kind::Account).await.expect("the list");
        let query = |filters, sort| ListQuery { filters, sort, limit: 5, ..ListQuery::default() };
        let answer = async |name: &str| {
            let filter = Filter { field: name.to_owned(), operator: Operator::AtLeast, values: vec!["1".to_owned()] };
            let sort = Sort { field: name.to_owned(), descending: false };
            let mut told = vec![];
            for query in [query(vec![filter], None), query(vec![], Some(sort))] {
                let refused = lists::show_list(&ctx, &manager, Action::ReadBook, &def, &query).await;
                told.push(refused.expect_err("no such field").to_string().replace(name, "NAME"));
            }
            let change = Draft::new().with(name, "41.25");
            let refused = book::change(&ctx, &manager, &own.id, after.version, change).await.expect_err("no such field");
            told.push(format!("{:?}", refused.fields()).replace(name, "NAME"));
            told
        };
        assert_eq!(answer("custom.margin").await, answer("custom.nothing").await, "as if it were not there");
        let text = csv(&ctx, &manager).await;
        assert!(text.contains("EMEA") && !text.contains("margin") && !text.contains("41.25"), "{text}");
        assert!(csv(&ctx, &operator).await.contains("41.25"));
        assert_eq!(found(&ctx, &operator, Some(("margin", Operator::AtLeast, "41.25")), "-custom.margin").await, ["Own"]);

        // Their own change meets no conflict with what they cannot see, and leaves it as it is.
        let theirs = Draft::new().with("custom.region", "APAC");
        book::change(&ctx, &manager, &own.id, after.version, theirs).await.expect("their change");
        assert_eq!(held(&shown(&ctx, &operator, &own.id).await, "margin").as_deref(), Some("41.25"));
        let mut tx = db.read().await;
        let open: String = list_after(&mut tx, 0, 1_000).await.expect("records").into_iter().map(|it| it.changes).collect();
        assert!(open.contains("custom.margin") && !open.contains("41.25"), "sealed in the record");
    }

    async fn what_is_required_is_asked_of_new_records_and_of_forms(db: TestDb) {
        let ctx = db.ctx();
        let operator = Actor::operator();
        let old = account(&ctx, "A-0", &[]).await;
        define(&ctx, definition("region", "text").with("required", "yes")).await;
        let refused = book::create::<Account>(&ctx, &operator, account_draft("A-1", "One")).await.expect_err("required");
        assert_eq!(fields(&refused), ["custom.region"]);
        let renamed = Draft::new().with("name", "Other");
        let renamed = book::change(&ctx, &operator, &old.id, old.version, renamed).await.expect("it was there before");
        let emptied = Draft::new().with("custom.region", " ");
        let refused = book::change(&ctx, &operator, &old.id, renamed.version, emptied).await.expect_err("required");
        assert_eq!(fields(&refused), ["custom.region"]);
    }

    async fn a_used_field_is_retired_and_an_unused_one_removed(db: TestDb) {
        let ctx = db.ctx();
        let operator = Actor::operator();
        let used = define(&ctx, definition("region", "text")).await;
        let unused = define(&ctx, definition("other", "whole")).await;
        let made = account(&ctx, "A-1", &[("region", "EMEA")]).await;

        let twice = define_field(&ctx, &operator, Kind::Account, &definition("region", "whole")).await;
        assert_eq!(twice.expect_err("taken").fields()[0].field, "key");
        let person = define_field(&ctx, &operator, Kind::Person, &definition("region", "whole")).await;
        person.expect("each kind has keys of its own");
        let stale = change_field(&ctx, &operator, &used.field.id, 7, &Draft::new().with("label", "x")).await;
        assert!(matches!(stale, Err(CustomFieldError::Store(StoreError::Stale { .. }))));
        let other = Draft::new().with("type", "whole").with("label", "Gebiet");
        let refused = change_field(&ctx, &operator, &used.field.id, used.version, &other).await.expect_err("it stays");
        assert_eq!(refused.fields()[0].field, "type");

        let (_, removed) = remove_field(&ctx, &operator, &unused.field.id, unused.version).await.expect("removed");
        assert_eq!(removed, Removed::Gone);
        define(&ctx, definition("other", "text")).await;
        let (_, removed) = remove_field(&ctx, &operator, &used.field.id, used.version).await.expect("retired");
        assert_eq!(removed, Removed::Retired);
        assert_eq!(held(&shown(&ctx, &operator, &made.id).await, "region"), None);
        let named = book::change(&ctx, &operator, &made.id, made.version, Draft::new().with("custom.region", "x")).await;
        assert!(matches!(named, Err(BookError::Fields(_))));
        bring_back_field(&ctx, &operator, &used.field.id).await.expect("back");
        assert_eq!(held(&shown(&ctx, &operator, &made.id).await, "region").as_deref(), Some("EMEA"));

        let person = our_person(&ctx, "P-1", "Jonas Feld").await;
        let manager = user(Role::AccountManager, &person);
        let denied = define_field(&ctx, &manager, Kind::Account, &definition("mine", "text")).await;
        assert_eq!(denied.expect_err("not theirs").kind(), ErrorKind::Forbidden);
    }

    async fn a_default_of_an_import_is_for_new_records_alone(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let old = account(&ctx, "A-0", &[]).await;
        define(&ctx, definition("region", "text").with("required", "yes")).await;
        let mut mapping = Mapping::default();
        for field in ["external_id", "name", "custom.region"] {
            mapping.columns.insert(field.to_owned(), field.to_owned());
        }
        for (field, value) in [("time_zone", "UTC"), ("currency", "EUR"), ("custom.region", "EMEA")] {
            mapping.defaults.insert(field.to_owned(), value.to_owned());
        }
        let text = "external_id,name,custom.region\nA-0,Zero,\nA-1,One,\nA-2,Two,APAC\n";
        let file = ImportFile { mapping: Some(Box::new(mapping)), ..ImportFile::new("a.csv", text.as_bytes().to_vec()) };
        let report = import_book(&ctx, &operator, Kind::Account, &file, Told::Nobody).await.expect("an import");
        assert_eq!((report.n_new, report.n_changed), (2, 1));
        assert_eq!(held(&shown(&ctx, &operator, &old.id).await, "region").as_deref(), Some(""));
        for (external_id, region) in [("A-1", "EMEA"), ("A-2", "APAC")] {
            let draft = vec![Draft::new().with("external_id", external_id)];
            let found = book::upsert::<Account>(&ctx, &operator, draft).await.expect("the account");
            let now = shown(&ctx, &operator, &found[0].saved.id).await;
            assert_eq!(held(&now, "region").as_deref(), Some(region));
        }
    }

    async fn an_undo_gives_retired_fields_back_and_names_what_it_cannot(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let region = define(&ctx, definition("region", "text")).await;
        define(&ctx, definition("kept", "text")).await;
        let one = account(&ctx, "A-1", &[("region", "EMEA")]).await;
        let other = account(&ctx, "A-2", &[("region", "APAC")]).await;
        let import = async |text: &str| {
            let file = ImportFile::new("accounts.csv", text.as_bytes().to_vec());
            let report = import_book(&ctx, &operator, Kind::Account, &file, Told::Nobody).await.expect("an import");
            report.batch_id.expect("a batch")
        };
        let first = import("external_id,custom.region\nA-1,\n").await;
        let (_, removed) = remove_field(&ctx, &operator, &region.field.id, region.version).await.expect("retired");
        assert_eq!(removed, Removed::Retired);
        assert_eq!(undo_book_import(&ctx, &operator, &first).await.expect("undone").n_restored, 1);
        let back = bring_back_field(&ctx, &operator, &region.field.id).await.expect("back");
        assert_eq!(held(&shown(&ctx, &operator, &one.id).await, "region").as_deref(), Some("EMEA"));

        // Nothing holds it any more, but histories name it and an undo puts it back: it is kept all the same.
        let both = import("external_id,custom.region\nA-1,\nA-2,\n").await;
        let (_, removed) = remove_field(&ctx, &operator, &back.field.id, back.version).await.expect("retired");
        assert_eq!(removed, Removed::Retired);
        assert_eq!(undo_book_import(&ctx, &operator, &both).await.expect("undone").n_restored, 2);
        bring_back_field(&ctx, &operator, &region.field.id).await.expect("back");
        let now = shown(&ctx, &operator, &other.id).await;
        assert_eq!((held(&now, "kept").as_deref(), held(&now, "region").as_deref()), (Some(""), Some("APAC")));
    }

    async fn an_earlier_value_an_import_and_a_merge_go_back(db: TestDb) {
        let ctx = db.ctx();
        let operator = Actor::operator();
        define(&ctx, definition("region", "text")).await;
        define(&ctx, definition("margin", "decimal").with("read_for", "cost")).await;
        let one = account(&ctx, "A-1", &[("region", "EMEA")]).await;
        let next = Draft::new().with("custom.region", "APAC");
        let next = book::change(&ctx, &operator, &one.id, one.version, next).await.expect("a change");
        let record = list_after(&mut db.read().await, 0, 1_000).await.expect("records").pop().expect("the last");
        let wanted = RestoreValue { record: record.hash, field: "custom.region".to_owned(), version: next.version };
        let back = restore_value(&ctx, &operator, &wanted).await.expect("given back");
        assert!(back.is_changed);
        assert_eq!(held(&shown(&ctx, &operator, &one.id).await, "region").as_deref(), Some("EMEA"));

        let text = "external_id,name,time_zone,currency,custom.region,custom.margin\nA-1,One,UTC,EUR,LATAM,12.5\nA-2,Two,UTC,EUR,,7\n";
        let file = ImportFile::new("accounts.csv", text.as_bytes().to_vec());
        let report = import_book(&ctx, &operator, Kind::Account, &file, Told::Nobody).await.expect("an import");
        let now = shown(&ctx, &operator, &one.id).await;
        assert_eq!((held(&now, "region").as_deref(), held(&now, "margin").as_deref()), (Some("LATAM"), Some("12.50")));
        undo_book_import(&ctx, &operator, &report.batch_id.expect("a batch")).await.expect("undone");
        let now = shown(&ctx, &operator, &one.id).await;
        assert_eq!((held(&now, "region").as_deref(), held(&now, "margin").as_deref()), (Some("EMEA"), Some("")));
        let wrong = ImportFile::new("accounts.csv", text.replace("12.5", "dear").into_bytes());
        import_book(&ctx, &operator, Kind::Account, &wrong, Told::Nobody).await.expect_err("a wrong cell");

        let other = account(&ctx, "A-3", &[("region", "Mars"), ("margin", "3.5")]).await;
        let one = shown(&ctx, &operator, &one.id).await;
        let merging = Merging {
            keep: one.id.clone(), keep_version: one.version, drop: other.id.clone(), drop_version: other.version,
            take: Default::default(),
        };
        // The margin was emptied by the undo: an emptied value is still the record's own.
        let merged = merge_records(&ctx, &operator, &merging).await.expect("a merge");
        assert_eq!(held(&shown(&ctx, &operator, &one.id).await, "region").as_deref(), Some("EMEA"), "its own stays");
        undo_merge::<Account>(&ctx, &operator, &merged.id).await.expect("undone");
        let again = shown(&ctx, &operator, &other.id).await;
        assert_eq!((held(&again, "region").as_deref(), held(&again, "margin").as_deref()), (Some("Mars"), Some("3.50")));

        let empty = account(&ctx, "A-4", &[]).await;
        let other = shown(&ctx, &operator, &other.id).await;
        let merging = Merging {
            keep: empty.id.clone(), keep_version: empty.version, drop: other.id.clone(), drop_version: other.version,
            take: Default::default(),
        };
        let merged = merge_records(&ctx, &operator, &merging).await.expect("a merge");
        let filled = shown(&ctx, &operator, &empty.id).await;
        assert_eq!((held(&filled, "region").as_deref(), held(&filled, "margin").as_deref()), (Some("Mars"), Some("3.50")));
        undo_merge::<Account>(&ctx, &operator, &merged.id).await.expect("undone");
        assert_eq!(held(&shown(&ctx, &operator, &empty.id).await, "region").as_deref(), Some(""));
    }
}
