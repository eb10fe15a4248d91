//! Backups, restores and copies: equal or refused, on both databases and between them.

use std::fs;
use std::path::{Path, PathBuf};

use mandate_app::audit::{Evidence, verify_audit};
use mandate_app::backup::{BackupError, Manifest, RestoreTarget, TableEntry, back_up, restore, verify};
use mandate_app::book::create;
use mandate_app::copy::{CopyError, CopyRequest, copy};
use mandate_app::doctor::{Depth, Verdict, examine};
use mandate_app::identity::{NewUser, create_user};
use mandate_app::open::{DbUrl, HasBackup, Upgraded, open, upgrade};
use mandate_app::progress::Silent;
use mandate_app::{Actor, Ctx};
use mandate_domain::book::{Account, Draft};
use mandate_domain::identity::Role;
use mandate_store::audit::ChainState;
use mandate_testing::{TestDb, both_databases};
use sha2::{Digest as _, Sha256};

/// Users whose names hold what files and databases get wrong, and one event file that counts.
async fn fill(db: &TestDb) {
    let (ctx, operator) = (db.ctx(), Actor::operator());
    for (position, name) in
        ["Anna", "Żółć \"Öttevényi\"", "comma, 'quote'\u{2028}", "😀 %_\\"].iter().enumerate()
    {
        let new = NewUser {
            email: format!("user{position}@firm.example"),
            display_name: (*name).to_owned(),
            roles: vec![Role::Sponsor, Role::AccountManager],
            person_id: None,
            locale: "en-GB".to_owned(),
            time_zone: "UTC".to_owned(),
        };
        create_user(&ctx, &operator, new).await.expect("a user");
    }
    add_event_file(&ctx, db, "2026-01/a.parquet", b"PAR1 not really PAR1").await;
}

async fn add_event_file(ctx: &Ctx, db: &TestDb, path: &str, bytes: &[u8]) {
    let file = ctx.data_folder().join("events").join(path);
    fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    fs::write(&file, bytes).expect("a file");
    let sha256: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut tx = db.write().await;
    let source = "
        INSERT INTO event_source (id, name, profile, time_zone, time_zone_assumed, note, n_cases, n_events, demo, version,
               created_at_us, updated_at_us)
        VALUES ('source', 'Desk', 'servicenow', 'UTC', 0, '', 0, 0, 0, 1, 0, 0)";
    tx.execute(source, vec![]).await.expect("a source");
    let row = format!(
        "INSERT INTO event_file (path, source_id, month, n_events, n_bytes, sha256, min_at_us, max_at_us, batch_id, state,
                created_at_us)
         VALUES ('{path}', 'source', '2026-01', 1, {}, '{sha256}', 0, 0, 'batch', 'active', 0)",
        bytes.len()
    );
    tx.execute(&row, vec![]).await.expect("a file row");
    db.commit(tx).await;
}

async fn backed_up(db: &TestDb) -> (PathBuf, Manifest) {
    fill(db).await;
    let folder = db.folder().join("backup");
    let made = back_up(&db.ctx(), &Actor::operator(), &folder, &mut Silent).await;
    let manifest = made.expect("a backup");
    (folder, manifest)
}

fn target(db: &TestDb, name: &str) -> RestoreTarget {
    let data_folder = db.folder().join(name);
    let database = DbUrl::Sqlite(data_folder.join("mandate.db"));
    RestoreTarget { data_folder, database }
}

/// Restores into a fresh folder; the tables restored, hashed again from the restored database by a new backup.
async fn restored_tables(db: &TestDb, folder: &Path, name: &str) -> Vec<TableEntry> {
    let target = target(db, name);
    restore(folder, &target, &mut Silent).await.expect("a restore");
    let ctx = open(&target.database, &target.data_folder).await.expect("the restored database");
    assert_eq!(upgrade(&ctx, HasBackup::No).await.expect("up to date"), Upgraded::UpToDate);
    let again = db.folder().join(format!("{name}-again"));
    let manifest = back_up(&ctx, &Actor::operator(), &again, &mut Silent).await.expect("a backup of it");
    ctx.close().await;
    assert_eq!(fs::read(target.data_folder.join("events/2026-01/a.parquet")).expect("the file").len(), 20);
    manifest.tables
}

fn damage(error: &BackupError) -> String {
    match error {
        BackupError::Damaged { what } => what.clone(),
        other => panic!("refused for another reason: {other}"),
    }
}

both_databases! {
    async fn a_restored_backup_has_the_same_rows_in_every_table(db: TestDb) {
        let (folder, manifest) = backed_up(&db).await;
        assert_eq!(verify(&folder, &mut Silent).await.expect("whole"), manifest);
        let users = manifest.tables.iter().find(|entry| entry.table == "app_user").expect("users");
        assert_eq!(users.n_rows, 4);
        assert_eq!(restored_tables(&db, &folder, "restored").await, manifest.tables);
    }

    async fn a_backup_with_one_changed_missing_or_added_file_is_refused(db: TestDb) {
        let (folder, manifest) = backed_up(&db).await;
        let refused = async |what: &str| {
            let target = target(&db, "refused");
            let error = restore(&folder, &target, &mut Silent).await.expect_err(what);
            assert!(!target.data_folder.exists(), "{what}: something was left behind");
            damage(&error)
        };
        for path in manifest.files.iter().map(|file| file.path.as_str()).chain(["manifest.json"]) {
            let path = folder.join(path);
            let good = fs::read(&path).expect("a file");
            if good.is_empty() {
                continue;
            }
            let mut bad = good.clone();
            let middle = bad.len() / 2;
            bad[middle] ^= 1;
            fs::write(&path, &bad).expect("a flipped bit");
            refused("a flipped bit").await;
            fs::write(&path, &good).expect("mended");
        }
        let events = folder.join("events/2026-01");
        fs::rename(events.join("a.parquet"), folder.join("../kept")).expect("moved");
        assert!(refused("a missing file").await.ends_with("is missing"));
        fs::rename(folder.join("../kept"), events.join("a.parquet")).expect("moved back");
        fs::write(events.join("b.parquet"), b"more").expect("a file");
        assert!(refused("an added file").await.ends_with("is not in the manifest"));
        fs::remove_file(events.join("b.parquet")).expect("removed");
        verify(&folder, &mut Silent).await.expect("whole again");
    }

    async fn a_restore_never_writes_over_anything(db: TestDb) {
        let (folder, _) = backed_up(&db).await;
        let target = target(&db, "filled");
        fs::create_dir_all(&target.data_folder).expect("a folder");
        fs::write(target.data_folder.join("notes.txt"), b"mine").expect("a file");
        let error = restore(&folder, &target, &mut Silent).await.expect_err("not empty");
        assert!(matches!(error, BackupError::NotEmpty { .. }), "{error}");
        assert_eq!(fs::read(target.data_folder.join("notes.txt")).expect("still there"), b"mine");
        let error = back_up(&db.ctx(), &Actor::operator(), &folder, &mut Silent).await.expect_err("not empty");
        assert!(matches!(error, BackupError::NotEmpty { .. }), "{error}");
    }

    async fn a_backup_that_would_miss_an_event_file_is_not_made(db: TestDb) {
        fill(&db).await;
        let file = db.ctx().data_folder().join("events/2026-01/a.parquet");
        fs::write(&file, b"PAR1 something else!").expect("changed");
        let folder = db.folder().join("backup");
        let error = back_up(&db.ctx(), &Actor::operator(), &folder, &mut Silent).await.expect_err("changed");
        assert!(matches!(error, BackupError::EventFile { .. }), "{error}");
        fs::remove_file(&file).expect("removed");
        let error = back_up(&db.ctx(), &Actor::operator(), &folder, &mut Silent).await.expect_err("missing");
        assert!(matches!(error, BackupError::EventFile { .. }), "{error}");
        assert_eq!(fs::read_dir(db.folder()).expect("a folder").filter(|entry| {
            entry.as_ref().is_ok_and(|entry| entry.file_name().to_string_lossy().contains("backup"))
        }).count(), 0, "something was left behind");
    }

    async fn a_copy_there_and_back_is_equal(db: TestDb) {
        let (_, manifest) = backed_up(&db).await;
        let middle = DbUrl::Sqlite(db.folder().join("middle.db"));
        let data = db.ctx().data_folder().to_path_buf();
        let folders = Some((data.clone(), db.folder().join("middle")));
        let there = CopyRequest { from: db.url().clone(), to: middle.clone(), folders };
        let copied = copy(&there, &mut Silent).await.expect("a copy");
        assert_eq!(copied.n_event_files, 1);
        assert!(db.folder().join("middle/events/2026-01/a.parquet").exists());
        // The backup itself went on record after its tables were hashed.
        let changed: Vec<&str> = copied.tables.iter().zip(&manifest.tables).filter(|(copied, earlier)| copied != earlier)
            .map(|(copied, _)| copied.table.as_str()).collect();
        assert_eq!(changed, ["audit_record"]);

        let full = CopyRequest { from: middle.clone(), to: db.url().clone(), folders: None };
        let error = copy(&full, &mut Silent).await.expect_err("not empty");
        assert!(matches!(error, CopyError::TargetNotEmpty { .. }), "{error}");

        let back_to = if db.db().is_postgres() {
            db.emptied().await.close().await;
            db.url().clone()
        } else {
            DbUrl::Sqlite(db.folder().join("back.db"))
        };
        let back = CopyRequest { from: middle.clone(), to: back_to.clone(), folders: None };
        assert_eq!(copy(&back, &mut Silent).await.expect("a copy back").tables, copied.tables);
        let same = CopyRequest { from: middle.clone(), to: middle, folders: None };
        assert!(matches!(copy(&same, &mut Silent).await, Err(CopyError::SameDatabase)));
        let ctx = open(&back_to, &data).await.expect("the copy");
        let chain = verify_audit(&ctx, &Actor::operator(), &Evidence::default()).await.expect("a walk").chain;
        assert!(matches!(chain, ChainState::Whole { .. }), "{chain:?}");
        ctx.close().await;
    }

    async fn the_doctor_names_what_is_wrong(db: TestDb) {
        fill(&db).await;
        let (ctx, operator) = (db.ctx(), Actor::operator());
        // Without a folder outside, checkpoints are worth a notice and no more.
        let all = examine(&ctx, &operator, Depth::Names, &mut Silent).await.expect("checks");
        assert!(all.iter().any(|check| check.name == "checkpoints" && check.verdict == Verdict::Notice));
        let wrong = async |depth| {
            let checks = examine(&ctx, &operator, depth, &mut Silent).await.expect("checks");
            checks.into_iter().filter(|check| !(check.name == "checkpoints" && check.verdict == Verdict::Notice))
                .filter(|check| check.verdict != Verdict::Fine).map(|check| check.name).collect::<Vec<_>>()
        };
        assert_eq!(wrong(Depth::Contents).await, Vec::<&str>::new());
        let file = ctx.data_folder().join("events/2026-01/a.parquet");
        fs::write(&file, b"PAR1 something else!").expect("changed");
        assert_eq!(wrong(Depth::Names).await, Vec::<&str>::new());
        assert_eq!(wrong(Depth::Contents).await, ["event files"]);
        fs::rename(&file, file.with_extension("gone")).expect("moved");
        assert_eq!(wrong(Depth::Names).await, ["event files", "stray files"]);
        db.unseal_audit().await;
        let mut tx = db.write().await;
        tx.execute("UPDATE audit_record SET subject_name = 'Another' WHERE seq = 2", vec![]).await.expect("tampered");
        db.commit(tx).await;
        assert_eq!(wrong(Depth::Names).await, ["audit", "event files", "stray files"]);
    }
}

both_databases! {
    async fn the_doctor_names_amounts_in_currencies_whose_decimals_changed(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        for (id, code) in [("A-1", "CLF"), ("A-2", "CLF"), ("A-3", "EUR")] {
            let draft = Draft::new().with("external_id", id).with("name", id).with("time_zone", "UTC").with("currency", code);
            create::<Account>(&ctx, &operator, draft.with("annual_value", "12.50")).await.expect("an account");
        }
        let amounts = async || {
            let checks = examine(&ctx, &operator, Depth::Names, &mut Silent).await.expect("checks");
            checks.into_iter().find(|check| check.name == "amounts").map(|check| (check.verdict, check.detail))
        };
        assert_eq!(amounts().await, None, "what is saved by this version is right");
        let mut tx = db.write().await;
        tx.execute("UPDATE account SET updated_at_us = 0 WHERE external_id <> 'A-2'", vec![]).await.expect("saved long ago");
        db.commit(tx).await;
        let (verdict, detail) = amounts().await.expect("a notice");
        assert!(verdict == Verdict::Notice && detail.starts_with("accounts in CLF: 1; last saved before"), "{detail}");
    }
}

/// A database one migration behind, with data: what an upgrade meets.
async fn older(db: &TestDb) -> Ctx {
    let old = db.emptied().await;
    old.migrate_to(mandate_testing::STARTED_AT, 1).await.expect("the first migration");
    let clock = std::sync::Arc::new(mandate_testing::clock());
    Ctx::new(old, clock, [1; 32], db.ctx().data_folder().to_path_buf())
}

both_databases! {
    async fn an_upgrade_backs_up_first_or_asks_for_a_backup(db: TestDb) {
        let ctx = older(&db).await;
        let newest = mandate_store::copy::newest_version();
        let backup = ctx.data_folder().join(format!("backups/before-upgrade-1-to-{newest}.db"));
        let first = upgrade(&ctx, HasBackup::No).await;
        if db.db().is_postgres() {
            let error = first.expect_err("a backup is asked for");
            assert!(error.to_string().contains("--i-have-a-backup"), "{error}");
            let done = upgrade(&ctx, HasBackup::Yes).await.expect("an upgrade");
            assert_eq!(done, Upgraded::From { from: 1, to: newest, backup: None });
        } else {
            let done = first.expect("an upgrade");
            assert_eq!(done, Upgraded::From { from: 1, to: newest, backup: Some(backup.clone()) });
            let old = open(&DbUrl::Sqlite(backup), ctx.data_folder()).await.expect("the copy of before");
            let checks = examine(&old, &Actor::operator(), Depth::Names, &mut Silent).await;
            // The copy has the old schema: its event files cannot even be asked for.
            assert!(checks.is_err());
            old.close().await;
        }
        assert_eq!(upgrade(&ctx, HasBackup::No).await.expect("done"), Upgraded::UpToDate);
        ctx.close().await;
    }
}
