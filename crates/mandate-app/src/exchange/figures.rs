//! A page's own table as a file: the cells that the page shows, each with its kind, so that figures stay figures.
//!
//! For tables that are reckoned and not listed; lists go out by `export`. Money has a column of its currency beside it.

use jiff::civil::Date;
use mandate_domain::{Currency, Money};
use mandate_store::boxed;

use super::csv_write::{self, CsvCell};
use super::export::{ExportError, ExportFormat, TableFile, count_export};
use super::xlsx_write::{self, SheetCell};
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};

/// A cell of a table that was reckoned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FigureCell {
    /// Not stated.
    Empty,
    /// Words.
    Text(String),
    /// An amount.
    Money(Money),
    /// Basis points, told in percent.
    Share(i64),
    /// A count.
    Number(i64),
    /// A day.
    Day(Date),
}

/// A table that was reckoned: heads in the reader's words, rows of as many cells.
#[derive(Clone, Debug, Default)]
pub struct FigureTable {
    /// The file's name without its ending.
    pub name: String,
    /// What stands above the columns.
    pub heads: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<FigureCell>>,
    /// What stands above the currency of a column of amounts.
    pub currency_head: String,
}

/// The table as a file.
///
/// # Errors
/// [`ExportError`] without the right to export, or when the hour's files are used up.
#[boxed]
pub async fn figures_file(
    ctx: &Ctx,
    actor: &Actor,
    table: &FigureTable,
    format: ExportFormat,
) -> Result<TableFile, ExportError> {
    authorise(actor, Action::Export)?;
    count_export::<ExportError>(ctx, actor).await?;
    // An amount without its currency says nothing: every column of amounts has one after it.
    let of_money =
        |column: usize| table.rows.iter().any(|row| matches!(row.get(column), Some(FigureCell::Money(_))));
    let with_currency: Vec<bool> = (0..table.heads.len()).map(of_money).collect();
    let mut heads = vec![];
    for (head, money) in table.heads.iter().zip(&with_currency) {
        heads.push(head.clone());
        if *money {
            heads.push(format!("{head}: {}", table.currency_head));
        }
    }
    let bytes = match format {
        ExportFormat::Csv => {
            csv_write::write(&heads, &written(table, &with_currency, csv_cell, csv_currency))
        }
        ExportFormat::Xlsx => {
            let rows = written(table, &with_currency, sheet_cell, sheet_currency);
            xlsx_write::write(&table.name, ctx.now(), &heads, &rows)
                .map_err(|source| ExportError::Sheet { source })?
        }
    };
    ctx.count_reads(actor, table.rows.len());
    Ok(TableFile {
        name: format!("{}.{}", table.name, format.ending()),
        content_type: format.content_type(),
        bytes,
        n_rows: table.rows.len(),
    })
}

fn written<C>(
    table: &FigureTable,
    with_currency: &[bool],
    cell: fn(&FigureCell) -> C,
    currency: fn(Option<Currency>) -> C,
) -> Vec<Vec<C>> {
    let row = |row: &Vec<FigureCell>| {
        let mut cells = vec![];
        for (it, money) in row.iter().zip(with_currency) {
            cells.push(cell(it));
            if *money {
                cells.push(currency(if let FigureCell::Money(it) = it { Some(it.currency) } else { None }));
            }
        }
        cells
    };
    table.rows.iter().map(row).collect()
}

fn csv_cell(cell: &FigureCell) -> CsvCell {
    match cell {
        FigureCell::Empty => CsvCell::Plain(String::new()),
        FigureCell::Text(text) => CsvCell::Text(text.clone()),
        FigureCell::Money(money) => CsvCell::Plain(money.decimal()),
        FigureCell::Share(basis_points) => CsvCell::Plain(Money::new(*basis_points, Currency::EUR).decimal()),
        FigureCell::Number(number) => CsvCell::Plain(number.to_string()),
        FigureCell::Day(day) => CsvCell::Plain(day.to_string()),
    }
}

fn csv_currency(currency: Option<Currency>) -> CsvCell {
    CsvCell::Plain(currency.map_or_else(String::new, |it| it.code().to_owned()))
}

#[expect(clippy::cast_precision_loss, reason = "a spreadsheet has no numbers but doubles")]
fn sheet_cell(cell: &FigureCell) -> SheetCell {
    match cell {
        FigureCell::Empty => SheetCell::Empty,
        FigureCell::Text(text) => SheetCell::Text(text.clone()),
        FigureCell::Money(money) => {
            let digits = money.currency.digits();
            SheetCell::Number(money.minor as f64 / 10_f64.powi(digits.cast_signed()), digits)
        }
        FigureCell::Share(basis_points) => SheetCell::Share(*basis_points as f64 / 10_000.0),
        FigureCell::Number(number) => SheetCell::Number(*number as f64, 0),
        FigureCell::Day(day) => SheetCell::Date(*day),
    }
}

fn sheet_currency(currency: Option<Currency>) -> SheetCell {
    currency.map_or(SheetCell::Empty, |it| SheetCell::Text(it.code().to_owned()))
}
