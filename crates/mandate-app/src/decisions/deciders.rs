//! Who decides, as everything stands now: the one who acts, and the users who could, with the walls that stand for them.
//!
//! Policies read these, so a wall that is forgotten here closes nothing: whoever has read what is sealed about a client
//! sets no prices by managing a product, in whatever role and for whomever, until two others have signed.

use mandate_domain::Purpose;
use mandate_domain::identity::{Decider, Role};
use mandate_store::identity::{self as store, Wanted};
use mandate_store::{ReadTx, StoreError, boxed};

use crate::authorise::clearance;
use crate::ctx::{Actor, Who};
use crate::settings;

/// Active users of ours, by name.
pub(super) async fn list_deciders(tx: &mut ReadTx, wanted: Wanted<'_>) -> Result<Vec<Decider>, StoreError> {
    let mut found = store::list_deciders(tx, wanted).await?;
    let only = match wanted {
        Wanted::User(id) => id,
        Wanted::Everyone | Wanted::Person(_) | Wanted::Role(_) => "",
    };
    mark_walled(tx, only, &mut found).await?;
    Ok(found)
}

/// As [`list_deciders`], to be named to `reader`: to whoever may not know who reads what is sealed, walls of others do not show. Then
/// somebody may be named who is refused; that tells less than a name that goes away.
pub(super) async fn list_named(
    tx: &mut ReadTx,
    reader: &Actor,
    wanted: Wanted<'_>,
) -> Result<Vec<Decider>, StoreError> {
    let mut found = list_deciders(tx, wanted).await?;
    let own = reader.user_id().map(ToString::to_string);
    let hides = |decider: &Decider| decider.walled && own.as_deref() != Some(decider.id.as_str());
    if !clearance(reader).has(Purpose::Candid) && found.iter().any(hides) {
        let unwalled = store::list_deciders(tx, wanted).await?;
        for decider in found.iter_mut().filter(|decider| hides(decider)) {
            if let Some(as_stored) = unwalled.iter().find(|it| it.id == decider.id) {
                *decider = as_stored.clone();
            }
        }
    }
    Ok(found)
}

/// Who acts, as far as deciding is concerned.
#[boxed]
pub(super) async fn decider_of(tx: &mut ReadTx, actor: &Actor) -> Result<Option<Decider>, StoreError> {
    let Who::User { id, name, person_id } = &actor.who else { return Ok(None) };
    let mut own = [Decider {
        id: id.to_string(),
        name: name.clone(),
        person_id: person_id.clone(),
        roles: actor.roles.clone(),
        walled: false,
    }];
    mark_walled(tx, id.as_str(), &mut own).await?;
    Ok(own.into_iter().next())
}

/// Notes whose wall stands; it takes the product manager's role away, as a request of theirs would find it.
async fn mark_walled(tx: &mut ReadTx, only: &str, deciders: &mut [Decider]) -> Result<(), StoreError> {
    let walled = store::list_walled(tx, only).await?;
    if walled.is_empty() || settings::load_in(tx).await?.walls_down {
        return Ok(());
    }
    for decider in deciders.iter_mut().filter(|decider| walled.contains(&decider.id)) {
        decider.walled = true;
        decider.roles.retain(|role| *role != Role::ProductManager);
    }
    Ok(())
}
