//! Sources of events: what they are, what their states mean, which files and imports stand behind them.
//!
//! Who sees some accounts only is told how many cases of these a source has, and of the imports they made themselves.
//!
//! Event files keep what a state meant when it came in; clocks go by what it is mapped to now, so that a new mapping
//! needs no new import. A zone only matters to times still to come in: those that stand were read already.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use mandate_domain::audit::Changes;
use mandate_domain::facts::source::{EventSource, SourceId, StateClass, propose_state};
use mandate_domain::text;
use mandate_store::exchange::Batch;
use mandate_store::facts::cases::Selection;
use mandate_store::facts::sources as store;
use mandate_store::reads::facts_definitions::{self as reads, MonthFiles};
use mandate_store::reads::listing::ListDef;
use mandate_store::reads::{MadeBy, Scope};
use mandate_store::{ReadTx, StoreError, boxed};

pub use mandate_store::exchange::Batch as ImportedBatch;
pub use mandate_store::reads::facts_definitions::MonthFiles as FilesOfMonth;

use super::define::told;
use super::reach::sees_import;
use super::recompute::{Asked, Recompute, RecomputeError};
use crate::authorise::{Action, Denied, authorise, clearance};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};

const LONGEST_NAME: usize = 120;
const LONGEST_NOTE: usize = 1_000;
const LONGEST_STATE: usize = 120;
/// Imports that a source's page shows.
const MOST_BATCHES: i64 = 50;

/// A source with how many files count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLine {
    /// The source.
    pub source: EventSource,
    /// Files that count.
    pub n_files: i64,
}

/// A raw state and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedState {
    /// As the source writes it.
    pub raw_state: String,
    /// What it means.
    pub class: StateClass,
    /// Whether the profile only assumes that.
    pub assumed: bool,
}

/// One source with everything behind it.
#[derive(Clone, Debug)]
pub struct SourcePage {
    /// The source.
    pub source: EventSource,
    /// Its states.
    pub states: Vec<MappedState>,
    /// Its files by month, the newest first.
    pub months: Vec<MonthFiles>,
    /// Its imports, the newest first.
    pub batches: Vec<Batch>,
}

/// What can be changed of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceDraft {
    /// Its name.
    pub name: String,
    /// What readers should know of it.
    pub note: String,
    /// IANA zone of times that state none.
    pub time_zone: String,
}

/// Why a source is not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is none.
    #[error("there is no source `{id}`")]
    NotFound {
        /// Its name.
        id: String,
    },
    /// It cannot be saved as given.
    #[error("the source cannot be saved as given: {}", told(.0))]
    Invalid(Vec<FieldError>),
    /// The cases could not be computed anew; nothing was saved.
    #[error(transparent)]
    Recompute(#[from] RecomputeError),
    /// The database failed, or another save came first.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for SourceError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::Recompute(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::NotFound { id } => Message::new("facts-error-no-source").with("source", id.clone()),
            Self::Invalid(errors) => {
                Message::new("define-error-fields").with("count", errors.len().to_string())
            }
            Self::Recompute(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid(errors) => errors.clone(),
            _ => vec![],
        }
    }
}

/// The imports that `actor` may know of, with what they are cleared for.
pub fn imports(actor: &Actor) -> ListDef {
    let own = || MadeBy { column: "b.created_by", user: actor.user_id().cloned(), and_common: false };
    reads::imports((actor.scope != Scope::Everything).then(own)).cleared(clearance(actor))
}

/// The event files that `actor` may know of.
pub fn event_files(actor: &Actor) -> ListDef {
    reads::event_files(&actor.scope)
}

/// Sources as `actor` may see them: with the cases and events within their scope.
async fn within_scope(tx: &mut ReadTx, actor: &Actor, sources: &mut [EventSource]) -> Result<(), StoreError> {
    if actor.scope == Scope::Everything {
        return Ok(());
    }
    let counts = reads::counts_by_source(tx, &actor.scope).await?;
    for source in sources {
        (source.n_cases, source.n_events) = counts.get(source.id.as_str()).copied().unwrap_or_default();
    }
    Ok(())
}

/// A source's files by month, none for who does not see all accounts.
async fn months(tx: &mut ReadTx, actor: &Actor, source: &SourceId) -> Result<Vec<MonthFiles>, StoreError> {
    if actor.scope == Scope::Everything { reads::files_by_month(tx, source).await } else { Ok(vec![]) }
}

/// Every source, by name.
///
/// # Errors
/// [`SourceError::Denied`].
#[boxed]
pub async fn list_sources(ctx: &Ctx, actor: &Actor) -> Result<Vec<SourceLine>, SourceError> {
    authorise(actor, Action::ReadFacts)?;
    let mut tx = ctx.begin_read().await?;
    let mut lines = vec![];
    let mut sources = store::list_sources(&mut tx).await?;
    within_scope(&mut tx, actor, &mut sources).await?;
    for source in sources {
        let months = months(&mut tx, actor, &source.id).await?;
        let n_files = months.iter().filter(|it| it.state == "active").map(|it| it.n_files).sum();
        lines.push(SourceLine { source, n_files });
    }
    Ok(lines)
}

fn parse(id: &str) -> Result<SourceId, SourceError> {
    SourceId::parse(id).map_err(|error| SourceError::NotFound { id: error.text })
}

/// One source with everything behind it.
///
/// # Errors
/// [`SourceError::NotFound`].
#[boxed]
pub async fn show_source(ctx: &Ctx, actor: &Actor, id: &str) -> Result<SourcePage, SourceError> {
    authorise(actor, Action::ReadFacts)?;
    let id = parse(id)?;
    let mut tx = ctx.begin_read().await?;
    let found = store::load_source(&mut tx, &id).await?;
    let mut source = found.ok_or_else(|| SourceError::NotFound { id: id.to_string() })?;
    within_scope(&mut tx, actor, std::slice::from_mut(&mut source)).await?;
    let profile = source.profile;
    let states = store::list_mapping(&mut tx, &id).await?;
    let mut batches = reads::batches_of_source(&mut tx, &id, MOST_BATCHES).await?;
    batches.retain(|batch| sees_import(actor, batch));
    let states = states.into_iter().map(|(raw_state, class)| {
        let proposed = propose_state(profile, &raw_state);
        let assumed = proposed.is_some_and(|proposed| proposed.assumed && proposed.class == class);
        MappedState { raw_state, class, assumed }
    });
    Ok(SourcePage { states: states.collect(), months: months(&mut tx, actor, &id).await?, batches, source })
}

/// Saves a source's name, note and zone, which then counts as stated. Months follow the zone, so its cases are computed
/// anew when that changes.
///
/// # Errors
/// [`SourceError::Invalid`] with everything that is wrong; [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn save_source(
    ctx: &Ctx,
    actor: &Actor,
    id: &str,
    version: i64,
    draft: SourceDraft,
) -> Result<EventSource, SourceError> {
    authorise(actor, Action::WriteFacts)?;
    let (id, now) = (parse(id)?, ctx.now());
    check(&draft)?;
    let mut read = None;
    let mut recompute = Recompute::default();
    loop {
        let mut tx = ctx.begin_write().await?;
        let found = store::load_source(&mut tx, &id).await?;
        let before = found.ok_or_else(|| SourceError::NotFound { id: id.to_string() })?;
        let version = expected_version(&mut read, &before, version)?;
        let after = EventSource {
            name: draft.name.trim().to_owned(),
            note: draft.note.trim().to_owned(),
            time_zone: draft.time_zone.trim().to_owned(),
            time_zone_assumed: false,
            version,
            ..before.clone()
        };
        store::save_source(&mut tx, &after, now).await?;
        let moved = before.time_zone != after.time_zone;
        let asked = moved.then(|| Asked::new(&id, Selection::Source)).into_iter().collect();
        let Some((mut tx, _)) = recompute.settle(ctx, tx, asked).await? else { continue };
        let saved = store::load_source(&mut tx, &id).await?.unwrap_or(after);
        let changes = Changes::new()
            .field("name", Some(before.name), Some(saved.name.clone()))
            .field("note", Some(before.note), Some(saved.note.clone()))
            .field("time_zone", Some(before.time_zone), Some(saved.time_zone.clone()))
            .field("time_zone_assumed", Some(before.time_zone_assumed.to_string()), Some(false.to_string()))
            .into_vec();
        tx.commit(actor.record(now, "event_source.changed", subject(&saved), changes)).await?;
        return Ok(saved);
    }
}

/// The version a source has to have when it is saved. The first time it is the one the caller read; when the save is made
/// again after a computation, events may have come in since, which count as versions too but overtake nobody's words.
fn expected_version(
    read: &mut Option<EventSource>,
    now: &EventSource,
    given: i64,
) -> Result<i64, StoreError> {
    let words = |it: &EventSource| (it.name.clone(), it.note.clone(), it.time_zone.clone());
    match read {
        None => {
            *read = Some(now.clone());
            Ok(given)
        }
        Some(before) if words(before) == words(now) => Ok(now.version),
        Some(_) => Err(StoreError::Stale { table: "event_source" }),
    }
}

fn subject(source: &EventSource) -> Subject<'_> {
    Subject { kind: "event_source", id: source.id.as_str(), name: &source.name, account_id: None }
}

fn check(draft: &SourceDraft) -> Result<(), SourceError> {
    let mut errors = vec![];
    let mut error =
        |field: &str, message: Message| errors.push(FieldError { field: field.to_owned(), message });
    if text::line(&draft.name, LONGEST_NAME).is_err() {
        error("name", Message::new("define-problem-name").with("limit", LONGEST_NAME.to_string()));
    }
    if text::paragraphs(&draft.note, LONGEST_NOTE).is_err() {
        error("note", Message::new("source-problem-note").with("limit", LONGEST_NOTE.to_string()));
    }
    let zone = draft.time_zone.trim();
    if TimeZone::get(zone).is_err() {
        error("time_zone", Message::new("facts-error-zone").with("zone", zone.to_owned()));
    }
    if errors.is_empty() { Ok(()) } else { Err(SourceError::Invalid(errors)) }
}

/// States what raw states mean, over what they meant before, and computes the source's cases anew where that changes.
///
/// # Errors
/// [`SourceError::Invalid`] for a state without a name; [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn map_states(
    ctx: &Ctx,
    actor: &Actor,
    id: &str,
    version: i64,
    mapping: Vec<(String, StateClass)>,
) -> Result<EventSource, SourceError> {
    authorise(actor, Action::WriteFacts)?;
    let (id, now) = (parse(id)?, ctx.now());
    let mut errors = vec![];
    let mut seen = BTreeSet::new();
    for (idx, (raw, _)) in mapping.iter().enumerate() {
        let problem = if text::line(raw, LONGEST_STATE).is_err() {
            Some(Message::new("source-problem-state").with("limit", LONGEST_STATE.to_string()))
        } else if !seen.insert(raw) {
            Some(Message::new("source-problem-state-twice").with("state", raw.clone()))
        } else {
            None
        };
        errors
            .extend(problem.map(|message| FieldError { field: format!("states.{idx}.raw_state"), message }));
    }
    if !errors.is_empty() {
        return Err(SourceError::Invalid(errors));
    }
    let (mut read, mut meant) = (None, None);
    let mut recompute = Recompute::default();
    loop {
        let mut tx = ctx.begin_write().await?;
        let found = store::load_source(&mut tx, &id).await?;
        let source = found.ok_or_else(|| SourceError::NotFound { id: id.to_string() })?;
        let version = expected_version(&mut read, &source, version)?;
        let before: BTreeMap<String, StateClass> =
            store::list_mapping(&mut tx, &id).await?.into_iter().collect();
        if meant.get_or_insert_with(|| before.clone()) != &before {
            return Err(StoreError::Stale { table: "event_source" }.into());
        }
        let changed: Vec<(String, StateClass)> =
            mapping.iter().filter(|(raw, class)| before.get(raw) != Some(class)).cloned().collect();
        store::save_source(&mut tx, &EventSource { version, ..source.clone() }, now).await?;
        store::save_mapping(&mut tx, &id, &changed).await?;
        let known = changed.iter().any(|(raw, _)| before.contains_key(raw));
        let asked = known.then(|| Asked::new(&id, Selection::Source)).into_iter().collect();
        let Some((mut tx, _)) = recompute.settle(ctx, tx, asked).await? else { continue };
        let saved = store::load_source(&mut tx, &id).await?.unwrap_or(source);
        let mut changes = Changes::new();
        for (raw, class) in &changed {
            let was = before.get(raw).map(|class| class.as_str().to_owned());
            changes = changes.field(raw, was, Some(class.as_str().to_owned()));
        }
        let record = actor.record(now, "event_source.states_mapped", subject(&saved), changes.into_vec());
        tx.commit(record).await?;
        return Ok(saved);
    }
}
