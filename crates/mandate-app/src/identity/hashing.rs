//! Passwords as argon2id hashes: 46 MiB, one pass, one lane (OWASP Password Storage Cheat Sheet, second choice).
//!
//! Hashing takes tens of milliseconds and 46 MiB, so it runs outside the async threads and only a few at a time. A hash
//! that was made at a lower cost is made anew when its password is next shown.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use mandate_store::boxed;

use crate::ctx::Ctx;

const MEMORY_KIB: u32 = 46 * 1024;
const PASSES: u32 = 1;
const LANES: u32 = 1;

/// Why a password could not be hashed: never the person's fault.
#[derive(Debug, thiserror::Error)]
#[error("a password could not be hashed: {what}")]
pub struct HashingError {
    what: String,
}

fn failed(error: impl std::fmt::Display) -> HashingError {
    HashingError { what: error.to_string() }
}

/// What a password turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Another one, or there is none.
    Wrong,
    /// The right one.
    Right,
    /// The right one, hashed at less than what holds now.
    RightButWeak,
}

fn argon2() -> Result<Argon2<'static>, HashingError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// The hash of `password` with a fresh salt, in PHC form.
#[boxed]
pub(super) async fn hash(ctx: &Ctx, password: &str) -> Result<String, HashingError> {
    let secret = ctx.new_secret();
    let password = password.to_owned();
    run(ctx, move || hash_now(&password, &secret[..16])).await
}

/// Whether `password` gives `expected`; without one it takes as long and says no.
#[boxed]
pub(super) async fn verify(
    ctx: &Ctx,
    password: &str,
    expected: Option<String>,
) -> Result<Verdict, HashingError> {
    let password = password.to_owned();
    run(ctx, move || match expected {
        Some(text) => {
            let parsed = PasswordHash::new(&text).map_err(failed)?;
            if argon2()?.verify_password(password.as_bytes(), &parsed).is_err() {
                return Ok(Verdict::Wrong);
            }
            let made = Params::try_from(&parsed).map_err(failed)?;
            let weak = made.m_cost() < MEMORY_KIB || made.t_cost() < PASSES;
            Ok(if weak { Verdict::RightButWeak } else { Verdict::Right })
        }
        None => hash_now(&password, &[7; 16]).map(|_| Verdict::Wrong),
    })
    .await
}

fn hash_now(password: &str, salt: &[u8]) -> Result<String, HashingError> {
    let hash = argon2()?.hash_password_with_salt(password.as_bytes(), salt).map_err(failed)?;
    Ok(hash.to_string())
}

async fn run<T: Send + 'static>(
    ctx: &Ctx,
    work: impl FnOnce() -> Result<T, HashingError> + Send + 'static,
) -> Result<T, HashingError> {
    // The place is held by the thread, not by the caller: one who hangs up does not make room for more.
    let place = ctx.sign_in_guard().place().await.ok_or_else(|| failed("the program ends"))?;
    tokio::task::spawn_blocking(move || {
        let done = work();
        drop(place);
        done
    })
    .await
    .map_err(failed)?
}
