//! Identity: first start, signing in (password, second factor, provider), sessions, users, tokens, leavers.
//!
//! Functions only; cookies, forms and headers are `mandate-web`'s. A secret (session token, link, API token) is 256
//! random bits, leaves here once as text and is kept as a SHA-256 hash. Failed sign-ins answer alike whatever was
//! wrong, take equally long, and are slowed down by [`guard`]. Not here: the matrix of rights (`authorise`).

mod codes;
mod confirm;
mod factor_error;
pub mod guard;
mod hashing;
pub mod hats;
mod leavers;
mod leavers_list;
mod many_reads;
pub mod passkeys;
mod profile;
mod second_factor;
mod second_step;
mod secret_key;
mod sessions;
mod setup;
mod sign_in;
pub(crate) mod sign_in_link;
mod single_sign_on;
mod tokens;
mod user_person;
pub(crate) mod users;
pub mod walls;

use mandate_domain::identity::{RoleError, User};

pub use mandate_domain::identity::Role;
use mandate_store::reads::Scope;
use mandate_store::{ReadTx, StoreError, boxed};
use sha2::{Digest, Sha256};

use crate::ctx::{Actor, Who};
use crate::settings::FirmSettings;
use mandate_domain::audit::Origin;

pub use codes::Enrolment;
pub use confirm::{Means, Proof, confirm, confirm_by_provider, means_of_proof};
pub use factor_error::FactorError;
pub use leavers::{KeptAdministrator, Leaver, LostRoles, SyncError, SyncOptions, SyncReport, sync_users};
pub use leavers_list::{ListFileError, ListRow, RowError, RowFault, read_list};
pub use many_reads::{ManyReads, ReadCounts, tell_of_many_reads};
pub(crate) use profile::check_locale as known_locale;
pub use profile::{
    ChangePasswordError, PasswordChange, Profile, SaveProfileError, change_password, save_profile,
};
pub use second_factor::{
    FactorOn, FactorState, OwnFactor, begin_own_factor, confirm_own_factor, find_own_factor,
    remove_own_factor, renew_own_recovery_codes, reset_second_factor,
};
pub use second_step::{SignIn, WaitingSignIn, find_waiting_sign_in, take_second_step};
pub use secret_key::{KEY_FILE, KeyError};
pub(crate) use secret_key::{Sealed, key_id, open as open_secret, seal as seal_secret};
pub use sessions::{
    SessionLine, UserSecurity, end_sessions_of, find_user_security, forget_expired, list_sessions,
    resume_session, revoke_session, sign_out,
};
pub use setup::{
    LinkError, OpenLink, OwnerDraft, begin_setup, complete_password_link, complete_setup, find_link,
    needs_setup,
};
pub use sign_in::{Credentials, SignInError, sign_in};
pub use sign_in_link::{AskLinkError, ask_for_link, find_sign_in_link, issue_sign_in_link, sign_in_by_link};
pub use single_sign_on::{
    AccountBy, ProvenPerson, ProviderRules, ProviderSignInError, sign_in_by_provider, unlink_provider,
};
pub use tokens::{
    CreatedToken, NewToken, TokenError, TokenLine, authenticate_token, create_token, list_tokens,
    revoke_token,
};
pub use user_person::likely_person;
pub(crate) use users::name_message;
pub use users::{
    NewUser, UserChange, UserError, create_user, find_own_user, find_user, find_user_by_email,
    issue_password_link, list_users, save_user, suspend_user,
};

/// Reads a role's word, as the command line and the API write it.
///
/// # Errors
/// [`RoleError`] listing the roles there are.
pub fn parse_role(word: &str) -> Result<Role, RoleError> {
    Role::parse(word)
}

/// A secret on its way to the one who may know it; never logged, never stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// From 256 random bits, with a prefix that lets secret scanners recognise it.
    pub(crate) fn new(prefix: &str, bits: [u8; 32]) -> Self {
        use base64::Engine as _;
        Self(format!("{prefix}{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bits)))
    }

    /// The text, for a cookie, a link or the one page that shows it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// SHA-256 in hexadecimal: what is stored of a secret with 256 random bits.
pub(crate) fn secret_hash(secret: &str) -> String {
    Sha256::digest(secret.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whoever asks, resolved.
#[derive(Clone, Debug)]
pub struct SessionUser {
    /// The user.
    pub user: User,
    /// The same as the one who acts: roles, scope, channel.
    pub actor: Actor,
}

/// A sign-in that went well.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session's token, for the cookie.
    pub session_token: Secret,
    /// Who it is.
    pub session_user: SessionUser,
}

/// The actor a user is on a channel, as everything stands now: a role behind a wall gives nothing until the wall is lifted.
#[boxed]
pub(crate) async fn actor_in(
    tx: &mut ReadTx,
    user: &User,
    settings: &FirmSettings,
    origin: Origin,
) -> Result<Actor, StoreError> {
    let is_manager = user.roles.contains(&Role::ProductManager);
    if is_manager && !settings.walls_down && walls::stands(tx, &user.id).await? {
        // Before the scope is worked out: a role that gives nothing does not widen it either.
        let mut walled = user.clone();
        walled.roles.retain(|role| *role != Role::ProductManager);
        return Ok(actor_of(&walled, settings, origin));
    }
    Ok(actor_of(user, settings, origin))
}

/// The actor a user is on a channel, if no wall stands; account managers see their own accounts unless the firm says
/// otherwise, and a client's people their organisation's.
pub(crate) fn actor_of(user: &User, settings: &FirmSettings, origin: Origin) -> Actor {
    let scope = match (&user.account_id, &user.person_id) {
        (Some(account), _) => Scope::Organisation(account.clone()),
        (None, _) if !user.sees_own_accounts_only() || settings.account_managers_see_all => Scope::Everything,
        (None, Some(person)) => Scope::OwnAccounts(person.clone()),
        (None, None) => Scope::Nothing,
    };
    // Whatever a table says, nobody has roles of both sides.
    let fits = |role: &&Role| role.is_of_client() == user.account_id.is_some();
    let who =
        Who::User { id: user.id.clone(), name: user.display_name.clone(), person_id: user.person_id.clone() };
    let roles = user.roles.iter().filter(fits).copied().collect();
    Actor {
        who,
        roles,
        origin,
        scope,
        token_scopes: None,
        verified_at: None,
        walls_down: settings.walls_down,
    }
}
