//! CSV in: comma, semicolon or tab, whichever the header has most of; UTF-8 with or without its mark, UTF-16 with one.
//!
//! Rows are numbered as a spreadsheet numbers them: a cell with line breaks is still one row. Blank rows are left out.
//! An apostrophe that our own export put before a formula sign is taken off again.

use std::borrow::Cow;

use super::table::{MOST_COLUMNS, MOST_ROWS, Reading, Table, TableError, TableRow};

pub(super) fn read(bytes: &[u8]) -> Result<Table, TableError> {
    let (text, encoding) = decode(bytes)?;
    let delimiter = delimiter(&text);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut rows: Vec<TableRow> = vec![];
    // Line breaks inside cells so far: lines that are not rows.
    let mut n_inside = 0;
    let mut record = csv::StringRecord::new();
    // The text is in memory and valid: reading it cannot fail.
    while let Ok(true) = reader.read_record(&mut record) {
        let (line, start) = record.position().map_or((0, 0), |position| (position.line(), position.byte()));
        // A record begins, for the reader, with the empty lines before it.
        let rest =
            usize::try_from(start).ok().and_then(|start| text.as_bytes().get(start..)).unwrap_or_default();
        let n_empty =
            rest.iter().take_while(|byte| b"\r\n".contains(byte)).filter(|byte| **byte == b'\n').count();
        let number =
            usize::try_from(line).unwrap_or(usize::MAX).saturating_add(n_empty).saturating_sub(n_inside);
        if record.len() > MOST_COLUMNS {
            return Err(TableError::TooManyColumns { columns: record.len() });
        }
        n_inside += record.iter().map(|cell| cell.matches('\n').count()).sum::<usize>();
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if rows.len() > MOST_ROWS {
            return Err(TableError::TooManyRows);
        }
        rows.push(TableRow { number, cells: record.iter().map(unprotected).collect() });
    }
    if let Some(row) = open_quote(&text, delimiter) {
        return Err(TableError::OpenQuote { row });
    }
    if rows.is_empty() {
        return Err(TableError::Empty);
    }
    let header = rows.remove(0).cells;
    let reading = Reading::Csv { delimiter: char::from(delimiter), encoding };
    Ok(Table { header, rows, reading })
}

/// The text of a cell without the apostrophe that keeps a spreadsheet from computing it.
fn unprotected(cell: &str) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => rest.to_owned(),
        _ => cell.to_owned(),
    }
}

fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, &'static str), TableError> {
    let utf16 = |rest: &[u8], read: fn([u8; 2]) -> u16| {
        let (pairs, odd) = rest.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|pair| read(*pair)).collect();
        match String::from_utf16(&units) {
            Ok(text) if odd.is_empty() => Ok((Cow::Owned(text), "UTF-16")),
            _ => Err(TableError::NotUtf16),
        }
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest).map(|text| (text, "UTF-8")),
        _ => utf8(bytes).map(|text| (text, "UTF-8")),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, TableError> {
    std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| {
        let (good, rest) = bytes.split_at(error.valid_up_to());
        let row = good.iter().filter(|byte| **byte == b'\n').count() + 1;
        TableError::NotUtf8 { row, byte: rest.first().copied().unwrap_or_default() }
    })
}

/// The delimiter that stands most often in the first line outside quotation marks.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in header.bytes() {
        quoted ^= byte == b'"';
        if let Some((_, count)) = counts.iter_mut().find(|(delimiter, _)| *delimiter == byte && !quoted) {
            *count += 1;
        }
    }
    // The first of equals wins: a comma.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| *delimiter)
}

/// The row in which a quotation mark opens that never closes, walking the text as the reader does.
fn open_quote(text: &str, delimiter: u8) -> Option<usize> {
    let (mut row, mut opened_in, mut at_start) = (1, None, true);
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match opened_in {
            Some(_) if byte == b'"' => {
                if bytes.peek() == Some(&b'"') {
                    bytes.next();
                } else {
                    opened_in = None;
                }
            }
            Some(_) => {}
            None if byte == b'"' && at_start => opened_in = Some(row),
            None => {
                row += usize::from(byte == b'\n');
                at_start = byte == delimiter || byte == b'\n' || byte == b'\r';
                continue;
            }
        }
        at_start = false;
    }
    opened_in
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(usize, Vec<String>)> {
        let table = read(text.as_bytes()).expect("a table");
        table.rows.into_iter().map(|row| (row.number, row.cells)).collect()
    }

    #[test]
    fn the_delimiter_is_what_the_header_has_most_of() {
        assert_eq!(delimiter("a,b,c\n1;2"), b',');
        assert_eq!(delimiter("a;\"b,c,d\";e"), b';');
        assert_eq!(delimiter("a\tb"), b'\t');
        assert_eq!(delimiter("only"), b',');
    }

    #[test]
    fn rows_are_numbered_as_a_spreadsheet_does() {
        let found = rows("id,name\n1,\"two\nlines\"\n\n2,b\n");
        let numbers: Vec<usize> = found.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [2, 4]);
    }

    #[test]
    fn a_mark_and_utf_16_are_understood() {
        let with_mark = read("\u{feff}id;name\r\n1;Müller\r\n".as_bytes()).expect("a table");
        assert_eq!(with_mark.header, ["id", "name"]);
        let mut utf16 = vec![0xFF, 0xFE];
        utf16.extend("id\tname\n1\tMüller\n".encode_utf16().flat_map(u16::to_le_bytes));
        let table = read(&utf16).expect("a table");
        assert_eq!(table.rows[0].cells, ["1", "Müller"]);
        assert_eq!(table.reading, Reading::Csv { delimiter: '\t', encoding: "UTF-16" });
    }

    #[test]
    fn another_encoding_is_refused_with_its_row() {
        let refused = read(b"id,name\n1,ok\n2,M\xFCller\n");
        assert_eq!(refused, Err(TableError::NotUtf8 { row: 3, byte: 0xFC }));
        assert_eq!(read(&[0xFF, 0xFE, 0x41]), Err(TableError::NotUtf16));
    }

    #[test]
    fn a_quotation_mark_that_never_closes_is_named_with_its_row() {
        assert_eq!(read(b"id,name\n1,\"a\n2,b\n3,c\n"), Err(TableError::OpenQuote { row: 2 }));
        assert!(read(b"id,name\n1,5\" disk\n2,\"say \"\"hi\"\"\"\n").is_ok());
    }

    #[test]
    fn the_apostrophe_of_our_own_export_is_taken_off() {
        assert_eq!(rows("id,name\n1,'=SUM(A1)\n2,'quoted'\n")[0].1, ["1", "=SUM(A1)"]);
        assert_eq!(rows("id,name\n1,'=SUM(A1)\n2,'quoted'\n")[1].1, ["2", "'quoted'"]);
    }
}
