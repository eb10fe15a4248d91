//! Prices of existing contract lines: who changes one needs a decision right, whichever way the change comes.
//!
//! A form, the API, a file and the undoing of a file all plan their rows first; each row that moves a price is asked
//! about there and kept as a use when it is written. A new line has no price that could move. A line that changes its
//! product counts as moving the price of the product it had.

use std::collections::BTreeMap;

use mandate_domain::Id;
use mandate_domain::book::{Draft, FieldProblem, Kind};
use mandate_domain::identity::{Amount, UnitPrice, price_move};
use mandate_domain::{Currency, Money};
use mandate_store::book::Stored;
use mandate_store::{ReadTx, StoreError, WriteTx};

use super::plan::{Outcome, Planned, RowProblem};
use crate::ctx::{Actor, Ctx};
use crate::decisions::{DecideError, Decision, Permission, Refusal, decide};

/// A price that moves, and by which right.
pub(super) struct DecidedPrice {
    decision: Decision,
    pub(super) permission: Permission,
}

/// Asks about each row that moves a price; what is not covered is a problem of its field that names who decides.
pub(super) async fn decide_prices<R: Stored>(
    tx: &mut ReadTx,
    ctx: &Ctx,
    actor: &Actor,
    rows: &mut [Planned<R>],
) -> Result<Vec<RowProblem>, StoreError> {
    let mut problems = vec![];
    if R::KIND != Kind::ContractLine {
        return Ok(problems);
    }
    // A file of many lines asks the same of each line of a product; who could is looked up once.
    let mut refusals: BTreeMap<(String, Option<String>, i64, &str), FieldProblem> = BTreeMap::new();
    for row in rows.iter_mut().filter(|row| row.outcome == Outcome::Changed) {
        let Some(decision) = decision(row) else { continue };
        let key = (
            decision.account_id.to_string(),
            decision.product_id.as_ref().map(ToString::to_string),
            decision.amount.number(),
            decision.direction.as_str(),
        );
        if let Some(problem) = refusals.get(&key) {
            let problem = problem.clone();
            problems.push(RowProblem { number: row.number, field: "unit_price", problem });
            continue;
        }
        match decide(ctx, tx, actor, &decision).await {
            Ok(permission) => row.priced = Some(DecidedPrice { decision, permission }),
            Err(DecideError::Refused(refusal)) => {
                let problem = problem_of(&refusal);
                refusals.insert(key, problem.clone());
                problems.push(RowProblem { number: row.number, field: "unit_price", problem });
            }
            Err(DecideError::Store(error)) => return Err(error),
        }
    }
    Ok(problems)
}

fn problem_of(refusal: &Refusal) -> FieldProblem {
    FieldProblem::NotDecided {
        amount: refusal.amount,
        most: refusal.most,
        who: refusal.names(),
        administrators: refusal.administrators.join(", "),
    }
}

/// How a changed line moves its price, if it does.
fn decision<R: Stored>(row: &Planned<R>) -> Option<Decision> {
    let after = row.saved.draft();
    let (amount, direction) = price_move(price_of(&row.before)?, price_of(&after)?)?;
    Some(Decision {
        account_id: Id::parse(row.account_id.as_deref()?).ok()?,
        product_id: Id::parse(row.before.get("product")).ok(),
        amount: Amount::BasisPoints(amount),
        direction,
        subject_kind: Kind::ContractLine.as_str(),
        subject_id: row.saved.id.to_string(),
    })
}

fn price_of(draft: &Draft) -> Option<UnitPrice> {
    let currency = Currency::parse(draft.get("currency")).ok()?;
    let price = Money::parse(draft.get("unit_price"), currency).ok()?;
    Some(UnitPrice { minor: price.minor, per: draft.get("price_per").parse().unwrap_or(1) })
}

/// Keeps what was decided, in the transaction that writes the prices.
pub(super) async fn keep_decided<R: Stored>(
    tx: &mut WriteTx,
    ctx: &Ctx,
    actor: &Actor,
    rows: &[Planned<R>],
) -> Result<(), StoreError> {
    for priced in rows.iter().filter_map(|row| row.priced.as_ref()) {
        priced.permission.keep(ctx, tx, actor, &priced.decision).await?;
    }
    Ok(())
}
