//! CSV in, row by row: comma, semicolon, tab or bar, whichever the header has most of; a file of any size is never held whole.
//!
//! Text is UTF-8 with or without its mark, UTF-16 with one, or Windows-1252 when somebody says so. Rows are numbered as a
//! spreadsheet numbers them: a cell with line breaks is still one row. Blank rows are left out. An apostrophe that our own
//! export put before a formula sign is taken off again. Quotation marks follow RFC 4180; one inside an unquoted cell is text.

use std::io::Read;

use super::decode::{Decoder, Encoding};
use super::table::{LONGEST_ROW, MOST_COLUMNS, MOST_ROWS, Reading, Table, TableError, TableRow};

/// How much is read at once.
const PIECE: usize = 1 << 16;
/// How much of a file says which delimiter it has.
const HEAD: usize = 1 << 15;

/// The rows of a file, read as they are asked for.
pub(crate) struct CsvRows<R> {
    decoder: Decoder<R>,
    text: Vec<u8>,
    at: usize,
    delimiter: u8,
    row: usize,
    ended: bool,
}

impl<R: Read> CsvRows<R> {
    /// Begins to read; the delimiter is found in the first line when nobody says which.
    pub(crate) fn open(
        input: R,
        encoding: Option<Encoding>,
        delimiter: Option<u8>,
    ) -> Result<Self, TableError> {
        let mut decoder = Decoder::open(input, encoding)?;
        let mut text = vec![];
        while text.len() < HEAD && decoder.read_more(&mut text, PIECE)? {}
        let delimiter = delimiter.unwrap_or_else(|| delimiter_of(&text));
        Ok(Self { decoder, text, at: 0, delimiter, row: 1, ended: false })
    }

    /// How the file is read.
    pub(crate) fn reading(&self) -> Reading {
        Reading::Csv { delimiter: char::from(self.delimiter), encoding: self.decoder.encoding().as_str() }
    }

    /// What is read from.
    pub(crate) fn input(&self) -> &R {
        self.decoder.input()
    }

    fn peek(&mut self) -> Result<Option<u8>, TableError> {
        while self.at == self.text.len() && !self.ended {
            self.text.clear();
            self.at = 0;
            self.ended = !self.decoder.read_more(&mut self.text, PIECE)?;
        }
        Ok(self.text.get(self.at).copied())
    }

    /// The next row that has anything in it.
    pub(crate) fn next_row(&mut self) -> Result<Option<TableRow>, TableError> {
        loop {
            let number = self.row;
            let Some(cells) = self.next_cells()? else { return Ok(None) };
            if !cells.iter().all(|cell| cell.trim().is_empty()) {
                return Ok(Some(TableRow { number, cells }));
            }
        }
    }

    fn next_cells(&mut self) -> Result<Option<Vec<String>>, TableError> {
        if self.peek()?.is_none() {
            return Ok(None);
        }
        let (mut cells, mut columns, mut length) = (vec![], 0, 0);
        loop {
            let (cell, is_last) = self.next_cell(&mut length)?;
            columns += 1;
            if columns <= MOST_COLUMNS {
                cells.push(unprotected(text_of(cell, self.row)?));
            }
            if !is_last {
                continue;
            }
            if columns > MOST_COLUMNS {
                return Err(TableError::TooManyColumns { columns });
            }
            self.row += 1;
            return Ok(Some(cells));
        }
    }

    /// The bytes of a cell, and whether the row ends with it.
    fn next_cell(&mut self, length: &mut usize) -> Result<(Vec<u8>, bool), TableError> {
        let mut cell = vec![];
        if self.peek()? == Some(b'"') {
            self.at += 1;
            self.quoted(&mut cell, length)?;
        }
        loop {
            let delimiter = self.delimiter;
            self.take_until(&mut cell, |byte| byte == delimiter || byte == b'\r' || byte == b'\n');
            let Some(byte) = self.peek()? else { return Ok((cell, true)) };
            if byte == delimiter || byte == b'\r' || byte == b'\n' {
                self.at += 1;
                if byte == b'\r' && self.peek()? == Some(b'\n') {
                    self.at += 1;
                }
                *length += cell.len() + 1;
                return Ok((cell, byte != delimiter));
            }
            if *length + cell.len() > LONGEST_ROW {
                return Err(TableError::LongRow { row: self.row, most: LONGEST_ROW });
            }
        }
    }

    /// The rest of a cell up to the mark that closes it.
    fn quoted(&mut self, cell: &mut Vec<u8>, length: &mut usize) -> Result<(), TableError> {
        loop {
            self.take_until(cell, |byte| byte == b'"');
            // A mark that is never closed would take the rest of the file for one cell.
            let is_open = self.peek()?.is_none() || *length + cell.len() > LONGEST_ROW;
            if is_open {
                return Err(TableError::OpenQuote { row: self.row });
            }
            if self.peek()? == Some(b'"') {
                self.at += 1;
                if self.peek()? != Some(b'"') {
                    return Ok(());
                }
                self.at += 1;
                cell.push(b'"');
            }
        }
    }

    /// Takes what is at hand up to a byte that ends it.
    fn take_until(&mut self, cell: &mut Vec<u8>, ends: impl Fn(u8) -> bool) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let n = rest.iter().position(|byte| ends(*byte)).unwrap_or(rest.len());
        cell.extend(rest.iter().take(n));
        self.at += n;
    }
}

/// The text of a cell in `row`.
fn text_of(cell: Vec<u8>, row: usize) -> Result<String, TableError> {
    String::from_utf8(cell).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        TableError::NotUtf8 { row, byte: error.as_bytes().get(at).copied().unwrap_or_default() }
    })
}

/// Reads a whole file.
pub(super) fn read(bytes: &[u8]) -> Result<Table, TableError> {
    let mut rows = CsvRows::open(bytes, None, None)?;
    let Some(header) = rows.next_row()? else { return Err(TableError::Empty) };
    let mut table = Table { header: header.cells, rows: vec![], reading: rows.reading() };
    while let Some(row) = rows.next_row()? {
        if table.rows.len() == MOST_ROWS {
            return Err(TableError::TooManyRows { most: MOST_ROWS });
        }
        table.rows.push(row);
    }
    Ok(table)
}

/// The text of a cell without the apostrophe that keeps a spreadsheet from computing it.
fn unprotected(cell: String) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => rest.to_owned(),
        _ => cell,
    }
}

/// The delimiter that stands most often in the first line outside quotation marks.
fn delimiter_of(text: &[u8]) -> u8 {
    let is_blank = |line: &&[u8]| line.iter().all(u8::is_ascii_whitespace);
    let header = text.split(|byte| b"\r\n".contains(byte)).find(|line| !is_blank(line)).unwrap_or_default();
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    for byte in header {
        quoted ^= *byte == b'"';
        if let Some((_, count)) = counts.iter_mut().find(|(delimiter, _)| delimiter == byte && !quoted) {
            *count += 1;
        }
    }
    // The first of equals wins: a comma.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| *delimiter)
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
        assert_eq!(delimiter_of(b"a,b,c\n1;2"), b',');
        assert_eq!(delimiter_of(b"a;\"b,c,d\";e"), b';');
        assert_eq!(delimiter_of(b"a\tb"), b'\t');
        assert_eq!(delimiter_of(b"a|b|c"), b'|');
        assert_eq!(delimiter_of(b"only"), b',');
    }

    #[test]
    fn rows_are_numbered_as_a_spreadsheet_does() {
        let found = rows("id,name\n1,\"two\nlines\"\n\n2,b\n");
        let numbers: Vec<usize> = found.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [2, 4]);
        assert_eq!(rows("id,name\r\n1,a\r\n\r\n2,b")[1], (4, vec!["2".to_owned(), "b".to_owned()]));
    }

    #[test]
    fn a_mark_and_utf_16_are_understood() {
        let with_mark = read("\u{feff}id;name\r\n1;Müller\r\n".as_bytes()).expect("a table");
        assert_eq!(with_mark.header, ["id", "name"]);
        let mut utf16 = vec![0xFF, 0xFE];
        utf16.extend("id\tname\n1\tMüller 😀\n".encode_utf16().flat_map(u16::to_le_bytes));
        let table = read(&utf16).expect("a table");
        assert_eq!(table.rows[0].cells, ["1", "Müller 😀"]);
        assert_eq!(table.reading, Reading::Csv { delimiter: '\t', encoding: "UTF-16" });
    }

    #[test]
    fn another_encoding_is_refused_with_its_row_unless_somebody_says_which() {
        let text = b"id,name\n1,ok\n2,M\xFCller \x80\n";
        assert_eq!(read(text), Err(TableError::NotUtf8 { row: 3, byte: 0xFC }));
        let mut said = CsvRows::open(&text[..], Some(Encoding::Windows1252), None).expect("it opens");
        let cells: Vec<String> =
            std::iter::from_fn(|| said.next_row().expect("a row")).flat_map(|row| row.cells).collect();
        assert_eq!(cells, ["id", "name", "1", "ok", "2", "Müller €"]);
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

    #[test]
    fn a_row_without_an_end_is_never_held_whole() {
        let endless = std::io::repeat(b'x').take(1 << 40);
        let mut rows =
            CsvRows::open(std::io::Read::chain(&b"id,name\n"[..], endless), None, None).expect("it opens");
        assert_eq!(rows.next_row().expect("the header").expect("a row").cells, ["id", "name"]);
        assert_eq!(rows.next_row(), Err(TableError::LongRow { row: 2, most: LONGEST_ROW }));
        let quoted = std::io::Read::chain(&b"id,name\n1,\""[..], std::io::repeat(b'\n').take(1 << 40));
        let mut rows = CsvRows::open(quoted, None, None).expect("it opens");
        rows.next_row().expect("the header");
        assert_eq!(rows.next_row(), Err(TableError::OpenQuote { row: 2 }));
    }

    proptest::proptest! {
        // The csv crate is the older reader of these files: cell for cell the same, wherever every quotation mark is closed.
        #[test]
        fn cells_are_those_of_the_csv_crate(text in "([a-z]{0,2}[,\n\r]|\"([a-z,\n]|\"\"){0,4}\"[a-z]?[,\n]){0,12}z") {
            let ours: Vec<Vec<String>> = {
                let mut rows = CsvRows::open(text.as_bytes(), None, Some(b',')).expect("it opens");
                std::iter::from_fn(|| rows.next_row().expect("a row")).map(|row| row.cells).collect()
            };
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let theirs: Vec<Vec<String>> = reader
                .records()
                .map(|record| record.expect("a record").iter().map(str::to_owned).collect::<Vec<String>>())
                .filter(|cells| !cells.iter().all(|cell| cell.trim().is_empty()))
                .collect();
            proptest::prop_assert_eq!(ours, theirs);
        }
    }
}
