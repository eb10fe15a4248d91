//! Text of a file as UTF-8, piece by piece, from the encodings that spreadsheets and exports write.
//!
//! UTF-16 has its mark; UTF-8 is the rule without one. Windows-1252 (what a German or French spreadsheet calls "CSV", and
//! all of Latin-1 that people type) is only read when somebody says so: nothing in such a file tells it from others of its
//! kind, and a wrong guess stores wrong names and says nothing.

use std::io::Read;

use super::table::TableError;

/// How text is written in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-16, either byte order, with its mark.
    Utf16,
    /// Windows-1252, which holds Latin-1.
    Windows1252,
}

impl Encoding {
    /// Its name, as pages and the API show it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16 => "UTF-16",
            Self::Windows1252 => "Windows-1252",
        }
    }

    /// Reads a name, as people write it.
    pub fn parse(word: &str) -> Option<Self> {
        match word.trim().to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => Some(Self::Utf8),
            "utf-16" | "utf16" => Some(Self::Utf16),
            "windows-1252" | "cp1252" | "latin-1" | "latin1" | "iso-8859-1" | "iso-8859-15" => {
                Some(Self::Windows1252)
            }
            _ => None,
        }
    }
}

/// What Windows-1252 has at 0x80 to 0x9F; five places are empty there and stay the control characters of Latin-1.
const UPPER: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The bytes of a file as UTF-8; those of a file that says it is UTF-8 go through unread.
pub(super) struct Decoder<R> {
    input: R,
    encoding: Encoding,
    is_big_endian: bool,
    /// What was read and not given yet.
    pending: Vec<u8>,
    /// The first half of a pair of UTF-16.
    high: Option<u16>,
}

fn unreadable(error: &std::io::Error) -> TableError {
    TableError::Unreadable { what: error.to_string().chars().take(200).collect() }
}

impl<R: Read> Decoder<R> {
    /// Begins to read. A mark decides; without one `said` does.
    pub(super) fn open(mut input: R, said: Option<Encoding>) -> Result<Self, TableError> {
        let mut pending = Vec::with_capacity(3);
        input.by_ref().take(3).read_to_end(&mut pending).map_err(|error| unreadable(&error))?;
        let (encoding, is_big_endian, mark) = match pending[..] {
            [0xFF, 0xFE, ..] => (Encoding::Utf16, false, 2),
            [0xFE, 0xFF, ..] => (Encoding::Utf16, true, 2),
            [0xEF, 0xBB, 0xBF] => (Encoding::Utf8, false, 3),
            _ => (said.unwrap_or(Encoding::Utf8), false, 0),
        };
        pending.drain(..mark);
        Ok(Self { input, encoding, is_big_endian, pending, high: None })
    }

    pub(super) fn input(&self) -> &R {
        &self.input
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Adds up to `most` bytes of the file to `text`; `false` at its end.
    pub(super) fn read_more(&mut self, text: &mut Vec<u8>, most: usize) -> Result<bool, TableError> {
        let mut piece = std::mem::take(&mut self.pending);
        let n_before = piece.len();
        let limit = u64::try_from(most).unwrap_or(u64::MAX);
        self.input.by_ref().take(limit).read_to_end(&mut piece).map_err(|error| unreadable(&error))?;
        let ended = piece.len() == n_before;
        match self.encoding {
            Encoding::Utf8 => text.append(&mut piece),
            Encoding::Windows1252 => piece.iter().for_each(|byte| push(text, of_1252(*byte))),
            Encoding::Utf16 => self.read_pairs(text, &piece, ended)?,
        }
        Ok(!ended)
    }

    fn read_pairs(&mut self, text: &mut Vec<u8>, piece: &[u8], ended: bool) -> Result<(), TableError> {
        let (pairs, odd) = piece.as_chunks::<2>();
        for pair in pairs {
            let unit = if self.is_big_endian { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) };
            let units = self.high.take().into_iter().chain([unit]);
            if (0xD800..0xDC00).contains(&unit) && units.clone().count() == 1 {
                self.high = Some(unit);
                continue;
            }
            for read in char::decode_utf16(units) {
                push(text, read.map_err(|_| TableError::NotUtf16)?);
            }
        }
        if ended && (!odd.is_empty() || self.high.is_some()) {
            return Err(TableError::NotUtf16);
        }
        self.pending = odd.to_vec();
        Ok(())
    }
}

fn of_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9F => UPPER[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

fn push(text: &mut Vec<u8>, read: char) {
    text.extend_from_slice(read.encode_utf8(&mut [0; 4]).as_bytes());
}
