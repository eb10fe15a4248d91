//! What products cost before any discount, and what currencies are worth: both dated, both with who said so.
//!
//! A price holds until the next of its product and currency, a rate until the next of its pair. Not here: the prices of contracts
//! (`contract_line`).

use jiff::civil::Date;

use super::draft::{Draft, Shape, Spec};
use super::field_problem::{FieldProblem, FieldProblems};
use super::product::Product;
use super::reader::Reader;
use super::record::{Kind, Record};
use crate::money::{Currency, Money, Rate};
use crate::{Clearance, Id};

/// What a product costs before any discount, from a day on until the next price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPrice {
    /// The firm's own id for it.
    pub external_id: Option<String>,
    /// What is sold.
    pub product_id: Id<Product>,
    /// Its currency.
    pub currency: Currency,
    /// The price is for so many units, at least 1.
    pub price_per: i64,
    /// The price, in minor units for `price_per` units.
    pub price_minor: i64,
    /// The first day on which it holds.
    pub valid_from: Date,
    /// Where it comes from; may be empty.
    pub note: String,
}

impl Record for ListPrice {
    const KIND: Kind = Kind::ListPrice;
    const FIELDS: &'static [Spec] = &[
        Spec::optional("external_id", Shape::Line(100)),
        Spec::required("product", Shape::Reference(Kind::Product)),
        Spec::required("currency", Shape::Currency),
        Spec::optional("price_per", Shape::Whole(1, 1_000_000)),
        Spec::required("price", Shape::Money),
        Spec::required("valid_from", Shape::Date),
        Spec::optional("note", Shape::Line(200)),
    ];
    const NATURAL_KEY: &'static [&'static str] = &["product", "currency", "valid_from"];

    fn parse(draft: &Draft) -> Result<Self, FieldProblems> {
        let mut read = Reader::new(draft);
        let external_id = read.external_id();
        let product_id = read.reference("product", Kind::Product);
        let currency = read.currency("currency");
        let price_per = read.optional_whole("price_per", 1, 1_000_000).unwrap_or(1);
        let price_minor = read.money("price", currency).minor;
        let valid_from = read.date("valid_from");
        let note = read.optional_line("note", 200);
        read.finish(Self { external_id, product_id, currency, price_per, price_minor, valid_from, note })
    }

    fn draft(&self, _: Clearance) -> Draft {
        let money = |minor: i64| Money::new(minor, self.currency).decimal();
        Draft::new()
            .with("external_id", self.external_id.clone().unwrap_or_default())
            .with("product", self.product_id.as_str())
            .with("currency", self.currency.code())
            .with("price_per", self.price_per.to_string())
            .with("price", money(self.price_minor))
            .with("valid_from", self.valid_from.to_string())
            .with("note", &self.note)
    }

    fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }

    fn name(&self) -> &str {
        self.external_id.as_deref().unwrap_or_default()
    }
}

/// What one unit of a currency was worth in another on a day, and who said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeRate {
    /// The firm's own id for it.
    pub external_id: Option<String>,
    /// The currency converted.
    pub from_currency: Currency,
    /// The currency it is converted into.
    pub to_currency: Currency,
    /// The day of the rate; it holds until the next.
    pub rate_on: Date,
    /// Units of `to_currency` for one unit of `from_currency`.
    pub rate: Rate,
    /// Who published it.
    pub source: String,
}

impl Record for ExchangeRate {
    const KIND: Kind = Kind::ExchangeRate;
    const FIELDS: &'static [Spec] = &[
        Spec::optional("external_id", Shape::Line(100)),
        Spec::required("from_currency", Shape::Currency),
        Spec::required("to_currency", Shape::Currency),
        Spec::required("rate_on", Shape::Date),
        Spec::required("rate", Shape::Rate),
        Spec::required("source", Shape::Line(200)),
    ];
    const NATURAL_KEY: &'static [&'static str] = &["from_currency", "to_currency", "rate_on"];

    fn parse(draft: &Draft) -> Result<Self, FieldProblems> {
        let mut read = Reader::new(draft);
        let external_id = read.external_id();
        let from_currency = read.currency("from_currency");
        let to_currency = read.currency("to_currency");
        let rate_on = read.date("rate_on");
        let rate = read.rate("rate");
        let source = read.line("source", 200);
        if from_currency == to_currency && !draft.get("to_currency").trim().is_empty() {
            read.fail("to_currency", FieldProblem::SameCurrency);
        }
        read.finish(Self { external_id, from_currency, to_currency, rate_on, rate, source })
    }

    fn draft(&self, _: Clearance) -> Draft {
        Draft::new()
            .with("external_id", self.external_id.clone().unwrap_or_default())
            .with("from_currency", self.from_currency.code())
            .with("to_currency", self.to_currency.code())
            .with("rate_on", self.rate_on.to_string())
            .with("rate", self.rate.to_string())
            .with("source", &self.source)
    }

    fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }

    fn name(&self) -> &str {
        self.external_id.as_deref().unwrap_or_default()
    }
}
