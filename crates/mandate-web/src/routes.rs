//! All routes, with the layers every request passes: limits, headers, same-origin writes, counting, errors in words.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use mandate_app::Action;
use serde::Deserialize;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;
use utoipa::OpenApi;

use crate::access::{Access, RouteTable, Routes, gate};
use crate::failure::Failure;
use crate::state::Web;
use crate::{
    api, audit, book, decisions, demo, exchange, facts, failure, files, health, help, home, identity, notes,
    notifications, portal, search, security, sources, tags, views, webhooks,
};

/// Bodies larger than this are refused, except where a route says otherwise.
const LARGEST_BODY: usize = 16 << 20;

/// Every route of every room, each with who may call it.
fn rooms() -> Routes {
    Routes::new()
        .merge(service())
        .merge(home::routes())
        .merge(home::api_routes())
        .merge(help::routes())
        .merge(decisions::routes())
        .merge(decisions::api::routes())
        .merge(demo::routes())
        .merge(demo::api_routes())
        .merge(facts::routes())
        .merge(facts::facts_api())
        .merge(search::routes())
        .merge(audit::routes())
        .merge(audit::api::routes())
        .merge(book::routes())
        .merge(book::api::routes())
        .merge(notes::routes())
        .merge(tags::routes())
        .merge(files::routes())
        .merge(notifications::routes())
        .merge(sources::routes())
        .merge(webhooks::routes())
        .merge(views::routes())
        .merge(views::api::routes())
        .merge(exchange::api_routes())
        .merge(portal::routes())
        .merge(portal::client_access_routes())
        .merge(portal::api_routes())
        .merge(identity::pages::routes())
        .merge(identity::api::routes())
}

/// What is no room's: the API's own document, assets, health.
fn service() -> Routes {
    const NO_DATA: Access = Access::Anyone("it holds nothing of the firm's");
    Routes::new()
        .get("/api/openapi.json", NO_DATA, api::openapi_json)
        .get("/api/docs", Action::OwnProfile, api::documentation)
        .get("/assets/{name}", NO_DATA, asset)
        .get("/healthz", NO_DATA, health::healthz)
        .get("/readyz", NO_DATA, health::readyz)
        .get(
            "/metrics",
            Access::Anyone("it answers this machine only, and nothing that a proxy passes on"),
            health::metrics,
        )
}

/// Every route that is served and who may call it; the reference and the tests of all roles are made from it.
pub fn route_table() -> RouteTable {
    rooms().into_parts(api::Description::openapi()).2
}

/// The API's own document, written when it is first asked for.
pub(crate) fn openapi() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let (_, document, _) = rooms().into_parts(api::Description::openapi());
        document.to_json().unwrap_or_default()
    })
}

/// The whole service.
pub fn router(web: Web) -> Router {
    let (routes, _, table) = rooms().into_parts(api::Description::openapi());
    routes
        .fallback(|| async { Failure::not_found() })
        .method_not_allowed_fallback(|| async { axum::http::StatusCode::METHOD_NOT_ALLOWED })
        .layer(from_fn_with_state((web.clone(), Arc::new(table)), gate))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(from_fn(security::same_origin_writes))
        .layer(from_fn_with_state(web.clone(), failure::render))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            tracing::error!("a handler panicked");
            axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }))
        .layer(from_fn_with_state(web.clone(), security::count))
        .layer(RequestBodyTimeoutLayer::new(Duration::from_secs(30)))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(web.clone(), security::add_headers))
        .with_state(web)
}

#[derive(Deserialize)]
struct AssetVersion {
    #[serde(default)]
    v: String,
}

/// A built asset; with the right hash in its address it may be kept for ever.
async fn asset(
    State(web): State<Web>,
    Path(name): Path<String>,
    Query(version): Query<AssetVersion>,
) -> Response {
    let Some(asset) = web.assets().get(&name) else { return Failure::not_found().into_response() };
    let keep = if version.v == asset.hash { "public, max-age=31536000, immutable" } else { "no-cache" };
    let tag = HeaderValue::from_str(&format!("\"{}\"", asset.hash))
        .unwrap_or_else(|_| HeaderValue::from_static("\"\""));
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(asset.media_type)),
        (CACHE_CONTROL, HeaderValue::from_static(keep)),
        (ETAG, tag),
    ];
    (headers, asset.bytes).into_response()
}
