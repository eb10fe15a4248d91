//! Signing in by a provider (OpenID Connect): which account it is, what the provider may say of it, and who is let in.
//!
//! What comes in here is proven: signature, audience, nonce and state were checked by `mandate-web`, which knows the
//! protocol. An account is linked at its first use by a verified address and is the provider's subject from then on,
//! so that an address that was given to somebody else opens nothing. Whoever is refused is told the same, whatever the
//! reason.

use mandate_domain::Id;
use mandate_domain::audit::Changes;
use mandate_domain::identity::{Email, Role, ShownFactor, User, UserState};
use mandate_domain::text;
use mandate_store::identity::{self as store, StoredUser};
use mandate_store::{StoreError, WriteTx, boxed};

use super::factor_error::FactorError;
use super::second_step::{FirstStep, SignIn, proceed};
use super::users::UserError;
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{ErrorKind, Message, UseCaseError};

/// What the firm lets its sign-on provider say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderRules {
    /// By what an account is known.
    pub account_by: AccountBy,
    /// Domains of addresses that are believed; empty: any.
    pub email_domains: Vec<String>,
    /// Whether somebody who has no account gets one.
    pub makes_users: bool,
    /// The provider's groups and the role each stands for; empty: roles are kept in Mandate.
    pub roles_by_group: Vec<(String, Role)>,
    /// Language and formats of users it makes.
    pub locale: String,
    /// Zone of users it makes.
    pub time_zone: String,
    /// Whether the provider is trusted to have asked for a second factor.
    pub trusts_second_factor: bool,
    /// Whether passwords stay allowed; those of administrators always do, for the day the provider is out of reach.
    pub allows_passwords: bool,
}

/// By what an account is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountBy {
    /// The subject; the verified address only at the first use.
    Subject,
    /// The verified address each time, for providers whose subjects change.
    Email,
}

/// Who the provider says it is, proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenPerson {
    /// The provider's address.
    pub issuer: String,
    /// What it calls the person.
    pub subject: String,
    /// The address, if it said that it verified it.
    pub verified_email: Option<String>,
    /// Their name, if it said.
    pub name: Option<String>,
    /// Their groups.
    pub groups: Vec<String>,
    /// Whether it says that it asked for a second factor; `None` when it does not say.
    pub second_factor: Option<bool>,
}

/// Why the provider's word let nobody in.
#[derive(Debug, thiserror::Error)]
pub enum ProviderSignInError {
    /// No account, a suspended one, another domain, no role: which of them is only in the log.
    #[error("the sign-on provider knows you, but there is no account for you here; ask an administrator")]
    Refused,
    /// There is no provider.
    #[error("no sign-on provider is set up")]
    NoProvider,
    /// The second step could not begin.
    #[error(transparent)]
    Factor(#[from] FactorError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for ProviderSignInError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused => ErrorKind::Forbidden,
            Self::NoProvider => ErrorKind::NotFound,
            Self::Factor(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Refused => Message::new("provider-error-refused"),
            Self::NoProvider => Message::new("error-not-found"),
            Self::Factor(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }
}

impl ProviderRules {
    /// The roles the person's groups stand for; `None` when roles are kept in Mandate.
    fn roles(&self, groups: &[String]) -> Option<Vec<Role>> {
        if self.roles_by_group.is_empty() {
            return None;
        }
        let held = self.roles_by_group.iter().filter(|(group, _)| groups.contains(group));
        let mut roles: Vec<Role> = held.map(|(_, role)| *role).collect();
        roles.sort_unstable();
        roles.dedup();
        Some(roles)
    }

    /// The address, folded, if its domain is believed.
    fn believed(&self, proven: &ProvenPerson) -> Option<Email> {
        let email = Email::parse(proven.verified_email.as_deref()?).ok()?;
        let folded = email.folded();
        let (_, domain) = folded.rsplit_once('@')?;
        let any = self.email_domains.is_empty();
        let fits = any || self.email_domains.iter().any(|it| it.eq_ignore_ascii_case(domain));
        fits.then_some(email)
    }

    fn shown(&self, proven: &ProvenPerson) -> Option<ShownFactor> {
        // A provider that says it asked for one factor only is believed that, too.
        let shown = self.trusts_second_factor && proven.second_factor != Some(false);
        shown.then_some(ShownFactor::Provider)
    }
}

fn refused(reason: &'static str) -> ProviderSignInError {
    tracing::warn!(event = "provider_sign_in_refused", reason, "a sign-in by the provider was refused");
    ProviderSignInError::Refused
}

/// Signs in whom the provider has proven.
///
/// # Errors
/// [`ProviderSignInError`]; then nothing was changed.
#[boxed]
pub async fn sign_in_by_provider(
    ctx: &Ctx,
    proven: &ProvenPerson,
    user_agent: &str,
) -> Result<SignIn, ProviderSignInError> {
    let rules = ctx.provider().ok_or(ProviderSignInError::NoProvider)?;
    let mut tx = ctx.begin_write().await?;
    let known = account(ctx, &mut tx, rules, proven).await?;
    let mut changes = Changes::new().field("by", None, Some("provider".to_owned()));
    let user = match known {
        Some(user) if user.state != UserState::Active => return Err(refused("suspended")),
        Some(user) if user.is_of_a_client() => return Err(refused("a client's user")),
        Some(user) => {
            let before = words(&user.roles);
            let user = with_roles(ctx, &mut tx, user, rules.roles(&proven.groups)).await?;
            changes = changes.field("roles", Some(before), Some(words(&user.roles)));
            user
        }
        None => {
            let user = made(ctx, &mut tx, rules, proven).await?;
            changes = changes.field("email", None, Some(user.email.clone())).field(
                "roles",
                None,
                Some(words(&user.roles)),
            );
            user
        }
    };
    let first = FirstStep { action: "user.signed_in", user_agent, shown: rules.shown(proven), changes };
    Ok(proceed(ctx, tx, user, first).await?)
}

/// The account that is linked, or is linked now.
async fn account(
    ctx: &Ctx,
    tx: &mut WriteTx,
    rules: &ProviderRules,
    proven: &ProvenPerson,
) -> Result<Option<User>, ProviderSignInError> {
    let by_subject = store::load_provider_user(tx, &proven.issuer, &proven.subject).await?;
    if let (AccountBy::Subject, Some(id)) = (rules.account_by, &by_subject) {
        return Ok(store::load_user(tx, id).await?.map(|stored| stored.user));
    }
    let Some(email) = rules.believed(proven) else {
        return Err(refused("no verified address of a believed domain"));
    };
    let Some(stored) = store::load_user_by_email(tx, &email.folded()).await? else { return Ok(None) };
    let subjects = store::list_subjects(tx, &proven.issuer, &stored.user.id).await?;
    if rules.account_by == AccountBy::Subject && !subjects.is_empty() {
        return Err(refused("the account is linked with another subject"));
    }
    if by_subject.as_ref() != Some(&stored.user.id) {
        store::save_provider_link(tx, &proven.issuer, &proven.subject, &stored.user.id, ctx.now()).await?;
    }
    Ok(Some(stored.user))
}

/// The user with the roles their groups stand for; the last administrator stays one.
async fn with_roles(
    ctx: &Ctx,
    tx: &mut WriteTx,
    user: User,
    roles: Option<Vec<Role>>,
) -> Result<User, ProviderSignInError> {
    let Some(mut roles) = roles else { return Ok(user) };
    let was_administrator = user.roles.contains(&Role::Administrator);
    if was_administrator && !roles.contains(&Role::Administrator) {
        let n_others = store::count_others_with_role(tx, Role::Administrator, &user.id).await?;
        if n_others == 0 {
            roles.push(Role::Administrator);
            roles.sort_unstable();
        }
    }
    if roles.is_empty() {
        return Err(refused("none of the groups stands for a role"));
    }
    if roles == user.roles {
        return Ok(user);
    }
    let changed = User { roles, ..user };
    store::save_user(tx, &changed, ctx.now()).await?;
    Ok(User { version: changed.version + 1, ..changed })
}

async fn made(
    ctx: &Ctx,
    tx: &mut WriteTx,
    rules: &ProviderRules,
    proven: &ProvenPerson,
) -> Result<User, ProviderSignInError> {
    if !rules.makes_users {
        return Err(refused("no account"));
    }
    let Some(email) = rules.believed(proven) else {
        return Err(refused("no verified address of a believed domain"));
    };
    let roles = rules.roles(&proven.groups).unwrap_or_default();
    if roles.is_empty() {
        return Err(refused("none of the groups stands for a role"));
    }
    let name = proven.name.as_deref().unwrap_or_default();
    let display_name = text::line(name, 120).unwrap_or_else(|_| email.as_str().to_owned());
    let user = User {
        id: ctx.new_id(),
        person_id: None,
        account_id: None,
        email: email.as_str().to_owned(),
        display_name,
        roles,
        locale: rules.locale.clone(),
        time_zone: rules.time_zone.clone(),
        single_keys: true,
        state: UserState::Active,
        demo: false,
        version: 1,
    };
    let stored = StoredUser { user, password_hash: None };
    store::insert_user(tx, &stored, ctx.now()).await?;
    store::save_provider_link(tx, &proven.issuer, &proven.subject, &stored.user.id, ctx.now()).await?;
    Ok(stored.user)
}

fn words(roles: &[Role]) -> String {
    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ")
}

/// Whether this user may sign in by a password: the provider may be the only way for our own people but administrators.
/// A client's people are not known there.
pub(super) fn may_use_password(ctx: &Ctx, user: &User) -> bool {
    ctx.provider().is_none_or(|rules| rules.allows_passwords)
        || user.is_of_a_client()
        || user.roles.contains(&Role::Administrator)
}

/// Forgets what any provider calls a user, for one who was given another name there.
///
/// # Errors
/// [`UserError`]; then nothing was changed.
#[boxed]
pub async fn unlink_provider(ctx: &Ctx, actor: &Actor, id: &Id<User>) -> Result<(), UserError> {
    authorise(actor, Action::Administer)?;
    let mut tx = ctx.begin_write().await?;
    let user = store::load_user(&mut tx, id).await?.ok_or(UserError::NotFound)?.user;
    if store::delete_provider_links(&mut tx, id).await? == 0 {
        return Err(UserError::NotFound);
    }
    let subject = Subject { kind: "user", id: id.as_str(), name: &user.display_name, account_id: None };
    Ok(tx.commit(actor.record(ctx.now(), "user.provider_unlinked", subject, vec![])).await?)
}
