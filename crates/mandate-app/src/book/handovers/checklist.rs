//! The part of a handover that people do: introducing the successor to each client's person whom the one who hands over knows.
//!
//! A made introduction becomes an acquaintance, the weakest there is, so that coverage shows it at once.

use jiff::civil::Date;
use mandate_domain::Id;
use mandate_domain::audit::Changes;
use mandate_domain::book::{
    Acquaintance, Draft, FieldProblem, FieldProblems, Handover, HandoverItem, ItemState, Matter,
};
use mandate_store::book as store;
use mandate_store::{StoreError, WriteTx};

use super::{HandoverError, HandoverPage, event, is_over, load, page, person_name};
use crate::authorise::{Action, authorise};
use crate::book::errors::BookError;
use crate::book::plan::{Row, Target, apply, plan};
use crate::ctx::{Actor, Ctx};
use crate::error::{FieldError, Message};

/// Which introduction, in the version that was seen.
#[derive(Clone, Debug)]
pub struct Ticked<'a> {
    /// The handover.
    pub handover: &'a Id<Handover>,
    /// The matter.
    pub item: &'a Id<HandoverItem>,
    /// Its version.
    pub version: i64,
}

/// The introduction, if it is one, in that version and in reach.
async fn introduction(
    tx: &mut WriteTx,
    actor: &Actor,
    ticked: &Ticked<'_>,
) -> Result<(Handover, HandoverItem), HandoverError> {
    let (handover, items) = load(tx, &actor.scope, ticked.handover).await?;
    if is_over(&handover) {
        handover.may_carry_out()?;
    }
    let item = items.into_iter().find(|item| item.id == *ticked.item).ok_or(HandoverError::NotFound)?;
    if item.matter != Matter::Introduction {
        return Err(HandoverError::NotAnIntroduction);
    }
    if item.version != ticked.version {
        return Err(StoreError::Stale { table: "handover_item" }.into());
    }
    Ok((handover, item))
}

/// Says that the successor was introduced on a day; from then on they know one another.
///
/// # Errors
/// [`HandoverError::Successors`] while nobody is named, [`HandoverError::NotAnIntroduction`].
pub async fn tick_introduction(
    ctx: &Ctx,
    actor: &Actor,
    ticked: &Ticked<'_>,
    on: Date,
) -> Result<HandoverPage, HandoverError> {
    authorise(actor, Action::WriteBook)?;
    let mut tx = ctx.begin_write().await?;
    let (handover, item) = introduction(&mut tx, actor, ticked).await?;
    let Some(to) = &item.to_person_id else {
        let message = Message::new("handover-error-no-successor");
        return Err(HandoverError::Successors {
            fields: vec![FieldError { field: "successor".to_owned(), message }],
        });
    };
    if !item.is_open() {
        return Err(StoreError::Stale { table: "handover_item" }.into());
    }
    let from = person_name(&mut tx, &handover.from_person_id).await?;
    let draft = Draft::new()
        .with("client_person", &item.record_id)
        .with("our_person", to.as_str())
        .with("strength", "1")
        .with("stated_on", on.to_string())
        .with("note", format!("Introduced by {from} at the handover."));
    let row = Row { number: 1, draft, target: Target::New };
    let mut plan = plan::<Acquaintance>(&mut tx, ctx, actor, vec![row]).await?;
    // They may know one another already.
    let knew = plan.problems.iter().any(|it| matches!(it.problem, FieldProblem::Twice { .. }));
    let mut audit = vec![];
    if !knew {
        if !plan.problems.is_empty() {
            let problems = plan.problems.into_iter().map(|it| (it.field, it.problem)).collect();
            return Err(BookError::Fields(FieldProblems(problems)).into());
        }
        audit = apply(&mut tx, ctx, actor, &mut plan, ctx.now()).await?;
    }
    let done_by_name = super::name_of(actor);
    let after = HandoverItem {
        state: ItemState::Done,
        done_at: Some(ctx.now()),
        done_by_name,
        refusal: None,
        ..item
    };
    store::save_handover_item(&mut tx, &after).await?;
    audit.push(told(ctx, actor, (&handover, &from), (&after, "introduced")));
    let shown = page(&mut tx, actor, ticked.handover).await?;
    tx.commit_all(audit).await?;
    Ok(shown)
}

fn told(
    ctx: &Ctx,
    actor: &Actor,
    (handover, from): (&Handover, &str),
    (item, step): (&HandoverItem, &str),
) -> mandate_domain::audit::AuditRecord {
    let changes = Changes::new().field("client_person", None, Some(item.record_id.clone())).field(
        "our_person",
        None,
        item.to_person_id.as_ref().map(ToString::to_string),
    );
    let mut record = event(ctx, actor, (handover, from), (step, changes));
    record.account_id.clone_from(&item.account_id);
    record
}

/// Says that an introduction was not made after all. Whom they know by now stays in the book.
///
/// # Errors
/// As [`tick_introduction`].
pub async fn reopen_introduction(
    ctx: &Ctx,
    actor: &Actor,
    ticked: &Ticked<'_>,
) -> Result<HandoverPage, HandoverError> {
    authorise(actor, Action::WriteBook)?;
    let mut tx = ctx.begin_write().await?;
    let (handover, item) = introduction(&mut tx, actor, ticked).await?;
    if item.state != ItemState::Done {
        return Err(StoreError::Stale { table: "handover_item" }.into());
    }
    let after = HandoverItem { state: ItemState::Open, done_at: None, done_by_name: String::new(), ..item };
    store::save_handover_item(&mut tx, &after).await?;
    let from = person_name(&mut tx, &handover.from_person_id).await?;
    let record = told(ctx, actor, (&handover, &from), (&after, "introduction_reopened"));
    let shown = page(&mut tx, actor, ticked.handover).await?;
    tx.commit(record).await?;
    Ok(shown)
}
