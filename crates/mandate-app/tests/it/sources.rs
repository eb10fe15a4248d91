//! Sources: a file in a folder is imported once, whole or not at all, whoever is killed in between; told to whoever answers for it.

use std::fs;
use std::path::PathBuf;

use mandate_app::book::import_job::{IMPORT_BOOK, request_book_import, run_book_import};
use mandate_app::book::mapping::{Alike, Mapping};
use mandate_app::book::{self, ImportFile, Told, book_imports, undo_book_import};
use mandate_app::identity::{self, UserChange, create_user};
use mandate_app::jobs::{Registry, run_until_idle};
use mandate_app::listing::ListQuery;
use mandate_app::notifications::{Asked, SettingsDraft, list_own, save_own_settings};
use mandate_app::sources::{
    ArrivalLine, IMPORT_ARRIVAL, Looks, STILL_S, SourceDraft, SourceError, SourceLine, add_source,
    change_source, forget_old_arrivals, list_arrivals, list_sources, load_arrival, load_source,
    look_for_files, pause_source, remove_source, resume_source, run_arrival,
};
use mandate_app::{Action, Actor, Ctx, ErrorKind, UseCaseError};
use mandate_domain::Instant;
use mandate_domain::book::Kind;
use mandate_domain::identity::{Role, User, UserState};
use mandate_domain::source::{ArrivalState, SourcePause};
use mandate_testing::{STARTED_AT, TestDb, both_databases};

use crate::identity::{new_user, set_up};

/// A firm whose owner set a source of teams up.
struct Firm {
    owner: Actor,
    user: User,
    source: SourceLine,
    looks: Looks,
    now: Instant,
}

const TEAMS: &str = "external_id,name\nT-1,Desk One\nT-2,Desk Two\n";

fn draft(name: &str) -> SourceDraft {
    SourceDraft { name: name.to_owned(), kind: "teams".to_owned(), fetch: None }
}

fn registry() -> Registry {
    Registry::new().with(IMPORT_ARRIVAL, Action::Administer, run_arrival).with(
        IMPORT_BOOK,
        Action::Import,
        run_book_import,
    )
}

async fn firm(db: &TestDb) -> Firm {
    let ctx = db.ctx();
    let signed_in = set_up(&ctx).await;
    let (owner, user) = (signed_in.session_user.actor, signed_in.session_user.user);
    let source = add_source(&ctx, &owner, &draft("HR")).await.expect("a source");
    Firm { owner, user, source, looks: Looks::default(), now: STARTED_AT }
}

impl Firm {
    fn folder(&self) -> PathBuf {
        PathBuf::from(&self.source.folder)
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.folder().join(name), text).expect("a file");
    }

    /// What lies in `done` or `refused`, without the time before the names.
    fn lying(&self, place: &str) -> Vec<String> {
        let folder = self.folder().join("../../").join(place).join("hr-teams");
        let mut names: Vec<String> = fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
            .map(|name| name.split_once('-').expect("a time").1.to_owned())
            .collect();
        names.sort();
        names
    }

    fn later(&mut self, db: &TestDb) -> Ctx {
        self.now = self.now.plus_seconds(STILL_S);
        db.ctx_at(self.now)
    }

    /// Looks until nothing is taken any more, and imports what was.
    async fn settle(&mut self, db: &TestDb) {
        for _ in 0..4 {
            let ctx = self.later(db);
            look_for_files(&ctx, &mut self.looks).await.expect("a look");
            run_until_idle(&ctx, &registry()).await.expect("jobs");
        }
    }

    async fn arrivals(&self, db: &TestDb) -> Vec<ArrivalLine> {
        list_arrivals(&db.ctx(), &self.owner, &self.source.id, "", "").await.expect("a list").rows
    }

    async fn states(&self, db: &TestDb) -> Vec<ArrivalState> {
        self.arrivals(db).await.into_iter().map(|arrival| arrival.state).collect()
    }

    async fn told(&self, db: &TestDb, who: &Actor) -> Vec<String> {
        let page = list_own(&db.ctx(), who, &Asked::default()).await.expect("a list");
        page.rows.into_iter().map(|told| told.notification.detail).collect()
    }
}

async fn n_teams(ctx: &Ctx) -> i64 {
    let operator = Actor::operator();
    let def = book::list(ctx, &operator, Kind::Team);
    let query = ListQuery { limit: 1, ..ListQuery::default() };
    let page = mandate_app::lists::show_list(ctx, &operator, Action::ReadBook, &def, &query).await;
    page.expect("a page").n_rows
}

async fn suspended(ctx: &Ctx, by: &Actor, user: &User) {
    let stored = identity::find_user(ctx, by, &user.id).await.expect("a user");
    let out = UserChange {
        id: stored.id.clone(),
        version: stored.version,
        display_name: stored.display_name.clone(),
        roles: stored.roles.clone(),
        person_id: None,
        state: UserState::Suspended,
    };
    identity::save_user(ctx, by, out).await.expect("suspended");
}

/// Another administrator, as they act.
async fn colleague(ctx: &Ctx, owner: &Actor) -> (User, Actor) {
    let (user, _) = create_user(ctx, owner, new_user("ada@firm.example", &[Role::Administrator]))
        .await
        .expect("a colleague");
    let who =
        mandate_app::Who::User { id: user.id.clone(), name: user.display_name.clone(), person_id: None };
    let actor = Actor { who, roles: vec![Role::Administrator], ..owner.clone() };
    (user, actor)
}

both_databases! {
    async fn a_file_is_imported_put_away_and_told_of_once(db: TestDb) {
        let mut firm = firm(&db).await;
        firm.put("teams.csv", TEAMS);
        let ctx = firm.later(&db);
        assert_eq!(look_for_files(&ctx, &mut firm.looks).await.expect("a look"), 0, "seen for the first time");
        firm.settle(&db).await;
        assert_eq!(n_teams(&ctx).await, 2);
        let [arrival] = &firm.arrivals(&db).await[..] else { panic!("one file") };
        assert_eq!((arrival.state, arrival.file_name.as_str(), &arrival.owner_id), (ArrivalState::Done, "teams.csv", &firm.user.id));
        let counts = arrival.counts.expect("counts");
        assert_eq!((counts.n_rows, counts.n_new, counts.n_changed, counts.n_same), (2, 2, 0, 0));
        assert_eq!((firm.lying("done"), firm.lying("refused")), (vec!["teams.csv".to_owned()], vec![]));
        assert!(fs::read_dir(firm.folder()).expect("a folder").next().is_none(), "nothing is left");
        assert_eq!(firm.told(&db, &firm.owner).await, ["done"]);
        let batches = book_imports(&ctx, &firm.owner, 10).await.expect("a list");
        assert_eq!(batches.iter().map(|batch| Some(&batch.id)).collect::<Vec<_>>(), [arrival.batch_id.as_ref()]);

        // The same bytes once more change nothing.
        firm.put("again.csv", TEAMS);
        firm.settle(&db).await;
        assert_eq!(firm.states(&db).await, [ArrivalState::Same, ArrivalState::Done]);
        assert_eq!(firm.told(&db, &firm.owner).await, ["done"], "of what was the same nobody is told");
        undo_book_import(&firm.later(&db), &firm.owner, &batches[0].id).await.expect("undone");
        assert_eq!(n_teams(&ctx).await, 0);
        // After an undo they are not taken for done: they are looked at, and what lies in the trash is named.
        firm.put("undone.csv", TEAMS);
        firm.settle(&db).await;
        assert_eq!(firm.states(&db).await[0], ArrivalState::Refused);
        firm.put("other.csv", "external_id,name\nT-3,Desk Three\n");
        firm.settle(&db).await;
        assert_eq!((firm.states(&db).await[0], n_teams(&ctx).await), (ArrivalState::Done, 1));

        // By their own ids, rows that are known are not made twice.
        firm.put("more.csv", "external_id,name\nT-3,Desk Three\nT-4,Desk Four\n");
        firm.settle(&db).await;
        let counts = firm.arrivals(&db).await[0].counts.expect("counts");
        assert_eq!((counts.n_new, counts.n_same, n_teams(&ctx).await), (1, 1, 2));
        assert_eq!(firm.lying("done"), ["again.csv", "more.csv", "other.csv", "teams.csv"]);
    }

    async fn what_is_being_written_hidden_linked_or_a_folder_is_left_alone(db: TestDb) {
        let mut firm = firm(&db).await;
        let outside = db.folder().join("outside.csv");
        fs::write(&outside, TEAMS).expect("a file");
        std::os::unix::fs::symlink(&outside, firm.folder().join("link.csv")).expect("a link");
        fs::create_dir(firm.folder().join("folder.csv")).expect("a folder");
        for name in [".hidden.csv", "teams.csv.part", "teams.tmp", "teams.filepart", "~teams.csv"] {
            firm.put(name, TEAMS);
        }
        firm.put("growing.csv", "external_id,name\n");
        let ctx = firm.later(&db);
        look_for_files(&ctx, &mut firm.looks).await.expect("a look");
        // It grows between two looks: it has to be still for some seconds from then on.
        firm.put("growing.csv", TEAMS);
        let ctx = firm.later(&db);
        assert_eq!(look_for_files(&ctx, &mut firm.looks).await.expect("a look"), 0);
        assert_eq!(firm.arrivals(&db).await.len(), 0);
        firm.settle(&db).await;
        assert_eq!(firm.lying("done"), ["growing.csv"]);
        firm.settle(&db).await;
        assert_eq!(firm.arrivals(&db).await.len(), 1);
        assert!(outside.exists() && firm.folder().join("link.csv").is_symlink());
        assert_eq!(fs::read_dir(firm.folder()).expect("a folder").count(), 7);
    }

    async fn a_wrong_file_is_refused_with_its_errors_beside_it_and_always_told(db: TestDb) {
        let mut firm = firm(&db).await;
        // Even whoever wants not to be told of imports is told of this.
        let quiet = SettingsDraft { ways: vec![("import_ended".to_owned(), "off".to_owned())], ..SettingsDraft::default() };
        save_own_settings(&db.ctx(), &firm.owner, &quiet).await.expect("quiet");
        firm.put("a.csv", "external_id,name\nT-1,Desk One\nT-2,\n");
        firm.settle(&db).await;
        firm.put("b.csv", "this is no table of ours\nx\n");
        firm.settle(&db).await;
        firm.put("c.pdf", "%PDF-1.7 nothing");
        firm.settle(&db).await;
        firm.put("good.csv", TEAMS);
        firm.settle(&db).await;
        let states = firm.states(&db).await;
        assert_eq!(states, [ArrivalState::Done, ArrivalState::Refused, ArrivalState::Refused, ArrivalState::Refused]);
        assert_eq!(firm.told(&db, &firm.owner).await, ["refused", "refused", "refused"], "of what went well they want no word");
        assert_eq!(firm.lying("refused"), ["a.csv", "a.csv.errors.csv", "b.csv", "b.csv.errors.csv", "c.pdf", "c.pdf.errors.csv"]);
        let refused = firm.folder().join("../../refused/hr-teams");
        let errors = fs::read_dir(refused).expect("a folder").map(|it| it.expect("an entry").path())
            .find(|path| path.to_string_lossy().ends_with("a.csv.errors.csv")).expect("a file");
        let errors = fs::read_to_string(errors).expect("text");
        assert!(errors.contains("\n3,name,") || errors.contains("\r\n3,name,"), "{errors}");
        // What is wrong with single rows is the owner's to see, not every administrator's.
        let arrivals = firm.arrivals(&db).await;
        let first = arrivals.last().expect("the first");
        assert!(first.n_errors > 0 && first.errors.is_some(), "{first:?}");
        let (_, other) = colleague(&db.ctx(), &firm.owner).await;
        let (_, seen) = load_arrival(&db.ctx(), &other, &firm.source.id, &first.id).await.expect("seen");
        assert_eq!((seen.n_errors, seen.errors), (first.n_errors, None));
    }

    async fn a_stop_at_any_point_loses_no_file_and_imports_none_twice(db: TestDb) {
        let mut firm = firm(&db).await;
        let taken = firm.folder().join("../../taken/hr-teams");
        // It was moved out of the folder, and whoever did ended before it was told of.
        let moved = taken.join("00000000000000000000000mv1");
        fs::create_dir_all(&moved).expect("a folder");
        fs::write(moved.join("teams.csv"), TEAMS).expect("a file");
        // An empty one is what is left when nothing had been moved yet.
        fs::create_dir_all(taken.join("00000000000000000000000mv2")).expect("a folder");
        let ctx = firm.later(&db);
        assert_eq!(look_for_files(&ctx, &mut firm.looks).await.expect("a look"), 1);
        // Whoever began to import it was killed.
        let lease = firm.now.plus_seconds(60);
        mandate_store::jobs::claim_next(db.write().await, firm.now, lease).await.expect("a claim").expect("a job");
        firm.settle(&db).await;
        assert_eq!((firm.states(&db).await, n_teams(&ctx).await), (vec![ArrivalState::Waiting], 0));
        firm.now = firm.now.plus_seconds(61);
        firm.settle(&db).await;
        assert_eq!((firm.states(&db).await, n_teams(&ctx).await), (vec![ArrivalState::Done], 2));
        assert_eq!(firm.lying("done"), ["teams.csv"]);
        // It was imported, and whoever did ended before it was put away.
        let done = firm.arrivals(&db).await.remove(0);
        let kept = firm.folder().join("../../done/hr-teams");
        let kept = fs::read_dir(kept).expect("a folder").next().expect("a file").expect("an entry").path();
        let back = taken.join(done.id.as_str());
        fs::create_dir_all(&back).expect("a folder");
        fs::rename(kept, back.join("teams.csv")).expect("moved");
        firm.settle(&db).await;
        assert_eq!((firm.arrivals(&db).await.len(), firm.lying("done")), (1, vec!["teams.csv".to_owned()]));
        assert_eq!(fs::read_dir(&taken).expect("a folder").count(), 0, "nothing is left on the way");
        assert_eq!(book_imports(&ctx, &firm.owner, 10).await.expect("a list").len(), 1);
    }

    async fn files_come_one_after_the_other_in_the_order_of_their_times(db: TestDb) {
        let mut firm = firm(&db).await;
        firm.put("z-first.csv", "external_id,name\nT-1,Old name\n");
        std::thread::sleep(std::time::Duration::from_millis(20));
        firm.put("a-second.csv", "external_id,name\nT-1,New name\n");
        let ctx = firm.later(&db);
        look_for_files(&ctx, &mut firm.looks).await.expect("a look");
        let ctx = firm.later(&db);
        assert_eq!(look_for_files(&ctx, &mut firm.looks).await.expect("a look"), 1);
        assert_eq!(look_for_files(&ctx, &mut firm.looks).await.expect("a look"), 0, "the first waits still");
        firm.settle(&db).await;
        let names: Vec<String> = firm.arrivals(&db).await.into_iter().map(|it| it.file_name).collect();
        assert_eq!(names, ["a-second.csv", "z-first.csv"], "the newest first");
        let found = book::list(&ctx, &Actor::operator(), Kind::Team);
        let page = mandate_app::lists::show_list(&ctx, &Actor::operator(), Action::ReadBook, &found, &ListQuery { limit: 5, ..ListQuery::default() }).await.expect("a page");
        assert!(page.rows[0].cells.iter().any(|cell| cell.text() == Some("New name")), "{page:?}");
    }

    async fn whoever_may_not_import_any_more_imports_nothing_and_administrators_are_told(db: TestDb) {
        let mut firm = firm(&db).await;
        let (colleague_user, other) = colleague(&db.ctx(), &firm.owner).await;
        let theirs = add_source(&db.ctx(), &other, &draft("Desks")).await.expect("a source");
        suspended(&firm.later(&db), &firm.owner, &colleague_user).await;
        fs::write(PathBuf::from(&theirs.folder).join("teams.csv"), TEAMS).expect("a file");
        firm.settle(&db).await;
        assert_eq!(n_teams(&db.ctx()).await, 0);
        let line = load_source(&db.ctx(), &firm.owner, &theirs.id).await.expect("a source");
        assert!(!line.owner_may && line.last.as_ref().is_some_and(|last| last.state == ArrivalState::Refused));
        assert!(line.last.expect("a file").detail.contains("may not import any more"));
        assert_eq!(firm.told(&db, &firm.owner).await, ["owner"]);
        // Saved by somebody who may, it works for them.
        let version = line.version;
        let saved = change_source(&firm.later(&db), &firm.owner, &theirs.id, &draft("Desks"), version).await.expect("taken over");
        assert_eq!((&saved.owner_id, saved.owner_may), (&firm.user.id, true));
        fs::write(PathBuf::from(&theirs.folder).join("teams.csv"), TEAMS).expect("a file");
        firm.settle(&db).await;
        assert_eq!(n_teams(&db.ctx()).await, 2);
        // Nobody sets up what they may not do by hand, nor by a token that may not.
        let narrow = Actor { token_scopes: Some(vec!["administer".to_owned()]), ..firm.owner.clone() };
        let refused = add_source(&db.ctx(), &narrow, &draft("Narrow")).await.expect_err("a narrow token");
        assert_eq!(refused.kind(), ErrorKind::Forbidden);
        let manager = Actor { roles: vec![Role::AccountManager], ..firm.owner.clone() };
        assert_eq!(list_sources(&db.ctx(), &manager).await.expect_err("no administrator").kind(), ErrorKind::Forbidden);
        let operator = add_source(&db.ctx(), &Actor::operator(), &draft("Operator")).await.expect_err("no user");
        assert!(matches!(operator, SourceError::NoOwner), "{operator:?}");
    }

    async fn a_source_reads_its_files_as_the_last_one_by_hand(db: TestDb) {
        let mut firm = firm(&db).await;
        let text = "Nummer;Abteilung\nT-1;Einkauf\n";
        firm.put("plain.csv", text);
        firm.settle(&db).await;
        assert_eq!(firm.states(&db).await, [ArrivalState::Refused], "nobody said what its columns are");
        let ctx = firm.later(&db);
        let mut mapping = Mapping { source: "HR".to_owned(), ..Mapping::default() };
        mapping.columns.insert("Nummer".to_owned(), "external_id".to_owned());
        mapping.columns.insert("Abteilung".to_owned(), "name".to_owned());
        let mut incoming = book::begin_upload(&ctx, &firm.owner).await.expect("a place");
        incoming.write("Nummer;Abteilung\nT-9;Lager\n".as_bytes()).await.expect("written");
        let kept = incoming.keep(Kind::Team, "hand.csv", Some(Box::new(mapping))).await.expect("kept");
        request_book_import(&ctx, &firm.owner, &kept.secret).await.expect("a job");
        run_until_idle(&ctx, &registry()).await.expect("jobs");
        let line = load_source(&ctx, &firm.owner, &firm.source.id).await.expect("a source");
        assert_eq!(line.mapping.expect("remembered").columns["Abteilung"], "name");
        firm.put("again.csv", text);
        firm.settle(&db).await;
        assert_eq!((firm.states(&db).await[0], n_teams(&ctx).await), (ArrivalState::Done, 2));
    }

    async fn a_disk_that_fails_refuses_nothing_before_several_attempts_and_is_called_so(db: TestDb) {
        let mut firm = firm(&db).await;
        for mends_after in [2, 99] {
            firm.put("teams.csv", TEAMS);
            let ctx = firm.later(&db);
            look_for_files(&ctx, &mut firm.looks).await.expect("a look");
            let ctx = firm.later(&db);
            assert_eq!(look_for_files(&ctx, &mut firm.looks).await.expect("a look"), 1);
            let arrival = firm.arrivals(&db).await.remove(0);
            let taken = firm.folder().join("../../taken/hr-teams").join(arrival.id.as_str());
            let aside = taken.with_extension("aside");
            // A file where the folder was: the system answers with an error, not with "not found".
            fs::rename(&taken, &aside).expect("aside");
            fs::write(&taken, "").expect("a file");
            for n_try in 0..6 {
                if n_try == mends_after {
                    fs::remove_file(&taken).expect("removed");
                    fs::rename(&aside, &taken).expect("back");
                }
                firm.now = firm.now.plus_seconds(60);
                run_until_idle(&db.ctx_at(firm.now), &registry()).await.expect("jobs");
                let state = firm.arrivals(&db).await[0].state;
                assert_eq!(state == ArrivalState::Waiting, n_try < mends_after.min(4), "after {n_try} tries: {state:?}");
            }
            if mends_after == 2 {
                assert_eq!((firm.states(&db).await, n_teams(&db.ctx()).await), (vec![ArrivalState::Done], 2));
                continue;
            }
            let arrival = firm.arrivals(&db).await.remove(0);
            assert_eq!(arrival.state, ArrivalState::Refused);
            assert!(arrival.detail.contains("could not be read") && arrival.detail.contains("directory"), "{}", arrival.detail);
            fs::remove_file(&taken).expect("removed");
            fs::rename(&aside, &taken).expect("back");
            firm.settle(&db).await;
            assert_eq!(firm.lying("refused"), ["teams.csv", "teams.csv.errors.csv"], "what was not lost is put away");
        }
    }

    async fn rows_left_out_are_counted(db: TestDb) {
        let mut firm = firm(&db).await;
        let ctx = db.ctx();
        let mut mapping = Mapping { source: "HR".to_owned(), alike: Some(Alike::Skip), ..Mapping::default() };
        mapping.columns.insert("external_id".to_owned(), "external_id".to_owned());
        mapping.columns.insert("name".to_owned(), "name".to_owned());
        let mut incoming = book::begin_upload(&ctx, &firm.owner).await.expect("a place");
        incoming.write(TEAMS.as_bytes()).await.expect("written");
        let kept = incoming.keep(Kind::Team, "hand.csv", Some(Box::new(mapping))).await.expect("kept");
        request_book_import(&ctx, &firm.owner, &kept.secret).await.expect("a job");
        run_until_idle(&ctx, &registry()).await.expect("jobs");
        firm.put("more.csv", "external_id,name\nX-1,Desk One\nX-2,Desk Two\nX-3,Desk Three\n");
        firm.settle(&db).await;
        let counts = firm.arrivals(&db).await.remove(0).counts.expect("imported");
        assert_eq!((counts.n_rows, counts.n_new, counts.n_changed, counts.n_same, counts.n_skipped), (3, 1, 0, 0, 2));
    }

    async fn only_who_may_keep_sources_says_how_their_files_are_read(db: TestDb) {
        let firm = firm(&db).await;
        let ctx = db.ctx();
        let stranger = Actor { roles: vec![Role::AccountManager], ..firm.owner.clone() };
        let named = |column: &str| {
            let mut mapping = Mapping { source: "HR".to_owned(), ..Mapping::default() };
            mapping.columns.insert(column.to_owned(), "name".to_owned());
            mapping.columns.insert("Nr".to_owned(), "external_id".to_owned());
            mapping
        };
        let import = |who: Actor, column: &'static str| {
            let (ctx, mapping) = (ctx.clone(), named(column));
            async move {
                let text = format!("Nr;{column}\nN-{column};{column}\n");
                let file = ImportFile { mapping: Some(Box::new(mapping)), ..ImportFile::new("t.csv", text.into_bytes()) };
                book::import_book(&ctx, &who, Kind::Team, &file, Told::Nobody).await.expect("an import")
            }
        };
        import(stranger.clone(), "Abteilung").await;
        let line = || load_source(&ctx, &firm.owner, &firm.source.id);
        assert_eq!(line().await.expect("a source").mapping, None, "their import came in, their mapping is not the source's");
        import(firm.owner.clone(), "Team").await;
        assert_eq!(line().await.expect("a source").mapping.expect("one").columns["Team"], "name");
        import(stranger, "Gruppe").await;
        assert!(line().await.expect("a source").mapping.expect("one").columns.contains_key("Team"));
    }

    async fn a_source_is_paused_resumed_renamed_and_removed(db: TestDb) {
        let mut firm = firm(&db).await;
        let ctx = db.ctx();
        let id = firm.source.id.clone();
        pause_source(&ctx, &firm.owner, &id).await.expect("paused");
        assert!(matches!(pause_source(&ctx, &firm.owner, &id).await, Err(SourceError::Paused)));
        firm.put("teams.csv", TEAMS);
        firm.settle(&db).await;
        assert_eq!((firm.arrivals(&db).await.len(), n_teams(&ctx).await), (0, 0));
        assert_eq!(load_source(&ctx, &firm.owner, &id).await.expect("a source").pause, Some(SourcePause::Asked));
        resume_source(&ctx, &firm.owner, &id).await.expect("resumed");
        assert!(matches!(resume_source(&ctx, &firm.owner, &id).await, Err(SourceError::NotPaused)));
        // While a file waits to be imported the source stays.
        let later = firm.later(&db);
        look_for_files(&later, &mut firm.looks).await.expect("a look");
        let version = load_source(&ctx, &firm.owner, &id).await.expect("a source").version;
        assert!(matches!(remove_source(&ctx, &firm.owner, &id, version).await, Err(SourceError::Working)));
        firm.settle(&db).await;
        assert_eq!(n_teams(&ctx).await, 2);

        let twice = add_source(&ctx, &firm.owner, &draft(" HR ")).await.expect_err("the same name");
        assert_eq!(twice.fields()[0].field, "name");
        let wrong = add_source(&ctx, &firm.owner, &SourceDraft { name: String::new(), kind: "what".to_owned(), fetch: None }).await;
        let fields: Vec<String> = wrong.expect_err("wrong").fields().into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["name", "kind"]);
        let alike = add_source(&ctx, &firm.owner, &draft("hr!")).await.expect("another");
        assert!(alike.folder.ends_with("in/hr-teams-2"), "{}", alike.folder);
        let stale = change_source(&ctx, &firm.owner, &id, &draft("People"), version - 1).await.expect_err("stale");
        assert_eq!(stale.kind(), ErrorKind::Stale);
        let renamed = change_source(&ctx, &firm.owner, &id, &draft("People"), version).await.expect("renamed");
        assert_eq!((renamed.name.as_str(), &renamed.folder), ("People", &firm.source.folder));
        firm.put("left.part", "half");
        remove_source(&ctx, &firm.owner, &id, renamed.version).await.expect("removed");
        assert!(matches!(load_source(&ctx, &firm.owner, &id).await, Err(SourceError::NotFound)));
        assert!(firm.folder().join("left.part").exists(), "what somebody put there stays");
        assert_eq!(n_teams(&ctx).await, 2, "and what was imported");
    }

    async fn what_came_of_files_is_forgotten_with_them_after_ninety_days(db: TestDb) {
        let mut firm = firm(&db).await;
        firm.put("teams.csv", TEAMS);
        firm.settle(&db).await;
        firm.put("bad.csv", "nothing\n");
        firm.settle(&db).await;
        let nearly = db.ctx_at(STARTED_AT.plus_seconds(90 * 86_400));
        assert_eq!(forget_old_arrivals(&nearly).await.expect("forgotten"), 0);
        let later = db.ctx_at(firm.now.plus_seconds(90 * 86_400 + 1));
        assert_eq!(forget_old_arrivals(&later).await.expect("forgotten"), 1);
        assert_eq!((firm.lying("done").len(), firm.lying("refused")), (1, vec![]), "by the last one done, the same is known");
        assert_eq!((firm.arrivals(&db).await.len(), n_teams(&db.ctx()).await), (1, 2));
        firm.put("teams.csv", TEAMS);
        firm.settle(&db).await;
        assert_eq!(firm.states(&db).await, [ArrivalState::Same, ArrivalState::Done], "and not taken in once more");
    }

    async fn a_stopped_or_broken_job_ends_its_file_with_words(db: TestDb) {
        let mut firm = firm(&db).await;
        firm.put("teams.csv", TEAMS);
        let ctx = firm.later(&db);
        look_for_files(&ctx, &mut firm.looks).await.expect("a look");
        let ctx = firm.later(&db);
        assert_eq!(look_for_files(&ctx, &mut firm.looks).await.expect("a look"), 1);
        let job = mandate_app::jobs::list_jobs(&ctx, &firm.owner).await.expect("jobs").remove(0);
        mandate_app::jobs::cancel_job(&ctx, &firm.owner, &job.id).await.expect("stopped");
        firm.settle(&db).await;
        let arrival = firm.arrivals(&db).await.remove(0);
        assert_eq!((arrival.state, n_teams(&ctx).await), (ArrivalState::Refused, 0));
        assert!(arrival.detail.contains("stopped on request"), "{}", arrival.detail);
        assert_eq!(firm.lying("refused"), ["teams.csv", "teams.csv.errors.csv"]);
    }
}
