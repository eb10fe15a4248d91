//! The decision about an account's manager: what is expected and seen, then improvement or replacement, on record with its reason.
//!
//! What is expected and seen is in the book for whoever reads the account. A decision is read by those who may decide, and by the
//! manager it is about; to anybody else it is not there, on no page, list, or history of the account. A replacement plans the
//! handover of the account in the same transaction.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Span;
use jiff::civil::Date;
use mandate_domain::Id;
use mandate_domain::audit::{AuditRecord, Changes};
use mandate_domain::book::{
    Account, DecisionEnded, Draft, ExpectationState, FieldProblems, HandoverKind, Kind, ManagerDecision,
    ManagerDecisionState, ManagerDecisionTerms, ManagerOutcome, Perception, Person, PromiseState, Saved,
};
use mandate_domain::text::{self, TextError};
use mandate_store::book as store;
use mandate_store::reads::managers::{ManagerRecords, manager_records};
use mandate_store::{ReadTx, StoreError, boxed};

use super::coverage::{AccountCover, account_coverage, today_of};
use super::errors::BookError;
use super::handovers::{HandoverDraft, HandoverError, Planned, keep_planned, prepare};
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx, Subject, Who};
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};

/// Why a decision was not made, read or ended.
#[derive(Debug, thiserror::Error)]
pub enum ManagerError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such decision, or none they may read.
    #[error("there is no such decision")]
    NotFound,
    /// Nobody manages the account.
    #[error("nobody manages this account")]
    NoManager,
    /// Nobody decides about themselves.
    #[error("somebody else decides about you")]
    AboutOneself,
    /// It ended before.
    #[error(transparent)]
    Ended(#[from] DecisionEnded),
    /// The word about what came of it is missing or too long.
    #[error(transparent)]
    Ending(TextError),
    /// It ends as none of the words.
    #[error("a decision ends as `reached`, `missed` or `withdrawn`")]
    NoSuchEnd,
    /// The handover of a replacement cannot be planned.
    #[error(transparent)]
    Handover(#[from] HandoverError),
    /// Fields are wrong, or the account is not there.
    #[error(transparent)]
    Book(#[from] BookError),
    /// The database failed, or another save came first.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<FieldProblems> for ManagerError {
    fn from(problems: FieldProblems) -> Self {
        Self::Book(problems.into())
    }
}

impl UseCaseError for ManagerError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::AboutOneself => ErrorKind::Forbidden,
            Self::NoManager | Self::Ending(_) | Self::NoSuchEnd => ErrorKind::Invalid,
            Self::Ended(_) => ErrorKind::Conflict,
            Self::Handover(error) => error.kind(),
            Self::Book(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::NotFound => Message::new("error-not-found"),
            Self::NoManager => Message::new("manager-error-nobody"),
            Self::AboutOneself => Message::new("manager-error-oneself"),
            Self::Ended(_) => Message::new("manager-error-ended"),
            Self::Ending(error) => crate::facts::kpi::text_message(error),
            Self::NoSuchEnd => Message::new("manager-error-end"),
            Self::Handover(error) => error.message(),
            Self::Book(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        let one = |field: &str| vec![FieldError { field: field.to_owned(), message: self.message() }];
        match self {
            Self::Book(error) => error.fields(),
            Self::Ending(_) => one("ending"),
            Self::NoSuchEnd => one("state"),
            Self::NoManager => one("outcome"),
            // The form of a decision has one field for who takes the account.
            Self::Handover(error) => error
                .fields()
                .into_iter()
                .map(|it| FieldError {
                    field: if it.field == "effective_on" { "until_on" } else { "successor" }.to_owned(),
                    ..it
                })
                .collect(),
            _ => vec![],
        }
    }
}

/// How many of something, by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Neither met nor missed.
    pub open: usize,
    /// Open past its day.
    pub late: usize,
    /// Met, or kept.
    pub met: usize,
    /// Not met, or broken.
    pub missed: usize,
}

/// What is expected and seen of an account's manager, and what was decided.
#[derive(Clone, Debug)]
pub struct ManagerPage {
    /// The account.
    pub account: Saved<Account>,
    /// Its manager.
    pub manager: Option<Id<Person>>,
    /// What is on record of them.
    pub records: Option<ManagerRecords>,
    /// How the account is covered.
    pub cover: AccountCover,
    /// Since when talks are counted.
    pub since: Date,
    /// The account's today.
    pub today: Date,
    /// The decisions the reader may read.
    pub decisions: Vec<ManagerDecision>,
    /// Names of the people it names.
    pub names: BTreeMap<String, String>,
    /// Whether the reader may decide.
    pub may_decide: bool,
}

impl ManagerPage {
    /// Expectations by state.
    pub fn expectations(&self) -> Counts {
        let mut counts = Counts::default();
        for it in self.records.iter().flat_map(|records| &records.expectations) {
            match it.state {
                ExpectationState::Open => {
                    counts.open += 1;
                    counts.late += usize::from(it.due_on.is_some_and(|day| day < self.today));
                }
                ExpectationState::Met => counts.met += 1,
                ExpectationState::NotMet => counts.missed += 1,
                ExpectationState::Withdrawn => {}
            }
        }
        counts
    }

    /// Promises by state.
    pub fn promises(&self) -> Counts {
        let mut counts = Counts::default();
        for it in self.records.iter().flat_map(|records| &records.promises) {
            match it.state {
                PromiseState::Open => {
                    counts.open += 1;
                    counts.late += usize::from(it.due_on.is_some_and(|day| day < self.today));
                }
                PromiseState::Kept => counts.met += 1,
                PromiseState::Broken => counts.missed += 1,
                PromiseState::Released => {}
            }
        }
        counts
    }

    /// How many expectations the client says fall short, and of how many it says anything.
    pub fn falls_short(&self) -> (usize, usize) {
        let said: Vec<Perception> = self
            .records
            .iter()
            .flat_map(|records| &records.expectations)
            .filter_map(|it| it.perceived)
            .collect();
        (said.iter().filter(|it| **it == Perception::FallsShort).count(), said.len())
    }

    /// How many of the client's people the manager knows, and of how many.
    pub fn known(&self) -> (usize, usize) {
        let people = &self.cover.coverage.people;
        (people.iter().filter(|person| person.is_known_by_manager).count(), people.len())
    }
}

fn may_read(actor: &Actor, decision: &ManagerDecision) -> bool {
    authorise(actor, Action::DecideManagers).is_ok() || actor.person_id() == Some(&decision.manager_id)
}

/// What is expected and seen of an account's manager, with the decisions the actor may read.
///
/// # Errors
/// [`ManagerError::Book`] when the account is not there, or not theirs to see.
#[boxed]
pub async fn manager_page(ctx: &Ctx, actor: &Actor, id: &Id<Account>) -> Result<ManagerPage, ManagerError> {
    authorise(actor, Action::ReadBook)?;
    let cover = account_coverage(ctx, actor, id).await?;
    let mut tx = ctx.begin_read().await?;
    let account = load_account(&mut tx, actor, id).await?;
    let today = today_of(ctx, &account);
    let since = today.saturating_sub(Span::new().years(1));
    let manager = account.account_manager_id.clone();
    let records = match &manager {
        Some(manager) => Some(manager_records(&mut tx, id, manager, since).await?),
        None => None,
    };
    let all = store::list_manager_decisions(&mut tx, id).await?;
    let decisions: Vec<ManagerDecision> = all.into_iter().filter(|it| may_read(actor, it)).collect();
    let ids: BTreeSet<String> =
        decisions.iter().map(|it| &it.manager_id).chain(manager.as_ref()).map(ToString::to_string).collect();
    let ids: Vec<String> = ids.into_iter().collect();
    let names = mandate_store::reads::book_pages::names(&mut tx, &actor.scope, Kind::Person, &ids).await?;
    let may_decide = authorise(actor, Action::DecideManagers).is_ok();
    Ok(ManagerPage { account, manager, records, cover, since, today, decisions, names, may_decide })
}

async fn load_account(
    tx: &mut ReadTx,
    actor: &Actor,
    id: &Id<Account>,
) -> Result<Saved<Account>, ManagerError> {
    let found = store::load(tx, &actor.scope, id).await?;
    Ok(found.ok_or(BookError::NotFound { kind: Kind::Account })?)
}

fn name_of(actor: &Actor) -> String {
    match &actor.who {
        Who::User { name, .. } => name.clone(),
        Who::Operator | Who::System => "Operator".to_owned(),
    }
}

/// Decides about an account's manager: `outcome`, `reason`, `measures`, `seen_by`, `until_on`; of a replacement also `successor`,
/// who takes the account on that day by a handover that is planned with it.
///
/// # Errors
/// [`ManagerError::Book`] and [`ManagerError::Handover`] with every field that is wrong, [`ManagerError::AboutOneself`].
#[boxed]
pub async fn decide_manager(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<Account>,
    draft: &Draft,
) -> Result<ManagerDecision, ManagerError> {
    authorise(actor, Action::DecideManagers)?;
    let mut tx = ctx.begin_read().await?;
    let account = load_account(&mut tx, actor, id).await?;
    drop(tx);
    let manager_id = account.account_manager_id.clone().ok_or(ManagerError::NoManager)?;
    if actor.person_id() == Some(&manager_id) {
        return Err(ManagerError::AboutOneself);
    }
    let terms = ManagerDecisionTerms::parse(draft, today_of(ctx, &account))?;
    let planned = match terms.outcome {
        ManagerOutcome::Improvement => None,
        ManagerOutcome::Replacement => {
            Some(prepare_replacement(ctx, actor, &account, (&manager_id, &terms), draft).await?)
        }
    };
    let decision = ManagerDecision {
        id: ctx.new_id(),
        account_id: id.clone(),
        manager_id,
        outcome: terms.outcome,
        reason: terms.reason,
        measures: terms.measures,
        seen_by: terms.seen_by,
        until_on: terms.until_on,
        decided_on: today_of(ctx, &account),
        decided_by: actor.user_id().cloned(),
        decided_by_name: name_of(actor),
        state: ManagerDecisionState::Open,
        ended_on: None,
        ended_by_name: String::new(),
        ending: String::new(),
        handover_id: planned.as_ref().map(|planned| planned.handover.id.clone()),
        version: 1,
    };
    let mut tx = ctx.begin_write().await?;
    let stands = load_account(&mut tx, actor, id).await?;
    if stands.account_manager_id.as_ref() != Some(&decision.manager_id) {
        return Err(StoreError::Stale { table: "account" }.into());
    }
    let mut audit = vec![];
    if let Some(planned) = planned {
        audit.push(keep_planned(&mut tx, ctx, actor, &planned).await?);
    }
    store::insert_manager_decision(&mut tx, &decision, ctx.now()).await?;
    let changes = Changes::new()
        .field("manager", None, Some(decision.manager_id.to_string()))
        .field("outcome", None, Some(decision.outcome.as_str().to_owned()))
        .field("measures", None, Some(decision.measures.clone()))
        .field("seen_by", None, Some(decision.seen_by.clone()))
        .field("until_on", None, Some(decision.until_on.to_string()));
    let reason = Some(decision.reason.clone());
    audit.push(record(ctx, actor, (&decision, &stands.name), ("made", changes, reason)));
    tx.commit_all(audit).await?;
    Ok(decision)
}

/// The handover of everything the manager holds at the account, to one successor on the day.
async fn prepare_replacement(
    ctx: &Ctx,
    actor: &Actor,
    account: &Saved<Account>,
    (manager, terms): (&Id<Person>, &ManagerDecisionTerms),
    draft: &Draft,
) -> Result<Planned, ManagerError> {
    if !draft.states("successor") {
        let message = Message::new("handover-error-no-successor");
        let fields = vec![FieldError { field: "successor".to_owned(), message }];
        return Err(HandoverError::Successors { fields }.into());
    }
    let handover = HandoverDraft {
        terms: Draft::new()
            .with("kind", HandoverKind::Replacement.as_str())
            .with("from", manager.as_str())
            .with("effective_on", terms.until_on.to_string())
            .with("time_zone", &account.time_zone),
        successor: draft.get("successor").trim().to_owned(),
        only: BTreeSet::from([account.id.to_string()]),
        ..HandoverDraft::default()
    };
    Ok(prepare(ctx, actor, &handover).await?)
}

/// The audit record of a step. It belongs to no account: an account's history is read by whoever reads the account.
fn record(
    ctx: &Ctx,
    actor: &Actor,
    (decision, account): (&ManagerDecision, &str),
    (event, changes, reason): (&str, Changes, Option<String>),
) -> AuditRecord {
    let subject =
        Subject { kind: "manager_decision", id: decision.id.as_str(), name: account, account_id: None };
    let mut record =
        actor.record(ctx.now(), &format!("manager_decision.{event}"), subject, changes.into_vec());
    record.reason = reason;
    record
}

/// A decision that ends.
#[derive(Clone, Debug)]
pub struct Ending<'a> {
    /// The account.
    pub account: &'a Id<Account>,
    /// The decision.
    pub decision: &'a Id<ManagerDecision>,
    /// The version that was seen.
    pub version: i64,
    /// `reached`, `missed` or `withdrawn`.
    pub state: &'a str,
    /// What came of it.
    pub ending: &'a str,
}

/// Says what came of a decision. The handover of a replacement stays as it is: it is called off by itself.
///
/// # Errors
/// [`ManagerError::Ended`], [`StoreError::Stale`] when another save came first.
pub async fn end_decision(
    ctx: &Ctx,
    actor: &Actor,
    ending: &Ending<'_>,
) -> Result<ManagerDecision, ManagerError> {
    authorise(actor, Action::DecideManagers)?;
    let said = text::paragraphs(ending.ending, 4_000).map_err(ManagerError::Ending)?;
    if said.is_empty() {
        return Err(ManagerError::Ending(TextError::Empty));
    }
    let state = ManagerDecisionState::parse(ending.state.trim()).map_err(|_| ManagerError::NoSuchEnd)?;
    if state == ManagerDecisionState::Open {
        return Err(ManagerError::NoSuchEnd);
    }
    let mut tx = ctx.begin_write().await?;
    let account = load_account(&mut tx, actor, ending.account).await?;
    let found = store::load_manager_decision(&mut tx, ending.account, ending.decision).await?;
    let before = found.ok_or(ManagerError::NotFound)?;
    if actor.person_id() == Some(&before.manager_id) {
        return Err(ManagerError::AboutOneself);
    }
    if before.version != ending.version {
        return Err(StoreError::Stale { table: "manager_decision" }.into());
    }
    let after = before.ended((state, said), (today_of(ctx, &account), name_of(actor)))?;
    store::end_manager_decision(&mut tx, &after, ctx.now()).await?;
    let changes = Changes::new().field(
        "state",
        Some(before.state.as_str().to_owned()),
        Some(after.state.as_str().to_owned()),
    );
    let reason = Some(after.ending.clone());
    tx.commit(record(ctx, actor, (&after, &account.name), ("ended", changes, reason))).await?;
    Ok(ManagerDecision { version: after.version + 1, ..after })
}
