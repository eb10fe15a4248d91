//! A line of a contract: so many units of a product a year, at a price for so many units.
//!
//! Prices are exact minor units of the contract's currency for `price_per` units, so a tenth of a cent a call is 10 cents
//! for 100. Unit cost is known to few: it never leaves the app without the right to read costs.

use super::contract::Contract;
use super::draft::{Draft, Shape, Spec};
use super::field_problem::FieldProblems;
use super::product::Product;
use super::reader::Reader;
use super::record::{Kind, Record};
use crate::money::{Currency, Money};
use crate::{Clearance, Id, Labeled, Purpose};

/// The most units a year, so that a product with a price stays within 128 bits.
const MOST_UNITS: i64 = 1_000_000_000_000_000;
/// The most units a price is for.
const MOST_PER: i64 = 1_000_000;

/// So many units of a product a year.
#[derive(Clone, Debug)]
pub struct ContractLine {
    /// The firm's own id for it.
    pub external_id: Option<String>,
    /// The contract it belongs to.
    pub contract_id: Id<Contract>,
    /// What is sold.
    pub product_id: Id<Product>,
    /// Currency of the contract; not a column of its own.
    pub currency: Currency,
    /// Units a year, at least 0.
    pub annual_volume: i64,
    /// Prices are for so many units, at least 1.
    pub price_per: i64,
    /// Price, in minor units for `price_per` units.
    pub unit_price_minor: i64,
    /// Price before any discount, likewise.
    pub list_price_minor: Option<i64>,
    /// What it costs us, likewise; for who is cleared for costs.
    pub unit_cost_minor: Labeled<Option<i64>>,
}

/// A value that does not fit 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the annual value is too large")]
pub struct AnnualValueError;

impl ContractLine {
    /// What the line brings in a year: volume times price, computed exactly and rounded once, to the minor unit, half
    /// away from zero.
    ///
    /// # Errors
    /// [`AnnualValueError`] when it does not fit 64 bits.
    pub fn annual_value(&self) -> Result<Money, AnnualValueError> {
        let minor = a_year_of(self.annual_volume, self.price_per, self.unit_price_minor)?;
        Ok(Money::new(minor, self.currency))
    }

    /// What a unit costs us, where it is known and `clearance` is for costs.
    pub fn unit_cost(&self, clearance: Clearance) -> Option<Money> {
        let minor = self.unit_cost_minor.reveal(clearance).ok().copied().flatten();
        minor.map(|minor| Money::new(minor, self.currency))
    }
}

/// So many units at `minor` for `price_per` of them: computed exactly and rounded once, half away from zero.
///
/// # Errors
/// [`AnnualValueError`] when it does not fit 64 bits.
pub fn a_year_of(annual_volume: i64, price_per: i64, minor: i64) -> Result<i64, AnnualValueError> {
    let (numerator, per) = (i128::from(annual_volume) * i128::from(minor), i128::from(price_per.max(1)));
    let half = per / 2;
    let rounded = (numerator.abs() + half) / per * numerator.signum();
    i64::try_from(rounded).map_err(|_| AnnualValueError)
}

impl Record for ContractLine {
    const KIND: Kind = Kind::ContractLine;
    const FIELDS: &'static [Spec] = &[
        Spec::optional("external_id", Shape::Line(100)),
        Spec::required("contract", Shape::Reference(Kind::Contract)),
        Spec::required("product", Shape::Reference(Kind::Product)),
        Spec::required("annual_volume", Shape::Whole(0, MOST_UNITS)),
        Spec::optional("price_per", Shape::Whole(1, MOST_PER)),
        Spec::required("unit_price", Shape::Money),
        Spec::optional("list_price", Shape::Money),
        Spec::optional("unit_cost", Shape::Money).read_for(Purpose::Cost),
    ];

    const OWNER: Option<(&'static str, Kind)> = Some(("contract", Kind::Contract));

    /// `currency` is read from the draft, where the app puts the contract's.
    fn parse(draft: &Draft) -> Result<Self, FieldProblems> {
        let mut read = Reader::new(draft);
        let external_id = read.external_id();
        let contract_id = read.reference("contract", Kind::Contract);
        let product_id = read.reference("product", Kind::Product);
        let currency = Currency::stored(draft.get("currency")).unwrap_or(Currency::EUR);
        let annual_volume = read.whole("annual_volume", 0, MOST_UNITS);
        let price_per = read.optional_whole("price_per", 1, MOST_PER).unwrap_or(1);
        let unit_price_minor = read.money("unit_price", currency).minor;
        let list_price_minor = read.optional_money("list_price", currency).map(|money| money.minor);
        let unit_cost = read.optional_money("unit_cost", currency).map(|money| money.minor);
        let line = Self {
            external_id,
            contract_id,
            product_id,
            currency,
            annual_volume,
            price_per,
            unit_price_minor,
            list_price_minor,
            unit_cost_minor: Labeled::new(Purpose::Cost, unit_cost),
        };
        if line.annual_value().is_err() {
            read.fail("unit_price", crate::money::MoneyError::TooLarge.into());
        }
        read.finish(line)
    }

    fn draft(&self, clearance: Clearance) -> Draft {
        let money = |minor: i64| Money::new(minor, self.currency).decimal();
        let draft = Draft::new()
            .with("external_id", self.external_id.clone().unwrap_or_default())
            .with("contract", self.contract_id.as_str())
            .with("product", self.product_id.as_str())
            .with("currency", self.currency.code())
            .with("annual_volume", self.annual_volume.to_string())
            .with("price_per", self.price_per.to_string())
            .with("unit_price", money(self.unit_price_minor))
            .with("list_price", self.list_price_minor.map(money).unwrap_or_default());
        match self.unit_cost_minor.reveal(clearance) {
            Ok(cost) => draft.with("unit_cost", cost.map(money).unwrap_or_default()),
            Err(_) => draft,
        }
    }

    fn keeping(self, before: &Self, clearance: Clearance) -> Self {
        if clearance.has(Purpose::Cost) {
            return self;
        }
        Self { unit_cost_minor: before.unit_cost_minor.clone(), ..self }
    }

    fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }

    fn name(&self) -> &str {
        self.external_id.as_deref().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Instant;

    fn line(annual_volume: i64, price_per: i64, unit_price_minor: i64) -> ContractLine {
        ContractLine {
            external_id: None,
            contract_id: Id::new(Instant::from_seconds(1), 1),
            product_id: Id::new(Instant::from_seconds(1), 2),
            currency: Currency::EUR,
            annual_volume,
            price_per,
            unit_price_minor,
            list_price_minor: None,
            unit_cost_minor: Labeled::new(Purpose::Cost, Some(275)),
        }
    }

    #[test]
    fn the_annual_value_is_exact_and_rounded_once() {
        let value = |volume, per, minor| line(volume, per, minor).annual_value().map(|money| money.minor);
        assert_eq!(value(120_000, 1, 312), Ok(37_440_000));
        // 333 calls at 10 cents for 100: 33.3 cents, and 250 of them 25 cents; halves go away from zero.
        assert_eq!(value(333, 100, 10), Ok(33));
        assert_eq!(value(25, 100, 10), Ok(3));
        assert_eq!(value(1_000_000_000_000_000, 1, i64::MAX), Err(AnnualValueError));
        assert_eq!(value(1_000_000_000_000_000, 1, 9_000), Ok(9_000_000_000_000_000_000));
    }

    #[test]
    fn a_line_reads_back_from_its_own_draft() {
        let draft = line(120_000, 100, 312).draft(Clearance::EVERYTHING);
        assert_eq!(draft.get("unit_cost"), "2.75");
        let read = ContractLine::parse(&draft).expect("its own draft");
        assert_eq!(read.draft(Clearance::EVERYTHING), draft);
    }

    #[test]
    fn who_is_not_cleared_for_costs_neither_reads_nor_changes_one() {
        let before = line(120_000, 100, 312);
        let seen = before.draft(Clearance::NONE);
        assert!(!seen.has("unit_cost") && before.unit_cost(Clearance::NONE).is_none());
        assert!(!format!("{before:?}").contains("275"));
        let theirs = ContractLine::parse(&seen.with("annual_volume", "5")).expect("a line");
        let kept = theirs.clone().keeping(&before, Clearance::NONE).draft(Clearance::EVERYTHING);
        assert_eq!((kept.get("unit_cost"), kept.get("annual_volume")), ("2.75", "5"));
        let costs = Clearance::NONE.with(Purpose::Cost);
        assert_eq!(
            theirs.keeping(&before, costs).draft(costs).get("unit_cost"),
            "",
            "who is cleared may empty it"
        );
    }
}
