//! The label registry: for every column of every table, who may read it (`labels.csv`, held against the migrations by `build.rs`).
//!
//! How to protect a new column: write its line with the purpose it is read for. Lists and their exports leave it out for whoever is
//! not cleared, the audit record refuses it in the open, and tests fail until the rest follows (docs/adding-a-room.md, Labels).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use mandate_domain::{Label, Purpose};

include!(concat!(env!("OUT_DIR"), "/labels.rs"));

/// Tables, their columns, and who may read them.
static REGISTRY: LazyLock<BTreeMap<&'static str, BTreeMap<&'static str, Label>>> = LazyLock::new(|| {
    let mut registry: BTreeMap<&str, BTreeMap<&str, Label>> = BTreeMap::new();
    for (table, column, word) in LABELS {
        // The build has checked the words.
        let label = Label::parse(word).unwrap_or(Label::Secret);
        registry.entry(table).or_default().insert(column, label);
    }
    registry
});

/// A column that takes a purpose.
struct Kept {
    table: &'static str,
    /// The table it stands apart from, if there is one.
    of: Option<&'static str>,
    column: &'static str,
    purpose: Purpose,
}

/// The columns that take a purpose.
static WITH_PURPOSE: LazyLock<Vec<Kept>> = LazyLock::new(|| {
    let kept = |(table, column, label): (&'static str, &'static str, Label)| {
        Some(Kept { table, of: stands_apart_from(table), column, purpose: label.purpose()? })
    };
    all().filter_map(kept).collect()
});

/// The label of a column; a column that is in no migration is read by nobody.
pub fn label_of(table: &str, column: &str) -> Label {
    REGISTRY.get(table).and_then(|columns| columns.get(column)).copied().unwrap_or(Label::Secret)
}

/// Every column with its label, by table and name.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str, Label)> {
    REGISTRY
        .iter()
        .flat_map(|(table, columns)| columns.iter().map(|(column, label)| (*table, *column, *label)))
}

/// What a field of records of `kind` takes of its reader: by the labels of its column, in the kind's own table or in one that stands
/// apart (`contract_line_cost` of `contract_line`).
pub fn purpose_of_field(kind: &str, field: &str) -> Option<Purpose> {
    let is_it = |kept: &&Kept| {
        (kept.table == kind || kept.of == Some(kind))
            && kept
                .column
                .strip_prefix(field)
                .is_some_and(|rest| matches!(rest, "" | "_minor" | "_id" | "_us"))
    };
    WITH_PURPOSE.iter().find(is_it).map(|kept| kept.purpose)
}

/// The table that `table` stands apart from: the longest whose name it goes on from.
fn stands_apart_from(table: &str) -> Option<&'static str> {
    let goes_on = |of: &&str| table.strip_prefix(*of).is_some_and(|rest| rest.starts_with('_'));
    REGISTRY.keys().copied().filter(goes_on).max_by_key(|of| of.len())
}

/// What the SQL texts read: the labels of all columns they name of the tables they name.
///
/// A text may name more than it reads (a column of the same name in another of its tables); then it counts as reading both.
pub(crate) fn read_by(texts: &[&str]) -> BTreeSet<Label> {
    let words: BTreeSet<&str> = texts
        .iter()
        .flat_map(|text| text.split(|it: char| !it.is_ascii_alphanumeric() && it != '_'))
        .filter(|word| !word.is_empty())
        .collect();
    let tables = words.iter().filter_map(|word| REGISTRY.get(word));
    tables
        .flat_map(|columns| columns.iter().filter(|(column, _)| words.contains(*column)))
        .map(|(_, label)| *label)
        .collect()
}

/// The purposes that the SQL texts take of a reader.
pub(crate) fn purposes_of(texts: &[&str]) -> BTreeSet<Purpose> {
    read_by(texts).into_iter().filter_map(Label::purpose).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_text_reads_is_found() {
        let from = "contract_line l JOIN contract c ON c.id = l.contract_id";
        assert!(purposes_of(&[from, "l.unit_price_minor"]).is_empty());
        let cost = "(SELECT k.unit_cost_minor FROM contract_line_cost k WHERE k.contract_line_id = l.id)";
        assert_eq!(purposes_of(&[from, cost]), BTreeSet::from([Purpose::Cost]));
        assert_eq!(
            purposes_of(&["account a", "(SELECT COUNT(*) FROM candid_note n WHERE n.account_id = a.id)"]),
            BTreeSet::from([Purpose::Candid]),
            "a count tells too"
        );
        let costs = Some(Purpose::Cost);
        assert_eq!(purpose_of_field("contract_line", "unit_cost"), costs, "it stands apart");
        assert_eq!(purpose_of_field("contract", "unit_cost"), None, "of the line, not of its contract");
        assert_eq!(purpose_of_field("import_batch", "sha256"), costs);
        assert_eq!(purpose_of_field("contract_line", "unit_price"), None);
        assert_eq!(label_of("app_user", "password_hash"), Label::Secret);
        assert_eq!(label_of("no_table", "no_column"), Label::Secret);
    }
}
