//! Coverage across the book: one row an account, from the figures that are kept (`book::coverage_figures`), so that ten thousand
//! accounts are sorted without reading their people.
//!
//! An account without figures, one that was just imported, is in the list with none stated: that is not the same as covered by nobody.

use super::book_lists::{by, field, shown, text};
use super::listing::{FieldKind, ListDef};

/// Accounts by how they are covered, the least covered first.
pub fn coverage() -> ListDef {
    use FieldKind::{BasisPoints, Choice, Date, Flag, Integer, Reference};
    ListDef {
        name: "coverage",
        from: "FROM account a
               LEFT JOIN account_coverage g ON g.account_id = a.id
               LEFT JOIN person m ON m.id = a.account_manager_id",
        condition: "a.deleted_at_us IS NULL",
        account_column: Some("a.id"),
        unowned_visible: false,
        key: "a.id",
        fields: vec![
            text("name", "a.name", "a.name_sort"),
            field("account_id", Reference, "a.id"),
            field("tier", Choice, "a.tier"),
            text("account_manager", "m.name", "m.name_sort"),
            field("account_manager_id", Reference, "a.account_manager_id"),
            field("stake_covered", BasisPoints, "g.stake_bp"),
            field("people_covered", BasisPoints, "g.known_bp"),
            field("n_known_people", Integer, "g.n_known"),
            field("n_client_people", Integer, "g.n_people"),
            field("n_single_threads", Integer, "g.n_single"),
            field("n_unknown", Integer, "g.n_unknown"),
            field("n_without_stake", Integer, "g.n_without_stake"),
            field("n_lost_threads", Integer, "g.n_lost"),
            field("last_contact_on", Date, "g.last_contact_on"),
            shown("computed_on", Date, "g.computed_on"),
            field("demo", Flag, "a.demo"),
        ],
        default_sort: by("stake_covered"),
        today: None,
        made_by: None,
    }
}
