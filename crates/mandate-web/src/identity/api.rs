//! `/api/v1/me`: who calls, in which roles, with which scopes.

use axum::Json;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::{ApiResult, Caller};
use crate::state::Web;

/// The room's API routes.
pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(me))
}

/// Who calls.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The user's id.
    id: Option<String>,
    /// The roles held.
    roles: Vec<&'static str>,
    /// The token's scopes; null for a session, which may do all its roles may.
    scopes: Option<Vec<String>>,
}

/// Who calls, in which roles, with which scopes.
#[utoipa::path(get, path = "/me", tag = "identity", responses((status = 200, description = "The caller", body = Me)))]
async fn me(caller: Caller) -> ApiResult {
    let me = Me {
        id: caller.actor.user_id().map(ToString::to_string),
        roles: caller.actor.roles.iter().map(|role| role.as_str()).collect(),
        scopes: caller.actor.token_scopes,
    };
    Ok(Json(me).into_response())
}
