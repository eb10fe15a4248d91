//! What an account is worth a year: the one rule behind every annual value that is shown, sorted by or added up.
//!
//! The stated value, where there is one; else what its running contracts in its own currency come to. Contracts in other
//! currencies are converted by nothing: they are counted, so that whoever shows the value can say what it leaves out.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::money::{Currency, Money};

/// What a contract comes to in a year, and when it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContractWorth {
    /// Its first day.
    pub starts_on: Date,
    /// Its last day; none where it runs on.
    pub last_on: Option<Date>,
    /// All its lines in a year.
    pub value: Money,
}

impl ContractWorth {
    fn counts_on(&self, day: Date) -> bool {
        self.value.minor != 0 && self.starts_on <= day && self.last_on.is_none_or(|last| day <= last)
    }
}

/// What an account is worth a year, and what says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Worth {
    /// The amount, in the account's currency; none where nothing states it.
    pub value: Option<Money>,
    /// It is what the running contracts come to, not a stated value.
    pub from_contracts: bool,
    /// Running contracts in other currencies, which it leaves out; 0 of a stated value.
    pub n_elsewhere: i64,
}

impl Worth {
    /// The stated value, where there is one; else what running contracts come to, and how many it leaves out.
    pub fn of(stated: Option<Money>, by_contracts: Option<Money>, n_elsewhere: i64) -> Self {
        match stated {
            Some(value) => Self { value: Some(value), ..Self::default() },
            None => Self { value: by_contracts, from_contracts: by_contracts.is_some(), n_elsewhere },
        }
    }
}

/// What the running contracts of an account come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByContracts {
    /// Those in its currency; none where there are none, or they are worth nothing.
    pub value: Option<Money>,
    /// How many run in other currencies.
    pub n_elsewhere: i64,
    /// The last day on which this holds: the next, one begins or one has ended. None where it holds for good.
    pub until: Option<Date>,
}

/// What `contracts` of an account in `currency` come to on `day`.
pub fn by_contracts(currency: Currency, contracts: &[ContractWorth], day: Date) -> ByContracts {
    let elsewhere = contracts.iter().filter(|it| it.counts_on(day) && it.value.currency != currency);
    let starts = contracts.iter().filter_map(|it| it.starts_on.yesterday().ok());
    let lasts = contracts.iter().filter_map(|it| it.last_on);
    ByContracts {
        value: values_on(contracts, day).remove(&currency),
        n_elsewhere: i64::try_from(elsewhere.count()).unwrap_or(i64::MAX),
        until: starts.chain(lasts).filter(|last| day <= *last).min(),
    }
}

/// What the running contracts come to on `day`, each currency for itself; a currency whose sum is more than can be counted is left out.
pub fn values_on(contracts: &[ContractWorth], day: Date) -> BTreeMap<Currency, Money> {
    let mut sums: BTreeMap<Currency, i128> = BTreeMap::new();
    for it in contracts.iter().filter(|it| it.counts_on(day)) {
        *sums.entry(it.value.currency).or_default() += i128::from(it.value.minor);
    }
    let whole = |(currency, sum)| Some((currency, Money::new(i64::try_from(sum).ok()?, currency)));
    sums.into_iter().filter_map(whole).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn contract(starts_on: Date, last_on: Option<Date>, minor: i64, currency: Currency) -> ContractWorth {
        ContractWorth { starts_on, last_on, value: Money::new(minor, currency) }
    }

    fn pounds() -> Currency {
        Currency::parse("GBP").unwrap()
    }

    #[test]
    fn a_stated_value_wins_over_contracts() {
        let euros = |minor| Some(Money::new(minor, Currency::EUR));
        assert_eq!(Worth::of(euros(7), euros(100), 2), Worth { value: euros(7), ..Worth::default() });
        let found = Worth::of(None, euros(100), 2);
        assert_eq!(found, Worth { value: euros(100), from_contracts: true, n_elsewhere: 2 });
        assert_eq!(Worth::of(None, None, 1), Worth { n_elsewhere: 1, ..Worth::default() });
    }

    #[test]
    fn contracts_count_from_their_first_day_to_their_last_in_their_currency() {
        let contracts = [
            contract(date(2019, 1, 1), Some(date(2019, 12, 31)), 5, Currency::EUR),
            contract(date(2024, 1, 1), Some(date(2026, 12, 31)), 100, Currency::EUR),
            contract(date(2027, 1, 1), None, 30, Currency::EUR),
            contract(date(2024, 1, 1), None, 0, pounds()),
            contract(date(2026, 6, 1), None, 9, pounds()),
        ];
        let on = |day| {
            let found = by_contracts(Currency::EUR, &contracts, day);
            (found.value.map(|it| it.minor), found.n_elsewhere, found.until)
        };
        assert_eq!(on(date(2026, 1, 1)), (Some(100), 0, Some(date(2026, 5, 31))));
        assert_eq!(on(date(2026, 5, 31)), (Some(100), 0, Some(date(2026, 5, 31))));
        assert_eq!(on(date(2026, 6, 1)), (Some(100), 1, Some(date(2026, 12, 31))));
        assert_eq!(on(date(2026, 12, 31)), (Some(100), 1, Some(date(2026, 12, 31))));
        assert_eq!(on(date(2027, 1, 1)), (Some(30), 1, None));
        assert_eq!(by_contracts(pounds(), &contracts[..1], date(2019, 1, 1)).value, None);
    }

    #[test]
    fn a_sum_beyond_counting_is_no_value() {
        let contract = contract(date(2024, 1, 1), None, i64::MAX, Currency::EUR);
        assert_eq!(by_contracts(Currency::EUR, &[contract, contract], date(2026, 1, 1)).value, None);
    }
}
