//! Who may do what: one table of actions by role, deny by default.
//!
//! A use case starts with `authorise(actor, Action::...)`. Rows (which accounts) are the actor's scope; labelled fields are read by
//! who is cleared for their purpose ([`clearance`]). `docs/reference/rights.md` prints this table; a test compares.

use mandate_domain::identity::Role;
use mandate_domain::{Clearance, Purpose};

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
    /// Read candid notes on accounts and people.
    ReadCandid,
    /// Write and withdraw candid notes.
    WriteCandid,
    /// Show measures to the client's people, and stop showing them.
    ShareWithClient,
    /// Invite the client's people to the portal and end their access.
    InviteClient,
    /// See the portal as the client's people see it.
    PreviewPortal,
    /// See what was shared with one's own organisation.
    ReadPortal,
    /// Agree or contest results, exclusions and service credits of one's own organisation.
    AnswerPortal,
    /// Invite and remove colleagues of one's own organisation.
    KeepColleagues,
    /// Sign that someone's wall between roles is lifted.
    SignWalls,
    /// See every decision right, what was used of it, the policies and who decides for whom.
    ReadRights,
    /// Name one's own substitute, see what one decides for whom, and by which right.
    Delegate,
    /// Grant, change, confirm and revoke decision rights, save policies, name substitutes for others.
    GrantRights,
    /// Decide about an account's manager: improvement or replacement.
    DecideManagers,
}

impl Action {
    /// Every action, in the order of the reference page.
    pub const ALL: [Self; 27] = [
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
        Self::ReadCandid,
        Self::WriteCandid,
        Self::ShareWithClient,
        Self::InviteClient,
        Self::PreviewPortal,
        Self::ReadPortal,
        Self::AnswerPortal,
        Self::KeepColleagues,
        Self::SignWalls,
        Self::ReadRights,
        Self::Delegate,
        Self::GrantRights,
        Self::DecideManagers,
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
            Self::ReadCandid => "candid:read",
            Self::WriteCandid => "candid:write",
            Self::ShareWithClient => "portal:share",
            Self::InviteClient => "portal:invite",
            Self::PreviewPortal => "portal:preview",
            Self::ReadPortal => "portal:read",
            Self::AnswerPortal => "portal:answer",
            Self::KeepColleagues => "portal:colleagues",
            Self::SignWalls => "walls:sign",
            Self::ReadRights => "rights:read",
            Self::Delegate => "rights:delegate",
            Self::GrantRights => "rights:grant",
            Self::DecideManagers => "managers:decide",
        }
    }

    /// The roles that may; the administrator keeps the system and the book, and decides no credits.
    pub const fn roles(self) -> &'static [Role] {
        use Role::{
            AccountManager, Administrator, ClientAdministrator, ClientMember, CompensationAdministrator,
            DeliveryLead, Negotiator, ProductManager, Sponsor,
        };
        match self {
            Self::ReadBook | Self::Export | Self::PreviewPortal => &Role::PROVIDER,
            Self::OwnProfile => &Role::ALL,
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
            Self::ReadCandid | Self::WriteCandid => &[AccountManager, Negotiator, Sponsor],
            Self::ShareWithClient => &[AccountManager, DeliveryLead],
            Self::InviteClient => &[AccountManager, Administrator],
            Self::ReadPortal | Self::AnswerPortal => &[ClientMember, ClientAdministrator],
            Self::KeepColleagues => &[ClientAdministrator],
            Self::SignWalls | Self::DecideManagers => &[Sponsor, Administrator],
            Self::Delegate => &Role::PROVIDER,
            Self::ReadRights => &[Sponsor, Administrator],
        }
    }

    /// The roles on whose holders the right is lost whatever other roles they hold: a wall, which no second hat opens.
    pub const fn walled_roles(self) -> &'static [Role] {
        match self {
            Self::ReadCandid | Self::WriteCandid => &[Role::ProductManager],
            _ => &[],
        }
    }

    /// The right that clears for `purpose`; none for purposes whose room is not built.
    pub const fn of_purpose(purpose: Purpose) -> Option<Self> {
        match purpose {
            Purpose::Cost => Some(Self::ReadCost),
            Purpose::Candid => Some(Self::ReadCandid),
            Purpose::Valuation | Purpose::Pay => None,
        }
    }

    /// Whether a personal token may carry it: what is sealed is read by people, who prove themselves just before.
    pub const fn is_for_tokens(self) -> bool {
        !matches!(self, Self::ReadCandid | Self::WriteCandid | Self::SignWalls)
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
        Who::User { .. } => {
            holds(actor, action.roles()) && (actor.walls_down || !holds(actor, action.walled_roles()))
        }
    };
    let by_token = actor
        .token_scopes
        .as_ref()
        .is_none_or(|scopes| action.is_for_tokens() && scopes.iter().any(|scope| scope == action.as_str()));
    if by_role && by_token { Ok(()) } else { Err(Denied { action }) }
}

fn holds(actor: &Actor, roles: &[Role]) -> bool {
    actor.roles.iter().any(|role| roles.contains(role))
}

/// The purposes `actor` is cleared for now. What is sealed takes more: see `candid`, which asks for a proof and notes the reading.
pub fn clearance(actor: &Actor) -> Clearance {
    Purpose::ALL.into_iter().fold(Clearance::NONE, |clearance, purpose| {
        let may = |action| authorise(actor, action).is_ok();
        if Action::of_purpose(purpose).is_some_and(may) { clearance.with(purpose) } else { clearance }
    })
}
