//! A table read from a file: a header and rows of text, each with the number a spreadsheet shows for it.
//!
//! The kind of file is told from its bytes, not its name. Text must be UTF-8 (or UTF-16 with its mark): a file in another
//! encoding is refused with the row where that shows, because a wrong guess would store wrong names and say nothing.

use super::{csv_read, xlsx_read};
use crate::error::Message;

/// Largest file that is held whole: a workbook, or a short list.
pub const MOST_BYTES: usize = 50 << 20;
/// Largest CSV file of the book, which is read row by row.
pub const MOST_CSV_BYTES: usize = 160 << 20;
/// Most rows of a table that is held whole.
pub const MOST_ROWS: usize = 200_000;
/// Most rows of a CSV file of the book.
pub const MOST_CSV_ROWS: usize = 2_000_000;
/// Most bytes of one row of a CSV file.
pub const LONGEST_ROW: usize = 1 << 20;
/// Most columns of a table.
pub const MOST_COLUMNS: usize = 200;

/// Most cells of a spreadsheet, empty ones between them included.
pub const MOST_CELLS: usize = 10_000_000;

/// A table as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The cells of the first row that has any.
    pub header: Vec<String>,
    /// The rows after it; empty ones are left out.
    pub rows: Vec<TableRow>,
    /// How the file was read, for the person to check.
    pub reading: Reading,
}

/// A row as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRow {
    /// Its number in a spreadsheet; the header is usually row 1.
    pub number: usize,
    /// Its cells, as many as the row has.
    pub cells: Vec<String>,
}

/// How a file was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As comma-separated values and the like.
    Csv {
        /// `,`, `;` or a tab.
        delimiter: char,
        /// `UTF-8` or `UTF-16`.
        encoding: &'static str,
    },
    /// As a spreadsheet.
    Xlsx {
        /// The sheet that was read: the first.
        sheet: String,
        /// Sheets that were not.
        n_more_sheets: usize,
    },
}

/// Why a file is no table that can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Too large.
    #[error("the file has {bytes} bytes, at most {most} are read; split it")]
    TooLarge {
        /// How many.
        bytes: usize,
        /// The most.
        most: usize,
    },
    /// A workbook whose parts or texts are too large once unpacked.
    #[error("the workbook unpacks to more than {most} bytes; split it")]
    Swelling {
        /// The most.
        most: u64,
    },
    /// Too many rows.
    #[error("the table has more than {most} rows; split it")]
    TooManyRows {
        /// The most.
        most: usize,
    },
    /// Too many records that rows carry besides their own.
    #[error("the rows name more than {most} other records of one kind; split the file")]
    TooManyRelated {
        /// The most.
        most: usize,
    },
    /// Too many columns.
    #[error("the table has {columns} columns, at most {MOST_COLUMNS} are read; is the delimiter right?")]
    TooManyColumns {
        /// How many.
        columns: usize,
    },
    /// Too many cells.
    #[error("the table has more than {MOST_CELLS} cells; split it")]
    TooManyCells,
    /// Another kind of file.
    #[error("this is {what}, not a table; save it as CSV UTF-8 or XLSX")]
    WrongKind {
        /// Which.
        what: &'static str,
    },
    /// Text in another encoding.
    #[error("row {row} is not UTF-8 text (byte {byte:#04X}); save the file as \"CSV UTF-8\" and try again")]
    NotUtf8 {
        /// The row.
        row: usize,
        /// The byte.
        byte: u8,
    },
    /// A broken UTF-16 text.
    #[error("the file begins like UTF-16 text and is none; save it as \"CSV UTF-8\" and try again")]
    NotUtf16,
    /// A quotation mark that is never closed.
    #[error("a quotation mark opened in row {row} is never closed")]
    OpenQuote {
        /// The row.
        row: usize,
    },
    /// A row longer than any table has.
    #[error("row {row} is longer than {most} bytes; is this a table?")]
    LongRow {
        /// The row.
        row: usize,
        /// The most.
        most: usize,
    },
    /// The file cannot be read from its disk.
    #[error("the file cannot be read: {what}")]
    Unreadable {
        /// What the system said.
        what: String,
    },
    /// Another text stands in the file than when it was checked.
    #[error("the file was changed while it was read; try again")]
    Moved,
    /// A spreadsheet that cannot be opened.
    #[error("the spreadsheet cannot be opened: {what}")]
    BrokenSpreadsheet {
        /// What the reader said.
        what: String,
    },
    /// No row at all.
    #[error("the first sheet `{sheet}` is empty")]
    EmptySheet {
        /// Its name.
        sheet: String,
    },
}

impl TableError {
    /// The message of the catalogue.
    pub fn message(&self) -> Message {
        match self {
            Self::Empty => Message::new("table-error-empty"),
            Self::TooLarge { bytes, most } => Message::new("table-error-too-large")
                .with("size", (bytes >> 20).to_string())
                .with("most", (most >> 20).to_string()),
            Self::Swelling { most } => {
                Message::new("table-error-swelling").with("most", (most >> 20).to_string())
            }
            Self::TooManyRows { most } => {
                Message::new("table-error-too-many-rows").with("most", most.to_string())
            }
            Self::TooManyRelated { most } => {
                Message::new("table-error-too-many-related").with("most", most.to_string())
            }
            Self::LongRow { row, most } => Message::new("table-error-long-row")
                .with("row", row.to_string())
                .with("most", (most >> 20).to_string()),
            Self::Unreadable { what } => Message::new("table-error-unreadable").with("what", what.as_str()),
            Self::Moved => Message::new("table-error-moved"),
            Self::TooManyColumns { columns } => Message::new("table-error-too-many-columns")
                .with("columns", columns.to_string())
                .with("most", MOST_COLUMNS.to_string()),
            Self::TooManyCells => {
                Message::new("table-error-too-many-cells").with("most", MOST_CELLS.to_string())
            }
            Self::WrongKind { what } => Message::new("table-error-wrong-kind").with("what", *what),
            Self::NotUtf8 { row, byte } => Message::new("table-error-not-utf8")
                .with("row", row.to_string())
                .with("byte", format!("{byte:02X}")),
            Self::NotUtf16 => Message::new("table-error-not-utf16"),
            Self::OpenQuote { row } => Message::new("table-error-open-quote").with("row", row.to_string()),
            Self::BrokenSpreadsheet { what } => {
                Message::new("table-error-broken-spreadsheet").with("what", what.as_str())
            }
            Self::EmptySheet { sheet } => {
                Message::new("table-error-empty-sheet").with("sheet", sheet.as_str())
            }
        }
    }
}

/// Reads a CSV or XLSX file.
///
/// # Errors
/// [`TableError`] saying what is wrong with the file as a whole.
pub fn read_table(bytes: &[u8]) -> Result<Table, TableError> {
    if bytes.is_empty() {
        return Err(TableError::Empty);
    }
    if bytes.len() > MOST_BYTES {
        return Err(TableError::TooLarge { bytes: bytes.len(), most: MOST_BYTES });
    }
    match kind_of(bytes)? {
        FileKind::Workbook => xlsx_read::read(bytes),
        FileKind::Text => csv_read::read(bytes),
    }
}

/// What a file is, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    /// An XLSX workbook.
    Workbook,
    /// Text, for want of anything else.
    Text,
}

pub(super) fn kind_of(head: &[u8]) -> Result<FileKind, TableError> {
    let wrong = |what| Err(TableError::WrongKind { what });
    match head {
        [b'P', b'K', 3, 4, ..] => Ok(FileKind::Workbook),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => wrong("an old XLS workbook or a locked one"),
        [b'P', b'A', b'R', b'1', ..] => wrong("a Parquet file"),
        [b'%', b'P', b'D', b'F', ..] => wrong("a PDF document"),
        [0x1F, 0x8B, ..] => wrong("a compressed file"),
        _ => Ok(FileKind::Text),
    }
}
