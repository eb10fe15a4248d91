//! Identity on the web: setting up, signing in (password, second factor, provider) and out, confirming who one is, one's
//! own settings, users, tokens.

pub mod api;
mod confirm;
mod factor_api;
pub(crate) mod hats;
mod leavers;
mod mail;
pub mod pages;
mod passkeys;
mod passkeys_api;
mod qr;
mod second_factor;
mod second_step;
mod security_api;
mod settings;
mod sign_in_link;
pub mod sign_on;
mod sign_on_http;
mod sign_on_pages;
mod users;
mod users_api;
mod walls;

pub(crate) use confirm::{to_confirm, way_back};
pub(crate) use settings::tabs as settings_tabs;
pub(crate) use sign_on_http::trusted_authorities;
