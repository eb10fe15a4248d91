//! The demo's events on their way in and out: in through the same ingestion as a firm's own, out with their folder.

use std::sync::Arc;

use mandate_domain::facts::source::{Profile, SourceId};
use mandate_store::boxed;

use super::book::DemoBook;
use super::event_rows;
use crate::ctx::{Actor, Ctx};
use crate::facts::IngestError;
use crate::facts::ingest::{Incoming, Reader, ingest};
use crate::facts::recompute::events_folder;

/// Rows handed on at once; a quarter of the demo, so that memory stays small.
const ROWS_AT_ONCE: usize = 80_000;

/// Takes the events of `book` in; the source, its states and its service levels are there already.
#[boxed]
pub(super) async fn take_in(
    ctx: &Ctx,
    actor: &Actor,
    book: &Arc<DemoBook>,
    source: &SourceId,
) -> Result<(), IngestError> {
    let known = event_rows::source(source.clone());
    let incoming = Incoming {
        source: source.clone(),
        name: known.name,
        profile: Profile::Events,
        time_zone: Some(known.time_zone),
        states: event_rows::state_mapping(),
        demo: true,
        makes_accounts: false,
        kind: "demo",
        file_name: "demo book".to_owned(),
        sha256: format!("demo-{}-{}", book.seed, book.setting.today),
    };
    let book = Arc::clone(book);
    let reader: Reader = Arc::new(move |_, stager, rows, _| {
        let mut number = 0;
        for case in &book.cases {
            for row in event_rows::rows(&book, case) {
                number += 1;
                rows.push(number, row);
            }
            if ROWS_AT_ONCE <= rows.rows.len() {
                stager.take(rows)?;
            }
        }
        Ok(())
    });
    ingest(ctx, actor, &incoming, reader).await.map(|_| ())
}

/// Removes the files of a source that no longer counts.
#[boxed]
pub(super) async fn remove_files(ctx: &Ctx, source: &str) -> Result<(), std::io::Error> {
    match tokio::fs::remove_dir_all(events_folder(ctx).join(source)).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
