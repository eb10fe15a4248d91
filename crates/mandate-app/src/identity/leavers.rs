//! Leavers: follows a list of the people who still work here. It takes rights away, at once and on record; it gives none.
//!
//! What it does is decided by the rules of the domain, done in one transaction with a record a person, and told with
//! what each of them answers for in the book. A token may do it, for it runs at night.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use mandate_domain::Id;
use mandate_domain::audit::{AuditRecord, Changes};
use mandate_domain::identity::{
    DecisionRight, LeaverReason, LeaversRefusal, Removal, Role, RolesLost, SyncPlan, User, UserState,
    plan_sync,
};
use mandate_store::identity::{self as store, NamedDelegation};
use mandate_store::reads::leavers::{AnswersFor, list_answers_for};
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};

use super::leavers_list::{ListFileError, ListRow, RowError, parse};
use super::users::end_everything;
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};

/// How a list is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncOptions {
    /// Only told.
    Check,
    /// Done, unless it suspends more than a third.
    Follow,
    /// Done, however many it suspends.
    Force,
}

/// Somebody who is suspended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaver {
    /// Who.
    pub user: User,
    /// Why.
    pub reason: LeaverReason,
    /// What they answer for in the book; somebody else has to.
    pub answers_for: Vec<AnswersFor>,
    /// Delegations that end: what they handed on, and what was handed to them.
    pub delegations: Vec<NamedDelegation>,
    /// Decision rights they hold by name, which decide nothing any more; somebody else may need them.
    pub rights: Vec<DecisionRight>,
    /// Sessions that ended; none while it is only told.
    pub n_sessions: u64,
    /// Tokens that were revoked; none while it is only told.
    pub n_tokens: u64,
}

/// Somebody who stays with fewer roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostRoles {
    /// Who.
    pub user: User,
    /// What they lose.
    pub lost: Vec<Role>,
    /// What they keep.
    pub kept: Vec<Role>,
}

/// The last administrator, to whom the list does nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAdministrator {
    /// Who.
    pub user: User,
}

/// What a list did, or would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncReport {
    /// Whether it was done.
    pub done: bool,
    /// Active users of the firm's own before.
    pub n_active: usize,
    /// Who is suspended.
    pub suspended: Vec<Leaver>,
    /// Who loses roles.
    pub lost_roles: Vec<LostRoles>,
    /// Who stays though the list would have them go.
    pub kept: Option<KeptAdministrator>,
    /// Addresses of people who are no users; nobody is added.
    pub unknown: Vec<String>,
    /// Whether doing it needs the force, because more than a third would be suspended.
    pub needs_force: bool,
}

/// Why a list was not followed.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The file.
    #[error(transparent)]
    File(#[from] ListFileError),
    /// Rows that cannot be read.
    #[error("{} rows cannot be used; nothing was changed", rows.len())]
    Rows {
        /// Which, and why.
        rows: Vec<RowError>,
    },
    /// The list as a whole.
    #[error(transparent)]
    Refused(#[from] LeaversRefusal),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for SyncError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::Refused(LeaversRefusal::TooMany { .. }) => ErrorKind::Conflict,
            Self::File(_) | Self::Rows { .. } | Self::Refused(_) => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::File(ListFileError::Table(error)) => error.message(),
            Self::File(ListFileError::NoEmail) => Message::new("leavers-error-no-email"),
            Self::Rows { rows } => Message::new("leavers-error-rows").with("count", rows.len().to_string()),
            Self::Refused(LeaversRefusal::Empty) => Message::new("leavers-error-empty"),
            Self::Refused(LeaversRefusal::Twice { email }) => {
                Message::new("leavers-error-twice").with("email", email.clone())
            }
            Self::Refused(LeaversRefusal::TooMany { n_removed, n_active }) => {
                Message::new("leavers-error-too-many")
                    .with("removed", n_removed.to_string())
                    .with("active", n_active.to_string())
            }
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Rows { rows } => rows.iter().map(RowError::field).collect(),
            _ => vec![],
        }
    }
}

/// Follows a list, or only tells what it would do.
///
/// # Errors
/// [`SyncError`]; then nothing was changed.
#[boxed]
pub async fn sync_users(
    ctx: &Ctx,
    actor: &Actor,
    rows: &[ListRow],
    options: SyncOptions,
) -> Result<SyncReport, SyncError> {
    authorise(actor, Action::Administer)?;
    let listed = parse(rows).map_err(|rows| SyncError::Rows { rows })?;
    let mut tx = ctx.begin_write().await?;
    let users = all_users(&mut tx).await?;
    let plan = plan_sync(&listed, &users)?;
    let needs_force = plan.within_a_third().is_err();
    let mut report = told(&mut tx, &plan, &users, ctx.now().date_in(&TimeZone::UTC)).await?;
    if options == SyncOptions::Check {
        return Ok(SyncReport { needs_force, ..report });
    }
    if options == SyncOptions::Follow {
        plan.within_a_third()?;
    }
    let mut records = vec![];
    for leaver in &mut report.suspended {
        records.push(suspend(ctx, actor, &mut tx, leaver).await?);
    }
    for lost in &mut report.lost_roles {
        records.push(take_roles(ctx, actor, &mut tx, lost).await?);
    }
    report.done = true;
    report.needs_force = needs_force;
    let changes = Changes::new()
        .field("n_active", Some(report.n_active.to_string()), Some(n_left(&report).to_string()))
        .field("n_lost_roles", None, Some(report.lost_roles.len().to_string()));
    let subject = Subject { kind: "firm", id: "firm", name: "users", account_id: None };
    records.push(actor.record(ctx.now(), "users.synced", subject, changes.into_vec()));
    tx.commit_all(records).await?;
    Ok(report)
}

fn n_left(report: &SyncReport) -> usize {
    report.n_active - report.suspended.len()
}

async fn all_users(tx: &mut ReadTx) -> Result<Vec<User>, StoreError> {
    let (mut users, mut after): (Vec<User>, String) = (vec![], String::new());
    loop {
        let page = store::list_users(tx, &after, 500).await?;
        let Some(last) = page.last() else { return Ok(users) };
        after = last.user.email.to_lowercase();
        users.extend(page.into_iter().map(|stored| stored.user));
    }
}

async fn told(
    tx: &mut ReadTx,
    plan: &SyncPlan,
    users: &[User],
    today: Date,
) -> Result<SyncReport, StoreError> {
    let find = |id: &Id<User>| users.iter().find(|user| user.id == *id).cloned();
    let mut suspended = vec![];
    for Removal { user, reason } in &plan.removals {
        let Some(user) = find(user) else { continue };
        let answers_for = match &user.person_id {
            Some(person) => list_answers_for(tx, person).await?,
            None => vec![],
        };
        let delegations = store::list_delegations_of(tx, &user.id, today).await?;
        let rights = store::list_rights_held(tx, &user.id, today).await?;
        let (n_sessions, n_tokens) = (0, 0);
        suspended.push(Leaver {
            user,
            reason: *reason,
            answers_for,
            delegations,
            rights,
            n_sessions,
            n_tokens,
        });
    }
    let lost_roles = plan.roles_lost.iter().filter_map(|RolesLost { user, kept, lost }| {
        Some(LostRoles { user: find(user)?, lost: lost.clone(), kept: kept.clone() })
    });
    let kept = plan.last_administrator.as_ref().and_then(find).map(|user| KeptAdministrator { user });
    Ok(SyncReport {
        done: false,
        n_active: plan.n_active,
        suspended,
        lost_roles: lost_roles.collect(),
        kept,
        unknown: plan.unknown.clone(),
        needs_force: false,
    })
}

async fn suspend(
    ctx: &Ctx,
    actor: &Actor,
    tx: &mut WriteTx,
    leaver: &mut Leaver,
) -> Result<AuditRecord, StoreError> {
    let after = User { state: UserState::Suspended, ..leaver.user.clone() };
    store::save_user(tx, &after, ctx.now()).await?;
    let ended = end_everything(ctx, tx, &after.id).await?;
    (leaver.n_sessions, leaver.n_tokens) = (ended.n_sessions, ended.n_tokens);
    let state = |state: UserState| Some(state.as_str().to_owned());
    let changes = Changes::new().field("state", state(UserState::Active), state(UserState::Suspended)).field(
        "by_list",
        None,
        Some(leaver.reason.as_str().to_owned()),
    );
    let changes = ended.tell(changes);
    leaver.user = User { version: after.version + 1, ..after };
    Ok(record(ctx, actor, "user.suspended", &leaver.user, changes))
}

async fn take_roles(
    ctx: &Ctx,
    actor: &Actor,
    tx: &mut WriteTx,
    lost: &mut LostRoles,
) -> Result<AuditRecord, StoreError> {
    let words = |roles: &[Role]| roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ");
    let after = User { roles: lost.kept.clone(), ..lost.user.clone() };
    store::save_user(tx, &after, ctx.now()).await?;
    let changes = Changes::new()
        .field("roles", Some(words(&lost.user.roles)), Some(words(&after.roles)))
        .field("by_list", None, Some("roles".to_owned()));
    lost.user = User { version: after.version + 1, ..after };
    Ok(record(ctx, actor, "user.changed", &lost.user, changes))
}

fn record(ctx: &Ctx, actor: &Actor, action: &str, user: &User, changes: Changes) -> AuditRecord {
    let subject = Subject { kind: "user", id: user.id.as_str(), name: &user.display_name, account_id: None };
    actor.record(ctx.now(), action, subject, changes.into_vec())
}
