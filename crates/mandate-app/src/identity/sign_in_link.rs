//! Signing in by a link sent by mail: for a client's people, who come too seldom to keep a password.
//!
//! A link works once and for a quarter of an hour, an invitation for a week; a newer one voids it, but one that anybody can ask for
//! voids no invitation. Opening it shows a page, and only the
//! button on it signs in, so that a scanner of mail uses nothing up. A second factor is asked for all the same. Whether an
//! address has access is told to nobody who asks for a link.

use mandate_domain::audit::{Changes, Origin};
use mandate_domain::identity::{Email, User, UserState};
use mandate_domain::{Id, Instant};
use mandate_store::identity::{self as store, Link, LinkPurpose, StoredUser};
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};

use super::second_step::{FirstStep, SignIn, proceed};
use super::setup::LinkError;
use super::{Secret, actor_of, secret_hash};
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{ErrorKind, Message, TooMany, UseCaseError};
use crate::identity::UserError;
use crate::mail::{self, MailAbout, MailText};
use crate::settings::FirmSettings;

/// How long a link holds that someone asked for on the sign-in page.
const ASKED_HOLDS_S: i64 = 15 * 60;
/// How long an invitation holds.
pub(crate) const INVITATION_HOLDS_S: i64 = 7 * 86_400;

/// Why a link could not be asked for.
#[derive(Debug, thiserror::Error)]
pub enum AskLinkError {
    /// Too many were asked for.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for AskLinkError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::TooMany(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::TooMany(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }
}

/// Whether this user signs in by links: a client's, and active.
fn signs_in_by_link(stored: &StoredUser) -> bool {
    stored.user.account_id.is_some() && stored.user.state == UserState::Active
}

/// Sends a sign-in link to `email` if it is an address of a client's person; whether it is, the answer does not say.
///
/// # Errors
/// [`AskLinkError::TooMany`] alike for every address.
pub async fn ask_for_link(
    ctx: &Ctx,
    email: &str,
    client: &str,
    write: impl FnOnce(&User, &Secret) -> MailText,
) -> Result<(), AskLinkError> {
    let folded = Email::parse(email).map(|email| email.folded()).unwrap_or_default();
    // A count of its own: a whole office asks for links on a Monday, and must still be let in with passwords.
    let client = if client.is_empty() { String::new() } else { format!("link {client}") };
    ctx.sign_in_guard().begin(&format!("link {folded}"), &client, ctx.now())?;
    if !ctx.sends_mail() {
        return Ok(());
    }
    let mut tx = ctx.begin_write().await?;
    let found = store::load_user_by_email(&mut tx, &folded).await?.filter(signs_in_by_link);
    let Some(StoredUser { user, .. }) = found else { return Ok(()) };
    let now = ctx.now();
    let until = now.plus_seconds(ASKED_HOLDS_S);
    store::void_links_lapsing(&mut tx, &user.id, now, until).await?;
    let secret = fresh(ctx, &mut tx, &user, ASKED_HOLDS_S).await?;
    let about = MailAbout { kind: "sign_in_link", holds_s: ASKED_HOLDS_S };
    mail::queue(ctx, &mut tx, &user, about, &write(&user, &secret)).await?;
    let actor = actor_of(&user, &FirmSettings::default(), Origin::Web);
    let subject = Subject { kind: "user", id: user.id.as_str(), name: &user.display_name, account_id: None };
    tx.commit(actor.record(ctx.now(), "user.sign_in_link_asked_for", subject, vec![])).await?;
    Ok(())
}

/// A fresh link of a week that signs `user` in, which voids every other; the caller commits.
#[boxed]
pub(crate) async fn issue(ctx: &Ctx, tx: &mut WriteTx, user: &User) -> Result<Secret, StoreError> {
    store::void_links(tx, Some(&user.id), ctx.now()).await?;
    fresh(ctx, tx, user, INVITATION_HOLDS_S).await
}

async fn fresh(ctx: &Ctx, tx: &mut WriteTx, user: &User, holds_s: i64) -> Result<Secret, StoreError> {
    let (now, secret) = (ctx.now(), Secret::new("", ctx.new_secret()));
    let hash = secret_hash(secret.reveal());
    let times = (now, now.plus_seconds(holds_s));
    store::insert_link(tx, &hash, Some(&user.id), LinkPurpose::SignIn, times).await?;
    Ok(secret)
}

/// A fresh sign-in link for a client's person, to be handed over by an administrator where no mail goes out.
///
/// # Errors
/// [`UserError::NotFound`] for one who does not sign in by links.
#[boxed]
pub async fn issue_sign_in_link(ctx: &Ctx, actor: &Actor, id: &Id<User>) -> Result<Secret, UserError> {
    authorise(actor, Action::Administer)?;
    if actor.token_scopes.is_some() {
        return Err(UserError::NoSession);
    }
    // Whoever has the link is that person.
    actor.require_verified(ctx.now())?;
    let mut tx = ctx.begin_write().await?;
    let found = store::load_user(&mut tx, id).await?.filter(signs_in_by_link);
    let user = found.ok_or(UserError::NotFound)?.user;
    let secret = issue(ctx, &mut tx, &user).await?;
    let subject = Subject { kind: "user", id: user.id.as_str(), name: &user.display_name, account_id: None };
    tx.commit(actor.record(ctx.now(), "user.sign_in_link_issued", subject, vec![])).await?;
    Ok(secret)
}

async fn holding(
    tx: &mut ReadTx,
    hash: &str,
    now: Instant,
) -> Result<Option<(Link, StoredUser)>, StoreError> {
    let holds = |link: &Link| link.purpose == LinkPurpose::SignIn && !link.used && now < link.expires_at;
    let Some(link) = store::load_link(tx, hash).await?.filter(holds) else { return Ok(None) };
    let Some(id) = &link.user_id else { return Ok(None) };
    let stored = store::load_user(tx, id).await?.filter(signs_in_by_link);
    Ok(stored.map(|stored| (link, stored)))
}

/// Whom the link signs in; `None` when it does not hold.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn find_sign_in_link(ctx: &Ctx, secret: &str) -> Result<Option<User>, StoreError> {
    let found = holding(&mut ctx.begin_read().await?, &secret_hash(secret), ctx.now()).await?;
    Ok(found.map(|(_, stored)| stored.user))
}

/// Signs in by the link, or leads on to the second factor.
///
/// # Errors
/// [`LinkError::Lapsed`] when it does not hold any more.
#[boxed]
pub async fn sign_in_by_link(ctx: &Ctx, secret: &str, user_agent: &str) -> Result<SignIn, LinkError> {
    let hash = secret_hash(secret);
    let mut tx = ctx.begin_write().await?;
    let (_, stored) = holding(&mut tx, &hash, ctx.now()).await?.ok_or(LinkError::Lapsed)?;
    if !store::use_link(&mut tx, &hash, ctx.now()).await? {
        return Err(LinkError::Lapsed);
    }
    let changes = Changes::new().field("by", None, Some("link".to_owned()));
    let first = FirstStep { action: "user.signed_in", user_agent, shown: None, changes };
    Ok(proceed(ctx, tx, stored.user, first).await?)
}
