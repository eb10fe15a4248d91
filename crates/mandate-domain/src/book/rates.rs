//! Conversion: an amount in another currency, at a rate that is named with its day and who published it.
//!
//! The rate of a month is the newest published on or before its last day, for the pair in either direction; where there is none, two
//! steps through the reporting currency. Without a rate there is no amount: the caller says what is left out.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::price::ExchangeRate;
use crate::money::{Currency, Money, MoneyError, Rate};

/// A rate as it was used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UsedRate {
    /// The currency that one unit is of, as published.
    pub from_currency: Currency,
    /// The currency it was worth so much of, as published.
    pub to_currency: Currency,
    /// The day of the rate.
    pub rate_on: Date,
    /// The rate, as published.
    pub rate: Rate,
    /// Who published it.
    pub source: String,
    /// The amount was divided by it instead of multiplied.
    pub inverted: bool,
}

/// An amount in another currency and how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Converted {
    /// The amount.
    pub amount: Money,
    /// None where the currency was the same, else one rate, or two through the reporting currency.
    pub rates: Vec<UsedRate>,
}

/// Why an amount could not be converted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConversionError {
    /// Nobody stated a rate by then.
    #[error("no rate from {from} to {into} on or before {until}; state one under exchange rates")]
    NoRate {
        /// The amount's currency.
        from: Currency,
        /// The currency asked for.
        into: Currency,
        /// The day by which it had to be published.
        until: Date,
    },
    /// What comes out does not fit.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// All rates that were stated, and the currency the firm reports in.
#[derive(Clone, Debug)]
pub struct Rates {
    reporting: Currency,
    by_pair: BTreeMap<(Currency, Currency), Vec<ExchangeRate>>,
}

impl Rates {
    /// `rates` in any order.
    pub fn new(reporting: Currency, rates: impl IntoIterator<Item = ExchangeRate>) -> Self {
        let mut by_pair: BTreeMap<_, Vec<ExchangeRate>> = BTreeMap::new();
        for rate in rates {
            by_pair.entry((rate.from_currency, rate.to_currency)).or_default().push(rate);
        }
        for of_pair in by_pair.values_mut() {
            of_pair.sort_by_key(|rate| rate.rate_on);
        }
        Self { reporting, by_pair }
    }

    /// The currency the firm reports in.
    pub const fn reporting(&self) -> Currency {
        self.reporting
    }

    /// `amount` in the reporting currency, as [`Rates::convert`].
    ///
    /// # Errors
    /// As [`Rates::convert`].
    pub fn report(&self, amount: Money, until: Date) -> Result<Converted, ConversionError> {
        self.convert(amount, self.reporting, until)
    }

    /// `amount` in `into`, at the newest rate on or before `until`; rounded half away from zero to the minor unit, once a step.
    ///
    /// # Errors
    /// [`ConversionError::NoRate`] when nobody stated one by then; [`ConversionError::Money`] outside 64 bits.
    pub fn convert(&self, amount: Money, into: Currency, until: Date) -> Result<Converted, ConversionError> {
        let from = amount.currency;
        if from == into {
            return Ok(Converted { amount, rates: vec![] });
        }
        let rates = match self.direct(from, into, until) {
            Some(rate) => vec![rate],
            None => self
                .direct(from, self.reporting, until)
                .zip(self.direct(self.reporting, into, until))
                .map(|(first, second)| vec![first, second])
                .ok_or(ConversionError::NoRate { from, into, until })?,
        };
        let amount = rates.iter().try_fold(amount, |amount, used| {
            if used.inverted {
                used.rate.convert_back(amount, used.from_currency)
            } else {
                used.rate.convert(amount, used.to_currency)
            }
        })?;
        Ok(Converted { amount, rates })
    }

    /// The newest rate of a pair in either direction; on one day the one in the direction asked for.
    fn direct(&self, from: Currency, into: Currency, until: Date) -> Option<UsedRate> {
        let newest = |pair| {
            let of_pair: &Vec<ExchangeRate> = self.by_pair.get(&pair)?;
            let after = of_pair.partition_point(|rate| rate.rate_on <= until);
            of_pair.get(after.checked_sub(1)?)
        };
        let (straight, back) = (newest((from, into)), newest((into, from)));
        let (found, inverted) = match (straight, back) {
            (Some(straight), Some(back)) if straight.rate_on < back.rate_on => (back, true),
            (Some(straight), _) => (straight, false),
            (None, Some(back)) => (back, true),
            (None, None) => return None,
        };
        Some(UsedRate {
            from_currency: found.from_currency,
            to_currency: found.to_currency,
            rate_on: found.rate_on,
            rate: found.rate,
            source: found.source.clone(),
            inverted,
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).expect("a currency")
    }

    fn stated(from: &str, to: &str, on: Date, rate: &str) -> ExchangeRate {
        ExchangeRate {
            external_id: None,
            from_currency: currency(from),
            to_currency: currency(to),
            rate_on: on,
            rate: Rate::parse(rate).expect("a rate"),
            source: "ECB".to_owned(),
        }
    }

    fn rates() -> Rates {
        Rates::new(
            Currency::EUR,
            [
                stated("EUR", "USD", date(2026, 1, 30), "1.25"),
                stated("USD", "EUR", date(2026, 2, 27), "0.9"),
                stated("GBP", "EUR", date(2026, 1, 5), "1.2"),
            ],
        )
    }

    #[test]
    fn the_newest_rate_of_either_direction_counts_and_is_named() {
        let usd = |minor| Money::new(minor, currency("USD"));
        let january = rates().report(usd(10_000), date(2026, 1, 31)).expect("a rate");
        assert_eq!(january.amount, Money::new(8_000, Currency::EUR));
        assert!(january.rates[0].inverted && january.rates[0].rate_on == date(2026, 1, 30));
        let february = rates().report(usd(10_000), date(2026, 2, 28)).expect("a rate");
        assert_eq!(february.amount, Money::new(9_000, Currency::EUR));
        assert!(!february.rates[0].inverted && february.rates[0].source == "ECB");
    }

    #[test]
    fn without_a_rate_by_then_there_is_no_amount() {
        let early = rates().report(Money::new(10_000, currency("USD")), date(2026, 1, 29));
        assert!(matches!(early, Err(ConversionError::NoRate { .. })), "{early:?}");
        let unknown = rates().report(Money::new(10_000, currency("JPY")), date(2026, 12, 31));
        assert!(matches!(unknown, Err(ConversionError::NoRate { .. })), "{unknown:?}");
    }

    #[test]
    fn two_other_currencies_go_through_the_reporting_one() {
        let pounds = Money::new(10_000, currency("GBP"));
        let found = rates().convert(pounds, currency("USD"), date(2026, 1, 31)).expect("two rates");
        assert_eq!((found.amount, found.rates.len()), (Money::new(15_000, currency("USD")), 2));
    }

    proptest! {
        #[test]
        fn a_credit_converts_to_the_opposite_of_the_charge(minor in 0_i64..1_000_000_000_000, rate in 1_i64..10_000_000_000) {
            let mut one = stated("EUR", "USD", date(2026, 1, 1), "1");
            one.rate = Rate::from_billionths(rate).expect("above zero");
            let rates = Rates::new(Currency::EUR, [one]);
            let report = |minor| rates.report(Money::new(minor, currency("USD")), date(2026, 1, 31));
            if let (Ok(charge), Ok(credit)) = (report(minor), report(-minor)) {
                prop_assert_eq!(charge.amount.minor, -credit.amount.minor);
            }
        }
    }
}
