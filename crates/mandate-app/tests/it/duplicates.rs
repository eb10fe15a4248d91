//! Likely duplicates, merging them and undoing it: everything goes over and back, and both ids keep leading to what stands.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::civil::date;
use mandate_app::book::duplicates::{
    Reason, Twins, alike, dismiss, has_alike_accounts, likely_duplicates, stands_now,
};
use mandate_app::book::merge::{MergeError, Merged, Merging, merge_records, preview_merge};
use mandate_app::book::undo_merge::{past_merges, undo_merge};
use mandate_app::book::{self, BookError, ImportFile, Stored, Told, import_book};
use mandate_app::demo::{DemoOptions, load};
use mandate_app::progress::Silent;
use mandate_app::{Actor, Ctx, ErrorKind, UseCaseError};
use mandate_domain::book::{Account, Contract, Draft, Expectation, Kind, Person, Saved};
use mandate_domain::identity::Role;
use mandate_domain::{Clock, Id, Instant};
use mandate_store::db::dialect;
use mandate_store::merge::{OF_ACCOUNTS, OF_PEOPLE, STAYS};
use mandate_store::{StoreError, params};
use mandate_testing::{STARTED_AT, TestDb, both_databases};

use crate::book::{account_draft, our_person, user};
use crate::facts_events::{desk, send};

/// A clock that goes on by a second each time it is asked.
#[derive(Default)]
struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Instant {
        STARTED_AT.plus_seconds(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

async fn account(ctx: &Ctx, external_id: &str, name: &str) -> Saved<Account> {
    book::create(ctx, &Actor::operator(), account_draft(external_id, name)).await.expect("an account")
}

async fn client(ctx: &Ctx, of: &Saved<Account>, name: &str, email: &str, phone: &str) -> Saved<Person> {
    let draft = Draft::new()
        .with("side", "client")
        .with("account", of.id.as_str())
        .with("name", name)
        .with("email", email)
        .with("phone", phone);
    book::create(ctx, &Actor::operator(), draft).await.expect("a person of the client")
}

fn merging<R: Stored>(keep: &Saved<R>, drop: &Saved<R>, take: &[&str]) -> Merging<R> {
    Merging {
        keep: keep.id.clone(),
        keep_version: keep.version,
        drop: drop.id.clone(),
        drop_version: drop.version,
        take: take.iter().map(|field| (*field).to_owned()).collect(),
    }
}

async fn merged<R: Stored>(ctx: &Ctx, keep: &Saved<R>, drop: &Saved<R>) -> Merged<R> {
    merge_records(ctx, &Actor::operator(), &merging(keep, drop, &[])).await.expect("a merge")
}

/// Every row of every table as text, but for what counts and dates saves, and for what tells of the merges themselves.
async fn rows(db: &TestDb) -> BTreeMap<String, BTreeSet<String>> {
    let mut tx = db.read().await;
    let mut found = BTreeMap::new();
    for table in dialect::table_names(&mut tx).await.unwrap() {
        if table.starts_with("audit_") || table.starts_with("record_merge") {
            continue;
        }
        let columns = dialect::columns(&mut tx, &table).await.unwrap();
        let told = columns
            .iter()
            .map(|(name, _)| name.as_str())
            .filter(|name| !["version", "updated_at_us", "last_seen_at_us"].contains(name));
        let told: Vec<String> = told.map(|name| format!("COALESCE(CAST({name} AS TEXT), '-')")).collect();
        let sql = format!("SELECT {} FROM {table}", told.join(" || '|' || "));
        let rows = tx.fetch_all(&sql, vec![]).await.unwrap();
        found.insert(table, rows.iter().map(|row| row.text(0).unwrap()).collect());
    }
    found
}

async fn count(db: &TestDb, sql: &str, id: &str) -> i64 {
    db.read().await.fetch_one(sql, params![id]).await.unwrap().int(0).unwrap()
}

async fn demo(db: &TestDb) {
    let options =
        DemoOptions { today: Some(date(2026, 11, 21)), n_events_hint: 9_000, ..DemoOptions::default() };
    load(&db.ctx(), &Actor::operator(), &options, &mut Silent).await.expect("a demo book");
}

/// The ids of a table's rows that have most rows of another.
async fn richest<R: Stored>(db: &TestDb, sql: &str) -> Vec<Saved<R>> {
    let mut tx = db.read().await;
    let ids: Vec<String> =
        tx.fetch_all(sql, vec![]).await.unwrap().iter().map(|row| row.text(0).unwrap()).collect();
    drop(tx);
    let mut found = vec![];
    for id in ids {
        found.push(book::show::<R>(&db.ctx(), &Actor::operator(), &Id::parse(&id).unwrap()).await.unwrap());
    }
    found
}

both_databases! {
    async fn what_looks_alike_is_listed_with_what_it_shares(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let first = account(&ctx, "A-1", "Brackwell Insurance Ltd").await;
        let second = account(&ctx, "A-2", "BRACKWELL INSURANCE").await;
        let other = account(&ctx, "A-3", "Nordholm").await;
        let anna = client(&ctx, &first, "Anna Molnár", "Anna@Brackwell.example", "+49 (89) 123-456").await;
        client(&ctx, &second, "A. Molnar", "anna@brackwell.example", "").await;
        client(&ctx, &first, "anna molnar", "", "").await;
        client(&ctx, &other, "Switchboard", "info@gmail.com", "+49.89.123456").await;
        client(&ctx, &second, "Bo", "bo@gmail.com", "").await;
        let accounts = likely_duplicates(&ctx, &operator, Kind::Account).await.unwrap();
        assert_eq!(accounts.n_pairs, 1, "{accounts:?}");
        assert_eq!(accounts.pairs[0].reasons, [Reason::Name, Reason::Domain]);
        let people = likely_duplicates(&ctx, &operator, Kind::Person).await.unwrap();
        // Made at one instant, so either may come first.
        let other = |pair: &Twins| if pair.first.id == anna.id.as_str() { pair.second.clone() } else { pair.first.clone() };
        let told: BTreeSet<(String, Vec<Reason>)> =
            people.pairs.iter().map(|it| (other(it).name, it.reasons.clone())).collect();
        let expected = [("A. Molnar", Reason::Email), ("anna molnar", Reason::Name), ("Switchboard", Reason::Phone)];
        assert_eq!(told, expected.map(|(name, reason)| (name.to_owned(), vec![reason])).into());

        dismiss(&ctx, &operator, &second.id, &first.id).await.unwrap();
        assert_eq!(likely_duplicates(&ctx, &operator, Kind::Account).await.unwrap().n_pairs, 0, "these are two");
        let refused = likely_duplicates(&ctx, &operator, Kind::Contract).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Invalid);

        let same = alike(&ctx, &operator, Kind::Account, &Draft::new().with("name", "Nordholm GmbH & Co. KG")).await.unwrap();
        assert_eq!(same.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["Nordholm"]);
        let draft = Draft::new().with("name", "Somebody").with("phone", "+4989123456");
        assert_eq!(alike(&ctx, &operator, Kind::Person, &draft).await.unwrap().len(), 2);
        assert!(alike(&ctx, &operator, Kind::Account, &Draft::new().with("name", "Nord")).await.unwrap().is_empty());
    }

    async fn of_two_the_one_made_first_comes_first_and_of_one_import_neither(db: TestDb) {
        let operator = Actor::operator();
        let ctx = Ctx::new(db.db().clone(), Arc::new(Ticking::default()), [9; 32], db.folder().join("data"));
        let pair = async || likely_duplicates(&ctx, &operator, Kind::Account).await.unwrap().pairs.remove(0);
        let text = "external_id,name,time_zone,currency\nA-1,Brackwell Ltd,UTC,EUR\nA-2,BRACKWELL,UTC,EUR\n";
        let file = ImportFile::new("accounts.csv", text.as_bytes().to_vec());
        import_book(&ctx, &operator, Kind::Account, &file, Told::Nobody).await.expect("an import");
        assert!(pair().await.were_made_at_once());
        // An id says nothing of it: the one that stands second was made first.
        let second = pair().await.second;
        let mut tx = db.write().await;
        tx.execute("UPDATE account SET created_at_us = created_at_us - 1 WHERE id = $1", params![&second.id]).await.expect("earlier");
        db.commit(tx).await;
        let found = pair().await;
        assert_eq!((&found.first.id, found.were_made_at_once()), (&second.id, false));
    }

    async fn all_of_an_import_is_of_one_instant_however_long_it_takes(db: TestDb) {
        let ctx = Ctx::new(db.db().clone(), Arc::new(Ticking::default()), [9; 32], db.folder().join("data"));
        let mut text = "external_id,name,side,role\n".to_owned();
        for n in 0..2_100 {
            text.push_str(&format!("P-{n},Person {n},provider,other\n"));
        }
        let file = ImportFile::new("people.csv", text.into_bytes());
        import_book(&ctx, &Actor::operator(), Kind::Person, &file, Told::Nobody).await.expect("an import");
        let sql = "SELECT COUNT(*), COUNT(DISTINCT created_at_us), COUNT(DISTINCT updated_at_us) FROM person";
        let row = db.read().await.fetch_one(sql, vec![]).await.expect("counts");
        assert_eq!([0, 1, 2].map(|at| row.int(at).expect("a count")), [2_100, 1, 1]);
    }

    async fn some_accounts_look_alike_until_they_are_said_to_be_two(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let first = account(&ctx, "A-1", "Brackwell Ltd").await;
        account(&ctx, "A-2", "Nordholm").await;
        assert!(!has_alike_accounts(&ctx, &operator).await.unwrap());
        let second = account(&ctx, "A-3", "BRACKWELL").await;
        assert!(has_alike_accounts(&ctx, &operator).await.unwrap());
        // Whoever has neither of the two in reach is not told of them, nor is who may not merge.
        let person = our_person(&ctx, "P-1", "Jonas").await;
        let jonas = user(Role::AccountManager, &person);
        assert!(!has_alike_accounts(&ctx, &jonas).await.unwrap());
        dismiss(&ctx, &operator, &first.id, &second.id).await.unwrap();
        assert!(!has_alike_accounts(&ctx, &operator).await.unwrap());
    }

    async fn a_word_cut_short_does_not_tell_two_accounts_apart(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let names = [
            "Österr. Bank", "Österreichische Bank AG", "Österreichische Bahn", "Dt. Telekom", "Deutsche Telekom", "Deutsche Post",
            "Smith Bros.", "Smith Brothers Ltd", "M. Huber", "Maria Huber",
        ];
        for (idx, name) in names.iter().enumerate() {
            account(&ctx, &format!("A-{idx}"), name).await;
        }
        let found = likely_duplicates(&ctx, &operator, Kind::Account).await.unwrap();
        let pair = |it: &Twins| BTreeSet::from([it.first.name.clone(), it.second.name.clone()]);
        let told: BTreeSet<BTreeSet<String>> = found.pairs.iter().map(pair).collect();
        let of = |idx: usize| BTreeSet::from([names[idx].to_owned(), names[idx + 1].to_owned()]);
        assert_eq!(told, BTreeSet::from([of(0), of(3), of(6)]), "{found:?}");
        for (typed, there) in [
            ("Österreichische Bank", vec!["Österreichische Bank AG", "Österr. Bank"]),
            ("Österr. Bank", vec!["Österr. Bank", "Österreichische Bank AG"]),
            ("Dt. Telekom AG", vec!["Dt. Telekom", "Deutsche Telekom"]),
            ("Smith Brothers", vec!["Smith Bros.", "Smith Brothers Ltd"]),
            ("Mar. Huber", vec!["Maria Huber"]),
            ("Österr. Post", vec![]),
        ] {
            let same = alike(&ctx, &operator, Kind::Account, &Draft::new().with("name", typed)).await.unwrap();
            let same: BTreeSet<&str> = same.iter().map(|it| it.name.as_str()).collect();
            assert_eq!(same, there.into_iter().collect(), "{typed}");
        }
    }

    async fn a_manager_is_told_only_of_pairs_of_their_own(db: TestDb) {
        let ctx = db.ctx();
        let jonas = our_person(&ctx, "P-1", "Jonas Feld").await;
        let draft = account_draft("A-1", "Brackwell").with("account_manager", jonas.id.as_str());
        let own: Saved<Account> = book::create(&ctx, &Actor::operator(), draft).await.unwrap();
        let other = account(&ctx, "A-2", "Brackwell Ltd").await;
        let manager = user(Role::AccountManager, &jonas);
        assert_eq!(likely_duplicates(&ctx, &manager, Kind::Account).await.unwrap().n_pairs, 0);
        assert!(alike(&ctx, &manager, Kind::Account, &Draft::new().with("name", "Brackwell")).await.unwrap().len() == 1);
        let refused = preview_merge(&ctx, &manager, &own.id, &other.id).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::NotFound, "{refused}");
        let refused = merge_records(&ctx, &manager, &merging(&own, &other, &[])).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::NotFound, "{refused}");
        let refused = likely_duplicates(&ctx, &user(Role::Sponsor, &jonas), Kind::Account).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Forbidden);
    }

    async fn a_merge_gives_nobody_a_decision(db: TestDb) {
        let ctx = db.ctx();
        let (jonas, mara) = (our_person(&ctx, "P-1", "Jonas Feld").await, our_person(&ctx, "P-2", "Mara Lind").await);
        let managed = |id: &str, by: &Saved<Person>| account_draft(id, "Brackwell").with("account_manager", by.id.as_str());
        let own: Saved<Account> = book::create(&ctx, &Actor::operator(), managed("A-1", &jonas)).await.unwrap();
        let hers = managed("A-2", &mara).with("negotiator", jonas.id.as_str());
        let hers: Saved<Account> = book::create(&ctx, &Actor::operator(), hers).await.unwrap();
        let manager = user(Role::AccountManager, &jonas);
        let refused = merge_records(&ctx, &manager, &merging(&own, &hers, &[])).await.unwrap_err();
        assert!(matches!(refused, MergeError::ChangesWhoDecides), "{refused}");
        let refused = merge_records(&ctx, &manager, &merging(&jonas, &mara, &[])).await.unwrap_err();
        assert!(matches!(refused, MergeError::ChangesWhoDecides), "{refused}");
        merge_records(&ctx, &Actor::operator(), &merging(&own, &hers, &[])).await.expect("who grants rights may");
    }

    async fn a_merge_widens_no_right_that_names_an_account(db: TestDb) {
        demo(&db).await;
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let text = |sql: &'static str| {
            let db = &db;
            async move { db.read().await.fetch_one(sql, vec![]).await.expect("a row").text(0).expect("an id") }
        };
        let holder = text("SELECT u.id FROM app_user u JOIN person p ON p.id = u.person_id WHERE p.external_id = 'demo-mara-okonjo'").await;
        let brackwell = text("SELECT id FROM account WHERE external_id = 'demo-brackwell'").await;
        let brackwell = book::show::<Account>(&ctx, &operator, &Id::parse(&brackwell).unwrap()).await.expect("an account");
        let people = |id: &Option<Id<Person>>| id.as_ref().map(ToString::to_string).unwrap_or_default();
        let twin = account_draft("A-1", "Brackwell")
            .with("account_manager", people(&brackwell.account_manager_id))
            .with("negotiator", people(&brackwell.negotiator_id));
        let twin: Saved<Account> = book::create(&ctx, &operator, twin).await.expect("a twin");
        let mut tx = db.write().await;
        tx.execute("UPDATE account SET demo = 1 WHERE id = $1", params![&twin.id]).await.expect("one of the demo's");
        db.commit(tx).await;
        let who = mandate_app::Who::User { id: Id::parse(&holder).unwrap(), name: "Mara".to_owned(), person_id: brackwell.negotiator_id.clone() };
        let mara = Actor { who, roles: vec![Role::AccountManager], ..operator.clone() };
        for (keep, drop) in [(&brackwell, &twin), (&twin, &brackwell)] {
            let refused = merge_records(&ctx, &mara, &merging(keep, drop, &[])).await.unwrap_err();
            assert!(matches!(refused, MergeError::ChangesWhoDecides), "{refused}");
        }
        merge_records(&ctx, &operator, &merging(&brackwell, &twin, &[])).await.expect("who grants rights may");
    }

    async fn whoever_signs_in_for_one_account_is_no_person_of_another(db: TestDb) {
        demo(&db).await;
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let person = |key: &'static str| {
            let (db, ctx, operator) = (&db, ctx.clone(), operator.clone());
            async move {
                let sql = "SELECT id FROM person WHERE external_id = $1";
                let row = db.read().await.fetch_one(sql, params![key]).await.expect("a person");
                let id = Id::<Person>::parse(&row.text(0).expect("an id")).expect("an id");
                book::show::<Person>(&ctx, &operator, &id).await.expect("a person")
            }
        };
        let signs_in = person("demo-lindqvist-jorg-thiele").await;
        let (colleague, elsewhere) =
            (person("demo-lindqvist-noor-aziz").await, person("demo-brackwell-elsa-wimmer").await);
        for (keep, drop) in [(&elsewhere, &signs_in), (&signs_in, &elsewhere)] {
            let refused = merge_records(&ctx, &operator, &merging(keep, drop, &[])).await.unwrap_err();
            assert!(matches!(refused, MergeError::UserElsewhere), "{refused}");
        }
        merge_records(&ctx, &operator, &merging(&colleague, &signs_in, &[])).await.expect("of one account");
    }

    async fn what_cannot_be_one_is_refused(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let brackwell = account(&ctx, "A-1", "Brackwell").await;
        let (ours, theirs) =
            (our_person(&ctx, "P-1", "Anna Molnár").await, client(&ctx, &brackwell, "Anna Molnár", "", "").await);
        let refused = merge_records(&ctx, &operator, &merging(&ours, &theirs, &[])).await.unwrap_err();
        assert!(matches!(refused, MergeError::TwoSides), "{refused}");
        let refused = merge_records(&ctx, &operator, &merging(&ours, &ours, &[])).await.unwrap_err();
        assert!(matches!(refused, MergeError::Same), "{refused}");
        let contract = Merging::<Contract> {
            keep: ctx.new_id(), keep_version: 1, drop: ctx.new_id(), drop_version: 1, take: BTreeSet::new(),
        };
        let refused = merge_records(&ctx, &operator, &contract).await.unwrap_err();
        assert!(matches!(refused, MergeError::NotMergeable { .. }), "{refused}");
    }

    async fn fields_are_chosen_and_the_older_value_stays_only_where_the_newer_says_nothing(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let keep = account(&ctx, "A-1", "Brackwell").await;
        let drop = account_draft("A-2", "Brackwell Ltd").with("industry", "Insurance").with("parent", keep.id.as_str());
        let drop: Saved<Account> = book::create(&ctx, &operator, drop).await.unwrap();
        let preview = preview_merge(&ctx, &operator, &keep.id, &drop.id).await.unwrap();
        let proposed: Vec<(&str, bool)> = preview.fields.iter().map(|it| (it.field, it.takes_dropped)).collect();
        assert_eq!(proposed, [("name", false), ("industry", true), ("parent", false)]);
        let done = merge_records(&ctx, &operator, &merging(&keep, &drop, &["industry", "external_id"])).await.unwrap();
        assert_eq!((done.kept.name.as_str(), done.kept.industry.as_str()), ("Brackwell", "Insurance"));
        assert_eq!((done.kept.external_id.as_deref(), done.kept.parent_id.as_ref()), (Some("A-1"), None));
        let undone = undo_merge::<Account>(&ctx, &operator, &done.id).await.unwrap();
        let keep = book::show(&ctx, &operator, &keep.id).await.unwrap();
        assert_eq!((keep.industry.as_str(), undone.parent_id.as_ref()), ("", Some(&keep.id)));
    }

    async fn a_merge_of_accounts_moves_all_there_is_and_an_undo_puts_all_back(db: TestDb) {
        demo(&db).await;
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let most = "SELECT account_id FROM delivery_case WHERE account_id IS NOT NULL GROUP BY account_id
                     ORDER BY COUNT(*) DESC, account_id LIMIT 2";
        let two = richest::<Account>(&db, most).await;
        let (keep, drop) = (&two[0], &two[1]);
        let refused = merge_records(&ctx, &operator, &merging(keep, drop, &[])).await.unwrap_err();
        assert!(matches!(refused, MergeError::SameActuals { n_months } if n_months > 0), "{refused}");
        let sql = "UPDATE actual SET currency = 'CHF' WHERE account_id = $1";
        let mut tx = db.write().await;
        tx.execute(sql, params![drop.id.as_str()]).await.unwrap();
        db.commit(tx).await;
        let before = rows(&db).await;
        let of = async |id: &Id<Account>| count(&db, "SELECT COUNT(*) FROM delivery_case WHERE account_id = $1", id.as_str()).await;
        let n_cases = of(&keep.id).await + of(&drop.id).await;
        assert!(of(&drop.id).await > 10);
        let done = merged(&ctx, keep, drop).await;
        assert_eq!((of(&keep.id).await, of(&drop.id).await), (n_cases, 0), "what was measured is the kept one's");
        for place in OF_ACCOUNTS.iter().filter(|place| place.unless.is_none()) {
            let sql = format!("SELECT COUNT(*) FROM {} WHERE {} = $1", place.table, place.column);
            assert_eq!(count(&db, &sql, drop.id.as_str()).await, 0, "{}.{}", place.table, place.column);
        }
        for table in ["account_standing", "kpi_value"] {
            let sql = format!("SELECT COUNT(*) FROM {table} WHERE account_id = $1");
            assert_eq!(count(&db, &sql, drop.id.as_str()).await, 0, "{table}");
        }
        assert_eq!(stands_now(&ctx, &operator, &drop.id).await.unwrap(), Some(keep.id.clone()));
        let again = undo_merge::<Account>(&ctx, &operator, &done.id).await.expect("undone");
        assert_eq!(again.id, drop.id);
        let after = rows(&db).await;
        for (table, rows) in &before {
            let (gone, come): (Vec<_>, Vec<_>) =
                (rows.difference(&after[table]).collect(), after[table].difference(rows).collect());
            assert!(gone.is_empty() && come.is_empty(), "{table}: {gone:#?} became {come:#?}");
        }
        let refused = undo_merge::<Account>(&ctx, &operator, &done.id).await.unwrap_err();
        assert!(matches!(refused, MergeError::Undone), "{refused}");
    }

    async fn a_merge_of_people_moves_all_there_is_and_an_undo_puts_all_back(db: TestDb) {
        demo(&db).await;
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let manager = "SELECT account_manager_id FROM account WHERE account_manager_id IS NOT NULL
                        GROUP BY account_manager_id ORDER BY COUNT(*) DESC, account_manager_id LIMIT 1";
        let no_user = "SELECT id FROM person WHERE side = 'provider'
                        AND id NOT IN (SELECT person_id FROM app_user WHERE person_id IS NOT NULL)
                        AND id NOT IN (SELECT account_manager_id FROM account WHERE account_manager_id IS NOT NULL)
                        ORDER BY id LIMIT 1";
        let clients = "SELECT id FROM person WHERE side = 'client'
                        AND id NOT IN (SELECT person_id FROM app_user WHERE person_id IS NOT NULL) ORDER BY id LIMIT 2";
        let pairs = [
            (richest::<Person>(&db, no_user).await.remove(0), richest::<Person>(&db, manager).await.remove(0)),
            (richest::<Person>(&db, clients).await.remove(0), richest::<Person>(&db, clients).await.remove(1)),
        ];
        let managed = "SELECT COUNT(*) FROM account WHERE account_manager_id = $1";
        assert!(count(&db, managed, pairs[0].1.id.as_str()).await > 0);
        for (keep, drop) in &pairs {
            let before = rows(&db).await;
            let done = merged(&ctx, keep, drop).await;
            for place in OF_PEOPLE.iter().filter(|place| place.unless.is_none()) {
                let sql = format!("SELECT COUNT(*) FROM {} WHERE {} = $1", place.table, place.column);
                assert_eq!(count(&db, &sql, drop.id.as_str()).await, 0, "{}.{}", place.table, place.column);
            }
            assert_ne!(rows(&db).await, before);
            undo_merge::<Person>(&ctx, &operator, &done.id).await.expect("undone");
            assert_eq!(rows(&db).await, before);
        }
    }

    async fn of_two_who_merge_the_same_the_second_is_told_and_nothing_is_lost(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let (keep, drop, third) = (
            account(&ctx, "A-1", "Brackwell").await,
            account(&ctx, "A-2", "Brackwell Ltd").await,
            account(&ctx, "A-3", "Brackwell plc").await,
        );
        let anna = client(&ctx, &drop, "Anna", "", "").await;
        let (one, other) = (merging(&keep, &drop, &[]), merging(&third, &drop, &[]));
        let (first, second) = tokio::join!(
            biased;
            merge_records(&ctx, &operator, &one),
            merge_records(&ctx, &operator, &other)
        );
        let (done, refused) = match (first, second) {
            (Ok(done), Err(refused)) | (Err(refused), Ok(done)) => (done, refused),
            both => panic!("{both:?}"),
        };
        let MergeError::Merged { name, into } = &refused else { panic!("{refused}") };
        assert_eq!((name.as_str(), into.as_str()), ("Brackwell Ltd", done.kept.id.as_str()));
        assert_eq!(refused.kind(), ErrorKind::Conflict);
        let anna = book::show(&ctx, &operator, &anna.id).await.unwrap();
        assert_eq!(anna.account_id.as_ref(), Some(&done.kept.id));
        let refused = merge_records(&ctx, &operator, &merging(&keep, &third, &[])).await;
        assert!(refused.is_ok(), "neither of them changed: {refused:?}");
        let stale = Merging { keep_version: 99, ..merging(&done.kept, &keep, &[]) };
        let refused = merge_records(&ctx, &operator, &stale).await.unwrap_err();
        assert!(matches!(refused, MergeError::Same | MergeError::Merged { .. } | MergeError::Store(StoreError::Stale { .. })));
    }

    async fn the_firms_own_id_of_a_merged_record_keeps_finding_what_stands(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let (keep, drop) = (account(&ctx, "A-1", "Brackwell").await, account(&ctx, "A-2", "Brackwell Ltd").await);
        let source = desk(&db, "desk").await;
        let line = |case: &str, account: &str| {
            format!(r#"{{"event_id":"{case}","case":"{case}","at":"2026-11-16T09:00:00Z","account":"{account}","state":"new"}}"#)
        };
        send(&ctx, &source, &[line("C1", "A-2")]).await;
        let done = merged(&ctx, &keep, &drop).await;
        let file = |text: &str| ImportFile::new("book.csv", text.as_bytes().to_vec());
        let text = "external_id,name,industry,time_zone,currency\nA-2,Brackwell Group,Insurance,UTC,GBP\n";
        let report = import_book(&ctx, &operator, Kind::Account, &file(text), Told::Nobody).await.expect("an import");
        assert_eq!((report.n_new, report.n_changed), (0, 1));
        let kept = book::show(&ctx, &operator, &keep.id).await.unwrap();
        assert_eq!((kept.name.as_str(), kept.external_id.as_deref()), ("Brackwell Group", Some("A-1")));
        let text = "external_id,side,account,name\nK-1,client,A-2,Anna\n";
        import_book(&ctx, &operator, Kind::Person, &file(text), Told::Nobody).await.expect("people by the old id");
        let people = "SELECT COUNT(*) FROM person WHERE account_id = $1";
        assert_eq!(count(&db, people, keep.id.as_str()).await, 1);
        send(&ctx, &source, &[line("C2", "A-2"), line("C3", "A-1")]).await;
        let cases = "SELECT COUNT(*) FROM delivery_case WHERE account_id = $1";
        assert_eq!(count(&db, cases, keep.id.as_str()).await, 3, "events by either id are the kept one's");
        let twice = "external_id,name,time_zone,currency\nA-1,One,UTC,GBP\nA-2,Two,UTC,GBP\n";
        let report = import_book(&ctx, &operator, Kind::Account, &file(twice), Told::Nobody).await.expect("an import");
        assert_eq!((report.n_changed, report.n_same, report.n_merged), (1, 1, 1), "the row with the id that stands speaks");
        assert_eq!(book::show(&ctx, &operator, &keep.id).await.unwrap().name, "One");
        let taken = book::create::<Account>(&ctx, &operator, account_draft("A-2", "New")).await.unwrap_err();
        assert_eq!(crate::book::fields(&taken), ["external_id"]);
        let refused = book::restore::<Account>(&ctx, &operator, &drop.id).await.unwrap_err();
        assert!(matches!(refused, BookError::Merged { .. }), "{refused}");
        // Everything that came since is of the record that stands; a merge whose record changed stays.
        let refused = undo_merge::<Account>(&ctx, &operator, &done.id).await.unwrap_err();
        assert!(matches!(&refused, MergeError::Changed { what } if *what == ["record"]), "{refused}");
    }

    async fn both_ids_of_merged_people_in_one_file_are_one_row_however_far_apart(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let at = account(&ctx, "A-1", "Brackwell").await;
        let text = "external_id,side,account,name\nP-1,client,A-1,Anna\nP-2,client,A-1,Anna B\n";
        let file = |text: &str| ImportFile::new("people.csv", text.as_bytes().to_vec());
        import_book(&ctx, &operator, Kind::Person, &file(text), Told::Nobody).await.expect("two people");
        let found = async |id: &str| -> Saved<Person> {
            let draft = vec![Draft::new().with("external_id", id)];
            book::upsert(&ctx, &operator, draft).await.unwrap().remove(0).saved
        };
        merged(&ctx, &found("P-1").await, &found("P-2").await).await;
        assert_eq!(found("P-2").await.account_id.as_ref(), Some(&at.id));
        // Further apart than what is planned at once.
        let mut text = "external_id,side,account,name\nP-1,client,A-1,Anna C\n".to_owned();
        (0..2_100).for_each(|n| text.push_str(&format!("N-{n},client,A-1,New {n}\n")));
        text.push_str("P-2,client,A-1,Anna D\n");
        let report = import_book(&ctx, &operator, Kind::Person, &file(&text), Told::Nobody).await.expect("an import");
        assert_eq!((report.n_new, report.n_changed, report.n_same), (2_100, 1, 1));
        assert_eq!((report.merged[0].row, report.merged[0].external_id.as_str()), (2_103, "P-2"));
        assert_eq!(found("P-1").await.name, "Anna C");
    }

    async fn merged_twice_both_ids_lead_to_the_last(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let (a, b, c) = (account(&ctx, "A", "A").await, account(&ctx, "B", "B").await, account(&ctx, "C", "C").await);
        let first = merged(&ctx, &b, &a).await;
        let b = book::show(&ctx, &operator, &b.id).await.unwrap();
        let second = merged(&ctx, &c, &b).await;
        for old in [&a.id, &b.id] {
            assert_eq!(stands_now(&ctx, &operator, old).await.unwrap(), Some(c.id.clone()));
        }
        let refused = undo_merge::<Account>(&ctx, &operator, &first.id).await.unwrap_err();
        assert!(matches!(refused, MergeError::Changed { .. }), "the last first: {refused}");
        undo_merge::<Account>(&ctx, &operator, &second.id).await.unwrap();
        assert_eq!(stands_now(&ctx, &operator, &a.id).await.unwrap(), Some(b.id.clone()));
        assert_eq!(past_merges(&ctx, &operator, Kind::Account, 10).await.unwrap().len(), 2);
    }

    async fn an_expectation_that_changed_sides_hinders_no_merge_and_is_shared_no_further(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let (a, b) = (account(&ctx, "A-1", "Brackwell").await, account(&ctx, "A-2", "Brackwell Ltd").await);
        let wanted = async |title: &str, of: &Saved<Account>| -> Saved<Expectation> {
            let draft = Draft::new().with("account", of.id.as_str()).with("title", title).with("stated_on", "2026-02-01");
            let made = book::create::<Expectation>(&ctx, &operator, draft).await.unwrap();
            book::share_expectation(&ctx, &operator, &made.id, true).await.unwrap();
            made
        };
        let moved = async |it: &Saved<Expectation>, to: &Saved<Account>| {
            let draft = Draft::new().with("account", to.id.as_str());
            book::change::<Expectation>(&ctx, &operator, &it.id, it.version, draft).await.unwrap()
        };
        // One was shown to both, one went from the account that is dropped to the one that is kept, which never was shown it.
        let both = wanted("Tell us early", &a).await;
        moved(&both, &b).await;
        book::share_expectation(&ctx, &operator, &both.id, true).await.unwrap();
        let quiet = wanted("Stay small", &b).await;
        moved(&quiet, &a).await;
        // One went the other way: shown to the kept one's client once, then to nobody where it is.
        let withdrawn = wanted("Answer at night", &a).await;
        moved(&withdrawn, &b).await;
        let done = merged(&ctx, &a, &b).await;
        let gone = book::expectation_shared(&ctx, &operator, &withdrawn.id).await.unwrap();
        assert!(gone.is_none(), "{gone:?}");
        let shown = async |it: &Saved<Expectation>| book::expectation_shared(&ctx, &operator, &it.id).await.unwrap();
        assert!(shown(&both).await.is_some() && shown(&quiet).await.is_none());
        undo_merge::<Account>(&ctx, &operator, &done.id).await.unwrap();
        assert!(shown(&both).await.is_some() && shown(&quiet).await.is_none());
    }

    async fn merges_out_of_reach_take_no_place_in_the_list(db: TestDb) {
        let ctx = db.ctx();
        let jonas = our_person(&ctx, "P-1", "Jonas Feld").await;
        let own = async |id: &str| -> Saved<Account> {
            let draft = account_draft(id, id).with("account_manager", jonas.id.as_str());
            book::create(&ctx, &Actor::operator(), draft).await.unwrap()
        };
        let (one, two) = (own("A-1").await, own("A-2").await);
        let (anna, bo) = (client(&ctx, &one, "Anna", "", "").await, client(&ctx, &one, "Bo", "", "").await);
        let first = merged(&ctx, &anna, &bo).await;
        let second = merged(&ctx, &one, &two).await;
        let later = db.ctx_at(STARTED_AT.plus_seconds(60));
        let (c, d) = (account(&later, "A-3", "C").await, account(&later, "A-4", "D").await);
        let (eve, finn) = (client(&later, &c, "Eve", "", "").await, client(&later, &c, "Finn", "", "").await);
        merged(&later, &eve, &finn).await;
        merged(&later, &c, &d).await;
        let manager = user(Role::AccountManager, &jonas);
        for (kind, expected) in [(Kind::Account, &second.id), (Kind::Person, &first.id)] {
            let told = past_merges(&later, &manager, kind, 1).await.unwrap();
            assert_eq!(told.iter().map(|it| &it.id).collect::<Vec<_>>(), [expected], "{kind:?}");
            assert_eq!(past_merges(&later, &Actor::operator(), kind, 9).await.unwrap().len(), 2);
        }
    }

    async fn the_trash_and_pairs_told_apart_take_no_place_in_the_search(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        account(&ctx, "A-1", "Brackwell").await;
        let mut text = "external_id,side,account,name,email\n".to_owned();
        // More groups than are looked at: some in the trash, some told apart, the last one to be found.
        for n in 0..600 {
            text.push_str(&format!("P-{n},client,A-1,A {n:03},a{n:03}@x.example\nQ-{n},client,A-1,A {n:03},a{n:03}@x.example\n"));
        }
        text.push_str("P-Z,client,A-1,Zoe,zoe@x.example\nQ-Z,client,A-1,zoe,Zoe@x.example\n");
        let file = ImportFile::new("people.csv", text.into_bytes());
        import_book(&ctx, &operator, Kind::Person, &file, Told::Nobody).await.expect("people");
        let mut tx = db.write().await;
        let trashed = "UPDATE person SET deleted_at_us = 1 WHERE name < 'A 300'";
        tx.execute(trashed, vec![]).await.unwrap();
        let apart = "INSERT INTO not_duplicate (kind, first_id, second_id, said_by, said_at_us)
            SELECT 'person', MIN(id), MAX(id), NULL, 1 FROM person WHERE name >= 'A 300' AND name < 'B' GROUP BY name";
        tx.execute(apart, vec![]).await.unwrap();
        db.commit(tx).await;
        let found = likely_duplicates(&ctx, &operator, Kind::Person).await.unwrap();
        assert_eq!(found.n_pairs, 1, "{:?}", found.pairs.first());
        assert_eq!(found.pairs[0].reasons, [Reason::Name, Reason::Email]);
    }

    async fn an_undo_says_what_was_changed_since(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let (keep, drop, other) = (
            account(&ctx, "A-1", "Brackwell").await,
            account(&ctx, "A-2", "Brackwell Ltd").await,
            account(&ctx, "A-3", "Nordholm").await,
        );
        let anna = client(&ctx, &drop, "Anna", "", "").await;
        let done = merged(&ctx, &keep, &drop).await;
        let version = book::show(&ctx, &operator, &anna.id).await.unwrap().version;
        let elsewhere = Draft::new().with("account", other.id.as_str());
        let stale = book::change(&ctx, &operator, &anna.id, anna.version, elsewhere.clone()).await.unwrap_err();
        assert!(stale.is_stale(), "whoever was editing is told");
        book::change(&ctx, &operator, &anna.id, version, elsewhere).await.unwrap();
        let refused = undo_merge::<Account>(&ctx, &operator, &done.id).await.unwrap_err();
        assert!(matches!(&refused, MergeError::Changed { what } if *what == ["people"]), "{refused}");
        let kept = book::show_trashed(&ctx, &operator, &drop.id).await.expect("it lies in the trash as before");
        assert_eq!(kept.record.name, "Brackwell Ltd");
    }

    async fn every_column_that_holds_an_account_or_a_person_is_known_to_a_merge(db: TestDb) {
        demo(&db).await;
        let mut tx = db.read().await;
        let mut ids: BTreeSet<String> = BTreeSet::new();
        for sql in ["SELECT id FROM account", "SELECT id FROM person"] {
            ids.extend(tx.fetch_all(sql, vec![]).await.unwrap().iter().map(|row| row.text(0).unwrap()));
        }
        let known: BTreeSet<(&str, &str)> = OF_ACCOUNTS.iter().chain(OF_PEOPLE).map(|it| (it.table, it.column))
            .chain(STAYS.iter().map(|(table, column, _)| (*table, *column))).collect();
        let mut forgotten = vec![];
        let mut there = BTreeSet::new();
        for table in dialect::table_names(&mut tx).await.unwrap() {
            for (column, kind) in dialect::columns(&mut tx, &table).await.unwrap() {
                there.insert((table.clone(), column.clone()));
                if !kind.eq_ignore_ascii_case("text") || known.contains(&(table.as_str(), column.as_str())) {
                    continue;
                }
                // By its name, so that an empty table counts too; and by what stands in it.
                let words = ["account_id", "person_id", "_manager_id", "negotiator_id"];
                let sql = format!("SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL");
                let holds = tx.fetch_all(&sql, vec![]).await.unwrap().iter().any(|row| ids.contains(&row.text(0).unwrap()));
                if holds || words.iter().any(|word| column.ends_with(word)) {
                    forgotten.push(format!("{table}.{column}"));
                }
            }
        }
        assert!(forgotten.is_empty(), "say in mandate-store/src/merge/places.rs what a merge does with {forgotten:?}");
        let gone: Vec<_> = known.iter().filter(|(table, column)| !there.contains(&((*table).to_owned(), (*column).to_owned()))).collect();
        assert!(gone.is_empty(), "there is no {gone:?}");
    }
}
