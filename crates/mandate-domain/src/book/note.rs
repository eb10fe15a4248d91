//! A note on a record of the book, in the open: whoever may read the record reads its notes.
//!
//! Mentions are words of the text: `@` and a colleague's whole name. Who is meant is decided once, when it is kept. Not here:
//! candid notes, which are sealed and stand apart ([`super::CandidNote`]).

use super::Kind;
use crate::identity::User;
use crate::text::{self, TextError, fold};
use crate::{Id, Instant};

/// Characters a note may have.
pub const MOST_TEXT: usize = 8_000;

/// A note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its id.
    pub id: Id<Note>,
    /// The kind of record it is about.
    pub kind: Kind,
    /// The record's id.
    pub record_id: String,
    /// What it says; lines are kept.
    pub text: String,
    /// Who wrote it; none for the operator.
    pub author_id: Option<Id<User>>,
    /// Their name then.
    pub author_name: String,
    /// Counts saves.
    pub version: i64,
    /// When it was written.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// A note's text: some characters, at most [`MOST_TEXT`].
///
/// # Errors
/// [`TextError`] saying what is wrong with it.
pub fn open_note_text(typed: &str) -> Result<String, TextError> {
    let text = text::paragraphs(typed, MOST_TEXT)?;
    if text.is_empty() { Err(TextError::Empty) } else { Ok(text) }
}

/// The positions in `names` of those that `text` mentions: `@` and the whole name, whatever case or accents, and of several
/// that fit at one place the longest only. Names that fold alike are all there: the caller knows which of them is meant.
pub fn mentioned(text: &str, names: &[String]) -> Vec<usize> {
    let folded_names: Vec<String> = names.iter().map(|name| fold(name)).collect();
    let folded_text = fold(text);
    let mut found = vec![];
    for (at, _) in folded_text.match_indices('@') {
        // `anna@firm.example` is an address, not a mention.
        if folded_text[..at].chars().next_back().is_some_and(char::is_alphanumeric) {
            continue;
        }
        let rest = &folded_text[at + 1..];
        let fits = |name: &&String| {
            !name.is_empty()
                && rest
                    .strip_prefix(name.as_str())
                    .is_some_and(|after| !after.starts_with(char::is_alphanumeric))
        };
        let Some(longest) = folded_names.iter().filter(fits).max_by_key(|name| name.len()) else { continue };
        let meant = folded_names.iter().enumerate().filter(|(_, name)| *name == longest);
        found.extend(meant.map(|(position, _)| position));
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(text: &str) -> Vec<usize> {
        let names = ["Anna Berg", "Anna Berger", "Jörg Weiß", "Ann", "Ann"].map(str::to_owned);
        mentioned(text, &names)
    }

    #[test]
    fn a_mention_is_a_whole_name_after_an_at() {
        assert_eq!(who("ask @Anna Berg, please"), [0]);
        assert_eq!(who("ask @Anna Berger"), [1], "the longer name, not its beginning");
        assert_eq!(who("@jorg weiss and\n@ANNA BERG."), [0, 2]);
        assert_eq!(who("@Ann"), [3, 4], "namesakes are both told of");
        assert_eq!(who("write to x@Anna Berg or @Annabel"), Vec::<usize>::new());
        assert_eq!(who("@ @@ nobody"), Vec::<usize>::new());
    }

    #[test]
    fn a_note_says_something_and_not_too_much() {
        assert_eq!(open_note_text(" \n "), Err(TextError::Empty));
        assert_eq!(open_note_text("one\r\ntwo"), Ok("one\ntwo".to_owned()));
        assert!(matches!(open_note_text(&"x".repeat(MOST_TEXT + 1)), Err(TextError::TooLong { .. })));
    }
}
