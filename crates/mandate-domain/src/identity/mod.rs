//! Identity: users, roles, passwords, and how long a session holds.
//!
//! A user signs in; a person (room `book`) is who the firm or the client knows. What somebody may decide, up to how
//! much and for whom, is a decision right or a delegation. Not here: which role may do what (`mandate-app`,
//! `authorise`), and how a password is hashed.

mod decision_right;
mod delegation;
mod email;
mod leavers;
mod passkey;
mod password;
mod second_factor;
mod session;
mod view;
mod wall;

use std::fmt;

pub use decision_right::{
    AccountReach, Amount, DecisionKind, DecisionRight, DecisionUse, Holder, MOST_BASIS_POINTS,
    PriceDirection, RightRefusal, RightStanding, RightState, UnitPrice, price_move,
};
pub use delegation::{Decider, Delegation, DelegationRefusal};
pub use email::{Email, EmailError};
pub use leavers::{
    LeaverReason, LeaversRefusal, Listed, ListedState, Removal, RolesLost, SyncPlan, plan_sync,
};
pub use passkey::{MOST_PASSKEYS, Passkey, PasskeyNameError, passkey_name};
pub use password::{PasswordRefusal, check_password};
pub use second_factor::{
    RECOVERY_CODES, STEP_SECONDS, SecondFactorRule, SecondFactorRuleError, ShownFactor, ShownFactorError,
    folded_recovery_code, open_steps, recovery_code,
};
pub use session::{SessionLimits, SessionLimitsError, SessionTimes};
pub use view::{SavedView, ViewRefusal};
pub use wall::{SealedReading, WALL_SIGNATURES, WallSignature, signers_since, wall_stands};

/// Roles of PRODUCT.md. A user may hold several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Answers for accounts.
    AccountManager,
    /// Negotiates renewals.
    Negotiator,
    /// Owns a product's profit and loss.
    ProductManager,
    /// Heads a line of business.
    DeliveryLead,
    /// An executive who sponsors accounts.
    Sponsor,
    /// Keeps pay plans.
    CompensationAdministrator,
    /// Keeps the system.
    Administrator,
    /// One of a client's people: sees what was shared with their organisation, agrees and contests.
    ClientMember,
    /// Also keeps who of their colleagues may.
    ClientAdministrator,
}

impl Role {
    /// Every role, in the order pages list them.
    pub const ALL: [Self; 9] = [
        Self::AccountManager,
        Self::Negotiator,
        Self::ProductManager,
        Self::DeliveryLead,
        Self::Sponsor,
        Self::CompensationAdministrator,
        Self::Administrator,
        Self::ClientMember,
        Self::ClientAdministrator,
    ];

    /// The roles of our own people.
    pub const PROVIDER: [Self; 7] = [
        Self::AccountManager,
        Self::Negotiator,
        Self::ProductManager,
        Self::DeliveryLead,
        Self::Sponsor,
        Self::CompensationAdministrator,
        Self::Administrator,
    ];

    /// The roles of a client's people; they go with the account of their organisation and with no other role.
    pub const CLIENT: [Self; 2] = [Self::ClientMember, Self::ClientAdministrator];

    /// Whether it is a role of a client's people.
    pub const fn is_of_client(self) -> bool {
        matches!(self, Self::ClientMember | Self::ClientAdministrator)
    }

    /// The word kept in tables, the API and the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccountManager => "account_manager",
            Self::Negotiator => "negotiator",
            Self::ProductManager => "product_manager",
            Self::DeliveryLead => "delivery_lead",
            Self::Sponsor => "sponsor",
            Self::CompensationAdministrator => "compensation_administrator",
            Self::Administrator => "administrator",
            Self::ClientMember => "client_member",
            Self::ClientAdministrator => "client_administrator",
        }
    }

    /// Reads the word kept in tables.
    ///
    /// # Errors
    /// [`RoleError`] when no role has that word.
    pub fn parse(word: &str) -> Result<Self, RoleError> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == word)
            .ok_or_else(|| RoleError { word: word.to_owned() })
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a word is no role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{word}` is not a role; roles are account_manager, negotiator, product_manager, delivery_lead, sponsor, compensation_administrator, administrator, client_member and client_administrator"
)]
pub struct RoleError {
    /// What was given.
    pub word: String,
}

/// Who signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: crate::Id<User>,
    /// Who that is in the book.
    pub person_id: Option<crate::Id<crate::book::Person>>,
    /// The account whose organisation they belong to; `None` for our own people.
    pub account_id: Option<crate::Id<crate::book::Account>>,
    /// The address used to sign in.
    pub email: String,
    /// The name pages show.
    pub display_name: String,
    /// Roles, at least one.
    pub roles: Vec<Role>,
    /// Language and formats, such as `en-GB`.
    pub locale: String,
    /// IANA zone in which times are shown.
    pub time_zone: String,
    /// Whether single-key shortcuts act.
    pub single_keys: bool,
    /// Whether they may sign in.
    pub state: UserState,
    /// Part of the demo book.
    pub demo: bool,
    /// Counts saves.
    pub version: i64,
}

impl User {
    /// Whether this user sees only the accounts they work on: those whose one role is account manager.
    pub fn sees_own_accounts_only(&self) -> bool {
        self.roles.iter().all(|role| *role == Role::AccountManager)
    }

    /// Whether this user is of a client's organisation.
    pub fn is_of_a_client(&self) -> bool {
        self.account_id.is_some()
    }
}

/// Whether a user may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserState {
    /// May sign in.
    Active,
    /// May not, until an administrator says otherwise.
    Suspended,
}

impl UserState {
    /// The word kept in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    /// Reads the word kept in the table.
    ///
    /// # Errors
    /// [`UserStateError`] when no state has that word.
    pub fn parse(word: &str) -> Result<Self, UserStateError> {
        match word {
            "active" => Ok(Self::Active),
            "suspended" => Ok(Self::Suspended),
            _ => Err(UserStateError { word: word.to_owned() }),
        }
    }
}

/// Why a word is no state of a user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not a state of a user; states are active and suspended")]
pub struct UserStateError {
    /// What was given.
    pub word: String,
}
