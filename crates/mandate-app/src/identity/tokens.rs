//! Personal tokens of the API: named, limited to a few rights, shown once.
//!
//! A token never does more than its owner's roles allow, and none can make another: a leaked narrow token must not
//! become a wide one.

use mandate_domain::audit::{Changes, Origin};
use mandate_domain::identity::UserState;
use mandate_domain::text::{self, TextError};
use mandate_domain::{Id, Instant};
use mandate_store::StoreError;
use mandate_store::boxed;
use mandate_store::identity::{self as store, StoredToken};

use super::users::{UserError, name_message};
use super::{Secret, SessionUser, actor_in, secret_hash};
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx, Subject, Unverified};
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};
use crate::settings;

/// Starts every API token, so that scanners find one that leaked.
const PREFIX: &str = "mandate_";
const MOST_DAYS: u32 = 3650;

/// A token to be.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What its owner calls it.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Action>,
    /// Days until it ends; none for one that holds until it is revoked.
    pub expires_in_days: Option<u32>,
}

/// A token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenLine {
    /// Its id.
    pub id: Id<StoredToken>,
    /// What its owner calls it.
    pub name: String,
    /// What it may be used for: words of [`Action`].
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Instant,
    /// When it ends, if it does.
    pub expires_at: Option<Instant>,
    /// The last use on record.
    pub last_used_at: Option<Instant>,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
}

/// A token just made, with the only sight of its secret.
#[derive(Clone, Debug)]
pub struct CreatedToken {
    /// The secret.
    pub secret: Secret,
    /// The rest.
    pub token: TokenLine,
}

/// Why a token was not made.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Confirm first.
    #[error(transparent)]
    Unverified(#[from] Unverified),
    /// Only a person in a session makes tokens.
    #[error("a token is made by a person who signed in, not by a token or the command line")]
    NoSession,
    /// The name.
    #[error(transparent)]
    Name(#[from] TextError),
    /// A token for nothing.
    #[error("choose at least one right for the token")]
    NoScope,
    /// A right its owner does not have.
    #[error("your roles do not have the right `{}`", action.as_str())]
    ScopeTooWide {
        /// The right.
        action: Action,
    },
    /// The end.
    #[error("a token ends after 1 to {MOST_DAYS} days, not {given}")]
    Expiry {
        /// Days given.
        given: u32,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for TokenError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::Unverified(error) => error.kind(),
            Self::NoSession => ErrorKind::Forbidden,
            Self::Name(_) | Self::NoScope | Self::ScopeTooWide { .. } | Self::Expiry { .. } => {
                ErrorKind::Invalid
            }
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::Unverified(error) => error.message(),
            Self::NoSession => Message::new("token-error-no-session"),
            Self::Name(error) => name_message(error),
            Self::NoScope => Message::new("token-error-no-scope"),
            Self::ScopeTooWide { action } => {
                Message::new("token-error-scope-too-wide").with("scope", action.as_str())
            }
            Self::Expiry { .. } => Message::new("token-error-expiry").with("most", MOST_DAYS.to_string()),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        let field = match self {
            Self::Name(_) => "name",
            Self::NoScope | Self::ScopeTooWide { .. } => "scopes",
            Self::Expiry { .. } => "expires_in_days",
            _ => return vec![],
        };
        vec![FieldError { field: field.to_owned(), message: self.message() }]
    }
}

/// Makes a token for the actor.
///
/// # Errors
/// [`TokenError`]; then none was made.
#[boxed]
pub async fn create_token(ctx: &Ctx, actor: &Actor, new: NewToken) -> Result<CreatedToken, TokenError> {
    authorise(actor, Action::OwnProfile)?;
    let user_id = match actor.user_id() {
        Some(user_id) if actor.token_scopes.is_none() => user_id,
        _ => return Err(TokenError::NoSession),
    };
    actor.require_verified(ctx.now())?;
    let name = text::line(&new.name, 80)?;
    if new.scopes.is_empty() {
        return Err(TokenError::NoScope);
    }
    for action in &new.scopes {
        authorise(actor, *action).map_err(|denied| TokenError::ScopeTooWide { action: denied.action })?;
    }
    let now = ctx.now();
    let expires_at = match new.expires_in_days {
        None => None,
        Some(days @ 1..=MOST_DAYS) => Some(now.plus_seconds(i64::from(days) * 24 * 3600)),
        Some(given) => return Err(TokenError::Expiry { given }),
    };
    let secret = Secret::new(PREFIX, ctx.new_secret());
    let token = StoredToken {
        id: ctx.new_id(),
        user_id: user_id.clone(),
        name,
        token_hash: secret_hash(secret.reveal()),
        scopes: new.scopes.iter().map(|action| action.as_str().to_owned()).collect(),
        created_at: now,
        expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    let mut tx = ctx.begin_write().await?;
    store::insert_token(&mut tx, &token).await?;
    let changes = Changes::new().field("scopes", None, Some(token.scopes.join(" "))).into_vec();
    let subject = Subject { kind: "api_token", id: token.id.as_str(), name: &token.name, account_id: None };
    tx.commit(actor.record(now, "token.created", subject, changes)).await?;
    Ok(CreatedToken { secret, token: line(token) })
}

/// The actor's own tokens, newest first, revoked and lapsed ones too.
///
/// # Errors
/// [`UserError`] when the actor is no user or the database failed.
#[boxed]
pub async fn list_tokens(ctx: &Ctx, actor: &Actor) -> Result<Vec<TokenLine>, UserError> {
    authorise(actor, Action::OwnProfile)?;
    let user_id = actor.user_id().ok_or(UserError::NotFound)?;
    let tokens = store::list_tokens(&mut ctx.begin_read().await?, user_id).await?;
    Ok(tokens.into_iter().map(line).collect())
}

/// Revokes one of the actor's own tokens.
///
/// # Errors
/// [`UserError::NotFound`] when they have no such token that still holds.
#[boxed]
pub async fn revoke_token(ctx: &Ctx, actor: &Actor, id: &Id<StoredToken>) -> Result<(), UserError> {
    authorise(actor, Action::OwnProfile)?;
    let user_id = actor.user_id().ok_or(UserError::NotFound)?;
    let mut tx = ctx.begin_write().await?;
    let tokens = store::list_tokens(&mut tx, user_id).await?;
    let token = tokens.into_iter().find(|token| token.id == *id).ok_or(UserError::NotFound)?;
    if !store::revoke_token(&mut tx, user_id, id, ctx.now()).await? {
        return Err(UserError::NotFound);
    }
    let subject = Subject { kind: "api_token", id: token.id.as_str(), name: &token.name, account_id: None };
    Ok(tx.commit(actor.record(ctx.now(), "token.revoked", subject, vec![])).await?)
}

/// Who an API token stands for, limited to its scopes; `None` when it is unknown, revoked, lapsed, or its owner may
/// not sign in. Notes the use, at most once a minute.
///
/// # Errors
/// [`StoreError`] when the token cannot be read.
#[boxed]
pub async fn authenticate_token(ctx: &Ctx, token: &str) -> Result<Option<SessionUser>, StoreError> {
    if !token.starts_with(PREFIX) {
        return Ok(None);
    }
    let now = ctx.now();
    let (stored, user, mut actor) = {
        let mut tx = ctx.begin_read().await?;
        let Some(stored) = store::load_token(&mut tx, &secret_hash(token)).await? else { return Ok(None) };
        let Some(user) = store::load_user(&mut tx, &stored.user_id).await? else { return Ok(None) };
        let settings = settings::load_in(&mut tx).await?;
        let actor = actor_in(&mut tx, &user.user, &settings, Origin::Api).await?;
        (stored, user.user, actor)
    };
    let lapsed = stored.expires_at.is_some_and(|expires_at| now >= expires_at);
    if stored.revoked_at.is_some() || lapsed || user.state != UserState::Active {
        return Ok(None);
    }
    if stored.last_used_at.is_none_or(|last| now >= last.plus_seconds(60)) {
        let noted = async { store::touch_token(ctx.begin_write().await?, &stored.id, now).await };
        if let Err(error) = noted.await {
            tracing::warn!(event = "token_touch_failed", %error, "a token's last use was not noted");
        }
    }
    actor.token_scopes = Some(stored.scopes);
    Ok(Some(SessionUser { user, actor }))
}

fn line(token: StoredToken) -> TokenLine {
    TokenLine {
        id: token.id,
        name: token.name,
        scopes: token.scopes,
        created_at: token.created_at,
        expires_at: token.expires_at,
        last_used_at: token.last_used_at,
        revoked_at: token.revoked_at,
    }
}
