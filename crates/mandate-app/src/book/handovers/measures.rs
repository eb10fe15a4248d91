//! Measures in a handover: who of ours answers for one stands in the measure, which the room of facts keeps.
//!
//! Only whoever may change measures plans that they go over; on the day they go as planned.

use std::collections::BTreeSet;

use mandate_domain::Id;
use mandate_domain::audit::AuditRecord;
use mandate_domain::book::{HandoverItem, ItemRefusal, Matter, Person};
use mandate_domain::facts::kpi::Kpi;
use mandate_store::facts::kpis::load_kpi;
use mandate_store::{StoreError, WriteTx};

use super::moves::{Going, Moved};
use crate::ctx::{Actor, Ctx};
use crate::facts::kpi::give_kpi;

/// Gives each measure of `going` to its successor, or back.
pub(super) async fn go_measures(
    tx: &mut WriteTx,
    ctx: &Ctx,
    actor: &Actor,
    (going, gone): (&Going<'_>, &BTreeSet<String>),
    moved: &mut Moved,
) -> Result<(), StoreError> {
    for (at, item) in going.items.iter().enumerate().filter(|(_, item)| item.matter == Matter::Measure) {
        match go_one(tx, ctx, actor, (going, gone), item).await? {
            Ok((before, record)) => {
                moved.before.insert(at, before);
                moved.audit.push(record);
            }
            Err(why) => drop(moved.refused.insert(at, why)),
        }
    }
    Ok(())
}

async fn go_one(
    tx: &mut WriteTx,
    ctx: &Ctx,
    actor: &Actor,
    (going, gone): (&Going<'_>, &BTreeSet<String>),
    item: &HandoverItem,
) -> Result<Result<(String, AuditRecord), ItemRefusal>, StoreError> {
    let (had, gets) = going.values(item);
    let Some(gets) = gets else { return Ok(Err(ItemRefusal::NoSuccessor)) };
    if gone.contains(&gets) {
        return Ok(Err(ItemRefusal::SuccessorGone));
    }
    let kpi = match Id::<Kpi>::parse(&item.record_id) {
        Ok(id) => load_kpi(tx, &id).await?,
        Err(_) => None,
    };
    let Some(kpi) = kpi else { return Ok(Err(ItemRefusal::Gone)) };
    let has = kpi.owner_person_id.as_ref().map(ToString::to_string).unwrap_or_default();
    if has != had {
        return Ok(Err(ItemRefusal::HeldByOther));
    }
    let owner = Id::<Person>::parse(&gets).ok();
    let record = give_kpi(tx, ctx, actor, &kpi, owner).await?;
    Ok(Ok((has, record)))
}
