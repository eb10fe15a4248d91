//! Signing in with an address and a password: the first step, and the session that follows the last.
//!
//! Unknown, suspended, wrong password, or passwords not allowed: all are refused alike and cost one hash each.

use mandate_domain::audit::{Changes, Origin};
use mandate_domain::identity::{Email, ShownFactor, User, UserState};
use mandate_store::identity::{self as store, StoredSession};
use mandate_store::{StoreError, WriteTx};

use super::factor_error::FactorError;
use super::hashing::{self, HashingError, Verdict};
use super::second_step::{FirstStep, SignIn, proceed};
use super::single_sign_on::may_use_password;
use super::{Secret, SessionUser, SignedIn, actor_in, secret_hash};
use crate::ctx::{Actor, Ctx};
use crate::error::{ErrorKind, Message, TooMany, UseCaseError};
use crate::settings;

/// What a person gives to sign in, and where from.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// The address as typed.
    pub email: &'a str,
    /// The password as typed or pasted.
    pub password: &'a str,
    /// What the browser says of itself; shown in the list of sessions.
    pub user_agent: &'a str,
    /// The client's network address; slows guessing down.
    pub client: &'a str,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Address, password or state: which of them is not told.
    #[error("this address and password do not belong together")]
    Refused,
    /// Too many failed attempts.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The second step could not begin.
    #[error(transparent)]
    Factor(#[from] FactorError),
    /// The hash could not be computed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for SignInError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused => ErrorKind::Invalid,
            Self::TooMany(error) => error.kind(),
            Self::Factor(error) => error.kind(),
            Self::Hashing(_) => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Refused => Message::new("sign-in-error-refused"),
            Self::TooMany(error) => error.message(),
            Self::Factor(error) => error.message(),
            Self::Hashing(_) => Message::new("error-internal"),
            Self::Store(error) => error.message(),
        }
    }
}

/// Takes the first step of signing in: a session follows, or a second step.
///
/// # Errors
/// [`SignInError`]: `Refused` alike for an unknown address, a wrong password and a suspended user.
pub async fn sign_in(ctx: &Ctx, credentials: Credentials<'_>) -> Result<SignIn, SignInError> {
    let folded = Email::parse(credentials.email).map(|email| email.folded()).unwrap_or_default();
    let guard = ctx.sign_in_guard();
    guard.begin_typed(&folded, credentials.client, ctx.now())?;
    let stored = store::load_user_by_email(&mut ctx.begin_read().await?, &folded).await?;
    let expected = stored.as_ref().and_then(|stored| stored.password_hash.clone());
    let verdict = hashing::verify(ctx, credentials.password, expected.clone()).await?;
    let rehashed = match verdict {
        Verdict::RightButWeak => Some(hashing::hash(ctx, credentials.password).await?),
        Verdict::Right | Verdict::Wrong => None,
    };

    let mut tx = ctx.begin_write().await?;
    // Read again: the user may have been suspended, or the password changed, while it was hashed.
    let now_stored = store::load_user_by_email(&mut tx, &folded).await?;
    let user = match now_stored {
        Some(stored)
            if verdict != Verdict::Wrong
                && stored.password_hash == expected
                && stored.user.state == UserState::Active
                && may_use_password(ctx, &stored.user) =>
        {
            stored.user
        }
        _ => {
            tracing::warn!(event = "sign_in_refused", "a sign-in was refused");
            return Err(SignInError::Refused);
        }
    };
    guard.succeed_typed(&folded, credentials.client, ctx.now());
    if let Some(hash) = rehashed {
        store::save_rehashed(&mut tx, &user.id, &hash).await?;
    }
    let user_agent = credentials.user_agent;
    let first = FirstStep { action: "user.signed_in", user_agent, shown: None, changes: Changes::new() };
    Ok(proceed(ctx, tx, user, first).await?)
}

/// How a session begins.
pub(super) struct Opening<'a> {
    /// What the browser says of itself.
    pub user_agent: &'a str,
    /// How the second factor was shown, if it was.
    pub shown: Option<ShownFactor>,
}

/// What a browser says of itself, as it is kept.
pub(super) fn plain_user_agent(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(200).collect()
}

/// Writes a session for `user`, who has just proven who they are; the caller commits.
pub(super) async fn begin_session(
    ctx: &Ctx,
    tx: &mut WriteTx,
    user: User,
    opening: Opening<'_>,
) -> Result<SignedIn, StoreError> {
    let settings = settings::load_in(tx).await?;
    let token = Secret::new("", ctx.new_secret());
    let now = ctx.now();
    let session = StoredSession {
        token_hash: secret_hash(token.reveal()),
        user_id: user.id.clone(),
        times: settings.session_limits.begin(now),
        user_agent: plain_user_agent(opening.user_agent),
        verified_at: Some(now),
        second_factor: opening.shown,
    };
    store::insert_session(tx, &session).await?;
    let actor = Actor { verified_at: Some(now), ..actor_in(tx, &user, &settings, Origin::Web).await? };
    Ok(SignedIn { session_token: token, session_user: SessionUser { user, actor } })
}
