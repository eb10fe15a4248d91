//! Sessions: resumed on every request, listed and ended by their owner or an administrator, renewed with a new token.
//!
//! A session of somebody whom the firm asks for a second factor, begun without one, does not hold.

use mandate_domain::audit::{Changes, Origin};
use mandate_domain::identity::{SessionTimes, ShownFactor, User, UserState};
use mandate_domain::{Id, Instant};
use mandate_store::identity::{self as store, StoredSession};
use mandate_store::{StoreError, WriteTx, boxed};

use super::{Secret, SessionUser, actor_in, secret_hash};
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::identity::UserError;
use crate::settings;

/// One of a user's sessions, as they see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionLine {
    /// Names it in [`revoke_session`]; signs nobody in.
    pub id: String,
    /// Its times.
    pub times: SessionTimes,
    /// What the browser said of itself.
    pub user_agent: String,
    /// The one that asks.
    pub current: bool,
}

/// Who a session token stands for; `None` when it is unknown, idle for too long, past its end, or the user may not
/// sign in any more. Notes the use, at most once a minute.
///
/// # Errors
/// [`StoreError`] when the session cannot be read; a use that cannot be noted is only logged.
#[boxed]
pub async fn resume_session(ctx: &Ctx, token: &str) -> Result<Option<SessionUser>, StoreError> {
    let hash = secret_hash(token);
    let now = ctx.now();
    let (session, user, settings, actor) = {
        let mut tx = ctx.begin_read().await?;
        let Some(session) = store::load_session(&mut tx, &hash).await? else { return Ok(None) };
        let Some(stored) = store::load_user(&mut tx, &session.user_id).await? else { return Ok(None) };
        let settings = settings::load_in(&mut tx).await?;
        let actor = actor_in(&mut tx, &stored.user, &settings, Origin::Web).await?;
        let actor = Actor { verified_at: session.verified_at, ..actor };
        (session, stored.user, settings, actor)
    };
    if user.state != UserState::Active || !settings.session_limits.hold(session.times, now) {
        return Ok(None);
    }
    if session.second_factor.is_none() && settings.second_factor.requires(&user) {
        return Ok(None);
    }
    if session.times.is_due(now) {
        let noted = async { store::touch_session(ctx.begin_write().await?, &hash, now).await };
        if let Err(error) = noted.await {
            tracing::warn!(event = "session_touch_failed", %error, "a session's last use was not noted");
        }
    }
    Ok(Some(SessionUser { user, actor }))
}

/// Ends the session with this token; ending one that has ended is fine.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn sign_out(ctx: &Ctx, actor: &Actor, token: &str) -> Result<(), StoreError> {
    let Some(user_id) = actor.user_id() else { return Ok(()) };
    let mut tx = ctx.begin_write().await?;
    if !store::delete_session(&mut tx, user_id, &secret_hash(token)).await? {
        return Ok(());
    }
    let name = user_name(actor);
    let subject = Subject { kind: "user", id: user_id.as_str(), name: &name, account_id: None };
    tx.commit(actor.record(ctx.now(), "user.signed_out", subject, vec![])).await
}

/// The actor's own sessions that still hold, last used first; `current_token` marks the one that asks.
///
/// # Errors
/// [`UserError`] when the actor is no user or the database failed.
#[boxed]
pub async fn list_sessions(
    ctx: &Ctx,
    actor: &Actor,
    current_token: &str,
) -> Result<Vec<SessionLine>, UserError> {
    authorise(actor, Action::OwnProfile)?;
    let user_id = actor.user_id().ok_or(UserError::NotFound)?;
    let mut tx = ctx.begin_read().await?;
    let (limits, now) = (settings::load_in(&mut tx).await?.session_limits, ctx.now());
    let sessions = store::list_sessions(&mut tx, user_id).await?;
    let holding = sessions.into_iter().filter(|session| limits.hold(session.times, now));
    let current = secret_hash(current_token);
    Ok(holding.map(|session| line(session, &current)).collect())
}

fn line(session: StoredSession, current: &str) -> SessionLine {
    SessionLine {
        current: session.token_hash == current,
        id: session.token_hash,
        times: session.times,
        user_agent: session.user_agent,
    }
}

/// What an administrator sees of how somebody signs in.
#[derive(Clone, Debug)]
pub struct UserSecurity {
    /// Their sessions that still hold, last used first.
    pub sessions: Vec<SessionLine>,
    /// Since when they have a second factor.
    pub second_factor_since: Option<Instant>,
    /// Passkeys they have.
    pub n_passkeys: usize,
    /// Whether the sign-on provider knows them.
    pub is_linked: bool,
}

/// How another user signs in, for administrators.
///
/// # Errors
/// [`UserError::NotFound`] when there is no such user.
#[boxed]
pub async fn find_user_security(ctx: &Ctx, actor: &Actor, id: &Id<User>) -> Result<UserSecurity, UserError> {
    authorise(actor, Action::Administer)?;
    let mut tx = ctx.begin_read().await?;
    if store::load_user(&mut tx, id).await?.is_none() {
        return Err(UserError::NotFound);
    }
    let (limits, now) = (settings::load_in(&mut tx).await?.session_limits, ctx.now());
    let sessions = store::list_sessions(&mut tx, id).await?;
    let holding = sessions.into_iter().filter(|session| limits.hold(session.times, now));
    Ok(UserSecurity {
        sessions: holding.map(|session| line(session, "")).collect(),
        second_factor_since: store::load_second_factor(&mut tx, id).await?.and_then(|it| it.confirmed_at),
        n_passkeys: store::list_passkeys(&mut tx, id).await?.len(),
        is_linked: store::count_provider_links(&mut tx, id).await? > 0,
    })
}

/// Ends all sessions of a user, and what waits for their second step; returns how many sessions.
///
/// # Errors
/// [`UserError::NotFound`] when there is no such user.
#[boxed]
pub async fn end_sessions_of(ctx: &Ctx, actor: &Actor, id: &Id<User>) -> Result<u64, UserError> {
    authorise(actor, Action::Administer)?;
    let mut tx = ctx.begin_write().await?;
    let user = store::load_user(&mut tx, id).await?.ok_or(UserError::NotFound)?.user;
    let n_ended = store::delete_sessions(&mut tx, id, "").await?;
    store::delete_pending_of_user(&mut tx, id).await?;
    let changes = Changes::new().field("n_sessions", Some(n_ended.to_string()), Some("0".to_owned()));
    let subject = Subject { kind: "user", id: id.as_str(), name: &user.display_name, account_id: None };
    tx.commit(actor.record(ctx.now(), "user.sessions_ended", subject, changes.into_vec())).await?;
    Ok(n_ended)
}

/// Gives a session another token and a fresh proof, and a second factor if one was shown; `None` when it has ended.
#[boxed]
pub(super) async fn renew(
    ctx: &Ctx,
    tx: &mut WriteTx,
    user: &Id<User>,
    token: &str,
    shown: Option<ShownFactor>,
) -> Result<Option<Secret>, StoreError> {
    let old_hash = secret_hash(token);
    let Some(old) = store::load_session(tx, &old_hash).await?.filter(|it| it.user_id == *user) else {
        return Ok(None);
    };
    let (now, fresh) = (ctx.now(), Secret::new("", ctx.new_secret()));
    let renewed = StoredSession {
        token_hash: secret_hash(fresh.reveal()),
        verified_at: Some(now),
        second_factor: shown.or(old.second_factor),
        ..old
    };
    Ok(store::renew_session(tx, &old_hash, &renewed, now).await?.then_some(fresh))
}

/// Ends one of the actor's own sessions.
///
/// # Errors
/// [`UserError::NotFound`] when they have no such session.
#[boxed]
pub async fn revoke_session(ctx: &Ctx, actor: &Actor, session_id: &str) -> Result<(), UserError> {
    authorise(actor, Action::OwnProfile)?;
    let user_id = actor.user_id().ok_or(UserError::NotFound)?;
    let mut tx = ctx.begin_write().await?;
    if !store::delete_session(&mut tx, user_id, session_id).await? {
        return Err(UserError::NotFound);
    }
    let name = user_name(actor);
    let subject = Subject { kind: "user", id: user_id.as_str(), name: &name, account_id: None };
    Ok(tx.commit(actor.record(ctx.now(), "session.revoked", subject, vec![])).await?)
}

/// Forgets sessions past their end, sign-ins that waited in vain, questions to passkeys nobody answered, idempotency keys
/// older than a day, and mail that ended longer ago than it is of use to whoever looks after it; the server calls it
/// every hour.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn forget_expired(ctx: &Ctx) -> Result<u64, StoreError> {
    let now: Instant = ctx.now();
    let n_sessions = store::delete_expired_sessions(ctx.begin_write().await?, now).await?;
    let n_pending = store::delete_expired_pending(ctx.begin_write().await?, now).await?;
    let n_challenges = store::delete_expired_challenges(ctx.begin_write().await?, now).await?;
    let before = now.plus_seconds(-24 * 3600);
    let ended_before = now.plus_seconds(-crate::mail::KEPT_S);
    mandate_store::mail::forget_before(ctx.begin_write().await?, ended_before).await?;
    let n_keys = mandate_store::idempotency::forget_before(ctx.begin_write().await?, before).await?;
    Ok(n_sessions + n_pending + n_challenges + n_keys)
}

pub(super) fn user_name(actor: &Actor) -> String {
    match &actor.who {
        crate::Who::User { name, .. } => name.clone(),
        crate::Who::Operator => "Operator".to_owned(),
        crate::Who::System => "Mandate".to_owned(),
    }
}
