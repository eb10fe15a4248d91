//! What a source's clocks depend on, ready to run: calendars compiled, service levels by account, exclusions by case.
//!
//! Loaded in one read, so that all cases of a run are derived from one state of the definitions. A case keeps the
//! version of its service level that was in force when it opened. Not here: running the clocks (`derive`).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use mandate_domain::Instant;
use mandate_domain::facts::calendar::{Calendar, CalendarHours};
use mandate_domain::facts::service_level::{ClockKind, Reopening, ServiceLevel, ServiceLevelTerms};
use mandate_domain::facts::source::{EventSource, Profile, SourceId, StateClass};
use mandate_facts::calendar as engine_calendar;
use mandate_facts::clock::{self, ClockSpec, Condition, StartFrom, Targets};
use mandate_facts::event::{Priority, Symbols};
use mandate_facts::exclusion::{AgreedExclusions, Agreement, Exclusion, ExclusionReason, Side};
use mandate_store::facts::agreed::AgreedExclusion;
use mandate_store::facts::{agreed, calendars, service_levels, sources};
use mandate_store::{ReadTx, StoreError, boxed};

/// How far compiled calendars reach past the latest known event, so that due times can be told.
const DAYS_AHEAD: i32 = 800;

/// Everything clocks of one source depend on.
#[derive(Clone)]
pub(crate) struct Definitions {
    pub source: EventSource,
    pub zone: TimeZone,
    /// What raw states mean now; event files keep what they meant when they came in.
    pub mapping: HashMap<String, StateClass>,
    pub levels: Vec<ServiceLevel>,
    pub calendars: HashMap<String, Arc<engine_calendar::Calendar>>,
    pub exclusions: Vec<AgreedExclusion>,
    /// Accounts by the names the source gives them.
    pub accounts: BTreeMap<String, String>,
    /// Teams by the names the source gives them.
    pub teams: BTreeMap<String, String>,
    pub symbols: Symbols,
}

/// Why definitions cannot be used; nothing in the database lets this happen, short of an edit by hand.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionsError {
    /// A calendar that does not compile.
    #[error("the calendar `{name}` cannot be used")]
    Calendar {
        /// Its name.
        name: String,
        /// What is wrong.
        source: engine_calendar::CalendarError,
    },
    /// A zone the zone database does not hold.
    #[error("there is no time zone `{zone}`; use a name such as Europe/Berlin")]
    Zone {
        /// What was given.
        zone: String,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What definitions are made from, as a transaction sees it; equal inputs make equal definitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Inputs {
    mapping: HashMap<String, StateClass>,
    levels: Vec<ServiceLevel>,
    /// Only those that a service level of the source names.
    calendars: Vec<Calendar>,
    exclusions: Vec<AgreedExclusion>,
}

impl Inputs {
    #[boxed]
    pub(crate) async fn load(tx: &mut ReadTx, source: &SourceId) -> Result<Self, StoreError> {
        let mapping = sources::list_mapping(tx, source).await?.into_iter().collect();
        let mut levels = service_levels::list_service_levels(tx).await?;
        levels.retain(|level| level.source_id == *source);
        let mut calendars = calendars::list_calendars(tx).await?;
        calendars.retain(|calendar| uses(&levels, calendar));
        let exclusions = agreed::list_agreed(tx).await?;
        Ok(Self { mapping, levels, calendars, exclusions })
    }

    /// Ready to run; `until` is the latest instant anything will be asked about.
    pub(crate) fn ready(self, source: EventSource, until: Instant) -> Result<Definitions, DefinitionsError> {
        let mut definitions = Definitions::new(source, self.mapping, self.levels, &self.calendars, until)?;
        definitions.exclusions = self.exclusions;
        Ok(definitions)
    }
}

fn uses(levels: &[ServiceLevel], calendar: &Calendar) -> bool {
    levels.iter().flat_map(|level| &level.versions).any(|version| version.terms.calendar_id == calendar.id)
}

impl Definitions {
    /// The definitions for `source` as they stand in `tx`; `until` is the latest instant anything will be asked about.
    #[boxed]
    pub(crate) async fn load(
        tx: &mut ReadTx,
        source: EventSource,
        until: Instant,
    ) -> Result<Self, DefinitionsError> {
        Inputs::load(tx, &source.id).await?.ready(source, until)
    }

    /// Definitions from parts, for a source that is only proposed yet.
    pub(crate) fn new(
        source: EventSource,
        mapping: HashMap<String, StateClass>,
        levels: Vec<ServiceLevel>,
        calendars: &[Calendar],
        until: Instant,
    ) -> Result<Self, DefinitionsError> {
        let zone = load_zone(&source.time_zone)?;
        let last_day = until.date_in(&zone).saturating_add(DAYS_AHEAD.days());
        let mut compiled = HashMap::new();
        for calendar in calendars.iter().filter(|calendar| uses(&levels, calendar)) {
            compiled.insert(calendar.id.to_string(), Arc::new(compile(calendar, last_day)?));
        }
        Ok(Self {
            source,
            zone,
            mapping,
            levels,
            calendars: compiled,
            exclusions: vec![],
            accounts: BTreeMap::new(),
            teams: BTreeMap::new(),
            symbols: Symbols::default(),
        })
    }

    /// The service level of `kind` for an account's cases: its own, else the source's default.
    pub(crate) fn level(&self, kind: ClockKind, account_id: Option<&str>) -> Option<&ServiceLevel> {
        let of_kind = || self.levels.iter().filter(move |level| level.clock_kind == kind);
        let own = account_id
            .and_then(|account| of_kind().find(|level| level.account_id.as_deref() == Some(account)));
        own.or_else(|| of_kind().find(|level| level.account_id.is_none()))
    }

    /// The terms and the clock for a case of an account that opened at `opened_at`, if any were in force.
    pub(crate) fn clock(
        &mut self,
        kind: ClockKind,
        account_id: Option<&str>,
        opened_at: Instant,
    ) -> Option<CaseClock> {
        let day = opened_at.date_in(&self.zone);
        let level = self.level(kind, account_id)?;
        let terms = level.version_on(day)?.terms.clone();
        let (level_id, assumed) = (level.id.to_string(), level.assumed);
        let calendar = Arc::clone(self.calendars.get(terms.calendar_id.as_str())?);
        let spec = self.spec(kind, &terms)?;
        Some(CaseClock { level_id, assumed, terms, calendar, spec })
    }

    fn spec(&mut self, kind: ClockKind, terms: &ServiceLevelTerms) -> Option<ClockSpec> {
        let version = clock::TargetVersion {
            valid_from: mandate_facts::instant::Instant(i64::MIN),
            seconds_by_priority: terms.targets.iter().map(|(p, seconds)| (Priority(*p), *seconds)).collect(),
            otherwise_s: None,
        };
        let targets = Targets::new(vec![version]).ok()?;
        let mut spec = match kind {
            ClockKind::Resolution => ClockSpec::resolution(targets),
            ClockKind::Response => self.response(targets),
            ClockKind::Update => {
                let asked = self.symbols.intern("client_reply");
                let reply = self.symbols.intern("reply");
                let mut spec = ClockSpec::update(targets, asked, reply);
                let update = clock::Clause {
                    kinds: Some(vec![self.symbols.intern("update")]),
                    ..clock::Clause::default()
                };
                if let Condition::AnyOf(clauses) = &mut spec.conditions.stop {
                    clauses.push(update);
                }
                spec
            }
        };
        spec.reopening = match terms.reopening {
            Reopening::FirstStop => clock::Reopening::FirstStop,
            Reopening::Total => clock::Reopening::Total,
        };
        if !terms.retroactive_start && kind != ClockKind::Update {
            spec.start_from = StartFrom::StartEvent;
        }
        Some(spec)
    }

    /// A source that says what happened is answered by a reply; of one that only states states, a case is taken up
    /// when it leaves "new".
    fn response(&mut self, targets: Targets) -> ClockSpec {
        let mut spec = ClockSpec::response(targets);
        if self.source.profile == Profile::Events {
            let reply = self.symbols.intern("reply");
            let replied = clock::Clause { kinds: Some(vec![reply]), ..clock::Clause::default() };
            let solved = clock::Clause {
                states: Some(vec![
                    mandate_facts::event::StateClass::Resolved,
                    mandate_facts::event::StateClass::Closed,
                ]),
                ..clock::Clause::default()
            };
            spec.conditions.stop = Condition::AnyOf(vec![replied, solved]);
        }
        spec
    }

    /// What both sides agreed not to count for a case.
    pub(crate) fn exclusions_of(&self, account_id: Option<&str>, case_id: &str) -> AgreedExclusions {
        let Some(account_id) = account_id else { return AgreedExclusions::default() };
        let of_case = |exclusion: &&AgreedExclusion| {
            exclusion.account_id == account_id
                && exclusion.case_id.as_deref().is_none_or(|case| case == case_id)
        };
        let agreed: Vec<Exclusion> = self.exclusions.iter().filter(of_case).map(engine_exclusion).collect();
        // The table refuses exclusions without length, so there is nothing to tell.
        AgreedExclusions::new(&agreed).unwrap_or_default()
    }
}

/// The clock of one case and the terms it comes from.
#[derive(Clone)]
pub(crate) struct CaseClock {
    pub level_id: String,
    pub assumed: bool,
    pub terms: ServiceLevelTerms,
    pub calendar: Arc<engine_calendar::Calendar>,
    pub spec: ClockSpec,
}

pub(crate) fn load_zone(name: &str) -> Result<TimeZone, DefinitionsError> {
    TimeZone::get(name).map_err(|_| DefinitionsError::Zone { zone: name.to_owned() })
}

fn engine_exclusion(exclusion: &AgreedExclusion) -> Exclusion {
    let reason = match exclusion.ground.as_str() {
        "force_majeure" => ExclusionReason::ForceMajeure,
        "planned_work" => ExclusionReason::PlannedMaintenance,
        _ => ExclusionReason::ClientCaused,
    };
    let agreement = Agreement::Agreed { proposed_by: Side::Provider };
    Exclusion { from: engine_instant(exclusion.from), to: engine_instant(exclusion.until), reason, agreement }
}

/// The same instant, cut to the second.
pub(crate) fn engine_instant(instant: Instant) -> mandate_facts::instant::Instant {
    mandate_facts::instant::Instant(instant.seconds())
}

/// The same instant.
pub(crate) fn domain_instant(instant: mandate_facts::instant::Instant) -> Instant {
    Instant::from_seconds(instant.0)
}

/// A calendar of the book as the engine runs it.
pub(crate) fn compile(
    calendar: &Calendar,
    last_day: Date,
) -> Result<engine_calendar::Calendar, DefinitionsError> {
    let failed = |source| DefinitionsError::Calendar { name: calendar.name.clone(), source };
    let mut versions = Vec::with_capacity(calendar.versions.len());
    for version in &calendar.versions {
        versions.push(engine_version(&version.hours));
    }
    engine_calendar::Calendar::compile(&versions, last_day).map_err(failed)
}

fn engine_version(hours: &CalendarHours) -> engine_calendar::CalendarVersion {
    let mut week: [Vec<engine_calendar::DayWindow>; 7] = Default::default();
    for window in &hours.windows {
        let day = usize::try_from(window.weekday - 1).ok().and_then(|idx| week.get_mut(idx));
        if let (Some(day), Some(window)) = (day, day_window(window.opens_minute, window.closes_minute)) {
            day.push(window);
        }
    }
    let mut holidays: BTreeMap<Date, Vec<engine_calendar::DayWindow>> = BTreeMap::new();
    for exception in &hours.exceptions {
        let windows = holidays.entry(exception.on_day).or_default();
        windows.extend(day_window(exception.opens_minute, exception.closes_minute));
    }
    let holidays = holidays.into_iter().map(|(date, windows)| {
        let hours = if windows.is_empty() {
            engine_calendar::HolidayHours::Closed
        } else {
            engine_calendar::HolidayHours::OpenOnly(windows)
        };
        engine_calendar::Holiday { date, hours }
    });
    engine_calendar::CalendarVersion {
        valid_from: hours.valid_from,
        zone: hours.time_zone.clone(),
        hours: engine_calendar::Hours::Weekly(week),
        holidays: holidays.collect(),
    }
}

/// A window from minutes; `None` for one without length.
fn day_window(opens_minute: i64, closes_minute: i64) -> Option<engine_calendar::DayWindow> {
    let time = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
    engine_calendar::DayWindow::parse(&format!("{}-{}", time(opens_minute), time(closes_minute))).ok()
}
