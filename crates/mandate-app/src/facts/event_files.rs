//! Keeping event files in order: sweeping leftovers of broken imports, merging many small files.
//!
//! Files are never changed. Withdrawn and merged files stay on disk and in the manifest, marked so; only files that no
//! manifest row ever named are removed, and only when they are older than any import takes.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mandate_domain::Instant;
use mandate_domain::facts::source::SourceId;
use mandate_facts::io::{EventRow, read_all};
use mandate_store::StoreError;
use mandate_store::boxed;
use mandate_store::facts::files::{self, EventFile};
use mandate_store::facts::sources;

use super::derive::split_cases;
use super::recompute::events_folder;
use super::stage::{CHUNK_ROWS, StageError, discard, write_files};
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::jobs::{self, JobError, JobRun};

/// An import is surely over after so long.
pub const SWEEP_AFTER: Duration = Duration::from_secs(24 * 3_600);
/// Files of one month from which on merging pays.
pub const MANY_FILES: usize = 32;
/// Files above this are left as they are.
const SMALL_BYTES: i64 = 8 << 20;
/// The kind of the job that keeps event files in order.
pub const TIDY_EVENT_FILES: &str = "tidy_event_files";
/// Files younger than this are not merged, so that an import can be undone for a day.
pub const MERGE_AFTER_S: i64 = 24 * 3_600;
/// How often files are put in order.
const TIDY_EVERY_S: i64 = 6 * 3_600;

fn paths_of(held: &[EventFile]) -> Vec<PathBuf> {
    held.iter().map(|file| PathBuf::from(&file.path)).collect()
}

/// Removes event files that no manifest row names and that are older than `older_than`: leftovers of imports that were
/// killed. Returns how many. Run at start, and after an import that failed.
///
/// # Errors
/// [`StoreError`] when the manifest cannot be read; what cannot be removed is only logged.
#[boxed]
pub async fn sweep(ctx: &Ctx, older_than: Duration) -> Result<usize, StoreError> {
    let mut tx = ctx.begin_read().await?;
    let mut known = std::collections::BTreeSet::new();
    for source in sources::list_sources(&mut tx).await? {
        known.extend(files::list_paths(&mut tx, &source.id).await?);
    }
    drop(tx);
    let folder = events_folder(ctx);
    let swept = tokio::task::spawn_blocking(move || sweep_folder(&folder, &known, older_than)).await;
    Ok(swept.unwrap_or_default())
}

fn sweep_folder(folder: &Path, known: &std::collections::BTreeSet<String>, older_than: Duration) -> usize {
    let mut n_removed = 0;
    for source in entries(folder) {
        for month in entries(&source) {
            for file in entries(&month) {
                let relative =
                    file.strip_prefix(folder).unwrap_or(&file).to_string_lossy().replace('\\', "/");
                if known.contains(&relative) || !is_older(&file, older_than) {
                    continue;
                }
                match fs::remove_file(&file) {
                    Ok(()) => n_removed += 1,
                    Err(error) => {
                        tracing::warn!(event = "leftover_kept", path = %relative, %error, "a leftover file stays");
                    }
                }
            }
        }
    }
    n_removed
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(read) = fs::read_dir(folder) else { return vec![] };
    read.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

fn is_older(file: &Path, than: Duration) -> bool {
    let modified = fs::metadata(file).and_then(|data| data.modified());
    modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| than <= age))
}

/// Why files could not be merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeFilesError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Files that cannot be read or written.
    #[error(transparent)]
    Files(#[from] StageError),
    /// The work stopped on a fault of the program.
    #[error("the merge stopped on a fault of the program; the log has it")]
    Stopped,
    /// The database failed, or an import changed the files meanwhile: try again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Asks for the event files to be put in order, unless that was asked for some hours ago. Run at start and every hour.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn schedule_tidy(ctx: &Ctx) -> Result<bool, StoreError> {
    jobs::enqueue_upkeep(ctx, TIDY_EVENT_FILES, TIDY_EVERY_S).await
}

/// The job: merges small files of every source, then sweeps. Safe to repeat.
///
/// # Errors
/// [`JobError`]; an import that came between is met by trying again.
#[boxed]
pub async fn run_tidy(ctx: Ctx, run: JobRun) -> Result<serde_json::Value, JobError> {
    let found = sources::list_sources(&mut ctx.begin_read().await?).await?;
    let (n_sources, before) = (found.len(), ctx.now().plus_seconds(-MERGE_AFTER_S));
    let mut n_merged = 0;
    for (idx, source) in found.into_iter().enumerate() {
        run.progress(count(idx), count(n_sources), "merging event files").await?;
        n_merged +=
            merge_small_files(&ctx, &Actor::system(), &source.id, before).await.map_err(
                |error| match error {
                    MergeFilesError::Store(error) => JobError::Store(error),
                    other => JobError::refused(other),
                },
            )?;
    }
    let n_swept = sweep(&ctx, SWEEP_AFTER).await?;
    Ok(serde_json::json!({ "n_merged": n_merged, "n_swept": n_swept }))
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Merges the small files of each month of a source that has many and that came to count before `before`; no case
/// changes. Returns how many files were merged. An import whose files were merged cannot be undone any more.
///
/// # Errors
/// [`MergeFilesError`]; then all is as before.
#[boxed]
pub async fn merge_small_files(
    ctx: &Ctx,
    actor: &Actor,
    source: &SourceId,
    before: Instant,
) -> Result<usize, MergeFilesError> {
    authorise(actor, Action::WriteFacts)?;
    let mut tx = ctx.begin_read().await?;
    let Some(found) = sources::load_source(&mut tx, source).await? else { return Ok(0) };
    let active = files::list_active(&mut tx, source).await?;
    drop(tx);
    let mut n_merged = 0;
    let mut months: Vec<_> = active.iter().map(|file| file.month).collect();
    months.sort_unstable();
    months.dedup();
    for month in months {
        // The oldest ones only, without a gap: a later file must go on correcting what stands before it.
        let of_month = active.iter().filter(|file| file.month == month);
        let merges = |file: &&EventFile| file.n_bytes < SMALL_BYTES && file.created_at <= before;
        let small: Vec<EventFile> = of_month.take_while(merges).cloned().collect();
        let n_rows: i64 = small.iter().map(|file| file.n_events).sum();
        if small.len() < MANY_FILES || usize::try_from(n_rows).is_ok_and(|n| 4 * CHUNK_ROWS < n) {
            continue;
        }
        let (folder, id) = (events_folder(ctx), ctx.new_id::<EventFile>().to_string());
        let (paths, profile, name) = (paths_of(&small), found.profile, source.clone());
        let writing = tokio::task::spawn_blocking(move || {
            let mut rows: Vec<EventRow> = vec![];
            for batch in read_all(&folder, &paths) {
                rows.extend(batch.map_err(StageError::from)?);
            }
            let settled = split_cases(rows, profile).into_iter().flat_map(|case| case.rows).collect();
            write_files(&folder, &name, &id, &id, settled)
        });
        let written = writing.await.map_err(|_| MergeFilesError::Stopped)??;
        if let Err(error) = keep_merged(ctx, actor, &found.name, source, &small, &written).await {
            discard(&events_folder(ctx), &written);
            return Err(error.into());
        }
        n_merged += small.len();
    }
    Ok(n_merged)
}

async fn keep_merged(
    ctx: &Ctx,
    actor: &Actor,
    name: &str,
    source: &SourceId,
    merged: &[EventFile],
    written: &[EventFile],
) -> Result<(), StoreError> {
    let mut tx = ctx.begin_write().await?;
    let paths: Vec<String> = merged.iter().map(|file| file.path.clone()).collect();
    files::replace_files(&mut tx, &paths).await?;
    // The merged file takes the place of the oldest one, so that later corrections still come after it.
    let oldest = merged.iter().map(|file| file.created_at).min().unwrap_or(Instant::from_microseconds(0));
    files::insert_files(&mut tx, written, oldest).await?;
    sources::touch_source(&mut tx, source, ctx.now()).await?;
    let subject = Subject { kind: "event_source", id: source.as_str(), name, account_id: None };
    let changes = mandate_domain::audit::Changes::new()
        .field("files", Some(merged.len().to_string()), Some(written.len().to_string()))
        .into_vec();
    tx.commit(actor.record(ctx.now(), "event_files.merged", subject, changes)).await
}
