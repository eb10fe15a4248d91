//! Choosing which measures a client's people see.

use mandate_domain::Id;
use mandate_domain::audit::Changes;
use mandate_domain::book::Account;
use mandate_domain::facts::kpi::Kpi;
use mandate_store::boxed;
use mandate_store::facts::shares;
use mandate_store::reads::kpi_people::load_account_name;

use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::facts::kpi::{MeasureError, load_for, subject};

/// The measures that the client's people of `account` see.
///
/// # Errors
/// [`MeasureError`]: no right, an account out of reach.
#[boxed]
pub async fn list_shared(
    ctx: &Ctx,
    actor: &Actor,
    account: &Id<Account>,
) -> Result<Vec<Id<Kpi>>, MeasureError> {
    authorise(actor, Action::ReadFacts)?;
    let mut tx = ctx.begin_read().await?;
    let reached = load_account_name(&mut tx, &actor.scope, account).await?;
    reached.ok_or(MeasureError::NotFound { what: "account" })?;
    Ok(shares::list_shared_kpis(&mut tx, account).await?)
}

/// Shows a measure to the client's people, or stops showing it.
///
/// # Errors
/// [`MeasureError`]: no right, no such measure for this account; then nothing was changed.
#[boxed]
pub async fn share_measure(
    ctx: &Ctx,
    actor: &Actor,
    kpi_id: &Id<Kpi>,
    account: &Id<Account>,
    shown: bool,
) -> Result<(), MeasureError> {
    authorise(actor, Action::ShareWithClient)?;
    let mut tx = ctx.begin_write().await?;
    let kpi = load_for(&mut tx, actor, kpi_id, account).await?;
    let before = shares::list_shared_kpis(&mut tx, account).await?.contains(kpi_id);
    if before == shown {
        return Ok(());
    }
    if shown {
        shares::share_kpi(&mut tx, kpi_id, account, actor.user_id(), ctx.now()).await?;
    } else {
        shares::unshare_kpi(&mut tx, kpi_id, account).await?;
    }
    let said = |shown: bool| Some(if shown { "yes" } else { "no" }.to_owned());
    let changes = Changes::new().field("shown_to_client", said(before), said(shown)).into_vec();
    let action = if shown { "measure.shared" } else { "measure.unshared" };
    let subject = Subject { account_id: Some(account.as_str()), ..subject(&kpi) };
    Ok(tx.commit(actor.record(ctx.now(), action, subject, changes)).await?)
}
