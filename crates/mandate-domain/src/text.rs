//! Text as people type it: what may be stored, how it is compared and sorted on both databases alike.
//!
//! Databases fold case differently, so folding happens here and goes into columns of its own.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Why a text may not be stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("this may not be empty")]
    Empty,
    /// More characters than the field has.
    #[error("this has {length} characters, at most {limit} fit")]
    TooLong {
        /// Characters given.
        length: usize,
        /// Characters that fit.
        limit: usize,
    },
    /// A control character that no form can show.
    #[error("this holds a control character at position {position}")]
    ControlCharacter {
        /// Position in characters, from 1.
        position: usize,
    },
}

/// A line of text as stored: trimmed, NFC, without control characters, of 1 to `limit` characters.
///
/// # Errors
/// [`TextError`] saying what is wrong with `text`.
pub fn line(text: &str, limit: usize) -> Result<String, TextError> {
    let clean = optional_line(text, limit)?;
    if clean.is_empty() { Err(TextError::Empty) } else { Ok(clean) }
}

/// As [`line`], but may be empty.
///
/// # Errors
/// [`TextError`] saying what is wrong with `text`.
pub fn optional_line(text: &str, limit: usize) -> Result<String, TextError> {
    checked(text, limit, |character| character.is_control())
}

/// Several lines of text: line feeds and tabs are kept, other control characters refused.
///
/// # Errors
/// [`TextError`] saying what is wrong with `text`.
pub fn paragraphs(text: &str, limit: usize) -> Result<String, TextError> {
    let unix = text.replace("\r\n", "\n");
    checked(&unix, limit, |character| character.is_control() && character != '\n' && character != '\t')
}

fn checked(text: &str, limit: usize, refused: impl Fn(char) -> bool) -> Result<String, TextError> {
    let clean: String = text.trim().nfc().collect();
    let length = clean.chars().count();
    if length > limit {
        return Err(TextError::TooLong { length, limit });
    }
    match clean.chars().position(refused) {
        Some(position) => Err(TextError::ControlCharacter { position: position + 1 }),
        None => Ok(clean),
    }
}

/// The form in which texts are searched and sorted: no accents, lower case, single spaces.
pub fn fold(text: &str) -> String {
    let plain: String = text.nfkd().filter(|character| !is_combining_mark(*character)).collect();
    let lower = plain.to_lowercase().replace('ß', "ss");
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_case_do_not_matter_in_a_search() {
        assert_eq!(fold("  Eszter  MOLNÁR "), "eszter molnar");
        assert_eq!(fold("Straße"), fold("STRASSE"));
    }

    #[test]
    fn a_nul_never_reaches_the_database() {
        assert_eq!(line("a\0b", 10), Err(TextError::ControlCharacter { position: 2 }));
        assert_eq!(paragraphs("a\r\nb", 10), Ok("a\nb".to_owned()));
        assert_eq!(line("   ", 10), Err(TextError::Empty));
    }
}
