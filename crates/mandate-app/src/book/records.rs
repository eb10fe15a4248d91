//! One record at a time: show, create, change, put into the trash, bring back.

use mandate_domain::book::{Draft, FieldProblems, Kind, Saved};
use mandate_domain::{Clearance, Id};
use mandate_store::book::{self as store, Stored};
use mandate_store::{ReadTx, StoreError, boxed, merge};

use super::coverage;
use super::custom;
use super::errors::BookError;
use super::plan::{Outcome, Plan, Row, Target, apply, plan};
use crate::authorise::{Action, authorise, clearance};
use crate::ctx::{Actor, Ctx, Subject};

/// A record, as this actor may see it.
///
/// # Errors
/// [`BookError::NotFound`] when there is none, or none they may see.
#[boxed]
pub async fn show<R: Stored>(ctx: &Ctx, actor: &Actor, id: &Id<R>) -> Result<Saved<R>, BookError> {
    authorise(actor, Action::ReadBook)?;
    let mut tx = ctx.begin_read().await?;
    let saved = store::load(&mut tx, &actor.scope, id).await?;
    let mut saved = saved.ok_or(BookError::NotFound { kind: R::KIND })?;
    custom::load_into(&mut tx, actor, &mut saved).await?;
    Ok(cleared(actor, saved))
}

/// A record that lies in the trash.
///
/// # Errors
/// As [`show`].
#[boxed]
pub async fn show_trashed<R: Stored>(ctx: &Ctx, actor: &Actor, id: &Id<R>) -> Result<Saved<R>, BookError> {
    authorise(actor, Action::ReadBook)?;
    let mut tx = ctx.begin_read().await?;
    let saved = store::load_trashed(&mut tx, &actor.scope, id).await?;
    saved.map(|saved| cleared(actor, saved)).ok_or(BookError::NotFound { kind: R::KIND })
}

/// As the actor sees it.
pub(super) fn cleared<R: Stored>(actor: &Actor, saved: Saved<R>) -> Saved<R> {
    saved.cleared(clearance(actor))
}

/// Adds a record.
///
/// # Errors
/// [`BookError::Fields`] with everything that is wrong with `draft`.
#[boxed]
pub async fn create<R: Stored>(ctx: &Ctx, actor: &Actor, draft: Draft) -> Result<Saved<R>, BookError> {
    authorise(actor, Action::WriteBook)?;
    let mut tx = ctx.begin_write().await?;
    let row = Row { number: 1, draft, target: Target::New };
    let mut plan = whole(plan::<R>(&mut tx, ctx, actor, vec![row]).await?)?;
    let audit = apply(&mut tx, ctx, actor, &mut plan, ctx.now()).await?;
    tx.commit_all(audit).await?;
    only(actor, plan)
}

/// Changes the fields that `draft` names; `version` is the one that was read.
///
/// # Errors
/// [`BookError::NotFound`], [`StoreError::Stale`] when another save came first, [`BookError::Fields`] with everything
/// that is wrong.
#[boxed]
pub async fn change<R: Stored>(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<R>,
    version: i64,
    draft: Draft,
) -> Result<Saved<R>, BookError> {
    Ok(change_in(ctx, actor, id, version, draft, None).await?.saved)
}

/// A record after a change that may have been none.
pub(super) struct Changed<R> {
    pub(super) saved: Saved<R>,
    pub(super) is_changed: bool,
}

/// As [`change`], with the reason that goes on record.
#[boxed]
pub(super) async fn change_in<R: Stored>(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<R>,
    version: i64,
    draft: Draft,
    reason: Option<String>,
) -> Result<Changed<R>, BookError> {
    authorise(actor, Action::WriteBook)?;
    let mut tx = ctx.begin_write().await?;
    let saved = load_version(&mut tx, actor, id, Some(version)).await?;
    let row = Row { number: 1, draft, target: Target::Existing(Box::new(saved)) };
    let mut plan = whole(plan::<R>(&mut tx, ctx, actor, vec![row]).await?)?;
    let is_changed = plan.count(Outcome::Changed) > 0;
    if is_changed {
        let mut audit = apply(&mut tx, ctx, actor, &mut plan, ctx.now()).await?;
        audit.iter_mut().for_each(|record| record.reason.clone_from(&reason));
        tx.commit_all(audit).await?;
    }
    Ok(Changed { saved: only(actor, plan)?, is_changed })
}

/// Puts a record into the trash, whence it can be restored. `version` is the one that was read, if that matters.
///
/// # Errors
/// [`BookError::NotFound`], [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn trash<R: Stored>(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<R>,
    version: Option<i64>,
) -> Result<Saved<R>, BookError> {
    authorise(actor, Action::TrashBook)?;
    let mut tx = ctx.begin_write().await?;
    let saved = load_version(&mut tx, actor, id, version).await?;
    if R::KIND == Kind::Product {
        let n_lines = store::count_open_lines(&mut tx, saved.id.as_str()).await?;
        if n_lines > 0 {
            return Err(BookError::StillSold { n_lines });
        }
    }
    store::trash(&mut tx, &saved, ctx.now()).await?;
    let covered = coverage::touched::<R>(&mut tx, &[saved.id.as_str()]).await?;
    coverage::count_anew(&mut tx, ctx, covered).await?;
    let audit = event(&mut tx, ctx, actor, &saved, "trashed").await?;
    tx.commit(audit).await?;
    Ok(cleared(actor, saved))
}

/// Brings a record back from the trash.
///
/// # Errors
/// [`BookError::NotFound`] when it does not lie there, [`BookError::Merged`] when another record stands for it.
#[boxed]
pub async fn restore<R: Stored>(ctx: &Ctx, actor: &Actor, id: &Id<R>) -> Result<Saved<R>, BookError> {
    authorise(actor, Action::TrashBook)?;
    let mut tx = ctx.begin_write().await?;
    let lying = store::load_trashed(&mut tx, &actor.scope, id).await?;
    let saved = lying.ok_or(BookError::NotFound { kind: R::KIND })?;
    if merge::stands_for(&mut tx, R::KIND, saved.id.as_str()).await?.is_some() {
        return Err(BookError::Merged { name: saved.name().to_owned() });
    }
    match store::restore(&mut tx, &saved, ctx.now()).await {
        Err(StoreError::Duplicate { .. }) => return Err(BookError::ReplacedMeanwhile),
        done => done?,
    }
    let covered = coverage::touched::<R>(&mut tx, &[saved.id.as_str()]).await?;
    coverage::count_anew(&mut tx, ctx, covered).await?;
    let audit = event(&mut tx, ctx, actor, &saved, "restored").await?;
    tx.commit(audit).await?;
    Ok(cleared(actor, saved))
}

async fn load_version<R: Stored>(
    tx: &mut ReadTx,
    actor: &Actor,
    id: &Id<R>,
    version: Option<i64>,
) -> Result<Saved<R>, BookError> {
    let saved = store::load(tx, &actor.scope, id).await?.ok_or(BookError::NotFound { kind: R::KIND })?;
    if version.is_some_and(|version| version != cleared(actor, saved.clone()).version) {
        return Err(StoreError::Stale { table: R::TABLE }.into());
    }
    Ok(saved)
}

#[boxed]
pub(super) async fn event<R: Stored>(
    tx: &mut ReadTx,
    ctx: &Ctx,
    actor: &Actor,
    saved: &Saved<R>,
    event: &str,
) -> Result<mandate_domain::audit::AuditRecord, StoreError> {
    let account_id = account_of(tx, saved).await?;
    let subject = Subject {
        kind: R::KIND.as_str(),
        id: saved.id.as_str(),
        name: saved.name(),
        account_id: account_id.as_deref(),
    };
    Ok(actor.record(ctx.now(), &format!("{}.{event}", R::KIND.as_str()), subject, vec![]))
}

/// The account a record belongs to, which its history is shown with.
#[boxed]
pub(super) async fn account_of<R: Stored>(
    tx: &mut ReadTx,
    saved: &Saved<R>,
) -> Result<Option<String>, StoreError> {
    if R::KIND == Kind::Account {
        return Ok(Some(saved.id.to_string()));
    }
    let Some((field, kind)) = R::OWNER else { return Ok(saved.account_id().map(str::to_owned)) };
    let owner = saved.draft(Clearance::NONE).get(field).to_owned();
    let found = store::list_owners(tx, kind, &[owner.clone()].into()).await?;
    Ok(found.get(&owner).and_then(|owner| owner.account_id.clone()))
}

/// A plan without problems, or all its problems.
pub(super) fn whole<R>(plan: Plan<R>) -> Result<Plan<R>, BookError> {
    if plan.problems.is_empty() {
        return Ok(plan);
    }
    let problems = plan.problems.into_iter().map(|problem| (problem.field, problem.problem)).collect();
    Err(BookError::Fields(FieldProblems(problems)))
}

fn only<R: Stored>(actor: &Actor, plan: Plan<R>) -> Result<Saved<R>, BookError> {
    let row = plan.rows.into_iter().next().ok_or(BookError::NotFound { kind: R::KIND })?;
    Ok(cleared(actor, row.saved))
}
