//! Read models that join rooms; they never write. Every one takes the reader's [`Scope`]: what may not be seen is not
//! found, not counted, not sorted by.

pub mod audit_list;
pub mod book_lists;
pub mod book_pages;
pub mod book_trash;
pub mod commercial_lists;
pub mod contract_dates;
pub mod coverage;
pub mod coverage_list;
pub mod cross_sell;
pub mod dates_due;
pub mod decisions;
pub mod duplicates;
pub mod facts_account;
pub mod facts_case;
pub mod facts_definitions;
pub mod facts_names;
pub mod facts_summary;
pub mod fit;
pub mod growth;
pub mod handovers;
pub mod hats;
pub mod kpi_cases;
pub mod kpi_people;
pub mod kpi_scorecard;
pub mod kpi_standing;
pub mod leavers;
mod list_beside;
mod list_clearance;
mod list_operator;
mod list_scope;
pub mod list_tags;
mod list_through;
pub mod listing;
pub mod managers;
pub mod my_day;
pub mod notes_list;
pub mod person_brief;
pub mod portal_people;
pub mod promise_lists;
pub mod relationship_lists;
mod running;
mod scope;
pub mod tags_in_use;
pub mod timeline;

pub use scope::{MadeBy, Reader, Scope};
