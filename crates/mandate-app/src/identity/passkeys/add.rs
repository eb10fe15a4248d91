//! Adding a passkey: the browser is asked for a new key, and what the device answers is checked and kept.

use mandate_domain::audit::Changes;
use mandate_domain::identity::{MOST_PASSKEYS, Passkey, passkey_name};
use mandate_store::boxed;
use mandate_store::identity::{self as store, StoredPasskey};

use super::own::{owner, tell};
use super::{PasskeyError, PasskeyQuestion, RelyingParty, ask, ceremony, shown, take};
use crate::ctx::{Actor, Ctx};

/// Asks the actor's browser for a new passkey; they have just confirmed who they are.
///
/// # Errors
/// [`PasskeyError::TooManyKeys`], or [`PasskeyError::NotBuilt`] in a program without passkeys.
#[boxed]
pub async fn begin_passkey(
    ctx: &Ctx,
    actor: &Actor,
    rp: &RelyingParty,
) -> Result<PasskeyQuestion, PasskeyError> {
    let id = owner(actor)?;
    actor.require_verified(ctx.now())?;
    let (user, known) = {
        let mut tx = ctx.begin_read().await?;
        let user = store::load_user(&mut tx, id).await?.ok_or(PasskeyError::NoSession)?.user;
        (user, store::list_passkeys(&mut tx, id).await?)
    };
    if known.len() >= MOST_PASSKEYS {
        return Err(PasskeyError::TooManyKeys);
    }
    let asked = ceremony::ask_for_key(rp, &user, &known)?;
    Ok(ask(ctx, Some(id), asked).await?)
}

/// Keeps the passkey that the actor's device made.
///
/// # Errors
/// [`PasskeyError`]; a question is used up by its first answer, also by one that is refused.
#[boxed]
pub async fn add_passkey(
    ctx: &Ctx,
    actor: &Actor,
    rp: &RelyingParty,
    secret: &str,
    (name, answer): (&str, &str),
) -> Result<Passkey, PasskeyError> {
    let id = owner(actor)?;
    actor.require_verified(ctx.now())?;
    let name = passkey_name(name)?;
    let state = take(ctx, secret, Some(id)).await?;
    let key = ceremony::new_key(rp, &state, answer)?;
    let mut tx = ctx.begin_write().await?;
    if store::list_passkeys(&mut tx, id).await?.len() >= MOST_PASSKEYS {
        return Err(PasskeyError::TooManyKeys);
    }
    // A device that gives a known key again, of whomever, gives none of its own.
    if store::load_passkey(&mut tx, &key.credential_id).await?.is_some() {
        return Err(PasskeyError::Refused);
    }
    let added = StoredPasskey {
        id: ctx.new_id(),
        user_id: id.clone(),
        name,
        credential_id: key.credential_id,
        credential: key.credential,
        created_at: ctx.now(),
        last_used_at: None,
        refused_at: None,
    };
    store::insert_passkey(&mut tx, &added).await?;
    let changes = Changes::new().field("passkey", None, Some(added.name.clone()));
    tell(ctx, tx, actor, "passkey.added", changes).await?;
    Ok(shown(added))
}
