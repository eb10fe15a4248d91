//! Expectations: what a client expects of its account manager, in the client's words, by when and how it will be seen.
//!
//! Expected, promised, perceived and actual stand side by side. Both sides acknowledge the words; neither can settle for the other.

use jiff::civil::Date;

use super::account::Account;
use super::draft::{Draft, Shape, Spec};
use super::field_problem::FieldProblems;
use super::person::Person;
use super::promise::Promise;
use super::reader::{Reader, not_before, or_empty, settles};
use super::record::{Kind, Record, SearchText};
use crate::words::{WordError, words};
use crate::{Clearance, Id};

/// How it stands with an expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExpectationState {
    /// Not settled yet.
    Open,
    /// It was met.
    Met,
    /// It was not met.
    NotMet,
    /// The client no longer expects it.
    Withdrawn,
}

words!(ExpectationState { Open => "open", Met => "met", NotMet => "not_met", Withdrawn => "withdrawn" });

/// How the client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Perception {
    /// Less than expected.
    FallsShort,
    /// As expected.
    AsExpected,
    /// More than expected.
    Exceeds,
}

words!(Perception { FallsShort => "falls_short", AsExpected => "as_expected", Exceeds => "exceeds" });

/// What a client expects of its account manager, in the client's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The firm's own id for it.
    pub external_id: Option<String>,
    /// Whose expectation.
    pub account_id: Id<Account>,
    /// What is expected, in the client's words.
    pub title: String,
    /// Who of the client said it.
    pub person_id: Option<Id<Person>>,
    /// Of whom of ours; of the account manager when it is not stated.
    pub manager_id: Option<Id<Person>>,
    /// When it was said.
    pub stated_on: Date,
    /// By when.
    pub due_on: Option<Date>,
    /// How it will be seen that it is met; may be empty.
    pub measure: String,
    /// When our side said that it understood.
    pub acknowledged_by_us_on: Option<Date>,
    /// When the client said that this is what it meant.
    pub acknowledged_by_client_on: Option<Date>,
    /// What was promised for it.
    pub promise_id: Option<Id<Promise>>,
    /// How the client sees it.
    pub perceived: Option<Perception>,
    /// How, in the client's words; may be empty.
    pub perceived_words: String,
    /// When they said so.
    pub perceived_on: Option<Date>,
    /// What the facts say; may be empty.
    pub actual: String,
    /// How it stands.
    pub state: ExpectationState,
    /// When it was met, missed or withdrawn.
    pub settled_on: Option<Date>,
}

impl Record for Expectation {
    const KIND: Kind = Kind::Expectation;
    const FIELDS: &'static [Spec] = &[
        Spec::optional("external_id", Shape::Line(100)),
        Spec::required("account", Shape::Reference(Kind::Account)),
        Spec::required("title", Shape::Line(300)),
        Spec::optional("person", Shape::Client),
        Spec::optional("manager", Shape::Reference(Kind::Person)),
        Spec::required("stated_on", Shape::Date),
        Spec::optional("due_on", Shape::Date),
        Spec::optional("measure", Shape::Paragraphs(2_000)),
        Spec::optional("acknowledged_by_us_on", Shape::Date),
        Spec::optional("acknowledged_by_client_on", Shape::Date),
        Spec::optional("promise", Shape::Reference(Kind::Promise)),
        Spec::optional("perceived", Shape::Choice(Perception::WORDS)),
        Spec::optional("perceived_words", Shape::Paragraphs(2_000)),
        Spec::optional("perceived_on", Shape::Date),
        Spec::optional("actual", Shape::Paragraphs(2_000)),
        Spec::optional("state", Shape::Choice(ExpectationState::WORDS)),
        Spec::optional("settled_on", Shape::Date),
    ];

    fn parse(draft: &Draft) -> Result<Self, FieldProblems> {
        let mut read = Reader::new(draft);
        let external_id = read.external_id();
        let account_id = read.reference("account", Kind::Account);
        let title = read.line("title", 300);
        let person_id = read.optional_reference("person", Kind::Person);
        let manager_id = read.optional_reference("manager", Kind::Person);
        let stated_on = read.date("stated_on");
        let due_on = read.optional_date("due_on");
        let measure = read.paragraphs("measure", 2_000);
        let acknowledged_by_us_on = read.optional_date("acknowledged_by_us_on");
        let acknowledged_by_client_on = read.optional_date("acknowledged_by_client_on");
        let promise_id = read.optional_reference("promise", Kind::Promise);
        let perceived = read.choice("perceived", Perception::ALL, Perception::as_str);
        let perceived_words = read.paragraphs("perceived_words", 2_000);
        let perceived_on = read.optional_date("perceived_on");
        let actual = read.paragraphs("actual", 2_000);
        let state = read
            .choice("state", ExpectationState::ALL, ExpectationState::as_str)
            .unwrap_or(ExpectationState::Open);
        let settled_on = read.optional_date("settled_on");
        let stated = ("stated_on", stated_on);
        not_before(&mut read, "due_on", due_on, stated);
        not_before(&mut read, "acknowledged_by_us_on", acknowledged_by_us_on, stated);
        not_before(&mut read, "acknowledged_by_client_on", acknowledged_by_client_on, stated);
        not_before(&mut read, "perceived_on", perceived_on, stated);
        not_before(&mut read, "settled_on", settled_on, stated);
        settles(&mut read, state == ExpectationState::Open, settled_on);
        read.finish(Self {
            external_id,
            account_id,
            title,
            person_id,
            manager_id,
            stated_on,
            due_on,
            measure,
            acknowledged_by_us_on,
            acknowledged_by_client_on,
            promise_id,
            perceived,
            perceived_words,
            perceived_on,
            actual,
            state,
            settled_on,
        })
    }

    fn draft(&self, _: Clearance) -> Draft {
        Draft::new()
            .with("external_id", self.external_id.clone().unwrap_or_default())
            .with("account", self.account_id.as_str())
            .with("title", &self.title)
            .with("person", or_empty(self.person_id.as_ref()))
            .with("manager", or_empty(self.manager_id.as_ref()))
            .with("stated_on", self.stated_on.to_string())
            .with("due_on", or_empty(self.due_on))
            .with("measure", &self.measure)
            .with("acknowledged_by_us_on", or_empty(self.acknowledged_by_us_on))
            .with("acknowledged_by_client_on", or_empty(self.acknowledged_by_client_on))
            .with("promise", or_empty(self.promise_id.as_ref()))
            .with("perceived", self.perceived.map_or("", Perception::as_str))
            .with("perceived_words", &self.perceived_words)
            .with("perceived_on", or_empty(self.perceived_on))
            .with("actual", &self.actual)
            .with("state", self.state.as_str())
            .with("settled_on", or_empty(self.settled_on))
    }

    fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }

    fn name(&self) -> &str {
        &self.title
    }

    fn account_id(&self) -> Option<&str> {
        Some(self.account_id.as_str())
    }

    fn search_text(&self) -> Option<SearchText> {
        Some(SearchText { title: self.title.clone(), context: String::new() })
    }
}
