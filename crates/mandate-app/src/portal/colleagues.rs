//! Who of a client's people has access: invited and removed by their own administrator, or by one of ours.
//!
//! Whoever is invited is a person of the client in the book (found by address, or added), because what they say in the portal is
//! said by a person. Removing suspends: what they said stays theirs.

use mandate_domain::Id;
use mandate_domain::audit::{AuditRecord, Changes};
use mandate_domain::book::{Account, Person, PersonRole, Record as _, Saved, Side};
use mandate_domain::identity::{Email, Role, User, UserState};
use mandate_domain::text;
use mandate_store::identity::{self as store, StoredUser};
use mandate_store::reads::Scope;
use mandate_store::reads::kpi_people::load_account_name;
use mandate_store::reads::portal_people::client_people_with_address;
use mandate_store::{StoreError, WriteTx, book, boxed};

use super::{Entered, PortalError, own_portal};
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::Message;
use crate::facts::kpi::{Fields, text_message};
use crate::identity::sign_in_link::{INVITATION_HOLDS_S, issue};
use crate::identity::users::{end_everything, forget_credentials};
use crate::identity::{Secret, UserError};
use crate::mail::{self, MailAbout, MailServer, MailText};

/// One who has access, or had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colleague {
    /// Their user.
    pub id: Id<User>,
    /// Their name.
    pub name: String,
    /// The address they sign in with.
    pub email: String,
    /// Whether they keep who has access.
    pub administrator: bool,
    /// Whether they may sign in.
    pub active: bool,
}

/// Who is to have access, as typed.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Their address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Whether they keep who else has access.
    pub administrator: bool,
    /// Language and formats, such as `de-DE`.
    pub locale: String,
}

/// An invitation that was made.
#[derive(Debug)]
pub struct Invited {
    /// Who.
    pub user: User,
    /// The link's secret, where no mail goes out and whoever invited may hand it over; else an administrator of ours
    /// makes one ([`crate::identity::issue_sign_in_link`]).
    pub secret: Option<Secret>,
    /// Whether it goes out by mail.
    pub mailed: bool,
}

/// The client's people who have access, or had.
///
/// # Errors
/// [`PortalError`] when the right is missing.
#[boxed]
pub async fn list_colleagues(ctx: &Ctx, entered: &Entered) -> Result<Vec<Colleague>, PortalError> {
    authorise(&entered.actor, Action::ReadPortal)?;
    of_account(ctx, &entered.account.id).await
}

/// The same for one of ours who may invite.
///
/// # Errors
/// [`PortalError`]: no right, an account out of reach.
#[boxed]
pub async fn list_client_users(
    ctx: &Ctx,
    actor: &Actor,
    account: &Id<Account>,
) -> Result<Vec<Colleague>, PortalError> {
    authorise(actor, Action::ReadBook)?;
    reached(ctx, actor, account).await?;
    of_account(ctx, account).await
}

async fn reached(ctx: &Ctx, actor: &Actor, account: &Id<Account>) -> Result<(), PortalError> {
    let found = load_account_name(&mut ctx.begin_read().await?, &actor.scope, account).await?;
    found.map(|_| ()).ok_or(PortalError::NotFound { what: "account" })
}

async fn of_account(ctx: &Ctx, account: &Id<Account>) -> Result<Vec<Colleague>, PortalError> {
    let users = store::list_users_of_account(&mut ctx.begin_read().await?, account).await?;
    let line = |stored: StoredUser| Colleague {
        administrator: stored.user.roles.contains(&Role::ClientAdministrator),
        active: stored.user.state == UserState::Active,
        id: stored.user.id,
        name: stored.user.display_name,
        email: stored.user.email,
    };
    Ok(users.into_iter().map(line).collect())
}

/// Invites a colleague: the client's own administrator does.
///
/// # Errors
/// [`PortalError`]; then nobody was invited.
pub async fn invite_colleague(
    ctx: &Ctx,
    entered: &Entered,
    invitation: &Invitation,
    write: impl FnOnce(&User, &Secret) -> MailText,
) -> Result<Invited, PortalError> {
    authorise(&entered.actor, Action::KeepColleagues)?;
    invite(ctx, &entered.actor, &entered.account.id, invitation, write).await
}

/// Invites one of a client's people: one of ours does, the first time at least.
///
/// # Errors
/// [`PortalError`]; then nobody was invited.
pub async fn invite_client(
    ctx: &Ctx,
    actor: &Actor,
    account: &Id<Account>,
    invitation: &Invitation,
    write: impl FnOnce(&User, &Secret) -> MailText,
) -> Result<Invited, PortalError> {
    authorise(actor, Action::InviteClient)?;
    reached(ctx, actor, account).await?;
    invite(ctx, actor, account, invitation, write).await
}

async fn invite(
    ctx: &Ctx,
    actor: &Actor,
    account: &Id<Account>,
    invitation: &Invitation,
    write: impl FnOnce(&User, &Secret) -> MailText,
) -> Result<Invited, PortalError> {
    // The link signs in: no token may come to one.
    if actor.token_scopes.is_some() {
        return Err(UserError::NoSession.into());
    }
    let mut fields = Fields::default();
    let email = fields.take("email", Email::parse(&invitation.email), |_| Message::new("user-error-email"));
    let name = fields.take("name", text::line(&invitation.name, 120), text_message);
    let locale =
        fields.take("locale", crate::identity::known_locale(&invitation.locale), |locale: &String| {
            Message::new("user-error-locale").with("locale", locale.clone())
        });
    fields.done()?;
    let (Some(email), Some(name), Some(locale)) = (email, name, locale) else {
        return Err(PortalError::Invalid { fields: vec![] });
    };
    // An address that cannot be invited tells something: trying many takes longer and longer, for all of a client together.
    let tries = match own_portal(actor) {
        Some(own) => format!("invitations of {own}"),
        None => format!("invitations by {}", actor.user_id().map_or("", Id::as_str)),
    };
    ctx.sign_in_guard().begin_unnamed(&tries, ctx.now())?;
    let mut tx = ctx.begin_write().await?;
    let known = may_be_invited(ctx, &mut tx, actor, account, &email).await?;
    let (person_id, mut records) = person_of(ctx, &mut tx, actor, account, (&email, &name)).await?;
    let found = load_account_name(&mut tx, &actor.scope, account).await?;
    let zone = found.ok_or(PortalError::NotFound { what: "account" })?.time_zone;
    let role = if invitation.administrator { Role::ClientAdministrator } else { Role::ClientMember };
    let user = User {
        id: ctx.new_id(),
        person_id: Some(person_id),
        account_id: Some(account.clone()),
        email: email.as_str().to_owned(),
        display_name: name,
        roles: vec![role],
        locale,
        time_zone: zone,
        single_keys: true,
        state: UserState::Active,
        demo: false,
        version: 1,
    };
    let shown = hands_over(actor, known.is_some());
    let user = admit(ctx, &mut tx, user, known).await?;
    let secret = issue(ctx, &mut tx, &user).await?;
    let about = MailAbout { kind: "invitation", holds_s: INVITATION_HOLDS_S };
    let mailed = mail::queue(ctx, &mut tx, &user, about, &write(&user, &secret)).await?;
    let changes = Changes::new()
        .field("email", None, Some(user.email.clone()))
        .field("roles", None, Some(role.as_str().to_owned()))
        .into_vec();
    records.push(actor.record(ctx.now(), "user.invited", subject(&user, account), changes));
    tx.commit_all(records).await?;
    ctx.sign_in_guard().succeed("", &tries);
    Ok(Invited { user, secret: (shown && !mailed).then_some(secret), mailed })
}

/// Who has this address and may be let in again, or nobody; refused where it may not be invited.
async fn may_be_invited(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    account: &Id<Account>,
    email: &Email,
) -> Result<Option<User>, PortalError> {
    let by_client = side_of(actor) == Side::Client;
    if by_client && is_of_ours(ctx, email) {
        return Err(PortalError::NotInvited);
    }
    let known = store::load_user_by_email(tx, &email.folded()).await?.map(|stored| stored.user);
    let Some(user) = &known else { return Ok(None) };
    if user.account_id.as_ref() != Some(account) || user.state != UserState::Suspended {
        return Err(taken(actor, account, user, email.as_str()));
    }
    if by_client && store::load_access_ended_by(tx, &user.id).await? == Side::Provider {
        return Err(PortalError::NotInvited);
    }
    Ok(known)
}

/// Whether the address is of a domain that is known as ours: a client who invited our newcomer's would have their user.
fn is_of_ours(ctx: &Ctx, email: &Email) -> bool {
    let folded = email.folded();
    let domain = folded.rsplit_once('@').map_or("", |(_, domain)| domain);
    let believed =
        ctx.provider().into_iter().flat_map(|rules| rules.email_domains.iter().map(String::as_str));
    let sender = ctx.mail_server().map(MailServer::sender_domain);
    believed.chain(sender).any(|ours| ours.to_lowercase() == domain)
}

/// On whose side somebody invites and removes.
fn side_of(actor: &Actor) -> Side {
    if own_portal(actor).is_some() { Side::Client } else { Side::Provider }
}

/// Whether the one who invites is given the link where no mail goes out. Whoever has it can sign in as that person, so a
/// client's administrator gets it for a new colleague only, and of ours nobody but an administrator: who proposes to a
/// client must not come by the means to answer for it.
fn hands_over(actor: &Actor, was_known: bool) -> bool {
    let for_a_new_one = side_of(actor) == Side::Client && !was_known;
    for_a_new_one || authorise(actor, Action::Administer).is_ok()
}

/// Adds the user, or lets one who had left back in as invited now, without the password, the second factor and the passkeys of before.
async fn admit(ctx: &Ctx, tx: &mut WriteTx, invited: User, left: Option<User>) -> Result<User, StoreError> {
    let Some(left) = left else {
        let stored = StoredUser { user: invited, password_hash: None };
        store::insert_user(tx, &stored, ctx.now()).await?;
        return Ok(stored.user);
    };
    let user = User { id: left.id, version: left.version, ..invited };
    store::save_user(tx, &user, ctx.now()).await?;
    forget_credentials(tx, &user.id).await?;
    Ok(user)
}

/// What is said of an address somebody signs in with. A client is not told whether that is one of another organisation.
fn taken(actor: &Actor, account: &Id<Account>, known: &User, email: &str) -> PortalError {
    let is_theirs = known.account_id.as_ref() == Some(account);
    if is_theirs || !matches!(actor.scope, Scope::Organisation(_)) {
        return UserError::EmailTaken { email: email.to_owned() }.into();
    }
    PortalError::NotInvited
}

fn subject<'a>(user: &'a User, account: &'a Id<Account>) -> Subject<'a> {
    Subject {
        kind: "user",
        id: user.id.as_str(),
        name: &user.display_name,
        account_id: Some(account.as_str()),
    }
}

/// The client's person with this address, or a new one in the book.
async fn person_of(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    account: &Id<Account>,
    (email, name): (&Email, &str),
) -> Result<(Id<Person>, Vec<AuditRecord>), PortalError> {
    let people = client_people_with_address(tx, account).await?;
    let same = |address: &str| Email::parse(address).is_ok_and(|it| it.folded() == email.folded());
    if let Some((id, _)) = people.into_iter().find(|(_, address)| same(address)) {
        return Ok((id, vec![]));
    }
    let person = Person {
        account_id: Some(account.clone()),
        role: PersonRole::User,
        email: email.as_str().to_owned(),
        ..Person::new(Side::Client, name)
    };
    let saved = Saved::new(ctx.new_id(), person, ctx.now());
    book::insert(tx, &saved).await?;
    // Whoever is known of at the client counts from now on.
    crate::book::count_anew(tx, ctx, std::collections::BTreeSet::from([account.clone()])).await?;
    let subject = Subject {
        kind: Person::KIND.as_str(),
        id: saved.id.as_str(),
        name: &saved.record.name,
        account_id: Some(account.as_str()),
    };
    let changes = Changes::new().field("email", None, Some(email.as_str().to_owned())).into_vec();
    let record = actor.record(ctx.now(), "person.created", subject, changes);
    Ok((saved.id, vec![record]))
}

/// Ends a colleague's access.
///
/// # Errors
/// [`PortalError`]; then nothing was changed.
#[boxed]
pub async fn remove_colleague(ctx: &Ctx, entered: &Entered, id: &Id<User>) -> Result<(), PortalError> {
    authorise(&entered.actor, Action::KeepColleagues)?;
    remove(ctx, &entered.actor, &entered.account.id, id).await
}

/// Ends the access of one of a client's people: one of ours does.
///
/// # Errors
/// [`PortalError`]; then nothing was changed.
#[boxed]
pub async fn remove_client(
    ctx: &Ctx,
    actor: &Actor,
    account: &Id<Account>,
    id: &Id<User>,
) -> Result<(), PortalError> {
    authorise(actor, Action::InviteClient)?;
    reached(ctx, actor, account).await?;
    remove(ctx, actor, account, id).await
}

async fn remove(ctx: &Ctx, actor: &Actor, account: &Id<Account>, id: &Id<User>) -> Result<(), PortalError> {
    let mut tx = ctx.begin_write().await?;
    let users = store::list_users_of_account(&mut tx, account).await?;
    let found = users.iter().find(|stored| stored.user.id == *id);
    let before = &found.ok_or(PortalError::NotFound { what: "user" })?.user;
    let by = side_of(actor);
    let ended_by = |from: Option<Side>| {
        Changes::new().field("ended_by", from.map(|it| it.as_str().to_owned()), Some(by.as_str().to_owned()))
    };
    if before.state == UserState::Suspended {
        // Whom their own let go does not come back by them any more once we end it, too.
        if by == Side::Client || store::load_access_ended_by(&mut tx, id).await? == Side::Provider {
            return Ok(());
        }
        store::save_access_ended_by(&mut tx, id, by).await?;
        let changes = ended_by(Some(Side::Client)).into_vec();
        let record = actor.record(ctx.now(), "user.suspended", subject(before, account), changes);
        return Ok(tx.commit(record).await?);
    }
    let keeps = |user: &User| {
        user.state == UserState::Active && user.roles.contains(&Role::ClientAdministrator) && user.id != *id
    };
    let is_own = actor.user_id() == Some(id);
    if is_own && !users.iter().any(|stored| keeps(&stored.user)) {
        return Err(UserError::LastAdministrator.into());
    }
    let after = User { state: UserState::Suspended, ..before.clone() };
    store::save_user(&mut tx, &after, ctx.now()).await?;
    store::save_access_ended_by(&mut tx, id, by).await?;
    end_everything(ctx, &mut tx, id).await?;
    let word = |user: &User| Some(user.state.as_str().to_owned());
    let changes = ended_by(None).field("state", word(before), word(&after)).into_vec();
    let record = actor.record(ctx.now(), "user.suspended", subject(&after, account), changes);
    Ok(tx.commit(record).await?)
}
