//! What handlers of jobs that people ask for have in common: who asked, and messages that are kept with the job.

use mandate_domain::audit::Origin;
use mandate_domain::identity::UserState;
use mandate_store::boxed;
use mandate_store::identity;
use serde_json::{Value, json};

use super::{JobError, JobRun, TOKEN_SCOPES};
use crate::ctx::{Actor, Ctx};
use crate::error::Message;
use crate::identity::actor_in;
use crate::settings;

/// Whoever asked, with the rights they have now, and no more of them than the token had by which they asked.
#[boxed]
pub(crate) async fn requester(ctx: &Ctx, run: &JobRun) -> Result<Actor, JobError> {
    let Some(id) = run.job().created_by.as_ref() else { return Ok(Actor::system()) };
    let mut tx = ctx.begin_read().await?;
    let stored = identity::load_user(&mut tx, id).await?;
    let user = stored
        .map(|stored| stored.user)
        .filter(|user| user.state == UserState::Active)
        .ok_or_else(|| JobError::refused("whoever asked for this import may not sign in any more"))?;
    let settings = settings::load_in(&mut tx).await?;
    let token_scopes = serde_json::from_value(run.payload()?[TOKEN_SCOPES].clone()).unwrap_or_default();
    Ok(Actor { token_scopes, ..actor_in(&mut tx, &user, &settings, Origin::Import).await? })
}

/// A message as it is kept, to be put into the words of whoever reads it.
pub(crate) fn message_json(message: &Message) -> Value {
    let arguments: serde_json::Map<String, Value> =
        message.arguments.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    json!({ "id": message.id, "arguments": arguments })
}
