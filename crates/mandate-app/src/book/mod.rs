//! The book's use cases: one set of functions over every kind of record (`create`, `change`, `trash`, `restore`, `show`),
//! many records at once (`upsert`, `import_book`), and what pages show.
//!
//! Every write goes through one plan (`plan`), whether it is one form or a file of ten thousand rows: ids of the firm are
//! looked up, references found within the actor's scope, fields parsed with all errors at once. So a page, the API and an
//! import refuse and allow the same.

pub mod account_brief;
pub mod alike;
mod amendments;
mod any;
pub mod attachments;
mod belonging;
pub mod bulk;
pub mod candid;
mod choice_words;
mod converse;
mod coverage;
mod custom;
pub mod custom_fields;
pub(crate) mod custom_links;
pub mod duplicates;
mod errors;
mod expectations;
pub mod file_twins;
pub mod fit;
pub mod growth;
pub mod guess;
mod handover;
pub mod handovers;
mod import;
pub mod import_job;
mod import_pass;
mod import_report;
mod import_rows;
mod import_ties;
mod import_wrong;
pub mod invoiced;
mod known_by;
mod lists;
mod lookups;
pub mod managers;
pub mod mapping;
pub mod mappings;
pub mod merge;
mod merged_rows;
mod near_names;
pub mod notes;
pub mod own_columns;
mod pages;
mod plan;
mod plan_measures;
mod previews;
mod prices;
pub mod profiles;
mod records;
mod related;
mod related_plan;
mod relations;
mod restore_value;
pub mod revenue_trend;
mod rules;
mod several_ids;
mod since;
mod sums;
mod synonyms;
pub mod tags;
pub mod tags_kept;
mod titles;
mod undo_import;
pub mod undo_merge;
mod uploads;
mod upsert;
mod usual;
mod values;
pub mod volume;

pub use amendments::apply_due_amendments;
pub use any::{AnySaved, change_any, create_any, restore_any, show_any, trash_any, upsert_any};
pub use converse::converse;
pub(crate) use coverage::count_anew;
pub use coverage::{
    AccountCover, COUNT_COVERAGE, PersonBrief, PersonThread, account_coverage, coverage_list, person_brief,
    run_count, schedule_count,
};
pub use custom::{custom_fields, retired_custom_fields};
pub use custom_fields::StoredField;
pub(crate) use errors::money_message;
pub use errors::{BookError, problem_message};
pub(crate) use expectations::expectation_record;
pub use expectations::{expectation_shared, share_expectation};
pub use handover::{HandoverDraft, answer_handover, withdraw_handover};
pub use import::{
    ImportError, ImportFile, ImportReport, MergedRow, Missing, RowError, RowErrors, SeveralRead, Told,
    check_import, check_import_told, columns_of, columns_with_custom, import_book, import_columns,
};
pub use import_job::is_asked_for;
pub use lists::{
    contract_dates, cross_sell, handover_list, list, list_with_custom, matters, timeline, trash_list,
};
pub use mandate_domain::book::{Kind, Spec};
pub use mandate_store::book::{SharedBy, Stored};
pub use mandate_store::reads::book_pages::{
    AccountPage, Choice, ContractWithLines, LineWithProduct, MeasureName, PersonName,
};
pub use mandate_store::reads::coverage::{PersonLine, SiteVisit};
pub use mandate_store::reads::list_prices_on::ListedPrice;
pub use mandate_store::reads::person_brief::{OpenMatter, PersonRecords, ReviewLine, Talk, WorksOn};
pub use pages::{
    WorkingPeople, account_page, choices, contract_list_prices, contract_page, meant, measure_choices, names,
    set_working_people, working_people,
};
pub use plan::Outcome;
pub use records::{change, create, restore, show, show_trashed, trash};
pub use related_plan::RelatedCounts;
pub use relations::{Relation, related_fields, relations};
pub use restore_value::{RestoreValue, RestoreValueError, RestoredValue, restorable, restore_value};
pub use since::{ChangedSince, changed_since};
pub use undo_import::{UndoBookImportError, UndoneBookImport, book_imports, undo_book_import};
pub use uploads::{
    Incoming, Kept, UploadError, begin_upload, drop_upload, find_upload, leave_out_rows, map_upload,
    mapping_before, name_in_upload, retype_upload, take_rows_in,
};
pub use upsert::{MOST_RECORDS, UpsertError, Upserted, upsert};
pub use values::{count_wrong_values, keep_due_values};
