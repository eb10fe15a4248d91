//! A file of any size as a header and rows, a few thousand at a time: what an import reads, and reads again.
//!
//! CSV goes through without ever being whole in memory; a workbook cannot, and keeps within its own bounds. The digest is of
//! the bytes that were read, so that two readings of a file on disk are known to be of the same text.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::csv_read::CsvRows;
use super::decode::Encoding;
use super::table::{
    FileKind, MOST_BYTES, MOST_CSV_BYTES, Reading, Table, TableError, TableRow, kind_of, read_table,
};

/// Where a file's bytes are.
#[derive(Clone, Debug)]
pub enum Content {
    /// In memory.
    Bytes(Arc<[u8]>),
    /// On the disk of this machine.
    Path(PathBuf),
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

/// How a file is read; what nobody says is found out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HowRead {
    /// The encoding of its text.
    pub encoding: Option<Encoding>,
    /// What stands between its cells.
    pub delimiter: Option<u8>,
    /// What is no row under the last one is wrong, not a report's footer.
    pub no_footer: bool,
}

/// An open file.
pub struct Rows {
    header: Vec<String>,
    reading: Reading,
    source: Source,
    /// Rows that were read already.
    ready: VecDeque<TableRow>,
    /// Lines that are no rows where no row follows them.
    footer: Vec<TableRow>,
    no_footer: bool,
}

/// Most lines that a report has under its rows.
const MOST_FOOTER_LINES: usize = 10;

enum Source {
    Csv(CsvRows<Hashed>),
    Held { rows: std::vec::IntoIter<TableRow>, digest: String },
}

impl Content {
    fn open(&self) -> io::Result<(Box<dyn Read + Send>, u64, Vec<u8>)> {
        match self {
            Self::Bytes(bytes) => {
                let head = bytes.get(..4).unwrap_or(bytes).to_vec();
                let n_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                Ok((Box::new(io::Cursor::new(bytes.clone())), n_bytes, head))
            }
            Self::Path(path) => {
                let mut file = File::open(path)?;
                let n_bytes = file.metadata()?.len();
                let mut head = vec![];
                file.by_ref().take(4).read_to_end(&mut head)?;
                file.seek(SeekFrom::Start(0))?;
                Ok((Box::new(file), n_bytes, head))
            }
        }
    }
}

impl Content {
    /// SHA-256 of all bytes, in hex; reads the file.
    ///
    /// # Errors
    /// What the system says when it cannot be read.
    pub fn digest(&self) -> io::Result<String> {
        let (input, ..) = self.open()?;
        let mut hashed = Hashed { input, hasher: Sha256::new() };
        io::copy(&mut hashed, &mut io::sink())?;
        Ok(hex(&hashed.hasher.finalize()))
    }
}

impl Rows {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// [`TableError`] when it is no table, is empty or too large.
    pub fn open(content: &Content, how: HowRead) -> Result<Self, TableError> {
        let unreadable = |error: io::Error| TableError::Unreadable { what: error.to_string() };
        let (mut input, n_bytes, head) = content.open().map_err(unreadable)?;
        let bytes = usize::try_from(n_bytes).unwrap_or(usize::MAX);
        if bytes == 0 {
            return Err(TableError::Empty);
        }
        let kind = kind_of(&head)?;
        let most = if kind == FileKind::Workbook { MOST_BYTES } else { MOST_CSV_BYTES };
        if bytes > most {
            return Err(TableError::TooLarge { bytes, most });
        }
        if kind == FileKind::Workbook {
            let mut held = Vec::with_capacity(bytes);
            input.read_to_end(&mut held).map_err(unreadable)?;
            let digest = hex(&Sha256::digest(&held));
            let Table { header, rows, reading } = read_table(&held)?;
            let source = Source::Held { rows: rows.into_iter(), digest };
            let no_footer = how.no_footer;
            return Ok(Self { header, reading, source, ready: VecDeque::new(), footer: vec![], no_footer });
        }
        let mut rows = CsvRows::open(Hashed { input, hasher: Sha256::new() }, how.encoding, how.delimiter)?;
        let header = rows.next_row()?.ok_or(TableError::Empty)?.cells;
        let reading = rows.reading();
        let source = Source::Csv(rows);
        let no_footer = how.no_footer;
        Ok(Self { header, reading, source, ready: VecDeque::new(), footer: vec![], no_footer })
    }

    /// The cells of the first row that has any.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// How the file is read, for the person to check.
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// Up to `n` rows; none at the end. A few lines of one cell under the last row, with several words in one of
    /// them, are no rows: reports end with such.
    ///
    /// # Errors
    /// [`TableError`] naming the row that cannot be read.
    pub fn next_rows(&mut self, n: usize) -> Result<Vec<TableRow>, TableError> {
        let mut some = vec![];
        while some.len() < n {
            if let Some(row) = self.ready.pop_front() {
                some.push(row);
                continue;
            }
            let Some(row) = self.next_line()? else {
                // A single word may be a row that was cut off.
                let is_text = |row: &TableRow| row.cells.iter().any(|cell| cell.trim().contains(' '));
                if self.footer.is_empty() || self.footer.iter().any(is_text) {
                    break;
                }
                self.ready.extend(self.footer.drain(..));
                continue;
            };
            let may_end = !self.no_footer && row.cells.len() == 1 && self.header.len() > 2;
            if may_end && self.footer.len() < MOST_FOOTER_LINES {
                self.footer.push(row);
            } else {
                // More than a report has: the file is broken.
                self.no_footer |= may_end;
                self.ready.extend(self.footer.drain(..));
                self.ready.push_back(row);
            }
        }
        Ok(some)
    }

    fn next_line(&mut self) -> Result<Option<TableRow>, TableError> {
        match &mut self.source {
            Source::Held { rows, .. } => Ok(rows.next()),
            Source::Csv(rows) => rows.next_row(),
        }
    }

    /// The numbers of the lines under the last row that were left out, once every row was read.
    pub fn footer_rows(&self) -> Vec<usize> {
        self.footer.iter().map(|row| row.number).collect()
    }

    /// SHA-256 of what was read, in hex: of the whole file once every row was.
    pub fn digest(&self) -> String {
        match &self.source {
            Source::Held { digest, .. } => digest.clone(),
            Source::Csv(rows) => hex(&rows.input().hasher.clone().finalize()),
        }
    }
}

/// Bytes on their way, digested.
struct Hashed {
    input: Box<dyn Read + Send>,
    hasher: Sha256,
}

impl Read for Hashed {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        let n = self.input.read(piece)?;
        self.hasher.update(piece.get(..n).unwrap_or_default());
        Ok(n)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
