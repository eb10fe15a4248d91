//! One's own notifications in the API, and how one wants to be told.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::ETAG;
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::notifications::{
    Asked, NotificationError, NotificationSettings, SettingsDraft, Told, list_own, mark_all_read, mark_read,
    own_settings, save_own_settings,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::words;
use crate::access::Routes;
use crate::api::{ApiResult, Body, Caller, Changing, IfMatch, Making, Query, Reading, etag, matched};
use crate::failure::path_id;
use crate::state::Web;

pub(super) fn routes() -> Routes {
    Routes::new()
        .api(Action::ReadBook, routes!(list_notifications))
        .api(Action::OwnProfile, routes!(read_one))
        .api(Action::OwnProfile, routes!(read_all))
        .api(Action::ReadBook, routes!(get_settings))
        .api(Action::OwnProfile, routes!(put_settings))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct NotificationParameters {
    /// Of this topic only: `mentioned`, `assigned`, `decision_asked`, `decision_answered`, `contested`, `date_due`,
    /// `import_ended` or `job_failed`.
    #[serde(default)]
    topic: String,
    /// Those that were read, too.
    #[serde(default)]
    all: bool,
    /// The `next` of the page before.
    #[serde(default)]
    after: Option<String>,
}

/// Something the caller was told of.
#[derive(Serialize, ToSchema)]
struct NotificationView {
    id: String,
    topic: &'static str,
    /// In a sentence, in English.
    text: String,
    /// Whether what it is about is gone or out of the caller's reach: then nothing of it is said.
    withheld: bool,
    /// The kind of record it is about; null when withheld.
    kind: Option<String>,
    /// Its id; null when withheld or when it is about several.
    record_id: Option<String>,
    /// The page of what it is about, if it has one.
    path: Option<String>,
    at: String,
    read: bool,
}

fn view(web: &Web, told: &Told) -> NotificationView {
    let notification = &told.notification;
    let seen = |text: &String| Some(text.clone()).filter(|text| told.about.is_some() && !text.is_empty());
    NotificationView {
        id: notification.id.to_string(),
        topic: notification.topic.as_str(),
        text: words::sentence(web, "en", &web.formats("en-GB"), told),
        withheld: told.about.is_none(),
        kind: seen(&notification.kind),
        record_id: seen(&notification.record_id),
        path: words::href(told),
        at: notification.created_at.to_string(),
        read: notification.read_at.is_some(),
    }
}

/// A page of notifications.
#[derive(Serialize, ToSchema)]
struct NotificationsView {
    /// The newest first, 50 at most.
    rows: Vec<NotificationView>,
    /// How many of all topics are unread.
    n_unread: i64,
    /// Give it as `after` to read on; null on the last page.
    next: Option<String>,
}

/// One's own notifications: the unread, or all of them.
#[utoipa::path(get, path = "/notifications", tag = "notifications", operation_id = "list_notifications",
    params(NotificationParameters),
    responses((status = 200, description = "Some of them", body = NotificationsView), Reading))]
async fn list_notifications(
    caller: Caller,
    State(web): State<Web>,
    Query(asked): Query<NotificationParameters>,
) -> ApiResult {
    let asked = Asked { topic: asked.topic, with_read: asked.all, after: asked.after };
    let found = list_own(web.ctx(), &caller.actor, &asked).await?;
    let rows = found.rows.iter().map(|told| view(&web, told)).collect();
    Ok(Json(NotificationsView { rows, n_unread: found.n_unread, next: found.next }).into_response())
}

/// Notes that one read a notification.
#[utoipa::path(post, path = "/notifications/{notification}/read", tag = "notifications",
    operation_id = "read_notification", params(("notification" = String, Path, description = "Its id")),
    responses((status = 204, description = "It is read"), Making))]
async fn read_one(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    mark_read(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Which notifications are read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReadAll {
    /// Of this topic only; of all when not given.
    #[serde(default)]
    topic: String,
}

/// Notes that one read all notifications, or all of a topic.
#[utoipa::path(post, path = "/notifications/read-all", tag = "notifications", operation_id = "read_all_notifications",
    request_body = ReadAll,
    responses((status = 200, description = "How many that were, as `n_read`", body = Object), Making))]
async fn read_all(caller: Caller, State(web): State<Web>, body: Body<ReadAll>) -> ApiResult {
    let n_read = mark_all_read(web.ctx(), &caller.actor, &body.value.topic).await?;
    Ok(Json(json!({ "n_read": n_read })).into_response())
}

/// From and until which hour no mail goes.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QuietHours {
    from: i64,
    until: i64,
}

/// How one wants to be told.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SettingsView {
    /// By topic `app`, `mail`, `digest` or `off`; topics that are not given stay as they are.
    #[schema(value_type = Object, example = json!({"mentioned": "mail", "date_due": "digest"}))]
    ways: BTreeMap<String, String>,
    /// The hour of one's own zone from which the digest goes.
    digest_hour: i64,
    /// In hours of one's own zone; null: mail goes at any hour.
    quiet_hours: Option<QuietHours>,
}

fn answer(settings: &NotificationSettings) -> ApiResult {
    let ways = settings.ways.iter().map(|(topic, way)| (topic.as_str().to_owned(), way.as_str().to_owned()));
    let quiet = settings.times.quiet();
    let view = SettingsView {
        ways: ways.collect(),
        digest_hour: settings.times.digest_hour().into(),
        quiet_hours: quiet.map(|(from, until)| QuietHours { from: from.into(), until: until.into() }),
    };
    Ok(([(ETAG, etag(settings.version()))], Json(view)).into_response())
}

/// How one is told: by which way of what, and when mail may go.
#[utoipa::path(get, path = "/me/notifications", tag = "notifications", operation_id = "get_notification_settings",
    responses((status = 200, description = "The settings", body = SettingsView), Reading))]
async fn get_settings(caller: Caller, State(web): State<Web>) -> ApiResult {
    answer(&own_settings(web.ctx(), &caller.actor).await?)
}

/// Changes how one is told.
#[utoipa::path(put, path = "/me/notifications", tag = "notifications", operation_id = "replace_notification_settings",
    params(("If-Match" = String, Header, description = "The `ETag` that was read")), request_body = SettingsView,
    responses((status = 200, description = "The settings", body = SettingsView), Changing))]
async fn put_settings(
    caller: Caller,
    State(web): State<Web>,
    IfMatch(version): IfMatch,
    body: Body<SettingsView>,
) -> ApiResult {
    let asked = body.value;
    let draft = SettingsDraft {
        ways: asked.ways.into_iter().collect(),
        digest_hour: asked.digest_hour,
        quiet: asked.quiet_hours.map(|quiet| (quiet.from, quiet.until)),
        version: Some(version),
    };
    let saved = save_own_settings(web.ctx(), &caller.actor, &draft).await;
    answer(&matched(saved, settings_version(&web, &caller)).await?)
}

async fn settings_version(web: &Web, caller: &Caller) -> Result<i64, NotificationError> {
    Ok(own_settings(web.ctx(), &caller.actor).await?.version())
}
