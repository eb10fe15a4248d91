//! Staging: rows become event files that do not count yet. Runs off the async threads and touches no database.
//!
//! Rows come in chunks, so that a long file is never held whole. Each chunk is held against what came before it, in the
//! same import and in files that count: an event that is there already is left out, one that contradicts is refused.
//! Until a manifest row names them the files mean nothing; [`discard`] or the sweep removes them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use mandate_domain::facts::source::SourceId;
use mandate_domain::{Instant, Month};
use mandate_facts::io::{EventRow, ReadError, WriteError, WrittenFile, read_cases, write_events};
use mandate_store::facts::files::EventFile;

use crate::exchange::event_rows::{RowProblem, RowProblemKind, Rows};

/// Rows held at once: some 150 MB.
pub(crate) const CHUNK_ROWS: usize = 250_000;

/// Why files could not be staged.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// Event files that count cannot be read.
    #[error("the event files kept so far cannot be read; run `mandate doctor`")]
    Read(#[from] ReadError),
    /// The new ones cannot be written.
    #[error("the events could not be written; check the space and the permissions of the data folder")]
    Write(#[from] WriteError),
    /// The file just written cannot be looked at.
    #[error("the data folder cannot be read")]
    Disk(#[from] std::io::Error),
}

/// Turns chunks of rows into files.
pub(crate) struct Stager {
    folder: PathBuf,
    /// Where files are written: `folder`, or elsewhere when nothing is to be kept.
    out: PathBuf,
    source: SourceId,
    batch_id: String,
    /// Files that count, oldest first, then those written here; paths relative to the folder of events.
    known: Vec<PathBuf>,
    pub staged: Staged,
    /// Cases that rows speak of, known or new, when somebody asks whether the writer reaches them.
    pub spoken_of: Option<BTreeMap<String, SpokenOf>>,
}

/// How rows speak of a case.
#[derive(Debug)]
pub(crate) struct SpokenOf {
    /// The first row that does.
    pub row: u64,
    /// Whether one of them names an account.
    pub names_account: bool,
}

/// What staging came to.
#[derive(Debug, Default)]
pub(crate) struct Staged {
    pub files: Vec<EventFile>,
    pub touched: BTreeSet<String>,
    /// Accounts as the source names them, with the first row that does.
    pub account_refs: BTreeMap<String, u64>,
    pub group_refs: BTreeSet<String>,
    pub raw_states: BTreeSet<String>,
    pub n_new: u64,
    pub n_corrected: u64,
    pub n_same: u64,
    pub latest_at_us: i64,
    pub earliest_opened_us: i64,
}

/// What tells one event of a case from another.
fn key(row: &EventRow) -> (&str, i64, i64) {
    (&row.case_ref, row.at_us, row.event_seq)
}

/// Whether two rows tell the same of an event. When a case was resolved and closed is repeated on all its rows by some
/// sources, and known only later, so it does not count here.
fn same_story(left: &EventRow, right: &EventRow) -> bool {
    let plain = |row: &EventRow| {
        (row.at_us, row.event_seq, row.opened_at_us, row.state_class, row.priority, row.reported_met)
    };
    plain(left) == plain(right)
        && left.raw_state == right.raw_state
        && left.account_ref == right.account_ref
        && left.group_ref == right.group_ref
        && left.category == right.category
        && left.kind == right.kind
        && left.caller_ref == right.caller_ref
        && left.assignee_ref == right.assignee_ref
}

impl Stager {
    pub(crate) fn new(folder: PathBuf, source: SourceId, batch_id: String, known: Vec<PathBuf>) -> Self {
        let staged = Staged { latest_at_us: i64::MIN, earliest_opened_us: i64::MAX, ..Staged::default() };
        Self { out: folder.clone(), folder, source, batch_id, known, staged, spoken_of: None }
    }

    /// Writes to another folder, so that nothing is left among the event files.
    pub(crate) fn writing_to(self, out: PathBuf) -> Self {
        Self { out, ..self }
    }

    /// Keeps every case that rows speak of.
    pub(crate) fn noting_cases(self) -> Self {
        Self { spoken_of: Some(BTreeMap::new()), ..self }
    }

    /// Stages the rows read so far, if they are good; problems found are added to those of `rows`.
    pub(crate) fn take(&mut self, rows: &mut Rows) -> Result<(), StageError> {
        let chunk = std::mem::take(&mut rows.rows);
        if rows.n_problems > 0 || chunk.is_empty() {
            return Ok(());
        }
        self.note_cases(&chunk);
        let chunk = self.without_repeats(chunk, rows);
        let fresh = self.without_known(chunk, rows)?;
        if rows.n_problems > 0 || fresh.is_empty() {
            return Ok(());
        }
        for (number, row) in &fresh {
            if !self.staged.touched.contains(&row.case_ref) {
                self.staged.touched.insert(row.case_ref.clone());
            }
            if !row.account_ref.is_empty() && !self.staged.account_refs.contains_key(&row.account_ref) {
                self.staged.account_refs.insert(row.account_ref.clone(), *number);
            }
            if !row.group_ref.is_empty() && !self.staged.group_refs.contains(&row.group_ref) {
                self.staged.group_refs.insert(row.group_ref.clone());
            }
            if !row.raw_state.is_empty() && !self.staged.raw_states.contains(&row.raw_state) {
                self.staged.raw_states.insert(row.raw_state.clone());
            }
            self.staged.latest_at_us = self.staged.latest_at_us.max(row.at_us);
            self.staged.earliest_opened_us = self.staged.earliest_opened_us.min(row.opened_at_us);
        }
        let name = format!("{}-{}", self.batch_id, self.staged.files.len());
        let fresh = fresh.into_iter().map(|(_, row)| row).collect();
        for file in write_files(&self.out, &self.source, &name, &self.batch_id, fresh)? {
            // Joined to the folder it stays as it is when it is absolute, which that of a check is.
            let elsewhere = self.out != self.folder;
            self.known.push(if elsewhere { self.out.join(&file.path) } else { PathBuf::from(&file.path) });
            self.staged.files.push(file);
        }
        Ok(())
    }

    fn note_cases(&mut self, chunk: &[(u64, EventRow)]) {
        let Some(spoken_of) = &mut self.spoken_of else { return };
        for (number, row) in chunk {
            let first = || SpokenOf { row: *number, names_account: false };
            let case = spoken_of.entry(row.case_ref.clone()).or_insert_with(first);
            case.names_account |= !row.account_ref.is_empty();
        }
    }

    /// Leaves out events that come twice in one chunk; a later row with the same id corrects an earlier one.
    fn without_repeats(&mut self, mut chunk: Vec<(u64, EventRow)>, rows: &mut Rows) -> Vec<(u64, EventRow)> {
        // Stable, so that of rows with one id the later stays behind the earlier.
        chunk.sort_by(|left, right| {
            (&left.1.case_ref, &left.1.event_id).cmp(&(&right.1.case_ref, &right.1.event_id))
        });
        let mut kept: Vec<(u64, EventRow)> = Vec::with_capacity(chunk.len());
        for (number, row) in chunk {
            let earlier = kept.last_mut().filter(|(_, last)| {
                !row.event_id.is_empty() && last.event_id == row.event_id && last.case_ref == row.case_ref
            });
            match earlier {
                Some(earlier) => {
                    if same_story(&earlier.1, &row) {
                        self.staged.n_same += 1;
                    } else {
                        self.staged.n_corrected += 1;
                    }
                    *earlier = (number, row);
                }
                None => kept.push((number, row)),
            }
        }
        kept.sort_by(|left, right| key(&left.1).cmp(&key(&right.1)).then(left.0.cmp(&right.0)));
        let mut single: Vec<(u64, EventRow)> = Vec::with_capacity(kept.len());
        for (number, row) in kept {
            match single.last().filter(|(_, last)| key(last) == key(&row)) {
                Some((_, last)) if same_story(last, &row) => self.staged.n_same += 1,
                Some(_) => rows.note(contradiction(number, &row)),
                None => single.push((number, row)),
            }
        }
        single
    }

    /// Leaves out events that are known already.
    fn without_known(
        &mut self,
        chunk: Vec<(u64, EventRow)>,
        rows: &mut Rows,
    ) -> Result<Vec<(u64, EventRow)>, StageError> {
        if self.known.is_empty() {
            self.staged.n_new += chunk.len() as u64;
            return Ok(chunk);
        }
        let refs: BTreeSet<&str> = chunk.iter().map(|(_, row)| row.case_ref.as_str()).collect();
        let refs: Vec<&str> = refs.into_iter().collect();
        let earlier = read_cases(&self.folder, &self.known, &refs)?.rows;
        let (by_id, by_key) = index(&earlier);
        let mut fresh = Vec::with_capacity(chunk.len());
        for (number, row) in chunk {
            let by_id = by_id
                .get(&(row.case_ref.as_str(), row.event_id.as_str()))
                .filter(|_| !row.event_id.is_empty());
            match (by_id, by_key.get(&key(&row))) {
                (Some(known), _) if same_story(known, &row) => self.staged.n_same += 1,
                (Some(_), _) => {
                    self.staged.n_corrected += 1;
                    fresh.push((number, row));
                }
                (None, Some(known)) if same_story(known, &row) => self.staged.n_same += 1,
                (None, Some(_)) => rows.note(contradiction(number, &row)),
                (None, None) => {
                    self.staged.n_new += 1;
                    fresh.push((number, row));
                }
            }
        }
        Ok(fresh)
    }
}

type ById<'a> = HashMap<(&'a str, &'a str), &'a EventRow>;
type ByKey<'a> = HashMap<(&'a str, i64, i64), &'a EventRow>;

/// Events that count among rows in the order of import: by id, and by moment without those that were corrected.
fn index(earlier: &[EventRow]) -> (ById<'_>, ByKey<'_>) {
    let mut by_id = ById::with_capacity(earlier.len());
    for row in earlier.iter().filter(|row| !row.event_id.is_empty()) {
        by_id.insert((&row.case_ref, &row.event_id), row);
    }
    let counts = |row: &&EventRow| {
        by_id
            .get(&(row.case_ref.as_str(), row.event_id.as_str()))
            .is_none_or(|last| std::ptr::eq(*last, *row))
    };
    let by_key = earlier.iter().filter(counts).map(|row| (key(row), row)).collect();
    (by_id, by_key)
}

fn contradiction(row: u64, event: &EventRow) -> RowProblem {
    let kind = RowProblemKind::Contradicts { case_ref: event.case_ref.clone() };
    RowProblem { row, column: "event", kind }
}

/// Writes rows as files of a source, one a month; they do not count before the manifest names them.
pub(crate) fn write_files(
    folder: &Path,
    source: &SourceId,
    name: &str,
    batch_id: &str,
    rows: Vec<EventRow>,
) -> Result<Vec<EventFile>, StageError> {
    let written = write_events(&folder.join(source.as_str()), name, rows)?;
    written.iter().map(|file| manifest_row(folder, source, batch_id, file)).collect()
}

fn manifest_row(
    folder: &Path,
    source: &SourceId,
    batch_id: &str,
    written: &WrittenFile,
) -> Result<EventFile, StageError> {
    let relative = Path::new(source.as_str()).join(&written.path);
    let n_bytes = fs::metadata(folder.join(&relative))?.len();
    let earliest = Instant::from_microseconds(written.first_at_us);
    Ok(EventFile {
        path: relative.to_string_lossy().replace('\\', "/"),
        source_id: source.clone(),
        month: Month::of(earliest.date_in(&jiff::tz::TimeZone::UTC)),
        n_events: i64::try_from(written.n_rows).unwrap_or(i64::MAX),
        n_bytes: i64::try_from(n_bytes).unwrap_or(i64::MAX),
        sha256: written.sha256.clone(),
        min_at: earliest,
        max_at: Instant::from_microseconds(written.last_at_us),
        batch_id: batch_id.to_owned(),
        created_at: Instant::from_microseconds(0),
    })
}

/// Removes staged files that will not count.
pub(crate) fn discard(folder: &Path, files: &[EventFile]) {
    for file in files {
        if let Err(error) = fs::remove_file(folder.join(&file.path)) {
            tracing::warn!(event = "staged_file_left", path = %file.path, %error, "a staged file was not removed");
        }
    }
}
