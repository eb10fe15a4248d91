//! Passkeys: added and named by their owner, and signing in by one in a single step.
//!
//! The device asks for a finger, a face or a PIN, so that a passkey counts as a second factor too. Behind the feature
//! `passkeys`; without it nobody adds one or signs in by one, but whoever has some sees and removes them. A challenge
//! is kept here, holds for five minutes and is used up by its first answer, whatever that says.

mod add;
#[cfg(feature = "passkeys")]
mod ceremony;
#[cfg(not(feature = "passkeys"))]
#[path = "no_ceremony.rs"]
mod ceremony;
mod error;
mod own;
mod relying_party;
mod sign_in;

use mandate_domain::identity::{Passkey, User};
use mandate_domain::{Id, Instant};
use mandate_store::StoreError;
use mandate_store::identity::{self as store, PasskeyChallenge, StoredPasskey};
use sha2::{Digest, Sha256};

pub use add::{add_passkey, begin_passkey};
pub use error::PasskeyError;
pub use own::{list_passkeys, remove_passkey, rename_passkey};
pub use relying_party::RelyingParty;
pub use sign_in::{PasskeyAnswer, begin_passkey_sign_in, sign_in_by_passkey};

use super::{Secret, secret_hash};
use crate::ctx::Ctx;

/// Whether this program was built with passkeys.
pub const PASSKEYS_BUILT: bool = cfg!(feature = "passkeys");

const CHALLENGE_HOLDS_S: i64 = 5 * 60;

/// What a browser is asked.
#[derive(Clone, Debug)]
pub struct PasskeyQuestion {
    /// Names the challenge; for a cookie.
    pub secret: Secret,
    /// What the browser's own function for passkeys takes, as JSON.
    pub options: String,
}

/// What a ceremony asks, and what the answer will be held against.
struct Asked {
    options: String,
    state: String,
}

/// A key that a device made.
struct NewKey {
    credential_id: String,
    credential: String,
}

/// Which key an answer names, and whose it says it is.
struct Named {
    credential_id: String,
    handle: Vec<u8>,
}

/// The refusal of an answer; why stands in the log only.
fn not_accepted(why: impl std::fmt::Display) -> PasskeyError {
    tracing::warn!(event = "passkey_refused", %why, "the answer of a passkey was refused");
    PasskeyError::Refused
}

/// What a device keeps of a user: nothing that says who they are.
fn handle_of(user: &Id<User>) -> [u8; 16] {
    let hash = Sha256::digest(user.as_str().as_bytes());
    let mut handle = [0; 16];
    handle.copy_from_slice(&hash[..16]);
    handle
}

/// Keeps what was asked until it is answered.
async fn ask(ctx: &Ctx, user: Option<&Id<User>>, asked: Asked) -> Result<PasskeyQuestion, StoreError> {
    let (secret, now) = (Secret::new("", ctx.new_secret()), ctx.now());
    let challenge = PasskeyChallenge {
        secret_hash: secret_hash(secret.reveal()),
        user_id: user.cloned(),
        state: asked.state,
        created_at: now,
        expires_at: now.plus_seconds(CHALLENGE_HOLDS_S),
    };
    store::keep_challenge(ctx.begin_write().await?, &challenge).await?;
    Ok(PasskeyQuestion { secret, options: asked.options })
}

/// What `user` was asked, or nobody in particular; used up from here on.
async fn take(ctx: &Ctx, secret: &str, user: Option<&Id<User>>) -> Result<String, PasskeyError> {
    let now: Instant = ctx.now();
    let taken = store::take_challenge(ctx.begin_write().await?, &secret_hash(secret)).await?;
    let holds = |it: &PasskeyChallenge| it.user_id.as_ref() == user && now < it.expires_at;
    taken.filter(holds).map(|it| it.state).ok_or(PasskeyError::Lapsed)
}

fn shown(stored: StoredPasskey) -> Passkey {
    Passkey {
        id: stored.id,
        user_id: stored.user_id,
        name: stored.name,
        created_at: stored.created_at,
        last_used_at: stored.last_used_at,
        refused_at: stored.refused_at,
    }
}
