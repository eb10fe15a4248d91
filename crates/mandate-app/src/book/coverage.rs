//! Coverage: of one account, of a person before a meeting, and the kept figures of all accounts.
//!
//! Figures are counted anew in the transaction of each write that touches them, and once a day by a job, because threads fade while
//! nobody writes. A write that touches very many accounts only drops their figures and asks the job, so that an import stays quick:
//! until it is through, the list says that these are not counted yet.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use mandate_domain::Id;
use mandate_domain::book::{
    Account, Cover, Coverage, Kind, LastContact, Person, Saved, ThreadFacts, Warmth, coverage,
};
use mandate_store::book::{self as store, Stored};
use mandate_store::reads::coverage::{
    AccountCoverage, MOST_ACCOUNTS, PersonLine, SiteVisit, list_coverage_facts, list_site_visits,
};
use mandate_store::reads::listing::ListDef;
use mandate_store::reads::person_brief::{self as brief, KnownPerson, PersonRecords, Remark, WorksOn};
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};
use serde_json::{Value, json};

use super::errors::BookError;
use super::plan::{Outcome, Planned};
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};
use crate::jobs::{self, JobError, JobRun};

/// The job that counts figures anew.
pub const COUNT_COVERAGE: &str = "count_coverage";
/// Accounts a write counts anew itself; of more it asks the job.
const MOST_IN_A_WRITE: usize = 500;
/// How often the job may be asked for.
const ASK_EVERY_S: i64 = 3_000;

/// Coverage of one account as its page shows it.
#[derive(Clone, Debug)]
pub struct AccountCover {
    /// The account.
    pub account: Saved<Account>,
    /// The day in the account's own zone.
    pub on: Date,
    /// How it is covered.
    pub coverage: Coverage,
    /// Everybody named in it, by id.
    pub people: BTreeMap<Id<Person>, PersonLine>,
    /// Who of ours belongs there: account manager, negotiator, who works on it.
    pub belonging: Vec<Id<Person>>,
    /// Visits at the client's in the last year.
    pub visits: Vec<SiteVisit>,
}

/// One thread of a person, from their side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonThread {
    /// The other one: of ours for a client's person, of a client for ours.
    pub other: Id<Person>,
    /// Their name.
    pub name: String,
    /// Their job title.
    pub job_title: String,
    /// The account of a client's person.
    pub account: Option<String>,
    /// Whether the one of ours is still with us.
    pub is_with_us: bool,
    /// How well they know one another.
    pub strength: Option<i64>,
    /// When they last turned to one another.
    pub contact: LastContact,
    /// How warm it is.
    pub warmth: Warmth,
    /// In basis points.
    pub warmth_bp: i64,
    /// What the client says of how they get on.
    pub compatibility: Option<i64>,
    /// What to know of it.
    pub note: String,
}

/// What one reads of a person before a meeting.
#[derive(Clone, Debug)]
pub struct PersonBrief {
    /// Who.
    pub person: Saved<Person>,
    /// The day.
    pub on: Date,
    /// A client's account.
    pub account: Option<Saved<Account>>,
    /// Whom they report to, where they are known.
    pub reports_to: Option<(Id<Person>, String)>,
    /// Who came after them.
    pub successor: Option<(Id<Person>, String)>,
    /// Their share of the account's stake, and how they are covered.
    pub covered: Option<(Option<i64>, Cover)>,
    /// Threads, the warmest first.
    pub threads: Vec<PersonThread>,
    /// What is kept of them.
    pub records: PersonRecords,
    /// Where one of ours works beside manager and negotiator.
    pub works_on: Vec<WorksOn>,
}

/// Accounts by how they are covered.
pub fn coverage_list() -> ListDef {
    mandate_store::reads::coverage_list::coverage()
}

/// How an account is covered today.
///
/// # Errors
/// [`BookError::NotFound`] when there is none, or none they may see.
#[boxed]
pub async fn account_coverage(ctx: &Ctx, actor: &Actor, id: &Id<Account>) -> Result<AccountCover, BookError> {
    authorise(actor, Action::ReadBook)?;
    let not_found = || BookError::NotFound { kind: Kind::Account };
    let mut tx = ctx.begin_read().await?;
    let account = store::load(&mut tx, &actor.scope, id).await?.ok_or_else(not_found)?;
    let on = today_of(ctx, &account);
    let mut belonging: Vec<Id<Person>> =
        [&account.account_manager_id, &account.negotiator_id].into_iter().flatten().cloned().collect();
    belonging.extend(store::list_working_people(&mut tx, id).await?.into_iter().map(|(person, _)| person));
    let mut seen = BTreeSet::new();
    belonging.retain(|person| seen.insert(person.clone()));
    let found = list_coverage_facts(&mut tx, std::slice::from_ref(id), on, &belonging).await?;
    let AccountCoverage { facts, people, .. } = found.into_iter().next().ok_or_else(not_found)?;
    let visits = list_site_visits(&mut tx, id, on).await?;
    ctx.count_reads(actor, facts.client.len());
    Ok(AccountCover { coverage: coverage(&facts), account, on, people, belonging, visits })
}

/// Which day it is for an account, in its own zone.
pub(super) fn today_of(ctx: &Ctx, account: &Account) -> Date {
    ctx.now().date_in(&TimeZone::get(&account.time_zone).unwrap_or(TimeZone::UTC))
}

/// What one reads of a person before a meeting: of a client's person within the account, of ours within the reader's accounts.
///
/// # Errors
/// [`BookError::NotFound`] when there is none, or none they may see.
#[boxed]
pub async fn person_brief(ctx: &Ctx, actor: &Actor, id: &Id<Person>) -> Result<PersonBrief, BookError> {
    authorise(actor, Action::ReadBook)?;
    let mut tx = ctx.begin_read().await?;
    let person = store::load::<Person>(&mut tx, &actor.scope, id).await?;
    let person = person.ok_or(BookError::NotFound { kind: Kind::Person })?;
    let records = brief::person_records(&mut tx, &actor.scope, &person).await?;
    let named: Vec<String> =
        [&person.reports_to_id, &person.successor_id].into_iter().flatten().map(Id::to_string).collect();
    let names = mandate_store::reads::book_pages::names(&mut tx, &actor.scope, Kind::Person, &named).await?;
    let name = |id: &Option<Id<Person>>| {
        let id = id.as_ref()?;
        Some((id.clone(), names.get(id.as_str())?.clone()))
    };
    let account = match &person.account_id {
        Some(account) => store::load::<Account>(&mut tx, &actor.scope, account).await?,
        None => None,
    };
    let mut found = PersonBrief {
        reports_to: name(&person.reports_to_id),
        successor: name(&person.successor_id),
        on: account.as_ref().map_or_else(|| ctx.now().date_in(&TimeZone::UTC), |it| today_of(ctx, it)),
        person,
        account,
        covered: None,
        threads: vec![],
        records,
        works_on: vec![],
    };
    if found.account.is_some() {
        add_client(&mut tx, &mut found).await?;
    } else {
        add_ours(&mut tx, actor, &mut found).await?;
    }
    ctx.count_reads(actor, 1 + found.threads.len());
    Ok(found)
}

/// A client's person is told of as coverage of their account tells it.
async fn add_client(tx: &mut ReadTx, found: &mut PersonBrief) -> Result<(), StoreError> {
    let Some(account) = &found.account else { return Ok(()) };
    let read = list_coverage_facts(tx, std::slice::from_ref(&account.id), found.on, &[]).await?;
    let remarks = brief::list_remarks(tx, &found.person.id).await?;
    let Some(mut read) = read.into_iter().next() else { return Ok(()) };
    // Who left is shown with the threads they had, though they count no more.
    for voice in read.facts.client.iter_mut().filter(|voice| voice.id == found.person.id) {
        voice.left_on = None;
    }
    let is_here = found.person.left_on.is_none_or(|day| found.on <= day);
    let covered = coverage(&read.facts).people.into_iter().find(|person| person.id == found.person.id);
    let Some(covered) = covered else { return Ok(()) };
    found.covered = is_here.then_some((covered.share_bp, covered.cover));
    for thread in covered.threads {
        let Some(line) = read.people.get(&thread.ours) else { continue };
        let remark: Option<&Remark> = remarks.iter().find(|remark| remark.ours == thread.ours);
        found.threads.push(PersonThread {
            other: thread.ours,
            name: line.name.clone(),
            job_title: line.job_title.clone(),
            account: None,
            is_with_us: thread.is_with_us,
            strength: thread.strength,
            contact: thread.contact,
            warmth: thread.warmth,
            warmth_bp: thread.warmth_bp,
            compatibility: remark.and_then(|remark| remark.compatibility),
            note: remark.map(|remark| remark.note.clone()).unwrap_or_default(),
        });
    }
    Ok(())
}

/// One of ours is told of as far as the reader's accounts reach.
async fn add_ours(tx: &mut ReadTx, actor: &Actor, found: &mut PersonBrief) -> Result<(), StoreError> {
    let ours = brief::our_records(tx, &actor.scope, &found.person.id, found.on).await?;
    let is_with_us = found.person.left_on.is_none_or(|day| found.on <= day);
    found.works_on = ours.works_on;
    found.threads = ours.known.into_iter().map(|known| thread_of(known, found.on, is_with_us)).collect();
    found
        .threads
        .sort_by(|left, right| right.warmth_bp.cmp(&left.warmth_bp).then(left.name.cmp(&right.name)));
    Ok(())
}

fn thread_of(known: KnownPerson, on: Date, is_with_us: bool) -> PersonThread {
    let facts = ThreadFacts {
        client: known.id.clone(),
        ours: known.id.clone(),
        stated: known.stated,
        contact: known.contact,
    };
    let warmth_bp = facts.warmth_bp(on, known.tier);
    PersonThread {
        other: known.id,
        name: known.name,
        job_title: known.job_title,
        account: Some(known.account),
        is_with_us,
        strength: known.stated.map(|(strength, _)| strength),
        contact: known.contact,
        warmth: Warmth::of(warmth_bp),
        warmth_bp,
        compatibility: None,
        note: String::new(),
    }
}

/// Whether coverage follows from records of a kind.
const fn concerns(kind: Kind) -> bool {
    matches!(kind, Kind::Account | Kind::Person | Kind::Stake | Kind::Acquaintance | Kind::Communication)
}

/// The accounts whose coverage follows from these records, as they are stored now: asked before a change and after it.
#[boxed]
pub(super) async fn touched<R: Stored>(
    tx: &mut ReadTx,
    ids: &[&str],
) -> Result<BTreeSet<Id<Account>>, StoreError> {
    if !concerns(R::KIND) || ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    Ok(store::list_covered_by(tx, R::KIND, ids).await?.into_iter().collect())
}

/// The accounts that rows of a plan touch before they are written: those of changed rows as they are stored, and those that new and
/// changed rows will belong to.
#[boxed]
pub(super) async fn touched_by_plan<R: Stored>(
    tx: &mut ReadTx,
    rows: &[Planned<R>],
) -> Result<BTreeSet<Id<Account>>, StoreError> {
    if !concerns(R::KIND) {
        return Ok(BTreeSet::new());
    }
    let changed = rows.iter().filter(|row| row.outcome == Outcome::Changed);
    let ids: Vec<&str> = changed.map(|row| row.saved.id.as_str()).collect();
    let mut accounts = touched::<R>(tx, &ids).await?;
    let written = rows.iter().filter(|row| row.outcome != Outcome::Same);
    accounts.extend(written.filter_map(|row| Id::parse(row.account_id.as_deref()?).ok()));
    Ok(accounts)
}

/// Counts the figures of accounts anew, after a write that touches them, in its transaction.
#[boxed]
pub(crate) async fn count_anew(
    tx: &mut WriteTx,
    ctx: &Ctx,
    accounts: BTreeSet<Id<Account>>,
) -> Result<(), StoreError> {
    let accounts: Vec<Id<Account>> = accounts.into_iter().collect();
    if MOST_IN_A_WRITE < accounts.len() {
        store::drop_figures(tx, &accounts).await?;
        jobs::enqueue(ctx, tx, &Actor::system(), COUNT_COVERAGE, &json!({})).await?;
        return Ok(());
    }
    let today = ctx.now().date_in(&TimeZone::UTC);
    for part in accounts.chunks(MOST_ACCOUNTS) {
        let figures = figures(tx, part, today).await?;
        store::save_figures(tx, &figures, today, ctx.now()).await?;
    }
    Ok(())
}

async fn figures(
    tx: &mut ReadTx,
    accounts: &[Id<Account>],
    today: Date,
) -> Result<Vec<(Id<Account>, Coverage)>, StoreError> {
    let read = list_coverage_facts(tx, accounts, today, &[]).await?;
    Ok(read.into_iter().map(|it| (it.account_id, coverage(&it.facts))).collect())
}

/// Asks for figures that are not of today to be counted, where there are any. Run at start and every hour.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn schedule_count(ctx: &Ctx) -> Result<bool, StoreError> {
    let today = ctx.now().date_in(&TimeZone::UTC);
    if store::list_not_of(&mut ctx.begin_read().await?, today, 1).await?.is_empty() {
        return Ok(false);
    }
    jobs::enqueue_upkeep(ctx, COUNT_COVERAGE, ASK_EVERY_S).await
}

/// The job: counts the figures of all accounts that are not of today. Safe to repeat.
///
/// # Errors
/// [`JobError`].
#[boxed]
pub async fn run_count(ctx: Ctx, run: JobRun) -> Result<Value, JobError> {
    let today = ctx.now().date_in(&TimeZone::UTC);
    let mut n_counted: i64 = 0;
    loop {
        let mut tx = ctx.begin_read().await?;
        let due = store::list_not_of(&mut tx, today, MOST_ACCOUNTS).await?;
        let figures = figures(&mut tx, &due, today).await?;
        drop(tx);
        if figures.is_empty() {
            return Ok(json!({ "n_accounts": n_counted }));
        }
        store::recount(ctx.begin_write().await?, &figures, today, ctx.now()).await?;
        n_counted += i64::try_from(figures.len()).unwrap_or(0);
        run.progress(n_counted, n_counted + 1, "counting coverage").await?;
    }
}
