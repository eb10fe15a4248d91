//! One case explained: what the source reported, what each of our clocks did step by step, and why the two differ.
//!
//! Computed from the raw events at the moment of asking, by the code that computed the stored result, so the steps'
//! seconds add up to it. An open case is explained up to where its source's data ends.

use std::collections::BTreeMap;
use std::path::PathBuf;

use mandate_domain::Instant;
use mandate_domain::facts::case::{DeliveryCase, DifferenceReason, Outcome, difference_reasons};
use mandate_domain::facts::service_level::ClockKind;
use mandate_domain::facts::source::{EventSource, StateClass};
use mandate_facts::exclusion::ExclusionReason;
use mandate_facts::explain::What;
use mandate_facts::io::read_cases;
use mandate_store::facts::calendars::list_calendars;
use mandate_store::facts::{files, sources};
use mandate_store::reads::{Scope, facts_case, facts_names};
use mandate_store::{ReadTx, StoreError, boxed};

use super::definitions::{Definitions, DefinitionsError, domain_instant, engine_instant};
use super::derive::{CaseRows, Measured, domain_state, measure, split_cases};
use super::recompute::events_folder;
use super::stage::StageError;
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx};
use crate::error::{ErrorKind, Message, UseCaseError};

/// Open windows handed out for drawing; beyond, a strip would show nothing.
const MOST_WINDOWS: usize = 400;

/// A case with everything that explains it.
#[derive(Clone, Debug)]
pub struct CaseExplained {
    /// The case as lists and measures see it.
    pub case: DeliveryCase,
    /// Its account's name; `None` when not stated or in the trash.
    pub account_name: Option<String>,
    /// The name of the team that held it last.
    pub team_name: Option<String>,
    /// Its source.
    pub source: EventSource,
    /// The clocks in force for it, resolution first.
    pub clocks: Vec<ClockExplained>,
    /// Its events, oldest first.
    pub events: Vec<CaseEvent>,
    /// What bears on the difference between the two results; empty when they agree.
    pub differences: Vec<DifferenceReason>,
    /// Exclusions that reach it, and how many of them are agreed.
    pub n_exclusions: (i64, i64),
}

/// A clock and its steps.
#[derive(Clone, Debug)]
pub struct ClockExplained {
    /// What it measures.
    pub kind: ClockKind,
    /// The service level it comes from.
    pub level_id: String,
    /// Its name.
    pub level_name: String,
    /// Where it stands in the contract.
    pub clause: String,
    /// Whether nobody has confirmed it.
    pub assumed: bool,
    /// The calendar's name.
    pub calendar_name: String,
    /// Zone in which the calendar thinks; the steps are best told in it.
    pub time_zone: String,
    /// First day of the version in force when the case opened.
    pub valid_from: jiff::civil::Date,
    /// The result.
    pub outcome: Outcome,
    /// Seconds counted; what the steps' counted seconds add up to.
    pub counted_s: i64,
    /// Seconds allowed.
    pub target_s: Option<i64>,
    /// Start of the measurement.
    pub started_at: Option<Instant>,
    /// When it stopped for good.
    pub stopped_at: Option<Instant>,
    /// When the first second over the target was counted.
    pub breached_at: Option<Instant>,
    /// When the target will be used up, while the clock runs within it.
    pub due_at: Option<Instant>,
    /// Wall seconds paused.
    pub paused_s: i64,
    /// Wall seconds outside opening hours.
    pub closed_hours_s: i64,
    /// Open seconds left out by agreement.
    pub excluded_s: i64,
    /// Wall seconds between a stop and a reopening.
    pub stopped_s: i64,
    /// Steps, in order.
    pub steps: Vec<ClockStep>,
    /// Open windows from start to end, for drawing; empty when there are more than can be drawn.
    pub windows: Vec<(Instant, Instant)>,
}

/// One step of a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockStep {
    /// Begin.
    pub from: Instant,
    /// End; the begin for something that takes no time.
    pub to: Instant,
    /// What happened.
    pub what: StepKind,
    /// Seconds the clock counted.
    pub counted_s: i64,
    /// Wall seconds it did not count.
    pub not_counted_s: i64,
    /// What it showed afterwards.
    pub clock_after_s: i64,
}

/// What happens in a step of a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// It started.
    Started,
    /// It ran, within the target.
    Ran,
    /// The target was used up.
    Breached,
    /// It ran, over the target.
    RanOver,
    /// It stood still in this state.
    Paused(StateClass),
    /// Left out by agreement, for this ground.
    Excluded(&'static str),
    /// It stopped.
    Stopped,
    /// Time between a stop and a reopening.
    StoodStopped,
    /// The case was reopened.
    Reopened,
    /// Time that a later reset dropped.
    Dropped,
    /// Set back to zero.
    Reset,
    /// The case was withdrawn.
    Cancelled,
    /// Not stopped: as far as is known.
    AsOf,
}

/// One raw event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseEvent {
    /// When.
    pub at: Instant,
    /// Order within the moment.
    pub seq: i64,
    /// The state in the source's words.
    pub raw_state: String,
    /// What that means to a clock.
    pub state: Option<StateClass>,
    /// The priority; 0 not stated.
    pub priority: u8,
    /// The group that held the case.
    pub group_ref: String,
    /// The name of our team behind that group, if it is one.
    pub team_name: Option<String>,
    /// The account in the source's words.
    pub account_ref: String,
    /// What happened, where the source says so.
    pub kind: String,
    /// The source's flag.
    pub reported_met: Option<bool>,
}

/// Why a case cannot be explained.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// Not theirs to see.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// No such case, or not for this reader.
    #[error("there is no case `{id}`; write it as source:case, such as servicenow:INC0000045")]
    NotFound {
        /// What was asked for.
        id: String,
    },
    /// Definitions that cannot be used.
    #[error(transparent)]
    Definitions(#[from] DefinitionsError),
    /// Event files that cannot be read.
    #[error(transparent)]
    Files(#[from] StageError),
    /// The work stopped on a fault of the program.
    #[error("the computation stopped on a fault of the program; the log has it")]
    Stopped,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for ExplainError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Definitions(DefinitionsError::Store(error)) | Self::Store(error) => error.kind(),
            Self::Definitions(_) | Self::Stopped => ErrorKind::Internal,
            Self::Files(_) => ErrorKind::Unavailable,
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::NotFound { .. } => Message::new("error-not-found"),
            Self::Definitions(DefinitionsError::Store(error)) | Self::Store(error) => error.message(),
            Self::Definitions(_) | Self::Stopped => Message::new("error-internal"),
            Self::Files(_) => Message::new("facts-error-files"),
        }
    }
}

/// Explains a case, named as `source:case`, or by the case alone where only one source has it.
///
/// # Errors
/// [`ExplainError::NotFound`] also for a case the actor may not see.
#[boxed]
pub async fn explain(ctx: &Ctx, actor: &Actor, case_id: &str) -> Result<CaseExplained, ExplainError> {
    authorise(actor, Action::ReadFacts)?;
    let mut tx = ctx.begin_read().await?;
    let case = find_case(&mut tx, actor, case_id).await?;
    let not_found = || ExplainError::NotFound { id: case_id.chars().take(200).collect() };
    let case = case.ok_or_else(not_found)?;
    let source = sources::load_source(&mut tx, &case.source_id).await?.ok_or_else(not_found)?;
    let (account_name, team_name) = facts_case::load_names(&mut tx, &case).await?;
    let n_exclusions = facts_case::count_exclusions(&mut tx, &case).await?;
    let calendars = list_calendars(&mut tx).await?;
    let active = files::list_active(&mut tx, &source.id).await?;
    let paths: Vec<PathBuf> = active.into_iter().map(|file| file.path.into()).collect();
    let until = source.data_until.unwrap_or(case.last_event_at).max(case.last_event_at);
    let mut definitions = Definitions::load(&mut tx, source.clone(), until.max(ctx.now())).await?;
    definitions.accounts = facts_names::account_ids(&mut tx, &Scope::Everything).await?;
    let group_names = facts_names::group_names(&mut tx).await?;
    drop(tx);
    let (folder, case_ref) = (events_folder(ctx), case.case_ref.clone());
    let work = tokio::task::spawn_blocking(move || {
        let rows = read_cases(&folder, &paths, &[case_ref.as_str()]).map_err(StageError::from)?.rows;
        let rows = split_cases(rows, definitions.source.profile).pop();
        let clocks = rows.as_ref().map(|rows| run_clocks(&mut definitions, rows, until));
        let events = rows.map(|rows| events(&definitions, &group_names, &rows)).unwrap_or_default();
        Ok::<_, StageError>((clocks.unwrap_or_default(), events))
    });
    let (mut clocks, events) = work.await.map_err(|_| ExplainError::Stopped)??;
    for clock in &mut clocks {
        if let Some(calendar) = calendars.iter().find(|calendar| calendar.id.as_str() == clock.calendar_name)
        {
            let version =
                calendar.versions.iter().rev().find(|version| {
                    version.hours.valid_from <= case.opened_at.date_in(&jiff::tz::TimeZone::UTC)
                });
            clock.time_zone =
                version.map_or_else(|| "UTC".to_owned(), |version| version.hours.time_zone.clone());
            clock.calendar_name = calendar.name.clone();
        }
    }
    let assumed = clocks.iter().any(|clock| clock.kind == ClockKind::Resolution && clock.assumed);
    let differences = difference_reasons(&case, assumed);
    Ok(CaseExplained { case, account_name, team_name, source, clocks, events, differences, n_exclusions })
}

async fn find_case(tx: &mut ReadTx, actor: &Actor, id: &str) -> Result<Option<DeliveryCase>, StoreError> {
    if let Some(case) = facts_case::load_visible(tx, &actor.scope, id).await? {
        return Ok(Some(case));
    }
    if id.contains(':') {
        return Ok(None);
    }
    let mut found = None;
    for source in sources::list_sources(tx).await? {
        let case = facts_case::load_visible(tx, &actor.scope, &format!("{}:{id}", source.id)).await?;
        if found.is_some() && case.is_some() {
            return Ok(None);
        }
        found = found.or(case);
    }
    Ok(found)
}

fn run_clocks(definitions: &mut Definitions, rows: &CaseRows, until: Instant) -> Vec<ClockExplained> {
    let kinds = [ClockKind::Resolution, ClockKind::Response, ClockKind::Update];
    kinds
        .into_iter()
        .filter_map(|kind| {
            // An open case is told up to where the data ends, a settled one to its last event.
            let as_of = if rows.is_open(definitions) { until } else { rows.last_event_at() };
            let measured = measure(definitions, kind, rows, as_of)?;
            let level =
                definitions.levels.iter().find(|level| level.id.as_str() == measured.clock.level_id)?;
            let (name, clause) = (level.name.clone(), level.clause.clone());
            Some(explained(kind, name, clause, &measured, as_of))
        })
        .collect()
}

fn explained(
    kind: ClockKind,
    level_name: String,
    clause: String,
    measured: &Measured,
    as_of: Instant,
) -> ClockExplained {
    let Measured { clock, explanation } = measured;
    let result = &explanation.result;
    let end = result.stopped_at.map_or(as_of, domain_instant);
    let windows = result.started_at.and_then(|from| {
        let windows = clock.calendar.windows_between(from, engine_instant(end)).ok()?;
        (windows.len() <= MOST_WINDOWS).then_some(windows)
    });
    ClockExplained {
        kind,
        level_id: clock.level_id.clone(),
        level_name,
        clause,
        assumed: clock.assumed,
        // Replaced by the name where the calendars are known.
        calendar_name: clock.terms.calendar_id.to_string(),
        time_zone: "UTC".to_owned(),
        valid_from: clock.terms.valid_from,
        outcome: super::derive::outcome(result.outcome),
        counted_s: result.elapsed_s,
        target_s: result.target_s,
        started_at: result.started_at.map(domain_instant),
        stopped_at: result.stopped_at.map(domain_instant),
        breached_at: result.breached_at.map(domain_instant),
        due_at: result.due_at.map(domain_instant),
        paused_s: result.paused_s,
        closed_hours_s: result.closed_s,
        excluded_s: result.excluded_s,
        stopped_s: result.stopped_s,
        steps: explanation.steps.iter().map(step).collect(),
        windows: windows
            .unwrap_or_default()
            .into_iter()
            .map(|window| (domain_instant(window.opens), domain_instant(window.closes)))
            .collect(),
    }
}

fn step(step: &mandate_facts::explain::Step) -> ClockStep {
    let what = match step.what {
        What::Started => StepKind::Started,
        What::Ran => StepKind::Ran,
        What::Breached => StepKind::Breached,
        What::RanOverTarget => StepKind::RanOver,
        What::Paused { state } => StepKind::Paused(domain_state(state)),
        What::Excluded { reason } => StepKind::Excluded(match reason {
            ExclusionReason::ClientCaused => "client_caused",
            ExclusionReason::ForceMajeure => "force_majeure",
            ExclusionReason::PlannedMaintenance => "planned_work",
        }),
        What::Stopped => StepKind::Stopped,
        What::StoodStopped => StepKind::StoodStopped,
        What::Reopened => StepKind::Reopened,
        What::Dropped => StepKind::Dropped,
        What::Reset => StepKind::Reset,
        What::Cancelled => StepKind::Cancelled,
        What::AsOf => StepKind::AsOf,
    };
    ClockStep {
        from: domain_instant(step.from),
        to: domain_instant(step.to),
        what,
        counted_s: step.counted_s,
        not_counted_s: step.not_counted_s,
        clock_after_s: step.clock_after_s,
    }
}

fn events(
    definitions: &Definitions,
    group_names: &BTreeMap<String, String>,
    rows: &CaseRows,
) -> Vec<CaseEvent> {
    rows.rows
        .iter()
        .map(|row| CaseEvent {
            at: Instant::from_microseconds(row.at_us),
            seq: row.event_seq,
            raw_state: row.raw_state.clone(),
            state: CaseRows::state_of(definitions, row).map(domain_state),
            priority: row.priority,
            group_ref: row.group_ref.clone(),
            team_name: group_names.get(&row.group_ref).cloned(),
            account_ref: row.account_ref.clone(),
            kind: row.kind.clone(),
            reported_met: row.reported_met,
        })
        .collect()
}
