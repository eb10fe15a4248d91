//! Handovers: planning who takes what from whom, carrying it out on its day, the checklist, taking it back.
//!
//! Whoever writes the book plans handovers within their own scope. What was allowed when it was planned is carried out on the day,
//! also when whoever planned it has left by then; a matter that somebody changed meanwhile stays and says why. The handover as a
//! whole is its planner's to steer, and of whoever sees every account: this depends on nothing that a reader may not see.

mod arrange;
mod carry;
mod checklist;
mod measures;
mod moves;
mod rights;

use std::collections::BTreeMap;

use mandate_domain::Id;
use mandate_domain::book::{
    Account, FieldProblems, Handover, HandoverItem, HandoverRefusal, HandoverState, Kind, Matter, Person,
};
use mandate_store::book as store;
use mandate_store::reads::handovers::Rights;
use mandate_store::reads::{Scope, book_pages};
use mandate_store::{ReadTx, StoreError, boxed};

pub(crate) use arrange::items_of;
pub use arrange::{
    HandoverDraft, cancel_handover, change_handover, give_items, plan_handover, preview_handover,
};
pub(in crate::book) use arrange::{Planned, keep_planned, prepare};
pub use carry::{
    CARRY_OUT_HANDOVERS, carry_out_due, carry_out_handover, run_carry_out, schedule_carry_out, undo_handover,
};
pub use checklist::{Ticked, reopen_introduction, tick_introduction};
pub use mandate_store::reads::handovers::Holding;

use super::errors::BookError;
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx, Subject, Who};
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};

/// Why a handover was not planned, changed, carried out or taken back.
#[derive(Debug, thiserror::Error)]
pub enum HandoverError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is none, or none with anything they may see.
    #[error("there is no such handover")]
    NotFound,
    /// Only its planner, or whoever sees every account, steers it as a whole.
    #[error("only {planned_by}, who planned it, or somebody who sees every account may do this")]
    NotTheirs {
        /// Who planned it.
        planned_by: String,
    },
    /// The person holds nothing that the planner could see.
    #[error("there is nothing to hand over within your reach")]
    Nothing,
    /// Its state does not allow it.
    #[error(transparent)]
    Refused(#[from] HandoverRefusal),
    /// Introductions are made by people; the rest goes over on its day.
    #[error("only an introduction can be ticked off")]
    NotAnIntroduction,
    /// Something is no longer as the handover left it.
    #[error("changed since the handover: {}; nothing was taken back", what.join(", "))]
    Changed {
        /// The records, in a line each.
        what: Vec<String>,
    },
    /// Successors that cannot take what they were given: field, why.
    #[error("{} matters cannot go to whom they were given", fields.len())]
    Successors {
        /// The fields.
        fields: Vec<FieldError>,
    },
    /// Fields are wrong, or another save came first.
    #[error(transparent)]
    Book(#[from] BookError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<FieldProblems> for HandoverError {
    fn from(problems: FieldProblems) -> Self {
        Self::Book(problems.into())
    }
}

impl UseCaseError for HandoverError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::NotTheirs { .. } => ErrorKind::Forbidden,
            Self::Nothing | Self::NotAnIntroduction | Self::Successors { .. } => ErrorKind::Invalid,
            Self::Refused(_) | Self::Changed { .. } => ErrorKind::Conflict,
            Self::Book(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::NotFound => Message::new("handover-error-not-found"),
            Self::NotTheirs { planned_by } => {
                Message::new("handover-error-not-theirs").with("name", planned_by.as_str())
            }
            Self::Nothing => Message::new("handover-error-nothing"),
            Self::NotAnIntroduction => Message::new("handover-error-introduction"),
            Self::Successors { .. } => Message::new("handover-error-successors"),
            Self::Refused(refusal) => {
                let (id, state) = match refusal {
                    HandoverRefusal::NotPlanned { state } => ("handover-error-not-planned", state),
                    HandoverRefusal::Over { state } => ("handover-error-over", state),
                    HandoverRefusal::NotDone { state } => ("handover-error-not-done", state),
                };
                Message::new(id).with("state", state.as_str())
            }
            Self::Changed { what } => Message::new("handover-error-changed").with("what", what.join(", ")),
            Self::Book(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Book(error) => error.fields(),
            Self::Successors { fields } => fields.clone(),
            Self::Nothing => vec![FieldError { field: "from".to_owned(), message: self.message() }],
            _ => vec![],
        }
    }
}

/// What somebody answers for, as far as the reader reaches.
#[derive(Clone, Debug)]
pub struct HandoverPreview {
    /// Who hands over.
    pub from: Id<Person>,
    /// Their name.
    pub from_name: String,
    /// Everything, by account.
    pub holdings: Vec<Holding>,
}

/// A handover as its page shows it.
#[derive(Clone, Debug)]
pub struct HandoverPage {
    /// The handover.
    pub handover: Handover,
    /// The matters in reach, in their order.
    pub items: Vec<HandoverItem>,
    /// Names of the people it names.
    pub people: BTreeMap<String, String>,
    /// Names of the accounts it names.
    pub accounts: BTreeMap<String, String>,
    /// Whether the reader may steer it as a whole.
    pub may_steer: bool,
}

impl HandoverPage {
    /// The name of a person it names.
    pub fn person(&self, id: &Id<Person>) -> &str {
        self.people.get(id.as_str()).map_or("", String::as_str)
    }

    /// How many matters in reach are open: those that go over by themselves, and introductions.
    pub fn n_open(&self) -> (usize, usize) {
        let open = |introductions: bool| {
            let of = |item: &&HandoverItem| (item.matter == Matter::Introduction) == introductions;
            self.items.iter().filter(of).filter(|item| item.is_open()).count()
        };
        (open(false), open(true))
    }
}

/// A handover with what of it the actor may see.
///
/// # Errors
/// [`HandoverError::NotFound`].
#[boxed]
pub async fn show_handover(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<Handover>,
) -> Result<HandoverPage, HandoverError> {
    authorise(actor, Action::ReadBook)?;
    let mut tx = ctx.begin_read().await?;
    page(&mut tx, actor, id).await
}

/// The list of handovers, one row an account.
pub fn handover_list(actor: &Actor) -> mandate_store::reads::listing::ListDef {
    let reads = authorise(actor, Action::ReadRights).is_ok();
    mandate_store::reads::handovers::handovers(if reads { Rights::Counted } else { Rights::LeftOut })
}

/// The right that it takes to plan that such a matter goes over, beside that of writing the book.
const fn planned_by(matter: Matter) -> Option<Action> {
    match matter {
        Matter::Measure => Some(Action::WriteFacts),
        Matter::DecisionRight => Some(Action::GrantRights),
        _ => None,
    }
}

/// The right that the actor lacks to plan, or take back, that such a matter goes over.
fn lacks_to_plan(actor: &Actor, matter: Matter) -> Option<Action> {
    planned_by(matter).filter(|action| authorise(actor, *action).is_err())
}

/// When and whether open matters go is for whoever may plan each of them. Who may not is not told which it is; on the day Mandate
/// carries it out.
fn all_theirs(actor: &Actor, (handover, items): &(Handover, Vec<HandoverItem>)) -> Result<(), HandoverError> {
    let is_not = |item: &HandoverItem| item.is_open() && lacks_to_plan(actor, item.matter).is_some();
    if items.iter().any(is_not) {
        return Err(HandoverError::NotTheirs { planned_by: handover.planned_by_name.clone() });
    }
    Ok(())
}

/// Whether the actor may see such a matter.
fn may_see(actor: &Actor, matter: Matter) -> bool {
    match matter {
        Matter::Measure => authorise(actor, Action::ReadFacts).is_ok(),
        Matter::DecisionRight => authorise(actor, Action::ReadRights).is_ok(),
        _ => true,
    }
}

async fn page(tx: &mut ReadTx, actor: &Actor, id: &Id<Handover>) -> Result<HandoverPage, HandoverError> {
    let (handover, mut items) = load(tx, &actor.scope, id).await?;
    items.retain(|item| may_see(actor, item.matter));
    if items.is_empty() {
        return Err(HandoverError::NotFound);
    }
    let mut ids: Vec<String> =
        items.iter().filter_map(|item| item.to_person_id.as_ref()).map(ToString::to_string).collect();
    ids.push(handover.from_person_id.to_string());
    ids.sort();
    ids.dedup();
    let people = book_pages::names(tx, &actor.scope, Kind::Person, &ids).await?;
    let mut ids: Vec<String> = items.iter().filter_map(|item| item.account_id.clone()).collect();
    ids.sort();
    ids.dedup();
    let accounts = book_pages::names(tx, &actor.scope, Kind::Account, &ids).await?;
    let may_steer = authorise(actor, Action::WriteBook).is_ok() && steers(actor, &handover);
    Ok(HandoverPage { handover, items, people, accounts, may_steer })
}

async fn load(
    tx: &mut ReadTx,
    scope: &Scope,
    id: &Id<Handover>,
) -> Result<(Handover, Vec<HandoverItem>), HandoverError> {
    store::load_handover(tx, scope, id).await?.ok_or(HandoverError::NotFound)
}

fn steers(actor: &Actor, handover: &Handover) -> bool {
    actor.scope == Scope::Everything
        || (actor.user_id().is_some() && actor.user_id() == handover.planned_by.as_ref())
}

/// The whole handover, for who may steer it: also the matters that have left the planner's reach since.
async fn load_to_steer(
    tx: &mut ReadTx,
    actor: &Actor,
    (id, version): (&Id<Handover>, Option<i64>),
) -> Result<(Handover, Vec<HandoverItem>), HandoverError> {
    let (handover, _) = load(tx, &actor.scope, id).await?;
    if !steers(actor, &handover) {
        return Err(HandoverError::NotTheirs { planned_by: handover.planned_by_name });
    }
    if version.is_some_and(|version| version != handover.version) {
        return Err(StoreError::Stale { table: "handover" }.into());
    }
    load(tx, &Scope::Everything, id).await
}

fn name_of(actor: &Actor) -> String {
    match &actor.who {
        Who::User { name, .. } => name.clone(),
        Who::Operator => "Operator".to_owned(),
        Who::System => "Mandate".to_owned(),
    }
}

/// The audit record of a step of the handover itself. It belongs to no account, because it may span several.
fn event(
    ctx: &Ctx,
    actor: &Actor,
    (handover, from): (&Handover, &str),
    (event, changes): (&str, mandate_domain::audit::Changes),
) -> mandate_domain::audit::AuditRecord {
    let subject = Subject { kind: "handover", id: handover.id.as_str(), name: from, account_id: None };
    actor.record(ctx.now(), &format!("handover.{event}"), subject, changes.into_vec())
}

async fn person_name(tx: &mut ReadTx, id: &Id<Person>) -> Result<String, StoreError> {
    let names = book_pages::names(tx, &Scope::Everything, Kind::Person, &[id.to_string()]).await?;
    Ok(names.into_values().next().unwrap_or_default())
}

/// The account of an item, to show it with that account's history.
fn account_of(item: &HandoverItem) -> Option<Id<Account>> {
    item.account_id.as_deref().and_then(|id| Id::parse(id).ok())
}

/// Whether it is over: called off or taken back.
fn is_over(handover: &Handover) -> bool {
    matches!(handover.state, HandoverState::Cancelled | HandoverState::Undone)
}
