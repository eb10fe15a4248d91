//! Custom fields: what a firm adds to a kind of record, with a type, and what a value of it is.
//!
//! A field is known by its kind and its key, which never change; nor does its type, so that what records hold stays valid. In
//! drafts, lists, files and the audit record it goes by [`CustomField::name`], `custom.` and the key. Names are kept for as long as
//! the program runs ([`kept`]): there are as many as fields were ever made. Not here: which fields there are (the store says).

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::draft::{Draft, Referent, Shape, Spec, parts};
use super::field_problem::{FieldProblem, FieldProblems};
use super::reader::{Reader, civil_date, is_email, or_empty, short};
use super::record::Kind;
use super::{Account, Person};
use crate::money::{Currency, Money};
use crate::text::{self, TextError, fold};
use crate::{Id, Purpose};

/// What the names of custom fields begin with.
pub const CUSTOM: &str = "custom.";

/// What a list calls the id of a record that a custom field names: the field's name and this.
pub const ID_OF_LINK: &str = ".id";

/// The most custom fields of a kind, the retired ones included.
pub const MOST_FIELDS: usize = 60;

const LONGEST_KEY: usize = 40;
const LONGEST_LINE: usize = 200;
const LONGEST_TEXT: usize = 5_000;
const MOST_CHOICES: usize = 60;
const LONGEST_CHOICE: usize = 60;
const MOST_DECIMALS: i64 = 6;

/// The words of the types, in the order of the form.
pub const CUSTOM_TYPES: [&str; 13] = [
    "text",
    "long_text",
    "whole",
    "decimal",
    "amount",
    "date",
    "yes_no",
    "choice",
    "choices",
    "web",
    "email",
    "person",
    "account",
];

/// What a custom field takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CustomShape {
    /// A line of text.
    Text,
    /// Several lines of text.
    LongText,
    /// A whole number.
    Whole,
    /// A number with so many decimals at most.
    Decimal(u8),
    /// An amount in this currency.
    Amount(Currency),
    /// A civil date.
    Date,
    /// Yes or no.
    YesNo,
    /// One of these.
    Choice(Vec<String>),
    /// Several of these.
    Choices(Vec<String>),
    /// A web address.
    Web,
    /// An e-mail address.
    Email,
    /// A person, of either side.
    Person,
    /// An account.
    Account,
}

impl CustomShape {
    /// The word of the type.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::LongText => "long_text",
            Self::Whole => "whole",
            Self::Decimal(_) => "decimal",
            Self::Amount(_) => "amount",
            Self::Date => "date",
            Self::YesNo => "yes_no",
            Self::Choice(_) => "choice",
            Self::Choices(_) => "choices",
            Self::Web => "web",
            Self::Email => "email",
            Self::Person => "person",
            Self::Account => "account",
        }
    }

    /// Which records its values are, where they are records.
    pub const fn referent(&self) -> Option<Referent> {
        match self {
            Self::Person => Some(Referent { kind: Kind::Person, side: None }),
            Self::Account => Some(Referent { kind: Kind::Account, side: None }),
            _ => None,
        }
    }

    /// What can be chosen; nothing where nothing is.
    pub fn choices(&self) -> &[String] {
        match self {
            Self::Choice(choices) | Self::Choices(choices) => choices,
            _ => &[],
        }
    }

    /// The decimals of a number, where the type has some.
    pub const fn decimals(&self) -> Option<u8> {
        match self {
            Self::Decimal(decimals) => Some(*decimals),
            _ => None,
        }
    }

    /// The currency of an amount.
    pub const fn currency(&self) -> Option<Currency> {
        match self {
            Self::Amount(currency) => Some(*currency),
            _ => None,
        }
    }
}

/// A custom field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomField {
    /// Its id.
    pub id: Id<Self>,
    /// Of which kind of record.
    pub kind: Kind,
    /// `custom.` and the key.
    pub name: &'static str,
    /// What people call it.
    pub label: String,
    /// What they call it in German; may be empty.
    pub label_de: String,
    /// What stands under it in forms; may be empty.
    pub help: String,
    /// What it takes.
    pub shape: CustomShape,
    /// Whether whoever makes a record must state it.
    pub required: bool,
    /// What it is read for, if not by everybody.
    pub purpose: Option<Purpose>,
    /// Its place among the fields of its kind, the least first.
    pub position: i64,
}

/// A value as it is kept: as text, and as what it is sorted and filtered by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomValue {
    /// The text of forms, files and the audit record.
    pub text: String,
    /// What texts are compared by; long texts have none.
    pub sort_text: Option<String>,
    /// What long texts are searched in.
    pub folded_text: Option<String>,
    /// The number: scaled by the decimals, in minor units, or 1 for yes.
    pub number: Option<i64>,
    /// The record it is, where it is one.
    pub target: Option<String>,
}

static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// `text` for as long as the program runs, each once: what constant fields are known by, custom ones are too. Only for what comes
/// out of definitions, never for what a request names.
pub fn kept(text: &str) -> &'static str {
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(name) = names.get(text) {
        return name;
    }
    let name: &'static str = Box::leak(text.to_owned().into_boxed_str());
    names.insert(name);
    name
}

impl CustomField {
    /// Reads the draft of a definition. `before` is the field as it is; its key and type stay.
    ///
    /// # Errors
    /// [`FieldProblems`], one or more per wrong field.
    pub fn parse(
        (id, kind): (Id<Self>, Kind),
        draft: &Draft,
        before: Option<&Self>,
    ) -> Result<Self, FieldProblems> {
        let mut read = Reader::new(draft);
        let key = read.line("key", LONGEST_KEY);
        if !key.is_empty() && !is_key(&key) {
            read.fail("key", FieldProblem::NotAKey { text: short(&key) });
        }
        let label = read.line("label", 80);
        let label_de = read.optional_line("label_de", 80);
        let help = read.optional_line("help", LONGEST_LINE);
        let word = read.word("type", &CUSTOM_TYPES);
        let shape = shape(&mut read, word);
        let required = read.word("required", &["no", "yes"]) == Some("yes");
        let purpose = match read.word("read_for", &["all", "cost"]) {
            Some("cost") => Some(Purpose::Cost),
            _ => None,
        };
        let position = read.optional_whole("position", 0, 9_999).unwrap_or(0);
        let name = format!("{CUSTOM}{key}");
        if let Some(before) = before {
            stays(&mut read, before, (&name, &shape, purpose));
        }
        read.finish(())?;
        Ok(Self { id, kind, name: kept(&name), label, label_de, help, shape, required, purpose, position })
    }

    /// As text, as [`CustomField::parse`] reads it.
    pub fn draft(&self) -> Draft {
        Draft::new()
            .with("key", self.key())
            .with("label", self.label.as_str())
            .with("label_de", self.label_de.as_str())
            .with("help", self.help.as_str())
            .with("type", self.shape.as_str())
            .with("decimals", or_empty(self.shape.decimals()))
            .with("currency", currency_code(&self.shape))
            .with("choices", self.shape.choices().join("\n"))
            .with("required", if self.required { "yes" } else { "no" })
            .with("read_for", if self.purpose.is_some() { "cost" } else { "all" })
            .with("position", self.position.to_string())
    }

    /// The name without what all begin with.
    pub fn key(&self) -> &str {
        self.name.strip_prefix(CUSTOM).unwrap_or(self.name)
    }

    /// As a column of a file takes it: how its dates and numbers are read.
    pub fn spec(&self) -> Spec {
        let shape = match &self.shape {
            CustomShape::Date => Shape::Date,
            CustomShape::Whole => Shape::Whole(i64::MIN, i64::MAX),
            CustomShape::Decimal(_) | CustomShape::Amount(_) => Shape::Money,
            CustomShape::LongText => Shape::Paragraphs(LONGEST_TEXT),
            CustomShape::Text
            | CustomShape::YesNo
            | CustomShape::Choice(_)
            | CustomShape::Choices(_)
            | CustomShape::Web
            | CustomShape::Email => Shape::Line(LONGEST_LINE),
            CustomShape::Person => Shape::Anyone,
            CustomShape::Account => Shape::Reference(Kind::Account),
        };
        Spec { name: self.name, shape, required: self.required, purpose: self.purpose }
    }

    /// What people of this language call it.
    pub fn label_in(&self, language: &str) -> &str {
        if language.starts_with("de") && !self.label_de.is_empty() { &self.label_de } else { &self.label }
    }

    /// What its record's id is called in lists, beside its name.
    pub fn id_name(&self) -> &'static str {
        kept(&format!("{}{ID_OF_LINK}", self.name))
    }

    /// Reads a value; `None` where nothing is stated. Of a record it takes the id: which one a name means is settled before.
    ///
    /// # Errors
    /// [`FieldProblem`] when it is none of this type.
    pub fn read(&self, given: &str) -> Result<Option<CustomValue>, FieldProblem> {
        let given = given.trim();
        if given.is_empty() {
            return Ok(None);
        }
        let value = match &self.shape {
            CustomShape::Text => line(text::optional_line(given, LONGEST_LINE)?),
            CustomShape::LongText => long(text::paragraphs(given, LONGEST_TEXT)?),
            CustomShape::Whole => {
                let number: i64 =
                    given.parse().map_err(|_| FieldProblem::NotAWholeNumber { text: short(given) })?;
                number_of(number, number.to_string())
            }
            CustomShape::Decimal(decimals) => decimal(given, *decimals)?,
            CustomShape::Amount(currency) => {
                let money = Money::parse(given, *currency)?;
                number_of(money.minor, money.decimal())
            }
            CustomShape::Date => {
                let day = civil_date(given)?.to_string();
                CustomValue { sort_text: Some(day.clone()), text: day, ..CustomValue::default() }
            }
            CustomShape::YesNo => match fold(given).as_str() {
                "yes" | "true" | "1" => number_of(1, "yes".to_owned()),
                "no" | "false" | "0" => number_of(0, "no".to_owned()),
                _ => return Err(not_a_choice(given, &["yes".to_owned(), "no".to_owned()])),
            },
            CustomShape::Choice(choices) => line(chosen(given, choices)?.to_owned()),
            CustomShape::Choices(choices) => return several(given, choices),
            CustomShape::Web => line(web_address(given)?),
            CustomShape::Email => {
                let address = text::optional_line(given, 254)?;
                if !is_email(&address) {
                    return Err(FieldProblem::NotAnEmail { text: short(given) });
                }
                line(address)
            }
            CustomShape::Person => linked::<Person>(given, Kind::Person)?,
            CustomShape::Account => linked::<Account>(given, Kind::Account)?,
        };
        Ok(Some(value))
    }
}

/// The fields of a record that its reader may see, in their order, each with its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomValues(pub Vec<(Arc<CustomField>, String)>);

impl CustomValues {
    /// As a draft, each under its name.
    pub fn draft(&self) -> Draft {
        self.0.iter().fold(Draft::new(), |draft, (field, text)| draft.with(field.name, text.as_str()))
    }
}

fn shape(read: &mut Reader<'_>, word: Option<&'static str>) -> CustomShape {
    match word {
        None => {
            read.needs("type");
            CustomShape::Text
        }
        Some("long_text") => CustomShape::LongText,
        Some("whole") => CustomShape::Whole,
        Some("decimal") => {
            let decimals = read.optional_whole("decimals", 1, MOST_DECIMALS);
            CustomShape::Decimal(decimals.and_then(|it| u8::try_from(it).ok()).unwrap_or(2))
        }
        Some("amount") => CustomShape::Amount(read.currency("currency")),
        Some("date") => CustomShape::Date,
        Some("yes_no") => CustomShape::YesNo,
        Some("choice") => CustomShape::Choice(choices(read)),
        Some("choices") => CustomShape::Choices(choices(read)),
        Some("web") => CustomShape::Web,
        Some("email") => CustomShape::Email,
        Some("person") => CustomShape::Person,
        Some("account") => CustomShape::Account,
        Some(_) => CustomShape::Text,
    }
}

/// What can be chosen: one a line, each once, none with what divides several.
fn choices(read: &mut Reader<'_>) -> Vec<String> {
    let text = read.required_paragraphs("choices", MOST_CHOICES * (LONGEST_CHOICE + 1));
    let mut found: Vec<String> = vec![];
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.contains(';') || line.chars().count() > LONGEST_CHOICE {
            read.fail("choices", FieldProblem::NotAChoiceText { text: short(line), most: LONGEST_CHOICE });
        } else if found.iter().any(|known| fold(known) == fold(line)) {
            read.fail("choices", FieldProblem::Twice { external_id: short(line) });
        }
        found.push(line.to_owned());
    }
    if found.len() > MOST_CHOICES {
        read.fail("choices", FieldProblem::TooMany { given: found.len(), most: MOST_CHOICES });
    }
    found
}

/// What records hold must stay valid: key, type and reader stay, and no choice goes.
fn stays(
    read: &mut Reader<'_>,
    before: &CustomField,
    (name, shape, purpose): (&str, &CustomShape, Option<Purpose>),
) {
    if name != before.name {
        read.fail("key", FieldProblem::Fixed { value: before.key().to_owned() });
    }
    if shape.as_str() != before.shape.as_str() {
        read.fail("type", FieldProblem::Fixed { value: before.shape.as_str().to_owned() });
        return;
    }
    if shape.decimals() != before.shape.decimals() {
        read.fail("decimals", FieldProblem::Fixed { value: or_empty(before.shape.decimals()) });
    }
    if shape.currency() != before.shape.currency() {
        let value = currency_code(&before.shape);
        read.fail("currency", FieldProblem::Fixed { value });
    }
    let gone = before.shape.choices().iter().find(|choice| !shape.choices().contains(choice));
    if let Some(choice) = gone {
        read.fail("choices", FieldProblem::ChoiceGone { text: choice.clone() });
    }
    if purpose != before.purpose {
        let value = if before.purpose.is_some() { "cost" } else { "all" };
        read.fail("read_for", FieldProblem::Fixed { value: value.to_owned() });
    }
}

fn currency_code(shape: &CustomShape) -> String {
    shape.currency().map(|currency| currency.code().to_owned()).unwrap_or_default()
}

fn is_key(key: &str) -> bool {
    let mut chars = key.chars();
    chars.next().is_some_and(|it| it.is_ascii_lowercase())
        && chars.all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_')
}

fn line(text: String) -> CustomValue {
    CustomValue { sort_text: Some(fold(&text)), text, ..CustomValue::default() }
}

fn long(text: String) -> CustomValue {
    CustomValue { folded_text: Some(fold(&text)), text, ..CustomValue::default() }
}

fn number_of(number: i64, text: String) -> CustomValue {
    CustomValue { text, number: Some(number), ..CustomValue::default() }
}

fn linked<R>(given: &str, kind: Kind) -> Result<CustomValue, FieldProblem> {
    let id = Id::<R>::parse(given)
        .map_err(|_| FieldProblem::UnknownReference { kind, text: short(given) })?
        .to_string();
    Ok(CustomValue { target: Some(id.clone()), text: id, ..CustomValue::default() })
}

fn not_a_choice(given: &str, choices: &[String]) -> FieldProblem {
    FieldProblem::NotAChoice { text: short(given), choices: choices.join(", ") }
}

fn chosen<'a>(given: &str, choices: &'a [String]) -> Result<&'a str, FieldProblem> {
    let folded = fold(given);
    let found = choices.iter().find(|choice| fold(choice) == folded);
    found.map(String::as_str).ok_or_else(|| not_a_choice(given, choices))
}

/// Several, in the order of the definition, so that the same choice is the same text.
fn several(given: &str, choices: &[String]) -> Result<Option<CustomValue>, FieldProblem> {
    let mut picked = BTreeSet::new();
    for part in parts(given) {
        picked.insert(chosen(part, choices)?);
    }
    let in_order: Vec<&str> = choices.iter().map(String::as_str).filter(|it| picked.contains(it)).collect();
    if in_order.is_empty() {
        return Ok(None);
    }
    let text = in_order.join(";");
    // A separator on both sides: `;emea;` is found, `mea` is not.
    let sort_text = format!(";{};", in_order.iter().map(|it| fold(it)).collect::<Vec<_>>().join(";"));
    Ok(Some(CustomValue { text, sort_text: Some(sort_text), ..CustomValue::default() }))
}

/// `1234.5` with two decimals is 123,450: exact, whatever the database.
fn decimal(given: &str, decimals: u8) -> Result<CustomValue, FieldProblem> {
    let bad = || FieldProblem::NotADecimal { text: short(given), decimals };
    let number = scaled(given, decimals).ok_or_else(bad)?;
    Ok(number_of(number, unscaled(number, decimals)))
}

/// The number in `given`, times ten to the power of `decimals`; `None` when it has more of them or is none.
pub fn scaled(given: &str, decimals: u8) -> Option<i64> {
    let plain = given.trim().replace(',', ".");
    let (negative, digits) = match plain.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, plain.as_str()),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) || fraction.len() > usize::from(decimals)
    {
        return None;
    }
    let number: i64 = format!("{whole}{fraction:0<width$}", width = usize::from(decimals)).parse().ok()?;
    Some(if negative { -number } else { number })
}

/// What [`scaled`] was given, with all its decimals.
pub fn unscaled(number: i64, decimals: u8) -> String {
    let unit = 10_u64.pow(u32::from(decimals));
    let sign = if number < 0 { "-" } else { "" };
    let (whole, rest) = (number.unsigned_abs() / unit, number.unsigned_abs() % unit);
    if decimals == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{rest:0width$}", width = usize::from(decimals))
    }
}

fn web_address(given: &str) -> Result<String, FieldProblem> {
    let bad = || FieldProblem::NotAWebAddress { text: short(given) };
    let address = text::optional_line(given, 500).map_err(|error| match error {
        TextError::TooLong { .. } => error.into(),
        _ => bad(),
    })?;
    let rest =
        address.strip_prefix("https://").or_else(|| address.strip_prefix("http://")).ok_or_else(bad)?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_host = !host.is_empty() && !host.contains('@') && !address.contains(char::is_whitespace);
    if is_host { Ok(address) } else { Err(bad()) }
}

#[cfg(test)]
#[path = "custom_field_tests.rs"]
mod tests;
