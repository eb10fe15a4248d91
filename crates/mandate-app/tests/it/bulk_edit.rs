//! Many records at once: what is foreseen, what comes of each, a restart in the middle, and undoing it.

use mandate_app::book::bulk::{
    BULK_EDIT, BulkEdit, BulkError, BulkShown, BulkState, BulkWork, Picked, RowState, ShownRow, check_work,
    choose, commit, foresee, rows, run_bulk_job, show, undo,
};
use mandate_app::book::custom_fields::{define_field, remove_field};
use mandate_app::book::tags::{TagChange, change_tags, record_tags};
use mandate_app::book::tags_kept::retire_tag;
use mandate_app::book::{self};
use mandate_app::jobs::{Registry, run_until_idle};
use mandate_app::listing::ListQuery;
use mandate_app::{Action, Actor, Ctx, ErrorKind, UseCaseError};
use mandate_domain::Id;
use mandate_domain::book::{Account, Draft, Kind, Saved, Tag};
use mandate_domain::identity::Role;
use mandate_store::bulk_edits::{Step, commit_foreseen, list_bulk_rows, save_bulk_rows, step};
use mandate_testing::{TestDb, both_databases};

use crate::book::{account_draft, our_person, user};

async fn account(ctx: &Ctx, external_id: &str, name: &str) -> Saved<Account> {
    book::create(ctx, &Actor::operator(), account_draft(external_id, name)).await.expect("an account")
}

async fn some(ctx: &Ctx, n: usize) -> Vec<Saved<Account>> {
    let mut made = vec![];
    for idx in 1..=n {
        made.push(account(ctx, &format!("A-{idx}"), &format!("Firm {idx:04}")).await);
    }
    made
}

fn fields(pairs: &[(&str, &str)]) -> BulkWork {
    BulkWork::Fields(pairs.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())).collect())
}

fn these(of: &[Saved<Account>]) -> Picked {
    Picked::These(of.iter().map(|it| it.id.to_string()).collect())
}

/// Chosen and foreseen.
async fn checked(ctx: &Ctx, actor: &Actor, picked: Picked, work: &BulkWork) -> Id<BulkEdit> {
    let def = book::list(ctx, actor, Kind::Account);
    let id = choose(ctx, actor, (&def, Some(Kind::Account)), picked).await.expect("chosen");
    foresee(ctx, actor, &id, work).await.expect("foreseen");
    id
}

async fn all(ctx: &Ctx, actor: &Actor, id: &Id<BulkEdit>) -> Vec<ShownRow> {
    rows(ctx, actor, id, &[], (0, 5_000)).await.expect("its records")
}

async fn states(ctx: &Ctx, actor: &Actor, id: &Id<BulkEdit>) -> Vec<RowState> {
    all(ctx, actor, id).await.into_iter().map(|row| row.state).collect()
}

async fn tier_of(ctx: &Ctx, account: &Saved<Account>) -> String {
    let saved =
        book::show_any(ctx, &Actor::operator(), Kind::Account, account.id.as_str()).await.expect("it");
    saved.draft.get("tier").to_owned()
}

async fn touch(ctx: &Ctx, account: &Saved<Account>) {
    let now = book::show::<Account>(ctx, &Actor::operator(), &account.id).await.expect("it");
    let draft = Draft::new().with("industry", "Insurance");
    book::change::<Account>(ctx, &Actor::operator(), &now.id, now.version, draft).await.expect("a change");
}

fn tagging(add: &str, remove: &str) -> BulkWork {
    BulkWork::Tags(TagChange { add: vec![add.to_owned()], remove: vec![remove.to_owned()] })
}

/// Each tag of an account, and whether it is retired.
async fn tags_of(ctx: &Ctx, account: &Saved<Account>) -> Vec<(String, bool)> {
    let of = (Kind::Account, account.id.as_str());
    let found = record_tags(ctx, &Actor::operator(), of).await.expect("its tags").tags;
    found.iter().map(|it| (it.tag.text().to_owned(), it.is_retired)).collect()
}

/// Begun beside the test, with some records changed.
async fn begun(ctx: &Ctx, id: &Id<BulkEdit>) -> tokio::task::JoinHandle<Result<(), BulkError>> {
    let work = tokio::spawn({
        let (ctx, id) = (ctx.clone(), id.clone());
        async move { commit(&ctx, &Actor::operator(), &id).await }
    });
    while show(ctx, &Actor::operator(), id).await.expect("it").count(RowState::Changed) < 3 {
        tokio::task::yield_now().await;
    }
    work
}

fn registry() -> Registry {
    Registry::new().with(BULK_EDIT, Action::WriteBook, run_bulk_job)
}

fn reason(row: &ShownRow) -> String {
    row.reason[0]["message"]["id"].as_str().unwrap_or_default().to_owned()
}

both_databases! {
    async fn what_is_foreseen_comes_true_and_what_was_changed_since_is_refused(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let made = some(&ctx, 4).await;
        let key = Draft::new().with("tier", "key");
        book::change::<Account>(&ctx, &operator, &made[1].id, made[1].version, key).await.unwrap();
        let id = checked(&ctx, &operator, these(&made), &fields(&[("tier", "key")])).await;
        use RowState::{Change, Changed, Refused, Same, Undone};
        assert_eq!(states(&ctx, &operator, &id).await, [Change, Same, Change, Change]);
        let row = &all(&ctx, &operator, &id).await[0];
        assert_eq!((row.moves[0].field.as_str(), row.moves[0].to.as_str()), ("tier", "key"));
        assert_eq!(tier_of(&ctx, &made[0]).await, "standard", "nothing is changed yet");
        touch(&ctx, &made[2]).await;
        commit(&ctx, &operator, &id).await.unwrap();
        assert_eq!(states(&ctx, &operator, &id).await, [Changed, Same, Refused, Changed]);
        assert_eq!(tier_of(&ctx, &made[2]).await, "standard");
        assert!(!reason(&all(&ctx, &operator, &id).await[2]).is_empty());
        assert!(matches!(commit(&ctx, &operator, &id).await.unwrap_err(), BulkError::OtherStep));
        // One was changed since: left as it is, and said so.
        touch(&ctx, &made[3]).await;
        undo(&ctx, &operator, &id).await.unwrap();
        assert_eq!(states(&ctx, &operator, &id).await, [Undone, Same, Refused, RowState::Kept]);
        assert_eq!((tier_of(&ctx, &made[0]).await, tier_of(&ctx, &made[3]).await), ("standard".into(), "key".into()));
        let records = mandate_store::audit::list_after(&mut db.read().await, 0, 200).await.unwrap();
        let of_bulk = records.iter().filter(|it| it.reason.as_deref().is_some_and(|it| it.starts_with("bulk edit")));
        assert_eq!(of_bulk.count(), 3, "each change has its own record");
    }

    async fn each_refusal_says_why_and_stops_no_other(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let made = some(&ctx, 2).await;
        our_person(&ctx, "P-1", "Anne Feld").await;
        let below = Draft::new().with("parent", made[0].id.as_str());
        book::change::<Account>(&ctx, &operator, &made[1].id, made[1].version, below).await.unwrap();
        let mut ids: Vec<String> = made.iter().map(|it| it.id.to_string()).collect();
        ids.push("nosuchaccount".to_owned());
        let work = fields(&[("parent", made[0].id.as_str()), ("account_manager", "Anne Feld")]);
        let id = checked(&ctx, &operator, Picked::These(ids), &work).await;
        let found = all(&ctx, &operator, &id).await;
        use RowState::{Change, Refuse};
        assert_eq!(found.iter().map(|row| row.state).collect::<Vec<_>>(), [Refuse, Change, Refuse]);
        assert_eq!(found[0].reason[0]["field"], "parent", "an account is not its own parent");
        assert_eq!(reason(&found[2]), "book-error-not-found");
        commit(&ctx, &operator, &id).await.unwrap();
        let shown = show(&ctx, &operator, &id).await.unwrap();
        assert_eq!((shown.count(RowState::Changed), shown.count(RowState::Refuse)), (1, 2));
        assert_eq!(shown.bulk.state, BulkState::Done);
    }

    async fn what_cannot_be_done_is_told_before_anything_is_chosen(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let made = some(&ctx, 1).await;
        let def = book::list(&ctx, &operator, Kind::Account);
        let of = (&def, Some(Kind::Account));
        assert!(matches!(choose(&ctx, &operator, of, Picked::These(vec![])).await, Err(BulkError::Nothing)));
        let id = choose(&ctx, &operator, of, these(&made)).await.unwrap();
        let refused = |error: BulkError| error.fields().into_iter().map(|it| it.field).collect::<Vec<_>>();
        let wrong = fields(&[("external_id", "X"), ("nothing", "")]);
        assert_eq!(refused(foresee(&ctx, &operator, &id, &wrong).await.unwrap_err()), ["external_id", "nothing"]);
        assert_eq!(refused(foresee(&ctx, &operator, &id, &fields(&[])).await.unwrap_err()), ["field"]);
        assert_eq!(refused(foresee(&ctx, &operator, &id, &BulkWork::Restore).await.unwrap_err()), ["do"]);
        let nothing = BulkWork::Tags(TagChange::default());
        assert_eq!(refused(foresee(&ctx, &operator, &id, &nothing).await.unwrap_err()), ["add"]);
        assert!(matches!(commit(&ctx, &operator, &id).await.unwrap_err(), BulkError::OtherStep));
        let lines = book::bulk::bulk_fields(Kind::ContractLine).map(|spec| spec.name).collect::<Vec<_>>();
        assert!(!lines.contains(&"unit_cost") && lines.contains(&"unit_price"), "{lines:?}");
    }

    async fn tags_and_the_trash_go_and_come_back(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let made = some(&ctx, 3).await;
        let of = (Kind::Account, made[0].id.as_str());
        let had = TagChange { add: vec!["wave".to_owned()], remove: vec![] };
        change_tags(&ctx, &operator, of, &had).await.unwrap();
        let work = BulkWork::Tags(TagChange { add: vec!["wave, pilot".to_owned()], remove: vec!["old".to_owned()] });
        let id = checked(&ctx, &operator, these(&made), &work).await;
        assert_eq!(all(&ctx, &operator, &id).await[0].moves[0].to, "pilot, wave");
        commit(&ctx, &operator, &id).await.unwrap();
        undo(&ctx, &operator, &id).await.unwrap();
        let tags = record_tags(&ctx, &operator, of).await.unwrap().tags;
        assert_eq!(tags.iter().map(|it| it.tag.text()).collect::<Vec<_>>(), ["wave"], "what it had before stays");
        let id = checked(&ctx, &operator, these(&made), &BulkWork::Trash).await;
        commit(&ctx, &operator, &id).await.unwrap();
        assert_eq!(states(&ctx, &operator, &id).await, [RowState::Changed; 3]);
        let trash = book::trash_list();
        let picked = Picked::Matching(ListQuery::default());
        let back = choose(&ctx, &operator, (&trash, None), picked).await.unwrap();
        foresee(&ctx, &operator, &back, &BulkWork::Restore).await.unwrap();
        commit(&ctx, &operator, &back).await.unwrap();
        assert_eq!(states(&ctx, &operator, &back).await, [RowState::Changed; 3]);
        // What was changed since it came out of the trash does not go back there.
        touch(&ctx, &made[1]).await;
        undo(&ctx, &operator, &back).await.unwrap();
        let shown = show(&ctx, &operator, &back).await.unwrap();
        assert_eq!((shown.count(RowState::Undone), shown.count(RowState::Kept)), (2, 1));
        // What came out of the trash and was put away again does not come back.
        undo(&ctx, &operator, &id).await.unwrap();
        let shown: BulkShown = show(&ctx, &operator, &id).await.unwrap();
        assert_eq!((shown.count(RowState::Undone), shown.count(RowState::Kept)), (0, 3));
    }

    async fn rights_and_reach_are_those_of_single_changes(db: TestDb) {
        let ctx = db.ctx();
        let manager = our_person(&ctx, "P-1", "Jonas Feld").await;
        let draft = account_draft("A-1", "Brackwell").with("account_manager", "P-1");
        let near: Saved<Account> = book::create(&ctx, &Actor::operator(), draft).await.unwrap();
        let far = account(&ctx, "A-2", "Corwen").await;
        let manager = user(Role::AccountManager, &manager);
        let both = these(&[near.clone(), far.clone()]);
        let id = checked(&ctx, &manager, both.clone(), &fields(&[("tier", "key")])).await;
        let found = all(&ctx, &manager, &id).await;
        assert_eq!(found.iter().map(|row| row.state).collect::<Vec<_>>(), [RowState::Change, RowState::Refuse]);
        assert_eq!((found[1].name.as_deref(), reason(&found[1]).as_str()), (None, "book-error-not-found"));
        commit(&ctx, &manager, &id).await.unwrap();
        assert_eq!((tier_of(&ctx, &near).await, tier_of(&ctx, &far).await), ("key".into(), "standard".into()));
        let matching = checked(&ctx, &manager, Picked::Matching(ListQuery::default()), &fields(&[("tier", "key")])).await;
        assert_eq!(all(&ctx, &manager, &matching).await.len(), 1, "all that match within reach");
        assert_eq!(show(&ctx, &Actor::operator(), &id).await.unwrap_err().kind(), ErrorKind::NotFound);
        let reader = Actor { roles: vec![Role::DeliveryLead], ..manager.clone() };
        let def = book::list(&ctx, &reader, Kind::Account);
        let refused = choose(&ctx, &reader, (&def, Some(Kind::Account)), both).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Forbidden);
        let negotiator = Actor { roles: vec![Role::Negotiator], ..manager.clone() };
        let def = book::list(&ctx, &negotiator, Kind::Account);
        let id = choose(&ctx, &negotiator, (&def, Some(Kind::Account)), these(&[near])).await.unwrap();
        let refused = foresee(&ctx, &negotiator, &id, &BulkWork::Trash).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Forbidden, "who may not use the trash may not in bulk");
    }

    async fn a_stop_in_the_middle_does_nothing_twice_and_leaves_nothing_out(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let made = some(&ctx, 60).await;
        let id = checked(&ctx, &operator, these(&made), &fields(&[("tier", "key")])).await;
        let work = begun(&ctx, &id).await;
        // Wherever it is by then, also in the middle of a transaction.
        work.abort();
        let ended = work.await;
        let shown = show(&ctx, &operator, &id).await.unwrap();
        if ended.is_err() {
            assert!(shown.is_stopped, "nothing is at work on it");
            commit(&ctx, &operator, &id).await.unwrap();
        }
        assert_eq!(states(&ctx, &operator, &id).await, vec![RowState::Changed; 60]);
        for (before, row) in made.iter().zip(all(&ctx, &operator, &id).await) {
            assert_eq!(row.record_id, before.id.to_string());
            let now = book::show::<Account>(&ctx, &operator, &before.id).await.unwrap();
            assert_eq!((now.version, tier_of(&ctx, before).await.as_str()), (before.version + 1, "key"));
        }
        let records = mandate_store::audit::list_after(&mut db.read().await, 0, 500).await.unwrap();
        assert_eq!(records.iter().filter(|it| it.action == "account.changed").count(), 60);
    }

    async fn what_another_run_did_stays_done(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let made = some(&ctx, 60).await;
        let id = checked(&ctx, &operator, these(&made), &tagging("wave", "")).await;
        let work = begun(&ctx, &id).await;
        // The last record's turn, as another run takes it while the first is on its way there.
        let mut tx = db.write().await;
        let mut rows = list_bulk_rows(&mut tx, &id, &[], (58, 2)).await.unwrap();
        assert_eq!(rows[0].state, RowState::Change, "the first run is not there yet");
        rows[1].state = RowState::Changed;
        save_bulk_rows(&mut tx, &id, &rows[1..]).await.unwrap();
        let (of, tag) = ((Kind::Account, rows[1].record_id.as_str()), Tag::parse("wave").unwrap());
        mandate_store::book::add_tags(&mut tx, of, &[(ctx.new_id(), tag)], ctx.now()).await.unwrap();
        commit_foreseen(tx).await.unwrap();
        work.await.unwrap().unwrap();
        assert_eq!(states(&ctx, &operator, &id).await, vec![RowState::Changed; 60]);
        assert_eq!(show(&ctx, &operator, &id).await.unwrap().bulk.state, BulkState::Done);
    }

    async fn undone_in_the_middle_it_goes_no_further(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let made = some(&ctx, 60).await;
        let id = checked(&ctx, &operator, these(&made), &fields(&[("tier", "key")])).await;
        let work = begun(&ctx, &id).await;
        // As an undo begins, while the first run is on its way.
        let mut tx = db.write().await;
        let n_done = list_bulk_rows(&mut tx, &id, &[RowState::Changed], (0, 60)).await.unwrap().len();
        assert!(n_done < 59, "the first run is not at its end");
        let text = show(&ctx, &operator, &id).await.unwrap().bulk.work;
        let begins = Step { work: &text, from: BulkState::Running, to: BulkState::Undoing, job_id: None };
        assert!(step(&mut tx, &id, &begins, ctx.now()).await.unwrap());
        commit_foreseen(tx).await.unwrap();
        work.await.unwrap().unwrap();
        let n_changed = show(&ctx, &operator, &id).await.unwrap().count(RowState::Changed);
        assert_eq!(usize::try_from(n_changed).unwrap(), n_done, "it went no further");
        undo(&ctx, &operator, &id).await.unwrap();
        let shown = show(&ctx, &operator, &id).await.unwrap();
        assert_eq!((shown.bulk.state, shown.count(RowState::Undone)), (BulkState::Undone, n_changed));
        for account in &made {
            assert_eq!(tier_of(&ctx, account).await, "standard");
        }
    }

    async fn undoing_tags_retires_again_what_was_retired(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let made = some(&ctx, 3).await;
        for (account, tag) in [(&made[0], "Wave 1"), (&made[2], "old")] {
            let given = TagChange { add: vec![tag.to_owned()], remove: vec![] };
            change_tags(&ctx, &operator, (Kind::Account, account.id.as_str()), &given).await.unwrap();
            retire_tag(&ctx, &operator, tag).await.unwrap();
        }
        let id = checked(&ctx, &operator, these(&made), &tagging("wave 1", "old")).await;
        let told = &all(&ctx, &operator, &id).await[0].moves[0];
        assert_eq!((told.from.as_str(), told.to.as_str()), ("Wave 1", "Wave 1"), "it has it once");
        commit(&ctx, &operator, &id).await.unwrap();
        for account in &made {
            assert_eq!(tags_of(&ctx, account).await, [("Wave 1".to_owned(), false)]);
        }
        undo(&ctx, &operator, &id).await.unwrap();
        assert_eq!(states(&ctx, &operator, &id).await, [RowState::Undone; 3]);
        assert_eq!(tags_of(&ctx, &made[0]).await, [("Wave 1".to_owned(), true)]);
        assert!(tags_of(&ctx, &made[1]).await.is_empty());
        assert_eq!(tags_of(&ctx, &made[2]).await, [("old".to_owned(), true)]);
    }

    async fn what_was_put_away_again_stays_in_the_trash(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let made = some(&ctx, 2).await;
        let id = checked(&ctx, &operator, these(&made), &BulkWork::Trash).await;
        commit(&ctx, &operator, &id).await.unwrap();
        book::restore::<Account>(&ctx, &operator, &made[0].id).await.unwrap();
        book::trash::<Account>(&ctx, &operator, &made[0].id, None).await.unwrap();
        undo(&ctx, &operator, &id).await.unwrap();
        assert_eq!(states(&ctx, &operator, &id).await, [RowState::Kept, RowState::Undone]);
        assert!(book::show_trashed::<Account>(&ctx, &operator, &made[0].id).await.is_ok());
        assert!(book::show::<Account>(&ctx, &operator, &made[1].id).await.is_ok());
    }

    async fn what_was_asked_for_last_is_what_is_foreseen(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let accounts = some(&ctx, 60).await;
        let id = checked(&ctx, &operator, these(&accounts), &tagging("first", "none")).await;
        // Asked anew while something else is being worked out.
        let first = tokio::spawn({
            let (ctx, id, work) = (ctx.clone(), id.clone(), fields(&[("tier", "key")]));
            async move { foresee(&ctx, &Actor::operator(), &id, &work).await }
        });
        while show(&ctx, &operator, &id).await.expect("it").bulk.state != BulkState::Checking {
            tokio::task::yield_now().await;
        }
        foresee(&ctx, &operator, &id, &tagging("new", "old")).await.expect("foreseen");
        first.await.expect("it ends").expect("foreseen");
        let shown = show(&ctx, &operator, &id).await.expect("it");
        assert_eq!(shown.bulk.state, BulkState::Checked);
        assert_eq!(shown.work, Some(tagging("new", "old")));
        // A field's change is bound to the version it was foreseen of, a tag's is not.
        let rows = list_bulk_rows(&mut db.read().await, &id, &[], (0, 100)).await.expect("its rows");
        assert!(rows.iter().all(|row| row.version.is_none() && row.state == RowState::Change), "{rows:?}");
    }

    async fn many_records_are_a_job_that_goes_on_where_it_stood(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let made = some(&ctx, 205).await;
        let id = checked(&ctx, &operator, Picked::Matching(ListQuery::default()), &fields(&[("tier", "key")])).await;
        assert_eq!(show(&ctx, &operator, &id).await.unwrap().bulk.state, BulkState::Checking);
        run_until_idle(&ctx, &registry()).await.unwrap();
        let shown = show(&ctx, &operator, &id).await.unwrap();
        assert_eq!((shown.bulk.state, shown.count(RowState::Change)), (BulkState::Checked, 205));
        commit(&ctx, &operator, &id).await.unwrap();
        assert!(matches!(commit(&ctx, &operator, &id).await.unwrap_err(), BulkError::OtherStep), "it waits its turn");
        // Stopped before it began: the page says so, and it can be gone on with.
        let job = show(&ctx, &operator, &id).await.unwrap().bulk.job_id.expect("a job");
        mandate_app::jobs::cancel_job(&ctx, &operator, &job).await.unwrap();
        assert!(show(&ctx, &operator, &id).await.unwrap().is_stopped);
        commit(&ctx, &operator, &id).await.unwrap();
        run_until_idle(&ctx, &registry()).await.unwrap();
        let shown = show(&ctx, &operator, &id).await.unwrap();
        assert_eq!((shown.bulk.state, shown.count(RowState::Changed)), (BulkState::Done, 205));
        undo(&ctx, &operator, &id).await.unwrap();
        run_until_idle(&ctx, &registry()).await.unwrap();
        let shown = show(&ctx, &operator, &id).await.unwrap();
        assert_eq!((shown.bulk.state, shown.count(RowState::Undone)), (BulkState::Undone, 205));
        assert_eq!(tier_of(&ctx, &made[200]).await, "standard");
    }

    async fn custom_fields_are_changed_as_the_others_are(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let defined = |key: &str, kind: &str, more: &[(&str, &str)]| {
            let draft = Draft::new().with("key", key).with("label", key).with("type", kind);
            more.iter().fold(draft, |draft, (name, text)| draft.with(name, *text))
        };
        let mut known = vec![];
        for draft in [
            defined("region", "choice", &[("choices", "EMEA\nAPAC")]),
            defined("heads", "whole", &[("required", "yes")]),
            defined("worth", "whole", &[("read_for", "cost")]),
        ] {
            known.push(define_field(&ctx, &operator, Kind::Account, &draft).await.unwrap());
        }
        let mut made = vec![];
        for (name, region) in [("One", "EMEA"), ("Two", "APAC"), ("Three", "")] {
            let draft = account_draft(name, name).with("custom.region", region).with("custom.heads", "3");
            made.push(book::create::<Account>(&ctx, &operator, draft).await.unwrap());
        }
        let custom = async |account: &Saved<Account>, name: &str| {
            let saved = book::show::<Account>(&ctx, &operator, &account.id).await.unwrap();
            saved.custom.draft().get(name).to_owned()
        };

        for (work, wrong) in [
            (vec![("custom.region", "Mars")], "custom.region"),
            (vec![("custom.heads", "")], "custom.heads"),
            (vec![("custom.heads", "many"), ("tier", "key")], "custom.heads"),
            (vec![("custom.worth", "1")], "custom.worth"),
            (vec![("custom.nothing", "1")], "custom.nothing"),
        ] {
            let refused = check_work(&ctx, &operator, Some(Kind::Account), &fields(&work)).await.unwrap_err();
            assert_eq!(refused.fields().iter().map(|it| it.field.as_str()).collect::<Vec<_>>(), [wrong]);
        }

        let work = fields(&[("custom.region", "emea"), ("custom.heads", "12")]);
        let id = checked(&ctx, &operator, these(&made), &work).await;
        let moves: Vec<Vec<(String, String, String)>> = all(&ctx, &operator, &id).await.into_iter()
            .map(|row| row.moves.into_iter().map(|it| (it.field, it.from, it.to)).collect()).collect();
        let moved = |field: &str, from: &str, to: &str| (field.to_owned(), from.to_owned(), to.to_owned());
        assert_eq!(moves[0], [moved("custom.heads", "3", "12")]);
        assert_eq!(moves[2], [moved("custom.heads", "3", "12"), moved("custom.region", "", "EMEA")]);
        // Somebody else's save in between is not overwritten, also of a custom field alone.
        let more = Draft::new().with("custom.region", "APAC");
        book::change::<Account>(&ctx, &operator, &made[0].id, made[0].version, more).await.unwrap();
        commit(&ctx, &operator, &id).await.unwrap();
        assert_eq!(states(&ctx, &operator, &id).await, [RowState::Refused, RowState::Changed, RowState::Changed]);
        assert_eq!((custom(&made[0], "custom.heads").await, custom(&made[1], "custom.region").await), ("3".into(), "EMEA".into()));

        undo(&ctx, &operator, &id).await.unwrap();
        assert_eq!(show(&ctx, &operator, &id).await.unwrap().count(RowState::Undone), 2);
        assert_eq!((custom(&made[1], "custom.region").await, custom(&made[2], "custom.region").await), ("APAC".into(), String::new()));
        assert_eq!(custom(&made[2], "custom.heads").await, "3");

        let id = checked(&ctx, &operator, these(&made[1..]), &fields(&[("custom.region", "")])).await;
        commit(&ctx, &operator, &id).await.unwrap();
        assert_eq!(states(&ctx, &operator, &id).await, [RowState::Changed, RowState::Same]);
        remove_field(&ctx, &operator, &known[0].field.id, known[0].version).await.unwrap();
        undo(&ctx, &operator, &id).await.unwrap();
        let rows = all(&ctx, &operator, &id).await;
        assert_eq!(rows[0].state, RowState::Kept, "the field is retired: what it held cannot be put back");
        assert_eq!(reason(&rows[0]), "book-problem-no-such-field");
    }
}
