//! Rules that need more than one record or the one who writes: whose account it is, who decides there, which contract is
//! whose master, what a currency holds.
//!
//! Decision rights follow fields of the book. Else whoever writes the book would give themselves what they may decide.

use std::collections::BTreeMap;

use mandate_domain::book::{Contract, Draft, FieldProblem, Kind};
use mandate_domain::{Clearance, Id};
use mandate_store::book::{self as store, Stored};
use mandate_store::reads::Scope;
use mandate_store::{ReadTx, StoreError, boxed};

use super::plan::{Outcome, Planned, RowProblem};
use super::{amendments, belonging};
use crate::authorise::{Action, authorise};
use crate::ctx::Actor;

/// How far up a chain of parent accounts is looked for a circle.
const MOST_PARENTS: usize = 20;

/// What a new record takes when nothing is said: whoever sees only their own accounts manages those they add.
pub(super) fn default_fields(kind: Kind, actor: &Actor, draft: &mut Draft) {
    if kind == Kind::Account
        && let Scope::OwnAccounts(person) = &actor.scope
        && draft.get("account_manager").trim().is_empty()
        && draft.get("negotiator").trim().is_empty()
    {
        draft.set("account_manager", person.as_str());
    }
}

/// What the planned rows break together with what is stored.
#[boxed]
pub(super) async fn check<R: Stored>(
    tx: &mut ReadTx,
    actor: &Actor,
    rows: &[Planned<R>],
) -> Result<Vec<RowProblem>, StoreError> {
    let mut problems = match R::KIND {
        Kind::Account => accounts(tx, actor, rows).await?,
        Kind::Contract => contracts(tx, rows).await?,
        Kind::Amendment => amendments::check(tx, rows).await?,
        Kind::Person => people(rows),
        _ => vec![],
    };
    problems.extend(belonging::of_one_account(tx, rows).await?);
    problems.extend(belonging::twice(tx, rows).await?);
    problems.extend(deciding(actor, rows));
    Ok(problems)
}

/// Nobody reports to or follows themselves.
fn people<R: Stored>(rows: &[Planned<R>]) -> Vec<RowProblem> {
    let mut problems = vec![];
    for row in rows.iter().filter(|row| row.outcome != Outcome::Same) {
        let draft = row.saved.draft(Clearance::NONE);
        for field in ["reports_to", "successor"] {
            if draft.get(field) == row.saved.id.as_str() {
                problems.push(RowProblem { number: row.number, field, problem: FieldProblem::OwnParent });
            }
        }
    }
    problems
}

/// The fields by which somebody decides.
const fn deciding_fields(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Account => &["account_manager", "negotiator"],
        Kind::Product => &["product_manager"],
        _ => &[],
    }
}

/// Who decides may hand it over to somebody else; taking it oneself, or leaving nobody in charge, is for those who grant
/// rights, because it gives what a right would have to.
fn deciding<R: Stored>(actor: &Actor, rows: &[Planned<R>]) -> Vec<RowProblem> {
    let mut problems = vec![];
    if authorise(actor, Action::GrantRights).is_ok() {
        return problems;
    }
    for row in rows.iter().filter(|row| row.outcome == Outcome::Changed) {
        let after = row.saved.draft(Clearance::NONE);
        for &field in deciding_fields(R::KIND) {
            let (had, gets) = (row.before.get(field), after.get(field));
            let takes = actor.person_id().is_some_and(|person| person.as_str() == gets);
            if had != gets && (gets.is_empty() || takes) {
                problems.push(RowProblem { number: row.number, field, problem: FieldProblem::DecidesHere });
            }
        }
    }
    problems
}

async fn accounts<R: Stored>(
    tx: &mut ReadTx,
    actor: &Actor,
    rows: &[Planned<R>],
) -> Result<Vec<RowProblem>, StoreError> {
    let mut problems = vec![];
    let planned: BTreeMap<&str, Draft> =
        rows.iter().map(|row| (row.saved.id.as_str(), row.saved.draft(Clearance::NONE))).collect();
    for row in rows {
        let draft = row.saved.draft(Clearance::NONE);
        if let Scope::OwnAccounts(person) = &actor.scope
            && row.outcome == Outcome::New
            && draft.get("account_manager") != person.as_str()
            && draft.get("negotiator") != person.as_str()
        {
            let problem = FieldProblem::NotOwn;
            problems.push(RowProblem { number: row.number, field: "account_manager", problem });
        }
        if is_own_parent(tx, row.saved.id.as_str(), draft.get("parent"), &planned).await? {
            let problem = FieldProblem::OwnParent;
            problems.push(RowProblem { number: row.number, field: "parent", problem });
        }
    }
    Ok(problems)
}

/// Whether going up from `parent` leads back to `id`.
async fn is_own_parent(
    tx: &mut ReadTx,
    id: &str,
    parent: &str,
    planned: &BTreeMap<&str, Draft>,
) -> Result<bool, StoreError> {
    let mut above = parent.to_owned();
    for _ in 0..MOST_PARENTS {
        if above.is_empty() {
            return Ok(false);
        }
        if above == id {
            return Ok(true);
        }
        above = match planned.get(above.as_str()) {
            Some(draft) => draft.get("parent").to_owned(),
            None => {
                let Ok(id) = Id::parse(&above) else { return Ok(false) };
                let account =
                    store::load::<mandate_domain::book::Account>(tx, &Scope::Everything, &id).await?;
                let parent = account.and_then(|account| account.parent_id.clone());
                parent.map(|id| id.to_string()).unwrap_or_default()
            }
        };
    }
    Ok(false)
}

async fn contracts<R: Stored>(tx: &mut ReadTx, rows: &[Planned<R>]) -> Result<Vec<RowProblem>, StoreError> {
    let mut problems = vec![];
    let planned: BTreeMap<&str, Draft> =
        rows.iter().map(|row| (row.saved.id.as_str(), row.saved.draft(Clearance::NONE))).collect();
    for row in rows.iter().filter(|row| row.outcome != Outcome::Same) {
        let draft = row.saved.draft(Clearance::NONE);
        let Ok(id) = Id::<Contract>::parse(row.saved.id.as_str()) else { continue };
        if row.outcome == Outcome::Changed
            && let Some(stored) = store::load::<Contract>(tx, &Scope::Everything, &id).await?
            && stored.currency.code() != draft.get("currency")
            && store::count_lines(tx, &id).await? > 0
        {
            let problem = FieldProblem::HasLines { currency: stored.currency.code().to_owned() };
            problems.push(RowProblem { number: row.number, field: "currency", problem });
        }
        let parent = draft.get("parent");
        if parent.is_empty() {
            continue;
        }
        let master = match planned.get(parent) {
            Some(master) => Some(master.clone()),
            None => match Id::<Contract>::parse(parent) {
                Ok(id) => {
                    use mandate_domain::book::Record;
                    store::load::<Contract>(tx, &Scope::Everything, &id)
                        .await?
                        .map(|it| it.draft(Clearance::NONE))
                }
                Err(_) => None,
            },
        };
        let fits = master.is_some_and(|master| {
            master.get("kind") == "master" && master.get("account") == draft.get("account")
        });
        if !fits {
            let problem = FieldProblem::NotItsMaster;
            problems.push(RowProblem { number: row.number, field: "parent", problem });
        }
    }
    Ok(problems)
}
