//! One event as files hold it, and its conversion to and from Arrow batches.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Int8Builder, Int64Builder, StringBuilder, StringDictionaryBuilder,
    TimestampMicrosecondBuilder,
};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int8Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::event::{StateClass, UnmappedState};

/// An event as its source reported it. Times are microseconds since the epoch, UTC; a text that is
/// empty was not stated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventRow {
    /// Identity given by the source: the same id in a later file corrects this event.
    pub event_id: String,
    /// System the event came from.
    pub source: String,
    /// The case, in the source's own words.
    pub case_ref: String,
    /// Order of events of a case within one moment.
    pub event_seq: i64,
    /// When it happened.
    pub at_us: i64,
    /// When the case was opened.
    pub opened_at_us: i64,
    /// What the state means to a clock; `None` when the event states none.
    pub state_class: Option<StateClass>,
    /// The state in the source's own words.
    pub raw_state: String,
    /// 1 is the most urgent; 0 not stated.
    pub priority: u8,
    /// Account, in the source's own words.
    pub account_ref: String,
    /// Group that holds the case.
    pub group_ref: String,
    /// Category of the case.
    pub category: String,
    /// What happened, such as `reply` or `update`.
    pub kind: String,
    /// Whether the source itself says that its target was met.
    pub reported_met: Option<bool>,
    /// When the source says the case was resolved.
    pub resolved_at_us: Option<i64>,
    /// When the source says the case was closed.
    pub closed_at_us: Option<i64>,
    /// Pseudonym of the caller.
    pub caller_ref: String,
    /// Pseudonym of the assignee.
    pub assignee_ref: String,
}

/// Why a batch does not hold events.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// A column that is not there.
    #[error("column `{column}` is missing")]
    MissingColumn {
        /// Its name.
        column: &'static str,
    },
    /// A column of another type.
    #[error("column `{column}` has type {found}")]
    WrongType {
        /// Its name.
        column: &'static str,
        /// What it is.
        found: DataType,
    },
    /// A value that must be there and is not.
    #[error("row {row} has no `{column}`")]
    MissingValue {
        /// Row within the batch, from 0.
        row: usize,
        /// Name of the column.
        column: &'static str,
    },
    /// A state nobody mapped.
    #[error("row {row} cannot be read")]
    Unmapped {
        /// Row within the batch, from 0.
        row: usize,
        /// The code.
        source: UnmappedState,
    },
    /// A priority outside 0 to 127.
    #[error("row {row} has priority {priority}; priorities are 0 to 127")]
    Priority {
        /// Row within the batch, from 0.
        row: usize,
        /// What it says.
        priority: i64,
    },
    /// Arrow refused the columns.
    #[error("the rows do not make a batch")]
    Arrow(#[source] ArrowError),
}

/// A code that stands for "no state stated".
const NO_STATE: i8 = -1;

/// The columns of an event file.
pub fn event_schema() -> SchemaRef {
    let name = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let moment = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    Arc::new(Schema::new(vec![
        Field::new("case_ref", DataType::Utf8, false),
        Field::new("at", moment(), false),
        Field::new("event_seq", DataType::Int64, false),
        Field::new("opened_at", moment(), false),
        Field::new("state_class", DataType::Int8, false),
        Field::new("raw_state", name(), false),
        Field::new("priority", DataType::Int8, false),
        Field::new("account_ref", name(), false),
        Field::new("group_ref", name(), false),
        Field::new("category", name(), false),
        Field::new("kind", name(), false),
        Field::new("reported_met", DataType::Boolean, true),
        Field::new("resolved_at", moment(), true),
        Field::new("closed_at", moment(), true),
        Field::new("caller_ref", DataType::Utf8, false),
        Field::new("assignee_ref", name(), false),
        Field::new("source", name(), false),
        Field::new("event_id", DataType::Utf8, false),
    ]))
}

/// Rows as one batch of [`event_schema`].
///
/// # Errors
/// [`RowError::Priority`] above 127; [`RowError::Arrow`] when the texts exceed 2 GB.
pub fn rows_to_batch(rows: &[EventRow]) -> Result<RecordBatch, RowError> {
    let mut priorities = Int8Builder::with_capacity(rows.len());
    for (row, event) in rows.iter().enumerate() {
        let priority = event.priority;
        let code =
            i8::try_from(priority).map_err(|_| RowError::Priority { row, priority: i64::from(priority) })?;
        priorities.append_value(code);
    }
    let columns: Vec<ArrayRef> = vec![
        texts(rows, |row| &row.case_ref),
        moments(rows, |row| Some(row.at_us)),
        whole_numbers(rows, |row| row.event_seq),
        moments(rows, |row| Some(row.opened_at_us)),
        states(rows),
        names(rows, |row| &row.raw_state)?,
        Arc::new(priorities.finish()),
        names(rows, |row| &row.account_ref)?,
        names(rows, |row| &row.group_ref)?,
        names(rows, |row| &row.category)?,
        names(rows, |row| &row.kind)?,
        flags(rows),
        moments(rows, |row| row.resolved_at_us),
        moments(rows, |row| row.closed_at_us),
        texts(rows, |row| &row.caller_ref),
        names(rows, |row| &row.assignee_ref)?,
        names(rows, |row| &row.source)?,
        texts(rows, |row| &row.event_id),
    ];
    RecordBatch::try_new(event_schema(), columns).map_err(RowError::Arrow)
}

fn texts(rows: &[EventRow], of: impl Fn(&EventRow) -> &String) -> ArrayRef {
    let mut builder = StringBuilder::with_capacity(rows.len(), 16 * rows.len());
    rows.iter().for_each(|row| builder.append_value(of(row)));
    Arc::new(builder.finish())
}

fn names(rows: &[EventRow], of: impl Fn(&EventRow) -> &String) -> Result<ArrayRef, RowError> {
    let mut builder = StringDictionaryBuilder::<Int32Type>::new();
    for row in rows {
        builder.append(of(row)).map_err(RowError::Arrow)?;
    }
    Ok(Arc::new(builder.finish()))
}

fn moments(rows: &[EventRow], of: impl Fn(&EventRow) -> Option<i64>) -> ArrayRef {
    let mut builder = TimestampMicrosecondBuilder::with_capacity(rows.len()).with_timezone("UTC");
    rows.iter().for_each(|row| builder.append_option(of(row)));
    Arc::new(builder.finish())
}

fn whole_numbers(rows: &[EventRow], of: impl Fn(&EventRow) -> i64) -> ArrayRef {
    let mut builder = Int64Builder::with_capacity(rows.len());
    rows.iter().for_each(|row| builder.append_value(of(row)));
    Arc::new(builder.finish())
}

fn states(rows: &[EventRow]) -> ArrayRef {
    let mut builder = Int8Builder::with_capacity(rows.len());
    rows.iter().for_each(|row| builder.append_value(row.state_class.map_or(NO_STATE, StateClass::code)));
    Arc::new(builder.finish())
}

fn flags(rows: &[EventRow]) -> ArrayRef {
    let mut builder = BooleanBuilder::with_capacity(rows.len());
    rows.iter().for_each(|row| builder.append_option(row.reported_met));
    Arc::new(builder.finish())
}

/// The rows of a batch with the columns of [`event_schema`], in any order; texts plain or as a
/// dictionary, other columns are ignored.
///
/// # Errors
/// [`RowError`]: a column missing or of the wrong type, a missing value, an unmapped state.
pub fn rows_from_batch(batch: &RecordBatch) -> Result<Vec<EventRow>, RowError> {
    let n_rows = batch.num_rows();
    let at = moment_column(batch, "at", n_rows, true)?;
    let opened_at = moment_column(batch, "opened_at", n_rows, true)?;
    let resolved_at = moment_column(batch, "resolved_at", n_rows, false)?;
    let closed_at = moment_column(batch, "closed_at", n_rows, false)?;
    let seq = column(batch, "event_seq")?
        .as_primitive_opt::<Int64Type>()
        .ok_or_else(|| wrong_type(batch, "event_seq"))?;
    let state = byte_column(batch, "state_class")?;
    let priority = byte_column(batch, "priority")?;
    let reported =
        column(batch, "reported_met")?.as_boolean_opt().ok_or_else(|| wrong_type(batch, "reported_met"))?;
    let text = |name| Ok(text_column(batch, name)?.into_iter());
    let mut case_ref = text("case_ref")?;
    let (mut raw_state, mut account_ref) = (text("raw_state")?, text("account_ref")?);
    let (mut group_ref, mut category) = (text("group_ref")?, text("category")?);
    let (mut kind, mut caller_ref) = (text("kind")?, text("caller_ref")?);
    let (mut assignee_ref, mut source, mut event_id) =
        (text("assignee_ref")?, text("source")?, text("event_id")?);
    let mut rows = Vec::with_capacity(n_rows);
    for row in 0..n_rows {
        let code = state.value(row);
        let stated = (code != NO_STATE).then(|| StateClass::from_code(code)).transpose();
        let priority = priority.value(row);
        rows.push(EventRow {
            event_id: event_id.next().unwrap_or_default(),
            source: source.next().unwrap_or_default(),
            case_ref: case_ref.next().unwrap_or_default(),
            event_seq: seq.value(row),
            at_us: at[row].unwrap_or_default(),
            opened_at_us: opened_at[row].unwrap_or_default(),
            state_class: stated.map_err(|source| RowError::Unmapped { row, source })?,
            raw_state: raw_state.next().unwrap_or_default(),
            priority: u8::try_from(priority)
                .map_err(|_| RowError::Priority { row, priority: i64::from(priority) })?,
            account_ref: account_ref.next().unwrap_or_default(),
            group_ref: group_ref.next().unwrap_or_default(),
            category: category.next().unwrap_or_default(),
            kind: kind.next().unwrap_or_default(),
            reported_met: (!reported.is_null(row)).then(|| reported.value(row)),
            resolved_at_us: resolved_at[row],
            closed_at_us: closed_at[row],
            caller_ref: caller_ref.next().unwrap_or_default(),
            assignee_ref: assignee_ref.next().unwrap_or_default(),
        });
    }
    Ok(rows)
}

fn column<'a>(batch: &'a RecordBatch, column: &'static str) -> Result<&'a ArrayRef, RowError> {
    batch.column_by_name(column).ok_or(RowError::MissingColumn { column })
}

fn wrong_type(batch: &RecordBatch, column: &'static str) -> RowError {
    let found = batch.column_by_name(column).map_or(DataType::Null, |array| array.data_type().clone());
    RowError::WrongType { column, found }
}

fn all_present(array: &dyn Array, column: &'static str) -> Result<(), RowError> {
    match (0..array.len()).find(|row| array.is_null(*row)) {
        Some(row) if array.null_count() > 0 => Err(RowError::MissingValue { row, column }),
        _ => Ok(()),
    }
}

fn byte_column<'a>(
    batch: &'a RecordBatch,
    name: &'static str,
) -> Result<&'a arrow_array::Int8Array, RowError> {
    let array = column(batch, name)?;
    all_present(array, name)?;
    array.as_primitive_opt::<Int8Type>().ok_or_else(|| wrong_type(batch, name))
}

fn moment_column(
    batch: &RecordBatch,
    name: &'static str,
    n_rows: usize,
    required: bool,
) -> Result<Vec<Option<i64>>, RowError> {
    let array = column(batch, name)?;
    if required {
        all_present(array, name)?;
    }
    let moments =
        array.as_primitive_opt::<TimestampMicrosecondType>().ok_or_else(|| wrong_type(batch, name))?;
    Ok((0..n_rows).map(|row| (!moments.is_null(row)).then(|| moments.value(row))).collect())
}

/// A text column as owned texts; null reads as empty, except where a key needs a value.
fn text_column(batch: &RecordBatch, name: &'static str) -> Result<Vec<String>, RowError> {
    let array = column(batch, name)?;
    if name == "case_ref" {
        all_present(array, name)?;
    }
    if let Some(texts) = array.as_string_opt::<i32>() {
        return Ok(texts.iter().map(|text| text.unwrap_or_default().to_owned()).collect());
    }
    let dictionary = array
        .as_dictionary_opt::<Int32Type>()
        .and_then(|keys| keys.downcast_dict::<arrow_array::StringArray>());
    let dictionary = dictionary.ok_or_else(|| wrong_type(batch, name))?;
    Ok(dictionary.into_iter().map(|text| text.unwrap_or_default().to_owned()).collect())
}
