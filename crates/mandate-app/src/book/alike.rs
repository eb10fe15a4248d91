//! Rows of a file that look like a record which is there already without their id: the same name in the same account, or the
//! same e-mail address.
//!
//! It is only looked where the file's mapping asks for it; each such row is then left out, changes that record, or is made
//! all the same. A record that has an id of the firm keeps it. Nothing here decides by itself that two are one.

use std::collections::{BTreeMap, BTreeSet};

use mandate_domain::Clearance;
use mandate_domain::book::Saved;
use mandate_domain::text::fold;
use mandate_store::book::{self as store, Stored};
use mandate_store::{ReadTx, StoreError, boxed};

use super::lookups::Lookups;
use super::mapping::{Alike, Mapping};
use super::plan::{Outcome, Plan, Planned, Row, Target, plan_with};
use crate::ctx::{Actor, Ctx};

/// A row that looks like a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LooksAlike {
    /// The row's number.
    pub row: usize,
    /// The row's name.
    pub name: String,
    /// The row's id.
    pub external_id: String,
    /// The record's id.
    pub record_id: String,
    /// The record's name.
    pub record_name: String,
    /// The id of the firm it has, if any.
    pub record_external_id: String,
    /// Whether it is the e-mail address that is the same, else the name.
    pub by_email: bool,
    /// What happens to the row.
    pub alike: Alike,
}

/// What looking came to.
#[derive(Default)]
pub(super) struct Looked {
    pub(super) found: Vec<LooksAlike>,
    pub(super) n_skipped: usize,
}

/// Which records other rows of the file are about: a row that looks like one of them is another.
#[derive(Default)]
pub(super) struct Others {
    /// The ids of the firm that any row has: of a million rows some 60 MB.
    pub(super) named: BTreeSet<String>,
    /// The records that earlier rows made, changed or look like: as much again.
    pub(super) taken: BTreeSet<String>,
}

/// Plans `rows`; where the mapping asks for it, those that look like a record as it says.
#[boxed]
pub(super) async fn plan<R: Stored>(
    tx: &mut ReadTx,
    (ctx, actor): (&Ctx, &Actor),
    rows: Vec<Row<R>>,
    (mapping, lookups, others): (Option<&Mapping>, &mut Lookups, &mut Others),
) -> Result<(Plan<R>, Looked), StoreError> {
    let Some(mapping) = mapping.filter(|mapping| mapping.alike.is_some()) else {
        return Ok((plan_with(tx, ctx, actor, rows, lookups).await?, Looked::default()));
    };
    let given: Vec<_> = rows.iter().map(|row| (row.number, row.draft.clone(), row.target.clone())).collect();
    let planned = plan_with(tx, ctx, actor, rows, lookups).await?;
    let mut alike = look::<R>(tx, actor, &planned, others).await?;
    if alike.is_empty() {
        others.taken.extend(planned.rows.iter().map(|row| row.saved.id.to_string()));
        return Ok((planned, Looked::default()));
    }
    // The rows are planned anew, so that what they make has other ids.
    lookups.forget(R::KIND);
    let mut looked = Looked::default();
    let mut rows = Vec::with_capacity(given.len());
    for (number, mut draft, mut target) in given {
        if let Some((mut found, saved)) = alike.remove(&number) {
            found.alike = mapping.alike_of(number).unwrap_or_default();
            let answer = found.alike;
            looked.found.push(found);
            match answer {
                Alike::Create => {}
                Alike::Skip => {
                    looked.n_skipped += 1;
                    // Another row that names this one means the record.
                    lookups.means(R::KIND, draft.get("external_id").trim(), saved.id.as_str());
                    continue;
                }
                Alike::Update => {
                    lookups.means(R::KIND, draft.get("external_id").trim(), saved.id.as_str());
                    if saved.external_id().is_some() {
                        draft.take_out("external_id");
                    }
                    target = Target::Existing(Box::new(saved));
                }
            }
        }
        rows.push(Row { number, draft, target });
    }
    let planned = plan_with(tx, ctx, actor, rows, lookups).await?;
    others.taken.extend(planned.rows.iter().map(|row| row.saved.id.to_string()));
    Ok((planned, looked))
}

fn email_of<R: Stored>(saved: &Saved<R>) -> String {
    saved.record.draft(Clearance::NONE).get("email").to_lowercase()
}

/// The record that each new row looks like, by the row's number; no record twice, and none that the rows change anyway.
async fn look<R: Stored>(
    tx: &mut ReadTx,
    actor: &Actor,
    planned: &Plan<R>,
    Others { named, taken }: &mut Others,
) -> Result<BTreeMap<usize, (LooksAlike, Saved<R>)>, StoreError> {
    // One without an id of the firm was looked for already (`known_by`).
    let is_new = |row: &&Planned<R>| row.outcome == Outcome::New && row.saved.external_id().is_some();
    let new: Vec<&Planned<R>> = planned.rows.iter().filter(is_new).collect();
    let names: BTreeSet<String> = new.iter().map(|row| fold(row.saved.name())).collect();
    let emails: BTreeSet<String> =
        new.iter().map(|row| email_of(&row.saved)).filter(|email| !email.is_empty()).collect();
    let there = store::load_alike::<R>(tx, &actor.scope, &names, &emails).await?;
    let there_already = planned.rows.iter().filter(|row| row.outcome != Outcome::New);
    taken.extend(there_already.map(|row| row.saved.id.to_string()));
    let mut by_name: BTreeMap<(Option<String>, String), Vec<&Saved<R>>> = BTreeMap::new();
    let mut by_email: BTreeMap<String, Vec<&Saved<R>>> = BTreeMap::new();
    for saved in &there {
        let place = (saved.account_id().map(str::to_owned), fold(saved.name()));
        by_name.entry(place).or_default().push(saved);
        by_email.entry(email_of(saved)).or_default().push(saved);
    }
    let mut found = BTreeMap::new();
    for row in new {
        let (email, name) = (email_of(&row.saved), fold(row.saved.name()));
        let same_email = by_email.get(&email).filter(|_| !email.is_empty());
        let same_name = by_name.get(&(row.saved.account_id().map(str::to_owned), name));
        let free = |saved: &&&Saved<R>| {
            !taken.contains(saved.id.as_str()) && saved.external_id().is_none_or(|id| !named.contains(id))
        };
        let by_email = same_email.and_then(|same| same.iter().find(free));
        let Some(saved) = by_email.or_else(|| same_name.and_then(|same| same.iter().find(free))) else {
            continue;
        };
        let alike = LooksAlike {
            row: row.number,
            name: row.saved.name().to_owned(),
            external_id: row.saved.external_id().unwrap_or_default().to_owned(),
            record_id: saved.id.to_string(),
            record_name: saved.name().to_owned(),
            record_external_id: saved.external_id().unwrap_or_default().to_owned(),
            by_email: by_email.is_some(),
            alike: Alike::Create,
        };
        taken.insert(saved.id.to_string());
        found.insert(row.number, (alike, (*saved).clone()));
    }
    Ok(found)
}
