//! Amendments: two of one subject do not hold on the same day, and the terms of one are put into its contract on its day.
//!
//! A contract always states the terms in force; its amendments say since when and what will change. Days are those of the
//! contract's own zone. What was applied is corrected by a new amendment, not by changing the old one.

use jiff::tz::TimeZone;
use mandate_domain::audit::AuditRecord;
use mandate_domain::book::{Amendment, Contract, Draft, FieldProblem, Parts, Record, Saved};
use mandate_domain::{Clearance, Id};
use mandate_store::book::{self as store, Stored};
use mandate_store::reads::Scope;
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};

use super::plan::{Outcome, Planned, RowProblem, record_of};
use crate::ctx::{Actor, Ctx};

/// The fields of an amendment that change the contract's.
const TERMS: [&str; 5] = ["ends_on", "renews_on", "notice_days", "notice_months", "price_change_on"];

/// Whether an amendment's terms were put into its contract.
pub(super) fn has_amended(amendment: &Draft) -> bool {
    amendment.get("applied") == "yes" && TERMS.iter().any(|field| amendment.states(field))
}

/// What the planned amendments break together with those stored.
#[boxed]
pub(super) async fn check<R: Stored>(
    tx: &mut ReadTx,
    rows: &[Planned<R>],
) -> Result<Vec<RowProblem>, StoreError> {
    let mut problems = vec![];
    let mut planned: Vec<(usize, Id<Amendment>, Amendment)> = vec![];
    for row in rows {
        let any: &dyn std::any::Any = &row.saved.record;
        let Some(amendment) = any.downcast_ref::<Amendment>() else { continue };
        let Ok(id) = Id::parse(row.saved.id.as_str()) else { continue };
        if row.outcome == Outcome::Changed && row.before.get("applied") == "yes" {
            let after = row.saved.draft(Clearance::NONE);
            let moved = TERMS.iter().chain(&["contract", "effective_on"]);
            for field in moved.copied().filter(|field| row.before.get(field) != after.get(field)) {
                let problem = FieldProblem::AppliedAlready;
                problems.push(RowProblem { number: row.number, field, problem });
            }
        }
        if row.outcome != Outcome::Same
            && let Some(contract) =
                store::load::<Contract>(tx, &Scope::Everything, &amendment.contract_id).await?
        {
            let days = [("ends_on", amendment.ends_on), ("renews_on", amendment.renews_on)];
            let early = |(_, day): &(&str, Option<jiff::civil::Date>)| {
                day.is_some_and(|day| day < contract.starts_on)
            };
            for (field, day) in days.into_iter().filter(early) {
                let (date, other) = (day.unwrap_or_default(), contract.starts_on);
                let problem = FieldProblem::Before { date, field: "starts_on", other };
                problems.push(RowProblem { number: row.number, field, problem });
            }
        }
        planned.push((row.number, id, amendment.clone()));
    }
    for (position, (number, id, amendment)) in planned.iter().enumerate() {
        let of_file = planned[..position].iter().map(|(_, id, it)| (id.clone(), it.clone()));
        let stored = store::amendments_of(tx, &amendment.contract_id).await?;
        let stored = stored.into_iter().map(|it| (it.id.clone(), it.record));
        let is_planned = |other: &Id<Amendment>| planned.iter().any(|(_, id, _)| id == other);
        let others = of_file.chain(stored.filter(|(other, _)| !is_planned(other)));
        let mut others = others.filter(|(other, _)| other != id);
        if let Some((_, other)) = others.find(|(_, other)| amendment.overlaps(other)) {
            let problem = FieldProblem::Overlaps {
                title: other.title,
                from: other.effective_on,
                until: other.effective_until,
            };
            problems.push(RowProblem { number: *number, field: "effective_on", problem });
        }
    }
    Ok(problems)
}

/// Puts the terms of every amendment whose day has come into its contract; how many
/// took effect. The server asks for it
/// every hour, so that a day is not missed in any zone.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn apply_due_amendments(ctx: &Ctx) -> Result<usize, StoreError> {
    let actor = Actor::system();
    let waiting =
        store::unapplied_amendments(&mut ctx.begin_read().await?, ctx.now().date_in(&TimeZone::UTC)).await?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let mut tx = ctx.begin_write().await?;
    let audit = apply_due(&mut tx, ctx, &actor).await?;
    let n_applied = audit.iter().filter(|record| record.action == "amendment.applied").count();
    if !audit.is_empty() {
        tx.commit_all(audit).await?;
    }
    Ok(n_applied)
}

/// Puts the terms of every amendment whose day has come into its contract, the earliest first; returns what goes on record.
#[boxed]
pub(super) async fn apply_due(
    tx: &mut WriteTx,
    ctx: &Ctx,
    actor: &Actor,
) -> Result<Vec<AuditRecord>, StoreError> {
    let now = ctx.now();
    let mut audit = vec![];
    for amendment in store::unapplied_amendments(tx, now.date_in(&TimeZone::UTC)).await? {
        let contract = store::load::<Contract>(tx, &Scope::Everything, &amendment.contract_id).await?;
        let Some(contract) = contract else { continue };
        let zone = TimeZone::get(&contract.time_zone).unwrap_or(TimeZone::UTC);
        if now.date_in(&zone) < amendment.effective_on {
            continue;
        }
        let before = contract.draft(Clearance::NONE);
        let amended = amendment.amend(&contract.record);
        let account_id = contract.account_id.to_string();
        if amended != contract.record {
            let account_id = Some(account_id.clone());
            let saved = Saved { record: amended, ..contract };
            store::save(tx, &saved, Parts::OPEN, now).await?;
            let mut record = record_of(ctx, actor, &Planned::changed(0, saved, before, account_id));
            record.action = "contract.amended".to_owned();
            record.reason = Some(format!("{} ({})", amendment.title, amendment.id));
            audit.push(record);
        }
        store::mark_applied(tx, &amendment).await?;
        let before = amendment.draft(Clearance::NONE);
        let account_id = Some(account_id);
        let applied = Amendment { applied: true, ..amendment.record.clone() };
        let applied = Saved { record: applied, ..amendment };
        let mut record = record_of(ctx, actor, &Planned::changed(0, applied, before, account_id));
        record.action = "amendment.applied".to_owned();
        audit.push(record);
    }
    Ok(audit)
}
