//! Carrying a handover out, on its day by Mandate itself or now by a person, and taking it back.
//!
//! What cannot go over stays and says why; what can goes in the same transaction. Taking back is whole or not at all, else later work
//! would be lost.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::tz::TimeZone;
use mandate_domain::Id;
use mandate_domain::audit::{AuditRecord, Changes};
use mandate_domain::book::{Handover, HandoverItem, HandoverState, ItemRefusal, ItemState};
use mandate_store::book as store;
use mandate_store::reads::Scope;
use mandate_store::{StoreError, WriteTx, boxed};
use serde_json::{Value, json};

use super::moves::{Going, Way, go};
use super::{
    HandoverError, HandoverPage, all_theirs, event, lacks_to_plan, load, load_to_steer, name_of, page,
    person_name,
};
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx};
use crate::jobs::{JobError, JobRun, enqueue_upkeep};

/// The kind of job.
pub const CARRY_OUT_HANDOVERS: &str = "carry_out_handovers";
/// It is asked for at most once in this time; a little less than the hour at which it is thought of.
const EVERY_S: i64 = 50 * 60;

/// Asks for the carrying out of handovers whose day has come, once an hour; says whether it did.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn schedule_carry_out(ctx: &Ctx) -> Result<bool, StoreError> {
    enqueue_upkeep(ctx, CARRY_OUT_HANDOVERS, EVERY_S).await
}

/// Does such a job.
///
/// # Errors
/// [`JobError`].
#[boxed]
pub async fn run_carry_out(ctx: Ctx, _run: JobRun) -> Result<Value, JobError> {
    Ok(json!({ "n_handovers": carry_out_due(&ctx).await? }))
}

/// Carries out every handover whose day has come; how many there were.
///
/// # Errors
/// [`StoreError`] when they cannot be read, or one of them cannot be written; the others are carried out all the same.
#[boxed]
pub async fn carry_out_due(ctx: &Ctx) -> Result<usize, StoreError> {
    // A day early, for zones that are ahead of UTC have it already.
    let until = ctx.now().date_in(&TimeZone::UTC).saturating_add(1.day());
    let found = store::list_planned_until(&mut ctx.begin_read().await?, until).await?;
    let (mut n_done, mut failed) = (0, None);
    for id in found {
        match carry_out_if_due(ctx, &id).await {
            Ok(done) => n_done += usize::from(done),
            Err(error) => {
                tracing::warn!(handover = %id, %error, "a handover was not carried out; it is tried again in an hour");
                failed.get_or_insert(error);
            }
        }
    }
    failed.map_or(Ok(n_done), Err)
}

async fn carry_out_if_due(ctx: &Ctx, id: &Id<Handover>) -> Result<bool, StoreError> {
    let system = Actor::system();
    let mut tx = ctx.begin_write().await?;
    // Read in the transaction that carries it out: called off meanwhile, it is left alone.
    let Some((handover, items)) = store::load_handover(&mut tx, &Scope::Everything, id).await? else {
        return Ok(false);
    };
    if !handover.is_due(ctx.now()) {
        return Ok(false);
    }
    let audit = carry_out_in(&mut tx, ctx, &system, (handover, items)).await?;
    tx.commit_all(audit).await?;
    Ok(true)
}

/// Carries a handover out now, before its day or again for what was refused then.
///
/// # Errors
/// [`HandoverError::NotTheirs`], [`HandoverError::Refused`] when it is over.
#[boxed]
pub async fn carry_out_handover(
    ctx: &Ctx,
    actor: &Actor,
    (id, version): (&Id<Handover>, Option<i64>),
) -> Result<HandoverPage, HandoverError> {
    authorise(actor, Action::WriteBook)?;
    let mut tx = ctx.begin_write().await?;
    let loaded = load_to_steer(&mut tx, actor, (id, version)).await?;
    loaded.0.may_carry_out()?;
    all_theirs(actor, &loaded)?;
    let audit = carry_out_in(&mut tx, ctx, &reaching_all(actor), loaded).await?;
    // Of who handed over their own accounts these are out of reach now: then they see what it was before.
    let shown = match page(&mut tx, actor, id).await {
        Err(HandoverError::NotFound) => {
            let whole = page(&mut tx, &reaching_all(actor), id).await?;
            HandoverPage { items: vec![], accounts: BTreeMap::new(), ..whole }
        }
        shown => shown?,
    };
    tx.commit_all(audit).await?;
    Ok(shown)
}

/// The same actor over all accounts: what was planned was theirs to plan.
fn reaching_all(actor: &Actor) -> Actor {
    Actor { scope: Scope::Everything, ..actor.clone() }
}

fn why(handover: &Handover) -> String {
    format!("handover planned by {}", handover.planned_by_name)
}

async fn carry_out_in(
    tx: &mut WriteTx,
    ctx: &Ctx,
    actor: &Actor,
    (handover, items): (Handover, Vec<HandoverItem>),
) -> Result<Vec<AuditRecord>, StoreError> {
    let now = ctx.now();
    let open: Vec<HandoverItem> =
        items.into_iter().filter(|item| item.is_open() && item.matter.goes_by_itself()).collect();
    let reason = why(&handover);
    let going = Going { from: &handover.from_person_id, way: Way::Over, items: &open, reason: &reason };
    let mut moved = go(tx, ctx, actor, &going).await?;
    for (at, item) in open.iter().enumerate() {
        let after = match moved.refused.get(&at) {
            Some(why) => HandoverItem { state: ItemState::Refused, refusal: Some(*why), ..item.clone() },
            None => HandoverItem {
                state: ItemState::Done,
                refusal: None,
                value_before: moved.before.remove(&at).unwrap_or_default(),
                done_at: Some(now),
                done_by_name: name_of(actor),
                ..item.clone()
            },
        };
        if after != *item {
            store::save_handover_item(tx, &after).await?;
        }
    }
    let from = person_name(tx, &handover.from_person_id).await?;
    let counted = |n: usize| Some(n.to_string());
    let changes = Changes::new().field("n_moved", None, counted(open.len() - moved.refused.len())).field(
        "n_refused",
        None,
        counted(moved.refused.len()),
    );
    let mut audit = moved.audit;
    audit.push(event(ctx, actor, (&handover, &from), ("carried_out", changes)));
    let is_first = handover.state == HandoverState::Planned;
    let after = Handover {
        state: HandoverState::Done,
        done_at: if is_first { Some(now) } else { handover.done_at },
        done_by_name: if is_first { name_of(actor) } else { handover.done_by_name.clone() },
        ..handover
    };
    if is_first {
        store::save_handover(tx, &after, now).await?;
    }
    Ok(audit)
}

/// Takes a handover back: each matter goes to whoever had it, if the successor still has it. Introductions that were made stay made.
///
/// # Errors
/// [`HandoverError::Changed`] with what somebody changed since; then nothing was taken back. [`HandoverError::NotTheirs`] for a
/// planner whose reach has lost any of it.
#[boxed]
pub async fn undo_handover(
    ctx: &Ctx,
    actor: &Actor,
    (id, version): (&Id<Handover>, Option<i64>),
) -> Result<HandoverPage, HandoverError> {
    authorise(actor, Action::WriteBook)?;
    let mut tx = ctx.begin_write().await?;
    let (handover, items) = load_to_steer(&mut tx, actor, (id, version)).await?;
    let (_, in_reach) = load(&mut tx, &actor.scope, id).await?;
    // What became of accounts they no longer see is not theirs to learn.
    if in_reach.len() < items.len() {
        return Err(HandoverError::NotTheirs { planned_by: handover.planned_by_name });
    }
    handover.may_undo()?;
    let went: Vec<HandoverItem> = items
        .into_iter()
        .filter(|item| item.state == ItemState::Done && item.matter.goes_by_itself())
        .collect();
    // That there is such a matter is not theirs to learn.
    if went.iter().any(|item| lacks_to_plan(actor, item.matter).is_some()) {
        return Err(HandoverError::NotTheirs { planned_by: handover.planned_by_name });
    }
    let reason = format!("{} taken back", why(&handover));
    let going = Going { from: &handover.from_person_id, way: Way::Back, items: &went, reason: &reason };
    let moved = go(&mut tx, ctx, actor, &going).await?;
    if moved.refused.values().any(|why| *why == ItemRefusal::DecidesHere) {
        return Err(Denied { action: Action::GrantRights }.into());
    }
    if !moved.refused.is_empty() {
        let what = moved.refused.keys().map(|at| went[*at].title.clone()).collect();
        return Err(HandoverError::Changed { what });
    }
    for item in &went {
        store::save_handover_item(&mut tx, &HandoverItem { state: ItemState::Back, ..item.clone() }).await?;
    }
    let after = Handover { state: HandoverState::Undone, ..handover };
    store::save_handover(&mut tx, &after, ctx.now()).await?;
    let from = person_name(&mut tx, &after.from_person_id).await?;
    let mut audit = moved.audit;
    audit.push(event(ctx, actor, (&after, &from), ("undone", Changes::new())));
    let shown = page(&mut tx, actor, id).await?;
    tx.commit_all(audit).await?;
    Ok(shown)
}
