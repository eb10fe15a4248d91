//! One's own profile and password.

use mandate_domain::audit::Changes;
use mandate_domain::identity::{Email, PasswordRefusal, User, check_password};
use mandate_domain::text::{self, TextError};
use mandate_store::StoreError;
use mandate_store::boxed;
use mandate_store::identity as store;

use super::hashing::{self, HashingError, Verdict};
use super::sessions::renew;
use super::users::{check_zone, name_message};
use super::{Secret, secret_hash};
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{ErrorKind, FieldError, Message, TooMany, UseCaseError};

/// What a person may change of themselves.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The name pages show.
    pub display_name: String,
    /// Language and formats, such as `en-GB`.
    pub locale: String,
    /// IANA zone in which times are shown.
    pub time_zone: String,
    /// Whether single-key shortcuts act.
    pub single_keys: bool,
    /// The version that was read; without one the last save wins, for only they make it.
    pub version: Option<i64>,
}

/// Why a profile was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveProfileError {
    /// A token without that scope, or nobody who has a profile.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The operator and the system have no profile.
    #[error("only a person who signed in has a profile")]
    NoProfile,
    /// The name.
    #[error(transparent)]
    Name(#[from] TextError),
    /// The language.
    #[error("`{locale}` is not a language tag; write one such as en-GB")]
    Locale {
        /// What was given.
        locale: String,
    },
    /// The zone.
    #[error("`{zone}` is not a time zone; write one such as Europe/Budapest")]
    TimeZone {
        /// What was given.
        zone: String,
    },
    /// The database failed, or another save came first.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for SaveProfileError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::NoProfile => ErrorKind::NotFound,
            Self::Name(_) | Self::Locale { .. } | Self::TimeZone { .. } => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::NoProfile => Message::new("error-not-found"),
            Self::Name(error) => name_message(error),
            Self::Locale { locale } => Message::new("user-error-locale").with("locale", locale.clone()),
            Self::TimeZone { zone } => Message::new("user-error-time-zone").with("zone", zone.clone()),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        let field = match self {
            Self::Name(_) => "display_name",
            Self::Locale { .. } => "locale",
            Self::TimeZone { .. } => "time_zone",
            _ => return vec![],
        };
        vec![FieldError { field: field.to_owned(), message: self.message() }]
    }
}

/// Saves the actor's own profile.
///
/// # Errors
/// [`SaveProfileError`]; then nothing was changed.
#[boxed]
pub async fn save_profile(ctx: &Ctx, actor: &Actor, profile: Profile) -> Result<User, SaveProfileError> {
    authorise(actor, Action::OwnProfile)?;
    let display_name = text::line(&profile.display_name, 120)?;
    let locale = check_locale(&profile.locale).map_err(|locale| SaveProfileError::Locale { locale })?;
    let time_zone = check_zone(&profile.time_zone).map_err(|zone| SaveProfileError::TimeZone { zone })?;
    let user_id = actor.user_id().ok_or(SaveProfileError::NoProfile)?;
    let mut tx = ctx.begin_write().await?;
    let before = store::load_user(&mut tx, user_id).await?.ok_or(SaveProfileError::NoProfile)?.user;
    if profile.version.is_some_and(|version| version != before.version) {
        return Err(StoreError::Stale { table: "app_user" }.into());
    }
    let mut after =
        User { display_name, locale, time_zone, single_keys: profile.single_keys, ..before.clone() };
    let text = |text: &str| Some(text.to_owned());
    let flag = |flag: bool| Some(flag.to_string());
    let changes = Changes::new()
        .field("display_name", text(&before.display_name), text(&after.display_name))
        .field("locale", text(&before.locale), text(&after.locale))
        .field("time_zone", text(&before.time_zone), text(&after.time_zone))
        .field("single_keys", flag(before.single_keys), flag(after.single_keys));
    if changes.is_empty() {
        return Ok(before);
    }
    store::save_user(&mut tx, &after, ctx.now()).await?;
    after.version += 1;
    let subject =
        Subject { kind: "user", id: after.id.as_str(), name: &after.display_name, account_id: None };
    tx.commit(actor.record(ctx.now(), "user.profile_changed", subject, changes.into_vec())).await?;
    Ok(after)
}

/// A language tag as browsers send it: letters, digits and hyphens.
pub(crate) fn check_locale(locale: &str) -> Result<String, String> {
    let parts: Vec<&str> = locale.trim().split('-').collect();
    let fits =
        |part: &&str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let language = parts.first().is_some_and(|part| matches!(part.len(), 2 | 3));
    if language && parts.len() <= 4 && parts.iter().all(fits) {
        Ok(locale.trim().to_owned())
    } else {
        Err(locale.chars().take(40).collect())
    }
}

/// Why a password was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    /// The operator and the system have no password, and no token may change one.
    #[error("only a person who signed in can change their password")]
    NoPassword,
    /// The present password is another.
    #[error("the present password is not right")]
    WrongPassword,
    /// Too many failed attempts.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The new one breaks a rule.
    #[error(transparent)]
    Refused(#[from] PasswordRefusal),
    /// The hash could not be computed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for ChangePasswordError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoPassword => ErrorKind::Forbidden,
            Self::WrongPassword | Self::Refused(_) => ErrorKind::Invalid,
            Self::TooMany(error) => error.kind(),
            Self::Hashing(_) => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::NoPassword => Message::new("password-error-no-session"),
            Self::WrongPassword => Message::new("password-error-wrong"),
            Self::TooMany(error) => error.message(),
            Self::Refused(refusal) => password_message(*refusal),
            Self::Hashing(_) => Message::new("error-internal"),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        let field = match self {
            Self::WrongPassword => "current_password",
            Self::Refused(_) => "password",
            _ => return vec![],
        };
        vec![FieldError { field: field.to_owned(), message: self.message() }]
    }
}

pub(super) fn password_message(refusal: PasswordRefusal) -> Message {
    match refusal {
        PasswordRefusal::TooShort { length } => {
            Message::new("password-error-too-short").with("length", length.to_string())
        }
        PasswordRefusal::TooLong => Message::new("password-error-too-long"),
        PasswordRefusal::Known => Message::new("password-error-known"),
        PasswordRefusal::Common => Message::new("password-error-common"),
    }
}

/// A change of password.
#[derive(Clone, Copy)]
pub struct PasswordChange<'a> {
    /// The token of the session it is made in, which stays under another token.
    pub session_token: &'a str,
    /// The present password.
    pub current: &'a str,
    /// The one to be.
    pub new: &'a str,
}

/// Changes the actor's own password and ends their sessions but the one it is made in; returns that one's new token.
///
/// # Errors
/// [`ChangePasswordError`]; then nothing was changed.
pub async fn change_password(
    ctx: &Ctx,
    actor: &Actor,
    change: PasswordChange<'_>,
) -> Result<Secret, ChangePasswordError> {
    let PasswordChange { session_token, current, new } = change;
    let user_id = match actor.user_id() {
        Some(user_id) if actor.token_scopes.is_none() => user_id,
        _ => return Err(ChangePasswordError::NoPassword),
    };
    let stored = store::load_user(&mut ctx.begin_read().await?, user_id).await?;
    let stored = stored.ok_or(ChangePasswordError::NoPassword)?;
    let email = Email::parse(&stored.user.email).map_err(|_| ChangePasswordError::NoPassword)?;
    check_password(new, &email, &stored.user.display_name)?;
    // A session left open must not become a place to guess the password.
    let folded = email.folded();
    let guard = ctx.sign_in_guard();
    guard.begin(&folded, "", ctx.now())?;
    if hashing::verify(ctx, current, stored.password_hash.clone()).await? == Verdict::Wrong {
        return Err(ChangePasswordError::WrongPassword);
    }
    guard.succeed(&folded, "");
    let password_hash = hashing::hash(ctx, new).await?;
    let mut tx = ctx.begin_write().await?;
    store::save_password(&mut tx, user_id, &password_hash, ctx.now()).await?;
    let fresh = renew(ctx, &mut tx, user_id, session_token, None).await?;
    let fresh = fresh.ok_or(ChangePasswordError::NoPassword)?;
    store::delete_sessions(&mut tx, user_id, &secret_hash(fresh.reveal())).await?;
    let subject =
        Subject { kind: "user", id: user_id.as_str(), name: &stored.user.display_name, account_id: None };
    tx.commit(actor.record(ctx.now(), "user.password_changed", subject, vec![])).await?;
    Ok(fresh)
}
