//! Deriving cases anew, and everything that follows from them: months, standings, measures.
//!
//! Whoever changes what clocks depend on (a calendar, a service level, an agreed exclusion, a state's meaning, which
//! files count) calls [`recompute_in`] or [`recompute_account_in`] in the transaction of that change, so that nobody ever
//! sees new definitions with old figures. Only touched accounts and months are computed again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use mandate_domain::book::Account;
use mandate_domain::facts::case::DeliveryCase;
use mandate_domain::facts::service_level::ClockKind;
use mandate_domain::facts::source::{EventSource, SourceId};
use mandate_domain::{Id, Instant, Month};
use mandate_facts::io::read_cases;
use mandate_store::facts::cases::{self, Place, Selection};
use mandate_store::facts::standing::Goal;
use mandate_store::facts::{files, months, sources, standing};
use mandate_store::reads::facts_names;
use mandate_store::{StoreError, WriteTx};

use super::definitions::{Definitions, DefinitionsError};
use super::derive::{derive_case, split_cases};
use super::kpi;
use super::stage::StageError;
use crate::ctx::Ctx;
use crate::error::{ErrorKind, Message, UseCaseError};

/// Cases derived at once, to bound memory.
const SLICE_CASES: usize = 20_000;

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

/// Keeps derived cases and all that follows from them; returns the accounts and months it touched.
pub(crate) async fn keep_derived(
    ctx: &Ctx,
    tx: &mut WriteTx,
    definitions: &Definitions,
    derived: Derived,
    data_until: Option<Instant>,
) -> Result<Vec<(Id<Account>, Month)>, StoreError> {
    let (source, now) = (&definitions.source.id, ctx.now());
    let refs: Vec<String> = derived.cases.iter().map(|case| case.case_ref.clone()).collect();
    let mut places: BTreeSet<Place> = cases::list_places(tx, source, &refs).await?;
    places.extend(cases::list_places(tx, source, &derived.gone).await?);
    for case in &derived.cases {
        places.insert((case.account_id.clone().unwrap_or_default(), case.month.to_string()));
    }
    cases::delete_cases(tx, source, &derived.gone).await?;
    cases::save_cases(tx, &derived.cases).await?;
    drop(derived);
    months::rebuild_months(tx, source, &places).await?;
    sources::save_counts(tx, source, data_until, now).await?;
    let accounts: BTreeSet<&String> =
        places.iter().map(|(account, _)| account).filter(|account| !account.is_empty()).collect();
    let goals: BTreeMap<String, Goal> =
        accounts.into_iter().map(|account| (account.clone(), goal_of(definitions, account))).collect();
    standing::rebuild_standings(tx, &goals, now).await?;
    touched_places(&places)
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

/// Derives the selected cases of a source anew from what `tx` sees, with everything that follows; returns the accounts
/// and months it touched. Holds the transaction while it computes: for changes of definitions, not for imports.
///
/// # Errors
/// [`RecomputeError`]; then drop the transaction.
pub async fn recompute_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    source: &SourceId,
    selection: &Selection,
) -> Result<Vec<(Id<Account>, Month)>, RecomputeError> {
    let found = sources::load_source(tx, source).await?;
    let source = found.ok_or_else(|| RecomputeError::NoSource { id: source.clone() })?;
    let refs = cases::list_refs(tx, &source.id, selection).await?;
    recompute_with(ctx, tx, source, refs, WithoutEvents::Keep).await
}

/// As [`recompute_in`], for the cases named; those that have no event left are forgotten, because their files were
/// withdrawn.
///
/// # Errors
/// [`RecomputeError`]; then drop the transaction.
pub(crate) async fn recompute_refs(
    ctx: &Ctx,
    tx: &mut WriteTx,
    source: EventSource,
    refs: Vec<String>,
) -> Result<Vec<(Id<Account>, Month)>, RecomputeError> {
    recompute_with(ctx, tx, source, refs, WithoutEvents::Forget).await
}

/// What becomes of cases that have no event in the files that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WithoutEvents {
    /// They stay as they are: only definitions have changed.
    Keep,
    /// They are forgotten.
    Forget,
}

async fn recompute_with(
    ctx: &Ctx,
    tx: &mut WriteTx,
    source: EventSource,
    mut refs: Vec<String>,
    without_events: WithoutEvents,
) -> Result<Vec<(Id<Account>, Month)>, RecomputeError> {
    let data_until = files::latest_event(tx, &source.id).await?;
    let until = data_until.unwrap_or(ctx.now());
    refs.extend(cases::list_overdue(tx, &source.id, until).await?);
    refs.sort_unstable();
    refs.dedup();
    let paths: Vec<PathBuf> =
        files::list_active(tx, &source.id).await?.into_iter().map(|file| file.path.into()).collect();
    let mut definitions = Definitions::load(tx, source, until.max(ctx.now())).await?;
    definitions.accounts = facts_names::account_ids(tx).await?;
    definitions.teams = facts_names::team_ids(tx).await?;
    let folder = events_folder(ctx);
    let work = tokio::task::spawn_blocking(move || {
        let derived = derive_from_files(&folder, &paths, &refs, &mut definitions, until)?;
        Ok::<_, StageError>((definitions, derived))
    });
    let (definitions, mut derived) = work.await.map_err(|_| RecomputeError::Stopped)??;
    if without_events == WithoutEvents::Keep {
        derived.gone.clear();
    }
    let touched = keep_derived(ctx, tx, &definitions, derived, data_until).await?;
    kpi::recompute_values(tx, &touched).await?;
    Ok(touched)
}

/// As [`recompute_in`], for an account's cases of every source, or only those open at some time of a period.
///
/// # Errors
/// [`RecomputeError`]; then drop the transaction.
pub async fn recompute_account_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account_id: &str,
    period: Option<(Instant, Instant)>,
) -> Result<Vec<(Id<Account>, Month)>, RecomputeError> {
    let selection = match period {
        Some((from, until)) => Selection::AccountPeriod { account_id: account_id.to_owned(), from, until },
        None => Selection::Account(account_id.to_owned()),
    };
    let mut touched = vec![];
    for source in sources::list_sources(tx).await? {
        let refs = cases::list_refs(tx, &source.id, &selection).await?;
        if !refs.is_empty() {
            touched.extend(recompute_with(ctx, tx, source, refs, WithoutEvents::Keep).await?);
        }
    }
    Ok(touched)
}
