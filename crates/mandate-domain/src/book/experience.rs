//! What people of either side know and where they were: expertise and career.

use jiff::civil::Date;

use super::draft::{Draft, Shape, Spec};
use super::field_problem::FieldProblems;
use super::person::Person;
use super::reader::{Reader, not_before, or_empty};
use super::record::{Kind, Record};
use crate::words::{WordError, words};
use crate::{Clearance, Id};

/// What kind of knowledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExpertiseArea {
    /// A business process.
    Process,
    /// An industry.
    Industry,
    /// A technology.
    Technology,
}

words!(ExpertiseArea { Process => "process", Industry => "industry", Technology => "technology" });

/// What a person of either side knows well, and how well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expertise {
    /// The firm's own id for it.
    pub external_id: Option<String>,
    /// Who.
    pub person_id: Id<Person>,
    /// What kind of knowledge.
    pub area: ExpertiseArea,
    /// What, such as `claims handling`.
    pub topic: String,
    /// How well: 1 knows of it, 2 has worked with it, 3 works with it on their own, 4 is asked by others.
    pub level: i64,
    /// Since which year.
    pub since_year: Option<i64>,
}

impl Record for Expertise {
    const KIND: Kind = Kind::Expertise;
    const FIELDS: &'static [Spec] = &[
        Spec::optional("external_id", Shape::Line(100)),
        Spec::required("person", Shape::Anyone),
        Spec::required("area", Shape::Choice(ExpertiseArea::WORDS)),
        Spec::required("topic", Shape::Line(120)),
        Spec::required("level", Shape::Whole(1, 4)),
        Spec::optional("since_year", Shape::Whole(1950, 2100)),
    ];
    const OWNER: Option<(&'static str, Kind)> = Some(("person", Kind::Person));

    fn parse(draft: &Draft) -> Result<Self, FieldProblems> {
        let mut read = Reader::new(draft);
        let external_id = read.external_id();
        let person_id = read.reference("person", Kind::Person);
        let area = read.required_choice("area", ExpertiseArea::ALL, ExpertiseArea::as_str);
        let topic = read.line("topic", 120);
        let level = read.whole("level", 1, 4);
        let since_year = read.optional_whole("since_year", 1950, 2100);
        read.finish(Self { external_id, person_id, area, topic, level, since_year })
    }

    fn draft(&self, _: Clearance) -> Draft {
        Draft::new()
            .with("external_id", self.external_id.clone().unwrap_or_default())
            .with("person", self.person_id.as_str())
            .with("area", self.area.as_str())
            .with("topic", &self.topic)
            .with("level", self.level.to_string())
            .with("since_year", or_empty(self.since_year))
    }

    fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }

    fn name(&self) -> &str {
        &self.topic
    }
}

/// A position a person of either side has or had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CareerStep {
    /// The firm's own id for it.
    pub external_id: Option<String>,
    /// Who.
    pub person_id: Id<Person>,
    /// The position.
    pub position: String,
    /// Where; may be empty.
    pub employer: String,
    /// From when.
    pub started_on: Date,
    /// Until when; none while they have it.
    pub ended_on: Option<Date>,
    /// What matters of it; may be empty.
    pub note: String,
}

impl Record for CareerStep {
    const KIND: Kind = Kind::CareerStep;
    const FIELDS: &'static [Spec] = &[
        Spec::optional("external_id", Shape::Line(100)),
        Spec::required("person", Shape::Anyone),
        Spec::required("position", Shape::Line(200)),
        Spec::optional("employer", Shape::Line(200)),
        Spec::required("started_on", Shape::Date),
        Spec::optional("ended_on", Shape::Date),
        Spec::optional("note", Shape::Paragraphs(2_000)),
    ];
    const OWNER: Option<(&'static str, Kind)> = Some(("person", Kind::Person));

    fn parse(draft: &Draft) -> Result<Self, FieldProblems> {
        let mut read = Reader::new(draft);
        let external_id = read.external_id();
        let person_id = read.reference("person", Kind::Person);
        let position = read.line("position", 200);
        let employer = read.optional_line("employer", 200);
        let started_on = read.date("started_on");
        let ended_on = read.optional_date("ended_on");
        let note = read.paragraphs("note", 2_000);
        not_before(&mut read, "ended_on", ended_on, ("started_on", started_on));
        read.finish(Self { external_id, person_id, position, employer, started_on, ended_on, note })
    }

    fn draft(&self, _: Clearance) -> Draft {
        Draft::new()
            .with("external_id", self.external_id.clone().unwrap_or_default())
            .with("person", self.person_id.as_str())
            .with("position", &self.position)
            .with("employer", &self.employer)
            .with("started_on", self.started_on.to_string())
            .with("ended_on", or_empty(self.ended_on))
            .with("note", &self.note)
    }

    fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }

    fn name(&self) -> &str {
        &self.position
    }
}
