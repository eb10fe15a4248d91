//! Prices of existing contract lines: who changes one needs a decision right, whichever way the change comes.
//!
//! A form, the API, a file and the undoing of a file all plan their rows first; each row that moves a price is asked
//! about there and kept as a use when it is written. A new line has no price that could move. A line that changes its
//! product leaves the price of one and takes that of another, whatever it says: both are asked about, as the largest
//! move there is, else a line could take a new price by way of a product that nobody manages.

use std::collections::BTreeMap;

use mandate_domain::Id;
use mandate_domain::book::{Account, Draft, FieldProblem, Kind, Product};
use mandate_domain::identity::{Amount, MOST_BASIS_POINTS, PriceDirection, UnitPrice, price_move};
use mandate_domain::{Clearance, Currency, Money};
use mandate_store::book::{Stored, load};
use mandate_store::reads::Scope;
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};

use super::lookups::Lookups;
use super::plan::{Outcome, Planned, RowProblem};
use crate::ctx::{Actor, Ctx};
use crate::decisions::{DecideError, Decision, Permission, Refusal, decide};

/// A price that moves, and by which right.
pub(super) struct DecidedPrice {
    decision: Decision,
    pub(super) permission: Permission,
}

/// Asks about each row that moves a price; what is not covered is a problem of its field that names who decides.
#[boxed]
pub(super) async fn decide_prices<R: Stored>(
    tx: &mut ReadTx,
    (ctx, actor): (&Ctx, &Actor),
    rows: &mut [Planned<R>],
    lookups: &Lookups,
) -> Result<Vec<RowProblem>, StoreError> {
    let mut problems = vec![];
    if R::KIND != Kind::ContractLine {
        return Ok(problems);
    }
    // A file of many lines asks the same of each line of a product; who could is looked up once.
    let mut refusals: BTreeMap<(String, Option<String>, i64, &str), FieldProblem> = BTreeMap::new();
    for row in rows.iter_mut().filter(|row| row.outcome == Outcome::Changed) {
        let number = row.number;
        for Asked { field, decision } in asked(row) {
            let key = (
                decision.account_id.to_string(),
                decision.product_id.as_ref().map(ToString::to_string),
                decision.amount.number(),
                decision.direction.as_str(),
            );
            if let Some(problem) = refusals.get(&key) {
                problems.push(RowProblem { number, field, problem: problem.clone() });
                continue;
            }
            let account = &decision.account_id;
            // On an account that the same file makes nobody decides yet; written, it is there, and asked about.
            if lookups.is_made(Kind::Account, account.as_str())
                && load::<Account>(tx, &Scope::Everything, account).await?.is_none()
            {
                continue;
            }
            match decide(ctx, tx, actor, &decision).await {
                Ok(permission) => row.priced.push(DecidedPrice { decision, permission }),
                Err(DecideError::Refused(refusal)) => {
                    let problem = problem_of(&refusal);
                    refusals.insert(key, problem.clone());
                    problems.push(RowProblem { number, field, problem });
                }
                Err(DecideError::Store(error)) => return Err(error),
            }
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

/// What is asked about a changed line, and the field that shows a refusal.
struct Asked {
    field: &'static str,
    decision: Decision,
}

/// How a changed line moves its price, if it does; of a changed product, for the one it had and the one it gets. A line that moves to
/// another contract is asked about as the largest move, on the account it goes to.
fn asked<R: Stored>(row: &Planned<R>) -> Vec<Asked> {
    let after = row.saved.draft(Clearance::NONE);
    let Some(account_id) = row.account_id.as_deref().and_then(|id| Id::parse(id).ok()) else { return vec![] };
    let product = |draft: &Draft| Id::<Product>::parse(draft.get("product")).ok();
    let (had, gets) = (product(&row.before), product(&after));
    let asked = |field, product_id, (amount, direction): (i64, PriceDirection)| Asked {
        field,
        decision: Decision {
            account_id: account_id.clone(),
            product_id,
            amount: Amount::BasisPoints(amount),
            direction,
            subject_kind: Kind::ContractLine.as_str(),
            subject_id: row.saved.id.to_string(),
        },
    };
    // Moved to another contract it may be another account whose rights count: as much as another product.
    let moves = row.before.get("contract") != after.get("contract");
    if moves && had == gets {
        return vec![asked("contract", had, (MOST_BASIS_POINTS, PriceDirection::Either))];
    }
    if had != gets {
        // A small move here and a small one back would else add up to any price at all.
        let any = (MOST_BASIS_POINTS, PriceDirection::Either);
        return [had, gets].into_iter().map(|product| asked("product", product, any)).collect();
    }
    let (Some(from), Some(to)) = (price_of(&row.before), price_of(&after)) else { return vec![] };
    price_move(from, to).map(|moved| asked("unit_price", had, moved)).into_iter().collect()
}

fn price_of(draft: &Draft) -> Option<UnitPrice> {
    let currency = Currency::stored(draft.get("currency")).ok()?;
    let price = Money::parse(draft.get("unit_price"), currency).ok()?;
    Some(UnitPrice { minor: price.minor, per: draft.get("price_per").parse().unwrap_or(1) })
}

/// Keeps what was decided, in the transaction that writes the prices.
#[boxed]
pub(super) async fn keep_decided<R: Stored>(
    tx: &mut WriteTx,
    ctx: &Ctx,
    actor: &Actor,
    rows: &[Planned<R>],
) -> Result<(), StoreError> {
    for priced in rows.iter().flat_map(|row| &row.priced) {
        priced.permission.keep(ctx, tx, actor, &priced.decision).await?;
    }
    Ok(())
}
