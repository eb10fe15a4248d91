//! Whoever sees some accounts only writes, checks and takes back the facts of these accounts only.

use mandate_app::facts::event_sources::{event_files, imports, list_sources, show_source};
use mandate_app::facts::undo_import::{UndoImportError, undo_import};
use mandate_app::facts::{
    ImportEvents, IngestError, IngestReport, SendEvents, check_events, import_events, send_events,
};
use mandate_app::listing::ListQuery;
use mandate_app::lists::show_list;
use mandate_app::{Action, Actor, Ctx, UseCaseError, Who, book};
use mandate_domain::Id;
use mandate_domain::book::{Account, Draft, Person, Saved};
use mandate_domain::facts::source::{Profile, SourceId};
use mandate_domain::identity::Role;
use mandate_store::reads::Scope;
use mandate_testing::{STARTED_AT, TestDb, both_databases};

use crate::book::account_draft;
use crate::facts_bad_input::event_files as files_on_disk;
use crate::facts_events::{derived, desk};

/// An account manager who sees `OWN` and not `OTHER`.
pub async fn manager(ctx: &Ctx) -> Actor {
    let operator = Actor::operator();
    let draft = Draft::new().with("external_id", "P-1").with("side", "provider").with("name", "Jonas Feld");
    let person: Saved<Person> = book::create(ctx, &operator, draft).await.unwrap();
    let own = account_draft("OWN", "Brackwell").with("account_manager", person.id.as_str());
    let _: Saved<Account> = book::create(ctx, &operator, own).await.unwrap();
    let _: Saved<Account> = book::create(ctx, &operator, account_draft("OTHER", "Ansgard")).await.unwrap();
    let who = Who::User {
        id: Id::new(STARTED_AT, 7),
        name: "Jonas Feld".to_owned(),
        person_id: Some(person.id.clone()),
    };
    let scope = Scope::OwnAccounts(person.id);
    Actor { who, roles: vec![Role::AccountManager], scope, ..Actor::operator() }
}

/// An event of a case; `account` and `state` may be empty.
pub fn event(id: &str, case: &str, at: &str, account: &str, state: &str) -> String {
    format!(
        r#"{{"event_id":"{id}","case":"{case}","at":"{at}","opened_at":"2026-09-07T09:00:00Z","account":"{account}","state":"{state}","priority":1}}"#
    )
}

const MORNING: &str = "2026-09-07T09:00:00Z";
const NOON: &str = "2026-09-07T12:00:00Z";

fn command(db: &TestDb, source: &SourceId, lines: &[String]) -> ImportEvents {
    let path = db.folder().join("events.jsonl");
    std::fs::write(&path, lines.join("\n")).unwrap();
    ImportEvents { source: Some(source.clone()), ..ImportEvents::new(&path, Profile::Events) }
}

pub async fn import(
    db: &TestDb,
    actor: &Actor,
    source: &SourceId,
    lines: &[String],
) -> Result<IngestReport, IngestError> {
    import_events(&db.ctx(), actor, command(db, source, lines)).await
}

/// Why lines are refused, the same in a check and over the API.
async fn refused(db: &TestDb, actor: &Actor, source: &SourceId, lines: &[String]) -> String {
    let (before, files) = (derived(db, source).await, files_on_disk(db));
    let told = import(db, actor, source, lines).await.unwrap_err().to_string();
    let checked = check_events(&db.ctx(), actor, command(db, source, lines)).await.unwrap_err().to_string();
    assert_eq!(checked, told);
    let sender = Actor { roles: vec![Role::DeliveryLead], ..actor.clone() };
    let sent = SendEvents { source: source.clone(), time_zone: None, lines: lines.join("\n").into_bytes() };
    assert_eq!(send_events(&db.ctx(), &sender, sent).await.unwrap_err().to_string(), told);
    assert_eq!((derived(db, source).await, files_on_disk(db)), (before, files));
    told
}

both_databases! {
    async fn an_account_out_of_reach_reads_like_one_that_does_not_exist(db: TestDb) {
        let (manager, source) = (manager(&db.ctx()).await, desk(&db, "desk").await);
        let told = async |account: &str| {
            let lines = [event("1", "N1", MORNING, "OWN", "new"), event("2", "N2", MORNING, account, "new")];
            refused(&db, &manager, &source, &lines).await.replace(account, "X")
        };
        let theirs = told("OTHER").await;
        assert_eq!(theirs, told("NOBODY").await);
        assert!(theirs.contains("row 2, column `account` names the account `X`, which does not exist"), "{theirs}");
        let line = [event("2", "N2", MORNING, "OTHER", "new")];
        assert_eq!(import(&db, &Actor::operator(), &source, &line).await.unwrap().n_new, 1);
    }

    async fn a_log_makes_no_account_for_who_does_not_see_all(db: TestDb) {
        let (ctx, manager) = (db.ctx(), manager(&db.ctx()).await);
        let path = db.folder().join("log.csv");
        let told = async |site: &str| {
            let text = format!(
                "number,incident_state,sys_mod_count,made_sla,opened_at,sys_created_at,sys_updated_at,location,priority\n\
                 INC1,New,0,true,2016-03-01 09:00,2016-03-01 09:05,2016-03-01 09:05,{site},3 - Moderate\n"
            );
            std::fs::write(&path, text).unwrap();
            let command = || ImportEvents::new(&path, Profile::ServiceNow);
            let told = import_events(&ctx, &manager, command()).await.map(|_| ()).map_err(|error| error.to_string());
            let checked = check_events(&ctx, &manager, command()).await.map(|_| ());
            assert_eq!(checked.map_err(|error| error.to_string()), told);
            told.map_err(|told| told.replace(site, "X"))
        };
        let theirs = told("OTHER").await;
        assert!(theirs.as_ref().is_err_and(|told| told.contains("`X`, which does not exist")), "{theirs:?}");
        assert_eq!(theirs, told("Site 9").await);
        assert_eq!(told("OWN").await, Ok(()));
    }

    async fn a_case_out_of_reach_is_neither_moved_nor_changed_nor_told_of(db: TestDb) {
        let (manager, source) = (manager(&db.ctx()).await, desk(&db, "desk").await);
        let theirs = event("1", "C1", MORNING, "OTHER", "new");
        let nobodys = event("1", "C2", MORNING, "", "new");
        import(&db, &Actor::operator(), &source, &[theirs.clone(), nobodys.clone()]).await.unwrap();
        let attempts = [
            theirs,
            event("1", "C1", MORNING, "OWN", "new"),
            event("9", "C1", MORNING, "OWN", "active"),
            event("2", "C1", NOON, "OWN", "closed"),
            event("2", "C1", NOON, "", "closed"),
            nobodys,
            event("2", "C2", NOON, "OWN", "closed"),
        ];
        for line in attempts {
            let told = refused(&db, &manager, &source, std::slice::from_ref(&line)).await;
            let wanted = format!("column `case` speaks of case `C{}`, which is out of your reach", if line.contains("C1") { 1 } else { 2 });
            assert!(told.contains(&wanted), "{line}: {told}");
        }
    }

    async fn no_case_of_others_runs_out_by_the_import_of_who_does_not_see_it(db: TestDb) {
        let (ctx, source) = (db.ctx(), desk(&db, "desk").await);
        let manager = manager(&ctx).await;
        import(&db, &Actor::operator(), &source, &[event("1", "C1", MORNING, "OTHER", "new")]).await.unwrap();
        let before = derived(&db, &source).await;
        let until = async || show_source(&ctx, &Actor::operator(), source.as_str()).await.unwrap().source.data_until;
        let (known, days_later) = (until().await, event("2", "N1", "2026-09-30T12:00:00Z", "OWN", "new"));
        let report = import(&db, &manager, &source, &[days_later]).await.unwrap();
        assert_eq!((report.n_new, report.n_cases, until().await), (1, 1, known), "told of their own case only");
        let theirs = |text: &str| text.lines().find(|line| line.contains("\"C1\"")).map(str::to_owned);
        let after = derived(&db, &source).await;
        assert!(theirs(&before).is_some() && theirs(&after) == theirs(&before), "{before}\n{after}");
        // Who sees all cases moves the clock on, and with it the case that fell due.
        let report = import(&db, &Actor::operator(), &source, &[event("3", "N1", "2026-10-01T12:00:00Z", "OWN", "active")]).await.unwrap();
        assert!(report.n_cases == 2 && until().await > known, "{report:?}");
    }

    async fn a_case_without_an_account_is_not_made_by_who_would_not_see_it(db: TestDb) {
        let (manager, source) = (manager(&db.ctx()).await, desk(&db, "desk").await);
        let told = refused(&db, &manager, &source, &[event("1", "N1", MORNING, "", "new")]).await;
        assert!(told.contains("row 1, column `account` is empty"), "{told}");
        let told = [event("1", "N1", MORNING, "OWN", "new"), event("2", "N1", NOON, "", "active")];
        assert_eq!(import(&db, &manager, &source, &told).await.unwrap().n_new, 2);
        assert_eq!(import(&db, &manager, &source, &[event("3", "N1", "2026-09-07T12:30:00Z", "", "closed")]).await.unwrap().n_new, 1);
    }

    async fn a_correction_does_not_leave_a_case_to_an_account_out_of_reach(db: TestDb) {
        let (manager, source) = (manager(&db.ctx()).await, desk(&db, "desk").await);
        let moved = [event("1", "C1", MORNING, "OTHER", "new"), event("2", "C1", NOON, "OWN", "active")];
        import(&db, &Actor::operator(), &source, &moved).await.unwrap();
        let before = derived(&db, &source).await;
        let back = [event("2", "C1", NOON, "", "active")];
        let told = import(&db, &manager, &source, &back).await.unwrap_err().to_string();
        assert!(told.contains("row 1, column `case` speaks of case `C1`, which is out of your reach"), "{told}");
        assert_eq!(derived(&db, &source).await, before);
        assert_eq!(files_on_disk(&db).len(), 1);
    }

    async fn who_sees_some_accounts_takes_back_their_own_imports_of_these_only(db: TestDb) {
        let (ctx, source) = (db.ctx(), desk(&db, "desk").await);
        let (manager, operator) = (manager(&ctx).await, Actor::operator());
        let made = async |actor: &Actor, line: String| import(&db, actor, &source, &[line]).await.unwrap().batch_id.unwrap();
        let theirs = made(&operator, event("1", "C1", MORNING, "OTHER", "new")).await;
        let of_operator = made(&operator, event("1", "C2", MORNING, "OWN", "new")).await;
        let own = made(&manager, event("1", "C3", MORNING, "OWN", "new")).await;
        let gone = made(&manager, event("1", "C4", MORNING, "OWN", "new")).await;
        // Since then the case is somebody else's.
        made(&operator, event("2", "C4", NOON, "OTHER", "active")).await;
        let before = derived(&db, &source).await;
        let never = undo_import(&ctx, &manager, "nothing").await.unwrap_err();
        for batch in [theirs, of_operator, gone] {
            let refused = undo_import(&ctx, &manager, &batch).await.unwrap_err();
            assert!(matches!(refused, UndoImportError::NotFound { .. }), "{refused}");
            assert_eq!(refused.message(), never.message());
        }
        assert_eq!(derived(&db, &source).await, before);
        assert_eq!(undo_import(&ctx, &manager, &own).await.unwrap().n_cases, 1);
        assert!(!derived(&db, &source).await.contains("C3"));
        let again = undo_import(&ctx, &manager, &own).await.unwrap_err();
        assert!(matches!(again, UndoImportError::Undone), "{again}");
    }

    async fn sources_and_imports_are_counted_and_listed_within_reach(db: TestDb) {
        let (ctx, source) = (db.ctx(), desk(&db, "desk").await);
        let (manager, operator) = (manager(&ctx).await, Actor::operator());
        import(&db, &operator, &source, &[event("1", "C1", MORNING, "OTHER", "new"), event("1", "C2", MORNING, "", "new")]).await.unwrap();
        import(&db, &manager, &source, &[event("1", "C3", MORNING, "OWN", "new"), event("2", "C3", NOON, "OWN", "active")]).await.unwrap();
        let seen = async |actor: &Actor| {
            let lines = list_sources(&ctx, actor).await.unwrap();
            let page = show_source(&ctx, actor, "desk").await.unwrap();
            assert_eq!((page.source.n_cases, page.source.n_events), (lines[0].source.n_cases, lines[0].source.n_events));
            assert_eq!(page.months.iter().map(|it| it.n_files).sum::<i64>(), lines[0].n_files);
            let rows = async |def| show_list(&ctx, actor, Action::ReadFacts, &def, &ListQuery { limit: 9, ..ListQuery::default() }).await.unwrap().n_rows;
            let counts = (lines[0].source.n_cases, lines[0].source.n_events, lines[0].n_files);
            (counts, page.batches.len(), rows(imports(actor)).await, rows(event_files(actor)).await)
        };
        assert_eq!(seen(&operator).await, ((3, 4, 2), 2, 2, 2));
        assert_eq!(seen(&manager).await, ((1, 2, 0), 1, 1, 0));
        let stranger = Actor { scope: Scope::Nothing, who: Who::User { id: Id::new(STARTED_AT, 8), name: "Otto".to_owned(), person_id: None }, ..manager };
        assert_eq!(seen(&stranger).await, ((0, 0, 0), 0, 0, 0));
    }

    async fn an_event_of_the_future_does_not_let_cases_of_others_run_out(db: TestDb) {
        let (manager, source) = (manager(&db.ctx()).await, desk(&db, "desk").await);
        import(&db, &Actor::operator(), &source, &[event("1", "C1", "2027-09-07T09:00:00Z", "OTHER", "new").replace("2026-", "2027-")]).await.unwrap();
        let theirs = derived(&db, &source).await;
        assert!(theirs.contains("\"running\""), "{theirs}");
        let far = event("1", "N1", "2031-09-08T09:00:00Z", "OWN", "new").replace("2026-", "2031-");
        import(&db, &manager, &source, &[far]).await.unwrap();
        assert!(derived(&db, &source).await.contains(theirs.lines().next().unwrap()));
    }
}
