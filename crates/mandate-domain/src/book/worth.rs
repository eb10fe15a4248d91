//! What an account is worth a year: the one rule behind every annual value that is shown, sorted by or added up.
//!
//! The stated value, where there is one; else what its running contracts in its own currency come to. Contracts in other
//! currencies are converted by nothing: they are counted, so that whoever shows the value can say what it leaves out.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::money::{Currency, Money};

/// The first day of the first period and the last day of the last.
const ALWAYS: (Date, Date) = (Date::constant(1, 1, 1), Date::constant(9999, 12, 31));

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

/// What an account is worth on `day`.
pub fn worth_on(stated: Option<Money>, currency: Currency, contracts: &[ContractWorth], day: Date) -> Worth {
    if stated.is_some() {
        return Worth { value: stated, ..Worth::default() };
    }
    let running = || contracts.iter().filter(|it| it.counts_on(day));
    let value = values_on(contracts, day).remove(&currency);
    let n_elsewhere = running().filter(|it| it.value.currency != currency).count();
    Worth {
        value,
        from_contracts: value.is_some(),
        n_elsewhere: i64::try_from(n_elsewhere).unwrap_or(i64::MAX),
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

/// What an account is worth on every day: periods without a gap, the first from the first day there is and the last to the last one, so
/// that a contract begins and ends on its day without anybody writing. What changed up to `since` is left out.
pub fn worth_by_day(
    stated: Option<Money>,
    currency: Currency,
    contracts: &[ContractWorth],
    since: Date,
) -> Vec<(Date, Date, Worth)> {
    let after = |last: Date| last.tomorrow().ok();
    let ends = contracts.iter().filter_map(|it| it.last_on.and_then(after));
    let mut starts: Vec<Date> =
        contracts.iter().map(|it| it.starts_on).chain(ends).filter(|day| since < *day).collect();
    starts.sort();
    starts.dedup();
    let mut periods = vec![(ALWAYS.0, ALWAYS.1, worth_on(stated, currency, contracts, since))];
    for day in starts {
        let worth = worth_on(stated, currency, contracts, day);
        let Some((_, last, before)) = periods.last_mut() else { continue };
        if *before == worth {
            continue;
        }
        *last = day.yesterday().unwrap_or(day);
        periods.push((day, ALWAYS.1, worth));
    }
    periods
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

    fn worth(minor: i64, n_elsewhere: i64) -> Worth {
        let value = Some(Money::new(minor, Currency::EUR));
        Worth { value, from_contracts: true, n_elsewhere }
    }

    #[test]
    fn a_stated_value_wins_over_contracts() {
        let stated = Some(Money::new(7, Currency::EUR));
        let contracts = [contract(date(2024, 1, 1), None, 100, Currency::EUR)];
        let found = worth_by_day(stated, Currency::EUR, &contracts, date(2020, 1, 1));
        assert_eq!(found, [(ALWAYS.0, ALWAYS.1, Worth { value: stated, ..Worth::default() })]);
    }

    #[test]
    fn contracts_begin_and_end_on_their_day_and_what_is_past_is_left_out() {
        let contracts = [
            contract(date(2019, 1, 1), Some(date(2019, 12, 31)), 5, Currency::EUR),
            contract(date(2024, 1, 1), Some(date(2026, 12, 31)), 100, Currency::EUR),
            contract(date(2027, 1, 1), None, 30, Currency::EUR),
            contract(date(2024, 1, 1), None, 0, pounds()),
            contract(date(2026, 6, 1), None, 9, pounds()),
        ];
        let found = worth_by_day(None, Currency::EUR, &contracts, date(2026, 1, 1));
        let periods = [
            (ALWAYS.0, date(2026, 5, 31), worth(100, 0)),
            (date(2026, 6, 1), date(2026, 12, 31), worth(100, 1)),
            (date(2027, 1, 1), ALWAYS.1, worth(30, 1)),
        ];
        assert_eq!(found, periods);
    }

    #[test]
    fn without_contracts_in_its_currency_an_account_has_no_value_and_says_what_runs_elsewhere() {
        let contracts = [contract(date(2024, 1, 1), None, 9, pounds())];
        let found = worth_on(None, Currency::EUR, &contracts, date(2026, 1, 1));
        assert_eq!(found, Worth { value: None, from_contracts: false, n_elsewhere: 1 });
        assert_eq!(worth_on(None, Currency::EUR, &[], date(2026, 1, 1)), Worth::default());
    }

    #[test]
    fn a_sum_beyond_counting_is_no_value() {
        let contract = contract(date(2024, 1, 1), None, i64::MAX, Currency::EUR);
        let found = worth_on(None, Currency::EUR, &[contract, contract], date(2026, 1, 1));
        assert_eq!(found.value, None);
    }
}
