//! Rules on what belongs together: what a record names is of its own account, and what there can be one of is there once.

use std::collections::{BTreeMap, BTreeSet};

use mandate_domain::Clearance;
use mandate_domain::book::{FieldProblem, Kind, Shape, parts};
use mandate_store::book::{self as store, Stored};
use mandate_store::{ReadTx, StoreError, boxed};

use super::plan::{Outcome, Planned, RowProblem};

/// The kind that a field names and that belongs to an account, where it does.
const fn belonging(shape: Shape) -> Option<Kind> {
    match shape {
        Shape::Client | Shape::Anyone | Shape::People => Some(Kind::Person),
        Shape::Reference(Kind::Contract) => Some(Kind::Contract),
        Shape::Reference(Kind::Promise) => Some(Kind::Promise),
        Shape::Expectations => Some(Kind::Expectation),
        _ => None,
    }
}

/// Names each field whose record belongs to another account than the row's own. A kind that takes its account from one of its
/// fields is compared with that.
#[boxed]
pub(super) async fn of_one_account<R: Stored>(
    tx: &mut ReadTx,
    rows: &[Planned<R>],
) -> Result<Vec<RowProblem>, StoreError> {
    let mut asked: BTreeMap<Kind, BTreeSet<String>> = BTreeMap::new();
    let mut named = vec![];
    for row in rows.iter().filter(|row| row.outcome != Outcome::Same) {
        let draft = row.saved.draft(Clearance::NONE);
        for spec in R::FIELDS {
            let Some(kind) = belonging(spec.shape) else { continue };
            // Whose master a contract may have is told by a rule of its own.
            if R::KIND == Kind::Contract {
                continue;
            }
            for id in
                parts(draft.get(spec.name)).filter(|_| draft.get(spec.name) != row.before.get(spec.name))
            {
                asked.entry(kind).or_default().insert(id.to_owned());
                named.push((row, spec.name, kind, id.to_owned()));
            }
        }
    }
    let mut accounts: BTreeMap<String, Option<String>> = BTreeMap::new();
    for (kind, ids) in asked {
        let owners = store::list_owners(tx, kind, &ids).await?;
        accounts.extend(owners.into_iter().map(|(id, owner)| (id, owner.account_id)));
    }
    let mut problems = vec![];
    for (row, field, _, id) in named {
        // One of ours belongs to no account; a record of the same file is not stored yet.
        let Some(Some(account)) = accounts.get(&id) else { continue };
        if row.account_id.as_deref().is_some_and(|own| own != account) {
            let problem = FieldProblem::OfAnotherAccount;
            problems.push(RowProblem { number: row.number, field, problem });
        }
    }
    Ok(problems)
}

/// The fields of which there can be one record of a kind.
const fn only_once(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::ListPrice => &["product", "currency", "valid_from"],
        Kind::ExchangeRate => &["from_currency", "to_currency", "rate_on"],
        Kind::Actual => &["account", "product", "month", "currency"],
        Kind::Acquaintance => &["client_person", "our_person"],
        _ => &[],
    }
}

/// Names each row that says the same a second time, in the file or beside what is stored.
#[boxed]
pub(super) async fn twice<R: Stored>(
    tx: &mut ReadTx,
    rows: &[Planned<R>],
) -> Result<Vec<RowProblem>, StoreError> {
    let fields = only_once(R::KIND);
    let Some(&field) = fields.first() else { return Ok(vec![]) };
    let mut first: BTreeMap<Vec<String>, &Planned<R>> = BTreeMap::new();
    let mut asked = vec![];
    let mut problems = vec![];
    for row in rows {
        let draft = row.saved.draft(Clearance::NONE);
        let key: Vec<String> = fields.iter().map(|field| draft.get(field).to_owned()).collect();
        if let Some(other) = first.get(&key) {
            let problem = FieldProblem::Repeated { text: other.saved.name().to_owned(), row: other.number };
            problems.push(RowProblem { number: row.number, field, problem });
            continue;
        }
        if row.outcome != Outcome::Same {
            asked.push((row, key.clone()));
        }
        first.insert(key, row);
    }
    let keys: Vec<Vec<String>> = asked.iter().map(|(_, key)| key.clone()).collect();
    let known = store::find_same::<R>(tx, fields, &keys).await?;
    let ids: BTreeSet<&str> = rows.iter().map(|row| row.saved.id.as_str()).collect();
    for (row, key) in asked {
        // One of these rows may move away from it.
        let other = |(id, _): &&(String, String)| id != row.saved.id.as_str() && !ids.contains(id.as_str());
        if let Some((_, external_id)) = known.get(&key).and_then(|known| known.iter().find(other)) {
            let problem = FieldProblem::Twice { external_id: external_id.clone() };
            problems.push(RowProblem { number: row.number, field, problem });
        }
    }
    Ok(problems)
}
