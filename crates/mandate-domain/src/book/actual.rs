//! Actuals: what an account really paid, took and cost of a product in a month.
//!
//! The source of retained and expanded revenue. What it cost stands apart, for who may see costs. Amounts of one row share a currency;
//! rows of two currencies are never added without a rate.

use super::account::Account;
use super::draft::{Draft, Shape, Spec};
use super::field_problem::{FieldProblem, FieldProblems};
use super::product::Product;
use super::reader::{Reader, or_empty};
use super::record::{Kind, Record};
use crate::money::{Currency, Money};
use crate::{Clearance, Id, Labeled, Month, Purpose};

/// What an account really paid, took and cost of a product in a month.
#[derive(Clone, Debug)]
pub struct Actual {
    /// The firm's own id for it.
    pub external_id: Option<String>,
    /// Whose.
    pub account_id: Id<Account>,
    /// Of which product.
    pub product_id: Id<Product>,
    /// In which month.
    pub month: Month,
    /// The currency of its amounts.
    pub currency: Currency,
    /// What was invoiced; below zero where more was credited.
    pub revenue_minor: Option<i64>,
    /// How many units were delivered.
    pub volume: Option<i64>,
    /// What they cost us; for who is cleared for costs.
    pub cost_minor: Labeled<Option<i64>>,
}

impl Record for Actual {
    const KIND: Kind = Kind::Actual;
    const FIELDS: &'static [Spec] = &[
        Spec::optional("external_id", Shape::Line(100)),
        Spec::required("account", Shape::Reference(Kind::Account)),
        Spec::required("product", Shape::Reference(Kind::Product)),
        Spec::required("month", Shape::Month),
        Spec::required("currency", Shape::Currency),
        Spec::optional("revenue", Shape::Amount),
        Spec::optional("volume", Shape::Whole(0, 1_000_000_000_000_000)),
        Spec::optional("cost", Shape::Money).read_for(Purpose::Cost),
    ];
    const NATURAL_KEY: &'static [&'static str] = &["account", "product", "month", "currency"];

    fn parse(draft: &Draft) -> Result<Self, FieldProblems> {
        let mut read = Reader::new(draft);
        let external_id = read.external_id();
        let account_id = read.reference("account", Kind::Account);
        let product_id = read.reference("product", Kind::Product);
        let month = read.month("month");
        let currency = read.currency("currency");
        let revenue_minor = read.optional_amount("revenue", currency).map(|money| money.minor);
        let volume = read.optional_whole("volume", 0, 1_000_000_000_000_000);
        let cost = read.optional_money("cost", currency).map(|money| money.minor);
        if !["revenue", "volume", "cost"].iter().any(|field| draft.states(field)) {
            read.fail("revenue", FieldProblem::NoFigure);
        }
        read.finish(Self {
            external_id,
            account_id,
            product_id,
            month,
            currency,
            revenue_minor,
            volume,
            cost_minor: Labeled::new(Purpose::Cost, cost),
        })
    }

    fn draft(&self, clearance: Clearance) -> Draft {
        let money = |minor: i64| Money::new(minor, self.currency).decimal();
        let draft = Draft::new()
            .with("external_id", self.external_id.clone().unwrap_or_default())
            .with("account", self.account_id.as_str())
            .with("product", self.product_id.as_str())
            .with("month", self.month.to_string())
            .with("currency", self.currency.code())
            .with("revenue", or_empty(self.revenue_minor.map(money)))
            .with("volume", or_empty(self.volume));
        match self.cost_minor.reveal(clearance) {
            Ok(cost) => draft.with("cost", or_empty(cost.map(money))),
            Err(_) => draft,
        }
    }

    fn keeping(self, before: &Self, clearance: Clearance) -> Self {
        if clearance.has(Purpose::Cost) {
            return self;
        }
        Self { cost_minor: before.cost_minor.clone(), ..self }
    }

    fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }

    fn name(&self) -> &str {
        self.external_id.as_deref().unwrap_or_default()
    }

    fn account_id(&self) -> Option<&str> {
        Some(self.account_id.as_str())
    }
}
