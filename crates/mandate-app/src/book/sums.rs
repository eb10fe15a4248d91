//! Sums of several currencies, each with the rates it took and what it leaves out, and the names that figures are told by.
//!
//! How one amount is converted is the domain's (`Rates`); which amounts are added is asked by `growth`.
//! A sum is kept in 128 bits, so that no number of amounts overflows it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use mandate_domain::book::{Account, Product, Rates, UsedRate};
use mandate_domain::{Currency, Id, Money};
use mandate_store::reads::growth::GrowthAccount;

/// An amount of several currencies in the one the firm reports in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InOne {
    /// Minor units of the reporting currency.
    pub minor: i128,
    /// The rates it took.
    pub rates: BTreeSet<UsedRate>,
    /// What is not in it because there is no rate, by currency.
    pub left_out: BTreeMap<Currency, i128>,
}

impl InOne {
    pub(super) fn add(&mut self, rates: &Rates, amount: Money, until: Date) {
        match rates.report(amount, until) {
            Ok(converted) => {
                self.minor += i128::from(converted.amount.minor);
                self.rates.extend(converted.rates);
            }
            Err(_) => *self.left_out.entry(amount.currency).or_default() += i128::from(amount.minor),
        }
    }
}

/// A sum by currency, and all of it in one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// By currency, minor units.
    pub by_currency: BTreeMap<Currency, i128>,
    /// Together.
    pub in_one: InOne,
}

impl Sums {
    pub(super) fn add(&mut self, rates: &Rates, amount: Money, until: Date) {
        *self.by_currency.entry(amount.currency).or_default() += i128::from(amount.minor);
        self.in_one.add(rates, amount, until);
    }
}

/// What every page of growth names things by.
#[derive(Clone, Debug)]
pub struct Names {
    /// The currency the firm reports in.
    pub reporting: Currency,
    /// Accounts within reach.
    pub accounts: BTreeMap<Id<Account>, GrowthAccount>,
    /// Products: name and unit.
    pub products: BTreeMap<Id<Product>, (String, String)>,
}

impl Names {
    /// An account's name.
    pub fn account(&self, id: &Id<Account>) -> &str {
        self.accounts.get(id).map_or("", |account| &account.name)
    }

    /// A product's name; empty where it lies in the trash.
    pub fn product(&self, id: &Id<Product>) -> &str {
        self.products.get(id).map_or("", |(name, _)| name)
    }
}
