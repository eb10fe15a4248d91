//! Moving between databases by the command line: SQLite to PostgreSQL and back, equal table by table.

use std::path::{Path, PathBuf};

use mandate_app::open::DbUrl;
use mandate_testing::{TestDb, run_on_postgres};
use serde_json::Value;

use crate::cli::{add_user, run};

fn sqlite(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

fn copied(data: &Path, from: &str, to: &str) -> Value {
    let said = run(data, &["copy", "--from", from, "--to", to, "--json"]);
    assert_eq!(said.code, 0, "{said:?}");
    said.json()["tables"].clone()
}

#[test]
fn sqlite_to_postgres_and_back_is_equal() {
    run_on_postgres("cli_copy::sqlite_to_postgres_and_back_is_equal", async |db: TestDb| {
        let data: PathBuf = db.folder().join("first");
        add_user(&data, "anna@firm.example");
        add_user(&data, "bela@firm.example");
        db.emptied().await.close().await;
        let DbUrl::Postgres(postgres) = db.url().clone() else { panic!("a PostgreSQL database") };
        let from = sqlite(&data.join("mandate.db"));
        let there = copied(&data, &from, &postgres);
        let again = run(&data, &["copy", "--from", &from, "--to", &postgres]);
        assert_eq!(again.code, 3, "{again:?}");
        assert!(again.error.contains("the target is not empty"), "{again:?}");

        let second = db.folder().join("second");
        let back = copied(&data, &postgres, &sqlite(&second.join("mandate.db")));
        assert_eq!(there, back);
        // The copy works: commands read it, on either side.
        let here = run(&second, &["user", "list", "--json"]).json();
        let there = run(&data, &["user", "list", "--json", "--database", &postgres]).json();
        assert_eq!(here, there);
        assert_eq!(here["users"].as_array().map(Vec::len), Some(2));
        // A PostgreSQL backup restores into a folder of its own.
        let backup = db.folder().join("backup");
        let backup = backup.to_string_lossy();
        let made = run(&data, &["backup", &backup, "--database", &postgres]);
        assert_eq!(made.code, 0, "{made:?}");
        let third = db.folder().join("third");
        let restored = run(&data, &["restore", &backup, "--to", &third.to_string_lossy()]);
        assert_eq!(restored.code, 0, "{restored:?}");
        assert_eq!(run(&third, &["user", "list", "--json"]).json(), here);
    });
}
