//! Undoing an import of events: its files count no more, and every case they touched is derived anew without them.
//!
//! The files stay on disk, withdrawn in the manifest. Accounts, teams and definitions that the import made stay too:
//! people may have worked with them since. Who sees some accounts only undoes what they brought themselves, as long as all
//! its cases are of these accounts.

use std::collections::BTreeSet;
use std::path::PathBuf;

use mandate_domain::audit::Changes;
use mandate_domain::facts::source::SourceId;
use mandate_facts::io::read_all;
use mandate_store::facts::files::{self, EventFile};
use mandate_store::facts::sources;
use mandate_store::{StoreError, boxed, exchange};

use super::reach;
use super::recompute::{Asked, Recompute, RecomputeError, events_folder};
use super::stage::StageError;
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{ErrorKind, Message, UseCaseError};

/// What undoing an import came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoneImport {
    /// The source.
    pub source: SourceId,
    /// Its name.
    pub source_name: String,
    /// Files that count no more.
    pub n_files: usize,
    /// Events in them.
    pub n_events: i64,
    /// Cases derived anew, or gone.
    pub n_cases: usize,
}

/// Why an import was not undone.
#[derive(Debug, thiserror::Error)]
pub enum UndoImportError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is none that brought events.
    #[error("there is no import of events `{id}`")]
    NotFound {
        /// As given.
        id: String,
    },
    /// It was undone before.
    #[error("this import was undone before")]
    Undone,
    /// Its events lie in one file with those of others.
    #[error(
        "the events of this import were merged with those of others; withdraw them by sending corrections"
    )]
    Merged,
    /// The cases could not be derived anew; nothing was changed.
    #[error(transparent)]
    Recompute(#[from] RecomputeError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for UndoImportError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Undone | Self::Merged => ErrorKind::Conflict,
            Self::Recompute(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::NotFound { .. } => Message::new("error-not-found"),
            Self::Undone => Message::new("facts-undo-undone"),
            Self::Merged => Message::new("facts-undo-merged"),
            Self::Recompute(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }
}

/// Withdraws what an import brought.
///
/// # Errors
/// [`UndoImportError`] when there is none, or it was undone before.
#[boxed]
pub async fn undo_import(ctx: &Ctx, actor: &Actor, id: &str) -> Result<UndoneImport, UndoImportError> {
    authorise(actor, Action::Import)?;
    let not_found = || UndoImportError::NotFound { id: id.chars().take(40).collect() };
    let brought = {
        let mut tx = ctx.begin_read().await?;
        let found = exchange::load_batch(&mut tx, id).await?;
        let batch = found.filter(|batch| reach::sees_import(actor, batch)).ok_or_else(not_found)?;
        if batch.state != "done" {
            return Err(UndoImportError::Undone);
        }
        files::list_of_batch(&mut tx, id).await?
    };
    let source_id = brought.first().map(|file| file.source_id.clone()).ok_or_else(not_found)?;
    let refs = touched_cases(ctx, &brought).await?;
    if !reach::reaches_cases(ctx, actor, &source_id, &refs).await? {
        return Err(not_found());
    }
    let now = ctx.now();
    let mut recompute = Recompute::default();
    loop {
        let mut tx = ctx.begin_write().await?;
        // Another undo may have come first; the batch is the lock.
        exchange::mark_undone(&mut tx, id, now).await.map_err(|error| match error {
            StoreError::Stale { .. } => UndoImportError::Undone,
            other => other.into(),
        })?;
        let n_withdrawn = files::withdraw_batch(&mut tx, id).await?;
        if usize::try_from(n_withdrawn).unwrap_or(usize::MAX) != brought.len() {
            return Err(UndoImportError::Merged);
        }
        let found = sources::load_source(&mut tx, &source_id).await?;
        let source_name = found.ok_or_else(|| RecomputeError::NoSource { id: source_id.clone() })?.name;
        let asked = vec![Asked::withdrawn(&source_id, refs.clone())];
        let Some((tx, _)) = recompute.settle(ctx, tx, asked).await? else { continue };
        let n_events: i64 = brought.iter().map(|file| file.n_events).sum();
        let changes = Changes::new()
            .field("events", Some(n_events.to_string()), None)
            .field("import", Some(id.to_owned()), None)
            .into_vec();
        let subject =
            Subject { kind: "event_source", id: source_id.as_str(), name: &source_name, account_id: None };
        tx.commit(actor.record(now, "events.import_undone", subject, changes)).await?;
        let (n_files, n_cases) = (brought.len(), refs.len());
        return Ok(UndoneImport { source: source_id, source_name, n_files, n_events, n_cases });
    }
}

/// The cases that files speak of, sorted.
async fn touched_cases(ctx: &Ctx, brought: &[EventFile]) -> Result<Vec<String>, RecomputeError> {
    let folder = events_folder(ctx);
    let paths: Vec<PathBuf> = brought.iter().map(|file| PathBuf::from(&file.path)).collect();
    let work = tokio::task::spawn_blocking(move || {
        let mut refs = BTreeSet::new();
        for rows in read_all(&folder, &paths) {
            for row in rows.map_err(StageError::from)? {
                if !refs.contains(&row.case_ref) {
                    refs.insert(row.case_ref);
                }
            }
        }
        Ok::<_, StageError>(refs.into_iter().collect())
    });
    Ok(work.await.map_err(|_| RecomputeError::Stopped)??)
}
