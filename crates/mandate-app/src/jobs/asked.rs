//! What handlers of jobs that people ask for have in common: who asked, and messages that are kept with the job.

use mandate_domain::Id;
use mandate_domain::audit::Origin;
use mandate_domain::identity::{User, UserState};
use mandate_store::identity;
use serde_json::{Value, json};

use super::JobError;
use crate::ctx::{Actor, Ctx};
use crate::error::Message;
use crate::identity::actor_of;
use crate::settings;

/// Whoever asked, with the rights they have now.
pub(crate) async fn requester(ctx: &Ctx, user: Option<&Id<User>>) -> Result<Actor, JobError> {
    let Some(id) = user else { return Ok(Actor::system()) };
    let mut tx = ctx.begin_read().await?;
    let stored = identity::load_user(&mut tx, id).await?;
    let user = stored
        .map(|stored| stored.user)
        .filter(|user| user.state == UserState::Active)
        .ok_or_else(|| JobError::refused("whoever asked for this import may not sign in any more"))?;
    let settings = settings::load_in(&mut tx).await?;
    Ok(actor_of(&user, &settings, Origin::Import))
}

/// A message as it is kept, to be put into the words of whoever reads it.
pub(crate) fn message_json(message: &Message) -> Value {
    let arguments: serde_json::Map<String, Value> =
        message.arguments.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    json!({ "id": message.id, "arguments": arguments })
}
