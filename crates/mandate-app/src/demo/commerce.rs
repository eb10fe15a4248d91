//! The demo's money beside contracts: price lists, exchange rates, and what was invoiced, delivered and spent by month.
//!
//! Revenue follows from the contract lines in force in a month, the season, and what changed on the way; costs from those of
//! a unit today, as much lower as the list of that month was. Whole numbers only, so that every machine gets the same.

use jiff::civil::Date;
use mandate_domain::Month;

use super::book::{DemoContract, DemoLine};
use super::cases::MONTHS_OF_HISTORY;
use super::chance::Chance;
use super::relative::relative_date;
use super::setting::Setting;
use super::tables::{ExchangeRateRow, TableError, Tables};

/// Prices, rates, and what was invoiced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commerce {
    /// List prices by product, currency and day.
    pub list_prices: Vec<DemoListPrice>,
    /// Rates at the ends of months, between all three currencies.
    pub rates: Vec<DemoRate>,
    /// By account, product and month.
    pub actuals: Vec<DemoActual>,
}

/// A list price from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoListPrice {
    /// The product's key.
    pub product: String,
    /// In which currency.
    pub currency: String,
    /// Units the price is for.
    pub price_per: i64,
    /// The price in minor units.
    pub price_minor: i64,
    /// The first day.
    pub valid_from: Date,
    /// Which list.
    pub note: String,
}

/// A rate at the end of a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoRate {
    /// From.
    pub from: String,
    /// To.
    pub to: String,
    /// The last day of the month.
    pub rate_on: Date,
    /// How many of the one for one of the other, in billionths.
    pub rate_billionths: i64,
}

/// What an account took of a product in a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoActual {
    /// The account's key.
    pub account: String,
    /// The product's key.
    pub product: String,
    /// The month.
    pub month: Month,
    /// Units.
    pub volume: i64,
    /// Invoiced, in minor units of the account's currency.
    pub revenue_minor: i64,
    /// What it cost us, in the same.
    pub cost_minor: i64,
}

impl Commerce {
    /// The commerce of the setting's tables, over its contracts and lines.
    ///
    /// # Errors
    /// [`TableError`] for a cell that cannot be understood.
    pub fn new(
        setting: &Setting,
        seed: u64,
        (contracts, lines): (&[DemoContract], &[DemoLine]),
    ) -> Result<Self, TableError> {
        let lists = Lists::new(&setting.tables, setting.today)?;
        Ok(Self {
            list_prices: lists.prices(&setting.tables)?,
            rates: rates(&setting.tables, setting.today)?,
            actuals: Actuals { setting, seed, contracts, lines, lists: &lists }.all(),
        })
    }
}

const LISTS: &str = "list_prices.csv";
const RATES: &str = "exchange_rates.csv";
/// The whole of a list in hundredths of a percent: the one in force.
const WHOLE: i64 = 10_000;

/// The lists by day, with the product they are for; of all where none is named.
struct Lists(Vec<(Date, String, i64, String)>);

impl Lists {
    fn new(tables: &Tables, today: Date) -> Result<Self, TableError> {
        let mut lists = vec![];
        for row in &tables.list_prices {
            if !row.product.is_empty() && !tables.products.iter().any(|product| product.key == row.product) {
                return Err(TableError::cell(LISTS, &row.product, "product"));
            }
            let valid_from = relative_date(LISTS, &row.valid_from, today)?;
            lists.push((valid_from, row.product.clone(), row.percent_x100, row.note.clone()));
        }
        Ok(Self(lists))
    }

    fn prices(&self, tables: &Tables) -> Result<Vec<DemoListPrice>, TableError> {
        let mut prices = vec![];
        for price in &tables.prices {
            let product = tables.products.iter().find(|product| product.key == price.product);
            let product =
                product.ok_or_else(|| TableError::cell("product_prices.csv", &price.product, "product"))?;
            for (valid_from, of, percent_x100, note) in &self.0 {
                if of.is_empty() || *of == price.product {
                    prices.push(DemoListPrice {
                        product: price.product.clone(),
                        currency: price.currency.clone(),
                        price_per: product.price_per,
                        price_minor: (price.list_price_minor * percent_x100 + WHOLE / 2) / WHOLE,
                        valid_from: *valid_from,
                        note: note.clone(),
                    });
                }
            }
        }
        Ok(prices)
    }

    /// What the list of that day is to the one in force, in hundredths of a percent.
    fn percent_x100(&self, product: &str, on: Date) -> i64 {
        let own = self.0.iter().filter(|(from, of, ..)| *from <= on && (of.is_empty() || of == product));
        own.max_by_key(|(from, ..)| *from).map_or(WHOLE, |(_, _, percent_x100, _)| *percent_x100)
    }
}

/// Rates to EUR as the table has them, straight between its months, and the others that follow from them.
fn rates(tables: &Tables, today: Date) -> Result<Vec<DemoRate>, TableError> {
    const BILLION: i128 = 1_000_000_000;
    let mut rates = vec![];
    for month in MONTHS_OF_RATES {
        let rate_on = Month::of(today).plus(month).last_day();
        let to_eur = |currency: &str| -> Result<i128, TableError> {
            if currency == "EUR" {
                return Ok(BILLION);
            }
            let known = tables.exchange_rates.iter().filter(|row| row.from == currency && row.to == "EUR");
            between(&known.collect::<Vec<_>>(), month).ok_or_else(|| {
                TableError::cell(RATES, currency, "currency with a rate to EUR in every month")
            })
        };
        for from in CURRENCIES {
            for to in CURRENCIES.into_iter().filter(|to| *to != from) {
                let (numerator, denominator) = (to_eur(from)? * BILLION, to_eur(to)?);
                let rate = (numerator + denominator / 2) / denominator;
                let rate_billionths =
                    i64::try_from(rate).map_err(|_| TableError::cell(RATES, from, "rate of usual size"))?;
                rates.push(DemoRate { from: from.to_owned(), to: to.to_owned(), rate_on, rate_billionths });
            }
        }
    }
    Ok(rates)
}

const CURRENCIES: [&str; 3] = ["EUR", "GBP", "USD"];
/// Rates reach two months further back than the facts, so that the oldest of these have one.
const MONTHS_OF_RATES: std::ops::Range<i32> = -(MONTHS_OF_HISTORY + 2)..0;

/// The rate of a month in billionths, between the two rows around it.
fn between(rows: &[&ExchangeRateRow], month: i32) -> Option<i128> {
    let before = rows.iter().filter(|row| row.month <= month).max_by_key(|row| row.month)?;
    let after = rows.iter().filter(|row| row.month >= month).min_by_key(|row| row.month)?;
    let (low, high) = (i128::from(before.rate_micro) * 1_000, i128::from(after.rate_micro) * 1_000);
    let (gone, span) = (i128::from(month - before.month), i128::from(after.month - before.month));
    Some(if span == 0 { low } else { low + (high - low) * gone / span })
}

/// Works out what was invoiced.
struct Actuals<'a> {
    setting: &'a Setting,
    seed: u64,
    contracts: &'a [DemoContract],
    lines: &'a [DemoLine],
    lists: &'a Lists,
}

/// Volumes differ from the plan by at most so many percent either way.
const NOISE_PERCENT: i64 = 2;

impl Actuals<'_> {
    fn all(&self) -> Vec<DemoActual> {
        let tables = &self.setting.tables;
        let mut actuals = vec![];
        for account in &tables.accounts {
            for product in super::setting::products_of(tables, &account.key) {
                let mut chance =
                    Chance::named(self.seed, &format!("actuals|{}|{}", account.key, product.key));
                for month in -MONTHS_OF_HISTORY..0 {
                    let noise = 100 - NOISE_PERCENT + chance.below(2 * NOISE_PERCENT + 1);
                    let volume_percent = self.changed(&account.key, &product.key, month);
                    actuals.extend(self.of_month(
                        (&account.key, &product.key),
                        month,
                        noise * volume_percent,
                    ));
                }
            }
        }
        actuals
    }

    /// In percent of what the contract says.
    fn changed(&self, account: &str, product: &str, month: i32) -> i64 {
        let changes = self.setting.tables.actual_changes.iter();
        changes
            .filter(|row| row.account == account && row.product == product)
            .filter(|row| (row.from_month..=row.to_month).contains(&month))
            .fold(100, |percent, row| percent * row.volume_percent / 100)
    }

    /// The line in force on the first day of the month gives the price; nothing taken, nothing invoiced.
    fn of_month(&self, (account, product): (&str, &str), month: i32, permyriad: i64) -> Option<DemoActual> {
        let tables = &self.setting.tables;
        let month = Month::of(self.setting.today).plus(month);
        let first = month.first_day();
        let in_force = |contract: &&DemoContract| {
            tables.contracts[contract.row].account == account
                && contract.starts_on <= first
                && contract.ends_on.is_none_or(|ends_on| first <= ends_on)
        };
        let line = self.contracts.iter().filter(in_force).find_map(|contract| {
            self.lines.iter().find(|line| line.contract == contract.key && line.product == product)
        })?;
        let weights = &self.setting.rhythm.months;
        let of_year: i64 = weights.iter().sum();
        let season = *weights.get(usize::try_from(first.month() - 1).ok()?)?;
        let volume = line.annual_volume * season * permyriad / (of_year.max(1) * 10_000);
        if volume == 0 {
            return None;
        }
        let money = |unit_minor: i64| (volume * unit_minor + line.price_per / 2) / line.price_per;
        Some(DemoActual {
            account: account.to_owned(),
            product: product.to_owned(),
            month,
            volume,
            revenue_minor: money(line.unit_price_minor),
            cost_minor: money(line.unit_cost_minor) * self.lists.percent_x100(product, first) / WHOLE,
        })
    }
}
