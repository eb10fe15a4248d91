//! Who knows whom: one of ours and one person of a client, how well, and how well the client says they get on.
//!
//! When they last met is not stated here: it follows from communications.

use jiff::civil::Date;

use super::draft::{Draft, Shape, Spec};
use super::field_problem::FieldProblems;
use super::person::Person;
use super::reader::{Reader, or_empty};
use super::record::{Kind, Record};
use crate::{Clearance, Id};

/// That one of ours knows a client's person, how well, and how well the client says they get on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acquaintance {
    /// The firm's own id for it.
    pub external_id: Option<String>,
    /// The client's person.
    pub client_person_id: Id<Person>,
    /// Who of ours knows them.
    pub our_person_id: Id<Person>,
    /// How well: 1 has met once, 5 is called first.
    pub strength: i64,
    /// How well they get on as the client says: 1 badly, 5 very well.
    pub compatibility: Option<i64>,
    /// When that was stated.
    pub stated_on: Date,
    /// What to know of it; may be empty.
    pub note: String,
}

impl Record for Acquaintance {
    const KIND: Kind = Kind::Acquaintance;
    const FIELDS: &'static [Spec] = &[
        Spec::optional("external_id", Shape::Line(100)),
        Spec::required("client_person", Shape::Client),
        Spec::required("our_person", Shape::Reference(Kind::Person)),
        Spec::required("strength", Shape::Whole(1, 5)),
        Spec::optional("compatibility", Shape::Whole(1, 5)),
        Spec::required("stated_on", Shape::Date),
        Spec::optional("note", Shape::Paragraphs(2_000)),
    ];
    const OWNER: Option<(&'static str, Kind)> = Some(("client_person", Kind::Person));

    fn parse(draft: &Draft) -> Result<Self, FieldProblems> {
        let mut read = Reader::new(draft);
        let external_id = read.external_id();
        let client_person_id = read.reference("client_person", Kind::Person);
        let our_person_id = read.reference("our_person", Kind::Person);
        let strength = read.whole("strength", 1, 5);
        let compatibility = read.optional_whole("compatibility", 1, 5);
        let stated_on = read.date("stated_on");
        let note = read.paragraphs("note", 2_000);
        read.finish(Self {
            external_id,
            client_person_id,
            our_person_id,
            strength,
            compatibility,
            stated_on,
            note,
        })
    }

    fn draft(&self, _: Clearance) -> Draft {
        Draft::new()
            .with("external_id", self.external_id.clone().unwrap_or_default())
            .with("client_person", self.client_person_id.as_str())
            .with("our_person", self.our_person_id.as_str())
            .with("strength", self.strength.to_string())
            .with("compatibility", or_empty(self.compatibility))
            .with("stated_on", self.stated_on.to_string())
            .with("note", &self.note)
    }

    fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }

    fn name(&self) -> &str {
        self.external_id.as_deref().unwrap_or_default()
    }
}
