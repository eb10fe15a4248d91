//! The decision on a credit: agreeing and waiving take a decision right, which is kept as used with the move.
//!
//! Proposing, withdrawing and noting decide nothing. Not here: who may move a credit at all (`credit`).

use mandate_domain::facts::credit::{CreditMove, ServiceCredit};
use mandate_domain::identity::{Amount, PriceDirection};
use mandate_store::WriteTx;

use super::credit::CreditError;
use crate::ctx::{Actor, Ctx};
use crate::decisions::{Decision, Permission, decide};

/// Asks for the decision right to agree or waive a credit, and keeps that it was used; other moves decide nothing.
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
