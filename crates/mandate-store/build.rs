//! An unlabelled column does not build: reads the columns out of the migrations, holds them against `labels.csv`, and
//! embeds the registry.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let root = Path::new(&root);
    let folder = root.join("migrations/sqlite");
    println!("cargo::rerun-if-changed={}", folder.display());
    println!("cargo::rerun-if-changed={}", root.join("labels.csv").display());
    let mut files: Vec<_> =
        fs::read_dir(&folder).expect("migrations").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let mut tables = Tables::new();
    for file in files {
        println!("cargo::rerun-if-changed={}", file.display());
        read_migration(&fs::read_to_string(&file).expect("a migration"), &mut tables);
    }
    let labels = read_labels(&fs::read_to_string(root.join("labels.csv")).expect("labels.csv"));
    let mut problems = vec![];
    for (table, columns) in &tables {
        for column in columns {
            if !labels.contains_key(&(table.clone(), column.clone())) {
                problems.push(format!("{table}.{column} has no label: add `{table},{column},LABEL`"));
            }
        }
    }
    for (table, column) in labels.keys() {
        if !tables.get(table).is_some_and(|columns| columns.contains(column)) {
            problems.push(format!("{table}.{column} has a label and is no column"));
        }
    }
    assert!(problems.is_empty(), "crates/mandate-store/labels.csv:\n{}", problems.join("\n"));
    let mut out = "const LABELS: &[(&str, &str, &str)] = &[\n".to_owned();
    for ((table, column), label) in &labels {
        writeln!(out, "    ({table:?}, {column:?}, {label:?}),").expect("a string grows");
    }
    out.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("labels.rs"), out)
        .expect("OUT_DIR can be written");
}

type Tables = BTreeMap<String, Vec<String>>;

/// The statements our migrations use; `migrations::the_registry_has_the_columns_of_the_database` asks the database itself.
fn read_migration(text: &str, tables: &mut Tables) {
    let without_comments: String =
        text.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    for statement in without_comments.split(';') {
        let words: Vec<&str> = statement.split_whitespace().collect();
        match words.as_slice() {
            ["CREATE", "TABLE", table, ..] => {
                let body = statement.split_once('(').expect("columns").1;
                let columns = split_top(body).into_iter().filter_map(|line| column_of(&line)).collect();
                tables.insert((*table).to_owned(), columns);
            }
            ["ALTER", "TABLE", table, "ADD", "COLUMN", column, ..] => {
                tables.get_mut(*table).expect("a table").push((*column).to_owned());
            }
            ["ALTER", "TABLE", table, "DROP", "COLUMN", column, ..] => {
                tables.get_mut(*table).expect("a table").retain(|known| known != column);
            }
            ["ALTER", "TABLE", table, "RENAME", "TO", name, ..] => {
                let columns = tables.remove(*table).expect("a table");
                tables.insert((*name).to_owned(), columns);
            }
            ["DROP", "TABLE", table, ..] => {
                tables.remove(*table);
            }
            _ => {}
        }
    }
}

/// Splits at commas outside parentheses.
fn split_top(body: &str) -> Vec<String> {
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for character in body.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            break;
        }
        if character == ',' && depth == 0 {
            parts.push(String::new());
        } else {
            parts.last_mut().expect("one at least").push(character);
        }
    }
    parts
}

/// The column a line of a table defines, if it defines one.
fn column_of(line: &str) -> Option<String> {
    let first = line.split_whitespace().next()?;
    let is_constraint = ["PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "CONSTRAINT"].contains(&first)
        || first.starts_with("UNIQUE(")
        || first.starts_with("CHECK(");
    (!is_constraint).then(|| first.to_owned())
}

fn read_labels(text: &str) -> BTreeMap<(String, String), String> {
    const KNOWN: [&str; 8] = ["shared", "internal", "cost", "candid", "valuation", "pay", "system", "secret"];
    let mut labels = BTreeMap::new();
    for (idx, line) in text.lines().enumerate().skip(1).filter(|(_, line)| !line.trim().is_empty()) {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let [table, column, label] = cells.as_slice() else {
            panic!("labels.csv, line {}: `{line}` is not `table,column,label`", idx + 1)
        };
        assert!(KNOWN.contains(label), "labels.csv, line {}: `{label}` is none of {KNOWN:?}", idx + 1);
        let before = labels.insert(((*table).to_owned(), (*column).to_owned()), (*label).to_owned());
        assert!(before.is_none(), "labels.csv, line {}: `{line}` stands twice", idx + 1);
    }
    labels
}
