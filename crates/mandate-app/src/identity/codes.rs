//! Codes of second factors: six digits by time (RFC 6238: SHA-1, thirty seconds), or a recovery code.
//!
//! [`recognise`] says what a code would use up and [`use_up`] uses it, in the transaction that does what the code was
//! given for. Recovery codes are hashes and need no key file, so that they still work when it is lost.

use mandate_domain::identity::{
    Email, RECOVERY_CODES, STEP_SECONDS, User, folded_recovery_code, open_steps, recovery_code,
};
use mandate_domain::{Id, Instant};
use mandate_store::identity::{self as store, StoredFactor};
use mandate_store::{StoreError, WriteTx, boxed};
use subtle::ConstantTimeEq as _;
use totp_rs::{Builder, Totp};

use super::factor_error::FactorError;
use super::secret_key::{self, KeyError, Sealed};
use super::{Secret, secret_hash};
use crate::ctx::Ctx;

const TABLE: &str = "second_factor";
const SECRET_BYTES: usize = 20;
/// What the person's program calls us.
const ISSUER: &str = "Mandate";

/// A second factor to be, for the person's program: as an address (also in a QR code) and to type.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The address that a QR code holds.
    pub uri: String,
    /// The secret in groups of four signs.
    pub secret: String,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolment(..)")
    }
}

/// What a code uses up.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Code {
    /// A time step.
    Step(i64),
    /// The recovery code of this hash.
    Recovery(String),
}

impl Code {
    /// The word in the audit record.
    pub(super) const fn as_str(&self) -> &'static str {
        match self {
            Self::Step(_) => "code",
            Self::Recovery(_) => "recovery_code",
        }
    }
}

/// Begins a second factor for `user`, unless one counts; the caller commits.
#[boxed]
pub(super) async fn begin(ctx: &Ctx, tx: &mut WriteTx, user: &User) -> Result<bool, FactorError> {
    let secret = ctx.new_secret();
    let sealed = secret_key::seal(ctx, TABLE, user.id.as_str(), &secret[..SECRET_BYTES])?;
    Ok(store::begin_second_factor(tx, &user.id, &sealed.key_id, &sealed.text, ctx.now()).await?)
}

/// What the person's program needs of a second factor that was begun.
pub(super) fn enrolment(ctx: &Ctx, user: &User, factor: &StoredFactor) -> Result<Enrolment, FactorError> {
    let totp = totp(ctx, factor, &user.email)?;
    let plain = totp.secret().to_base32();
    let groups: Vec<&str> =
        plain.as_bytes().chunks(4).filter_map(|it| std::str::from_utf8(it).ok()).collect();
    // The account's name holds no colon, which is all that an address can fail for.
    let uri = totp.to_url().map_err(|_| KeyError::Tampered)?;
    Ok(Enrolment { uri, secret: groups.join(" ") })
}

fn totp(ctx: &Ctx, factor: &StoredFactor, email: &str) -> Result<Totp, KeyError> {
    let sealed = Sealed { key_id: factor.key_id.clone(), text: factor.sealed_secret.clone() };
    let secret = secret_key::open(ctx, TABLE, factor.user_id.as_str(), &sealed)?;
    Ok(Builder::new()
        .with_secret(secret)
        .with_account_name(email.replace(':', " "))
        .with_issuer(Some(ISSUER))
        .build_noncompliant())
}

/// What `typed` would use up of a person's second factor; `None` for what is not right.
pub(super) fn recognise(
    ctx: &Ctx,
    factor: &StoredFactor,
    email: &str,
    typed: &str,
) -> Result<Option<Code>, FactorError> {
    if let Some(folded) = folded_recovery_code(typed) {
        return Ok(Some(Code::Recovery(recovery_hash(&factor.user_id, &folded))));
    }
    let digits: String = typed.chars().filter(|sign| !sign.is_whitespace()).take(7).collect();
    let totp = totp(ctx, factor, email)?;
    let seconds = ctx.now().microseconds().div_euclid(1_000_000);
    let mut found = None;
    for step in open_steps(seconds, factor.last_step) {
        let at = u64::try_from(step * STEP_SECONDS).unwrap_or_default();
        let expected = totp.generate(at).to_string();
        if bool::from(expected.as_bytes().ct_eq(digits.as_bytes())) {
            found = Some(Code::Step(step));
        }
    }
    Ok(found)
}

/// Uses a code up; false when another request did so first, or it never was one.
#[boxed]
pub(super) async fn use_up(
    tx: &mut WriteTx,
    user: &Id<User>,
    code: &Code,
    now: Instant,
) -> Result<bool, StoreError> {
    match code {
        Code::Step(step) => store::use_step(tx, user, *step).await,
        Code::Recovery(hash) => store::use_recovery_code(tx, user, hash, now).await,
    }
}

/// Fresh recovery codes in place of those there were; the caller commits and shows them once.
#[boxed]
pub(super) async fn renew_recovery_codes(
    ctx: &Ctx,
    tx: &mut WriteTx,
    user: &Id<User>,
) -> Result<Vec<Secret>, StoreError> {
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| recovery_code(ctx.new_secret())).collect();
    let hashes: Vec<String> = codes
        .iter()
        .filter_map(|code| folded_recovery_code(code))
        .map(|it| recovery_hash(user, &it))
        .collect();
    store::replace_recovery_codes(tx, user, &hashes, ctx.now()).await?;
    Ok(codes.into_iter().map(Secret).collect())
}

/// With the user's id in it, so that one table of hashes does not serve for all.
fn recovery_hash(user: &Id<User>, folded: &str) -> String {
    secret_hash(&format!("{} {folded}", user.as_str()))
}

/// How the guard counts wrong codes of a person, whatever they are given for.
pub(super) fn guarded(user: &User) -> String {
    let folded = Email::parse(&user.email).map(|email| email.folded()).unwrap_or_default();
    format!("code {folded}")
}
