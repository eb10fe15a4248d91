//! A product: what is sold by the unit, with the product manager who owns its profit and loss.

use super::draft::{Draft, LINE, Shape, Spec};
use super::field_problem::FieldProblems;
use super::organisation::LineOfBusiness;
use super::person::Person;
use super::reader::Reader;
use super::record::{Kind, Record, SearchText};
use crate::{Clearance, Id};

/// What is sold by the unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// The firm's own id for it.
    pub external_id: Option<String>,
    /// Its name.
    pub name: String,
    /// What is counted: `ticket`, `call`, `seat`.
    pub unit: String,
    /// Who owns its profit and loss.
    pub product_manager_id: Option<Id<Person>>,
    /// Which line of business delivers it.
    pub line_of_business_id: Option<Id<LineOfBusiness>>,
}

impl Record for Product {
    const KIND: Kind = Kind::Product;
    const FIELDS: &'static [Spec] = &[
        Spec::optional("external_id", Shape::Line(100)),
        Spec::required("name", Shape::Line(LINE)),
        Spec::required("unit", Shape::Line(60)),
        Spec::optional("product_manager", Shape::Reference(Kind::Person)),
        Spec::optional("line_of_business", Shape::Reference(Kind::LineOfBusiness)),
    ];

    fn parse(draft: &Draft) -> Result<Self, FieldProblems> {
        let mut read = Reader::new(draft);
        let external_id = read.external_id();
        let name = read.line("name", LINE);
        let unit = read.line("unit", 60);
        let product_manager_id = read.optional_reference("product_manager", Kind::Person);
        let line_of_business_id = read.optional_reference("line_of_business", Kind::LineOfBusiness);
        read.finish(Self { external_id, name, unit, product_manager_id, line_of_business_id })
    }

    fn draft(&self, _: Clearance) -> Draft {
        let line_of_business = self.line_of_business_id.as_ref().map(ToString::to_string);
        let product_manager = self.product_manager_id.as_ref().map(ToString::to_string);
        Draft::new()
            .with("external_id", self.external_id.clone().unwrap_or_default())
            .with("name", &self.name)
            .with("unit", &self.unit)
            .with("product_manager", product_manager.unwrap_or_default())
            .with("line_of_business", line_of_business.unwrap_or_default())
    }

    fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn search_text(&self) -> Option<SearchText> {
        Some(SearchText { title: self.name.clone(), context: self.unit.clone() })
    }
}
