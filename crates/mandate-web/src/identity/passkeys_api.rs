//! `/api/v1/me/passkeys`: one's own passkeys, seen, named and removed. Adding one and signing in by one takes a browser.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::identity::passkeys::{list_passkeys, remove_passkey, rename_passkey};
use mandate_domain::identity::Passkey;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::access::Routes;
use crate::api::{ApiResult, Body, Caller, Making, Reading};
use crate::failure::path_id;
use crate::state::Web;

/// The routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .api(Action::OwnProfile, routes!(passkeys))
        .api(Action::OwnProfile, routes!(name_passkey))
        .api(Action::OwnProfile, routes!(delete_passkey))
}

/// A passkey of one's own.
#[derive(Serialize, ToSchema)]
struct PasskeyView {
    /// Its id.
    id: String,
    /// What one calls it.
    name: String,
    /// When it was added.
    added_at: String,
    /// When it last signed one in.
    last_used_at: Option<String>,
    /// When it was last refused because a copy of it may exist.
    refused_at: Option<String>,
}

impl From<Passkey> for PasskeyView {
    fn from(passkey: Passkey) -> Self {
        Self {
            id: passkey.id.to_string(),
            name: passkey.name,
            added_at: passkey.created_at.to_string(),
            last_used_at: passkey.last_used_at.map(|at| at.to_string()),
            refused_at: passkey.refused_at.map(|at| at.to_string()),
        }
    }
}

/// One's own passkeys, the oldest first. In a session only.
#[utoipa::path(get, path = "/me/passkeys", tag = "identity", operation_id = "list_passkeys",
    responses((status = 200, description = "They", body = [PasskeyView]), Reading))]
async fn passkeys(caller: Caller, State(web): State<Web>) -> ApiResult {
    let found = list_passkeys(web.ctx(), &caller.actor).await?;
    Ok(Json(found.into_iter().map(PasskeyView::from).collect::<Vec<_>>()).into_response())
}

/// A passkey's name as it is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasskeyName {
    /// At most 60 characters.
    #[schema(example = "Phone")]
    name: String,
}

/// Names one of one's own passkeys.
#[utoipa::path(post, path = "/me/passkeys/{id}", tag = "identity", operation_id = "rename_passkey",
    params(("id" = String, Path, description = "Its id")), request_body = PasskeyName,
    responses((status = 200, description = "The passkey", body = PasskeyView), Making))]
async fn name_passkey(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    body: Body<PasskeyName>,
) -> ApiResult {
    let named = rename_passkey(web.ctx(), &caller.actor, &path_id(&id)?, &body.value.name).await?;
    Ok(Json(PasskeyView::from(named)).into_response())
}

/// Removes one of one's own passkeys. Asks to confirm who one is.
#[utoipa::path(post, path = "/me/passkeys/{id}/remove", tag = "identity", operation_id = "remove_passkey",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 204, description = "It signs nobody in any more"), Making))]
async fn delete_passkey(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    remove_passkey(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
