//! XLSX out: one sheet, typed cells, a head that stays in sight, a filter on every column.

use jiff::civil::Date;
use mandate_domain::Instant;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

/// A cell of a sheet. A spreadsheet has no numbers but doubles: exact figures are in the CSV.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum SheetCell {
    /// Nothing stated.
    Empty,
    /// Text, never computed.
    Text(String),
    /// A figure with so many decimals.
    Number(f64, u32),
    /// A share, shown in percent.
    Share(f64),
    /// A civil date.
    Date(Date),
    /// An instant, in UTC.
    Instant(Instant),
    /// Yes or no.
    Flag(bool),
}

/// Writes a sheet named `name`; `now` is the only time in it, so that the same list gives the same bytes.
pub(super) fn write(
    name: &str,
    now: Instant,
    heads: &[String],
    rows: &[Vec<SheetCell>],
) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_timestamp(now.seconds())?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
    let sheet = workbook.add_worksheet();
    let sheet_name: String = name.chars().filter(|it| !"[]:*?/\\".contains(*it)).take(31).collect();
    sheet.set_name(sheet_name)?;
    let head = Format::new().set_bold();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    let instant = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
    let share = Format::new().set_num_format("0.00%");
    let numbers: Vec<Format> = (0..=3)
        .map(|decimals: usize| {
            let format = if decimals == 0 { "0".to_owned() } else { format!("0.{}", "0".repeat(decimals)) };
            Format::new().set_num_format(format)
        })
        .collect();
    for (column, text) in heads.iter().enumerate() {
        let column = u16::try_from(column).unwrap_or(u16::MAX);
        sheet.write_string_with_format(0, column, text, &head)?;
        sheet.set_column_width(column, 18)?;
    }
    for (row_idx, row) in rows.iter().enumerate() {
        let row_number = u32::try_from(row_idx + 1).unwrap_or(u32::MAX);
        for (column, cell) in row.iter().enumerate() {
            let column = u16::try_from(column).unwrap_or(u16::MAX);
            match cell {
                SheetCell::Empty => {}
                SheetCell::Text(text) => {
                    let fitting: String = text.chars().take(32_767).collect();
                    sheet.write_string(row_number, column, fitting)?;
                }
                SheetCell::Number(number, decimals) => {
                    let format = &numbers[usize::try_from(*decimals).unwrap_or(3).min(3)];
                    sheet.write_number_with_format(row_number, column, *number, format)?;
                }
                SheetCell::Share(number) => {
                    sheet.write_number_with_format(row_number, column, *number, &share)?;
                }
                SheetCell::Date(day) => write_date(sheet, (row_number, column), *day, &date)?,
                SheetCell::Instant(moment) => {
                    let seconds = ExcelDateTime::from_timestamp(moment.seconds())?;
                    sheet.write_datetime_with_format(row_number, column, seconds, &instant)?;
                }
                SheetCell::Flag(yes) => {
                    sheet.write_boolean(row_number, column, *yes)?;
                }
            }
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    if let (Some(last), false) = (heads.len().checked_sub(1), rows.is_empty()) {
        let n_rows = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        sheet.autofilter(0, 0, n_rows, u16::try_from(last).unwrap_or(u16::MAX))?;
    }
    workbook.save_to_buffer()
}

/// A date before 1900 is text: a spreadsheet has none.
fn write_date(
    sheet: &mut rust_xlsxwriter::Worksheet,
    (row, column): (u32, u16),
    day: Date,
    format: &Format,
) -> Result<(), XlsxError> {
    let month = u8::try_from(day.month()).unwrap_or(1);
    let number = u8::try_from(day.day()).unwrap_or(1);
    match u16::try_from(day.year()) {
        Ok(year) if year >= 1900 => {
            let value = ExcelDateTime::from_ymd(year, month, number)?;
            sheet.write_datetime_with_format(row, column, value, format)?;
        }
        _ => {
            sheet.write_string(row, column, day.to_string())?;
        }
    }
    Ok(())
}
