//! An account: a client firm, or a part of one that is served and judged on its own.
//!
//! `origin` says who made it: `book` for people and imports, else the event source that named it (`servicenow`), whose
//! accounts carry what the source knows and no more.

use super::draft::{Draft, LINE, Shape, Spec};
use super::field_problem::FieldProblems;
use super::person::Person;
use super::reader::Reader;
use super::record::{Kind, Record, SearchText};
use crate::money::{Currency, Money};
use crate::{Clearance, Id, text};

/// How closely an account is looked after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// One of the few dozen the firm lives on.
    Key,
    /// Every other.
    Standard,
}

impl Tier {
    /// Every tier, the closest first.
    pub const ALL: [Self; 2] = [Self::Key, Self::Standard];

    /// The word kept in tables, files and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Standard => "standard",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.as_str() == word)
    }
}

/// A client firm, or a part of one that is served and judged on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The firm's own id for it.
    pub external_id: Option<String>,
    /// Its name.
    pub name: String,
    /// How closely it is looked after.
    pub tier: Tier,
    /// Its trade, in the firm's words; may be empty.
    pub industry: String,
    /// Where it is: a country's short name in English; may be empty.
    pub country: String,
    /// IANA zone of its working day.
    pub time_zone: String,
    /// Currency in which its figures are shown.
    pub currency: Currency,
    /// What it pays in a year, in `currency`, where that is stated rather than computed from contracts.
    pub annual_value_minor: Option<i64>,
    /// The account it is a part of.
    pub parent_id: Option<Id<Account>>,
    /// Who answers for it.
    pub account_manager_id: Option<Id<Person>>,
    /// Who negotiates its renewals.
    pub negotiator_id: Option<Id<Person>>,
    /// `book`, or the event source that named it.
    pub origin: String,
}

impl Account {
    /// The origin of accounts that people and imports make.
    pub const FROM_BOOK: &'static str = "book";

    /// An account of which nothing is known but a name: standard tier, from `book`.
    pub fn named(name: &str, time_zone: &str, currency: Currency) -> Self {
        Self {
            external_id: None,
            name: name.to_owned(),
            tier: Tier::Standard,
            industry: String::new(),
            country: String::new(),
            time_zone: time_zone.to_owned(),
            currency,
            annual_value_minor: None,
            parent_id: None,
            account_manager_id: None,
            negotiator_id: None,
            origin: Self::FROM_BOOK.to_owned(),
        }
    }

    /// What it pays in a year, where that is stated.
    pub fn annual_value(&self) -> Option<Money> {
        self.annual_value_minor.map(|minor| Money::new(minor, self.currency))
    }
}

impl Record for Account {
    const KIND: Kind = Kind::Account;
    const FIELDS: &'static [Spec] = &[
        Spec::optional("external_id", Shape::Line(100)),
        Spec::required("name", Shape::Line(LINE)),
        Spec::optional("tier", Shape::Choice(&["key", "standard"])),
        Spec::optional("industry", Shape::Line(LINE)),
        Spec::optional("country", Shape::Country),
        Spec::required("time_zone", Shape::TimeZone),
        Spec::required("currency", Shape::Currency),
        Spec::optional("annual_value", Shape::Money),
        Spec::optional("parent", Shape::Reference(Kind::Account)),
        Spec::optional("account_manager", Shape::Reference(Kind::Person)),
        Spec::optional("negotiator", Shape::Reference(Kind::Person)),
    ];

    fn parse(draft: &Draft) -> Result<Self, FieldProblems> {
        let mut read = Reader::new(draft);
        let external_id = read.external_id();
        let name = read.line("name", LINE);
        let tier = read.choice("tier", &Tier::ALL, Tier::as_str).unwrap_or(Tier::Standard);
        let industry = read.optional_line("industry", LINE);
        let country = read.optional_country("country");
        let time_zone = read.time_zone("time_zone");
        let currency = read.currency("currency");
        let annual_value_minor = read.optional_money("annual_value", currency).map(|money| money.minor);
        let parent_id = read.optional_reference("parent", Kind::Account);
        let account_manager_id = read.optional_reference("account_manager", Kind::Person);
        let negotiator_id = read.optional_reference("negotiator", Kind::Person);
        let origin = match text::fold(draft.get("origin")) {
            none if none.is_empty() => Self::FROM_BOOK.to_owned(),
            stated => stated,
        };
        read.finish(Self {
            external_id,
            name,
            tier,
            industry,
            country,
            time_zone,
            currency,
            annual_value_minor,
            parent_id,
            account_manager_id,
            negotiator_id,
            origin,
        })
    }

    fn draft(&self, _: Clearance) -> Draft {
        let id = |id: &Option<Id<Person>>| id.as_ref().map(ToString::to_string).unwrap_or_default();
        Draft::new()
            .with("external_id", self.external_id.clone().unwrap_or_default())
            .with("name", &self.name)
            .with("tier", self.tier.as_str())
            .with("industry", &self.industry)
            .with("country", &self.country)
            .with("time_zone", &self.time_zone)
            .with("currency", self.currency.code())
            .with("annual_value", self.annual_value().map(Money::decimal).unwrap_or_default())
            .with("parent", self.parent_id.as_ref().map(ToString::to_string).unwrap_or_default())
            .with("account_manager", id(&self.account_manager_id))
            .with("negotiator", id(&self.negotiator_id))
            .with("origin", &self.origin)
    }

    fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn search_text(&self) -> Option<SearchText> {
        Some(SearchText { title: self.name.clone(), context: self.industry.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::FieldProblem;

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let draft = Draft::new()
            .with("tier", "platinum")
            .with("country", "Deutchland")
            .with("time_zone", "Mars/Olympus")
            .with("currency", "Euro")
            .with("annual_value", "3,4O")
            .with("account_manager", "Anna");
        let problems = Account::parse(&draft).expect_err("six wrong fields");
        let fields: Vec<&str> = problems.0.iter().map(|(field, _)| *field).collect();
        assert_eq!(
            fields,
            ["name", "tier", "country", "time_zone", "currency", "annual_value", "account_manager"]
        );
        assert_eq!(problems.0[0].1, FieldProblem::Required);
    }

    #[test]
    fn an_account_reads_back_from_its_own_draft() {
        let draft = Draft::new()
            .with("external_id", "A-1")
            .with("name", " Brackwell  Insurance")
            .with("tier", "Key")
            .with("country", "uk")
            .with("time_zone", "europe/london")
            .with("currency", "gbp")
            .with("annual_value", "6030000.50");
        let account = Account::parse(&draft).expect("a whole draft");
        assert_eq!(
            (account.country.as_str(), account.time_zone.as_str()),
            ("United Kingdom", "Europe/London")
        );
        assert_eq!(account.annual_value_minor, Some(603_000_050));
        assert_eq!(Account::parse(&account.draft(Clearance::NONE)), Ok(account));
    }
}
