//! Rules of the store: migrations in pairs, rooms write their own tables, facts are never updated.

use std::collections::BTreeSet;

use super::source::{Source, sources};
use super::{files, none, read};

/// Tables by the room that owns them (LAYOUT.md section 3). A room's code is `<room>.rs` or `<room>/` of the store.
const OWNERS: [(&str, &[&str]); 14] = [
    ("settings", &["setting"]),
    (
        "identity",
        &[
            "app_user",
            "user_role",
            "session",
            "api_token",
            "setup_link",
            "saved_view",
            "default_view",
            "second_factor",
            "recovery_code",
            "pending_sign_in",
            "passkey",
            "passkey_challenge",
            "provider_link",
            "sign_in_attempt",
            "decision_right",
            "decision_right_account",
            "decision_right_product",
            "decision_use",
            "delegation",
            "decision_policy",
            "sealed_reading",
            "wall_signature",
        ],
    ),
    ("audit", &["audit_record", "audit_value", "audit_checkpoint"]),
    ("idempotency", &["idempotency_key"]),
    ("jobs", &["job"]),
    ("mail", &["mail"]),
    ("sources", &["import_source", "import_arrival", "import_fetch"]),
    ("webhooks", &["webhook_endpoint", "webhook_delivery", "webhook_attempt"]),
    ("notifications", &["notification", "notification_choice", "notification_time"]),
    ("exchange", &["import_batch", "import_change", "import_mapping"]),
    ("bulk_edits", &["bulk_edit", "bulk_edit_row"]),
    ("search", &["search_entry"]),
    // It also says whose other rooms' rows are: by `merge::Place` alone, whose every column a test knows.
    ("merge", &["record_merge", "record_merge_row", "record_alias", "not_duplicate"]),
    (
        "book",
        &[
            "line_of_business",
            "team",
            "product",
            "account",
            "person",
            "account_person",
            "account_coverage",
            "contract",
            "contract_line",
            "contract_line_cost",
            "candid_note",
            "expectation_share",
            "list_price",
            "exchange_rate",
            "amendment",
            "stake",
            "expertise",
            "career_step",
            "acquaintance",
            "expectation",
            "promise",
            "handover",
            "handover_item",
            "manager_decision",
            "communication",
            "review",
            "opportunity",
            "actual",
            "actual_cost",
            "record_link",
            "note",
            "note_mention",
            "attachment",
            "attachment_piece",
            "record_tag",
            "tag_rename",
            "tag_rename_row",
            "custom_field",
            "custom_value",
            "custom_value_cost",
        ],
    ),
];

/// Records that are corrected by a new row, never in place; removed only by the named operations of `wipe`.
const NEVER_UPDATED: [&str; 9] = [
    "audit_record",
    "audit_value",
    "audit_checkpoint",
    "wall_signature",
    "credit_answer",
    "decision_policy",
    "decision_use",
    "kpi_walkthrough",
    "result_review",
];

const WRITES: [&str; 3] = ["INSERT INTO ", "UPDATE ", "DELETE FROM "];

/// Every statement that writes, outside tests: source, line, verb, table.
fn writes(sources: &[Source]) -> Vec<(&Source, usize, &'static str, String)> {
    let mut found = vec![];
    for source in sources.iter().filter(|it| it.is_product() && it.crate_name() == "mandate-store") {
        for (line, text) in source.spoken_lines() {
            for verb in WRITES {
                for (at, _) in text.match_indices(verb) {
                    let rest = &text[at + verb.len()..];
                    let table: String =
                        rest.chars().take_while(|it| it.is_ascii_lowercase() || *it == '_').collect();
                    // `ON CONFLICT ... DO UPDATE SET` and `FOR UPDATE` name no table.
                    if !table.is_empty() {
                        found.push((source, line, verb, table));
                    }
                }
            }
        }
    }
    found
}

fn room(source: &Source) -> &str {
    let inside = source.path.trim_start_matches("crates/mandate-store/src/");
    inside.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

fn migrations(folder: &str) -> Vec<(String, String)> {
    let start = format!("crates/mandate-store/migrations/{folder}/");
    files()
        .into_iter()
        .filter(|path| path.starts_with(&start))
        .map(|path| (path[start.len()..].to_owned(), read(&path)))
        .collect()
}

/// The PostgreSQL text of a SQLite migration: the same statements with its names of the kinds.
fn to_postgres(sqlite: &str) -> String {
    let kinds = [
        ("TEXT", "TEXT COLLATE \"C\""),
        ("INTEGER", "BIGINT"),
        ("REAL", "DOUBLE PRECISION"),
        ("BLOB", "BYTEA"),
    ];
    // The one day that a migration counts.
    let sqlite = sqlite.replace("date(renews_on, '-1 day')", "to_char(renews_on::date - 1, 'YYYY-MM-DD')");
    let mut out = String::new();
    for line in sqlite.replace(") STRICT;", ");").lines() {
        let column = line.strip_prefix("  ").and_then(|rest| rest.split_once(' '));
        let turned = column.and_then(|(name, rest)| {
            let (from, to) = kinds.iter().find(|(from, _)| {
                rest.strip_prefix(from)
                    .is_some_and(|after| !after.starts_with(|it: char| it.is_alphanumeric()))
            })?;
            Some(format!("  {name} {to}{}", &rest[from.len()..]))
        });
        out.push_str(&turned.unwrap_or_else(|| line.to_owned()));
        out.push('\n');
    }
    out
}

#[test]
fn both_migration_folders_hold_the_same_names() {
    let names = |folder| migrations(folder).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert!(!names("sqlite").is_empty());
    assert_eq!(names("sqlite"), names("postgres"));
    for name in names("sqlite") {
        let numbered =
            name.len() > 9 && name[..4].bytes().all(|byte| byte.is_ascii_digit()) && &name[4..5] == "_";
        assert!(numbered && name.ends_with(".sql"), "{name} is not NNNN_name.sql");
    }
}

#[test]
fn the_postgres_migrations_say_what_the_sqlite_ones_say() {
    let postgres = migrations("postgres");
    let mut breaches = vec![];
    for (name, sqlite) in migrations("sqlite") {
        let found = postgres.iter().find(|(other, _)| *other == name).map(|(_, text)| text.as_str());
        let expected = to_postgres(&sqlite);
        for (idx, line) in expected.lines().enumerate() {
            let other = found.and_then(|found| found.lines().nth(idx)).unwrap_or_default();
            if other != line {
                breaches.push(format!("postgres/{name}:{} should be `{line}`", idx + 1));
                break;
            }
        }
        if found.is_some_and(|found| found.lines().count() != expected.lines().count()) {
            breaches.push(format!("postgres/{name} has another number of lines"));
        }
    }
    none(breaches);
}

#[test]
fn a_room_writes_only_its_own_tables() {
    let owned: BTreeSet<&str> = OWNERS.iter().flat_map(|(_, tables)| tables.iter().copied()).collect();
    let mut breaches = vec![];
    for (source, line, verb, table) in writes(&sources()) {
        let (room, place) = (room(source), source.place(line));
        let owner =
            OWNERS.iter().find(|(_, tables)| tables.contains(&table.as_str())).map(|(owner, _)| *owner);
        // What no other room owns is of facts: its tables are the many.
        let owner = owner.unwrap_or("facts");
        if room == "db" || room == "wipe" {
            continue;
        }
        if room == "reads" {
            breaches.push(format!("{place} `{verb}{table}`: read models never write"));
        } else if room != owner {
            breaches.push(format!("{place} `{verb}{table}`: that table belongs to {owner}"));
        }
    }
    assert!(owned.contains("account"));
    none(breaches);
}

#[test]
fn facts_and_records_are_never_updated() {
    let mut breaches = vec![];
    for (source, line, verb, table) in writes(&sources()) {
        if verb != "INSERT INTO " && NEVER_UPDATED.contains(&table.as_str()) && room(source) != "wipe" {
            breaches.push(format!("{} `{verb}{table}`: correct it by a new row", source.place(line)));
        }
    }
    none(breaches);
}

#[test]
fn only_the_store_speaks_sql() {
    let mut breaches = vec![];
    for source in sources().iter().filter(|it| it.is_product() && it.crate_name() != "mandate-store") {
        for (line, text) in source.spoken_lines() {
            let speaks =
                ["INSERT INTO ", "DELETE FROM ", "ORDER BY ", "\"SELECT ", "    SELECT ", "CREATE TABLE "];
            if speaks.iter().any(|word| text.contains(word)) {
                breaches.push(format!("{} SQL outside the store", source.place(line)));
            }
        }
    }
    none(breaches);
}

#[test]
fn statements_name_their_columns_and_run_on_both_databases() {
    // What only one database knows, or both read differently; the few exceptions stand in db/dialect.rs.
    let words = [
        ("SELECT *", "name the columns"),
        (" OFFSET ", "page by key"),
        ("ILIKE", "compare folded text"),
        ("NOW()", "bind the instant"),
        ("datetime(", "bind the instant"),
        ("strftime(", "compute it in Rust"),
        ("= ANY(", "SQLite has no arrays"),
        ("SKIP LOCKED", "there is one writer"),
        ("FOR UPDATE", "there is one writer"),
        ("INSERT OR ", "ON CONFLICT is known to both"),
        ("AUTOINCREMENT", "ids are made in Rust"),
    ];
    let mut breaches = vec![];
    for source in sources().iter().filter(|it| it.is_product() && it.crate_name() == "mandate-store") {
        if source.path.ends_with("db/dialect.rs") {
            continue;
        }
        for (line, text) in source.spoken_lines() {
            for (word, advice) in words.iter().filter(|(word, _)| text.contains(word)) {
                breaches.push(format!("{} `{}`: {advice}", source.place(line), word.trim()));
            }
        }
    }
    none(breaches);
}
