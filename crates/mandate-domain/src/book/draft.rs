//! Drafts: a record as text, field by field.
//!
//! One mechanism for forms, CSV rows and JSON bodies. Reading a draft goes through all fields before it answers, so a
//! person mends a form or a file once. The messages a page shows come from the catalogue; `Display` serves logs and the
//! command line.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::person::Side;
use super::record::Kind;
use crate::Purpose;

/// The longest line of text of a record.
pub(super) const LINE: usize = 200;

/// What a field of a record takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A line of text of at most so many characters.
    Line(usize),
    /// Several lines of text.
    Paragraphs(usize),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Another record: an id; in files its own id or its name. A person is one of ours.
    Reference(Kind),
    /// A client's person.
    Client,
    /// A person of either side.
    Anyone,
    /// Several people of either side; in files divided by semicolons.
    People,
    /// Several measures; in files divided by semicolons.
    Measures,
    /// Several expectations of the account; in files divided by semicolons.
    Expectations,
    /// An ISO 4217 code.
    Currency,
    /// A country's short name in English.
    Country,
    /// An IANA zone.
    TimeZone,
    /// An amount in the record's currency, of at least zero.
    Money,
    /// An amount in the record's currency that may lie below zero.
    Amount,
    /// How many units of one currency for one unit of another.
    Rate,
    /// A whole number within these bounds.
    Whole(i64, i64),
    /// A civil date, `2027-03-31`.
    Date,
    /// A month, `2027-03`.
    Month,
}

impl Shape {
    /// Among which records a reference is looked for.
    pub const fn referent(self) -> Option<Referent> {
        match self {
            Self::Reference(Kind::Person) => {
                Some(Referent { kind: Kind::Person, side: Some(Side::Provider) })
            }
            Self::Reference(kind) => Some(Referent { kind, side: None }),
            Self::Client => Some(Referent { kind: Kind::Person, side: Some(Side::Client) }),
            Self::Anyone | Self::People => Some(Referent { kind: Kind::Person, side: None }),
            Self::Expectations => Some(Referent { kind: Kind::Expectation, side: None }),
            _ => None,
        }
    }

    /// Whether it takes several, divided by [`SEPARATOR`].
    pub const fn takes_several(self) -> bool {
        matches!(self, Self::People | Self::Measures | Self::Expectations)
    }
}

/// Divides what a field of several holds.
pub const SEPARATOR: char = ';';

/// Among which records a reference is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Referent {
    /// Their kind.
    pub kind: Kind,
    /// Of people, whose; `None`: both sides'.
    pub side: Option<Side>,
}

impl From<Kind> for Referent {
    /// Records of `kind`; people of ours.
    fn from(kind: Kind) -> Self {
        Self { kind, side: matches!(kind, Kind::Person).then_some(Side::Provider) }
    }
}

/// One field of a kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Its name in forms, files, the API and the audit record.
    pub name: &'static str,
    /// What it takes.
    pub shape: Shape,
    /// Whether it must be stated.
    pub required: bool,
    /// What it is read for, if not by everybody; the same as its column's label (`labels.csv`; a test compares).
    pub purpose: Option<Purpose>,
}

impl Spec {
    /// A field that must be stated.
    pub const fn required(name: &'static str, shape: Shape) -> Self {
        Self { name, shape, required: true, purpose: None }
    }

    /// A field that may be left empty.
    pub const fn optional(name: &'static str, shape: Shape) -> Self {
        Self { name, shape, required: false, purpose: None }
    }

    /// Read and written only by who is cleared for `purpose`.
    #[must_use]
    pub const fn read_for(self, purpose: Purpose) -> Self {
        Self { purpose: Some(purpose), ..self }
    }
}

/// A record as text. A field that was not given reads as empty.
///
/// Files of a million rows become drafts several times each, so that names and short texts stand in place and longer ones are
/// shared by copies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// In the order of their names, each once.
    texts: Vec<(SmolStr, SmolStr)>,
    /// Amounts given in minor units, of whatever currency the record turns out to have.
    amounts: BTreeMap<String, i64>,
    /// Whether the currencies it names are on record.
    on_record: bool,
}

impl Draft {
    /// No field yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn place(&self, field: &str) -> Result<usize, usize> {
        self.texts.binary_search_by(|(name, _)| name.as_str().cmp(field))
    }

    fn put(&mut self, field: &str, text: SmolStr) {
        match self.place(field) {
            Ok(at) => {
                if let Some(entry) = self.texts.get_mut(at) {
                    entry.1 = text;
                }
            }
            Err(at) => self.texts.insert(at, (SmolStr::new(field), text)),
        }
    }

    /// With `field` set to `value`.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl AsRef<str>) -> Self {
        self.set(field, value);
        self
    }

    /// Sets `field`.
    pub fn set(&mut self, field: &str, value: impl AsRef<str>) {
        self.amounts.remove(field);
        self.put(field, SmolStr::new(value));
    }

    /// Sets an amount in minor units, as the API has it.
    pub fn set_amount(&mut self, field: &str, minor: i64) {
        self.put(field, SmolStr::default());
        self.amounts.insert(field.to_owned(), minor);
    }

    /// Says that the currencies it names are on record: one that went out of use since is read, too.
    #[must_use]
    pub fn with_currencies_on_record(self) -> Self {
        Self { on_record: true, ..self }
    }

    /// Whether the currencies it names are on record.
    pub(super) const fn has_currencies_on_record(&self) -> bool {
        self.on_record
    }

    /// The text of `field`, empty when it was not given.
    pub fn get(&self, field: &str) -> &str {
        // Of a dozen names few are as long: that is quicker than to halve them.
        self.texts.iter().find(|(name, _)| name == field).map_or("", |(_, text)| text.as_str())
    }

    /// The amount of `field`, where it was given in minor units.
    pub fn amount(&self, field: &str) -> Option<i64> {
        self.amounts.get(field).copied()
    }

    /// Whether `field` was given, be it empty.
    pub fn has(&self, field: &str) -> bool {
        self.texts.iter().any(|(name, _)| name == field)
    }

    /// Whether `field` was given and says something.
    pub fn states(&self, field: &str) -> bool {
        !self.get(field).trim().is_empty() || self.amounts.contains_key(field)
    }

    /// Takes `field` out, as if it had not been given.
    pub fn take_out(&mut self, field: &str) {
        if let Ok(at) = self.place(field) {
            self.texts.remove(at);
        }
        self.amounts.remove(field);
    }

    /// Every field given.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(field, value)| (field.as_str(), value.as_str()))
    }

    /// Only the fields of `specs`.
    #[must_use]
    pub fn only(mut self, specs: &[Spec]) -> Self {
        self.texts.retain(|(field, _)| specs.iter().any(|spec| spec.name == field));
        self.amounts.retain(|field, _| specs.iter().any(|spec| spec.name == field));
        self
    }

    /// Only custom fields, with their prefix.
    #[must_use]
    pub fn custom(&self) -> Self {
        let texts = self.texts.iter().filter(|(field, _)| field.starts_with(super::CUSTOM));
        Self { texts: texts.cloned().collect(), ..Self::default() }
    }

    /// `self` with the fields of `given` laid over it: a change that names only some fields.
    #[must_use]
    pub fn overlaid(mut self, given: &Self) -> Self {
        if self.texts.is_empty() && self.amounts.is_empty() {
            return given.clone();
        }
        for (field, value) in &given.texts {
            self.amounts.remove(field.as_str());
            self.put(field, value.clone());
        }
        self.amounts.extend(given.amounts.clone());
        self
    }

    /// `self` with what `defaults` say of fields that say nothing.
    #[must_use]
    pub fn filled_from(mut self, defaults: &Self) -> Self {
        for (field, value) in &defaults.texts {
            if !self.states(field) {
                self.amounts.remove(field.as_str());
                self.put(field, value.clone());
            }
        }
        self
    }
}

/// The parts of a field of several.
pub fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(SEPARATOR).map(str::trim).filter(|part| !part.is_empty())
}
