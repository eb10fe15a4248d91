//! Our side of what a client sees of its expectations: showing one in the portal, and no longer.
//!
//! Nothing that our people wrote is seen there until it is shared; what the client wrote itself is the client's, and stays.

use mandate_domain::audit::{AuditRecord, Changes};
use mandate_domain::book::{Draft, Expectation, Kind, Record, Saved};
use mandate_domain::{Clearance, Id};
use mandate_store::book::{self as store, SharedBy};
use mandate_store::boxed;

use super::errors::BookError;
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx, Subject};

/// Who shows an expectation to its client, if anybody does.
///
/// # Errors
/// [`BookError::NotFound`] when there is none, or none they may see.
#[boxed]
pub async fn expectation_shared(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<Expectation>,
) -> Result<Option<SharedBy>, BookError> {
    authorise(actor, Action::ReadBook)?;
    let mut tx = ctx.begin_read().await?;
    let saved = store::load(&mut tx, &actor.scope, id).await?;
    saved.ok_or(BookError::NotFound { kind: Kind::Expectation })?;
    Ok(store::load_expectation_share(&mut tx, id).await?)
}

/// Shows an expectation to the client's people, or stops showing it; what the client wrote stays.
///
/// # Errors
/// [`BookError::NotFound`], [`BookError::Denied`] without the right to share; then nothing was changed.
#[boxed]
pub async fn share_expectation(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<Expectation>,
    shown: bool,
) -> Result<(Saved<Expectation>, Option<SharedBy>), BookError> {
    authorise(actor, Action::ShareWithClient)?;
    let mut tx = ctx.begin_write().await?;
    let saved = store::load(&mut tx, &actor.scope, id).await?;
    let saved: Saved<Expectation> = saved.ok_or(BookError::NotFound { kind: Kind::Expectation })?;
    let before = store::load_expectation_share(&mut tx, id).await?;
    match (before, shown) {
        (Some(SharedBy::Client), _) | (Some(SharedBy::Us), true) | (None, false) => {
            return Ok((saved, before));
        }
        (None, true) => {
            let place = (id, &saved.account_id);
            store::share_expectation(&mut tx, place, SharedBy::Us, actor.user_id(), ctx.now()).await?;
        }
        (Some(SharedBy::Us), false) => store::unshare_expectation(&mut tx, id).await?,
    }
    let said = |shown: bool| Some(if shown { "yes" } else { "no" }.to_owned());
    let changes = Changes::new().field("shown_to_client", said(!shown), said(shown)).into_vec();
    let action = if shown { "expectation.shared" } else { "expectation.unshared" };
    tx.commit(actor.record(ctx.now(), action, subject(&saved), changes)).await?;
    Ok((saved, shown.then_some(SharedBy::Us)))
}

fn subject(saved: &Saved<Expectation>) -> Subject<'_> {
    Subject {
        kind: "expectation",
        id: saved.id.as_str(),
        name: saved.name(),
        account_id: Some(saved.account_id.as_str()),
    }
}

/// The record of a write of an expectation that went its own way: from what to what.
pub(crate) fn expectation_record(
    ctx: &Ctx,
    actor: &Actor,
    saved: &Saved<Expectation>,
    (before, action): (&Draft, &str),
) -> AuditRecord {
    let stated = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let after = saved.draft(Clearance::NONE);
    let changes = after.iter().fold(Changes::new(), |changes, (field, to)| {
        changes.field(field, stated(before.get(field)), stated(to))
    });
    actor.record(ctx.now(), action, subject(saved), changes.into_vec())
}
