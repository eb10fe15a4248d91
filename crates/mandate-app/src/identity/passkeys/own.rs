//! One's own passkeys: seen, named, removed. Works also in a program built without passkeys.

use mandate_domain::Id;
use mandate_domain::audit::Changes;
use mandate_domain::identity::{Passkey, User, passkey_name};
use mandate_store::WriteTx;
use mandate_store::boxed;
use mandate_store::identity as store;

use super::{PasskeyError, shown};
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};
use crate::identity::second_step::commit;

/// Whose passkeys an actor may see and change: their own, in a session.
pub(super) fn owner(actor: &Actor) -> Result<&Id<User>, PasskeyError> {
    authorise(actor, Action::OwnProfile)?;
    actor.user_id().filter(|_| actor.token_scopes.is_none()).ok_or(PasskeyError::NoSession)
}

/// The actor's passkeys, the oldest first.
///
/// # Errors
/// [`PasskeyError`] when no user acts in a session or the database failed.
#[boxed]
pub async fn list_passkeys(ctx: &Ctx, actor: &Actor) -> Result<Vec<Passkey>, PasskeyError> {
    let user = owner(actor)?;
    let stored = store::list_passkeys(&mut ctx.begin_read().await?, user).await?;
    Ok(stored.into_iter().map(shown).collect())
}

/// Names one of the actor's passkeys.
///
/// # Errors
/// [`PasskeyError::Name`], or [`PasskeyError::NotFound`] for one that is not theirs.
#[boxed]
pub async fn rename_passkey(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<Passkey>,
    name: &str,
) -> Result<Passkey, PasskeyError> {
    let user = owner(actor)?;
    let name = passkey_name(name)?;
    let mut tx = ctx.begin_write().await?;
    let mut passkey = one_of(&mut tx, user, id).await?;
    if passkey.name == name {
        return Ok(passkey);
    }
    if !store::rename_passkey(&mut tx, user, id, &name).await? {
        return Err(PasskeyError::NotFound);
    }
    let changes = Changes::new().field("passkey", Some(passkey.name), Some(name.clone()));
    passkey.name = name;
    tell(ctx, tx, actor, "passkey.renamed", changes).await?;
    Ok(passkey)
}

/// Removes one of the actor's passkeys, who has just confirmed who they are.
///
/// # Errors
/// [`PasskeyError::NotFound`] for one that is not theirs.
#[boxed]
pub async fn remove_passkey(ctx: &Ctx, actor: &Actor, id: &Id<Passkey>) -> Result<(), PasskeyError> {
    let user = owner(actor)?;
    actor.require_verified(ctx.now())?;
    let mut tx = ctx.begin_write().await?;
    let passkey = one_of(&mut tx, user, id).await?;
    if !store::delete_passkey(&mut tx, user, id).await? {
        return Err(PasskeyError::NotFound);
    }
    tell(ctx, tx, actor, "passkey.removed", Changes::new().field("passkey", Some(passkey.name), None)).await
}

async fn one_of(tx: &mut WriteTx, user: &Id<User>, id: &Id<Passkey>) -> Result<Passkey, PasskeyError> {
    let stored = store::list_passkeys(tx, user).await?;
    stored.into_iter().find(|it| it.id == *id).map(shown).ok_or(PasskeyError::NotFound)
}

/// Commits what the actor did to a passkey of theirs.
#[boxed]
pub(super) async fn tell(
    ctx: &Ctx,
    mut tx: WriteTx,
    actor: &Actor,
    action: &str,
    changes: Changes,
) -> Result<(), PasskeyError> {
    let id = actor.user_id().ok_or(PasskeyError::NoSession)?;
    let user = store::load_user(&mut tx, id).await?.ok_or(PasskeyError::NoSession)?.user;
    Ok(commit(ctx, tx, actor, action, &user, changes).await?)
}
