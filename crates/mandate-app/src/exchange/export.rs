//! Any list as a file: every row that matches, not only the page, read in one consistent state.
//!
//! Money comes with its currency in a column of its own, shares in percent, durations in seconds, instants in UTC.

use mandate_domain::book::unscaled;
use mandate_domain::{Currency, Instant, Money};
use mandate_store::StoreError;
use mandate_store::boxed;
use mandate_store::reads::listing::{
    Cell, Cursor, Field, FieldKind, ListDef, ListError, ListQuery, ListRow, count_rows, list_page,
};

use super::csv_write::{self, CsvCell};
use super::xlsx_write::{self, SheetCell};
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx};
use crate::error::{ErrorKind, Limited, Message, TooMany, UseCaseError};

/// Most rows of a sheet, which its format sets, and of a CSV file, which memory does.
const MOST_ROWS: usize = 1_048_575;
/// Rows read at once.
const ROWS_AT_ONCE: usize = 5_000;

/// Which kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// Comma-separated values.
    Csv,
    /// A spreadsheet.
    Xlsx,
}

impl ExportFormat {
    /// The ending of its names.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    /// Its media type.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// One column of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportColumn {
    /// The field of the list.
    pub field: String,
    /// What stands above it.
    pub head: String,
}

/// A file to hand out.
#[derive(Clone, Debug)]
pub struct TableFile {
    /// Its name, such as `accounts.csv`.
    pub name: String,
    /// Its media type.
    pub content_type: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Rows under the head.
    pub n_rows: usize,
}

/// Why no file was made.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// More files in an hour than the firm lets one person take out.
    #[error(transparent)]
    TooOften(#[from] TooMany),
    /// The request names what is not there, or the database failed.
    #[error(transparent)]
    List(#[from] ListError),
    /// More rows than a file holds.
    #[error("{n_rows} rows match, a file holds at most {MOST_ROWS}; filter the list first")]
    TooManyRows {
        /// How many match.
        n_rows: i64,
    },
    /// The sheet could not be written.
    #[error("the spreadsheet could not be written")]
    Sheet {
        /// What the writer said.
        source: rust_xlsxwriter::XlsxError,
    },
}

impl UseCaseError for ExportError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::TooOften(error) => error.kind(),
            Self::List(ListError::Query(_)) | Self::TooManyRows { .. } => ErrorKind::Invalid,
            Self::List(ListError::Store(error)) => error.kind(),
            Self::Sheet { .. } => ErrorKind::Internal,
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(denied) => denied.message(),
            Self::TooOften(error) => error.message(),
            Self::List(ListError::Query(error)) => Message::new("error-list").with("what", error.to_string()),
            Self::List(ListError::Store(error)) => error.message(),
            Self::TooManyRows { n_rows } => Message::new("export-error-too-many-rows")
                .with("rows", n_rows.to_string())
                .with("most", MOST_ROWS.to_string()),
            Self::Sheet { .. } => Message::new("error-internal"),
        }
    }
}

impl From<StoreError> for ExportError {
    fn from(error: StoreError) -> Self {
        Self::List(ListError::Store(error))
    }
}

/// Every row of `def` that `query` matches, as a file; `action` is the right the list takes, beside the right to export.
///
/// Columns whose field the list does not have for this reader are left out; with no column at all every field is written
/// under its own name.
///
/// # Errors
/// [`ExportError`] when a right is missing, the request names what is not there, or the rows do not fit a file.
#[boxed]
pub async fn export_list(
    ctx: &Ctx,
    actor: &Actor,
    action: Action,
    def: &ListDef,
    query: &ListQuery,
    columns: &[ExportColumn],
    format: ExportFormat,
) -> Result<TableFile, ExportError> {
    authorise(actor, action)?;
    authorise(actor, Action::Export)?;
    count_export::<ExportError>(ctx, actor).await?;
    let rows = all_rows(ctx, actor, def, query).await?;
    let picked = picked_columns(def, columns);
    let heads: Vec<String> = picked.iter().map(|column| column.head.clone()).collect();
    let bytes = match format {
        ExportFormat::Csv => {
            let lines: Vec<Vec<CsvCell>> = rows
                .iter()
                .map(|row| picked.iter().map(|column| csv_cell(def, row, column)).collect())
                .collect();
            csv_write::write(&heads, &lines)
        }
        ExportFormat::Xlsx => {
            let lines: Vec<Vec<SheetCell>> = rows
                .iter()
                .map(|row| picked.iter().map(|column| sheet_cell(def, row, column)).collect())
                .collect();
            xlsx_write::write(def.name, ctx.now(), &heads, &lines)
                .map_err(|source| ExportError::Sheet { source })?
        }
    };
    Ok(TableFile {
        name: format!("{}.{}", def.name, format.ending()),
        content_type: format.content_type(),
        bytes,
        n_rows: rows.len(),
    })
}

/// Counts a file that a person takes out; the operator, who has the whole database, is not counted.
#[boxed]
pub(crate) async fn count_export<E>(ctx: &Ctx, actor: &Actor) -> Result<(), E>
where
    E: From<TooMany> + From<StoreError>,
{
    let Some(user) = actor.user_id() else { return Ok(()) };
    let most = crate::settings::load_settings(ctx).await?.exports_per_hour;
    let taken = ctx.export_guard().take(user.as_str(), most, ctx.now());
    Ok(taken.map_err(|retry_after_s| TooMany { what: Limited::Exports, retry_after_s })?)
}

async fn all_rows(
    ctx: &Ctx,
    actor: &Actor,
    def: &ListDef,
    query: &ListQuery,
) -> Result<Vec<ListRow>, ExportError> {
    let mut query = ListQuery { cursor: None, limit: ROWS_AT_ONCE, ..query.clone() };
    let mut tx = ctx.begin_read().await?;
    let n_rows = count_rows(&mut tx, def, actor.reader(), &query).await?;
    if n_rows > i64::try_from(MOST_ROWS).unwrap_or(i64::MAX) {
        return Err(ExportError::TooManyRows { n_rows });
    }
    let mut rows = vec![];
    loop {
        let page = list_page(&mut tx, def, actor.reader(), &query).await?;
        ctx.count_reads(actor, page.rows.len());
        rows.extend(page.rows);
        match page.next {
            Some(next) => query.cursor = Some(Cursor { backward: false, ..next }),
            None => return Ok(rows),
        }
    }
}

struct Picked<'a> {
    field: &'a Field,
    position: usize,
    head: String,
}

fn picked_columns<'a>(def: &'a ListDef, columns: &[ExportColumn]) -> Vec<Picked<'a>> {
    let pick = |name: &str, head: String| {
        let position = def.position(name)?;
        Some(Picked { field: &def.fields[position], position, head })
    };
    let mut picked: Vec<Picked<'a>> =
        columns.iter().filter_map(|column| pick(&column.field, column.head.clone())).collect();
    if columns.is_empty() {
        picked = def.fields.iter().filter_map(|field| pick(field.name, field.name.to_owned())).collect();
    }
    // An amount without its currency says nothing.
    let has = |name: &str| picked.iter().any(|column| column.field.name == name);
    if picked.iter().any(|column| column.field.kind == FieldKind::Money) && !has("currency") {
        picked.extend(pick("currency", "currency".to_owned()));
    }
    picked
}

fn money(def: &ListDef, row: &ListRow, minor: i64) -> Money {
    let currency = def.position("currency").and_then(|position| row.cells[position].text());
    let currency = currency.and_then(|code| Currency::stored(code).ok()).unwrap_or(Currency::EUR);
    Money::new(minor, currency)
}

fn csv_cell(def: &ListDef, row: &ListRow, column: &Picked<'_>) -> CsvCell {
    match &row.cells[column.position] {
        Cell::Empty => CsvCell::Plain(String::new()),
        Cell::Text(text) if column.field.kind == FieldKind::Date => CsvCell::Plain(text.clone()),
        Cell::Text(text) => CsvCell::Text(text.clone()),
        Cell::Integer(number) => CsvCell::Plain(match column.field.kind {
            FieldKind::Money => money(def, row, *number).decimal(),
            FieldKind::BasisPoints => Money::new(*number, Currency::EUR).decimal(),
            FieldKind::Instant => Instant::from_microseconds(*number).to_string(),
            FieldKind::Flag => (*number != 0).to_string(),
            FieldKind::Decimal(decimals) => unscaled(*number, decimals),
            FieldKind::Amount(currency) => Money::new(*number, currency).decimal(),
            _ => number.to_string(),
        }),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a spreadsheet has no numbers but doubles")]
fn sheet_cell(def: &ListDef, row: &ListRow, column: &Picked<'_>) -> SheetCell {
    match &row.cells[column.position] {
        Cell::Empty => SheetCell::Empty,
        Cell::Text(text) => match (column.field.kind, text.parse()) {
            (FieldKind::Date, Ok(day)) => SheetCell::Date(day),
            _ => SheetCell::Text(text.clone()),
        },
        Cell::Integer(number) => match column.field.kind {
            FieldKind::Money => {
                let digits = money(def, row, *number).currency.digits();
                SheetCell::Number(*number as f64 / 10_f64.powi(digits.cast_signed()), digits)
            }
            FieldKind::BasisPoints => SheetCell::Share(*number as f64 / 10_000.0),
            FieldKind::Instant => SheetCell::Instant(Instant::from_microseconds(*number)),
            FieldKind::Flag => SheetCell::Flag(*number != 0),
            FieldKind::Decimal(decimals) => {
                SheetCell::Number(*number as f64 / 10_f64.powi(i32::from(decimals)), u32::from(decimals))
            }
            FieldKind::Amount(currency) => {
                let digits = currency.digits();
                SheetCell::Number(*number as f64 / 10_f64.powi(digits.cast_signed()), digits)
            }
            _ => SheetCell::Number(*number as f64, 0),
        },
    }
}
