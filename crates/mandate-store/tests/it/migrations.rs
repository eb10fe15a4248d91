//! Migrations: from any older version, never from a newer one, the same schema on both databases.

use mandate_store::db::{MIGRATIONS, MigrateError, dialect};
use mandate_store::{Db, DbUrl, OpenOptions, labels, params};
use mandate_testing::{STARTED_AT, TestDb, both_databases};

type Columns = Vec<(String, String)>;

/// Every table with its columns and their kinds.
async fn schema(db: &Db) -> Vec<(String, Columns)> {
    let mut tx = db.begin_read().await.expect("a read transaction");
    let mut schema = vec![];
    for table in dialect::table_names(&mut tx).await.expect("table names") {
        let columns = dialect::columns(&mut tx, &table).await.expect("columns");
        schema.push((table, columns));
    }
    schema
}

/// Migrates to `version`, leaving the database as an older program left it.
async fn older(db: &TestDb, version: i64) -> Db {
    let old = db.emptied().await;
    old.migrate_to(STARTED_AT, version).await.expect("the first migrations apply");
    old
}

/// The versions a released program may have left: 0 is a new database.
fn versions() -> impl Iterator<Item = i64> {
    std::iter::once(0).chain(MIGRATIONS.iter().map(|migration| migration.version))
}

#[test]
fn migrations_are_numbered_from_one_without_a_gap() {
    let found: Vec<i64> = MIGRATIONS.iter().map(|migration| migration.version).collect();
    let expected: Vec<i64> = (1..).take(MIGRATIONS.len()).collect();
    assert_eq!(found, expected);
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    assert_eq!(
        std::fs::read_dir(folder).expect("the folder").count(),
        found.len(),
        "a file that is not in the list"
    );
}

both_databases! {
    async fn every_older_version_reaches_the_newest_schema(db: TestDb) {
        let newest = schema(db.db()).await;
        assert!(newest.len() > 20, "the schema has tables");
        for version in versions() {
            let old = older(&db, version).await;
            let n_missing = MIGRATIONS.iter().filter(|migration| migration.version > version).count();
            assert_eq!(old.pending_migrations().await.expect("pending").len(), n_missing);
            assert_eq!(old.migrate(STARTED_AT).await.expect("the rest applies"), n_missing);
            assert_eq!(schema(&old).await, newest, "from version {version}");
            old.close().await;
        }
    }

    async fn a_custom_field_that_history_names_counts_as_used(db: TestDb) {
        let old = older(&db, 28).await;
        let mut tx = old.begin_write().await.expect("a write transaction");
        for key in ["held", "emptied", "unused", "other"] {
            let sql = "INSERT INTO custom_field (id, kind, key, label, label_de, help, type, choices, required, position, version,
                    created_at_us, updated_at_us) VALUES ($1, 'account', $1, $1, '', '', 'text', '', 0, 10, 1, 5, 5)";
            tx.execute(sql, params![key]).await.expect("a field");
        }
        let sql = "INSERT INTO custom_value (record_id, field_id, text_value) VALUES ('r', 'held', 'x')";
        tx.execute(sql, vec![]).await.expect("a value");
        // `other` is named only before it was made: by an earlier field of its key.
        for (seq, at, key) in [(1_i64, 6_i64, "emptied"), (2, 4, "other")] {
            let sql = "INSERT INTO audit_record (seq, at_us, actor_kind, actor_name, origin, action, subject_kind, subject_id, subject_name,
                    changes, previous_hash, hash) VALUES ($1, $2, 'operator', '', 'page', 'account.changed', 'account', 'r', 'r', $3, '', $3)";
            let changes = format!("[{{\"field\":\"custom.{key}\",\"from\":\"x\",\"to\":null}}]");
            tx.execute(sql, params![seq, at, changes]).await.expect("a record");
        }
        db.commit(tx).await;
        old.migrate(STARTED_AT).await.expect("the rest applies");
        let mut tx = old.begin_read().await.expect("a read transaction");
        let rows = tx.fetch_all("SELECT id FROM custom_field WHERE used = 1 ORDER BY id", vec![]).await.expect("rows");
        let used: Vec<String> = rows.iter().map(|row| row.text(0).expect("an id")).collect();
        assert_eq!(used, ["emptied", "held"]);
        drop(tx);
        old.close().await;
    }

    async fn what_is_said_to_end_has_no_renewal_since(db: TestDb) {
        let old = older(&db, 34).await;
        let mut tx = old.begin_write().await.expect("a write transaction");
        let sql = "INSERT INTO account (id, name, name_sort, tier, industry, time_zone, currency, origin, demo, version, created_at_us, updated_at_us)
            VALUES ('a', 'A', 'a', 'key', '', 'UTC', 'EUR', 'entered', 0, 1, 5, 5)";
        tx.execute(sql, vec![]).await.expect("an account");
        for (id, renewal, ends_on, renews_on) in [
            ("1", Some("ends"), None, Some("2028-03-01")),
            ("2", Some("ends"), Some("2027-12-31"), Some("2028-01-01")),
            ("3", Some("ends"), Some("2027-06-30"), Some("2028-01-01")),
            ("4", Some("automatic"), None, Some("2028-01-01")),
            ("5", None, None, Some("2028-01-01")),
        ] {
            let sql = "INSERT INTO contract (id, account_id, kind, title, title_sort, time_zone, currency, starts_on, renewal, ends_on,
                    renews_on, price_change_clause, demo, version, created_at_us, updated_at_us)
                VALUES ($1, 'a', 'master', $1, $1, 'UTC', 'EUR', '2024-01-01', $2, $3, $4, '', 0, 1, 5, 5)";
            let values = params![id, renewal.map(str::to_owned), ends_on.map(str::to_owned), renews_on.map(str::to_owned)];
            tx.execute(sql, values).await.expect("a contract");
        }
        db.commit(tx).await;
        old.migrate(STARTED_AT).await.expect("the rest applies");
        let mut tx = old.begin_read().await.expect("a read transaction");
        let rows = tx.fetch_all("SELECT ends_on, renews_on FROM contract ORDER BY id", vec![]).await.expect("rows");
        let days: Vec<[Option<String>; 2]> =
            rows.iter().map(|row| [0, 1].map(|at| row.text_or_null(at).expect("a day"))).collect();
        let day = |text: &str| Some(text.to_owned());
        assert_eq!(days, [
            [day("2028-02-29"), None], [day("2027-12-31"), None], [day("2027-06-30"), day("2028-01-01")],
            [None, day("2028-01-01")], [None, day("2028-01-01")],
        ]);
        drop(tx);
        old.close().await;
    }

    async fn migrating_again_changes_nothing(db: TestDb) {
        assert_eq!(db.db().migrate(STARTED_AT).await.expect("nothing to do"), 0);
    }

    async fn a_newer_database_is_refused(db: TestDb) {
        let mut tx = db.write().await;
        let sql = "INSERT INTO schema_migration (version, name, sha256, applied_at_us) VALUES ($1, $2, $3, $4)";
        tx.execute(sql, params![999_i64, "from_the_future", "0", STARTED_AT]).await.expect("a row");
        db.commit(tx).await;
        let refused = db.db().migrate(STARTED_AT).await.expect_err("refused");
        let known = MIGRATIONS.len() as i64;
        assert!(matches!(refused, MigrateError::TooNew { found: 999, known: k } if k == known), "{refused}");
    }

    async fn an_edited_migration_is_refused_by_name(db: TestDb) {
        let mut tx = db.write().await;
        let sql = "UPDATE schema_migration SET sha256 = 'edited' WHERE version = $1";
        tx.execute(sql, params![2_i64]).await.expect("an edit");
        db.commit(tx).await;
        let refused = db.db().migrate(STARTED_AT).await.expect_err("refused");
        let name = MIGRATIONS[1].name;
        assert!(matches!(&refused, MigrateError::Edited { version: 2, name: n } if n == name), "{refused}");
    }

    async fn both_folders_yield_the_same_tables_and_columns(db: TestDb) {
        let sqlite = Db::open(&DbUrl::SqliteInMemory, OpenOptions::default()).await.expect("a database");
        sqlite.migrate(STARTED_AT).await.expect("the migrations apply");
        let (expected, found) = (schema(&sqlite).await, schema(db.db()).await);
        let unknown: Vec<&str> = found
            .iter()
            .flat_map(|(table, columns)| columns.iter().map(move |column| (table, column)))
            .filter(|(_, (_, kind))| kind == "other")
            .map(|(table, _)| table.as_str())
            .collect();
        assert_eq!(found, expected);
        assert_eq!(unknown, [""; 0], "only text, integers, doubles and bytes");
    }

    async fn the_registry_has_the_columns_of_the_database(db: TestDb) {
        let mut there: Vec<(String, String)> = schema(db.db())
            .await
            .into_iter()
            .filter(|(table, _)| table != "schema_migration")
            .flat_map(|(table, columns)| columns.into_iter().map(move |(column, _)| (table.clone(), column)))
            .collect();
        there.sort();
        let labelled: Vec<(String, String)> =
            labels::all().map(|(table, column, _)| (table.to_owned(), column.to_owned())).collect();
        assert_eq!(labelled, there);
    }
}
