//! `/api/v1/views`: the saved views of lists, as their pages show them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::ETAG;
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::views::{
    NewView, ViewChange, ViewError, ViewLine, change_view, delete_view, list_views, restore_view, save_view,
    show_view,
};
use mandate_domain::Id;
use mandate_domain::identity::SavedView;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::{kept_query, path_of};
use crate::access::Routes;
use crate::api::{
    ApiResult, Body, Caller, Changing, Idempotent, IfMatch, Making, Query, Reading, created, etag, matched,
};
use crate::failure::path_id;
use crate::state::Web;
use crate::table_views::view_href;

/// The room's API routes.
pub fn routes() -> Routes {
    Routes::new()
        .api(Action::OwnProfile, routes!(list, create))
        .api(Action::OwnProfile, routes!(get, patch, delete))
        .api(Action::OwnProfile, routes!(restore))
}

/// A saved view of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct View {
    /// Its id.
    id: String,
    /// The list's name: that of a kind of record, such as `accounts`; `cases`, `measures`, `audit`.
    list: String,
    /// What its owner calls it.
    name: String,
    /// Filters, order and columns as the list's page has them in its address.
    query: String,
    /// The page that shows it.
    href: String,
    /// Whether everybody who may see the list finds it there.
    shared: bool,
    /// Whether the caller opens the list with it.
    is_default: bool,
    /// Whether it is the caller's own.
    own: bool,
    /// Its owner's name.
    owner: String,
    /// Whether the caller may change and delete it.
    may_change: bool,
    /// Custom fields it names that the list has no more for the caller: filters, order and columns by them are left out, and come back
    /// with the field.
    gone: Vec<String>,
    /// Counts saves.
    version: i64,
}

impl From<ViewLine> for View {
    fn from(line: ViewLine) -> Self {
        let view = line.view;
        Self {
            href: view_href(path_of(&view.list), &view.query, view.id.as_str()),
            id: view.id.to_string(),
            list: view.list,
            name: view.name,
            query: view.query,
            shared: view.shared,
            is_default: line.is_default,
            own: line.own,
            owner: line.owner_name,
            may_change: line.may_change,
            gone: line.gone,
            version: view.version,
        }
    }
}

/// A view to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ViewDraft {
    /// The list's name, such as `accounts`.
    list: String,
    /// What its owner calls it.
    name: String,
    /// The query string of the list's page, such as `f=tier&op=is&v=key&sort=-annual_value&col=name`.
    #[serde(default)]
    query: String,
    /// Whether everybody finds it; takes the right to change what the list shows.
    #[serde(default)]
    shared: bool,
    /// Whether the caller opens the list with it.
    #[serde(default)]
    is_default: bool,
}

/// What changes of a view; what is not given stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ViewPatch {
    /// What its owner calls it.
    #[serde(default)]
    name: Option<String>,
    /// The query string of the list's page.
    #[serde(default)]
    query: Option<String>,
    /// Whether everybody finds it.
    #[serde(default)]
    shared: Option<bool>,
    /// Whether the caller opens the list with it; everybody may say so of a view they find.
    #[serde(default)]
    is_default: Option<bool>,
}

/// Which views.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ViewsOf {
    /// Those of one list; of all lists when not given.
    #[serde(default)]
    list: Option<String>,
}

fn answer(line: ViewLine) -> ApiResult {
    Ok(([(ETAG, etag(line.view.version))], Json(View::from(line))).into_response())
}

/// The caller's own views and those shared with everybody.
#[utoipa::path(get, path = "/views", tag = "identity", operation_id = "list_views", params(ViewsOf), responses(
    (status = 200, description = "The views", body = Vec<View>), Reading))]
async fn list(caller: Caller, State(web): State<Web>, Query(of): Query<ViewsOf>) -> ApiResult {
    let lines = list_views(web.ctx(), &caller.actor, of.list.as_deref()).await?;
    Ok(Json(lines.into_iter().map(View::from).collect::<Vec<_>>()).into_response())
}

/// Saves a view of the caller's. `Idempotency-Key` makes it safe to send twice.
#[utoipa::path(post, path = "/views", tag = "identity", operation_id = "create_view",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible characters")),
    request_body = ViewDraft, responses(
    (status = 201, description = "The view", body = View), Making))]
async fn create(caller: Caller, State(web): State<Web>, key: Idempotent, body: Body<ViewDraft>) -> ApiResult {
    let draft = body.value;
    let new = NewView {
        query: kept_query(&web, &caller.actor, &draft.list, &draft.query).await?,
        list: draft.list,
        name: draft.name,
        shared: draft.shared,
        is_default: draft.is_default,
    };
    let actor = &caller.actor;
    key.run(&web, &caller, &body.bytes, |ctx| async move {
        let view = View::from(save_view(&ctx, actor, new).await?);
        Ok(created(&format!("/api/v1/views/{}", view.id), view.version, &view))
    })
    .await
}

/// One view with its version in `ETag`.
#[utoipa::path(get, path = "/views/{id}", tag = "identity", operation_id = "get_view",
    params(("id" = String, Path, description = "Its id")), responses(
    (status = 200, description = "The view", body = View), Reading))]
async fn get(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    answer(show_view(web.ctx(), &caller.actor, &path_id(&id)?).await?)
}

async fn view_version(web: &Web, caller: &Caller, id: &Id<SavedView>) -> Result<i64, ViewError> {
    Ok(show_view(web.ctx(), &caller.actor, id).await?.view.version)
}

/// Changes a view. `If-Match` names the version that was read.
#[utoipa::path(patch, path = "/views/{id}", tag = "identity", operation_id = "change_view",
    params(("id" = String, Path, description = "Its id"),
           ("If-Match" = String, Header, description = "The `ETag` that was read")),
    request_body = ViewPatch, responses((status = 200, description = "The view", body = View), Changing))]
async fn patch(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    body: Body<ViewPatch>,
) -> ApiResult {
    let (id, patch) = (path_id(&id)?, body.value);
    let query = match patch.query {
        Some(query) => {
            let line = show_view(web.ctx(), &caller.actor, &id).await?;
            Some(kept_query(&web, &caller.actor, &line.view.list, &query).await?)
        }
        None => None,
    };
    let change = ViewChange { name: patch.name, query, shared: patch.shared, is_default: patch.is_default };
    let changed = change_view(web.ctx(), &caller.actor, &id, version, change).await;
    answer(matched(changed, view_version(&web, &caller, &id)).await?)
}

/// Puts a view into the trash, whence it can be restored.
#[utoipa::path(delete, path = "/views/{id}", tag = "identity", operation_id = "delete_view",
    params(("id" = String, Path, description = "Its id"),
           ("If-Match" = String, Header, description = "The `ETag` that was read")), responses(
    (status = 204, description = "It lies in the trash"), Changing))]
async fn delete(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
) -> ApiResult {
    let id = path_id(&id)?;
    let deleted = delete_view(web.ctx(), &caller.actor, &id, version).await;
    matched(deleted, view_version(&web, &caller, &id)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Brings a view back from the trash.
#[utoipa::path(post, path = "/views/{id}/restore", tag = "identity", operation_id = "restore_view",
    params(("id" = String, Path, description = "Its id")), responses(
    (status = 200, description = "The view", body = View), Making))]
async fn restore(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    answer(restore_view(web.ctx(), &caller.actor, &path_id(&id)?).await?)
}
