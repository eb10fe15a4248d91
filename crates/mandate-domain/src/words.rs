//! Choices kept as words: one list gives each choice its word for tables, the API and forms, and reads it back.
//!
//! Every room's small enums use it, so that no two places spell a word differently. Not here: what a choice is called on
//! a page, which is the catalogue's.

/// Words kept in tables, the API and forms; one table per choice.
macro_rules! words {
    ($name:ident { $($variant:ident => $word:literal),* $(,)? }) => {
        impl $name {
            /// Every choice, in the order pages list them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The words of all choices, in the same order.
            pub const WORDS: &'static [&'static str] = &[$($word),*];

            /// The word kept in tables, the API and forms.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// Reads the word.
            ///
            /// # Errors
            /// [`WordError`] when no choice has it.
            pub fn parse(word: &str) -> Result<Self, WordError> {
                match word {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(WordError { word: word.chars().take(40).collect(), expected: &[$($word),*] }),
                }
            }
        }
    };
}
pub(crate) use words;

/// A word that is none of the choices.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not known here; use {}", expected.join(", "))]
pub struct WordError {
    /// What was given.
    pub word: String,
    /// What could be given.
    pub expected: &'static [&'static str],
}
