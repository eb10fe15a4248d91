//! The audit chain: appended with every commit, and tampering shows.

use mandate_store::audit::{ChainState, list_after, verify_chain};
use mandate_store::params;
use mandate_testing::{TestDb, both_databases};

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

    async fn an_edited_record_shows(db: TestDb) {
        write_three(&db).await;
        tamper(&db, "UPDATE audit_record SET subject_name = 'Someone else' WHERE seq = 2").await;
        assert_eq!(broken_at(&db).await, Some(2));
    }

    async fn a_removed_record_shows(db: TestDb) {
        write_three(&db).await;
        tamper(&db, "DELETE FROM audit_record WHERE seq = 2").await;
        assert_eq!(broken_at(&db).await, Some(3));
    }

    async fn reordered_records_show(db: TestDb) {
        write_three(&db).await;
        for sql in [
            "UPDATE audit_record SET seq = 100 WHERE seq = 1",
            "UPDATE audit_record SET seq = 1 WHERE seq = 2",
            "UPDATE audit_record SET seq = 2 WHERE seq = 100",
        ] {
            let mut tx = db.write().await;
            tx.execute(sql, params![]).await.expect("the change");
            // The tail stays the last record: only the order of the first two is turned round.
            db.commit(tx).await;
        }
        assert_eq!(broken_at(&db).await, Some(1));
    }

    async fn a_record_slipped_in_between_shows(db: TestDb) {
        write_three(&db).await;
        for sql in [
            "UPDATE audit_record SET seq = 4 WHERE seq = 3",
            "INSERT INTO audit_record (seq, at_us, actor_kind, actor_name, origin, action, subject_kind, subject_id,
                    subject_name, changes, previous_hash, hash)
             SELECT 3, at_us, actor_kind, actor_name, origin, 'test.forged', subject_kind, subject_id, subject_name,
                    changes, hash, hash FROM audit_record WHERE seq = 2",
        ] {
            tamper(&db, sql).await;
        }
        assert_eq!(broken_at(&db).await, Some(3));
    }
}
