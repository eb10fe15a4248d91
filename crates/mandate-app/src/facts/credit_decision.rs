//! The decision on a credit: agreeing and waiving take a decision right, which is kept as used with the move.
//!
//! Proposing, withdrawing and noting decide nothing. Not here: who may move a credit at all (`credit`).

use mandate_domain::facts::credit::{CreditMove, CreditState, ServiceCredit};
use mandate_domain::identity::{Amount, PriceDirection};
use mandate_domain::notification::Topic;
use mandate_store::{StoreError, WriteTx, boxed};

use super::credit::CreditError;
use crate::ctx::{Actor, Ctx};
use crate::decisions::{Decision, Permission, decide};
use crate::notifications::{Notice, notify_account, notify_recorder};

/// Asks for the decision right to agree or waive a credit, and keeps that it was used; other moves decide nothing.
#[boxed]
pub(super) async fn decided(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    credit: &ServiceCredit,
    wanted: CreditMove,
) -> Result<Option<Permission>, CreditError> {
    if !matches!(wanted, CreditMove::Agree | CreditMove::Waive) {
        return Ok(None);
    }
    let decision = Decision {
        account_id: credit.account_id.clone(),
        product_id: None,
        amount: Amount::Money(credit.credit),
        direction: PriceDirection::Either,
        subject_kind: "service_credit",
        subject_id: credit.id.to_string(),
    };
    let permission = decide(ctx, tx, actor, &decision).await?;
    permission.keep(ctx, tx, actor, &decision).await?;
    Ok(Some(permission))
}

/// Tells who looks after the account that a credit waits for a decision, and who put it up what was decided.
#[boxed]
pub(super) async fn tell_of_move(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    (before, after): (&ServiceCredit, &ServiceCredit),
) -> Result<(), StoreError> {
    let account = after.account_id.as_str();
    let notice = |topic| Notice::about(topic, "service_credit", after.id.as_str()).of_account(account);
    match after.state {
        CreditState::Proposed => {
            let notice = notice(Topic::DecisionAsked).saying(after.month.to_string());
            notify_account(ctx, tx, actor, account, &notice).await?;
        }
        CreditState::Agreed | CreditState::Waived => {
            let notice = notice(Topic::DecisionAnswered).saying(after.state.as_str());
            if let Some(proposer) = &before.changed_by {
                notify_recorder(ctx, tx, actor, proposer, &notice).await?;
            }
        }
        CreditState::Computed | CreditState::Noted => {}
    }
    Ok(())
}
