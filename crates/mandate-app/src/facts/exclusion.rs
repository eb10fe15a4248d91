//! Exclusions: proposed by one side, answered by the other, and then seen in every figure.
//!
//! The client's part is recorded by one of ours on behalf of a named client person, in an act of its own; the domain
//! refuses an answer by the side that proposed. Agreeing recomputes the clocks it touches before the transaction ends.

use mandate_domain::audit::Changes;
use mandate_domain::book::{Account, Person};
use mandate_domain::facts::exclusion::{
    Answer, AnswerError, ExcludedTime, ExcludedTimeError, Exclusion, ExclusionState, Ground, Part, Side,
};
use mandate_domain::identity::{Amount, PriceDirection};
use mandate_domain::notification::Topic;
use mandate_domain::text::{line, optional_line, paragraphs};
use mandate_domain::{Id, Instant};
use mandate_store::facts::exclusions;
use mandate_store::reads::kpi_cases::load_case_account;
use mandate_store::reads::kpi_people::{AccountName, load_account_name};
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};

use super::kpi::{Fields, MeasureError, check_client_person, text_message};
use super::recompute::{Recompute, RecomputeError};
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx, Subject, Who};
use crate::decisions::{DecideError, Decision, Permission, decide};
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};
use crate::notifications::{Notice, notify_account, notify_recorder};

/// Why a proposal or an answer does not stand.
#[derive(Debug, thiserror::Error)]
pub enum ExclusionError {
    /// No right, nothing there, fields that cannot be used.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// The answer breaks a rule.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The clocks it reaches could not be computed anew.
    #[error(transparent)]
    Recompute(#[from] RecomputeError),
    /// No decision right covers it.
    #[error(transparent)]
    Decide(#[from] DecideError),
}

impl From<Denied> for ExclusionError {
    fn from(denied: Denied) -> Self {
        Self::Measure(denied.into())
    }
}

impl From<StoreError> for ExclusionError {
    fn from(error: StoreError) -> Self {
        Self::Measure(error.into())
    }
}

impl UseCaseError for ExclusionError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Measure(error) => error.kind(),
            Self::Answer(AnswerError::NobodyNamed | AnswerError::NoReason) => ErrorKind::Invalid,
            Self::Answer(_) => ErrorKind::Conflict,
            Self::Recompute(error) => error.kind(),
            Self::Decide(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Measure(error) => error.message(),
            Self::Answer(error) => answer_message(error),
            Self::Recompute(error) => error.message(),
            Self::Decide(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        let field = |field: &str, error: &AnswerError| {
            vec![FieldError { field: field.to_owned(), message: answer_message(error) }]
        };
        match self {
            Self::Measure(error) => error.fields(),
            Self::Answer(error @ AnswerError::NobodyNamed) => field("client_person_id", error),
            Self::Answer(error @ AnswerError::NoReason) => field("note", error),
            Self::Answer(_) | Self::Recompute(_) | Self::Decide(_) => vec![],
        }
    }
}

fn answer_message(error: &AnswerError) -> Message {
    match error {
        AnswerError::OwnProposal => Message::new("exclusion-error-own"),
        AnswerError::NotOwnProposal => Message::new("exclusion-error-not-own"),
        AnswerError::Settled { state } => {
            Message::new("exclusion-error-settled").with("state", state.as_str())
        }
        AnswerError::NobodyNamed => Message::new("measure-error-nobody-named"),
        AnswerError::NoReason => Message::new("exclusion-error-no-reason"),
    }
}

/// A proposal as it is typed.
#[derive(Clone, Debug, Default)]
pub struct ExclusionDraft {
    /// Word of the [`Side`] that proposes.
    pub side: String,
    /// The client person who asked for it, when the client proposes.
    pub client_person_id: Option<Id<Person>>,
    /// One case's id, or the whole account.
    pub case_id: Option<String>,
    /// Beginning, civil time in the account's zone.
    pub from: Option<jiff::civil::DateTime>,
    /// End, civil time in the account's zone.
    pub until: Option<jiff::civil::DateTime>,
    /// Word of a [`Ground`].
    pub ground: String,
    /// Clause of the contract.
    pub clause: String,
    /// What happened.
    pub note: String,
}

/// Proposes an exclusion for one side.
///
/// # Errors
/// [`ExclusionError`]: no right, an account or case out of reach, fields that cannot be used.
#[boxed]
pub async fn propose_exclusion(
    ctx: &Ctx,
    actor: &Actor,
    account_id: &Id<Account>,
    draft: &ExclusionDraft,
) -> Result<Exclusion, ExclusionError> {
    authorise(actor, Action::WorkResults)?;
    let mut tx = ctx.begin_write().await?;
    let account = reached(&mut tx, actor, account_id).await?;
    let mut fields = Fields::default();
    let choice = |_: &_| Message::new("measure-error-choice");
    let side = fields.take("side", Side::parse(&draft.side), choice);
    let ground = fields.take("ground", Ground::parse(&draft.ground), choice);
    let clause = fields.take("clause", optional_line(&draft.clause, 80), text_message);
    let note = fields.take("note", line(&draft.note, 500), text_message);
    let time = excluded_time(&account, draft, &mut fields);
    if let Some(case_id) = &draft.case_id {
        let of_account = load_case_account(&mut tx, case_id).await?;
        if of_account.as_ref() != Some(account_id) {
            fields.add("case_id", Message::new("exclusion-error-case"));
        }
    }
    match (side, &draft.client_person_id) {
        (Some(Side::Client), None) => {
            fields.add("client_person_id", Message::new("measure-error-nobody-named"))
        }
        (Some(Side::Client), Some(person)) => {
            check_client_person(&mut tx, account_id, person, &mut fields).await?;
        }
        _ => {}
    }
    fields.done()?;
    let (Some(side), Some(ground), Some(clause), Some(note), Some(time)) = (side, ground, clause, note, time)
    else {
        return Err(MeasureError::Invalid { fields: vec![] }.into());
    };
    let exclusion = Exclusion {
        id: ctx.new_id(),
        account_id: account_id.clone(),
        case_id: draft.case_id.clone(),
        time,
        ground,
        clause,
        note,
        state: ExclusionState::Proposed,
        proposed: part(ctx, actor, side, draft.client_person_id.clone()),
        answered: None,
        answer_note: String::new(),
        demo: false,
        version: 1,
    };
    exclusions::insert_exclusion(&mut tx, &exclusion).await?;
    let changes = Changes::new()
        .field("side", None, Some(side.as_str().to_owned()))
        .field("from", None, Some(exclusion.time.from().to_string()))
        .field("until", None, Some(exclusion.time.until().to_string()))
        .into_vec();
    let record = actor.record(ctx.now(), "exclusion.proposed", subject(&exclusion), changes);
    if side == Side::Client {
        // Ours is the answer.
        let notice = notice(Topic::DecisionAsked, &exclusion);
        notify_account(ctx, &mut tx, actor, account_id.as_str(), &notice).await?;
    }
    tx.commit(record).await?;
    Ok(exclusion)
}

fn notice(topic: Topic, exclusion: &Exclusion) -> Notice<'_> {
    Notice::about(topic, "exclusion", exclusion.id.as_str()).of_account(exclusion.account_id.as_str())
}

/// Tells who put it up of the answer, or, where the client said no, who looks after the account.
async fn tell_of_answer(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    after: &Exclusion,
) -> Result<(), StoreError> {
    let by_client = after.answered.as_ref().is_some_and(|part| part.side == Side::Client);
    match after.state {
        ExclusionState::Refused if by_client => {
            let notice = notice(Topic::Contested, after).saying("exclusion");
            notify_account(ctx, tx, actor, after.account_id.as_str(), &notice).await?;
        }
        ExclusionState::Agreed | ExclusionState::Refused => {
            let notice = notice(Topic::DecisionAnswered, after).saying(after.state.as_str());
            notify_recorder(ctx, tx, actor, &after.proposed.recorded_by, &notice).await?;
        }
        ExclusionState::Proposed | ExclusionState::Withdrawn => {}
    }
    Ok(())
}

async fn reached(tx: &mut ReadTx, actor: &Actor, id: &Id<Account>) -> Result<AccountName, MeasureError> {
    load_account_name(tx, &actor.scope, id).await?.ok_or(MeasureError::NotFound { what: "account" })
}

fn subject(exclusion: &Exclusion) -> Subject<'_> {
    Subject {
        kind: "exclusion",
        id: exclusion.id.as_str(),
        name: &exclusion.note,
        account_id: Some(exclusion.account_id.as_str()),
    }
}

/// Whose word it was and who wrote it down; for our own side that is the actor.
fn part(ctx: &Ctx, actor: &Actor, side: Side, client_person_id: Option<Id<Person>>) -> Part {
    let person_id = match side {
        Side::Client => client_person_id,
        Side::Provider => actor.person_id().cloned(),
    };
    Part { side, person_id, recorded_by: recorder(actor), at: ctx.now() }
}

/// The user's id, or the word for who acts without one.
pub(crate) fn recorder(actor: &Actor) -> String {
    match &actor.who {
        Who::User { id, .. } => id.to_string(),
        Who::Operator => "operator".to_owned(),
        Who::System => "system".to_owned(),
    }
}

/// The typed civil times as instants in the account's zone; a time that a clock change skips counts as the one after.
fn excluded_time(account: &AccountName, draft: &ExclusionDraft, fields: &mut Fields) -> Option<ExcludedTime> {
    let zone = jiff::tz::TimeZone::get(&account.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let mut instant = |field: &str, typed: Option<jiff::civil::DateTime>| -> Option<Instant> {
        let Some(typed) = typed else {
            fields.add(field, Message::new("field-error-empty"));
            return None;
        };
        match typed.to_zoned(zone.clone()) {
            Ok(zoned) => Some(zoned.timestamp().into()),
            Err(_) => {
                fields.add(field, Message::new("measure-error-date"));
                None
            }
        }
    };
    let (from, until) = (instant("from", draft.from), instant("until", draft.until));
    let (from, until) = from.zip(until)?;
    fields.take("until", ExcludedTime::new(from, until), |error| match error {
        ExcludedTimeError::Backwards => Message::new("exclusion-error-backwards"),
        ExcludedTimeError::TooLong => Message::new("exclusion-error-too-long"),
    })
}

/// An answer as it is typed.
#[derive(Clone, Debug)]
pub struct AnswerDraft {
    /// Word of an [`Answer`].
    pub answer: String,
    /// Word of the [`Side`] that answers.
    pub side: String,
    /// The client person who said it, when the client answers.
    pub client_person_id: Option<Id<Person>>,
    /// What was said.
    pub note: String,
    /// The version read.
    pub version: i64,
}

/// One exclusion.
///
/// # Errors
/// [`MeasureError`]: no right, none within reach.
#[boxed]
pub async fn show_exclusion(ctx: &Ctx, actor: &Actor, id: &Id<Exclusion>) -> Result<Exclusion, MeasureError> {
    authorise(actor, Action::ReadFacts)?;
    let found = exclusions::load_exclusion(&mut ctx.begin_read().await?, &actor.scope, id).await?;
    found.ok_or(MeasureError::NotFound { what: "exclusion" })
}

/// Records the answer to a proposal; an agreed exclusion changes the clocks it reaches at once.
///
/// # Errors
/// [`ExclusionError`]: no right, nothing there, an answer that breaks a rule, another one that came first.
#[boxed]
pub async fn answer_exclusion(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<Exclusion>,
    draft: &AnswerDraft,
) -> Result<Exclusion, ExclusionError> {
    authorise(actor, Action::WorkResults)?;
    keep_answer(ctx, actor, id, draft).await
}

/// As [`answer_exclusion`], for whoever has the right: one of ours, or the client's person in the portal.
#[boxed]
pub(crate) async fn keep_answer(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<Exclusion>,
    draft: &AnswerDraft,
) -> Result<Exclusion, ExclusionError> {
    let mut recompute = Recompute::default();
    loop {
        let mut tx = ctx.begin_write().await?;
        let found = exclusions::load_exclusion(&mut tx, &actor.scope, id).await?;
        let before = found.ok_or(MeasureError::NotFound { what: "exclusion" })?;
        if before.version != draft.version {
            return Err(StoreError::Stale { table: "exclusion" }.into());
        }
        let state_before = before.state;
        let after = answered(ctx, &mut tx, actor, before, draft).await?;
        let decided = decided(ctx, &mut tx, actor, &after).await?;
        exclusions::save_answer(&mut tx, &after).await?;
        let asked = if after.state == ExclusionState::Agreed {
            super::exclusion_apply::reached_cases(&mut tx, &after).await?
        } else {
            vec![]
        };
        let Some((mut tx, _)) = recompute.settle(ctx, tx, asked).await? else { continue };
        let changes = Changes::new()
            .field("state", Some(state_before.as_str().to_owned()), Some(after.state.as_str().to_owned()))
            .into_vec();
        let action = match after.state {
            ExclusionState::Agreed => "exclusion.agreed",
            ExclusionState::Refused => "exclusion.refused",
            ExclusionState::Withdrawn | ExclusionState::Proposed => "exclusion.withdrawn",
        };
        let mut record = actor.record(ctx.now(), action, subject(&after), changes);
        record.reason = Some(after.answer_note.clone()).filter(|note| !note.is_empty());
        if let Some(permission) = decided {
            permission.tell(&mut record);
        }
        tell_of_answer(ctx, &mut tx, actor, &after).await?;
        tx.commit(record).await?;
        return Ok(Exclusion { version: draft.version + 1, ..after });
    }
}

/// Asks for the decision right to agree for our side, and keeps that it was used; the client's answer is the client's.
async fn decided(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    after: &Exclusion,
) -> Result<Option<Permission>, ExclusionError> {
    let ours = after.answered.as_ref().is_some_and(|part| part.side == Side::Provider);
    if after.state != ExclusionState::Agreed || !ours {
        return Ok(None);
    }
    // A minute that was begun counts whole, so that no limit is passed by seconds.
    let minutes = (after.time.wall_seconds() + 59) / 60;
    let decision = Decision {
        account_id: after.account_id.clone(),
        product_id: None,
        amount: Amount::Minutes(minutes),
        direction: PriceDirection::Either,
        subject_kind: "exclusion",
        subject_id: after.id.to_string(),
    };
    let permission = decide(ctx, tx, actor, &decision).await?;
    permission.keep(ctx, tx, actor, &decision).await?;
    Ok(Some(permission))
}

/// The exclusion as the answer leaves it.
async fn answered(
    ctx: &Ctx,
    tx: &mut ReadTx,
    actor: &Actor,
    before: Exclusion,
    draft: &AnswerDraft,
) -> Result<Exclusion, ExclusionError> {
    let mut fields = Fields::default();
    let choice = |_: &_| Message::new("measure-error-choice");
    let answer = fields.take("answer", Answer::parse(&draft.answer), choice);
    let side = fields.take("side", Side::parse(&draft.side), choice);
    let note = fields.take("note", paragraphs(&draft.note, 500), text_message);
    if let (Some(Side::Client), Some(person)) = (side, &draft.client_person_id) {
        check_client_person(tx, &before.account_id, person, &mut fields).await?;
    }
    fields.done()?;
    let (Some(answer), Some(side), Some(note)) = (answer, side, note) else {
        return Err(MeasureError::Invalid { fields: vec![] }.into());
    };
    Ok(before.answered(answer, part(ctx, actor, side, draft.client_person_id.clone()), note)?)
}
