//! Undoing a merge: both records stand again, each with what it had.
//!
//! Only while all is as the merge left it, else that work would be lost: then nothing is undone, and what was changed is named.
//! What came to the kept record since stays there.

use std::collections::BTreeMap;

use mandate_domain::book::{Draft, Kind, Saved};
use mandate_domain::{Clearance, Id, Instant};
use mandate_store::book::{self as store, Stored};
use mandate_store::merge::{self as merges, Merge};
use mandate_store::reads::duplicates::name_of;
use mandate_store::{StoreError, WriteTx, boxed};

use super::coverage;
use super::merge::{MergeError, cases_of, keep_who_decides, planned, told};
use super::plan::apply;
use super::records::{cleared, event};
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};
use crate::facts::recompute::Recompute;

/// A merge as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastMerge {
    /// Its id.
    pub id: String,
    /// The record that is kept.
    pub kept_id: String,
    /// Its name.
    pub kept_name: String,
    /// The record that went to the trash.
    pub dropped_id: String,
    /// Its name.
    pub dropped_name: String,
    /// Who merged.
    pub by: String,
    /// When.
    pub at: Instant,
    /// When it was undone.
    pub undone_at: Option<Instant>,
}

/// The newest merges of a kind that the actor may see both sides of.
///
/// # Errors
/// [`MergeError::Denied`].
#[boxed]
pub async fn past_merges(
    ctx: &Ctx,
    actor: &Actor,
    kind: Kind,
    limit: usize,
) -> Result<Vec<PastMerge>, MergeError> {
    authorise(actor, Action::WriteBook)?;
    authorise(actor, Action::TrashBook)?;
    let mut tx = ctx.begin_read().await?;
    let mut found = vec![];
    for merge in merges::list_merges(&mut tx, &actor.scope, kind, limit).await? {
        let kept = name_of(&mut tx, &actor.scope, kind, &merge.kept_id).await?;
        let dropped = name_of(&mut tx, &actor.scope, kind, &merge.dropped_id).await?;
        if let (Some(kept_name), Some(dropped_name)) = (kept, dropped) {
            found.push(PastMerge {
                id: merge.id,
                kept_id: merge.kept_id,
                kept_name,
                dropped_id: merge.dropped_id,
                dropped_name,
                by: merge.merged_by_name,
                at: merge.merged_at,
                undone_at: merge.undone_at,
            });
        }
    }
    Ok(found)
}

/// Which kind a merge is of, for whoever may undo it.
///
/// # Errors
/// [`MergeError::NotFound`] when there is none.
#[boxed]
pub async fn kind_of_merge(ctx: &Ctx, actor: &Actor, id: &str) -> Result<Kind, MergeError> {
    authorise(actor, Action::WriteBook)?;
    authorise(actor, Action::TrashBook)?;
    let mut tx = ctx.begin_read().await?;
    let merge = merges::load_merge(&mut tx, id).await?;
    let kind = merge.and_then(|merge| Kind::parse(&merge.kind));
    kind.ok_or(MergeError::NotFound { kind: Kind::Account })
}

/// Undoes a merge, whole or not at all; answers the record that stands again.
///
/// # Errors
/// [`MergeError::Undone`], or [`MergeError::Changed`] with what was changed since.
#[boxed]
pub async fn undo_merge<R: Stored>(ctx: &Ctx, actor: &Actor, id: &str) -> Result<Saved<R>, MergeError> {
    authorise(actor, Action::WriteBook)?;
    authorise(actor, Action::TrashBook)?;
    let not_found = || MergeError::NotFound { kind: R::KIND };
    let mut recompute = Recompute::default();
    loop {
        let mut tx = ctx.begin_write().await?;
        let found = merges::load_merge(&mut tx, id).await?;
        let merge = found.filter(|merge| merge.kind == R::KIND.as_str()).ok_or_else(not_found)?;
        for side in [&merge.kept_id, &merge.dropped_id] {
            name_of(&mut tx, &actor.scope, R::KIND, side).await?.ok_or_else(not_found)?;
        }
        merges::mark_undone(&mut tx, id, ctx.now()).await.map_err(|error| match error {
            StoreError::Stale { .. } => MergeError::Undone,
            other => other.into(),
        })?;
        let (kept, dropped) = as_left::<R>(&mut tx, actor, &merge).await?;
        let (had, gets) = (kept.draft(Clearance::NONE), dropped.draft(Clearance::NONE));
        keep_who_decides::<R>(actor, &had, &gets)?;
        let asked = cases_of(&mut tx, &kept, &dropped).await?;
        let now = ctx.now();
        let both = [kept.id.as_str(), dropped.id.as_str()];
        let mut covered = coverage::touched::<R>(&mut tx, &both).await?;
        merges::end_alias(&mut tx, R::KIND, dropped.id.as_str()).await?;
        store::restore(&mut tx, &dropped, now).await?;
        let what = merges::move_back(&mut tx, &merge, R::KIND).await?;
        if !what.is_empty() {
            return Err(MergeError::Changed { what });
        }
        let mut plan = planned(&mut tx, ctx, actor, kept.clone(), draft_of(&merge.before)).await?;
        let mut audit = apply(&mut tx, ctx, actor, &mut plan, ctx.now()).await?;
        if R::KIND == Kind::Account {
            store::keep_values(&mut tx, &both.map(str::to_owned), now).await?;
        }
        covered.extend(coverage::touched::<R>(&mut tx, &both).await?);
        coverage::count_anew(&mut tx, ctx, covered).await?;
        audit.push(event(&mut tx, ctx, actor, &dropped, "restored").await?);
        audit.push(told(&mut tx, ctx, actor, &kept, ("merge_undone", dropped.name())).await?);
        let Some((tx, _)) = recompute.settle(ctx, tx, asked).await? else { continue };
        tx.commit_all(audit).await?;
        return Ok(cleared(actor, dropped));
    }
}

/// Both records, if they are as the merge left them.
async fn as_left<R: Stored>(
    tx: &mut WriteTx,
    actor: &Actor,
    merge: &Merge,
) -> Result<(Saved<R>, Saved<R>), MergeError> {
    let not_found = |_| MergeError::NotFound { kind: R::KIND };
    let kept = Id::<R>::parse(&merge.kept_id).map_err(not_found)?;
    let dropped = Id::<R>::parse(&merge.dropped_id).map_err(not_found)?;
    let kept = store::load(tx, &actor.scope, &kept).await?;
    let dropped = store::load_trashed(tx, &actor.scope, &dropped).await?;
    let kept = kept.filter(|saved| saved.version == merge.kept_version);
    let dropped = dropped.filter(|saved| saved.version == merge.dropped_version);
    match (kept, dropped) {
        (Some(kept), Some(dropped)) => Ok((kept, dropped)),
        (None, Some(_)) => Err(MergeError::Changed { what: vec!["record"] }),
        (Some(_), None) => Err(MergeError::Changed { what: vec!["dropped"] }),
        (None, None) => Err(MergeError::Changed { what: vec!["record", "dropped"] }),
    }
}

/// Fields as they were kept.
fn draft_of(kept: &str) -> Draft {
    let fields: BTreeMap<String, String> = serde_json::from_str(kept).unwrap_or_default();
    fields.into_iter().fold(Draft::new(), |draft, (field, text)| draft.with(&field, text))
}
