//! Tables of foreign logs, Parquet or CSV, as cells: texts, whole numbers, times and flags.
//!
//! Both kinds stream: a file is never held whole. Nothing is guessed here but the form of times in CSV files, which is
//! either ISO (`2016-02-29 01:16`) or day first (`29/2/2016 01:16`), as ServiceNow writes them.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::civil::{Date, DateTime, Time};
use mandate_facts::io::ReadError;
use mandate_facts::io::foreign::{ForeignBatch, ForeignBatches, ParquetTable};

/// Files above this are refused with the advice to split them by month.
pub const LARGEST_FILE_BYTES: u64 = 4 << 30;
const CSV_BATCH_ROWS: usize = 8_192;
/// Bytes a row of a CSV file may take.
const LONGEST_ROW_BYTES: u64 = 1 << 20;

/// Why a file is not a table that can be read.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The file is not there or not readable.
    #[error("cannot open the file; check its name and its permissions")]
    Open(#[source] std::io::Error),
    /// Longer than is read in one go.
    #[error(
        "the file has {bytes} bytes, at most {limit} are read at once; split it by month and import the parts"
    )]
    TooLarge {
        /// Its length.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// A `.parquet` file that is something else.
    #[error("this is not a Parquet file; export the log as Parquet or as CSV")]
    NotParquet,
    /// Parquet that is cut short or damaged.
    #[error("the file is damaged and cannot be read to its end; export or copy it again")]
    Damaged(#[source] ReadError),
    /// CSV with a row of another length than its head.
    #[error("row {row} has {found} fields, the head has {expected}; check its quotes and separators")]
    Ragged {
        /// The row, the head being row 1.
        row: u64,
        /// Fields found.
        found: u64,
        /// Fields of the head.
        expected: u64,
    },
    /// CSV whose row does not end for long: most often a quote that is never closed.
    #[error("row {row} has more than {limit} bytes; is a quote opened and never closed?")]
    LongRow {
        /// The row, the head being row 1.
        row: u64,
        /// The limit.
        limit: u64,
    },
    /// Text that is not UTF-8.
    #[error("row {row} is not UTF-8 text; save the file with the encoding UTF-8")]
    Encoding {
        /// The row, the head being row 1.
        row: u64,
    },
    /// The disk failed while reading.
    #[error("the file could not be read to its end")]
    Csv(#[source] csv::Error),
}

enum Form {
    Parquet(ForeignBatches),
    Csv(Box<csv::Reader<Guarded>>),
}

/// A file of which a row may take so much and no more, so that an open quote does not put the rest into memory.
struct Guarded {
    file: BufReader<File>,
    /// Bytes read since the count was set back.
    n_bytes: Arc<AtomicU64>,
}

impl Read for Guarded {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if LONGEST_ROW_BYTES < self.n_bytes.load(Ordering::Relaxed) {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        let n_read = self.file.read(buffer)?;
        self.n_bytes.fetch_add(n_read as u64, Ordering::Relaxed);
        Ok(n_read)
    }
}

/// A table that is being read.
pub struct EventTable {
    columns: Vec<String>,
    n_rows: Option<u64>,
    n_read: u64,
    /// Bytes read since the last whole row of a CSV file.
    n_bytes: Arc<AtomicU64>,
    form: Form,
}

impl EventTable {
    /// Opens a table: Parquet by its first bytes or its name, CSV otherwise.
    ///
    /// # Errors
    /// [`TableError`], for whatever keeps the head from being read.
    pub fn open(path: &Path, file_name: &str) -> Result<Self, TableError> {
        let mut file = File::open(path).map_err(TableError::Open)?;
        let bytes = file.metadata().map_err(TableError::Open)?.len();
        if LARGEST_FILE_BYTES < bytes {
            return Err(TableError::TooLarge { bytes, limit: LARGEST_FILE_BYTES });
        }
        let mut magic = Vec::with_capacity(4);
        file.by_ref().take(4).read_to_end(&mut magic).map_err(TableError::Open)?;
        if magic == b"PAR1" {
            return Self::open_parquet(path);
        }
        if file_name.to_ascii_lowercase().ends_with(".parquet") {
            return Err(TableError::NotParquet);
        }
        Self::open_csv(path)
    }

    fn open_parquet(path: &Path) -> Result<Self, TableError> {
        let table = ParquetTable::open(path).map_err(parquet_failed)?;
        let form = Form::Parquet(table.batches().map_err(parquet_failed)?);
        let n_bytes = Arc::default();
        Ok(Self {
            columns: table.column_names().to_vec(),
            n_rows: Some(table.n_rows()),
            n_read: 0,
            n_bytes,
            form,
        })
    }

    fn open_csv(path: &Path) -> Result<Self, TableError> {
        let file = BufReader::with_capacity(1 << 16, File::open(path).map_err(TableError::Open)?);
        let n_bytes: Arc<AtomicU64> = Arc::default();
        let file = Guarded { file, n_bytes: Arc::clone(&n_bytes) };
        let mut reader = csv::ReaderBuilder::new().from_reader(file);
        let head = reader.byte_headers().map_err(|error| csv_failed(error, 1))?.clone();
        let mut columns = Vec::with_capacity(head.len());
        for name in &head {
            let name = std::str::from_utf8(name).map_err(|_| TableError::Encoding { row: 1 })?;
            // A byte order mark belongs to no name.
            columns.push(name.trim_start_matches('\u{feff}').trim().to_owned());
        }
        Ok(Self { columns, n_rows: None, n_read: 0, n_bytes, form: Form::Csv(Box::new(reader)) })
    }

    /// Position of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.eq_ignore_ascii_case(name))
    }

    /// Rows of the file, where it says so.
    pub fn n_rows(&self) -> Option<u64> {
        self.n_rows
    }

    /// The next rows, and the number of the first: in CSV the head is row 1, in Parquet the first row is.
    ///
    /// # Errors
    /// [`TableError`] naming the row.
    pub fn next_cells(&mut self) -> Result<Option<(u64, Cells)>, TableError> {
        match &mut self.form {
            Form::Parquet(batches) => {
                let Some(batch) = batches.next() else { return Ok(None) };
                let batch = batch.map_err(parquet_failed)?;
                let first = self.n_read + 1;
                self.n_read += batch.n_rows() as u64;
                Ok(Some((first, Cells::Parquet(batch))))
            }
            Form::Csv(reader) => {
                let first = self.n_read + 2;
                let mut records = Vec::with_capacity(CSV_BATCH_ROWS);
                while records.len() < CSV_BATCH_ROWS {
                    let row = first + records.len() as u64;
                    let mut record = csv::ByteRecord::new();
                    self.n_bytes.store(0, Ordering::Relaxed);
                    if !reader.read_byte_record(&mut record).map_err(|error| csv_failed(error, row))? {
                        break;
                    }
                    let record = csv::StringRecord::from_byte_record(record);
                    records.push(record.map_err(|_| TableError::Encoding { row })?);
                }
                self.n_read += records.len() as u64;
                Ok((!records.is_empty()).then_some((first, Cells::Csv(records))))
            }
        }
    }
}

fn parquet_failed(error: ReadError) -> TableError {
    match error {
        ReadError::NotParquet { .. } => TableError::NotParquet,
        ReadError::Open { source, .. } => TableError::Open(source),
        other => TableError::Damaged(other),
    }
}

fn csv_failed(error: csv::Error, row: u64) -> TableError {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            TableError::Ragged { row, found: *len, expected: *expected_len }
        }
        csv::ErrorKind::Utf8 { .. } => TableError::Encoding { row },
        csv::ErrorKind::Io(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {
            TableError::LongRow { row, limit: LONGEST_ROW_BYTES }
        }
        _ => TableError::Csv(error),
    }
}

/// A time as a file states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// An instant: microseconds since the epoch.
    At(i64),
    /// A reading of a wall clock whose zone the file does not state: microseconds since the epoch of that clock.
    Wall(i64),
}

/// Some rows of a table.
pub enum Cells {
    /// Of a Parquet file.
    Parquet(ForeignBatch),
    /// Of a CSV file.
    Csv(Vec<csv::StringRecord>),
}

impl Cells {
    /// Rows.
    pub fn n_rows(&self) -> usize {
        match self {
            Self::Parquet(batch) => batch.n_rows(),
            Self::Csv(records) => records.len(),
        }
    }

    /// A value as text; `None` for an empty or missing one.
    pub fn text(&self, row: usize, column: usize) -> Option<Cow<'_, str>> {
        let text = match self {
            Self::Parquet(batch) => batch.text(row, column)?,
            Self::Csv(records) => Cow::Borrowed(records.get(row)?.get(column)?.trim()),
        };
        (!text.is_empty()).then_some(text)
    }

    /// A whole number; `None` when there is none.
    pub fn integer(&self, row: usize, column: usize) -> Option<i64> {
        match self {
            Self::Parquet(batch) => {
                batch.integer(row, column).or_else(|| batch.text(row, column)?.trim().parse().ok())
            }
            Self::Csv(_) => self.text(row, column)?.parse().ok(),
        }
    }

    /// Yes or no, in the words programs write.
    pub fn flag(&self, row: usize, column: usize) -> Option<bool> {
        if let Self::Parquet(batch) = self
            && let Some(flag) = batch.boolean(row, column)
        {
            return Some(flag);
        }
        match self.text(row, column)?.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "1" => Some(true),
            "false" | "f" | "no" | "0" => Some(false),
            _ => None,
        }
    }

    /// A time; `None` when there is none or it cannot be read.
    pub fn stamp(&self, row: usize, column: usize) -> Option<Stamp> {
        if let Self::Parquet(batch) = self
            && let Some(us) = batch.timestamp_us(row, column)
        {
            return Some(if batch.has_zone(column) { Stamp::At(us) } else { Stamp::Wall(us) });
        }
        parse_stamp(&self.text(row, column)?)
    }
}

/// Reads a time: with an offset or `Z` an instant, else a reading of a wall clock.
pub fn parse_stamp(text: &str) -> Option<Stamp> {
    let text = text.trim();
    if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
        return Some(Stamp::At(timestamp.as_microsecond()));
    }
    let wall = text.parse::<DateTime>().ok().or_else(|| day_first(text))?;
    let utc = wall.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(Stamp::Wall(utc.timestamp().as_microsecond()))
}

/// `29/2/2016 01:16`, seconds optional.
fn day_first(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once(' ')?;
    let mut parts = date.split(['/', '.']);
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    let mut parts = time.trim().split(':');
    let (hour, minute) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let second = parts.next().map_or(Some(0), |second| second.parse().ok())?;
    Some(date.to_datetime(Time::new(hour, minute, second, 0).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_the_forms_logs_have() {
        let wall = Some(Stamp::Wall(1_456_708_560_000_000));
        for text in ["2016-02-29 01:16", "2016-02-29T01:16:00", "29/2/2016 01:16", "29.02.2016 01:16:00"] {
            assert_eq!(parse_stamp(text), wall, "{text}");
        }
        assert_eq!(parse_stamp("2016-02-29T01:16:00Z"), Some(Stamp::At(1_456_708_560_000_000)));
        assert_eq!(parse_stamp("2016-02-29T02:16:00+01:00"), Some(Stamp::At(1_456_708_560_000_000)));
        for bad in ["", "yesterday", "31/2/2016 01:16", "2016-02-29 25:00"] {
            assert_eq!(parse_stamp(bad), None, "{bad}");
        }
    }
}
