//! Growth: retained and expanded revenue, opportunities, revenue at risk, an account's and a product's figures by month.
//!
//! The rules are the domain's (`mandate_domain::book::growth`); here they get the rows that the actor may see, the firm's currency and fiscal
//! year, and today. Sums of several currencies are told with the rates they took and with what they leave out. Costs are read for
//! who is cleared only, and for nobody else is anything derived from them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use mandate_domain::book::growth::{Movement, Period, PeriodKind, Retention, RevenueRow, Tenure, retention};
use mandate_domain::book::{Account, Kind, OpportunityStage, Person, Product, Rates, Worth};
use mandate_domain::{Currency, Id, Money, Month};
use mandate_store::reads::growth as reads;
use mandate_store::reads::growth::{ActualRow, Of};
pub use mandate_store::reads::growth::{ComingContract, GrowthAccount, OpenOpportunity, PricedLine};
use mandate_store::{ReadTx, boxed};

use super::errors::BookError;
pub use super::sums::{InOne, Names, Sums};
use crate::authorise::{Action, authorise, clearance};
use crate::ctx::{Actor, Ctx};
use crate::settings;

/// Days without a talk after which an account is said to be left alone.
const QUIET_DAYS: i64 = 90;
/// Months shown of an account or a product.
const MONTHS_SHOWN: i32 = 24;

/// Opportunities of a stage in a currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PipelineLine {
    /// How many.
    pub n: usize,
    /// Of these, without a value.
    pub n_without_value: usize,
    /// Of these, with a value and without a probability: their weighted value is not stated, and in no sum.
    pub n_without_probability: usize,
    /// What they would bring in a year, minor units.
    pub value: i128,
    /// Likewise, each times its probability.
    pub weighted: i128,
}

/// Opportunities that are not decided.
#[derive(Clone, Debug, Default)]
pub struct Pipeline {
    /// By stage, in order, and currency.
    pub lines: BTreeMap<(OpportunityStage, Currency), PipelineLine>,
    /// All values in the reporting currency, at today's rates.
    pub value: InOne,
    /// All weighted values likewise.
    pub weighted: InOne,
}

/// What warns of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warning {
    /// It missed its service level in its newest month.
    Missed,
    /// Nobody talked with it for so many days; none: never, as far as is known.
    NoTalk(Option<i64>),
    /// Promises broken within a year.
    Broken(i64),
    /// Open promises past their day.
    LatePromises(i64),
    /// Open expectations past their day.
    LateExpectations(i64),
    /// One of ours alone knows anybody there.
    SingleThread,
}

/// An account that may be lost within a year.
#[derive(Clone, Debug)]
pub struct AtRisk {
    /// Which.
    pub account_id: Id<Account>,
    /// The contract that comes up first.
    pub contract: ComingContract,
    /// Why, at least one.
    pub warnings: Vec<Warning>,
    /// What the account is worth a year.
    pub worth: Worth,
}

/// The movement of an account manager's accounts.
#[derive(Clone, Debug)]
pub struct ManagerMovement {
    /// Who; none for accounts that nobody answers for.
    pub manager: Option<(Id<Person>, String)>,
    /// Accounts looked at.
    pub n_accounts: usize,
    /// All of them together.
    pub movement: Movement,
}

/// What the page of growth shows.
#[derive(Clone, Debug)]
pub struct Growth {
    /// Names behind ids.
    pub names: Names,
    /// The newest month with revenue; none before any was stated.
    pub newest: Option<Month>,
    /// The movement, where there is any revenue.
    pub retention: Option<Retention>,
    /// By who answers for the account, by name.
    pub managers: Vec<ManagerMovement>,
    /// Products whose first month with an account lies in the period.
    pub introduced: Vec<(Id<Account>, Id<Product>, Month)>,
    /// Opportunities.
    pub pipeline: Pipeline,
    /// Accounts at risk, the next contract first.
    pub at_risk: Vec<AtRisk>,
    /// What they are worth a year.
    pub value_at_risk: Sums,
}

struct Ground {
    names: Names,
    rates: Rates,
    settings: settings::FirmSettings,
    today: Date,
}

async fn ground(ctx: &Ctx, actor: &Actor, tx: &mut ReadTx) -> Result<Ground, BookError> {
    let settings = settings::load_in(tx).await?;
    let accounts = reads::list_accounts(tx, &actor.scope, None).await?;
    let products = reads::list_products(tx).await?;
    let names = Names {
        reporting: settings.reporting_currency,
        accounts: accounts.into_iter().map(|account| (account.id.clone(), account)).collect(),
        products: products.into_iter().map(|(id, name, unit)| (id, (name, unit))).collect(),
    };
    let rates = Rates::new(settings.reporting_currency, reads::list_rates(tx).await?);
    Ok(Ground { names, rates, settings, today: ctx.now().date_in(&jiff::tz::TimeZone::UTC) })
}

impl Ground {
    fn tenures(&self) -> BTreeMap<Id<Account>, Tenure> {
        self.names.accounts.values().filter_map(|it| Some((it.id.clone(), it.tenure?))).collect()
    }

    async fn retention(
        &self,
        tx: &mut ReadTx,
        actor: &Actor,
        of: Of<'_>,
        period: Period,
    ) -> Result<Retention, BookError> {
        let span = (period.a_year_before().first, period.last);
        let rows = reads::list_actuals(tx, &actor.scope, of, span).await?;
        let rows: Vec<RevenueRow> = rows.iter().filter_map(ActualRow::revenue_row).collect();
        Ok(retention(&rows, &self.tenures(), period, &self.rates))
    }

    fn pipeline(&self, opportunities: &[OpenOpportunity]) -> Pipeline {
        let mut pipeline = Pipeline::default();
        for it in opportunities {
            let currency = it.annual_value.map_or(self.names.reporting, |value| value.currency);
            let line = pipeline.lines.entry((it.stage, currency)).or_default();
            line.n += 1;
            let Some(value) = it.annual_value else {
                line.n_without_value += 1;
                continue;
            };
            line.value += i128::from(value.minor);
            pipeline.value.add(&self.rates, value, self.today);
            let Some(probability) = it.probability else {
                line.n_without_probability += 1;
                continue;
            };
            let weighted = weighted(value, probability);
            line.weighted += i128::from(weighted.minor);
            pipeline.weighted.add(&self.rates, weighted, self.today);
        }
        pipeline
    }

    fn at_risk(&self, contracts: Vec<ComingContract>) -> (Vec<AtRisk>, Sums) {
        let (mut seen, mut sums, mut found) = (BTreeSet::new(), Sums::default(), vec![]);
        for contract in contracts {
            let warnings = warnings(&contract, self.today);
            if warnings.is_empty() || !seen.insert(contract.account_id.clone()) {
                continue;
            }
            let worth = self.names.accounts.get(&contract.account_id).map_or(Worth::default(), |it| it.worth);
            if let Some(value) = worth.value {
                sums.add(&self.rates, value, self.today);
            }
            found.push(AtRisk { account_id: contract.account_id.clone(), contract, warnings, worth });
        }
        (found, sums)
    }
}

/// A value times its probability in percent, rounded half away from zero.
fn weighted(value: Money, percent: i64) -> Money {
    let scaled = i128::from(value.minor) * i128::from(percent);
    let rounded = (scaled.abs() + 50) / 100 * scaled.signum();
    Money::new(i64::try_from(rounded).unwrap_or(value.minor), value.currency)
}

fn warnings(contract: &ComingContract, today: Date) -> Vec<Warning> {
    let quiet = contract.last_talk_on.map(|day| days_between(day, today));
    let counted = |n: i64, warning: fn(i64) -> Warning| (n > 0).then(|| warning(n));
    let all = [
        contract.missed.then_some(Warning::Missed),
        quiet.is_none_or(|days| days > QUIET_DAYS).then_some(Warning::NoTalk(quiet)),
        counted(contract.n_broken, Warning::Broken),
        counted(contract.n_late_promises, Warning::LatePromises),
        counted(contract.n_late_expectations, Warning::LateExpectations),
        (contract.n_who_know == 1).then_some(Warning::SingleThread),
    ];
    all.into_iter().flatten().collect()
}

fn days_between(from: Date, until: Date) -> i64 {
    from.until(until).map_or(0, |span| i64::from(span.get_days()))
}

/// What the actor's accounts did in the period of `kind`, and what may come and go.
///
/// # Errors
/// [`BookError::Denied`] without the right to read the book.
#[boxed]
pub async fn growth(ctx: &Ctx, actor: &Actor, kind: PeriodKind) -> Result<Growth, BookError> {
    authorise(actor, Action::ReadBook)?;
    let mut tx = ctx.begin_read().await?;
    let ground = ground(ctx, actor, &mut tx).await?;
    let newest = reads::newest_month(&mut tx, &actor.scope, Of::Everything).await?;
    let period = newest.map(|newest| Period::of(kind, newest, ground.settings.fiscal_year_starts));
    let (mut moved, mut introduced) = (None, vec![]);
    if let Some(period) = period {
        moved = Some(ground.retention(&mut tx, actor, Of::Everything, period).await?);
        let span = (period.first, period.last);
        introduced = reads::list_introduced(&mut tx, &actor.scope, Of::Everything, span).await?;
    }
    let open = reads::list_open_opportunities(&mut tx, &actor.scope, Of::Everything).await?;
    let coming = reads::list_coming_contracts(&mut tx, &actor.scope, Of::Everything, ground.today).await?;
    let pipeline = ground.pipeline(&open);
    let (at_risk, value_at_risk) = ground.at_risk(coming);
    let managers = moved.as_ref().map(|moved| by_manager(moved, &ground.names)).unwrap_or_default();
    ctx.count_reads(actor, moved.as_ref().map_or(0, |moved| moved.accounts.len()) + at_risk.len());
    Ok(Growth {
        names: ground.names,
        newest,
        retention: moved,
        managers,
        introduced,
        pipeline,
        at_risk,
        value_at_risk,
    })
}

fn by_manager(moved: &Retention, names: &Names) -> Vec<ManagerMovement> {
    let mut managers: BTreeMap<Option<(String, Id<Person>)>, ManagerMovement> = BTreeMap::new();
    for account in &moved.accounts {
        let manager = names.accounts.get(&account.account_id).and_then(|it| it.account_manager.clone());
        let key = manager.clone().map(|(id, name)| (name, id));
        let none = ManagerMovement { manager, n_accounts: 0, movement: Movement::default() };
        let line = managers.entry(key).or_insert(none);
        line.n_accounts += 1;
        line.movement = line.movement.plus(account.movement);
    }
    managers.into_values().collect()
}

/// What an account or a product took in a month, in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthLine {
    /// Which month.
    pub month: Month,
    /// The currency of its amounts.
    pub currency: Currency,
    /// What was invoiced, where any row states it.
    pub revenue: Option<i128>,
    /// Units, where any row states them.
    pub volume: Option<i128>,
    /// What it cost, for who is cleared and where it is stated.
    pub cost: Option<i128>,
}

impl MonthLine {
    /// Revenue by unit, in minor units rounded half away from zero; none without both.
    pub fn average_minor(&self) -> Option<i128> {
        let (revenue, volume) = (self.revenue?, self.volume.filter(|volume| *volume > 0)?);
        Some((revenue.abs() + volume / 2) / volume * revenue.signum())
    }

    /// What is left of revenue after costs; none without both.
    pub fn margin(&self) -> Option<i128> {
        Some(self.revenue? - self.cost?)
    }
}

fn line_of(
    lines: &mut BTreeMap<(Month, Currency), MonthLine>,
    month: Month,
    currency: Currency,
) -> &mut MonthLine {
    let none = MonthLine { month, currency, revenue: None, volume: None, cost: None };
    lines.entry((month, currency)).or_insert(none)
}

/// Months by currency.
fn by_month(rows: &[ActualRow]) -> BTreeMap<(Month, Currency), MonthLine> {
    let mut lines: BTreeMap<(Month, Currency), MonthLine> = BTreeMap::new();
    for row in rows {
        let line = line_of(&mut lines, row.month, row.currency);
        if let Some(revenue) = row.revenue {
            line.revenue = Some(line.revenue.unwrap_or(0) + i128::from(revenue.minor));
        }
        if let Some(volume) = row.volume {
            line.volume = Some(line.volume.unwrap_or(0) + i128::from(volume));
        }
    }
    lines
}

/// Revenue of each month in the reporting currency, at the month's rates; months without a figure are not among them.
fn in_one_by_month(rows: &[ActualRow], rates: &Rates) -> BTreeMap<Month, InOne> {
    let mut months: BTreeMap<Month, InOne> = BTreeMap::new();
    for row in rows {
        if let Some(revenue) = row.revenue {
            months.entry(row.month).or_default().add(rates, revenue, row.month.last_day());
        }
    }
    months
}

/// An account and those below it.
#[derive(Clone, Debug)]
pub struct RollUp {
    /// Accounts below it that the actor may see.
    pub n_below: usize,
    /// Its own stated value a year.
    pub own_value: Sums,
    /// With those below.
    pub value: Sums,
    /// Its own revenue of the last twelve months.
    pub own_revenue: Sums,
    /// With those below.
    pub revenue: Sums,
}

/// A product that an account has, by revenue of the last twelve months or by a line of a contract that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HasProduct {
    /// Which.
    pub product_id: Id<Product>,
    /// A line of a contract that runs names it.
    pub under_contract: bool,
    /// There is revenue of it within the last twelve months.
    pub paid_for: bool,
}

/// What the account's page of growth shows.
#[derive(Clone, Debug)]
pub struct AccountGrowth {
    /// Names behind ids.
    pub names: Names,
    /// Which.
    pub account: GrowthAccount,
    /// Revenue and volume by month, product and currency, the newest first.
    pub rows: Vec<ActualRow>,
    /// Revenue by month in the reporting currency.
    pub months: BTreeMap<Month, InOne>,
    /// How the last twelve months moved.
    pub retention: Option<Retention>,
    /// Opportunities that are not decided, the next first.
    pub opportunities: Vec<OpenOpportunity>,
    /// Products it has, by name.
    pub has: Vec<HasProduct>,
    /// Products it never paid for and that stand in no contract that runs, by name.
    pub never_had: Vec<(Id<Product>, String)>,
    /// Why it is at risk, if it is.
    pub at_risk: Option<AtRisk>,
    /// With the accounts below it, where there are any.
    pub roll_up: Option<RollUp>,
}

/// One account's growth.
///
/// # Errors
/// [`BookError::NotFound`] when there is no such account, or none they may see.
#[boxed]
pub async fn account_growth(ctx: &Ctx, actor: &Actor, id: &Id<Account>) -> Result<AccountGrowth, BookError> {
    authorise(actor, Action::ReadBook)?;
    let mut tx = ctx.begin_read().await?;
    let ground = ground(ctx, actor, &mut tx).await?;
    let account = ground.names.accounts.get(id).cloned();
    let account = account.ok_or(BookError::NotFound { kind: Kind::Account })?;
    let (scope, of) = (&actor.scope, Of::Account(id));
    let newest = reads::newest_month(&mut tx, scope, of).await?;
    let mut found = AccountGrowth {
        account,
        rows: vec![],
        months: BTreeMap::new(),
        retention: None,
        opportunities: reads::list_open_opportunities(&mut tx, scope, of).await?,
        has: vec![],
        never_had: vec![],
        at_risk: ground
            .at_risk(reads::list_coming_contracts(&mut tx, scope, of, ground.today).await?)
            .0
            .pop(),
        roll_up: roll_up(&mut tx, actor, &ground, id).await?,
        names: ground.names.clone(),
    };
    if let Some(newest) = newest {
        let span = (newest.plus(1 - MONTHS_SHOWN), newest);
        found.rows = reads::list_actuals(&mut tx, scope, of, span).await?;
        found.rows.sort_by_key(|row| std::cmp::Reverse(row.month));
        found.months = in_one_by_month(&found.rows, &ground.rates);
        let period = Period::of(PeriodKind::LastTwelve, newest, ground.settings.fiscal_year_starts);
        found.retention = Some(ground.retention(&mut tx, actor, of, period).await?);
    }
    let ever = reads::list_introduced(&mut tx, scope, of, EVER).await?;
    let running: BTreeSet<Id<Product>> =
        reads::list_running_products(&mut tx, scope, id, ground.today).await?.into_iter().collect();
    let had: BTreeSet<&Id<Product>> = ever.iter().map(|(_, product, _)| product).chain(&running).collect();
    let all = ground.names.products.iter().filter(|(id, _)| !had.contains(id));
    found.never_had = all.map(|(id, (name, _))| (id.clone(), name.clone())).collect();
    found.never_had.sort_by(|left, right| left.1.cmp(&right.1));
    found.has = has(&found, &running, ground.today);
    ctx.count_reads(actor, found.rows.len());
    Ok(found)
}

/// What the account has, by name; twelve months as the map of cross-sell counts them.
fn has(found: &AccountGrowth, running: &BTreeSet<Id<Product>>, today: Date) -> Vec<HasProduct> {
    let since = Month::of(today).plus(-12);
    let recent = found.rows.iter().filter(|row| row.month > since);
    let paid: BTreeSet<&Id<Product>> =
        recent.filter(|row| row.revenue.is_some_and(|it| it.minor > 0)).map(|row| &row.product_id).collect();
    let all: BTreeSet<&Id<Product>> = paid.iter().copied().chain(running).collect();
    let mut has: Vec<HasProduct> = all
        .into_iter()
        .filter(|id| found.names.products.contains_key(*id))
        .map(|id| HasProduct {
            product_id: id.clone(),
            under_contract: running.contains(id),
            paid_for: paid.contains(id),
        })
        .collect();
    has.sort_by(|left, right| {
        found.names.product(&left.product_id).cmp(found.names.product(&right.product_id))
    });
    has
}

/// From the first to the last month there is.
const EVER: (Month, Month) = (Month::FIRST, Month::LAST);

async fn roll_up(
    tx: &mut ReadTx,
    actor: &Actor,
    ground: &Ground,
    id: &Id<Account>,
) -> Result<Option<RollUp>, BookError> {
    let parts = reads::list_parts(tx, &actor.scope, id).await?;
    if parts.iter().all(|part| part == id) {
        return Ok(None);
    }
    let mut found = RollUp {
        n_below: parts.iter().filter(|part| *part != id).count(),
        own_value: Sums::default(),
        value: Sums::default(),
        own_revenue: Sums::default(),
        revenue: Sums::default(),
    };
    // One span for all of them: the twelve months before the present one.
    let last = Month::of(ground.today).plus(-1);
    let span = (last.plus(-11), last);
    for part in &parts {
        if let Some(value) = ground.names.accounts.get(part).and_then(|it| it.worth.value) {
            found.value.add(&ground.rates, value, ground.today);
            if part == id {
                found.own_value.add(&ground.rates, value, ground.today);
            }
        }
        for row in reads::list_actuals(tx, &actor.scope, Of::Account(part), span).await? {
            let Some(revenue) = row.revenue else { continue };
            found.revenue.add(&ground.rates, revenue, row.month.last_day());
            if part == id {
                found.own_revenue.add(&ground.rates, revenue, row.month.last_day());
            }
        }
    }
    Ok(Some(found))
}

/// What the product's page of growth shows.
#[derive(Clone, Debug)]
pub struct ProductGrowth {
    /// Names behind ids.
    pub names: Names,
    /// Its name.
    pub name: String,
    /// What is counted.
    pub unit: String,
    /// Months by currency, the newest first.
    pub months: Vec<MonthLine>,
    /// Revenue by month in the reporting currency.
    pub in_one: BTreeMap<Month, InOne>,
    /// Revenue of the last twelve months by account, each by currency.
    pub accounts: BTreeMap<Id<Account>, Sums>,
    /// What live contracts charge, beside the list.
    pub prices: Vec<PricedLine>,
    /// Whether the actor may see costs.
    pub costs_shown: bool,
}

/// One product's figures by month over the accounts that the actor may see.
///
/// # Errors
/// [`BookError::NotFound`] when there is no such product.
#[boxed]
pub async fn product_growth(ctx: &Ctx, actor: &Actor, id: &Id<Product>) -> Result<ProductGrowth, BookError> {
    authorise(actor, Action::ReadBook)?;
    let mut tx = ctx.begin_read().await?;
    let ground = ground(ctx, actor, &mut tx).await?;
    let known = ground.names.products.get(id).cloned();
    let (name, unit) = known.ok_or(BookError::NotFound { kind: Kind::Product })?;
    let (scope, of, cleared) = (&actor.scope, Of::Product(id), clearance(actor));
    let mut found = ProductGrowth {
        name,
        unit,
        months: vec![],
        in_one: BTreeMap::new(),
        accounts: BTreeMap::new(),
        prices: reads::list_priced_lines(&mut tx, scope, id, ground.today).await?,
        costs_shown: cleared.has(mandate_domain::Purpose::Cost),
        names: ground.names.clone(),
    };
    // The newest month with revenue, and not with a cost, which would tell who is not cleared that there is one.
    let newest = reads::newest_month(&mut tx, scope, of).await?.unwrap_or(Month::of(ground.today));
    let span = (newest.plus(1 - MONTHS_SHOWN), newest);
    let rows = reads::list_actuals(&mut tx, scope, of, span).await?;
    let mut lines = by_month(&rows);
    for (month, cost) in reads::list_costs(&mut tx, scope, cleared, of, span).await? {
        let Ok(cost) = cost.reveal(cleared) else { continue };
        let line = line_of(&mut lines, month, cost.currency);
        line.cost = Some(line.cost.unwrap_or(0) + i128::from(cost.minor));
    }
    found.months = lines.into_values().rev().collect();
    found.in_one = in_one_by_month(&rows, &ground.rates);
    for row in rows.iter().filter(|row| row.month > newest.plus(-12)) {
        if let Some(revenue) = row.revenue {
            let sums = found.accounts.entry(row.account_id.clone()).or_default();
            sums.add(&ground.rates, revenue, row.month.last_day());
        }
    }
    ctx.count_reads(actor, rows.len());
    Ok(found)
}

/// What a contract gives off the list price, in basis points; below zero where it charges more. None without a list price.
pub fn discount_bp(line: &PricedLine) -> Option<i64> {
    let (listed, per, _) = line.listed?;
    let charged = i128::from(line.price.minor) * i128::from(per);
    let full = i128::from(listed.minor) * i128::from(line.price_per);
    if full <= 0 {
        return None;
    }
    let scaled = (full - charged) * 10_000;
    i64::try_from((scaled.abs() + full / 2) / full * scaled.signum()).ok()
}

#[cfg(test)]
#[path = "growth_tests.rs"]
mod tests;
