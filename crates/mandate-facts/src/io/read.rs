//! Reading event files: all of them in batches, or only given cases.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{BooleanArray, RecordBatch};
use arrow_schema::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowPredicateFn, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowFilter,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;

use super::row::{EventRow, RowError, rows_from_batch};

/// Why event files could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file is not there or not readable.
    #[error("cannot open `{path}`")]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something else than Parquet.
    #[error("`{path}` is not a Parquet file")]
    NotParquet {
        /// The file.
        path: PathBuf,
    },
    /// Parquet that is cut short or damaged.
    #[error("`{path}` is damaged and cannot be read to its end")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the library said.
        source: ParquetError,
    },
    /// Damage found while reading rows, such as text that is not UTF-8.
    #[error("`{path}` holds values that cannot be read")]
    Values {
        /// The file.
        path: PathBuf,
        /// What the library said.
        source: ArrowError,
    },
    /// Parquet, but not events.
    #[error("`{path}` does not hold events as Mandate writes them")]
    Row {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: RowError,
    },
    /// Rows that are not sorted by case, time and sequence.
    #[error(
        "`{path}` is out of order at case `{case_ref}`; write it anew, sorted by case, time and sequence"
    )]
    OutOfOrder {
        /// The file.
        path: PathBuf,
        /// Case of the row that comes too late.
        case_ref: String,
    },
}

const BATCH_ROWS: usize = 16_384;

/// What reading a few cases gave, and how much of the files it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CasesRead {
    /// Events of the cases, file after file, each sorted by case, time and sequence.
    pub rows: Vec<EventRow>,
    /// Row groups that were opened.
    pub n_row_groups_read: usize,
    /// Row groups of all files.
    pub n_row_groups: usize,
}

/// Reads only the events of `case_refs` from `files` (paths relative to `folder`).
///
/// Row groups whose range of cases holds none of them are skipped; in the others only the column
/// of cases is decoded for rows that do not belong.
///
/// # Errors
/// [`ReadError`], naming the file.
pub fn read_cases(folder: &Path, files: &[PathBuf], case_refs: &[&str]) -> Result<CasesRead, ReadError> {
    let mut wanted: Vec<String> = case_refs.iter().map(|case_ref| (*case_ref).to_owned()).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let wanted = Arc::new(wanted);
    let mut read = CasesRead { rows: Vec::new(), n_row_groups_read: 0, n_row_groups: 0 };
    for file in files {
        let path = folder.join(file);
        let builder = open(&path)?;
        let groups = builder.metadata().row_groups();
        let hits: Vec<usize> = (0..groups.len()).filter(|idx| may_hold(&groups[*idx], &wanted)).collect();
        read.n_row_groups += groups.len();
        read.n_row_groups_read += hits.len();
        if hits.is_empty() {
            continue;
        }
        let mask = ProjectionMask::columns(builder.parquet_schema(), ["case_ref"]);
        let wanted = Arc::clone(&wanted);
        let belongs = move |batch: RecordBatch| -> Result<BooleanArray, ArrowError> {
            let texts = batch.column(0).as_string_opt::<i32>();
            let texts = texts.ok_or_else(|| ArrowError::SchemaError("case_ref is not a text".to_owned()))?;
            let holds = |text: Option<&str>| {
                text.is_some_and(|text| wanted.binary_search_by(|known| known.as_str().cmp(text)).is_ok())
            };
            Ok(texts.iter().map(|text| Some(holds(text))).collect())
        };
        let filter = RowFilter::new(vec![Box::new(ArrowPredicateFn::new(mask, belongs))]);
        let builder = builder.with_row_groups(hits).with_row_filter(filter).with_batch_size(BATCH_ROWS);
        let reader = builder.build().map_err(|source| damaged(&path, source))?;
        let mut batches = FileBatches { path, reader, last: None };
        while let Some(rows) = batches.next_rows() {
            read.rows.extend(rows?);
        }
    }
    Ok(read)
}

/// Streams all events of `files` (paths relative to `folder`), some thousand rows at a time.
pub fn read_all<'a>(folder: &'a Path, files: &'a [PathBuf]) -> EventBatches<'a> {
    EventBatches { folder, files: files.iter(), current: None }
}

/// Events in batches; see [`read_all`]. Ends after the first error.
#[derive(Debug)]
pub struct EventBatches<'a> {
    folder: &'a Path,
    files: std::slice::Iter<'a, PathBuf>,
    current: Option<FileBatches>,
}

impl Iterator for EventBatches<'_> {
    type Item = Result<Vec<EventRow>, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(rows) = self.current.as_mut().and_then(FileBatches::next_rows) {
                if rows.is_err() {
                    self.stop();
                }
                return Some(rows);
            }
            let path = self.folder.join(self.files.next()?);
            let reader = open(&path).and_then(|builder| {
                builder.with_batch_size(BATCH_ROWS).build().map_err(|source| damaged(&path, source))
            });
            match reader {
                Ok(reader) => self.current = Some(FileBatches { path, reader, last: None }),
                Err(error) => {
                    self.stop();
                    return Some(Err(error));
                }
            }
        }
    }
}

impl EventBatches<'_> {
    fn stop(&mut self) {
        self.files = [].iter();
        self.current = None;
    }
}

struct FileBatches {
    path: PathBuf,
    reader: ParquetRecordBatchReader,
    /// Key of the last row given, to notice a file out of order.
    last: Option<(String, i64, i64)>,
}

impl std::fmt::Debug for FileBatches {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("FileBatches").field("path", &self.path).finish_non_exhaustive()
    }
}

impl FileBatches {
    fn next_rows(&mut self) -> Option<Result<Vec<EventRow>, ReadError>> {
        let batch = self.reader.next()?;
        Some(self.rows(batch))
    }

    fn rows(&mut self, batch: Result<RecordBatch, ArrowError>) -> Result<Vec<EventRow>, ReadError> {
        let batch = batch.map_err(|source| ReadError::Values { path: self.path.clone(), source })?;
        let rows =
            rows_from_batch(&batch).map_err(|source| ReadError::Row { path: self.path.clone(), source })?;
        for row in &rows {
            let key = (row.case_ref.as_str(), row.at_us, row.event_seq);
            let before = self.last.as_ref().map(|(case_ref, at_us, seq)| (case_ref.as_str(), *at_us, *seq));
            if before.is_some_and(|before| key < before) {
                return Err(ReadError::OutOfOrder {
                    path: self.path.clone(),
                    case_ref: row.case_ref.clone(),
                });
            }
            match &mut self.last {
                Some((case_ref, at_us, seq)) if *case_ref == row.case_ref => {
                    (*at_us, *seq) = (row.at_us, row.event_seq);
                }
                last => *last = Some((row.case_ref.clone(), row.at_us, row.event_seq)),
            }
        }
        Ok(rows)
    }
}

fn damaged(path: &Path, source: ParquetError) -> ReadError {
    ReadError::Damaged { path: path.to_owned(), source }
}

/// Opens a Parquet file, and tells one that is none from one that is damaged.
pub(super) fn open(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>, ReadError> {
    use std::io::Read;
    let opening = |source| ReadError::Open { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(opening)?;
    let mut magic = Vec::with_capacity(4);
    file.by_ref().take(4).read_to_end(&mut magic).map_err(opening)?;
    if magic != b"PAR1" {
        return Err(ReadError::NotParquet { path: path.to_owned() });
    }
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(|source| damaged(path, source))
}

/// Whether a row group can hold one of the wanted cases; yes when it keeps no statistics.
fn may_hold(group: &RowGroupMetaData, wanted: &[String]) -> bool {
    let column = group.columns().iter().find(|column| column.column_path().string() == "case_ref");
    let Some(Statistics::ByteArray(range)) = column.and_then(|column| column.statistics()) else {
        return true;
    };
    let (Some(low), Some(high)) = (range.min_opt(), range.max_opt()) else { return true };
    let from = wanted.partition_point(|case_ref| case_ref.as_bytes() < low.data());
    // Statistics cut to a prefix are still bounds: the writer rounds the upper one up.
    wanted.get(from).is_some_and(|case_ref| case_ref.as_bytes() <= high.data())
}
