//! Planning a handover: what somebody holds, who takes it, from when; changing that, and calling it off.
//!
//! Before anything is kept it is tried out by the planner's own rights and taken back, so that a successor who cannot take an account
//! is refused at the account, and not on the day.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use mandate_domain::Id;
use mandate_domain::audit::{AuditRecord, Changes};
use mandate_domain::book::{
    Draft, FieldProblem, FieldProblems, Handover, HandoverItem, HandoverState, HandoverTerms, ItemRefusal,
    ItemState, Kind, Matter, Person, Saved, Side,
};
use mandate_store::book as store;
use mandate_store::reads::handovers::{Holding, list_holdings};
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};

use super::moves::{Going, Way, go};
use super::rights::{held_rights, name_users};
use super::{
    HandoverError, HandoverPage, HandoverPreview, all_theirs, event, is_over, lacks_to_plan, load,
    load_to_steer, name_of, page, person_name,
};
use crate::authorise::{Action, authorise};
use crate::book::errors::BookError;
use crate::ctx::{Actor, Ctx};
use crate::error::{FieldError, Message};

/// A handover as it is typed.
#[derive(Clone, Debug, Default)]
pub struct HandoverDraft {
    /// `kind`, `from`, `effective_on`, `time_zone`, `reason`.
    pub terms: Draft,
    /// Who takes what has no successor of its own: a person's id, or nothing.
    pub successor: String,
    /// Who takes what belongs to an account, or a record that belongs to none: by its id, a person's id.
    pub successors: BTreeMap<String, String>,
    /// The accounts and records that go over; all without any.
    pub only: BTreeSet<String>,
}

/// What of theirs a matter stands under in a form: its account, or the record itself where it has none.
fn place_of(account_id: Option<&str>, record_id: &str) -> String {
    account_id.unwrap_or(record_id).to_owned()
}

/// The name of the field that says who takes what stands under `place`.
fn field_of(place: &str) -> String {
    format!("to:{place}")
}

async fn one_of_ours(
    tx: &mut ReadTx,
    actor: &Actor,
    id: &Id<Person>,
) -> Result<Option<Saved<Person>>, StoreError> {
    let person = store::load::<Person>(tx, &actor.scope, id).await?;
    Ok(person.filter(|person| person.side == Side::Provider))
}

/// Everything `from` answers for that the actor may see: what a handover would carry over.
///
/// # Errors
/// [`HandoverError::Book`] when it is none of our people.
#[boxed]
pub async fn preview_handover(
    ctx: &Ctx,
    actor: &Actor,
    from: &Id<Person>,
) -> Result<HandoverPreview, HandoverError> {
    authorise(actor, Action::WriteBook)?;
    let mut tx = ctx.begin_read().await?;
    let person =
        one_of_ours(&mut tx, actor, from).await?.ok_or(BookError::NotFound { kind: Kind::Person })?;
    let mut holdings = list_holdings(&mut tx, &actor.scope, from).await?;
    holdings.retain(|it| lacks_to_plan(actor, it.matter).is_none());
    holdings.extend(held_rights(&mut tx, ctx, actor, from).await?);
    ctx.count_reads(actor, holdings.len());
    Ok(HandoverPreview { from: from.clone(), from_name: person.name.clone(), holdings })
}

/// Plans a handover; it is carried out on its day, or at once by [`super::carry_out_handover`].
///
/// # Errors
/// [`HandoverError::Book`] with every field that is wrong, [`HandoverError::Successors`] with every account whose successor cannot
/// take it, [`HandoverError::Nothing`].
#[boxed]
pub async fn plan_handover(
    ctx: &Ctx,
    actor: &Actor,
    draft: &HandoverDraft,
) -> Result<HandoverPage, HandoverError> {
    authorise(actor, Action::WriteBook)?;
    let planned = prepare(ctx, actor, draft).await?;
    let mut tx = ctx.begin_write().await?;
    let record = keep_planned(&mut tx, ctx, actor, &planned).await?;
    let shown = page(&mut tx, actor, &planned.handover.id).await?;
    tx.commit(record).await?;
    Ok(shown)
}

/// A handover that was tried out and is not kept yet.
pub(in crate::book) struct Planned {
    pub(in crate::book) handover: Handover,
    items: Vec<HandoverItem>,
    from_name: String,
}

/// Reads, looks up and tries out a handover; the caller has asked for the right.
#[boxed]
pub(in crate::book) async fn prepare(
    ctx: &Ctx,
    actor: &Actor,
    draft: &HandoverDraft,
) -> Result<Planned, HandoverError> {
    let terms = HandoverTerms::parse(&draft.terms, earliest(ctx))?;
    let mut tx = ctx.begin_read().await?;
    let unknown = || {
        let text = terms.from.to_string();
        HandoverError::from(FieldProblems::one(
            "from",
            FieldProblem::UnknownReference { kind: Kind::Person, text },
        ))
    };
    let from = one_of_ours(&mut tx, actor, &terms.from).await?.ok_or_else(unknown)?;
    let mut holdings = list_holdings(&mut tx, &actor.scope, &terms.from).await?;
    holdings.retain(|it| lacks_to_plan(actor, it.matter).is_none());
    holdings.extend(held_rights(&mut tx, ctx, actor, &terms.from).await?);
    let successors = successors(&mut tx, actor, draft, &terms.from).await?;
    let mut items = items_of(ctx, &holdings, &draft.only, &successors);
    name_users(&mut tx, &mut items).await?;
    drop(tx);
    if items.is_empty() {
        return Err(HandoverError::Nothing);
    }
    let handover = Handover {
        id: ctx.new_id(),
        kind: terms.kind,
        from_person_id: terms.from,
        effective_on: terms.effective_on,
        time_zone: terms.time_zone,
        reason: terms.reason,
        state: HandoverState::Planned,
        planned_by: actor.user_id().cloned(),
        planned_by_name: name_of(actor),
        done_at: None,
        done_by_name: String::new(),
        version: 1,
    };
    try_out(ctx, actor, &handover.from_person_id, &items).await?;
    Ok(Planned { handover, items, from_name: from.name.clone() })
}

/// Keeps a handover that was tried out; answers what goes on record.
#[boxed]
pub(in crate::book) async fn keep_planned(
    tx: &mut WriteTx,
    ctx: &Ctx,
    actor: &Actor,
    planned: &Planned,
) -> Result<AuditRecord, StoreError> {
    let handover = &planned.handover;
    store::insert_handover(tx, handover, &planned.items, ctx.now()).await?;
    let changes = Changes::new().field("kind", None, Some(handover.kind.as_str().to_owned())).field(
        "effective_on",
        None,
        Some(handover.effective_on.to_string()),
    );
    let mut record = event(ctx, actor, (handover, &planned.from_name), ("planned", changes));
    record.reason = Some(handover.reason.clone()).filter(|reason| !reason.is_empty());
    Ok(record)
}

/// Today wherever it is still the day before.
fn earliest(ctx: &Ctx) -> Date {
    let today = ctx.now().date_in(&TimeZone::UTC);
    today.yesterday().unwrap_or(today)
}

/// Those of `holdings` that stand under `only` (all without any), each with who takes it.
pub(crate) fn items_of(
    ctx: &Ctx,
    holdings: &[Holding],
    only: &BTreeSet<String>,
    successors: &Successors,
) -> Vec<HandoverItem> {
    let goes =
        |it: &&Holding| only.is_empty() || only.contains(&place_of(it.account_id.as_deref(), &it.record_id));
    holdings.iter().filter(goes).zip(1_i64..).map(|(it, at)| item_of(ctx, it, at, successors)).collect()
}

fn item_of(
    ctx: &Ctx,
    holding: &Holding,
    position: i64,
    (all, by_place): &(Option<Id<Person>>, BTreeMap<String, Id<Person>>),
) -> HandoverItem {
    let place = place_of(holding.account_id.as_deref(), &holding.record_id);
    HandoverItem {
        id: ctx.new_id(),
        position,
        matter: holding.matter,
        record_id: holding.record_id.clone(),
        account_id: holding.account_id.clone(),
        title: holding.title.clone(),
        detail: holding.detail.clone(),
        to_person_id: by_place.get(&place).or(all.as_ref()).cloned(),
        state: ItemState::Open,
        refusal: None,
        value_before: String::new(),
        done_at: None,
        done_by_name: String::new(),
        version: 1,
    }
}

/// Who takes what has no successor of its own, and who takes what stands under an account or a record.
pub(crate) type Successors = (Option<Id<Person>>, BTreeMap<String, Id<Person>>);

/// The successors that are named, each one of ours and another than who hands over; all that are not are told at once.
async fn successors(
    tx: &mut ReadTx,
    actor: &Actor,
    draft: &HandoverDraft,
    from: &Id<Person>,
) -> Result<Successors, HandoverError> {
    let mut fields = vec![];
    let (mut all, mut by_place) = (None, BTreeMap::new());
    let named = std::iter::once((None, &draft.successor))
        .chain(draft.successors.iter().map(|(place, to)| (Some(place), to)));
    for (place, text) in named.filter(|(_, text)| !text.trim().is_empty()) {
        let field = place.map_or_else(|| "successor".to_owned(), |place| field_of(place));
        match successor(tx, actor, text.trim(), from).await? {
            Ok(id) => match place {
                None => all = Some(id),
                Some(place) => drop(by_place.insert(place.clone(), id)),
            },
            Err(message) => fields.push(FieldError { field, message }),
        }
    }
    if fields.is_empty() { Ok((all, by_place)) } else { Err(HandoverError::Successors { fields }) }
}

async fn successor(
    tx: &mut ReadTx,
    actor: &Actor,
    text: &str,
    from: &Id<Person>,
) -> Result<Result<Id<Person>, Message>, StoreError> {
    let id = Id::<Person>::parse(text).ok();
    if id.as_ref() == Some(from) {
        return Ok(Err(Message::new("handover-error-same")));
    }
    let person = match &id {
        Some(id) => one_of_ours(tx, actor, id).await?,
        None => None,
    };
    Ok(person.map(|person| person.id).ok_or_else(|| {
        let text: String = text.chars().take(60).collect();
        crate::book::errors::problem_message(&FieldProblem::UnknownReference { kind: Kind::Person, text })
    }))
}

/// Moves the items as they would on their day, and takes it back: what is refused is told at its account.
async fn try_out(
    ctx: &Ctx,
    actor: &Actor,
    from: &Id<Person>,
    items: &[HandoverItem],
) -> Result<(), HandoverError> {
    let mut tx = ctx.begin_write().await?;
    let going = Going { from, way: Way::Over, items, reason: "" };
    let moved = go(&mut tx, ctx, actor, &going).await?;
    drop(tx);
    let mut refused = moved.refused;
    let rights = items.iter().enumerate().filter(|(_, item)| {
        let is_own = actor.person_id().is_some() && item.to_person_id.as_ref() == actor.person_id();
        item.matter == Matter::DecisionRight && is_own
    });
    refused.extend(rights.map(|(at, _)| (at, ItemRefusal::DecidesHere)));
    if authorise(actor, Action::GrantRights).is_err() {
        // However a matter stands today: on its day it is Mandate that carries it over.
        let to_oneself = items.iter().enumerate().filter(|(_, item)| {
            let decides =
                matches!(item.matter, Matter::AccountManager | Matter::Negotiator | Matter::Product);
            decides && actor.person_id().is_some() && item.to_person_id.as_ref() == actor.person_id()
        });
        refused.extend(to_oneself.map(|(at, _)| (at, ItemRefusal::DecidesHere)));
    }
    let mut fields: Vec<FieldError> = vec![];
    for (at, why) in refused {
        // Who takes it may be said later, and what changes meanwhile is told on the day.
        if !matches!(why, ItemRefusal::SuccessorGone | ItemRefusal::DecidesHere | ItemRefusal::NoUser) {
            continue;
        }
        let item = &items[at];
        let field = field_of(&place_of(item.account_id.as_deref(), &item.record_id));
        if fields.iter().all(|error| error.field != field) {
            let message = Message::new("handover-error-refused")
                .with("title", item.title.as_str())
                .with("why", why.as_str());
            fields.push(FieldError { field, message });
        }
    }
    if fields.is_empty() { Ok(()) } else { Err(HandoverError::Successors { fields }) }
}

/// Sets the day, the zone and what to know of a planned handover; fields that `draft` does not name stay.
///
/// # Errors
/// [`HandoverError::Refused`] when its day has come.
#[boxed]
pub async fn change_handover(
    ctx: &Ctx,
    actor: &Actor,
    (id, version): (&Id<Handover>, Option<i64>),
    draft: &Draft,
) -> Result<HandoverPage, HandoverError> {
    authorise(actor, Action::WriteBook)?;
    let mut tx = ctx.begin_write().await?;
    let loaded = load_to_steer(&mut tx, actor, (id, version)).await?;
    loaded.0.may_change()?;
    all_theirs(actor, &loaded)?;
    let (before, _) = loaded;
    let stands = Draft::new()
        .with("kind", before.kind.as_str())
        .with("from", before.from_person_id.as_str())
        .with("effective_on", before.effective_on.to_string())
        .with("time_zone", &before.time_zone)
        .with("reason", &before.reason);
    let mut given = Draft::new();
    for field in ["effective_on", "time_zone", "reason"].into_iter().filter(|field| draft.has(field)) {
        given.set(field, draft.get(field));
    }
    let terms = HandoverTerms::parse(&stands.overlaid(&given), earliest(ctx))?;
    let after = Handover {
        effective_on: terms.effective_on,
        time_zone: terms.time_zone,
        reason: terms.reason,
        ..before.clone()
    };
    let changes = Changes::new()
        .field("effective_on", Some(before.effective_on.to_string()), Some(after.effective_on.to_string()))
        .field("time_zone", Some(before.time_zone.clone()), Some(after.time_zone.clone()))
        .field("reason", Some(before.reason.clone()), Some(after.reason.clone()));
    if after != before {
        store::save_handover(&mut tx, &after, ctx.now()).await?;
        let from = person_name(&mut tx, &after.from_person_id).await?;
        let shown = page(&mut tx, actor, id).await?;
        tx.commit(event(ctx, actor, (&after, &from), ("changed", changes))).await?;
        return Ok(shown);
    }
    page(&mut tx, actor, id).await
}

/// Gives matters that are open to a successor, or leaves them where they are (`to` is nothing). `chosen` names each with the version
/// that was seen.
///
/// # Errors
/// [`HandoverError::Successors`] when they cannot take it, [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn give_items(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<Handover>,
    chosen: &[(Id<HandoverItem>, i64)],
    to: Option<&str>,
) -> Result<HandoverPage, HandoverError> {
    authorise(actor, Action::WriteBook)?;
    let mut tx = ctx.begin_read().await?;
    let (handover, items) = load(&mut tx, &actor.scope, id).await?;
    if is_over(&handover) {
        handover.may_carry_out()?;
    }
    let to = match to {
        None => None,
        Some(text) => match successor(&mut tx, actor, text.trim(), &handover.from_person_id).await? {
            Ok(person) => Some(person),
            Err(message) => {
                let fields = vec![FieldError { field: "successor".to_owned(), message }];
                return Err(HandoverError::Successors { fields });
            }
        },
    };
    let mut given = vec![];
    for (item_id, version) in chosen {
        let item =
            items.iter().find(|item| item.id == *item_id && lacks_to_plan(actor, item.matter).is_none());
        let item = item.ok_or(HandoverError::NotFound)?;
        if item.version != *version || !(item.is_open() || item.state == ItemState::Stays) {
            return Err(StoreError::Stale { table: "handover_item" }.into());
        }
        let state = if to.is_some() { ItemState::Open } else { ItemState::Stays };
        let to_person_id = to.clone().or_else(|| item.to_person_id.clone());
        given.push(HandoverItem { to_person_id, state, refusal: None, ..item.clone() });
    }
    name_users(&mut tx, &mut given).await?;
    drop(tx);
    if given.is_empty() {
        let fields = vec![FieldError {
            field: "item".to_owned(),
            message: Message::new("handover-error-none-chosen"),
        }];
        return Err(HandoverError::Successors { fields });
    }
    if to.is_some() {
        try_out(ctx, actor, &handover.from_person_id, &given).await?;
    }
    let mut tx = ctx.begin_write().await?;
    for item in &given {
        store::save_handover_item(&mut tx, item).await?;
    }
    let from = person_name(&mut tx, &handover.from_person_id).await?;
    let changes = Changes::new().field("to_person", None, to.as_ref().map(ToString::to_string)).field(
        "n_matters",
        None,
        Some(given.len().to_string()),
    );
    let shown = page(&mut tx, actor, id).await?;
    tx.commit(event(ctx, actor, (&handover, &from), ("given", changes))).await?;
    Ok(shown)
}

/// Calls a planned handover off.
///
/// # Errors
/// [`HandoverError::Refused`] when its day has come.
#[boxed]
pub async fn cancel_handover(
    ctx: &Ctx,
    actor: &Actor,
    (id, version): (&Id<Handover>, Option<i64>),
) -> Result<HandoverPage, HandoverError> {
    authorise(actor, Action::WriteBook)?;
    let mut tx = ctx.begin_write().await?;
    let (before, _) = load_to_steer(&mut tx, actor, (id, version)).await?;
    before.may_change()?;
    let after = Handover { state: HandoverState::Cancelled, ..before.clone() };
    store::save_handover(&mut tx, &after, ctx.now()).await?;
    let from = person_name(&mut tx, &after.from_person_id).await?;
    let shown = page(&mut tx, actor, id).await?;
    tx.commit(event(ctx, actor, (&after, &from), ("cancelled", Changes::new()))).await?;
    Ok(shown)
}
