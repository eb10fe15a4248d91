//! Who may do what: one table of actions by role, deny by default.
//!
//! A use case starts with `authorise(actor, Action::...)`. Rows (which accounts) are the actor's scope; fields and
//! purposes arrive with the label registry. `docs/reference/rights.md` prints this table; a test compares.

use mandate_domain::identity::Role;

use crate::ctx::{Actor, Who};
use crate::error::{ErrorKind, Message, UseCaseError};

/// Everything a person can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// See accounts, people, contracts and what was delivered, within one's scope.
    ReadBook,
    /// Add and change accounts, people, contracts, products, lines of business, teams.
    WriteBook,
    /// See unit costs.
    ReadCost,
    /// Put records into the trash and bring them back.
    TrashBook,
    /// Import files.
    Import,
    /// Take tables out as files.
    Export,
    /// See events, cases, clocks, measures.
    ReadFacts,
    /// Define calendars, service levels, measures, credit rules; map states.
    WriteFacts,
    /// Send events.
    SendEvents,
    /// Propose exclusions and service credits, record walk-throughs and the client's verdicts.
    WorkResults,
    /// Agree or waive service credits.
    DecideCredits,
    /// See the audit record.
    ReadAudit,
    /// Keep users, roles, settings, demo data, jobs.
    Administer,
    /// One's own profile, password, tokens, saved views, one's own substitute.
    OwnProfile,
    /// See every decision right, what was used of it, the policies and who decides for whom.
    ReadRights,
    /// Grant, change, confirm and revoke decision rights, save policies, name substitutes for others.
    GrantRights,
}

impl Action {
    /// Every action, in the order of the reference page.
    pub const ALL: [Self; 16] = [
        Self::ReadBook,
        Self::WriteBook,
        Self::ReadCost,
        Self::TrashBook,
        Self::Import,
        Self::Export,
        Self::ReadFacts,
        Self::WriteFacts,
        Self::SendEvents,
        Self::WorkResults,
        Self::DecideCredits,
        Self::ReadAudit,
        Self::Administer,
        Self::OwnProfile,
        Self::ReadRights,
        Self::GrantRights,
    ];

    /// The word a token's scope and the reference page use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadBook => "book:read",
            Self::WriteBook => "book:write",
            Self::ReadCost => "cost:read",
            Self::TrashBook => "book:trash",
            Self::Import => "import",
            Self::Export => "export",
            Self::ReadFacts => "facts:read",
            Self::WriteFacts => "facts:write",
            Self::SendEvents => "events:write",
            Self::WorkResults => "results:write",
            Self::DecideCredits => "credits:decide",
            Self::ReadAudit => "audit:read",
            Self::Administer => "administer",
            Self::OwnProfile => "profile",
            Self::ReadRights => "rights:read",
            Self::GrantRights => "rights:grant",
        }
    }

    /// The roles that may; the administrator keeps the system and the book, and decides no credits.
    pub const fn roles(self) -> &'static [Role] {
        use Role::{
            AccountManager, Administrator, CompensationAdministrator, DeliveryLead, Negotiator,
            ProductManager, Sponsor,
        };
        match self {
            Self::ReadBook | Self::Export | Self::OwnProfile => &Role::ALL,
            Self::WriteBook => &[AccountManager, Negotiator, Administrator],
            Self::ReadCost => {
                &[Negotiator, ProductManager, Sponsor, CompensationAdministrator, Administrator]
            }
            Self::TrashBook | Self::Import => &[AccountManager, Administrator],
            Self::ReadFacts => &[
                AccountManager,
                Negotiator,
                ProductManager,
                DeliveryLead,
                Sponsor,
                CompensationAdministrator,
                Administrator,
            ],
            Self::WriteFacts => &[AccountManager, DeliveryLead, Administrator],
            Self::SendEvents => &[DeliveryLead, Administrator],
            Self::WorkResults => &[AccountManager, DeliveryLead],
            Self::DecideCredits => &[AccountManager, Sponsor],
            Self::ReadAudit => &[Sponsor, Administrator],
            Self::Administer | Self::GrantRights => &[Administrator],
            Self::ReadRights => &[Sponsor, Administrator],
        }
    }
}

/// The actor's roles, or their token, do not reach so far.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this needs the right `{}`", action.as_str())]
pub struct Denied {
    /// What was asked for.
    pub action: Action,
}

impl UseCaseError for Denied {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Forbidden
    }

    fn message(&self) -> Message {
        let roles: Vec<&str> = self.action.roles().iter().map(|role| role.as_str()).collect();
        Message::new("error-forbidden").with("action", self.action.as_str()).with("roles", roles.join(", "))
    }
}

/// Whether `actor` may do `action`, whatever the account.
///
/// # Errors
/// [`Denied`] naming the right that is missing.
pub fn authorise(actor: &Actor, action: Action) -> Result<(), Denied> {
    let by_role = match actor.who {
        Who::Operator | Who::System => true,
        Who::User { .. } => actor.roles.iter().any(|role| action.roles().contains(role)),
    };
    let by_token =
        actor.token_scopes.as_ref().is_none_or(|scopes| scopes.iter().any(|scope| scope == action.as_str()));
    if by_role && by_token { Ok(()) } else { Err(Denied { action }) }
}
