//! All routes, with the layers every request passes: limits, headers, same-origin writes, counting, errors in words.

use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::failure::Failure;
use crate::state::Web;
use crate::{
    api, audit, book, demo, exchange, facts, failure, health, help, home, identity, search, security, views,
};

/// Bodies larger than this are refused, except where a route says otherwise.
const LARGEST_BODY: usize = 16 << 20;

/// Every route of every room under `/api/v1`.
fn api_routes() -> OpenApiRouter<Web> {
    OpenApiRouter::with_openapi(api::Description::openapi()).nest("/api/v1", rooms())
}

fn rooms() -> OpenApiRouter<Web> {
    home::api_routes()
        .merge(identity::api::routes())
        .merge(views::api::routes())
        .merge(book::api::routes())
        .merge(facts::facts_api())
        .merge(exchange::api_routes())
        .merge(demo::api_routes())
        .merge(audit::api::routes())
}

/// Every page.
fn page_routes() -> Router<Web> {
    Router::new()
        .merge(home::routes())
        .merge(help::routes())
        .merge(demo::routes())
        .merge(facts::routes())
        .merge(search::routes())
        .merge(audit::routes())
        .merge(book::routes())
        .merge(views::routes())
        .merge(identity::pages::routes())
}

/// The whole service.
pub fn router(web: Web) -> Router {
    let (api, openapi) = api_routes().split_for_parts();
    web.keep_openapi(&openapi);
    Router::new()
        .merge(page_routes())
        .merge(api)
        .route("/api/openapi.json", get(api::openapi_json))
        .route("/api/docs", get(api::documentation))
        .route("/assets/{name}", get(asset))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .fallback(|| async { Failure::not_found() })
        .method_not_allowed_fallback(|| async { axum::http::StatusCode::METHOD_NOT_ALLOWED })
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(from_fn_with_state(web.clone(), failure::render))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            tracing::error!("a handler panicked");
            axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }))
        .layer(from_fn(security::same_origin_writes))
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
