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
mod contract_values;
mod coverage_figures;
mod custom_fields;
mod expectation_shares;
mod handovers;
mod manager_decisions;
mod notes;
mod records;
mod references;
mod relationship_tables;
mod tables;
mod tag_renames;
mod tags;

pub use account_people::{list_working_people, set_working_people};
pub use amendments::{amendments_of, mark_applied, unapplied_amendments};
pub use attachments::{
    insert_attachment, list_attachments, list_pieces, load_attachment, newest_version, remove_attachment,
};
pub use bulk::{
    FoundAccount, Known, SetAside, find_or_make_accounts, insert_many, load_alike, load_known, load_many,
    put_back, save_many, set_aside,
};
pub use candid_notes::{insert_candid_notes, list_candid_notes, load_candid_note, withdraw_candid_note};
pub use contract_values::{
    count_wrong_values, gather_values, keep_gathered_values, keep_values, list_due_values, recount_values,
};
pub use coverage_figures::{drop_figures, list_covered_by, list_not_of, recount, save_figures};
pub use custom_fields::{
    CustomWrite, StoredField, insert_custom_field, is_custom_field_used, list_custom_fields,
    list_custom_values, load_custom_field, mark_custom_field_demo, remove_custom_field, retire_custom_field,
    save_custom_field, save_custom_values,
};
pub use expectation_shares::{
    SharedBy, SharedExpectation, drop_stale_shares, list_shared_expectations, load_expectation_share,
    load_shared_expectation, share_expectation, unshare_expectation,
};
pub use handovers::{insert_handover, list_planned_until, load_handover, save_handover, save_handover_item};
pub use manager_decisions::{
    end_manager_decision, insert_manager_decision, list_manager_decisions, load_manager_decision,
};
pub use notes::{
    Place, count_notes, insert_mentions, insert_note, list_mentions, list_notes, load_note, load_place,
    save_note, withdraw_note,
};
pub(crate) use records::read_saved;
pub use records::{insert, load, load_trashed, restore, save, trash, trash_many};
pub use references::{
    Owner, References, count_lines, count_open_lines, each_name, find_references, find_same, list_owners,
    usual_time_zone,
};
pub use tables::{Belongs, Stored};
pub use tag_renames::{
    RenamedRow, TagRename, insert_rename, list_renamed, list_renames, load_rename, mark_rename_undone,
};
pub use tags::{RecordTag, add_tags, change_tag, list_tags, remove_tags, set_retired};
