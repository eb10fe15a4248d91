//! How we are organised: lines of business with their heads, and the teams in them.

use super::draft::{Draft, LINE, Shape, Spec};
use super::field_problem::FieldProblems;
use super::person::Person;
use super::reader::Reader;
use super::record::{Kind, Record, SearchText};
use crate::{Clearance, Id};

/// A line of business: a part of delivery with a head who answers for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineOfBusiness {
    /// The firm's own id for it.
    pub external_id: Option<String>,
    /// Its name.
    pub name: String,
    /// Who heads it.
    pub head_person_id: Option<Id<Person>>,
}

impl Record for LineOfBusiness {
    const KIND: Kind = Kind::LineOfBusiness;
    const FIELDS: &'static [Spec] = &[
        Spec::optional("external_id", Shape::Line(100)),
        Spec::required("name", Shape::Line(LINE)),
        Spec::optional("head", Shape::Reference(Kind::Person)),
    ];

    fn parse(draft: &Draft) -> Result<Self, FieldProblems> {
        let mut read = Reader::new(draft);
        let external_id = read.external_id();
        let name = read.line("name", LINE);
        let head_person_id = read.optional_reference("head", Kind::Person);
        read.finish(Self { external_id, name, head_person_id })
    }

    fn draft(&self, _: Clearance) -> Draft {
        Draft::new()
            .with("external_id", self.external_id.clone().unwrap_or_default())
            .with("name", &self.name)
            .with("head", self.head_person_id.as_ref().map(ToString::to_string).unwrap_or_default())
    }

    fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn search_text(&self) -> Option<SearchText> {
        Some(SearchText { title: self.name.clone(), context: String::new() })
    }
}

/// A team that works on cases; event sources name it as an assignment group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// The firm's own id for it; the name of the assignment group in its service desk.
    pub external_id: Option<String>,
    /// Its name.
    pub name: String,
    /// The line of business it belongs to.
    pub line_of_business_id: Option<Id<LineOfBusiness>>,
    /// Who leads it.
    pub lead_person_id: Option<Id<Person>>,
}

impl Record for Team {
    const KIND: Kind = Kind::Team;
    const FIELDS: &'static [Spec] = &[
        Spec::optional("external_id", Shape::Line(100)),
        Spec::required("name", Shape::Line(LINE)),
        Spec::optional("line_of_business", Shape::Reference(Kind::LineOfBusiness)),
        Spec::optional("lead", Shape::Reference(Kind::Person)),
    ];

    fn parse(draft: &Draft) -> Result<Self, FieldProblems> {
        let mut read = Reader::new(draft);
        let external_id = read.external_id();
        let name = read.line("name", LINE);
        let line_of_business_id = read.optional_reference("line_of_business", Kind::LineOfBusiness);
        let lead_person_id = read.optional_reference("lead", Kind::Person);
        read.finish(Self { external_id, name, line_of_business_id, lead_person_id })
    }

    fn draft(&self, _: Clearance) -> Draft {
        let line_of_business = self.line_of_business_id.as_ref().map(ToString::to_string);
        Draft::new()
            .with("external_id", self.external_id.clone().unwrap_or_default())
            .with("name", &self.name)
            .with("line_of_business", line_of_business.unwrap_or_default())
            .with("lead", self.lead_person_id.as_ref().map(ToString::to_string).unwrap_or_default())
    }

    fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn search_text(&self) -> Option<SearchText> {
        Some(SearchText { title: self.name.clone(), context: String::new() })
    }
}
