//! Taking events in: read and check, write files, derive cases, and let all of it count in one short transaction.
//!
//! A kill before the commit leaves files that no manifest row names; they mean nothing and the sweep removes them. The
//! heavy part runs before the transaction and off the async threads. When another import of the same source commits in
//! between, the work is done again from what then counts.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::tz::TimeZone;
use mandate_domain::audit::Changes;
use mandate_domain::book::{Account, Saved, Team};
use mandate_domain::facts::case::{BatchId, ImportBatch};
use mandate_domain::facts::source::{EventSource, Profile, SourceId, StateClass};
use mandate_domain::{Currency, Id, Instant, Month};
use mandate_store::facts::{cases, files, sources};
use mandate_store::reads::{Scope, facts_names};
use mandate_store::{StoreError, WriteTx, boxed, exchange, settings};

use super::definitions::{Definitions, load_zone};
use super::ingest_error::IngestError;
use super::propose::{Proposal, propose};
use super::reach::{Cases, Reach};
use super::recompute::{Anew, Derived, derive_from_files, events_folder, keep_anew};
use super::stage::{StageError, Staged, Stager, discard};
use super::{kpi, propose};
use crate::ctx::{Actor, Ctx, Subject};
use crate::exchange::event_rows::{Pseudonyms, RowProblem, RowProblemKind, Rows};

const PSEUDONYM_KEY: &str = "pseudonym_key";
const MOST_ATTEMPTS: usize = 4;

/// Told how far an import is: rows done, rows in all if known; `Break` stops it with nothing kept.
pub type Watch = Arc<dyn Fn(u64, Option<u64>) -> ControlFlow<()> + Send + Sync>;

/// Events to take in, and how.
#[derive(Clone)]
pub(crate) struct Incoming {
    pub source: SourceId,
    pub name: String,
    pub profile: Profile,
    /// Zone of times that state none; the profile's assumption when nobody says.
    pub time_zone: Option<String>,
    /// What states mean, before what is known and what the profile proposes.
    pub states: Vec<(String, StateClass)>,
    pub demo: bool,
    /// Whether accounts that the book does not hold are made; else they are refused.
    pub makes_accounts: bool,
    pub kind: &'static str,
    pub file_name: String,
    pub sha256: String,
}

/// What taking events in came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IngestReport {
    /// The source.
    pub source: String,
    /// The import, for undoing it; none when nothing was new.
    pub batch_id: Option<String>,
    /// Rows read.
    pub n_rows: u64,
    /// Events that were not known.
    pub n_new: u64,
    /// Events that correct earlier ones.
    pub n_corrected: u64,
    /// Events that were there already and changed nothing.
    pub n_same: u64,
    /// Cases computed anew.
    pub n_cases: u64,
    /// Accounts made.
    pub n_accounts_made: u64,
    /// Teams made.
    pub n_teams_made: u64,
    /// Events before the stated opening of their case, taken to have happened at it.
    pub n_before_opening: u64,
    /// States whose meaning the profile only assumes, with that meaning.
    pub assumed_states: Vec<(String, String)>,
    /// The zone that was assumed for times that state none.
    pub assumed_zone: Option<String>,
    /// Whether a service level and a calendar were proposed, marked as assumed.
    pub proposed_service_level: bool,
}

/// What reading gives the stager: a function, run off the async threads, that fills `Rows` and calls `Stager::take`.
pub(crate) type Reader =
    Arc<dyn Fn(&Known, &mut Stager, &mut Rows, &mut Pseudonyms) -> Result<(), IngestError> + Send + Sync>;

/// What a reader may know.
pub(crate) struct Known {
    pub source: SourceId,
    pub zone: TimeZone,
    /// Whether somebody said so; else times of the events profile must carry an offset.
    pub zone_stated: bool,
    pub states: BTreeMap<String, StateClass>,
}

/// What stood in the database before the work began.
pub(super) struct Before {
    pub source: Option<EventSource>,
    pub proposal: Option<Proposal>,
    pub known: Known,
    pub paths: Vec<PathBuf>,
    pub key: Option<[u8; 32]>,
    /// What the writer reaches.
    pub reach: Reach,
}

/// What the work came to, before it counts.
pub(super) struct Work {
    batch_id: BatchId,
    pub staged: Staged,
    cases: Cases,
    pub n_rows: u64,
    pub n_before_opening: u64,
    names: Vec<(String, String)>,
}

/// Takes events in.
#[boxed]
pub(crate) async fn ingest(
    ctx: &Ctx,
    actor: &Actor,
    incoming: &Incoming,
    reader: Reader,
) -> Result<IngestReport, IngestError> {
    for _ in 0..MOST_ATTEMPTS {
        let before = look(ctx, actor, incoming).await?;
        let key = pseudonym_key(ctx, before.key).await?;
        let work = stage(ctx, &before, Arc::clone(&reader), Staging { key, out: None }).await?;
        if work.staged.files.is_empty() {
            return Ok(unchanged(incoming, &work));
        }
        let folder = events_folder(ctx);
        let staged_files = work.staged.files.clone();
        let kept = derive_and_keep(ctx, actor, incoming, before, work).await;
        match kept {
            Ok(Some(report)) => return Ok(report),
            Ok(None) => discard(&folder, &staged_files),
            Err(error) => {
                discard(&folder, &staged_files);
                return Err(error);
            }
        }
    }
    Err(IngestError::Busy { source_id: incoming.source.clone() })
}

fn unchanged(incoming: &Incoming, work: &Work) -> IngestReport {
    IngestReport {
        source: incoming.source.to_string(),
        n_rows: work.n_rows,
        n_same: work.staged.n_same,
        n_before_opening: work.n_before_opening,
        ..IngestReport::default()
    }
}

/// Reads what stands before the work begins.
#[boxed]
pub(super) async fn look(ctx: &Ctx, actor: &Actor, incoming: &Incoming) -> Result<Before, IngestError> {
    let mut tx = ctx.begin_read().await?;
    let source = sources::load_source(&mut tx, &incoming.source).await?;
    if let Some(source) = &source
        && source.profile != incoming.profile
    {
        let (source_id, profile) = (source.id.clone(), source.profile);
        return Err(IngestError::OtherProfile { source_id, profile });
    }
    let zone_name = match (&source, &incoming.time_zone) {
        (Some(source), Some(given)) if source.time_zone != *given => {
            let (source_id, known) = (source.id.clone(), source.time_zone.clone());
            return Err(IngestError::OtherZone { source_id, known, given: given.clone() });
        }
        (Some(source), _) => source.time_zone.clone(),
        (None, given) => given.clone().unwrap_or_else(|| "UTC".to_owned()),
    };
    let zone = load_zone(&zone_name)?;
    let mut states: BTreeMap<String, StateClass> =
        sources::list_mapping(&mut tx, &incoming.source).await?.into_iter().collect();
    for (raw, class) in propose::known_states(incoming.profile) {
        states.entry(raw).or_insert(class);
    }
    states.extend(incoming.states.iter().cloned());
    let active = files::list_active(&mut tx, &incoming.source).await?;
    let paths = active.into_iter().map(|file| PathBuf::from(file.path)).collect();
    let stored = settings::list_settings(&mut tx).await?;
    let key = stored.iter().find(|(name, _)| name == PSEUDONYM_KEY).and_then(|(_, hex)| read_key(hex));
    let proposal = source.is_none().then(|| propose(ctx, incoming, &zone_name));
    let zone_stated = incoming.time_zone.is_some() || zone_name != "UTC";
    let known = Known { source: incoming.source.clone(), zone, zone_stated, states };
    let reach = Reach::of(&mut tx, actor).await?;
    Ok(Before { source, proposal, known, paths, key, reach })
}

fn read_key(hex: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    for (idx, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * idx..2 * idx + 2)?, 16).ok()?;
    }
    Some(key)
}

/// The installation's key of pseudonyms, made on first use in a transaction of its own.
async fn pseudonym_key(ctx: &Ctx, known: Option<[u8; 32]>) -> Result<[u8; 32], StoreError> {
    if let Some(key) = known {
        return Ok(key);
    }
    let key = ctx.new_secret();
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut tx = ctx.db().begin_write().await?;
    let stored = settings::list_settings(&mut tx).await?;
    if let Some(key) =
        stored.iter().find(|(name, _)| name == PSEUDONYM_KEY).and_then(|(_, hex)| read_key(hex))
    {
        return Ok(key);
    }
    settings::save_setting(&mut tx, PSEUDONYM_KEY, &hex).await?;
    let subject = Subject { kind: "setting", id: PSEUDONYM_KEY, name: "Key of pseudonyms", account_id: None };
    let record = Actor::system().record(ctx.now(), "pseudonym_key.made", subject, vec![]);
    tx.commit(record).await?;
    Ok(key)
}

/// How rows are staged.
pub(super) struct Staging {
    /// The key of pseudonyms.
    pub key: [u8; 32],
    /// Where files are written, when they are not to be kept.
    pub out: Option<PathBuf>,
}

#[boxed]
pub(super) async fn stage(
    ctx: &Ctx,
    before: &Before,
    reader: Reader,
    staging: Staging,
) -> Result<Work, IngestError> {
    let batch_id: BatchId = ctx.new_id::<ImportBatch>();
    let known = Known {
        source: before.known.source.clone(),
        zone: before.known.zone.clone(),
        zone_stated: before.known.zone_stated,
        states: before.known.states.clone(),
    };
    let (folder, paths) = (events_folder(ctx), before.paths.clone());
    let out = staging.out.clone().unwrap_or_else(|| folder.clone());
    let (name, written_to, notes_cases) = (batch_id.to_string(), out.clone(), !before.reach.is_everything());
    let work = tokio::task::spawn_blocking(move || {
        let mut stager = Stager::new(folder, known.source.clone(), name, paths).writing_to(out.clone());
        if notes_cases {
            stager = stager.noting_cases();
        }
        let (mut rows, mut names) = (Rows::default(), Pseudonyms::new(staging.key));
        let read = reader(&known, &mut stager, &mut rows, &mut names)
            .and_then(|()| stager.take(&mut rows).map_err(IngestError::from));
        let refused = read.err().or_else(|| problems(&mut rows));
        let cases = stager.spoken_of.take().unwrap_or_default();
        let done = match refused {
            Some(error) => {
                discard(&out, &stager.staged.files);
                Err(error)
            }
            None => Ok((stager.staged, rows, names.into_names())),
        };
        (cases, done)
    });
    let (cases, done) = work.await.map_err(|_| IngestError::Stopped)?;
    // Before anything is said of rows that were held against cases the writer may not reach.
    if let Err(error) = before.reach.refuse_cases(ctx, &before.known.source, &cases).await {
        if let Ok((staged, ..)) = &done {
            discard(&written_to, &staged.files);
        }
        return Err(error);
    }
    let (staged, rows, names) = done?;
    let (n_rows, n_before_opening) = (rows.n_rows, rows.n_before_opening);
    Ok(Work { batch_id, staged, cases, n_rows, n_before_opening, names })
}

pub(super) fn problems(rows: &mut Rows) -> Option<IngestError> {
    if rows.n_problems > 0 {
        let problems = std::mem::take(&mut rows.problems);
        return Some(IngestError::Rows { problems, n_problems: rows.n_problems });
    }
    (rows.n_rows == 0).then_some(IngestError::NoRows)
}

/// The rest of the work: derive the touched cases and let all of it count. `None` when another import came first.
async fn derive_and_keep(
    ctx: &Ctx,
    actor: &Actor,
    incoming: &Incoming,
    before: Before,
    work: Work,
) -> Result<Option<IngestReport>, IngestError> {
    let mut tx = ctx.begin_read().await?;
    let latest = Instant::from_microseconds(work.staged.latest_at_us);
    let known_until = before.source.as_ref().and_then(|source| source.data_until);
    let mut refs: Vec<String> = work.staged.touched.iter().cloned().collect();
    // Cases of others are judged as of the latest event, too: only who sees them moves a source's clock on.
    let data_until = match known_until {
        Some(until) if !before.reach.is_everything() => until,
        None if !before.reach.is_everything() => latest.min(ctx.now()),
        known => known.unwrap_or(latest).max(latest),
    };
    if before.reach.is_everything() {
        refs.extend(cases::list_overdue(&mut tx, &incoming.source, data_until).await?);
    }
    refs.sort_unstable();
    refs.dedup();
    let accounts = facts_names::account_ids(&mut tx, &Scope::Everything).await?;
    refuse_unknown_accounts(incoming, &work.staged, &before.reach, &accounts)?;
    let asked_until = data_until.max(ctx.now());
    let mapping: HashMap<String, StateClass> = before.known.states.clone().into_iter().collect();
    let mut definitions = match (&before.source, &before.proposal) {
        (Some(source), _) => Definitions::load(&mut tx, source.clone(), asked_until).await?,
        (None, Some(proposal)) => {
            let (levels, calendars) = (proposal.levels.clone(), &proposal.calendars);
            let source = proposal.source.clone();
            Definitions::new(source, mapping.clone(), levels, calendars, asked_until)?
        }
        (None, None) => return Err(IngestError::Stopped),
    };
    definitions.mapping = mapping;
    definitions.accounts = accounts;
    definitions.teams = facts_names::team_ids(&mut tx).await?;
    drop(tx);
    let folder = events_folder(ctx);
    let mut paths = before.paths.clone();
    paths.extend(work.staged.files.iter().map(|file| PathBuf::from(&file.path)));
    let deriving = tokio::task::spawn_blocking(move || {
        let derived = derive_from_files(&folder, &paths, &refs, &mut definitions, data_until)?;
        Ok::<_, StageError>((definitions, derived))
    });
    let (definitions, derived) = deriving.await.map_err(|_| IngestError::Stopped)??;
    before.reach.refuse_moved(&work.cases, &derived.cases)?;
    let after = After { work, definitions, derived, data_until };
    keep(ctx, actor, incoming, before, after).await
}

pub(super) fn refuse_unknown_accounts(
    incoming: &Incoming,
    staged: &Staged,
    reach: &Reach,
    accounts: &BTreeMap<String, String>,
) -> Result<(), IngestError> {
    if incoming.makes_accounts && reach.is_everything() {
        return Ok(());
    }
    let mut rows = Rows::default();
    for (account, row) in &staged.account_refs {
        if !reach.knows(account, accounts) {
            let kind = RowProblemKind::UnknownAccount { account: account.clone() };
            rows.note(RowProblem { row: *row, column: "account", kind });
        }
    }
    problems(&mut Rows { n_rows: 1, ..rows }).map_or(Ok(()), Err)
}

struct After {
    work: Work,
    definitions: Definitions,
    derived: Derived,
    data_until: Instant,
}

/// Lets the work count, in one transaction; `None` when the source changed since the work began.
async fn keep(
    ctx: &Ctx,
    actor: &Actor,
    incoming: &Incoming,
    before: Before,
    after: After,
) -> Result<Option<IngestReport>, IngestError> {
    let now = ctx.now();
    let mut tx = ctx.begin_write().await?;
    let stands = sources::load_source(&mut tx, &incoming.source).await?;
    if stands.as_ref().map(|source| source.version) != before.source.as_ref().map(|source| source.version) {
        return Ok(None);
    }
    let After { work, mut definitions, mut derived, data_until } = after;
    let proposed_service_level = match &before.proposal {
        Some(proposal) => propose::keep(&mut tx, proposal, &work.staged, now).await?,
        None => false,
    };
    let used = used_states(&before, &work);
    sources::save_mapping(&mut tx, &incoming.source, &used).await?;
    let n_accounts_made = make_accounts(ctx, &mut tx, incoming, &work.staged, &mut definitions).await?;
    let n_teams_made = make_teams(ctx, &mut tx, &work.staged.group_refs, &mut definitions).await?;
    for case in &mut derived.cases {
        case.account_id = definitions.accounts.get(&case.account_ref).cloned();
        case.team_id = definitions.teams.get(&case.group_ref).cloned();
    }
    let n_cases = derived.cases.len() as u64;
    let first_month = first_month(&work.staged, &definitions);
    files::insert_files(&mut tx, &work.staged.files, now).await?;
    sources::insert_pseudonyms(&mut tx, &incoming.source, work.names.clone()).await?;
    let anew = Anew::of_import(&mut tx, &incoming.source, derived).await?;
    let touched = keep_anew(ctx, &mut tx, &definitions, anew, Some(data_until)).await?;
    if before.source.is_none() && !incoming.demo {
        kpi::propose_measures(&mut tx, ctx, incoming.source.as_str(), first_month).await?;
    }
    kpi::recompute_values(&mut tx, &touched).await?;
    let source = &definitions.source;
    let report = IngestReport {
        source: incoming.source.to_string(),
        batch_id: Some(work.batch_id.to_string()),
        n_rows: work.n_rows,
        n_new: work.staged.n_new,
        n_corrected: work.staged.n_corrected,
        n_same: work.staged.n_same,
        n_cases,
        n_accounts_made,
        n_teams_made,
        n_before_opening: work.n_before_opening,
        assumed_states: propose::assumed_states(incoming, &used),
        assumed_zone: source.time_zone_assumed.then(|| source.time_zone.clone()),
        proposed_service_level,
    };
    exchange::insert_batch(&mut tx, &batch_row(actor, incoming, &report, &work, now)).await?;
    let changes = Changes::new()
        .field("events", None, Some(work.staged.n_new.to_string()))
        .field("cases", None, Some(n_cases.to_string()))
        .field("file", None, Some(incoming.file_name.clone()))
        .into_vec();
    let subject =
        Subject { kind: "event_source", id: incoming.source.as_str(), name: &source.name, account_id: None };
    tx.commit(actor.record(now, "events.imported", subject, changes)).await?;
    Ok(Some(report))
}

fn first_month(staged: &Staged, definitions: &Definitions) -> Month {
    let earliest = Instant::from_microseconds(staged.earliest_opened_us);
    Month::of(earliest.date_in(&definitions.zone))
}

/// What the states mean that the new events use.
pub(super) fn used_states(before: &Before, work: &Work) -> Vec<(String, StateClass)> {
    let states = &before.known.states;
    work.staged
        .raw_states
        .iter()
        .filter_map(|raw| states.get(raw).map(|class| (raw.clone(), *class)))
        .collect()
}

async fn make_accounts(
    ctx: &Ctx,
    tx: &mut WriteTx,
    incoming: &Incoming,
    staged: &Staged,
    definitions: &mut Definitions,
) -> Result<u64, StoreError> {
    let missing: BTreeSet<String> = staged
        .account_refs
        .keys()
        .filter(|account| !definitions.accounts.contains_key(*account))
        .cloned()
        .collect();
    if missing.is_empty() {
        return Ok(0);
    }
    let mut template = Account::named("", &definitions.source.time_zone, Currency::EUR);
    template.origin = incoming.source.to_string();
    let found =
        mandate_store::book::find_or_make_accounts(tx, &missing, &template, ctx.now(), || ctx.new_id())
            .await?;
    let n_made = found.values().filter(|account| account.made).count() as u64;
    for (account, found) in found {
        definitions.accounts.insert(account, found.id.to_string());
    }
    Ok(n_made)
}

async fn make_teams(
    ctx: &Ctx,
    tx: &mut WriteTx,
    group_refs: &BTreeSet<String>,
    definitions: &mut Definitions,
) -> Result<u64, StoreError> {
    let missing: BTreeSet<String> =
        group_refs.iter().filter(|group| !definitions.teams.contains_key(*group)).cloned().collect();
    let known = mandate_store::book::load_known::<Team>(tx, &Scope::Everything, &missing).await?;
    let mut made = vec![];
    for group in &missing {
        let id: Id<Team> = match known.get(group) {
            Some(known) => known.saved.id.clone(),
            None => {
                let team = Team {
                    external_id: Some(group.clone()),
                    name: group.clone(),
                    line_of_business_id: None,
                    lead_person_id: None,
                };
                let id: Id<Team> = ctx.new_id();
                made.push(Saved::new(id.clone(), team, ctx.now()));
                id
            }
        };
        definitions.teams.insert(group.clone(), id.to_string());
    }
    mandate_store::book::insert_many(tx, &made).await?;
    Ok(made.len() as u64)
}

fn batch_row(
    actor: &Actor,
    incoming: &Incoming,
    report: &IngestReport,
    work: &Work,
    now: Instant,
) -> exchange::Batch {
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let text = serde_json::json!({
        "source": report.source,
        "cases": report.n_cases,
        "accounts_made": report.n_accounts_made,
        "teams_made": report.n_teams_made,
        "before_opening": report.n_before_opening,
        "assumed_states": report.assumed_states,
        "assumed_zone": report.assumed_zone,
        "proposed_service_level": report.proposed_service_level,
    });
    exchange::Batch {
        id: work.batch_id.to_string(),
        kind: incoming.kind.to_owned(),
        profile: incoming.profile.as_str().to_owned(),
        file_name: incoming.file_name.clone(),
        sha256: incoming.sha256.clone(),
        n_rows: count(report.n_rows),
        n_new: count(report.n_new),
        n_changed: count(report.n_corrected),
        n_same: count(report.n_same),
        state: "done".to_owned(),
        report: text.to_string(),
        created_by: actor.user_id().map(ToString::to_string),
        created_at: now,
    }
}
