//! Labels: for which purpose a value may be read, and values that cannot leave without a clearance.
//!
//! Every column of every table has a [`Label`] (`mandate-store/labels.csv`, checked when the store is built). A value whose
//! label names a [`Purpose`] is read by who is cleared for it; [`Labeled`] makes that so: it has no way out but [`Labeled::reveal`].
//! Who is cleared is the rights' part (`mandate-app`, `authorise`); which rows, the scope's.

use std::fmt;

/// What something sensitive is read for. Each is a right of its own, and no role has all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// What a product costs us; with a price it gives the margin.
    Cost,
    /// What is said of a client or a person in confidence.
    Candid,
    /// What a deal is worth to a client, its limits and ours.
    Valuation,
    /// What someone is paid, and by which plan.
    Pay,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 4] = [Self::Cost, Self::Candid, Self::Valuation, Self::Pay];

    /// The word in the registry and the reference.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cost => "cost",
            Self::Candid => "candid",
            Self::Valuation => "valuation",
            Self::Pay => "pay",
        }
    }

    /// Whether it is sealed: kept in tables of its own, read only by who proved themselves just now, each reading on record.
    pub const fn is_sealed(self) -> bool {
        match self {
            Self::Cost => false,
            Self::Candid | Self::Valuation | Self::Pay => true,
        }
    }
}

/// Who may read a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label {
    /// Both sides, where the row is theirs and was shared.
    Shared,
    /// Our own people, where the row is in their scope.
    Internal,
    /// Who is cleared for the purpose, where the row is in their scope.
    For(Purpose),
    /// Bookkeeping of the database (positions, hashes, leases): shown to nobody as such.
    System,
    /// What proves who someone is (password hashes, keys): compared, never shown.
    Secret,
}

impl Label {
    /// Reads the word of the registry.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "shared" => Some(Self::Shared),
            "internal" => Some(Self::Internal),
            "system" => Some(Self::System),
            "secret" => Some(Self::Secret),
            _ => Purpose::ALL.into_iter().find(|purpose| purpose.as_str() == word).map(Self::For),
        }
    }

    /// The purpose it takes, if it takes one.
    pub const fn purpose(self) -> Option<Purpose> {
        match self {
            Self::For(purpose) => Some(purpose),
            Self::Shared | Self::Internal | Self::System | Self::Secret => None,
        }
    }
}

/// The purposes someone is cleared for, in the request they make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clearance {
    bits: u8,
}

impl Clearance {
    /// For nothing that takes a purpose.
    pub const NONE: Self = Self { bits: 0 };

    /// For everything: the program's own, for what goes from table to table; never a person's (tidy holds that).
    pub const EVERYTHING: Self = Self { bits: u8::MAX };

    /// Also for `purpose`.
    #[must_use]
    pub const fn with(self, purpose: Purpose) -> Self {
        Self { bits: self.bits | 1 << purpose as u8 }
    }

    /// Whether it holds `purpose`.
    pub const fn has(self, purpose: Purpose) -> bool {
        self.bits & (1 << purpose as u8) != 0
    }

    /// Whether a value that takes `purpose` (if any) may be read.
    pub const fn admits(self, purpose: Option<Purpose>) -> bool {
        match purpose {
            Some(purpose) => self.has(purpose),
            None => true,
        }
    }
}

/// The reader is not cleared for what they ask to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this takes a clearance for the purpose `{}`", purpose.as_str())]
pub struct NotCleared {
    /// The purpose.
    pub purpose: Purpose,
}

/// A value that is read for one purpose only.
///
/// It has no `Display`, no `Serialize`, no comparison, and its `Debug` says the purpose alone, so that it can end in no page, log
/// line, error text or sort order by accident:
///
/// ```compile_fail
/// let note = mandate_domain::Labeled::new(mandate_domain::Purpose::Candid, "she is leaving".to_owned());
/// println!("{note}");
/// ```
/// ```compile_fail
/// let note = mandate_domain::Labeled::new(mandate_domain::Purpose::Candid, "she is leaving".to_owned());
/// let same = note == note;
/// ```
/// ```compile_fail
/// let low = mandate_domain::Labeled::new(mandate_domain::Purpose::Cost, 5_i64);
/// let high = mandate_domain::Labeled::new(mandate_domain::Purpose::Cost, 7_i64);
/// let cheaper = low < high;
/// ```
///
/// With a clearance it is read:
///
/// ```
/// use mandate_domain::{Clearance, Labeled, Purpose};
///
/// let cost = Labeled::new(Purpose::Cost, 5_i64);
/// assert_eq!(cost.reveal(Clearance::NONE.with(Purpose::Cost)), Ok(&5));
/// assert!(cost.reveal(Clearance::NONE.with(Purpose::Pay)).is_err());
/// ```
#[derive(Clone)]
pub struct Labeled<T> {
    purpose: Purpose,
    value: T,
}

impl<T> Labeled<T> {
    /// `value`, from now on read for `purpose` only.
    pub const fn new(purpose: Purpose, value: T) -> Self {
        Self { purpose, value }
    }

    /// What it is read for.
    pub const fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// The value, for one who is cleared.
    ///
    /// # Errors
    /// [`NotCleared`] naming the purpose.
    pub const fn reveal(&self, clearance: Clearance) -> Result<&T, NotCleared> {
        if clearance.has(self.purpose) { Ok(&self.value) } else { Err(NotCleared { purpose: self.purpose }) }
    }

    /// The value on its way into the store, which knows nobody's clearance; nothing else may ask for it (tidy holds that).
    pub fn to_be_stored(&self) -> &T {
        &self.value
    }
}

impl<T> fmt::Debug for Labeled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Labeled({})", self.purpose.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_a_label_is_read_back() {
        for word in ["shared", "internal", "system", "secret", "cost", "candid", "valuation", "pay"] {
            assert!(Label::parse(word).is_some(), "{word}");
        }
        assert_eq!(Label::parse("candid").and_then(Label::purpose), Some(Purpose::Candid));
        assert_eq!(Label::parse("public"), None);
    }

    #[test]
    fn a_clearance_is_for_what_it_was_given_for() {
        for held in Purpose::ALL {
            let clearance = Clearance::NONE.with(held);
            for asked in Purpose::ALL {
                assert_eq!(clearance.has(asked), held == asked);
            }
        }
        assert!(Clearance::NONE.admits(None) && !Clearance::NONE.admits(Some(Purpose::Cost)));
    }

    #[test]
    fn debug_tells_the_purpose_and_not_the_value() {
        let note = Labeled::new(Purpose::Candid, "she is leaving".to_owned());
        assert_eq!(format!("{note:?}"), "Labeled(candid)");
    }
}
