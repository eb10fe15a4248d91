//! The book's use cases: one set of functions over every kind of record (`create`, `change`, `trash`, `restore`, `show`),
//! many records at once (`upsert`, `import_book`), and what pages show.
//!
//! Every write goes through one plan (`plan`), whether it is one form or a file of ten thousand rows: ids of the firm are
//! looked up, references found within the actor's scope, fields parsed with all errors at once. So a page, the API and an
//! import refuse and allow the same.

pub mod candid;
pub mod duplicates;
mod errors;
mod import;
pub mod import_job;
mod lists;
pub mod merge;
mod pages;
mod plan;
mod prices;
mod records;
mod restore_value;
mod rules;
mod undo_import;
pub mod undo_merge;
mod uploads;
mod upsert;

pub use errors::{BookError, problem_message};
pub use import::{
    ImportError, ImportFile, ImportReport, Preview, RowError, RowErrors, Told, check_import, columns_of,
    import_book,
};
pub use lists::{list, trash_list};
pub use mandate_domain::book::Kind;
pub use mandate_store::book::Stored;
pub use mandate_store::reads::book_pages::{
    AccountPage, Choice, ContractWithLines, LineWithProduct, PersonName,
};
pub use pages::{
    WorkingPeople, account_page, choices, contract_page, meant, names, set_working_people, working_people,
};
pub use plan::Outcome;
pub use records::{change, create, restore, show, show_trashed, trash};
pub use restore_value::{RestoreValue, RestoreValueError, RestoredValue, restorable, restore_value};
pub use undo_import::{UndoBookImportError, UndoneBookImport, book_imports, undo_book_import};
pub use uploads::{UploadError, drop_upload, find_upload, keep_upload};
pub use upsert::{MOST_RECORDS, UpsertError, Upserted, upsert};
