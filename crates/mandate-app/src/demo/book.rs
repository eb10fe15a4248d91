//! The demo's book for one day of load: contracts with their dates, lines with what the stories did to prices, what
//! clients were taken through.
//!
//! Everything is worked out here from the tables and nothing else, so that it can be checked without a database. Keys
//! are those of the tables; the loader gives records their ids.

use jiff::ToSpan;
use jiff::civil::Date;
use mandate_domain::Month;
use mandate_domain::book::NoticePeriod;

use super::cases::{DemoCase, Kind, MONTHS_OF_HISTORY, Zone, generate_cases};
use super::chance::Chance;
use super::clocks::by_contract;
use super::commerce::Commerce;
use super::relations::{self, Relations};
use super::relative::{optional_date, relative_date};
use super::setting::{Setting, products_of};
use super::story::Place;
use super::tables::{AccountRow, AmendmentRow, ContractLineRow, KpiRow, ReviewRow, TableError, Tables};

/// One coherent service provider with two years behind it.
#[derive(Clone, Debug)]
pub struct DemoBook {
    /// What its chance was drawn from.
    pub seed: u64,
    /// Who serves whom, and the source tables.
    pub setting: Setting,
    /// Contracts, masters before their statements of work.
    pub contracts: Vec<DemoContract>,
    /// Contract lines.
    pub lines: Vec<DemoLine>,
    /// Which client person was taken through which measure, and when.
    pub walkthroughs: Vec<DemoWalkthrough>,
    /// What clients say of published results.
    pub reviews: Vec<DemoReview>,
    /// Cases in the order of opening.
    pub cases: Vec<DemoCase>,
    /// Whom ours know, what they know, what the two sides said to one another.
    pub relations: Relations,
    /// Prices, rates and what was invoiced.
    pub commerce: Commerce,
}

/// A contract with its dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoContract {
    /// Its key; also that of its row in the table.
    pub key: String,
    /// Position in the contracts table.
    pub row: usize,
    /// First day of the term.
    pub starts_on: Date,
    /// Last day of the term.
    pub ends_on: Option<Date>,
    /// First day of the next term.
    pub renews_on: Option<Date>,
    /// When prices change next.
    pub price_change_on: Option<Date>,
    /// How long before the end notice must be given.
    pub notice: Option<NoticePeriod>,
}

/// A contract line with its prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoLine {
    /// The contract's key.
    pub contract: String,
    /// The product's key.
    pub product: String,
    /// Units a year.
    pub annual_volume: i64,
    /// Units a price is for.
    pub price_per: i64,
    /// What the client pays, in minor units of the account's currency.
    pub unit_price_minor: i64,
    /// What the list says.
    pub list_price_minor: i64,
    /// What it costs us.
    pub unit_cost_minor: i64,
}

impl DemoLine {
    /// Minor units a year, halves rounded up.
    pub fn annual_value_minor(&self) -> i64 {
        (self.annual_volume * self.unit_price_minor + self.price_per / 2) / self.price_per
    }
}

/// A client person was taken through a measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoWalkthrough {
    /// The account's key.
    pub account: String,
    /// The measure's key.
    pub kpi: String,
    /// The client person's key.
    pub client_person: String,
    /// The day.
    pub held_on: Date,
    /// A word about it.
    pub note: String,
    /// Position of its plan in the walk-throughs table.
    pub plan: usize,
}

/// What a client says of a month's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoReview {
    /// Position in the reviews table.
    pub row: usize,
    /// The month spoken of.
    pub month: Month,
    /// The case contested: a position in [`DemoBook::cases`].
    pub case: Option<usize>,
}

impl DemoBook {
    /// The book of `tables` on the day `today`, with about `n_events` events drawn from `seed`.
    ///
    /// # Errors
    /// [`TableError`] for a cell that cannot be understood.
    pub fn generate(tables: Tables, seed: u64, today: Date, n_events: u32) -> Result<Self, TableError> {
        let setting = Setting::new(tables, today, n_events)?;
        let contracts = contracts(&setting.tables, today)?;
        let lines = lines(&setting.tables)?;
        let walkthroughs = walkthroughs(&setting, seed)?;
        let cases = generate_cases(&setting, seed, Zone::end_of_export(today));
        let relations = Relations::new(&setting, seed, &walkthroughs)?;
        let commerce = Commerce::new(&setting, seed, (&contracts, &lines))?;
        let mut book = Self {
            seed,
            setting,
            contracts,
            lines,
            walkthroughs,
            reviews: vec![],
            cases,
            relations,
            commerce,
        };
        book.reviews = book.reviews()?;
        Ok(book)
    }

    /// The source tables.
    pub fn tables(&self) -> &Tables {
        &self.setting.tables
    }

    /// Number of events of all cases.
    pub fn n_events(&self) -> usize {
        self.cases.iter().map(|case| case.events.len()).sum()
    }

    /// What an account pays a year under the contracts in force on the day of the load.
    pub fn annual_value_minor(&self, account: &str) -> i64 {
        let today = self.setting.today;
        let in_force = |line: &&DemoLine| {
            self.contracts.iter().any(|contract| {
                contract.key == line.contract
                    && self.tables().contracts[contract.row].account == account
                    && contract.starts_on <= today
                    && contract.ends_on.is_none_or(|ends_on| today <= ends_on)
            })
        };
        self.lines.iter().filter(in_force).map(DemoLine::annual_value_minor).sum()
    }

    /// The measures of an account: those of the products it buys, and those of every account.
    pub fn kpis_of<'a>(&'a self, account: &AccountRow) -> Vec<&'a KpiRow> {
        kpis_of(self.tables(), account)
    }

    fn reviews(&self) -> Result<Vec<DemoReview>, TableError> {
        let mut reviews = vec![];
        for (row, review) in self.tables().reviews.iter().enumerate() {
            let month = Month::of(self.setting.today).plus(review.month);
            reviews.push(match review.case.as_str() {
                "" => DemoReview { row, month, case: None },
                "reported_missed" => self.contested(row, review, month)?,
                other => {
                    return Err(TableError::cell("reviews.csv", other, "choice of a case: reported_missed"));
                }
            });
        }
        Ok(reviews)
    }

    /// The newest case of the measure, solved up to `month`, that the source calls missed and the contract does not.
    /// Such cases come with public holidays, so the month may be an earlier one.
    fn contested(&self, row: usize, review: &ReviewRow, month: Month) -> Result<DemoReview, TableError> {
        let tables = self.tables();
        let account = tables.accounts.iter().position(|account| account.key == review.account);
        let kpi = tables.kpis.iter().find(|kpi| kpi.key == review.kpi);
        let kpi = kpi.ok_or_else(|| TableError::cell("reviews.csv", &review.kpi, "measure"))?;
        let desk = self.setting.desks.iter().find(|desk| Some(desk.account) == account);
        let desk = desk.ok_or_else(|| TableError::cell("reviews.csv", &review.account, "account"))?;
        let listed = |cell: &str, word: &str| cell.is_empty() || cell.split(' ').any(|known| known == word);
        let solved_in = |case: &DemoCase| {
            let solved = case.events.iter().rev().find(|event| event.kind == Kind::Resolved)?;
            let (elapsed, lasting) = by_contract(&case.events, &desk.client_hours, solved.at);
            let within = elapsed <= desk.target_s(usize::from(solved.priority));
            let measured = listed(&kpi.categories, &tables.categories[case.category].key)
                && listed(&kpi.priorities, &solved.priority.to_string());
            // A case counts in the month of its last event.
            let month = Month::of(desk.zone.date_at(case.events.last()?.at));
            (lasting && within && measured && !solved.reported_met).then_some(month)
        };
        let own = self.cases.iter().enumerate().filter(|(_, case)| Some(case.account) == account);
        let newest = own
            .filter_map(|(idx, case)| Some((solved_in(case)?, idx)))
            .filter(|(solved, _)| *solved <= month)
            .max();
        Ok(match newest {
            Some((solved, idx)) => DemoReview { row, month: solved, case: Some(idx) },
            None => DemoReview { row, month, case: None },
        })
    }
}

fn contracts(tables: &Tables, today: Date) -> Result<Vec<DemoContract>, TableError> {
    let date = |text: &str| optional_date("contracts.csv", text, today);
    let mut contracts = vec![];
    for (row, contract) in tables.contracts.iter().enumerate() {
        contracts.push(DemoContract {
            key: contract.key.clone(),
            row,
            starts_on: relative_date("contracts.csv", &contract.starts_on, today)?,
            ends_on: date(&contract.ends_on)?,
            renews_on: date(&contract.renews_on)?,
            price_change_on: date(&contract.price_change_on)?,
            notice: notice(contract.notice_days, contract.notice_months),
        });
    }
    for row in &tables.amendments {
        if relative_date(AMENDMENTS, &row.effective_on, today)? > today {
            continue;
        }
        let contract = contracts.iter_mut().find(|contract| contract.key == row.contract);
        amend(contract.ok_or_else(|| TableError::cell(AMENDMENTS, &row.contract, "contract"))?, row, today)?;
    }
    Ok(contracts)
}

const AMENDMENTS: &str = "amendments.csv";

/// The notice period of a row.
pub(super) fn notice(days: Option<u16>, months: Option<u8>) -> Option<NoticePeriod> {
    NoticePeriod::stored(days.map(i64::from), months.map(i64::from))
}

/// A contract always states the terms in force, so those of an amendment whose day has come are put into it.
fn amend(contract: &mut DemoContract, row: &AmendmentRow, today: Date) -> Result<(), TableError> {
    contract.ends_on = optional_date(AMENDMENTS, &row.ends_on, today)?.or(contract.ends_on);
    contract.renews_on = optional_date(AMENDMENTS, &row.renews_on, today)?.or(contract.renews_on);
    contract.price_change_on =
        optional_date(AMENDMENTS, &row.price_change_on, today)?.or(contract.price_change_on);
    contract.notice = notice(row.notice_days, None).or(contract.notice);
    Ok(())
}

fn lines(tables: &Tables) -> Result<Vec<DemoLine>, TableError> {
    tables.contract_lines.iter().map(|line| priced(tables, line)).collect()
}

fn priced(tables: &Tables, line: &ContractLineRow) -> Result<DemoLine, TableError> {
    let unknown = |value: &str, expected| TableError::cell("contract_lines.csv", value, expected);
    let contract = tables.contracts.iter().find(|contract| contract.key == line.contract);
    let contract = contract.ok_or_else(|| unknown(&line.contract, "contract"))?;
    let account = tables.accounts.iter().find(|account| account.key == contract.account);
    let account = account.ok_or_else(|| unknown(&contract.account, "account"))?;
    let product = tables.products.iter().find(|product| product.key == line.product);
    let product = product.ok_or_else(|| unknown(&line.product, "product"))?;
    let price =
        tables.prices.iter().find(|price| price.product == product.key && price.currency == account.currency);
    let price = price.ok_or_else(|| unknown(&line.product, "product with a price in that currency"))?;
    let mut priced = DemoLine {
        contract: line.contract.clone(),
        product: line.product.clone(),
        annual_volume: line.annual_volume,
        price_per: product.price_per,
        unit_price_minor: line.unit_price_minor,
        list_price_minor: price.list_price_minor,
        unit_cost_minor: price.unit_cost_minor,
    };
    let told =
        |row: &&super::tables::StoryPriceRow| row.contract == line.contract && row.product == line.product;
    for story in tables.story_prices.iter().filter(told) {
        priced.unit_price_minor = priced.unit_price_minor * story.price_percent_x100 / 10_000;
        priced.annual_volume = priced.annual_volume * story.volume_percent_x100 / 10_000;
    }
    Ok(priced)
}

fn kpis_of<'a>(tables: &'a Tables, account: &AccountRow) -> Vec<&'a KpiRow> {
    let products = products_of(tables, &account.key);
    let theirs =
        |kpi: &&KpiRow| kpi.product.is_empty() || products.iter().any(|product| product.key == kpi.product);
    tables.kpis.iter().filter(theirs).collect()
}

/// Walk-throughs in the cadence of each account's level, as far as stories let them happen.
fn walkthroughs(setting: &Setting, seed: u64) -> Result<Vec<DemoWalkthrough>, TableError> {
    let tables = &setting.tables;
    let mut held = vec![];
    for (idx, account) in tables.accounts.iter().enumerate() {
        let mut chance = Chance::named(seed, &format!("walkthroughs|{}", account.key));
        let plans = tables.walkthroughs.iter().enumerate();
        for (row, plan) in plans.filter(|(_, plan)| plan.level == account.level) {
            let offset = i32::try_from(idx).unwrap_or(0);
            for month in (1 - MONTHS_OF_HISTORY)..0 {
                if (month + offset).rem_euclid(plan.every_months.max(1)) != 0 {
                    continue;
                }
                let place = Place {
                    account: &account.key,
                    manager: &account.manager,
                    team: "",
                    category: "",
                    severe: false,
                    month,
                };
                if !chance.happens(setting.stories.at(place).walkthrough * 10) {
                    continue;
                }
                let held_on = working_day(setting, idx, month, plan.day);
                let Some(person) = relations::there(setting, &account.key, &plan.role, held_on)? else {
                    continue;
                };
                held.extend(kpis_of(tables, account).into_iter().map(|kpi| DemoWalkthrough {
                    account: account.key.clone(),
                    kpi: kpi.key.clone(),
                    client_person: person.key.clone(),
                    held_on,
                    note: plan.note.clone(),
                    plan: row,
                }));
            }
        }
    }
    Ok(held)
}

/// The first working day from `day` of the month on.
pub(super) fn working_day(setting: &Setting, account: usize, month: i32, day: i8) -> Date {
    let first = Month::of(setting.today).plus(month).first_day();
    let zone = setting.desks.iter().find(|desk| desk.account == account).map(|desk| &desk.zone);
    let open = |day: &Date| {
        day.weekday().to_monday_one_offset() <= 5
            && zone.is_none_or(|zone| zone.holidays.binary_search(day).is_err())
    };
    let from = first.saturating_add(i64::from(day - 1).days());
    from.series(1.day()).take(10).find(open).unwrap_or(from)
}
