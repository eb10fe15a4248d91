//! Who wears which hats, and which walls are off for them by it: for everyone who sees the person, or the account they work on.
//!
//! The wall in question is the one between a product manager and who faces the client. That somebody has read what is sealed is not
//! told; that a wall is lifted or declared off is, with who did so, because it concerns those it would have kept apart.

use std::collections::BTreeSet;

use mandate_domain::book::{Account, Kind, Person, Side};
use mandate_domain::identity::{Role, WALL_SIGNATURES, WallSignature, signers_since, wall_stands};
use mandate_domain::{Id, Instant};
use mandate_store::book as store;
use mandate_store::reads::hats::{
    UserHats, last_declared_off, list_hats, list_people_on, list_product_managers, load_user_hats,
};
use mandate_store::{ReadTx, StoreError, boxed};

use crate::authorise::{Action, authorise};
use crate::book::BookError;
use crate::ctx::{Actor, Ctx};
use crate::settings;

pub use mandate_store::reads::hats::{DeclaredOff, Hat};

/// How it stands with the wall between the hats of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HatWall {
    /// Their hats are of one side: nothing lies between them.
    None,
    /// They wear hats of both sides, and the wall is up.
    Up,
    /// Two others have signed that it is lifted for them.
    Lifted {
        /// Who signed, and when.
        signed: Vec<(String, Instant)>,
    },
    /// The firm has declared its walls off.
    DeclaredOff(Option<DeclaredOff>),
}

impl HatWall {
    /// The word in the API.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Up => "up",
            Self::Lifted { .. } => "lifted",
            Self::DeclaredOff(_) => "declared_off",
        }
    }
}

/// The hats of one of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonHats {
    /// Who.
    pub person: Id<Person>,
    /// Their name.
    pub name: String,
    /// The roles they sign in with.
    pub roles: Vec<Role>,
    /// What they are where, as far as the reader reaches.
    pub hats: Vec<Hat>,
    /// The wall between them.
    pub wall: HatWall,
}

impl PersonHats {
    /// How many different hats they wear: capacities in the book, and roles that go with none.
    pub fn n_hats(&self) -> usize {
        let worn: BTreeSet<&str> = self
            .hats
            .iter()
            .map(|hat| hat.capacity.as_str())
            .chain(self.roles.iter().map(|role| role.as_str()))
            .collect();
        worn.len()
    }
}

/// Whether a role faces the client, on whose word the product manager's wall is built.
fn faces_client(role: &str) -> bool {
    Action::ReadCandid.roles().iter().any(|facing| facing.as_str() == role)
}

/// Whether hats of both sides are worn, of those the reader sees.
fn both_sides(roles: &[Role], hats: &[Hat]) -> bool {
    let words = || roles.iter().map(|role| role.as_str()).chain(hats.iter().map(|hat| hat.capacity.as_str()));
    words().any(|word| word == Role::ProductManager.as_str()) && words().any(faces_client)
}

fn lifted(user: &UserHats) -> Option<Vec<(String, Instant)>> {
    let last = user.readings.iter().map(|reading| reading.last_at).max()?;
    let signatures: Vec<WallSignature> = user.signatures.iter().map(|it| it.signature.clone()).collect();
    if wall_stands(&user.user, &user.readings, &signatures)
        || signers_since(&user.user, last, &signatures) < WALL_SIGNATURES
    {
        return None;
    }
    let since = user.signatures.iter().filter(|it| it.signature.signed_at > last);
    Some(since.map(|it| (it.name.clone(), it.signature.signed_at)).collect())
}

async fn hats_in(
    tx: &mut ReadTx,
    actor: &Actor,
    (person, name): (&Id<Person>, &str),
) -> Result<PersonHats, StoreError> {
    let hats = list_hats(tx, &actor.scope, person).await?;
    let user = load_user_hats(tx, person).await?;
    let roles = user.as_ref().map(|user| user.roles.clone()).unwrap_or_default();
    let wall = if !both_sides(&roles, &hats) {
        HatWall::None
    } else if settings::load_in(tx).await?.walls_down {
        HatWall::DeclaredOff(last_declared_off(tx).await?)
    } else {
        user.as_ref().and_then(lifted).map_or(HatWall::Up, |signed| HatWall::Lifted { signed })
    };
    Ok(PersonHats { person: person.clone(), name: name.to_owned(), roles, hats, wall })
}

/// The hats of one of our people, for whoever sees them.
///
/// # Errors
/// [`BookError::NotFound`] when there is no such person of ours.
#[boxed]
pub async fn hats_of(ctx: &Ctx, actor: &Actor, id: &Id<Person>) -> Result<PersonHats, BookError> {
    authorise(actor, Action::ReadBook)?;
    let mut tx = ctx.begin_read().await?;
    let person = store::load(&mut tx, &actor.scope, id).await?;
    let person = person
        .filter(|person| person.side == Side::Provider)
        .ok_or(BookError::NotFound { kind: Kind::Person })?;
    Ok(hats_in(&mut tx, actor, (id, &person.name)).await?)
}

/// Everybody who wears hats of both sides of the wall, for those who sign that it is lifted.
///
/// # Errors
/// [`BookError::Denied`].
#[boxed]
pub async fn hats_of_both_sides(ctx: &Ctx, actor: &Actor) -> Result<Vec<PersonHats>, BookError> {
    authorise(actor, Action::SignWalls)?;
    let mut tx = ctx.begin_read().await?;
    let mut found = vec![];
    for (person, name) in list_product_managers(&mut tx).await? {
        let hats = hats_in(&mut tx, actor, (&person, &name)).await?;
        if hats.wall != HatWall::None {
            found.push(hats);
        }
    }
    Ok(found)
}

/// Our people who wear several hats, among those of an account; for whoever reads the account.
///
/// # Errors
/// [`BookError::NotFound`] when there is none, or none they may see.
#[boxed]
pub async fn hats_on(ctx: &Ctx, actor: &Actor, id: &Id<Account>) -> Result<Vec<PersonHats>, BookError> {
    authorise(actor, Action::ReadBook)?;
    let mut tx = ctx.begin_read().await?;
    store::load(&mut tx, &actor.scope, id).await?.ok_or(BookError::NotFound { kind: Kind::Account })?;
    let mut found = vec![];
    for (person, name) in list_people_on(&mut tx, id).await? {
        let hats = hats_in(&mut tx, actor, (&person, &name)).await?;
        if 1 < hats.n_hats() {
            found.push(hats);
        }
    }
    Ok(found)
}
