//! Signing in with an address and a password.

use mandate_domain::audit::Origin;
use mandate_domain::identity::{Email, User, UserState};
use mandate_store::identity::{self as store, StoredSession};
use mandate_store::{StoreError, WriteTx};

use super::hashing::{self, HashingError};
use super::{Secret, SessionUser, SignedIn, actor_in, secret_hash};
use crate::ctx::{Ctx, Subject};
use crate::error::{ErrorKind, Message, UseCaseError};
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
    #[error("too many failed attempts; try again in {retry_after_s} seconds")]
    TooMany {
        /// Seconds to wait.
        retry_after_s: i64,
    },
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
            Self::TooMany { .. } => ErrorKind::Unavailable,
            Self::Hashing(_) => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Refused => Message::new("sign-in-error-refused"),
            Self::TooMany { retry_after_s } => {
                Message::new("sign-in-error-too-many").with("seconds", retry_after_s.to_string())
            }
            Self::Hashing(_) => Message::new("error-internal"),
            Self::Store(error) => error.message(),
        }
    }
}

/// Signs a person in.
///
/// # Errors
/// [`SignInError`]: `Refused` alike for an unknown address, a wrong password and a suspended user.
pub async fn sign_in(ctx: &Ctx, credentials: Credentials<'_>) -> Result<SignedIn, SignInError> {
    let folded = Email::parse(credentials.email).map(|email| email.folded()).unwrap_or_default();
    let guard = ctx.sign_in_guard();
    guard
        .begin(&folded, credentials.client, ctx.now())
        .map_err(|retry_after_s| SignInError::TooMany { retry_after_s })?;
    let stored = store::load_user_by_email(&mut ctx.begin_read().await?, &folded).await?;
    let expected = stored.as_ref().and_then(|stored| stored.password_hash.clone());
    let fits = hashing::verify(ctx, credentials.password, expected.clone()).await?;

    let mut tx = ctx.begin_write().await?;
    // Read again: the user may have been suspended, or the password changed, while it was hashed.
    let now_stored = store::load_user_by_email(&mut tx, &folded).await?;
    let user = match now_stored {
        Some(stored)
            if fits && stored.password_hash == expected && stored.user.state == UserState::Active =>
        {
            stored.user
        }
        _ => {
            tracing::warn!(event = "sign_in_refused", "a sign-in was refused");
            return Err(SignInError::Refused);
        }
    };
    guard.succeed(&folded, credentials.client);
    let signed_in = begin_session(ctx, &mut tx, user, credentials.user_agent).await?;
    let user = &signed_in.session_user.user;
    let subject = Subject { kind: "user", id: user.id.as_str(), name: &user.display_name, account_id: None };
    let record = signed_in.session_user.actor.record(ctx.now(), "user.signed_in", subject, vec![]);
    tx.commit(record).await?;
    Ok(signed_in)
}

/// Writes a session for `user`; the caller commits.
pub(super) async fn begin_session(
    ctx: &Ctx,
    tx: &mut WriteTx,
    user: User,
    user_agent: &str,
) -> Result<SignedIn, StoreError> {
    let settings = settings::load_in(tx).await?;
    let token = Secret::new("", ctx.new_secret());
    let session = StoredSession {
        token_hash: secret_hash(token.reveal()),
        user_id: user.id.clone(),
        times: settings.session_limits.begin(ctx.now()),
        user_agent: user_agent.chars().filter(|character| !character.is_control()).take(200).collect(),
    };
    store::insert_session(tx, &session).await?;
    let actor = actor_in(tx, &user, &settings, Origin::Web).await?;
    Ok(SignedIn { session_token: token, session_user: SessionUser { user, actor } })
}
