//! What the demo agreed with its clients about delivery, as records: calendars, service levels, measures and why they
//! matter, walk-throughs, exclusions, the clients' words on results, service-credit rules.
//!
//! Measures are per account, as a contract has them. Not here: events and cases, which come in through the ingestion.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use mandate_domain::facts::calendar::{Calendar, CalendarHours, CalendarVersion, DayException, WeekWindow};
use mandate_domain::facts::case_filter::{CaseFilter, CaseFilterParts};
use mandate_domain::facts::credit::{CreditMethod, CreditRule};
use mandate_domain::facts::exclusion::Side as ContractSide;
use mandate_domain::facts::exclusion::{ExcludedTime, Exclusion, ExclusionState, Ground, Part};
use mandate_domain::facts::kpi::{
    Aggregate, Cadence, Direction, Kpi, KpiDefinition, KpiScope, KpiVersion, MeasuredClock,
};
use mandate_domain::facts::result::{ResultReview, ReviewVerdict, Walkthrough};
use mandate_domain::facts::service_level::{
    ClockKind, Reopening, ServiceLevel, ServiceLevelTerms, ServiceLevelVersion,
};
use mandate_domain::facts::source::SourceId;
use mandate_domain::{Id, Instant, Money, Month};
use mandate_store::facts::kpis::KpiReason;

use super::book::DemoBook;
use super::cases::MONTHS_OF_HISTORY;
use super::hours::{holidays, instant_at, minute_of};
use super::records::{Ids, currency, external_id, find};
use super::relative::{optional_date, relative_date};
use super::tables::{AccountRow, KpiRow, TableError, Tables};
use crate::ctx::Ctx;

/// The records of room `facts`, but for events and what is derived from them.
#[derive(Debug)]
pub(super) struct FactRecords {
    pub calendars: Vec<Calendar>,
    pub levels: Vec<ServiceLevel>,
    pub kpis: Vec<Kpi>,
    pub reasons: Vec<(KpiKey, KpiReason)>,
    pub walkthroughs: Vec<Walkthrough>,
    pub exclusions: Vec<Exclusion>,
    pub reviews: Vec<ResultReview>,
    pub credit_rules: Vec<CreditRule>,
}

/// A measure of an account.
#[derive(Debug)]
pub(super) struct KpiKey {
    pub kpi: Id<Kpi>,
    pub account: Id<mandate_domain::book::Account>,
}

impl FactRecords {
    /// The records of `book`; cases are those of `source`.
    pub(super) fn new(ctx: &Ctx, book: &DemoBook, ids: &Ids, source: &SourceId) -> Result<Self, TableError> {
        let calendars = calendars(ctx, book)?;
        let mut make = Make { ctx, book, ids, source, kpi_ids: BTreeMap::new() };
        let kpis = make.kpis()?;
        Ok(Self {
            levels: make.levels(&calendars)?,
            reasons: make.reasons()?,
            walkthroughs: make.walkthroughs()?,
            exclusions: make.exclusions()?,
            reviews: make.reviews()?,
            credit_rules: make.credit_rules()?,
            calendars,
            kpis,
        })
    }
}

fn calendars(ctx: &Ctx, book: &DemoBook) -> Result<Vec<Calendar>, TableError> {
    let (tables, today) = (book.tables(), book.setting.today);
    let mut calendars: Vec<Calendar> = vec![];
    for row in &tables.calendars {
        let own_id = external_id(&row.key);
        let idx = match calendars.iter().position(|calendar| calendar.external_id.as_ref() == Some(&own_id)) {
            Some(idx) => idx,
            None => {
                calendars.push(Calendar {
                    id: ctx.new_id(),
                    external_id: Some(own_id),
                    name: row.name.clone(),
                    assumed: false,
                    demo: true,
                    version: 1,
                    versions: vec![],
                });
                calendars.len() - 1
            }
        };
        let valid_from = relative_date("calendars.csv", &row.valid_from, today)?;
        let windows = (row.first_weekday..=row.last_weekday).map(|weekday| {
            let (opens_minute, closes_minute) = (minute_of(&row.opens)?, minute_of(&row.closes)?);
            Ok(WeekWindow { weekday: i64::from(weekday), opens_minute, closes_minute })
        });
        let windows: Vec<WeekWindow> = windows.collect::<Result<_, TableError>>()?;
        let versions = &mut calendars[idx].versions;
        match versions.iter_mut().find(|version| version.hours.valid_from == valid_from) {
            Some(version) => version.hours.windows.extend(windows),
            None => {
                let hours = CalendarHours {
                    valid_from,
                    time_zone: row.time_zone.clone(),
                    windows,
                    exceptions: closed_days(tables, &row.key, today)?,
                };
                versions.push(CalendarVersion { id: ctx.new_id(), hours });
            }
        }
    }
    Ok(calendars)
}

fn closed_days(tables: &Tables, calendar: &str, today: Date) -> Result<Vec<DayException>, TableError> {
    let found = holidays(&tables.holidays, calendar, today.year() - 3, today.year() + 2)?;
    Ok(found.iter().map(|holiday| DayException::closed(holiday.on, &holiday.name)).collect())
}

struct Make<'a> {
    ctx: &'a Ctx,
    book: &'a DemoBook,
    ids: &'a Ids,
    source: &'a SourceId,
    /// By account and measure.
    kpi_ids: BTreeMap<(String, String), Id<Kpi>>,
}

fn first_month(today: Date) -> Month {
    Month::of(today).plus(-MONTHS_OF_HISTORY)
}

impl Make<'_> {
    fn today(&self) -> Date {
        self.book.setting.today
    }

    fn account(&self, table: &'static str, key: &str) -> Result<&AccountRow, TableError> {
        let account = self.book.tables().accounts.iter().find(|account| account.key == key);
        account.ok_or_else(|| TableError::cell(table, key, "account"))
    }

    fn kpi_key(&self, table: &'static str, account: &str, kpi: &str) -> Result<KpiKey, TableError> {
        let id = self.kpi_ids.get(&(account.to_owned(), kpi.to_owned()));
        Ok(KpiKey {
            kpi: id.cloned().ok_or_else(|| TableError::cell(table, kpi, "measure of that account"))?,
            account: find(&self.ids.accounts, table, account, "account")?,
        })
    }

    fn levels(&self, calendars: &[Calendar]) -> Result<Vec<ServiceLevel>, TableError> {
        let tables = self.book.tables();
        let mut levels = vec![];
        for account in &tables.accounts {
            let calendar = external_id(&account.calendar);
            let calendar = calendars.iter().find(|known| known.external_id.as_ref() == Some(&calendar));
            let calendar =
                calendar.ok_or_else(|| TableError::cell("accounts.csv", &account.calendar, "calendar"))?;
            for row in tables.levels.iter().filter(|row| row.level == account.level) {
                let kind = ClockKind::parse(&row.clock)
                    .map_err(|_| TableError::cell("levels.csv", &row.clock, "clock"))?;
                let minutes = [row.p1_minutes, row.p2_minutes, row.p3_minutes, row.p4_minutes];
                let terms = ServiceLevelTerms {
                    valid_from: first_month(self.today()).plus(-1).first_day(),
                    calendar_id: calendar.id.clone(),
                    // A first reply stays the first, whatever follows.
                    reopening: match kind {
                        ClockKind::Response => Reopening::FirstStop,
                        ClockKind::Update | ClockKind::Resolution => Reopening::Total,
                    },
                    retroactive_start: true,
                    goal_share_bp: row.goal_percent * 100,
                    targets: (1..).zip(minutes.map(|minutes| minutes * 60)).collect(),
                };
                let words = match kind {
                    ClockKind::Response => "first reply",
                    ClockKind::Update => "news",
                    ClockKind::Resolution => "solution",
                };
                levels.push(ServiceLevel {
                    id: self.ctx.new_id(),
                    external_id: Some(external_id(&format!("{}-{}", account.key, row.clock))),
                    source_id: self.source.clone(),
                    account_id: self.ids.accounts.get(&account.key).map(ToString::to_string),
                    contract_id: self
                        .ids
                        .contracts
                        .get(&format!("{}-sow2", account.key))
                        .map(ToString::to_string),
                    name: format!("{}, {words}", account.name),
                    clock_kind: kind,
                    clause: row.clause.clone(),
                    assumed: false,
                    demo: true,
                    version: 1,
                    versions: vec![ServiceLevelVersion { id: self.ctx.new_id(), terms }],
                });
            }
        }
        Ok(levels)
    }

    fn kpis(&mut self) -> Result<Vec<Kpi>, TableError> {
        let mut kpis = vec![];
        for account in &self.book.tables().accounts {
            for row in self.book.kpis_of(account) {
                let id: Id<Kpi> = self.ctx.new_id();
                self.kpi_ids.insert((account.key.clone(), row.key.clone()), id.clone());
                let cadence = Cadence::parse(&row.cadence)
                    .map_err(|_| TableError::cell("kpis.csv", &row.cadence, "cadence"))?;
                kpis.push(Kpi {
                    id,
                    external_id: Some(external_id(&format!("{}-{}", account.key, row.key))),
                    scope: KpiScope::Account(find(&self.ids.accounts, "kpis.csv", &account.key, "account")?),
                    name: row.name.clone(),
                    owner_person_id: self.owner(row, account).cloned(),
                    cadence,
                    assumed: false,
                    demo: true,
                    version: 1,
                    versions: vec![KpiVersion {
                        id: self.ctx.new_id(),
                        valid_from: first_month(self.today()),
                        definition: definition(self.book.tables(), row)?,
                    }],
                });
            }
        }
        Ok(kpis)
    }

    /// The head of the line that delivers the product; the account manager for measures of every account.
    fn owner(&self, kpi: &KpiRow, account: &AccountRow) -> Option<&Id<mandate_domain::book::Person>> {
        let tables = self.book.tables();
        let product = tables.products.iter().find(|product| product.key == kpi.product);
        let line = product.and_then(|product| tables.lines.iter().find(|line| line.key == product.line));
        self.ids.people.get(line.map_or(&account.manager, |line| &line.head))
    }

    fn reasons(&self) -> Result<Vec<(KpiKey, KpiReason)>, TableError> {
        let make = |row: &super::tables::KpiReasonRow| {
            let reason = KpiReason {
                text: row.text.clone(),
                person_id: Some(find(&self.ids.people, "kpi_reasons.csv", &row.person, "person")?),
                said_on: optional_date("kpi_reasons.csv", &row.said_on, self.today())?,
                version: 0,
            };
            Ok((self.kpi_key("kpi_reasons.csv", &row.account, &row.kpi)?, reason))
        };
        self.book.tables().kpi_reasons.iter().map(make).collect()
    }

    fn walkthroughs(&self) -> Result<Vec<Walkthrough>, TableError> {
        let table = "walkthroughs.csv";
        let make = |held: &super::book::DemoWalkthrough| {
            let key = self.kpi_key(table, &held.account, &held.kpi)?;
            Ok(Walkthrough {
                id: self.ctx.new_id(),
                kpi_id: key.kpi,
                account_id: key.account,
                client_person_id: find(&self.ids.people, table, &held.client_person, "person")?,
                our_person_id: self.ids.people.get(&self.account(table, &held.account)?.manager).cloned(),
                held_on: held.held_on,
                note: held.note.clone(),
            })
        };
        self.book.walkthroughs.iter().map(make).collect()
    }

    fn exclusions(&self) -> Result<Vec<Exclusion>, TableError> {
        let table = "exclusions.csv";
        let mut exclusions = vec![];
        for row in &self.book.tables().exclusions {
            let account = self.account(table, &row.account)?;
            let zone = TimeZone::get(&account.time_zone)
                .map_err(|_| TableError::cell(table, &account.time_zone, "time zone"))?;
            let at = |day: &str, time: &str| {
                let day = relative_date(table, day, self.today())?;
                Ok::<Instant, TableError>(Instant::from_seconds(instant_at(&zone, day, minute_of(time)?)))
            };
            let (from, until) = (at(&row.from, &row.from_time)?, at(&row.until, &row.until_time)?);
            let state = ExclusionState::parse(&row.state)
                .map_err(|_| TableError::cell(table, &row.state, "state of an exclusion"))?;
            let part = |side, person: &str, days: i64| {
                Ok::<Part, TableError>(Part {
                    side,
                    person_id: Some(find(&self.ids.people, table, person, "person")?),
                    recorded_by: "demo".to_owned(),
                    at: until.plus_seconds(days * 86_400).min(self.ctx.now()),
                })
            };
            let answered = match row.decided_by.as_str() {
                "" => None,
                person => Some(part(ContractSide::Client, person, 8)?),
            };
            exclusions.push(Exclusion {
                id: self.ctx.new_id(),
                account_id: find(&self.ids.accounts, table, &row.account, "account")?,
                case_id: None,
                time: ExcludedTime::new(from, until)
                    .map_err(|_| TableError::cell(table, &row.until, "end after the beginning"))?,
                ground: Ground::parse(&row.ground)
                    .map_err(|_| TableError::cell(table, &row.ground, "ground"))?,
                clause: row.clause.clone(),
                note: row.note.clone(),
                state,
                proposed: part(ContractSide::Provider, &row.proposed_by, 7)?,
                answered,
                answer_note: String::new(),
                demo: true,
                version: 1,
            });
        }
        Ok(exclusions)
    }

    fn reviews(&self) -> Result<Vec<ResultReview>, TableError> {
        let table = "reviews.csv";
        let mut reviews = vec![];
        for review in &self.book.reviews {
            let row = &self.book.tables().reviews[review.row];
            let key = self.kpi_key(table, &row.account, &row.kpi)?;
            let said_on = review.month.plus(1).first_day().at(12, 0, 0, 0);
            let said_at = TimeZone::UTC.to_timestamp(said_on).unwrap_or(Timestamp::MIN);
            let case = review.case.map(|case| self.book.cases[case].case_ref());
            reviews.push(ResultReview {
                id: self.ctx.new_id(),
                kpi_id: key.kpi,
                account_id: key.account,
                month: review.month,
                case_id: case.map(|case_ref| format!("{}:{case_ref}", self.source)),
                verdict: ReviewVerdict::parse(&row.verdict)
                    .map_err(|_| TableError::cell(table, &row.verdict, "verdict"))?,
                client_person_id: match row.person.as_str() {
                    "" => None,
                    person => Some(find(&self.ids.people, table, person, "person")?),
                },
                note: row.note.clone(),
                recorded_by: None,
                at: Instant::from(said_at).plus_seconds(11 * 86_400).min(self.ctx.now()),
            });
        }
        Ok(reviews)
    }

    fn credit_rules(&self) -> Result<Vec<CreditRule>, TableError> {
        let table = "credit_rules.csv";
        let make = |row: &super::tables::CreditRuleRow| {
            let account = self.account(table, &row.account)?;
            let key = self.kpi_key(table, &row.account, &row.kpi)?;
            let fee = self.book.annual_value_minor(&row.account) / 12;
            Ok(CreditRule {
                id: self.ctx.new_id(),
                external_id: Some(external_id(&row.key)),
                account_id: key.account,
                contract_id: Some(find(&self.ids.contracts, table, &row.contract, "contract")?.to_string()),
                kpi_id: key.kpi,
                method: CreditMethod::parse(&row.method, &row.tiers)
                    .map_err(|_| TableError::cell(table, &row.tiers, "list of tiers"))?,
                at_risk_cap: Money::new(fee * row.at_risk_percent / 100, currency(account)?),
                monthly_fee: Money::new(fee, currency(account)?),
                earn_back_months: row.earn_back_months,
                clause: row.clause.clone(),
                valid_from: Month::of(relative_date(table, &row.valid_from, self.today())?),
                demo: true,
                version: 1,
            })
        };
        self.book.tables().credit_rules.iter().map(make).collect()
    }
}

fn definition(tables: &Tables, row: &KpiRow) -> Result<KpiDefinition, TableError> {
    let bad = |value: &str, expected| TableError::cell("kpis.csv", value, expected);
    let words = |cell: &str| cell.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
    let categories: Vec<String> = words(&row.categories);
    let name = |key: &String| {
        let category = tables.categories.iter().find(|category| category.key == *key);
        category.map(|category| category.name.clone()).ok_or_else(|| bad(key, "category"))
    };
    let parts = CaseFilterParts {
        priorities: words(&row.priorities),
        categories: categories.iter().map(name).collect::<Result<_, _>>()?,
        ..CaseFilterParts::default()
    };
    KpiDefinition::new(
        MeasuredClock::parse(&row.clock).map_err(|_| bad(&row.clock, "clock"))?,
        Aggregate::parse(&row.aggregate, row.parameter).map_err(|_| bad(&row.aggregate, "aggregate"))?,
        Direction::parse(&row.direction).map_err(|_| bad(&row.direction, "direction"))?,
        row.target_micro,
        CaseFilter::new(&parts).map_err(|_| bad(&row.priorities, "filter"))?,
    )
    .map_err(|_| bad(&row.key, "measure with a target it can reach"))
}
