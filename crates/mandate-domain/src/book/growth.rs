//! Growth: what the clients of a year ago pay now, against what they paid then; retained (NRR, GRR), expanded, lost and new revenue.
//!
//! Every month is held against the same month a year before, account by account. A month without figures is not stated, never zero,
//! except before an account's first month and after its last contract. Both months of a pair are converted at the rate of the later one,
//! so that a rate is no growth. Formulas, source and a worked example: `docs/methods/growth.md`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::account::Account;
use super::product::Product;
use super::rates::{Rates, UsedRate};
use crate::money::{Currency, Money};
use crate::words::{WordError, words};
use crate::{Id, Month};

/// Months that a period is held against.
const A_YEAR: i32 = 12;

/// Which months are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeriodKind {
    /// The last twelve months with figures.
    LastTwelve,
    /// The fiscal year of the newest month with figures, up to it.
    FiscalYear,
    /// The fiscal year before that, whole.
    YearBefore,
    /// The fiscal quarter of the newest month with figures, up to it.
    Quarter,
}

words!(PeriodKind { LastTwelve => "last_12", FiscalYear => "fiscal_year", YearBefore => "year_before", Quarter => "quarter" });

/// Months from a first to a last, both within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first.
    pub first: Month,
    /// The last.
    pub last: Month,
}

/// The month with which a fiscal year starts: 1 to 12.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FiscalStart(i8);

/// Why a number is no first month of a fiscal year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a fiscal year starts in month 1 to 12, not {given}")]
pub struct FiscalStartError {
    /// What was given.
    pub given: i64,
}

impl Default for FiscalStart {
    fn default() -> Self {
        Self(1)
    }
}

impl FiscalStart {
    /// Month `number` of the calendar year.
    ///
    /// # Errors
    /// [`FiscalStartError`] outside 1 to 12.
    pub fn new(number: i64) -> Result<Self, FiscalStartError> {
        match i8::try_from(number) {
            Ok(month @ 1..=12) => Ok(Self(month)),
            _ => Err(FiscalStartError { given: number }),
        }
    }

    /// The month's number.
    pub const fn number(self) -> i8 {
        self.0
    }

    /// The first month of the fiscal year in which `month` lies.
    fn of(self, month: Month) -> Month {
        let into = (i32::from(month.first_day().month()) - i32::from(self.0)).rem_euclid(A_YEAR);
        month.plus(-into)
    }
}

impl Period {
    /// The period of `kind` that ends with `newest`, the newest month with figures.
    pub fn of(kind: PeriodKind, newest: Month, start: FiscalStart) -> Self {
        let year = start.of(newest);
        match kind {
            PeriodKind::LastTwelve => Self { first: newest.plus(1 - A_YEAR), last: newest },
            PeriodKind::FiscalYear => Self { first: year, last: newest },
            PeriodKind::YearBefore => Self { first: year.plus(-A_YEAR), last: year.plus(-1) },
            PeriodKind::Quarter => {
                let n_before = (0..4).rev().map(|quarter| quarter * 3).find(|n| year.plus(*n) <= newest);
                Self { first: year.plus(n_before.unwrap_or(0)), last: newest }
            }
        }
    }

    /// The same months a year before.
    #[must_use]
    pub fn a_year_before(self) -> Self {
        Self { first: self.first.plus(-A_YEAR), last: self.last.plus(-A_YEAR) }
    }

    /// Its months.
    pub fn months(self) -> impl Iterator<Item = Month> {
        (0..).map(move |n| self.first.plus(n)).take_while(move |month| *month <= self.last)
    }
}

/// What an account paid for a product in a month.
#[derive(Clone, Debug)]
pub struct RevenueRow {
    /// Whose.
    pub account_id: Id<Account>,
    /// Of which product.
    pub product_id: Id<Product>,
    /// In which month.
    pub month: Month,
    /// How much; below zero where more was credited.
    pub revenue: Money,
}

/// From when to when an account is a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tenure {
    /// The first month with figures of it.
    pub first_month: Month,
    /// The last day of its last contract, where all have one.
    pub ended_on: Option<Date>,
}

/// Revenue moving from opening to closing, in minor units of the reporting currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Movement {
    /// What the cohort paid a year before.
    pub opening: i128,
    /// What those of it who pay more pay more.
    pub expansion: i128,
    /// What those of it who pay less, and still something, pay less.
    pub contraction: i128,
    /// What those of it who pay nothing any more paid.
    pub churned: i128,
    /// What those who were not in the cohort pay.
    pub new: i128,
}

impl Movement {
    /// The movement of one account, or of one product with an account.
    pub fn between(opening: i128, closing: i128) -> Self {
        let none = Self::default();
        if opening <= 0 {
            return Self { new: closing, ..none };
        }
        match closing {
            ..=0 => Self { opening, churned: opening - closing, ..none },
            _ if closing > opening => Self { opening, expansion: closing - opening, ..none },
            _ => Self { opening, contraction: opening - closing, ..none },
        }
    }

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            opening: self.opening + other.opening,
            expansion: self.expansion + other.expansion,
            contraction: self.contraction + other.contraction,
            churned: self.churned + other.churned,
            new: self.new + other.new,
        }
    }

    /// What the cohort pays now.
    pub const fn retained(self) -> i128 {
        self.opening + self.expansion - self.contraction - self.churned
    }

    /// What all pay now.
    pub const fn closing(self) -> i128 {
        self.retained() + self.new
    }

    /// Net revenue retention in basis points; none without an opening.
    pub fn nrr_bp(self) -> Option<i64> {
        share_bp(self.retained(), self.opening)
    }

    /// Gross revenue retention in basis points, at most 100 %; none without an opening.
    pub fn grr_bp(self) -> Option<i64> {
        share_bp(self.opening - self.contraction - self.churned, self.opening).map(|share| share.min(10_000))
    }
}

/// `part` of `whole` in basis points, rounded half away from zero.
fn share_bp(part: i128, whole: i128) -> Option<i64> {
    if whole <= 0 {
        return None;
    }
    let scaled = part.checked_mul(10_000)?;
    i64::try_from((scaled.abs() + whole / 2) / whole * scaled.signum()).ok()
}

/// How an account moved, and how much of it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountMovement {
    /// Which.
    pub account_id: Id<Account>,
    /// How its revenue moved.
    pub movement: Movement,
    /// Months counted.
    pub n_counted: usize,
    /// Months left out because one side has no figures.
    pub not_stated: Vec<Month>,
    /// Months left out because an amount has no rate.
    pub without_rate: Vec<Month>,
}

/// What came of a period.
#[derive(Clone, Debug)]
pub struct Retention {
    /// The months looked at.
    pub period: Period,
    /// The currency of every amount.
    pub currency: Currency,
    /// All accounts together.
    pub total: Movement,
    /// Account by account, in the order of their ids.
    pub accounts: Vec<AccountMovement>,
    /// Product by product, in the order of their ids: sums of what each account's revenue of it did.
    pub products: Vec<(Id<Product>, Movement)>,
    /// Amounts left out because no rate was known, by currency, of both years.
    pub left_out: Vec<Money>,
    /// The rates used, each once.
    pub rates: Vec<UsedRate>,
}

/// What the accounts with `rows` did from the year before to `period`.
///
/// `rows` are those of the period and of the year before; `tenures` has every account of `rows`. Rows of other months are not looked at.
pub fn retention(
    rows: &[RevenueRow],
    tenures: &BTreeMap<Id<Account>, Tenure>,
    period: Period,
    rates: &Rates,
) -> Retention {
    let mut by_account: BTreeMap<&Id<Account>, BTreeMap<Month, Vec<&RevenueRow>>> = BTreeMap::new();
    for row in rows {
        by_account.entry(&row.account_id).or_default().entry(row.month).or_default().push(row);
    }
    let mut sums = Sums::default();
    let mut accounts = vec![];
    for (account_id, months) in &by_account {
        accounts.extend(sums.add_account(account_id, months, tenures.get(*account_id), period, rates));
    }
    let total = accounts.iter().fold(Movement::default(), |total, it| total.plus(it.movement));
    Retention {
        period,
        currency: rates.reporting(),
        total,
        accounts,
        products: sums.products.into_iter().collect(),
        left_out: sums
            .left_out
            .into_iter()
            .map(|(currency, minor)| Money::new(shown(minor), currency))
            .collect(),
        rates: sums.rates.into_iter().collect(),
    }
}

/// Minor units as an amount can hold them; more than 64 bits are shown as the most there is.
pub fn shown(minor: i128) -> i64 {
    i64::try_from(minor).unwrap_or(if minor < 0 { i64::MIN } else { i64::MAX })
}

type Pair = (i128, i128);

#[derive(Default)]
struct Sums {
    products: BTreeMap<Id<Product>, Movement>,
    left_out: BTreeMap<Currency, i128>,
    rates: BTreeSet<UsedRate>,
}

impl Sums {
    fn add_account(
        &mut self,
        account_id: &Id<Account>,
        months: &BTreeMap<Month, Vec<&RevenueRow>>,
        tenure: Option<&Tenure>,
        period: Period,
        rates: &Rates,
    ) -> Option<AccountMovement> {
        let mut by_product: BTreeMap<&Id<Product>, Pair> = BTreeMap::new();
        let (mut n_counted, mut not_stated, mut without_rate) = (0, vec![], vec![]);
        for month in period.months() {
            let before = month.plus(-A_YEAR);
            let (opening, closing) = (months.get(&before), months.get(&month));
            if opening.is_none() && closing.is_none() {
                continue;
            }
            let not_yet = tenure.is_some_and(|tenure| before < tenure.first_month);
            let ended = tenure.and_then(|it| it.ended_on).is_some_and(|last| last < month.first_day());
            if (opening.is_none() && !not_yet) || (closing.is_none() && !ended) {
                not_stated.push(month);
                continue;
            }
            let both = [opening, closing].map(|rows| rows.map(Vec::as_slice).unwrap_or_default());
            match self.pair(both, month, rates) {
                Some(amounts) => {
                    n_counted += 1;
                    for (product_id, (opening, closing)) in amounts {
                        let sum = by_product.entry(product_id).or_default();
                        *sum = (sum.0 + opening, sum.1 + closing);
                    }
                }
                None => without_rate.push(month),
            }
        }
        if n_counted + not_stated.len() + without_rate.len() == 0 {
            return None;
        }
        for (product_id, (opening, closing)) in &by_product {
            let sum = self.products.entry((*product_id).clone()).or_default();
            *sum = sum.plus(Movement::between(*opening, *closing));
        }
        let (opening, closing) =
            by_product.values().fold((0, 0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
        let movement = Movement::between(opening, closing);
        Some(AccountMovement {
            account_id: account_id.clone(),
            movement,
            n_counted,
            not_stated,
            without_rate,
        })
    }

    /// Both months of an account by product, at the rates of the later one; none when an amount has no rate, since half a pair is a
    /// movement that did not happen.
    fn pair<'a>(
        &mut self,
        both: [&[&'a RevenueRow]; 2],
        month: Month,
        rates: &Rates,
    ) -> Option<BTreeMap<&'a Id<Product>, Pair>> {
        let mut amounts: BTreeMap<&Id<Product>, Pair> = BTreeMap::new();
        let mut used = vec![];
        let mut whole = true;
        for (side, row) in
            both.iter().enumerate().flat_map(|(side, rows)| rows.iter().map(move |row| (side, row)))
        {
            let Ok(converted) = rates.report(row.revenue, month.last_day()) else {
                whole = false;
                continue;
            };
            used.extend(converted.rates);
            let sum = amounts.entry(&row.product_id).or_default();
            let minor = i128::from(converted.amount.minor);
            if side == 0 { sum.0 += minor } else { sum.1 += minor }
        }
        if whole {
            self.rates.extend(used);
            return Some(amounts);
        }
        for row in both.into_iter().flatten() {
            *self.left_out.entry(row.revenue.currency).or_default() += i128::from(row.revenue.minor);
        }
        None
    }
}

#[cfg(test)]
#[path = "growth_tests.rs"]
mod tests;
