//! Writing event files: whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use sha2::{Digest, Sha256};

use super::row::{EventRow, RowError, event_schema, rows_to_batch};

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenFile {
    /// Path relative to the folder of events: `YYYY-MM/<name>.parquet`.
    pub path: PathBuf,
    /// Events in it.
    pub n_rows: usize,
    /// Time of the earliest event, microseconds since the epoch.
    pub first_at_us: i64,
    /// Time of the latest event.
    pub last_at_us: i64,
    /// SHA-256 of the file's bytes, in hex.
    pub sha256: String,
}

/// Why events were not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A name that could leave the folder or clash on some system.
    #[error("`{name}` cannot name an event file; use letters, digits, `-` and `_`")]
    Name {
        /// What was given.
        name: String,
    },
    /// A file of that name is there: event files are never changed.
    #[error("event file `{path}` exists already; give the import another name")]
    Exists {
        /// Path relative to the folder of events.
        path: PathBuf,
    },
    /// An event that happened before its case was opened.
    #[error("event `{event_id}` of case `{case_ref}` happened before the case was opened")]
    BeforeOpened {
        /// The event.
        event_id: String,
        /// Its case.
        case_ref: String,
    },
    /// Two events of a case with the same time and sequence, or the same id.
    #[error("event `{event_id}` of case `{case_ref}` comes twice in this import")]
    Duplicate {
        /// The event.
        event_id: String,
        /// Its case.
        case_ref: String,
    },
    /// A time outside the years -9999 to 9999.
    #[error("event `{event_id}` of case `{case_ref}` has no possible time ({at_us} microseconds)")]
    Time {
        /// The event.
        event_id: String,
        /// Its case.
        case_ref: String,
        /// What was given.
        at_us: i64,
    },
    /// A row that no file can hold.
    #[error("the events cannot be written")]
    Row(#[source] RowError),
    /// The disk or the file system.
    #[error("cannot write `{path}`")]
    Disk {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The Parquet library.
    #[error("cannot write `{path}` as Parquet")]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the library said.
        source: ParquetError,
    },
}

/// Rows to a row group: some 1 MB compressed, so that a few cases cost a few groups.
const ROW_GROUP_ROWS: usize = 100_000;
/// Rows converted at a time, to bound memory.
const BATCH_ROWS: usize = 16_384;

/// Writes events below `folder`, one file for each month (of the event's time, UTC).
///
/// Each file is written under a temporary name, flushed to the disk and renamed; then the folder is
/// flushed. A crash leaves either the whole file or a `.partial` one that no reader takes.
///
/// # Shapes and units
/// - `name`: names the import, unique in the folder; letters, digits, `-` and `_`.
/// - `rows`: any number in any order; sorted here by case, time and sequence.
/// - returns the files in order of months; none for no rows.
///
/// # Errors
/// [`WriteError`]. After an error in a later month, files of earlier months may exist: the caller
/// records only what was returned and a later try needs a new name.
pub fn write_events(
    folder: &Path,
    name: &str,
    mut rows: Vec<EventRow>,
) -> Result<Vec<WrittenFile>, WriteError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if name.is_empty() || 100 < name.len() || !name.bytes().all(plain) {
        return Err(WriteError::Name { name: name.to_owned() });
    }
    rows.sort_by(|left, right| row_key(left).cmp(&row_key(right)));
    check_rows(&rows)?;
    let mut by_month: Vec<(String, Vec<EventRow>)> = Vec::new();
    for row in rows {
        let month = month_name(&row)?;
        match by_month.iter_mut().find(|(known, _)| *known == month) {
            Some((_, month_rows)) => month_rows.push(row),
            None => by_month.push((month, vec![row])),
        }
    }
    by_month.sort_by(|left, right| left.0.cmp(&right.0));
    by_month.into_iter().map(|(month, rows)| write_month(folder, &month, name, &rows)).collect()
}

fn row_key(row: &EventRow) -> (&str, i64, i64) {
    (&row.case_ref, row.at_us, row.event_seq)
}

fn check_rows(sorted: &[EventRow]) -> Result<(), WriteError> {
    let named = |row: &EventRow| (row.event_id.clone(), row.case_ref.clone());
    for row in sorted {
        if row.at_us < row.opened_at_us {
            let (event_id, case_ref) = named(row);
            return Err(WriteError::BeforeOpened { event_id, case_ref });
        }
    }
    let same_moment = sorted.windows(2).find(|pair| row_key(&pair[0]) == row_key(&pair[1]));
    let mut by_id: Vec<&EventRow> = sorted.iter().filter(|row| !row.event_id.is_empty()).collect();
    by_id.sort_by(|left, right| (&left.case_ref, &left.event_id).cmp(&(&right.case_ref, &right.event_id)));
    let same_id = by_id
        .windows(2)
        .find(|pair| (&pair[0].case_ref, &pair[0].event_id) == (&pair[1].case_ref, &pair[1].event_id));
    if let Some(twice) = same_moment.map(|pair| &pair[1]).or(same_id.map(|pair| pair[1])) {
        let (event_id, case_ref) = named(twice);
        return Err(WriteError::Duplicate { event_id, case_ref });
    }
    Ok(())
}

fn month_name(row: &EventRow) -> Result<String, WriteError> {
    let timestamp = jiff::Timestamp::from_microsecond(row.at_us).map_err(|_| WriteError::Time {
        event_id: row.event_id.clone(),
        case_ref: row.case_ref.clone(),
        at_us: row.at_us,
    })?;
    let date = timestamp.to_zoned(jiff::tz::TimeZone::UTC).date();
    Ok(format!("{:04}-{:02}", date.year(), date.month()))
}

fn write_month(folder: &Path, month: &str, name: &str, rows: &[EventRow]) -> Result<WrittenFile, WriteError> {
    let path = Path::new(month).join(format!("{name}.parquet"));
    let month_folder = folder.join(month);
    let target = folder.join(&path);
    let partial = month_folder.join(format!("{name}.parquet.partial"));
    let disk = |path: &Path| {
        let path = path.to_owned();
        move |source| WriteError::Disk { path, source }
    };
    fs::create_dir_all(&month_folder).map_err(disk(&month_folder))?;
    if target.exists() {
        return Err(WriteError::Exists { path });
    }
    let file =
        OpenOptions::new().write(true).create(true).truncate(true).open(&partial).map_err(disk(&partial))?;
    let hashing = write_rows(HashingFile { file, hash: Sha256::new() }, rows, &partial)?;
    hashing.file.sync_all().map_err(disk(&partial))?;
    fs::rename(&partial, &target).map_err(disk(&target))?;
    for flushed in [&month_folder, folder] {
        File::open(flushed).and_then(|opened| opened.sync_all()).map_err(disk(flushed))?;
    }
    let times = || rows.iter().map(|row| row.at_us);
    Ok(WrittenFile {
        path,
        n_rows: rows.len(),
        first_at_us: times().min().unwrap_or_default(),
        last_at_us: times().max().unwrap_or_default(),
        sha256: hashing.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
    })
}

fn write_rows(file: HashingFile, rows: &[EventRow], path: &Path) -> Result<HashingFile, WriteError> {
    let parquet = |source| WriteError::Parquet { path: path.to_owned(), source };
    let sorting =
        [0, 1, 2].map(|column_idx| SortingColumn { column_idx, descending: false, nulls_first: false });
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_sorting_columns(Some(sorting.to_vec()))
        .build();
    let mut writer = ArrowWriter::try_new(file, event_schema(), Some(properties)).map_err(parquet)?;
    for part in rows.chunks(BATCH_ROWS) {
        let batch = rows_to_batch(part).map_err(WriteError::Row)?;
        writer.write(&batch).map_err(parquet)?;
    }
    writer.into_inner().map_err(parquet)
}

/// A file that keeps the hash of what went into it.
struct HashingFile {
    file: File,
    hash: Sha256,
}

impl Write for HashingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
