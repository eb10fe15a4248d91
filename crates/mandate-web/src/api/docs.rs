//! The OpenAPI document and its page, which works without a network.

use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::failure::PageResult;
use crate::frame::{Page, Visit};
use crate::routes::openapi;

/// What stands above the routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Mandate",
        description = "Everything the pages do. Times are ISO 8601 in UTC, money is integer minor units with a currency, shares are basis points. Errors are problem+json.",
    ),
    modifiers(&Bearer),
    security(("token" = [])),
    components(schemas(crate::failure::Problem, crate::failure::ProblemField)),
)]
pub struct Description;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        if let Some(components) = openapi.components.as_mut() {
            components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        }
    }
}

/// `/api/openapi.json`.
pub async fn openapi_json() -> Response {
    let json = openapi();
    ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], json).into_response()
}

/// `/api/docs`: every route with its parameters, bodies and answers, drawn by the server from the document.
///
/// # Errors
/// [`crate::failure::Failure`] when the page does not render.
pub async fn documentation(visit: Visit) -> PageResult {
    let document: serde_json::Value = serde_json::from_str(openapi()).unwrap_or_default();
    let page = Page::new(visit.t("api-docs-title"), "nav-settings");
    visit.render(page, "api/docs.html", minijinja::context! { document => crate::pages::view(&document) })
}
