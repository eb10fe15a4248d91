//! Signing in by a passkey, in one step: the answer names the key, the key names the user.
//!
//! Nobody types an address, so that the page tells nobody who has a passkey. Unknown key, wrong signature, another
//! origin, a device that did not check the person, a suspended user: all are refused alike. Only a counter that went
//! backwards is told, because its owner has to act.

use mandate_domain::audit::{Changes, Origin};
use mandate_domain::identity::{ShownFactor, User, UserState};
use mandate_store::identity::{self as store, StoredPasskey};
use mandate_store::{ReadTx, StoreError, boxed};

use super::{
    Named, PasskeyError, PasskeyQuestion, RelyingParty, ask, ceremony, handle_of, not_accepted, take,
};
use crate::ctx::Ctx;
use crate::identity::actor_of;
use crate::identity::second_step::{FirstStep, SignIn, commit, proceed};
use crate::identity::single_sign_on::may_use_password;
use crate::settings;

/// What a browser answers, and where from.
#[derive(Clone, Copy)]
pub struct PasskeyAnswer<'a> {
    /// Names what was asked.
    pub secret: &'a str,
    /// What the browser's own function gave, as JSON.
    pub answer: &'a str,
    /// What the browser says of itself.
    pub user_agent: &'a str,
    /// The client's network address.
    pub client: &'a str,
}

/// Asks a browser for any passkey of ours. Counts as an attempt of this client until one signs in.
///
/// # Errors
/// [`PasskeyError::TooMany`], or [`PasskeyError::NotBuilt`] in a program without passkeys.
#[boxed]
pub async fn begin_passkey_sign_in(
    ctx: &Ctx,
    rp: &RelyingParty,
    client: &str,
) -> Result<PasskeyQuestion, PasskeyError> {
    let asked = ceremony::ask_who(rp)?;
    ctx.sign_in_guard().begin_unnamed(client, ctx.now())?;
    Ok(ask(ctx, None, asked).await?)
}

/// Signs in whoever the passkey belongs to.
///
/// # Errors
/// [`PasskeyError::Refused`] alike for everything but [`PasskeyError::Copied`].
pub async fn sign_in_by_passkey(
    ctx: &Ctx,
    rp: &RelyingParty,
    given: PasskeyAnswer<'_>,
) -> Result<SignIn, PasskeyError> {
    let state = take(ctx, given.secret, None).await?;
    let named = ceremony::named(given.answer)?;
    let found = owner_of(ctx, &mut ctx.begin_read().await?, &named).await?;
    let Some((passkey, user)) = found else {
        return Err(not_accepted("an unknown passkey, or of somebody who may not sign in"));
    };
    let (guard, account) = (ctx.sign_in_guard(), format!("passkey {}", user.id));
    guard.begin(&account, "", ctx.now())?;
    let credential = match ceremony::proven(rp, &state, given.answer, &passkey.credential) {
        Ok(credential) => credential,
        Err(error) => return refused(ctx, &passkey, &user, error).await,
    };
    let mut tx = ctx.begin_write().await?;
    // Read again: they may have been suspended, or the passkey removed or used, meanwhile.
    let still = owner_of(ctx, &mut tx, &named).await?;
    let noted = match &still {
        Some((passkey_now, _)) if passkey_now.credential == passkey.credential => {
            store::note_passkey_use(&mut tx, passkey_now, &credential, ctx.now()).await?
        }
        _ => false,
    };
    let Some((_, user)) = still.filter(|_| noted) else {
        return Err(not_accepted("it changed while it was checked"));
    };
    guard.succeed(&account, given.client);
    let changes = Changes::new().field("by", None, Some("passkey".to_owned())).field(
        "passkey",
        None,
        Some(passkey.name),
    );
    let first = FirstStep {
        action: "user.signed_in",
        user_agent: given.user_agent,
        shown: Some(ShownFactor::Passkey),
        changes,
    };
    Ok(proceed(ctx, tx, user, first).await?)
}

/// The passkey an answer names and whose it is, if it is who the answer says and they may sign in.
async fn owner_of(
    ctx: &Ctx,
    tx: &mut ReadTx,
    named: &Named,
) -> Result<Option<(StoredPasskey, User)>, StoreError> {
    let Some(passkey) = store::load_passkey(tx, &named.credential_id).await? else { return Ok(None) };
    let Some(stored) = store::load_user(tx, &passkey.user_id).await? else { return Ok(None) };
    let user = stored.user;
    let may = user.state == UserState::Active
        && may_use_password(ctx, &user)
        && handle_of(&user.id).as_slice() == named.handle.as_slice();
    Ok(may.then_some((passkey, user)))
}

/// Puts it on record that a known passkey proved nothing.
async fn refused(
    ctx: &Ctx,
    passkey: &StoredPasskey,
    user: &User,
    error: PasskeyError,
) -> Result<SignIn, PasskeyError> {
    let is_copied = matches!(error, PasskeyError::Copied);
    let action = if is_copied { "passkey.copy_suspected" } else { "passkey.refused" };
    let mut tx = ctx.begin_write().await?;
    if is_copied {
        tracing::warn!(event = "passkey_copied", "a passkey's counter went backwards");
        store::note_passkey_refusal(&mut tx, &passkey.id, ctx.now()).await?;
    }
    let actor = actor_of(user, &settings::load_in(&mut tx).await?, Origin::Web);
    let changes = Changes::new().field("passkey", None, Some(passkey.name.clone()));
    commit(ctx, tx, &actor, action, user, changes).await?;
    Err(error)
}
