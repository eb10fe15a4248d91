//! Opportunities: more that a client may take from us, from trust that is there.

use jiff::civil::Date;

use super::account::Account;
use super::draft::{Draft, Shape, Spec};
use super::field_problem::{FieldProblem, FieldProblems};
use super::person::Person;
use super::product::Product;
use super::reader::{Reader, not_before, or_empty};
use super::record::{Kind, Record, SearchText};
use crate::money::{Currency, Money};
use crate::words::{WordError, words};
use crate::{Clearance, Id};

/// What kind of growth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OpportunityKind {
    /// More of what they have.
    Expansion,
    /// A product that they do not have.
    CrossSell,
    /// A service that nobody has yet.
    NewService,
    /// What they have, for a new term.
    Renewal,
}

words!(OpportunityKind { Expansion => "expansion", CrossSell => "cross_sell", NewService => "new_service", Renewal => "renewal" });

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OpportunityStage {
    /// We think of it.
    Idea,
    /// The client has heard of it.
    Discussed,
    /// They have a proposal.
    Proposed,
    /// They took it.
    Won,
    /// They did not.
    Lost,
}

words!(OpportunityStage { Idea => "idea", Discussed => "discussed", Proposed => "proposed", Won => "won", Lost => "lost" });

/// More that a client may take from us, from trust that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opportunity {
    /// The firm's own id for it.
    pub external_id: Option<String>,
    /// Whose.
    pub account_id: Id<Account>,
    /// What it is, in a line.
    pub title: String,
    /// What kind of growth.
    pub kind: OpportunityKind,
    /// How far it is.
    pub stage: OpportunityStage,
    /// Which product.
    pub product_id: Option<Id<Product>>,
    /// The currency of its value.
    pub currency: Currency,
    /// What it would bring in a year.
    pub annual_value_minor: Option<i64>,
    /// How likely we think it is, in percent.
    pub probability: Option<i64>,
    /// When it may be decided.
    pub expected_on: Option<Date>,
    /// The client's person whose trust it comes from.
    pub trusted_by_id: Option<Id<Person>>,
    /// Who of ours follows it.
    pub owner_id: Option<Id<Person>>,
    /// Since when we know of it.
    pub opened_on: Date,
    /// When it was won or lost.
    pub closed_on: Option<Date>,
    /// Why it was won or lost; may be empty.
    pub reason: String,
}

impl Record for Opportunity {
    const KIND: Kind = Kind::Opportunity;
    const FIELDS: &'static [Spec] = &[
        Spec::optional("external_id", Shape::Line(100)),
        Spec::required("account", Shape::Reference(Kind::Account)),
        Spec::required("title", Shape::Line(200)),
        Spec::optional("kind", Shape::Choice(OpportunityKind::WORDS)),
        Spec::optional("stage", Shape::Choice(OpportunityStage::WORDS)),
        Spec::optional("product", Shape::Reference(Kind::Product)),
        Spec::required("currency", Shape::Currency),
        Spec::optional("annual_value", Shape::Money),
        Spec::optional("probability", Shape::Whole(0, 100)),
        Spec::optional("expected_on", Shape::Date),
        Spec::optional("trusted_by", Shape::Client),
        Spec::optional("owner", Shape::Reference(Kind::Person)),
        Spec::required("opened_on", Shape::Date),
        Spec::optional("closed_on", Shape::Date),
        Spec::optional("reason", Shape::Paragraphs(2_000)),
    ];

    fn parse(draft: &Draft) -> Result<Self, FieldProblems> {
        let mut read = Reader::new(draft);
        let external_id = read.external_id();
        let account_id = read.reference("account", Kind::Account);
        let title = read.line("title", 200);
        let kind = read
            .choice("kind", OpportunityKind::ALL, OpportunityKind::as_str)
            .unwrap_or(OpportunityKind::Expansion);
        let stage = read
            .choice("stage", OpportunityStage::ALL, OpportunityStage::as_str)
            .unwrap_or(OpportunityStage::Idea);
        let product_id = read.optional_reference("product", Kind::Product);
        let currency = read.currency("currency");
        let annual_value_minor = read.optional_money("annual_value", currency).map(|money| money.minor);
        let probability = read.optional_whole("probability", 0, 100);
        let expected_on = read.optional_date("expected_on");
        let trusted_by_id = read.optional_reference("trusted_by", Kind::Person);
        let owner_id = read.optional_reference("owner", Kind::Person);
        let opened_on = read.date("opened_on");
        let closed_on = read.optional_date("closed_on");
        let reason = read.paragraphs("reason", 2_000);
        not_before(&mut read, "closed_on", closed_on, ("opened_on", opened_on));
        let is_open = !matches!(stage, OpportunityStage::Won | OpportunityStage::Lost);
        if is_open && closed_on.is_some() {
            read.fail("closed_on", FieldProblem::MustBeEmpty { field: "stage", value: stage.as_str() });
        }
        if !is_open && closed_on.is_none() && draft.get("closed_on").trim().is_empty() {
            read.fail("closed_on", FieldProblem::Required);
        }
        read.finish(Self {
            external_id,
            account_id,
            title,
            kind,
            stage,
            product_id,
            currency,
            annual_value_minor,
            probability,
            expected_on,
            trusted_by_id,
            owner_id,
            opened_on,
            closed_on,
            reason,
        })
    }

    fn draft(&self, _: Clearance) -> Draft {
        let money = |minor: i64| Money::new(minor, self.currency).decimal();
        Draft::new()
            .with("external_id", self.external_id.clone().unwrap_or_default())
            .with("account", self.account_id.as_str())
            .with("title", &self.title)
            .with("kind", self.kind.as_str())
            .with("stage", self.stage.as_str())
            .with("product", or_empty(self.product_id.as_ref()))
            .with("currency", self.currency.code())
            .with("annual_value", or_empty(self.annual_value_minor.map(money)))
            .with("probability", or_empty(self.probability))
            .with("expected_on", or_empty(self.expected_on))
            .with("trusted_by", or_empty(self.trusted_by_id.as_ref()))
            .with("owner", or_empty(self.owner_id.as_ref()))
            .with("opened_on", self.opened_on.to_string())
            .with("closed_on", or_empty(self.closed_on))
            .with("reason", &self.reason)
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
