//! Book: accounts, people, products, lines of business, teams, contracts and their lines.
//!
//! Each kind of record is a plain value that implements [`Record`]: it is read from a [`Draft`] (a form, a CSV row, a
//! JSON body as text) with all field errors at once, and written back to one for forms, exports and the audit record.
//! What the store adds around it (id, version, instants) is [`Saved`]. Not here: references are checked to be ids, but
//! whether such a record exists is the app's to ask.

mod account;
pub mod alike;
mod candid_note;
mod contract;
mod contract_line;
mod draft;
mod organisation;
mod person;
mod product;
mod record;

pub use account::{Account, Tier};
pub use candid_note::{CandidNote, MOST_NOTE_CHARACTERS, note_text};
pub use contract::{Contract, ContractKind, NoticeDays, NoticeDaysError};
pub use contract_line::{AnnualValueError, ContractLine};
pub use draft::{Draft, FieldProblem, FieldProblems, Shape, Spec};
pub use organisation::{LineOfBusiness, Team};
pub use person::{Person, PersonRole, Side};
pub use product::Product;
pub use record::{Kind, Parts, Record, Saved, SearchText};
