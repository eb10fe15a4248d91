//! A filter of a list, and how it compares.

/// One filter of a request; several are joined by "and", several values of one filter by "or".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// The field's name.
    pub field: String,
    /// The comparison.
    pub operator: Operator,
    /// What to compare with; empty for `IsEmpty` and `IsNotEmpty`.
    pub values: Vec<String>,
}

/// A comparison of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Equal.
    Is,
    /// Not equal, or nothing stated.
    IsNot,
    /// Holds the text, whatever case and accents.
    Contains,
    /// At least.
    AtLeast,
    /// At most.
    AtMost,
    /// Nothing stated.
    IsEmpty,
    /// Something stated.
    IsNotEmpty,
}

impl Operator {
    /// Every operator with its word in URLs.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Is, "is"),
        (Self::IsNot, "not"),
        (Self::Contains, "has"),
        (Self::AtLeast, "min"),
        (Self::AtMost, "max"),
        (Self::IsEmpty, "empty"),
        (Self::IsNotEmpty, "any"),
    ];

    /// Its word in URLs.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(operator, _)| *operator == self).map_or("is", |(_, word)| word)
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(operator, _)| *operator)
    }
}
