//! Parquet files of other systems: any columns, read as texts, numbers and times.
//!
//! Import profiles use it to turn a foreign log into events. Nothing is guessed here: a value is
//! shown as the file holds it, and a time without a zone stays without one.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowTimestampType, Date32Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;

use super::read::{ReadError, open};

/// A Parquet file with any columns.
#[derive(Clone, Debug)]
pub struct ParquetTable {
    path: PathBuf,
    column_names: Vec<String>,
    n_rows: u64,
}

/// Rows to a batch.
const BATCH_ROWS: usize = 8_192;

impl ParquetTable {
    /// Reads the columns of a file, not yet its rows.
    ///
    /// # Errors
    /// [`ReadError`]: no such file, not a Parquet file, or damaged.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let builder = open(path)?;
        let column_names = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
        let n_rows = builder.metadata().file_metadata().num_rows();
        Ok(Self { path: path.to_owned(), column_names, n_rows: u64::try_from(n_rows).unwrap_or_default() })
    }

    /// Names of the columns, in order.
    pub fn column_names(&self) -> &[String] {
        &self.column_names
    }

    /// Position of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.column_names.iter().position(|known| known == name)
    }

    /// Rows of the file.
    pub fn n_rows(&self) -> u64 {
        self.n_rows
    }

    /// Streams the rows in batches.
    ///
    /// # Errors
    /// [`ReadError`] when the file cannot be opened any more; each batch can fail on its own.
    pub fn batches(&self) -> Result<ForeignBatches, ReadError> {
        let damaged = |source| ReadError::Damaged { path: self.path.clone(), source };
        let reader = open(&self.path)?.with_batch_size(BATCH_ROWS).build().map_err(damaged)?;
        Ok(ForeignBatches { path: self.path.clone(), reader })
    }
}

/// Batches of a foreign file; see [`ParquetTable::batches`].
pub struct ForeignBatches {
    path: PathBuf,
    reader: ParquetRecordBatchReader,
}

impl Iterator for ForeignBatches {
    type Item = Result<ForeignBatch, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.reader.next()?;
        let values = |source| ReadError::Values { path: self.path.clone(), source };
        Some(batch.map(|batch| ForeignBatch { batch }).map_err(values))
    }
}

/// Some rows of a foreign file. Rows and columns count from 0; what is outside reads as missing.
#[derive(Clone, Debug)]
pub struct ForeignBatch {
    batch: RecordBatch,
}

impl ForeignBatch {
    /// Rows of this batch.
    pub fn n_rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// A value as text: texts as they are, whole numbers and fractions in their shortest form,
    /// `true` and `false`, dates as `YYYY-MM-DD`, times as `YYYY-MM-DD HH:MM:SS[.ffffff]` of the
    /// file's own clock. `None` for a missing value, or a type that has no such form.
    pub fn text(&self, row: usize, column: usize) -> Option<Cow<'_, str>> {
        let array = self.present(row, column)?;
        text_of(array, row)
    }

    /// A time in microseconds since the epoch; for a column without a zone, of its wall clock.
    /// `None` for a missing value or a column that holds no times.
    pub fn timestamp_us(&self, row: usize, column: usize) -> Option<i64> {
        let array = self.present(row, column)?;
        match array.data_type() {
            DataType::Timestamp(..) => timestamp_us(array, row),
            DataType::Date32 => {
                Some(i64::from(array.as_primitive::<Date32Type>().value(row)) * 86_400_000_000)
            }
            _ => None,
        }
    }

    /// Whether times of this column are instants (true) or readings of an unnamed wall clock.
    pub fn has_zone(&self, column: usize) -> bool {
        let field = self.batch.columns().get(column).map(|array| array.data_type());
        matches!(field, Some(DataType::Timestamp(_, Some(_))))
    }

    /// A whole number. `None` for a missing value or a column that holds none.
    pub fn integer(&self, row: usize, column: usize) -> Option<i64> {
        integer_of(self.present(row, column)?, row)
    }

    /// Yes or no. `None` for a missing value or a column that holds neither.
    pub fn boolean(&self, row: usize, column: usize) -> Option<bool> {
        Some(self.present(row, column)?.as_boolean_opt()?.value(row))
    }

    fn present(&self, row: usize, column: usize) -> Option<&dyn Array> {
        let array = self.batch.columns().get(column)?;
        (row < array.len() && !array.is_null(row)).then_some(array.as_ref())
    }
}

fn text_of(array: &dyn Array, row: usize) -> Option<Cow<'_, str>> {
    match array.data_type() {
        DataType::Utf8 => Some(array.as_string::<i32>().value(row).into()),
        DataType::LargeUtf8 => Some(array.as_string::<i64>().value(row).into()),
        DataType::Utf8View => Some(array.as_string_view().value(row).into()),
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary_opt()?;
            let key = integer_of(dictionary.keys(), row)?;
            let key = usize::try_from(key).ok()?;
            let values: &dyn Array = dictionary.values().as_ref();
            (key < values.len() && !values.is_null(key)).then(|| text_of(values, key))?
        }
        DataType::Boolean => Some(if array.as_boolean().value(row) { "true" } else { "false" }.into()),
        DataType::Float32 => Some(array.as_primitive::<Float32Type>().value(row).to_string().into()),
        DataType::Float64 => Some(array.as_primitive::<Float64Type>().value(row).to_string().into()),
        DataType::UInt64 => Some(array.as_primitive::<UInt64Type>().value(row).to_string().into()),
        DataType::Timestamp(..) => {
            let timestamp = jiff::Timestamp::from_microsecond(timestamp_us(array, row)?).ok()?;
            let wall = timestamp.to_zoned(jiff::tz::TimeZone::UTC).datetime();
            Some(wall.to_string().replace('T', " ").into())
        }
        DataType::Date32 => {
            let days = i64::from(array.as_primitive::<Date32Type>().value(row));
            let timestamp = jiff::Timestamp::from_second(days * 86_400).ok()?;
            Some(timestamp.to_zoned(jiff::tz::TimeZone::UTC).date().to_string().into())
        }
        _ => integer_of(array, row).map(|value| value.to_string().into()),
    }
}

fn integer_of(array: &dyn Array, row: usize) -> Option<i64> {
    Some(match array.data_type() {
        DataType::Int8 => array.as_primitive::<Int8Type>().value(row).into(),
        DataType::Int16 => array.as_primitive::<Int16Type>().value(row).into(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row),
        DataType::UInt8 => array.as_primitive::<UInt8Type>().value(row).into(),
        DataType::UInt16 => array.as_primitive::<UInt16Type>().value(row).into(),
        DataType::UInt32 => array.as_primitive::<UInt32Type>().value(row).into(),
        DataType::UInt64 => i64::try_from(array.as_primitive::<UInt64Type>().value(row)).ok()?,
        _ => return None,
    })
}

fn timestamp_us(array: &dyn Array, row: usize) -> Option<i64> {
    fn value<T: ArrowTimestampType>(array: &dyn Array, row: usize) -> Option<i64> {
        Some(array.as_primitive_opt::<T>()?.value(row))
    }
    match array.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => {
            value::<TimestampSecondType>(array, row)?.checked_mul(1_000_000)
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            value::<TimestampMillisecondType>(array, row)?.checked_mul(1_000)
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => value::<TimestampMicrosecondType>(array, row),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            Some(value::<TimestampNanosecondType>(array, row)?.div_euclid(1_000))
        }
        _ => None,
    }
}
