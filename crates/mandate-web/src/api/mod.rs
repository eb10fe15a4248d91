//! The JSON API: everything the pages do, described by an OpenAPI 3.1 document made from the routes.
//!
//! How to add here: a room's `api.rs` gives `pub fn routes() -> Routes` with `.api(Action::ReadBook, routes!(list))` for
//! handlers that carry `#[utoipa::path]`; merge it in `routes.rs`. Take [`Caller`] as the first extractor, answer
//! [`ApiResult`], read bodies with [`Body`], versions with [`etag`] and [`IfMatch`]. Writes that make something new take
//! an [`Idempotent`] key.

mod caller;
mod docs;
mod idempotent;
mod refusals;
mod wire;
mod words;

pub use caller::Caller;
pub(crate) use caller::unauthorised;
pub use docs::{Description, documentation, openapi_json};
pub use idempotent::Idempotent;
pub use refusals::{Changing, Making, Reading};
pub use wire::{Body, IfMatch, ListParameters, Listing, Query, created, etag, list, matched};
pub use words::Words;

use axum::response::Response;

use crate::failure::Failure;

/// The answer of an API handler.
pub type ApiResult = Result<Response, Failure>;
