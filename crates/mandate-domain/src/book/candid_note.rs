//! A candid note on an account or a person: what is said in confidence, and read by who faces the client only.
//!
//! Sealed: its text is [`Labeled`], its table, ids, versions and times are its own, and that there is one is part of the secret.

use super::{Account, Person};
use crate::identity::User;
use crate::text::{self, TextError};
use crate::{Id, Instant, Labeled, Purpose};

/// Characters a note may have.
pub const MOST_NOTE_CHARACTERS: usize = 4_000;

/// A note.
#[derive(Clone, Debug)]
pub struct CandidNote {
    /// Its id.
    pub id: Id<CandidNote>,
    /// The account it is about, or that the person belongs to.
    pub account_id: Id<Account>,
    /// The person it is about; `None`: the account.
    pub person_id: Option<Id<Person>>,
    /// What it says.
    pub text: Labeled<String>,
    /// Who wrote it; `None` for the demo book.
    pub author_id: Option<Id<User>>,
    /// Their name then.
    pub author_name: String,
    /// Part of the demo book.
    pub demo: bool,
    /// Counts saves.
    pub version: i64,
    /// When it was written.
    pub created_at: Instant,
}

/// A note's text: some characters, at most [`MOST_NOTE_CHARACTERS`].
///
/// # Errors
/// [`TextError`] without the text in it.
pub fn note_text(typed: &str) -> Result<Labeled<String>, TextError> {
    let text = text::paragraphs(typed, MOST_NOTE_CHARACTERS)?;
    if text.is_empty() { Err(TextError::Empty) } else { Ok(Labeled::new(Purpose::Candid, text)) }
}
