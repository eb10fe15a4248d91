//! XLSX in: the first sheet, cells as the text a person would type: dates in ISO, figures with a decimal point.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};

use super::table::{MOST_COLUMNS, MOST_ROWS, Reading, Table, TableError, TableRow};

/// Most bytes that a workbook may say it unpacks to.
const MOST_UNPACKED: u64 = 400 << 20;

pub(super) fn read(bytes: &[u8]) -> Result<Table, TableError> {
    if unpacked_size(bytes) > MOST_UNPACKED {
        return Err(TableError::TooLarge {
            bytes: usize::try_from(unpacked_size(bytes)).unwrap_or(usize::MAX),
        });
    }
    let broken = |error: calamine::XlsxError| TableError::BrokenSpreadsheet {
        what: error.to_string().chars().take(200).collect(),
    };
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let names = workbook.sheet_names();
    let Some(sheet) = names.first().cloned() else { return Err(TableError::Empty) };
    let range = workbook.worksheet_range(&sheet).map_err(broken)?;
    let first_row = range.start().map_or(0, |(row, _)| usize::try_from(row).unwrap_or(0));
    let (height, width) = range.get_size();
    if height > MOST_ROWS + 1 {
        return Err(TableError::TooManyRows);
    }
    if width > MOST_COLUMNS {
        return Err(TableError::TooManyColumns { columns: width });
    }
    let mut rows: Vec<TableRow> = vec![];
    for (offset, cells) in range.rows().enumerate() {
        let cells: Vec<String> = cells.iter().map(text).collect();
        if cells.iter().any(|cell| !cell.trim().is_empty()) {
            rows.push(TableRow { number: first_row + offset + 1, cells });
        }
    }
    if rows.is_empty() {
        return Err(TableError::EmptySheet { sheet });
    }
    let header = rows.remove(0).cells;
    let reading = Reading::Xlsx { sheet, n_more_sheets: names.len().saturating_sub(1) };
    Ok(Table { header, rows, reading })
}

/// A cell as a person would type it.
fn text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Int(number) => number.to_string(),
        // The shortest text that gives the same double: 3.12 stays 3.12, and 12 has no decimals.
        Data::Float(number) => number.to_string(),
        Data::Bool(yes) => yes.to_string(),
        Data::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            if (hour, minute, second) == (0, 0, 0) {
                format!("{year:04}-{month:02}-{day:02}")
            } else {
                format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
            }
        }
        Data::DateTime(duration) => duration.as_f64().to_string(),
        Data::Error(error) => error.to_string(),
    }
}

/// What the entries of the archive say they unpack to, read from its directory.
fn unpacked_size(bytes: &[u8]) -> u64 {
    let size_at = |entry: usize| {
        let field: Option<&[u8; 4]> =
            bytes.get(entry + 24..entry + 28).and_then(|field| field.try_into().ok());
        field.map_or(0, |field| u64::from(u32::from_le_bytes(*field)))
    };
    bytes
        .windows(4)
        .enumerate()
        .filter(|(_, window)| *window == b"PK\x01\x02")
        .map(|(entry, _)| size_at(entry))
        .fold(0, u64::saturating_add)
}
