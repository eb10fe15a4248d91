//! The audit record's API beside the list (`facts::delivered_api`): one record, and an earlier value given back.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::ETAG;
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::audit::{ReadAuditError, show_record};
use mandate_app::authorise::authorise;
use mandate_app::book::{RestoreValue, restore_value};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::words;
use crate::access::Routes;
use crate::api::{ApiResult, Body, Caller, Changing, IfMatch, Reading, etag, matched};
use crate::state::Web;

/// The room's API routes.
pub fn routes() -> Routes {
    Routes::new().api(Action::ReadBook, routes!(one)).api(Action::WriteBook, routes!(restore))
}

/// One record of who did what.
#[derive(Serialize, ToSchema)]
struct AuditEntry {
    /// Its hash, by which it is asked for.
    hash: String,
    /// Its position in the chain, from 1, for those who may read the audit record.
    seq: Option<i64>,
    /// When.
    at: String,
    /// Who, by their name at the time.
    actor: String,
    /// `web`, `api`, `command_line`, `import` or `job`.
    origin: String,
    /// What, such as `account.changed`; what ends in `.read` was looked at, not changed.
    action: String,
    /// The kind of record.
    subject_kind: String,
    /// Its id.
    subject_id: String,
    /// Its name at the time.
    subject_name: String,
    /// The account it belongs to.
    account_id: Option<String>,
    /// Why, where somebody gave a reason.
    reason: Option<String>,
    /// From what to what, field by field, as far as the caller may see it.
    #[schema(value_type = Vec<Object>)]
    changes: Value,
    /// Hash of the record before about the same subject.
    before: Option<String>,
    /// Hash of the record after about the same subject.
    after: Option<String>,
}

/// One audit record. Without the right `audit:read`, those of the history of accounts the caller may see.
#[utoipa::path(get, path = "/audit/records/{hash}", tag = "audit", operation_id = "get_audit_record",
    params(("hash" = String, Path, description = "Its hash, the `key` of the list")),
    responses((status = 200, description = "The record", body = AuditEntry), Reading))]
async fn one(caller: Caller, State(web): State<Web>, Path(hash): Path<String>) -> ApiResult {
    let shown = show_record(web.ctx(), &caller.actor, &hash).await?;
    let record = shown.record;
    let entry = AuditEntry {
        seq: authorise(&caller.actor, Action::ReadAudit).is_ok().then_some(record.seq),
        at: record.at.to_string(),
        actor: record.actor_name,
        origin: record.origin,
        action: record.action,
        subject_kind: record.subject_kind,
        subject_id: record.subject_id,
        subject_name: record.subject_name,
        account_id: record.account_id,
        reason: record.reason,
        changes: serde_json::from_str(&record.changes).unwrap_or_default(),
        before: shown.before,
        after: shown.after,
        hash: record.hash,
    };
    Ok(Json(entry).into_response())
}

/// Which value is wanted back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WantedValue {
    /// The field whose change the record tells of.
    field: String,
}

/// What became of it.
#[derive(Serialize, ToSchema)]
struct ValueRestored {
    /// The kind of record, such as `account`.
    kind: String,
    /// Its id.
    id: String,
    /// Its version now.
    version: i64,
    /// Whether anything changed: it may have had that value already.
    changed: bool,
}

/// Gives a field of a record of the book the value back that it had before this change. An ordinary change: the right to
/// write, the rules of the record and the version named by `If-Match` hold as for any other.
#[utoipa::path(post, path = "/audit/records/{hash}/restore", tag = "audit", operation_id = "restore_value",
    params(("hash" = String, Path, description = "The audit record of the change"),
           ("If-Match" = String, Header, description = "The `ETag` of the changed record, as it was read")),
    request_body = WantedValue,
    responses((status = 200, description = "The record has the value again", body = ValueRestored), Changing))]
async fn restore(
    caller: Caller,
    State(web): State<Web>,
    Path(hash): Path<String>,
    IfMatch(version): IfMatch,
    body: Body<WantedValue>,
) -> ApiResult {
    let wanted = RestoreValue { record: hash.clone(), field: body.value.field, version };
    let restored = restore_value(web.ctx(), &caller.actor, &wanted).await;
    let restored = matched(restored, version_now(&web, &caller, &hash)).await?;
    let answer = json!(ValueRestored {
        kind: restored.kind.as_str().to_owned(),
        id: restored.id,
        version: restored.version,
        changed: restored.is_changed,
    });
    Ok(([(ETAG, etag(restored.version))], Json(answer)).into_response())
}

/// The version of the record that a change was of.
async fn version_now(web: &Web, caller: &Caller, hash: &str) -> Result<i64, ReadAuditError> {
    let record = show_record(web.ctx(), &caller.actor, hash).await?.record;
    let subject = words::subject(web, &caller.actor, &record.subject_kind, &record.subject_id).await;
    subject.ok().flatten().map(|subject| subject.version).ok_or(ReadAuditError::NotFound)
}
