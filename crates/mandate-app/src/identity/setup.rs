//! One-time links: the first start's, which makes the first administrator, and a user's, which sets a password.
//!
//! A link holds for 24 hours, works once, and is voided by a newer one.

use mandate_domain::Instant;
use mandate_domain::audit::Changes;
use mandate_domain::identity::{Email, EmailError, PasswordRefusal, Role, User, UserState, check_password};
use mandate_domain::text::{self, TextError};
use mandate_store::identity::{self as store, Link, LinkPurpose, StoredUser};
use mandate_store::{ReadTx, StoreError, boxed};

use super::factor_error::FactorError;
use super::hashing::{self, HashingError};
use super::profile::password_message;
use super::second_step::{FirstStep, SignIn, proceed};
use super::sign_in::{Opening, begin_session};
use super::single_sign_on::may_use_password;
use super::users::{check_zone, email_message, name_message};
use super::{Secret, SignedIn, secret_hash};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};

/// How long a link holds.
const LINK_HOLDS_S: i64 = 24 * 3600;

/// Who sets the firm up.
#[derive(Clone, Debug)]
pub struct OwnerDraft {
    /// The address to sign in with.
    pub email: String,
    /// The name pages show.
    pub display_name: String,
    /// The password as typed.
    pub password: String,
    /// Language and formats, such as `en-GB`.
    pub locale: String,
    /// IANA zone in which times are shown.
    pub time_zone: String,
}

/// What a link is for, to show the right page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenLink {
    /// Makes the first administrator.
    FirstStart,
    /// Sets this user's password.
    Password {
        /// The address to sign in with.
        email: String,
        /// The name pages show.
        display_name: String,
    },
}

/// Why a link did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// Unknown, used, lapsed, voided, or for something else: not told which.
    #[error("this link does not hold any more; ask for a new one")]
    Lapsed,
    /// The address.
    #[error(transparent)]
    Email(#[from] EmailError),
    /// The name.
    #[error(transparent)]
    Name(#[from] TextError),
    /// The zone.
    #[error("`{zone}` is not a time zone; write one such as Europe/Budapest")]
    TimeZone {
        /// What was given.
        zone: String,
    },
    /// The password.
    #[error(transparent)]
    Password(#[from] PasswordRefusal),
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

impl UseCaseError for LinkError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Lapsed => ErrorKind::NotFound,
            Self::Email(_) | Self::Name(_) | Self::TimeZone { .. } | Self::Password(_) => ErrorKind::Invalid,
            Self::Factor(error) => error.kind(),
            Self::Hashing(_) => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Lapsed => Message::new("link-error-lapsed"),
            Self::Email(_) => email_message(),
            Self::Name(error) => name_message(error),
            Self::TimeZone { zone } => Message::new("user-error-time-zone").with("zone", zone.clone()),
            Self::Password(refusal) => password_message(*refusal),
            Self::Factor(error) => error.message(),
            Self::Hashing(_) => Message::new("error-internal"),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        let field = match self {
            Self::Email(_) => "email",
            Self::Name(_) => "display_name",
            Self::TimeZone { .. } => "time_zone",
            Self::Password(_) => "password",
            _ => return vec![],
        };
        vec![FieldError { field: field.to_owned(), message: self.message() }]
    }
}

/// Whether nobody can sign in yet, users of the demo book aside.
///
/// # Errors
/// [`StoreError`] when users cannot be counted.
#[boxed]
pub async fn needs_setup(ctx: &Ctx) -> Result<bool, StoreError> {
    Ok(store::count_users(&mut ctx.begin_read().await?).await? == 0)
}

/// The secret of the first start's link; `None` as soon as there is a user. Voids the link before it.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn begin_setup(ctx: &Ctx) -> Result<Option<Secret>, StoreError> {
    if !needs_setup(ctx).await? {
        return Ok(None);
    }
    let mut tx = ctx.begin_write().await?;
    if store::count_users(&mut tx).await? > 0 {
        return Ok(None);
    }
    let now = ctx.now();
    let secret = Secret::new("", ctx.new_secret());
    store::void_links(&mut tx, None, now).await?;
    let lapses_at = now.plus_seconds(LINK_HOLDS_S);
    store::insert_link(&mut tx, &secret_hash(secret.reveal()), None, LinkPurpose::Password, (now, lapses_at))
        .await?;
    let subject = Subject { kind: "firm", id: "firm", name: "firm", account_id: None };
    tx.commit(Actor::system().record(now, "setup.begun", subject, vec![])).await?;
    Ok(Some(secret))
}

/// A fresh link that sets `user`'s password; the caller commits.
#[boxed]
pub(super) async fn password_link(
    ctx: &Ctx,
    tx: &mut mandate_store::WriteTx,
    user: &User,
) -> Result<Secret, StoreError> {
    let now = ctx.now();
    let secret = Secret::new("", ctx.new_secret());
    store::void_links(tx, Some(&user.id), now).await?;
    let lapses_at = now.plus_seconds(LINK_HOLDS_S);
    store::insert_link(
        tx,
        &secret_hash(secret.reveal()),
        Some(&user.id),
        LinkPurpose::Password,
        (now, lapses_at),
    )
    .await?;
    Ok(secret)
}

/// What a link is for; `None` when it does not hold.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn find_link(ctx: &Ctx, secret: &str) -> Result<Option<OpenLink>, StoreError> {
    let mut tx = ctx.begin_read().await?;
    let Some(link) = holding(&mut tx, &secret_hash(secret), ctx.now()).await? else { return Ok(None) };
    match &link.user_id {
        None => Ok((store::count_users(&mut tx).await? == 0).then_some(OpenLink::FirstStart)),
        Some(id) => {
            let stored = store::load_user(&mut tx, id).await?;
            Ok(stored.filter(|stored| may_sign_in(ctx, stored)).map(|stored| OpenLink::Password {
                email: stored.user.email,
                display_name: stored.user.display_name,
            }))
        }
    }
}

async fn holding(tx: &mut ReadTx, hash: &str, now: Instant) -> Result<Option<Link>, StoreError> {
    let holds = |link: &Link| link.purpose == LinkPurpose::Password && !link.used && now < link.expires_at;
    Ok(store::load_link(tx, hash).await?.filter(holds))
}

fn may_sign_in(ctx: &Ctx, stored: &StoredUser) -> bool {
    stored.user.state == UserState::Active && may_use_password(ctx, &stored.user)
}

/// Makes the first administrator, who is an account manager too so that a firm of one can do everything, and signs
/// them in.
///
/// # Errors
/// [`LinkError`]; then nothing was made and the link still holds, unless it is the link itself.
#[boxed]
pub async fn complete_setup(
    ctx: &Ctx,
    secret: &str,
    draft: OwnerDraft,
    user_agent: &str,
) -> Result<SignedIn, LinkError> {
    let email = Email::parse(&draft.email)?;
    let display_name = text::line(&draft.display_name, 120)?;
    let time_zone = check_zone(&draft.time_zone).map_err(|zone| LinkError::TimeZone { zone })?;
    check_password(&draft.password, &email, &display_name)?;
    if find_link(ctx, secret).await? != Some(OpenLink::FirstStart) {
        return Err(LinkError::Lapsed);
    }
    let password_hash = hashing::hash(ctx, &draft.password).await?;
    let user = User {
        id: ctx.new_id(),
        person_id: None,
        account_id: None,
        email: email.as_str().to_owned(),
        display_name,
        roles: vec![Role::AccountManager, Role::Administrator],
        locale: draft.locale,
        time_zone,
        single_keys: true,
        state: UserState::Active,
        demo: false,
        version: 1,
    };

    let mut tx = ctx.begin_write().await?;
    let (now, hash) = (ctx.now(), secret_hash(secret));
    let link = holding(&mut tx, &hash, now).await?.filter(|link| link.user_id.is_none());
    if link.is_none()
        || store::count_users(&mut tx).await? > 0
        || !store::use_link(&mut tx, &hash, now).await?
    {
        return Err(LinkError::Lapsed);
    }
    let stored = StoredUser { user, password_hash: Some(password_hash) };
    store::insert_user(&mut tx, &stored, now).await?;
    let signed_in = begin_session(ctx, &mut tx, stored.user, Opening { user_agent, shown: None }).await?;
    let user = &signed_in.session_user.user;
    let subject = Subject { kind: "user", id: user.id.as_str(), name: &user.display_name, account_id: None };
    tx.commit(signed_in.session_user.actor.record(now, "setup.completed", subject, vec![])).await?;
    Ok(signed_in)
}

/// Sets a user's password through their link and ends their other sessions; a session follows, or the second step, which
/// no link goes round.
///
/// # Errors
/// [`LinkError`]; then nothing was changed and the link still holds, unless it is the link itself.
#[boxed]
pub async fn complete_password_link(
    ctx: &Ctx,
    secret: &str,
    password: &str,
    user_agent: &str,
) -> Result<SignIn, LinkError> {
    let Some(OpenLink::Password { email, display_name }) = find_link(ctx, secret).await? else {
        return Err(LinkError::Lapsed);
    };
    check_password(password, &Email::parse(&email)?, &display_name)?;
    let password_hash = hashing::hash(ctx, password).await?;

    let mut tx = ctx.begin_write().await?;
    let (now, hash) = (ctx.now(), secret_hash(secret));
    let link = holding(&mut tx, &hash, now).await?;
    let user_id = link.and_then(|link| link.user_id).ok_or(LinkError::Lapsed)?;
    let stored = store::load_user(&mut tx, &user_id).await?.filter(|stored| may_sign_in(ctx, stored));
    let stored = stored.ok_or(LinkError::Lapsed)?;
    if !store::use_link(&mut tx, &hash, now).await? {
        return Err(LinkError::Lapsed);
    }
    store::save_password(&mut tx, &user_id, &password_hash, now).await?;
    store::delete_sessions(&mut tx, &user_id, "").await?;
    store::delete_pending_of_user(&mut tx, &user_id).await?;
    let first = FirstStep { action: "user.password_set", user_agent, shown: None, changes: Changes::new() };
    Ok(proceed(ctx, tx, stored.user, first).await?)
}
