//! What every kind of record of the book has in common, and what the store adds around one.

use std::ops::Deref;

use super::draft::{Draft, FieldProblems, Spec};
use crate::{Clearance, Id, Instant};

/// The kinds of record of the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// [`super::LineOfBusiness`].
    LineOfBusiness,
    /// [`super::Team`].
    Team,
    /// [`super::Product`].
    Product,
    /// [`super::Account`].
    Account,
    /// [`super::Person`].
    Person,
    /// [`super::Contract`].
    Contract,
    /// [`super::ContractLine`].
    ContractLine,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::LineOfBusiness,
        Self::Team,
        Self::Product,
        Self::Account,
        Self::Person,
        Self::Contract,
        Self::ContractLine,
    ];

    /// One of them: the word of tables, audit subjects and search entries.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LineOfBusiness => "line_of_business",
            Self::Team => "team",
            Self::Product => "product",
            Self::Account => "account",
            Self::Person => "person",
            Self::Contract => "contract",
            Self::ContractLine => "contract_line",
        }
    }

    /// Many of them: the word of imports, lists and the command line.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::LineOfBusiness => "lines_of_business",
            Self::Team => "teams",
            Self::Product => "products",
            Self::Account => "accounts",
            Self::Person => "people",
            Self::Contract => "contracts",
            Self::ContractLine => "contract_lines",
        }
    }

    /// The fields of its records, in the order of forms.
    pub const fn fields(self) -> &'static [Spec] {
        match self {
            Self::LineOfBusiness => super::LineOfBusiness::FIELDS,
            Self::Team => super::Team::FIELDS,
            Self::Product => super::Product::FIELDS,
            Self::Account => super::Account::FIELDS,
            Self::Person => super::Person::FIELDS,
            Self::Contract => super::Contract::FIELDS,
            Self::ContractLine => super::ContractLine::FIELDS,
        }
    }

    /// Reads either word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word || kind.plural() == word)
    }
}

/// A kind of record of the book.
pub trait Record: Clone + Send + Sync + Sized + 'static {
    /// Which kind.
    const KIND: Kind;

    /// Its fields in the order of forms and exports; the first is always `external_id`.
    const FIELDS: &'static [Spec];

    /// Reads a draft; all that is wrong with it at once.
    ///
    /// # Errors
    /// [`FieldProblems`], one or more per wrong field.
    fn parse(draft: &Draft) -> Result<Self, FieldProblems>;

    /// Every field that one with `clearance` may read as text, as [`Record::parse`] reads it. What takes a purpose stands in a
    /// [`crate::Labeled`], so there is no other way to it.
    fn draft(&self, clearance: Clearance) -> Draft;

    /// With what one with `clearance` may not read as `before` has it: who may not read a value cannot change it. A kind whose
    /// [`Record::FIELDS`] name a purpose has its own.
    #[must_use]
    fn keeping(self, _before: &Self, _clearance: Clearance) -> Self {
        self
    }

    /// Whether one with `clearance` may read every field.
    fn is_whole_for(clearance: Clearance) -> bool {
        Self::FIELDS.iter().all(|spec| clearance.admits(spec.purpose))
    }

    /// The firm's own id for it.
    fn external_id(&self) -> Option<&str>;

    /// The name that pages, searches and the audit record show.
    fn name(&self) -> &str;

    /// The account it belongs to, where it names one itself.
    fn account_id(&self) -> Option<&str> {
        None
    }

    /// What global search knows of it; `None` for a kind that is found through another.
    fn search_text(&self) -> Option<SearchText> {
        None
    }
}

/// What global search knows of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchText {
    /// The name.
    pub title: String,
    /// A few words beside it, such as a job title; the account's name is added when it is read.
    pub context: String,
}

/// A record as stored.
#[derive(Debug, PartialEq, Eq)]
pub struct Saved<T> {
    /// Its id.
    pub id: Id<T>,
    /// Part of the demo book.
    pub demo: bool,
    /// Counts saves, for optimistic locking.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last saved.
    pub updated_at: Instant,
    /// Since when it lies in the trash.
    pub deleted_at: Option<Instant>,
    /// Counts saves of what stands apart because few may read it; 0 where nothing does.
    pub version_apart: i64,
    /// The record.
    pub record: T,
}

impl<T> Saved<T> {
    /// A new record, made at `now`.
    pub fn new(id: Id<T>, record: T, now: Instant) -> Self {
        Self {
            id,
            demo: false,
            version: 1,
            created_at: now,
            updated_at: now,
            deleted_at: None,
            version_apart: 0,
            record,
        }
    }
}

impl<T: Record> Saved<T> {
    /// As one with `clearance` sees it: with a version that counts what they may read, and no more.
    #[must_use]
    pub fn cleared(self, clearance: Clearance) -> Self {
        let version = if T::is_whole_for(clearance) { self.version_of_all() } else { self.version };
        Self { version, version_apart: 0, ..self }
    }

    /// Counts every save: of what all its readers see and of what stands apart.
    pub const fn version_of_all(&self) -> i64 {
        self.version + self.version_apart
    }
}

/// Which parts of a record differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// What all its readers see.
    pub open: bool,
    /// What takes a purpose to read and stands apart.
    pub apart: bool,
}

impl Parts {
    /// Only what all readers see.
    pub const OPEN: Self = Self { open: true, apart: false };

    /// The parts of a record of this kind in which two drafts differ.
    pub fn between<T: Record>(before: &Draft, after: &Draft) -> Self {
        let (mut open, mut apart) = (false, false);
        for (field, _) in after.iter().filter(|(field, to)| before.get(field) != *to) {
            let has_purpose = T::FIELDS.iter().any(|spec| spec.name == field && spec.purpose.is_some());
            if has_purpose { apart = true } else { open = true }
        }
        Self { open, apart }
    }
}

impl<T: Clone> Clone for Saved<T> {
    fn clone(&self) -> Self {
        Self { id: self.id.clone(), record: self.record.clone(), ..*self }
    }
}

impl<T> Deref for Saved<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.record
    }
}
