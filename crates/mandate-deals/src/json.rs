//! A small reader of JSON that keeps numbers exact: integers of 64 bits, anything else as it was written.
//!
//! Engines build without serde, and a float between file and engine would make false frontier points. Every error has its
//! line and column. Depth is limited, so that no file exhausts the stack. Not here: what the fields mean (`parse`).

use std::fmt;

/// Lists and objects within each other.
const MAX_DEPTH: usize = 32;
/// Fields of one object: no file needs more, and each name is held against those before it.
const MAX_FIELDS: usize = 64;

/// A place in a text, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line.
    pub line: usize,
    /// Column, in bytes.
    pub column: usize,
}

impl Place {
    /// The place of a byte of `text`.
    pub fn of(text: &[u8], at: usize) -> Self {
        let before = &text[..at.min(text.len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let begins = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |idx| idx + 1);
        Self { line, column: before.len() - begins + 1 }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}", self.line, self.column)
    }
}

/// What stands at a place.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// An integer of 64 bits.
    Integer(i64),
    /// Any other number, as it was written.
    Number(String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// An object, its fields in order.
    Object(Vec<(String, Node)>),
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Json,
    /// The byte at which it begins; [`Place::of`] counts its line.
    pub at: usize,
}

/// Why a text is no JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    #[error("the file is not UTF-8 text")]
    NotText,
    #[error("{place}: expected {expected}")]
    Expected { place: Place, expected: &'static str },
    #[error("{place}: lists and objects are more than {MAX_DEPTH} deep")]
    TooDeep { place: Place },
    #[error("{place}: field `{field}` stands twice")]
    Twice { place: Place, field: String },
    #[error("{place}: an object has more than {MAX_FIELDS} fields")]
    ManyFields { place: Place },
}

/// Reads a whole text.
///
/// # Errors
/// [`JsonError`] with the first place that is wrong.
pub fn read(bytes: &[u8]) -> Result<Node, JsonError> {
    let text = std::str::from_utf8(bytes).map_err(|_| JsonError::NotText)?;
    let mut reader = Reader { text, at: 0 };
    let node = reader.node(0)?;
    reader.skip_space();
    if reader.at < text.len() {
        return Err(reader.expected("the end of the file"));
    }
    Ok(node)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn place_of(&self, at: usize) -> Place {
        Place::of(self.text.as_bytes(), at)
    }

    fn expected(&self, expected: &'static str) -> JsonError {
        JsonError::Expected { place: self.place_of(self.at), expected }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, JsonError> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.expected("a value"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn node(&mut self, depth: usize) -> Result<Node, JsonError> {
        self.skip_space();
        let start = self.at;
        if depth > MAX_DEPTH {
            return Err(JsonError::TooDeep { place: self.place_of(start) });
        }
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Json::Text(self.string()?),
            Some(b't') => self.word("true", Json::Bool(true))?,
            Some(b'f') => self.word("false", Json::Bool(false))?,
            Some(b'n') => self.word("null", Json::Null)?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => return Err(self.expected("a value")),
        };
        Ok(Node { value, at: start })
    }

    fn object(&mut self, depth: usize) -> Result<Json, JsonError> {
        self.at += 1;
        let mut fields: Vec<(String, Node)> = vec![];
        self.skip_space();
        if self.take(b'}') {
            return Ok(Json::Object(fields));
        }
        loop {
            self.skip_space();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.expected("a field's name in quotes"));
            }
            if fields.len() >= MAX_FIELDS {
                return Err(JsonError::ManyFields { place: self.place_of(start) });
            }
            let name = self.string()?;
            if fields.iter().any(|(known, _)| *known == name) {
                return Err(JsonError::Twice { place: self.place_of(start), field: name });
            }
            self.skip_space();
            if !self.take(b':') {
                return Err(self.expected("`:`"));
            }
            fields.push((name, self.node(depth + 1)?));
            self.skip_space();
            if self.take(b'}') {
                return Ok(Json::Object(fields));
            }
            if !self.take(b',') {
                return Err(self.expected("`,` or `}`"));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Json, JsonError> {
        self.at += 1;
        let mut values = vec![];
        self.skip_space();
        if self.take(b']') {
            return Ok(Json::List(values));
        }
        loop {
            values.push(self.node(depth + 1)?);
            self.skip_space();
            if self.take(b']') {
                return Ok(Json::List(values));
            }
            if !self.take(b',') {
                return Err(self.expected("`,` or `]`"));
            }
        }
    }

    fn number(&mut self) -> Result<Json, JsonError> {
        let start = self.at;
        self.take(b'-');
        let first = self.at;
        self.digits();
        let n_digits = self.at - first;
        if n_digits == 0 || (n_digits > 1 && self.text.as_bytes()[first] == b'0') {
            self.at = first;
            return Err(self.expected("a number"));
        }
        let whole = !matches!(self.peek(), Some(b'.' | b'e' | b'E'));
        if self.take(b'.') && self.digits() == 0 {
            return Err(self.expected("a digit"));
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.expected("a digit"));
            }
        }
        let text = &self.text[start..self.at];
        Ok(match text.parse() {
            Ok(value) if whole => Json::Integer(value),
            _ => Json::Number(text.to_owned()),
        })
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn string(&mut self) -> Result<String, JsonError> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let start = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..=0x1f)) {
                self.at += 1;
            }
            text.push_str(&self.text[start..self.at]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                _ => return Err(self.expected("the end of the text, `\"`")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let kind = self.text.as_bytes().get(self.at + 1).copied();
        let simple = match kind {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.code_point(),
            _ => return Err(self.expected("an escape such as `\\n`")),
        };
        self.at += 2;
        Ok(simple)
    }

    fn code_point(&mut self) -> Result<char, JsonError> {
        let high = self.hexadecimal()?;
        let code = match high {
            0xd800..=0xdbff => {
                let low = if self.peek() == Some(b'\\') { self.hexadecimal()? } else { 0 };
                match low {
                    0xdc00..=0xdfff => 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00),
                    _ => return Err(self.expected("the second half of a character")),
                }
            }
            _ => high,
        };
        char::from_u32(code).ok_or_else(|| self.expected("a character"))
    }

    /// Of `\uXXXX`.
    fn hexadecimal(&mut self) -> Result<u32, JsonError> {
        let digits = self.text.as_bytes().get(self.at + 2..self.at + 6);
        let begins = self.text.as_bytes().get(self.at + 1) == Some(&b'u');
        let code = digits.filter(|digits| begins && digits.iter().all(u8::is_ascii_hexdigit)).map(|digits| {
            digits
                .iter()
                .fold(0, |code, digit| code * 16 + char::from(*digit).to_digit(16).unwrap_or_default())
        });
        let code = code.ok_or_else(|| self.expected("four hexadecimal digits"))?;
        self.at += 6;
        Ok(code)
    }
}
