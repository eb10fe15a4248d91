//! Service levels: stating what was agreed, for a whole source or for one account; saving computes its cases anew.
//!
//! As a calendar, a service level is saved as a whole with all its versions. What a profile proposed stays marked as
//! assumed until somebody states it. A reader finds the defaults of all sources and the service levels of their accounts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use mandate_domain::audit::Changes;
use mandate_domain::facts::calendar::Calendar;
use mandate_domain::facts::service_level::{
    ClockKind, ServiceLevel, ServiceLevelTerms, ServiceLevelVersion, TermsProblem,
};
use mandate_domain::facts::source::{EventSource, SourceId};
use mandate_domain::{Id, Instant, text};
use mandate_store::facts::cases::Selection;
use mandate_store::facts::{calendars, service_levels as store, sources};
use mandate_store::reads::facts_definitions as reads;
use mandate_store::{ReadTx, StoreError, boxed};

use super::calendars::day_error;
use super::define::{DefineError, Defined};
use super::recompute::{Asked, Recompute};
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{FieldError, Message};

/// Most characters of a name or clause.
const LONGEST_NAME: usize = 120;

/// A service level as it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelDraft {
    /// The firm's own id.
    pub external_id: Option<String>,
    /// The source's short name; cannot be changed later.
    pub source: String,
    /// The account by id, own id or name; none for the default of the source. Cannot be changed later.
    pub account: Option<String>,
    /// What it measures; cannot be changed later.
    pub clock_kind: ClockKind,
    /// Its name.
    pub name: String,
    /// Where it stands in the contract.
    pub clause: String,
    /// Its versions in any order.
    pub versions: Vec<ServiceLevelTerms>,
}

/// A service level with the name of its account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelLine {
    /// The service level.
    pub level: ServiceLevel,
    /// The account's name; none for the default of a source.
    pub account_name: Option<String>,
}

/// What a form of service levels offers.
#[derive(Clone, Debug)]
pub struct LevelChoices {
    /// Sources by name.
    pub sources: Vec<EventSource>,
    /// Calendars by name.
    pub calendars: Vec<Calendar>,
    /// Names of accounts, some hundreds at most.
    pub account_names: Vec<String>,
}

/// Every service level the actor may know of, by source and name.
///
/// # Errors
/// [`DefineError::Denied`].
#[boxed]
pub async fn list_levels(ctx: &Ctx, actor: &Actor) -> Result<Vec<LevelLine>, DefineError> {
    authorise(actor, Action::ReadFacts)?;
    lines(&mut ctx.begin_read().await?, actor).await
}

async fn lines(tx: &mut ReadTx, actor: &Actor) -> Result<Vec<LevelLine>, DefineError> {
    let names: BTreeMap<String, String> = reads::accounts_with_levels(tx, &actor.scope).await?;
    let levels = store::list_service_levels(tx).await?;
    let visible = |level: ServiceLevel| match &level.account_id {
        None => Some(LevelLine { level, account_name: None }),
        Some(account) => {
            let account_name = Some(names.get(account)?.clone());
            Some(LevelLine { level, account_name })
        }
    };
    Ok(levels.into_iter().filter_map(visible).collect())
}

/// One service level.
///
/// # Errors
/// [`DefineError::NotFound`], also for an account out of scope.
#[boxed]
pub async fn show_level(ctx: &Ctx, actor: &Actor, id: &Id<ServiceLevel>) -> Result<LevelLine, DefineError> {
    authorise(actor, Action::ReadFacts)?;
    load(&mut ctx.begin_read().await?, actor, id).await
}

async fn load(tx: &mut ReadTx, actor: &Actor, id: &Id<ServiceLevel>) -> Result<LevelLine, DefineError> {
    let found = lines(tx, actor).await?.into_iter().find(|line| line.level.id == *id);
    found.ok_or(DefineError::NotFound)
}

/// What a form offers.
///
/// # Errors
/// [`DefineError::Denied`].
#[boxed]
pub async fn level_choices(ctx: &Ctx, actor: &Actor) -> Result<LevelChoices, DefineError> {
    authorise(actor, Action::ReadFacts)?;
    let mut tx = ctx.begin_read().await?;
    Ok(LevelChoices {
        sources: sources::list_sources(&mut tx).await?,
        calendars: calendars::list_calendars(&mut tx).await?,
        account_names: reads::account_names(&mut tx, &actor.scope).await?,
    })
}

/// What is wrong with terms of a clock of `kind`, by field: `valid_from`, `targets`, `target_N`, `goal`, `reopening`.
pub fn terms_errors(kind: ClockKind, terms: &ServiceLevelTerms, today: Date) -> Vec<FieldError> {
    let mut errors: Vec<FieldError> = terms.problems(kind).iter().map(terms_error).collect();
    errors.extend(day_error(terms.valid_from, today));
    errors
}

/// One problem of terms, for a form.
pub fn terms_error(problem: &TermsProblem) -> FieldError {
    let of_priority = |id, priority: &u8| {
        let message = Message::new(id).with("priority", priority.to_string());
        (format!("target_{priority}"), message)
    };
    let (field, message) = match problem {
        TermsProblem::NoTarget => ("targets".to_owned(), Message::new("level-problem-no-target")),
        TermsProblem::NotPositive { priority, .. } => of_priority("level-problem-zero", priority),
        TermsProblem::TooLong { priority, .. } => of_priority("level-problem-too-long", priority),
        TermsProblem::Twice { priority } => of_priority("level-problem-twice", priority),
        TermsProblem::ResponseGoesOn => {
            ("reopening".to_owned(), Message::new("level-problem-response-goes-on"))
        }
        TermsProblem::Goal { .. } => ("goal".to_owned(), Message::new("level-problem-goal")),
    };
    FieldError { field, message }
}

fn today(now: Instant) -> Date {
    now.date_in(&jiff::tz::TimeZone::UTC)
}

/// Everything wrong with a draft, `versions.N.field` for its versions; else its versions, oldest first.
fn check(
    draft: &LevelDraft,
    calendars: &[Calendar],
    today: Date,
) -> (Vec<FieldError>, Vec<ServiceLevelTerms>) {
    let mut errors = vec![];
    let mut error = |field: String, message: Message| errors.push(FieldError { field, message });
    if text::line(&draft.name, LONGEST_NAME).is_err() {
        let message = Message::new("define-problem-name").with("limit", LONGEST_NAME.to_string());
        error("name".to_owned(), message);
    }
    if text::optional_line(&draft.clause, LONGEST_NAME).is_err() {
        let message = Message::new("level-problem-clause").with("limit", LONGEST_NAME.to_string());
        error("clause".to_owned(), message);
    }
    if draft.versions.is_empty() {
        error("versions".to_owned(), Message::new("level-problem-no-version"));
    }
    let mut days = BTreeSet::new();
    for (idx, terms) in draft.versions.iter().enumerate() {
        for problem in terms_errors(draft.clock_kind, terms, today) {
            error(format!("versions.{idx}.{}", problem.field), problem.message);
        }
        if !days.insert(terms.valid_from) {
            let message = Message::new("define-problem-same-day").with("day", terms.valid_from.to_string());
            error(format!("versions.{idx}.valid_from"), message);
        }
        match calendars.iter().find(|calendar| calendar.id == terms.calendar_id) {
            None => error(format!("versions.{idx}.calendar_id"), Message::new("level-problem-no-calendar")),
            // Nothing is kept without open hours; a calendar edited by hand might be.
            Some(calendar) if calendar.versions.iter().all(|it| it.hours.windows.is_empty()) => {
                error(format!("versions.{idx}.calendar_id"), Message::new("calendar-problem-no-open-hours"));
            }
            Some(_) => {}
        }
    }
    let mut versions = draft.versions.clone();
    versions.sort_by_key(|terms| terms.valid_from);
    for terms in &mut versions {
        terms.targets.sort_unstable();
    }
    (errors, versions)
}

/// Where a new service level belongs: its source, and its account with its name.
struct Place {
    source: SourceId,
    account: Option<(String, String)>,
}

async fn place(
    tx: &mut ReadTx,
    actor: &Actor,
    draft: &LevelDraft,
    errors: &mut Vec<FieldError>,
) -> Result<Option<Place>, DefineError> {
    let mut error =
        |field: &str, message: Message| errors.push(FieldError { field: field.to_owned(), message });
    let source = match SourceId::parse(&draft.source) {
        Ok(id) => sources::load_source(tx, &id).await?.map(|source| source.id),
        Err(_) => None,
    };
    if source.is_none() {
        error("source", Message::new("facts-error-no-source").with("source", draft.source.clone()));
    }
    let mut account = None;
    if let Some(given) = draft.account.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        let found = reads::accounts_named(tx, &actor.scope, given).await?;
        let id = match found.len() {
            0 => "level-problem-no-account",
            1 => "",
            _ => "level-problem-several-accounts",
        };
        if !id.is_empty() {
            error("account", Message::new(id).with("account", given.to_owned()));
            return Ok(None);
        }
        account = found.into_iter().next();
    }
    let Some(source) = source else { return Ok(None) };
    let taken = is_taken(tx, &source, account.as_ref().map(|(id, _)| id.as_str()), draft.clock_kind).await?;
    if taken {
        error("clock_kind", Message::new("level-problem-taken"));
    }
    Ok(Some(Place { source, account }))
}

async fn is_taken(
    tx: &mut ReadTx,
    source: &SourceId,
    account: Option<&str>,
    kind: ClockKind,
) -> Result<bool, StoreError> {
    let levels = store::list_service_levels(tx).await?;
    Ok(levels.iter().any(|level| {
        level.source_id == *source && level.account_id.as_deref() == account && level.clock_kind == kind
    }))
}

/// States a service level and computes the cases anew that it measures.
///
/// # Errors
/// [`DefineError::Invalid`] with everything that is wrong.
#[boxed]
pub async fn create_level(
    ctx: &Ctx,
    actor: &Actor,
    draft: LevelDraft,
) -> Result<Defined<LevelLine>, DefineError> {
    authorise(actor, Action::WriteFacts)?;
    let (now, id, version_ids) = (ctx.now(), ctx.new_id(), version_ids(ctx, &draft));
    let mut recompute = Recompute::default();
    loop {
        let mut tx = ctx.begin_write().await?;
        let calendars = calendars::list_calendars(&mut tx).await?;
        let (mut errors, versions) = check(&draft, &calendars, today(now));
        let place = place(&mut tx, actor, &draft, &mut errors).await?;
        let (Some(place), true) = (place, errors.is_empty()) else {
            return Err(DefineError::Invalid(errors));
        };
        let level = ServiceLevel {
            id: id.clone(),
            external_id: draft.external_id.clone().filter(|id| !id.trim().is_empty()),
            source_id: place.source,
            account_id: place.account.as_ref().map(|(id, _)| id.clone()),
            contract_id: None,
            name: draft.name.trim().to_owned(),
            clock_kind: draft.clock_kind,
            clause: draft.clause.trim().to_owned(),
            assumed: false,
            demo: false,
            version: 1,
            versions: versioned(&version_ids, versions),
        };
        store::insert_service_level(&mut tx, &level, now).await?;
        let Some((tx, n_accounts)) = recompute.settle(ctx, tx, measured_by(&level)).await? else { continue };
        let changes = Changes::new()
            .field("name", None, Some(level.name.clone()))
            .field("terms", None, Some(in_words(&level)))
            .into_vec();
        tx.commit(actor.record(now, "service_level.created", subject(&level), changes)).await?;
        let account_name = place.account.map(|(_, name)| name);
        return Ok(Defined { saved: LevelLine { level, account_name }, n_accounts });
    }
}

/// Ids for the versions of a draft, made once, so that the change is the same each time it is made.
fn version_ids(ctx: &Ctx, draft: &LevelDraft) -> Vec<Id<ServiceLevelVersion>> {
    draft.versions.iter().map(|_| ctx.new_id()).collect()
}

fn versioned(ids: &[Id<ServiceLevelVersion>], versions: Vec<ServiceLevelTerms>) -> Vec<ServiceLevelVersion> {
    ids.iter().cloned().zip(versions).map(|(id, terms)| ServiceLevelVersion { id, terms }).collect()
}

fn subject(level: &ServiceLevel) -> Subject<'_> {
    Subject {
        kind: "service_level",
        id: level.id.as_str(),
        name: &level.name,
        account_id: level.account_id.as_deref(),
    }
}

/// The versions for the audit record.
fn in_words(level: &ServiceLevel) -> String {
    let one = |version: &ServiceLevelVersion| {
        let terms = &version.terms;
        let targets: Vec<String> =
            terms.targets.iter().map(|(priority, seconds)| format!("P{priority} {seconds} s")).collect();
        format!(
            "from {}: {}; goal {} bp; calendar {}; reopening {}; retroactive {}",
            terms.valid_from,
            targets.join(" "),
            terms.goal_share_bp,
            terms.calendar_id,
            terms.reopening.as_str(),
            terms.retroactive_start
        )
    };
    level.versions.iter().map(one).collect::<Vec<_>>().join(" | ")
}

/// The cases that a service level measures.
fn measured_by(level: &ServiceLevel) -> Vec<Asked> {
    let selection = level.account_id.clone().map_or(Selection::Source, Selection::Account);
    vec![Asked::new(&level.source_id, selection)]
}

/// Saves a service level as a whole and computes its cases anew. Whoever saves has stated it: the mark "assumed" goes.
///
/// # Errors
/// [`DefineError::Invalid`] with everything that is wrong; [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn save_level(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<ServiceLevel>,
    version: i64,
    draft: LevelDraft,
) -> Result<Defined<LevelLine>, DefineError> {
    authorise(actor, Action::WriteFacts)?;
    let (now, version_ids) = (ctx.now(), version_ids(ctx, &draft));
    let mut recompute = Recompute::default();
    loop {
        let mut tx = ctx.begin_write().await?;
        let LevelLine { level: before, account_name } = load(&mut tx, actor, id).await?;
        if before.version != version {
            return Err(StoreError::Stale { table: "service_level" }.into());
        }
        let calendars = calendars::list_calendars(&mut tx).await?;
        let (errors, versions) = check(&draft, &calendars, today(now));
        if !errors.is_empty() {
            return Err(DefineError::Invalid(errors));
        }
        let mut after = replace(&before, &draft, versioned(&version_ids, versions));
        for version in before.versions.iter().filter(|it| !after.versions.contains(it)) {
            store::delete_version(&mut tx, &version.id).await?;
        }
        for version in after.versions.iter().filter(|it| !before.versions.contains(it)) {
            store::insert_version(&mut tx, &after.id, version, now).await?;
        }
        store::save_service_level(&mut tx, &after, now).await?;
        let same = before.versions == after.versions && before.assumed == after.assumed;
        let asked = if same { vec![] } else { measured_by(&after) };
        let Some((tx, n_accounts)) = recompute.settle(ctx, tx, asked).await? else { continue };
        let changes = Changes::new()
            .field("name", Some(before.name.clone()), Some(after.name.clone()))
            .field("clause", Some(before.clause.clone()), Some(after.clause.clone()))
            .field("terms", Some(in_words(&before)), Some(in_words(&after)))
            .field("assumed", Some(before.assumed.to_string()), Some(after.assumed.to_string()))
            .into_vec();
        tx.commit(actor.record(now, "service_level.changed", subject(&after), changes)).await?;
        after.version += 1;
        return Ok(Defined { saved: LevelLine { level: after, account_name }, n_accounts });
    }
}

/// The service level as it is to be; versions that say the same as before keep their id.
fn replace(before: &ServiceLevel, draft: &LevelDraft, versions: Vec<ServiceLevelVersion>) -> ServiceLevel {
    let same = |given: &ServiceLevelVersion| before.versions.iter().find(|it| it.terms == given.terms);
    ServiceLevel {
        name: draft.name.trim().to_owned(),
        clause: draft.clause.trim().to_owned(),
        assumed: false,
        versions: versions.into_iter().map(|given| same(&given).cloned().unwrap_or(given)).collect(),
        ..before.clone()
    }
}

/// States that an assumed service level is as agreed; its figures lose the mark with it.
///
/// # Errors
/// [`DefineError::NotFound`]; [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn confirm_level(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<ServiceLevel>,
    version: i64,
) -> Result<LevelLine, DefineError> {
    authorise(actor, Action::WriteFacts)?;
    let now = ctx.now();
    let mut recompute = Recompute::default();
    loop {
        let mut tx = ctx.begin_write().await?;
        let mut line = load(&mut tx, actor, id).await?;
        line.level.version = version;
        let was = std::mem::replace(&mut line.level.assumed, false);
        store::save_service_level(&mut tx, &line.level, now).await?;
        let asked = measured_by(&line.level);
        let Some((tx, _)) = recompute.settle(ctx, tx, asked).await? else { continue };
        let changes =
            Changes::new().field("assumed", Some(was.to_string()), Some(false.to_string())).into_vec();
        tx.commit(actor.record(now, "service_level.confirmed", subject(&line.level), changes)).await?;
        line.level.version += 1;
        return Ok(line);
    }
}

/// Puts a service level into the trash; its cases go by the default of the source, or are not measured.
///
/// # Errors
/// [`DefineError::NotFound`]; [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn trash_level(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<ServiceLevel>,
    version: i64,
) -> Result<LevelLine, DefineError> {
    authorise(actor, Action::WriteFacts)?;
    let now = ctx.now();
    let mut recompute = Recompute::default();
    loop {
        let mut tx = ctx.begin_write().await?;
        let mut line = load(&mut tx, actor, id).await?;
        line.level.version = version;
        store::trash_service_level(&mut tx, &line.level, now).await?;
        let asked = measured_by(&line.level);
        let Some((tx, _)) = recompute.settle(ctx, tx, asked).await? else { continue };
        tx.commit(actor.record(now, "service_level.trashed", subject(&line.level), vec![])).await?;
        return Ok(line);
    }
}

/// Brings a service level back from the trash, unless another one stands in its place.
///
/// # Errors
/// [`DefineError::NotFound`]; [`DefineError::Invalid`] when its place is taken.
#[boxed]
pub async fn restore_level(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<ServiceLevel>,
) -> Result<LevelLine, DefineError> {
    authorise(actor, Action::WriteFacts)?;
    let now = ctx.now();
    let mut recompute = Recompute::default();
    loop {
        let mut tx = ctx.begin_write().await?;
        if !store::restore_service_level(&mut tx, id, now).await? {
            return Err(DefineError::NotFound);
        }
        let line = load(&mut tx, actor, id).await?;
        let (level, of_place) = (&line.level, store::list_service_levels(&mut tx).await?);
        let same = |it: &&ServiceLevel| {
            it.source_id == level.source_id
                && it.account_id == level.account_id
                && it.clock_kind == level.clock_kind
        };
        if of_place.iter().filter(same).count() > 1 {
            let (field, message) = ("clock_kind".to_owned(), Message::new("level-problem-taken"));
            return Err(DefineError::Invalid(vec![FieldError { field, message }]));
        }
        let asked = measured_by(level);
        let Some((tx, _)) = recompute.settle(ctx, tx, asked).await? else { continue };
        tx.commit(actor.record(now, "service_level.restored", subject(&line.level), vec![])).await?;
        return Ok(line);
    }
}
