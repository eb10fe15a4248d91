//! The web floor: pages, the JSON API, assets; the only floor that knows HTTP, HTML and JSON.
//!
//! How to add here: a room has a folder `src/<room>/` with `pages.rs` (one handler a page), `api.rs` (its routes under
//! `/api/v1`), and templates in `templates/<room>/`; its texts stand in `locales/en/<room>.ftl`. A page handler takes
//! `State(web): State<Web>` and `visit: Visit`, calls one use case, and answers
//! `visit.render(Page::new(title, "nav-key"), "room/page.html", context! {...})`; a POST answers
//! `Ok(visit.redirect_with(path, text, undo))`. Errors of use cases turn into pages or problem+json by `?`
//! (`failure.rs`). A list is a `table::TableSpec`, which brings filters, sort, columns, pages and export; a form is a
//! `form::Form`, whose `view(...)` keeps what was typed; its numbers are read by `numbers::Numbers`. Routes name the right they need (`access::Routes`) and are merged in `routes.rs`.

pub mod access;
pub mod account;
pub mod api;
pub mod audit;
pub mod book;
pub mod cookies;
mod decisions;
pub mod demo;
pub mod embedded;
pub mod exchange;
pub mod facts;
pub mod failure;
mod files;
pub mod form;
pub mod frame;
pub mod health;
pub mod help;
pub mod home;
pub mod identity;
pub mod locale;
mod notes;
mod notifications;
mod numbers;
mod outbound;
pub mod pages;
pub mod portal;
mod routes;
pub mod search;
pub mod security;
pub mod server;
pub mod sources;
mod state;
pub mod table;
mod table_export;
mod table_gone;
mod table_request;
mod table_views;
mod tags;
pub mod texts;
pub mod views;
mod webhooks;
mod worth;

pub use identity::sign_on::SignOnSettings;
pub use notifications::{keep_mailing, mail_due};
pub use outbound::{Asker as OutboundAsker, PrivateAddresses};
pub use routes::{route_table, router};
pub use server::{ServeError, TlsFiles, read_tls, serve};
pub use state::{Web, WebError, WebSettings};
