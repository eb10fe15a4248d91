//! Where a source's files lie: put in, taken, done with, refused; and each way from one place to the next.
//!
//! A file that is taken lies in a folder named by the id of its arrival, so that what is found there after a kill says by itself what
//! it is. Nothing is followed that is not a file, and no name that somebody else chose leads out of these folders.

use std::io;
use std::path::{Path, PathBuf};

use mandate_domain::Id;
use mandate_domain::source::{ArrivalState, kept_name};
use mandate_store::StoreError;
use mandate_store::boxed;
use mandate_store::sources::{self as store, StoredArrival, StoredSource};
use serde_json::Value;
use tokio::fs;

use crate::ctx::Ctx;
use crate::exchange::csv_of;

/// For how long files that were looked at are kept, and what came of them is told: 90 days.
const KEPT_S: i64 = 90 * 86_400;
/// Files forgotten in one go.
const AT_ONCE: usize = 200;

/// The folders of a source.
pub(super) struct Folders {
    /// Into this one files are put.
    pub incoming: PathBuf,
    /// Files on their way, each in a folder of its own.
    pub taken: PathBuf,
    /// What is being fetched, until it is whole.
    pub coming: PathBuf,
    done: PathBuf,
    refused: PathBuf,
}

impl Folders {
    pub fn of(ctx: &Ctx, source: &StoredSource) -> Self {
        let of = |place: &str| ctx.imports_folder().join(place).join(&source.folder);
        Self {
            incoming: of("in"),
            taken: of("taken"),
            coming: of("coming"),
            done: of("done"),
            refused: of("refused"),
        }
    }

    /// Makes all of them, where they are not there.
    pub async fn make(&self) -> Result<(), (PathBuf, io::Error)> {
        for folder in [&self.incoming, &self.taken, &self.coming, &self.done, &self.refused] {
            fs::create_dir_all(folder).await.map_err(|error| (folder.clone(), error))?;
        }
        Ok(())
    }

    /// The folder of a file that was taken.
    pub fn of_arrival(&self, id: &Id<StoredArrival>) -> PathBuf {
        self.taken.join(id.as_str())
    }

    /// Where files of this state lie, once they were looked at.
    fn of_state(&self, state: ArrivalState) -> Option<&Path> {
        match state {
            ArrivalState::Waiting => None,
            ArrivalState::Done | ArrivalState::Same => Some(&self.done),
            ArrivalState::Refused => Some(&self.refused),
        }
    }
}

/// The one file in a folder of [`Folders::taken`], with its bytes; none when it is gone. A link is not followed, and none is there.
pub(super) async fn file_in(folder: &Path) -> io::Result<Option<(PathBuf, u64)>> {
    let mut entries = match fs::read_dir(folder).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    while let Some(entry) = entries.next_entry().await? {
        let about = entry.metadata().await?;
        if about.is_file() {
            return Ok(Some((entry.path(), about.len())));
        }
        if about.is_symlink() {
            fs::remove_file(entry.path()).await?;
        }
    }
    Ok(None)
}

/// What is wrong with a file, as a file beside it.
fn errors_file(report: &Value) -> Vec<u8> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let errors = report["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut rows: Vec<Vec<String>> = errors
        .iter()
        .map(|it| vec![it["row"].to_string(), text(&it["column"]), text(&it["given"]), text(&it["detail"])])
        .collect();
    if rows.is_empty() {
        rows.push(vec![String::new(), String::new(), String::new(), text(&report["detail"])]);
    }
    csv_of(&["row", "column", "given", "what is wrong and how to mend it"], &rows)
}

fn with_ending(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".errors.csv");
    path.with_file_name(name)
}

/// Both names a file may lie under: by the time it came, and with its id where another has that one.
fn names(folder: &Path, arrival: &StoredArrival) -> [PathBuf; 2] {
    let (id, name) = (arrival.id.as_str(), arrival.file_name.as_str());
    [kept_name(arrival.came_at, name), kept_name(arrival.came_at, &format!("{id}-{name}"))]
        .map(|name| folder.join(name))
}

/// Puts a file away whose end is kept: to what is done with, or to what was refused with the file of its errors. Safe to repeat.
pub(super) async fn put_away(ctx: &Ctx, source: &StoredSource, arrival: &StoredArrival) -> io::Result<()> {
    let folders = Folders::of(ctx, source);
    let Some(to) = folders.of_state(arrival.state) else { return Ok(()) };
    let from = folders.of_arrival(&arrival.id);
    if let Some((file, _)) = file_in(&from).await? {
        fs::create_dir_all(to).await?;
        let [plain, with_id] = names(to, arrival);
        let place = if fs::try_exists(&plain).await? { with_id } else { plain };
        if arrival.state == ArrivalState::Refused {
            let report = serde_json::from_str(&arrival.report).unwrap_or_default();
            fs::write(with_ending(&place), errors_file(&report)).await?;
        }
        fs::rename(file, place).await?;
    }
    match fs::remove_dir(&from).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Forgets files that ended more than 90 days ago, here and on the disk; the server calls it every hour.
///
/// # Errors
/// [`StoreError`] when what is told of them cannot be removed.
#[boxed]
pub async fn forget_old_arrivals(ctx: &Ctx) -> Result<usize, StoreError> {
    let before = ctx.now().plus_seconds(-KEPT_S);
    let mut n_forgotten = 0;
    loop {
        let old = store::list_ended_before(&mut ctx.begin_read().await?, before, AT_ONCE).await?;
        let n_old = old.len();
        for arrival in old {
            let source = store::load_source(&mut ctx.begin_read().await?, &arrival.source_id).await?;
            let folders = source.as_ref().map(|source| Folders::of(ctx, source));
            if let Some(folder) = folders.as_ref().and_then(|folders| folders.of_state(arrival.state)) {
                remove_kept(folder, &arrival).await;
            }
            store::forget_arrival(ctx.begin_write().await?, &arrival.id).await?;
            n_forgotten += 1;
        }
        if n_old < AT_ONCE {
            return Ok(n_forgotten);
        }
    }
}

async fn remove_kept(folder: &Path, arrival: &StoredArrival) {
    let [plain, with_id] = names(folder, arrival);
    let place = if fs::try_exists(&with_id).await.unwrap_or(false) { with_id } else { plain };
    for file in [with_ending(&place), place] {
        // Somebody may have removed it; what cannot be removed is told by its folder.
        let _ = fs::remove_file(file).await;
    }
}
