//! Reads drafts: every field is read and all that is wrong is told at once.
//!
//! Each kind's `parse` asks a [`Reader`] for its fields in the order of its form.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::draft::{Draft, parts};
use super::field_problem::{FieldProblem, FieldProblems};
use super::record::Kind;
use crate::country::Country;
use crate::money::{Currency, Money, Rate};
use crate::month::Month;
use crate::text::{self, TextError};
use crate::{Id, clock};

/// The most records that a field of several names.
const MOST_OF_SEVERAL: usize = 100;

/// Reads fields one by one and collects what is wrong. A field that cannot be read gives a stand-in value, which
/// [`Reader::finish`] never lets out.
pub(crate) struct Reader<'a> {
    draft: &'a Draft,
    problems: Vec<(&'static str, FieldProblem)>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(draft: &'a Draft) -> Self {
        Self { draft, problems: vec![] }
    }

    pub(crate) fn fail(&mut self, field: &'static str, problem: FieldProblem) {
        self.problems.push((field, problem));
    }

    pub(crate) fn finish<T>(self, record: T) -> Result<T, FieldProblems> {
        if self.problems.is_empty() { Ok(record) } else { Err(FieldProblems(self.problems)) }
    }

    /// What was given, if anything was.
    pub(crate) fn given(&self, field: &str) -> Option<&'a str> {
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

    pub(crate) fn line(&mut self, field: &'static str, limit: usize) -> String {
        let read = text::line(self.draft.get(field), limit).map_err(|error| match error {
            TextError::Empty => FieldProblem::Required,
            other => other.into(),
        });
        self.take(field, read).unwrap_or_default()
    }

    pub(crate) fn optional_line(&mut self, field: &'static str, limit: usize) -> String {
        let read = text::optional_line(self.draft.get(field), limit).map_err(FieldProblem::from);
        self.take(field, read).unwrap_or_default()
    }

    pub(crate) fn paragraphs(&mut self, field: &'static str, limit: usize) -> String {
        let read = text::paragraphs(self.draft.get(field), limit).map_err(FieldProblem::from);
        self.take(field, read).unwrap_or_default()
    }

    pub(crate) fn required_paragraphs(&mut self, field: &'static str, limit: usize) -> String {
        let text = self.paragraphs(field, limit);
        if text.is_empty() && self.given(field).is_none() {
            self.fail(field, FieldProblem::Required);
        }
        text
    }

    pub(crate) fn external_id(&mut self) -> Option<String> {
        Some(self.optional_line("external_id", 100)).filter(|text| !text.is_empty())
    }

    pub(crate) fn choice<T: Copy>(
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

    /// One of `words`, as it stands there; nothing where nothing is given.
    pub(crate) fn word(&mut self, field: &'static str, words: &[&'static str]) -> Option<&'static str> {
        self.choice(field, words, |word| word)
    }

    /// Says of a field that nothing was given in it.
    pub(crate) fn needs(&mut self, field: &'static str) {
        if self.given(field).is_none() {
            self.fail(field, FieldProblem::Required);
        }
    }

    /// A choice that must be made; the first stands in where it was not.
    pub(crate) fn required_choice<T: Copy>(
        &mut self,
        field: &'static str,
        choices: &'static [T],
        word: fn(T) -> &'static str,
    ) -> T {
        let value = self.choice(field, choices, word);
        self.required(field, value).unwrap_or(choices[0])
    }

    pub(crate) fn currency(&mut self, field: &'static str) -> Currency {
        let given = self.given(field);
        let read = given.map(|text| {
            let code = text.to_ascii_uppercase();
            let on_record = self.draft.has_currencies_on_record();
            let read = if on_record { Currency::stored(&code) } else { Currency::parse(&code) };
            read.map_err(|_| FieldProblem::NotACurrency { text: short(text) })
        });
        let value = read.and_then(|read| self.take(field, read));
        self.required(field, value).unwrap_or(Currency::EUR)
    }

    /// The name that is kept of a country, or none.
    pub(crate) fn optional_country(&mut self, field: &'static str) -> String {
        let given = self.given(field);
        let read = given.map(|text| match Country::find(text) {
            Some(country) => Ok(country.name.to_owned()),
            None => Err(FieldProblem::NotACountry { text: short(text) }),
        });
        read.and_then(|read| self.take(field, read)).unwrap_or_default()
    }

    pub(crate) fn time_zone(&mut self, field: &'static str) -> String {
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
    pub(crate) fn optional_money(&mut self, field: &'static str, currency: Currency) -> Option<Money> {
        let amount = self.draft.amount(field).map(|minor| Money::new(minor, currency).decimal());
        let text = amount.as_deref().or_else(|| self.given(field))?;
        let read = match Money::parse(text, currency) {
            Ok(money) if money.minor < 0 => Err(FieldProblem::Negative { text: short(text) }),
            other => other.map_err(FieldProblem::from),
        };
        self.take(field, read)
    }

    /// An amount that may lie below zero.
    pub(crate) fn optional_amount(&mut self, field: &'static str, currency: Currency) -> Option<Money> {
        let amount = self.draft.amount(field).map(|minor| Money::new(minor, currency).decimal());
        let text = amount.as_deref().or_else(|| self.given(field))?;
        self.take(field, Money::parse(text, currency).map_err(FieldProblem::from))
    }

    pub(crate) fn rate(&mut self, field: &'static str) -> Rate {
        let read = self.given(field).map(|text| Rate::parse(text).map_err(FieldProblem::from));
        let value = read.and_then(|read| self.take(field, read));
        self.required(field, value).unwrap_or(Rate::ONE)
    }

    pub(crate) fn month(&mut self, field: &'static str) -> Month {
        let read = self.given(field).map(|text| Month::parse(text).map_err(FieldProblem::from));
        let value = read.and_then(|read| self.take(field, read));
        self.required(field, value).unwrap_or_else(|| Month::of(Date::default()))
    }

    pub(crate) fn money(&mut self, field: &'static str, currency: Currency) -> Money {
        let value = self.optional_money(field, currency);
        self.required(field, value).unwrap_or(Money::new(0, currency))
    }

    pub(crate) fn optional_whole(&mut self, field: &'static str, least: i64, most: i64) -> Option<i64> {
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

    pub(crate) fn whole(&mut self, field: &'static str, least: i64, most: i64) -> i64 {
        let value = self.optional_whole(field, least, most);
        self.required(field, value).unwrap_or(least)
    }

    pub(crate) fn optional_date(&mut self, field: &'static str) -> Option<Date> {
        let text = self.given(field)?;
        self.take(field, civil_date(text))
    }

    pub(crate) fn date(&mut self, field: &'static str) -> Date {
        let value = self.optional_date(field);
        self.required(field, value).unwrap_or_default()
    }

    pub(crate) fn optional_reference<T>(&mut self, field: &'static str, kind: Kind) -> Option<Id<T>> {
        let text = self.given(field)?;
        let read = Id::parse(text).map_err(|_| FieldProblem::UnknownReference { kind, text: short(text) });
        self.take(field, read)
    }

    pub(crate) fn reference<T>(&mut self, field: &'static str, kind: Kind) -> Id<T> {
        let value = self.optional_reference(field, kind);
        self.required(field, value).unwrap_or_else(|| Id::new(clock::Instant::from_microseconds(0), 0))
    }

    /// The records of a field of several, each once, in the order of their ids.
    pub(crate) fn references<T>(&mut self, field: &'static str, kind: Kind) -> Vec<Id<T>> {
        self.several(field, |text| FieldProblem::UnknownReference { kind, text })
    }

    /// The measures of a field of several.
    pub(crate) fn measures<T>(&mut self, field: &'static str) -> Vec<Id<T>> {
        self.several(field, |text| FieldProblem::UnknownMeasure { text })
    }

    fn several<T>(&mut self, field: &'static str, unknown: impl Fn(String) -> FieldProblem) -> Vec<Id<T>> {
        let mut ids: Vec<Id<T>> = vec![];
        for text in parts(self.draft.get(field)) {
            match Id::parse(text) {
                Ok(id) => ids.push(id),
                Err(_) => self.fail(field, unknown(short(text))),
            }
        }
        if ids.len() > MOST_OF_SEVERAL {
            self.fail(field, FieldProblem::TooMany { given: ids.len(), most: MOST_OF_SEVERAL });
        }
        ids.sort_by(|left, right| left.as_str().cmp(right.as_str()));
        ids.dedup();
        ids
    }

    pub(crate) fn email(&mut self, field: &'static str) -> String {
        let text = self.optional_line(field, 254);
        if !text.is_empty() && !is_email(&text) {
            self.fail(field, FieldProblem::NotAnEmail { text: short(&text) });
        }
        text
    }
}

/// Whether `text` looks like an e-mail address.
pub(crate) fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty() && !domain.is_empty() && !domain.contains('@') && !text.contains(char::is_whitespace)
    })
}

/// The text of what may not be stated.
pub(crate) fn or_empty(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// The ids of a field of several.
pub(crate) fn joined<T>(ids: &[Id<T>]) -> String {
    ids.iter().map(Id::as_str).collect::<Vec<_>>().join(";")
}

/// Names `field` when its date lies before that of another.
pub(crate) fn not_before(
    read: &mut Reader<'_>,
    field: &'static str,
    date: Option<Date>,
    (other_field, other): (&'static str, Date),
) {
    if let Some(date) = date.filter(|date| *date < other) {
        read.fail(field, FieldProblem::Before { date, field: other_field, other });
    }
}

/// What is settled has a day on which it was; what is open has none.
pub(crate) fn settles(read: &mut Reader<'_>, is_open: bool, settled_on: Option<Date>) {
    match settled_on {
        Some(_) if is_open => {
            read.fail("settled_on", FieldProblem::MustBeEmpty { field: "state", value: "open" });
        }
        None if !is_open && read.draft.get("settled_on").trim().is_empty() => {
            read.fail("settled_on", FieldProblem::Required);
        }
        _ => {}
    }
}

/// `2027-03-31`, strictly: four, two and two digits. `01/02/2027` would be read two ways.
pub(crate) fn civil_date(text: &str) -> Result<Date, FieldProblem> {
    let bad = || FieldProblem::NotADate { text: short(text) };
    let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if plain { text.parse().map_err(|_| bad()) } else { Err(bad()) }
}

/// What was given, short enough for a message.
pub(crate) fn short(text: &str) -> String {
    text.chars().take(60).collect()
}
