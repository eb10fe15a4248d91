//! Delivery's answer to a promise that sales made: accepted, or declined in words, on record, told to whoever made the promise.
//!
//! The answer stands in fields of the promise, so that history, files and the API have it. Who answers works on results and need not
//! be allowed to change the book: they change these fields and no other.

use mandate_domain::Id;
use mandate_domain::book::{
    Draft, FieldProblem, FieldProblems, HandoverAnswer, Kind, Promise, PromiseState, Saved,
};
use mandate_domain::notification::Topic;
use mandate_store::{StoreError, book as store, boxed};

use super::errors::BookError;
use super::plan::{Outcome, Row, Target, apply, plan};
use super::records::{cleared, whole};
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};
use crate::notifications::{Notice, notify_person};

/// An answer as typed.
#[derive(Clone, Debug)]
pub struct HandoverDraft {
    /// Word of a [`HandoverAnswer`].
    pub answer: String,
    /// In which words; needed to decline.
    pub words: String,
    /// The version of the promise that was read.
    pub version: i64,
}

/// Accepts a promise for delivery, or declines it and says why; whoever made it is told.
///
/// # Errors
/// [`BookError::NotFound`], [`StoreError::Stale`] when another save came first, [`BookError::Fields`] for a word that is no answer, a
/// refusal without words, a promise that is settled.
#[boxed]
pub async fn answer_handover(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<Promise>,
    answered: HandoverDraft,
) -> Result<Saved<Promise>, BookError> {
    let by = actor.person_id().map(|person| person.to_string()).unwrap_or_default();
    let answer = answered.answer.trim();
    let draft = Draft::new()
        .with("handover", answer)
        .with("handover_by", by)
        .with("handover_on", ctx.now().date_in(&jiff::tz::TimeZone::UTC).to_string())
        .with("handover_words", answered.words.as_str());
    if answer.is_empty() {
        return Err(BookError::Fields(FieldProblems(vec![("handover", FieldProblem::Required)])));
    }
    keep(ctx, actor, id, Some(answered.version), draft).await
}

/// Takes delivery's answer back: the promise waits for one again.
///
/// # Errors
/// As [`answer_handover`].
#[boxed]
pub async fn withdraw_handover(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<Promise>,
    version: Option<i64>,
) -> Result<Saved<Promise>, BookError> {
    let fields = ["handover", "handover_by", "handover_on", "handover_words"];
    let draft = fields.into_iter().fold(Draft::new(), |draft, field| draft.with(field, ""));
    keep(ctx, actor, id, version, draft).await
}

async fn keep(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<Promise>,
    version: Option<i64>,
    draft: Draft,
) -> Result<Saved<Promise>, BookError> {
    authorise(actor, Action::WorkResults)?;
    let mut tx = ctx.begin_write().await?;
    let found = store::load::<Promise>(&mut tx, &actor.scope, id).await?;
    let saved = found.ok_or(BookError::NotFound { kind: Kind::Promise })?;
    if version.is_some_and(|version| version != cleared(actor, saved.clone()).version) {
        return Err(StoreError::Stale { table: "promise" }.into());
    }
    if saved.state != PromiseState::Open {
        let problem = FieldProblem::MustBeEmpty { field: "state", value: saved.state.as_str() };
        return Err(BookError::Fields(FieldProblems(vec![("handover", problem)])));
    }
    // East of Greenwich a promise may be made on a day that UTC has not begun.
    let draft = match draft.get("handover_on").parse::<jiff::civil::Date>() {
        Ok(day) => draft.with("handover_on", day.max(saved.made_on).to_string()),
        Err(_) => draft,
    };
    let row = Row { number: 1, draft, target: Target::Existing(Box::new(saved)) };
    let mut plan = whole(plan::<Promise>(&mut tx, ctx, actor, vec![row]).await?)?;
    let is_changed = plan.count(Outcome::Changed) > 0;
    let mut audit = apply(&mut tx, ctx, actor, &mut plan, ctx.now()).await?;
    let row = plan.rows.into_iter().next().ok_or(BookError::NotFound { kind: Kind::Promise })?;
    let saved = row.saved;
    if is_changed {
        let (action, word) = match saved.handover {
            Some(HandoverAnswer::Accepted) => ("promise.accepted", "accepted"),
            Some(HandoverAnswer::Declined) => ("promise.declined", "declined"),
            None => ("promise.handover_withdrawn", "withdrawn"),
        };
        for record in &mut audit {
            action.clone_into(&mut record.action);
            record.reason = Some(saved.handover_words.clone()).filter(|words| !words.is_empty());
        }
        if let Some(maker) = &saved.made_by_id {
            let notice = Notice::about(Topic::DecisionAnswered, "promise", saved.id.as_str()).saying(word);
            notify_person(ctx, &mut tx, actor, maker.as_str(), &notice).await?;
        }
        tx.commit_all(audit).await?;
    }
    Ok(cleared(actor, saved))
}
