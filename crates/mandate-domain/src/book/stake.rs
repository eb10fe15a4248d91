//! Stakes: how much each person of a client has at stake, so that a loud voice is not a large one.
//!
//! A weight has a reason and a day. Shares are computed from the weights in force; nobody's share is typed.

use jiff::civil::Date;

use super::draft::{Draft, Shape, Spec};
use super::field_problem::FieldProblems;
use super::person::Person;
use super::reader::{Reader, not_before, or_empty};
use super::record::{Kind, Record};
use crate::words::{WordError, words};
use crate::{Clearance, Id};

/// Why a voice weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StakeBasis {
    /// Decides about the relationship.
    Decision,
    /// Pays for it.
    Budget,
    /// Lives with what is delivered.
    Use,
}

words!(StakeBasis { Decision => "decision", Budget => "budget", Use => "use" });

/// How much a client's person has at stake, as an explicit weight with a reason and a date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stake {
    /// The firm's own id for it.
    pub external_id: Option<String>,
    /// Whose stake.
    pub person_id: Id<Person>,
    /// Why it weighs.
    pub basis: StakeBasis,
    /// How much, 1 to 100; shares are computed from all weights in force.
    pub weight: i64,
    /// The first day on which it holds.
    pub since: Date,
    /// The last day, once it is over.
    pub until: Option<Date>,
    /// Why that much.
    pub reason: String,
}

impl Record for Stake {
    const KIND: Kind = Kind::Stake;
    const FIELDS: &'static [Spec] = &[
        Spec::optional("external_id", Shape::Line(100)),
        Spec::required("person", Shape::Client),
        Spec::required("basis", Shape::Choice(StakeBasis::WORDS)),
        Spec::required("weight", Shape::Whole(1, 100)),
        Spec::required("since", Shape::Date),
        Spec::optional("until", Shape::Date),
        Spec::required("reason", Shape::Paragraphs(2_000)),
    ];
    const OWNER: Option<(&'static str, Kind)> = Some(("person", Kind::Person));

    fn parse(draft: &Draft) -> Result<Self, FieldProblems> {
        let mut read = Reader::new(draft);
        let external_id = read.external_id();
        let person_id = read.reference("person", Kind::Person);
        let basis = read.required_choice("basis", StakeBasis::ALL, StakeBasis::as_str);
        let weight = read.whole("weight", 1, 100);
        let since = read.date("since");
        let until = read.optional_date("until");
        let reason = read.required_paragraphs("reason", 2_000);
        not_before(&mut read, "until", until, ("since", since));
        read.finish(Self { external_id, person_id, basis, weight, since, until, reason })
    }

    fn draft(&self, _: Clearance) -> Draft {
        Draft::new()
            .with("external_id", self.external_id.clone().unwrap_or_default())
            .with("person", self.person_id.as_str())
            .with("basis", self.basis.as_str())
            .with("weight", self.weight.to_string())
            .with("since", self.since.to_string())
            .with("until", or_empty(self.until))
            .with("reason", &self.reason)
    }

    fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }

    fn name(&self) -> &str {
        self.external_id.as_deref().unwrap_or_default()
    }
}
