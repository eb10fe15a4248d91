//! The book's tables: one set of functions over every kind of record, and what each kind's table looks like.
//!
//! A record is loaded within the reader's scope, so what may not be seen is not found; it is saved only over the version
//! that was read. Global search is kept in the same transaction. To add a kind: implement [`Stored`] in `tables`. Not
//! here: lists and pages that join tables (`reads::book_lists`, `reads::book_pages`).

mod account_people;
mod amendments;
mod attachments;
mod bulk;
mod candid_notes;
mod commercial_tables;
mod coverage_figures;
mod custom_fields;
mod notes;
mod records;
mod references;
mod relationship_tables;
mod tables;

pub use account_people::{list_working_people, set_working_people};
pub use amendments::{amendments_of, mark_applied, unapplied_amendments};
pub use attachments::{
    insert_attachment, list_attachments, list_pieces, load_attachment, newest_version, remove_attachment,
};
pub use bulk::{
    FoundAccount, Known, find_or_make_accounts, insert_many, load_alike, load_known, load_many, save_many,
};
pub use candid_notes::{insert_candid_notes, list_candid_notes, load_candid_note, withdraw_candid_note};
pub use coverage_figures::{drop_figures, list_covered_by, list_not_of, recount, save_figures};
pub use custom_fields::{
    CustomWrite, StoredField, insert_custom_field, is_custom_field_used, list_custom_fields,
    list_custom_values, load_custom_field, remove_custom_field, retire_custom_field, save_custom_field,
    save_custom_values,
};
pub use notes::{
    Place, count_notes, insert_mentions, insert_note, list_mentions, list_notes, load_note, load_place,
    save_note, withdraw_note,
};
pub(crate) use records::read_saved;
pub use records::{insert, load, load_trashed, restore, save, trash};
pub use references::{
    Owner, References, count_lines, count_open_lines, find_references, find_same, list_owners,
};
pub use tables::{Belongs, Stored};
