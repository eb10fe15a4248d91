//! A tag: a free word on a record of the book. Two that fold alike are one tag; it is shown as it was written first.
//!
//! Tags are typed several at a time with commas between them, so no tag has one. Whose record it is on, and who may see it, is
//! decided where it is kept: a tag has no account of its own.

use crate::text::{self, TextError, fold};

/// Characters a tag may have.
pub const MOST_TAG: usize = 40;
/// Tags a record may have.
pub const MOST_TAGS: usize = 30;

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag {
    // INVARIANT: the fold of `text`, never empty.
    fold: String,
    text: String,
}

/// Why a text is no tag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// Too long, or not a line of text.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Nothing to compare by, such as an accent alone.
    #[error("a tag needs a letter, a figure or another sign")]
    Nothing,
    /// It holds what stands between tags.
    #[error("a tag has no comma or semicolon in it")]
    Separator,
}

impl Tag {
    /// A tag as typed: white space is made single, the rest stays as written.
    ///
    /// # Errors
    /// [`TagError`] saying what is wrong with it.
    pub fn parse(typed: &str) -> Result<Self, TagError> {
        let single = typed.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = text::line(&single, MOST_TAG)?;
        if text.contains(is_separator) {
            return Err(TagError::Separator);
        }
        let fold = fold(&text);
        if fold.is_empty() { Err(TagError::Nothing) } else { Ok(Self { fold, text }) }
    }

    /// What it is compared by.
    pub fn fold(&self) -> &str {
        &self.fold
    }

    /// As it is shown.
    pub fn text(&self) -> &str {
        &self.text
    }
}

fn is_separator(character: char) -> bool {
    matches!(character, ',' | ';' | '\n' | '\r')
}

/// The tags of a text with commas, semicolons or line ends between them; each once, as it was written first.
///
/// # Errors
/// The first that is none, and why.
pub fn tags_of(typed: &str) -> Result<Vec<Tag>, (String, TagError)> {
    let mut tags: Vec<Tag> = vec![];
    for part in typed.split(is_separator).map(str::trim).filter(|part| !part.is_empty()) {
        let tag = Tag::parse(part).map_err(|error| (part.chars().take(60).collect(), error))?;
        if !tags.iter().any(|known| known.fold == tag.fold) {
            tags.push(tag);
        }
    }
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_that_fold_alike_are_one_and_shown_as_written_first() {
        let tags = tags_of(" Nearshore ,NEARSHORE; Köln\nkoln,  pilot   2027").expect("tags");
        let texts: Vec<&str> = tags.iter().map(Tag::text).collect();
        assert_eq!(texts, ["Nearshore", "Köln", "pilot 2027"]);
        assert_eq!(tags[1].fold(), "koln");
    }

    #[test]
    fn what_cannot_be_told_from_others_is_no_tag() {
        assert_eq!(Tag::parse("a, b"), Err(TagError::Separator));
        assert_eq!(Tag::parse("  "), Err(TagError::Text(TextError::Empty)));
        assert_eq!(Tag::parse("\u{301}"), Err(TagError::Nothing));
        let long = "x".repeat(MOST_TAG + 1);
        let too_long = TextError::TooLong { length: MOST_TAG + 1, limit: MOST_TAG };
        assert_eq!(tags_of(&format!("fine, {long}")), Err((long, TagError::Text(too_long))));
    }
}
