//! Rules of what takes a purpose: which code may name a labelled column, and who may ask for everything.
//!
//! The label registry keeps lists, records, forms, the API, exports and the audit record by itself. SQL that is written by hand
//! is not a list: each place that names a labelled column of a table stands here, with what keeps it.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Source, sources};
use super::{none, read};

/// Files of the store that name a column which takes a purpose, by table, and what keeps it from whoever is not cleared.
const NAMED: [(&str, &str, &str); 24] = [
    ("audit.rs", "audit_value", "read by the page of a record, for who is cleared for the purpose beside it"),
    (
        "book/candid_notes.rs",
        "candid_note",
        "texts are `Labeled`; asked for only by `book::candid`, after a proof",
    ),
    ("book/commercial_tables.rs", "actual_cost", "comes out `Labeled`"),
    ("book/tables.rs", "contract_line_cost", "comes out `Labeled`"),
    (
        "book/tables.rs",
        "custom_value_cost",
        "how often it was saved, which `Saved::cleared` adds for who is cleared",
    ),
    ("book/custom_fields.rs", "custom_value_cost", "read only with a clearance that has the purpose"),
    ("db/migrate.rs", "contract_line_cost", "names of migrations"),
    ("reads/commercial_lists.rs", "actual_cost", "a field of a list, taken out for whoever is not cleared"),
    ("reads/growth.rs", "actual_cost", "read for who is cleared only, and comes out `Labeled`"),
    ("wipe.rs", "actual_cost", "removed with the demo book"),
    (
        "exchange.rs",
        "import_batch",
        "the hash is compared with that of a file that is given, and never shown",
    ),
    ("identity/walls.rs", "sealed_reading", "tells whether a wall stands, to whom the page of walls is for"),
    (
        "merge/places.rs",
        "candid_note",
        "whose note it is moves with its subject; neither read nor counted for anybody",
    ),
    (
        "merge/places.rs",
        "sealed_reading",
        "who read what moves with its subject; neither read nor counted for anybody",
    ),
    ("reads/book_lists.rs", "contract_line_cost", "a field of a list: taken out by `ListDef::cleared`"),
    ("reads/promise_lists.rs", "contract_line_cost", "a field of a list: taken out by `ListDef::cleared`"),
    ("reads/list_beside.rs", "custom_value_cost", "a field of a list: taken out by `ListDef::cleared`"),
    ("reads/facts_definitions.rs", "import_batch", "a field of a list: taken out by `ListDef::cleared`"),
    (
        "merge/places.rs",
        "custom_value_cost",
        "what a merged record held moves with it; neither read nor counted for anybody",
    ),
    ("wipe.rs", "candid_note", "removed, not read"),
    ("wipe.rs", "custom_value_cost", "removed, not read"),
    ("wipe.rs", "contract_line_cost", "removed, not read"),
    ("wipe.rs", "import_batch", "removed, not read; the hash it names is that of files on records"),
    ("wipe.rs", "sealed_reading", "removed, not read"),
];

/// Tables and their columns that take a purpose.
fn labelled() -> BTreeMap<String, BTreeSet<String>> {
    let purposes = ["cost", "candid", "valuation", "pay"];
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in read("crates/mandate-store/labels.csv").lines().skip(1) {
        if let [table, column, label] = line.split(',').collect::<Vec<_>>()[..]
            && purposes.contains(&label)
        {
            found.entry(table.to_owned()).or_default().insert(column.to_owned());
        }
    }
    found
}

/// The words of all strings of the product's part of a file.
fn words(source: &Source) -> BTreeSet<String> {
    let is_of_a_word = |it: char| it.is_ascii_alphanumeric() || it == '_';
    source
        .spoken_lines()
        .flat_map(|(_, text)| text.split(|it| !is_of_a_word(it)).map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

#[test]
fn who_names_a_column_that_takes_a_purpose_says_what_keeps_it() {
    let labelled = labelled();
    assert!(labelled.contains_key("contract_line_cost") && labelled.contains_key("candid_note"));
    let mut found: BTreeSet<(String, String)> = BTreeSet::new();
    for source in sources().iter().filter(|it| it.is_product() && it.crate_name() == "mandate-store") {
        let words = words(source);
        for (table, columns) in &labelled {
            if words.contains(table) && columns.iter().any(|column| words.contains(column)) {
                found.insert((source.path.replace("crates/mandate-store/src/", ""), table.clone()));
            }
        }
    }
    let known: BTreeSet<(String, String)> =
        NAMED.iter().map(|(path, table, _)| ((*path).to_owned(), (*table).to_owned())).collect();
    let unknown = found.difference(&known).map(|(path, table)| {
        format!("{path} names a labelled column of `{table}`: say in tidy/labels.rs what keeps it")
    });
    let gone = known.difference(&found).map(|(path, table)| format!("{path} no longer names `{table}`"));
    none(unknown.chain(gone).collect());
}

#[test]
fn only_what_stores_and_what_compares_asks_for_everything() {
    let allowed = [
        // Into the columns.
        ("to_be_stored()", "crates/mandate-store/src/book/candid_notes.rs"),
        ("to_be_stored()", "crates/mandate-store/src/book/commercial_tables.rs"),
        ("to_be_stored()", "crates/mandate-store/src/book/tables.rs"),
        // Who is cleared for what.
        (".with(Purpose::", "crates/mandate-app/src/authorise.rs"),
        // Which parts of a record differ, and what its sealed audit record says.
        ("Clearance::EVERYTHING", "crates/mandate-app/src/book/plan.rs"),
        ("Clearance::EVERYTHING", "crates/mandate-app/src/book/undo_import.rs"),
    ];
    let mut breaches = vec![];
    for source in
        sources().iter().filter(|it| it.is_product() && !it.path.ends_with("mandate-domain/src/label.rs"))
    {
        for (line, text) in source.product_lines() {
            for word in ["to_be_stored()", "Clearance::EVERYTHING", ".with(Purpose::"] {
                if text.contains(word) && !allowed.contains(&(word, source.path.as_str())) {
                    breaches.push(format!(
                        "{} `{word}`: reveal it with the reader's clearance",
                        source.place(line)
                    ));
                }
            }
        }
    }
    none(breaches);
}
