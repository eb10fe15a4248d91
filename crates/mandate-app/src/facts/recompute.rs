//! Deriving cases anew, and everything that follows from them: months, standings, measures.
//!
//! Whoever changes what clocks depend on (a calendar, a service level, an agreed exclusion, a state's meaning, which
//! files count) does so around [`Recompute::settle`], so that nobody ever sees new definitions with old figures. The
//! change is made twice: once to see what cases are to be derived from, and undone, so that no writer waits while that
//! computes; and once to be kept, if nothing else changed meanwhile. Only what comes out different is written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use mandate_domain::book::Account;
use mandate_domain::facts::case::DeliveryCase;
use mandate_domain::facts::service_level::ClockKind;
use mandate_domain::facts::source::{EventSource, SourceId};
use mandate_domain::{Id, Instant, Month};
use mandate_facts::io::read_cases;
use mandate_store::facts::cases::{self, Selection};
use mandate_store::facts::places::Place;
use mandate_store::facts::sources::Growth;
use mandate_store::facts::standing::Goal;
use mandate_store::facts::{files, months, sources, standing};
use mandate_store::reads::{Scope, facts_names};
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};

use super::definitions::{Definitions, DefinitionsError, Inputs};
use super::derive::{derive_case, split_cases};
use super::kpi;
use super::stage::StageError;
use crate::ctx::Ctx;
use crate::error::{ErrorKind, Message, UseCaseError};

/// Cases derived at once, to bound memory.
const SLICE_CASES: usize = 20_000;
/// Times cases are derived without the one writer's place.
const MOST_ATTEMPTS: usize = 4;

/// Why cases could not be derived anew.
#[derive(Debug, thiserror::Error)]
pub enum RecomputeError {
    /// No such source.
    #[error("there is no source `{id}`")]
    NoSource {
        /// Its name.
        id: SourceId,
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

impl UseCaseError for RecomputeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoSource { .. } => ErrorKind::NotFound,
            Self::Definitions(DefinitionsError::Zone { .. }) => ErrorKind::Invalid,
            Self::Definitions(DefinitionsError::Store(error)) | Self::Store(error) => error.kind(),
            Self::Definitions(_) | Self::Stopped => ErrorKind::Internal,
            Self::Files(_) => ErrorKind::Unavailable,
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::NoSource { id } => Message::new("facts-error-no-source").with("source", id.as_str()),
            Self::Definitions(DefinitionsError::Zone { zone }) => {
                Message::new("facts-error-zone").with("zone", zone.clone())
            }
            Self::Definitions(DefinitionsError::Store(error)) | Self::Store(error) => error.message(),
            Self::Definitions(_) | Self::Stopped => Message::new("error-internal"),
            Self::Files(_) => Message::new("facts-error-files"),
        }
    }
}

/// The folder below which event files lie.
pub(crate) fn events_folder(ctx: &Ctx) -> PathBuf {
    ctx.data_folder().join("events")
}

/// Derives cases from event files, some thousands at a time; cases without any event are named apart.
pub(crate) fn derive_from_files(
    folder: &Path,
    paths: &[PathBuf],
    case_refs: &[String],
    definitions: &mut Definitions,
    data_until: Instant,
) -> Result<Derived, StageError> {
    let mut derived = Derived { cases: Vec::with_capacity(case_refs.len()), gone: vec![] };
    for slice in case_refs.chunks(SLICE_CASES) {
        let refs: Vec<&str> = slice.iter().map(String::as_str).collect();
        let rows = read_cases(folder, paths, &refs)?.rows;
        let mut found = BTreeSet::new();
        for case in split_cases(rows, definitions.source.profile) {
            let case = derive_case(definitions, &case, data_until);
            found.insert(case.case_ref.clone());
            derived.cases.push(case);
        }
        derived.gone.extend(slice.iter().filter(|case_ref| !found.contains(*case_ref)).cloned());
    }
    Ok(derived)
}

/// Cases as derived, and references of cases that have no event left.
pub(crate) struct Derived {
    pub cases: Vec<DeliveryCase>,
    pub gone: Vec<String>,
}

/// The goal of an account's cases: of its own service level, else of the source's default.
fn goal_of(definitions: &Definitions, account_id: &str) -> Goal {
    let level = definitions.level(ClockKind::Resolution, Some(account_id));
    let goal_bp = level.and_then(|level| level.versions.last()).map(|version| version.terms.goal_share_bp);
    Goal { goal_bp, assumed: level.is_some_and(|level| level.assumed) }
}

/// Derived cases with what they change.
#[derive(Default)]
pub(crate) struct Anew {
    /// Cases to keep.
    changed: Vec<DeliveryCase>,
    /// References of cases to forget.
    gone: Vec<String>,
    /// Where these stood and stand.
    places: BTreeSet<Place>,
    /// Accounts whose cases were derived, changed or not.
    accounts: BTreeSet<String>,
    /// By how much the source grows.
    growth: Growth,
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn place_of(case: &DeliveryCase) -> Place {
    (case.account_id.clone().unwrap_or_default(), case.month.to_string())
}

impl Anew {
    /// Of an import: every case it derived, over where they stand in `tx`.
    #[boxed]
    pub(crate) async fn of_import(
        tx: &mut ReadTx,
        source: &SourceId,
        derived: Derived,
    ) -> Result<Self, StoreError> {
        let refs: Vec<String> = derived.cases.iter().map(|case| case.case_ref.clone()).collect();
        let before = cases::load_standing(tx, source, &refs).await?;
        let gone = cases::load_standing(tx, source, &derived.gone).await?;
        let mut places = before.places;
        places.extend(gone.places);
        places.extend(derived.cases.iter().map(place_of));
        let accounts = places.iter().map(|(account, _)| account.clone()).collect();
        let n_events: i64 = derived.cases.iter().map(|case| case.n_events).sum();
        let growth = Growth {
            n_cases: count(refs.len()) - before.n_cases - gone.n_cases,
            n_events: n_events - before.n_events - gone.n_events,
        };
        Ok(Self { changed: derived.cases, gone: derived.gone, places, accounts, growth })
    }

    /// Adds a slice of derived cases: those that are as they were need not be written again.
    fn add(&mut self, derived: Derived, mut stored: BTreeMap<String, DeliveryCase>, forget: bool) {
        for case in derived.cases {
            let before = stored.remove(&case.case_ref);
            self.accounts.insert(place_of(&case).0);
            if before.as_ref() == Some(&case) {
                continue;
            }
            self.growth.n_cases += i64::from(before.is_none());
            self.growth.n_events += case.n_events - before.as_ref().map_or(0, |before| before.n_events);
            self.places.extend(before.as_ref().map(place_of));
            self.accounts.extend(before.and_then(|before| before.account_id));
            self.places.insert(place_of(&case));
            self.changed.push(case);
        }
        for case in stored.into_values().filter(|_| forget) {
            self.growth.n_cases -= 1;
            self.growth.n_events -= case.n_events;
            self.places.insert(place_of(&case));
            self.accounts.insert(place_of(&case).0);
            self.gone.push(case.case_ref);
        }
    }
}

/// Keeps derived cases and all that follows from them; returns the accounts and months it touched.
#[boxed]
pub(crate) async fn keep_anew(
    ctx: &Ctx,
    tx: &mut WriteTx,
    definitions: &Definitions,
    anew: Anew,
    data_until: Option<Instant>,
) -> Result<Vec<(Id<Account>, Month)>, StoreError> {
    let (source, now) = (&definitions.source.id, ctx.now());
    cases::delete_cases(tx, source, &anew.gone).await?;
    cases::save_cases(tx, &anew.changed).await?;
    months::rebuild_months(tx, source, &anew.places).await?;
    sources::save_growth(tx, source, anew.growth, data_until, now).await?;
    let accounts = anew.accounts.iter().filter(|account| !account.is_empty());
    let goals: BTreeMap<String, Goal> =
        accounts.map(|account| (account.clone(), goal_of(definitions, account))).collect();
    standing::rebuild_standings(tx, &goals, now).await?;
    touched_places(&anew.places)
}

fn touched_places(places: &BTreeSet<Place>) -> Result<Vec<(Id<Account>, Month)>, StoreError> {
    let mut touched = Vec::with_capacity(places.len());
    for (account, month) in places.iter().filter(|(account, _)| !account.is_empty()) {
        let inconsistent = |what: String| StoreError::Inconsistent {
            table: "delivery_case",
            id: format!("{account} {month}"),
            what,
        };
        let account = Id::parse(account).map_err(|error| inconsistent(error.to_string()))?;
        let month = Month::parse(month).map_err(|error| inconsistent(error.to_string()))?;
        touched.push((account, month));
    }
    Ok(touched)
}

/// Cases to derive anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    source: SourceId,
    selection: Selection,
    /// Whether cases without any event left are forgotten, because their files were withdrawn; when only definitions
    /// changed they stay as they are.
    forget: bool,
}

impl Asked {
    /// The selected cases of a source.
    pub(crate) fn new(source: &SourceId, selection: Selection) -> Self {
        Self { source: source.clone(), selection, forget: false }
    }

    /// The cases named; those that have no event left are forgotten.
    pub(crate) fn withdrawn(source: &SourceId, refs: Vec<String>) -> Self {
        Self { source: source.clone(), selection: Selection::Cases(refs), forget: true }
    }

    /// An account's cases of every source, or only those open at some time of a period.
    #[boxed]
    pub(crate) async fn of_account(
        tx: &mut ReadTx,
        account_id: &str,
        period: Option<(Instant, Instant)>,
    ) -> Result<Vec<Self>, StoreError> {
        let account_id = account_id.to_owned();
        let selection = match period {
            Some((from, until)) => Selection::AccountPeriod { account_id, from, until },
            None => Selection::Account(account_id),
        };
        // Also sources without such a case: an import under way may bring the first.
        let sources = sources::list_sources(tx).await?;
        Ok(sources.iter().map(|source| Self::new(&source.id, selection.clone())).collect())
    }
}

/// Everything that derived cases depend on, as a transaction sees it. The source's version stands for its cases.
#[derive(PartialEq)]
struct Basis {
    sources: Vec<SourceBasis>,
    accounts: BTreeMap<String, String>,
    teams: BTreeMap<String, String>,
}

#[derive(PartialEq)]
struct SourceBasis {
    source: EventSource,
    selections: Vec<Selection>,
    forget: bool,
    data_until: Option<Instant>,
    paths: Vec<PathBuf>,
    inputs: Inputs,
}

impl Basis {
    async fn load(tx: &mut ReadTx, asked: Vec<Asked>) -> Result<Self, RecomputeError> {
        let mut by_source: BTreeMap<SourceId, Vec<Asked>> = BTreeMap::new();
        for one in asked {
            by_source.entry(one.source.clone()).or_default().push(one);
        }
        let mut held = Vec::with_capacity(by_source.len());
        for (id, asked) in by_source {
            let found = sources::load_source(tx, &id).await?;
            let source = found.ok_or_else(|| RecomputeError::NoSource { id: id.clone() })?;
            let forget = asked.iter().any(|one| one.forget);
            let mut selections: Vec<Selection> = asked.into_iter().map(|one| one.selection).collect();
            if selections.contains(&Selection::Source) {
                selections = vec![Selection::Source];
            }
            let active = files::list_active(tx, &id).await?;
            held.push(SourceBasis {
                source,
                selections,
                forget,
                data_until: files::latest_event(tx, &id).await?,
                paths: active.into_iter().map(|file| file.path.into()).collect(),
                inputs: Inputs::load(tx, &id).await?,
            });
        }
        let accounts = facts_names::account_ids(tx, &Scope::Everything).await?;
        Ok(Self { sources: held, accounts, teams: facts_names::team_ids(tx).await? })
    }
}

/// A recomputation beside a change of what clocks depend on.
///
/// The change is made in a loop, in a fresh transaction each time round, which [`Recompute::settle`] takes at its end.
#[derive(Default)]
pub(crate) struct Recompute {
    prepared: Option<Prepared>,
    n_prepared: usize,
}

struct Prepared {
    basis: Basis,
    outcomes: Vec<(Definitions, Anew)>,
}

impl Recompute {
    /// Keeps what follows from the change made in `tx`, and gives `tx` back to be committed, with the number of
    /// accounts whose cases were derived anew. `None`: the change was undone and the cases are derived; make it again.
    ///
    /// # Errors
    /// [`RecomputeError`]; then nothing was changed.
    #[boxed]
    pub(crate) async fn settle(
        &mut self,
        ctx: &Ctx,
        mut tx: WriteTx,
        asked: Vec<Asked>,
    ) -> Result<Option<(WriteTx, usize)>, RecomputeError> {
        if asked.is_empty() {
            return Ok(Some((tx, 0)));
        }
        let basis = Basis::load(&mut tx, asked).await?;
        let prepared = match self.prepared.take() {
            Some(prepared) if prepared.basis == basis => prepared,
            _ if self.n_prepared < MOST_ATTEMPTS => {
                // Nobody waits while this computes: the one writer's place is given up first.
                drop(tx);
                self.n_prepared += 1;
                self.prepared = Some(prepare(ctx, basis).await?);
                return Ok(None);
            }
            // What this depends on changes faster than it computes: hold the place, so that it ends.
            _ => prepare(ctx, basis).await?,
        };
        let mut accounts = BTreeSet::new();
        let mut touched = vec![];
        for (held, (definitions, anew)) in prepared.basis.sources.iter().zip(prepared.outcomes) {
            accounts.extend(anew.accounts.iter().filter(|account| !account.is_empty()).cloned());
            touched.extend(keep_anew(ctx, &mut tx, &definitions, anew, held.data_until).await?);
        }
        kpi::recompute_values(&mut tx, &touched).await?;
        Ok(Some((tx, accounts.len())))
    }
}

async fn prepare(ctx: &Ctx, basis: Basis) -> Result<Prepared, RecomputeError> {
    let mut outcomes = Vec::with_capacity(basis.sources.len());
    for held in &basis.sources {
        outcomes.push(derive_anew(ctx, held, &basis).await?);
    }
    Ok(Prepared { basis, outcomes })
}

async fn derive_anew(
    ctx: &Ctx,
    held: &SourceBasis,
    basis: &Basis,
) -> Result<(Definitions, Anew), RecomputeError> {
    let id = &held.source.id;
    let until = held.data_until.unwrap_or(ctx.now());
    let refs = selected_refs(ctx, held, until).await?;
    let mut definitions = held.inputs.clone().ready(held.source.clone(), until.max(ctx.now()))?;
    definitions.accounts.clone_from(&basis.accounts);
    definitions.teams.clone_from(&basis.teams);
    let mut anew = Anew::default();
    for slice in refs.chunks(SLICE_CASES) {
        let (folder, paths, part) = (events_folder(ctx), held.paths.clone(), slice.to_vec());
        let work = tokio::task::spawn_blocking(move || {
            let derived = derive_from_files(&folder, &paths, &part, &mut definitions, until)?;
            Ok::<_, StageError>((definitions, derived))
        });
        let (back, derived) = work.await.map_err(|_| RecomputeError::Stopped)??;
        definitions = back;
        let stored = cases::load_cases(&mut ctx.begin_read().await?, id, slice).await?;
        anew.add(derived, stored, held.forget);
    }
    Ok((definitions, anew))
}

/// The cases asked for, and those whose target has been used up since, sorted.
async fn selected_refs(ctx: &Ctx, held: &SourceBasis, until: Instant) -> Result<Vec<String>, StoreError> {
    let mut tx = ctx.begin_read().await?;
    let mut refs = cases::list_overdue(&mut tx, &held.source.id, until).await?;
    for selection in &held.selections {
        refs.extend(cases::list_refs(&mut tx, &held.source.id, selection).await?);
    }
    refs.sort_unstable();
    refs.dedup();
    Ok(refs)
}
