//! Promises: what was said to a client, where it stands in a contract, who delivers it, kept or not.
//!
//! A promise without a clause, a delivery owner or a day is a gap: it shows at the handover from sales to delivery.

use jiff::civil::Date;

use super::account::Account;
use super::contract::Contract;
use super::draft::{Draft, Shape, Spec};
use super::field_problem::{FieldProblem, FieldProblems};
use super::person::Person;
use super::product::Product;
use super::reader::{Reader, not_before, or_empty, settles};
use super::record::{Kind, Record, SearchText};
use crate::words::{WordError, words};
use crate::{Clearance, Id};

/// When something was promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PromiseOccasion {
    /// In the sale.
    Sale,
    /// In talks about a renewal.
    Renewal,
    /// While delivering.
    Delivery,
    /// In a review.
    Review,
    /// Otherwise.
    Other,
}

words!(PromiseOccasion { Sale => "sale", Renewal => "renewal", Delivery => "delivery", Review => "review", Other => "other" });

/// How it stands with a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PromiseState {
    /// Not due, or not settled.
    Open,
    /// It was kept.
    Kept,
    /// It was broken.
    Broken,
    /// The client released us from it.
    Released,
}

words!(PromiseState { Open => "open", Kept => "kept", Broken => "broken", Released => "released" });

/// What delivery says of a promise that sales made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HandoverAnswer {
    /// Delivery takes it on.
    Accepted,
    /// Delivery does not, and says why.
    Declined,
}

words!(HandoverAnswer { Accepted => "accepted", Declined => "declined" });

/// What was said to a client, where it stands in a contract, who delivers it, and whether it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// The firm's own id for it.
    pub external_id: Option<String>,
    /// To whom it was promised.
    pub account_id: Id<Account>,
    /// What was promised, in a line.
    pub title: String,
    /// When.
    pub made_on: Date,
    /// On what occasion.
    pub occasion: PromiseOccasion,
    /// Who of ours said it.
    pub made_by_id: Option<Id<Person>>,
    /// Who of the client heard it.
    pub made_to_id: Option<Id<Person>>,
    /// The contract it stands in, if it does.
    pub contract_id: Option<Id<Contract>>,
    /// Where in it; may be empty.
    pub clause: String,
    /// The product it is about.
    pub product_id: Option<Id<Product>>,
    /// Who of ours delivers it.
    pub delivery_owner_id: Option<Id<Person>>,
    /// By when.
    pub due_on: Option<Date>,
    /// How it stands.
    pub state: PromiseState,
    /// When it was kept, broken or released.
    pub settled_on: Option<Date>,
    /// How that shows; may be empty.
    pub evidence: String,
    /// What else was said; may be empty.
    pub details: String,
    /// Whether delivery accepted it; `None` while it has not answered.
    pub handover: Option<HandoverAnswer>,
    /// Who of ours answered for delivery.
    pub handover_by_id: Option<Id<Person>>,
    /// When.
    pub handover_on: Option<Date>,
    /// In which words; needed to decline.
    pub handover_words: String,
}

/// The fields of delivery's answer.
struct Handover {
    handover: Option<HandoverAnswer>,
    by_id: Option<Id<Person>>,
    on: Option<Date>,
    words: String,
}

/// An answer has a day, a refusal has words, and without an answer there is neither.
fn read_handover(read: &mut Reader<'_>, made_on: Date) -> Handover {
    let handover = read.choice("handover", HandoverAnswer::ALL, HandoverAnswer::as_str);
    let by_id = read.optional_reference("handover_by", Kind::Person);
    let on = read.optional_date("handover_on");
    let words = read.paragraphs("handover_words", 2_000);
    not_before(read, "handover_on", on, ("made_on", made_on));
    match handover {
        // What was given is no answer, which was told already.
        None if read.given("handover").is_some() => {}
        None if on.is_some() => read.fail("handover", FieldProblem::NeededFor { field: "handover_on" }),
        None if by_id.is_some() => read.fail("handover", FieldProblem::NeededFor { field: "handover_by" }),
        None if !words.is_empty() => {
            read.fail("handover", FieldProblem::NeededFor { field: "handover_words" });
        }
        None => {}
        Some(answer) => {
            if on.is_none() && read.given("handover_on").is_none() {
                read.fail("handover_on", FieldProblem::NeededFor { field: "handover" });
            }
            if answer == HandoverAnswer::Declined && words.is_empty() {
                read.fail("handover_words", FieldProblem::Required);
            }
        }
    }
    Handover { handover, by_id, on, words }
}

impl Record for Promise {
    const KIND: Kind = Kind::Promise;
    const FIELDS: &'static [Spec] = &[
        Spec::optional("external_id", Shape::Line(100)),
        Spec::required("account", Shape::Reference(Kind::Account)),
        Spec::required("title", Shape::Line(300)),
        Spec::required("made_on", Shape::Date),
        Spec::optional("occasion", Shape::Choice(PromiseOccasion::WORDS)),
        Spec::optional("made_by", Shape::Reference(Kind::Person)),
        Spec::optional("made_to", Shape::Client),
        Spec::optional("contract", Shape::Reference(Kind::Contract)),
        Spec::optional("clause", Shape::Line(200)),
        Spec::optional("product", Shape::Reference(Kind::Product)),
        Spec::optional("delivery_owner", Shape::Reference(Kind::Person)),
        Spec::optional("due_on", Shape::Date),
        Spec::optional("state", Shape::Choice(PromiseState::WORDS)),
        Spec::optional("settled_on", Shape::Date),
        Spec::optional("evidence", Shape::Paragraphs(4_000)),
        Spec::optional("details", Shape::Paragraphs(4_000)),
        Spec::optional("handover", Shape::Choice(HandoverAnswer::WORDS)),
        Spec::optional("handover_by", Shape::Reference(Kind::Person)),
        Spec::optional("handover_on", Shape::Date),
        Spec::optional("handover_words", Shape::Paragraphs(2_000)),
    ];

    fn parse(draft: &Draft) -> Result<Self, FieldProblems> {
        let mut read = Reader::new(draft);
        let external_id = read.external_id();
        let account_id = read.reference("account", Kind::Account);
        let title = read.line("title", 300);
        let made_on = read.date("made_on");
        let occasion = read
            .choice("occasion", PromiseOccasion::ALL, PromiseOccasion::as_str)
            .unwrap_or(PromiseOccasion::Other);
        let made_by_id = read.optional_reference("made_by", Kind::Person);
        let made_to_id = read.optional_reference("made_to", Kind::Person);
        let contract_id = read.optional_reference("contract", Kind::Contract);
        let clause = read.optional_line("clause", 200);
        let product_id = read.optional_reference("product", Kind::Product);
        let delivery_owner_id = read.optional_reference("delivery_owner", Kind::Person);
        let due_on = read.optional_date("due_on");
        let state =
            read.choice("state", PromiseState::ALL, PromiseState::as_str).unwrap_or(PromiseState::Open);
        let settled_on = read.optional_date("settled_on");
        let evidence = read.paragraphs("evidence", 4_000);
        let details = read.paragraphs("details", 4_000);
        let answer = read_handover(&mut read, made_on);
        let made = ("made_on", made_on);
        not_before(&mut read, "due_on", due_on, made);
        not_before(&mut read, "settled_on", settled_on, made);
        settles(&mut read, state == PromiseState::Open, settled_on);
        if contract_id.is_none() && !clause.is_empty() {
            read.fail("contract", FieldProblem::NeededFor { field: "clause" });
        }
        read.finish(Self {
            external_id,
            account_id,
            title,
            made_on,
            occasion,
            made_by_id,
            made_to_id,
            contract_id,
            clause,
            product_id,
            delivery_owner_id,
            due_on,
            state,
            settled_on,
            evidence,
            details,
            handover: answer.handover,
            handover_by_id: answer.by_id,
            handover_on: answer.on,
            handover_words: answer.words,
        })
    }

    fn draft(&self, _: Clearance) -> Draft {
        Draft::new()
            .with("external_id", self.external_id.clone().unwrap_or_default())
            .with("account", self.account_id.as_str())
            .with("title", &self.title)
            .with("made_on", self.made_on.to_string())
            .with("occasion", self.occasion.as_str())
            .with("made_by", or_empty(self.made_by_id.as_ref()))
            .with("made_to", or_empty(self.made_to_id.as_ref()))
            .with("contract", or_empty(self.contract_id.as_ref()))
            .with("clause", &self.clause)
            .with("product", or_empty(self.product_id.as_ref()))
            .with("delivery_owner", or_empty(self.delivery_owner_id.as_ref()))
            .with("due_on", or_empty(self.due_on))
            .with("state", self.state.as_str())
            .with("settled_on", or_empty(self.settled_on))
            .with("evidence", &self.evidence)
            .with("details", &self.details)
            .with("handover", self.handover.map_or("", HandoverAnswer::as_str))
            .with("handover_by", or_empty(self.handover_by_id.as_ref()))
            .with("handover_on", or_empty(self.handover_on))
            .with("handover_words", &self.handover_words)
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
