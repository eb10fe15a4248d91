//! The setting of the demo for one day of load: who serves whom, when they are open, which targets hold.
//!
//! Built once from the tables, then only read. A *desk* is one account's cases of one category at the team that serves
//! them; its expected number of cases follows from the account's and from the weights of products and categories.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::cases::{MONTHS_OF_HISTORY, Rhythm, Zone};
use super::chance::Shape;
use super::hours::{Hours, Reading, holidays};
use super::story::Stories;
use super::tables::{AccountRow, ProductRow, TableError, Tables};

/// Everything the generator reads.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The source tables.
    pub tables: Tables,
    /// The day of the load.
    pub today: Date,
    /// What stories change.
    pub stories: Stories,
    /// One desk per account and category.
    pub desks: Vec<Desk>,
    /// When cases come.
    pub rhythm: Rhythm,
    /// How long work takes, in percent of the target.
    pub shape: Shape,
    process: BTreeMap<String, i64>,
}

/// One account's cases of one category at the team that serves them.
#[derive(Clone, Debug)]
pub struct Desk {
    /// Position in the accounts table.
    pub account: usize,
    /// Position in the categories table.
    pub category: usize,
    /// Position in the teams table.
    pub team: usize,
    /// Other teams of the same line, where cases end up by mistake.
    pub other_teams: Vec<usize>,
    /// Where hard cases are handed up: the line's office, then the executives'.
    pub offices: Vec<usize>,
    /// Expected cases a month, in thousandths.
    pub monthly_milli: i64,
    /// When the team works.
    pub hours: Arc<Hours>,
    /// When the client works; also the calendar of the service level.
    pub client_hours: Arc<Hours>,
    /// That calendar as the source has it.
    pub source_hours: Arc<Hours>,
    /// The client's zone.
    pub zone: Arc<Zone>,
    targets_s: [i64; 4],
    responses_s: [i64; 4],
}

impl Desk {
    /// Open seconds allowed for the solution at `priority` (1 to 4).
    pub fn target_s(&self, priority: usize) -> i64 {
        self.targets_s[priority.clamp(1, 4) - 1]
    }

    /// Open seconds allowed for the first reply at `priority` (1 to 4).
    pub fn response_s(&self, priority: usize) -> i64 {
        self.responses_s[priority.clamp(1, 4) - 1]
    }
}

/// Events the tables give by themselves; another number asked for scales the arrivals.
const EVENTS_OF_TABLES: i64 = 352_000;

impl Setting {
    /// The setting of `tables` on the day `today`, with about `n_events` events.
    ///
    /// # Errors
    /// [`TableError`] for a cell that names what no table has.
    pub fn new(tables: Tables, today: Date, n_events: u32) -> Result<Self, TableError> {
        let stories = Stories::new(&tables)?;
        let shape =
            Shape::new(tables.shape.iter().map(|row| (row.permille, row.percent_of_target)).collect());
        let process = tables.process.iter().map(|row| (row.name.clone(), row.value)).collect();
        let of_kind =
            |kind: &str| tables.rhythm.iter().filter(|row| row.kind == kind).map(|row| row.weight).collect();
        let rhythm =
            Rhythm { weekdays: of_kind("weekday"), hours: of_kind("hour"), months: of_kind("month") };
        let desks = Desks::new(&tables, &rhythm, today, i64::from(n_events)).all()?;
        let setting = Self { stories, shape, process, rhythm, desks, today, tables };
        for name in PROCESS {
            if !setting.process.contains_key(name) {
                return Err(TableError::cell("process.csv", name, "row that must be there, but"));
            }
        }
        Ok(setting)
    }

    /// A number of the process table.
    pub fn process(&self, name: &str) -> i64 {
        self.process.get(name).copied().unwrap_or(0)
    }
}

const PROCESS: [&str; 14] = [
    "automatic_assignment",
    "misrouted",
    "misrouted_again",
    "awaiting",
    "client_delay",
    "unread",
    "unread_delay",
    "supplier",
    "supplier_delay",
    "update",
    "raised",
    "cancelled",
    "reopened",
    "close_delay",
];

/// Builds the desks; calendars are made once each.
struct Desks<'a> {
    tables: &'a Tables,
    rhythm: &'a Rhythm,
    dates: [Date; 3],
    n_events: i64,
    calendars: BTreeMap<(String, bool), Arc<Hours>>,
    zones: BTreeMap<String, Arc<Zone>>,
}

impl<'a> Desks<'a> {
    fn new(tables: &'a Tables, rhythm: &'a Rhythm, today: Date, n_events: i64) -> Self {
        let first = today.saturating_sub((MONTHS_OF_HISTORY + 2).months());
        let dates = [today, first, today.saturating_add(9.months())];
        Self { tables, rhythm, dates, n_events, calendars: BTreeMap::new(), zones: BTreeMap::new() }
    }

    fn all(mut self) -> Result<Vec<Desk>, TableError> {
        let tables = self.tables;
        let mut desks = vec![];
        for (account_idx, account) in tables.accounts.iter().enumerate() {
            let products = products_of(tables, &account.key);
            let weights: i64 = products.iter().map(|product| product.case_weight).sum();
            let zone = self.zone(account)?;
            for product in products {
                let team = self.team(&product.key, account)?;
                for (category, row) in tables.categories.iter().enumerate() {
                    if row.product != product.key {
                        continue;
                    }
                    let monthly_milli =
                        account.cases_per_month * 1_000 * product.case_weight / weights.max(1) * row.share
                            / 100
                            * self.n_events
                            / EVENTS_OF_TABLES;
                    desks.push(Desk {
                        account: account_idx,
                        category,
                        team,
                        other_teams: self.other_teams(team),
                        offices: self.offices(team),
                        monthly_milli,
                        hours: self.team_hours(team, account)?,
                        client_hours: self.hours(&account.calendar, Reading::True)?,
                        source_hours: self.hours(&account.calendar, Reading::Source)?,
                        zone: Arc::clone(&zone),
                        targets_s: self.targets(account, "resolution")?,
                        responses_s: self.targets(account, "response")?,
                    });
                }
            }
        }
        Ok(desks)
    }

    fn hours(&mut self, calendar: &str, reading: Reading) -> Result<Arc<Hours>, TableError> {
        let key = (calendar.to_owned(), reading == Reading::Source);
        if let Some(known) = self.calendars.get(&key) {
            return Ok(Arc::clone(known));
        }
        let hours = Arc::new(Hours::new(self.tables, calendar, reading, self.dates)?);
        self.calendars.insert(key, Arc::clone(&hours));
        Ok(hours)
    }

    fn team_hours(&mut self, team: usize, account: &AccountRow) -> Result<Arc<Hours>, TableError> {
        match self.tables.teams[team].calendar.as_str() {
            "client" => self.hours(&account.calendar, Reading::True),
            own => self.hours(own, Reading::True),
        }
    }

    /// The zone of an account; accounts with one calendar share it.
    fn zone(&mut self, account: &AccountRow) -> Result<Arc<Zone>, TableError> {
        if let Some(known) = self.zones.get(&account.calendar) {
            return Ok(Arc::clone(known));
        }
        let time_zone = TimeZone::get(&account.time_zone)
            .map_err(|_| TableError::cell("accounts.csv", &account.time_zone, "time zone"))?;
        let years = (self.dates[1].year(), self.dates[2].year());
        let found = holidays(&self.tables.holidays, &account.calendar, years.0, years.1)?;
        let days = found.iter().map(|holiday| holiday.on).collect();
        let zone = Arc::new(Zone::new(time_zone, days, self.rhythm, self.dates[0]));
        self.zones.insert(account.calendar.clone(), Arc::clone(&zone));
        Ok(zone)
    }

    fn team(&self, product: &str, account: &AccountRow) -> Result<usize, TableError> {
        let cover = self
            .tables
            .cover
            .iter()
            .find(|row| row.product == product && row.zone == account.time_zone)
            .ok_or_else(|| TableError::cell("team_cover.csv", product, "product in that zone"))?;
        let team = self.tables.teams.iter().position(|team| team.key == cover.team);
        team.ok_or_else(|| TableError::cell("team_cover.csv", &cover.team, "team"))
    }

    fn other_teams(&self, team: usize) -> Vec<usize> {
        let line = &self.tables.teams[team].line;
        let serves = |key: &str| self.tables.cover.iter().any(|row| row.team == key);
        let teams = self.tables.teams.iter().enumerate();
        teams
            .filter(|(idx, other)| *idx != team && other.line == *line && serves(&other.key))
            .map(|(idx, _)| idx)
            .collect()
    }

    /// Teams that serve nobody are offices; the one without a line is the executives'.
    fn offices(&self, team: usize) -> Vec<usize> {
        let line = &self.tables.teams[team].line;
        let serves = |key: &str| self.tables.cover.iter().any(|row| row.team == key);
        let of = |wanted: &str| {
            self.tables.teams.iter().position(|team| team.line == wanted && !serves(&team.key))
        };
        [of(line), of("")].into_iter().flatten().collect()
    }

    fn targets(&self, account: &AccountRow, clock: &str) -> Result<[i64; 4], TableError> {
        let row = self.tables.levels.iter().find(|row| row.level == account.level && row.clock == clock);
        let row =
            row.ok_or_else(|| TableError::cell("levels.csv", &account.level, "level with that clock"))?;
        Ok([row.p1_minutes, row.p2_minutes, row.p3_minutes, row.p4_minutes].map(|minutes| minutes * 60))
    }
}

/// The products an account buys.
pub(super) fn products_of<'a>(tables: &'a Tables, account: &str) -> Vec<&'a ProductRow> {
    let contracts: Vec<&str> =
        tables.contracts.iter().filter(|row| row.account == account).map(|row| row.key.as_str()).collect();
    let bought = |product: &&ProductRow| {
        tables
            .contract_lines
            .iter()
            .any(|line| line.product == product.key && contracts.contains(&line.contract.as_str()))
    };
    tables.products.iter().filter(bought).collect()
}
