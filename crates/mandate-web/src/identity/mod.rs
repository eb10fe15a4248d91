//! Identity on the web: setting up, signing in and out, one's own settings, users, tokens.

pub mod api;
pub mod pages;
mod settings;
mod users;
mod users_api;

pub(crate) use settings::tabs as settings_tabs;
