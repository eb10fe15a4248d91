//! Sources: files that come again and again, from a folder or an address, imported without anybody at hand.
//!
//! What is done is the import by hand (`book::import_book`) with the mapping remembered under the source's name and the rights its
//! owner has when the file is imported. `look` takes a file out of the folder once nobody writes it any more, `arrival_job` imports
//! it, `files` says where it lies meanwhile and puts it away. A file is moved before it is told of and put away after what came of
//! it is kept, so that whoever is killed in between loses none and imports none twice.

mod arrival_job;
mod arrivals;
mod errors;
mod fetch;
mod fetch_draft;
mod files;
mod look;
mod manage;

pub use arrival_job::{Arriving, IMPORT_ARRIVAL, run_arrival};
pub use arrivals::{ArrivalLine, ArrivalPage, Counts, list_arrivals, load_arrival, sources_of_batches};
pub use errors::SourceError;
pub use fetch::{FetchLine, Fetched, fetch_due, fetch_now};
pub use fetch_draft::FetchDraft;
pub use files::forget_old_arrivals;
pub use look::{Looks, STILL_S, look_for_files, watch_sources};
pub use manage::{
    SourceDraft, SourceLine, add_source, change_source, list_sources, load_source, pause_source,
    remove_source, resume_source,
};
pub use mandate_store::sources::{StoredArrival, StoredSource};

use crate::ctx::Subject;

/// Most sources of a firm.
pub const MOST_SOURCES: i64 = 50;

fn subject(source: &StoredSource) -> Subject<'_> {
    Subject { kind: "import_source", id: source.id.as_str(), name: &source.name, account_id: None }
}
