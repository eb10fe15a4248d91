//! Requests sent twice: the API kernel asks here before it runs a use case, and keeps the answer after.
//!
//! The key is claimed inside the use case's own transaction, because the `Ctx` that [`begin`] returns claims it in every
//! write transaction it begins. So either the work and the key are kept, or neither.

use mandate_store::StoreError;
use mandate_store::boxed;
use mandate_store::idempotency as store;
use sha2::{Digest, Sha256};

use crate::ctx::{Actor, Ctx, Who};
use crate::error::{ErrorKind, Message, UseCaseError};

/// What to do with a request that carries a key.
pub enum Begun {
    /// Not seen before: run the use case with this context, then call [`answer`] with it.
    Fresh(Ctx),
    /// Done before: send this answer again.
    Replay {
        /// HTTP status.
        status: u16,
        /// What the kernel kept.
        body: String,
    },
    /// Done before, but the program stopped before the answer was kept: say that it is done.
    DoneWithoutAnswer,
}

/// Why a request with a key cannot run.
#[derive(Debug, thiserror::Error)]
pub enum IdempotencyError {
    /// No key has fewer than 1 or more than 200 visible ASCII characters.
    #[error("an idempotency key has 1 to 200 visible ASCII characters")]
    BadKey,
    /// The key belongs to another request.
    #[error("this idempotency key was used for another request; use a fresh one")]
    Reused,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for IdempotencyError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::BadKey | Self::Reused => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::BadKey => Message::new("idempotency-error-bad-key"),
            Self::Reused => Message::new("idempotency-error-reused"),
            Self::Store(error) => error.message(),
        }
    }
}

/// What names a request: method, path with query, body, and what its sender may see. An answer is made for the clearance
/// of then; with another one, such as a narrower token, it is another request.
pub fn request_hash(actor: &Actor, method: &str, path: &str, body: &[u8]) -> String {
    let mut roles: Vec<&str> = actor.roles.iter().map(|role| role.as_str()).collect();
    roles.sort_unstable();
    let scopes = actor.token_scopes.as_ref().map(|scopes| {
        let mut scopes = scopes.clone();
        scopes.sort_unstable();
        scopes
    });
    let clearance = format!("{roles:?} {scopes:?} {}", actor.walls_down);
    let mut hasher = Sha256::new();
    for part in [method.as_bytes(), path.as_bytes(), clearance.as_bytes(), body] {
        hasher.update(part.len().to_string());
        hasher.update(":");
        hasher.update(part);
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Looks the key up; a fresh one comes back as the context to run the use case with.
///
/// # Errors
/// [`IdempotencyError`] when the key is malformed or belongs to another request.
#[boxed]
pub async fn begin(
    ctx: &Ctx,
    actor: &Actor,
    key: &str,
    request_hash: String,
) -> Result<Begun, IdempotencyError> {
    if !(1..=200).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(IdempotencyError::BadKey);
    }
    let user_id = match &actor.who {
        Who::User { id, .. } => id.to_string(),
        Who::Operator => "operator".to_owned(),
        Who::System => "system".to_owned(),
    };
    let earlier = store::find(&mut ctx.begin_read().await?, &user_id, key).await?;
    match earlier {
        None => {
            let claim: String = ctx.new_secret().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
            let claim = store::Claim { user_id, key: key.to_owned(), request_hash, claim };
            Ok(Begun::Fresh(ctx.claiming(claim)))
        }
        Some(earlier) if earlier.request_hash != request_hash => Err(IdempotencyError::Reused),
        Some(store::Earlier { answer: Some((status, body)), .. }) => Ok(Begun::Replay { status, body }),
        Some(_) => Ok(Begun::DoneWithoutAnswer),
    }
}

/// Keeps the answer of a request that went well; `ctx` is the one [`begin`] returned.
///
/// # Errors
/// [`StoreError`] when it cannot be written; the work is kept all the same.
#[boxed]
pub async fn answer(ctx: &Ctx, status: u16, body: &str) -> Result<(), StoreError> {
    let Some(claim) = ctx.claim() else { return Ok(()) };
    let tx = ctx.db().begin_write().await?;
    store::remember(tx, claim, status, body).await
}
