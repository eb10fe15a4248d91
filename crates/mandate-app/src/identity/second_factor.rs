//! One's own second factor: set up, removed, its recovery codes made anew; and its reset by an administrator.
//!
//! All of it takes a proof of who one is within the last ten minutes: whoever finds a session open must not be able to
//! put their own program in the place of the owner's.

use mandate_domain::audit::Changes;
use mandate_domain::identity::{ShownFactor, User};
use mandate_domain::{Id, Instant};
use mandate_store::WriteTx;
use mandate_store::boxed;
use mandate_store::identity::{self as store, StoredFactor};

use super::codes::{self, Enrolment};
use super::factor_error::FactorError;
use super::second_step::commit;
use super::sessions::renew;
use super::{Secret, secret_hash};
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};
use crate::settings;

/// One's own second factor.
#[derive(Clone, Debug)]
pub struct OwnFactor {
    /// How far it is.
    pub state: FactorState,
    /// Whether the firm asks for one.
    pub required: bool,
}

/// How far a second factor is.
#[derive(Clone, Debug)]
pub enum FactorState {
    /// There is none.
    Off,
    /// Begun; a first code makes it count.
    Begun(Enrolment),
    /// It counts.
    On {
        /// Since when.
        since: Instant,
        /// Recovery codes that were not used.
        n_recovery_codes: i64,
    },
}

/// Whoever acts, as a user in a session.
fn own_id(actor: &Actor) -> Result<&Id<User>, FactorError> {
    authorise(actor, Action::OwnProfile)?;
    match actor.user_id() {
        Some(id) if actor.token_scopes.is_none() => Ok(id),
        _ => Err(FactorError::NoSession),
    }
}

async fn own_user(tx: &mut mandate_store::ReadTx, id: &Id<User>) -> Result<User, FactorError> {
    Ok(store::load_user(tx, id).await?.ok_or(FactorError::NotFound)?.user)
}

/// The actor's own second factor.
///
/// # Errors
/// [`FactorError`] when no user acts in a session, or the key file is not there.
#[boxed]
pub async fn find_own_factor(ctx: &Ctx, actor: &Actor) -> Result<OwnFactor, FactorError> {
    let id = own_id(actor)?;
    let mut tx = ctx.begin_read().await?;
    let user = own_user(&mut tx, id).await?;
    let required = settings::load_in(&mut tx).await?.second_factor.requires(&user);
    let state = match store::load_second_factor(&mut tx, id).await? {
        None => FactorState::Off,
        Some(StoredFactor { confirmed_at: Some(since), .. }) => {
            FactorState::On { since, n_recovery_codes: store::count_recovery_codes(&mut tx, id).await? }
        }
        // What was begun is shown only to whoever proved who they are, as it was when it was begun.
        Some(_) if !actor.verified_within(ctx.now(), crate::ctx::VERIFIED_MINUTES) => FactorState::Off,
        Some(factor) => FactorState::Begun(codes::enrolment(ctx, &user, &factor)?),
    };
    Ok(OwnFactor { state, required })
}

/// Begins a second factor of one's own, in place of one that was only begun.
///
/// # Errors
/// [`FactorError::AlreadyOn`] when one counts.
#[boxed]
pub async fn begin_own_factor(ctx: &Ctx, actor: &Actor) -> Result<Enrolment, FactorError> {
    let id = own_id(actor)?;
    actor.require_verified(ctx.now())?;
    let mut tx = ctx.begin_write().await?;
    let user = own_user(&mut tx, id).await?;
    if !codes::begin(ctx, &mut tx, &user).await? {
        return Err(FactorError::AlreadyOn);
    }
    let factor = store::load_second_factor(&mut tx, id).await?.ok_or(FactorError::NotOn)?;
    let enrolment = codes::enrolment(ctx, &user, &factor)?;
    commit(ctx, tx, actor, "second_factor.begun", &user, Changes::new()).await?;
    Ok(enrolment)
}

/// What a second factor that counts now brings.
#[derive(Clone, Debug)]
pub struct FactorOn {
    /// The session's new token.
    pub session_token: Secret,
    /// Recovery codes, shown only now.
    pub recovery_codes: Vec<Secret>,
}

/// Makes the second factor that was begun count, by its first code; ends one's other sessions, which did without.
///
/// # Errors
/// [`FactorError::WrongCode`], [`FactorError::NotOn`] when none was begun.
#[boxed]
pub async fn confirm_own_factor(
    ctx: &Ctx,
    actor: &Actor,
    session_token: &str,
    code: &str,
) -> Result<FactorOn, FactorError> {
    let id = own_id(actor)?;
    actor.require_verified(ctx.now())?;
    let (user, factor) = {
        let mut tx = ctx.begin_read().await?;
        (own_user(&mut tx, id).await?, store::load_second_factor(&mut tx, id).await?)
    };
    let factor = factor.ok_or(FactorError::NotOn)?;
    if factor.confirmed_at.is_some() {
        return Err(FactorError::AlreadyOn);
    }
    let account = codes::guarded(&user);
    ctx.sign_in_guard().begin(&account, "", ctx.now())?;
    let Some(codes::Code::Step(step)) = codes::recognise(ctx, &factor, &user.email, code)? else {
        return Err(FactorError::WrongCode);
    };
    ctx.sign_in_guard().succeed(&account, "");
    let mut tx = ctx.begin_write().await?;
    if !store::confirm_second_factor(&mut tx, id, step, ctx.now()).await? {
        return Err(FactorError::NotOn);
    }
    let recovery_codes = codes::renew_recovery_codes(ctx, &mut tx, id).await?;
    let session_token = renew(ctx, &mut tx, id, session_token, Some(ShownFactor::Own)).await?;
    let session_token = session_token.ok_or(FactorError::NoSession)?;
    store::delete_sessions(&mut tx, id, &secret_hash(session_token.reveal())).await?;
    commit(ctx, tx, actor, "second_factor.set_up", &user, Changes::new()).await?;
    Ok(FactorOn { session_token, recovery_codes })
}

/// Removes one's own second factor and its recovery codes.
///
/// # Errors
/// [`FactorError::Required`] while the firm asks for one.
#[boxed]
pub async fn remove_own_factor(ctx: &Ctx, actor: &Actor) -> Result<(), FactorError> {
    let id = own_id(actor)?;
    actor.require_verified(ctx.now())?;
    let mut tx = ctx.begin_write().await?;
    let user = own_user(&mut tx, id).await?;
    let counts = counting(&mut tx, id).await?;
    if counts && settings::load_in(&mut tx).await?.second_factor.requires(&user) {
        return Err(FactorError::Required);
    }
    if !store::delete_second_factor(&mut tx, id).await? {
        return Err(FactorError::NotOn);
    }
    Ok(commit(ctx, tx, actor, "second_factor.removed", &user, Changes::new()).await?)
}

async fn counting(tx: &mut WriteTx, id: &Id<User>) -> Result<bool, FactorError> {
    let factor = store::load_second_factor(tx, id).await?;
    Ok(factor.is_some_and(|factor| factor.confirmed_at.is_some()))
}

/// Fresh recovery codes of one's own, shown only now; those there were hold no more.
///
/// # Errors
/// [`FactorError::NotOn`] without a second factor.
#[boxed]
pub async fn renew_own_recovery_codes(ctx: &Ctx, actor: &Actor) -> Result<Vec<Secret>, FactorError> {
    let id = own_id(actor)?;
    actor.require_verified(ctx.now())?;
    let mut tx = ctx.begin_write().await?;
    let user = own_user(&mut tx, id).await?;
    if !counting(&mut tx, id).await? {
        return Err(FactorError::NotOn);
    }
    let codes = codes::renew_recovery_codes(ctx, &mut tx, id).await?;
    commit(ctx, tx, actor, "second_factor.recovery_codes_renewed", &user, Changes::new()).await?;
    Ok(codes)
}

/// Takes another user's second factor and passkeys away, for one who lost them; ends their sessions. Their password
/// stays.
///
/// # Errors
/// [`FactorError::Own`] for one's own, [`FactorError::NotOn`] when there is none.
#[boxed]
pub async fn reset_second_factor(ctx: &Ctx, actor: &Actor, id: &Id<User>) -> Result<User, FactorError> {
    authorise(actor, Action::Administer)?;
    if actor.token_scopes.is_some() {
        return Err(FactorError::NoSession);
    }
    if actor.user_id() == Some(id) {
        return Err(FactorError::Own);
    }
    actor.require_verified(ctx.now())?;
    let mut tx = ctx.begin_write().await?;
    let user = own_user(&mut tx, id).await?;
    let had_factor = store::delete_second_factor(&mut tx, id).await?;
    let n_passkeys = store::delete_passkeys(&mut tx, id).await?;
    if !had_factor && n_passkeys == 0 {
        return Err(FactorError::NotOn);
    }
    store::delete_pending_of_user(&mut tx, id).await?;
    store::delete_sessions(&mut tx, id, "").await?;
    let mut changes = Changes::new();
    if n_passkeys > 0 {
        changes = changes.field("n_passkeys", Some(n_passkeys.to_string()), Some("0".to_owned()));
    }
    commit(ctx, tx, actor, "second_factor.reset", &user, changes).await?;
    Ok(user)
}
