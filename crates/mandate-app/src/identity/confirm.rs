//! Confirming who one is inside a session, before what takes certainty: the session gets a new token and a fresh proof.
//!
//! Whoever has a second factor proves themselves with it, others with their password, and those who have neither at the
//! sign-on provider. A token proves nobody.

use mandate_domain::audit::Changes;
use mandate_domain::identity::{Email, ShownFactor, User};
use mandate_store::boxed;
use mandate_store::identity::{self as store, StoredFactor, StoredUser};

use super::factor_error::FactorError;
use super::hashing::{self, Verdict};
use super::second_step::commit;
use super::sessions::renew;
use super::{ProvenPerson, Secret, codes};
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};

/// How somebody proves who they are.
#[derive(Clone, Copy)]
pub enum Proof<'a> {
    /// Their password.
    Password(&'a str),
    /// A code of their second factor, or a recovery code.
    Code(&'a str),
}

/// By what somebody can prove who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// Their password.
    Password,
    /// A code of their second factor.
    Code,
    /// Only the sign-on provider.
    Provider,
}

/// Who acts in a session, with what proves them.
struct Known {
    stored: StoredUser,
    factor: Option<StoredFactor>,
}

async fn known(ctx: &Ctx, actor: &Actor) -> Result<Known, FactorError> {
    authorise(actor, Action::OwnProfile)?;
    let id = actor.user_id().filter(|_| actor.token_scopes.is_none()).ok_or(FactorError::NoSession)?;
    let mut tx = ctx.begin_read().await?;
    let stored = store::load_user(&mut tx, id).await?.ok_or(FactorError::NoSession)?;
    let factor = store::load_second_factor(&mut tx, id).await?;
    Ok(Known { stored, factor: factor.filter(|factor| factor.confirmed_at.is_some()) })
}

/// By what the actor can prove who they are.
///
/// # Errors
/// [`FactorError::NoSession`] when no user acts in a session.
#[boxed]
pub async fn means_of_proof(ctx: &Ctx, actor: &Actor) -> Result<Means, FactorError> {
    let known = known(ctx, actor).await?;
    Ok(match (known.factor, known.stored.password_hash) {
        (Some(_), _) => Means::Code,
        (None, Some(_)) => Means::Password,
        (None, None) => Means::Provider,
    })
}

/// Takes a proof of who the actor is; returns the session's new token, the old one holds no more.
///
/// # Errors
/// [`FactorError`]; then the session is as it was.
pub async fn confirm(
    ctx: &Ctx,
    actor: &Actor,
    session_token: &str,
    proof: Proof<'_>,
) -> Result<Secret, FactorError> {
    let Known { stored, factor } = known(ctx, actor).await?;
    let user = stored.user;
    match (proof, factor) {
        (Proof::Password(_), Some(_)) => Err(FactorError::CodeNeeded),
        (Proof::Code(_), None) => Err(FactorError::WrongCode),
        (Proof::Password(password), None) => {
            let account = Email::parse(&user.email).map(|email| email.folded()).unwrap_or_default();
            ctx.sign_in_guard().begin(&account, "", ctx.now())?;
            if hashing::verify(ctx, password, stored.password_hash).await? == Verdict::Wrong {
                return Err(FactorError::WrongPassword);
            }
            ctx.sign_in_guard().succeed(&account, "");
            renewed(ctx, actor, &user, session_token, None, None).await
        }
        (Proof::Code(typed), Some(factor)) => {
            let account = codes::guarded(&user);
            ctx.sign_in_guard().begin(&account, "", ctx.now())?;
            let code = codes::recognise(ctx, &factor, &user.email, typed)?.ok_or(FactorError::WrongCode)?;
            let token =
                renewed(ctx, actor, &user, session_token, Some(ShownFactor::Own), Some(&code)).await?;
            ctx.sign_in_guard().succeed(&account, "");
            Ok(token)
        }
    }
}

/// As [`confirm`], by the sign-on provider, who has just asked them again.
///
/// # Errors
/// [`FactorError::WrongPassword`] when it is somebody else, [`FactorError::CodeNeeded`] for who has a second factor of
/// ours.
#[boxed]
pub async fn confirm_by_provider(
    ctx: &Ctx,
    actor: &Actor,
    session_token: &str,
    proven: &ProvenPerson,
) -> Result<Secret, FactorError> {
    let Known { stored, factor } = known(ctx, actor).await?;
    if factor.is_some() {
        return Err(FactorError::CodeNeeded);
    }
    let linked = {
        let mut tx = ctx.begin_read().await?;
        store::load_provider_user(&mut tx, &proven.issuer, &proven.subject).await?
    };
    if linked.as_ref() != Some(&stored.user.id) {
        return Err(FactorError::WrongPassword);
    }
    renewed(ctx, actor, &stored.user, session_token, None, None).await
}

async fn renewed(
    ctx: &Ctx,
    actor: &Actor,
    user: &User,
    session_token: &str,
    shown: Option<ShownFactor>,
    code: Option<&codes::Code>,
) -> Result<Secret, FactorError> {
    let mut tx = ctx.begin_write().await?;
    if let Some(code) = code
        && !codes::use_up(&mut tx, &user.id, code, ctx.now()).await?
    {
        return Err(FactorError::WrongCode);
    }
    let token = renew(ctx, &mut tx, &user.id, session_token, shown).await?.ok_or(FactorError::NoSession)?;
    let means = code.map(|code| code.as_str().to_owned());
    let changes = Changes::new().field("second_factor", None, means);
    commit(ctx, tx, actor, "user.confirmed", user, changes).await?;
    Ok(token)
}
