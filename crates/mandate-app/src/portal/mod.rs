//! Portal: what a client's people see of their own account, and what they say of it.
//!
//! Every function takes an actor made by [`enter`]: a client's own, or, for a preview, one of ours turned into a reader of that one
//! organisation with a client's roles and no right to answer. So the preview is the same code. What is shown is what was shared:
//! the measures chosen for the portal with their finished months, exclusions, and credits that were put to the client. Names of the
//! functions say what is read; no function here takes anything that another organisation, a cost or a note could come out of.

mod answer;
mod colleagues;
mod read;
mod share;

use mandate_domain::Id;
use mandate_domain::book::Account;
use mandate_domain::identity::Role;
use mandate_store::StoreError;
use mandate_store::boxed;
use mandate_store::reads::Scope;
use mandate_store::reads::kpi_people::{AccountName, load_account_name};

use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx};
use crate::error::{ErrorKind, FieldError, Message, TooMany, UseCaseError};
use crate::facts::credit::CreditError;
use crate::facts::exclusion::ExclusionError;
use crate::facts::kpi::MeasureError;
use crate::identity::UserError;

pub use answer::{
    CreditAnswerDraft, ExclusionAnswerDraft, ResultAnswerDraft, answer_credit, answer_exclusion,
    answer_result,
};
pub use colleagues::{
    Colleague, Invitation, Invited, invite_client, invite_colleague, list_client_users, list_colleagues,
    remove_client, remove_colleague,
};
pub use read::{
    PortalCredit, PortalExclusion, PortalMeasure, PortalMonth, PortalOverview, PortalPart, PortalWord,
    Waiting, list_portal_credits, list_portal_exclusions, portal_measure, portal_overview,
};
pub use share::{list_shared, share_measure};

/// Why something of the portal could not be shown or said.
#[derive(Debug, thiserror::Error)]
pub enum PortalError {
    /// Not theirs to do; in a preview nothing is.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is none, or it was not shared with them.
    #[error("there is no such {what} here")]
    NotFound {
        /// The kind of record.
        what: &'static str,
    },
    /// Fields that cannot be used.
    #[error("{} fields cannot be used", fields.len())]
    Invalid {
        /// Which, and why.
        fields: Vec<FieldError>,
    },
    /// The rules of measures and results.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// The rules of exclusions.
    #[error(transparent)]
    Exclusion(#[from] ExclusionError),
    /// The rules of credits.
    #[error(transparent)]
    Credit(#[from] CreditError),
    /// The address cannot be invited; why is not said.
    #[error("this address cannot be invited here")]
    NotInvited,
    /// Too many tries.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The rules of users.
    #[error(transparent)]
    User(#[from] UserError),
    /// The database failed, or another save came first.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for PortalError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Invalid { .. } => ErrorKind::Invalid,
            Self::Measure(error) => error.kind(),
            Self::Exclusion(error) => error.kind(),
            Self::Credit(error) => error.kind(),
            Self::NotInvited => ErrorKind::Conflict,
            Self::TooMany(error) => error.kind(),
            Self::User(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(_) => Message::new("portal-error-denied"),
            Self::NotFound { .. } => Message::new("error-not-found"),
            Self::Invalid { .. } => Message::new("error-invalid"),
            Self::Measure(error) => error.message(),
            Self::Exclusion(error) => error.message(),
            Self::Credit(error) => error.message(),
            Self::NotInvited => Message::new("portal-error-not-invited"),
            Self::TooMany(error) => error.message(),
            Self::User(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid { fields } => fields.clone(),
            Self::Measure(error) => error.fields(),
            Self::Exclusion(error) => error.fields(),
            Self::Credit(error) => error.fields(),
            Self::User(error) => error.fields(),
            Self::NotInvited => vec![FieldError { field: "email".to_owned(), message: self.message() }],
            _ => vec![],
        }
    }
}

/// Someone in the portal of one account.
#[derive(Clone, Debug)]
pub struct Entered {
    /// Who acts, as one of that organisation.
    pub actor: Actor,
    /// The account.
    pub account: AccountName,
    /// Whether one of ours looks, who sees what the client's people see and can say nothing for them.
    pub preview: bool,
}

/// Lets `actor` into the portal of `account`: their own, or for a preview one they may see.
///
/// # Errors
/// [`PortalError::NotFound`] for any other account, existing or not.
#[boxed]
pub async fn enter(ctx: &Ctx, actor: &Actor, account: &Id<Account>) -> Result<Entered, PortalError> {
    let preview = authorise(actor, Action::ReadPortal).is_err();
    if preview {
        authorise(actor, Action::PreviewPortal)?;
    }
    let mut tx = ctx.begin_read().await?;
    let found = load_account_name(&mut tx, &actor.scope, account).await?;
    let account = found.ok_or(PortalError::NotFound { what: "portal" })?;
    let actor = if preview { looking_as_client(actor, &account.id) } else { actor.clone() };
    Ok(Entered { actor, account, preview })
}

/// One of ours as a reader of that organisation: a client's role, that account alone, and reading only.
fn looking_as_client(actor: &Actor, account: &Id<Account>) -> Actor {
    Actor {
        roles: vec![Role::ClientMember],
        scope: Scope::Organisation(account.clone()),
        token_scopes: Some(vec![Action::ReadPortal.as_str().to_owned()]),
        walls_down: false,
        ..actor.clone()
    }
}

/// The account whose portal this person's own is; `None` for our own people.
pub fn own_portal(actor: &Actor) -> Option<&Id<Account>> {
    match &actor.scope {
        Scope::Organisation(account) => Some(account),
        Scope::Everything | Scope::OwnAccounts(_) | Scope::Nothing => None,
    }
}
