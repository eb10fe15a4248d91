//! What the two sides said to one another: communications and reviews.
//!
//! Plain records with the book's machinery; cadence, agenda and actions come with the governance room. When price was first talked about
//! follows from communications about price.

use jiff::civil::Date;

use crate::book::draft::{Draft, Shape, Spec};
use crate::book::field_problem::FieldProblems;
use crate::book::reader::{Reader, joined, not_before, or_empty};
use crate::book::record::{Kind, Record, SearchText};
use crate::book::{Account, Contract, Expectation, Person};
use crate::facts::kpi::Kpi;
use crate::words::{WordError, words};
use crate::{Clearance, Id};

/// How two sides met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// In a room.
    Meeting,
    /// By telephone.
    Call,
    /// On a screen.
    Video,
    /// By mail.
    Email,
    /// By message.
    Message,
    /// Ours were at the client's site.
    SiteVisit,
    /// At an event.
    Event,
    /// By letter.
    Letter,
}

words!(Channel { Meeting => "meeting", Call => "call", Video => "video", Email => "email", Message => "message", SiteVisit => "site_visit", Event => "event", Letter => "letter" });

/// Who turned to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// We to the client.
    Ours,
    /// The client to us.
    Theirs,
    /// Both spoke.
    Both,
}

words!(Direction { Ours => "ours", Theirs => "theirs", Both => "both" });

/// What was talked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// What is delivered.
    Delivery,
    /// Prices.
    Price,
    /// What should be delivered.
    Scope,
    /// How both get on.
    Relationship,
    /// Contract and renewal.
    Contract,
    /// What the client expects of its account manager.
    Expectations,
    /// Anything else.
    Other,
}

words!(Topic { Delivery => "delivery", Price => "price", Scope => "scope", Relationship => "relationship", Contract => "contract", Expectations => "expectations", Other => "other" });

/// That our side and a client's spoke or wrote to one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Communication {
    /// The firm's own id for it.
    pub external_id: Option<String>,
    /// With which client.
    pub account_id: Id<Account>,
    /// What it was about, in a line.
    pub title: String,
    /// On which day, as both sides' calendars have it.
    pub happened_on: Date,
    /// How.
    pub channel: Channel,
    /// Who turned to whom.
    pub direction: Direction,
    /// What was talked about.
    pub topic: Topic,
    /// Who took part, of both sides.
    pub person_ids: Vec<Id<Person>>,
    /// The contract it was about.
    pub contract_id: Option<Id<Contract>>,
    /// Where, of a visit; may be empty.
    pub place: String,
    /// What was said; may be empty.
    pub details: String,
    /// The expectations it dealt with.
    pub expectation_ids: Vec<Id<Expectation>>,
    /// What the client said of them; may be empty.
    pub said_by_client: String,
    /// What we said of them; may be empty.
    pub said_by_us: String,
    /// What both agreed; may be empty.
    pub agreed: String,
    /// When both look at it again.
    pub next_on: Option<Date>,
}

impl Record for Communication {
    const KIND: Kind = Kind::Communication;
    const FIELDS: &'static [Spec] = &[
        Spec::optional("external_id", Shape::Line(100)),
        Spec::required("account", Shape::Reference(Kind::Account)),
        Spec::required("title", Shape::Line(200)),
        Spec::required("happened_on", Shape::Date),
        Spec::required("channel", Shape::Choice(Channel::WORDS)),
        Spec::optional("direction", Shape::Choice(Direction::WORDS)),
        Spec::optional("topic", Shape::Choice(Topic::WORDS)),
        Spec::optional("people", Shape::People),
        Spec::optional("contract", Shape::Reference(Kind::Contract)),
        Spec::optional("place", Shape::Line(200)),
        Spec::optional("details", Shape::Paragraphs(8_000)),
        Spec::optional("expectations", Shape::Expectations),
        Spec::optional("said_by_client", Shape::Paragraphs(4_000)),
        Spec::optional("said_by_us", Shape::Paragraphs(4_000)),
        Spec::optional("agreed", Shape::Paragraphs(4_000)),
        Spec::optional("next_on", Shape::Date),
    ];

    fn parse(draft: &Draft) -> Result<Self, FieldProblems> {
        let mut read = Reader::new(draft);
        let external_id = read.external_id();
        let account_id = read.reference("account", Kind::Account);
        let title = read.line("title", 200);
        let happened_on = read.date("happened_on");
        let channel = read.required_choice("channel", Channel::ALL, Channel::as_str);
        let direction =
            read.choice("direction", Direction::ALL, Direction::as_str).unwrap_or(Direction::Both);
        let topic = read.choice("topic", Topic::ALL, Topic::as_str).unwrap_or(Topic::Other);
        let person_ids = read.references("people", Kind::Person);
        let contract_id = read.optional_reference("contract", Kind::Contract);
        let place = read.optional_line("place", 200);
        let details = read.paragraphs("details", 8_000);
        let expectation_ids = read.references("expectations", Kind::Expectation);
        let said_by_client = read.paragraphs("said_by_client", 4_000);
        let said_by_us = read.paragraphs("said_by_us", 4_000);
        let agreed = read.paragraphs("agreed", 4_000);
        let next_on = read.optional_date("next_on");
        not_before(&mut read, "next_on", next_on, ("happened_on", happened_on));
        read.finish(Self {
            external_id,
            account_id,
            title,
            happened_on,
            channel,
            direction,
            topic,
            person_ids,
            contract_id,
            place,
            details,
            expectation_ids,
            said_by_client,
            said_by_us,
            agreed,
            next_on,
        })
    }

    fn draft(&self, _: Clearance) -> Draft {
        Draft::new()
            .with("external_id", self.external_id.clone().unwrap_or_default())
            .with("account", self.account_id.as_str())
            .with("title", &self.title)
            .with("happened_on", self.happened_on.to_string())
            .with("channel", self.channel.as_str())
            .with("direction", self.direction.as_str())
            .with("topic", self.topic.as_str())
            .with("people", joined(&self.person_ids))
            .with("contract", or_empty(self.contract_id.as_ref()))
            .with("place", &self.place)
            .with("details", &self.details)
            .with("expectations", joined(&self.expectation_ids))
            .with("said_by_client", &self.said_by_client)
            .with("said_by_us", &self.said_by_us)
            .with("agreed", &self.agreed)
            .with("next_on", or_empty(self.next_on))
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

/// How high a review sits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReviewLevel {
    /// Day to day.
    Operational,
    /// Of service and results.
    Service,
    /// Of the relationship, with executives.
    Executive,
}

words!(ReviewLevel { Operational => "operational", Service => "service", Executive => "executive" });

/// A review held with a client: who attended, and which measures were gone through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// The firm's own id for it.
    pub external_id: Option<String>,
    /// With which client.
    pub account_id: Id<Account>,
    /// What it was, in a line.
    pub title: String,
    /// On which day.
    pub held_on: Date,
    /// How high it sits.
    pub level: ReviewLevel,
    /// Who attended, of both sides.
    pub person_ids: Vec<Id<Person>>,
    /// Which measures were gone through.
    pub measure_ids: Vec<Id<Kpi>>,
    /// What came of it; may be empty.
    pub outcome: String,
    /// When the next one is.
    pub next_on: Option<Date>,
}

impl Record for Review {
    const KIND: Kind = Kind::Review;
    const FIELDS: &'static [Spec] = &[
        Spec::optional("external_id", Shape::Line(100)),
        Spec::required("account", Shape::Reference(Kind::Account)),
        Spec::required("title", Shape::Line(200)),
        Spec::required("held_on", Shape::Date),
        Spec::optional("level", Shape::Choice(ReviewLevel::WORDS)),
        Spec::optional("people", Shape::People),
        Spec::optional("measures", Shape::Measures),
        Spec::optional("outcome", Shape::Paragraphs(8_000)),
        Spec::optional("next_on", Shape::Date),
    ];

    fn parse(draft: &Draft) -> Result<Self, FieldProblems> {
        let mut read = Reader::new(draft);
        let external_id = read.external_id();
        let account_id = read.reference("account", Kind::Account);
        let title = read.line("title", 200);
        let held_on = read.date("held_on");
        let level =
            read.choice("level", ReviewLevel::ALL, ReviewLevel::as_str).unwrap_or(ReviewLevel::Service);
        let person_ids = read.references("people", Kind::Person);
        let measure_ids = read.measures("measures");
        let outcome = read.paragraphs("outcome", 8_000);
        let next_on = read.optional_date("next_on");
        not_before(&mut read, "next_on", next_on, ("held_on", held_on));
        read.finish(Self {
            external_id,
            account_id,
            title,
            held_on,
            level,
            person_ids,
            measure_ids,
            outcome,
            next_on,
        })
    }

    fn draft(&self, _: Clearance) -> Draft {
        Draft::new()
            .with("external_id", self.external_id.clone().unwrap_or_default())
            .with("account", self.account_id.as_str())
            .with("title", &self.title)
            .with("held_on", self.held_on.to_string())
            .with("level", self.level.as_str())
            .with("people", joined(&self.person_ids))
            .with("measures", joined(&self.measure_ids))
            .with("outcome", &self.outcome)
            .with("next_on", or_empty(self.next_on))
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
