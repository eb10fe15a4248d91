//! Decision rights in a handover: what was granted to somebody by name is granted to the successor instead, and taken back from them.
//!
//! Only whoever grants rights plans it, and never for themselves. As whom the successor signs in is settled when it is planned: whoever
//! became that person since gets nothing. A right of a position goes with the position by itself.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use mandate_domain::Id;
use mandate_domain::audit::AuditRecord;
use mandate_domain::book::{HandoverItem, ItemRefusal, Matter, Person};
use mandate_domain::identity::{DecisionRight, RightStanding, User};
use mandate_store::identity::{list_rights_held, load_right};
use mandate_store::reads::handovers::{Holding, users_of};
use mandate_store::{ReadTx, StoreError, WriteTx};

use super::moves::{Going, Moved, Way};
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};
use crate::decisions::{hand_right_over, name_of};

/// The rights that `from` was granted by name, for whoever may grant them to others.
pub(super) async fn held_rights(
    tx: &mut ReadTx,
    ctx: &Ctx,
    actor: &Actor,
    from: &Id<Person>,
) -> Result<Vec<Holding>, StoreError> {
    if authorise(actor, Action::GrantRights).is_err() {
        return Ok(vec![]);
    }
    let today = ctx.now().date_in(&TimeZone::UTC);
    let mut held = vec![];
    for (user, _) in users_of(tx, from).await? {
        for right in list_rights_held(tx, &user, today).await? {
            held.push(Holding {
                matter: Matter::DecisionRight,
                record_id: right.id.to_string(),
                title: name_of(&right),
                account_id: None,
                account: String::new(),
                detail: String::new(),
                due_on: None,
            });
        }
    }
    Ok(held)
}

/// Settles as whom the successors of rights sign in.
pub(super) async fn name_users(tx: &mut ReadTx, items: &mut [HandoverItem]) -> Result<(), StoreError> {
    for item in items.iter_mut().filter(|item| item.matter == Matter::DecisionRight) {
        item.detail = match &item.to_person_id {
            Some(person) => active_user(tx, person).await?.map(|user| user.to_string()).unwrap_or_default(),
            None => String::new(),
        };
    }
    Ok(())
}

async fn active_user(tx: &mut ReadTx, person: &Id<Person>) -> Result<Option<Id<User>>, StoreError> {
    Ok(users_of(tx, person).await?.into_iter().find(|(_, active)| *active).map(|(user, _)| user))
}

/// Gives each right of `going` to its successor, or back.
pub(super) async fn go_rights(
    tx: &mut WriteTx,
    ctx: &Ctx,
    actor: &Actor,
    (going, gone): (&Going<'_>, &BTreeSet<String>),
    moved: &mut Moved,
) -> Result<(), StoreError> {
    for (at, item) in going.items.iter().enumerate().filter(|(_, it)| it.matter == Matter::DecisionRight) {
        let found = match going.way {
            Way::Over => over(tx, ctx, (going, gone), item).await?,
            Way::Back => back(tx, item).await?,
        };
        match found {
            // Nobody grants a right to themselves.
            Ok((_, to)) if Some(&to) == actor.user_id() => {
                moved.refused.insert(at, ItemRefusal::DecidesHere);
            }
            Ok((right, to)) => {
                let (granted, records): (DecisionRight, Vec<AuditRecord>) =
                    hand_right_over(tx, ctx, actor, &right, &to).await?;
                moved.before.insert(at, granted.id.to_string());
                moved.audit.extend(records);
            }
            Err(why) => drop(moved.refused.insert(at, why)),
        }
    }
    Ok(())
}

type Found = Result<(DecisionRight, Id<User>), ItemRefusal>;

async fn standing_right(tx: &mut ReadTx, id: &str) -> Result<Option<DecisionRight>, StoreError> {
    match Id::<DecisionRight>::parse(id) {
        Ok(id) => load_right(tx, &id).await,
        Err(_) => Ok(None),
    }
}

/// The right as it stands, and who gets it.
async fn over(
    tx: &mut ReadTx,
    ctx: &Ctx,
    (going, gone): (&Going<'_>, &BTreeSet<String>),
    item: &HandoverItem,
) -> Result<Found, StoreError> {
    let Some(to) = &item.to_person_id else { return Ok(Err(ItemRefusal::NoSuccessor)) };
    if gone.contains(to.as_str()) {
        return Ok(Err(ItemRefusal::SuccessorGone));
    }
    let Some(right) = standing_right(tx, &item.record_id).await? else { return Ok(Err(ItemRefusal::Gone)) };
    let today = ctx.now().date_in(&TimeZone::UTC);
    let is_over = matches!(
        right.standing(today),
        RightStanding::Revoked | RightStanding::Expired | RightStanding::Lapsed
    );
    if is_over {
        return Ok(Err(ItemRefusal::Settled));
    }
    let holders = users_of(tx, going.from).await?;
    if !right.holder.user().is_some_and(|holder| holders.iter().any(|(user, _)| user == holder)) {
        return Ok(Err(ItemRefusal::HeldByOther));
    }
    let user = active_user(tx, to).await?.filter(|user| user.as_str() == item.detail);
    Ok(user.map(|user| (right, user)).ok_or(ItemRefusal::NoUser))
}

/// The right that the handover granted, untouched since, and whose it was.
async fn back(tx: &mut ReadTx, item: &HandoverItem) -> Result<Found, StoreError> {
    let granted = standing_right(tx, &item.value_before).await?;
    let untouched = granted.filter(|right| {
        right.version == 1 && right.holder.user().is_some_and(|holder| holder.as_str() == item.detail)
    });
    let Some(right) = untouched else { return Ok(Err(ItemRefusal::HeldByOther)) };
    let was = standing_right(tx, &item.record_id).await?;
    let holder = was.and_then(|was| was.holder.user().cloned());
    Ok(holder.map(|holder| (right, holder)).ok_or(ItemRefusal::Gone))
}
