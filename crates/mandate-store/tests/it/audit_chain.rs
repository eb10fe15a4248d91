//! The audit chain: appended with every commit, sealed in the database, and tampering shows.

use mandate_store::audit::{
    Anchors, ChainState, ChainWalk, StoredCheckpoint, StoredRecord, chain_hash, insert_checkpoint,
    last_checkpoint, last_record, list_after, list_checkpoints, verify_chain, verify_from,
};
use mandate_store::params;
use mandate_testing::{STARTED_AT, TestDb, both_databases};

/// Three records: first, second, third.
async fn write_three(db: &TestDb) {
    for action in ["test.first", "test.second", "test.third"] {
        let tx = db.write().await;
        tx.commit(TestDb::record(action)).await.expect("a commit");
    }
}

async fn tamper(db: &TestDb, sql: &str) {
    let mut tx = db.write().await;
    tx.execute(sql, vec![]).await.expect("the change");
    db.commit(tx).await;
}

async fn broken_at(db: &TestDb) -> Option<i64> {
    match verify_chain(&mut db.read().await).await.expect("the chain can be read") {
        ChainState::Whole { .. } => None,
        ChainState::Broken { seq, .. } => Some(seq),
    }
}

both_databases! {
    async fn a_commit_appends_a_record_that_follows_the_one_before(db: TestDb) {
        write_three(&db).await;
        let mut tx = db.read().await;
        let records = list_after(&mut tx, 0, 10).await.expect("records");
        let actions: Vec<&str> = records.iter().map(|record| record.action.as_str()).collect();
        assert_eq!(actions, ["test.first", "test.second", "test.third"]);
        for pair in records.windows(2) {
            assert_eq!(pair[1].previous_hash, pair[0].hash);
        }
        let last_hash = records[2].hash.clone();
        let state = verify_chain(&mut tx).await.expect("the chain can be read");
        assert_eq!(state, ChainState::Whole { n_records: 3, last_hash });
    }

    async fn the_same_records_give_the_same_hashes_on_both_databases(db: TestDb) {
        write_three(&db).await;
        let records = list_after(&mut db.read().await, 2, 1).await.expect("records");
        assert_eq!(records[0].hash, "109d8c0f48233e9b71eee5ba2f9fa967232f41fc9b221ff74272a856c9cc7271");
    }

    async fn the_database_itself_refuses_to_change_or_remove_a_record_or_a_checkpoint(db: TestDb) {
        write_three(&db).await;
        keep_checkpoint(&db, 2, "a hash").await;
        for sql in [
            "UPDATE audit_record SET subject_name = 'Someone else' WHERE seq = 2",
            "DELETE FROM audit_record WHERE seq = 2",
            "UPDATE audit_checkpoint SET hash = 'another' WHERE seq = 2",
            "DELETE FROM audit_checkpoint WHERE seq = 2",
        ] {
            let refused = db.write().await.execute(sql, vec![]).await;
            let error = refused.expect_err(sql);
            let told = format!("{:?}", std::error::Error::source(&error).map(ToString::to_string));
            assert!(told.contains("are never"), "{sql}: {told}");
        }
        assert_eq!(broken_at(&db).await, None);
    }

    async fn an_edited_record_shows(db: TestDb) {
        db.unseal_audit().await;
        write_three(&db).await;
        tamper(&db, "UPDATE audit_record SET subject_name = 'Someone else' WHERE seq = 3").await;
        assert_eq!(broken_at(&db).await, Some(3));
    }

    async fn a_removed_record_shows(db: TestDb) {
        db.unseal_audit().await;
        write_three(&db).await;
        tamper(&db, "DELETE FROM audit_record WHERE seq = 3").await;
        assert_eq!(broken_at(&db).await, Some(4));
    }

    async fn reordered_records_show(db: TestDb) {
        db.unseal_audit().await;
        write_three(&db).await;
        for sql in [
            "UPDATE audit_record SET seq = 100 WHERE seq = 2",
            "UPDATE audit_record SET seq = 2 WHERE seq = 3",
            "UPDATE audit_record SET seq = 3 WHERE seq = 100",
        ] {
            let mut tx = db.write().await;
            tx.execute(sql, params![]).await.expect("the change");
            // The tail stays the last record: only the order of two before it is turned round.
            db.commit(tx).await;
        }
        assert_eq!(broken_at(&db).await, Some(2));
    }

    async fn a_record_slipped_in_between_shows(db: TestDb) {
        db.unseal_audit().await;
        write_three(&db).await;
        for sql in [
            "UPDATE audit_record SET seq = 5 WHERE seq = 4",
            "INSERT INTO audit_record (seq, at_us, actor_kind, actor_name, origin, action, subject_kind, subject_id,
                    subject_name, changes, previous_hash, hash)
             SELECT 4, at_us, actor_kind, actor_name, origin, 'test.forged', subject_kind, subject_id, subject_name,
                    changes, hash, hash FROM audit_record WHERE seq = 3",
        ] {
            tamper(&db, sql).await;
        }
        assert_eq!(broken_at(&db).await, Some(4));
    }

    async fn a_chain_that_was_cut_off_shows_against_a_checkpoint_only(db: TestDb) {
        db.unseal_audit().await;
        write_three(&db).await;
        let (seq, hash) = last_record(&mut db.read().await).await.expect("a read").expect("a record");
        let mut anchors = Anchors::default();
        anchors.add(seq, &hash);
        let mut tx = db.write().await;
        tx.execute("DELETE FROM audit_record WHERE seq >= 3", vec![]).await.expect("the cut");
        // The commit's own record takes the place of the one that was cut off.
        db.commit(tx).await;
        assert_eq!(broken_at(&db).await, None);
        let mut tx = db.read().await;
        let state = verify_from(&mut tx, ChainWalk::default(), &anchors).await.expect("the chain can be read");
        let what = "the records end at 3, and record 4 was signed".to_owned();
        assert_eq!(state, ChainState::Broken { seq: 4, what });
    }

    async fn a_record_has_one_checkpoint(db: TestDb) {
        write_three(&db).await;
        assert!(keep_checkpoint(&db, 2, "first").await);
        assert!(!keep_checkpoint(&db, 2, "second").await);
        assert!(keep_checkpoint(&db, 3, "third").await);
        let mut tx = db.read().await;
        let kept = list_checkpoints(&mut tx, 0).await.expect("checkpoints");
        assert_eq!(kept.iter().map(|it| it.hash.as_str()).collect::<Vec<_>>(), ["first", "third"]);
        assert_eq!(last_checkpoint(&mut tx).await.expect("a read"), kept.last().cloned());
        assert_eq!(list_checkpoints(&mut tx, 2).await.expect("checkpoints"), kept[1..]);
    }

    async fn ten_thousand_random_tamperings_all_show(db: TestDb) {
        for n in 0..40 {
            db.write().await.commit(TestDb::record(&format!("test.number_{n}"))).await.expect("a commit");
        }
        let records = list_after(&mut db.read().await, 0, 100).await.expect("records");
        let mut anchors = Anchors::default();
        for seq in [10_usize, 20, 30, 40] {
            anchors.add(records[seq - 1].seq, &records[seq - 1].hash);
        }
        assert!(matches!(walk(&records, &anchors), ChainState::Whole { n_records: 40, .. }));
        let mut chance = Chance(1);
        let mut unseen = vec![];
        for _ in 0..10_000 {
            let mut tampered = records.clone();
            let what = tamper_with(&mut tampered, &mut chance);
            if matches!(walk(&tampered, &anchors), ChainState::Whole { .. }) {
                unseen.push(what);
            }
        }
        assert_eq!(unseen, Vec::<String>::new());
    }
}

async fn keep_checkpoint(db: &TestDb, seq: i64, hash: &str) -> bool {
    let checkpoint = StoredCheckpoint {
        seq,
        hash: hash.to_owned(),
        at: STARTED_AT,
        chain: "a chain".to_owned(),
        key_id: "a key".to_owned(),
        signature: "a signature".to_owned(),
    };
    insert_checkpoint(db.write().await, &checkpoint).await.expect("a checkpoint")
}

fn walk(records: &[StoredRecord], anchors: &Anchors) -> ChainState {
    let mut walk = ChainWalk::default();
    for record in records {
        if let Some(broken) = walk.step(record, anchors) {
            return broken;
        }
    }
    walk.end(anchors)
}

/// The same numbers on every run: splitmix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap_or(0)
    }
}

/// Makes the chain anew from `from` on, as someone who knows how it is made would.
fn make_anew(records: &mut [StoredRecord], from: usize) {
    for at in from..records.len() {
        records[at].seq = i64::try_from(at).unwrap_or(0) + 1;
        if at > 0 {
            records[at].previous_hash = records[at - 1].hash.clone();
        }
        records[at].hash = chain_hash(&records[at]);
    }
}

/// Edits, removes, doubles, swaps, cuts off, or does so and makes the chain anew; what was done.
fn tamper_with(records: &mut Vec<StoredRecord>, chance: &mut Chance) -> String {
    let at = chance.below(records.len());
    let what = chance.below(8);
    match what {
        0 => records[at].subject_name.push('x'),
        1 => records[at].at = records[at].at.plus_seconds(1),
        2 => records[at].changes = r#"[{"field":"name","from":null,"to":"x"}]"#.to_owned(),
        3 => records[at].account_id = Some(String::new()),
        4 => drop(records.remove(at)),
        // Doubling the last and making it fit is no tampering with what was: it is one more record.
        5 => {
            let at = at.min(records.len() - 2);
            records.insert(at, records[at].clone());
        }
        6 => {
            let other = (at + 1 + chance.below(records.len() - 1)) % records.len();
            records.swap(at, other);
        }
        _ => records.truncate(at),
    }
    // Truncating already leaves a chain that fits; the others are seen even when every later hash was made again.
    if what != 7 && chance.below(2) == 0 {
        make_anew(records, 0);
    }
    format!("tampering {what} at {at}")
}
