//! Record ids: opaque, sortable by time of creation, made from a given instant and given randomness.
//!
//! An id is 26 characters of lower-case Crockford base 32 (a ULID): 48 bits of milliseconds, 80 random bits. Ids are
//! not secrets. Natural keys (a case, an event file, a pseudonym) are not ids and do not come from here.

use std::fmt;
use std::marker::PhantomData;

use crate::clock::Instant;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH: usize = 26;

/// The id of a record of kind `T`.
pub struct Id<T> {
    text: String,
    kind: PhantomData<fn() -> T>,
}

/// Why a text is no id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a record id; ids have {LENGTH} letters and digits")]
pub struct IdError {
    /// What was given, cut to 40 characters.
    pub text: String,
}

impl<T> Id<T> {
    /// An id from the instant of creation and 80 random bits (the low 80 of `random`).
    pub fn new(created_at: Instant, random: u128) -> Self {
        let milliseconds = u128::from(created_at.microseconds().div_euclid(1_000).unsigned_abs());
        let bits = (milliseconds & ((1 << 48) - 1)) << 80 | (random & ((1 << 80) - 1));
        let text = (0..LENGTH)
            .rev()
            .map(|position| char::from(ALPHABET[usize::try_from((bits >> (5 * position)) & 31).unwrap_or(0)]))
            .collect();
        Self { text, kind: PhantomData }
    }

    /// Reads an id as it stands in a link, a table or a request.
    ///
    /// # Errors
    /// [`IdError`] when `text` is not 26 characters of the id alphabet.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        if text.len() == LENGTH && text.bytes().all(|byte| ALPHABET.contains(&byte)) {
            Ok(Self { text: text.to_owned(), kind: PhantomData })
        } else {
            Err(IdError { text: text.chars().take(40).collect() })
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), kind: PhantomData }
    }
}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<T> Eq for Id<T> {}

impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}

impl<T> std::hash::Hash for Id<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thing;

    #[test]
    fn ids_sort_by_time_of_creation() {
        let early: Id<Thing> = Id::new(Instant::from_seconds(1_700_000_000), u128::MAX);
        let late: Id<Thing> = Id::new(Instant::from_seconds(1_700_000_001), 0);
        assert!(early < late);
        assert_eq!(Id::<Thing>::parse(early.as_str()), Ok(early));
    }

    #[test]
    fn a_text_that_is_no_id_is_named() {
        let error = Id::<Thing>::parse("../../etc/passwd").expect_err("no id");
        assert_eq!(
            error.to_string(),
            "`../../etc/passwd` is not a record id; ids have 26 letters and digits"
        );
    }
}
