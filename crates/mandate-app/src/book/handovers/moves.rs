//! What going over does to the records: each matter's field is changed by the rules of any other change, or says why it cannot be.
//!
//! The same function tries before it is planned (and then nothing is written) and carries it out on the day.

use std::collections::{BTreeMap, BTreeSet};

use mandate_domain::audit::{AuditRecord, Changes};
use mandate_domain::book::{
    Account, Draft, Expectation, FieldProblem, HandoverItem, ItemRefusal, Kind, LineOfBusiness, Matter,
    Opportunity, Person, PersonRole, Product, Promise, Side, Team,
};
use mandate_domain::{Clearance, Id};
use mandate_store::book::{self as store, Stored};
use mandate_store::reads::Scope;
use mandate_store::{ReadTx, StoreError, WriteTx};

use super::measures::go_measures;
use super::rights::go_rights;
use crate::book::plan::{Row, Target, apply, plan};
use crate::ctx::{Actor, Ctx, Subject};

/// Which way: the item's person before, and who has it after. `None` leaves the field as the item kept it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// To the successor.
    Over,
    /// Back to what it said before.
    Back,
}

/// What became of items, by their place in the slice: nothing where it went over.
#[derive(Default)]
pub(super) struct Moved {
    pub(super) refused: BTreeMap<usize, ItemRefusal>,
    /// What the field said before.
    pub(super) before: BTreeMap<usize, String>,
    pub(super) audit: Vec<AuditRecord>,
}

/// Who hands over, and which way the matters go.
pub(super) struct Going<'a> {
    pub(super) from: &'a Id<Person>,
    pub(super) way: Way,
    pub(super) items: &'a [HandoverItem],
    /// Why, for the records.
    pub(super) reason: &'a str,
}

impl Going<'_> {
    fn of(&self, kind: Kind) -> Vec<(usize, &HandoverItem, &'static str)> {
        let field = |(at, item): (usize, &'_ HandoverItem)| {
            item.matter.field().filter(|(of, _)| *of == kind).map(|(_, field)| (at, field))
        };
        let found: Vec<(usize, &'static str)> = self.items.iter().enumerate().filter_map(field).collect();
        found.into_iter().map(|(at, field)| (at, &self.items[at], field)).collect()
    }

    /// Who has to have it now, and who gets it.
    pub(super) fn values(&self, item: &HandoverItem) -> (String, Option<String>) {
        let successor = item.to_person_id.as_ref().map(ToString::to_string);
        match self.way {
            Way::Over => (self.from.to_string(), successor),
            Way::Back => (successor.unwrap_or_default(), Some(item.value_before.clone())),
        }
    }
}

/// Moves all items of `going`, whatever their kind; the caller drops the transaction if it was only to try.
pub(super) async fn go(
    tx: &mut WriteTx,
    ctx: &Ctx,
    actor: &Actor,
    going: &Going<'_>,
) -> Result<Moved, StoreError> {
    let mut moved = Moved::default();
    let gone = gone_people(tx, ctx, going).await?;
    go_by_field::<Account>(tx, ctx, actor, (going, &gone), &mut moved).await?;
    go_by_field::<Promise>(tx, ctx, actor, (going, &gone), &mut moved).await?;
    go_by_field::<Expectation>(tx, ctx, actor, (going, &gone), &mut moved).await?;
    go_by_field::<Opportunity>(tx, ctx, actor, (going, &gone), &mut moved).await?;
    go_by_field::<Product>(tx, ctx, actor, (going, &gone), &mut moved).await?;
    go_by_field::<LineOfBusiness>(tx, ctx, actor, (going, &gone), &mut moved).await?;
    go_by_field::<Team>(tx, ctx, actor, (going, &gone), &mut moved).await?;
    go_work(tx, ctx, actor, (going, &gone), &mut moved).await?;
    go_measures(tx, ctx, actor, (going, &gone), &mut moved).await?;
    go_rights(tx, ctx, actor, (going, &gone), &mut moved).await?;
    if !going.reason.is_empty() {
        moved.audit.iter_mut().for_each(|record| record.reason = Some(going.reason.to_owned()));
    }
    Ok(moved)
}

/// Successors who cannot take anything: not ours, in the trash, or gone by today.
async fn gone_people(tx: &mut ReadTx, ctx: &Ctx, going: &Going<'_>) -> Result<BTreeSet<String>, StoreError> {
    let today = ctx.now().date_in(&jiff::tz::TimeZone::UTC);
    let mut gone = BTreeSet::new();
    let asked: BTreeSet<&Id<Person>> = match going.way {
        Way::Over => going.items.iter().filter_map(|item| item.to_person_id.as_ref()).collect(),
        Way::Back => BTreeSet::new(),
    };
    for id in asked {
        let person = store::load::<Person>(tx, &Scope::Everything, id).await?;
        let is_with_us =
            |person: &Person| person.side == Side::Provider && person.left_on.is_none_or(|day| today < day);
        if !person.is_some_and(|person| is_with_us(&person)) {
            gone.insert(id.to_string());
        }
    }
    Ok(gone)
}

async fn go_by_field<R: Stored>(
    tx: &mut WriteTx,
    ctx: &Ctx,
    actor: &Actor,
    (going, gone): (&Going<'_>, &BTreeSet<String>),
    moved: &mut Moved,
) -> Result<(), StoreError> {
    let (mut rows, mut at_rows): (Vec<Row<R>>, Vec<Vec<usize>>) = (vec![], vec![]);
    let mut by_record: BTreeMap<&str, Vec<(usize, &HandoverItem, &'static str)>> = BTreeMap::new();
    for (at, item, field) in going.of(R::KIND) {
        by_record.entry(item.record_id.as_str()).or_default().push((at, item, field));
    }
    for (id, items) in by_record {
        let saved = match Id::<R>::parse(id) {
            Ok(id) => store::load::<R>(tx, &actor.scope, &id).await?,
            Err(_) => None,
        };
        let Some(saved) = saved else {
            moved.refused.extend(items.iter().map(|(at, ..)| (*at, ItemRefusal::Gone)));
            continue;
        };
        let stands = saved.draft(Clearance::NONE);
        let (mut draft, mut moving) = (Draft::new(), vec![]);
        for (at, item, field) in items {
            match refusal(going, gone, item, &stands, field) {
                Some(why) => drop(moved.refused.insert(at, why)),
                None => {
                    draft.set(field, going.values(item).1.unwrap_or_default());
                    moved.before.insert(at, stands.get(field).to_owned());
                    moving.push(at);
                }
            }
        }
        if !moving.is_empty() {
            rows.push(Row { number: at_rows.len(), draft, target: Target::Existing(Box::new(saved)) });
            at_rows.push(moving);
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    let mut plan = plan::<R>(tx, ctx, actor, rows).await?;
    for problem in std::mem::take(&mut plan.problems) {
        plan.rows.retain(|row| row.number != problem.number);
        let why = match problem.problem {
            FieldProblem::DecidesHere => ItemRefusal::DecidesHere,
            FieldProblem::UnknownReference { kind: Kind::Person, .. } => ItemRefusal::SuccessorGone,
            _ => ItemRefusal::BreaksARule,
        };
        for at in &at_rows[problem.number] {
            moved.refused.entry(*at).or_insert(why);
            moved.before.remove(at);
        }
    }
    moved.audit.extend(apply(tx, ctx, actor, &mut plan, ctx.now()).await?);
    Ok(())
}

/// Why an item does not go, as its record stands.
fn refusal(
    going: &Going<'_>,
    gone: &BTreeSet<String>,
    item: &HandoverItem,
    stands: &Draft,
    field: &str,
) -> Option<ItemRefusal> {
    let (had, gets) = going.values(item);
    let Some(gets) = gets else { return Some(ItemRefusal::NoSuccessor) };
    if gone.contains(&gets) {
        return Some(ItemRefusal::SuccessorGone);
    }
    // Settled work keeps the name of who did it.
    let is_settled = match item.matter {
        Matter::Promise | Matter::Expectation => stands.get("state") != "open",
        Matter::Opportunity => stands.states("closed_on"),
        _ => false,
    };
    if is_settled && going.way == Way::Over {
        return Some(ItemRefusal::Settled);
    }
    let has = stands.get(field);
    let owed = going.way == Way::Over
        && item.matter == Matter::Promise
        && has.is_empty()
        && stands.get("made_by") == had;
    if has != had && !owed { Some(ItemRefusal::HeldByOther) } else { None }
}

/// Work on accounts in other roles: a list of people and roles, not a field.
async fn go_work(
    tx: &mut WriteTx,
    ctx: &Ctx,
    actor: &Actor,
    (going, gone): (&Going<'_>, &BTreeSet<String>),
    moved: &mut Moved,
) -> Result<(), StoreError> {
    for (at, item) in going.items.iter().enumerate().filter(|(_, item)| item.matter == Matter::WorksOn) {
        match go_one_work(tx, ctx, actor, (going, gone), item).await? {
            Ok((before, record)) => {
                moved.before.insert(at, before);
                moved.audit.extend(record);
            }
            Err(why) => drop(moved.refused.insert(at, why)),
        }
    }
    Ok(())
}

/// What an undo needs to know of work: whether the successor worked there in that role before.
const WORKED_ALREADY: &str = "worked already";

async fn go_one_work(
    tx: &mut WriteTx,
    ctx: &Ctx,
    actor: &Actor,
    (going, gone): (&Going<'_>, &BTreeSet<String>),
    item: &HandoverItem,
) -> Result<Result<(String, Option<AuditRecord>), ItemRefusal>, StoreError> {
    let Some(to) = &item.to_person_id else { return Ok(Err(ItemRefusal::NoSuccessor)) };
    if gone.contains(to.as_str()) {
        return Ok(Err(ItemRefusal::SuccessorGone));
    }
    let (Some(account), Some(role)) = (super::account_of(item), PersonRole::parse(&item.detail)) else {
        return Ok(Err(ItemRefusal::Gone));
    };
    let Some(saved) = store::load::<Account>(tx, &actor.scope, &account).await? else {
        return Ok(Err(ItemRefusal::Gone));
    };
    let before = store::list_working_people(tx, &account).await?;
    let (leaver, successor) = ((going.from.clone(), role), (to.clone(), role));
    let mut after = before.clone();
    let told = match going.way {
        Way::Over => {
            if !before.contains(&leaver) {
                return Ok(Err(ItemRefusal::HeldByOther));
            }
            after.retain(|it| *it != leaver);
            let worked = after.contains(&successor);
            if !worked {
                after.push(successor);
            }
            if worked { WORKED_ALREADY.to_owned() } else { String::new() }
        }
        Way::Back => {
            if !before.contains(&successor) || before.contains(&leaver) {
                return Ok(Err(ItemRefusal::HeldByOther));
            }
            after.retain(|it| *it != successor || item.value_before == WORKED_ALREADY);
            after.push(leaver);
            String::new()
        }
    };
    store::set_working_people(tx, &account, &after).await?;
    let words = |list: &[(Id<Person>, PersonRole)]| {
        let mut words: Vec<String> =
            list.iter().map(|(id, role)| format!("{id} {}", role.as_str())).collect();
        words.sort();
        Some(words.join(", ")).filter(|words| !words.is_empty())
    };
    let changes = Changes::new().field("people", words(&before), words(&after)).into_vec();
    let subject = Subject {
        kind: "account",
        id: account.as_str(),
        name: &saved.name,
        account_id: Some(account.as_str()),
    };
    Ok(Ok((told, Some(actor.record(ctx.now(), "account.people_changed", subject, changes)))))
}
