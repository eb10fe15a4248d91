//! What an account was invoiced beside what its contracts come to, in the newest three whole months.
//!
//! A third apart or more is told: a volume taken for a year's that is a month's, a price that is not charged, or work beyond the contract.
//! Nothing is told where the two cannot be compared: other currencies, months without revenue, contracts that began or ended meanwhile.

use jiff::civil::Date;
use mandate_domain::{Money, Month};
use mandate_store::reads::book_pages::ContractWithLines;
use mandate_store::reads::growth::ActualRow;

use super::revenue_trend::{N_MONTHS, sum};

/// One part in so many is news.
const NEWS_PART: i128 = 3;

/// What was invoiced in some months, and what the contracts come to in as many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invoiced {
    /// The first of the months.
    pub first: Month,
    /// The last.
    pub last: Month,
    /// What was invoiced in them.
    pub invoiced: Money,
    /// A fourth of what the contracts come to in a year; above zero, in the same currency.
    pub contracted: Money,
}

impl Invoiced {
    /// The comparison that ends with `newest`, where it is one and is news.
    pub fn of(
        rows: &[ActualRow],
        newest: Month,
        contracts: &[ContractWithLines],
        today: Date,
    ) -> Option<Self> {
        let first = newest.plus(1 - N_MONTHS);
        let ran = |it: &&ContractWithLines| {
            let until = it.contract.runs_until().filter(|_| it.contract.has_ended(today));
            until.is_none_or(|until| first.first_day() <= until) && it.contract.starts_on <= newest.last_day()
        };
        let is_whole = |it: &ContractWithLines| {
            it.contract.starts_on <= first.first_day() && !it.contract.has_ended(today)
        };
        let invoiced = sum(rows, newest)?;
        let mut a_year = Money::new(0, invoiced.currency);
        for contract in contracts.iter().filter(ran) {
            if !is_whole(contract) || contract.n_without_volume() > 0 {
                return None;
            }
            let value = contract.annual_value()?;
            if value.minor != 0 {
                a_year = a_year.plus(value).ok()?;
            }
        }
        let contracted = Money::new(a_year.minor / i64::from(12 / N_MONTHS), a_year.currency);
        let apart = (i128::from(invoiced.minor) - i128::from(contracted.minor)).abs();
        let is_news = contracted.minor > 0 && apart * NEWS_PART >= i128::from(contracted.minor);
        is_news.then_some(Self { first, last: newest, invoiced, contracted })
    }
}
