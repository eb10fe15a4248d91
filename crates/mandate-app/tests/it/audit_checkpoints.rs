//! Checkpoints of the audit record: made when due, signed, written outside, and what they show.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use mandate_app::audit::{
    AuditVerified, ChainState, Checkpoint, CheckpointError, CheckpointPlaces, Evidence, KeyError, PublicKey,
    keep_checkpoints, make_checkpoint, public_key, reading, verify_audit,
};
use mandate_app::ctx::Subject;
use mandate_app::{Actor, Ctx};
use mandate_store::audit::list_after;
use mandate_testing::{STARTED_AT, TestDb, both_databases};

async fn write(db: &TestDb, n_records: usize) {
    let records = (0..n_records).map(|n| TestDb::record(&format!("test.number_{n}"))).collect();
    db.write().await.commit_all(records).await.expect("a commit");
}

/// A context whose checkpoints go to a folder outside its data folder.
fn outside(db: &TestDb, ctx: Ctx) -> (Ctx, PathBuf) {
    let folder = db.folder().join("outside");
    fs::create_dir_all(&folder).expect("a folder");
    (ctx.with_checkpoint_places(CheckpointPlaces { key: None, folder: Some(folder.clone()) }), folder)
}

async fn now(ctx: &Ctx) -> Checkpoint {
    make_checkpoint(ctx, &Actor::operator()).await.expect("a checkpoint").expect("a record")
}

fn only_file(folder: &Path) -> PathBuf {
    let mut files = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let file = files.next().expect("a file");
    assert_eq!(files.next(), None);
    file
}

async fn verified(ctx: &Ctx, checkpoints: Option<String>, public_keys: Vec<PublicKey>) -> AuditVerified {
    let evidence = Evidence { checkpoints, public_keys };
    verify_audit(ctx, &Actor::operator(), &evidence).await.expect("a walk")
}

both_databases! {
    async fn a_checkpoint_is_due_after_a_thousand_records_or_an_hour(db: TestDb) {
        let after = |seconds| db.ctx_at(STARTED_AT.plus_seconds(seconds));
        assert!(!keep_checkpoints(&after(0)).await.expect("nothing"), "an empty record is not signed");
        write(&db, 1).await;
        assert!(keep_checkpoints(&after(0)).await.expect("the first"));
        assert!(!keep_checkpoints(&after(7_200)).await.expect("nothing new"), "nothing was written since");
        write(&db, 999).await;
        assert!(!keep_checkpoints(&after(3_599)).await.expect("too early"));
        assert!(keep_checkpoints(&after(3_600)).await.expect("an hour"));
        write(&db, 1_000).await;
        assert!(keep_checkpoints(&after(3_601)).await.expect("a thousand records"));
        let found = verified(&db.ctx(), None, vec![]).await;
        assert_eq!((found.n_checkpoints, found.n_unverified, found.is_sound()), (3, 0, true));
    }

    async fn the_key_is_made_once_and_is_its_owners_only(db: TestDb) {
        let ctx = db.ctx();
        let key = public_key(&ctx, &Actor::operator()).expect("a key");
        let file = ctx.data_folder().join("audit.key");
        assert_eq!(fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
        assert_eq!(public_key(&ctx, &Actor::operator()).expect("the same"), key);
        assert_eq!(PublicKey::read_all(&format!("# ours\n{key}\n")).expect("readable"), [key]);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("opened");
        let refused = public_key(&ctx, &Actor::operator()).expect_err("open to others");
        assert!(matches!(refused, CheckpointError::Key(KeyError::Open { .. })), "{refused}");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("closed");
        fs::write(&file, "nothing of the kind").expect("damaged");
        let refused = public_key(&ctx, &Actor::operator()).expect_err("no key");
        assert!(matches!(refused, CheckpointError::Key(KeyError::NotAKey { .. })), "{refused}");
    }

    async fn what_is_written_outside_is_verified_with_a_key_that_was_kept_elsewhere(db: TestDb) {
        let (ctx, folder) = outside(&db, db.ctx());
        let key = public_key(&ctx, &Actor::operator()).expect("a key");
        write(&db, 3).await;
        let first = now(&ctx).await;
        assert_eq!(now(&ctx).await, first, "the newest record is signed once");
        write(&db, 2).await;
        let second = now(&ctx).await;
        let text = fs::read_to_string(only_file(&folder)).expect("lines");
        assert_eq!(text, format!("{}\n{}\n", first.line(), second.line()));
        let found = verified(&ctx, Some(text.clone()), vec![key.clone()]).await;
        assert_eq!((found.n_outside, found.problems.clone(), found.is_sound()), (Some(2), vec![], true));

        let one = text.replacen(" 3 ", " 2 ", 1);
        let found = verified(&ctx, Some(one), vec![key.clone()]).await;
        assert!(found.problems.iter().any(|it| it.contains("signature")), "{:?}", found.problems);
        let turned: String = text.lines().rev().map(|line| format!("{line}\n")).collect();
        let found = verified(&ctx, Some(turned), vec![key.clone()]).await;
        assert!(found.problems.iter().any(|it| it.contains("order")), "{:?}", found.problems);
        let last = text.lines().last().expect("a line").to_owned();
        let found = verified(&ctx, Some(last), vec![key.clone()]).await;
        assert!(found.problems.iter().any(|it| it.contains("lacks")), "{:?}", found.problems);
        let found = verified(&ctx, Some("anything\n".to_owned()), vec![key]).await;
        assert_eq!(found.problems, ["line 1 outside is no checkpoint"]);
    }

    async fn a_checkpoint_by_another_key_is_not_believed(db: TestDb) {
        let (ctx, folder) = outside(&db, db.ctx());
        write(&db, 3).await;
        let honest = public_key(&ctx, &Actor::operator()).expect("a key");
        fs::remove_file(ctx.data_folder().join("audit.key")).expect("replaced");
        now(&ctx).await;
        let text = fs::read_to_string(only_file(&folder)).expect("lines");
        let found = verified(&ctx, Some(text), vec![honest]).await;
        assert_eq!(found.n_unverified, 2);
        assert!(found.problems.iter().all(|it| it.contains("which is not at hand")), "{:?}", found.problems);
        assert!(!found.is_sound());
    }

    async fn a_chain_that_was_cut_off_or_made_anew_shows_against_the_file_outside(db: TestDb) {
        db.unseal_audit().await;
        let (ctx, folder) = outside(&db, db.ctx());
        let key = public_key(&ctx, &Actor::operator()).expect("a key");
        write(&db, 5).await;
        now(&ctx).await;
        let text = fs::read_to_string(only_file(&folder)).expect("lines");
        // Whoever owns the database takes the records and the checkpoints from it.
        let mut tx = db.write().await;
        tx.execute("DELETE FROM audit_checkpoint", vec![]).await.expect("gone");
        tx.execute("DELETE FROM audit_record WHERE seq > 4", vec![]).await.expect("cut");
        tx.commit(TestDb::record("test.innocent")).await.expect("a commit");
        assert!(verified(&ctx, None, vec![]).await.is_sound(), "the database alone tells nothing");
        let found = verified(&ctx, Some(text), vec![key]).await;
        let what = "the records end at 5, and record 6 was signed".to_owned();
        assert_eq!(found.chain, ChainState::Broken { seq: 6, what });
        assert_eq!(found.problems, ["the checkpoint of record 6 outside is not in the database"]);
    }

    async fn a_chain_that_does_not_fit_is_not_signed(db: TestDb) {
        db.unseal_audit().await;
        write(&db, 3).await;
        now(&db.ctx()).await;
        write(&db, 3).await;
        let mut tx = db.write().await;
        tx.execute("UPDATE audit_record SET subject_name = 'Another' WHERE seq = 6", vec![]).await.expect("an edit");
        db.commit(tx).await;
        let refused = make_checkpoint(&db.ctx(), &Actor::operator()).await.expect_err("broken");
        assert!(matches!(refused, CheckpointError::Broken { seq: 6, .. }), "{refused}");
    }

    async fn the_place_outside_catches_up_when_it_is_back(db: TestDb) {
        let (ctx, folder) = outside(&db, db.ctx());
        fs::remove_dir(&folder).expect("unmounted");
        write(&db, 2).await;
        let refused = make_checkpoint(&ctx, &Actor::operator()).await.expect_err("nowhere to write");
        assert!(matches!(refused, CheckpointError::Outside { .. }), "{refused}");
        fs::create_dir(&folder).expect("mounted");
        write(&db, 2).await;
        now(&ctx).await;
        let file = only_file(&folder);
        let text = fs::read_to_string(&file).expect("lines");
        assert_eq!(text.lines().count(), 2, "the one that was made meanwhile is there, too");
        // Power went in the middle of a line: it is written again, and the file still verifies.
        let (kept, _) = text.split_at(text.len() - 40);
        fs::write(&file, kept).expect("cut short");
        keep_checkpoints(&ctx).await.expect("written again");
        let again = fs::read_to_string(&file).expect("lines");
        assert_eq!(again.lines().count(), 3);
        let key = public_key(&ctx, &Actor::operator()).expect("a key");
        let found = verified(&ctx, Some(again), vec![key]).await;
        assert_eq!((found.problems.clone(), found.n_outside), (vec![], Some(2)));
    }

    async fn a_file_outside_that_tells_of_another_past_is_not_written_on(db: TestDb) {
        let (ctx, folder) = outside(&db, db.ctx());
        write(&db, 3).await;
        now(&ctx).await;
        let file = only_file(&folder);
        let kept = fs::read_to_string(&file).expect("a line");
        // As after an older backup came back: the database has no checkpoint of the file's last record.
        db.unseal_audit().await;
        let mut tx = db.write().await;
        tx.execute("DELETE FROM audit_checkpoint", vec![]).await.expect("gone");
        db.commit(tx).await;
        let refused = make_checkpoint(&ctx, &Actor::operator()).await.expect_err("another past");
        assert!(matches!(refused, CheckpointError::AnotherPast { .. }), "{refused}");
        assert_eq!(fs::read_to_string(&file).expect("the file"), kept, "nothing is added to it");
        fs::rename(&file, folder.join("before-the-restore")).expect("moved away");
        write(&db, 1).await;
        now(&ctx).await;
        assert!(fs::read_to_string(&file).expect("a new file").lines().count() >= 1);
    }

    async fn a_reading_says_who_looked_at_what_and_not_what_they_saw(db: TestDb) {
        let (ctx, actor) = (db.ctx(), Actor::operator());
        let subject = Subject { kind: "note", id: "n1", name: "A note", account_id: Some("a1") };
        db.write().await.commit(reading(&ctx, &actor, subject)).await.expect("logged");
        let records = list_after(&mut db.read().await, 0, 10).await.expect("records");
        let told = records.last().expect("a record");
        assert_eq!((told.action.as_str(), told.subject_id.as_str()), ("note.read", "n1"));
        assert_eq!((told.origin.as_str(), told.actor_kind.as_str()), ("command_line", "operator"));
        assert_eq!((told.changes.as_str(), told.account_id.as_deref()), ("[]", Some("a1")));
    }
}
