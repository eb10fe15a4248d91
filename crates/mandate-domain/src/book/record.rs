//! What every kind of record of the book has in common, and what the store adds around one.

use std::ops::Deref;

use super::custom_field::CustomValues;
use super::draft::{Draft, Spec};
use super::field_problem::FieldProblems;
use crate::{Clearance, Id, Instant, Purpose};

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
    /// [`super::ListPrice`].
    ListPrice,
    /// [`super::ExchangeRate`].
    ExchangeRate,
    /// [`super::Amendment`].
    Amendment,
    /// [`super::Stake`].
    Stake,
    /// [`super::Expertise`].
    Expertise,
    /// [`super::CareerStep`].
    CareerStep,
    /// [`super::Acquaintance`].
    Acquaintance,
    /// [`super::Expectation`].
    Expectation,
    /// [`super::Promise`].
    Promise,
    /// [`crate::governance::Communication`].
    Communication,
    /// [`crate::governance::Review`].
    Review,
    /// [`super::Opportunity`].
    Opportunity,
    /// [`super::Actual`].
    Actual,
}

impl Kind {
    /// Every kind, what others refer to first.
    pub const ALL: [Self; 20] = [
        Self::LineOfBusiness,
        Self::Team,
        Self::Product,
        Self::Account,
        Self::Person,
        Self::Contract,
        Self::ContractLine,
        Self::ListPrice,
        Self::ExchangeRate,
        Self::Amendment,
        Self::Stake,
        Self::Expertise,
        Self::CareerStep,
        Self::Acquaintance,
        Self::Expectation,
        Self::Promise,
        Self::Communication,
        Self::Review,
        Self::Opportunity,
        Self::Actual,
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
            Self::ListPrice => "list_price",
            Self::ExchangeRate => "exchange_rate",
            Self::Amendment => "amendment",
            Self::Stake => "stake",
            Self::Expertise => "expertise",
            Self::CareerStep => "career_step",
            Self::Acquaintance => "acquaintance",
            Self::Expectation => "expectation",
            Self::Promise => "promise",
            Self::Communication => "communication",
            Self::Review => "review",
            Self::Opportunity => "opportunity",
            Self::Actual => "actual",
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
            Self::ListPrice => "list_prices",
            Self::ExchangeRate => "exchange_rates",
            Self::Amendment => "amendments",
            Self::Stake => "stakes",
            Self::Expertise => "expertise_entries",
            Self::CareerStep => "career_steps",
            Self::Acquaintance => "acquaintances",
            Self::Expectation => "expectations",
            Self::Promise => "promises",
            Self::Communication => "communications",
            Self::Review => "reviews",
            Self::Opportunity => "opportunities",
            Self::Actual => "actuals",
        }
    }

    /// The fields of its records, in the order of forms.
    pub fn fields(self) -> &'static [Spec] {
        crate::with_kind!(self, R => <R as Record>::FIELDS)
    }

    /// Reads either word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word || kind.plural() == word)
    }
}

/// Does the same with whichever kind it is: `with_kind!(kind, R => work::<R>())`. A new kind stands here and in [`Kind`].
#[macro_export]
macro_rules! with_kind {
    ($kind:expr, $record:ident => $work:expr) => {
        match $kind {
            $crate::book::Kind::LineOfBusiness => {
                type $record = $crate::book::LineOfBusiness;
                $work
            }
            $crate::book::Kind::Team => {
                type $record = $crate::book::Team;
                $work
            }
            $crate::book::Kind::Product => {
                type $record = $crate::book::Product;
                $work
            }
            $crate::book::Kind::Account => {
                type $record = $crate::book::Account;
                $work
            }
            $crate::book::Kind::Person => {
                type $record = $crate::book::Person;
                $work
            }
            $crate::book::Kind::Contract => {
                type $record = $crate::book::Contract;
                $work
            }
            $crate::book::Kind::ContractLine => {
                type $record = $crate::book::ContractLine;
                $work
            }
            $crate::book::Kind::ListPrice => {
                type $record = $crate::book::ListPrice;
                $work
            }
            $crate::book::Kind::ExchangeRate => {
                type $record = $crate::book::ExchangeRate;
                $work
            }
            $crate::book::Kind::Amendment => {
                type $record = $crate::book::Amendment;
                $work
            }
            $crate::book::Kind::Stake => {
                type $record = $crate::book::Stake;
                $work
            }
            $crate::book::Kind::Expertise => {
                type $record = $crate::book::Expertise;
                $work
            }
            $crate::book::Kind::CareerStep => {
                type $record = $crate::book::CareerStep;
                $work
            }
            $crate::book::Kind::Acquaintance => {
                type $record = $crate::book::Acquaintance;
                $work
            }
            $crate::book::Kind::Expectation => {
                type $record = $crate::book::Expectation;
                $work
            }
            $crate::book::Kind::Promise => {
                type $record = $crate::book::Promise;
                $work
            }
            $crate::book::Kind::Communication => {
                type $record = $crate::governance::Communication;
                $work
            }
            $crate::book::Kind::Review => {
                type $record = $crate::governance::Review;
                $work
            }
            $crate::book::Kind::Opportunity => {
                type $record = $crate::book::Opportunity;
                $work
            }
            $crate::book::Kind::Actual => {
                type $record = $crate::book::Actual;
                $work
            }
        }
    };
}

/// A kind of record of the book.
pub trait Record: Clone + Send + Sync + Sized + 'static {
    /// Which kind.
    const KIND: Kind;

    /// Its fields in the order of forms and exports; the first is always `external_id`.
    const FIELDS: &'static [Spec];

    /// The field that names the record it belongs to, where it takes account and currency from that.
    const OWNER: Option<(&'static str, Kind)> = None;

    /// The fields that together say which record one is, of a kind whose files need no id of the firm.
    const NATURAL_KEY: &'static [&'static str] = &[];

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
    /// Counts saves of custom fields that few may read; 0 where there are none.
    pub version_beside: i64,
    /// The custom fields of a reader; empty where nobody asked for them.
    pub custom: CustomValues,
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
            version_beside: 0,
            custom: CustomValues::default(),
            record,
        }
    }
}

impl<T: Record> Saved<T> {
    /// As one with `clearance` sees it: with a version that counts what they may read, and no more.
    #[must_use]
    pub fn cleared(self, clearance: Clearance) -> Self {
        let apart = if T::is_whole_for(clearance) { self.version_apart } else { 0 };
        let beside = if clearance.has(Purpose::Cost) { self.version_beside } else { 0 };
        Self { version: self.version + apart + beside, version_apart: 0, version_beside: 0, ..self }
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
        Self {
            id: self.id.clone(),
            record: self.record.clone(),
            custom: self.custom.clone(),
            demo: self.demo,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
            deleted_at: self.deleted_at,
            version_apart: self.version_apart,
            version_beside: self.version_beside,
        }
    }
}

impl<T> Deref for Saved<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.record
    }
}
