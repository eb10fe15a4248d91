//! Users: made, changed and suspended by an administrator or the operator; invited by a one-time link.

use jiff::tz::TimeZone;
use mandate_domain::Id;
use mandate_domain::audit::Changes;
use mandate_domain::book::{Person, Side};
use mandate_domain::identity::{Email, EmailError, Role, User, UserState};
use mandate_domain::text::{self, TextError};
use mandate_store::identity::{self as store, NamedDelegation, StoredUser};
use mandate_store::reads::Scope;
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};

use super::Secret;
use super::profile::check_locale;
use super::setup::password_link;
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx, Subject, Unverified};
use crate::decisions::both_names;
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};

/// A user to be.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The address to sign in with.
    pub email: String,
    /// The name pages show.
    pub display_name: String,
    /// At least one.
    pub roles: Vec<Role>,
    /// Who that is in the book.
    pub person_id: Option<Id<Person>>,
    /// Language and formats, such as `en-GB`.
    pub locale: String,
    /// IANA zone in which times are shown.
    pub time_zone: String,
}

/// What an administrator may change of a user.
#[derive(Clone, Debug)]
pub struct UserChange {
    /// The user.
    pub id: Id<User>,
    /// The version that was read.
    pub version: i64,
    /// The name pages show.
    pub display_name: String,
    /// At least one.
    pub roles: Vec<Role>,
    /// Who that is in the book.
    pub person_id: Option<Id<Person>>,
    /// Whether they may sign in.
    pub state: UserState,
}

/// Why a user was not made, found or changed.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Confirm first.
    #[error(transparent)]
    Unverified(#[from] Unverified),
    /// No such user, session or token.
    #[error("there is no such user, session or token")]
    NotFound,
    /// The address is another user's.
    #[error("another user signs in with `{email}`")]
    EmailTaken {
        /// The address.
        email: String,
    },
    /// The address.
    #[error(transparent)]
    Email(#[from] EmailError),
    /// The name.
    #[error(transparent)]
    Name(#[from] TextError),
    /// Nobody without a role.
    #[error("a user needs at least one role")]
    NoRole,
    /// Roles of both sides, or of the other side than the user's.
    #[error("a client's people have a client's roles and no other, our own people never those")]
    RoleOfOtherSide,
    /// Who they are said to be in the book.
    #[error("there is no person of ours with the id `{id}`")]
    Person {
        /// What was given.
        id: String,
    },
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
    /// A one-time link begins a session, which no token may come to: a leaked narrow token must not become a wide one.
    #[error("a token cannot come to a one-time link; sign in")]
    NoSession,
    /// Without an administrator nobody could mend it.
    #[error("this is the last active administrator; make another one first")]
    LastAdministrator,
    /// The database failed, or another save came first.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for UserError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::Unverified(error) => error.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::NoSession => ErrorKind::Forbidden,
            Self::EmailTaken { .. } | Self::LastAdministrator => ErrorKind::Conflict,
            Self::Email(_)
            | Self::Name(_)
            | Self::NoRole
            | Self::RoleOfOtherSide
            | Self::Person { .. }
            | Self::Locale { .. }
            | Self::TimeZone { .. } => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::Unverified(error) => error.message(),
            Self::NotFound => Message::new("error-not-found"),
            Self::EmailTaken { email } => Message::new("user-error-email-taken").with("email", email.clone()),
            Self::Email(_) => email_message(),
            Self::Name(error) => name_message(error),
            Self::NoRole => Message::new("user-error-no-role"),
            Self::RoleOfOtherSide => Message::new("user-error-role-side"),
            Self::Person { .. } => Message::new("user-error-person"),
            Self::Locale { locale } => Message::new("user-error-locale").with("locale", locale.clone()),
            Self::TimeZone { zone } => Message::new("user-error-time-zone").with("zone", zone.clone()),
            Self::NoSession => Message::new("user-error-no-session"),
            Self::LastAdministrator => Message::new("user-error-last-administrator"),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        let field = match self {
            Self::EmailTaken { .. } | Self::Email(_) => "email",
            Self::Name(_) => "display_name",
            Self::NoRole | Self::RoleOfOtherSide => "roles",
            Self::Person { .. } => "person_id",
            Self::Locale { .. } => "locale",
            Self::TimeZone { .. } => "time_zone",
            _ => return vec![],
        };
        vec![FieldError { field: field.to_owned(), message: self.message() }]
    }
}

pub(super) fn email_message() -> Message {
    Message::new("user-error-email")
}

pub(crate) fn name_message(error: &TextError) -> Message {
    match error {
        TextError::Empty => Message::new("user-error-name-empty"),
        TextError::TooLong { limit, .. } => {
            Message::new("user-error-name-too-long").with("limit", limit.to_string())
        }
        TextError::ControlCharacter { .. } => Message::new("user-error-name-control"),
    }
}

/// A zone the clock data know; the refused text otherwise, cut to 40 characters.
pub(super) fn check_zone(zone: &str) -> Result<String, String> {
    let name = zone.trim();
    match TimeZone::get(name) {
        Ok(found) => Ok(found.iana_name().unwrap_or(name).to_owned()),
        Err(_) => Err(name.chars().take(40).collect()),
    }
}

/// Makes a user and the one-time link with which they set their password.
///
/// # Errors
/// [`UserError`]; then nobody was made.
#[boxed]
pub async fn create_user(ctx: &Ctx, actor: &Actor, new: NewUser) -> Result<(User, Secret), UserError> {
    authorise(actor, Action::Administer)?;
    refuse_tokens(actor)?;
    let email = Email::parse(&new.email)?;
    let display_name = text::line(&new.display_name, 120)?;
    let locale = check_locale(&new.locale).map_err(|locale| UserError::Locale { locale })?;
    let time_zone = check_zone(&new.time_zone).map_err(|zone| UserError::TimeZone { zone })?;
    let roles = sorted_roles(new.roles, false)?;
    // Making an administrator is as much as making oneself one.
    if roles.contains(&Role::Administrator) {
        actor.require_verified(ctx.now())?;
    }
    let user = User {
        id: ctx.new_id(),
        person_id: new.person_id,
        account_id: None,
        email: email.as_str().to_owned(),
        display_name,
        roles,
        locale,
        time_zone,
        single_keys: true,
        state: UserState::Active,
        demo: false,
        version: 1,
    };
    let mut tx = ctx.begin_write().await?;
    if store::load_user_by_email(&mut tx, &email.folded()).await?.is_some() {
        return Err(UserError::EmailTaken { email: user.email });
    }
    check_person(&mut tx, user.person_id.as_ref()).await?;
    let stored = StoredUser { user, password_hash: None };
    store::insert_user(&mut tx, &stored, ctx.now()).await?;
    let user = stored.user;
    let secret = password_link(ctx, &mut tx, &user).await?;
    let changes = Changes::new().field("email", None, Some(user.email.clone())).field(
        "roles",
        None,
        Some(role_words(&user)),
    );
    commit(ctx, tx, actor, "user.created", &user, changes).await?;
    Ok((user, secret))
}

/// Whether a user's person is there and one of ours.
async fn check_person(tx: &mut ReadTx, person: Option<&Id<Person>>) -> Result<(), UserError> {
    let Some(id) = person else { return Ok(()) };
    match mandate_store::book::load(tx, &Scope::Everything, id).await? {
        Some(found) if found.side == Side::Provider => Ok(()),
        _ => Err(UserError::Person { id: id.to_string() }),
    }
}

/// The user with this id, for administrators.
///
/// # Errors
/// [`UserError::NotFound`] when there is none.
#[boxed]
pub async fn find_user(ctx: &Ctx, actor: &Actor, id: &Id<User>) -> Result<User, UserError> {
    authorise(actor, Action::Administer)?;
    let stored = store::load_user(&mut ctx.begin_read().await?, id).await?;
    stored.map(|stored| stored.user).ok_or(UserError::NotFound)
}

/// The actor's own user.
///
/// # Errors
/// [`UserError::NotFound`] when no user acts.
#[boxed]
pub async fn find_own_user(ctx: &Ctx, actor: &Actor) -> Result<User, UserError> {
    authorise(actor, Action::OwnProfile)?;
    let id = actor.user_id().ok_or(UserError::NotFound)?;
    let stored = store::load_user(&mut ctx.begin_read().await?, id).await?;
    stored.map(|stored| stored.user).ok_or(UserError::NotFound)
}

/// Up to `limit` (at most 500) users by address, after the address `after` (empty: from the first).
///
/// # Errors
/// [`UserError::Denied`] for those who keep no users.
#[boxed]
pub async fn list_users(ctx: &Ctx, actor: &Actor, after: &str, limit: usize) -> Result<Vec<User>, UserError> {
    authorise(actor, Action::Administer)?;
    let users =
        store::list_users(&mut ctx.begin_read().await?, &after.to_lowercase(), limit.min(500)).await?;
    Ok(users.into_iter().map(|stored| stored.user).collect())
}

/// Saves a user; suspending one ends their sessions, tokens and links. Roles change only by who proved who they are.
///
/// # Errors
/// [`UserError`]; then nothing was changed.
#[boxed]
pub async fn save_user(ctx: &Ctx, actor: &Actor, change: UserChange) -> Result<User, UserError> {
    authorise(actor, Action::Administer)?;
    let display_name = text::line(&change.display_name, 120)?;
    let mut tx = ctx.begin_write().await?;
    let before = store::load_user(&mut tx, &change.id).await?.ok_or(UserError::NotFound)?.user;
    let roles = sorted_roles(change.roles, before.account_id.is_some())?;
    if before.version != change.version {
        return Err(StoreError::Stale { table: "app_user" }.into());
    }
    let mut after = User {
        display_name,
        roles,
        person_id: change.person_id,
        state: change.state,
        version: change.version,
        ..before.clone()
    };
    // The person behind a user decides which accounts they see and what they decide.
    if before.roles != after.roles || before.person_id != after.person_id {
        actor.require_verified(ctx.now())?;
    }
    if before.person_id != after.person_id {
        check_person(&mut tx, after.person_id.as_ref()).await?;
    }
    let administers =
        |user: &User| user.state == UserState::Active && user.roles.contains(&Role::Administrator);
    if administers(&before) && !administers(&after) {
        let n_others = store::count_others_with_role(&mut tx, Role::Administrator, &before.id).await?;
        if n_others == 0 {
            return Err(UserError::LastAdministrator);
        }
    }
    let person = |user: &User| user.person_id.as_ref().map(Id::to_string);
    let state = |user: &User| Some(user.state.as_str().to_owned());
    let mut changes = Changes::new()
        .field("display_name", Some(before.display_name.clone()), Some(after.display_name.clone()))
        .field("roles", Some(role_words(&before)), Some(role_words(&after)))
        .field("person_id", person(&before), person(&after))
        .field("state", state(&before), state(&after));
    if takes_over(&mut tx, &before, &after).await? {
        let word = |side: Side| Some(side.as_str().to_owned());
        changes = changes.field("ended_by", word(Side::Client), word(Side::Provider));
    }
    if changes.is_empty() {
        return Ok(before);
    }
    store::save_user(&mut tx, &after, ctx.now()).await?;
    after.version += 1;
    // A client's person who was out comes back by a link: who knew their password may no longer be they.
    if after.is_of_a_client() && before.state == UserState::Suspended && after.state == UserState::Active {
        forget_credentials(&mut tx, &after.id).await?;
        changes = changes.field("credentials", Some("kept".to_owned()), Some("removed".to_owned()));
    }
    if after.state == UserState::Suspended {
        store::save_access_ended_by(&mut tx, &after.id, Side::Provider).await?;
        changes = end_everything(ctx, &mut tx, &after.id).await?.tell(changes);
    }
    let action = match (before.state, after.state) {
        (UserState::Active, UserState::Suspended) => "user.suspended",
        (UserState::Suspended, UserState::Active) => "user.reinstated",
        _ => "user.changed",
    };
    commit(ctx, tx, actor, action, &after, changes).await?;
    Ok(after)
}

/// Forgets all by which a client's person who was out could sign in: they come back by a link, and who has the address may no longer be
/// who knew the password or holds the device.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub(crate) async fn forget_credentials(tx: &mut WriteTx, user: &Id<User>) -> Result<(), StoreError> {
    store::clear_password(tx, user).await?;
    store::delete_second_factor(tx, user).await?;
    store::delete_passkeys(tx, user).await?;
    Ok(())
}

/// Whether a client's person whom their own let go is now kept out by us, so that only we let them in again.
async fn takes_over(tx: &mut ReadTx, before: &User, after: &User) -> Result<bool, StoreError> {
    let stays_out = [before, after].iter().all(|user| user.state == UserState::Suspended);
    Ok(stays_out && store::load_access_ended_by(tx, &before.id).await? == Side::Client)
}

/// What a suspension ends at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ended {
    /// Sessions.
    pub n_sessions: u64,
    /// Tokens, which do not come back with the user.
    pub n_tokens: u64,
    /// What they handed on and what was handed to them.
    pub delegations: Vec<NamedDelegation>,
}

impl Ended {
    /// Says in the record of the suspension which delegations ended with it.
    pub fn tell(&self, changes: Changes) -> Changes {
        if self.delegations.is_empty() {
            return changes;
        }
        let names = self.delegations.iter().map(|it| both_names(&it.substitute_name, &it.absent_name));
        changes.field("delegations_ended", None, Some(names.collect::<Vec<_>>().join(", ")))
    }
}

/// Ends a user's sessions, tokens, links, sign-ins that wait and delegations; the caller commits.
#[boxed]
pub(crate) async fn end_everything(ctx: &Ctx, tx: &mut WriteTx, id: &Id<User>) -> Result<Ended, StoreError> {
    let n_sessions = store::delete_sessions(tx, id, "").await?;
    let n_tokens = store::revoke_tokens(tx, id, ctx.now()).await?;
    store::delete_pending_of_user(tx, id).await?;
    store::void_links(tx, Some(id), ctx.now()).await?;
    let today = ctx.now().date_in(&TimeZone::UTC);
    let delegations = store::end_delegations_of(tx, id, today, ctx.now()).await?;
    Ok(Ended { n_sessions, n_tokens, delegations })
}

/// Suspends the user with this address: the command line's way.
///
/// # Errors
/// [`UserError`]; then nothing was changed.
#[boxed]
pub async fn suspend_user(ctx: &Ctx, actor: &Actor, email: &str) -> Result<User, UserError> {
    let user = by_email(ctx, actor, email).await?;
    let change = UserChange {
        id: user.id,
        version: user.version,
        display_name: user.display_name,
        roles: user.roles,
        person_id: user.person_id,
        state: UserState::Suspended,
    };
    save_user(ctx, actor, change).await
}

/// A fresh one-time link with which the user of this address sets a password; voids the one before.
///
/// # Errors
/// [`UserError::NotFound`] when there is no such user, or they are suspended.
#[boxed]
pub async fn issue_password_link(ctx: &Ctx, actor: &Actor, email: &str) -> Result<Secret, UserError> {
    let user = by_email(ctx, actor, email).await?;
    refuse_tokens(actor)?;
    // Whoever has the link is that user.
    actor.require_verified(ctx.now())?;
    if user.state != UserState::Active {
        return Err(UserError::NotFound);
    }
    let mut tx = ctx.begin_write().await?;
    let secret = password_link(ctx, &mut tx, &user).await?;
    commit(ctx, tx, actor, "user.password_link_issued", &user, Changes::new()).await?;
    Ok(secret)
}

/// The user with this address: the command line's way.
///
/// # Errors
/// [`UserError::NotFound`] when there is none.
#[boxed]
pub async fn find_user_by_email(ctx: &Ctx, actor: &Actor, email: &str) -> Result<User, UserError> {
    by_email(ctx, actor, email).await
}

fn refuse_tokens(actor: &Actor) -> Result<(), UserError> {
    if actor.token_scopes.is_some() { Err(UserError::NoSession) } else { Ok(()) }
}

async fn by_email(ctx: &Ctx, actor: &Actor, email: &str) -> Result<User, UserError> {
    authorise(actor, Action::Administer)?;
    let folded = Email::parse(email)?.folded();
    let stored = store::load_user_by_email(&mut ctx.begin_read().await?, &folded).await?;
    stored.map(|stored| stored.user).ok_or(UserError::NotFound)
}

fn sorted_roles(mut roles: Vec<Role>, of_client: bool) -> Result<Vec<Role>, UserError> {
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() {
        Err(UserError::NoRole)
    } else if roles.iter().any(|role| role.is_of_client() != of_client) {
        Err(UserError::RoleOfOtherSide)
    } else {
        Ok(roles)
    }
}

fn role_words(user: &User) -> String {
    user.roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ")
}

async fn commit(
    ctx: &Ctx,
    tx: WriteTx,
    actor: &Actor,
    action: &str,
    user: &User,
    changes: Changes,
) -> Result<(), StoreError> {
    let subject = Subject { kind: "user", id: user.id.as_str(), name: &user.display_name, account_id: None };
    tx.commit(actor.record(ctx.now(), action, subject, changes.into_vec())).await
}
