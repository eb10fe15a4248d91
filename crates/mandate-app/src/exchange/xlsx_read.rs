//! XLSX in: the first sheet, cells as the text a person would type: dates in ISO, figures with a decimal point.
//!
//! A workbook is an archive from a stranger: a kilobyte of it may unpack to gigabytes, name a cell a million rows away or
//! tell the reader to make room for a billion texts. So every part is unpacked once, counted, before the reader sees it,
//! whatever sizes the archive states; and cells are taken one by one, each held against the bounds before it is kept.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use calamine::{Data, Reader, Xlsx};
use zip::ZipArchive;

use super::table::{MOST_CELLS, MOST_COLUMNS, MOST_ROWS, Reading, Table, TableError, TableRow};

/// Most bytes that all parts of a workbook may unpack to.
const MOST_UNPACKED: u64 = 400 << 20;
/// Most bytes of the part that holds the texts, all of which the reader keeps, and of the texts of the cells.
const MOST_TEXT: u64 = 100 << 20;

pub(super) fn read(bytes: &[u8]) -> Result<Table, TableError> {
    refuse_swelling(bytes, MOST_UNPACKED, MOST_TEXT)?;
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let names = workbook.sheet_names();
    let Some(sheet) = names.first().cloned() else { return Err(TableError::Empty) };
    let mut found = Found::default();
    let mut cells = match workbook.worksheet_cells_reader(&sheet) {
        // A sheet that is a chart has no cells.
        Err(calamine::XlsxError::NotAWorksheet(_)) => return Err(TableError::EmptySheet { sheet }),
        cells => cells.map_err(broken)?,
    };
    while let Some(cell) = cells.next_cell().map_err(broken)? {
        let (row, column) = cell.get_position();
        found.keep(row, column, text(Data::from(cell.get_value().clone())))?;
    }
    let mut rows = found.into_rows();
    if rows.is_empty() {
        return Err(TableError::EmptySheet { sheet });
    }
    let header = rows.remove(0).cells;
    let reading = Reading::Xlsx { sheet, n_more_sheets: names.len().saturating_sub(1) };
    Ok(Table { header, rows, reading })
}

fn broken(error: impl std::error::Error) -> TableError {
    TableError::BrokenSpreadsheet { what: error.to_string().chars().take(200).collect() }
}

/// The cells that say something, by row; nothing is kept for those between them.
#[derive(Default)]
struct Found {
    rows: BTreeMap<u32, Vec<(u32, String)>>,
    n_cells: usize,
    n_bytes: u64,
    /// The first and the last column in use.
    columns: Option<(u32, u32)>,
}

impl Found {
    fn keep(&mut self, row: u32, column: u32, text: String) -> Result<(), TableError> {
        if text.is_empty() {
            return Ok(());
        }
        let (first, last) =
            self.columns.map_or((column, column), |(first, last)| (first.min(column), last.max(column)));
        let columns = n_between(first, last);
        if MOST_COLUMNS < columns {
            return Err(TableError::TooManyColumns { columns });
        }
        let top = self.rows.first_key_value().map_or(row, |(top, _)| row.min(*top));
        let bottom = self.rows.last_key_value().map_or(row, |(bottom, _)| row.max(*bottom));
        // The header comes on top.
        if MOST_ROWS + 1 < n_between(top, bottom) {
            return Err(TableError::TooManyRows { most: MOST_ROWS });
        }
        self.n_cells += 1;
        let n_rows = self.rows.len() + usize::from(!self.rows.contains_key(&row));
        // The same cell may be written twice; and rows are as wide as the widest in the end.
        if MOST_CELLS < self.n_cells.max(n_rows * columns) {
            return Err(TableError::TooManyCells);
        }
        // One text of the workbook may stand in every cell.
        self.n_bytes += text.len() as u64;
        if MOST_TEXT < self.n_bytes {
            return Err(TableError::Swelling { most: MOST_TEXT });
        }
        self.columns = Some((first, last));
        self.rows.entry(row).or_default().push((column, text));
        Ok(())
    }

    /// The rows that say something, each as wide as the table.
    fn into_rows(self) -> Vec<TableRow> {
        let Some((first, last)) = self.columns else { return vec![] };
        let width = n_between(first, last);
        let filled = self.rows.into_iter().map(|(row, found)| {
            let mut cells = vec![String::new(); width];
            for (column, text) in found {
                if let Some(cell) = cells.get_mut(n_between(first, column) - 1) {
                    *cell = text;
                }
            }
            TableRow { number: usize::try_from(row).unwrap_or(usize::MAX).saturating_add(1), cells }
        });
        filled.filter(|row| row.cells.iter().any(|cell| !cell.trim().is_empty())).collect()
    }
}

/// How many rows or columns `first` to `last` are.
fn n_between(first: u32, last: u32) -> usize {
    usize::try_from(last - first).unwrap_or(usize::MAX).saturating_add(1)
}

/// A cell as a person would type it.
fn text(cell: Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text,
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

/// Unpacks every part once and keeps none, to refuse a workbook that swells. The sizes that an archive states are a
/// stranger's words: only what comes out counts.
fn refuse_swelling(bytes: &[u8], most: u64, most_text: u64) -> Result<(), TableError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let mut unpacked: u64 = 0;
    for idx in 0..archive.len() {
        let mut part = archive.by_index(idx).map_err(broken)?;
        let is_texts = part.name().map_err(broken)?.to_lowercase().ends_with("sharedstrings.xml");
        let room = if is_texts { most_text.min(most - unpacked) } else { most - unpacked };
        let mut bounded = (&mut part).take(room + 1);
        let n_bytes = if is_texts {
            let mut texts = vec![];
            bounded.read_to_end(&mut texts).map_err(broken)?;
            refuse_room(&texts)?;
            texts.len() as u64
        } else {
            std::io::copy(&mut bounded, &mut std::io::sink()).map_err(broken)?
        };
        if room < n_bytes {
            return Err(TableError::Swelling { most: if is_texts { most_text } else { most } });
        }
        unpacked += n_bytes;
    }
    Ok(())
}

/// Refuses texts that announce more of themselves than are ever kept: the reader makes room for as many as are announced.
fn refuse_room(texts: &[u8]) -> Result<(), TableError> {
    const COUNT: &[u8] = b"uniqueCount";
    for (at, _) in texts.windows(COUNT.len()).enumerate().filter(|(_, window)| *window == COUNT) {
        let after = texts.get(at + COUNT.len()..).unwrap_or_default().iter();
        let digits =
            after.skip_while(|byte| b" \t\r\n='\"".contains(byte)).take_while(|it| it.is_ascii_digit());
        let announced =
            digits.fold(0_u64, |sum, digit| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
        if MOST_CELLS as u64 <= announced {
            return Err(TableError::TooManyCells);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::io::Write;

    use zip::write::{SimpleFileOptions, ZipWriter};

    fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(vec![]));
        for (name, content) in parts {
            writer.start_file(*name, SimpleFileOptions::default()).expect("a part");
            writer.write_all(content).expect("its content");
        }
        writer.finish().expect("an archive").into_inner()
    }

    /// Lets every part say that it unpacks to `stated` bytes, in its own head and in the directory.
    fn stating(mut bytes: Vec<u8>, stated: u32) -> Vec<u8> {
        for (mark, field) in [(b"PK\x03\x04", 22), (b"PK\x01\x02", 24)] {
            for at in 0..bytes.len() - 4 {
                if &bytes[at..at + 4] == mark {
                    bytes[at + field..at + field + 4].copy_from_slice(&stated.to_le_bytes());
                }
            }
        }
        bytes
    }

    #[test]
    fn an_archive_is_refused_by_what_it_unpacks_to_and_not_by_what_it_says() {
        let swelling = archive(&[("xl/a.xml", &[b' '; 300_000]), ("xl/b.xml", &[b' '; 300_000])]);
        assert!(swelling.len() < 5_000, "{}", swelling.len());
        assert_eq!(refuse_swelling(&swelling, 400_000, 10), Err(TableError::Swelling { most: 400_000 }));
        assert_eq!(refuse_swelling(&swelling, 600_000, 10), Ok(()));
        let lying = refuse_swelling(&stating(swelling, 10), 400_000, 10);
        assert!(matches!(lying, Err(TableError::BrokenSpreadsheet { .. })), "{lying:?}");
    }

    #[test]
    fn the_texts_have_less_room_and_cannot_announce_more_than_they_are() {
        let texts = [b' '; 2_000];
        let bytes = archive(&[("xl/SharedStrings.xml", &texts)]);
        assert_eq!(refuse_swelling(&bytes, 400_000, 1_000), Err(TableError::Swelling { most: 1_000 }));
        let announcing = |count: &str| archive(&[("xl/sharedStrings.xml", count.as_bytes())]);
        let ten = announcing("<sst uniqueCount=\"10\"><si><t>uniqueCount</t></si></sst>");
        assert_eq!(refuse_swelling(&ten, 1_000, 1_000), Ok(()));
        for count in ["<sst uniqueCount=\"99999999999\">", "<sst uniqueCount = '18446744073709551615'/>"] {
            assert_eq!(refuse_swelling(&announcing(count), 1_000, 1_000), Err(TableError::TooManyCells));
        }
    }

    #[test]
    fn a_cell_out_of_bounds_is_refused_before_it_is_kept() {
        let found = |cells: &[(u32, u32)]| {
            let mut found = Found::default();
            cells
                .iter()
                .try_for_each(|(row, column)| found.keep(*row, *column, "x".to_owned()))
                .map(|()| found)
        };
        assert!(matches!(found(&[(0, 0), (0, 200)]), Err(TableError::TooManyColumns { columns: 201 })));
        assert!(matches!(found(&[(200_001, 0), (0, 0)]), Err(TableError::TooManyRows { most: MOST_ROWS })));
        assert!(found(&[(200_000, 16_000), (0, 16_199)]).is_ok());
        // Rows with little in them are as wide as the widest in the end.
        let wide: Vec<(u32, u32)> = (0..60_000).map(|row| (row, row % 200)).collect();
        assert!(matches!(found(&wide), Err(TableError::TooManyCells)));
        let mut texts = Found::default();
        let long = "x".repeat(1 << 20);
        let kept = (0..200).find_map(|row| texts.keep(row, 0, long.clone()).err());
        assert_eq!(kept, Some(TableError::Swelling { most: MOST_TEXT }));
    }

    #[test]
    fn rows_are_as_wide_as_the_table_and_blank_ones_are_left_out() {
        let mut found = Found::default();
        for (row, column, text) in [(9, 3, "b"), (4, 2, "id"), (4, 3, "name"), (6, 2, " "), (9, 3, "c")] {
            found.keep(row, column, text.to_owned()).expect("kept");
        }
        let rows = found.into_rows();
        let told: Vec<(usize, Vec<String>)> = rows.into_iter().map(|row| (row.number, row.cells)).collect();
        let words = |words: [&str; 2]| words.map(str::to_owned).to_vec();
        assert_eq!(told, [(5, words(["id", "name"])), (10, words(["", "c"]))]);
    }
}
