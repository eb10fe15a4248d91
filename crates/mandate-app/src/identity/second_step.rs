//! The second step of signing in: a password was right, and the person's second factor is asked for, or set up.
//!
//! What waits is a secret of its own that holds for five minutes and five wrong codes; it is no session and does nothing
//! else. A password link and a sign-on provider end here too, so that neither goes round a second factor.

use mandate_domain::audit::{Changes, Origin};
use mandate_domain::identity::{ShownFactor, User, UserState};
use mandate_store::identity::{self as store, PendingSignIn, StoredFactor};
use mandate_store::{StoreError, WriteTx, boxed};

use super::codes::{self, Enrolment};
use super::factor_error::FactorError;
use super::sign_in::{Opening, begin_session};
use super::{Secret, SignedIn, actor_of, secret_hash};
use crate::ctx::{Actor, Ctx, Subject};
use crate::settings::{self, FirmSettings};

const PENDING_HOLDS_S: i64 = 5 * 60;
const MOST_WRONG_CODES: i64 = 5;

/// How far a sign-in has come.
#[derive(Clone, Debug)]
pub enum SignIn {
    /// In.
    Done(Box<SignedIn>),
    /// The second factor is asked for.
    CodeAsked(Secret),
    /// The firm asks for a second factor and there is none: it is set up now.
    FactorNeeded(Secret),
}

impl SignIn {
    /// The session, if no second step is left.
    pub fn done(self) -> Option<SignedIn> {
        match self {
            Self::Done(signed_in) => Some(*signed_in),
            Self::CodeAsked(_) | Self::FactorNeeded(_) => None,
        }
    }
}

/// How somebody came to the second step.
pub(super) struct FirstStep<'a> {
    /// The action in the audit record when that was all.
    pub action: &'static str,
    /// What the browser says of itself.
    pub user_agent: &'a str,
    /// A second factor that was shown elsewhere already.
    pub shown: Option<ShownFactor>,
    /// What else the record says.
    pub changes: Changes,
}

/// What waits for a person: their account, and whether they set a second factor up.
#[derive(Clone, Debug)]
pub struct WaitingSignIn {
    /// The address they sign in with.
    pub email: String,
    /// The second factor to be set up; none when a code is asked for.
    pub enrolment: Option<Enrolment>,
}

/// After the first step: a session, or what waits for the second; commits.
pub(super) async fn proceed(
    ctx: &Ctx,
    mut tx: WriteTx,
    user: User,
    first: FirstStep<'_>,
) -> Result<SignIn, FactorError> {
    let settings = settings::load_in(&mut tx).await?;
    let factor = store::load_second_factor(&mut tx, &user.id).await?;
    let is_on = factor.is_some_and(|factor| factor.confirmed_at.is_some());
    let needs_one = settings.second_factor.requires(&user);
    if first.shown.is_some() || !(is_on || needs_one) {
        let opening = Opening { user_agent: first.user_agent, shown: first.shown };
        let signed_in = begin_session(ctx, &mut tx, user, opening).await?;
        let session_user = &signed_in.session_user;
        commit(ctx, tx, &session_user.actor, first.action, &session_user.user, first.changes).await?;
        return Ok(SignIn::Done(Box::new(signed_in)));
    }
    if !is_on {
        codes::begin(ctx, &mut tx, &user).await?;
    }
    let secret = Secret::new("", ctx.new_secret());
    let now = ctx.now();
    let pending = PendingSignIn {
        token_hash: secret_hash(secret.reveal()),
        user_id: user.id.clone(),
        user_agent: super::sign_in::plain_user_agent(first.user_agent),
        n_failed: 0,
        created_at: now,
        expires_at: now.plus_seconds(PENDING_HOLDS_S),
    };
    store::insert_pending(&mut tx, &pending).await?;
    let actor = actor_of(&user, &settings, Origin::Web);
    let action = if first.action == "user.signed_in" { "user.first_step_taken" } else { first.action };
    commit(ctx, tx, &actor, action, &user, first.changes).await?;
    Ok(if is_on { SignIn::CodeAsked(secret) } else { SignIn::FactorNeeded(secret) })
}

#[boxed]
pub(super) async fn commit(
    ctx: &Ctx,
    tx: WriteTx,
    actor: &Actor,
    action: &str,
    user: &User,
    changes: Changes,
) -> Result<(), StoreError> {
    let subject = Subject { kind: "user", id: user.id.as_str(), name: &user.display_name, account_id: None };
    tx.commit(actor.record(ctx.now(), action, subject, changes.into_vec())).await
}

/// What was waiting, read afresh.
struct Waiting {
    pending: PendingSignIn,
    user: User,
    factor: StoredFactor,
    settings: FirmSettings,
}

async fn load_waiting(
    ctx: &Ctx,
    tx: &mut mandate_store::ReadTx,
    secret: &str,
) -> Result<Option<Waiting>, StoreError> {
    let found = store::load_pending(tx, &secret_hash(secret)).await?;
    let holds = |it: &PendingSignIn| ctx.now() < it.expires_at && it.n_failed < MOST_WRONG_CODES;
    let Some(pending) = found.filter(holds) else { return Ok(None) };
    let stored = store::load_user(tx, &pending.user_id).await?;
    let Some(user) = stored.map(|it| it.user).filter(|user| user.state == UserState::Active) else {
        return Ok(None);
    };
    let Some(factor) = store::load_second_factor(tx, &user.id).await? else { return Ok(None) };
    let settings = settings::load_in(tx).await?;
    Ok(Some(Waiting { pending, user, factor, settings }))
}

/// What waits for this secret; `None` when it does not hold any more.
///
/// # Errors
/// [`FactorError`] when it cannot be read, or the key file is not there.
#[boxed]
pub async fn find_waiting_sign_in(ctx: &Ctx, secret: &str) -> Result<Option<WaitingSignIn>, FactorError> {
    let Some(waiting) = load_waiting(ctx, &mut ctx.begin_read().await?, secret).await? else {
        return Ok(None);
    };
    let enrolment = match waiting.factor.confirmed_at {
        Some(_) => None,
        None => Some(codes::enrolment(ctx, &waiting.user, &waiting.factor)?),
    };
    Ok(Some(WaitingSignIn { email: waiting.user.email, enrolment }))
}

/// Signs a person in whose second factor was asked for, or set up; then with their recovery codes, shown only now.
///
/// # Errors
/// [`FactorError`]; a wrong code is counted, and the fifth ends what waited.
#[boxed]
pub async fn take_second_step(
    ctx: &Ctx,
    secret: &str,
    code: &str,
    client: &str,
) -> Result<(SignedIn, Vec<Secret>), FactorError> {
    let waiting = load_waiting(ctx, &mut ctx.begin_read().await?, secret).await?;
    let waiting = waiting.ok_or(FactorError::Lapsed)?;
    let (guard, account) = (ctx.sign_in_guard(), codes::guarded(&waiting.user));
    guard.begin(&account, client, ctx.now())?;
    let found = codes::recognise(ctx, &waiting.factor, &waiting.user.email, code)?;

    let mut tx = ctx.begin_write().await?;
    // Read again: the user may have been suspended, or the factor reset, meanwhile.
    let now_waiting = load_waiting(ctx, &mut tx, secret).await?.ok_or(FactorError::Lapsed)?;
    let is_new = now_waiting.factor.confirmed_at.is_none();
    let Waiting { pending, user, settings, .. } = now_waiting;
    let now = ctx.now();
    let used = match &found {
        Some(codes::Code::Step(step)) if is_new => {
            store::confirm_second_factor(&mut tx, &user.id, *step, now).await?
        }
        Some(code) if !is_new => codes::use_up(&mut tx, &user.id, code, now).await?,
        _ => false,
    };
    let Some(code) = found.filter(|_| used) else {
        store::fail_pending(&mut tx, &pending.token_hash).await?;
        let actor = actor_of(&user, &settings, Origin::Web);
        tracing::warn!(event = "second_factor_refused", "a second factor was refused");
        commit(ctx, tx, &actor, "user.second_factor_refused", &user, Changes::new()).await?;
        return Err(FactorError::WrongCode);
    };
    guard.succeed(&account, client);
    store::delete_pending(&mut tx, &pending.token_hash).await?;
    let mut recovery = vec![];
    if is_new {
        recovery = codes::renew_recovery_codes(ctx, &mut tx, &user.id).await?;
        store::delete_sessions(&mut tx, &user.id, "").await?;
    }
    let opening = Opening { user_agent: &pending.user_agent, shown: Some(ShownFactor::Own) };
    let signed_in = begin_session(ctx, &mut tx, user, opening).await?;
    let session_user = &signed_in.session_user;
    let shown = if is_new { "set_up" } else { code.as_str() };
    let changes = Changes::new().field("second_factor", None, Some(shown.to_owned()));
    commit(ctx, tx, &session_user.actor, "user.signed_in", &session_user.user, changes).await?;
    Ok((signed_in, recovery))
}
