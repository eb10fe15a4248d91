//! Walls between roles: when they stand, who signs that one is lifted, and a small firm that declares them off.
//!
//! The rule is the domain's (`mandate_domain::identity::wall`). A wall takes the product manager's role away at every request
//! while it stands, so that it needs no clean-up and cannot be forgotten. Readings come from `candid`.

use mandate_domain::audit::Changes;
use mandate_domain::identity::{Role, SealedReading, User, WALL_SIGNATURES, signers_since, wall_stands};
use mandate_domain::text::{self, TextError};
use mandate_domain::{Id, Instant};
use mandate_store::identity::{self as store, NewSignature};
use mandate_store::{ReadTx, StoreError, boxed};

use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx, Subject, Unverified};
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};
use crate::settings;

/// Why a wall was not signed off, or walls were not declared off.
#[derive(Debug, thiserror::Error)]
pub enum WallError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// They did not prove lately who they are.
    #[error(transparent)]
    Unverified(#[from] Unverified),
    /// No such user, or no wall stands.
    #[error("no wall stands for this user")]
    NotFound,
    /// One's own wall.
    #[error("two other people sign; nobody signs for themselves")]
    Own,
    /// The second signature of one person.
    #[error("you have signed already; another person has to")]
    Twice,
    /// The reason is missing or too long.
    #[error(transparent)]
    Reason(#[from] TextError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for WallError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::Unverified(error) => error.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::Own => ErrorKind::Forbidden,
            Self::Twice => ErrorKind::Conflict,
            Self::Reason(_) => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::Unverified(error) => error.message(),
            Self::NotFound => Message::new("error-not-found"),
            Self::Own => Message::new("wall-error-own"),
            Self::Twice => Message::new("wall-error-twice"),
            Self::Reason(_) => Message::new("wall-error-reason"),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Reason(_) => vec![FieldError { field: "reason".to_owned(), message: self.message() }],
            _ => vec![],
        }
    }
}

/// Whether `user`'s wall stands.
#[boxed]
pub(super) async fn stands(tx: &mut ReadTx, user: &Id<User>) -> Result<bool, StoreError> {
    let readings = store::list_sealed_readings(tx, user).await?;
    if readings.is_empty() {
        return Ok(false);
    }
    Ok(wall_stands(user, &readings, &store::list_wall_signatures(tx, user).await?))
}

/// A wall that stands, as those see it who may sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wall {
    /// Of how many accounts something sealed was read. Which ones is not told.
    pub n_accounts: usize,
    /// The last reading.
    pub last_read_at: Instant,
    /// How many have signed since.
    pub n_signed: usize,
    /// How many must.
    pub n_needed: usize,
}

/// Every wall that stands, with whose it is, and whether the firm has declared its walls off.
///
/// # Errors
/// [`WallError::Denied`] for who may not sign.
#[boxed]
pub async fn list_walls(ctx: &Ctx, actor: &Actor) -> Result<(bool, Vec<(User, Wall)>), WallError> {
    authorise(actor, Action::SignWalls)?;
    let mut tx = ctx.begin_read().await?;
    let walls_down = settings::load_in(&mut tx).await?.walls_down;
    let (mut found, mut after) = (vec![], String::new());
    loop {
        let users = store::list_users(&mut tx, &after, 500).await?;
        let Some(last) = users.last() else { return Ok((walls_down, found)) };
        after = last.user.email.to_lowercase();
        for user in users.into_iter().map(|stored| stored.user) {
            // A wall closes the role, and the prices of products that the book has them manage in any role.
            let manages = match &user.person_id {
                Some(person) => store::manages_a_product(&mut tx, person).await?,
                None => false,
            };
            if (manages || user.roles.contains(&Role::ProductManager))
                && let Some(wall) = of_user(&mut tx, &user.id).await?
            {
                found.push((user, wall));
            }
        }
    }
}

async fn of_user(tx: &mut ReadTx, user: &Id<User>) -> Result<Option<Wall>, StoreError> {
    let readings = store::list_sealed_readings(tx, user).await?;
    let signatures = store::list_wall_signatures(tx, user).await?;
    let Some(last) = readings.iter().max_by_key(|reading| reading.last_at) else { return Ok(None) };
    let n_signed = signers_since(user, last.last_at, &signatures);
    Ok(wall_stands(user, &readings, &signatures).then(|| wall(&readings, last, n_signed)))
}

fn wall(readings: &[SealedReading], last: &SealedReading, n_signed: usize) -> Wall {
    Wall { n_accounts: readings.len(), last_read_at: last.last_at, n_signed, n_needed: WALL_SIGNATURES }
}

/// Signs that `user`'s wall is lifted; with the second signature it is.
///
/// # Errors
/// [`WallError`]; then nothing was changed.
#[boxed]
pub async fn sign_wall(ctx: &Ctx, actor: &Actor, user: &Id<User>, reason: &str) -> Result<(), WallError> {
    authorise(actor, Action::SignWalls)?;
    let signed_by = actor.user_id().ok_or(WallError::Own)?;
    if signed_by == user {
        return Err(WallError::Own);
    }
    actor.require_verified(ctx.now())?;
    let reason = text::line(reason, 500)?;
    let mut tx = ctx.begin_write().await?;
    let held = store::load_user(&mut tx, user).await?.ok_or(WallError::NotFound)?.user;
    let readings = store::list_sealed_readings(&mut tx, user).await?;
    let signatures = store::list_wall_signatures(&mut tx, user).await?;
    let last = readings.iter().map(|reading| reading.last_at).max().ok_or(WallError::NotFound)?;
    if !wall_stands(user, &readings, &signatures) {
        return Err(WallError::NotFound);
    }
    if signatures.iter().any(|it| it.signed_by == *signed_by && it.signed_at > last) {
        return Err(WallError::Twice);
    }
    let signed_by_name = match &actor.who {
        crate::ctx::Who::User { name, .. } => name.as_str(),
        crate::ctx::Who::Operator | crate::ctx::Who::System => "",
    };
    let signature = NewSignature { user, signed_by, signed_by_name, reason: &reason };
    store::insert_wall_signature(&mut tx, &ctx.new_id(), signature, ctx.now()).await?;
    let subject = Subject { kind: "user", id: user.as_str(), name: &held.display_name, account_id: None };
    let mut record = actor.record(ctx.now(), "wall.signed", subject, vec![]);
    record.reason = Some(reason);
    Ok(tx.commit(record).await?)
}

/// Declares the walls off (a small firm, where one person has several hats) or on again, with a reason.
///
/// # Errors
/// [`WallError`]; then nothing was changed.
#[boxed]
pub async fn declare_walls(ctx: &Ctx, actor: &Actor, down: bool, reason: &str) -> Result<(), WallError> {
    authorise(actor, Action::Administer)?;
    actor.require_verified(ctx.now())?;
    let reason = text::line(reason, 500)?;
    let mut tx = ctx.begin_write().await?;
    let before = settings::load_in(&mut tx).await?.walls_down;
    if before == down {
        return Ok(());
    }
    let word = |down: bool| if down { "1" } else { "0" };
    mandate_store::settings::save_setting(&mut tx, settings::WALLS_DOWN, word(down)).await?;
    let said = |down: bool| Some(if down { "off" } else { "on" }.to_owned());
    let changes = Changes::new().field("walls", said(before), said(down)).into_vec();
    let subject = Subject { kind: "setting", id: "firm", name: "settings", account_id: None };
    let action = if down { "walls.declared_off" } else { "walls.declared_on" };
    let mut record = actor.record(ctx.now(), action, subject, changes);
    record.reason = Some(reason);
    Ok(tx.commit(record).await?)
}
