//! Drafts: a record as text, field by field, and what is wrong with it.
//!
//! One mechanism for forms, CSV rows and JSON bodies. Reading a draft goes through all fields before it answers, so a
//! person mends a form or a file once. The messages a page shows come from the catalogue; `Display` serves logs and the
//! command line.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::record::Kind;
use crate::money::{Currency, Money, MoneyError};
use crate::text::{self, TextError};
use crate::{Id, Purpose, clock};

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
    /// Another record: an id; in files its own id or its name.
    Reference(Kind),
    /// An ISO 4217 code.
    Currency,
    /// An IANA zone.
    TimeZone,
    /// An amount in the record's currency.
    Money,
    /// A whole number within these bounds.
    Whole(i64, i64),
    /// A civil date, `2027-03-31`.
    Date,
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    texts: BTreeMap<String, String>,
    /// Amounts given in minor units, of whatever currency the record turns out to have.
    amounts: BTreeMap<String, i64>,
}

impl Draft {
    /// No field yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With `field` set to `value`.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<String>) -> Self {
        self.set(field, value);
        self
    }

    /// Sets `field`.
    pub fn set(&mut self, field: &str, value: impl Into<String>) {
        self.amounts.remove(field);
        self.texts.insert(field.to_owned(), value.into());
    }

    /// Sets an amount in minor units, as the API has it.
    pub fn set_amount(&mut self, field: &str, minor: i64) {
        self.texts.insert(field.to_owned(), String::new());
        self.amounts.insert(field.to_owned(), minor);
    }

    /// The text of `field`, empty when it was not given.
    pub fn get(&self, field: &str) -> &str {
        self.texts.get(field).map_or("", String::as_str)
    }

    /// The amount of `field`, where it was given in minor units.
    pub fn amount(&self, field: &str) -> Option<i64> {
        self.amounts.get(field).copied()
    }

    /// Whether `field` was given, be it empty.
    pub fn has(&self, field: &str) -> bool {
        self.texts.contains_key(field)
    }

    /// Whether `field` was given and says something.
    pub fn states(&self, field: &str) -> bool {
        !self.get(field).trim().is_empty() || self.amounts.contains_key(field)
    }

    /// Takes `field` out, as if it had not been given.
    pub fn take_out(&mut self, field: &str) {
        self.texts.remove(field);
        self.amounts.remove(field);
    }

    /// Every field given.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(field, value)| (field.as_str(), value.as_str()))
    }

    /// Only the fields of `specs`.
    #[must_use]
    pub fn only(mut self, specs: &[Spec]) -> Self {
        self.texts.retain(|field, _| specs.iter().any(|spec| spec.name == field));
        self.amounts.retain(|field, _| specs.iter().any(|spec| spec.name == field));
        self
    }

    /// `self` with the fields of `given` laid over it: a change that names only some fields.
    #[must_use]
    pub fn overlaid(mut self, given: &Self) -> Self {
        for (field, value) in &given.texts {
            self.set(field, value.clone());
        }
        self.amounts.extend(given.amounts.clone());
        self
    }
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldProblem {
    /// Nothing stated where something must be.
    #[error("this may not be empty")]
    Required,
    /// A text that cannot be stored.
    #[error(transparent)]
    Text(#[from] TextError),
    /// None of the words of the field.
    #[error("`{text}` is none of {choices}")]
    NotAChoice {
        /// What was given.
        text: String,
        /// The words, joined by commas.
        choices: String,
    },
    /// No currency.
    #[error("`{text}` is not a currency code; use three capital letters such as EUR")]
    NotACurrency {
        /// What was given.
        text: String,
    },
    /// No time zone.
    #[error("`{text}` is not a time zone; write one like Europe/Berlin")]
    NotATimeZone {
        /// What was given.
        text: String,
    },
    /// No amount.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// An amount below zero where there can be none.
    #[error("`{text}` is below zero")]
    Negative {
        /// What was given.
        text: String,
    },
    /// No whole number.
    #[error("`{text}` is not a whole number")]
    NotAWholeNumber {
        /// What was given.
        text: String,
    },
    /// A number outside the bounds of the field.
    #[error("`{text}` is outside {least} to {most}")]
    OutOfBounds {
        /// What was given.
        text: String,
        /// The least.
        least: i64,
        /// The most.
        most: i64,
    },
    /// No civil date.
    #[error("`{text}` is not a date; write it like 2027-03-31")]
    NotADate {
        /// What was given.
        text: String,
    },
    /// A date before the one it must follow.
    #[error("{date} lies before {field} ({other})")]
    Before {
        /// The date given.
        date: Date,
        /// The field it must not precede.
        field: &'static str,
        /// That field's date.
        other: Date,
    },
    /// No e-mail address.
    #[error("`{text}` is not an e-mail address")]
    NotAnEmail {
        /// What was given.
        text: String,
    },
    /// No such record, or none this person may see.
    #[error("there is no {} `{text}`", kind.as_str())]
    UnknownReference {
        /// The kind looked for.
        kind: Kind,
        /// What was given.
        text: String,
    },
    /// Several records have this name, so it does not say which.
    #[error("several {} are called `{text}`; use the id instead", kind.plural())]
    AmbiguousReference {
        /// The kind looked for.
        kind: Kind,
        /// What was given.
        text: String,
    },
    /// A record that would belong to itself.
    #[error("a record cannot belong to itself")]
    OwnParent,
    /// A field that must stay empty because of another.
    #[error("this stays empty when {field} is {value}")]
    MustBeEmpty {
        /// The other field.
        field: &'static str,
        /// Its value.
        value: &'static str,
    },
    /// Another record has this id of the firm.
    #[error("`{text}` is taken by another record")]
    Taken {
        /// What was given.
        text: String,
    },
    /// A price that somebody else decides.
    #[error("this moves the price by {amount}; {who} may decide that")]
    NotDecided {
        /// How far it moves.
        amount: crate::identity::Amount,
        /// The most they may move it themselves now, if at all.
        most: Option<crate::identity::Amount>,
        /// Who may; empty when nobody may yet.
        who: String,
        /// Who grants rights, when nobody may yet.
        administrators: String,
    },
    /// The record of this id lies in the trash.
    #[error("the record with `{text}` lies in the trash; restore it first")]
    InTrash {
        /// What was given.
        text: String,
    },
    /// A field this person may not set.
    #[error("setting this needs the right `{right}`")]
    NotAllowed {
        /// The right.
        right: &'static str,
    },
    /// A currency that prices of lines are stated in.
    #[error("this contract has lines priced in {currency}; make a new contract for another currency")]
    HasLines {
        /// The currency now.
        currency: String,
    },
    /// A contract in another currency than the line's prices.
    #[error("this line is priced in {currency}; make a new line under a contract in another currency")]
    KeepsCurrency {
        /// The currency of its prices.
        currency: String,
    },
    /// A master agreement of another account.
    #[error("that contract belongs to another account, or is no master agreement")]
    NotItsMaster,
    /// A record with this id of the firm came before in the same file or request.
    #[error("`{text}` stands in row {row} already")]
    Repeated {
        /// The id.
        text: String,
        /// The first row with it.
        row: usize,
    },
    /// Whoever decides there, changed by somebody who would decide instead.
    #[error(
        "you cannot take this yourself or leave nobody in charge; hand it to a colleague, or ask an administrator"
    )]
    DecidesHere,
    /// An account outside the actor's own.
    #[error("you can only add accounts that you manage or negotiate")]
    NotOwn,
}

/// What is wrong with a draft: fields in the order they were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldProblems(pub Vec<(&'static str, FieldProblem)>);

impl FieldProblems {
    /// One problem.
    pub fn one(field: &'static str, problem: FieldProblem) -> Self {
        Self(vec![(field, problem)])
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for FieldProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (field, problem)) in self.0.iter().enumerate() {
            let separator = if position == 0 { "" } else { "; " };
            write!(f, "{separator}{field}: {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for FieldProblems {}

/// Reads fields one by one and collects what is wrong. A field that cannot be read gives a stand-in value, which
/// [`Reader::finish`] never lets out.
pub(super) struct Reader<'a> {
    draft: &'a Draft,
    problems: Vec<(&'static str, FieldProblem)>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(draft: &'a Draft) -> Self {
        Self { draft, problems: vec![] }
    }

    pub(super) fn fail(&mut self, field: &'static str, problem: FieldProblem) {
        self.problems.push((field, problem));
    }

    pub(super) fn finish<T>(self, record: T) -> Result<T, FieldProblems> {
        if self.problems.is_empty() { Ok(record) } else { Err(FieldProblems(self.problems)) }
    }

    fn given(&self, field: &str) -> Option<&'a str> {
        Some(self.draft.get(field).trim()).filter(|text| !text.is_empty())
    }

    fn take<T>(&mut self, field: &'static str, read: Result<T, FieldProblem>) -> Option<T> {
        read.map_err(|problem| self.fail(field, problem)).ok()
    }

    fn required<T>(&mut self, field: &'static str, value: Option<T>) -> Option<T> {
        if value.is_none() && self.given(field).is_none() {
            self.fail(field, FieldProblem::Required);
        }
        value
    }

    pub(super) fn line(&mut self, field: &'static str, limit: usize) -> String {
        let read = text::line(self.draft.get(field), limit).map_err(|error| match error {
            TextError::Empty => FieldProblem::Required,
            other => other.into(),
        });
        self.take(field, read).unwrap_or_default()
    }

    pub(super) fn optional_line(&mut self, field: &'static str, limit: usize) -> String {
        let read = text::optional_line(self.draft.get(field), limit).map_err(FieldProblem::from);
        self.take(field, read).unwrap_or_default()
    }

    pub(super) fn paragraphs(&mut self, field: &'static str, limit: usize) -> String {
        let read = text::paragraphs(self.draft.get(field), limit).map_err(FieldProblem::from);
        self.take(field, read).unwrap_or_default()
    }

    pub(super) fn external_id(&mut self) -> Option<String> {
        Some(self.optional_line("external_id", 100)).filter(|text| !text.is_empty())
    }

    pub(super) fn choice<T: Copy>(
        &mut self,
        field: &'static str,
        choices: &[T],
        word: fn(T) -> &'static str,
    ) -> Option<T> {
        let text = self.given(field)?;
        let folded = text::fold(text).replace([' ', '-'], "_");
        let found = choices.iter().copied().find(|choice| word(*choice) == folded);
        if found.is_none() {
            let words: Vec<&str> = choices.iter().map(|choice| word(*choice)).collect();
            self.fail(field, FieldProblem::NotAChoice { text: short(text), choices: words.join(", ") });
        }
        found
    }

    pub(super) fn currency(&mut self, field: &'static str) -> Currency {
        let given = self.given(field);
        let read = given.map(|text| {
            Currency::parse(&text.to_ascii_uppercase())
                .map_err(|_| FieldProblem::NotACurrency { text: short(text) })
        });
        let value = read.and_then(|read| self.take(field, read));
        self.required(field, value).unwrap_or(Currency::EUR)
    }

    pub(super) fn time_zone(&mut self, field: &'static str) -> String {
        let given = self.given(field);
        let read = given.map(|text| match TimeZone::get(text) {
            // The zone's own spelling, so that `europe/berlin` is stored once.
            Ok(zone) => Ok(zone.iana_name().unwrap_or(text).to_owned()),
            Err(_) => Err(FieldProblem::NotATimeZone { text: short(text) }),
        });
        let value = read.and_then(|read| self.take(field, read));
        self.required(field, value).unwrap_or_default()
    }

    /// An amount of at least zero.
    pub(super) fn optional_money(&mut self, field: &'static str, currency: Currency) -> Option<Money> {
        let amount = self.draft.amount(field).map(|minor| Money::new(minor, currency).decimal());
        let text = amount.as_deref().or_else(|| self.given(field))?;
        let read = match Money::parse(text, currency) {
            Ok(money) if money.minor < 0 => Err(FieldProblem::Negative { text: short(text) }),
            other => other.map_err(FieldProblem::from),
        };
        self.take(field, read)
    }

    pub(super) fn money(&mut self, field: &'static str, currency: Currency) -> Money {
        let value = self.optional_money(field, currency);
        self.required(field, value).unwrap_or(Money::new(0, currency))
    }

    pub(super) fn optional_whole(&mut self, field: &'static str, least: i64, most: i64) -> Option<i64> {
        let text = self.given(field)?;
        let bounds = |number| {
            if (least..=most).contains(&number) {
                Ok(number)
            } else {
                Err(FieldProblem::OutOfBounds { text: short(text), least, most })
            }
        };
        let read = match text.parse::<i64>() {
            Ok(number) => bounds(number),
            Err(_) => Err(FieldProblem::NotAWholeNumber { text: short(text) }),
        };
        self.take(field, read)
    }

    pub(super) fn whole(&mut self, field: &'static str, least: i64, most: i64) -> i64 {
        let value = self.optional_whole(field, least, most);
        self.required(field, value).unwrap_or(least)
    }

    pub(super) fn optional_date(&mut self, field: &'static str) -> Option<Date> {
        let text = self.given(field)?;
        self.take(field, date(text))
    }

    pub(super) fn date(&mut self, field: &'static str) -> Date {
        let value = self.optional_date(field);
        self.required(field, value).unwrap_or_default()
    }

    pub(super) fn optional_reference<T>(&mut self, field: &'static str, kind: Kind) -> Option<Id<T>> {
        let text = self.given(field)?;
        let read = Id::parse(text).map_err(|_| FieldProblem::UnknownReference { kind, text: short(text) });
        self.take(field, read)
    }

    pub(super) fn reference<T>(&mut self, field: &'static str, kind: Kind) -> Id<T> {
        let value = self.optional_reference(field, kind);
        self.required(field, value).unwrap_or_else(|| Id::new(clock::Instant::from_microseconds(0), 0))
    }

    pub(super) fn email(&mut self, field: &'static str) -> String {
        let text = self.optional_line(field, 254);
        let looks_right = text.split_once('@').is_some_and(|(name, domain)| {
            !name.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
                && !text.contains(char::is_whitespace)
        });
        if !text.is_empty() && !looks_right {
            self.fail(field, FieldProblem::NotAnEmail { text: short(&text) });
        }
        text
    }
}

/// `2027-03-31`, strictly: four, two and two digits. `01/02/2027` would be read two ways.
fn date(text: &str) -> Result<Date, FieldProblem> {
    let bad = || FieldProblem::NotADate { text: short(text) };
    let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if plain { text.parse().map_err(|_| bad()) } else { Err(bad()) }
}

/// What was given, short enough for a message.
fn short(text: &str) -> String {
    text.chars().take(60).collect()
}
