//! Transactions: nothing without an audit record, nothing half, one writer at a time, one state for a reader.

use mandate_store::audit::{ChainState, list_after, verify_chain};
use mandate_store::{Db, ReadTx, StoreError, params};
use mandate_testing::{TestDb, both_databases};

const SET: &str = "INSERT INTO setting (name, value) VALUES ($1, $2)";
const GET: &str = "SELECT value FROM setting WHERE name = $1";
const CHANGE: &str = "UPDATE setting SET value = $1 WHERE name = $2";

async fn value(tx: &mut ReadTx, name: &str) -> Option<String> {
    let row = tx.fetch_optional(GET, params![name]).await.expect("a query");
    row.map(|row| row.text(0).expect("text"))
}

async fn set(db: &TestDb, name: &str, text: &str) {
    let mut tx = db.write().await;
    tx.execute(SET, params![name, text]).await.expect("a row");
    db.commit(tx).await;
}

/// Reads, adds one, writes: loses an addition unless writers take turns.
async fn add_one(db: Db) {
    let mut tx = db.begin_write().await.expect("a turn to write");
    let read = value(&mut tx, "counter").await.expect("the counter");
    let next = read.parse::<i64>().expect("a number") + 1;
    tokio::task::yield_now().await;
    tx.execute(CHANGE, params![next.to_string(), "counter"]).await.expect("a change");
    tx.commit(TestDb::record("test.counted")).await.expect("a commit");
}

/// Counts for minutes, unless somebody stops it.
const ENDLESS: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT count(*) FROM n";
/// Counts for some hundred milliseconds.
const LONG: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT count(*) FROM n";

both_databases! {
    async fn a_request_that_reads_for_too_long_is_stopped_and_harms_nobody(db: TestDb) {
        set(&db, "colour", "blue").await;
        let limit = std::time::Duration::from_millis(100);
        for _ in 0..12 {
            let begun = std::time::Instant::now();
            let mut tx = db.db().begin_read_within(limit).await.expect("a read");
            assert_eq!(value(&mut tx, "colour").await.as_deref(), Some("blue"));
            let stopped = tx.fetch_all(ENDLESS, vec![]).await;
            assert!(matches!(stopped, Err(StoreError::TooSlow { .. })), "{:?}", stopped.map(|rows| rows.len()));
            assert!(begun.elapsed() < limit * 50, "stopped after {:?}", begun.elapsed());
        }
        // The same connections, without a limit: work of jobs takes what it needs.
        for _ in 0..12 {
            let mut tx = db.read().await;
            assert_eq!(tx.fetch_one(LONG, vec![]).await.expect("a count").int(0).expect("a number"), 1_000_000);
        }
        let mut tx = db.db().begin_read_within(limit).await.expect("a read");
        for _ in 0..30 {
            // Each statement has its own time.
            assert_eq!(value(&mut tx, "colour").await.as_deref(), Some("blue"));
            tokio::time::sleep(limit / 20).await;
        }
    }

    async fn a_dropped_write_leaves_nothing(db: TestDb) {
        let mut tx = db.write().await;
        tx.execute(SET, params!["colour", "blue"]).await.expect("a row");
        assert_eq!(value(&mut tx, "colour").await.as_deref(), Some("blue"));
        drop(tx);
        let mut tx = db.read().await;
        assert_eq!(value(&mut tx, "colour").await, None);
        assert_eq!(list_after(&mut tx, 0, 10).await.expect("records").len(), 0);
    }

    async fn a_dropped_write_lets_the_next_one_begin(db: TestDb) {
        for _ in 0..5 {
            let mut tx = db.write().await;
            tx.execute(SET, params!["colour", "blue"]).await.expect("a row");
            drop(tx);
        }
        set(&db, "colour", "green").await;
    }

    async fn a_commit_keeps_the_work_and_its_record_together(db: TestDb) {
        set(&db, "colour", "blue").await;
        let mut tx = db.read().await;
        assert_eq!(value(&mut tx, "colour").await.as_deref(), Some("blue"));
        assert_eq!(list_after(&mut tx, 0, 10).await.expect("records").len(), 1);
    }

    async fn a_commit_without_a_record_is_refused_and_undone(db: TestDb) {
        let mut tx = db.write().await;
        tx.execute(SET, params!["colour", "blue"]).await.expect("a row");
        let refused = tx.commit_all(vec![]).await.expect_err("refused");
        assert!(matches!(refused, StoreError::Inconsistent { table: "audit_record", .. }), "{refused}");
        assert_eq!(value(&mut db.read().await, "colour").await, None);
    }

    async fn a_failed_statement_undoes_the_whole_transaction(db: TestDb) {
        set(&db, "colour", "blue").await;
        let mut tx = db.write().await;
        tx.execute(SET, params!["shape", "round"]).await.expect("a row");
        tx.execute(SET, params!["colour", "red"]).await.expect_err("taken");
        drop(tx);
        let mut tx = db.read().await;
        assert_eq!(value(&mut tx, "shape").await, None);
        assert_eq!(value(&mut tx, "colour").await.as_deref(), Some("blue"));
    }

    async fn a_reader_sees_one_state_whatever_is_written_meanwhile(db: TestDb) {
        set(&db, "colour", "blue").await;
        let mut reader = db.read().await;
        assert_eq!(value(&mut reader, "colour").await.as_deref(), Some("blue"));
        let mut tx = db.write().await;
        tx.execute(CHANGE, params!["red", "colour"]).await.expect("a change");
        db.commit(tx).await;
        assert_eq!(value(&mut reader, "colour").await.as_deref(), Some("blue"));
        drop(reader);
        assert_eq!(value(&mut db.read().await, "colour").await.as_deref(), Some("red"));
    }

    async fn a_read_transaction_cannot_write(db: TestDb) {
        let mut tx = db.read().await;
        let sql = "INSERT INTO setting (name, value) VALUES ('colour', 'blue') RETURNING name";
        assert!(tx.fetch_all(sql, vec![]).await.is_err());
    }

    async fn fifty_writers_at_once_lose_nothing(db: TestDb) {
        set(&db, "counter", "0").await;
        let tasks: Vec<_> = (0..50).map(|_| tokio::spawn(add_one(db.db().clone()))).collect();
        for task in tasks {
            task.await.expect("no writer panics");
        }
        let mut tx = db.read().await;
        assert_eq!(value(&mut tx, "counter").await.as_deref(), Some("50"));
        let state = verify_chain(&mut tx).await.expect("the chain can be read");
        assert!(matches!(state, ChainState::Whole { n_records: 51, .. }), "{state:?}");
    }

    async fn two_programs_on_one_database_take_turns(db: TestDb) {
        // A second `Db` stands for a second process: the turn kept in memory does not reach it.
        set(&db, "counter", "0").await;
        let other = Db::open(db.url(), Default::default()).await.expect("the database a second time");
        let tasks: Vec<_> = (0..20)
            .map(|n| tokio::spawn(add_one(if n % 2 == 0 { db.db().clone() } else { other.clone() })))
            .collect();
        for task in tasks {
            task.await.expect("no writer panics");
        }
        assert_eq!(value(&mut db.read().await, "counter").await.as_deref(), Some("20"));
        other.close().await;
    }

    async fn a_taken_value_is_named_by_table_and_column(db: TestDb) {
        let insert = "INSERT INTO calendar (id, external_id, name, name_sort, assumed, demo, version, created_at_us,
                             updated_at_us) VALUES ($1, 'CAL-1', 'Office hours', 'office hours', 0, 0, 1, 0, 0)";
        let mut tx = db.write().await;
        tx.execute(insert, params!["one"]).await.expect("the first");
        let refused = tx.execute(insert, params!["two"]).await.expect_err("taken");
        let StoreError::Duplicate { table, column } = refused else { panic!("{refused}") };
        assert_eq!((table.as_str(), column.as_str()), ("calendar", "external_id"));
    }

    async fn many_rows_are_inserted_whole_in_several_statements(db: TestDb) {
        let rows: Vec<_> = (0..1_234).map(|n| params![format!("name-{n:04}"), n.to_string()]).collect();
        let mut tx = db.write().await;
        let n_rows = tx.insert_many("INSERT INTO setting (name, value)", rows, "").await.expect("rows");
        assert_eq!(n_rows, 1_234);
        db.commit(tx).await;
        let mut tx = db.read().await;
        let row = tx.fetch_one("SELECT COUNT(*), MAX(name) FROM setting", vec![]).await.expect("a count");
        assert_eq!((row.int(0).expect("count"), row.text(1).expect("text")), (1_234, "name-1233".to_owned()));
    }

    async fn texts_are_sorted_by_bytes_on_both_databases(db: TestDb) {
        for name in ["b", "B", "a", "é", "Z", "_", "10", "9"] {
            set(&db, name, "").await;
        }
        let rows = db.read().await.fetch_all("SELECT name FROM setting ORDER BY name", vec![]).await;
        let names: Vec<String> = rows.expect("rows").iter().map(|row| row.text(0).expect("text")).collect();
        assert_eq!(names, ["10", "9", "B", "Z", "_", "a", "b", "é"]);
    }
}
