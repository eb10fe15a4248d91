//! What an endpoint is told of an audit record: nothing its reader may not see, and of the rest only what changed, never to what.

use mandate_domain::audit::Origin;
use mandate_domain::book::Kind;
use mandate_domain::identity::{User, UserState};
use mandate_domain::webhook::{Happening, Matter, told_by};
use mandate_domain::{Id, Instant};
use mandate_store::audit::StoredRecord;
use mandate_store::book::load_place;
use mandate_store::reads::audit_list::is_in_scope;
use mandate_store::webhooks::StoredEndpoint;
use mandate_store::{ReadTx, StoreError, identity};
use serde_json::{Value, json};

use super::READS;
use crate::audit::{cleared, seen_changes};
use crate::authorise::{Action, authorise, clearance};
use crate::book::custom_links::without_links;
use crate::ctx::{Actor, Ctx};
use crate::identity::actor_in;
use crate::settings;

/// On whose behalf an endpoint reads, with the rights they have now, as far as a program may have them; `None` when they may not
/// sign in any more, or may not read the book.
pub(super) async fn reader(tx: &mut ReadTx, id: &Id<User>) -> Result<Option<Actor>, StoreError> {
    let Some(stored) = identity::load_user(tx, id).await? else { return Ok(None) };
    let user = stored.user;
    if user.state != UserState::Active || user.is_of_a_client() {
        return Ok(None);
    }
    let settings = settings::load_in(tx).await?;
    let actor = actor_in(tx, &user, &settings, Origin::Job).await?;
    let token_scopes = Some(READS.map(|action| action.as_str().to_owned()).to_vec());
    let actor = Actor { token_scopes, ..actor };
    Ok(authorise(&actor, Action::ReadBook).is_ok().then_some(actor))
}

/// A happening that is to be told.
#[derive(Clone, Debug)]
pub(super) struct Told {
    matter: Matter,
    happening: Happening,
    record: StoredRecord,
}

/// What `record` tells `reader`, if the endpoint wants to hear of it and its reader may see it.
pub(super) async fn told(
    tx: &mut ReadTx,
    endpoint: &StoredEndpoint,
    reader: &Actor,
    record: StoredRecord,
) -> Result<Option<Told>, StoreError> {
    let Some((matter, happening)) = told_by(&record.action, &record.subject_kind) else { return Ok(None) };
    let wants = |words: &str, word: &str| words.is_empty() || words.split(' ').any(|it| it == word);
    if !wants(&endpoint.matters, matter.as_str()) || !wants(&endpoint.happenings, happening.as_str()) {
        return Ok(None);
    }
    let Some(record) = cleared(record, clearance(reader)) else { return Ok(None) };
    // Nor that a field changed whose record they may not see.
    let Some(record) = without_links(tx, reader, vec![record]).await?.pop() else { return Ok(None) };
    let may_see = match (&record.account_id, matter) {
        (Some(account), _) => is_in_scope(tx, &reader.scope, account).await?,
        (None, Matter::Record(kind)) => {
            authorise(reader, Action::ReadAudit).is_ok()
                || load_place(tx, &reader.scope, kind, &record.subject_id).await?.is_some()
        }
        // Its counts are of records that not everybody may see.
        (None, Matter::Import) => authorise(reader, Action::ReadAudit).is_ok(),
    };
    Ok(may_see.then_some(Told { matter, happening, record }))
}

impl Told {
    /// Such as `account.changed`.
    pub(super) fn event(&self) -> String {
        format!("{}.{}", self.matter.as_str(), self.happening.as_str())
    }

    /// The body that is sent.
    pub(super) fn body(&self, ctx: &Ctx) -> Vec<u8> {
        let mut data = json!({ "happening": self.happening.as_str(), "kind": self.matter.as_str() });
        match self.matter {
            Matter::Record(kind) => self.add_record(ctx, kind, &mut data),
            Matter::Import => {
                let what = self.record.action.split('.').next().unwrap_or_default();
                data["imported"] = json!(what);
                data["id"] = json!(self.record.subject_id);
            }
        }
        body(&self.event(), self.record.at, &data)
    }

    fn add_record(&self, ctx: &Ctx, kind: Kind, data: &mut Value) {
        let mut fields: Vec<String> =
            seen_changes(&self.record.changes).into_iter().map(|change| change.field).collect();
        fields.sort();
        fields.dedup();
        data["id"] = json!(self.record.subject_id);
        data["account_id"] = json!(self.record.account_id);
        data["fields"] = json!(fields);
        data["url"] = json!(ctx.outbound().map(|out| out.record_address(kind, &self.record.subject_id)));
    }
}

/// A body: what it is, when it happened, what about.
pub(super) fn body(event: &str, at: Instant, data: &Value) -> Vec<u8> {
    json!({ "type": event, "timestamp": at.to_string(), "data": data }).to_string().into_bytes()
}
