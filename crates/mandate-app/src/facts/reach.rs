//! What a writer of events reaches: accounts within their scope, and the cases of these.
//!
//! An account out of reach reads like one that does not exist, and is never made. A case is told from others by its
//! reference in the source, so that a reference is taken cannot be hid; nothing else of a case out of reach is told, not
//! even whether a row repeats it. Who sees all accounts is asked nothing, so that events of programs cost no more.

use std::collections::BTreeMap;

use mandate_domain::facts::case::DeliveryCase;
use mandate_domain::facts::source::SourceId;
use mandate_store::exchange::Batch;
use mandate_store::reads::{Scope, facts_names};
use mandate_store::{ReadTx, StoreError, boxed};

use super::ingest::problems;
use super::ingest_error::IngestError;
use super::stage::SpokenOf;
use crate::ctx::{Actor, Ctx};
use crate::exchange::event_rows::{RowProblem, RowProblemKind, Rows};

/// What a writer reaches.
pub(super) enum Reach {
    /// All accounts.
    Everything,
    /// Some.
    Within {
        scope: Scope,
        /// Their ids by the firm's own ids.
        accounts: BTreeMap<String, String>,
    },
}

/// Cases that rows speak of, with how; empty for who reaches everything.
pub(super) type Cases = BTreeMap<String, SpokenOf>;

impl Reach {
    #[boxed]
    pub(super) async fn of(tx: &mut ReadTx, actor: &Actor) -> Result<Self, StoreError> {
        let scope = actor.scope.clone();
        if scope == Scope::Everything {
            return Ok(Self::Everything);
        }
        let accounts = facts_names::account_ids(tx, &scope).await?;
        Ok(Self::Within { scope, accounts })
    }

    pub(super) fn is_everything(&self) -> bool {
        matches!(self, Self::Everything)
    }

    /// Whether the writer may name the account, which `all` of them are.
    pub(super) fn knows(&self, account: &str, all: &BTreeMap<String, String>) -> bool {
        match self {
            Self::Everything => all.contains_key(account),
            Self::Within { accounts, .. } => accounts.contains_key(account),
        }
    }

    /// Refuses rows of cases that are kept and out of reach, and those of new cases that name no account: nobody who sees
    /// some accounts only would see them.
    #[boxed]
    pub(super) async fn refuse_cases(
        &self,
        ctx: &Ctx,
        source: &SourceId,
        cases: &Cases,
    ) -> Result<(), IngestError> {
        let Self::Within { scope, .. } = self else { return Ok(()) };
        let refs: Vec<&str> = cases.keys().map(String::as_str).collect();
        let kept = facts_names::cases_within(&mut ctx.begin_read().await?, scope, source, &refs).await?;
        let problem = |(case_ref, spoken_of): (&String, &SpokenOf)| match kept.get(case_ref) {
            Some(true) => None,
            Some(false) => Some(out_of_reach(case_ref, spoken_of)),
            None if spoken_of.names_account => None,
            None => Some(RowProblem { row: spoken_of.row, column: "account", kind: RowProblemKind::Missing }),
        };
        refuse(cases.iter().filter_map(problem))
    }

    /// Refuses when a case would end up out of reach: a correction that takes an account back may leave an earlier one.
    pub(super) fn refuse_moved(&self, cases: &Cases, derived: &[DeliveryCase]) -> Result<(), IngestError> {
        let Self::Within { accounts, .. } = self else { return Ok(()) };
        let moved = derived.iter().filter(|case| !accounts.contains_key(&case.account_ref));
        // What else is derived stands where it stood: cases whose time has run out.
        refuse(moved.filter_map(|case| Some(out_of_reach(&case.case_ref, cases.get(&case.case_ref)?))))
    }
}

/// Whether `actor` may know of an import: who sees some accounts only, of those they made themselves.
pub(super) fn sees_import(actor: &Actor, batch: &Batch) -> bool {
    actor.scope == Scope::Everything
        || actor.user_id().is_some_and(|user| batch.created_by.as_deref() == Some(user.as_str()))
}

/// Whether every one of these cases that is kept is of an account within the actor's scope.
#[boxed]
pub(super) async fn reaches_cases(
    ctx: &Ctx,
    actor: &Actor,
    source: &SourceId,
    case_refs: &[String],
) -> Result<bool, StoreError> {
    if actor.scope == Scope::Everything {
        return Ok(true);
    }
    let refs: Vec<&str> = case_refs.iter().map(String::as_str).collect();
    let kept = facts_names::cases_within(&mut ctx.begin_read().await?, &actor.scope, source, &refs).await?;
    Ok(kept.values().all(|within| *within))
}

fn out_of_reach(case_ref: &str, spoken_of: &SpokenOf) -> RowProblem {
    let kind = RowProblemKind::OutOfReach { case_ref: case_ref.to_owned() };
    RowProblem { row: spoken_of.row, column: "case", kind }
}

fn refuse(found: impl Iterator<Item = RowProblem>) -> Result<(), IngestError> {
    let mut found: Vec<RowProblem> = found.collect();
    found.sort_by_key(|problem| problem.row);
    let mut rows = Rows { n_rows: 1, ..Rows::default() };
    found.into_iter().for_each(|problem| rows.note(problem));
    problems(&mut rows).map_or(Ok(()), Err)
}
