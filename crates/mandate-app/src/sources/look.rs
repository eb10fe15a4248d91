//! Looking into the folders of sources: which file nobody writes any more, and what was left behind by whoever was killed.
//!
//! A file is taken once two looks some seconds apart found it with the same size and time. It is moved out of the folder first and
//! told of after, one file of a source at a time, in the order of their times: so a later file never comes before an earlier one.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use mandate_domain::audit::Changes;
use mandate_domain::source::{is_to_be_taken, plain_file_name};
use mandate_domain::{Id, Instant};
use mandate_store::StoreError;
use mandate_store::boxed;
use mandate_store::jobs::{JobState, load_job};
use mandate_store::sources::{self as store, StoredArrival, StoredSource};
use serde_json::json;
use tokio::fs;
use tokio::sync::watch;

use super::arrival_job::{IMPORT_ARRIVAL, Refusal, end_refused};
use super::fetch::fetch_due;
use super::files::{Folders, file_in, put_away};
use super::subject;
use crate::ctx::{Actor, Ctx};
use crate::jobs;

/// For how many seconds a file must be as it is before it is taken.
pub const STILL_S: i64 = 5;
/// How often the folders are looked into.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What earlier looks found: each file's size and time, and since when it has them.
#[derive(Debug, Default)]
pub struct Looks(BTreeMap<Id<StoredSource>, BTreeMap<OsString, Seen>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    n_bytes: u64,
    modified: SystemTime,
    since: Instant,
}

/// Looks into the folders and asks the addresses until `stop` turns true. What goes wrong is told once.
#[boxed]
pub async fn watch_sources(ctx: Ctx, stop: watch::Receiver<bool>) {
    // An address that takes its time does not keep the folders waiting.
    tokio::join!(watch_folders(&ctx, stop.clone()), watch_addresses(&ctx, stop));
}

async fn watch_addresses(ctx: &Ctx, mut stop: watch::Receiver<bool>) {
    let mut told = String::new();
    while !*stop.borrow() {
        tell_once(fetch_due(ctx).await, &mut told);
        if let Ok(Err(_)) = tokio::time::timeout(LOOK_EVERY, stop.changed()).await {
            return;
        }
    }
}

fn tell_once(outcome: Result<usize, StoreError>, told: &mut String) {
    match outcome {
        Ok(_) => told.clear(),
        Err(error) => {
            let reason = error.to_string();
            if reason != *told {
                tracing::error!(event = "sources_failed", reason, "sources cannot be looked after");
                *told = reason;
            }
        }
    }
}

async fn watch_folders(ctx: &Ctx, mut stop: watch::Receiver<bool>) {
    let (mut looks, mut told) = (Looks::default(), String::new());
    while !*stop.borrow() {
        tell_once(look_for_files(ctx, &mut looks).await, &mut told);
        // Either time has passed or it is to stop; a dropped sender of the word means stop, too.
        if let Ok(Err(_)) = tokio::time::timeout(LOOK_EVERY, stop.changed()).await {
            return;
        }
    }
}

/// Looks into every folder once; says how many files were taken. A folder that fails does not keep the others waiting.
///
/// # Errors
/// [`StoreError`] when the sources cannot be read or a file not be told of.
#[boxed]
pub async fn look_for_files(ctx: &Ctx, looks: &mut Looks) -> Result<usize, StoreError> {
    if store::count_sources(&mut ctx.begin_read().await?).await? == 0 {
        return Ok(0);
    }
    let sources = store::list_sources(&mut ctx.begin_read().await?).await?;
    looks.0.retain(|id, _| sources.iter().any(|source| source.id == *id));
    let mut n_taken = 0;
    for source in &sources {
        let seen = looks.0.entry(source.id.clone()).or_default();
        match look_at(ctx, source, seen).await {
            Ok(is_taken) => n_taken += usize::from(is_taken),
            Err(LookError::Store(error)) => return Err(error),
            Err(LookError::Folder(error)) => {
                // The page of the source says so as well, each time it is looked at.
                tracing::warn!(event = "source_folder_failed", source = %source.id, %error, "a folder fails");
            }
        }
    }
    Ok(n_taken)
}

#[derive(Debug, thiserror::Error)]
enum LookError {
    #[error(transparent)]
    Folder(#[from] io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Looks after one source; says whether a file of it waits to be imported that did not before.
async fn look_at(
    ctx: &Ctx,
    source: &StoredSource,
    seen: &mut BTreeMap<OsString, Seen>,
) -> Result<bool, LookError> {
    let folders = Folders::of(ctx, source);
    folders.make().await.map_err(|(_, error)| error)?;
    let found = still_files(&folders.incoming, seen, ctx.now()).await?;
    let waiting = store::load_waiting(&mut ctx.begin_read().await?, &source.id).await?;
    if let Some(waiting) = waiting {
        end_if_nobody_does_it(ctx, source, waiting).await?;
        return Ok(false);
    }
    if let Some((id, name, n_bytes)) = left_behind(ctx, source, &folders).await? {
        return Ok(keep(ctx, source, (id, name, n_bytes)).await?);
    }
    let Some(found_name) = found.filter(|_| source.pause.is_none()) else { return Ok(false) };
    let id = ctx.new_id();
    let Some((name, n_bytes)) = take(&folders, &id, &found_name).await? else { return Ok(false) };
    seen.remove(&found_name);
    Ok(keep(ctx, source, (id, name, n_bytes)).await?)
}

/// The oldest file that is as it was for some seconds.
async fn still_files(
    folder: &Path,
    seen: &mut BTreeMap<OsString, Seen>,
    now: Instant,
) -> io::Result<Option<OsString>> {
    let mut found = BTreeMap::new();
    let mut entries = fs::read_dir(folder).await?;
    while let Some(entry) = entries.next_entry().await? {
        let name = entry.file_name();
        if !is_to_be_taken(&name.to_string_lossy()) {
            continue;
        }
        // Not of what a link leads to; and what was removed meanwhile is not there.
        let Ok(about) = entry.metadata().await else { continue };
        if !about.is_file() {
            continue;
        }
        let now_seen = Seen { n_bytes: about.len(), modified: about.modified()?, since: now };
        let as_before = seen
            .get(&name)
            .filter(|before| (before.n_bytes, before.modified) == (now_seen.n_bytes, now_seen.modified));
        found.insert(name, as_before.copied().unwrap_or(now_seen));
    }
    *seen = found;
    let still = seen.iter().filter(|(_, it)| it.since.plus_seconds(STILL_S) <= now);
    Ok(still.min_by_key(|(name, it)| (it.modified, *name)).map(|(name, _)| name.clone()))
}

/// Moves a file out of the folder; none when somebody else was first.
async fn take(folders: &Folders, id: &Id<StoredArrival>, name: &OsStr) -> io::Result<Option<(String, u64)>> {
    let own = folders.of_arrival(id);
    fs::create_dir_all(&own).await?;
    let plain = plain_file_name(&name.to_string_lossy());
    match fs::rename(folders.incoming.join(name), own.join(&plain)).await {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let _ = fs::remove_dir(&own).await;
            return Ok(None);
        }
        Err(error) => return Err(error),
    }
    Ok(file_in(&own).await?.map(|(_, n_bytes)| (plain, n_bytes)))
}

/// A file that was moved and not told of, by whoever was killed in between. What ended and lies there still is put away.
async fn left_behind(
    ctx: &Ctx,
    source: &StoredSource,
    folders: &Folders,
) -> Result<Option<(Id<StoredArrival>, String, u64)>, LookError> {
    for folder in folders_in(&folders.taken).await? {
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let Ok(id) = Id::<StoredArrival>::parse(&name) else { continue };
        match store::load_arrival(&mut ctx.begin_read().await?, &id).await? {
            Some(arrival) => {
                // A file that cannot be put away keeps no other waiting; the next look tries again.
                if let Err(error) = put_away(ctx, source, &arrival).await {
                    tracing::warn!(event = "source_folder_failed", source = %source.id, %error, "a file is not put away");
                }
            }
            None => match file_in(&folder).await? {
                Some((file, n_bytes)) => {
                    let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
                    return Ok(Some((id, name.unwrap_or_default(), n_bytes)));
                }
                // Empty, or another node is about to fill it, and then finds it gone and begins anew.
                None => drop(fs::remove_dir(&folder).await),
            },
        }
    }
    Ok(None)
}

async fn folders_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut entries, mut found) = (fs::read_dir(folder).await?, vec![]);
    while let Some(entry) = entries.next_entry().await? {
        if entry.file_type().await?.is_dir() {
            found.push(entry.path());
        }
    }
    // Ids sort by time.
    found.sort();
    Ok(found)
}

/// Tells of a file that was taken and asks for its import; says whether it did: one file of a source waits at a time.
pub(super) async fn keep(
    ctx: &Ctx,
    source: &StoredSource,
    (id, file_name, n_bytes): (Id<StoredArrival>, String, u64),
) -> Result<bool, StoreError> {
    let system = Actor::system();
    let mut tx = ctx.begin_write().await?;
    let Some(source) = store::load_source(&mut tx, &source.id).await? else { return Ok(false) };
    if store::load_waiting(&mut tx, &source.id).await?.is_some() {
        return Ok(false);
    }
    let payload = json!({ "arrival": id.as_str() });
    let job_id = jobs::enqueue(ctx, &mut tx, &system, IMPORT_ARRIVAL, &payload).await?;
    let arrival = StoredArrival {
        id,
        source_id: source.id.clone(),
        owner_id: source.owner_id.clone(),
        file_name,
        n_bytes: i64::try_from(n_bytes).unwrap_or(i64::MAX),
        state: mandate_domain::source::ArrivalState::Waiting,
        job_id,
        batch_id: None,
        read_as: String::new(),
        report: String::new(),
        came_at: ctx.now(),
        ended_at: None,
    };
    if !store::insert_arrival(&mut tx, &arrival).await? {
        return Ok(false);
    }
    let changes = Changes::new().field("file", None, Some(arrival.file_name.clone()));
    let record = system.record(ctx.now(), "source.file_came", subject(&source), changes.into_vec());
    tx.commit(record).await?;
    Ok(true)
}

/// Ends a file whose job has ended without a word of it: stopped on request, given up, or forgotten.
async fn end_if_nobody_does_it(
    ctx: &Ctx,
    source: &StoredSource,
    waiting: StoredArrival,
) -> Result<(), LookError> {
    let job = load_job(&mut ctx.begin_read().await?, &waiting.job_id).await?;
    let refusal = match job {
        Some(job) if !job.state.is_final() => return Ok(()),
        Some(job) if job.state == JobState::Cancelled => Refusal::Stopped,
        Some(job) => Refusal::Broke { what: job.message },
        None => Refusal::Broke { what: String::new() },
    };
    if let Some(ended) = end_refused(ctx, source, &waiting, &refusal).await? {
        put_away(ctx, source, &ended).await?;
    }
    Ok(())
}
