//! Which person in the book a user is: it decides whose accounts they see, so an administrator says it; a likely one is proposed.

use std::collections::BTreeSet;

use mandate_domain::Id;
use mandate_domain::book::{Person, Saved, Side};
use mandate_domain::identity::User;
use mandate_domain::text::fold;
use mandate_store::book::load_alike;
use mandate_store::boxed;

use super::users::UserError;
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};

/// The one of ours who has the user's address, else the one with the user's name; none where several have, or the user is named already.
///
/// # Errors
/// [`UserError`] when the right is missing or the database failed.
#[boxed]
pub async fn likely_person(ctx: &Ctx, actor: &Actor, user: &User) -> Result<Option<Id<Person>>, UserError> {
    authorise(actor, Action::Administer)?;
    if user.person_id.is_some() || user.is_of_a_client() {
        return Ok(None);
    }
    let (name, email) = (fold(&user.display_name), user.email.to_lowercase());
    let (names, emails) = (BTreeSet::from([name]), BTreeSet::from([email.clone()]));
    let mut found = load_alike::<Person>(&mut ctx.begin_read().await?, &actor.scope, &names, &emails).await?;
    found.retain(|person| person.side == Side::Provider && person.left_on.is_none());
    let by_email: Vec<&Saved<Person>> =
        found.iter().filter(|person| person.email.to_lowercase() == email).collect();
    // Somebody of that name with another address may be somebody else.
    let by_name: Vec<&Saved<Person>> = found.iter().filter(|person| person.email.is_empty()).collect();
    Ok(match (&by_email[..], &by_name[..]) {
        ([one], _) | ([], [one]) => Some(one.id.clone()),
        _ => None,
    })
}
